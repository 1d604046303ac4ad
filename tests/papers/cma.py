"""检验检测机构资质认定证书 with its 附表."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from papers import marks
from papers.dates import any_form
from papers.invent import FOOD, Institution, ScopeRow, cma_number, years_later
from papers.sheet import Paper, Sheet

ISSUER = "江苏省市场监督管理局"


def certificate(
    body: Institution,
    *,
    issued_on: date = date(2022, 3, 2),
    valid_to: date | None = None,
    number: str | None = None,
    rows: Sequence[ScopeRow] | None = FOOD[:10],
    own_seal: bool = True,
    issuer_seal: bool = True,
    issuer: str = ISSUER,
    rules: str = "all",
    show_titles: bool = True,
    faded: float = 0.0,
    ugly: float = 0.5,
    code: bool = False,
    cover: bool = True,
    seed: int = 0,
) -> Paper:
    """The certificate page, and its annex where ``rows`` is given."""
    rng = random.Random(f"cma{seed}{body.uscc}")
    until = valid_to or years_later(issued_on, 6)
    no = number or cma_number(rng, issued_on)
    sheet = Sheet(210, 297, paper=(254, 254, 252))
    marks.tint(sheet, style=rng.choice(("weave", "rays", "waves")), colour=(226, 224, 220))
    marks.border(
        sheet, inset=18, band=rng.choice((4, 6)), colour=(172, 122, 84), style=rng.choice(("lines", "lines", "scallop"))
    )
    marks.emblem(sheet, 105, 52, 38)
    sheet.text(105, 79, "检验检测机构", 9.6, face="hei_bold", spacing=2.6, anchor="centre", colour=(66, 64, 62))
    sheet.text(105, 94, "资质认定证书", 13.2, face="hei_bold", spacing=2.6, anchor="centre", colour=(66, 64, 62))
    sheet.shift = (rng.uniform(-0.6, 1.0) * ugly, rng.uniform(-2.0, 0.4) * ugly)
    bold = rng.choice(("times_bold", "song", "hei"))
    sheet.text(122, 115, "证书编号：", 4.6)
    sheet.text(144, 115, no, 4.5, field="certificate_number", face=bold)
    sheet.text(38, 131, "名称：", 4.8)
    sheet.paragraph(51, 131, 122, body.name, 4.8, field="holder_name", face=rng.choice(("hei", "song")))
    sheet.text(38, 147, "地址：", 4.8)
    below = sheet.paragraph(51, 147, 122, body.address, 4.8, field="address", face="song", leading=1.35)
    top = max(158.0, below + 2)
    text = (
        "经审查，你机构具备向社会出具具有证明作用的数据和结果所需的基本条件和能力，予以批准，特发此证。\n"
        "检验检测能力及授权签字人见证书附表。\n"
        f"你机构出具检验检测报告或证书的法律责任由{body.name}承担。"
    )
    sheet.paragraph(38, top, 136, text, 4.9, face="kai", leading=1.55, indent=9.8)
    sheet.text(47, 214, "许可使用标志", 5.6, face="kai")
    marks.cma_mark(sheet, 50, 224, 30)
    sheet.text(50, 245.5, no, 4.2, face=bold, field="~mark_number")
    form = any_form if rng.random() < 0.3 else lambda d, r: f"{d.year}年{d.month:02d}月{d.day:02d}日"
    for y, label, value, field in (
        (216, "发证日期：", form(issued_on, rng), "issued_on"),
        (227, "有效期至：", form(until, rng), "valid_to"),
        (238, "发证机关：", issuer, "issuing_authority"),
    ):
        sheet.text(104, y, label, 4.9)
        sheet.text(127, y, value, 4.8, field=field, face=bold if field != "issuing_authority" else "song")
    if issuer_seal:
        marks.seal(
            sheet,
            155 + rng.uniform(-8, 8),
            229 + rng.uniform(-6, 8),
            issuer,
            size=40,
            turn=rng.uniform(-12, 12),
            faded=faded,
            seed=seed,
        )
    sheet.text(48, 256, "请在有效期届满前3个月提出复查申请，不再另行通知。", 4.2, face="song")
    sheet.text(105, 266, "本证书由国家认证认可监督管理委员会监制，在中华人民共和国境内有效。", 3.6, anchor="centre")
    if code:
        marks.qr(sheet, 158, 30, 20, f"http://cma.example.invalid/q?no={no}")
    if own_seal:
        marks.own_seal(sheet, body.name, x=62, y=196, seed=seed, faded=faded)
    truth: dict[str, object] = {
        "holder_name": body.name,
        "address": body.address,
        "certificate_number": no,
        "issued_on": issued_on.isoformat(),
        "valid_to": until.isoformat(),
        "issuing_authority": issuer,
    }
    paper = Paper("cma_certificate", [sheet], truth)
    if rows is not None:
        more = annex(
            body,
            no,
            rows,
            issued_on=issued_on,
            valid_to=until,
            rules=rules,
            own_seal=own_seal,
            show_titles=show_titles,
            issuer=issuer,
            first_page=2,
            cover=cover,
            seed=seed,
        )
        paper.sheets += more.sheets
        truth["scope_items"] = more.truth["scope_items"]
    return paper


def annex(
    body: Institution,
    number: str,
    rows: Sequence[ScopeRow],
    *,
    issued_on: date,
    valid_to: date,
    rules: str = "all",
    own_seal: bool = False,
    issuer_seal: bool = True,
    show_titles: bool = True,
    issuer: str = ISSUER,
    cover: bool = True,
    first_page: int = 1,
    seed: int = 0,
) -> Paper:
    """附表: cover, signatories, and the ability table in landscape pages with merged cells and repeated headers."""
    rng = random.Random(f"annex{seed}{number}")
    sheets: list[Sheet] = []
    if cover:
        sheets.append(_cover(body, number, issued_on, valid_to, issuer, issuer_seal=issuer_seal, seed=seed))
        sheets.append(_signatories(body, rng))
    truth_rows: list[dict[str, object]] = []
    start = 0
    pages: list[Sheet] = []
    while start < len(rows):
        sheet = Sheet(297, 210)
        sheet.text(
            148.5, 14, "二、批准的检验检测能力范围" if start == 0 else "（续表）", 5.4, face="hei_bold", anchor="centre"
        )
        sheet.text(20, 25, f"证书编号：{number}", 3.8)
        sheet.text(110, 25, f"机构名称：{body.name}", 3.8)
        sheet.text(20, 31, f"场所地址：{body.address}", 3.8)
        end = start
        table: list[list[str | None]] = [
            [
                "序号",
                "类别（产品/项目/参数）",
                "产品/项目/参数",
                "<",
                "依据的标准（方法）名称及编号（含年号）",
                "限制范围",
                "说明",
            ],
            [None, None, "序号", "名称", None, None, None],
        ]
        budget = 150.0
        while end < len(rows):
            row = rows[end]
            cell = f"{row.title} {row.standard}" if show_titles and row.title else row.standard
            if show_titles and row.title and rng.random() < 0.3:
                cell = f"《{row.title}》{row.standard}"
            lines = max(1, -(-len(cell) * 0.62 // 23))
            budget -= max(7.6, lines * 4.5 + 2.6)
            if budget < 14 and end > start:
                break
            first = end == start or rows[end - 1].category != row.category
            index = len({r.category for r in rows[: end + 1]})
            within = sum(1 for r in rows[: end + 1] if r.category == row.category)
            table.append(
                [
                    str(index) if first else None,
                    row.category if first else None,
                    f"{index}.{within}",
                    row.item,
                    cell,
                    row.limitation,
                    "",
                ]
            )
            truth_rows.append(row.truth(first_page + len(sheets) + len(pages)))
            end += 1
        sheet.table(16, 38, (14, 34, 16, 40, 104, 34, 22), table, size=3.3, headers=2, rules=rules, centre=(0, 2))
        pages.append(sheet)
        start = end
    for n, sheet in enumerate(pages, 1):
        sheet.text(148.5, 200, f"第 {n} 页 共 {len(pages)} 页", 3.6, anchor="centre")
        if rules != "all":
            sheet.line(16, 36, 280, 36, 0.3)
    sheets += pages
    if own_seal and sheets:
        marks.own_seal(sheets[0], body.name, x=70, y=235, seed=seed + 3)
    return Paper(
        "cma_certificate",
        sheets,
        {
            "scope_items": truth_rows,
            "certificate_number": number,
            "holder_name": body.name,
            "valid_to": valid_to.isoformat(),
        },
        "annex",
    )


def _cover(
    body: Institution, number: str, issued_on: date, valid_to: date, issuer: str, *, issuer_seal: bool, seed: int
) -> Sheet:
    sheet = Sheet(210, 297)
    sheet.text(105, 52, "检验检测机构", 9, face="hei_bold", anchor="centre", spacing=2)
    sheet.text(105, 66, "资质认定证书附表", 11, face="hei_bold", anchor="centre", spacing=2)
    marks.cma_mark(sheet, 84, 92, 42)
    sheet.text(105, 119, number, 5, anchor="centre", face="times_bold")
    for n, (label, value) in enumerate(
        (
            ("检验检测机构名称", body.name),
            ("证书编号", number),
            ("批准日期", f"{issued_on.year}年{issued_on.month:02d}月{issued_on.day:02d}日"),
            ("有效期至", f"{valid_to.year}年{valid_to.month:02d}月{valid_to.day:02d}日"),
            ("批准部门", issuer),
        )
    ):
        sheet.text(40, 150 + n * 14, f"{label}：", 5, face="hei")
        sheet.paragraph(40 + 5.2 * (len(label) + 1), 150 + n * 14, 150 - 5.2 * (len(label) + 1), value, 5)
    if issuer_seal:
        marks.seal(sheet, 128, 208, issuer, size=40, turn=6, seed=seed + 1)
    sheet.text(105, 268, "国家认证认可监督管理委员会制", 4.4, anchor="centre")
    return sheet


def _signatories(body: Institution, rng: random.Random) -> Sheet:
    from papers.invent import person

    sheet = Sheet(297, 210)
    sheet.text(148.5, 16, "一、批准的授权签字人及领域表", 5.4, face="hei_bold", anchor="centre")
    sheet.text(20, 27, f"机构名称：{body.name}", 3.8)
    rows: list[list[str | None]] = [["序号", "姓名", "职务/职称", "批准授权签字领域", "备注"]]
    for n in range(rng.randint(2, 4)):
        rows.append(
            [
                str(n + 1),
                person(rng),
                rng.choice(("技术负责人/高级工程师", "质量负责人/工程师", "总经理/高级工程师")),
                "批准的全部检验检测项目",
                "",
            ]
        )
    sheet.table(20, 36, (16, 40, 62, 110, 28), rows, size=3.8, min_height=9)
    sheet.text(148.5, 200, "第 1 页 共 1 页", 3.6, anchor="centre")
    return sheet
