"""Which colour of the picture a line is read from (颜色通道).

Black print under a red seal stands clear in the red channel, where the seal fades; but red print (证照编号, red titles,
white letters on red) fades with it, and a blue stamp is the mirror case. So every line is judged by its own inks.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.model import Box
from qi_pipeline.reading.pixels import Image, connected, counts_of, percentile, plane_of, resized

Plane = npt.NDArray[np.uint8]
"""Height × width: one channel, or what is computed from them."""

RED, GREEN, BLUE = 0, 1, 2

_COLOURED = 48
"""A pixel whose strongest channel leads the others by this much is ink of that colour."""
_DARK = 120
"""A pixel that is darker than this in every channel is black ink."""
_COLOUR_SHARE = 0.0002
"""Share of the page that must be red (or blue) before it is searched for print of that colour."""
_LEFT_SHARE = 0.0001
"""Share of the page that must be of that colour beside the words that are known already: some two small letters."""
_SAMPLE = 2
_WHITE = 255
_ROOM = 32
"""Pixels around coloured print; detection wants sides that are multiples of it."""
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


def strongest(image: Image) -> Plane:
    """The strongest of each pixel's three channels."""
    one, two, three = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(one, two), three), dtype=np.uint8)


def chroma_of(image: Image) -> Plane:
    """By how much each pixel's strongest channel leads its weakest."""
    one, two, three = cv2.split(image)
    light, dark = cv2.max(cv2.max(one, two), three), cv2.min(cv2.min(one, two), three)
    return np.asarray(cv2.subtract(light, dark), dtype=np.uint8)


def share_of(mask: npt.NDArray[np.bool_]) -> float:
    """The share of pixels that the mask holds."""
    return np.count_nonzero(mask) / mask.size if mask.size else 0.0


