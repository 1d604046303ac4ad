"""营业执照 in every edition, and the three legal-person certificates."""

from __future__ import annotations

import random
from datetime import date

from papers import marks
from papers.dates import chinese, spelled
from papers.invent import Institution, registrar, registration_number, years_later
from papers.layout import split_date
from papers.legal_persons import legal_person
from papers.sheet import Paper, Sheet

__all__ = ["EDITIONS", "legal_person", "licence", "qr_address"]
EDITIONS = ("before2014", "2014", "2014_sz", "2019", "2022", "electronic")
"""Layouts of the licence; 2014_sz is the one without a scope and with a box of reminders."""

_LABELS = {
    "company": ("法定代表人", "住所", "注册资本", "营业期限"),
    "branch": ("负责人", "经营场所", None, "营业期限"),
    "partnership": ("执行事务合伙人", "主要经营场所", "出资额", "合伙期限"),
    "sole": ("投资人", "住所", "出资额", None),
    "individual": ("经营者", "经营场所", None, None),
}


def qr_address(uscc: str) -> str:
    """What the licence's QR code says."""
    return f"http://www.gsxt.gov.cn/index.html?uniscid={uscc}"


def licence(
    body: Institution,
    *,
    edition: str = "2022",
    issued_on: date | None = None,
    valid_to: date | str | None = "long",
    own_seal: bool = True,
    own_seal_text: str | None = None,
    own_seal_centre: str | None = None,
    issuer_seal: bool = True,
    copy: str = "副本",
    qr: str | None = "",
    only_registration_number: bool = False,
    delegate: str | None = None,
    person: str | None = None,
    uscc: str | None = None,
    faded: float = 0.0,
    ugly: float = 0.5,
    seed: int = 0,
) -> Paper:
    """A business licence of one edition.

    ``valid_to``: a date, ``"long"`` (长期, where the edition prints a term) or None (no term printed);
    ``qr``: None without code, "" the right address, else its text; ``ugly`` 0 to 1: how far the overprint is off.
    """
    rng = random.Random(f"licence{seed}{body.uscc}{edition}")
    issued = issued_on or _issue_day(edition, rng)
    if issued_on is None and edition in ("2019", "2022", "electronic"):
        issued = max(body.established_on, issued)
    started = min(body.established_on, issued)
    code = uscc or body.uscc
    who = person or body.person
    if delegate:
        who = f"{who}（委派代表：{delegate}）"
    truth: dict[str, object] = {
        "holder_name": body.name,
        "legal_representative": who,
        "address": body.address,
        "entity_type": body.entity_type,
        "established_on": started.isoformat(),
        "issuing_authority": registrar(body),
        "issued_on": issued.isoformat(),
    }
    draw = {
        "before2014": _before2014,
        "2014": _portrait,
        "2014_sz": _portrait_sz,
        "2019": _landscape,
        "2022": _landscape,
        "electronic": _landscape,
    }[edition]
    paper = draw(
        body,
        truth,
        edition=edition,
        issued=issued,
        started=started,
        valid_to=valid_to,
        issuer_seal=issuer_seal,
        copy=copy,
        qr=qr_address(code) if qr == "" else qr,
        code=code,
        who=who,
        old_number=only_registration_number or edition == "before2014",
        faded=faded,
        ugly=ugly,
        rng=rng,
    )
    if own_seal:
        sheet = paper.sheets[0]
        x, y = (sheet.width * 0.42, sheet.height * 0.82) if sheet.width > sheet.height else (95, 238)
        marks.own_seal(sheet, own_seal_text or body.name, x=x, y=y, seed=seed, centre=own_seal_centre, faded=faded)
    return paper


def _issue_day(edition: str, rng: random.Random) -> date:
    year = {"before2014": 2012, "2014": 2017, "2014_sz": 2016, "2019": 2020, "2022": 2023, "electronic": 2024}[edition]
    return date(year, rng.randint(1, 12), rng.randint(1, 28))


