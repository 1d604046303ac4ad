"""Days and clauses as official letters write them."""

from __future__ import annotations

from datetime import date

import jinja2

from qi_pipeline.model import Lang


def long_date(day: date, lang: Lang) -> str:
    """The day as official letters write it: 2026年3月1日, or 1 March 2026.

    >>> long_date(date(2026, 3, 1), "zh")
    '2026年3月1日'
    """
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"


@jinja2.pass_context
def day(context: jinja2.runtime.Context, value: object) -> str:
    """The day as the page's language writes it; in a template ``{{ on | day }}``."""
    if not isinstance(value, date):
        raise TypeError(f"{value!r} is no day")
    return long_date(value, "en" if context.get("lang") == "en" else "zh")
