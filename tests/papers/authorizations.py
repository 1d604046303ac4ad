"""认证机构批准书, 计量授权证书, 计量标准考核证书, 特种设备检验检测机构核准证."""

from __future__ import annotations

import random
from datetime import date

from papers import marks
from papers.dates import any_form
from papers.invent import Institution, number, years_later
from papers.layout import Row, framed, issued_by, labelled, made_out_to, plain, stamp_copy
from papers.sheet import Paper, Sheet


def approval(
    body: Institution,
    *,
    valid_from: date = date(2023, 3, 6),
    valid_to: date | None = None,
    scope: str = "管理体系认证：质量管理体系认证、环境管理体系认证、职业健康安全管理体系认证；产品认证：工业产品",
    both_dates: bool | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """认证机构批准书."""
    rng = random.Random(f"approval{seed}{body.uscc}")
    until = valid_to or years_later(valid_from, 6)
    no = number("certification_body_approval", rng, valid_from)
    sheet = framed(rng, landscape=rng.random() < 0.4)
    cx, landscape = sheet.width / 2, sheet.width > sheet.height
    marks.emblem(sheet, cx, 34, 26)
    top = 52.0
    marks.gilded(sheet, cx, top, "认证机构批准书", 13, spacing=3, dark=0.6)
    left = 34.0
    sheet.text(sheet.width - 36, top + 22, f"批准号：{no}", 4.6, anchor="right", field="certificate_number")
    rows: list[Row] = [("机构名称", body.name, "holder_name"), ("地址", body.address, "address")]
    truth = made_out_to(body, address=body.address, certificate_number=no, scope_text=scope, valid_to=until.isoformat())
    if rng.random() < 0.6:
        rows.append(("法定代表人", body.person, "legal_representative"))
        truth["legal_representative"] = body.person
    rows.append((rng.choice(("批准范围", "业务范围")), scope, "scope_text"))
    y = labelled(sheet, rows, left, top + 34, 30, sheet.width - 2 * left, rng, step=10 if landscape else 13)
    both = rng.random() < 0.5 if both_dates is None else both_dates
    sheet.text(left, y, "有效期：" if both else "有效期至：", 4.6)
    if both:
        sheet.text(left + 20, y, f"自{plain(valid_from)}至{plain(until)}", 4.6, field="valid_to")
        truth["valid_from"] = valid_from.isoformat()
    else:
        sheet.text(left + 24, y, plain(until), 4.6, field="valid_to")
    issued_by(
        sheet,
        rng,
        "国家认证认可监督管理委员会",
        valid_from,
        truth,
        x=sheet.width * 0.5,
        y=sheet.height * 0.76,
        label="批准机关",
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("certification_body_approval", [sheet], truth)


_METERS = (
    ("电子天平", "1mg～50kg", "Ⅱ级", "JJG 1036-2022"),
    ("数字压力计", "（-0.1～60）MPa", "0.05级", "JJG 875-2019"),
    ("工作用玻璃液体温度计", "（-30～300）℃", "MPE：±0.5℃", "JJG 130-2011"),
    ("卡尺", "（0～500）mm", "MPE：±0.03mm", "JJG 30-2012"),
    ("砝码", "1mg～20kg", "F2等级", "JJG 99-2022"),
    ("数字多用表", "DCV：10mV～1000V", "0.01级", "JJF 1587-2016"),
)


def metrology_authorization(
    body: Institution,
    *,
    valid_from: date = date(2023, 6, 1),
    valid_to: date | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    annex: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """计量授权证书 with its table of authorised verifications."""
    rng = random.Random(f"authorization{seed}{body.uscc}")
    until = valid_to or years_later(valid_from, 5)
    no = number("metrology_authorization", rng, valid_from)
    sheet = framed(rng, landscape=False)
    marks.emblem(sheet, 105, 42, 28)
    sheet.text(
        105,
        66,
        rng.choice(("计量授权证书", "法定计量检定机构计量授权证书", "专项计量授权证书")),
        10 if rng.random() < 0.5 else 9,
        face="hei_bold",
        anchor="centre",
        spacing=1.6,
    )
    sheet.text(174, 86, f"{rng.choice(('证书编号', '编号'))}：{no}", 4.4, anchor="right", field="certificate_number")
    items = "；".join(name for name, *_ in _METERS[:4])
    scope = "见附件" if annex else f"检定：{items}"
    rows: list[Row] = [
        (rng.choice(("机构名称", "被授权单位", "被授权机构")), body.name, "holder_name"),
        ("地址", body.address, "address"),
        ("授权类型", rng.choice(("专项授权", "法定计量检定机构")), None),
        ("授权项目", scope, "scope_text"),
    ]
    y = labelled(sheet, rows, 34, 104, 30, 142, rng, step=14)
    sheet.paragraph(
        34,
        y,
        142,
        "依据《中华人民共和国计量法》有关规定，经考核合格，授权你机构开展上述项目的计量检定工作。",
        4.6,
        leading=1.6,
        indent=9,
    )
    sheet.text(34, y + 24, "有效期至：", 4.6)
    sheet.text(58, y + 24, any_form(until, rng), 4.6, field="valid_to")
    truth = made_out_to(body, address=body.address, certificate_number=no, scope_text=scope, valid_to=until.isoformat())
    issued_by(
        sheet,
        rng,
        "江苏省市场监督管理局",
        valid_from,
        truth,
        x=104,
        y=226,
        label=rng.choice(("授权机关", "发证机关", "授权部门")),
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    sheets = [sheet]
    if annex:
        more = Sheet(297, 210)
        more.text(148.5, 16, "计量授权证书附件", 6, face="hei_bold", anchor="centre")
        more.text(20, 28, f"证书编号：{no}", 3.8)
        more.text(20, 34, f"机构名称：{body.name}", 3.8)
        table: list[list[str | None]] = [
            ["序号", "项目名称", "测量范围", "准确度等级/不确定度", "依据规程/规范", "备注"]
        ]
        table += [[str(n), a, b, c, d, rng.choice(("检定", ""))] for n, (a, b, c, d) in enumerate(_METERS, 1)]
        more.table(20, 44, (14, 64, 58, 48, 48, 24), table, size=3.6, centre=(0,))
        sheets.append(more)
        truth["scope_items"] = [
            {"category": "", "item": a, "standard": d, "limitation": b, "page": 2} for a, b, c, d in _METERS
        ]
    return Paper("metrology_authorization", sheets, truth)


def measurement_standard(
    body: Institution,
    *,
    issued_on: date = date(2023, 9, 14),
    valid_to: date | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """计量标准考核证书."""
    rng = random.Random(f"standard{seed}{body.uscc}")
    until = valid_to or years_later(issued_on, 5)
    no = number("measurement_standard_certificate", rng, issued_on)
    sheet = framed(rng, landscape=False)
    sheet.text(105, 30, "计量标准考核证书", 11, face="hei_bold", anchor="centre", spacing=2)
    sheet.text(178, 50, f"证书编号：{no}", 4.2, anchor="right", field="certificate_number")
    name, reach, grade, rule = rng.choice(_METERS)
    rows: list[Row] = [
        ("计量标准名称", f"{name}检定装置", None),
        ("计量标准代码", f"{rng.randrange(10000000, 99999999)}", None),
        (rng.choice(("建标单位名称", "建标单位")), body.name, "holder_name"),
        ("地址", body.address, "address"),
        ("测量范围", reach, None),
        ("不确定度/准确度等级", grade, None),
    ]
    y = labelled(sheet, rows, 28, 62, 34, 154, rng, step=10.5, size=4.3)
    sheet.text(28, y + 1, "可开展的检定或校准项目", 4.4, face="hei")
    y = sheet.table(
        28,
        y + 9,
        (50, 44, 30, 32),
        [["名称", "测量范围", "准确度等级", "依据文件"], [name, reach, grade, rule]],
        size=3.6,
    )
    sheet.text(28, y + 6, "存放地点：", 4.3)
    sheet.text(50, y + 6, f"{body.city}计量楼{rng.randint(101, 520)}室", 4.3)
    for k, (label, day, field) in enumerate(
        (("发证日期：", issued_on, "issued_on"), ("有效期至：", until, "valid_to"))
    ):
        sheet.text(28, y + 18 + 9 * k, label, 4.4)
        sheet.text(50, y + 18 + 9 * k, plain(day), 4.4, field=field)
    truth = made_out_to(
        body, address=body.address, certificate_number=no, issued_on=issued_on.isoformat(), valid_to=until.isoformat()
    )
    issued_by(
        sheet,
        rng,
        "无锡市市场监督管理局",
        None,
        truth,
        x=104,
        y=min(258, y + 40),
        label=rng.choice(("主持考核单位", "发证机关", "发证单位")),
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("measurement_standard_certificate", [sheet], truth)


def special_equipment(
    body: Institution,
    *,
    issued_on: date = date(2023, 5, 18),
    valid_to: date | None = None,
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """特种设备检验检测机构核准证."""
    rng = random.Random(f"special{seed}{body.uscc}")
    until = valid_to or years_later(issued_on, 4)
    no = f"TS7{rng.randrange(100000, 999999)}-{until.year}"
    sheet = framed(rng, landscape=rng.random() < 0.5, colour=(90, 130, 110))
    cx, landscape = sheet.width / 2, sheet.width > sheet.height
    sheet.text(cx, 24, "中华人民共和国", 6.4, face="song_bold", anchor="centre", spacing=2)
    sheet.text(
        cx,
        34,
        rng.choice(("特种设备检验检测机构核准证", "特种设备检验检测机构核准证（综合检验机构）")),
        9.2,
        face="hei_bold",
        anchor="centre",
        spacing=1,
    )
    sheet.text(cx, 50, f"编号：{no}", 4.6, anchor="centre", field="certificate_number")
    y = labelled(
        sheet,
        [
            ("机构名称", body.name, "holder_name"),
            (rng.choice(("机构地址", "办公地址", "住所")), body.address, "address"),
        ],
        30,
        62,
        30,
        sheet.width - 60,
        rng,
        step=10,
    )
    sheet.text(30, y, "核准项目：", 4.6, face="hei")
    items = [
        ("DD1", "电梯定期检验", "曳引驱动乘客电梯"),
        ("QD1", "起重机械定期检验", "桥式、门式起重机"),
        ("GD1", "锅炉定期检验", "额定工作压力≤2.5MPa"),
    ][: rng.randint(2, 3)]
    y = sheet.table(
        30,
        y + 8,
        (28, (sheet.width - 88) / 2, (sheet.width - 88) / 2),
        [["项目代码", "核准项目", "范围"], *items],
        size=3.8,
        fields={(r, c): "scope_text" for r in range(1, len(items) + 1) for c in range(3)},
    )
    truth = made_out_to(
        body,
        address=body.address,
        certificate_number=no,
        valid_to=until.isoformat(),
        scope_items=[{"category": a, "item": b, "standard": "", "limitation": c, "page": 1} for a, b, c in items],
    )
    y = max(y + 8, sheet.height * (0.68 if landscape else 0.66))
    sheet.text(30, y, "有效期至：", 4.6)
    sheet.text(54, y, plain(until), 4.6, field="valid_to")
    issued_by(
        sheet,
        rng,
        "江苏省市场监督管理局",
        issued_on,
        truth,
        x=sheet.width * 0.52,
        y=y + 4,
        seed=seed,
        issuer_seal=issuer_seal,
        faded=faded,
    )
    if rng.random() < 0.5:
        marks.qr(sheet, 30, y + 12, 20, f"http://ts.example.invalid/{no}")
    stamp_copy(sheet, body, own_seal, seed, faded)
    return Paper("special_equipment_licence", [sheet], truth)
