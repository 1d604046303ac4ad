"""Where labels (栏目名) are printed in the rows of a page.

Labels are looked for with the union vocabulary of all kinds, so that the label of one field ends the value of
another. They may be spread over several segments (负 | 责人), letter-spaced, misread in one character, set in two
lines (宗旨和 / 业务范围), printed with or without a colon, in Chinese or English. A label that merely occurs in a
sentence is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qi_pipeline.extraction.folding import HAN, distance_within_one, fold, fold_with_origin, is_han
from qi_pipeline.extraction.lines import Row, around, cut
from qi_pipeline.model import Box, Word

_BRACKET = re.compile(r"\([^()]{1,24}\)")
_BRACKET_WORDS = ("签", "章", "名", "负责人", "经营者", "盖", "印", "no", "name", "address", "date", "正", "副")
_OTHER_NAME = re.compile(rf"\((?!一照多址)[{HAN}/]{{2,12}}\)")
"""Another name of a label behind it (住所（经营场所）); （一照多址） is the end of an address."""
_ENGLISH_TWIN = re.compile(r"[(/]?[a-z][a-z./&'-]{2,40}[)]?:(?!//)")
"""A label in English between the Chinese one and its colon (校准日期 Calibrated on：)."""
_OPENERS = ":;,。、/|)]·*("
_DATE_AHEAD = re.compile("[自从]?(?:[12][0-9]{3}|[〇○零一二三四五六七八九]{3,4})年")
"""A label that runs into a whole year is set off by it (成立日期二〇一二年…)."""
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


_WHOLE = 6
"""Labels with more letters are known by what is left of them when one is lost."""


class Vocabulary:
    """All labels that the program knows, by their first folded character."""

    def __init__(self, labels: Iterable[str]) -> None:
        self.folded: dict[str, str] = {}
        for label in labels:
            self.folded.setdefault(fold(label), label)
        for key, label in list(self.folded.items()):  # the stroke of 一 is lost beside a ruled line
            if "一" in key and len(key) > _WHOLE:
                self.folded.setdefault(key.replace("一", ""), label)
        self.halves = frozenset(char for key in self.folded if len(key) == 2 and is_han(key[0]) for char in key)
        """The letters of labels of two, which are spread so wide that each is found by itself."""
        self._by_first: dict[str, list[str]] = {}
        for key in sorted(self.folded, key=len, reverse=True):
            self._by_first.setdefault(key[0], []).append(key)
        self.tall: dict[str, list[str]] = {}
        """Labels long enough to be set in two lines, by their first two characters, longest first."""
        for key in sorted((key for key in self.folded if len(key) >= 5 and is_han(key[0])), key=len, reverse=True):
            self.tall.setdefault(key[:2], []).append(key)
        self._tails = {key[1:]: key for key in self.folded if 3 <= len(key) <= 8 and is_han(key[0])}
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

    def tail_at(self, text: str, at: int) -> str | None:
        """The label whose letters but the first stand at ``at``, and no label by themselves; None when none do."""
        for length in range(7, 1, -1):
            rest = text[at : at + length]
            if len(rest) == length and rest in self._tails and rest not in self.folded:
                return self._tails[rest]
        return None

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
class Line:
    """One printed row with its folded text and the way back to its words."""

    row: Row
    text: str
    owner: list[tuple[int, int]]
    """For each folded character: index of its word, index in that word's text."""
    gap: list[bool]
    """Whether a printed gap precedes each folded character."""
    wide: list[bool]
    """Whether the gap is a break between segments, not just a space."""


def line_of(row: Row) -> Line:
    """The row with its folded text."""
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
    return Line(row, text, owner, gap, wide)


