"""Further proof and site visits (5.2.2): the clock of 5.2.1 stands meanwhile and runs on with what was left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Deadline, Decision
from qi_pipeline.policy import default_policy
from qi_pipeline.records import clocks, database
from qi_pipeline.records.store import Store
from qi_pipeline.residency import verification
from qi_pipeline.residency.nightly import run_night
from records_cases import USCC, Database, entry, facts, take
from test_schemas import problems

FRIDAY = date(2026, 11, 20)
"""The day of submission: the result is due on Wednesday the 25th."""
MONDAY = date(2026, 11, 23)
RESULT = date(2026, 12, 1)
"""A Tuesday."""


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as made:
        yield made
        assert made.verify_log().ok
    base.close()


def decided(outcome: str, *, automatic: bool, as_of: date = FRIDAY, due: str = "2026-11-25") -> Decision:
    return Decision(
        as_of=as_of.isoformat(),
        outcome=outcome,  # type: ignore[arg-type]
        automatic=automatic,
        findings=(),
        services=(),
        deadlines=(Deadline(clause="5.2.1", duty="notify_applicant", due_on=due),),
        versions={},
    )


def packet(
    store: Store, name: str = "p1", outcome: str = "manual_review", *, automatic: bool = False, **kw: Any
) -> str:
    take(store, name, name=name)
    request = kw.pop("request", "admission")
    made = decided(outcome, automatic=automatic, **kw)
    store.save_decision(name, made, facts=facts(request=request), entry=entry(request=request))
    return name


def overdue(store: Store, day: date) -> list[tuple[str, str]]:
    found = run_night(store, day, default_policy())["overdue"]
    assert isinstance(found, list)
    return [(str(each["duty"]), str(each["due_on"])) for each in found if isinstance(each, dict)]


def kinds(store: Store, subject: str) -> list[str]:
    return [event.kind for event in store.events_of(subject)]


def test_clock_stands_while_proof_is_awaited_and_runs_on_with_what_was_left(store: Store) -> None:
    packet(store)
    one = verification.request(store, "p1", "房屋租赁合同原件", on=MONDAY, by="张三")
    assert one.clock is not None
    assert (one.clock.state, one.clock.rest) == ("paused", 2)  # Tuesday and Wednesday
    assert overdue(store, date(2026, 11, 30)) == []
    ended = verification.conclude(store, "p1", "satisfied", on=RESULT, note="原件已核对")
    assert ended.clock is not None
    assert (ended.clock.state, ended.clock.due_on) == ("running", date(2026, 12, 3))
    assert overdue(store, date(2026, 12, 3)) == []
    assert overdue(store, date(2026, 12, 4)) == [("notify_applicant", "2026-12-03")]
    store.record_reviewer_decision("p1", outcome="admit", reviewer="李四", reason="已核实", as_of=date(2026, 12, 4))
    assert overdue(store, date(2026, 12, 5)) == []
    assert [kind for kind in kinds(store, "p1") if kind.startswith("verification.")] == [
        "verification.proof_requested",
        "verification.concluded",
    ]


def test_result_on_the_day_it_was_asked_for_moves_nothing(store: Store) -> None:
    packet(store)
    verification.request(store, "p1", "说明", on=MONDAY)
    ended = verification.conclude(store, "p1", "satisfied", on=MONDAY, note="当日补齐")
    assert ended.clock is not None
    assert ended.clock.due_on == date(2026, 11, 25)


def test_clock_runs_on_only_with_the_last_of_several(store: Store) -> None:
    packet(store)
    first = verification.request(store, "p1", "租赁合同", on=MONDAY)
    visit = verification.plan_visit(store, "p1", "现场查看实验室", planned_on=date(2026, 11, 27), on=MONDAY)
    with pytest.raises(UsageError, match="--id"):
        verification.conclude(store, "p1", "satisfied", on=RESULT, note="x")
    one = verification.conclude(store, "p1", "satisfied", on=date(2026, 11, 26), note="合同已核对", number=first.id)
    assert one.clock is not None
    assert one.clock.state == "paused"
    verification.hold_visit(store, "p1", held_on=date(2026, 11, 27), on=date(2026, 11, 27), number=visit.id)
    last = verification.conclude(store, "p1", "not_satisfied", on=RESULT, note="场所与申请不符")
    assert last.clock is not None
    assert last.clock.due_on == date(2026, 12, 3)
    assert verification.listed(store) == []
    assert [each.result for each in verification.listed(store, "p1", closed_too=True)] == ["satisfied", "not_satisfied"]


def test_visit_is_planned_ahead_held_and_has_its_result_afterwards(store: Store) -> None:
    packet(store)
    with pytest.raises(UsageError, match="before 2026-11-23"):
        verification.plan_visit(store, "p1", "现场", planned_on=FRIDAY, on=MONDAY)
    with pytest.raises(UsageError, match="no open site visit"):
        verification.hold_visit(store, "p1", held_on=MONDAY, on=MONDAY)
    verification.plan_visit(store, "p1", "现场", planned_on=date(2026, 11, 26), on=MONDAY)
    with pytest.raises(UsageError, match="verification held"):
        verification.conclude(store, "p1", "satisfied", on=RESULT, note="符合")
    with pytest.raises(UsageError, match="not between"):
        verification.hold_visit(store, "p1", held_on=date(2026, 11, 27), on=date(2026, 11, 26))
    held = verification.hold_visit(store, "p1", held_on=date(2026, 11, 26), on=date(2026, 11, 27))
    assert held.held_on == date(2026, 11, 26)
    with pytest.raises(UsageError, match="was held on"):
        verification.hold_visit(store, "p1", held_on=date(2026, 11, 26), on=date(2026, 11, 27))
    with pytest.raises(UsageError, match="before 2026-11-26"):
        verification.conclude(store, "p1", "satisfied", on=MONDAY, note="符合")
    with pytest.raises(UsageError, match="--note"):
        verification.conclude(store, "p1", "satisfied", on=RESULT, note=" ")
    assert verification.conclude(store, "p1", "satisfied", on=RESULT, note="符合").result == "satisfied"
    assert kinds(store, "p1")[-3:] == [
        "verification.visit_planned",
        "verification.visit_held",
        "verification.concluded",
    ]


def test_packet_told_that_proof_is_needed_waits_for_a_person_after_the_result(store: Store) -> None:
    packet(store, outcome="further_verification", automatic=True)
    asked = verification.request(store, "p1", "证明材料", on=MONDAY)
    assert asked.clock is not None
    assert (asked.clock.state, asked.clock.paused_on, asked.clock.rest) == ("paused", FRIDAY, 3)
    assert overdue(store, date(2026, 11, 30)) == []
    verification.conclude(store, "p1", "satisfied", on=RESULT, note="已核实")
    assert store.packet("p1").state == "waiting"
    assert overdue(store, date(2026, 12, 5)) == [("notify_applicant", "2026-12-04")]
    store.record_reviewer_decision("p1", outcome="reject", reviewer="李四", reason="不符", as_of=date(2026, 12, 5))
    assert store.packet("p1").state == "decided"
    assert overdue(store, date(2026, 12, 6)) == []


@pytest.mark.parametrize(
    ("outcome", "automatic", "why"), [("admit", True, "decided: admit"), ("supplement", True, "decided: supplement")]
)
def test_nothing_is_asked_of_a_packet_that_is_decided(store: Store, outcome: str, automatic: bool, why: str) -> None:
    packet(store, outcome=outcome, automatic=automatic)
    for act in (
        lambda: verification.request(store, "p1", "证明", on=MONDAY),
        lambda: verification.plan_visit(store, "p1", "现场", planned_on=MONDAY, on=MONDAY),
    ):
        with pytest.raises(UsageError, match=why):
            act()
    assert verification.listed(store, closed_too=True) == []


def test_who_decides_without_the_proof_ends_the_request(store: Store) -> None:
    packet(store)
    verification.request(store, "p1", "证明", on=MONDAY)
    store.record_reviewer_decision("p1", outcome="admit", reviewer="李四", reason="无需证明", as_of=MONDAY)
    assert verification.listed(store) == []
    with pytest.raises(UsageError, match="no open request"):
        verification.conclude(store, "p1", "not_satisfied", on=RESULT, note="x")
    assert store.packet("p1").state == "decided"
    assert overdue(store, date(2026, 12, 20)) == [("complete_profile", "2026-12-07")]  # of the entry (6.3), not 5.2.1


def test_nothing_is_asked_of_a_packet_in_work_or_in_quarantine(store: Store) -> None:
    take(store, "p1", name="p1")
    with pytest.raises(UsageError, match="is processing"):
        verification.request(store, "p1", "证明", on=MONDAY)
    store.save_quarantine("p1", "corrupt", "nothing could be read")
    with pytest.raises(UsageError, match="is quarantined"):
        verification.plan_visit(store, "p1", "现场", planned_on=MONDAY, on=MONDAY)


def test_nothing_is_asked_before_the_review_or_without_words(store: Store) -> None:
    packet(store)
    with pytest.raises(UsageError, match="judged as of 2026-11-20"):
        verification.request(store, "p1", "证明", on=date(2026, 11, 19))
    with pytest.raises(UsageError, match="--text"):
        verification.request(store, "p1", " ", on=MONDAY)
    with pytest.raises(UsageError, match="no such packet"):
        verification.request(store, "p9", "证明", on=MONDAY)


@pytest.mark.parametrize(("day", "state"), [(date(2026, 11, 25), "paused"), (date(2026, 11, 26), "running")])
def test_late_is_late(store: Store, day: date, state: str) -> None:
    packet(store)
    one = verification.request(store, "p1", "证明", on=day)
    assert one.clock is not None
    assert one.clock.state == state
    assert bool(overdue(store, date(2026, 11, 30))) is (state == "running")


def test_a_decision_made_again_does_not_undo_the_pause(store: Store) -> None:
    packet(store)
    verification.request(store, "p1", "证明", on=MONDAY)
    store.save_decision("p1", decided("manual_review", automatic=False, as_of=MONDAY), again=True)
    assert overdue(store, date(2026, 11, 30)) == []
    verification.conclude(store, "p1", "satisfied", on=RESULT, note="已核实")
    store.save_decision("p1", decided("manual_review", automatic=False, as_of=RESULT), again=True)
    with database.reading(store.engine) as connection:
        clock = clocks.of_packet(connection, "p1")
    assert clock is not None
    assert clock.due_on == date(2026, 12, 3)
    store.save_decision("p1", decided("admit", automatic=True, as_of=RESULT), again=True)
    assert overdue(store, date(2026, 12, 20)) == []


@pytest.mark.parametrize("request_", ["supplement", "admission"])
def test_papers_submitted_again_have_a_fresh_clock_and_end_the_old_one(store: Store, request_: str) -> None:
    packet(store, "old")
    verification.request(store, "old", "证明", on=MONDAY)
    packet(store, "new", as_of=date(2026, 11, 26), due="2026-12-01", request=request_)
    assert overdue(store, date(2026, 12, 1)) == []
    assert overdue(store, date(2026, 12, 2)) == [("notify_applicant", "2026-12-01")]
    assert [each.result for each in verification.listed(store, "old", closed_too=True)] == ["superseded"]
    assert kinds(store, "old")[-1] == "packet.followed"


def test_a_change_or_another_institution_ends_no_clock(store: Store) -> None:
    packet(store, "old")
    packet(store, "change", request="change", due="2026-12-30")
    take(store, "other", name="other")
    store.save_decision(
        "other", decided("manual_review", automatic=False, due="2026-12-30"), facts=facts(uscc="91320200MA1X0002XA")
    )
    assert overdue(store, date(2026, 11, 26)) == [("notify_applicant", "2026-11-25")]
    assert "packet.followed" not in kinds(store, "old")
    assert store.packet("old").uscc == USCC


def test_every_step_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        packet(store)
    run: Callable[..., dict[str, Any]] = lambda *arguments: _run(capsys, *arguments)  # noqa: E731
    asked = run("verification", "request", "p1", "--text", "租赁合同", "--by", "张三", "--as-of", "2026-11-23")
    assert asked["clock"]["rest_working_days"] == 2
    assert problems("output_verification", asked) == []
    planned = run(
        "verification", "visit", "p1", "--text", "现场", "--planned-on", "2026-11-26", "--as-of", "2026-11-23"
    )
    assert planned["planned_on"] == "2026-11-26"
    assert main(["verification", "result", "p1", "--satisfied", "--note", "x", "--as-of", "2026-12-01"]) == 2
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "--id" in refused.err
    assert len(refused.err.splitlines()) == 1
    run("verification", "held", "p1", "--on", "2026-11-26", "--as-of", "2026-11-26")
    for number in (asked["id"], planned["id"]):
        ended = run(
            "verification",
            "result",
            "p1",
            "--satisfied",
            "--note",
            "符合",
            "--id",
            str(number),
            "--as-of",
            "2026-12-01",
        )
    assert ended["clock"]["due_on"] == "2026-12-03"
    assert problems("output_verification", ended) == []
    listed = run("verification", "list", "p1", "--all")
    assert problems("output_verification", listed) == []
    assert [each["kind"] for each in listed["verifications"]] == ["proof", "visit"]
    assert run("verification", "list")["verifications"] == []


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer
