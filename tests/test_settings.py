"""Settings that can be read but not worked with: said in one line, with the range, before anything is begun."""

from __future__ import annotations

import os
import sys
import tempfile
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


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("qi.toml", "ingest"),
        ("policy.toml", "ingest"),
        ("services.toml", "ingest"),
        ("admission.json", "ingest"),
        ("templates", "ingest"),
        ("signing.key", "key show"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_stands_in_the_place_of_a_file_of_the_operator_is_never_passed_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    command: str,
    kind: str,
) -> None:
    """Docker makes a folder of a file that is mounted and not there; the shipped policy must not hold by that."""
    place = tmp_path / name
    if name == "templates":
        place.write_text("", encoding="utf-8")
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("nowhere")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(command.split()) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert name in line
    assert any(word in line for word in ("mend", "make", "give"))


@pytest.mark.sqlite  # with a server's database the list needs nothing of the workspace
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_workspace_of_somebody_else_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs a command as himself instead of as the service's user is told so."""
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["status"]) == 0  # whatever a command needs is imported now; its folders may be closed to others
    home = Path(tempfile.mkdtemp())  # below pytest's own folder nobody else gets anywhere
    monkeypatch.setenv("QI_HOME", str(home))
    with (tmp_path / "said").open("wb") as said:
        child = os.fork()
        if child == 0:
            status = 99
            try:
                os.dup2(said.fileno(), 2)
                sys.stderr = os.fdopen(2, "w", closefd=False)
                os.setresuid(65534, 65534, 65534)
                status = main(["status"])
                sys.stderr.flush()
            finally:
                os._exit(status)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    home.rmdir()
    [line] = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert ended == 2
    assert "may not look into it" in line
