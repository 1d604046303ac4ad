"""The whole answer of the nightly re-verification, on the days that matter (contract, section 8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from nightly_cases import POLICY, Roster, code
from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import registry
from qi_pipeline.records.rows import QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store
from qi_pipeline.residency import night as nights
from qi_pipeline.residency.nightly import run_night
from records_cases import Database, entry

LISTS = ("expiring", "suspended", "reinstated", "deregistered", "annual_audits", "overdue", "flags")


@pytest.fixture(params=["sqlite", "postgresql"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roster]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as store:
        yield Roster(tmp_path / "tables", store)
    base.close()


def suspended(uscc: str, services: list[str], reason: str, goes_on: str | None) -> Json:
    return {"uscc": uscc, "services": services, "reason": reason, "deregisters_on": goes_on}


def test_nothing_to_say_of_an_institution_in_order(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    assert roster.night("2026-03-01") == {
        "as_of": "2026-03-01",
        "institutions": 1,
        "qualifications": 1,
        **{name: [] for name in LISTS},
    }


def test_certificate_ends_the_service_stops_the_institution_goes(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    assert roster.night("2026-03-31")["suspended"] == []
    assert roster.night("2026-03-31")["expiring"] == [
        {"uscc": uscc, "kind": "cma_certificate", "number": "221020340001", "valid_to": "2026-03-31", "days_left": 0}
    ]
    answer = roster.night("2026-04-01")
    assert answer["suspended"] == [suspended(uscc, ["食品检测"], "qualification_expired", "2026-05-01")]
    assert answer["expiring"] == []
    assert roster.state(uscc) == "suspended"
    assert roster.night("2026-04-30")["deregistered"] == []
    gone = roster.night("2026-05-01")
    assert gone["deregistered"] == [
        {"uscc": uscc, "clause": "4.2", "reason": "qualification_expired", "order": "ZX-2026-000001"}
    ]
    assert (gone["institutions"], gone["qualifications"], gone["suspended"]) == (1, 1, [])
    assert roster.state(uscc) == "deregistered"
    again = roster.night("2026-05-01")
    assert again == {**gone, "deregistered": []}
    later = roster.night("2026-05-02")
    assert (later["institutions"], later["qualifications"]) == (0, 0)


def test_one_service_left_keeps_the_institution_active(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31", "食品检测;水质检测")
    roster.certificate(uscc, "2030-01-01", "水质检测", number="2")
    answer = roster.night("2026-06-30")
    assert answer["suspended"] == [suspended(uscc, ["食品检测"], "qualification_expired", None)]
    assert roster.state(uscc) == "active"


def test_grace_counts_from_the_last_service_to_lapse(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31", "食品检测")
    roster.certificate(uscc, "2026-04-10", "水质检测", number="2")
    found = roster.night("2026-04-11")["suspended"]
    assert found == [suspended(uscc, ["食品检测", "水质检测"], "qualification_expired", "2026-05-11")]
    assert roster.night("2026-05-10")["deregistered"] == []
    assert len(roster.night("2026-05-11")["deregistered"]) == 1


def test_renewal_lifts_the_suspension_from_the_day_it_is_recorded(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.night("2026-04-02")
    roster.certificate(uscc, "2032-03-31", number="2", valid_from="2026-04-01", on=date(2026, 4, 10))
    answer = roster.night("2026-04-10")
    assert answer["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]
    assert answer["suspended"] == []
    assert roster.state(uscc) == "active"
    assert roster.night("2026-04-10") == {**answer, "reinstated": []}


def test_renewal_that_begins_later_leaves_a_gap_but_keeps_the_institution(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.certificate(uscc, "2032-05-31", number="2", valid_from="2026-06-01")
    told = suspended(uscc, ["食品检测"], "qualification_expired", None)  # it goes on no day: the renewal is there
    assert roster.night("2026-04-01")["suspended"] == [told]
    assert roster.night("2026-05-31")["suspended"] == [told]
    answer = roster.night("2026-06-01")
    assert (answer["suspended"], answer["deregistered"]) == ([], [])
    assert answer["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]


def test_ended_licence_stops_every_service_and_deregisters_nobody(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-03-31")
    bare = roster.institution(2, licence_valid_to="2026-03-31")
    roster.certificate(uscc, "2030-01-01", "食品检测;水质检测")
    assert roster.night("2026-03-31")["suspended"] == []
    expected = [
        suspended(uscc, ["食品检测", "水质检测"], "licence_expired", None),
        suspended(bare, [], "licence_expired", None),
    ]
    assert roster.night("2026-04-01")["suspended"] == sorted(expected, key=lambda each: str(each["uscc"]))  # type: ignore[index,call-overload]
    much_later = roster.night("2027-04-01")
    assert much_later["deregistered"] == []
    roster.institution(licence_valid_to="2036-03-31", on=date(2027, 4, 2))
    roster.institution(2, licence_valid_to="2036-03-31", on=date(2027, 4, 2))
    back = [{"uscc": uscc, "services": ["食品检测", "水质检测"]}, {"uscc": bare, "services": []}]
    answer = roster.night("2027-04-02")
    assert answer["reinstated"] == sorted(back, key=lambda each: str(each["uscc"]))
    assert {roster.state(uscc), roster.state(bare)} == {"active"}


def test_licence_and_certificate_ended_are_an_entry_each(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-03-31")
    roster.certificate(uscc, "2026-04-05")
    assert roster.night("2026-04-06")["suspended"] == [
        suspended(uscc, ["食品检测"], "licence_expired", "2026-05-06"),
        suspended(uscc, ["食品检测"], "qualification_expired", "2026-05-06"),
    ]
    assert len(roster.night("2026-05-06")["deregistered"]) == 1


def test_certificate_without_services_suspends_nothing(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31", "", kind="management_system_certificate")
    assert len(roster.night("2026-03-31")["expiring"]) == 1
    answer = roster.night("2026-12-01")
    assert (answer["suspended"], answer["deregistered"], answer["expiring"]) == ([], [], [])


def test_long_term_certificate_never_ends(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "", valid_from="")
    answer = roster.night("2090-01-01")
    assert (answer["suspended"], answer["expiring"]) == ([], [])


@pytest.mark.parametrize(
    ("as_of", "listed"), [("2026-03-01", 0), ("2026-03-02", 1), ("2026-05-31", 1), ("2026-06-01", 0)]
)
def test_expiring_within_the_largest_reminder(roster: Roster, as_of: str, listed: int) -> None:
    uscc = roster.institution(licence_valid_to="2026-05-31")
    roster.certificate(uscc, "2026-05-31")
    found = roster.night(as_of)["expiring"]
    assert sorted(entry["kind"] for entry in found) == ["business_licence", "cma_certificate"][: 2 * listed]
    assert all(entry["number"] is None for entry in found if entry["kind"] == "business_licence")


@pytest.mark.parametrize(
    ("follower", "listed"),
    [
        ({"valid_to": "2032-05-31", "services": "食品检测;水质检测"}, False),
        ({"valid_to": "2026-05-31", "services": "食品检测;水质检测"}, True),
        ({"valid_to": "2032-05-31", "services": "食品检测"}, True),
        ({"valid_to": "", "services": "水质检测;食品检测", "kind": "cnas_certificate"}, False),
    ],
)
def test_expiring_but_followed_by_a_later_one_for_the_same_services(
    roster: Roster, follower: dict[str, str], listed: bool
) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-05-31", "食品检测;水质检测")
    roster.certificate(uscc, number="2", **follower)
    assert ("221020340001" in {each["number"] for each in roster.night("2026-05-01")["expiring"]}) is listed


@pytest.mark.parametrize(("kind", "listed"), [("management_system_certificate", False), ("cnas_certificate", True)])
def test_without_services_a_later_one_of_the_same_kind_follows(roster: Roster, kind: str, listed: bool) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-05-31", "", kind="management_system_certificate")
    roster.certificate(uscc, "2032-05-31", "", kind=kind, number="2")
    assert bool(roster.night("2026-05-01")["expiring"]) is listed


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-12-05", None), ("2026-12-06", "due"), ("2027-01-05", "due"), ("2027-01-06", "overdue")],
)
def test_annual_audit_a_year_after_entry(roster: Roster, as_of: str, expected: str | None) -> None:
    uscc = roster.institution()
    found = [{"uscc": uscc, "due_on": "2027-01-05", "state": expected}] if expected else []
    assert roster.night(as_of)["annual_audits"] == found


def test_annual_audit_counts_from_the_later_of_entry_and_last_audit(roster: Roster) -> None:
    uscc = roster.institution(admitted_on="2023-02-28", last_audit_on="2024-02-29", profile_completed_on="2023-03-01")
    assert roster.night("2025-01-28")["annual_audits"] == []
    assert roster.night("2025-01-29")["annual_audits"] == [{"uscc": uscc, "due_on": "2025-02-28", "state": "due"}]


@pytest.mark.parametrize(("as_of", "late"), [("2026-05-12", False), ("2026-05-13", True)])
def test_profile_is_due_ten_working_days_after_entry(roster: Roster, as_of: str, late: bool) -> None:
    uscc = roster.institution(admitted_on="2026-04-24", profile_completed_on="")
    found = [{"uscc": uscc, "clause": "6.3", "duty": "complete_profile", "due_on": "2026-05-12"}] if late else []
    assert roster.night(as_of)["overdue"] == found


def test_due_day_beyond_the_calendar_is_provisional(roster: Roster) -> None:
    roster.institution(admitted_on="2040-01-02", profile_completed_on="")
    (late,) = roster.night("2040-02-01")["overdue"]
    assert late["provisional"] is True
    assert late["due_on"] == "2040-01-16"


def test_flags_follow_the_lists(roster: Roster) -> None:
    names = ("standing", "taken_off_lately", "taken_off_long_ago", "violation", "listed_today")
    codes = dict(zip(names, (roster.institution(number) for number in range(1, 6)), strict=True))
    stranger = code(99)

    def listed(kind: str, uscc: str, listed: date, removed: date | None = None) -> CreditEntry:
        return CreditEntry(list=kind, uscc=uscc, name="", listed_on=listed, removed_on=removed, reason="")  # type: ignore[arg-type]

    lists = {
        "serious": [
            listed("serious", codes["standing"], date(2015, 1, 1)),
            listed("serious", stranger, date(2015, 1, 1)),
        ],
        "abnormal": [
            listed("abnormal", codes["taken_off_lately"], date(2020, 1, 1), date(2023, 3, 1)),
            listed("abnormal", codes["taken_off_long_ago"], date(2020, 1, 1), date(2023, 2, 28)),
            listed("abnormal", codes["listed_today"], date(2026, 3, 1)),
        ],
        "violations": [listed("violations", codes["violation"], date(2023, 3, 1))],
    }
    for kind, entries in lists.items():
        roster.store.import_credit_list(entries, kind, loaded_on=date(2026, 3, 1), source="x")  # type: ignore[arg-type]
    expected = {
        codes["standing"]: "serious_violation_listed",
        codes["taken_off_lately"]: "abnormal_operation_listed",
        codes["violation"]: "violation_within_three_years",
    }
    found = [{"uscc": uscc, "clause": "4.3", "code": expected[uscc]} for uscc in sorted(expected)]
    assert roster.night("2026-03-01")["flags"] == found


def test_what_goes_tonight_is_in_no_other_list(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-05-20", profile_completed_on="", admitted_on="2025-01-01")
    roster.certificate(uscc, "2026-03-31")
    roster.certificate(uscc, "2026-06-30", "", number="2", kind="management_system_certificate")
    roster.store.import_credit_list(
        [CreditEntry(list="serious", uscc=uscc, name="", listed_on=date(2020, 1, 1), removed_on=None, reason="")],
        "serious",
        loaded_on=date(2026, 1, 1),
        source="x",
    )
    before = roster.night("2026-04-30")
    assert all(before[name] for name in ("expiring", "suspended", "annual_audits", "overdue", "flags"))
    answer = roster.night("2026-05-01")
    assert [name for name in LISTS if answer[name]] == ["deregistered"]


def test_earlier_day_than_the_last_run_is_refused(roster: Roster) -> None:
    roster.night("2026-03-02")
    with pytest.raises(UsageError, match="2026-03-02"):
        roster.night("2026-03-01")
    roster.night("2026-03-02")


@pytest.mark.parametrize(("recorded", "state"), [(date(2026, 5, 1), "active"), (date(2026, 5, 2), "deregistered")])
def test_missed_nights_give_the_state_that_every_night_would_have_given(
    tmp_path: Path, recorded: date, state: str
) -> None:
    states = []
    for name, days in (("missed", [date(2026, 6, 30)]), ("every", [date(2026, 4, 30), date(2026, 5, 1)])):
        roster = Roster(tmp_path / name)
        uscc = roster.institution()
        roster.certificate(uscc, "2026-03-31")
        roster.night("2026-04-02")
        for day in days:
            if day >= recorded and roster.state(uscc) != "active":
                roster.certificate(uscc, "2032-01-01", number="2", valid_from="2026-04-20", on=recorded)
            roster.night(day)
        if recorded > days[-1]:
            roster.certificate(uscc, "2032-01-01", number="2", valid_from="2026-04-20", on=recorded)
        roster.night("2026-06-30")
        states.append(roster.state(uscc))
        roster.store.close()
    assert states == [state, state]


def test_killed_half_way_and_run_again_ends_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nights, "_RANGE", 2)
    answers = []
    for name, kill_after in (("whole", None), ("killed", 2)):
        roster = Roster(tmp_path / name)
        for number in range(1, 8):
            uscc = roster.institution(number)
            roster.certificate(uscc, "2026-03-31" if number % 2 else "2026-04-20", number=str(number))
        roster.night("2026-04-21")
        roster.certificate(code(3), "2032-01-01", number="r", on=date(2026, 4, 25))
        if kill_after is not None:

            def kill(done: int, _of: int, at: int = kill_after) -> None:
                if done == at:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                run_night(roster.store, date(2026, 5, 1), POLICY, kill)
        answers.append(roster.night("2026-05-01"))
        assert roster.store.verify_log().ok
        assert len(answers[-1]["deregistered"]) == 3
        roster.store.close()
    assert answers[0] == answers[1]


def test_command_prints_one_document_that_keeps_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    roster = Roster(tmp_path)
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.store.close()
    assert main(["nightly", "--as-of", "2026-04-01", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["suspended"] == [suspended(uscc, ["食品检测"], "qualification_expired", "2026-05-01")]
    assert main(["nightly", "--as-of", "2026-03-31", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "2026-04-01" in captured.err


def test_one_that_enters_again_is_suspended_anew(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.night("2026-04-01")
    roster.night("2026-05-01")
    assert roster.state(uscc) == "deregistered"
    again = entry(
        uscc,
        services=(ServiceEntry(name="食品检测"),),
        qualifications=(
            QualificationEntry(
                kind="cma_certificate",
                number="2",
                valid_from="2026-05-10",
                valid_to="2026-06-30",
                services=("食品检测",),
            ),
        ),
    )
    with roster.store.write() as (connection, happened):
        happened += registry.enter(connection, again, "packet", date(2026, 5, 20))
    assert roster.night("2026-06-30")["suspended"] == []
    assert roster.state(uscc) == "active"
    found = roster.night("2026-07-01")["suspended"]
    assert found == [suspended(uscc, ["食品检测"], "qualification_expired", "2026-07-31")]
    assert [event.kind for event in roster.store.events_of(uscc)].count("service.suspended") == 2
    (gone,) = roster.night("2026-07-31")["deregistered"]
    assert gone["order"] == "ZX-2026-000002"
