"""Words of a skewed or tilted page set level (文字行校平), so that what stands in one row has one height.

How steeply the rows run is told by neighbours: how much lower a word stands than the one at its left. On a photograph
that changes from the head of the page to its foot, and on a curled one from its left to its right, so it is fitted
over both. Cells of several lines stand half a line off their neighbours, up as often as down; the fit leaves out what
most of the page does not bear out.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction import slope as line_slope
from qi_pipeline.model import Page, Word

_FEWEST = 12
"""Fewer pairs of neighbours tell nothing."""
_FEWER, _AGREE = 6, 0.75
"""So few tell the slope of a page when so large a share of them agree."""
_LEVEL = 0.0015
"""Slopes below it, in page heights over the page's width, are none."""
_REACH = 0.9
"""A neighbour stands at most so many line heights off the height at which it is expected."""
_OFF = 0.2
"""Line heights off the fit at which a pair counts half."""
_ROUNDS, _STEPS = 3, 8


@dataclass(frozen=True, slots=True)
class _Slope:
    """How steeply rows run: ``level + down * y + along * (x - 0.5)``, in page heights over the page's width."""

    level: float = 0.0
    down: float = 0.0
    along: float = 0.0

    def at(self, x: float, y: float) -> float:
        """The slope at one place."""
        return self.level + self.down * y + self.along * (x - 0.5)

    def fall(self, x: float, y: float) -> float:
        """How much lower than in the middle of the page a row stands at ``x``."""
        off = x - 0.5
        return (self.level + self.down * y) * off + self.along * off * off / 2


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two neighbours: the middles of both, and how high their lines are."""

    x0: float
    x1: float
    y: float
    lower: float
    high: float

    def off(self, slope: _Slope) -> float:
        """How many line heights the right one stands below where the slope expects it."""
        return (self.lower - slope.fall(self.x1, self.y) + slope.fall(self.x0, self.y)) / self.high


def levelled(page: Page) -> tuple[Word, ...]:
    """The page's words, each moved up or down by how steeply its row runs."""
    slope = _told_slope(page.words)
    if slope is None:  # too few neighbours: as the heights of its lines tell
        aspect = page.width / page.height if page.height else 0.707
        whole = line_slope.slope_of(page.words, aspect)
        return tuple(line_slope.levelled(word, whole, aspect) for word in page.words) if whole else page.words
    corners = [slope.at(x, y) for x in (0.1, 0.9) for y in (0.1, 0.9)]
    if max(map(abs, corners)) < _LEVEL:
        return page.words
    moved = []
    for word in page.words:
        x0, y0, x1, y1 = word.box
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        down = slope.fall(x, y)
        # A skewed line's box is higher than its letters.
        trim = min(_growth(word, slope) / 2, 0.3 * (y1 - y0))
        moved.append(replace(word, box=(x0, y0 - down + trim, x1, y1 - down - trim)))
    return tuple(moved)


def _slope_of(words: Sequence[Word], *, straight: bool, fewest: int = _FEWEST) -> _Slope | None:
    """The slope that neighbours tell, the same all over a ``straight`` page; None where too few stand side by side."""
    slope = _Slope()
    for _ in range(_ROUNDS):
        pairs = _pairs(words, slope)
        if len(pairs) < fewest:
            return None
        slope = _fitted(pairs, slope, straight=straight)
    return slope


def _slope_of_few(words: Sequence[Word]) -> _Slope | None:
    """The one slope on which nearly all of a page's few neighbours agree; None where they do not."""
    slope = _slope_of(words, straight=True, fewest=_FEWER)
    if slope is None:
        return None
    pairs = _pairs(words, slope)
    return slope if sum(abs(pair.off(slope)) <= _OFF for pair in pairs) >= _AGREE * len(pairs) else None


_LONG, _FEWEST_LONG = 12, 5
"""Words of so many letters are higher where their line slopes; fewer of them don't tell by how much."""
_MORE_EVEN = 0.003
"""By so much more even a slope has to leave the heights of lines to be preferred to none."""
_WORSE = 0.03
"""So much more even heights must be without a slope that changes on the page for neighbours not to be believed."""


