"""Scope annexes as photographs and stamps leave them: curled rows, lost and stray edges, print laid over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.levelling import levelled
from qi_pipeline.model import Page, Word
from stored_pages import at, page, ruled

HEADER = ["序号", "类别", "项目/参数", "依据的标准（方法）名称及编号（含年号）", "限制范围"]
ROWS = [
    ["1", "食品", "铅", "GB 5009.12-2017", "只测第一法"],
    ["2", "食品", "镉", "GB 5009.15-2014", ""],
    ["3", "食品", "总汞", "GB 5009.17-2021", "不测甲基汞"],
    ["4", "水和废水", "氨氮", "HJ 535-2009", ""],
    ["5", "水和废水", "总磷", "GB/T 11893-1989", ""],
    ["6", "水和废水", "pH值", "HJ 1147-2020", "仅限实验室检测"],
    ["7", "金属材料", "拉伸性能", "GB/T 228.1-2021", ""],
    ["8", "金属材料", "布氏硬度", "GB/T 231.1-2018", ""],
]
EXPECTED = [tuple(row[1:]) for row in ROWS]


def read(*pages: Page) -> list[tuple[str, str, str, str]]:
    field = scope_items(DocumentPages(file="annex.pdf", pages=pages))
    assert field is not None
    assert isinstance(field.value, list)
    keys = ("category", "item", "standard", "limitation")
    return [tuple(str(row[key]) for key in keys) for row in field.value if isinstance(row, dict)]  # type: ignore[misc]


def test_a_stamps_stroke_through_one_row_makes_no_column() -> None:
    head = [*HEADER[:3], HEADER[3], "<", HEADER[4]]
    body = [[*row[:4], "<", row[4]] for row in ROWS]
    body[3][3:5] = ["HJ 5", "35-2009"]
    table, words = ruled([head, *body])
    assert read(page(words, tables=(table,), landscape=True)) == EXPECTED


def test_a_column_that_several_rows_part_stays_one() -> None:
    head = [*HEADER[:3], HEADER[3], "有效", HEADER[4]]
    body = [[*row[:4], "是", row[4]] for row in ROWS]
    table, words = ruled([head, *body])
    assert read(page(words, tables=(table,), landscape=True)) == EXPECTED


def test_limits_are_found_where_a_crooked_page_hid_the_edge_before_them() -> None:
    head = [*HEADER[:3], HEADER[3] + HEADER[4]]
    table, words = ruled([head, *([*row[:3], row[3] + row[4]] for row in ROWS)])
    assert read(page(words, tables=(table,), landscape=True)) == EXPECTED


def test_a_stamp_over_a_cell_is_no_part_of_it() -> None:
    body = [list(row) for row in ROWS]
    body[3][2] += "此件仅供入驻平台使用"
    table, words = ruled([HEADER, *body])
    assert read(page(words, tables=(table,), landscape=True)) == EXPECTED


def borderless(rows: Sequence[Sequence[str]] = ROWS) -> list[Word]:
    """A table without rules; items are short and stand at the left of their column, under a wide head."""
    lefts = (0.08, 0.16, 0.30, 0.45, 0.80)
    words = [
        at(text, x, 0.2, 0.012, landscape=True) for text, x in zip(HEADER, (0.075, 0.17, 0.33, 0.5, 0.81), strict=True)
    ]
    for n, row in enumerate(rows):
        words += [
            at(text, x, 0.26 + 0.06 * n, 0.012, landscape=True) for text, x in zip(row, lefts, strict=True) if text
        ]
    return words


def test_what_begins_behind_the_numbers_is_not_theirs() -> None:
    words = [
        replace(word, box=(word.box[0] - 0.06, *word.box[1:])) if 0.15 < word.box[0] < 0.17 else word
        for word in borderless()
    ]
    assert read(page(words, landscape=True)) == EXPECTED


def curled(word: Word, level: float, down: float, along: float) -> Word:
    """The word on a page whose rows run ever more steeply from head to foot and from left to right."""
    x0, y0, x1, y1 = word.box
    off, y = (x0 + x1) / 2 - 0.5, (y0 + y1) / 2
    fall = (level + down * y) * off + along * off * off / 2
    return replace(word, box=(x0, y0 + fall, x1, y1 + fall))


@pytest.mark.parametrize(
    ("level", "down", "along"),
    [(0.0, 0.0, 0.0), (0.05, 0.0, 0.0), (0.03, -0.09, 0.0), (0.0, 0.0, 0.12), (-0.04, 0.06, -0.08)],
    ids=["straight", "skewed", "aslant", "curled", "all of it"],
)
def test_rows_of_a_crooked_page_stay_rows(level: float, down: float, along: float) -> None:
    straight = borderless()
    crooked = page([curled(word, level, down, along) for word in straight], landscape=True)
    assert read(crooked) == EXPECTED
    first = {word.text: word.box[1] for word in straight}
    rows = [
        [word.box[1] - first[word.text] for word in levelled(crooked) if word.text in (row[0], *row[2:4])]
        for row in ROWS
    ]
    assert all(max(offs) - min(offs) < 0.006 for offs in rows)


def test_a_page_of_few_words_is_left_as_it_is() -> None:
    few = page([at("编号", 0.1, 0.1), at("一二三", 0.4, 0.12)])
    assert levelled(few) == few.words
