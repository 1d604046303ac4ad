"""Which kind of document a page is: by its printed title, its labels, its numbers; unknown when nothing is sure.

A title counts where it stands as one: in a row of its own, large or near the top, not inside a sentence. A letter
that mentions a 营业执照, or a form with a column for CMA certificates, is neither.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.extraction.fields import Extractor
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.lines import Row, is_upright, rows_of
from qi_pipeline.extraction.values import PageLabels
from qi_pipeline.model import Page

CERTAIN = 0.5
"""Least score at which a page is said to be of a kind."""

_DECORATION = re.compile(
    r"^[一二三四五六七八九十]{1,2}[、.]|\((?:续表?|接上页)\)|^续表\d*$"
    r"|\((?:正本|副本|[正副]\)?本|复印件|样本|电子版|试行|[0-9]+[-/][0-9]+)\)?|正本$|副本$|[\[\]\"'·*:]"
)
_SENTENCE = re.compile(r"[,;。、]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A row that may be a title: its folded text, its height in medians of the page, its place from the top."""

    text: str
    size: float
    top: float
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What a page is taken for."""

    kind: str
    score: float
    annex: bool = False
    """True when the page's title is one of a continuation (附表, 附件)."""
    titled: bool = False
    """True when one of the kind's titles is printed on the page."""


