"""Other licences and certificates, read by their printed labels."""

from __future__ import annotations

import random
from datetime import date

from papers import marks
from papers.invent import Institution, years_later
from papers.layout import Row, framed, issued_by, labelled, made_out_to, plain, split_date, stamp_copy
from papers.sheet import Paper, Sheet


def other(
    body: Institution,
    *,
    title: str = "安全生产许可证",
    issued_on: date = date(2024, 5, 20),
    valid_to: date | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """Another licence or certificate, read by its printed labels."""
    rng = random.Random(f"other{seed}{body.uscc}{title}")
    until = valid_to or years_later(issued_on, 3)
    low = sheet = framed(
        rng, landscape=rng.random() < 0.5, colour=rng.choice(((110, 160, 100), (150, 110, 90), (100, 120, 150)))
    )
    low.paper = rng.choice(((214, 240, 200), (250, 248, 240), (236, 242, 250)))
    cx = sheet.width / 2
    landscape = sheet.width > sheet.height
    marks.emblem(sheet, cx, 30, 24)
    marks.gilded(sheet, cx, 47, title, 11.5, spacing=3, dark=0.5)
    if rng.random() < 0.6:
        sheet.text(cx, 62, "（副本）", 4.8, anchor="centre")
    facts = {
        "安全生产许可证": (
            "（苏）JZ安许证字〔{}〕0{}-1/1",
            ("单位名称", "主要负责人", "单位地址", "许可范围"),
            "建筑施工",
            "江苏省住房和城乡建设厅",
            "发证机关",
        ),
        "测绘资质证书": (
            "乙测资字32{}{}",
            ("单位名称", "法定代表人", "单位地址", "专业范围"),
            "工程测量、界线与不动产测绘",
            "江苏省自然资源厅",
            "发证机关",
        ),
        "药品经营许可证": (
            "苏AA{}{}",
            ("企业名称", "法定代表人", "注册地址", "经营范围"),
            "中成药、化学药制剂、抗生素",
            "江苏省药品监督管理局",
            "发证机关",
        ),
        "高新技术企业证书": ("GR{}32{}", ("企业名称", "", "", ""), "", "江苏省科学技术厅", "批准机关"),
        "建设工程质量检测机构资质证书": (
            "苏建检字第{}{}号",
            ("机构名称", "法定代表人", "地址", "检测范围"),
            "见证取样检测、主体结构工程现场检测",
            "江苏省住房和城乡建设厅",
            "发证机关",
        ),
        "司法鉴定许可证": (
            "32{}{}",
            ("机构名称", "法定代表人", "机构住所", "鉴定业务范围"),
            "微量物证鉴定、文书鉴定",
            "江苏省司法厅",
            "发证机关",
        ),
    }
    pattern, labels, scope, issuer, issuer_label = facts[title]
    no = pattern.format(issued_on.year, rng.randrange(1000, 9999))
    sheet.text(cx, 71, f"{rng.choice(('编号', '证书编号'))}：{no}", 4.4, anchor="centre", field="certificate_number")
    truth = made_out_to(body, certificate_number=no, valid_to=until.isoformat())
    rows: list[Row] = [(labels[0], body.name, "holder_name")]
    for label, value, field in (
        (labels[1], body.person, "legal_representative"),
        (labels[2], body.address, "address"),
        (labels[3], scope, "scope_text"),
    ):
        if label:
            rows.append((label, value, field))
            truth[field] = value
    overprinted = rng.random() < 0.4
    if overprinted:
        y = _overprinted(sheet, rows, 30, 84, rng)
    else:
        y = labelled(sheet, rows, 30, 84, 30, sheet.width - 60, rng, step=10.5 if landscape else 13)
    if title == "高新技术企业证书":
        sheet.text(30, y, "有效期：", 4.6)
        sheet.text(50, y, "三年", 4.6, field="valid_to")
        truth["valid_to"] = years_later(issued_on, 3).isoformat()
    elif overprinted:
        sheet.text(30, y, "有效期：", 5.4, face="hei")
        split_date(sheet, 54, y, issued_on, rng, size=4.4, field="valid_to", typed=0.0)
        sheet.text(94, y, "至", 4.4)
        split_date(sheet, 101, y, until, rng, size=4.4, field="valid_to", typed=0.0)
        truth["valid_from"] = issued_on.isoformat()
    else:
        sheet.text(30, y, "有效期：", 4.6)
        sheet.text(50, y, f"{plain(issued_on)}至{plain(until)}", 4.6, field="valid_to")
        truth["valid_from"] = issued_on.isoformat()
    issued_by(
        sheet,
        rng,
        issuer,
        issued_on,
        truth,
        x=sheet.width * 0.52,
        y=sheet.height * 0.76,
        label=issuer_label,
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    paper = Paper("other_certificate", [sheet], truth, title)
    if title == "高新技术企业证书":
        paper.notes["derived"] = "valid_to"
    return paper


def _overprinted(sheet: Sheet, rows: list[Row], x: float, y: float, rng: random.Random) -> float:
    """A preprinted form whose values a second machine printed lower, smaller and across what stands there."""
    sink = rng.uniform(1.2, 2.6)
    for label, value, field in rows:
        sheet.text(x, y, label + "：", 5.4, face="hei")
        sheet.paragraph(x + 32, y + sink, sheet.width - 34 - x - 32, value, 3.9, field=field, leading=1.05)
        y += 9.2
    return y


OTHER_TITLES = (
    "安全生产许可证",
    "测绘资质证书",
    "药品经营许可证",
    "高新技术企业证书",
    "建设工程质量检测机构资质证书",
    "司法鉴定许可证",
)
