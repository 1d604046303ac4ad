"""What real packets hold besides good scans: chat pictures, thumbnails, copies of copies, thin paper, stamped dates."""

from __future__ import annotations

import io
import math

import cv2
import numpy as np
from PIL import Image

from papers.cameras import photo
from papers.damage import Aged, affine, array, noise, same, skew
from papers.scanners import grey
from papers.seals import seal_paint
from papers.sheet import Sheet

_DATES = ("valid_to", "issued_on", "signed_on", "calibrated_on")
_SEAL_MM = 40.0


def chat(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A photograph in poor light, shaken, shrunk and packed hard by a messenger."""
    taken = photo(sheet, rng)
    rgb = array(taken.image).astype(np.float32)
    dim = rng.uniform(0.55, 0.85)
    rgb = 255 * (rgb / 255) ** rng.uniform(1.0, 1.25) * dim + rng.normal(0, 5, rgb.shape)
    shake = int(rng.integers(2, 4))
    kernel = np.zeros((shake, shake), np.float32)
    kernel[shake // 2] = 1 / shake
    if rng.random() < 0.5:
        kernel = kernel.T
    rgb = cv2.filter2D(rgb.clip(0, 255).astype(np.uint8), -1, np.ascontiguousarray(kernel))
    scale = float(rng.uniform(1240, 1700)) / max(rgb.shape[:2])
    image = Image.fromarray(rgb).resize(
        (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale)), Image.Resampling.BILINEAR
    )
    return Aged(_packed(image, int(rng.integers(48, 62))), taken.move, quality=int(rng.integers(42, 55)), dpi=72)


def thumbnail(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """The small picture that an institution's website shows: long side 560 to 740 pixels, packed twice."""
    image = sheet.image(200)
    side = int(rng.integers(560, 740)) if sheet.width < 250 else int(rng.integers(760, 1000))
    scale = side / max(image.size)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    return Aged(_packed(small, int(rng.integers(66, 88))), same, quality=78, dpi=72)


def bleed(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """Thin yellowed paper in uneven light; the print of a page behind it shows through."""
    rgb = array(sheet.image(170)).astype(np.float32)
    high, wide = rgb.shape[:2]
    behind = Sheet(sheet.width, sheet.height)
    for line in range(26):
        behind.text(22, 30 + line * (sheet.height - 60) / 26, "管理体系文件记录表格及附页内容" * 2, 4.2, face="song")
    back = array(behind.image(170).resize((wide, high)))[:, ::-1].astype(np.float32)
    back = cv2.GaussianBlur(back, (0, 0), 1.6)
    rgb -= (255 - back) * rng.uniform(0.16, 0.3)
    cloud = cv2.resize(rng.normal(0, 1, (7, 5)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    light = 0.9 + 0.05 * cloud[..., None]
    tint = np.array([1.0, rng.uniform(0.95, 0.99), rng.uniform(0.82, 0.9)])
    rgb = rgb * light * tint
    for _ in range(int(rng.integers(1, 4))):  # stains and creases
        x, y, r = rng.uniform(0, wide), rng.uniform(0, high), rng.uniform(0.03, 0.1) * wide
        gy, gx = np.ogrid[0:high, 0:wide]
        ring = np.exp(-(((np.hypot(gx - x, gy - y) - r) / (0.12 * r)) ** 2))
        rgb -= ring[..., None] * np.array([14, 22, 34])
    turned, move = skew(noise(rgb, rng, 5), rng.uniform(-1.6, 1.6), (228, 222, 204))
    return Aged(Image.fromarray(turned), move, quality=62, dpi=170)


def recopied(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A grey copy of a grey copy: hard contrast, dust, a dark edge, holes."""
    first = grey(sheet, rng)
    page = np.asarray(first.image.convert("L")).astype(np.float32)
    page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.8, 1.1))
    page = (page - 120) * rng.uniform(1.35, 1.7) + 128
    high, wide = page.shape
    for _ in range(int(rng.integers(60, 160))):
        at = (int(rng.integers(0, wide)), int(rng.integers(0, high)))
        cv2.circle(page, at, int(rng.integers(1, 3)), float(rng.integers(30, 120)), -1)
    edge = int(wide * rng.uniform(0.004, 0.014))
    page[:, : max(1, edge)] = 40
    for hole in (0.38, 0.62):
        cv2.circle(page, (int(wide * 0.025), int(high * hole)), int(wide * 0.012), 25.0, -1)
    turned, move = skew(cv2.merge([page.clip(0, 255).astype(np.uint8)] * 3), rng.uniform(-0.9, 0.9), (244,) * 3)
    copied = noise(turned, rng, 6, coloured=False)[..., 0]
    before = first.move
    return Aged(Image.fromarray(copied), lambda points: move(before(points)), quality=66)


def sealed(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A scan on which a dense red seal was pressed right over the dates."""
    dpi = int(rng.choice([150, 200]))
    rgb = array(sheet.image(dpi)).astype(np.float32)
    scale = dpi / 25.4
    side = int(_SEAL_MM * scale)
    text = next((mark.text for mark in sheet.seals if mark.text), "档案核对专用印章")
    # One seal a date: its year, month and day may be runs of their own.
    for run in {run.field: run for run in reversed(sheet.runs) if run.field in _DATES}.values():
        x0, y0, x1, y1 = run.box
        x = int((rng.uniform(x0, x1)) * scale) - side // 2
        y = int((rng.uniform(y0, y1) + rng.uniform(-6, 6)) * scale) - side // 2
        paint = seal_paint(text, turn=float(rng.uniform(-40, 40)), seed=int(rng.integers(0, 9999)))
        print_ = np.asarray(paint(side, side), np.float32)
        left, top = max(0, x), max(0, y)
        patch = rgb[top : y + side, left : x + side]
        ink = print_[top - y : top - y + patch.shape[0], left - x : left - x + patch.shape[1]]
        alpha = ink[..., 3:] / 255 * rng.uniform(0.85, 1.0)
        patch *= 1 - alpha + alpha * ink[..., :3] / 255
    turned, move = skew(rgb.clip(0, 255).astype(np.uint8), rng.uniform(-1.2, 1.2))
    return Aged(Image.fromarray(noise(turned, rng, 5)), move, quality=74, dpi=dpi)


def tilted(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A photograph held far aslant: the far edge of the page is much shorter than the near one."""
    flat = array(sheet.image(200))
    high, wide = flat.shape[:2]
    squeeze = rng.uniform(0.14, 0.22)
    top = 1 - rng.uniform(0.08, 0.16)
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    shift = rng.uniform(-0.04, 0.04) * wide
    onto = np.array(
        [
            [wide * squeeze + shift, high * (1 - top)],
            [wide * (1 - squeeze) + shift, high * (1 - top) + rng.uniform(-0.02, 0.02) * high],
            [wide, high],
            [0, high],
        ],
        np.float32,
    ) + np.array([0.05 * wide, 0.02 * high], np.float32)
    size = (int(wide * 1.1), int(high * 1.05))
    matrix = cv2.getPerspectiveTransform(corners, onto.astype(np.float32))
    ground = np.full((size[1], size[0], 3), (118, 98, 80), np.uint8)
    page = cv2.warpPerspective(flat, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), matrix, size)
    rgb = np.where(mask[..., None] > 127, page, ground).astype(np.float32)
    _, gx = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    light = 0.78 + 0.22 * np.cos((gx / size[0] - rng.uniform(0.3, 0.7)) * math.pi * 0.8)
    rgb = rgb * light[..., None] * np.array([1.0, 0.985, 0.92])
    rgb = cv2.GaussianBlur(rgb.clip(0, 255).astype(np.uint8), (0, 0), 0.7)
    return Aged(Image.fromarray(noise(rgb, rng, 4)), affine(matrix, (wide, high), size), quality=74, dpi=180)


def _packed(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=2)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")
