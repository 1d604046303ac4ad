"""A letter in other words than the adopted ones, judged by the short phrases that carry each promise.

An older edition, or a platform's own short form, may promise the same: a promise stands where each of its phrases
stands, in order, with its 不, nothing that turns it in front of it, and nothing limiting beside it. What no phrase
names is known by what no honest letter says: a duty refused (不承担) or held half (部分真实, 选择接受, 参照法规).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.extraction.folding import edit_distance
from qi_pipeline.extraction.letter_prints import Block, LetterPrints
from qi_pipeline.extraction.letter_text import Glyph, text_of
from qi_pipeline.extraction.letter_wording import LOOK_ALIKES, NEGATIONS, is_limiting, turning


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseFinding:
    """What one block's phrases say: its state and the characters that show it."""

    block: str
    state: Literal["intact", "doubtful", "changed", "missing"]
    shown: tuple[Glyph, ...]


Place = tuple[int, int]

_DUTY = (
    "遵守|履行|配合|服从|保守|诚信|承担|执行|负责|如实|保证|确保|依法|及时上报"
    "|接受(?=.{0,8}(?:监督|检查|考核|核查|评价|管理|审核|审查|调查))"
)
_REFUSED = re.compile(f"[不未拒](?:予|再|会|能|愿意?|肯|必|用|按规定)?(?:自觉|主动|积极|严格)?(?:{_DUTY})")
"""Duties of every commitment letter, refused: no wording of one says 不遵守."""
_HELD_HALF = re.compile(
    "(?:部分|局部|基本上?|大致|大体上?)(?:真实|准确|完整|合法|有效|如实|遵守|履行|服从|配合|承担|法律责任|责任)"
    "|(?:酌情|视情况?|适当|适度|择机|选择性?地?|被动|消极|勉强|拒绝|暂缓|免于|免予)"
    f"(?:自觉|主动|积极|严格|全部)?(?:{_DUTY}|接受|上报|报告|填报)"
    "|(?:承担|负)(?:有限|次要|道义)的?责任"
    "|承诺(?:仅|只)?参[照考]|参[照考].{0,6}(?:法律|法规|规章)"
)
"""Duties held only in part, at will, or as a mere model (参照), where a letter promises them whole."""
_MERE_MODEL = re.compile("参[照考].{0,6}(?:规则|规定|要求|制度|政策)")
"""A rule as a mere model: an honest letter may say so of something else, so a person sees it."""
_CONDITIONAL = re.compile("(?:如果?|若|凡|倘若?|一旦|因)(?:有|发生|出现)?(?:本|我)?(?:单位|机构|公司|中心|方|院|所)?$")
_OTHERS = re.compile("平台|管理单位|主办|贵")
_NEAR = 9
"""Characters before a refusal in which its condition (如不履行…) or another subject (平台不承担…) stands."""
_CLOSING = re.compile("(?:以上|上述)(?:承诺|内容|各项|条款)|(?:本|我)(?:单位|机构|公司)?自?愿意?承担")
_FOOT = re.compile("法定代表人|入驻机构公?盖?章|签字|年月日")
_CLOSES_WITHIN = 60
_OPENS_WITHIN = 90
"""Characters between the word that opens a promise (承诺) and its first phrase at most."""


def by_phrases(glyphs: Sequence[Glyph], adopted: LetterPrints) -> list[PhraseFinding]:
    """The state of every promise and category by their phrases alone, and of the closing where it is turned."""
    text = text_of(glyphs)
    blocks = [block for block in adopted.blocks if block.is_promise or block.is_category]
    places: dict[str, list[Place | None]] = {}
    at = 0
    for block in blocks:
        own = [_find(text, phrase, at) or _find(text, phrase, 0) for phrase in block.phrases]
        places[block.name] = own
        at = max([at, *(place[0] for place in own if place is not None)])
    known = [place for own in places.values() for place in own if place is not None]
    openings = {block.name: _opening(text, block, places[block.name], known) for block in blocks}
    closing = _CLOSING.search(text, max((stop for _, stop in known), default=len(text)))
    opened = {at for at, glyph in enumerate(glyphs) if glyph.first and text.startswith("承诺", at)}
    borders = sorted(opened | {start for start, _ in known} | {at for at in openings.values() if at is not None})
    if closing is not None:
        borders = [*(start for start in borders if start < closing.start()), closing.start()]
    findings = [_finding(block, places[block.name], openings[block.name], borders, glyphs) for block in blocks]
    if closing is not None:
        foot = _FOOT.search(text, closing.start())
        stop = min(foot.start() if foot else len(text), closing.start() + _CLOSES_WITHIN)
        turned = next(_refusals(text, closing.start(), stop), None)
        if turned is not None:
            shown = tuple(glyphs[max(0, turned[0] - 4) : turned[1] + 4])
            findings.append(PhraseFinding(block="closing", state="changed", shown=shown))
    return findings


