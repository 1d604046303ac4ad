"""What stands at the foot of a letter: signature, date, typed names (法定代表人签字, 日期, 入驻机构公章).

Ink counts as a signature where the letter asks for one: right of 法定代表人（签字） up to the next print, or just below
it. Printed letters, a seal alone and an underline are none; a name that recognition spells out counts as typed where
it is of the height and evenness of the print around it. On grey and 1-bit copies a seal can look like ink: then the
answer is less certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.folding import fold_with_origin, is_han, tidy
from qi_pipeline.extraction.lines import around, cut, overlap
from qi_pipeline.model import Box, ElectronicSignature, Field, Ink, Page, Word

_SIGNER = re.compile(
    r"(?:法定代表人|法人代表|法定代表|法人|负责人|经营者|投资人|执行事务合伙人)"
    r"(?:或(?:其)?(?:授权)?(?:委托)?(?:代理|代表|负责)人)?"
    r"(?:\(?(?:或?授权代表|负责人|签字|签名|签章|盖章|签字或盖章|签字/盖章|手签|签)\)?)*[::]?"
)
_ASKED = re.compile(r"签[字名章]|手签|\(签\)")
_SEAL_LABEL = re.compile(
    r"(?:入驻机构|入驻单位|承诺单位|承诺机构|单位名称|机构名称|单位|机构)(?:\(?(?:公章|盖章|章|全称)\)?)*[::]?"
)
_DATE_SIGNS = re.compile(r"[年月日]")
_ORGANISATION = re.compile(
    r"(?:公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|商会|事务所|检测站|检验所|检测所|合作社|企业|厂|所|院|局|会|店|行|社|站|馆|场|园|基地|集团)(?:\([^()]{1,20}\))?$"
)
_TALLER = 1.5
"""Writing by hand is usually so much taller than the print."""
_DOUBTED = 0.9
"""The engine is less sure of writing than of print, though not of every one."""
_SURE_PRINT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A label at the foot of the letter and what is printed right of it on its line."""

    page: Page
    box: Box
    asked: bool
    """Whether it asks for a signature (签字)."""
    after: tuple[Word, ...]


def signature(document: DocumentPages, signatures: Sequence[ElectronicSignature] = ()) -> Field | None:
    """Whether the letter is signed where it asks for it; None where no such place is printed at all."""
    place = signer_place(document.pages)
    valid = next((s for s in signatures if s.intact is not False), None)
    if valid is not None:
        page, box = (place.page.number, place.box) if place else (document.pages[-1].number, (0.0, 0.0, 1.0, 1.0))
        sure = 0.97 if valid.intact else 0.7
        return _field(
            value=True, raw=valid.signer or "", confidence=sure, page=page, box=box, check="electronic_signature"
        )
    if place is None:
        return None
    return _inked(place)


def signer_place(pages: Sequence[Page]) -> Place | None:
    """The label at which the legal representative signs: the last that asks for a signature, else the last at all."""
    found = [place for page in pages for place in _places(page, _SIGNER, 4)]
    asked = [place for place in found if place.asked]
    return next(reversed(asked or found), None)


def _places(page: Page, pattern: re.Pattern[str], least: int) -> list[Place]:
    """Labels that open a segment or follow a gap in it, with the words right of them."""
    found = []
    for word in page.words:
        folded = fold_with_origin(word.text)
        match = pattern.match(folded.text)
        if match is None or match.end() < least or len(folded.text) > 60:
            continue
        rest = folded.text[match.end() :]
        if rest[:1] and is_han(rest[0]) and not match.group().endswith((":", ")")):
            continue  # a sentence that begins with the label's words
        start, stop = folded.raw_span(0, match.end())
        label = cut(word, start, stop)
        after = [cut(word, stop, len(word.text))] if rest.strip() else []
        after += sorted(
            (
                w
                for w in page.words
                if w is not word and w.box[0] >= label.box[2] - 0.01 and overlap(w.box, word.box) > 0.3
            ),
            key=lambda w: w.box[0],
        )
        text = match.group() + "".join(fold_with_origin(w.text).text for w in after[:1])
        found.append(Place(page=page, box=label.box, asked=bool(_ASKED.search(text)), after=tuple(after)))
    return sorted(found, key=lambda place: place.box[1])


