"""What stands at each label of a page: the rest of its row, the lines below, the neighbouring cell (栏目内容).

A value is what follows its label in the row up to the next label, and the lines below that align with it, hang from
it or are centred under it; or what is printed lower than its label, under it, above its middle, or in the cell beside.
Two columns of a licence keep apart because each line goes to the open value whose edge it shares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qi_pipeline.extraction.cells import cell_values
from qi_pipeline.extraction.columns import Column, before_next_column, in_column, label_edges, value_columns
from qi_pipeline.extraction.fields import Found
from qi_pipeline.extraction.folding import fold, is_han
from qi_pipeline.extraction.labels import Label, Line, Vocabulary, find_labels, line_of, pieces
from qi_pipeline.extraction.lines import around, inside, letter_height, overlap, rows_of
from qi_pipeline.extraction.overprints import is_speck, without_overlay, without_specks
from qi_pipeline.extraction.slope import levelled, restored, restored_box, slope_of
from qi_pipeline.extraction.unknown_labels import begins_anew, ends_value
from qi_pipeline.model import Box, Page, Word

_REACH, _COLUMN_REACH = 8, 24
"""A value begins within so many ems of its label; further away where the values of other labels begin at its edge."""
_AS_HIGH = 1.6
"""A piece so many times as high as the value in front of it does not go on with it."""
_SPREAD_INTO = 4.0
"""Lines of a value begin at most so many ems right of where it was put when its first was read with its label."""
_AWAY = 0.15
"""A value whose last line ends so far above, in page heights, has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A label together with what stands at it."""

    label: Label
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLabels:
    """All labels of one page with their values, and the words that belong to none."""

    page: Page
    labelled: tuple[Labelled, ...]
    loose: tuple[Word, ...]


@dataclass(slots=True)
class _Open:
    label: Label
    lines: list[list[Word]] = field(default_factory=list)
    closed: bool = False

    @property
    def last(self) -> Box:
        return around(word.box for word in self.lines[-1]) if self.lines else self.label.box

    @property
    def x0(self) -> float:
        return self.lines[0][0].box[0] if self.lines else self.label.box[2]

    @property
    def x1(self) -> float:
        return max((word.box[2] for line in self.lines for word in line), default=self.label.box[2])


def label_page(page: Page, vocabulary: Vocabulary) -> PageLabels:
    """All labels of a page, each with what stands at it."""
    aspect = page.width / page.height if page.height else 0.707
    in_cells, covered = cell_values(page, vocabulary)
    heights = sorted(word.box[3] - word.box[1] for word in page.words) or [0.02]
    high = heights[len(heights) // 2]
    clear = [without_specks(word, vocabulary) for word in page.words]
    printed = [kept for word in clear if (kept := without_overlay(word, aspect, high, vocabulary)) is not None]
    slope = slope_of(printed, aspect)
    words = [levelled(word, slope, aspect) for word in printed if not any(inside(word.box, box) for box in covered)]
    heights = sorted(word.box[3] - word.box[1] for word in words) or [high]
    high = heights[len(heights) // 2]
    lines = [line_of(row) for row in rows_of(words, aspect)]
    em = high / aspect
    labels = find_labels(lines, page.number, vocabulary, em)
    by_row: dict[int, list[Label]] = {}
    for label in labels:
        by_row.setdefault(label.row, []).append(label)
    columns = value_columns(lines, by_row, em)
    edges = label_edges(by_row, em)
    opened: dict[tuple[int, int], _Open] = {}
    live: list[_Open] = []
    loose: list[Word] = []
    for index, line in enumerate(lines):
        here = by_row.get(index, [])
        top = min(word.box[1] for word in line.row.words)
        live = [value for value in live if not value.closed and value.last[3] > top - _AWAY]
        starts = [label.start for label in here]
        before = pieces(line, 0, starts[0] if starts else len(line.text))
        ended = [value for label in here for value in live if _ends(value, label)]
        for value in ended:
            value.closed = not _runs_up_to(value, before, here[0])
        _close_above_unknown(line, starts[0] if starts else len(line.text), live, aspect)
        _place(before, None, live, loose, aspect)
        for value in ended:
            value.closed = True
        for number, label in enumerate(here):
            value = opened.get(label.head or (-1, -1)) or _Open(label)
            stop = starts[number + 1] if number + 1 < len(here) else len(line.text)
            here_pieces, beyond = before_next_column(pieces(line, label.end, stop), label, edges, em)
            loose += beyond
            if here_pieces:
                _pull_up(value, here_pieces[0], live, loose, aspect)
            if label.head not in opened:
                opened[index, label.start] = value
                live.append(value)
            _place(here_pieces, _twin(label, here_pieces, live, aspect) or value, live, loose, aspect, columns)
    _take_back_tails(list(opened.values()))
    _share_with_twins(list(opened.values()))
    _doubt_overprinted(list(opened.values()), em)
    labelled = [
        Labelled(label=value.label, found=_found(value.label, [word for line in value.lines for word in line], value))
        for value in opened.values()
    ]
    return PageLabels(
        page=page,
        labelled=(
            *(Labelled(label=label, found=found) for label, found in in_cells),
            *(_restored(each, slope) for each in labelled),
        ),
        loose=tuple(restored(word, slope) for word in loose),
    )


def _restored(labelled: Labelled, slope: float) -> Labelled:
    """A label and its value where they stand on the page, though it is crooked."""
    if not slope:
        return labelled
    found = labelled.found
    rows = tuple(tuple(restored(word, slope) for word in row) for row in found.rows)
    return Labelled(
        label=replace(labelled.label, box=restored_box(labelled.label.box, slope)),
        found=replace(found, words=tuple(word for row in rows for word in row), rows=rows),
    )


_READS_BADLY = 0.85
"""A line read with less is perhaps two lines, one printed over the other."""


def _doubt_overprinted(values: Sequence[_Open], em: float) -> None:
    """Lower the confidence of a value that fills its line where the line below it, another label's, reads badly.

    A printer that fills in a form puts the rest of a long address where the next value stands.
    """
    edge = max((value.x1 for value in values if value.lines), default=1.0)
    for value in values:
        if not value.lines or value.x1 < edge - 1.5 * em:
            continue
        high = value.last[3] - value.last[1]
        for other in values:
            first = other.lines[0] if other.lines and other is not value else []
            near = bool(first) and abs(first[0].box[0] - value.x0) <= 1.5 * em
            if not near or not -0.5 * high <= first[0].box[1] - value.last[3] <= 1.2 * high:
                continue
            worst = min(word.confidence for word in first)
            if worst < _READS_BADLY:
                last = value.lines[-1][-1]
                value.lines[-1][-1] = replace(last, confidence=min(last.confidence, worst))


def _found(label: Label, words: list[Word], value: _Open) -> Found:
    lines = tuple(" ".join(word.text for word in line) for line in value.lines)
    rows = tuple(tuple(line) for line in value.lines)
    return Found(label=label.text, words=tuple(words), page=label.page, lines=lines, rows=rows)


def _ends(value: _Open, label: Label) -> bool:
    """Whether a label ends an open value that is not its own."""
    own = (value.label.row, value.label.start) == label.head
    return not own and _meets(value, label) and not _is_twin(label, value)


def _runs_up_to(value: _Open, before: Sequence[Word], label: Label) -> bool:
    """Whether the print in front of a label in brackets goes on with a value at its edge: 21层（联系电话：…)."""
    if not before or not value.lines:
        return False
    last = before[-1]
    high = last.box[3] - last.box[1]
    at_edge = any(abs(piece.box[0] - value.x0) <= high for piece in before)
    return at_edge and last.text.rstrip().endswith(("(", "（")) and abs(label.box[0] - last.box[2]) <= high


def _meets(value: _Open, label: Label) -> bool:
    """Whether a label further down stands in the column of an open value, and so ends it."""
    return label.box[0] < value.x1 and label.box[2] > value.label.box[0]


def _close_above_unknown(line: Line, end: int, live: Sequence[_Open], aspect: float) -> None:
    """End the values above a row that begins, before the labels we know, with one that we do not."""
    row = pieces(line, 0, end)
    for value in live:
        if row and value.lines and not value.closed:
            value.closed = ends_value(row, value.label.text, value.label.box, value.x0, aspect)


def _is_twin(label: Label, value: _Open) -> bool:
    """Whether an English label is the twin of the Chinese one just above it, whose value may go on beside it."""
    upper = value.label.box
    return (
        not is_han(label.text[0])
        and is_han(value.label.text[0])
        and abs(upper[0] - label.box[0]) <= 0.5 * (upper[2] - upper[0])
        and -0.5 <= (label.box[1] - upper[3]) / (upper[3] - upper[1]) <= 0.8
    )


def _take_back_tails(values: Sequence[_Open]) -> None:
    """Take out of a value the second letter of its label (住 | 所 江苏省…) that came into another row."""
    for value in values:
        label, first = value.label, value.lines[0] if value.lines else []
        if label.exact or len(label.text) != 2 or label.end - label.start != 1 or len(first) < 2:
            continue
        if first[0].text.strip() == label.text[1] and overlap(first[0].box, label.box) > 0.4:
            value.lines[0] = first[1:]


def _share_with_twins(values: Sequence[_Open]) -> None:
    """Give an empty Chinese label the value that a curled page brought into the row of its English twin below."""
    for value in values:
        if value.lines or not is_han(value.label.text[0]):
            continue
        twin = next((other for other in values if other.lines and _is_twin(other.label, value)), None)
        if twin is not None and overlap(twin.lines[0][0].box, value.label.box) > 0:
            value.lines = [list(line) for line in twin.lines]


def _twin(label: Label, row: Sequence[Word], opened: Sequence[_Open], aspect: float) -> _Open | None:
    """The value that Chinese text beside an English label goes on with: that of the Chinese label just above it."""
    if not row or _is_latin(row[0]):
        return None
    em = (row[0].box[3] - row[0].box[1]) / aspect
    for value in reversed(opened):
        if value.lines and _is_twin(label, value) and abs(value.x0 - row[0].box[0]) <= 1.3 * em:
            return value
    return None


def _is_latin(word: Word) -> bool:
    return not any(is_han(char) for char in word.text) and any(char.isalpha() for char in word.text)


_COPY = re.compile(r"\(?[正副]本\)?(?:\([0-9]{1,2}[-/][0-9]{1,2}\))?")
"""Which copy of a licence a paper is: printed under its title, close above what stands there."""


def _pull_up(value: _Open, first: Word, opened: list[_Open], loose: list[Word], aspect: float) -> None:
    """Take lines that stand beside a label but above its own row: a label set in the middle of its value's lines."""
    label = value.label.box
    em = (first.box[3] - first.box[1]) / aspect
    if first.box[0] - label[2] > _REACH * em:
        return

    def beside(box: Box, share: float) -> bool:
        level = min(box[3], label[3]) - max(box[1], label[1])
        edge = abs(box[0] - first.box[0]) <= 1.3 * em and box[0] >= label[2] - 0.6 * em
        return edge and level > share * (box[3] - box[1])

    taken = [word for word in loose if beside(word.box, 0.2) and not _COPY.fullmatch(fold(word.text))]
    for other in opened:
        if len(other.lines) > 1 and beside(other.last, 0.4):
            taken += other.lines.pop()
    for word in sorted(taken, key=lambda w: (w.box[1], w.box[0])):
        if word in loose:
            loose.remove(word)
        value.lines.append([word])


