"""How papers write dates."""

from __future__ import annotations

import random
from datetime import date

_DIGITS = "〇一二三四五六七八九"


def _count(n: int) -> str:
    if n < 10:
        return _DIGITS[n]
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def spelled(day: date) -> str:
    """二〇一二年五月六日."""
    return "".join(_DIGITS[int(c)] for c in str(day.year)) + f"年{_count(day.month)}月{_count(day.day)}日"


def chinese(day: date, rng: random.Random, *, spaced: bool = False) -> str:
    """2019年03月19日, 2019年3月19日, perhaps with spaces."""
    if rng.random() < 0.6:
        figures = (f"{day.year}", f"{day.month:02d}", f"{day.day:02d}")
    else:
        figures = (f"{day.year}", str(day.month), str(day.day))
    if spaced:
        return "{} 年 {} 月 {} 日".format(*figures)
    return "{}年{}月{}日".format(*figures)


def any_form(day: date, rng: random.Random) -> str:
    """Any form that certificates use."""
    return rng.choice(
        (
            f"{day.year}年{day.month:02d}月{day.day:02d}日",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}-{day.month:02d}-{day.day:02d}",
            f"{day.year}.{day.month:02d}.{day.day:02d}",
            f"{day.year}/{day.month:02d}/{day.day:02d}",
            f"{day.year} 年 {day.month:02d} 月 {day.day:02d} 日",
            spelled(day),
        )
    )
