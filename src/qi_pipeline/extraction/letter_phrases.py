"""A letter in other words than the adopted ones, judged by the short phrases that carry each promise.

An older edition, or a platform's own short form, may promise the same: a promise stands where each of its phrases
stands, in order, with its 不, nothing that turns it in front of it, and nothing limiting behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.extraction.folding import edit_distance
from qi_pipeline.extraction.letter_prints import Block, LetterPrints
from qi_pipeline.extraction.letter_text import Glyph, text_of
from qi_pipeline.extraction.letter_wording import LOOK_ALIKES, NEGATIONS, is_limiting


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseFinding:
    """What one block's phrases say: its state and the characters that show it."""

    block: str
    state: Literal["intact", "changed", "missing"]
    shown: tuple[Glyph, ...]


_REFUSED = re.compile("[不未拒](?:予|再|会|按规定)?(?:遵守|履行|配合|服从|保守|诚信)")
"""Duties of every commitment letter, refused: no wording of one says 不遵守."""


def by_phrases(glyphs: Sequence[Glyph], adopted: LetterPrints) -> list[PhraseFinding]:
    """The state of every promise and category, by their phrases alone."""
    text = text_of(glyphs)
    blocks = [block for block in adopted.blocks if block.is_promise or block.is_category]
    places: dict[str, list[tuple[int, int] | None]] = {}
    at = 0
    for block in blocks:
        own = [_find(text, phrase, at) or _find(text, phrase, 0) for phrase in block.phrases]
        places[block.name] = own
        at = max([at, *(place[0] for place in own if place is not None)])
    starts = sorted(place[0] for own in places.values() for place in own if place is not None)
    return [_finding(block, places[block.name], starts, glyphs) for block in blocks]


def _finding(
    block: Block, places: list[tuple[int, int] | None], starts: list[int], glyphs: Sequence[Glyph]
) -> PhraseFinding:
    text = text_of(glyphs)
    found = [place for place in places if place is not None]
    if not found:
        return PhraseFinding(block=block.name, state="missing", shown=())
    first, last = min(place[0] for place in found), max(place[1] for place in found)
    behind = next((start for start in starts if start >= last), min(len(text), last + 40))
    turned = [place for place in found if _is_turned(text, place)]
    for phrase in {*block.phrases, *(decisive.phrase for decisive in block.decisive)}:
        if phrase[0] in NEGATIONS and len(phrase) >= 3:
            place = _find(text[:behind], phrase, first)
            turned += [place] if place is not None and not _keeps_negation(text, place, phrase[0]) else []
    turned += [(duty.start() + first, duty.end() + first) for duty in _REFUSED.finditer(text[first:behind])]
    if turned:
        start, stop = turned[0]
        return PhraseFinding(block=block.name, state="changed", shown=tuple(glyphs[max(0, start - 3) : stop + 3]))
    if len(found) < len(places) or is_limiting(text[last:behind]):
        return PhraseFinding(block=block.name, state="changed", shown=tuple(glyphs[first : min(behind, first + 40)]))
    return PhraseFinding(block=block.name, state="intact", shown=tuple(glyphs[first:last]))


def _is_turned(text: str, place: tuple[int, int]) -> bool:
    """Whether a 不 stands right in front of a phrase that has none of its own (但 不 合法有效)."""
    start = place[0]
    return start > 0 and text[start - 1] in NEGATIONS and text[start] not in NEGATIONS


def _keeps_negation(text: str, place: tuple[int, int], negation: str) -> bool:
    return any(char in negation + LOOK_ALIKES.get(negation, "") for char in text[place[0] : place[0] + 2])


def _find(text: str, phrase: str, start: int) -> tuple[int, int] | None:
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
