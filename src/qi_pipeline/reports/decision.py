"""The decision report (审核报告): one self-contained page that a reviewer signs or objects to, and its JSON twin."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.codec import to_json
from qi_pipeline.model import (
    Correction,
    Decision,
    Document,
    FileFailure,
    FileReading,
    Hold,
    Json,
    Lang,
    ServiceJudgement,
)
from qi_pipeline.records.events import StoredEvent
from qi_pipeline.reports import finding_articles, inline, masking, paper_rows, phrases, trail
from qi_pipeline.reports.cutouts import Cutouts
from qi_pipeline.reports.favour import in_favour
from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.finding_articles import Article, ordered
from qi_pipeline.reports.paper_rows import Compared, Earlier, Paper, Teller
from qi_pipeline.reports.phrases import HEADINGS, clause_name, pick
from qi_pipeline.reports.pictures import Format, PageKey
from qi_pipeline.reports.sheets import Sheet, Sheets
from qi_pipeline.reports.templating import render

__all__ = ["ReportInput", "ReviewerDecision", "ordered", "render_decision", "shown", "write_decision"]

_PICTURES = 4_000_000
"""Characters that all pictures of a report may take, so that 40 pages stay below 5 MB with their words."""
_CUTOUTS = 1_500_000
_DECIDING = ("admit", "supplement", "further_verification", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerDecision:
    """What a person decided over the machine's recommendation."""

    name: str
    on: str
    outcome: str
    reason: str
    role: str | None = None


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
    readings: tuple[FileReading, ...] = ()
    """For the notes and the seconds of the pages; empty when the readings are no longer at hand."""
    events: tuple[StoredEvent, ...] = ()
    """What the log says of the packet, oldest first."""
    reviewer: ReviewerDecision | None = None
    corrections: tuple[Correction, ...] = ()
    """What a person reads on the papers in place of the machine; ``documents`` are as corrected."""
    hold: Hold | None = None
    """Who holds the packet for review at this moment."""
    earlier: tuple[Document, ...] = ()
    """Documents of the packets that this one completes, their files named as the decision names them."""


def shown(value: str) -> str:
    """The value as a report shows it; every value that was read from paper or typed by somebody passes here."""
    return masking.shown(value)


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
        "corrections": to_json(report.corrections),
        "failed": to_json(report.failures),
        "reviewer": to_json(report.reviewer),
    }
    write_whole(
        folder / "decision.json",
        json.dumps(masking.shown_json(twin), ensure_ascii=False, indent=1, sort_keys=True) + "\n",
    )
    page = folder / "decision.html"
    write_whole(page, render_decision(report, lang))
    return page


