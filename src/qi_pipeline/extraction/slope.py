"""How the lines of a crooked page run (倾斜), and its words as they would stand on a straight one.

Boxes are upright, so on a crooked page those of long lines grow tall and overlap their neighbours' rows. Every word is
moved as if the page were straight, its box as high as its letters; a piece cut from it moves back to where it is
printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qi_pipeline.extraction.lines import is_upright, letter_height, width_of
from qi_pipeline.model import Box, Word

_LEAST = 0.012
"""Rise of a line over its length from which a page counts as crooked; 0.7 degrees."""
_MOST = 0.2
_EMS = 8.0
"""Only lines of so many letters tell their slope."""
_FEWEST = 3
_TALL = 1.12
"""Height of a straight line's box in widths of its letters."""
_LETTERS = 0.7
"""A line is at least so high, by the height that its letters' width gives them."""
_REACH = 20.0
"""Letters within which a neighbour to the right is looked for."""
_BETTER = 0.97
"""A slope is believed when it brings neighbours so much closer to level."""
_COLUMN, _MORE = 8, 3.0
"""So many words at common edges, and so many times more than at any other slope, show how a page leans."""
_FAR = (3.0, 15.0)
"""Letters between two words whose edges are compared: less far apart, straight and leaning columns look alike."""
_EXACT = 0.2
"""Letters by which edges differ at most."""


def slope_of(words: Sequence[Word], aspect: float) -> float:
    """How far lines fall from left to right, in page heights a page width; 0 on a straight page.

    ``aspect`` is the page's width divided by its height.
    """
    rises = sorted((rise, word.box[2] - word.box[0]) for word in words if (rise := _rise(word, aspect)) is not None)
    if len(rises) < _FEWEST:
        return 0.0
    steep = _middle_rise(rises)
    if not _LEAST < steep < _MOST:
        return 0.0
    falls = steep * aspect
    apart = {slope: _apart(words, slope, aspect) for slope in (0.0, falls, -falls)}
    best = min(apart, key=lambda slope: apart[slope])
    if apart[best] < _BETTER * apart[0.0]:
        return -best if _leans_away(words, best, apart, aspect) else best
    leaning = _slope_of_edges(words, steep, aspect)
    # On a photograph edges lean for another reason too: lines must come closer to level so than the other way.
    return leaning if leaning and apart[leaning] <= apart[-leaning] else 0.0


def _leans_away(words: Sequence[Word], best: float, apart: dict[float, float], aspect: float) -> bool:
    """Whether lines come about as close to level the other way too, and only that way edges stand below each other."""
    if apart[best] < _BETTER * apart[-best]:
        return False
    tilt = best / aspect
    return _flush(words, -tilt, aspect) >= _MORE * max(_flush(words, tilt, aspect), 1)


def _middle_rise(rises: Sequence[tuple[float, float]]) -> float:
    """The rise that as much length of line exceeds as falls short of, of rises in order with their lines' lengths.

    The margin that a detector leaves around letters adds to the height of every box, but tilts a short line more.
    """
    half = sum(length for _, length in rises) / 2
    passed = 0.0
    for rise, length in rises:
        passed += length
        if passed >= half:
            return rise
    return rises[-1][0]


def _slope_of_edges(words: Sequence[Word], steep: float, aspect: float) -> float:
    """The slope by which left edges drift from line to line; 0 where they do not tell.

    Beside labels in two languages each of two lines may be a value's neighbour; a column of labels leans all the same.
    """
    flush = {tilt: _flush(words, tilt, aspect) for tilt in (0.0, steep, -steep)}
    best = max(flush, key=lambda tilt: flush[tilt])
    rest = max(count for tilt, count in flush.items() if tilt != best)
    return best * aspect if flush[best] >= max(_COLUMN, _MORE * rest) else 0.0


def _flush(words: Sequence[Word], tilt: float, aspect: float) -> int:
    """How many words have another below them, some lines away, that begins at the same edge of a page so tilted."""
    boxes = [(word.box, letter_height(word, aspect)) for word in words[:400] if not is_upright(word, aspect)]
    return sum(
        any(
            _FAR[0] * high <= (down := other[1] + other[3] - one[1] - one[3]) / 2 <= _FAR[1] * high
            and abs((other[0] - one[0]) * aspect + tilt * down / 2) <= _EXACT * high
            for other, _ in boxes
        )
        for one, high in boxes
    )


def levelled(word: Word, slope: float, aspect: float) -> Word:
    """The word as it would stand on a straight page; ``restored`` undoes it.

    Its box stays as high as its letters: a page bends, and one slope is too much for some of its lines.
    """
    if not slope:
        return word
    x0, y0, x1, y1 = _moved(word.box, -slope, -abs(slope))
    lacking = max(0.0, _LETTERS * letter_height(word, aspect) - (y1 - y0)) / 2
    return replace(word, box=(x0, y0 - lacking, x1, y1 + lacking))


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


def _apart(words: Sequence[Word], slope: float, aspect: float) -> float:
    """How far words stand above or below their neighbours to the right, in letters, one at most for each word."""
    boxes = sorted(
        (levelled(word, slope, aspect).box, letter_height(word, aspect))
        for word in words[:400]
        if not is_upright(word, aspect)
    )
    total = 0.0
    for at, (one, high) in enumerate(boxes):
        middle, reach = (one[1] + one[3]) / 2, one[2] + _REACH * high / aspect
        if high <= 0:
            continue
        steps = (
            abs((other[1] + other[3]) / 2 - middle) / high
            for other, _ in boxes[at + 1 :]
            if one[2] - high <= other[0] <= reach
        )
        total += min(min(steps, default=1.0), 1.0)
    return total
