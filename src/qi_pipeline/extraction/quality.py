"""What about the picture speaks against a reading (影像缺陷): its colours, the size of its letters, seals over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qi_pipeline.model import Box, Field, Page

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
