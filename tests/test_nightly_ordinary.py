"""Whoever is ordinary in a night: told by the database, what is done is what looking at each certificate does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightly_cases import Roster, code
from qi_pipeline.policy import default_policy
from qi_pipeline.records.night_tables import endings, stops
from qi_pipeline.records.registry_tables import (
    institution_history,
    institutions,
    reminders,
    services,
    suspensions,
)
from qi_pipeline.records.store import Store
from qi_pipeline.residency import night
from qi_pipeline.residency.ordinary import Lapsed, Ordinary, candidates_of, ordinary_of
from records_cases import Database

NIGHT = date(2026, 3, 1)
GRACE = 30


@pytest.fixture(params=["sqlite", "postgresql"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roster]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as store:
        yield Roster(tmp_path / "tables", store)
    base.close()


def ordinary(
    roster: Roster, as_of: date = NIGHT, last: date | None = None, *, first: bool = False
) -> dict[str, Ordinary]:
    """Who is ordinary on the day, by USCC; services without their numbers."""
    with roster.store.write() as (connection, _):
        known = dict(connection.execute(sa.select(institutions.c.id, institutions.c.uscc)).tuples().all())
        found = ordinary_of(connection, candidates_of(connection, sorted(known), as_of), as_of, last, GRACE, first)
    return {
        known[number]: each._replace(lapsed=tuple(Lapsed(0, one.name, one.covered_to) for one in each.lapsed))
        for number, each in found.items()
    }


def test_nobody_with_valid_certificates_has_anything_lapsed(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-06-30")
    roster.certificate(uscc, "2026-03-01")
    assert ordinary(roster) == {uscc: Ordinary("2026-03-01", False, None, ())}
    roster.certificate(uscc, "2030-01-01", number="2")
    assert ordinary(roster) == {uscc: Ordinary("2026-06-30", False, None, ())}


def test_days_of_who_has_lapsed_follow_from_its_last_certificate(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-02-28")
    roster.certificate(uscc, "2026-02-10", "水质检测", number="2")
    gone = (Lapsed(0, "食品检测", "2026-02-28"), Lapsed(0, "水质检测", "2026-02-10"))
    assert ordinary(roster) == {uscc: Ordinary("2026-03-30", True, "2026-03-31", gone)}
    roster.certificate(uscc, "2026-09-30", "空气检测", number="3")
    assert ordinary(roster) == {uscc: Ordinary("2026-09-30", False, None, gone)}


@pytest.mark.parametrize(("ended", "is_ordinary"), [("2026-01-30", True), ("2026-01-29", False)])
def test_whoever_may_have_to_go_is_not_ordinary(roster: Roster, ended: str, is_ordinary: bool) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, ended)
    assert (uscc in ordinary(roster)) is is_ordinary


@pytest.mark.parametrize(("begins", "is_ordinary"), [("2026-03-01", True), ("2026-03-02", False)])
def test_whoever_has_a_certificate_to_come_is_not_ordinary(roster: Roster, begins: str, is_ordinary: bool) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01", valid_from=begins)
    assert (uscc in ordinary(roster)) is is_ordinary


@pytest.mark.parametrize(("ends", "is_ordinary"), [("2026-03-01", True), ("2026-02-28", False)])
def test_whoever_has_no_valid_licence_is_not_ordinary(roster: Roster, ends: str, is_ordinary: bool) -> None:
    uscc = roster.institution(licence_valid_to=ends)
    roster.certificate(uscc, "2030-01-01")
    assert (uscc in ordinary(roster)) is is_ordinary


@pytest.mark.parametrize(
    ("last", "is_ordinary"), [(NIGHT - timedelta(days=1), True), (NIGHT - timedelta(days=2), False)]
)
def test_nobody_is_ordinary_after_a_missed_night(roster: Roster, last: date, is_ordinary: bool) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    assert (uscc in ordinary(roster, last=last)) is is_ordinary


def test_whoever_has_something_suspended_or_taken_off_is_not_ordinary(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-02-28", "食品检测")
    roster.certificate(uscc, "2030-01-01", "水质检测", number="2")
    assert uscc in ordinary(roster)
    roster.night("2026-03-01")
    assert uscc not in ordinary(roster)
    narrowed = roster.institution(2)
    roster.certificate(narrowed, "2026-02-28", "食品检测")
    roster.certificate(narrowed, "2026-02-27", "食品检测;水质检测", number="2")
    assert narrowed in ordinary(roster)
    roster.certificate(narrowed, "2026-02-27", "水质检测", number="2", on=date(2026, 2, 10))
    assert narrowed not in ordinary(roster)


def test_a_service_that_nothing_lists_makes_nobody_ordinary(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    with roster.store.write() as (connection, _):
        owner = connection.execute(sa.select(institutions.c.id)).scalar_one()
        row = {"institution": owner, "name": "咨询", "held_from": date.min, "held_to": date.max, "covered_to": date.min}
        connection.execute(sa.insert(services).values(**row))
    assert ordinary(roster) == {}


@pytest.mark.parametrize(("begins", "is_ordinary"), [("2026-03-01", True), ("2026-03-02", False)])
def test_a_first_load_says_from_when_on_all_has_begun(roster: Roster, begins: str, is_ordinary: bool) -> None:
    uscc = loaded(roster, begins)
    assert (uscc in ordinary(roster, first=True)) is is_ordinary
    assert ordinary(roster, first=True) == ordinary(roster)


@pytest.mark.parametrize(
    "writes",
    [
        "UPDATE qualifications SET held_to = '2026-02-10' WHERE number = '1'",
        "INSERT INTO qualifications (institution, kind, number, valid_from, issuing_authority, valid_to, held_from,"
        " recorded_on, held_to, source) SELECT institution, kind, '3', '2026-03-05', '', '2030-01-01', held_from,"
        " recorded_on, held_to, source FROM qualifications WHERE number = '1'",
    ],
)
def test_what_a_first_load_says_is_not_believed_once_something_is_written(roster: Roster, writes: str) -> None:
    loaded(roster, "2026-03-01")
    assert ordinary(roster, first=True)
    with roster.store.write() as (connection, _):
        connection.exec_driver_sql(writes)
    assert ordinary(roster, first=True) == ordinary(roster) == {}


def loaded(roster: Roster, begins: str) -> str:
    """An institution that came with both of its certificates in one load; one of them begins on that day."""
    uscc = code(1)
    row = {"uscc": uscc, "name": "示例检测有限公司", "category": "inspection_testing", "admitted_on": "2026-01-05"}
    paper = {"uscc": uscc, "kind": "cma_certificate", "valid_from": "2020-01-01"}
    papers = [
        {**paper, "number": "1", "valid_to": "2026-02-28", "services": "食品检测"},
        {**paper, "number": "2", "valid_to": "2030-01-01", "services": "水质检测", "valid_from": begins},
    ]
    roster.load([row], papers, NIGHT)
    return uscc


def test_only_a_night_before_which_none_was_begun_believes_a_first_load(roster: Roster) -> None:
    loaded(roster, "2026-03-01")
    policy = default_policy().residency
    assert night.begin(roster.store, NIGHT, policy).is_first
    assert night.begin(roster.store, NIGHT, policy).is_first  # killed, and taken up again
    assert not night.begin(roster.store, NIGHT + timedelta(days=1), policy).is_first


def kept(store: Store) -> list[list[tuple[object, ...]]]:
    """Everything that nights write of institutions, row by row."""
    tables = (institutions, services, suspensions, institution_history, stops, endings, reminders)
    with store.write() as (connection, _):
        rows = [sorted(map(tuple, connection.execute(sa.select(table))), key=repr) for table in tables]
        events = connection.execute(sa.text("SELECT seq, kind, subject, data FROM events ORDER BY seq")).all()
    return [*rows, [tuple(each) for each in events]]


days = st.integers(-45, 40).map(lambda number: NIGHT + timedelta(days=number))
certificates = st.tuples(st.integers(1, 3), days, days, st.sampled_from(["", "甲", "乙", "甲;乙", "丙"]))
renewals = st.tuples(st.integers(0, 5), certificates)


@given(
    st.lists(certificates, max_size=9),
    st.lists(st.one_of(st.just(""), days.map(date.isoformat)), min_size=3, max_size=3),
    st.lists(renewals, max_size=4),
    st.sets(st.integers(1, 45), min_size=1, max_size=6),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_done_about_the_ordinary_is_what_looking_at_each_certificate_does(
    tmp_path_factory: pytest.TempPathFactory,
    held: list[tuple[int, date, date, str]],
    licences: list[str],
    later: list[tuple[int, tuple[int, date, date, str]]],
    nights: set[int],
) -> None:
    found = []
    for shortcut in (True, False):
        roster = Roster(tmp_path_factory.mktemp("ordinary"))
        with pytest.MonkeyPatch.context() as patch:
            if not shortcut:
                patch.setattr(night, "ordinary_of", lambda *_: {})
            answers = _lived(roster, held, licences, later, sorted(nights))
        found.append((answers, _without_holds(kept(roster.store))))
        roster.store.close()
    assert found[0] == found[1]


def _lived(
    roster: Roster,
    held: list[tuple[int, date, date, str]],
    licences: list[str],
    later: list[tuple[int, tuple[int, date, date, str]]],
    nights: list[int],
) -> list[object]:
    rows = [
        {
            "uscc": code(number),
            "name": "示例检测有限公司",
            "category": "inspection_testing",
            "admitted_on": "2025-03-10",
            "profile_completed_on": "2025-03-12",
            "licence_valid_to": licence,
        }
        for number, licence in enumerate(licences, 1)
    ]
    roster.load(rows, [_paper(number, paper) for number, paper in enumerate(held)], NIGHT)
    answers: list[object] = []
    for number in (0, *nights):
        day = NIGHT + timedelta(days=number)
        new = [_paper(100 + place, paper) for place, (after, paper) in enumerate(later) if after == number]
        if new:
            roster.load([], new, day)
        answers.append(roster.night(day))
    return answers


def _paper(number: int, paper: tuple[int, date, date, str]) -> dict[str, str]:
    owner, first, last, offered = paper
    return {
        "uscc": code(owner),
        "kind": "cma_certificate",
        "number": str(number),
        "valid_from": min(first, last).isoformat(),
        "valid_to": max(first, last).isoformat(),
        "services": offered,
    }


def _without_holds(tables: list[list[tuple[object, ...]]]) -> list[list[tuple[object, ...]]]:
    """An ordinary one may be left alone longer: until a service lapses, not until any of its certificates ends."""
    place = [column.name for column in institutions.c].index("holds_to")
    return [[(*row[:place], *row[place + 1 :]) for row in tables[0]], *tables[1:]]
