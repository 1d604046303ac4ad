"""The nights that were missed (漏跑的夜): on which days each would have found something, and what the licence was then.

A night that makes up for missed ones lives their days once more for whoever something changed of, so that suspensions
and states are on record with the days on which every night would have written them, also of what is over by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.records.columns import Row
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import institution_history
from qi_pipeline.residency.coverage import Service

_DAY = timedelta(days=1)


class Licence(NamedTuple):
    """The last day of the licence (营业执照) as the register had it from one day to the day before another."""

    held_from: date
    held_to: date
    valid_to: date


def licences_of(connection: sa.Connection, residents: Mapping[int, Row], after: date) -> dict[int, list[Licence]]:
    """What the register held of the licences since ``after``, by row number; what holds now stands last."""
    found: dict[int, list[Licence]] = {number: [] for number in residents}
    past = institution_history.c
    rows = connection.execute(
        sa.select(past.institution, past.held_from, past.held_to, past.licence_valid_to)
        .where(among(past.institution, list(residents)), past.held_to > after)
        .order_by(past.held_from, past.id)
    )
    for number, held_from, held_to, valid_to in rows:
        found[number].append(Licence(held_from, held_to, valid_to))
    for number, row in residents.items():
        found[number].append(Licence(row.held_from, date.max, row.licence_valid_to))
    return found


def licence_on(licences: Sequence[Licence], day: date) -> date:
    """The last day of the licence as the register had it on ``day``.

    >>> before = Licence(date.min, date(2026, 3, 5), date(2026, 3, 1))
    >>> now = Licence(date(2026, 3, 5), date.max, date(2030, 1, 1))
    >>> licence_on([before, now], date(2026, 3, 4)), licence_on([before, now], date(2026, 3, 5))
    (datetime.date(2026, 3, 1), datetime.date(2030, 1, 1))
    """
    return next((each.valid_to for each in licences if each.held_from <= day < each.held_to), licences[-1].valid_to)


def days_of(services: Sequence[Service], licences: Sequence[Licence], first: date, end: date) -> list[date]:
    """The days from ``first`` to before ``end`` on which a night can have found something else than the one before.

    It would have found something on the first of them; then when a paper came, went, began, or had ended.
    """
    if first >= end:
        return []
    found = {first}
    for service in services:
        found.add(service.offered_from)
        for each in (*service.listings, *service.former):
            found.update((each.recorded_on, each.replaced_on, each.valid_from, _after(each.valid_to)))
    for licence in licences:
        found.update((licence.held_from, _after(licence.valid_to)))
    return sorted(day for day in found if first <= day < end)


def _after(day: date) -> date:
    return day if day == date.max else day + _DAY
