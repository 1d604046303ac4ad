"""What several modules share: workspaces, the command line, databases; and the suite on PostgreSQL.

The latter where ``QI_TEST_DATABASE=postgresql`` asks for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from desk_cases import Place, Run

ON_POSTGRESQL = os.environ.get("QI_TEST_DATABASE") == "postgresql"
_FOLDER = Path(__file__).with_name("on_postgresql")

_OPENS_A_DATABASE = re.compile(r"Store\b|workspace\(|_cases import|cli\.main|QI_HOME|run_ingest|\bengine_for\b")

if ON_POSTGRESQL:
    if not os.environ.get("QI_TEST_POSTGRESQL"):
        raise pytest.UsageError("QI_TEST_DATABASE=postgresql needs a server: run it by tools/with-postgresql.sh")
    sys.path.insert(0, str(_FOLDER))
    import swap

    os.environ[swap.SERVER] = os.environ["QI_TEST_POSTGRESQL"]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_FOLDER), os.environ.get("PYTHONPATH", "")]))
    swap.install()


def pytest_configure(config: pytest.Config) -> None:
    """Makes the database of which tests get copies, once."""
    if not ON_POSTGRESQL or hasattr(config, "workerinput"):
        return
    import sqlalchemy as sa

    from qi_pipeline.records.store import Store

    server = sa.make_url(os.environ[swap.SERVER]).set(drivername="postgresql+psycopg")
    _administer(f"DROP DATABASE IF EXISTS {swap.TEMPLATE}", f"CREATE DATABASE {swap.TEMPLATE}")
    Store(server.set(database=swap.TEMPLATE).render_as_string(False)).close()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves out, on PostgreSQL, the modules that open no database: they would only run the same a second time."""
    if ON_POSTGRESQL and collection_path.name.startswith("test_") and collection_path.suffix == ".py":
        return not _OPENS_A_DATABASE.search(collection_path.read_text(encoding="utf-8")) or None
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests about SQLite itself are left out on PostgreSQL, and say so."""
    if ON_POSTGRESQL:
        for item in items:
            callspec = getattr(item, "callspec", None)
            if item.get_closest_marker("sqlite") or (callspec and "sqlite" in callspec.params.values()):
                item.add_marker(pytest.mark.skip(reason="about SQLite itself"))


@pytest.fixture(autouse=True, scope="module")
def _databases_of_the_module(request: pytest.FixtureRequest) -> Iterator[None]:
    """The module's databases go when it ends."""
    if not ON_POSTGRESQL:
        yield
        return
    prefix = f"qi_{hashlib.sha256(f'{request.node.nodeid} {os.getpid()}'.encode()).hexdigest()[:10]}"
    os.environ[swap.PREFIX] = prefix
    yield
    for name in _administer(f"SELECT datname FROM pg_database WHERE datname LIKE '{prefix}%%'"):
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True, scope="module")
def _schemas_by_copy(request: pytest.FixtureRequest) -> Iterator[None]:
    """New files of SQLite have their tables by a copy, where the making of tables is not what is tested."""
    if ON_POSTGRESQL or request.module.__name__.endswith("test_records_schema"):
        yield
        return
    from made_databases import upgrade_by_copy

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qi_pipeline.records.schema.upgrade", upgrade_by_copy)
        yield


def _administer(*statements: str) -> list[str]:
    import sqlalchemy as sa

    server = sa.make_url(os.environ[swap.SERVER]).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
        names = [row[0] for row in result] if result.returns_rows else []
    engine.dispose()
    return names


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A fresh workspace with a stored pool, which the commands of the test use."""
    from stored_pool import workspace

    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with workspace(tmp_path) as opened:
        yield opened


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with ``--json`` and gives its answer; of a refused one, which is one line, the ``error``."""
    from qi_pipeline.cli.main import main

    def call(*argv: str, status: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*argv, "--json"]) == status, capsys.readouterr().err
        said = capsys.readouterr()
        if status:
            assert said.out == ""
            assert len(said.err.strip().splitlines()) == 1
            return {"error": said.err}
        answer: dict[str, Any] = json.loads(said.out)
        return answer

    return call


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def console_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with the packets of the console's tests, on each of the two."""
    from console_cases import fill
    from qi_pipeline.records.store import Store
    from records_cases import Database

    base = Database(request.param, tmp_path_factory.mktemp("console"))
    with Store(base.url) as store:
        fill(store)
    yield base.url
    base.close()
