"""The migrations make exactly the schema of the tables, on either database, also when many start at once."""

import multiprocessing
import sqlite3
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from qi_pipeline.errors import InstallationError, PassingError
from qi_pipeline.records import database, schema
from qi_pipeline.records.columns import METADATA
from qi_pipeline.records.store import Store
from records_cases import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request, tmp_path):
    made = Database(request.param, tmp_path, bare=True)
    yield made
    made.close()


def test_migrations_and_tables_say_the_same(base):
    with Store(base.url) as store, database.reading(store.engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_step_is_the_head_of_the_migrations():
    assert ScriptDirectory.from_config(schema._config()).get_heads() == [schema.NEWEST]


def test_upgrading_twice_changes_nothing(base):
    with Store(base.url) as store:
        with store.engine.connect() as connection:
            before = sorted(sa.inspect(connection).get_table_names())
        schema.upgrade(store.engine)
        with store.engine.connect() as connection:
            assert sorted(sa.inspect(connection).get_table_names()) == before
    assert set(before) == {*METADATA.tables, "alembic_version"}


def open_store(url: str, start) -> None:
    start.wait()
    with Store(url) as store:
        assert store.verify_log().ok


def test_several_processes_may_start_on_an_empty_database(base):
    context = multiprocessing.get_context("fork")
    start = context.Barrier(4)
    starters = [context.Process(target=open_store, args=(base.url, start)) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert [starter.exitcode for starter in starters] == [0, 0, 0, 0]


@pytest.fixture
def writer(tmp_path):
    """Another process's connection that is about to write, and keeps no write-ahead log yet."""
    connection = sqlite3.connect(tmp_path / "qi.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.sqlite
def test_a_store_waits_for_the_one_that_makes_the_database(tmp_path, writer):
    threading.Timer(0.3, writer.execute, ["COMMIT"]).start()
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        assert store.packets() == []


@pytest.mark.sqlite
def test_a_store_does_not_wait_for_ever_for_the_one_that_makes_the_database(tmp_path, writer, monkeypatch):
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    with pytest.raises(PassingError, match="locked"):
        Store(f"sqlite:///{tmp_path / 'qi.db'}")


@pytest.mark.parametrize("patience", [600.0, 0.1], ids=["as it is", "impatient"])
def test_a_store_waits_for_a_schema_that_takes_longer_than_a_transaction_may(base, monkeypatch, patience):
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(database, "SCHEMA_SECONDS", patience)
    engine = database.engine_for(base.url)
    begun, waited = threading.Event(), threading.Event()

    def slow(_connection, _cursor, statement, *_: object) -> None:
        if "CREATE TABLE qualifications" in statement:
            begun.set()
            waited.wait(0.5 if patience > 1 else None)  # the other one waits for this lock meanwhile

    sa.event.listen(engine, "before_cursor_execute", slow)
    migrating = threading.Thread(target=schema.upgrade, args=[engine])
    migrating.start()
    try:
        assert begun.wait()
        if patience > 1:
            with Store(base.url) as store:
                assert store.packets() == []
        else:
            with pytest.raises(PassingError, match="run again"):
                Store(base.url)
    finally:
        waited.set()
        migrating.join()
        engine.dispose()


def test_a_migration_that_dies_half_way_leaves_nothing_and_the_next_one_works(base):
    engine = database.engine_for(base.url)

    class Crash(BaseException):
        pass

    def die(_connection, _cursor, statement, *_: object) -> None:
        if "CREATE TABLE qualifications" in statement:
            raise Crash

    sa.event.listen(engine, "before_cursor_execute", die)
    with pytest.raises(Crash):
        schema.upgrade(engine)
    sa.event.remove(engine, "before_cursor_execute", die)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    schema.upgrade(engine)
    engine.dispose()
    with Store(base.url) as store:
        assert store.packets() == []


def test_a_newer_database_is_refused(base):
    with Store(base.url) as store, database.writing(store.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InstallationError, match="install the newer version"):
        Store(base.url)


@pytest.mark.sqlite
def test_sqlite_keeps_a_write_ahead_log_and_its_foreign_keys(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store, database.reading(store.engine) as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert asked == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
