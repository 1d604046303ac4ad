"""The log: JSON lines with packet ids, nothing read from paper; and a hostile name through all that shows it."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import pty
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from papers.packets import good_packet
from qi_pipeline import ingest, logs
from qi_pipeline.cli.main import main
from qi_pipeline.errors import InstallationError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.reading.child import _harmless
from qi_pipeline.settings import load_settings
from stored_pool import drop, workspace

AS_OF = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def quiet_after() -> Iterator[None]:
    logger = logging.getLogger("qi_pipeline")
    kept = (logger.level, logger.propagate, list(logger.handlers))
    yield
    for handler in logger.handlers:
        if handler not in kept[2]:
            handler.close()
    logger.setLevel(kept[0])
    logger.propagate, logger.handlers = kept[1], kept[2]


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def log_to(home: Path, **environment: str) -> Path:
    logs.configure(load_settings({"QI_HOME": str(home), "QI_LOG": "qi.log", **environment}))
    return home / "qi.log"


def test_each_packet_leaves_its_way_with_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace(tmp_path) as (context, stored):
        place = log_to(tmp_path)
        drop(context, stored, good_packet(seed=2), "odd")
        drop(context, stored, good_packet(seed=1), "fine")
        plain = ingest.judge

        def judge(claim, *arguments, **named):
            if claim.packet == "odd":
                raise ValueError(f"{good_packet(seed=2).body.name} 13812345678\x1b[31m")
            return plain(claim, *arguments, **named)

        monkeypatch.setattr(ingest, "judge", judge)
        run_ingest(context, AS_OF)
        fine = context.store.packet("fine").id
    said = lines(place)
    assert [(each["event"], each.get("outcome")) for each in said if each["packet"] == fine] == [
        ("taken up", None),
        ("finished", "admit"),
    ]
    [stumbled] = [each for each in said if each["event"] == "stumbled"]
    assert stumbled["level"] == "error"
    assert str(stumbled["error"]).startswith("ValueError at ")
    assert stumbled["tries"] == 1
    whole = place.read_text(encoding="ascii")
    for word in (good_packet(seed=2).body.name, "13812345678", "\x1b", "fine", "odd\\"):
        assert word not in whole
        assert json.dumps(word)[1:-1] not in whole
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00", str(each["at"])) for each in said)


def test_the_level_chooses(tmp_path: Path) -> None:
    place = log_to(tmp_path, QI_LOG_LEVEL="error")
    logger = logging.getLogger("qi_pipeline.test")
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logger.log(level, "said")
    assert [each["level"] for each in lines(place)] == ["error"]


def test_what_looks_like_a_person_and_what_controls_a_terminal_is_not_written(tmp_path: Path) -> None:
    place = log_to(tmp_path)
    logger = logging.getLogger("qi_pipeline.test")
    logger.warning(
        "called %s by %s\x1b[2J\nforged: yes", "11010519491231002X", "13812345678", extra={"code": "\x9b\u202e"}
    )
    logger.warning("kept %s", "20261122-181300-0a1b2c3d", extra={"packet": "91320281MA1XXXXXXX", "secret": "名字"})
    text = place.read_text(encoding="ascii")
    assert text.count("\n") == 2
    assert "11010519491231002X" not in text
    assert "13812345678" not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\xff]", text)
    first, second = lines(place)
    assert first["event"] == "called [hidden] by [hidden]\x1b[2J\nforged: yes"  # as data; no control reached the file
    assert second["packet"] == "91320281MA1XXXXXXX"
    assert "secret" not in second


def test_an_exception_leaves_its_places_and_not_its_text(tmp_path: Path) -> None:
    place = log_to(tmp_path)
    try:
        raise KeyError("张三 的身份证")
    except KeyError:
        logging.getLogger("qi_pipeline.test").exception("stumbled")
    [said] = lines(place)
    assert said["error"] == "KeyError"
    assert str(said["trace"][0]).startswith("test_logs:") or "test_logs" in str(said["trace"][0])
    assert "张三" not in json.dumps(said, ensure_ascii=False)


def test_what_a_reading_process_complained_of_is_cut_to_places() -> None:
    complaint = (
        "reading failed\nTraceback (most recent call last):\n"
        '  File "/x/pdf.py", line 12, in open\n    page = 张三\nValueError: bad holder 张三\n'
    )
    assert _harmless(complaint) == "/x/pdf.py 12; ValueError"
    assert _harmless("张三") == "no words"


def test_on_a_terminal_it_is_text_and_elsewhere_json(tmp_path: Path) -> None:
    settings = load_settings({"QI_HOME": str(tmp_path), "QI_LOG_LEVEL": "info"})
    piped = io.StringIO()
    logs.configure(settings, piped)
    logs.configure(settings, piped)  # once is enough
    logging.getLogger("qi_pipeline.test").info("taken up\x1b[2J", extra={"packet": "p1"})
    [said] = [json.loads(line) for line in piped.getvalue().splitlines()]
    assert (said["event"], said["packet"]) == ("taken up\x1b[2J", "p1")
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as terminal:
        logs.configure(settings, terminal)
        logging.getLogger("qi_pipeline.test").info("taken up\x1b[2J", extra={"packet": "p1"})
        terminal.flush()
        shown = os.read(parent, 1000).decode()
    os.close(parent)
    assert re.fullmatch(r"\d\d:\d\d:\d\d info    taken up\\x1b\[2J packet=p1\s+", shown)


def test_without_being_asked_nothing_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["status", "--json"]) == 0
    logging.getLogger("qi_pipeline.test").warning("not asked for")
    assert capfd.readouterr().err == ""


def test_every_command_says_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_LOG", "qi.log")
    assert main(["status", "--json"]) == 0
    assert main(["packet", "show", "nowhere"]) == 2
    said = [(each["command"], each["status"], each.get("fault")) for each in lines(tmp_path / "qi.log")]
    assert said == [("status", 0, None), ("packet", 2, "usage")]
    assert capfd.readouterr().err.count("\n") == 1  # the one line with the remedy
    monkeypatch.setenv("QI_LOG", "nowhere/qi.log")
    assert main(["status", "--json"]) == 2
    assert "mend QI_LOG" in capfd.readouterr().err


def test_a_log_on_a_full_disk_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    logs.configure(load_settings({"QI_HOME": str(tmp_path), "QI_LOG": "/dev/full"}))
    logging.getLogger("qi_pipeline.test").warning("there is no room")
    assert capfd.readouterr().err == ""
    with pytest.raises(InstallationError):
        logs.configure(load_settings({"QI_HOME": str(tmp_path), "QI_LOG": str(tmp_path)}))


HOSTILE = "=cmd|'/C calc'!A0<script>alert(1)</script>\x1b]0;x\x07\u202e\n"


def test_a_hostile_name_goes_through_everything_and_is_obeyed_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with workspace(tmp_path) as (context, stored):
        place = log_to(tmp_path, QI_LOG_LEVEL="debug")
        folder = drop(context, stored, good_packet(), f"@{HOSTILE}".replace("/", "-"))
        form = json.loads(good_packet().application_bytes or b"{}")
        form["institution"]["name"] = HOSTILE
        form["reference"] = HOSTILE
        form["services"][0]["name"] = HOSTILE
        (folder / "application.json").write_text(json.dumps(form), encoding="utf-8")
        (folder / f"{HOSTILE.replace('/', '-')}.exe").write_bytes(b"MZ")
        run_ingest(context, AS_OF)
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    for command in (
        ["packet", "list", "--as-of", "2026-11-22"],
        ["packet", "show", f"@{HOSTILE}".replace("/", "-")],
        ["status"],
        ["review", "queue"],
        ["institution", "list"],
        ["nightly", "--as-of", "2026-11-22"],
        ["stats", "--html", str(tmp_path / "stats.html")],
        ["ingest", "--as-of", "2026-11-22"],
    ):
        assert main(command) in (0, 3), command
    shown = capfd.readouterr()
    for text in (shown.out, shown.err, place.read_text(encoding="ascii")):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    pages = [*tmp_path.glob("reports/**/*.html"), *tmp_path.glob("stats.html")]
    assert len(pages) >= 3
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html, page
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", html), page
    for what in ("decisions", "findings", "qualifications"):
        table = tmp_path / f"{what}.csv"
        assert main(["export", what, "--format", "csv", "--out", str(table)]) == 0
        for row in csv.reader(io.StringIO(table.read_text(encoding="utf-8"))):
            assert not [cell for cell in row if cell[:1] in "=+@\t\r" and cell], what
        book = tmp_path / f"{what}.xlsx"
        assert main(["export", what, "--format", "xlsx", "--out", str(book)]) == 0
        for sheet in openpyxl.load_workbook(book):
            assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], what
    for book in tmp_path.glob("reports/**/*.xlsx"):
        for sheet in openpyxl.load_workbook(book):
            assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], book
