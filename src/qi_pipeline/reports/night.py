"""The one door to a night's report: gathers what it tells, writes it into its folder of the workspace."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qi_pipeline.model import Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.store import Store
from qi_pipeline.reports.nightly import write_night
from qi_pipeline.residency.digest import digest
from qi_pipeline.residency.standing import orders_written
from qi_pipeline.settings import Settings


def report_night(settings: Settings, store: Store, policy: Policy, answer: dict[str, Json]) -> Path:
    """The path of ``reports/nightly/<date>/index.html``, written for the answer of a night that is done."""
    as_of = date.fromisoformat(str(answer["as_of"]))
    told, folder = digest(store, as_of, policy.residency, answer), settings.reports / "nightly" / as_of.isoformat()
    page = write_night(
        told,
        answer,
        policy.residency,
        folder,
        platform=settings.platform,
        lang="en" if settings.lang == "en" else "zh",
    )
    orders_written(store, _places([order.number for order in told.orders], folder, settings.home))
    return page


def _places(numbers: list[str], folder: Path, home: Path) -> dict[str, str]:
    """Where each order lies, relative to the workspace: in a file of its own, or in the one of them all."""
    letters, found = folder / "letters", {}
    for number in numbers:
        own = letters / f"{number}.html"
        place = own if own.is_file() else letters / "orders.html"
        found[number] = str(place.relative_to(home))
    return found
