"""A packet over which the program itself stumbles: tried a few times, then it waits for a person; nothing is lost."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from papers.packets import good_packet
from qi_pipeline import giving_up, ingest
from qi_pipeline.context import Context
from qi_pipeline.errors import PassingError
from qi_pipeline.giving_up import MOST_DEATHS, MOST_TRIES
from qi_pipeline.ingest import run_ingest
from qi_pipeline.intake import claims
from qi_pipeline.intake.underway import claims_seen
from qi_pipeline.records import review
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    with workspace(tmp_path) as opened:
        yield opened


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def break_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plain = ingest.judge

    def judge(claim, *arguments, **named):
        if claim.packet == name:
            raise ZeroDivisionError("没有想到 13812345678")
        return plain(claim, *arguments, **named)

    monkeypatch.setattr(ingest, "judge", judge)


def test_it_waits_for_a_person_after_some_tries_and_the_others_go_on(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    before = contents(drop(context, stored, good_packet(seed=1), "a-strange"))
    break_one(monkeypatch, "a-strange")
    for number in range(1, MOST_TRIES + 1):
        drop(context, stored, good_packet(seed=1 + number), f"good-{number}")
        run = run_ingest(context, AS_OF)
        assert [each.packet for each in run.failed] == ["a-strange"]  # exit status 1, as long as it fails
        assert f"good-{number}" in [entry["packet"] for entry in run.packets]
        if number < MOST_TRIES:
            [left] = claims_seen(context.settings)
            assert (left.packet, left.alive, left.trouble) == ("a-strange", False, "没有想到 13812345678")
    [entry] = [entry for entry in run.packets if entry["packet"] == "a-strange"]
    assert (entry["outcome"], entry["automatic"]) == ("manual_review", False)
    assert entry["institution"]["uscc"] == good_packet(seed=1).body.uscc
    [finding] = entry["findings"]
    assert (finding["code"], finding["severity"]) == ("low_confidence", "review")
    assert "ZeroDivisionError" in finding["message"]["en"]
    assert "13812345678" not in json.dumps(run.to_json())  # what an error says may have been read from paper
    assert entry["deadlines"][0]["duty"] == "notify_applicant"
    row = context.store.packet("a-strange")
    assert row.state == "waiting"
    assert contents(context.settings.home / str(row.archived)) == before
    assert (context.settings.home / str(entry["report"])).is_file()
    assert claims_seen(context.settings) == []
    [waiting] = review.waiting(context.store)
    assert waiting.name == "a-strange"
    again = run_ingest(context, AS_OF)
    assert (again.packets, again.failed, again.quarantined) == ([], [], [])
    context.store.record_reviewer_decision(
        "a-strange", outcome="supplement", reviewer="审核员甲", reason="已看原件", as_of=AS_OF
    )
    assert context.store.packet("a-strange").state == "decided"
    assert context.store.verify_log().ok


def test_what_passes_is_never_counted(place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch) -> None:
    context, stored = place
    drop(context, stored, good_packet(), "patient")
    with monkeypatch.context() as patched:
        patched.setattr(ingest, "judge", lambda *_g, **_n: (_ for _ in ()).throw(PassingError("away; run again")))
        for _ in range(MOST_TRIES + MOST_DEATHS + 2):
            with pytest.raises(PassingError):
                run_ingest(context, AS_OF)
    assert [entry["outcome"] for entry in run_ingest(context, AS_OF).packets] == ["admit"]


def test_a_mistake_in_the_report_leaves_the_decision_as_it_is(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    import qi_pipeline.pipeline as judging

    def broken(*_given: object, **_named: object) -> str:
        raise KeyError("no such phrase")

    context, stored = place
    drop(context, stored, good_packet(), "unreportable")
    monkeypatch.setattr(judging, "report_packet", broken)
    monkeypatch.setattr(giving_up, "report_packet", broken)
    for _ in range(MOST_TRIES):
        run = run_ingest(context, AS_OF)
    [entry] = run.packets
    assert (entry["outcome"], entry["report"]) == ("admit", None)
    row = context.store.packet("unreportable")
    assert row.state == "decided"
    assert (context.settings.home / str(row.archived)).is_dir()
    assert run_ingest(context, AS_OF).failed == []


def test_a_mistake_in_opening_it_loses_nothing(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    import qi_pipeline.pipeline as judging

    def broken(*_given: object, **_named: object) -> None:
        raise IndexError("odd directory")

    context, stored = place
    before = contents(drop(context, stored, good_packet(), "closed"))
    with monkeypatch.context() as patched:
        for module in (judging, giving_up):
            patched.setattr(module, "open_packet", broken)
        for _ in range(MOST_TRIES):
            run = run_ingest(context, AS_OF)
    assert [entry["outcome"] for entry in run.packets] == ["manual_review"]
    assert contents(context.settings.home / str(context.store.packet("closed").archived)) == before


def test_a_packet_that_ends_every_process_waits_for_a_person_too(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    drop(context, stored, good_packet(), "deadly")
    for _ in range(MOST_DEATHS + 1):
        child = os.fork()
        if child == 0:
            ingest.judge = lambda *_given, **_named: os.kill(os.getpid(), signal.SIGKILL)
            run_ingest(context, AS_OF)
            os._exit(70)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (-signal.SIGKILL, 70)
    run = run_ingest(context, AS_OF)
    assert claims_seen(context.settings) == []
    row = context.store.packet("deadly")
    assert (row.state, row.outcome) == ("waiting", "manual_review")
    assert (run.failed, len(run.packets)) in (([], 0), ([], 1))


def test_a_claim_counts_its_tries_and_its_deaths_apart(place: tuple[Context, StoredPool]) -> None:
    from qi_pipeline.intake import inbox

    context, stored = place
    drop(context, stored, good_packet(), "counted")
    [candidate] = inbox.scan(context.settings, 9e9).ready
    taken = claims.claim(context.settings, candidate, 1_795_300_000.5)
    assert taken is not None
    taken.note_start(now=0)
    assert (taken.tries, taken.deaths) == (0, 0)
    taken.note_trouble("unexpected", "x", now=0, own_mistake=True)
    taken.release()
    for deaths in (1, 2):  # nobody says what happened
        [again] = claims.recover(context.settings)
        again.note_start(now=0)
        assert (again.tries, again.deaths) == (1, deaths)
        again.release()
    [again] = claims.recover(context.settings)
    again.note_start(now=0)
    again.note_trouble("passing", "full", now=0)
    assert (again.tries, again.deaths) == (1, 2)
    again.release()
