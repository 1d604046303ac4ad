"""The nightly re-verification (每夜复核): everyone re-verified from stored facts; the answer of ``nightly --json``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from qi_pipeline.model import Json
from qi_pipeline.policy import Policy
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from qi_pipeline.residency import agenda
from qi_pipeline.residency.night import Night, begin, do_range, finish
from qi_pipeline.residency.reminding import announce_audits, remind


def run_night(
    store: Store, as_of: date, policy: Policy, done: Callable[[int, int], None] | None = None
) -> dict[str, Json]:
    """The night's answer; ``done`` is told how many of how many ranges are through.

    Raises :class:`~qi_pipeline.errors.UsageError` for a day before the last run's.
    """
    night = begin(store, as_of)
    for number, (low, high) in enumerate(night.ranges, 1):
        do_range(store, night, low, high, policy.residency)
        if done is not None:
            done(number, len(night.ranges))
    return conclude(store, night, policy)


def conclude(store: Store, night: Night, policy: Policy) -> dict[str, Json]:
    """The answer of a night whose ranges are all done."""
    as_of = night.as_of
    with store.write() as (connection, _):
        endings = agenda.ending(connection, as_of, policy.residency)
        remind(connection, endings, as_of, policy.residency)
        audits = agenda.annual_audits(connection, as_of, policy.residency)
        announce_audits(connection, audits, as_of)
    changed = finish(store, night)
    with database.reading(store.engine) as connection:
        residents, certificates = agenda.counts(connection)
        return {
            "as_of": as_of.isoformat(),
            # What left tonight was there at the start of the night.
            "institutions": residents + len(changed.left),
            "qualifications": certificates + changed.gone_qualifications,
            "expiring": agenda.expiring(endings, as_of),
            "suspended": agenda.suspended(connection, as_of, policy.residency),
            "reinstated": [
                {"uscc": uscc, "services": list(names)} for uscc, names in sorted(changed.reinstated.items())
            ],
            "deregistered": list(changed.deregistered),
            "annual_audits": [each.to_json(as_of) for each in audits],
            "overdue": agenda.overdue(connection, as_of, policy.residency, frozenset(changed.left)),
            "flags": agenda.flags(connection, as_of, policy),
        }
