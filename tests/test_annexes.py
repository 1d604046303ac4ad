"""Scope annexes: merged cells, page breaks, repeated headers, restrictions, other tables, no rules at all."""

from __future__ import annotations

import doctest
import time

import pytest

from qi_pipeline.extraction import annex_columns, annex_rows, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extractors import cnas_certificate
from qi_pipeline.model import Page
from stored_pages import at, page, ruled

HEADER = [
    "序号",
    "类别（产品/项目/参数）",
    "产品/项目/参数",
    "<",
    "依据的标准（方法）名称及编号（含年号）",
    "限制范围",
    "说明",
]
UNDER = [None, None, "序号", "名称", None, None, None]
FULL = [HEADER, UNDER]


def table_page(rows, *, number: int = 1, header=FULL, box=(0.05, 0.2, 0.95, 0.9)) -> Page:
    table, words = ruled([*header, *rows], box=box, widths=[1, 3, 1, 3, 8, 3, 2][: len(rows[0])])
    return page(words, number=number, landscape=True, tables=(table,))


def rows_of(*pages: Page) -> list[tuple[str, str, str, str, int]]:
    found = scope_items(DocumentPages(file="annex.pdf", pages=pages))
    assert found is not None
    assert isinstance(found.value, list)
    return [(row["category"], row["item"], row["standard"], row["limitation"], row["page"]) for row in found.value]


def test_merged_category_and_item_are_repeated_on_each_row() -> None:
    assert rows_of(
        table_page(
            [
                ["1", "食品", "1.1", "铅", "GB 5009.12-2017", "只测第一法", ""],
                [None, None, None, None, "GB 5009.268-2016", "", ""],
                [None, None, "1.2", "镉", "GB 5009.15-2014", "", ""],
            ]
        )
    ) == [
        ("食品", "铅", "GB 5009.12-2017", "只测第一法", 1),
        ("食品", "铅", "GB 5009.268-2016", "", 1),
        ("食品", "镉", "GB 5009.15-2014", "", 1),
    ]


def test_category_goes_on_over_pages_with_repeated_headers() -> None:
    first = [["1", "水和废水", "1.1", "pH值", "HJ 1147-2020", "", ""]]
    second = [
        ["", "", "1.2", "色度", "GB/T 11903-1989", "只测铂钴比色法", ""],
        ["2", "土壤", "2.1", "汞", "HJ 680-2013", "", ""],
    ]
    assert rows_of(table_page(first), table_page(second, number=2)) == [
        ("水和废水", "pH值", "HJ 1147-2020", "", 1),
        ("水和废水", "色度", "GB/T 11903-1989", "只测铂钴比色法", 2),
        ("土壤", "汞", "HJ 680-2013", "", 2),
    ]


def test_page_without_a_header_goes_on_with_the_columns_before() -> None:
    second = [["", "", "1.2", "色度", "GB/T 11903-1989", "", ""]]
    assert rows_of(
        table_page([["1", "水", "1.1", "pH值", "HJ 1147-2020", "", ""]]), table_page(second, number=2, header=[])
    )[1] == ("水", "色度", "GB/T 11903-1989", "", 2)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        # The rest of a title and its number: joined to the row before.
        (["", "", "", "", "测定》GB 5009.12-2017", "", ""], [("食品", "铅", "GB 5009.12-2017", "", 1)]),
        # The rest of an item's name.
        (
            ["", "", "", "（以Pb计）", "测定》GB 5009.12-2017", "", ""],
            [("食品", "铅（以Pb计）", "GB 5009.12-2017", "", 1)],
        ),
        # A row with a number of its own is a row of its own, however the one before ends.
        (
            ["", "", "1.2", "镉", "GB 5009.15-2014", "", ""],
            [("食品", "铅", "《食品安全国家标准食品中铅的", "", 1), ("食品", "镉", "GB 5009.15-2014", "", 2)],
        ),
    ],
)
def test_row_broken_by_the_page(tail: list[str], expected: list[tuple[str, str, str, str, int]]) -> None:
    first = [["1", "食品", "1.1", "铅", "《食品安全国家标准 食品中铅的", "", ""]]
    assert rows_of(table_page(first), table_page([tail], number=2)) == expected


