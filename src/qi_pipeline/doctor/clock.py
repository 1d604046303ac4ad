"""Whether this machine's clock agrees with its disk's and with the log, and its time zones are there."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.errors import QiError
from qi_pipeline.records import health
from qi_pipeline.settings import Settings

_GROUP = "clock"
_SLACK = 2.0
"""Seconds by which two clocks may differ; packets settle in three."""
_REMEDY = "set the clock right, and keep it so (timedatectl set-ntp true)"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """The disk's clock, where the workspace can be written, and the log's last moment, where there is one."""
    place = settings.work if settings.work.is_dir() else settings.home
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".qi-doctor-") as trial:
            before, written, after = time.time(), Path(trial.name).stat().st_mtime, time.time()
    except OSError:
        pass  # said by the folders
    else:
        off = max(before - written - _SLACK, written - after, 0.0)
        if off > _SLACK:
            said = f"the disk of {place} dates its files {off:.0f} s off this machine's clock"
            yield fault(_GROUP, "disk", said, "set the clocks of both machines right; packets settle by these dates")
        else:
            yield ok(_GROUP, "disk", "dates files by this machine's clock")
    try:
        last = health.look(settings.database_url).last_event_at
    except QiError:
        return  # said by the database
    now = datetime.now(UTC)
    if last is not None and datetime.fromisoformat(last) > now + timedelta(seconds=_SLACK):
        said = f"it shows {now:%Y-%m-%d %H:%M:%S} UTC, before the log's last event of {last[:19].replace('T', ' ')}"
        yield fault(_GROUP, "log", said, _REMEDY)
    else:
        yield ok(_GROUP, "log", "no event lies ahead of it")
