"""Whether the log file that was asked for can be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.settings import Settings

_GROUP = "logs"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """One check of the file that ``QI_LOG`` names; without one the log goes to stderr."""
    place = settings.log
    if place is None:
        yield ok(
            _GROUP, "file", f"stderr, from {settings.log_level} on" if settings.log_level else "no log is asked for"
        )
        return
    there = os.path.lexists(place)
    if place.is_dir() or not os.access(place if there else place.parent, os.W_OK):
        yield fault(_GROUP, "file", f"{place} can't be written", "give it to this user, or mend QI_LOG")
        return
    yield ok(_GROUP, "file", str(place))
