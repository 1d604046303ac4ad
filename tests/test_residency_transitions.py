"""Transitions after admission: what each clause lets happen, what it forbids, and the trace that stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from nightly_cases import Roster
from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.residency import audit, complaint, inspection, leaving, leftover
from test_schemas import problems

DAY = date(2026, 6, 1)
LATER = date(2026, 6, 10)


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path)
    yield made
    assert made.store.verify_log().ok
    made.store.close()


@pytest.fixture
def uscc(roster: Roster) -> str:
    code = roster.institution()
    roster.certificate(code, "2030-01-01")
    return code


def said(roster: Roster, subject: str) -> list[str]:
    return [event.kind for event in roster.store.events_of(subject)]


def test_exit_waits_for_every_leftover_issue(roster: Roster, uscc: str) -> None:
    first = leftover.open_issue(roster.store, uscc, "两份报告未交付", on=DAY)
    second = leftover.open_issue(roster.store, uscc, "费用未结清", on=DAY, assigned_to="李四")
    leftover.settle(roster.store, first.id, on=DAY)
    with pytest.raises(UsageError, match="费用未结清") as refused:
        leaving.exit_voluntarily(roster.store, uscc, on=DAY)
    assert "两份报告未交付" not in str(refused.value)
    assert roster.state(uscc) == "active"
    leftover.settle(roster.store, second.id, on=LATER, note="已结清")
    order = leaving.exit_voluntarily(roster.store, uscc, on=LATER, reason="业务调整")
    assert (order.number, order.clause, roster.state(uscc)) == ("TC-2026-000001", "5.3", "exited")
    assert said(roster, uscc)[-2:] == ["leftover.settled", "institution.exited"]


def test_exit_waits_for_open_complaints(roster: Roster, uscc: str) -> None:
    one = complaint.receive(roster.store, uscc, channel="web", type_="收费", text="多收费用", on=DAY)
    with pytest.raises(UsageError, match=one.number):
        leaving.exit_voluntarily(roster.store, uscc, on=DAY)


def test_nobody_leaves_twice(roster: Roster, uscc: str) -> None:
    leaving.exit_voluntarily(roster.store, uscc, on=DAY)
    with pytest.raises(UsageError, match="exited"):
        leaving.revoke(roster.store, uscc, on=LATER, reason="资质被撤销")
    with pytest.raises(UsageError, match="not in the register"):
        leaving.exit_voluntarily(roster.store, "91320299MA9999999X", on=LATER)


def test_who_has_left_is_not_reverified(roster: Roster, uscc: str) -> None:
    roster.certificate(uscc, "2026-06-05", number="2", services="水质检测")
    roster.night("2026-06-06")
    leaving.exit_voluntarily(roster.store, uscc, on=LATER)
    answer = roster.night("2026-06-11")
    assert (answer["institutions"], answer["suspended"], answer["expiring"]) == (0, [], [])


def test_issue_is_assigned_and_settled_once(roster: Roster, uscc: str) -> None:
    issue = leftover.open_issue(roster.store, uscc, "费用未结清", on=DAY)
    assert leftover.assign(roster.store, issue.id, "李四", on=DAY).assigned_to == "李四"
    with pytest.raises(UsageError, match="before"):
        leftover.settle(roster.store, issue.id, on=date(2026, 5, 31))
    leftover.settle(roster.store, issue.id, on=LATER)
    for again in (
        lambda: leftover.settle(roster.store, issue.id, on=LATER),
        lambda: leftover.assign(roster.store, issue.id, "x", on=LATER),
    ):
        with pytest.raises(UsageError, match="was settled"):
            again()
    assert leftover.listed(roster.store) == []
    assert [each.settled_on for each in leftover.listed(roster.store, uscc, settled_too=True)] == [LATER]


def test_revocation_deregisters_directly_and_keeps_open_issues_on_record(roster: Roster, uscc: str) -> None:
    leftover.open_issue(roster.store, uscc, "费用未结清", on=DAY)
    order = leaving.revoke(roster.store, uscc, on=DAY, reason="资质认定证书被撤销")
    assert (order.number, order.clause, order.reason) == ("ZX-2026-000001", "7.5", "qualification_revoked")
    assert roster.state(uscc) == "deregistered"
    assert len(leftover.listed(roster.store, uscc)) == 1
    assert "费用未结清" in str(roster.store.events_of(uscc)[-1].data["left_open"])


def test_closed_institution_has_a_month_to_deregister(roster: Roster, uscc: str) -> None:
    with pytest.raises(UsageError, match="not on record as closed"):
        leaving.deregister_closed(roster.store, uscc, on=DAY)
    due = leaving.report_closed(roster.store, uscc, closed_on=date(2026, 5, 31), on=DAY)
    assert due.date == date(2026, 6, 30)
    assert roster.night("2026-06-30")["overdue"] == []
    late = [{"uscc": uscc, "clause": "7.5", "duty": "deregister_closed", "due_on": "2026-06-30"}]
    assert roster.night("2026-07-01")["overdue"] == late
    assert leaving.deregister_closed(roster.store, uscc, on=date(2026, 7, 1)).clause == "7.5"
    assert roster.night("2026-07-02")["overdue"] == []


def test_closing_lies_not_ahead_and_is_told_once(roster: Roster, uscc: str) -> None:
    with pytest.raises(UsageError, match="after"):
        leaving.report_closed(roster.store, uscc, closed_on=LATER, on=DAY)
    leaving.report_closed(roster.store, uscc, closed_on=DAY, on=DAY)
    leaving.report_closed(roster.store, uscc, closed_on=DAY, on=LATER)
    assert said(roster, uscc).count("institution.closed") == 1
    with pytest.raises(UsageError, match="2026-06-01"):
        leaving.report_closed(roster.store, uscc, closed_on=date(2026, 5, 1), on=LATER)


def test_complaint_goes_through_every_state_and_is_closed_when_told(roster: Roster, uscc: str) -> None:
    one = complaint.receive(roster.store, uscc, channel="phone", type_="服务质量", text="报告延误", on=DAY)
    assert one.number == "TS-2026-000001"
    with pytest.raises(UsageError, match="investigating, not answered"):
        complaint.advance(roster.store, one.number, on=DAY, to="answered")
    for state in ("investigating", "forwarded", "answered"):
        with pytest.raises(UsageError, match="after it is answered"):
            complaint.close(roster.store, one.number, on=LATER, told_on=LATER, days=30)
        if state in ("forwarded", "answered"):
            with pytest.raises(UsageError, match="--note"):
                complaint.advance(roster.store, one.number, on=date(2026, 6, 5), note=" ")
        assert complaint.advance(roster.store, one.number, on=date(2026, 6, 5), note=f"到{state}").state == state
    with pytest.raises(UsageError, match="told"):
        complaint.close(roster.store, one.number, on=LATER, told_on=None, days=30)
    with pytest.raises(UsageError, match="told on 2026-06-04"):
        complaint.close(roster.store, one.number, on=LATER, told_on=date(2026, 6, 4), days=30)
    with pytest.raises(UsageError, match="complaint close"):
        complaint.advance(roster.store, one.number, on=LATER)
    closed = complaint.close(roster.store, one.number, on=LATER, told_on=date(2026, 6, 5), days=30)
    assert (closed.state, closed.investigation, closed.answer) == ("closed", "到forwarded", "到answered")
    with pytest.raises(UsageError, match="was closed"):
        complaint.advance(roster.store, one.number, on=LATER)
    states = [kind.partition(".")[2] for kind in said(roster, uscc) if kind.startswith("complaint.")]
    assert states == list(complaint.STATES)


def test_complaints_are_numbered_a_year_and_need_respondent_type_and_channel(roster: Roster, uscc: str) -> None:
    numbers = [
        complaint.receive(roster.store, uscc, channel="letter", type_="收费", text="x", on=day).number
        for day in (DAY, LATER, date(2027, 1, 1))
    ]
    assert numbers == ["TS-2026-000001", "TS-2026-000002", "TS-2027-000001"]
    for wrong in ({"channel": "fax"}, {"type_": " "}, {"text": ""}):
        with pytest.raises(UsageError):
            complaint.receive(roster.store, uscc, **{"channel": "web", "type_": "收费", "text": "x", **wrong}, on=DAY)
    with pytest.raises(UsageError):
        complaint.receive(roster.store, "x", channel="web", type_="收费", text="x", on=DAY)
    assert complaint.receive(roster.store, uscc, channel="web", type_="收费", text="x", on=DAY).number.endswith("3")


@pytest.mark.parametrize(("as_of", "late"), [(date(2026, 7, 1), False), (date(2026, 7, 2), True)])
def test_complaint_is_overdue_after_its_days(roster: Roster, uscc: str, as_of: date, late: bool) -> None:
    one = complaint.receive(roster.store, uscc, channel="phone", type_="服务质量", text="x", on=DAY)
    assert one.to_json(30, as_of)["overdue"] is late


def test_draw_is_the_same_again_and_takes_its_share_of_every_category(roster: Roster) -> None:
    for number in range(1, 31):
        roster.institution(number, category="metrology" if number % 3 else "training")
    drawn = inspection.draw(roster.store, rate=0.1, seed="2026上半年", on=DAY)
    assert sorted(each.category or "" for each in drawn) == ["metrology", "metrology", "training"]
    assert inspection.draw(roster.store, rate=0.1, seed="2026上半年", on=DAY) == drawn
    again = inspection.draw(roster.store, rate=0.1, seed="2026上半年", on=DAY, round_="复核")
    assert [each.uscc for each in again] == [each.uscc for each in drawn]
    other = inspection.draw(roster.store, rate=0.1, seed="2026下半年", on=DAY)
    assert [each.uscc for each in other] != [each.uscc for each in drawn]
    with pytest.raises(UsageError, match="another round"):
        inspection.draw(roster.store, rate=0.2, seed="2026上半年", on=DAY)
    with pytest.raises(UsageError, match="share"):
        inspection.draw(roster.store, rate=10, seed="x", on=DAY)


def test_eviction_needs_a_failed_inspection_and_nothing_left_open(roster: Roster, uscc: str) -> None:
    with pytest.raises(UsageError, match="failed no inspection"):
        leaving.evict(roster.store, uscc, on=DAY)
    (one,) = inspection.draw(roster.store, rate=1, seed="a", on=DAY)
    with pytest.raises(UsageError, match="--note"):
        inspection.record(roster.store, one.id, "failed", on=DAY)
    inspection.record(roster.store, one.id, "failed", on=DAY, note="超范围出具报告")
    with pytest.raises(UsageError, match="new round"):
        inspection.record(roster.store, one.id, "passed", on=DAY)
    issue = leftover.open_issue(roster.store, uscc, "未完成订单", on=DAY)
    with pytest.raises(UsageError, match="未完成订单"):
        leaving.evict(roster.store, uscc, on=LATER)
    leftover.settle(roster.store, issue.id, on=LATER)
    order = leaving.evict(roster.store, uscc, on=LATER)
    assert (order.clause, roster.state(uscc)) == ("7.4", "evicted")
    left = roster.store.events_of(uscc)[-1].data
    assert (left["text"], left["notice"]) == ("超范围出具报告", "QT-2026-000001")


def test_inspection_is_ordered_for_a_reason_of_a_resident_that_waits_for_none(roster: Roster, uscc: str) -> None:
    with pytest.raises(UsageError, match="--reason"):
        inspection.order(roster.store, uscc, on=DAY, reason=" ")
    one = inspection.order(roster.store, uscc, on=DAY, reason="两起投诉")
    with pytest.raises(UsageError, match=f"waits for inspection {one.id}"):
        inspection.order(roster.store, uscc, on=LATER, reason="又一起投诉")
    assert inspection.record(roster.store, one.id, "passed", on=DAY).note == "两起投诉"
    again = inspection.order(roster.store, uscc, on=DAY, reason="又一起投诉")
    inspection.record(roster.store, again.id, "failed", on=LATER, note="超范围")
    leaving.evict(roster.store, uscc, on=LATER)
    with pytest.raises(UsageError, match="evicted, not resident"):
        inspection.order(roster.store, uscc, on=LATER, reason="x")


def test_passed_inspection_evicts_nobody(roster: Roster, uscc: str) -> None:
    (one,) = inspection.draw(roster.store, rate=1, seed="a", on=DAY)
    inspection.record(roster.store, one.id, "passed", on=DAY)
    with pytest.raises(UsageError, match="failed no inspection"):
        leaving.evict(roster.store, uscc, on=DAY)


def test_passed_audit_starts_the_next_year(roster: Roster, uscc: str) -> None:
    day = date(2026, 12, 20)
    with pytest.raises(UsageError, match="annual-audit request"):
        audit.conclude(roster.store, uscc, passed=True, on=day)
    assert audit.request(roster.store, uscc, on=day).due_on == date(2027, 1, 5)
    audit.request(roster.store, uscc, on=day)
    assert said(roster, uscc).count("audit.requested") == 1
    with pytest.raises(UsageError, match="--reason"):
        audit.conclude(roster.store, uscc, passed=False, on=day)
    audit.conclude(roster.store, uscc, passed=False, on=day, reason="材料不全")
    assert roster.night("2027-01-06")["annual_audits"] == [{"uscc": uscc, "due_on": "2027-01-05", "state": "overdue"}]
    audit.request(roster.store, uscc, on=date(2027, 1, 7))
    audit.conclude(roster.store, uscc, passed=True, on=date(2027, 1, 8))
    assert roster.night("2027-01-08")["annual_audits"] == []
    assert audit.request(roster.store, uscc, on=date(2027, 12, 20)).due_on == date(2028, 1, 8)


def test_audit_is_requested_of_residents_with_a_day_of_entry(roster: Roster, uscc: str) -> None:
    leaving.exit_voluntarily(roster.store, uscc, on=DAY)
    with pytest.raises(UsageError, match="exited, not resident"):
        audit.request(roster.store, uscc, on=LATER)
    with pytest.raises(UsageError, match="not in the register"):
        audit.request(roster.store, "91320299MA9999999X", on=LATER)


def test_revocation_says_who_revoked_what(roster: Roster, uscc: str) -> None:
    with pytest.raises(UsageError, match="--reason"):
        leaving.revoke(roster.store, uscc, on=DAY, reason=" ")
    assert roster.state(uscc) == "active"


def test_profile_is_completed_once_and_not_before_entry(roster: Roster) -> None:
    uscc = roster.institution(7, profile_completed_on="")
    assert roster.night("2026-06-01")["overdue"] != []
    with pytest.raises(UsageError, match="entered on"):
        leaving.complete_profile(roster.store, uscc, on=date(2026, 1, 4))
    leaving.complete_profile(roster.store, uscc, on=DAY)
    assert roster.night("2026-06-01")["overdue"] == []
    with pytest.raises(UsageError, match="completed its profile"):
        leaving.complete_profile(roster.store, uscc, on=LATER)


def test_log_names_who_acted_in_which_role(
    roster: Roster, uscc: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    number = str(run(capsys, "inspection", "order", uscc, "--reason", "投诉", "--by", "张三")["id"])
    run(capsys, "inspection", "result", number, "--passed")
    monkeypatch.setenv("QI_REVIEWER", "李四")
    run(capsys, "exit", uscc, "--request", "--role", "运维机构（江阴）")
    assert [(event.data.get("by"), event.data["role"]) for event in roster.store.events_of(uscc)] == [
        ("张三", "管理机构"),
        (None, "管理机构"),
        ("李四", "运维机构（江阴）"),
    ]


SCHEMAS = {
    "leftover": "output_leftover",
    "complaint": "output_complaint",
    "inspection": "output_inspection",
    "annual-audit": "output_annual_audit",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--as-of", "2026-06-01", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    assert problems(SCHEMAS.get(arguments[0], "output_leaving"), answer) == [], answer
    return answer


def test_every_transition_is_a_command(
    roster: Roster, uscc: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    other = roster.institution(2, profile_completed_on="")
    assert run(capsys, "profile", other)["profile_completed_on"] == "2026-06-01"
    issue = run(capsys, "leftover", "open", uscc, "--text", "费用未结清")
    run(capsys, "leftover", "assign", str(issue["id"]), "--to", "李四")
    assert len(run(capsys, "leftover", "list")["leftovers"]) == 1  # type: ignore[arg-type]
    assert main(["exit", uscc, "--as-of", "2026-06-01", "--json"]) == 2
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "费用未结清" in refused.err
    assert run(capsys, "exit", uscc, "--request", "--reason", "业务调整")["open"] != []
    assert run(capsys, "exit", uscc, "--withdraw")["withdrawn_on"] == "2026-06-01"
    run(capsys, "leftover", "settle", str(issue["id"]))
    number = str(run(capsys, "complaint", "open", uscc, "--channel", "web", "--type", "收费", "--text", "x")["number"])
    for _ in range(3):
        run(capsys, "complaint", "advance", number, "--note", "经核实，已退费")
    assert main(["complaint", "close", number, "--as-of", "2026-06-01"]) == 2
    capsys.readouterr()
    assert run(capsys, "complaint", "close", number, "--told-on", "2026-06-01")["state"] == "closed"
    assert run(capsys, "complaint", "list", "--overdue")["complaints"] == []
    drawn = run(capsys, "inspection", "draw", "--rate", "1", "--seed", "s")["drawn"]
    assert isinstance(drawn, list)
    ids = {each["uscc"]: str(each["id"]) for each in drawn}
    run(capsys, "inspection", "result", ids[uscc], "--passed")
    run(capsys, "inspection", "result", ids[other], "--failed", "--note", "超范围")
    assert run(capsys, "inspection", "list")["inspections"] == []
    notice = run(capsys, "annual-audit", "request", uscc)["file"]
    assert "年度审核通知" in (tmp_path / str(notice)).read_text(encoding="utf-8")
    assert run(capsys, "annual-audit", "fail", uscc, "--reason", "材料不全")["passed"] is False
    run(capsys, "annual-audit", "request", uscc)
    assert run(capsys, "annual-audit", "pass", uscc)["passed"] is True
    assert run(capsys, "annual-audit", "list")["audits"] == []
    assert run(capsys, "evict", other)["state"] == "evicted"
    assert run(capsys, "close", uscc)["due_on"] == "2026-07-01"
    assert run(capsys, "close", uscc, "--deregister")["state"] == "deregistered"
    third, fourth = roster.institution(3), roster.institution(4)
    assert run(capsys, "revoke", third, "--reason", "资质被撤销")["clause"] == "7.5"
    assert run(capsys, "exit", fourth)["state"] == "exited"


def test_nobody_leaves_before_the_day_of_entry(roster: Roster, uscc: str) -> None:
    entered = roster.store.institution(uscc)
    assert entered is not None
    assert entered.admitted_on is not None
    with pytest.raises(UsageError, match="entered on"):
        leaving.revoke(roster.store, uscc, on=entered.admitted_on - timedelta(days=1), reason="资质被撤销")
    assert leaving.revoke(roster.store, uscc, on=entered.admitted_on, reason="资质被撤销").state == "deregistered"
