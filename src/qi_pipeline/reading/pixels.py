"""What engines are handed: pictures as arrays, and what a crop of one holds."""

from __future__ import annotations

import math
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Height × width × 3, red first."""

Alphabet = Literal["chinese", "code", "date"]
"""What a crop holds: a name or sentence; letters and digits; a date or a number with Chinese units."""


_LOOKED_AT = 1200
"""Longer side, in pixels, of the picture in which marks are looked for: blurred lines of print still stand out."""
_MARGIN = 0.05
"""Share of each side that is left out: a scanner's dark rim is no print."""
_DARKER = 32
_MARKED_SHARE = 0.004


def is_marked(image: Image) -> bool:
    """Whether the picture shows more than blank paper: print that is too blurred to be read, stains, a dark desk."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    small = np.asarray(resized(grey, min(1.0, _LOOKED_AT / max(grey.shape))))
    high, wide = (round(side * _MARGIN) for side in small.shape[:2])
    inside = small[high : small.shape[0] - high, wide : small.shape[1] - wide]
    if not inside.size:
        return False
    paper = float(np.percentile(inside, 75))
    return bool(np.mean(inside < paper - _DARKER) > _MARKED_SHARE)


def resized(image: Image, scale: float) -> Image:
    """The picture, or one plane of it, at ``scale``.

    It is halved by the mean of four pixels while it can be, and only the rest, less than another half, is interpolated:
    no pixel is left out, at a fifth of what averaging over odd areas costs.
    """
    if scale >= 1:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(halved(image, size), size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def halved(image: Image, size: tuple[int, int]) -> Image:
    """The picture halved, by the mean of four pixels, as often as it stays no smaller than ``size``, wide and high.

    An odd last row or column is left out: halving what is not even costs seven times as much.
    """
    while size[0] <= image.shape[1] // 2 and size[1] <= image.shape[0] // 2:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        even = image[: 2 * half[1], : 2 * half[0]]
        image = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return image


def plane_of(image: Image, channel: int) -> Image:
    """One channel of the picture, as an array of its own."""
    return np.asarray(cv2.extractChannel(image, channel), dtype=np.uint8)


def percentile(plane: Image, share: float) -> float:
    """What ``numpy.percentile`` gives of a plane, in a fraction of the time: values are counted, not sorted.

    >>> percentile(np.array([[10, 20], [30, 40]], dtype=np.uint8), 50)
    25.0
    """
    last = np.cumsum(counts_of(plane))
    at = share / 100 * (plane.size - 1)
    before = math.floor(at)
    low, high = (int(value) for value in np.searchsorted(last, (before, min(before + 1, plane.size - 1)), side="right"))
    part = at - before
    # From the nearer end, as numpy does: the other way rounds otherwise.
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def counts_of(plane: Image) -> npt.NDArray[np.int64]:
    """How often each of the 256 values stands in a plane of at most 16 million pixels."""
    return np.asarray(cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel(), dtype=np.int64)


def connected(mask: Image) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Which connected area (8 neighbours) each pixel of a mask belongs to; left, top, width, height, pixels of each.

    Area 0 is what is not in the mask. The way that the library takes by itself needs twice the time on print.
    """
    _count, labels, stats, _centres = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    return np.asarray(labels, dtype=np.int32), np.asarray(stats, dtype=np.int32)
