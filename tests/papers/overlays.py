"""Words laid over a copy: watermarks and stamps that say what it may be used for."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from papers.damage import Aged, array
from papers.faces import font
from papers.scanners import scan
from papers.sheet import Sheet


def overlay(
    text: str,
    *,
    strength: float,
    colour: tuple[int, int, int],
    size: float,
    angle: float,
    count: int,
    rng: np.random.Generator,
    rgb: np.ndarray,
) -> np.ndarray:
    high, wide = rgb.shape[:2]
    mask = Image.new("L", (wide, high), 0)
    face = font("hei", max(8, int(size * wide)))
    long = int(face.getlength(text)) + 10
    tile = Image.new("L", (long, int(face.size * 1.7)), 0)
    ImageDraw.Draw(tile).text((5, 4), text, fill=255, font=face)
    tile = tile.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    for k in range(count):
        at = (int(rng.uniform(-0.05, 0.45) * wide), int((k + rng.uniform(0.1, 0.5)) * high / count))
        mask.paste(255, at, tile)
    alpha = (np.asarray(mask, np.float32) / 255 * strength)[..., None]
    return (rgb * (1 - alpha) + np.array(colour) * alpha).clip(0, 255).astype(np.uint8)


_PURPOSES = ("仅供平台入驻使用", "仅供办理机构入驻审核使用 他用无效", "此复印件仅供入驻资格审核使用 2026.11.10")


def watermark(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = scan(sheet, rng)
    rgb = overlay(
        str(rng.choice(_PURPOSES)),
        strength=rng.uniform(0.18, 0.34),
        colour=(110, 110, 116),
        size=0.036,
        angle=rng.uniform(20, 40),
        count=4,
        rng=rng,
        rgb=array(base.image),
    )
    return Aged(Image.fromarray(rgb), base.move, quality=82)


def stamped(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = scan(sheet, rng)
    rgb = array(base.image).copy()
    high, wide = rgb.shape[:2]
    text = str(rng.choice(("此件仅供入驻审核使用", "此件与原件一致", "此件仅供平台入驻 再复印无效")))
    face = font("song_bold", int(wide * 0.028))
    long = int(face.getlength(text)) + 40
    tall = int(face.size * 2.1)
    tile = Image.new("L", (long, tall), 0)
    d = ImageDraw.Draw(tile)
    d.rectangle((3, 3, long - 4, tall - 4), outline=255, width=4)
    d.text((20, tall / 2), text, fill=255, font=face, anchor="lm")
    tile = tile.rotate(rng.uniform(-14, 14), Image.Resampling.BICUBIC, expand=True)
    x, y = int(rng.uniform(0.08, 0.5) * wide), int(rng.uniform(0.2, 0.86) * high)
    colour = np.array([[196, 40, 44], [40, 60, 160]])[int(rng.integers(0, 2))]
    patch = rgb[y : y + tile.height, x : x + tile.width]
    alpha = (np.asarray(tile, np.float32)[: patch.shape[0], : patch.shape[1]] / 255 * 0.75)[..., None]
    rgb[y : y + tile.height, x : x + tile.width] = (patch * (1 - alpha + alpha * colour / 255)).astype(np.uint8)
    return Aged(Image.fromarray(rgb), base.move, quality=84)
