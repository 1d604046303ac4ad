"""The letters of a PDF page's text layer (文本层字符), and the printed pieces of line that they make.

Letters come from PDFium in the order in which the file paints them, which is nearly always the order of reading, so
neighbours are compared with their neighbours only. A piece ends where the paper leaves a wide gap, the letters change
size, the line ends, or a rule stands between.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Box
from qi_pipeline.policy import Limits
from qi_pipeline.reading.pdf_frame import PageFrame
from qi_pipeline.reading.ruled_grid import Line

GAP = 1.3
"""A gap of so many letter heights ends a run."""
CHANGED, CHANGED_GAP = 1.15, 0.5
"""Letters that grow or shrink by so much after half a letter's gap begin another run: a value after its label."""
SPACE = 0.22
"""A gap of so many letter heights between letters that are not Chinese is a space."""
_SAME_LINE = 0.5
"""Share of the lower letter's height that two letters of one line have in common."""
_WIDE = 0x2E80
"""From this code on letters are Chinese, and no space is printed between them."""
_LEANS = 0.05
"""Sine of the angle by which an upright letter may lean: stamps set aslant are no text of the page."""
_HYPHEN = (0x02, 0xFFFE)
"""What PDFium says for a hyphen at the end of a line."""
_UPRIGHT_RULE = 4.0
_LEAP = 2.0
"""A gap of so many letter heights, or another line, is looked at twice."""
_OFF_LINE = 0.75
"""A letter so many letter heights off the line of its own text is put there wrongly."""
_BELOW, _ABOVE = 0.12, 0.88
"""How far a Chinese letter reaches below and above its line, in letter heights."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring letters of one line, in points of the upright page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    first: Box
    """The box of its first letter."""
    last: Box
    """The box of its last letter."""


def read_pieces(
    text: Any,  # noqa: ANN401 - PDFium's text page
    frame: PageFrame,
    upright: Sequence[Line],
    limits: Limits,
    *,
    gap: float = GAP,
) -> tuple[list[Piece], float]:
    """The pieces of line of a page in the file's order, and the share of letters without a meaning.

    A ``gap`` of so many letter heights ends a piece.
    """
    codes, boxes, unknown = _letters(text, frame, limits)
    if not len(codes):
        return [], 0.0
    share = unknown / len(codes)
    keep = _kept(codes, boxes, frame)
    codes, boxes = codes[keep], boxes[keep]
    if not len(codes):
        return [], share
    return _pieces(codes, boxes, upright, gap), share


def _letters(text: Any, frame: PageFrame, limits: Limits) -> tuple[npt.NDArray[np.int64], Numbers, int]:  # noqa: ANN401
    """Codes and boxes of the upright letters, and how many of them the file gives no meaning."""
    count = max(0, pdfium.FPDFText_CountChars(text))
    if count > limits.page_characters:
        raise PacketError("too_large", f"a page has more than {limits.page_characters} characters; split it up")
    code_of, box_of, angle_of = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetCharAngle,
    )
    broken = pdfium.FPDFText_HasUnicodeMapError
    found = pdfium.FS_RECTF()
    into = ctypes.byref(found)
    turned = math.atan2(frame.matrix[1], frame.matrix[0])  # how the page's own rightward stands on the upright page
    codes: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    unknown = 0
    last: Box | None = None
    moved: _Placed | None = None
    for index in range(count):
        code = code_of(text, index)
        if code in _HYPHEN:
            code = 0x2D
        if code <= 0x20 or code in (0xA0, 0x3000) or 0xD800 <= code < 0xE000:
            continue
        if abs(math.sin(angle_of(text, index) - turned)) > _LEANS or not box_of(text, index, into):
            continue
        if broken(text, index) == 1:
            unknown += 1
            code = 0xFFFD
        box = (found.left, found.bottom, found.right, found.top)
        if last is None or _leaps(last, box):
            placed = _painted_at(text, index, code, moved)
            box, moved = (box, None) if placed is None else (placed.box, placed)
        last = box
        codes.append(code)
        boxes.append(box)
    if not codes:
        return np.zeros(0, np.int64), np.zeros((0, 4)), 0
    return np.array(codes, dtype=np.int64), _upright(np.array(boxes, dtype=np.float64), frame), unknown


def _leaps(last: Box, box: Box) -> bool:
    """Whether a letter does not go on where the last one ended."""
    tall = max(last[3] - last[1], box[3] - box[1])
    level = min(last[3], box[3]) - max(last[1], box[1])
    return level <= _SAME_LINE * tall or not -tall <= box[0] - last[2] <= _LEAP * tall


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A letter set right, and where its text begins in the file."""

    begins: tuple[float, float]
    along: float
    box: Box


