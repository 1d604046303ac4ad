"""The queue of packets that wait for a person (待审队列), the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from qi_pipeline.codec import from_json
from qi_pipeline.model import Finding, Hold
from qi_pipeline.records import holds
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import duties
from qi_pipeline.records.review_tables import holds as hold_table
from qi_pipeline.records.tables import decisions, packets

_CLOCK = "notify_applicant"
"""The duty whose last day orders the queue: notice of the result within 3 working days (5.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One packet that waits for a person, and why."""

    id: str
    name: str
    request: str | None
    uscc: str | None
    institution: str | None
    recommended: str
    """The outcome that the machine would give."""
    since: str
    """The moment of the decision that waits."""
    as_of: date
    due_on: date | None
    """The last day for the notice; None where no clock runs."""
    paused_on: date | None
    """The clock stands since that day, while further proof or a visit is awaited (5.2.2)."""
    doubts: tuple[Finding, ...]
    """Why it waits: what was not read with certainty. Empty: policy keeps the outcome for a person."""
    causes: tuple[Finding, ...]
    """What the recommendation rests on."""
    hold: Hold | None
    report: str | None

    def is_overdue(self, as_of: date) -> bool:
        """Whether its notice is late on that day; a clock that stands is not."""
        return self.due_on is not None and self.paused_on is None and self.due_on < as_of


def waiting(connection: sa.Connection, at: datetime) -> list[Waiting]:
    """The packets that wait, running clocks that end first, then those whose clock stands."""
    newest = (
        sa.select(sa.func.max(decisions.c.id)).where(decisions.c.packet == packets.c.id).correlate(packets)
    ).scalar_subquery()
    query = (
        _ordered(
            packets.c.id,
            packets.c.name,
            packets.c.request,
            packets.c.uscc,
            packets.c.institution,
            packets.c.report,
            decisions.c.outcome,
            decisions.c.made_at,
            decisions.c.as_of,
            decisions.c.findings,
            hold_table.c.reviewer,
            hold_table.c.role,
            hold_table.c.taken_at,
            hold_table.c.held_until,
        )
        .join(decisions, decisions.c.id == newest)
        .outerjoin(
            hold_table,
            sa.and_(hold_table.c.packet == packets.c.id, hold_table.c.held_until > holds.moment(at)),
        )
    )
    found = []
    for row in connection.execute(query):
        findings = [from_json(Finding, each) for each in row.findings]
        gravest = _gravest(findings)
        hold = None
        if row.reviewer is not None:
            hold = Hold(reviewer=row.reviewer, role=row.role, taken_at=row.taken_at, held_until=row.held_until)
        found.append(
            Waiting(
                id=row.id,
                name=row.name,
                request=row.request,
                uscc=row.uscc,
                institution=row.institution,
                recommended=row.outcome,
                since=row.made_at,
                as_of=row.as_of,
                due_on=row.due_on,
                paused_on=row.paused_on,
                doubts=tuple(each for each in findings if each.severity == "review"),
                causes=tuple(each for each in findings if each.severity == gravest),
                hold=hold,
                report=row.report,
            )
        )
    return found


def take_next(
    connection: sa.Connection, *, reviewer: str, role: str | None, at: datetime, minutes: float
) -> tuple[str, Hold, list[Event]] | None:
    """The id of the most urgent free packet, now held by the reviewer, and what goes into the log; None: none is free.

    What another process takes at the same time is passed over, so no two are given one packet.
    """
    held = sa.select(hold_table.c.packet).where(hold_table.c.held_until > holds.moment(at))
    free = _ordered(packets.c.id).where(packets.c.id.not_in(held))
    for packet_id in list(connection.execute(free).scalars()):
        hold = holds.take(connection, packet_id, reviewer=reviewer, role=role, at=at, minutes=minutes)
        if hold is not None:
            return packet_id, hold, [holds.taken(packet_id, hold)]
    return None


def _ordered(*columns: sa.ColumnElement[object]) -> sa.Select[tuple[object, ...]]:
    """What waits, by urgency: clocks that run, by their last day; then clocks that stand; then by taking in."""
    clock = (
        sa.select(
            duties.c.packet,
            sa.func.min(duties.c.due_on).label("due_on"),
            sa.func.max(duties.c.paused_on).label("paused_on"),
        )
        .where(duties.c.duty == _CLOCK, duties.c.done_on.is_(None), duties.c.packet.is_not(None))
        .group_by(duties.c.packet)
        .subquery()
    )
    return (
        sa.select(*columns, clock.c.due_on, clock.c.paused_on)
        .select_from(packets)
        .outerjoin(clock, clock.c.packet == packets.c.id)
        .where(packets.c.state == "waiting")
        .order_by(
            clock.c.paused_on.is_not(None),
            clock.c.due_on.is_(None),
            clock.c.due_on,
            packets.c.number,
        )
    )


def _gravest(findings: list[Finding]) -> str | None:
    order = ("reject", "supplement", "verify", "review", "notice")
    return min((each.severity for each in findings), key=order.index, default=None)
