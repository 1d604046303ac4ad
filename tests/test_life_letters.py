"""What a night said is said for ever: its letters, made again after the register has moved on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nightly_cases import POLICY, Roster
from qi_pipeline.cli.main import main
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency import audit, leaving
from qi_pipeline.settings import Settings

NIGHT = "2026-05-25"


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Roster]:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    made = Roster(tmp_path)
    yield made
    made.store.close()


def report(roster: Roster, as_of: str) -> None:
    policy = replace(POLICY, reports=replace(POLICY.reports, letters_pdf_per_night=0))
    given = Settings(home=roster.folder, database_url="sqlite://")
    report_night(given, roster.store, policy, roster.night(as_of))


def letters(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["letter", "list", *arguments, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["letters"]
    return found


def text_of(capsys: pytest.CaptureFixture[str], number: str) -> str:
    capsys.readouterr()
    assert main(["letter", "show", number, "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["text"])


def test_letters_of_a_past_night_stay_what_they_were(roster: Roster, capsys: pytest.CaptureFixture[str]) -> None:
    renewed, ended, moved, left = (roster.institution(number) for number in range(1, 5))
    audited = roster.institution(5, admitted_on="2025-06-10", profile_completed_on="2025-06-12")
    licensed = roster.institution(6, licence_valid_to="2026-06-20")
    for uscc in (renewed, ended, moved, left):
        roster.certificate(uscc, "2026-06-15")
    report(roster, NIGHT)
    before = letters(capsys, "--night", NIGHT)
    assert len(before) == 6
    texts = {each["number"]: text_of(capsys, each["number"]) for each in before}
    pages = {path.name: path.read_bytes() for path in (roster.folder / "reports/nightly" / NIGHT / "letters").iterdir()}
    on = date(2026, 6, 1)
    roster.certificate(renewed, "2031-06-15", on=on, number="261020340009", valid_from="2026-06-01")
    roster.institution(3, on=on, name="示例更名检测有限公司")
    roster.institution(6, on=on, licence_valid_to="2036-06-20")
    leaving.exit_voluntarily(roster.store, left, on=on)
    audit.request(roster.store, audited, on=on)
    audit.conclude(roster.store, audited, passed=True, on=on)
    report(roster, "2026-06-16")  # the other certificates have ended
    assert letters(capsys, "--night", NIGHT) == before
    assert {number: text_of(capsys, number) for number in texts} == texts
    assert {each["uscc"] for each in before} == {renewed, ended, moved, left, audited, licensed}
    (again,) = [each for each in before if each["uscc"] == moved]
    (roster.folder / again["file"]).unlink()
    assert main(["letter", "write", moved, "--night", NIGHT]) == 0
    assert (roster.folder / again["file"]).read_bytes() == pages[Path(again["file"]).name]


def test_an_order_names_the_institution_as_it_was_called_then(
    roster: Roster, capsys: pytest.CaptureFixture[str]
) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2030-01-01")
    order = leaving.revoke(roster.store, uscc, on=date(2026, 6, 1), reason="资质认定证书被撤销")
    roster.institution(1, on=date(2026, 7, 1), name="示例更名检测有限公司")
    assert [each["institution"] for each in letters(capsys)] == ["示例1号检测有限公司"]
    assert "示例1号检测有限公司" in text_of(capsys, order.number)
