"""Reading a seal's face: the name on the arc and the line below the star, by several readings that must agree.

No engine's score is believed by itself. The strip is read from colour and from brightness, narrow and wide; what two
readings agree on is sure, what they don't is doubtful.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qi_pipeline.model import Word
from qi_pipeline.reading.pixels import Image
from qi_pipeline.reading.seal_faces import Face, foot_lines, has_foot, strip_of

LEAST_SURE = 0.35
"""Below this confidence a name counts as not readable."""
_DRAWN = 0.8
"""A name is at most so sure where nearly as many looks gave another."""
_FEWEST = 4
"""Chinese characters that make a name."""
_WHOLE_NAME = 8
"""Characters of a name that is told from others by its print."""
_LABELS = "名称|全称|机构|单位|公司名|委托方|客户"
"""What a line may begin with that prints a name."""
_NO_GAP = 45
"""Degrees; a narrower gap may be one between letters, and the reading then begins somewhere within the name."""
_ENDINGS = re.compile(
    r"^(.*?(?:有限公司|分公司|管理局|委员会|研究院|研究所|事务所|中心|协会|学会|学校|学院|厅|局))(.{1,8})$"
)
_HAN = r"\u3400-\u9fff\uf900-\ufaff〇"
_FEET = (
    "合同专用章", "财务专用章", "发票专用章", "检测专用章", "检验专用章", "检验检测专用章", "校准专用章", "检定专用章",
    "报告专用章", "证书专用章", "业务专用章", "行政专用章", "人事专用章", "备案专用章", "公章", "业务章", "认证专用章",
    "检测报告专用章", "计量检定专用章", "计量校准专用章", "投标专用章", "档案专用章", "技术专用章", "质量检验专用章",
    "许可专用章", "行政审批专用章", "注册登记专用章", "登记专用章", "审批专用章",
)  # fmt: skip


class RecogniseText(Protocol):
    """Reads an RGB picture that holds one horizontal line of dark text on white, as words from left to right.

    The line recogniser of an engine will do; finding lines first is not needed.
    """

    def __call__(self, image: Image, /) -> Sequence[Word]:
        """The words of the line; none where nothing can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text with how sure it is."""

    text: str
    confidence: float


def read_arc(face: Face, recognise: RecogniseText, *, patience: int, printed: Sequence[str] = ()) -> Reading | None:
    """The name on the arc, or None where no reading looks like one.

    After so many looks (``patience``) without a name it is given up: most rings that bear none are no seals. A good
    look that gives a name in the lines ``printed`` on the page needs no second: the print is one.
    """
    readings: list[tuple[str, float]] = []
    for strip in _strips(face):
        text, score = _read(strip, recognise)
        text = _from_its_start(text, sure=face.gap_width > _NO_GAP)
        readings.append((text, score) if len(_han(text)) >= _FEWEST else ("", 0.0))
        if _settled([readings[-1]] * 2) and _is_printed(text, printed):
            readings.append((text, score))
            break
        if _settled(readings) or (len(readings) >= patience and not any(text for text, _score in readings)):
            break
    if _is_drawn([text for text, _score in readings if text]):
        text, score = _read(strip_of(face, sharp=0.5), recognise)
        readings.append((_from_its_start(text, sure=face.gap_width > _NO_GAP), score))
    return _agreed([r for r in readings if r[0]], len(readings))


def _is_printed(name: str, printed: Sequence[str]) -> bool:
    """Whether a line of print holds the whole name, and no longer one.

    >>> _is_printed("无锡湖畔检测有限公司", ["名称：无锡湖畔检测有限公司"])
    True
    >>> _is_printed("锡湖畔检测有限公司", ["无锡湖畔检测有限公司"])
    False
    """
    whole = re.compile(rf"(?:^|[^{_HAN}]|{_LABELS}){re.escape(name)}(?:$|[^{_HAN}])")
    return len(name) >= _WHOLE_NAME and any(whole.search(clean(line)) for line in printed)


def _is_drawn(texts: list[str]) -> bool:
    """Whether as many looks gave one name as another."""
    counts = sorted((texts.count(text) for text in set(texts)), reverse=True)
    return len(counts) > 1 and counts[0] == counts[1] > 1


def read_foot(face: Face, recognise: RecogniseText) -> str | None:
    """The line below the star; empty where ink stands there that can't be read, None where there is none."""
    plain: list[tuple[float, str]] = []
    known: list[tuple[float, str]] = []
    for line in foot_lines(face):
        text, score = _read(line, recognise)
        if score < 0.5 or len(_han(text)) < 2:
            continue
        plain.append((score, text))
        known += [
            (difflib.SequenceMatcher(None, text, phrase).ratio(), phrase)
            for phrase in difflib.get_close_matches(text, _FEET, n=1, cutoff=0.75)
        ]
        if known and max(known)[0] == 1.0:
            break
    if known:
        return max(known)[1]
    score, text = max(plain, default=(0.0, ""))
    if text.endswith(("章", "专用")) and score > 0.7:
        return text
    return "" if has_foot(face) else None


