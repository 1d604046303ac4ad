"""How the database is, looked at without changing it (数据库体检): reachable, schema, log, locks, disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from qi_pipeline.records import database
from qi_pipeline.records.schema import NEWEST, revision
from qi_pipeline.records.tables import event_head, events

_SHARED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "glusterfs", "ceph", "lustre"})
"""File systems of other machines: SQLite's locks and shared memory are not kept there."""

_SHARED_GUARDS = (
    "events_in_turn",
    "events_kept",
    "events_unchanged",
    "event_head_forward",
    "event_head_kept",
    "signed_heads_kept",
    "signed_heads_unchanged",
)
_GUARDS = {"sqlite": _SHARED_GUARDS, "postgresql": (*_SHARED_GUARDS, "event_head_cleared")}
"""The triggers that keep the event log append-only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was seen; nothing of it was changed."""

    backend: str
    """``sqlite`` or ``postgresql``."""
    version: str
    schema: str | None
    """The step that the database has; None: it is empty."""
    newest: str = NEWEST
    """The step that this program knows."""
    journal: str | None = None
    """SQLite's journal mode; ``wal`` once the program has opened it."""
    waiting: int = 0
    """PostgreSQL: sessions on this database that wait for a lock."""
    file_system: str | None = None
    """SQLite: the type of the file system that holds the file."""
    last_event_at: str | None = None
    """The moment of the last event in the log."""
    problem: str | None = None
    """What SQLite's quick check found."""
    unguarded: tuple[str, ...] = ()
    """Triggers of the append-only log that somebody removed or turned off."""

    @property
    def is_shared(self) -> bool:
        """Whether an SQLite file lies on another machine's disk."""
        return self.file_system in _SHARED


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None where it is in memory or another database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def look(url: str) -> Health:
    """The health of the database behind the URL.

    Raises what opening it raises: UsageError, InstallationError, PassingError. An SQLite file that is not there yet is
    an empty database, and is not made.
    """
    engine = database.engine_for(url)
    try:
        place = sqlite_file(url)
        if place is not None and not place.exists():
            return Health(backend="sqlite", version=_sqlite_version(), schema=None, file_system=file_system(place))
        with database.reading(engine) as connection:
            if connection.dialect.name == "sqlite":
                return _of_sqlite(connection, place)
            return _of_postgresql(connection)
    finally:
        engine.dispose()


def _of_sqlite(connection: sa.Connection, place: Path | None) -> Health:
    journal = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
    checked = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    step = revision(connection)
    return Health(
        backend="sqlite",
        version=_sqlite_version(),
        schema=step,
        journal=journal,
        file_system=None if place is None else file_system(place),
        last_event_at=_last_event(connection, step),
        unguarded=_unguarded(connection, step),
        problem=None if checked == "ok" else checked,
    )


def _of_postgresql(connection: sa.Connection) -> Health:
    step = revision(connection)
    waiting = connection.execute(
        sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    ).scalar_one()
    return Health(
        backend="postgresql",
        version=str(connection.execute(sa.text("SHOW server_version")).scalar_one()),
        schema=step,
        waiting=int(waiting),
        last_event_at=_last_event(connection, step),
        unguarded=_unguarded(connection, step),
    )


def _unguarded(connection: sa.Connection, step: str | None) -> tuple[str, ...]:
    return () if step != NEWEST else unguarded(connection)


def unguarded(connection: sa.Connection) -> tuple[str, ...]:
    """The triggers of the append-only log that somebody removed or turned off."""
    sqlite = connection.dialect.name == "sqlite"
    asked = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    present = set(connection.execute(sa.text(asked)).scalars())
    return tuple(name for name in _GUARDS[connection.dialect.name] if name not in present)


def _last_event(connection: sa.Connection, step: str | None) -> str | None:
    if step is None:
        return None
    newest = sa.select(events.c.at).join(event_head, event_head.c.seq == events.c.seq)
    found: str | None = connection.execute(newest).scalars().first()
    return found


def _sqlite_version() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """The type of the file system that holds ``path``, as the kernel names it; None where that can't be told."""
    place = path.resolve()
    best, kind = "", None
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].encode("utf-8", "surrogateescape").decode("unicode_escape", "replace")
        if place.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
