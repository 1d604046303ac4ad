"""Letters of a seal that lies over a table and were read as print of its cells (压在表格上的印文)."""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.lines import inside
from qi_pipeline.model import Box, Seal, Word

_ARC = 2.0
"""A word inside a seal so many times as high as the page's words are is the seal's own, on its arc."""
_LONGEST = 8
_ALONE = frozenset("有限公司检验测认证院所中心")
"""Letters of which one alone is a seal's rather than a cell's."""


def without_seals_letters(words: Sequence[Word], seals: Sequence[Seal]) -> list[Word]:
    """The words of a page without the letters of its seals."""
    if not seals or not words:
        return list(words)
    usual = usual_height(words)
    return [word for word in words if not _is_on_an_arc(word, usual, seals) and not _is_of(word.text, word.box, seals)]


def without_seals_lines(text: str, box: Box, seals: Sequence[Seal]) -> str:
    """A cell's lines without those that repeat a piece of a seal's name which lies over it."""
    if not seals or not text:
        return text
    over = [seal for seal in seals if _touch(seal.box, box)]
    lines = text.split("\n")
    return "\n".join(line for line in lines if not any(_is_piece(line, seal) for seal in over))


def usual_height(words: Sequence[Word]) -> float:
    """The height that half of the words have at most."""
    heights = sorted(word.box[3] - word.box[1] for word in words)
    return heights[len(heights) // 2]


def _is_on_an_arc(word: Word, usual: float, seals: Sequence[Seal]) -> bool:
    return word.box[3] - word.box[1] >= _ARC * usual and any(inside(word.box, seal.box) for seal in seals)


def _is_of(text: str, box: Box, seals: Sequence[Seal]) -> bool:
    return any(inside(box, seal.box) and _is_piece(text, seal) for seal in seals)


def _is_piece(text: str, seal: Seal) -> bool:
    piece = fold(text)
    if not piece or seal.text is None or len(piece) > _LONGEST or piece not in fold(seal.text):
        return False
    return len(piece) > 1 or piece in _ALONE


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
