"""SIGKILL at a random moment of each stage and of the night: one decision a packet, nothing lost, a rerun does nothing.

A few rounds of each by default, as many as ``QI_TEST_ROUNDS`` says (100: some minutes a stage). The process that is
killed is a fork of its own with its own store, and for reading its own caged reading processes; when it is killed is
drawn from a seeded generator between the beginning of the stage and a little after its usual end.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from broken import packages
from nightly_cases import Roster
from papers.packets import good_packet
from qi_pipeline.context import Context
from qi_pipeline.ingest import Progress, run_ingest
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.records import database, signing
from qi_pipeline.records.store import Store
from qi_pipeline.records.watch import watched
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace
from test_faults import all_is_well, contents

AS_OF = date(2026, 11, 22)
ROUNDS = int(os.environ.get("QI_TEST_ROUNDS", "2"))
STAGES = ("begin", "intake", "reading", "decision", "report", "end")
LONGEST = 240.0
pytestmark = pytest.mark.timeout(900 if ROUNDS < 10 else 3600)

Tell = Callable[[str], None]


class Telling(Progress):
    """Tells the parent process which stage begins."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def begin(self, total: int) -> None:
        self.tell("begin")

    def packet(self, name: str) -> Tell:
        return self.tell

    def done(self, name: str) -> None:
        self.tell("end")


