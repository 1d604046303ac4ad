"""Many rows at once: the driver's own bulk insert on SQLite, COPY on PostgreSQL.

Days go in as ISO text, which both take, and row numbers are given by the caller, who holds the tables for itself
(:func:`hold`), so that links between rows are known before the rows are written.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from qi_pipeline.records import words

_LOADING_KIB = 65_536
_NIGHT_KIB = 32_768
"""Pages that a night keeps at hand; with twice as many it took a little longer, and that much more memory."""
_WATCHED = ("institutions", "services", "qualifications", "qualification_services")


def hold(connection: sa.Connection, *tables: sa.Table) -> None:
    """Nothing; until the transaction ends nobody else writes to the tables.

    On SQLite nobody does anyway; there the connection gets room for the indexes that many rows grow.
    """
    room(connection, _LOADING_KIB)
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def room(connection: sa.Connection, kibibytes: int = _NIGHT_KIB) -> None:
    """Nothing; on SQLite the connection keeps that many pages at hand: with its 2 MiB it reads most of them again."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = {-kibibytes}")


@contextlib.contextmanager
def unwatched(connection: sa.Connection) -> Iterator[None]:
    """The triggers that tell the next night what was written are off; whoever loads tells it himself.

    They are back when this ends well. Otherwise the transaction has failed, which brings them back too.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT set_config('qi.bulk', 'on', true)")
        yield
        connection.exec_driver_sql("SELECT set_config('qi.bulk', 'off', true)")
        return
    found = connection.exec_driver_sql("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    triggers = [row for row in found if row.name.startswith("night_") and row.tbl_name in _WATCHED]
    for trigger in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}")
    yield
    for trigger in triggers:
        connection.exec_driver_sql(trigger.sql)


@contextlib.contextmanager
def unindexed(connection: sa.Connection, *tables: sa.Table) -> Iterator[None]:
    """The tables have no indexes but those of their keys until this ends: a million rows sorted once are faster."""
    indexes = [index for table in tables for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """The garbage collector rests: rows form no cycles, and it took a third of the time to look at each again.

    What is still there at the end counts as old: it would look at all of it at once.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def lock(connection: sa.Connection, table: sa.Table, some: Sequence[int]) -> None:
    """Nothing; until the transaction ends nobody else writes the rows with these numbers, in their order.

    On SQLite nobody does anyway.
    """
    if connection.dialect.name == "postgresql":
        these = f"SELECT id FROM {table.name} WHERE id IN ({words.numbers(some)}) ORDER BY id FOR UPDATE"  # noqa: S608
        words.ask(connection, these)


def next_number(connection: sa.Connection, table: sa.Table) -> int:
    """The first free row number of a table that is held."""
    last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    return (last or 0) + 1


def insert(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Nothing; the rows stand in the table."""
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(columns))
    _run(connection, f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - ours


def update(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Nothing; of each row the columns are set; the row's number stands last in it."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    sets = ", ".join(f"{column} = {mark}" for column in columns)
    _run(connection, f"UPDATE {table.name} SET {sets} WHERE id = {mark}", rows)  # noqa: S608 - ours


def _run(connection: sa.Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    # The driver's own call: SQLAlchemy would make a list of the rows and look at each.
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()
    try:
        cursor.executemany(statement, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error
    finally:
        cursor.close()


def _copy(connection: sa.Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    import psycopg  # an extra of the package; only where the database is PostgreSQL

    driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error


def numbered(connection: sa.Connection, *tables: sa.Table) -> None:
    """Nothing; PostgreSQL goes on numbering after the rows that were inserted with numbers of their own."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), MAX(id)) FROM {table.name}"  # noqa: S608
            " HAVING MAX(id) IS NOT NULL"
        )