def _inked(place: Place) -> Field:
    page, label = place.page, place.box
    high = _print_height(page)
    middle = (label[1] + label[3]) / 2
    stop = min((w.box[0] for w in place.after if _is_label(w)), default=1.0)
    zone = (label[2] - 0.5 * high, middle - 2.2 * high, max(stop, label[2] + 6 * high), middle + 3.0 * high)
    marks = [ink for ink in page.ink if _is_writing(ink, high) and _shares(ink.box, zone) > 0.5]
    on_line = [ink for ink in marks if ink.box[1] < middle + 0.9 * high and ink.box[3] > middle - 0.9 * high]
    free = [ink for ink in marks if not any(_shares(ink.box, seal.box) > 0.7 for seal in page.seals)]
    level = [ink for ink in free if ink in on_line]
    named = [w for w in place.after if not _is_label(w) and any(is_han(c) for c in w.text) and w.box[0] < stop]
    named = [w for w in named if not any(_shares(w.box, seal.box) > 0.7 for seal in page.seals)]
    hand = [w for w in named if _by_hand(w, high)]
    poor = {"colour": 0.0, "grey": 0.04, "bitonal": 0.25}[page.appearance]
    if level or hand:
        box = around([*(ink.box for ink in level), *(w.box for w in hand)])
        sure = 0.97 if level and hand else 0.95 if level else 0.92 if all(_is_tall(w, high) for w in hand) else 0.75
        return _field(value=True, raw=_raw(named), confidence=sure - poor, page=page.number, box=box, check="ink")
    if on_line or free:  # ink only within a seal, or below the line: a signature there, or a seal that is not red
        box = around(ink.box for ink in on_line or free)
        sure = 0.85 if page.appearance == "colour" else 0.55
        return _field(value=True, raw=_raw(named), confidence=sure, page=page.number, box=box, check="!ink_on_line")
    seen = around([label, *(w.box for w in named)]) if named else zone
    return _field(value=False, raw=_raw(named), confidence=0.95 - poor, page=page.number, box=seen, check="!ink")


