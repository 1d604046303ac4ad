"""The date at the foot of a letter (年月日), printed or written by hand.

Absent where nothing is written between 年, 月 and 日; null where something is and no whole date can be read from it;
a date that can't be, such as 71月 for a written 11月, is given as the day it may mean, with little confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.folding import fold_with_origin
from qi_pipeline.extraction.letter_signature import from_page, is_writing, shares
from qi_pipeline.extraction.lines import around, overlap
from qi_pipeline.model import Box, Field, Page, Word

_DATE_SIGNS = re.compile(r"[年月日]")
_PRINTED = re.compile(r"^(?:202?|二[〇○0零])$")
"""The century that a blank form prints before the place for the year."""
_SPECK = re.compile(r"(?<=[0-9])\s*[.·,，、'’`:]+\s*(?=[年月日])|(?<=[年月])\s*[.·,，、'’`:]+\s*(?=[0-9])")
"""Dirt between a figure and 年, 月 or 日 (2026.年11月16日), which no date is written with."""
_WITH_SPECK = 0.85
"""How sure a day is at most that is one only without its specks."""
_MACHINE = re.compile(r"打印|下载|扫描|生成|导出|有效|页|:[0-5][0-9]")
"""What a printer or scanner adds to a date of its own."""


def signed_on(pages: Sequence[Page], after: tuple[int, float]) -> Field | None:
    """The date at the foot of the letter, below ``after`` (page and height where the wording ends).

    None where nothing is written between 年, 月 and 日 (not dated); a null value where something is, and no whole
    date can be read from it.
    """
    candidates = [
        field
        for page in from_page(pages, after[0])
        for field in _dates_on(page, after[1] if page.number == after[0] else 0.0)
    ]
    whole = [field for field in candidates if field.value is not None]
    return next(reversed(whole or candidates), None)


def _dates_on(page: Page, below: float) -> list[Field]:
    words = [w for w in page.words if w.box[1] >= below - 0.005]
    found: list[Field] = []
    for row in _date_rows(words):
        raw = " ".join(word.text for word in row)
        box = around(word.box for word in row)
        clean = _SPECK.sub("", raw)
        whole = [d for d in dates.dates_in(clean) if d.coarse == "day"]
        if whole:
            field = _day_field(row, raw, whole[-1].day, page.number, box)
            found.append(field if clean == raw else replace(field, confidence=min(field.confidence, _WITH_SPECK)))
            continue
        blank = _PRINTED.sub("", re.sub(r"[\s年月日:：_＿.\-—期签署订字]", "", raw))
        inked = any(shares(ink.box, _widened(box)) > 0.5 and is_writing(ink, box[3] - box[1]) for ink in page.ink)
        if len(_DATE_SIGNS.findall(raw)) >= 2 and (re.search(r"[0-9〇零一二三四五六七八九十]", blank) or inked):
            found.append(_repaired(raw, page.number, box))
    return found


def _day_field(row: Sequence[Word], raw: str, day: date | None, page: int, box: Box) -> Field:
    """The date; for one that can't be (71月: a written 1 read as 7) the day that it may mean, doubtful."""
    if day is not None:
        sure = min(word.confidence for word in row)
        return Field(value=day.isoformat(), raw=raw, confidence=sure, page=page, box=box)
    return _repaired(raw, page, box)


def _repaired(raw: str, page: int, box: Box) -> Field:
    """A written 1 is read as 7 or as a bracket: where that makes a date, it is given as a doubtful one, else null."""
    plain = re.sub(r"[<(（/\\\[「丨](?=[0-9]\s*[月日])", "1", raw)
    ones = re.sub(r"(?<![0-9])(?:7[0-9]|[0-9]7)(?=\s*[月日])", _with_ones, plain)
    likely = dates.date_of(ones)
    if likely is None:
        return Field(value=None, raw=raw, confidence=0.3, page=page, box=box)
    return Field(value=likely.isoformat(), raw=raw, confidence=0.55, page=page, box=box, checks=("!repaired",))


def _with_ones(number: re.Match[str]) -> str:
    """A month or day that can't be, with its sevens read as ones (17月, 71月: 11月); else as it is."""
    most = 12 if number.string[number.end() :].lstrip().startswith("月") else 31
    return number.group() if int(number.group()) <= most else number.group().replace("7", "1")


def _widened(box: Box) -> Box:
    high = box[3] - box[1]
    return (box[0] - 5 * high, box[1] - 0.8 * high, box[2] + high, box[3] + 0.8 * high)


_DATE_WORD = re.compile(
    r"^(?:(?:签[署订字]?)?(?:日期|时间)[::]?)?[0-9oil年月日号曰〇○零一二三四五六七八九十廿卅贰./\-\s_]*$"
)


def _date_rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words that hold nothing but parts of a date, those of one line together, from top to bottom."""
    parts = [
        w
        for w in words
        if (_DATE_WORD.match(fold_with_origin(w.text).text) or dates.dates_in(w.text)) and not _MACHINE.search(w.text)
    ]
    rows: list[list[Word]] = []
    for word in sorted(parts, key=lambda w: w.box[0]):
        row = next((r for r in rows if overlap(around(x.box for x in r), word.box) > 0.35), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    return sorted(rows, key=lambda row: row[0].box[1])
