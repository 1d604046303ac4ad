"""The commitment letter (入驻机构承诺书, clause 5.1 c, Annex A): nine promises, ten categories, signature, date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper

PROMISES = tuple(str(number) for number in range(1, 10))
"""The numbers of Annex A's promises."""
_WRITTEN = 0.5
"""From this confidence of the day that was read, a date certainly stands there."""
CATEGORIES = 10
"""How many categories of information promise 9 lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the letter that counts says; each fact may be doubtful."""

    paper: Paper
    holder: Truth
    whole: Truth
    """Whether no promise and no category is missing or changed."""
    changed: tuple[str, ...]
    """Promises that are certainly missing or changed."""
    categories: int | None
    signed: Truth
    dated: Truth
    doubts: tuple[str, ...]
    """Names of the doubtful fields."""


def letter_of(papers: Sequence[tuple[Paper, Truth]]) -> Letter | None:
    """The letter that counts: the institution's own with the least wrong, the last handed in among equals."""
    letters = [_letter(paper, holder) for paper, holder in papers if paper.kind == "commitment_letter"]
    return max(reversed(letters), key=_merit, default=None)


def _letter(paper: Paper, holder: Truth) -> Letter:
    promises, categories = paper.read("promises"), paper.read("information_categories")
    said = promises.value if isinstance(promises.value, dict) else {}
    changed = tuple(number for number in PROMISES if said.get(number, False) is False) if promises.certain else ()
    unclear = not promises.certain or any(said.get(number, False) is None for number in PROMISES)
    count = categories.value if isinstance(categories.value, int) and not isinstance(categories.value, bool) else None
    lacking = categories.certain and count is not None and count < CATEGORIES
    doubts = []
    if unclear and not changed:
        doubts.append("promises")
    if not lacking and not (categories.certain and count is not None):
        doubts.append("information_categories")
    whole: Truth = False if changed or lacking else "doubtful" if doubts else True
    signature, day = paper.read("signature_present"), paper.read("signed_on")
    signed: Truth = bool(signature.value) if signature.certain else "doubtful"
    # What counts is that a date is there; which day it is decides nothing.
    written = day.text is not None and day.confidence >= _WRITTEN
    dated: Truth = True if written else "doubtful" if day.printed else False
    doubts = [] if whole is False else doubts
    doubts += ["signature_present"] * (signed == "doubtful") + ["signed_on"] * (dated == "doubtful")
    return Letter(
        paper=paper,
        holder=holder,
        whole=whole,
        changed=changed,
        categories=count,
        signed=signed,
        dated=dated,
        doubts=tuple(doubts),
    )


def _merit(letter: Letter) -> tuple[int, ...]:
    order: dict[Truth, int] = {True: 2, "doubtful": 1, False: 0}
    return (order[letter.holder], sum(order[fact] for fact in (letter.whole, letter.signed, letter.dated)))
