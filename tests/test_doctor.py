"""``doctor``: each broken set-up made for real, its fault named with a remedy, everything else still looked at."""

from __future__ import annotations

import http.server
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qi_pipeline.cli.main import main
from qi_pipeline.doctor import (
    cage,
    calendars,
    clock,
    configuration,
    databases,
    engines,
    folders,
    fonts,
    keys,
    logs,
    prefects,
    space,
)
from qi_pipeline.doctor.checks import Check
from qi_pipeline.doctor.examination import examine
from qi_pipeline.intake import inbox
from qi_pipeline.records import database, health, schema
from qi_pipeline.records.events import Event
from qi_pipeline.records.store import Store
from qi_pipeline.settings import Settings, load_settings
from records_cases import Database
from test_schemas import problems

TODAY = date(2026, 6, 1)
NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else or mount")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load_settings({"QI_HOME": str(tmp_path)})
    inbox.prepare(made)
    return made


def told(checks: Iterator[Check]) -> dict[str, Check]:
    found = {check.name: check for check in checks}
    for check in found.values():
        assert bool(check.remedy) == (check.state != "ok"), check
        assert "\n" not in check.said + check.remedy
    return found


def states(checks: Iterator[Check]) -> dict[str, str]:
    return {name: check.state for name, check in told(checks).items()}


def given(home: Path, **environment: str) -> Settings:
    return load_settings({"QI_HOME": str(home), **environment})


def faults(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["group"], each["check"]) for each in answer["checks"] if each["state"] == "fault"}


# the command


