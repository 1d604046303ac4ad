"""What certificates have in common: frame, labelled lines, issuer with seal and date, the copy's own seal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

from papers import marks
from papers.dates import spelled
from papers.invent import Institution
from papers.sheet import Sheet

Row = tuple[str, str, str | None]
"""(label, value, field)."""


def plain(day: date) -> str:
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def framed(rng: random.Random, *, landscape: bool, colour: tuple[int, int, int] | None = None) -> Sheet:
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


def labelled(
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


def issued_by(
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
        form = rng.choice((plain, spelled, plain, lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日"))
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


def stamp_copy(sheet: Sheet, body: Institution, own_seal: bool, seed: int, faded: float) -> None:
    if own_seal:
        marks.own_seal(sheet, body.name, x=sheet.width * 0.3, y=sheet.height * 0.8, seed=seed, faded=faded)


def made_out_to(body: Institution, **more: object) -> dict[str, object]:
    return {"holder_name": body.name} | more


def split_date(
    sheet: Sheet,
    x: float,
    y: float,
    day: date,
    rng: random.Random,
    *,
    size: float = 4.6,
    field: str = "issued_on",
    typed: float = 0.35,
) -> None:
    """A date: on preprinted 年 月 日, with the numbers printed over it a little off; or typed in one."""
    if rng.random() < typed:
        sheet.text(x, y, f"{day.year} 年 {day.month:02d} 月 {day.day:02d} 日", size, field=field)
        return
    lift = rng.uniform(-1.6, 0.8)
    pad = rng.random() < 0.7
    month = f"{day.month:02d}" if pad else str(day.month)
    dayno = f"{day.day:02d}" if pad else str(day.day)
    for dx, figure, sign in ((0, str(day.year), "年"), (size * 3.2, month, "月"), (size * 5.6, dayno, "日")):
        wide = size * 0.56 * len(figure)
        sheet.text(x + dx, y + lift, figure, size, field=field)
        sheet.text(x + dx + wide + rng.uniform(-0.4, 1.0), y, sign, size, face="song", field=field)
