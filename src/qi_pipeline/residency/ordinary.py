"""The ordinary institutions of a night, told by the database: what has to be done about them follows from a few days.

Ordinary is who is active with nothing suspended, whose licence holds, whose certificates have begun, and who has a
service that lapsed no longer ago than the grace, if at all, by certificates none of which was taken off the file. Of
these ``services.covered_to`` says everything, so that a night reads a row a service and not one a certificate. Whoever
is not ordinary is looked at certificate by certificate (:mod:`qi_pipeline.residency.listings`); what is found is the
same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.records import bulk
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import (
    OFF_FILE,
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


class Candidate(NamedTuple):
    """An institution that a night looks at, with what its present services say together; days are ISO text."""

    id: int
    uscc: str
    state: str
    holds_from: str
    licence_valid_to: str
    covered_to: str | None
    """The last day on which any service has a valid certificate."""
    following: str | None
    """The first day after which a service that is covered is so no longer."""
    odd: int | None
    """Not 0 where a service is suspended, or listed by no certificate; None without services."""
    lapsed: tuple[Lapsed, ...]
    """The services that lapsed."""


def candidates_of(connection: sa.Connection, ids: Sequence[int], as_of: date) -> list[Candidate]:
    """The institutions with these row numbers, in one reading of their rows and of those of their services."""
    odd = sa.case((services.c.suspended_on.is_not(None), 1), (services.c.covered_to == OPEN_START, 1), else_=0)
    lapsed = services.c.covered_to < as_of
    postgresql = connection.dialect.name == "postgresql"
    one = sa.func.json_build_array if postgresql else sa.func.json_array
    every = sa.func.json_agg if postgresql else sa.func.json_group_array
    present = sa.and_(services.c.institution == institutions.c.id, services.c.held_to == OPEN_END)
    rows = bulk.rows(
        connection,
        sa.select(
            institutions.c.id,
            institutions.c.uscc,
            institutions.c.state,
            sa.cast(institutions.c.holds_from, sa.Text),
            sa.cast(institutions.c.licence_valid_to, sa.Text),
            sa.cast(sa.func.max(services.c.covered_to), sa.Text),
            sa.cast(sa.func.min(services.c.covered_to).filter(~lapsed), sa.Text),
            sa.func.max(odd).filter(services.c.id.is_not(None)),
            sa.cast(every(one(services.c.id, services.c.name, services.c.covered_to)).filter(lapsed), sa.Text),
        )
        .select_from(institutions)
        .outerjoin(services, present)
        .where(among(institutions.c.id, ids))
        .group_by(institutions.c.id)
        .order_by(institutions.c.id),
    )
    # All of them are taken apart at once: SQLite gives an empty list where PostgreSQL gives nothing.
    gone = json.loads(f"[{','.join(row[-1] or '[]' for row in rows)}]")
    return [
        Candidate._make((*row[:-1], tuple(sorted([Lapsed(*each) for each in lapsed]))))
        for row, lapsed in zip(rows, gone, strict=True)
    ]


def ordinary_of(
    connection: sa.Connection, candidates: Sequence[Candidate], as_of: date, last: date | None, grace: int
) -> dict[int, Ordinary]:
    """The ordinary ones of these institutions, by row number; nobody after nights that were missed."""
    if last is not None and last + _DAY < as_of:
        return {}
    today, soonest = as_of.isoformat(), (as_of - timedelta(days=grace)).isoformat()
    perhaps = [
        each
        for each in candidates
        if each.state == "active"
        and each.odd == 0
        and each.licence_valid_to >= today
        and each.covered_to is not None
        and each.covered_to >= soonest
    ]
    begins_later = _begins_later(connection, [each.id for each in perhaps], as_of)
    gone = _of_whom_something_is_gone(connection, [each for each in perhaps if each.lapsed])
    ends: dict[str, tuple[str, str]] = {}
    found: dict[int, Ordinary] = {}
    for each in perhaps:
        if each.id in begins_later or each.id in gone:
            continue
        if each.following is not None:
            found[each.id] = Ordinary(min(each.licence_valid_to, each.following), False, None, each.lapsed)
            continue
        assert each.covered_to is not None
        if each.covered_to not in ends:
            ends[each.covered_to] = _grace(date.fromisoformat(each.covered_to), grace)
        grace_to, deregisters_on = ends[each.covered_to]
        found[each.id] = Ordinary(min(each.licence_valid_to, grace_to), True, deregisters_on, each.lapsed)
    return found


def _grace(covered_to: date, grace: int) -> tuple[str, str]:
    """The last day of the grace, and the day after it."""
    last = covered_to + timedelta(days=grace)
    return last.isoformat(), (last + _DAY).isoformat()


def _begins_later(connection: sa.Connection, ids: Sequence[int], as_of: date) -> set[int]:
    """Those of these institutions that hold a certificate which has not begun."""
    owner = qualifications.c.institution
    rows = bulk.rows(
        connection, sa.select(owner).distinct().where(among(owner, ids), qualifications.c.valid_from > as_of)
    )
    return {number for (number,) in rows}


def _of_whom_something_is_gone(connection: sa.Connection, candidates: Sequence[Candidate]) -> set[int]:
    """Those of whom a certificate was taken off the file, or lists a lapsed service no longer.

    What is gone says since when the service is not qualified.
    """
    if not candidates:
        return set()
    owner = qualifications.c.institution
    off_file = sa.select(owner).distinct().where(among(owner, [each.id for each in candidates]), OFF_FILE)
    found = {number for (number,) in bulk.rows(connection, off_file)}
    of = {service.id: each.id for each in candidates for service in each.lapsed}
    narrowed = qualification_service_history.c.service
    rows = bulk.rows(connection, sa.select(narrowed).distinct().where(among(narrowed, list(of))))
    return found | {of[service] for (service,) in rows}
