"""Scope annexes with few rules or none: tight rows, cells at the top, stamps over them, pages without a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from qi_pipeline.extraction.annex_lines import aligned_rows, letters_wide, parted_at
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.model import Cell, Page, Seal, Table, Word
from stored_pages import HEIGHT, WIDTH, at, page, ruled

HEADER = ("序号", "检测产品", "参数", "依据标准", "限制范围")
LEFTS = (0.06, 0.11, 0.24, 0.40, 0.78)
SIZE = 0.0115
LINE = SIZE * HEIGHT / WIDTH
ROWS: tuple[tuple[str, ...], ...] = (
    ("1", "混凝土", "抗压强度", "《混凝土物理力学性能试验方法标准》GB/T 50081-2019", ""),
    ("2", "混凝土", "抗渗性能", "《普通混凝土长期性能试验方法标准》GB/T 50082-2009", "只做逐级加压法"),
    ("3", "水泥", "标准稠度用水量、\n凝结时间", "《水泥标准稠度用水量、凝结时间检验方法》GB/T\n1346-2011", ""),
    ("4", "水泥", "氯离子", "《水泥化学分析方法》GB/T 176-2017", "不测磷酸蒸馏-\n汞盐滴定法"),
    ("5", "防水卷材", "拉力、延伸率", "《建筑防水卷材试验方法 第8部分：\n卷材拉伸性能》GB/T 328.8-2007", "除高温外"),
    ("6", "防水卷材", "不透水性", "《建筑防水卷材试验方法 第10部分：沥青和高\n分子防水卷材》GB/T 328.10-2007", ""),
    ("7", "砖和砌块", "抗压强度", "《砌墙砖试验方法》GB/T 2542-2012", ""),
    ("8", "砖和砌块", "放射性", "《建筑材料放射性核素限量》GB 6566-2010", ""),
)  # fmt: skip


def sheet(
    rows: Sequence[Sequence[str]] = ROWS,
    *,
    header: Sequence[str] = HEADER,
    lefts: Sequence[float] = LEFTS,
    top: bool = False,
    air: float = 0.25,
    begin: float = 0.2,
) -> list[Word]:
    """A table without rules: lines of a cell touch, rows stand ``air`` line heights apart."""
    words = [at(text, x, begin - 2 * LINE, SIZE, landscape=True) for text, x in zip(header, lefts, strict=bool(header))]
    y = begin
    for row in rows:
        high = max(len(text.split("\n")) for text in row)
        for text, x in zip(row, lefts, strict=True):
            lines = text.split("\n") if text else []
            down = 0.0 if top else (high - len(lines)) / 2
            words += [at(line, x, y + (down + n) * 0.98 * LINE, SIZE, landscape=True) for n, line in enumerate(lines)]
        y += (0.98 * high + air) * LINE
    return words


def read(*pages: Page, need_standard: bool = True) -> list[tuple[str, ...]]:
    field = scope_items(DocumentPages(file="annex.pdf", pages=pages), need_standard=need_standard)
    assert field is not None
    assert isinstance(field.value, list)
    keys = ("category", "item", "standard", "limitation")
    return [tuple(str(row[key]) for key in keys) for row in field.value if isinstance(row, dict)]


def expected(rows: Sequence[Sequence[str]] = ROWS) -> list[tuple[str, ...]]:
    found = []
    for _, category, item, standard, limit in rows:
        number = standard.replace("\n", " ").rpartition("》")[2].replace("GB/T  ", "GB/T ")
        found.append((category, item.replace("\n", ""), number, limit.replace("\n", "")))
    return found


@pytest.mark.parametrize("air", [0.25, 0.5, 1.2])
@pytest.mark.parametrize("top", [False, True], ids=["centred", "at the top"])
def test_rows_that_stand_close_keep_their_own_lines(top: bool, air: float) -> None:
    assert read(page(sheet(top=top, air=air), landscape=True)) == expected()


def test_rows_without_air_are_told_by_titles_that_go_on() -> None:
    askew = [
        replace(word, box=(word.box[0], word.box[1] - 0.4 * LINE, word.box[2], word.box[3] - 0.4 * LINE))
        if word.box[0] == LEFTS[3] and word.text != HEADER[3]
        else word
        for word in sheet(air=0.15)
    ]
    assert [row[2] for row in read(page(askew, landscape=True))] == [row[2] for row in expected()]


def test_a_limit_at_the_top_of_its_row_is_not_the_next_ones() -> None:
    items = [
        ("1", "GD1", "锅炉定期检验", "限2.5MPa以下"),
        ("2", "RD1", "压力容器定期检验", "不含氧舱"),
        ("3", "DD2", "公用管道定期检验", ""),
        ("4", "TD1", "电梯定期检验", "曳引驱动乘客电梯"),
        ("5", "QD1", "起重机械定期检验", "桥式起重机、门式起重机；\n额定起重量不超过100t"),
        ("6", "ND1", "厂内车辆定期检验", "仅限叉车"),
    ]
    words = sheet(items, header=("序号", "项目代码", "核准项目", "限制范围"), lefts=(0.08, 0.16, 0.28, 0.6), top=True)
    rows = read(page(words, landscape=True), need_standard=False)
    assert [row[3] for row in rows] == [item[3].replace("\n", "") for item in items]


def test_items_of_capitals_and_strokes_for_nothing_stay_in_their_rows() -> None:
    rows = [
        (str(n + 1), "水", item, f"《水质 {item}的测定》HJ {500 + n}-2009", "/")
        for n, item in enumerate(["COD", "BOD", "TOC", "AOX", "DO"])
    ]
    assert read(page(sheet(rows), landscape=True)) == [("水", row[2], row[3].rpartition("》")[2], "") for row in rows]


STAMP = Seal(page=1, box=(0.72, 0.3, 0.88, 0.53), text="无锡市某某检验检测有限公司", confidence=0.9)


@pytest.mark.parametrize("down", [0.0, 0.3], ids=["over the table", "below it"])
def test_letters_on_a_seals_arc_are_in_no_cell(down: float) -> None:
    arc = Word(text="检测有限公司", box=(0.76, 0.36 + down, 0.87, 0.46 + down), confidence=0.95)
    x0, y0, x1, y1 = STAMP.box
    seal = replace(STAMP, box=(x0, y0 + down, x1, y1 + down))
    assert read(replace(page([*sheet(), arc], landscape=True), seals=(seal,))) == expected()


@pytest.mark.parametrize("text", ["《水泥化学分析方法》", "(-0.1~60)MPa"])
def test_a_mark_that_opens_a_cell_is_not_left_in_the_column_before(text: str) -> None:
    word = Word(text=text, box=(0.3, 0.3, 0.3 + 0.016 * letters_wide(text), 0.32), confidence=1.0)
    assert [part.text for part in parted_at(word, (0.1, 0.3 + 0.016 * 0.9, 0.9))] == [word.text]


def test_a_header_in_two_languages_has_its_numbers() -> None:
    header = (
        "序号\nNo.",
        "检测对象\nTest Object",
        "项目/参数\nItem/Parameter",
        "检测标准（方法）\nStandard or Method",
        "说明\nNote",
    )
    words = sheet([header, *ROWS], header=())
    assert read(page(words, landscape=True)) == expected()


def test_a_page_without_rules_or_header_goes_on_with_a_ruled_table() -> None:
    words = sheet(ROWS[:4])
    lefts = [x - 0.01 for x in LEFTS]
    rights = [*lefts[1:], 0.96]
    cells = [
        Cell(
            row=r,
            column=c,
            row_span=1,
            column_span=1,
            text=text,
            box=(lefts[c], 0.15 + 0.06 * r, rights[c], 0.21 + 0.06 * r),
            confidence=0.99,
        )
        for r, row in enumerate([HEADER, *ROWS[:4]])
        for c, text in enumerate(row)
    ]
    table = Table(box=(lefts[0], 0.15, 0.96, 0.45), rows=5, columns=5, cells=tuple(cells))
    titles = [
        at("检验检测机构资质认定证书附表", 0.35, 0.05, 0.02, landscape=True),
        at("证书编号：231012340187", 0.06, 0.11, landscape=True),
    ]
    shifted = [
        replace(word, box=(word.box[0] + 0.02, word.box[1], word.box[2] + 0.02, word.box[3]))
        for word in sheet(ROWS[4:], header=())
    ]
    first = page(words, tables=(table,), landscape=True)
    assert read(first, page(shifted, number=2, landscape=True)) == expected()
    assert read(first, page(titles, shifted, number=2, landscape=True)) == expected()


def test_a_header_whose_cells_ran_together_is_read_by_its_words() -> None:
    header = ("序号", "检定项目（器具）名称", "测量范围", "准确度", "检定规程名称及编号")
    rows = [
        ("1", "游标卡尺", "(0~500)mm", "2级", "《通用卡尺检定规程》JJG 30-2012"),
        ("2", "外径千分尺", "(0~300)mm", "2级", "《千分尺检定规程》JJG 21-2008"),
        ("3", "一般压力表", "(0~60)MPa", "2级", "《弹性元件式一般压力表检定规程》JJG 52-2013"),
    ]
    lefts = (0.06, 0.12, 0.34, 0.48, 0.6)
    joined = [[*row[:2], row[2] + row[3], row[4]] for row in [header, *rows]]
    edges = (0.05, 0.11, 0.33, 0.59, 0.96)
    cells = [
        Cell(
            row=r,
            column=c,
            row_span=1,
            column_span=1,
            text=text,
            box=(edges[c], 0.15 + 0.04 * r, edges[c + 1], 0.19 + 0.04 * r),
            confidence=0.99,
        )
        for r, row in enumerate(joined)
        for c, text in enumerate(row)
    ]
    cells[2] = replace(cells[2], text="测量范围准", column_span=1)
    cells[3] = replace(cells[3], text="确度检定规程名称及编号表")
    table = Table(box=(0.05, 0.14, 0.96, 0.33), rows=4, columns=4, cells=tuple(cells))
    found = read(page(sheet(rows, header=header, lefts=lefts), tables=(table,), landscape=True))
    assert [(row[1], row[2], row[3]) for row in found] == [(row[1], row[4].rpartition("》")[2], row[2]) for row in rows]


@pytest.mark.parametrize(
    ("text", "sure"),
    [("《水质》HJ 482-《空气》\n2009", False), ("《空气》《水质》HJ 482-\n2009", True), ("《水质》HJ 482-2009", True)],
)
def test_a_number_parted_from_its_year_is_not_sure(text: str, sure: bool) -> None:
    rows = [HEADER, ("1", "水", "二氧化硫", text, ""), ("2", "水", "氨氮", "HJ 535-2009", "")]
    cells = [
        Cell(
            row=r,
            column=c,
            row_span=1,
            column_span=1,
            text=piece,
            box=(0.1 * c, 0.1 * r, 0.1 * c + 0.1, 0.1 * r + 0.1),
            confidence=0.99,
        )
        for r, row in enumerate(rows)
        for c, piece in enumerate(row)
    ]
    table = Table(box=(0.0, 0.0, 0.5, 0.3), rows=3, columns=5, cells=tuple(cells))
    words = [at(text, 0.3, 0.1 * n + 0.02) for n, (*_, text, _) in enumerate(rows)]
    field = scope_items(DocumentPages(file="annex.pdf", pages=(page(words, tables=(table,)),)))
    assert field is not None
    assert (field.confidence >= 0.9) is sure


@pytest.mark.parametrize(("below", "sure"), [("《水果中残留量的测定》GB/T 20769-", False), ("共 2 页-", True)])
def test_a_number_whose_year_stands_on_the_next_line_is_missed_too(below: str, sure: bool) -> None:
    whole = page(sheet(), at(below, 0.1, 0.8), at("2008", 0.1, 0.83), landscape=True)
    field = scope_items(DocumentPages(file="annex.pdf", pages=(whole,)))
    assert field is not None
    assert (field.confidence >= 0.9) is sure


@pytest.mark.parametrize(("item", "sure"), [("放射性", True), ("", False)])
def test_a_row_that_names_a_standard_and_nothing_tested_is_in_doubt(item: str, sure: bool) -> None:
    body = [*ROWS[:-1], (*ROWS[-1][:2], item, *ROWS[-1][3:])]
    assert (confidence_of(page(sheet(body), landscape=True)) >= 0.9) is sure


@pytest.mark.parametrize(("lost", "sure"), [((), True), (("1",), False), (("4",), False), (("3", "4", "5"), False)])
def test_rows_whose_numbers_skip_some_are_in_doubt(lost: tuple[str, ...], sure: bool) -> None:
    words = [word for word in sheet() if word.text not in lost]
    assert (confidence_of(page(words, landscape=True)) >= 0.9) is sure


def confidence_of(found: Page) -> float:
    field = scope_items(DocumentPages(file="annex.pdf", pages=(found,)))
    assert field is not None
    return field.confidence


def named_first(*first: int) -> list[tuple[str, ...]]:
    """The rows with their category in the first row of each group only."""
    return [(row[0], row[1] if n in first else "", *row[2:]) for n, row in enumerate(ROWS)]


def test_a_category_in_the_first_row_of_its_group_goes_on_to_the_next() -> None:
    assert read(page(sheet(named_first(0, 2, 4, 6)), landscape=True)) == expected()


def test_categories_whose_heights_tell_nothing_are_in_doubt() -> None:
    rows = [
        (row[0], "水泥" if n == 3 else "混凝土" if n == 0 else "", "强度", f"GB/T {n + 1}-2019", "")
        for n, row in enumerate(ROWS[:6])
    ]
    assert confidence_of(page(sheet(rows), landscape=True)) < 0.9


SECTIONS = [
    ("一、建筑", "材料", "", "", ""),
    *((row[0], row[2], row[3], row[4], "") for row in ROWS[:3]),
    ("二、防", "水材料", "", "", ""),
]


def test_a_heading_that_runs_over_two_columns_is_no_row() -> None:
    rows = [*SECTIONS, *((str(n + 1), row[2], row[3], row[4], "") for n, row in enumerate(ROWS[4:6]))]
    table, words = ruled([("序号", "检测项目", "检测依据", "限制范围", "备注"), *rows])
    found = read(page(words, tables=(table,), landscape=True))
    assert [row[0] for row in found] == ["建筑材料"] * 3 + ["防水材料"] * 2
    assert [row[1:] for row in found] == [row[1:] for row in (*expected()[:3], *expected()[4:6])]


@pytest.mark.parametrize(
    ("text", "kept"), [("有限", ""), ("公", ""), ("只测第一法", "只测第一法"), ("只测第一法\n检测有限", "只测第一法")]
)
def test_a_piece_of_a_seals_name_is_in_no_ruled_cell(text: str, kept: str) -> None:
    table, words = ruled([HEADER, *((*row[:4], text) for row in ROWS)], box=(0.05, 0.15, 0.95, 0.9))
    over = replace(STAMP, box=(0.7, 0.1, 0.95, 0.95))
    found = read(replace(page(words, tables=(table,), landscape=True), seals=(over,)))
    assert [row[3] for row in found] == [kept] * len(ROWS)


def test_ranges_keep_their_rows() -> None:
    ranges = ("(0~500)mm", "(0~300)mm", "0.1~60)MPa", "(-50~300)℃", "(190~900)nm", "(0~100)%", "(0~5)%")
    rows = [(str(n + 1), f"仪器{n}", "长度", f"JJG {30 + n}-2012", each) for n, each in enumerate(ranges)]
    assert [row[3] for row in read(page(sheet(rows, air=0.4), landscape=True))] == list(ranges)


def test_a_stroke_through_one_cell_makes_no_row() -> None:
    parted = [HEADER, *ROWS[:3], (None, None, None, "", None), *ROWS[3:]]
    table, words = ruled(parted, box=(0.05, 0.1, 0.95, 0.95))
    assert read(page(words, tables=(table,), landscape=True)) == expected()


def test_an_item_that_reaches_the_next_column_keeps_its_last_letters() -> None:
    body = [
        at("1", 0.06, 0.2, SIZE, landscape=True),
        at("标准稠度用水量、凝结时间", 0.11, 0.2, SIZE, landscape=True),
        at("《水泥标准稠度用水量检验方法》GB/T 1346-2011", 0.245, 0.2, SIZE, landscape=True),
        at("2", 0.06, 0.24, SIZE, landscape=True),
        at("氯离子", 0.11, 0.24, SIZE, landscape=True),
        at("《水泥化学分析方法》GB/T 176-2017", 0.245, 0.24, SIZE, landscape=True),
    ]
    rows = aligned_rows(body, (0.0, 0.09, 0.225, 1.0), ("序号", "项目", "依据标准"))
    assert [row[1].text for row in rows] == ["标准稠度用水量、凝结时间", "氯离子"]
    assert all(row[2].text.startswith("《水泥") for row in rows)
