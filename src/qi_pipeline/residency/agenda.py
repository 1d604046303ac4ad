"""What stands on the night's agenda besides its changes: endings, audits, duties, list hits (contract, section 8).

Each list is read in order from what is kept of it or from an index, as plain rows: what it costs is its length.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa

from qi_pipeline.admission.credit import codes_of, credit_hits
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.model import Json
from qi_pipeline.policy import Policy, ResidencyPolicy
from qi_pipeline.records import bulk, night_tables
from qi_pipeline.records.night_tables import endings, stops
from qi_pipeline.records.registry_tables import RESIDENT as OF_RESIDENTS
from qi_pipeline.records.registry_tables import credit_entries, duties, institutions
from qi_pipeline.records.tables import packets
from qi_pipeline.residency.standing import RESIDENT
from qi_pipeline.workdays import DueDate, add_months, add_working_days, same_day_of_month


def counts(connection: sa.Connection) -> tuple[int, int]:
    """Residents and certificates on file of them, now; from an index that holds nothing else."""
    counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(institutions.c.qualification_count), 0)).where(
        institutions.c.state.in_(RESIDENT)
    )
    row = connection.execute(counted).one()
    return int(row[0]), int(row[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A certificate or licence that ends soon and is not followed by another."""

    valid_to: date
    uscc: str
    kind: str
    number: str | None
    about: str
    """``q`` and the certificate's row, or ``l`` and the institution's."""


def expiring(connection: sa.Connection, as_of: date) -> list[Json]:
    """The list of what ends soon, soonest first."""
    # Most of a quiet night is the reading of this list.
    rows = bulk.rows(
        connection,
        sa.select(sa.cast(endings.c.valid_to, sa.Text), endings.c.uscc, endings.c.kind, endings.c.number).order_by(
            endings.c.valid_to, endings.c.uscc, endings.c.kind, endings.c.number
        ),
    )
    found: list[Json] = []
    for day, of_day in groupby(rows, itemgetter(0)):
        left = (date.fromisoformat(day) - as_of).days
        found += [
            {"uscc": uscc, "kind": kind, "number": number or None, "valid_to": day, "days_left": left}
            for _, uscc, kind, number in of_day
        ]
    return found