def _term(started: date, valid_to: date | str | None, rng: random.Random, truth: dict[str, object]) -> str | None:
    if valid_to is None:
        return None
    if valid_to == "long":
        truth["valid_to"], truth["long_term"] = None, True
        if rng.random() < 0.5:
            truth["valid_from"] = started.isoformat()
            return f"{chinese(started, rng)}至{rng.choice(('长期', '长期', '不约定期限', '无固定期限'))}"
        return rng.choice(("长期", "长期", "永久"))
    assert isinstance(valid_to, date)
    truth["valid_from"], truth["valid_to"] = started.isoformat(), valid_to.isoformat()
    return rng.choice(("{}至{}", "自{}至{}", "{} 至 {}")).format(chinese(started, rng), chinese(valid_to, rng))


def _landscape(
    body, truth, *, edition, issued, started, valid_to, issuer_seal, copy, qr, code, who, old_number, faded, ugly, rng
):
    sheet = Sheet(297, 210, paper=(254, 253, 249))
    sheet.shift = (rng.uniform(-0.8, 1.2) * ugly, rng.uniform(-1.4, 0.8) * ugly)
    marks.background_letters(sheet, "SCJDGL")
    marks.border(
        sheet,
        inset=11,
        band=11,
        colour=rng.choice(((148, 146, 116), (160, 150, 132), (140, 140, 136))),
        style=rng.choice(("waves", "waves", "scallop")),
    )
    marks.emblem(sheet, 148.5, 21, 27)
    value_face = rng.choice(("song", "song", "ming", "hei"))
    size = 4.4
    # code and number
    sheet.spread(24, 40, "统一社会信用代码", 34, 4.0, face="hei")
    spacing = rng.choice((0.0, 0.0, 0.35))
    sheet.text(24, 47, code, 4.3, field="holder_uscc", face=rng.choice(("song", "arial", "times")), spacing=spacing)
    truth["holder_uscc"] = code
    marks.gilded(sheet, 148.5, 40, "营业执照", 15, spacing=5, dark=rng.random() * 0.6)
    if copy:
        sheet.text(148.5, 58.5, f"（{copy[0]}　{copy[1]}）", 5.6, anchor="centre", face="song")
        if copy == "副本" and rng.random() < 0.6:
            sheet.text(172, 58.5, rng.choice(("1-1", "（1-1）", "(1-1)")), 3.4, field="~")
    if rng.random() < 0.6:
        serial = (
            f"{body.division}{rng.choice(('66', ''))}{issued:%Y%m%d}{rng.randrange(1000, 9999)}"
            if rng.random() < 0.7
            else f"J0{rng.randrange(10**7, 10**8 - 1)}"
        )
        top = rng.choice((4.6, 4.6, 25.5))
        label = rng.choice(("编号", "证照编号：", "编号：")) + rng.choice(("", " "))
        sheet.text(242, top, label, 3.6, anchor="right")
        colour = rng.choice(((30, 28, 30), (196, 60, 50)))
        run = sheet.text(243, top, serial, 3.6, field="certificate_number", face="times", colour=colour)
        truth["certificate_number"] = run.text
    if qr:
        marks.qr(sheet, 214, 37, 23, qr)
        for n, line in enumerate(
            ("扫描二维码登录", "“国家企业信用", "信息公示系统”", "了解更多登记、", "备案、许可、监", "管信息。")
        ):
            sheet.text(241, 38 + n * 3.6, line, 2.5, face="hei", colour=(90, 88, 84))
    person_label, address_label, capital_label, term_label = _LABELS[body.entity]
    left, right, label_wide = 24.0, 160.0, 30.0
    top, step = 74.0, rng.choice((11.5, 12.5))
    for label, name, value in (("名称", "holder_name", body.name), ("类型", "entity_type", body.entity_type)):
        sheet.spread(left, top, label, label_wide, 4.8)
        below = sheet.paragraph(left + 36, top, 92, value, size, field=name, face=value_face, leading=1.2)
        top = max(top + step, below + 3)
    sheet.spread(
        left, top, person_label, label_wide if len(person_label) < 7 else 33, 4.8 if len(person_label) < 7 else 4.4
    )
    below = sheet.paragraph(left + 36, top, 92, who, size, field="legal_representative", face=value_face, leading=1.2)
    top = max(top + step, below + 3)
    if body.entity == "individual":
        sheet.spread(left, top, "组成形式", label_wide, 4.8)
        sheet.text(left + 36, top, "个人经营", size, field="~", face=value_face)
        top += step
    sheet.spread(left, top, "经营范围", label_wide, 4.8)
    scope_size = size if len(body.scope) < 130 else 3.3 if len(body.scope) < 260 else 2.7
    sheet.paragraph(
        left + 36,
        top,
        92,
        body.scope,
        scope_size,
        field="scope_text",
        face=value_face,
        leading=1.18,
        strict=rng.random() < 0.6,
    )
    truth["scope_text"] = body.scope
    top = 74.0
    if capital_label:
        sheet.spread(right, top, capital_label, label_wide, 4.8)
        sheet.text(right + 36, top, body.capital, size, field="registered_capital", face=value_face)
        truth["registered_capital"] = body.capital.replace(" ", "")
        top += step
    sheet.spread(
        right, top, "注册日期" if body.entity == "individual" and edition == "2019" else "成立日期", label_wide, 4.8
    )
    sheet.text(right + 36, top, chinese(started, rng), size, field="established_on", face=value_face)
    top += step
    if edition == "2019" and term_label and (term := _term(started, valid_to, rng, truth)):
        sheet.spread(right, top, term_label, label_wide, 4.8)
        sheet.paragraph(right + 36, top, 68, term, size, field="valid_to", face=value_face, leading=1.2)
        top += step
    sheet.spread(right, top, address_label, label_wide if len(address_label) < 6 else 33, 4.8)
    sheet.paragraph(right + 36, top, 64, body.address, size, field="address", face=value_face, leading=1.25)
    # issuer and date
    sheet.spread(176, 163, "登记机关", 26, 5.0, face="hei")
    split_date(sheet, 214, 177, issued, rng, size=4.8)
    if issuer_seal:
        marks.seal(
            sheet,
            236 + rng.uniform(-5, 5),
            165 + rng.uniform(-5, 6),
            registrar(body),
            size=42,
            turn=rng.uniform(-20, 20),
            faded=faded,
            seed=rng.randrange(999),
        )
    small = {"face": "song", "colour": (96, 92, 86)}
    sheet.text(14, 200.5, "国家企业信用信息公示系统网址：", 3.0, **small)
    sheet.text(66, 200.5, "http://www.gsxt.gov.cn", 2.9, **small)
    if copy == "副本" or edition == "electronic":
        sheet.text(140, 199.2, "市场主体应当于每年1月1日至6月30日通过", 2.6, **small)
        sheet.text(140, 202.6, "国家企业信用信息公示系统报送公示年度报告", 2.6, **small)
    sheet.text(283, 200.5, "国家市场监督管理总局监制", 3.2, anchor="right", **small)
    if edition == "electronic":
        marks.watermark(
            sheet,
            (
                f"电子营业执照 仅供{rng.choice(('平台入驻', '资质审核', '项目投标'))}使用 {issued.year + 2}"
                f"-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
            ),
            strength=0.25,
        )
    return Paper("business_licence", [sheet], truth, edition)


