"""What a judged letter says as fields: ``promises`` and ``information_categories``, each at its gravest remark."""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.extraction.letter_judgement import OTHER_WORDS, LetterJudgement, Remark
from qi_pipeline.extraction.lines import around
from qi_pipeline.model import Box, Field, Json, Page

_GRAVEST_FIRST = {"changed": 0, "missing": 1, "doubtful": 2, "intact": 3}


def promises_field(pages: Sequence[Page], judgement: LetterJudgement) -> Field:
    """The nine promises, each kept or not."""
    value: dict[str, Json] = dict(judgement.promises)
    return _judged(pages, value, judgement.promises_confidence, judgement.remarks_on(categories=False))


def categories_field(pages: Sequence[Page], judgement: LetterJudgement) -> Field:
    """How many of Annex A's ten categories of information are there."""
    return _judged(pages, judgement.categories, judgement.categories_confidence, judgement.remarks_on(categories=True))


def _judged(pages: Sequence[Page], value: Json, confidence: float, remarks: tuple[Remark, ...]) -> Field:
    """The field, pointing at the gravest remark; without one, at the text of the first page."""
    shown = sorted((r for r in remarks if r.place is not None), key=lambda r: _GRAVEST_FIRST[r.state])
    page, box = shown[0].place if shown and shown[0].place else (pages[0].number, _body(pages[0]))
    return Field(
        value=value,
        raw="; ".join(_told(remark) for remark in remarks if remark.block != OTHER_WORDS),
        confidence=confidence,
        page=page,
        box=box,
        checks=tuple(_check(remark) for remark in remarks) or ("adopted_wording",),
    )


def _check(remark: Remark) -> str:
    return "!adopted_wording" if remark.block == OTHER_WORDS else f"!{remark.block}:{remark.state}"


def _told(remark: Remark) -> str:
    return f"{remark.block} {remark.state}: {remark.text}".rstrip(": ")


def _body(page: Page) -> Box:
    return around(word.box for word in page.words) if page.words else (0.0, 0.0, 1.0, 1.0)
