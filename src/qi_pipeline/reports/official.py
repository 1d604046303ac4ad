"""Orders and notices to resident institutions as official Chinese letters (公文): their words, from the facts.

到期提醒, 暂停服务通知, 注销, 清退, 退出 and 年度审核通知, each citing its clause. They are Chinese whatever the
language of the reports, for that is the language in which they are served.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from qi_pipeline.kinds import KINDS
from qi_pipeline.reports.files import write_whole
from qi_pipeline.reports.notice import long_date
from qi_pipeline.reports.templating import render

_RULES = "依据《质量基础设施“一站式”服务线上平台入驻机构管理规范》"
_OBJECT = "如有异议，可在收到本文书后向本平台运维机构书面说明。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one institution."""

    key: str
    """Name of its file, or of its place in a file with others."""
    title: str
    number: str
    institution: str
    uscc: str
    paragraphs: tuple[str, ...]
    on: date
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())


def reminder(
    *, uscc: str, name: str, ends: Sequence[tuple[str, str | None, date]], on: date, number: str = ""
) -> Letter:
    """到期提醒: ``ends`` are kind, number and last day of what ends soon."""
    return Letter(
        key=f"reminder-{uscc}",
        title="资质证书到期提醒",
        number=number,
        institution=name,
        uscc=uscc,
        paragraphs=(
            "经本平台核查，你单位在本平台登记的下列证照即将到期：",
            f"{_RULES}第4.2条，入驻机构的资质应在有效期内。请你单位及时办理延续，并在到期前将新证照上传本平台。"
            "逾期未更新的，自到期次日起暂停相关服务。已办理的，请及时提交更新材料。",
        ),
        headings=("证照", "编号", "有效期至", "剩余天数"),
        rows=tuple(
            (KINDS.get(kind, kind), code or "—", long_date(day, "zh"), str((day - on).days)) for kind, code, day in ends
        ),
        on=on,
    )


def suspension(
    *, uscc: str, name: str, services: Sequence[str], licence: bool, deregisters_on: date | None, on: date
) -> Letter:
    """暂停服务通知: the services that may be offered no longer; ``licence`` when the licence has ended."""
    why = "你单位登记的营业执照（法人证书）已超过有效期" if licence else "你单位下列服务所依据的资质证书已超过有效期"
    what = "暂停你单位在本平台的全部服务" if licence else "暂停你单位在本平台提供下列服务"
    paragraphs = [
        f"经本平台核查，{why}。{_RULES}第{'5.1' if licence else '4.2'}条，自本通知载明之日起{what}。",
        "请你单位尽快提交有效的证照。经核验有效的，自登记之日起恢复相应服务。",
    ]
    if deregisters_on is not None:
        paragraphs.append(
            f"至{long_date(deregisters_on, 'zh')}仍未提交有效资质，且无其他有效服务的，本平台将注销你单位的入驻资格。"
        )
    return Letter(
        key=f"suspension-{uscc}",
        title="暂停服务通知",
        number="",
        institution=name,
        uscc=uscc,
        paragraphs=tuple(paragraphs),
        headings=("序号", "暂停的服务") if services else (),
        rows=tuple((str(number), service) for number, service in enumerate(services, 1)),
        on=on,
    )


def audit(*, uscc: str, name: str, due_on: date, on: date) -> Letter:
    """年度审核通知."""
    return Letter(
        key=f"audit-{uscc}",
        title="年度审核通知",
        number="",
        institution=name,
        uscc=uscc,
        paragraphs=(
            f"{_RULES}第5.2.4条，本平台对入驻机构实行年度审核。你单位本年度的审核应于{long_date(due_on, 'zh')}前完成。",
            "请你单位通过本平台提交年度审核材料：有效的营业执照或者法人证书、各服务项目的资质证书、客服人员及服务信息的变更情况。",
        ),
        on=on,
    )


