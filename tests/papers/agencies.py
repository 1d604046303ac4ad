"""专利代理机构执业许可证, 人力资源服务许可证, 民办学校办学许可证."""

from __future__ import annotations

import random
from datetime import date

from papers import invent, marks
from papers.invent import Institution, number, years_later
from papers.layout import Row, framed, issued_by, labelled, made_out_to, plain, stamp_copy
from papers.sheet import Paper


def patent_agency(
    body: Institution,
    *,
    issued_on: date = date(2022, 4, 12),
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """专利代理机构执业许可证: no term is printed."""
    rng = random.Random(f"patent{seed}{body.uscc}")
    no = number("patent_agency_licence", rng)
    sheet = framed(rng, landscape=True)
    marks.emblem(sheet, 148.5, 30, 24)
    marks.gilded(sheet, 148.5, 46, "专利代理机构执业许可证", 11, spacing=2, dark=0.6)
    if rng.random() < 0.5:
        sheet.text(148.5, 60, "（副本）", 4.6, anchor="centre")
    partnership = body.entity == "partnership"
    left: list[Row] = [
        ("机构名称", body.name, "holder_name"),
        ("机构代码", no, "certificate_number"),
        ("组织形式", "合伙企业" if partnership else "有限责任公司", "entity_type"),
        ("执行事务合伙人" if partnership else "法定代表人", body.person, "legal_representative"),
    ]
    right: list[Row] = [
        (rng.choice(("经营场所", "住所")), body.address, "address"),
        ("统一社会信用代码", body.uscc, "holder_uscc"),
        ("合伙人" if partnership else "股东", f"{body.person}、{invent.person(rng)}", None),
        ("批准日期", plain(issued_on), None),
    ]
    labelled(sheet, left, 30, 72, 34, 122, rng, step=13, spread=True)
    labelled(sheet, right, 162, 72, 30, 112, rng, step=13, spread=False)
    truth = made_out_to(
        body,
        certificate_number=no,
        address=body.address,
        holder_uscc=body.uscc,
        legal_representative=body.person,
        entity_type="合伙企业" if partnership else "有限责任公司",
    )
    issued_by(
        sheet, rng, "国家知识产权局", issued_on, truth, x=182, y=150, seed=seed, issuer_seal=issuer_seal, faded=faded
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("patent_agency_licence", [sheet], truth)


def hr_service(
    body: Institution,
    *,
    issued_on: date = date(2023, 8, 1),
    valid_to: date | str | None = "five",
    scope: str = "为用人单位招用人员和劳动者求职提供服务；职业中介活动；职业指导",
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """人力资源服务许可证; ``valid_to`` a date, "five" (years), "long" or None."""
    rng = random.Random(f"hr{seed}{body.uscc}")
    until = years_later(issued_on, 5) if valid_to == "five" else valid_to
    no = number("hr_service_licence", rng, issued_on)
    sheet = framed(rng, landscape=True)
    marks.emblem(sheet, 148.5, 30, 24)
    marks.gilded(sheet, 148.5, 46, "人力资源服务许可证", 12, spacing=3, dark=0.5)
    copy = rng.choice(("副本", "正本", ""))
    if copy:
        sheet.text(148.5, 61, f"（{copy}）", 4.8, anchor="centre")
    sheet.text(
        264,
        66,
        f"{rng.choice(('编号', '证书编号', '许可证编号'))}：{no}",
        4.4,
        anchor="right",
        field="certificate_number",
    )
    left: list[Row] = [
        ("机构名称", body.name, "holder_name"),
        ("统一社会信用代码", body.uscc, "holder_uscc"),
        (rng.choice(("法定代表人", "负责人", "法定代表人（负责人）")), body.person, "legal_representative"),
        ("住所", body.address, "address"),
    ]
    right: list[Row] = [("机构性质", "民营", None), (rng.choice(("服务范围", "许可事项")), scope, "scope_text")]
    truth = made_out_to(
        body,
        certificate_number=no,
        holder_uscc=body.uscc,
        legal_representative=body.person,
        address=body.address,
        scope_text=scope,
    )
    if until == "long":
        right.append(("有效期限", "长期", "valid_to"))
        truth |= {"valid_to": None, "long_term": True}
    elif isinstance(until, date):
        right.append(("有效期限", f"{plain(issued_on)}至{plain(until)}", "valid_to"))
        truth |= {"valid_to": until.isoformat(), "valid_from": issued_on.isoformat()}
    labelled(sheet, left, 28, 78, 32, 122, rng, step=13, spread=False)
    labelled(sheet, right, 160, 78, 28, 112, rng, step=13, spread=True)
    issued_by(
        sheet,
        rng,
        f"{body.city}人力资源和社会保障局",
        issued_on,
        truth,
        x=182,
        y=154,
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("hr_service_licence", [sheet], truth)


def private_school(
    body: Institution,
    *,
    valid_from: date = date(2024, 1, 1),
    valid_to: date | None = None,
    content: str = "职业技能培训：检验员、计量员、内审员（初、中级）",
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """民办学校办学许可证."""
    rng = random.Random(f"school{seed}{body.uscc}")
    until = valid_to or years_later(valid_from, 4)
    no = number("private_school_licence", rng)
    sheet = framed(rng, landscape=True)
    sheet.text(148.5, 26, "中华人民共和国", 6, face="song_bold", anchor="centre", spacing=2)
    marks.gilded(sheet, 148.5, 36, "民办学校办学许可证", 12, spacing=3, dark=0.5)
    copy = rng.choice(("正本", "副本"))
    sheet.text(148.5, 51, f"（{copy}）", 4.8, anchor="centre")
    sheet.text(40, 60, f"证号：{no}" if rng.random() < 0.5 else no, 4.4, field="certificate_number")
    left: list[Row] = [
        ("名称", body.name, "holder_name"),
        ("地址", body.address, "address"),
        ("校长", body.person, None),
        ("学校类型", "其他文化教育培训机构" if rng.random() < 0.4 else "职业技能培训机构", None),
    ]
    right: list[Row] = [
        ("举办者", invent.person(rng), None),
        ("办学内容", content, "scope_text"),
        ("主管部门", f"{body.city}人力资源和社会保障局", None),
        ("有效期限", f"自{plain(valid_from)}至{plain(until)}", "valid_to"),
    ]
    labelled(sheet, left, 28, 72, 30, 122, rng, step=13, spread=True)
    labelled(sheet, right, 160, 72, 28, 114, rng, step=13, spread=True)
    truth = made_out_to(
        body,
        address=body.address,
        certificate_number=no,
        scope_text=content,
        valid_from=valid_from.isoformat(),
        valid_to=until.isoformat(),
    )
    issued_by(
        sheet,
        rng,
        f"{body.city}行政审批局",
        valid_from,
        truth,
        x=182,
        y=154,
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("private_school_licence", [sheet], truth)
