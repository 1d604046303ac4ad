"""Reminders (到期提醒): each given once for each certificate and number of days, however often a night is run.

A reminder that a missed night would have given is given now, with the nearer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import upsert
from qi_pipeline.records.night_tables import among, endings
from qi_pipeline.records.registry_tables import reminders

_KEY = ["about", "valid_to", "days"]
_MANY = 20_000


def remind(
    connection: sa.Connection,
    as_of: date,
    policy: ResidencyPolicy,
    *,
    since: date | None = None,
    ids: Sequence[int] | None = None,
) -> None:
    """Nothing; the reminders that are due and were not given are on record as given on ``as_of``.

    Only what became due after the night of ``since``, or what concerns these institutions, is looked at.
    """
    for days in policy.reminder_days:
        due = sa.select(
            endings.c.about, endings.c.valid_to, sa.literal(days, sa.Integer), sa.literal(as_of, sa.Date)
        ).where(endings.c.valid_to <= as_of + timedelta(days=days))
        if since is not None:
            due = due.where(endings.c.valid_to > since + timedelta(days=days))
        if ids is not None:
            due = due.where(among(endings.c.institution, ids))
        connection.execute(
            upsert.insert_new(connection, reminders, _KEY).from_select([*_KEY, "given_on"], due, include_defaults=False)
        )


def announce_audits(connection: sa.Connection, due: Iterable[tuple[str, date]], as_of: date) -> None:
    """Nothing; the audits (USCC and day) that were not announced before are on record as announced on ``as_of``."""
    rows = [{"about": f"a{uscc}", "valid_to": day, "days": 0, "given_on": as_of} for uscc, day in due]
    statement = upsert.insert_new(connection, reminders, _KEY)
    for first in range(0, len(rows), _MANY):
        connection.execute(statement, rows[first : first + _MANY])


def announced(connection: sa.Connection, as_of: date) -> dict[str, date]:
    """The audits that were announced on that day: USCC and the day on which each is due."""
    rows = connection.execute(
        sa.select(reminders.c.about, reminders.c.valid_to).where(
            reminders.c.given_on == as_of, reminders.c.about.like("a%")
        )
    )
    return {about[1:]: day for about, day in rows}
