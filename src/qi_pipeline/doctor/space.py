"""Whether the disk has room for packets, and entries (inodes) for their files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.errors import QiError
from qi_pipeline.policy import default_policy, load_policy
from qi_pipeline.settings import Settings

_GROUP = "space"
_COMFORT = 10
"""Room for so many of the largest packets is enough to look again tomorrow."""
_FEWEST_ENTRIES, _FEW_ENTRIES = 2_000, 50_000
_MIB = 1 << 20


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """Room for the largest packet that policy allows, as stored and as unpacked; entries for its files and pages."""
    place = settings.work if settings.work.is_dir() else settings.home
    if not place.is_dir():
        return
    try:
        limits = load_policy(settings.policy).limits
    except QiError:
        limits = default_policy().limits
    seen = os.statvfs(place)
    free = seen.f_bavail * seen.f_frsize
    packet = limits.packet_bytes + limits.archive_bytes
    said = f"{free // _MIB} MiB free; the largest packet takes {packet // _MIB} MiB"
    remedy = f"free space on the file system of {place}, or lower packet_bytes and archive_bytes of the policy"
    if free < packet:
        yield fault(_GROUP, "disk", said, remedy)
    elif free < _COMFORT * packet:
        yield warning(_GROUP, "disk", said, remedy)
    else:
        yield ok(_GROUP, "disk", said)
    if seen.f_files == 0:  # some file systems count none
        yield ok(_GROUP, "entries", "this file system does not count them")
        return
    said, remedy = f"{seen.f_favail} entries (inodes) free", f"remove small files on the file system of {place}"
    if seen.f_favail < _FEWEST_ENTRIES:
        yield fault(_GROUP, "entries", said, remedy)
    elif seen.f_favail < _FEW_ENTRIES:
        yield warning(_GROUP, "entries", said, remedy)
    else:
        yield ok(_GROUP, "entries", said)
