"""The register without what a packet itself brought into it, for a second look at the packet (更正后的登记)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.codec import from_json
from qi_pipeline.records.columns import start
from qi_pipeline.records.registry_tables import institution_history, institutions, qualifications
from qi_pipeline.records.rows import Entry
from qi_pipeline.records.tables import decisions, packets


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
    return replace(known, qualifications=tuple(kept), standards=_standards(connection, known, packet_id))


def _standards(connection: sa.Connection, known: RegistrySnapshot, packet_id: str) -> dict[str, tuple[str, ...]]:
    """The standards of each service but for what this packet alone declared: those that other packets brought."""
    rows = connection.execute(
        sa.select(decisions.c.packet, decisions.c.entry)
        .join(packets, packets.c.id == decisions.c.packet)
        .where(packets.c.uscc == known.uscc, decisions.c.outcome == "admit", decisions.c.final.is_(True))
        .order_by(decisions.c.id)
    ).all()
    found = dict(known.standards)
    own, others = (
        [row.entry for row in rows if row.entry and (row.packet == packet_id) is mine] for mine in (True, False)
    )
    brought: dict[str, tuple[str, ...]] = {}
    for entry in others:
        brought |= {each.name: each.standards for each in from_json(Entry, entry).services}
    for entry in own:
        for each in from_json(Entry, entry).services:
            if each.name in found:
                found[each.name] = brought.get(each.name, ())
    return found


def _entered_by(packet_id: str) -> sa.Select[tuple[int, str, str, date]]:
    return sa.select(
        qualifications.c.id, qualifications.c.kind, qualifications.c.number, qualifications.c.valid_from
    ).where(sa.or_(qualifications.c.source == packet_id, qualifications.c.source.startswith(f"{packet_id}:")))
