"""The ordinary institutions of a night, told by the database: what has to be done about them follows from a few days.

Ordinary is who is active with nothing suspended, whose licence holds, whose certificates have begun, and who has a
service that lapsed no longer ago than the grace, if at all, by certificates none of which was taken off the file. Of
these ``services.covered_to`` says everything, so that a night reads a row a service and not one a certificate. Whoever
is not ordinary is looked at certificate by certificate (:mod:`qi_pipeline.residency.listings`); what is found is the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.records import bulk
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import (
    institutions,
    qualification_service_history,
    qualifications,
    services,
)

_DAY = timedelta(days=1)


class Lapsed(NamedTuple):
    """A service without a valid certificate, and the last day on which it had one."""

    id: int
    name: str
    covered_to: str


class Ordinary(NamedTuple):
    """An ordinary institution; days are ISO text."""

    holds_to: str
    """The last day on which all is as it is on the day of the night, if nothing is written."""
    all_lapsed: bool
    deregisters_on: str | None
    """The day from which it is deregistered if no renewal comes; None while a service is qualified."""
    lapsed: tuple[Lapsed, ...]


def ordinary_of(
    connection: sa.Connection, ids: Sequence[int], as_of: date, last: date | None, grace: int
) -> dict[int, Ordinary]:
    """The ordinary ones of these institutions, by row number; nobody after nights that were missed."""
    if last is not None and last + _DAY < as_of:
        return {}
    rows = bulk.rows(connection, _days_of(ids, as_of, grace))
    lapsed = _lapsed(connection, [row[0] for row in rows if row[2]], as_of)
    ends: dict[str, tuple[str, str]] = {}
    found: dict[int, Ordinary] = {}
    for number, licence, lapsed_count, offered, covered_to, following in rows:
        if not lapsed_count:
            found[number] = Ordinary(min(licence, following), False, None, ())
        elif number in lapsed:
            if lapsed_count < offered:
                found[number] = Ordinary(min(licence, following), False, None, lapsed[number])
                continue
            if covered_to not in ends:
                ends[covered_to] = _grace(date.fromisoformat(covered_to), grace)
            grace_to, deregisters_on = ends[covered_to]
            found[number] = Ordinary(min(licence, grace_to), True, deregisters_on, lapsed[number])
    return found


def _grace(covered_to: date, grace: int) -> tuple[str, str]:
    """The last day of the grace, and the day after it."""
    last = covered_to + timedelta(days=grace)
    return last.isoformat(), (last + _DAY).isoformat()


def _days_of(ids: Sequence[int], as_of: date, grace: int) -> sa.Select[tuple[object, ...]]:
    """Row number, end of the licence, services lapsed and offered, last day of any, first day on which one ends.

    While a service is qualified the grace is not what ends first.
    """
    odd = sa.case((services.c.suspended_on.is_not(None), 1), (services.c.covered_to == OPEN_START, 1), else_=0)
    lapsed = services.c.covered_to < as_of
    offered = (
        sa.select(
            services.c.institution,
            sa.func.sum(sa.case((lapsed, 1), else_=0)).label("lapsed"),
            sa.func.count().label("offered"),
            sa.func.max(services.c.covered_to).label("covered_to"),
            sa.func.min(sa.case((~lapsed, services.c.covered_to))).label("following"),
        )
        .where(among(services.c.institution, ids), services.c.held_to == OPEN_END)
        .group_by(services.c.institution)
        .having(sa.func.max(odd) == 0, sa.func.max(services.c.covered_to) >= as_of - timedelta(days=grace))
        .subquery("offered")
    )
    begins_later = sa.exists(
        sa.select(qualifications.c.id)
        .where(qualifications.c.institution == institutions.c.id, qualifications.c.valid_from > as_of)
        .correlate(institutions)
    )
    return (
        sa.select(
            institutions.c.id,
            sa.cast(institutions.c.licence_valid_to, sa.Text),
            offered.c.lapsed,
            offered.c.offered,
            sa.cast(offered.c.covered_to, sa.Text),
            sa.cast(offered.c.following, sa.Text),
        )
        .select_from(offered)
        .join(institutions, institutions.c.id == offered.c.institution)
        .where(institutions.c.state == "active", institutions.c.licence_valid_to >= as_of, ~begins_later)
    )


def _lapsed(connection: sa.Connection, ids: Sequence[int], as_of: date) -> dict[int, tuple[Lapsed, ...]]:
    """The services of these institutions that lapsed; without institutions of which a certificate was taken off.

    What is off the file, or lists a service no longer, says since when the service is not qualified.
    """
    if not ids:
        return {}
    off_file = sa.exists(
        sa.select(qualifications.c.id)
        .where(qualifications.c.institution == services.c.institution, qualifications.c.held_to < OPEN_END)
        .correlate(services)
    )
    narrowed = sa.exists(
        sa.select(qualification_service_history.c.id)
        .where(qualification_service_history.c.service == services.c.id)
        .correlate(services)
    )
    columns = (services.c.institution, services.c.id, services.c.name, sa.cast(services.c.covered_to, sa.Text))
    rows = bulk.rows(
        connection,
        sa.select(*columns, sa.case((off_file, 1), (narrowed, 1), else_=0))
        .where(among(services.c.institution, ids), services.c.held_to == OPEN_END, services.c.covered_to < as_of)
        .order_by(services.c.institution, services.c.id),
    )
    found: dict[int, tuple[Lapsed, ...]] = {}
    odd = set()
    for owner, number, name, covered_to, taken_off in rows:
        found[owner] = (*found.get(owner, ()), Lapsed(number, name, covered_to))
        if taken_off:
            odd.add(owner)
    for owner in odd:
        del found[owner]
    return found
