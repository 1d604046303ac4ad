"""The Chinese characters of a letter in reading order, each with the place on the paper where it stands.

Punctuation, digits, Latin letters and spaces carry nothing that the comparison needs and are what recognition gets
wrong most; they are left out. The published text's 线平台 (for 线上平台) reads the same as the right spelling.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qi_pipeline.extraction.folding import is_han
from qi_pipeline.extraction.lines import around, cut, rows_of
from qi_pipeline.model import Box, Page, Word

MOST_CHARACTERS = 20_000
"""Characters compared at most; the adopted letter has some 1,100."""

_TYPO, _RIGHT = "线平台", "线上平台"
_FOLD = str.maketrans("擅說騷虛實證據質設礎務線臺構", "擅说骚虚实证据质设础务线台构")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One Chinese character of a letter and where it was read."""

    char: str
    page: int
    row: int
    word: Word
    index: int
    """Position in the text of ``word``."""
    first: bool
    """Whether it is the first Chinese character of its word."""
    last: bool


def bare(text: str) -> str:
    """The Chinese characters of a text, the known typo mended.

    >>> bare("1、遵守线平台的“规定”。")
    '遵守线上平台的规定'
    """
    return "".join(_characters(text)).replace(_TYPO, _RIGHT)


def _characters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(_FOLD)
    return "".join(char for char in folded if is_han(char))


def glyphs_of(pages: Iterable[Page]) -> list[Glyph]:
    """Every Chinese character of the pages in reading order."""
    glyphs: list[Glyph] = []
    for page in pages:
        aspect = page.width / page.height if page.height else 0.707
        for number, row in enumerate(rows_of(page.words, aspect)):
            for word in row.words:
                glyphs += _glyphs_of_word(word, page.number, number)
                if len(glyphs) > MOST_CHARACTERS:
                    return glyphs[:MOST_CHARACTERS]
    return _mended(glyphs)


def _glyphs_of_word(word: Word, page: int, row: int) -> list[Glyph]:
    found = [(index, _characters(char)) for index, char in enumerate(word.text)]
    found = [(index, char) for index, char in found if char]
    return [
        Glyph(char[0], page, row, word, index, order == 0, order == len(found) - 1)
        for order, (index, char) in enumerate(found)
    ]


def _mended(glyphs: list[Glyph]) -> list[Glyph]:
    made: list[Glyph] = []
    for at, glyph in enumerate(glyphs):
        made.append(glyph)
        if "".join(g.char for g in glyphs[at : at + 3]) == _TYPO:
            made.append(Glyph(_RIGHT[1], glyph.page, glyph.row, glyph.word, glyph.index, False, False))
    return made


def text_of(glyphs: Sequence[Glyph]) -> str:
    """The characters as one string."""
    return "".join(glyph.char for glyph in glyphs)


def place_of(glyphs: Sequence[Glyph]) -> tuple[int, Box] | None:
    """Page and box of neighbouring characters: those on the page of the first; None for no characters."""
    if not glyphs:
        return None
    page = glyphs[0].page
    spans: dict[int, tuple[Word, int, int]] = {}
    for glyph in glyphs:
        if glyph.page == page:
            word, start, end = spans.get(id(glyph.word), (glyph.word, glyph.index, glyph.index + 1))
            spans[id(glyph.word)] = (word, min(start, glyph.index), max(end, glyph.index + 1))
    return page, around(cut(word, start, end).box for word, start, end in spans.values())
