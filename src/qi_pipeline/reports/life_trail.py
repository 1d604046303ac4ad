"""An institution's history (机构历史) in words: each event of the log with its day, its clause and who acted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from qi_pipeline.kinds import KINDS
from qi_pipeline.model import Json, Lang
from qi_pipeline.records.events import StoredEvent
from qi_pipeline.reports.life_words import CHANNELS, REASONS, matter
from qi_pipeline.reports.phrases import FIELDS as FIELD_NAMES
from qi_pipeline.reports.phrases import kind_name, pick
from qi_pipeline.workdays import SHANGHAI

EVENTS: dict[str, tuple[str | None, str, str]] = {
    "institution.admitted": ("5.2", "准予入驻", "admitted"),
    "institution.readmitted": ("5.2", "再次入驻", "admitted again"),
    "institution.admission": ("5.2", "再次提交入驻申请", "applied again as a resident"),
    "institution.supplement": ("5.2.1", "补正材料", "papers supplemented"),
    "institution.change": ("5.2.3", "信息变更", "change reported"),
    "institution.renewal": ("4.2", "换发证书", "certificate renewed"),
    "institution.annual_audit": ("5.2.4", "年度审核材料通过", "papers of the annual audit admitted"),
    "qualification.replaced": ("4.2", "证书被替换", "certificate replaced"),
    "qualification.misread": (None, "误读的证书撤出", "misread certificate taken out"),
    "register.corrected": (None, "更正登记内容", "register corrected"),
    "institution.profile_completed": ("6.3", "机构信息和服务方案完善", "profile and service plan complete"),
    "audit.requested": ("5.2.4", "通知年度审核", "annual audit requested"),
    "audit.papers_received": ("5.2.4", "收到年度审核材料", "papers of the annual audit received"),
    "audit.passed": ("5.2.4", "年度审核通过", "annual audit passed"),
    "audit.failed": ("5.2.4", "年度审核未通过", "annual audit not passed"),
    "inspection.ordered": ("7.1", "专项抽查", "inspection ordered"),
    "inspection.passed": ("7.1", "抽查合格", "inspection passed"),
    "inspection.failed": ("7.4", "抽查不合格", "inspection failed"),
    "complaint.received": ("7.2", "受理投诉", "complaint received"),
    "complaint.investigating": ("7.3", "投诉调查", "complaint investigated"),
    "complaint.forwarded": ("7.3", "投诉转办", "complaint forwarded"),
    "complaint.answered": ("7.3", "投诉答复", "complaint answered"),
    "complaint.closed": ("7.3", "投诉办结", "complaint closed"),
    "leftover.opened": ("5.3/7.4", "登记遗留问题", "leftover issue opened"),
    "leftover.assigned": ("5.3/7.4", "指定遗留问题负责人", "leftover issue assigned"),
    "leftover.settled": ("5.3/7.4", "遗留问题处理完毕", "leftover issue settled"),
    "service.suspended": ("4.2", "暂停服务", "service suspended"),
    "service.suspended_anew": ("4.2", "暂停原因变更", "suspended for another reason"),
    "service.reinstated": ("4.2", "恢复服务", "service reinstated"),
    "institution.suspended": ("4.2", "机构暂停", "institution suspended"),
    "institution.active": ("4.2", "机构恢复", "institution active again"),
    "institution.exit_requested": ("5.3", "申请退出", "applied to leave"),
    "institution.exit_withdrawn": ("5.3", "撤回退出申请", "application to leave withdrawn"),
    "institution.exited": ("5.3", "退出", "left"),
    "institution.evicted": ("7.4", "清退", "evicted"),
    "institution.closed": ("7.5", "报告关闭", "closed down"),
    "institution.deregistered": ("7.5", "注销", "deregistered"),
    "hold.added": (None, "依法保全", "legal hold"),
    "hold.lifted": (None, "解除保全", "legal hold lifted"),
}
"""Kind of event: clause, Chinese, English."""

_LABELS: dict[str, tuple[str, str]] = {
    "order": ("决定书", "order"),
    "notice": ("通知", "notice"),
    "number": ("编号", "number"),
    "id": ("编号", "id"),
    "packet": ("材料包", "packet"),
    "kind": ("种类", "kind"),
    "service": ("服务", "service"),
    "services": ("服务", "services"),
    "channel": ("渠道", "channel"),
    "type": ("类型", "type"),
    "text": ("内容", "text"),
    "reason": ("原因", "reason"),
    "note": ("说明", "note"),
    "round": ("轮次", "round"),
    "assigned_to": ("负责人", "assigned to"),
    "to": ("负责人", "to"),
    "since": ("自", "since"),
    "closed_on": ("关闭日期", "closed on"),
    "told_on": ("告知投诉人", "complainant told on"),
    "requested_on": ("申请日期", "requested on"),
    "due_on": ("期限", "due on"),
    "open": ("未结事项", "open"),
    "left_open": ("未结事项", "left open"),
    "services_lapsed_on": ("资质失效日期", "lapsed on"),
    "entered_on": ("入驻日期", "entered on"),
    "former": ("此前入驻", "former residence"),
    "after_night": ("补录，晚于夜间复核", "entered late, after the night of"),
}
"""What of an event's data people are told, in this order."""
_NO_ACTOR = frozenset({"qualification.replaced", "packet.followed"})
"""Events whose ``by`` is a paper and not a person."""
_SEVERAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeStep:
    """One event of a life."""

    on: str
    """The day on which it held or happened; the moment of entry stands in the log."""
    clause: str | None
    what: str
    more: str
    who: str

    def to_json(self) -> dict[str, Json]:
        """The step as a row of a table."""
        return {"on": self.on, "clause": self.clause, "what": self.what, "more": self.more, "who": self.who}


