"""Statements in plain words that both databases know, given to the driver as they stand.

A night makes some sixty statements, most of them once. SQLAlchemy takes one to three milliseconds to put such a
statement together and into words, longer than most take to be answered; and it knows nothing that the database does
not say itself. Days are given as days and come back as the driver has them, so ask for them as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")


def ask(connection: sa.Connection, question: str, **given: object) -> Sequence[tuple[Any, ...]]:
    """The rows of a question with ``:names``, as the driver gives them."""
    cursor = _said(connection, question, given).cursor
    assert cursor is not None
    found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return found


def tell(connection: sa.Connection, order: str, **given: object) -> None:
    """Nothing; what the statement with ``:names`` says is done."""
    _said(connection, order, given)


def numbers(some: Sequence[int]) -> str:
    """Row numbers as they stand in a list: thousands of parameters would take longer than the answer."""
    return ", ".join(map(str, some)) or "NULL"


def locked(connection: sa.Connection) -> str:
    """What a question ends with that keeps others from writing its rows; on SQLite nobody does anyway."""
    return " FOR UPDATE" if connection.dialect.name == "postgresql" else ""


def _said(connection: sa.Connection, words: str, given: dict[str, object]) -> sa.CursorResult[Any]:
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(_NAMED.sub(r"%(\1)s", words.replace("%", "%%")), given)
    days = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
    return connection.exec_driver_sql(words, days)
