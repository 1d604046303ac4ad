"""Letters that two neighbouring boxes both hold (重复的字): 注册资本5 | 500万元整 is one 5, cut into both.

A detector that parts a line lets the parts overlap by a letter now and then, and the engine reads that letter twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qi_pipeline.extraction.lines import overlap, width_of
from qi_pipeline.model import Word

_LEVEL = 0.5
_MOST = 2
"""More letters than this are not shared by chance of cutting."""


def without_doubled_ends(words: Sequence[Word], aspect: float) -> tuple[Word, ...]:
    """The words, each without the letters at its end that lie in its right neighbour too and are read there again."""
    kept = list(words)
    for left, right in _level(kept):
        one, other = kept[left], kept[right]
        if not one.box[0] < other.box[0] < one.box[2] < other.box[2] or overlap(one.box, other.box) < _LEVEL:
            continue
        shared = _shared(one, other, aspect)
        if shared:
            kept[left] = Word(
                text=one.text[:-shared].rstrip(),
                box=(one.box[0], one.box[1], other.box[0], one.box[3]),
                confidence=one.confidence,
            )
    return tuple(kept)


def _level(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Pairs of words that share some height, both ways round."""
    order = sorted(range(len(words)), key=lambda at: words[at].box[1])
    for place, upper in enumerate(order):
        for lower in order[place + 1 :]:
            if words[lower].box[1] >= words[upper].box[3]:
                break
            yield from ((upper, lower), (lower, upper))


def _shared(one: Word, other: Word, aspect: float) -> int:
    """How many letters at the end of ``one`` are the first of ``other`` and as wide as the boxes overlap."""
    wide = one.box[2] - other.box[0]
    em = min(one.box[3] - one.box[1], other.box[3] - other.box[1]) / aspect
    for count in range(1, _MOST + 1):
        tail = one.text[-count:]
        if len(one.text) > count and other.text.startswith(tail):
            letters = sum(map(width_of, tail)) * em
            if 0.4 * letters <= wide <= 2.2 * letters:
                return count
    return 0
