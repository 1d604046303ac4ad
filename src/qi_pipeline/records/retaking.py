"""What a packet itself brought into the register, for a second look at the packet (更正后的登记).

A packet is judged again by what the register held before it; what it took over wrongly is taken off the file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.records import registry
from qi_pipeline.records.columns import OPEN_END, OPEN_START, start
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import institution_history, institutions, qualification_history, qualifications
from qi_pipeline.records.rows import Entry


def before(connection: sa.Connection, known: RegistrySnapshot, packet_id: str) -> RegistrySnapshot:
    """The register's answer without what this packet entered: else it would vouch for its own papers."""
    row = connection.execute(
        sa.select(institutions.c.id, institutions.c.source).where(institutions.c.uscc == known.uscc)
    ).one_or_none()
    if row is None:
        return known
    earlier = sa.select(sa.func.count()).where(institution_history.c.institution == row.id)
    if row.source == packet_id and connection.execute(earlier).scalar_one() == 0:
        return RegistrySnapshot(uscc=known.uscc)
    own = {
        (each.kind, each.number, each.valid_from)
        for each in connection.execute(_entered_by(packet_id).where(qualifications.c.institution == row.id))
    }
    kept = (each for each in known.qualifications if (each.kind, each.number or "", start(each.valid_from)) not in own)
    return replace(known, qualifications=tuple(kept))


def _entered_by(packet_id: str) -> sa.Select[tuple[int, str, str, date]]:
    return sa.select(
        qualifications.c.id, qualifications.c.kind, qualifications.c.number, qualifications.c.valid_from
    ).where(sa.or_(qualifications.c.source == packet_id, qualifications.c.source.startswith(f"{packet_id}:")))


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
        _entered_by(packet_id)
        .where(qualifications.c.institution == row_id, qualifications.c.held_to == OPEN_END)
        .order_by(qualifications.c.id)
    ).all()
    gone = [row for row in rows if (row.kind, row.number, row.valid_from) not in shown]
    if not gone:
        return []
    for row in gone:
        _take_off(connection, row.id, on)
    registry.refresh(connection, [int(row_id or 0)])
    return [
        Event(
            kind="qualification.misread",
            subject=entry.uscc,
            data={"packet": packet_id, "kind": row.kind, "number": row.number, "on": on.isoformat()},
        )
        for row in gone
    ]


def _take_off(connection: sa.Connection, number: int, on: date) -> None:
    """Nothing; the certificate is off the file since ``on``, and what was held of it before stands in its history."""
    old = connection.execute(sa.select(qualifications).where(qualifications.c.id == number)).one()
    if old.held_from < on:
        connection.execute(
            sa.insert(qualification_history).values(
                qualification=old.id,
                issuing_authority=old.issuing_authority,
                valid_to=old.valid_to,
                held_from=old.held_from,
                held_to=on,
                source=old.source,
            )
        )
    connection.execute(
        sa.update(qualifications).where(qualifications.c.id == number).values(held_to=max(on, old.held_from))
    )
