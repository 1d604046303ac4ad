"""Management system certificates (管理体系认证证书)."""

from __future__ import annotations

import random
from datetime import date

from papers import invent, marks
from papers.invent import Institution, years_later
from papers.layout import Row, framed, made_out_to, plain, stamp_copy
from papers.sheet import Paper, Sheet

_SYSTEMS = {
    "quality": ("质量管理体系认证证书", "GB/T 19001-2016/ISO 9001:2015", "Q", "QUALITY MANAGEMENT SYSTEM CERTIFICATE"),
    "environment": (
        "环境管理体系认证证书",
        "GB/T 24001-2016/ISO 14001:2015",
        "E",
        "ENVIRONMENTAL MANAGEMENT SYSTEM CERTIFICATE",
    ),
    "safety": (
        "职业健康安全管理体系认证证书",
        "GB/T 45001-2020/ISO 45001:2018",
        "S",
        "OCCUPATIONAL HEALTH AND SAFETY MANAGEMENT SYSTEM CERTIFICATE",
    ),
    "food": ("食品安全管理体系认证证书", "ISO 22000:2018", "F", "FOOD SAFETY MANAGEMENT SYSTEM CERTIFICATE"),
}


def management_system(
    body: Institution,
    *,
    system: str = "quality",
    issued_on: date = date(2024, 12, 4),
    valid_to: date | None = None,
    scope: str = "检验检测技术服务、计量技术咨询及相关管理活动",
    own_seal: bool = True,
    layout: str | None = None,
    spread: bool = False,
    seal_colour: str = "red",
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """A management system certificate; ``layout`` plain, logo or bilingual; ``spread``: two languages."""
    rng = random.Random(f"system{seed}{body.uscc}{system}")
    until = valid_to or years_later(issued_on, 3)
    title, standard, letter, english = _SYSTEMS[system]
    layout = layout or rng.choice(("plain", "logo", "bilingual"))
    issuer = f"{invent.coinage(rng)}{rng.choice(('认证中心', '国际认证', '检验认证'))}有限公司"
    no = (
        f"{rng.randrange(100, 999)}{issued_on:%y}{letter}{rng.randrange(10000, 99999)}R{rng.choice(('0S', '1M', '0M'))}"
    )
    base = framed(rng, landscape=False)
    sheet = Sheet(420, 297, paper=(58, 62, 74)) if spread else base
    if spread:
        sheet.rectangle((4, 4, 207, 293), fill=base.paper)
        sheet.rectangle((213, 4, 416, 293), fill=base.paper)
        for x in (10, 219):
            sheet.rectangle((x, 10, x + 191, 287), 0.8, (170, 140, 90))
        sheet.shift = base.shift
    truth = made_out_to(
        body,
        holder_uscc=body.uscc,
        address=body.address,
        certificate_number=no,
        scope_text=scope,
        issued_on=issued_on.isoformat(),
        valid_to=until.isoformat(),
        issuing_authority=issuer,
    )
    tone = rng.choice(((40, 60, 120), (150, 40, 40), (40, 90, 80)))
    marks.oval_mark(sheet, 88, 20, 34, letter + "CC", colour=tone)
    sheet.text(
        105,
        46,
        title,
        9.6 if len(title) < 12 else 8.4,
        face=rng.choice(("hei_bold", "song_bold")),
        anchor="centre",
        spacing=1.4,
        colour=rng.choice(((40, 38, 36), (140, 104, 50))),
    )
    if layout == "bilingual":
        sheet.text(105, 58, english, 4.4, face="times", anchor="centre")
    number_label = rng.choice(("证书编号", "注册号", "证书号"))
    sheet.text(176, 66, f"{number_label}：{no}", 4.0, anchor="right", field="certificate_number")
    sheet.text(105, 76, "兹证明", 5, anchor="centre", face="song", spacing=2)
    sheet.text(
        105, 87, body.name, 6.2 if len(body.name) < 20 else 5.2, face="hei_bold", anchor="centre", field="holder_name"
    )
    sheet.text(105, 99, f"统一社会信用代码：{body.uscc}", 4.0, anchor="centre", field="holder_uscc")
    y = 108.0
    if rng.random() < 0.6:
        for label in ("注册地址", "经营地址"):
            sheet.text(28, y, f"{label}：", 4.0)
            sheet.paragraph(48, y, 118, body.address, 4.0, field="address" if label == "注册地址" else "~")
            sheet.text(160, y + 6, f"邮编：{body.postcode}", 4.0)
            y += 12
    else:
        y = sheet.paragraph(28, y, 154, body.address, 4.2, anchor="centre", field="address") + 4
    sheet.text(
        105,
        y + 2,
        rng.choice(("管理体系符合", "建立的管理体系符合标准", f"{title[:-4]}符合")),
        4.8,
        anchor="centre",
        face="hei",
    )
    sheet.text(105, y + 12, standard, 5.0, anchor="centre", face="times_bold")
    sheet.text(
        105,
        y + 22,
        rng.choice(("认证覆盖范围", "适用范围", "通过认证范围如下", "覆盖范围")) + "：",
        4.6,
        anchor="centre",
        face="hei",
    )
    y = sheet.paragraph(28, y + 31, 154, scope, 4.6, anchor="centre", field="scope_text", face="hei", leading=1.4)
    first = issued_on.replace(year=issued_on.year - 3, day=min(28, issued_on.day))
    lines: list[Row] = []
    style = rng.choice((plain, lambda d: f"{d.year} 年 {d.month:02d} 月 {d.day:02d} 日", lambda d: d.isoformat()))
    if rng.random() < 0.6:
        lines.append((rng.choice(("初次发证日期", "首次发证日期")), style(first), None))
    lines.append((rng.choice(("发证日期", "颁证日期")), style(issued_on), "issued_on"))
    if rng.random() < 0.5:
        lines.append(
            (rng.choice(("换证日期", "证书换发日期")), style(issued_on.replace(day=min(28, issued_on.day))), None)
        )
    lines.append((rng.choice(("有效期至", "证书有效期至", "有效期截止日期")), style(until), "valid_to"))
    y = max(y + 4, 196)
    for label, value, field in lines:
        sheet.text(30, y, label + "：", 4.0)
        sheet.text(30 + 4.0 * (len(label) + 1), y, value, 4.0, field=field)
        y += 6.6
    sheet.text(30, 230, "签发：", 4.2)
    marks.handwriting(sheet, 42, 224, invent.person(rng), size=8, seed=seed)
    colour = {"red": marks.SEAL_RED, "black": (70, 70, 74), "blue": (50, 70, 170)}[seal_colour]
    marks.seal(
        sheet,
        150,
        222,
        issuer,
        size=36,
        centre=rng.choice((None, "证书专用章")),
        colour=colour,
        colour_name=seal_colour,
        turn=rng.uniform(-8, 8),
        faded=faded,
        seed=seed,
    )
    sheet.text(105, 248, issuer, 4.8, face="hei", anchor="centre", field="issuing_authority")
    sheet.text(105, 256, f"批准号：CNCA-R-{rng.randrange(2002, 2022)}-{rng.randrange(100, 999)}", 3.4, anchor="centre")
    for n, mark in enumerate(("IAF", "CNAS")):
        marks.oval_mark(sheet, 56 + 24 * n, 262, 20, mark, colour=(50, 60, 130))
    marks.qr(sheet, 160, 256, 18, f"http://cx.example.invalid/?id={no}")
    sheet.text(
        105, 278, "本证书信息可在国家认证认可监督管理委员会官方网站（www.cnca.gov.cn）查询", 3.0, anchor="centre"
    )
    if spread:
        _english_face(sheet, body, english, standard, no, issued_on, until, x=314)
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("management_system_certificate", [sheet], truth, "spread" if spread else layout)


def _english_face(
    sheet: Sheet, body: Institution, title: str, standard: str, no: str, issued: date, until: date, *, x: float
) -> None:
    half = title.split(" SYSTEM")[0]
    sheet.text(x, 44, half, 6, face="times", anchor="centre")
    sheet.text(x, 53, "SYSTEM CERTIFICATE", 6, face="times", anchor="centre")
    sheet.text(x + 70, 66, f"Certificate No.: {no}", 3.8, face="times", anchor="right")
    sheet.text(x, 84, body.name_en.upper(), 5.4, face="times_bold", anchor="centre")
    sheet.text(x, 96, f"Unified Social Credit Code: {body.uscc}", 3.8, face="times", anchor="centre")
    sheet.text(x, 118, "has been audited to conform to", 4, face="times", anchor="centre")
    sheet.text(x, 128, standard, 4.8, face="times", anchor="centre")
    sheet.text(x, 140, "The scope of certification", 4, face="times", anchor="centre")
    sheet.paragraph(
        x - 70,
        150,
        140,
        "Technical service of inspection and testing, metrology consulting and related management activities",
        4.4,
        face="times",
        anchor="centre",
    )
    sheet.text(x - 70, 196, f"Date of issue: {issued:%B} {issued.day}, {issued.year}", 3.8, face="times")
    sheet.text(x - 70, 203, f"Date of expiry: {until:%B} {until.day}, {until.year}", 3.8, face="times")
