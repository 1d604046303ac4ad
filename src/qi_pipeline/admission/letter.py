"""The commitment letter (入驻机构承诺书, clause 5.1 c, Annex A): nine promises, ten categories, signature, date."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper, kept_promises
from qi_pipeline.model import Field

PROMISES = tuple(str(number) for number in range(1, 10))
"""The numbers of Annex A's promises."""
_WRITTEN = 0.5
"""From this confidence of the day that was read, a date certainly stands there."""
_FILLED = re.compile(r"[0-9]{4}\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日")
"""A date line with figures in all its places, though some may be misread (2026年77月99日)."""
_NOT_ASKED = "!label"
"""Check of a page on which no signature is asked for."""
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
    """Whether a day stands there that has come."""
    doubts: tuple[str, ...]
    """Names of the doubtful fields."""
    dated_ahead: bool = False
    """Whether the only day that stands there has certainly not come yet."""


def letter_of(
    papers: Sequence[tuple[Paper, Truth]],
    as_of: date,
    trails_off: Callable[[Paper], bool] = lambda _paper: False,
) -> Letter | None:
    """The letter that counts on a day: the institution's own with the least wrong, the last handed in among equals.

    ``trails_off`` tells a letter whose next page could not be told: what it lacks is doubtful then, not missing.
    """
    letters = [_letter(paper, holder, as_of) for paper, holder in papers if paper.kind == "commitment_letter"]
    letters = [_doubted(letter) if trails_off(letter.paper) else letter for letter in letters]
    return max(reversed(letters), key=_merit, default=None)


def _doubted(letter: Letter) -> Letter:
    """The letter with everything that it lacks in doubt."""
    lacking = {
        "promises": letter.whole is False and bool(letter.changed),
        "information_categories": letter.whole is False and not letter.changed,
        "signature_present": letter.signed is False,
        "signed_on": letter.dated is False,
    }
    return replace(
        letter,
        whole=letter.whole or "doubtful",
        changed=(),
        signed=letter.signed or "doubtful",
        dated=letter.dated or "doubtful",
        doubts=tuple(dict.fromkeys((*letter.doubts, *(name for name, lacks in lacking.items() if lacks)))),
    )


def _letter(paper: Paper, holder: Truth, as_of: date) -> Letter:
    if len(paper.documents) > 1:
        return _joined(paper, holder, as_of)
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
    dated = _dated(paper, as_of)
    if dated is False and day.printed and not _is_ahead(paper, as_of):
        dated = "doubtful"
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
        dated_ahead=dated is False and _is_ahead(paper, as_of),
    )


def _joined(paper: Paper, holder: Truth, as_of: date) -> Letter:
    """A letter whose pages are files of their own: what one page lacks another may hold.

    A promise that a page break cuts in two is whole on neither page, so what none of them holds is doubtful and
    never certainly missing; one that stands changed between its neighbours on one page is changed.
    """
    kept = {number for document in paper.documents for number in kept_promises(document)}
    counts = [field.value for _, field in paper.all_of("information_categories") if isinstance(field.value, int)]
    changed = tuple(number for number in PROMISES if number not in kept and _changed_within(paper, number))
    doubts = [] if changed or kept >= set(PROMISES) else ["promises"]
    doubts += [] if changed or sum(counts) >= CATEGORIES else ["information_categories"]
    whole: Truth = False if changed else "doubtful" if doubts else True
    asked = [field for _, field in paper.all_of("signature_present")]
    # A page on which no signature is asked for says nothing of it where another page asks for it.
    signatures = [field for field in asked if _NOT_ASKED not in field.checks] or asked
    signed: Truth = any(field.value is True and field.confidence >= paper.certain_from for field in signatures)
    if not signed and any(field.confidence < paper.certain_from for field in signatures):
        signed = "doubtful"
    dated = _dated(paper, as_of)
    if dated is False and paper.all_of("signed_on") and not _is_ahead(paper, as_of):
        dated = "doubtful"
    doubts += ["signature_present"] * (signed == "doubtful") + ["signed_on"] * (dated == "doubtful")
    return Letter(
        paper=paper,
        holder=holder,
        whole=whole,
        changed=changed,
        categories=min(CATEGORIES, sum(counts)) if counts else None,
        signed=signed,
        dated=dated,
        doubts=tuple(doubts),
        dated_ahead=dated is False and _is_ahead(paper, as_of),
    )


def _changed_within(paper: Paper, number: str) -> bool:
    """Whether one page holds a promise in other words with its neighbours, so that no page break can have cut it."""
    for _, field in paper.all_of("promises"):
        around = ("preamble" if number == "1" else str(int(number) - 1), str(int(number) + 1))
        whole = not any(f"!{name}:missing" in field.checks for name in around)
        if whole and f"!{number}:changed" in field.checks and field.confidence >= paper.certain_from:
            return number != PROMISES[-1]
    return False


def _dated(paper: Paper, as_of: date) -> Truth:
    """Whether a day stands there; which one decides nothing, as long as it has come."""
    written = [field for _, field in paper.all_of("signed_on") if _is_written(field)]
    come = [field for field in written if not _is_after(field, as_of)]
    if come or not written:
        return bool(come)
    return False if _is_ahead(paper, as_of) else "doubtful"


def _is_ahead(paper: Paper, as_of: date) -> bool:
    """Whether a day that was certainly read has not come yet, and no other stands there."""
    written = [field for _, field in paper.all_of("signed_on") if _is_written(field)]
    return bool(written) and all(
        _is_after(field, as_of) and field.confidence >= paper.certain_from for field in written
    )


def _is_after(day: Field, as_of: date) -> bool:
    return isinstance(day.value, str) and day.value > as_of.isoformat()


def _is_written(day: Field) -> bool:
    """Whether a date certainly stands there: it was read, or figures stand before each of 年, 月 and 日."""
    return _FILLED.search(day.raw) is not None or (day.value is not None and day.confidence >= _WRITTEN)


def _merit(letter: Letter) -> tuple[int, ...]:
    order: dict[Truth, int] = {True: 2, "doubtful": 1, False: 0}
    return (order[letter.holder], sum(order[fact] for fact in (letter.whole, letter.signed, letter.dated)))
