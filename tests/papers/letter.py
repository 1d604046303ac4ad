"""入驻机构承诺书 (Annex A) and altered, unsigned, undated ones.

The adopted wording is not kept here: letters carry the distinctive phrases that a reader goes by, amid words of
our own. A bench outside the project names a file with the full text in ``QI_BENCH_ANNEX_A``.
"""

from __future__ import annotations

import os
import random
from datetime import date
from pathlib import Path

from papers import marks
from papers.invent import Institution
from papers.sheet import INK, Paper, Run, Sheet

TITLE = "质量基础设施“一站式”服务线上平台入驻机构承诺书"
PREAMBLE = "为规范机构入驻本平台的流程和服务行为，我单位现作出以下承诺："
PROMISES = (
    "承诺在平台提交的所有资料（含服务项目和服务方案等）合法规范、真实有效，并遵守平台运行管理的相关规定。",
    "承诺遵守国家法律法规和政策，确保相关资质合法有效，并在职能职责和资质允许的范围内开展服务活动。",
    "承诺严格依法施检和服务，不伪造检验检测数据、不出具虚假报告，确保数据和结果真实、准确、完整。",
    "承诺对外独立开展计量、标准、检验检测、认证认可等服务，不受来自内部与外部的压力和干预。",
    "承诺严格保守客户的技术、资料、数据以及其他商业机密，不利用客户的技术与资料牟利。",
    "承诺服务中与委托方产生的纠纷、争议、侵权、索赔等事宜，由本机构负责，并将处理结果及时上报线上平台。",
    "承诺未经线上平台管理单位授权，不擅自以线上平台名义在社会上开展宣传、营销等活动。",
    "承诺服从线上平台管理单位的工作安排，积极配合各项活动，主动接受服务效能考核。",
    "承诺不利用线上平台制作、复制和传播下列信息，否则本机构承担全部法律责任：",
)
CATEGORIES = (
    "煽动抗拒、破坏宪法和法律实施的；",
    "煽动颠覆国家政权的；",
    "煽动分裂国家的；",
    "煽动民族仇恨、民族歧视的；",
    "捏造或者歪曲事实，散布谣言的；",
    "宣扬封建迷信、色情、赌博、暴力的；",
    "公然侮辱他人或者进行恶意攻击的；",
    "损害国家机关信誉的；",
    "其他违反宪法和法律的；",
    "有违社会主义精神文明的。",
)
CLOSING = "以上承诺如有不实之处，愿负相应的法律责任，并承担由此产生的一切后果。"


