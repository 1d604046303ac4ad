"""The text layer of a PDF page (文本层): runs of words and ruled tables, straight from PDFium.

Runs end where the paper leaves a wide gap or a rule line stands, as an OCR engine's lines do, so that whoever reads
pages need not know where their words came from.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from qi_pipeline.model import Box, Cell, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.open_tables import column_cuts
from qi_pipeline.reading.pdf_chars import CHANGED, CHANGED_GAP, GAP, SPACE, Piece, is_wide, read_pieces
from qi_pipeline.reading.pdf_frame import PageFrame
from qi_pipeline.reading.pdf_objects import PageObjects
from qi_pipeline.reading.radicals import as_printed
from qi_pipeline.reading.ruled_grid import Line, OpenTable, RuledGrid, page_rules, parted_grid, ruled_grids

_MOST_UNKNOWN = 0.08
"""Share of letters without a meaning beyond which the layer says nothing."""
_CELL_GAP, _COLUMN_GAP = 0.3, 0.55
"""Gaps in letter heights that end a piece, and a run, on pages whose tables have no uprights."""
_EDGE_GAP, _EDGE_LINES, _EDGE = 0.8, 3, 0.25
"""So narrow a gap ends a run where it leads to an edge at which so many lines begin: values that stand close to their
labels (经营范围 许可项目：…). One run of both would not tell where each stands, nor would the lines below align."""
_OPEN_LINES = 8
"""Printed lines that may go on while the letters of others come between."""


def read_text(
    text: Any,  # noqa: ANN401 - PDFium's text page
    frame: PageFrame,
    objects: PageObjects,
    limits: Limits,
) -> tuple[tuple[Word, ...], tuple[Table, ...]]:
    """Words and ruled tables of a page's layer; nothing where it says nothing."""
    rules = page_rules(frame.box(rule) for rule in objects.rules)
    grids, open_tables = ruled_grids(rules)
    # Without uprights the cells of neighbouring columns are told apart by a narrow gap alone.
    pieces, unknown = read_pieces(text, frame, rules.upright, limits, gap=_CELL_GAP if open_tables else _EDGE_GAP)
    if unknown > _MOST_UNKNOWN:
        return (), ()
    words = in_reading_order(_words(pieces, rules.upright, frame, _COLUMN_GAP if open_tables else GAP))
    tables = [_table(grid, pieces, frame) for grid in grids]
    tables += [table for each in open_tables if (table := _parted(each, pieces, frame)) is not None]
    return tuple(words), tuple(sorted(tables, key=lambda table: table.box[1]))


def _words(pieces: Sequence[Piece], upright: Sequence[Line], frame: PageFrame, gap: float) -> Iterator[Word]:
    rules = sorted(line for line in upright if line[2] - line[1] > 4)
    lines = printed_lines(pieces)
    edges = sorted(piece.x0 for line in lines for piece in _beginnings(line))
    for line in lines:
        run: list[Piece] = []
        begins = {id(piece) for piece in _beginnings(line)}
        for piece in line:
            at_edge = id(piece) in begins and _is_edge(piece, edges)
            if run and (at_edge or _ends_run(run[-1], piece, rules, gap)):
                yield from _word(run, frame)
                run = []
            run.append(piece)
        yield from _word(run, frame)


def _beginnings(line: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a line in front of which a column may begin; the letters of a spread label (名　称) begin none."""
    yield line[0]
    for before, after in pairwise(line):
        far = after.first[0] - before.last[2] > _EDGE_GAP * max(_height(before.last), _height(after.first))
        if far and not (_is_spread(before) and _is_spread(after)):
            yield after


def _is_edge(piece: Piece, edges: Sequence[float]) -> bool:
    """Whether enough lines of the page begin where a piece does; ``edges`` holds where each beginning stands."""
    near = _EDGE * _height(piece.first)
    return bisect.bisect_right(edges, piece.x0 + near) - bisect.bisect_left(edges, piece.x0 - near) >= _EDGE_LINES


def _height(box: Box) -> float:
    return box[3] - box[1]


def printed_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces by printed line, each line from the left; a line is what shares more than half its height.

    Lines of a column set closer than those beside it stay apart, though one beside them reaches over two.
    """
    lines: list[list[Piece]] = []
    open_lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.y0, p.x0)):
        home = None
        for line in reversed(open_lines):
            last = line[-1]
            low = min(piece.y1, last.y1) - max(piece.y0, last.y0)
            if low > 0.5 * min(piece.y1 - piece.y0, last.y1 - last.y0) and not _stands_below(piece, line):
                home = line
                break
        if home is None:
            home = []
            lines.append(home)
            open_lines = [*open_lines[1 - _OPEN_LINES :], home]
        home.append(piece)
    return [sorted(line, key=lambda p: p.x0) for line in lines]


