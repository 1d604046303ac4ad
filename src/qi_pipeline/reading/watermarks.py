"""Writing laid over a copy to bind it to one purpose (水印: 此复印件仅供…使用), told from the print below it.

Such writing runs slanting over the page and is paler than its print. A detector makes one blotch of both, and a title
or a value that it crosses is lost. So where slanting lines are found, the page is looked at again without its pale ink.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.channels import black_print
from qi_pipeline.reading.pixels import Image

_SLANT = 12.0
"""Degrees from the usual direction of the page's lines; a crooked scan turns all lines alike."""
_LONG = 3.0
"""A slanting line is so many times as long as high: the direction of shorter ones is chance."""
_PALE = 0.62
"""Share of the paper's brightness from which ink is too pale for print."""
_BLACK = 0.15
_TINT = 40
_SMALL = 4
"""The paper's brightness is taken from a picture so many times smaller."""
_STROKE = 4
"""Per cent of a line that its strokes cover at least."""


def slanting(corners: Sequence[npt.NDArray[np.float32]]) -> list[bool]:
    """For each line, given by its corners, whether it slants against the other lines of the page."""
    long = [_length(c) > _LONG * _height(c) for c in corners]
    angles = [_angle(c) for c in corners]
    sure = [angle for angle, is_long in zip(angles, long, strict=True) if is_long and abs(angle) < 45]
    usual = float(np.median(sure)) if sure else 0.0
    return [is_long and _SLANT < abs(angle - usual) < 90 - _SLANT for angle, is_long in zip(angles, long, strict=True)]


def is_level(corners: npt.NDArray[np.float32]) -> bool:
    """Whether a line is long enough to have a direction, and runs along the page: no writing laid over it does."""
    return _length(corners) > _LONG * _height(corners) and abs(_angle(corners)) < _SLANT / 2


def without_pale_ink(image: Image) -> Image:
    """The page as grey RGB with white paper and only what is as dark as print on it."""
    grey = black_print(image)
    ratio = grey / np.maximum(_paper(grey), 1.0)
    dark = np.clip((ratio - _BLACK) / (_PALE - _BLACK), 0.0, 1.0)
    return np.repeat((dark * 255).astype(np.uint8)[:, :, None], 3, axis=2)


def is_pale(piece: Image) -> bool:
    """Whether what is written there is grey and too pale for print; a golden title is not."""
    chroma = piece.max(axis=2).astype(np.int16) - piece.min(axis=2)
    if float(np.percentile(chroma, 100 - _STROKE)) - float(np.median(chroma)) > _TINT:
        return False
    grey = piece[:, :, 0]
    return float(np.percentile(grey, _STROKE)) > _PALE * float(np.percentile(grey, 90))


def _paper(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """How bright the paper is at each pixel."""
    small = cv2.resize(grey, None, fx=1 / _SMALL, fy=1 / _SMALL, interpolation=cv2.INTER_AREA)
    even = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 31)
    return np.asarray(cv2.resize(even, (grey.shape[1], grey.shape[0])), dtype=np.float32)


def _length(corners: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]))


def _height(corners: npt.NDArray[np.float32]) -> float:
    return float(np.linalg.norm(corners[3] - corners[0]))


def _angle(corners: npt.NDArray[np.float32]) -> float:
    across = corners[1] - corners[0]
    return float(np.degrees(np.arctan2(across[1], across[0])))
