"""What an extractor module says about its kind: titles, a typed table of fields, odd parts as functions.

The kernel (:mod:`qi_pipeline.extraction.values`) finds the labels on the page and hands each reader what
stands at the label; a reader turns that into a :class:`~qi_pipeline.model.Field`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qi_pipeline.model import ElectronicSignature, Field, Page, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands at one label: the printed words of its value, in reading order."""

    label: str
    """The label variant that matched, as the table spells it."""
    words: tuple[Word, ...]
    """The pieces of the value, cut at the label; empty when nothing stands there."""
    page: int
    lines: tuple[str, ...] = ()
    """The same text, one string a printed line."""
    rows: tuple[tuple[Word, ...], ...] = ()
    """The same words, one tuple a printed line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPages:
    """The pages of one document of a file, as extractors see them."""

    file: str
    pages: tuple[Page, ...]
    signatures: tuple[ElectronicSignature, ...] = ()


Read = Callable[[Found], Field | None]
"""Turns what stands at a label into a field; None when that label's value is not one (try the next)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of a kind: where it is printed and how it is read."""

    name: str
    """Name in the contract's vocabulary."""
    labels: tuple[str, ...]
    """Printed labels, best first, without spaces and colons; matching ignores spaces and split labels."""
    read: Read
    required: bool = False
    """True where a paper of this kind always prints it, so that its absence is worth a second look."""


def _no_change(_document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    return fields


def _no_edition(_document: DocumentPages, _fields: dict[str, Field]) -> str | None:
    return None


def _no_score(_page: Page) -> float:
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extractor:
    """Everything the program knows of one document kind (文件种类)."""

    kind: str
    titles: tuple[str, ...]
    """Phrases of the printed title, folded (NFKC, no spaces); one of them opens a document of this kind."""
    fields: tuple[FieldSpec, ...] = ()
    score: Callable[[Page], float] = _no_score
    """Further evidence that a page belongs to this kind, added to that of titles and labels (roughly -1 to 1)."""
    finish: Callable[[DocumentPages, dict[str, Field]], dict[str, Field]] = _no_change
    """The odd parts: fields without a label, tables, things that several labels say together."""
    edition: Callable[[DocumentPages, dict[str, Field]], str | None] = _no_edition
    """Which layout edition the paper is of, where the kind has several."""
    annex_titles: tuple[str, ...] = ()
    """Titles of continuation pages that belong to this kind, such as 附表 or 附件."""
    inside: tuple[str, ...] = ()
    """Labels of other kinds that are text of a value on this kind (许可项目 opens a licence's scope)."""
    version: str = "1"
    """Raised when the extractor may now read a paper otherwise; every decision records it."""
