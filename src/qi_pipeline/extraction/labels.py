"""Where labels (栏目名) are printed on a page and what stands at each of them.

Labels are looked for with the union vocabulary of all kinds, so that the label of one field ends the value of
another. They may be spread over several segments (负 | 责人), letter-spaced, misread in one character, printed with
or without a colon, in Chinese or English. A value is what follows in the row up to the next label, and the lines
below that align with it; or what stands lower than its label, or under it, or in the neighbouring cell of a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from qi_pipeline.extraction.fields import Found
from qi_pipeline.extraction.folding import distance_within_one, fold, fold_with_origin, is_han
from qi_pipeline.extraction.lines import Row, around, cut, overlap, rows_of
from qi_pipeline.model import Box, Cell, Page, Word

_REACH = 8
"""A value begins within so many ems of its label."""
_BRACKET = re.compile(r"\([^()]{1,24}\)")
_BRACKET_WORDS = ("签", "章", "名", "负责人", "经营者", "盖", "印", "no", "name", "address", "date", "正", "副")
_OPENERS = ":;,。、/|)]·*"
_LEAD = re.compile(r"^[\s:：;；_*·]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One printed label: its spelling in the vocabulary and its place."""

    text: str
    """The label as the vocabulary spells it."""
    page: int
    row: int
    start: int
    end: int
    box: Box
    firm: bool
    """True when a colon, a gap or the end of the row sets it off: surely a label, not running text."""
    exact: bool
    """False when one character differs from the vocabulary."""
    head: tuple[int, int] | None = None
    """For the lower line of a label set in two lines (宗旨和 / 业务范围): row and start of its upper line."""


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