def _label_at(line: Line, at: int, vocabulary: Vocabulary, ended: int) -> tuple[str, int, bool, bool] | None:
    """The label at ``at`` as (key, end, firm, exact); None when none stands there.

    ``ended`` is where the label before it ended.
    """
    text = line.text
    twin = at == ended and not is_han(text[at])  # 证书编号Certificate No.: in one run
    boundary = line.gap[at] or text[at - 1] in _OPENERS or twin
    key = vocabulary.exact_at(text, at)
    exact = key is not None
    if key is None and line.gap[at]:
        key = vocabulary.near_at(text, at)
    if key is None:
        return None
    end = at + len(key)
    if not line.gap[at] and any(line.wide[at + 1 : end]):
        return None  # the end of a name and the label behind it: 有限公司 | 住所：
    latin = not is_han(key[-1])
    if latin and text[end : end + 1].isascii() and text[end : end + 1].isalpha() and not line.gap[end]:
        return None
    if latin and not boundary:
        return None
    bracket = _BRACKET.match(text, end)
    if bracket and (
        text[bracket.end() : bracket.end() + 1] == ":"
        or any(word in bracket.group() for word in _BRACKET_WORDS)
        or (
            not latin
            and _OTHER_NAME.fullmatch(bracket.group())
            and line.wide[bracket.end() : bracket.end() + 1] != [False]
        )
    ):
        end = bracket.end()
    if not latin and exact and (english := _ENGLISH_TWIN.match(text, end)):
        end = english.end() - 1
    if not latin and exact and text[end : end + 1] == "/":
        end = _behind_twin(line, end)
    colon = text[end : end + 1] == ":"
    ends = end >= len(text) or (line.wide[end] if latin else line.gap[end]) or (end < len(text) and text[end] in "/")
    # A Chinese label that runs into digits or Latin letters is set off by the change of script; a short one
    # only by a whole number.
    script = line.wide[at] and not latin and bool(re.match("[0-9a-z]" * (1 if len(key) >= 3 else 4), text[end:]))
    dated = exact and line.wide[at] and len(key) >= 4 and _DATE_AHEAD.match(text, end) is not None
    named = exact and line.wide[at] and key.endswith(("人", "者")) and _is_person(line, end)
    firm = colon or ends or script or dated or named
    script_before = colon and not latin and text[at - 1].isascii() and text[at - 1].isalpha()  # CATL编号：
    # A date and the label behind it, read in one (…03日校准日期/Cal. Date).
    behind_date = exact and len(key) >= 4 and text[at - 1] == "日" and ends
    if not boundary and not script_before and not behind_date and not (colon and len(key) >= 4):
        return None
    if not line.gap[at] and not colon and not twin and not behind_date:
        return None
    if not exact and not firm:
        return None
    return key, end, firm, exact


_SLASH_TWIN = re.compile(r"/ ?(?:[A-Z]?[a-z]+[.']?|No\.?)(?: (?:[A-Z]?[a-z]+[.']?|No\.?))*(?: ?\([a-z ]+\))?")
"""A label in English behind the Chinese one, without a colon (委托方/Client, 出厂编号/Serial No.)."""


def _behind_twin(line: Line, start: int) -> int:
    """Where the label in English ends that begins with the stroke at ``start``; ``start`` where none does."""
    raw, places = "", list[int]()
    for at in range(start, len(line.text)):
        if at > start and line.wide[at]:
            break
        index, origin = line.owner[at]
        piece = (" " if at > start and line.gap[at] else "") + line.row.words[index].text[origin]
        raw, places = raw + piece, places + [at] * len(piece)
    twin = _SLASH_TWIN.match(raw)
    return places[twin.end() - 1] + 1 if twin is not None and twin.end() > 2 else start


def _is_person(line: Line, start: int) -> bool:
    """Whether from ``start`` to the next gap stands nothing but what can be a person's name (法定代表人沈知微)."""
    end = next((at for at in range(start + 1, len(line.text)) if line.wide[at]), len(line.text))
    name = line.text[start:end]
    return 2 <= len(name) <= 4 and all(map(is_han, name)) and not any(word in name for word in _NO_NAMES)


_NO_NAMES = (*"签章应盖证", "姓名", "职务", "电话", "承诺", "代表", "名称", "意见", "身份", "变更", "登记")


def _labels_of(line: Line, index: int, page: int, vocabulary: Vocabulary) -> list[Label]:
    labels: list[Label] = []
    at, ended = 0, -1
    while at < len(line.text):
        hit = _label_at(line, at, vocabulary, ended)
        if hit is None:
            at += 1
            continue
        key, end, firm, exact = hit
        box = around(piece.box for piece in pieces(line, at, end))
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
        at = ended = end
    return labels


def pieces(line: Line, start: int, end: int) -> list[Word]:
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
    """Firm labels, and of the others those that stand in a column with a firm one, or with two like them."""
    firm = [label for label in labels if label.firm]
    if not firm:
        return [label for label in labels if label.exact and len(label.text) >= 4]

    def beside(label: Label, others: Sequence[Label]) -> set[str]:
        return {
            other.text for other in others if other is not label and abs(label.box[0] - other.box[0]) <= 0.8 * em
        } - {label.text}

    # Labels that all run into their values stand below each other all the same.
    exact = [label for label in labels if label.exact]
    return [label for label in labels if label.firm or beside(label, firm) or len(beside(label, exact)) >= _COLUMN]


_COLUMN = 2
"""So many other labels at one edge make a column of labels, though none of them is set off from its value."""


