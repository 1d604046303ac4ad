"""The order in which a person reads a page (阅读顺序): rows from the top, left to right; of a spread, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from qi_pipeline.model import Box, Word

_MIDDLE = (0.36, 0.64)
"""Where the gutter of a spread can lie."""
_NARROWEST = 0.02
_FEWEST_WORDS = 6
_COLUMN = 0.45
"""Share of the page's height over which the words of either page of a spread reach."""
_SPREAD_RATIO = 1.15
_SPECK = re.compile(r"[oOcCQ0〇○口囗□回]")
_ORNAMENTS = 5
"""So many signs that stand alone are a frame."""


def in_reading_order(words: Iterable[Word], gutter: float | None = None) -> list[Word]:
    """The words by rows from the top, each row from the left; with a ``gutter`` the left page before the right one."""
    if gutter is not None:
        both = list(words)
        left = [word for word in both if word.box[0] + word.box[2] < 2 * gutter]
        right = [word for word in both if word.box[0] + word.box[2] >= 2 * gutter]
        return [*in_reading_order(left), *in_reading_order(right)]
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.box[1] + w.box[3]) / 2):
        row = rows[-1] if rows else None
        if row is not None and _same_row(row[-1], word):
            row.append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda w: w.box[0])]


def find_gutter(words: Sequence[Word], width: int, height: int) -> float | None:
    """The x between two pages that lie side by side on one image; None where there is one page.

    A page of two columns has a title or a footer across them; two pages have nothing in common.
    """
    if width < _SPREAD_RATIO * height:
        return None
    spans = sorted((word.box[0], word.box[2]) for word in words)
    reached = 0.0
    gaps: list[tuple[float, float]] = []
    for (_, _), (start, end) in pairwise([(0.0, 0.0), *spans]):
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    for left, right in sorted(gaps, key=lambda gap: gap[0] - gap[1]):
        middle = (left + right) / 2
        if right - left < _NARROWEST or not _MIDDLE[0] <= middle <= _MIDDLE[1]:
            continue
        sides = ([w for w in words if w.box[2] <= middle], [w for w in words if w.box[0] >= middle])
        if all(len(side) >= _FEWEST_WORDS and _reach(side) >= _COLUMN for side in sides):
            return round(middle, 5)
    return None


def without_ornaments(words: Sequence[Word], aspect: float) -> tuple[Word, ...]:
    """The words without the rings and knots of a frame and punched holes, which an engine reads as lone letters.

    ``aspect`` is the page's width divided by its height. Fewer than five such signs may be letters of the paper.
    """
    specks = [word for word in words if _SPECK.fullmatch(word.text.strip())]
    if len(specks) < _ORNAMENTS:
        return tuple(words)
    letters = [word for word in words if not _SPECK.fullmatch(word.text.strip())]

    def beside(speck: Word) -> bool:
        reach = 1.2 * (speck.box[3] - speck.box[1]) / aspect
        return any(
            _same_row(speck, word) and max(word.box[0] - speck.box[2], speck.box[0] - word.box[2]) < reach
            for word in letters
        )

    kept = {id(word) for word in specks if beside(word)}
    return tuple(word for word in words if id(word) in kept or not _SPECK.fullmatch(word.text.strip()))


def share_within(inner: Box, outer: Box) -> float:
    """Share of ``inner`` that lies in ``outer``."""
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return wide * high / area if wide > 0 and high > 0 and area > 0 else 0.0


def _reach(words: Sequence[Word]) -> float:
    return max(word.box[3] for word in words) - min(word.box[1] for word in words)


def _same_row(one: Word, other: Word) -> bool:
    top, bottom = max(one.box[1], other.box[1]), min(one.box[3], other.box[3])
    smaller = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return bottom - top > 0.5 * smaller
