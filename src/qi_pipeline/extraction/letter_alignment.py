"""Where a handed-in letter departs from the adopted one, character by character, by the prints of its pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from qi_pipeline.extraction.letter_prints import LetterPrints, print_of
from qi_pipeline.extraction.letter_text import Glyph


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of characters that stands in both letters."""

    start: int
    """Position in the adopted letter."""
    read: int
    """Position in the letter as read."""
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A place where the letters differ: ``missing`` adopted characters from ``start``, and what was read instead."""

    start: int
    missing: int
    at: int
    """Position in the letter as read."""
    read: tuple[Glyph, ...]
    before: Glyph | None
    """The last character that agrees before the difference."""
    after: Glyph | None
    """The first that agrees after it."""

    @property
    def text(self) -> str:
        """What was read there."""
        return "".join(glyph.char for glyph in self.read)

    @property
    def end(self) -> int:
        """Position of the first adopted character after the difference."""
        return self.start + self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A letter as read laid beside the adopted one."""

    runs: tuple[Run, ...]
    differences: tuple[Difference, ...]
    glyphs: tuple[Glyph, ...]

    def covered(self, start: int, end: int) -> float:
        """Share of the adopted characters ``start:end`` that stand in the letter."""
        shared = sum(max(0, min(end, run.start + run.length) - max(start, run.start)) for run in self.runs)
        return shared / (end - start) if end > start else 1.0

    def glyph_at(self, position: int) -> Glyph | None:
        """The character as read that agrees with an adopted position; None where none does."""
        for run in self.runs:
            if run.start <= position < run.start + run.length:
                return self.glyphs[run.read + position - run.start]
        return None

    def nearest(self, position: int) -> Glyph | None:
        """The agreeing character nearest to an adopted position; None where nothing agrees."""
        if not self.runs:
            return None
        run = min(self.runs, key=lambda r: max(r.start - position, position - (r.start + r.length - 1), 0))
        at = min(max(position, run.start), run.start + run.length - 1)
        return self.glyphs[run.read + at - run.start]


_SLIDE = 8
_SHORT = 3


def align(glyphs: Sequence[Glyph], adopted: LetterPrints) -> Alignment:
    """The letter as read laid beside the adopted one; its pages are put into the adopted order first."""
    ordered = _pages_in_order(glyphs, adopted)
    runs = _at_block_borders(_runs(_prints(ordered), adopted.prints), ordered, adopted)
    return Alignment(
        runs=tuple(runs), differences=tuple(_differences(runs, ordered, adopted.length)), glyphs=tuple(ordered)
    )


def _prints(glyphs: Sequence[Glyph]) -> list[int]:
    return [print_of(one.char + two.char) for one, two in pairwise(glyphs)]


def _blocks(prints: Sequence[int], adopted: Sequence[int]) -> list[tuple[int, int, int]]:
    """Matching stretches as (adopted, read, pairs), without those that only chance brought together."""
    matcher = SequenceMatcher(None, adopted, prints, autojunk=False)
    found = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]
    kept = []
    for index, (a, b, size) in enumerate(found):
        neighbours = [*found[max(0, index - 1) : index], *found[index + 1 : index + 2]]
        steady = any(abs((a - b) - (x - y)) <= 2 and s > 1 for x, y, s in neighbours)
        if size >= 3 or (steady and (size >= 2 or any((a - b) == (x - y) for x, y, _ in neighbours))):
            kept.append((a, b, size))
    return kept


def _runs(prints: Sequence[int], adopted: Sequence[int]) -> list[Run]:
    runs: list[Run] = []
    for a, b, size in _blocks(prints, adopted):
        run = Run(start=a, read=b, length=size + 1)
        if runs:
            last = runs[-1]
            over = max(last.start + last.length - run.start, last.read + last.length - run.read, 0)
            if over >= run.length:
                continue
            run = Run(start=run.start + over, read=run.read + over, length=run.length - over)
        runs.append(run)
    return runs


