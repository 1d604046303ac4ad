"""Seals (印章) on a page: where they stand, in which ink, and the names they bear.

A seal is a thin ring with letters inside it. A red disc (国徽), a red frame with text (年报提示), titles and logos have
ink too, but no such ring, or no letters along it; where colour does not tell (blue, black, grey copies) a ring counts
only with a name on it. Gold relief seals of certificates are found as discs; their name is rarely legible.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.model import Seal
from qi_pipeline.reading.pixels import Image, halved, resized
from qi_pipeline.reading.seal_faces import OVAL_RATIO, Face, face_of, foot_lines
from qi_pipeline.reading.seal_inks import Colour, ink_map
from qi_pipeline.reading.seal_reading import LEAST_SURE, Reading, RecogniseText, read_arc, read_foot
from qi_pipeline.reading.seal_rings import SMALLEST, Ring, find_rings

_SIDE = 1200
"""Longer side of the image on which rings are looked for."""
_THRESHOLD = {"red": 24.0, "blue": 30.0, "black": 34.0, "gold": 30.0}
_HALF_GOLD = 0.5
"""Share of a gold seal's box that is gold at least."""
_GOLD_BRUSH = 25
"""What is drawn thinner is no gold disc."""
_FEWEST_PIXELS = 250
"""Less ink than this on the small image is no seal."""
_SUPPORT = {"red": 0.55, "blue": 0.75, "black": 0.75}
"""Share of the ring that must be inked: colour sets a red ring apart, other rings must be whole."""
_PALER = 0.6
"""Share of its strength that thin ink keeps at least on an image in half the size."""
_SOLID = 0.2
_FINE_RADIUS = 110
"""Pixels of a ring's radius from which its letters are drawn well: a 40 mm seal at 140 dpi."""
_WHOLE = 0.97
"""Share of a ring on the page from which it is not cut."""
_MOST = 12
"""Rings read on one page at most."""


Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    seal: Seal
    ring: Ring
    worth: float


def find_seals(image: Image, page: int, recognise: RecogniseText, printed: Sequence[str] = ()) -> tuple[Seal, ...]:
    """Every seal on an upright RGB page, from top to bottom; boxes in fractions of the page.

    ``recognise`` reads a picture of one horizontal line; see :class:`~qi_pipeline.reading.seal_reading.RecogniseText`.
    ``printed``: the lines of print on the page; a name that stands there as well is looked at once only.
    """
    scale = _SIDE / max(image.shape[:2])
    small = resized(image, scale)
    found: list[_Found] = []
    less = halved(small, (_SIDE // 4, _SIDE // 4))
    coloured = np.zeros(small.shape[:2], np.uint8)
    for colour in ("red", "blue", "black"):
        seen = coloured & _discs([one.ring.scaled(scale) for one in found], coloured)
        for ring in _rings(small, less, colour, coloured, seen):
            big = ring.scaled(1 / scale)
            if any(_covers(old.ring, big) for old in found):
                continue
            one = _judge(image, big, colour, page, recognise, printed)
            if one is not None:
                found = [old for old in found if not _covers(big, old.ring) or old.worth > one.worth] + [one]
    seals = [one.seal for one in found]
    seals += [seal for seal in _gold(small, less, page) if not any(_near(seal, other) for other in seals)]
    return tuple(sorted(seals, key=lambda seal: (round(seal.box[1], 2), seal.box[0])))


def _rings(small: Image, less: Image, colour: Colour, coloured: Mask, seen: Mask) -> Iterator[Ring]:
    """Rings of one ink on the small image, best first; ``less``: the same in half the size.

    Where there is red and blue ink is noted in ``coloured``; what of it was ``seen`` to be a seal is no black ink.
    """
    threshold = _THRESHOLD[colour]
    if colour != "black" and not _has_ink(less, colour, _FEWEST_PIXELS):
        return
    ink = ink_map(small, colour)
    if colour == "black":
        ink[cv2.dilate(seen, np.ones((3, 3), np.uint8)) > 0] = 0
    if colour != "red":
        ink = _without_print(np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.7), dtype=np.float32), threshold)
    inked = np.asarray(ink > threshold, dtype=np.uint8)
    if np.count_nonzero(inked) < _FEWEST_PIXELS:
        return
    coloured |= inked
    yield from (ring for ring in find_rings(ink, threshold)[:_MOST] if ring.support >= _SUPPORT[colour])


def _discs(rings: Sequence[Ring], like: Mask) -> Mask:
    """Where these rings lie."""
    discs = np.zeros_like(like)
    for ring in rings:
        axes = (2.1 * ring.wide, 2.1 * ring.high)
        cv2.ellipse(discs, ((ring.x, ring.y), axes, ring.angle), (1.0,), cv2.FILLED)
    return discs


def _has_ink(less: Image, colour: Colour, pixels: float) -> bool:
    """Whether a page in half the size may have so many pixels of this ink in its full one; strokes are paler there."""
    return int(np.count_nonzero(ink_map(less, colour) > _PALER * _THRESHOLD[colour])) >= _PALER * pixels / 4


