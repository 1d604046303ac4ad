"""Random lives and nights: nobody is lost, goes with a valid certificate, or stays without one past the grace."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nightly_cases import POLICY, code
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import history, registry
from qi_pipeline.records.rows import Entry, QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store
from qi_pipeline.residency import leaving
from qi_pipeline.residency.coverage import Listing, Service, deregistered_on
from qi_pipeline.residency.nightly import run_night

FIRST = date(2026, 3, 1)
GRACE = 3
SHORT = dataclasses.replace(POLICY, residency=dataclasses.replace(POLICY.residency, deregistration_grace_days=GRACE))
DAYS = st.integers(0, 14)

terms = st.tuples(st.integers(-20, 12), st.integers(0, 14)).map(
    lambda pair: (FIRST + timedelta(days=pair[0]), FIRST + timedelta(days=pair[0] + pair[1]))
)


@st.composite
def lives(draw: st.DrawFn) -> list[Service]:
    """Services with certificates that come on file as the days go by."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        listings = []
        for _ in range(draw(st.integers(1, 3))):
            begins, ends = draw(terms)
            recorded = draw(st.one_of(st.just(date.min), DAYS.map(lambda day: FIRST + timedelta(days=day))))
            listings.append(Listing(begins, ends, recorded))
        offered_from = min(each.recorded_on for each in listings)
        found.append(Service(number, f"service {number}", tuple(listings), None, offered_from=offered_from))
    return found


@given(lives(), st.sets(DAYS, max_size=8))
@settings(max_examples=300, deadline=None)
def test_missed_nights_deregister_on_the_day_on_which_every_night_would_have(
    life: list[Service], missed: set[int]
) -> None:
    def first_order(nights: list[int]) -> date | None:
        before = FIRST - timedelta(days=1)
        for number in nights:
            night = FIRST + timedelta(days=number)
            on_file = [
                each._replace(listings=tuple(one for one in each.listings if one.recorded_on <= night)) for each in life
            ]
            known = [each for each in on_file if each.listings]
            order = deregistered_on(known, GRACE, before, night)
            if order is not None:
                papers = [one for each in life for one in each.listings if one.recorded_on <= order]
                assert not any(one.valid_from <= order <= one.valid_to for one in papers)
                return order
            before = night
        return None

    every = list(range(16))
    assert first_order([number for number in every if number not in missed]) == first_order(every)


@dataclasses.dataclass(frozen=True)
class Happening:
    """One thing that comes on record on one day."""

    day: int
    institution: int
    kind: str
    number: str
    services: tuple[str, ...]
    begins: date
    ends: date