class Vocabulary:
    """All labels that the program knows, by their first folded character."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.folded: dict[str, str] = {}
        for label in labels:
            self.folded.setdefault(fold(label), label)
        self._by_first: dict[str, list[str]] = {}
        for key in sorted(self.folded, key=len, reverse=True):
            self._by_first.setdefault(key[0], []).append(key)
        self.tall = sorted((key for key in self.folded if len(key) >= 5 and is_han(key[0])), key=len, reverse=True)
        """Labels long enough to be set in two lines."""
        long = [key for key in self.folded if len(key) >= 4 and is_han(key[0])]
        self._lengths = sorted({len(key) for key in long}, reverse=True)
        self._halves: dict[tuple[int, bool, str], list[str]] = {}
        for key in long:
            half = len(key) // 2
            self._halves.setdefault((len(key), True, key[:half]), []).append(key)
            self._halves.setdefault((len(key), False, key[half:]), []).append(key)

    def exact_at(self, text: str, at: int) -> str | None:
        """The longest label that stands at ``at``; None when none does."""
        return next((key for key in self._by_first.get(text[at], ()) if text.startswith(key, at)), None)

    def near_at(self, text: str, at: int) -> str | None:
        """The longest label of four characters or more that differs in one character from what stands at ``at``."""
        # With one wrong character, one half of the label is right: two look-ups a length instead of a walk over all.
        for length in self._lengths:
            piece = text[at : at + length]
            if len(piece) < length or not is_han(piece[0]):
                continue
            half = length // 2
            for halved in ((length, True, piece[:half]), (length, False, piece[half:])):
                for key in self._halves.get(halved, ()):
                    if distance_within_one(piece, key):
                        return key
        return None


@dataclass(slots=True)
class _Line:
    row: Row
    text: str
    owner: list[tuple[int, int]]
    gap: list[bool]
    """Whether a printed gap precedes each folded character."""
    wide: list[bool]
    """Whether the gap is a break between segments, not just a space."""


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


def _line(row: Row) -> _Line:
    text, owner, gap, wide = "", [], [], []
    for index, word in enumerate(row.words):
        folded = fold_with_origin(word.text)
        previous = -1
        for char, origin in zip(folded.text, folded.origin, strict=True):
            first = previous < 0
            spaced = not first and any(word.text[k].isspace() for k in range(previous + 1, origin))
            text += char
            owner.append((index, origin))
            gap.append(first or spaced)
            wide.append(first)
            previous = origin
    return _Line(row, text, owner, gap, wide)


def _label_at(line: _Line, at: int, vocabulary: Vocabulary) -> tuple[str, int, bool, bool] | None:
    """The label at ``at`` as (key, end, firm, exact); None when none stands there."""
    text = line.text
    boundary = line.gap[at] or text[at - 1] in _OPENERS
    key = vocabulary.exact_at(text, at)
    exact = key is not None
    if key is None and line.gap[at]:
        key = vocabulary.near_at(text, at)
    if key is None:
        return None
    end = at + len(key)
    latin = not is_han(key[-1])
    if latin and text[end : end + 1].isascii() and text[end : end + 1].isalpha() and not line.gap[end]:
        return None
    if latin and not boundary:
        return None
    bracket = _BRACKET.match(text, end)
    if bracket and (
        text[bracket.end() : bracket.end() + 1] == ":" or any(word in bracket.group() for word in _BRACKET_WORDS)
    ):
        end = bracket.end()
    colon = text[end : end + 1] == ":"
    ends = end >= len(text) or (line.wide[end] if latin else line.gap[end]) or (end < len(text) and text[end] in "/")
    # A Chinese label that runs into digits or Latin letters is set off by the change of script.
    script = line.wide[at] and not latin and len(key) >= 3 and bool(re.match(r"[0-9a-z]", text[end : end + 1]))
    firm = colon or ends or script
    if not boundary and not (colon and len(key) >= 4):
        return None
    if not line.gap[at] and not colon:
        return None
    if not exact and not firm:
        return None
    return key, end, firm, exact


def _labels_of(line: _Line, index: int, page: int, vocabulary: Vocabulary) -> list[Label]:
    labels: list[Label] = []
    at = 0
    while at < len(line.text):
        hit = _label_at(line, at, vocabulary)
        if hit is None:
            at += 1
            continue
        key, end, firm, exact = hit
        box = around(piece.box for piece in _pieces(line, at, end))
        labels.append(
            Label(
                text=vocabulary.folded[key],
                page=page,
                row=index,
                start=at,
                end=end,
                box=box,
                firm=firm,
                exact=exact,
            )
        )
        at = end
    return labels


def _pieces(line: _Line, start: int, end: int) -> list[Word]:
    """The words of a row between two folded positions, cut at them; without the colon that follows a label."""
    spans: dict[int, list[int]] = {}
    for index, origin in line.owner[start:end]:
        spans.setdefault(index, []).append(origin)
    pieces: list[Word] = []
    for index, origins in spans.items():
        word = line.row.words[index]
        first, last = min(origins), max(origins) + 1
        lead = _LEAD.match(word.text[first:last])
        if lead and not pieces and start > 0:
            first += lead.end()
        if word.text[first:last].strip():
            pieces.append(cut(word, first, last))
    return pieces


def _settled(labels: list[Label], em: float) -> list[Label]:
    """Firm labels, and of the others those that stand in a column with a firm one."""
    firm = [label for label in labels if label.firm]
    if not firm:
        return [label for label in labels if label.exact and len(label.text) >= 4]
    return [
        label
        for label in labels
        if label.firm or any(abs(label.box[0] - other.box[0]) <= 0.8 * em for other in firm if other is not label)
    ]


def _with_stacked(
    labels: list[Label], lines: Sequence[_Line], page: int, vocabulary: Vocabulary, em: float
) -> list[Label]:
    """``labels`` with those that are set in two lines (宗旨和 / 业务范围), their lower line led back to the upper."""
    stacked: list[Label] = []
    for index, line in enumerate(lines):
        for at, wide in enumerate(line.wide):
            if not wide or any(label.row == index and label.start <= at < label.end for label in stacked):
                continue
            stacked += _stacked_at(lines, index, at, page, vocabulary, em)
    taken = {(label.row, label.start) for label in stacked}
    kept = [label for label in labels if (label.row, label.start) not in taken]
    return sorted([*kept, *stacked], key=lambda label: (label.row, label.start))


def _stacked_at(
    lines: Sequence[_Line], index: int, at: int, page: int, vocabulary: Vocabulary, em: float
) -> list[Label]:
    line = lines[index]
    if vocabulary.exact_at(line.text, at) is not None:
        return []
    for key in vocabulary.tall:
        for length in range(2, len(key) - 1):
            end = at + length
            if not line.text.startswith(key[:length], at) or not (end >= len(line.text) or line.gap[end]):
                continue
            upper = around(piece.box for piece in _pieces(line, at, end))
            for below in range(index + 1, min(index + 4, len(lines))):
                found = _lower_half(lines[below], key[length:], upper, em)
                if found is not None:
                    start, stop = found
                    lower = around(piece.box for piece in _pieces(lines[below], start, stop))
                    text = vocabulary.folded[key]
                    box = around((upper, lower))
                    return [
                        Label(text=text, page=page, row=index, start=at, end=end, box=box, firm=True, exact=True),
                        Label(
                            text=text, page=page, row=below, start=start, end=stop, box=box, firm=True, exact=True,
                            head=(index, at),
                        ),
                    ]  # fmt: skip
    return []


def _lower_half(line: _Line, rest: str, upper: Box, em: float) -> tuple[int, int] | None:
    """Where ``rest`` stands in a row as the lower line of a label whose upper line is ``upper``."""
    for at, wide in enumerate(line.wide):
        end = at + len(rest)
        if not wide or not line.text.startswith(rest, at):
            continue
        if end < len(line.text) and not line.gap[end] and line.text[end] != ":":
            continue
        box = around(piece.box for piece in _pieces(line, at, end))
        near = box[1] - upper[3] <= 1.2 * (upper[3] - upper[1])
        level = abs(box[0] - upper[0]) <= 1.2 * em or abs(box[0] + box[2] - upper[0] - upper[2]) <= 2.4 * em
        if near and level and box[1] > upper[1]:
            return at, end
    return None


def label_page(page: Page, vocabulary: Vocabulary) -> PageLabels:
    """All labels of a page, each with what stands at it."""
    aspect = page.width / page.height if page.height else 0.707
    cells, covered = _cells(page, vocabulary)
    words = [word for word in page.words if not any(_inside(word.box, box) for box in covered)]
    lines = [_line(row) for row in rows_of(words, aspect)]
    heights = sorted(word.box[3] - word.box[1] for word in words) or [0.02]
    em = heights[len(heights) // 2] / aspect
    labels = _settled(
        [label for index, line in enumerate(lines) for label in _labels_of(line, index, page.number, vocabulary)], em
    )
    labels = _with_stacked(labels, lines, page.number, vocabulary, em)
    by_row: dict[int, list[Label]] = {}
    for label in labels:
        by_row.setdefault(label.row, []).append(label)
    opened: list[_Open] = []
    loose: list[Word] = []
    for index, line in enumerate(lines):
        here = by_row.get(index, [])
        for label in here:
            for value in opened:
                own = (value.label.row, value.label.start) == label.head
                if not value.closed and not own and _meets(value, label):
                    value.closed = True
        starts = [label.start for label in here]
        _place(_pieces(line, 0, starts[0] if starts else len(line.text)), None, opened, loose, aspect)
        for number, label in enumerate(here):
            value = next((v for v in opened if (v.label.row, v.label.start) == label.head), None) or _Open(label)
            stop = starts[number + 1] if number + 1 < len(here) else len(line.text)
            pieces = _pieces(line, label.end, stop)
            if pieces:
                _pull_up(value, pieces[0], opened, loose, aspect)
            if value not in opened:
                opened.append(value)
            _place(pieces, value, opened, loose, aspect)
    labelled = [
        Labelled(label=value.label, found=_found(value.label, [word for line in value.lines for word in line], value))
        for value in opened
    ]
    return PageLabels(page=page, labelled=tuple([*cells, *labelled]), loose=tuple(loose))


def _found(label: Label, words: list[Word], value: _Open) -> Found:
    lines = tuple(" ".join(word.text for word in line) for line in value.lines)
    rows = tuple(tuple(line) for line in value.lines)
    return Found(label=label.text, words=tuple(words), page=label.page, lines=lines, rows=rows)


def _meets(value: _Open, label: Label) -> bool:
    """Whether a label further down stands in the column of an open value, and so ends it."""
    return label.box[0] < value.x1 and label.box[2] > value.label.box[0]


def _pull_up(value: _Open, first: Word, opened: list[_Open], loose: list[Word], aspect: float) -> None:
    """Take lines that stand beside a label but above its own row: a label set in the middle of its value's lines."""
    label = value.label.box
    em = (first.box[3] - first.box[1]) / aspect
    if first.box[0] - label[2] > _REACH * em:
        return

    def beside(box: Box) -> bool:
        level = min(box[3], label[3]) - max(box[1], label[1])
        return (
            abs(box[0] - first.box[0]) <= 1.3 * em and box[0] >= label[2] - 0.6 * em and level > 0.2 * (box[3] - box[1])
        )

    taken = [word for word in loose if beside(word.box)]
    for other in opened:
        if len(other.lines) > 1 and beside(other.last):
            taken += other.lines.pop()
    for word in sorted(taken, key=lambda w: (w.box[1], w.box[0])):
        if word in loose:
            loose.remove(word)
        value.lines.append([word])


