"""What happens to paper between the printer and the inbox: scanners, copiers, phones. Boxes move along.

:func:`aged` gives the stored file's pixels and a map from the clean page to the upright page image, so that truth
boxes stay right. Everything is seeded.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from papers.faces import font
from papers.sheet import Box, Paper, Sheet

Points = np.ndarray
Move = Callable[[Points], Points]
"""Maps points in fractions of the clean page to fractions of the upright page image."""

DEGRADATIONS = (
    "clean300",
    "scan200",
    "blur150",
    "grey_copy",
    "bitonal",
    "photo",
    "low110",
    "web",
    "turned90",
    "turned180",
    "turned270",
    "exif",
    "watermark",
    "stamped",
    "folded",
    "cropped",
    "spread",
    "faded",
    "jpeg",
    "moire",
    "skewed",
    "pasted",
)
"""Every degradation; the turned ones and ``exif`` are stored turned, their boxes are those of the upright page."""


@dataclass(frozen=True, slots=True)
class Aged:
    """One page as it is stored, and how its boxes moved."""

    image: Image.Image
    """The stored pixels (turned, where the file is turned)."""
    move: Move
    exif: int | None = None
    """EXIF orientation to write, or None."""
    quality: int = 90
    """JPEG quality."""
    dpi: int = 200

    def box(self, box: Box) -> Box:
        """A box of the clean page in fractions of the upright page image."""
        x0, y0, x1, y1 = box
        corners = np.array(
            [[x0, y0], [x1, y0], [x1, y1], [x0, y1], [(x0 + x1) / 2, y0], [(x0 + x1) / 2, y1]], np.float64
        )
        moved = self.move(corners)
        low, high = moved.min(axis=0).clip(0, 1), moved.max(axis=0).clip(0, 1)
        return (round(float(low[0]), 5), round(float(low[1]), 5), round(float(high[0]), 5), round(float(high[1]), 5))

    def jpeg(self) -> bytes:
        """The file's bytes as JPEG."""
        out = io.BytesIO()
        options: dict[str, object] = {
            "quality": self.quality,
            "optimize": True,
            "progressive": self.quality < 60,
            "dpi": (self.dpi, self.dpi),
        }
        if self.exif:
            exif = Image.Exif()
            exif[0x0112] = self.exif
            options["exif"] = exif
        self.image.convert("L" if self.image.mode in ("1", "L") else "RGB").save(out, "JPEG", **options)
        return out.getvalue()

    def png(self) -> bytes:
        """The file's bytes as PNG."""
        out = io.BytesIO()
        self.image.save(out, "PNG", dpi=(self.dpi, self.dpi))
        return out.getvalue()


def aged(sheet: Sheet, how: str, seed: int = 0) -> Aged:
    """The sheet after ``how`` happened to it (one of :data:`DEGRADATIONS`)."""
    rng = np.random.default_rng(abs(hash_of(f"{how}{seed}")))
    draw = _TABLE[how]
    return draw(sheet, rng)


def pages(paper: Paper, how: str, seed: int = 0) -> list[Aged]:
    """Every page of a paper, aged."""
    return [aged(sheet, how, seed * 100 + n) for n, sheet in enumerate(paper.sheets)]


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    import zlib

    return zlib.crc32(text.encode())


def _same(points: Points) -> Points:
    return points


def _affine(matrix: np.ndarray, before: tuple[int, int], after: tuple[int, int]) -> Move:
    """The move of a 2×3 or 3×3 matrix in pixels, from a page of size ``before`` to one of size ``after``."""
    full = np.vstack([matrix, [0, 0, 1]]) if matrix.shape == (2, 3) else matrix

    def move(points: Points) -> Points:
        pixels = np.column_stack([points * np.array(before), np.ones(len(points))]) @ full.T
        return pixels[:, :2] / pixels[:, 2:] / np.array(after)

    return move


