"""A supplement is judged after what it completes, also where two processes have them at the same time."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from papers.packets import LETTER, good_packet
from qi_pipeline import judging
from qi_pipeline.context import Context
from qi_pipeline.ingest import run_ingest
from qi_pipeline.intake import claims, inbox, turns
from qi_pipeline.intake.turns import await_earlier, earlier_at_work
from qi_pipeline.records.store import Store
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)


def lay(context: Context, stored: StoredPool) -> None:
    whole = good_packet()
    first = drop(context, stored, whole.without(LETTER), "a-base")
    second = drop(context, stored, replace(whole, application=None, files={LETTER: whole.files[LETTER]}), "b-rest")
    form = json.loads(whole.application_bytes or b"{}") | {"request": "supplement"}
    (second / "application.json").write_text(json.dumps(form), encoding="utf-8")
    for path in (*first.iterdir(), first, *second.iterdir(), second):
        os.utime(path, (1_795_000_000, 1_795_000_000))


class Slow(StoredPool):
    """Reads nothing before it is told to by a byte in a pipe."""

    def __init__(self, stored: StoredPool, began: int, told: int) -> None:
        super().__init__()
        self.known = stored.known
        self.began, self.told = began, told

    def read(self, *given):
        os.write(self.began, b"x")
        os.read(self.told, 1)
        yield from super().read(*given)


@pytest.mark.parametrize("waits", [True, False], ids=["as it is", "without waiting, to see the race"])
def test_two_processes_with_a_packet_and_its_supplement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    with workspace(tmp_path) as (context, stored):
        lay(context, stored)
        context.store.engine.dispose()  # each process has connections of its own
        (began, begins), (tell, told) = os.pipe(), os.pipe()
        child = os.fork()
        if child == 0:
            with Store(context.settings.database_url) as store:
                slow = Slow(stored, begins, tell)
                run_ingest(replace(context, store=store, pool=slow), AS_OF, [context.settings.inbox / "a-base"])
            os._exit(0)
        os.read(began, 1)  # the other process has the first packet
        plain, asked = turns.earlier_at_work, []

        def looked(settings, claim_id):
            found = plain(settings, claim_id)
            asked.append(found)
            os.write(told, b"x")  # only now may the other go on
            return found

        if waits:
            monkeypatch.setattr(turns, "earlier_at_work", looked)
        else:
            monkeypatch.setattr(judging, "await_earlier", lambda *_given: True)
        run = run_ingest(context, AS_OF)
        os.write(told, b"x")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        [entry] = [each for each in run.packets if each["packet"] == "b-rest"]
        if waits:
            assert len(asked[0]) == 1
            assert asked[-1] == []
            assert entry["outcome"] == "admit"
            assert context.store.packet("b-rest").completes == context.store.packet("a-base").id
        else:
            assert entry["outcome"] == "supplement"
        assert context.store.verify_log().ok


def test_who_is_waited_for(tmp_path: Path) -> None:
    with workspace(tmp_path) as (context, stored):
        lay(context, stored)
        (began, begins), (tell, told) = os.pipe(), os.pipe()
        first, second = inbox.scan(context.settings, 9e9).ready
        child = os.fork()
        if child == 0:
            held = claims.claim(context.settings, first, 1_795_300_000.25)
            assert held is not None
            os.write(begins, held.id.encode())
            os.read(tell, 1)
            os._exit(0)
        older = os.read(began, 100).decode()
        mine = claims.claim(context.settings, second, 1_795_300_000.26)
        assert mine is not None
        assert older < mine.id  # in the same second
        assert earlier_at_work(context.settings, mine.id) == [older]
        assert earlier_at_work(context.settings, older) == []
        assert not await_earlier(context.settings, mine.id, -1)  # the time of a packet is over
        naps: list[float] = []

        def sleep(seconds: float) -> None:
            naps.append(seconds)
            os.write(told, b"x")
            os.waitpid(child, 0)

        assert await_earlier(context.settings, mine.id, 60, sleep=sleep)
        assert len(naps) == 1
        [left] = claims.recover(context.settings)  # nobody waits for the dead, nor for what this process holds itself
        assert left.id == older
        assert earlier_at_work(context.settings, mine.id) == []
        left.release()
        mine.release()
