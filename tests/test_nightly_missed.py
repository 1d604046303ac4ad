"""Nights that were missed: once made up for, every past day is told as if every night had been run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from nightly_cases import POLICY, Roster, code
from qi_pipeline.model import Json
from qi_pipeline.records import history
from qi_pipeline.records.registry_tables import institution_history, institutions, suspensions
from qi_pipeline.records.store import Store
from qi_pipeline.residency import night as nights
from qi_pipeline.residency.nightly import run_night
from records_cases import Database

FIRST = date(2026, 3, 1)
LAST = FIRST + timedelta(days=53)
ENDS = date(2026, 3, 10)
"""Lapses on the 11th; its grace is over on 10 April, within the nights that are missed."""


@pytest.fixture(params=["sqlite", "postgresql"])
def rosters(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Roster]]:
    bases = [Database(request.param, tmp_path / name) for name in ("every", "missed") if not (tmp_path / name).mkdir()]
    stores = [Store(base.url) for base in bases]
    yield [
        Roster(base_folder, store) for base_folder, store in zip((tmp_path / "1", tmp_path / "2"), stores, strict=True)
    ]
    for base, store in zip(bases, stores, strict=True):
        store.close()
        base.close()


def told(store: Store, uscc: str) -> dict[str, Json]:
    """What `institution show --as-of` tells, by day."""
    known, _ = history.read(store.engine, uscc)
    assert known is not None
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 2))
    return {str(day): known.on(day) for day in days}


def rows(store: Store) -> list[list[tuple[object, ...]]]:
    """Suspensions and facts with their periods, in no order and without row numbers."""
    with store.write() as (connection, _):
        return [
            sorted(
                map(tuple, connection.execute(sa.select(*(each for each in table.c if each.name not in leave_out)))),
                key=repr,
            )
            for table, leave_out in (
                (suspensions, {"id"}),
                (institution_history, {"id"}),
                # A night that made up for others leaves an institution alone for as long as the last of them did.
                (institutions, {"id"}),
            )
        ]


def fill(roster: Roster) -> list[str]:
    """Institutions of whom something happens between the first night and the last."""
    codes = [roster.institution(number) for number in range(1, 8)]
    licensed = [
        roster.institution(8, licence_valid_to="2026-03-15"),
        roster.institution(9, licence_valid_to="2026-03-05"),
    ]
    gone, two, gap, renewed, narrowed, odd, fine = codes
    roster.certificate(gone, str(ENDS))
    roster.certificate(two, str(ENDS), "食品检测")
    roster.certificate(two, "2026-03-20", "水质检测", number="2")
    roster.certificate(gap, str(ENDS))
    roster.certificate(gap, "2032-03-14", number="2", valid_from="2026-03-15")
    roster.certificate(renewed, str(ENDS))
    roster.certificate(narrowed, "2030-01-01", "食品检测;水质检测")
    roster.certificate(odd, str(ENDS))
    roster.certificate(odd, "2026-04-20", "水质检测", number="2", valid_from="2026-04-01")
    roster.certificate(fine, "2030-01-01")
    for uscc in licensed:
        roster.certificate(uscc, "2026-03-25")
    return codes + licensed


def happens(roster: Roster, codes: list[str], day: date) -> None:
    """What comes on record on the day."""
    _, _, _, renewed, narrowed, *_, licensed, _ = codes
    if day == date(2026, 3, 18):
        roster.certificate(renewed, "2032-01-01", number="2", valid_from="2026-03-01", on=day)
        roster.institution(8, licence_valid_to="2036-03-15", on=day)
        assert licensed == code(8)
    if day == date(2026, 3, 20):
        roster.certificate(narrowed, "2030-01-01", "水质检测", on=day)
    if day == date(2026, 4, 2):
        roster.certificate(narrowed, "2030-01-01", "食品检测;水质检测", on=day)


def test_fifty_three_nights_and_one_tell_every_day_alike(rosters: list[Roster]) -> None:
    found = []
    for roster, every in zip(rosters, (True, False), strict=True):
        codes = fill(roster)
        roster.night(FIRST)
        day = FIRST
        while day < LAST:
            day += timedelta(days=1)
            happens(roster, codes, day)
            if every or day == LAST:
                roster.night(day)
        assert roster.store.verify_log().ok
        found.append(({uscc: told(roster.store, uscc) for uscc in codes}, rows(roster.store)))
    every_night, one = found
    assert one[0] == every_night[0]
    assert one[1] == every_night[1]
    gone = one[0][code(1)]
    stopped = {"name": "食品检测", "since": None, "suspended_since": "2026-03-11"}
    for day_, state, reason in (
        ("2026-03-10", "active", None),
        ("2026-03-11", "suspended", "qualification_expired"),
        ("2026-04-09", "suspended", "qualification_expired"),
        ("2026-04-10", "deregistered", None),
    ):
        told_then = gone[day_]
        assert isinstance(told_then, dict)
        assert told_then["state"] == state
        (service,) = told_then["services"]  # type: ignore[misc]
        assert isinstance(service, dict)
        assert service["suspended_for"] == reason
        assert service["suspended_since"] == (stopped["suspended_since"] if reason else None)


def test_first_night_tells_since_when_they_were_suspended_whom_it_deregisters(tmp_path: Path) -> None:
    roster = Roster(tmp_path)
    uscc = roster.institution()
    roster.certificate(uscc, "2026-01-31")
    assert len(roster.night("2026-03-05")["deregistered"]) == 1
    known, _ = history.read(roster.store.engine, uscc)
    assert known is not None
    periods = [(each.held_from, each.held_to, each.facts["reason"]) for each in known.suspensions]
    assert periods == [(date(2026, 2, 1), date(2026, 3, 5), "qualification_expired")]
    roster.store.close()


def test_what_was_over_before_the_night_is_told_nobody(tmp_path: Path) -> None:
    roster = Roster(tmp_path)
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-10")
    roster.certificate(uscc, "2032-03-14", number="2", valid_from="2026-03-15")
    roster.night("2026-03-10")
    answer = roster.night("2026-03-20")
    assert (answer["suspended"], answer["reinstated"]) == ([], [])
    known, _ = history.read(roster.store.engine, uscc)
    assert known is not None
    assert [(each.held_from, each.held_to) for each in known.suspensions] == [(date(2026, 3, 11), date(2026, 3, 15))]
    said = [(each.kind, each.data.get("on")) for each in roster.store.events_of(uscc) if "import" not in each.kind]
    assert ("institution.suspended", "2026-03-11") in said
    assert ("service.reinstated", "2026-03-15") in said
    roster.store.close()


def test_killed_while_it_made_up_for_nights_it_ends_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nights, "_RANGE", 2)
    found = []
    for name, kill_after in (("whole", None), ("killed", 2)):
        roster = Roster(tmp_path / name)
        codes = fill(roster)
        roster.night(FIRST)
        if kill_after is not None:

            def kill(done: int, _of: int, at: int = kill_after) -> None:
                if done == at:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                run_night(roster.store, LAST, POLICY, kill)
        # Something is written about one that was looked at already, and about one that was not.
        for uscc in (codes[2], codes[6]):
            roster.certificate(uscc, "2033-01-01", number="9", on=LAST)
        roster.night(LAST)
        roster.certificate(codes[2], "2034-01-01", number="10", on=LAST)
        roster.night(LAST)
        found.append([[told(roster.store, uscc) for uscc in codes], rows(roster.store)])
        roster.store.close()
    assert found[0] == found[1]
