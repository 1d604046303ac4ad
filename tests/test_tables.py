from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from papers import annexes, cma, invent
from papers.sheet import Sheet
from papers.words import page as stored_page
from qi_pipeline.model import Table, Word
from qi_pipeline.reading.tables import find_tables

Pixels = NDArray[np.uint8]
_Cells = dict[tuple[int, int, int, int], str]


def _scope_sheet(seed: int = 0) -> Sheet:
    body = invent.institution(seed)
    paper = cma.annex(
        body,
        "211012340001",
        invent.scope_rows(seed, 16),
        issued_on=date(2022, 3, 1),
        valid_to=date(2028, 2, 29),
        cover=False,
        seed=seed,
    )
    return next(sheet for sheet in paper.sheets if sheet.tables)


def _pixels(sheet: Sheet, dpi: int = 150) -> Pixels:
    return np.asarray(sheet.image(dpi).convert("RGB"), dtype=np.uint8)


def _words(sheet: Sheet, move: NDArray[np.float64], size: tuple[int, int]) -> list[Word]:
    """The sheet's words where ``move`` puts them."""
    moved = []
    for word in stored_page(sheet, 1).words:
        x0, y0, x1, y1 = word.box
        corners = np.array([[[x0, y0]], [[x1, y0]], [[x1, y1]], [[x0, y1]]]) * np.array(size)
        points = cv2.perspectiveTransform(corners, move).reshape(-1, 2) / np.array(size)
        (a, b), (c, d) = points.min(axis=0), points.max(axis=0)
        moved.append(Word(text=word.text, box=(float(a), float(b), float(c), float(d)), confidence=1.0))
    return moved


def _cells(table: Table) -> _Cells:
    return {(c.row, c.column, c.row_span, c.column_span): "".join(c.text.split()) for c in table.cells}


def _truth(sheet: Sheet) -> _Cells:
    (mark,) = sheet.tables
    return {(c.row, c.column, c.row_span, c.column_span): "".join(c.text.split()) for c in mark.cells}


def _skewed(high: int, wide: int) -> NDArray[np.float64]:
    move = np.eye(3)
    move[:2] = cv2.getRotationMatrix2D((wide / 2, high / 2), 2.2, 1.0)
    return move


def _tilted(high: int, wide: int) -> NDArray[np.float64]:
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    shift = np.array([[0.08, 0.04], [0.03, 0.09], [0.06, 0.05], [0.02, 0.08]], dtype=np.float32)
    seen = (flat * np.array([0.9, 0.88]) + shift * np.array([wide, high])).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(flat, seen), dtype=np.float64)


