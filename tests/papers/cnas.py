"""CNAS 认可证书, Chinese and English, with its 附件."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from papers import invent, marks
from papers.invent import Institution, ScopeRow, years_later
from papers.layout import stamp_copy
from papers.sheet import Paper, Sheet

CNAS = "中国合格评定国家认可委员会"


CNAS_EN = "China National Accreditation Service for Conformity Assessment"


_CNAS_TYPES = {
    "laboratory": (
        "实验室认可证书",
        "LABORATORY ACCREDITATION CERTIFICATE",
        "ISO/IEC 17025:2017《检测和校准实验室能力的通用要求》（CNAS-CL01《检测和校准实验室能力认可准则》）",
    ),
    "inspection": (
        "检验机构认可证书",
        "INSPECTION BODY ACCREDITATION CERTIFICATE",
        "ISO/IEC 17020:2012《合格评定 各类检验机构能力的要求》（CNAS-CI01《检验机构能力认可准则》）",
    ),
    "certification": (
        "认证机构认可证书",
        "CERTIFICATION BODY ACCREDITATION CERTIFICATE",
        "ISO/IEC 17021-1:2015《合格评定 管理体系审核认证机构要求》（CNAS-CC01）",
    ),
}


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
    rng = random.Random(f"cnas{seed}{body.uscc}{language}")
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
        small = (
            "中国合格评定国家认可委员会（CNAS）负责实施合格评定国家认可制度。\n本证书的有效性可登"
            "陆www.cnas.org.cn获认可的机构名录查询。"
        )
    else:
        truth |= {"holder_name": body.name_en, "issuing_authority": CNAS_EN}
        where = (
            f"Room {rng.randint(101, 909)}, Building {rng.randint(2, 9)}, No.{rng.randint(3, 300)}"
            f", {rng.choice(('Tinglan', 'Zheyan', 'Jinge'))} Road, Wuxi, Jiangsu, China"
        )
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
            (
                "is accredited in accordance with ISO/IEC 17025: 2017 General Requirements for the Co"
                "mpetence of Testing and Calibration Laboratories (CNAS-CL01) for the competence to u"
                "ndertake the service described in the schedule attached to this certificate."
            ),
            4.8,
            face="arial_bold_italic",
            leading=1.8,
        )
        y = (
            sheet.paragraph(
                24,
                y,
                162,
                (
                    "The scope of accreditation is detailed in the attached schedule bearing the same reg"
                    "istration number as above."
                ),
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
        small = (
            "China National Accreditation Service for Conformity Assessment (CNAS) operates the n"
            "ational accreditation scheme.\nThe validity of the certificate can be checked on CNA"
            "S website."
        )
    sheet.paragraph(24, 254, 166, small, 3.2, face="hei" if language == "zh" else "arial", leading=1.45)
    sheet.polygon(
        [(0, 266), (60, 276), (140, 274), (210, 262), (210, 297), (0, 297)], (30, 62, 140), fill=(34, 62, 140)
    )
    stamp_copy(sheet, body, own_seal, seed, faded)
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
