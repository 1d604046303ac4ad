"""Decisions on record (审核决定): made by the machine or a reviewer, superseded and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from qi_pipeline.codec import from_json, to_json
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Decision, Json, Outcome
from qi_pipeline.records import amending, clocks, corrections, following, holds, lateness, packets, registry, samples
from qi_pipeline.records.amending import Amendment
from qi_pipeline.records.columns import Row, packed, unpacked
from qi_pipeline.records.events import Event, now
from qi_pipeline.records.rows import DecisionRow, Entry, PacketRow
from qi_pipeline.records.samples import Draw
from qi_pipeline.records.tables import decisions
from qi_pipeline.records.tables import packets as packet_table

_PARTS = ("findings", "services", "deadlines", "versions")


def save(
    connection: sa.Connection,
    packet_id: str,
    decision: Decision,
    *,
    entry: Entry | None,
    dossier: Json,
    report: str | None,
    again: bool,
    draw: Draw | None = None,
    reviewer: str | None = None,
    role: str | None = None,
) -> tuple[DecisionRow, list[Event]]:
    """The decision on record and what goes into the log.

    Saved once a packet: after a crash the first one stands and is given back. ``again`` adds one that supersedes it;
    what would take back an admission waits for a person. ``draw``: how automatic decisions are drawn for checking.
    ``reviewer``: whose correction it was made again for.
    """
    packet = _packet(connection, packet_id)
    known = latest(connection, packet_id)
    if known is not None and not again:
        return known, []
    if again and packet.state == "quarantined":
        raise UsageError(f"{packet.name}: it is in quarantine; nothing was read that could be decided again")
    former = applied(connection, packet_id) if known is not None else ()
    admitted = bool(former)
    if admitted and decision.outcome != "admit":
        decision = replace(decision, automatic=False)
    told = None if known is None else clocks.of_packet(connection, packet_id)
    row = _insert(
        connection,
        packet_id,
        decision,
        supersedes=None if known is None else known.id,
        final=decision.automatic,
        entry=entry,
        dossier=dossier,
    )
    if known is None or known.reviewer is None:  # what a person decided stands, whatever is computed again
        _conclude(connection, packet_id, decision, final=decision.automatic, report=report)
        clocks.write(connection, packet, decision, final=decision.automatic)
        if told is not None and told.done_on is not None:
            clocks.end(connection, packet_id, told.done_on)  # whoever was told once is not told late by a second look
        if decision.automatic:
            holds.drop(connection, packet_id)
    happened = [
        Event(
            kind="decision.made" if known is None else "decision.made_again",
            subject=packet_id,
            data={
                "decision": row.id,
                "outcome": decision.outcome,
                "automatic": decision.automatic,
                "as_of": decision.as_of,
                "uscc": packet.uscc,
                "findings": [finding.code for finding in decision.findings],
                "versions": dict(decision.versions),
            },
        )
    ]
    if known is None:
        happened += following.taken(connection, packet, decision, dossier)
        if draw is not None and decision.automatic:
            happened += samples.draw(connection, packet_id, row.id, draw, date.fromisoformat(decision.as_of))
    by_machine = known is None or known.reviewer is None
    if by_machine and decision.automatic and decision.outcome == "admit" and entry is not None:
        day = date.fromisoformat(decision.as_of)
        if admitted:
            happened += _amend(connection, packet, former, entry, day, admits=True, reviewer=reviewer, role=role)
        else:
            happened += registry.enter(connection, entry, packet_id, day)
            happened += following.admitted(connection, packet, day)
    return row, happened


def amend(
    connection: sa.Connection,
    packet: PacketRow,
    before: Entry | None,
    entry: Entry | None,
    *,
    on: date,
    reviewer: str,
    role: str | None,
) -> list[Event]:
    """What goes into the log when papers are corrected after a person decided: the decision stands, the facts follow.

    ``before`` and ``entry``: what the papers gave the register to take over until now, and what they give. Nothing
    happens where the register never took over anything from the packet.
    """
    former = applied(connection, packet.id)
    standing = latest(connection, packet.id)
    if not former or standing is None:
        return []
    former = (*former, before) if before is not None else former
    admits = standing.decision.outcome == "admit"
    return _amend(connection, packet, former, entry, on, admits=admits, reviewer=reviewer, role=role)


def _amend(
    connection: sa.Connection,
    packet: PacketRow,
    former: Sequence[Entry | None],
    entry: Entry | None,
    on: date,
    *,
    admits: bool,
    reviewer: str | None,
    role: str | None,
) -> list[Event]:
    amendment = Amendment(
        packet=packet.id,
        earlier=tuple(each for each in former if each is not None),
        entry=entry,
        on=lateness.held_since(connection, on),
        admits=admits,
        reviewer=reviewer,
        role=role,
        read_by=corrections.read_by(connection, packet.id, packet.uscc),
    )
    return amending.amend(connection, amendment)


def review(
    connection: sa.Connection,
    packet: PacketRow,
    *,
    outcome: Outcome,
    reviewer: str,
    role: str | None,
    reason: str,
    as_of: date,
    at: datetime | None = None,
    take_over: bool = False,
) -> tuple[DecisionRow, list[Event]]:
    """A reviewer's decision over a packet that waits for one, and what goes into the log.

    Raises :class:`UsageError` when the packet does not wait, and when somebody else holds it (unless ``take_over``).
    """
    state = lock(connection, packet.id)
    machine = latest(connection, packet.id)
    if state != "waiting" or machine is None:
        raise UsageError(f"{packet.name}: it is {state} and waits for nobody{_by_whom(machine)}")
    if outcome == "manual_review":
        raise UsageError("a reviewer decides admit, supplement, further_verification or reject")
    if not reviewer.strip() or not reason.strip():
        raise UsageError("a decision needs the reviewer's name and a reason; give --reviewer and --reason")
    stored = connection.execute(
        sa.select(decisions.c.entry, decisions.c.dossier).where(decisions.c.id == machine.id)
    ).one()
    if outcome == "admit" and stored.entry is None and stored.dossier is None:
        raise UsageError(
            f"{packet.name}: the program gave it up and read nothing that the register could take over; read it anew "
            f"with `qi-pipeline packet rerun {packet.name}`, then decide"
        )
    if outcome == "admit" and stored.entry is None:
        raise UsageError(
            f"{packet.name}: no paper says for certain whose it is, so nobody could be admitted; say it with "
            f"`qi-pipeline correct {packet.name} holder_uscc=… --why …`, then decide"
        )
    moment = at or datetime.now(UTC)
    passed = holds.pass_gate(
        connection, packet, reviewer=reviewer.strip(), reason=reason.strip(), at=moment, take_over=take_over
    )
    base = machine.decision
    decided = Decision(
        as_of=as_of.isoformat(),
        outcome=outcome,
        automatic=False,
        findings=base.findings,
        services=base.services,
        deadlines=base.deadlines,
        versions=base.versions,
    )
    entry = None if stored.entry is None else from_json(Entry, stored.entry)
    former = applied(connection, packet.id)
    row = _insert(
        connection,
        packet.id,
        decided,
        supersedes=machine.id,
        final=True,
        entry=entry,
        dossier=None if stored.dossier is None else unpacked(stored.dossier),
        reviewer=reviewer.strip(),
        role=role,
        reason=reason.strip(),
    )
    _conclude(connection, packet.id, decided, final=True, report=None)
    clocks.end(connection, packet.id, as_of)
    holds.drop(connection, packet.id)
    happened = [
        *passed,
        Event(
            kind="decision.reviewed",
            subject=packet.id,
            data={
                "decision": row.id,
                "outcome": outcome,
                "recommended": base.outcome,
                "reviewer": row.reviewer,
                "role": role,
                "reason": row.reason,
                "as_of": decided.as_of,
                "uscc": packet.uscc,
            },
        ),
    ]
    if former:  # a second look: the register follows the papers as they are now, whatever is decided
        admits = outcome == "admit"
        happened += _amend(connection, packet, former, entry, as_of, admits=admits, reviewer=row.reviewer, role=role)
    elif outcome == "admit" and entry is not None:
        happened += registry.enter(connection, entry, packet.id, as_of)
        happened += following.admitted(connection, packet, as_of)
    return row, happened


def lock(connection: sa.Connection, packet_id: str) -> str:
    """The packet's state, which no other transaction changes before this one ends."""
    query = sa.select(packet_table.c.state).where(packet_table.c.id == packet_id).with_for_update()
    return str(connection.execute(query).scalar_one())


