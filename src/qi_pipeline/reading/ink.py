"""Handwriting on a page (手写笔迹): patches of pen strokes that are no print, rule line, code or seal.

An engine may read a signature as a word, often in one segment with its label, and may miss a printed one, so words
alone don't tell. Print keeps to the height of its line; a pen reaches above and below it, joins and slants, and is
often blue. A patch says only that somebody wrote there: whether that is the signature asked for, its place decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.model import Box, Ink, Word
from qi_pipeline.reading.pixels import Image, connected

_SIDE = 1700
"""Longer side of the image that is looked at: some 145 dpi on A4, strokes of 2 to 4 pixels."""
_RED = 30
_BLUE = 18
_LINE = 70
"""Pixels of a rule line; no pen stroke is as long and straight."""
_LOWEST, _TALLEST = 0.006, 0.09
"""Height of handwriting as a share of the longer side."""
_SHORTEST, _WIDEST = 0.010, 0.42
_LEVEL_PRINT = 0.42
"""Share of level and upright strokes from which small unread letters count as print."""
_REACHES = 1.35
"""Height over that of print from which strokes within a line are a pen's."""
_LONGEST_WORD = 30
_RING = 0.055
"""Smallest side of a seal's ring as a share of the longer side; what lies within one is no handwriting."""
_THICKEST = 9.5
"""Half the width of a stroke, in pixels; thicker is a picture or a headline."""

_TITLE = re.compile(r"(?:证书|执照|许可证|核准证|批准书|CERTIFICATE)(?:附[件表])?(?:[(（].{2,8}[)）])?$")
"""How the title of a certificate ends."""
_TITLE_HEIGHT = 1.15
"""Height of a title over that of usual print at least."""
_SIGNED = re.compile(r"承诺|(?<!授权)签[字名章署]|[盖公]章|手写")
"""Wording of what somebody signs, a letter of commitment before all."""

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patch:
    """Bounds in pixels of the working image, and its strokes."""

    x: int
    y: int
    strokes: Mask

    @property
    def high(self) -> int:
        return int(self.strokes.shape[0])

    @property
    def wide(self) -> int:
        return int(self.strokes.shape[1])


def may_be_signed(words: Sequence[Word]) -> bool:
    """Whether pen strokes on a page with these words may matter: not on what is titled a certificate and asks for none.

    >>> title = Word(text="营业执照", box=(0.3, 0.1, 0.7, 0.16), confidence=1.0)
    >>> name, asked = (Word(text=t, box=(0.1, 0.3, 0.6, 0.32), confidence=1.0) for t in ("名称某某", "签字："))
    >>> may_be_signed([title, name]), may_be_signed([title, name, asked]), may_be_signed([name])
    (False, True, True)
    """
    texts = ["".join(word.text.split()) for word in words]
    if any(_SIGNED.search(text) for text in texts):
        return True
    usual = float(np.median([word.box[3] - word.box[1] for word in words])) if words else 0.0
    return not any(
        _TITLE.search(text) and word.box[3] - word.box[1] >= _TITLE_HEIGHT * usual
        for word, text in zip(words, texts, strict=True)
    )


def find_ink(image: Image, words: Sequence[Word]) -> tuple[Ink, ...]:
    """Patches of handwriting on an upright RGB page whose words are given; boxes in fractions of the page."""
    scale = _SIDE / max(image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=method), dtype=np.uint8)
    height, width = small.shape[:2]
    strokes, blue = _strokes(small)
    strokes = _without_rings(strokes)
    boxes = [_pixels(word.box, width, height) for word in words]
    usual = _print_height(strokes, boxes)
    free = strokes.copy()
    for word, (x0, y0, x1, y1) in zip(words, boxes, strict=True):
        pad = max(1, round(0.06 * (y1 - y0)))
        printed = _printed_parts(word, strokes[y0:y1, x0:x1], blue[y0:y1, x0:x1], usual)
        for start, end in printed:
            free[max(0, y0 - pad) : y1 + pad, max(0, x0 + start - pad) : x0 + end + pad] = 0
    found: list[Ink] = []
    for patch in _patches(free):
        area = blue[patch.y : patch.y + patch.high, patch.x : patch.x + patch.wide]
        if _is_pen(patch, area, usual):
            box = (
                patch.x / width,
                patch.y / height,
                (patch.x + patch.wide) / width,
                (patch.y + patch.high) / height,
            )
            found.append(Ink(box=box, density=round(float((patch.strokes > 0).mean()), 4)))
    return tuple(sorted(found, key=lambda ink: (round(ink.box[1], 2), ink.box[0])))


