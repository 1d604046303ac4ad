"""Picture files (图片文件): JPEG, PNG and TIFF to upright RGB arrays, whatever their mode.

The size is checked before a pixel is decoded; a file that ends early is ``corrupt``, never half a page.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Appearance
from qi_pipeline.policy import Limits
from qi_pipeline.reading.jpeg_scans import refuse_many_scans
from qi_pipeline.reading.pixels import Image as Pixels

DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What decoders raise over broken files."""

_FORMATS = ("JPEG", "PNG", "TIFF")  # a phone's JPEG with a preview behind it (MPO) is opened as JPEG
_LAID_IN = (*_FORMATS, "BMP")
"""What office files may hold as pictures."""
_EXIF_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""Degrees clockwise that each EXIF orientation asks for (5 and 7, 2 and 4 are mirrored as well)."""
_PAPER_INCHES = (2.0, 50.0)
"""A resolution that makes the longer side of the paper smaller or larger than this is a default, not a fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One page image, EXIF applied."""

    pixels: Pixels
    dpi: float | None
    appearance: Appearance
    turned: int = 0
    """Degrees clockwise by which EXIF asked to turn it."""


def count_pictures(path: Path, limits: Limits) -> int:
    """How many page images the file holds; raises PacketError ``corrupt``, ``image_bomb``, ``too_many_pages``."""
    with _opened(path, limits) as image:
        if image.format != "TIFF":
            return 1
        count = 0
        while True:
            try:
                image.seek(count)
            except EOFError:
                return count
            count += 1
            if count > limits.file_pages:
                raise PacketError("too_many_pages", f"it has more than {limits.file_pages} pages; split it up")


def read_picture(source: Path | BinaryIO, number: int, limits: Limits) -> Picture:
    """Page ``number`` (from 1) of the file, or of its bytes, as an upright picture."""
    with _opened(source, limits) as image:
        if number > 1:
            image.seek(number - 1)
        _check_pixels(image, limits)
        dpi = _resolution(image)
        orientation = int(image.getexif().get(ExifTags.Base.Orientation, 1) or 1)
        turned = _EXIF_TURNS.get(orientation, 0)
        image.load()
        mode = image.mode
        pixels = to_rgb(image if orientation == 1 else ImageOps.exif_transpose(image))
    return Picture(pixels=pixels, dpi=dpi, appearance=appearance_of(pixels, mode), turned=turned)


def to_rgb(image: Image.Image) -> Pixels:
    """Any mode of picture as eight-bit RGB on white paper."""
    mode = image.mode
    if mode.startswith("I;16") or mode in ("I", "F"):
        return np.repeat(_eight_bits(np.asarray(image), mode)[:, :, None], 3, axis=2)
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        image = Image.alpha_composite(paper, layered)
    return np.ascontiguousarray(np.asarray(image if mode == "RGB" else image.convert("RGB"), dtype=np.uint8))


def appearance_of(pixels: Pixels, mode: str = "RGB") -> Appearance:
    """Whether a seal could be told by its colour: from the stored mode, else from the pixels."""
    if mode == "1":
        return "bitonal"
    down, across = (max(1, side // 800) for side in pixels.shape[:2])
    high, wide = (side // step for side, step in zip(pixels.shape[:2], (down, across), strict=True))
    # Every so many pixels one; the library takes them out in a third of the time that indexing does.
    sample = cv2.resize(pixels[: high * down, : wide * across], (wide, high), interpolation=cv2.INTER_NEAREST)
    red, green, blue = cv2.split(sample)
    light, dark = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    chroma = cv2.subtract(light, dark)
    if np.count_nonzero(chroma > 12) > 0.0005 * chroma.size:
        return "colour"
    if np.count_nonzero(dark > 245) + np.count_nonzero(light < 10) > 0.998 * chroma.size:
        return "bitonal"
    if mode in ("L", "LA", "I", "F") or mode.startswith("I;16"):
        return "grey"
    # A sheet without colour scanned in colour: its channels differ a little here and there, those of a grey copy never.
    if np.count_nonzero(chroma >= 2) > 0.003 * chroma.size:
        return "colour"
    return "grey" if _paper_is_noisy(np.asarray(red, dtype=np.uint8)) else "colour"


def _paper_is_noisy(sample: Pixels) -> bool:
    """Whether the paper is not one exact shade: a scan saved as RGB; a drawn page is clean, and in colour."""
    counts = np.bincount(sample.ravel(), minlength=256)
    return bool(counts.max() < 0.5 * sample.size)


@contextmanager
def _opened(source: Path | BinaryIO, limits: Limits) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning)
            with Image.open(source, formats=_FORMATS if isinstance(source, Path) else _LAID_IN) as image:
                _check_pixels(image, limits)
                if image.format in ("JPEG", "MPO") and image.fp is not None:
                    refuse_many_scans(image.fp)
                yield image
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _bomb(limits) from None
    except UnidentifiedImageError:
        raise PacketError("corrupt", "it is broken before its picture begins; send it again") from None
    except PacketError:
        raise
    except DECODER_ERRORS as error:
        raise PacketError("corrupt", f"it can't be decoded ({error}); send it again") from error


def _check_pixels(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.page_pixels:
        raise _bomb(limits)
    if image.width < 1 or image.height < 1:
        raise PacketError("corrupt", "it holds a picture without pixels; send it again")


def _bomb(limits: Limits) -> PacketError:
    most = limits.page_pixels // 1_000_000
    return PacketError("image_bomb", f"it has a page of more than {most} megapixels; scan it at 300 dpi")


def _resolution(image: Image.Image) -> float | None:
    try:
        dpi = float(image.info["dpi"][0])
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    if not dpi > 1:
        return None
    smallest, largest = _PAPER_INCHES
    return round(dpi, 1) if smallest <= max(image.size) / dpi <= largest else None


def _eight_bits(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]], mode: str) -> Pixels:
    data = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(data.max()) if data.size else 0.0
    if mode == "F":
        white = 1.0 if top <= 1.0 else 255.0 if top <= 255.0 else max(top, 1.0)
    else:
        white = 255.0 if top <= 255.0 else 65535.0 if top <= 65535.0 else max(top, 1.0)
    return np.clip(data / white * 255.0, 0, 255).round().astype(np.uint8)