def _with_stacked(
    labels: list[Label], lines: Sequence[Line], page: int, vocabulary: Vocabulary, em: float
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
    lines: Sequence[Line], index: int, at: int, page: int, vocabulary: Vocabulary, em: float
) -> list[Label]:
    line = lines[index]
    if vocabulary.exact_at(line.text, at) is not None:
        return []
    for key in vocabulary.tall.get(line.text[at : at + 2], ()):
        for length in range(2, len(key)):
            end = at + length
            if not line.text.startswith(key[:length], at):
                continue
            apart = end >= len(line.text) or line.gap[end]
            if not apart and key[length:] in vocabulary.folded and key.endswith("日期"):
                continue  # 首次发证：2017.3.1 above 发证日期：2023.3.1
            upper = around(piece.box for piece in pieces(line, at, end))
            for below in range(index + 1, min(index + 4, len(lines))):
                found = _lower_half(lines[below], key[length:], upper, em, apart=apart)
                if found is None and _covers(lines[below], upper):  # 质量管理体系符合 / GB/T 19001 / 认证范围
                    break
                if found is not None:
                    start, stop = found
                    lower = around(piece.box for piece in pieces(lines[below], start, stop))
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


def _covers(line: Line, upper: Box) -> bool:
    """Whether a row has print all along below ``upper``, so that nothing further down goes on with that."""
    return any(word.box[0] <= upper[0] and word.box[2] >= upper[2] for word in line.row.words)


def _lower_half(line: Line, rest: str, upper: Box, em: float, *, apart: bool) -> tuple[int, int] | None:
    """Where ``rest`` stands in a row as the lower line of a label whose upper line is ``upper``.

    Halves that run into their values (``apart`` False) must begin at one edge: that is evidence enough.
    """
    for at, wide in enumerate(line.wide):
        end = at + len(rest)
        if not wide or not line.text.startswith(rest, at):
            continue
        here = end >= len(line.text) or line.gap[end] or line.text[end] in ":/"
        box = around(piece.box for piece in pieces(line, at, end))
        if not (apart and here) and (len(rest) < 3 or abs(box[0] - upper[0]) > 0.6 * em):
            continue
        near = box[1] - upper[3] <= 1.2 * (upper[3] - upper[1])
        level = abs(box[0] - upper[0]) <= 1.2 * em or abs(box[0] + box[2] - upper[0] - upper[2]) <= 2.4 * em
        if near and level and box[1] > upper[1]:
            return at, end
    return None


_TAILS = {"称": "名称", "型": "类型", "所": "住所"}
_HEADS = {label[0]: label for label in _TAILS.values()}
"""Labels of two letters that are spread so wide that an engine often finds only one of them."""


def _with_torn(labels: list[Label], lines: Sequence[Line], page: int, vocabulary: Vocabulary, em: float) -> list[Label]:
    """``labels`` with those of which a spread letter was not found (称 无锡…, 类 有限责任…, 体类型 有限责任…).

    What is left must stand at the edge that the other labels of the page share.
    """
    known = {label.text for label in labels}
    firm = [label for label in labels if label.firm and is_han(label.text[0]) and label.head is None]
    torn: list[Label] = []
    for index, line in enumerate(lines):
        for at, wide in enumerate(line.wide):
            char, end = line.text[at], at + 1
            text = _TAILS.get(char) or _HEADS.get(char)
            if wide and text is None and (tail := vocabulary.tail_at(line.text, at)) is not None:
                text, end = vocabulary.folded[tail], at + len(tail) - 1
                if not (end >= len(line.text) or line.wide[end] or line.text[end] == ":"):
                    continue
            if not wide or text is None or text in known or text not in vocabulary.folded.values():
                continue
            if any(label.row == index and label.start <= at < label.end for label in labels):
                continue
            if char in _HEADS and not (end >= len(line.text) or line.wide[end]):
                continue
            if char in _HEADS and line.text[end : end + 1] == _HEADS[char][1]:  # 住 | 所无锡市…
                end += 1
            piece = next(iter(pieces(line, at, end)), None)
            edge = 0 if char in _HEADS else 2
            if piece is None or sum(abs(label.box[edge] - piece.box[edge]) <= em for label in firm) < 2:
                continue
            known.add(text)
            torn.append(
                Label(text=text, page=page, row=index, start=at, end=end, box=piece.box, firm=True, exact=False)
            )
    return sorted([*labels, *torn], key=lambda label: (label.row, label.start))


def find_labels(lines: Sequence[Line], page: int, vocabulary: Vocabulary, em: float) -> list[Label]:
    """The labels in the rows of a page, by row and place; ``em`` is the usual letter width of the page."""
    found = [label for index, line in enumerate(lines) for label in _labels_of(line, index, page, vocabulary)]
    whole = _with_stacked(_settled(found, em), lines, page, vocabulary, em)
    return _with_torn(whole, lines, page, vocabulary, em)
