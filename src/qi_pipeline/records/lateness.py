"""What is entered late (补录): from which day the register holds what a packet or a roster of an earlier day brings.

A night told what the register held on its day. What comes in after it, dated before it, is judged as of its own day and
holds from the night's on: a renewal counts from the day it is recorded (contract, section 8), and a past day that is
asked for answers as it did then.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records.registry_tables import nightly_runs


def last_night(connection: sa.Connection) -> date | None:
    """The day of the last night that was begun; None before the first."""
    latest: date | None = connection.execute(sa.select(sa.func.max(nightly_runs.c.as_of))).scalar()
    return latest


def held_since(connection: sa.Connection, on: date) -> date:
    """The day from which the register holds what is dated ``on``: that day, or the last night's where that is later."""
    return max(on, last_night(connection) or on)


def after_night(connection: sa.Connection, on: date) -> dict[str, Json]:
    """What the event of an act dated before the last night says of it: which night was over when it was entered."""
    night = last_night(connection)
    return {"after_night": night.isoformat()} if night is not None and on < night else {}
