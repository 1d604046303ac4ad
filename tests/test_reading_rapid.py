"""What RapidOCR's lines become: cut at column gaps, upright stacks taken apart, each from its clearest channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.model import Seal, Word
from qi_pipeline.reading.channels import (
    BLUE,
    GREEN,
    RED,
    around_print,
    best_channel,
    black_print,
    coloured_print,
    is_in_colour,
    search_picture,
    without_colour,
)
from qi_pipeline.reading.detection import tangled_part
from qi_pipeline.reading.engines import load_engine
from qi_pipeline.reading.page import without_seal_words
from qi_pipeline.reading.rapid import RapidEngine, _same_day, _settled
from qi_pipeline.reading.streaks import without_streaks
from qi_pipeline.reading.text_lines import (
    Line,
    agreed,
    around_both,
    split_line,
    split_stack,
    torn_letters,
    widened,
    without_watermarks,
)
from qi_pipeline.reading.watermarks import is_level, is_pale, slanting, without_pale_ink

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
    assert coloured_print(search_picture(np.asarray(image))[0], RED) is None
    draw.text((80, 80), "证照编号", fill=(220, 30, 30), font=font("hei", 30))
    small, scale = search_picture(np.asarray(image))
    picture = coloured_print(small, RED)
    assert coloured_print(small, BLUE) is None
    assert picture is not None
    assert int(picture[int(700 * scale) :, int(500 * scale) :].min()) == 255
    assert int(picture[: int(130 * scale), : int(260 * scale)].min()) < 100


def test_coloured_print_that_is_read_already_is_not_searched_for() -> None:
    image = Image.new("RGB", (800, 1100), "white")
    draw = ImageDraw.Draw(image)
    draw.text((80, 80), "证照编号", fill=(220, 30, 30), font=font("hei", 30))
    draw.text((260, 80), "32", fill=(220, 30, 30), font=font("hei", 30))
    small, _scale = search_picture(np.asarray(image))
    whole, part = (0.09, 0.07, 0.38, 0.11), (0.09, 0.07, 0.26, 0.11)
    assert coloured_print(small, RED, [whole]) is None
    assert coloured_print(small, RED, [part]) is not None


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


def test_the_last_pale_letter_goes_too_where_it_touches_the_print_behind_it() -> None:
    touching = replace(line("CNAS214", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)), inks=(15.0, 14.0, 15.0, *(200.0,) * 4))
    pale, dark = (replace(touching, cores=(15.0, 14.0, 15.0, ink, *(200.0,) * 3)) for ink in (16.0, 190.0))
    assert [found.text for found in without_watermarks([pale])] == ["214"]
    assert [found.text for found in without_watermarks([dark])] == ["S214"]


def test_a_letter_whose_core_is_pale_stays_where_no_pattern_is_beside_it() -> None:
    date = replace(line("2024年5月", (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)), inks=(200.0,) * 7)
    thin = replace(date, cores=(*(200.0,) * 6, 10.0))
    assert [found.text for found in without_watermarks([thin])] == ["2024年5月"]


def test_a_letter_of_one_thin_stroke_is_not_taken_for_a_pale_pattern() -> None:
    name = replace(line("乐一东公司", (0.1, 0.3, 0.5, 0.7, 0.9)), inks=(200.0, 18.0, 190.0, 210.0, 205.0))
    assert [found.text for found in without_watermarks([name])] == ["乐一东公司"]


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


def test_a_star_over_a_date_is_taken_off_and_the_date_stays() -> None:
    plain = text_image("2027年10月11日", (25, 25, 25))
    stained = plain.copy()
    paper = plain[..., 0] > 128
    stained[10:50, 200:300][paper[10:50, 200:300]] = (196, 36, 44)
    clean = without_colour(stained)
    assert clean is not None
    under = clean[10:50, 200:300].astype(int)
    assert under[paper[10:50, 200:300]].min() > 200
    assert under[~paper[10:50, 200:300]].max() < 140
    assert without_colour(plain) is None
    assert without_colour(text_image("证照编号", (210, 40, 40))) is None


def test_a_third_look_is_given_unless_two_say_the_same_surely() -> None:
    sure = replace(line("2027年10月11日", ()), score=0.99)
    assert _settled([sure, replace(sure, text="2027年 10月11日")])
    assert not _settled([sure, replace(sure, score=0.96)])
    assert not _settled([sure, replace(sure, text="2021年10月11日")])
    assert not _settled([sure, None])
    assert not _settled([None, None])


def test_looks_that_differ_are_less_sure_and_the_most_common_wins() -> None:
    first, second = line("2027年0月1日", ()), line("2027年10月11日", ())
    sure = replace(second, score=0.99)
    assert agreed([sure, replace(first, score=0.995), sure]) == replace(sure, score=0.94)
    assert agreed([sure, sure]) == sure
    assert agreed([replace(first, score=0.92), sure]) == replace(sure, score=0.85)
    assert agreed([]) is None


def test_a_blue_stamp_is_taken_off_the_picture_in_which_lines_are_found() -> None:
    image = Image.new("RGB", (800, 1000), "white")
    draw = ImageDraw.Draw(image)
    for row in range(12):
        draw.text((60, 60 + 70 * row), "许可项目检验检测服务室内环境检测", fill=(20, 20, 20), font=font("hei", 34))
    plain = np.asarray(image).copy()
    draw.rectangle((300, 110, 700, 160), outline=(52, 70, 172), width=4)
    draw.text((310, 116), "此件与原件一致", fill=(52, 70, 172), font=font("song", 36))
    stamp = (np.asarray(image) == (52, 70, 172)).all(axis=2)
    clean = black_print(np.asarray(image))
    assert int(clean[stamp].min()) > 190
    assert np.percentile(clean[(plain < 60).all(axis=2) & ~stamp], 98) < 100
    assert np.array_equal(black_print(plain), plain[..., 0])
    written = Image.new("RGB", (800, 1000), "white")
    ImageDraw.Draw(written).text((60, 60), "蓝色的字", fill=(52, 70, 172), font=font("song", 60))
    assert int(black_print(np.asarray(written)).min()) < 100


def test_a_seals_own_letters_are_no_words_of_the_page_but_print_under_it_is() -> None:
    image = Image.new("RGB", (600, 600), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((150, 150, 450, 450), outline=(214, 38, 40), width=7)
    draw.text((200, 200), "市场监督", fill=(214, 38, 40), font=font("song", 44))
    draw.text((200, 330), "2024年", fill=(30, 30, 30), font=font("song", 44))
    seal = Seal(page=1, box=(0.25, 0.25, 0.75, 0.75), text=None)
    own = Word(text="市场监督", box=(0.32, 0.32, 0.64, 0.42), confidence=1.0)
    date = Word(text="2024年", box=(0.32, 0.54, 0.62, 0.64), confidence=1.0)
    pixels = np.asarray(image)
    assert without_seal_words([own, date], (seal,), pixels) == (date,)
    assert without_seal_words([own, date], (), pixels) == (own, date)
    assert is_in_colour(pixels[190:250, 190:390])
    assert not is_in_colour(pixels[320:390, 190:390])


def test_a_streak_over_the_whole_page_is_taken_off_and_a_rule_of_a_table_is_not() -> None:
    page = np.full((900, 600, 3), 245, dtype=np.uint8)
    page[300:340, 100:130] = 20
    page[100:500, 400:402] = 30
    dirty = page.copy()
    dirty[:, 115:117] = (dirty[:, 115:117] * 0.8).astype(np.uint8)
    clean = without_streaks(dirty)
    assert int(clean[:290, 110:122].min()) > 240
    assert int(clean[310:330, 105:125].max()) < 40
    assert np.array_equal(clean[:, 395:410], page[:, 395:410])
    assert without_streaks(page) is page
    assert np.array_equal(without_streaks(np.ascontiguousarray(np.swapaxes(dirty, 0, 1))), np.swapaxes(clean, 0, 1))


def test_lines_that_hang_together_on_the_map_are_told_from_a_line() -> None:
    likelihood = np.zeros((120, 200), dtype=np.float32)
    likelihood[10:22, 10:180] = 0.95
    assert not tangled_part(likelihood, 0.3).any()
    likelihood[60:72, 10:150] = 0.95
    likelihood[72:100, 12:22] = 0.4
    likelihood[100:112, 10:24] = 0.95
    found = tangled_part(likelihood, 0.3)
    assert found[65, 100]
    assert found[105, 15]
    assert not found[15, 100]


def test_a_wider_look_keeps_within_the_page() -> None:
    near_edge = np.array([[1, 2], [201, 2], [201, 32], [1, 32]], dtype=np.float32)
    found = widened(near_edge, 205, 200)
    assert found.min() == 0
    assert found[:, 0].max() == 205
    assert found[2, 1] == pytest.approx(32 + 30 / 7)


@pytest.mark.ocr
def test_letters_spaced_over_and_under_each_other_are_all_found(engine: RapidEngine) -> None:
    image = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(image)
    label = font("hei", 56)
    for row, text in enumerate(("名称", "主体类型", "住所", "法定代表人", "成立日期")):
        step = (570 - 215 - 56) / (len(text) - 1)
        for n, char in enumerate(text):
            draw.text((215 + step * n, 740 + 96 * row), char, fill=(10, 10, 10), font=label)
        draw.text((610, 740 + 96 * row), "无锡汀屹石检测技术有限公司", fill=(20, 20, 20), font=font("song", 42))
    labels = "".join(word.text for word in engine.recognise(np.asarray(image)) if word.box[2] < 0.36)
    assert sorted(labels.replace(" ", "")) == sorted("名称主体类型住所法定代表人成立日期")


def test_writing_laid_slanting_over_a_page_is_told_from_its_lines() -> None:
    level = [np.array([[0, y], [300, y + 6], [300, y + 36], [0, y + 30]], dtype=np.float32) for y in (0, 60, 120)]
    across = np.array([[0, 300], [260, 150], [275, 176], [15, 326]], dtype=np.float32)
    short = np.array([[0, 300], [30, 270], [50, 290], [20, 320]], dtype=np.float32)
    assert slanting([*level, across, short]) == [False, False, False, True, False]
    assert slanting([]) == []


def test_pale_ink_is_taken_off_the_page_and_print_below_it_stays() -> None:
    plain = text_image("许可范围", (30, 30, 30))
    over = plain.copy()
    over[25:35] = (over[25:35] * 0.75).astype(np.uint8)
    clean = without_pale_ink(over)
    assert int(clean[plain[..., 0] > 245].min()) > 230
    assert int(np.median(clean[plain[..., 0] < 60])) < 20
    assert is_pale(text_image("仅供入驻", (190, 190, 194)))
    assert not is_pale(text_image("许可证", (190, 150, 60)))
    assert not is_pale(plain)


@pytest.mark.ocr
def test_a_value_under_a_watermark_is_read(engine: RapidEngine) -> None:
    image = Image.new("RGB", (1400, 1000), "white")
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(
        ("单位名称：无锡汀屹石检测技术有限公司", "法定代表人：郑泊松", "有效期至：2027年06月01日")
    ):
        draw.text((120, 300 + 80 * row), text, fill=(25, 25, 25), font=font("song", 40))
    over = Image.new("L", (1100, 90), 0)
    ImageDraw.Draw(over).text((10, 10), "此复印件仅供入驻资格审核使用", fill=80, font=font("hei", 64))
    over = over.rotate(28, expand=True)
    image.paste((120, 120, 124), (60, 60), over)
    text = "".join(word.text for word in engine.recognise(np.asarray(image)))
    assert "无锡汀屹石检测技术有限公司" in text
    assert "郑泊松" in text
    assert "2027年06月01日" in text


@pytest.mark.ocr
def test_print_as_pale_as_the_watermark_on_its_page_stays(engine: RapidEngine) -> None:
    image = Image.new("RGB", (1400, 1000), "white")
    draw = ImageDraw.Draw(image)
    draw.text((120, 80), "营业执照副本", fill=(25, 25, 25), font=font("hei", 60))
    printed = ("无锡汀屹石检测技术有限公司", "有限责任公司（自然人独资）", "有效期至：2027年06月01日", "1873层")
    for row, text in enumerate(printed):
        draw.text((120, 740 + 62 * row), text, fill=(168, 168, 168), font=font("song", 40))
    over = Image.new("L", (1000, 90), 0)
    ImageDraw.Draw(over).text((10, 10), "此复印件仅供入驻资格审核使用", fill=80, font=font("hei", 64))
    over = over.rotate(28, expand=True)
    image.paste((120, 120, 124), (300, 180), over)
    text = "".join(word.text for word in engine.recognise(np.asarray(image)))
    for each in (*printed[:1], *printed[2:]):
        assert each.rpartition("：")[2] in text


def test_a_level_line_has_a_direction_and_runs_along_the_page() -> None:
    def corners(wide: float, degrees: float) -> np.ndarray:
        along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * wide
        down = np.array([0.0, 30.0])
        return np.array([(0, 0), along, along + down, down], dtype=np.float32)

    assert [is_level(corners(300, 2)), is_level(corners(300, 28)), is_level(corners(60, 0))] == [True, False, False]


def test_a_letter_cut_in_two_is_found_with_its_line() -> None:
    def placed(text: str, x0: float, x1: float, y0: float = 100) -> Line:
        corners = np.array([[x0, y0], [x1, y0], [x1, y0 + 30], [x0, y0 + 30]], dtype=np.float32)
        return Line(text=text, corners=corners, score=1.0)

    letter_, rest, value = placed("经", 80, 100), placed("圣营者", 91, 187), placed("窦岫", 199, 236)
    assert torn_letters([letter_, rest, value, placed("营者", 105, 187), placed("类型", 91, 187, 40)]) == [
        (letter_, rest)
    ]
    assert around_both(letter_, rest).tolist() == [[80, 100], [187, 100], [187, 130], [80, 130]]


def test_room_for_lost_numerals_is_made_before_a_line_only() -> None:
    line = np.array([[100, 50], [160, 50], [160, 70], [100, 70]], dtype=np.float32)
    near, far = widened(line, 400, 200), widened(line, 400, 200, before=3)
    assert near[0][0] - far[0][0] == pytest.approx(60)
    assert far[1] == pytest.approx(near[1])


@pytest.mark.parametrize(
    ("whole", "same"),
    [
        ("二〇二三年四月十五日", True),
        ("日期：二〇二三年四月十五日", True),
        ("二〇二三年四月十六日", False),
        ("〇二三年四月十五日", False),
        ("日期：三年四月十五日", False),
    ],
)
def test_a_year_is_completed_only_before_the_same_month_and_day(whole: str, same: bool) -> None:
    assert _same_day("三年四月十五日", whole) is same


def test_a_line_that_lost_letters_with_the_pale_ink_gives_way_to_its_first_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines hold arrays, so the one that goes is told by identity; another below it stays."""
    picture = Image.new("RGB", (600, 200), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((20, 20), "无锡汀澜检测有限公司", font=font("song", 40), fill="black")
    pen.text((20, 120), "第二行", font=font("song", 40), fill="black")
    page = np.asarray(picture)

    def line(text: str, x1: float, y0: float) -> Line:
        corners = np.array([[20, y0], [x1, y0], [x1, y0 + 46], [20, y0 + 46]], dtype=np.float32)
        return Line(text=text, corners=corners, score=0.99)

    first = [line("无锡汀澜检测有限公司", 425, 18), line("第二行", 145, 118)]
    again = [line("第二行", 145, 118), line("无锡汀澜", 425, 18)]
    engine = object.__new__(RapidEngine)
    monkeypatch.setattr(RapidEngine, "_lines", lambda *_: again)
    kept = engine._below_watermark(page, first, [False, False])
    assert sorted(each.text for each in kept) == ["无锡汀澜检测有限公司", "第二行"]


def test_coloured_print_is_searched_for_around_itself_only() -> None:
    picture = np.full((600, 400), 255, dtype=np.uint8)
    picture[300:310, 50:120] = 90
    part, (left, top) = around_print(picture)
    assert all(side % 32 == 0 for side in part.shape)
    assert part.shape[0] <= 96
    assert part.shape[1] <= 160
    assert np.array_equal(picture[top : top + part.shape[0], left : left + part.shape[1]], part)
    assert np.count_nonzero(part < 255) == 700
    corner = np.full((600, 400), 255, dtype=np.uint8)
    corner[590:, 380:] = 90
    part, (left, top) = around_print(corner)
    assert (top + part.shape[0], left + part.shape[1]) == corner.shape
    assert around_print(np.full((60, 40), 255, dtype=np.uint8))[0].shape == (60, 40)
