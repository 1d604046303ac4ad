"""Reading order, and the gutter between two pages on one image."""

from __future__ import annotations

from qi_pipeline.model import Word
from qi_pipeline.reading.layout import find_gutter, in_reading_order, without_ornaments


def word(text: str, x0: float, y0: float, x1: float, y1: float) -> Word:
    return Word(text=text, box=(x0, y0, x1, y1), confidence=1.0)


def page(side: str, left: float, right: float, rows: int = 8) -> list[Word]:
    return [word(f"{side}{n}", left, 0.1 + 0.1 * n, right, 0.14 + 0.1 * n) for n in range(rows)]


def texts(words: list[Word]) -> str:
    return " ".join(w.text for w in words)


def test_rows_from_the_top_and_each_from_the_left() -> None:
    words = [word("d", 0.5, 0.31, 0.7, 0.34), word("c", 0.1, 0.30, 0.3, 0.33), word("b", 0.4, 0.11, 0.6, 0.13)]
    assert texts(in_reading_order([*words, word("a", 0.1, 0.10, 0.3, 0.13)])) == "a b c d"


def test_a_skewed_row_stays_one_row() -> None:
    row = [word(str(n), 0.1 * n, 0.2 + 0.008 * n, 0.1 * n + 0.05, 0.22 + 0.008 * n) for n in range(8)]
    assert texts(in_reading_order(reversed(row))) == "0 1 2 3 4 5 6 7"


def test_two_pages_side_by_side_have_a_gutter_and_are_read_one_after_the_other() -> None:
    words = page("l", 0.05, 0.45) + page("r", 0.55, 0.95)
    gutter = find_gutter(words, 1600, 1100)
    assert gutter == 0.5
    assert texts(in_reading_order(reversed(words), gutter)).startswith("l0 l1 l2 l3 l4 l5 l6 l7 r0")


def test_a_page_of_two_columns_under_one_title_has_none() -> None:
    words = [*page("l", 0.05, 0.45), *page("r", 0.55, 0.95), word("营业执照", 0.35, 0.02, 0.65, 0.08)]
    assert find_gutter(words, 1600, 1100) is None


def test_a_page_upright_has_none() -> None:
    assert find_gutter(page("l", 0.05, 0.45) + page("r", 0.55, 0.95), 1100, 1600) is None


def test_a_gap_beside_the_middle_or_beside_little_text_is_none() -> None:
    assert find_gutter(page("l", 0.05, 0.25) + page("r", 0.35, 0.95), 1600, 1100) is None
    assert find_gutter(page("l", 0.05, 0.45) + page("r", 0.55, 0.95, rows=3), 1600, 1100) is None
    assert find_gutter([], 1600, 1100) is None


def test_the_rings_of_a_frame_are_no_words_but_a_letter_beside_print_is() -> None:
    frame = [word("O", 0.94, 0.1 + 0.05 * n, 0.955, 0.112 + 0.05 * n) for n in range(7)]
    line, last = word("南京路12号", 0.2, 0.3, 0.5, 0.33), word("O", 0.502, 0.302, 0.52, 0.328)
    lone = word("检", 0.7, 0.6, 0.73, 0.63)
    assert without_ornaments([line, last, lone, *frame], 0.7) == (line, last, lone)
    assert without_ornaments([line, *frame[:3]], 0.7) == (line, *frame[:3])
