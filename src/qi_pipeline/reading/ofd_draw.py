"""A picture of an OFD page, good enough to show a reviewer the place and to find codes and seals on it.

Characters are drawn with a system font of the same family (宋, 楷, 黑), one by one where the file puts them; embedded
subset fonts are not used, as many carry no character map. Pictures that can't be decoded here (JBIG2) leave a
grey field and are counted, so that nobody takes the page for empty.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from qi_pipeline.errors import PacketError
from qi_pipeline.reading.jpeg_scans import refuse_many_scans_in
from qi_pipeline.reading.ofd_objects import Drawable, Glyph, Outline, Picture

_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_FAMILIES = {
    "song": ("NotoSerifCJK-Regular", "NotoSerifSC", "uming", "gbsn00lp", "simsun", "SourceHanSerif"),
    "kai": ("ukai", "gkai00mp", "LXGWWenKai-Regular", "simkai"),
    "hei": ("NotoSansCJK-Regular", "NotoSansSC", "wqy-zenhei", "wqy-microhei", "simhei", "SourceHanSans"),
}
_STYLES = {"楷": "kai", "kai": "kai", "黑": "hei", "hei": "hei", "sans": "hei", "yahei": "hei", "arial": "hei"}
_MM_PER_INCH = 25.4
_UNSHOWN = (205, 205, 205)

Read = Callable[[str], bytes]


def draw_page(
    drawables: Sequence[Drawable],
    box: tuple[float, float, float, float],
    *,
    dpi: float,
    most_pixels: int,
    read: Read,
) -> tuple[Image.Image, int]:
    """The page as an RGB image and the number of pictures that could not be shown."""
    scale = dpi / _MM_PER_INCH
    scale = min(scale, math.sqrt(most_pixels / (box[2] * box[3])))
    size = (max(1, round(box[2] * scale)), max(1, round(box[3] * scale)))
    page = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(page)
    unshown = 0
    for item in drawables:
        if isinstance(item, Glyph):
            _draw_glyph(page, pen, item, box, scale)
        elif isinstance(item, Outline):
            _draw_outline(pen, item, box, scale)
        else:
            unshown += not _draw_picture(page, pen, item, box, scale, most_pixels, read)
    return page, unshown


def open_picture(data: bytes, most_pixels: int) -> Image.Image | None:
    """The picture as RGBA, or None where its format can't be decoded here; ``image_bomb`` where it is too large."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "BMP", "GIF")) as picture:
            if picture.width * picture.height > most_pixels:
                raise PacketError("image_bomb", f"a picture of {picture.width} x {picture.height} pixels")
            if picture.format in ("JPEG", "MPO"):
                refuse_many_scans_in(data)
            return picture.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise PacketError("image_bomb", "a picture is larger than is allowed") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        return None


@functools.lru_cache(maxsize=1)
def _font_files() -> dict[str, Path]:
    """Font style to file, from what the system has."""
    files = [
        path
        for folder in _FONT_FOLDERS
        if Path(folder).is_dir()
        for path in sorted(Path(folder).rglob("*"))
        if path.suffix.lower() in (".ttf", ".ttc", ".otf")
    ]
    chosen: dict[str, Path] = {}
    for style, names in _FAMILIES.items():
        for name in names:
            match = next((path for path in files if path.stem.lower().startswith(name.lower())), None)
            if match is not None:
                chosen[style] = match
                break
    return chosen


@functools.lru_cache(maxsize=256)
def _font(style: str, pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    files = _font_files()
    path = files.get(style) or next(iter(files.values()), None)
    if path is None:
        return ImageFont.load_default(pixels)
    return ImageFont.truetype(str(path), pixels, index=2 if "CJK" in path.name and path.suffix == ".ttc" else 0)


def _style(name: str) -> str:
    lowered = name.lower()
    return next((style for part, style in _STYLES.items() if part in lowered), "song")


def _draw_glyph(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    glyph: Glyph,
    box: tuple[float, float, float, float],
    scale: float,
) -> None:
    pixels = round(math.hypot(*glyph.up) * scale)
    x, y = (glyph.origin[0] - box[0]) * scale, (glyph.origin[1] - box[1]) * scale
    if not glyph.char.strip() or not 2 <= pixels <= 2000 or not (-pixels < x < page.width and -pixels < y):
        return
    font = _font(_style(glyph.font), pixels)
    angle = math.degrees(math.atan2(glyph.across[1], glyph.across[0]))
    if abs(angle) < 1:
        pen.text((x, y), glyph.char, font=font, fill=glyph.colour, anchor="ls")
        return
    side = pixels * 3
    patch = Image.new("L", (side, side))
    ImageDraw.Draw(patch).text((side / 2, side / 2), glyph.char, font=font, fill=255, anchor="ls")
    patch = patch.rotate(-angle, Image.Resampling.BICUBIC)
    page.paste(glyph.colour, (round(x - side / 2), round(y - side / 2)), patch)


def _draw_outline(
    pen: ImageDraw.ImageDraw, outline: Outline, box: tuple[float, float, float, float], scale: float
) -> None:
    for line in outline.lines:
        points = [((x - box[0]) * scale, (y - box[1]) * scale) for x, y in line]
        if outline.fill is not None and len(points) > 2:
            pen.polygon(points, fill=outline.fill)
        if outline.stroke is not None:
            pen.line(points, fill=outline.stroke, width=max(1, min(200, round(outline.width * scale))))


def _draw_picture(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    picture: Picture,
    box: tuple[float, float, float, float],
    scale: float,
    most_pixels: int,
    read: Read,
) -> bool:
    """Draws it and says True, or leaves a grey field and says False."""
    a, b, c, d, e, f = picture.matrix
    left, top = (e - box[0]) * scale, (f - box[1]) * scale
    across, down = (a * scale, b * scale), (c * scale, d * scale)
    corners = [
        (left, top),
        (left + across[0], top + across[1]),
        (left + across[0] + down[0], top + across[1] + down[1]),
        (left + down[0], top + down[1]),
    ]
    x0, x1 = min(x for x, _ in corners), max(x for x, _ in corners)
    y0, y1 = min(y for _, y in corners), max(y for _, y in corners)
    x0, y0, x1, y1 = max(0.0, x0), max(0.0, y0), min(page.width, x1), min(page.height, y1)
    if x1 - x0 < 1 or y1 - y0 < 1:
        return True
    image = open_picture(picture.data or read(picture.part), most_pixels)
    determinant = across[0] * down[1] - across[1] * down[0]
    if image is None or abs(determinant) < 1e-6:
        pen.polygon(corners, fill=_UNSHOWN)
        return False
    width, height = math.ceil(x1 - x0), math.ceil(y1 - y0)
    shrink = min(image.width / max(1.0, math.hypot(*across)), image.height / max(1.0, math.hypot(*down)))
    if shrink > 1.5:  # an affine resampling skips pixels: a code would fall apart
        image = image.resize((max(1, round(image.width / shrink)), max(1, round(image.height / shrink))))
    ox, oy = math.floor(x0), math.floor(y0)
    inverse = (
        image.width * down[1] / determinant,
        -image.width * down[0] / determinant,
        image.width * (-(left - ox) * down[1] + (top - oy) * down[0]) / determinant,
        -image.height * across[1] / determinant,
        image.height * across[0] / determinant,
        image.height * ((left - ox) * across[1] - (top - oy) * across[0]) / determinant,
    )
    shown = image.transform(
        (width + 1, height + 1), Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255, 0)
    )
    page.paste(shown.convert("RGB"), (ox, oy), shown.getchannel("A"))
    return True
