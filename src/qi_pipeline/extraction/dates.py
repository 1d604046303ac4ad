"""Every way a date or a term is written on Chinese papers, and the one it means (DOMAIN 3.7).

Digits, Chinese numerals (二〇二五), financial capitals (贰零贰伍), zeros that recognition read as 口, 回 or O,
ranges, 长期 and its family, terms in years (有效期三年) after article 202 of the Civil Code, English dates. A
numeric order that can be read two ways (03/04/2025) is no date: a person decides.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from qi_pipeline.extraction.folding import fold

_DIGITS = {
    **dict.fromkeys("〇○零o口回囗□◯0", 0),
    **dict.fromkeys("一壹弌", 1),
    **dict.fromkeys("二贰貳弍两", 2),
    **dict.fromkeys("三叁叄參弎", 3),
    **dict.fromkeys("四肆", 4),
    **dict.fromkeys("五伍", 5),
    **dict.fromkeys("六陆陸", 6),
    **dict.fromkeys("七柒", 7),
    **dict.fromkeys("八捌", 8),
    **dict.fromkeys("九玖", 9),
}
_TENS = {**dict.fromkeys("十拾", 10), **dict.fromkeys("廿", 20), **dict.fromkeys("卅", 30)}
_NUMERALS = "".join(_DIGITS) + "".join(_TENS)
_LATIN_LOOKS = str.maketrans({"o": "0", "d": "0", "q": "0", "i": "1", "l": "1", "|": "1", "s": "5", "b": "8", "z": "2"})
_D = "[0-9oil|sbzdq]"

_CHINESE = re.compile(
    rf"(?P<y>[12]{_D}{{3}}|[{_NUMERALS}]{{4}})年(?:(?P<m>{_D}{{1,2}}|[{_NUMERALS}]{{1,3}})月(?:(?P<d>{_D}{{1,2}}|[{_NUMERALS}]{{1,4}})(?:日|号|曰|目|口)?)?)?"
)
_NUMERIC = re.compile(
    r"(?<![0-9])(?P<y>(?:19|2[01])[0-9]{2})(?P<s>[-./])(?P<m>1[0-2]|0?[1-9])(?P=s)(?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9])"
)
_COMPACT = re.compile(
    r"(?<![0-9a-z])(?P<y>(?:19|2[01])[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])(?![0-9a-z])"
)
_SHORT_YEAR = re.compile(
    rf"(?<![0-9a-z{_NUMERALS}-])0?(?P<y>[1-5][0-9])年(?P<m>1[0-2]|0?[1-9])月(?P<d>3[01]|[12][0-9]|0?[1-9])[日号曰]"
)
"""A day whose year is written, or was read, without its century (26年3月1日)."""
_SHORT_SPELT = re.compile(
    rf"(?<![0-9{_NUMERALS}])(?P<y>[一二三][〇○零一二三四五六七八九])年(?P<m>[一二三四五六七八九十]{{1,2}})月"
    r"(?P<d>[一二三四五六七八九十廿卅]{1,3})[日号曰]"
)
_LOST_SIGN = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})[/|,.、午牟](?=(?:1[0-2]|0?[1-9])月(?:3[01]|[12][0-9]|0?[1-9])日)"
)
"""A whole day whose 年 was read as another sign (2020/9月2日)."""
_YEAR_MONTH = re.compile(r"(?<![0-9])(?P<y>(?:19|2[01])[0-9]{2})(?P<s>[-./])(?P<m>1[0-2]|0[1-9])(?![0-9./-])")
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_MONTH = "(?P<mon>" + "|".join(sorted({*_MONTHS, *(m[:3] for m in _MONTHS), "sept"}, key=len, reverse=True)) + r")\.?"
_ENGLISH = (
    re.compile(
        rf"(?<![0-9])(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?[-,./]?(?:of)?{_MONTH}[-,./]?(?P<y>(?:19|2[01])[0-9]{{2}})(?![0-9])"
    ),
    re.compile(rf"{_MONTH}[-,./]?(?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?[-,./]?(?P<y>(?:19|2[01])[0-9]{{2}})(?![0-9])"),
    re.compile(rf"(?<![0-9])(?P<y>(?:19|2[01])[0-9]{{2}})[-,./]?{_MONTH}[-,./]?(?P<d>[0-3]?[0-9])(?![0-9])"),
)
_WESTERN_NUMERIC = re.compile(
    r"(?<![0-9./-])(?P<a>[0-3]?[0-9])(?P<s>[-./])(?P<b>[0-3]?[0-9])(?P=s)(?P<y>(?:19|2[01])[0-9]{2})(?![0-9])"
)

_LONG_TERM = re.compile(
    r"长期|永久|长年|永续|[29]999[年./-]?12|无固定期限|不约定期限|未约定期限|无期限|不限期|期限不限|无限期|longterm|permanent|indefinite"
)
_EMPTY_FILL = re.compile(r"^(?:至|-)*(?:/+|\*{2,}|-{2,}|无)$")
_DURATION = re.compile(
    # No part of a date is a term: 09月13日 is not nine months, 27年05月 not twenty-seven years, whatever stands before.
    rf"(?<![0-9a-z|])(?P<n>[0-9]{{1,2}}|[{_NUMERALS}]{{1,3}}|半)(?:个)?(?P<unit>年|周年|月)(?!.{{0,3}}月)(?!.{{1,3}}[日号曰])"
)
_OF_A_YEAR = re.compile(rf"(?:[0-9]{{4}}|[{_NUMERALS}〇○]{{4}})年$")
_SEPARATOR = re.compile(r"至|到|-|~|起")


@dataclass(frozen=True, slots=True)
class Dated:
    """One date found in a text; ``start:end`` index the folded text."""

    day: date | None
    """None: printed as a date, but not one that exists or whose order is ambiguous."""
    start: int
    end: int
    coarse: Literal["day", "month", "year"] = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A period of validity as printed; what is not printed is None."""

    start: date | None = None
    end: date | None = None
    long_term: bool = False
    months: int | None = None
    """A term without dates (有效期三年), in months."""
    coarse: bool = False
    broken: bool = False
    """True when a date is printed that can't be read as one."""


