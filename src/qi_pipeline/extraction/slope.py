"""How the lines of a crooked page run (倾斜), and its words as they would stand on a straight one.

Boxes are upright, so on a crooked page those of long lines grow tall and overlap their neighbours' rows. Every word is
moved as if the page were straight, its box as high as its letters; a piece cut from it moves back to where it is
printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qi_pipeline.extraction.lines import is_upright, width_of
from qi_pipeline.model import Box, Word

_LEAST = 0.012
"""Rise of a line over its length from which a page counts as crooked; 0.7 degrees."""
_MOST = 0.2
_EMS = 8.0
"""Only lines of so many letters tell their slope."""
_FEWEST = 3
_TALL = 1.12
"""Height of a straight line's box in widths of its letters."""
_LEVEL = 0.3
"""Two words stand in one row when their middles differ by less than this share of their height."""


def slope_of(words: Sequence[Word], aspect: float) -> float:
    """How far lines fall from left to right, in page heights a page width; 0 on a straight page.

    ``aspect`` is the page's width divided by its height.
    """
    rises = sorted(rise for word in words if (rise := _rise(word, aspect)) is not None)
    if len(rises) < _FEWEST:
        return 0.0
    steep = rises[len(rises) // 2]
    if not _LEAST < steep < _MOST:
        return 0.0
    falls = steep * aspect
    level = {slope: _pairs_level(words, slope) for slope in (0.0, falls, -falls)}
    best = max(level, key=lambda slope: level[slope])
    return best if level[best] > level[0.0] else 0.0


def levelled(word: Word, slope: float) -> Word:
    """The word as it would stand on a straight page; ``restored`` undoes it."""
    return replace(word, box=_moved(word.box, -slope, -abs(slope))) if slope else word


def restored(word: Word, slope: float) -> Word:
    """A levelled word, or a piece cut from one, where it stands on the page."""
    return replace(word, box=restored_box(word.box, slope)) if slope else word


def restored_box(box: Box, slope: float) -> Box:
    """The box of levelled words where they stand on the page."""
    return _moved(box, slope, abs(slope)) if slope else box


def _moved(box: Box, fall: float, growth: float) -> Box:
    x0, y0, x1, y1 = box
    middle = (y0 + y1) / 2 + fall * ((x0 + x1) / 2 - 0.5)
    half = max((y1 - y0 + growth * (x1 - x0)) / 2, 1e-4)
    return x0, middle - half, x1, middle + half


def _rise(word: Word, aspect: float) -> float | None:
    """How far a long line rises or falls over its length, from how much higher its box is than its letters."""
    if is_upright(word, aspect):
        return None
    ems = sum(width_of(char) for char in word.text if not char.isspace())
    if ems < _EMS:
        return None
    wide, high = (word.box[2] - word.box[0]) * aspect, word.box[3] - word.box[1]
    return max(0.0, high / wide - _TALL / ems) if wide > 0 else None


def _pairs_level(words: Sequence[Word], slope: float) -> int:
    """How many words stand level with the next one to their right."""
    boxes = sorted(levelled(word, slope).box for word in words[:400])
    count = 0
    for at, one in enumerate(boxes):
        middle, high = (one[1] + one[3]) / 2, one[3] - one[1]
        count += any(
            other[0] >= one[2] and abs((other[1] + other[3]) / 2 - middle) < _LEVEL * high for other in boxes[at + 1 :]
        )
    return count