def _at_block_borders(runs: Sequence[Run], glyphs: Sequence[Glyph], adopted: LetterPrints) -> list[Run]:
    """The runs with the cut between two of them moved to the border of a block where it may as well stand there.

    Where a whole promise is taken out or put in, its first characters are often those of the next one too, so that
    the cut could stand before or after them.
    """
    borders = {block.start for block in adopted.blocks}
    made = list(runs)
    for index, (one, two) in enumerate(pairwise(runs)):
        one = made[index]
        missing = two.start - one.start - one.length
        added = two.read - one.read - one.length
        if (missing == 0) == (added == 0):
            continue
        for back in range(1, min(_SLIDE, one.length - 1) + 1):
            if not _same_before(one, two, back, glyphs, adopted):
                break
            if one.start + one.length - back in borders:
                made[index] = Run(start=one.start, read=one.read, length=one.length - back)
                made[index + 1] = Run(start=two.start - back, read=two.read - back, length=two.length + back)
                break
    return made


def _same_before(one: Run, two: Run, back: int, glyphs: Sequence[Glyph], adopted: LetterPrints) -> bool:
    """Whether the ``back``-th last character of a run is also the one ``back`` before the next run, in both letters."""
    char = glyphs[one.read + one.length - back].char
    if two.read - back >= one.read + one.length:  # characters were added: both stand in what was read
        return glyphs[two.read - back].char == char
    following = glyphs[two.read].char if back == 1 else glyphs[one.read + one.length - back + 1].char
    return print_of(char + following) == adopted.prints[two.start - back]


def _differences(runs: Sequence[Run], glyphs: Sequence[Glyph], length: int) -> list[Difference]:
    made: list[Difference] = []
    start = read = 0
    for run in [*runs, Run(start=length, read=len(glyphs), length=0)]:
        if run.start > start or run.read > read:
            made.append(
                Difference(
                    start=start,
                    missing=run.start - start,
                    at=read,
                    read=tuple(glyphs[read : run.read]),
                    before=glyphs[read - 1] if read else None,
                    after=glyphs[run.read] if run.read < len(glyphs) and run.length else None,
                )
            )
        start, read = run.start + run.length, run.read + run.length
    return [*made[:-1], *_without_foot(made[-1], length)] if made else made


def _without_foot(last: Difference, length: int) -> list[Difference]:
    """The last difference, with the lines below the closing parted from characters that the closing itself lost."""
    if last.end < length or not 0 < last.missing <= _SHORT or not last.read or last.before is None:
        return [last]
    line = (last.before.page, last.before.row)
    own = next((at for at, glyph in enumerate(last.read) if (glyph.page, glyph.row) != line), len(last.read))
    closing = Difference(
        start=last.start, missing=last.missing, at=last.at, read=last.read[:own], before=last.before, after=None
    )
    foot = Difference(start=length, missing=0, at=last.at + own, read=last.read[own:], before=last.before, after=None)
    return [closing, foot] if foot.read else [closing]


def _pages_in_order(glyphs: Sequence[Glyph], adopted: LetterPrints) -> list[Glyph]:
    """The characters with whole pages moved to where the adopted letter has their text."""
    pages: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        pages.setdefault(glyph.page, []).append(glyph)
    if len(pages) < 2:
        return list(glyphs)
    middles = {}
    for number, own in pages.items():
        blocks = [block for block in _blocks(_prints(own), adopted.prints) if block[2] >= 4]
        weight = sum(size for _, _, size in blocks)
        middles[number] = sum((a + size / 2) * size for a, _, size in blocks) / weight if weight >= 12 else None
    known = sorted((number for number in pages if middles[number] is not None), key=lambda n: middles[n] or 0.0)
    slots = [number for number in pages if middles[number] is not None]
    order = dict(zip(slots, known, strict=True))
    return [glyph for number in pages for glyph in pages[order.get(number, number)]]
