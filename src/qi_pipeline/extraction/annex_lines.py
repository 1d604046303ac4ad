"""Words of a table without rules as printed rows: which lines of a column belong to which row.

Each row is held by its innermost number. Merged categories are set in the middle of the rows they cover or at the
first of them; the numbers (1.1, 1.2, 2.1 …) say which rows those are.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from qi_pipeline.extraction.annex_columns import roles_of
from qi_pipeline.extraction.annex_groups import (
    Extent,
    Group,
    blocks_of,
    coded_groups,
    leading_of,
    numbered_groups,
    repeated_groups,
    spaced_groups,
)
from qi_pipeline.extraction.cell_wording import costs_of_joining, costs_of_parting
from qi_pipeline.extraction.lines import Row, around, middle, overlap, rows_of
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


def aligned_rows(
    body: Sequence[Word], edges: tuple[float, ...], header: tuple[str, ...], *, goes_on: bool = True
) -> tuple[GridRow, ...]:
    """Printed rows: an anchor (the innermost number, or the item) and, in each column, the lines that go with it.

    ``goes_on``: the first rows may belong to a merged cell of the page before.
    """
    columns: list[list[Word]] = [[] for _ in edges[1:]]
    for word in body:
        for part in parted_at(word, _edges_over(word, body, edges)):
            columns[column_of(part, edges)].append(part)
    lines = [rows_of(words) for words in columns]
    anchors = sorted(
        (line for at in _anchor_columns(header) for line in lines[at] if any(c.isalnum() for c in line.text)),
        key=lambda line: middle(line.box),
    )
    if not anchors:
        return ()
    roles = roles_of(header)
    merged = [at for at, role in enumerate(roles) if role == "category"]
    centred = _is_centred(lines, anchors, merged)
    shares = [[] if at in merged else share_out(column, anchors, centred=centred) for at, column in enumerate(lines)]
    cells = [[_cell_of(own, edges, at) for own in column] for at, column in enumerate(shares)]
    plain = [column for at, column in enumerate(cells) if column and roles[at] != "number"]
    extents = [_extent(anchor, [column[row] for column in plain]) for row, anchor in enumerate(anchors)]
    leading = leading_of([own for column in shares for own in column], extents)
    numbers = [anchor.text for anchor in anchors]
    for at in merged:
        groups = (
            coded_groups(lines[at], extents)
            or repeated_groups(share_out(lines[at], anchors, centred=centred))
            or numbered_groups(numbers, lines[at], extents)
            or spaced_groups(
                blocks_of(lines[at], leading), extents, [middle(anchor.box) for anchor in anchors], goes_on=goes_on
            )
        )
        cells[at] = _merged_cells(groups, len(anchors), edges, at)
    return tuple(tuple(column[row] for column in cells) for row in range(len(anchors)))


def _extent(anchor: Row, cells: Sequence[GridCell]) -> Extent:
    """Upper and lower edge of a printed row."""
    boxes = [anchor.box, *(cell.box for cell in cells if cell.text)]
    return min(box[1] for box in boxes), max(box[3] for box in boxes)


def _merged_cells(groups: Sequence[Group], count: int, edges: tuple[float, ...], column: int) -> list[GridCell]:
    cells = [_cell_of([], edges, column) for _ in range(count)]
    for (start, end), lines in groups:
        cell = _cell_of(lines, edges, column)
        for row in range(start, end):
            # Two blocks beside one row are lines of one cell.
            known = cells[row]
            cells[row] = replace(cell, text=f"{known.text}\n{cell.text}") if known.text else cell
    return cells


_SLIPS = 2.5
"""Letters within which the seam of two cells is looked for around a column's edge."""
_CROSSES = 0.7
"""A word that reaches over a column's edge by more than so many letters on both sides belongs to both columns."""