def _painted_at(text: Any, index: int, code: int, before: _Placed | None) -> _Placed | None:  # noqa: ANN401
    """Where a letter stands that PDFium puts off its own line; None for all others.

    What a file gives as ``ActualText``, as browsers do for 人, 日, 无 and others whose glyph a radical shares, PDFium
    takes through the page's matrix twice; the matrix of the text itself says where it is painted. ``before`` is the
    letter set right just before, which may belong to the same text.
    """
    matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    if not (
        pdfium.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
        and pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    ):
        return None
    size, scale = pdfium.FPDFText_GetFontSize(text, index), math.hypot(matrix.a, matrix.b)
    off = abs(matrix.a * (y.value - matrix.f) - matrix.b * (x.value - matrix.e))
    if size <= 0 or scale <= 0 or off <= _OFF_LINE * size * scale * scale:
        return None
    begins = (matrix.e, matrix.f)
    start = before.along if before is not None and before.begins == begins else 0.0
    stop = start + (size if code >= _WIDE else size / 2)
    corners = [(along, up) for along in (start, stop) for up in (-_BELOW * size, _ABOVE * size)]
    xs = [matrix.a * along + matrix.c * up + matrix.e for along, up in corners]
    ys = [matrix.b * along + matrix.d * up + matrix.f for along, up in corners]
    return _Placed(begins=begins, along=stop, box=(min(xs), min(ys), max(xs), max(ys)))


def _upright(boxes: Numbers, frame: PageFrame) -> Numbers:
    """Boxes of the page's own space in points of the upright page."""
    a, b, c, d, e, f = frame.matrix
    xs = np.stack([a * boxes[:, 0] + c * boxes[:, 1], a * boxes[:, 2] + c * boxes[:, 3]]) + e
    ys = np.stack([b * boxes[:, 0] + d * boxes[:, 1], b * boxes[:, 2] + d * boxes[:, 3]]) + f
    return np.stack([xs.min(axis=0), ys.min(axis=0), xs.max(axis=0), ys.max(axis=0)], axis=1)


def _kept(codes: npt.NDArray[np.int64], boxes: Numbers, frame: PageFrame) -> npt.NDArray[np.intp]:
    """Which letters stand on the page, each once: fake bold prints them twice."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = (
        (middles[:, 0] >= 0) & (middles[:, 0] <= frame.width) & (middles[:, 1] >= 0) & (middles[:, 1] <= frame.height)
    )
    grain = np.maximum(1.0, 0.25 * (boxes[:, 3] - boxes[:, 1]))
    places = np.round(middles / grain[:, None]).astype(np.int64)
    keys = np.stack([codes, places[:, 0], places[:, 1]], axis=1)
    _values, first = np.unique(keys, axis=0, return_index=True)
    first.sort()
    kept: npt.NDArray[np.intp] = first[inside[first]]
    return kept


def _pieces(codes: npt.NDArray[np.int64], boxes: Numbers, upright: Sequence[Line], most: float) -> list[Piece]:
    x0, y0, x1, y1 = boxes.T
    height = np.maximum(y1 - y0, 1e-3)
    gap = x0[1:] - x1[:-1]
    tallest, lowest = np.maximum(height[1:], height[:-1]), np.minimum(height[1:], height[:-1])
    common = np.minimum(y1[1:], y1[:-1]) - np.maximum(y0[1:], y0[:-1])
    ends = (
        (common <= _SAME_LINE * lowest)
        | (gap > most * tallest)
        | (x0[1:] < x0[:-1])
        | ((gap > CHANGED_GAP * tallest) & (tallest > CHANGED * lowest))
    )
    middles, levels = (x0 + x1) / 2, (y0 + y1) / 2
    rules = sorted(line for line in upright if line[2] - line[1] > _UPRIGHT_RULE)
    if rules:
        at = np.searchsorted(np.array([rule[0] for rule in rules]), middles)
        for index in np.nonzero(~ends & (at[1:] != at[:-1]))[0]:
            between = rules[min(at[index], at[index + 1]) : max(at[index], at[index + 1])]
            ends[index] = any(top <= levels[index + 1] <= bottom for _, top, bottom in between)
    wide = codes >= _WIDE
    spaced = np.concatenate([[False], (gap > SPACE * height[1:]) & ~wide[1:] & ~wide[:-1] & ~ends])
    letters = [
        f" {chr(code)}" if space else chr(code) for code, space in zip(codes.tolist(), spaced.tolist(), strict=True)
    ]
    starts = np.concatenate([[0], np.nonzero(ends)[0] + 1])
    stops = np.concatenate([starts[1:], [len(codes)]])
    tops, bottoms = np.minimum.reduceat(y0, starts), np.maximum.reduceat(y1, starts)
    lefts, rights = np.minimum.reduceat(x0, starts), np.maximum.reduceat(x1, starts)
    corners = [(float(a), float(b), float(c), float(d)) for a, b, c, d in boxes.tolist()]
    return [
        Piece(
            text="".join(letters[start:stop]),
            x0=left,
            y0=top,
            x1=right,
            y1=bottom,
            first=corners[start],
            last=corners[stop - 1],
        )
        for start, stop, left, top, right, bottom in zip(
            starts.tolist(),
            stops.tolist(),
            lefts.tolist(),
            tops.tolist(),
            rights.tolist(),
            bottoms.tolist(),
            strict=True,
        )
    ]


def is_wide(letter: str) -> bool:
    """Whether the letter is Chinese, so that no space stands beside it."""
    return ord(letter) >= _WIDE
