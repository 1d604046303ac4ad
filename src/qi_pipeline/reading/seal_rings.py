"""Rings on an ink map: where round and oval seals stand, however they overlap print, each other or the page's edge.

Every edge of ink votes for the centres of circles it may belong to (a gradient Hough transform); around each
peak the best supported radius is taken and the ring refined to an ellipse, since photographs tilt circles. Oval seals
come from the outlines of connected ink.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.seal_inks import Ink

SMALLEST, LARGEST = 0.026, 0.19
"""Radius of a seal as a share of the longer side of the page: 20 mm on A3 folds to 60 mm on a cropped scan."""
_ANGLES = 180
_CELL = 3
"""Pixels of a cell in which votes are counted."""
_MOST_EDGES = 16_000
_AT_ONCE = 12
"""Radii whose votes are counted together: adding up the cells of a page costs more than the votes do."""
_PEAKS = 14
_LEAST_SUPPORT = 0.5
_LEAST_VISIBLE = 0.4
"""Share of the ring that must lie on the page."""
_OVAL = 0.9
"""Below this ratio of axes a ring is an oval and no tilted circle."""

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An ellipse in pixels of the map it was found on, with how well ink supports it."""

    x: float
    y: float
    wide: float
    """Half axis along ``angle``."""
    high: float
    """Half axis across ``angle``."""
    angle: float
    """Direction of the first axis in degrees, clockwise."""
    support: float
    """Share of the visible ring that is inked."""
    visible: float
    """Share of the ring that lies on the page."""

    @property
    def radius(self) -> float:
        """The mean radius."""
        return math.sqrt(self.wide * self.high)

    @property
    def ratio(self) -> float:
        """The shorter axis over the longer."""
        return min(self.wide, self.high) / max(self.wide, self.high)

    def scaled(self, factor: float) -> Ring:
        """The ring on an image larger by ``factor``."""
        return replace(self, x=self.x * factor, y=self.y * factor, wide=self.wide * factor, high=self.high * factor)

    def bounds(self) -> tuple[float, float, float, float]:
        """``x0 y0 x1 y1`` around the ring."""
        turn = math.radians(self.angle)
        half_x = math.hypot(self.wide * math.cos(turn), self.high * math.sin(turn))
        half_y = math.hypot(self.wide * math.sin(turn), self.high * math.cos(turn))
        return (self.x - half_x, self.y - half_y, self.x + half_x, self.y + half_y)


def find_rings(ink: Ink, threshold: float) -> list[Ring]:
    """Rings of ink, best supported first; an ink map should have a long side of about 1200 pixels."""
    mask = np.asarray(ink > threshold, dtype=np.uint8)
    side = max(ink.shape)
    smallest, largest = SMALLEST * side, LARGEST * side
    found: list[Ring] = []
    for x, y in _centres(ink, mask, smallest, largest):
        ring = _around(mask, x, y, smallest, largest)
        if ring is not None:
            found.append(_refined(mask, ring))
    found += _ovals(mask, smallest, largest)
    return _distinct(found)


def _centres(ink: Ink, mask: Mask, smallest: float, largest: float) -> list[tuple[float, float]]:
    """Likely centres, strongest first."""
    smooth = cv2.GaussianBlur(ink, (0, 0), 1.0)
    gx = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), dtype=np.float32)
    gy = np.asarray(cv2.Sobel(smooth, cv2.CV_32F, 0, 1), dtype=np.float32)
    strength = np.asarray(cv2.magnitude(gx, gy), dtype=np.float32)
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    level = float(np.percentile(strength[near], 40)) if near.any() else 0.0
    edges = np.flatnonzero(near & (strength > max(level, 20.0)))
    if len(edges) < 60:
        return []
    if len(edges) > _MOST_EDGES:
        edges = edges[np.random.default_rng(0).choice(len(edges), _MOST_EDGES, replace=False)]
    ys, xs = np.divmod(edges, ink.shape[1])
    places = np.stack([xs, ys]).astype(np.float32)
    ways = np.stack([gx[ys, xs], gy[ys, xs]]) / strength[ys, xs]
    field = cv2.GaussianBlur(_votes(places, ways, mask.shape, smallest, largest), (0, 0), 1.4)
    apart = max(5, int(smallest * 0.25)) | 1
    summit = field >= cv2.dilate(field, np.ones((apart, apart), np.uint8))
    py, px = np.nonzero(summit & (field > 0.12 * field.max()))
    order = np.argsort(-field[py, px])[:_PEAKS]
    return [((float(px[i]) + 0.5) * _CELL, (float(py[i]) + 0.5) * _CELL) for i in order]


