"""A text layer is believed exactly as far as the picture bears it out."""

from __future__ import annotations

import numpy as np
import pytest

from qi_pipeline.model import Box, Word
from qi_pipeline.reading.pixels import Alphabet, Image
from qi_pipeline.reading.textlayer import added_words, compare, is_garbled, loose_ink, similarity

PIXELS = np.full((400, 300, 3), 255, dtype=np.uint8)
LINES = (
    "无锡汀屹石检测技术有限公司",
    "有效期至 2027年10月11日",
    "证书编号 211709010203",
    "发证机关 江苏省市场监督管理局",
)


class Seen:
    """An engine that sees the given line at each height of the page."""

    name = "seen"

    def __init__(self, *lines: str, score: float = 0.99) -> None:
        self.lines = lines
        self.score = score
        self.asked = 0

    def recognise(self, image: Image) -> list[Word]:
        return list(layer(*self.lines))

    def read_strip(self, image: Image) -> list[Word]:
        return []

    def read_crop(self, image: Image, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        self.asked += 1
        return self.lines[int((box[1] + box[3]) / 2 * 40) // 2 % len(self.lines)], self.score


def layer(*lines: str) -> tuple[Word, ...]:
    return tuple(
        Word(text=text, box=(0.1, 0.05 * n + 0.01, 0.8, 0.05 * n + 0.04), confidence=1.0)
        for n, text in enumerate(lines)
    )


def test_a_layer_that_reads_as_it_looks_is_believed_unchanged() -> None:
    result = compare(layer(*LINES), PIXELS, Seen(*LINES), every_line=True)
    assert result.believed
    assert result.words == layer(*LINES)
    assert result.notes == ()


def test_one_forged_line_is_replaced_by_what_is_seen_and_noted() -> None:
    forged = (LINES[0], "有效期至 2030年10月11日", *LINES[2:])
    result = compare(layer(*forged), PIXELS, Seen(*LINES), every_line=True)
    assert result.believed
    assert [w.text for w in result.words] == list(LINES)
    assert result.words[1].confidence <= 0.5
    assert "1 lines" in result.notes[0]


def test_a_doubtful_reading_replaces_nothing() -> None:
    forged = (LINES[0], "有效期至 2030年10月11日", *LINES[2:])
    result = compare(layer(*forged), PIXELS, Seen(*LINES, score=0.7), every_line=True)
    assert [w.text for w in result.words] == list(forged)


def test_a_layer_of_another_text_is_not_believed() -> None:
    result = compare(layer(*LINES), PIXELS, Seen("完全不同的文字内容", "别的公司名称在这里"), every_line=True)
    assert not result.believed
    assert "4 of 4" in result.notes[0]


def test_an_invisible_layer_is_not_believed() -> None:
    assert not compare(layer(*LINES), PIXELS, Seen("", score=0.0), every_line=True).believed


def test_a_long_annex_is_compared_by_sample() -> None:
    seen = Seen(*LINES)
    assert compare(layer(*LINES * 4), PIXELS, seen, every_line=False).believed
    assert seen.asked == 4


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("检验检测机构资质认定证书", False),
        ("GB/T 7467-1987 ㎡ Ⅱ ≤0.5 mg/L", False),
        ("(cid:12)(cid:40)(cid:7)", True),
        ("\ue012\ue013\ue044\ue001", True),
        ("\ufffd\ufffd\ufffd证书", True),
    ],
)
def test_glyph_numbers_and_private_characters_are_garbage(text: str, garbled: bool) -> None:
    assert is_garbled(layer(text)) is garbled


def test_print_outside_the_layers_words_is_noticed() -> None:
    pixels = np.full((1200, 900, 3), 255, dtype=np.uint8)
    covered = layer("一行")
    for n in range(60):
        pixels[20:34, 95 + 10 * n : 101 + 10 * n] = 0
    assert not loose_ink(pixels, covered)
    for n in range(60):
        pixels[620:634, 95 + 10 * n : 101 + 10 * n] = 0
    assert loose_ink(pixels, covered)


def test_a_date_filled_in_by_hand_is_looked_for_in_short_files_and_seals_are_not() -> None:
    written, sealed = (np.full((1200, 900, 3), 255, dtype=np.uint8) for _ in range(2))
    for n in range(8):
        written[620:634, 95 + 20 * n : 101 + 20 * n] = (20, 20, 90)
        sealed[620:634, 95 + 20 * n : 101 + 20 * n] = (210, 30, 30)
    assert loose_ink(written, (), written=True)
    assert not loose_ink(written, ())
    assert not loose_ink(sealed, (), written=True)


def test_rule_lines_are_not_print() -> None:
    pixels = np.full((1200, 900, 3), 255, dtype=np.uint8)
    for n in range(100):
        pixels[10 + 11 * n, 20:880] = 0
    assert not loose_ink(pixels, (), written=True)


def test_only_what_the_layer_lacks_is_added() -> None:
    known = layer(*LINES[:2])
    assert added_words(known, layer(*LINES)) == list(layer(*LINES)[2:])


def test_label_spread_letter_by_letter_is_not_added_a_second_time() -> None:
    letters = [
        Word(text=c, box=(x, 0.46, x + 0.016, 0.483), confidence=1.0)
        for c, x in zip("负责人", (0.08, 0.123, 0.166), strict=True)
    ]
    label = Word(text="负责人", box=(0.077, 0.455, 0.186, 0.491), confidence=1.0)
    other = Word(text="经办人", box=label.box, confidence=1.0)
    assert added_words(letters, [label, other]) == [other]


def test_likeness_ignores_spaces_widths_and_look_alikes() -> None:
    assert similarity("ＧＢ/T ７４６７—１９８７", "GB/T7467-1987") == 1.0
    assert similarity("91320282MAYQ3L4A3O", "91320282MAYQ3L4A30") == 1.0
    assert similarity("有效期至2027年", "地址宜兴") < 0.4
