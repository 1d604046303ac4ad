"""Findings in words (审核发现): clause, what the paper says, the cut-out, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.model import Box, Document, Evidence, Field, Finding, Lang, Outcome
from qi_pipeline.reports import doubt_words, phrases
from qi_pipeline.reports.expected_words import EXPECTED
from qi_pipeline.reports.paper_rows import Teller
from qi_pipeline.reports.phrases import HEADINGS, clause_name, pick
from qi_pipeline.reports.pictures import Picture
from qi_pipeline.reports.sheets import Mark

SHOWN_PLACES = 3
"""Places that one finding shows; the others are on the pages."""
_ORDER = {"reject": 0, "supplement": 1, "verify": 2, "review": 3, "notice": 4}
_TONES = {
    "reject": "reject",
    "supplement": "supplement",
    "verify": "further_verification",
    "review": "manual_review",
    "notice": "notice",
}
_REASONS = 3
_SHOWN_LINES = 6
"""Lines of a value, such as the rows of an annex, that stand beside its cut-out."""
_LISTED = frozenset({"violation_within_three_years", "serious_violation_listed", "abnormal_operation_listed"})
_WHOLE = 0.9
_WIDE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that a finding rests on."""

    id: str
    caption: str
    says: str
    """What was read there, by field; empty where nothing of the vocabulary stands there."""
    why: tuple[str, ...]
    """Why that value is doubtful."""
    sheet: str | None
    picture: Picture | None
    whole: bool
    """The whole page is meant."""
    wide: bool
    """It goes across the page, such as a table, and needs the width of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One finding as the report shows it."""

    id: str
    number: int
    code: str
    clause: str
    severity: str
    tone: str
    message: str
    document: str
    service: str
    expected: str
    remedy: str
    places: tuple[Place, ...]
    listed: bool
    """It rests on a public list, not on a paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the two or three things that decide an outcome."""

    message: str
    clause: str
    tone: str
    target: str
    """Id of the finding."""
    alike: int
    """How many findings of this kind there are."""


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Findings, the gravest first, otherwise in the order of the rules."""
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def counted_places(findings: Sequence[Finding]) -> int:
    """How many cut-outs the findings show at most."""
    return sum(min(len(set(finding.evidence)), SHOWN_PLACES) for finding in findings)


def articles(findings: Sequence[Finding], documents: Sequence[Document], teller: Teller) -> tuple[Article, ...]:
    """Every finding in words, the gravest first."""
    return tuple(_article(at, finding, documents, teller) for at, finding in enumerate(ordered(findings), 1))


def reasons(told: Sequence[Article]) -> tuple[Reason, ...]:
    """The first of each kind of the gravest findings; notices decide nothing."""
    kinds: dict[str, list[Article]] = {}
    for article in told:
        if article.tone != "notice":
            kinds.setdefault(article.code, []).append(article)
    return tuple(
        Reason(
            message=alike[0].message,
            clause=alike[0].clause,
            tone=alike[0].tone,
            target=alike[0].id,
            alike=len(alike),
        )
        for alike in list(kinds.values())[:_REASONS]
    )


def left_out(told: Sequence[Article], shown: Sequence[Reason]) -> int:
    """How many deciding findings no reason stands for."""
    return sum(article.tone != "notice" for article in told) - sum(reason.alike for reason in shown)


def tone_of(outcome: Outcome | str) -> str:
    """The accent of an outcome."""
    return outcome if outcome in phrases.OUTCOMES else "notice"


def _article(number: int, finding: Finding, documents: Sequence[Document], teller: Teller) -> Article:
    lang, own = teller.lang, f"f{number}"
    places = [_place(f"{own}e{at}", each, documents, teller, number) for at, each in enumerate(_seen(finding), 1)]
    return Article(
        id=own,
        number=number,
        code=finding.code,
        clause=clause_name(finding.clause, lang),
        severity=pick(phrases.SEVERITIES, finding.severity, lang),
        tone=_TONES[finding.severity],
        message=teller.show(finding.message[lang]),
        document=teller.show(finding.document or ""),
        service=teller.show(finding.service or ""),
        expected=teller.show(finding.expected.get(lang) or _expected(finding.code, lang)),
        remedy=teller.show(finding.remedy.get(lang, "")),
        places=tuple(places),
        listed=finding.code in _LISTED,
    )


def _expected(code: str, lang: Lang) -> str:
    known = EXPECTED.get(code)
    return known[lang == "en"] if known else ""


def _seen(finding: Finding) -> list[Evidence]:
    return list(dict.fromkeys(finding.evidence))[:SHOWN_PLACES]


def _place(own: str, evidence: Evidence, documents: Sequence[Document], teller: Teller, number: int) -> Place:
    label = HEADINGS["finding"][teller.lang].format(n=number)
    mark = Mark(row=own, kind="evidence", label=label, box=evidence.box)
    says, why = _said_there(evidence, documents, teller)
    return Place(
        id=own,
        caption=teller.place(evidence.file, evidence.page),
        says=says,
        why=why,
        sheet=teller.sheets.mark(evidence.file, evidence.page, mark),
        picture=teller.cutouts.place(evidence.file, evidence.page, evidence.box),
        whole=_is_whole(evidence.box),
        wide=evidence.box[2] - evidence.box[0] > _WIDE and not _is_whole(evidence.box),
    )


def _said_there(evidence: Evidence, documents: Sequence[Document], teller: Teller) -> tuple[str, tuple[str, ...]]:
    """What was read at a place, and why it is doubtful: the field, seal or code whose box it is."""
    lang = teller.lang
    colon = HEADINGS["colon"][lang]
    for document in documents:
        if document.file != evidence.file or evidence.page not in document.pages:
            continue
        for name, field in document.fields.items():
            if field.page == evidence.page and _same(field.box, evidence.box):
                said = f"{pick(phrases.FIELDS, name, lang)}{colon}{_read(field, teller)}"
                return "\n".join(filter(None, [said, teller.corrected(document, name)])), _why(field, teller)
        for seal in document.seals:
            if seal.page == evidence.page and _same(seal.box, evidence.box):
                text = teller.show(seal.text or HEADINGS["unreadable_seal"][lang])
                return f"{HEADINGS['seal'][lang]}{colon}{text}", ()
        for code in document.codes:
            if code.page == evidence.page and _same(code.box, evidence.box):
                return f"{HEADINGS['code'][lang]}{colon}{teller.value(code.text)}", ()
    return "", ()


def _read(field: Field, teller: Teller) -> str:
    if isinstance(field.value, bool):
        return f"{teller.value(field.value)} {teller.show(field.raw)}".strip()
    lines = teller.value(field.value).split("\n")
    return "\n".join(lines if len(lines) <= _SHOWN_LINES else [*lines[:_SHOWN_LINES], "…"])


def _why(field: Field, teller: Teller) -> tuple[str, ...]:
    doubtful = field.confidence < teller.certain_from
    return tuple(teller.show(each) for each in doubt_words.doubts(field, teller.lang, doubtful=doubtful))


def _same(first: Box, second: Box) -> bool:
    """Whether two boxes are one place: stored boxes come back as they were, give or take a rounding."""
    return all(abs(one - other) <= 0.002 for one, other in zip(first, second, strict=True))


def _is_whole(box: Box) -> bool:
    return box[2] - box[0] > _WHOLE and box[3] - box[1] > _WHOLE
