"""Which of the nine promises and ten information categories of Annex A stand unchanged in a letter, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.extraction.letter_alignment import Alignment, Difference, align
from qi_pipeline.extraction.letter_prints import Block, adopted_letter
from qi_pipeline.extraction.letter_text import Glyph, glyphs_of, place_of, text_of
from qi_pipeline.extraction.letter_wording import (
    Circumstances,
    circumstances,
    contradicted,
    is_furniture,
    is_limiting,
    verdict,
)
from qi_pipeline.model import Box, Page

State = Literal["intact", "doubtful", "changed", "missing"]

_PRESENT = 0.3
"""Share of a block's characters from which on it is there, changed or not."""
_STRANGE = 0.35
"""Share of the whole adopted letter below which this is another letter."""
_LEGIBLE = 0.85
"""Mean confidence of the engine from which on other wording is other wording, not bad reading."""
_SURE = 0.97
_DOUBTFUL = 0.5
_SHOWN = 36
"""Added characters shown in a remark at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing noticed in the wording: where, and what stands there."""

    block: str
    state: State
    text: str
    """What is read at the place, with some characters around it."""
    place: tuple[int, Box] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterJudgement:
    """What a letter promises."""

    promises: dict[str, bool]
    promises_confidence: float
    categories: int
    categories_confidence: float
    remarks: tuple[Remark, ...]
    alignment: Alignment
    present: float
    """Share of the adopted letter that was found."""

    def remarks_on(self, *, categories: bool) -> tuple[Remark, ...]:
        """The remarks on the information categories, or on all else."""
        return tuple(remark for remark in self.remarks if remark.block.startswith("9.") == categories)

    def end_of_wording(self) -> Glyph | None:
        """The last character that belongs to the adopted wording."""
        return self.alignment.nearest(adopted_letter().length - 1)


def judge(pages: Sequence[Page]) -> LetterJudgement:
    """What the letter on these pages promises, compared with the adopted wording."""
    adopted = adopted_letter()
    alignment = align(glyphs_of(pages), adopted)
    around = circumstances(adopted, alignment, pages)
    present = sum(run.length for run in alignment.runs) / adopted.length
    legible = _legible(alignment, present)
    states: dict[str, State] = {}
    remarks: list[Remark] = []
    for block in adopted.blocks:
        covered = alignment.covered(block.start, block.end)
        if covered < _PRESENT:
            state: State = "missing" if legible else "doubtful"
            remarks.append(_missing(block, alignment, state))
        else:
            state, own = _state(block, alignment, around)
            remarks += own
        states[block.name] = state
    extra = _extra_text(alignment, around)
    remarks += extra
    promises = {
        block.name: states[block.name] in ("intact", "doubtful") for block in adopted.blocks if block.is_promise
    }
    general = any(states[name] != "intact" for name in ("preamble", "closing")) or bool(extra)
    names = [block.name for block in adopted.blocks if block.is_category]
    return LetterJudgement(
        promises=promises,
        promises_confidence=_confidence([states[name] for name in promises], around, general=general),
        categories=sum(states[name] in ("intact", "doubtful") for name in names),
        categories_confidence=_confidence([states[name] for name in names], around, general=False),
        remarks=tuple(remarks),
        alignment=alignment,
        present=present,
    )


def _legible(alignment: Alignment, present: float) -> bool:
    if not alignment.glyphs:
        return False
    if present >= 1 - _STRANGE and _noise(alignment) <= 0.06:
        return True
    mean = sum(glyph.word.confidence for glyph in alignment.glyphs) / len(alignment.glyphs)
    return mean >= _LEGIBLE and len(alignment.glyphs) >= 60


def _noise(alignment: Alignment) -> float:
    """Share of characters in short differences, such as misreading makes."""
    short = sum(max(d.missing, len(d.read)) for d in alignment.differences if d.missing <= 3 and len(d.read) <= 3)
    return short / max(1, sum(run.length for run in alignment.runs))


def _confidence(states: Sequence[State], around: Circumstances, *, general: bool) -> float:
    if general or "doubtful" in states:
        return _DOUBTFUL
    # Each single misreading is a place where one other character may have been taken for noise.
    return round(max(0.6, _SURE - 2.5 * around.singles), 3)


def _state(block: Block, alignment: Alignment, around: Circumstances) -> tuple[State, list[Remark]]:
    worst: State = "intact"
    remarks: list[Remark] = []
    for phrase in block.decisive:
        if contradicted(phrase, around):
            worst = "changed"
            near = alignment.nearest(phrase.start)
            shown = () if near is None else _neighbours(alignment, alignment.glyphs.index(near), 6)
            remarks.append(Remark(block=block.name, state="changed", text=text_of(shown), place=place_of(shown)))
    for difference in alignment.differences:
        if not _touches(difference, block, alignment):
            continue
        judged = verdict(difference, around)
        if judged == "noise":
            continue
        state: State = "changed" if judged == "changed" else "doubtful"
        remarks.append(_remark(block.name, state, difference, alignment))
        worst = "changed" if "changed" in (worst, state) else "doubtful"
    return worst, remarks


def _touches(difference: Difference, block: Block, alignment: Alignment) -> bool:
    """Whether a difference belongs to the block; added text between two blocks to the one whose line it shares."""
    if difference.missing:
        return difference.start < block.end and difference.end > block.start
    if block.start < difference.start < block.end:
        return True
    before, after = difference.before, difference.after
    if difference.start == block.end:
        first = difference.read[0]
        return before is not None and (first.page, first.row) == (before.page, before.row)
    if difference.start == block.start and after is not None:
        first, last = difference.read[0], difference.read[-1]
        shared_before = before is not None and (first.page, first.row) == (before.page, before.row)
        return not shared_before and (last.page, last.row) == (after.page, after.row)
    return False


def _extra_text(alignment: Alignment, around: Circumstances) -> list[Remark]:
    """Added lines that belong to no block: wording between the blocks, and what limits the whole letter."""
    adopted = around.adopted
    body = next(block for block in adopted.blocks if block.name == "1").start
    remarks = []
    for difference in alignment.differences:
        inside = body <= difference.start < adopted.length and not difference.missing
        if not difference.read or any(
            _touches(difference, block, alignment) for block in adopted.blocks if not difference.missing
        ):
            continue
        if is_furniture(difference.read, around):
            continue
        if (inside and len(difference.read) >= 4) or (not difference.missing and is_limiting(difference.text)):
            remarks.append(_remark("extra", "doubtful", difference, alignment))
    return remarks


def _missing(block: Block, alignment: Alignment, state: State) -> Remark:
    near = alignment.nearest(block.start)
    return Remark(block=block.name, state=state, text="", place=place_of([near]) if near is not None else None)


def _remark(name: str, state: State, difference: Difference, alignment: Alignment) -> Remark:
    """A remark with the characters around the place, for a person to see."""
    length = min(len(difference.read), _SHOWN)
    shown = alignment.glyphs[max(0, difference.at - 4) : difference.at + length + 4]
    return Remark(block=name, state=state, text=text_of(shown), place=place_of(shown))


def _neighbours(alignment: Alignment, at: int, many: int) -> Sequence[Glyph]:
    return alignment.glyphs[max(0, at - many) : at + many]
