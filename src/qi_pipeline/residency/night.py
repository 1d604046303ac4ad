"""One night (每夜复核, contract section 8): its ranges, each in a transaction of its own, begun, done, and finished.

A night looks at those institutions only of which something can have changed: a day came on which something of them
ends or begins (``institutions.holds_to``), or something was written about them since (triggers set it back). Each range
leaves its institutions as they hold from now on, so that a killed night goes on with what is left and ends the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import bulk, words
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.night_tables import among, stops
from qi_pipeline.records.registry_tables import institutions, nightly_runs
from qi_pipeline.records.store import Store
from qi_pipeline.residency import keeping
from qi_pipeline.residency.bringing import Bringing, Changes
from qi_pipeline.residency.coverage import Service
from qi_pipeline.residency.listings import services_of
from qi_pipeline.residency.missed import licences_of
from qi_pipeline.residency.ordinary import Candidate, Ordinary, candidates_of, ordinary_of
from qi_pipeline.residency.reminding import announce_audits, remind
from qi_pipeline.residency.runs import add_part, begin_run, runs_of
from qi_pipeline.residency.standing import RESIDENT
from qi_pipeline.residency.stopping import Standing, standing_of

_RANGE = 5_000
"""Institutions to look at in one transaction: short enough that packets are not kept waiting."""
_MANY = 5_000
_LARGEST = (1 << 63) - 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One nightly run that was begun."""

    as_of: date
    last: date | None
    """The run before it; None for the first."""
    ranges: tuple[tuple[int, int], ...]
    """Row numbers of institutions between which there is something to look at, ``[first, last]``."""
    is_first: bool = False
    """Whether no night was begun before it."""
    done_to: int = 0
    """The last institution that an earlier run of this night brought to its state, together with those before it."""


def begin(store: Store, as_of: date, policy: ResidencyPolicy) -> Night:
    """The night of ``as_of``, begun, or taken up where a killed run stopped.

    Raises :class:`UsageError` for a day before the last run's.
    """
    with store.write() as (connection, _):
        known = runs_of(connection, as_of)
        if known.latest is not None and as_of < known.latest:
            latest = known.latest
            raise UsageError(
                f"the last nightly run was made as of {latest}; an earlier day can't be run any more: give "
                f"--as-of {latest} or a later day, which makes up for every night that was missed; what the night of "
                f"{as_of} told, if it was run, lies in reports/nightly/{as_of}/"
            )
        rules = _rules(policy)
        if known.rules is not None and known.rules != rules:
            _forget_lists(connection)
        done_to = begin_run(connection, as_of, known, rules)
        numbers = _to_look_at(connection, as_of)
    ranges = tuple((some[0], some[-1]) for some in _chunks(numbers, _RANGE))
    return Night(as_of=as_of, last=known.last, ranges=ranges, is_first=known.is_first, done_to=done_to)


def _rules(policy: ResidencyPolicy) -> str:
    """What of the policy the kept lists rest on."""
    days = ",".join(str(each) for each in policy.reminder_days)
    return f"grace {policy.deregistration_grace_days}, reminders {days}, audits {policy.audit_notice_days}"


def _forget_lists(connection: sa.Connection) -> None:
    """Nothing; the lists are made anew, by a policy that is another than the last time."""
    connection.execute(sa.update(nightly_runs).values(listed_to=None))
    stopped = sa.select(stops.c.institution)
    connection.execute(sa.update(institutions).where(institutions.c.id.in_(stopped)).values(holds_to=OPEN_START))


def do_range(store: Store, night: Night, low: int, high: int, policy: ResidencyPolicy) -> None:
    """Brings the institutions with row numbers ``low`` to ``high`` to the state of the night; twice does nothing."""
    with bulk.uncollected():  # until all that was made is gone again: there is nothing to look for then
        _do_range(store, night, low, high, policy)


def _do_range(store: Store, night: Night, low: int, high: int, policy: ResidencyPolicy) -> None:
    with store.write() as (connection, happened):
        bulk.room(connection)
        question = f"SELECT finished_at FROM nightly_runs WHERE as_of = :day{words.locked(connection)}"  # noqa: S608 - ours
        [(finished_at,)] = words.ask(connection, question, day=night.as_of)
        if finished_at is not None:
            return
        listed = listed_to(connection)
        changes = Changes()
        for found in _candidates(connection, night.as_of, low, high):
            bringing = Bringing(as_of=night.as_of, last=night.last, policy=policy, changes=changes)
            happened += _bring_all(connection, night, bringing, found)
            _keep(connection, bringing, found, listed)
        if changes:
            add_part(connection, night.as_of, changes)
        further = "UPDATE nightly_runs SET done_to = :high WHERE as_of = :day AND done_to < :high"
        words.tell(connection, further, high=high, day=night.as_of)


