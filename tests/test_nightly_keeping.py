"""What a night looks at and what it keeps: each rule just in and just out, and the lists as if made anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightly_cases import POLICY, Roster, code
from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.model import Json
from qi_pipeline.records import registry
from qi_pipeline.records.night_tables import endings, stops
from qi_pipeline.records.registry_tables import institutions, nightly_runs, reminders, suspensions
from qi_pipeline.records.rows import QualificationEntry
from qi_pipeline.records.store import Store
from qi_pipeline.residency.night import begin
from qi_pipeline.residency.nightly import run_night
from records_cases import Database, entry


@pytest.fixture(params=["sqlite", "postgresql"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roster]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as store:
        yield Roster(tmp_path / "tables", store)
    base.close()


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path)
    yield made
    made.store.close()


def looked_at(roster: Roster, as_of: str) -> int:
    """How many institutions the night of that day would look at."""
    with roster.store.write() as (connection, _):
        ids = dict(connection.execute(sa.select(institutions.c.id, institutions.c.uscc)).tuples().all())
    night = begin(roster.store, date.fromisoformat(as_of), POLICY.residency)
    return sum(any(low <= number <= high for low, high in night.ranges) for number in ids)


def first_load(roster: Roster, *valid_to: str, valid_from: str = "2020-01-01", licence_valid_to: str = "") -> None:
    """One institution with a certificate for each last day, all of one service, loaded into an empty register."""
    institution = {"uscc": code(1), "name": "示例检测有限公司", "category": "inspection_testing"}
    institution |= {"admitted_on": "2026-01-05", "licence_valid_to": licence_valid_to}
    certificate = {"uscc": code(1), "kind": "cma_certificate", "services": "食品检测", "valid_from": valid_from}
    certificates = [certificate | {"number": str(number), "valid_to": day} for number, day in enumerate(valid_to)]
    roster.load([institution], certificates, date(2026, 1, 5))


def forget(store: Store) -> None:
    """As if no night had looked at anything: every institution is looked at, every list is made anew."""
    with store.write() as (connection, _):
        connection.execute(sa.update(institutions).values(holds_to=date.min))
        connection.execute(sa.update(nightly_runs).values(listed_to=None))
        connection.execute(sa.delete(stops))


@pytest.mark.parametrize(("as_of", "count"), [("2026-03-31", 0), ("2026-04-01", 1)])
def test_looks_at_whoever_has_a_certificate_that_ended(roster: Roster, as_of: str, count: int) -> None:
    first_load(roster, "2026-03-31")
    assert looked_at(roster, as_of) == count


@pytest.mark.parametrize(("as_of", "count"), [("2026-06-30", 0), ("2026-07-01", 1)])
def test_looks_at_nobody_while_another_certificate_covers_its_services(roster: Roster, as_of: str, count: int) -> None:
    first_load(roster, "2026-06-30", "2026-03-31")
    assert looked_at(roster, as_of) == count


@pytest.mark.parametrize(("as_of", "count"), [("2026-03-31", 0), ("2026-04-01", 1)])
def test_looks_at_whoever_has_a_licence_that_ended(roster: Roster, as_of: str, count: int) -> None:
    first_load(roster, "2030-01-01", licence_valid_to="2026-03-31")
    assert looked_at(roster, as_of) == count


@pytest.mark.parametrize(("as_of", "count"), [("2026-03-31", 1), ("2026-04-01", 0)])
def test_looks_at_whoever_has_a_certificate_that_begins_later(roster: Roster, as_of: str, count: int) -> None:
    first_load(roster, "2030-01-01", valid_from="2026-04-01")
    assert looked_at(roster, as_of) == count


@pytest.mark.parametrize(("as_of", "count"), [("2026-04-30", 0), ("2026-05-01", 1)])
def test_looks_again_on_the_day_on_which_the_grace_is_over(roster: Roster, as_of: str, count: int) -> None:
    roster.certificate(roster.institution(), "2026-03-31")
    roster.night("2026-04-01")
    assert looked_at(roster, as_of) == count


@pytest.mark.parametrize(("as_of", "count"), [("2026-05-31", 0), ("2026-06-01", 1)])
def test_looks_again_on_the_day_on_which_a_renewal_begins(roster: Roster, as_of: str, count: int) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.certificate(uscc, "2032-05-31", number="2", valid_from="2026-06-01")
    roster.night("2026-04-01")
    assert looked_at(roster, as_of) == count


def test_looks_at_nobody_of_whom_nothing_was_written(roster: Roster) -> None:
    for number in (1, 2, 3):
        roster.certificate(roster.institution(number), "2030-01-01")
    roster.night("2026-03-01")
    assert looked_at(roster, "2026-03-02") == 0


@pytest.mark.parametrize(
    "written",
    [
        lambda roster, uscc: roster.certificate(uscc, "2031-01-01", number="9"),
        lambda roster, uscc: roster.certificate(uscc, "2031-01-01"),
        lambda roster, uscc: roster.certificate(uscc, "2030-01-01", "食品检测;水质检测"),
        lambda roster, uscc: roster.institution(licence_valid_to="2031-01-01"),
        lambda roster, uscc: roster.institution(last_audit_on="2026-02-01"),
    ],
    ids=["new certificate", "prolonged", "one service more", "licence", "audit"],
)
def test_looks_at_whoever_was_written_about_and_at_nobody_else(roster: Roster, written: object) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    roster.certificate(roster.institution(2), "2030-01-01")
    roster.night("2026-03-01")
    written(roster, uscc)  # type: ignore[operator]
    assert looked_at(roster, "2026-03-02") == 1


def test_looks_at_whoever_a_packet_renewed_whatever_wrote_it(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    roster.night("2026-03-01")
    renewed = QualificationEntry(
        kind="cnas_certificate", number="L1", valid_from="2026-01-01", valid_to="2030-01-01", services=("食品检测",)
    )
    with roster.store.write() as (connection, happened):
        happened += registry.enter(
            connection, entry(uscc, request="renewal", qualifications=(renewed,)), "packet", date(2026, 3, 1)
        )
    assert looked_at(roster, "2026-03-01") == 1
    roster.night("2026-03-01")
    assert looked_at(roster, "2026-03-01") == 0


def test_list_of_endings_moves_with_the_date(roster: Roster) -> None:
    uscc = roster.institution()
    for number, last in enumerate(("2026-03-01", "2026-05-30", "2026-05-31", "2026-06-01")):
        roster.certificate(uscc, last, f"服务{number}", number=str(number))

    def listed(as_of: str) -> list[tuple[Json, Json]]:
        return [(each["valid_to"], each["days_left"]) for each in roster.night(as_of)["expiring"]]  # type: ignore[index]

    assert listed("2026-03-01") == [("2026-03-01", 0), ("2026-05-30", 90)]
    assert listed("2026-03-02") == [("2026-05-30", 89), ("2026-05-31", 90)]
    assert listed("2026-06-01") == [("2026-06-01", 0)]


def test_list_of_endings_jumps_over_missed_nights_and_a_longer_reminder(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2027-01-01")
    roster.night("2026-03-01")
    assert [each["days_left"] for each in roster.night("2026-11-01")["expiring"]] == [61]
    longer = dataclasses.replace(POLICY, residency=dataclasses.replace(POLICY.residency, reminder_days=(200, 5)))
    roster.certificate(uscc, "2027-04-01", "水质检测", number="2")
    answer = run_night(roster.store, date(2026, 11, 2), longer)
    assert [each["days_left"] for each in answer["expiring"]] == [60, 150]
    assert [each["days_left"] for each in roster.night("2026-11-03")["expiring"]] == [59]


def test_certificate_that_is_followed_now_leaves_the_list(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-04-01")
    assert len(roster.night("2026-03-01")["expiring"]) == 1
    roster.certificate(uscc, "2032-04-01", number="2", valid_from="2026-03-01", on=date(2026, 3, 1))
    assert roster.night("2026-03-01")["expiring"] == []


def test_certificate_that_a_renewal_replaced_is_not_listed(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-04-01", "食品检测;水质检测")
    assert len(roster.night("2026-03-01")["expiring"]) == 1
    renewed = QualificationEntry(
        kind="cma_certificate",
        number="221020340001",
        valid_from="2026-03-01",
        valid_to="2032-02-28",
        services=("食品检测", "水质检测"),
    )
    with roster.store.write() as (connection, happened):
        happened += registry.enter(
            connection, entry(uscc, request="renewal", services=(), qualifications=(renewed,)), "p", date(2026, 3, 2)
        )
    answer = roster.night("2026-03-02")
    assert (answer["expiring"], answer["suspended"]) == ([], [])


def test_shorter_grace_takes_hold_in_the_next_night(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    roster.night("2026-04-05")
    shorter = dataclasses.replace(POLICY, residency=dataclasses.replace(POLICY.residency, deregistration_grace_days=5))
    answer = run_night(roster.store, date(2026, 4, 6), shorter)
    assert [each["uscc"] for each in answer["deregistered"]] == [uscc]


def flagged(roster: Roster, as_of: str) -> list[Json]:
    return [each["uscc"] for each in roster.night(as_of)["flags"]]  # type: ignore[index]


def test_flags_follow_a_list_that_was_loaded_and_who_came_since(roster: Roster) -> None:
    first = roster.institution()
    roster.certificate(first, "2030-01-01")
    assert flagged(roster, "2026-03-01") == []
    listed = [
        CreditEntry(list="serious", uscc=code(number), name="", listed_on=date(2020, 1, 1), removed_on=None, reason="")
        for number in (1, 2)
    ]
    roster.store.import_credit_list(listed, "serious", loaded_on=date(2026, 3, 1), source="x")
    assert flagged(roster, "2026-03-01") == [first]
    second = roster.institution(2)
    assert flagged(roster, "2026-03-02") == sorted([first, second])
    with roster.store.write() as (connection, _):
        connection.execute(sa.update(institutions).where(institutions.c.uscc == first).values(state="exited"))
    assert flagged(roster, "2026-03-03") == [second]


def reasons(roster: Roster) -> list[tuple[str, date, date]]:
    with roster.store.write() as (connection, _):
        rows = connection.execute(
            sa.select(suspensions.c.reason, suspensions.c.held_from, suspensions.c.held_to).order_by(suspensions.c.id)
        )
        return [(row.reason, row.held_from, row.held_to) for row in rows]


def test_reason_becomes_the_certificate_when_it_lapses_under_an_ended_licence(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-03-31")
    roster.certificate(uscc, "2026-04-10")
    roster.night("2026-04-10")
    assert reasons(roster) == [("licence_expired", date(2026, 4, 1), date.max)]
    roster.night("2026-04-12")
    assert reasons(roster) == [
        ("licence_expired", date(2026, 4, 1), date(2026, 4, 11)),
        ("qualification_expired", date(2026, 4, 11), date.max),
    ]
    assert [event.data["reason"] for event in roster.store.events_of(uscc) if event.kind == "service.suspended_anew"][
        -1
    ] == ("qualification_expired")


def test_reason_becomes_the_licence_when_the_certificate_is_renewed(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-04-10")
    roster.certificate(uscc, "2026-03-31")
    roster.night("2026-04-12")
    assert reasons(roster) == [("qualification_expired", date(2026, 4, 1), date.max)]
    roster.certificate(uscc, "2032-01-01", number="2", on=date(2026, 4, 13))
    answer = roster.night("2026-04-13")
    assert [each["reason"] for each in answer["suspended"]] == ["licence_expired"]
    assert answer["reinstated"] == []
    assert reasons(roster)[-1] == ("licence_expired", date(2026, 4, 13), date.max)
    roster.institution(licence_valid_to="2036-01-01", on=date(2026, 4, 14))
    assert roster.night("2026-04-14")["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]
    assert all(last <= date(2026, 4, 14) for _, _, last in reasons(roster))


def test_service_that_a_certificate_lists_no_longer_is_suspended_from_that_day(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01", "食品检测;水质检测")
    roster.night("2026-03-01")
    roster.certificate(uscc, "2030-01-01", "水质检测", on=date(2026, 3, 5))
    answer = roster.night("2026-03-05")
    assert answer["suspended"] == [
        {"uscc": uscc, "services": ["食品检测"], "reason": "qualification_expired", "deregisters_on": None}
    ]
    assert [event.data["since"] for event in roster.store.events_of(uscc) if event.kind == "service.suspended"] == [
        "2026-03-05"
    ]
    roster.certificate(uscc, "2030-01-01", "食品检测;水质检测", on=date(2026, 3, 8))
    assert roster.night("2026-03-08")["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]
    terms = [
        [each.services for each in roster.store.registry_snapshot(uscc, date(2026, 3, day)).qualifications]
        for day in (4, 5, 7, 8)
    ]
    both, one = [("食品检测", "水质检测")], [("水质检测",)]
    assert terms == [both, one, one, both]


def test_grace_counts_from_the_day_on_which_the_last_service_was_taken_off(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    roster.night("2026-03-01")
    roster.certificate(uscc, "2030-01-01", "", on=date(2026, 3, 5))
    (entry_,) = roster.night("2026-03-06")["suspended"]
    assert entry_["deregisters_on"] == "2026-04-04"
    assert roster.night("2026-04-03")["deregistered"] == []
    assert [each["uscc"] for each in roster.night("2026-04-04")["deregistered"]] == [uscc]


def test_service_stays_while_another_certificate_lists_it(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01", "食品检测;水质检测")
    roster.certificate(uscc, "2029-01-01", "食品检测", number="2")
    roster.night("2026-03-01")
    roster.certificate(uscc, "2030-01-01", "水质检测", on=date(2026, 3, 5))
    assert roster.night("2026-03-05")["suspended"] == []
    assert roster.night("2029-01-02")["suspended"] != []


def test_each_reminder_and_audit_is_given_once(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-12-31")
    for day in ("2026-10-01", "2026-10-02", "2026-10-03", "2026-11-15", "2026-12-06", "2026-12-07", "2026-12-07"):
        roster.night(day)
    with roster.store.write() as (connection, _):
        rows = connection.execute(
            sa.select(reminders.c.about, reminders.c.days, reminders.c.given_on).order_by(
                reminders.c.given_on, reminders.c.days.desc()
            )
        ).all()
    assert [(about[0], days, given_on.isoformat()) for about, days, given_on in rows] == [
        ("q", 90, "2026-10-02"),
        ("q", 60, "2026-11-15"),
        ("q", 30, "2026-12-06"),
        ("a", 0, "2026-12-06"),
    ]


@pytest.mark.parametrize(("as_of", "late"), [("2026-12-07", False), ("2026-12-08", True)])
def test_profile_completed_on_a_later_day_is_not_complete_yet(roster: Roster, as_of: str, late: bool) -> None:
    roster.institution(admitted_on="2026-11-23", profile_completed_on="2027-01-01")
    assert bool(roster.night(as_of)["overdue"]) is late


days = st.integers(-30, 40).map(lambda number: date(2026, 3, 1) + timedelta(days=number))
certificates = st.tuples(st.integers(1, 3), days, days, st.sampled_from(["", "甲", "乙", "甲;乙"]))


@given(st.lists(certificates, max_size=8), st.lists(days, min_size=3, max_size=3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_load_knows_of_days_is_what_looking_finds(
    tmp_path_factory: pytest.TempPathFactory, held: list[tuple[int, date, date, str]], licences: list[date]
) -> None:
    answers = []
    for looks in (False, True):
        roster = Roster(tmp_path_factory.mktemp("load"))
        rows = [
            {
                "uscc": code(number),
                "name": "示例检测有限公司",
                "category": "inspection_testing",
                "admitted_on": "2026-01-05",
                "profile_completed_on": "2026-01-08",
                "licence_valid_to": licence.isoformat(),
            }
            for number, licence in enumerate(licences, 1)
        ]
        papers = [
            {
                "uscc": code(owner),
                "kind": "cma_certificate",
                "number": str(number),
                "valid_from": min(first, last).isoformat(),
                "valid_to": max(first, last).isoformat(),
                "services": services,
            }
            for number, (owner, first, last, services) in enumerate(held)
        ]
        roster.load(rows, papers, date(2026, 3, 1))
        if looks:
            forget(roster.store)
        answers.append([roster.night(date(2026, 3, 1)), roster.night(date(2026, 3, 2))])
        roster.store.close()
    assert answers[0] == answers[1]


def test_lists_made_anew_are_the_lists_that_were_kept(quick: Roster) -> None:
    for number in range(1, 9):
        uscc = quick.institution(number, licence_valid_to="2026-06-01" if number % 3 == 0 else "")
        quick.certificate(uscc, f"2026-0{3 + number % 4}-15", "食品检测;水质检测", number=str(number))
        quick.certificate(uscc, "2026-05-20", "水质检测", number=f"{number}b")
    for day in ("2026-03-01", "2026-03-10", "2026-03-16", "2026-04-02", "2026-04-16"):
        quick.night(day)
    quick.certificate(code(4), "2031-01-01", "食品检测", number="new", on=date(2026, 4, 17))
    kept = quick.night("2026-04-17")
    again = quick.night("2026-04-17")
    with quick.store.write() as (connection, _):
        before = [sorted(connection.execute(sa.select(table)), key=repr) for table in (endings, stops)]
    forget(quick.store)
    assert quick.night("2026-04-17") == again == {**kept, "reinstated": [], "deregistered": []}
    with quick.store.write() as (connection, _):
        after = [sorted(connection.execute(sa.select(table)), key=repr) for table in (endings, stops)]
    assert before == after
    assert all(before)