def _without_print(
    ink: np.ndarray[tuple[int, ...], np.dtype[np.float32]], threshold: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The dark ink without letters: only connected strokes as large as a ring stay."""
    mask = (ink > threshold).astype(np.uint8)
    smallest = 1.6 * SMALLEST * _SIDE
    kept = np.zeros_like(ink)
    outlines, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for index, outline in enumerate(outlines):
        x, y, wide, high = cv2.boundingRect(outline)
        if min(wide, high) <= smallest or tree[0, index, 3] >= 0:  # small, or a hole
            continue
        own = np.zeros((high, wide), np.uint8)
        cv2.drawContours(own, outlines, index, (1.0,), cv2.FILLED, cv2.LINE_8, tree, 1, (-x, -y))
        own &= mask[y : y + high, x : x + wide]
        if np.count_nonzero(own) < 0.5 * wide * high:
            np.copyto(kept[y : y + high, x : x + wide], ink[y : y + high, x : x + wide], where=own > 0)
    return kept


def _judge(
    image: Image, ring: Ring, colour: Colour, page: int, recognise: RecogniseText, printed: Sequence[str]
) -> _Found | None:
    """The seal at a ring, or None where it is none."""
    face = face_of(image, ring, colour)
    if face.solid > _SOLID or not 0.03 < face.letters < 0.62:
        return None
    patience = 3 if ring.support > 0.8 and colour == "red" else 1
    reading = read_arc(face, recognise, patience=patience, printed=printed)
    if reading is not None:
        reading = _tempered(reading, ring, colour)
    if not _is_seal(ring, face, colour, reading):
        return None
    height, width = image.shape[:2]
    x0, y0, x1, y1 = ring.bounds()
    seal = Seal(
        page=page,
        box=(max(0.0, x0 / width), max(0.0, y0 / height), min(1.0, x1 / width), min(1.0, y1 / height)),
        text=None if reading is None else reading.text,
        centre="" if _is_cut_below(ring, face, width, height) else _foot(ring, face, recognise),
        colour=colour,
        shape="oval" if ring.ratio < OVAL_RATIO else "round",
        confidence=0.0 if reading is None else reading.confidence,
    )
    return _Found(seal=seal, ring=ring, worth=ring.support + seal.confidence)


def _foot(ring: Ring, face: Face, recognise: RecogniseText) -> str | None:
    """The line below the star; of a seal that the page's edge cuts, any ink there counts, for its gap is a guess."""
    line = read_foot(face, recognise)
    return "" if line is None and ring.visible < _WHOLE and foot_lines(face) else line


def _is_cut_below(ring: Ring, face: Face, width: int, height: int) -> bool:
    """Whether the place below the star lies off the picture, so that nobody knows what stands there."""
    way, reach = math.radians(face.gap), 0.55 * ring.radius
    x, y = ring.x + reach * math.cos(way), ring.y + reach * math.sin(way)
    return not (0 <= x < width and 0 <= y < height)


def _tempered(reading: Reading, ring: Ring, colour: Colour) -> Reading | None:
    """The reading with a doubt that its looks can't have: few pixels, ink like print or a cut rim mislead all alike."""
    sure = reading.confidence
    if ring.radius < _FINE_RADIUS:
        sure *= 0.8 + 0.2 * ring.radius / _FINE_RADIUS
    if ring.visible < _WHOLE:
        sure *= 0.55 + 0.4 * ring.visible
    if colour != "red":
        sure *= 0.9
    return None if sure < LEAST_SURE else Reading(text=reading.text, confidence=round(sure, 3))


def _is_seal(ring: Ring, face: Face, colour: Colour, reading: Reading | None) -> bool:
    if reading is not None:
        return reading.confidence > (0.3 if ring.support > 0.8 and colour == "red" else 0.55)
    if colour != "red":
        return False
    return ring.support > 0.8 and face.letters < 0.45 and face.core < 0.5 and face.solid < 0.12


def _covers(one: Ring, other: Ring) -> bool:
    """Whether ``other`` lies for the most part on ``one`` and so is a piece or a double of it."""
    a, b = one.bounds(), other.bounds()
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return False
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return wide * high > 0.55 * smaller


def _near(one: Seal, other: Seal) -> bool:
    a, b = one.box, other.box
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _gold(small: Image, less: Image, page: int) -> Iterator[Seal]:
    """Gold relief seals (金色压凸印章): round gold discs without red in them."""
    height, width = small.shape[:2]
    if not _has_ink(less, "gold", _HALF_GOLD * (2 * SMALLEST * _SIDE) ** 2):
        return
    mask = (ink_map(small, "gold") > _THRESHOLD["gold"]).astype(np.uint8)
    if np.count_nonzero(mask) < _HALF_GOLD * (2 * SMALLEST * _SIDE) ** 2:
        return
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    outlines, _tree = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not any(min(cv2.boundingRect(outline)[2:]) > 2 * SMALLEST * _SIDE for outline in outlines):
        return
    if cv2.distanceTransform(closed, cv2.DIST_L2, 3).max() < _GOLD_BRUSH // 2:
        return  # nothing is left where the brush fits nowhere, as in most borders
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GOLD_BRUSH, _GOLD_BRUSH))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, brush)
    outlines, _tree = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in outlines:
        x, y, wide, high = cv2.boundingRect(outline)
        area = cv2.contourArea(outline)
        if not min(wide, high) > 2 * SMALLEST * _SIDE or max(wide, high) > 0.25 * _SIDE or len(outline) < 20:
            continue
        (_x, _y), (first, second), _angle = cv2.fitEllipseDirect(outline)
        if min(first, second) < 0.8 * max(first, second) or area < 0.9 * np.pi * first * second / 4:
            continue
        inside = small[y : y + high, x : x + wide]
        if (
            float((ink_map(inside, "red") > 60).mean()) > 0.08
            or float(mask[y : y + high, x : x + wide].mean()) < _HALF_GOLD
        ):
            continue
        box = (x / width, y / height, (x + wide) / width, (y + high) / height)
        yield Seal(page=page, box=box, text=None, colour="gold", shape="round", confidence=0.0)
