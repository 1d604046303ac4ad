"""Working days and months: the vectors of the domain reference, and what holds for every day."""

from __future__ import annotations

import doctest
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qi_pipeline import workdays
from qi_pipeline.workdays import add_months, add_working_days, calendar_years, is_working_day, same_day_of_month, today


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-02-13", 3, "2026-02-25"),  # over Spring Festival; Saturday the 14th is worked
        ("2026-09-30", 3, "2026-10-10"),  # over National Day, ends on a worked Saturday
        ("2026-11-20", 3, "2026-11-25"),
        ("2026-11-22", 3, "2026-11-25"),  # received on a Sunday
        ("2026-04-24", 10, "2026-05-12"),  # Labour Day, Saturday 9 May is worked
        ("2026-11-20", 0, "2026-11-20"),
    ],
)
def test_working_days_of_the_domain_reference(start: str, count: int, due: str) -> None:
    assert add_working_days(day(start), count) == workdays.DueDate(date=day(due))


def test_rest_days_and_worked_weekends_of_2026() -> None:
    off = ["01-01", "01-02", *(f"02-{n}" for n in (16, 17, 18, 19, 20, 23)), "04-06", "05-01", "05-04", "05-05"]
    off += ["06-19", "09-25", "10-01", "10-02", "10-05", "10-06", "10-07"]
    worked = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert not any(is_working_day(day(f"2026-{text}")) for text in off)
    assert all(is_working_day(day(f"2026-{text}")) for text in worked)


def test_beyond_the_calendar_is_provisional_and_by_weekdays() -> None:
    _, last = calendar_years()
    inside = add_working_days(date(last, 12, 20), 3)
    across = add_working_days(date(last, 12, 30), 3)
    assert not inside.provisional
    assert across.provisional
    assert across.date.weekday() < 5
    assert add_working_days(date(1999, 5, 4), 1).provisional


def test_a_year_without_its_autumn_holidays_is_not_known() -> None:
    # The package's data for a year is whole or absent; a list that stops in spring must not decide deadlines.
    first, last = calendar_years()
    assert first == 2004
    assert last >= 2026


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),  # a Saturday, but a worked one: no roll-over
        ("2026-03-15", 1, "2026-04-15"),
        ("2026-09-01", 1, "2026-10-08"),  # 1 October to 7 October are legal rest days
        ("2026-10-22", 1, "2026-11-23"),  # 22 November is a Sunday
    ],
)
def test_one_month_by_the_civil_code(start: str, months: int, due: str) -> None:
    assert add_months(day(start), months) == workdays.DueDate(date=day(due))


def test_month_that_ends_beyond_the_calendar_is_provisional() -> None:
    _, last = calendar_years()
    assert add_months(date(last, 12, 15), 1).provisional


def test_corresponding_day_of_leap_years() -> None:
    assert same_day_of_month(day("2024-02-29"), 12) == day("2025-02-28")
    assert same_day_of_month(day("2026-03-31"), -1) == day("2026-02-28")


def test_today_is_the_day_in_shanghai() -> None:
    assert today(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == day("2026-11-22")
    assert today(datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == day("2026-11-21")
    with pytest.raises(ValueError, match="aware"):
        today(datetime(2026, 11, 21, 16, 0))  # noqa: DTZ001 - the naive moment is the point


def test_negative_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_days(day("2026-11-20"), -1)


@given(st.dates(date(2005, 1, 1), date(2026, 11, 30)), st.integers(1, 10))
def test_between_start_and_due_lie_exactly_the_counted_days(start: date, count: int) -> None:
    due = add_working_days(start, count)
    span = [start + timedelta(days=n) for n in range(1, (due.date - start).days + 1)]
    assert sum(is_working_day(each) for each in span) == count
    assert is_working_day(due.date)
    assert not due.provisional


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(workdays).failed == 0
