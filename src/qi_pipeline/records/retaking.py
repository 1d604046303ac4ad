"""What an admission took over wrongly is taken off the file once its papers are corrected (更正后的登记)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.records import registry
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import institutions, qualifications
from qi_pipeline.records.rows import Entry


def retake(connection: sa.Connection, entry: Entry, packet_id: str, on: date) -> list[Event]:
    """What goes into the log; certificates that the packet entered and its papers, corrected, do not show are off file.

    A certificate is known by kind, number and first day, so one of these misread left a row that nothing replaces.
    """
    row_id = connection.execute(sa.select(institutions.c.id).where(institutions.c.uscc == entry.uscc)).scalar()
    shown = {
        (each.kind, each.number or "", date.fromisoformat(each.valid_from) if each.valid_from else OPEN_START)
        for each in entry.qualifications
    }
    rows = connection.execute(
        sa.select(qualifications.c.id, qualifications.c.kind, qualifications.c.number, qualifications.c.valid_from)
        .where(qualifications.c.institution == row_id, qualifications.c.held_to == OPEN_END)
        .where(sa.or_(qualifications.c.source == packet_id, qualifications.c.source.startswith(f"{packet_id}:")))
        .order_by(qualifications.c.id)
    ).all()
    gone = [row for row in rows if (row.kind, row.number, row.valid_from) not in shown]
    if not gone:
        return []
    connection.execute(
        sa.update(qualifications).where(qualifications.c.id.in_([row.id for row in gone])).values(held_to=on)
    )
    registry.refresh(connection, [int(row_id or 0)])
    return [
        Event(
            kind="qualification.misread",
            subject=entry.uscc,
            data={"packet": packet_id, "kind": row.kind, "number": row.number, "on": on.isoformat()},
        )
        for row in gone
    ]
