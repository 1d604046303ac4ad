"""What the reviewers' commands say once they are done (审核台的回执), by language.

Programs read ``--json``; these lines are for the person at the terminal, in the language of the lists (``QI_LANG``).
Each key is an act and what came of it; facts go in by name.
"""

from __future__ import annotations

from qi_pipeline.model import Lang
from qi_pipeline.reports.life_words import cell

_LINES: dict[str, tuple[str, str]] = {
    "decided": (
        "{packet}：{outcome}，{reviewer}已决定；{report}",
        "{packet}: {outcome}, decided by {reviewer}; {report}",
    ),
    "not_entered": (
        "注意：{services}未登记入册，没有确切识读的材料证明其资质；"
        "以 `qi-pipeline correct {packet} …` 写明材料所载，即登记入册",
        "note: {services} not in the register: nothing that was read for certain qualifies them; say what the papers "
        "show with `qi-pipeline correct {packet} …`, and the register takes it over",
    ),
    "left": (
        "注意：{uscc}已离开平台，本决定不使其重新入驻；须重新申请",
        "note: {uscc} has left, and this decision does not bring it back; it needs a new application",
    ),
    "stays_corrected": (
        "注意：{uscc}仍在册；本材料包登记的内容以更正后的材料为准，以后的材料包或者名册另有记载的除外，当夜复核。"
        "立即终止入驻：`qi-pipeline revoke {uscc}`",
        "note: {uscc} stays in the register; what came from this packet stands there as its papers are read now, save "
        "where a later packet or roster says otherwise, and the next night judges it. To end its residence at once: "
        "`qi-pipeline revoke {uscc}`",
    ),
    "stays": (
        "注意：{uscc}仍在册，登记内容未因本决定改变。立即终止入驻：`qi-pipeline revoke {uscc}`",
        "note: {uscc} stays in the register, which this decision leaves as it is. To end its residence at once: "
        "`qi-pipeline revoke {uscc}`",
    ),
    "corrected": (
        "{packet}：更正{numbers}已记录；{outcome}，{state}；{report}",
        "{packet}: correction {numbers} recorded; {outcome}, {state}; {report}",
    ),
    "again": ("{packet}：按{day}审核，{outcome}", "{packet} as of {day}: {outcome}"),
    "correction_stands": (
        "  更正{id} {file} {field}：{before} → {after}（{reviewer}，{on}：{reason}）",
        "  correction {id} {file} {field}: {before} → {after} ({reviewer}, {on}: {reason})",
    ),
    "correction_withdrawn": (
        "  更正{id} {file} {field}：{before} → {after}（{reviewer}，{on}：{reason}；{withdrawn}撤回）",
        "  correction {id} {file} {field}: {before} → {after} ({reviewer}, {on}: {reason}; withdrawn {withdrawn})",
    ),
    "correction_replaced": (
        "  更正{id} {file} {field}：{before} → {after}（{reviewer}，{on}：{reason}；已被替代）",
        "  correction {id} {file} {field}: {before} → {after} ({reviewer}, {on}: {reason}; replaced)",
    ),
    "reread": (
        "{packet}：已重新识读；{outcome}，{state}；{report}",
        "{packet}: read anew; {outcome}, {state}; {report}",
    ),
    "person_stands": (
        "{reviewer}的决定不变；系统现在的建议：{outcome}",
        "{reviewer} decided, and that stands; the machine would now say: {outcome}",
    ),
    "none_free": ("没有可领取的待审材料包", "nothing free waits for a person"),
    "taken": ("{packet}：由你领取至{until}；{report}", "{packet}: yours until {until}; {report}"),
    "released": ("{packet}：已放回", "{packet}: free again"),
    "checked_right": ("{packet}：已抽查，“{outcome}”无误", "{packet}: checked, “{outcome}” was right"),
    "checked_wrong": (
        "{packet}：已抽查，不一致；以 `qi-pipeline correct {packet} …` 更正材料",
        "{packet}: checked, not agreed; mend the papers with `qi-pipeline correct {packet} …`",
    ),
    "dated_by_night": (
        "注意：{day}的夜间复核已完成，本文书日期为{day}，不是{today}",
        "note: the night of {day} is over, so this is dated {day} and not {today}",
    ),
    "dated_by_packet": (
        "注意：{packet}于{day}已审核或者夜间复核已完成，本记录日期为{day}，不是{today}",
        "note: {packet} was judged or a night was over on {day}, so this is dated {day} and not {today}",
    ),
    "remark": ("注意：{remark}", "note: {remark}"),
}
_CODED = ("outcome", "state")


def line(key: str, lang: Lang, **facts: object) -> str:
    """What the person at the terminal is told; an ``outcome`` or ``state`` among the facts is put into words.

    >>> line("released", "zh", packet="wx-1"), line("reread", "en", packet="wx-1", outcome="admit", state="decided",
    ...     report="reports/wx-1/decision.html")
    ('wx-1：已放回', 'wx-1: read anew; Admit, decided; reports/wx-1/decision.html')
    """
    said = {name: cell("packets", name, str(fact), lang) if name in _CODED else fact for name, fact in facts.items()}
    return _LINES[key][lang == "en"].format(**said)
