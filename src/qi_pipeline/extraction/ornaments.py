"""Rings and rosettes of a printed frame (花边) that were read as letters: a column of O beside the text.

A letter O by itself may be a mark in a list, so these go only where several of them stand and nothing but such signs
stands further out at their height.
"""

from __future__ import annotations

from qi_pipeline.model import Word

_RINGS = frozenset("oOcCQ〇○◎口回◯")
_FEWEST = 4
"""So many rings at the margins make a frame."""


def without_ornaments(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words without the rings of a frame; all of them where there is no frame of rings."""
    rings = [word for word in words if word.text.strip() in _RINGS]
    if len(rings) < _FEWEST:
        return words
    others = [word for word in words if word.text.strip() not in _RINGS]
    outer = [ring for ring in rings if _is_outermost(ring, others)]
    return tuple(word for word in words if not any(word is ring for ring in outer)) if len(outer) >= _FEWEST else words


def _is_outermost(ring: Word, others: list[Word]) -> bool:
    """Whether all that is printed at the ring's height stands on one side of it, or nothing does."""
    high = ring.box[3] - ring.box[1]
    level = [word for word in others if word.box[1] < ring.box[3] + high and word.box[3] > ring.box[1] - high]
    return all(word.box[2] <= ring.box[0] for word in level) or all(word.box[0] >= ring.box[2] for word in level)