@functools.lru_cache(maxsize=8)  # every extractor's score asks for those of the page at hand
def headings_of(page: Page) -> tuple[Heading, ...]:
    """Rows that stand out as titles: large, or among the first of the page; vertical and spread ones too."""
    aspect = page.width / page.height if page.height else 0.707
    rows = rows_of(page.words, aspect)
    if not rows:
        return ()
    heights = sorted(row.height for row in rows)
    median = heights[len(heights) // 2]
    headings: list[Heading] = []
    tops = sorted(row.box[1] for row in rows)
    for row in rows:
        upright = len(row.words) == 1 and is_upright(row.words[0], aspect)
        size = (row.box[2] - row.box[0]) * aspect / median if upright else row.height / median
        order = tops.index(row.box[1])
        if size >= 1.25 or order < 4:
            headings.append(Heading(text=fold(row.text), size=size, top=row.box[1], order=order))
    return (*headings, *_stacked(rows, median), *_beside_each_other(rows, median))


_HEAD = 0.3
"""Titles side by side stand above this height of the page."""
_APART = 0.08
"""Side by side is what stands so far apart, in page widths; pieces of one title are nearer."""
_EDGE = 0.02
"""Lines of a title that is set at the left begin at one edge, in page widths."""


def _beside_each_other(rows: Sequence[Row], median: float) -> list[Heading]:
    """Titles that stand side by side, as in two languages: each by itself, broken over two lines perhaps."""
    head = [row for row in rows if row.box[1] < _HEAD and row.height >= 1.15 * median]
    if not any(b.box[0] - a.box[2] >= _APART for row in head for a, b in itertools.pairwise(row.words)):
        return []
    large = [Row((word,)) for row in head for word in row.words if len(fold(word.text)) >= 4]
    found = [Heading(text=fold(r.text), size=r.height / median, top=r.box[1], order=0) for r in large]
    for upper, lower in itertools.permutations(large, 2):
        near = lower.box[1] - upper.box[1] > 0 and lower.box[1] - upper.box[3] < 1.5 * upper.height
        if near and abs(upper.box[0] - lower.box[0]) <= _EDGE:
            text = fold(upper.text) + fold(lower.text)
            found.append(Heading(text=text, size=upper.height / median, top=upper.box[1], order=0))
    return found


def _stacked(rows: Sequence[Row], median: float) -> list[Heading]:
    """Titles broken over two or three large rows, joined; each character alone in a row included."""
    large = [row for row in rows if row.height >= 1.25 * median]
    joined: list[Heading] = []
    for count in (2, 3):
        for at in range(len(large) - count + 1):
            group = large[at : at + count]
            if all(b.box[1] - a.box[3] < 2.5 * a.height for a, b in itertools.pairwise(group)):
                text = "".join(fold(row.text) for row in group)
                joined.append(Heading(text=text, size=group[0].height / median, top=group[0].box[1], order=0))
    return joined


def bare_title(text: str) -> str:
    """A folded heading without what is no part of a title: 正本, 副本, 一、, (续表), quotes."""
    return _DECORATION.sub("", text)


_LISTED = re.compile(
    r"^(?:附件|附|注)?:?(?:[0-9]{1,2}[.、)]|\([0-9一二三四五六七八九十]{1,2}\)|[①-⑳]|[一二三四五六七八九十]{1,2}、|[□☑√■○●])"
)
"""A row that is an item of a list: 1. 营业执照, 附件：2. …, □营业执照."""


def _title_score(heading: Heading, title: str) -> float:
    """How well a row is this title, from 0 to 1."""
    text = bare_title(heading.text)
    if title not in text:
        tolerance = 0 if len(title) < 4 else 1 if len(title) < 8 else 2
        if not tolerance or len(set(title) - set(text)) > tolerance:
            return 0.0
        if abs(len(text) - len(title)) <= tolerance and edit_distance(text, title) <= tolerance:
            closeness = 0.85
        elif _opens_with(title, text):
            closeness = 0.75
        else:
            return 0.0
    else:
        rest = len(text) - len(title)
        if (
            _SENTENCE.search(text)
            or (rest > 16 and not _names_its_holder(text, title))
            or (len(title) < 6 and rest > 2 and heading.size < 1.4)
        ):
            return 0.0
        closeness = 1.0 if rest <= 2 else 0.95 if text.endswith(title) or text.startswith(title) else 0.75
    place = 1.0 if heading.size >= 1.5 else 0.9 if heading.size >= 1.2 or heading.order < 3 else 0.7
    low = 0.85 if heading.top > 0.5 else 1.0
    return closeness * place * low


_NAMED = 50
"""A title with a name within it is no longer than this."""
_LONG_TITLE = 6
_ADDED = 12


def _names_its_holder(text: str, title: str) -> bool:
    """Whether a title has the institution's name within it: 批准…公司检验检测的能力范围."""
    return text.startswith("批准") and text.endswith(title) and len(text) <= _NAMED


def _opens_with(title: str, text: str) -> bool:
    """Whether a row opens with this title, one letter misread, and adds to it: 持种设备…核准证(综合检验机构).

    Only what follows in brackets is an addition; and titles of one ending (机构执业许可证) are not each other.
    """
    head, rest = text[: len(title)], text[len(title) :]
    if len(title) < _LONG_TITLE or not rest.startswith("(") or len(rest) > _ADDED:
        return False
    return sum(a != b for a, b in zip(head, title, strict=True)) <= 1


def guesses(page: Page, labels: PageLabels, extractors: Sequence[Extractor]) -> list[Guess]:
    """Every kind with its score for this page, best first."""
    headings = headings_of(page)
    standing = _standing(headings)
    found: list[Guess] = []
    printed = {place.label.text for place in labels.labelled if place.label.firm}
    for extractor in extractors:
        title, length = _best(standing, extractor.titles)
        annex, annex_length = _best(headings, extractor.annex_titles)
        specs = [spec for spec in extractor.fields if printed & set(spec.labels)]
        share = len(specs) / max(len(extractor.fields), 1)
        strongest = max(title, 0.8 * annex)
        score = 0.6 * strongest + 0.002 * max(length, annex_length) + 0.25 * share + extractor.score(page)
        if score > 0:
            is_annex = annex > title or (annex > 0 and annex >= title and annex_length > length)
            found.append(Guess(kind=extractor.kind, score=score, annex=is_annex, titled=strongest > 0))
    return sorted(found, key=lambda guess: (-guess.score, guess.kind))


def _best(headings: Sequence[Heading], titles: Sequence[str]) -> tuple[float, int]:
    scored = [(_title_score(heading, fold(title)), len(title)) for heading in headings for title in titles]
    return max(scored, default=(0.0, 0))


def _standing(headings: Sequence[Heading]) -> list[Heading]:
    """The headings that name the paper itself, not one of the papers that it lists or that stand at a label."""
    return [heading for heading in headings if not _LISTED.match(heading.text)]


def classify(page: Page, labels: PageLabels, extractors: Sequence[Extractor]) -> Guess:
    """What the page is; kind ``unknown`` when nothing is sure."""
    ranked = guesses(page, labels, extractors)
    if not ranked or ranked[0].score < CERTAIN:
        return Guess(kind="unknown", score=1 - (ranked[0].score if ranked else 0.0))
    return ranked[0]
