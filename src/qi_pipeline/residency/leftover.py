"""Leftover issues (遗留问题, 5.3 and 7.4): opened, assigned, settled; none may be open when an institution leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night
from qi_pipeline.records.registry_tables import institutions, leftovers
from qi_pipeline.records.store import Store
from qi_pipeline.residency.standing import known, refuse_after_leaving


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """One leftover issue."""

    id: int
    uscc: str
    text: str
    assigned_to: str | None
    opened_on: date
    settled_on: date | None
    note: str | None

    def to_json(self) -> dict[str, Json]:
        """The issue as commands print it."""
        return {
            "id": self.id,
            "uscc": self.uscc,
            "text": self.text,
            "assigned_to": self.assigned_to,
            "opened_on": self.opened_on.isoformat(),
            "settled_on": self.settled_on.isoformat() if self.settled_on else None,
            "note": self.note,
        }


def open_issue(store: Store, uscc: str, text: str, *, on: date, assigned_to: str | None = None) -> Leftover:
    """The issue, on record; also of an institution that has left, but not for a day on which it was still there.

    Its order says that nothing was open (5.3, 7.4), or what was (7.5).
    """
    if not text.strip():
        raise UsageError("a leftover issue needs to say what it is; give --text")
    with store.write() as (connection, happened):
        row = known(connection, uscc)
        refuse_after_leaving(connection, row, on)
        number = connection.execute(
            sa.insert(leftovers)
            .values(institution=row.id, text=text, assigned_to=assigned_to, opened_on=on)
            .returning(leftovers.c.id)
        ).scalar_one()
        said: dict[str, Json] = {"id": number, "text": text, "assigned_to": assigned_to, "on": on.isoformat()}
        said |= after_night(connection, on)
        happened.append(Event(kind="leftover.opened", subject=row.uscc, data=said))
        return _issue(_get(connection, number))


def assign(store: Store, number: int, to: str, *, on: date) -> Leftover:
    """The issue, assigned; refused once it is settled."""
    with store.write() as (connection, happened):
        row = _open(connection, number)
        connection.execute(sa.update(leftovers).where(leftovers.c.id == number).values(assigned_to=to))
        said: dict[str, Json] = {"id": number, "to": to, "on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind="leftover.assigned", subject=row.uscc, data=said))
        return _issue(_get(connection, number))


def settle(store: Store, number: int, *, on: date, note: str | None = None) -> Leftover:
    """The issue, settled; refused once it is, and on a day before it was opened."""
    with store.write() as (connection, happened):
        row = _open(connection, number)
        if on < row.opened_on:
            raise UsageError(f"leftover issue {number} was opened on {row.opened_on}; it can't be settled before")
        connection.execute(sa.update(leftovers).where(leftovers.c.id == number).values(settled_on=on, note=note))
        said: dict[str, Json] = {"id": number, "note": note, "on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind="leftover.settled", subject=row.uscc, data=said))
        return _issue(_get(connection, number))


def listed(store: Store, uscc: str | None = None, *, settled_too: bool = False) -> list[Leftover]:
    """The open issues, of one institution or of all, oldest first."""
    query = _select().order_by(leftovers.c.id)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc.strip().upper())
    if not settled_too:
        query = query.where(leftovers.c.settled_on.is_(None))
    with database.reading(store.engine) as connection:
        return [_issue(row) for row in connection.execute(query)]


def _select() -> sa.Select[tuple[object, ...]]:
    columns = [leftovers.c[name] for name in ("id", "text", "assigned_to", "opened_on", "settled_on", "note")]
    return sa.select(*columns, institutions.c.uscc).join(institutions, institutions.c.id == leftovers.c.institution)


def _get(connection: sa.Connection, number: int) -> Row:
    row = connection.execute(_select().where(leftovers.c.id == number)).one_or_none()
    if row is None:
        raise UsageError(f"there is no leftover issue {number}; see `qi-pipeline leftover list --all`")
    return row


def _open(connection: sa.Connection, number: int) -> Row:
    row = _get(connection, number)
    if row.settled_on is not None:
        raise UsageError(f"leftover issue {number} was settled on {row.settled_on}; open a new one")
    return row


def _issue(row: Row) -> Leftover:
    return Leftover(**row._mapping)
