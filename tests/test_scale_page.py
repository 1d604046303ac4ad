"""The page of a scale run: its marked parts say what was measured, and the plan's figures follow from it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scale.page import Spent, write

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
SPENT = Spent(
    cpu_seconds_a_page=2.0, originals=500, readings=300, archive=500, reports=600, database=50.0, commits=40.0
)


def written(folder: Path, spent: Spent, load: float = 0.1) -> str:
    shutil.copy(PAGE, folder / "scaling.md")
    write(folder / "scaling.md", "| table |", "KiB a page: archive 500.", spent, load, 2)
    return (folder / "scaling.md").read_text(encoding="utf-8")


def test_the_plan_follows_from_what_a_page_costs(tmp_path: Path) -> None:
    once, twice = written(tmp_path, SPENT), written(tmp_path, replace(SPENT, cpu_seconds_a_page=4.0))
    # 800,000 pages at 2 s are 1.6 million s: 18.5 processors of 86,400 s, 26.5 at 70 %.
    assert "1.6 million s a day at 2.0 s a page: 19 processors always busy, 26 at 70 %" in once
    assert "3.2 million s a day at 4.0 s a page: 37 processors always busy, 53 at 70 %" in twice
    # 96,000 pages in the busiest hour are 26.7 a second: 76 processors at 70 %.
    assert "2 of 16 processors and 32 GiB finish a day's" in once
    assert "5 finish each busiest hour within the hour. 3 leave room" in once
    assert "800 KiB a page, 61 Mbit/s on average, 175 Mbit/s in the busiest hour" in once
    assert "archive 381 GiB" in once


def test_what_is_not_marked_stays_and_a_second_run_takes_the_place_of_the_first(tmp_path: Path) -> None:
    text = written(tmp_path, SPENT)
    write(tmp_path / "scaling.md", "| table |", "KiB a page: archive 500.", SPENT, 0.1, 2)
    assert (tmp_path / "scaling.md").read_text(encoding="utf-8") == text
    kept = PAGE.read_text(encoding="utf-8")
    assert text.split("<!-- scale: measured -->")[0] == kept.split("<!-- scale: measured -->")[0]
    assert text.rpartition("<!-- scale: end -->")[2] == kept.rpartition("<!-- scale: end -->")[2]


def test_a_run_beside_others_says_so(tmp_path: Path) -> None:
    assert "nothing else ran beside it" in written(tmp_path, SPENT)
    assert "load up to 9" in written(tmp_path, SPENT, load=9.0)


def test_a_page_without_its_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="scale: measured"):
        write(tmp_path / "other.md", "", "", SPENT, 0.0, 2)
