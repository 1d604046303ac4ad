"""What lies ahead (日程): what ends, what is due, what follows if nothing is done, for any day and any span of days.

The night keeps its own lists for its own date; this asks the register itself, so that a list or a calendar may be made
for any day at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import (
    complaints,
    duties,
    institutions,
    qualification_services,
    qualifications,
    verifications,
)
from qi_pipeline.records.tables import packets
from qi_pipeline.residency import agenda
from qi_pipeline.residency.coverage import deregisters_on, is_renewed_ahead, qualified
from qi_pipeline.residency.listings import services_of
from qi_pipeline.residency.standing import RESIDENT
from qi_pipeline.workdays import DueDate, add_months, add_working_days, same_day_of_month

_OF_RESIDENTS = institutions.c.state.in_(RESIDENT)
_MANY = 2_000

What = Literal[
    "certificate_ends",
    "licence_ends",
    "notify_applicant",
    "complete_profile",
    "deregister_closed",
    "annual_audit",
    "deregisters",
    "complaint",
    "site_visit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """One day on which something ends or is due."""

    day: date
    what: What
    uscc: str | None
    name: str
    """Of the institution."""
    key: str
    """What it is about; with ``what`` it names the entry for good, also when its day moves."""
    clause: str
    detail: str = ""
    """Certificate, packet or number."""
    kind: str | None = None
    """Kind of the certificate."""
    provisional: bool = False


def ending(connection: sa.Connection, first: date, last: date) -> Iterator[Ahead]:
    """What ends of residents from ``first`` to ``last`` and is not followed by a later-ending certificate.

    Followed: every service that it lists is listed by one that ends later; without services, one of its kind is.
    """
    later = qualifications.alias("later")
    own = qualification_services.alias("own")
    theirs = qualification_services.alias("theirs")
    followed = (
        sa.select(theirs.c.service)
        .join(later, later.c.id == theirs.c.qualification)
        .where(theirs.c.service == own.c.service)
        .where(later.c.held_to == OPEN_END, later.c.valid_to > qualifications.c.valid_to)
        .correlate(own, qualifications)
    )
    unfollowed = (
        sa.select(own.c.service)
        .where(own.c.qualification == qualifications.c.id, ~sa.exists(followed))
        .correlate(qualifications)
    )
    lists_any = sa.exists(
        sa.select(own.c.service).where(own.c.qualification == qualifications.c.id).correlate(qualifications)
    )
    same_kind = sa.exists(
        sa.select(later.c.id)
        .where(later.c.institution == qualifications.c.institution, later.c.kind == qualifications.c.kind)
        .where(later.c.held_to == OPEN_END, later.c.valid_to > qualifications.c.valid_to)
        .correlate(qualifications)
    )
    rows = connection.execute(
        sa.select(
            institutions.c.uscc,
            institutions.c.name,
            qualifications.c.id,
            qualifications.c.kind,
            qualifications.c.number,
            qualifications.c.valid_to,
        )
        .join(institutions, institutions.c.id == qualifications.c.institution)
        .where(_OF_RESIDENTS, qualifications.c.held_to == OPEN_END, qualifications.c.valid_to.between(first, last))
        .where(qualifications.c.valid_to < OPEN_END)
        .where(sa.or_(sa.exists(unfollowed), sa.and_(~lists_any, ~same_kind))),
        execution_options={"yield_per": _MANY},
    )
    for row in rows:
        yield Ahead(
            day=row.valid_to,
            what="certificate_ends",
            uscc=row.uscc,
            name=row.name,
            key=f"{row.uscc}|{row.id}",
            clause="4.2",
            detail=row.number,
            kind=row.kind,
        )
    licences = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.name, institutions.c.licence_valid_to).where(
            _OF_RESIDENTS,
            institutions.c.licence_valid_to.between(first, last),
            institutions.c.licence_valid_to < OPEN_END,
        )
    )
    for row in licences:
        yield Ahead(
            day=row.licence_valid_to, what="licence_ends", uscc=row.uscc, name=row.name, key=row.uscc, clause="5.1"
        )


def audits(connection: sa.Connection, last: date) -> Iterator[Ahead]:
    """Annual audits (年度审核, 5.2.4) of residents that are due by ``last``, overdue ones included."""
    horizon = same_day_of_month(last + timedelta(days=1), -12)
    rows = connection.execute(
        sa.select(
            institutions.c.uscc, institutions.c.name, institutions.c.admitted_on, institutions.c.last_audit_on
        ).where(
            _OF_RESIDENTS,
            institutions.c.admitted_on <= horizon,
            sa.or_(institutions.c.last_audit_on.is_(None), institutions.c.last_audit_on <= horizon),
        ),
        execution_options={"yield_per": _MANY},
    )
    for row in rows:
        due_on = same_day_of_month(max(row.admitted_on, row.last_audit_on or date.min), 12)
        if due_on <= last:
            yield Ahead(
                day=due_on,
                what="annual_audit",
                uscc=row.uscc,
                name=row.name,
                key=f"{row.uscc}|{due_on.year}",
                clause="5.2.4",
            )


def overdue(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> dict[str, list[dict[str, Json]]]:
    """Overdue duties and annual audits on the day, by USCC."""
    found: dict[str, list[dict[str, Json]]] = {}
    for duty in agenda.overdue(connection, as_of, policy):
        assert isinstance(duty, dict)
        rest = {key: value for key, value in duty.items() if key != "uscc"}
        found.setdefault(str(duty["uscc"]), []).append(rest)
    for audit in audits(connection, as_of - timedelta(days=1)):
        assert audit.uscc is not None
        found.setdefault(audit.uscc, []).append(
            {"clause": audit.clause, "duty": "annual_audit", "due_on": audit.day.isoformat()}
        )
    return found


def ahead(connection: sa.Connection, as_of: date, last: date, policy: ResidencyPolicy) -> list[Ahead]:
    """Everything that is owed or ends by ``last``: endings from the as-of date on, duties also from before; by day."""
    found = [
        *ending(connection, as_of, last),
        *audits(connection, last),
        *_duties(connection, last),
        *_profiles(connection, last, policy),
        *_closed(connection, last),
        *_deregistrations(connection, as_of, last, policy),
        *_complaints(connection, last, policy),
        *_visits(connection, as_of, last),
    ]
    return sorted(found, key=lambda each: (each.day, each.what, each.key))


def _duties(connection: sa.Connection, last: date) -> Iterator[Ahead]:
    rows = connection.execute(
        sa.select(packets.c.id, packets.c.name, packets.c.uscc, packets.c.institution, duties.c.due_on)
        .add_columns(duties.c.clause, duties.c.provisional)
        .join(packets, packets.c.id == duties.c.packet)
        .where(duties.c.duty == "notify_applicant", duties.c.done_on.is_(None), duties.c.paused_on.is_(None))
        .where(duties.c.due_on <= last)
    )
    for row in rows:
        yield Ahead(
            day=row.due_on,
            what="notify_applicant",
            uscc=row.uscc,
            name=row.institution or "",
            key=row.id,
            clause=row.clause,
            detail=row.name,
            provisional=row.provisional,
        )


def _profiles(connection: sa.Connection, last: date, policy: ResidencyPolicy) -> Iterator[Ahead]:
    rows = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.name, institutions.c.admitted_on).where(
            _OF_RESIDENTS, institutions.c.profile_completed_on.is_(None), institutions.c.admitted_on <= last
        )
    )
    known: dict[date, DueDate] = {}
    for uscc, name, admitted_on in rows:
        if admitted_on not in known:
            known[admitted_on] = add_working_days(admitted_on, policy.profile_working_days)
        due = known[admitted_on]
        if due.date <= last:
            key = f"{uscc}|{admitted_on}"
            yield _of(due, "complete_profile", uscc, name, key, "6.3")


def _closed(connection: sa.Connection, last: date) -> Iterator[Ahead]:
    rows = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.name, institutions.c.closed_on).where(
            _OF_RESIDENTS, institutions.c.closed_on <= last
        )
    )
    for uscc, name, closed_on in rows:
        due = add_months(closed_on, 1)
        if due.date <= last:
            yield _of(due, "deregister_closed", uscc, name, f"{uscc}|{closed_on}", "7.5")


def _of(due: DueDate, what: What, uscc: str, name: str, key: str, clause: str) -> Ahead:
    return Ahead(day=due.date, what=what, uscc=uscc, name=name, key=key, clause=clause, provisional=due.provisional)


def _deregistrations(connection: sa.Connection, as_of: date, last: date, policy: ResidencyPolicy) -> Iterator[Ahead]:
    """The days on which institutions without a qualified service are deregistered, if nothing is renewed (4.2)."""
    lapsed = sa.select(qualifications.c.institution).where(qualifications.c.valid_to < as_of)
    rows = connection.execute(
        sa.select(institutions.c.id, institutions.c.uscc, institutions.c.name)
        .where(_OF_RESIDENTS, institutions.c.state == "suspended", institutions.c.id.in_(lapsed))
        .order_by(institutions.c.id)
    ).all()
    for first in range(0, len(rows), _MANY):
        part = rows[first : first + _MANY]
        offered = services_of(connection, [row.id for row in part], as_of)
        for row in part:
            services = offered.get(row.id, [])
            if any(qualified(service, as_of) for service in services) or is_renewed_ahead(services, as_of):
                continue
            day = deregisters_on(services, policy.deregistration_grace_days)
            if day is not None and as_of <= day <= last:
                yield Ahead(day=day, what="deregisters", uscc=row.uscc, name=row.name, key=row.uscc, clause="4.2")


def _complaints(connection: sa.Connection, last: date, policy: ResidencyPolicy) -> Iterable[Ahead]:
    rows = connection.execute(
        sa.select(complaints.c.number, complaints.c.received_on, institutions.c.uscc, institutions.c.name)
        .join(institutions, institutions.c.id == complaints.c.institution)
        .where(complaints.c.state != "closed")
    )
    for row in rows:
        day = row.received_on + timedelta(days=policy.complaint_days)
        if day <= last:
            yield Ahead(
                day=day,
                what="complaint",
                uscc=row.uscc,
                name=row.name,
                key=row.number,
                clause="7.2",
                detail=row.number,
            )


def _visits(connection: sa.Connection, as_of: date, last: date) -> Iterable[Ahead]:
    rows = connection.execute(
        sa.select(verifications.c.id, verifications.c.planned_on, packets.c.id, packets.c.name, packets.c.uscc)
        .add_columns(packets.c.institution)
        .join(packets, packets.c.id == verifications.c.packet)
        .where(verifications.c.closed_on.is_(None), verifications.c.planned_on.between(as_of, last))
    )
    for number, day, packet_id, packet, uscc, name in rows:
        yield Ahead(
            day=day,
            what="site_visit",
            uscc=uscc,
            name=name or "",
            key=f"{packet_id}|{number}",
            clause="5.2.2",
            detail=packet,
        )
