"""Words to printed rows: neighbours chained by vertical overlap, so that skew and curled pages do no harm.

An absolute y would put the two ends of a skewed line into different rows; a chain from each word to the
next one at its side follows the paper.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.model import Box, Word

_OVERLAP = 0.45
"""Share of the lower word's height that two words of one row have in common."""
_HEIGHTS = 2.3
"""Words of one row are at most so many times as high as each other; a title beside small print is not its row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One printed row: its words from left to right."""

    words: tuple[Word, ...]

    @property
    def box(self) -> Box:
        """The box around all words of the row."""
        return around(word.box for word in self.words)

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def height(self) -> float:
        """The median height of the row's words."""
        heights = sorted(word.box[3] - word.box[1] for word in self.words)
        return heights[len(heights) // 2]


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box that holds all ``boxes``."""
    x0s, y0s, x1s, y1s = zip(*boxes, strict=True)
    return min(x0s), min(y0s), max(x1s), max(y1s)


def overlap(a: Box, b: Box) -> float:
    """Common height of two boxes as a share of the lower one's height; negative when they are apart."""
    lower = min(a[3] - a[1], b[3] - b[1])
    return (min(a[3], b[3]) - max(a[1], b[1])) / lower if lower > 0 else 0.0


def is_upright(word: Word, aspect: float) -> bool:
    """Whether the word is a line of several characters set from top to bottom; ``aspect`` is page width / height."""
    width, height = (word.box[2] - word.box[0]) * aspect, word.box[3] - word.box[1]
    return len(word.text.strip()) >= 2 and height > 1.6 * width


def rows_of(words: Sequence[Word], aspect: float = 0.707) -> list[Row]:
    """The printed rows of a page from top to bottom; text set vertically makes rows of its own.

    ``aspect`` is the page's width divided by its height: boxes are fractions of either.
    """
    chains: list[list[Word]] = []
    alone: list[list[Word]] = []
    near: dict[int, list[int]] = {}
    for bucket in _buckets(words[:_MOST]):
        alone += [[word] for word in bucket if is_upright(word, aspect)]
        level = [word for word in bucket if not is_upright(word, aspect)]
        # Words that begin at one edge compete for the chains at their left: the best pair goes first.
        pairs = sorted(
            (cost, at, chain)
            for at, word in enumerate(level)
            for chain in {chain for band in _bands(word) for chain in near.get(band, ())}
            if (cost := _cost(chains[chain][-1], word, aspect)) is not None
        )
        placed: dict[int, int] = {}
        grown: set[int] = set()
        for _, at, chain in pairs:
            if at not in placed and chain not in grown:
                placed[at] = chain
                grown.add(chain)
        for at, word in enumerate(level):
            chain = placed.get(at, len(chains))
            if chain == len(chains):
                chains.append([word])
            else:
                for band in _bands(chains[chain][-1]):
                    near[band].remove(chain)
                chains[chain].append(word)
            for band in _bands(word):
                near.setdefault(band, []).append(chain)
    rows = [Row(tuple(chain)) for chain in chains + alone]
    return sorted(rows, key=lambda row: (middle(row.words[0].box), row.words[0].box[0]))


_EDGE = 0.006
"""Words whose left edges differ by less, in page widths, begin at one edge."""


_MOST = 5000
"""Words of one page that are looked at: more than any paper prints, few enough for a page made to stall us."""


def _bands(word: Word) -> range:
    """The hundredths of the page's height that a word lies in."""
    return range(int(word.box[1] * 100), int(word.box[3] * 100) + 1)


def _buckets(words: Sequence[Word]) -> list[list[Word]]:
    """The words from left to right, those that begin at one edge together."""
    buckets: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.box[0], w.box[1])):
        if not word.text.strip():
            continue
        if buckets and word.box[0] - buckets[-1][0].box[0] <= _EDGE:
            buckets[-1].append(word)
        else:
            buckets.append([word])
    return buckets


def _cost(last: Word, word: Word, aspect: float) -> float | None:
    if last.box[3] <= word.box[1] or word.box[3] <= last.box[1]:  # most pairs of a page; trimmed boxes are no higher
        return None
    one, other = trim(last, aspect), trim(word, aspect)
    high, low = one[3] - one[1], other[3] - other[1]
    if min(high, low) <= 0 or max(high, low) > _HEIGHTS * min(high, low):
        return None
    shared = overlap(one, other)
    gap = (word.box[0] - last.box[2]) * aspect / max(high, low)
    if gap < -1.5:  # one lies over the other: two rows that touch, or a stamp
        return None
    # Far neighbours must agree better than near ones would need to: skew grows with distance, but so does chance.
    if shared < _OVERLAP:
        return None
    return (1 - shared) + 0.02 * max(gap, 0.0)


def trim(word: Word, aspect: float) -> Box:
    """The word's box, no higher than its few characters can be: detectors pad short words above and below."""
    x0, y0, x1, y1 = word.box
    ems = sum(width_of(char) for char in word.text if not char.isspace())
    if not 0 < ems <= 3:
        return word.box
    most = 1.4 * (x1 - x0) * aspect / ems
    if y1 - y0 <= most:
        return word.box
    middle = (y0 + y1) / 2
    return x0, middle - most / 2, x1, middle + most / 2


def letter_height(word: Word, aspect: float) -> float:
    """The height of a word's letters: its box's, but no more than its letters' width allows on a skewed page."""
    ems = sum(width_of(char) for char in word.text if not char.isspace())
    high = word.box[3] - word.box[1]
    return min(high, 1.4 * (word.box[2] - word.box[0]) * aspect / ems) if ems else high


def middle(box: Box) -> float:
    """The height of a box's middle."""
    return (box[1] + box[3]) / 2


def inside(inner: Box, outer: Box) -> bool:
    """Whether the middle of one box lies within another."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def width_of(char: str) -> float:
    """Printed width of a character in ems: Chinese 1, Latin letters and digits about half."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in "ilI.,:;'|! ":
        return 0.35
    return 0.55


def cut(word: Word, start: int, end: int) -> Word:
    """The piece ``start:end`` of a word, its box cut in proportion to the printed widths of the characters."""
    if start <= 0 and end >= len(word.text):
        return word
    widths = [width_of(char) for char in word.text]
    total = sum(widths) or 1.0
    x0, y0, x1, y1 = word.box
    left = x0 + (x1 - x0) * sum(widths[:start]) / total
    right = x0 + (x1 - x0) * sum(widths[:end]) / total
    return replace(word, text=word.text[start:end], box=(left, y0, right, y1))
