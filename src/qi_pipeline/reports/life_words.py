"""Words of an institution's life by language: the headings and codes of its lists, for people.

Programs read the codes (``--json``); what people read says the same in the words of the standard.
"""

from __future__ import annotations

import re

from qi_pipeline.kinds import CATEGORIES, KINDS
from qi_pipeline.model import Json, Lang
from qi_pipeline.reports.phrases import ITEMS, OUTCOMES, REQUESTS, kind_name, pick

HEADINGS: dict[str, tuple[str, str]] = {
    "uscc": ("统一社会信用代码", "uscc"),
    "id": ("编号", "id"),
    "number": ("编号", "number"),
    "name": ("名称", "name"),
    "institution": ("机构", "institution"),
    "respondent": ("被投诉机构", "respondent"),
    "category": ("类别", "category"),
    "state": ("状态", "state"),
    "legal_representative": ("法定代表人（负责人）", "legal representative"),
    "address": ("地址", "address"),
    "admitted_on": ("入驻日期", "entered on"),
    "profile_completed_on": ("信息完善日期", "profile complete on"),
    "last_audit_on": ("上次年度审核", "last audit on"),
    "closed_on": ("办结日期", "closed on"),
    "shut_on": ("关闭日期", "closed down on"),
    "licence_valid_to": ("营业执照（法人证书）有效期至", "licence valid to"),
    "type": ("类型", "type"),
    "channel": ("渠道", "channel"),
    "text": ("内容", "text"),
    "round": ("轮次", "round"),
    "drawn_on": ("抽取日期", "drawn on"),
    "result": ("结果", "result"),
    "received_on": ("受理日期", "received on"),
    "due_on": ("期限", "due on"),
    "overdue": ("逾期", "overdue"),
    "assigned_to": ("负责人", "assigned to"),
    "opened_on": ("登记日期", "opened on"),
    "settled_on": ("处理完毕", "settled on"),
    "requested_on": ("通知日期", "requested on"),
    "passed": ("结论", "passed"),
    "packet": ("材料包", "packet"),
    "asked_on": ("要求日期", "asked on"),
    "planned_on": ("计划日期", "planned on"),
    "held_on": ("实施日期", "held on"),
    "kind": ("种类", "kind"),
    "on": ("日期", "on"),
    "file": ("文件", "file"),
    "pdf": ("PDF", "pdf"),
    "note": ("说明", "note"),
    "item": ("服务类别", "item"),
    "suspended_since": ("暂停自", "suspended since"),
    "valid_from": ("生效日期", "valid from"),
    "valid_to": ("有效期至", "valid to"),
    "services": ("服务", "services"),
    "noticed_on": ("发现日期", "noticed on"),
    "field": ("事项", "changed"),
    "before": ("变更前", "before"),
    "after": ("变更后", "after"),
    "paper": ("依据", "paper"),
    "corrected_by": ("更正人", "corrected by"),
    "begun_on": ("开始日期", "begun on"),
    "ended_on": ("结束日期", "ended on"),
    "notice": ("通知", "notice"),
    "order": ("决定书", "order"),
    "clause": ("条款", "clause"),
    "reason": ("原因", "reason"),
    "request": ("申请类型", "request"),
    "outcome": ("结论", "outcome"),
    "decided_on": ("审核日期", "decided on"),
    "held_from": ("自", "from"),
    "held_to": ("至", "to"),
    "source": ("来源", "source"),
    "what": ("事件", "what"),
    "more": ("详情", "details"),
    "who": ("经办", "by"),
}
"""A column of a list: Chinese, English."""

TABLES: dict[str, tuple[str, str]] = {
    "services": ("服务项目", "Services"),
    "qualifications": ("资质证书", "Certificates"),
    "changes": ("变更记录（第5.2.3条）", "Changes (5.2.3)"),
    "audits": ("年度审核（第5.2.4条）", "Annual audits (5.2.4)"),
    "inspections": ("抽查（第7.1条）", "Inspections (7.1)"),
    "complaints": ("投诉（第7.2、7.3条）", "Complaints (7.2, 7.3)"),
    "leftovers": ("遗留问题（第5.3、7.4条）", "Leftover issues (5.3, 7.4)"),
    "departures": ("退出与清退（第5.3、7.4条）", "Leaving (5.3, 7.4)"),
    "orders": ("决定书", "Orders"),
    "packets": ("材料包", "Packets"),
    "facts": ("登记内容的沿革", "What the register held"),
    "history": ("历史", "History"),
}
"""A table of ``institution show``: Chinese, English."""

STATES: dict[str, tuple[str, str]] = {
    "applied": ("申请中", "applied"),
    "active": ("在驻", "active"),
    "suspended": ("暂停", "suspended"),
    "deregistered": ("已注销", "deregistered"),
    "exited": ("已退出", "exited"),
    "evicted": ("已清退", "evicted"),
    "received": ("已受理", "received"),
    "investigating": ("调查中", "investigating"),
    "forwarded": ("已转办", "forwarded"),
    "answered": ("已答复", "answered"),
    "closed": ("已办结", "closed"),
    "reported": ("已报告", "reported"),
    "late": ("逾期报告", "reported late"),
    "noticed": ("名册所载", "noticed in a roster"),
    "unconfirmed": ("待确认", "unconfirmed"),
    "processing": ("处理中", "processing"),
    "waiting": ("待人工", "waits for a person"),
    "decided": ("已决定", "decided"),
    "quarantined": ("已隔离", "quarantined"),
}

