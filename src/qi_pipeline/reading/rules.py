"""Rule lines (表格线) on a page image: where tables stand, flattened, and which strokes bound their cells.

A scan is skewed and a photograph tilted, so each table is first warped flat by the quadrilateral of its lines. Lines
are what survives opening with a long thin brush; strokes that end on no crossing line (the edge of a grey seal, an
underlined blank) are dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading.pixels import Image, halved

_COARSE_SIDE = 1200
_FINE_SIDE = 2400
_MARGIN = 12
"""Pixels kept around a flattened table."""
_SMALLEST_TABLE = 0.16
"""Width of a table as a share of the page's longer side."""

_TABLE_CROSSINGS = 9
"""Places where lines cross in the smallest table; a frame has four, a double one eight."""
_SIDES = 0.045
"""Share of a region's width at either side where uprights are its frame."""
_FEW_UPRIGHTS = 0.35
"""Share of a table's height at which uprights stand within; a ruled table has them nearly everywhere."""
_ROW = 0.3
"""Share of a region's width that a line between two rows of a table runs over at least, where it touches the frame."""
_INSIDE = 0.04
"""Share of a region's width and height at its edges where lines may meet though it is but a border."""
_CORNER = 0.12
"""Share of both from which on an ornament in a corner ends."""
_OPEN_ROWS = 4
"""Level lines within an open table whose columns can be told, at least."""
_MOST_AREAS = 40
_EDGE = 0.05
"""Share of a region's height at its head and foot where lines are its frame; no table has rows only there."""

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatTable:
    """One table's region made rectangular."""

    horizontal: Mask
    vertical: Mask
    from_page: npt.NDArray[np.float64]
    """Homography from page pixels to the flat region."""
    brush: int
    """Length of the brush that found the lines."""

    @property
    def is_open(self) -> bool:
        """Whether no upright line stands within."""
        return _few_uprights(self.vertical)

    @property
    def is_frame(self) -> bool:
        """Whether nothing within goes from side to side: the edge of a sheet, or a border around it."""
        high, wide = self.horizontal.shape
        return not any(
            long > 0.92 * (wide - 2 * _MARGIN) and 0.03 * high < y + thick / 2 < 0.97 * high
            for _x, y, long, thick in _bounds(self.horizontal)
        )

    @property
    def levels(self) -> list[float]:
        """Where its level rules stand."""
        found: list[float] = []
        for middle in sorted(y + (thick - 1) / 2 for _x, y, _long, thick in _bounds(self.horizontal)):
            if not found or middle - found[-1] > _MARGIN:
                found.append(middle)
        return found

    def parted(self, cuts: Sequence[float]) -> FlatTable:
        """The same table with upright lines drawn at ``cuts``, and its level lines drawn out to them."""
        vertical, horizontal = self.vertical.copy(), self.horizontal.copy()
        high, wide = vertical.shape
        for x in cuts:
            vertical[_MARGIN : high - _MARGIN, max(0, round(x) - 1) : round(x) + 2] = 255
        places = [float(_MARGIN), *cuts, float(wide - _MARGIN)]
        for x, y, long, thick in _bounds(self.horizontal):
            left = min(places, key=lambda place: abs(place - x))
            right = min(places, key=lambda place: abs(place - (x + long)))
            horizontal[y : y + thick, round(left) : round(right) + 1] |= horizontal[y : y + thick, x : x + long].max(
                axis=1, keepdims=True
            )
        return replace(self, vertical=vertical, horizontal=horizontal)

    @property
    def to_page(self) -> npt.NDArray[np.float64]:
        """Homography from the flat region to page pixels."""
        return np.asarray(np.linalg.inv(self.from_page), dtype=np.float64)


