"""The ways out: voluntary exit (5.3), eviction (7.4), closing and revocation (7.5), and the profile of 6.3.

Exit and eviction complete only when nothing is left open; revocation and closing do not wait for it, but what is open
stays on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import departures
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night
from qi_pipeline.records.registry_tables import inspections, institutions
from qi_pipeline.records.store import Store
from qi_pipeline.residency.standing import (
    Order,
    leave,
    open_matters,
    refuse_before_entry,
    refuse_open_matters,
    refuse_order,
    resident,
)
from qi_pipeline.workdays import DueDate, add_months


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRequest:
    """An application to leave (退出申请, 5.3), with what has to be settled first."""

    uscc: str
    requested_on: date
    reason: str | None
    source: str
    open_matters: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """The application as commands print it."""
        return {
            "uscc": self.uscc,
            "clause": "5.3",
            "requested_on": self.requested_on.isoformat(),
            "reason": self.reason,
            "source": self.source,
            "open": list(self.open_matters),
        }


def request_exit(store: Store, uscc: str, *, on: date, reason: str = "") -> ExitRequest:
    """The application to leave, on record with what is open; asking again changes nothing (5.3)."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        refuse_before_entry(row, on, "it can't have applied to leave")
        one, new = departures.begin(connection, row.id, "exit", on=on, source="command", reason=reason or None)
        matters = open_matters(connection, row.id)
        if new:
            said: dict[str, Json] = {"departure": one.id, "reason": reason, "open": list(matters), "on": on.isoformat()}
            said |= after_night(connection, on)
            happened.append(Event(kind="institution.exit_requested", subject=row.uscc, data=said))
        return ExitRequest(
            uscc=row.uscc,
            requested_on=one.begun_on,
            reason=one.reason,
            source=one.source,
            open_matters=tuple(matters),
        )


def withdraw_exit(store: Store, uscc: str, *, on: date) -> None:
    """Nothing; the institution stays, its application to leave is withdrawn. Refused without one."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        one = departures.under_way(connection, row.id, "exit")
        if one is None:
            raise UsageError(f"{row.uscc} has not applied to leave; see `qi-pipeline institution show {row.uscc}`")
        if on < one.begun_on:
            raise UsageError(f"{row.uscc} applied to leave on {one.begun_on}; it can't have withdrawn that before")
        departures.withdraw(connection, one.id, on)
        said: dict[str, Json] = {"departure": one.id, "on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind="institution.exit_withdrawn", subject=row.uscc, data=said))


def exit_voluntarily(store: Store, uscc: str, *, on: date, reason: str = "") -> Order:
    """The order of a voluntary exit (退出, 5.3); refused while a leftover issue or complaint is open."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        refuse_open_matters(connection, row, "5.3", on)
        asked = departures.under_way(connection, row.id, "exit")
        if asked is not None and on < asked.begun_on:
            raise UsageError(f"{row.uscc} applied to leave on {asked.begun_on}; it can't have left before (clause 5.3)")
        refuse_order(connection, row, on)
        order, said = leave(
            connection,
            row,
            kind="exit",
            state="exited",
            clause="5.3",
            reason="voluntary_exit",
            on=on,
            data={
                "text": reason or (asked.reason if asked else None) or "",
                "requested_on": (asked.begun_on if asked else on).isoformat(),
                "source": asked.source if asked else "command",
            },
        )
        happened.append(said)
    return order


