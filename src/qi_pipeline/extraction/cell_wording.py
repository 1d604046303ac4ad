"""Which lines of a column are of one cell by their wording: titles left open, numbers broken off (单元格折行).

A standard's title runs over several lines of a cell, and its marks say so: 《 opens it, 》 closes it, and what ends in
GB/T or in a dash goes on. Where a table has no rules this tells rows apart as surely as white between them does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qi_pipeline.extraction.lines import Row
from qi_pipeline.extraction.standards import standards_in

_TORN = 3.0
"""What parting lines costs, in line heights, of which the upper breaks off or the lower closes what was opened."""
_CLOSE = 0.8
"""What parting lines costs that stand as close as lines do of which one breaks off."""
_FEWEST = 2
"""Fewer lines that read on say nothing of how close lines of one cell stand."""
_SAME_GAP = 0.12
"""Line heights by which gaps between the lines of one cell differ."""
_CLOSES = re.compile(r"[^《]*》")
_NUMBER_GOES_ON = re.compile(r"(?:\d\s*[-—–]|[A-Z]/[TZ]?|\b(?:GB|HJ|JJ[GF]|JTG|ISO|IEC|SN|NY|YY|DB\d{2,4}))\s*$")
"""The end of a line whose number goes on; a dash or stroke alone is an empty cell, capitals may be an item (COD)."""
_COMPLETE = 0.8
"""What keeping lines together costs of which the upper ends with a dated number and the lower opens a title."""
_DATED = re.compile(r"[-—–:：](?:19|20)\d\d\s*$")


def _is_complete(upper: str, lower: str) -> bool:
    """Whether a standard ends with one line and the next begins another."""
    return lower.lstrip().startswith("《") and _DATED.search(upper) is not None


def reads_on(upper: str, lower: str) -> bool:
    """Whether two lines are of one cell by their wording: a title mark or bracket, a number or a dash is left open.

    >>> reads_on("《水质 铜、锌的测定 原子吸收", "分光光度法》GB/T 7475-1987"), reads_on("《水泥》GB/T", "176-2017")
    (True, True)
    >>> reads_on("《水质 总氮的测定》", "HJ 636-2012"), reads_on("《化妆品安全技术规范》", "《砖》GB/T 2542-2012")
    (True, False)
    >>> reads_on("(-0.1~60)MPa", "(0~100)%"), reads_on("(0~300)mm", "0.1~60)MPa")
    (False, False)
    >>> reads_on("《水泥》GB/T 176-2017", "《砖》GB/T 2542-2012"), reads_on("COD", "BOD"), reads_on("/", "/")
    (False, False, False)
    """
    if upper.rstrip().endswith("》") and standards_in(lower) and not lower.lstrip().startswith("《"):
        return True
    return _is_open(upper) or _NUMBER_GOES_ON.search(upper) is not None or _CLOSES.match(lower) is not None


def _is_open(text: str) -> bool:
    return sum(text.count(mark) for mark in "《(（") > sum(text.count(mark) for mark in "》)）")


def breaks_off(standard: str) -> bool:
    """Whether the text of a standard cell ends in its middle: an open title mark or bracket, a dash or a prefix.

    >>> breaks_off("《食品安全国家标准 食品中铅的"), breaks_off("GB/T"), breaks_off("GB 5009.12-2017")
    (True, True, False)
    """
    return _is_open(standard) or re.search(r"(?:[-—–/]|\b[A-Z]{1,4}(?:/[TZ])?)$", standard) is not None


def costs_of_parting(column: Sequence[Row], height: float) -> list[float]:
    """What it costs to begin a cell at each line of a column, in line heights."""
    joined = [False, *(reads_on(upper.text, lower.text) for upper, lower in pairwise(column))]
    gaps = [0.0, *(lower.box[1] - upper.box[3] for upper, lower in pairwise(column))]
    inner = sorted(gap for gap, one in zip(gaps, joined, strict=True) if one)
    close = inner[len(inner) // 2] + _SAME_GAP * height if inner else float("-inf")
    if len(inner) < _FEWEST:
        close = float("-inf")
    others = [gap <= close for gap, one in zip(gaps[1:], joined[1:], strict=True) if not one]
    # Where rows stand as close as lines the gaps tell nothing.
    tells = 2 * sum(others) < len(others)
    costs = [_TORN if one else _CLOSE if tells and gap <= close else 0.0 for gap, one in zip(gaps, joined, strict=True)]
    return [0.0, *costs[1:], 0.0]


def costs_of_joining(column: Sequence[Row]) -> list[float]:
    """What it costs to keep each line of a column in one cell with the line above, in line heights."""
    return [0.0, *(_COMPLETE * _is_complete(upper.text, lower.text) for upper, lower in pairwise(column))]