def test_whole_standard_without_item_at_the_top_of_a_page_is_a_row_of_the_merged_item() -> None:
    first = [["1", "食品", "1.1", "铅", "GB 5009.12-2017", "", ""]]
    second = [["", "", "", "", "GB 5009.268-2016", "", ""], ["", "", "1.2", "镉", "GB 5009.15-2014", "", ""]]
    assert rows_of(table_page(first), table_page(second, number=2)) == [
        ("食品", "铅", "GB 5009.12-2017", "", 1),
        ("食品", "铅", "GB 5009.268-2016", "", 2),
        ("食品", "镉", "GB 5009.15-2014", "", 2),
    ]


def test_item_that_was_not_read_is_not_taken_from_the_row_above() -> None:
    rows = [["1", "食品", "1.1", "铅", "GB 5009.12-2017", "", ""], [None, None, "1.2", "", "GB 5009.15-2014", "", ""]]
    assert [row[1] for row in rows_of(table_page(rows))] == ["铅", ""]
    codes = [["DD1", "电梯定期检验", "乘客电梯"], ["GD1", "", "锅炉"]]
    found = scope_items(
        DocumentPages(file="a.pdf", pages=(table_page(codes, header=[["项目代码", "核准项目", "范围"]]),)),
        need_standard=False,
    )
    assert found is not None
    assert [(row["category"], row["item"]) for row in found.value] == [("DD1", "电梯定期检验"), ("GD1", "")]


def test_several_standards_of_a_cell_are_joined_without_titles_and_clauses() -> None:
    cell = "《生活饮用水标准检验方法》GB/T 5750.4—2006(1.1)\n水质 色度的测定 GB/T\n11903-1989\nISO 7887:2011"
    assert rows_of(table_page([["1", "水", "1.1", "色度", cell, "", ""]])) == [
        ("水", "色度", "GB/T 5750.4-2006; GB/T 11903-1989; ISO 7887:2011", "", 1)
    ]


def test_method_without_a_number_keeps_its_title() -> None:
    cell = "《水和废水监测分析方法》（第四版增补版）\n国家环境保护总局（2002年）"
    assert rows_of(table_page([["1", "水", "1.1", "叶绿素a", cell, "", ""]]))[0][2].startswith(
        "《水和废水监测分析方法》"
    )


@pytest.mark.parametrize(
    ("limit", "note", "expected"),
    [
        ("只测第一法", "", "只测第一法"),
        ("", "扩项", ""),
        ("", "不做附录B", "不做附录B"),
        ("/", "——", ""),
        ("仅限固定\n污染源", "标准变更", "仅限固定污染源"),
        ("除第四法外", "仅用于原料", "除第四法外; 仅用于原料"),
    ],
)
def test_restrictions(limit: str, note: str, expected: str) -> None:
    assert rows_of(table_page([["1", "水", "1.1", "色度", "GB/T 11903-1989", limit, note]]))[0][3] == expected


def test_section_rows_give_the_category_where_no_column_does() -> None:
    header = [["序号", "检测项目", "检测标准（方法）及编号", "限制范围"]]
    rows = [
        ["一、纺织品", "<", "<", "<"],
        ["1", "甲醛", "GB/T 2912.1-2009", ""],
        ["二、皮革", "<", "<", "<"],
        ["2", "甲醛", "GB/T 19941.1-2019", ""],
        ["以下空白", "<", "<", "<"],
    ]
    assert rows_of(table_page(rows, header=header)) == [
        ("纺织品", "甲醛", "GB/T 2912.1-2009", "", 1),
        ("皮革", "甲醛", "GB/T 19941.1-2019", "", 1),
    ]


