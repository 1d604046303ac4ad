"""The trail of a packet (事件记录): what the append-only log says of it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qi_pipeline.model import Json, Lang
from qi_pipeline.records.events import StoredEvent
from qi_pipeline.reports.paper_rows import Show
from qi_pipeline.reports.phrases import FIELDS, HEADINGS, OUTCOMES, kind_name, pick
from qi_pipeline.workdays import SHANGHAI

_KINDS: dict[str, tuple[str, str]] = {
    "packet.taken": ("收取材料包", "packet taken"),
    "packet.duplicate": ("同一材料再次提交", "the same papers came again"),
    "packet.quarantined": ("隔离", "quarantined"),
    "packet.read": ("识读完成", "papers read"),
    "packet.reread": ("重新识读", "read anew"),
    "packet.followed": ("补正材料已提交", "followed by a supplement"),
    "packet.reentry": ("退出后再次申请", "applied again after leaving"),
    "packet.removed": ("按保存期限删除原件", "originals removed, past their term"),
    "review.taken": ("审核人员领取", "taken for review"),
    "review.taken_over": ("审核人员接手", "taken over for review"),
    "review.released": ("审核人员放回", "given back by the reviewer"),
    "correction.made": ("更正识读内容", "a value corrected"),
    "correction.withdrawn": ("撤回更正", "a correction withdrawn"),
    "sample.drawn": ("抽为质量抽查", "drawn for checking"),
    "sample.checked": ("质量抽查完成", "checked"),
    "institution.admitted": ("机构入驻", "institution admitted"),
    "qualification.replaced": ("在册证书更新", "certificate on file replaced"),
    "qualification.misread": ("在册证书更正", "certificate on file was misread"),
    "decision.made": ("系统作出结论", "decided by the machine"),
    "decision.made_again": ("系统重新作出结论", "decided again by the machine"),
    "decision.reviewed": ("审核人员决定", "decided by a reviewer"),
}
_DATA: dict[str, tuple[str, str]] = {
    "pages": ("页数", "pages"),
    "seconds": ("处理器秒", "processor seconds"),
    "document": ("材料", "paper"),
    "kind": ("材料", "paper"),
    "field": ("项目", "field"),
    "page": ("页码", "page"),
    "file": ("文件", "file"),
    "reviewer": ("审核人员", "reviewer"),
    "role": ("身份", "role"),
    "from": ("原领取人", "from"),
    "by": ("经办", "by"),
    "since": ("自", "since"),
    "until": ("至", "until"),
    "on": ("日期", "on"),
    "reason": ("理由", "why"),
    "agrees": ("一致", "agrees"),
    "rate": ("抽查比例", "rate"),
    "seed": ("抽查种子", "seed"),
    "left_on": ("退出日期", "left on"),
    "left_by": ("退出文书", "left by order"),
    "uscc": ("统一社会信用代码", "USCC"),
    "number": ("编号", "number"),
}
"""What an event says, by the key of its data; a key that is not here stands as it is."""
_SHOWN_DATA = 160
_TOLD = ("outcome", "recommended", "reviewer", "role", "reason", "as_of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event in words."""

    number: int
    when: str
    what: str
    more: str
    hash: str


def steps(events: Sequence[StoredEvent], lang: Lang, show: Show) -> tuple[Step, ...]:
    """The events in words, oldest first, in the time of the platform (Asia/Shanghai)."""
    return tuple(
        Step(
            number=event.seq,
            when=local(event.at),
            what=_KINDS.get(event.kind, (event.kind, event.kind))[lang == "en"],
            more=show(_more(event, lang)),
            hash=event.hash[:12],
        )
        for event in events
    )


def _more(event: StoredEvent, lang: Lang) -> str:
    data = event.data
    if event.kind.startswith("decision."):
        said = [_word(key, data[key], lang) for key in _TOLD if data.get(key)]
    elif event.kind in ("packet.taken", "packet.duplicate", "packet.quarantined"):
        said = [
            str(data[key])[: 12 if key == "content" else 80]
            for key in ("name", "code", "of", "content")
            if data.get(key)
        ]
    else:
        colon = pick(HEADINGS, "colon", lang)
        said = [
            f"{_DATA.get(key, (key, key))[lang == 'en']}{colon}{_said(key, value, lang)}"
            for key, value in data.items()
            if _tells(key, value)
        ]
    text = " · ".join(said)
    return text if len(text) <= _SHOWN_DATA else text[:_SHOWN_DATA] + "…"


def _tells(key: str, value: Json) -> bool:
    """Whether a person is helped by it: names, days and counts, not numbers of rows and hashes."""
    return isinstance(value, str | int | float) and key not in ("sha256", "digest", "decision", "correction", "id")


def _said(key: str, value: Json, lang: Lang) -> str:
    """One value of an event in words; a moment in the time of the table's own."""
    if isinstance(value, bool):
        return pick(HEADINGS, "yes" if value else "no", lang)
    if key in ("document", "kind"):
        return kind_name(str(value), lang)
    if key == "field":
        name, dot, part = str(value).partition(".")
        return f"{pick(FIELDS, name, lang)}{dot}{part}"
    return local(value) if key in ("since", "until") and isinstance(value, str) else str(value)


def _word(key: str, value: Json, lang: Lang) -> str:
    text = pick(OUTCOMES, str(value), lang) if key in ("outcome", "recommended") else str(value)
    return f"（{text}）" if key == "recommended" and lang == "zh" else f"({text})" if key == "recommended" else text


def local(moment: str) -> str:
    """A moment of the log in the time of the platform; as it stands, where it is no moment."""
    try:
        return datetime.fromisoformat(moment).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return moment
