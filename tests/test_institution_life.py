"""Changes, renewals, audits, ways out, re-entry: what each leaves in the register, and what held on any past day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nightly_cases import POLICY, Roster, code
from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.records import database, history
from qi_pipeline.records.register import resident_named
from qi_pipeline.records.rows import Entry, QualificationEntry
from qi_pipeline.records.store import Store
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency import audit, inspection, leaving, leftover, standing
from qi_pipeline.settings import load_settings
from records_cases import Database, decision, facts, take
from test_schemas import problems

DAY = date(2026, 6, 1)
LATER = date(2026, 6, 10)
OLD = "221020340001"


@pytest.fixture(params=["sqlite", "postgresql"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roster]:
    base = Database(request.param, tmp_path)
    made = Roster(tmp_path, Store(base.url))
    yield made
    assert made.store.verify_log().ok
    made.store.close()
    base.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path)
    yield made
    assert made.store.verify_log().ok
    made.store.close()


def hand_in(roster: Roster, packet: str, entry: Entry, *, on: date = DAY, outcome: str = "admit", **kw: Any) -> None:
    """A packet that is judged, and admitted where ``outcome`` says so."""
    take(roster.store, packet, name=packet)
    roster.store.save_decision(
        packet,
        decision(outcome, as_of=on, **kw),
        facts=facts(uscc=entry.uscc, request=entry.request, institution=entry.name),
        entry=entry,
    )


def cma(valid_to: str, *, valid_from: str = "2026-05-01", number: str = "261020340009", services: str = "食品检测"):
    return QualificationEntry(
        kind="cma_certificate",
        number=number,
        issuing_authority="江苏省市场监督管理局",
        valid_from=valid_from,
        valid_to=valid_to,
        services=tuple(services.split(";")),
        file="cma.pdf",
        page=3,
    )


def changes(roster: Roster, uscc: str) -> list[tuple[str, str | None, str | None, str | None, str]]:
    _, found = history.read(roster.store.engine, uscc)
    return [(each.field, each.before, each.after, each.paper, each.state) for each in found]


def on_file(roster: Roster, uscc: str, day: date) -> list[tuple[str | None, str]]:
    snapshot = roster.store.registry_snapshot(uscc, day)
    return [(each.number, str(each.valid_to)) for each in snapshot.qualifications]


def kinds(roster: Roster, subject: str) -> list[str]:
    return [event.kind for event in roster.store.events_of(subject)]


# changes (5.2.3)


def test_change_packet_makes_a_record_with_before_after_and_the_paper(roster: Roster) -> None:
    uscc = roster.institution()
    entry = Entry(
        uscc=uscc,
        request="change",
        name="示例检测集团有限公司",
        legal_representative="李小红",
        papers={"name": "licence.pdf, p. 1", "legal_representative": "licence.pdf, p. 1"},
        qualifications=(cma("2032-04-30"),),
    )
    hand_in(roster, "p1", entry)
    assert changes(roster, uscc) == [
        ("name", "示例1号检测有限公司", "示例检测集团有限公司", "licence.pdf, p. 1", "reported"),
        ("legal_representative", "王小明", "李小红", "licence.pdf, p. 1", "reported"),
        ("qualification", None, "2026-05-01/2032-04-30 江苏省市场监督管理局", "cma.pdf, p. 3", "reported"),
    ]


@pytest.mark.parametrize(
    ("report_by", "state"),
    [({"name": "2026-06-01"}, "reported"), ({"name": "2026-05-31"}, "late"), ({"address": "2026-05-31"}, "reported")],
)
def test_change_is_late_after_its_last_day(lite: Roster, report_by: dict[str, str], state: str) -> None:
    uscc = lite.institution()
    hand_in(lite, "p1", Entry(uscc=uscc, request="change", name="示例检测集团有限公司", report_by=report_by))
    assert [each[-1] for each in changes(lite, uscc)] == [state]


def test_what_a_first_application_says_is_no_change(roster: Roster) -> None:
    entry = Entry(uscc="91320200MA1X0001X9", request="admission", name="甲", qualifications=(cma("2032-04-30"),))
    hand_in(roster, "p1", entry)
    assert changes(roster, entry.uscc) == []


def test_change_that_is_not_admitted_changes_nothing(roster: Roster) -> None:
    uscc = roster.institution()
    hand_in(roster, "p1", Entry(uscc=uscc, request="change", name="别的名称"), outcome="supplement")
    assert changes(roster, uscc) == []
    assert roster.store.registry_snapshot(uscc, DAY).name == "示例1号检测有限公司"


def test_roster_that_differs_from_the_register_makes_records_with_its_row(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2027-01-01")
    roster.institution(1, on=DAY, address="无锡市新吴区示例路9号")
    roster.certificate(uscc, "2031-01-01", on=DAY)
    roster.institution(1, on=LATER, address="无锡市新吴区示例路9号")
    assert changes(roster, uscc) == [
        (
            "address",
            "无锡市梁溪区示例路1号",
            "无锡市新吴区示例路9号",
            f"institutions-3.csv: {uscc}",
            "noticed",
        ),
        (
            "qualification",
            "2020-01-01/2027-01-01 江苏省市场监督管理局",
            "2020-01-01/2031-01-01 江苏省市场监督管理局",
            f"qualifications-4.csv: {uscc}",
            "noticed",
        ),
    ]


def test_roster_loaded_for_the_first_time_changes_nothing(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")  # the first certificates may come in a file of their own
    assert changes(roster, uscc) == []
    roster.certificate(uscc, "2031-01-01", number="2", on=DAY)
    assert changes(roster, uscc) == [
        ("qualification", None, "2020-01-01/2031-01-01", f"qualifications-3.csv: {uscc}", "noticed")
    ]
    roster.institution(2, on=DAY)
    roster.load(
        [_row(3)],
        [{"uscc": code(3), "kind": "cma_certificate", "number": "1", "valid_to": "2030-01-01"}],
        DAY,
    )
    assert changes(roster, code(3)) == []


def _row(number: int) -> dict[str, str]:
    return {
        "uscc": code(number),
        "name": "示例检测有限公司",
        "category": "training",
        "legal_representative": "王小明",
        "address": "x",
        "admitted_on": "2026-01-05",
    }


def test_public_list_that_names_it_otherwise_is_noted_once_and_changes_nothing(roster: Roster) -> None:
    uscc = roster.institution()
    roster.institution(1, on=DAY, name="示例检测集团有限公司")

    def load(name: str, on: date) -> None:
        entry = CreditEntry(
            list="abnormal", uscc=uscc, name=name, listed_on=date(2026, 5, 1), removed_on=None, reason="未年报"
        )
        roster.store.import_credit_list([entry], "abnormal", loaded_on=on, source="list.csv")

    load("示例1号检测有限公司", LATER)  # its former name
    assert len(changes(roster, uscc)) == 1
    for day in (date(2026, 6, 11), date(2026, 6, 12)):
        load("示例检测科技有限公司", day)
    assert changes(roster, uscc)[1:] == [
        ("name", "示例检测集团有限公司", "示例检测科技有限公司", f"abnormal: {uscc}", "unconfirmed")
    ]
    assert roster.store.registry_snapshot(uscc, LATER).name == "示例检测集团有限公司"


# renewals (4.2)


def test_renewal_takes_the_place_of_what_it_renews_and_lifts_the_suspension(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-05-20")
    assert roster.night("2026-05-25")["suspended"] != []
    hand_in(roster, "p1", Entry(uscc=uscc, request="renewal", qualifications=(cma("2032-04-30"),)))
    answer = roster.night("2026-06-02")
    assert (answer["suspended"], answer["qualifications"]) == ([], 1)
    assert answer["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]
    assert on_file(roster, uscc, DAY) == [("261020340009", "2032-04-30")]
    assert on_file(roster, uscc, date(2026, 5, 31)) == [(OLD, "2026-05-20")]
    assert changes(roster, uscc)[-1][1] == f"{OLD} 2020-01-01/2026-05-20"
    assert kinds(roster, uscc).count("qualification.replaced") == 1
    past, _ = history.read(roster.store.engine, uscc)
    assert past is not None
    old = past.certificates[0]
    assert (old.held_to, old.facts["replaced_by"]) == (DAY, "261020340009")


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (cma("2032-04-30", services="水质检测"), "it lists another service"),
        (cma("2032-04-30", valid_from="2026-07-01"), "its first day lies ahead"),
        (cma("2026-05-10"), "it ends earlier"),
        (replace(cma("2032-04-30"), kind="cnas_certificate"), "it is of another kind"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_certificate_that_does_not_follow_replaces_nothing(lite: Roster, new: QualificationEntry, why: str) -> None:
    uscc = lite.institution()
    lite.certificate(uscc, "2026-06-20")
    hand_in(lite, "p1", Entry(uscc=uscc, request="renewal", qualifications=(new,)))
    assert (OLD, "2026-06-20") in on_file(lite, uscc, DAY), why


def test_of_two_certificates_a_renewal_replaces_only_that_of_its_number(lite: Roster) -> None:
    uscc = lite.institution()
    lite.certificate(uscc, "2026-06-20")
    lite.certificate(uscc, "2026-06-20", number="OTHER")
    hand_in(lite, "p1", Entry(uscc=uscc, request="renewal", qualifications=(cma("2032-04-30"),)))
    assert len(on_file(lite, uscc, DAY)) == 3
    renewed = cma("2033-04-30", number="OTHER", valid_from="2026-05-02")
    hand_in(lite, "p2", Entry(uscc=uscc, request="change", qualifications=(renewed,)), on=LATER)
    assert ("OTHER", "2026-06-20") not in on_file(lite, uscc, LATER)
    assert (OLD, "2026-06-20") in on_file(lite, uscc, LATER)


def test_replaced_certificate_stays_off_the_file_when_a_list_names_it_again(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-06-20")
    hand_in(roster, "p1", Entry(uscc=uscc, request="renewal", qualifications=(cma("2032-04-30"),)))
    roster.certificate(uscc, "2026-06-20", on=LATER)
    assert on_file(roster, uscc, LATER) == [("261020340009", "2032-04-30")]
    roster.certificate(uscc, "2034-01-01", on=LATER)  # the list says something new of it
    assert len(on_file(roster, uscc, LATER)) == 2


def test_missed_nights_know_what_was_replaced(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-01-20")
    assert roster.night("2026-01-21")["deregistered"] == []
    # The grace was over on 2026-02-20: a renewal in June comes too late, whenever the next night is run.
    hand_in(roster, "p1", Entry(uscc=uscc, request="renewal", qualifications=(cma("2032-04-30"),)))
    assert [each["uscc"] for each in _list(roster.night("2026-06-02")["deregistered"])] == [uscc]


# annual audits (5.2.4)


def test_admitted_audit_packet_closes_the_audit_and_starts_the_next_year(roster: Roster) -> None:
    uscc = roster.institution()
    audit.request(roster.store, uscc, on=date(2026, 12, 10))
    on = date(2026, 12, 20)
    hand_in(roster, "p1", Entry(uscc=uscc, request="annual_audit"), on=on)
    (one,) = audit.listed(roster.store, uscc, closed_too=True)
    assert (one.passed, one.closed_on, one.packet, one.due_on) == (True, on, "p1", date(2027, 1, 5))
    assert [kind for kind in kinds(roster, uscc) if kind.startswith("audit.")] == [
        "audit.requested",
        "audit.papers_received",
        "audit.passed",
    ]
    assert roster.night("2027-01-10")["annual_audits"] == []
    with pytest.raises(UsageError, match="annual-audit request"):
        audit.conclude(roster.store, uscc, passed=False, on=on, reason="x")


@pytest.mark.parametrize("outcome", ["reject", "supplement"])
def test_audit_packet_that_is_not_admitted_leaves_the_audit_open(roster: Roster, outcome: str) -> None:
    uscc = roster.institution()
    hand_in(roster, "p1", Entry(uscc=uscc, request="annual_audit"), on=date(2026, 12, 20), outcome=outcome)
    (one,) = audit.listed(roster.store, uscc)
    assert (one.passed, one.closed_on, one.packet) == (None, None, "p1")
    assert _list(roster.night("2027-01-10")["annual_audits"])[0]["state"] == "overdue"
    failed = audit.conclude(roster.store, uscc, passed=False, on=date(2027, 1, 11), reason="材料不全")
    assert (failed.passed, failed.reason) == (False, "材料不全")


def test_audit_packet_that_a_person_admits_closes_the_audit_too(lite: Roster) -> None:
    uscc = lite.institution()
    entry = Entry(uscc=uscc, request="annual_audit")
    hand_in(lite, "p1", entry, on=date(2026, 12, 20), outcome="manual_review", automatic=False)
    assert [each.passed for each in audit.listed(lite.store, uscc)] == [None]
    lite.store.record_reviewer_decision(
        "p1", outcome="admit", reviewer="李四", reason="材料齐全", as_of=date(2026, 12, 21)
    )
    (one,) = audit.listed(lite.store, uscc, closed_too=True)
    assert (one.passed, one.closed_on) == (True, date(2026, 12, 21))


# ways out (5.3, 7.4)


def test_admitted_application_to_leave_begins_the_exit_and_does_not_end_it(roster: Roster) -> None:
    uscc = roster.institution()
    issue = leftover.open_issue(roster.store, uscc, "费用未结清", on=DAY)
    hand_in(roster, "p1", Entry(uscc=uscc, request="exit"))
    assert roster.state(uscc) == "active"
    (begun,) = standing.departures_of(roster.store, uscc)
    assert (begun["kind"], begun["source"], begun["ended_on"]) == ("exit", "p1", None)
    with pytest.raises(UsageError, match="费用未结清"):
        leaving.exit_voluntarily(roster.store, uscc, on=LATER)
    leftover.settle(roster.store, issue.id, on=LATER)
    order = leaving.exit_voluntarily(roster.store, uscc, on=LATER)
    assert order.data["requested_on"] == "2026-06-01"
    (ended,) = standing.departures_of(roster.store, uscc)
    assert (ended["ended_on"], ended["order"]) == ("2026-06-10", order.number)
    assert [kind for kind in kinds(roster, uscc) if "exit" in kind] == [
        "institution.exit_requested",
        "institution.exited",
    ]


def test_rejected_application_to_leave_begins_nothing(lite: Roster) -> None:
    uscc = lite.institution()
    hand_in(lite, "p1", Entry(uscc=uscc, request="exit"), outcome="supplement")
    assert standing.departures_of(lite.store, uscc) == []


def test_exit_is_requested_once_and_may_be_withdrawn(lite: Roster) -> None:
    uscc = lite.institution()
    with pytest.raises(UsageError, match="not applied to leave"):
        leaving.withdraw_exit(lite.store, uscc, on=DAY)
    leftover.open_issue(lite.store, uscc, "费用未结清", on=DAY)
    asked = leaving.request_exit(lite.store, uscc, on=DAY, reason="业务调整")
    assert (len(asked.open_matters), asked.requested_on) == (1, DAY)
    assert leaving.request_exit(lite.store, uscc, on=LATER).requested_on == DAY
    assert kinds(lite, uscc).count("institution.exit_requested") == 1
    leaving.withdraw_exit(lite.store, uscc, on=LATER)
    assert leaving.request_exit(lite.store, uscc, on=LATER).requested_on == LATER
    with pytest.raises(UsageError, match="not in the register"):
        leaving.request_exit(lite.store, "91320299MA9999999X", on=DAY)


def test_several_failed_inspections_cause_one_notice(roster: Roster) -> None:
    uscc = roster.institution()
    for number, seed in enumerate(("a", "b"), 1):
        (drawn,) = inspection.draw(roster.store, rate=1, seed=seed, on=DAY)
        failed = inspection.record(roster.store, drawn.id, "failed", on=DAY, note=f"问题{number}")
        assert failed.notice == "QT-2026-000001"
    (begun,) = standing.departures_of(roster.store, uscc)
    assert (begun["kind"], begun["notice"], begun["reason"]) == ("eviction", "QT-2026-000001", "问题1")
    leaving.evict(roster.store, uscc, on=LATER)
    assert standing.departures_of(roster.store, uscc)[0]["order"] == "QC-2026-000001"


def test_inspection_of_who_has_left_is_void(lite: Roster) -> None:
    uscc = lite.institution()
    (drawn,) = inspection.draw(lite.store, rate=1, seed="a", on=DAY)
    leaving.exit_voluntarily(lite.store, uscc, on=DAY)
    with pytest.raises(UsageError, match="void"):
        inspection.record(lite.store, drawn.id, "failed", on=LATER, note="超范围")


# re-entry


def test_entering_again_is_linked_to_the_life_before(roster: Roster) -> None:
    entry = Entry(uscc="91320200MA1X0001X9", request="admission", name="甲检测有限公司")
    hand_in(roster, "p1", entry, on=date(2026, 1, 5))
    order = leaving.revoke(roster.store, entry.uscc, on=DAY, reason="资质被撤销")
    hand_in(roster, "p2", entry, on=date(2027, 7, 1))
    event = roster.store.events_of(entry.uscc)[-1]
    assert event.kind == "institution.readmitted"
    assert event.data["former"] == {
        "state": "deregistered",
        "admitted_on": "2026-01-05",
        "admitted_by": "p1",
        "order": order.number,
        "left_on": "2026-06-01",
    }
    assert standing.orders_of(roster.store, entry.uscc)[0]["entered_on"] == "2026-01-05"
    assert changes(roster, entry.uscc) == []


def test_a_day_of_the_life_before_tells_the_days_of_that_life(
    lite: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", str(lite.store.engine.url))
    entry = Entry(uscc="91320200MA1X0001X9", request="admission", name="甲检测有限公司")
    hand_in(lite, "p1", entry, on=date(2026, 1, 5))
    leaving.complete_profile(lite.store, entry.uscc, on=date(2026, 1, 9))
    leaving.report_closed(lite.store, entry.uscc, closed_on=date(2026, 5, 4), on=date(2026, 5, 20))
    leaving.deregister_closed(lite.store, entry.uscc, on=DAY)
    hand_in(lite, "p2", entry, on=date(2027, 7, 1))

    def stood(day: str) -> list[str | None]:
        assert main(["institution", "show", entry.uscc, "--as-of", day, "--json"]) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return [told[name] for name in ("admitted_on", "profile_completed_on", "closed_on")]

    assert stood("2026-01-08") == ["2026-01-05", None, None]
    assert stood("2026-05-31") == ["2026-01-05", "2026-01-09", "2026-05-04"]
    assert stood("2027-07-01") == ["2027-07-01", None, None]
    assert main(["institution", "show", entry.uscc, "--as-of", "2026-01-04"]) == 2
    assert "it is there since 2026-01-05" in capsys.readouterr().err


def test_new_application_is_linked_to_the_order_by_which_it_left(lite: Roster) -> None:
    uscc = lite.institution()
    left = {"left_on": "2026-06-01", "left_by": "QC-2026-000001", "reentry_from": "2027-06-01"}
    for name, request, known in (("p1", "admission", left), ("p2", "change", left), ("p3", "admission", {})):
        take(lite.store, name, name=name)
        lite.store.save_decision(
            name,
            decision("admit", automatic=False, as_of=LATER),
            facts=facts(uscc=uscc, request=request),
            dossier={"registry": known},
        )
    assert lite.store.events_of("p1")[-2].data == {**left, "on": "2026-06-10"}
    assert [kind for name in ("p1", "p2", "p3") for kind in kinds(lite, name)].count("packet.reentry") == 1


def test_snapshot_of_who_has_left_names_the_order(roster: Roster) -> None:
    uscc = roster.institution()
    order = leaving.revoke(roster.store, uscc, on=DAY, reason="资质被撤销")
    left = roster.store.registry_snapshot(uscc, LATER)
    assert (left.state, left.left_on, left.left_by) == ("deregistered", DAY, order.number)
    before = roster.store.registry_snapshot(uscc, date(2026, 5, 31))
    assert (before.state, before.left_on) == ("active", None)


# any past day


def test_any_past_day_can_be_asked(
    lite: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    uscc = lite.institution()
    lite.certificate(uscc, "2026-05-20", "食品检测;水质检测")
    lite.night("2026-05-25")
    lite.institution(1, on=DAY, name="示例检测集团有限公司")
    hand_in(
        lite,
        "p1",
        Entry(uscc=uscc, request="renewal", qualifications=(cma("2032-04-30", services="食品检测;水质检测"),)),
    )
    lite.night("2026-06-02")
    leftover.open_issue(lite.store, uscc, "费用未结清", on=DAY)
    (drawn,) = inspection.draw(lite.store, rate=1, seed="a", on=LATER)
    assert main(["inspection", "result", str(drawn.id), "--failed", "--note", "超范围", "--as-of", "2026-06-10"]) == 0
    leftover.settle(lite.store, 1, on=LATER)
    assert main(["evict", uscc, "--as-of", "2026-06-11"]) == 0
    capsys.readouterr()

    def show(*arguments: str) -> dict[str, Any]:
        assert main(["institution", "show", uscc, *arguments, "--json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert problems("output_institution_show", answer) == []
        return answer

    def stand(day: str) -> tuple[object, ...]:
        shown = show("--as-of", day)
        numbers = [each["number"] for each in shown["qualifications"]]
        stopped = [each["name"] for each in shown["services"] if each["suspended_since"]]
        return shown["state"], shown["name"], numbers, stopped, len(shown["changes"])

    was, now = "示例1号检测有限公司", "示例检测集团有限公司"
    assert stand("2026-02-01") == ("active", was, [OLD], [], 0)
    assert stand("2026-05-25") == ("suspended", was, [OLD], ["食品检测", "水质检测"], 0)
    assert stand("2026-05-31") == ("suspended", was, [OLD], ["食品检测", "水质检测"], 0)
    # The night of 1 June was missed; the next one gives back the services from the day on which it would have.
    assert stand("2026-06-01") == ("active", now, ["261020340009"], [], 2)
    assert stand("2026-06-02") == ("active", now, ["261020340009"], [], 2)
    assert stand("2026-06-11")[0] == "evicted"
    shown = show()
    assert shown["state"] == "evicted"
    assert [each["file"] for each in shown["departures"]] == ["reports/orders/QT-2026-000001.html"]
    assert [each["file"] for each in shown["orders"]] == ["reports/orders/QC-2026-000001.html"]
    for file in ("reports/orders/QT-2026-000001.html", "reports/orders/QC-2026-000001.html"):
        assert (tmp_path / file).is_file()
    assert [each["state"] for each in shown["history"]["facts"]][-2:] == ["active", "evicted"]
    assert main(["institution", "show", uscc, "--as-of", "2025-12-31"]) == 2
    assert "not in the register on 2025-12-31" in capsys.readouterr().err
    assert main(["institution", "show", uscc]) == 0
    assert "QC-2026-000001" in capsys.readouterr().out


def test_order_of_a_night_knows_where_it_lies(lite: Roster, tmp_path: Path) -> None:
    uscc = lite.institution()
    lite.certificate(uscc, "2026-01-20")
    answer = lite.night("2026-06-01")
    settings = load_settings({"QI_HOME": str(tmp_path)})
    report_night(settings, lite.store, POLICY, answer)
    (order,) = standing.orders_of(lite.store, uscc)
    assert order["file"] == f"reports/nightly/2026-06-01/letters/{order['order']}.html"
    assert (tmp_path / str(order["file"])).is_file()


# whose certificate it is


def test_resident_is_found_by_its_exact_name_and_namesakes_by_a_number_on_file(roster: Roster) -> None:
    one = roster.institution(1, name="示例（无锡）检测有限公司")
    two = roster.institution(2, name="示例检测有限公司")
    roster.institution(3, name="示例检测有限公司")
    roster.certificate(two, "2030-01-01")
    engine = roster.store.engine
    assert resident_named(engine, "示例(无锡)检测有限公司", set()) == one
    assert resident_named(engine, "示例检测有限公司", {("cma_certificate", OLD)}) == two
    assert resident_named(engine, "示例检测有限公司", {("cma_certificate", "x")}) is None
    assert resident_named(engine, "示例检测", set()) is None
    leaving.exit_voluntarily(roster.store, one, on=DAY)
    assert resident_named(engine, "示例(无锡)检测有限公司", set()) is None


def test_history_of_a_stranger_is_none(lite: Roster) -> None:
    with database.reading(lite.store.engine) as connection:
        assert history.history_of(connection, "91320299MA9999999X") is None


def _list(value: object) -> list[dict[str, Any]]:
    assert isinstance(value, list)
    return value
