"""The sweep of originals (原件巡检): each night some are read whole and compared with the hash by which they are kept.

A night looks at ``sweep_bytes`` of them or at its share of the round, whichever is more, for at most ``sweep_seconds``;
the next goes on where it stopped, so that within ``sweep_days`` each was looked at once. A small platform's are looked
at every night. What was found wrong is looked at again each night, first, until it is mended. The night of one day is
done once: a second run of it gives the same answer.

Papers removed at the end of their term (:mod:`qi_pipeline.records.retention`) are not missing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa

from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.storage import Damaged, shared_storage
from qi_pipeline.model import Json
from qi_pipeline.policy import IntegrityPolicy
from qi_pipeline.records import database, events, upsert
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.integrity_tables import faults, removals, sweeps
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import files
from qi_pipeline.settings import Settings

Fault = Literal["missing", "changed", "unreadable"]

_PAGE = 200
_EVERY = 500
"""Originals after which the place reached is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One original that is not what it was, and the packets that were judged by it."""

    sha256: str
    fault: Fault
    found_on: date
    packets: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Its entry among the flags."""
        return {
            "sha256": self.sha256,
            "fault": self.fault,
            "found_on": self.found_on.isoformat(),
            "packets": list(self.packets),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What one night looked at, and all that is wrong at its end."""

    checked: int
    bytes: int
    left: int
    """Originals that this round has still to look at."""
    round_from: date
    late: bool
    """Whether the round takes longer than ``sweep_days``: give it more seconds."""
    wrong: tuple[Wrong, ...]

    def to_json(self) -> dict[str, Json]:
        """The key ``originals`` of the night's answer."""
        return {
            "checked": self.checked,
            "bytes": self.bytes,
            "left": self.left,
            "round_from": self.round_from.isoformat(),
            "late": self.late,
            "wrong": [each.to_json() for each in self.wrong],
        }


def state_of(originals: Originals, sha256: str) -> Fault | None:
    """What is wrong with the original; None when its bytes have their hash."""
    try:
        place = originals.find(sha256)
        if place is None:
            return "missing"
        with place.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except Damaged:
        return "changed"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    return None if found == sha256 else "changed"


def originals_of(settings: Settings) -> Originals:
    """The originals of a workspace, wherever they are kept."""
    return Originals(settings.work / "originals", shared_storage(settings.storage))


def sweep(
    store: Store,
    settings: Settings,
    policy: IntegrityPolicy,
    as_of: date,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Sweep:
    """What the night looked at; taken up where a killed one stopped, and answered again where it is done."""
    row = _begun(store, as_of)
    if row.finished_at is not None:
        return _answer(store, row, policy, as_of)
    originals, until = originals_of(settings), clock() + policy.sweep_seconds
    _look_again(store, originals, as_of)
    checked, size, reached = row.checked, row.bytes, row.reached
    quota = max(policy.sweep_bytes, _share(store, row, policy, as_of))
    done = False
    pending: list[tuple[str, Fault | None]] = []
    while not done:
        page = _after(store, reached)
        done = not page
        for sha256, length in page:
            if size >= quota or clock() >= until:
                done = True
                break
            pending.append((sha256, state_of(originals, sha256)))
            checked, size, reached = checked + 1, size + length, sha256
            if len(pending) >= _EVERY:
                _note(store, as_of, pending, {"checked": checked, "bytes": size, "reached": reached})
                pending = []
    left = _left(store, reached)[0]
    end = {"checked": checked, "bytes": size, "reached": reached if left else "", "left": left}
    _note(store, as_of, pending, {**end, "finished_at": events.now()})
    return _answer(store, _begun(store, as_of), policy, as_of)


def check_all(
    store: Store, settings: Settings, as_of: date, told: Callable[[int], None] = lambda _count: None
) -> tuple[int, tuple[Wrong, ...]]:
    """How many originals were looked at, all there are, and what is wrong with any; it stands on record."""
    originals = originals_of(settings)
    _look_again(store, originals, as_of)
    checked, reached = 0, ""
    while page := _after(store, reached):
        found = [(sha256, state_of(originals, sha256)) for sha256, _ in page]
        _note(store, as_of, found, None)
        checked, reached = checked + len(page), page[-1][0]
        told(checked)
    return checked, wrong_now(store)


def check_known(store: Store, settings: Settings, as_of: date) -> tuple[int, tuple[Wrong, ...]]:
    """How many originals were known to be wrong, each looked at again, and those that still are."""
    before = wrong_now(store)
    _look_again(store, originals_of(settings), as_of)
    return len(before), wrong_now(store)


def count(store: Store) -> int:
    """How many originals there should be."""
    return _left(store, "")[0]


def wrong_now(store: Store) -> tuple[Wrong, ...]:
    """All originals that are known to be wrong, by hash."""
    with database.reading(store.engine) as connection:
        rows = connection.execute(sa.select(faults).order_by(faults.c.sha256)).all()
        return tuple(
            Wrong(
                sha256=row.sha256,
                fault=row.fault,
                found_on=row.found_on,
                packets=tuple(_packets_of(connection, row.sha256)),
            )
            for row in rows
        )


def wanted() -> sa.Select[tuple[str, int]]:
    """Hash and size of every original that should be there, in the order of their hashes."""
    gone = sa.exists().where(removals.c.packet == files.c.packet)
    return (
        sa.select(files.c.sha256, sa.func.max(sa.func.coalesce(files.c.size, 0)))
        .where(files.c.sha256.is_not(None), files.c.code.is_(None), ~gone)
        .group_by(files.c.sha256)
        .order_by(files.c.sha256)
    )


def _begun(store: Store, as_of: date) -> Row:
    """The row of the night, new where there is none."""
    with store.write() as (connection, _):
        known = connection.execute(sa.select(sweeps).where(sweeps.c.as_of == as_of)).one_or_none()
        if known is None:
            last = connection.execute(
                sa.select(sweeps).where(sweeps.c.as_of < as_of).order_by(sweeps.c.as_of.desc()).limit(1)
            ).one_or_none()
            goes_on = last is not None and last.reached
            values = {
                "as_of": as_of,
                "round_from": last.round_from if last is not None and goes_on else as_of,
                "reached": last.reached if last is not None and goes_on else "",
                "checked": 0,
                "bytes": 0,
                "left": 0,
            }
            connection.execute(upsert.insert_new(connection, sweeps, ["as_of"]).values(**values))
            known = connection.execute(sa.select(sweeps).where(sweeps.c.as_of == as_of)).one()
        return known


def _share(store: Store, row: Row, policy: IntegrityPolicy, as_of: date) -> int:
    """Bytes that a night of this round has to look at, so that the round ends in time."""
    begun = row.round_from
    assert isinstance(begun, date)
    nights = max(1, policy.sweep_days - (as_of - begun).days)
    return -(-_left(store, str(row.reached))[1] // nights)


def _left(store: Store, reached: str) -> tuple[int, int]:
    """How many originals, and bytes of them, are behind the place reached."""
    with database.reading(store.engine) as connection:
        rest = wanted().where(files.c.sha256 > reached).order_by(None).subquery()
        count, size = connection.execute(sa.select(sa.func.count(), sa.func.sum(rest.c[1])).select_from(rest)).one()
    return int(count), int(size or 0)


def _after(store: Store, reached: str) -> list[tuple[str, int]]:
    with database.reading(store.engine) as connection:
        rows = connection.execute(wanted().where(files.c.sha256 > reached).limit(_PAGE))
        return [(sha256, int(size)) for sha256, size in rows]


def _look_again(store: Store, originals: Originals, as_of: date) -> None:
    """Nothing; what was wrong and is mended, or was removed since, is no longer on record as wrong."""
    known = wrong_now(store)
    with database.reading(store.engine) as connection:
        codes = [each.sha256 for each in known]
        still = set(connection.execute(wanted().where(files.c.sha256.in_(codes))).scalars())
    _note(
        store,
        as_of,
        [(each.sha256, state_of(originals, each.sha256) if each.sha256 in still else None) for each in known],
        None,
    )


def _note(store: Store, as_of: date, found: list[tuple[str, Fault | None]], progress: dict[str, object] | None) -> None:
    """Nothing; what was found is on record, with an event for what is newly wrong or mended."""
    with store.write() as (connection, happened):
        if found:
            codes = [sha256 for sha256, _ in found]
            rows = connection.execute(sa.select(faults.c.sha256, faults.c.fault).where(faults.c.sha256.in_(codes)))
            known = {row.sha256: row.fault for row in rows}
            for sha256, fault in found:
                happened += _event(connection, sha256, known.get(sha256), fault, as_of)
        if progress is not None:
            connection.execute(sa.update(sweeps).where(sweeps.c.as_of == as_of).values(**progress))


def _event(
    connection: sa.Connection, sha256: str, before: str | None, fault: Fault | None, as_of: date
) -> Iterator[Event]:
    if fault == before:
        return
    if fault is None:
        connection.execute(sa.delete(faults).where(faults.c.sha256 == sha256))
    else:
        connection.execute(
            upsert.insert_or_update(connection, faults, ["sha256"], ["fault", "found_on"]).values(
                sha256=sha256, fault=fault, found_on=as_of
            )
        )
    said: list[Json] = list(_packets_of(connection, sha256))
    yield Event(kind=f"original.{fault or 'mended'}", subject=sha256, data={"packets": said})


def _packets_of(connection: sa.Connection, sha256: str) -> list[str]:
    query = sa.select(files.c.packet).distinct().where(files.c.sha256 == sha256).order_by(files.c.packet)
    return list(connection.execute(query).scalars())


def _answer(store: Store, row: Row, policy: IntegrityPolicy, as_of: date) -> Sweep:
    numbers = row._mapping
    begun = numbers["round_from"]
    return Sweep(
        checked=int(numbers["checked"]),
        bytes=int(numbers["bytes"]),
        left=int(numbers["left"]),
        round_from=begun,
        late=int(numbers["left"]) > 0 and (as_of - begun).days >= policy.sweep_days,
        wrong=wrong_now(store),
    )
