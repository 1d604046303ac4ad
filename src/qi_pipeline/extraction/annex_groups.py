"""Which rows a merged cell of a table without rules covers (合并单元格): by codes, repeats, numbers, or its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from qi_pipeline.extraction.lines import Row, around, middle

Extent = tuple[float, float]
"""Upper and lower edge of a printed row."""
Group = tuple[tuple[int, int], list[Row]]
"""First and past-last row that a merged cell covers, and its lines."""


_TIGHT = 0.5
"""Lines of one cell stand closer than so many line heights where the page does not say how close."""


def leading_of(cells: Sequence[Sequence[Row]], extents: Sequence[Extent]) -> float | None:
    """The gap between the lines of one cell and those of two rows: half-way; None where the page does not part them."""
    within = sorted(lower.box[1] - upper.box[3] for lines in cells for upper, lower in pairwise(lines))
    between = sorted(below[0] - above[1] for above, below in pairwise(extents))
    if not between:
        return None
    narrow = between[len(between) // 5]
    wide = within[(4 * len(within)) // 5] if within else 0.0
    return (narrow + wide) / 2 if narrow > wide else None


def blocks_of(lines: Sequence[Row], leading: float | None) -> list[list[Row]]:
    """Lines of a column that stand close together: one cell each."""
    blocks: list[list[Row]] = []
    for line in lines:
        most = _TIGHT * line.height if leading is None else min(leading, _TIGHT * line.height)
        if blocks and line.box[1] - blocks[-1][-1].box[3] < most:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


_CODE = re.compile(r"[A-Za-z]{1,4}[0-9IlO]{0,3}(?:[(（][0-9A-Za-z]+[)）])?")


def coded_groups(lines: Sequence[Row], extents: Sequence[Extent]) -> list[Group] | None:
    """A cell for each row where each row has a code of its own beside it (DD1, QD1); None where not."""
    if len(lines) != len(extents) or not all(_CODE.fullmatch(line.text.replace(" ", "")) for line in lines):
        return None
    if not all(top <= middle(line.box) <= bottom for line, (top, bottom) in zip(lines, extents, strict=True)):
        return None
    return [((row, row + 1), [line]) for row, line in enumerate(lines)]


def repeated_groups(shares: Sequence[Sequence[Row]]) -> list[Group] | None:
    """A cell for each row where every row has one and neighbours say the same, which merged cells never do."""
    texts = ["".join(line.text for line in lines) for lines in shares]
    if not all(texts) or not any(above == below for above, below in pairwise(texts)):
        return None
    return [((row, row + 1), list(lines)) for row, lines in enumerate(shares)]


def numbered_groups(numbers: Sequence[str], lines: Sequence[Row], extents: Sequence[Extent]) -> list[Group] | None:
    """The merged cells of a column by the rows' numbers: 1.1, 1.2, 2.1 or 1, 2, 1; None when they tell nothing.

    A page may open in the middle of a category whose name stands on the page before.
    """
    starts = [0]
    parsed = [re.fullmatch(r"(?:(\d+(?:\.\d+)*)[.．])?(\d+)", number) for number in _put_right(numbers)]
    for at, (above, below) in enumerate(pairwise(parsed), 1):
        if above is None or below is None:
            return None
        if above[1] != below[1] or int(below[2]) <= int(above[2]):
            starts.append(at)
    if len(starts) == 1 and len(lines) > 1 and parsed[0] is not None and parsed[0][1] is None:
        return None
    spans = list(pairwise([*starts, len(numbers)]))
    groups: dict[tuple[int, int], list[Row]] = {}
    for line in lines:
        height = middle(line.box)
        span = min(spans, key=lambda span: max(extents[span[0]][0] - height, height - extents[span[1] - 1][1], 0.0))
        groups.setdefault(span, []).append(line)
    return list(groups.items())


def _put_right(numbers: Sequence[str]) -> list[str]:
    """The numbers, one that was misread between two that leave room for one (5, 9, 7) as that one."""
    right = [number.replace(" ", "") for number in numbers]
    for at in range(1, len(right) - 1):
        above, below = right[at - 1], right[at + 1]
        if above.isdecimal() and below.isdecimal() and int(below) == int(above) + 2:
            right[at] = str(int(above) + 1)
    return right


def spaced_groups(
    blocks: Sequence[list[Row]], extents: Sequence[Extent], numbers: Sequence[float], *, goes_on: bool
) -> list[Group]:
    """The merged cells of a column by their heights: in the middle of their rows, or at the first of them.

    The first rows of a page may belong to a cell whose text stands on the page before.
    """
    boxes = [around(line.box for line in block) for block in blocks]
    middles = [middle(box) for box in boxes]
    centred = _grouped(middles, extents, centred=True, goes_on=goes_on)
    topped = _grouped([box[1] for box in boxes], extents, centred=False, goes_on=goes_on)
    # In the first row of its group a name stands level with the number, not at the row's upper edge.
    level = _grouped(middles, [(height, height) for height in numbers], centred=False, goes_on=goes_on)
    top = min(topped, level, key=lambda way: way[0])
    both = max(top[0], centred[0]) <= _EITHER * len(blocks) and top[1] != centred[1]
    # A cell at the top stands there exactly; one in the middle only about.
    spans = top[1] if top[0] < 0.5 * centred[0] and not both else centred[1]
    if both:
        blocks = [
            [
                replace(
                    line, words=tuple(replace(word, confidence=min(word.confidence, _UNSURE)) for word in line.words)
                )
                for line in block
            ]
            for block in blocks
        ]
    return list(zip(spans, blocks, strict=True)) if spans else []


_EITHER = 0.12
"""Rows, a group, by which names stand off at most both from the middle of groups and from first rows of others."""
_UNSURE = 0.85
"""How sure a name is of which the heights don't tell to which rows it belongs."""
_CARRIED = 1.5
"""What rows without a cell of their own at the head of a page cost, in rows."""


def _grouped(
    places: Sequence[float], extents: Sequence[Extent], *, centred: bool, goes_on: bool
) -> tuple[float, list[tuple[int, int]]]:
    """The cheapest way to part the rows among cells that stand at ``places``, and its cost in rows."""
    count, size = len(places), len(extents)
    if not count or count > size:
        return float("inf"), []
    step = max((extents[-1][1] - extents[0][0]) / size, 1e-6)
    infinite = float("inf")
    best = [[infinite] * (size + 1) for _ in range(count + 1)]
    came = [[0] * (size + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for start in range(1, size if goes_on else 1):
        best[0][start] = _CARRIED
    for k, place in enumerate(places):
        for start in range(size):
            if best[k][start] == infinite:
                continue
            for end in range(start + 1, size + 1):
                top, bottom = extents[start][0], extents[end - 1][1]
                cost = best[k][start] + abs((top + bottom) / 2 - place if centred else top - place) / step
                if cost < best[k + 1][end]:
                    best[k + 1][end], came[k + 1][end] = cost, start
    end, spans = size, []
    for k in range(count, 0, -1):
        spans.append((came[k][end], end))
        end = came[k][end]
    return best[count][size], spans[::-1]