def _portrait(
    body, truth, *, edition, issued, started, valid_to, issuer_seal, copy, qr, code, who, old_number, faded, ugly, rng
):
    sheet = Sheet(210, 297, paper=(253, 250, 243))
    sheet.shift = (rng.uniform(-0.8, 1.0) * ugly, rng.uniform(-1.0, 0.8) * ugly)
    marks.background_letters(sheet, rng.choice(("GSXZGL", "SAIC")), colour=(244, 232, 214))
    marks.border(sheet, inset=14, band=6, colour=(196, 170, 100), style=rng.choice(("meander", "scallop")))
    marks.emblem(sheet, 105, 46, 33)
    serial = f"{body.division}{issued:%Y%m%d}{rng.randrange(1000, 9999):04d}"
    old = registration_number(rng, body.division)
    if rng.random() < 0.8:
        sheet.text(30, 24, rng.choice(("编 号", "编号", "证照编号")), 3.2, face="hei_bold")
        sheet.text(44, 24, serial, 2.9, field="certificate_number", face="times")
        truth["certificate_number"] = serial
    marks.gilded(sheet, 105, 74, "营业执照", 18, spacing=9, dark=0.8)
    if copy:
        sheet.text(105, 96, f"（{copy[0]}　{copy[1]}）", 6.0, anchor="centre", face="song", colour=(110, 84, 30))
    if old_number:
        label, value, name = "注册号", old, "registration_number"
    else:
        label, value, name = "统一社会信用代码", code, "holder_uscc"
    truth[name] = value
    x = 182 - (len(value) * 2.3)
    sheet.text(x - 3, 110, label, 4.0, face="hei_bold", anchor="right")
    sheet.text(x, 110, value, 4.0, field=name, face=rng.choice(("song", "ming", "times")))
    if not old_number and rng.random() < 0.5:
        sheet.text(185, 110, "（1/1）", 3.4, field="~")
    person_label, address_label, capital_label, term_label = _LABELS[body.entity]
    if body.entity == "branch" and rng.random() < 0.5:
        address_label = "营业场所"
    face = rng.choice(("song", "ming", "song", "kai"))
    top, step, left, wide = 126.0, 8.6, 34.0, 30.0
    rows: list[tuple[str, str | None, str | None]] = [
        ("名称", body.name, "holder_name"),
        ("类型", body.entity_type, "entity_type"),
        (address_label, body.address, "address"),
        (person_label, who, "legal_representative"),
    ]
    if capital_label:
        rows.append((capital_label, body.capital, "registered_capital"))
        truth["registered_capital"] = body.capital.replace(" ", "")
    rows.append(("成立日期", chinese(started, rng, spaced=rng.random() < 0.4), "established_on"))
    if term_label and (term := _term(started, valid_to, rng, truth)):
        rows.append((term_label, term, "valid_to"))
    for label_text, text, field in rows:
        sheet.spread(left, top, label_text, wide if len(label_text) < 7 else 33, 4.6 if len(label_text) < 7 else 4.2)
        below = sheet.paragraph(left + 35, top, 112, str(text), 4.3, field=field, face=face, leading=1.2)
        top = max(top + step, below + 2.4)
    sheet.spread(left, top, "经营范围", wide, 4.6)
    scope_size = 4.2 if len(body.scope) < 140 else 3.2
    sheet.paragraph(
        left + 35,
        top,
        112,
        body.scope,
        scope_size,
        field="scope_text",
        face=face,
        leading=1.2,
        strict=rng.random() < 0.6,
    )
    truth["scope_text"] = body.scope
    if qr:
        marks.qr(sheet, 30, 216, 36, qr)
    sheet.spread(106, 243, "登记机关", 30, 5.0, face="hei")
    split_date(sheet, 138, 258, issued, rng)
    if issuer_seal:
        marks.seal(
            sheet,
            162 + rng.uniform(-6, 4),
            246 + rng.uniform(-5, 6),
            registrar(body),
            size=40,
            turn=rng.uniform(-25, 25),
            faded=faded,
            seed=rng.randrange(999),
        )
    if rng.random() < 0.5:
        sheet.text(26, 259.5, "请于每年1月1日至6月30日履行年报公示义务", 4.0, face="song_bold")
    else:
        _red_reminder(sheet, 22, 196)
    sheet.text(20, 287, "企业信用信息公示系统网址：http://www.gsxt.gov.cn", 3.0, face="song", colour=(96, 92, 86))
    sheet.text(
        190, 287, "中华人民共和国国家工商行政管理总局监制", 3.0, face="song", anchor="right", colour=(96, 92, 86)
    )
    return Paper("business_licence", [sheet], truth, edition)


