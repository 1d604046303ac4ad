"""Rows of cells from a page of an annex: from its ruled tables, or from aligned words where no table was found."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

from qi_pipeline.extraction.annex_columns import MAX_HEADER_ROWS, folded, is_header_cell, role_of
from qi_pipeline.extraction.lines import Row, around, rows_of
from qi_pipeline.model import Box, Page, Table, Word


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as rows of cells, its header rows apart; ``edges`` are the x of its column borders."""

    page: int
    box: Box
    header: tuple[str, ...]
    """Folded header of each column, upper cells first; empty when the table opens without a header."""
    rows: tuple[GridRow, ...]
    edges: tuple[float, ...]
    source: Literal["ruled", "aligned"]


def grid_of_table(table: Table, page: int) -> Grid:
    """The table as a grid; leading rows made of header wording only become its header."""
    matrix: list[list[GridCell | None]] = [[None] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.row_span, table.rows)):
            for column in range(cell.column, min(cell.column + cell.column_span, table.columns)):
                matrix[row][column] = GridCell(
                    text=cell.text,
                    box=cell.box,
                    starts=row == cell.row,
                    confidence=cell.confidence,
                    width=cell.column_span,
                )
    empty = GridCell(text="", box=table.box, starts=True)
    rows = [tuple(cell or empty for cell in row) for row in matrix]
    first, last = _header_rows(rows)
    # A cell that spans header rows counts once in the path of its column.
    paths = tuple(
        "".join(dict.fromkeys(folded(row[column].text) for row in rows[first:last])) for column in range(table.columns)
    )
    lefts = {cell.column: cell.box[0] for cell in sorted(table.cells, key=lambda cell: -cell.row)}
    edges = (*tuple(lefts.get(column, table.box[0]) for column in range(table.columns)), table.box[2])
    return Grid(
        page=page,
        box=table.box,
        header=paths if last > first else (),
        rows=tuple(rows[last:]),
        edges=edges,
        source="ruled",
    )


def _header_rows(rows: Sequence[GridRow]) -> tuple[int, int]:
    """First and past-last header row: the run of rows, near the top, whose filled cells all are header wording."""
    for first, row in enumerate(rows[: MAX_HEADER_ROWS + 1]):
        if not _is_header_row(row):
            continue
        last = first + 1
        while last < len(rows) and last - first < MAX_HEADER_ROWS and _is_header_row(rows[last]):
            last += 1
        return first, last
    return 0, 0


def _is_header_row(row: GridRow) -> bool:
    """True when nearly all filled cells are header wording: a misread cell among them does no harm."""
    filled = list(dict.fromkeys(cell.text for cell in row if cell.text.strip()))
    heads = sum(is_header_cell(text) for text in filled)
    return heads >= 2 and heads >= 0.6 * len(filled)


def grid_of_words(page: Page, carried: Grid | None) -> Grid | None:
    """The page's aligned words as a grid, or None when they show no scope header and no table is carried on.

    ``carried`` is the aligned grid of the page before, whose columns a page without a header goes on with.
    """
    lines = rows_of(page.words, page.width / page.height if page.height else 0.707)
    start, heads = _header_line(lines)
    if heads:
        body = [word for line in lines[start:] if not _is_footer(line.text) for word in line.words]
        edges = _column_edges(heads, body)
        header = tuple(folded(text) for text, _ in heads)
    elif carried is not None:
        body = [word for line in lines if not _is_footer(line.text) for word in line.words]
        edges, header = carried.edges, carried.header
    else:
        return None
    rows = _aligned_rows(body, edges, header)
    if not rows:
        return None
    return Grid(
        page=page.number,
        box=around(word.box for word in body),
        header=header,
        rows=rows,
        edges=edges,
        source="aligned",
    )


def _is_footer(text: str) -> bool:
    compact = folded(text)
    return (compact.startswith("第") and compact.endswith("页")) or compact == "以下空白"


Head = tuple[str, tuple[float, float]]


def _header_line(lines: Sequence[Row]) -> tuple[int, list[Head]]:
    """The index of the first line below the header, and the header's cells with their extent; none: 0, []."""
    for index, line in enumerate(lines):
        cells = [word for word in line.words if is_header_cell(word.text)]
        if len(cells) < 3 or len(cells) * 2 < len(line.words):
            continue
        heads: list[Head] = [(word.text, (word.box[0], word.box[2])) for word in cells]
        below = index + 1
        while (
            below < len(lines)
            and lines[below].box[1] - lines[below - 1].box[3] < line.height
            and all(is_header_cell(word.text) for word in lines[below].words)
        ):
            heads = _join_heads(heads, lines[below].words)
            below += 1
        if "standard" in {role_of(folded(text)) for text, _ in heads}:
            return below, heads
    return 0, []


