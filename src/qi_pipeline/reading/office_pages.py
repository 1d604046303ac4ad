"""Lines and grids of an office file laid on a page: boxes that keep the order, since paper places there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Cell, Page, Table, Word

_TOP, _BOTTOM, _LEFT, _RIGHT = 0.04, 0.96, 0.08, 0.92
_GAP = 0.02
"""Air between the pieces of a line, so that nobody joins them."""
_WIDTH, _HEIGHT = 1240, 1754
"""Pixels of an A4 page at 150 dpi, which such a page would have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph; its pieces stood apart by tabs."""

    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """One cell with its place and spans; its text may have several lines."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table."""

    rows: int
    columns: int
    cells: tuple[GridCell, ...]


Block = Line | Grid


def lay_out(blocks: Sequence[Block], number: int, *, most_characters: int, engine: str) -> Page:
    """The page that holds the blocks from top to bottom; raises ``too_large`` when they are too much text."""
    heights = [_heights(block) for block in blocks]
    total = max(1, sum(map(sum, heights)))
    step = min(0.02, (_BOTTOM - _TOP) / total)
    words: list[Word] = []
    tables: list[Table] = []
    top = _TOP
    for block, rows in zip(blocks, heights, strict=True):
        if isinstance(block, Line):
            words += _line_words(block.pieces, _LEFT, _RIGHT, top, step)
        else:
            table, inside = _place(block, rows, top, step)
            tables.append(table)
            words += inside
        top += sum(rows) * step
        if sum(len(word.text) for word in words[-1000:]) > most_characters:
            break
    if sum(len(word.text) for word in words) > most_characters:
        raise PacketError("too_large", "a page of the office file holds more characters than is allowed")
    return Page(
        number=number,
        width=_WIDTH,
        height=_HEIGHT,
        source="office",
        words=tuple(words),
        tables=tuple(tables),
        engine=engine,
    )


def _heights(block: Block) -> list[int]:
    """How many lines each row of the block needs."""
    if isinstance(block, Line):
        return [1]
    rows = [1] * block.rows
    for cell in block.cells:
        lines = cell.text.count("\n") + 1
        have = sum(rows[cell.row : cell.row + cell.row_span])
        if lines > have:
            rows[cell.row + cell.row_span - 1] += lines - have
    return rows


def _line_words(pieces: Iterable[str], left: float, right: float, top: float, step: float) -> list[Word]:
    shown = [piece.strip() for piece in pieces if piece.strip()]
    if not shown:
        return []
    air = min(_GAP, (right - left) / (4 * len(shown)))
    free = right - left - air * (len(shown) - 1)
    weight = max(40, sum(map(len, shown)))  # a short line does not fill the width
    words = []
    x = left
    for piece in shown:
        wide = free * len(piece) / weight
        words.append(Word(text=piece, box=(x, top + 0.1 * step, x + wide, top + 0.9 * step), confidence=1.0))
        x += wide + air
    return words


def _place(grid: Grid, rows: Sequence[int], top: float, step: float) -> tuple[Table, list[Word]]:
    edges = [top]
    for lines in rows:
        edges.append(edges[-1] + lines * step)
    wide = (_RIGHT - _LEFT) / max(1, grid.columns)
    cells: list[Cell] = []
    words: list[Word] = []
    for cell in sorted(grid.cells, key=lambda c: (c.row, c.column)):
        x0, x1 = _LEFT + cell.column * wide, _LEFT + (cell.column + cell.column_span) * wide
        y0, y1 = edges[cell.row], edges[cell.row + cell.row_span]
        text = "\n".join(line.strip() for line in cell.text.split("\n") if line.strip())
        cells.append(
            Cell(
                row=cell.row,
                column=cell.column,
                row_span=cell.row_span,
                column_span=cell.column_span,
                text=text,
                box=(x0, y0, x1, y1),
            )
        )
        for index, line in enumerate(text.split("\n")):
            words += _line_words([line], x0 + 0.1 * wide, x1 - 0.1 * wide, y0 + index * step, step)
    box = (_LEFT, edges[0], _LEFT + wide * grid.columns, edges[-1])
    words.sort(key=lambda word: (word.box[1], word.box[0]))
    return Table(box=box, rows=grid.rows, columns=grid.columns, cells=tuple(cells)), words