def listed_to(connection: sa.Connection) -> date | None:
    """Up to which day the list of endings is made; None while it is not."""
    newest = "SELECT CAST(listed_to AS TEXT) FROM nightly_runs WHERE listed_to IS NOT NULL ORDER BY as_of DESC LIMIT 1"
    found = words.ask(connection, newest)
    return date.fromisoformat(found[0][0]) if found else None


def _to_look_at(connection: sa.Connection, as_of: date, low: int = 0, high: int = _LARGEST) -> list[int]:
    """Row numbers of the institutions of which something can have changed, of the range or of all."""
    # Two searches: an index serves each, and none serves both in one. The range only sifts: it has more rows.
    changed = (
        f"SELECT id FROM institutions WHERE {when} AND id + 0 BETWEEN :low AND :high"  # noqa: S608 - ours
        for when in ("holds_to < :day", "holds_from > :day")
    )
    found = words.ask(connection, " UNION ALL ".join(changed), day=as_of, low=low, high=high)
    return sorted({number for (number,) in found})


def _candidates(connection: sa.Connection, as_of: date, low: int, high: int) -> Iterator[list[Candidate]]:
    """The institutions of the range of which something can have changed, in parts.

    They are locked before anything of them is read: whoever writes about one at the same time is waited for.
    """
    wanted = _to_look_at(connection, as_of, low, high)
    for some in _chunks(wanted, _MANY):
        bulk.lock(connection, institutions, some)
        yield candidates_of(connection, some, as_of)


def _bring_all(connection: sa.Connection, night: Night, bringing: Bringing, found: Sequence[Candidate]) -> list[Event]:
    """The events of bringing all of them to the state of the night; whoever is not resident is left as it is."""
    grace = bringing.policy.deregistration_grace_days
    ordinary = ordinary_of(connection, found, night.as_of, night.last, grace, night.is_first)
    others = [each.id for each in found if each.id not in ordinary and each.state in RESIDENT]
    residents, known, standing = _looked_at(connection, night, others)
    missed_any = night.last is not None and night.last < night.as_of - timedelta(days=1)
    licences = licences_of(connection, residents, night.last) if night.last is not None and missed_any else {}
    happened: list[Event] = []
    alike: list[tuple[Candidate, Ordinary]] = []
    for each in found:
        plain = ordinary.get(each.id)
        if plain is not None:
            alike.append((each, plain))
            continue
        bringing.bring_ordinary(alike, happened)
        alike.clear()
        if each.state in RESIDENT:
            missed = licences.get(each.id) if each.id > night.done_to else None
            happened += bringing.bring(residents[each.id], known.get(each.id, []), standing, missed)
        else:
            bringing.hold(each.id, OPEN_END)
    bringing.bring_ordinary(alike, happened)
    bringing.writes.flush(connection, night.as_of)
    return happened + bringing.part(connection)


def _looked_at(
    connection: sa.Connection, night: Night, ids: Sequence[int]
) -> tuple[dict[int, Row], dict[int, list[Service]], dict[int, Standing]]:
    """The facts of institutions, their services with every certificate, and what is suspended of them."""
    if not ids:
        return {}, {}, {}
    columns = ("id", "uscc", "state", "licence_valid_to", "qualification_count", "admitted_on", "held_from")
    rows = connection.execute(
        sa.select(*(institutions.c[name] for name in columns)).where(among(institutions.c.id, ids))
    )
    return (
        {row.id: row for row in rows},
        services_of(connection, ids, night.as_of, replaced_after=night.last),
        standing_of(connection, ids),
    )


def _keep(connection: sa.Connection, bringing: Bringing, found: Sequence[Candidate], listed: date | None) -> None:
    """Nothing; the kept lists have what they should have of these institutions, and each holds until its day."""
    as_of, policy = bringing.as_of, bringing.policy
    ids = [each.id for each in found]
    keeping.replace_stops(connection, ids, bringing.stops)
    if listed is not None:  # else all lists are made when the ranges are done
        keeping.replace_endings(connection, ids, as_of, listed)
        remind(connection, as_of, policy, ids=ids)
        keeping.replace_flags(connection, ids)
        announce_audits(connection, as_of, policy, ids=ids)
    bulk.update(connection, institutions, ("holds_to",), bringing.holds)
    begun = [(OPEN_START.isoformat(), each.id) for each in found if each.holds_from > as_of.isoformat()]
    bulk.update(connection, institutions, ("holds_from",), begun)


def _chunks(rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (rows[first : first + size] for first in range(0, len(rows), size))