def _red_reminder(sheet: Sheet, x: float, y: float) -> None:
    """The red stamp that reminds of the annual report: its dates are nobody's term."""
    red = (222, 110, 100)
    sheet.rectangle((x, y, x + 40, y + 15), 0.4, red)
    sheet.spread(x + 4, y + 1, "年报提示", 32, 4.0, face="hei", colour=red)
    sheet.text(x + 2, y + 6, "请于每年1月1日至6月30日", 2.9, face="hei", colour=red)
    sheet.text(x + 2, y + 10.4, "向登记机关报送年度报告", 2.9, face="hei", colour=red)


def _portrait_sz(
    body, truth, *, edition, issued, started, valid_to, issuer_seal, copy, qr, code, who, old_number, faded, ugly, rng
):
    sheet = Sheet(210, 297, paper=(252, 250, 246))
    sheet.shift = (rng.uniform(-0.6, 1.0) * ugly, rng.uniform(-1.0, 0.6) * ugly)
    marks.border(sheet, inset=11, band=6, colour=(176, 176, 170), style="meander")
    marks.emblem(sheet, 105, 22, 34, foil=True)
    marks.gilded(sheet, 105, 48, "营业执照", 21, spacing=12, dark=0.1)
    sheet.text(166, 60, f"（{copy}）", 6.0, face="hei")
    sheet.text(126, 76, "统一社会信用代码", 4.2, face="hei", anchor="right")
    truth["holder_uscc"] = code
    sheet.text(129, 76, code, 4.2, field="holder_uscc")
    person_label, address_label, _, _ = _LABELS[body.entity]
    top = 94.0
    for label, value, name in (
        ("名称", body.name, "holder_name"),
        ("主体类型", body.entity_type, "entity_type"),
        (address_label, body.address, "address"),
        (person_label, who, "legal_representative"),
        ("成立日期", f"{started.year}年{started.month:02d}月{started.day:02d}日", "established_on"),
    ):
        sheet.spread(28, top, label, 44, 6.4)
        below = sheet.paragraph(78, top + 0.6, 108, value, 5.2, field=name, leading=1.3)
        top = max(top + 12.4, below + 4)
    top += 8
    x0, x1 = 26, 182
    for a, b in (
        ((x0, top), (x1, top)),
        ((x0, top + 32), (x1, top + 32)),
        ((x0, top), (x0, top + 32)),
        ((x1, top), (x1, top + 32)),
    ):
        sheet.line(*a, *b, 0.3, dash=1.6)
    for n, c in enumerate("重要提示"):
        sheet.text(28, top + 3 + n * 7, c, 4.6, face="hei")
    notice = (
        "1、经营范围由章程确定，属于依法应当批准的项目，取得许可后方可开展。\n"
        "2、经营范围和许可审批等信息，请扫描二维码查询。\n"
        "3、应于每年1月1日至6月30日向登记机关提交上一年度的年度报告。"
    )
    sheet.paragraph(36, top + 3, 142, notice, 3.1, face="hei_bold", leading=1.6)
    if qr:
        marks.qr(sheet, 36, top + 44, 28, qr)
    sheet.spread(110, 247, "登记机关", 32, 5.6, face="hei")
    split_date(sheet, 136, 260, issued, rng, size=4.8)
    if issuer_seal:
        marks.seal(
            sheet,
            164 + rng.uniform(-4, 4),
            248 + rng.uniform(-4, 4),
            registrar(body),
            size=38,
            turn=rng.uniform(-15, 15),
            faded=faded,
            seed=rng.randrange(999),
        )
    sheet.text(200, 289, "中华人民共和国国家工商行政管理总局监制", 3.6, anchor="right", colour=(110, 108, 104))
    return Paper("business_licence", [sheet], truth, edition)