@pytest.mark.parametrize("how", ["straight", "skewed", "tilted", "bitonal", "small"])
def test_every_cell_of_a_ruled_table_is_found_with_its_text(how: str) -> None:
    sheet = _scope_sheet()
    pixels = _pixels(sheet)
    high, wide = pixels.shape[:2]
    move = {"skewed": _skewed, "tilted": _tilted}.get(how, lambda _h, _w: np.eye(3))(high, wide)
    words = _words(sheet, move, (wide, high))
    pixels = np.asarray(cv2.warpPerspective(pixels, move, (wide, high), borderValue=(222, 220, 214)), dtype=np.uint8)
    if how == "bitonal":
        pixels = np.where(pixels > 160, 255, 0).astype(np.uint8)
    if how == "small":
        pixels = np.asarray(cv2.resize(pixels, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    (table,) = find_tables(pixels, words)
    assert _cells(table) == _truth(sheet)


def test_cells_lie_where_the_page_has_them() -> None:
    sheet = _scope_sheet()
    pixels = _pixels(sheet)
    (table,) = find_tables(pixels, _words(sheet, np.eye(3), (pixels.shape[1], pixels.shape[0])))
    boxes = {(cell.row, cell.column): cell.box for cell in table.cells}
    for mark in sheet.tables[0].cells:
        assert boxes[mark.row, mark.column] == pytest.approx(sheet.fraction(mark.box), abs=0.006)


def test_a_word_over_two_cells_is_cut_between_them() -> None:
    page = np.full((1200, 900, 3), 255, dtype=np.uint8)
    for y in (200, 260, 320, 380):
        page[y : y + 3, 100:801] = 0
    for x in (100, 400, 800):
        page[200:383, x : x + 3] = 0
    words = [
        Word(text="铅GB 5009.12-2017", box=(340 / 900, 215 / 1200, 640 / 900, 245 / 1200), confidence=0.9),
        *(
            Word(text=f"{n}", box=(x / 900, y / 1200, (x + 30) / 900, (y + 30) / 1200), confidence=0.9)
            for n, (x, y) in enumerate([(120, 275), (420, 275), (120, 335), (420, 335)])
        ),
    ]
    (table,) = find_tables(page, words)
    first = {cell.column: cell.text for cell in table.cells if cell.row == 0}
    assert (table.rows, table.columns) == (3, 2)
    assert first[0].startswith("铅G")
    assert (first[0] + first[1]).replace(" ", "") == "铅GB5009.12-2017"


def test_lines_whose_high_boxes_look_level_are_read_from_the_upper_one() -> None:
    page = np.full((1200, 900, 3), 255, dtype=np.uint8)
    for y in (200, 260, 320, 380):
        page[y : y + 3, 100:801] = 0
    for x in (100, 400, 800):
        page[200:383, x : x + 3] = 0
    words = [
        Word(text="分光光度法》GB/T 7475-1987", box=(410 / 900, 216 / 1200, 760 / 900, 256 / 1200), confidence=0.9),
        Word(text="《水质 铜、锌的测定 原子吸收", box=(420 / 900, 206 / 1200, 760 / 900, 244 / 1200), confidence=0.9),
        *(
            Word(text=f"{n}", box=(x / 900, y / 1200, (x + 30) / 900, (y + 30) / 1200), confidence=0.9)
            for n, (x, y) in enumerate([(120, 275), (420, 275), (120, 335), (420, 335)])
        ),
    ]
    (table,) = find_tables(page, words)
    (cell,) = (cell for cell in table.cells if (cell.row, cell.column) == (0, 1))
    assert cell.text == "《水质 铜、锌的测定 原子吸收\n分光光度法》GB/T 7475-1987"


def _open_sheet(rules: str, seed: int) -> Sheet:
    body = invent.institution(seed)
    return annexes.annex(body, "211012340001", annexes.rich_rows(seed, 14), rules=rules, seed=seed).sheets[0]


@pytest.mark.parametrize("seed", [1, 4])
def test_a_table_ruled_only_below_its_rows_gets_columns_from_its_words(seed: int) -> None:
    sheet = _open_sheet("rows", seed)
    pixels = _pixels(sheet)
    (table,) = find_tables(pixels, _words(sheet, np.eye(3), (pixels.shape[1], pixels.shape[0])))
    wanted = {(cell.row, "".join(cell.text.split())) for cell in sheet.tables[0].cells if cell.text and cell.row > 1}
    found = {(cell.row, "".join(cell.text.split())) for cell in table.cells if cell.text}
    assert wanted <= found
    spans = {cell.row_span for cell in table.cells if cell.column == 1 and cell.row > 1}
    assert max(spans) > 1


def test_a_table_whose_rows_no_rule_parts_is_left_to_its_header() -> None:
    sheet = _open_sheet("horizontal", 1)
    pixels = _pixels(sheet)
    assert find_tables(pixels, _words(sheet, np.eye(3), (pixels.shape[1], pixels.shape[0]))) == ()


def test_frames_underlines_and_prose_are_no_tables() -> None:
    page = np.full((1400, 1000, 3), 255, dtype=np.uint8)
    cv2.rectangle(page, (60, 60), (940, 1340), (0, 0, 0), 4)
    cv2.rectangle(page, (75, 75), (925, 1325), (0, 0, 0), 2)
    words = []
    for row in range(12):
        y = 200 + 80 * row
        words.append(Word(text="法定代表人", box=(0.15, y / 1400, 0.3, (y + 26) / 1400), confidence=1.0))
        page[y + 32 : y + 34, 330 : 520 + 25 * (row % 4)] = 0
    assert find_tables(page, words) == ()
    assert find_tables(np.full((1400, 1000, 3), 255, dtype=np.uint8), words) == ()


@pytest.mark.parametrize("ruled", [True, False], ids=["table", "only a border"])
def test_a_table_within_a_border_of_double_lines_and_ornaments_is_found_and_a_border_is_none(*, ruled: bool) -> None:
    page = np.full((2339, 1654, 3), 255, dtype=np.uint8)
    for inset, thick in ((70, 6), (90, 2), (110, 3)):
        cv2.rectangle(page, (inset, inset), (1654 - inset, 2339 - inset), (0, 0, 0), thick)
    for x, y in ((70, 70), (1654 - 210, 70), (70, 2339 - 210), (1654 - 210, 2339 - 210)):  # an ornament in each corner
        for step in range(0, 140, 35):
            cv2.rectangle(
                page, (x + step // 2, y + step // 2), (x + 140 - step // 2, y + 140 - step // 2), (0, 0, 0), 2
            )
    words = []
    for row in range(6):
        for column in range(3):
            x, y = 250 + 380 * column, 700 + 90 * row
            box = ((x + 30) / 1654, (y + 30) / 2339, (x + 200) / 1654, (y + 60) / 2339)
            words.append(Word(text=f"{row}-{column}", box=box, confidence=1.0))
            if ruled:
                cv2.rectangle(page, (x, y), (x + 380, y + 90), (0, 0, 0), 2)
    tables = find_tables(page, words)
    assert [(table.rows, table.columns) for table in tables] == ([(6, 3)] if ruled else [])


def test_a_table_that_fills_the_page_is_found() -> None:
    page = np.full((2339, 1654, 3), 255, dtype=np.uint8)
    words = []
    for row in range(2):
        for column in range(2):
            x, y = 80 + 740 * column, 80 + 1080 * row
            cv2.rectangle(page, (x, y), (x + 740, y + 1080), (0, 0, 0), 3)
            box = ((x + 100) / 1654, (y + 400) / 2339, (x + 500) / 1654, (y + 440) / 2339)
            words.append(Word(text=f"{row}-{column}", box=box, confidence=1.0))
    (table,) = find_tables(page, words)
    assert [cell.text for cell in table.cells] == ["0-0", "0-1", "1-0", "1-1"]
