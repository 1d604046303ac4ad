"""Letters made again from the records: by their number, by institution and night."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.store import Store
from qi_pipeline.reports import official
from qi_pipeline.reports.letter_templates import templates
from qi_pipeline.reports.night import draw_all
from qi_pipeline.reports.night_letters import Written, letters_of, write_all
from qi_pipeline.reports.orders import letter_of
from qi_pipeline.residency import audit
from qi_pipeline.residency.digest import digest
from qi_pipeline.residency.served import served_notices, served_orders
from qi_pipeline.settings import Settings

_OF_A_NIGHT = re.compile(r"(?:DQ|ZT|NS)-(\d{4})(\d\d)(\d\d)-([0-9A-Z]{18})")
"""Numbers of 到期提醒, 暂停服务通知 and 年度审核通知."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One letter, and the folder in which it lies or will lie."""

    letter: official.Letter
    folder: Path

    def to_json(self, home: Path) -> dict[str, Json]:
        """The letter as commands print it; a form that is not there is null."""
        page = self.folder / f"{self.letter.key}.html"
        printed = page.with_suffix(".pdf")
        return {
            "number": self.letter.number,
            "kind": self.letter.kind,
            "uscc": self.letter.uscc,
            "institution": self.letter.institution,
            "on": self.letter.on.isoformat(),
            "file": str(page.relative_to(home)) if page.is_file() else None,
            "pdf": str(printed.relative_to(home)) if printed.is_file() else None,
        }


def on_record(
    settings: Settings, store: Store, policy: Policy, *, number: str | None = None, uscc: str | None = None
) -> list[Served]:
    """Orders, notices of eviction and requested audits: all, of one number, or of one institution; oldest first."""
    grace = policy.residency.deregistration_grace_days
    found = [
        Served(letter=letter_of(each.order, each.name, grace=grace), folder=_folder(settings, each.file))
        for each in served_orders(store, number=number, uscc=uscc)
    ]
    for each in served_notices(store, number=number, uscc=uscc):
        letter = official.eviction_notice(
            uscc=each.uscc, name=each.name, note=each.note, on=each.on, number=each.number
        )
        found.append(Served(letter=letter, folder=_folder(settings, each.file)))
    return sorted(found, key=lambda served: (served.letter.on, served.letter.number))


def of_night(settings: Settings, store: Store, policy: Policy, night: date) -> list[Served]:
    """Every letter of the night; raises :class:`UsageError` where there is no report of it."""
    folder = settings.reports / "nightly" / night.isoformat()
    answer = _answer(folder, night)
    grace = policy.residency.deregistration_grace_days
    letters = letters_of(digest(store, night, policy.residency, answer), answer, grace)
    return [Served(letter=each, folder=folder / "letters") for some in letters.values() for each in some]


def by_number(settings: Settings, store: Store, policy: Policy, number: str) -> Served | None:
    """The letter of that number; None where nobody was served it."""
    found = on_record(settings, store, policy, number=number)
    parts = _OF_A_NIGHT.fullmatch(number)
    if found or parts is None:
        return found[0] if found else None
    try:
        night = date(*map(int, parts.groups()[:3]))
    except ValueError:
        return None
    if (settings.reports / "nightly" / night.isoformat()).is_dir():
        for each in of_night(settings, store, policy, night):
            if each.letter.number == number:
                return each
    return _requested_audit(settings, store, number, parts.group(4), night)


def draw_night(settings: Settings, store: Store, policy: Policy, night: date) -> Written:
    """The letters of the night, every one as PDF too; those that are there already stay.

    The digest of the last night links them from then on; one of an earlier night stays as it was told.
    """
    folder = settings.reports / "nightly" / night.isoformat()
    answer = _answer(folder, night)
    later = [path.name for path in folder.parent.iterdir() if path.name > folder.name]
    if not later:
        return draw_all(settings, store, policy, answer)
    letters = letters_of(
        digest(store, night, policy.residency, answer), answer, policy.residency.deregistration_grace_days
    )
    return write_all(letters, folder, templates(settings.templates, settings.platform), pdfs=None)


def _requested_audit(settings: Settings, store: Store, number: str, uscc: str, on: date) -> Served | None:
    for each in audit.listed(store, uscc, closed_too=True):
        if each.requested_on == on and official.night_number("NS", on, uscc) == number:
            row = store.institution(uscc)
            return Served(letter=audit_letter(each, row.name if row else ""), folder=settings.reports / "orders")
    return None


def audit_letter(one: audit.Audit, name: str) -> official.Letter:
    """The notice of an audit (年度审核通知) that a person requested; its file tells the day on which it is due."""
    assert one.requested_on is not None  # it was, just now or before
    return official.audit(
        uscc=one.uscc, name=name, due_on=one.due_on, on=one.requested_on, key=f"audit-{one.uscc}-{one.due_on}"
    )


def _answer(folder: Path, night: date) -> dict[str, Json]:
    try:
        told: dict[str, Json] = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"there is no report of the night of {night}; run `qi-pipeline nightly --as-of {night}` first"
        ) from None
    return {key: value for key, value in told.items() if key != "letters"}


def _folder(settings: Settings, file: str | None) -> Path:
    return (settings.home / file).parent if file else settings.reports / "orders"
