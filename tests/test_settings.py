"""Settings that can be read but not worked with: said in one line, with the range, before anything is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from qi_pipeline.cli.main import main
from qi_pipeline.errors import UsageError
from qi_pipeline.settings import load_settings


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("QI_SETTLE_SECONDS", "1e300", "0 to 86400"),
        ("QI_SETTLE_SECONDS", "86401", "0 to 86400"),
        ("QI_SETTLE_SECONDS", "-0.1", "0 to 86400"),
        ("QI_POLL_SECONDS", "0", "0.1 to 86400"),
        ("QI_POLL_SECONDS", "1e300", "0.1 to 86400"),
        ("QI_WORKERS", "1025", "0 to 1024"),
        ("QI_WORKERS", "1.5", "a whole number"),
        ("QI_STORAGE_CACHE_MB", "1e300", "0 to 1073741824"),
        ("QI_NIGHTLY_CRON", "99 1 * * *", "minute, hour"),
        ("QI_NIGHTLY_CRON", "every night", "minute, hour"),
        ("QI_NIGHTLY_CRON", "30 1 * * 8", "minute, hour"),
    ],
)
def test_an_absurd_setting_is_one_line_with_what_may_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    range_: str,
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv(name, value)
    assert main(["status"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert name in line
    assert range_ in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QI_SETTLE_SECONDS", "86400"),
        ("QI_POLL_SECONDS", "0.1"),
        ("QI_WORKERS", "1024"),
        ("QI_NIGHTLY_CRON", "*/5 1-3,4 L JAN-MAR 7"),
    ],
)
def test_what_is_just_possible_is_taken(tmp_path: Path, name: str, value: str) -> None:
    shown = load_settings({"QI_HOME": str(tmp_path), name: value}).shown()[name.removeprefix("QI_").lower()]
    assert shown.removesuffix(".0") == value


def test_a_number_in_the_file_has_its_range_too(tmp_path: Path) -> None:
    (tmp_path / "qi.toml").write_text("workers = 100000\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"qi\.toml: workers: .* 0 to 1024"):
        load_settings({"QI_HOME": str(tmp_path)})


@pytest.mark.parametrize("command", [["ingest"], ["nightly"], ["watch"], ["serve"]])
def test_a_folder_of_templates_that_is_not_there_is_said_before_any_packet_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_SETTLE_SECONDS", "0")
    monkeypatch.setenv("QI_TEMPLATES", str(tmp_path / "nowhere"))
    assert main(command) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "mend QI_TEMPLATES" in line
    assert (tmp_path / "inbox" / "a.pdf").is_file()


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null"])
def test_a_workspace_where_nothing_can_be_made_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.setenv("QI_HOME", place)
    assert main(["ingest"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "name another place" in line
