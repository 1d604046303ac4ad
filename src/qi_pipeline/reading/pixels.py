"""What engines are handed: pictures as arrays, and what a crop of one holds."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Height × width × 3, red first."""

Alphabet = Literal["chinese", "code", "date"]
"""What a crop holds: a name or sentence; letters and digits; a date or a number with Chinese units."""


def resized(image: Image, scale: float) -> Image:
    """The picture, or one plane of it, at ``scale``.

    It is halved by the mean of four pixels while it can be, and only the rest, less than another half, is interpolated:
    no pixel is left out, at a fifth of what averaging over odd areas costs.
    """
    if scale >= 1:
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    while size[0] <= image.shape[1] // 2 and size[1] <= image.shape[0] // 2:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
