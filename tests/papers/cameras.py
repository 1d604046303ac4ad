"""Pages photographed by a telephone, folded, or lying open in a folder."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image

from papers.damage import Aged, Points, affine, array, noise, skew
from papers.sheet import Sheet


def photo(sheet: Sheet, rng: np.random.Generator) -> Aged:
    flat = array(sheet.image(190))
    high, wide = flat.shape[:2]
    margin = rng.uniform(0.04, 0.10)
    out_w, out_h = int(wide * (1 + 2 * margin)), int(high * (1 + 2 * margin))
    lean = 0.05
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    onto = (
        corners
        + np.array([wide * margin, high * margin])
        + rng.uniform(-lean, lean, (4, 2)) * np.array([wide, high]) * 0.75
    )
    matrix = cv2.getPerspectiveTransform(corners, onto.astype(np.float32))
    table = np.full((out_h, out_w, 3), rng.choice(np.array([[96, 74, 54], [60, 62, 68], [150, 132, 110]])), np.uint8)
    grain = cv2.resize(
        rng.normal(0, 9, (out_h // 40, 6)).astype(np.float32), (out_w, out_h), interpolation=cv2.INTER_CUBIC
    )
    table = (table + grain[..., None]).clip(0, 255).astype(np.uint8)
    mask = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), matrix, (out_w, out_h))
    page = cv2.warpPerspective(flat, matrix, (out_w, out_h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shadow = cv2.GaussianBlur(mask, (0, 0), 14)
    table = (table * (1 - 0.35 * shadow[..., None] / 255)).astype(np.uint8)
    rgb = np.where(mask[..., None] > 127, page, table)
    # page curl: a slow vertical displacement along x
    bow = rng.uniform(-0.012, 0.012) * out_h
    phase = rng.uniform(0, math.pi)
    gy, gx = np.mgrid[0:out_h, 0:out_w].astype(np.float32)
    rgb = cv2.remap(
        rgb, gx, gy + bow * np.sin(gx / out_w * math.pi + phase), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # light: warm cast, a gradient, the phone's shadow, perhaps a glare
    warm = np.array([rng.uniform(0.98, 1.03), 1.0, rng.uniform(0.82, 0.95)])
    across = np.linspace(rng.uniform(0.72, 0.95), 1.0, out_w)[None, :, None]
    down = np.linspace(1.0, rng.uniform(0.78, 1.0), out_h)[:, None, None]
    light = across[:, ::-1] if rng.random() < 0.5 else across
    edge = rng.uniform(0.3, 0.8) * out_w + (gy - out_h / 2) * rng.uniform(-0.5, 0.5)
    dark = 1 - rng.uniform(0.08, 0.26) / (1 + np.exp(np.clip(-(gx - edge) / 26, -60, 60)))
    lit = rgb.astype(np.float32) * warm * light * down * dark[..., None] * rng.uniform(0.9, 1.04)
    if rng.random() < 0.4:
        cx, cy, r = rng.uniform(0.2, 0.8) * out_w, rng.uniform(0.55, 0.95) * out_h, rng.uniform(0.05, 0.10) * out_w
        lit += 90 * np.exp(-(((gx - cx) / r) ** 2 + ((gy - cy) / (r * 0.6)) ** 2))[..., None]
    rgb = cv2.GaussianBlur(lit.clip(0, 255).astype(np.uint8), (0, 0), rng.uniform(0.5, 0.9))
    rgb = noise(rgb, rng, 4)
    flatten = affine(matrix, (wide, high), (out_w, out_h))

    def move(points: Points) -> Points:
        moved = flatten(points).copy()
        moved[:, 1] -= bow * np.sin(moved[:, 0] * math.pi + phase) / out_h
        return moved

    return Aged(Image.fromarray(rgb), move, quality=78, dpi=180)


def small_photo(sheet: Sheet, rng: np.random.Generator) -> Aged:
    taken = photo(sheet, rng)
    return Aged(
        taken.image.resize((taken.image.width * 4 // 5, taken.image.height * 4 // 5), Image.Resampling.BICUBIC),
        taken.move,
        quality=52,
        dpi=150,
    )


def exif(sheet: Sheet, rng: np.random.Generator) -> Aged:
    upright = photo(sheet, rng)
    orientation = int(rng.choice([3, 6, 8]))
    back = {3: 180, 6: 90, 8: 270}[orientation]
    return Aged(upright.image.rotate(back, expand=True), upright.move, exif=orientation, quality=80)


def spread(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """The page at the left of an open folder, something unimportant at the right."""
    page = array(sheet.image(150))
    high, wide = page.shape[:2]
    gutter = int(wide * 0.03)
    rim = int(wide * 0.03)
    whole = np.full((high + 2 * rim, 2 * wide + gutter + 2 * rim, 3), (46, 50, 62), np.uint8)
    whole[rim : rim + high, rim : rim + wide] = page
    whole[rim : rim + high, rim + wide + gutter : rim + 2 * wide + gutter] = (247, 245, 240)
    ruled = Sheet(sheet.width, sheet.height)
    ruled.text(sheet.width / 2, sheet.height * 0.3, "变更及备注记录", 6, face="hei", anchor="centre")
    for k in range(8):
        y = sheet.height * (0.4 + 0.06 * k)
        ruled.line(30, y, sheet.width - 30, y, 0.3, (160, 160, 160))
    whole[rim : rim + high, rim + wide + gutter : rim + 2 * wide + gutter] = array(
        ruled.image(150).resize((wide, high))
    )
    x = np.linspace(0, 1, whole.shape[1])
    fold = 1 - 0.3 * np.exp(-(((x - 0.5) / 0.03) ** 2))
    rgb = (whole * fold[None, :, None]).clip(0, 255).astype(np.uint8)
    matrix = np.array([[1, 0, rim], [0, 1, rim], [0, 0, 1]], np.float64)
    place = affine(matrix, (wide, high), (whole.shape[1], whole.shape[0]))
    rgb, turn = skew(rgb, rng.uniform(-0.7, 0.7), (46, 50, 62))
    return Aged(Image.fromarray(noise(rgb, rng, 3)), lambda p: turn(place(p)), quality=80, dpi=150)


def folded(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb = array(sheet.image(190)).astype(np.float32)
    high, wide = rgb.shape[:2]
    gy, gx = np.mgrid[0:high, 0:wide].astype(np.float32)
    crease = high * rng.uniform(0.35, 0.65) + (gx - wide / 2) * rng.uniform(-0.03, 0.03)
    depth = rng.uniform(3, 7)
    offset = depth * np.exp(-np.abs(gy - crease) / (high * 0.06))
    rgb = cv2.remap(rgb, gx, gy + offset, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = 1 + 0.16 * np.exp(-(((gy - crease - 6) / 5.0) ** 2)) - 0.26 * np.exp(-(((gy - crease + 3) / 6.0) ** 2))
    light = light * np.where(gy < crease, 1.0, rng.uniform(0.88, 0.97))
    if rng.random() < 0.6:
        upright = wide * rng.uniform(0.42, 0.58)
        light = light * (1 - 0.2 * np.exp(-(((gx - upright) / 4.0) ** 2)))
    rgb = (rgb * light[..., None]).clip(0, 255).astype(np.uint8)
    rgb, turn = skew(rgb, rng.uniform(-1, 1))
    slope = float((crease[0, -1] - crease[0, 0]) / wide)
    start = float(crease[0, 0])

    def move(points: Points) -> Points:
        px = points * np.array([wide, high])
        line = start + slope * px[:, 0]
        px[:, 1] -= depth * np.exp(-np.abs(px[:, 1] - line) / (high * 0.06))
        return turn(px / np.array([wide, high]))

    return Aged(Image.fromarray(noise(rgb, rng, 4)), move, quality=80)


def moire(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A photograph of a screen."""
    base = photo(sheet, rng)
    rgb = array(base.image).astype(np.float32)
    high, wide = rgb.shape[:2]
    gy, gx = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = np.sin((gx * math.cos(0.3) + gy * math.sin(0.3)) * 2.05) * np.sin((gx * 0.2 - gy) * 1.93)
    slow = np.sin(gx * 0.11 + 2 * np.sin(gy * 0.012)) * np.sin(gy * 0.09)
    rgb += (wave * 7 + slow * 7)[..., None] * np.array([1.0, 0.7, 1.2])
    return Aged(Image.fromarray(rgb.clip(0, 255).astype(np.uint8)), base.move, quality=82, dpi=180)