def _place(
    row: list[Word],
    own: _Open | None,
    opened: list[_Open],
    loose: list[Word],
    aspect: float,
    columns: Sequence[Column] = (),
) -> None:
    """Give each piece of a row to the label in front of it, or to the open value whose lines it continues."""
    previous: Word | None = None
    for piece in row:
        em = (piece.box[3] - piece.box[1]) / aspect
        if own is not None:
            reach = (previous or own.label).box[2]
            gap = piece.box[0] - reach
            tall = letter_height(piece, aspect) > 1.9 * (own.label.box[3] - own.label.box[1])
            if previous is not None and gap > 0.5 * em:  # a stamp or a hole beside the value
                tall = tall or piece.box[3] - piece.box[1] > _AS_HIGH * (previous.box[3] - previous.box[1])
                tall = tall or (gap > 2 * em and is_speck(piece))
            elsewhere = gap > 1.2 * em and previous is not None and _continued(piece, opened, own, aspect, strict=True)
            most = _COLUMN_REACH if in_column(piece.box[0], own.label, columns, em) else _REACH
            if not tall and not elsewhere and gap <= (most if previous is None else 6) * em:
                if own.lines and previous is not None:
                    own.lines[-1].append(piece)
                else:
                    own.lines.append([piece])
                previous = piece
                continue
            own = own if own.lines else None
        if begins_anew(piece):
            for value in opened:
                below = bool(value.lines) and piece.box[0] < value.x1 and piece.box[2] > value.x0
                value.closed = value.closed or (below and value is not own)
        target = _continued(piece, opened, own, aspect, strict=False)
        if target is None:
            loose.append(piece)
        elif target.lines and overlap(target.last, piece.box) > 0.4 and piece.box[0] >= target.last[2] - em:
            target.lines[-1].append(piece)
        else:
            target.lines.append([piece])


