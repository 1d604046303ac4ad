"""The random sample of automatic decisions that a person checks afterwards (抽样复核).

Whether a decision is drawn follows from a hash of the policy's seed and the packet's id: nobody chooses, the order does
not matter, and anyone can draw the same sample again. What is drawn holds meanwhile.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json, Outcome
from qi_pipeline.records import packets
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.review_tables import samples
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.tables import decisions
from qi_pipeline.records.tables import packets as packet_table

_SPAN = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How a sample is drawn: keys of ``[review]`` of the policy."""

    seed: str
    rate: float

    def takes(self, packet_id: str) -> bool:
        """Whether the packet's automatic decision is in the sample.

        >>> [Draw(seed="s", rate=rate).takes("0198") for rate in (0.0, 1.0)]
        [False, True]
        """
        digest = hashlib.sha256(f"{self.seed}\n{packet_id}".encode()).digest()
        return int.from_bytes(digest[:8]) < self.rate * _SPAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One decision of the sample; ``checked_on`` None: nobody has looked at it yet."""

    packet: str
    name: str
    uscc: str | None
    institution: str | None
    outcome: Outcome
    """What was decided automatically."""
    drawn_on: date
    seed: str
    rate: float
    checked_on: date | None
    agrees: bool | None
    reviewer: str | None
    role: str | None
    reason: str | None
    report: str | None


def draw(connection: sa.Connection, packet_id: str, decision: int, how: Draw, on: date) -> list[Event]:
    """What goes into the log; the decision is in the sample if it is drawn."""
    if not how.takes(packet_id):
        return []
    connection.execute(
        sa.insert(samples).values(packet=packet_id, decision=decision, seed=how.seed, rate=how.rate, drawn_on=on)
    )
    return [
        Event(kind="sample.drawn", subject=packet_id, data={"decision": decision, "seed": how.seed, "rate": how.rate})
    ]


def listed(connection: sa.Connection, first: date | None, last: date | None) -> list[Sampled]:
    """The sample of the decisions of a period, oldest first."""
    query = _select().order_by(samples.c.drawn_on, packet_table.c.number)
    if first is not None:
        query = query.where(samples.c.drawn_on >= first)
    if last is not None:
        query = query.where(samples.c.drawn_on <= last)
    return [_sampled(row) for row in connection.execute(query)]


def check(
    connection: sa.Connection,
    packet: PacketRow,
    *,
    agrees: bool,
    reviewer: str,
    role: str | None,
    reason: str,
    on: date,
) -> tuple[Sampled, list[Event]]:
    """The check on record, and what goes into the log; the decision itself stands.

    Raises :class:`UsageError` for a packet that was not drawn, and for one that was checked already.
    """
    found = connection.execute(_select().where(samples.c.packet == packet.id)).one_or_none()
    if found is None:
        raise UsageError(
            f"{packet.name}: it is not in the sample, and checking what one picks would bias it; "
            "`qi-pipeline review sample` shows what was drawn"
        )
    written = connection.execute(
        sa.update(samples)
        .where(samples.c.packet == packet.id, samples.c.checked_on.is_(None))
        .values(
            checked_on=on,
            agrees=agrees,
            reviewer=packets.storable(reviewer),
            role=role,
            reason=packets.storable(reason) or None,
        )
    )
    checked = _sampled(connection.execute(_select().where(samples.c.packet == packet.id)).one())
    if written.rowcount == 0:
        raise UsageError(f"{packet.name}: {checked.reviewer} checked it on {checked.checked_on}; one check is kept")
    said: dict[str, Json] = {
        "agrees": agrees,
        "reviewer": reviewer,
        "role": role,
        "reason": reason or None,
        "on": on.isoformat(),
    }
    return checked, [Event(kind="sample.checked", subject=packet.id, data=said)]


def _select() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            samples.c.packet,
            packet_table.c.name,
            packet_table.c.uscc,
            packet_table.c.institution,
            decisions.c.outcome,
            samples.c.drawn_on,
            samples.c.seed,
            samples.c.rate,
            samples.c.checked_on,
            samples.c.agrees,
            samples.c.reviewer,
            samples.c.role,
            samples.c.reason,
            packet_table.c.report,
        )
        .join(packet_table, packet_table.c.id == samples.c.packet)
        .join(decisions, decisions.c.id == samples.c.decision)
    )


def _sampled(row: Row) -> Sampled:
    return Sampled(**row._mapping)
