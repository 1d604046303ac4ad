"""Writing suspensions and their ends in sets: many services at one time, a statement for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records.columns import OPEN_END
from qi_pipeline.records.registry_tables import services, suspensions


@dataclass(slots=True)
class Writes:
    """Suspensions that begin and end, until they are written."""

    begun: list[dict[str, object]] = field(default_factory=list)
    ended: list[dict[str, object]] = field(default_factory=list)

    def suspend(self, institution: int, service: int, reason: str, since: date) -> None:
        """Nothing; the service may not be offered from ``since``."""
        self.begun.append(
            {
                "institution": institution,
                "service": service,
                "reason": reason,
                "held_from": since,
                "held_to": OPEN_END,
            }
        )

    def lift(self, institution: int, service: int, on: date) -> None:
        """Nothing; the service may be offered again from ``on``."""
        self.ended.append({"owner": institution, "row": service, "day": on})

    def flush(self, connection: sa.Connection) -> None:
        """Nothing; all of it is written."""
        stop = (
            sa.update(services)
            .where(services.c.id == sa.bindparam("row"))
            .values(suspended_on=sa.bindparam("day", type_=sa.Date))
        )
        if self.begun:
            connection.execute(sa.insert(suspensions), self.begun)
            connection.execute(stop, [{"row": each["service"], "day": each["held_from"]} for each in self.begun])
        if self.ended:
            connection.execute(stop, [{"row": each["row"], "day": None} for each in self.ended])
            connection.execute(
                sa.update(suspensions)
                .where(suspensions.c.institution == sa.bindparam("owner"), suspensions.c.held_to == OPEN_END)
                .where(suspensions.c.service == sa.bindparam("row"))
                .values(held_to=sa.bindparam("day", type_=sa.Date)),
                self.ended,
            )
        self.begun, self.ended = [], []
