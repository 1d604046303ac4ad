"""A Prefect server of our own on loopback, for `serve` where the operator has none.

Prefect's embedded server runs no scheduler: deployments served against it are never started. So `serve` starts a real
one as a child, with its database in the workspace, and ends it when it ends itself; where `serve` is killed, the child
sees its input end and ends by itself (:mod:`qi_pipeline.flows.own_server`).
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qi_pipeline.errors import InstallationError, PassingError, UsageError

_USUAL_PORT = 4200
_START_SECONDS = 600.0
_STOP_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.5
_TRIES = 3
_LISTENING = "0A"
"""The state of a socket that waits for connections, in /proc/net/tcp."""


@contextmanager
def prefect_server() -> Iterator[str]:
    """The address of the Prefect server to use: the operator's (PREFECT_API_URL), else one of our own while it lasts.

    Raises InstallationError when our own does not come up, UsageError when another `serve` has its own in this
    workspace, and PassingError when our own ends under it, or the operator's does not answer.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        _wait_for(given)
        yield given
        return
    with _alone(Path(os.environ["PREFECT_HOME"])):
        server, port = _started()
        guard = _Guard(server)
        try:
            guard.start()
            os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
            yield os.environ["PREFECT_API_URL"]
        except BaseException as error:
            guard.refuse_left_alone(error)
            raise
        else:
            guard.refuse_left_alone(None)
        finally:
            guard.turn_off()
            os.environ.pop("PREFECT_API_URL", None)
            _end(server)


class _Guard(threading.Thread):
    """Asks this process to end once its server has: without one it would live on and never look into the inbox."""

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        super().__init__(name="server", daemon=True)
        self._server = server
        self._off = False
        self._left_alone = False
        self._deciding = threading.Lock()

    def run(self) -> None:
        """Waits for the server's end."""
        while self._server.poll() is None:
            time.sleep(_LOOK_AGAIN_SECONDS)
        with self._deciding:
            if not self._off:
                self._left_alone = True
                os.kill(os.getpid(), signal.SIGTERM)

    def turn_off(self) -> None:
        """Nothing; from here on the server may end, for we end it: no signal is sent any more."""
        with self._deciding:
            self._off = True

    def refuse_left_alone(self, error: BaseException | None) -> None:
        """Nothing; raises PassingError where it was the server's end that ended the work, which then is no success."""
        if self._left_alone:
            raise PassingError("the Prefect server of `serve` ended; run again, nothing was lost") from error


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nothing; refuses a second `serve` in the workspace: two servers would share one file, and neither need both."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"another `serve` is at work with {home}; leave it, or stop it first (`watch` may run beside it)"
            ) from None
        yield


def _started() -> tuple[subprocess.Popen[bytes], int]:
    """A server of our own that answers, and its port; another port where somebody was faster at the first."""
    for _ in range(_TRIES):
        port = _free_port()
        server = subprocess.Popen(  # noqa: S603 - our own interpreter and fixed arguments
            _command(port),
            stdin=subprocess.PIPE,  # never written to: it ends when this process does, however that happens
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            if _is_up(server, port):
                return server, port
        except BaseException:
            _end(server)
            raise
        _end(server)
    raise InstallationError(
        "the Prefect server did not come up; run `prefect server start` to see why, "
        "or set PREFECT_API_URL to one that runs"
    )


def _command(port: int) -> list[str]:
    return [sys.executable, "-m", "qi_pipeline.flows.own_server", "--host", "127.0.0.1", "--port", str(port)]


def _free_port() -> int:
    """Prefect's usual port where it is free, else any."""
    for port in (_USUAL_PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InstallationError("no port is free on 127.0.0.1 for the Prefect server; set PREFECT_API_URL to one that runs")


def _wait_for(address: str) -> None:
    """Nothing, once the operator's server answers anything: started together with it, we are often the first."""
    if not address.startswith(("http://", "https://")):
        raise UsageError(f"PREFECT_API_URL is {address!r}; give an address such as http://127.0.0.1:4200/api")
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=5).close()  # noqa: S310 - the operator's own
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() >= until:
                why = getattr(error, "reason", error)
                raise PassingError(
                    f"the Prefect server at {address} does not answer ({why}); start it, or mend PREFECT_API_URL"
                ) from error
            time.sleep(_LOOK_AGAIN_SECONDS)


def _is_up(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server answers; it may have ended instead, or somebody else may answer at its port meanwhile."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with (
            suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer,
        ):
            # Of a server that has ended meanwhile nothing can be told, and who answers is somebody else.
            if answer.status == 200 and _listens(server.pid, port) and server.poll() is None:
                return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False


def _listens(process: int, port: int) -> bool:
    """Whether that process is who listens at the port, as Linux tells; true where it can't be told."""
    own = Path(f"/proc/{process}")
    try:
        rows = [line.split() for line in (own / "net/tcp").read_text(encoding="ascii").splitlines()[1:]]
        held = {str(each.readlink()) for each in (own / "fd").iterdir()}
    except OSError:
        return True
    ours = (row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == _LISTENING)
    return any(f"socket:[{row[9]}]" in held for row in ours)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ends the server with everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(_STOP_SECONDS)
            break
    if server.stdin is not None:
        server.stdin.close()
