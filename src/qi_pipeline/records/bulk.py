"""Many rows at once: the driver's own bulk insert on SQLite, COPY on PostgreSQL.

Days go in as ISO text, which both take, and row numbers are given by the caller, who holds the tables for itself
(:func:`hold`), so that links between rows are known before the rows are written.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

_CACHE_KIB = 65_536


def hold(connection: sa.Connection, *tables: sa.Table) -> None:
    """Nothing; until the transaction ends nobody else writes to the tables.

    On SQLite nobody does anyway; there the connection gets room for the indexes that many rows grow.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = {-_CACHE_KIB}")
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def next_number(connection: sa.Connection, table: sa.Table) -> int:
    """The first free row number of a table that is held."""
    last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    return (last or 0) + 1


def insert(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: list[tuple[object, ...]]) -> None:
    """Nothing; the rows stand in the table."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608 - ours


def _copy(connection: sa.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    import psycopg  # an extra of the package; only where the database is PostgreSQL

    driver = connection.connection.dbapi_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error


def update(connection: sa.Connection, statement: str, rows: Sequence[dict[str, object]]) -> None:
    """Nothing; the statement ran for each row."""
    if rows:
        connection.execute(sa.text(statement), rows)


def numbered(connection: sa.Connection, *tables: sa.Table) -> None:
    """Nothing; PostgreSQL goes on numbering after the rows that were inserted with numbers of their own."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), MAX(id)) FROM {table.name}"  # noqa: S608
            " HAVING MAX(id) IS NOT NULL"
        )