def _place(pieces: list[Word], own: _Open | None, opened: list[_Open], loose: list[Word], aspect: float) -> None:
    """Give each piece of a row to the label in front of it, or to the open value whose lines it continues."""
    previous: Word | None = None
    for piece in pieces:
        em = (piece.box[3] - piece.box[1]) / aspect
        if own is not None:
            reach = (previous or own.label).box[2]
            gap = piece.box[0] - reach
            high = piece.box[3] - piece.box[1]
            tall = high > 1.9 * (own.label.box[3] - own.label.box[1])
            elsewhere = gap > 1.2 * em and previous is not None and _continued(piece, opened, own, aspect, strict=True)
            if not tall and not elsewhere and gap <= (_REACH if previous is None else 6) * em:
                if own.lines and previous is not None:
                    own.lines[-1].append(piece)
                else:
                    own.lines.append([piece])
                previous = piece
                continue
            own = own if own.lines else None
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
        price = _price(piece.box, value, aspect, strict=strict)
        if price is not None and price < cost:
            best, cost = value, price
    return best


def _price(box: Box, value: _Open, aspect: float, *, strict: bool) -> float | None:
    high = box[3] - box[1]
    em = high / aspect
    last = value.last
    if value.lines:
        line_high = last[3] - last[1]
        if high > 1.7 * line_high or line_high > 2.2 * high:
            return None
        down = (box[1] - last[3]) / max(high, 1e-6)
        gap = (box[0] - last[2]) / em
        if overlap(last, box) > 0.4 and gap >= -1:  # the rest of the same printed line
            return None if strict or gap > 4 else max(gap, 0.0)
        if not -0.65 <= down <= 1.25:
            return None
        side = (box[0] - value.x0) / em
        if abs(side) <= 1.3:
            return abs(side) + max(down, 0)
        if strict:
            return None
        middle = abs((box[0] + box[2]) - (last[0] + last[2])) / 2 / em
        if middle <= 1.0 and value.lines[0][0].box[1] > value.label.box[3] - 0.5 * line_high:  # centred under the label
            return 2 + middle + max(down, 0)
        hangs = value.label.box[0] - 0.7 * em <= box[0] < value.x0 or -2.6 <= side <= 2.6
        return 3 + max(down, 0) if hangs else None
    label = value.label.box
    label_high = label[3] - label[1]
    if strict or high > 2.0 * label_high:
        return None
    if box[0] >= label[2] - 0.6 * em:  # printed lower than its label
        down = (box[1] - label[3]) / label_high
        gap = (box[0] - label[2]) / em
        return 1 + gap / 4 if -1.2 <= down <= 0.35 and gap <= _REACH else None
    down = (box[1] - label[3]) / label_high
    if not -0.3 <= down <= 1.8:
        return None
    middle = abs((box[0] + box[2]) / 2 - (label[0] + label[2]) / 2) / em
    if box[0] > label[2] or box[2] < label[0]:
        return None
    return 2 + max(down, 0) if abs(box[0] - label[0]) <= 2 * em or middle <= 2 else None


