"""The present services of institutions with the certificates that list them, read in sets."""

from __future__ import annotations

import sqlalchemy as sa

from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import qualification_services, qualifications, services
from qi_pipeline.residency.coverage import Listing, Service


def services_of(connection: sa.Connection, ids: list[int]) -> dict[int, list[Service]]:
    """The present services of the institutions with the certificates on file that list them."""
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
        service = Service(row.id, row.name, tuple(listings.get(row.id, ())), row.suspended_on)
        found.setdefault(row.institution, []).append(service)
    return found
