"""Whether the State Council's calendar of working days covers today, and how long it still does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.settings import Settings
from qi_pipeline.workdays import calendar_years, is_known

_GROUP = "calendar"
_SOON = 45
"""Days before the end of the calendar: the arrangement of the next year is published in November."""
_REMEDY = "update the package chinesecalendar (pip install -U chinesecalendar); due days beyond are provisional"


def examine(_settings: Settings, today: date) -> Iterator[Check]:
    """One check: the years that are known."""
    first, last = calendar_years()
    left = (date(last, 12, 31) - today).days
    if not is_known(today):
        yield fault(_GROUP, "working days", f"{today} is not in {first} to {last}, the years that are known", _REMEDY)
    elif left < _SOON:
        yield warning(_GROUP, "working days", f"known to {last}-12-31, {left} days from {today}", _REMEDY)
    else:
        yield ok(_GROUP, "working days", f"known from {first} to {last}, {left} days ahead")