def _edges_over(word: Word, body: Sequence[Word], edges: tuple[float, ...]) -> Sequence[float]:
    """The edges without those that a word only reaches over: at its end the next column's own word begins."""
    step = (word.box[2] - word.box[0]) / max(letters_wide(word.text), 0.5)
    within = [edge for edge in edges if word.box[2] - _SLIPS * step < edge < word.box[2]]
    if not within:
        return edges
    behind = any(
        within[0] < other.box[0] + step / 2
        and abs(other.box[0] - word.box[2]) <= step
        and overlap(word.box, other.box) > 0.5
        for other in body
        if other is not word
    )
    return [edge for edge in edges if edge not in within] if behind else edges


def parted_at(word: Word, edges: Sequence[float]) -> list[Word]:
    """The word, or its parts where it runs over column edges: engines join neighbours that stand close."""
    x0, top, x1, bottom = word.box
    widths = [letters_wide(char) for char in word.text]
    step = (x1 - x0) / max(sum(widths), 0.5)
    inner = [edge for edge in edges if x0 + _CROSSES * step < edge < x1 - _CROSSES * step]
    if not inner:
        return [word]
    starts = [x0 + step * wide for wide in accumulate([0.0, *widths])]
    cuts = []
    for edge in inner:
        near = sorted(range(1, len(word.text)), key=lambda at: abs(starts[at] - edge))
        close = [at for at in near if abs(starts[at] - edge) < _SLIPS * step]
        # Boxes are not that exact: a cell ends before a title, at a space, or behind its figures, not in a number.
        number = _OPENING_NUMBER.match(word.text)
        spaces = [at for at in close if word.text[at - 1] == " " or (number is not None and at == number.end())]
        titles = [at for at in close if word.text[at] == "《"]
        cuts += (titles or spaces or [at for at in close if _is_seam(word.text[at - 1], word.text[at])] or near)[:1]
    # The empty half of an opening mark reaches into the column before; the mark is none of that column's.
    cuts = [at for at in cuts if word.text[:at].strip(_OPENING)]
    parts = []
    for start, end in pairwise([0, *sorted(set(cuts)), len(word.text)]):
        text = word.text[start:end]
        if text.strip():
            parts.append(replace(word, text=text.strip(), box=(starts[start], top, starts[end], bottom)))
    return parts


_OPENING = "《〈（(【[“ -~～"
_OPENING_NUMBER = re.compile(r"[0-9]{1,4}(?:[.．][0-9]{1,3})*(?=[^0-9.．-])")
"""A row's number that is read in one with its item (2.1pH值)."""


def letters_wide(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in text)


def _is_seam(before: str, after: str) -> bool:
    """Whether two letters are of different kinds, so that a cell may end between them."""
    return before == " " or before in "》)）;；" or before.isascii() != after.isascii()


def column_of(word: Word, edges: Sequence[float]) -> int:
    """The column in which the middle of a word stands."""
    middle = (word.box[0] + word.box[2]) / 2
    return max(0, min(bisect.bisect_right(edges, middle) - 1, len(edges) - 2))


def _anchor_columns(header: tuple[str, ...]) -> list[int]:
    """The innermost number column where there is one, else the item's, else the standard's."""
    roles = roles_of(header)
    for role in ("number", "item", "standard"):
        if role in roles:
            return [len(roles) - 1 - roles[::-1].index(role)]
    return [0]


def _is_centred(lines: Sequence[Sequence[Row]], anchors: Sequence[Row], merged: Sequence[int]) -> bool:
    """Whether cells are set in the middle of their rows, rather than at the top: which fits the numbers better."""
    columns = [column for at, column in enumerate(lines) if at not in merged and len(column) > len(anchors) / 2]
    cost = {mode: sum(_shared_out(column, anchors, centred=mode)[0] for column in columns) for mode in (True, False)}
    return cost[True] <= cost[False]


def share_out(column: Sequence[Row], anchors: Sequence[Row], *, centred: bool) -> list[list[Row]]:
    """The lines of a column, in order, for each anchor: those whose middle, or first line, stands nearest to it."""
    return _shared_out(column, anchors, centred=centred)[1]


