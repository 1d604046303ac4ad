"""Lines of text on a page (文本行): where each lies, its characters' places and inks, how it is cut, turned and split.

Pure geometry and counting over what an engine found and read; no engine is asked here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.model import Box, Word
from qi_pipeline.reading.channels import RED, chroma_of, middle_of
from qi_pipeline.reading.pixels import Image, percentile, plane_of

Corners = npt.NDArray[np.float32]
"""Four points in pixels, clockwise from the top left of the text."""

_STACK_GAP = 0.45
"""White between two characters of vertical text, in widths of the line, that is too much for one line."""
_PALE = 0.21
"""Characters with less than this share of the page's usual ink are a pattern of the paper."""
_PATTERN = 2
"""So many pale characters in a row are the beginning or end of a pattern's word."""
_HALF, _CORE = 0.25, 0.12
"""Half of a character's place, and of its core, in heights of its line."""
_UNEVEN = 0.5
"""Characters with so little of the strongest one's ink may be a pattern's that touches print."""
_STROKE = 2
"""Per cent of a character's place that its ink covers at least: 一 is one thin stroke."""
MOST_OF_THREE, _NO_TWO = 0.94, 0.85
"""What the score of a line is at most where only two of three looks at it agree, or none do."""
_TALL = 1.5
"""A line box so much taller than wide holds vertical text or lies sideways."""
SAME = 0.3
"""Share of a word that a known one covers from which on both are the same."""
_SLIVER = 0.2
"""What a known box may leave out of a line on each side, in heights of the line: at most two thirds of a word."""
_LEVEL = 0.1
_GAP_HEIGHTS = 3.0
"""Two characters whose centres lie further apart than this many line heights stand in two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as read: its corners in pixels and where along it each character stands."""

    text: str
    corners: Corners
    """Four corners, clockwise from the top left of the text."""
    score: float
    centres: tuple[float, ...] = ()
    """Fraction of the line's length at the centre of each character that is not a space."""
    inks: tuple[float, ...] = ()
    """How much darker than its paper each of these characters is, 0 to 255."""
    cores: tuple[float, ...] = ()
    """The same, seen so narrowly that no neighbour's ink counts; only where some of them are much paler than others."""


def widened(corners: Corners, width: int, height: int, *, before: int = 0) -> Corners:
    """The four corners moved outwards, along the line by a third of its height and across it by a seventh.

    ``before``: so many letters more at the line's beginning.
    """
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    tall = float(np.linalg.norm(across))
    one = along / max(1.0, float(np.linalg.norm(along))) * tall / 3
    other = across / 7
    first = one * (1 + 3 * before)
    moved = corners + np.stack([-first - other, one - other, one + other, other - first])
    return np.asarray(np.clip(moved, 0, [width, height]), dtype=np.float32)


def agreed(looks: Sequence[Line]) -> Line | None:
    """The line that most looks at one place give, else the best scored; less sure where they differ."""
    if not looks:
        return None
    texts = ["".join(look.text.split()) for look in looks]
    most = max(texts.count(text) for text in texts)
    best = max((look for look, text in zip(looks, texts, strict=True) if texts.count(text) == most), key=_score)
    if most == len(looks):
        return best
    return replace(best, score=min(best.score, MOST_OF_THREE if most > 1 else _NO_TWO))


def _score(line: Line) -> float:
    return line.score


def split_stack(image: Image, corners: Corners) -> list[Corners]:
    """The box itself, or one box for each part where characters of two rows were taken for one upright line.

    Letter-spaced labels below each other (名称 above 类型) look like vertical text, but leave more room between
    the rows than vertical text does.
    """
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    wide, tall = right - left, bottom - top
    if wide < 4 or tall < _TALL * wide:
        return [corners]
    piece = np.ascontiguousarray(image[max(0, top) : bottom, max(0, left) : right, RED])
    if piece.size == 0:
        return [corners]
    light, dark = percentile(piece, 90), percentile(piece, 2)
    rows = (piece < (light + dark) / 2).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    if len(runs) < 2:
        return [corners]
    gaps = runs[1:, 0] - runs[:-1, 1]
    cuts = [int((runs[i, 1] + runs[i + 1, 0]) // 2) for i in np.flatnonzero(gaps > _STACK_GAP * wide)]
    if not cuts:
        return [corners]
    borders = [0, *cuts, int(tall)]
    return [
        np.array([[left, top + a], [right, top + a], [right, top + b], [left, top + b]], dtype=np.float32)
        for a, b in itertools.pairwise(borders)
    ]


def flatten_line(image: Image, corners: Corners) -> Image | None:
    """The piece of ``image`` within ``corners``, straightened; None where the box has no area."""
    width = int(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))
    height = int(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))
    if width < 3 or height < 3:
        return None
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    piece = cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    if height >= _TALL * width:
        piece = np.rot90(piece)
    return np.ascontiguousarray(piece, dtype=np.uint8)


