"""``status``: every packet with its stage, since when and the last error, wherever it is on its way."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from console_cases import workspace
from qi_pipeline.cli.main import main
from qi_pipeline.cli.output import width
from qi_pipeline.cli.status import STAGES
from qi_pipeline.ingest import open_context, run_ingest
from qi_pipeline.intake import claims, inbox
from qi_pipeline.intake.underway import claims_seen
from qi_pipeline.records.store import Store
from qi_pipeline.reports import console_words
from qi_pipeline.settings import load_settings
from records_cases import DAY
from test_schemas import problems


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    return tmp_path


def status(capsys: pytest.CaptureFixture[str], *line: str) -> list[dict[str, Any]]:
    assert main(["status", *line, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_status", answer) == []
    found: list[dict[str, Any]] = answer["packets"]
    return found


def test_packets_on_record_have_a_stage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace(home)
    found = {each["id"]: each for each in status(capsys)}
    assert {key: each["stage"] for key, each in found.items()} == {
        "p1": "reported",
        "p2": "waiting",
        "p3": "waiting",
        "p4": "reported",
        "p5": "reported",
        "p6": "quarantined",
        "p7": "reading",
    }
    assert found["p6"]["error"] == "corrupt: damaged\x1b]0;x"
    assert found["p7"]["since"] == "2026-11-22T10:00:00+08:00"
    assert found["p1"]["since"] > found["p7"]["since"]  # the moment of the decision, by the clock of this test
    assert all(each["since"].endswith("+08:00") for each in found.values())


def test_filters_and_the_summary(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace(home)
    assert [each["id"] for each in status(capsys, "--open")] == ["p2", "p3", "p7"]
    assert [each["id"] for each in status(capsys, "--stage", "waiting")] == ["p2", "p3"]
    assert [each["id"] for each in status(capsys, "--limit", "2")] == ["p6", "p7"]


@pytest.mark.parametrize(
    ("lang", "summary", "head", "waiting", "broken"),
    [
        (
            "zh",
            "共7个材料包：识读中1，待人工2，已出报告3，已隔离1\n",
            "阶段      自                结论                    材料包",
            "待人工    {at}  不予入驻                wx-2",
            "坏\\x1b[31m包：文件已损坏或不完整（damaged\\x1b]0;x）",
        ),
        (
            "en",
            "7 packets: 1 reading, 2 waiting, 3 reported, 1 quarantined\n",
            "stage        since             outcome                      packet",
            "waiting      {at}  Reject                       wx-2",
            "坏\\x1b[31m包: it is damaged or incomplete (damaged\\x1b]0;x)",
        ),
    ],
)
def test_people_read_stages_outcomes_and_faults_in_words(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: str,
    summary: str,
    head: str,
    waiting: str,
    broken: str,
) -> None:
    workspace(home)
    at = next(each["since"] for each in status(capsys) if each["id"] == "p2").replace("T", " ")[:16]
    monkeypatch.setenv("QI_LANG", lang)
    assert main(["status"]) == 0
    told = capsys.readouterr()
    assert told.err == summary
    assert "\x1b" not in told.out
    lines = told.out.splitlines()
    assert (len(lines), lines[0]) == (8, head)
    assert lines[2] == waiting.format(at=at)
    assert lines[6].endswith(broken)
    # Names begin in one column, whatever words stand before them.
    places = {width(line[: line.index(name)]) for line, name in zip(lines[1:3], ("wx-1", "wx-2"), strict=True)}
    assert places == {width(head[: head.index(head.split()[-1])])}


def test_every_stage_has_its_word() -> None:
    assert tuple(console_words.STAGES) == STAGES
    for place in (0, 1):
        assert len({words[place] for words in console_words.STAGES.values()}) == len(STAGES)


def test_stages_have_their_colour_by_code(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace(home)
    monkeypatch.setattr("qi_pipeline.cli.status.has_colour", lambda stream: True)
    assert main(["status"]) == 0
    assert "\x1b[33m待人工" in capsys.readouterr().out


def test_what_lies_in_the_inbox_and_in_work_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_SETTLE_SECONDS", "3600")
    settings = load_settings()
    inbox.prepare(settings)
    for name in ("still.zip", "taken.zip", "left.zip"):
        (settings.inbox / name).write_bytes(name.encode())
    (settings.inbox / "notes.txt").write_text("x", encoding="utf-8")
    os.utime(settings.inbox / "still.zip", (1_700_000_000, 4_000_000_000))  # a clock that runs ahead
    (settings.inbox / "whole").mkdir()
    (settings.inbox / "whole" / ".ready").touch()
    look = inbox.scan(settings, 9e9)
    candidates = {each.name: each for each in look.ready}
    taken = claims.claim(settings, candidates["taken.zip"], 1_795_300_000)
    left = claims.claim(settings, candidates["left.zip"], 1_795_300_000)
    assert taken is not None
    assert left is not None
    left.note_trouble("passing", "the disk is full", now=1_795_300_060)
    left.release()
    before = sorted(path.relative_to(home) for path in (home / ".qi").rglob("*"))
    found = {each["packet"]: each for each in status(capsys)}
    assert {name: each["stage"] for name, each in found.items()} == {
        "taken": "claimed",
        "left": "left behind",
        "still.zip": "settling",
        "whole": "ready",
        "notes.txt": "refused",
    }
    assert found["left"]["error"] == "the disk is full"
    assert found["taken"]["since"] == "2026-11-22T06:26:40+08:00"
    assert "not a packet" in found["notes.txt"]["error"]
    assert sorted(path.relative_to(home) for path in (home / ".qi").rglob("*")) == before  # it only looked
    taken.release()


def test_a_packet_that_could_not_be_finished_says_why_until_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packet = home / "inbox" / "wx-1"
    packet.mkdir(parents=True)
    (packet / "application.json").write_text("{}", encoding="utf-8")
    (packet / ".ready").touch()
    settings = load_settings()
    with open_context(settings) as context:
        monkeypatch.setattr(Store, "save_decision", _break)
        done = run_ingest(context, DAY)
        assert [each.packet for each in done.failed] == ["wx-1"]
        (found,) = status(capsys)
        assert (found["stage"], found["error"]) == ("left behind", "no luck")
        monkeypatch.undo()
        monkeypatch.setenv("QI_HOME", str(home))
        assert run_ingest(context, DAY).failed == []
    (found,) = status(capsys)
    assert (found["stage"], found["error"]) == ("reported", None)
    assert claims_seen(settings) == []


def _break(*_given: object, **_named: object) -> None:
    raise RuntimeError("no luck")


def test_an_empty_workspace_has_nothing_to_tell(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(capsys) == []
