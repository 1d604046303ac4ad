"""What people read of an institution's life: its history with day, clause and actor, and lists in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from nightly_cases import Roster
from qi_pipeline.cli.main import main
from qi_pipeline.reports import life_trail, life_words, official
from qi_pipeline.residency import leaving, leftover
from records_cases import decision, entry, facts, take
from test_schemas import problems

CODE = re.compile(r"\b(?:True|False|None|[a-z]+_[a-z_]+|received|answered|suspended|deregistration)\b")
"""What only programs should read."""


@pytest.fixture
def roster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Roster]:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    made = Roster(tmp_path)
    yield made
    made.store.close()


def act(*arguments: str) -> None:
    assert main([*arguments, "--as-of", "2026-06-01"]) == 0


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Roster, str]]:
    """A register with one that lived through most of what can happen; the tests only look at it."""
    made = Roster(tmp_path_factory.mktemp("lived"))
    code = made.institution()
    made.certificate(code, "2026-05-20")
    made.night("2026-05-25")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QI_HOME", str(made.folder))
        act("complaint", "open", code, "--channel", "letter", "--type", "收费", "--text", "多收费用", "--by", "张三")
        act("complaint", "advance", "TS-2026-000001")
        act("leftover", "open", code, "--text", "费用未结清", "--assigned-to", "李四")
        act("annual-audit", "request", code)
        act("annual-audit", "fail", code, "--reason", "材料不全")
        act("inspection", "order", code, "--reason", "投诉较多")
        act("inspection", "result", "1", "--failed", "--note", "超范围", "--by", "王五", "--role", "管理机构（江阴）")
        act("revoke", code, "--reason", "资质认定证书被撤销")
    yield made, code
    made.store.close()


@pytest.fixture
def uscc(lived: tuple[Roster, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Its code; the commands of the test look into its workspace."""
    monkeypatch.setenv("QI_HOME", str(lived[0].folder))
    return lived[1]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    said = capsys.readouterr()
    return said.out or said.err


def test_history_is_told_with_day_clause_and_actor(uscc: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "institution", "show", uscc)
    lines = text[text.index("历史") :].splitlines()[3:]
    rows = [re.split(r"\s{2,}", line) for line in lines]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [(row[0], row[1], row[2], row[-1]) for row in rows] == [
        ("2026-05-21", "4.2", "暂停服务", "服务：食品检测；原因：资质证书已过有效期；自：2026-05-21"),
        ("2026-05-25", "4.2", "机构暂停", "机构暂停"),
        ("2026-06-01", "7.2", "受理投诉", "张三（线上平台）"),
        ("2026-06-01", "7.3", "投诉调查", "线上平台"),
        ("2026-06-01", "5.3/7.4", "登记遗留问题", "运维机构"),
        ("2026-06-01", "5.2.4", "通知年度审核", "运维机构"),
        ("2026-06-01", "5.2.4", "年度审核未通过", "运维机构"),
        ("2026-06-01", "7.1", "专项抽查", "管理机构"),
        ("2026-06-01", "7.4", "抽查不合格", "王五（管理机构（江阴））"),
        ("2026-06-01", "7.5", "注销", "管理机构"),
    ]
    assert "决定书：ZX-2026-000001；内容：资质认定证书被撤销；原因：被取消资质" in text
    for part in ("在驻", "已注销", "未通过", "费用未结清（遗留问题1号）", "QT-2026-000001", "材料不全", "超范围"):
        assert part in text
    assert "投诉TS-2026-000001（调查中）" in text
    assert "投诉TS-2026-000001（调查中）" in shown(capsys, "letter", "show", "ZX-2026-000001")
    assert CODE.findall(text.replace("reports/", "")) == []


def test_history_in_english(uscc: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("QI_LANG", "en")
    text = shown(capsys, "institution", "show", uscc)
    assert re.search(r"2026-06-01 +7\.5 +deregistered +order: ZX-2026-000001; .*reason: qualification revoked", text)
    assert re.search(r"2026-06-01 +7\.2 +complaint received .*channel: letter; .* 张三 \(线上平台\)", text)
    assert "state: deregistered" in text


def test_entering_again_is_told_with_the_residence_before(roster: Roster, capsys: pytest.CaptureFixture[str]) -> None:
    one = entry()
    for number, day in enumerate((date(2026, 1, 5), date(2026, 6, 10))):
        take(roster.store, f"p{number}", content=f"c{number}")
        roster.store.save_decision(f"p{number}", decision("admit", as_of=day), facts=facts(), entry=one)
        if not number:
            leaving.exit_voluntarily(roster.store, one.uscc, on=date(2026, 6, 1))
    text = shown(capsys, "institution", "show", one.uscc)
    assert re.search(r"2026-06-10 +5\.2 +再次入驻 .*此前入驻：2026-01-05 – 2026-06-01 决定书 TC-2026-000001", text)


def test_json_names_the_clause_of_every_event(uscc: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(shown(capsys, "institution", "show", uscc, "--json"))
    assert problems("output_institution_show", answer) == []
    assert {each["kind"]: each["clause"] for each in answer["events"]}["inspection.failed"] == "7.4"
    assert answer["orders"][0]["clause"] == "7.5"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("complaint", "list"), ["被投诉机构", "调查中", "收费"]),
        (("complaint", "list", "--as-of", "2026-07-02"), ["是"]),
        (("annual-audit", "list"), ["未通过"]),
        (("inspection", "list", "--all"), ["不合格", "检验检测"]),
        (("leftover", "list"), ["费用未结清", "李四"]),
        (("letter", "list"), ["清退通知", "注销通知书（取消资质）"]),
    ],
    ids=lambda each: " ".join(each),
)
def test_lists_speak_to_people(
    uscc: str, arguments: tuple[str, ...], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, *arguments)
    for word in words:
        assert word in text
    assert CODE.findall(text) == [], uscc


def test_a_complaint_in_time_is_not_called_overdue(
    lived: tuple[Roster, str], uscc: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_LANG", "en")
    assert not re.search(r"\byes\b", shown(capsys, "complaint", "list", "--as-of", "2026-07-01"))
    assert re.search(r"\byes\b", shown(capsys, "complaint", "list", "--as-of", "2026-07-02"))
    assert leftover.listed(lived[0].store, uscc)[0].opened_on == date(2026, 6, 1)


def test_every_kind_of_letter_and_event_has_words() -> None:
    assert set(life_words.LETTERS) == set(official.REQUIRED)
    source = Path(life_trail.__file__).parents[1]
    written = {
        kind
        for folder in ("records", "residency")
        for path in (source / folder).rglob("*.py")
        for kind in re.findall(
            r"[\"']((?:institution|audit|inspection|complaint|leftover|service|qualification|register)\.[a-z_]+)[\"']",
            path.read_text(encoding="utf-8"),
        )
    }
    assert written > {"institution.closed", "complaint.received", "service.reinstated", "qualification.replaced"}
    of_a_round = {"inspection.drawn"}
    assert written - set(life_trail.EVENTS) == of_a_round
