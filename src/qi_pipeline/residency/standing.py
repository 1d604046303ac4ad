"""Who is resident, what still stands between an institution and its leaving, and the one way out of the register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database, departures, registry
from qi_pipeline.records.columns import OPEN_END, Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import complaints, institutions, leftovers, orders, services, suspensions
from qi_pipeline.records.store import Store
from qi_pipeline.residency.entering import refuse_before_the_night
from qi_pipeline.residency.numbering import next_number

RESIDENT = ("active", "suspended")
"""States in which an institution is resident (入驻) and re-verified each night."""

_SERIES = {"deregistration": "ZX", "exit": "TC", "eviction": "QC"}
"""Letters of the number by kind of order: 注销, 退出, 清退."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order (决定书) by which an institution leaves."""

    number: str
    uscc: str
    kind: str
    state: str
    """The state of the institution from then on."""
    made_on: date
    clause: str
    reason: str
    data: dict[str, Json] = field(default_factory=dict)
    """What it rests on."""

    def to_json(self) -> dict[str, Json]:
        """The order as commands print it."""
        return {
            "uscc": self.uscc,
            "state": self.state,
            "order": self.number,
            "clause": self.clause,
            "reason": self.reason,
            "on": self.made_on.isoformat(),
        }


def known(connection: sa.Connection, uscc: str) -> Row:
    """The institution's row, locked; raises :class:`UsageError` for a USCC that the register does not know."""
    code = uscc.strip().upper()
    row = connection.execute(sa.select(institutions).where(institutions.c.uscc == code).with_for_update()).one_or_none()
    if row is None:
        raise UsageError(f"{code} is not in the register; see `qi-pipeline institution list`")
    return row


def resident(connection: sa.Connection, uscc: str) -> Row:
    """The row of a resident institution; raises :class:`UsageError` for one that is not."""
    row = known(connection, uscc)
    if row.state not in RESIDENT:
        raise UsageError(
            f"{row.uscc} is {row.state}, not resident; only an active or suspended institution can do this"
        )
    return row


def open_matters(connection: sa.Connection, institution: int) -> list[str]:
    """What is not settled yet (遗留问题): open leftover issues, and complaints that are not closed."""
    issues = connection.execute(
        sa.select(leftovers.c.id, leftovers.c.text)
        .where(leftovers.c.institution == institution, leftovers.c.settled_on.is_(None))
        .order_by(leftovers.c.id)
    )
    found = [f"leftover issue {row.id} ({row.text})" for row in issues]
    pending = connection.execute(
        sa.select(complaints.c.number, complaints.c.state)
        .where(complaints.c.institution == institution, complaints.c.state != "closed")
        .order_by(complaints.c.number)
    )
    return found + [f"complaint {row.number} ({row.state})" for row in pending]


def _settled_after(connection: sa.Connection, institution: int, on: date) -> date | None:
    """The day on which the last matter was settled that was still open on the day; None where none was."""
    issues = sa.select(sa.func.max(leftovers.c.settled_on)).where(
        leftovers.c.institution == institution, leftovers.c.settled_on > on
    )
    closed = sa.select(sa.func.max(complaints.c.closed_on)).where(
        complaints.c.institution == institution, complaints.c.closed_on > on
    )
    days = [day for query in (issues, closed) if (day := connection.execute(query).scalar()) is not None]
    return max(days, default=None)


def refuse_open_matters(connection: sa.Connection, row: Row, clause: str, on: date) -> None:
    """Nothing; raises :class:`UsageError` naming every open matter where the clause wants them settled first."""
    matters = open_matters(connection, row.id)
    settled_on = None if matters else _settled_after(connection, row.id, on)
    if settled_on is not None:
        raise UsageError(
            f"{row.uscc} can't leave on {on} (clause {clause}): its last open matter was settled on {settled_on}; "
            f"give --as-of {settled_on} or a later day"
        )
    if matters:
        raise UsageError(
            f"{row.uscc} can't leave yet (clause {clause}): {len(matters)} not settled: {'; '.join(matters)}; "
            "settle the leftover issues and close the complaints first"
        )


def refuse_before_entry(row: Row, on: date, what: str = "it can't leave", option: str = "--as-of") -> None:
    """Nothing; raises :class:`UsageError` for an act of a day on which the institution had not entered yet."""
    if row.admitted_on is not None and on < row.admitted_on:
        raise UsageError(f"{row.uscc} entered on {row.admitted_on}: {what} on {on}; give the day with {option}")


