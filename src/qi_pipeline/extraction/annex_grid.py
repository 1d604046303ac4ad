"""Rows of cells from a page of an annex: from its ruled tables, or from aligned words where no table was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal

from qi_pipeline.extraction.annex_carried import from_first_number, moved
from qi_pipeline.extraction.annex_columns import (
    MAX_HEADER_ROWS,
    columns_from,
    folded,
    is_header_cell,
    is_header_piece,
    role_of,
)
from qi_pipeline.extraction.annex_lines import GridCell, GridRow, aligned_rows, letters_wide
from qi_pipeline.extraction.leaning import upright
from qi_pipeline.extraction.levelling import levelled
from qi_pipeline.extraction.lines import Row, around, inside, middle, overlap, rows_of
from qi_pipeline.extraction.overprints import is_overprint
from qi_pipeline.extraction.seal_letters import usual_height, without_seals_letters, without_seals_lines
from qi_pipeline.extraction.standards import standards_in
from qi_pipeline.model import Box, Page, Seal, Table, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table as rows of cells, its header rows apart; ``edges`` are the x of its column borders."""

    page: int
    box: Box
    header: tuple[str, ...]
    """Folded header of each column, upper cells first; empty when the table opens without a header."""
    rows: tuple[GridRow, ...]
    edges: tuple[float, ...]
    source: Literal["ruled", "aligned"]


