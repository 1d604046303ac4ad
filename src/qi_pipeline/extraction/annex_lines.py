"""Words of a table without rules as printed rows: which lines of a column belong to which row.

Each row is held by its innermost number. Merged categories are set in the middle of the rows they cover or at the
first of them; the numbers (1.1, 1.2, 2.1 …) say which rows those are.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from qi_pipeline.extraction.annex_columns import roles_of
from qi_pipeline.extraction.cell_wording import costs_of_joining, costs_of_parting
from qi_pipeline.extraction.lines import Row, around, overlap, rows_of
from qi_pipeline.model import Box, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """What one printed row shows in one column; a merged cell shows in each row that it spans."""

    text: str
    box: Box
    starts: bool
    """False where a merged cell goes on from the row above."""
    confidence: float = 1.0
    width: int = 1
    """Columns that the cell spans."""


GridRow = tuple[GridCell, ...]


def aligned_rows(
    body: Sequence[Word], edges: tuple[float, ...], header: tuple[str, ...], *, goes_on: bool = True
) -> tuple[GridRow, ...]:
    """Printed rows: an anchor (the innermost number, or the item) and, in each column, the lines that go with it.

    ``goes_on``: the first rows may belong to a merged cell of the page before.
    """
    columns: list[list[Word]] = [[] for _ in edges[1:]]
    for word in body:
        for part in parted_at(word, _edges_over(word, body, edges)):
            columns[_column_of(part, edges)].append(part)
    lines = [rows_of(words) for words in columns]
    anchors = sorted(
        (line for at in _anchor_columns(header) for line in lines[at] if any(c.isalnum() for c in line.text)),
        key=lambda line: middle(line.box),
    )
    if not anchors:
        return ()
    roles = roles_of(header)
    merged = [at for at, role in enumerate(roles) if role == "category"]
    centred = _is_centred(lines, anchors, merged)
    shares = [[] if at in merged else share_out(column, anchors, centred=centred) for at, column in enumerate(lines)]
    cells = [[_cell_of(own, edges, at) for own in column] for at, column in enumerate(shares)]
    plain = [column for at, column in enumerate(cells) if column and roles[at] != "number"]
    extents = [_extent(anchor, [column[row] for column in plain]) for row, anchor in enumerate(anchors)]
    leading = _leading([own for column in shares for own in column], extents)
    numbers = [anchor.text for anchor in anchors]
    for at in merged:
        groups = (
            _coded_groups(lines[at], extents)
            or _repeated_groups(share_out(lines[at], anchors, centred=centred))
            or _numbered_groups(numbers, lines[at], extents)
            or _spaced_groups(
                _blocks(lines[at], leading), extents, [middle(anchor.box) for anchor in anchors], goes_on=goes_on
            )
        )
        cells[at] = _merged_cells(groups, len(anchors), edges, at)
    return tuple(tuple(column[row] for column in cells) for row in range(len(anchors)))


Extent = tuple[float, float]


def _extent(anchor: Row, cells: Sequence[GridCell]) -> Extent:
    """Upper and lower edge of a printed row."""
    boxes = [anchor.box, *(cell.box for cell in cells if cell.text)]
    return min(box[1] for box in boxes), max(box[3] for box in boxes)


Group = tuple[tuple[int, int], list[Row]]
"""First and past-last row that a merged cell covers, and its lines."""


_TIGHT = 0.5
"""Lines of one cell stand closer than so many line heights where the page does not say how close."""


def _leading(cells: Sequence[Sequence[Row]], extents: Sequence[Extent]) -> float | None:
    """The gap between the lines of one cell and those of two rows: half-way; None where the page does not part them."""
    within = sorted(lower.box[1] - upper.box[3] for lines in cells for upper, lower in pairwise(lines))
    between = sorted(below[0] - above[1] for above, below in pairwise(extents))
    if not between:
        return None
    narrow = between[len(between) // 5]
    wide = within[(4 * len(within)) // 5] if within else 0.0
    return (narrow + wide) / 2 if narrow > wide else None


def _blocks(lines: Sequence[Row], leading: float | None) -> list[list[Row]]:
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


def _coded_groups(lines: Sequence[Row], extents: Sequence[Extent]) -> list[Group] | None:
    """A cell for each row where each row has a code of its own beside it (DD1, QD1); None where not."""
    if len(lines) != len(extents) or not all(_CODE.fullmatch(line.text.replace(" ", "")) for line in lines):
        return None
    if not all(top <= middle(line.box) <= bottom for line, (top, bottom) in zip(lines, extents, strict=True)):
        return None
    return [((row, row + 1), [line]) for row, line in enumerate(lines)]


def _repeated_groups(shares: Sequence[Sequence[Row]]) -> list[Group] | None:
    """A cell for each row where every row has one and neighbours say the same, which merged cells never do."""
    texts = ["".join(line.text for line in lines) for lines in shares]
    if not all(texts) or not any(above == below for above, below in pairwise(texts)):
        return None
    return [((row, row + 1), list(lines)) for row, lines in enumerate(shares)]


def _numbered_groups(numbers: Sequence[str], lines: Sequence[Row], extents: Sequence[Extent]) -> list[Group] | None:
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


def _spaced_groups(
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


def _merged_cells(groups: Sequence[Group], count: int, edges: tuple[float, ...], column: int) -> list[GridCell]:
    cells = [_cell_of([], edges, column) for _ in range(count)]
    for (start, end), lines in groups:
        cell = _cell_of(lines, edges, column)
        for row in range(start, end):
            # Two blocks beside one row are lines of one cell.
            known = cells[row]
            cells[row] = replace(cell, text=f"{known.text}\n{cell.text}") if known.text else cell
    return cells


_SLIPS = 2.5
"""Letters within which the seam of two cells is looked for around a column's edge."""
_CROSSES = 0.7
"""A word that reaches over a column's edge by more than so many letters on both sides belongs to both columns."""