happenings = st.builds(
    lambda day, institution, kind, number, services, term: Happening(
        day, institution, kind, number, services, term[0], term[1]
    ),
    st.integers(0, 12),
    st.integers(1, 2),
    st.sampled_from(["certificate", "certificate", "certificate", "licence"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from([(), ("甲",), ("乙",), ("甲", "乙")]),
    terms,
)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qi.db"
        Store(f"sqlite:///{path}").close()
        yield path


def enter(store: Store, institution: int) -> None:
    # A test of records' own door: what an admission enters.
    with store.write() as (connection, happened):
        happened += registry.enter(
            connection,
            Entry(
                uscc=code(institution),
                request="admission",
                name=f"示例{institution}号检测有限公司",
                category="inspection_testing",
                legal_representative="王小明",
                address="无锡市梁溪区示例路1号",
                licence_seen=True,
                licence_valid_to=None,
                services=tuple(ServiceEntry(name=name) for name in ("甲", "乙")),
                qualifications=(certificate("0", FIRST - timedelta(days=30), FIRST + timedelta(days=4), ("甲", "乙")),),
            ),
            "packet",
            FIRST - timedelta(days=1),
        )


def certificate(number: str, begins: date, ends: date, services: tuple[str, ...]) -> QualificationEntry:
    return QualificationEntry(
        kind="cma_certificate",
        number=number,
        valid_from=begins.isoformat(),
        valid_to=ends.isoformat(),
        services=services,
    )


def put_on_record(store: Store, what: Happening) -> None:
    on = FIRST + timedelta(days=what.day)
    entry = Entry(uscc=code(what.institution), request="renewal")
    if what.kind == "licence":
        entry = dataclasses.replace(entry, licence_seen=True, licence_valid_to=what.ends.isoformat())
    else:
        # The same first day for one number, so that some certificates are updated in place.
        begins = FIRST - timedelta(days=20) if what.number == "1" else what.begins
        added = certificate(what.number, begins, max(begins, what.ends), what.services)
        entry = dataclasses.replace(entry, qualifications=(added,))
    state = store.institution(entry.uscc)
    assert state is not None
    if state.state in ("active", "suspended"):
        with store.write() as (connection, happened):
            happened += registry.enter(connection, entry, "packet", on)


def live(folder: Path, template: Path, life: list[Happening], nights: set[int]) -> tuple[Store, dict[str, Json]]:
    path = Path(tempfile.mkdtemp(dir=folder)) / "qi.db"
    if template.is_file():  # on PostgreSQL each store is a copy of its own template
        shutil.copy(template, path)
    store = Store(f"sqlite:///{path}")
    for institution in (1, 2):
        enter(store, institution)
    run_night(store, FIRST - timedelta(days=1), SHORT)
    answer: dict[str, Json] = {}
    for day in range(16):
        for what in life:
            if what.day == day:
                put_on_record(store, what)
        if day in nights or day == 15:
            answer = run_night(store, FIRST + timedelta(days=day), SHORT)
            check(store, answer)
    return store, answer


def check(store: Store, answer: dict[str, Json]) -> None:
    """Nobody is lost; whoever stays has a valid certificate, grace left, or a renewal ahead."""
    states = {row.uscc: row.state for row in store.institutions()}
    assert set(states) == {code(1), code(2)}
    assert set(states.values()) <= {"active", "suspended", "deregistered", "exited"}
    gone = answer["deregistered"]
    assert isinstance(gone, list)
    for entry in gone:
        assert isinstance(entry, dict)
        assert states[str(entry["uscc"])] == "deregistered"
    stopped = answer["suspended"]
    assert isinstance(stopped, list)
    for entry in stopped:
        assert isinstance(entry, dict)
        assert states[str(entry["uscc"])] in ("active", "suspended")
        goes = entry["deregisters_on"]
        assert goes is None or str(goes) > str(answer["as_of"])


def comparable(store: Store, answer: dict[str, Json]) -> object:
    keys = ("expiring", "suspended", "overdue", "annual_audits")
    states = {row.uscc: row.state for row in store.institutions()}
    return states, {key: answer[key] for key in keys}, [told(store, code(number)) for number in (1, 2)]


def told(store: Store, uscc: str) -> object:
    """State and services of the institution on every day, and its suspensions.

    Not its papers: what came after every night would have deregistered it was taken over where nights were missed.
    """
    known, _ = history.read(store.engine, uscc)
    assert known is not None
    days: dict[str, Json] = {}
    for number in range(-1, 17):
        facts = known.on(FIRST + timedelta(days=number)) or {}
        days[str(number)] = [facts.get("state"), facts.get("services")]
    return days, sorted(str(each.to_json()) for each in known.suspensions)


@given(st.lists(happenings, max_size=6), st.sets(st.integers(0, 14), max_size=6))
@example(  # on file in time for one missed night only
    [
        Happening(8, 2, "certificate", "1", ("甲",), FIRST + timedelta(days=12), FIRST + timedelta(days=12)),
        Happening(9, 2, "certificate", "1", (), FIRST, FIRST),
    ],
    set(),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_missed_nights_end_in_the_state_of_every_night(
    tmp_path: Path, template: Path, life: list[Happening], nights: set[int]
) -> None:
    results = []
    for chosen in (set(range(15)), nights):
        store, answer = live(tmp_path, template, life, chosen)
        results.append(comparable(store, answer))
        again = run_night(store, FIRST + timedelta(days=15), SHORT)
        assert again == {**answer, "reinstated": [], "deregistered": []}
        assert store.verify_log().ok
        store.close()
    assert results[0] == results[1]


@given(st.lists(happenings, max_size=4), st.integers(0, 14))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_has_left_stays_where_it_is(
    tmp_path: Path, template: Path, life: list[Happening], leaves_on: int
) -> None:
    store, _ = live(tmp_path, template, [each for each in life if each.day <= leaves_on], {leaves_on})
    on = FIRST + timedelta(days=15)
    before = {row.uscc: row.state for row in store.institutions()}
    try:
        leaving.exit_voluntarily(store, code(1), on=on)
    except UsageError:
        assert before[code(1)] == "deregistered"
    else:
        assert before[code(1)] in ("active", "suspended")
    left = {row.uscc: row.state for row in store.institutions()}
    answer = run_night(store, FIRST + timedelta(days=40), SHORT)
    check(store, answer)
    after = {row.uscc: row.state for row in store.institutions()}
    assert after[code(1)] == left[code(1)] in ("exited", "deregistered")
    assert after[code(2)] in (left[code(2)], "deregistered", "suspended")
    store.close()
