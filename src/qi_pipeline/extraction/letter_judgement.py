"""Which of the nine promises and ten information categories of Annex A stand unchanged in a letter, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qi_pipeline.extraction.letter_alignment import Alignment, Difference, align
from qi_pipeline.extraction.letter_phrases import PhraseFinding, by_phrases
from qi_pipeline.extraction.letter_prints import Block, adopted_letter
from qi_pipeline.extraction.letter_text import Glyph, glyphs_of, place_of, text_of
from qi_pipeline.extraction.letter_wording import (
    Circumstances,
    circumstances,
    contradicted,
    is_furniture,
    is_limiting,
    line_lost,
    poor_copy,
    verdict,
)
from qi_pipeline.model import Box, Page

State = Literal["intact", "doubtful", "changed", "missing"]

OTHER_WORDS = "wording"
"""Block name of the remark that the letter as a whole uses other words than the adopted ones."""
_PRESENT = 0.3
"""Share of a block's characters from which on it is there, changed or not."""
_ADOPTED = 0.75
"""Mean share of the blocks that are there from which on the letter uses the adopted wording."""
_HELD = 0.65
"""Share of the adopted letter from which on the reading as a whole is good."""
_LEGIBLE = 0.85
"""Mean confidence of the engine from which on other wording is other wording, not bad reading."""
_FEWEST_READ = 60
"""Characters of a letter from which on its text was read; a title alone above faded print says nothing of the rest."""
_SURE = 0.97
_SURE_OF_PHRASES = 0.93
_DOUBTFUL = 0.5
_PLATFORM = "质量基础设施一站式服务线上平台"
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
    if _in_other_words(alignment):
        return _by_phrases(alignment, around)
    legible = _legible(alignment)
    states: dict[str, State] = {}
    remarks: list[Remark] = []
    for block in adopted.blocks:
        if alignment.covered(block.start, block.end) < _PRESENT:
            lost = any(
                d.start <= block.start and block.end <= d.end and line_lost(d, around) for d in alignment.differences
            )
            lost = lost or (block.name == "closing" and _room_for(block, alignment, around, pages))
            state: State = "missing" if legible and not lost else "doubtful"
            remarks.append(_missing(block, alignment, state))
        else:
            state, own = _state(block, alignment, around)
            remarks += own
        states[block.name] = state
    extra = _extra_text(alignment, around)
    # A closing that takes back what is promised turns every promise; a preamble promises nothing.
    general = bool(extra) or states["preamble"] != "intact" or states["closing"] == "doubtful"
    return _judgement(states, [*remarks, *extra], alignment, around, general=general, sure=_SURE)


def _room_for(closing: Block, alignment: Alignment, around: Circumstances, pages: Sequence[Page]) -> bool:
    """Whether the closing may stand unread where it belongs: there is room for a line, or a seal over the place."""
    last = alignment.nearest(closing.start)
    page = next((page for page in pages if last is not None and page.number == last.page), None)
    if last is None or page is None:
        return True
    bottom = last.word.box[3]
    below = min((word.box[1] for word in page.words if word.box[1] > bottom - 0.3 * around.height), default=1.0)
    reach = bottom + 1.7 * around.pitch
    return below > reach - around.height or any(
        box[1] < reach and box[3] > bottom for box in around.covers.get(page.number, ())
    )


def _in_other_words(alignment: Alignment) -> bool:
    """Whether the letter says what it says in other words throughout, and is read well enough to tell."""
    shares = [alignment.covered(block.start, block.end) for block in adopted_letter().blocks if block.name != "title"]
    present = [share for share in shares if share >= _PRESENT]
    mean = sum(present) / len(present) if present else 0.0
    if len(alignment.glyphs) < _FEWEST_READ:
        return False
    return mean < _ADOPTED and _confidence_of_engine(alignment) >= _LEGIBLE