def _continued(piece: Word, opened: Sequence[_Open], own: _Open | None, aspect: float, *, strict: bool) -> _Open | None:
    """The open value whose next line, or rest of a line, ``piece`` is; None when it continues none."""
    best: _Open | None = None
    cost = float("inf")
    for value in opened:
        if value.closed or value is own:
            continue
        price = _price(piece, value, aspect, strict=strict)
        if price is not None and price < cost:
            best, cost = value, price
    return best


_WIDE_LINE = 10
_NUMBERED = re.compile(r"[0-9].{0,4}[号室楼层幢栋座]$|^[0-9-]{1,6}[号室]?$")


def _ends_address(piece: Word, value: _Open, em: float) -> bool:
    """Whether a short line at the label's edge is the end of an address that filled its line (…鹅湖镇苕原 / 路6号)."""
    last = value.last
    below = abs(piece.box[0] - value.label.box[0]) <= 0.5 * em and last[2] - value.label.box[0] >= _WIDE_LINE * em
    return below and value.label.text.endswith(("址", "所")) and _NUMBERED.search(fold(piece.text)) is not None


def _price(piece: Word, value: _Open, aspect: float, *, strict: bool) -> float | None:
    """How badly ``piece`` fits as the next line of an open value; None when it does not fit at all."""
    box = piece.box
    high = box[3] - box[1]
    em = high / aspect
    last = value.last
    if value.lines:
        line_high = last[3] - last[1]
        if high > 1.7 * line_high or line_high > 2.2 * high:
            return None
        # The boxes of long lines on a page that is not quite straight are higher than their letters.
        letters = letter_height(piece, aspect)
        lower = last[3] - max(0.0, line_high - letter_height(value.lines[-1][-1], aspect)) / 2
        down = (box[1] + max(0.0, high - letters) / 2 - lower) / max(letters, 1e-6)
        gap = (box[0] - last[2]) / em
        if overlap(last, box) > 0.4 and gap >= -1:  # the rest of the same printed line
            return None if strict or gap > 4 else max(gap, 0.0)
        if not -0.65 <= down <= 1.25:
            return None
        # Where a label runs into its value, the value's edge is only estimated: any of its lines may show it.
        side = min(((box[0] - line[0].box[0]) / em for line in value.lines), key=abs)
        if abs(side) <= 1.3:
            return abs(side) + max(down, 0)
        if strict or (_is_latin(piece) and not _is_latin(value.lines[-1][-1]) and is_han(value.label.text[0])):
            return None  # under a Chinese label, a line of Latin letters at its edge is the label's English twin
        middle = abs((box[0] + box[2]) - (last[0] + last[2])) / 2 / em
        if middle <= 1.0 and value.lines[0][0].box[1] > value.label.box[3] - 0.5 * line_high:  # centred under the label
            return 2 + middle + max(down, 0)
        # A line that hangs from the label's edge runs on under the value; a short one there is something else.
        hangs = value.label.box[0] - 0.7 * em <= box[0] < value.x0 and box[2] > value.x0 + 2 * em
        # Letters of a label that are spread push the estimate further into it than those of the value are wide.
        runs_in = value.lines[0][0].box[0] - value.label.box[2] <= 0.1 * em
        hangs = hangs or -2.6 <= side <= (_SPREAD_INTO if runs_in else 2.6) or _ends_address(piece, value, em)
        return 3 + max(down, 0) if hangs else None
    label = value.label.box
    label_high = label[3] - label[1]
    if strict or high > 2.0 * label_high:
        return None
    if box[0] >= label[2] - 0.6 * em:  # printed lower than its label
        down = (box[1] - label[3]) / label_high
        gap = (box[0] - label[2]) / em
        return 1 + gap / 4 if -1.2 <= down <= 0.35 and gap <= _REACH else None
    # The box of a long line on a page that is not quite straight begins above its letters.
    down = (box[1] + max(0.0, high - letter_height(piece, aspect)) / 2 - label[3]) / label_high
    if not -0.3 <= down <= 1.8:
        return None
    middle = abs((box[0] + box[2]) / 2 - (label[0] + label[2]) / 2) / em
    if box[0] > label[2] or box[2] < label[0]:
        return None
    return 2 + max(down, 0) if abs(box[0] - label[0]) <= 2 * em or middle <= 2 else None
