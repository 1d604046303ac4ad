"""Doubts (存疑): decisive values that were not read with certainty, or leave open what they mean, each with its place.

A doubt sends the packet to a person (``low_confidence``); it never admits or refuses anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.admission.coverage import Row
from qi_pipeline.admission.papers import Paper, Reading
from qi_pipeline.model import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One value that the decision turns on and that is doubtful."""

    field: str
    """A field name of the contract, or ``kind``, ``seal`` or ``limitation``."""
    kind: str | None
    """Kind of the document; None for the application."""
    document: str | None
    value: str | None
    """What was read, doubtful as it is; None when nothing was."""
    confidence: float | None
    evidence: tuple[Evidence, ...]
    service: str | None = None


def field_doubt(paper: Paper, field: str, *, service: str | None = None) -> Doubt:
    """The doubt about one field of a paper."""
    return reading_doubt(paper, field, paper.read(field), service=service)


def reading_doubt(paper: Paper, field: str, reading: Reading, *, service: str | None = None) -> Doubt:
    """The doubt about one reading on a paper; without a place of its own it points to the first page."""
    value = reading.value
    return Doubt(
        field=field,
        kind=paper.kind,
        document=reading.evidence[0].file if reading.evidence else paper.file,
        value=None if value is None or isinstance(value, list | dict) else str(value),
        confidence=reading.confidence if reading.printed else None,
        evidence=reading.evidence or (paper.place,),
        service=service,
    )


def kind_doubt(paper: Paper) -> Doubt:
    """The doubt about what kind of document a paper is."""
    best = max(document.confidence for document in paper.documents)
    return Doubt(
        field="kind", kind=paper.kind, document=paper.file, value=paper.kind, confidence=best, evidence=(paper.place,)
    )


def seal_doubt(paper: Paper, evidence: Sequence[Evidence], *, unread: str | None = None) -> Doubt:
    """The doubt whether a paper bears the institution's own seal.

    ``unread``: the name on a seal below whose star stands something that could not be read.
    """
    return Doubt(
        field="seal",
        kind=paper.kind,
        document=paper.file,
        value=unread,
        confidence=None,
        evidence=tuple(evidence) or (paper.place,),
    )


def limitation_doubt(paper: Paper, rows: Sequence[Row], service: str) -> Doubt:
    """The doubt whether a service is among the items that the restriction of its rows lists as all that is tested."""
    said = list(dict.fromkeys(row.limitation for row in rows))
    return Doubt(
        field="limitation",
        kind=paper.kind,
        document=rows[0].file,
        value="；".join(said[:3]),
        confidence=max(row.confidence for row in rows),
        evidence=tuple(dict.fromkeys(row.place for row in rows))[:5],
        service=service,
    )
