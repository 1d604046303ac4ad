"""Words of the lists of packets by language: headings, stages, and codes that only the console's tables show.

Programs read the codes (``--json``); ``status``, ``packet list`` and ``review`` say the same to people. What they share
with the lists of an institution's life stands in :mod:`qi_pipeline.reports.life_words`.
"""

from __future__ import annotations

from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.model import Lang
from qi_pipeline.reports import life_words
from qi_pipeline.reports.phrases import DUTIES, outcome_name, pick

HEADINGS: dict[str, tuple[str, str]] = {
    "stage": ("阶段", "stage"),
    "message": ("说明", "message"),
    "archived": ("归档", "archived"),
    "report": ("报告", "report"),
    "since": ("自", "since"),
    "due": ("告知期限", "due"),
    "certificates": ("在册证书", "certificates"),
    "next_end": ("最近到期", "next end"),
    "recommended": ("系统建议", "recommended"),
    "why": ("缘由", "why"),
    "held_by": ("领取人", "held by"),
    "drawn": ("抽取日期", "drawn"),
    "checked": ("抽查结果", "checked"),
    "checked_by": ("抽查人", "by"),
    "kind": ("材料", "kind"),
    "field": ("项目", "field"),
    "shown": ("核对", "shown"),
    "corrected": ("更正", "corrected"),
    "agreed": ("一致率", "agreed"),
    "sample": ("抽查核对", "sample"),
    "sample_agreed": ("抽查一致率", "agreed in it"),
    "machine": ("机器识读", "machine"),
    "person": ("更正为", "person"),
    "corrected_by": ("更正人", "by"),
}
"""A column that only these lists have: Chinese, English."""

STAGES: dict[str, tuple[str, str]] = {
    "settling": ("待静止", "settling"),
    "ready": ("待接收", "ready"),
    "refused": ("不能接收", "refused"),
    "claimed": ("已接收", "claimed"),
    "reading": ("识读中", "reading"),
    "reporting": ("写报告中", "reporting"),
    "left behind": ("中断", "left behind"),
    "waiting": ("待人工", "waiting"),
    "decided": ("已决定", "decided"),
    "reported": ("已出报告", "reported"),
    "quarantined": ("已隔离", "quarantined"),
}
"""How far a packet is, in the order of its way; the pages on lists say what each means."""

_SENTENCES: dict[str, tuple[str, str]] = {
    "overdue": ("{day}（逾期）", "{day} overdue"),
    "paused": ("{day}（中止计算）", "{day} paused"),
    "paused_since": ("{day}（自{since}中止计算）", "{day}, paused since {since}"),
    "held": ("{who}（至{until}）", "{who} until {until}"),
    "packets": ("共{n}个材料包", "{n} packets"),
    "stages": ("：{stages}", ": {stages}"),
    "right": ("一致", "agreed"),
    "wrong": ("不一致：{why}", "disagreed: {why}"),
    "withdrawn": ("{on}（{day}撤回）", "{on}, withdrawn {day}"),
    "sampled": (
        "抽取{drawn}，已查{checked}，其中一致{agreed}",
        "drawn {drawn}, checked {checked}, of these agreed {agreed}",
    ),
    "looked_at": ("共看过{n}个材料包，其中抽查{sampled}个", "{n} packets looked at, {sampled} of these in the sample"),
}


def heading(column: str, lang: Lang) -> str:
    """The heading of a column.

    >>> heading("stage", "zh"), heading("packet", "zh"), heading("held_by", "en")
    ('阶段', '材料包', 'held by')
    """
    found = HEADINGS.get(column)
    return life_words.heading(column, lang) if found is None else found[lang == "en"]


def stage_name(stage: str, lang: Lang) -> str:
    """The name of a stage."""
    return STAGES.get(stage, (stage, stage))[lang == "en"]


def outcome_or_failure(outcome: str | None, code: str | None, lang: Lang, request: str = "admission") -> str:
    """What was decided or recommended; where nothing could be read, why.

    >>> outcome_or_failure("admit", None, "zh"), outcome_or_failure(None, "empty", "en")
    ('准予入驻', 'it is empty')
    """
    if outcome:
        return outcome_name(request, outcome, lang)
    return FAILURES.get(code, (code, code))[lang == "en"] if code else ""


def owed(duty: str, day: str, lang: Lang) -> str:
    """A duty with the day on which it was due.

    >>> owed("annual_audit", "2027-11-02", "zh"), owed("complete_profile", "2026-11-16", "en")
    ('年度审核 2027-11-02', 'Complete profile and service plan 2026-11-16')
    """
    named = {"annual_audit": {"zh": "年度审核", "en": "Annual audit"}, **DUTIES}
    return f"{pick(named, duty, lang)} {day}"


def sentence(key: str, lang: Lang, **facts: object) -> str:
    """What a cell or the line below a table says, with its facts.

    >>> sentence("overdue", "zh", day="2026-11-25"), sentence("held", "en", who="李审核", until="2026-11-22 10:12")
    ('2026-11-25（逾期）', '李审核 until 2026-11-22 10:12')
    """
    return _SENTENCES[key][lang == "en"].format(**facts)