@pytest.mark.parametrize(
    "header",
    [
        ["序号", "姓名", "职务/职称", "批准授权签字领域"],
        ["名称", "型号", "测量范围", "检定依据"],
        ["序号", "变更前标准", "变更后标准", "说明"],
        ["测量点", "示值误差", "不确定度", "校准方法"],
        ["序号", "名称", "数量", "单价"],
    ],
)
def test_other_tables_are_no_scope(header: list[str]) -> None:
    rows = [
        ["1", "漪一鸣", "GB 5009.12-2017", "GB 5009.15-2014"],
        ["2", "棠二宁", "GB 5009.12-2017", "GB 5009.15-2014"],
    ]
    assert scope_items(DocumentPages(file="annex.pdf", pages=(table_page(rows, header=[header]),))) is None


def test_scope_goes_on_after_a_table_of_signatories() -> None:
    people = table_page([["1", "漪一鸣", "高级工程师", "食品"]], header=[["序号", "姓名", "职称", "授权签字领域"]])
    scope = table_page([["1", "食品", "1.1", "铅", "GB 5009.12-2017", "", ""]], number=2)
    assert [row[1] for row in rows_of(people, scope)] == ["铅"]


def test_headerless_crop_is_read_by_what_stands_in_its_columns() -> None:
    rows = [
        ["3", "土壤", "3.7", "汞", "土壤质量 总汞的测定 GB/T 22105.1-2008", "", ""],
        ["", "", "3.8", "砷", "土壤质量 总砷的测定 GB/T 22105.2-2008", "不测有机砷", ""],
    ]
    assert rows_of(table_page(rows, header=[])) == [
        ("土壤", "汞", "GB/T 22105.1-2008", "", 1),
        ("土壤", "砷", "GB/T 22105.2-2008", "不测有机砷", 1),
    ]


def borderless(rows, *, number: int = 1, header: bool = True, item_x: float = 0.28) -> Page:
    """Rows of (y, category, number, item, lines of the standard, limitation) without any rule."""
    words = []
    if header:
        words += [
            at("序号", 0.06, 0.2, 0.01, landscape=True),
            at("类别", 0.12, 0.2, 0.01, landscape=True),
            at("序号", 0.23, 0.21, 0.01, landscape=True),
            at("产品/项目/参数", 0.26, 0.19, 0.01, landscape=True),
            at("名称", 0.3, 0.21, 0.01, landscape=True),
            at("依据的标准（方法）名称及编号（含年号）", 0.47, 0.2, 0.01, landscape=True),
            at("限制范围", 0.79, 0.2, 0.01, landscape=True),
        ]
    for y, category, leaf, item, lines, limit in rows:
        words += [at(category, 0.11, y, 0.01, landscape=True)] if category else []
        words += [at(leaf, 0.235, y, 0.01, landscape=True), at(item, item_x, y, 0.01, landscape=True)]
        words += [at(text, 0.42, y + 0.017 * at_, 0.01, landscape=True) for at_, text in enumerate(lines)]
        words += [at(limit, 0.77, y, 0.01, landscape=True)] if limit else []
    words.append(at(f"第 {number} 页 共 2 页", 0.45, 0.95, 0.01, landscape=True))
    return page(words, number=number, landscape=True)


def test_aligned_words_without_rules_over_two_pages() -> None:
    first = borderless(
        [
            (0.25, "食品", "1.1", "铅", ["食品安全国家标准 食品中铅的测定", "GB 5009.12-2017"], "只测第一法"),
            (0.31, "", "1.2", "镉", ["GB 5009.15-2014"], ""),
            (0.35, "水和废水", "2.1", "氨氮", ["水质 氨氮的测定 HJ 535-2009"], ""),
        ]
    )
    second = borderless(
        [(0.2, "", "2.2", "总磷", ["GB/T 11893-1989"], ""), (0.25, "土壤", "3.1", "汞", ["HJ 680-2013"], "")],
        number=2,
        header=False,
    )
    assert rows_of(first, second) == [
        ("食品", "铅", "GB 5009.12-2017", "只测第一法", 1),
        ("食品", "镉", "GB 5009.15-2014", "", 1),
        ("水和废水", "氨氮", "HJ 535-2009", "", 1),
        ("水和废水", "总磷", "GB/T 11893-1989", "", 2),
        ("土壤", "汞", "HJ 680-2013", "", 2),
    ]


