"""The public lists of clause 4.3 (信用名单), as loaded: violations, abnormal operation, serious violations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

import sqlalchemy as sa

from qi_pipeline.admission.facts import CreditEntry, CreditList, CreditSnapshot
from qi_pipeline.records import upsert
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import credit_entries, credit_loads

_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLoad:
    """One loading of a list."""

    list: CreditList
    loaded_on: date
    entries: int
    """Entries of the file, equal ones counted once."""
    source: str


def load(
    connection: sa.Connection, kind: CreditList, entries: Sequence[CreditEntry], *, loaded_on: date, source: str
) -> tuple[CreditLoad, list[Event]]:
    """The loading on record, and what goes into the log.

    An entry is the same when list, USCC and listing day are; loading it again updates it. Entries that a later file
    leaves out stand: a list may come in parts, and what is no longer published was still listed (4.3). An entry
    is taken off by its ``removed_on``.
    """
    rows = _joined(entries)
    number = connection.execute(
        sa.insert(credit_loads)
        .values(list=kind, loaded_on=loaded_on, source=source, entries=len(rows))
        .returning(credit_loads.c.id)
    ).scalar_one()
    statement = upsert.insert_or_update(
        connection, credit_entries, ["uscc", "list", "listed_on"], ["name", "removed_on", "reason", "load"]
    )
    for first in range(0, len(rows), _BATCH):
        connection.execute(
            statement,
            [
                {
                    "list": kind,
                    "uscc": row.uscc,
                    "name": row.name,
                    "listed_on": row.listed_on,
                    "removed_on": row.removed_on,
                    "reason": row.reason,
                    "load": number,
                }
                for row in rows[first : first + _BATCH]
            ],
        )
    happened = Event(
        kind="credit.loaded",
        subject=kind,
        data={"entries": len(rows), "source": source, "loaded_on": loaded_on.isoformat()},
    )
    return CreditLoad(list=kind, loaded_on=loaded_on, entries=len(rows), source=source), [happened]


def _joined(entries: Sequence[CreditEntry]) -> list[CreditEntry]:
    """Entries of one USCC and day made one: standing rather than taken off, off later rather than earlier."""
    found: dict[tuple[str, date], CreditEntry] = {}
    for entry in entries:
        key = (entry.uscc, entry.listed_on)
        other = found.get(key)
        if other is None:
            found[key] = entry
            continue
        off = None if None in (entry.removed_on, other.removed_on) else max(_days(entry, other))
        reason = other.reason if entry.reason in other.reason else f"{other.reason}；{entry.reason}"
        found[key] = CreditEntry(
            list=entry.list,
            uscc=entry.uscc,
            name=other.name or entry.name,
            listed_on=entry.listed_on,
            removed_on=off,
            reason=reason,
        )
    return list(found.values())


def _days(*entries: CreditEntry) -> list[date]:
    return [entry.removed_on for entry in entries if entry.removed_on is not None]


def snapshot(connection: sa.Connection, uscc: str) -> CreditSnapshot:
    """Which lists have been loaded at all, and the institution's entries in them."""
    loaded = set(connection.execute(sa.select(credit_loads.c.list).distinct()).scalars())
    rows = connection.execute(
        sa.select(credit_entries)
        .where(credit_entries.c.uscc == uscc)
        .order_by(credit_entries.c.listed_on, credit_entries.c.id)
    )
    return CreditSnapshot(
        loaded=tuple(kind for kind in get_args(CreditList) if kind in loaded),
        entries=tuple(
            CreditEntry(
                list=row.list,
                uscc=row.uscc,
                name=row.name,
                listed_on=row.listed_on,
                removed_on=row.removed_on,
                reason=row.reason,
            )
            for row in rows
        ),
    )


def loads(connection: sa.Connection) -> list[CreditLoad]:
    """The last loading of each list."""
    last = sa.select(sa.func.max(credit_loads.c.id)).group_by(credit_loads.c.list)
    rows = connection.execute(sa.select(credit_loads).where(credit_loads.c.id.in_(last)).order_by(credit_loads.c.id))
    return [CreditLoad(list=row.list, loaded_on=row.loaded_on, entries=row.entries, source=row.source) for row in rows]