def suspended(connection: sa.Connection) -> list[Json]:
    """What is suspended: an entry for each institution and reason, by USCC."""
    rows = bulk.rows(
        connection,
        sa.select(stops.c.uscc, stops.c.reason, stops.c.services, sa.cast(stops.c.deregisters_on, sa.Text)).order_by(
            stops.c.uscc, stops.c.reason
        ),
    )
    names = {services: json.loads(services) for services in {row[2] for row in rows}}
    return [
        {"uscc": uscc, "services": names[services].copy(), "reason": reason, "deregisters_on": ends}
        for uscc, reason, services, ends in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DueAudit:
    """An annual audit (年度审核, 5.2.4) that is due or overdue."""

    due_on: date
    uscc: str


def audit_due_on(audited_on: date) -> date:
    """The day by which the annual audit is due: a year after the entry or the last audit (29 February: 28 February)."""
    return same_day_of_month(audited_on, 12)


def audited_by(due_on: date) -> date:
    """A day, at most two too late, by which everybody was audited whose next audit is due by ``due_on``."""
    return same_day_of_month(due_on + timedelta(days=1), -12)


def due_after(connection: sa.Connection, audited_on: sa.ColumnElement[date]) -> sa.ColumnElement[date]:
    """:func:`audit_due_on` in SQL; in SQLite a day is its text."""
    if connection.dialect.name == "postgresql":
        return sa.cast(audited_on + sa.text("interval '1 year'"), sa.Date)
    text = sa.type_coerce(audited_on, sa.Text)
    year = sa.cast(sa.cast(sa.func.substr(text, 1, 4), sa.Integer) + 1, sa.Text)
    return sa.type_coerce(year + sa.func.replace(sa.func.substr(text, 5), "-02-29", "-02-28"), sa.Date)


def annual_audits(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> list[Json]:
    """Annual audits (年度审核, 5.2.4) that are due or overdue, by day."""
    latest = as_of + timedelta(days=policy.audit_notice_days)
    rows = bulk.rows(
        connection,
        sa.select(sa.cast(institutions.c.audited_on, sa.Text), institutions.c.uscc)
        .where(OF_RESIDENTS, institutions.c.audited_on <= audited_by(latest))
        .order_by(institutions.c.audited_on, institutions.c.uscc),
    )
    codes: dict[date, list[str]] = {}
    for day, of_day in groupby(rows, itemgetter(0)):
        # Of 28 and 29 February the year is over on the same day.
        codes.setdefault(audit_due_on(date.fromisoformat(day)), []).extend(uscc for _, uscc in of_day)
    found: list[Json] = []
    for due_on, owing in codes.items():
        if due_on <= latest:
            said, state = due_on.isoformat(), "overdue" if as_of > due_on else "due"
            found += [{"uscc": uscc, "due_on": said, "state": state} for uscc in sorted(owing)]
    return found


def overdue(
    connection: sa.Connection, as_of: date, policy: ResidencyPolicy, left: frozenset[str] = frozenset()
) -> list[Json]:
    """Duties whose day has passed: notice of the result (5.2.1), profile (6.3), deregistration after closing (7.5).

    ``left``: who was deregistered tonight and stands in no other list.
    """
    found: list[tuple[str, str, str, date, bool]] = []
    waiting = connection.execute(
        sa.select(packets.c.uscc, duties.c.clause, duties.c.duty, duties.c.due_on, duties.c.provisional)
        .join(packets, packets.c.id == duties.c.packet)
        .where(packets.c.uscc.is_not(None))
        .where(duties.c.done_on.is_(None), duties.c.paused_on.is_(None), duties.c.due_on < as_of)
    )
    found += [(row.uscc, row.clause, row.duty, row.due_on, row.provisional) for row in waiting if row.uscc not in left]
    # Two searches: an index serves each, and none serves both in one.
    unfinished = (
        sa.select(institutions.c.uscc, institutions.c.admitted_on).where(
            OF_RESIDENTS,
            # So many working days take at least as many days.
            institutions.c.admitted_on < as_of - timedelta(days=policy.profile_working_days),
            when,
        )
        for when in (institutions.c.profile_completed_on.is_(None), institutions.c.profile_completed_on > as_of)
    )
    known: dict[date, DueDate] = {}
    for uscc, admitted_on in (row for query in unfinished for row in connection.execute(query)):
        if admitted_on not in known:
            known[admitted_on] = add_working_days(admitted_on, policy.profile_working_days)
        due = known[admitted_on]
        found.append((uscc, "6.3", "complete_profile", due.date, due.provisional))
    closed = sa.select(institutions.c.uscc, institutions.c.closed_on).where(
        OF_RESIDENTS, institutions.c.closed_on < as_of
    )
    for uscc, closed_on in connection.execute(closed):
        due = add_months(closed_on, 1)
        found.append((uscc, "7.5", "deregister_closed", due.date, due.provisional))
    return [
        {"uscc": uscc, "clause": clause, "duty": duty, "due_on": due_on.isoformat()}
        | ({"provisional": True} if provisional else {})
        for uscc, clause, duty, due_on, provisional in sorted(found, key=lambda each: (each[3], each[0], each[2]))
        if due_on < as_of
    ]


def flags(connection: sa.Connection, as_of: date, policy: Policy) -> list[Json]:
    """Residents to which a finding of clause 4.3 applies, by USCC."""
    rows = connection.execute(
        sa.select(credit_entries)
        .join(night_tables.flags, night_tables.flags.c.uscc == credit_entries.c.uscc)
        .where(credit_entries.c.listed_on < as_of)
        .order_by(credit_entries.c.uscc, credit_entries.c.id)
    )
    entries: dict[str, list[CreditEntry]] = {}
    for row in rows:
        entries.setdefault(row.uscc, []).append(
            CreditEntry(
                list=row.list,
                uscc=row.uscc,
                name=row.name,
                listed_on=row.listed_on,
                removed_on=row.removed_on,
                reason=row.reason,
            )
        )
    found: list[Json] = []
    for uscc, listed in entries.items():
        snapshot = CreditSnapshot(loaded=("violations", "abnormal", "serious"), entries=tuple(listed))
        hits = credit_hits(snapshot, uscc, as_of, policy.admission.look_back_years)
        found += [{"uscc": uscc, "clause": "4.3", "code": code} for code in sorted(codes_of(hits))]
    return found
