"""The whole way of a packet, report and night included, with the n-th touch of a door failing or ending the process.

Every fourth touch is tried, every one with ``QI_TEST_EVERY=1`` (minutes); engine calls are always tried one by one, and
tests/test_records_crash.py kills at every touch of intake and records.
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from faults.doors import CountedPool, counted
from papers.packets import good_packet
from qi_pipeline.errors import PassingError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.pipeline import Context
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)
ENGINE = ("read", "read_crops", "draw")
STEP = int(os.environ.get("QI_TEST_EVERY", "4"))
pytestmark = pytest.mark.timeout(180 if STEP > 1 else 3600)


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


def test_a_clock_that_jumps_loses_nothing(place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    context, stored = place
    laid, plain = {}, time.time
    for number, jump in enumerate((0.0, -86_400.0 * 400, 86_400.0 * 400, -3600.0, 0.0)):
        name = f"p{number}"
        laid[name] = contents(drop(context, stored, good_packet(), name))
        monkeypatch.setattr(time, "time", lambda jump=jump: plain() + jump)
        run_ingest(replace(context, settings=replace(context.settings, settle_seconds=0)), AS_OF)
    monkeypatch.setattr(time, "time", plain)
    run_ingest(context, AS_OF)
    assert {row.state for row in context.store.packets()} <= {"decided", "waiting"}
    all_is_well(context, laid, "after the jumps")
