"""Streaks of a dirty scanner (扫描划痕): thin lines straight down or across a whole page, taken off before it is read.

A speck on the glass of a document feeder draws one pixel column over every page. It is no print, but an engine that
looks for lines of text loses the letters it touches and whole labels beside it.
"""

from __future__ import annotations

import numpy as np

from qi_pipeline.reading.pixels import Image

_REACH = 3
"""Pixels to either side that are paper where a streak runs; rules and frames are thicker or end earlier."""
_DARKER = 8
_LENGTH = 0.75
"""Share of the page that a streak runs over at least; print that it crosses hides the rest."""
_SAMPLE = 4
_MOST = 12
"""More such columns are a pattern of the paper, not dirt."""


def without_streaks(image: Image) -> Image:
    """The page without streaks, down or across; the very same array where there are none."""
    down = _cleaned(image)
    turned = np.swapaxes(down, 0, 1)
    across = _cleaned(turned)
    return down if across is turned else np.ascontiguousarray(np.swapaxes(across, 0, 1))


def _cleaned(image: Image) -> Image:
    """The page with dark columns painted like the paper at their sides, except where print crosses them."""
    if min(image.shape[:2]) < 8 * _REACH:
        return image
    sample = image[::_SAMPLE, :, 1]
    columns = np.flatnonzero(_darker(sample).mean(axis=0) > _LENGTH) + _REACH
    if not 0 < len(columns) <= _MOST:
        return image
    cleaned = image.copy()
    for column in columns:
        left, here, right = (image[:, column + shift] for shift in (-_REACH, 0, _REACH))
        paper = (left.astype(np.int16) + right) // 2
        free = np.abs(left.astype(np.int16) - right).max(axis=1) < 2 * _DARKER
        cleaned[free, column] = np.maximum(here, paper.astype(np.uint8))[free]
    return cleaned


def _darker(grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which pixels are darker than those at both sides."""
    values = grey.astype(np.int16)
    middle = values[:, _REACH:-_REACH]
    return np.asarray(np.minimum(values[:, : -2 * _REACH], values[:, 2 * _REACH :]) - middle > _DARKER)
