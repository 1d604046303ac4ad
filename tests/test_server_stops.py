"""A PostgreSQL server that is stopped in the middle of an ingest and of a night, stays away, and is started again."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from nightly_cases import Roster
from papers.packets import good_packet
from ports import free_port
from qi_pipeline.errors import PassingError
from qi_pipeline.ingest import Progress, run_ingest
from qi_pipeline.pipeline import Context
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from qi_pipeline.records.watch import watched
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace
from test_faults import all_is_well, contents

AS_OF = date(2026, 11, 22)
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL server is installed"),
]


class Server:
    """A PostgreSQL server of this test alone, on loopback; as a user of its own where this is root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", "db", "-U", "qi", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.port = free_port()
        self.url = f"postgresql+psycopg://qi@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", "db", "-w", "-t", "300", "-o", options, "-l", "log", "start")

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", "db", "-w", "-t", "300", "-m", mode, "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [str(PROGRAMS[0] / program), *words]
        if os.geteuid() == 0:
            command = ["su", "postgres", "-s", "/bin/sh", "-c", shlex.join(command)]
        # Not into a pipe: the server would keep its other end open.
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="qi-server-"))
    try:
        made = Server(folder)
        made.start()
        yield made
        made.stop("immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    """A workspace on that server, with some institutions for the night."""
    admin = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    admin.dispose()
    with workspace(tmp_path) as (given, stored), Store(server.url) as store:
        reports = replace(given.policy.reports, notice_pdf=False, letters_pdf_per_night=0)
        roster = Roster(tmp_path / "tables", store)
        for number in range(1, 6):
            last = AS_OF + timedelta(days=number * 9 - 20)
            roster.certificate(roster.institution(number), last.isoformat(), number=f"22102034{number:04}")
        settings = replace(given.settings, database_url=server.url)
        yield replace(given, policy=replace(given.policy, reports=reports), settings=settings, store=store), stored


class At(Progress):
    """Does something at the beginning of a stage of the third packet."""

    def __init__(self, stage: str, what: Callable[[], None]) -> None:
        self.stage, self.what, self.packets = stage, what, 0

    def packet(self, name: str):
        self.packets += 1
        return self.tell

    def tell(self, stage: str) -> None:
        if self.packets == 3 and stage == self.stage:
            self.what()


@contextmanager
def at_statement(number: int, engine: sa.Engine, what: Callable[[], None]) -> Iterator[Iterator[int]]:
    """While it lasts, something is done before the ``number``-th statement; what counts them."""
    count = itertools.count(1)

    def statement(*_given: object) -> None:
        if next(count) == number:
            what()

    sa.event.listen(engine, "before_cursor_execute", statement)
    try:
        yield count
    finally:
        sa.event.remove(engine, "before_cursor_execute", statement)


@pytest.mark.parametrize(("stage", "mode"), [("reading", "fast"), ("decision", "immediate"), ("report", "fast")])
def test_stopped_in_the_middle_of_an_ingest(
    place: tuple[Context, StoredPool], server: Server, stage: str, mode: str
) -> None:
    context, stored = place
    laid = {f"p{number}": contents(drop(context, stored, good_packet(), f"p{number}")) for number in range(5)}
    with pytest.raises(PassingError, match="run again"):
        run_ingest(context, AS_OF, progress=At(stage, lambda: server.stop(mode)))
    with pytest.raises(PassingError, match="the database is away"):
        run_ingest(context, AS_OF)
    server.start()
    run = run_ingest(context, AS_OF)
    assert (run.failed, run.quarantined, run.duplicates) == ([], [], [])
    assert 2 <= len(run.packets) <= 3
    all_is_well(context, laid, stage)
    with database.reading(context.store.engine) as connection:
        made = connection.execute(sa.text("SELECT count(*), count(DISTINCT packet) FROM decisions")).one()
    assert tuple(made) == (len(laid), len(laid))


def test_stopped_in_the_middle_of_a_night(place: tuple[Context, StoredPool], server: Server) -> None:
    context, _ = place

    def night(as_of: date) -> dict[str, object]:
        answer = run_night(context.store, as_of, context.policy)
        answer = watched(context.store, context.settings, context.policy.integrity, answer)
        report_night(context.settings, context.store, context.policy, answer)
        return dict(answer)

    with at_statement(0, context.store.engine, lambda: None) as count:
        night(AS_OF)
    statements = next(count)
    assert statements > 20
    for number, share in enumerate((0.1, 0.3, 0.5, 0.7), 1):
        as_of = AS_OF + timedelta(days=9 * number)
        mode = "immediate" if number % 2 else "fast"
        with (
            at_statement(round(share * statements), context.store.engine, lambda mode=mode: server.stop(mode)),
            pytest.raises(PassingError, match="run again"),
        ):
            night(as_of)
        with pytest.raises(PassingError, match="the database is away"):
            night(as_of)
        server.start()
        night(as_of)
        again = night(as_of)
        assert (again["deregistered"], again["reinstated"]) == ([], [])
        page = context.settings.reports / "nightly" / as_of.isoformat() / "index.html"
        assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
        assert context.store.verify_log().ok
    with database.reading(context.store.engine) as connection:
        rows = connection.execute(sa.text("SELECT kind, institution FROM orders")).all()
        states = set(connection.execute(sa.text("SELECT state FROM institutions")).scalars())
    assert len(rows) == len(set(rows)) > 0
    assert "deregistered" in states
