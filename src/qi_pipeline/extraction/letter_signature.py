"""What stands at the foot of a letter: the signature and typed names (法定代表人签字, 入驻机构公章).

Ink counts as a signature where the letter asks for one: right of 法定代表人（签字） up to the next print, or just below
it. Printed letters, a seal alone and an underline are none; a name that recognition spells out counts as typed where
it is of the height and evenness of the print around it. On grey and 1-bit copies a seal can look like ink: then the
answer is less certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
_ORGANISATION = re.compile(
    r"(?:公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|商会|事务所|检测站|检验所|检测所|合作社|企业|厂|所|院|局|会|店|行|社|站|馆|场|园|基地|集团)(?:\([^()]{1,20}\))?$"
)
_TALLER = 1.5
"""Writing by hand is usually so much taller than the print."""
_DOUBTED = 0.9
"""The engine is less sure of writing than of print, though not of every one."""
_AS_PRINT = 1.25
_SURE_PRINT = 0.96
"""A typed name stands as high as the print around it and is read with confidence."""
_TOUCHES = 0.3
"""Share of a word within a seal from which it may be the seal's own."""
_ROUND = 1.9
"""Height of a word's box, times its letters, over its width, from which it runs along an arc and not on a line."""
_CROSSED = 0.93
"""How sure a signature is over which the red seal was set: strokes of a pen, and a tall word read from them."""
_NAME = 4
"""A name has no more letters; so few on an arc may be a name written aslant."""
_ROOM = 3
"""A signature takes at least so many letters of print."""
_FEWEST_LINES = 5
"""Of fewer lines one that holds handwriting would pass for a slope."""
_ASLANT = 0.02
"""Growth of a line's box with its width from which lines don't run level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A label at the foot of the letter and what is printed right of it on its line."""

    page: Page
    box: Box
    asked: bool
    """Whether it asks for a signature (签字)."""
    after: tuple[Word, ...]
    joined: bool = False
    """Whether the first of them was read in one segment with the label."""
    letters: int = 0
    """How many letters the label has."""


def signature(document: DocumentPages, signatures: Sequence[ElectronicSignature], end: tuple[int, float]) -> Field:
    """Whether the letter is signed where it asks for it.

    ``end`` is the page and height at which the wording ends. Where the label can't be found, whatever is written
    below the wording speaks for a signature, and nothing is certain.
    """
    place = signer_place(document.pages)
    valid = next((s for s in signatures if s.intact is not False), None)
    if valid is not None:
        page, box = (place.page.number, place.box) if place else (document.pages[-1].number, (0.0, 0.0, 1.0, 1.0))
        sure = 0.97 if valid.intact else 0.7
        return _field(
            value=True, raw=valid.signer or "", confidence=sure, page=page, box=box, check="electronic_signature"
        )
    return _inked(place) if place is not None else _unlabelled(document.pages, end)


def _unlabelled(pages: Sequence[Page], end: tuple[int, float]) -> Field:
    """What is written between the wording's end and the foot of its page, and on the pages after it."""
    found: list[tuple[int, Box]] = []
    for page in from_page(pages, end[0]):
        print_ = Print.of(page)
        foot = (0.0, end[1] if page.number == end[0] else 0.0, 1.0, 1.0)
        marks = [ink.box for ink in page.ink if is_writing(ink, print_.height)]
        marks += [w.box for w in page.words if 2 <= len(w.text) <= 6 and is_han(w.text[0]) and print_.by_hand(w)]
        found += [(page.number, box) for box in marks if shares(box, foot) > 0.5]
    number = found[0][0] if found else end[0]
    box = around(box for page, box in found if page == number) if found else (0.0, end[1], 1.0, 1.0)
    return _field(value=bool(found), raw="", confidence=0.5, page=number, box=box, check="!label")


def signer_place(pages: Sequence[Page]) -> Place | None:
    """The label at which the legal representative signs: the last that asks for a signature, else the last at all."""
    found = [place for page in pages for place in _places(page, _SIGNER, 4)]
    asked = [place for place in found if place.asked]
    last = next(reversed(asked or found), None)
    if last is None or last.after:
        return last
    # A digital page whose signature is a picture has the label twice: in its layer, and as seen with the signature.
    same = (p for p in found if p.page is last.page and overlap(p.box, last.box) > 0.3 and p.after)
    return next(same, last)


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
            (w for w in page.words if w is not word and _follows(w.box, label.box) and overlap(w.box, word.box) > 0.3),
            key=lambda w: w.box[0],
        )
        text = match.group() + "".join(fold_with_origin(w.text).text for w in after[:1])
        asked = bool(_ASKED.search(text))
        joined = bool(rest.strip())
        box, letters = label.box, match.end()
        found.append(Place(page=page, box=box, asked=asked, after=tuple(after), joined=joined, letters=letters))
    return sorted(found, key=lambda place: place.box[1])


def _follows(box: Box, label: Box) -> bool:
    """Whether a box stands right of a label; writing may begin a letter before the label's box ends."""
    return box[0] >= label[2] - 1.2 * (label[3] - label[1]) and (box[0] + box[2]) / 2 > label[2]


