"""校准证书 and 检定证书."""

from __future__ import annotations

import random
from datetime import date

from papers import invent, marks
from papers.invent import Institution, number, years_later
from papers.layout import made_out_to, plain
from papers.sheet import Paper, Sheet


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
    rng = random.Random(f"calibration{seed}{body.uscc}{serial}")
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
    truth = made_out_to(
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
        (rng.choice(("计量器具名称", "器具名称", "仪器名称")), "Name of Instrument", name, "instrument_name"),
        (rng.choice(("型号/规格", "型号规格")), "Model/Specification", model, "instrument_model"),
        (rng.choice(("出厂编号", "编号", "器具编号")), "Serial No.", serial, "instrument_serial"),
        (rng.choice(("制造单位", "制造厂")), "Manufacturer", f"{invent.coinage(rng)}仪器有限公司", None),
    ]
    if verification:
        rows += [
            ("检定依据", "Reference Document", "JJG 1036-2022 电子天平检定规程", None),
            ("检定结论", "Conclusion", "不合格" if notice else rng.choice(("合格", "符合Ⅱ级")), None),
        ]
    else:
        rows += [("校准依据", "Reference Document", "JJF 1847-2020 电子天平校准规范", None)]
        if rng.random() < 0.5:
            rows += [("接收日期", "Received on", plain(date.fromordinal(calibrated_on.toordinal() - 3)), None)]
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
    style = rng.choice((plain, lambda d: f"{d.year} 年 {d.month:02d} 月 {d.day:02d} 日"))
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
        marks.own_seal(sheet, body.name, x=66, y=214, seed=seed, faded=faded)
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
