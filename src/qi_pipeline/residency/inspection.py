"""Inspections (抽查, 7.1): a sample that anyone can draw again by its rate and seed, stratified by category.

Within a category the institutions are ordered by the SHA-256 of the seed and their code, and the first share of them is
drawn, at least one. The draw depends on nothing else, so neither the database nor a library's random numbers can bend
it, and an institution's place does not move when others come or go.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database, departures
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night
from qi_pipeline.records.registry_tables import departures as departures_table
from qi_pipeline.records.registry_tables import inspections, institutions
from qi_pipeline.records.store import Store
from qi_pipeline.residency.entering import refuse_before_the_night
from qi_pipeline.residency.numbering import next_number
from qi_pipeline.residency.standing import RESIDENT, known, refuse_before_entry, resident

RESULTS = ("passed", "failed")
TARGETED = "targeted"
"""Seed of an inspection that was ordered for a reason and not drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One institution in one round."""

    id: int
    round: str
    rate: float
    seed: str
    uscc: str
    name: str
    category: str | None
    drawn_on: date
    result: str | None
    note: str | None
    closed_on: date | None
    notice: str | None = None
    """Number of the notice of eviction (清退通知) that a failure causes."""

    def to_json(self) -> dict[str, Json]:
        """The inspection as commands print it."""
        return {
            "id": self.id,
            "round": self.round,
            "uscc": self.uscc,
            "name": self.name,
            "category": self.category,
            "drawn_on": self.drawn_on.isoformat(),
            "result": self.result,
            "note": self.note,
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "notice": self.notice,
        }


def sample(members: Iterable[tuple[str, str]], rate: float, seed: str) -> list[str]:
    """The drawn codes, sorted, of ``(code, category)``: of each category the share ``rate``, rounded up.

    >>> len(sample([(str(i), "a") for i in range(10)] + [("x", "b")], 0.25, "2026-1"))
    4
    """
    if not 0 < rate <= 1:
        raise UsageError(f"rate {rate:g} is not a share; give more than 0 and at most 1, such as 0.1")
    strata: dict[str, list[str]] = {}
    for code, category in members:
        strata.setdefault(category, []).append(code)
    drawn: list[str] = []
    for codes in strata.values():
        codes.sort(key=lambda code: hashlib.sha256(f"{seed}\n{code}".encode()).digest())
        # 0.1 of 30 is 3 and not 4, whatever binary fractions make of it.
        drawn += codes[: math.ceil(round(len(codes) * rate, 9))]
    return sorted(drawn)


def draw(store: Store, *, rate: float, seed: str, on: date, round_: str | None = None) -> list[Inspection]:
    """The inspections of the round, drawn from the residents; a round that was drawn is given back as it was.

    Raises :class:`UsageError` when the round was drawn with another rate or seed.
    """
    name = round_ or f"{on.isoformat()}/{seed}"
    with store.write() as (connection, happened):
        before = connection.execute(
            sa.select(inspections.c.rate, inspections.c.seed).where(inspections.c.round == name).limit(1)
        ).one_or_none()
        if before is not None:
            if (before.rate, before.seed) != (rate, seed):
                raise UsageError(
                    f"round {name} was drawn with rate {before.rate:g} and seed {before.seed}; name another round"
                )
            return _listed(connection, round_=name)
        refuse_before_the_night(connection, on, f"round {name}", "a sample is drawn from those that are resident now")
        rows = connection.execute(
            sa.select(institutions.c.id, institutions.c.uscc, institutions.c.category).where(
                institutions.c.state.in_(RESIDENT)
            )
        ).all()
        ids = {row.uscc: row.id for row in rows}
        drawn = sample(((row.uscc, row.category or "") for row in rows), rate, seed)
        if drawn:
            connection.execute(
                sa.insert(inspections),
                [
                    {"round": name, "rate": rate, "seed": seed, "institution": ids[code], "drawn_on": on}
                    for code in drawn
                ],
            )
        said: dict[str, Json] = {"rate": rate, "seed": seed, "from": len(rows), "drawn": list(drawn)}
        happened.append(Event(kind="inspection.drawn", subject=name, data=said | {"on": on.isoformat()}))
        return _listed(connection, round_=name)


def order(store: Store, uscc: str, *, on: date, reason: str) -> Inspection:
    """The inspection of one resident for a reason, such as complaints; a sample by seed can't be bent by it (7.1).

    Raises :class:`UsageError` without a reason, for one that is not resident, or that waits for an inspection already.
    """
    if not reason.strip():
        raise UsageError("an inspection outside of the sample needs its reason (clause 7.1); give --reason")
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        refuse_before_entry(row, on, "nothing can be inspected")
        waiting = _listed(connection, uscc=row.uscc, closed_too=False)
        if waiting:
            raise UsageError(f"{row.uscc} waits for inspection {waiting[0].id} already; record its result first")
        number = connection.execute(sa.select(sa.func.count()).where(inspections.c.institution == row.id)).scalar_one()
        name = f"{on.isoformat()}/{TARGETED}/{number + 1}"
        written = connection.execute(
            sa.insert(inspections)
            .values(round=name, rate=1.0, seed=TARGETED, institution=row.id, drawn_on=on, note=reason.strip())
            .returning(inspections.c.id)
        ).scalar_one()
        said: dict[str, Json] = {"id": written, "round": name, "reason": reason.strip(), "on": on.isoformat()}
        said |= after_night(connection, on)
        happened.append(Event(kind="inspection.ordered", subject=row.uscc, data=said))
        return _listed(connection, number=written)[0]


def record(store: Store, number: int, result: str, *, on: date, note: str | None = None) -> Inspection:
    """The inspection with its result; refused when it has one, and a failure needs its note (7.4)."""
    if result not in RESULTS:
        raise UsageError(f"result {result!r} is none of {', '.join(RESULTS)}")
    if result == "failed" and not (note or "").strip():
        raise UsageError("a failed inspection needs to say what was found, for it leads to eviction; give --note")
    with store.write() as (connection, happened):
        found = _listed(connection, number=number)
        if not found:
            raise UsageError(f"there is no inspection {number}; see `qi-pipeline inspection list --all`")
        one = found[0]
        if one.result is not None:
            raise UsageError(f"inspection {number} {one.result} on {one.closed_on}; draw a new round to inspect again")
        if known(connection, one.uscc).state not in RESIDENT:
            raise UsageError(f"{one.uscc} has left since it was drawn; inspection {number} is void (clause 7.1)")
        if on < one.drawn_on:
            raise UsageError(f"inspection {number} was drawn on {one.drawn_on}; it can't have a result before")
        connection.execute(
            sa.update(inspections)
            .where(inspections.c.id == number)
            .values(result=result, note=note or one.note, closed_on=on)
        )
        said: dict[str, Json] = {"id": number, "round": one.round, "note": note, "on": on.isoformat()}
        said |= after_night(connection, on)
        notice = _notice_of_eviction(connection, one, on, note or "") if result == "failed" else None
        if notice is not None:
            said["notice"] = notice
        happened.append(Event(kind=f"inspection.{result}", subject=one.uscc, data=said))
        return replace(_listed(connection, number=number)[0], notice=notice)


def notice_written(store: Store, number: int, file: str) -> None:
    """Nothing; where the notice of eviction after the inspection lies is on record."""
    with store.write() as (connection, _):
        connection.execute(
            sa.update(departures_table).where(departures_table.c.source == _source(number)).values(file=file)
        )


def _notice_of_eviction(connection: sa.Connection, one: Inspection, on: date, note: str) -> str | None:
    """The number of the notice; one for several failed inspections."""
    row = known(connection, one.uscc)
    begun = departures.under_way(connection, row.id, "eviction")
    if begun is not None:
        return begun.notice
    notice = next_number(connection, "QT", on.year)
    departures.begin(connection, row.id, "eviction", on=on, source=_source(one.id), reason=note, notice=notice)
    return notice


def _source(number: int) -> str:
    return f"inspection {number}"


def listed(
    store: Store, *, round_: str | None = None, uscc: str | None = None, closed_too: bool = True
) -> list[Inspection]:
    """The inspections, of one round or institution or of all."""
    with database.reading(store.engine) as connection:
        return _listed(connection, round_=round_, uscc=uscc, closed_too=closed_too)


def _listed(
    connection: sa.Connection,
    *,
    round_: str | None = None,
    number: int | None = None,
    uscc: str | None = None,
    closed_too: bool = True,
) -> list[Inspection]:
    columns = [column for column in inspections.c if column.name != "institution"]
    source = sa.literal("inspection ", sa.Text) + sa.cast(inspections.c.id, sa.Text)
    query = (
        sa.select(
            *columns, institutions.c.uscc, institutions.c.name, institutions.c.category, departures_table.c.notice
        )
        .join(institutions, institutions.c.id == inspections.c.institution)
        .outerjoin(
            departures_table,
            sa.and_(departures_table.c.institution == inspections.c.institution, departures_table.c.source == source),
        )
        .order_by(inspections.c.id)
    )
    if round_ is not None:
        query = query.where(inspections.c.round == round_)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc)
    if number is not None:
        query = query.where(inspections.c.id == number)
    if not closed_too:
        query = query.where(inspections.c.result.is_(None))
    return [_inspection(row) for row in connection.execute(query)]


def _inspection(row: Row) -> Inspection:
    return Inspection(**row._mapping)
