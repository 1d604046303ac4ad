"""The present services of institutions with the certificates that list them, read in sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import words
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import (
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.residency.coverage import Listing, Service

_DAY = timedelta(days=1)
_LAST = OPEN_END.isoformat()
_day = date.fromisoformat


class _TakenOff(NamedTuple):
    """A certificate that lists a service no longer, or is off the file."""

    service: int
    valid_from: date
    valid_to: date
    recorded_on: date
    off_on: date


def _days(*columns: str) -> str:
    """The columns as text: both databases say days as ISO text, which sorts."""
    return ", ".join(f"CAST({column} AS TEXT)" for column in columns)


def services_of(
    connection: sa.Connection, ids: Sequence[int], as_of: date, *, replaced_after: date | None = None
) -> dict[int, list[Service]]:
    """The present services of the institutions, by institution, with the certificates that list or listed them.

    With ``replaced_after`` also what certificates said that were updated after that day.
    """
    former = {} if replaced_after is None else _former(connection, ids, replaced_after)
    these = words.numbers(ids)
    listings: dict[int, list[Listing]] = {}
    taken_off: list[_TakenOff] = []
    listed = words.ask(
        connection,
        f"SELECT l.service, {_days('q.valid_from', 'q.valid_to', 'q.recorded_on', 'l.held_from', 'q.held_to')}"  # noqa: S608 - ours
        " FROM services s JOIN qualification_services l ON l.service = s.id"
        f" JOIN qualifications q ON q.id = l.qualification WHERE s.institution IN ({these})",
    )
    for service, begins, ends, recorded_on, linked_on, off_on in listed:
        since = _day(recorded_on if linked_on is None else max(recorded_on, linked_on))
        if off_on == _LAST:
            listings.setdefault(service, []).append(Listing(_day(begins), _day(ends), since))
        else:
            taken_off.append(_TakenOff(service, _day(begins), _day(ends), since, _day(off_on)))
    narrowed = words.ask(
        connection,
        "SELECT n.service,"  # noqa: S608 - ours
        f" {_days('q.valid_from', 'q.valid_to', 'coalesce(n.held_from, q.recorded_on)', 'n.held_to')}"
        " FROM services s JOIN qualification_service_history n ON n.service = s.id"
        f" JOIN qualifications q ON q.id = n.qualification WHERE s.institution IN ({these})",
    )
    taken_off += [_TakenOff(service, *map(_day, days)) for service, *days in narrowed]
    found: dict[int, list[Service]] = {}
    rows = words.ask(
        connection,
        f"SELECT institution, id, name, {_days('suspended_on', 'held_from')} FROM services"  # noqa: S608 - ours
        f" WHERE institution IN ({these}) AND held_to = '{_LAST}' ORDER BY id",
    )
    ended: dict[int, list[_TakenOff]] = {}
    for each in taken_off:
        ended.setdefault(each.service, []).append(each)
    for owner, number, name, since_when, offered_from in rows:
        suspended_on = None if since_when is None else _day(since_when)
        listed_by = tuple(listings.get(number, ()))
        if number in ended:
            listed_by = _with_ended(listed_by, ended[number], suspended_on, as_of)
        found.setdefault(owner, []).append(
            Service(number, name, listed_by, suspended_on, tuple(former.get(number, ())), _day(offered_from))
        )
    return found


def _with_ended(
    listed_by: tuple[Listing, ...], ended: Sequence[_TakenOff], suspended_on: date | None, as_of: date
) -> tuple[Listing, ...]:
    """The listings, and those that were taken off as listings that ended the day before.

    What a clock ahead of the as-of date took off has been off since the service was suspended for it.
    """
    for each in ended:
        off_on = each.off_on if each.off_on <= as_of else suspended_on or as_of
        last = min(each.valid_to, off_on - _DAY)
        if last >= each.valid_from or not listed_by:
            listed_by += (Listing(each.valid_from, last, each.recorded_on),)
    return listed_by


def _former(connection: sa.Connection, ids: Sequence[int], after: date) -> dict[int, list[Listing]]:
    rows = words.ask(
        connection,
        f"SELECT l.service, {_days('q.valid_from', 'h.valid_to', 'h.held_from', 'h.held_to', 'l.held_from')}"  # noqa: S608 - ours
        " FROM qualifications q JOIN qualification_history h ON h.qualification = q.id"
        " JOIN qualification_services l ON l.qualification = q.id"
        f" WHERE q.institution IN ({words.numbers(ids)}) AND h.held_to > :day",
        day=after,
    )
    found: dict[int, list[Listing]] = {}
    for service, begins, ends, held_from, held_to, linked_on in rows:
        since = held_from if linked_on is None else max(held_from, linked_on)
        if since < held_to:
            days = map(_day, (begins, ends, since, held_to))
            found.setdefault(service, []).append(Listing(*days))
    return found


def certificates_of(connection: sa.Connection, institution: int) -> list[Json]:
    """The certificates on file by service, with their source: what an order rests on."""
    rows = connection.execute(
        sa.select(
            services.c.name,
            qualifications.c.kind,
            qualifications.c.number,
            qualifications.c.valid_to,
            qualifications.c.source,
        )
        .select_from(qualification_services)
        .join(services, services.c.id == qualification_services.c.service)
        .join(qualifications, qualifications.c.id == qualification_services.c.qualification)
        .where(services.c.institution == institution, qualifications.c.held_to == OPEN_END)
        .order_by(services.c.id, qualifications.c.valid_to, qualifications.c.id)
    )
    return [
        {
            "service": row.name,
            "kind": row.kind,
            "number": row.number,
            "valid_to": row.valid_to.isoformat(),
            "source": row.source,
        }
        for row in rows
    ]
