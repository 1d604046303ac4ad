"""What RapidOCR's lines become: cut at column gaps, upright stacks taken apart, each from its clearest channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.reading.channels import BLUE, GREEN, RED, best_channel, red_print
from qi_pipeline.reading.engines import load_engine
from qi_pipeline.reading.rapid import Line, RapidEngine, split_line, split_stack, without_watermarks

CORNERS = np.array([[100, 40], [500, 40], [500, 60], [100, 60]], dtype=np.float32)


def line(text: str, centres: tuple[float, ...]) -> Line:
    return Line(text=text, corners=CORNERS, score=0.9, centres=centres)


def text_image(text: str, colour: tuple[int, int, int], paper: tuple[int, int, int] = (250, 250, 248)) -> np.ndarray:
    image = Image.new("RGB", (40 + 36 * len(text), 60), paper)
    ImageDraw.Draw(image).text((20, 12), text, fill=colour, font=font("song", 34))
    return np.asarray(image)


def test_a_line_over_two_columns_is_cut_between_them() -> None:
    found = split_line(line("名称甲乙", (0.02, 0.06, 0.90, 0.95)), 1000, 100)
    assert [w.text for w in found] == ["名称", "甲乙"]
    assert found[0].box[2] == found[1].box[0] == pytest.approx(0.1 + 0.48 * 0.4)
    assert found[1].box == (pytest.approx(0.292), 0.4, 0.5, 0.6)


def test_a_letter_spaced_label_is_not_cut() -> None:
    assert [w.text for w in split_line(line("名 称", (0.02, 0.14)), 1000, 100)] == ["名 称"]


def test_a_line_whose_characters_have_no_places_stays_whole() -> None:
    assert [w.text for w in split_line(line("名称甲乙", ()), 1000, 100)] == ["名称甲乙"]


def test_labels_below_each_other_are_taken_apart_but_vertical_text_is_not() -> None:
    def column(gap: int) -> tuple[np.ndarray, np.ndarray]:
        image = np.full((200, 60, 3), 255, dtype=np.uint8)
        image[10:40, 15:45] = 0
        image[40 + gap : 70 + gap, 15:45] = 0
        return image, np.array([[10, 5], [50, 5], [50, 75 + gap], [10, 75 + gap]], dtype=np.float32)

    assert len(split_stack(*column(60))) == 2
    assert len(split_stack(*column(8))) == 1


def test_each_line_is_read_from_the_channel_where_it_is_clear() -> None:
    black = text_image("发证日期", (30, 30, 30))
    under_seal = black.copy()
    under_seal[20:40] = np.minimum(under_seal[20:40], np.array([225, 60, 60], dtype=np.uint8))
    under_stamp = black.copy()
    under_stamp[20:40] = np.minimum(under_stamp[20:40], np.array([60, 60, 225], dtype=np.uint8))
    assert best_channel(black) == RED
    assert best_channel(under_seal) == RED
    assert best_channel(under_stamp) == BLUE
    assert best_channel(text_image("证照编号", (210, 40, 40))) == GREEN
    assert best_channel(text_image("签名", (40, 50, 190))) == RED


def test_seals_are_no_red_print() -> None:
    image = Image.new("RGB", (800, 1100), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((500, 700, 700, 900), outline=(220, 30, 30), width=8)
    assert red_print(np.asarray(image)) is None
    draw.text((80, 80), "证照编号", fill=(220, 30, 30), font=font("hei", 30))
    found = red_print(np.asarray(image))
    assert found is not None
    picture, scale = found
    assert int(picture[int(700 * scale) :, int(500 * scale) :].min()) == 255
    assert int(picture[: int(130 * scale), : int(260 * scale)].min()) < 100


@pytest.fixture(scope="module")
def engine() -> RapidEngine:
    loaded = load_engine("rapidocr")
    assert isinstance(loaded, RapidEngine)
    return loaded


@pytest.mark.ocr
def test_a_small_page_is_read_with_its_red_print(engine: RapidEngine) -> None:
    image = Image.new("RGB", (520, 380), "white")
    draw = ImageDraw.Draw(image)
    draw.text((150, 30), "营业执照", fill=(20, 20, 20), font=font("hei", 44))
    draw.text((330, 100), "编号 320214000202606010017", fill=(214, 38, 36), font=font("song", 13))
    draw.text((40, 150), "名称", fill=(20, 20, 20), font=font("hei", 18))
    draw.text((130, 150), "无锡汀屹石检测技术有限公司", fill=(20, 20, 20), font=font("song", 18))
    words = engine.recognise(np.asarray(image))
    text = "".join(w.text for w in words).replace(" ", "")
    assert "营业执照" in text
    assert "320214000202606010017" in text
    assert "无锡汀屹石检测技术有限公司" in text
    company = next(w for w in words if "检测" in w.text)
    assert company.box[0] == pytest.approx(130 / 520, abs=0.03) or company.text.startswith("名称")
    assert company.box[1] < 160 / 380 < company.box[3]


@pytest.mark.ocr
def test_an_empty_page_has_no_words(engine: RapidEngine) -> None:
    assert engine.recognise(np.full((600, 400, 3), 255, dtype=np.uint8)) == []


@pytest.mark.ocr
def test_a_crop_without_area_reads_as_nothing(engine: RapidEngine) -> None:
    assert engine.read_crop(np.full((60, 60, 3), 255, dtype=np.uint8), (0.5, 0.5, 0.5, 0.6), "code") == ("", 0.0)


def test_a_pale_pattern_is_dropped_from_the_value_it_crosses_but_commas_stay() -> None:
    value = line("甲公司，SC", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    print_ = replace(value, inks=(200.0, 190.0, 210.0, 20.0, 25.0, 24.0))
    pattern = replace(line("SCJDGL", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), inks=(25.0,) * 6)
    found = without_watermarks([print_, pattern, replace(line("乙", (0.5,)), inks=(190.0,))])
    assert [found_line.text for found_line in found] == ["甲公司，", "乙"]
    assert found[0].centres == (0.1, 0.2, 0.3, 0.4)


def test_a_page_of_nothing_but_pale_print_is_kept() -> None:
    pale = [replace(line("甲乙", (0.1, 0.2)), inks=(30.0, 26.0)), replace(line("丙", (0.5,)), inks=(28.0,))]
    assert [kept.text for kept in without_watermarks(pale)] == ["甲乙", "丙"]


@pytest.mark.ocr
def test_red_digits_after_a_black_label_are_no_pale_pattern(engine: RapidEngine) -> None:
    image = Image.new("RGB", (900, 500), "white")
    draw = ImageDraw.Draw(image)
    for row in range(4):
        draw.text((60, 180 + 60 * row), "统一社会信用代码登记机关", fill=(20, 20, 20), font=font("song", 26))
    draw.text((480, 60), "证照编号：", fill=(40, 40, 40), font=font("hei", 22))
    draw.text((590, 60), "J022031315", fill=(240, 130, 125), font=font("arial", 22))
    text = "".join(word.text for word in engine.recognise(np.asarray(image)))
    assert "J022031315" in text


@pytest.mark.ocr
def test_a_character_of_one_thin_stroke_is_no_pale_pattern(engine: RapidEngine) -> None:
    image = Image.new("RGB", (900, 500), "white")
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(("近三年主要业绩一览表", "统一社会信用代码", "一般项目：技术服务")):
        draw.text((60, 80 + 100 * row), text, fill=(60, 60, 60), font=font("song", 44))
    text = "".join(word.text for word in engine.recognise(np.asarray(image)))
    assert text.count("一") == 3