def _edges_over(word: Word, body: Sequence[Word], edges: tuple[float, ...]) -> Sequence[float]:
    """The edges without those that a word only reaches over: at its end the next column's own word begins."""
    step = (word.box[2] - word.box[0]) / max(letters_wide(word.text), 0.5)
    within = [edge for edge in edges if word.box[2] - _SLIPS * step < edge < word.box[2]]
    if not within:
        return edges
    behind = any(
        within[0] < other.box[0] + step / 2
        and abs(other.box[0] - word.box[2]) <= step
        and overlap(word.box, other.box) > 0.5
        for other in body
        if other is not word
    )
    return [edge for edge in edges if edge not in within] if behind else edges


def parted_at(word: Word, edges: Sequence[float]) -> list[Word]:
    """The word, or its parts where it runs over column edges: engines join neighbours that stand close."""
    x0, top, x1, bottom = word.box
    widths = [letters_wide(char) for char in word.text]
    step = (x1 - x0) / max(sum(widths), 0.5)
    inner = [edge for edge in edges if x0 + _CROSSES * step < edge < x1 - _CROSSES * step]
    if not inner:
        return [word]
    starts = [x0 + step * wide for wide in accumulate([0.0, *widths])]
    cuts = []
    for edge in inner:
        near = sorted(range(1, len(word.text)), key=lambda at: abs(starts[at] - edge))
        close = [at for at in near if abs(starts[at] - edge) < _SLIPS * step]
        # Boxes are not that exact: a cell ends before a title, at a space, or behind its figures, not in a number.
        number = _OPENING_NUMBER.match(word.text)
        spaces = [at for at in close if word.text[at - 1] == " " or (number is not None and at == number.end())]
        titles = [at for at in close if word.text[at] == "《"]
        cuts += (titles or spaces or [at for at in close if _is_seam(word.text[at - 1], word.text[at])] or near)[:1]
    # The empty half of an opening mark reaches into the column before; the mark is none of that column's.
    cuts = [at for at in cuts if word.text[:at].strip(_OPENING)]
    parts = []
    for start, end in pairwise([0, *sorted(set(cuts)), len(word.text)]):
        text = word.text[start:end]
        if text.strip():
            parts.append(replace(word, text=text.strip(), box=(starts[start], top, starts[end], bottom)))
    return parts


_OPENING = "《〈（(【[“ -~～"
_OPENING_NUMBER = re.compile(r"[0-9]{1,4}(?:[.．][0-9]{1,3})*(?=[^0-9.．-])")
"""A row's number that is read in one with its item (2.1pH值)."""


def letters_wide(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.55 for char in text)


def _is_seam(before: str, after: str) -> bool:
    """Whether two letters are of different kinds, so that a cell may end between them."""
    return before == " " or before in "》)）;；" or before.isascii() != after.isascii()


def _column_of(word: Word, edges: tuple[float, ...]) -> int:
    middle = (word.box[0] + word.box[2]) / 2
    return max(0, min(bisect.bisect_right(edges, middle) - 1, len(edges) - 2))


def _anchor_columns(header: tuple[str, ...]) -> list[int]:
    """The innermost number column where there is one, else the item's, else the standard's."""
    roles = roles_of(header)
    for role in ("number", "item", "standard"):
        if role in roles:
            return [len(roles) - 1 - roles[::-1].index(role)]
    return [0]


