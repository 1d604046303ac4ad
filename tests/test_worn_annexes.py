"""Scope annexes as photographs and stamps leave them: curled rows, lost and stray edges, print laid over cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qi_pipeline.extraction.annex_lines import letters_wide, parted_at
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.leaning import upright
from qi_pipeline.extraction.levelling import levelled
from qi_pipeline.model import Page, PageSource, Word
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
    """The word on a page whose rows run ever more steeply from head to foot and from left to right.

    Its box is upright and so grows with its length.
    """
    x0, y0, x1, y1 = word.box
    off, y = (x0 + x1) / 2 - 0.5, (y0 + y1) / 2
    fall = (level + down * y) * off + along * off * off / 2
    growth = abs(level + down * y + along * off) * (x1 - x0) / 2
    return replace(word, box=(x0, y0 + fall - growth, x1, y1 + fall + growth))


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


CENTRED: tuple[tuple[str, float, float, float, float], ...] = (
    ("序号", 0.056, 0.148, 0.084, 0.172),
    ("类别（产品/项目/参", 0.094, 0.138, 0.202, 0.161),
    ("数)", 0.132, 0.157, 0.155, 0.182),
    ("序号", 0.214, 0.148, 0.244, 0.172),
    ("产品/项目/参数名称", 0.274, 0.15, 0.384, 0.171),
    ("依据的标准(方法)名称及编号(含年号)", 0.456, 0.151, 0.674, 0.169),
    ("限制范围", 0.769, 0.149, 0.82, 0.171),
    ("说明", 0.887, 0.148, 0.916, 0.172),
    ("2.2", 0.216, 0.182, 0.25, 0.207),
    ("化学需氧量", 0.246, 0.183, 0.314, 0.204),
    ("《水质化学需氧量的测定重铬酸盐法》HJ828-2017", 0.413, 0.184, 0.689, 0.204),
    ("2.3 氨氮", 0.215, 0.206, 0.279, 0.23),
    ("《水质氨氮的测定纳氏试剂分光光度法》HJ535-2009", 0.412, 0.206, 0.701, 0.228),
    ("不测海水", 0.729, 0.206, 0.781, 0.23),
    ("2.4 总磷", 0.216, 0.228, 0.279, 0.252),
    ("《水质总磷的测定钼酸铵分光光度法》GB/T 11893-1989", 0.413, 0.23, 0.713, 0.251),
    ("2.5 总氮", 0.217, 0.262, 0.279, 0.287),
    ("《水质总氮的测定碱性过硫酸钾消解紫外分光光度法》HJ", 0.413, 0.255, 0.716, 0.272),
    ("636-2012", 0.407, 0.278, 0.458, 0.296),
    ("《水质六价铬的测定二苯碳酰二肼分光光度法》GB/T7467-", 0.411, 0.297, 0.729, 0.318),
    ("2.6 六价铬", 0.217, 0.308, 0.291, 0.332),
    ("1987", 0.407, 0.32, 0.434, 0.34),
    ("2.7铜、锌、铅、镉", 0.218, 0.354, 0.338, 0.374),
    ("《水质铜、锌、铅、镉的测定原子吸收分光光度法》GB/T", 0.413, 0.345, 0.718, 0.363),
    ("只测铜、锌", 0.729, 0.351, 0.793, 0.375),
    ("7475-1987", 0.407, 0.365, 0.463, 0.384),
    ("《生活饮用水标准检验方法第4部分：感官性状和物理指标》", 0.412, 0.388, 0.724, 0.408),
    ("2.8 生活饮用水 臭和味", 0.218, 0.398, 0.356, 0.419),
    ("GB/T 5750.4-2023 6.1", 0.407, 0.41, 0.528, 0.427),
    ("2.9挥发酚", 0.217, 0.44, 0.291, 0.464),
    ("《水质挥发酚的测定4-氨基安替比林分光光度法》HJ 503-", 0.412, 0.432, 0.724, 0.453),
    ("仅限萃取分光光度法", 0.73, 0.442, 0.839, 0.463),
    ("2009", 0.406, 0.455, 0.434, 0.474),
    ("《水质石油类和动植物油类的测定红外分光光度法》HJ", 0.411, 0.475, 0.705, 0.496),
    ("2.10 石油类和动植物油类", 0.215, 0.487, 0.361, 0.508),
    ("637-2018", 0.407, 0.499, 0.457, 0.517),
    ("3", 0.065, 0.533, 0.075, 0.551),
    ("环境空气和废气", 0.104, 0.53, 0.191, 0.551),
    ("3.1", 0.218, 0.532, 0.249, 0.552),
    ("颗粒物", 0.249, 0.531, 0.291, 0.553),
    ("16157-1996及修改单", 0.407, 0.543, 0.515, 0.56),
    ("《固定污染源排气中颗粒物测定与气态污染物采样方法》GB/T", 0.413, 0.521, 0.73, 0.542),
)
"""A level page without rules as it was found: standards mostly of two lines, the rest of a row in the middle beside
them, numbers joined with items, limits that begin where long standards end and left of their head."""
TWO_LINES = (
    ("化学需氧量", "HJ 828-2017", ""),
    ("氨氮", "HJ 535-2009", "不测海水"),
    ("总磷", "GB/T 11893-1989", ""),
    ("总氮", "HJ 636-2012", ""),
    ("六价铬", "GB/T 7467-1987", ""),
    ("铜、锌、铅、镉", "GB/T 7475-1987", "只测铜、锌"),
    ("生活饮用水臭和味", "GB/T 5750.4-2023", ""),
    ("挥发酚", "HJ 503-2009", "仅限萃取分光光度法"),
    ("石油类和动植物油类", "HJ 637-2018", ""),
    ("颗粒物", "GB/T 16157-1996", ""),
)


def test_cells_of_two_lines_do_not_make_a_level_page_slope() -> None:
    words = [Word(text=text, box=(x0, y0, x1, y1), confidence=0.99) for text, x0, y0, x1, y1 in CENTRED]
    found = page(words, landscape=True)
    assert levelled(found) == found.words
    assert [row[1:] for row in read(found)] == list(TWO_LINES)


@pytest.mark.parametrize(
    ("text", "edge", "parts"),
    [
        ("2.1pH值", 0.2575, ["2.1", "pH值"]),
        ("2.3 pH值", 0.2575, ["2.3", "pH值"]),
        ("2.3氨氮", 0.2475, ["2.3", "氨氮"]),
        ("HJ 828-2017只测", 0.29, ["HJ 828-2017", "只测"]),
    ],
)
def test_a_number_read_with_its_item_ends_where_it_ends(text: str, edge: float, parts: list[str]) -> None:
    word = Word(text=text, box=(0.218, 0.3, 0.218 + 0.016 * letters_wide(text), 0.32), confidence=1.0)
    if text.startswith("HJ"):
        edge = 0.218 + 0.016 * letters_wide("HJ 828-2017") - 0.003
    assert [part.text for part in parted_at(word, (0.2, edge, 0.9))] == parts


@pytest.mark.parametrize(("head", "category"), [("序号类别", "柴油"), ("类别", "0柴油")])
def test_the_number_of_a_category_is_taken_off_where_both_have_one_column(head: str, category: str) -> None:
    table, words = ruled([[head, *HEADER[2:]], ["0柴油", *ROWS[0][2:]]])
    assert read(page(words, tables=(table,), landscape=True)) == [(category, *ROWS[0][2:])]


def seen_from_below(word: Word, steep: float = 0.5) -> Word:
    """The word on a photograph taken low: upright lines lean towards a point above the page, more so at its sides."""
    x0, y0, x1, y1 = word.box
    wider = 1 - steep / 2 + steep * (y0 + y1) / 2
    return replace(word, box=(0.5 + (x0 - 0.5) * wider, y0, 0.5 + (x1 - 0.5) * wider, y1))


@pytest.mark.parametrize("steep", [0.0, 0.2, 0.35, 0.5])
def test_columns_that_lean_keep_their_letters(steep: float) -> None:
    body = [[row[0], "建筑涂料" if n == 7 else row[1], *row[2:]] for n, row in enumerate(ROWS)]
    leaning = page([seen_from_below(word, steep) for word in borderless(body)], landscape=True)
    assert read(leaning) == [tuple(row[1:]) for row in body]


def test_lines_that_stand_nowhere_below_each_other_lean_nowhere() -> None:
    words = [at("一二三四五六"[: 2 + n % 5], 0.08 + 0.37 * (n * n % 7) / 7, 0.1 + 0.03 * n, 0.012) for n in range(24)]
    assert upright(words, 1.41) is words


def test_the_place_of_leaning_rows_is_where_they_are_printed() -> None:
    leaning = [seen_from_below(word) for word in borderless()]
    field = scope_items(DocumentPages(file="annex.pdf", pages=(page(leaning, landscape=True),)))
    assert field is not None
    assert field.box[0] == pytest.approx(min(word.box[0] for word in leaning))


ITEMS = [
    ("DD1", "电梯定期检验", "曳引驱动乘客电梯"),
    ("QD1", "起重机械定期检验", "桥式、门式起重机"),
    ("GD1", "锅炉定期检验", "额定工作压力≤2.5MPa"),
]


def approval(items: Sequence[Sequence[str]] = ITEMS, *, pitch: float = 0.036) -> list[Word]:
    """The table of a 特种设备 approval, that stands in the certificate, with what is printed above and below it."""
    words = [at("核准项目：", 0.10, 0.38, 0.014, landscape=True)]
    for n, row in enumerate([("项目代码", "核准项目", "范围"), *items]):
        lefts = (0.12, 0.34, 0.70) if n == 0 else (0.10, 0.20, 0.55)
        words += [
            at(text, x, 0.43 + pitch * n, 0.014, landscape=True) for text, x in zip(row, lefts, strict=True) if text
        ]
    below = 0.43 + pitch * (len(items) + 1.5)
    words += [at("有效期至：2028年07月18日", 0.10, below, 0.014, landscape=True)]
    return [*words, at("发证机关：江苏省市场监督管理局", 0.52, below + 0.02, 0.014, landscape=True)]


def items_of(*pages: Page) -> list[tuple[str, str, str]]:
    field = scope_items(DocumentPages(file="approval.jpg", pages=pages), need_standard=False)
    assert field is not None
    assert isinstance(field.value, list)
    rows = [row for row in field.value if isinstance(row, dict)]
    return [(str(row["category"]), str(row["item"]), str(row["limitation"])) for row in rows]


def test_each_row_has_its_own_code_and_the_table_ends_above_the_term() -> None:
    assert items_of(page(approval(), landscape=True)) == ITEMS


def test_a_table_on_a_page_a_little_askew_keeps_its_rows() -> None:
    assert items_of(page([curled(word, -0.03, 0.0, 0.0) for word in approval(ITEMS[:2])], landscape=True)) == ITEMS[:2]


@pytest.mark.parametrize("lost", ["first rule", "first two rules", "none"])
def test_a_table_of_which_a_rule_was_not_found_is_read_by_its_words(lost: str) -> None:
    words = approval()
    rows = [("项目代码", "核准项目", "范围"), *ITEMS]
    joined = {
        "first rule": [[row[0] + row[1], row[2]] for row in rows],
        "first two rules": [["".join(row), ""] for row in rows],
        "none": [list(row) for row in rows],
    }[lost]
    table, _ = ruled(joined, box=(0.09, 0.42, 0.9, 0.42 + 0.036 * 4))
    assert items_of(page(words, tables=(table,), landscape=True)) == ITEMS


def test_a_ruled_table_that_lacks_printed_rows_is_read_by_its_words() -> None:
    table, _ = ruled([HEADER, *ROWS[2:]], box=(0.05, 0.18, 0.95, 0.75))
    assert read(page(borderless(), tables=(table,), landscape=True)) == EXPECTED


def test_a_table_of_which_only_some_rows_are_framed_is_read_by_its_words() -> None:
    table, _ = ruled([list(row) for row in ITEMS[:2]], box=(0.09, 0.42 + 0.036, 0.9, 0.42 + 0.036 * 3))
    assert items_of(page(approval(), tables=(table,), landscape=True)) == ITEMS


def test_a_table_whose_rows_were_found_as_one_cell_is_read_by_its_words() -> None:
    whole = "\n".join("".join(row) for row in ROWS)
    table, _ = ruled([HEADER, [whole, *"<<<<"], [None] * 5], box=(0.05, 0.18, 0.95, 0.75))
    assert read(page(borderless(), tables=(table,), landscape=True)) == EXPECTED


@pytest.mark.parametrize(("found", "sure"), [(len(ROWS), True), (len(ROWS) - 1, False)], ids=["whole", "a row short"])
def test_an_annex_that_prints_standards_no_row_holds_says_nothing_of_what_it_lacks(found: int, sure: bool) -> None:
    table, words = ruled([HEADER, *ROWS[:found]], box=(0.05, 0.2, 0.95, 0.8))
    below = [
        at(text, 0.06 + 0.18 * n, 0.82, 0.009, landscape=True)
        for row in ROWS[found:]
        for n, text in enumerate(row)
        if text
    ]
    foot = at("认可依据：ISO/IEC 17025:2017", 0.06, 0.92, 0.009, landscape=True)
    whole = page(words, below, foot, tables=(table,), landscape=True)
    field = scope_items(DocumentPages(file="annex.pdf", pages=(whole,)))
    assert field is not None
    assert len(field.value) == found  # type: ignore[arg-type]
    assert (field.confidence >= 0.9) is sure


@pytest.mark.parametrize(("lost", "sure"), [(0, True), (3, False)])
def test_a_digital_page_whose_table_was_not_found_is_missed(lost: int, sure: bool) -> None:
    table, words = ruled([HEADER, *ROWS[:4]])
    whole = replace(page(words, tables=(table,), landscape=True), source="text_layer")
    rest = [at(row[3], 0.1, 0.1 + 0.05 * n) for n, row in enumerate(ROWS[4 : 4 + lost])]
    other = replace(page(at("说明", 0.1, 0.05), rest, number=2), source="text_layer")
    field = scope_items(DocumentPages(file="annex.pdf", pages=(whole, other)))
    assert field is not None
    assert (field.confidence >= 0.9) is sure


@pytest.mark.parametrize(("source", "sure"), [("text_layer", True), ("ocr", False)])
def test_a_dash_behind_an_undated_number_is_a_lost_year_on_pictures_only(source: PageSource, sure: bool) -> None:
    rows = [*ROWS[:3], ["4", "水和废水", "氨氮", "HJ 535-《水质》", ""]]
    table, words = ruled([HEADER, *rows])
    field = scope_items(
        DocumentPages(file="annex.pdf", pages=(replace(page(words, tables=(table,), landscape=True), source=source),))
    )
    assert field is not None
    assert (field.confidence >= 0.9) is sure
