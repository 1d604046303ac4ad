"""A page image that shows two papers side by side (对开页), parted at the gutter.

A certificate folder opened flat shows the Chinese face and the English one: one document, the Chinese face first.
Two certificates laid side by side are two documents. A licence in two columns is neither: its title stands across
the middle.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from qi_pipeline.extraction.folding import fold, is_han
from qi_pipeline.model import Box, Page, Word

_TITLE = re.compile(r"证书|执照|许可证|批准书|核准证|报告|certificate|licen[cs]e|accreditation")
_LEAST = 5
"""Words that a face holds at least."""
_ASLANT = 2.5
"""A run so many times as high as its letters are wide stands aslant, or upright."""
_STEEP = 0.4
"""Height over width of a run from which it lies across the page: no photograph is taken so crookedly."""


def faces(page: Page) -> tuple[tuple[Page, ...], ...]:
    """The papers on a page image, each as its faces, the Chinese one first; usually one paper with one face."""
    if page.height == 0 or page.tables:
        return ((page,),)
    if page.width < 1.15 * page.height:
        return (_in_two_languages(page) or (page,),)
    gutter = page.gutter if page.gutter is not None else _gutter(page)
    if gutter is None:
        return ((page,),)
    left, right = _half(page, 0.0, gutter), _half(page, gutter, 1.0)
    if min(len(left.words), len(right.words)) < _LEAST:
        return ((page,),)
    shares = _han_share(left), _han_share(right)
    if max(shares) >= 0.4 and min(shares) <= 0.12:
        return ((left, right) if shares[0] > shares[1] else (right, left),)
    if _has_title(left) and _has_title(right):
        return (left,), (right,)
    return ((page,),)


_CENTRAL = (0.4, 0.6)
"""Where the columns of two languages part, in page widths."""


def _in_two_languages(page: Page) -> tuple[Page, ...]:
    """The Chinese and the English column of one upright page, each with a title of its own; empty where there are none.

    What stands across both above or below them (the certifier at the foot) goes with its own language.
    """
    edges = sorted({*_CENTRAL, *(word.box[2] for word in page.words if _CENTRAL[0] <= word.box[2] <= _CENTRAL[1])})
    for gutter in (edge + 0.004 for edge in edges):
        across = [word for word in page.words if word.box[0] < gutter < word.box[2]]
        sides = [
            [word for word in page.words if word not in across and (word.box[0] < gutter) == left]
            for left in (True, False)
        ]
        if min(map(len, sides)) < _LEAST:
            continue
        top = max(min(word.box[1] for word in side) for side in sides)
        foot = min(max(word.box[3] for word in side) for side in sides)
        shares = [_han_share(replace(page, words=tuple(side))) for side in sides]
        if any(top < (word.box[1] + word.box[3]) / 2 < foot for word in across) or not all(map(_is_headed, sides)):
            continue
        if max(shares) >= 0.4 and min(shares) <= 0.12:
            return _columns(page, gutter, chinese_left=shares[0] > shares[1])
    return ()


def _is_headed(words: Sequence[Word]) -> bool:
    """Whether a column has a title in its upper third: a name of a paper, no label of its number."""
    top = min(word.box[1] for word in words)
    texts = (fold(word.text) for word in words if word.box[1] - top < _UPPER)
    return any(_TITLE.search(text) and ":" not in text and not re.search("no|编号", text) for text in texts)


_UPPER = 0.15
"""A title stands within so much of the top of its column, in page heights."""


def _columns(page: Page, gutter: float, *, chinese_left: bool) -> tuple[Page, Page]:
    """The Chinese column and the other one; seals, codes and ink belong to the paper and stay with the first."""

    def is_chinese(word: Word) -> bool:
        if word.box[0] < gutter < word.box[2]:
            return any(map(is_han, word.text))
        return (word.box[0] < gutter) == chinese_left

    words = page.words
    other = replace(page, words=tuple(w for w in words if not is_chinese(w)), seals=(), codes=(), ink=())
    return replace(page, words=tuple(filter(is_chinese, words))), other


def _gutter(page: Page) -> float | None:
    """The middle of the widest empty band near the centre; None when print runs across everywhere."""
    best: tuple[float, float] | None = None
    words = [word for word in page.words if not _is_aslant(word, page)]
    edges = sorted({0.36, 0.64, *(edge for word in words for edge in (word.box[0], word.box[2]))})
    inside = [edge for edge in edges if 0.36 <= edge <= 0.64]
    for start, end in itertools.pairwise(inside):
        middle = (start + end) / 2
        if end - start >= 0.012 and not any(word.box[0] < middle < word.box[2] for word in words):
            score = (end - start) - 0.3 * abs(middle - 0.5)
            if best is None or score > best[0]:
                best = score, middle
    return best[1] if best else None


def _is_aslant(word: Word, page: Page) -> bool:
    """Whether a run of letters lies across the page (仅供…使用): that is laid over both faces and parts neither."""
    wide, high = (word.box[2] - word.box[0]) * page.width, (word.box[3] - word.box[1]) * page.height
    return len(word.text) >= 2 and high > _ASLANT * wide / len(word.text) and high > _STEEP * wide


def _half(page: Page, x0: float, x1: float) -> Page:
    def inside(box: Box) -> bool:
        return x0 <= (box[0] + box[2]) / 2 < x1

    return replace(
        page,
        words=tuple(word for word in page.words if inside(word.box)),
        seals=tuple(seal for seal in page.seals if inside(seal.box)),
        codes=tuple(code for code in page.codes if inside(code.box)),
        ink=tuple(ink for ink in page.ink if inside(ink.box)),
    )


def _han_share(page: Page) -> float:
    letters = [char for word in page.words for char in word.text if char.isalpha()]
    return sum(is_han(char) for char in letters) / len(letters) if letters else 0.0


def _has_title(page: Page) -> bool:
    heights = sorted(word.box[3] - word.box[1] for word in page.words)
    median = heights[len(heights) // 2]

    def large(word: Word) -> bool:
        return word.box[3] - word.box[1] >= 1.4 * median

    return any(large(word) and _TITLE.search(fold(word.text)) for word in page.words)
