"""The notice to the applicant (审核结果通知书): what was decided, why by clause, and what to do by when (5.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from qi_pipeline.model import Decision, Finding, Lang, Outcome
from qi_pipeline.reports.official import NOTICES, Letter
from qi_pipeline.reports.phrases import pick

_REQUEST = {
    "admission": {"zh": "入驻申请", "en": "application"},
    "supplement": {"zh": "补正材料", "en": "supplement"},
    "change": {"zh": "信息变更申请", "en": "report of changes"},
    "renewal": {"zh": "资质证书更新材料", "en": "renewal"},
    "annual_audit": {"zh": "年度审核材料", "en": "annual audit papers"},
    "exit": {"zh": "退出申请", "en": "application to leave"},
}
_ENTERING = ("admission", "supplement")
_ASKING = ("supplement", "further_verification")
"""Outcomes whose notice asks for papers."""
_SUBMITTER = {"zh": "“{packet}”材料的提交单位", "en": "The institution that submitted “{packet}”"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeInput:
    """What a notice says, to whom."""

    institution_name: str | None
    packet: str
    packet_id: str
    request: str
    submitted_on: date | None
    outcome: Outcome
    decision: Decision
    draft: bool
    reason: str | None = None
    """Why a reviewer decided so: what the applicant is told where no finding says it."""
    unread: tuple[tuple[str, int], ...] = ()
    """File and number of the pages that show something of which not one word could be read."""


def notice_letter(notice: NoticeInput, lang: Lang) -> Letter | None:
    """The notice as a letter; None for ``manual_review``, which is nothing to tell yet.

    Papers that name nobody are answered to whoever submitted them.
    """
    if notice.outcome not in NOTICES:
        return None
    return Letter(
        key="notice",
        kind=notice.outcome,
        number=notice.packet_id,
        institution=notice.institution_name or _SUBMITTER[lang].format(packet=notice.packet),
        uscc=None,
        on=date.fromisoformat(notice.decision.as_of),
        lang=lang,
        draft=notice.draft,
        values={
            "request_name": pick(_REQUEST, notice.request, lang),
            "entering": notice.request in _ENTERING,
            "leaving": notice.request == "exit",
            "submitted_on": notice.submitted_on,
            "items": _items(notice, lang),
        },
    )


def _items(notice: NoticeInput, lang: Lang) -> list[dict[str, str | None]]:
    items: list[dict[str, str | None]] = [
        {
            "text": finding.message[lang],
            "clause": clause_name(finding.clause, lang),
            "todo": finding.remedy.get(lang),
            "document": finding.document,
        }
        for finding in _told(notice)
    ]
    if not items and notice.outcome != "admit" and notice.reason:
        items.append({"text": notice.reason, "clause": "", "todo": None, "document": None})
    if notice.outcome in _ASKING:
        items += [_unread(file, page, lang) for file, page in notice.unread]
    return items


def _unread(file: str, page: int, lang: Lang) -> dict[str, str | None]:
    """A page to hand in again; whatever it shows was not used."""
    text = {
        "zh": f"第{page}页有内容，但过于模糊或者污损，读不出任何文字，未作为审核依据。",
        "en": f"Page {page} shows something of which no word could be read (too blurred or stained); it was not used.",
    }
    todo = {
        "zh": "请重新扫描或者拍照该页，随补充的材料一并提交。",
        "en": "Scan or photograph the page again and hand it in with what else is asked for.",
    }
    return {"text": text[lang], "clause": "", "todo": todo[lang], "document": file}


def _told(notice: NoticeInput) -> list[Finding]:
    """The findings an applicant can act on; notes to reviewers stay inside."""
    if notice.outcome == "admit":
        return [finding for finding in notice.decision.findings if finding.code == "qualification_expiring"]
    wanted = {"reject", "supplement", "verify"}
    return [finding for finding in notice.decision.findings if finding.severity in wanted]


def clause_name(clause: str, lang: Lang) -> str:
    """The clause as official letters cite it.

    >>> clause_name("5.1 c", "zh"), clause_name("Annex A", "zh")
    ('第5.1条c)', '附录A')
    """
    if lang == "en":
        return clause if clause == "Annex A" else f"clause {clause}"
    if clause == "Annex A":
        return "附录A"
    number, _, item = clause.partition(" ")
    return f"第{number}条{item})" if item else f"第{number}条"