def number_of(text: str) -> int | None:
    """The number below 100 that Arabic digits or Chinese numerals write; None when they write none.

    >>> number_of("廿八"), number_of("叁拾壹"), number_of("零伍"), number_of("07")
    (28, 31, 5, 7)
    """
    text = text.lower()
    arabic = text.translate(_LATIN_LOOKS)
    if arabic.isascii() and arabic.isdigit():
        return int(arabic)
    total, digit = 0, None
    for char in text:
        if char in _TENS:
            total += _TENS[char] * (digit if digit and _TENS[char] == 10 else 1)
            digit = None
        elif char in _DIGITS:
            if digit is not None:
                total += digit * 10 if total == 0 else digit
            digit = _DIGITS[char]
        else:
            return None
    return total + (digit or 0)


def _year_of(text: str) -> int | None:
    arabic = text.translate(_LATIN_LOOKS)
    if arabic.isascii() and arabic.isdigit():
        return int(arabic)
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    return None


def _made(year: int | None, month: int | None, day: int | None) -> date | None:
    if year is None or not 1900 <= year <= 2200 or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _chinese(match: re.Match[str]) -> Dated:
    year = _year_of(match["y"])
    rest = match.string[match.end() :]
    if match["m"] is None:
        if re.match(r".{0,3}月", rest):  # a month is printed that can't be read; this is no year alone
            return Dated(None, match.start(), match.end())
        return Dated(_made(year, 12, 31), match.start(), match.end(), "year")
    month = number_of(match["m"])
    if match["d"] is None:
        if re.match(r".{1,3}[日号曰]", rest):
            return Dated(None, match.start(), match.end())
        first = _made(year, month, 1)
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1]) if first else None
        return Dated(last, match.start(), match.end(), "month")
    day = match["d"]
    if len(day) == 1 and match.end() == match.end("d") == len(match.string):
        return Dated(None, match.start(), match.end())  # 2018年05月1 and no more: the rest of the day is lost
    return Dated(_made(year, month, number_of(day)), match.start(), match.end())


