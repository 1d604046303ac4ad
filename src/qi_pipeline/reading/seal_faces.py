"""The face of one seal (印面) made level and round, and the strip that its arc text unrolls to.

On the face the ring is a circle of radius :data:`RADIUS`; ink is white on black. The arc text starts where the gap in
the band of letters ends, so a tilted seal needs no guess, and the middle of the gap is where the seal's foot is.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.pixels import Image
from qi_pipeline.reading.seal_inks import Colour, ink_map
from qi_pipeline.reading.seal_rings import Ring

RADIUS = 200
"""Pixels of the ring's radius on a face; letters are then some 50 pixels tall."""
OVAL_RATIO = 0.86
"""A ring flatter than this is an oval seal and no circle seen aslant."""
_MARGIN = 1.12
_DEGREES = 720
"""Columns of the polar picture, two a degree."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A seal's face and what its ink looks like."""

    ink: Floats
    """Square, ink from 0 to 1."""
    flat: Image
    """The same square of the page, in its colours."""
    polar: Floats
    """Ink by radius (rows, to :data:`RADIUS` × margin) and angle (columns, half degrees, clockwise from the right)."""
    inner: float
    """Inner edge of the band of letters, as a share of the radius."""
    outer: float
    gap: float
    """Direction of the middle of the gap between the end and the start of the arc text, in degrees clockwise."""
    gap_width: float
    """Degrees."""
    solid: float
    """Share of the disc that is a filled area and no stroke: an emblem, not a seal."""
    letters: float
    """Mean ink in the band of letters."""
    core: float
    """Mean ink within half the radius."""
    oval: bool
    """An oval has its line in the middle, where a round seal has its star."""

    def sharp(self) -> Floats:
        """``polar`` from brightness near ink: sharper where JPEG blurs colour, but with the print that lies over it."""
        return _polar(_sharp(self.flat, self.ink))


def face_of(image: Image, ring: Ring, colour: Colour) -> Face:
    """The face of the seal at ``ring`` of the RGB ``image``."""
    flat = _flattened(image, ring)
    strength = ink_map(flat, colour)
    away = _away(strength.shape[0]) / RADIUS
    on_ring = strength[(away > 0.9) & (away < 1.02)]
    full = max(30.0, float(np.percentile(on_ring, 85)), float(np.percentile(strength[away < 1], 93)) * 0.8)
    ink = np.clip(strength / full, 0, 1).astype(np.float32)
    polar = _polar(ink)
    inner, outer = _band(polar)
    gap, gap_width = _gap(polar, inner, outer)
    return Face(
        ink=ink,
        flat=flat,
        polar=polar,
        inner=inner,
        outer=outer,
        gap=gap,
        gap_width=gap_width,
        solid=_solid(ink),
        letters=float(_rows(polar, inner, outer).mean()),
        core=float(ink[away < 0.5].mean()),
        oval=ring.ratio < OVAL_RATIO,
    )


