"""The changed recognition network: a short line reads on a narrow sheet as it reads filled up to the taught width."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.errors import InstallationError
from qi_pipeline.reading import line_model
from qi_pipeline.reading.engines import load_engine
from qi_pipeline.reading.line_model import Grey, LineModel, Spelled, filled_width, scaled_width
from qi_pipeline.reading.line_network import without_filling
from qi_pipeline.reading.rapid import RapidEngine

SHORT = ("1", "14", "名", "日", "2027", "住所", "(副本)", "GB/T", "0.4mg", "许霁", "法定代表", "05月11日", "JJG-30")


@pytest.fixture(scope="module")
def model() -> LineModel:
    engine = load_engine("rapidocr")
    assert isinstance(engine, RapidEngine)
    return engine.lines_model


def pictures() -> list[Grey]:
    drawn: list[Grey] = []
    noise = np.random.default_rng(7)
    for number, text in enumerate(SHORT * 4):
        face, size = ("song", "hei", "kai", "song")[number % 4], 26 + number % 9
        image = Image.new("L", (10 + int(0.99 * size * len(text)), size + 14 + number % 5), 236)
        ImageDraw.Draw(image).text((4, 5), text, fill=70, font=font(face, size))
        rough = np.asarray(image) + noise.normal(0, 9, (image.height, image.width))
        drawn.append(np.clip(rough, 0, 255).astype(np.uint8))
    return [each for each in drawn if filled_width(scaled_width(each)) < 320]


@pytest.mark.ocr
def test_a_short_line_reads_as_if_filled_up(model: LineModel, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = pictures()
    assert len(lines) > 40
    narrow = model.read(lines)
    monkeypatch.setattr(line_model, "filled_width", lambda _width: 320)
    full = model.read(lines)
    assert [bare(each) for each in narrow] == [bare(each) for each in full]
    assert np.mean([abs(one.score - other.score) for one, other in zip(narrow, full, strict=True)]) < 0.01
    for one, other in zip(narrow, full, strict=True):
        assert one.centres == pytest.approx(other.centres, abs=0.06)


def bare(read: Spelled) -> str:
    return "".join(read.text.split())


def test_another_network_is_refused_and_the_remedy_named() -> None:
    openvino: Any = pytest.importorskip("openvino")
    ops = openvino.opset13
    given = ops.parameter([1, 3, 48, -1], np.float32)
    other = openvino.Model([ops.relu(given)], [given])
    with pytest.raises(InstallationError, match="locked version of rapidocr"):
        without_filling(other)
