"""Working days (工作日) by the State Council's calendar, and months by the Civil Code.

The only module that knows ``chinese_calendar``. Its data ends with the last year for which the State Council has
published the holiday arrangement; a day beyond is counted by weekdays and called provisional, never guessed silently.

Sources: 行政许可法 art. 82 (time limits in working days), 民法典 art. 201-203 (the first day does not count; a month
ends on the corresponding day, or on the last day of a shorter month; a period that ends on a legal rest day ends on
the next day after it).
"""

from __future__ import annotations

import calendar
import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The time zone of the platform; there is no daylight saving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """The last day of a time limit; it ends at 24:00 of ``date``."""

    date: date
    provisional: bool = False
    """True when the span leaves the loaded calendar, so that a later arrangement of holidays may move the day."""


def today(now: datetime | None = None) -> date:
    """The calendar day in Asia/Shanghai at the moment ``now`` (aware; default: this moment)."""
    moment = datetime.now(UTC) if now is None else now
    if moment.tzinfo is None:
        raise ValueError("an aware moment is needed, such as one in UTC")
    return moment.astimezone(SHANGHAI).date()


@functools.cache
def calendar_years() -> tuple[int, int]:
    """The first and the last year whose working days are known.

    A year counts as known when it has a legal holiday in October, for the yearly arrangement is published as a whole.
    """
    known = {day.year for day in chinese_calendar.holidays if day.month == 10}
    return min(known), max(known)


def is_known(day: date) -> bool:
    """Whether the loaded calendar covers ``day``."""
    first, last = calendar_years()
    return first <= day.year <= last


def is_working_day(day: date) -> bool:
    """Whether ``day`` is a working day; beyond the loaded calendar every Monday to Friday is one.

    >>> is_working_day(date(2026, 2, 28)), is_working_day(date(2026, 10, 5))
    (True, False)
    """
    if not is_known(day):
        return day.weekday() < 5
    return bool(chinese_calendar.is_workday(day))


def add_working_days(start: date, count: int) -> DueDate:
    """The ``count``-th working day after ``start``, which itself does not count (clauses 5.2.1 and 6.3).

    >>> add_working_days(date(2026, 9, 30), 3).date.isoformat()
    '2026-10-10'
    """
    if count < 0:
        raise ValueError("a time limit has no negative length")
    day, left, known = start, count, is_known(start)
    while left:
        day += timedelta(days=1)
        known = known and is_known(day)
        left -= is_working_day(day)
    return DueDate(date=day, provisional=not known)


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after ``start`` up to and with ``end``; none when ``end`` is not after ``start``.

    >>> working_days_between(date(2026, 11, 20), date(2026, 11, 25))
    3
    """
    return sum(is_working_day(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))


def next_working_day(day: date) -> DueDate:
    """``day`` itself if it is a working day, else the next one (民法典 art. 203)."""
    known = is_known(day)
    while not is_working_day(day):
        day += timedelta(days=1)
        known = known and is_known(day)
    return DueDate(date=day, provisional=not known)


def same_day_of_month(start: date, months: int) -> date:
    """The corresponding day ``months`` later (or earlier), or that month's last day (民法典 art. 202).

    >>> same_day_of_month(date(2024, 2, 29), 12).isoformat()
    '2025-02-28'
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def add_months(start: date, months: int) -> DueDate:
    """The last day of a time limit of ``months`` months after ``start`` (clause 7.5); rolls over legal rest days.

    >>> add_months(date(2026, 1, 31), 1).date.isoformat()
    '2026-02-28'
    """
    return next_working_day(same_day_of_month(start, months))
