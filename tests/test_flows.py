"""The intake flow in a real Prefect: one task a packet, our database as the only truth."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qi_pipeline.cli.main import main
from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.flows import _runtime
from qi_pipeline.flows import server as prefects
from qi_pipeline.settings import Settings

_FLOW = """
import json, sys
from qi_pipeline.flows._runtime import configure
from qi_pipeline.settings import load_settings
configure(load_settings())
from qi_pipeline.flows.server import prefect_server
with prefect_server():  # as serve does; Prefect's embedded one gives up on a machine on which it is slow to answer
    from qi_pipeline.flows.intake import intake
    print(json.dumps(intake(as_of="2026-11-22")))
"""


@pytest.mark.system
def test_intake_flow_judges_what_is_ready(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / "inbox" / name
        folder.mkdir(parents=True)
        (folder / "application.json").write_text(json.dumps({"reference": name}), encoding="utf-8")
        (folder / ".ready").touch()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_"))}
    result = subprocess.run(
        [sys.executable, "-c", _FLOW],
        env=environment | {"QI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert sorted(entry["packet"] for entry in answer["packets"]) == ["one", "two"]
    assert {entry["outcome"] for entry in answer["packets"]} == {"supplement"}
    assert not any((tmp_path / "inbox").iterdir())
    assert (tmp_path / "reports" / "one" / "decision.html").is_file()


@pytest.mark.parametrize("runner", ["process", "dask"])
def test_runner_that_needs_a_server_is_refused_without_one(
    runner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in [key for key in os.environ if key.startswith(("PREFECT_", "QI_"))]:
        monkeypatch.delenv(key)
    # configure() writes to the environment of its process; what it wrote is taken back with the test.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    settings = Settings(home=tmp_path, database_url="sqlite://", runner=runner, dask_scheduler="tcp://127.0.0.1:8786")
    with pytest.raises(InstallationError, match="PREFECT_API_URL"):
        _runtime.configure(settings)
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:4200/api"
    _runtime.configure(settings)
    assert os.environ["QI_DASK_SCHEDULER"] == "tcp://127.0.0.1:8786"


def test_dask_without_a_scheduler_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ | {"PREFECT_API_URL": "http://127.0.0.1:4200/api"})
    settings = Settings(home=tmp_path, database_url="sqlite://", runner="dask")
    with pytest.raises(InstallationError, match="QI_DASK_SCHEDULER"):
        _runtime.configure(settings)


class Late(http.server.BaseHTTPRequestHandler):
    """A server that answers, be it only that it knows no such page."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_given: object) -> None:
        pass


def test_the_operators_server_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), Late, bind_and_activate=False)
    server.server_bind()  # nobody else gets the port, and nobody is answered yet
    address = f"http://127.0.0.1:{server.socket.getsockname()[1]}/api"
    monkeypatch.setenv("PREFECT_API_URL", address)
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            server.server_activate()
            threading.Thread(target=server.serve_forever, daemon=True).start()

    monkeypatch.setattr(prefects.time, "sleep", nap)
    with server, prefects.prefect_server() as used:
        assert used == address
        server.shutdown()
    assert len(naps) >= 3


