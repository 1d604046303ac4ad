"""Which services of an institution are qualified on a day, and when it has to be deregistered (clause 4.2).

Pure functions over the certificates that list services. A certificate is valid on its last day and expired the day
after; a renewal on file whose first day lies ahead does not qualify yet, but nobody is deregistered who holds one. One
that was taken off the file, or no longer lists a service, is a listing that ended the day before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)


class Listing(NamedTuple):  # a night makes hundreds of thousands; a dataclass costs four times as much
    """One certificate on file that lists a service: its term and the days on which it was on file."""

    valid_from: date
    valid_to: date
    recorded_on: date
    replaced_on: date = date.max
    """The day on which other facts took its place; the last day there is while it stands."""


class Service(NamedTuple):
    """One service of an institution with every certificate that lists it; none: nothing is required of it."""

    id: int
    name: str
    listings: tuple[Listing, ...]
    suspended_on: date | None
    """First day of its present suspension, as the register knows it."""
    former: tuple[Listing, ...] = ()
    """What its certificates said before they were updated."""
    offered_from: date = date.min
    """The day from which the institution offers it."""


def qualified(service: Service, day: date) -> bool:
    """Whether the service may be offered on ``day`` as far as certificates go.

    >>> one = Listing(date(2020, 1, 1), date(2026, 3, 1), date(2020, 1, 1))
    >>> qualified(Service(1, "a", (one,), None), date(2026, 3, 1))
    True
    >>> qualified(Service(1, "a", (one,), None), date(2026, 3, 2))
    False
    """
    return not service.listings or any(each.valid_from <= day <= each.valid_to for each in service.listings)


def lapsed_on(service: Service, day: date) -> date:
    """The first day of the stretch without a valid certificate in which ``day`` lies."""
    return max((each.valid_to for each in service.listings if each.valid_to < day), default=date.min) + _DAY


def last_day(service: Service) -> date:
    """The last day on which any certificate on file that lists the service is valid."""
    return max(each.valid_to for each in service.listings)


def deregisters_on(services: Sequence[Service], grace: int) -> date | None:
    """The day from which the institution is deregistered if no renewal comes; None while that can't happen.

    It can't where nothing is listed, where a service needs no certificate, or where one is long-term.
    """
    if not services or any(not service.listings for service in services):
        return None
    last = max(last_day(service) for service in services)
    return None if last >= date.max - timedelta(days=grace + 1) else last + timedelta(days=grace + 1)


def is_renewed_ahead(services: Iterable[Service], day: date) -> bool:
    """Whether a certificate on file begins after ``day``: a renewal came, and no day of leaving is told."""
    return any(each.valid_from > day for service in services for each in service.listings)


def next_change(services: Sequence[Service], grace: int, licence_valid_to: date, as_of: date) -> date:
    """The last day, from ``as_of`` on, on which all is as it was brought to on ``as_of`` if nothing is written.

    The day after it a certificate has ended or begun, the licence has ended, or the grace is over.
    """
    found = [licence_valid_to] if licence_valid_to >= as_of else []
    for service in services:
        for each in service.listings:
            if each.valid_to >= as_of:
                found.append(each.valid_to)
            if each.valid_from > as_of:
                found.append(each.valid_from - _DAY)
    due = deregisters_on(services, grace)
    if due is not None and due > as_of:
        found.append(due - _DAY)
    return min(found, default=date.max)


def deregistered_on(services: Sequence[Service], grace: int, after: date | None, as_of: date) -> date | None:
    """The night that deregisters the institution, had every night after ``after`` up to ``as_of`` been run.

    A certificate that came on file after that night came too late. What a clock ahead of the as-of date recorded is on
    file for every one of these nights. ``after`` None: the first night there is, so none was missed.
    """
    first = as_of if after is None else min(after + _DAY, as_of)
    soonest = as_of - timedelta(days=grace)
    if any(
        each.valid_to >= soonest and not first < each.recorded_on <= as_of
        for service in services
        for each in service.listings
    ):
        return None  # on file in every one of these nights, and its grace was over in none
    turns = {each.recorded_on for service in services for each in (*service.listings, *service.former)}
    turns |= {each.replaced_on for service in services for each in service.former}
    turns |= {service.offered_from for service in services}
    starts = [first, *sorted(day for day in turns if first < day <= as_of)]
    for start, following in zip(starts, [*starts[1:], as_of + _DAY], strict=True):
        due = deregisters_on(on_file(services, start, as_of), grace)
        if due is not None and max(due, start) < following:
            return max(due, start)
    return None


def on_file(services: Iterable[Service], day: date, as_of: date) -> list[Service]:
    """The services that were offered on ``day``, with the certificates that were on file; as a night then knew them.

    What a clock ahead of the as-of date recorded is on file on every day.
    """
    known = []
    for service in services:
        if not (service.offered_from <= day or service.offered_from > as_of):
            continue
        listings = tuple(each for each in service.listings if each.recorded_on <= day or each.recorded_on > as_of)
        listings += tuple(each for each in service.former if each.recorded_on <= day < each.replaced_on <= as_of)
        known.append(Service(service.id, service.name, listings, service.suspended_on))
    return known
