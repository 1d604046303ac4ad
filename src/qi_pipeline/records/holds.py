"""Who holds a packet for review (占用): one person at a time, for a while, taken by one atomic update."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Hold
from qi_pipeline.records import packets, upsert
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.review_tables import holds
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.tables import packets as packet_table
from qi_pipeline.workdays import SHANGHAI

_COLUMNS = (holds.c.reviewer, holds.c.role, holds.c.taken_at, holds.c.held_until)
_VALUES = ["reviewer", "role", "taken_at", "held_until"]


def moment(at: datetime) -> str:
    """The moment as it is stored: UTC, to the microsecond, so that text sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def current(connection: sa.Connection, packet_id: str, at: datetime) -> Hold | None:
    """Who holds the packet at that moment; None while it is free."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(holds.c.packet == packet_id, holds.c.held_until > moment(at))
    ).one_or_none()
    return None if row is None else _hold(row)


def take(
    connection: sa.Connection,
    packet_id: str,
    *,
    reviewer: str,
    role: str | None,
    at: datetime,
    minutes: float,
) -> Hold | None:
    """The reviewer's hold on a packet that waits and is free (or is already theirs); None when it is not.

    The row is written only where no other hold lasts, in one statement; the packet itself is locked first, so that
    nobody decides it meanwhile. Another process that is at it counts as somebody else.
    """
    waits = connection.execute(
        sa.select(packet_table.c.id)
        .where(packet_table.c.id == packet_id, packet_table.c.state == "waiting")
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if waits is None:
        return None
    free = sa.or_(holds.c.held_until <= moment(at), holds.c.reviewer == reviewer)
    row = connection.execute(
        upsert.insert_or_update(connection, holds, ["packet"], _VALUES, where=free)
        .values(
            packet=packet_id,
            reviewer=packets.storable(reviewer),
            role=role,
            taken_at=moment(at),
            held_until=moment(at + timedelta(minutes=minutes)),
        )
        .returning(*_COLUMNS)
    ).one_or_none()
    return None if row is None else _hold(row)


def taken(packet_id: str, hold: Hold) -> Event:
    """What goes into the log for a hold."""
    return Event(
        kind="review.taken",
        subject=packet_id,
        data={"reviewer": hold.reviewer, "role": hold.role, "until": hold.held_until},
    )


def release(connection: sa.Connection, packet: PacketRow, *, reviewer: str | None, at: datetime) -> list[Event]:
    """What goes into the log; the packet is free. Raises :class:`UsageError` when somebody else holds it.

    ``reviewer`` None: whoever holds it.
    """
    hold = current(connection, packet.id, at)
    if hold is None:
        raise UsageError(f"{packet.name}: nobody holds it; `qi-pipeline review queue` shows who holds what")
    if reviewer is not None and reviewer != hold.reviewer:
        raise UsageError(
            f"{held_by(packet, hold)}; leave it to them, or leave --reviewer out to release it all the same"
        )
    connection.execute(sa.delete(holds).where(holds.c.packet == packet.id))
    return [Event(kind="review.released", subject=packet.id, data={"held_by": hold.reviewer, "released_by": reviewer})]


def pass_gate(
    connection: sa.Connection, packet: PacketRow, *, reviewer: str, reason: str, at: datetime, take_over: bool
) -> list[Event]:
    """What goes into the log when ``reviewer`` acts on the packet.

    Raises :class:`UsageError` with who holds it, and until when, unless it is theirs, free or taken over with a reason.
    """
    hold = current(connection, packet.id, at)
    if hold is None or hold.reviewer == reviewer:
        return []
    if not take_over:
        raise UsageError(f"{held_by(packet, hold)}; wait, ask them, or give --take-over")
    connection.execute(sa.delete(holds).where(holds.c.packet == packet.id))
    data: dict[str, str | None] = {"held_by": hold.reviewer, "taken_by": reviewer, "reason": reason}
    return [Event(kind="review.taken_over", subject=packet.id, data=dict(data))]


def drop(connection: sa.Connection, packet_id: str) -> None:
    """Nothing; nobody holds the packet, for it waits no longer."""
    connection.execute(sa.delete(holds).where(holds.c.packet == packet_id))


def held_by(packet: PacketRow, hold: Hold) -> str:
    """The packet's holder in words, in the time of the platform."""
    until = datetime.fromisoformat(hold.held_until).astimezone(SHANGHAI)
    role = f" ({hold.role})" if hold.role else ""
    return f"{packet.name}: {hold.reviewer}{role} holds it until {until:%Y-%m-%d %H:%M} (Asia/Shanghai)"


def _hold(row: Row) -> Hold:
    return Hold(**row._mapping)
