"""The report of a night: an HTML digest, the answer as JSON, a spreadsheet of every list, and the letters it causes.

Everything in ``reports/nightly/<date>/`` is of the whole night, however often it was run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from qi_pipeline import __version__
from qi_pipeline.model import Json, Lang
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.reports import inline, night_integrity
from qi_pipeline.reports import nightly_words as words
from qi_pipeline.reports.expiry_plot import plot
from qi_pipeline.reports.files import write_pieces, write_whole
from qi_pipeline.reports.finding_names import finding_name
from qi_pipeline.reports.letter_templates import Templates
from qi_pipeline.reports.night_letters import Place, Written, letters_of, write_all
from qi_pipeline.reports.phrases import DUTIES, kind_name, pick
from qi_pipeline.reports.spreadsheet import workbook
from qi_pipeline.reports.templating import render
from qi_pipeline.residency.digest import Digest

_MARK = ".made"
"""File that says from what the report beside it was made."""
_NAMED = 3
"""Deregistered institutions that the first screen names."""
_SHOWN = 200
"""Rows of a list that the digest shows; the spreadsheet has all."""

Cell = str | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One list of the night, for people."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    letters: dict[str, Place]
    """By USCC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """What a night's report consists of."""

    page: Path
    orders: dict[str, str]
    """Where the night's orders lie, by number, relative to the folder; empty where an earlier run said so already."""
    letters: Written


def write_night(
    told: Digest,
    answer: dict[str, Json],
    policy: ResidencyPolicy,
    folder: Path,
    *,
    templates: Templates,
    lang: Lang,
    pdfs: int | None,
) -> NightReport:
    """The report written into ``folder``, which is made; with at most ``pdfs`` new PDFs of letters, or all for None."""
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
    mark = _mark(told, whole, policy, templates, lang, pdfs)
    if _is_made(folder, mark):
        # A run that changed nothing finds its report as it would write it.
        return NightReport(page=path, orders={}, letters=Written())
    (folder / _MARK).unlink(missing_ok=True)
    letters = letters_of(told, answer, policy.deregistration_grace_days)
    written = write_all(letters, folder, templates, pdfs=pdfs)
    tables = _tables(told, whole, written, lang)
    write_pieces(folder / "nightly.json", _lines({**whole, "letters": written.to_json()}))
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
            **_style(),
            **_first_screen(told, tables, written, lang),
            platform=templates.platform,
            as_of=told.as_of.isoformat(),
            institutions=answer["institutions"],
            qualifications=answer["qualifications"],
            tables=tables,
            shown=_SHOWN,
            plot=plot(told.calendar, lang),
            calendar=told.calendar,
            stale=[(pick(words.LISTS, name, lang), day.isoformat()) for name, day in told.stale_lists],
            integrity=(night_integrity.TITLE[lang], night_integrity.sentences(whole, lang)),
            complaints=[
                (number, uscc, told.names.get(uscc, ""), day.isoformat()) for number, uscc, day in told.late_complaints
            ],
            letters=sum(map(len, written.places.values())),
            left=written.left,
            faults=written.faults,
            command=f"qi-pipeline letter write --night {told.as_of.isoformat()}",
        ),
    )
    if not written.faults:  # else the next run tries again
        write_whole(folder / _MARK, mark)
    orders = {each.number: each.file.partition("#")[0] for each in written.places["deregistered"]}
    return NightReport(page=path, orders=orders, letters=written)


def _style() -> dict[str, object]:
    """The style of the decision report, what a digest adds to it, and the policy that lets exactly these apply."""
    sheets = [inline.part("decision.css"), inline.part("nightly.css")]
    return {
        "styles": [Markup(each) for each in sheets],  # noqa: S704 - the project's own files
        "policy": inline.content_policy(scripts=[], styles=sheets),
    }


def _first_screen(told: Digest, tables: list[_Table], written: Written, lang: Lang) -> dict[str, object]:
    """What one sees first: what changed, and what somebody has to do."""

    def say(key: str, **values: object) -> str:
        return pick(words.WORDS, key, lang).format(**values)

    rows = {table.key: len(table.rows) for table in tables}
    changes = [
        (
            "reject",
            say("was_deregistered", name=told.names.get(each.uscc) or each.uscc, order=each.number),
            "deregistered",
        )
        for each in told.orders[:_NAMED]
    ]
    if len(told.orders) > _NAMED:
        changes.append(("reject", say("more_deregistered", n=len(told.orders) - _NAMED), "deregistered"))
    for tone, key, count, target in (
        ("supplement", "were_suspended", len(told.suspended), "suspended"),
        ("admit", "were_reinstated", len(told.reinstated), "reinstated"),
        ("notice", "were_reminded", len(told.reminded), "expiring"),
        ("notice", "were_announced", len(told.audits), "annual_audits"),
    ):
        if count:
            changes.append((tone, say(key, n=count), target))
    changed = len({order.uscc for order in told.orders} | set(told.suspended) | set(told.reinstated))
    tone = "grave" if told.orders else "changed" if changed else "quiet"
    waiting = {
        "do_overdue": (rows["overdue"], "overdue"),
        "do_flags": (rows["flags"], "flags"),
        "do_complaints": (len(told.late_complaints), "complaints"),
        "do_stale": (len(told.stale_lists), "stale"),
        "do_faults": (len(written.faults), "faults"),
    }
    return {
        "tone": tone,
        "headline": say(tone, n=len(told.orders) if told.orders else changed),
        "changes": changes,
        "to_do": [(say(key, n=count), target) for key, (count, target) in waiting.items() if count],
    }


def _mark(
    told: Digest, whole: dict[str, Json], policy: ResidencyPolicy, templates: Templates, lang: Lang, pdfs: int | None
) -> str:
    """What the report is made from, in one number: the night, the policy, the templates, the program that writes it."""
    parts = (__version__, told, policy, templates.platform, templates.fingerprint, lang, pdfs)
    found = hashlib.sha256(repr(parts).encode())
    for piece in _lines(whole):
        found.update(piece.encode())
    return found.hexdigest()


def _is_made(folder: Path, mark: str) -> bool:
    names = ("index.html", "nightly.json", "nightly.xlsx")
    try:
        made = (folder / _MARK).read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return made == mark and all((folder / name).is_file() for name in names)


def _lines(whole: dict[str, Json]) -> Iterator[str]:
    """The answer as JSON with an entry a line: indented all through, a million certificates took ten seconds."""
    said = json.JSONEncoder(ensure_ascii=False).encode
    opening = "{\n"
    for key, value in whole.items():
        yield f"{opening} {json.dumps(key)}: "
        opening = ",\n"
        if isinstance(value, list) and value:
            for number, each in enumerate(value):
                yield f"{',' if number else '['}\n  {said(each)}"
            yield "\n ]"
        else:
            yield said(value)
    yield "\n}\n"


def _entries(found: Json) -> list[dict[str, Json]]:
    assert isinstance(found, list)
    return [entry for entry in found if isinstance(entry, dict)]


def _joined(value: Json) -> str:
    assert isinstance(value, list)
    return "；".join(str(each) for each in value)


def _tables(told: Digest, answer: dict[str, Json], written: Written, lang: Lang) -> list[_Table]:
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
        "flags": (("clause", "code"), lambda entry: (entry["clause"], finding_name(str(entry["code"]), lang))),
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
                letters=written.by_uscc(key),
            )
        )
    return tables