_MOST_CELL_LINES = 14
_EMPTY = 0.35
"""What an empty cell costs, in line heights: less than a line that belongs to the next row."""
_APART = 0.75
"""Gaps wider than so many line heights part two cells."""


def _shared_out(column: Sequence[Row], anchors: Sequence[Row], *, centred: bool) -> tuple[float, list[list[Row]]]:
    """The cheapest way to share out the lines, and its cost in line heights.

    Lines that read on, or stand as close as lines that do, are kept in one cell where the anchors leave it open.
    """
    count, size = len(anchors), len(column)
    if not size:
        return 0.0, [[] for _ in anchors]
    height = sorted(line.height for line in column)[size // 2]
    lower = _all_lower(column, anchors, height)
    tops = [line.box[1] - lower for line in column]
    bottoms = [line.box[3] - lower for line in column]
    jumps = [0.0, *(max(0.0, (top - bottom) / height - _APART) for bottom, top in zip(bottoms, tops[1:], strict=False))]
    torn, apart = costs_of_parting(column, height), costs_of_joining(column)
    targets = [middle(anchor.box) for anchor in anchors]
    infinite = float("inf")
    # best[k][i]: the first k anchors have taken the first i lines
    best = [[infinite] * (size + 1) for _ in range(count + 1)]
    taken = [[0] * (size + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for k in range(count):
        for start in range(size + 1):
            so_far = best[k][start]
            if so_far == infinite:
                continue
            if so_far + _EMPTY < best[k + 1][start]:
                best[k + 1][start], taken[k + 1][start] = so_far + _EMPTY, 0
            inner = torn[start]
            for end in range(start + 1, min(size, start + _MOST_CELL_LINES) + 1):
                if end > start + 1:
                    inner += 2 * jumps[end - 1] + apart[end - 1]
                # At the top a cell's first line stands level with the number, whose figures are less high.
                place = (tops[start] + bottoms[end - 1 if centred else start]) / 2
                cost = so_far + abs(place - targets[k]) / height + inner
                if cost < best[k + 1][end]:
                    best[k + 1][end], taken[k + 1][end] = cost, end - start
    end, shares = size, []
    if best[count][size] == infinite:  # more lines than cells could hold: the last anchor takes the rest
        return infinite, [[line for line in column if _nearest(line, anchors) == k] for k in range(count)]
    for k in range(count, 0, -1):
        start = end - taken[k][end]
        shares.append(list(column[start:end]))
        end = start
    return best[count][size], shares[::-1]


_TOGETHER = 0.15
"""Line heights by which half of a column's lines differ at most where all of it stands lower than the numbers."""
_FEWEST_LINES = 3


def _all_lower(column: Sequence[Row], anchors: Sequence[Row], height: float) -> float:
    """How much lower a column stands than the anchors, on a page that is still a little askew; 0 where it does not."""
    if len(column) < _FEWEST_LINES:
        return 0.0
    offs = sorted(middle(line.box) - middle(anchors[_nearest(line, anchors)].box) for line in column)
    lower = offs[len(offs) // 2]
    apart = sorted(abs(off - lower) for off in offs)[len(offs) // 2]
    return lower if apart <= _TOGETHER * height else 0.0


def _nearest(line: Row, anchors: Sequence[Row]) -> int:
    return min(range(len(anchors)), key=lambda k: abs(middle(anchors[k].box) - middle(line.box)))


def _cell_of(lines: Sequence[Row], edges: tuple[float, ...], column: int) -> GridCell:
    if not lines:
        return GridCell(text="", box=(edges[column], 0.0, edges[column + 1], 0.0), starts=True)
    return GridCell(
        text="\n".join(line.text for line in lines),
        box=around(line.box for line in lines),
        starts=True,
        confidence=min(word.confidence for line in lines for word in line.words),
    )
