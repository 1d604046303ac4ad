"""Databases with the newest schema, made once a process by the migrations and copied for each test.

Making one takes a sixth of a processor second, copying it a hundredth. What the migrations do, and several processes
that make one database, is tested in test_records_schema.py, which copies nothing.
"""

from __future__ import annotations

import atexit
import functools
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from qi_pipeline.records import database, schema

Upgrade = Callable[[sa.Engine], None]
_MIGRATE: Upgrade = schema.upgrade


def upgrade_by_copy(engine: sa.Engine) -> None:
    """What :func:`qi_pipeline.records.schema.upgrade` does, quicker where the file of SQLite isn't there yet."""
    path = Path(engine.url.database or ":memory:")
    if engine.dialect.name == "sqlite" and path.is_absolute() and path.parent.is_dir() and not path.exists():
        copied = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            shutil.copyfile(_sqlite_file(), copied)
            copied.rename(path)
        except OSError:  # a full disk, say: the program finds out for itself
            copied.unlink(missing_ok=True)
    _MIGRATE(engine)


def copy_on(server: sa.URL) -> str:
    """The name of a new database on the PostgreSQL server."""
    name = f"qi_{secrets.token_hex(6)}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {_template_on(server)}")
    return name


def administer(server: sa.URL, statement: str) -> None:
    """Nothing; the statement was run on the server, outside any transaction."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@functools.cache
def _sqlite_file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="qi-test-schema-"))
    atexit.register(_remove, folder, os.getpid())
    engine = database.engine_for(f"sqlite:///{folder / 'qi.db'}")
    _MIGRATE(engine)
    engine.dispose()
    return folder / "qi.db"


@functools.cache
def _template_on(server: sa.URL) -> str:
    name = f"qi_template_{secrets.token_hex(6)}"
    administer(server, f"CREATE DATABASE {name}")
    atexit.register(_drop, server, name, os.getpid())
    engine = database.engine_for(server.set(database=name).render_as_string(False))
    _MIGRATE(engine)
    engine.dispose()
    return name


def _remove(folder: Path, maker: int) -> None:
    if os.getpid() == maker:  # not a fork of it
        shutil.rmtree(folder, ignore_errors=True)


def _drop(server: sa.URL, name: str, maker: int) -> None:
    if os.getpid() == maker:
        administer(server, f"DROP DATABASE IF EXISTS {name}")
