"""The commitment letter (入驻机构承诺书, clause 5.1 c, Annex A): nine promises, ten categories, signature, date."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.extraction.letter_files import kept_promises, together_with
from qi_pipeline.model import Field

PROMISES = tuple(str(number) for number in range(1, 10))
"""The numbers of Annex A's promises."""
_WRITTEN = 0.5
"""From this confidence of the day that was read, a date certainly stands there."""
_FILLED = re.compile(r"[0-9]{4}\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日")
"""A date line with figures in all its places, though some may be misread (2026年77月99日)."""
_CLOSING_TURNED = frozenset(("!closing:changed", "!closing:missing"))
"""Checks of a letter whose last sentence, which answers for all promises, is another one or none."""
_OTHER_WORDS = "!adopted_wording"
"""Check of a letter in other words throughout, of which no sentence is missing for certain."""
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
    closing_turned: bool = False
    """Whether the closing, which answers for all promises, is certainly missing or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    """What the letter's text says, as far as it was read."""

    changed: tuple[str, ...]
    closing_turned: bool
    categories: int | None
    doubts: tuple[str, ...]
    whole: Truth


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
        "promises": letter.whole is False and bool(letter.changed or letter.closing_turned),
        "information_categories": letter.whole is False and not (letter.changed or letter.closing_turned),
        "signature_present": letter.signed is False,
        "signed_on": letter.dated is False,
    }
    return replace(
        letter,
        whole=letter.whole or "doubtful",
        changed=(),
        closing_turned=False,
        signed=letter.signed or "doubtful",
        dated=letter.dated or "doubtful",
        doubts=tuple(dict.fromkeys((*letter.doubts, *(name for name, lacks in lacking.items() if lacks)))),
    )


def _letter(paper: Paper, holder: Truth, as_of: date) -> Letter:
    together = len(paper.documents) == 1 or any(together_with(document) for document in paper.documents)
    wording = _wording(paper) if together else _wording_by_file(paper)
    signed = _signed(paper)
    dated = _dated(paper, as_of)
    if dated is False and paper.all_of("signed_on") and not _is_ahead(paper, as_of):
        dated = "doubtful"
    doubts = [] if wording.whole is False else [*wording.doubts]
    doubts += ["signature_present"] * (signed == "doubtful") + ["signed_on"] * (dated == "doubtful")
    return Letter(
        paper=paper,
        holder=holder,
        whole=wording.whole,
        changed=wording.changed,
        closing_turned=wording.closing_turned,
        categories=wording.categories,
        signed=signed,
        dated=dated,
        doubts=tuple(doubts),
        dated_ahead=dated is False and _is_ahead(paper, as_of),
    )


def _wording(paper: Paper) -> _Wording:
    """What a letter says whose text was compared with Annex A as one, in one file or in several."""
    promises, categories = paper.read("promises"), paper.read("information_categories")
    said = promises.value if isinstance(promises.value, dict) else {}
    checks = {check for _, field in paper.all_of("promises") for check in field.checks}
    changed = tuple(number for number in PROMISES if said.get(number, False) is False) if promises.certain else ()
    turned = promises.certain and bool(checks & _CLOSING_TURNED) and _OTHER_WORDS not in checks
    unclear = not promises.certain or any(said.get(number, False) is None for number in PROMISES)
    count = categories.value if isinstance(categories.value, int) and not isinstance(categories.value, bool) else None
    lacking = categories.certain and count is not None and count < CATEGORIES
    doubts = ["promises"] * (unclear and not changed)
    doubts += ["information_categories"] * (not lacking and not (categories.certain and count is not None))
    whole: Truth = False if changed or turned or lacking else "doubtful" if doubts else True
    return _Wording(changed=changed, closing_turned=turned, categories=count, doubts=tuple(doubts), whole=whole)


def _wording_by_file(paper: Paper) -> _Wording:
    """What a letter says whose files were each compared with Annex A by themselves: what one lacks another may hold.

    A promise that a page break cuts in two is whole on neither page, so what none of them holds is doubtful and
    never certainly missing; one that stands changed between its neighbours on one page is changed. So is the closing
    doubtful where no page shows it unchanged, and text that one page adds.
    """
    kept = {number for document in paper.documents for number in kept_promises(document)}
    fields = [field for _, field in paper.all_of("promises")]
    counts = [
        field.value - sum(check.endswith(":doubtful") for check in field.checks)
        for _, field in paper.all_of("information_categories")
        if isinstance(field.value, int)
    ]
    changed = tuple(number for number in PROMISES if number not in kept and _changed_within(paper, number))
    closed = any(not any(check.startswith("!closing:") for check in field.checks) for field in fields)
    added = any(check.startswith("!extra:") for field in fields for check in field.checks)
    doubts = ["promises"] * (not changed and (not kept >= set(PROMISES) or not closed or added))
    doubts += ["information_categories"] * (not changed and sum(counts) < CATEGORIES)
    whole: Truth = False if changed else "doubtful" if doubts else True
    count = min(CATEGORIES, sum(counts)) if counts else None
    return _Wording(changed=changed, closing_turned=False, categories=count, doubts=tuple(doubts), whole=whole)


def _signed(paper: Paper) -> Truth:
    """Whether a page of the letter bears the signature; doubtful where one that asks for it does not show clearly."""
    asked = [field for _, field in paper.all_of("signature_present")]
    # A page on which no signature is asked for says nothing of it where another page asks for it.
    signatures = [field for field in asked if _NOT_ASKED not in field.checks] or asked
    if any(field.value is True and field.confidence >= paper.certain_from for field in signatures):
        return True
    return "doubtful" if any(field.confidence < paper.certain_from for field in signatures) else False


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
