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
from qi_pipeline.records import upsert
from qi_pipeline.records.columns import OPEN_START, packed, unpacked
from qi_pipeline.records.events import now
from qi_pipeline.records.night_tables import parts
from qi_pipeline.records.registry_tables import nightly_runs
from qi_pipeline.residency.bringing import Changes

_LARGEST = (1 << 63) - 1
_QUICK = 1
"""How hard parts are packed: what is written in a night is not waited for longer than need be."""


class Lists(NamedTuple):
    """What the kept lists hold: the night to which they were brought, their last day, and the load of public lists."""

    as_of: date
    listed_to: date
    credit_load: int | None


class Runs(NamedTuple):
    """What is on record of nights when one is begun or ends."""

    latest: date | None
    """The last night that was begun; None before the first."""
    last: date | None
    """The last one before this night that was finished."""
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
    run = nightly_runs.c
    whole = sa.and_(run.finished_at.is_not(None), run.rules.is_not(None), run.listed_to.is_not(None))
    newest_whole = sa.select(sa.func.max(run.as_of)).where(run.as_of < as_of, whole).scalar_subquery()
    rows = connection.execute(
        # Nothing older than a night that noted everything is asked for.
        sa.select(run.as_of, run.finished_at, run.done_to, run.rules, run.listed_to, run.credit_load)
        .where(run.as_of >= sa.func.coalesce(newest_whole, OPEN_START))
        .order_by(run.as_of.desc())
    ).all()
    known = next((row for row in rows if row.as_of == as_of), None)
    return Runs(
        latest=rows[0].as_of if rows else None,
        last=next((row.as_of for row in rows if row.as_of < as_of and row.finished_at is not None), None),
        is_begun=known is not None,
        is_finished=known is not None and known.finished_at is not None,
        done_to=0 if known is None else known.done_to,
        rules=next((row.rules for row in rows if row.rules is not None), None),
        rules_of_it=None if known is None else known.rules,
        lists=next((Lists(row.as_of, row.listed_to, row.credit_load) for row in rows if row.listed_to), None),
    )


def begin_run(connection: sa.Connection, as_of: date, known: Runs, rules: str) -> int:
    """The last institution that is done already; the night is on record as begun, anew if it was finished before.

    What a killed run did stands.
    """
    if known.is_begun and not known.is_finished:
        if known.rules_of_it != rules:
            connection.execute(sa.update(nightly_runs).where(nightly_runs.c.as_of == as_of).values(rules=rules))
        return known.done_to
    stored: dict[str, Json] = {}
    if known.is_finished:
        before = sa.select(sa.func.coalesce(sa.func.max(parts.c.id), 0)).where(parts.c.as_of == as_of)
        stored = {"before": connection.execute(before).scalar_one(), "base": _base(_stored(connection, as_of))}
    done_to = _LARGEST if known.is_finished else 0
    values = {"started_at": now(), "finished_at": None, "done_to": done_to, "result": packed(stored), "rules": rules}
    statement = upsert.insert_or_update(connection, nightly_runs, ["as_of"], sorted(values))
    connection.execute(statement, {"as_of": as_of, **values})
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
    connection.execute(
        sa.insert(parts).values(
            as_of=as_of, result=packed(acts, _QUICK), told=packed(letters, _QUICK) if changes.suspended else None
        )
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
    columns = (parts.c.id, parts.c.result, parts.c.told if letters else sa.null())
    for number, result, told in connection.execute(
        sa.select(*columns).where(parts.c.as_of == as_of).order_by(parts.c.id)
    ):
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
    result = connection.execute(sa.select(nightly_runs.c.result).where(nightly_runs.c.as_of == as_of)).scalar_one()
    stored = unpacked(result)
    assert isinstance(stored, dict)
    return stored


def _base(stored: dict[str, Json]) -> dict[str, Json]:
    """What was kept with the run itself, up to schema 0005, when its night was run again."""
    base = stored.get("base", {}) if not stored or "before" in stored else stored
    assert isinstance(base, dict)
    return base
