"""The certificates besides licence and CMA: CNAS, approvals, authorizations, agency and school licences, calibration …

Each function gives a :class:`~papers.sheet.Paper`; :data:`MAKERS` lists them by kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date

from papers import invent, marks
from papers.dates import any_form, spelled
from papers.invent import Institution, ScopeRow, number, years_later
from papers.sheet import Paper, Sheet

Row = tuple[str, str, str | None]
"""(label, value, field)."""


def _plain(day: date) -> str:
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def _frame(rng: random.Random, *, landscape: bool, colour: tuple[int, int, int] | None = None) -> Sheet:
    sheet = Sheet(297, 210) if landscape else Sheet(210, 297)
    sheet.paper = rng.choice(((255, 255, 253), (252, 250, 243), (250, 252, 248)))
    tone = colour or rng.choice(((150, 120, 80), (120, 140, 110), (110, 120, 150), (170, 90, 70)))
    if rng.random() < 0.85:
        marks.tint(sheet, style=rng.choice(("weave", "waves", "rays")), colour=tuple(min(255, c + 95) for c in tone))  # type: ignore[arg-type]
    marks.border(
        sheet,
        inset=rng.uniform(8, 13),
        band=rng.uniform(5, 10),
        colour=tone,
        style=rng.choice(("waves", "scallop", "meander", "lines")),
    )
    sheet.shift = (rng.uniform(-0.8, 1.2), rng.uniform(-1.8, 0.9))
    return sheet


def _rows(
    sheet: Sheet,
    rows: Sequence[Row],
    x: float,
    y: float,
    label_wide: float,
    wide: float,
    rng: random.Random,
    *,
    size: float = 4.6,
    step: float = 11.0,
    spread: bool | None = None,
    colon: bool | None = None,
) -> float:
    """Labelled lines one under the other; returns the y below."""
    spread = rng.random() < 0.6 if spread is None else spread
    colon = (not spread or rng.random() < 0.4) if colon is None else colon
    label_face = rng.choice(("hei", "song", "hei_bold"))
    face = rng.choice(("song", "kai", "song", "hei"))
    for label, value, field in rows:
        if spread and len(label) < 7:
            sheet.spread(x, y, label, label_wide - size, size, face=label_face)
            if colon:
                sheet.text(x + label_wide - size, y, "：", size, face=label_face)
            left = x + label_wide + 2
        else:
            run = sheet.text(x, y, label + ("：" if colon else ""), size, face=label_face)
            left = max(x + label_wide + 2 if spread else run.box[2] + 1, run.box[2] + 1)
        below = sheet.paragraph(left, y, x + wide - left, value, size, field=field, face=face, leading=1.3)
        y = max(y + step, below + 3)
    return y


def _issuer(
    sheet: Sheet,
    rng: random.Random,
    issuer: str,
    issued: date | None,
    truth: dict[str, object],
    *,
    x: float,
    y: float,
    label: str = "发证机关",
    date_label: str = "发证日期",
    seed: int,
    issuer_seal: bool,
    faded: float,
    printed: bool | None = None,
) -> None:
    printed = rng.random() < 0.6 if printed is None else printed
    sheet.text(x, y, label + "：", 4.8)
    if printed:
        sheet.text(x + 4.8 * (len(label) + 1), y, issuer, 4.8, field="issuing_authority")
    truth["issuing_authority"] = issuer
    if issued:
        form = rng.choice((_plain, spelled, _plain, lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日"))
        if rng.random() < 0.6 and date_label:
            sheet.text(x, y + 10, date_label + "：", 4.8)
            sheet.text(x + 4.8 * (len(date_label) + 1), y + 10, form(issued), 4.8, field="issued_on")
        else:
            sheet.text(x + 10, y + 11, form(issued), 4.8, field="issued_on")
        truth["issued_on"] = issued.isoformat()
    if issuer_seal:
        marks.seal(
            sheet,
            x + 38 + rng.uniform(-8, 8),
            y + 6 + rng.uniform(-5, 6),
            issuer,
            size=40,
            turn=rng.uniform(-15, 15),
            faded=faded,
            seed=seed,
        )


def _stamp(sheet: Sheet, body: Institution, own_seal: bool, seed: int, faded: float) -> None:
    if own_seal:
        marks.own_seal(sheet, body.name, x=sheet.width * 0.3, y=sheet.height * 0.8, seed=seed, faded=faded)


def _base(body: Institution, **more: object) -> dict[str, object]:
    return {"holder_name": body.name} | more


# -- CNAS -----------------------------------------------------------------------------------------------------

CNAS = "中国合格评定国家认可委员会"
CNAS_EN = "China National Accreditation Service for Conformity Assessment"
_CNAS_TYPES = {
    "laboratory": ("实验室认可证书", "LABORATORY ACCREDITATION CERTIFICATE", "ISO/IEC 17025:2017《检测和校准实验室能力的通用要求》（CNAS-CL01《检测和校准实验室能力认可准则》）"),
    "inspection": ("检验机构认可证书", "INSPECTION BODY ACCREDITATION CERTIFICATE", "ISO/IEC 17020:2012《合格评定 各类检验机构能力的要求》（CNAS-CI01《检验机构能力认可准则》）"),
    "certification": ("认证机构认可证书", "CERTIFICATION BODY ACCREDITATION CERTIFICATE", "ISO/IEC 17021-1:2015《合格评定 管理体系审核认证机构要求》（CNAS-CC01）"),
}  # fmt: skip


def cnas(
    body: Institution,
    *,
    language: str = "zh",
    type: str = "laboratory",
    valid_from: date = date(2023, 7, 2),
    valid_to: date | None = None,
    rows: Sequence[ScopeRow] | None = None,
    own_seal: bool = True,
    old_layout: bool = False,
    number_: str | None = None,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """CNAS 认可证书, Chinese or English (``language`` zh, en), with its 附件 where ``rows`` is given."""
    rng = random.Random(f"cnas{seed}{body.uscc}{language}")  # noqa: S311
    until = valid_to or years_later(valid_from, 3 if old_layout else 6)
    prefix = {"laboratory": "L", "inspection": "IB", "certification": "C"}[type]
    no = number_ or (
        "CNAS "
        + prefix
        + {
            "L": str(rng.randrange(24000, 29999)),
            "IB": f"0{rng.randrange(900, 999)}",
            "C": f"{rng.randrange(800, 999)}-M",
        }[prefix]
    )
    zh_title, en_title, criteria = _CNAS_TYPES[type]
    sheet = Sheet(210, 297, paper=(253, 253, 252))
    marks.background_letters(sheet, "CNAS", colour=(240, 240, 238))
    marks.oval_mark(sheet, 62, 16, 34, "ilac-MRA")
    marks.oval_mark(sheet, 108, 17, 40, "CNAS")
    sheet.rectangle((203, 28, 210, 60), fill=(128, 20, 70))
    truth: dict[str, object] = {"certificate_number": no, "valid_to": until.isoformat()}
    start_field = "issued_on" if old_layout else "valid_from"
    truth[start_field] = valid_from.isoformat()
    if language == "zh":
        truth |= {"holder_name": body.name, "address": body.address, "issuing_authority": CNAS}
        sheet.text(105, 56, CNAS, 9.4, face="hei_bold", anchor="centre", field="issuing_authority")
        sheet.text(105, 72, zh_title, 8.6, face="hei", anchor="centre")
        sheet.text(
            105,
            88,
            rng.choice((f"（注册号：{no}）", f"(注册号：{no})")),
            4.8,
            face="hei_bold",
            anchor="centre",
            field="certificate_number",
        )
        sheet.text(32, 106, "兹证明：", 4.8, face="hei_bold")
        sheet.text(105, 117, body.name, 5.4, face="hei_bold", anchor="centre", field="holder_name")
        sheet.text(105, 127, f"（法人：{body.name}）", 4.0, face="song_bold", anchor="centre")
        y = sheet.paragraph(
            32,
            137,
            146,
            body.address + "，" + body.postcode,
            5.0,
            face="song_bold",
            anchor="centre",
            leading=2.2,
            field="address",
        )
        truth["address"] = body.address + "，" + body.postcode
        y = sheet.paragraph(
            32,
            y,
            146,
            f"符合{criteria}的要求，具备承担本证书附件所列服务能力，予以认可。",
            4.7,
            face="song_bold",
            leading=1.75,
            indent=9.4,
        )
        y = sheet.paragraph(
            32,
            y,
            146,
            "获认可的能力范围见标有相同认可注册号的证书附件，证书附件是本证书组成部分。",
            4.7,
            face="song_bold",
            leading=1.75,
            indent=9.4,
        )
        y += 2
        labels = ("签发日期：", "有效期至：", "初次认可：") if old_layout else ("生效日期：", "截止日期：", "")
        sheet.text(32, y, labels[0], 4.7, face="song_bold")
        sheet.text(56, y, valid_from.isoformat(), 4.7, face="song_bold", field=start_field)
        sheet.text(32, y + 8, labels[1], 4.7, face="song_bold")
        sheet.text(56, y + 8, until.isoformat(), 4.7, face="song_bold", field="valid_to")
        if labels[2]:
            sheet.text(32, y + 16, labels[2], 4.7, face="song_bold")
            sheet.text(
                56,
                y + 16,
                valid_from.replace(year=valid_from.year - 3).isoformat(),
                4.7,
                face="song_bold",
                field="~first",
            )
        sheet.text(24, 241, "中国合格评定国家认可委员会授权人", 4.8, face="hei_bold")
        marks.handwriting(sheet, 124, 232, invent.person(rng), size=11, seed=seed)
        marks.gold_seal(sheet, 104, y + 8, 34, CNAS)
        small = "中国合格评定国家认可委员会（CNAS）负责实施合格评定国家认可制度。\n本证书的有效性可登陆www.cnas.org.cn获认可的机构名录查询。"
    else:
        truth |= {"holder_name": body.name_en, "issuing_authority": CNAS_EN}
        where = f"Room {rng.randint(101, 909)}, Building {rng.randint(2, 9)}, No.{rng.randint(3, 300)}, {rng.choice(('Tinglan', 'Zheyan', 'Jinge'))} Road, Wuxi, Jiangsu, China"
        truth["address"] = where
        sheet.text(105, 57, CNAS_EN, 6.0, face="arial_bold", anchor="centre", field="issuing_authority")
        sheet.text(105, 68, en_title, 6.2, face="arial", anchor="centre")
        sheet.text(
            105, 77, f"(Registration No. {no} )", 4.6, face="arial_bold", anchor="centre", field="certificate_number"
        )
        sheet.text(105, 94, body.name_en, 5.4, face="arial_bold", anchor="centre", field="holder_name")
        sheet.text(105, 104, f"(Legal Entity: {body.name_en})", 4.0, face="arial_bold_italic", anchor="centre")
        y = sheet.paragraph(24, 113, 162, where, 4.8, face="arial", anchor="centre", leading=1.8, field="address")
        y = sheet.paragraph(
            24,
            y + 2,
            162,
            "is accredited in accordance with ISO/IEC 17025: 2017 General Requirements for the Competence of Testing and Calibration Laboratories (CNAS-CL01) for the competence to undertake the service described in the schedule attached to this certificate.",
            4.8,
            face="arial_bold_italic",
            leading=1.8,
        )
        y = (
            sheet.paragraph(
                24,
                y,
                162,
                "The scope of accreditation is detailed in the attached schedule bearing the same registration number as above.",
                4.8,
                face="arial_bold_italic",
                leading=1.8,
            )
            + 6
        )
        sheet.text(24, y, "Effective Date:", 4.2, face="arial_bold")
        sheet.text(56, y, valid_from.isoformat(), 4.2, face="arial_bold", field=start_field)
        sheet.text(24, y + 8, "Expiry Date:", 4.2, face="arial_bold")
        sheet.text(56, y + 8, until.isoformat(), 4.2, face="arial_bold", field="valid_to")
        sheet.text(24, 241, "Signed on behalf of " + CNAS_EN, 3.6, face="arial_bold")
        marks.handwriting(sheet, 152, 230, invent.person(rng), size=10, seed=seed)
        small = "China National Accreditation Service for Conformity Assessment (CNAS) operates the national accreditation scheme.\nThe validity of the certificate can be checked on CNAS website."
    sheet.paragraph(24, 254, 166, small, 3.2, face="hei" if language == "zh" else "arial", leading=1.45)
    sheet.polygon(
        [(0, 266), (60, 276), (140, 274), (210, 262), (210, 297), (0, 297)], (30, 62, 140), fill=(34, 62, 140)
    )
    _stamp(sheet, body, own_seal, seed, faded)
    paper = Paper("cnas_certificate", [sheet], truth, "old" if old_layout else language)
    if rows:
        sheets, items = _cnas_annex(body, no, rows, valid_from, until)
        paper.sheets += sheets
        truth["scope_items"] = items
    return paper


def _cnas_annex(
    body: Institution, no: str, rows: Sequence[ScopeRow], start: date, until: date
) -> tuple[list[Sheet], list[dict[str, object]]]:
    pages, items = [], []
    per_page = 13
    count = -(-len(rows) // per_page)
    for k in range(count):
        part = rows[k * per_page : (k + 1) * per_page]
        sheet = Sheet(297, 210)
        sheet.text(148.5, 12, CNAS, 5.2, face="hei_bold", anchor="centre")
        sheet.text(148.5, 20, "认可证书附件", 5.2, face="hei_bold", anchor="centre")
        sheet.text(18, 29, f"（注册号：{no}）", 3.8)
        sheet.text(18, 35, f"名称：{body.name}", 3.8)
        sheet.text(180, 29, f"生效日期：{start.isoformat()}　截止日期：{until.isoformat()}", 3.6)
        table: list[list[str | None]] = [
            ["序号", "检测对象", "项目/参数", "<", "领域代码", "检测标准（方法）", "说明", "生效日期"],
            [None, None, "序号", "名称", None, None, None, None],
        ]
        for n, row in enumerate(part):
            first = n == 0 or part[n - 1].category != row.category
            index = len({r.category for r in rows[: k * per_page + n + 1]})
            within = sum(1 for r in rows[: k * per_page + n + 1] if r.category == row.category)
            table.append(
                [
                    str(index) if first else None,
                    row.category if first else None,
                    str(within),
                    row.item,
                    "0201",
                    f"{row.title} {row.standard}".strip(),
                    row.limitation,
                    start.isoformat(),
                ]
            )
            items.append(row.truth(2 + k))
        sheet.table(14, 42, (12, 32, 12, 36, 20, 98, 30, 28), table, size=3.2, headers=2, centre=(0, 2, 4))
        sheet.text(148.5, 200, f"第 {k + 1} 页 共 {count} 页", 3.4, anchor="centre")
        pages.append(sheet)
    return pages, items


# -- approvals and authorizations -------------------------------------------------------------------------------


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
    rng = random.Random(f"approval{seed}{body.uscc}")  # noqa: S311
    until = valid_to or years_later(valid_from, 6)
    no = number("certification_body_approval", rng, valid_from)
    sheet = _frame(rng, landscape=rng.random() < 0.4)
    cx, landscape = sheet.width / 2, sheet.width > sheet.height
    marks.emblem(sheet, cx, 34, 26)
    top = 52.0
    marks.gilded(sheet, cx, top, "认证机构批准书", 13, spacing=3, dark=0.6)
    left = 34.0
    sheet.text(sheet.width - 36, top + 22, f"批准号：{no}", 4.6, anchor="right", field="certificate_number")
    rows: list[Row] = [("机构名称", body.name, "holder_name"), ("地址", body.address, "address")]
    truth = _base(body, address=body.address, certificate_number=no, scope_text=scope, valid_to=until.isoformat())
    if rng.random() < 0.6:
        rows.append(("法定代表人", body.person, "legal_representative"))
        truth["legal_representative"] = body.person
    rows.append((rng.choice(("批准范围", "业务范围")), scope, "scope_text"))
    y = _rows(sheet, rows, left, top + 34, 30, sheet.width - 2 * left, rng, step=10 if landscape else 13)
    both = rng.random() < 0.5 if both_dates is None else both_dates
    sheet.text(left, y, "有效期：" if both else "有效期至：", 4.6)
    if both:
        sheet.text(left + 20, y, f"自{_plain(valid_from)}至{_plain(until)}", 4.6, field="valid_to")
        truth["valid_from"] = valid_from.isoformat()
    else:
        sheet.text(left + 24, y, _plain(until), 4.6, field="valid_to")
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
    return Paper("certification_body_approval", [sheet], truth)


_METERS = (
    ("电子天平", "1mg～50kg", "Ⅱ级", "JJG 1036-2022"), ("数字压力计", "（-0.1～60）MPa", "0.05级", "JJG 875-2019"),
    ("工作用玻璃液体温度计", "（-30～300）℃", "MPE：±0.5℃", "JJG 130-2011"), ("卡尺", "（0～500）mm", "MPE：±0.03mm", "JJG 30-2012"),
    ("砝码", "1mg～20kg", "F2等级", "JJG 99-2022"), ("数字多用表", "DCV：10mV～1000V", "0.01级", "JJF 1587-2016"),
)  # fmt: skip


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
    rng = random.Random(f"authorization{seed}{body.uscc}")  # noqa: S311
    until = valid_to or years_later(valid_from, 5)
    no = number("metrology_authorization", rng, valid_from)
    sheet = _frame(rng, landscape=False)
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
    y = _rows(sheet, rows, 34, 104, 30, 142, rng, step=14)
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
    truth = _base(body, address=body.address, certificate_number=no, scope_text=scope, valid_to=until.isoformat())
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
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
    rng = random.Random(f"standard{seed}{body.uscc}")  # noqa: S311
    until = valid_to or years_later(issued_on, 5)
    no = number("measurement_standard_certificate", rng, issued_on)
    sheet = _frame(rng, landscape=False)
    sheet.text(105, 30, "计量标准考核证书", 11, face="hei_bold", anchor="centre", spacing=2)
    sheet.text(178, 50, f"证书编号：{no}", 4.2, anchor="right", field="certificate_number")
    name, reach, grade, rule = rng.choice(_METERS)
    rows: list[Row] = [
        ("计量标准名称", f"{name}检定装置", None), ("计量标准代码", f"{rng.randrange(10000000, 99999999)}", None),
        (rng.choice(("建标单位名称", "建标单位")), body.name, "holder_name"), ("地址", body.address, "address"),
        ("测量范围", reach, None), ("不确定度/准确度等级", grade, None),
    ]  # fmt: skip
    y = _rows(sheet, rows, 28, 62, 34, 154, rng, step=10.5, size=4.3)
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
        sheet.text(50, y + 18 + 9 * k, _plain(day), 4.4, field=field)
    truth = _base(
        body, address=body.address, certificate_number=no, issued_on=issued_on.isoformat(), valid_to=until.isoformat()
    )
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
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
    rng = random.Random(f"special{seed}{body.uscc}")  # noqa: S311
    until = valid_to or years_later(issued_on, 4)
    no = f"TS7{rng.randrange(100000, 999999)}-{until.year}"
    sheet = _frame(rng, landscape=rng.random() < 0.5, colour=(90, 130, 110))
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
    y = _rows(
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
    truth = _base(
        body,
        address=body.address,
        certificate_number=no,
        valid_to=until.isoformat(),
        scope_items=[{"category": a, "item": b, "standard": "", "limitation": c, "page": 1} for a, b, c in items],
    )
    y = max(y + 8, sheet.height * (0.68 if landscape else 0.66))
    sheet.text(30, y, "有效期至：", 4.6)
    sheet.text(54, y, _plain(until), 4.6, field="valid_to")
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
    return Paper("special_equipment_licence", [sheet], truth)


# -- IP, HR, schools --------------------------------------------------------------------------------------------


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
    rng = random.Random(f"patent{seed}{body.uscc}")  # noqa: S311
    no = number("patent_agency_licence", rng)
    sheet = _frame(rng, landscape=True)
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
        ("批准日期", _plain(issued_on), None),
    ]
    _rows(sheet, left, 30, 72, 34, 122, rng, step=13, spread=True)
    _rows(sheet, right, 162, 72, 30, 112, rng, step=13, spread=False)
    truth = _base(
        body,
        certificate_number=no,
        address=body.address,
        holder_uscc=body.uscc,
        legal_representative=body.person,
        entity_type="合伙企业" if partnership else "有限责任公司",
    )
    _issuer(
        sheet, rng, "国家知识产权局", issued_on, truth, x=182, y=150, seed=seed, issuer_seal=issuer_seal, faded=faded
    )
    _stamp(sheet, body, own_seal, seed, faded)
    return Paper("patent_agency_licence", [sheet], truth)


def hr_service(
    body: Institution,
    *,
    issued_on: date = date(2023, 8, 1),
    valid_to: date | None | str = "five",
    scope: str = "为用人单位招用人员和劳动者求职提供服务；职业中介活动；职业指导",
    own_seal: bool = True,
    issuer_seal: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """人力资源服务许可证; ``valid_to`` a date, "five" (years), "long" or None."""
    rng = random.Random(f"hr{seed}{body.uscc}")  # noqa: S311
    until = years_later(issued_on, 5) if valid_to == "five" else valid_to
    no = number("hr_service_licence", rng, issued_on)
    sheet = _frame(rng, landscape=True)
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
    truth = _base(
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
        right.append(("有效期限", f"{_plain(issued_on)}至{_plain(until)}", "valid_to"))
        truth |= {"valid_to": until.isoformat(), "valid_from": issued_on.isoformat()}
    _rows(sheet, left, 28, 78, 32, 122, rng, step=13, spread=False)
    _rows(sheet, right, 160, 78, 28, 112, rng, step=13, spread=True)
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
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
    rng = random.Random(f"school{seed}{body.uscc}")  # noqa: S311
    until = valid_to or years_later(valid_from, 4)
    no = number("private_school_licence", rng)
    sheet = _frame(rng, landscape=True)
    sheet.text(148.5, 26, "中华人民共和国", 6, face="song_bold", anchor="centre", spacing=2)
    marks.gilded(sheet, 148.5, 36, "民办学校办学许可证", 12, spacing=3, dark=0.5)
    copy = rng.choice(("正本", "副本"))
    sheet.text(148.5, 51, f"（{copy}）", 4.8, anchor="centre")
    sheet.text(40, 60, f"证号：{no}" if rng.random() < 0.5 else no, 4.4, field="certificate_number")
    left: list[Row] = [
        ("名称", body.name, "holder_name"),
        ("地址", body.address, "address"),
        ("校长", body.person, "legal_representative"),
        ("学校类型", "其他文化教育培训机构" if rng.random() < 0.4 else "职业技能培训机构", None),
    ]
    right: list[Row] = [
        ("举办者", invent.person(rng), None),
        ("办学内容", content, "scope_text"),
        ("主管部门", f"{body.city}人力资源和社会保障局", None),
        ("有效期限", f"自{_plain(valid_from)}至{_plain(until)}", "valid_to"),
    ]
    _rows(sheet, left, 28, 72, 30, 122, rng, step=13, spread=True)
    _rows(sheet, right, 160, 72, 28, 114, rng, step=13, spread=True)
    truth = _base(
        body,
        address=body.address,
        certificate_number=no,
        scope_text=content,
        valid_from=valid_from.isoformat(),
        valid_to=until.isoformat(),
        legal_representative=body.person,
    )
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
    return Paper("private_school_licence", [sheet], truth)


# -- management systems and calibration -----------------------------------------------------------------------------

_SYSTEMS = {
    "quality": ("质量管理体系认证证书", "GB/T 19001-2016/ISO 9001:2015", "Q", "QUALITY MANAGEMENT SYSTEM CERTIFICATE"),
    "environment": ("环境管理体系认证证书", "GB/T 24001-2016/ISO 14001:2015", "E", "ENVIRONMENTAL MANAGEMENT SYSTEM CERTIFICATE"),
    "safety": ("职业健康安全管理体系认证证书", "GB/T 45001-2020/ISO 45001:2018", "S", "OCCUPATIONAL HEALTH AND SAFETY MANAGEMENT SYSTEM CERTIFICATE"),
    "food": ("食品安全管理体系认证证书", "ISO 22000:2018", "F", "FOOD SAFETY MANAGEMENT SYSTEM CERTIFICATE"),
}  # fmt: skip


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
    """A management system certificate; ``layout`` plain, logo or bilingual; ``spread``: Chinese and English side by side."""
    rng = random.Random(f"system{seed}{body.uscc}{system}")  # noqa: S311
    until = valid_to or years_later(issued_on, 3)
    title, standard, letter, english = _SYSTEMS[system]
    layout = layout or rng.choice(("plain", "logo", "bilingual"))
    issuer = f"{invent.coinage(rng)}{rng.choice(('认证中心', '国际认证', '检验认证'))}有限公司"
    no = (
        f"{rng.randrange(100, 999)}{issued_on:%y}{letter}{rng.randrange(10000, 99999)}R{rng.choice(('0S', '1M', '0M'))}"
    )
    base = _frame(rng, landscape=False)
    sheet = Sheet(420, 297, paper=(58, 62, 74)) if spread else base
    if spread:
        sheet.rectangle((4, 4, 207, 293), fill=base.paper)
        sheet.rectangle((213, 4, 416, 293), fill=base.paper)
        for x in (10, 219):
            sheet.rectangle((x, 10, x + 191, 287), 0.8, (170, 140, 90))
        sheet.shift = base.shift
    truth = _base(
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
    style = rng.choice((_plain, lambda d: f"{d.year} 年 {d.month:02d} 月 {d.day:02d} 日", lambda d: d.isoformat()))
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
    _stamp(sheet, body, own_seal, seed, faded)
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


def calibration(
    body: Institution,
    *,
    verification: bool = False,
    name: str = "电子天平",
    model: str = "FB-204S",
    serial: str = "K30664",
    calibrated_on: date = date(2026, 3, 12),
    valid_to: date | None = None,
    lab: str | None = None,
    lab_seal: bool = True,
    own_seal: bool = True,
    notice: bool = False,
    recheck: bool = False,
    faded: float = 0.0,
    seed: int = 0,
    pages: int = 2,
) -> Paper:
    """校准证书 (no expiry) or 检定证书 (有效期至); ``notice``: a 检定结果通知书 instead."""
    rng = random.Random(f"calibration{seed}{body.uscc}{serial}")  # noqa: S311
    lab = lab or f"{invent.coinage(rng)}计量检测技术有限公司"
    until = valid_to or (years_later(calibrated_on, 1) if verification else None)
    no = number("calibration_certificate", rng, calibrated_on)
    title = "检定结果通知书" if notice else "检定证书" if verification else "校准证书"
    sheet = Sheet()
    if not verification:
        marks.oval_mark(sheet, 30, 18, 26, "CNAS")
        sheet.text(43, 34, f"CNAS L{rng.randrange(24000, 29999)}", 2.8, face="arial", anchor="centre")
    sheet.text(105, 22, lab, 5.6, face="song_bold", anchor="centre", field="issuing_authority")
    sheet.text(105, 44, title, 13, face="hei_bold", anchor="centre", spacing=6)
    sheet.text(
        105,
        61,
        "VERIFICATION CERTIFICATE" if verification else "CALIBRATION CERTIFICATE",
        4.6,
        face="times",
        anchor="centre",
    )
    sheet.text(105, 74, f"证书编号：{no}", 4.6, anchor="centre", field="certificate_number")
    client = rng.choice(("送检单位", "委托单位")) if verification else rng.choice(("委托方", "委托单位", "客户名称"))
    rows: list[tuple[str, str, str, str | None]] = [(client, "Client", body.name, "holder_name")]
    truth = _base(
        body,
        certificate_number=no,
        instrument_name=name,
        instrument_model=model,
        instrument_serial=serial,
        calibrated_on=calibrated_on.isoformat(),
        issuing_authority=lab,
    )
    if rng.random() < 0.7 and not verification:
        rows.append((rng.choice(("委托方地址", "地址")), "Address", body.address, "address"))
        truth["address"] = body.address
    rows += [
        (rng.choice(("计量器具名称", "器具名称", "仪器名称")), "Name of Instrument", name, "instrument_name"), (rng.choice(("型号/规格", "型号规格")), "Model/Specification", model, "instrument_model"),
        (rng.choice(("出厂编号", "编号", "器具编号")), "Serial No.", serial, "instrument_serial"), (rng.choice(("制造单位", "制造厂")), "Manufacturer", f"{invent.coinage(rng)}仪器有限公司", None),
    ]  # fmt: skip
    if verification:
        rows += [
            ("检定依据", "Reference Document", "JJG 1036-2022 电子天平检定规程", None),
            ("检定结论", "Conclusion", "不合格" if notice else rng.choice(("合格", "符合Ⅱ级")), None),
        ]
    else:
        rows += [("校准依据", "Reference Document", "JJF 1847-2020 电子天平校准规范", None)]
        if rng.random() < 0.5:
            rows += [("接收日期", "Received on", _plain(date.fromordinal(calibrated_on.toordinal() - 3)), None)]
    y = 88.0
    bilingual = rng.random() < 0.6
    for label, english, value, field in rows:
        sheet.spread(32, y, label, 30, 4.4, face="song")
        if bilingual:
            sheet.text(32, y + 4.8, english, 2.8, face="times")
        left = 70.0
        sheet.paragraph(left, y, 108, value, 4.4, field=field, face="song")
        sheet.line(68, y + 5.6, 180, y + 5.6, 0.2)
        y += 12.4
    for n, (label, k) in enumerate((("批准人", 0), ("核验员", 1), ("检定员" if verification else "校准员", 2))):
        sheet.text(112, 196 + n * 11, label, 4.2)
        marks.handwriting(sheet, 130, 190.5 + n * 11, invent.person(rng), size=7, seed=seed + k, record=False)
    style = rng.choice((_plain, lambda d: f"{d.year} 年 {d.month:02d} 月 {d.day:02d} 日"))
    sheet.text(32, 236, "检定日期" if verification else "校准日期", 4.4)
    sheet.text(56, 236, style(calibrated_on), 4.4, field="calibrated_on")
    if until and verification and not notice:
        sheet.text(32, 246, "有效期至", 4.4)
        sheet.text(56, 246, style(until), 4.4, field="valid_to")
        truth["valid_to"] = until.isoformat()
    elif recheck or (until and not verification):
        again = until or years_later(calibrated_on, 1)
        sheet.text(32, 246, "建议复校日期", 4.4)
        sheet.text(62, 246, style(again), 4.4, field="~recheck")
    if lab_seal:
        marks.seal(
            sheet,
            140,
            240,
            lab,
            size=38,
            centre="检定专用章" if verification else "校准专用章",
            turn=rng.uniform(-10, 10),
            faded=faded,
            seed=seed,
        )
    sheet.text(32, 262, f"地址：{invent.address(rng, '320205')[0]}　电话：{body.phone}", 3.0)
    sheet.text(105, 284, f"第 1 页 共 {pages} 页", 3.6, anchor="centre")
    if own_seal:
        marks.own_seal(sheet, body.name, x=158, y=150, seed=seed, faded=faded)
    sheets = [sheet]
    for n in range(2, pages + 1):
        more = Sheet()
        more.text(28, 18, f"证书编号：{no}", 4.0)
        more.text(105, 28, "检 定 结 果" if verification else "校 准 结 果", 6, face="hei_bold", anchor="centre")
        table: list[list[str | None]] = [["测量点", "示值误差", "扩展不确定度 U（k=2）"]]
        table += [
            [f"{p} g", f"{rng.choice('+-')}0.{rng.randint(1, 9)} mg", f"0.{rng.randint(2, 6)} mg"]
            for p in (1, 10, 50, 100, 200)
        ]
        more.table(30, 42, (50, 50, 50), table, size=4, min_height=9)
        more.text(30, 122, "以下空白", 4.0)
        more.text(105, 284, f"第 {n} 页 共 {pages} 页", 3.6, anchor="centre")
        sheets.append(more)
    kind = "calibration_certificate"
    return Paper(kind, sheets, truth, "notice" if notice else "verification" if verification else "calibration")


# -- others -----------------------------------------------------------------------------------------------------------


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
    rng = random.Random(f"other{seed}{body.uscc}{title}")  # noqa: S311
    until = valid_to or years_later(issued_on, 3)
    low = sheet = _frame(
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
        "安全生产许可证": ("（苏）JZ安许证字〔{}〕0{}-1/1", ("单位名称", "主要负责人", "单位地址", "许可范围"), "建筑施工", "江苏省住房和城乡建设厅", "发证机关"),
        "测绘资质证书": ("乙测资字32{}{}", ("单位名称", "法定代表人", "单位地址", "专业范围"), "工程测量、界线与不动产测绘", "江苏省自然资源厅", "发证机关"),
        "药品经营许可证": ("苏AA{}{}", ("企业名称", "法定代表人", "注册地址", "经营范围"), "中成药、化学药制剂、抗生素", "江苏省药品监督管理局", "发证机关"),
        "高新技术企业证书": ("GR{}32{}", ("企业名称", "", "", ""), "", "江苏省科学技术厅", "批准机关"),
        "建设工程质量检测机构资质证书": ("苏建检字第{}{}号", ("机构名称", "法定代表人", "地址", "检测范围"), "见证取样检测、主体结构工程现场检测", "江苏省住房和城乡建设厅", "发证机关"),
        "司法鉴定许可证": ("32{}{}", ("机构名称", "法定代表人", "机构住所", "鉴定业务范围"), "微量物证鉴定、文书鉴定", "江苏省司法厅", "发证机关"),
    }  # fmt: skip
    pattern, labels, scope, issuer, issuer_label = facts[title]
    no = pattern.format(issued_on.year, rng.randrange(1000, 9999))
    sheet.text(cx, 71, f"{rng.choice(('编号', '证书编号'))}：{no}", 4.4, anchor="centre", field="certificate_number")
    truth = _base(body, certificate_number=no, valid_to=until.isoformat())
    rows: list[Row] = [(labels[0], body.name, "holder_name")]
    for label, value, field in (
        (labels[1], body.person, "legal_representative"),
        (labels[2], body.address, "address"),
        (labels[3], scope, "scope_text"),
    ):
        if label:
            rows.append((label, value, field))
            truth[field] = value
    y = _rows(sheet, rows, 30, 84, 30, sheet.width - 60, rng, step=10.5 if landscape else 13)
    if title == "高新技术企业证书":
        sheet.text(30, y, "有效期：", 4.6)
        sheet.text(50, y, "三年", 4.6, field="valid_to")
        truth["valid_to"] = years_later(issued_on, 3).isoformat()
    else:
        sheet.text(30, y, "有效期：", 4.6)
        sheet.text(50, y, f"{_plain(issued_on)}至{_plain(until)}", 4.6, field="valid_to")
        truth["valid_from"] = issued_on.isoformat()
    _issuer(
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
    _stamp(sheet, body, own_seal, seed, faded)
    paper = Paper("other_certificate", [sheet], truth, title)
    if title == "高新技术企业证书":
        paper.notes["derived"] = "valid_to"
    return paper


MAKERS: dict[str, Callable[..., Paper]] = {
    "cnas_certificate": cnas, "certification_body_approval": approval, "metrology_authorization": metrology_authorization,
    "measurement_standard_certificate": measurement_standard, "special_equipment_licence": special_equipment,
    "patent_agency_licence": patent_agency, "hr_service_licence": hr_service, "private_school_licence": private_school,
    "management_system_certificate": management_system, "calibration_certificate": calibration, "other_certificate": other,
}  # fmt: skip
"""Kind → the function that draws it."""
OTHER_TITLES = (
    "安全生产许可证",
    "测绘资质证书",
    "药品经营许可证",
    "高新技术企业证书",
    "建设工程质量检测机构资质证书",
    "司法鉴定许可证",
)
