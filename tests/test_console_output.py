"""What reaches a terminal: aligned, harmless, coloured only where somebody looks; progress that says what is left."""

from __future__ import annotations

import io
import sys

import pytest

from qi_pipeline.cli import output
from qi_pipeline.cli.output import cut, print_table, printable, table, width
from qi_pipeline.cli.progress import Lines, bar, progress_for

MIXED = [["wx-1", "无锡市示例检测有限公司", "admit"], ["证书－2", "ＡＢＣ e\u0301 Ltd", "reject"], ["", "한국 ｱ", ""]]


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return found


def starts(lines: list[str], column: int) -> set[int]:
    """The terminal column at which the cells of a table's column begin, by what stands there."""
    rule = lines[1]
    place = 0
    for _ in range(column):
        place = rule.index("-", rule.index(" ", place))
    found = set()
    for line in lines:
        taken = 0
        for index, character in enumerate(line):
            if taken == place:
                found.add(taken if index == 0 or line[index - 1] == " " else -1)
            taken += width(character)
        if taken <= place:
            found.add(place)
    return found


def test_columns_begin_at_one_place_whatever_stands_before_them() -> None:
    lines = table(["packet", "institution", "outcome"], MIXED).splitlines()
    assert starts(lines, 1) == {9}
    assert starts(lines, 2) == {9 + 22 + 2}
    assert all(line == line.rstrip() for line in lines)


def test_numbers_stand_on_the_right() -> None:
    lines = table(["名称", "件数"], [["计量", "7"], ["认证认可", "1234"]], right={1}).splitlines()
    assert [width(line) for line in lines] == [8 + 2 + 4] * 4


@pytest.mark.parametrize("room", [60, 40, 36])
def test_a_table_fits_the_room_it_has(room: int) -> None:
    lines = table(["packet", "institution", "outcome"], MIXED, room=room).splitlines()
    assert max(width(line) for line in lines) <= room
    assert starts(lines, 2) != {-1}
    assert ("…" in "".join(lines)) == (room < 40)


@pytest.mark.parametrize("columns", range(1, 12))
def test_what_is_cut_takes_no_more_than_it_may(columns: int) -> None:
    for row in MIXED:
        for cell in row:
            assert width(cut(cell, columns)) <= columns
            assert cut(cell, 40) == cell


@pytest.mark.parametrize(
    "character", ["\x1b", "\x07", "\r", "\b", "\x9b", "\u202e", "\u200b", "\u2028", "\x7f", "\udcff"]
)
def test_no_control_reaches_the_terminal(character: str) -> None:
    shown = printable(f"a{character}b")
    assert character not in shown
    assert shown.startswith("a\\")
    assert shown.isprintable()


def test_colour_on_a_terminal_only(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(**environment: str) -> str:
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        before = len(terminal.text())
        print_table(["材料包", "结论"], [["admit", "不予入驻"]], hues={1: ["reject"]})
        return terminal.text()[before:]

    monkeypatch.setattr(sys, "stdout", terminal)
    coloured = drawn()
    assert "\x1b[31m不予入驻\x1b[0m" in coloured  # the colour of the code, in words
    assert "\x1b[32madmit" not in coloured  # the name of a packet is no outcome
    assert "\x1b" not in drawn(NO_COLOR="1")
    assert "\x1b" in drawn(NO_COLOR="")
    assert "\x1b" not in drawn(TERM="dumb")


def test_a_terminal_gets_a_table_of_its_width_and_a_pipe_the_whole(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = ["wx-1", "无锡市示例检测有限公司无锡市示例检测有限公司"]
    print_table(["packet", "institution"], [row])
    assert row[1] in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdout", terminal)
    print_table(["packet", "institution"], [row])
    assert "…" in terminal.text()
    assert max(width(line) for line in terminal.text().splitlines()) <= 40


def test_rows_as_json_are_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    output.print_json_rows("rows", ({"n": number, "名": "甲\udcff"} for number in range(3)), {"as_of": "2026-11-22"})
    found = json.loads(capsys.readouterr().out)
    assert found["as_of"] == "2026-11-22"
    assert [row["n"] for row in found["rows"]] == [0, 1, 2]
    output.print_json_rows("rows", iter(()))
    assert json.loads(capsys.readouterr().out) == {"rows": []}

    def broken() -> object:
        yield {"n": 1}
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        output.print_json_rows("rows", broken())  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""


def test_lines_of_progress_come_now_and_then_and_say_what_is_left() -> None:
    now = [0.0]
    stream = io.StringIO()
    lines = Lines(stream, "import", clock=lambda: now[0])
    lines.show(0, 100)
    for second in range(1, 26):
        now[0] = float(second)
        lines.show(second * 2, 100)
        lines.describe("wx-1\x1b[2J: reading")
    assert stream.getvalue().splitlines() == [
        "import: 20 of 100 done, about 40 s left, wx-1\\x1b[2J: reading",
        "import: 40 of 100 done, about 30 s left, wx-1\\x1b[2J: reading",
    ]
    now[0] = 90.0
    lines.show(60, None)
    assert stream.getvalue().splitlines()[-1].startswith("import: 60 done, wx-1")


def test_quick_work_says_nothing_in_a_log() -> None:
    stream = io.StringIO()
    with progress_for(stream) as progress:
        progress.begin(2)
        progress.packet("wx-1")("reading")
        progress.done("wx-1")
    with bar(stream, "night") as done:
        done(1, 3)
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar_with_counts_and_no_markup(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    with progress_for(terminal) as progress:
        progress.begin(3)
        progress.packet("[bold]wx\x1b]0;title\x07")("reading")
        progress.done("x")
    drawn = terminal.text()
    assert "1/3" in drawn
    assert "[bold]wx\\x1b]0;title\\x07" in drawn
    assert "\x1b]0;" not in drawn
    before = len(drawn)
    monkeypatch.setenv("TERM", "dumb")
    with bar(terminal, "night") as done:
        done(1, 3)
    assert terminal.text()[before:] == ""
