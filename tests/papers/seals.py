"""Seals: ring, name on the arc, star, a line below it, a code along the lower arc; and embossed gold ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from papers.faces import font
from papers.sheet import Colour, SealMark, Sheet

Paint = Callable[[int, int], Image.Image]
"""(width, height in pixels) → RGBA."""
SEAL_RED: Colour = (222, 40, 44)


def seal_paint(
    text: str,
    *,
    centre: str | None = None,
    colour: Colour = SEAL_RED,
    turn: float = 0.0,
    faded: float = 0.0,
    star: bool = True,
    code: str | None = None,
    oval: bool = False,
    seed: int = 0,
) -> Paint:
    """A seal: ring, name on the arc, star, a line below it, perhaps a 13-digit code along the lower arc."""

    def paint(wide: int, high: int) -> Image.Image:
        big = 520
        tall = int(big * 0.68) if oval else big
        mask = Image.new("L", (big, tall), 0)
        draw = ImageDraw.Draw(mask)
        ring = 13 if not oval else 10
        draw.ellipse((4, 4, big - 5, tall - 5), outline=255, width=ring)
        _arc_text(mask, text, big, tall, oval=oval, lower_code=code)
        middle = (big / 2, tall / 2)
        if star and not oval:
            radius = big * 0.155
            points = []
            for k in range(10):
                r = radius if k % 2 == 0 else radius * 0.382
                points.append((middle[0] + r * math.sin(k * math.pi / 5), middle[1] - r * math.cos(k * math.pi / 5)))
            draw.polygon(points, fill=255)
        if centre:
            size = int(min(big * 0.085, big * 0.62 / max(1, len(centre))))
            y = tall * (0.74 if not oval else 0.55)
            draw.text((middle[0], y), centre, fill=255, font=font("song_bold", size), anchor="mm")
        mask = mask.rotate(turn, Image.Resampling.BICUBIC, fillcolor=0)
        mask = mask.resize((wide, high), Image.Resampling.LANCZOS)
        strength = np.asarray(mask, np.float32) / 255.0
        rng = np.random.default_rng(seed)
        blotches = cv2.resize(rng.random((9, 9)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
        grain = cv2.GaussianBlur(rng.random((high, wide)).astype(np.float32), (0, 0), 0.8)
        grain = (grain - grain.mean()) * 2.2
        alpha = strength * np.clip(0.97 - 0.26 * (1 - blotches) + grain * 0.45, 0, 1) * (1 - 0.72 * faded)
        out = np.zeros((high, wide, 4), np.uint8)
        out[..., :3] = colour
        out[..., 3] = (alpha * 255).astype(np.uint8)
        return Image.fromarray(out, "RGBA")

    return paint


def _arc_text(mask: Image.Image, text: str, big: int, tall: int, *, oval: bool, lower_code: str | None) -> None:
    count = len(text)
    span = math.radians(min(285, 20 * count + 70)) if count > 1 else 0.0
    size = int(min(big * 0.132, (big * 0.375 * span / max(1, count - 1)) * 1.16)) if count > 1 else 60
    face = font("song_bold", max(14, size))
    rx, ry = big / 2 - 24 - size * 0.62, tall / 2 - 24 - size * 0.62
    for k, c in enumerate(text):
        angle = -span / 2 + (span * k / (count - 1) if count > 1 else 0)
        _stamp_letter(
            mask,
            c,
            face,
            big / 2 + rx * math.sin(angle),
            tall / 2 - ry * math.cos(angle),
            -math.degrees(angle),
            0.78,
            1.22,
        )
    if lower_code:
        small = font("arial", 22)
        for k, c in enumerate(lower_code):
            angle = math.radians(26) * (len(lower_code) - 1 - 2 * k) / (len(lower_code) - 1)
            r = big / 2 - 32
            _stamp_letter(
                mask,
                c,
                small,
                big / 2 - r * math.sin(angle),
                tall / 2 + r * math.cos(angle),
                math.degrees(-angle),
                1,
                1,
            )


def _stamp_letter(
    mask: Image.Image, c: str, face: object, x: float, y: float, turn: float, sx: float, sy: float
) -> None:
    side = int(face.size * 1.6)  # type: ignore[attr-defined]
    tile = Image.new("L", (side, side), 0)
    ImageDraw.Draw(tile).text((side / 2, side / 2), c, fill=255, font=face, anchor="mm")  # type: ignore[arg-type]
    tile = tile.resize((int(side * sx), int(side * sy)), Image.Resampling.BICUBIC).rotate(
        turn, Image.Resampling.BICUBIC, expand=True
    )
    mask.paste(255, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)


def seal(
    sheet: Sheet,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 40.0,
    own: bool = False,
    centre: str | None = None,
    turn: float = 0.0,
    faded: float = 0.0,
    colour: Colour = SEAL_RED,
    colour_name: str = "red",
    oval: bool = False,
    star: bool = True,
    seed: int = 0,
) -> None:
    """Stamps a seal with its middle at (x, y)."""
    high = size * (0.68 if oval else 1.0)
    box = (x - size / 2, y - high / 2, x + size / 2, y + high / 2)
    code = f"3202{random.Random(seed).randrange(10**8, 10**9)}" if own and not oval else None
    sheet.picture(
        box,
        seal_paint(
            text, centre=centre, colour=colour, turn=turn, faded=faded, oval=oval, star=star, code=code, seed=seed
        ),
    )
    sheet.seals.append(SealMark(box, text, centre, own, colour_name, "oval" if oval else "round"))


def own_seal(
    sheet: Sheet,
    text: str,
    *,
    x: float,
    y: float,
    seed: int = 0,
    faded: float = 0.0,
    centre: str | None = None,
    oval: bool = False,
) -> None:
    """The institution's own 公章, put by hand: anywhere near the place, a little turned."""
    rng = random.Random(f"own{seed}")
    seal(
        sheet,
        x + rng.uniform(-4, 4),
        y + rng.uniform(-4, 4),
        text,
        size=40 if not oval else 42,
        own=True,
        centre=centre,
        turn=rng.uniform(-25, 25),
        faded=faded,
        colour=(205 + rng.randrange(30), 30 + rng.randrange(30), 40 + rng.randrange(30)),
        oval=oval,
        seed=seed + 17,
    )


def gold_seal(sheet: Sheet, x: float, y: float, size: float, text: str) -> None:
    """An embossed gold paper seal with a toothed rim."""

    def paint(wide: int, high: int) -> Image.Image:
        big = 400
        im = Image.new("RGBA", (big, big), (0, 0, 0, 0))
        d = ImageDraw.Draw(im)
        rim = [
            (
                200 + (196 if k % 2 else 180) * math.cos(k * math.pi / 40),
                200 + (196 if k % 2 else 180) * math.sin(k * math.pi / 40),
            )
            for k in range(80)
        ]
        d.polygon(rim, fill=(222, 184, 40, 255))
        mask = Image.new("L", (big, big), 0)
        _arc_text(mask, text, big + 0, big, oval=False, lower_code=None)
        im.paste((150, 112, 16, 255), (0, 0), mask)
        d.ellipse((92, 92, 308, 308), outline=(160, 120, 20, 255), width=4)
        relief = im.filter(ImageFilter.EMBOSS)
        im = Image.blend(im, Image.merge("RGBA", (*relief.split()[:3], im.split()[3])), 0.25)
        return im.resize((wide, high), Image.Resampling.LANCZOS)

    box = (x - size / 2, y - size / 2, x + size / 2, y + size / 2)
    sheet.picture(box, paint, multiply=False)
    sheet.seals.append(SealMark(box, text, None, False, "gold", "round"))