def flat_tables(image: Image) -> Iterator[FlatTable]:
    """Every region of the RGB page that rule lines hold together, largest first; none is soon said."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    small, scale = _made_small(grey)
    for quad in _regions(small):
        yield _flatten(grey, quad / scale)


def _made_small(grey: Mask) -> tuple[Mask, float]:
    """The page at about the size at which regions are looked for, and its scale.

    Averaged over areas, though by odd ones it takes longer: a thin line of a skewed page may not break.
    """
    height, width = grey.shape
    least = 0.95 * _COARSE_SIDE / max(height, width)
    half = halved(grey, (int(width * least), int(height * least)))
    if max(half.shape) <= 1.05 * _COARSE_SIDE and half is not grey:
        return half, half.shape[1] / width
    scale = _COARSE_SIDE / max(height, width)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8), scale


def _ink(grey: Mask, block: int) -> Mask:
    return np.asarray(
        cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block | 1, 9),
        dtype=np.uint8,
    )


def _opened(ink: Mask, wide: int, high: int) -> Mask:
    return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((high, wide), np.uint8)), dtype=np.uint8)


def _regions(small: Mask) -> Iterator[npt.NDArray[np.float32]]:
    """Corners (top left, top right, bottom right, bottom left) of regions held together by rule lines."""
    ink = np.asarray(cv2.dilate(_ink(small, 31), np.ones((2, 2), np.uint8)), dtype=np.uint8)
    side = max(small.shape)
    brush = side // 30
    across = _opened(ink, brush, 1)
    if not _long_lines(across, round(0.8 * _SMALLEST_TABLE * side), 2):
        return
    down = _opened(ink, 1, brush)
    lines = np.asarray(cv2.dilate(across | down, np.ones((5, 5), np.uint8)), dtype=np.uint8)
    found, tables = [], []
    for x, y, wide, high, here in _areas(lines, (_SMALLEST_TABLE * side, 0.02 * side)):
        part = (slice(y, y + high), slice(x, x + wide))
        meeting = _meeting(here, across[part], down[part])
        crossings = _count(meeting)
        if crossings < 4:
            continue
        ys, xs = np.nonzero(here)
        quad = _corners(xs + x, ys + y)
        if crossings >= _TABLE_CROSSINGS:
            tables.append(quad)
        if not _is_bare(across[part], brush) and _may_hold_cells(meeting, across[part]):
            found.append(quad)
    yield from found
    # The edge of the sheet on a table top, or a border, frames an open table and is none.
    yield from _open_tables(across, down, side, tables)


def _areas(lines: Mask, least: tuple[float, float]) -> list[tuple[int, int, int, int, npt.NDArray[np.bool_]]]:
    """Connected lines at least so wide and high: left, top, width, height and which pixels there; largest first."""
    outlines, tree = cv2.findContours(lines, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for index, outline in enumerate(outlines):
        x, y, wide, high = cv2.boundingRect(outline)
        if wide < least[0] or high < least[1] or tree[0, index, 3] >= 0:  # small, or a hole
            continue
        own = np.zeros((high, wide), np.uint8)
        cv2.drawContours(own, outlines, index, (1.0,), cv2.FILLED, cv2.LINE_8, tree, 1, (-x, -y))
        found.append((x, y, wide, high, (own & lines[y : y + high, x : x + wide]) > 0))
    return sorted(found, key=lambda area: -area[2] * area[3])[:_MOST_AREAS]


def _long_lines(across: Mask, least: int, enough: int) -> bool:
    return sum(long >= least for _x, _y, long, _thick in _bounds(across)) >= enough


def _bounds(lines: Mask) -> list[Sequence[int]]:
    """Left, top, width and height of each connected line; on a page of mostly paper this is sooner done than labels."""
    outlines, _tree = cv2.findContours(lines, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [cv2.boundingRect(outline) for outline in outlines]


def _is_bare(across: Mask, brush: int) -> bool:
    """Whether a region has lines around it and no level one within that parts rows: a frame or ornament, no table."""
    high, wide = across.shape
    edge = math.ceil(_EDGE * high)
    within = across[edge : high - edge]
    if within.size == 0:
        return False
    joined = np.asarray(cv2.dilate(within, np.ones((3, brush), np.uint8)), dtype=np.uint8)  # faint ones are in pieces
    return not _long_lines(joined, round(_ROW * wide) + brush, 1)


def _meeting(here: npt.NDArray[np.bool_], across: Mask, down: Mask) -> Mask:
    """Where lines of both directions meet."""
    near = [np.asarray(cv2.dilate(lines, np.ones((7, 7), np.uint8))) > 0 for lines in (across, down)]
    return np.asarray(near[0] & near[1] & here, dtype=np.uint8)


def _count(places: Mask) -> int:
    """How many separate places a mask has."""
    count, _labels = cv2.connectedComponents(places)
    return count - 1


def _may_hold_cells(meeting: Mask, across: Mask) -> bool:
    """Whether lines meet within a region, or enough level ones lie in it to part the rows of an open table.

    A border that is drawn as a thick or double line has corners in plenty, and all of them along its edge.
    """
    high, wide = across.shape
    beside, above = math.ceil(_INSIDE * wide), math.ceil(_INSIDE * high)
    inner = (slice(above, high - above), slice(beside, wide - beside))
    if _long_lines(_middle(across), round(_ROW * wide), _OPEN_ROWS):
        return True
    ys, xs = (at.astype(np.float32) for at in np.nonzero(meeting[inner]))
    off = (np.minimum(ys, high - 2 * above - ys) / high, np.minimum(xs, wide - 2 * beside - xs) / wide)
    return bool(np.any((off[0] > _CORNER) | (off[1] > _CORNER)))


def _open_tables(
    across: Mask, down: Mask, side: int, known: list[npt.NDArray[np.float32]]
) -> list[npt.NDArray[np.float32]]:
    """Stacks of at least three long horizontal rules that begin and end alike and have no uprights (三线表)."""
    joined = np.asarray(cv2.dilate(across, np.ones((3, 13), np.uint8)), dtype=np.uint8)
    rules = []
    for x, y, wide, high, here in sorted(_areas(joined, (2 * _SMALLEST_TABLE * side, 0)), key=lambda area: area[1]):
        middle = (x + wide / 2, y + high / 2)
        if any(cv2.pointPolygonTest(q, middle, True) > -6 for q in known):
            continue
        ends = [np.nonzero(here[:, part].any(axis=1))[0] for part in (slice(0, 20), slice(wide - 20, wide))]
        rules.append((x, y + float(ends[0].mean()), x + wide, y + float(ends[1].mean())))
    quads = []
    while rules:
        x0, _y0, x1, _y1 = rules[0]
        stack = [rule for rule in rules if abs(rule[0] - x0) < 0.04 * side and abs(rule[2] - x1) < 0.04 * side]
        rules = [rule for rule in rules if rule not in stack]
        if len(stack) >= 3 and _may_part_rows(stack, joined, down):
            first, last = min(stack, key=lambda rule: rule[1]), max(stack, key=lambda rule: rule[1])
            quads.append(np.array([first[:2], first[2:], last[2:], last[:2]], dtype=np.float32))
    return quads


def _may_part_rows(stack: Sequence[tuple[float, float, float, float]], joined: Mask, down: Mask) -> bool:
    """Whether a stack of level rules has so many within that they may part rows, or uprights between them."""
    left, right = (round(at) for at in (stack[0][0], stack[0][2]))
    top, bottom = (round(least(rule[1] for rule in stack)) for least in (min, max))
    within = (slice(top, bottom + 1), slice(left, right))
    if _long_lines(_middle(joined[within]), round(_ROW * (right - left)), _OPEN_ROWS):
        return True
    return not _few_uprights(_middle(down[within]))


def _middle(lines: Mask) -> Mask:
    """A region without its head and foot, where the lines of its border are."""
    above = math.ceil(_CORNER * lines.shape[0])
    return lines[above : lines.shape[0] - above]


def _corners(xs: npt.NDArray[np.int64], ys: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    total, difference = xs + ys, xs - ys
    picks = [np.argmin(total), np.argmax(difference), np.argmax(total), np.argmin(difference)]
    return np.array([[xs[i], ys[i]] for i in picks], dtype=np.float32)


def _flatten(grey: Mask, quad: npt.NDArray[np.float32]) -> FlatTable:
    """The region warped to a rectangle in which the page's longer side would have 2400 pixels."""
    scale = _FINE_SIDE / max(grey.shape)
    top, bottom = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    left, right = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    wide, high = round(float(max(top, bottom)) * scale), round(float(max(left, right)) * scale)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32) + _MARGIN
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    flat = cv2.warpPerspective(
        grey, matrix, (wide + 2 * _MARGIN, high + 2 * _MARGIN), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    brush = _FINE_SIDE // 45
    ink = _ink(np.asarray(flat, dtype=np.uint8), 41)
    horizontal, vertical = _lines(ink, brush)
    return FlatTable(
        horizontal=horizontal, vertical=vertical, from_page=np.asarray(matrix, dtype=np.float64), brush=brush
    )


def _lines(ink: Mask, brush: int) -> tuple[Mask, Mask]:
    thick = np.asarray(cv2.dilate(ink, np.ones((2, 2), np.uint8)), dtype=np.uint8)
    pad = brush
    padded = np.pad(thick, pad)
    across, down = _opened(padded, brush, 1), _opened(padded, 1, brush)
    across = np.asarray(cv2.morphologyEx(across, cv2.MORPH_CLOSE, np.ones((1, brush), np.uint8)), dtype=np.uint8)
    down = np.asarray(cv2.morphologyEx(down, cv2.MORPH_CLOSE, np.ones((brush, 1), np.uint8)), dtype=np.uint8)
    across, down = across[pad:-pad, pad:-pad].copy(), down[pad:-pad, pad:-pad].copy()
    high, wide = across.shape
    frame_x, frame_y = np.zeros_like(down), np.zeros_like(across)
    frame_x[_MARGIN : high - _MARGIN, [_MARGIN, wide - _MARGIN - 1]] = 255
    frame_y[[_MARGIN, high - _MARGIN - 1], _MARGIN : wide - _MARGIN] = 255
    across = _drawn_out(across, frame_x, brush)
    if not _few_uprights(down):
        down = _bounded(down, across | frame_y, upright=True)
    if _few_uprights(down):
        # No uprights within: rules that stop short belong to merged cells, and end on nothing.
        return across | frame_y, frame_x
    down |= frame_x
    across = _bounded(across, down, upright=False) | frame_y
    return across, down


def _few_uprights(down: Mask) -> bool:
    """Whether hardly any level of the table has an upright within: strokes of letters, at most."""
    side = round(_SIDES * down.shape[1])
    inner = down[:, side : down.shape[1] - side]
    return inner.size == 0 or float(inner.any(axis=1).mean()) < _FEW_UPRIGHTS


def _drawn_out(across: Mask, frame: Mask, brush: int) -> Mask:
    """Level lines drawn out to the sides of a table that is open there, where they end just short of them."""
    both = np.pad(across | frame, brush)  # beyond the edge of a picture everything counts as ink
    closed = cv2.morphologyEx(both, cv2.MORPH_CLOSE, np.ones((1, brush), np.uint8))[brush:-brush, brush:-brush]
    return np.asarray(np.where(frame > 0, across, closed), dtype=np.uint8)


def _bounded(lines: Mask, others: Mask, *, upright: bool) -> Mask:
    """Those lines that end on (or run past) a line of the other direction at both ends."""
    near = cv2.dilate(others, np.ones((15, 15), np.uint8))
    kept = lines.copy()
    outlines, tree = cv2.findContours(lines, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    for index, outline in enumerate(outlines):
        if tree[0, index, 3] >= 0:  # a hole in a line
            continue
        x, y, wide, high = cv2.boundingRect(outline)
        if upright:
            ends = (near[y : y + 9, x : x + wide], near[y + high - 9 : y + high, x : x + wide])
        else:
            ends = (near[y : y + high, x : x + 9], near[y : y + high, x + wide - 9 : x + wide])
        long = (high if upright else wide) > 0.6 * lines.shape[0 if upright else 1]
        if not long and not all(bool(end.any()) for end in ends):
            cv2.drawContours(kept, outlines, index, (0.0,), cv2.FILLED, cv2.LINE_8, tree, 1)
    return kept
