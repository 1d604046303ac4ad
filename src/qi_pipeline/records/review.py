"""The review desk (审核台): each act of a reviewer as one transaction with its events in the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Correction, Hold
from qi_pipeline.records import corrections, database, holds, packets, queue, samples
from qi_pipeline.records.agreement import FieldAgreement, field_agreement, looked_at
from qi_pipeline.records.queue import Waiting
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.samples import Sampled

if TYPE_CHECKING:
    from qi_pipeline.records.store import Store

__all__ = [
    "FieldAgreement",
    "agreement",
    "check",
    "field_agreement",
    "hold_of",
    "named",
    "release",
    "sample",
    "take",
    "take_next",
    "waiting",
]


def waiting(store: Store, *, at: datetime | None = None) -> list[Waiting]:
    """The packets that wait for a person, the most urgent first."""
    with database.reading(store.engine) as connection:
        return queue.waiting(connection, at or datetime.now(UTC))


def hold_of(store: Store, packet_id: str, *, at: datetime | None = None) -> Hold | None:
    """Who holds the packet; None while it is free."""
    with database.reading(store.engine) as connection:
        return holds.current(connection, packet_id, at or datetime.now(UTC))


def take_next(
    store: Store, *, reviewer: str, role: str | None, minutes: float, at: datetime | None = None
) -> tuple[PacketRow, Hold] | None:
    """The most urgent free packet, held by the reviewer from now on; None when nothing free waits."""
    with store.write() as (connection, happened):
        found = queue.take_next(
            connection, reviewer=named(reviewer), role=role, at=at or datetime.now(UTC), minutes=minutes
        )
        if found is None:
            return None
        packet_id, hold, said = found
        happened += said
        row = packets.get(connection, packet_id)
        assert row is not None
        return row, hold


def take(
    store: Store, packet: str, *, reviewer: str, role: str | None, minutes: float, at: datetime | None = None
) -> tuple[PacketRow, Hold]:
    """The named packet, held by the reviewer from now on; raises :class:`UsageError` when it is not free."""
    moment = at or datetime.now(UTC)
    with store.write() as (connection, happened):
        row = packets.find(connection, packet, state="waiting")
        hold = holds.take(connection, row.id, reviewer=named(reviewer), role=role, at=moment, minutes=minutes)
        if hold is None:
            other = holds.current(connection, row.id, moment)
            if other is not None:
                raise UsageError(f"{holds.held_by(row, other)}; take another with `qi-pipeline review next`")
            raise UsageError(f"{row.name}: it is {row.state} and waits for nobody; see `qi-pipeline review queue`")
        happened.append(holds.taken(row.id, hold))
    return row, hold


def release(store: Store, packet: str, *, reviewer: str | None, at: datetime | None = None) -> PacketRow:
    """The packet, free again; raises :class:`UsageError` when nobody holds it, or somebody else does."""
    with store.write() as (connection, happened):
        row = packets.find(connection, packet, state="waiting")
        happened += holds.release(
            connection, row, reviewer=None if reviewer is None else named(reviewer), at=at or datetime.now(UTC)
        )
    return row


def sample(store: Store, first: date | None = None, last: date | None = None) -> list[Sampled]:
    """The random sample of the automatic decisions of a period, oldest first."""
    with database.reading(store.engine) as connection:
        return samples.listed(connection, first, last)


def check(
    store: Store, packet: str, *, agrees: bool, reviewer: str, role: str | None, reason: str, on: date
) -> Sampled:
    """The reviewer's check of one decision of the sample, on record."""
    if not agrees and not reason.strip():
        raise UsageError("say what is wrong: --disagree needs --why")
    with store.write() as (connection, happened):
        checked, said = samples.check(
            connection,
            packets.find(connection, packet, state="decided"),
            agrees=agrees,
            reviewer=named(reviewer),
            role=role,
            reason=reason.strip(),
            on=on,
        )
        happened += said
    return checked


def agreement(
    store: Store, first: date | None, last: date | None
) -> tuple[tuple[int, int], tuple[FieldAgreement, ...]]:
    """How many packets people looked at (and of the sample), and how far they agreed with the machine, by field."""
    with database.reading(store.engine) as connection:
        return looked_at(connection, first, last), field_agreement(connection, first, last)


def corrections_of(store: Store, packet_id: str | None = None) -> list[Correction]:
    """All corrections on record, or those that concern the packet's files; withdrawn ones too."""
    with database.reading(store.engine) as connection:
        return corrections.listed(connection, packet_id)


def corrections_for(store: Store, hashes: Sequence[str]) -> list[Correction]:
    """The corrections that hold for files with these bytes."""
    with database.reading(store.engine) as connection:
        return corrections.of_files(connection, hashes)


def named(reviewer: str) -> str:
    """The reviewer's name as it is kept; raises :class:`UsageError` for none."""
    name = " ".join(reviewer.split())
    if not name:
        raise UsageError("it needs the name of who does it; give --reviewer or set QI_REVIEWER")
    return packets.storable(name)