def _candidates(text: str) -> Iterator[Dated]:
    for match in _CHINESE.finditer(text):
        yield _chinese(match)
    for pattern in (_NUMERIC, _COMPACT):
        for match in pattern.finditer(text):
            cut = match["m"][0] == "0" and len(match["d"]) == 1  # 2030-01-1: who pads the month pads the day
            found = None if cut else _made(int(match["y"]), int(match["m"]), int(match["d"]))
            yield Dated(found, match.start(), match.end())
    for pattern in _ENGLISH:
        for match in pattern.finditer(text):
            month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(match["mon"][:3]))
            yield Dated(_made(int(match["y"]), month, int(match["d"])), match.start(), match.end())
    for match in _WESTERN_NUMERIC.finditer(text):
        a, b = int(match["a"]), int(match["b"])
        order = {(b, a)} if a > 12 else {(a, b)} if b > 12 else {(a, b), (b, a)}
        month, day = order.pop()
        yield Dated(None if order else _made(int(match["y"]), month, day), match.start(), match.end())
    for match in _SHORT_YEAR.finditer(text):
        yield Dated(_made(2000 + int(match["y"]), int(match["m"]), int(match["d"])), match.start(), match.end())
    for match in _SHORT_SPELT.finditer(text):
        year = _year_of("二〇" + match["y"])
        yield Dated(_made(year, number_of(match["m"]), number_of(match["d"])), match.start(), match.end())
    for match in _YEAR_MONTH.finditer(text):
        year, month = int(match["y"]), int(match["m"])
        yield Dated(date(year, month, calendar.monthrange(year, month)[1]), match.start(), match.end(), "month")


_LOST_ZERO = re.compile(
    r"(?<![〇○零o口回囗□◯一二三四五六七八九十0-9])二(?=[一二三四五六七八九][〇○零一二三四五六七八九]年)"
)


def has_lost_zero(raw: str) -> bool:
    """Whether a year in Chinese numerals lacks its 〇 there, so that another sign may be lost as well."""
    return _LOST_ZERO.search(fold(raw)) is not None


def is_supposed(raw: str) -> bool:
    """Whether a sign of a date there is only supposed: the century of a year of two figures, a 年 that was misread."""
    text = fold(raw)
    return any(pattern.search(text) is not None for pattern in (_SHORT_YEAR, _SHORT_SPELT, _LOST_SIGN))


def _with_zero(text: str) -> str:
    """``text`` with the 〇 of a year in Chinese numerals that recognition dropped: 二一二年 can only be 二〇一二年."""
    return _LOST_SIGN.sub(r"\1年", _LOST_ZERO.sub("二〇", text))


def dates_in(raw: str) -> list[Dated]:
    """Every date printed in ``raw``, in order; indexes count in ``fold(raw)``, a lost 〇 restored.

    >>> [str(found.day) for found in dates_in("自二一二年四月二十四日至二〇三二年四月二十三日")]
    ['2012-04-24', '2032-04-23']
    """
    text = _with_zero(fold(raw))
    found: list[Dated] = []
    for candidate in sorted(_candidates(text), key=lambda d: (d.start, -(d.end - d.start))):
        if not found or candidate.start >= found[-1].end:
            found.append(candidate)
    return found


