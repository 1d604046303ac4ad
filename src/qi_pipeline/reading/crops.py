"""Second readings of single lines from the stored page images (二次识别).

Two kinds, which fail in different ways: by the engine that did not read the page; and by the one that did, from
pictures that differ from what it saw first (without the colours, softened, cut a little otherwise), because a letter
that was guessed is often guessed otherwise then, and one that was read is not. Every line is set straight before.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from qi_pipeline.model import Box
from qi_pipeline.reading.engines import Engine
from qi_pipeline.reading.pixels import Alphabet, Image, percentile, plane_of
from qi_pipeline.reading.protocol import CropRequest, Look

_MARGINS: dict[Look, tuple[float, float]] = {"other": (0.26, 0.64), "colour": (0.10, 0.25), "soft": (0.02, 0.12)}
"""Room above and below, and at the sides of a line, in line heights."""
_BESIDE_CODES = 0.9
"""Room beside a number, so that a figure shows that its box cuts off."""
_SOFT = 0.8
_STEEPEST, _STEP = 6.0, 0.75
"""Degrees by which a line may lie askew, and how finely that is looked for."""
_LONG = 4.0
"""A line so many times as long as high has a slope that can be told."""
_SEARCH_HEIGHT = 36
_BEFORE_END, _BEHIND_END = 0.05, 0.10
"""Where the white behind a number's last figure is looked for, in line heights before and behind the end of its box."""
_TOUCHED = 0.4
"""Share of the rows there that hold ink, from which on the number goes on into a frame or past the picture."""
_NEAR = 8.0
"""Paper and ink are those of so many line heights before the end."""
_WIDTHS = str.maketrans("（），：；－", "(),:;-")
_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@runtime_checkable
class ManyLines(Protocol):
    """An engine that reads many lines cheaper than one by one."""

    def read_many(self, lines: Sequence[tuple[Image, Alphabet]]) -> list[tuple[str, float]]:
        """Text and confidence of each line."""


@runtime_checkable
class Letters(Protocol):
    """An engine that tells how sure it is of each character."""

    def read_letters(self, pieces: Sequence[Image]) -> list[tuple[str, tuple[float, ...]]]:
        """The text of each line, without spaces, and the confidence of each of its characters."""


def read_crops(
    requests: Sequence[CropRequest], engine_for: Callable[[Look], Engine], pages_dir: Path
) -> tuple[tuple[str, float], ...]:
    """Text and confidence of each crop; an empty text where the page image is gone or nothing can be read.

    Nothing can be read either of a number that runs into what stands behind it: its last figure may lie in a frame.
    A page that several engines look at is decoded once.
    """
    pieces = list(_pieces(requests, pages_dir))
    read = [("", 0.0)] * len(requests)
    by_engine: dict[int, tuple[Engine, list[int]]] = {}
    for at, (piece, request) in enumerate(zip(pieces, requests, strict=True)):
        if piece is not None:
            engine = engine_for(request.look)
            by_engine.setdefault(id(engine), (engine, []))[1].append(at)
    for engine, places in by_engine.values():
        known = [(piece, requests[at]) for at in places if (piece := pieces[at]) is not None]
        for at, found in zip(places, _read(engine, known), strict=True):
            read[at] = found
    return tuple(read)


def _read(engine: Engine, known: Sequence[tuple[Image, CropRequest]]) -> Iterator[tuple[str, float]]:
    """The text of each line and its score, or that of the least sure character of what is expected there."""
    if isinstance(engine, ManyLines):
        yield from engine.read_many([(piece, request.alphabet) for piece, request in known])
        return
    spelled: Iterator[tuple[str, tuple[float, ...]]] = iter(())
    if isinstance(engine, Letters):
        spelled = iter(engine.read_letters([piece for piece, request in known if request.expected]))
    for piece, request in known:
        if not request.expected or not isinstance(engine, Letters):
            yield engine.read_crop(piece, _WHOLE, request.alphabet)
        else:
            yield _least_sure(*next(spelled), request.expected)


def _least_sure(text: str, sure: tuple[float, ...], expected: str) -> tuple[str, float]:
    at = text.translate(_WIDTHS).find(expected.translate(_WIDTHS))
    end = at + len(expected) if at >= 0 else len(text)
    # Of a bracket the engine often can't tell how wide it is; no letter is in doubt for that.
    signs = list(zip(text, sure, strict=True))[max(at, 0) : end]
    told = [chance for sign, chance in signs if sign.isalnum()]
    return text, round(min(told, default=min(sure, default=0.0)), 4)


