"""Values without a label: the date at the foot of a licence, the authority that stands only in the seal."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.lines import around, cut
from qi_pipeline.model import Box, Field, Page, Seal, Word

_REMINDER = re.compile(r"每年|(?<![年0-9])1月1日|(?<!年)6月30日|年报|年度报告|公示|打印|下载|仅供|复印|有效")
_AUTHORITY_LINE = re.compile(
    r"[\u4e00-\u9fff()]{2,24}(?:监督管理局|管理委员会|工商行政管理局|行政审批局|审批服务局|民政局|民政厅|民政部|登记管理局|政务服务管理局|数据局|登记管理机关"
    r"|管理局|管理处|委员会办公室)"
)
_ISSUER = re.compile(
    r"(?:局|委员会|厅|院|政府|办公室|中心|处|署|(?<!经营)(?<!营业)(?<!门市)(?<!事业)(?<!服务)(?<!销售)(?<!项目)(?<!俱乐)部|(?<!事务)所)$"
)


MENDED = 0.85
"""What a value is worth at most that was mended: a date whose 〇 was lost, an authority spelled as its seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseDate:
    """A date that stands in a row of its own, with no label in front."""

    day: date | None
    """None: a date is printed, but a part of it can't be read."""
    raw: str
    page: int
    box: Box
    confidence: float


def loose_dates(page: Page, *, within: Box = (0.0, 0.0, 1.0, 1.0)) -> list[LooseDate]:
    """Dates whose row says nothing else, from top to bottom; ``2019 年 03 月 19 日`` over several words included.

    Rows that remind of annual reports, or that a printer stamped, are left out.
    """
    aspect = page.width / page.height if page.height else 0.707
    inside = [word for word in page.words if _centre_in(word.box, within)]
    found = []
    for words in _chains(inside, aspect):
        raw = _in_order(words)
        if _REMINDER.search(fold(raw)):
            continue
        known, day = _day(words)
        if not known:
            continue
        found.append(
            LooseDate(
                day=day,
                raw=raw,
                page=page.number,
                box=around(word.box for word in words),
                confidence=min(word.confidence for word in words),
            )
        )
    whole = [item for item in found if item.day is not None]
    parts = [item for item in found if item.day is None and not any(_touch(item.box, other.box) for other in whole)]
    return sorted([*whole, *parts], key=lambda item: item.box[1])


def _day(words: Sequence[Word]) -> tuple[bool, date | None]:
    """Whether these words are a date and nothing else, and which; None when a part can't be read."""
    raw = _in_order(words)
    text = fold(raw)
    here = [d for d in dates.dates_in(raw) if d.day is not None and d.coarse == "day"]
    if len(here) == 1:
        return len(text) - (here[0].end - here[0].start) <= 8, here[0].day
    if here or not re.fullmatch(r"(?:19|20)[0-9]{2}年?[0-9年月日号oil]{0,8}", text) or "年" not in text:
        return False, None
    numbers = [number for word in words for number in re.findall(r"[0-9]+", fold(word.text))]
    if len(numbers) == 3 and len(numbers[0]) == 4 and text.endswith("日"):  # a unit was lost: 2019 年 03 19 日
        return True, dates.date_of("-".join(numbers))
    return True, None


def _in_order(words: Sequence[Word]) -> str:
    """The text of words from left to right; where one lies within another, letter by letter."""
    if all(b.box[0] >= a.box[2] - 0.3 * (a.box[3] - a.box[1]) for a, b in itertools.pairwise(words)):
        return " ".join(word.text for word in words)
    letters = [cut(word, at, at + 1) for word in words for at in range(len(word.text)) if not word.text[at].isspace()]
    return "".join(word.text for word in sorted(letters, key=lambda w: w.box[0] + w.box[2]))


