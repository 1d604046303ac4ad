"""Rows of leaning, curled and crowded pages; folding; and pages that are made to do harm."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers import invent, licence, words
from qi_pipeline.extraction.documents import extract
from qi_pipeline.extraction.folding import distance_within_one, edit_distance, fold, fold_with_origin, tidy
from qi_pipeline.extraction.lines import cut, rows_of
from qi_pipeline.model import Word
from stored_pages import at, page, reading


@given(st.text(max_size=60))
def test_folding_keeps_the_way_back(raw: str) -> None:
    folded = fold_with_origin(raw)
    assert len(folded.text) == len(folded.origin)
    assert all(0 <= index < len(raw) for index in folded.origin)
    assert list(folded.origin) == sorted(folded.origin)
    assert fold(folded.text) == folded.text


@given(st.text(alphabet="质量检测有限公司AB1", max_size=8), st.text(alphabet="质量检测有限公司AB1", max_size=8))
def test_within_one_is_a_distance_of_at_most_one(a: str, b: str) -> None:
    assert distance_within_one(a, b) == (edit_distance(a, b) <= 1)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("无锡 漪棠　检测 有限公司", "无锡漪棠检测有限公司"),
        ("Wuxi  Yitang Testing Co., Ltd.", "Wuxi Yitang Testing Co., Ltd."),
        ("有限责任公司（自然人 独资）", "有限责任公司（自然人独资）"),
        ("漪棠路 8 号 2 楼", "漪棠路8号2楼"),
    ],
)
def test_stored_values_lose_the_spaces_of_typesetting(raw: str, stored: str) -> None:
    assert tidy(raw) == stored


@pytest.mark.parametrize("lean", [-0.03, -0.015, 0.015, 0.03])
def test_rows_follow_a_leaning_page(lean: float) -> None:
    found = [
        at(f"{row}行{n}", 0.1 + 0.2 * n, 0.2 + 0.03 * row + lean * (0.1 + 0.2 * n))
        for row in range(5)
        for n in range(4)
    ]
    assert [row.text for row in rows_of(found)] == [" ".join(f"{row}行{n}" for n in range(4)) for row in range(5)]


def test_rows_follow_a_curled_page() -> None:
    def curl(x: float) -> float:
        return 0.06 * (x - 0.5) ** 2

    found = [
        at(f"{row}行{n}", x, 0.2 + 0.025 * row + curl(x))
        for row in range(5)
        for n in range(6)
        for x in [0.05 + 0.15 * n]
    ]
    assert [row.text for row in rows_of(found)] == [" ".join(f"{row}行{n}" for n in range(6)) for row in range(5)]


def test_a_large_title_beside_small_print_is_no_part_of_its_row() -> None:
    found = rows_of([at("统一社会信用代码", 0.1, 0.22, 0.014), at("营业执照", 0.35, 0.2, 0.07)])
    assert sorted(row.text for row in found) == ["统一社会信用代码", "营业执照"]


def test_cut_pieces_share_the_box_by_the_width_of_their_letters() -> None:
    word = Word(text="编号AB12", box=(0.1, 0.2, 0.5, 0.22), confidence=1.0)
    label, number = cut(word, 0, 2), cut(word, 2, 6)
    assert label.box[0] == 0.1
    assert label.box[2] == pytest.approx(number.box[0])
    assert number.box[2] == pytest.approx(0.5)
    assert label.box[2] == pytest.approx(0.1 + 0.4 * 2 / 4.2)


BOXES = st.tuples(*[st.floats(min_value=-0.2, max_value=1.2) for _ in range(4)])
PRINTED = "名称 称 ： 营业执照 统一社会信用代码 2027年2月30日 自 至长期 宗旨和 业务范围 经营 1 ）("
TEXTS = st.sampled_from(["", " ", "\x00", *PRINTED.split()]) | st.text(max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, BOXES), max_size=40))
def test_no_page_makes_extraction_fail(found: list[tuple[str, tuple[float, float, float, float]]]) -> None:
    made = page(*(Word(text=text, box=box, confidence=0.5) for text, box in found))
    for document in extract([reading(made)]):
        for field in document.fields.values():
            assert all(0 <= value <= 1 for value in field.box)


def test_a_page_of_nothing_but_labels_does_not_stall() -> None:
    crowd = [at("法定代表人", 0.02 + 0.019 * x, 0.02 + 0.019 * y, 0.003) for x in range(50) for y in range(50)]
    start = time.process_time()
    extract([reading(page(crowd))])
    assert time.process_time() - start < 15


def test_a_licence_among_stray_words_is_read_all_the_same() -> None:
    paper = licence.licence(invent.institution(4), edition="2019", seed=4)
    clean = words.reading(paper, "x.jpg", noise=words.SOME)
    stray = [Word(text="SCJDGL", box=(0.1 + 0.3 * n, 0.15 + 0.2 * m, 0.22 + 0.3 * n, 0.19 + 0.2 * m), confidence=0.6)
             for n in range(3) for m in range(4)]  # fmt: skip
    dirty = replace(clean, pages=(replace(clean.pages[0], words=(*clean.pages[0].words, *stray)),))
    (found,) = extract([dirty])
    for name in ("holder_uscc", "legal_representative", "established_on"):
        assert found.fields[name].value == paper.truth[name], name
