"""Legal holds (法定保全): what is under one is never removed until somebody lifts it, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database, packets
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.integrity_tables import legal_holds
from qi_pipeline.records.registry_tables import institutions
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import packets as packet_table


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """One hold on a packet, or on all packets of an institution."""

    id: int
    packet: str | None
    uscc: str | None
    reason: str
    set_by: str
    role: str | None
    set_on: date
    lifted_on: date | None
    lifted_by: str | None
    lifted_reason: str | None

    @property
    def about(self) -> str:
        """The packet's id or the institution's code."""
        return self.packet or self.uscc or ""

    def to_json(self) -> dict[str, Json]:
        """Its entry of ``hold list --json``."""
        return {
            "id": self.id,
            "packet": self.packet,
            "uscc": self.uscc,
            "reason": self.reason,
            "set_by": self.set_by,
            "role": self.role,
            "set_on": self.set_on.isoformat(),
            "lifted_on": self.lifted_on.isoformat() if self.lifted_on else None,
            "lifted_by": self.lifted_by,
            "lifted_reason": self.lifted_reason,
        }


def add(store: Store, about: str, *, reason: str, by: str, role: str | None, on: date) -> LegalHold:
    """The hold on a packet (name or id) or an institution (USCC), from that day on."""
    _said(reason, by)
    with store.write() as (connection, happened):
        packet, uscc = _meant(connection, about)
        # Whoever removes papers locks the same rows: either the hold is seen there, or the papers were gone before.
        mine = packet_table.c.id == packet if packet else packet_table.c.uscc == uscc
        connection.execute(sa.select(packet_table.c.id).where(mine).with_for_update())
        number = connection.execute(
            sa.insert(legal_holds)
            .values(packet=packet, uscc=uscc, reason=packets.storable(reason), set_by=by, role=role, set_on=on)
            .returning(legal_holds.c.id)
        ).scalar_one()
        data: dict[str, Json] = {"hold": number, "reason": reason, "by": by}
        happened.append(Event(kind="hold.added", subject=packet or uscc or "", data=data))
        return _hold(connection.execute(sa.select(legal_holds).where(legal_holds.c.id == number)).one())


def lift(store: Store, number: int, *, reason: str, by: str, on: date) -> LegalHold:
    """The hold, lifted; raises :class:`UsageError` for one that is not there or was lifted before."""
    _said(reason, by)
    with store.write() as (connection, happened):
        known = connection.execute(
            sa.select(legal_holds).where(legal_holds.c.id == number).with_for_update()
        ).one_or_none()
        if known is None or known.lifted_on is not None:
            raise UsageError(f"no hold {number} is in force; `qi-pipeline hold list` shows them")
        connection.execute(
            sa.update(legal_holds)
            .where(legal_holds.c.id == number)
            .values(lifted_on=on, lifted_by=by, lifted_reason=packets.storable(reason))
        )
        data: dict[str, Json] = {"hold": number, "reason": reason, "by": by}
        happened.append(Event(kind="hold.lifted", subject=known.packet or known.uscc, data=data))
        return _hold(connection.execute(sa.select(legal_holds).where(legal_holds.c.id == number)).one())


def listed(store: Store, *, lifted: bool = False) -> list[LegalHold]:
    """The holds in force, oldest first; with ``lifted`` those of the past too."""
    query = sa.select(legal_holds).order_by(legal_holds.c.id)
    if not lifted:
        query = query.where(legal_holds.c.lifted_on.is_(None))
    with database.reading(store.engine) as connection:
        return [_hold(row) for row in connection.execute(query)]


def covers() -> sa.ColumnElement[bool]:
    """Whether a row of ``packets`` is under a hold."""
    return sa.exists().where(
        legal_holds.c.lifted_on.is_(None),
        sa.or_(legal_holds.c.packet == packet_table.c.id, legal_holds.c.uscc == packet_table.c.uscc),
    )


def _meant(connection: sa.Connection, about: str) -> tuple[str | None, str | None]:
    code = about.strip().upper()
    known = sa.select(institutions.c.uscc).where(institutions.c.uscc == code)
    applied = sa.select(packet_table.c.uscc).where(packet_table.c.uscc == code)
    if connection.execute(known.union(applied)).first() is not None:
        return None, code
    return packets.find(connection, about).id, None


def _said(reason: str, by: str) -> None:
    if not reason.strip():
        raise UsageError("a hold needs its reason; give --reason")
    if not by.strip():
        raise UsageError("it needs the name of who does it; give --by or set QI_REVIEWER")


def _hold(row: Row) -> LegalHold:
    return LegalHold(**row._mapping)
