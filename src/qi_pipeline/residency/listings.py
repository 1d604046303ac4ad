"""The present services of institutions with the certificates that list them, read in sets."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import (
    qualification_history,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.residency.coverage import Listing, Service


def services_of(
    connection: sa.Connection, ids: list[int], *, replaced_after: date | None = None
) -> dict[int, list[Service]]:
    """The present services of the institutions with the certificates on file that list them.

    With ``replaced_after`` also what certificates said that were updated after that day.
    """
    former = {} if replaced_after is None else _former(connection, ids, replaced_after)
    listings: dict[int, list[Listing]] = {}
    linked = (
        sa.select(
            qualification_services.c.service,
            qualifications.c.valid_from,
            qualifications.c.valid_to,
            qualifications.c.recorded_on,
        )
        .join(qualifications, qualifications.c.id == qualification_services.c.qualification)
        .join(services, services.c.id == qualification_services.c.service)
        .where(services.c.institution.in_(ids), qualifications.c.held_to == OPEN_END)
    )
    for service, valid_from, valid_to, recorded_on in connection.execute(linked):
        listings.setdefault(service, []).append(Listing(valid_from, valid_to, recorded_on))
    found: dict[int, list[Service]] = {}
    rows = connection.execute(
        sa.select(services.c.institution, services.c.id, services.c.name, services.c.suspended_on)
        .where(services.c.institution.in_(ids), services.c.held_to == OPEN_END)
        .order_by(services.c.id)
    )
    for row in rows:
        service = Service(
            row.id, row.name, tuple(listings.get(row.id, ())), row.suspended_on, tuple(former.get(row.id, ()))
        )
        found.setdefault(row.institution, []).append(service)
    return found


def _former(connection: sa.Connection, ids: list[int], after: date) -> dict[int, list[Listing]]:
    rows = connection.execute(
        sa.select(
            qualification_services.c.service,
            qualifications.c.valid_from,
            qualification_history.c.valid_to,
            qualification_history.c.held_from,
            qualification_history.c.held_to,
        )
        .select_from(qualifications)
        .join(qualification_history, qualification_history.c.qualification == qualifications.c.id)
        .join(qualification_services, qualification_services.c.qualification == qualifications.c.id)
        .where(qualifications.c.institution.in_(ids), qualification_history.c.held_to > after)
    )
    found: dict[int, list[Listing]] = {}
    for service, *term in rows:
        found.setdefault(service, []).append(Listing(*term))
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