def middle_of(plane: Plane) -> float:
    """The median of a plane's values; of an even number of them the upper one of the middle."""
    return float(np.searchsorted(np.cumsum(counts_of(plane)), plane.size // 2, side="right"))


def best_channel(piece: Image) -> int:
    """The channel in which the print of one line stands clearest."""
    red, green, blue = cv2.split(piece)
    dark = share_of(np.asarray(cv2.max(cv2.max(red, green), blue)) < _DARK)
    is_red = share_of(np.asarray(cv2.subtract(red, cv2.max(green, blue))) > _COLOURED)
    is_blue = share_of(np.asarray(cv2.subtract(blue, cv2.max(red, green))) > _COLOURED)
    if is_red > 0.02 and is_red > 4 * dark:
        return GREEN
    if is_blue > 0.02 and dark > 0.02 and is_blue > is_red:
        return BLUE
    return RED


def without_colour(piece: Image) -> Plane | None:
    """One line in grey with its seal and stamp inks taken off; None where black and coloured ink don't meet in it.

    A channel in which a seal is pale still shows its star and its dark rim. The red (or blue) ink darkens that channel
    in proportion to how coloured it makes a pixel, so that share is given back; black print has no colour and stays.
    """
    if share_of(strongest(piece) < _DARK) < _STAINED:
        return None
    chroma = chroma_of(piece)
    ink = _coloured_ink(chroma)
    return _black_print(piece, chroma, ink) if share_of(ink) >= _STAINED else None


def is_in_colour(piece: Image) -> bool:
    """Whether what is printed there is all in red or blue ink, as a seal's own letters are, and none of it in black."""
    chroma = chroma_of(piece)
    ink = _coloured_ink(chroma)
    if share_of(ink) < _STAINED:
        return False
    clean = _black_print(piece, chroma, ink)
    paper = percentile(clean, 90)
    return paper - percentile(clean, _STROKE) < _CONTRAST * paper


def _coloured_ink(chroma: Plane) -> npt.NDArray[np.bool_]:
    if not np.any(chroma > _INKED):
        return np.zeros(chroma.shape, dtype=np.bool_)
    ink = np.asarray(chroma > min(255.0, middle_of(chroma) + _INKED))
    return ink if np.count_nonzero(ink) >= _FEWEST else np.zeros_like(ink)


def _black_print(piece: Image, chroma: Plane, ink: npt.NDArray[np.bool_]) -> Plane:
    """The channel in which the coloured ink is palest, with what this ink takes from it given back."""
    channel = plane_of(piece, int(np.argmax(cv2.mean(piece, ink.astype(np.uint8))[:3]))).astype(np.float32)
    coloured = chroma.astype(np.float32)
    paper = float(np.percentile(channel, 90))
    share = max(0.0, float(np.median((paper - channel[ink]) / coloured[ink])))
    return np.clip(channel + share * np.where(ink, coloured, 0.0), 0, 255).astype(np.uint8)


def black_print(image: Image) -> Plane:
    """The page's red channel, in which red seals are pale, with blue stamps taken off as well.

    A page that is printed in blue, or written on in blue more than it is printed, keeps its blue.
    """
    sample = _sampled(image)
    dark = share_of(strongest(sample) < _DARK)
    blueness = _lead(sample, BLUE)
    blue = blueness > _COLOURED
    if not _COLOUR_SHARE < share_of(blue) < dark:
        return plane_of(image, RED)
    red = plane_of(sample, RED)
    paper = percentile(red, 80)
    share = max(0.0, float(np.median((paper - red[blue]) / blueness[blue])))
    tint, whole = _lead(image, BLUE), plane_of(image, RED)
    stamped = tint > _COLOURED / 3
    given_back = whole[stamped].astype(np.float32) + share * tint[stamped].astype(np.float32)
    whole[stamped] = np.clip(given_back, 0, 255).astype(np.uint8)
    return whole


def search_picture(image: Image) -> tuple[Image, float]:
    """The page at the size at which coloured print is searched for, and its scale."""
    scale = min(1.0, _SEARCH_SIDE / max(image.shape[:2]))
    return (image, scale) if scale == 1.0 else (resized(image, scale), scale)


def coloured_print(small: Image, channel: int, known: Iterable[Box] = ()) -> Plane | None:
    """What is red (or blue) on a small page but no seal, as dark print on white.

    None where there is nothing of that colour, or hardly anything of it beside what is ``known`` already.
    """
    strength = _lead(small, channel)
    mask = np.asarray(strength > _COLOURED, dtype=np.uint8)
    if share_of(mask > 0) < _COLOUR_SHARE:
        return None
    _blank_seals(mask)
    if share_of(mask > 0) < _COLOUR_SHARE:
        return None
    left = mask.copy()
    height, width = left.shape
    for x0, y0, x1, y1 in known:
        left[round(y0 * height) : round(y1 * height) + 1, round(x0 * width) : round(x1 * width) + 1] = 0
    if share_of(left > 0) < _LEFT_SHARE:
        return None
    return np.asarray(255 - cv2.add(strength, strength) * mask, dtype=np.uint8)


def around_print(picture: Plane) -> tuple[Plane, tuple[int, int]]:
    """The part of a picture from :func:`coloured_print` that holds its print, with room around it, and its left top."""
    inked = picture < _WHITE
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return picture, (0, 0)
    (top, bottom), (left, right) = (
        _with_room(int(ends[0]), int(ends[-1]) + 1, side)
        for ends, side in zip((rows, columns), picture.shape, strict=True)
    )
    return picture[top:bottom, left:right], (left, top)


def _with_room(first: int, end: int, side: int) -> tuple[int, int]:
    """The stretch with room at both ends, as long as detection wants it where the side is long enough."""
    first, end = max(0, first - _ROOM), min(side, end + _ROOM)
    long = min(side, -(-(end - first) // _ROOM) * _ROOM)
    first = min(first, side - long)
    return first, first + long


def _sampled(image: Image) -> Image:
    """One pixel of four."""
    high, wide = image.shape[:2]
    if high % _SAMPLE or wide % _SAMPLE:
        return np.ascontiguousarray(image[::_SAMPLE, ::_SAMPLE])
    # The same pixels in a fifth of the time.
    small = cv2.resize(image, (wide // _SAMPLE, high // _SAMPLE), interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, dtype=np.uint8)


def _lead(image: Image, channel: int) -> Plane:
    """By how much the channel leads both others at each pixel; 0 where it does not."""
    planes = cv2.split(image)
    one, two = (plane for n, plane in enumerate(planes) if n != channel)
    return np.asarray(cv2.subtract(planes[channel], cv2.max(one, two)), dtype=np.uint8)


def _blank_seals(mask: npt.NDArray[np.uint8]) -> None:
    """Takes out of the mask what lies within a large shape about as high as wide: seals, emblems."""
    height, width = mask.shape
    smallest = _ROUND * min(height, width)
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _labels, boxes = connected(np.asarray(joined, dtype=np.uint8))
    for left, top, wide, tall, _area in boxes[1:].tolist():
        if min(wide, tall) >= smallest and 0.6 < wide / tall < 1.6:
            mask[top : top + tall, left : left + wide] = 0
