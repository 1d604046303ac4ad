"""The command line as an operator meets it: help, wrong usage, exit codes, one JSON document."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qi_pipeline.cli.main import build_parser, main
from qi_pipeline.errors import UsageError
from qi_pipeline.settings import load_settings

ROOT = Path(__file__).parents[1]


def commands() -> dict[str, argparse.ArgumentParser]:
    parser = build_parser()
    action = next(each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return dict(action.choices)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    return tmp_path


def test_every_command_has_help() -> None:
    for parser in commands().values():
        assert parser.format_help()


def test_help_imports_nothing_heavy() -> None:
    heavy = ["numpy", "sqlalchemy", "jsonschema", "prefect", "cv2", "openvino", "PIL", "rich"]
    code = (
        "import sys; import qi_pipeline.cli.main as program; program.build_parser().format_help(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_unknown_command_is_wrong_usage_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["ingets"])
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert "--help" in captured.err


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("deregistration_grace_days = -1", 2),
        ("deregistration_grace_days = 0", 0),
        ("reminder_days = []", 2),
        ("reminder_days = [30, -1]", 2),
        ("reminder_days = [30]", 0),
    ],
)
def test_policy_that_no_rule_could_follow_is_wrong_configuration(
    home: Path, capsys: pytest.CaptureFixture[str], line: str, status: int
) -> None:
    (home / "policy.toml").write_text(f"[residency]\n{line}\n", encoding="utf-8")
    assert main(["nightly", "--as-of", "2026-11-22"]) == status
    error = capsys.readouterr().err
    assert (f"policy.toml.residency.{line.split(' =')[0]}" in error) == bool(status)
    assert status == 0 or len(error.strip().splitlines()) == 1


def test_wrong_setting_is_named_with_the_known_ones(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_OCR_ENGIN", "rapidocr")
    assert main(["config"]) == 2
    error = capsys.readouterr().err
    assert "QI_OCR_ENGIN" in error
    assert "ocr_engine" in error


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "x", "1.5"])
def test_a_wrong_setting_is_one_line_of_a_process_of_its_own(tmp_path: Path, value: str) -> None:
    """Before there are settings nothing configures the log: Python would print warnings and tracebacks itself."""
    result = subprocess.run(
        [sys.executable, "-c", "import sys; from qi_pipeline.cli.main import main; sys.exit(main(['config']))"],
        env=os.environ | {"QI_HOME": str(tmp_path), "QI_WORKERS": value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.strip().splitlines()) == 1
    assert "QI_WORKERS" in result.stderr


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_no_time_is_endless_or_no_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(UsageError, match="QI_SETTLE_SECONDS"):
        load_settings({"QI_HOME": str(tmp_path), "QI_SETTLE_SECONDS": value})


def test_settings_come_from_environment_then_file_then_defaults(tmp_path: Path) -> None:
    (tmp_path / "qi.toml").write_text('lang = "en"\nsettle_seconds = 7\n', encoding="utf-8")
    given = load_settings({"QI_HOME": str(tmp_path), "QI_SETTLE_SECONDS": "9"})
    assert (given.lang, given.settle_seconds, given.ocr_engine) == ("en", 9.0, "rapidocr")


def test_config_hides_the_password(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_DATABASE_URL", "postgresql+psycopg://qi:geheim@db.invalid/qi")
    assert main(["config", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert "geheim" not in json.dumps(shown)
    assert shown["database_url"].startswith("postgresql+psycopg://qi:")


def test_ingest_of_an_empty_inbox_is_one_json_document(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", "--as-of", "2026-11-22", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "as_of": "2026-11-22",
        "packets": [],
        "duplicates": [],
        "quarantined": [],
    }


def test_what_is_no_packet_stays_and_is_named_on_stderr(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "inbox").mkdir()
    (home / "inbox" / "notes.txt").write_text("hello", encoding="utf-8")
    assert main(["ingest", "--json"]) == 0
    assert "notes.txt" in capsys.readouterr().err
    assert (home / "inbox" / "notes.txt").exists()


def test_quarantined_input_is_exit_3_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packet = home / "inbox" / "bad"
    packet.mkdir(parents=True)
    (packet / ".ready").touch()
    (packet / "a.pdf").write_bytes(b"")
    assert main(["ingest", "--json"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["quarantined"][0]["packet"] == "bad"
    assert main(["packet", "list", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["packets"][0]
    assert (row["state"], row["outcome"]) == ("quarantined", None)
    assert row["code"] == answer["quarantined"][0]["code"]


def test_extract_names_what_it_can_not_read(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "b.pdf"
    odd.write_bytes(b"no paper at all")
    assert main(["extract", str(odd), "--json"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["files"] == []
    assert answer["failed"][0]["file"] == str(odd)
    assert answer["failed"][0]["code"] == "unsupported_type"
    assert not (home / "qi.db").exists()


def test_extract_of_a_path_that_is_not_there_is_a_wrong_command_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "b.pdf"
    there.write_bytes(b"no paper at all")
    assert main(["extract", str(there), str(tmp_path / "nosuch.pdf"), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        said.err == f"qi-pipeline: {tmp_path}/nosuch.pdf: there is no such file; look at the path, nothing was read\n"
    )


def test_the_package_runs_as_the_console_script_does(home: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "qi_pipeline", "config", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout)["home"] == str(home)


def test_decide_without_a_name_or_a_waiting_packet_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "nothing", "--outcome", "admit", "--reason", "x"]) == 2
    assert "--reviewer" in capsys.readouterr().err
    assert main(["decide", "nothing", "--outcome", "admit", "--reason", "x", "--reviewer", "甲"]) == 2
    assert "packet list" in capsys.readouterr().err


def test_bad_date_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["ingest", "--as-of", "2026-02-30"])
    assert stopped.value.code == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_control_characters_never_reach_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "inbox").mkdir()
    (home / "inbox" / "a\x1b[31m.txt").touch()
    main(["ingest"])
    assert "\x1b" not in capsys.readouterr().err


def test_event_log_is_checked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-log", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_that_was_given_no_input_output_or_error_does_its_work(tmp_path: Path, closed: str) -> None:
    """Some service managers close them; a report must not get the number under which a library complains."""
    (tmp_path / "inbox" / "a").mkdir(parents=True)
    (tmp_path / "inbox" / "a" / "application.json").write_text("{}", encoding="utf-8")
    environment = {**os.environ, "QI_HOME": str(tmp_path), "QI_SETTLE_SECONDS": "0"}
    program = f"exec '{sys.executable}' -m qi_pipeline ingest {closed}"
    done = subprocess.run(["sh", "-c", program], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"unexpected" not in done.stderr
    assert len(list((tmp_path / "archive").iterdir())) == 1
    assert (tmp_path / "reports" / "a" / "decision.html").is_file()