def _stands_below(piece: Piece, line: Sequence[Piece]) -> bool:
    """Whether a piece stands below one of a line, and so begins the next line of its column."""
    for other in line:
        across = min(piece.x1, other.x1) - max(piece.x0, other.x0)
        lower = piece.y0 - other.y0 > 0.5 * (other.y1 - other.y0)
        if lower and across > 0.5 * min(piece.x1 - piece.x0, other.x1 - other.x0):
            return True
    return False


def _ends_run(before: Piece, after: Piece, rules: Sequence[Line], most: float) -> bool:
    one, other = before.last, after.first
    gap = other[0] - one[2]
    low, high = sorted((one[3] - one[1], other[3] - other[1]))
    if _is_spread(before) and _is_spread(after):  # 器　具　编　号, beside level rules too
        most = max(most, GAP)
    if gap > most * high or (gap > CHANGED_GAP * high and high > CHANGED * low):
        return True
    left, right = (one[0] + one[2]) / 2, (other[0] + other[2]) / 2
    level = (other[1] + other[3]) / 2
    for index in range(bisect.bisect_left(rules, (left,)), len(rules)):
        x, top, bottom = rules[index]
        if x > right:
            return False
        if top <= level <= bottom:
            return True
    return False


def _is_spread(piece: Piece) -> bool:
    """Whether a piece is one Chinese letter, with a stroke at most: labels are spread to one width so."""
    letters = piece.text.strip("/、()（）")
    return len(letters) == 1 and is_wide(letters)


def _text(run: Sequence[Piece]) -> str:
    text = run[0].text
    for before, after in pairwise(run):
        apart = after.first[0] - before.last[2] > SPACE * (after.first[3] - after.first[1])
        if apart and not (is_wide(before.text[-1]) or is_wide(after.text[0])):
            text += " "
        text += after.text
    return as_printed(text.strip())


def _word(run: Sequence[Piece], frame: PageFrame) -> Iterator[Word]:
    if not run:
        return
    box = frame.fraction(
        (min(p.x0 for p in run), min(p.y0 for p in run), max(p.x1 for p in run), max(p.y1 for p in run))
    )
    text = _text(run)
    if text and box[2] > box[0] and box[3] > box[1]:
        yield Word(text=text, box=box, confidence=1.0)


def _table(grid: RuledGrid, pieces: Sequence[Piece], frame: PageFrame) -> Table:
    """The grid's cells with what stands in them; a merged cell stands once, with its spans."""
    inside: list[list[Piece]] = [[] for _ in grid.cells]
    for piece in pieces:
        at = grid.cell_at((piece.x0 + piece.x1) / 2, (piece.y0 + piece.y1) / 2)
        if at is not None:
            inside[at].append(piece)
    cells = tuple(
        Cell(
            row=cell.row,
            column=cell.column,
            row_span=cell.row_span,
            column_span=cell.column_span,
            text=_lines_text(own),
            box=frame.fraction(cell.box),
        )
        for cell, own in zip(grid.cells, inside, strict=True)
    )
    return Table(box=frame.fraction(grid.box), rows=len(grid.rows) - 1, columns=len(grid.columns) - 1, cells=cells)


def _lines_text(pieces: Sequence[Piece]) -> str:
    return "\n".join(_text(line) for line in printed_lines(pieces))


def _parted(table: OpenTable, pieces: Sequence[Piece], frame: PageFrame) -> Table | None:
    """A table ruled below every row but not between columns; None for others, whose rows only their words tell."""
    places = [line[0] for line in table.levels]
    cuts = column_cuts(
        [((p.x0, p.y0, p.x1, p.y1), p.text) for p in pieces if p.x1 > table.left and p.x0 < table.right], places
    )
    grid = parted_grid(table, cuts) if cuts else None
    return _table(grid, pieces, frame) if grid is not None else None
