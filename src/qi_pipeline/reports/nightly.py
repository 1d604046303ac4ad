"""The report of a night: an HTML digest, the answer as JSON, a spreadsheet of every list, and the letters it causes.

Everything in ``reports/nightly/<date>/`` is of the whole night, however often it was run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qi_pipeline import __version__
from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.reports import nightly_words as words
from qi_pipeline.reports import official
from qi_pipeline.reports.expiry_plot import plot
from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.phrases import DUTIES, Lang, kind_name, pick
from qi_pipeline.reports.spreadsheet import workbook
from qi_pipeline.reports.templating import render
from qi_pipeline.residency.digest import Digest

_MARK = ".made"
"""File that says from what the report beside it was made."""
_SHOWN = 200
"""Rows of a list that the digest shows; the spreadsheet has all."""
_SINGLE = 500
"""Letters of one kind that get a file each; more stand in one file, a page each, ready for the printer."""

Cell = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One list of the night, for people."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    links: dict[str, str]
    """Letters by USCC."""


def write_night(
    told: Digest, answer: dict[str, Json], policy: ResidencyPolicy, folder: Path, *, platform: str, lang: Lang
) -> Path:
    """The path of the index.html written into ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    # The night's, not only this run's: what a run before it changed stays in the report.
    whole: dict[str, Json] = {
        **answer,
        "reinstated": [{"uscc": uscc, "services": list(names)} for uscc, names in sorted(told.reinstated.items())],
        "deregistered": [
            {"uscc": order.uscc, "clause": order.clause, "reason": order.reason, "order": order.number}
            for order in told.orders
        ],
    }
    path = folder / "index.html"
    mark = _mark(told, whole, policy, platform, lang)
    if _is_made(folder, mark):
        return path  # a run that changed nothing finds its report as it would write it
    (folder / _MARK).unlink(missing_ok=True)
    places = _letters(told, answer, policy, folder, platform)
    tables = _tables(told, whole, places, lang)
    write_whole(folder / "nightly.json", _lines(whole))
    write_whole(
        folder / "nightly.xlsx",
        workbook([(table.title, table.headings, table.rows) for table in tables]),
    )
    write_whole(
        path,
        render(
            "nightly.html",
            lang=lang,
            words={key: pick(words.WORDS, key, lang) for key in words.WORDS},
            platform=platform,
            as_of=told.as_of.isoformat(),
            institutions=answer["institutions"],
            qualifications=answer["qualifications"],
            tables=tables,
            shown=_SHOWN,
            plot=plot(told.calendar, lang),
            calendar=told.calendar,
            stale=[(pick(words.LISTS, name, lang), day.isoformat()) for name, day in told.stale_lists],
            complaints=[
                (number, uscc, told.names.get(uscc, ""), day.isoformat()) for number, uscc, day in told.late_complaints
            ],
        ),
    )
    write_whole(folder / _MARK, mark)
    return path


def _mark(told: Digest, whole: dict[str, Json], policy: ResidencyPolicy, platform: str, lang: Lang) -> str:
    """What the report is made from, in one number: the night, the policy, and the program that writes it."""
    parts = (__version__, told, policy, platform, lang)
    return hashlib.sha256(f"{parts!r}{json.dumps(whole, ensure_ascii=False)}".encode()).hexdigest()


