"""What stands on the night's agenda besides its changes: endings, audits, duties, list hits (contract, section 8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.admission.credit import codes_of, credit_hits
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.model import Json
from qi_pipeline.policy import Policy, ResidencyPolicy
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import (
    credit_entries,
    duties,
    institutions,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.records.tables import packets
from qi_pipeline.residency.coverage import deregisters_on, qualified
from qi_pipeline.residency.listings import services_of
from qi_pipeline.residency.standing import RESIDENT
from qi_pipeline.workdays import DueDate, add_months, add_working_days, same_day_of_month

_RESIDENT = institutions.c.state.in_(RESIDENT)
_MANY = 5_000


def counts(connection: sa.Connection) -> tuple[int, int]:
    """Residents and certificates on file of them, now."""
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(institutions.c.qualification_count), 0)).where(
            _RESIDENT
        )
    ).one()
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


def ending(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> list[Ending]:
    """What ends within the largest reminder and is not followed by a later-ending certificate, soonest first."""
    until = as_of + timedelta(days=max(policy.reminder_days))
    later = qualifications.alias("later")
    own = qualification_services.alias("own")
    theirs = qualification_services.alias("theirs")
    # Followed: every service that it lists is listed by one that ends later; without services, one of its kind is.
    followed = (
        sa.select(theirs.c.service)
        .join(later, later.c.id == theirs.c.qualification)
        .where(theirs.c.service == own.c.service)
        .where(later.c.held_to == OPEN_END, later.c.valid_to > qualifications.c.valid_to)
        .correlate(own, qualifications)
    )
    unfollowed_service = (
        sa.select(own.c.service)
        .where(own.c.qualification == qualifications.c.id, ~sa.exists(followed))
        .correlate(qualifications)
    )
    lists_any = sa.exists(
        sa.select(qualification_services.c.service)
        .where(qualification_services.c.qualification == qualifications.c.id)
        .correlate(qualifications)
    )
    same_kind = sa.exists(
        sa.select(later.c.id)
        .where(later.c.institution == qualifications.c.institution)
        .where(later.c.kind == qualifications.c.kind, later.c.held_to == OPEN_END)
        .where(later.c.valid_to > qualifications.c.valid_to)
        .correlate(qualifications)
    )
    rows = connection.execute(
        sa.select(
            institutions.c.uscc,
            qualifications.c.kind,
            qualifications.c.number,
            qualifications.c.valid_to,
            qualifications.c.id,
        )
        .join(institutions, institutions.c.id == qualifications.c.institution)
        .where(_RESIDENT, qualifications.c.held_to == OPEN_END, qualifications.c.valid_to.between(as_of, until))
        .where(sa.or_(sa.exists(unfollowed_service), sa.and_(~lists_any, ~same_kind)))
    )
    found = [
        Ending(valid_to=row.valid_to, uscc=row.uscc, kind=row.kind, number=row.number or None, about=f"q{row.id}")
        for row in rows
    ]
    licences = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.licence_valid_to, institutions.c.id).where(
            _RESIDENT, institutions.c.licence_valid_to.between(as_of, until)
        )
    )
    found += [
        Ending(valid_to=row.licence_valid_to, uscc=row.uscc, kind="business_licence", number=None, about=f"l{row.id}")
        for row in licences
    ]
    found.sort(key=lambda each: (each.valid_to, each.uscc, each.kind, each.number or ""))
    return found


def expiring(endings: Iterable[Ending], as_of: date) -> list[Json]:
    """The list of what ends soon."""
    return [
        {
            "uscc": each.uscc,
            "kind": each.kind,
            "number": each.number,
            "valid_to": each.valid_to.isoformat(),
            "days_left": (each.valid_to - as_of).days,
        }
        for each in endings
    ]


def suspended(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> list[Json]:
    """What is suspended on the as-of date: an entry for each institution and reason, by USCC."""
    stopped = connection.execute(
        sa.select(institutions.c.id, institutions.c.uscc, institutions.c.licence_valid_to)
        .where(_RESIDENT)
        .where(
            sa.or_(
                institutions.c.licence_valid_to < as_of,
                institutions.c.id.in_(sa.select(services.c.institution).where(services.c.suspended_on.is_not(None))),
            )
        )
        .order_by(institutions.c.uscc)
    ).all()
    found: list[Json] = []
    for first in range(0, len(stopped), _MANY):
        part = stopped[first : first + _MANY]
        known = services_of(connection, [row.id for row in part])
        for row in part:
            offered = known.get(row.id, [])
            lapsed = [service.name for service in offered if not qualified(service, as_of)]
            ends = deregisters_on(offered, policy.deregistration_grace_days) if len(lapsed) == len(offered) else None
            if row.licence_valid_to < as_of:
                found.append(_suspended(row.uscc, [service.name for service in offered], "licence_expired", ends))
            if lapsed:
                found.append(_suspended(row.uscc, lapsed, "qualification_expired", ends))
    return found


def _suspended(uscc: str, names: list[str], reason: str, ends: date | None) -> Json:
    return {
        "uscc": uscc,
        "services": list(names),
        "reason": reason,
        "deregisters_on": ends.isoformat() if ends else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DueAudit:
    """An annual audit (年度审核, 5.2.4) that is due or overdue."""

    due_on: date
    uscc: str

    def to_json(self, as_of: date) -> dict[str, Json]:
        """The audit as the night lists it."""
        state = "overdue" if as_of > self.due_on else "due"
        return {"uscc": self.uscc, "due_on": self.due_on.isoformat(), "state": state}


def annual_audits(connection: sa.Connection, as_of: date, policy: ResidencyPolicy) -> list[DueAudit]:
    """Annual audits (年度审核, 5.2.4) that are due or overdue, by day."""
    # A year ago plus the notice, with a day to spare for 29 February; the day itself is computed below.
    horizon = same_day_of_month(as_of + timedelta(days=policy.audit_notice_days + 1), -12)
    rows = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.admitted_on, institutions.c.last_audit_on).where(
            _RESIDENT,
            institutions.c.admitted_on <= horizon,
            sa.or_(institutions.c.last_audit_on.is_(None), institutions.c.last_audit_on <= horizon),
        )
    )
    found = []
    for uscc, admitted_on, last_audit_on in rows:
        due_on = same_day_of_month(max(admitted_on, last_audit_on or date.min), 12)
        if as_of >= due_on - timedelta(days=policy.audit_notice_days):
            found.append(DueAudit(due_on=due_on, uscc=uscc))
    return sorted(found)


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
    unfinished = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.admitted_on).where(
            _RESIDENT,
            sa.or_(institutions.c.profile_completed_on.is_(None), institutions.c.profile_completed_on > as_of),
            # Ten working days take at least twelve days.
            institutions.c.admitted_on < as_of - timedelta(days=policy.profile_working_days),
        )
    )
    known: dict[date, DueDate] = {}
    for uscc, admitted_on in unfinished:
        if admitted_on not in known:
            known[admitted_on] = add_working_days(admitted_on, policy.profile_working_days)
        due = known[admitted_on]
        found.append((uscc, "6.3", "complete_profile", due.date, due.provisional))
    closed = connection.execute(
        sa.select(institutions.c.uscc, institutions.c.closed_on).where(_RESIDENT, institutions.c.closed_on < as_of)
    )
    for uscc, closed_on in closed:
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
        .join(institutions, institutions.c.uscc == credit_entries.c.uscc)
        .where(_RESIDENT, credit_entries.c.listed_on < as_of)
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