_THIN = frozenset("一二1lIi丨")
"""Letters of a stroke or two, whose ink says nothing of how pale they are printed."""


def without_watermarks(lines: Sequence[Line]) -> list[Line]:
    """The lines without the characters that are far paler than the page's print (底纹: SCJDGL, CNAS and the like).

    An engine reads a pale pattern as surely as print, and joins it to the value that stands on it.
    """
    inks = [ink for line in lines for ink in line.inks]
    if not inks:
        return list(lines)
    palest = _PALE * float(np.percentile(inks, 75))
    kept: list[Line] = []
    for line in lines:
        solid = [i for i, character in enumerate(line.text) if not character.isspace()]
        # Commas and points have little ink by nature, and so has 一 in a thin Song face.
        pale = {
            i
            for i, ink in zip(solid, _told_apart(line, palest), strict=False)
            if ink < palest and line.text[i].isalnum() and line.text[i] not in _THIN
        }
        if not pale or len(solid) != len(line.inks):
            kept.append(line)
        elif len(pale) < len(solid):
            stay = [n for n, i in enumerate(solid) if i not in pale]
            kept.append(
                replace(
                    line,
                    text="".join(c for i, c in enumerate(line.text) if i not in pale).strip(),
                    centres=tuple(line.centres[n] for n in stay),
                    inks=tuple(line.inks[n] for n in stay),
                )
            )
    return kept


def _told_apart(line: Line, palest: float) -> list[float]:
    """The inks of a line's characters, the last of a pattern's that touches print (CNAS214182) by its own ink alone."""
    inks = list(line.inks)
    if len(line.cores) != len(inks):
        return inks
    for order in (range(len(inks)), range(len(inks) - 1, -1, -1)):
        run = 0
        for at in order:
            if run >= _PATTERN and inks[at] >= palest > line.cores[at]:
                inks[at] = line.cores[at]
                break
            run = run + 1 if inks[at] < palest else 0
    return inks


def split_line(line: Line, width: int, height: int) -> list[Word]:
    """The line as words with boxes in fractions of the page, cut where it bridges a column gap."""
    text = line.text
    top, bottom = line.corners[[0, 1]], line.corners[[3, 2]]
    long = float(np.linalg.norm(top[1] - top[0]))
    tall = float(np.linalg.norm(bottom[0] - top[0]))
    solid = [i for i, character in enumerate(text) if not character.isspace()]
    cuts: list[tuple[int, float]] = []
    if tall < long and len(solid) == len(line.centres):
        for before, after in zip(range(len(solid)), range(1, len(solid)), strict=False):
            gap = (line.centres[after] - line.centres[before]) * long
            if gap > _GAP_HEIGHTS * tall:
                cuts.append((solid[after], (line.centres[after] + line.centres[before]) / 2))
    words: list[Word] = []
    starts = [(0, 0.0), *cuts]
    ends = [*cuts, (len(text), 1.0)]
    for (first, left), (last, right) in zip(starts, ends, strict=True):
        piece = text[first:last].strip()
        if not piece:
            continue
        along = np.array([left, right, right, left])[:, None]
        start = np.vstack([top[0], top[0], bottom[0], bottom[0]])
        stop = np.vstack([top[1], top[1], bottom[1], bottom[1]])
        points = start + (stop - start) * along
        words.append(Word(text=piece, box=_bounds(points, width, height), confidence=min(1.0, max(0.0, line.score))))
    return words


