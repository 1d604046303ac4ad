"""One page image to everything that is read on it (单页识别).

The order matters: turn the page upright, read its words, then look for tables, codes, seals and handwriting, some
of which need to know where the words are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from qi_pipeline.errors import InstallationError, PacketError
from qi_pipeline.model import Appearance, Box, Page, PageSource, Seal, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.channels import is_in_colour
from qi_pipeline.reading.codes import find_codes
from qi_pipeline.reading.engines import Engine, load_engine
from qi_pipeline.reading.ink import find_ink, may_be_signed
from qi_pipeline.reading.layout import find_gutter, in_reading_order, share_within, without_ornaments
from qi_pipeline.reading.orientation import OrientationModel, reading_quality, stands_on_end, turn
from qi_pipeline.reading.pixels import Image, is_marked
from qi_pipeline.reading.protocol import image_name
from qi_pipeline.reading.seals import find_seals
from qi_pipeline.reading.streaks import without_streaks
from qi_pipeline.reading.tables import find_tables
from qi_pipeline.reading.textlayer import added_words, compare, loose_ink, unconfirmed

STORED_SIDE = 2400
"""The longer side of a stored page image is at most this many pixels."""
_WORKING_SIDE = 4000
"""The longer side of the image that is read: A4 at 340 dpi; more costs time and memory and reads no better."""
_QUALITY = 88
_SURE = 0.85
"""A guess at the direction that is at least so likely is only doubted when the text stands on end or reads badly."""
_COLOURED = 40
_COLOURED_SHARE = 0.0003
_THINNEST = 16
"""A picture that is narrower holds no line of print; engines stumble over it."""
_IN_RING = 0.85
"""Share of a word's box within a seal's from which on it may be the seal's own."""
_READS_BADLY = 0.80
_READS_BADLY_UNSURE = 0.90
_FEW = 60
"""So few characters may read well upside down, and the model saw mostly blank paper: the page is read both ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as a file gives it: a picture, upright as far as the file knows, and perhaps its text."""

    number: int
    pixels: Image
    appearance: Appearance
    dpi: float | None = None
    turned: int = 0
    layer: tuple[Word, ...] | None = None
    """The page's text layer, to be compared with the picture; None: the picture has to be read."""
    tables: tuple[Table, ...] = ()
    """Ruled tables of the text layer."""
    every_line: bool = True
    """Compare every line of the layer with the picture, or a sample."""
    checked: tuple[int, ...] | None = None
    """Which words of the layer to compare instead, on a page that shows nothing but text and rules."""
    has_pictures: bool = True
    """Whether there may be seals, codes and pen strokes on it: pictures, or anything else that is no text."""
    has_more: bool = False
    """The file says that there is print which the layer does not hold, such as filled form fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPage:
    """A page of a long digital file that shows nothing but text and rules, and need not be drawn to be read."""

    number: int
    width: int
    """Pixels that its picture would have."""
    height: int
    dpi: float
    words: tuple[Word, ...]
    tables: tuple[Table, ...] = ()


class PageReader:
    """Reads pages one after another; models are loaded at the first page that needs them."""

    def __init__(self, limits: Limits, engine: str | Callable[[], Engine]) -> None:
        self.limits = limits
        self._engine = engine

    @cached_property
    def engine(self) -> Engine:
        """The OCR engine, loaded."""
        return load_engine(self._engine) if isinstance(self._engine, str) else self._engine()

    @cached_property
    def _orientation(self) -> OrientationModel:
        return OrientationModel()

    def read(self, raw: RawPage | PlainPage, pages_dir: Path, stem: str) -> Page:
        """The page read; its upright image, if it was drawn, is left in ``pages_dir`` as :func:`image_name` says."""
        if isinstance(raw, PlainPage):
            return self._undrawn(raw)
        started = time.process_time()
        pixels, turned, tables = _fitted(raw.pixels), raw.turned, raw.tables
        if min(pixels.shape[:2]) < _THINNEST:
            return self._without_print(raw, pixels, pages_dir, stem)
        words, source, notes = self._layer_words(raw, pixels)
        if source == "ocr":
            pixels, extra, words = self._read_upright(pixels)
            turned, tables = (turned + extra) % 360, ()
        if sum(len(word.text) for word in words) > self.limits.page_characters:
            most = self.limits.page_characters
            raise PacketError("too_large", f"page {raw.number} has more than {most} characters; split it up")
        name = image_name(stem, raw.number)
        store_image(pixels, pages_dir / name)
        height, width = pixels.shape[:2]
        plain = source == "text_layer" and not raw.has_pictures and (raw.checked is not None or not _has_colour(pixels))
        printed = [word.text for word in words]
        seals = () if plain else find_seals(pixels, raw.number, self.engine.read_strip, printed)
        if source == "ocr":
            words = without_ornaments(without_seal_words(words, seals, pixels), width / height)
        gutter = find_gutter(words, width, height) if source == "ocr" else None
        if gutter is not None:
            words = tuple(in_reading_order(words, gutter))
        return Page(
            number=raw.number,
            width=width,
            height=height,
            source=source if words else "none",
            appearance=raw.appearance,
            turned=turned,
            dpi=raw.dpi,
            words=words,
            tables=tables or (() if plain and raw.checked is not None else find_tables(pixels, words)),
            seals=seals,
            codes=() if plain else find_codes(pixels, raw.number),
            ink=find_ink(pixels, words) if not plain and may_be_signed(words) else (),
            image=name,
            seconds=round(time.process_time() - started, 3),
            engine="PDFium" if raw.checked is not None and source == "text_layer" else self.engine.name,
            notes=notes,
            marked=not words and is_marked(pixels),
            gutter=gutter,
        )

    def _undrawn(self, raw: PlainPage) -> Page:
        """A page whose layer is taken as it stands; its picture is drawn when somebody asks for it."""
        if sum(len(word.text) for word in raw.words) > self.limits.page_characters:
            most = self.limits.page_characters
            raise PacketError("too_large", f"page {raw.number} has more than {most} characters; split it up")
        return Page(
            number=raw.number,
            width=raw.width,
            height=raw.height,
            source="text_layer",
            dpi=raw.dpi,
            words=raw.words,
            tables=raw.tables,
            engine="PDFium",
        )

    def _without_print(self, raw: RawPage, pixels: Image, pages_dir: Path, stem: str) -> Page:
        """A page too thin for a line of print: its image and nothing on it."""
        name = image_name(stem, raw.number)
        store_image(pixels, pages_dir / name)
        height, width = pixels.shape[:2]
        return Page(
            number=raw.number,
            width=width,
            height=height,
            source="none",
            appearance=raw.appearance,
            turned=raw.turned,
            dpi=raw.dpi,
            image=name,
            notes=("the page is too thin to hold print",),
        )

    def _layer_words(self, raw: RawPage, pixels: Image) -> tuple[tuple[Word, ...], PageSource, tuple[str, ...]]:
        """The layer's words as far as the picture bears them out, and what else it shows; else nothing, to be read."""
        if raw.layer is None:
            return (), "ocr", ()
        chosen, agreed = raw.checked, 0
        if chosen is not None:
            left = unconfirmed(raw.layer, pixels, chosen, _second_engine)
            if not left:
                return raw.layer, "text_layer", ()
            chosen, agreed = left, len(chosen) - len(left)
        compared = compare(raw.layer, pixels, self.engine, every_line=raw.every_line, chosen=chosen, agreed=agreed)
        if not compared.believed:
            return (), "ocr", compared.notes
        if raw.checked is not None:
            # A plain page shows nothing but its text; where one line lies, none of the page is believed.
            return ((), "ocr", compared.notes) if compared.notes else (compared.words, "text_layer", ())
        words = compared.words
        if raw.has_more or loose_ink(pixels, words, written=raw.every_line):
            seen = added_words(words, self.engine.recognise(pixels))
            words = tuple(in_reading_order([*words, *seen]))
        return words, "text_layer", compared.notes

    def _read_upright(self, pixels: Image) -> tuple[Image, int, tuple[Word, ...]]:
        """The page turned upright, by how many degrees clockwise, and its words.

        The model's first guess is read; only if the words contradict it the other directions are read as well, and
        of a page with a few words the opposite one.
        """
        guesses = self._orientation.turns(pixels)
        clean = without_streaks(pixels)
        best: tuple[float, Image, int, tuple[Word, ...]] | None = None
        pending = [degrees for degrees, _likely in guesses]
        while pending:
            degrees = pending.pop(0)
            upright = turn(pixels, degrees)
            words = tuple(self.engine.recognise(upright if clean is pixels else turn(clean, degrees)))
            height, width = upright.shape[:2]
            on_end = stands_on_end(words, width, height)
            quality = reading_quality(words)
            characters = sum(len(word.text) for word in words)
            enough = _READS_BADLY if guesses[0][1] >= _SURE else _READS_BADLY_UNSURE
            if best is None or (0.3 if on_end else 1.0) * quality**4 * characters > best[0]:
                best = ((0.3 if on_end else 1.0) * quality**4 * characters, upright, degrees, words)
            if on_end or (words and quality < enough):
                continue
            opposite = (degrees + 180) % 360
            pending = [opposite] if words and characters < _FEW and opposite in pending else []
        assert best is not None
        return best[1:]