def date_of(raw: str) -> date | None:
    """The one whole date printed in ``raw``; None when there is none, or it does not exist, or several differ.

    >>> date_of("二〇二五年三月一日"), date_of("贰零贰伍年叁月零壹日"), date_of("1 March 2025")
    (datetime.date(2025, 3, 1), datetime.date(2025, 3, 1), datetime.date(2025, 3, 1))
    >>> date_of("03/04/2025") is None
    True
    """
    days = {d.day for d in dates_in(raw) if d.coarse == "day"}
    return days.pop() if len(days) == 1 else None


def add_months(start: date, months: int) -> date:
    """The day that corresponds to ``start`` so many months later, or that month's last (民法典 art. 202)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def end_of_term(start: date, months: int) -> date:
    """The last day of a term of so many months from ``start``: the day before the corresponding one.

    >>> end_of_term(date(2021, 3, 2), 72)
    datetime.date(2027, 3, 1)
    """
    return add_months(start, months) - timedelta(days=1)


def months_of(raw: str) -> int | None:
    """The length in months of a printed duration (五年, 6 年, 36个月); None when none is printed.

    >>> months_of("有效期三年"), months_of("36个月"), months_of("自2022年07月"), months_of("二〇二二年七月")
    (36, 36, None, None)
    """
    text = fold(raw)
    # The month of a year whose day was lost is no term either (2022年07月).
    printed = (found for found in _DURATION.finditer(text) if not _OF_A_YEAR.search(text[: found.start()]))
    match = next(printed, None)
    if match is None:
        return None
    if match["n"] == "半":
        return 6 if match["unit"] == "年" else None
    number = number_of(match["n"])
    if not number or (match["unit"] != "月" and number > 99):
        return None
    return number * (1 if match["unit"] == "月" else 12)


def is_long_term(raw: str) -> bool:
    """Whether ``raw`` says that there is no end: 长期, 永久, 不约定期限, a struck or starred filling."""
    text = fold(raw)
    return bool(_LONG_TERM.search(text) or _EMPTY_FILL.match(text))


def term_of(raw: str) -> Term | None:
    """The period printed in ``raw``; None when it prints none.

    >>> term_of("自2022年5月10日起至2028年5月9日止").end
    datetime.date(2028, 5, 9)
    >>> term_of("2015年3月12日至长期").long_term
    True
    >>> term_of("自2022年07月起").start
    datetime.date(2022, 7, 1)
    """
    text = _with_zero(fold(unicodedata.normalize("NFKC", raw)))
    found = dates_in(text)
    found = [d for d in found if not (d.coarse == "year" and _DURATION.fullmatch(text[d.start : d.end]))]
    if not found:
        if is_long_term(text):
            return Term(long_term=True)
        months = months_of(text)
        return Term(months=months) if months else None
    broken = any(d.day is None for d in found)
    coarse = any(d.coarse != "day" for d in found)
    if len(found) >= 2:
        first, last = found[0], found[1]
        start = first.day if first.coarse == "day" else _first_day(first)
        return Term(start=start, end=last.day, coarse=coarse, broken=broken)
    only = found[0]
    before, after = text[: only.start], text[only.end :]
    if is_long_term(after):
        return Term(start=only.day, long_term=True, broken=broken, coarse=coarse)
    if re.search(r"(?:至|到|止|-|~|until|to)\W*$", before) or after.startswith(("止", "前")):
        return Term(end=only.day, broken=broken, coarse=coarse)
    if re.search(r"(?:自|从|from)\W*$", before) or re.match(r"起|至|到|-|~", after):
        months = months_of(after) or months_of(before)  # 自…起五年, 五年（自…起）
        lost = months is None and re.search(r"[0-9].{0,2}[年月日]", after) is not None
        start = only.day if only.coarse == "day" else _first_day(only)
        return Term(start=start, months=months, broken=broken or lost, coarse=coarse)
    return Term(end=only.day, broken=broken, coarse=coarse)


def _first_day(found: Dated) -> date | None:
    if found.day is None:
        return None
    return found.day.replace(day=1) if found.coarse == "month" else found.day.replace(month=1, day=1)
