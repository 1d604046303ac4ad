"""What is not text: emblem-like discs, borders, QR codes, marks of accreditation; seals and pens beside them."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from papers.faces import font
from papers.pens import handwriting
from papers.seals import SEAL_RED, gold_seal, own_seal, seal
from papers.sheet import Colour, Sheet

__all__ = [
    "SEAL_RED",
    "background_letters",
    "border",
    "cma_mark",
    "emblem",
    "gilded",
    "gold_seal",
    "handwriting",
    "oval_mark",
    "own_seal",
    "qr",
    "seal",
    "tint",
    "watermark",
]


def emblem(sheet: Sheet, x: float, y: float, size: float, *, foil: bool = False) -> None:
    """A red disc with gold rim and stars at (x, y); like an emblem, but nobody's."""
    ground, gold = ((206, 32, 30), (214, 170, 60)) if not foil else ((196, 44, 40), (226, 190, 40))

    def paint(wide: int, high: int) -> Image.Image:
        big = 400
        im = Image.new("RGBA", (big, big), (0, 0, 0, 0))
        d = ImageDraw.Draw(im)
        d.ellipse((20, 4, 380, 364), fill=(*gold, 255))
        for k in range(48):
            a = k * math.pi / 24
            d.line(
                (200 + 150 * math.cos(a), 184 + 150 * math.sin(a), 200 + 178 * math.cos(a), 184 + 178 * math.sin(a)),
                fill=(*ground, 255),
                width=5,
            )
        d.ellipse((52, 36, 348, 332), fill=(*ground, 255))
        for cx, cy, r in ((200, 110, 34), (130, 128, 13), (165, 150, 12), (235, 150, 12), (270, 128, 13)):
            d.polygon(
                [
                    (
                        cx + (r if k % 2 == 0 else r * 0.4) * math.sin(k * math.pi / 5),
                        cy - (r if k % 2 == 0 else r * 0.4) * math.cos(k * math.pi / 5),
                    )
                    for k in range(10)
                ],
                fill=(*gold, 255),
            )
        d.rectangle((120, 236, 280, 262), fill=(*gold, 255))
        d.polygon([(110, 236), (290, 236), (262, 208), (138, 208)], fill=(*gold, 255))
        for k in range(7):
            d.rectangle((124 + k * 23, 262, 134 + k * 23, 290), fill=(*gold, 255))
        d.polygon([(120, 330), (280, 330), (300, 396), (200, 366), (100, 396)], fill=(*ground, 255))
        d.arc((140, 300, 260, 390), 0, 180, fill=(*gold, 255), width=7)
        return im.resize((wide, high), Image.Resampling.LANCZOS)

    sheet.picture((x - size / 2, y - size / 2, x + size / 2, y + size / 2), paint, multiply=False)