def render_decision(report: ReportInput, lang: Lang, *, printed: bool = False) -> str:
    """The report as one HTML page without outside references.

    ``printed``: the same page without script and viewer, with pictures as JPEG, for a writer of PDF.
    """
    form: Format = "JPEG" if printed else "WEBP"
    findings = report.decision.findings
    seals = sum(len(document.seals) for document in report.documents)
    sheets = Sheets(report.images)
    places = finding_articles.counted_places(findings) + min(seals, 40) // 4
    cutouts = Cutouts(report.images, form=form, budget=_CUTOUTS, places=places)
    teller = Teller(
        lang=lang,
        certain_from=report.certain_from,
        show=shown,
        sheets=sheets,
        cutouts=cutouts,
        applicant={"holder_name": report.institution_name, "holder_uscc": report.institution_uscc},
        corrections=report.corrections,
        notes={(reading.file, page.number): page.notes for reading in report.readings for page in reading.pages},
    )
    articles = finding_articles.articles(findings, report.documents, teller)
    papers = teller.papers(report.documents)
    # Who leaves offers nothing more: what its services would need is no question.
    offered = () if report.request == "exit" else report.decision.services
    services = [_service(service, teller) for service in offered]
    sheets.picture_all(form, _PICTURES - (_CUTOUTS - cutouts.left))
    style, script = inline.part("decision.css"), inline.part("decision.js")
    margins = inline.page_margins(
        f"{HEADINGS['packet'][lang]} {shown(report.packet)}", shown(report.institution_name or "")
    )
    if printed:
        # PDF/A forbids pictures that a viewer may smooth (ISO 19005-3, 6.2.8); scans need none of it.
        margins += "\nimg { image-rendering: crisp-edges; }"
    scripts = [] if printed else [script]
    return render(
        "decision.html",
        lang=lang,
        printed=printed,
        h={key: texts[lang] for key, texts in HEADINGS.items()},
        policy=inline.content_policy(scripts=scripts, styles=[style, margins]),
        # The project's own files and an escaped string of CSS: nothing here was read from paper unescaped.
        styles=[Markup(style), Markup(margins)],  # noqa: S704
        script=Markup(script),  # noqa: S704
        packet=shown(report.packet),
        request=pick(phrases.REQUESTS, report.request, lang),
        institution={"name": shown(report.institution_name or ""), "uscc": shown(report.institution_uscc or "")},
        submitted_at=report.submitted_at or "",
        **_first_screen(report, articles, papers, lang),
        articles=articles,
        papers=[(paper, paper_rows.side_by_side(teller, paper)) for paper in papers],
        earlier=(former := teller.earlier(report.earlier)),
        compared=any(cell.text for row in (*map(_compared, papers), *map(_compared, former)) for cell in row),
        columns=[pick(phrases.FIELDS, name, lang) for name in paper_rows.COMPARED],
        others=_other_pages(papers, teller),
        services=services,
        failures=[_failure(failure, lang) for failure in report.failures],
        versions=[
            (pick(phrases.VERSIONS, key, lang), shown(value)) for key, value in sorted(report.decision.versions.items())
        ],
        trail=trail.steps(report.events, lang, shown),
        seconds=_seconds(report.readings),
    )


def _first_screen(
    report: ReportInput, articles: Sequence[Article], papers: Sequence[Paper], lang: Lang
) -> dict[str, Any]:
    """What a reviewer sees first: outcome, what decides it, what is owed by when, who decides."""
    decision, reviewer = report.decision, report.reviewer
    outcome = reviewer.outcome if reviewer else decision.outcome
    reasons = finding_articles.reasons(articles)
    return {
        "as_of": decision.as_of,
        "tone": finding_articles.tone_of(outcome),
        "outcome": phrases.outcome_name(report.request, outcome, lang),
        "reasons": reasons,
        "more": finding_articles.left_out(articles, reasons),
        "in_favour": in_favour(report.request, decision, report.documents, lang) if decision.outcome == "admit" else (),
        "deadlines": [
            {
                "duty": pick(phrases.DUTIES, deadline.duty, lang),
                "due_on": deadline.due_on,
                "clause": clause_name(deadline.clause, lang),
                "provisional": deadline.provisional,
            }
            for deadline in decision.deadlines
        ],
        "owed": _owed(articles, outcome, lang),
        "who": _who(report, lang),
        "reviewer": None
        if reviewer is None
        else {
            "name": shown(reviewer.name),
            "role": shown(reviewer.role or ""),
            "on": reviewer.on,
            "reason": shown(reviewer.reason),
        },
        "held": _held(report, lang),
        "command": "" if decision.automatic or reviewer else _command(report),
        "doubts": sum(paper.doubts for paper in papers),
    }


def _owed(articles: Sequence[Article], outcome: str, lang: Lang) -> list[str]:
    """What is owed besides the deadlines: corrections by the applicant, proof to look for."""
    if outcome not in ("supplement", "further_verification", "manual_review"):
        return []
    wanted = (("supplement", "applicant_owes"), ("further_verification", "platform_verifies"))
    counts = [(key, sum(article.tone == tone for article in articles)) for tone, key in wanted]
    return [HEADINGS[key][lang].format(n=count) for key, count in counts if count]


