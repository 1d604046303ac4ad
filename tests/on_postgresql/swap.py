"""The suite on PostgreSQL: every SQLite file that a test would make is a database of the server instead.

``QI_TEST_DATABASE=postgresql`` asks for it (tests/conftest.py). The product knows nothing of it: as its modules are
loaded, the two places where a database is named are wrapped, in the tests' own process and in the programs that they
start. A path gives the same database again; a file that is there already was made by the test itself and stays SQLite.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import os
import sys
from dataclasses import replace
from pathlib import Path

SERVER = "PGSUITE_SERVER"
"""URL of the server; in the environment, so that programs which a test starts find it."""
PREFIX = "PGSUITE_PREFIX"
"""Beginning of the names of this module's databases, which go when the module ends."""
TEMPLATE = "qi_suite_template"
"""A database with the newest schema, of which each test gets a copy in a tenth of the time that making it takes."""
_WRAPPED = ("qi_pipeline.settings", "qi_pipeline.records.database")


def install() -> None:
    """Nothing; where the suite runs on PostgreSQL, the product's modules are wrapped as they are loaded."""
    if os.environ.get(SERVER) and not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def url_for(url: str) -> str:
    """The PostgreSQL URL that stands for the URL of an SQLite file; any other URL as it is."""
    if not url.startswith("sqlite:///"):
        return url
    path = Path(url.removeprefix("sqlite:///"))
    if path.exists() or not path.parent.is_dir():
        return url
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    name = f"{os.environ.get(PREFIX, 'qi_t')}_{digest}"
    import sqlalchemy as sa

    server = sa.make_url(os.environ[SERVER]).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        # Two programs of one test may come at once.
        connection.exec_driver_sql("SELECT pg_advisory_lock(20261122)")
        there = connection.exec_driver_sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").first()
        if there is None:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    admin.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(False)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in _WRAPPED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader = spec.loader
            run = loader.exec_module

            def exec_module(module):
                run(module)
                (_wrap_settings if name == _WRAPPED[0] else _wrap_database)(module)

            loader.exec_module = exec_module
        return spec


def _wrap_settings(module) -> None:
    load = module.load_settings

    def load_settings(*given, **named):
        settings = load(*given, **named)
        return replace(settings, database_url=url_for(settings.database_url))

    module.load_settings = load_settings


def _wrap_database(module) -> None:
    engine_for = module.engine_for
    module.engine_for = lambda url: engine_for(url_for(url))