def _solid(ink: Floats) -> float:
    """Share of the disc in areas that a quarter of the radius fits in."""
    coarse = cv2.resize(ink, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    dark = (coarse > 0.45).astype(np.uint8)
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    return float(np.asarray(thick)[_away(dark.shape[0]) < 0.95 * RADIUS / 4].mean())


@functools.lru_cache(maxsize=4)
def _away(size: int) -> Floats:
    """How far each pixel of a square lies off its middle."""
    off = np.arange(size, dtype=np.float32) - size / 2
    return np.asarray(np.hypot(off[None, :], off[:, None]), dtype=np.float32)


def _flattened(image: Image, ring: Ring) -> Image:
    """The square around the ring, stretched so that the ellipse becomes a circle; up stays up."""
    turn = math.radians(ring.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    stretch = (
        np.array([[cos, -sin], [sin, cos]]) @ np.diag([ring.wide, ring.high]) @ np.array([[cos, sin], [-sin, cos]])
    )
    half = RADIUS * _MARGIN
    matrix = np.zeros((2, 3))
    matrix[:, :2] = stretch / RADIUS
    matrix[:, 2] = np.array([ring.x, ring.y]) - matrix[:, :2] @ np.array([half, half])
    shrink = ring.radius / RADIUS
    source = image
    if shrink > 1.4:
        # Only what the face is made of, with what the blur draws in from beside it.
        reach = 1.5 * _MARGIN * max(ring.wide, ring.high) + 4 * shrink + 4
        left, top = (max(0, math.floor(at - reach)) for at in (ring.x, ring.y))
        right, bottom = (math.ceil(at + reach) for at in (ring.x, ring.y))
        source = np.asarray(cv2.GaussianBlur(image[top:bottom, left:right], (0, 0), 0.5 * shrink), dtype=np.uint8)
        matrix[:, 2] -= (left, top)
    size = round(2 * half)
    flat = cv2.warpAffine(
        source,
        matrix,
        (size, size),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255, 255, 255),
    )
    return np.asarray(flat, dtype=np.uint8)


def _sharp(flat: Image, ink: Floats) -> Floats:
    """Darkness of the green channel, where every ink but green is dark, near the ink."""
    green = flat[..., 1].astype(np.float32)
    paper = float(np.percentile(green, 80))
    near = cv2.GaussianBlur(cv2.dilate(ink, np.ones((5, 5), np.uint8)), (0, 0), 3)
    dark = (
        np.clip((paper - green) / max(30.0, paper - float(np.percentile(green[ink > 0.6], 20))), 0, 1)
        if (ink > 0.6).any()
        else np.zeros_like(green)
    )
    return np.asarray(dark * np.clip(near * 2, 0, 1), dtype=np.float32)


def _polar(ink: Floats) -> Floats:
    return np.asarray(cv2.remap(ink, *_spokes(ink.shape[0]), cv2.INTER_LINEAR), dtype=np.float32)


@functools.lru_cache(maxsize=2)
def _spokes(size: int) -> tuple[Floats, Floats]:
    """Where on a square each pixel of its polar picture lies: x and y."""
    turns = np.radians(np.arange(_DEGREES, dtype=np.float32) / 2)[None, :]
    radii = np.arange(round(RADIUS * _MARGIN), dtype=np.float32)[:, None]
    x, y = (size / 2 + radii * way for way in (np.cos(turns), np.sin(turns)))
    return np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)


def _rows(polar: Floats, inner: float, outer: float) -> Floats:
    return polar[round(inner * RADIUS) : max(round(inner * RADIUS) + 1, round(outer * RADIUS))]


def _band(polar: Floats) -> tuple[float, float]:
    """Inner and outer edge of the band of letters, from how much ink each radius carries."""
    profile = np.convolve(polar.mean(axis=1), np.ones(5) / 5, "same")

    def at(share: float) -> int:
        return round(share * RADIUS)

    outer = at(0.86) + int(np.argmin(profile[at(0.86) : at(0.97)]))
    peak = float(profile[at(0.68) : at(0.86)].max())
    inner = at(0.74)
    while inner > at(0.52) and profile[inner] > 0.3 * peak:
        inner -= 1
    return inner / RADIUS, max(outer / RADIUS, inner / RADIUS + 0.12)


def _gap(polar: Floats, inner: float, outer: float) -> tuple[float, float]:
    """Middle and width, in degrees, of the longest stretch without letters; straight down where there is none.

    A letter fills the whole depth of the band; the number along the lower rim fills only its outer third, and the ends
    of a line below the star only the inner ones.
    """
    inner = max(inner, 0.6)
    window = np.ones(16) / 16
    thirds = []
    for step in range(3):
        depth = (outer - inner) / 3
        ink = _rows(polar, inner + step * depth, inner + (step + 1) * depth).mean(axis=0)
        thirds.append(np.convolve(np.concatenate([ink[-16:], ink, ink[:16]]), window, "same")[16:-16])
    whole = np.minimum(np.minimum(thirds[0], thirds[1]), thirds[2])
    filled = whole > max(0.03, 0.25 * float(np.percentile(whole, 75)))
    if filled.all() or not filled.any():
        return 90.0, 0.0
    start = int(np.argmax(filled))
    rolled = np.roll(filled, -start)
    best, best_at, run = 0, 0, 0
    for index in range(_DEGREES):
        run = 0 if rolled[index] else run + 1
        if run > best:
            best, best_at = run, index - run + 1
    middle = (best_at + best / 2 + start) % _DEGREES
    return middle / 2, best / 2


