"""Reminders (到期提醒): each given once for each certificate and number of days, however often a night is run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import upsert
from qi_pipeline.records.registry_tables import reminders
from qi_pipeline.residency.agenda import DueAudit, Ending

_MANY = 20_000


def remind(connection: sa.Connection, endings: Sequence[Ending], as_of: date, policy: ResidencyPolicy) -> None:
    """Nothing; every reminder that is due and was not given is on record as given on ``as_of``.

    A reminder that a missed night would have given is given now, with the nearer one.
    """
    if not endings:
        return
    known = {
        (row.about, row.valid_to, row.days)
        for row in connection.execute(
            sa.select(reminders.c.about, reminders.c.valid_to, reminders.c.days).where(
                reminders.c.valid_to.between(as_of, endings[-1].valid_to)
            )
        )
    }
    _write(
        connection,
        [
            (each.about, each.valid_to, days)
            for each in endings
            for days in policy.reminder_days
            if (each.valid_to - as_of).days <= days and (each.about, each.valid_to, days) not in known
        ],
        as_of,
    )


def given(connection: sa.Connection, as_of: date) -> dict[str, int]:
    """What a reminder was given of on that day, with the nearest number of days."""
    rows = connection.execute(
        sa.select(reminders.c.about, sa.func.min(reminders.c.days))
        .where(reminders.c.given_on == as_of)
        .group_by(reminders.c.about)
    )
    return {about: int(days) for about, days in rows}


def announce_audits(connection: sa.Connection, due: Sequence[DueAudit], as_of: date) -> None:
    """Nothing; the audits that were not announced before are on record as announced on ``as_of``."""
    known = {
        (row.about, row.valid_to)
        for row in connection.execute(
            sa.select(reminders.c.about, reminders.c.valid_to).where(reminders.c.about.like("a%"))
        )
    }
    told = ((f"a{each.uscc}", each.due_on) for each in due)
    fresh = [(about, day, 0) for about, day in told if (about, day) not in known]
    _write(connection, fresh, as_of)


def _write(connection: sa.Connection, rows: Sequence[tuple[str, date, int]], as_of: date) -> None:
    statement = upsert.insert_new(connection, reminders, ["about", "valid_to", "days"])
    for first in range(0, len(rows), _MANY):
        connection.execute(
            statement,
            [
                {"about": about, "valid_to": day, "days": days, "given_on": as_of}
                for about, day, days in rows[first : first + _MANY]
            ],
        )