def _second_engine(pixels: Image, boxes: Sequence[Box]) -> list[str]:
    """The lines read by Tesseract, which starts faster than models load; nothing where it is not installed."""
    from qi_pipeline.reading.tesseract import read_lines

    try:
        return read_lines(pixels, boxes)
    except (InstallationError, PacketError):
        return [""] * len(boxes)


def _has_colour(pixels: Image) -> bool:
    """Whether anything on the page is coloured, if only a stamp drawn in lines."""
    sample = pixels[::2, ::2].astype(np.int16)
    return bool(np.mean(sample.max(axis=2) - sample.min(axis=2) > _COLOURED) > _COLOURED_SHARE)


def without_seal_words(words: Sequence[Word], seals: Sequence[Seal], pixels: Image) -> tuple[Word, ...]:
    """The words without those of the seals themselves, which an engine reads off the arc as if they were print.

    Black print under a seal stays: only words within a seal's ring that hold no black ink are taken out.
    """
    rings = [seal.box for seal in seals if seal.colour in ("red", "blue")]
    height, width = pixels.shape[:2]

    def own(word: Word) -> bool:
        if not any(share_within(word.box, ring) > _IN_RING for ring in rings):
            return False
        x0, y0, x1, y1 = (round(v * s) for v, s in zip(word.box, (width, height, width, height), strict=True))
        piece = pixels[y0:y1, x0:x1]
        return piece.size > 0 and is_in_colour(piece)

    return tuple(word for word in words if not own(word)) if rings else tuple(words)


def store_image(pixels: Image, path: Path) -> None:
    """Writes the page image as JPEG, its longer side at most :data:`STORED_SIDE`, whole or not at all.

    WebP takes half the room, but four times the time to write and twice the time to read, and second looks at lines
    are surer where colours are not made coarser than brightness.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    Pictures.fromarray(_shrunk(pixels, STORED_SIDE)).save(beside, "JPEG", quality=_QUALITY, subsampling="4:4:4")
    beside.replace(path)


def _fitted(pixels: Image) -> Image:
    return _shrunk(pixels, _WORKING_SIDE)


def _shrunk(pixels: Image, side: int) -> Image:
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
