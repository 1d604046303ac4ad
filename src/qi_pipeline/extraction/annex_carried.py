"""A page of a table without rules that goes on without its header: where its rows begin and its columns stand (续页).

The page before says which columns there are; sheets lie a little differently under the glass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qi_pipeline.extraction.annex_columns import role_of
from qi_pipeline.extraction.annex_lines import column_of
from qi_pipeline.extraction.lines import Row
from qi_pipeline.model import Word

_STEPS = 500
_NUMBER = re.compile(r"[0-9]{1,4}(?:[.．][0-9]{1,3})*")
_PAGE_SHIFT = 0.06
"""Columns stand on two pages of a table at most so far apart, in page widths."""


def moved(edges: tuple[float, ...], header: Sequence[str], body: Sequence[Word]) -> tuple[float, ...]:
    """The column edges of the page before, moved sideways to where this page's words fit them best.

    The fewest words run over them, and what stands between those of the numbers are numbers.
    """
    steps = int(_PAGE_SHIFT * _STEPS)
    counted = [at for at, path in enumerate(header) if role_of(path) == "number"]

    def misfit(placed: tuple[float, ...]) -> tuple[int, float]:
        over = sum(word.box[0] < edge < word.box[2] for word in body for edge in placed[1:-1])
        odd = sum(
            (_NUMBER.fullmatch(word.text.strip()) is not None) is not (column_of(word, placed) in counted)
            for word in body
            if counted and word.box[0] < placed[counted[-1] + 1] + _PAGE_SHIFT
        )
        return over + odd, abs(placed[0] - edges[0])

    return min((tuple(edge + step / _STEPS for edge in edges) for step in range(-steps, steps + 1)), key=misfit)


def from_first_number(lines: Sequence[Row], header: Sequence[str], edges: Sequence[float]) -> Sequence[Row]:
    """The lines from the first row on, told by its number: above it stand the page's title and whose annex it is."""
    numbers = [at for at, path in enumerate(header) if role_of(path) == "number"]
    if not numbers:
        return lines
    right = edges[numbers[-1] + 1] + _PAGE_SHIFT
    counted = (
        at
        for at, line in enumerate(lines)
        if any(_NUMBER.fullmatch(word.text.strip()) and word.box[2] < right for word in line.words)
    )
    first = next(counted, 0)
    # Cells of the row may begin above its number.
    while first and lines[first].box[1] - lines[first - 1].box[3] < 0.8 * lines[first].height:
        first -= 1
    return lines[first:]
