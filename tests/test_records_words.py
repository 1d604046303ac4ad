"""Statements in plain words mean the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from qi_pipeline.errors import PassingError
from qi_pipeline.records import words
from qi_pipeline.records.store import Store
from records_cases import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as store:
        yield store
    base.close()


def test_days_and_bytes_go_in_and_come_back(store: Store) -> None:
    day = date(2026, 11, 22)
    with store.write() as (connection, _):
        words.tell(
            connection,
            "INSERT INTO nightly_runs (as_of, started_at, done_to, result, rules)"
            " VALUES (:day, :moment, :done_to, :result, :rules)",
            day=day,
            moment="12:30",
            done_to=(1 << 63) - 1,
            result=b"\x00",
            rules=None,
        )
        rows = words.ask(
            connection,
            "SELECT CAST(as_of AS TEXT), started_at, done_to, result, rules FROM nightly_runs WHERE as_of <= :day",
            day=day,
        )
    assert rows == [("2026-11-22", "12:30", (1 << 63) - 1, b"\x00", None)]


def test_only_names_are_given_and_everything_else_stands_as_it_is(store: Store) -> None:
    with store.write() as (connection, _):
        rows = words.ask(connection, "SELECT '100%', 'a' LIKE '%a', CAST(:number AS INTEGER) + 1", number=1)
        assert words.ask(connection, "SELECT '50 %s' WHERE 1 = 1") == [("50 %s",)]
    assert [(each[0], bool(each[1]), each[2]) for each in rows] == [("100%", True, 2)]


@pytest.mark.parametrize(("some", "found"), [([], []), ([3], [3]), ([1, 3, 9], [1, 3])])
def test_numbers_stand_in_the_statement(store: Store, some: list[int], found: list[int]) -> None:
    with store.write() as (connection, _):
        listed = "SELECT 1 AS number UNION ALL SELECT 2 UNION ALL SELECT 3"
        question = f"SELECT number FROM ({listed}) AS all_of_them WHERE number IN ({words.numbers(some)}) ORDER BY 1"
        assert [number for (number,) in words.ask(connection, question)] == found


def test_rows_that_are_locked_are_waited_for_by_others(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        with store.write() as (connection, _):
            assert words.locked(connection) == ""
        return
    with store.write() as (connection, _):
        words.ask(connection, f"SELECT seq FROM event_head WHERE id = :id{words.locked(connection)}", id=1)
        with pytest.raises(PassingError, match="busy"):
            _write_beside(store)


def _write_beside(store: Store) -> None:
    with store.write() as (connection, _):
        connection.exec_driver_sql("SET LOCAL lock_timeout = 50")
        words.tell(connection, "UPDATE event_head SET seq = seq WHERE id = :id", id=1)


def test_a_fault_of_the_driver_is_one_of_the_database(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.write() as (connection, _):
        words.tell(connection, "UPDATE no_such_table SET seq = :seq", seq=1)
