"""Which walls of the reading processes hold, by a process that tries to get through them."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.errors import QiError
from qi_pipeline.policy import default_policy, load_policy
from qi_pipeline.reading.child import Child, ChildGone, ChildTimeout
from qi_pipeline.reading.protocol import Request, Setup
from qi_pipeline.settings import Settings

_GROUP = "cage"
_PROBE = (sys.executable, "-P", "-m", "qi_pipeline.reading.cage_probe")
_SECONDS = 60.0
_LAYERS = {
    "session": ("its own session, ended with all it starts", "report it: this needs nothing of the system"),
    "limits": ("memory, files and core dumps are limited", "raise the hard limits of the service (ulimit -H)"),
    "environment": ("no secret, proxy or setting in its environment", "report it: this needs nothing of the system"),
    "network": (
        "no socket can be made",
        "use Linux on x86-64 or ARM64 with seccomp, or give the service no network (PrivateNetwork=yes)",
    ),
    "files": (
        "only its own folders can be written, only originals and the program read",
        "use Linux 5.13 or newer with Landlock (lsm=landlock,…), or a read-only root for the service",
    ),
}


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """A check for each wall; one that the system does not offer is a warning, unless ``--require cage=full``."""
    try:
        limits = load_policy(settings.policy).limits
    except QiError:
        limits = default_policy().limits
    with tempfile.TemporaryDirectory(prefix="qi-doctor-") as scratch:
        outside, pages = Path(scratch) / "outside", Path(scratch) / "pages"
        outside.write_bytes(b"somebody else's")
        pages.mkdir()
        setup = Setup(engine=settings.ocr_engine, limits=limits, writable=(str(pages),))
        try:
            child = Child(setup, _PROBE, _SECONDS)
            try:
                child.send(Request(do="open", path=str(outside)))
                held = json.loads(child.receive(time.monotonic() + _SECONDS).message)
            finally:
                child.end()
        except (ChildGone, ChildTimeout, OSError) as error:
            said = f"a reading process can't be started ({error})"
            yield fault(_GROUP, "process", said, "install the program again, or raise worker_memory_bytes")
            return
    for layer, (means, remedy) in _LAYERS.items():
        if held.get(layer):
            yield ok(_GROUP, layer, means)
        else:
            yield warning(_GROUP, layer, f"not on: {means}", remedy)
