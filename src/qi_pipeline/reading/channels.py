"""Which colour of the picture a line is read from (颜色通道).

Black print under a red seal stands clear in the red channel, where the seal fades; but red print (证照编号, red titles,
white letters on red) fades with it, and a blue stamp is the mirror case. So every line is judged by its own inks.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.engines import Image

RED, GREEN, BLUE = 0, 1, 2

_COLOURED = 48
"""A pixel whose strongest channel leads the others by this much is ink of that colour."""
_DARK = 120
"""A pixel that is darker than this in every channel is black ink."""
_RED_PRINT_SHARE = 0.0002
"""Share of the page that must be red before it is searched for red print."""
_SEARCH_SIDE = 960
_ROUND = 0.07
"""A red shape whose box is at least this large a part of the page's shorter side, and as high as wide, is a seal."""


def grey_of(image: Image, channel: int) -> Image:
    """One channel as a grey RGB image."""
    return np.repeat(image[:, :, channel : channel + 1], 3, axis=2)


def best_channel(piece: Image) -> int:
    """The channel in which the print of one line stands clearest."""
    red, green, blue = (piece[:, :, c].astype(np.int16) for c in range(3))
    dark = float(np.mean((red < _DARK) & (green < _DARK) & (blue < _DARK)))
    is_red = float(np.mean(red - np.maximum(green, blue) > _COLOURED))
    is_blue = float(np.mean(blue - np.maximum(red, green) > _COLOURED))
    if is_red > 0.02 and is_red > 4 * dark:
        return GREEN
    if is_blue > 0.02 and dark > 0.02 and is_blue > is_red:
        return BLUE
    return RED


def red_print(image: Image) -> tuple[Image, float] | None:
    """A small picture of what is red on the page but no seal, as dark print on white, and its scale; None: nothing."""
    height, width = image.shape[:2]
    scale = min(1.0, _SEARCH_SIDE / max(height, width))
    small = (
        np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)) if scale < 1 else image
    )
    red, green, blue = (small[:, :, c].astype(np.int16) for c in range(3))
    redness = np.clip(red - np.maximum(green, blue), 0, 255).astype(np.uint8)
    mask = (redness > _COLOURED).astype(np.uint8)
    _blank_seals(mask)
    if float(mask.mean()) < _RED_PRINT_SHARE:
        return None
    kept = np.where(mask > 0, redness, 0)
    picture = 255 - np.clip(kept.astype(np.int16) * 2, 0, 255).astype(np.uint8)
    return np.repeat(picture[:, :, None], 3, axis=2), scale


def _blank_seals(mask: npt.NDArray[np.uint8]) -> None:
    """Takes out of the mask what lies within a large shape about as high as wide: seals, emblems."""
    height, width = mask.shape
    smallest = _ROUND * min(height, width)
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for left, top, wide, tall, _area in boxes[1:count]:
        if min(wide, tall) >= smallest and 0.6 < wide / tall < 1.6:
            mask[top : top + tall, left : left + wide] = 0
