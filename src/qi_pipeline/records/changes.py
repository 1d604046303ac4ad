"""Change records (变更, 5.2.3): what differs from the register, before and after, and the paper behind each.

A change is ``reported`` when a packet of the institution brought it, ``late`` when that was longer after the new
licence was issued than policy allows, ``noticed`` when a roster did, and
``unconfirmed`` when a public list names the institution otherwise than the register, which stays as it is. It is
``corrected`` when a person read a paper otherwise than the machine had, from which the register took it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row
from qi_pipeline.records.registry_tables import (
    changes,
    credit_entries,
    credit_loads,
    institution_history,
    institutions,
    qualifications,
)

REPORTED = ("name", "address", "legal_representative", "licence_valid_to")
"""Facts of an institution whose change clause 5.2.3 wants reported; certificates are the other part of it."""

_ROSTER = "roster:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change record."""

    field: str
    """``name``, ``address``, ``legal_representative``, ``licence_valid_to`` or ``qualification``."""
    about: str | None
    """Kind and number of the certificate, for a change of qualification."""
    before: str | None
    after: str | None
    noticed_on: date
    state: str
    source: str
    """The packet or the list."""
    paper: str | None
    """The file and page, or the row of the list."""
    corrected_by: str | None
    """Who read the paper otherwise than the machine had; None where nobody did."""

    def to_json(self) -> dict[str, Json]:
        """The change as commands print it."""
        return {
            "field": self.field,
            "about": self.about,
            "before": self.before,
            "after": self.after,
            "noticed_on": self.noticed_on.isoformat(),
            "state": self.state,
            "source": self.source,
            "paper": self.paper,
            "corrected_by": self.corrected_by,
        }


_COLUMNS = [changes.c[field.name] for field in fields(Change)]


def record(
    connection: sa.Connection,
    row_id: int,
    changed: Mapping[str, tuple[object, object]],
    on: date,
    source: str,
    papers: Mapping[str, str] | None = None,
    *,
    late: Collection[str] = (),
    corrected_by: Mapping[str, str] | None = None,
) -> None:
    """Nothing; changes of the facts of 5.2.3 are on record, each with its paper, and those named ``late`` came late.

    ``corrected_by``: who read each fact on its paper otherwise than the machine had.
    """
    read_by = corrected_by or {}
    rows = [
        {
            **_row(row_id, name, on, source),
            **({"state": "late"} if name in late else {}),
            "before": _text(before),
            "after": _text(after),
            "paper": (papers or {}).get(name),
            "corrected_by": None,
            **(_corrected(read_by[name]) if name in read_by else {}),
        }
        for name, (before, after) in changed.items()
        if name in REPORTED
    ]
    if rows:
        connection.execute(sa.insert(changes), rows)


def record_qualification(
    connection: sa.Connection,
    row_id: int,
    *,
    about: str,
    before: str | None,
    after: str | None,
    on: date,
    source: str,
    paper: str | None = None,
    corrected_by: str | None = None,
) -> None:
    """Nothing; that a certificate came, changed, took the place of another or was misread is on record."""
    values = _row(row_id, "qualification", on, source) | {"paper": paper}
    if corrected_by is not None:
        values |= _corrected(corrected_by)
    connection.execute(sa.insert(changes).values(**values, about=about, before=before, after=after))


def term(valid_from: date, valid_to: date, authority: str = "") -> str:
    """A certificate's term as change records show it: an ISO interval with ``..`` for an open end.

    >>> term(date(2023, 1, 1), OPEN_END)
    '2023-01-01/..'
    """
    ends = ["" if day in (OPEN_START, OPEN_END) else day.isoformat() for day in (valid_from, valid_to)]
    said = "/".join(end or ".." for end in ends)
    return f"{said} {authority}".rstrip()


def after_roster(
    connection: sa.Connection,
    source: str,
    on: date,
    institution_table: str | None,
    qualification_table: str | None,
    *,
    known_before: int,
) -> None:
    """Nothing; certificates that a roster added to institutions of the register are on record as changes.

    What a roster loads for the first time has held before and is no change, also where the certificates come after
    the institutions. Only what the import added is looked at: certificates numbered above ``known_before``, the
    highest there was. Each record names the row of the list.
    """
    if known_before:
        _report_added(connection, source, on, known_before)
    code = sa.select(institutions.c.uscc).where(institutions.c.id == changes.c.institution).scalar_subquery()
    own = changes.c.field == "qualification"
    for table, which in ((institution_table, ~own), (qualification_table, own)):
        connection.execute(
            sa.update(changes)
            .where(changes.c.source == source, changes.c.paper.is_(None), which)
            .values(paper=sa.literal(f"{table}: ", sa.Text) + code)
        )


