"""The page of a scale run: its marked parts say what was measured, and the plan's figures follow from it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scale import watch as watching
from benchmarks.scale.page import Spent, write
from benchmarks.scale.table import Measured, left, table

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
SPENT = Spent(
    cpu_seconds_a_page=2.0, originals=500, readings=300, archive=500, reports=600, database=50.0, commits=40.0
)


def written(folder: Path, spent: Spent, others: float = 0.1) -> str:
    shutil.copy(PAGE, folder / "scaling.md")
    write(folder / "scaling.md", "| table |", "KiB a page: archive 500.", spent, others)
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
    write(tmp_path / "scaling.md", "| table |", "KiB a page: archive 500.", SPENT, 0.1)
    assert (tmp_path / "scaling.md").read_text(encoding="utf-8") == text
    kept = PAGE.read_text(encoding="utf-8")
    assert text.split("<!-- scale: measured -->")[0] == kept.split("<!-- scale: measured -->")[0]
    assert text.rpartition("<!-- scale: end -->")[2] == kept.rpartition("<!-- scale: end -->")[2]


def test_a_run_beside_others_says_so(tmp_path: Path) -> None:
    assert "nothing else ran beside it" in written(tmp_path, SPENT)
    assert "up to 0.9 of them" in written(tmp_path, SPENT, others=0.9)


def test_a_page_without_its_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="scale: measured"):
        write(tmp_path / "other.md", "", "", SPENT, 0.0)


ONE = Measured(
    way="processes",
    workers=1,
    packets=9,
    wall_seconds=40.0,
    packets_a_minute=15.0,
    cpu_seconds_a_page=5.0,
    cpu_seconds_a_page_by_part={"workers": 5.0},
    processors_busy=1.25,
    machine_busy=1.3,
    load=0.1,
    kib_a_page={"archive": 500.0},
    database_kib_a_packet=50.0,
    commits_a_packet=40.0,
)


def cells(rows: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in rows.splitlines()[4:]]


def test_one_worker_that_keeps_more_than_a_processor_busy_bounds_what_two_can_reach() -> None:
    two = replace(ONE, workers=2, packets_a_minute=21.6, processors_busy=1.9)
    first, second = cells(table([ONE, two], 2, "SQLite", 1, "2026-11-22"))
    assert first[3:7] == ["15.0", "100%", "15.0", "100%"]
    # Twice one worker would be 30; two processors are 120 seconds a minute, and a page costs 5.
    assert second[3:7] == ["30.0", "72%", "24.0", "90%"]
    assert second[7:10] == ["5.00", "1.90", "1.30"]


def test_more_processors_than_workers_can_use_are_no_ideal() -> None:
    _, second = cells(table([ONE, replace(ONE, workers=2, packets_a_minute=30.0)], 16, "SQLite", 1, "2026-11-22"))
    assert second[3:7] == ["30.0", "100%", "30.0", "100%"]


def test_which_part_took_how_much_time_is_said() -> None:
    parts = {"reading": 4.5, "workers": 0.5, "scheduler": 0.25}
    said = left([ONE, replace(ONE, way="Dask", workers=2, cpu_seconds_a_page_by_part=parts)])
    assert said.endswith("1 processes: workers 5.00; 2 Dask: reading 4.50, workers 0.50, scheduler 0.25.")


_WORK = """
import pathlib, subprocess, sys, time
home = pathlib.Path(sys.argv[1])
def spend(seconds):
    code = "import time\\nwhile time.process_time() < float('%s'): pass" % seconds
    subprocess.run([sys.executable, "-c", code], check=True)
def done(number, looks):
    folder = home / "reports" / str(number)
    folder.mkdir(parents=True)
    (folder / "decision.html").touch()
    while sys.argv[2] == "0" and len(list(home.glob("look-*"))) < looks:
        time.sleep(0.02)
spend(1)
done(1, 1)
spend(0.5)
done(2, 1)
spend(0.5)
done(3, 2)
spend(1)
raise SystemExit(int(sys.argv[2]))
"""


def test_only_the_time_between_warm_workers_and_the_last_packet_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = watching._machine

    def looked() -> float:
        (tmp_path / f"look-{len(list(tmp_path.glob('look-*')))}").touch()  # only now does the worker go on
        return plain()

    monkeypatch.setattr(watching, "_machine", looked)
    with subprocess.Popen([sys.executable, "-c", _WORK, str(tmp_path), "0"]) as working:
        stretch = watching.watch(tmp_path, 1, 3, {"workers": [working]}, [working])
    assert stretch.packets == 2
    # Two of its children, and the little that it does itself; the first one and the last are not in it.
    assert 0.9 <= stretch.processor_seconds["workers"] < 1.9
    assert stretch.processor_seconds["reading"] == 0
    assert stretch.machine_seconds >= 0.9


_READS = """
import pathlib, subprocess, sys
home = pathlib.Path(sys.argv[1])
def done(number):
    folder = home / "reports" / str(number)
    folder.mkdir(parents=True)
    (folder / "decision.html").touch()
    look = home / f"look-{number}"
    code = "import pathlib, time\\nwhile not pathlib.Path('%s').exists(): time.sleep(0.02)" % look
    subprocess.run([sys.executable, "-c", code], check=True)
done(1)
code = "import time\\nwhile time.process_time() < 0.6: pass\\ntime.sleep(2)"
subprocess.run([sys.executable, "-c", code, "qi_pipeline.reading.worker"], check=True)
done(2)
"""


def test_a_reader_that_ended_is_still_a_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = watching._machine

    def looked() -> float:
        (tmp_path / f"look-{len(list(tmp_path.glob('look-*'))) + 1}").touch()  # only now does the worker go on
        return plain()

    monkeypatch.setattr(watching, "_machine", looked)
    with subprocess.Popen([sys.executable, "-c", _READS, str(tmp_path)]) as working:
        stretch = watching.watch(tmp_path, 1, 2, {"workers": [working]}, [working])
    # The system counts it to the worker, which waited for it.
    assert stretch.processor_seconds["reading"] >= 0.55
    assert 0 <= stretch.processor_seconds["workers"] < 0.4


def test_a_worker_that_fails_is_no_run(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _WORK, str(tmp_path), "3"]) as working, pytest.raises(AssertionError):
        watching.watch(tmp_path, 1, 3, {"workers": [working]}, [working])
