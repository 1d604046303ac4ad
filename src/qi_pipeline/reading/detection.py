"""Lines of text out of a detector's map of likelihoods (文本行检测后处理), also where lines hang together in it.

A detector marks every pixel with how likely it belongs to a line. Letters that stand far apart in a line and close
to those above and below it (名 称 above 主 体 类 型) run together into one blotch in the shape of a T or a comb, which
fits no box and is thrown away with all that it holds. Such a blotch falls into its lines at a higher likelihood.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.line_model import BRIGHTNESS, Grey, Network
from qi_pipeline.reading.text_lines import Corners

Likelihood = npt.NDArray[np.float32]
"""1 × 1 × height × width, 0 to 1."""

_FILLED = 0.72
"""A line fills at least so much of the smallest box around it."""
_PARTED_FROM = 0.8
"""Likelihood at which what hangs together is taken apart."""
_SMALLEST = 120
"""Pixels of a blotch on the map; smaller ones hold no two lines."""
_ONE_ROW = 10
"""Pixels between the tops of neighbours in one row."""
_LOW = 0.45
"""What is left of a bridge between two lines is lower than this share of a usual line."""
_MULTIPLE = 32
"""Pictures are stretched to sides that are multiples of this, as the model wants; it loses lines of filled-up ones."""


class LineFinder:
    """The loaded detection model."""

    def __init__(self, network: Network, boxes: Any, side: int) -> None:  # noqa: ANN401 - an untyped library
        self._network = network
        self._boxes = PartedBoxes(boxes)
        self._side = side

    def find(self, picture: Grey) -> list[Corners]:
        """Corners of every line of text, in pixels, by rows from the top."""
        shape = picture.shape[0], picture.shape[1]
        scale = min(1.0, self._side / max(shape))
        high, wide = (round(int(side * scale) / _MULTIPLE) * _MULTIPLE for side in shape)
        if high == 0 or wide == 0:
            return []
        small = cv2.resize(np.ascontiguousarray(picture), (wide, high), interpolation=cv2.INTER_LINEAR)
        sheet = np.empty((1, 3, high, wide), dtype=np.float32)
        sheet[0] = cv2.LUT(small, BRIGHTNESS)
        boxes, _scores = self._boxes(self._network.ask({"x": sheet}), shape)
        return by_rows([np.asarray(box, dtype=np.float32) for box in boxes])


def by_rows(boxes: list[Corners]) -> list[Corners]:
    """The boxes from the top, those that begin at about one height from the left."""
    down = sorted(boxes, key=lambda box: float(box[0, 1]))
    rows: list[list[Corners]] = []
    for box in down:
        if rows and box[0, 1] - rows[-1][-1][0, 1] < _ONE_ROW:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: float(box[0, 0]))]


class PartedBoxes:
    """The library's way from the map to boxes, with blotches of several lines taken apart first."""

    def __init__(self, boxes: Any) -> None:  # noqa: ANN401 - an untyped library
        self._boxes = boxes

    def __call__(self, likelihood: Likelihood, shape: tuple[int, int]) -> tuple[npt.NDArray[np.int32], list[float]]:
        """Boxes of four corners in pixels of an image of ``shape``, and their scores."""
        usual = self._boxes.thresh
        tangled = tangled_part(likelihood[0, 0], usual)
        if not tangled.any():
            boxes, scores = self._boxes(likelihood, shape)
            return boxes, list(scores)
        boxes, scores = self._boxes(np.where(tangled, 0, likelihood), shape)
        self._boxes.thresh = _PARTED_FROM
        try:
            parted, sure = self._boxes(np.where(tangled, likelihood, 0), shape)
        finally:
            self._boxes.thresh = usual
        if len(boxes) == 0 or len(parted) == 0:
            return (parted, list(sure)) if len(boxes) == 0 else (boxes, list(scores))
        lowest = _LOW * float(np.median([_height(box) for box in boxes]))
        kept = [n for n, box in enumerate(parted) if _height(box) >= lowest]
        if not kept:
            return boxes, list(scores)
        return np.concatenate([boxes, parted[kept]]), [*scores, *(sure[n] for n in kept)]


def tangled_part(likelihood: npt.NDArray[np.float32], threshold: float) -> npt.NDArray[np.bool_]:
    """Where on the map blotches lie that fit no box, and so may hold several lines."""
    mask = (likelihood > threshold).astype(np.uint8)
    tangled = np.zeros(mask.shape, dtype=np.uint8)
    outlines, _tree = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        area = cv2.contourArea(outline)
        if area < _SMALLEST:
            continue
        _centre, (wide, high), _angle = cv2.minAreaRect(outline)
        if area < _FILLED * wide * high:
            cv2.drawContours(tangled, [outline], -1, (1.0,), cv2.FILLED)
    return np.asarray(tangled > 0)


def _height(box: npt.NDArray[np.int32]) -> float:
    return min(float(np.linalg.norm(box[0] - box[1])), float(np.linalg.norm(box[1] - box[2])))
