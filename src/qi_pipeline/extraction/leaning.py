"""Words of a page photographed aslant set so that its columns stand upright (列边扶正).

A camera held low or at the side makes the columns of a table lean towards a point far above it: those at the left one
way, those at the right the other. Without rules only the words show it: in a column they begin at one edge, or stand
about one middle. The lean of the whole page is fitted to each word and the next one below; most of the pairs that say
nothing of it, because a cell is longer than the next, the fit leaves out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction.lines import letter_height
from qi_pipeline.model import Word

_FEWEST = 12
"""Fewer pairs of words below each other tell nothing."""
_DOWN = 6.0
"""The next word of a column stands at most so many letters below the one before."""
_BESIDE = 1.2
"""Letters by which the next word of a column begins further left or right at most."""
_OFF = 0.15
"""Letters off the fit at which a pair counts half."""
_STEPS = 12
_UPRIGHT = 0.02
"""Columns that lean less, in page widths over the page's height, are left as they are."""
_BETTER = 1.2
"""A lean is believed when so many times more words stand below each other without it."""


@dataclass(frozen=True, slots=True)
class _Lean:
    """How far a line that stands upright on the paper drifts to the right over the page: ``level + along * x``.

    ``x`` is where it passes the middle of the page's height, from the middle of its width.
    """

    level: float = 0.0
    along: float = 0.0

    def at(self, x: float) -> float:
        """The drift at one place."""
        return self.level + self.along * (x - 0.5)

    def upright(self, x: float, y: float) -> float:
        """Where a point of the page stands when its columns are upright."""
        down = y - 0.5
        return (x - down * (self.level - 0.5 * self.along)) / max(1 + down * self.along, 0.2)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two words of a column, by their edges or their middles: how far down and to the right the lower one stands."""

    x: float
    y: float
    down: float
    right: float
    letter: float

    def off(self, lean: _Lean) -> float:
        """Letters that the lower one stands right of where the lean expects it."""
        x = lean.upright(self.x, self.y)
        return (self.right - lean.at(x) * self.down) / self.letter


def upright(words: Sequence[Word], aspect: float) -> Sequence[Word]:
    """The words with their columns upright, in their order; the same words where columns lean little or can't be told.

    ``aspect`` is the page's width divided by its height.
    """
    pairs = _pairs(words, aspect)
    if len(pairs) < _FEWEST:
        return words
    lean = _Lean()
    for _ in range(_STEPS):
        lean = _fitted(pairs, lean)
    if max(abs(lean.at(0.2)), abs(lean.at(0.8))) < _UPRIGHT or abs(lean.along) > 1.0:
        return words
    if _agreement(pairs, lean) < _BETTER * _agreement(pairs, _Lean()):
        return words
    moved = []
    for word in words:
        x0, y0, x1, y1 = word.box
        middle = (y0 + y1) / 2
        moved.append(replace(word, box=(lean.upright(x0, middle), y0, lean.upright(x1, middle), y1)))
    return moved


def _agreement(pairs: Sequence[_Pair], lean: _Lean) -> float:
    """How many pairs stand below each other, each counted less the further it is off."""
    return sum(_weight(pair, lean) for pair in pairs)


def _weight(pair: _Pair, lean: _Lean) -> float:
    return 1 / (1 + (pair.off(lean) / _OFF) ** 2)


def _pairs(words: Sequence[Word], aspect: float) -> list[_Pair]:
    """Each word with the next below it that begins about where it begins, and that stands about its middle."""
    placed = sorted(((word.box[1] + word.box[3]) / 2, n) for n, word in enumerate(words))
    found = []
    for at, (upper, n) in enumerate(placed):
        one = words[n].box
        high = letter_height(words[n], aspect)
        letter = high / aspect
        if high <= 0:
            continue
        wanted = {"edge", "middle"}
        for lower, m in placed[at + 1 :]:
            down = lower - upper
            if down > _DOWN * high or not wanted:
                break
            if down < 0.7 * high:
                continue
            other = words[m].box
            for side, x, to in (
                ("edge", one[0], other[0]),
                ("middle", (one[0] + one[2]) / 2, (other[0] + other[2]) / 2),
            ):
                if side in wanted and abs(to - x) <= _BESIDE * letter:
                    wanted.discard(side)
                    found.append(_Pair((x + to) / 2, (upper + lower) / 2, down, to - x, letter))
    return found


def _fitted(pairs: Sequence[_Pair], lean: _Lean) -> _Lean:
    """The lean that most pairs bear out: least squares with less of what stands off the lean so far."""
    aa = ab = bb = ar = br = 0.0
    for pair in pairs:
        weight = _weight(pair, lean) / pair.letter**2
        first, second = pair.down, pair.down * (lean.upright(pair.x, pair.y) - 0.5)
        aa += weight * first * first
        ab += weight * first * second
        bb += weight * second * second
        ar += weight * first * pair.right
        br += weight * second * pair.right
    det = aa * bb - ab * ab
    if det <= 1e-9 * aa * bb:
        return lean
    return _Lean((ar * bb - br * ab) / det, (br * aa - ar * ab) / det)
