"""The review desk (审核台): each act of a reviewer as one transaction with its events in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Correction, Decision, Hold, Json
from qi_pipeline.records import corrections, database, decisions, holds, packets, queue, samples
from qi_pipeline.records.agreement import FieldAgreement, field_agreement, looked_at
from qi_pipeline.records.corrections import Change
from qi_pipeline.records.events import Event
from qi_pipeline.records.queue import Waiting
from qi_pipeline.records.rows import DecisionRow, Entry, PacketFacts, PacketRow
from qi_pipeline.records.samples import Sampled

if TYPE_CHECKING:
    from qi_pipeline.records.store import Store

__all__ = ["Act", "FieldAgreement", "Outdated", "Remade", "Sampled", "Waiting", "field_agreement"]


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


def named(reviewer: str) -> str:
    """The reviewer's name as it is kept; raises :class:`UsageError` for none."""
    name = " ".join(reviewer.split())
    if not name:
        raise UsageError("it needs the name of who does it; give --reviewer or set QI_REVIEWER")
    return packets.storable(name)


class Outdated(Exception):
    """Somebody else corrected or decided meanwhile; what was judged is judged again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something to a packet, and when."""

    reviewer: str
    role: str | None
    reason: str
    on: date
    at: datetime
    take_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A decision made again, and what it was made from."""

    decision: Decision
    dossier: Json
    entry: Entry | None
    uscc: str | None
    institution: str | None
    packets: tuple[str, ...]
    seen: frozenset[int]
    """Numbers of the corrections that held for these packets, as far as the maker knew."""
    standing: int
    """Number of the decision that stood then."""
    before: Entry | None = None
    """What the papers gave the register to take over without the change; asked where a person decided."""


def record_change(
    store: Store, packet_id: str, change: Change, act: Act, remade: Remade | None
) -> tuple[list[Correction], DecisionRow]:
    """The corrections on record (added or withdrawn), and the decision that stands now, in one transaction.

    What a person decided stands, but the register follows the corrected papers; ``remade`` None: it rests on none of
    them. Raises :class:`Outdated` when the
    records are no longer those that ``remade`` was made from, and :class:`UsageError` when somebody else holds the
    packet.
    """
    with store.write() as (connection, happened):
        packet, standing, said_at_gate = _at_the_gate(connection, packet_id, act)
        happened += said_at_gate
        _refuse_outdated(connection, standing, remade)
        kept, said = corrections.add(connection, change.added)
        happened += said
        for number in sorted(change.withdrawn):
            gone, said = corrections.withdraw(connection, number, reviewer=act.reviewer, reason=act.reason, on=act.on)
            kept.append(gone)
            happened += said
        if remade is not None:
            standing, said = _save(connection, packet, standing, remade, act)
            happened += said
    return kept, standing


def record_remade(store: Store, packet_id: str, remade: Remade, act: Act) -> DecisionRow:
    """The decision that stands now for a packet whose papers were corrected in another; see :func:`record_change`."""
    with store.write() as (connection, happened):
        decisions.lock(connection, packet_id)
        packet = packets.get(connection, packet_id)
        standing = decisions.latest(connection, packet_id)
        assert packet is not None
        assert standing is not None
        _refuse_outdated(connection, standing, remade)
        standing, said = _save(connection, packet, standing, remade, act)
        happened += said
    return standing


def _at_the_gate(connection: sa.Connection, packet_id: str, act: Act) -> tuple[PacketRow, DecisionRow, list[Event]]:
    """The locked packet and its decision, once nobody else holds it; see :func:`holds.pass_gate`."""
    decisions.lock(connection, packet_id)
    packet, standing = packets.get(connection, packet_id), decisions.latest(connection, packet_id)
    assert packet is not None
    assert standing is not None
    said = holds.pass_gate(
        connection, packet, reviewer=act.reviewer, reason=act.reason, at=act.at, take_over=act.take_over
    )
    return packet, standing, said


def record_reread(store: Store, packet_id: str, facts: PacketFacts, remade: Remade, act: Act) -> DecisionRow:
    """The decision that stands now for a packet that was read anew, with what was read; see :func:`record_change`."""
    with store.write() as (connection, happened):
        _, standing, said_at_gate = _at_the_gate(connection, packet_id, act)
        happened += said_at_gate
        _refuse_outdated(connection, standing, remade)
        said: dict[str, Json] = {"reviewer": act.reviewer or None, "role": act.role, "reason": act.reason}
        said |= {"on": act.on.isoformat(), "before": standing.decision.outcome, "outcome": remade.decision.outcome}
        happened.append(Event(kind="packet.reread", subject=packet_id, data=said))
        happened += packets.write_facts(connection, packet_id, facts)
        packet = packets.get(connection, packet_id)
        assert packet is not None
        standing, more = _save(connection, packet, standing, remade, act)
        happened += more
    return standing


def _refuse_outdated(connection: sa.Connection, standing: DecisionRow, remade: Remade | None) -> None:
    if remade is None:
        if standing.reviewer is None:
            raise Outdated
        return
    hashes = corrections.hashes_of(connection, remade.packets)
    active = corrections.of_files(connection, {each for names in hashes.values() for each in names.values()})
    if standing.id != remade.standing or {each.id for each in active} != remade.seen:
        raise Outdated


def _save(
    connection: sa.Connection, packet: PacketRow, standing: DecisionRow, remade: Remade, act: Act
) -> tuple[DecisionRow, list[Event]]:
    """The decision that stands now: the one made again, or a person's, after which only the register follows."""
    if standing.reviewer is not None:
        said = decisions.amend(
            connection, packet, remade.before, remade.entry, on=act.on, reviewer=act.reviewer, role=act.role
        )
        return standing, said
    request = remade.dossier.get("request") if isinstance(remade.dossier, dict) else None
    packets.known_as(connection, packet.id, remade.uscc, remade.institution, str(request) if request else None)
    return decisions.save(
        connection,
        packet.id,
        remade.decision,
        entry=remade.entry,
        dossier=remade.dossier,
        report=None,
        again=True,
        reviewer=act.reviewer or None,
        role=act.role,
    )


def affected(store: Store, hashes: Sequence[str]) -> list[str]:
    """Ids of the packets that rest on a file of these bytes, and wait for a person or stand in the register."""
    with database.reading(store.engine) as connection:
        return corrections.affected(connection, hashes)


def correction(store: Store, number: int) -> Correction:
    """The correction of this number; raises :class:`UsageError` when there is none."""
    with database.reading(store.engine) as connection:
        return corrections.find(connection, number)


def hashes_of(store: Store, *packet_ids: str) -> dict[str, dict[str, str]]:
    """The SHA-256 of each file that could be read, by packet and name."""
    with database.reading(store.engine) as connection:
        return corrections.hashes_of(connection, packet_ids)