CHANNELS: dict[str, tuple[str, str]] = {
    "phone": ("电话", "phone"),
    "web": ("网上", "web"),
    "service_point": ("服务站点", "service point"),
    "letter": ("信件", "letter"),
}

RESULTS: dict[str, tuple[str, str]] = {
    "passed": ("合格", "passed"),
    "failed": ("不合格", "failed"),
    "satisfied": ("已证明", "satisfied"),
    "not_satisfied": ("未能证明", "not satisfied"),
    "superseded": ("另有材料提交", "superseded"),
}

REASONS: dict[str, tuple[str, str]] = {
    "qualification_expired": ("资质证书已过有效期", "qualification expired"),
    "licence_expired": ("营业执照（法人证书）已过有效期", "licence expired"),
    "voluntary_exit": ("主动退出", "voluntary exit"),
    "inspection_failed": ("抽查不合格", "failed inspection"),
    "closed": ("因故关闭", "closed down"),
    "qualification_revoked": ("被取消资质", "qualification revoked"),
}

LETTERS: dict[str, tuple[str, str]] = {
    "reminder": ("资质证书到期提醒", "reminder"),
    "suspension": ("暂停服务通知", "notice of suspension"),
    "audit": ("年度审核通知", "notice of annual audit"),
    "deregistration": ("注销通知书（资质失效）", "deregistration, qualification lapsed"),
    "voluntary_exit": ("退出确认通知书", "confirmation of exit"),
    "inspection_failed": ("清退通知书", "eviction"),
    "closed": ("注销通知书（关闭）", "deregistration, closed down"),
    "qualification_revoked": ("注销通知书（取消资质）", "deregistration, qualification revoked"),
    "eviction_notice": ("清退通知", "notice of eviction"),
    "admit": ("准予入驻通知书", "notice of admission"),
    "supplement": ("补正材料通知书", "notice to supplement papers"),
    "further_verification": ("进一步证明材料通知书", "notice to provide further proof"),
    "reject": ("不予入驻通知书", "notice of refusal"),
}
"""A kind of letter, by the title of its page."""

_KINDS: dict[str, tuple[str, str]] = {
    "proof": ("进一步证明材料", "further proof"),
    "visit": ("实地调查", "site visit"),
    "exit": ("主动退出", "voluntary exit"),
    "eviction": ("清退", "eviction"),
    "deregistration": ("注销", "deregistration"),
}
_FIELDS: dict[str, tuple[str, str]] = {
    "qualification": ("资质证书", "qualification"),
}
_TERMS = ("valid_to", "licence_valid_to")
_CODES: dict[str, dict[str, tuple[str, str]]] = {
    "state": STATES,
    "channel": CHANNELS,
    "result": RESULTS,
    "reason": REASONS,
    "field": _FIELDS | {name: HEADINGS[name] for name in ("name", "address", "legal_representative", "category")},
}


_ISSUE = re.compile(r"leftover issue (\d+) \((.*)\)", re.DOTALL)
_COMPLAINT = re.compile(r"complaint (TS-\d{4}-\d+) \((\w+)\)")


def matter(text: str, lang: Lang) -> str:
    """An open matter (未结事项), which the records keep as a sentence of the log, in words.

    >>> matter("leftover issue 1 (费用未结清)", "zh"), matter("complaint TS-2026-000001 (answered)", "zh")
    ('费用未结清（遗留问题1号）', '投诉TS-2026-000001（已答复）')
    """
    if lang == "zh" and (issue := _ISSUE.fullmatch(text)):
        return f"{issue[2]}（遗留问题{issue[1]}号）"
    if lang == "zh" and (complaint := _COMPLAINT.fullmatch(text)):
        return f"投诉{complaint[1]}（{STATES.get(complaint[2], (complaint[2],))[0]}）"
    return text


def heading(column: str, lang: Lang) -> str:
    """The heading of a column."""
    return HEADINGS.get(column, (column, column))[lang == "en"]


def cell(table: str, column: str, value: Json, lang: Lang) -> str:
    """A value of a column in words; what has none, such as a name or a day, as it is.

    >>> cell("complaints", "state", "answered", "zh"), cell("complaints", "overdue", True, "zh")
    ('已答复', '是')
    >>> cell("audits", "passed", False, "en"), cell("leftovers", "settled_on", None, "zh")
    ('not passed', '')
    """
    if value is None:
        return ("长期", "long-term")[lang == "en"] if column in _TERMS else ""
    if isinstance(value, bool):
        if column == "passed":
            return (("通过", "passed") if value else ("未通过", "not passed"))[lang == "en"]
        return (("是", "yes") if value else ("", ""))[lang == "en"]
    if isinstance(value, list):
        return ("；" if lang == "zh" else "; ").join(str(each) for each in value)
    code = str(value)
    if column == "category":
        return CATEGORIES.get(code, code) if lang == "zh" else code.replace("_", " ")
    if column == "kind":
        return _kind(table, code, lang)
    if column == "item":
        return pick(ITEMS, code, lang)
    if column in ("request", "outcome"):
        return pick(REQUESTS if column == "request" else OUTCOMES, code, lang)
    return _CODES.get(column, {}).get(code, (code, code))[lang == "en"]


def _kind(table: str, code: str, lang: Lang) -> str:
    if table == "letters":
        return LETTERS.get(code, (code, code))[lang == "en"]
    if code in KINDS:
        return kind_name(code, lang)
    return _KINDS.get(code, (code, code))[lang == "en"]
