"""What was done in a period (统计): throughput, outcomes, agreement of reviewers, findings, times.

Days are as-of days: a packet counts as taken in on the day for which it was first judged, as decided on the day for
which the decision was made. So a period judged again later for its own days gives the same figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qi_pipeline.records.listing import streamed
from qi_pipeline.records.registry_tables import duties, institutions
from qi_pipeline.records.review_tables import corrections, samples
from qi_pipeline.records.tables import decisions, duplicates, events, files, packets
from qi_pipeline.workdays import SHANGHAI

NO_CATEGORY = ""
"""The category of a packet that says none."""


@dataclass(slots=True)
class Day:
    """What was taken in on one day."""

    packets: int = 0
    pages: int = 0


@dataclass(slots=True)
class Statistics:
    """The figures of a period; counters by what they count."""

    first: date | None
    last: date | None
    days: dict[date, Day] = field(default_factory=dict)
    """Throughput: what was taken in, by day."""
    seconds: float = 0.0
    """Processor seconds that reading the pages took."""
    duplicates: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    """By the code that says why."""
    processing: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Final decisions by category and outcome."""
    waiting: Counter[str] = field(default_factory=Counter)
    """Packets of the period that wait for a person, by recommendation."""
    automatic: int = 0
    """Final decisions that were made without a person: neither decided by one nor resting on a correction."""
    by_person: int = 0
    reviewed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Reviewers' decisions, by what the machine had decided first, on its own reading, and what was decided."""
    reviewed_as_corrected: int = 0
    """Reviewers' decisions over packets of which the machine's first decision rested on earlier corrections already."""
    sampled: int = 0
    """Automatic decisions that were drawn for checking."""
    checked: int = 0
    agreed: int = 0
    """Checked ones with which the reviewer agreed."""
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Packets by code and severity of the findings in the decision that stands."""
    days_automatic: Counter[int] = field(default_factory=Counter)
    """Days from submission to the decision, of those made without a person."""
    days_by_person: Counter[int] = field(default_factory=Counter)
    machine_seconds: list[float] = field(default_factory=list)
    """From taking in to the first decision, by the clock."""
    in_time: int = 0
    """Applicants told within the time limit of 5.2.1."""
    late: int = 0

    @property
    def packets(self) -> int:
        """Packets taken in."""
        return sum(day.packets for day in self.days.values())

    @property
    def pages(self) -> int:
        """Pages read."""
        return sum(day.pages for day in self.days.values())

    @property
    def decided(self) -> int:
        """Packets whose decision is final."""
        return self.automatic + self.by_person


def statistics(connection: sa.Connection, first: date | None, last: date | None) -> Statistics:
    """The figures of the days from ``first`` to ``last``; None leaves that end open."""
    found = Statistics(first=first, last=last)
    taken: dict[str, date] = {}
    for row in _packets(connection, first, last):
        _count(found, row, taken)
    _read(connection, found, taken)
    _duplicates(connection, found, taken)
    _reviewed(connection, found)
    _sampled(connection, found)
    _findings(connection, found)
    _told(connection, found)
    return found


class _Packet(NamedTuple):
    """One packet as it is counted; a tuple, because there are so many."""

    id: str
    state: str
    outcome: str | None
    automatic: bool | None
    code: str | None
    taken_at: str
    submitted_at: str | None
    decided_on: date | None
    taken_on: date | None
    made_at: str | None
    """When the first decision was made."""
    category: str | None
    waited: bool | None
    """The first decision waited for a person; None where there is none."""
    corrected: bool
    """It rests on what a person read."""

    @property
    def without_person(self) -> bool:
        """Nobody looked: the rules decided at once, on what the machine had read."""
        return bool(self.automatic) and not self.waited and not self.corrected


def _packets(connection: sa.Connection, first: date | None, last: date | None) -> Iterator[_Packet]:
    # Joined by row number: a look-up a packet and column took twice as long.
    earliest, latest = decisions.alias("earliest"), decisions.alias("latest")

    def numbered(of: sa.FromClause, which: Callable[[Any], sa.ColumnElement[Any]]) -> sa.ColumnElement[bool]:
        number = sa.select(which(decisions.c.id)).where(decisions.c.packet == packets.c.id).correlate(packets)
        return of.c.id == number.scalar_subquery()

    known = sa.select(institutions.c.category).where(institutions.c.uscc == packets.c.uscc).correlate(packets)
    day = sa.func.coalesce(earliest.c.as_of, packets.c.as_of, type_=sa.Date())
    given = (
        sa.exists().where(corrections.c.packet == packets.c.id, corrections.c.withdrawn_on.is_(None)).correlate(packets)
    )
    query = (
        sa.select(
            packets.c.id,
            packets.c.state,
            packets.c.outcome,
            packets.c.automatic,
            packets.c.code,
            packets.c.taken_at,
            packets.c.submitted_at,
            packets.c.decided_on,
            day,
            earliest.c.made_at,
            sa.func.coalesce(known.scalar_subquery(), latest.c.entry["category"].as_string()),
            ~earliest.c.automatic,
            given,
        )
        .select_from(
            packets.outerjoin(earliest, numbered(earliest, sa.func.min)).outerjoin(
                latest, numbered(latest, sa.func.max)
            )
        )
        .order_by(packets.c.number)
    )
    if first is not None or last is not None:
        query = query.where(sa.or_(_within(day, first, last), _within(packets.c.decided_on, first, last)))
    return map(_Packet._make, streamed(connection, query))


def _within(day: sa.ColumnElement[Any], first: date | None, last: date | None) -> sa.ColumnElement[bool]:
    bounds = [day >= first] if first is not None else []
    bounds += [day <= last] if last is not None else []
    return sa.and_(sa.true(), *bounds)


def _count(found: Statistics, row: _Packet, taken: dict[str, date]) -> None:
    if row.taken_on is not None and _holds(found, row.taken_on):
        taken[row.id] = row.taken_on
        found.days.setdefault(row.taken_on, Day()).packets += 1
        if row.made_at is not None:
            seconds = (datetime.fromisoformat(row.made_at) - datetime.fromisoformat(row.taken_at)).total_seconds()
            if seconds >= 0:
                found.machine_seconds.append(seconds)
        if row.state == "quarantined":
            found.quarantined[row.code or "corrupt"] += 1
        elif row.state == "processing":
            found.processing += 1
        elif row.state == "waiting":
            found.waiting[str(row.outcome)] += 1
    if row.state == "decided" and row.decided_on is not None and _holds(found, row.decided_on):
        found.outcomes[row.category or NO_CATEGORY, str(row.outcome)] += 1
        if row.without_person:
            found.automatic += 1
        else:
            found.by_person += 1
        begun = _day(row.submitted_at) or row.taken_on
        if begun is not None and begun <= row.decided_on:
            waited = found.days_automatic if row.without_person else found.days_by_person
            waited[(row.decided_on - begun).days] += 1


def _holds(found: Statistics, day: date) -> bool:
    return (found.first is None or day >= found.first) and (found.last is None or day <= found.last)


def _day(moment: str | None) -> date | None:
    """The day of a moment in Asia/Shanghai."""
    if moment is None:
        return None
    given = datetime.fromisoformat(moment)
    return (given if given.tzinfo is None else given.astimezone(SHANGHAI)).date()


def _read(connection: sa.Connection, found: Statistics, taken: dict[str, date]) -> None:
    query = (
        sa.select(events.c.subject, events.c.data)
        .join(packets, packets.c.id == events.c.subject)
        .where(events.c.kind == "packet.read")
    )
    for subject, data in streamed(connection, query):
        day = taken.get(subject)
        if day is not None:
            said = json.loads(data)
            found.days[day].pages += int(said["pages"])
            found.seconds += float(said["seconds"])


def _duplicates(connection: sa.Connection, found: Statistics, taken: dict[str, date]) -> None:
    """Duplicates have no as-of day; the day of taking in counts."""
    for (taken_at,) in connection.execute(sa.select(duplicates.c.taken_at)):
        day = _day(taken_at)
        found.duplicates += day is not None and _holds(found, day)


def _reviewed(connection: sa.Connection, found: Statistics) -> None:
    """Each decision of a reviewer beside the machine's first one on that packet, made before anybody corrected a value.

    The recommendation that stood last may rest on the reviewer's own corrections: it would agree with itself.
    """
    machine = decisions.alias("machine")
    other = decisions.alias("other")
    earliest = sa.select(sa.func.min(other.c.id)).where(other.c.packet == decisions.c.packet).correlate(decisions)
    rests = sa.case((_rests_on_a_person(machine), 1), else_=0)
    rows = connection.execute(
        sa.select(rests.label("rests"), machine.c.outcome, decisions.c.outcome, sa.func.count())
        .select_from(
            decisions.join(machine, machine.c.id == earliest.scalar_subquery()).join(
                packets, packets.c.id == decisions.c.packet
            )
        )
        .where(decisions.c.reviewer.is_not(None), _within(decisions.c.as_of, found.first, found.last))
        .group_by(sa.text("rests"), machine.c.outcome, decisions.c.outcome)
    )
    for rests_on_a_person, recommended, decided, count in rows:
        if rests_on_a_person:
            found.reviewed_as_corrected += int(count)
        else:
            found.reviewed[recommended, decided] += int(count)


def _rests_on_a_person(machine: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a correction held already when that decision of the packet was made.

    Corrections hold for the same bytes in any packet, and those of the packets that a supplement completes for it too.
    """
    whose = packets.alias("whose")
    same_bytes = (
        sa.exists()
        .where(files.c.packet == packets.c.id, files.c.sha256 == corrections.c.sha256)
        .correlate(packets, corrections)
    )
    completed = (
        sa.exists()
        .where(packets.c.request == "supplement", whose.c.id == corrections.c.packet, whose.c.uscc == packets.c.uscc)
        .correlate(packets, corrections)
    )
    return (
        sa.exists()
        .where(
            corrections.c.made_at < machine.c.made_at,
            sa.or_(corrections.c.withdrawn_on.is_(None), corrections.c.withdrawn_on >= machine.c.as_of),
            sa.or_(same_bytes, completed),
        )
        .correlate(machine, packets)
    )