def test_numbers_and_categories_in_the_middle_of_their_cells() -> None:
    page_ = borderless([])
    words = [*page_.words]

    def put(text: str, x: float, y: float) -> None:
        words.append(at(text, x, y, 0.01, landscape=True))

    put("食品", 0.11, 0.28)
    put("1.1", 0.235, 0.26)
    put("铅", 0.28, 0.26)
    put("食品安全国家标准 食品中铅的测定", 0.42, 0.252)
    put("GB 5009.12-2017", 0.42, 0.269)
    put("1.2", 0.235, 0.305)
    put("镉", 0.28, 0.305)
    put("GB 5009.15-2014", 0.42, 0.305)
    put("2.1", 0.235, 0.34)
    put("水", 0.11, 0.34)
    put("氨氮", 0.28, 0.34)
    put("HJ 535-2009", 0.42, 0.34)
    assert rows_of(page(words, landscape=True)) == [
        ("食品", "铅", "GB 5009.12-2017", "", 1),
        ("食品", "镉", "GB 5009.15-2014", "", 1),
        ("水", "氨氮", "HJ 535-2009", "", 1),
    ]


def test_notes_after_a_table_without_rules_are_no_rows() -> None:
    first = borderless([(0.25, "食品", "1.1", "铅", ["GB 5009.12-2017"], "")])
    notes = page(
        at("1", 0.235, 0.2, 0.01, landscape=True),
        at("本附表中标有“扩项”的项目自批准之日起有效。", 0.28, 0.2, 0.01, landscape=True),
        at("2", 0.235, 0.24, 0.01, landscape=True),
        at("场所变更应当及时报告。", 0.28, 0.24, 0.01, landscape=True),
        number=2,
        landscape=True,
    )
    assert rows_of(first, notes) == [("食品", "铅", "GB 5009.12-2017", "", 1)]


def test_english_annex() -> None:
    header = [
        ["No.", "Test Object", "Item/ Parameter", "<", "Code of Field", "Title, Code of Standard or Method", "Note"],
        [None, None, "No.", "Item/ Parameter", None, None, None],
    ]
    rows = [["1", "Toys", "1", "Small parts", "0201", "Safety of toys ISO 8124-1:2018", "Except Annex B"]]
    assert rows_of(table_page(rows, header=header)) == [("Toys", "Small parts", "ISO 8124-1:2018", "Except Annex B", 1)]


def test_running_text_is_no_table() -> None:
    text = page(
        at("依据的标准（方法）名称及编号见附件，限制范围另行说明。", 0.1, 0.2),
        at("检测项目：铅，检测标准：GB 5009.12-2017", 0.1, 0.25),
    )
    assert scope_items(DocumentPages(file="letter.pdf", pages=(text,))) is None


def test_hundreds_of_pages_stay_quick() -> None:
    rows = [[str(n), "食品", f"1.{n}", f"项目{n}", f"GB 5009.{n}-2017", "", ""] for n in range(1, 21)]
    pages = tuple(table_page(rows, number=number) for number in range(1, 301))
    started = time.process_time()
    found = rows_of(*pages)
    spent = time.process_time() - started
    assert len(found) == 6000
    # Linear: some 4 ms a page here; a quadratic walk would need minutes.
    assert spent < 10


@pytest.mark.parametrize("module", [annex_columns, annex_rows, unlabelled, cnas_certificate])
def test_examples_in_docstrings(module: object) -> None:
    outcome = doctest.testmod(module)  # type: ignore[arg-type]
    assert outcome.attempted
    assert not outcome.failed