def _votes(places: Floats, ways: Floats, size: tuple[int, int], smallest: float, largest: float) -> Floats:
    """How many edges point at each cell from a seal's radius away; a long rim has more of them, so they count less.

    ``places`` and ``ways`` are x and y of the edges and of their unit gradients.
    """
    beside = math.ceil(largest / _CELL) + 1
    """Cells around the page into which votes may fall, so that none has to be looked at."""
    height, width = size[0] // _CELL + 1, size[1] // _CELL + 1
    wide, high = width + 2 * beside, height + 2 * beside
    x, y = places / _CELL + beside
    step_x, step_y = ways / _CELL
    votes: npt.NDArray[np.float32] = np.zeros(wide * high, dtype=np.float32)
    radii = np.arange(smallest, largest, 2.5, dtype=np.float32)
    off_x, off_y, at = (np.empty_like(x) for _ in range(3))
    row_of, column = (np.empty(len(x), dtype=np.int32) for _ in range(2))
    cells = np.empty((_AT_ONCE, 2, len(x)), dtype=np.int32)
    for some in (radii[first : first + _AT_ONCE] for first in range(0, len(radii), _AT_ONCE)):
        for of_radius, radius in zip(cells, some, strict=False):
            np.multiply(step_x, radius, out=off_x)
            np.multiply(step_y, radius, out=off_y)
            for cell, moved in zip(of_radius, (np.add, np.subtract), strict=True):
                np.copyto(row_of, moved(y, off_y, out=at), casting="unsafe")
                np.copyto(column, moved(x, off_x, out=at), casting="unsafe")
                np.add(np.multiply(row_of, wide, out=cell), column, out=cell)
        weights = np.repeat((some**-0.5).astype(np.float64), 2 * len(x))
        counts = np.bincount(cells[: len(some)].ravel(), weights=weights, minlength=wide * high)
        votes += counts.astype(np.float32)
    inner = votes.reshape(high, wide)[beside : beside + height, beside : beside + width]
    return np.ascontiguousarray(inner)