def _sampled(connection: sa.Connection, found: Statistics) -> None:
    found.sampled = connection.execute(
        sa.select(sa.func.count()).where(_within(samples.c.drawn_on, found.first, found.last))
    ).scalar_one()
    rows = connection.execute(
        sa.select(samples.c.agrees, sa.func.count())
        .where(samples.c.checked_on.is_not(None), _within(samples.c.checked_on, found.first, found.last))
        .group_by(samples.c.agrees)
    )
    for agrees, count in rows:
        found.checked += count
        found.agreed += count if agrees else 0


def _findings(connection: sa.Connection, found: Statistics) -> None:
    """Of each decision that stands every kind of finding once, however often it occurs."""
    newer = decisions.alias("newer")
    stands = ~sa.exists().where(newer.c.packet == decisions.c.packet, newer.c.id > decisions.c.id)
    if connection.dialect.name == "sqlite":
        each = sa.func.json_each(decisions.c.findings).table_valued("value", name="each")
        # Both in one answer, for every json_extract parses the finding anew.
        kind = [sa.func.json_extract(each.c.value, "$.code", "$.severity").label("kind")]
    else:
        each = sa.func.json_array_elements(decisions.c.findings).table_valued(sa.column("value", sa.JSON), name="each")
        kind = [each.c.value[name].as_string().label(name) for name in ("code", "severity")]
    once = (
        sa.select(decisions.c.id, *kind)
        .select_from(decisions.join(each, sa.true()))
        .where(stands, _within(decisions.c.as_of, found.first, found.last))
        .distinct()
        .subquery("once")
    )
    kinds = [column for column in once.c if column.name != "id"]
    for *said, count in connection.execute(sa.select(*kinds, sa.func.count()).group_by(*kinds)):
        code, severity = said if len(said) == 2 else json.loads(said[0])
        found.findings[code, severity] = int(count)


def _told(connection: sa.Connection, found: Statistics) -> None:
    rows = connection.execute(
        sa.select(duties.c.done_on <= duties.c.due_on, sa.func.count())
        .where(
            duties.c.duty == "notify_applicant",
            duties.c.done_on.is_not(None),
            _within(duties.c.done_on, found.first, found.last),
        )
        .group_by(duties.c.done_on <= duties.c.due_on)
    )
    for in_time, count in rows:
        if in_time:
            found.in_time += count
        else:
            found.late += count
