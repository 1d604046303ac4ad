"""``institution show``: one institution as the register holds it, or held it on a past day, with all that happened."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.lists import packet_row_json
from qi_pipeline.cli.output import print_json, print_table, printable
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from qi_pipeline.model import Json, Lang
    from qi_pipeline.records.events import StoredEvent
    from qi_pipeline.records.rows import InstitutionRow
    from qi_pipeline.records.store import Store

_NOW = date.max - timedelta(days=1)
"""Without ``--as-of`` the register is shown as it stands, also what was recorded for a day to come."""
_STEPS: dict[str, tuple[str, ...]] = {
    "admitted_on": ("institution.admitted", "institution.readmitted"),
    "profile_completed_on": ("institution.profile_completed",),
    "last_audit_on": ("audit.passed",),
    "closed_on": ("institution.closed",),
}
"""The days of a residence, with the events that set them."""


def add_institution_show(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the action."""
    showing = acts.add_parser("show", help="one institution as it stands or stood on a day, with its history")
    showing.add_argument("uscc", help="its 统一社会信用代码")
    add_as_of(showing)
    add_json(showing)
    showing.set_defaults(run=show_institution)


def show_institution(arguments: argparse.Namespace) -> int:
    """Prints the institution; exit 2 for a day on which the register did not know it."""
    from qi_pipeline.records.store import Store

    uscc, given = arguments.uscc.strip().upper(), settings()
    with Store(given.database_url) as store:
        row = store.institution(uscc)
        if row is None:
            raise UsageError(f"{uscc}: no such institution; `qi-pipeline institution list` shows them")
        events = store.events_of(uscc)
        shown = _shown(store, row, arguments.as_of, events)
    shown["as_of"] = as_of(arguments).isoformat()
    if arguments.json:
        print_json(shown)
    else:
        _print(shown, events, given.lang)
    return 0


def _steps_of_a_life_before(events: Sequence[StoredEvent], day: date) -> dict[str, date | None]:
    """The days that the register held on ``day`` for a residence that has ended since, by the log."""
    told: dict[str, date | None] = dict.fromkeys(_STEPS)
    for event in events:
        on = event.data.get("on")
        name = next((name for name, kinds in _STEPS.items() if event.kind in kinds), None)
        if name is None or not isinstance(on, str) or date.fromisoformat(on) > day:
            continue
        if name == "admitted_on":
            told = dict.fromkeys(_STEPS)
        told[name] = date.fromisoformat(str(event.data.get(name, on)))
    return told


def _shown(store: Store, row: InstitutionRow, wanted: date | None, events: Sequence[StoredEvent]) -> dict[str, Json]:
    """Everything on record, with the facts of the day that is asked for."""
    from qi_pipeline.records import history
    from qi_pipeline.records.packets import PacketFilter
    from qi_pipeline.reports.life_trail import actor, clause_of
    from qi_pipeline.residency import audit, complaint, inspection, leftover, standing

    day = wanted or _NOW
    past, changed = history.read(store.engine, row.uscc)
    then = past.on(day) if past is not None else None
    if past is None or then is None:
        known_from = past.facts[0].held_from if past is not None and past.facts else None
        since = known_from or row.admitted_on or row.held_from
        raise UsageError(f"{row.uscc} was not in the register on {day}; it is there since {since}")
    days = {name: getattr(row, name) for name in _STEPS}
    if row.admitted_on is not None and day < row.admitted_on:
        days = _steps_of_a_life_before(events, day)
    inspections = inspection.listed(store, uscc=row.uscc)
    return {
        "uscc": row.uscc,
        **then,
        # What happened later was not so on that day; the trail below tells all of it.
        **{name: each.isoformat() if each and each <= day else None for name, each in days.items()},
        "changes": [each.to_json() for each in changed if each.noticed_on <= day],
        "audits": [each.to_json() for each in audit.listed(store, row.uscc, closed_too=True)],
        "inspections": [each.to_json() for each in inspections if each.drawn_on <= day],
        "complaints": [
            {"number": each.number, "type": each.type, "state": each.state, "received_on": each.received_on.isoformat()}
            for each in complaint.listed(store, row.uscc, closed_too=True)
            if each.received_on <= day
        ],
        "leftovers": [
            each.to_json() for each in leftover.listed(store, row.uscc, settled_too=True) if each.opened_on <= day
        ],
        "departures": [each for each in standing.departures_of(store, row.uscc) if str(each["begun_on"]) <= str(day)],
        "orders": [each for each in standing.orders_of(store, row.uscc) if str(each["on"]) <= str(day)],
        "history": past.to_json(),
        "packets": [packet_row_json(each) for each in store.packets(PacketFilter(uscc=row.uscc))],
        "events": [
            {
                "seq": each.seq,
                "at": each.at,
                "kind": each.kind,
                "clause": clause_of(each),
                "on": each.data.get("on"),
                "by": actor(each),
                "role": each.data.get("role"),
            }
            for each in events
        ],
    }


_FACTS = ("uscc", "name", "category", "state", "legal_representative", "address", "licence_valid_to")
_DAYS = {"admitted_on": "admitted_on", "profile_completed_on": "profile_completed_on"}
_DAYS |= {"last_audit_on": "last_audit_on", "closed_on": "shut_on"}
_TABLES: dict[str, tuple[str, ...]] = {
    "services": ("name", "item", "suspended_since"),
    "qualifications": ("kind", "number", "valid_to", "services"),
    "changes": ("noticed_on", "field", "before", "after", "state", "paper", "corrected_by"),
    "audits": ("due_on", "requested_on", "passed", "closed_on", "reason"),
    "inspections": ("id", "drawn_on", "result", "closed_on", "note", "notice"),
    "complaints": ("number", "type", "state", "received_on"),
    "leftovers": ("id", "text", "assigned_to", "opened_on", "settled_on"),
    "departures": ("kind", "begun_on", "notice", "order", "reason", "ended_on"),
    "orders": ("order", "clause", "reason", "on", "file"),
    "packets": ("packet", "request", "outcome", "state", "decided_on"),
    "facts": ("held_from", "held_to", "state", "name", "legal_representative", "address", "source"),
}
"""What people see of each table, in this order; the same codes as in the JSON, in words."""


def _print(shown: dict[str, Json], events: Sequence[StoredEvent], lang: Lang) -> None:
    """Writes what the register holds, then all that happened, a line an event."""
    from qi_pipeline.reports.life_trail import life
    from qi_pipeline.reports.life_words import cell, heading

    mark = "：" if lang == "zh" else ": "
    said = {name: name for name in _FACTS} | {name: label for name, label in _DAYS.items() if shown[name]}
    for name, label in said.items():
        sys.stdout.write(f"{heading(label, lang)}{mark}{printable(cell('institution', name, shown[name], lang))}\n")
    history = shown["history"]
    facts = history["facts"] if isinstance(history, dict) else []
    for name, columns in _TABLES.items():
        _table(name, shown.get(name) if name != "facts" else facts, columns, lang)
    steps = sorted(life(events, lang), key=lambda step: step.on)
    _table("history", [each.to_json() for each in steps], ("on", "clause", "what", "more", "who"), lang)


def _table(name: str, rows: Json, columns: Sequence[str], lang: Lang) -> None:
    from qi_pipeline.reports.life_words import TABLES, cell, heading

    if isinstance(rows, list) and rows:
        sys.stdout.write(f"\n{TABLES[name][lang == 'en']}\n")
        sys.stdout.flush()
        cells = [[cell(name, key, row.get(key), lang) for key in columns] for row in rows if isinstance(row, dict)]
        print_table([heading(key, lang) for key in columns], cells)
