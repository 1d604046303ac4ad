"""What a renewal replaces (延续, 4.2): the certificate before it goes off the file, with its history kept.

A certificate takes the place of another of its kind when it ends later, is valid already and lists every service that
the other lists; by the same number, or because the packet is a renewal and no third certificate of the kind is
on file. One whose first day lies ahead replaces nothing yet: until then the other is what qualifies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import changes, history
from qi_pipeline.records.columns import OPEN_END, Row
from qi_pipeline.records.registry_tables import qualification_services, qualifications

_BY_INSTRUMENT = "calibration_certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A certificate that went off the file for another."""

    kind: str
    number: str
    term: str
    by: str
    """Number of the certificate that took its place."""

    def said(self, on: date) -> dict[str, Json]:
        """What goes into the log."""
        return {"kind": self.kind, "number": self.number, "term": self.term, "by": self.by, "on": on.isoformat()}


def replace(connection: sa.Connection, written: int, *, renewal: bool, on: date) -> list[Replaced]:
    """The certificates off the file since the one in row ``written`` is on it."""
    new = connection.execute(sa.select(qualifications).where(qualifications.c.id == written)).one()
    if new.valid_from > on or new.held_to != OPEN_END:
        return []
    others = connection.execute(
        sa.select(qualifications)
        .where(qualifications.c.institution == new.institution, qualifications.c.kind == new.kind)
        .where(qualifications.c.held_to == OPEN_END, qualifications.c.id != new.id)
        .where(qualifications.c.valid_to < new.valid_to, qualifications.c.recorded_on <= on)
    ).all()
    found = []
    for old in others:
        alone = renewal and len(others) == 1 and new.kind != _BY_INSTRUMENT
        same = bool(new.number) and old.number == new.number
        if (same or alone) and _services(connection, old.id) <= _services(connection, new.id):
            _retire(connection, old, new.id, on)
            found.append(
                Replaced(
                    kind=old.kind,
                    number=old.number,
                    term=changes.term(old.valid_from, old.valid_to),
                    by=new.number,
                )
            )
    return found


def _retire(connection: sa.Connection, old: Row, by: int, on: date) -> None:
    if old.held_from < on:  # what a missed night has to know of it stands in the history
        history.keep_certificate(connection, old, on)
    connection.execute(
        sa.update(qualifications).where(qualifications.c.id == old.id).values(held_to=on, replaced_by=by)
    )


def _services(connection: sa.Connection, qualification: int) -> set[int]:
    found: Sequence[int] = (
        connection.execute(
            sa.select(qualification_services.c.service).where(qualification_services.c.qualification == qualification)
        )
        .scalars()
        .all()
    )
    return set(found)
