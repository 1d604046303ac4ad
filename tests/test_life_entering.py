"""Acts entered late: what was done yesterday is typed up today, and nothing that a night rested on is undone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from nightly_cases import Roster, code
from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.records import history, registry
from qi_pipeline.records.rows import QualificationEntry
from qi_pipeline.records.store import Store
from qi_pipeline.residency import audit, complaint, inspection, leaving, leftover, verification
from records_cases import entry
from test_verification import packet

NIGHT = "2026-06-10"
BEFORE, OF_IT = date(2026, 6, 9), date(2026, 6, 10)


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Roster]:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_LANG", "en")
    made = Roster(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def uscc(roster: Roster) -> str:
    code = roster.institution()
    roster.certificate(code, "2030-01-01")
    return code


def late(roster: Roster, subject: str) -> list[tuple[str, object]]:
    """Events of acts that were dated before a night that was over."""
    return [
        (each.kind, each.data["after_night"]) for each in roster.store.events_of(subject) if "after_night" in each.data
    ]


def _fail(store: Store, uscc: str) -> None:
    inspection.record(store, inspection.order(store, uscc, on=BEFORE, reason="投诉").id, "failed", on=BEFORE, note="x")


ORDERS: dict[str, tuple[Callable[[Store, str], object], Callable[[Store, str, date], object]]] = {
    "exit": (lambda *_: None, lambda store, uscc, on: leaving.exit_voluntarily(store, uscc, on=on)),
    "evict": (_fail, lambda store, uscc, on: leaving.evict(store, uscc, on=on)),
    "revoke": (lambda *_: None, lambda store, uscc, on: leaving.revoke(store, uscc, on=on, reason="资质被撤销")),
    "deregister": (
        lambda store, uscc: leaving.report_closed(store, uscc, closed_on=BEFORE, on=BEFORE),
        lambda store, uscc, on: leaving.deregister_closed(store, uscc, on=on),
    ),
    "draw": (lambda *_: None, lambda store, _, on: inspection.draw(store, rate=1, seed="s", on=on)),
}


@pytest.mark.parametrize("act", ORDERS)
def test_no_order_and_no_draw_is_dated_before_the_last_night(roster: Roster, uscc: str, act: str) -> None:
    prepare, made = ORDERS[act]
    prepare(roster.store, uscc)
    roster.night(NIGHT)
    with pytest.raises(UsageError, match=r"2026-06-09: the night of 2026-06-10 is over.*--as-of 2026-06-10"):
        made(roster.store, uscc, BEFORE)
    assert roster.state(uscc) == "active"
    made(roster.store, uscc, OF_IT)


def test_an_order_without_a_day_bears_that_of_a_night_ahead(roster: Roster, capsys: pytest.CaptureFixture[str]) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "")
    roster.night("2999-01-01")
    assert main(["exit", uscc, "--as-of", "2998-12-31", "--json"]) == 2
    capsys.readouterr()
    assert main(["exit", uscc, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["on"] == "2999-01-01"
    assert "the night of 2999-01-01 is over" in said.err


def test_what_was_done_yesterday_is_typed_up_this_morning(roster: Roster, uscc: str) -> None:
    drawn = inspection.order(roster.store, uscc, on=BEFORE, reason="投诉较多")
    roster.night(NIGHT)
    store = roster.store
    one = complaint.receive(store, uscc, channel="letter", type_="收费", text="多收费用", on=BEFORE)
    for _ in range(3):
        complaint.advance(store, one.number, on=BEFORE, note="经核实，已退费")
    assert complaint.close(store, one.number, on=BEFORE, told_on=BEFORE, days=30).closed_on == BEFORE
    issue = leftover.open_issue(store, uscc, "费用未结清", on=BEFORE)
    leftover.assign(store, issue.id, "李四", on=BEFORE)
    assert leftover.settle(store, issue.id, on=BEFORE).settled_on == BEFORE
    assert inspection.record(store, drawn.id, "passed", on=BEFORE).closed_on == BEFORE
    audit.request(store, uscc, on=BEFORE)
    audit.conclude(store, uscc, passed=False, on=BEFORE, reason="材料不全")
    audit.request(store, uscc, on=BEFORE)
    assert audit.conclude(store, uscc, passed=True, on=BEFORE).closed_on == BEFORE
    leaving.request_exit(store, uscc, on=BEFORE)
    leaving.withdraw_exit(store, uscc, on=BEFORE)
    kinds = [
        "complaint.received",
        "complaint.investigating",
        "complaint.forwarded",
        "complaint.answered",
        "complaint.closed",
        "leftover.opened",
        "leftover.assigned",
        "leftover.settled",
        "inspection.passed",
        "audit.requested",
        "audit.failed",
        "audit.requested",
        "audit.passed",
        "institution.exit_requested",
        "institution.exit_withdrawn",
    ]
    assert late(roster, uscc) == [(kind, NIGHT) for kind in kinds]


def test_what_is_entered_on_its_day_is_not_late(roster: Roster, uscc: str) -> None:
    leftover.open_issue(roster.store, uscc, "费用未结清", on=BEFORE)
    roster.night(NIGHT)
    leftover.open_issue(roster.store, uscc, "报告未交付", on=OF_IT)
    assert late(roster, uscc) == []


def test_an_audit_that_a_night_told_as_overdue_is_not_passed_before_it(roster: Roster) -> None:
    uscc = roster.institution(admitted_on="2025-06-08", profile_completed_on="2025-06-10")
    audit.request(roster.store, uscc, on=date(2026, 6, 1))
    assert roster.night(NIGHT)["annual_audits"] == [{"uscc": uscc, "due_on": "2026-06-08", "state": "overdue"}]
    with pytest.raises(UsageError, match=r"told it as overdue since 2026-06-08; give --as-of 2026-06-10"):
        audit.conclude(roster.store, uscc, passed=True, on=BEFORE)
    assert audit.conclude(roster.store, uscc, passed=True, on=OF_IT).closed_on == OF_IT


def test_a_complaint_that_a_night_told_as_overdue_is_not_closed_before_it(roster: Roster, uscc: str) -> None:
    received = date(2026, 5, 9)
    one = complaint.receive(roster.store, uscc, channel="web", type_="收费", text="多收费用", on=received)
    for _ in range(3):
        complaint.advance(roster.store, one.number, on=received, note="经核实")
    roster.night(NIGHT)
    with pytest.raises(UsageError, match=r"overdue since 2026-06-08.*say in words"):
        complaint.close(roster.store, one.number, on=BEFORE, told_on=BEFORE, days=30)
    closed = complaint.close(roster.store, one.number, on=OF_IT, told_on=BEFORE, days=30)
    assert (closed.told_on, closed.closed_on) == (BEFORE, OF_IT)


def test_a_profile_counts_from_the_day_on_which_it_was_complete(roster: Roster) -> None:
    uscc = roster.institution(admitted_on="2026-05-20", profile_completed_on="")
    assert roster.night(NIGHT)["overdue"] != []
    leaving.complete_profile(roster.store, uscc, on=date(2026, 6, 2))
    assert late(roster, uscc) == [("institution.profile_completed", NIGHT)]
    row = roster.store.institution(uscc)
    assert row is not None
    assert row.profile_completed_on == date(2026, 6, 2)
    assert roster.night("2026-06-11")["overdue"] == []


def test_a_closing_counts_from_its_day_and_both_days_are_on_record(roster: Roster, uscc: str) -> None:
    roster.night(NIGHT)
    due = leaving.report_closed(roster.store, uscc, closed_on=date(2026, 4, 30), on=OF_IT)
    assert due.date == date(2026, 6, 1)  # 30 May is a Saturday
    assert late(roster, uscc) == [("institution.closed", NIGHT)]
    data = roster.store.events_of(uscc)[-1].data
    assert (data["closed_on"], data["on"]) == ("2026-04-30", NIGHT)


def test_nothing_was_open_on_the_day_of_the_order(roster: Roster, uscc: str) -> None:
    leaving.exit_voluntarily(roster.store, uscc, on=OF_IT)
    with pytest.raises(UsageError, match=r"left on 2026-06-10 by order TC-2026-000001.*--as-of 2026-06-10"):
        leftover.open_issue(roster.store, uscc, "费用未结清", on=BEFORE)
    assert leftover.open_issue(roster.store, uscc, "费用未结清", on=OF_IT).opened_on == OF_IT


ENTERED = date(2026, 1, 5)
BEFORE_ENTRY = date(2026, 1, 4)


@pytest.mark.parametrize(
    "act",
    [
        lambda store, uscc, on: leaving.request_exit(store, uscc, on=on),
        lambda store, uscc, on: leaving.report_closed(store, uscc, closed_on=on, on=OF_IT),
        lambda store, uscc, on: audit.request(store, uscc, on=on),
        lambda store, uscc, on: inspection.order(store, uscc, on=on, reason="投诉较多"),
    ],
    ids=["exit --request", "close", "annual-audit request", "inspection order"],
)
def test_nothing_is_done_of_a_residence_before_it_began(
    roster: Roster, uscc: str, act: Callable[[Store, str, date], object]
) -> None:
    with pytest.raises(UsageError, match="entered on 2026-01-05"):
        act(roster.store, uscc, BEFORE_ENTRY)
    act(roster.store, uscc, ENTERED)


def test_steps_stand_in_their_order(roster: Roster, uscc: str) -> None:
    leaving.request_exit(roster.store, uscc, on=OF_IT)
    with pytest.raises(UsageError, match="applied to leave on 2026-06-10"):
        leaving.withdraw_exit(roster.store, uscc, on=BEFORE)
    one = complaint.receive(roster.store, uscc, channel="web", type_="收费", text="多收费用", on=BEFORE)
    complaint.advance(roster.store, one.number, on=BEFORE)
    complaint.advance(roster.store, one.number, on=OF_IT, note="经核实")
    with pytest.raises(UsageError, match="forwarded on 2026-06-10"):
        complaint.advance(roster.store, one.number, on=BEFORE, note="已退费")
    assert complaint.advance(roster.store, one.number, on=OF_IT, note="已退费").answered_on == OF_IT


def test_a_clock_that_a_night_told_as_run_out_is_not_stopped_before_it(roster: Roster) -> None:
    store = roster.store
    packet(store, as_of=date(2026, 6, 1), due="2026-06-04")
    assert "notify_applicant" in str(roster.night("2026-06-08")["overdue"])
    with pytest.raises(UsageError, match=r"told it as overdue since 2026-06-04"):
        verification.request(store, "p1", "仪器购置合同", on=date(2026, 6, 2))
    asked = verification.request(store, "p1", "仪器购置合同", on=date(2026, 6, 8))
    assert asked.clock is not None
    assert asked.clock.state == "running"  # late is late


def test_a_clock_that_a_night_took_for_standing_does_not_run_out_before_it(roster: Roster) -> None:
    store = roster.store
    packet(store, as_of=date(2026, 6, 1), due="2026-06-04")
    verification.request(store, "p1", "仪器购置合同", on=date(2026, 6, 2))
    assert roster.night(NIGHT)["overdue"] == []
    with pytest.raises(UsageError, match=r"took the clock for standing, which would have run out on 2026-06-05"):
        verification.conclude(store, "p1", "satisfied", on=date(2026, 6, 3), note="已核实")
    done = verification.conclude(store, "p1", "satisfied", on=BEFORE, note="已核实")  # typed up a day later
    assert done.clock is not None
    assert done.clock.due_on == date(2026, 6, 11)


def test_nobody_leaves_before_the_last_matter_was_settled(roster: Roster, uscc: str) -> None:
    issue = leftover.open_issue(roster.store, uscc, "费用未结清", on=date(2026, 6, 1))
    one = complaint.receive(roster.store, uscc, channel="web", type_="收费", text="多收费用", on=date(2026, 6, 1))
    for _ in range(3):
        complaint.advance(roster.store, one.number, on=date(2026, 6, 2), note="经核实，已退费")
    complaint.close(roster.store, one.number, on=date(2026, 6, 4), told_on=date(2026, 6, 4), days=30)
    leftover.settle(roster.store, issue.id, on=date(2026, 6, 3))
    with pytest.raises(UsageError, match=r"can't leave on 2026-06-03 \(clause 5.3\).*settled on 2026-06-04"):
        leaving.exit_voluntarily(roster.store, uscc, on=date(2026, 6, 3))
    assert leaving.exit_voluntarily(roster.store, uscc, on=date(2026, 6, 4)).number == "TC-2026-000001"


def test_an_order_follows_what_it_rests_on(roster: Roster, uscc: str) -> None:
    leaving.request_exit(roster.store, uscc, on=OF_IT)
    with pytest.raises(UsageError, match=r"applied to leave on 2026-06-10.*5\.3"):
        leaving.exit_voluntarily(roster.store, uscc, on=BEFORE)
    drawn = inspection.order(roster.store, uscc, on=OF_IT, reason="投诉较多")
    inspection.record(roster.store, drawn.id, "failed", on=OF_IT, note="超范围")
    with pytest.raises(UsageError, match=r"failed its inspection on 2026-06-10.*7\.4"):
        leaving.evict(roster.store, uscc, on=BEFORE)
    leaving.report_closed(roster.store, uscc, closed_on=OF_IT, on=OF_IT)
    with pytest.raises(UsageError, match=r"closed on 2026-06-10.*7\.5"):
        leaving.deregister_closed(roster.store, uscc, on=BEFORE)
    assert leaving.deregister_closed(roster.store, uscc, on=OF_IT).state == "deregistered"


def renewal(valid_to: str = "2032-01-01") -> QualificationEntry:
    return QualificationEntry(
        kind="cma_certificate", number="2", valid_from="2026-06-01", valid_to=valid_to, services=("食品检测",)
    )


def enter(roster: Roster, uscc: str, request: str, on: date) -> None:
    with roster.store.write() as (connection, happened):
        happened += registry.enter(connection, entry(uscc, request=request, qualifications=(renewal(),)), "packet", on)


def on_file(roster: Roster, uscc: str, day: date) -> list[str | None]:
    return [each.number for each in roster.store.registry_snapshot(uscc, day).qualifications]


@pytest.mark.parametrize(("on", "since", "told"), [(BEFORE, OF_IT, True), (OF_IT, OF_IT, False)])
def test_a_roster_of_a_day_before_the_night_holds_from_the_night_on(
    roster: Roster, on: date, since: date, told: bool
) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-06-08")
    assert [each["uscc"] for each in roster.night(NIGHT)["suspended"]] == [uscc]  # type: ignore[index,union-attr]
    tables = roster.folder / "late.csv"
    tables.write_text(
        "uscc,kind,number,issuing_authority,valid_from,valid_to,services\n"
        f"{uscc},cma_certificate,2,江苏省市场监督管理局,2026-06-01,2032-01-01,食品检测\n",
        encoding="utf-8",
    )
    loaded = roster.store.import_roster(None, tables, on=on)
    assert loaded.held_from == since
    assert any("the night of 2026-06-10 is over" in each for each in loaded.warnings) is told
    # The night told it as suspended, and the day before is as it was.
    assert on_file(roster, uscc, since - timedelta(days=1)) == ["221020340001"]
    assert on_file(roster, uscc, since) == ["221020340001", "2"]
    assert [each.noticed_on for each in history.read(roster.store.engine, uscc)[1]] == [since]
    assert [each["uscc"] for each in roster.night(NIGHT)["reinstated"]] == [uscc]  # type: ignore[index,union-attr]


def test_a_roster_of_new_institutions_alone_says_nothing_of_the_night(roster: Roster) -> None:
    roster.night(NIGHT)
    tables = roster.folder / "new.csv"
    heading = "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,"
    row = f"{code(9)},示例检测有限公司,inspection_testing,王小明,无锡市,2026-01-05,,,"
    tables.write_text(f"{heading}licence_valid_to\n{row}\n", encoding="utf-8")
    assert roster.store.import_roster(tables, None, on=BEFORE).warnings == ()


@pytest.mark.parametrize(("on", "late_by"), [(BEFORE, [("institution.renewal", NIGHT)]), (OF_IT, [])])
def test_a_packet_of_a_day_before_the_night_holds_from_the_night_on(
    roster: Roster, on: date, late_by: list[tuple[str, object]]
) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-06-08")
    roster.night(NIGHT)
    enter(roster, uscc, "renewal", on)
    assert late(roster, uscc) == late_by
    assert on_file(roster, uscc, BEFORE) == ["221020340001"]
    assert on_file(roster, uscc, OF_IT) == ["2"]
    assert [each["uscc"] for each in roster.night("2026-06-11")["reinstated"]] == [uscc]  # type: ignore[index,union-attr]


def test_nobody_enters_again_before_the_day_on_which_it_left(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-05-10")
    assert [each["uscc"] for each in roster.night(NIGHT)["deregistered"]] == [uscc]  # type: ignore[index,union-attr]
    enter(roster, uscc, "renewal", BEFORE)
    assert roster.state(uscc) == "deregistered"
    enter(roster, uscc, "admission", BEFORE)
    row = roster.store.institution(uscc)
    assert row is not None
    assert (row.state, row.admitted_on) == ("active", OF_IT)
    assert roster.store.registry_snapshot(uscc, BEFORE).state == "active"  # of its former life


def test_who_enters_for_the_first_time_enters_on_its_own_day(roster: Roster) -> None:
    roster.night(NIGHT)
    enter(roster, code(9), "admission", BEFORE)
    row = roster.store.institution(code(9))
    assert row is not None
    assert (row.admitted_on, row.held_from) == (BEFORE, BEFORE)