def _strips(face: Face) -> Iterator[Image]:
    """The ways to look at the arc, likeliest first."""
    yield strip_of(face)
    yield strip_of(face, sharp=1.0)
    yield strip_of(face, widen=1.35)
    yield strip_of(face, sharp=1.0, widen=1.3)
    if face.gap_width < _NO_GAP:
        yield strip_of(face, start=90.0)
        yield strip_of(face, start=90.0, widen=1.35)


def _read(strip: Image, recognise: RecogniseText) -> tuple[str, float]:
    words = [word for word in recognise(strip) if word.text.strip()]
    if not words:
        return "", 0.0
    words.sort(key=lambda word: word.box[0])
    text = clean("".join(word.text for word in words))
    return text, float(np.mean([word.confidence for word in words]))


def clean(text: str) -> str:
    """The Chinese part of a reading: code digits and specks at both ends taken off, brackets made alike.

    >>> clean("3202140012 无锡（某某）检测有限公司3")
    '无锡(某某)检测有限公司'
    """
    folded = unicodedata.normalize("NFKC", text).replace(" ", "")
    folded = re.sub(rf"^[^{_HAN}]+|[^{_HAN})]+$", "", folded)
    folded = re.sub(rf"[^{_HAN}()A-Za-z0-9·]", "", folded)
    if folded.count("(") != folded.count(")"):
        folded = folded.replace("(", "").replace(")", "")
    return folded if len(_han(folded)) * 2 > len(folded) else ""


def _from_its_start(text: str, *, sure: bool) -> str:
    """The name turned to begin at its beginning, where the reading began within it.

    ``sure``: the gap was clear; then only what can't be a beginning is turned.

    >>> _from_its_start("检测有限公司无锡湖畔", sure=False), _from_its_start("术有限公司无锡湖畔检测技", sure=True)
    ('无锡湖畔检测有限公司', '无锡湖畔检测技术有限公司')
    """
    match = _ENDINGS.match(text)
    if match is None or re.search(r"[章厂院所站部队社]$|公司$", match[2]):
        return text
    if sure and len(match[1]) > len("某有限公司"):
        return text
    return match[2] + match[1]


def _han(text: str) -> str:
    return re.sub(rf"[^{_HAN}]", "", text)


def _settled(readings: list[tuple[str, float]]) -> bool:
    """Whether two good readings already say the same."""
    good = [text for text, score in readings if text and score > 0.85]
    return len(good) >= 2 and len(set(good[-2:])) == 1


def _agreed(readings: list[tuple[str, float]], tried: int) -> Reading | None:
    """The reading that agrees best with the others, and how well."""
    if not readings:
        return None
    totals = []
    for text, score in readings:
        others = [difflib.SequenceMatcher(None, text, other).ratio() * weight for other, weight in readings]
        totals.append((sum(others) + 0.5 * score, text, score))
    _total, best, _score = max(totals)
    same = [score for text, score in readings if text == best]
    rest = [text for text, _score in readings if text != best]
    alike = float(np.mean([difflib.SequenceMatcher(None, best, text).ratio() for text in rest])) if rest else 1.0
    score = max(same)
    several = len(same) > 1
    sure = min(same) * (0.6 + 0.4 * alike) if several else score * (0.5 + 0.35 * alike if rest else 0.6)
    if several and any(rest.count(text) >= len(same) - 1 for text in rest if rest.count(text) > 1):
        sure = min(sure, _DRAWN)  # what half of the looks say against half is no more than likely
    missed = 1 - len(readings) / max(1, tried)
    return Reading(text=best, confidence=round(max(0.0, min(0.97, sure * (1 - 0.4 * missed))), 3))
