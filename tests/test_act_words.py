"""What the commands of an institution's life say once they are done, in Chinese and English."""

from __future__ import annotations

import ast
import doctest
import string
from pathlib import Path

import pytest

from nightly_cases import code
from qi_pipeline import cli
from qi_pipeline.cli.main import main
from qi_pipeline.reports import act_words

ROSTER = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to\n"
    f"{code(1)},无锡甲计量有限公司,metrology,张,无锡,2026-01-05,,,\n"
)
DAY = ("--as-of", "2026-01-12")


def said_by_the_commands() -> set[str]:
    """Every key of a line that a command names."""
    found = set()
    for path in Path(cli.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("acted", "_left"):
                words = [each.value for part in node.args for each in ast.walk(part) if isinstance(each, ast.Constant)]
                found |= {str(word) for word in words}
    return found


def test_every_line_is_said_by_a_command_and_has_the_same_facts_in_both_languages() -> None:
    assert said_by_the_commands() == set(act_words._LINES)
    for key, both in act_words._LINES.items():
        facts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both]
        assert facts[0] == facts[1], key
    assert doctest.testmod(act_words).failed == 0


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "zh",
            [
                "已导入1家机构、0份证书",
                f"{code(1)}：机构信息已于2026-01-12完善",
                f"{code(1)}：遗留问题1已登记",
                f"{code(1)}：退出申请已登记；1项须先了结：费用未结清（遗留问题1号）",
                "遗留问题1：已处理完毕",
                "投诉TS-2026-000001：已受理",
                "投诉TS-2026-000001：调查中",
            ],
        ),
        (
            "en",
            [
                "loaded 1 institutions and 0 qualifications",
                f"{code(1)} completed its profile on 2026-01-12",
                f"leftover issue 1 of {code(1)}",
                f"{code(1)} has applied to leave; 1 to settle first: leftover issue 1 (费用未结清)",
                "leftover issue 1 is settled",
                "TS-2026-000001 is received",
                "TS-2026-000001 is investigating",
            ],
        ),
    ],
)
def test_commands_answer_in_the_language_of_the_lists(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lang: str,
    expected: list[str],
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_LANG", lang)
    (tmp_path / "i.csv").write_text(ROSTER, "utf-8")
    acts = [
        ["import", "--institutions", str(tmp_path / "i.csv")],
        ["profile", code(1)],
        ["leftover", "open", code(1), "--text", "费用未结清"],
        ["exit", code(1), "--request"],
        ["leftover", "settle", "1"],
        ["complaint", "open", code(1), "--channel", "web", "--type", "收费", "--text", "多收费用"],
        ["complaint", "advance", "TS-2026-000001"],
    ]
    for act in acts:
        assert main([*act, *DAY]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if not line.startswith("reading")] == expected


def test_text_that_is_not_utf_8_is_a_wrong_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    (tmp_path / "i.csv").write_text(ROSTER, "utf-8")
    assert main(["import", "--institutions", str(tmp_path / "i.csv"), *DAY]) == 0
    capsys.readouterr()
    assert main(["leftover", "open", code(1), "--text", "\udcff", *DAY]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "qi-pipeline: text is not UTF-8; set the terminal to UTF-8 and give it again"
    ]


@pytest.mark.parametrize("day", ["0001-01-01", "1949-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_that_nobody_can_mean_is_refused_before_it_becomes_the_last_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["nightly", "--as-of", day])
    assert ended.value.code == 2
    assert "is not a day of the years 1950 to 2999" in capsys.readouterr().err
    assert main(["nightly", "--as-of", "2026-11-22", "--json"]) == 0
