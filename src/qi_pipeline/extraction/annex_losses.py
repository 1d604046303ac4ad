"""Standards that the pages of an annex print and none of its rows holds (附表漏行检查).

Rows come from rules and columns, standards from the words alone: where the words show a standard that stands in no
row, a rule or a header was lost and the annex says nothing of what it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction.standards import Standard, standards_in
from qi_pipeline.model import Page

_ASSESSED_BY = frozenset(
    {
        *(
            (prefix, number)
            for prefix in ("ISO/IEC", "ISO")
            for number in ("17025", "17020", "17034", "17043", "15189")
        ),
        *(("GB/T", number) for number in ("27025", "27020", "27043", "15000.7", "22576.1")),
        ("RB/T", "214"),
    }
)
"""Standards by which a body itself is assessed; a head or a foot prints them on every page."""
_WHOLE_TABLE = 3
"""So many standards on a page without a row are those of a table that was not found."""


_TORN = re.compile(r"\d\s*[-—–]\s*$")
"""A number whose year stands on the next line."""


def pages_with_losses(pages: Sequence[Page], held: Iterable[str]) -> frozenset[int]:
    """The pages that print a standard that is in none of the texts of ``held``, dated or with its year on a next line.

    A page of a digital file, whose words and rules are exact, counts only where a whole table seems lost.
    """
    known = _Known.of(held)
    return frozenset(
        page.number for page in pages if len(known.lacks(page)) >= (1 if page.source == "ocr" else _WHOLE_TABLE)
    )


def losses(page: Page, held: Iterable[str]) -> int:
    """How many standards the page prints that are in none of the texts of ``held``."""
    return len(_Known.of(held).lacks(page))


@dataclass(frozen=True, slots=True)
class _Known:
    """Standards that rows hold, with their editions and without."""

    dated: frozenset[tuple[object, ...]]
    keys: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, held: Iterable[str]) -> _Known:
        standards = [standard for text in held for standard in standards_in(text)]
        return cls(frozenset(map(_dated, standards)), frozenset(each.key for each in standards))

    def lacks(self, page: Page) -> set[Standard]:
        return {
            each
            for each in _printed(page)
            if (each.key not in self.keys if each.year is None else _dated(each) not in self.dated)
        }


def _dated(standard: Standard) -> tuple[object, ...]:
    return (*standard.key, standard.year)


def _printed(page: Page) -> set[Standard]:
    found: set[Standard] = set()
    for word in page.words:
        standards = [each for each in standards_in(word.text) if _counts(each)]
        torn = standards[-1:] if _TORN.search(word.text) else []
        found.update(replace(each, start=0) for each in standards if each.year is not None or each in torn)
    return found


def _counts(standard: Standard) -> bool:
    return (standard.prefix, standard.number) not in _ASSESSED_BY


_YEARLESS = re.compile(r"\d\s*[-—–]\s*(?![\d\s])")


def is_torn(text: str) -> bool:
    r"""Whether a cell shows a number up to the dash before its year, and the year nowhere behind it.

    >>> is_torn("《水质》HJ 482-《空气》\n2009"), is_torn("《水质》HJ 482-\n2009"), is_torn("HJ 482-2009")
    (True, False, False)
    """
    return any(each.year is None for each in standards_in(text)) and _YEARLESS.search(text.rstrip()) is not None


_FEW = 2
"""A gap of more numbers than so many is a number misread rather than rows lost."""


def skips_numbers(numbers: Sequence[str]) -> bool:
    """Whether the numbers of consecutive rows leave some out (5, 7), or begin with the second: rows may be lost.

    One misread between two that leave room for it (5, 9, 7), and rows without a number, are no gap.

    >>> skips_numbers(["1", "2", "4"]), skips_numbers(["1", "9", "3"]), skips_numbers(["1.1", "1.2", "2.2"])
    (True, False, True)
    >>> skips_numbers(["1", "2", "7", "8"]), skips_numbers(["1", "2", "73", "4"])
    (True, False)
    >>> skips_numbers(["2", "3"]), skips_numbers(["1", "", "3"]), skips_numbers(["1", "2", "1", "2"])
    (True, False, False)
    """
    series: str | None = None
    last = 0
    for at, number in enumerate(numbers):
        found = re.fullmatch(r"((?:\d+[.．])*)(\d{1,4})", number.replace(" ", ""))
        if found is None:
            last += 1
            continue
        value = int(found[2])
        below = _value_after(numbers, at, found[1])
        if found[1] == series and below is not None and below == last + 2 and value != last + 1:
            value = last + 1
        expected = last + 1 if found[1] == series and value > last else 1
        # The next number bears a wider gap out.
        if value - expected > 0 and (value - expected <= _FEW or below == value + 1):
            return True
        series, last = found[1], value
    return False


def _value_after(numbers: Sequence[str], at: int, series: str) -> int | None:
    """The next row's number where it is of the same series."""
    found = (
        re.fullmatch(re.escape(series) + r"(\d{1,4})", numbers[at + 1].replace(" ", ""))
        if at + 1 < len(numbers)
        else None
    )
    return int(found[1]) if found else None
