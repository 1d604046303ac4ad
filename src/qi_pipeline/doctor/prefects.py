"""Whether Prefect can be imported and write its folder, and its server answers where one is named or needed.

Prefect is started in a process of its own: importing it takes seconds and changes the process it is imported into.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.settings import Settings

_GROUP = "prefect"
_SECONDS = 120
_ANSWER_SECONDS = 5
_TRY = "import prefect, prefect.server.api.server; print(prefect.__version__)"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """Import, folder, and the server of ``PREFECT_API_URL``; without one, `serve` starts its own."""
    home = Path(os.environ.get("PREFECT_HOME") or settings.home / ".prefect")
    yield _import()
    yield _folder(home)
    address = os.environ.get("PREFECT_API_URL")
    if address:
        yield _server(address)
    elif settings.runner != "thread":
        said = f"QI_RUNNER={settings.runner} needs a Prefect server, and none is named"
        yield fault(_GROUP, "server", said, "start one (prefect server start) and set PREFECT_API_URL to it")
    else:
        yield ok(_GROUP, "server", "none named; `serve` starts one of its own on loopback")
    if settings.runner == "dask":
        yield _scheduler(settings.dask_scheduler)


def _import() -> Check:
    remedy = "install the program's dependencies again (pip install -r requirements.lock)"
    try:
        with tempfile.TemporaryDirectory(prefix="qi-doctor-") as scratch:  # importing it writes into its folder
            own = {"PREFECT_HOME": scratch, "DO_NOT_TRACK": "1", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
            tried = subprocess.run(  # noqa: S603 - our own interpreter and a fixed line
                [sys.executable, "-c", _TRY],
                env=os.environ | own,
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
    except subprocess.TimeoutExpired:
        return fault(_GROUP, "import", f"importing it takes over {_SECONDS} s", remedy)
    if tried.returncode != 0:
        last = (tried.stderr.strip().splitlines() or ["it can't be imported"])[-1]
        return fault(_GROUP, "import", last[:300], remedy)
    return ok(_GROUP, "import", tried.stdout.strip().splitlines()[-1])


def _folder(home: Path) -> Check:
    place = home
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        said = f"{home} can't be written"
        return fault(_GROUP, "folder", said, f"give {place} to this user, or name another folder in PREFECT_HOME")
    return ok(_GROUP, "folder", str(home))


def _server(address: str) -> Check:
    if not address.startswith(("http://", "https://")):
        said = f"PREFECT_API_URL is {address!r}"
        return fault(_GROUP, "server", said, "give the address of its API, such as http://127.0.0.1:4200/api")
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/health", timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - http or https
            if answer.status == 200:
                return ok(_GROUP, "server", f"{address} answers")
            why = f"status {answer.status}"
    except (urllib.error.URLError, OSError, ValueError) as error:
        why = str(getattr(error, "reason", error))
    return fault(
        _GROUP, "server", f"{address} does not answer ({why})", "start the Prefect server, or mend PREFECT_API_URL"
    )


def _scheduler(address: str) -> Check:
    remedy = "start the Dask scheduler, or mend QI_DASK_SCHEDULER"
    host, _, port = address.removeprefix("tcp://").removeprefix("tls://").rpartition(":")
    if not host or not port.isdecimal():
        said = f"QI_DASK_SCHEDULER is {address!r}, no address such as tcp://host:8786"
        return fault(_GROUP, "dask", said, remedy)
    try:
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        return fault(_GROUP, "dask", f"{address} does not answer ({error})", remedy)
    return ok(_GROUP, "dask", f"{address} answers")