def _touch(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


_DATE_PIECE = re.compile(r"^[0-9年月日oil号曰〇○零一二三四五六七八九十./\-]+$")


def _chains(words: Sequence[Word], aspect: float) -> Iterable[tuple[Word, ...]]:
    """Single words, and pieces of dates that stand beside each other (``2019 年 03 月 19 日``), however unevenly."""
    for word in words:
        yield (word,)
    pieces = sorted((word for word in words if _DATE_PIECE.match(fold(word.text))), key=lambda w: w.box[0])
    groups: list[list[Word]] = []
    for word in pieces:
        group = next((group for group in groups if _beside(group, word, aspect)), None)
        if group is None:
            groups.append([word])
        else:
            group.append(word)
    for group in groups:
        if len(group) > 1:
            yield tuple(group)


def _beside(group: Sequence[Word], word: Word, aspect: float) -> bool:
    high = max(item.box[3] - item.box[1] for item in group)
    middle = sum((item.box[1] + item.box[3]) / 2 for item in group) / len(group)
    near = abs((word.box[1] + word.box[3]) / 2 - middle) <= 1.1 * high
    return near and word.box[0] - group[-1].box[2] <= 5 * high / aspect


def _centre_in(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def date_field(item: LooseDate) -> Field:
    """The field of a loose date."""
    value = item.day.isoformat() if item.day is not None else None
    confidence = item.confidence if item.day is not None else 0.0
    if dates.has_lost_zero(item.raw):
        confidence = min(confidence, MENDED)
    checks = ("mended",) if value is not None and dates.is_supposed(item.raw) else ()
    return Field(value=value, raw=item.raw, confidence=confidence, page=item.page, box=item.box, checks=checks)


def names_authority(text: str) -> bool:
    """Whether a printed line is the name of a registering authority and nothing else."""
    return _AUTHORITY_LINE.fullmatch(fold(text)) is not None


def issuer_seal(pages: Iterable[Page], *, not_name: str | None = None) -> Seal | None:
    """The seal whose text names an authority (…局, …委员会), lowest on the page first; never the holder's own."""
    seals = [seal for page in pages for seal in page.seals if seal.text]
    own = fold(not_name) if not_name else None
    named = [
        seal
        for seal in seals
        if seal.text and _ISSUER.search(fold(seal.text)) and (own is None or not _alike(fold(seal.text), own))
    ]
    return max(named, key=lambda seal: (seal.confidence, seal.box[3]), default=None)


def _alike(seal: str, own: str) -> bool:
    """Whether a seal says the holder's name, be it misread in places: arcs are read worse than lines."""
    return own in seal or seal in own or edit_distance(seal, own) <= max(len(seal), len(own)) // 3


_SURE_SEAL = 0.95
_MISREAD = 2
"""Letters by which a line under a seal may differ from the seal's own and still be meant as the same."""


def authority_under_seal(pages: Sequence[Page], read: Field) -> Field:
    """``issuing_authority``, spelled as the seal over it where that was read with certainty and differs in letters.

    The seal repeats the name that it covers; the line below it loses letters to star and rim, the arc does not.
    """
    if not isinstance(read.value, str):
        return read
    printed = fold(read.value)
    for page in pages:
        for seal in page.seals:
            if page.number != read.page or seal.text is None or seal.confidence < _SURE_SEAL:
                continue
            name = fold(seal.text)
            lies_on = _touch(read.box, seal.box) and _ISSUER.search(name) is not None
            alike = 0 < edit_distance(printed[-len(name) :], name) <= _MISREAD or printed[-len(name) :] == name
            if lies_on and printed != name and alike:
                return replace(read, value=name, confidence=min(read.confidence, seal.confidence, MENDED))
    return read


def authority_from_seal(pages: Sequence[Page], *, not_name: str | None = None) -> Field | None:
    """``issuing_authority`` as the issuer's seal spells it; None when no seal names one."""
    seal = issuer_seal(pages, not_name=not_name)
    if seal is None or seal.text is None:
        return None
    return Field(
        value=fold(seal.text),
        raw=seal.text,
        confidence=seal.confidence,
        page=seal.page,
        box=seal.box,
        checks=("from_seal",),
    )
