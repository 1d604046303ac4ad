"""The present services of institutions with the certificates that list them, read in sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import (
    qualification_history,
    qualification_service_history,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.residency.coverage import Listing, Service

_DAY = timedelta(days=1)


class _TakenOff(NamedTuple):
    """A certificate that lists a service no longer, or is off the file."""

    service: int
    valid_from: date
    valid_to: date
    recorded_on: date
    off_on: date


def services_of(
    connection: sa.Connection, ids: Sequence[int], as_of: date, *, replaced_after: date | None = None
) -> dict[int, list[Service]]:
    """The present services of the institutions, by institution, with the certificates that list or listed them.

    With ``replaced_after`` also what certificates said that were updated after that day.
    """
    former = {} if replaced_after is None else _former(connection, ids, replaced_after)
    listings: dict[int, list[Listing]] = {}
    taken_off: list[_TakenOff] = []
    listed = (
        sa.select(
            qualification_services.c.service,
            qualifications.c.valid_from,
            qualifications.c.valid_to,
            qualifications.c.recorded_on,
            qualification_services.c.held_from,
            qualifications.c.held_to,
        )
        .select_from(services)
        .join(qualification_services, qualification_services.c.service == services.c.id)
        .join(qualifications, qualifications.c.id == qualification_services.c.qualification)
        .where(among(services.c.institution, ids))
    )
    for service, begins, ends, recorded_on, linked_on, off_on in connection.execute(listed).all():
        since = recorded_on if linked_on is None else max(recorded_on, linked_on)
        if off_on == OPEN_END:
            listings.setdefault(service, []).append(Listing(begins, ends, since))
        else:
            taken_off.append(_TakenOff(service, begins, ends, since, off_on))
    narrowed = (
        sa.select(
            qualification_service_history.c.service,
            qualifications.c.valid_from,
            qualifications.c.valid_to,
            sa.func.coalesce(qualification_service_history.c.held_from, qualifications.c.recorded_on),
            qualification_service_history.c.held_to,
        )
        .select_from(services)
        .join(qualification_service_history, qualification_service_history.c.service == services.c.id)
        .join(qualifications, qualifications.c.id == qualification_service_history.c.qualification)
        .where(among(services.c.institution, ids))
    )
    taken_off += [_TakenOff(*row) for row in connection.execute(narrowed)]
    found: dict[int, list[Service]] = {}
    present = sa.select(
        services.c.institution, services.c.id, services.c.name, services.c.suspended_on, services.c.held_from
    )
    rows = connection.execute(
        present.where(among(services.c.institution, ids), services.c.held_to == OPEN_END).order_by(services.c.id)
    ).all()
    ended: dict[int, list[_TakenOff]] = {}
    for each in taken_off:
        ended.setdefault(each.service, []).append(each)
    for owner, number, name, suspended_on, offered_from in rows:
        listed_by = tuple(listings.get(number, ()))
        if number in ended:
            listed_by = _with_ended(listed_by, ended[number], suspended_on, as_of)
        found.setdefault(owner, []).append(
            Service(number, name, listed_by, suspended_on, tuple(former.get(number, ())), offered_from)
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
    rows = connection.execute(
        sa.select(
            qualification_services.c.service,
            qualifications.c.valid_from,
            qualification_history.c.valid_to,
            qualification_history.c.held_from,
            qualification_history.c.held_to,
            qualification_services.c.held_from,
        )
        .select_from(qualifications)
        .join(qualification_history, qualification_history.c.qualification == qualifications.c.id)
        .join(qualification_services, qualification_services.c.qualification == qualifications.c.id)
        .where(among(qualifications.c.institution, ids), qualification_history.c.held_to > after)
    )
    found: dict[int, list[Listing]] = {}
    for service, begins, ends, held_from, held_to, linked_on in rows:
        since = held_from if linked_on is None else max(held_from, linked_on)
        if since < held_to:
            found.setdefault(service, []).append(Listing(begins, ends, since, held_to))
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
