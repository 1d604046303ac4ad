"""``institution show``: one institution as the register holds it, or held it on a past day, with all that happened."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.lists import packet_row_json
from qi_pipeline.cli.output import print_json, print_table, printable
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from qi_pipeline.model import Json
    from qi_pipeline.records.rows import InstitutionRow
    from qi_pipeline.records.store import Store

_NOW = date.max - timedelta(days=1)
"""Without ``--as-of`` the register is shown as it stands, also what was recorded for a day to come."""


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

    uscc = arguments.uscc.strip().upper()
    with Store(settings().database_url) as store:
        row = store.institution(uscc)
        if row is None:
            raise UsageError(f"{uscc}: no such institution; `qi-pipeline institution list` shows them")
        shown = _shown(store, row, arguments.as_of)
    shown["as_of"] = as_of(arguments).isoformat()
    if arguments.json:
        print_json(shown)
    else:
        _print(shown)
    return 0


def _shown(store: Store, row: InstitutionRow, wanted: date | None) -> dict[str, Json]:
    """Everything on record, with the facts of the day that is asked for."""
    from qi_pipeline.records import history
    from qi_pipeline.records.packets import PacketFilter
    from qi_pipeline.residency import audit, complaint, inspection, leftover, standing

    day = wanted or _NOW
    past, changed = history.read(store.engine, row.uscc)
    then = past.on(day) if past is not None else None
    if past is None or then is None:
        raise UsageError(
            f"{row.uscc} was not in the register on {day}; it is there since {row.admitted_on or row.held_from}"
        )
    days = {name: getattr(row, name) for name in ("admitted_on", "profile_completed_on", "last_audit_on", "closed_on")}
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
                "on": each.data.get("on"),
                "by": each.data.get("by"),
                "role": each.data.get("role"),
            }
            for each in store.events_of(row.uscc)
        ],
    }


def _print(shown: dict[str, Json]) -> None:
    for key in ("uscc", "name", "category", "state", "legal_representative", "address", "admitted_on"):
        sys.stdout.write(f"{key}: {printable(str(shown[key] or ''))}\n")
    sys.stdout.write(f"licence_valid_to: {shown['licence_valid_to'] or ''}\n")
    _table(shown, "services", {"service": "name", "item": "item", "suspended since": "suspended_since"})
    certificate = {"certificate": "kind", "number": "number", "valid to": "valid_to", "services": "services"}
    _table(shown, "qualifications", certificate)
    change = {"noticed": "noticed_on", "changed": "field", "before": "before", "after": "after", "paper": "paper"}
    _table(shown, "changes", change)
    _table(shown, "departures", {"leaving": "kind", "begun": "begun_on", "notice": "notice", "order": "order"})
    _table(shown, "orders", {"order": "order", "clause": "clause", "reason": "reason", "on": "on", "file": "file"})


def _table(shown: dict[str, Json], name: str, columns: dict[str, str]) -> None:
    rows = shown[name]
    if isinstance(rows, list) and rows:
        sys.stdout.write("\n")
        sys.stdout.flush()
        print_table(list(columns), [[_cell(row, key) for key in columns.values()] for row in rows])


def _cell(row: Json, key: str) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    return "" if value is None else str(value)