def _by_whom(standing: DecisionRow | None) -> str:
    """How it was decided, for the one who comes too late."""
    if standing is None:
        return "; see `qi-pipeline packet show`"
    decision = standing.decision
    who = "automatically" if standing.reviewer is None else f"by {standing.reviewer}"
    return f": {decision.outcome}, decided {who} as of {decision.as_of}; a mistake in a paper: `qi-pipeline correct`"


def applied(connection: sa.Connection, packet_id: str) -> tuple[Entry | None, ...]:
    """What the register took over from the packet, oldest first: an admission that was final, and each look after it.

    Empty while nothing was admitted; None for an admission of nobody known.
    """
    rows = connection.execute(
        sa.select(decisions.c.outcome, decisions.c.entry)
        .where(decisions.c.packet == packet_id, decisions.c.final.is_(True))
        .order_by(decisions.c.id)
    ).all()
    first = next((place for place, row in enumerate(rows) if row.outcome == "admit"), len(rows))
    return tuple(None if row.entry is None else from_json(Entry, row.entry) for row in rows[first:])


def latest(connection: sa.Connection, packet_id: str) -> DecisionRow | None:
    """The decision that stands for the packet; None while there is none."""
    row = connection.execute(_select().where(decisions.c.packet == packet_id).order_by(decisions.c.id.desc()).limit(1))
    found = row.one_or_none()
    return None if found is None else _row(found)


