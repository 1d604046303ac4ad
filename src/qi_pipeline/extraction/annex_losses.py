"""Standards that the pages of an annex print and none of its rows holds (附表漏行检查).

Rows come from rules and columns, standards from the words alone: where the words show a standard that stands in no
row, a rule or a header was lost and the annex says nothing of what it lacks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from qi_pipeline.extraction.standards import Standard, standards_in
from qi_pipeline.model import Page

_ASSESSED_BY = frozenset(
    {
        *(
            (prefix, number)
            for prefix in ("ISO/IEC", "ISO")
            for number in ("17025", "17020", "17034", "17043", "15189")
        ),
        *(("GB/T", number) for number in ("27025", "27020", "27043", "15000.7", "22576.1")),
        ("RB/T", "214"),
    }
)
"""Standards by which a body itself is assessed; a head or a foot prints them on every page."""
_WHOLE_TABLE = 3
"""So many standards on a page without a row are those of a table that was not found."""


def pages_with_losses(pages: Sequence[Page], held: Iterable[str]) -> frozenset[int]:
    """The pages that print a dated standard that is in none of the texts of ``held``.

    A page of a digital file, whose words and rules are exact, counts only where a whole table seems lost.
    """
    known = _known(held)
    return frozenset(
        page.number for page in pages if len(_printed(page) - known) >= (1 if page.source == "ocr" else _WHOLE_TABLE)
    )


def losses(page: Page, held: Iterable[str]) -> int:
    """How many dated standards the page prints that are in none of the texts of ``held``."""
    return len(_printed(page) - _known(held))


def _known(held: Iterable[str]) -> set[tuple[object, ...]]:
    return {(*standard.key, standard.year) for text in held for standard in standards_in(text)}


def _printed(page: Page) -> set[tuple[object, ...]]:
    standards = itertools.chain.from_iterable(standards_in(word.text) for word in page.words)
    return {(*each.key, each.year) for each in standards if _counts(each)}


def _counts(standard: Standard) -> bool:
    return standard.year is not None and (standard.prefix, standard.number) not in _ASSESSED_BY
