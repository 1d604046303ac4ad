"""Many workers for real: Prefect on PostgreSQL, an external Dask scheduler and two workers, one of them killed."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from ports import free_port
from qi_pipeline.records.store import Store
from records_cases import postgresql_url

PACKETS = 16

_FLOW = """
import json
from qi_pipeline.flows._runtime import configure
from qi_pipeline.settings import load_settings
configure(load_settings())
from qi_pipeline.flows.intake import intake
print(json.dumps(intake(as_of="2026-11-22")))
"""


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, ended with everything it started."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(true, what: str, log: Path, seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}: {log.read_text(encoding='utf-8')[-3000:]}"
        time.sleep(0.05)


def holds_a_lock(pid: int) -> bool:
    """Whether the process holds a claim's lock, as the system itself says."""
    locks = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    return any(line[1] == "FLOCK" and line[4] == str(pid) for line in locks)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def databases() -> Iterator[tuple[str, str]]:
    """Two empty databases on the PostgreSQL server: the program's own, and Prefect's."""
    server = sa.make_url(postgresql_url()).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    names = [f"qi_{secrets.token_hex(6)}" for _ in range(2)]
    with admin.connect() as connection:
        for name in names:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    own, prefect = (server.set(database=name) for name in names)
    yield (
        own.set(drivername="postgresql").render_as_string(False),
        prefect.set(drivername="postgresql+asyncpg").render_as_string(False),
    )
    with admin.connect() as connection:
        for name in names:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def drop_packets(home: Path) -> list[str]:
    names = [f"wx-{number:03}" for number in range(PACKETS)]
    for name in names:
        folder = home / "inbox" / name
        folder.mkdir(parents=True)
        (folder / "application.json").write_text(json.dumps({"reference": name}), encoding="utf-8")
        (folder / ".ready").touch()
    return names


@pytest.mark.system
@pytest.mark.timeout(1500)
def test_killed_worker_loses_nothing_and_nothing_is_judged_twice(tmp_path: Path, databases: tuple[str, str]) -> None:
    own, prefect = databases
    log = tmp_path / "log"
    home = tmp_path / "home"
    names = drop_packets(home)
    port, scheduler_port = free_port(), free_port()
    address = f"tcp://127.0.0.1:{scheduler_port}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_", "DASK_"))}
    server_environment = environment | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": prefect,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    environment |= {
        "QI_HOME": str(home),
        "QI_DATABASE_URL": own,
        "QI_RUNNER": "dask",
        "QI_DASK_SCHEDULER": address,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    with ExitStack() as stack:

        def start(*command: str, env: dict[str, str] = environment) -> subprocess.Popen[bytes]:
            return stack.enter_context(running(["-m", *command], env, log))

        start("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), env=server_environment)
        start(
            "distributed.cli.dask_scheduler",
            *("--host", "127.0.0.1", "--port", str(scheduler_port), "--no-dashboard", "--no-jupyter"),
        )
        until(lambda: listens(scheduler_port), "the scheduler", log)
        workers = [
            start(
                "distributed.cli.dask_worker",
                address,
                *("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"),
                *("--local-directory", str(tmp_path / f"dask-{number}"), "--preload", "qi_pipeline.flows.dask_worker"),
            )
            for number in (1, 2)
        ]
        until(lambda: log.read_text(encoding="utf-8").count("Registered to:") >= 2, "the workers", log)
        until(lambda: answers(f"http://127.0.0.1:{port}/api/health"), "Prefect's server", log)
        flow = subprocess.Popen([sys.executable, "-c", _FLOW], env=environment, stdout=subprocess.PIPE, text=True)
        # Some packets are done, and this worker has one in hand: now it dies.
        until(lambda: len(list(home.glob("reports/*/decision.html"))) >= 2, "the first packets", log)
        until(lambda: holds_a_lock(workers[0].pid), "a packet in the first worker's hand", log)
        workers[0].send_signal(signal.SIGKILL)
        assert workers[0].wait() == -signal.SIGKILL
        said, _ = flow.communicate()
        assert flow.returncode == 0, log.read_text(encoding="utf-8")[-3000:]
    answer = json.loads(said.strip().splitlines()[-1])
    assert not any((home / "inbox").iterdir())
    assert not any((home / ".qi" / "claims").iterdir())
    with Store(own) as store:
        rows = store.packets()
        assert Counter(row.name for row in rows) == Counter(names)
        assert {row.state for row in rows} <= {"decided", "waiting"}
        for row in rows:
            made = [event for event in store.events_of(row.id) if event.kind == "decision.made"]
            assert len(made) == 1, row.name
            assert len(store.decisions_of(row.id)) == 1
            assert (home / "reports" / row.name / "decision.html").is_file()
        assert store.verify_log().ok
    assert {entry["packet"] for entry in answer["packets"]} <= set(names)
    archived = [path.parent.name for path in home.glob("archive/*/*/application.json")]
    assert sorted(archived) == names