def deregistration(
    *,
    number: str,
    uscc: str,
    name: str,
    lapsed: Sequence[tuple[str, str, date]],
    grace: int,
    on: date,
) -> Letter:
    """注销通知 after the last qualification lapsed (4.2): service, its papers, and the day from which it had none."""
    return Letter(
        key=number,
        title="注销入驻资格通知书",
        number=number,
        institution=name,
        uscc=uscc,
        paragraphs=(
            "经本平台核查，你单位下列服务所依据的资质证书已超过有效期，且在宽限期内未提交有效的延续证书：",
            f"自最后一项服务失去有效资质之日起，{grace}日的宽限期已满。{_RULES}第4.2条，你单位已不具备入驻条件。"
            f"现决定自{long_date(on, 'zh')}起注销你单位在本平台的入驻资格，停止提供全部服务。",
            "取得有效资质后，可依据第5章重新提出入驻申请。" + _OBJECT,
        ),
        headings=("服务", "所依据的证书", "失去有效资质之日"),
        rows=tuple((service, papers, long_date(day, "zh")) for service, papers, day in lapsed),
        on=on,
    )


_LEAVING = {
    "voluntary_exit": (
        "退出确认通知书",
        "你单位提出的退出申请收悉。{rules}第5.3条，经核查，你单位无未了结的遗留问题，现确认你单位自{on}起退出本平台。",
    ),
    "inspection_failed": (
        "清退通知书",
        "你单位在本平台组织的抽查中不合格：{text}。{rules}第7.4条，遗留问题已处理完毕，现决定自{on}起将你单位清退出本平台。",
    ),
    "closed": (
        "注销入驻资格通知书",
        "经核查，你单位已关闭。{rules}第7.5条，现决定自{on}起注销你单位在本平台的入驻资格。",
    ),
    "qualification_revoked": (
        "注销入驻资格通知书",
        "经核查，{text}。{rules}第7.5条，现决定自{on}起直接注销你单位在本平台的入驻资格。",
    ),
}


def leaving(*, number: str, uscc: str, name: str, reason: str, text: str, left_open: Sequence[str], on: date) -> Letter:
    """退出, 清退 or 注销 by an order that a person made; ``left_open`` stays on record."""
    title, words = _LEAVING[reason]
    said = words.format(rules=_RULES, on=long_date(on, "zh"), text=text.rstrip("。.") or "详见检查记录")
    paragraphs = [said]
    if left_open:
        paragraphs.append("下列事项尚未了结，不因注销而免除你单位的责任，本平台将继续跟踪处理：")
    return Letter(
        key=number,
        title=title,
        number=number,
        institution=name,
        uscc=uscc,
        paragraphs=(*paragraphs, _OBJECT) if reason != "voluntary_exit" else tuple(paragraphs),
        headings=("序号", "未了结事项") if left_open else (),
        rows=tuple((str(place), each) for place, each in enumerate(left_open, 1)),
        on=on,
    )


def eviction_notice(*, uscc: str, name: str, note: str, on: date, number: str = "") -> Letter:
    """清退通知: after a failed inspection, before the leftover issues are settled (7.4)."""
    return Letter(
        key=number or f"eviction-{uscc}",
        title="清退通知",
        number=number,
        institution=name,
        uscc=uscc,
        paragraphs=(
            f"你单位在本平台组织的抽查中不合格：{note.rstrip('。.')}。{_RULES}第7.4条，本平台拟对你单位予以清退。",
            "请你单位自收到本通知之日起，处理未完成订单、未结清费用、未了结投诉等遗留问题，并将处理结果报本平台。"
            "遗留问题处理完毕后，本平台办理清退。",
            _OBJECT,
        ),
        on=on,
    )


def write_letters(letters: Iterable[Letter], path: Path, platform: str) -> None:
    """Writes the letters into one file, each on a page of its own."""
    pages = [
        {
            "key": each.key,
            "title": each.title,
            "number": each.number,
            "institution": each.institution,
            "uscc": each.uscc,
            "before": each.paragraphs[:1],
            "after": each.paragraphs[1:],
            "headings": each.headings,
            "rows": each.rows,
            "on": long_date(each.on, "zh"),
        }
        for each in letters
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render("official.html", letters=pages, platform=platform))
