"""What the print behind or around the text (底纹, 花边) was read as: a column of O, an I that is wider than high.

A letter O by itself may be a mark in a list, so these go only where several of them stand and nothing but such signs
stands further out at their height. A pale word of the ground (SAIC) is often read as one upright stroke.
"""

from __future__ import annotations

from qi_pipeline.model import Word

_RINGS = frozenset("oOcCQ〇○◎口回◯")
_STROKES = frozenset("Il|1ⅠⅡi!")
_WIDE = 1.5
"""A box so many times wider than high holds more than one stroke."""
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


def without_background(words: tuple[Word, ...], aspect: float) -> tuple[Word, ...]:
    """The words without single strokes (I, l, |) whose boxes are wider than high on a page of this ``aspect``."""
    return tuple(word for word in words if not (word.text.strip() in _STROKES and _is_wide(word, aspect)))


def _is_wide(word: Word, aspect: float) -> bool:
    return (word.box[2] - word.box[0]) * aspect > _WIDE * (word.box[3] - word.box[1])


def _is_outermost(ring: Word, others: list[Word]) -> bool:
    """Whether all that is printed at the ring's height stands on one side of it, or nothing does."""
    high = ring.box[3] - ring.box[1]
    level = [word for word in others if word.box[1] < ring.box[3] + high and word.box[3] > ring.box[1] - high]
    return all(word.box[2] <= ring.box[0] for word in level) or all(word.box[0] >= ring.box[2] for word in level)
