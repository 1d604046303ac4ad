"""How much of a seal's ink lies on each pixel: red, blue, black and gold (印泥), freed from the paper's own tint."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.pixels import Image

Colour = Literal["red", "blue", "black", "gold"]
Ink = npt.NDArray[np.float32]
"""Strength of the ink on each pixel, from 0 (paper) to 255 (full)."""

_STRONGEST_TINT = 25
"""Paper is tinted no more strongly than this; what is, is ink."""
_PAPER_WINDOW = 31
"""Side of the median window on an image an eighth in size: wider than strokes, narrower than a shadow."""


def ink_map(image: Image, colour: Colour) -> Ink:
    """The strength of one ink on an RGB image; print of other colours and the paper count as none."""
    red, green, blue = (np.asarray(plane, dtype=np.uint8) for plane in cv2.split(image))
    if colour == "red":
        # Gold and orange print have much more green than blue; vermilion hardly.
        led = cv2.subtract(red, cv2.max(green, blue), dtype=cv2.CV_16S)
        yellow = np.maximum(np.asarray(cv2.subtract(green, blue), dtype=np.uint8), 24) - 24
        raw = cv2.subtract(led, yellow >> 1, dtype=cv2.CV_32F)
    elif colour == "blue":
        between = (red & green) + ((red ^ green) >> 1)
        raw = cv2.subtract(blue, cv2.max(red, between), dtype=cv2.CV_32F)
    elif colour == "gold":
        led = cv2.subtract(cv2.min(red, green), blue, dtype=cv2.CV_16S)
        apart = np.asarray(cv2.absdiff(red, green), dtype=np.uint8)
        raw = cv2.subtract(led, apart >> 1, dtype=cv2.CV_32F)
    else:
        raw = 255 - (red.astype(np.int16) * 3 + green.astype(np.int16) * 6 + blue) // 10
    strength = np.asarray(raw, dtype=np.float32)
    if colour == "gold":
        return np.asarray(np.maximum(strength - 20, 0), dtype=np.float32)
    free = cv2.subtract(strength, _paper(strength, 255 if colour == "black" else _STRONGEST_TINT))
    return np.asarray(cv2.threshold(free, 0, 0, cv2.THRESH_TOZERO)[1], dtype=np.float32)


def _paper(strength: Ink, strongest: int) -> Ink:
    """The ink's strength on bare paper around each pixel, ``strongest`` at most."""
    height, width = strength.shape
    small = cv2.resize(strength, (max(8, width // 8), max(8, height // 8)), interpolation=cv2.INTER_AREA)
    eight = np.clip(small + 128, 0, 255).astype(np.uint8)
    window = min(_PAPER_WINDOW, (min(eight.shape) - 1) | 1)
    median = cv2.medianBlur(eight, window)
    smooth = np.clip(np.asarray(median, dtype=np.float32) - 128, -strongest, strongest)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