def _before2014(
    body, truth, *, edition, issued, started, valid_to, issuer_seal, copy, qr, code, who, old_number, faded, ugly, rng
):
    sheet = Sheet(297, 210, paper=(250, 246, 232))
    sheet.shift = (rng.uniform(-1.2, 1.2) * ugly, rng.uniform(-1.6, 0.8) * ugly)
    marks.tint(sheet, style="waves", colour=(232, 214, 176))
    marks.border(sheet, inset=9, band=12, colour=(160, 128, 84), style="scallop")
    marks.emblem(sheet, 148.5, 26, 22)
    title = {"individual": "个体工商户营业执照", "branch": "营业执照"}.get(body.entity, "企业法人营业执照")
    sheet.text(148.5, 40, title, 12, face="hei_bold", spacing=3, anchor="centre")
    if copy:
        sheet.text(148.5, 55, f"（{copy}）", 5.4, anchor="centre")
    old = registration_number(rng, body.division)
    sheet.text(200, 62, "注册号", 4.4, face="hei")
    sheet.text(218, 62, old, 4.4, field="registration_number")
    truth["registration_number"] = old
    person_label, address_label, capital_label, _ = _LABELS[body.entity]
    rows = [
        ("名称", body.name, "holder_name"),
        (address_label, body.address, "address"),
        (person_label + ("姓名" if body.entity == "company" else ""), who, "legal_representative"),
    ]
    if capital_label:
        rows += [(capital_label, body.capital, "registered_capital"), ("实收资本", body.capital, "~")]
        truth["registered_capital"] = body.capital.replace(" ", "")
    rows.append(("公司类型" if body.entity == "company" else "类型", body.entity_type, "entity_type"))
    top = 74.0
    for label, value, name in rows:
        sheet.spread(30, top, label, 34, 4.6, face="song_bold")
        below = sheet.paragraph(70, top, 80, value, 4.4, field=name, face="kai", leading=1.2)
        top = max(top + 9.4, below + 2.4)
    sheet.spread(30, top, "经营范围", 34, 4.6, face="song_bold")
    sheet.paragraph(70, top, 82, body.scope, 3.0, field="scope_text", face="kai", leading=1.2)
    truth["scope_text"] = body.scope
    end = valid_to if isinstance(valid_to, date) else years_later(started, 20) if valid_to == "long" else None
    sheet.spread(164, 86, "成立日期", 30, 4.6, face="song_bold")
    sheet.text(200, 86, spelled(started), 4.4, field="established_on", face="kai")
    if end:
        sheet.spread(164, 97, "营业期限", 30, 4.6, face="song_bold")
        sheet.paragraph(
            200, 97, 76, f"自{spelled(started)}至{spelled(end)}", 4.2, field="valid_to", face="kai", leading=1.4
        )
        truth["valid_from"], truth["valid_to"] = started.isoformat(), end.isoformat()
    for n, year in enumerate((issued.year + 1, issued.year + 2)):
        marks.seal(
            sheet,
            184 + n * 36,
            132,
            f"{year}年度检验合格",
            size=22,
            colour=(60, 80, 190),
            colour_name="blue",
            star=False,
            turn=rng.uniform(-20, 20),
            oval=True,
            seed=n,
        )
    sheet.spread(190, 162, "登记机关", 28, 5.0, face="song_bold")
    sheet.text(206, 178, spelled(issued), 5.0, field="issued_on", face="kai")
    if issuer_seal:
        marks.seal(
            sheet,
            232,
            166,
            registrar(body).replace("市场监督", "工商行政"),
            size=42,
            turn=rng.uniform(-20, 20),
            faded=faded,
            seed=rng.randrange(99),
        )
        truth["issuing_authority"] = registrar(body).replace("市场监督", "工商行政")
    sheet.text(148.5, 196, "请于每年1月1日至6月30日参加年度检验", 3.2, anchor="centre")
    return Paper("business_licence", [sheet], truth, edition)
