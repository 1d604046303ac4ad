"""Tables without upright rules (开放式表格): where their columns part, told by how the words stand.

Only tables with a rule below every row are parted here. Of a table with rules above and below its header and at its end
alone (三线表) the header says which columns there are and the numbers which rows; that is read in
:mod:`qi_pipeline.extraction.annex_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from qi_pipeline.model import Box

_NARROWEST = 0.35
"""A gap of so many letter heights that no row's words cross parts two columns."""
_JOINED = 0.12
"""Share of the rows whose words may run over the gap between two columns: engines join neighbours."""
_FEWEST_ROWS = 5
_MOST_LINES = 2.5
"""Lines of print that a row between two rules has at most, on an average; more are several rows."""


def column_cuts(words: Sequence[tuple[Box, str]], levels: Sequence[float]) -> list[float]:
    """Where the columns of a table with those level rules part; none where its rows are not ruled.

    The rows below the header tell: a header's cells may span columns, or stand close. A header has no digits.
    """
    levels = sorted(levels)
    rows = [
        [(box, text) for box, text in words if top < (box[1] + box[3]) / 2 < bottom] for top, bottom in pairwise(levels)
    ]
    first = next((at for at, row in enumerate(rows) if any(c.isdigit() for _, text in row for c in text)), len(rows))
    body = [row for row in rows[max(first, 1) :] if row]
    if len(body) < _FEWEST_ROWS:
        return []
    inside = [box for row in body for box, _ in row]
    height = median(box[3] - box[1] for box in inside)
    if median(len(_lines([box for box, _ in row])) for row in body) > _MOST_LINES:
        return []
    spans = [(box[0], box[2]) for box in inside]
    cuts = [(left + right) / 2 for left, right in free_strips(spans) if right - left > _NARROWEST * height]
    heads = sorted((box[0], box[2]) for row in rows[:first] for box, _ in row)
    return sorted([*cuts, *_hidden_cuts(spans, heads, cuts, int(_JOINED * len(body)))])


def _hidden_cuts(
    spans: Sequence[tuple[float, float]],
    heads: Sequence[tuple[float, float]],
    cuts: Sequence[float],
    most: int,
) -> list[float]:
    """Cuts between two heads where few words run over the gap, since engines join neighbours: where the fewest do."""
    found = []
    for _left, right in free_strips(heads):
        before = max((head for head in heads if head[1] <= right), key=lambda head: head[1])
        after = min((head for head in heads if head[0] >= right), key=lambda head: head[0])
        low, high = sum(before) / 2, sum(after) / 2
        if any(low < cut < high for cut in cuts):
            continue
        ends = sorted({low, high, *(x for span in spans for x in span if low < x < high)})
        crossed = [sum(start < stop and end > begin for start, end in spans) for begin, stop in pairwise(ends)]
        fewest = min(crossed)
        if fewest > most:
            continue
        best = max((at for at, count in enumerate(crossed) if count == fewest), key=lambda at: ends[at + 1] - ends[at])
        found.append((ends[best] + ends[best + 1]) / 2)
    return found


def _lines(boxes: Sequence[Box]) -> list[float]:
    """The heights at which words stand."""
    found: list[float] = []
    for box in sorted(boxes, key=lambda each: each[1] + each[3]):
        middle = (box[1] + box[3]) / 2
        if not found or middle - found[-1] > 0.6 * (box[3] - box[1]):
            found.append(middle)
    return found


def free_strips(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What no span covers, between the first and the last.

    >>> free_strips([(0, 2), (1, 3), (5, 6)])
    [(3, 5)]
    """
    found = []
    reach: float | None = None
    for start, end in sorted(spans):
        if reach is not None and start > reach:
            found.append((reach, start))
        reach = end if reach is None else max(reach, end)
    return found
