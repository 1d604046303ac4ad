"""Tables without upright rules (三线表, 开放式表格): columns and rows told by how the words stand.

Columns are the gaps that the words of no row cross. Rows are the entries of the fullest column, parted where no other
full column has a line: merged cells stand beside several rows, and wrapped ones over several lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A word, or the part of it that stands in one cell, in pixels of the flat table."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A cell's bounds in pixels of the flat table."""

    x0: int
    y0: int
    x1: int
    y1: int


def columns_by_words(areas: Sequence[Area], pieces: Sequence[Standing]) -> list[Area]:
    """Areas cut into rows of words and columns at the gaps that no row's words cross; empty where there are none."""
    inside = [p for p in pieces if any(a.y0 - 4 <= (p.y0 + p.y1) / 2 <= a.y1 + 4 for a in areas)]
    if len(printed_lines(inside)) < 3:
        return []
    height = median(p.y1 - p.y0 for p in inside)
    heads = min(area.y1 for area in areas)
    body = [p for p in inside if (p.y0 + p.y1) / 2 > heads] or inside
    cuts = [round((x0 + x1) / 2) for x0, x1 in _gaps([(p.x0, p.x1) for p in body]) if x1 - x0 > 0.8 * height]
    if not cuts:
        return []
    left, right = min(a.x0 for a in areas), max(a.x1 for a in areas)
    top, bottom = min(a.y0 for a in areas), max(a.y1 for a in areas)
    xs = [left, *cuts, right]
    rules = sorted({area.y1 for area in areas})[:-1]
    rows = [y for y in _row_cuts(body, xs, height) if all(abs(y - rule) > 0.5 * height for rule in rules)]
    ys = sorted({top, *rules, *rows, bottom})
    return [Area(x0=x0, y0=y0, x1=x1, y1=y1) for y0, y1 in pairwise(ys) for x0, x1 in pairwise(xs)]


def _row_cuts(body: Sequence[Standing], xs: Sequence[int], height: float) -> list[int]:
    """Where rows end: between the entries of the column that has most of them.

    Cells merged downwards stand beside several rows and wrapped ones over several lines, so no single gap runs through.
    """
    columns = [_blocks([p for p in body if x0 <= (p.x0 + p.x1) / 2 < x1], height) for x0, x1 in pairwise(xs)]
    most = max(map(len, columns))
    anchor = next(blocks for blocks in columns if len(blocks) == most)
    full = sorted(block for blocks in columns if len(blocks) >= 0.7 * most for block in blocks)
    cuts = []
    for (_top, end), (start, _bottom) in pairwise(anchor):
        free = [(y0, y1) for y0, y1 in _gaps(full) if y1 > end and y0 < start]
        y0, y1 = max(free, key=lambda gap: gap[1] - gap[0], default=(end, start))
        cuts.append(round((y0 + y1) / 2))
    return cuts


def _blocks(pieces: Sequence[Standing], height: float) -> list[tuple[float, float]]:
    """Top and bottom of each entry of a column; lines that stand close are one wrapped entry."""
    blocks: list[tuple[float, float]] = []
    for line in printed_lines(pieces):
        middle = sum((p.y0 + p.y1) / 2 for p in line) / len(line)
        y0, y1 = middle - 0.45 * height, middle + 0.45 * height
        if blocks and y0 - blocks[-1][1] < 0.5 * height:
            blocks[-1] = (blocks[-1][0], y1)
        else:
            blocks.append((y0, y1))
    return blocks


def _gaps(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """What no span covers, between the first and the last."""
    found = []
    reach: float | None = None
    for start, end in sorted(spans):
        if reach is not None and start > reach:
            found.append((reach, start))
        reach = end if reach is None else max(reach, end)
    return found


def printed_lines(pieces: Sequence[Standing]) -> list[list[Standing]]:
    """Pieces as printed lines, from top to bottom, each from left to right."""
    lines: list[list[Standing]] = []
    for piece in sorted(pieces, key=lambda p: (p.y0 + p.y1) / 2):
        middle = (piece.y0 + piece.y1) / 2
        if lines:
            last = lines[-1]
            centre = sum((p.y0 + p.y1) / 2 for p in last) / len(last)
            if abs(middle - centre) < 0.55 * min(piece.y1 - piece.y0, last[0].y1 - last[0].y0):
                last.append(piece)
                continue
        lines.append([piece])
    for line in lines:
        line.sort(key=lambda p: p.x0)
    return lines