def _strokes(small: Image) -> tuple[Mask, Mask]:
    """Dark and blue strokes without red ink and rule lines, and which pixels are blue."""
    red, green, blue = cv2.split(small)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    dark = np.asarray(
        cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 51, 22), dtype=np.uint8
    )
    is_red = np.asarray(cv2.subtract(red, cv2.max(green, blue)) > _RED, dtype=np.uint8)
    is_blue = (cv2.subtract(blue, cv2.max(red, green)) > _BLUE) & (dark > 0)
    dark[cv2.dilate(is_red, np.ones((3, 3), np.uint8)) > 0] = 0
    across = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, _LINE), np.uint8))
    down = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_LINE, 1), np.uint8))
    rules = (np.asarray(cv2.dilate(across, np.ones((3, 1), np.uint8))) > 0) | (
        np.asarray(cv2.dilate(down, np.ones((1, 3), np.uint8))) > 0
    )
    dark[rules] = 0
    # A stroke that crossed a rule line is whole again.
    healed = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((5, 3), np.uint8)), dtype=np.uint8)
    dark = np.where(rules, healed, dark).astype(np.uint8)
    return dark, is_blue.astype(np.uint8)


def _without_rings(strokes: Mask) -> Mask:
    """The strokes without seal rings (grey ones; red is gone already) and what they enclose."""
    kept = strokes.copy()
    outlines, _tree = cv2.findContours(strokes, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if all(min(cv2.boundingRect(outline)[2:]) < _RING * _SIDE for outline in outlines):
        return kept  # as on most pages, and sooner told than areas are counted
    _labels, stats = connected(strokes)
    large = np.minimum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]) >= _RING * _SIDE
    for x, y, wide, high, area in stats[1:][large].tolist():
        if not 0.75 < wide / high < 1.33 or area > 0.3 * wide * high:
            continue
        rim = np.zeros((high, wide), dtype=np.uint8)
        cv2.ellipse(rim, ((wide / 2, high / 2), (0.96 * wide, 0.96 * high), 0.0), (1.0,), max(3, wide // 22))
        inked = strokes[y : y + high, x : x + wide] > 0
        turns = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        band = np.asarray(cv2.dilate((inked & (rim > 0)).astype(np.uint8), np.ones((5, 5), np.uint8)))
        ys = np.clip(high / 2 + 0.48 * high * np.sin(turns), 0, high - 1).astype(int)
        xs = np.clip(wide / 2 + 0.48 * wide * np.cos(turns), 0, wide - 1).astype(int)
        if float((band[ys, xs] > 0).mean()) > 0.7:
            cv2.ellipse(kept, ((x + wide / 2, y + high / 2), (1.03 * wide, 1.03 * high), 0.0), (0.0,), cv2.FILLED)
    return kept


def _print_height(strokes: Mask, boxes: Sequence[tuple[int, int, int, int]]) -> float:
    """The usual height of printed letters in pixels, from the strokes within the words' boxes."""
    heights = []
    for x0, y0, x1, y1 in boxes:
        rows = np.nonzero(strokes[y0:y1, x0:x1].any(axis=1))[0]
        if len(rows) and x1 - x0 > 3 * (y1 - y0):
            heights.append(rows[-1] - rows[0] + 1)
    return float(np.median(heights)) if heights else 0.015 * _SIDE


def _printed_parts(word: Word, strokes: Mask, blue: Mask, usual: float) -> list[tuple[int, int]]:
    """Stretches of the word's box, from and to in pixels, that hold print; the rest was written by a pen."""
    wide = strokes.shape[1]
    ink = strokes > 0
    if len(word.text) > _LONGEST_WORD or not ink.any():
        return [(0, wide)]
    if word.confidence < 0.7 or float(blue[ink].mean()) > 0.6:
        return []
    window = max(6, round(0.9 * usual))
    step = max(3, window // 3)
    written = np.zeros(wide, dtype=bool)
    high = ink.shape[0]
    inked = np.count_nonzero(ink, axis=0)
    some = inked > 0
    first = np.where(some, ink.argmax(axis=0), high).tolist()
    last = np.where(some, high - 1 - ink[::-1].argmax(axis=0), -1).tolist()
    dark, tinted = (np.cumsum(each).tolist() for each in (inked, np.count_nonzero(ink & (blue > 0), axis=0)))
    for start in range(0, max(1, wide - window // 2), step):
        end = min(wide, start + window)
        reaches = max(last[start:end]) - min(first[start:end]) + 1 > _REACHES * usual
        before = (dark[start - 1], tinted[start - 1]) if start else (0, 0)
        if reaches or 2 * (tinted[end - 1] - before[1]) > dark[end - 1] - before[0]:
            written[start:end] = True
    if written.mean() > 0.9 and len(word.text) > 6:
        return [(0, wide)]  # a headline: all of it is tall
    parts: list[tuple[int, int]] = []
    begun: int | None = None
    for index, flag in enumerate([*written.tolist(), True]):
        if not flag and begun is None:
            begun = index
        elif flag and begun is not None:
            parts.append((begun, index))
            begun = None
    return parts


def _pixels(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = box
    left, top = max(0, int(x0 * width)), max(0, int(y0 * height))
    return left, top, max(left + 1, math.ceil(x1 * width)), max(top + 1, math.ceil(y1 * height))


def _patches(free: Mask) -> Iterator[_Patch]:
    """Strokes gathered to patches: what one movement of writing leaves close together."""
    kept = _without_specks(free)
    reach = round(0.007 * _SIDE)
    joined = np.asarray(cv2.dilate(kept, np.ones((reach, 2 * reach), np.uint8)), dtype=np.uint8)
    labels, stats = connected(joined)
    for index, (x, y, wide, high, _area) in enumerate(stats[1:].tolist(), 1):
        own = np.where(labels[y : y + high, x : x + wide] == index, kept[y : y + high, x : x + wide], 0)
        ys, xs = np.nonzero(own)
        if len(xs) == 0:
            continue
        x0, x1, y0, y1 = int(xs.min()), int(xs.max()) + 1, int(ys.min()), int(ys.max()) + 1
        yield _Patch(x=x + x0, y=y + y0, strokes=np.asarray(own[y0:y1, x0:x1], dtype=np.uint8))


def _without_specks(free: Mask) -> Mask:
    labels, stats = connected(free)
    large = (np.maximum(stats[:, 2], stats[:, 3]) >= 7) & (stats[:, 4] >= 14)
    large[0] = False
    kept = np.zeros_like(free)
    for index in np.flatnonzero(large).tolist():
        x, y, wide, high, _area = stats[index].tolist()
        kept[y : y + high, x : x + wide][labels[y : y + high, x : x + wide] == index] = 255
    return kept


def _is_pen(patch: _Patch, blue: Mask, usual: float) -> bool:
    if not _LOWEST * _SIDE <= patch.high <= _TALLEST * _SIDE:
        return False
    if not _SHORTEST * _SIDE <= patch.wide <= _WIDEST * _SIDE:
        return False
    ink = patch.strokes > 0
    density = float(ink.mean())
    if not 0.02 < density < 0.5:
        return False
    depth = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    if float(depth.max()) > _THICKEST:
        return False
    length = ink.sum() / max(1.0, 2 * float(np.mean(depth[ink])))
    if length < 1.6 * patch.high or length < 30:
        return False
    if float(blue[ink].mean()) > 0.45:
        return True
    if patch.high > _REACHES * usual and _tallest(patch.strokes) > 0.9 * usual:
        return True
    return patch.high > 0.6 * usual and _level_share(patch.strokes) < _LEVEL_PRINT


def _tallest(strokes: Mask) -> int:
    """Height of the tallest connected stroke."""
    _labels, stats = connected(strokes)
    return int(stats[1:, 3].max()) if len(stats) > 1 else 0


def _level_share(strokes: Mask) -> float:
    """Share of the ink in level or upright strokes: about a half in print, a quarter in handwriting."""
    ink = (strokes > 0).astype(np.uint8)
    total = float(ink.sum())
    if total == 0:
        return 1.0
    reach = max(7, round(0.3 * min(strokes.shape[0], 40)))
    across = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8)))
    down = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8)))
    return float(((across > 0) | (down > 0)).sum()) / total