def _opening(text: str, block: Block, places: Sequence[Place | None], known: Sequence[Place]) -> int | None:
    """Where a block begins: at its 承诺 in front of its first phrase, else at the phrase; None where neither stands."""
    first = min((place[0] for place in places if place is not None), default=None)
    if first is None or not block.is_promise:
        return first
    before = max((stop for _, stop in known if stop <= first), default=0)
    opened = text.rfind("承诺", max(before, first - _OPENS_WITHIN), first)
    return opened if opened >= 0 else first


def _finding(
    block: Block, places: list[Place | None], opening: int | None, borders: list[int], glyphs: Sequence[Glyph]
) -> PhraseFinding:
    text = text_of(glyphs)
    found = [place for place in places if place is not None]
    if not found or opening is None:
        return PhraseFinding(block=block.name, state="missing", shown=())
    first, last = min(place[0] for place in found), max(place[1] for place in found)
    behind = next((start for start in borders if start >= last), min(len(text), last + 40))
    turned = [place for place in found if _is_turned(text, place)]
    turned += [
        place
        for phrase, place in zip(block.phrases, places, strict=True)
        if place is not None and _says_the_contrary(text[place[0] : place[1]], phrase)
    ]
    for phrase in {*block.phrases, *(decisive.phrase for decisive in block.decisive)}:
        if phrase[0] in NEGATIONS and len(phrase) >= 3:
            place = _find(text[:behind], phrase, first)
            turned += [place] if place is not None and not _keeps_negation(text, place, phrase[0]) else []
    turned += _refusals(text, opening, behind)
    if turned:
        start, stop = turned[0]
        return PhraseFinding(block=block.name, state="changed", shown=tuple(glyphs[max(0, start - 3) : stop + 3]))
    if len(found) < len(places) or is_limiting(text[opening:first]) or is_limiting(text[last:behind]):
        return PhraseFinding(block=block.name, state="changed", shown=tuple(glyphs[first : min(behind, first + 40)]))
    model = _MERE_MODEL.search(text, opening, behind)
    if model is not None:
        shown = tuple(glyphs[max(0, model.start() - 3) : model.end() + 3])
        return PhraseFinding(block=block.name, state="doubtful", shown=shown)
    return PhraseFinding(block=block.name, state="intact", shown=tuple(glyphs[first:last]))


def _refusals(text: str, start: int, stop: int) -> Iterator[Place]:
    """Where a duty is refused or held half; a condition (如不履行…) or another's duty (平台不承担…) is no refusal."""
    for duty in _REFUSED.finditer(text, start, stop):
        before = text[max(start, duty.start() - _NEAR) : duty.start()]
        if not _CONDITIONAL.search(before) and not _OTHERS.search(before):
            yield duty.span()
    for duty in _HELD_HALF.finditer(text, start, stop):
        if not any(char in NEGATIONS for char in text[max(start, duty.start() - 4) : duty.start()]):
            yield duty.span()


def _says_the_contrary(read: str, phrase: str) -> bool:
    """Whether a phrase was read with a character that turns it (被动 for 主动) and that looks like none of its own."""
    return turning("".join(char for char in read if char not in phrase)) and not any(
        char in LOOK_ALIKES.get(other, "") for char in phrase for other in read if other not in phrase
    )


def _is_turned(text: str, place: Place) -> bool:
    """Whether a 不 stands right in front of a phrase that has none of its own (但 不 合法有效)."""
    start = place[0]
    return start > 0 and text[start - 1] in NEGATIONS and text[start] not in NEGATIONS


def _keeps_negation(text: str, place: Place, negation: str) -> bool:
    return any(char in negation + LOOK_ALIKES.get(negation, "") for char in text[place[0] : place[0] + 2])


def _find(text: str, phrase: str, start: int) -> Place | None:
    """Start and end of the phrase from ``start`` on, a quarter misread at most, a lost 不 too."""
    exact = text.find(phrase, start)
    if exact >= 0:
        return exact, exact + len(phrase)
    if phrase[0] in NEGATIONS and len(phrase) >= 3:
        rest = text.find(phrase[1:], start)
        if rest >= 0:
            return max(rest - 1, 0), rest + len(phrase) - 1
    allowed = len(phrase) // 4
    if not allowed:
        return None
    wanted = set(phrase)
    for at in range(start, len(text) - len(phrase) + 1 + allowed):
        for length in (len(phrase), len(phrase) - 1, len(phrase) + 1):
            piece = text[at : at + length]
            if len(wanted & set(piece)) >= len(wanted) - allowed and edit_distance(piece, phrase) <= allowed:
                return at, at + length
    return None
