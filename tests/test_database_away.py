"""PostgreSQL that goes away at the n-th statement or commit: a fault that passes, nothing lost, nothing twice.

The server ends the connection just before the n-th statement of a packet, of a person's decision and of a night: some
n by default, every one with ``QI_TEST_EVERY=1``.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from nightly_cases import Roster
from papers.packets import good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.context import Context
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from qi_pipeline.records.watch import watched
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from records_cases import Database, postgresql_url
from stored_pool import StoredPool, drop, workspace
from test_faults import all_is_well, contents

AS_OF = date(2026, 11, 22)
STEP = int(os.environ.get("QI_TEST_EVERY", "9"))
pytestmark = pytest.mark.timeout(600 if STEP > 1 else 4 * 3600)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    """A workspace on PostgreSQL, with some institutions for the night."""
    base = Database("postgresql", tmp_path)
    try:
        with workspace(tmp_path) as (given, stored), Store(base.url) as store:
            reports = replace(given.policy.reports, notice_pdf=False, letters_pdf_per_night=0)
            settings = replace(given.settings, database_url=base.url)
            roster = Roster(tmp_path / "tables", store)
            for number in range(1, 6):
                last = AS_OF + timedelta(days=number * 9 - 20)
                roster.certificate(roster.institution(number), last.isoformat(), number=f"22102034{number:04}")
            policy = replace(given.policy, reports=reports)
            yield replace(given, policy=policy, settings=settings, store=store), stored
    finally:
        base.close()


@contextmanager
def away_at(number: int, context: Context) -> Iterator[list[str]]:
    """While it lasts, the server ends the connection before the ``number``-th statement or commit, and names it."""
    admin = sa.create_engine(
        sa.make_url(postgresql_url()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    count, met = itertools.count(1), []

    def end(connection: sa.Connection, what: str) -> None:
        if next(count) == number:
            met.append(what)
            backend = connection.connection.dbapi_connection.info.backend_pid
            with admin.connect() as other:
                assert other.exec_driver_sql(f"SELECT pg_terminate_backend({backend}, 5000)").scalar_one()

    def statement(connection: sa.Connection, _cursor: object, text: str, *_more: object) -> None:
        end(connection, text)

    def commit(connection: sa.Connection) -> None:
        end(connection, "COMMIT")

    sa.event.listen(context.store.engine, "before_cursor_execute", statement)
    sa.event.listen(context.store.engine, "commit", commit)
    try:
        yield met
    finally:
        sa.event.remove(context.store.engine, "before_cursor_execute", statement)
        sa.event.remove(context.store.engine, "commit", commit)
        admin.dispose()


def away_at_each(
    context: Context,
    work: Callable[[int], object],
    again: Callable[[int], object],
    before: Callable[[int], object] = lambda _number: None,
) -> int:
    """How often the server went away in the work, which is done again each time, until it comes to its end."""
    ended = 0
    for number in itertools.count(1, STEP):
        before(number)
        with away_at(number, context) as met:
            said = ""
            try:
                work(number)
            except PassingError as error:
                said = str(error)
            assert bool(said) <= bool(met)
            assert "run again" in said or not said
            ended += bool(said)
        again(number)
        if not met:
            return ended
    raise AssertionError


def test_away_at_the_nth_statement_of_a_packet(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    laid: dict[str, dict[str, bytes]] = {}

    def work(number: int) -> None:
        laid[f"p{number}"] = contents(drop(context, stored, good_packet(), f"p{number}"))
        once(number)

    def once(_number: int) -> None:
        run = run_ingest(context, AS_OF)
        assert (run.failed, run.quarantined, run.duplicates) == ([], [], [])

    assert away_at_each(context, work, once) >= len(laid) - 2
    assert len(laid) > 3
    all_is_well(context, laid, "after all of them")
    with database.reading(context.store.engine) as connection:
        made = connection.execute(sa.text("SELECT count(*), count(DISTINCT packet) FROM decisions")).one()
    assert tuple(made) == (len(laid), len(laid))


def test_away_at_the_nth_statement_of_a_night(place: tuple[Context, StoredPool]) -> None:
    context, _ = place
    answers: dict[int, dict[str, object]] = {}

    def night(number: int) -> None:
        as_of = AS_OF + timedelta(days=number)
        answer = run_night(context.store, as_of, context.policy)
        # The sweep and the signature never stop a night: what went wrong with them stands in its answer.
        answer = watched(context.store, context.settings, context.policy.integrity, answer)
        report_night(context.settings, context.store, context.policy, answer)
        answers[number] = dict(answer)

    assert away_at_each(context, night, night) > 3
    with database.reading(context.store.engine) as connection:
        rows = connection.execute(sa.text("SELECT kind, institution FROM orders")).all()
        states = set(connection.execute(sa.text("SELECT state FROM institutions")).scalars())
    assert len(rows) == len(set(rows)) > 0
    assert "deregistered" in states
    assert context.store.verify_log().ok
    last = max(answers)
    night(last)
    assert (answers[last]["deregistered"], answers[last]["reinstated"]) == ([], [])
    assert not any("problem" in dict(answer["originals"]) for answer in answers.values())  # type: ignore[call-overload]


def test_away_at_the_nth_statement_of_a_persons_decision(
    place: tuple[Context, StoredPool],
) -> None:
    given, stored = place
    admission = replace(given.policy.admission, decided_by_person=("admit",))
    context = replace(given, policy=replace(given.policy, admission=admission))

    def waits(number: int) -> None:
        drop(context, stored, good_packet(), f"p{number}")
        assert [each["automatic"] for each in run_ingest(context, AS_OF).packets] == [False]

    def decide(number: int) -> None:
        context.store.record_reviewer_decision(
            f"p{number}", outcome="supplement", reviewer="王审核", reason="缺页", as_of=AS_OF
        )

    def made(number: int) -> int:
        rows = context.store.decisions_of(context.store.packet(f"p{number}").id)
        return [each.reviewer for each in rows].count("王审核")

    def again(number: int) -> None:
        if not made(number):  # a person looks before he says it again
            decide(number)
        assert made(number) == 1
        with pytest.raises(UsageError):
            decide(number)

    assert away_at_each(context, decide, again, waits) > 0
    assert context.store.verify_log().ok


def test_a_server_that_is_not_there_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    pytest.importorskip("psycopg")
    nobody = socket.socket()  # bound, so that nobody else gets the port meanwhile, and not listening
    request.addfinalizer(nobody.close)
    nobody.bind(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_SETTLE_SECONDS", "0")
    monkeypatch.setenv("QI_DATABASE_URL", f"postgresql://qi@127.0.0.1:{port}/qi")
    for command in ("ingest", "nightly", "verify-log"):
        assert main([command]) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert "the database is away" in line
    assert (tmp_path / "inbox" / "a.pdf").is_file()
