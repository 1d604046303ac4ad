"""What judging a packet needs besides the packet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from qi_pipeline import __version__
from qi_pipeline.admission.decide import versions
from qi_pipeline.admission.rules import Rules
from qi_pipeline.admission.services import ServiceTable
from qi_pipeline.extraction.documents import extractors
from qi_pipeline.policy import Policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.versions import READING_VERSION, engine_version
from qi_pipeline.records.store import Store
from qi_pipeline.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What judging needs besides the packet: open doors and the rules in force."""

    settings: Settings
    policy: Policy
    services: ServiceTable
    rules: Rules
    store: Store
    pool: ReaderPool

    @property
    def conditions(self) -> str:
        """Names the policy and program under which a packet is read, for packets that are tried again."""
        return f"{__version__} {READING_VERSION} {self.policy.fingerprint}"

    def versions(self) -> dict[str, str]:
        """The versions that a decision records."""
        own = ",".join(f"{each.kind}:{each.version}" for each in extractors())
        return {
            **versions(self.policy, self.services, self.rules),
            "reading": READING_VERSION,
            "engine": engine_version(self.settings.ocr_engine),
            "extractors": hashlib.sha256(own.encode()).hexdigest()[:12],
        }
