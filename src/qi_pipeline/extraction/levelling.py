"""Words of a skewed or tilted page set level (文字行校平), so that what stands in one row has one height.

How steeply the rows run is told by the rows themselves, each chained word by word; on a photograph it changes from the
head of the page to its foot, so it is fitted as a line over the height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from qi_pipeline.extraction.lines import rows_of
from qi_pipeline.model import Page, Word

_FEWEST_ROWS = 5
_WIDEST = 0.25
"""Rows that reach over less of the page's width say little of its slope."""
_LEVEL = 0.0015
"""Slopes below it, in page heights over the page's width, are none."""


def levelled(page: Page) -> tuple[Word, ...]:
    """The page's words, each moved up or down by how steeply its row runs."""
    aspect = page.width / page.height if page.height else 0.707
    slopes: list[tuple[float, float]] = []
    for row in rows_of(page.words, aspect):
        first, last = row.words[0].box, row.words[-1].box
        wide = last[0] + last[2] - first[0] - first[2]
        if len(row.words) > 1 and wide / 2 > _WIDEST:
            slopes.append(((row.box[1] + row.box[3]) / 2, (last[1] + last[3] - first[1] - first[3]) / wide))
    if len(slopes) < _FEWEST_ROWS:
        return page.words
    at, per = _line(slopes)
    if max(abs(at), abs(at + per)) < _LEVEL:
        return page.words
    moved = []
    for word in page.words:
        x0, y0, x1, y1 = word.box
        down = (at + per * (y0 + y1) / 2) * ((x0 + x1) / 2 - 0.5)
        # A skewed line's box is higher than its letters.
        trim = min(abs(at + per * (y0 + y1) / 2) * (x1 - x0) / 2, 0.3 * (y1 - y0))
        moved.append(replace(word, box=(x0, y0 - down + trim, x1, y1 - down - trim)))
    return tuple(moved)


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The line through the points that most of them agree with: its height at 0 and its slope (Theil and Sen)."""
    steps = [(b - d) / (a - c) for n, (a, b) in enumerate(points) for c, d in points[n + 1 :] if abs(a - c) > 0.15]
    per = median(steps) if len(steps) >= _FEWEST_ROWS else 0.0
    return median(b - per * a for a, b in points), per
