"""Words of the reports by language: outcomes, severities, fields, headings."""

from __future__ import annotations

from qi_pipeline.admission import wording
from qi_pipeline.kinds import KINDS, SERVICE_ITEMS
from qi_pipeline.model import Lang

OUTCOMES: dict[str, dict[str, str]] = {
    "admit": {"zh": "准予入驻", "en": "Admit"},
    "supplement": {"zh": "补正材料", "en": "Supplement papers"},
    "further_verification": {"zh": "需进一步证明或实地调查", "en": "Further proof or site visit"},
    "reject": {"zh": "不予入驻", "en": "Reject"},
    "manual_review": {"zh": "待人工审核", "en": "A person must look"},
}
"""Outcome (contract section 6) by language."""

SEVERITIES: dict[str, dict[str, str]] = {
    "reject": {"zh": "不予入驻", "en": "reject"},
    "supplement": {"zh": "须补正", "en": "supplement"},
    "verify": {"zh": "须核实", "en": "verify"},
    "review": {"zh": "须人工判断", "en": "review"},
    "notice": {"zh": "提示", "en": "notice"},
}

REQUESTS: dict[str, dict[str, str]] = {
    "admission": {"zh": "入驻申请", "en": "admission"},
    "supplement": {"zh": "补正", "en": "supplement"},
    "change": {"zh": "信息变更", "en": "change"},
    "renewal": {"zh": "证书更新", "en": "renewal"},
    "annual_audit": {"zh": "年度审核", "en": "annual audit"},
    "exit": {"zh": "退出申请", "en": "exit"},
}

_OTHERWISE: dict[tuple[str, str], dict[str, str]] = {
    ("change", "admit"): {"zh": "准予变更", "en": "Accept the change"},
    ("change", "reject"): {"zh": "不予变更", "en": "Refuse the change"},
    ("renewal", "admit"): {"zh": "准予更新证书", "en": "Accept the renewal"},
    ("renewal", "reject"): {"zh": "不予更新证书", "en": "Refuse the renewal"},
    ("annual_audit", "admit"): {"zh": "年度审核通过", "en": "Pass the annual audit"},
    ("annual_audit", "reject"): {"zh": "年度审核不通过", "en": "Fail the annual audit"},
    ("exit", "admit"): {"zh": "受理退出申请", "en": "Accept the application to leave"},
    ("exit", "reject"): {"zh": "不予受理退出申请", "en": "Refuse the application to leave"},
}
"""What an outcome means of a request that asks for no admission."""

FIELDS: dict[str, dict[str, str]] = {
    field: {"zh": zh, "en": f"{en[:1].upper()}{en[1:]}"} for field, (zh, en) in wording.FIELDS.items()
}
"""Field by language, as headings and labels begin."""

DUTIES: dict[str, dict[str, str]] = {
    "notify_applicant": {"zh": "将审核结果通知申请机构", "en": "Notify the applicant of the result"},
    "complete_profile": {"zh": "完善机构信息和服务方案", "en": "Complete profile and service plan"},
    "deregister_closed": {"zh": "关闭后登记注销", "en": "Deregister after closing"},
}

ITEMS: dict[str, dict[str, str]] = {
    key: {"zh": name, "en": key.replace("_", " ")} for key, name in SERVICE_ITEMS.items()
}
"""Service item by language."""

_KINDS_EN = {
    "cma_certificate": "CMA certificate",
    "cnas_certificate": "CNAS certificate",
    "hr_service_licence": "HR service licence",
}


def kind_name(kind: str, lang: Lang) -> str:
    """The name of a document kind for people."""
    if lang == "zh":
        return KINDS.get(kind, kind)
    return _KINDS_EN.get(kind, kind.replace("_", " ").capitalize())


def pick(table: dict[str, dict[str, str]], key: str, lang: Lang) -> str:
    """The phrase for ``key``, or the key itself where the table has none."""
    return table.get(key, {}).get(lang, key)


VERSIONS: dict[str, dict[str, str]] = {
    "qi_pipeline": {"zh": "程序", "en": "Program"},
    "engine": {"zh": "文字识别引擎", "en": "OCR engine"},
    "reading": {"zh": "识读", "en": "Reading"},
    "extractors": {"zh": "提取规则", "en": "Extractors"},
    "rules": {"zh": "审核规则", "en": "Rules"},
    "policy": {"zh": "审核政策", "en": "Policy"},
    "services": {"zh": "服务项目表", "en": "Service table"},
    "dossier": {"zh": "卷宗格式", "en": "Dossier"},
    "evidence": {"zh": "旁证权重", "en": "Weights of evidence"},
}
"""What a decision records the version of, by language."""