def _by_phrases(alignment: Alignment, around: Circumstances) -> LetterJudgement:
    findings = [
        replace(found, state="doubtful") if _is_in_doubt(found, alignment, around) else found
        for found in by_phrases(alignment.glyphs, adopted_letter())
    ]
    remarks = [Remark(block=OTHER_WORDS, state="intact", text="", place=None)]
    remarks += [
        Remark(block=found.block, state=found.state, text=text_of(found.shown), place=place_of(found.shown))
        for found in findings
        if found.state != "intact"
    ]
    states: dict[str, State] = {found.block: found.state for found in findings}
    general = states.pop("closing", "intact") != "intact"
    return _judgement(states, remarks, alignment, around, general=general, sure=_SURE_OF_PHRASES)


def _is_in_doubt(found: PhraseFinding, alignment: Alignment, around: Circumstances) -> bool:
    """Whether what a one-bit copy seems to say otherwise, or not at all, may be its poor print."""
    if found.state == "changed":
        return poor_copy(found.shown, around)
    return found.state == "missing" and poor_copy(alignment.glyphs, around)


def _judgement(
    states: dict[str, State],
    remarks: Sequence[Remark],
    alignment: Alignment,
    around: Circumstances,
    *,
    general: bool,
    sure: float,
) -> LetterJudgement:
    promises = {name: state in ("intact", "doubtful") for name, state in states.items() if name.isdigit()}
    names = [name for name in states if name.startswith("9.")]
    return LetterJudgement(
        promises=promises,
        promises_confidence=_confidence(
            [states[name] for name in (*promises, "closing") if name in states], around, sure, general=general
        ),
        categories=sum(states[name] in ("intact", "doubtful") for name in names),
        categories_confidence=_confidence([states[name] for name in names], around, sure, general=False),
        remarks=tuple(remarks),
        alignment=alignment,
    )


def share_of_page(page: Page) -> float:
    """Share of a page's Chinese characters that stand in the adopted letter in runs of six or more.

    The platform's name, which stands on many papers, does not count.
    """
    glyphs = glyphs_of([page])
    if len(glyphs) < 12:
        return 0.0
    found = [run for run in align(glyphs, adopted_letter()).runs if run.length >= 6]
    shared = sum(
        run.length - len(_PLATFORM) * (_PLATFORM in text_of(glyphs[run.read : run.read + run.length])) for run in found
    )
    return shared / len(glyphs) if shared >= 24 else 0.0


def _legible(alignment: Alignment) -> bool:
    """Whether what is not found in the letter is surely not there, rather than not read."""
    held = sum(run.length for run in alignment.runs)
    if held >= _HELD * adopted_letter().length and _noise(alignment) <= 0.06:
        return True
    return _confidence_of_engine(alignment) >= _LEGIBLE and len(alignment.glyphs) >= _FEWEST_READ


def _confidence_of_engine(alignment: Alignment) -> float:
    return sum(glyph.word.confidence for glyph in alignment.glyphs) / max(1, len(alignment.glyphs))


def _noise(alignment: Alignment) -> float:
    """Share of characters in short differences, such as misreading makes."""
    short = sum(max(d.missing, len(d.read)) for d in alignment.differences if d.missing <= 3 and len(d.read) <= 3)
    return short / max(1, sum(run.length for run in alignment.runs))


def _confidence(states: Sequence[State], around: Circumstances, sure: float, *, general: bool) -> float:
    if "changed" not in states and "missing" not in states and (general or "doubtful" in states):
        return _DOUBTFUL
    # Each single misreading is a place where one other character may have been taken for noise.
    reading = max(0.6, sure - 2.5 * around.singles)
    return round(min(reading, 0.9) if general or "doubtful" in states else reading, 3)


def _state(block: Block, alignment: Alignment, around: Circumstances) -> tuple[State, list[Remark]]:
    worst: State = "intact"
    remarks: list[Remark] = []
    for phrase in block.decisive:
        if contradicted(phrase, around):
            near = alignment.nearest(phrase.start)
            shown = () if near is None else _neighbours(alignment, alignment.glyphs.index(near), 6)
            told: State = "doubtful" if poor_copy(shown, around) else "changed"
            remarks.append(Remark(block=block.name, state=told, text=text_of(shown), place=place_of(shown)))
            worst = "changed" if "changed" in (worst, told) else "doubtful"
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
