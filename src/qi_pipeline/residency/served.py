"""What was served on institutions (送达文书): orders and notices of eviction, as the records hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records import database
from qi_pipeline.records.registry_tables import departures, institution_history, institutions, orders
from qi_pipeline.records.store import Store
from qi_pipeline.residency.standing import Order

_STATES = {"deregistration": "deregistered", "exit": "exited", "eviction": "evicted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedOrder:
    """An order, to whom, and where its document lies."""

    order: Order
    name: str
    file: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedNotice:
    """A notice of eviction (清退通知, 7.4)."""

    number: str
    uscc: str
    name: str
    on: date
    note: str
    file: str | None


def _name_on(day: sa.ColumnElement[date]) -> sa.ColumnElement[str]:
    """The institution's name on that day: a letter that is written again says what it said."""
    past = institution_history
    then = (
        sa.select(past.c.name)
        .where(past.c.institution == institutions.c.id, past.c.held_from <= day, past.c.held_to > day)
        .order_by(past.c.id.desc())
        .limit(1)
        .correlate(institutions, orders, departures)
        .scalar_subquery()
    )
    return sa.func.coalesce(then, institutions.c.name).label("name")


def served_orders(store: Store, *, number: str | None = None, uscc: str | None = None) -> list[ServedOrder]:
    """The orders, by number: all, the one of that number, or those of one institution."""
    query = (
        sa.select(orders, institutions.c.uscc, _name_on(orders.c.made_on))
        .join(institutions, institutions.c.id == orders.c.institution)
        .order_by(orders.c.made_on, orders.c.number)
    )
    if number is not None:
        query = query.where(orders.c.number == number)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc)
    with database.reading(store.engine) as connection:
        return [
            ServedOrder(
                order=Order(
                    number=row.number,
                    uscc=row.uscc,
                    kind=row.kind,
                    state=_STATES[row.kind],
                    made_on=row.made_on,
                    clause=row.clause,
                    reason=row.reason,
                    data=row.data,
                ),
                name=row.name,
                file=row.file,
            )
            for row in connection.execute(query)
        ]


def served_notices(store: Store, *, number: str | None = None, uscc: str | None = None) -> list[ServedNotice]:
    """The notices of eviction, oldest first: all, the one of that number, or those of one institution."""
    query = (
        sa.select(departures, institutions.c.uscc, _name_on(departures.c.begun_on))
        .join(institutions, institutions.c.id == departures.c.institution)
        .where(departures.c.notice.is_not(None))
        .order_by(departures.c.begun_on, departures.c.notice)
    )
    if number is not None:
        query = query.where(departures.c.notice == number)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc)
    with database.reading(store.engine) as connection:
        return [
            ServedNotice(
                number=row.notice,
                uscc=row.uscc,
                name=row.name,
                on=row.begun_on,
                note=row.reason or "",
                file=row.file,
            )
            for row in connection.execute(query)
        ]