def killed_in(stage: str, after: float | None, work: Callable[[Tell], None]) -> tuple[bool, dict[str, float]]:
    """Whether a process of its own was killed ``after`` so many seconds of the stage (None: never); its moments."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.setsid()
            work(lambda name: os.write(tell, f"{name}\n".encode()) and None)
            status = 0
        finally:
            os._exit(status)
    os.close(tell)
    moments: dict[str, float] = {}
    deadline: float | None = None
    while True:
        left = LONGEST if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([told], [], [], left)
        assert ready or deadline is not None, f"nothing happens any more since {moments}"
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        said = os.read(told, 4096).decode()
        if not said:
            break
        moments |= {name: time.monotonic() for name in said.split() if name not in moments}
        if after is not None and deadline is None and stage in moments:
            deadline = moments[stage] + after
    os.close(told)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0, moments


@contextmanager
def quick(home: Path) -> Iterator[tuple[Context, StoredPool]]:
    """A workspace whose letters are not drawn as PDF, which takes longer than all the rest."""
    with workspace(home) as (context, stored):
        reports = replace(context.policy.reports, notice_pdf=False, letters_pdf_per_night=0)
        yield replace(context, policy=replace(context.policy, reports=reports)), stored


def ingested(context: Context, *, really: bool) -> Callable[[Tell], None]:
    """The work of a process that looks into the inbox once, reading files really or from memory."""

    def work(tell: Tell) -> None:
        with Store(context.settings.database_url) as store:
            own = replace(context, store=store)
            if really:
                with ReaderPool(replace(context.settings, workers=1), context.policy.limits) as pool:
                    run_ingest(replace(own, pool=pool), AS_OF, progress=Telling(tell))
            else:
                run_ingest(own, AS_OF, progress=Telling(tell))

    return work


@pytest.mark.parametrize(
    ("stage", "ends"), [("begin", "reading"), ("reading", "decision"), ("decision", "report"), ("report", "end")]
)
def test_killed_at_a_random_moment_of_a_stage(tmp_path: Path, stage: str, ends: str) -> None:
    chance = random.Random(stage)
    really = stage == "reading"
    with (
        quick(tmp_path) as (context, stored),
        ReaderPool(replace(context.settings, workers=1), context.policy.limits) as real,
    ):
        whole = replace(context, pool=real) if really else context
        laid: dict[str, dict[str, bytes]] = {}
        killed, usual = 0, 0.0
        for number in range(ROUNDS + 1):
            name = f"p{number}"
            folder = drop(context, stored, good_packet(), name)
            if really:
                for each in folder.glob("*.pdf"):
                    each.unlink()
                (folder / "rules.docx").write_bytes(packages.word(f"管理制度 {number}", "第一章 总则"))
            laid[name] = contents(folder)
            context.store.engine.dispose()  # no connection crosses a fork
            after = chance.uniform(0, usual) if number else None  # the first is left alone, to learn from
            ended, moments = killed_in(stage, after, ingested(context, really=really))
            killed += ended
            if not number:
                usual = moments[ends] - moments[stage]
            run = run_ingest(whole, AS_OF)
            assert (run.failed, run.quarantined, run.duplicates) == ([], [], []), name
        assert killed >= ROUNDS // 3
        all_is_well(context, laid, stage)
        with database.reading(context.store.engine) as connection:
            made = connection.execute(sa.text("SELECT count(*), count(DISTINCT packet) FROM decisions")).one()
        assert tuple(made) == (len(laid), len(laid))


def register(folder: Path, context: Context) -> Roster:
    """Institutions of which some night every few days suspends, reminds, audits or deregisters some."""
    roster = Roster(folder / "tables", context.store)
    for number in range(1, 41 if ROUNDS > 10 else 9):
        uscc = roster.institution(number, admitted_on=f"2025-12-{number % 28 + 1:02}")
        last = AS_OF + timedelta(days=number * max(ROUNDS, 20) // 40 - 10)
        roster.certificate(uscc, last.isoformat(), number=f"22102034{number:04}")
    return roster


def state(store: Store) -> dict[str, object]:
    """All that nights leave in the register, without moments."""
    with database.reading(store.engine) as connection:
        rows = connection.execute(sa.text("SELECT uscc, state FROM institutions ORDER BY uscc")).all()
        kinds = connection.execute(sa.text("SELECT kind, subject FROM events ORDER BY seq")).all()
        orders = connection.execute(sa.text("SELECT number, institution FROM orders ORDER BY number")).all()
    numbered = [tuple(row) for row in orders]
    return {"states": [tuple(row) for row in rows], "events": sorted(map(tuple, kinds)), "orders": numbered}


def of_register(events: object) -> list[tuple[str, str]]:
    """What happened to institutions: kinds and whom they concern, in no order."""
    assert isinstance(events, list)
    return [
        each
        for each in events
        if not str(each[0]).startswith(("log.", "nightly.run", "packet.", "decision.", "sample."))
    ]


def one_night(context: Context, as_of: date) -> dict[str, object]:
    answer = run_night(context.store, as_of, context.policy)
    answer = watched(context.store, context.settings, context.policy.integrity, answer)
    report_night(context.settings, context.store, context.policy, answer)
    return dict(answer)


def test_killed_at_a_random_moment_of_the_night(tmp_path: Path) -> None:
    chance = random.Random("night")
    with quick(tmp_path / "plain") as (plain, _), quick(tmp_path / "killed") as (context, stored):
        for each in (plain, context):
            signing.make_key(each.settings.home / "signing.key")
        plain, context = (
            replace(each, settings=replace(each.settings, signing_key=each.settings.home / "signing.key"))
            for each in (plain, context)
        )
        for each in (plain, context):
            register(each.settings.home, each)
            drop(each, stored, good_packet(), "kept")
            run_ingest(replace(each, pool=stored), AS_OF - timedelta(days=400))  # an original for the sweep
        killed = 0
        for number in range(ROUNDS + 1):
            as_of = AS_OF + timedelta(days=number)
            begun = time.monotonic()
            expected = one_night(plain, as_of)
            usual = time.monotonic() - begun
            context.store.engine.dispose()

            def night(tell: Tell, as_of: date = as_of) -> None:
                tell("begin")
                with Store(context.settings.database_url) as store:
                    one_night(replace(context, store=store), as_of)

            ended, _ = killed_in("begin", chance.uniform(0, usual), night)
            killed += ended
            answer = one_night(context, as_of)
            same = {key: value for key, value in answer.items() if key not in ("deregistered", "reinstated", "log")}
            assert same == {key: expected[key] for key in same}, as_of
            page = context.settings.reports / "nightly" / as_of.isoformat() / "index.html"
            assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
            again = one_night(context, as_of)
            assert (again["deregistered"], again["reinstated"]) == ([], [])
            assert context.store.verify_log().ok
            assert signing.prove(context.store, context.settings).check.ok
        assert killed >= ROUNDS // 3
        assert state(context.store)["states"] == state(plain.store)["states"]
        assert state(context.store)["orders"] == state(plain.store)["orders"]
        assert of_register(state(context.store)["events"]) == of_register(state(plain.store)["events"])
