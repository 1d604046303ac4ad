"""``packet list`` and ``institution list``: every filter lets through exactly what it says, on either database."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console_cases import THIRD
from nightly_cases import Roster
from qi_pipeline.cli.main import main
from records_cases import OTHER, USCC
from test_schemas import problems

Ask = Callable[..., list[dict[str, Any]]]
CODE = re.compile(r"\b(?:[a-z]+_[a-z_]+|admit|corrupt|None)\b")
"""What only programs should read."""


@pytest.fixture
def ask(console_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", console_url)

    def asked(line: str) -> list[dict[str, Any]]:
        assert main([*line.split(), "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        what = line.split()[0]
        assert problems(f"output_{what}_list", answer) == []
        found: list[dict[str, Any]] = answer[f"{what}s"]
        return found

    return asked


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", ["wx-1", "wx-2", "wx-3", "wx-4", "wx-5", "坏\x1b[31m包", "in-work"]),
        ("--outcome supplement", ["wx-3", "wx-4", "wx-5"]),
        ("--state quarantined", ["坏\x1b[31m包"]),
        ("--waiting --as-of 2026-11-22", ["wx-2", "wx-3"]),
        ("--waiting --outcome reject", ["wx-2"]),
        ("--overdue --as-of 2026-11-05", []),
        ("--overdue --as-of 2026-11-06", ["wx-2"]),
        ("--overdue --as-of 2026-11-25", ["wx-2"]),
        # The one in work has no decision yet: its clock runs from the day it was taken in, a Sunday.
        ("--overdue --as-of 2026-11-26", ["wx-2", "wx-3", "in-work"]),
        ("--category metrology", ["wx-2", "wx-3"]),
        ("--category training", ["wx-4", "wx-5"]),
        (f"--uscc {OTHER.lower()}", ["wx-2"]),
        ("--uscc 91320200MA1X000", ["wx-1", "wx-2"]),
        ("--uscc 9132%", []),
        ("--name 丙培训", ["wx-4", "wx-5"]),
        ("--name WX-4", ["wx-4"]),
        ("--name wx_4", []),
        ("--request renewal", []),
        ("--since 2026-11-22 --until 2026-11-22 --limit 2", ["坏\x1b[31m包", "in-work"]),
        ("--since 2026-11-23", []),
        ("--until 2026-11-21", []),
        ("--waiting --limit 1", ["wx-2"]),
        ("--expiring 31 --as-of 2028-11-30", ["wx-1"]),
        ("--expiring 30 --as-of 2028-11-30", []),
        ("--expiring --as-of 2028-10-02", ["wx-1"]),
        ("--expiring --as-of 2028-10-01", []),
    ],
)
def test_packets_pass_by_what_the_filter_says(ask: Ask, filters: str, expected: list[str]) -> None:
    assert [each["packet"] for each in ask(f"packet list {filters}")] == expected


def test_a_packet_says_when_it_is_due(ask: Ask) -> None:
    found = {each["packet"]: each for each in ask("packet list --as-of 2026-11-25")}
    due = {name: (each["due_on"], each["overdue"]) for name, each in found.items()}
    assert due["wx-1"] == (None, False)  # told on the day it was decided
    assert due["wx-2"] == ("2026-11-05", True)
    assert due["wx-3"] == ("2026-11-25", False)  # the last day is in time
    assert due["in-work"] == ("2026-11-25", False)
    assert found["wx-2"]["institution"] == {"uscc": OTHER, "name": "苏州乙计量有限公司"}
    assert (found["wx-2"]["outcome"], found["wx-2"]["automatic"], found["wx-2"]["state"]) == (
        "reject",
        False,
        "waiting",
    )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", [USCC]),
        ("--state suspended", []),
        ("--category inspection_testing", [USCC]),
        ("--category metrology", []),
        ("--name 甲检测 --uscc 9132", [USCC]),
        ("--outcome admit", [USCC]),
        ("--outcome supplement", []),
        ("--waiting", []),
        ("--since 2026-11-02 --until 2026-11-02", [USCC]),
        ("--since 2026-11-03", []),
        ("--overdue --as-of 2026-11-16", []),
        ("--overdue --as-of 2026-11-17", [USCC]),
        ("--expiring 31 --as-of 2028-11-30", [USCC]),
        ("--expiring 30 --as-of 2028-11-30", []),
    ],
)
def test_institutions_pass_by_what_the_filter_says(ask: Ask, filters: str, expected: list[str]) -> None:
    assert [each["uscc"] for each in ask(f"institution list {filters}")] == expected


def test_an_overdue_institution_says_which_duties(ask: Ask) -> None:
    (found,) = ask("institution list --overdue --as-of 2027-11-03")
    assert [(duty["duty"], duty["due_on"]) for duty in found["overdue"]] == [
        ("complete_profile", "2026-11-16"),
        ("annual_audit", "2027-11-02"),
    ]
    assert found["ends_on"] == "2028-12-31"
    assert found["qualifications"] == 1


def test_what_is_followed_by_a_later_certificate_does_not_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    roster = Roster(tmp_path)
    first, second = roster.institution(1), roster.institution(2, licence_valid_to="2026-12-20")
    roster.certificate(first, "2026-12-01", "食品检测", number="A1")
    roster.certificate(first, "2029-12-01", "食品检测", number="A2")
    roster.certificate(second, "2029-12-01", "食品检测", number="B1")
    third = roster.institution(3)
    roster.certificate(third, "2026-12-01", "食品检测;水质检测", number="C1")
    roster.certificate(third, "2029-12-01", "食品检测", number="C2")
    roster.store.close()
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["institution", "list", "--expiring", "60", "--as-of", "2026-11-22", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["institutions"]
    assert [each["uscc"] for each in found] == [second, third]


def test_wrong_filters_are_refused_with_the_remedy(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packet", "list", "--waiting", "--state", "decided"]) == 2
    assert main(["packet", "list", "--expiring", "99999999"]) == 2
    for line in (["packet", "list", "--limit", "0"], ["packet", "list", "--outcome", "maybe"]):
        with pytest.raises(SystemExit) as stopped:
            main(line)
        assert stopped.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 4


@pytest.mark.parametrize(
    ("lang", "head", "waiting", "broken"),
    [
        (
            "zh",
            "材料包 机构 申请类型 状态 结论 审核日期 告知期限",
            "wx-2 苏州乙计量有限公司 入驻申请 待人工 不予入驻 2026-11-05（逾期）",
            "坏\\x1b[31m包 已隔离 文件已损坏或不完整",
        ),
        (
            "en",
            "packet institution request state outcome decided on due",
            "wx-2 苏州乙计量有限公司 admission waits for a person Reject 2026-11-05 overdue",
            "坏\\x1b[31m包 quarantined it is damaged or incomplete",
        ),
    ],
)
def test_a_table_for_people_says_state_and_urgency_in_words(
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: str,
    head: str,
    waiting: str,
    broken: str,
) -> None:
    monkeypatch.setenv("QI_LANG", lang)
    assert main(["packet", "list", "--as-of", "2026-11-22"]) == 0
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == head
    assert waiting in lines
    assert broken in lines
    assert "\x1b" not in out  # neither colour nor what a packet is called
    assert THIRD not in out  # the name stands there instead
    assert not CODE.search(out)


def test_institutions_are_listed_in_words(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["institution", "list", "--overdue", "--as-of", "2027-11-03"]) == 0
    head, _, row = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["统一社会信用代码", "名称", "类别", "状态", "入驻日期", "在册证书", "最近到期", "逾期"]
    assert row == [
        USCC,
        "无锡甲检测有限公司",
        "检验检测",
        "在驻",
        "2026-11-02",
        "1",
        "2028-12-31",
        "完善机构信息和服务方案",
        "2026-11-16；年度审核",
        "2027-11-02",
    ]
    monkeypatch.setenv("QI_LANG", "en")
    assert main(["institution", "list", "--overdue", "--as-of", "2027-11-03"]) == 0
    out = capsys.readouterr().out
    assert "inspection testing" in out
    assert "Annual audit 2027-11-02" in out
    assert not CODE.search(out)


def test_one_packet_is_shown_in_words(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["packet", "show", "wx-2"]) == 0
    out = capsys.readouterr().out
    assert {"材料包：wx-2", "申请类型：入驻申请", "状态：待人工", "结论：不予入驻"} <= set(out.splitlines())
    assert "  不予入驻    4.2      =发现serious_violation_listed" in out.splitlines()
    monkeypatch.setenv("QI_LANG", "en")
    assert main(["packet", "show", "wx-2"]) == 0
    out = capsys.readouterr().out
    assert {"packet: wx-2", "state: waits for a person", "outcome: Reject"} <= set(out.splitlines())
    assert "  reject      4.2      found serious_violation_listed" in out.splitlines()