def _inked(place: Place) -> Field:
    page, label, print_ = place.page, label_of(place), Print.of(place.page)
    high, middle = print_.height, (label[1] + label[3]) / 2
    stop = min((w.box[0] for w in place.after if _is_label(w)), default=1.0)
    zone = (label[2] - 0.5 * high, middle - 2.2 * high, max(stop, label[2] + 6 * high), middle + 3.0 * high)
    marks = [ink for ink in page.ink if is_writing(ink, high) and shares(ink.box, zone) > 0.5]
    on_line = [ink for ink in marks if ink.box[1] < middle + 0.9 * high and ink.box[3] > middle - 0.9 * high]
    free = [ink for ink in marks if not any(shares(ink.box, seal.box) > 0.7 for seal in page.seals)]
    level = [ink for ink in free if ink in on_line]
    named = [w for w in place.after if not _is_label(w) and any(is_han(c) for c in w.text) and w.box[0] < stop]
    # What is read in one with the label stands in its line; the box of a line aslant is high all the same.
    own = place.after[0] if place.joined and place.after else None
    round_ = [w for w in named if w is not own and _runs_round(w, page)]
    named = [w for w in named if not any(w is other for other in round_)]
    inside = [w for w in named if any(shares(w.box, seal.box) > 0.7 for seal in page.seals)]
    named = [w for w in named if not any(w is other for other in inside)]
    # A seal's own letters are no words of the page, so what is read within its ring is black; a name stands tall there.
    covered = [w for w in inside if print_.is_tall(w)]
    crossed = [
        ink for ink in on_line if any(shares(ink.box, w.box) > 0.3 or shares(w.box, ink.box) > 0.3 for w in covered)
    ]
    # What no one can read where the letter asks for a signature may well be one (ハクュハ).
    scrawls = [w for w in place.after if _is_scrawl(w, high) and w.box[0] < stop]
    hand = [w for w in named if print_.by_hand(w) and (w.confidence < _DOUBTED or is_measured(place, w, print_))]
    poor = {"colour": 0.0, "grey": 0.04, "bitonal": 0.25}[page.appearance]

    def told(*, value: bool, sure: float, boxes: Sequence[Box], check: str) -> Field:
        box = around(boxes) if boxes else zone
        return _field(value=value, raw=_raw(named), confidence=sure, page=page.number, box=box, check=check)

    if level or hand:
        sure = 0.97 if level and hand else 0.95 if level else 0.92 if all(print_.is_tall(w) for w in hand) else 0.75
        boxes = [*(ink.box for ink in level), *(w.box for w in hand)]
        return told(value=True, sure=sure - poor, boxes=boxes, check="ink")
    if crossed and page.appearance == "colour" and all(seal.colour == "red" for seal in page.seals):
        boxes = [*(ink.box for ink in crossed), *(w.box for w in covered)]
        return told(value=True, sure=_CROSSED, boxes=boxes, check="ink")
    if on_line or free:  # ink only within a seal, or below the line: a signature there, or a seal that is not red
        sure = 0.85 if page.appearance == "colour" else 0.55
        return told(value=True, sure=sure, boxes=[ink.box for ink in on_line or free], check="!ink_on_line")
    if named and not all(surely_typed(place, w, print_) for w in named):  # neither surely typed nor surely written
        return told(value=True, sure=0.6, boxes=[w.box for w in named], check="!ink")
    short = [w for w in round_ if len(w.text) <= _NAME]
    if scrawls or covered or short:
        return told(value=True, sure=0.6, boxes=[w.box for w in (*scrawls, *covered, *short)], check="!ink")
    if _at_edge(label, high, page):  # the paper that it was written on is not all in the picture
        return told(value=False, sure=0.6, boxes=[], check="!on_page")
    return told(value=False, sure=0.95 - poor, boxes=[label, *(w.box for w in named)] if named else [], check="!ink")


def _at_edge(label: Box, high: float, page: Page) -> bool:
    """Whether the picture ends so close behind or below the label that nobody could have signed within it."""
    em = high * page.height / page.width
    return 1 - label[2] < _ROOM * em or 1 - label[3] < 0.5 * high


def _runs_round(word: Word, page: Page) -> bool:
    """Whether a word follows the arc of a seal that it touches: its box is too high for letters beside each other."""
    if not any(shares(word.box, seal.box) > _TOUCHES for seal in page.seals):
        return False
    wide, high = (word.box[2] - word.box[0]) * page.width, (word.box[3] - word.box[1]) * page.height
    return high * max(len(word.text), 1) > _ROUND * wide


