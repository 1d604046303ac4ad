"""Stored moments in the one time that people and tables see: Asia/Shanghai, to the second.

The database keeps a packet's moments as they were written, the log's in UTC, and an applicant's as the form gave it.
"""

from __future__ import annotations

import functools
from datetime import datetime

from qi_pipeline.workdays import SHANGHAI


def local(moment: str) -> str:
    """The moment in Asia/Shanghai as ISO 8601; one without a zone is taken as there; what is none stays as it is.

    >>> local("2026-11-22T18:13:00.123456+00:00"), local("2026-11-22T10:12:00+08:00")
    ('2026-11-23T02:13:00+08:00', '2026-11-22T10:12:00+08:00')
    >>> local("2026-11-22 10:12"), local("2026-11-22T10:12:00+09:00"), local("yesterday")
    ('2026-11-22T10:12:00+08:00', '2026-11-22T09:12:00+08:00', 'yesterday')
    """
    if moment.endswith("+08:00") and len(moment) == 25:
        return moment
    if moment.endswith("+00:00") and moment[10:11] == "T" and moment[16:17] == ":":
        return f"{_hour(moment[:13])}{moment[13:19]}+08:00"
    try:
        given = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    there = given.replace(tzinfo=SHANGHAI) if given.tzinfo is None else given.astimezone(SHANGHAI)
    return there.isoformat(timespec="seconds")


@functools.cache
def _hour(hour: str) -> str:
    """An hour of UTC as the hour in Asia/Shanghai: eight later, the minutes are the same; a few thousand occur."""
    return datetime.fromisoformat(f"{hour}:00:00+00:00").astimezone(SHANGHAI).isoformat()[:13]
