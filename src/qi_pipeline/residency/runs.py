"""The runs of nights on record (每夜复核记录): how far each came, what its ranges changed, what its lists are of.

Each range adds a part to its night. What the answer needs of it stands apart from what only the letters say, which is
most of it and is read by the report alone. A night that is run again leaves its parts as they are; its run names the
last one that an earlier run of it wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import words
from qi_pipeline.records.columns import OPEN_START, packed, unpacked
from qi_pipeline.records.events import now
from qi_pipeline.residency.bringing import Changes

_LARGEST = (1 << 63) - 1
_day = date.fromisoformat
_QUICK = 1
"""How hard parts are packed: what is written in a night is not waited for longer than need be."""


class Lists(NamedTuple):
    """What the kept lists hold: the night to which they were brought, their last day, and the load of public lists."""

    as_of: date
    listed_to: date
    credit_load: int | None


class _Run(NamedTuple):
    """One run as it stands on record."""

    as_of: date
    finished_at: str | None
    done_to: int
    rules: str | None
    listed_to: date | None
    credit_load: int | None


class Runs(NamedTuple):
    """What is on record of nights when one is begun or ends."""

    latest: date | None
    """The last night that was begun; None before the first."""
    last: date | None
    """The last one before this night that was finished."""
    is_first: bool
    """Whether no night was begun before this one."""
    is_begun: bool
    is_finished: bool
    """Of this night: whether it was run to its end before."""
    done_to: int
    rules: str | None
    """The policy of the last night that noted it."""
    rules_of_it: str | None
    """The policy that this night noted."""
    lists: Lists | None
    """None while the lists are to be made anew."""


def runs_of(connection: sa.Connection, as_of: date) -> Runs:
    """What is on record of the night and of those before it."""
    # Nothing older than a night that noted everything is asked for.
    whole = "finished_at IS NOT NULL AND rules IS NOT NULL AND listed_to IS NOT NULL"
    rows = words.ask(
        connection,
        "SELECT CAST(as_of AS TEXT), finished_at, done_to, rules, CAST(listed_to AS TEXT), credit_load"  # noqa: S608 - ours
        " FROM nightly_runs WHERE as_of >="
        f" coalesce((SELECT max(as_of) FROM nightly_runs WHERE as_of < :day AND {whole}), :first)"
        " ORDER BY as_of DESC",
        day=as_of,
        first=OPEN_START,
    )
    found = [
        _Run(_day(day), finished_at, done_to, said, _day(end) if end else None, load)
        for day, finished_at, done_to, said, end, load in rows
    ]
    known = next((run for run in found if run.as_of == as_of), None)
    return Runs(
        latest=found[0].as_of if found else None,
        last=next((run.as_of for run in found if run.as_of < as_of and run.finished_at is not None), None),
        is_first=not any(run.as_of < as_of for run in found),
        is_begun=known is not None,
        is_finished=known is not None and known.finished_at is not None,
        done_to=0 if known is None else known.done_to,
        rules=next((run.rules for run in found if run.rules is not None), None),
        rules_of_it=None if known is None else known.rules,
        lists=next((Lists(run.as_of, run.listed_to, run.credit_load) for run in found if run.listed_to), None),
    )


def begin_run(connection: sa.Connection, as_of: date, known: Runs, rules: str) -> int:
    """The last institution that is done already; the night is on record as begun, anew if it was finished before.

    What a killed run did stands.
    """
    if known.is_begun and not known.is_finished:
        if known.rules_of_it != rules:
            words.tell(connection, "UPDATE nightly_runs SET rules = :rules WHERE as_of = :day", rules=rules, day=as_of)
        return known.done_to
    stored: dict[str, Json] = {}
    if known.is_finished:
        [(before,)] = words.ask(
            connection, "SELECT coalesce(max(id), 0) FROM nightly_parts WHERE as_of = :day", day=as_of
        )
        stored = {"before": before, "base": _base(_stored(connection, as_of))}
    done_to = _LARGEST if known.is_finished else 0
    words.tell(
        connection,
        "INSERT INTO nightly_runs (as_of, started_at, done_to, result, rules)"
        " VALUES (:day, :started_at, :done_to, :result, :rules)"
        " ON CONFLICT (as_of) DO UPDATE SET started_at = excluded.started_at, finished_at = NULL,"
        " done_to = excluded.done_to, result = excluded.result, rules = excluded.rules",
        day=as_of,
        started_at=now(),
        done_to=done_to,
        result=packed(stored),
        rules=rules,
    )
    return done_to


def add_part(connection: sa.Connection, as_of: date, changes: Changes) -> None:
    """Nothing; what a range changed is kept with its night."""
    letters = {"suspended": changes.suspended, "terms": changes.terms}
    acts = {
        "reinstated": changes.reinstated,
        "deregistered": changes.deregistered,
        "left": changes.left,
        "gone_qualifications": changes.gone_qualifications,
        "stopped": sorted(changes.suspended),
    }
    words.tell(
        connection,
        "INSERT INTO nightly_parts (as_of, result, told) VALUES (:day, :result, :told)",
        day=as_of,
        result=packed(acts, _QUICK),
        told=packed(letters, _QUICK) if changes.suspended else None,
    )


def acts_of(connection: sa.Connection, as_of: date) -> Changes:
    """What the night did until now, without what its letters say; of an earlier run of it who left."""
    return _together(connection, as_of, letters=False)


def changes_of(connection: sa.Connection, as_of: date) -> Changes:
    """What the night changed until now, in all its ranges and runs."""
    return _together(connection, as_of, letters=True)


def _together(connection: sa.Connection, as_of: date, *, letters: bool) -> Changes:
    stored = _stored(connection, as_of)
    found = Changes()
    if base := _base(stored):
        found.add(_changes(base))
    before = stored.get("before", 0)
    assert isinstance(before, int)
    for number, part in _parts(connection, as_of, letters=letters):
        if number <= before:
            part.earlier, part.reinstated, part.deregistered = part.reinstated, {}, []
        found.add(part)
    return found


def _parts(connection: sa.Connection, as_of: date, *, letters: bool) -> Iterator[tuple[int, Changes]]:
    question = f"SELECT id, result, {'told' if letters else 'NULL'} FROM nightly_parts WHERE as_of = :day ORDER BY id"  # noqa: S608 - ours
    for number, result, told in words.ask(connection, question, day=as_of):
        said = unpacked(result)
        assert isinstance(said, dict)
        if told is not None:
            more = unpacked(told)
            assert isinstance(more, dict)
            said |= more
        yield number, _changes(said)


def _changes(said: dict[str, Json]) -> Changes:
    stopped = said.pop("stopped", None)
    found = Changes(**said)  # type: ignore[arg-type]
    found.stopped = dict.fromkeys(found.suspended if stopped is None else stopped)  # type: ignore[arg-type]
    return found


def _stored(connection: sa.Connection, as_of: date) -> dict[str, Json]:
    [(result,)] = words.ask(connection, "SELECT result FROM nightly_runs WHERE as_of = :day", day=as_of)
    stored = unpacked(result)
    assert isinstance(stored, dict)
    return stored


def _base(stored: dict[str, Json]) -> dict[str, Json]:
    """What was kept with the run itself, up to schema 0005, when its night was run again."""
    base = stored.get("base", {}) if not stored or "before" in stored else stored
    assert isinstance(base, dict)
    return base
