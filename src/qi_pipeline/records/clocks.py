"""The clock of a packet (告知期限, 5.2.1): working days to tell the result, paused while proof is awaited (5.2.2).

A pause keeps the working days that are left after the day of the pause; the clock runs on from the day after the
result with just those. What was late before the pause stays late. A supplement or a new application of the same
institution has a clock of its own, and ends those of the packets before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Decision
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import duties, verifications
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.tables import packets
from qi_pipeline.workdays import add_working_days, working_days_between

NOTIFY = "notify_applicant"
"""The duty to tell the applicant the result of the review."""

APPLICATIONS = ("admission", "supplement")
"""Requests that apply for entry, so that a later one takes the place of an earlier one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the clock of one packet stands."""

    due_on: date
    provisional: bool
    done_on: date | None
    paused_on: date | None
    rest: int | None
    """Working days left when it was paused last."""

    @property
    def state(self) -> str:
        """``ended``, ``paused`` or ``running``."""
        if self.done_on is not None:
            return "ended"
        return "running" if self.paused_on is None else "paused"


def of_packet(connection: sa.Connection, packet_id: str) -> Clock | None:
    """The packet's clock; None for one that was never judged."""
    row = _notice(connection, packet_id)
    if row is None:
        return None
    return Clock(
        due_on=row.due_on,
        provisional=row.provisional,
        done_on=row.done_on,
        paused_on=row.paused_on,
        rest=row.rest,
    )


def write(connection: sa.Connection, packet: PacketRow, decision: Decision, *, final: bool) -> None:
    """Nothing; the duties of the decision are on record, in place of those of an earlier decision.

    A clock that was paused keeps its day: a decision made again does not undo the pause.
    """
    known = _notice(connection, packet.id)
    moved = known is not None and known.rest is not None
    drop = sa.delete(duties).where(duties.c.packet == packet.id)
    connection.execute(drop.where(duties.c.duty != NOTIFY) if moved else drop)
    done = date.fromisoformat(decision.as_of) if final else None
    if moved and done is not None:
        end(connection, packet.id, done)
    rows = [
        {
            "uscc": packet.uscc,
            "packet": packet.id,
            "clause": deadline.clause,
            "duty": deadline.duty,
            "due_on": date.fromisoformat(deadline.due_on),
            "provisional": deadline.provisional,
            "done_on": done if deadline.duty == NOTIFY else None,
        }
        for deadline in decision.deadlines
        if not (moved and deadline.duty == NOTIFY)
    ]
    if rows:
        connection.execute(sa.insert(duties), rows)


def end(connection: sa.Connection, packet_id: str, on: date) -> None:
    """Nothing; the result was told on ``on``, whether or not the clock was paused."""
    connection.execute(
        sa.update(duties)
        .where(duties.c.packet == packet_id, duties.c.duty == NOTIFY, duties.c.done_on.is_(None))
        .values(done_on=on, paused_on=None)
    )


def pause(connection: sa.Connection, packet_id: str, on: date) -> bool:
    """Whether the clock stands from ``on``; not where it had run out before, and once is enough.

    Of a packet whose applicant was told that proof is needed, the clock stands since that day: what was left then is
    left for the final result.
    """
    row = _notice(connection, packet_id)
    if row is None or row.paused_on is not None:
        return row is not None
    since = row.done_on if row.done_on is not None else on
    if since > row.due_on:
        if row.done_on is None:
            return False  # late is late (5.2.1)
        since = row.due_on
    connection.execute(
        sa.update(duties)
        .where(duties.c.id == row.id)
        .values(paused_on=since, rest=working_days_between(since, row.due_on), done_on=None)
    )
    return True


def run_on(connection: sa.Connection, packet_id: str, on: date) -> Clock | None:
    """The clock, running on with the working days that were left; unchanged where it was not paused."""
    row = _notice(connection, packet_id)
    if row is not None and row.paused_on is not None:
        due = add_working_days(on, row.rest or 0)
        connection.execute(
            sa.update(duties)
            .where(duties.c.id == row.id)
            .values(paused_on=None, due_on=due.date, provisional=due.provisional)
        )
    return of_packet(connection, packet_id)


def end_earlier(connection: sa.Connection, packet: PacketRow, on: date) -> list[Event]:
    """What goes into the log; clocks and requests for proof of earlier applications ended with this one (5.2.1)."""
    if packet.uscc is None or packet.request not in APPLICATIONS:
        return []
    own = sa.select(packets.c.number).where(packets.c.id == packet.id).scalar_subquery()
    # Only those of which something is open: an institution may have handed in any number of packets.
    untold = sa.exists().where(duties.c.packet == packets.c.id, duties.c.duty == NOTIFY, duties.c.done_on.is_(None))
    awaited = sa.exists().where(verifications.c.packet == packets.c.id, verifications.c.closed_on.is_(None))
    earlier = (
        connection.execute(
            sa.select(packets.c.id)
            .where(packets.c.uscc == packet.uscc, packets.c.request.in_(APPLICATIONS), packets.c.number < own)
            .where(untold | awaited)
            .order_by(packets.c.number)
        )
        .scalars()
        .all()
    )
    happened = []
    for each in earlier:
        waiting = connection.execute(
            sa.update(verifications)
            .where(verifications.c.packet == each, verifications.c.closed_on.is_(None))
            .values(result="superseded", closed_on=on, note=f"packet {packet.id}")
        )
        clock = of_packet(connection, each)
        if clock is not None and clock.done_on is None:
            end(connection, each, on)
        elif not waiting.rowcount:
            continue
        happened.append(
            Event(kind="packet.followed", subject=each, data={"by": packet.id, "on": on.isoformat(), "clause": "5.2.1"})
        )
    return happened


def _notice(connection: sa.Connection, packet_id: str) -> Row | None:
    return connection.execute(
        sa.select(duties).where(duties.c.packet == packet_id, duties.c.duty == NOTIFY).order_by(duties.c.id)
    ).first()