def _is_made(folder: Path, mark: str) -> bool:
    names = ("index.html", "nightly.json", "nightly.xlsx")
    try:
        made = (folder / _MARK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return made == mark and all((folder / name).is_file() for name in names)


def _lines(whole: dict[str, Json]) -> str:
    """The answer as JSON with an entry a line: indented all through, a million certificates took ten seconds."""
    said = []
    for key, value in whole.items():
        if isinstance(value, list) and value:
            entries = ",\n  ".join(json.dumps(each, ensure_ascii=False) for each in value)
            said.append(f" {json.dumps(key)}: [\n  {entries}\n ]")
        else:
            said.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(said) + "\n}\n"


def _letters(
    told: Digest, answer: dict[str, Json], policy: ResidencyPolicy, folder: Path, platform: str
) -> dict[str, dict[str, str]]:
    """Where the letters lie, by list and USCC, relative to ``folder``."""
    on, names = told.as_of, told.names
    stopped = _by_uscc(answer["suspended"])
    suspensions = []
    for uscc, services in told.suspended.items():
        entries = stopped.get(uscc, [])
        ends = [str(entry["deregisters_on"]) for entry in entries if entry["deregisters_on"]]
        if entries:  # else it was reinstated since, or has left
            suspensions.append(
                official.suspension(
                    uscc=uscc,
                    name=names.get(uscc, ""),
                    services=services,
                    licence=any(entry["reason"] == "licence_expired" for entry in entries),
                    deregisters_on=date.fromisoformat(ends[0]) if ends else None,
                    on=on,
                )
            )
    reminders = [
        official.reminder(
            uscc=uscc,
            name=names.get(uscc, ""),
            ends=[(each.kind, each.number, each.valid_to) for each in ends_soon],
            on=on,
        )
        for uscc, ends_soon in sorted(told.reminded.items())
    ]
    audits = [
        official.audit(uscc=each.uscc, name=names.get(each.uscc, ""), due_on=each.due_on, on=on) for each in told.audits
    ]
    orders = [
        official.deregistration(
            number=order.number,
            uscc=order.uscc,
            name=names.get(order.uscc, ""),
            lapsed=_lapsed(order.data),
            grace=policy.deregistration_grace_days,
            on=order.made_on,
        )
        for order in told.orders
    ]
    return {
        "expiring": _write(reminders, "reminders", folder, platform),
        "suspended": _write(suspensions, "suspensions", folder, platform),
        "annual_audits": _write(audits, "audits", folder, platform),
        "deregistered": _write(orders, "orders", folder, platform),
    }


def _lapsed(data: dict[str, Json]) -> list[tuple[str, str, date]]:
    """Service, its certificates, and the day from which it had none, as the order holds them."""
    found = data["services_lapsed_on"]
    assert isinstance(found, dict)
    papers: dict[str, list[str]] = {}
    for entry in _entries(data["certificates"]):
        name = f"{kind_name(str(entry['kind']), 'zh')} {entry['number']}（有效期至{entry['valid_to']}）"
        papers.setdefault(str(entry["service"]), []).append(name)
    return [
        (service, "；".join(papers.get(service, ())), date.fromisoformat(str(day))) for service, day in found.items()
    ]


def _write(letters: Sequence[official.Letter], name: str, folder: Path, platform: str) -> dict[str, str]:
    if len(letters) > _SINGLE:
        place = f"letters/{name}.html"
        official.write_letters(letters, folder / place, platform)
        return {letter.uscc: f"{place}#{letter.key}" for letter in letters}
    for letter in letters:
        official.write_letters([letter], folder / "letters" / f"{letter.key}.html", platform)
    return {letter.uscc: f"letters/{letter.key}.html" for letter in letters}


def _by_uscc(found: Json) -> dict[str, list[dict[str, Json]]]:
    grouped: dict[str, list[dict[str, Json]]] = {}
    for entry in _entries(found):
        grouped.setdefault(str(entry["uscc"]), []).append(entry)
    return grouped


def _entries(found: Json) -> list[dict[str, Json]]:
    assert isinstance(found, list)
    return [entry for entry in found if isinstance(entry, dict)]


def _joined(value: Json) -> str:
    assert isinstance(value, list)
    return "；".join(str(each) for each in value)


def _tables(told: Digest, answer: dict[str, Json], places: dict[str, dict[str, str]], lang: Lang) -> list[_Table]:
    def reason(code: Json) -> str:
        return pick(words.REASONS, str(code), lang)

    columns: dict[str, tuple[tuple[str, ...], Callable[[dict[str, Json]], Iterable[Json]]]] = {
        "deregistered": (
            ("order", "clause", "reason"),
            lambda entry: (entry["order"], entry["clause"], reason(entry["reason"])),
        ),
        "suspended": (
            ("services", "reason", "deregisters_on"),
            lambda entry: (_joined(entry["services"]), reason(entry["reason"]), entry["deregisters_on"]),
        ),
        "reinstated": (("services",), lambda entry: (_joined(entry["services"]),)),
        "expiring": (
            ("kind", "number", "valid_to", "days_left"),
            lambda entry: (
                kind_name(str(entry["kind"]), lang),
                entry["number"],
                entry["valid_to"],
                entry["days_left"],
            ),
        ),
        "annual_audits": (
            ("due_on", "state"),
            lambda entry: (entry["due_on"], reason(entry["state"])),
        ),
        "overdue": (
            ("clause", "duty", "due_on"),
            lambda entry: (entry["clause"], pick(DUTIES, str(entry["duty"]), lang), entry["due_on"]),
        ),
        "flags": (("clause", "code"), lambda entry: (entry["clause"], reason(entry["code"]))),
    }
    tables = []
    for key, (headings, cells) in columns.items():
        rows: list[tuple[Cell, ...]] = []
        for entry in _entries(answer[key]):
            uscc = str(entry["uscc"])
            values = (value if isinstance(value, int) or value is None else str(value) for value in cells(entry))
            rows.append((uscc, told.names.get(uscc, ""), *values))
        tables.append(
            _Table(
                key=key,
                title=pick(words.WORDS, key, lang),
                headings=tuple(pick(words.COLUMNS, each, lang) for each in ("uscc", "name", *headings)),
                rows=rows,
                links=places.get(key, {}),
            )
        )
    return tables
