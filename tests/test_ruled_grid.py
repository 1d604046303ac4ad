"""Cells between exact rule lines: merged, open at the sides, framed, several tables, frames that are none."""

from __future__ import annotations

import doctest

from qi_pipeline.model import Box
from qi_pipeline.reading import likeness, open_tables, pdf_frame, ruled_grid
from qi_pipeline.reading.open_tables import column_cuts
from qi_pipeline.reading.ruled_grid import page_rules, parted_grid, ruled_grids


def level(y: float, x0: float = 0.0, x1: float = 300.0) -> Box:
    return x0, y, x1, y


def upright(x: float, y0: float = 0.0, y1: float = 60.0) -> Box:
    return x, y0, x, y1


def cells(lines: list[Box]) -> list[tuple[int, int, int, int]]:
    grids, _ = ruled_grids(page_rules(lines))
    return [(c.row, c.column, c.row_span, c.column_span) for grid in grids for c in grid.cells]


FRAME = [level(0), level(60), upright(0), upright(300)]


def test_cells_are_what_lines_part() -> None:
    assert cells([*FRAME, level(20), level(40), upright(100)]) == [
        (row, column, 1, 1) for row in range(3) for column in range(2)
    ]


def test_a_line_that_stops_short_leaves_a_merged_cell() -> None:
    assert cells([*FRAME, level(20), level(40, x0=100), upright(100)]) == [
        (0, 0, 1, 1),
        (0, 1, 1, 1),
        (1, 0, 2, 1),
        (1, 1, 1, 1),
        (2, 1, 1, 1),
    ]
    assert (0, 0, 1, 2) in cells([*FRAME, level(20), level(40), upright(100, y0=20)])


def test_dotted_lines_and_borders_drawn_cell_by_cell_are_whole_lines() -> None:
    dots = [level(20, x, x + 1.5) for x in range(0, 300, 3)]
    pieces = [upright(100, y, y + 20) for y in (0, 20, 40)]
    assert cells([*FRAME, *dots, level(40), *pieces]) == cells([*FRAME, level(20), level(40), upright(100)])


def test_a_table_open_at_its_sides_is_closed_there() -> None:
    lines = [level(0), level(20), level(40), level(60), upright(100), upright(200)]
    assert len(cells(lines)) == 9


def test_two_tables_side_by_side_are_two() -> None:
    other = [(x0 + 400, y0, x1 + 400, y1) for x0, y0, x1, y1 in FRAME]
    grids, _ = ruled_grids(page_rules([*FRAME, upright(100), *other, upright(500), upright(600)]))
    assert sorted(len(grid.cells) for grid in grids) == [2, 3]


def test_a_frame_and_an_underline_are_no_tables() -> None:
    assert cells(FRAME) == []
    assert cells([level(20), level(400)]) == []


def test_a_framed_stack_of_rules_without_uprights_is_open() -> None:
    grids, stacks = ruled_grids(page_rules([*FRAME, level(20), level(40, x0=100)]))
    assert grids == []
    (stack,) = stacks
    assert [line[0] for line in stack.levels] == [0, 20, 40, 60]
    grid = parted_grid(stack, [100.0])
    assert grid is not None
    assert [(c.row, c.column, c.row_span) for c in grid.cells] == [
        (0, 0, 1),
        (0, 1, 1),
        (1, 0, 2),
        (1, 1, 1),
        (2, 1, 1),
    ]


def row(y: float, *spans: tuple[float, float], text: str = "7") -> list[tuple[Box, str]]:
    return [((x0, y, x1, y + 10), text) for x0, x1 in spans]


def test_columns_part_where_no_rows_words_cross() -> None:
    levels = [20.0 * n for n in range(7)]
    words = row(5, (0, 40), (60, 100), text="项目") + [
        word for y in (25, 45, 65, 85, 105) for word in row(y, (0, 30), (55, 140))
    ]
    assert column_cuts(words, levels) == [42.5]


def test_one_joined_word_hides_no_column_that_the_header_names() -> None:
    levels = [20.0 * n for n in range(12)]
    heads = row(5, (0, 40), (60, 100), text="项目")
    body = [word for n in range(1, 11) for word in row(20 * n + 5, (0, 30), (55, 140))]
    joined = row(205, (0, 140))
    assert [round(cut) for cut in column_cuts(heads + body[:-2] + joined, levels)] == [42]


def test_rows_of_many_lines_are_not_ruled_rows() -> None:
    words = [word for n in range(30) for word in row(5 + 12 * n, (0, 30), (55, 140))]
    assert column_cuts(words, [0.0, 20.0, 370.0]) == []


def test_examples_in_the_docstrings() -> None:
    for module in (ruled_grid, open_tables, pdf_frame, likeness):
        assert doctest.testmod(module).failed == 0
