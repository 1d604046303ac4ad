"""Cells between the rule lines of a digital page (数字页面的表格线): exact lines, so no picture is needed.

Lines that touch make one table; what no line parts is one cell, so merged cells come out by themselves. A table that
is open at its sides is closed where its level rules end, and a stack of level rules without uprights (三线表) is given
as an open table, to be parted by its words.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qi_pipeline.model import Box

SNAP = 3.0
"""Points within which two lines are one, and within which a line reaches another."""
_SHORTEST = 3.0
_MOST_LINES = 4000
"""A page with more lines is a drawing."""
_FEWEST_RULES = 3
"""Level rules that make an open table: above and below its header, and below its body."""
_WIDEST_STEP = 0.02
"""Share of their length by which the rules of an open table may differ."""

Line = tuple[float, float, float]
"""Where a line stands, and its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """One cell with its place in the grid, in points of the upright page."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledGrid:
    """One ruled table."""

    columns: tuple[float, ...]
    """Where its upright lines stand."""
    rows: tuple[float, ...]
    """Where its level lines stand."""
    cells: tuple[GridCell, ...]
    owners: dict[tuple[int, int], int]
    """Which of the cells holds the field at ``(row, column)``; fields that are not enclosed are left out."""

    @property
    def box(self) -> Box:
        """The table's outline."""
        return self.columns[0], self.rows[0], self.columns[-1], self.rows[-1]

    def cell_at(self, x: float, y: float) -> int | None:
        """Index of the cell that holds the point."""
        return self.owners.get((bisect.bisect_right(self.rows, y) - 1, bisect.bisect_right(self.columns, x) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTable:
    """Level rules that belong together and have no uprights."""

    left: float
    right: float
    levels: tuple[Line, ...]
    """From top to bottom; those of merged cells are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRules:
    """The joined lines of one page."""

    level: tuple[Line, ...]
    """``(y, x0, x1)``."""
    upright: tuple[Line, ...]
    """``(x, y0, y1)``."""


def page_rules(boxes: Iterable[Box]) -> PageRules:
    """Lines as drawn, joined where they go on; boxes are in points of the upright page, flat one way."""
    level: list[Line] = []
    upright: list[Line] = []
    for x0, y0, x1, y1 in boxes:
        if x1 - x0 > y1 - y0:
            level.append(((y0 + y1) / 2, x0, x1))
        elif y1 - y0 > x1 - x0:
            upright.append(((x0 + x1) / 2, y0, y1))
    if len(level) + len(upright) > _MOST_LINES:
        return PageRules(level=(), upright=())
    return PageRules(level=_joined(level), upright=_joined(upright))


def _joined(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines on one level are one level, and one line where they meet."""
    joined: list[Line] = []
    group: list[Line] = []
    for line in [*sorted(lines), None]:
        if group and (line is None or line[0] - group[-1][0] > SNAP):
            place = sum(at for at, _, _ in group) / len(group)
            start, end = None, 0.0
            for _, low, high in sorted(group, key=lambda each: each[1]):
                if start is not None and low - end <= SNAP:
                    end = max(end, high)
                    continue
                if start is not None and end - start >= _SHORTEST:
                    joined.append((place, start, end))
                start, end = low, high
            if start is not None and end - start >= _SHORTEST:
                joined.append((place, start, end))
            group = []
        if line is not None:
            group.append(line)
    return tuple(joined)


def ruled_grids(rules: PageRules) -> tuple[list[RuledGrid], list[OpenTable]]:
    """The tables that the page's lines make, from top to bottom, and its stacks of level rules."""
    grids: list[RuledGrid] = []
    loose: list[Line] = []
    for level, upright in _tables(rules):
        if not upright:
            loose += level
            continue
        grid = _grid(level, [*upright, *_closing(level)])
        if grid is not None and len(grid.columns) > 2:
            grids.append(grid)
        else:  # a tinted header has sides, a framed table too: neither parts columns
            loose += level
    taken = [grid.box for grid in grids]
    loose = [line for line in loose if not any(_stands_in(line, box) for box in taken)]
    return sorted(grids, key=lambda grid: grid.box[1]), _open_tables(loose)


def _tables(rules: PageRules) -> list[tuple[list[Line], list[Line]]]:
    """Lines that reach one another, directly or by others."""
    group = list(range(len(rules.level) + len(rules.upright)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for at, (x, y0, y1) in enumerate(rules.upright, len(rules.level)):
        for index, (y, x0, x1) in enumerate(rules.level):
            if x0 - SNAP <= x <= x1 + SNAP and y0 - SNAP <= y <= y1 + SNAP:
                group[root(index)] = root(at)
    tables: dict[int, tuple[list[Line], list[Line]]] = {}
    for index, line in enumerate([*rules.level, *rules.upright]):
        level, upright = tables.setdefault(root(index), ([], []))
        (level if index < len(rules.level) else upright).append(line)
    return list(tables.values())


def _closing(level: Sequence[Line]) -> list[Line]:
    """Uprights at the outermost ends of the level rules: tables are often open at their sides."""
    closing: list[Line] = []
    for end, reach in ((1, min(line[1] for line in level)), (2, max(line[2] for line in level))):
        levels = [line[0] for line in level if abs(line[end] - reach) <= SNAP]
        if len(levels) >= _FEWEST_RULES:
            closing.append((reach, min(levels), max(levels)))
    return closing


def parted_grid(table: OpenTable, cuts: Sequence[float]) -> RuledGrid | None:
    """The open table with uprights at the ``cuts``: level rules that stop short leave merged cells."""
    places = [table.left, *cuts, table.right]
    top, bottom = table.levels[0][0], table.levels[-1][0]
    return _grid([_reaching(line, places) for line in table.levels], [(x, top, bottom) for x in places])


def _reaching(line: Line, places: Sequence[float]) -> Line:
    """A level rule drawn out to the uprights that it nearly reaches."""
    y, x0, x1 = line
    return y, min(places, key=lambda x: abs(x - x0)), min(places, key=lambda x: abs(x - x1))


def _grid(level: Sequence[Line], upright: Sequence[Line]) -> RuledGrid | None:
    """The table that the lines part; None for a frame around text."""
    xs, ys = _places(upright), _places(level)
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 1 or rows < 1 or columns * rows < 2:
        return None
    walls = _walls(upright, xs, ys)  # [row][border]
    floors = _walls(level, ys, xs)  # [column][border]
    cells: list[GridCell] = []
    owners: dict[tuple[int, int], int] = {}
    outside = _outside(walls, floors, rows, columns)

    def is_free(row: int, column: int) -> bool:
        return (row, column) not in owners and not outside[row][column]

    for row in range(rows):
        for column in range(columns):
            if not is_free(row, column):
                continue
            wide = high = 1
            while column + wide < columns and not walls[row][column + wide] and is_free(row, column + wide):
                wide += 1
            while row + high < rows and _goes_down(walls, floors, row + high, column, wide, is_free):
                high += 1
            for y in range(row, row + high):
                owners.update({(y, x): len(cells) for x in range(column, column + wide)})
            box = (xs[column], ys[row], xs[column + wide], ys[row + high])
            cells.append(GridCell(row=row, column=column, row_span=high, column_span=wide, box=box))
    if len(cells) < 2 or (columns < 2 and rows < 2):
        return None
    return RuledGrid(columns=tuple(xs), rows=tuple(ys), cells=tuple(cells), owners=owners)


def _goes_down(
    walls: Sequence[Sequence[bool]],
    floors: Sequence[Sequence[bool]],
    row: int,
    column: int,
    wide: int,
    is_free: Callable[[int, int], bool],
) -> bool:
    """Whether a cell from ``column`` on goes on into ``row``: no line above it, and none within."""
    fields = range(column, column + wide)
    if any(floors[at][row] or not is_free(row, at) for at in fields):
        return False
    return not any(walls[row][at] for at in fields[1:])


def _outside(
    walls: Sequence[Sequence[bool]], floors: Sequence[Sequence[bool]], rows: int, columns: int
) -> list[list[bool]]:
    """Which fields of the grid are not enclosed by lines."""
    outside = [[False] * columns for _ in range(rows)]
    edge = [
        (row, column)
        for row in range(rows)
        for column in range(columns)
        if (column == 0 and not walls[row][0])
        or (column == columns - 1 and not walls[row][columns])
        or (row == 0 and not floors[column][0])
        or (row == rows - 1 and not floors[column][rows])
    ]
    while edge:
        row, column = edge.pop()
        if outside[row][column]:
            continue
        outside[row][column] = True
        if column + 1 < columns and not walls[row][column + 1]:
            edge.append((row, column + 1))
        if column > 0 and not walls[row][column]:
            edge.append((row, column - 1))
        if row + 1 < rows and not floors[column][row + 1]:
            edge.append((row + 1, column))
        if row > 0 and not floors[column][row]:
            edge.append((row - 1, column))
    return outside


def _places(lines: Sequence[Line]) -> list[float]:
    places: list[float] = []
    for place in sorted(line[0] for line in lines):
        if not places or place - places[-1] > SNAP:
            places.append(place)
    return places


def _walls(lines: Sequence[Line], places: Sequence[float], across: Sequence[float]) -> list[list[bool]]:
    """For each step between two neighbours of ``across``, whether a line stands at each of ``places``."""
    walls = [[False] * len(places) for _ in range(len(across) - 1)]
    for place, start, end in lines:
        at = min(range(len(places)), key=lambda index: abs(places[index] - place))
        for step, (low, high) in enumerate(pairwise(across)):
            if start <= low + SNAP and end >= high - SNAP:
                walls[step][at] = True
    return walls


def _stands_in(line: Line, box: Box) -> bool:
    y, x0, x1 = line
    return box[1] - SNAP <= y <= box[3] + SNAP and x1 > box[0] and x0 < box[2]


def _open_tables(level: Sequence[Line]) -> list[OpenTable]:
    """Stacks of level rules, at least three of which go from side to side."""
    rest = sorted(level)
    found: list[OpenTable] = []
    while rest:
        _, x0, x1 = max(rest, key=lambda line: line[2] - line[1])
        slack = max(2 * SNAP, _WIDEST_STEP * (x1 - x0))
        full = [line for line in rest if abs(line[1] - x0) <= slack and abs(line[2] - x1) <= slack]
        top, bottom = full[0][0], full[-1][0]
        stack = [line for line in rest if top <= line[0] <= bottom and line[1] >= x0 - slack and line[2] <= x1 + slack]
        rest = [line for line in rest if line not in stack]
        if len(full) >= _FEWEST_RULES:
            found.append(OpenTable(left=x0, right=x1, levels=tuple(stack)))
    return sorted(found, key=lambda table: table.levels[0])
