"""One page image to everything that is read on it (单页识别)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Appearance, Page, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.engines import Engine, Image

STORED_SIDE = 2400
"""The longer side of a stored page image is at most this many pixels."""
_QUALITY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as a file gives it: a picture, upright as far as the file knows, and perhaps its text."""

    number: int
    pixels: Image
    appearance: Appearance
    dpi: float | None = None
    turned: int = 0
    words: tuple[Word, ...] | None = None
    """A text layer that agrees with the picture; None: the picture has to be read."""
    tables: tuple[Table, ...] = ()


def read_page(raw: RawPage, engine: Callable[[], Engine], limits: Limits, pages_dir: Path, stem: str) -> Page:
    """The page read; its upright image is left in ``pages_dir`` as ``<stem>-<page>.webp``."""
    started = time.process_time()
    height, width = raw.pixels.shape[:2]
    reader = ""
    if raw.words is None:
        loaded = engine()
        words, reader = tuple(loaded.recognise(raw.pixels)), loaded.name
    else:
        words = raw.words
    if sum(len(word.text) for word in words) > limits.page_characters:
        raise PacketError("too_large", f"page {raw.number} has more than {limits.page_characters} characters")
    name = f"{stem}-{raw.number}.webp"
    store_image(raw.pixels, pages_dir / name)
    return Page(
        number=raw.number,
        width=width,
        height=height,
        source=("none" if not words else "ocr" if raw.words is None else "text_layer"),
        appearance=raw.appearance,
        turned=raw.turned,
        dpi=raw.dpi,
        words=words,
        tables=raw.tables,
        image=name,
        seconds=round(time.process_time() - started, 3),
        engine=reader,
    )


def store_image(pixels: Image, path: Path) -> None:
    """Writes the page image as WebP, its longer side at most :data:`STORED_SIDE`, whole or not at all."""
    height, width = pixels.shape[:2]
    scale = STORED_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    Pictures.fromarray(pixels).save(beside, "WEBP", quality=_QUALITY, method=2)
    beside.replace(path)
