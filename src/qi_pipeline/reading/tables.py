"""Tables on page images (扫描件表格): cells between rule lines, with the words that stand in them.

Cells are the connected areas of what is no line, so merged cells come out by themselves. A word that runs over several
cells, as engines join neighbours, is cut between its characters. Tables ruled below every row but not between columns
get their columns from how the words stand.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from qi_pipeline.model import Box, Cell, Table, Word
from qi_pipeline.reading.open_tables import column_cuts
from qi_pipeline.reading.pixels import Image
from qi_pipeline.reading.rules import FlatTable, flat_tables

_SMALLEST_CELL = 14
"""Pixels of a flat region; smaller areas lie between double lines."""
_FEWEST_FILLED = 4
"""Cells with words that make a table; frames and borders have fewer."""


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


def find_tables(image: Image, words: Sequence[Word]) -> tuple[Table, ...]:
    """Every table on an upright RGB page whose words are given, from top to bottom; boxes in fractions of the page."""
    tables: list[Table] = []
    for flat in flat_tables(image):
        size = (image.shape[1], image.shape[0])
        pieces = _pieces(words, flat, size)
        if len(pieces) < _FEWEST_FILLED:
            continue
        if flat.is_open:
            if flat.is_frame:
                continue
            cuts = column_cuts([((p.x0, p.y0, p.x1, p.y1), p.text) for p in pieces], flat.levels)
            if not cuts:
                continue  # which rows and columns it has, only its header and numbers tell
            flat = flat.parted(cuts)
        areas = _areas(flat)
        table = _table(areas, pieces, flat, size)
        if table is not None and not any(_inside(table.box, other.box) for other in tables):
            tables.append(table)
    return tuple(sorted(tables, key=lambda table: table.box[1]))


def _pieces(words: Iterable[Word], flat: FlatTable, size: tuple[int, int]) -> list[Standing]:
    """The words that stand in the region."""
    high, wide = flat.horizontal.shape
    found = []
    for word in words:
        x0, y0, x1, y1 = word.box
        corners = np.array([[[x0, y0]], [[x1, y0]], [[x1, y1]], [[x0, y1]]], dtype=np.float64) * np.array(size)
        moved = cv2.perspectiveTransform(corners, flat.from_page).reshape(-1, 2)
        left, right = float(moved[[0, 3], 0].mean()), float(moved[[1, 2], 0].mean())
        top, bottom = float(moved[[0, 1], 1].mean()), float(moved[[2, 3], 1].mean())
        if right > 0 and left < wide and 0 < (top + bottom) / 2 < high:
            found.append(Standing(text=word.text, x0=left, y0=top, x1=right, y1=bottom, confidence=word.confidence))
    return found


def _areas(flat: FlatTable) -> list[Area]:
    """Cells as connected areas of what is no line."""
    lines = cv2.dilate(flat.horizontal | flat.vertical, np.ones((3, 3), np.uint8))
    free = np.asarray(lines == 0, dtype=np.uint8)
    count, labels, stats, _centres = cv2.connectedComponentsWithStats(free, connectivity=4)
    outside = set(np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])).tolist())
    areas = []
    for index in range(1, count):
        x, y, wide, high, area = (int(value) for value in stats[index])
        if index not in outside and min(wide, high) >= _SMALLEST_CELL and area > 0.5 * wide * high:
            areas.append(Area(x0=x, y0=y, x1=x + wide, y1=y + high))
    return areas


def _table(areas: Sequence[Area], pieces: Sequence[Standing], flat: FlatTable, size: tuple[int, int]) -> Table | None:
    if len(areas) < _FEWEST_FILLED:
        return None
    xs, ys = _edges([(a.x0, a.x1) for a in areas]), _edges([(a.y0, a.y1) for a in areas])
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2:
        return None
    inside: dict[Area, list[Standing]] = {area: [] for area in areas}
    for piece in pieces:
        for area, part in _shared(piece, areas):
            inside[area].append(part)
    filled = [area for area, found in inside.items() if found]
    used = Counter(_index(xs, area.x0) for area in filled)
    if len(filled) < _FEWEST_FILLED or sum(count > 1 for count in used.values()) < 2:
        return None
    cells = []
    for area in areas:
        row, column = _index(ys, area.y0), _index(xs, area.x0)
        own = inside[area]
        cells.append(
            Cell(
                row=row,
                column=column,
                row_span=max(1, _index(ys, area.y1) - row),
                column_span=max(1, _index(xs, area.x1) - column),
                text="\n".join(_joined(line) for line in printed_lines(own)),
                box=_page_box(area, flat, size),
                confidence=min((piece.confidence for piece in own), default=1.0),
            )
        )
    cells.sort(key=lambda cell: (cell.row, cell.column))
    whole = Area(
        x0=min(a.x0 for a in areas),
        y0=min(a.y0 for a in areas),
        x1=max(a.x1 for a in areas),
        y1=max(a.y1 for a in areas),
    )
    return Table(box=_page_box(whole, flat, size), rows=rows, columns=columns, cells=tuple(cells))


def _edges(spans: Sequence[tuple[int, int]]) -> list[float]:
    """The grid's edges along one direction: ends of cells that lie close together count as one."""
    ends = sorted(value for span in spans for value in span)
    tolerance = max(6.0, 0.45 * min(b - a for a, b in spans))
    groups: list[list[int]] = []
    for value in ends:
        if groups and value - groups[-1][-1] <= min(tolerance, 24):
            groups[-1].append(value)
        else:
            groups.append([value])
    return [float(np.mean(group)) for group in groups]


