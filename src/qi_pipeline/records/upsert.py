"""Inserts that give way to a row that is there: one spelling for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: sa.Connection, table: sa.Table, key: Sequence[str]) -> sa.Insert:
    """An insert that writes nothing where a row with the same ``key`` is there (what it returns tells)."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=key)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=key)


def insert_or_update(
    connection: sa.Connection,
    table: sa.Table,
    key: Sequence[str],
    values: Sequence[str],
    *,
    where: sa.ColumnElement[bool] | None = None,
) -> sa.Insert:
    """An insert that sets ``values`` of a row with the same ``key`` to what would have been inserted.

    With ``where`` only a row that satisfies it; another one is left alone (what is returned tells).
    """
    if connection.dialect.name == "postgresql":
        statement = postgresql.insert(table)
        return statement.on_conflict_do_update(
            index_elements=key, set_={name: statement.excluded[name] for name in values}, where=where
        )
    insert = sqlite.insert(table)
    return insert.on_conflict_do_update(
        index_elements=key, set_={name: insert.excluded[name] for name in values}, where=where
    )
