"""What a night keeps of itself: its parts stay where they are, also those of before they were told apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from nightly_cases import POLICY, Roster, code
from qi_pipeline.records.columns import packed
from qi_pipeline.records.night_tables import among, parts
from qi_pipeline.records.registry_tables import OFF_FILE, nightly_runs, qualifications
from qi_pipeline.records.store import Store
from qi_pipeline.residency.bringing import Changes
from qi_pipeline.residency.digest import digest
from qi_pipeline.residency.runs import acts_of, add_part, changes_of, runs_of
from records_cases import Database

NIGHT = date(2026, 4, 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def roster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Roster]:
    base = Database(request.param, tmp_path)
    with Store(base.url) as store:
        yield Roster(tmp_path / "tables", store)
    base.close()


def kept(roster: Roster) -> list[tuple[int, bytes, bytes | None]]:
    with roster.store.write() as (connection, _):
        return [tuple(row) for row in connection.execute(sa.select(parts.c.id, parts.c.result, parts.c.told))]


def test_a_night_that_is_run_again_leaves_its_parts_as_they_are(roster: Roster) -> None:
    stopped, back = roster.institution(1), roster.institution(2)
    roster.certificate(stopped, "2026-03-31")
    roster.certificate(back, "2026-03-30")
    roster.night("2026-03-31")
    roster.certificate(back, "2030-01-01", number="2", on=NIGHT)
    first = roster.night(NIGHT)
    assert first["reinstated"] == [{"uscc": back, "services": ["食品检测"]}]
    before = kept(roster)
    for _ in range(2):
        again = roster.night(NIGHT)
        assert again == {**first, "reinstated": []}
        assert kept(roster) == before
    told = digest(roster.store, NIGHT, POLICY.residency, again)
    assert (told.suspended, told.terms) == ({stopped: ["食品检测"]}, {stopped: [False, "2026-05-01"]})
    assert told.reinstated == {back: ["食品检测"]}
    said = [each.data for each in roster.store.events_of(NIGHT.isoformat()) if each.kind == "nightly.run"]
    assert [(each["suspended"], each["reinstated"]) for each in said] == [(1, 1), (1, 0), (1, 0)]


def test_who_left_in_an_earlier_run_of_the_night_was_there_at_its_start(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-02-28")
    first = roster.night(NIGHT)
    assert [each["uscc"] for each in first["deregistered"]] == [uscc]  # type: ignore[index,union-attr]
    again = roster.night(NIGHT)
    assert (again["institutions"], again["qualifications"], again["deregistered"]) == (1, 1, [])
    assert [each.uscc for each in digest(roster.store, NIGHT, POLICY.residency, again).orders] == [uscc]


def test_what_only_letters_say_is_read_for_letters_alone(roster: Roster) -> None:
    with roster.store.write() as (connection, _):
        connection.execute(sa.insert(nightly_runs), run({"before": 0}))
        add_part(connection, NIGHT, Changes(suspended={code(1): ["食品检测"]}, terms={code(1): [False, None]}))
        acts, whole = acts_of(connection, NIGHT), changes_of(connection, NIGHT)
    assert (acts.suspended, list(acts.stopped)) == ({}, [code(1)])
    assert (whole.suspended, list(whole.stopped)) == ({code(1): ["食品检测"]}, [code(1)])


def test_what_was_kept_before_schema_0006_is_told_as_before(roster: Roster) -> None:
    base = {"suspended": {code(1): ["食品检测"]}, "left": [code(3)], "gone_qualifications": 2}
    base |= {"earlier": {code(4): ["水质检测"]}}
    part = {"suspended": {code(1): ["水质检测"], code(2): ["空气检测"]}, "terms": {code(2): [True, None]}}
    with roster.store.write() as (connection, _):
        connection.execute(sa.insert(nightly_runs), run(base))
        connection.execute(sa.insert(parts).values(as_of=NIGHT, result=packed(part)))
        found = changes_of(connection, NIGHT)
    assert found.suspended == {code(1): ["食品检测", "水质检测"], code(2): ["空气检测"]}
    assert found.terms == {code(2): [True, None]}
    assert (found.left, found.gone_qualifications, found.earlier) == ([code(3)], 2, {code(4): ["水质检测"]})
    assert list(found.stopped) == [code(1), code(2)]
    roster.night(NIGHT)
    with roster.store.write() as (connection, _):
        assert changes_of(connection, NIGHT) == found


def run(result: dict[str, object]) -> dict[str, object]:
    """A finished run of the night."""
    moment = "2026-04-01T02:00:00.000000+00:00"
    return {
        "as_of": NIGHT, "started_at": moment, "finished_at": moment, "done_to": 1 << 60, "result": packed(result)
    }  # fmt: skip


def test_the_last_finished_night_is_known_behind_killed_ones(roster: Roster) -> None:
    roster.night("2026-03-01")
    killed = {"finished_at": None, "done_to": 0, "result": packed({}), "started_at": "x"}
    with roster.store.write() as (connection, _):
        connection.execute(
            sa.insert(nightly_runs), [{"as_of": date(2026, 3, day), **killed} for day in (2, 3)]
        )  # fmt: skip
        found = runs_of(connection, date(2026, 3, 3))
        later = runs_of(connection, date(2026, 3, 4))
    assert (found.latest, found.last) == (date(2026, 3, 3), date(2026, 3, 1))
    assert (found.is_begun, found.is_finished, later.is_begun) == (True, False, False)
    assert (later.latest, later.last) == (date(2026, 3, 3), date(2026, 3, 1))
    assert found.lists is not None
    assert (found.lists.as_of, found.rules is not None) == (date(2026, 3, 1), True)


@pytest.mark.sqlite
def test_what_is_off_the_file_is_found_without_looking_at_what_stands(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store, store.write() as (connection, _):
        owner = qualifications.c.institution
        asked = sa.select(owner).distinct().where(among(owner, [1, 2, 3]), OFF_FILE)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
    assert "ix_qualifications_institution_held_to" in plan[0][3]
