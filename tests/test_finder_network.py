"""The rebuilt end of the detection network: the same map, and another network refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.errors import InstallationError
from qi_pipeline.reading import models
from qi_pipeline.reading.finder_network import unfolded, with_small_end


@pytest.mark.ocr
def test_the_map_is_the_same_but_for_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Image.new("L", (640, 480), 240)
    for row in range(9):
        text = "检验检测机构资质认定证书 2027年10月11日"[row:]
        ImageDraw.Draw(page).text((20 + 9 * row, 20 + 50 * row), text, fill=60, font=font("song", 18 + row))
    maps = []
    for change in (with_small_end, lambda model: model):
        monkeypatch.setattr(models, "with_small_end", change)
        finder, _lines = models.load_models(1600, 0.35)
        maps.append(map_of(finder, np.asarray(page)))
    rebuilt, original = maps
    assert rebuilt.shape == original.shape == (1, 1, 480, 640)
    assert (original > 0.3).mean() > 0.05
    assert np.abs(rebuilt - original).max() < 0.05
    assert ((rebuilt > 0.3) != (original > 0.3)).mean() < 0.0005


def map_of(finder: Any, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    seen: list[npt.NDArray[np.float32]] = []
    boxes = finder._boxes
    finder._boxes = lambda likely, shape: seen.append(np.array(likely)) or boxes(likely, shape)
    assert len(finder.find(picture)) >= 9
    return seen[0]


def test_two_doubling_layers_are_two_layers_of_single_places() -> None:
    draw = np.random.default_rng(1)
    first, second = draw.normal(size=(3, 5, 2, 2)), draw.normal(size=(5, 1, 2, 2))
    given = draw.normal(size=(3, 4, 6))
    inner, outer = unfolded(first, second)
    grown = np.einsum("oi,ihw->ohw", inner[:, :, 0, 0], given)
    flat = np.einsum("oi,ihw->ohw", outer[:, :, 0, 0], np.maximum(grown, 0))
    laid_out = flat.reshape(4, 4, 4, 6).transpose(2, 0, 3, 1).reshape(16, 24)
    assert laid_out == pytest.approx(doubled(np.maximum(doubled(given, first), 0), second)[0], abs=1e-4)


def doubled(given: npt.NDArray[Any], weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
    made = np.zeros((weights.shape[1], 2 * given.shape[1], 2 * given.shape[2]))
    for row in (0, 1):
        for column in (0, 1):
            made[:, row::2, column::2] = np.einsum("io,ihw->ohw", weights[:, :, row, column], given)
    return made


def test_another_network_is_refused_and_the_remedy_named() -> None:
    openvino: Any = pytest.importorskip("openvino")
    ops = openvino.opset13
    given = ops.parameter([1, 3, -1, -1], np.float32)
    with pytest.raises(InstallationError, match="locked version of rapidocr"):
        with_small_end(openvino.Model([ops.relu(given)], [given]))
