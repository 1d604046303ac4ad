"""Complaints (投诉, 7.2 and 7.3): received, investigated, forwarded, answered, and closed with the complainant told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night
from qi_pipeline.records.registry_tables import complaints, institutions
from qi_pipeline.records.store import Store
from qi_pipeline.residency.entering import refuse_undoing_overdue
from qi_pipeline.residency.numbering import next_number
from qi_pipeline.residency.standing import known

CHANNELS = ("phone", "web", "service_point", "letter")
"""How a complaint comes in: 电话, 网络, 服务点, 信函."""

STATES = ("received", "investigating", "forwarded", "answered", "closed")
"""The states of a complaint, in the order in which it goes through them."""

_NEEDS = {"forwarded": "what the investigation found", "answered": "what the institution replied"}
"""What has to be said when a complaint comes into a state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint."""

    number: str
    respondent: str
    """USCC of the institution complained of."""
    channel: str
    type: str
    text: str
    state: str
    received_on: date
    answered_on: date | None
    told_on: date | None
    closed_on: date | None
    investigation: str | None
    """What the platform's own investigation found."""
    answer: str | None
    """What the institution replied."""
    forwarded_on: date | None

    def due_on(self, days: int) -> date:
        """The last day on which it may be open without being overdue."""
        return self.received_on + timedelta(days=days)

    def to_json(self, days: int, as_of: date) -> dict[str, Json]:
        """The complaint as commands print it."""
        due = self.due_on(days)
        names = ("received_on", "forwarded_on", "answered_on", "told_on", "closed_on")
        moments = {name: getattr(self, name) for name in names}
        return {
            "number": self.number,
            "respondent": self.respondent,
            "channel": self.channel,
            "type": self.type,
            "text": self.text,
            "state": self.state,
            "investigation": self.investigation,
            "answer": self.answer,
            **{name: day.isoformat() if day else None for name, day in moments.items()},
            "due_on": due.isoformat(),
            "overdue": self.state != "closed" and as_of > due,
        }


def receive(store: Store, uscc: str, *, channel: str, type_: str, text: str, on: date) -> Complaint:
    """The complaint, on record under its number; refused without a respondent in the register, a type or a text."""
    if channel not in CHANNELS:
        raise UsageError(f"channel {channel!r} is none of {', '.join(CHANNELS)}")
    if not (type_.strip() and text.strip()):
        raise UsageError("a complaint needs its type and its text (clause 7.3); give --type and --text")
    with store.write() as (connection, happened):
        row = known(connection, uscc)
        number = next_number(connection, "TS", on.year)
        connection.execute(
            sa.insert(complaints).values(
                number=number,
                institution=row.id,
                channel=channel,
                type=type_,
                text=text,
                state="received",
                received_on=on,
            )
        )
        said: dict[str, Json] = {"number": number, "channel": channel, "type": type_, "on": on.isoformat()}
        said |= after_night(connection, on)
        happened.append(Event(kind="complaint.received", subject=row.uscc, data=said))
        return _complaint(_get(connection, number))


def advance(store: Store, number: str, *, on: date, to: str | None = None, note: str | None = None) -> Complaint:
    """The complaint in its next state, up to ``answered``; ``to`` names it, and no state is left out.

    It is forwarded with what the investigation found, and answered with what the institution replied (7.3): without
    these there is nothing to tell the complainant.
    """
    with store.write() as (connection, happened):
        row = _moving(connection, number, on)
        following = STATES[STATES.index(row.state) + 1]
        if to is not None and to != following:
            raise UsageError(f"{number} is {row.state}; the next state is {following}, not {to} (clause 7.3)")
        if following == "closed":
            raise UsageError(f"{number} is answered; close it with `qi-pipeline complaint close {number} --told-on D`")
        said_so = (note or "").strip()
        if following in _NEEDS and not said_so:
            raise UsageError(f"{number} is {following} with {_NEEDS[following]} (clause 7.3); give --note")
        if following == "answered" and on < row.forwarded_on:
            raise UsageError(f"{number} was forwarded on {row.forwarded_on}; it can't have been answered before")
        values: dict[str, object] = {"state": following}
        if following == "forwarded":
            values |= {"forwarded_on": on, "investigation": said_so}
        elif following == "answered":
            values |= {"answered_on": on, "answer": said_so}
        connection.execute(sa.update(complaints).where(complaints.c.number == number).values(**values))
        said: dict[str, Json] = {"number": number, "note": note, "on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind=f"complaint.{following}", subject=row.respondent, data=said))
        return _complaint(_get(connection, number))


def close(
    store: Store, number: str, *, on: date, told_on: date | None, days: int, note: str | None = None
) -> Complaint:
    """The complaint, closed; refused before it is answered and while the complainant was not told (7.3).

    ``days``: how long one may be open without being overdue; a night that told it as overdue is not contradicted.
    """
    with store.write() as (connection, happened):
        row = _moving(connection, number, on)
        if row.state != "answered":
            raise UsageError(f"{number} is {row.state}; it is closed after it is answered (clause 7.3)")
        if told_on is None:
            raise UsageError(f"{number} can't be closed before the complainant is told (clause 7.3); give --told-on D")
        if not row.answered_on <= told_on <= on:
            raise UsageError(
                f"the complainant was told on {told_on}: not between the answer ({row.answered_on}) and {on}"
            )
        due = row.received_on + timedelta(days=days)
        refuse_undoing_overdue(connection, on, due, f"the closing of {number} (--told-on has the day of the answer)")
        connection.execute(
            sa.update(complaints)
            .where(complaints.c.number == number)
            .values(state="closed", told_on=told_on, closed_on=on)
        )
        said: dict[str, Json] = {
            "number": number,
            "told_on": told_on.isoformat(),
            "note": note,
            "on": on.isoformat(),
            **after_night(connection, on),
        }
        happened.append(Event(kind="complaint.closed", subject=row.respondent, data=said))
        return _complaint(_get(connection, number))


def listed(store: Store, uscc: str | None = None, *, closed_too: bool = False) -> list[Complaint]:
    """The complaints that are not closed, of one institution or of all, by number."""
    query = _select().order_by(complaints.c.number)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc.strip().upper())
    if not closed_too:
        query = query.where(complaints.c.state != "closed")
    with database.reading(store.engine) as connection:
        return [_complaint(row) for row in connection.execute(query)]


def _select() -> sa.Select[tuple[object, ...]]:
    columns = [column for column in complaints.c if column.name != "institution"]
    return sa.select(*columns, institutions.c.uscc.label("respondent")).join(
        institutions, institutions.c.id == complaints.c.institution
    )


def _get(connection: sa.Connection, number: str) -> Row:
    row = connection.execute(_select().where(complaints.c.number == number)).one_or_none()
    if row is None:
        raise UsageError(f"there is no complaint {number}; see `qi-pipeline complaint list --all`")
    return row


def _moving(connection: sa.Connection, number: str, on: date) -> Row:
    row = _get(connection, number)
    if row.state == "closed":
        raise UsageError(f"{number} was closed on {row.closed_on}")
    if on < row.received_on:
        raise UsageError(f"{number} was received on {row.received_on}; nothing can have happened before")
    return row


def _complaint(row: Row) -> Complaint:
    return Complaint(**row._mapping)
