"""Whether a certificate's scope covers a declared service (clause 4.2), by the rows it prints.

Of a CMA certificate every declared standard must be in a row: number and year agree (covered), the number alone
agrees (another edition), or neither (absent). A row whose limitation names the service (不测…, 除…外) does not count
for it; one that lists other items as all that is tested (只测…, 仅限…) leaves it to a person (limited). Any other
certificate counts as a whole; only an explicit exclusion in its scope speaks against a service.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.restrictions import leaves_open, limits_out
from qi_pipeline.extraction.folding import fold as fold_anew
from qi_pipeline.extraction.scopes import items_of
from qi_pipeline.extraction.standards import Standard, standards_in
from qi_pipeline.model import Box, Evidence, Json

Status = Literal["covered", "limited", "other_edition", "excluded", "absent", "doubtful"]

_RANK: dict[Status, int] = {
    "covered": 5, "limited": 4, "doubtful": 3, "other_edition": 2, "excluded": 1, "absent": 0
}  # fmt: skip
_LEGIBLE = 0.5
"""Below this typical confidence of its rows, an annex was not read well enough to say what is not in it."""
_PRINTED = 0.98
"""Annexes of a text layer are surer; in one read from pictures a figure may have become a letter, however clear."""
_CONFUSED = str.maketrans(
    {**dict.fromkeys("li7", "1"), "z": "2", "s": "5", **dict.fromkeys("oqdbg0369", "8")},
)
"""Digits and letters that recognition takes for one another, each group by one of its members."""


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """The text as it is compared; the same cells are compared for every service."""
    return fold_anew(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a scope annex, with the file it stands in."""

    category: str
    item: str
    standard: str
    limitation: str
    file: str
    page: int
    box: Box
    confidence: float

    @property
    def place(self) -> Evidence:
        """Where the row stands."""
        return Evidence(file=self.file, page=self.page, box=self.box)

    def shown(self) -> dict[str, Json]:
        """The row as a decision shows it."""
        return {
            "category": self.category,
            "item": self.item,
            "standard": self.standard,
            "limitation": self.limitation,
            "file": self.file,
            "page": self.page,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """The scope rows of one certificate, with every standard that they hold."""

    printed: bool
    """Whether a scope table was found at all."""
    rows: tuple[Row, ...]
    confidence: float
    by_key: dict[tuple[str, str], list[tuple[Standard, Row]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What the scope says of one declared standard."""

    declared: str
    status: Status
    editions: tuple[str, ...] = ()
    """Other editions of the number that the scope holds."""
    rows: tuple[Row, ...] = ()


def annex_of(paper: Paper) -> Annex:
    """All scope rows of the paper, its annexes and extensions (扩项) included, each row once."""
    rows: dict[tuple[str, str, str, str], Row] = {}
    printed, worst = False, 1.0
    for document, each in paper.all_of("scope_items"):
        printed = True
        worst = min(worst, each.confidence) if each.value is not None else 0.0
        for raw in each.value if isinstance(each.value, list) else []:
            if not isinstance(raw, dict):
                continue
            page = raw.get("page")
            number = page if isinstance(page, int) and not isinstance(page, bool) else each.page
            row = Row(
                category=_text(raw.get("category")),
                item=_text(raw.get("item")),
                standard=_text(raw.get("standard")),
                limitation=_text(raw.get("limitation")),
                file=document.file,
                page=number,
                box=each.box if number == each.page else (0.0, 0.0, 1.0, 1.0),
                confidence=each.confidence,
            )
            key = (row.category, row.item, row.standard, row.limitation)
            if key not in rows or rows[key].confidence < row.confidence:
                rows[key] = row
    found: dict[tuple[str, str], list[tuple[Standard, Row]]] = {}
    for row in rows.values():
        for standard in standards_in(row.standard):
            found.setdefault(standard.key, []).append((standard, row))
    return Annex(printed=printed, rows=tuple(rows.values()), confidence=worst, by_key=found)


def covers_standard(annex: Annex, declared: str, service: str, certain_from: float) -> Covered:
    """What the annex says of one declared standard, for a service named ``service``."""
    wanted = standards_in(declared)
    if not wanted:
        return _covers_text(annex, declared, service, certain_from)
    results = [_covers_one(annex, standard, service, certain_from) for standard in wanted]
    # 「GB/T 19001-2016/ISO 9001:2015」 names one text twice: the better answer counts.
    best = max(results, key=lambda result: _RANK[result.status])
    return Covered(declared=declared, status=best.status, editions=best.editions, rows=best.rows)


def better(one: Covered, other: Covered) -> Covered:
    """The more favourable of two certificates' answers for one standard."""
    return one if _RANK[one.status] >= _RANK[other.status] else other


def rows_named(annex: Annex, service: str) -> tuple[tuple[Row, ...], Truth]:
    """Rows whose item or category names a service that declares no standard, and whether one of them is open to it.

    ``doubtful``: those that are not closed to it list other items as all that is tested. Without a row that names it
    the certificate counts as it stands, for nothing was declared that it could lack.
    """
    name = fold(service)
    named = [
        row
        for row in annex.rows
        if any(len(word) >= 2 and (word in name or name in word) for word in (fold(row.item), fold(row.category)))
    ]
    status, open_rows = _open_rows(named, service)
    if status == "limited" and open_rows:
        return open_rows, "doubtful"
    return open_rows or tuple(named), bool(open_rows) or not named


def excluded_by_scope(paper: Paper, annex: Annex, service: str) -> tuple[Truth, tuple[Evidence, ...]]:
    """Whether the certificate's scope excludes ``service`` expressly; the scope text otherwise counts as a whole."""
    scope = paper.read("scope_text")
    if scope.text is not None:
        items = items_of(scope.text)
        if any(item.excludes(service) for item in items) and not any(item.names(service) for item in items):
            return True if scope.certain else "doubtful", scope.evidence
    out = [row for row in annex.rows if limits_out(row.limitation, service)]
    if out and not any(fold(row.item) and fold(row.item) in fold(service) for row in annex.rows if row not in out):
        sure = annex.confidence >= paper.certain_from
        return True if sure else "doubtful", tuple(row.place for row in out)
    return False, scope.evidence


def _covers_one(annex: Annex, wanted: Standard, service: str, certain_from: float) -> Covered:
    held = annex.by_key.get(wanted.key, [])
    same = [row for standard, row in held if standard.year == wanted.year and wanted.year is not None]
    status, rows = _open_rows(same, service)
    if rows:
        sure = any(row.confidence >= min(certain_from, _LEGIBLE) for row in rows)
        return Covered(declared=wanted.text, status=status if sure else "doubtful", rows=rows)
    if same:
        return _settled(annex, Covered(declared=wanted.text, status="excluded", rows=tuple(same)), certain_from)
    if held:
        editions = tuple(dict.fromkeys(standard.text for standard, _ in held))
        rows = tuple(row for _, row in held)
        doubtful = annex.confidence < certain_from and any(
            standard.year is None or _confusable(str(standard.year), str(wanted.year)) for standard, _ in held
        )
        status = "doubtful" if doubtful else "other_edition"
        return Covered(declared=wanted.text, status=status, editions=editions, rows=rows)
    near = annex.printed and annex.confidence < certain_from and _nearly_held(annex, wanted)
    near = near or (
        annex.confidence < _PRINTED
        and any(_shows_in_part(row, wanted) or _shows_but_for_its_prefix(row, wanted) for row in annex.rows)
    )
    doubtful = near or (annex.printed and annex.confidence < _LEGIBLE)
    return Covered(declared=wanted.text, status="doubtful" if doubtful else "absent")


def _open_rows(rows: Sequence[Row], service: str) -> tuple[Status, tuple[Row, ...]]:
    """The rows that no limitation closes to the service, and whether one is open to it beyond doubt."""
    able = [row for row in rows if not limits_out(row.limitation, service)]
    open_rows = tuple(row for row in able if not leaves_open(row.limitation, service, row.category))
    return ("covered", open_rows) if open_rows else ("limited", tuple(able))


def _covers_text(annex: Annex, declared: str, service: str, certain_from: float) -> Covered:
    """A declared method without a standard number is covered by a row that prints the same words."""
    wanted = fold(declared)
    rows = [row for row in annex.rows if wanted and wanted in fold(row.standard)]
    status, open_rows = _open_rows(rows, service)
    if open_rows:
        return Covered(declared=declared, status=status, rows=open_rows)
    status = "excluded" if rows else "absent"
    return _settled(annex, Covered(declared=declared, status=status, rows=tuple(rows)), certain_from)


def _settled(annex: Annex, found: Covered, certain_from: float) -> Covered:
    """The answer, or a doubt where the annex was read too poorly for one that speaks against the service."""
    if annex.printed and annex.confidence < min(certain_from, _LEGIBLE):
        return Covered(declared=found.declared, status="doubtful", rows=found.rows)
    return found


def _nearly_held(annex: Annex, wanted: Standard) -> bool:
    """Whether a row may hold the number under a misreading, or shows an item whose standard could not be made out."""
    number = wanted.number.lower().translate(_CONFUSED)
    for row in annex.rows:
        if row.item and not row.standard:
            return True
        text = fold(row.standard).translate(_CONFUSED)
        if re.search(rf"{re.escape(number)}(?![\d.])", text):
            return True
    return False


def _shows_in_part(row: Row, wanted: Standard) -> bool:
    """Whether a row shows the number up to a figure that was read as a letter, and nothing behind it (6S for 6560)."""
    for standard in standards_in(row.standard):
        broken_off = standard.year is None and wanted.year is not None and standard.number[-1:].isalpha()
        if broken_off and standard.key[0] == wanted.key[0] and wanted.number.startswith(standard.number[:-1]):
            return True
    return False


def _shows_but_for_its_prefix(row: Row, wanted: Standard) -> bool:
    """Whether a row shows number and year, and of the prefix all but a letter (JG 1036 for JJG) or none known."""
    if wanted.year is None:
        return False
    found = standards_in(row.standard)
    if not found:
        return re.search(rf"(?<![\d.]){re.escape(wanted.number)}-{wanted.year}(?!\d)", fold(row.standard)) is not None
    prefix = wanted.key[0]
    shorter = {prefix[:at] + prefix[at + 1 :] for at in range(len(prefix))}
    return any(each.key[0] in shorter and (each.number, each.year) == (wanted.number, wanted.year) for each in found)


def _confusable(one: str, other: str) -> bool:
    """Whether recognition may have taken one for the other: as many characters, all alike or easily confused."""
    if len(one) != len(other):
        return False
    pairs = [(a, b) for a, b in zip(one.lower(), other.lower(), strict=True) if a != b]
    return len(pairs) <= 1 and all(a.translate(_CONFUSED) == b.translate(_CONFUSED) for a, b in pairs)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def places(rows: Sequence[Row], most: int = 20) -> tuple[Evidence, ...]:
    """Where the rows stand, each place once."""
    return tuple(dict.fromkeys(row.place for row in rows))[:most]
