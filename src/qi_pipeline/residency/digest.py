"""What a night's report tells beyond its answer: names, orders, reminders, and the calendar of the coming year.

What a night said of letters it said for ever: reminders, announcements and names are read as they were given on that
day, whatever was renewed, passed or renamed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import database
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import (
    complaints,
    credit_loads,
    institution_history,
    institutions,
    orders,
    qualifications,
    reminders,
)
from qi_pipeline.records.store import Store
from qi_pipeline.residency import agenda
from qi_pipeline.residency.reminding import announced
from qi_pipeline.residency.runs import changes_of
from qi_pipeline.residency.standing import RESIDENT
from qi_pipeline.workdays import same_day_of_month

_MANY = 5_000
MONTHS = 12
"""Months of the expiry calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """How much ends in one month."""

    month: str
    """YYYY-MM."""
    certificates: int
    licences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMade:
    """An order that the night made."""

    number: str
    uscc: str
    made_on: date
    clause: str
    reason: str
    data: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One night, whatever number of runs it took."""

    as_of: date
    names: dict[str, str]
    """Names of the institutions by USCC."""
    orders: tuple[OrderMade, ...]
    suspended: dict[str, list[str]]
    """Services that this night suspended."""
    terms: dict[str, list[Json]]
    """What the notice of it says besides, by USCC: whether the licence had ended, and the day of deregistration."""
    reinstated: dict[str, list[str]]
    reminded: dict[str, list[agenda.Ending]]
    """Certificates of which this night gave a reminder."""
    audits: tuple[agenda.DueAudit, ...]
    """Audits that this night announced."""
    calendar: tuple[MonthCount, ...]
    stale_lists: tuple[tuple[str, date], ...]
    """Public lists that were last loaded too long ago, with that day."""
    late_complaints: tuple[tuple[str, str, date], ...]
    """Number, respondent and last day of complaints that are open for too long."""


def digest(store: Store, as_of: date, policy: ResidencyPolicy, answer: dict[str, Json]) -> Digest:
    """All that the report of the night tells."""
    with database.reading(store.engine) as connection:
        changed = changes_of(connection, as_of)
        made = _orders(connection, as_of, changed.left)
        reminded: dict[str, list[agenda.Ending]] = {}
        for each in _reminded(connection, as_of):
            reminded.setdefault(each.uscc, []).append(each)
        told = announced(connection, as_of)
        audits = tuple(agenda.DueAudit(due_on=day, uscc=uscc) for uscc, day in sorted(told.items(), key=_by_day))
        late = _late_complaints(connection, as_of, policy.complaint_days)
        wanted = {order.uscc for order in made} | set(changed.suspended) | set(changed.reinstated)
        wanted |= set(changed.earlier) | set(reminded) | {uscc for _, uscc, _ in late}
        for found in answer.values():
            if isinstance(found, list):
                wanted |= {str(entry["uscc"]) for entry in found if isinstance(entry, dict)}
        return Digest(
            as_of=as_of,
            names=_names(connection, wanted, as_of),
            orders=made,
            suspended=changed.suspended,
            terms=changed.terms,
            reinstated={**changed.earlier, **changed.reinstated},
            reminded=reminded,
            audits=audits,
            calendar=_calendar(connection, as_of),
            stale_lists=_stale(connection, as_of - timedelta(days=policy.list_stale_days)),
            late_complaints=late,
        )


def _by_day(announcement: tuple[str, date]) -> tuple[date, str]:
    uscc, day = announcement
    return day, uscc


def _reminded(connection: sa.Connection, as_of: date) -> list[agenda.Ending]:
    """What a reminder was given of on that day, soonest first; also what was renewed or has left since."""
    given = connection.execute(
        sa.select(reminders.c.about, reminders.c.valid_to)
        .distinct()
        .where(reminders.c.given_on == as_of, ~reminders.c.about.like("a%"))
    ).all()
    papers: dict[str, tuple[str, str, str | None]] = {}
    for first in range(0, len(given), _MANY):
        some = [about for about, _ in given[first : first + _MANY]]
        numbers = {letter: [int(about[1:]) for about in some if about[0] == letter] for letter in "ql"}
        certificates = (
            sa.select(qualifications.c.id, institutions.c.uscc, qualifications.c.kind, qualifications.c.number)
            .join(institutions, institutions.c.id == qualifications.c.institution)
            .where(among(qualifications.c.id, numbers["q"]))
        )
        for row in connection.execute(certificates):
            papers[f"q{row.id}"] = row.uscc, row.kind, row.number or None
        licences = sa.select(institutions.c.id, institutions.c.uscc).where(among(institutions.c.id, numbers["l"]))
        for row in connection.execute(licences):
            papers[f"l{row.id}"] = row.uscc, "business_licence", None
    found = [
        agenda.Ending(valid_to=valid_to, uscc=uscc, kind=kind, number=number, about=about)
        for about, valid_to in given
        for uscc, kind, number in (papers[about],)
    ]
    return sorted(found, key=lambda each: (each.valid_to, each.uscc, each.kind, each.number or ""))


def _orders(connection: sa.Connection, as_of: date, left: Iterable[str]) -> tuple[OrderMade, ...]:
    gone = set(left)
    rows = connection.execute(
        sa.select(
            orders.c.number,
            institutions.c.uscc,
            orders.c.made_on,
            orders.c.clause,
            orders.c.reason,
            orders.c.data,
        )
        .join(institutions, institutions.c.id == orders.c.institution)
        .where(orders.c.kind == "deregistration", orders.c.clause == "4.2", orders.c.made_on <= as_of)
        .order_by(orders.c.number)
    )
    night = as_of.isoformat()
    return tuple(OrderMade(**row._mapping) for row in rows if row.uscc in gone and row.data.get("night") == night)


def _names(connection: sa.Connection, wanted: Iterable[str], as_of: date) -> dict[str, str]:
    """The names of that day by USCC."""
    found: dict[str, str] = {}
    codes = sorted(wanted)
    past = institution_history
    then = (
        sa.select(institutions.c.uscc, past.c.name)
        .join(institutions, institutions.c.id == past.c.institution)
        .where(past.c.held_from <= as_of, past.c.held_to > as_of)
        .order_by(past.c.id)
    )
    for first in range(0, len(codes), _MANY):
        of_these = institutions.c.uscc.in_(codes[first : first + _MANY])
        for query in (sa.select(institutions.c.uscc, institutions.c.name).where(of_these), then.where(of_these)):
            found.update((row.uscc, row.name) for row in connection.execute(query))
    return found


def _calendar(connection: sa.Connection, as_of: date) -> tuple[MonthCount, ...]:
    """What ends from the as-of date on, in its month and the eleven after it."""
    first = as_of.replace(day=1)
    beyond = same_day_of_month(first, MONTHS)
    counts: dict[str, list[int]] = {
        same_day_of_month(first, number).strftime("%Y-%m"): [0, 0] for number in range(MONTHS)
    }
    resident = institutions.c.state.in_(RESIDENT)
    ends = qualifications.c.valid_to
    certificates = (
        sa.select(ends, sa.func.count())
        .join(institutions, institutions.c.id == qualifications.c.institution)
        .where(resident, qualifications.c.held_to == OPEN_END, ends >= as_of, ends < beyond)
        .group_by(ends)
    )
    ends = institutions.c.licence_valid_to
    licences = sa.select(ends, sa.func.count()).where(resident, ends >= as_of, ends < beyond).group_by(ends)
    for column, query in enumerate((certificates, licences)):
        for day, count in connection.execute(query):
            counts[day.strftime("%Y-%m")][column] += int(count)
    return tuple(
        MonthCount(month=month, certificates=certificate, licences=licence)
        for month, (certificate, licence) in counts.items()
    )


def _stale(connection: sa.Connection, before: date) -> tuple[tuple[str, date], ...]:
    rows = connection.execute(
        sa.select(credit_loads.c.list, sa.func.max(credit_loads.c.loaded_on))
        .group_by(credit_loads.c.list)
        .order_by(credit_loads.c.list)
    )
    return tuple((name, last) for name, last in rows if last < before)


def _late_complaints(connection: sa.Connection, as_of: date, days: int) -> tuple[tuple[str, str, date], ...]:
    rows = connection.execute(
        sa.select(complaints.c.number, institutions.c.uscc, complaints.c.received_on)
        .join(institutions, institutions.c.id == complaints.c.institution)
        .where(complaints.c.state != "closed", complaints.c.received_on < as_of - timedelta(days=days))
        .order_by(complaints.c.number)
    )
    return tuple((number, uscc, received + timedelta(days=days)) for number, uscc, received in rows)
