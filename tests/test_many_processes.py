"""Several processes at one inbox at once, one of them perhaps killed: each packet is decided once, by one of them."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from papers.packets import good_packet
from qi_pipeline.context import Context
from qi_pipeline.ingest import Progress, run_ingest
from qi_pipeline.records import database
from qi_pipeline.records.store import Store
from records_cases import Database
from stored_pool import StoredPool, drop, workspace
from test_faults import all_is_well, contents

AS_OF = date(2026, 11, 22)
PROCESSES = 4
PACKETS = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    """A workspace on either database, without letters as PDF."""
    base = Database(request.param, tmp_path)
    try:
        with workspace(tmp_path) as (given, stored), Store(base.url) as store:
            reports = replace(given.policy.reports, notice_pdf=False, letters_pdf_per_night=0)
            settings = replace(given.settings, database_url=base.url)
            yield replace(given, policy=replace(given.policy, reports=reports), settings=settings, store=store), stored
    finally:
        base.close()


class Dying(Progress):
    """Ends its process by SIGKILL at the beginning of a stage of its second packet."""

    def __init__(self) -> None:
        self.packets = 0

    def packet(self, name: str):
        self.packets += 1
        return self.stage

    def stage(self, name: str) -> None:
        if self.packets == 2 and name == "decision":
            os.kill(os.getpid(), signal.SIGKILL)


def started(context: Context, go: int, let: int, progress: Progress | None) -> tuple[int, int]:
    """A process that looks into the inbox once it is let, and where it says which packets it has decided."""
    said, say = os.pipe()
    child = os.fork()
    if child:
        os.close(say)
        return child, said
    status = 70
    os.close(let)  # or it would wait for itself
    try:
        with Store(context.settings.database_url) as store:
            os.read(go, 1)  # ends for all at the same moment: nothing is ever written
            run = run_ingest(replace(context, store=store), AS_OF, progress=progress)
            os.write(say, json.dumps([entry["packet"] for entry in run.packets]).encode())
        status = 70 if run.failed or run.quarantined or run.duplicates else 0
    finally:
        os._exit(status)


@pytest.mark.parametrize("dies", [False, True], ids=["all live", "one is killed"])
def test_processes_at_one_inbox(place: tuple[Context, StoredPool], dies: bool) -> None:
    context, stored = place
    laid = {}
    for number in range(PACKETS):
        name = f"p{number:02}"
        laid[name] = contents(drop(context, stored, good_packet(), name))
    context.store.engine.dispose()  # each process has connections of its own
    go, let = os.pipe()
    both = [started(context, go, let, Dying() if dies and not number else None) for number in range(PROCESSES)]
    os.close(go)
    os.close(let)
    decided: Counter[str] = Counter()
    ended = []
    for child, said in both:
        with os.fdopen(said, "rb") as answer:
            decided.update(json.loads(answer.read() or b"[]"))
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert ended == [-signal.SIGKILL if dies else 0] + [0] * (PROCESSES - 1)
    if dies:  # what its first packet came to, it could not say
        decided.update(entry["packet"] for entry in run_ingest(context, AS_OF).packets)
        assert len(decided) == PACKETS - 1
    else:
        assert sorted(decided) == sorted(laid)
    assert set(decided.values()) == {1}
    all_is_well(context, laid, "after all of them")
    with database.reading(context.store.engine) as connection:
        made = connection.execute(sa.text("SELECT count(*), count(DISTINCT packet) FROM decisions")).one()
    assert tuple(made) == (PACKETS, PACKETS)
