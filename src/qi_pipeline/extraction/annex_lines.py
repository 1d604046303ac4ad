"""Words of a table without rules as printed rows: which lines of a column belong to which row.

Each row is held by its innermost number. Merged categories are set in the middle of the rows they cover or at the
first of them; the numbers (1.1, 1.2, 2.1 …) say which rows those are.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qi_pipeline.extraction.annex_columns import role_of
from qi_pipeline.extraction.lines import Row, around, rows_of
from qi_pipeline.model import Box, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """What one printed row shows in one column; a merged cell shows in each row that it spans."""

    text: str
    box: Box
    starts: bool
    """False where a merged cell goes on from the row above."""
    confidence: float = 1.0
    width: int = 1
    """Columns that the cell spans."""


GridRow = tuple[GridCell, ...]


def aligned_rows(body: Sequence[Word], edges: tuple[float, ...], header: tuple[str, ...]) -> tuple[GridRow, ...]:
    """Printed rows: an anchor (the innermost number, or the item) and, in each column, the lines that go with it."""
    columns: list[list[Word]] = [[] for _ in edges[1:]]
    for word in body:
        columns[_column_of(word, edges)].append(word)
    lines = [rows_of(words) for words in columns]
    anchors = sorted(
        (line for at in _anchor_columns(header) for line in lines[at] if any(c.isalnum() for c in line.text)),
        key=lambda line: middle(line.box),
    )
    if not anchors:
        return ()
    roles = [role_of(path) for path in header]
    merged = [at for at, role in enumerate(roles) if role == "category"]
    first = anchors[0].box
    # Text above the first number: the numbers stand in the middle of their cells, not at the top.
    centred = any(
        column and column[0].box[3] < first[1] + 0.3 * (first[3] - first[1])
        for at, column in enumerate(lines)
        if at not in merged and roles[at] != "number"
    )
    cells = [
        [] if at in merged else _cells_of(column, at, anchors, edges, centred=centred)
        for at, column in enumerate(lines)
    ]
    plain = [column for at, column in enumerate(cells) if column and roles[at] != "number"]
    extents = [_extent(anchor, [column[row] for column in plain]) for row, anchor in enumerate(anchors)]
    numbers = [anchor.text for anchor in anchors]
    for at in merged:
        groups = _numbered_groups(numbers, lines[at], extents) or _spaced_groups(_blocks(lines[at]), extents)
        cells[at] = _merged_cells(groups, len(anchors), edges, at)
    return tuple(tuple(column[row] for column in cells) for row in range(len(anchors)))


Extent = tuple[float, float]


def _extent(anchor: Row, cells: Sequence[GridCell]) -> Extent:
    """Upper and lower edge of a printed row."""
    boxes = [anchor.box, *(cell.box for cell in cells if cell.text)]
    return min(box[1] for box in boxes), max(box[3] for box in boxes)


Group = tuple[tuple[int, int], list[Row]]
"""First and past-last row that a merged cell covers, and its lines."""


def _blocks(lines: Sequence[Row]) -> list[list[Row]]:
    """Lines of a column that stand close together: one cell each."""
    blocks: list[list[Row]] = []
    for line in lines:
        if blocks and line.box[1] - blocks[-1][-1].box[3] < 0.5 * line.height:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _numbered_groups(numbers: Sequence[str], lines: Sequence[Row], extents: Sequence[Extent]) -> list[Group] | None:
    """The merged cells of a column by the rows' numbers: 1.1, 1.2, 2.1 or 1, 2, 1; None when they tell nothing.

    A page may open in the middle of a category whose name stands on the page before.
    """
    starts = [0]
    parsed = [re.fullmatch(r"(?:(\d+(?:\.\d+)*)[.．])?(\d+)", number.replace(" ", "")) for number in numbers]
    for at, (above, below) in enumerate(pairwise(parsed), 1):
        if above is None or below is None:
            return None
        if above[1] != below[1] or int(below[2]) <= int(above[2]):
            starts.append(at)
    if len(starts) == 1 and len(lines) > 1 and parsed[0] is not None and parsed[0][1] is None:
        return None
    spans = list(pairwise([*starts, len(numbers)]))
    groups: dict[tuple[int, int], list[Row]] = {}
    for line in lines:
        height = middle(line.box)
        span = min(spans, key=lambda span: max(extents[span[0]][0] - height, height - extents[span[1] - 1][1], 0.0))
        groups.setdefault(span, []).append(line)
    return list(groups.items())


def _spaced_groups(blocks: Sequence[list[Row]], extents: Sequence[Extent]) -> list[Group]:
    """The merged cells of a column by their heights: in the middle of their rows, else beside the first of them."""
    heights = [middle(around(line.box for line in block)) for block in blocks]
    middles = [(top + bottom) / 2 for top, bottom in extents]
    beside = [min(range(len(extents)), key=lambda row: abs(middles[row] - height)) for height in heights]
    groups: list[Group] = []
    start = 0
    for at, height in enumerate(heights):
        last = beside[at + 1] if at + 1 < len(heights) else len(extents)
        # The row whose lower edge lies as far below the block as the group's upper edge lies above it.
        end = min(
            range(beside[at] + 1, max(last, beside[at] + 1) + 1),
            key=lambda end: abs((extents[start][0] + extents[end - 1][1]) / 2 - height),
        )
        tolerance = 0.6 * (extents[end - 1][1] - extents[end - 1][0])
        if abs((extents[start][0] + extents[end - 1][1]) / 2 - height) > tolerance:
            return list(zip(pairwise([*beside, len(extents)]), blocks, strict=True))
        groups.append(((start, end), blocks[at]))
        start = min(end, len(extents) - 1)
    return groups


def _merged_cells(groups: Sequence[Group], count: int, edges: tuple[float, ...], column: int) -> list[GridCell]:
    cells = [_cell_of([], edges, column) for _ in range(count)]
    for (start, end), lines in groups:
        cell = _cell_of(lines, edges, column)
        for row in range(start, end):
            # Two blocks beside one row are lines of one cell.
            known = cells[row]
            cells[row] = replace(cell, text=f"{known.text}\n{cell.text}") if known.text else cell
    return cells


def _column_of(word: Word, edges: tuple[float, ...]) -> int:
    middle = (word.box[0] + word.box[2]) / 2
    return max(0, min(bisect.bisect_right(edges, middle) - 1, len(edges) - 2))


def _anchor_columns(header: tuple[str, ...]) -> list[int]:
    """The innermost number column where there is one, else the item's, else the standard's."""
    roles = [role_of(path) for path in header]
    for role in ("number", "item", "standard"):
        if role in roles:
            return [len(roles) - 1 - roles[::-1].index(role)]
    return [0]


def _cells_of(
    column: Sequence[Row], at: int, anchors: Sequence[Row], edges: tuple[float, ...], *, centred: bool
) -> list[GridCell]:
    """The cell of each anchor in one column: its lines, cut between anchors at the widest gap."""
    starts = [0]
    cursor = 0
    for upper, lower in pairwise(anchors):
        top, bottom = middle(upper.box), middle(lower.box)
        # Candidate cuts stand before the lines between the two anchors, the lower anchor's own line included.
        while cursor < len(column) and middle(column[cursor].box) <= top + 0.3 * upper.height:
            cursor += 1
        last = cursor
        while last < len(column) and middle(column[last].box) < bottom - 0.3 * lower.height:
            last += 1
        starts.append(max(_cut(column, cursor, last, (top + bottom) / 2, centred=centred), starts[-1]))
        cursor = last
    starts.append(len(column))
    return [_cell_of(column[start:end], edges, at) for start, end in pairwise(starts)]


def _cut(column: Sequence[Row], first: int, last: int, middle: float, *, centred: bool) -> int:
    """Index of the first line below the cut among ``first..last``: before it lies the widest gap."""
    if first == 0:
        # Nothing stands beside the upper anchor: what stands between the two is the lower one's.
        return 0
    gaps = {at: column[at].box[1] - column[at - 1].box[3] for at in range(first, min(last, len(column) - 1) + 1)}
    if not gaps:
        return last
    tolerance = 0.25 * column[min(first, len(column) - 1)].height
    near = [at for at, gap in gaps.items() if gap >= max(gaps.values()) - tolerance]
    if centred:
        return min(near, key=lambda at: abs((column[at].box[1] + column[at - 1].box[3]) / 2 - middle))
    # Even spacing says nothing; a number then stands on the first line of its row.
    return near[-1]


def middle(box: Box) -> float:
    """The height of a box's middle."""
    return (box[1] + box[3]) / 2


def _cell_of(lines: Sequence[Row], edges: tuple[float, ...], column: int) -> GridCell:
    if not lines:
        return GridCell(text="", box=(edges[column], 0.0, edges[column + 1], 0.0), starts=True)
    return GridCell(
        text="\n".join(line.text for line in lines),
        box=around(line.box for line in lines),
        starts=True,
        confidence=min(word.confidence for line in lines for word in line.words),
    )
