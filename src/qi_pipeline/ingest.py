"""One look into the inbox: what a crash left, then every ready packet, each judged or set aside (`ingest`)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import load_services
from qi_pipeline.errors import PacketError
from qi_pipeline.intake import claims, inbox
from qi_pipeline.model import Json
from qi_pipeline.pipeline import Context, Judged, judge
from qi_pipeline.policy import load_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.records.store import Store
from qi_pipeline.reporting import packet_json

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings


@dataclass(slots=True)
class IngestRun:
    """What one run did; :meth:`to_json` is the answer of ``ingest --json``."""

    as_of: str
    packets: list[dict[str, Json]] = field(default_factory=list)
    duplicates: list[dict[str, Json]] = field(default_factory=list)
    quarantined: list[dict[str, Json]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Why something was left in the inbox, a sentence each."""

    def to_json(self) -> dict[str, Json]:
        """The JSON of the contract."""
        return {
            "as_of": self.as_of,
            "packets": list(self.packets),
            "duplicates": list(self.duplicates),
            "quarantined": list(self.quarantined),
        }

    def add(self, judged: Judged) -> None:
        """Takes in how one packet ended."""
        if judged.end == "duplicate":
            self.duplicates.append({"packet": judged.packet, "of": judged.of})
        elif judged.end == "quarantined":
            self.set_aside(judged.packet, judged.code or "corrupt", judged.message or "")
        else:
            assert judged.row is not None
            assert judged.decision is not None
            self.packets.append(packet_json(judged.row, judged.decision))

    def add_run(self, other: dict[str, Json]) -> None:
        """Takes in the answer of another run, as a task gives it."""
        for mine, theirs in (
            (self.packets, other["packets"]),
            (self.duplicates, other["duplicates"]),
            (self.quarantined, other["quarantined"]),
        ):
            assert isinstance(theirs, list)
            mine += [entry for entry in theirs if isinstance(entry, dict)]

    def set_aside(self, packet: str, code: str, message: str) -> None:
        """Takes in a packet that was not judged."""
        self.quarantined.append({"packet": packet, "code": code, "message": message})


@contextmanager
def open_context(settings: Settings) -> Iterator[Context]:
    """The doors that judging needs, opened by the settings and closed at the end.

    Raises UsageError for a wrong policy or service table, InstallationError for a workspace that can't be used.
    """
    policy = load_policy(settings.policy)
    services = load_services(settings.services)
    rules = load_rules(settings.rules)
    inbox.prepare(settings)
    with Store(settings.database_url) as store, ReaderPool(settings, policy.limits) as pool:
        yield Context(settings=settings, policy=policy, services=services, rules=rules, store=store, pool=pool)


class Progress:
    """Told what happens; the command line draws it, tests and flows leave it as it is."""

    def begin(self, total: int) -> None:
        """So many packets are to be judged."""

    def packet(self, name: str) -> Callable[[str], None]:
        """A packet begins; what comes back is told each stage."""
        return lambda _stage: None

    def done(self, name: str) -> None:
        """The packet has ended."""


def run_ingest(
    context: Context, as_of: date, paths: Sequence[Path] = (), progress: Progress | None = None
) -> IngestRun:
    """What was done with the packets left by a crash and the ready packets, or with those at ``paths`` alone."""
    run = IngestRun(as_of=as_of.isoformat())
    progress = progress or Progress()
    settings = context.settings
    left = claims.recover(settings)
    places = [inbox.located(settings, path) for path in paths]
    outside = [place for place in places if place.parent != settings.inbox]
    inside = [place.name for place in places if place.parent == settings.inbox]
    ready = waiting(settings, run, time.time(), inside if paths else None)
    progress.begin(len(left) + len(ready) + len(outside))
    for claim in left:
        with claim:
            _judge(claim, context, as_of, run, progress)
    for candidate in ready:
        take(candidate, context, as_of, run, progress)
    for place in outside:
        with claims.bring_in(settings, place, time.time()) as claim:
            _judge(claim, context, as_of, run, progress)
    return run


def waiting(
    settings: Settings, run: IngestRun, now: float, names: Sequence[str] | None = None
) -> Sequence[inbox.Candidate]:
    """The packets that are ready, all or those of these names; ``run`` is told why others are left in the inbox."""
    if names is None:
        scan = inbox.scan(settings, now)
    else:
        there = [place for name in names if os.path.lexists(place := settings.inbox / name)]
        scan = inbox.named(settings, there, now)
    for each in scan.ignored:
        if each.code is None:
            run.ignored.append(f"{each.name}: {each.message}")
        else:
            run.set_aside(each.name, each.code, each.message)
    for candidate in scan.unsettled:
        run.ignored.append(f"{candidate.name}: still changing; it is taken once it has been still for a while")
    return scan.ready


def recover(context: Context, as_of: date, run: IngestRun, progress: Progress | None = None) -> None:
    """Judges the packets that a crash left claimed."""
    for claim in claims.recover(context.settings):
        with claim:
            _judge(claim, context, as_of, run, progress or Progress())


def take(
    candidate: inbox.Candidate, context: Context, as_of: date, run: IngestRun, progress: Progress | None = None
) -> None:
    """Claims and judges one packet of the inbox; nothing happens when another process has it."""
    try:
        claim = claims.claim(context.settings, candidate, time.time())
    except PacketError as error:
        run.set_aside(candidate.name, error.code, str(error))
        return
    if claim is None:
        return
    with claim:
        _judge(claim, context, as_of, run, progress or Progress())


def _judge(claim: claims.Claim, context: Context, as_of: date, run: IngestRun, progress: Progress) -> None:
    stage = progress.packet(claim.packet)
    try:
        run.add(judge(claim, context, as_of, now=time.time(), stage=stage))
    except PacketError as error:
        # Nothing can be read that could be read a moment ago: it goes back to where the operator looks.
        if error.code != "permission" or not claim.put_back():
            raise
        run.set_aside(claim.packet, error.code, str(error))
    finally:
        progress.done(claim.packet)
