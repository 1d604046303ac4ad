"""事业单位法人证书, 民办非企业单位登记证书, 社会团体法人登记证书."""

from __future__ import annotations

import random
from datetime import date

from papers import marks
from papers.invent import Institution, number, years_later
from papers.layout import split_date
from papers.sheet import Paper, Sheet

_LEGAL = {
    "public_institution_certificate": {
        "title": "事业单位法人证书",
        "entity": "public",
        "scope_label": "宗旨和业务范围",
        "years": 5,
        "scope": "开展食品、药品、环境及工业产品检验检测，计量检定校准，标准化技术服务，为质量监督提供技术支持。",
        "issuer": "无锡市事业单位登记管理局",
        "issuer_label": "登记管理机关",
    },
    "private_nonenterprise_certificate": {
        "title": "民办非企业单位登记证书",
        "entity": "private_nonenterprise",
        "scope_label": "业务范围",
        "years": 4,
        "scope": "质量技术服务；检验检测技术咨询；标准化服务；业务培训；承接政府委托事项。",
        "issuer": "无锡市民政局",
        "issuer_label": "发证机关",
    },
    "social_organization_certificate": {
        "title": "社会团体法人登记证书",
        "entity": "social",
        "scope_label": "业务范围",
        "years": 5,
        "scope": "行业自律、标准化服务、业务培训、技术咨询、会议展览、编辑会刊。",
        "issuer": "无锡市行政审批局",
        "issuer_label": "发证机关",
    },
}


def legal_person(
    kind: str,
    body: Institution,
    *,
    valid_from: date = date(2023, 4, 10),
    valid_to: date | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """事业单位法人证书, 民办非企业单位登记证书 or 社会团体法人登记证书."""
    facts = _LEGAL[kind]
    rng = random.Random(f"legal{seed}{body.uscc}{kind}")
    until = valid_to or years_later(valid_from, int(facts["years"]))
    sheet = Sheet(297, 210, paper=(253, 252, 246))
    marks.tint(sheet, style=rng.choice(("waves", "rays")), colour=(234, 224, 206))
    marks.border(sheet, inset=11, band=10, colour=(176, 132, 90), style=rng.choice(("waves", "scallop", "meander")))
    marks.emblem(sheet, 148.5, 27, 24)
    marks.gilded(sheet, 148.5, 41, str(facts["title"]), 11.5, spacing=2.4, dark=0.6)
    copy = rng.choice(("副本", "正本", ""))
    if copy:
        sheet.text(148.5, 55.5, f"（{copy}）", 5.0, anchor="centre")
    truth: dict[str, object] = {
        "holder_name": body.name,
        "holder_uscc": body.uscc,
        "legal_representative": body.person,
        "address": body.address,
        "issuing_authority": facts["issuer"],
        "scope_text": facts["scope"],
        "valid_from": valid_from.isoformat(),
        "valid_to": until.isoformat(),
    }
    sheet.text(28, 64, "统一社会信用代码", 4.4, face="hei")
    sheet.text(66, 64, body.uscc, 4.4, field="holder_uscc", spacing=rng.choice((0, 0.5)))
    shift = rng.uniform(-1, 0.6)
    sheet.shift = (0.6, shift)
    left = [
        ("名称", body.name, "holder_name"),
        (str(facts["scope_label"]), str(facts["scope"]), "scope_text"),
        ("住所", body.address, "address"),
        ("法定代表人", body.person, "legal_representative"),
    ]
    right: list[tuple[str, str, str]] = []
    if kind == "public_institution_certificate":
        right += [
            ("经费来源", rng.choice(("财政补助收入、事业收入", "非财政补助")), "~"),
            ("开办资金", "￥1280万元", "registered_capital"),
            ("举办单位", "无锡市市场监督管理局", "~"),
        ]
        truth["registered_capital"] = "￥1280万元"
    elif kind == "private_nonenterprise_certificate":
        right += [("开办资金", "30万元", "registered_capital"), ("业务主管单位", "无锡市科学技术局", "~")]
        truth["registered_capital"] = "30万元"
    else:
        right += [
            ("活动地域", "无锡市", "~"),
            ("注册资金", "5万元整", "registered_capital"),
            ("业务主管单位", "无", "~"),
        ]
        truth["registered_capital"] = "5万元整"
    top = 76.0
    for label, value, name in left:
        two = len(label) > 6
        if two:
            sheet.spread(28, top, label[:3], 26, 4.4, face="hei")
            sheet.spread(28, top + 5.4, label[3:], 26, 4.4, face="hei")
        else:
            sheet.spread(28, top, label, 26, 4.4, face="hei")
        below = sheet.paragraph(58, top, 84, value, 4.4, field=name, leading=1.3)
        top = max(top + 12, below + 5)
    top = 76.0
    for label, value, name in right:
        sheet.spread(158, top, label, 27, 4.4, face="hei")
        below = sheet.paragraph(190, top, 80, value, 4.4, field=name, leading=1.3)
        top = max(top + 12, below + 5)
    sheet.text(158, top, rng.choice(("有效期", "有效期限")) + "：", 4.4, face="hei")
    start, end = (f"{d.year}年{d.month:02d}月{d.day:02d}日" for d in (valid_from, until))
    sheet.text(184, top, "自" + start, 4.3, field="valid_from")
    sheet.text(184 + 36.5, top, "至" + end, 4.3, field="valid_to")
    label = str(facts["issuer_label"])
    sheet.text(186, 158, label, 4.8, face="hei")
    if rng.random() < 0.5:
        sheet.text(212, 158, str(facts["issuer"]), 4.4, field="issuing_authority")
    if kind != "public_institution_certificate":
        split_date(sheet, 204, 170, valid_from, rng)
        truth["issued_on"] = valid_from.isoformat()
    else:
        old = number("public_institution_certificate", rng)
        sheet.text(28, 181, old, 3.2, field="certificate_number")
        truth["certificate_number"] = old
    if issuer_seal:
        marks.seal(sheet, 236, 160, str(facts["issuer"]), size=42, turn=rng.uniform(-15, 15), faded=faded, seed=seed)
    if rng.random() < 0.6:
        marks.qr(sheet, 30, 152, 22, f"http://zs.example.invalid/?c={body.uscc}")
    sheet.text(148.5, 193, "请于每年3月31日前报送上一年度的年度报告", 3.2, anchor="centre", colour=(100, 96, 90))
    if own_seal:
        marks.own_seal(sheet, body.name, x=112, y=172, seed=seed, faded=faded)
    return Paper(kind, [sheet], truth)
