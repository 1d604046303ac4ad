"""What the reviewers' commands say at the end follows QI_LANG, and promises no more than the register did."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from desk_cases import BY, END, LATER, Place, Run, hand_in
from papers.packets import good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.reports import desk_words

REFUSAL = ("--outcome", "reject", "--reason", "未签字")


def test_both_languages_tell_the_same_facts() -> None:
    for key, (zh, en) in desk_words._LINES.items():
        named = [sorted({name for _, name, _, _ in Formatter().parse(each) if name}) for each in (zh, en)]
        assert named[0] == named[1], key
    assert doctest.testmod(desk_words).failed == 0


@pytest.mark.parametrize(
    ("lang", "corrected", "decided"),
    [
        ("zh", "one：更正1已记录；待人工审核，待人工；", "one：不予入驻，李审核已决定；reports/one/decision.html"),
        (
            "en",
            "one: correction 1 recorded; A person must look, waits for a person; ",
            "one: Reject, decided by 李审核; reports/one/decision.html",
        ),
    ],
)
def test_what_was_recorded_is_told_in_the_language_of_the_lists(
    lang: str,
    corrected: str,
    decided: str,
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QI_LANG", lang)
    hand_in(place, "one", good_packet(), blurred=END)
    capsys.readouterr()
    assert main(["correct", "one", "cma_certificate.issuing_authority=示例市市场监督管理局", "--why", "核对", *BY]) == 0
    assert main(["decide", "one", *REFUSAL, *BY]) == 0
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(corrected)
    assert second == decided
    assert main(["correct", "--list", "one"]) == 0
    assert capsys.readouterr().out.split()[:2] == (["编号", "文件"] if lang == "zh" else ["id", "file"])
    assert main(["packet", "decide-again", "one", "--as-of", "2026-11-24"]) == 0
    assert ("须人工判断" in capsys.readouterr().out) is (lang == "zh")


def test_a_second_application_of_a_resident_leaves_the_register_as_it_is(
    place: Place, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    uscc = hand_in(place, "one", good_packet())["institution"]["uscc"]
    listed = tmp_path / "serious.csv"
    listed.write_text(f"uscc,name,listed_on,removed_on,reason\n{uscc},,2026-11-22,,示例\n", encoding="utf-8")
    run("credit-list", "import", str(listed), "--list", "serious")
    again = good_packet()
    assert again.application is not None
    again = replace(again, application=again.application.but(reference="WX-2026-000999"))
    assert hand_in(place, "two", again, date(2026, 11, 23))["outcome"] == "reject"
    assert main(["decide", "two", *REFUSAL, *LATER]) == 0
    assert f"注意：{uscc}仍在册，登记内容未因本决定改变" in capsys.readouterr().err


def test_who_has_left_is_not_said_to_be_entered(place: Place, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    uscc = hand_in(place, "one", good_packet())["institution"]["uscc"]
    run("exit", uscc, "--reason", "业务调整", "--as-of", "2026-11-23")
    run("correct", "one", "commitment_letter.signature_present=false", "--why", "未签", *LATER)
    assert main(["decide", "one", "--outcome", "admit", "--reason", "原件已签字", *LATER]) == 0
    said = capsys.readouterr().err
    assert f"注意：{uscc}已离开平台，本决定不使其重新入驻" in said
    assert "未登记入册" not in said
