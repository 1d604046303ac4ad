"""The sweep of originals: bounded, taken up where it stopped, and what is missing or changed is named until mended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from qi_pipeline.cli.main import main
from qi_pipeline.intake.originals import Originals
from qi_pipeline.policy import default_policy
from qi_pipeline.records import sweep
from qi_pipeline.records.rows import FileRow
from qi_pipeline.records.store import Store
from qi_pipeline.settings import load_settings
from records_cases import Database, decision, facts, take
from test_schemas import problems

FIRST = date(2026, 11, 22)
POLICY = default_policy().integrity


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A workspace with ten originals of a hundred bytes each, in five packets."""
    base = Database(request.param, tmp_path)
    given = load_settings({"QI_HOME": str(tmp_path), "QI_DATABASE_URL": base.url})
    kept = Originals(tmp_path / ".qi" / "originals")
    with Store(base.url) as store:
        for number in range(5):
            take(store, f"p{number}", name=f"wx-{number}")
            files = []
            for part in range(2):
                sha256, size = kept.keep([f"{number} {part} ".encode().ljust(100, b".")])
                files.append(FileRow(name=f"{part}.pdf", sha256=sha256, size=size))
            store.save_decision(f"p{number}", decision(), facts=facts(files=tuple(files)))
        yield store, given
    base.close()


def codes(store: Store) -> list[str]:
    return [sha256 for sha256, _ in sweep._after(store, "")]


def original(given, sha256: str):
    return given.work / "originals" / sha256[:2] / sha256


def spoil(given, sha256: str) -> bytes:
    path = original(given, sha256)
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(b"?" * len(good))
    return good


def test_a_small_stock_is_looked_at_every_night_and_the_same_night_answers_the_same(place):
    store, given = place
    for day in (FIRST, FIRST + timedelta(days=1)):
        found = sweep.sweep(store, given, POLICY, day)
        assert (found.checked, found.bytes, found.left, found.round_from, found.wrong) == (10, 1000, 0, day, ())
        assert sweep.sweep(store, given, POLICY, day) == found


def test_a_night_is_bounded_and_the_next_goes_on_until_the_round_is_done(place):
    store, given = place
    slow = replace(POLICY, sweep_bytes=300, sweep_days=30)
    seen = []
    for night in range(5):
        found = sweep.sweep(store, given, slow, FIRST + timedelta(days=night))
        seen.append((found.checked, found.left, (found.round_from - FIRST).days))
    assert seen == [(3, 7, 0), (3, 4, 0), (3, 1, 0), (1, 0, 0), (3, 7, 4)]


def test_a_round_is_done_in_its_days_however_large_the_stock(place):
    store, given = place
    days = replace(POLICY, sweep_bytes=1, sweep_days=4)
    seen = [sweep.sweep(store, given, days, FIRST + timedelta(days=night)).left for night in range(4)]
    assert seen == [7, 4, 2, 0]


def test_time_bounds_a_night_too_and_a_round_that_is_late_says_so(place):
    store, given = place
    ticks = iter(range(1000))
    found = sweep.sweep(store, given, replace(POLICY, sweep_seconds=4), FIRST, clock=lambda: next(ticks))
    assert found.left > 0
    assert not found.late
    tight = replace(POLICY, sweep_seconds=1, sweep_days=2)
    ticks = iter(range(0, 10_000, 10))
    assert sweep.sweep(store, given, tight, FIRST + timedelta(days=2), clock=lambda: next(ticks)).late


def test_a_night_that_was_killed_is_taken_up(place, monkeypatch):
    store, given = place
    asked: list[str] = []
    whole = sweep.state_of

    def dies(originals, sha256):
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.append(sha256)
        return whole(originals, sha256)

    monkeypatch.setattr(sweep, "_EVERY", 2)
    monkeypatch.setattr(sweep, "state_of", dies)
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(store, given, POLICY, FIRST)
    monkeypatch.setattr(sweep, "state_of", whole)
    found = sweep.sweep(store, given, POLICY, FIRST)
    assert (found.checked, found.left) == (10, 0)
    assert asked == codes(store)[:4]


def test_missing_and_changed_are_told_once_in_the_log_and_every_night_until_they_are_mended(place):
    store, given = place
    lost, changed = codes(store)[2], codes(store)[7]
    kept = original(given, lost).read_bytes()
    original(given, lost).unlink()
    good = spoil(given, changed)
    slow = replace(POLICY, sweep_bytes=1000)
    for night in range(2):
        found = sweep.sweep(store, given, slow, FIRST + timedelta(days=night))
        assert [(each.sha256, each.fault, each.found_on) for each in found.wrong] == [
            (lost, "missing", FIRST),
            (changed, "changed", FIRST),
        ]
        assert all(len(each.packets) == 1 for each in found.wrong)
    assert [each.kind for each in store.events_of(lost)] == ["original.missing"]
    original(given, lost).write_bytes(kept)
    original(given, changed).write_bytes(good)
    # Mended ones are looked at first, also by a night that has hardly any time.
    found = sweep.sweep(store, given, replace(slow, sweep_bytes=1), FIRST + timedelta(days=2))
    assert found.wrong == ()
    assert [each.kind for each in store.events_of(changed)] == ["original.changed", "original.mended"]


def test_the_night_and_the_command_tell_it(place, monkeypatch, capsys):
    store, given = place
    if given.database_url.startswith("postgresql"):
        monkeypatch.setenv("QI_DATABASE_URL", given.database_url)
    monkeypatch.setenv("QI_HOME", str(given.home))
    changed = codes(store)[4]
    good = spoil(given, changed)
    assert main(["nightly", "--as-of", "2026-11-22", "--json"]) == 0
    first, said = capsys.readouterr()
    assert "1 originals are missing or changed" in said
    answer = json.loads(first)
    assert problems("output_nightly", answer) == []
    told = json.loads((given.reports / "nightly" / "2026-11-22" / "nightly.json").read_text(encoding="utf-8"))
    assert [each["sha256"] for each in told["originals"]["wrong"]] == [changed]
    assert told["log"] == {"signed": False, "signed_to": None, "reason": "no_key"}
    report = (given.reports / "nightly" / "2026-11-22" / "index.html").read_text(encoding="utf-8")
    assert changed in report
    assert "qi-pipeline key make" in report
    assert main(["nightly", "--as-of", "2026-11-22", "--json"]) == 0
    assert capsys.readouterr().out == first
    assert main(["originals", "verify", "--all", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_originals", answer) == []
    assert (answer["checked"], len(answer["wrong"])) == (10, 1)
    original(given, changed).write_bytes(good)
    assert main(["originals", "verify"]) == 0
    assert main(["key", "make", "--json"]) == 0
    assert problems("output_key", json.loads(capsys.readouterr().out)) == []
    assert main(["nightly", "--as-of", "2026-11-23", "--json"]) == 0
    first = capsys.readouterr().out
    signed = json.loads((given.reports / "nightly" / "2026-11-23" / "nightly.json").read_text(encoding="utf-8"))
    assert signed["log"]["signed"] is True
    assert main(["nightly", "--as-of", "2026-11-23", "--json"]) == 0
    assert capsys.readouterr().out == first  # though the log is longer now, and its head another
    assert main(["verify-log", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unsigned"] == 0