def grid_of_table(table: Table, page: int, seals: Sequence[Seal] = ()) -> Grid:
    """The table as a grid; leading rows made of header wording only become its header."""
    matrix: list[list[GridCell | None]] = [[None] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        for row in range(cell.row, min(cell.row + cell.row_span, table.rows)):
            for column in range(cell.column, min(cell.column + cell.column_span, table.columns)):
                matrix[row][column] = GridCell(
                    text=without_seals_lines(cell.text, cell.box, seals),
                    box=cell.box,
                    starts=row == cell.row,
                    confidence=cell.confidence,
                    width=cell.column_span,
                )
    empty = GridCell(text="", box=table.box, starts=True)
    groups = _column_groups(matrix)
    rows = [tuple(_together(row[start:end], empty) for start, end in groups) for row in matrix]
    first, last = _header_rows(rows)
    # A cell that spans header rows counts once in the path of its column.
    paths = tuple(
        "".join(dict.fromkeys(folded(row[column].text) for row in rows[first:last])) for column in range(len(groups))
    )
    lefts = {cell.column: cell.box[0] for cell in sorted(table.cells, key=lambda cell: -cell.row)}
    edges = (*tuple(lefts.get(start, table.box[0]) for start, _ in groups), table.box[2])
    return Grid(
        page=page,
        box=table.box,
        header=paths if last > first else (),
        rows=tuple(rows[last:]),
        edges=edges,
        source="ruled",
    )


_PARTED = 1.0
"""Heads of two columns stand further apart than so many times their height."""


def lacks_an_edge(table: Table, page: Page) -> bool:
    """Whether rules of a table were not found on a picture: rows and columns in one cell, or two heads side by side."""
    if page.source != "ocr":
        return False
    large = (cell for cell in table.cells if cell.column_span > 1 and cell.row_span > 1)
    if any(len(standards_in(cell.text)) > 1 for cell in large):
        return True
    aspect = page.width / page.height if page.height else 0.707
    held = [folded(cell.text) for cell in table.cells]
    heads = [at for at, word in enumerate(page.words) if is_header_cell(word.text) and inside(word.box, table.box)]
    texts = {at: folded(page.words[at].text) for at in heads}
    if any(_is_cut(text, held) for text in texts.values()):
        return True
    joined = [
        (one, other) for one in heads for other in heads if any(texts[one] + texts[other] in cell for cell in held)
    ]
    if not joined:
        return False
    words = levelled(page)
    for one, other in joined:
        left, right = words[one].box, words[other].box
        gap = (right[0] - left[2]) * aspect / max(left[3] - left[1], 1e-6)
        if gap > _PARTED and overlap(left, right) > 0.5:
            return True
    return False


def _is_cut(head: str, held: Sequence[str]) -> bool:
    """Whether a head stands in no cell, nor is made of whole ones: an edge was put through it."""
    if len(head) < _SHORTEST_HEAD or any(head in text for text in held):
        return False
    return not any(text and head.startswith(text) for text in held) or not any(
        text and head.endswith(text) for text in held
    )


_SHORTEST_HEAD = 3
"""Letters of a head that tell it: shorter ones (序号) may be lost for other reasons."""


_STRAY = 0.15
"""A column's edge that shows in a smaller share of the rows is a stroke of a stamp, or of a letter."""


def _column_groups(matrix: Sequence[Sequence[GridCell | None]]) -> list[tuple[int, int]]:
    """The columns that belong together as first and past-last: an edge that only a row or two show parts nothing."""
    width = len(matrix[0]) if matrix else 0
    starts = [0]
    for at in range(1, width):
        shown = sum(row[at - 1] is None or row[at] is None or row[at - 1] != row[at] for row in matrix)
        if shown > max(1, _STRAY * len(matrix)) or len(matrix) < _FEWEST_ROWS:
            starts.append(at)
    return list(pairwise([*starts, width])) if width else []


_FEWEST_ROWS = 6
"""A table of fewer rows says nothing of its stray edges."""


def _together(cells: Sequence[GridCell | None], empty: GridCell) -> GridCell:
    """One cell of those that a stray edge has parted."""
    own = list(dict.fromkeys(cell for cell in cells if cell is not None))
    if len(own) <= 1:
        return own[0] if own else empty
    return GridCell(
        text="".join(cell.text for cell in own),
        box=around(cell.box for cell in own),
        starts=any(cell.starts for cell in own),
        confidence=min(cell.confidence for cell in own),
    )


def _header_rows(rows: Sequence[GridRow]) -> tuple[int, int]:
    """First and past-last header row: the run of rows, near the top, whose filled cells all are header wording."""
    for first, row in enumerate(rows[: MAX_HEADER_ROWS + 1]):
        if not _is_header_row(row):
            continue
        last = first + 1
        while last < len(rows) and last - first < MAX_HEADER_ROWS and _is_header_row(rows[last]):
            last += 1
        return first, last
    return 0, 0


def _is_header_row(row: GridRow) -> bool:
    """True when nearly all filled cells are header wording: a misread cell among them does no harm."""
    filled = list(dict.fromkeys(cell.text for cell in row if cell.text.strip()))
    heads = sum(is_header_cell(text) for text in filled)
    return heads >= 2 and heads >= 0.5 * len(filled)


def grid_of_words(
    page: Page,
    carried: Grid | None,
    *,
    need_standard: bool = True,
    goes_on: bool = True,
    within: Box | None = None,
) -> Grid | None:
    """The page's aligned words as a grid, or None when they show no scope header and no table is carried on.

    ``carried`` is the aligned grid of the page before, whose columns a page without a header goes on with; ``goes_on``:
    there was a table before, whose last merged cells may go on; ``within``: only words in this frame.
    """
    aspect = page.width / page.height if page.height else 0.707
    printed = without_seals_letters([word for word in page.words if not is_overprint(word.text)], page.seals)
    words = upright(levelled(replace(page, words=tuple(printed))), aspect) if page.source == "ocr" else printed
    where = {id(word): each.box for word, each in zip(words, printed, strict=True)}
    lines = rows_of([word for word in words if within is None or inside(where[id(word)], within)], aspect)
    bottom, heads = _header_zone(lines, need_standard=need_standard)
    if not heads and carried is None:
        return None
    if heads:
        body = _table_words(lines, bottom)
        edges = _column_edges(heads, body)
        header = tuple(folded(text) for text, _ in heads)
    else:
        assert carried is not None
        header = carried.header
        body = _table_words(from_first_number(lines, carried.header, carried.edges), bottom)
        edges = moved(carried.edges, header, body)
    rows = aligned_rows(body, edges, header, goes_on=goes_on)
    if not rows or (not heads and not _lists_standards(rows, header)):
        return None
    box = around(where[id(word)] for word in body)
    return Grid(page=page.number, box=box, header=header, rows=rows, edges=edges, source="aligned")


def _lists_standards(rows: Sequence[GridRow], header: tuple[str, ...]) -> bool:
    """Whether a page without a header goes on with the table before it: every other row or more names a standard."""
    columns = [at for at, path in enumerate(header) if role_of(path) == "standard"]
    named = sum(any(standards_in(row[at].text) for at in columns) for row in rows)
    return 2 * named >= len(rows)


def _table_words(lines: Sequence[Row], top: float) -> list[Word]:
    """The words below the header down to the table's end: a footer, or a gap that no row would leave."""
    words: list[Word] = []
    lowest = top
    for line in lines:
        below = [word for word in line.words if middle(word.box) > top]
        if not below or _is_footer(line.text):
            continue
        # A seal's letters on their arc stand high: the table's own lines say what a gap is.
        height = min(line.height, usual_height(words)) if words else line.height
        if words and (line.box[1] - lowest > 4 * height or _BEHIND_TABLE.match(folded(line.text))):
            break
        words += below
        lowest = max(lowest, *(word.box[3] for word in below))
    return words


_BEHIND_TABLE = re.compile(
    r"有效(?:期|日期|截止)|(?:发证|颁证|颁发|核准|批准|签发|登记)(?:机关|部门|单位|日期)|(?:机构)?公章|盖章"
)
"""What a certificate prints below a table that stands in it; folded, so without its colon."""


def _is_footer(text: str) -> bool:
    compact = folded(text)
    return (compact.startswith("第") and compact.endswith("页")) or compact == "以下空白"


Head = tuple[str, tuple[float, float]]


def _header_zone(lines: Sequence[Row], *, need_standard: bool) -> tuple[float, list[Head]]:
    """The lower edge of a scope header and its columns with their extent; none: 0, [].

    Header cells wrap and are set in the middle of their height, so their lines need not stand level: the zone is a run
    of lines that hold header wording only, or mostly, where one of them was misread.
    """
    zone: list[Word] = []
    for line in lines:
        known = [word for word in line.words if is_header_piece(word.text)]
        far = zone and line.box[1] - max(word.box[3] for word in zone) > 1.2 * line.height
        wording = len(known) == len(line.words) or (len(known) >= 3 and len(known) >= 0.6 * len(line.words))
        if zone and (far or not wording):
            heads = _heads(zone, need_standard=need_standard)
            if heads:
                return max(word.box[3] for word in zone) - 0.2 * line.height, heads
            zone = []
        if wording:
            zone += known
    heads = _heads(zone, need_standard=need_standard)
    return (max(word.box[3] for word in zone), heads) if heads else (0.0, [])


def _heads(zone: Sequence[Word], *, need_standard: bool) -> list[Head]:
    """The columns of a header zone, from its lowest words up: what stands over two columns belongs to both."""
    columns: list[tuple[str, float, float]] = []
    for word in sorted(zone, key=lambda word: (-middle(word.box), word.box[0])):
        left, _, right, _ = word.box
        under = [
            at
            for at, (_, x0, x1) in enumerate(columns)
            if min(x1, right) - max(x0, left) > 0.3 * min(x1 - x0, right - left)
        ]
        for at in under:
            text, x0, x1 = columns[at]
            columns[at] = (
                (word.text + text, min(x0, left), max(x1, right)) if len(under) == 1 else (word.text + text, x0, x1)
            )
        if not under:
            columns.append((word.text, left, right))
    heads: list[Head] = [(text, (x0, x1)) for text, x0, x1 in sorted(columns, key=lambda column: column[1])]
    paths = tuple(folded(text) for text, _ in heads)
    return heads if len(heads) >= 3 and columns_from(paths, need_standard=need_standard) is not None else []


_BINS = 500
_JOINED = 0.25
"""Share of the rows whose words may run over a column's edge: engines join neighbours, and pages are askew."""


_CLEAR = 4
"""Bins of a strip wide enough to part two columns."""


def _free_place(crossed: Sequence[int], low: int, high: int, fewest: int) -> float:
    """The middle of the leftmost clear strip, else of the longest.

    What stands between two heads and touches neither begins the right column, whose head stands in its middle.
    """
    runs: list[tuple[int, int]] = []
    for at in range(low, high):
        if crossed[at] == fewest:
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
    clear = [run for run in runs if run[1] - run[0] >= _CLEAR]
    start, end = clear[0] if clear else max(runs, key=lambda run: run[1] - run[0])
    return (start + end) / 2 / _BINS


_NUMBER = re.compile(r"[0-9]{1,4}(?:[.．][0-9]{1,3})*")
_FEWEST_NUMBERS = 4


def _edge_of_numbers(
    title: str, left: tuple[float, float], right: tuple[float, float], body: Sequence[Word]
) -> float | None:
    """The right edge of a column of numbers, which end where they end; None where there are few, or none is headed."""
    if role_of(folded(title)) != "number":
        return None
    middle_of_head = (left[0] + left[1]) / 2
    ends = ((word.box[0], _end_of_number(word)) for word in body)
    numbers = [end for start, end in ends if end is not None and abs((start + end) / 2 - middle_of_head) < _BESIDE]
    if len(numbers) < _FEWEST_NUMBERS or max(numbers) >= (right[0] + right[1]) / 2:
        return None
    return max(numbers) + 1 / _BINS


def _end_of_number(word: Word) -> float | None:
    """Where the number ends that a word is or opens with, as engines join it with what stands close (2.3 氨氮)."""
    opening = _OPENING_NUMBER.match(word.text)
    if opening is None:
        return None
    width = word.box[2] - word.box[0]
    return word.box[0] + width * letters_wide(opening[1]) / max(letters_wide(word.text), 0.5)


_OPENING_NUMBER = re.compile(rf"\s*({_NUMBER.pattern})(?=\s*$|\s+\S|[\u4e00-\u9fff])")
_BESIDE = 0.03
"""A number stands at most so far, in page widths, from the middle of its column's head."""


_FLUSH = 2
"""Bins within which values of one column begin."""


def _where_values_begin(body: Sequence[Word], low: int, high: int) -> int | None:
    """The leftmost bin between two heads at which two values or more begin: those of the right column.

    Its head stands in the middle of the column, its values at the left, where a long cell beside them may end as well.
    """
    starts = sorted(at for word in body if low < (at := int(word.box[0] * _BINS)) < high)
    return next((one for one, two in pairwise(starts) if two - one <= _FLUSH), None)


def _ink_begins(word: Word) -> float:
    """Where a word's ink begins: the left half of an opening title mark is empty."""
    x0, _, x1, _ = word.box
    return x0 + 0.5 * (x1 - x0) / letters_wide(word.text) if word.text.startswith("《") else x0


def _column_edges(heads: Sequence[Head], body: Sequence[Word]) -> tuple[float, ...]:
    """Column borders: between two heads, the middle of the widest strip that the fewest words cross."""
    steps = [0] * (_BINS + 2)
    for word in body:
        steps[max(0, min(int(_ink_begins(word) * _BINS), _BINS))] += 1
        steps[max(0, min(int(word.box[2] * _BINS), _BINS)) + 1] -= 1
    crossed = list(accumulate(steps))
    edges = [0.0]
    for (title, left), (_, right) in pairwise(heads):
        if (edge := _edge_of_numbers(title, left, right, body)) is not None:
            edges.append(edge)
            continue
        # Between the two heads, where hardly anything crosses; for heads that touch, between their middles.
        low, high = int(left[1] * _BINS), int(right[0] * _BINS)
        if low >= high or min(crossed[low:high]) > _JOINED * max(crossed):
            low = int((left[0] + left[1]) / 2 * _BINS)
            high = max(int((right[0] + right[1]) / 2 * _BINS), low + 1)
        fewest = min(crossed[low:high])
        begun = _where_values_begin(body, low, high)
        if begun is not None and begun > low and crossed[begun - 1] <= fewest:
            edges.append((begun - 0.5) / _BINS)
        else:
            edges.append(_free_place(crossed, low, high, fewest))
    return (*edges, 1.0)
