"""Writing suspensions, their ends and states in sets: many institutions at one time, a statement for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.records import bulk, words
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import institution_history, institutions, services, suspensions

_MANY = 5_000
_LAST = OPEN_END.isoformat()


class Standing(NamedTuple):
    """The suspension of a service that stands."""

    id: int
    """Its row; of one that is not written yet, below zero, its place among those that begin."""
    reason: str
    held_from: date


def standing_of(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Standing]:
    """The suspensions of the institutions that stand, by service."""
    rows = words.ask(
        connection,
        "SELECT service, id, reason, CAST(held_from AS TEXT) FROM suspensions"  # noqa: S608 - ours
        f" WHERE institution IN ({words.numbers(ids)}) AND held_to = '{_LAST}'",
    )
    return {service: Standing(number, reason, date.fromisoformat(since)) for service, number, reason, since in rows}


@dataclass(slots=True)
class Writes:
    """What the night writes of services and states, until it is written."""

    begun: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    """Institution, service, reason, from when, to when."""
    ended: list[tuple[str, int]] = field(default_factory=list)
    renamed: list[tuple[str, int]] = field(default_factory=list)
    stopped: list[tuple[str | None, int]] = field(default_factory=list)
    states: dict[tuple[date, str], list[int]] = field(default_factory=dict)
    """Institutions by the day from which they are in the state."""

    def suspend(self, institution: int, service: int, reason: str, since: str) -> None:
        """Nothing; the service may not be offered from ``since`` (ISO text)."""
        self.begun.append((institution, service, reason, since, _LAST))
        self.stopped.append((since, service))

    def begun_last(self) -> Standing:
        """The suspension that began last, as it will stand."""
        last = self.begun[-1]
        return Standing(-len(self.begun), last[2], date.fromisoformat(last[3]))

    def lift(self, service: int, standing: Standing | None, on: date) -> None:
        """Nothing; the service may be offered again from ``on``."""
        self.stopped.append((None, service))
        if standing is not None:
            self._end(standing, max(on, standing.held_from))

    def change(self, institution: int, service: int, standing: Standing, reason: str, since: date) -> Standing:
        """What stands then: from ``since`` another reason holds for what is suspended already."""
        if since <= standing.held_from:
            if standing.id > 0:
                self.renamed.append((reason, standing.id))
            else:
                place = -standing.id - 1
                institution, service, _, *days = self.begun[place]
                self.begun[place] = (institution, service, reason, days[0], days[1])
            return standing._replace(reason=reason)
        self._end(standing, since)
        self.begun.append((institution, service, reason, since.isoformat(), _LAST))
        return self.begun_last()

    def _end(self, standing: Standing, on: date) -> None:
        if standing.id > 0:
            self.ended.append((on.isoformat(), standing.id))
            return
        place = -standing.id - 1
        self.begun[place] = (*self.begun[place][:4], on.isoformat())

    def state(self, institution: int, state: str, on: date) -> None:
        """Nothing; from ``on`` the institution is in that state."""
        self.states.setdefault((on, state), []).append(institution)

    def flush(self, connection: sa.Connection, as_of: date) -> None:
        """Nothing; all of it is written by the night of ``as_of``, also for the missed ones before it."""
        for table, column, changed in (
            (suspensions, "held_to", self.ended),
            (suspensions, "reason", self.renamed),
            (services, "suspended_on", self.stopped),
        ):
            bulk.update(connection, table, (column,), changed)
        if self.begun:
            columns = ("institution", "service", "reason", "held_from", "held_to")
            bulk.insert(connection, suspensions, columns, self.begun)
        for rows in (self.ended, self.renamed, self.stopped, self.begun):
            rows.clear()
        for on, state in sorted(self.states):
            ids = self.states[on, state]
            for first in range(0, len(ids), _MANY):
                some = ids[first : first + _MANY]
                if on < as_of:
                    write_past_state(connection, some, state, on, f"nightly {on}")
                else:
                    _write_state(connection, some, state, on, f"nightly {on}")
        self.states.clear()


_KEPT = [column.name for column in institution_history.c if column.name in institutions.c and column.name != "id"]
"""The facts of an institution that its history has too."""


def _write_state(connection: sa.Connection, ids: Sequence[int], state: str, on: date, source: str) -> None:
    """Nothing; the institutions are in the state, and what held until ``on`` is in their history.

    The same as :func:`~qi_pipeline.records.registry.write_institution` does for one of them.
    """
    of_these = among(institutions.c.id, ids)
    _keep_facts(connection, of_these, on)
    later = sa.case((institutions.c.held_from > on, institutions.c.held_from), else_=sa.literal(on, sa.Date))
    connection.execute(sa.update(institutions).where(of_these).values(state=state, held_from=later, source=source))


def _keep_facts(connection: sa.Connection, of_these: sa.ColumnElement[bool], on: date) -> None:
    before = sa.select(institutions.c.id, sa.literal(on, sa.Date), *(institutions.c[name] for name in _KEPT)).where(
        of_these, institutions.c.held_from < on
    )
    connection.execute(sa.insert(institution_history).from_select(["institution", "held_to", *_KEPT], before))


def write_past_state(connection: sa.Connection, ids: Sequence[int], state: str, on: date, source: str) -> None:
    """Nothing; the institutions have been in the state since ``on``, whatever else was written of them since then.

    What was written later keeps its day and its source, and has the state from then on too.
    """
    past = institution_history.c
    of_these = among(past.institution, ids)
    spans = sa.and_(of_these, past.held_from < on, past.held_to > on)
    cut = sa.select(past.institution, sa.literal(on, sa.Date), *(past[name] for name in _KEPT)).where(spans)
    connection.execute(sa.insert(institution_history).from_select(["institution", "held_to", *_KEPT], cut))
    connection.execute(sa.update(institution_history).where(spans).values(held_from=on, state=state, source=source))
    for when, values in (
        (past.held_from > on, {"state": state}),
        (past.held_from == on, {"state": state, "source": source}),
    ):
        connection.execute(sa.update(institution_history).where(of_these, when).values(**values))
    now = institutions.c
    of_these = among(now.id, ids)
    _keep_facts(connection, of_these, on)
    connection.execute(sa.update(institutions).where(of_these, now.held_from > on).values(state=state))
    connection.execute(
        sa.update(institutions).where(of_these, now.held_from <= on).values(state=state, held_from=on, source=source)
    )
