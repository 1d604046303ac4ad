"""A roster that is refused: each bad row on a line of its own, all of them for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nightly_cases import code
from qi_pipeline.cli.main import main
from qi_pipeline.records.tables_in import _ranges
from test_schemas import problems

HEADER = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    return tmp_path


def roster(home: Path, bad: int, good: int = 2) -> str:
    """A roster of which the first rows are bad in two ways."""
    rows = [
        f"{code(each)},示例{each}号检测有限公司,{'x' if each % 2 else 'training'},王小明,"
        f"无锡市梁溪区示例路1号,{'2026-01-05' if each % 2 else '昨天'},,,"
        for each in range(bad)
    ]
    rows += [f"{code(900 + each)},示例检测有限公司,training,王小明,无锡市,2026-01-05,,," for each in range(good)]
    path = home / "roster.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_every_bad_row_has_its_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--institutions", roster(home, 20)]) == 2
    first, *rows = capsys.readouterr().err.splitlines()
    assert first == "qi-pipeline: 20 bad rows, nothing was imported; mend them and import again:"
    assert [line.split(": ")[:2] for line in rows] == [["  roster.csv", f"row {number}"] for number in range(2, 22)]
    assert "昨天" in rows[0]


def test_of_many_bad_rows_the_first_are_told_and_all_are_numbered(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "--institutions", roster(home, 21), "--json"]) == 2
    said = capsys.readouterr()
    first, *rows = said.err.splitlines()
    assert "21 bad rows, nothing was imported" in first
    assert "--json" in first
    assert len(rows) == 21
    assert rows[-1] == "  roster.csv: rows 22 too"
    answer = json.loads(said.out)
    assert problems("output_bad_rows", answer) == []
    assert (answer["count"], [each["row"] for each in answer["bad_rows"]]) == (21, list(range(2, 23)))
    capsys.readouterr()
    assert main(["institution", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["institutions"] == []


def test_a_public_list_is_refused_in_the_same_way(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "list.csv"
    path.write_text(f"uscc,name,listed_on,removed_on,reason\n{code(1)},甲,昨天,,x\n", encoding="utf-8")
    assert main(["credit-list", "import", str(path), "--list", "serious", "--json"]) == 2
    said = capsys.readouterr()
    assert said.err.splitlines()[0].endswith("1 bad row, nothing was imported; mend it and import again:")
    answer = json.loads(said.out)
    assert problems("output_bad_rows", answer) == []
    assert answer["bad_rows"][0]["row"] == 2


def test_a_cell_can_forge_no_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "roster.csv"
    path.write_text(f'{HEADER}\n{code(1)},甲,"x\nqi-pipeline: all is well",乙,丙,2026-01-05,,,\n', encoding="utf-8")
    assert main(["import", "--institutions", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_ranges_are_cut_where_there_are_too_many() -> None:
    assert _ranges(range(1, 1000, 2)).endswith(", 399 and 300 more places")