def _join_heads(heads: list[Head], words: Sequence[Word]) -> list[Head]:
    """The header with a further header line: a head above two cells becomes two columns."""
    joined: list[Head] = []
    used: set[int] = set()
    for text, (left, right) in heads:
        under = [
            (at, word)
            for at, word in enumerate(words)
            if at not in used and left - 0.03 <= (word.box[0] + word.box[2]) / 2 <= right + 0.03
        ]
        used |= {at for at, _ in under}
        if len(under) <= 1:
            for _, word in under:
                left, right, text = min(left, word.box[0]), max(right, word.box[2]), text + word.text
            joined.append((text, (left, right)))
        else:
            joined += [(text + word.text, (word.box[0], word.box[2])) for _, word in under]
    joined += [(word.text, (word.box[0], word.box[2])) for at, word in enumerate(words) if at not in used]
    return sorted(joined, key=lambda head: head[1][0])


_BINS = 500


def _column_edges(heads: Sequence[Head], body: Sequence[Word]) -> tuple[float, ...]:
    """Column borders: between two heads, the middle of the widest strip that the fewest words cross."""
    steps = [0] * (_BINS + 2)
    for word in body:
        steps[max(0, min(int(word.box[0] * _BINS), _BINS))] += 1
        steps[max(0, min(int(word.box[2] * _BINS), _BINS)) + 1] -= 1
    crossed = list(accumulate(steps))
    edges = [0.0]
    for (_, left), (_, right) in pairwise(heads):
        low = int((left[0] + left[1]) / 2 * _BINS)
        high = max(int((right[0] + right[1]) / 2 * _BINS), low + 1)
        fewest = min(crossed[low:high])
        longest, start, run = 0, low, 0
        for at in range(low, high):
            run = run + 1 if crossed[at] == fewest else 0
            if run > longest:
                longest, start = run, at - run + 1
        edges.append((start + longest / 2) / _BINS)
    return (*edges, 1.0)


def _aligned_rows(body: Sequence[Word], edges: tuple[float, ...], header: tuple[str, ...]) -> tuple[GridRow, ...]:
    """Printed rows: an anchor (the innermost number, or the item) and, in each column, the lines that go with it."""
    columns: list[list[Word]] = [[] for _ in edges[1:]]
    for word in body:
        columns[_column_of(word, edges)].append(word)
    lines = [rows_of(words) for words in columns]
    anchors = [line for at in _anchor_columns(header) for line in lines[at]]
    anchors.sort(key=lambda line: _middle(line.box))
    if not anchors:
        return ()
    first = anchors[0].box
    # Text above the first number: the numbers stand in the middle of their cells, not at the top.
    centred = any(column and column[0].box[3] < first[1] + 0.3 * (first[3] - first[1]) for column in lines)
    cells = [_cells_of(column, at, anchors, edges, centred=centred) for at, column in enumerate(lines)]
    return tuple(tuple(column[row] for column in cells) for row in range(len(anchors)))


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
        top, bottom = _middle(upper.box), _middle(lower.box)
        # Candidate cuts stand before the lines between the two anchors, the lower anchor's own line included.
        while cursor < len(column) and _middle(column[cursor].box) <= top:
            cursor += 1
        last = cursor
        while last < len(column) and _middle(column[last].box) < bottom - 0.3 * lower.height:
            last += 1
        starts.append(max(_cut(column, cursor, last, (top + bottom) / 2, centred=centred), starts[-1]))
        cursor = last
    starts.append(len(column))
    return [_cell_of(column[start:end], edges, at) for start, end in pairwise(starts)]


def _cut(column: Sequence[Row], first: int, last: int, middle: float, *, centred: bool) -> int:
    """Index of the first line below the cut among ``first..last``: before it lies the widest gap."""
    gaps = {
        at: column[at].box[1] - column[at - 1].box[3] for at in range(max(first, 1), min(last, len(column) - 1) + 1)
    }
    if not gaps:
        return first if first == last else last
    tolerance = 0.25 * column[min(first, len(column) - 1)].height
    near = [at for at, gap in gaps.items() if gap >= max(gaps.values()) - tolerance]
    if centred:
        return min(near, key=lambda at: abs((column[at].box[1] + column[at - 1].box[3]) / 2 - middle))
    # Even spacing says nothing; a number then stands on the first line of its row.
    return near[-1]


def _middle(box: Box) -> float:
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