def _pieces(requests: Sequence[CropRequest], pages_dir: Path) -> Iterator[Image | None]:
    for image, group in itertools.groupby(requests, key=lambda request: request.image):
        pixels = _load(pages_dir / Path(image).name)
        for request in group:
            if pixels is None or (request.ends and not ends_in_white(pixels, request.box)):
                yield None
            else:
                yield cut_line(pixels, request.box, request.look, request.alphabet)


def ends_in_white(image: Image, box: Box) -> bool:
    """Whether paper shows behind the last letter within ``box``.

    A detector's box leaves some white around a line. Where there is none, a rule, a frame or the edge of the picture
    took a part of it, and often a letter as well.
    """
    height, width = image.shape[:2]
    end, top, bottom = box[2] * width, box[1] * height, box[3] * height
    tall = bottom - top
    if end >= width - 2:
        return False
    line = np.ascontiguousarray(
        image[int(top) : int(np.ceil(bottom)), int(max(box[0] * width, end - _NEAR * tall)) : int(end), 0]
    )
    middle = slice(int(top + 0.2 * tall), int(np.ceil(bottom - 0.2 * tall)))
    behind = image[middle, int(end - _BEFORE_END * tall) : int(np.ceil(end + _BEHIND_END * tall)), 0]
    if line.size == 0 or behind.size == 0:
        return True
    light, dark = percentile(line, 90), percentile(line, 3)
    return float((behind < (light + dark) / 2).any(axis=1).mean()) < _TOUCHED


def cut_line(image: Image, box: Box, look: Look, alphabet: Alphabet = "chinese") -> Image | None:
    """The line within ``box``, set straight, as this look wants it; None where the box has no area."""
    height, width = image.shape[:2]
    x0, x1, y0, y1 = box[0] * width, box[2] * width, box[1] * height, box[3] * height
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    slope = slope_of(image[int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))])
    tall = (y1 - y0) - abs(slope) * (x1 - x0)
    tall = max(tall, 0.45 * (y1 - y0))
    above, beside = _MARGINS[look]
    if alphabet == "code":
        beside = max(beside, _BESIDE_CODES)
    half_high, half_wide = tall * (0.5 + above), (x1 - x0) / 2 + beside * tall
    size = (max(3, round(2 * half_wide)), max(3, round(2 * half_high)))
    cosine = 1 / float(np.hypot(1, slope))
    turn = np.array([[cosine, -slope * cosine], [slope * cosine, cosine]])  # from the piece to the page
    corner = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - turn @ np.array([half_wide, half_high])
    matrix = np.column_stack([turn, corner]).astype(np.float64)
    piece = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    if look == "colour":
        piece = np.repeat(cv2.cvtColor(piece, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    elif look == "soft":
        piece = cv2.GaussianBlur(piece, (0, 0), _SOFT)
    return np.ascontiguousarray(piece, dtype=np.uint8)


def slope_of(piece: Image) -> float:
    """How many pixels the line in ``piece`` sinks for each pixel to the right; 0 where that can't be told."""
    high, wide = piece.shape[:2]
    if high < 6 or wide < _LONG * high:
        return 0.0
    scale = min(1.0, _SEARCH_HEIGHT / high)
    small = plane_of(piece, 0)
    if scale < 1:
        small = np.asarray(cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    light, dark = percentile(small, 90), percentile(small, 3)
    if light - dark < 30:
        return 0.0
    ink = np.clip((light - small.astype(np.float32)) / (light - dark), 0, 1)
    tall, long = ink.shape
    room = int(np.ceil(np.tan(np.radians(_STEEPEST)) * long / 2)) + 1
    columns = np.arange(long) - long / 2
    rows = np.repeat(np.arange(tall)[:, None], long, axis=1)
    weights = ink.ravel().astype(np.float64)
    best, found = 0.0, 0.0
    for degrees in np.arange(-_STEEPEST, _STEEPEST + _STEP / 2, _STEP):
        slope = float(np.tan(np.radians(degrees)))
        # All pixels of a column move alike, by whole rows.
        at = rows + (np.rint(-slope * columns).astype(int) + room)[None, :]
        profile = np.bincount(at.ravel(), weights=weights, minlength=tall + 2 * room)
        sharp = float(np.sum(np.diff(profile) ** 2)) * (1.02 if abs(degrees) < _STEP / 2 else 1.0)
        if sharp > best:
            best, found = sharp, slope
    return found


def _load(path: Path) -> Image | None:
    if not path.is_file():
        return None
    state = path.stat()
    return _decoded(path, state.st_ino, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _decoded(path: Path, _inode: int, _changed: int, _size: int) -> Image | None:
    """The page's pixels, kept for the next look: the lines of one page are asked for again and again."""
    found = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_COLOR_RGB)
    if found is None:
        return None
    found.setflags(write=False)
    return np.asarray(found, dtype=np.uint8)
