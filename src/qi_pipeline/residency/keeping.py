"""The lists that a night keeps: what ends soon, what is suspended, who stands in a public list.

A night changes in them what entered or left by its date, and what belongs to the institutions that it looked at. Read,
they are the answer, in order. A list by date alone (audits, profiles) needs no keeping: its index is the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records import bulk, words
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import stops
from qi_pipeline.records.registry_tables import RESIDENT

_STANDS = f"held_to = '{OPEN_END}'"
_CERTIFICATES = f"""
    SELECT q.valid_to, i.uscc, q.kind, q.number, 'q' || CAST(q.id AS TEXT), q.institution
    FROM qualifications q JOIN institutions i ON i.id = q.institution
    WHERE {RESIDENT} AND (
        EXISTS (
            SELECT 1 FROM services s JOIN qualification_services l ON l.service = s.id
            WHERE l.qualification = q.id AND s.covered_to <= q.valid_to)
        OR NOT EXISTS (SELECT 1 FROM qualification_services l WHERE l.qualification = q.id)
        AND NOT EXISTS (
            SELECT 1 FROM qualifications later
            WHERE later.institution = q.institution AND later.kind = q.kind AND later.{_STANDS}
            AND later.valid_to > q.valid_to))"""  # noqa: S608 - ours
"""Certificates of residents that are not followed by another."""
_LICENCES = f"""
    SELECT licence_valid_to, uscc, 'business_licence', '', 'l' || CAST(id AS TEXT), id FROM institutions
    WHERE {RESIDENT} AND licence_valid_to BETWEEN :first AND :last"""  # noqa: S608 - ours


def enter_endings(connection: sa.Connection, first: date, last: date, ids: Sequence[int] | None = None) -> None:
    """Nothing; what ends from ``first`` to ``last`` and is not followed is in the list, of these institutions or all.

    Followed (contract, section 8): every service that it lists is listed by one that ends later; without services, one
    of its kind ends later.
    """
    ending = f"valid_to BETWEEN :first AND :last AND {_STANDS}"
    if ids is None:
        # The index tells which they are; their rows are then read in turn, not by day: half the time.
        certificates = f"{_CERTIFICATES} AND q.id IN (SELECT id FROM qualifications WHERE {ending})"  # noqa: S608 - ours
        licences = _LICENCES
    else:
        these = words.numbers(ids)
        certificates = f"{_CERTIFICATES} AND q.institution IN ({these}) AND {ending}"
        licences = f"{_LICENCES} AND id IN ({these})"
    for found in (certificates, licences):
        # In the order in which the list is kept: it is written from end to end.
        columns = "valid_to, uscc, kind, number, about, institution"
        order = f"INSERT INTO night_endings ({columns}) {found} ORDER BY 1, 2, 3, 4, 5"
        words.tell(connection, order, first=first, last=last)


def drop_endings(connection: sa.Connection, before: date, after: date) -> None:
    """Nothing; what ended before the one day or ends after the other is off the list."""
    words.tell(connection, "DELETE FROM night_endings WHERE valid_to < :day", day=before)
    words.tell(connection, "DELETE FROM night_endings WHERE valid_to > :day", day=after)


def clear_endings(connection: sa.Connection) -> None:
    """Nothing; the list is empty."""
    words.tell(connection, "DELETE FROM night_endings")


def replace_endings(connection: sa.Connection, ids: Sequence[int], first: date, last: date) -> None:
    """Nothing; the list has what it should have of these institutions."""
    words.tell(connection, f"DELETE FROM night_endings WHERE institution IN ({words.numbers(ids)})")  # noqa: S608 - ours
    enter_endings(connection, first, last, ids)


def replace_stops(
    connection: sa.Connection, ids: Sequence[int], rows: Sequence[tuple[str, str, int, str, str | None]]
) -> None:
    """Nothing; of these institutions, what is suspended is ``rows``."""
    words.tell(connection, f"DELETE FROM night_stops WHERE institution IN ({words.numbers(ids)})")  # noqa: S608 - ours
    if rows:
        columns = ("uscc", "reason", "institution", "services", "deregisters_on")
        bulk.insert(connection, stops, columns, rows)


def replace_flags(connection: sa.Connection, ids: Sequence[int]) -> None:
    """Nothing; of these institutions, the residents that stand in a public list are kept."""
    of_these = f"uscc IN (SELECT uscc FROM institutions WHERE id IN ({words.numbers(ids)}))"  # noqa: S608 - ours
    words.tell(connection, f"DELETE FROM night_flags WHERE {of_these}")  # noqa: S608 - ours
    _enter_flags(connection, f" AND e.{of_these}")


def rebuild_flags(connection: sa.Connection) -> None:
    """Nothing; every resident that stands in a public list is kept: after a list was loaded."""
    words.tell(connection, "DELETE FROM night_flags")
    _enter_flags(connection)


def _enter_flags(connection: sa.Connection, further: str = "") -> None:
    # From the lists to the register: they are short beside it.
    words.tell(
        connection,
        "INSERT INTO night_flags (uscc) SELECT DISTINCT e.uscc FROM credit_entries e"  # noqa: S608 - ours
        f" WHERE EXISTS (SELECT 1 FROM institutions i WHERE i.uscc = e.uscc AND {RESIDENT}){further}",
    )