def refuse_after_leaving(connection: sa.Connection, row: Row, on: date) -> None:
    """Nothing; raises :class:`UsageError` for what would have been open on the day of the order by which it left."""
    if row.state in RESIDENT:
        return
    last = connection.execute(
        sa.select(orders.c.number, orders.c.made_on)
        .where(orders.c.institution == row.id)
        .order_by(orders.c.made_on.desc(), orders.c.number.desc())
    ).first()
    if last is not None and on < last.made_on:
        raise UsageError(
            f"{row.uscc} left on {last.made_on} by order {last.number}, which says what was open; "
            f"what is found since is opened with --as-of {last.made_on} or a later day"
        )


def refuse_order(connection: sa.Connection, row: Row, on: date) -> None:
    """Nothing; raises :class:`UsageError` for an order of a day before the entry, or before the last night."""
    refuse_before_entry(row, on)
    refuse_before_the_night(connection, on, f"an order about {row.uscc}", "took it for resident")


def leave(
    connection: sa.Connection,
    row: Row,
    *,
    kind: str,
    state: str,
    clause: str,
    reason: str,
    on: date,
    data: dict[str, Json] | None = None,
) -> tuple[Order, Event]:
    """The order by which the institution leaves, on record with its number, and the event; its suspensions end."""
    said_of: dict[str, Json] = {
        **(data or {}),
        # A new application is linked to the residence that ends here.
        "entered_on": row.admitted_on.isoformat() if row.admitted_on else None,
    }
    order = Order(
        number=next_number(connection, _SERIES[kind], on.year),
        uscc=row.uscc,
        kind=kind,
        state=state,
        made_on=on,
        clause=clause,
        reason=reason,
        data=said_of,
    )
    connection.execute(
        sa.insert(orders).values(
            number=order.number,
            kind=kind,
            institution=row.id,
            made_on=on,
            clause=clause,
            reason=reason,
            data=said_of,
        )
    )
    departures.end(connection, row.id, on=on, order=order.number)
    connection.execute(
        sa.update(suspensions)
        .where(suspensions.c.institution == row.id, suspensions.c.held_to == OPEN_END)
        .values(held_to=on)
    )
    # One that enters again later starts without the suspensions of its former life.
    connection.execute(
        sa.update(services)
        .where(services.c.institution == row.id, services.c.suspended_on.is_not(None))
        .values(suspended_on=None)
    )
    registry.write_institution(connection, row.id, {"state": state}, on, f"order {order.number}")
    said: dict[str, Json] = {**order.to_json(), **said_of}
    return order, Event(kind=f"institution.{state}", subject=row.uscc, data=said)


def orders_written(store: Store, files: Mapping[str, str]) -> None:
    """Nothing; where the documents of orders lie, by number and relative to the workspace, is on record."""
    if files:
        with store.write() as (connection, _):
            departures.orders_written(connection, files)


def orders_of(store: Store, uscc: str) -> list[dict[str, Json]]:
    """The orders by which the institution left, oldest first, as commands print them."""
    query = (
        sa.select(orders)
        .join(institutions, institutions.c.id == orders.c.institution)
        .where(institutions.c.uscc == uscc)
        .order_by(orders.c.made_on, orders.c.number)
    )
    with database.reading(store.engine) as connection:
        return [
            {
                "order": row.number,
                "kind": row.kind,
                "clause": row.clause,
                "reason": row.reason,
                "on": row.made_on.isoformat(),
                "entered_on": row.data.get("entered_on"),
                "file": row.file,
            }
            for row in connection.execute(query)
        ]


def departures_of(store: Store, uscc: str) -> list[dict[str, Json]]:
    """The ways out that the institution began or was told to take, oldest first, as commands print them."""
    with database.reading(store.engine) as connection:
        row = connection.execute(sa.select(institutions.c.id).where(institutions.c.uscc == uscc)).one_or_none()
        found = departures.of_institution(connection, row.id) if row is not None else []
    return [
        {
            "kind": each.kind,
            "notice": each.notice,
            "begun_on": each.begun_on.isoformat(),
            "reason": each.reason,
            "source": each.source,
            "file": each.file,
            "ended_on": each.ended_on.isoformat() if each.ended_on else None,
            "order": each.order,
        }
        for each in found
    ]
