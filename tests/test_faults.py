"""The whole way of a packet, report and night included, with the n-th touch of a door failing or ending the process.

Every fourth touch is tried, every one with ``QI_TEST_EVERY=1`` (minutes); engine calls are always tried one by one, and
tests/test_records_crash.py kills at every touch of intake and records.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from faults.doors import CountedPool, counted
from papers.packets import good_packet
from qi_pipeline import workdays
from qi_pipeline.cli import arguments
from qi_pipeline.cli.main import main
from qi_pipeline.context import Context
from qi_pipeline.errors import PassingError
from qi_pipeline.ingest import Progress, run_ingest
from qi_pipeline.records import backup, database, decisions, events, review
from qi_pipeline.records.restore import restore
from qi_pipeline.records.store import Store
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)
ENGINE = ("read", "read_crops", "draw")
STEP = int(os.environ.get("QI_TEST_EVERY", "4"))
pytestmark = pytest.mark.timeout(600 if STEP > 1 else 3600)


@contextmanager
def quick(home: Path) -> Iterator[tuple[Context, StoredPool]]:
    """A workspace whose notices are not drawn as PDF, which takes longer than all the rest."""
    with workspace(home) as (context, stored):
        policy = replace(context.policy, reports=replace(context.policy.reports, notice_pdf=False))
        yield replace(context, policy=policy), stored


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    with quick(tmp_path) as opened:
        yield opened


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def all_is_well(context: Context, laid: dict[str, dict[str, bytes]], where: str) -> None:
    """Every packet has one decision and its report, every original is whole, and another run does nothing."""
    again = run_ingest(context, AS_OF)
    assert (again.packets, again.failed, again.quarantined, again.duplicates) == ([], [], [], []), where
    assert list(context.settings.inbox.iterdir()) == [], where
    assert list((context.settings.work / "claims").iterdir()) == [], where
    for name, data in laid.items():
        [kept] = context.settings.archive.glob(f"*/{name}")
        assert contents(kept) == data, where
        row = context.store.packet(name)
        assert row.state in ("decided", "waiting"), where
        assert len([each for each in context.store.decisions_of(row.id) if each.reviewer is None]) == 1, where
        assert (context.settings.home / str(row.report)).read_text(encoding="utf-8").rstrip().endswith("</html>"), where
    assert context.store.verify_log().ok, where


def whole_way(context: Context) -> None:
    run = run_ingest(context, AS_OF)
    if run.failed:
        raise run.failed[0].error
    answer = run_night(context.store, AS_OF, context.policy)
    report_night(context.settings, context.store, context.policy, answer)


def touches(tmp_path: Path) -> list[str]:
    """The doors that one packet and one night touch, in their order."""
    met: list[str] = []
    with quick(tmp_path) as (context, stored):
        drop(context, stored, good_packet(), "p")
        pool = CountedPool(stored, met.append)
        with counted(context, met.append):
            whole_way(replace(context, pool=pool))
    return met


def test_an_engine_that_fails_at_its_nth_call_costs_nothing(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    laid: dict[str, dict[str, bytes]] = {}
    for error in (PassingError("no memory; run again"), ZeroDivisionError("a mistake")):
        for number in itertools.count(1):
            name = f"{type(error).__name__}-{number}"
            laid[name] = contents(drop(context, stored, good_packet(), name))
            count, failed = itertools.count(1), []

            def touch(door: str, count=count, number=number, failed=failed, error=error) -> None:
                if next(count) == number:
                    failed.append(door)
                    raise error

            pool = CountedPool(stored, touch)
            try:
                run = run_ingest(replace(context, pool=pool), AS_OF)
                assert bool(run.failed) == bool(failed)
            except PassingError:
                assert failed
                assert isinstance(error, PassingError)
            run = run_ingest(context, AS_OF)
            assert (run.failed, run.quarantined) == ([], []), f"{name} at {failed}"
            if not failed:
                break
        assert number > 5
    all_is_well(context, laid, "after all of them")
    assert {row.outcome for row in context.store.packets()} == {"admit"}


def test_a_disk_full_at_any_touch_of_packet_and_night_heals_by_itself(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    laid: dict[str, dict[str, bytes]] = {}
    for number in itertools.count(1, STEP):
        name = f"p{number}"
        laid[name] = contents(drop(context, stored, good_packet(), name))
        count, hit = itertools.count(1), []

        def touch(door: str, count=count, number=number, hit=hit) -> None:
            if next(count) == number and door not in (*ENGINE, "commit"):
                hit.append(door)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")

        with counted(context, touch):
            try:
                whole_way(replace(context, pool=CountedPool(stored, touch)))
            except (PassingError, OSError):
                failed = True
            else:
                failed = False
        assert failed <= bool(hit)
        whole_way(context)
        if next(count) <= number:
            break
    assert number > 30
    all_is_well(context, laid, "after all of them")


def killed_at(number: int, context: Context, stored: StoredPool) -> str:
    """The door at which a process of its own was killed; empty when it came to its end."""
    context.store.engine.dispose()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        count = itertools.count(1)

        def touch(door: str) -> None:
            if next(count) == number:
                os.write(tell, door.encode())
                os.kill(os.getpid(), signal.SIGKILL)

        status = 70
        try:
            with Store(context.settings.database_url) as store:
                own = replace(context, store=store, pool=CountedPool(stored, touch))
                with counted(own, touch):
                    whole_way(own)
            status = 0
        finally:
            os._exit(status)
    os.close(tell)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    door = os.read(told, 100).decode()
    os.close(told)
    assert status == (-signal.SIGKILL if door else 0), (number, status)
    return door


def test_killed_at_any_touch_of_packet_report_and_night(tmp_path: Path) -> None:
    met = touches(tmp_path / "counted")
    assert {"read", "rename", "commit", "sync_file", "mkstemp"} <= set(met)
    with quick(tmp_path / "killed") as (context, stored):
        laid: dict[str, dict[str, bytes]] = {}
        seen: set[str] = set()
        for number in range(2, len(met) + 1, STEP):
            name = f"p{number}"
            laid[name] = contents(drop(context, stored, good_packet(), name))
            seen.add(killed_at(number, context, stored))
            whole_way(context)
        assert {"rename", "commit", "sync_folder"} <= seen
        all_is_well(context, laid, "after all of them")
        with database.reading(context.store.engine) as connection:
            made = connection.execute(sa.text("SELECT count(*), count(DISTINCT packet) FROM decisions")).one()
        assert made[0] == made[1] == len(laid)


DAY, YEAR = 86_400.0, 86_400.0 * 365


class Clock:
    """The clock of the machine as the program sees it, which somebody sets while it works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import time
        from datetime import datetime

        self.ahead = 0.0
        plain, clock = time.time, self

        class Shown(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromtimestamp(plain() + clock.ahead, tz)

        monkeypatch.setattr(time, "time", lambda: plain() + self.ahead)
        for module in (events, review, decisions, workdays, backup):
            monkeypatch.setattr(module, "datetime", Shown)


class Setting(Progress):
    """Sets the clock at each stage of each packet."""

    def __init__(self, clock: Clock, jumps: Iterator[float]) -> None:
        self.clock, self.jumps = clock, jumps

    def packet(self, name: str) -> Callable[[str], None]:
        return self._set

    def _set(self, _stage: str) -> None:
        self.clock.ahead = next(self.jumps)


@pytest.mark.parametrize("jump", [-DAY, YEAR, -YEAR])
def test_a_clock_that_is_set_between_any_two_steps_loses_nothing(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    context, stored = place
    clock = Clock(monkeypatch)
    laid: dict[str, dict[str, bytes]] = {}
    waits = replace(context, settings=replace(context.settings, settle_seconds=3.0))
    for number in range(5):  # set before the packet, or at one of its stages, and back again
        name = f"p{number}"
        clock.ahead = jump if number == 0 else 0.0
        laid[name] = contents(drop(context, stored, good_packet(), name))
        run = run_ingest(waits, AS_OF)  # just laid: by any clock it waits, or it is taken whole
        assert (run.failed, run.quarantined) == ([], [])
        jumps = iter([*[0.0] * number, *[jump] * 2, *[0.0] * 20])
        run = run_ingest(context, AS_OF, progress=Setting(clock, jumps))
        assert (run.failed, run.quarantined) == ([], [])
        answer = run_night(context.store, AS_OF + timedelta(days=number), context.policy)
        clock.ahead = -jump
        report_night(context.settings, context.store, context.policy, answer)
        assert context.store.verify_log().ok
    clock.ahead = 0.0
    all_is_well(context, laid, "after the jumps")
    assert {row.state for row in context.store.packets()} <= {"decided", "waiting"}


def test_a_night_by_a_clock_that_was_set_back_is_refused_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr(arguments, "datetime", events.datetime)
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["nightly"]) == 0
    clock.ahead = -2 * DAY
    capsys.readouterr()
    assert main(["nightly"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "as-of" in line
    clock.ahead = DAY
    assert main(["nightly"]) == 0
    assert main(["verify-log"]) == 0


@pytest.mark.sqlite  # the snapshot is copied from the file
def test_the_newest_snapshot_is_the_newest_whatever_the_clock_said(
    place: tuple[Context, StoredPool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    clock = Clock(monkeypatch)
    for number, ahead in enumerate((YEAR, 0.0, -YEAR)):
        clock.ahead = ahead
        drop(context, stored, good_packet(), f"p{number}")
        run_ingest(context, AS_OF)
        backup.make_backup(context.settings, tmp_path.parent / f"{tmp_path.name}-kept")
    home = tmp_path / "second"
    again = replace(context.settings, home=home, database_url=f"sqlite:///{home / 'qi.db'}")
    assert restore(again, tmp_path.parent / f"{tmp_path.name}-kept").packets == 3
