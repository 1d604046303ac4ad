"""The register as it is and as it was on any day: snapshots for admission, lists and look-ups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.facts import RESIDENT_STATES, KnownQualification, RegistrySnapshot
from qi_pipeline.records import database
from qi_pipeline.records.columns import OPEN_END, Row, shown
from qi_pipeline.records.history import listed_on
from qi_pipeline.records.registry_tables import (
    institution_history,
    institutions,
    orders,
    qualification_history,
    qualifications,
    services,
)
from qi_pipeline.records.rows import CLOSED, InstitutionRow, InstitutionState

_FULL_WIDTH = str.maketrans("()", "（）")
_SQUARE = str.maketrans("()", "[]")
"""Brackets as a register may have them in a name that is compared with one kind of bracket."""
_COLUMNS = [institutions.c[field.name] for field in fields(InstitutionRow)]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionFilter:
    """Which institutions to list; None does not filter."""

    state: InstitutionState | None = None
    category: str | None = None
    expiring_by: date | None = None
    """With a certificate or licence that ends on this day or before, and has not ended before today's list."""
    limit: int | None = None


def snapshot(connection: sa.Connection, uscc: str, as_of: date) -> RegistrySnapshot:
    """What the register held of the institution on that day; unknown before it was admitted."""
    known = connection.execute(sa.select(institutions).where(institutions.c.uscc == uscc)).one_or_none()
    if known is None:
        return RegistrySnapshot(uscc=uscc)
    facts = known
    if known.held_from > as_of:
        then = connection.execute(
            sa.select(institution_history).where(
                institution_history.c.institution == known.id,
                institution_history.c.held_from <= as_of,
                institution_history.c.held_to > as_of,
            )
        ).one_or_none()
        if then is None:
            return RegistrySnapshot(uscc=uscc)
        facts = then
    left = _left(connection, known.id, as_of) if facts.state in CLOSED else None
    return RegistrySnapshot(
        left_on=left.made_on if left else None,
        left_by=left.number if left else None,
        state=facts.state,
        name=facts.name,
        uscc=uscc,
        legal_representative=facts.legal_representative or None,
        address=facts.address or None,
        category=facts.category,
        licence_valid_to=shown(facts.licence_valid_to),
        qualifications=tuple(_qualifications(connection, known.id, as_of)),
        standards=_standards(connection, known.id, as_of),
    )


def _standards(connection: sa.Connection, row_id: int, as_of: date) -> dict[str, tuple[str, ...]]:
    """The standards with which an application brought each service; a roster names none."""
    rows = connection.execute(
        sa.select(services.c.name, services.c.standards)
        .where(services.c.institution == row_id, services.c.item.is_not(None))
        .where(services.c.held_from <= as_of, services.c.held_to > as_of)
    )
    return {name: tuple(str(each) for each in standards or ()) for name, standards in rows}


def _left(connection: sa.Connection, row_id: int, as_of: date) -> Row | None:
    """The order by which the institution left last."""
    return connection.execute(
        sa.select(orders.c.number, orders.c.made_on)
        .where(orders.c.institution == row_id, orders.c.made_on <= as_of)
        .order_by(orders.c.made_on.desc(), orders.c.number.desc())
    ).first()


def _qualifications(connection: sa.Connection, row_id: int, as_of: date) -> list[KnownQualification]:
    names = listed_on(connection, row_id, as_of)
    then = {
        row.qualification: row
        for row in connection.execute(
            sa.select(qualification_history)
            .join(qualifications, qualifications.c.id == qualification_history.c.qualification)
            .where(
                qualifications.c.institution == row_id,
                qualification_history.c.held_from <= as_of,
                qualification_history.c.held_to > as_of,
            )
        )
    }
    found = []
    rows = connection.execute(
        sa.select(qualifications).where(qualifications.c.institution == row_id).order_by(qualifications.c.id)
    )
    for row in rows:
        holds = row.held_from <= as_of < row.held_to
        facts = row if holds else then.get(row.id)
        if facts is None:
            continue
        found.append(
            KnownQualification(
                kind=row.kind,
                number=row.number or None,
                issuing_authority=facts.issuing_authority or None,
                valid_from=shown(row.valid_from),
                valid_to=shown(facts.valid_to),
                services=tuple(names.get(row.id, ())),
            )
        )
    return found


def listed(connection: sa.Connection, wanted: InstitutionFilter) -> list[InstitutionRow]:
    """The institutions that pass the filter, by USCC."""
    query = sa.select(*_COLUMNS).order_by(institutions.c.uscc)
    if wanted.state is not None:
        query = query.where(institutions.c.state == wanted.state)
    if wanted.category is not None:
        query = query.where(institutions.c.category == wanted.category)
    if wanted.expiring_by is not None:
        ending = (
            sa.exists()
            .where(qualifications.c.institution == institutions.c.id)
            .where(qualifications.c.held_to == OPEN_END, qualifications.c.valid_to <= wanted.expiring_by)
        )
        query = query.where(sa.or_(ending, institutions.c.licence_valid_to <= wanted.expiring_by))
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return [_row(row) for row in connection.execute(query)]


def get(connection: sa.Connection, uscc: str) -> InstitutionRow | None:
    """The institution with this USCC, as the register holds it now."""
    found = connection.execute(sa.select(*_COLUMNS).where(institutions.c.uscc == uscc)).one_or_none()
    return None if found is None else _row(found)


def resident_named(engine: sa.Engine, name: str, numbers: Collection[tuple[str, str]]) -> str | None:
    """The USCC of the one resident of this folded name; None when there is none, or several that can't be told apart.

    Of namesakes it is the one that has, alone, a certificate of one of the kinds and ``numbers`` on file.
    """
    spellings = {name, name.translate(_FULL_WIDTH), name.translate(_SQUARE)}
    query = sa.select(institutions.c.id, institutions.c.uscc).where(
        institutions.c.name.in_(spellings), institutions.c.state.in_(RESIDENT_STATES)
    )
    with database.reading(engine) as connection:
        found = connection.execute(query).all()
        if len(found) > 1:
            held = connection.execute(
                sa.select(qualifications.c.institution, qualifications.c.kind, qualifications.c.number).where(
                    qualifications.c.institution.in_([row.id for row in found])
                )
            ).all()
            own = {row.institution for row in held if (row.kind, row.number) in numbers}
            found = [row for row in found if row.id in own]
    return str(found[0].uscc) if len(found) == 1 else None


def _row(row: Row) -> InstitutionRow:
    values = dict(row._mapping)
    values["licence_valid_to"] = shown(values["licence_valid_to"])
    return InstitutionRow(**values)
