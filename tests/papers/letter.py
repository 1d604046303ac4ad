"""入驻机构承诺书 (Annex A) and altered, unsigned, undated ones.

The adopted wording is not kept here: letters carry the distinctive phrases that a reader goes by, amid words of
our own. A bench outside the project names a file with the full text in ``QI_BENCH_ANNEX_A``. For tests and for the
demo, :func:`edition` gives the fingerprints of our own wording in the form of the shipped ``letter.toml``, as a
platform would adopt another edition; :func:`adopted` puts it in force for one test.
"""

from __future__ import annotations

import os
import random
import sys
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from papers import marks
from papers.invent import Institution
from papers.sheet import INK, Paper, Run, Sheet
from qi_pipeline.extraction import letter_prints
from qi_pipeline.extraction.letter_prints import print_of
from qi_pipeline.extraction.letter_text import bare

TITLE = "质量基础设施“一站式”服务线上平台入驻机构承诺书"
PREAMBLE = "为规范机构入驻“一站式”平台的服务行为，营造诚信的服务环境，我单位作出以下承诺："
PROMISES = (
    "承诺在质量基础设施“一站式”平台填报和上传的材料合法规范、真实有效，并遵守平台各项规则。",
    "承诺遵守国家有关法规和政策，所持资质合法有效，只在资质允许的范围内提供服务。",
    "承诺遵守国家有关技术要求，严格依法开展服务，不伪造数据，不出具虚假报告，保证每项结果真实、准确、完整。",
    "承诺对外独立开展各项服务，不受来自任何方面的压力和影响。",
    "承诺严格保守客户的商业和技术秘密，不利用客户的资料谋取利益。",
    "承诺通过线上平台承接的服务如生争议，由本机构负责，积极、妥善解决，并及时上报解决情况。",
    "承诺未经平台管理单位书面同意，不擅自以平台的名义对外宣传或者举办活动。",
    "承诺在入驻线上平台期间，自觉遵守运营要求，服从统一安排，积极配合各项工作，主动接受检查和评价。",
    "承诺入驻线上平台提供服务时，不利用线上平台发布、传播下列信息，否则承担全部法律责任：",
)
CATEGORIES = (
    "煽动抗拒法律法规实施的；",
    "煽动颠覆国家政权的；",
    "煽动分裂国家的；",
    "煽动民族仇恨、民族歧视的；",
    "捏造或者歪曲事实、散布谣言的；",
    "宣扬封建迷信、暴力或者教唆犯罪的；",
    "公然侮辱、诽谤他人或者恶意攻击的；",
    "损害国家机关声誉的；",
    "其他违反宪法、法律的；",
    "有违社会公德和精神文明的。",
)
CLOSING = "以上承诺如有不实，我单位愿意承担由此引起的法律责任。"


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
    if signed_on:
        truth["signed_on"] = signed_on.isoformat()
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


def edition() -> str:
    """The text of a ``letter.toml`` that holds the fingerprints of the wording in use here."""
    shipped = resources.files("qi_pipeline.extraction").joinpath("letter.toml").read_text(encoding="utf-8")
    preamble, promises, categories, closing = wording()
    texts = [bare(text) for text in (TITLE, preamble, *promises, *categories, closing)]
    lines = [
        "# The invented commitment letter of the example packets, as fingerprints; made by tests/papers/letter.py.",
        "",
        'edition = "example"',
        "",
    ]
    for n, (block, text) in enumerate(zip(tomllib.loads(shipped)["block"], texts, strict=True)):
        assert text.startswith(bare(block["opening"])), (block["name"], text)
        whole = text + (texts[n + 1][:1] if n + 1 < len(texts) else "")
        pairs = bytes(print_of(whole[k : k + 2]) for k in range(len(whole) - 1))
        lines += [
            "[[block]]",
            f'name = "{block["name"]}"',
            f'opening = "{block["opening"]}"',
            f"length = {len(text)}",
            f'prints = "{pairs.hex()}"',
            "decisive = [",
        ]
        for phrase, _ in block["decisive"]:
            assert text.count(phrase) == 1, (block["name"], phrase)
            lines.append(f'    ["{phrase}", {text.index(phrase)}],')
        lines += ["]", ""]
    return "\n".join(lines)


def adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the edition of the letters drawn here in force for one test."""
    blocks: list[letter_prints.Block] = []
    prints = b""
    for table in tomllib.loads(edition())["block"]:
        start = blocks[-1].end if blocks else 0
        phrases = tuple(letter_prints.Decisive(phrase=phrase, start=start + at) for phrase, at in table["decisive"])
        blocks.append(letter_prints.Block(name=table["name"], start=start, length=table["length"], decisive=phrases))
        prints += bytes.fromhex(table["prints"])
    ours = letter_prints.LetterPrints(edition="example", blocks=tuple(blocks), prints=tuple(prints))
    for name, module in list(sys.modules.items()):
        if name.startswith("qi_pipeline.") and hasattr(module, "adopted_letter"):
            monkeypatch.setattr(module, "adopted_letter", lambda: ours)


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
