"""The one door to a night's report: gathers what it tells, writes it into its folder of the workspace."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qi_pipeline.intake import disk
from qi_pipeline.model import Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.store import Store
from qi_pipeline.reports.files import remove_unfinished
from qi_pipeline.reports.letter_templates import templates
from qi_pipeline.reports.masking import masking, numbers_in
from qi_pipeline.reports.night_letters import Written
from qi_pipeline.reports.nightly import NightReport, write_night
from qi_pipeline.residency.digest import digest
from qi_pipeline.residency.standing import orders_written
from qi_pipeline.settings import Settings


def report_night(settings: Settings, store: Store, policy: Policy, answer: dict[str, Json]) -> Path:
    """The path of ``reports/nightly/<date>/index.html``, written for the answer of a night that is done."""
    return _report(settings, store, policy, answer, policy.reports.letters_pdf_per_night).page


def draw_all(settings: Settings, store: Store, policy: Policy, answer: dict[str, Json]) -> Written:
    """The letters of the night, with every PDF that its report left for later."""
    return _report(settings, store, policy, answer, None).letters


def _report(settings: Settings, store: Store, policy: Policy, answer: dict[str, Json], pdfs: int | None) -> NightReport:
    as_of = date.fromisoformat(str(answer["as_of"]))
    folder = settings.reports / "nightly" / as_of.isoformat()
    remove_unfinished(folder, folder / "letters")  # of a run that was killed
    told = digest(store, as_of, policy.residency, answer)
    kept = {*numbers_in(answer), *(each for order in told.orders for each in numbers_in(order.data))}
    with disk.own_faults("reports"), masking(policy.privacy, kept):
        made = write_night(
            told,
            answer,
            policy.residency,
            folder,
            templates=templates(settings.templates, settings.platform),
            lang=settings.lang,
            pdfs=pdfs,
        )
    orders_written(
        store, {number: str((folder / file).relative_to(settings.home)) for number, file in made.orders.items()}
    )
    return made
