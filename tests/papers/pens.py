"""Handwriting: pen strokes that say something."""

from __future__ import annotations

import random

import cv2
import numpy as np
from PIL import Image, ImageDraw

from papers.faces import font
from papers.sheet import Colour, Sheet


def handwriting(
    sheet: Sheet,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 9.0,
    seed: int = 0,
    colour: Colour = (24, 26, 40),
    sweep: bool = True,
    record: bool = True,
) -> None:
    """Pen strokes that say ``text``, with its top left near (x, y); not recorded as print."""
    rng = random.Random(f"hand{seed}{text}")
    strength = 0.022 if text.isascii() else 0.05
    slant, wobble_seed = rng.uniform(-0.1, 0.35), rng.randrange(10**6)
    wide_mm = size * (len(text) * 0.92 + 0.8)
    box = (x, y, x + wide_mm, y + size * 1.5)

    def paint(wide: int, high: int) -> Image.Image:
        local = random.Random(wobble_seed)
        unit = wide / wide_mm
        mask = Image.new("L", (wide, high), 0)
        d = ImageDraw.Draw(mask)
        at = size * 0.25 * unit
        for c in text:
            grown = size * local.uniform(0.85, 1.15) * unit * (0.62 if c.isascii() else 1)
            side = int(grown * 1.7)
            tile = Image.new("L", (side, side), 0)
            ImageDraw.Draw(tile).text(
                (side / 2, side / 2), c, fill=255, font=font("hand", max(6, int(grown))), anchor="mm"
            )
            tile = tile.rotate(local.uniform(-9, 9), Image.Resampling.BICUBIC)
            mask.paste(255, (int(at - side * 0.2), int(high * 0.5 - side / 2 + local.uniform(-0.1, 0.1) * grown)), tile)
            at += grown * (0.62 if c.isascii() else 0.86)
        if sweep:
            pts = [
                (size * 0.2 * unit, high * local.uniform(0.4, 0.7)),
                (wide * 0.4, high * local.uniform(0.25, 0.8)),
                (wide * 0.75, high * local.uniform(0.3, 0.9)),
                (wide * 0.97, high * local.uniform(0.2, 0.6)),
            ]
            curve = _bezier(pts)
            d.line(curve, fill=255, width=max(1, int(size * 0.045 * unit)), joint="curve")
        arr = np.asarray(mask)
        noise = np.random.default_rng(wobble_seed)
        small = noise.normal(0, 1, (2, 7, max(3, 4 * len(text)))).astype(np.float32)
        dx, dy = (cv2.resize(s, (wide, high), interpolation=cv2.INTER_CUBIC) * size * strength * unit for s in small)
        gy, gx = np.mgrid[0:high, 0:wide].astype(np.float32)
        arr = cv2.remap(arr, gx + dx + (gy - high / 2) * slant, gy + dy, cv2.INTER_LINEAR, borderValue=0)
        out = np.zeros((high, wide, 4), np.uint8)
        out[..., :3] = colour
        out[..., 3] = np.clip(arr.astype(np.float32) * 0.95, 0, 255).astype(np.uint8)
        return Image.fromarray(out, "RGBA")

    sheet.picture(box, paint)
    if record:
        sheet.ink.append((x + size * 0.2, y + size * 0.2, x + wide_mm - size * 0.2, y + size * 1.3))


def _bezier(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    p = np.array(points)
    t = np.linspace(0, 1, 40)[:, None]
    curve = (1 - t) ** 3 * p[0] + 3 * (1 - t) ** 2 * t * p[1] + 3 * (1 - t) * t**2 * p[2] + t**3 * p[3]
    return [tuple(q) for q in curve]
