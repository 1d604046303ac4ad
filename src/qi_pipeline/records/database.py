"""The one door to the database: connections, transactions, and faults told apart.

SQLite (local disk, write-ahead log) and PostgreSQL by the same code. A transaction that writes takes SQLite's
write lock at its beginning, so it never fails half-way for a lock; on PostgreSQL it locks rows, and the head of the
event log last (:mod:`qi_pipeline.records.events`), so that no two wait for each other in a circle.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, make_url

from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.intake import disk

LOCK_SECONDS = 30.0
"""How long a transaction waits for another before it is a fault that passes.

SQLite gives its lock to whoever asks at the right moment: of several who write all the time, one may wait many turns.
"""
SCHEMA_SECONDS = 600.0
"""How long a process waits for the one that brings the schema up to date: on a large register it takes its time."""
_LOOK_AGAIN_SECONDS = 0.02

_PERHAPS_FULL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_WRITES = "qi_writes"
_IN_USE = "connection in transaction status"
"""What psycopg says of a connection that ended in the middle of a statement, where another is begun on it."""
_PASSING_STATES = ("08", "40", "53", "55", "57")
"""SQLSTATE classes: connection, rollback (deadlock), resources (disk full), lock not available, shutdown."""


def engine_for(url: str) -> sa.Engine:
    """An engine for the URL; raises :class:`UsageError` for a URL that can't be used."""
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise UsageError(f"QI_DATABASE_URL: {error}; give an SQLAlchemy URL such as sqlite:////data/qi.db") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend == "postgresql":
        return _postgresql(parsed)
    raise UsageError(f"QI_DATABASE_URL: {backend} is not supported; use sqlite or postgresql")


def _sqlite(url: URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")  # a decision that was answered survives a power cut
        _write_ahead(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Nothing; the database keeps a write-ahead log.

    SQLite refuses the change at once, whatever time to wait was asked for, while another process is about to write:
    one that makes the same change when several start on an empty database.
    """
    until = time.monotonic() + LOCK_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)


def _postgresql(url: URL) -> sa.Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    given = url.query.get("options", "")
    own = f"-c lock_timeout={int(LOCK_SECONDS * 1000)} -c timezone=UTC"
    options = f"{own} {given if isinstance(given, str) else ' '.join(given)}"
    url = url.difference_update_query(["options"])
    try:
        engine = sa.create_engine(url, connect_args={"options": options}, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise InstallationError(
            f"PostgreSQL needs the package {error.name}: pip install 'qi-pipeline[postgresql]'"
        ) from error

    @event.listens_for(engine, "handle_error")
    def broken(context: sa.engine.ExceptionContext) -> None:
        # Whatever speaks against a connection that is only asked whether it lives, a new one takes its place. The
        # driver calls one that the server ended in the middle of a statement wrongly used, not gone.
        if context.is_pre_ping or _IN_USE in str(context.original_exception):
            context.is_disconnect = True

    return engine


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection on one consistent state of the database."""
    with faults(engine.url), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in one transaction: all of it is committed, or none."""
    with faults(engine.url), engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def changing_the_schema(engine: sa.Engine) -> Iterator[sa.Connection]:
    """As :func:`writing`, and before it begins it waits for other processes as long as a schema may take."""
    with faults(engine.url), engine.connect().execution_options(**{_WRITES: True}) as connection:
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection  # the engine would begin a transaction
            driver.execute(f"PRAGMA busy_timeout = {SCHEMA_SECONDS * 1000:.0f}")
        try:
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {SCHEMA_SECONDS * 1000:.0f}")
                yield connection
        finally:
            if connection.dialect.name == "sqlite":
                driver.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")


@contextlib.contextmanager
def faults(url: URL) -> Iterator[None]:
    """The faults of the database at ``url`` as errors with a remedy; what is our own mistake passes through."""
    try:
        yield
    except exc.DBAPIError as error:
        known = (
            sqlite_fault(error.orig, Path(url.database or ""))
            if isinstance(error.orig, sqlite3.Error)
            else _postgresql_fault(error)
        )
        if known is None:
            raise
        raise known from error
    except exc.TimeoutError as error:
        raise PassingError("the database has no free connection; run again, nothing was lost") from error


def sqlite_fault(error: sqlite3.Error, place: Path) -> PassingError | InstallationError | None:
    """The fault of the SQLite file at ``place`` as an error with a remedy; None for what is our own mistake."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return PassingError(f"the database was locked for {LOCK_SECONDS:.0f} s; run again, nothing was lost")
    # A disk without a single free block shows as an input or output error, or as a file that can't be opened: that of
    # the write-ahead log and its index, which are made before anything is written.
    if code == sqlite3.SQLITE_FULL or (code in _PERHAPS_FULL and disk.is_full(place.parent)):
        return PassingError("the database: the disk is full; free space and run again, nothing was lost")
    if code == sqlite3.SQLITE_IOERR:
        return PassingError(f"the database can't be read or written ({error}); look at the disk and run again")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return InstallationError(f"the database can't be opened for writing ({error}); look at its permissions")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return InstallationError(f"the database file is damaged ({error}); restore the last backup")
    return None


def _postgresql_fault(error: exc.DBAPIError) -> PassingError | InstallationError | None:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no connection"
    if state.startswith("28"):
        return InstallationError(f"the database refuses the login ({said}); mend QI_DATABASE_URL")
    if state == "3D000":
        return InstallationError(f"{said}; create the database or mend QI_DATABASE_URL")
    away = not state and (isinstance(error, exc.OperationalError) or _IN_USE in said)
    if away or state.startswith(_PASSING_STATES):
        return PassingError(f"the database is away or busy ({said}); run again, nothing was lost")
    return None
