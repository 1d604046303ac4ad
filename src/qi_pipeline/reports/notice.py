"""The notice to the applicant (审核结果通知书): what was decided, why by clause, and what to do by when (5.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qi_pipeline.model import Decision, Finding, Outcome
from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.phrases import Lang
from qi_pipeline.reports.templating import render

_TITLES: dict[Outcome, dict[str, str]] = {
    "admit": {"zh": "准予入驻通知书", "en": "Notice of admission"},
    "supplement": {"zh": "补正材料通知书", "en": "Notice to supplement papers"},
    "further_verification": {"zh": "进一步证明材料通知书", "en": "Notice to provide further proof"},
    "reject": {"zh": "不予入驻通知书", "en": "Notice of refusal"},
}
_OPENING = {
    "zh": "你单位{received}通过本平台提交的{request}收悉。"
    "依据《质量基础设施“一站式”服务线上平台入驻机构管理规范》，经审核，",
    "en": "Your {request}{received} was reviewed under the platform's admission standard. ",
}
_RESULT: dict[Outcome, dict[str, str]] = {
    "admit": {
        "zh": "你单位符合规定的条件，准予办理。"
        "请自正式入驻之日起10个工作日内按平台要求完善机构信息、服务方案等（第6.3条）。",
        "en": "You meet the conditions and are admitted. Please complete your profile and service plan "
        "within 10 working days of entry (clause 6.3).",
    },
    "supplement": {
        "zh": "所提交的材料不完善。请按下列意见补正后重新提交（第5.2.1条），"
        "本平台自重新提交之日起3个工作日内告知审核结果。",
        "en": "the papers are incomplete. Please supplement them as listed and submit again (clause 5.2.1); "
        "the result of the new review follows within 3 working days.",
    },
    "further_verification": {
        "zh": "下列事项需要你单位进一步提供证明材料，或配合开展实地调查（第5.2.2条）。",
        "en": "further proof or a site visit is needed on the following points (clause 5.2.2).",
    },
    "reject": {
        "zh": "你单位不符合入驻条件，不予办理。理由如下：",
        "en": "you do not meet the conditions and the application is refused, for these reasons:",
    },
}
_REQUEST = {
    "admission": {"zh": "入驻申请", "en": "application"},
    "supplement": {"zh": "补正材料", "en": "supplement"},
    "change": {"zh": "信息变更申请", "en": "report of changes"},
    "renewal": {"zh": "资质证书更新材料", "en": "renewal"},
    "annual_audit": {"zh": "年度审核材料", "en": "annual audit papers"},
    "exit": {"zh": "退出申请", "en": "application to leave"},
}
_WORDS = {
    "zh": {
        "to": "：",
        "file": "涉及材料",
        "do": "处理意见",
        "draft": "拟稿 · 待审核人员决定后发出",
        "object": "如有异议，可在收到本通知后向本平台运维机构书面说明。",
        "seal": "（印章）",
        "reference": "材料编号",
    },
    "en": {
        "to": ":",
        "file": "Paper",
        "do": "What to do",
        "draft": "Draft · to be sent after a reviewer's decision",
        "object": "You may object in writing to the platform's operator.",
        "seal": "(seal)",
        "reference": "Reference",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeInput:
    """What a notice says, to whom, from whom."""

    platform: str
    institution_name: str | None
    packet_id: str
    request: str
    submitted_on: date | None
    outcome: Outcome
    decision: Decision
    draft: bool


def write_notice(notice: NoticeInput, folder: Path, lang: Lang) -> Path | None:
    """The path of the notice.html written into ``folder``; None for ``manual_review``, which is nothing to tell yet."""
    path = folder / "notice.html"
    if notice.outcome not in _TITLES:
        path.unlink(missing_ok=True)
        return None
    words = _WORDS[lang]
    items = [
        {
            "text": finding.message[lang],
            "clause": clause_name(finding.clause, lang),
            "do": finding.remedy.get(lang),
            "document": finding.document,
        }
        for finding in _told(notice)
    ]
    received = notice.submitted_on
    write_whole(
        path,
        render(
            "notice.html",
            lang=lang,
            words=words,
            title=_TITLES[notice.outcome][lang],
            platform=notice.platform,
            institution=notice.institution_name or "—",
            opening=_OPENING[lang].format(
                received=_received(received, lang),
                request=_REQUEST[notice.request][lang],
            )
            + _RESULT[notice.outcome][lang],
            items=items,
            reference=notice.packet_id,
            on=long_date(date.fromisoformat(notice.decision.as_of), lang),
            draft=notice.draft,
        ),
    )
    return path


def _told(notice: NoticeInput) -> list[Finding]:
    """The findings an applicant can act on; notes to reviewers stay inside."""
    if notice.outcome == "admit":
        return [finding for finding in notice.decision.findings if finding.code == "qualification_expiring"]
    wanted = {"reject", "supplement", "verify"}
    return [finding for finding in notice.decision.findings if finding.severity in wanted]


def _received(day: date | None, lang: Lang) -> str:
    if day is None:
        return ""
    return f"于{long_date(day, lang)}" if lang == "zh" else f" of {long_date(day, lang)}"


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


def long_date(day: date, lang: Lang) -> str:
    """The day as official letters write it: 2026年3月1日, or 1 March 2026.

    >>> long_date(date(2026, 3, 1), "zh")
    '2026年3月1日'
    """
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {day:%B} {day.year}"