def label_of(place: Place) -> Box:
    """The label's box; of one read in one segment with writing, no wider than its letters stand elsewhere.

    Writing is wider than print, so a share of the segment by letters would give the label half the signature.
    """
    left, top, right, bottom = place.box
    if not place.joined:
        return place.box
    pitches = sorted(
        (w.box[2] - w.box[0]) / len(w.text)
        for w in place.page.words
        if len(w.text) >= 4 and all(is_han(c) or c in "（）：" for c in w.text) and overlap(w.box, place.box) <= 0
    )
    if not pitches:
        return place.box
    return (left, top, min(right, left + place.letters * pitches[len(pitches) // 2]), bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """How high the print of a page stands, and by how much a sloping line's box grows with its width."""

    height: float
    slope: float
    lowest: float | None = None
    """The lowest line, where there are so few that half of them may be written by hand."""

    @classmethod
    def of(cls, page: Page) -> Print:
        """Fitted to the page's lines of four characters or more."""
        lines = [w for w in page.words if len(w.text) >= 4 and not any(shares(w.box, s.box) > 0.5 for s in page.seals)]
        sizes = [(w.box[2] - w.box[0], w.box[3] - w.box[1]) for w in lines]
        if not sizes:
            return cls(height=0.02, slope=0.0)
        wide = sum(width for width, _ in sizes) / len(sizes)
        high = sum(height for _, height in sizes) / len(sizes)
        spread = sum((width - wide) ** 2 for width, _ in sizes)
        slope = sum((width - wide) * (height - high) for width, height in sizes) / spread if spread > 1e-9 else 0.0
        slope = slope if len(sizes) >= _FEWEST_LINES else 0.0
        slope = min(max(slope, 0.0), 0.12)
        heights = sorted(height - slope * width for width, height in sizes)
        few = len(heights) < _FEWEST_LINES
        return cls(
            height=max(heights[len(heights) // 2], 0.004), slope=slope, lowest=max(heights[0], 0.004) if few else None
        )

    def times(self, word: Word) -> float:
        """How many times as high as print the word stands."""
        return (word.box[3] - word.box[1] - self.slope * (word.box[2] - word.box[0])) / self.height

    def is_tall(self, word: Word) -> bool:
        """Whether it is too high to be print of the page."""
        return self.times(word) > _TALLER

    def by_hand(self, word: Word) -> bool:
        """Whether a word that recognition spelled out was written by hand: taller than print, or read with doubt."""
        return self.is_tall(word) or word.confidence < _DOUBTED

    def is_typed(self, word: Word) -> bool:
        """Whether it surely is print."""
        usual = self.lowest or self.height
        return self.times(word) * self.height < _AS_PRINT * usual and word.confidence >= _SURE_PRINT


def is_measured(place: Place, word: Word, print_: Print) -> bool:
    """Whether a word at the label has a height of its own.

    One that was read in one segment with the label has none where lines run aslant, as on a photo.
    """
    return print_.slope <= _ASLANT or not (place.joined and word is place.after[0])


def surely_typed(place: Place, word: Word, print_: Print) -> bool:
    """Whether a name at the label is print: of its height, read with confidence."""
    return is_measured(place, word, print_) and print_.is_typed(word)


def _is_scrawl(word: Word, high: float) -> bool:
    """Whether a word without a Chinese letter is of a size to be writing, and was read with doubt."""
    wide, tall = word.box[2] - word.box[0], word.box[3] - word.box[1]
    unread = word.confidence < _DOUBTED and not any(is_han(char) for char in word.text)
    return unread and tall >= 0.45 * high and wide >= 2 * high


def is_writing(ink: Ink, high: float) -> bool:
    """Whether a patch is written, not an underline or a speck."""
    width, height = ink.box[2] - ink.box[0], ink.box[3] - ink.box[1]
    return height >= 0.45 * high and width >= 0.5 * high and width <= 16 * height


def _is_label(word: Word) -> bool:
    text = fold_with_origin(word.text).text
    match = _SEAL_LABEL.match(text)
    return (match is not None and match.end() >= 4) or text.startswith(("日期", "年", "联系"))


def typed_name(pages: Sequence[Page]) -> Field | None:
    """A personal name typed where the letter asks for the signature; handwriting is not spelled out."""
    place = signer_place(pages)
    if place is None:
        return None
    print_ = Print.of(place.page)
    for word in place.after:
        text = tidy(word.text).strip(" :：_＿—-")
        printed = surely_typed(place, word, print_)
        inked = any(is_writing(ink, print_.height) and shares(word.box, ink.box) > 0.3 for ink in place.page.ink)
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
                if not tall and not any(shares(word.box, s.box) > 0.8 for s in page.seals if word.confidence < 0.9):
                    return Field(value=text, raw=word.text, confidence=word.confidence, page=page.number, box=word.box)
    return None


def _field(*, value: bool, raw: str, confidence: float, page: int, box: Box, check: str) -> Field:
    return Field(value=value, raw=raw, confidence=round(confidence, 3), page=page, box=box, checks=(check,))


def _raw(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def from_page(pages: Sequence[Page], number: int) -> Sequence[Page]:
    """The pages from the one of this number on, as the letter goes on; they may lie in another order in the file."""
    at = next((index for index, page in enumerate(pages) if page.number == number), len(pages))
    return pages[at:]


def shares(inner: Box, outer: Box) -> float:
    """Share of ``inner`` that lies in ``outer``."""
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return wide * high / area if wide > 0 and high > 0 and area > 0 else 0.0