def _print_height(page: Page) -> float:
    """The usual height of a line of print on the page."""
    heights = sorted(word.box[3] - word.box[1] for word in page.words if len(word.text) >= 4)
    return heights[len(heights) // 2] if heights else 0.02


def _is_writing(ink: Ink, high: float) -> bool:
    """Whether a patch is written, not an underline or a speck."""
    width, height = ink.box[2] - ink.box[0], ink.box[3] - ink.box[1]
    return height >= 0.45 * high and width >= 0.5 * high and width <= 16 * height


def _is_tall(word: Word, high: float) -> bool:
    return (word.box[3] - word.box[1]) > _TALLER * high


def _by_hand(word: Word, high: float) -> bool:
    """Whether a word that recognition spelled out was written by hand: taller than print, or read with doubt."""
    return _is_tall(word, high) or word.confidence < _DOUBTED


def _is_label(word: Word) -> bool:
    text = fold_with_origin(word.text).text
    match = _SEAL_LABEL.match(text)
    return (match is not None and match.end() >= 4) or text.startswith(("日期", "年", "联系"))


def typed_name(pages: Sequence[Page]) -> Field | None:
    """A personal name typed where the letter asks for the signature; handwriting is not spelled out."""
    place = signer_place(pages)
    if place is None:
        return None
    high = _print_height(place.page)
    for word in place.after:
        text = tidy(word.text).strip(" :：_＿—-")
        printed = not _by_hand(word, high) and word.confidence >= _SURE_PRINT
        inked = any(_is_writing(ink, high) and _shares(word.box, ink.box) > 0.3 for ink in place.page.ink)
        if _is_label(word) or not printed or inked:
            continue
        if re.fullmatch(r"[\u3400-\u9fff·]{2,8}", text) and not re.search(r"签[字名章]|盖章|公章", text):
            return Field(value=text, raw=word.text, confidence=word.confidence, page=place.page.number, box=word.box)
    return None


def holder(pages: Sequence[Page]) -> Field | None:
    """The institution's name typed at 入驻机构（公章）, on its line or the next; seal text and dates are none."""
    for page in reversed(pages):
        for place in reversed(_places(page, _SEAL_LABEL, 4)):
            high = place.box[3] - place.box[1]
            below = [
                w
                for w in page.words
                if 0 <= w.box[1] - place.box[3] + 0.5 * high <= 2.2 * high and w.box[0] >= place.box[0] - 2 * high
            ]
            for word in (*place.after, *below):
                text = tidy(word.text).strip(" :：_＿—-（(")
                folded = fold_with_origin(text).text
                if len(folded) < 5 or not _ORGANISATION.search(folded) or _SEAL_LABEL.match(folded):
                    continue
                tall = (word.box[3] - word.box[1]) > 1.8 * high
                if not tall and not any(_shares(word.box, s.box) > 0.8 for s in page.seals if word.confidence < 0.9):
                    return Field(value=text, raw=word.text, confidence=word.confidence, page=page.number, box=word.box)
    return None


def signed_on(pages: Sequence[Page], after: tuple[int, float]) -> Field | None:
    """The date at the foot of the letter, below ``after`` (page and height where the wording ends).

    None where nothing is written between 年, 月 and 日 (not dated); a null value where something is, and no whole
    date can be read from it.
    """
    candidates = [
        field
        for page in pages
        if page.number >= after[0]
        for field in _dates_on(page, after[1] if page.number == after[0] else 0.0)
    ]
    whole = [field for field in candidates if field.value is not None]
    return next(reversed(whole or candidates), None)


def _dates_on(page: Page, below: float) -> list[Field]:
    words = [w for w in page.words if w.box[1] >= below - 0.005]
    found: list[Field] = []
    for row in _date_rows(words):
        raw = " ".join(word.text for word in row)
        box = around(word.box for word in row)
        whole = [d for d in dates.dates_in(raw) if d.coarse == "day"]
        if whole:
            found.append(_day_field(row, raw, whole[-1].day, page.number, box))
            continue
        blank = re.sub(r"[\s年月日:：_＿.\-—期签署订字]", "", raw)
        inked = any(_shares(ink.box, _widened(box)) > 0.5 and _is_writing(ink, box[3] - box[1]) for ink in page.ink)
        if len(_DATE_SIGNS.findall(raw)) >= 2 and (re.search(r"[0-9〇零一二三四五六七八九十]", blank) or inked):
            found.append(Field(value=None, raw=raw, confidence=0.3, page=page.number, box=box))
    return found


def _day_field(row: Sequence[Word], raw: str, day: date | None, page: int, box: Box) -> Field:
    """The date, or for one that can't be (71月: a written 1 read as 7) null with the day that it may mean."""
    if day is not None:
        sure = min(word.confidence for word in row)
        return Field(value=day.isoformat(), raw=raw, confidence=sure, page=page, box=box)
    likely = dates.date_of(re.sub(r"7(?=[0-9]\s*[月日])", "1", raw))
    suggestion = likely.isoformat() if likely is not None else None
    return Field(value=None, raw=raw, confidence=0.3, page=page, box=box, suggestion=suggestion)


def _widened(box: Box) -> Box:
    high = box[3] - box[1]
    return (box[0] - 5 * high, box[1] - 0.8 * high, box[2] + high, box[3] + 0.8 * high)


_DATE_WORD = re.compile(
    r"^(?:(?:签[署订字]?)?(?:日期|时间)[::]?)?[0-9oil年月日号曰〇○零一二三四五六七八九十廿卅贰./\-\s_]*$"
)


def _date_rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words that hold nothing but parts of a date, those of one line together, from top to bottom."""
    parts = [w for w in words if _DATE_WORD.match(fold_with_origin(w.text).text) or dates.dates_in(w.text)]
    rows: list[list[Word]] = []
    for word in sorted(parts, key=lambda w: w.box[0]):
        row = next((r for r in rows if overlap(around(x.box for x in r), word.box) > 0.35), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    return sorted(rows, key=lambda row: row[0].box[1])


def _field(*, value: bool, raw: str, confidence: float, page: int, box: Box, check: str) -> Field:
    return Field(value=value, raw=raw, confidence=round(confidence, 3), page=page, box=box, checks=(check,))


def _raw(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _shares(inner: Box, outer: Box) -> float:
    """Share of ``inner`` that lies in ``outer``."""
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return wide * high / area if wide > 0 and high > 0 and area > 0 else 0.0