@functools.lru_cache(maxsize=8)
def _guilloche(wide: int, high: int, band: int, colour: Colour, style: str) -> Image.Image:
    im = Image.new("RGBA", (wide, high), (*colour, 0))
    arr = np.zeros((high, wide), np.float32)
    scale = 1
    layer = np.zeros((high * scale, wide * scale), np.uint8)
    if style == "waves":
        for phase in np.linspace(0, 2 * math.pi, 9, endpoint=False):
            for side in range(4):
                long = wide if side % 2 == 0 else high
                t = np.arange(0, long, 2)
                wave = band / 2 + band * 0.42 * np.sin(t / (band * 0.42) + phase) * np.cos(t / (band * 1.7) + phase / 2)
                xs, ys = {0: (t, wave), 1: (wide - 1 - wave, t), 2: (t, high - 1 - wave), 3: (wave, t)}[side]
                pts = np.stack([xs, ys], 1).astype(np.int32)
                cv2.polylines(layer, [pts], False, 200, max(1, band // 40), cv2.LINE_AA)
        cv2.rectangle(layer, (0, 0), (wide - 1, high - 1), 255, max(2, band // 12))
        cv2.rectangle(layer, (band, band), (wide - 1 - band, high - 1 - band), 255, max(2, band // 14))
    elif style == "scallop":
        step = max(8, int(band * 0.9))
        for side in range(4):
            long = wide if side % 2 == 0 else high
            for p in range(band // 2, long, step):
                c = {0: (p, band // 2), 1: (wide - 1 - band // 2, p), 2: (p, high - 1 - band // 2), 3: (band // 2, p)}[
                    side
                ]
                for r in range(band // 8, band // 2 + 2, max(2, band // 7)):
                    cv2.circle(layer, c, r, 210, max(1, band // 30), cv2.LINE_AA)
        cv2.rectangle(layer, (0, 0), (wide - 1, high - 1), 255, max(1, band // 14))
    elif style == "meander":
        step = band
        for side in range(4):
            long = wide if side % 2 == 0 else high
            for p in range(0, long - step, step):
                u = (
                    np.array(
                        [[0.1, 0.85], [0.1, 0.15], [0.85, 0.15], [0.85, 0.7], [0.4, 0.7], [0.4, 0.42], [0.62, 0.42]]
                    )
                    * band
                )
                a, b = u[:, 0] + p, u[:, 1]
                xs, ys = {0: (a, b), 1: (wide - 1 - b, a), 2: (a, high - 1 - b), 3: (b, a)}[side]
                cv2.polylines(
                    layer, [np.stack([xs, ys], 1).astype(np.int32)], False, 220, max(1, band // 11), cv2.LINE_AA
                )
        cv2.rectangle(layer, (0, 0), (wide - 1, high - 1), 255, max(1, band // 12))
        cv2.rectangle(layer, (band, band), (wide - 1 - band, high - 1 - band), 255, max(1, band // 12))
    else:  # lines
        for k, thick in ((0, 0.34), (0.52, 0.1), (0.8, 0.1)):
            inset = int(band * k)
            cv2.rectangle(layer, (inset, inset), (wide - 1 - inset, high - 1 - inset), 255, max(1, int(band * thick)))
    arr = layer.astype(np.float32) / 255
    out = np.asarray(im).copy()
    out[..., 3] = (arr * 235).astype(np.uint8)
    return Image.fromarray(out, "RGBA")


def border(
    sheet: Sheet, *, inset: float = 10.0, band: float = 7.0, colour: Colour = (150, 146, 120), style: str = "waves"
) -> None:
    """A guilloche frame; styles waves, scallop, meander, lines."""

    def paint(wide: int, high: int) -> Image.Image:
        return _guilloche(wide, high, max(4, round(band * wide / (sheet.width - 2 * inset))), colour, style)

    sheet.picture((inset, inset, sheet.width - inset, sheet.height - inset), paint, under=True)


def background_letters(sheet: Sheet, text: str = "SCJDGL", *, colour: Colour = (249, 240, 235), seed: int = 0) -> None:
    """Pale letters repeated over the page, which readers pick up as words."""

    def paint(wide: int, high: int) -> Image.Image:
        im = Image.new("RGBA", (wide, high), (255, 255, 255, 0))
        d = ImageDraw.Draw(im)
        size = max(8, int(wide * 0.026))
        face = font("arial_bold", size)
        for row in range(1, 12):
            for col in range(5):
                x = (col + (row % 2) * 0.5) * wide / 4.6 - wide * 0.05
                d.text((x, row * high / 12), text, font=face, fill=(*colour, 255))
        return im

    sheet.picture((12, 12, sheet.width - 12, sheet.height - 12), paint, under=True)


def tint(sheet: Sheet, *, style: str = "weave", colour: Colour = (205, 200, 190), seed: int = 0) -> None:
    """Security print under the text: weave, waves or rays."""

    def paint(wide: int, high: int) -> Image.Image:
        y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
        unit = wide / 210.0
        if style == "weave":
            value = (np.sin(x / unit * 3.2) * np.sin(y / unit * 3.2) > 0.55) * 0.55
        elif style == "rays":
            angle = np.arctan2(y - high * 0.5, x - wide * 0.5)
            value = (np.sin(angle * 90 + np.hypot(x - wide / 2, y - high / 2) / unit * 0.25) > 0.75) * 0.5
        else:
            value = (
                np.sin(y / unit * 2.1 + 3.2 * np.sin(x / unit * 0.09) + 2 * np.sin(x / unit * 0.031)) > 0.86
            ) * 0.55
        out = np.zeros((high, wide, 4), np.uint8)
        out[..., :3] = colour
        out[..., 3] = (value * 255).astype(np.uint8)
        return Image.fromarray(out, "RGBA")

    sheet.picture((0, 0, sheet.width, sheet.height), paint, under=True)


def gilded(
    sheet: Sheet,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    spacing: float = 0.0,
    face: str = "hei_bold",
    dark: float = 0.3,
) -> None:
    """A title in foil, half of it turned dark by the scanner's lamp; also recorded as printed text."""
    from papers.faces import width as measure

    wide_mm = measure(face, text, size, spacing)
    run = sheet.text(x, y, text, size, face=face, spacing=spacing, anchor="centre", colour=(120, 92, 30))
    box = (run.x, run.y - size * 0.1, run.x + wide_mm, run.y + size * 1.15)

    def paint(wide: int, high: int) -> Image.Image:
        scale = wide / wide_mm
        mask = Image.new("L", (wide, high), 0)
        d = ImageDraw.Draw(mask)
        at = 0.0
        for c in text:
            d.text((at, size * 0.96 * scale), c, fill=255, font=font(face, max(4, round(size * scale))), anchor="ls")
            at += (measure(face, c, size) + spacing) * scale
        t = (
            np.linspace(0, 1, wide, dtype=np.float32)[None, :] * 6
            + np.linspace(0, 1, high, dtype=np.float32)[:, None] * 2.2
        )
        shine = (np.sin(t * 2.4) * 0.5 + 0.5)[..., None]
        low, top = np.array([60, 40, 8]), np.array([206, 172, 84])
        rgb = low * (1 - shine) + top * shine
        rgb = rgb * (1 - dark * (np.linspace(0, 1, high)[:, None, None] > 0.5))
        out = np.dstack([rgb, np.asarray(mask, np.float32)]).astype(np.uint8)
        return Image.fromarray(out, "RGBA")

    sheet.picture(box, paint, multiply=False)


def qr(sheet: Sheet, x: float, y: float, size: float, text: str, *, record: bool = True) -> None:
    """A QR code with its top left at (x, y)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.array(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))

    def paint(wide: int, high: int) -> Image.Image:
        return Image.fromarray(modules).resize((wide, high), Image.Resampling.NEAREST).convert("RGBA")

    margin = size * 0.06
    sheet.rectangle((x - margin, y - margin, x + size + margin, y + size + margin), fill=(255, 255, 255))
    box = (x, y, x + size, y + size)
    sheet.picture(box, paint, multiply=False)
    if record:
        sheet.codes.append((box, text))


def oval_mark(sheet: Sheet, x: float, y: float, wide: float, text: str, *, colour: Colour = (30, 30, 34)) -> None:
    """An oval mark with letters in it; the letters are recorded as print."""
    high = wide * 0.52

    def paint(w: int, h: int) -> Image.Image:
        im = Image.new("RGBA", (w, h), (0, 0, 0, 0))
        d = ImageDraw.Draw(im)
        d.ellipse((2, 2, w - 3, h - 3), outline=(*colour, 255), width=max(2, h // 12))
        d.arc((w * 0.08, -h * 0.1, w * 1.05, h * 0.7), 190, 300, fill=(*colour, 255), width=max(2, h // 14))
        return im

    sheet.picture((x, y, x + wide, y + high), paint, multiply=False)
    sheet.text(
        x + wide / 2, y + high * 0.26, text, high * 0.5, face="arial_bold_italic", colour=colour, anchor="centre"
    )


def cma_mark(sheet: Sheet, x: float, y: float, wide: float) -> None:
    """The C-shaped mark with MA inside."""
    high = wide * 0.58

    def paint(w: int, h: int) -> Image.Image:
        im = Image.new("RGBA", (w, h), (0, 0, 0, 0))
        d = ImageDraw.Draw(im)
        t = max(2, h // 12)
        d.arc((t, t, h * 1.1, h - t), 90, 270, fill=(30, 30, 34, 255), width=t)
        d.line((h * 0.55, t * 1.4, w - t * 3, t * 1.4), fill=(30, 30, 34, 255), width=t)
        d.line((h * 0.55, h - t * 1.6, w - t * 3, h - t * 1.6), fill=(30, 30, 34, 255), width=t)
        d.line((w - t * 3, t * 1.4, w - t, h * 0.3), fill=(30, 30, 34, 255), width=t)
        d.line((w - t * 3, h - t * 1.6, w - t, h * 0.7), fill=(30, 30, 34, 255), width=t)
        return im

    sheet.picture((x, y, x + wide, y + high), paint, multiply=False)
    sheet.text(x + wide * 0.55, y + high * 0.16, "MA", high * 0.68, face="song_bold", anchor="centre")


def watermark(
    sheet: Sheet,
    text: str,
    *,
    angle: float = 28.0,
    size: float = 9.0,
    colour: Colour = (120, 120, 120),
    strength: float = 0.22,
    rows: int = 4,
) -> None:
    """Grey words across the page (仅供…使用)."""

    def paint(wide: int, high: int) -> Image.Image:
        unit = wide / sheet.width
        face = font("hei", max(6, int(size * unit)))
        mask = Image.new("L", (wide, high), 0)
        long = int(face.getlength(text)) + 8
        tile = Image.new("L", (long, int(size * unit * 1.6)), 0)
        ImageDraw.Draw(tile).text((4, 2), text, fill=255, font=face)
        tile = tile.rotate(angle, Image.Resampling.BICUBIC, expand=True)
        for k in range(rows):
            at = (int(wide * (0.12 + 0.25 * (k % 2))), int(high * (0.05 + 0.9 * k / rows)))
            mask.paste(255, at, tile)
        out = np.zeros((high, wide, 4), np.uint8)
        out[..., :3] = colour
        out[..., 3] = (np.asarray(mask, np.float32) * strength).astype(np.uint8)
        return Image.fromarray(out, "RGBA")

    sheet.picture((0, 0, sheet.width, sheet.height), paint)