def _report_added(connection: sa.Connection, source: str, on: date, known_before: int) -> None:
    day = {
        name: sa.case((column.in_((OPEN_START, OPEN_END)), sa.literal("..", sa.Text)), else_=sa.cast(column, sa.Text))
        for name, column in (("from", qualifications.c.valid_from), ("to", qualifications.c.valid_to))
    }
    added = sa.select(
        qualifications.c.institution,
        sa.literal("qualification", sa.String),
        qualifications.c.kind + " " + qualifications.c.number,
        sa.null(),
        day["from"] + "/" + day["to"],
        sa.literal(on, sa.Date),
        sa.literal(source, sa.Text),
        sa.literal("noticed", sa.String),
    ).where(
        qualifications.c.id > known_before,
        qualifications.c.held_from == on,
        qualifications.c.source == source,
        ~sa.exists(
            sa.select(changes.c.id)
            .where(changes.c.source == source, changes.c.institution == qualifications.c.institution)
            .where(changes.c.about == qualifications.c.kind + " " + qualifications.c.number)
            .correlate(qualifications)
        ),
    )
    names = ["institution", "field", "about", "before", "after", "noticed_on", "source", "state"]
    connection.execute(sa.insert(changes).from_select(names, added))


def after_credit_list(connection: sa.Connection, kind: str, on: date) -> None:
    """Nothing; institutions that the list just loaded names otherwise than the register are on record, once each.

    The register stays as it is: a list may print a former name. A name that the register knows from before is none.
    """
    load = sa.select(sa.func.max(credit_loads.c.id)).where(credit_loads.c.list == kind).scalar_subquery()
    former = sa.exists(
        sa.select(institution_history.c.id)
        .where(institution_history.c.institution == institutions.c.id)
        .where(institution_history.c.name == credit_entries.c.name)
        .correlate(institutions, credit_entries)
    )
    said = sa.exists(
        sa.select(changes.c.id)
        .where(changes.c.institution == institutions.c.id, changes.c.field == "name")
        .where(changes.c.after == credit_entries.c.name)
        .correlate(institutions, credit_entries)
    )
    found = (
        sa.select(
            institutions.c.id,
            sa.literal("name", sa.String),
            institutions.c.name,
            credit_entries.c.name,
            sa.literal(on, sa.Date),
            credit_loads.c.source,
            sa.literal(f"{kind}: ", sa.Text) + institutions.c.uscc,
            sa.literal("unconfirmed", sa.String),
        )
        .distinct()
        .select_from(credit_entries)
        .join(institutions, institutions.c.uscc == credit_entries.c.uscc)
        .join(credit_loads, credit_loads.c.id == credit_entries.c.load)
        .where(credit_entries.c.load == load, credit_entries.c.name != "")
        .where(credit_entries.c.name != institutions.c.name, ~former, ~said)
    )
    names = ["institution", "field", "before", "after", "noticed_on", "source", "paper", "state"]
    connection.execute(sa.insert(changes).from_select(names, found))


def changes_of(connection: sa.Connection, uscc: str) -> list[Change]:
    """The change records of the institution, oldest first."""
    query = (
        sa.select(*_COLUMNS)
        .join(institutions, institutions.c.id == changes.c.institution)
        .where(institutions.c.uscc == uscc)
        .order_by(changes.c.noticed_on, changes.c.id)
    )
    return [_change(row) for row in connection.execute(query)]


def _row(row_id: int, field: str, on: date, source: str) -> dict[str, object]:
    state = "noticed" if source.startswith(_ROSTER) else "reported"
    return {"institution": row_id, "field": field, "noticed_on": on, "source": source, "state": state}


def _corrected(by: str) -> dict[str, object]:
    return {"state": "corrected", "corrected_by": by or None}


def _text(value: object) -> str | None:
    if value is None or value in (OPEN_START, OPEN_END):
        return None
    return str(value)


def _change(row: Row) -> Change:
    return Change(**row._mapping)
