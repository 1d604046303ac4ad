"""Acts entered late (补录): which act may be dated before the last night (每夜复核), and which not.

People type up in the morning what they did the day before. What a night told of that day stands in its report and in
letters that were sent, so an act may be dated before it only where the night rested nothing on it. The event of such an
act names the night, and the log the moment at which it was entered: both days are on record.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.records import database
from qi_pipeline.records.lateness import last_night
from qi_pipeline.records.registry_tables import duties
from qi_pipeline.records.rows import PacketRow
from qi_pipeline.records.store import Store


def day_of_an_order(store: Store, today: date) -> date:
    """The day that an order bears if nobody names another: today, or the last night's where that lies ahead."""
    with database.reading(store.engine) as connection:
        return max(today, last_night(connection) or today)


def day_of_a_decision(store: Store, packet: PacketRow, today: date) -> date:
    """The day that a person's decision or correction bears if nobody names another.

    Today; the day on which the packet was judged, or the last night's, where one of these lies ahead.
    """
    return max(day_of_an_order(store, today), _judged_on(store, packet) or today)


def refuse_early_decision(store: Store, packet: PacketRow, on: date) -> None:
    """Nothing; raises :class:`UsageError` for a decision or correction dated before what it follows.

    That is the day on which the packet was judged, and the last night where that told the result as overdue (5.2.1).
    """
    judged = _judged_on(store, packet)
    if judged is not None and on < judged:
        raise UsageError(
            f"{packet.name}: it was judged on {judged}, so nobody decided on it on {on}; give --as-of {judged} or a "
            "later day"
        )
    with database.reading(store.engine) as connection:
        owed = sa.select(sa.func.min(duties.c.due_on)).where(
            duties.c.packet == packet.id,
            duties.c.clause == "5.2.1",
            duties.c.done_on.is_(None),
            duties.c.paused_on.is_(None),
        )
        due_on: date | None = connection.execute(owed).scalar()
        if due_on is not None:
            refuse_undoing_overdue(connection, on, due_on, f"the result of {packet.name}")


def _judged_on(store: Store, packet: PacketRow) -> date | None:
    standing = store.decision(packet.id)
    return None if standing is None else date.fromisoformat(standing.decision.as_of)


def refuse_before_the_night(connection: sa.Connection, on: date, what: str, why: str) -> None:
    """Nothing; raises :class:`UsageError` for an act dated before the last night, which rested on it.

    ``what`` is the act and ``why`` what the night took for granted, as parts of a sentence.
    """
    night = last_night(connection)
    if night is not None and on < night:
        raise UsageError(
            f"{what} can't be dated {on}: the night of {night} is over and {why}; give --as-of {night} or a later day, "
            "and say in words when it happened"
        )


def refuse_undoing_overdue(connection: sa.Connection, on: date, due_on: date, what: str) -> None:
    """Nothing; raises :class:`UsageError` for an act dated before the last night, which told it as overdue."""
    night = last_night(connection)
    if night is not None and due_on < night:
        refuse_before_the_night(connection, on, what, f"told it as overdue since {due_on}")
