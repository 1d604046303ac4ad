"""Which colour of the picture a line is read from (颜色通道).

Black print under a red seal stands clear in the red channel, where the seal fades; but red print (证照编号, red titles,
white letters on red) fades with it, and a blue stamp is the mirror case. So every line is judged by its own inks.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.pixels import Image

RED, GREEN, BLUE = 0, 1, 2

_COLOURED = 48
"""A pixel whose strongest channel leads the others by this much is ink of that colour."""
_DARK = 120
"""A pixel that is darker than this in every channel is black ink."""
_COLOUR_SHARE = 0.0002
"""Share of the page that must be red (or blue) before it is searched for print of that colour."""
_SAMPLE = 2
_STAINED = 0.012
"""Share of coloured and of black pixels from which on both kinds of ink lie in one line."""
_INKED = 40
"""A pixel whose strongest channel leads its weakest by so much more than the paper's is coloured ink."""
_FEWEST = 30
_STROKE = 4
"""Per cent of a line that its strokes cover at least."""
_CONTRAST = 0.3
"""Share of the paper's brightness by which black print is darker than it."""
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


def without_colour(piece: Image) -> Image | None:
    """One line as grey RGB with its seal and stamp inks taken off; None where black and coloured ink don't meet in it.

    A channel in which a seal is pale still shows its star and its dark rim. The red (or blue) ink darkens that channel
    in proportion to how coloured it makes a pixel, so that share is given back; black print has no colour and stays.
    """
    values = piece.astype(np.float32)
    ink = _coloured_ink(values)
    black = float(np.mean(values.max(axis=2) < _DARK))
    if float(ink.mean()) < _STAINED or black < _STAINED:
        return None
    return np.repeat(_black_print(values, ink)[:, :, None], 3, axis=2)


def is_in_colour(piece: Image) -> bool:
    """Whether what is printed there is all in red or blue ink, as a seal's own letters are, and none of it in black."""
    values = piece.astype(np.float32)
    ink = _coloured_ink(values)
    if float(ink.mean()) < _STAINED:
        return False
    clean = _black_print(values, ink)
    paper = float(np.percentile(clean, 90))
    return paper - float(np.percentile(clean, _STROKE)) < _CONTRAST * paper


def _coloured_ink(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    chroma = values.max(axis=2) - values.min(axis=2)
    ink = np.asarray(chroma - float(np.median(chroma)) > _INKED)
    return ink if int(ink.sum()) >= _FEWEST else np.zeros_like(ink)


def _black_print(values: npt.NDArray[np.float32], ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The channel in which the coloured ink is palest, with what this ink takes from it given back."""
    chroma = values.max(axis=2) - values.min(axis=2)
    channel = values[:, :, int(np.argmax(values[ink].mean(axis=0)))]
    paper = float(np.percentile(channel, 90))
    share = max(0.0, float(np.median((paper - channel)[ink] / chroma[ink])))
    return np.clip(channel + share * np.where(ink, chroma, 0.0), 0, 255).astype(np.uint8)


def black_print(image: Image) -> Image:
    """The page's red channel as grey RGB, in which red seals are pale, with blue stamps taken off as well.

    A page that is printed in blue, or written on in blue more than it is printed, keeps its blue.
    """
    sample = image[::_SAMPLE, ::_SAMPLE].astype(np.int16)
    blueness = sample[:, :, BLUE] - np.maximum(sample[:, :, RED], sample[:, :, GREEN])
    blue = blueness > _COLOURED
    dark = float(np.mean(sample.max(axis=2) < _DARK))
    if not _COLOUR_SHARE < float(np.mean(blue)) < dark:
        return grey_of(image, RED)
    red = sample[:, :, RED]
    paper = float(np.percentile(red, 80))
    share = max(0.0, float(np.median((paper - red)[blue] / blueness[blue])))
    whole = image.astype(np.float32)
    tint = np.clip(whole[:, :, BLUE] - np.maximum(whole[:, :, RED], whole[:, :, GREEN]), 0, None)
    clean = np.clip(whole[:, :, RED] + share * np.where(tint > _COLOURED / 3, tint, 0.0), 0, 255).astype(np.uint8)
    return np.repeat(clean[:, :, None], 3, axis=2)


def coloured_print(image: Image, channel: int) -> tuple[Image, float] | None:
    """A small picture of what is red (or blue) on the page but no seal, as dark print on white, and its scale.

    None where there is nothing of that colour.
    """
    height, width = image.shape[:2]
    scale = min(1.0, _SEARCH_SIDE / max(height, width))
    small = (
        np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)) if scale < 1 else image
    )
    own = small[:, :, channel].astype(np.int16)
    others = np.delete(small, channel, axis=2).max(axis=2).astype(np.int16)
    strength = np.clip(own - others, 0, 255).astype(np.uint8)
    mask = (strength > _COLOURED).astype(np.uint8)
    _blank_seals(mask)
    if float(mask.mean()) < _COLOUR_SHARE:
        return None
    kept = np.where(mask > 0, strength, 0)
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
