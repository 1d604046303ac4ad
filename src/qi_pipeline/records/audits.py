"""Annual audits on record (年度审核, 5.2.4): when one is due, its papers, and the admission that passes it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import upsert
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import audits, institutions
from qi_pipeline.workdays import same_day_of_month

_RESIDENT = ("active", "suspended")


def due_on(admitted_on: date | None, last_audit_on: date | None) -> date | None:
    """The day one year after the later of entry and last audit (29 February: 28 February); None without either.

    >>> due_on(date(2024, 2, 29), None).isoformat()
    '2025-02-28'
    """
    days = [day for day in (admitted_on, last_audit_on) if day is not None]
    return same_day_of_month(max(days), 12) if days else None


def papers_came(connection: sa.Connection, uscc: str, packet_id: str, on: date) -> list[Event]:
    """What goes into the log; the audit that is due next has the packet's papers."""
    row = connection.execute(sa.select(institutions).where(institutions.c.uscc == uscc)).one_or_none()
    if row is None or row.state not in _RESIDENT:
        return []
    due = due_on(row.admitted_on, row.last_audit_on)
    if due is None:
        return []
    _write(connection, row.id, due, {"packet": packet_id})
    said: dict[str, Json] = {"packet": packet_id, "due_on": due.isoformat(), "on": on.isoformat()}
    return [Event(kind="audit.papers_received", subject=uscc, data=said)]


def passed_by(connection: sa.Connection, known: Row, packet_id: str, on: date) -> list[Event]:
    """What goes into the log; the admitted packet of ``known`` passes the audit that was due, and closes it.

    ``known`` is the institution before the admission, so that the audit is the one that was due then.
    """
    due = due_on(known.admitted_on, known.last_audit_on)
    if due is None:
        return []
    _write(connection, known.id, due, {"packet": packet_id, "passed": True, "closed_on": on, "reason": None})
    said: dict[str, Json] = {"packet": packet_id, "due_on": due.isoformat(), "on": on.isoformat()}
    return [Event(kind="audit.passed", subject=known.uscc, data=said)]


def _write(connection: sa.Connection, institution: int, due: date, values: dict[str, object]) -> None:
    connection.execute(
        upsert.insert_or_update(connection, audits, ["institution", "due_on"], list(values)),
        {"institution": institution, "due_on": due, **values},
    )
