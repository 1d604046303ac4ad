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

from qi_pipeline.records import words
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.registry_tables import OFF_FILE

_DAY = timedelta(days=1)
_FIRST = OPEN_START.isoformat()


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
    holds_to: str
    licence_valid_to: str
    covered_to: str | None
    """The last day on which any service has a valid certificate."""
    following: str | None
    """The first day after which a service that is covered is so no longer."""
    odd: int
    """How many services are suspended, or listed by no certificate."""
    lapsed: tuple[Lapsed, ...]
    """The services that lapsed."""


def candidates_of(connection: sa.Connection, ids: Sequence[int], as_of: date) -> list[Candidate]:
    """The institutions with these row numbers, in one reading of their rows and of those of their services."""
    postgresql = connection.dialect.name == "postgresql"
    one, every = ("json_build_array", "json_agg") if postgresql else ("json_array", "json_group_array")
    rows = words.ask(
        connection,
        "SELECT i.id, i.uscc, i.state, CAST(i.holds_from AS TEXT), CAST(i.holds_to AS TEXT),"  # noqa: S608 - ours
        " CAST(i.licence_valid_to AS TEXT), CAST(max(s.covered_to) AS TEXT),"
        " CAST(min(s.covered_to) FILTER (WHERE s.covered_to >= :day) AS TEXT),"
        f" count(*) FILTER (WHERE s.suspended_on IS NOT NULL OR s.covered_to = '{_FIRST}'),"
        f" CAST({every}({one}(s.id, s.name, s.covered_to)) FILTER (WHERE s.covered_to < :day) AS TEXT)"
        f" FROM institutions i LEFT JOIN services s ON s.institution = i.id AND s.held_to = '{OPEN_END}'"
        f" WHERE i.id IN ({words.numbers(ids)}) GROUP BY i.id ORDER BY i.id",
        day=as_of,
    )
    # All of them are taken apart at once: SQLite gives an empty list where PostgreSQL gives nothing.
    gone = json.loads(f"[{','.join([row[-1] or '[]' for row in rows])}]")
    return [
        Candidate._make((*row[:-1], tuple(map(Lapsed._make, sorted(lapsed)))))
        for row, lapsed in zip(rows, gone, strict=True)
    ]


def ordinary_of(
    connection: sa.Connection,
    candidates: Sequence[Candidate],
    as_of: date,
    last: date | None,
    grace: int,
    first: bool = False,
) -> dict[int, Ordinary]:
    """The ordinary ones of these institutions, by row number; nobody after nights that were missed.

    ``first``: no night was begun before this one.
    """
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
    # Of whom nothing was written since a first load said what it holds, nothing was taken off the file, and from its
    # first day on all has begun.
    asked = [each for each in perhaps if not (first and each.holds_to > _FIRST and each.holds_from <= today)]
    not_so = _begins_later(connection, [each.id for each in asked], as_of)
    not_so |= _of_whom_something_is_gone(connection, [each for each in asked if each.lapsed])
    ends: dict[str, tuple[str, str]] = {}
    found: dict[int, Ordinary] = {}
    for each in perhaps:
        if each.id in not_so:
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
    if not ids:
        return set()
    rows = words.ask(
        connection,
        "SELECT DISTINCT institution FROM qualifications"  # noqa: S608 - ours
        f" WHERE institution IN ({words.numbers(ids)}) AND valid_from > :day",
        day=as_of,
    )
    return {number for (number,) in rows}


def _of_whom_something_is_gone(connection: sa.Connection, candidates: Sequence[Candidate]) -> set[int]:
    """Those of whom a certificate was taken off the file, or lists a lapsed service no longer.

    What is gone says since when the service is not qualified.
    """
    if not candidates:
        return set()
    ids = words.numbers([each.id for each in candidates])
    off_file = f"SELECT DISTINCT institution FROM qualifications WHERE institution IN ({ids}) AND {OFF_FILE}"  # noqa: S608 - ours
    found = {number for (number,) in words.ask(connection, off_file)}
    of = {service.id: each.id for each in candidates for service in each.lapsed}
    narrowed = (
        "SELECT DISTINCT service FROM qualification_service_history"  # noqa: S608 - ours
        f" WHERE service IN ({words.numbers(list(of))})"
    )
    return found | {of[service] for (service,) in words.ask(connection, narrowed)}
