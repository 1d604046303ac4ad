"""Packets and institutions as lists for people (查询): filtered in the database, streamed, with what is owed by when.

A packet owes its applicant the result within three working days (5.2.1). Its clock stands in ``duties`` once there is a
decision; before, it is counted here from the day of submission, or of taking in.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from qi_pipeline.records.columns import OPEN_END, Row, shown
from qi_pipeline.records.registry_tables import duties, institutions, qualifications
from qi_pipeline.records.rows import InstitutionRow, InstitutionState, PacketRow, PacketState
from qi_pipeline.records.tables import decisions, packets
from qi_pipeline.workdays import SHANGHAI, add_working_days

PAGE = 2_000
"""Rows that are fetched at a time."""

_NAMES = tuple(field.name for field in fields(PacketRow))
_PACKET = [packets.c[name] for name in _NAMES]
_INSTITUTION = [institutions.c[field.name] for field in fields(InstitutionRow)]

Order = Literal["taken", "urgency"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketQuery:
    """Which packets to list; None does not filter."""

    state: PacketState | None = None
    outcome: str | None = None
    request: str | None = None
    category: str | None = None
    uscc: str | None = None
    """The beginning of the USCC."""
    name: str | None = None
    """Part of the packet's or the institution's name, in any case."""
    usccs: frozenset[str] | None = None
    """Of these institutions only."""
    overdue_on: date | None = None
    """Whose clock (5.2.1) has run out before this day."""
    since: date | None = None
    """Taken in on this day or later, in Asia/Shanghai."""
    until: date | None = None
    """Taken in on this day or before."""
    order: Order = "taken"
    limit: int | None = None
    """The newest so many; with ``order`` by urgency, the most urgent so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPacket:
    """One packet with its clock."""

    row: PacketRow
    category: str | None
    due_on: date | None
    """The last day on which the applicant is told in time; None once it was told."""
    paused: bool
    """The clock stands while further proof or a visit is awaited (5.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionQuery:
    """Which institutions to list; None does not filter."""

    state: InstitutionState | None = None
    category: str | None = None
    uscc: str | None = None
    name: str | None = None
    usccs: frozenset[str] | None = None
    waiting: bool = False
    """With a packet that waits for a person."""
    outcome: str | None = None
    """Whose last decided or waiting packet has this outcome."""
    since: date | None = None
    """Admitted on this day or later."""
    until: date | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInstitution:
    """One institution with what ends next."""

    row: InstitutionRow
    ends_on: date | None
    """The next last day among its certificates on file and its licence, from the as-of date on."""


def streamed(connection: sa.Connection, query: sa.Select[Any]) -> Generator[Row, None, None]:
    """The rows of the query, a page at a time; on PostgreSQL the cursor is closed when the generator is."""
    with connection.execute(query, execution_options={"yield_per": PAGE}) as result:
        yield from result


def _first(found: Generator[_T, None, None], limit: int | None) -> Iterator[_T]:
    """The first so many of them; what is not wanted any more is closed at once."""
    if limit is None:
        return found
    with closing(found):
        return iter(list(islice(found, limit)))


def category_of() -> sa.ColumnElement[str | None]:
    """A packet's category: the register's, else what its latest decision would enter."""
    known = sa.select(institutions.c.category).where(institutions.c.uscc == packets.c.uscc)
    entered = (
        sa.select(decisions.c.entry["category"].as_string())
        .where(decisions.c.packet == packets.c.id)
        .order_by(decisions.c.id.desc())
        .limit(1)
    )
    return sa.func.coalesce(
        known.correlate(packets).scalar_subquery(), entered.correlate(packets).scalar_subquery()
    ).label("category")


def list_packets(
    connection: sa.Connection, wanted: PacketQuery, notify_days: int, *, with_category: bool = True
) -> Iterator[ListedPacket]:
    """The packets that pass the filter: oldest first, or the most urgent first.

    ``notify_days`` is the length of the clock in working days (policy). Without categories it is twice as fast.
    """
    category = category_of() if with_category else sa.null().label("category")
    query = _where(sa.select(*_PACKET, category, *_clock()), wanted)
    by_urgency = wanted.order == "urgency"
    newest = wanted.limit is not None and not by_urgency
    query = query.order_by(packets.c.number.desc() if newest else packets.c.number)
    found = _packets(connection, query, wanted, notify_days)
    if by_urgency:
        ordered = sorted(found, key=lambda each: (each.paused, each.due_on or date.max))
        return iter(ordered[: wanted.limit])
    if newest:
        return iter(list(_first(found, wanted.limit))[::-1])
    return found


def _packets(
    connection: sa.Connection, query: sa.Select[Any], wanted: PacketQuery, notify_days: int
) -> Generator[ListedPacket, None, None]:
    for found in streamed(connection, query):
        category, due_on, paused_on = found[-3:]
        row = PacketRow(**dict(zip(_NAMES, found, strict=False)))
        if wanted.usccs is not None and row.uscc not in wanted.usccs:
            continue
        if row.state == "processing" and due_on is None:
            due_on = _due(row, notify_days)
        paused = paused_on is not None
        if wanted.overdue_on is not None and (paused or due_on is None or due_on >= wanted.overdue_on):
            continue
        yield ListedPacket(row=row, category=category, due_on=due_on, paused=paused)


def _clock() -> list[sa.ColumnElement[date | None]]:
    """The open duty to tell the applicant: its last day, and since when it stands still."""
    duty = (
        sa.select(duties)
        .where(duties.c.packet == packets.c.id, duties.c.duty == "notify_applicant", duties.c.done_on.is_(None))
        .order_by(duties.c.id.desc())
        .limit(1)
    )
    return [
        duty.with_only_columns(duties.c[name]).correlate(packets).scalar_subquery().label(name)
        for name in ("due_on", "paused_on")
    ]


def _where(query: sa.Select[Any], wanted: PacketQuery) -> sa.Select[Any]:
    for name in ("state", "outcome", "request"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(packets.c[name] == value)
    if wanted.category is not None:
        query = query.where(category_of() == wanted.category)
    if wanted.uscc is not None:
        query = query.where(packets.c.uscc.startswith(wanted.uscc.strip().upper(), autoescape=True))
    if wanted.name is not None:
        query = query.where(
            sa.or_(
                packets.c.name.icontains(wanted.name, autoescape=True),
                packets.c.institution.icontains(wanted.name, autoescape=True),
            )
        )
    # Moments of taking in are written in Asia/Shanghai, so their text begins with the day there.
    if wanted.since is not None:
        query = query.where(packets.c.taken_at >= wanted.since.isoformat())
    if wanted.until is not None:
        query = query.where(packets.c.taken_at < (wanted.until + timedelta(days=1)).isoformat())
    if wanted.overdue_on is not None:
        open_duty = sa.exists().where(
            duties.c.packet == packets.c.id,
            duties.c.duty == "notify_applicant",
            duties.c.done_on.is_(None),
            duties.c.due_on < wanted.overdue_on,
        )
        query = query.where(sa.or_(open_duty, packets.c.state == "processing"))
    return query


def _due(row: PacketRow, notify_days: int) -> date:
    moment = datetime.fromisoformat(row.submitted_at or row.taken_at)
    if moment.tzinfo is not None:
        moment = moment.astimezone(SHANGHAI)
    return add_working_days(moment.date(), notify_days).date


def list_institutions(connection: sa.Connection, wanted: InstitutionQuery, as_of: date) -> Iterator[ListedInstitution]:
    """The institutions that pass the filter, by USCC, with what ends next as of the day."""
    ends = (
        sa.select(sa.func.min(qualifications.c.valid_to))
        .where(qualifications.c.institution == institutions.c.id)
        .where(qualifications.c.held_to == OPEN_END, qualifications.c.valid_to >= as_of)
        .correlate(institutions)
        .scalar_subquery()
        .label("ends_on")
    )
    query = sa.select(*_INSTITUTION, ends).order_by(institutions.c.uscc)
    if wanted.state is not None:
        query = query.where(institutions.c.state == wanted.state)
    if wanted.category is not None:
        query = query.where(institutions.c.category == wanted.category)
    if wanted.uscc is not None:
        query = query.where(institutions.c.uscc.startswith(wanted.uscc.strip().upper(), autoescape=True))
    if wanted.name is not None:
        query = query.where(institutions.c.name.icontains(wanted.name, autoescape=True))
    if wanted.since is not None:
        query = query.where(institutions.c.admitted_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(institutions.c.admitted_on <= wanted.until)
    own = sa.select(packets.c.outcome).where(packets.c.uscc == institutions.c.uscc).correlate(institutions)
    if wanted.waiting:
        query = query.where(sa.exists(own.where(packets.c.state == "waiting")))
    if wanted.outcome is not None:
        last = own.where(packets.c.outcome.is_not(None)).order_by(packets.c.number.desc()).limit(1)
        query = query.where(last.scalar_subquery() == wanted.outcome)
    return _first(_institutions(connection, query, wanted.usccs, as_of), wanted.limit)


def _institutions(
    connection: sa.Connection, query: sa.Select[Any], usccs: frozenset[str] | None, as_of: date
) -> Generator[ListedInstitution, None, None]:
    for found in streamed(connection, query):
        if usccs is None or found.uscc in usccs:
            yield _listed(found, as_of)


def _listed(found: Row, as_of: date) -> ListedInstitution:
    values = dict(found._mapping)
    certificate = values.pop("ends_on")
    licence = values["licence_valid_to"]
    ends = [day for day in (certificate, licence) if day is not None and day >= as_of]
    values["licence_valid_to"] = shown(licence)
    return ListedInstitution(row=InstitutionRow(**values), ends_on=shown(min(ends)) if ends else None)