def _polar(mask: Mask, x: float, y: float, reach: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Ink by angle (rows) and radius (columns, one a pixel), and which of it lies on the page."""
    off_x, off_y = _spokes(math.ceil(reach))
    map_x, map_y = np.float32(x) + off_x, np.float32(y) + off_y
    values = cv2.remap(mask, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    height, width = mask.shape
    if reach < min(x, y, width - x, height - y) - 1:
        on_page = np.ones(map_x.shape, dtype=np.bool_)
    else:
        on_page = (map_x >= 0) & (map_x < width) & (map_y >= 0) & (map_y < height)
    return np.asarray(values, dtype=np.float32), on_page


@functools.lru_cache(maxsize=64)
def _spokes(radii: int) -> tuple[Floats, Floats]:
    """How far right and below its middle each pixel of a polar picture lies."""
    turns = np.linspace(0, 2 * math.pi, _ANGLES, endpoint=False, dtype=np.float32)[:, None]
    away = np.arange(radii, dtype=np.float32)[None, :]
    return np.asarray(np.cos(turns) * away), np.asarray(np.sin(turns) * away)


def _around(mask: Mask, x: float, y: float, smallest: float, largest: float) -> Ring | None:
    """The best supported circle near a likely centre; the outer one of a pair."""
    values, on_page = _polar(mask, x, y, largest * 1.05)
    thick = np.asarray(cv2.dilate(values, np.ones((1, 5), np.uint8)), dtype=np.float32)
    visible = on_page.mean(axis=0)
    support = (thick * on_page).sum(axis=0) / np.maximum(1, on_page.sum(axis=0))
    support[: int(smallest)] = 0
    support[visible < _LEAST_VISIBLE] = 0
    best = float(support.max())
    if best < _LEAST_SUPPORT * 0.8:
        return None
    radius = int(np.nonzero(support >= 0.9 * best)[0][-1])
    return Ring(
        x=x,
        y=y,
        wide=radius,
        high=radius,
        angle=0.0,
        support=float(support[radius]),
        visible=float(visible[radius]),
    )


def _refined(mask: Mask, ring: Ring) -> Ring:
    """The ring moved and stretched to where the ink's outer rim really runs."""
    best = ring
    for _ in range(2):
        values, on_page = _polar(mask, best.x, best.y, best.radius * 1.18)
        low = int(best.radius * 0.85)
        rim = values[:, low:] * on_page[:, low:]
        has = rim.any(axis=1)
        if has.mean() < 0.45:
            return best
        radii = low + rim.shape[1] - 1 - np.argmax(rim[:, ::-1], axis=1)
        turns = np.nonzero(has)[0] * (2 * math.pi / _ANGLES)
        far = radii[has].astype(np.float64)
        middle = np.median(far)
        kept = np.abs(far - middle) < 0.1 * middle
        if kept.sum() < 40:
            return best
        points = np.stack(
            [best.x + far[kept] * np.cos(turns[kept]), best.y + far[kept] * np.sin(turns[kept])], axis=1
        ).astype(np.float32)
        better = _fitted(mask, points, whole=best.visible > 0.9 and kept.mean() > 0.6)
        if better is None or better.support < best.support - 0.08:
            return best
        best = better
    return best


def _fitted(mask: Mask, points: Floats, *, whole: bool) -> Ring | None:
    """An ellipse through the points, or a circle where too little of the ring is there to tell."""
    for _ in range(2):
        if len(points) < 20:
            return None
        if whole:
            (x, y), (first, second), angle = cv2.fitEllipseDirect(points)
            ring = Ring(x=x, y=y, wide=first / 2, high=second / 2, angle=angle, support=0, visible=1)
        else:
            x, y, radius = _circle(points)
            ring = Ring(x=x, y=y, wide=radius, high=radius, angle=0, support=0, visible=1)
        if not (0 < ring.wide < 1e5 and 0 < ring.high < 1e5) or ring.ratio < 0.55:
            return None
        away = _distance(ring, points)
        kept = away < max(2.0, 2.0 * float(np.median(away)))
        points = points[kept]
    return measured(mask, ring)


def _circle(points: Floats) -> tuple[float, float, float]:
    """Least squares circle."""
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    solution = np.linalg.lstsq(np.stack([2 * x, 2 * y, np.ones_like(x)], axis=1), x * x + y * y, rcond=None)[0]
    return (
        float(solution[0]),
        float(solution[1]),
        math.sqrt(max(0.0, solution[2] + solution[0] ** 2 + solution[1] ** 2)),
    )


def _distance(ring: Ring, points: Floats) -> Floats:
    """Roughly how many pixels each point lies off the ring."""
    turn = math.radians(ring.angle)
    dx, dy = points[:, 0] - ring.x, points[:, 1] - ring.y
    u = (dx * math.cos(turn) + dy * math.sin(turn)) / ring.wide
    v = (-dx * math.sin(turn) + dy * math.cos(turn)) / ring.high
    return np.asarray(np.abs(np.hypot(u, v) - 1) * ring.radius, dtype=np.float32)


def measured(mask: Mask, ring: Ring) -> Ring:
    """The ring with its support and visible share counted anew on the mask."""
    turns = np.linspace(0, 2 * math.pi, _ANGLES, endpoint=False)
    turn = math.radians(ring.angle)
    shares = np.array([[0.955], [0.97], [0.985], [1.0], [1.015]])
    u, v = shares * ring.wide * np.cos(turns), shares * ring.high * np.sin(turns)
    xs = np.round(ring.x + u * math.cos(turn) - v * math.sin(turn)).astype(int)
    ys = np.round(ring.y + u * math.sin(turn) + v * math.cos(turn)).astype(int)
    there = (xs >= 0) & (xs < mask.shape[1]) & (ys >= 0) & (ys < mask.shape[0])
    inked = mask[np.where(there, ys, 0), np.where(there, xs, 0)] > 0
    hit, on_page = (inked & there).any(axis=0), there[-1]
    share_visible = float(on_page.mean())
    return replace(ring, support=float(hit[on_page].mean()) if on_page.any() else 0.0, visible=share_visible)


def _ovals(mask: Mask, smallest: float, largest: float) -> list[Ring]:
    """Ovals (发票专用章 and the like) from the outlines of connected ink."""
    reach = max(3, int(smallest * 0.1)) | 1
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    outlines, _tree = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = []
    for outline in outlines:
        _x, _y, wide, high = cv2.boundingRect(outline)
        if not (1.4 * smallest < min(wide, high) and max(wide, high) < 2.4 * largest) or len(outline) < 60:
            continue
        points = np.asarray(cv2.convexHull(outline), dtype=np.float32).reshape(-1, 2)
        if len(points) < 12:
            continue
        (x, y), (first, second), angle = cv2.fitEllipseDirect(points)
        if not min(first, second) > 0 or not 0.45 < min(first, second) / max(first, second) < _OVAL:
            continue
        ring = measured(mask, Ring(x=x, y=y, wide=first / 2, high=second / 2, angle=angle, support=0, visible=1))
        if ring.support >= 0.7:
            found.append(ring)
    return found


def _distinct(rings: list[Ring]) -> list[Ring]:
    """The best of those that lie on one another; two seals may overlap, but their centres don't meet."""
    kept: list[Ring] = []
    for ring in sorted(rings, key=lambda r: -r.support * math.sqrt(r.radius)):
        if ring.support < _LEAST_SUPPORT:
            continue
        if all(math.hypot(ring.x - old.x, ring.y - old.y) > 0.45 * max(ring.radius, old.radius) for old in kept):
            kept.append(ring)
    return kept