def of_packet(connection: sa.Connection, packet_id: str) -> list[DecisionRow]:
    """All decisions on the packet, oldest first."""
    rows = connection.execute(_select().where(decisions.c.packet == packet_id).order_by(decisions.c.id))
    return [_row(row) for row in rows]


def dossier_of(connection: sa.Connection, decision_id: int) -> Json:
    """The dossier that the decision was made from; None when none was kept."""
    data = connection.execute(sa.select(decisions.c.dossier).where(decisions.c.id == decision_id)).scalar()
    return None if data is None else unpacked(data)


def _select() -> sa.Select[Any]:
    return sa.select(*[column for column in decisions.c if column.name not in ("dossier", "entry")])


def _insert(
    connection: sa.Connection,
    packet_id: str,
    decision: Decision,
    *,
    supersedes: int | None,
    final: bool,
    entry: Entry | None,
    dossier: Json,
    reviewer: str | None = None,
    role: str | None = None,
    reason: str | None = None,
) -> DecisionRow:
    made_at = now()
    said = to_json(decision)
    assert isinstance(said, dict)
    result = connection.execute(
        sa.insert(decisions)
        .values(
            packet=packet_id,
            supersedes=supersedes,
            made_at=made_at,
            as_of=date.fromisoformat(decision.as_of),
            outcome=decision.outcome,
            automatic=decision.automatic,
            final=final,
            reviewer=reviewer,
            role=role,
            reason=reason,
            entry=sa.null() if entry is None else packets.clean(to_json(entry)),
            dossier=None if dossier is None else packed(packets.clean(dossier)),
            **{part: packets.clean(said[part]) for part in _PARTS},
        )
        .returning(decisions.c.id)
    )
    return DecisionRow(
        id=result.scalar_one(),
        packet=packet_id,
        supersedes=supersedes,
        made_at=made_at,
        final=final,
        reviewer=reviewer,
        role=role,
        reason=reason,
        decision=decision,
    )


def _conclude(
    connection: sa.Connection,
    packet_id: str,
    decision: Decision,
    *,
    final: bool,
    report: str | None,
) -> None:
    values: dict[str, object] = {
        "state": "decided" if final else "waiting",
        "outcome": decision.outcome,
        "automatic": decision.automatic,
        "as_of": date.fromisoformat(decision.as_of),
        "decided_on": date.fromisoformat(decision.as_of) if final else None,
    }
    if report is not None:
        values["report"] = packets.storable(report)
    connection.execute(sa.update(packet_table).where(packet_table.c.id == packet_id).values(**values))


def _packet(connection: sa.Connection, packet_id: str) -> PacketRow:
    found = packets.get(connection, packet_id)
    if found is None:
        raise UsageError(f"{packet_id}: no such packet; register it first")
    return found


def _row(row: Row) -> DecisionRow:
    values = dict(row._mapping)
    said = {part: values.pop(part) for part in _PARTS}
    said |= {name: values.pop(name) for name in ("outcome", "automatic")}
    said["as_of"] = values.pop("as_of").isoformat()
    return DecisionRow(**values, decision=from_json(Decision, said))
