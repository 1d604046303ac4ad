"""QR codes and barcodes on a page, decoded with zxing-cpp.

A licence carries a QR code of some 20 mm, a management-system certificate often several of 10 mm; on a page
published at 500 pixels a module is then hardly one pixel wide, so small pages are read again enlarged. Symbologies
that carry no check of their own (ITF, Codabar, DataBar) are not read: rule lines and guilloches imitate them.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import zxingcpp

from qi_pipeline.model import Box, Code
from qi_pipeline.reading.pixels import Image, connected, halved, resized

_QUICK = (
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.Code39,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
)
"""Searched for on the whole page; on it halved once more those that may be larger than it can tell."""
_HALVED = (_QUICK[0], zxingcpp.BarcodeFormat.PDF417)
_SQUARE = (zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.DataMatrix)
"""The search for these over a whole page takes longer than for all others together, so it is made on smaller ones."""
_SHORTEST_CODE39 = 6
_SMALL_SIDE = 1700
"""Pages with a shorter long side are read again at twice the size; square kinds are searched for at this size."""
_HALVED_SIDE = 1150
"""Large codes and stacked bars are searched for on the page halved while its longer side stays above this."""
_MARGIN = 4
"""A crop has a margin of this part of its candidate's width on each side."""
_AROUND, _BUSY = 15, 70
"""Around a pixel of a code the mean edge in so many pixels each way is stronger than this, down and across."""
_FEWEST_CHANGES = 7
"""Changes between ink and paper along a line through a code of 14 modules; the codes met with have 13 and more."""
_CROP_SIDE = 900
"""A crop around a candidate is enlarged to about this."""


def find_codes(image: Image, page: int) -> tuple[Code, ...]:
    """Every code that can be decoded on an upright RGB page, from top to bottom; boxes in fractions of the page."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    height, width = grey.shape
    found = _decode(grey, (0.0, 0.0), 1.0, page, (width, height), kinds=_QUICK, once=True)
    if max(width, height) <= _SMALL_SIDE:
        larger = _resized(grey, 2)
        found = _merge(found, _decode(larger, (0.0, 0.0), 2.0, page, (width, height), kinds=_QUICK))
    least = _HALVED_SIDE / max(width, height)
    less = halved(grey, (int(width * least), int(height * least)))
    found = _merge(found, _decode(less, (0.0, 0.0), less.shape[1] / width, page, (width, height), kinds=_HALVED))
    scale = min(1.0, _SMALL_SIDE / max(width, height))
    less = resized(grey, scale) if scale < 1 else grey
    found = _merge(found, _decode(less, (0.0, 0.0), scale, page, (width, height), kinds=_SQUARE, once=True))
    for x, y, w, h in _candidates(grey):
        if any(_touches(code.box, (x / width, y / height, (x + w) / width, (y + h) / height)) for code in found):
            continue
        if not _is_ragged(grey[y : y + h, x : x + w]):
            continue
        for crop, scale in _enlarged(grey[y : y + h, x : x + w]):
            more = _decode(crop, (float(x), float(y)), scale, page, (width, height))
            if more:
                found = _merge(found, more)
                break
    return tuple(sorted(found, key=lambda code: (round(code.box[1], 2), code.box[0])))


def _decode(
    grey: Image,
    origin: tuple[float, float],
    scale: float,
    page: int,
    size: tuple[int, int],
    *,
    kinds: Sequence[zxingcpp.BarcodeFormat] = (),
    once: bool = False,
) -> list[Code]:
    """Black codes of some ``kinds`` on the page, or square ones of any colour on a crop.

    ``origin``: where the crop begins; ``scale``: how much it is enlarged; ``once``: looked for in this size only.
    """
    formats = zxingcpp.BarcodeFormats(list(kinds or (_QUICK[0], *_SQUARE)))
    codes = []
    for barcode in zxingcpp.read_barcodes(
        np.ascontiguousarray(grey), formats=formats, try_invert=not kinds, try_downscale=not once
    ):
        text = barcode.text.strip()
        if not text or (barcode.format == zxingcpp.BarcodeFormat.Code39 and len(text) < _SHORTEST_CODE39):
            continue
        position = barcode.position
        corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
        xs = [(origin[0] + corner.x / scale) / size[0] for corner in corners]
        ys = [(origin[1] + corner.y / scale) / size[1] for corner in corners]
        box = (max(0.0, min(xs)), max(0.0, min(ys)), min(1.0, max(xs)), min(1.0, max(ys)))
        codes.append(Code(page=page, box=box, text=text))
    return codes


def _merge(known: list[Code], more: list[Code]) -> list[Code]:
    """``known`` and those of ``more`` that stand elsewhere."""
    return known + [code for code in more if not any(_touches(code.box, old.box) for old in known)]


def _touches(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _candidates(grey: Image) -> list[tuple[int, int, int, int]]:
    """Square dense patches with many edges in both directions, as a QR code looks from afar; at most eight."""
    height, width = grey.shape
    scale = min(1.0, 800 / max(height, width))
    small = resized(grey, scale)
    blur = cv2.GaussianBlur(small, (0, 0), 1)
    # Sums of whole numbers are compared, so that nothing is rounded.
    across, down = (
        cv2.boxFilter(np.abs(cv2.Sobel(blur, cv2.CV_16S, *way)), cv2.CV_32S, (_AROUND, _AROUND), normalize=False)
        for way in ((1, 0), (0, 1))
    )
    mask = (np.minimum(across, down) > _BUSY * _AROUND**2).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)), dtype=np.uint8)
    _labels, stats = connected(mask)
    boxes = []
    for x, y, w, h, area in stats[1:].tolist():
        if not 0.6 <= w / h <= 1.6 or min(w, h) < 18 or max(w, h) > 300 or area < 0.6 * w * h:
            continue
        margin = max(6, w // _MARGIN)
        left, top = max(0, x - margin), max(0, y - margin)
        right, bottom = min(small.shape[1], x + w + margin), min(small.shape[0], y + h + margin)
        boxes.append((area, tuple(int(v / scale) for v in (left, top, right - left, bottom - top))))
    boxes.sort(key=lambda item: -item[0])
    return [(b[0], b[1], b[2], b[3]) for _area, b in boxes[:8]]


def _is_ragged(crop: Image) -> bool:
    """Whether ink and paper change as often as in a code, down and across; in large letters they don't."""
    margin = round(crop.shape[1] / (_MARGIN + 2))
    inner = crop[margin:-margin, margin:-margin] if min(crop.shape) > 2 * margin + 2 else crop
    _level, ink = cv2.threshold(inner, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    down, across = np.count_nonzero(ink[1:] != ink[:-1]), np.count_nonzero(ink[:, 1:] != ink[:, :-1])
    return bool(min(down / ink.shape[1], across / ink.shape[0]) >= _FEWEST_CHANGES)


def _enlarged(crop: Image) -> list[tuple[Image, float]]:
    """The crop as one tries it: enlarged, then also sharpened, then smoothed, with the scale used."""
    if min(crop.shape) < 8:
        return []
    scale = float(np.clip(_CROP_SIDE / max(crop.shape), 1.0, 4.0))
    large = _resized(crop, scale)
    soft = cv2.GaussianBlur(large, (0, 0), scale)
    sharp = cv2.addWeighted(large, 2.0, soft, -1.0, 0)
    return [(large, scale), (np.asarray(sharp, dtype=np.uint8), scale), (np.asarray(soft, dtype=np.uint8), scale)]


def _resized(grey: Image, scale: float) -> Image:
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method), dtype=np.uint8)
