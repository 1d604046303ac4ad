"""What the commands of an institution's life say once they are done (入驻后各项办理的回执), by language.

Programs read ``--json``; these lines are for the person at the terminal, in the language of the lists (``QI_LANG``), as
:mod:`qi_pipeline.reports.desk_words` has those of the reviewers' commands. Each key is an act; facts go in by name.
"""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.model import Lang
from qi_pipeline.reports.life_words import cell, matter

_LINES: dict[str, tuple[str, str]] = {
    "exit_requested": (
        "{uscc}：退出申请已登记；没有未了结的事项",
        "{uscc} has applied to leave; nothing is left open",
    ),
    "exit_requested_open": (
        "{uscc}：退出申请已登记；{count}项须先了结：{matters}",
        "{uscc} has applied to leave; {count} to settle first: {matters}",
    ),
    "exit_withdrawn": ("{uscc}：退出申请已撤回，继续入驻", "{uscc} stays"),
    "exited": ("{uscc}：已退出；决定书{order}，{file}", "{uscc} has left: order {order}, {file}"),
    "evicted": ("{uscc}：已清退；决定书{order}，{file}", "{uscc} is evicted: order {order}, {file}"),
    "deregistered": ("{uscc}：已注销；决定书{order}，{file}", "{uscc} is deregistered: order {order}, {file}"),
    "closed_down": (
        "{uscc}：于{closed_on}关闭，应于{due_on}前办理注销",
        "{uscc} closed on {closed_on}; it must deregister by {due_on}",
    ),
    "profile": ("{uscc}：机构信息已于{day}完善", "{uscc} completed its profile on {day}"),
    "leftover_open": ("{uscc}：遗留问题{id}已登记", "leftover issue {id} of {uscc}"),
    "leftover_assigned": ("遗留问题{id}：由{to}负责", "leftover issue {id} is {to}'s"),
    "leftover_settled": ("遗留问题{id}：已处理完毕", "leftover issue {id} is settled"),
    "inspection_ordered": ("{uscc}：抽查{id}已登记", "inspection {id} of {uscc}"),
    "inspection_result": ("{uscc}：抽查{id}{result}", "{uscc} {result} inspection {id}"),
    "inspection_failed": (
        "{uscc}：抽查{id}{result}；清退通知{file}；遗留问题以 `leftover open` 登记，处理完毕后 `evict {uscc}`",
        "{uscc} {result} inspection {id}: {file}; put what is left on record with `leftover open`, then `evict {uscc}`",
    ),
    "complaint": ("投诉{number}：{state}", "{number} is {state}"),
    "audit_requested": (
        "{uscc}：年度审核应于{due_on}前完成；通知{file}",
        "the audit of {uscc} is due on {due_on}: {file}",
    ),
    "audit_passed": ("{uscc}：年度审核通过", "{uscc} passed its annual audit"),
    "audit_failed": ("{uscc}：年度审核未通过", "{uscc} did not pass its annual audit"),
    "proof_requested": ("{packet}：已要求进一步提供证明材料", "{packet}: further proof is asked for"),
    "visit_planned": ("{packet}：实地调查定于{day}", "{packet}: a visit is planned for {day}"),
    "visit_held": ("{packet}：实地调查已于{day}实施", "{packet}: the visit was held on {day}"),
    "verified": (
        "{packet}：{result}；以 `qi-pipeline decide {packet}` 决定",
        "{packet}: {result}; decide it with `qi-pipeline decide {packet}`",
    ),
    "clock_paused": ("{said}；期限中止，剩余{rest}个工作日", "{said}; the clock stands with {rest} working days left"),
    "clock_runs": ("{said}；审核结果应于{due_on}前告知", "{said}; the result is due on {due_on}"),
    "roster": (
        "已导入{institutions}家机构、{qualifications}份证书",
        "loaded {institutions} institutions and {qualifications} qualifications",
    ),
    "credit_list": ("已导入{list}：{entries}条", "loaded {entries} entries of the list {list}"),
    "night": (
        "{as_of}夜间复核：{institutions}家机构，{qualifications}份证书",
        "as of {as_of}: {institutions} institutions, {qualifications} certificates",
    ),
    "night_found": (
        "即将到期{expiring}，暂停{suspended}，恢复{reinstated}，注销{deregistered}，年度审核{annual_audits}，逾期{overdue}，信用提示{flags}",
        "{expiring} expiring, {suspended} suspended, {reinstated} reinstated, {deregistered} deregistered, "
        "{annual_audits} annual audits, {overdue} overdue, {flags} flags",
    ),
}
_LISTS: dict[str, str] = {"violations": "违法记录", "abnormal": "经营异常名录", "serious": "严重违法失信名单"}
_CODED = ("state", "result")


def line(key: str, lang: Lang, **facts: object) -> str:
    """What the person at the terminal is told; a ``state`` or ``result`` among the facts is put into words.

    >>> line("complaint", "zh", number="TS-2026-000001", state="forwarded")
    '投诉TS-2026-000001：已转办'
    >>> line("inspection_result", "en", uscc="91320200MA1X0001X9", id=7, result="passed")
    '91320200MA1X0001X9 passed inspection 7'
    """
    said = {name: cell("acts", name, str(fact), lang) if name in _CODED else fact for name, fact in facts.items()}
    if lang == "zh" and "list" in said:
        said["list"] = _LISTS[str(said["list"])]
    return _LINES[key][lang == "en"].format(**said)


def matters(found: Sequence[str], lang: Lang) -> str:
    """What is still open, in a row.

    >>> matters(["leftover issue 1 (费用未结清)", "complaint TS-2026-000001 (received)"], "zh")
    '费用未结清（遗留问题1号）；投诉TS-2026-000001（已受理）'
    """
    return ("；" if lang == "zh" else "; ").join(matter(each, lang) for each in found)
