"""Institutions on their way out (退出申请中, 清退中): from the application or the notice to the order (5.3, 7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

import sqlalchemy as sa

from qi_pipeline.records.columns import Row
from qi_pipeline.records.registry_tables import departures, orders

DepartureKind = Literal["exit", "eviction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One way out that was begun."""

    id: int
    kind: DepartureKind
    notice: str | None
    """Number of the notice of eviction (清退通知)."""
    begun_on: date
    reason: str | None
    source: str
    """The packet, the inspection or the command that began it."""
    file: str | None
    ended_on: date | None
    order: str | None


_COLUMNS = [departures.c[field.name] for field in fields(Departure)]


def begin(
    connection: sa.Connection,
    institution: int,
    kind: DepartureKind,
    *,
    on: date,
    source: str,
    reason: str | None = None,
    notice: str | None = None,
) -> tuple[Departure, bool]:
    """The departure and whether it is new; one of a kind that is under way is not begun again."""
    known = under_way(connection, institution, kind)
    if known is not None:
        return known, False
    number = connection.execute(
        sa.insert(departures)
        .values(institution=institution, kind=kind, notice=notice, begun_on=on, reason=reason, source=source)
        .returning(departures.c.id)
    ).scalar_one()
    return _departure(connection.execute(sa.select(*_COLUMNS).where(departures.c.id == number)).one()), True


def under_way(connection: sa.Connection, institution: int, kind: DepartureKind | None = None) -> Departure | None:
    """The departure that was begun and has not ended, the latest where there are two."""
    query = sa.select(*_COLUMNS).where(departures.c.institution == institution, departures.c.ended_on.is_(None))
    if kind is not None:
        query = query.where(departures.c.kind == kind)
    row = connection.execute(query.order_by(departures.c.id.desc())).first()
    return None if row is None else _departure(row)


def of_institution(connection: sa.Connection, institution: int) -> list[Departure]:
    """All departures that were ever begun, oldest first."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(departures.c.institution == institution).order_by(departures.c.id)
    )
    return [_departure(row) for row in rows]


def end(connection: sa.Connection, institution: int, *, on: date, order: str) -> None:
    """Nothing; whatever was under way has ended with the order by which the institution left."""
    connection.execute(
        sa.update(departures)
        .where(departures.c.institution == institution, departures.c.ended_on.is_(None))
        .values(ended_on=on, order=order)
    )


def withdraw(connection: sa.Connection, departure: int, on: date) -> None:
    """Nothing; the departure has ended without an order, and the institution stays."""
    connection.execute(sa.update(departures).where(departures.c.id == departure).values(ended_on=on))


def written(connection: sa.Connection, departure: int, file: str) -> None:
    """Nothing; where the notice lies is on record."""
    connection.execute(sa.update(departures).where(departures.c.id == departure).values(file=file))


def orders_written(connection: sa.Connection, files: Mapping[str, str]) -> None:
    """Nothing; where the orders lie, by number, is on record."""
    connection.execute(
        sa.update(orders).where(orders.c.number == sa.bindparam("order")).values(file=sa.bindparam("place")),
        [{"order": number, "place": file} for number, file in files.items()],
    )


def _departure(row: Row) -> Departure:
    return Departure(**row._mapping)
