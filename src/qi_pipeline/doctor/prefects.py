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
_TRY = """
import asyncio, sys, prefect, prefect.server.api.server
from prefect.server.schemas.schedules import CronSchedule
print(prefect.__version__)
try:
    nights = asyncio.run(CronSchedule(cron=sys.argv[1], timezone="Asia/Shanghai").get_dates(1))
except Exception as error:
    print("never", str(error).splitlines()[0][:200])
else:
    print("next", nights[0].strftime("%Y-%m-%d %H:%M %z"))
"""


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """Import, folder, and the server of ``PREFECT_API_URL``; without one, `serve` starts its own."""
    home = Path(os.environ.get("PREFECT_HOME") or settings.home / ".prefect")
    yield from _import(settings.nightly_cron)
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


def _import(cron: str) -> Iterator[Check]:
    """Whether Prefect can be imported and, as it would count them, when the next night is."""
    remedy = "install the program's dependencies again (pip install -r requirements.lock)"
    try:
        with tempfile.TemporaryDirectory(prefix="qi-doctor-") as scratch:  # importing it writes into its folder
            own = {"PREFECT_HOME": scratch, "DO_NOT_TRACK": "1", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
            tried = subprocess.run(  # noqa: S603 - our own interpreter and a fixed line
                [sys.executable, "-c", _TRY, cron],
                env=os.environ | own,
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
    except subprocess.TimeoutExpired:
        yield fault(_GROUP, "import", f"importing it takes over {_SECONDS} s", remedy)
        return
    if tried.returncode != 0:
        last = (tried.stderr.strip().splitlines() or ["it can't be imported"])[-1]
        yield fault(_GROUP, "import", last[:300], remedy)
        return
    version, night = tried.stdout.strip().splitlines()[-2:]
    yield ok(_GROUP, "import", version)
    word, _, said = night.partition(" ")
    if word == "next":
        yield ok(_GROUP, "nightly", f"{cron!r} in Asia/Shanghai; next {said}")
    else:
        yield fault(_GROUP, "nightly", f"{cron!r} never comes ({said})", "mend QI_NIGHTLY_CRON, such as '30 1 * * *'")


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
