from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from papers import letter, marks
from papers.invent import institution
from papers.sheet import Box, Sheet
from papers.words import page as stored_page
from qi_pipeline.model import Ink, Word
from qi_pipeline.reading.ink import find_ink, may_be_signed

Pixels = NDArray[np.uint8]


def _letter(signature: str | None, seed: int = 3) -> tuple[Sheet, Pixels, list[Word], Box]:
    """The last page of a letter, its pixels, its printed words, and the box of the label to sign at."""
    paper = letter.letter(institution(seed), signature=signature, seed=seed, handwritten_date=False)
    sheet = paper.sheets[-1]
    words = list(stored_page(sheet, 1).words)
    label = next(sheet.fraction(run.box) for run in sheet.runs if run.text.startswith("法定代表人（签字"))
    return sheet, np.asarray(sheet.image(200).convert("RGB"), dtype=np.uint8), words, label


def _beside(found: tuple[Ink, ...], label: Box) -> list[Ink]:
    high = label[3] - label[1]
    return [
        ink
        for ink in found
        if label[2] - 0.02 < ink.box[0] < label[2] + 0.4
        and ink.box[1] < label[3] + high
        and ink.box[3] > label[1] - high
    ]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_signature_is_ink_where_it_stands(seed: int) -> None:
    sheet, pixels, words, label = _letter("hand", seed)
    (ink,) = _beside(find_ink(pixels, words), label)
    x0, y0, x1, y1 = sheet.fraction(sheet.ink[0])
    assert x0 < (ink.box[0] + ink.box[2]) / 2 < x1
    assert y0 < (ink.box[1] + ink.box[3]) / 2 < y1
    assert 0.02 < ink.density < 0.5


@pytest.mark.parametrize("signature", ["typed", "stamp", None])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_printed_name_a_stamp_or_nothing_is_no_ink(signature: str | None, seed: int) -> None:
    _sheet, pixels, words, label = _letter(signature, seed)
    assert _beside(find_ink(pixels, words), label) == []


def test_a_signature_that_an_engine_read_with_its_label_is_still_ink() -> None:
    sheet, pixels, words, label = _letter("hand")
    signed = sheet.fraction(sheet.ink[0])
    joined = [
        Word(text="法定代表人（签字）：" + "王明", confidence=0.96, box=(label[0], signed[1], signed[2], signed[3]))
        if word.text.startswith("法定代表人（签字")
        else word
        for word in words
    ]
    (ink,) = _beside(find_ink(pixels, joined), label)
    assert ink.box[0] > label[2] - 0.03  # the label itself is no ink


def test_a_blue_signature_over_a_line_is_ink_and_the_line_alone_is_not() -> None:
    def drawn(signed: bool) -> tuple[Ink, ...]:
        sheet = Sheet()
        sheet.text(34, 100, "法定代表人（签字）：", 4.8)
        sheet.line(82, 106, 150, 106, 0.3)
        if signed:
            marks.handwriting(sheet, 90, 95, "周宁", size=8, colour=(40, 60, 190), seed=5)
        pixels = np.asarray(sheet.image(150).convert("RGB"), dtype=np.uint8)
        return find_ink(pixels, list(stored_page(sheet, 1).words))

    assert len(drawn(True)) == 1
    assert drawn(False) == ()


def test_a_grey_seal_and_specks_are_no_ink() -> None:
    sheet = Sheet()
    sheet.text(34, 100, "入驻机构（公章）：", 4.8)
    marks.own_seal(sheet, "无锡市霁云检测技术有限公司", x=110, y=110, seed=2)
    grey = np.asarray(sheet.image(200).convert("L"), dtype=np.uint8).copy()
    rng = np.random.default_rng(0)
    for x, y in rng.integers(100, 1500, (40, 2)):
        cv2.circle(grey, (int(x), int(y)), 2, (60,), -1)
    pixels = np.repeat(grey[:, :, None], 3, axis=2)
    assert find_ink(pixels, list(stored_page(sheet, 1).words)) == ()


def _lines(*lines: tuple[str, float]) -> list[Word]:
    """Words of these texts and heights, one below the other."""
    return [
        Word(text=text, confidence=0.99, box=(0.1, 0.05 + 0.08 * n, 0.8, 0.05 + 0.08 * n + high))
        for n, (text, high) in enumerate(lines)
    ]


PRINT = (("名称无锡市霁云检测技术有限公司", 0.015), ("有效期至2029年3月1日", 0.015), ("批准日期", 0.014))


@pytest.mark.parametrize(
    "title",
    [
        "营业执照",
        "检验检测机构 资质认定证书",
        "特种设备检验检测机构核准证（综合检验机构）",
        "计量授权证书附件",
        "ACCREDITATION CERTIFICATE",
    ],
)
def test_pen_strokes_are_not_looked_for_on_what_is_titled_a_certificate(title: str) -> None:
    assert not may_be_signed(_lines((title, 0.03), *PRINT))
    assert not may_be_signed(_lines((title, 0.03), *PRINT, ("及授权签字人见证书附表", 0.015)))


@pytest.mark.parametrize("asks", ["法定代表人（签字）：", "入驻机构（公章）", "本机构承诺如下", "加盖公章", "签 名"])
def test_pen_strokes_are_looked_for_wherever_somebody_may_sign(asks: str) -> None:
    assert may_be_signed(_lines(("营业执照", 0.03), *PRINT, (asks, 0.015)))
    assert may_be_signed(_lines(*PRINT))
    assert may_be_signed(_lines(("附件：资质认定证书", 0.015), *PRINT))  # a line of print, no title
    assert may_be_signed([])


def test_every_page_of_a_letter_may_be_signed() -> None:
    for seed in range(6):
        paper = letter.letter(institution(seed), signature="hand", seed=seed, handwritten_date=True)
        assert all(may_be_signed(stored_page(sheet, 1).words) for sheet in paper.sheets)
