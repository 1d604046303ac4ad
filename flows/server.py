"""A Prefect server of our own on loopback, for `serve` where the operator has none.

Prefect's embedded server runs no scheduler: deployments served against it are never started. So `serve` starts a real
one as a child, with its database in the workspace, and ends it when it ends itself; where `serve` is killed, the child
sees its input end and ends by itself (:mod:`qi_pipeline.flows.own_server`).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from qi_pipeline.errors import InstallationError, PassingError, UsageError

_USUAL_PORT = 4200
_START_SECONDS = 600.0
_STOP_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.5


@contextmanager
def prefect_server() -> Iterator[str]:
    """The address of the Prefect server to use: the operator's (PREFECT_API_URL), else one of our own while it lasts.

    Raises InstallationError when our own does not come up, and PassingError when the operator's does not answer.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        _wait_for(given)
        yield given
        return
    port = _free_port()
    command = [sys.executable, "-m", "qi_pipeline.flows.own_server", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(  # noqa: S603 - our own interpreter and fixed arguments
        command,
        stdin=subprocess.PIPE,  # never written to: it ends when this process does, however that happens
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_up(server, port)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        yield os.environ["PREFECT_API_URL"]
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        _end(server)


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


def _wait_until_up(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise InstallationError(
        "the Prefect server did not come up; run `prefect server start` to see why, "
        "or set PREFECT_API_URL to one that runs"
    )


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
