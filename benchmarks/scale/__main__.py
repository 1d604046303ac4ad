"""``python -m benchmarks.scale``: packets a minute with 1, 2 and 4 worker processes and with Dask, beside the ideal.

The same drawn packets for every way, each in a workspace of its own, in one run: real OCR, real decisions, reports and
archive. A worker is one ``qi-pipeline ingest`` (or one Dask worker) with one reading process of one thread. The rate is
taken from the moment when as many packets are done as there are workers to the last one, so that loading of models and
start of servers count for nothing; processor time is that of all processes over the same stretch. The ideal is n times
the rate of one; where one worker keeps more than one processor busy, what the processors could at its cost a page is
the ideal that can be reached.
Where PostgreSQL is named (``QI_TEST_POSTGRESQL``, as by ``tools/with-postgresql.sh``) all ways use it, and Prefect's
server too; without it Dask is left out. ``--write`` puts the figures into docs/scaling.md, and those of its plan that
rest on them.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.reading.throughput import ROOT, draw
from benchmarks.scale import page
from benchmarks.scale.table import Measured, left, table
from benchmarks.scale.watch import Stretch, watch

_AS_OF = "2026-11-22"
_START_SECONDS = 300.0
_FLOW = f"""
from qi_pipeline.flows._runtime import configure
from qi_pipeline.settings import load_settings
configure(load_settings())
from qi_pipeline.flows.intake import intake
intake(as_of="{_AS_OF}")
"""


def main() -> int:
    """Prints the table, and the figures as JSON with ``--json``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--packets", type=int, default=16, help="packets of each run (16)")
    parser.add_argument("--pages", type=int, default=1, help="pages of a packet (1)")
    parser.add_argument("--workers", default="1,2,4", help="numbers of processes (1,2,4)")
    parser.add_argument("--dask", default="2", help="numbers of Dask workers (2); empty: none")
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout, the table on stderr")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/scaling.md; needs PostgreSQL")
    given = parser.parse_args()
    if given.write and not os.environ.get("QI_TEST_POSTGRESQL"):
        parser.error("--write needs PostgreSQL: run it by tools/with-postgresql.sh")
    sys.path.insert(0, str(ROOT / "tests"))
    server = os.environ.get("QI_TEST_POSTGRESQL", "")
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="qi-scale-") as name:
        folder = Path(name)
        (folder / "scans").mkdir()
        scans = draw(folder / "scans", given.packets * given.pages, "scan200")
        for workers in _numbers(given.workers):
            found.append(_measured("processes", workers, folder, scans, given.pages, server))
        for workers in _numbers(given.dask) if server else []:
            found.append(_measured("Dask", workers, folder, scans, given.pages, server))
    cores = len(os.sched_getaffinity(0))
    rows, below = table(found, cores, "PostgreSQL" if server else "SQLite", given.pages, _AS_OF), left(found)
    print(f"{rows}\n\n{below}", file=sys.stderr if given.json else sys.stdout)
    if given.write:
        others = max(each.machine_busy - each.processors_busy for each in found)
        page.write(ROOT / "docs" / "scaling.md", rows, below, _spent(found[0]), others)
    if given.json:
        print(json.dumps({"processors": cores, "runs": [asdict(each) for each in found]}, indent=1))
    return 0


def _spent(one: Measured) -> page.Spent:
    """What the run of one process says of a page and a packet."""
    kept = one.kib_a_page
    assert one.database_kib_a_packet is not None
    assert one.commits_a_packet is not None
    return page.Spent(
        cpu_seconds_a_page=one.cpu_seconds_a_page,
        originals=kept[".qi/originals"] or kept["archive"],
        readings=kept[".qi/readings"] + kept[".qi/pages"],
        archive=kept["archive"],
        reports=kept["reports"],
        database=one.database_kib_a_packet,
        commits=one.commits_a_packet,
    )


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]


def _measured(way: str, workers: int, folder: Path, scans: list[Path], pages: int, server: str) -> Measured:
    """One run over all packets in a fresh workspace and a fresh database."""
    home = folder / f"{way}-{workers}"
    count = _lay_out(home, scans, pages)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_", "DASK_"))}
    environment |= {"QI_HOME": str(home), "QI_WORKERS": "1", "QI_SETTLE_SECONDS": "0"}
    environment |= dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with ExitStack() as stack:
        if server:
            environment["QI_DATABASE_URL"] = stack.enter_context(_database(server, "postgresql"))
        # The schema is made before the clock runs.
        subprocess.run([*_PROGRAM, "packet", "list", "--json"], env=environment, check=True, stdout=subprocess.DEVNULL)
        size, commits = _database_state(environment.get("QI_DATABASE_URL"))
        load = os.getloadavg()[0]
        begun = time.monotonic()
        if way == "processes":
            run = [*_PROGRAM, "ingest", "--as-of", _AS_OF, "--json"]
            parts = {
                "workers": [subprocess.Popen(run, env=environment, stdout=subprocess.DEVNULL) for _ in range(workers)]
            }
            working = parts["workers"]
        else:
            parts = _start_dask(workers, environment, stack, server, folder / "dask.log")
            begun = time.monotonic()
            working = [subprocess.Popen([sys.executable, "-c", _FLOW], env=environment, stdout=subprocess.DEVNULL)]
            parts |= {"flow": working}
        stretch = watch(home, workers, count, parts, working)
        wall = time.monotonic() - begun
        size_after, commits_after = _database_state(environment.get("QI_DATABASE_URL"))
    done = sorted(path.stat().st_mtime for path in home.glob("reports/*/decision.html"))
    assert len(done) == count, f"{way} {workers}: {len(done)} of {count} packets have a report"
    assert not any((home / "inbox").iterdir())
    return Measured(
        way=way,
        workers=workers,
        packets=count,
        wall_seconds=round(wall, 1),
        packets_a_minute=60 * (count - workers) / (done[-1] - done[workers - 1]),
        **_costs(stretch, pages),
        load=round(load, 1),
        kib_a_page={name: round(size / 1024 / count / pages, 1) for name, size in _sizes(home).items()},
        database_kib_a_packet=round((size_after - size) / 1024 / count, 1) if size else None,
        commits_a_packet=round((commits_after - commits) / count, 1) if size else None,
    )


