"""Pages from scanners, copiers and websites."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from papers.damage import Aged, affine, array, noise, same, skew
from papers.faces import font
from papers.sheet import Sheet


def clean(sheet: Sheet, rng: np.random.Generator) -> Aged:
    return Aged(sheet.image(300), same, quality=93, dpi=300)


def scan(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = skew(array(sheet.image(200)), rng.uniform(-1.4, 1.4))
    rgb = noise(rgb, rng, rng.uniform(3, 7))
    high, wide = rgb.shape[:2]
    shade = 1 - 0.10 * np.exp(-np.linspace(0, 8, wide))[None, :, None] * rng.uniform(0, 1)
    rgb = (rgb * shade).clip(0, 255).astype(np.uint8)
    for _ in range(rng.integers(4, 14)):
        at = (int(rng.integers(0, wide)), int(rng.integers(0, high)))
        cv2.circle(rgb, at, int(rng.integers(1, 3)), (70, 68, 66), -1)
    return Aged(Image.fromarray(rgb), move, quality=82)


def blur(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = skew(array(sheet.image(150)), rng.uniform(-0.8, 0.8))
    rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.75, 1.05))
    return Aged(Image.fromarray(noise(rgb, rng, 3)), move, quality=76, dpi=150)


def small(dpi: int) -> Callable[[Sheet, np.random.Generator], Aged]:
    """A careful scan, packed tightly: for examples that must stay small."""

    def draw(sheet: Sheet, rng: np.random.Generator) -> Aged:
        rgb, move = skew(array(sheet.image(dpi)), rng.uniform(-0.6, 0.6))
        rgb = cv2.bilateralFilter(rgb, 5, 26, 3)
        return Aged(Image.fromarray(rgb), move, quality=36, dpi=dpi)

    return draw


def grey(sheet: Sheet, rng: np.random.Generator) -> Aged:
    grey = cv2.cvtColor(array(sheet.image(200)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = 255 * ((grey / 255) ** rng.uniform(1.1, 1.6))
    grey = (grey - 128) * rng.uniform(1.05, 1.25) + 128 + rng.uniform(0, 14)
    grey = grey.clip(0, 255).astype(np.uint8)
    turned, move = skew(cv2.merge([grey] * 3), rng.uniform(-1, 1), (238, 238, 238))
    out = noise(turned, rng, 5, coloured=False)[..., 0]
    streak = int(rng.integers(0, out.shape[1] - 3))
    out[:, streak : streak + 2] = (out[:, streak : streak + 2] * 0.8).astype(np.uint8)
    return Aged(Image.fromarray(out), move, quality=80)


def bitonal(sheet: Sheet, rng: np.random.Generator) -> Aged:
    grey = cv2.cvtColor(array(sheet.image(200)), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.7)
    turned, move = skew(cv2.merge([grey] * 3), rng.uniform(-0.8, 0.8), (255, 255, 255))
    noisy = noise(turned, rng, 12, coloured=False)[..., 0]
    black = noisy < rng.integers(150, 178)
    salt = rng.random(black.shape)
    black = (black | (salt < 0.0004)) & (salt > 0.000001)
    return Aged(Image.fromarray((~black * 255).astype(np.uint8)).convert("1"), move)


def low(sheet: Sheet, rng: np.random.Generator) -> Aged:
    image = sheet.image(220)
    size = (round(image.width / 2), round(image.height / 2))
    rgb, move = skew(array(image.resize(size, Image.Resampling.BILINEAR)), rng.uniform(-0.6, 0.6))
    return Aged(Image.fromarray(noise(rgb, rng, 2)), move, quality=70, dpi=110)


def web(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A picture from a website: the long side 730 to 1000 pixels, packed twice."""
    image = sheet.image(200)
    side = int(rng.integers(730, 1000)) if sheet.width < 300 else int(rng.integers(1030, 1400))
    scale = side / max(image.size)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=int(rng.integers(60, 85)))
    return Aged(Image.open(io.BytesIO(out.getvalue())).convert("RGB"), same, quality=72, dpi=72)


def turned(degrees: int) -> Callable[[Sheet, np.random.Generator], Aged]:
    def draw(sheet: Sheet, rng: np.random.Generator) -> Aged:
        upright = scan(sheet, rng)
        return Aged(upright.image.rotate(-degrees, expand=True), upright.move, quality=84)

    return draw


def cropped(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = scan(sheet, rng)
    rgb = array(base.image)
    high, wide = rgb.shape[:2]
    left, top = int(wide * rng.uniform(0.01, 0.035)), int(high * rng.uniform(0.02, 0.05))
    right, bottom = int(wide * rng.uniform(0, 0.02)), int(high * rng.uniform(0, 0.02))
    cut = rgb[top : high - bottom, left : wide - right]
    matrix = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    shift = affine(matrix, (wide, high), (cut.shape[1], cut.shape[0]))
    return Aged(Image.fromarray(cut), lambda points: shift(base.move(points)), quality=82)


def faded(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """Toner and seals gone pale."""
    rgb, move = skew(array(sheet.image(200)), rng.uniform(-1, 1))
    pale = 255 - (255 - rgb.astype(np.float32)) * rng.uniform(0.42, 0.62)
    return Aged(Image.fromarray(noise(pale, rng, 4)), move, quality=84)


def jpeg(sheet: Sheet, rng: np.random.Generator) -> Aged:
    image = sheet.image(150)
    for quality in (30, 38):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=2)
        image = Image.open(io.BytesIO(out.getvalue())).convert("RGB")
    return Aged(image, same, quality=40, dpi=150)


def skewed(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = skew(array(sheet.image(180)), float(rng.choice([-1, 1])) * rng.uniform(3, 6))
    return Aged(Image.fromarray(noise(rgb, rng, 4)), move, quality=82, dpi=180)


def pasted(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A small picture pasted on a bigger white page, with a scanner app's line below."""
    small = sheet.image(120)
    rim = (int(small.width * rng.uniform(0.05, 0.16)), int(small.height * rng.uniform(0.06, 0.2)))
    whole = Image.new("RGB", (small.width + 2 * rim[0], small.height + 2 * rim[1]), (252, 252, 251))
    whole.paste(small, rim)
    ImageDraw.Draw(whole).text(
        (whole.width * 0.6, whole.height - rim[1] * 0.7),
        "由扫描软件生成",
        fill=(60, 60, 60),
        font=font("hei", max(9, int(small.width * 0.018))),
    )
    matrix = np.array([[1, 0, rim[0]], [0, 1, rim[1]], [0, 0, 1]], np.float64)
    return Aged(whole, affine(matrix, small.size, whole.size), quality=80, dpi=120)
