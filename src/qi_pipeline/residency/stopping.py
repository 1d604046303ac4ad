"""Writing suspensions, their ends and states in sets: many institutions at one time, a statement for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.records import bulk
from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.night_tables import among
from qi_pipeline.records.registry_tables import institution_history, institutions, services, suspensions

_MANY = 5_000
_LAST = OPEN_END.isoformat()


class Standing(NamedTuple):
    """The suspension of a service that stands."""

    id: int
    reason: str
    held_from: date


def standing_of(connection: sa.Connection, ids: Sequence[int]) -> dict[int, Standing]:
    """The suspensions of the institutions that stand, by service."""
    rows = connection.execute(
        sa.select(suspensions.c.service, suspensions.c.id, suspensions.c.reason, suspensions.c.held_from).where(
            among(suspensions.c.institution, ids), suspensions.c.held_to == OPEN_END
        )
    )
    return {service: Standing(number, reason, since) for service, number, reason, since in rows}


@dataclass(slots=True)
class Writes:
    """What the night writes of services and states, until it is written."""

    begun: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    """Institution, service, reason, from when, to when."""
    ended: list[tuple[str, int]] = field(default_factory=list)
    renamed: list[tuple[str, int]] = field(default_factory=list)
    stopped: list[tuple[str | None, int]] = field(default_factory=list)
    states: dict[str, list[int]] = field(default_factory=dict)

    def suspend(self, institution: int, service: int, reason: str, since: str) -> None:
        """Nothing; the service may not be offered from ``since`` (ISO text)."""
        self.begun.append((institution, service, reason, since, _LAST))
        self.stopped.append((since, service))

    def lift(self, service: int, standing: Standing | None, on: date) -> None:
        """Nothing; the service may be offered again from ``on``."""
        self.stopped.append((None, service))
        if standing is not None:
            self.ended.append((max(on, standing.held_from).isoformat(), standing.id))

    def change(self, institution: int, service: int, standing: Standing, reason: str, since: date) -> None:
        """Nothing; from ``since`` another reason holds for what is suspended already."""
        if since <= standing.held_from:
            self.renamed.append((reason, standing.id))
            return
        self.ended.append((since.isoformat(), standing.id))
        self.begun.append((institution, service, reason, since.isoformat(), _LAST))

    def state(self, institution: int, state: str) -> None:
        """Nothing; the institution is in that state."""
        self.states.setdefault(state, []).append(institution)

    def flush(self, connection: sa.Connection, on: date, source: str) -> None:
        """Nothing; all of it is written."""
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
        for state, ids in self.states.items():
            for first in range(0, len(ids), _MANY):
                _write_state(connection, ids[first : first + _MANY], state, on, source)
        self.states.clear()


def _write_state(connection: sa.Connection, ids: Sequence[int], state: str, on: date, source: str) -> None:
    """Nothing; the institutions are in the state, and what held until ``on`` is in their history.

    The same as :func:`~qi_pipeline.records.registry.write_institution` does for one of them.
    """
    of_these = among(institutions.c.id, ids)
    kept = [column.name for column in institution_history.c if column.name in institutions.c and column.name != "id"]
    before = sa.select(institutions.c.id, sa.literal(on, sa.Date), *(institutions.c[name] for name in kept)).where(
        of_these, institutions.c.held_from < on
    )
    connection.execute(sa.insert(institution_history).from_select(["institution", "held_to", *kept], before))
    later = sa.case((institutions.c.held_from > on, institutions.c.held_from), else_=sa.literal(on, sa.Date))
    connection.execute(sa.update(institutions).where(of_these).values(state=state, held_from=later, source=source))
