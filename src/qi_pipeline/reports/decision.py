"""The decision report (审核报告): one self-contained page that a reviewer signs or objects to, and its JSON twin."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qi_pipeline.codec import to_json
from qi_pipeline.model import Decision, Document, Evidence, Field, FileFailure, Finding, Json
from qi_pipeline.reports import phrases
from qi_pipeline.reports.cutouts import Cutouts
from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.phrases import Lang, pick
from qi_pipeline.reports.templating import render

_SHOWN_ROWS = 30
_SHOWN_PLACES = 3
_SHOWN_THUMBS = 6
_SHOWN_SECONDS = 20
_ORDER = {"reject": 0, "supplement": 1, "verify": 2, "review": 3, "notice": 4}
_COLOURS = {
    "reject": "reject",
    "supplement": "supplement",
    "verify": "further_verification",
    "review": "manual_review",
    "notice": "soft",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerDecision:
    """What a person decided over the machine's recommendation."""

    name: str
    on: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """Everything a decision report shows of one packet."""

    packet: str
    packet_id: str
    request: str
    institution_name: str | None
    institution_uscc: str | None
    submitted_at: str | None
    decision: Decision
    documents: tuple[Document, ...]
    failures: tuple[FileFailure, ...]
    images: Callable[[str, int], Path | None]
    """Path of the page image by file and page number."""
    certain_from: float
    seconds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Processor seconds of each page, by file; empty when the reading is no longer at hand."""
    reviewer: ReviewerDecision | None = None


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings, the gravest first, otherwise in the order of the rules."""
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def write_decision(report: ReportInput, folder: Path, lang: Lang, summary: dict[str, Json]) -> Path:
    """The path of the decision.html written into ``folder``, with decision.json beside it.

    ``summary`` is the packet's entry of ``ingest --json``; decision.json holds it with documents and versions.
    """
    folder.mkdir(parents=True, exist_ok=True)
    twin: dict[str, Json] = {
        **summary,
        "as_of": report.decision.as_of,
        "versions": dict(report.decision.versions),
        "documents": to_json(report.documents),
        "failed": to_json(report.failures),
    }
    write_whole(folder / "decision.json", json.dumps(twin, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    page = folder / "decision.html"
    write_whole(page, render_decision(report, lang))
    return page


def render_decision(report: ReportInput, lang: Lang) -> str:
    """The report as one HTML page without outside references."""
    cutouts = Cutouts(report.images)
    decision = report.decision
    headings = {key: texts[lang] for key, texts in phrases.HEADINGS.items()}
    findings = [_finding(finding, cutouts, lang) for finding in ordered(decision.findings)]
    outcome = report.reviewer.outcome if report.reviewer else decision.outcome
    return render(
        "decision.html",
        lang=lang,
        h=headings,
        packet=report.packet,
        request=pick(phrases.REQUESTS, report.request, lang),
        institution={"name": report.institution_name, "uscc": report.institution_uscc},
        submitted_at=report.submitted_at,
        decision={"as_of": decision.as_of, "outcome": outcome, "automatic": decision.automatic},
        outcome=pick(phrases.OUTCOMES, outcome, lang),
        reviewer=report.reviewer,
        leading=[finding for finding in findings if finding["weight"] < 4][:3],
        findings=findings,
        deadlines=[
            {
                "duty": pick(phrases.DUTIES, deadline.duty, lang),
                "due_on": deadline.due_on,
                "clause": deadline.clause,
                "provisional": deadline.provisional,
            }
            for deadline in decision.deadlines
        ],
        services=[
            {
                "name": service.name,
                "item": service.item,
                "qualified": service.qualified,
                "by": service.by,
                "rows": [_row(row, lang) for row in service.rows],
            }
            for service in decision.services
        ],
        papers=[_paper(document, report, cutouts, lang) for document in report.documents],
        failures=report.failures,
        versions=sorted(decision.versions.items()),
        seconds=[
            f"{file} {', '.join(f'{each:.1f}' for each in pages[:_SHOWN_SECONDS])}"
            for file, pages in report.seconds.items()
        ],
    )


def _finding(finding: Finding, cutouts: Cutouts, lang: Lang) -> dict[str, Any]:
    seen: set[Evidence] = set()
    places: list[dict[str, Any]] = []
    for evidence in finding.evidence:
        if evidence in seen or len(places) == _SHOWN_PLACES:
            continue
        seen.add(evidence)
        picture = cutouts.place(evidence.file, evidence.page, evidence.box)
        places.append({"picture": picture, "caption": _place(evidence.file, evidence.page, lang)})
    return {
        "code": finding.code,
        "clause": finding.clause,
        "weight": _ORDER[finding.severity],
        "severity": pick(phrases.SEVERITIES, finding.severity, lang),
        "colour": _COLOURS[finding.severity],
        "message": finding.message[lang],
        "remedy": finding.remedy.get(lang),
        "expected": finding.expected.get(lang),
        "document": finding.document,
        "places": places,
    }


def _place(file: str, page: int, lang: Lang) -> str:
    if file.endswith("application.json"):
        return f"{phrases.HEADINGS['online_form'][lang]} {file}"
    return f"{file} · {phrases.HEADINGS['page'][lang].format(n=page)}"


def _paper(document: Document, report: ReportInput, cutouts: Cutouts, lang: Lang) -> dict[str, Any]:
    pages = ", ".join(str(page) for page in document.pages) if len(document.pages) < 8 else _span(document.pages)
    thumbs = [cutouts.thumbnail(document.file, page) for page in document.pages[:_SHOWN_THUMBS]]
    return {
        "kind": phrases.kind_name(document.kind, lang),
        "place": f"{document.file} · {phrases.HEADINGS['page'][lang].format(n=pages)}",
        "confidence": f"{document.confidence:.2f}",
        "thumbs": [thumb for thumb in thumbs if thumb],
        "fields": [
            _field(name, each, report.certain_from, lang, long_term="long_term" in document.fields)
            for name, each in document.fields.items()
        ],
        "seals": [
            (seal.text or phrases.HEADINGS["unreadable_seal"][lang]) + (f"（{seal.centre}）" if seal.centre else "")
            for seal in document.seals
        ],
        "codes": [code.text for code in document.codes],
        "signatures": [f"{signature.signer or '—'}：{signature.note}" for signature in document.signatures],
    }


def _span(pages: Sequence[int]) -> str:
    return f"{pages[0]}–{pages[-1]}"


def _field(name: str, read: Field, certain_from: float, lang: Lang, *, long_term: bool) -> dict[str, Any]:
    notes = []
    if read.derived:
        notes.append(phrases.HEADINGS["derived"][lang])
    if read.suggestion:
        notes.append(f"{phrases.HEADINGS['suggestion'][lang]} {read.suggestion}")
    endless = name == "valid_to" and read.value is None and long_term
    return {
        "name": pick(phrases.FIELDS, name, lang),
        "value": pick(phrases.FIELDS, "long_term", lang) if endless else _value(read.value, lang),
        "note": "；".join(notes),
        "confidence": f"{read.confidence:.2f}",
        "doubtful": read.confidence < certain_from or (read.value is None and not endless),
        "place": phrases.HEADINGS["page"][lang].format(n=read.page),
    }


def _value(value: Json, lang: Lang) -> str:
    if value is None:
        return phrases.HEADINGS["unread"][lang]
    if isinstance(value, bool):
        return phrases.HEADINGS["yes" if value else "no"][lang]
    if isinstance(value, list):
        shown = [_row(item, lang) if isinstance(item, dict) else str(item) for item in value[:_SHOWN_ROWS]]
        if len(value) > _SHOWN_ROWS:
            shown.append(phrases.HEADINGS["rows"][lang].format(n=len(value), shown=_SHOWN_ROWS))
        return "\n".join(shown)
    if isinstance(value, dict):
        return "；".join(f"{key}：{_value(item, lang)}" for key, item in value.items())
    return str(value)


def _row(row: Mapping[str, Json], lang: Lang) -> str:
    parts = [str(row[key]) for key in row if key not in ("page", "file", "box") and row[key] not in (None, "", [])]
    text = " | ".join(parts)
    page = row.get("page")
    return f"{text}（{phrases.HEADINGS['page'][lang].format(n=page)}）" if page else text