HEADINGS: dict[str, dict[str, str]] = {
    "title": {"zh": "入驻审核报告", "en": "Admission review report"},
    "institution": {"zh": "申请机构", "en": "Institution"},
    "unnamed": {"zh": "（机构名称未能确认）", "en": "(name of the institution not established)"},
    "packet": {"zh": "材料包", "en": "Packet"},
    "request": {"zh": "申请类型", "en": "Request"},
    "as_of": {"zh": "审核基准日", "en": "As of"},
    "submitted": {"zh": "提交时间", "en": "Submitted"},
    "uscc": {"zh": "统一社会信用代码", "en": "USCC"},
    "clause": {"zh": "第{n}条", "en": "clause {n}"},
    "annex": {"zh": "附录A", "en": "Annex A"},
    "outcome": {"zh": "审核结论", "en": "Outcome"},
    "reasons": {"zh": "主要理由", "en": "What decides it"},
    "more": {"zh": "另有 {n} 项，见审核发现", "en": "and {n} more, see the findings"},
    "alike": {"zh": "（同类共 {n} 项）", "en": "({n} of this kind)"},
    "qualifies": {
        "zh": "申报的 {n} 项服务均有相应依据{by}",
        "en": "Every declared service ({n}) stands on what it requires{by}",
    },
    "partly": {
        "zh": "申报的 {n} 项服务中 {good} 项符合要求，其余不予入驻{by}",
        "en": "Of {n} declared services {good} qualify; the others stay out{by}",
    },
    "complete": {"zh": "材料齐全有效{by}", "en": "The papers are complete and valid{by}"},
    "credit_clear": {
        "zh": "未见近三年违法违规、经营异常或者严重违法失信的情形",
        "en": "No violation, abnormal operation or serious breach within three years",
    },
    "fulfilled": {"zh": "未发现不符合要求的情形", "en": "Nothing stands against it"},
    "findings": {"zh": "审核发现", "en": "Findings"},
    "finding": {"zh": "发现 {n}", "en": "Finding {n}"},
    "nothing": {"zh": "未发现问题。", "en": "Nothing was found against it."},
    "says": {"zh": "材料所载", "en": "The paper says"},
    "colon": {"zh": "：", "en": ": "},
    "says_listed": {"zh": "不在材料中，见所载入的公开名单", "en": "not on paper: a public list that was loaded"},
    "says_nothing": {"zh": "材料中没有", "en": "nothing in the packet"},
    "do": {"zh": "处理", "en": "What to do"},
    "expected": {"zh": "应为", "en": "Expected"},
    "about_service": {"zh": "涉及服务", "en": "Service"},
    "about_paper": {"zh": "涉及材料", "en": "Paper"},
    "basis": {"zh": "依据", "en": "Clause"},
    "no_picture": {"zh": "（此处无图像）", "en": "(no picture of this place)"},
    "services": {"zh": "服务项目与能力范围", "en": "Services and the scope that covers them"},
    "service": {"zh": "服务", "en": "Service"},
    "qualified": {"zh": "符合", "en": "qualified"},
    "unqualified": {"zh": "不符合", "en": "not qualified"},
    "by": {"zh": "依据", "en": "By"},
    "row": {"zh": "对应的能力范围", "en": "Scope rows that cover it"},
    "no_row": {"zh": "不要求附表", "en": "no scope row asked for"},
    "result": {"zh": "结论", "en": "Result"},
    "no_services": {"zh": "没有申报的服务项目。", "en": "No service was declared."},
    "deadlines": {"zh": "期限", "en": "Owed by when"},
    "due": {"zh": "最迟 {day}", "en": "by {day}"},
    "applicant_owes": {
        "zh": "申请机构须补正 {n} 项，补正后重新提交",
        "en": "The applicant owes {n} corrections, then submits again",
    },
    "platform_verifies": {"zh": "须进一步核实 {n} 项", "en": "To be verified further: {n}"},
    "provisional": {"zh": "（工作日历尚未公布，暂定）", "en": "(provisional: beyond the published calendar)"},
    "who": {"zh": "由谁决定", "en": "Who decides"},
    "automatic": {"zh": "系统依规则自动作出", "en": "decided by the rules"},
    "with_corrections": {
        "zh": "依据审核人员（{who}）更正的 {n} 项识读内容。",
        "en": "From papers that {who} corrected in {n} places.",
    },
    "waits": {"zh": "系统建议，待审核人员决定", "en": "a recommendation; waits for a reviewer"},
    "waits_doubt": {
        "zh": "有 {n} 项关键内容未能确认，须由审核人员判断。",
        "en": "Decisive things that could not be made sure: {n}. A person must look.",
    },
    "waits_policy": {"zh": "按审核政策，此类结论由审核人员作出。", "en": "By policy a person makes this decision."},
    "held": {"zh": "{who} 正在审核（至 {until}）", "en": "being reviewed by {who} until {until}"},
    "decided_by": {"zh": "审核人员决定", "en": "Decided by a reviewer"},
    "recommended": {"zh": "系统建议：{outcome}", "en": "The machine recommended: {outcome}"},
    "documents": {"zh": "材料与识读内容", "en": "Papers and what was read"},
    "overview": {"zh": "材料一览", "en": "The papers side by side"},
    "paper": {"zh": "材料", "en": "Paper"},
    "differs": {"zh": "与申请机构不一致", "en": "differs from the applicant"},
    "field": {"zh": "项目", "en": "Field"},
    "value": {"zh": "识读内容", "en": "Value"},
    "confidence": {"zh": "把握", "en": "Confidence"},
    "place": {"zh": "位置", "en": "Place"},
    "page": {"zh": "第{n}页", "en": "page {n}"},
    "page_of": {"zh": "{file} 第{n}页", "en": "{file}, page {n}"},
    "doubtful": {"zh": "存疑", "en": "doubtful"},
    "doubts": {"zh": "存疑 {n} 项", "en": "doubtful: {n}"},
    "why": {"zh": "存疑原因", "en": "Why"},
    "backing": {"zh": "旁证", "en": "Confirmed by"},
    "unread": {"zh": "印有但无法辨认", "en": "printed, can't be read"},
    "corrected": {
        "zh": "{who} {day} 更正；系统读得“{value}”（把握 {confidence}）。理由：{reason}",
        "en": "corrected by {who} on {day}; the machine read “{value}” ({confidence}). Why: {reason}",
    },
    "confirmed": {
        "zh": "{who} {day} 核对，与系统所读一致（把握 {confidence}）。理由：{reason}",
        "en": "confirmed by {who} on {day}, as the machine read it ({confidence}). Why: {reason}",
    },
    "corrected_new": {
        "zh": "{who} {day} 补录；系统未读到此项。理由：{reason}",
        "en": "given by {who} on {day}; the machine found nothing. Why: {reason}",
    },
    "removed": {"zh": "“{name}”已删除", "en": "“{name}” was taken out"},
    "derived": {"zh": "按印有的期限推算", "en": "computed from the printed term"},
    "suggestion": {"zh": "核对提示可能为", "en": "the checks suggest"},
    "cut_short": {"zh": "……（共 {n} 字，全文见 decision.json）", "en": "… ({n} characters, in full in decision.json)"},
    "no_fields": {"zh": "此类材料不提取项目。", "en": "No fields are read from papers of this kind."},
    "nothing_read": {"zh": "没有可以显示的材料。", "en": "There are no papers to show."},
    "pages": {"zh": "{n} 页", "en": "pages: {n}"},
    "no_room": {"zh": "（为控制文件大小，此页图像从略）", "en": "(picture left out to keep the file small)"},
    "other_pages": {"zh": "此前提交的材料", "en": "Papers handed in before"},
    "completes": {
        "zh": "此前提交的材料，与本次提交的一并审核",
        "en": "Papers handed in before, judged together with these",
    },
    "notes": {"zh": "页面说明", "en": "Notes on the pages"},
    "seals": {"zh": "印章", "en": "Seals"},
    "seal": {"zh": "印章", "en": "Seal"},
    "seals_found": {"zh": "发现的印章", "en": "Seals found"},
    "unreadable_seal": {"zh": "印文无法辨认", "en": "its name can't be read"},
    "no_seals": {"zh": "未发现印章。", "en": "No seal was found."},
    "codes": {"zh": "二维码与条码", "en": "Codes decoded"},
    "code": {"zh": "二维码", "en": "Code"},
    "no_codes": {"zh": "没有可解码的二维码或条码。", "en": "No code could be decoded."},
    "content": {"zh": "内容", "en": "Content"},
    "signatures": {"zh": "电子签名", "en": "Electronic signatures"},
    "intact": {"zh": "验证通过", "en": "verified"},
    "broken": {"zh": "验证未通过", "en": "verification failed"},
    "unverified": {"zh": "无法离线验证", "en": "can't be verified offline"},
    "failures": {"zh": "无法打开的文件", "en": "Files that could not be read"},
    "file": {"zh": "文件", "en": "File"},
    "reason": {"zh": "原因", "en": "Reason"},
    "versions": {"zh": "版本", "en": "Versions"},
    "trail": {"zh": "事件记录", "en": "Trail of events"},
    "no_trail": {"zh": "尚无事件记录。", "en": "No event is on record yet."},
    "number": {"zh": "序号", "en": "No."},
    "when": {"zh": "时间", "en": "When"},
    "what": {"zh": "事项", "en": "What"},
    "seconds": {"zh": "识读用时", "en": "Reading time"},
    "seconds_of": {"zh": "各页秒数", "en": "Seconds a page"},
    "sum": {"zh": "合计", "en": "Sum"},
    "no_seconds": {"zh": "识读记录已不在本机。", "en": "The readings are no longer at hand."},
    "signing": {"zh": "审核签署", "en": "Signing"},
    "sign": {"zh": "审核人员签字", "en": "Reviewer's signature"},
    "date": {"zh": "日期", "en": "Date"},
    "agree": {"zh": "同意上述结论", "en": "I agree"},
    "object": {"zh": "不同意，理由：", "en": "I object, because:"},
    "command": {"zh": "在系统中作出决定：", "en": "To decide in the system:"},
    "sign_or_object": {"zh": "签署或提出异议", "en": "Sign or object"},
    "yes": {"zh": "是", "en": "yes"},
    "no": {"zh": "否", "en": "no"},
    "online_form": {"zh": "在线申请表", "en": "online form"},
    "whole_page": {"zh": "（整页）", "en": "(whole page)"},
    "rows": {
        "zh": "共{n}行，显示前{shown}行，全部见 decision.json",
        "en": "{n} rows, the first {shown} shown, all in decision.json",
    },
    "nav": {"zh": "本页内容", "en": "On this page"},
    "skip": {"zh": "跳到审核发现", "en": "Skip to the findings"},
    "legend": {
        "zh": "指向一项，图上相应位置即突出显示；指向图上的框，亦可找到该项。点击图像可放大查看。",
        "en": "Point at a field to see its place on the paper, at a box to find its field. Click a page to enlarge it.",
    },
    "viewer": {"zh": "页面查看", "en": "Page viewer"},
    "enlarge": {"zh": "放大查看", "en": "Enlarge"},
    "previous": {"zh": "上一页", "en": "Previous page"},
    "next": {"zh": "下一页", "en": "Next page"},
    "zoom_in": {"zh": "放大", "en": "Zoom in"},
    "zoom_out": {"zh": "缩小", "en": "Zoom out"},
    "fit": {"zh": "整页", "en": "Whole page"},
    "close": {"zh": "关闭", "en": "Close"},
    "shortcuts": {
        "zh": "← → 换页　＋ − 缩放　0 整页　Esc 关闭",
        "en": "← → pages · + − zoom · 0 whole page · Esc closes",
    },
    "on_this_page": {"zh": "本页识读内容", "en": "Read on this page"},
    "nothing_here": {"zh": "本页没有标出的内容。", "en": "Nothing is marked on this page."},
}


def clause_name(clause: str, lang: Lang) -> str:
    """A clause of the standard for people; nothing where a finding rests on none.

    >>> clause_name("4.2", "zh"), clause_name("5.1 a", "zh"), clause_name("Annex A", "zh"), clause_name("—", "en")
    ('第4.2条', '第5.1条 a）', '附录A', '')
    """
    if clause == "Annex A":
        return HEADINGS["annex"][lang]
    number, _, letter = clause.partition(" ")
    if not number[:1].isdigit():
        return ""
    named = HEADINGS["clause"][lang].format(n=number)
    return f"{named} {letter}{'）' if lang == 'zh' else ')'}" if letter else named


def outcome_name(request: str, outcome: str, lang: Lang) -> str:
    """The outcome in words, by what was asked for: nobody who asks to leave is admitted.

    >>> outcome_name("admission", "admit", "zh"), outcome_name("exit", "admit", "zh")
    ('准予入驻', '受理退出申请')
    """
    named = _OTHERWISE.get((request, outcome))
    return pick(OUTCOMES, outcome, lang) if named is None else named[lang]
