"""The one door to a night's report: gathers what it tells, writes it into its folder of the workspace."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qi_pipeline.model import Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.store import Store
from qi_pipeline.reports.nightly import write_night
from qi_pipeline.residency.digest import digest
from qi_pipeline.settings import Settings


def report_night(settings: Settings, store: Store, policy: Policy, answer: dict[str, Json]) -> Path:
    """The path of ``reports/nightly/<date>/index.html``, written for the answer of a night that is done."""
    as_of = date.fromisoformat(str(answer["as_of"]))
    return write_night(
        digest(store, as_of, policy.residency, answer),
        answer,
        policy.residency,
        settings.reports / "nightly" / as_of.isoformat(),
        platform=settings.platform,
        lang="en" if settings.lang == "en" else "zh",
    )
