"""PDF files (PDF 文件): what their pages are made of, their text layer with its tables, and their pictures, by PDFium.

A page is opened once and answers all of it; drawing is left until somebody needs the picture. Whether the text may be
believed is not decided here but in :mod:`qi_pipeline.reading.textlayer`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Box, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading import memory
from qi_pipeline.reading.images import DECODER_ERRORS
from qi_pipeline.reading.pdf_frame import PageFrame
from qi_pipeline.reading.pdf_objects import page_objects
from qi_pipeline.reading.pdf_text import read_text
from qi_pipeline.reading.pixels import Image

_LOG = logging.getLogger(__name__)
POINTS_PER_INCH = 72.0
_PARSING_BYTES = 1 << 30
"""Memory for taking a file or a page apart. Forms that draw each other ten times would fill any, and PDFium, which
gives up without a word, should do so soon."""
_LOCKED = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMakeup:
    """What a PDF page is made of, as far as reading it depends on it."""

    width: float
    """Points, page rotation applied."""
    height: float
    rotation: int
    """Degrees clockwise that the page asks to be turned; already applied when drawn."""
    characters: int
    """Characters of the text layer, visible or not."""
    hidden_share: float
    """Share of its pieces of text that are not painted, or painted over by a picture."""
    picture_share: float
    """Share of the page's area that pictures cover."""
    picture_dpi: float | None
    """Resolution of the largest picture as placed on the page."""
    picture_grey: bool
    """Whether every large picture is stored without colour."""
    picture_bits: int
    form_fields: int
    """Form fields and other notes drawn over the page, which the text layer does not hold."""
    drawn: bool
    """Whether outlines stand on it that are no rules: an emblem, a code, letters drawn as shapes."""
    doubted: tuple[Box, ...]
    """Where text is white, painted over or said to be another, in fractions of the upright page."""


class PdfPage:
    """One open page."""

    def __init__(self, page: pypdfium2.PdfPage, limits: Limits) -> None:
        self._page = page
        self._limits = limits
        self._frame = PageFrame.of(page.raw)
        self._objects = page_objects(page.raw, limits)

    def makeup(self) -> PageMakeup:
        """What the page is made of."""
        objects = self._objects
        largest = max(objects.pictures, key=lambda picture: picture.share, default=None)
        large = [picture for picture in objects.pictures if largest and picture.share > 0.3 * largest.share]
        return PageMakeup(
            width=self._frame.width,
            height=self._frame.height,
            rotation=self._page.get_rotation(),
            characters=self._text.count_chars() if objects.texts else 0,
            hidden_share=objects.hidden / objects.texts if objects.texts else 0.0,
            picture_share=min(1.0, sum(picture.share for picture in objects.pictures)),
            picture_dpi=max((picture.dpi for picture in large), default=None),
            picture_grey=bool(large) and all(picture.colourless for picture in large),
            picture_bits=largest.bits if largest else 0,
            form_fields=max(0, int(pdfium.FPDFPage_GetAnnotCount(self._page.raw))),
            drawn=objects.drawn,
            doubted=tuple(self._frame.fraction(self._frame.box(box)) for box in objects.doubted),
        )

    @cached_property
    def _text(self) -> pypdfium2.PdfTextPage:
        return self._page.get_textpage()

    def text(self) -> tuple[tuple[Word, ...], tuple[Table, ...]]:
        """Words and ruled tables of the text layer; nothing where it says nothing."""
        try:
            return read_text(self._text.raw, self._frame, self._objects, self._limits)
        except DECODER_ERRORS as error:  # the picture can still be read
            _LOG.warning("a text layer can't be taken: %s", type(error).__name__)
            return (), ()

    def size(self, dpi: float) -> tuple[int, int, float]:
        """Width and height of the page's picture, and the resolution that the limits allow."""
        scale = _allowed_scale(self._frame.width, self._frame.height, dpi, self._limits)
        return math.ceil(self._frame.width * scale), math.ceil(self._frame.height * scale), scale * POINTS_PER_INCH

    def render(self, dpi: float) -> tuple[Image, float]:
        """The page drawn upright as RGB, and the resolution that the limits allowed."""
        scale = _allowed_scale(self._frame.width, self._frame.height, dpi, self._limits)
        bitmap = self._page.render(scale=scale, rev_byteorder=True, draw_annots=True, may_draw_forms=True)
        try:
            pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
        finally:
            bitmap.close()
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        return np.ascontiguousarray(pixels[:, :, :3]), scale * POINTS_PER_INCH


class PdfFile:
    """An open PDF file."""

    def __init__(self, path: Path, document: pypdfium2.PdfDocument, limits: Limits) -> None:
        self.path = path
        self._document = document
        self._limits = limits

    def __len__(self) -> int:
        return len(self._document)

    @property
    def attachments(self) -> int:
        """How many files are attached to it (a portfolio's papers, an invoice's data); none of them is a page."""
        return max(0, int(pdfium.FPDFDoc_GetAttachmentCount(self._document.raw)))

    def makeup(self, number: int) -> PageMakeup:
        """What page ``number`` (from 1) is made of."""
        with self.page(number) as page:
            return page.makeup()

    def text(self, number: int) -> tuple[tuple[Word, ...], tuple[Table, ...]]:
        """Words and ruled tables of the page's text layer."""
        with self.page(number) as page:
            return page.text()

    def render(self, number: int, dpi: float) -> tuple[Image, float]:
        """The page drawn upright as RGB, and the resolution that the limits allowed."""
        with self.page(number) as page:
            return page.render(dpi)

    @contextmanager
    def page(self, number: int) -> Iterator[PdfPage]:
        """Page ``number`` (from 1), open; what breaks on it is ``corrupt``."""
        try:
            with memory.at_most(_PARSING_BYTES):
                page = self._document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise PacketError("corrupt", f"page {number} is broken ({error})") from error
        try:
            yield PdfPage(page, self._limits)
        except DECODER_ERRORS as error:
            raise PacketError("corrupt", f"page {number} can't be drawn ({error})") from error
        finally:
            page.close()


@contextmanager
def open_pdf(path: Path, limits: Limits) -> Iterator[PdfFile]:
    """The PDF at ``path``; raises PacketError ``encrypted``, ``corrupt``, ``empty`` or ``too_many_pages``."""
    # PDFium keeps the number of its last error, also of another file's: this sets it to damage.
    pdfium.FPDF_LoadMemDocument(b"", 0, None)
    try:
        with memory.at_most(_PARSING_BYTES):
            document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        # The number of the error, not the wording of its message, tells a password from damage.
        if getattr(error, "err_code", pdfium.FPDF_GetLastError()) in _LOCKED:
            raise PacketError("encrypted", "it asks for a password; send it without one") from None
        raise PacketError("corrupt", f"it is not a whole PDF ({error}); send it again") from None
    try:
        document.init_forms()
        count = len(document)
        if count < 1:
            raise PacketError("empty", "it has no page; send it again")
        if count > limits.file_pages:
            most = limits.file_pages
            raise PacketError("too_many_pages", f"it has {count} pages, more than {most}; split it up")
        yield PdfFile(path, document, limits)
    finally:
        document.close()


def _allowed_scale(width: float, height: float, dpi: float, limits: Limits) -> float:
    """Pixels a point for ``dpi``, lowered to the rendering and pixel limits."""
    inches = max(width * height / POINTS_PER_INCH**2, 1e-6)
    most = min(float(limits.render_dpi), math.sqrt(limits.page_pixels / inches))
    return min(dpi, most) / POINTS_PER_INCH