@pytest.mark.ocr
@pytest.mark.system
def test_a_sound_workspace_has_no_fault_and_nothing_is_left_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["doctor", "--json", "--as-of", "2026-06-01", "--require", "cage=full"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_doctor", answer) == []
    assert answer["ok"] is True
    assert {each["group"] for each in answer["checks"]} == {
        "configuration",
        "folders",
        "space",
        "clock",
        "database",
        "engines",
        "fonts",
        "calendar",
        "keys",
        "logs",
        "prefect",
        "storage",
        "cage",
    }
    assert {each["check"] for each in answer["checks"] if each["group"] == "engines"} == {"rapidocr", "tesseract"}
    assert list(tmp_path.iterdir()) == []


def test_settings_that_can_not_be_read_are_a_fault_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "qi.toml").write_text("no_such_setting = 1\n", encoding="utf-8")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    assert main(["doctor", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_doctor", answer) == []
    assert faults(answer) == {("settings", "settings")}
    assert main(["doctor"]) == 2
    shown = capsys.readouterr()
    assert "FAULT   settings: settings: " in shown.out
    assert "no_such_setting" in shown.out
    assert "        -> " in shown.out
    assert "1 checks: 1 faults, 0 warnings" in shown.err


def test_a_check_that_stumbles_is_a_fault_and_the_others_are_made(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_given: object) -> Iterator[Check]:
        raise ZeroDivisionError("never thought of")

    def quiet(*_given: object) -> Iterator[Check]:
        return iter(())

    for module in (engines, prefects, cage):
        monkeypatch.setattr(module, "examine", quiet)
    monkeypatch.setattr(fonts, "examine", stumble)
    found = list(examine(settings, TODAY))
    [odd] = [check for check in found if check.state == "fault"]
    assert (odd.group, odd.name) == ("fonts", "examination")
    assert "never thought of" in odd.said
    assert {"folders", "calendar", "logs"} <= {check.group for check in found}


# folders, disk, clock


def test_a_workspace_that_is_not_there(tmp_path: Path) -> None:
    assert states(folders.examine(given(tmp_path / "nowhere"), TODAY)) == {"workspace": "fault"}
    (tmp_path / "file").touch()
    assert states(folders.examine(given(tmp_path / "file"), TODAY)) == {"workspace": "fault"}


def test_a_file_where_a_folder_belongs(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    found = told(folders.examine(given(tmp_path), TODAY))
    assert (found["inbox"].state, found["archive"].state) == ("fault", "ok")
    assert "is no folder" in found["inbox"].said


@root_only
@pytest.mark.sqlite
def test_folders_of_somebody_else(settings: Settings) -> None:
    settings.archive.chmod(0o555)
    settings.home.chmod(0o755)
    for folder in settings.home.parents:
        if str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    script = (
        "import os; from datetime import date\n"
        "from qi_pipeline.doctor import folders\nfrom qi_pipeline.settings import load_settings\n"
        f"os.setgroups([]); os.setresgid(*[{NOBODY}] * 3); os.setresuid(*[{NOBODY}] * 3)\n"
        f"found = folders.examine(load_settings({{'QI_HOME': {str(settings.home)!r}}}), date(2026, 6, 1))\n"
        "print(sorted(each.name for each in found if each.state == 'fault'))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "['.qi', 'archive', 'inbox', 'quarantine', 'reports']"


@root_only
def test_another_file_system_and_a_full_one(settings: Settings) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=100", "tmpfs", str(settings.archive)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this system mounts nothing")
    try:
        found = told(folders.examine(settings, TODAY))
        assert found["one file system"].state == "fault"
        assert "from inbox to archive" in found["one file system"].said
        small = load_settings({"QI_HOME": str(settings.archive)})
        assert states(space.examine(small, TODAY)) == {"disk": "fault", "entries": "fault"}
        assert list(settings.archive.iterdir()) == []
    finally:
        subprocess.run(["umount", str(settings.archive)], check=True)
    assert states(folders.examine(settings, TODAY))["one file system"] == "ok"
    assert list(settings.inbox.iterdir()) == []


def test_room_is_measured_by_the_largest_packet(settings: Settings, tmp_path: Path) -> None:
    assert states(space.examine(settings, TODAY))["disk"] in ("ok", "warning")
    (tmp_path / "policy.toml").write_text(f"[limits]\npacket_bytes = {1 << 60}\n", encoding="utf-8")
    found = told(space.examine(given(tmp_path), TODAY))
    assert found["disk"].state == "fault"
    assert "packet_bytes" in found["disk"].remedy


def test_folders_that_overlap_the_program_or_each_other(tmp_path: Path) -> None:
    import qi_pipeline

    program = Path(qi_pipeline.__path__[0])
    found = told(folders.examine(given(tmp_path), TODAY))
    assert found["apart from the code"].state == "ok"
    (tmp_path / "inbox").symlink_to(program)
    found = told(folders.examine(given(tmp_path), TODAY))
    assert found["apart from the code"].state == "fault"
    assert str(program) in found["apart from the code"].said
    (tmp_path / "inbox").unlink()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "in").mkdir()
    (tmp_path / "inbox").symlink_to(tmp_path / "archive" / "in")
    assert told(folders.examine(given(tmp_path), TODAY))["apart from the code"].state == "fault"


def test_a_clock_before_the_last_event(settings: Settings) -> None:
    with Store(settings.database_url) as store, store.write() as (_connection, happened):
        happened.append(Event(kind="night.done", subject="x", data={}))
    assert states(clock.examine(settings, TODAY)) == {"disk": "ok", "log": "ok"}
    ahead = (datetime.now(UTC) + timedelta(hours=3)).isoformat(timespec="microseconds")
    with Store(settings.database_url) as store, store.write() as (connection, _happened):
        from qi_pipeline.records import events

        events.append(connection, [Event(kind="night.done", subject="x", data={})], at=ahead)
    found = told(clock.examine(settings, TODAY))
    assert found["log"].state == "fault"
    assert "before the log's last event" in found["log"].said


# the database


def test_databases_that_can_not_be_worked_with(settings: Settings, tmp_path: Path) -> None:
    assert states(databases.examine(settings, TODAY))["schema"] == "ok"
    assert not (tmp_path / "qi.db").exists()  # it only looked
    with Store(settings.database_url):
        pass
    assert set(states(databases.examine(settings, TODAY)).values()) == {"ok"}
    for url, name in (
        (f"sqlite:///{tmp_path}/nowhere/qi.db", "reachable"),
        ("postgresql://nobody@127.0.0.1:9/qi", "reachable"),
        ("mysql://x/y", "reachable"),
        ("no url", "reachable"),
    ):
        found = told(databases.examine(given(tmp_path, QI_DATABASE_URL=url), TODAY))
        assert found[name].state == "fault", url


@pytest.mark.sqlite
def test_a_newer_an_older_and_a_damaged_database(settings: Settings, tmp_path: Path) -> None:
    with Store(settings.database_url):
        pass
    place = tmp_path / "qi.db"
    for step, state in (
        ("9999", "fault"),
        ("0001", "warning"),
        (schema.NEWEST, "ok"),
    ):
        with sqlite3.connect(place) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (step,))
        connection.close()
        assert states(databases.examine(settings, TODAY))["schema"] == state
    with sqlite3.connect(place) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = place.read_bytes()
    place.write_bytes(whole[:4096] + b"\x5a" * (len(whole) - 4096))
    assert "fault" in states(databases.examine(settings, TODAY)).values()
    place.write_bytes(b"this is no database, whatever its name says" * 100)
    assert states(databases.examine(settings, TODAY))["reachable"] == "fault"


@pytest.mark.sqlite
def test_a_log_whose_triggers_somebody_removed(settings: Settings, tmp_path: Path) -> None:
    with Store(settings.database_url):
        pass
    assert states(databases.examine(settings, TODAY))["append-only"] == "ok"
    with sqlite3.connect(tmp_path / "qi.db") as connection:
        connection.execute("DROP TRIGGER events_unchanged")
    connection.close()
    found = told(databases.examine(settings, TODAY))["append-only"]
    assert found.state == "fault"
    assert "events_unchanged" in found.said


@pytest.mark.skipif("QI_TEST_POSTGRESQL" not in os.environ, reason="no PostgreSQL to test on")
def test_a_log_whose_triggers_somebody_turned_off_on_postgresql(tmp_path: Path) -> None:
    base = Database("postgresql", tmp_path)
    try:
        with Store(base.url) as store:
            assert health.look(base.url).unguarded == ()
            with database.writing(store.engine) as connection:
                connection.exec_driver_sql("ALTER TABLE events DISABLE TRIGGER events_kept")
            assert health.look(base.url).unguarded == ("events_kept",)
    finally:
        base.close()


def test_the_file_system_of_a_database_is_read_from_the_mounts(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n", encoding="utf-8")
    assert health.file_system(tmp_path / "qi.db", mounts) == "nfs4"
    assert health.file_system(Path("/usr"), mounts) == "ext4"
    assert health.Health(backend="sqlite", version="3", schema=None, file_system="nfs4").is_shared


# configuration, keys, logs, calendar


@pytest.mark.parametrize(
    ("name", "text"),
    [("policy", "[limits]\nno_such_key = 1\n"), ("services", "[[[\n"), ("rules", "{")],
)
def test_a_file_of_the_operator_that_is_wrong(tmp_path: Path, name: str, text: str) -> None:
    place = tmp_path / {"policy": "policy.toml", "services": "services.toml", "rules": "admission.json"}[name]
    place.write_text(text, encoding="utf-8")
    found = told(configuration.examine(given(tmp_path), TODAY))
    assert {key: check.state for key, check in found.items() if check.state != "ok"} == {name: "fault"}
    assert place.name in found[name].said


def test_a_template_of_the_platform_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notice.html").write_text("{% if x %} never ended", encoding="utf-8")
    found = told(configuration.examine(given(tmp_path, QI_TEMPLATES="own"), TODAY))
    assert found["templates"].state == "fault"
    assert "notice.html" in found["templates"].said
    assert told(configuration.examine(given(tmp_path, QI_TEMPLATES="nowhere"), TODAY))["templates"].state == "fault"
    assert told(configuration.examine(given(tmp_path), TODAY))["templates"].state == "ok"


def test_a_key_that_is_none_or_that_others_may_read(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    assert states(keys.examine(given(tmp_path), TODAY)) == {"signing": "warning"}
    key = tmp_path / "own.key"
    with_key = given(tmp_path, QI_SIGNING_KEY=str(key))
    assert states(keys.examine(with_key, TODAY)) == {"signing": "fault"}
    key.write_bytes(b"no key")
    key.chmod(0o600)
    assert states(keys.examine(with_key, TODAY)) == {"signing": "fault"}
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.write_bytes(made)
    assert states(keys.examine(with_key, TODAY)) == {"signing": "ok"}
    key.chmod(0o644)
    found = told(keys.examine(with_key, TODAY))
    assert found["signing"].remedy == f"chmod 600 {key}"


def test_a_log_that_can_not_be_written(tmp_path: Path) -> None:
    assert states(logs.examine(given(tmp_path), TODAY)) == {"file": "ok"}
    assert states(logs.examine(given(tmp_path, QI_LOG="qi.log"), TODAY)) == {"file": "ok"}
    assert states(logs.examine(given(tmp_path, QI_LOG="nowhere/qi.log"), TODAY)) == {"file": "fault"}
    assert states(logs.examine(given(tmp_path, QI_LOG=str(tmp_path)), TODAY)) == {"file": "fault"}


def test_the_calendar_ends(settings: Settings) -> None:
    assert states(calendars.examine(settings, date(2026, 6, 1))) == {"working days": "ok"}
    assert states(calendars.examine(settings, date(2045, 6, 1))) == {"working days": "fault"}
    from qi_pipeline.workdays import calendar_years

    last = calendar_years()[1]
    assert states(calendars.examine(settings, date(last, 11, 20))) == {"working days": "warning"}


# engines, fonts, Prefect, cage


def test_no_face_with_chinese_characters(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert states(fonts.examine(settings, TODAY)) == {"chinese": "ok"}
    (tmp_path / "none.conf").write_text(f"<fontconfig><cachedir>{tmp_path}</cachedir></fontconfig>", encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "none.conf"))
    assert states(fonts.examine(settings, TODAY)) == {"chinese": "fault"}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert states(fonts.examine(settings, TODAY)) == {"chinese": "warning"}


@pytest.mark.ocr
def test_engines_that_lack_a_part(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tessdata").mkdir()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path / "tessdata"))
    hollow = tmp_path / "hollow"
    (hollow / "rapidocr").mkdir(parents=True)
    (hollow / "rapidocr" / "__init__.py").write_text("raise ImportError('a part of it is gone')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hollow))
    found = told(engines.examine(settings, TODAY))
    assert {name: check.state for name, check in found.items()} == {"rapidocr": "fault", "tesseract": "fault"}
    assert "chi_sim" in found["tesseract"].said
    monkeypatch.delenv("PYTHONPATH")
    monkeypatch.setenv("PATH", str(hollow))
    assert "not installed" in told(engines.examine(settings, TODAY))["tesseract"].said


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_given: object) -> None:
        pass


def test_prefect_and_its_server(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The sound workspace above imports it, and the never-coming night below.
    monkeypatch.setattr(prefects, "_TRY", "print('as if imported'); print('next night')")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    found = states(prefects.examine(settings, TODAY))
    assert found == {"import": "ok", "nightly": "ok", "folder": "ok", "server": "ok"}
    for runner in ("process", "dask"):
        assert states(prefects.examine(given(tmp_path, QI_RUNNER=runner), TODAY))["server"] == "fault"
    with http.server.HTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/api")
        assert states(prefects.examine(settings, TODAY))["server"] == "ok"
        dask = given(tmp_path, QI_RUNNER="dask", QI_DASK_SCHEDULER=f"tcp://127.0.0.1:{server.server_port}")
        assert states(prefects.examine(dask, TODAY))["dask"] == "ok"
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{server.server_port}/elsewhere")
        assert states(prefects.examine(settings, TODAY))["server"] == "fault"
        server.shutdown()
    assert states(prefects.examine(settings, TODAY))["server"] == "fault"
    assert states(prefects.examine(dask, TODAY))["dask"] == "fault"
    monkeypatch.setenv("PREFECT_API_URL", "file:///etc/passwd")
    assert states(prefects.examine(settings, TODAY))["server"] == "fault"
    (tmp_path / "file").touch()
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "file" / "prefect"))
    assert states(prefects.examine(settings, TODAY))["folder"] == "fault"


def test_a_prefect_that_can_not_be_imported(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prefect.py").write_text("raise ImportError('half installed')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = told(prefects.examine(settings, TODAY))
    assert found["import"].state == "fault"
    assert "half installed" in found["import"].said


@pytest.mark.system
def test_a_night_that_never_comes(settings: Settings) -> None:
    found = told(prefects.examine(replace(settings, nightly_cron="0 0 30 2 *"), TODAY))
    assert (found["import"].state, found["nightly"].state) == ("ok", "fault")
    assert "QI_NIGHTLY_CRON" in found["nightly"].remedy


def test_a_night_that_is_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_NIGHTLY_CRON", "half past one")
    assert main(["doctor", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert faults(answer) == {("settings", "settings")}
    assert "QI_NIGHTLY_CRON" in answer["checks"][0]["message"]


def test_a_wall_that_is_not_there_is_seen_by_trying(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(states(cage.examine(settings, TODAY)).values()) == {"ok"}
    open_doors = (
        "import qi_pipeline.reading.cage as cage, qi_pipeline.reading.cage_probe as probe\n"
        "probe.enter = lambda *given: ()\n"
        "raise SystemExit(probe.main())\n"
    )
    monkeypatch.setattr(cage, "_PROBE", (sys.executable, "-P", "-c", open_doors))
    found = told(cage.examine(settings, TODAY))
    assert {name: check.state for name, check in found.items()} == {
        "session": "ok",
        "limits": "ok",
        "environment": "ok",
        "network": "warning",
        "files": "warning",
    }

    def quiet(*_given: object) -> Iterator[Check]:
        return iter(())

    for module in (engines, prefects, fonts):
        monkeypatch.setattr(module, "examine", quiet)
    strict = {check.name: check.state for check in examine(settings, TODAY, ["cage=full"]) if check.group == "cage"}
    assert (strict["network"], strict["files"], strict["limits"]) == ("fault", "fault", "ok")
    monkeypatch.setattr(cage, "_PROBE", (sys.executable, "-c", "raise SystemExit(3)"))
    assert states(cage.examine(settings, TODAY)) == {"process": "fault"}