def _who(report: ReportInput, lang: Lang) -> dict[str, str]:
    """Who decides, and why that is not the machine."""
    decision, reviewer = report.decision, report.reviewer
    if reviewer is not None:
        recommended = phrases.outcome_name(report.request, decision.outcome, lang)
        return {"title": HEADINGS["decided_by"][lang], "why": HEADINGS["recommended"][lang].format(outcome=recommended)}
    if decision.automatic:
        return {"title": HEADINGS["automatic"][lang], "why": _corrected_by(report, lang)}
    doubts = sum(finding.severity == "review" for finding in decision.findings)
    why = HEADINGS["waits_doubt"][lang].format(n=doubts) if doubts else HEADINGS["waits_policy"][lang]
    return {"title": HEADINGS["waits"][lang], "why": why}


def _corrected_by(report: ReportInput, lang: Lang) -> str:
    """Whose corrections the decision rests on."""
    if not report.corrections:
        return ""
    people = ("、" if lang == "zh" else ", ").join(dict.fromkeys(shown(each.reviewer) for each in report.corrections))
    return HEADINGS["with_corrections"][lang].format(who=people, n=len(report.corrections))


def _held(report: ReportInput, lang: Lang) -> str:
    """Who holds the packet for review, and until when."""
    hold = report.hold
    if hold is None or report.reviewer is not None:
        return ""
    return HEADINGS["held"][lang].format(who=shown(hold.reviewer), until=trail.local(hold.held_until)[:16])


def _command(report: ReportInput) -> str:
    """The command by which a reviewer decides, ready to be completed."""
    outcome = report.decision.outcome if report.decision.outcome in _DECIDING else "…"
    return f"qi-pipeline decide {shlex.quote(shown(report.packet_id))} --outcome {outcome} --reviewer … --reason …"


def _service(service: ServiceJudgement, teller: Teller) -> dict[str, Any]:
    rows = []
    for row in service.rows:
        file, page = row.get("file"), row.get("page")
        sheet = teller.sheets.id_of(file, page) if isinstance(file, str) and isinstance(page, int) else None
        place = teller.place(file, page) if isinstance(file, str) and isinstance(page, int) else ""
        text = teller.row({key: value for key, value in row.items() if key not in ("file", "page")})
        rows.append({"text": teller.show(text), "sheet": sheet, "place": place})
    return {
        "name": teller.show(service.name),
        "item": pick(phrases.ITEMS, service.item, teller.lang),
        "qualified": service.qualified,
        "by": [teller.show(file) for file in service.by],
        "rows": rows,
    }


def _compared(paper: Paper | Earlier) -> tuple[Compared, ...]:
    return paper.compared


def _other_pages(papers: Sequence[Paper], teller: Teller) -> tuple[Sheet, ...]:
    """Pages that findings or services point at and that no paper of this packet holds."""
    held = {key for paper in papers for key in paper.pages}
    keys: list[PageKey] = [key for key in teller.sheets.known() if key not in held]
    return teller.sheets.shown(keys, paper_rows.captions(teller, keys))


def _failure(failure: FileFailure, lang: Lang) -> dict[str, str]:
    known = FAILURES.get(failure.code)
    said = known[0] if known and lang == "zh" else failure.message
    return {"file": shown(failure.file), "code": failure.code, "message": shown(said)}


def _seconds(readings: Sequence[FileReading]) -> list[dict[str, str]]:
    return [
        {
            "file": shown(reading.file),
            "pages": "、".join(f"{page.seconds:.1f}" for page in reading.pages[:60])
            + ("…" if len(reading.pages) > 60 else ""),
            "sum": f"{sum(page.seconds for page in reading.pages):.1f}",
            "engine": ", ".join(sorted({page.engine for page in reading.pages if page.engine})),
        }
        for reading in readings
    ]
