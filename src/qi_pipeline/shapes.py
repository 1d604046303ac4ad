"""The JSON shapes that users and other programs rely on (contract, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterable

from qi_pipeline.model import (
    Box,
    Code,
    Deadline,
    Document,
    Evidence,
    Field,
    FileFailure,
    Finding,
    Json,
    Seal,
    ServiceJudgement,
)


def box_json(box: Box) -> Json:
    """A box in fractions of the page, rounded to a ten-thousandth."""
    return [round(min(1.0, max(0.0, edge)), 4) for edge in box]


def field_json(field: Field) -> dict[str, Json]:
    """A field with its confidence and its place; ``derived`` and ``suggestion`` only where they say something."""
    shape: dict[str, Json] = {
        "value": field.value,
        "raw": field.raw,
        "confidence": round(field.confidence, 3),
        "page": field.page,
        "box": box_json(field.box),
    }
    if field.derived:
        shape["derived"] = True
    if field.suggestion is not None:
        shape["suggestion"] = field.suggestion
    return shape


def _seal_json(seal: Seal) -> Json:
    return {"page": seal.page, "box": box_json(seal.box), "text": seal.text}


def _code_json(code: Code) -> Json:
    return {"page": code.page, "box": box_json(code.box), "text": code.text}


def document_json(document: Document) -> dict[str, Json]:
    """One document of ``extract --json``."""
    return {
        "kind": document.kind,
        "confidence": round(document.confidence, 3),
        "pages": list(document.pages),
        "fields": {name: field_json(field) for name, field in document.fields.items()},
        "seals": [_seal_json(seal) for seal in document.seals],
        "codes": [_code_json(code) for code in document.codes],
    }


def failure_json(failure: FileFailure) -> dict[str, Json]:
    """One entry of ``failed``."""
    return {"file": failure.file, "code": failure.code, "message": failure.message}


def _evidence_json(evidence: Iterable[Evidence]) -> list[Json]:
    return [{"file": place.file, "page": place.page, "box": box_json(place.box)} for place in evidence]


def finding_json(finding: Finding) -> dict[str, Json]:
    """One finding; ``service`` only where it is about one."""
    shape: dict[str, Json] = {
        "code": finding.code,
        "clause": finding.clause,
        "severity": finding.severity,
        "document": finding.document,
        "message": dict(finding.message),
        "evidence": _evidence_json(finding.evidence),
    }
    if finding.service is not None:
        shape["service"] = finding.service
    if finding.remedy:
        shape["remedy"] = dict(finding.remedy)
    return shape


def service_json(service: ServiceJudgement) -> dict[str, Json]:
    """One declared service with what qualifies it."""
    return {"name": service.name, "item": service.item, "qualified": service.qualified, "by": list(service.by)}


def deadline_json(deadline: Deadline) -> dict[str, Json]:
    """One duty with its last day; ``provisional`` only beyond the loaded calendar."""
    shape: dict[str, Json] = {"clause": deadline.clause, "duty": deadline.duty, "due_on": deadline.due_on}
    if deadline.provisional:
        shape["provisional"] = True
    return shape
