"""The lists that a night keeps: what ends soon, what is suspended, who stands in a public list.

A night changes in them what entered or left by its date, and what belongs to the institutions that it looked at. Read,
they are the answer, in order. A list by date alone (audits, profiles) needs no keeping: its index is the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records import bulk
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import among, endings, flags, stops
from qi_pipeline.records.registry_tables import (
    RESIDENT,
    credit_entries,
    institutions,
    qualification_services,
    qualifications,
    services,
)

_COLUMNS = ["valid_to", "uscc", "kind", "number", "about", "institution"]


def enter_endings(connection: sa.Connection, first: date, last: date, ids: Sequence[int] | None = None) -> None:
    """Nothing; what ends from ``first`` to ``last`` and is not followed is in the list, of these institutions or all.

    Followed (contract, section 8): every service that it lists is listed by one that ends later; without services, one
    of its kind ends later.
    """
    later = qualifications.alias("later")
    of_it = qualification_services.c.qualification == qualifications.c.id
    last_of_a_service = sa.exists(
        sa.select(services.c.id)
        .join(qualification_services, qualification_services.c.service == services.c.id)
        .where(of_it, services.c.covered_to <= qualifications.c.valid_to)
        .correlate(qualifications)
    )
    lists_any = sa.exists(sa.select(qualification_services.c.service).where(of_it).correlate(qualifications))
    last_of_its_kind = ~sa.exists(
        sa.select(later.c.id)
        .where(later.c.institution == qualifications.c.institution, later.c.kind == qualifications.c.kind)
        .where(later.c.held_to == OPEN_END, later.c.valid_to > qualifications.c.valid_to)
        .correlate(qualifications)
    )
    certificates = (
        sa.select(
            qualifications.c.valid_to,
            institutions.c.uscc,
            qualifications.c.kind,
            qualifications.c.number,
            sa.literal("q", sa.Text) + sa.cast(qualifications.c.id, sa.Text),
            qualifications.c.institution,
        )
        .join(institutions, institutions.c.id == qualifications.c.institution)
        .where(RESIDENT, sa.or_(last_of_a_service, sa.and_(~lists_any, last_of_its_kind)))
    )
    licences = sa.select(
        institutions.c.licence_valid_to,
        institutions.c.uscc,
        sa.literal("business_licence", sa.Text),
        sa.literal("", sa.Text),
        sa.literal("l", sa.Text) + sa.cast(institutions.c.id, sa.Text),
        institutions.c.id,
    ).where(RESIDENT, institutions.c.licence_valid_to.between(first, last))
    if ids is None:
        # The index tells which they are; their rows are then read in turn, not by day: half the time.
        ending = qualifications.alias("ending")
        numbers = sa.select(ending.c.id).where(ending.c.valid_to.between(first, last), ending.c.held_to == OPEN_END)
        certificates = certificates.where(qualifications.c.id.in_(numbers))
    else:
        certificates = certificates.where(
            among(qualifications.c.institution, ids),
            qualifications.c.valid_to.between(first, last),
            qualifications.c.held_to == OPEN_END,
        )
        licences = licences.where(among(institutions.c.id, ids))
    for found in (certificates, licences):
        in_order = found.order_by(sa.text("1, 2, 3, 4, 5"))  # as the list is kept: it is written from end to end
        connection.execute(sa.insert(endings).from_select(_COLUMNS, in_order, include_defaults=False))


def drop_endings(connection: sa.Connection, before: date, after: date) -> None:
    """Nothing; what ended before the one day or ends after the other is off the list."""
    connection.execute(sa.delete(endings).where(endings.c.valid_to < before))
    connection.execute(sa.delete(endings).where(endings.c.valid_to > after))


def clear_endings(connection: sa.Connection) -> None:
    """Nothing; the list is empty."""
    connection.execute(sa.delete(endings))


def replace_endings(connection: sa.Connection, ids: Sequence[int], first: date, last: date) -> None:
    """Nothing; the list has what it should have of these institutions."""
    connection.execute(sa.delete(endings).where(among(endings.c.institution, ids)))
    enter_endings(connection, first, last, ids)


def replace_stops(
    connection: sa.Connection, ids: Sequence[int], rows: Sequence[tuple[str, str, int, str, str | None]]
) -> None:
    """Nothing; of these institutions, what is suspended is ``rows``."""
    connection.execute(sa.delete(stops).where(among(stops.c.institution, ids)))
    if rows:
        columns = ("uscc", "reason", "institution", "services", "deregisters_on")
        bulk.insert(connection, stops, columns, rows)


def replace_flags(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Nothing; of these institutions, the residents that stand in a public list are kept."""
    of_these = sa.select(institutions.c.uscc).where(among(institutions.c.id, ids))
    connection.execute(sa.delete(flags).where(flags.c.uscc.in_(of_these)))
    _enter_flags(connection, credit_entries.c.uscc.in_(of_these))


def rebuild_flags(connection: sa.Connection) -> None:
    """Nothing; every resident that stands in a public list is kept: after a list was loaded."""
    connection.execute(sa.delete(flags))
    _enter_flags(connection)


def _enter_flags(connection: sa.Connection, *of_entries: sa.ColumnElement[bool]) -> None:
    # From the lists to the register: they are short beside it.
    resident = sa.exists(
        sa.select(institutions.c.id)
        .where(institutions.c.uscc == credit_entries.c.uscc, RESIDENT)
        .correlate(credit_entries)
    )
    found = sa.select(credit_entries.c.uscc).distinct().where(resident, *of_entries)
    connection.execute(sa.insert(flags).from_select(["uscc"], found, include_defaults=False))