def is_known(corners: Corners, known: Sequence[Box], width: int, height: int) -> bool:
    """Whether a known box covers more than :data:`SAME` of every word that may be read at this place, surely.

    ``known``: in fractions of the page. Of a level line it may leave out a sliver on each side: a word of it is as
    high as the line, and at least as long as half of a gap (:func:`split_line`), so that most of it is left.
    """
    tall = float(min(corners[3, 1] - corners[0, 1], corners[2, 1] - corners[1, 1]))
    across = corners[1] - corners[0]
    if not 0 < tall < float(across[0]) or abs(float(across[1])) > _LEVEL * float(across[0]):
        return False
    left, top = (float(at) + _SLIVER * tall for at in corners.min(axis=0))
    right, bottom = (float(at) - _SLIVER * tall for at in corners.max(axis=0))
    return any(
        x0 * width <= left and y0 * height <= top and x1 * width >= right and y1 * height >= bottom
        for x0, y0, x1, y1 in known
    )


def torn_letters(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Single letters with the line at their right that begins within them: the detector cut one letter in two."""
    found = []
    for one in lines:
        x0, y0, x1, y1 = around_line(one)
        if len(one.text) != 1:
            continue
        for other in lines:
            left, top, right, bottom = around_line(other)
            level = min(y1, bottom) - max(y0, top) > 0.5 * min(y1 - y0, bottom - top)
            if len(other.text) >= 2 and level and x0 < left < x1 - 0.1 * (x1 - x0) and right > x1:
                found.append((one, other))
                break
    return found


def around_both(one: Line, other: Line) -> Corners:
    """The upright box around two lines, as corners."""
    a, b = around_line(one), around_line(other)
    x0, y0, x1, y1 = min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float32)


def around_line(line: Line) -> Box:
    """The box around a line, in pixels."""
    left, top = line.corners.min(axis=0)
    right, bottom = line.corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that both cover."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return wide * tall / smaller if smaller > 0 else 0.0


def _bounds(points: npt.NDArray[np.floating[Any]], width: int, height: int) -> Box:
    x, y = np.clip(points[:, 0] / width, 0, 1), np.clip(points[:, 1] / height, 0, 1)
    return (round(float(x.min()), 5), round(float(y.min()), 5), round(float(x.max()), 5), round(float(y.max()), 5))


def with_inks(line: Line, piece: Image, channel: int) -> Line:
    """The line with what its characters' inks are in ``piece``, and in their cores where the inks differ much."""
    inks = inks_of(piece, channel, line.centres)
    uneven = bool(inks) and min(inks) < _UNEVEN * max(inks)
    return replace(line, inks=inks, cores=inks_of(piece, channel, line.centres, _CORE) if uneven else ())


def inks_of(piece: Image, channel: int, centres: tuple[float, ...], reach: float = _HALF) -> tuple[float, ...]:
    """How much each character stands out from the paper of its line: darker, or of a stronger colour."""
    if not centres:
        return ()
    height, width = piece.shape[:2]
    grey, colour = plane_of(piece, channel), chroma_of(piece)
    tint, paper = middle_of(colour), percentile(grey, 95)
    half = max(2, round(reach * height))
    middles = [round(centre * width) for centre in centres]
    # Of each character's place how many pixels have each value, and so its darkest but few, and its most coloured.
    places = [slice(max(0, middle - half), middle + half + 1) for middle in middles]
    sizes = np.array([height * max(0, min(width, place.stop) - place.start) for place in places])
    few = _STROKE * sizes // 100
    dark, strong = _ranked(grey, places, few), _ranked(colour, places, sizes - few - 1)
    return tuple(
        max(0.0, paper - low, high - tint) if size else 255.0
        for size, low, high in zip(sizes.tolist(), dark, strong, strict=True)
    )


def _ranked(plane: Image, places: Sequence[slice], ranks: npt.NDArray[np.int64]) -> list[float]:
    """Of the pixels in the columns at each place the value of this rank, from the smallest; counted and not sorted."""
    counts = np.zeros((len(places), 256), dtype=np.float32)
    for row, place in zip(counts, places, strict=True):
        if place.start < plane.shape[1]:
            row[:] = cv2.calcHist([plane[:, place]], [0], None, [256], [0, 256]).ravel()
    below = counts.cumsum(axis=1) <= ranks[:, None]
    return [float(value) for value in np.count_nonzero(below, axis=1)]