def _told_slope(words: Sequence[Word]) -> _Slope | None:
    """The slope that neighbours tell, or a simpler one or none where the heights of long words speak against it.

    A first line beside the middle of a cell of two stands half a line higher: where most cells are of two lines, the
    neighbours of a level page seem to slope. But on a slope the boxes of long words grow higher with their length, and
    without it all are as high as their letters. Heights differ for other reasons too, on photographs most of all, so
    that a little says nothing.
    """
    straight, bent = (_slope_of(words, straight=straight) for straight in (True, False))
    long = [word for word in words if len(word.text) >= _LONG]
    if straight is None or bent is None:
        return _slope_of_few(words)
    if len(long) < _FEWEST_LONG:
        return bent
    level, even = _Slope(), _unevenness(long, _Slope())
    simple = straight if _unevenness(long, straight) < even - _MORE_EVEN else level
    return simple if _unevenness(long, simple) < _unevenness(long, bent) - _WORSE else bent


def _unevenness(words: Sequence[Word], slope: _Slope) -> float:
    """How much the heights of words differ without what such a slope adds to them, as a share of their mean."""
    left = [word.box[3] - word.box[1] - _growth(word, slope) for word in words]
    mean = sum(left) / len(left)
    return float((sum((high - mean) ** 2 for high in left) / len(left)) ** 0.5 / mean) if mean > 0 else float("inf")


def _growth(word: Word, slope: _Slope) -> float:
    return abs(slope.at(_x(word), _y(word))) * (word.box[2] - word.box[0])


def _pairs(words: Sequence[Word], slope: _Slope) -> list[_Pair]:
    """Each word with its nearest neighbour at the right, of those that stand about as high as the slope expects."""
    placed = sorted(
        ((word.box[1] + word.box[3]) / 2 - slope.fall(_x(word), _y(word)), n) for n, word in enumerate(words)
    )
    heights = [height for height, _ in placed]
    found = []
    for height, n in placed:
        word = words[n]
        high = word.box[3] - word.box[1]
        first, last = (
            bisect.bisect_left(heights, height - _REACH * high),
            bisect.bisect(heights, height + _REACH * high),
        )
        right = [words[m] for _, m in placed[first:last] if words[m].box[0] > word.box[2] - 0.3 * high]
        if right and high > 0:
            other = min(right, key=lambda each: each.box[0])
            lines = (high + other.box[3] - other.box[1]) / 2
            found.append(_Pair(_x(word), _x(other), _y(word), _y(other) - _y(word), lines))
    return found


def _x(word: Word) -> float:
    return (word.box[0] + word.box[2]) / 2


def _y(word: Word) -> float:
    return (word.box[1] + word.box[3]) / 2


def _fitted(pairs: Sequence[_Pair], slope: _Slope, *, straight: bool) -> _Slope:
    """The slope that most pairs bear out: least squares, again and again with less of what stands off it."""
    for _ in range(_STEPS):
        sums = [[0.0] * 4 for _ in range(3)]
        for pair in pairs:
            wide = pair.x1 - pair.x0
            bent = ((pair.x1 - 0.5) ** 2 - (pair.x0 - 0.5) ** 2) / 2
            row = (wide, 0.0, 0.0, pair.lower) if straight else (wide, wide * pair.y, bent, pair.lower)
            weight = 1 / (1 + (pair.off(slope) / _OFF) ** 2) / pair.high**2
            for i in range(3):
                for j in range(4):
                    sums[i][j] += weight * row[i] * row[j]
        slope = _solved(sums) or slope
    return slope


def _solved(sums: list[list[float]]) -> _Slope | None:
    """The slope that solves the normal equations, held a little towards none; None where they say nothing."""
    held = 1e-4 * max(sums[0][0], 1e-12)
    for i in range(3):
        sums[i][i] += held
    for i in range(3):
        pivot = sums[i][i]
        if abs(pivot) < 1e-15:
            return None
        for k in range(i + 1, 3):
            share = sums[k][i] / pivot
            sums[k] = [a - share * b for a, b in zip(sums[k], sums[i], strict=True)]
    along = sums[2][3] / sums[2][2]
    down = (sums[1][3] - sums[1][2] * along) / sums[1][1]
    return _Slope((sums[0][3] - sums[0][1] * down - sums[0][2] * along) / sums[0][0], down, along)
