"""What follows from a packet besides the register's entry: older clocks end, an audit gets its papers, an exit begins.

Called in the transaction of the decision, so that none of it happens without the decision or twice.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Decision, Json
from qi_pipeline.records import audits, clocks, departures
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import institutions
from qi_pipeline.records.rows import PacketRow

_RESIDENT = ("active", "suspended")


def taken(connection: sa.Connection, packet: PacketRow, decision: Decision, dossier: Json) -> list[Event]:
    """What goes into the log when the packet is judged for the first time.

    A new application of one that has left is linked to the order by which it left.
    """
    on = date.fromisoformat(decision.as_of)
    happened = clocks.end_earlier(connection, packet, on)
    former = dossier.get("registry") if isinstance(dossier, dict) else None
    if packet.request in clocks.APPLICATIONS and isinstance(former, dict) and former.get("left_on"):
        said: dict[str, Json] = {name: former.get(name) for name in ("left_on", "left_by", "reentry_from")}
        happened.append(Event(kind="packet.reentry", subject=packet.id, data=said | {"on": on.isoformat()}))
    if packet.request == "annual_audit" and packet.uscc is not None:
        happened += audits.papers_came(connection, packet.uscc, packet.id, on)
    return happened


def admitted(connection: sa.Connection, packet: PacketRow, on: date) -> list[Event]:
    """What goes into the log when the packet is admitted for good: an application to leave begins the exit (5.3)."""
    if packet.request != "exit" or packet.uscc is None:
        return []
    row = connection.execute(
        sa.select(institutions.c.id, institutions.c.state).where(institutions.c.uscc == packet.uscc)
    ).one_or_none()
    if row is None or row.state not in _RESIDENT:
        return []
    departure, new = departures.begin(connection, row.id, "exit", on=on, source=packet.id)
    said: dict[str, Json] = {"packet": packet.id, "departure": departure.id, "on": on.isoformat()}
    return [Event(kind="institution.exit_requested", subject=packet.uscc, data=said)] if new else []