def _is_centred(lines: Sequence[Sequence[Row]], anchors: Sequence[Row], merged: Sequence[int]) -> bool:
    """Whether cells are set in the middle of their rows, rather than at the top: which fits the numbers better."""
    columns = [column for at, column in enumerate(lines) if at not in merged and len(column) > len(anchors) / 2]
    cost = {mode: sum(_shared_out(column, anchors, centred=mode)[0] for column in columns) for mode in (True, False)}
    return cost[True] <= cost[False]


def share_out(column: Sequence[Row], anchors: Sequence[Row], *, centred: bool) -> list[list[Row]]:
    """The lines of a column, in order, for each anchor: those whose middle, or first line, stands nearest to it."""
    return _shared_out(column, anchors, centred=centred)[1]


_MOST_CELL_LINES = 14
_EMPTY = 0.35
"""What an empty cell costs, in line heights: less than a line that belongs to the next row."""
_APART = 0.75
"""Gaps wider than so many line heights part two cells."""


def _shared_out(column: Sequence[Row], anchors: Sequence[Row], *, centred: bool) -> tuple[float, list[list[Row]]]:
    """The cheapest way to share out the lines, and its cost in line heights.

    Lines that read on, or stand as close as lines that do, are kept in one cell where the anchors leave it open.
    """
    count, size = len(anchors), len(column)
    if not size:
        return 0.0, [[] for _ in anchors]
    height = sorted(line.height for line in column)[size // 2]
    lower = _all_lower(column, anchors, height)
    tops = [line.box[1] - lower for line in column]
    bottoms = [line.box[3] - lower for line in column]
    jumps = [0.0, *(max(0.0, (top - bottom) / height - _APART) for bottom, top in zip(bottoms, tops[1:], strict=False))]
    torn, apart = costs_of_parting(column, height), costs_of_joining(column)
    targets = [middle(anchor.box) for anchor in anchors]
    infinite = float("inf")
    # best[k][i]: the first k anchors have taken the first i lines
    best = [[infinite] * (size + 1) for _ in range(count + 1)]
    taken = [[0] * (size + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for k in range(count):
        for start in range(size + 1):
            so_far = best[k][start]
            if so_far == infinite:
                continue
            if so_far + _EMPTY < best[k + 1][start]:
                best[k + 1][start], taken[k + 1][start] = so_far + _EMPTY, 0
            inner = torn[start]
            for end in range(start + 1, min(size, start + _MOST_CELL_LINES) + 1):
                if end > start + 1:
                    inner += 2 * jumps[end - 1] + apart[end - 1]
                # At the top a cell's first line stands level with the number, whose figures are less high.
                place = (tops[start] + bottoms[end - 1 if centred else start]) / 2
                cost = so_far + abs(place - targets[k]) / height + inner
                if cost < best[k + 1][end]:
                    best[k + 1][end], taken[k + 1][end] = cost, end - start
    end, shares = size, []
    if best[count][size] == infinite:  # more lines than cells could hold: the last anchor takes the rest
        return infinite, [[line for line in column if _nearest(line, anchors) == k] for k in range(count)]
    for k in range(count, 0, -1):
        start = end - taken[k][end]
        shares.append(list(column[start:end]))
        end = start
    return best[count][size], shares[::-1]


_TOGETHER = 0.15
"""Line heights by which half of a column's lines differ at most where all of it stands lower than the numbers."""
_FEWEST_LINES = 3


def _all_lower(column: Sequence[Row], anchors: Sequence[Row], height: float) -> float:
    """How much lower a column stands than the anchors, on a page that is still a little askew; 0 where it does not."""
    if len(column) < _FEWEST_LINES:
        return 0.0
    offs = sorted(middle(line.box) - middle(anchors[_nearest(line, anchors)].box) for line in column)
    lower = offs[len(offs) // 2]
    apart = sorted(abs(off - lower) for off in offs)[len(offs) // 2]
    return lower if apart <= _TOGETHER * height else 0.0


def _nearest(line: Row, anchors: Sequence[Row]) -> int:
    return min(range(len(anchors)), key=lambda k: abs(middle(anchors[k].box) - middle(line.box)))


def middle(box: Box) -> float:
    """The height of a box's middle."""
    return (box[1] + box[3]) / 2


def _cell_of(lines: Sequence[Row], edges: tuple[float, ...], column: int) -> GridCell:
    if not lines:
        return GridCell(text="", box=(edges[column], 0.0, edges[column + 1], 0.0), starts=True)
    return GridCell(
        text="\n".join(line.text for line in lines),
        box=around(line.box for line in lines),
        starts=True,
        confidence=min(word.confidence for line in lines for word in line.words),
    )