def _array(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def _noise(rgb: np.ndarray, rng: np.random.Generator, sigma: float, *, coloured: bool = True) -> np.ndarray:
    shape = rgb.shape if coloured else (*rgb.shape[:2], 1)
    return (rgb.astype(np.float32) + rng.normal(0, sigma, shape).astype(np.float32)).clip(0, 255).astype(np.uint8)


def _skew(rgb: np.ndarray, degrees: float, fill: tuple[int, int, int] = (250, 249, 247)) -> tuple[np.ndarray, Move]:
    high, wide = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    turned = cv2.warpAffine(rgb, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=fill)
    return turned, _affine(matrix, (wide, high), (wide, high))


def _clean(sheet: Sheet, rng: np.random.Generator) -> Aged:
    return Aged(sheet.image(300), _same, quality=93, dpi=300)


def _scan(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = _skew(_array(sheet.image(200)), rng.uniform(-1.4, 1.4))
    rgb = _noise(rgb, rng, rng.uniform(3, 7))
    high, wide = rgb.shape[:2]
    shade = 1 - 0.10 * np.exp(-np.linspace(0, 8, wide))[None, :, None] * rng.uniform(0, 1)
    rgb = (rgb * shade).clip(0, 255).astype(np.uint8)
    for _ in range(rng.integers(4, 14)):
        at = (int(rng.integers(0, wide)), int(rng.integers(0, high)))
        cv2.circle(rgb, at, int(rng.integers(1, 3)), (70, 68, 66), -1)
    return Aged(Image.fromarray(rgb), move, quality=82)


def _blur(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = _skew(_array(sheet.image(150)), rng.uniform(-0.8, 0.8))
    rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.75, 1.05))
    return Aged(Image.fromarray(_noise(rgb, rng, 3)), move, quality=76, dpi=150)


def _small(dpi: int) -> Callable[[Sheet, np.random.Generator], Aged]:
    """A careful scan, packed tightly: for examples that must stay small."""

    def draw(sheet: Sheet, rng: np.random.Generator) -> Aged:
        rgb, move = _skew(_array(sheet.image(dpi)), rng.uniform(-0.6, 0.6))
        rgb = cv2.bilateralFilter(rgb, 5, 26, 3)
        return Aged(Image.fromarray(rgb), move, quality=36, dpi=dpi)

    return draw


def _small_photo(sheet: Sheet, rng: np.random.Generator) -> Aged:
    photo = _photo(sheet, rng)
    return Aged(
        photo.image.resize((photo.image.width * 4 // 5, photo.image.height * 4 // 5), Image.Resampling.BICUBIC),
        photo.move,
        quality=52,
        dpi=150,
    )


def _grey(sheet: Sheet, rng: np.random.Generator) -> Aged:
    grey = cv2.cvtColor(_array(sheet.image(200)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = 255 * ((grey / 255) ** rng.uniform(1.1, 1.6))
    grey = (grey - 128) * rng.uniform(1.05, 1.25) + 128 + rng.uniform(0, 14)
    grey = grey.clip(0, 255).astype(np.uint8)
    turned, move = _skew(cv2.merge([grey] * 3), rng.uniform(-1, 1), (238, 238, 238))
    out = _noise(turned, rng, 5, coloured=False)[..., 0]
    streak = int(rng.integers(0, out.shape[1] - 3))
    out[:, streak : streak + 2] = (out[:, streak : streak + 2] * 0.8).astype(np.uint8)
    return Aged(Image.fromarray(out), move, quality=80)


def _bitonal(sheet: Sheet, rng: np.random.Generator) -> Aged:
    grey = cv2.cvtColor(_array(sheet.image(200)), cv2.COLOR_RGB2GRAY)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.7)
    turned, move = _skew(cv2.merge([grey] * 3), rng.uniform(-0.8, 0.8), (255, 255, 255))
    noisy = _noise(turned, rng, 12, coloured=False)[..., 0]
    black = noisy < rng.integers(150, 178)
    salt = rng.random(black.shape)
    black = (black | (salt < 0.0004)) & (salt > 0.000001)
    return Aged(Image.fromarray((~black * 255).astype(np.uint8)).convert("1"), move)


def _photo(sheet: Sheet, rng: np.random.Generator) -> Aged:
    flat = _array(sheet.image(190))
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
    rgb = _noise(rgb, rng, 4)
    flatten = _affine(matrix, (wide, high), (out_w, out_h))

    def move(points: Points) -> Points:
        moved = flatten(points).copy()
        moved[:, 1] -= bow * np.sin(moved[:, 0] * math.pi + phase) / out_h
        return moved

    return Aged(Image.fromarray(rgb), move, quality=78, dpi=180)


def _low(sheet: Sheet, rng: np.random.Generator) -> Aged:
    image = sheet.image(220)
    size = (round(image.width / 2), round(image.height / 2))
    rgb, move = _skew(_array(image.resize(size, Image.Resampling.BILINEAR)), rng.uniform(-0.6, 0.6))
    return Aged(Image.fromarray(_noise(rgb, rng, 2)), move, quality=70, dpi=110)


def _web(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A picture from a website: the long side 730 to 1000 pixels, packed twice."""
    image = sheet.image(200)
    side = int(rng.integers(730, 1000)) if sheet.width < 300 else int(rng.integers(1030, 1400))
    scale = side / max(image.size)
    small = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=int(rng.integers(60, 85)))
    return Aged(Image.open(io.BytesIO(out.getvalue())).convert("RGB"), _same, quality=72, dpi=72)


def _turned(degrees: int) -> Callable[[Sheet, np.random.Generator], Aged]:
    def draw(sheet: Sheet, rng: np.random.Generator) -> Aged:
        upright = _scan(sheet, rng)
        return Aged(upright.image.rotate(-degrees, expand=True), upright.move, quality=84)

    return draw


def _exif(sheet: Sheet, rng: np.random.Generator) -> Aged:
    upright = _photo(sheet, rng)
    orientation = int(rng.choice([3, 6, 8]))
    back = {3: 180, 6: 90, 8: 270}[orientation]
    return Aged(upright.image.rotate(back, expand=True), upright.move, exif=orientation, quality=80)


def _overlay(
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


def _watermark(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = _scan(sheet, rng)
    rgb = _overlay(
        str(rng.choice(_PURPOSES)),
        strength=rng.uniform(0.18, 0.34),
        colour=(110, 110, 116),
        size=0.036,
        angle=rng.uniform(20, 40),
        count=4,
        rng=rng,
        rgb=_array(base.image),
    )
    return Aged(Image.fromarray(rgb), base.move, quality=82)


def _stamped(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = _scan(sheet, rng)
    rgb = _array(base.image).copy()
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


def _folded(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb = _array(sheet.image(190)).astype(np.float32)
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
    rgb, turn = _skew(rgb, rng.uniform(-1, 1))
    slope = float((crease[0, -1] - crease[0, 0]) / wide)
    start = float(crease[0, 0])

    def move(points: Points) -> Points:
        px = points * np.array([wide, high])
        line = start + slope * px[:, 0]
        px[:, 1] -= depth * np.exp(-np.abs(px[:, 1] - line) / (high * 0.06))
        return turn(px / np.array([wide, high]))

    return Aged(Image.fromarray(_noise(rgb, rng, 4)), move, quality=80)


def _cropped(sheet: Sheet, rng: np.random.Generator) -> Aged:
    base = _scan(sheet, rng)
    rgb = _array(base.image)
    high, wide = rgb.shape[:2]
    left, top = int(wide * rng.uniform(0.01, 0.035)), int(high * rng.uniform(0.02, 0.05))
    right, bottom = int(wide * rng.uniform(0, 0.02)), int(high * rng.uniform(0, 0.02))
    cut = rgb[top : high - bottom, left : wide - right]
    matrix = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    shift = _affine(matrix, (wide, high), (cut.shape[1], cut.shape[0]))
    return Aged(Image.fromarray(cut), lambda points: shift(base.move(points)), quality=82)


def _spread(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """The page at the left of an open folder, something unimportant at the right."""
    page = _array(sheet.image(150))
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
    whole[rim : rim + high, rim + wide + gutter : rim + 2 * wide + gutter] = _array(
        ruled.image(150).resize((wide, high))
    )
    x = np.linspace(0, 1, whole.shape[1])
    fold = 1 - 0.3 * np.exp(-(((x - 0.5) / 0.03) ** 2))
    rgb = (whole * fold[None, :, None]).clip(0, 255).astype(np.uint8)
    matrix = np.array([[1, 0, rim], [0, 1, rim], [0, 0, 1]], np.float64)
    place = _affine(matrix, (wide, high), (whole.shape[1], whole.shape[0]))
    rgb, turn = _skew(rgb, rng.uniform(-0.7, 0.7), (46, 50, 62))
    return Aged(Image.fromarray(_noise(rgb, rng, 3)), lambda p: turn(place(p)), quality=80, dpi=150)


def _faded(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """Toner and seals gone pale."""
    rgb, move = _skew(_array(sheet.image(200)), rng.uniform(-1, 1))
    pale = 255 - (255 - rgb.astype(np.float32)) * rng.uniform(0.42, 0.62)
    return Aged(Image.fromarray(_noise(pale, rng, 4)), move, quality=84)


def _jpeg(sheet: Sheet, rng: np.random.Generator) -> Aged:
    image = sheet.image(150)
    for quality in (30, 38):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=2)
        image = Image.open(io.BytesIO(out.getvalue())).convert("RGB")
    return Aged(image, _same, quality=40, dpi=150)


def _moire(sheet: Sheet, rng: np.random.Generator) -> Aged:
    """A photograph of a screen."""
    base = _photo(sheet, rng)
    rgb = _array(base.image).astype(np.float32)
    high, wide = rgb.shape[:2]
    gy, gx = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = np.sin((gx * math.cos(0.3) + gy * math.sin(0.3)) * 2.05) * np.sin((gx * 0.2 - gy) * 1.93)
    slow = np.sin(gx * 0.11 + 2 * np.sin(gy * 0.012)) * np.sin(gy * 0.09)
    rgb += (wave * 7 + slow * 7)[..., None] * np.array([1.0, 0.7, 1.2])
    return Aged(Image.fromarray(rgb.clip(0, 255).astype(np.uint8)), base.move, quality=82, dpi=180)


def _skewed(sheet: Sheet, rng: np.random.Generator) -> Aged:
    rgb, move = _skew(_array(sheet.image(180)), float(rng.choice([-1, 1])) * rng.uniform(3, 6))
    return Aged(Image.fromarray(_noise(rgb, rng, 4)), move, quality=82, dpi=180)


def _pasted(sheet: Sheet, rng: np.random.Generator) -> Aged:
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
    return Aged(whole, _affine(matrix, small.size, whole.size), quality=80, dpi=120)


_TABLE: dict[str, Callable[[Sheet, np.random.Generator], Aged]] = {
    "clean300": _clean,
    "scan200": _scan,
    "blur150": _blur,
    "grey_copy": _grey,
    "bitonal": _bitonal,
    "photo": _photo,
    "low110": _low,
    "web": _web,
    "turned90": _turned(90),
    "turned180": _turned(180),
    "turned270": _turned(270),
    "exif": _exif,
    "watermark": _watermark,
    "stamped": _stamped,
    "folded": _folded,
    "cropped": _cropped,
    "spread": _spread,
    "small": _small(136),
    "tiny": _small(120),
    "small_photo": _small_photo,
    "faded": _faded,
    "jpeg": _jpeg,
    "moire": _moire,
    "skewed": _skewed,
    "pasted": _pasted,
}


def truth(paper: Paper, aged_pages: list[Aged]) -> dict[str, object]:
    """Kind and fields with value, page and moved box: what a benchmark compares with."""
    boxes = paper.boxes()
    fields = {}
    for name, value in paper.truth.items():
        where = boxes.get(name)
        fields[name] = {
            "value": value,
            "boxes": [{"page": page, "box": list(aged_pages[page - 1].box(box))} for page, box in where or []],
        }
    return {"kind": paper.kind, "edition": paper.edition, "fields": fields}