def strip_of(face: Face, *, sharp: float = 0.0, widen: float = 1.0, start: float | None = None) -> Image:
    """The arc text as one horizontal line, dark on white, begun in the middle of the gap or at ``start`` degrees.

    ``sharp`` says how far brightness shows it, from 0 (only its colour) to 1.
    """
    low, high = face.inner - 0.03, face.outer + 0.01
    polar = face.polar if not sharp else (1 - sharp) * face.polar + sharp * face.sharp()
    band = _rows(polar, low, high)[::-1]
    rolled = np.roll(band, -round((face.gap if start is None else start) * 2), axis=1)
    length = 2 * math.pi * RADIUS * (low + high) / 2
    keep = _DEGREES
    if face.gap_width > 40 and start is None:
        cut = round(face.gap_width - 20)  # half degrees on each side
        rolled = rolled[:, cut : _DEGREES - cut]
        keep = rolled.shape[1]
    width = round(length * keep / _DEGREES * widen)
    picture = cv2.resize(rolled, (max(8, width), band.shape[0]), interpolation=cv2.INTER_CUBIC)
    return _framed(np.asarray(picture, dtype=np.float32))


def foot_lines(face: Face) -> tuple[Image, ...]:
    """The line below the star (合同专用章), dark on white, cut wide and narrow; nothing where there is none.

    The face is turned so that the gap is at the foot; the line stands between the star and the band of letters, and a
    long one runs into it, so that the wide cut may hold bits of the first and last letter.
    """
    size = face.ink.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), face.gap - 90, 1.0)
    turned = np.asarray(cv2.warpAffine(face.ink, matrix, (size, size), flags=cv2.INTER_LINEAR), dtype=np.float32)
    middle = size // 2
    half = round(0.3 * RADIUS)
    first = round((-0.3 if face.oval else 0.24) * RADIUS)
    rows = turned[middle + first : middle + round(0.86 * RADIUS), middle - half : middle + half].mean(axis=1)
    inked = np.convolve(rows, np.ones(5) / 5, "same") > 0.07
    run = _longest_run(inked)
    if run is None or not 0.08 * RADIUS < run[1] - run[0] < (0.6 if face.oval else 0.42) * RADIUS:
        return ()
    top, bottom = first + run[0], first + run[1]
    y = abs(top + bottom) / 2 / RADIUS
    beside = max(
        y * math.tan(math.radians(min(80.0, face.gap_width / 2))), math.sqrt(max(0.0, face.inner**2 - y * y)), 0.3
    )
    pad = round(0.03 * RADIUS)
    cuts = []
    for share in sorted({min(0.8, max(0.66, beside)), min(0.8, beside - 0.02)}, reverse=True):
        reach = round(share * RADIUS)
        line = turned[middle + top - pad : middle + bottom + pad, middle - reach : middle + reach]
        cuts.append(_framed(line))
    return tuple(cuts)


_INKED = 0.4
"""From this share of the ring's ink on, a pixel of a face is the seal's own; paper, frames and shadows are paler."""
_FOOT = 0.02
"""Share of such pixels between star and arc from which something is printed there; letters have three times as much."""


def has_foot(face: Face) -> bool:
    """Whether something stands below the star, read or not: ink of the seal between the star and the band of letters.

    Narrower than where :func:`foot_lines` looks, so that no letter of the arc and no number along the rim gets in
    though the gap was misjudged.
    """
    size = face.ink.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), face.gap - 90, 1.0)
    turned = np.asarray(cv2.warpAffine(face.ink, matrix, (size, size), flags=cv2.INTER_LINEAR), dtype=np.float32)
    off = np.arange(size, dtype=np.float32) - size / 2
    below = off[:, None] > (-0.25 if face.oval else 0.36) * RADIUS
    amid = np.abs(off[None, :]) < 0.4 * RADIUS
    within = _away(size) < (min(face.inner, 0.68) - 0.03) * RADIUS
    return float((turned[below & amid & within] > _INKED).mean()) > _FOOT


def _framed(ink: Floats) -> Image:
    """Ink as dark on white with air around it."""
    grey = np.clip(255 - 255 * ink, 0, 255).astype(np.uint8)
    framed = cv2.copyMakeBorder(grey, 6, 6, 12, 12, cv2.BORDER_CONSTANT, value=(255.0,))
    return np.repeat(np.asarray(framed, dtype=np.uint8)[:, :, None], 3, axis=2)


def _longest_run(flags: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
    """Start and end of the longest stretch of True."""
    best: tuple[int, int] | None = None
    start = None
    for index, flag in enumerate([*flags.tolist(), False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            if best is None or index - start > best[1] - best[0]:
                best = (start, index)
            start = None
    return best