def test_an_operators_server_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", os.environ | {"QI_HOME": str(tmp_path)})
    monkeypatch.setattr(prefects, "_START_SECONDS", 0.0)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        assert main(["serve"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "does not answer" in line
    assert "PREFECT_API_URL" in line
    os.environ["PREFECT_API_URL"] = "no address"
    assert main(["serve"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "http://127.0.0.1:4200/api" in line


@pytest.mark.system
def test_what_is_served_is_loaded_by_a_name_that_every_worker_can_import(tmp_path: Path) -> None:
    """Loaded from its file a flow is a module of its own, and no Dask scheduler could unpack its tasks."""
    program = (
        "from qi_pipeline.settings import load_settings\n"
        "from qi_pipeline.flows._runtime import configure\n"
        "settings = load_settings()\n"
        "configure(settings)\n"
        "from qi_pipeline.flows import deployments\n"
        "served = []\n"
        "deployments.serve = lambda *given, **named: served.extend(given)\n"
        "deployments._let_places_fall_free = lambda each: None\n"  # no server is needed to look at names
        "deployments.serve_all(settings)\n"
        "from prefect.flows import load_flow_from_entrypoint\n"
        "from prefect.settings import get_current_settings\n"
        "vacuum = get_current_settings().server.services.db_vacuum\n"
        "print(sorted(vacuum.enabled_vacuum_types), vacuum.retention_period)\n"
        "for each in served:\n"
        "    print(each.entrypoint, load_flow_from_entrypoint(each.entrypoint).fn.__module__)\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_"))}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"QI_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "['events', 'flow_runs', 'orphans'] 7 days, 0:00:00",
        "qi_pipeline.flows.intake.intake qi_pipeline.flows.intake",
        "qi_pipeline.flows.nightly.nightly qi_pipeline.flows.nightly",
    ]


def test_a_poll_leaves_the_inbox_to_one_that_is_still_at_work(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="")
    with _runtime.only_one(settings, "poll") as first, _runtime.only_one(settings, "poll") as second:
        assert (first, second) == (True, False)
    with _runtime.only_one(settings, "poll") as again:
        assert again


def test_the_server_ends_with_a_serve_that_was_killed() -> None:
    """It would keep the port and the file of the next one's server, and nobody would see it."""
    server = (
        "import time\n"
        "from qi_pipeline.flows.own_server import end_with_parent\n"
        "end_with_parent()\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )
    serve = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {server!r}], stdin=subprocess.PIPE, start_new_session=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", serve], stdout=subprocess.PIPE) as serving:
        assert serving.stdout is not None
        assert serving.stdout.readline() == b"up\n"
        serving.kill()
        # The server holds the other end of this pipe too: it is read to its end once both are gone.
        assert serving.stdout.read() == b""


_ANSWERS = """
import http.server, os, sys
class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            os._exit(1)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Fine).serve_forever()
"""


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Servers that answer like Prefect's and start at once; the folder of their locks."""
    monkeypatch.setattr(prefects, "_command", lambda port: [sys.executable, "-c", _ANSWERS, str(port)])
    monkeypatch.setattr(os, "environ", os.environ | {"PREFECT_HOME": str(tmp_path)})
    os.environ.pop("PREFECT_API_URL", None)
    return tmp_path


def test_a_second_serve_in_a_workspace_is_refused_and_the_next_one_is_not(answering: Path) -> None:
    with prefects.prefect_server():
        os.environ.pop("PREFECT_API_URL")
        with pytest.raises(UsageError, match="another `serve`"), prefects.prefect_server():
            pass
    with prefects.prefect_server() as address:
        assert address.startswith("http://127.0.0.1:")


def test_a_port_at_which_somebody_else_answers_is_not_taken_for_ours(
    answering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start at once both see the port free; the slower one would work for the other's workspace."""
    with prefects.prefect_server() as first:
        taken = int(first.split(":")[2].partition("/")[0])
        plain = prefects._free_port
        ports = iter([taken])
        monkeypatch.setattr(prefects, "_free_port", lambda: next(ports, None) or plain())
        os.environ["PREFECT_HOME"] = str(answering / "other")
        os.environ.pop("PREFECT_API_URL")
        with prefects.prefect_server() as second:
            assert second != first


def test_a_server_that_ends_while_somebody_else_answers_is_not_up(
    answering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be told of the sockets of a process that has ended."""
    with prefects.prefect_server() as other:
        ours = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        plain = urllib.request.urlopen

        def late(*given: object, **named: object) -> object:
            ours.kill()
            os.waitid(os.P_PID, ours.pid, os.WEXITED | os.WNOWAIT)
            return plain(*given, **named)

        monkeypatch.setattr(urllib.request, "urlopen", late)
        assert not prefects._is_up(ours, int(other.split(":")[2].partition("/")[0]))


def test_no_signal_is_sent_once_we_end_the_server_ourselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sent a moment too late would end whoever goes on after `serve`."""
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _process, number: sent.append(number))
    for off in (True, False):
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        guard = prefects._Guard(ended)
        if off:
            guard.turn_off()
        guard.run()
        assert sent == ([] if off else [signal.SIGTERM])


def test_serve_ends_with_its_server_and_not_as_if_all_were_well(answering: Path) -> None:
    """It would live on, and never look into the inbox again."""

    def asked(*_given: object) -> None:
        raise SystemExit(0)  # as Prefect ends a service that is asked to

    def serve() -> None:
        with prefects.prefect_server() as address:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(address.replace("/api", "/end"))
            time.sleep(120)

    before = signal.signal(signal.SIGTERM, asked)
    try:
        with pytest.raises(PassingError, match="run again"):
            serve()
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.system
def test_serve_takes_what_arrives_and_ends_with_everything_it_started(tmp_path: Path) -> None:
    """The embedded server runs no scheduler, and a scheduler that can't insert its runs is as silent: both were met."""
    _hand_in(tmp_path, "one")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_"))}
    program = Path(sys.executable).with_name("qi-pipeline")
    said = (tmp_path / "serve.log").open("wb")
    serving = subprocess.Popen(
        [str(program), "serve"],
        env=environment | {"QI_HOME": str(tmp_path), "QI_POLL_SECONDS": "5"},
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
        # A suite that runs in the background ignores it, and so would whatever it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        _decided(tmp_path, "one", serving)
        _hold_the_place(tmp_path, free=True)
        _hold_the_place(tmp_path, free=False)
        _hand_in(tmp_path, "two")
        _decided(tmp_path, "two", serving)
        serving.send_signal(signal.SIGINT)
        serving.wait()
    finally:
        said.close()
        if serving.poll() is None:
            os.killpg(serving.pid, signal.SIGKILL)
            serving.wait()


def _hand_in(home: Path, packet: str) -> None:
    folder = home / packet
    folder.mkdir()
    (folder / "application.json").write_text(json.dumps({"reference": packet}), encoding="utf-8")
    (folder / ".ready").touch()
    (home / "inbox").mkdir(exist_ok=True)
    folder.rename(home / "inbox" / packet)


def _decided(home: Path, packet: str, serving: subprocess.Popen[bytes]) -> None:
    """Waits for the packet's report."""
    while not (home / "reports" / packet / "decision.html").exists():
        assert serving.poll() is None, (home / "serve.log").read_text(encoding="utf-8")
        time.sleep(1)


def _hold_the_place(home: Path, *, free: bool) -> None:
    """Waits until no poll holds its place; or leaves it held since long, as a server that was killed does."""
    with contextlib.closing(sqlite3.connect(home / ".prefect" / "prefect.db", timeout=60)) as known, known:
        while free and known.execute("SELECT max(active_slots) FROM concurrency_limit_v2").fetchone() != (0,):
            time.sleep(0.5)
        if not free:
            before = (datetime.now(UTC) - timedelta(seconds=700)).strftime("%Y-%m-%d %H:%M:%S.%f")
            known.execute("UPDATE concurrency_limit_v2 SET active_slots = 1, updated = ?", (before,))
