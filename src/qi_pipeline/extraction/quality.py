"""What about the picture speaks against a reading (影像缺陷): its colours, the size of its letters, seals over it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from qi_pipeline.model import Box, Field, Page, Word

_LETTERS = ((15, "small_letters"), (11, "tiny_letters"))
"""Letters of fewer pixels in height are read worse; tiny ones are small ones too, and so add what they are worse by."""
_SCORES = ((0.95, "low_score"), (0.9, "poor_score"), (0.8, "bad_score"))
"""Scores of the line below each; a bad score is a poor and a low one too."""
_LONG = 40
"""Every so many letters of a long text count once: the longer, the likelier one wrong letter."""
_LONGEST = 3
_SEALED = 0.25
"""A value is under a seal when the seal's box covers this share of its own."""
_LONG_TEXTS = ("scope_text", "address")
_SHORT = ("legal_representative",)
"""What has few letters, so that the print of one that was not read stands out."""
_MISSING = 0.9
"""Room for nearly a letter: what was read fully has room for 0.3 more on average, and for 0.8 at most (400 files)."""
_LIKE = 0.25
"""Lines whose heights differ by no more than this share are of one size of letters."""
_ENOUGH, _LINES = 4, 3
"""Letters of a line, and lines, that tell how wide letters are."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that makes a reading worse than one of a clean colour scan."""

    cue: str
    """Its name among the weights."""
    told: str
    """Its name for reviewers (Field.doubts)."""
    times: int = 1


def flaws(name: str, field: Field, page: Page) -> Iterator[Flaw]:
    """What the picture says against this reading; nothing for words that did not come from a picture."""
    if page.source != "ocr":
        return
    colourless = page.appearance != "colour"
    if colourless:
        yield Flaw(cue=page.appearance, told=page.appearance)
    letter = letter_pixels(field, page)
    for most, cue in _LETTERS:
        if letter < most:
            yield Flaw(cue=cue, told="small_letters")
    for least, cue in _SCORES:
        if field.confidence < least:
            yield Flaw(cue=cue, told="low_score")
    if any(share(field.box, seal.box) > _SEALED for seal in page.seals):
        yield Flaw(cue="under_seal_colourless" if colourless else "under_seal", told="under_seal")
    if name in _LONG_TEXTS and len(field.raw) >= _LONG:
        yield Flaw(cue="long_text", told="long_text", times=min(len(field.raw) // _LONG, _LONGEST))
    if name in _SHORT and letters_missing(field, page) > _MISSING:
        yield Flaw(cue="wide_print", told="wide_print")


def letters_missing(field: Field, page: Page) -> float:
    """So many letters more than were read have room in the print of a value, by the other lines of its size.

    Nothing where the value shares its line with others, or too few lines tell how wide letters are. A recogniser drops
    a rare letter that it can't make out, without doubting those beside it.
    """
    own = next((word for word in page.words if share(word.box, field.box) > 0.5 and word.text == field.value), None)
    if own is None or not _HAN.fullmatch(own.text):
        return 0.0
    high = own.box[3] - own.box[1]
    widths = [
        _width(word) / len(word.text)
        for word in page.words
        if len(word.text) >= _ENOUGH
        and _HAN.fullmatch(word.text)
        and abs(word.box[3] - word.box[1] - high) <= _LIKE * high
    ]
    return _width(own) / median(widths) - len(own.text) if len(widths) >= _LINES else 0.0


def _width(word: Word) -> float:
    return word.box[2] - word.box[0]


def letter_pixels(field: Field, page: Page) -> float:
    """The height in pixels of the lowest word that the field lies on."""
    heights = [(word.box[3] - word.box[1]) * page.height for word in page.words if share(word.box, field.box) > 0.3]
    return min(heights, default=(field.box[3] - field.box[1]) * page.height)


def share(inner: Box, outer: Box) -> float:
    """The share of ``inner`` that ``outer`` covers."""
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    return max(wide, 0.0) * max(high, 0.0) / area if area > 0 else 0.0