def _sizes(home: Path) -> dict[str, int]:
    """Bytes by folder of the workspace."""
    seen: set[int] = set()
    found: dict[str, int] = {}
    for folder in ("archive", ".qi/originals", ".qi/readings", ".qi/pages", "reports"):
        found[folder] = 0
        for path in (home / folder).rglob("*"):
            info = path.lstat()
            if path.is_file() and info.st_ino not in seen:
                seen.add(info.st_ino)
                found[folder] += info.st_size
    return found


def _database_state(url: str | None) -> tuple[int, int]:
    """Bytes and commits of a PostgreSQL database so far; zeros for SQLite."""
    if url is None:
        return 0, 0
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        query = "SELECT pg_database_size(datname), xact_commit FROM pg_stat_database WHERE datname = current_database()"
        size, commits = connection.exec_driver_sql(query).one()
    engine.dispose()
    return int(size), int(commits)


def _costs(stretch: Stretch, pages: int) -> dict[str, Any]:
    """What the stretch cost, for a row."""
    each = {part: seconds / stretch.packets / pages for part, seconds in stretch.processor_seconds.items()}
    return {
        "cpu_seconds_a_page": sum(each.values()),
        "cpu_seconds_a_page_by_part": each,
        "processors_busy": sum(stretch.processor_seconds.values()) / stretch.seconds,
        "machine_busy": stretch.machine_seconds / stretch.seconds,
    }


_PROGRAM = (sys.executable, "-c", "from qi_pipeline.cli.main import main; raise SystemExit(main())")


def _lay_out(home: Path, scans: list[Path], pages: int) -> int:
    count = len(scans) // pages
    for number in range(count):
        packet = home / "inbox" / f"wx-{number:04}"
        packet.mkdir(parents=True)
        for scan in scans[number * pages : (number + 1) * pages]:
            shutil.copy(scan, packet / scan.name)
        (packet / "application.json").write_text(json.dumps({"reference": packet.name}), encoding="utf-8")
        (packet / ".ready").touch()
    return count


def _start_dask(
    workers: int, environment: dict[str, str], stack: ExitStack, server: str, log: Path
) -> dict[str, list[subprocess.Popen[bytes]]]:
    """What a poll needs to have its packets on the workers of an external scheduler, up and waiting."""
    from ports import free_port

    port, scheduler = free_port(), free_port()
    address = f"tcp://127.0.0.1:{scheduler}"
    environment |= {
        "QI_RUNNER": "dask",
        "QI_DASK_SCHEDULER": address,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
    }
    prefect = {key: value for key, value in environment.items() if key != "PREFECT_API_URL"} | {
        "PREFECT_HOME": str(log.parent / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": stack.enter_context(_database(server, "postgresql+asyncpg")),
    }

    def start(command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        return stack.enter_context(_running(command, env, log))

    served = start(["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)], prefect)
    plans = start(["distributed.cli.dask_scheduler", *_LOCAL, "--port", str(scheduler), "--no-dashboard"], environment)
    working = []
    for number in range(workers):
        own = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        own += ["--local-directory", str(log.parent / f"dask-{number}"), "--preload", "qi_pipeline.flows.dask_worker"]
        working.append(start(["distributed.cli.dask_worker", address, *_LOCAL, *own], environment))
    until = time.monotonic() + _START_SECONDS
    while not _up(port) or log.read_text(encoding="utf-8").count("Registered to:") < workers:
        if time.monotonic() > until:
            raise TimeoutError(log.read_text(encoding="utf-8")[-3000:])
        time.sleep(0.5)
    return {"workers": working, "Prefect's server": [served], "scheduler": [plans]}


_LOCAL = ("--host", "127.0.0.1")


def _up(port: int) -> bool:
    with suppress(urllib.error.URLError, OSError):
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5).status == 200
    return False


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, stdout=said, stderr=said, start_new_session=True
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def _database(server: str, driver: str) -> Iterator[str]:
    """The URL of an empty database that lasts as long as its run."""
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"qi_scale_{secrets.token_hex(6)}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield url.set(drivername=driver, database=name).render_as_string(False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    raise SystemExit(main())
