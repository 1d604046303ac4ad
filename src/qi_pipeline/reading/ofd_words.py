"""Words of an OFD page: glyphs put together to segments of a printed line.

Producers cut text as they like: a line, a word or a single character an object. So glyphs are joined by where
they stand: along one baseline, without a wide gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qi_pipeline.model import Box, Word
from qi_pipeline.reading.ofd_objects import Glyph
from qi_pipeline.reading.radicals import as_printed

_WIDE_GAP = 1.2
"""Gaps wider than this share of the font size end a segment."""
_BELOW = 0.14
"""Share of the font size below the baseline."""


@dataclass(slots=True)
class _Segment:
    glyphs: list[Glyph]
    text: str

    @property
    def last(self) -> Glyph:
        return self.glyphs[-1]


def words_of(glyphs: Iterable[Glyph], page: tuple[float, float, float, float]) -> tuple[Word, ...]:
    """Segments in reading order, boxes in fractions of the physical ``page`` (x, y, width, height in millimetres)."""
    segments: list[_Segment] = []
    by_baseline: dict[int, list[_Segment]] = {}
    for glyph in glyphs:
        if not glyph.char.strip() and glyph.char != " ":
            continue
        size = math.hypot(*glyph.up)
        if size <= 0:
            continue
        home = _continues(segments[-1:], glyph, size)
        if home is None:
            row = round(glyph.origin[1])
            near = [s for key in (row - 1, row, row + 1) for s in by_baseline.get(key, ())]
            home = _continues(near, glyph, size)
        if home is not None:
            home.text += glyph.char
            home.glyphs.append(glyph)
        elif glyph.char.strip():
            fresh = _Segment(glyphs=[glyph], text=glyph.char)
            segments.append(fresh)
            by_baseline.setdefault(round(glyph.origin[1]), []).append(fresh)
    words = [
        Word(text=as_printed(segment.text.strip()), box=box, confidence=1.0)
        for segment in segments
        if (box := _box(segment.glyphs, page)) is not None and segment.text.strip()
    ]
    return tuple(sorted(words, key=lambda word: (round((word.box[1] + word.box[3]) / 2, 2), word.box[0])))


def _continues(candidates: Sequence[_Segment], glyph: Glyph, size: float) -> _Segment | None:
    """The segment whose end the glyph follows on the same baseline, or None."""
    for segment in reversed(candidates):
        last = segment.last
        last_size = math.hypot(*last.up)
        reach = math.hypot(*last.across)
        if not 0.6 <= size / last_size <= 1.6 or reach <= 0:
            continue
        along = (last.across[0] / reach, last.across[1] / reach)
        step = (glyph.origin[0] - last.origin[0], glyph.origin[1] - last.origin[1])
        forward = step[0] * along[0] + step[1] * along[1]
        aside = abs(step[0] * along[1] - step[1] * along[0])
        if aside < 0.35 * size and 0.1 * reach < forward < reach + _WIDE_GAP * size:
            return segment
    return None


def _box(glyphs: Sequence[Glyph], page: tuple[float, float, float, float]) -> Box | None:
    xs: list[float] = []
    ys: list[float] = []
    for glyph in glyphs:
        if not glyph.char.strip():
            continue
        for share in (-_BELOW, 1 - _BELOW):
            for step in (0.0, 1.0):
                xs.append(glyph.origin[0] + share * glyph.up[0] + step * glyph.across[0])
                ys.append(glyph.origin[1] + share * glyph.up[1] + step * glyph.across[1])
    if not xs:
        return None
    x0, y0 = (min(xs) - page[0]) / page[2], (min(ys) - page[1]) / page[3]
    x1, y1 = (max(xs) - page[0]) / page[2], (max(ys) - page[1]) / page[3]
    if x1 <= 0 or y1 <= 0 or x0 >= 1 or y0 >= 1:
        return None  # outside the page: printed by nobody
    return (max(0.0, x0), max(0.0, y0), min(1.0, x1), min(1.0, y1))
