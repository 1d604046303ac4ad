"""The nightly re-verification (每夜复核): everyone re-verified from stored facts; the answer of ``nightly --json``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.policy import Policy, ResidencyPolicy
from qi_pipeline.records import bulk, database, words
from qi_pipeline.records.events import Event, now
from qi_pipeline.records.store import Store
from qi_pipeline.residency import agenda, keeping
from qi_pipeline.residency.bringing import Changes
from qi_pipeline.residency.night import Night, begin, do_range
from qi_pipeline.residency.reminding import announce_audits, remind
from qi_pipeline.residency.runs import Lists, acts_of, runs_of


def run_night(
    store: Store, as_of: date, policy: Policy, done: Callable[[int, int], None] | None = None
) -> dict[str, Json]:
    """The night's answer; ``done`` is told how many of how many ranges are through.

    Raises :class:`~qi_pipeline.errors.UsageError` for a day before the last run's.
    """
    with bulk.uncollected():
        night = begin(store, as_of, policy.residency)
        for number, (low, high) in enumerate(night.ranges, 1):
            do_range(store, night, low, high, policy.residency)
            if done is not None:
                done(number, len(night.ranges))
        return conclude(store, night, policy)


def conclude(store: Store, night: Night, policy: Policy) -> dict[str, Json]:
    """The answer of a night whose ranges are all done."""
    as_of = night.as_of
    with store.write() as (connection, happened):
        bulk.room(connection)
        known = runs_of(connection, as_of)
        lists = _bring_lists(connection, as_of, policy.residency, known.lists)
        changed = acts_of(connection, as_of)
        if not known.is_finished:
            happened.append(_said(as_of, changed))
        words.tell(
            connection,
            "UPDATE nightly_runs SET listed_to = :until, credit_load = :load,"
            " finished_at = coalesce(finished_at, :moment) WHERE as_of = :day",
            until=lists.listed_to,
            load=lists.credit_load,
            moment=now(),
            day=as_of,
        )
    with bulk.uncollected(), database.reading(store.engine) as connection:
        residents, certificates = agenda.counts(connection)
        return {
            "as_of": as_of.isoformat(),
            # What left tonight was there at the start of the night.
            "institutions": residents + len(changed.left),
            "qualifications": certificates + changed.gone_qualifications,
            "expiring": agenda.expiring(connection, as_of),
            "suspended": agenda.suspended(connection),
            "reinstated": [
                {"uscc": uscc, "services": list(names)} for uscc, names in sorted(changed.reinstated.items())
            ],
            "deregistered": list(changed.deregistered),
            "annual_audits": agenda.annual_audits(connection, as_of, policy.residency),
            "overdue": agenda.overdue(connection, as_of, policy.residency, frozenset(changed.left)),
            "flags": agenda.flags(connection, as_of, policy),
        }


def _said(as_of: date, changed: Changes) -> Event:
    said: dict[str, Json] = {
        "suspended": len(changed.stopped),
        "reinstated": len(changed.reinstated),
        "deregistered": len(changed.deregistered),
    }
    return Event(kind="nightly.run", subject=as_of.isoformat(), data=said)


def _bring_lists(connection: sa.Connection, as_of: date, policy: ResidencyPolicy, before: Lists | None) -> Lists:
    """What the lists hold; they are those of the night: what left by its date is out, what entered by it is in."""
    until = as_of + timedelta(days=max(policy.reminder_days))
    [(load,)] = words.ask(connection, "SELECT max(id) FROM credit_loads")
    held = Lists(as_of, until, load)
    if before == held:
        return held  # no day has passed: what its ranges changed stands in them
    if before is None:
        keeping.clear_endings(connection)
        keeping.enter_endings(connection, as_of, until)
        remind(connection, as_of, policy)
    else:
        keeping.drop_endings(connection, as_of, until)
        if until > before.listed_to:
            keeping.enter_endings(connection, max(as_of, before.listed_to + timedelta(days=1)), until)
        remind(connection, as_of, policy, since=before.as_of)
    if before is None or load != before.credit_load:
        keeping.rebuild_flags(connection)
    announce_audits(connection, as_of, policy, since=None if before is None else before.as_of)
    return held