def _inside(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _cells(page: Page, vocabulary: Vocabulary) -> tuple[list[Labelled], list[Box]]:
    """Labels that fill a table cell, with the neighbouring cell as their value, and the boxes of both."""
    labelled: list[Labelled] = []
    covered: list[Box] = []
    for table in page.tables:
        keys = {(cell.row, cell.column): _cell_label(cell.text, vocabulary) for cell in table.cells}
        for cell in table.cells:
            key = keys[cell.row, cell.column]
            if key is None:
                continue
            right = next(
                (
                    other
                    for other in table.cells
                    if other.column == cell.column + cell.column_span
                    and other.row <= cell.row < other.row + other.row_span
                ),
                None,
            )
            if right is None or keys[right.row, right.column] is not None:
                continue
            label = Label(text=key, page=page.number, row=-1, start=0, end=0, box=cell.box, firm=True, exact=True)
            labelled.append(Labelled(label=label, found=_cell_value(page, right, key)))
            covered += [cell.box, right.box]
    return labelled, covered


def _cell_value(page: Page, cell: Cell, key: str) -> Found:
    """What stands in a table cell: the page's words within it, or else the cell's own text."""
    aspect = page.width / page.height if page.height else 0.707
    rows = tuple(row.words for row in rows_of([w for w in page.words if _inside(w.box, cell.box)], aspect))
    if not rows and cell.text.strip():
        lines = cell.text.strip().split("\n")
        rows = tuple((Word(text=line, box=cell.box, confidence=cell.confidence),) for line in lines)
    return Found(
        label=key,
        words=tuple(word for row in rows for word in row),
        page=page.number,
        lines=tuple(" ".join(word.text for word in row) for row in rows),
        rows=rows,
    )


def _cell_label(text: str, vocabulary: Vocabulary) -> str | None:
    folded = fold(text).rstrip(":")
    if folded in vocabulary.folded:
        return vocabulary.folded[folded]
    bare = _BRACKET.sub("", folded)
    return vocabulary.folded.get(bare)