def evict(store: Store, uscc: str, *, on: date, reason: str = "") -> Order:
    """The order of an eviction (清退, 7.4); refused without a failed inspection or with anything left open."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        failed = connection.execute(
            sa.select(inspections.c.round, inspections.c.closed_on, inspections.c.note)
            .where(inspections.c.institution == row.id, inspections.c.result == "failed")
            .where(inspections.c.closed_on >= (row.admitted_on or date.min))
            .order_by(inspections.c.closed_on.desc(), inspections.c.id.desc())
        ).first()
        if failed is None:
            raise UsageError(
                f"{row.uscc} has failed no inspection since it entered (clause 7.4); record the result first with "
                "`qi-pipeline inspection result`"
            )
        if on < failed.closed_on:
            raise UsageError(
                f"{row.uscc} failed its inspection on {failed.closed_on}; it can't be evicted before (clause 7.4)"
            )
        refuse_open_matters(connection, row, "7.4", on)
        notice = departures.under_way(connection, row.id, "eviction")
        data: dict[str, Json] = {
            "text": reason or failed.note or "",
            "notice": notice.notice if notice else None,
            "inspection": failed.round,
            "failed_on": failed.closed_on.isoformat(),
        }
        refuse_order(connection, row, on)
        order, said = leave(
            connection,
            row,
            kind="eviction",
            state="evicted",
            clause="7.4",
            reason="inspection_failed",
            on=on,
            data=data,
        )
        happened.append(said)
    return order


def report_closed(store: Store, uscc: str, *, closed_on: date, on: date) -> DueDate:
    """The day by which the closed institution must deregister (7.5): one month, by the Civil Code."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        if closed_on > on:
            raise UsageError(f"{row.uscc} can't have closed on {closed_on}, which is after {on}")
        if row.closed_on is not None and row.closed_on != closed_on:
            raise UsageError(f"{row.uscc} is on record as closed since {row.closed_on}")
        refuse_before_entry(row, closed_on, "it can't have closed", "--on")
        due = add_months(closed_on, 1)
        if row.closed_on is None:
            connection.execute(sa.update(institutions).where(institutions.c.id == row.id).values(closed_on=closed_on))
            said: dict[str, Json] = {
                "closed_on": closed_on.isoformat(),
                "due_on": due.date.isoformat(),
                "on": on.isoformat(),
                **after_night(connection, closed_on),
            }
            happened.append(Event(kind="institution.closed", subject=row.uscc, data=said))
    return due


def deregister_closed(store: Store, uscc: str, *, on: date) -> Order:
    """The order that deregisters a closed institution (7.5); refused for one that is not on record as closed."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        if row.closed_on is None:
            raise UsageError(f"{row.uscc} is not on record as closed; report it first with `qi-pipeline close`")
        if on < row.closed_on:
            raise UsageError(f"{row.uscc} closed on {row.closed_on}; it can't deregister before (clause 7.5)")
        data: dict[str, Json] = {
            "closed_on": row.closed_on.isoformat(),
            "left_open": list(open_matters(connection, row.id)),
        }
        refuse_order(connection, row, on)
        order, said = leave(
            connection,
            row,
            kind="deregistration",
            state="deregistered",
            clause="7.5",
            reason="closed",
            on=on,
            data=data,
        )
        happened.append(said)
    return order


def revoke(store: Store, uscc: str, *, on: date, reason: str) -> Order:
    """The order of a direct deregistration after a qualification was revoked for violation (7.5).

    It does not wait for leftover issues; those that are open stay on record.
    """
    if not reason.strip():
        raise UsageError("a revocation needs its reason: who revoked what; give --reason")
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        data: dict[str, Json] = {"text": reason, "left_open": list(open_matters(connection, row.id))}
        refuse_order(connection, row, on)
        order, said = leave(
            connection,
            row,
            kind="deregistration",
            state="deregistered",
            clause="7.5",
            reason="qualification_revoked",
            on=on,
            data=data,
        )
        happened.append(said)
    return order


def complete_profile(store: Store, uscc: str, *, on: date) -> None:
    """Nothing; the profile and service plan of the institution are complete since ``on`` (6.3)."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        if row.profile_completed_on is not None:
            raise UsageError(
                f"{row.uscc} completed its profile on {row.profile_completed_on}; nothing is left to do (6.3)"
            )
        if row.admitted_on is not None and on < row.admitted_on:
            raise UsageError(f"{row.uscc} entered on {row.admitted_on}; its profile can't be complete before")
        connection.execute(sa.update(institutions).where(institutions.c.id == row.id).values(profile_completed_on=on))
        # The institution did it in time or not on its own day, whatever day we typed it up on (6.3).
        said: dict[str, Json] = {"on": on.isoformat(), **after_night(connection, on)}
        happened.append(Event(kind="institution.profile_completed", subject=row.uscc, data=said))