def letter(
    body: Institution,
    *,
    signed_on: date | None = date(2026, 11, 18),
    signature: str | None = "hand",
    signer: str | None = None,
    own_seal: bool = True,
    seal_text: str | None = None,
    seal_centre: str | None = None,
    missing: tuple[int, ...] = (),
    missing_categories: tuple[int, ...] = (),
    changed: dict[int, str] | None = None,
    typed_name: bool = False,
    handwritten_date: bool = True,
    faded: float = 0.0,
    seed: int = 0,
) -> Paper:
    """A commitment letter; ``missing`` names promises 1 to 9, ``changed`` replaces a promise's words.

    ``signature``: "hand", "typed" (printed name, no ink), "stamp" (a name seal) or None.
    """
    rng = random.Random(f"letter{seed}{body.uscc}")
    preamble, promises, categories, closing = wording()
    face = rng.choice(("song", "song", "hei", "kai"))
    size = rng.choice((4.2, 4.4, 4.6))
    blocks: list[str] = [preamble]
    for n, text in enumerate(promises, 1):
        if n in missing:
            continue
        blocks.append(f"{n}、{(changed or {}).get(n, text)}")
    for n, text in enumerate(categories, 1):
        if n not in missing_categories:
            blocks.append(f"——{text}")
    blocks.append(closing)
    sheets = [Sheet()]
    sheet = sheets[0]
    bottom = sheet.paragraph(25, 26, 160, TITLE, 6.2, face="hei_bold", anchor="centre", leading=1.5)
    top = bottom + 5
    for block in blocks:
        if top > 262:
            sheet.text(105, 284, str(len(sheets)), 3.6, anchor="centre")
            sheets.append(Sheet())
            sheet, top = sheets[-1], 26.0
        top = sheet.paragraph(26, top, 158, block, size, face=face, leading=1.62, indent=size * 2)
    if top > 222:
        sheet.text(105, 284, str(len(sheets)), 3.6, anchor="centre")
        sheets.append(Sheet())
        sheet, top = sheets[-1], 30.0
    top += 8
    sheet.text(34, top, "法定代表人（签字）：", 4.8, face=face)
    name = signer or body.person
    if signature == "hand":
        marks.handwriting(sheet, 84, top - 5.5, name, size=9.5, seed=seed)
    elif signature == "typed":
        sheet.text(84, top, name, 4.8, face=face)
    elif signature == "stamp":
        red = (214, 50, 46)
        sheet.rectangle((84, top - 4, 100, top + 8), 0.6, red)
        sheet.text(86, top, name, 4.4, face="song_bold", colour=red)
    top += 24
    sheet.text(34, top, "入驻机构（公章）：", 4.8, face=face)
    if typed_name:
        sheet.text(80, top, body.name, 4.8, face=face)
    if own_seal:
        marks.own_seal(sheet, seal_text or body.name, x=102, y=top + 4, seed=seed, centre=seal_centre, faded=faded)
    top += 20
    truth: dict[str, object] = {}
    _date_line(sheet, top, signed_on, face=face, by_hand=handwritten_date, seed=seed)
    truth["signed_on"] = signed_on.isoformat() if signed_on else None
    truth["signature_present"] = signature == "hand"
    truth["promises"] = {str(n): n not in missing and n not in (changed or {}) for n in range(1, 10)}
    truth["information_categories"] = 10 - len(missing_categories)
    if typed_name:
        truth["holder_name"] = body.name
    return Paper("commitment_letter", sheets, truth)


def _date_line(sheet: Sheet, top: float, day: date | None, *, face: str, by_hand: bool, seed: int) -> None:
    if day is not None and not by_hand:
        sheet.text(126, top, f"{day.year}年{day.month}月{day.day}日", 4.8, face=face, field="signed_on")
        return
    for x, sign in ((142, "年"), (158, "月"), (174, "日")):
        sheet.text(x, top, sign, 4.8, face=face)
    if day is not None:
        for x, figure in ((121, str(day.year)), (147, str(day.month)), (163, str(day.day))):
            marks.handwriting(sheet, x, top - 3.6, figure, size=7.4, seed=seed, sweep=False, record=False)
            sheet.ink.append((x + 1, top - 3, x + 12, top + 5))
            sheet.penned.append(Run(figure, x + 1.8, top - 0.4, 5.2, face, INK, 0.0, "signed_on"))


def wording() -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
    """(preamble, promises, categories, closing): our own, or the adopted text where ``QI_BENCH_ANNEX_A`` names it."""
    path = os.environ.get("QI_BENCH_ANNEX_A")
    if not path:
        return PREAMBLE, PROMISES, CATEGORIES, CLOSING
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    text = "".join(lines)
    starts = [text.index(f"{n}、承诺") for n in range(1, 10)]
    dashes = text.index("——")
    close = text.index("以上承诺如有")
    promises = [text[a:b].partition("、")[2] for a, b in zip(starts, [*starts[1:], dashes], strict=True)]
    categories = [part for part in text[dashes:close].split("——") if part]
    preamble = text[: starts[0]]
    preamble = preamble[preamble.rindex("为规范") :]
    closing = text[close : text.index("后果。", close) + 3]
    return preamble, tuple(promises), tuple(categories), closing
