"""The pool against processes that crash, hang and lie: one file fails, the others are read, nothing is left running."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pytest

from qi_pipeline.errors import InstallationError
from qi_pipeline.model import FileFailure, FileReading
from qi_pipeline.policy import Limits, default_policy
from qi_pipeline.reading.keeper import Job
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest, Look, Request
from qi_pipeline.settings import Settings

COMMAND = (sys.executable, str(Path(__file__).with_name("faulty_worker.py")))


@dataclass(frozen=True)
class File:
    name: str
    path: Path
    sha256: str
    media_type: str = "application/pdf"


@pytest.fixture
def limits() -> Limits:
    return replace(default_policy().limits, page_seconds=120)


@pytest.fixture
def desk(tmp_path: Path, limits: Limits) -> Iterator[Desk]:
    with Desk(tmp_path, limits).pool as pool:
        yield Desk(tmp_path, limits, pool)


class Desk:
    """Files whose text is a script for the faulty process, and the pool that reads them."""

    def __init__(self, folder: Path, limits: Limits, pool: ReaderPool | None = None, workers: int = 2) -> None:
        self.folder = folder
        settings = Settings(home=folder, database_url="", workers=workers)
        self.pool = pool or ReaderPool(settings, limits, command=COMMAND)

    def file(self, script: str, name: str = "") -> File:
        digest = hashlib.sha256(script.encode() + name.encode()).hexdigest()
        path = self.folder / f"{digest[:8]}.bin"
        path.write_text(script, encoding="utf-8")
        return File(name=name or script, path=path, sha256=digest)

    def read(self, *scripts: str, cache: Path | None = None) -> list[FileReading | FileFailure]:
        return list(self.pool.read([self.file(s) for s in scripts], self.folder / "pages", cache))


def texts(result: FileReading | FileFailure) -> list[str]:
    assert isinstance(result, FileReading), result
    return [" ".join(page.words[0].text.split()[:2]) for page in result.pages]


def processes(result: FileReading | FileFailure) -> set[str]:
    assert isinstance(result, FileReading), result
    return {page.words[0].text.split()[-1] for page in result.pages}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_files_come_back_in_their_order_with_all_pages(desk: Desk) -> None:
    results = desk.read("good 7", "fine 1", "last 3")
    assert [r.file for r in results] == ["good 7", "fine 1", "last 3"]
    assert texts(results[0]) == [f"good {n}" for n in range(1, 8)]


def test_both_processes_work_on_one_long_file(desk: Desk) -> None:
    while True:  # which process takes which page is the system's to say, but one will not take all for ever
        (result,) = desk.read("good 64")
        if len(processes(result)) == 2:
            return


@pytest.mark.parametrize("deed", ["crash", "exit", "garbage", "nan", "wrong_page", "wrong_image", "flood"])
def test_a_process_that_dies_or_lies_costs_one_file(desk: Desk, deed: str) -> None:
    before, bad, after = desk.read("good 2", f"{deed} 3", "fine 2")
    assert isinstance(bad, FileFailure)
    assert bad.code == "corrupt"
    assert "page 1" in bad.message
    assert texts(before) == ["good 1", "good 2"]
    assert texts(after) == ["fine 1", "fine 2"]


def test_a_crash_on_a_late_page_fails_the_file_and_names_the_page(desk: Desk) -> None:
    (bad,) = desk.read("crash 9 4")
    assert isinstance(bad, FileFailure)
    assert "page 4" in bad.message
    assert "SIGSEGV" in bad.message


@pytest.mark.parametrize("deed", ["worn_out", "exhausted"])
def test_a_file_does_not_pay_for_what_the_pages_before_it_cost(tmp_path: Path, limits: Limits, deed: str) -> None:
    desk = Desk(tmp_path, limits, workers=1)
    with desk.pool:
        first, second = desk.read("good 2", f"{deed} 2")
    assert texts(second) == [f"{deed} 1", f"{deed} 2"]
    assert processes(first) != processes(second)


@pytest.mark.parametrize(("deed", "another"), [("swollen", True), ("roomy", False)])
def test_a_process_near_the_end_of_its_memory_reads_no_further_file(
    tmp_path: Path, limits: Limits, deed: str, another: bool
) -> None:
    desk = Desk(tmp_path, limits, workers=1)
    with desk.pool:
        first, second = desk.read(f"{deed} 1", "good 1")
    assert texts(first) == [f"{deed} 1"]
    assert (processes(first) != processes(second)) is another


def test_a_file_that_exhausts_even_a_fresh_process_is_too_large(tmp_path: Path, limits: Limits) -> None:
    desk = Desk(tmp_path, limits, workers=1)
    with desk.pool:
        bad, good = desk.read("too_much 1", "good 1")
    assert isinstance(bad, FileFailure)
    assert bad.code == "too_large"
    assert texts(good) == ["good 1"]


def test_a_process_that_dies_at_its_start_is_the_installations_fault(tmp_path: Path, limits: Limits) -> None:
    settings = Settings(home=tmp_path, database_url="", workers=1)
    dying = (sys.executable, "-c", "raise SystemExit(1)")
    with ReaderPool(settings, limits, command=dying) as pool, pytest.raises(InstallationError, match="status 1"):
        list(pool.read([Desk(tmp_path, limits).file("good 1")], tmp_path))


def test_a_crash_while_opening_costs_one_file(desk: Desk) -> None:
    bad, good = desk.read("crash_on_open", "good 1")
    assert isinstance(bad, FileFailure)
    assert bad.code == "corrupt"
    assert texts(good) == ["good 1"]


def test_a_hanging_page_is_a_timeout_though_the_process_ignores_the_terminate_signal(
    tmp_path: Path, limits: Limits
) -> None:
    quick = Desk(tmp_path, replace(limits, page_seconds=5))  # the good page, too, must be read within it
    with quick.pool:
        bad, good = quick.read("hang 2", "good 1")
    assert isinstance(bad, FileFailure)
    assert bad.code == "timeout"
    assert texts(good) == ["good 1"]


def test_what_a_process_started_ends_with_it(desk: Desk, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    desk.read(f"grandchild 1 1 {note}")
    pid = int(note.read_text())
    while is_running(pid):  # it was killed; a busy system may take a moment to carry it out
        time.sleep(0.02)


def test_the_whole_packet_has_a_time(tmp_path: Path, limits: Limits) -> None:
    short = Desk(tmp_path, replace(limits, packet_seconds=1), workers=1)
    with short.pool:
        results = short.read("hang 1", "good 1")
    assert [r.code for r in results if isinstance(r, FileFailure)] == ["timeout", "timeout"]


def test_what_a_file_says_of_itself_is_its_failure(desk: Desk) -> None:
    (bad,) = desk.read("encrypted 1")
    assert bad == FileFailure(file="encrypted 1", code="encrypted", message="it asks for a password")


def test_a_packet_may_have_just_as_many_pages_as_policy_says(tmp_path: Path, limits: Limits) -> None:
    small = Desk(tmp_path, replace(limits, packet_pages=5))
    with small.pool:
        just_right = small.read("good 2", "fine 3")
        too_many = small.read("good 2", "fine 4", "last 1")
    assert [type(r) for r in just_right] == [FileReading, FileReading]
    assert [getattr(r, "code", None) for r in too_many] == [None, "too_many_pages", "too_many_pages"]


def test_a_process_is_replaced_once_it_has_read_enough(tmp_path: Path, limits: Limits) -> None:
    tired = Desk(tmp_path, replace(limits, worker_pages=2), workers=1)
    with tired.pool:
        results = tired.read("good 2", "fine 2", "last 2")
    assert len(set.union(*map(processes, results))) == 3


def test_a_resubmitted_file_costs_nothing_and_brings_its_images(desk: Desk, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (first,) = desk.read("good 2", cache=cache)
    file = desk.file("good 2")
    file.path.write_text("crash 2", encoding="utf-8")
    elsewhere = tmp_path / "other pages"
    again = File(name="renamed.pdf", path=file.path, sha256=file.sha256)
    (second,) = desk.pool.read([again], elsewhere, cache)
    assert isinstance(first, FileReading)
    assert second == replace(first, file="renamed.pdf")
    assert sorted(p.name for p in elsewhere.iterdir()) == [page.image for page in first.pages]


def test_a_damaged_stored_reading_is_read_again(desk: Desk, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    desk.read("good 2", cache=cache)
    (stored,) = cache.rglob("reading.json")
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 0x20
    stored.write_bytes(b"[" + bytes(data))
    (again,) = desk.read("good 2", cache=cache)
    assert texts(again) == ["good 1", "good 2"]


def test_a_failure_is_not_kept(desk: Desk, tmp_path: Path) -> None:
    desk.read("crash 2", cache=tmp_path / "cache")
    assert list((tmp_path / "cache").rglob("reading.json")) == []


def test_second_readings_come_from_the_other_engine(desk: Desk, tmp_path: Path) -> None:
    looks: tuple[tuple[Literal["code", "date", "chinese"], Look], ...] = (
        ("code", "other"),
        ("date", "colour"),
        ("chinese", "soft"),
    )
    asked = [
        CropRequest(image=f"{page}-1.jpg", box=(0, 0, 1, 1), alphabet=alphabet, look=look)
        for page in "abab" * 5
        for alphabet, look in looks
    ]
    read = desk.pool.read_crops(asked, tmp_path)
    assert read == [("code by tesseract", 0.5), ("date by rapidocr", 0.5), ("chinese by rapidocr", 0.5)] * 20


@pytest.mark.parametrize(
    ("pages", "chunks"),
    [
        ((2,), ["aa"]),
        ((3, 1, 2), ["aaab", "cc"]),
        ((6, 6, 6, 6), ["aaaaaabbbbbb", "ccccccdddddd"]),
        ((20, 20), ["a" * 20, "b" * 20]),
        ((60, 3), ["a" * 24, "a" * 24, "a" * 12 + "b" * 3]),
    ],
    ids=["too few to share", "few", "pages together", "one each", "many of one page"],
)
def test_second_readings_are_shared_out_by_pages(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: tuple[int, ...], chunks: list[str]
) -> None:
    asked = [
        CropRequest(image=f"{name}-1.jpg", box=(0, 0, 1, 1), alphabet="code")
        for name, count in zip("abcd", pages, strict=False)
        for _ in range(count)
    ]
    given: list[str] = []
    submit = desk.pool._submit

    def noted(request: Request, priority: int, deadline: float) -> Job:
        given.append("".join(crop.image[0] for crop in request.crops))
        return submit(request, priority, deadline)

    monkeypatch.setattr(desk.pool, "_submit", noted)
    assert len(desk.pool.read_crops(asked, tmp_path)) == len(asked)
    assert given == chunks


def test_the_engines_share_a_single_page_where_a_process_would_be_idle(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Look] = ["colour", "other", "soft", "other"]
    given: list[str] = []
    submit = desk.pool._submit

    def noted(request: Request, priority: int, deadline: float) -> Job:
        given.append(" ".join(crop.look for crop in request.crops))
        return submit(request, priority, deadline)

    monkeypatch.setattr(desk.pool, "_submit", noted)
    for names, chunks in (("a", ["other other", "colour soft"]), ("ab", ["colour other soft other"] * 2)):
        asked = [
            CropRequest(image=f"{name}-1.jpg", box=(0, 0, 1, 1), alphabet="code", look=look)
            for name in names
            for look in looks
        ]
        read = desk.pool.read_crops(asked, tmp_path)
        engines = ["tesseract" if look == "other" else "rapidocr" for look in looks] * len(names)
        assert read == [(f"code by {engine}", 0.5) for engine in engines]
        assert given == chunks
        given.clear()


def test_a_reader_that_stops_listening_leaves_no_work_behind(desk: Desk) -> None:
    results = desk.pool.read([desk.file("good 300"), desk.file("fine 300")], desk.folder / "pages")
    assert isinstance(next(results), FileReading)
    results.close()
    assert texts(desk.read("last 1")[0]) == ["last 1"]


def test_no_process_lives_longer_than_its_pool(tmp_path: Path, limits: Limits) -> None:
    desk = Desk(tmp_path, limits)
    with desk.pool:
        (result,) = desk.read("good 9")
        alive = processes(result)
        assert alive
    assert not any(is_running(int(pid)) for pid in alive)


def test_a_process_that_can_not_start_is_the_installations_fault(tmp_path: Path, limits: Limits) -> None:
    settings = Settings(home=tmp_path, database_url="", workers=1)
    desk = Desk(tmp_path, limits)
    with (
        ReaderPool(settings, limits, command=("/no/such/program",)) as pool,
        pytest.raises(InstallationError, match="reading process"),
    ):
        list(pool.read([desk.file("good 1")], tmp_path))


def test_the_parent_loads_no_parser() -> None:
    code = (
        "import sys, qi_pipeline.reading.pool as p; "
        "heavy = {'numpy', 'cv2', 'openvino', 'PIL', 'pypdfium2', 'pdfplumber', 'lxml', 'docx'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stderr) == (0, "")