def actor(event: StoredEvent) -> str | None:
    """The name of the person who acted; None where nobody is named."""
    by = event.data.get("by")
    return by if isinstance(by, str) and event.kind not in _NO_ACTOR else None


def clause_of(event: StoredEvent) -> str | None:
    """The clause on which the event rests; None for one that rests on none."""
    named = event.data.get("clause")
    return named if isinstance(named, str) else EVENTS.get(event.kind, (None, "", ""))[0]


def life(events: Iterable[StoredEvent], lang: Lang) -> list[LifeStep]:
    """The history in words, in the order in which it was entered."""
    return [
        LifeStep(
            on=_day(event),
            clause=clause_of(event),
            what=_what(event.kind, lang),
            more=_more(event, lang),
            who=_who(event, lang),
        )
        for event in events
    ]


def _what(kind: str, lang: Lang) -> str:
    _, chinese, english = EVENTS.get(kind, (None, kind, kind))
    return english if lang == "en" else chinese


def _day(event: StoredEvent) -> str:
    """The day of the act, or the one from which it holds; else that of the entry."""
    on = event.data.get("on") or event.data.get("since")
    return on if isinstance(on, str) else datetime.fromisoformat(event.at).astimezone(SHANGHAI).date().isoformat()


def _who(event: StoredEvent, lang: Lang) -> str:
    role = event.data.get("role")
    named = [each for each in (actor(event) or event.data.get("reviewer"), role) if isinstance(each, str)]
    if len(named) == 2:
        return f"{named[0]}（{named[1]}）" if lang == "zh" else f"{named[0]} ({named[1]})"
    return "".join(named)


def _more(event: StoredEvent, lang: Lang) -> str:
    data = event.data
    mark, stop = ("：", "；") if lang == "zh" else (": ", "; ")
    said = [
        f"{_LABELS[key][lang == 'en']}{mark}{_text(key, data[key], lang)}"
        for key in _LABELS
        if data.get(key) and key not in _hidden(event)
    ]
    changed = data.get("changed")
    if isinstance(changed, dict):
        for name, pair in changed.items():
            if isinstance(pair, list) and len(pair) == 2 and name != "state":
                said.append(f"{pick(FIELD_NAMES, _field(name), lang)}{mark}{pair[0]} → {pair[1]}")
    return stop.join(said)


def _hidden(event: StoredEvent) -> frozenset[str]:
    """What would say nothing new: the number of a row beside a number for people."""
    keys = {"closed_on"} if event.kind == "institution.deregistered" and event.data.get("reason") != "closed" else set()
    return frozenset(keys | ({"id"} if event.data.get("number") else set()))


def _field(name: str) -> str:
    return {"name": "holder_name", "licence_valid_to": "valid_to"}.get(name, name)


def _text(key: str, value: Json, lang: Lang) -> str:
    if isinstance(value, list):
        told = [matter(str(each), lang) for each in value[:_SEVERAL]]
        more = [f"… +{len(value) - _SEVERAL}"] if len(value) > _SEVERAL else []
        return ("、" if lang == "zh" else ", ").join(told + more)
    if isinstance(value, dict) and key == "former":
        ended = [_LABELS["order"][lang == "en"], str(value["order"])] if value.get("order") else []
        return " ".join([f"{value.get('admitted_on')} – {value.get('left_on')}", *ended])
    if isinstance(value, dict):
        return ", ".join(f"{each} {what}" for each, what in value.items() if what)
    code = str(value)
    if key == "reason":
        return REASONS.get(code, (code, code))[lang == "en"]
    if key == "channel":
        return CHANNELS.get(code, (code, code))[lang == "en"]
    return kind_name(code, lang) if key == "kind" and code in KINDS else code
