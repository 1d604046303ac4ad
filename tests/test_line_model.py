"""Single lines read by the model itself: as the library reads them, many at once, each with its letters' places."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.reading.engines import load_engine
from qi_pipeline.reading.line_model import HEIGHT, LineModel, filled_width, scaled_width
from qi_pipeline.reading.rapid import RapidEngine

TEXTS = (
    "无锡汀屹石检测技术有限公司",
    "名称",
    "91320214MA2XK7QH3L",
    "检验检测服务；计量技术服务；认证咨询；标准化服务；环境保护监测",
    "2027年10月11日",
)


def picture(text: str) -> np.ndarray:
    image = Image.new("L", (24 + 32 * len(text), 52), 250)
    ImageDraw.Draw(image).text((12, 8), text, fill=30, font=font("song", 30))
    return np.asarray(image)


@pytest.fixture(scope="module")
def model() -> LineModel:
    engine = load_engine("rapidocr")
    assert isinstance(engine, RapidEngine)
    return engine.lines_model


def test_a_line_is_filled_up_to_one_of_a_few_widths_and_never_cut() -> None:
    widths = range(1, 4000)
    assert all(filled_width(width) >= width for width in widths)
    assert all(filled_width(width) <= 1.13 * width for width in widths if width >= 320)
    assert len({filled_width(width) for width in widths}) < 50
    assert scaled_width(np.zeros((24, 100), dtype=np.uint8)) == 200
    assert scaled_width(np.zeros((HEIGHT, 3), dtype=np.uint8)) == 3


@pytest.mark.ocr
def test_lines_of_many_widths_come_back_in_their_order_as_if_read_alone(model: LineModel) -> None:
    pictures = [picture(text) for text in TEXTS]
    together = model.read(pictures)
    assert ["".join(each.text.split()) for each in together] == list(TEXTS)
    assert together == [model.read([each])[0] for each in pictures]
    assert model.read([]) == []


@pytest.mark.ocr
@pytest.mark.parametrize("count", [7, 8, 11])
def test_short_lines_read_together_read_as_if_alone(model: LineModel, count: int) -> None:
    texts = [f"第{n + 1}类项目"[: 3 + n % 4] for n in range(count)]
    pictures = [picture(text) for text in (*texts, TEXTS[3])]
    together = model.read(pictures)
    assert together == [model.read([each])[0] for each in pictures]
    assert "".join(together[-1].text.split()) == TEXTS[3]
    assert ["".join(each.text.split()) for each in together[:-1]] == texts


@pytest.mark.ocr
def test_nothing_of_a_longer_line_is_left_in_a_shorter_one(model: LineModel) -> None:
    alone = model.read([picture("名称")])
    model.read([picture("无锡汀屹石检测")])  # of the same width once filled up
    assert model.read([picture("名称")]) == alone


@pytest.mark.ocr
def test_every_letter_has_its_place_and_its_score(model: LineModel) -> None:
    (read,) = model.read([picture(TEXTS[0])])
    assert len(read.sure) == len(read.text)
    assert len(read.centres) == len(TEXTS[0])
    for at, centre in enumerate(read.centres):
        assert centre == pytest.approx((12 + 30 * (at + 0.5)) / (24 + 32 * len(TEXTS[0])), abs=0.03)
    assert min(read.sure) <= read.score <= max(read.sure)


@pytest.mark.ocr
def test_an_empty_picture_has_no_text(model: LineModel) -> None:
    (read,) = model.read([np.full((40, 200), 250, dtype=np.uint8)])
    assert (read.text, read.sure, read.centres) == ("", (), ())