def _index(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda index: abs(edges[index] - value))


def _shared(piece: Standing, areas: Sequence[Area]) -> list[tuple[Area, Standing]]:
    """The piece cut up among the cells that its characters stand in."""
    middle = (piece.y0 + piece.y1) / 2
    row = [area for area in areas if area.y0 - 3 <= middle <= area.y1 + 3 and area.x1 > piece.x0 and area.x0 < piece.x1]
    if not row:
        return []
    widths = [_width(char) for char in piece.text]
    step = (piece.x1 - piece.x0) / max(0.5, sum(widths))
    shares: dict[Area, list[tuple[str, float, float]]] = {}
    x = piece.x0
    for char, wide in zip(piece.text, widths, strict=True):
        centre = x + wide * step / 2
        home = min(row, key=lambda area: max(area.x0 - centre, centre - area.x1, 0.0))
        shares.setdefault(home, []).append((char, x, x + wide * step))
        x += wide * step
    parts = _without_slips(shares, step)
    return [
        (
            area,
            Standing(
                text="".join(char for char, _a, _b in chars).strip(),
                x0=chars[0][1],
                y0=piece.y0,
                x1=chars[-1][2],
                y1=piece.y1,
                confidence=piece.confidence,
            ),
        )
        for area, chars in parts.items()
        if any(char.strip() for char, _a, _b in chars)
    ]


def _without_slips(
    shares: dict[Area, list[tuple[str, float, float]]], step: float
) -> dict[Area, list[tuple[str, float, float]]]:
    """A single character that hardly leaves its word's cell stays with the word: boxes are not that exact."""
    if len(shares) != 2:
        return shares
    small, large = sorted(shares, key=lambda area: len(shares[area]))
    if len(shares[small]) > 1 or len(shares[large]) < 3:
        return shares
    _char, x0, x1 = shares[small][0]
    over = (large.x1 - x0) if small.x0 >= large.x1 - 8 else (x1 - large.x0)
    if over < 0.2 * step:
        return shares
    merged = sorted(shares[small] + shares[large], key=lambda item: item[1])
    return {large: merged}


def _width(char: str) -> float:
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else 0.55


def printed_lines(pieces: Sequence[Standing]) -> list[list[Standing]]:
    """Pieces as printed lines, from top to bottom, each from left to right."""
    lines: list[list[Standing]] = []
    for piece in sorted(pieces, key=lambda p: (p.y0 + p.y1) / 2):
        middle = (piece.y0 + piece.y1) / 2
        if lines:
            last = lines[-1]
            centre = sum((p.y0 + p.y1) / 2 for p in last) / len(last)
            level = abs(middle - centre) < 0.55 * min(piece.y1 - piece.y0, last[0].y1 - last[0].y0)
            if level and not any(_above_each_other(piece, other) for other in last):
                last.append(piece)
                continue
        lines.append([piece])
    for line in lines:
        line.sort(key=lambda p: p.x0)
    return lines


def _above_each_other(one: Standing, other: Standing) -> bool:
    """Whether two pieces share most of their width: on a page aslant their boxes are high, and two lines look level."""
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared > 0.5 * min(one.x1 - one.x0, other.x1 - other.x0)


def _joined(line: Sequence[Standing]) -> str:
    text = ""
    for piece in line:
        gap = " " if text and text[-1].isascii() and piece.text[:1].isascii() else ""
        text += gap + piece.text
    return text


def _page_box(area: Area, flat: FlatTable, size: tuple[int, int]) -> Box:
    corners = np.array(
        [[[area.x0, area.y0]], [[area.x1, area.y0]], [[area.x1, area.y1]], [[area.x0, area.y1]]], dtype=np.float64
    )
    moved = cv2.perspectiveTransform(corners, flat.to_page).reshape(-1, 2) / np.array(size)
    x0, y0 = np.clip(moved.min(axis=0), 0, 1).tolist()
    x1, y1 = np.clip(moved.max(axis=0), 0, 1).tolist()
    return (x0, y0, x1, y1)


def _inside(inner: Box, outer: Box) -> bool:
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return wide > 0 and high > 0 and wide * high > 0.7 * area
