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
from qi_pipeline.records import words
from qi_pipeline.records.registry_tables import RESIDENT as OF_RESIDENTS
from qi_pipeline.workdays import DueDate, add_months, add_working_days, same_day_of_month


def counts(connection: sa.Connection) -> tuple[int, int]:
    """Residents and certificates on file of them, now; from an index that holds nothing else."""
    [(residents, certificates)] = words.ask(
        connection,
        "SELECT count(*), coalesce(sum(qualification_count), 0) FROM institutions"
        " WHERE state IN ('active', 'suspended')",
    )
    return int(residents), int(certificates)


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
    rows = words.ask(
        connection,
        "SELECT CAST(valid_to AS TEXT), uscc, kind, number FROM night_endings ORDER BY valid_to, uscc, kind, number",
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
    rows = words.ask(
        connection,
        "SELECT uscc, reason, services, CAST(deregisters_on AS TEXT) FROM night_stops ORDER BY uscc, reason",
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


def due_after(connection: sa.Connection, audited_on: str) -> str:
    """:func:`audit_due_on` in SQL, of a column; in SQLite a day is its text."""
    if connection.dialect.name == "postgresql":
        return f"CAST({audited_on} + interval '1 year' AS DATE)"
    year = f"CAST(CAST(substr({audited_on}, 1, 4) AS INTEGER) + 1 AS TEXT)"
    return f"({year} || replace(substr({audited_on}, 5), '-02-29', '-02-28'))"


def annual_audits(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> list[Json]:
    """Annual audits (年度审核, 5.2.4) that are due or overdue, by day."""
    latest = as_of + timedelta(days=policy.audit_notice_days)
    rows = words.ask(
        connection,
        f"SELECT CAST(audited_on AS TEXT), uscc FROM institutions WHERE {OF_RESIDENTS} AND audited_on <= :day"  # noqa: S608 - ours
        " ORDER BY audited_on, uscc",
        day=audited_by(latest),
    )
    codes: dict[date, list[str]] = {}
    for day, of_day in groupby(rows, itemgetter(0)):
        # Of 28 and 29 February the year is over on the same day.
        codes.setdefault(audit_due_on(date.fromisoformat(day)), []).extend(map(itemgetter(1), of_day))
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
    waiting = words.ask(
        connection,
        "SELECT packets.uscc, clause, duty, CAST(due_on AS TEXT), provisional FROM duties"
        " JOIN packets ON packets.id = duties.packet"
        " WHERE packets.uscc IS NOT NULL AND done_on IS NULL AND paused_on IS NULL AND due_on < :day",
        day=as_of,
    )
    for uscc, clause, duty, due_on, provisional in waiting:
        if uscc not in left:
            found.append((uscc, clause, duty, date.fromisoformat(due_on), bool(provisional)))
    # Two searches: an index serves each, and none serves both in one. So many working days take at least as many days.
    unfinished = words.ask(
        connection,
        " UNION ALL ".join(
            f"SELECT uscc, CAST(admitted_on AS TEXT) FROM institutions WHERE {OF_RESIDENTS}"  # noqa: S608 - ours
            f" AND admitted_on < :soonest AND {when}"
            for when in ("profile_completed_on IS NULL", "profile_completed_on > :day")
        ),
        day=as_of,
        soonest=as_of - timedelta(days=policy.profile_working_days),
    )
    known: dict[str, DueDate] = {}
    for uscc, admitted_on in unfinished:
        if admitted_on not in known:
            known[admitted_on] = add_working_days(date.fromisoformat(admitted_on), policy.profile_working_days)
        due = known[admitted_on]
        found.append((uscc, "6.3", "complete_profile", due.date, due.provisional))
    closed = words.ask(
        connection,
        f"SELECT uscc, CAST(closed_on AS TEXT) FROM institutions WHERE {OF_RESIDENTS} AND closed_on < :day",  # noqa: S608 - ours
        day=as_of,
    )
    for uscc, closed_on in closed:
        due = add_months(date.fromisoformat(closed_on), 1)
        found.append((uscc, "7.5", "deregister_closed", due.date, due.provisional))
    return [
        {"uscc": uscc, "clause": clause, "duty": duty, "due_on": due_on.isoformat()}
        | ({"provisional": True} if provisional else {})
        for uscc, clause, duty, due_on, provisional in sorted(found, key=lambda each: (each[3], each[0], each[2]))
        if due_on < as_of
    ]


def flags(connection: sa.Connection, as_of: date, policy: Policy) -> list[Json]:
    """Residents to which a finding of clause 4.3 applies, by USCC."""
    rows = words.ask(
        connection,
        "SELECT e.list, e.uscc, e.name, CAST(e.listed_on AS TEXT), CAST(e.removed_on AS TEXT), e.reason"
        " FROM credit_entries e JOIN night_flags f ON f.uscc = e.uscc WHERE e.listed_on < :day ORDER BY e.uscc, e.id",
        day=as_of,
    )
    entries: dict[str, list[CreditEntry]] = {}
    for kind, uscc, name, listed_on, removed_on, reason in rows:
        entries.setdefault(uscc, []).append(
            CreditEntry(
                list=kind,
                uscc=uscc,
                name=name,
                listed_on=date.fromisoformat(listed_on),
                removed_on=None if removed_on is None else date.fromisoformat(removed_on),
                reason=reason,
            )
        )
    found: list[Json] = []
    for uscc, listed in entries.items():
        snapshot = CreditSnapshot(loaded=("violations", "abnormal", "serious"), entries=tuple(listed))
        hits = credit_hits(snapshot, uscc, as_of, policy.admission.look_back_years)
        found += [{"uscc": uscc, "clause": "4.3", "code": code} for code in sorted(codes_of(hits))]
    return found
