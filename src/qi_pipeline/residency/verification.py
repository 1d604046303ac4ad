"""Further proof and site visits (进一步证明材料, 实地调查, 5.2.2): asked for, planned, held, and what came of them.

While one is open the clock of 5.2.1 stands; it runs on from the day of the result with the working days that were left,
and the packet waits for a person's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import clocks, database, packets
from qi_pipeline.records.clocks import Clock
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night, last_night
from qi_pipeline.records.registry_tables import verifications
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import packets as packet_table
from qi_pipeline.residency.entering import refuse_before_the_night, refuse_undoing_overdue

Result = Literal["satisfied", "not_satisfied"]

_UNDER_REVIEW = sa.or_(
    packet_table.c.state == "waiting",
    sa.and_(packet_table.c.state == "decided", packet_table.c.outcome == "further_verification"),
)
"""Once somebody decided without waiting for it, a verification is open no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One request for proof or one site visit, with the clock of its packet."""

    id: int
    packet: str
    """Name of the packet."""
    packet_id: str
    uscc: str | None
    kind: str
    """``proof`` or ``visit``."""
    text: str
    asked_by: str | None
    asked_on: date
    planned_on: date | None
    held_on: date | None
    result: str | None
    """``satisfied``, ``not_satisfied``, or ``superseded`` by papers that came instead."""
    note: str | None
    closed_on: date | None
    clock: Clock | None

    def to_json(self) -> dict[str, Json]:
        """The verification as commands print it."""
        days = {name: getattr(self, name) for name in ("asked_on", "planned_on", "held_on", "closed_on")}
        clock = self.clock
        return {
            "id": self.id,
            "packet": self.packet,
            "packet_id": self.packet_id,
            "uscc": self.uscc,
            "kind": self.kind,
            "text": self.text,
            "asked_by": self.asked_by,
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "result": self.result,
            "note": self.note,
            "clock": None
            if clock is None
            else {
                "clause": "5.2.1",
                "duty": clocks.NOTIFY,
                "state": clock.state,
                "due_on": None if clock.state == "paused" else clock.due_on.isoformat(),
                "paused_on": clock.paused_on.isoformat() if clock.paused_on else None,
                "rest_working_days": clock.rest if clock.state == "paused" else None,
                **({"provisional": True} if clock.provisional and clock.state == "running" else {}),
            },
        }


def request(store: Store, packet: str, text: str, *, on: date, by: str | None = None) -> Verification:
    """The request for further proof, on record; the clock stands. Refused for a packet that is decided otherwise."""
    return _open(store, packet, "proof", text, on=on, by=by, planned_on=None)


def plan_visit(
    store: Store, packet: str, text: str, *, planned_on: date, on: date, by: str | None = None
) -> Verification:
    """The site visit, planned; the clock stands. Refused for a day that has passed."""
    if planned_on < on:
        raise UsageError(f"a visit can't be planned for {planned_on}, which is before {on}; give a day to come")
    return _open(store, packet, "visit", text, on=on, by=by, planned_on=planned_on)


def hold_visit(store: Store, packet: str, *, held_on: date, on: date, number: int | None = None) -> Verification:
    """The site visit, held; refused for a day to come, and without a visit that was planned."""
    with store.write() as (connection, happened):
        row = _pending(connection, packet, number, kind="visit")
        if row.held_on is not None:
            raise UsageError(f"visit {row.id} was held on {row.held_on}; record its result")
        if not row.asked_on <= held_on <= on:
            raise UsageError(f"visit {row.id} can't have been held on {held_on}: not between {row.asked_on} and {on}")
        connection.execute(sa.update(verifications).where(verifications.c.id == row.id).values(held_on=held_on))
        said: dict[str, Json] = {"id": row.id, "held_on": held_on.isoformat(), "on": on.isoformat()}
        said |= after_night(connection, on)
        happened.append(Event(kind="verification.visit_held", subject=row.packet_id, data=said))
        return _verification(connection, _get(connection, row.id))


def conclude(
    store: Store, packet: str, result: Result, *, on: date, note: str, number: int | None = None
) -> Verification:
    """The verification with its result; with the last one that was open the clock runs on and a person decides.

    Refused without a note, before it was asked for, and for a visit that was not held.
    """
    if not note.strip():
        raise UsageError("a result needs to say what was found (clause 5.2.2); give --note")
    with store.write() as (connection, happened):
        row = _pending(connection, packet, number)
        if row.kind == "visit" and row.held_on is None:
            raise UsageError(
                f"visit {row.id} has not been held; record that with `qi-pipeline verification held {row.packet}` first"
            )
        since = row.held_on or row.asked_on
        if on < since:
            raise UsageError(f"{row.kind} {row.id} can't have a result before {since}")
        connection.execute(
            sa.update(verifications)
            .where(verifications.c.id == row.id)
            .values(result=result, note=note.strip(), closed_on=on)
        )
        said: dict[str, Json] = {"id": row.id, "kind": row.kind, "result": result, "note": note.strip()}
        if not _open_ones(connection, row.packet_id):
            clock = clocks.run_on(connection, row.packet_id, on)
            if clock is not None and clock.state == "running":
                _refuse_due_before_the_night(connection, row.packet, on, clock.due_on)
            connection.execute(
                sa.update(packet_table)
                .where(packet_table.c.id == row.packet_id)
                .values(state="waiting", automatic=False, decided_on=None)
            )
            said["clock"] = {"runs_on": True, "due_on": clock.due_on.isoformat() if clock else None}
        said |= {"on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind="verification.concluded", subject=row.packet_id, data=said))
        return _verification(connection, _get(connection, row.id))


def _refuse_due_before_the_night(connection: sa.Connection, packet: str, on: date, due_on: date) -> None:
    night = last_night(connection)
    if night is not None and due_on < night:
        why = f"took the clock for standing, which would have run out on {due_on}"
        refuse_before_the_night(connection, on, f"the result about {packet}", why)


def listed(store: Store, packet: str | None = None, *, closed_too: bool = False) -> list[Verification]:
    """The verifications that are open, of one packet or of all, oldest first."""
    with database.reading(store.engine) as connection:
        query = _select().order_by(verifications.c.id)
        if packet is not None:
            query = query.where(verifications.c.packet == packets.find(connection, packet).id)
        if not closed_too:
            query = query.where(verifications.c.closed_on.is_(None), _UNDER_REVIEW)
        return [_verification(connection, row) for row in connection.execute(query).all()]


def _open(
    store: Store, packet: str, kind: str, text: str, *, on: date, by: str | None, planned_on: date | None
) -> Verification:
    if not text.strip():
        raise UsageError("it needs to say what is to be proved or looked at (clause 5.2.2); give --text")
    with store.write() as (connection, happened):
        row = packets.find(connection, packet)
        _refuse_decided(row, on)
        clock = clocks.of_packet(connection, row.id)
        if clock is not None and clock.state == "running" and on <= clock.due_on:
            refuse_undoing_overdue(connection, on, clock.due_on, f"what is asked of {row.name}")
        stands = clocks.pause(connection, row.id, on)
        number = connection.execute(
            sa.insert(verifications)
            .values(packet=row.id, kind=kind, text=text.strip(), asked_by=by, asked_on=on, planned_on=planned_on)
            .returning(verifications.c.id)
        ).scalar_one()
        said: dict[str, Json] = {"id": number, "text": text.strip(), "by": by, "on": on.isoformat(), "paused": stands}
        said |= after_night(connection, on)
        if planned_on is not None:
            said["planned_on"] = planned_on.isoformat()
        what = "proof_requested" if kind == "proof" else "visit_planned"
        happened.append(Event(kind=f"verification.{what}", subject=row.id, data=said))
        return _verification(connection, _get(connection, number))


def _refuse_decided(row: PacketRow, on: date) -> None:
    under_review = row.state == "waiting" or (row.state == "decided" and row.outcome == "further_verification")
    if not under_review:
        how = f"decided: {row.outcome}" if row.state == "decided" else row.state
        raise UsageError(
            f"{row.name} is {how}; further proof and visits are for a packet that waits or needs further verification "
            "(clause 5.2.2), see `qi-pipeline packet show`"
        )
    if row.as_of is not None and on < row.as_of:
        raise UsageError(f"{row.name} was judged as of {row.as_of}; nothing can have been asked for before")


def _pending(connection: sa.Connection, packet: str, number: int | None, *, kind: str | None = None) -> Row:
    """The one open verification of the packet that is meant."""
    row = packets.find(connection, packet)
    found = [each for each in _open_ones(connection, row.id) if kind in (None, each.kind)]
    if number is not None:
        found = [each for each in found if each.id == number]
    what = {"visit": "site visit", "proof": "request for proof"}.get(kind or "", "request or visit")
    if not found:
        raise UsageError(f"{row.name} has no open {what}; see `qi-pipeline verification list {row.name} --all`")
    if len(found) > 1:
        said = ", ".join(f"{each.id} ({each.kind})" for each in found)
        raise UsageError(f"{row.name} has several that are open: {said}; say which with --id")
    return found[0]


def _open_ones(connection: sa.Connection, packet_id: str) -> list[Row]:
    query = _select().where(verifications.c.packet == packet_id, verifications.c.closed_on.is_(None), _UNDER_REVIEW)
    return list(connection.execute(query.order_by(verifications.c.id)))


def _select() -> sa.Select[tuple[object, ...]]:
    own = [column for column in verifications.c if column.name != "packet"]
    return sa.select(
        *own,
        packet_table.c.id.label("packet_id"),
        packet_table.c.name.label("packet"),
        packet_table.c.uscc,
    ).join(packet_table, packet_table.c.id == verifications.c.packet)


def _get(connection: sa.Connection, number: int) -> Row:
    return connection.execute(_select().where(verifications.c.id == number)).one()


def _verification(connection: sa.Connection, row: Row) -> Verification:
    return Verification(**row._mapping, clock=clocks.of_packet(connection, row.packet_id))
