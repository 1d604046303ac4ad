"""PDF files (PDF 文件): pages rendered by PDFium, words and ruled tables by pdfplumber.

PDFium opens, counts, turns and draws the pages; it answers in milliseconds, so it also says what a page is made of.
pdfplumber is asked only for pages that carry text. Whether that text may be believed is not decided here
but in :mod:`qi_pipeline.reading.textlayer`, against the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from qi_pipeline.errors import PacketError
from qi_pipeline.policy import Limits
from qi_pipeline.reading.engines import Image
from qi_pipeline.reading.images import DECODER_ERRORS

POINTS_PER_INCH = 72.0
_MOST_PICTURES = 100
_COUNTS = 0.005
"""Pictures that cover less of the page are ornaments."""
_MOST_PICTURE_PAGES = 4
"""A picture on a page may have so many times the pixels of a page image; PDFium unfolds it whole to draw it."""
_COVERS = 0.5
"""A picture that covers more of the page hides the text painted before it."""
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


class PdfFile:
    """An open PDF file."""

    def __init__(self, path: Path, document: pypdfium2.PdfDocument, limits: Limits) -> None:
        self.path = path
        self._document = document
        self._limits = limits

    def __len__(self) -> int:
        return len(self._document)

    def makeup(self, number: int) -> PageMakeup:
        """What page ``number`` (from 1) is made of."""
        with self._page(number) as page:
            return _makeup(page, self._limits)

    def render(self, number: int, dpi: float) -> tuple[Image, float]:
        """The page drawn upright as RGB, and the resolution that the limits allowed."""
        with self._page(number) as page:
            width, height = page.get_size()
            scale = _allowed_scale(width, height, dpi, self._limits)
            bitmap = page.render(scale=scale, rev_byteorder=True, draw_annots=True, may_draw_forms=True)
            try:
                pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
            finally:
                bitmap.close()
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[:, :, None], 3, axis=2)
        return np.ascontiguousarray(pixels[:, :, :3]), scale * POINTS_PER_INCH

    @contextmanager
    def _page(self, number: int) -> Iterator[pypdfium2.PdfPage]:
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise PacketError("corrupt", f"page {number} is broken ({error})") from error
        try:
            yield page
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


def _makeup(page: pypdfium2.PdfPage, limits: Limits) -> PageMakeup:
    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        characters = textpage.count_chars()
    finally:
        textpage.close()
    area = max(width * height, 1e-6)
    texts, hidden, seen_texts = 0, 0, 0
    pictures: list[_PlacedPicture] = []
    for item in page.get_objects(max_depth=4):
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            texts += 1
            if pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                hidden += 1
            else:
                seen_texts += 1
        elif item.type == pdfium.FPDF_PAGEOBJ_IMAGE and len(pictures) < _MOST_PICTURES:
            left, bottom, right, top = item.get_bounds()
            share = min(1.0, abs((right - left) * (top - bottom)) / area)
            _refuse_bomb(item, limits)
            if share > _COVERS:
                hidden, seen_texts = hidden + seen_texts, 0  # what was painted before lies under it
            if share > _COUNTS:
                pictures.append(_placed(item, share))
    largest = max(pictures, key=lambda picture: picture.share, default=None)
    large = [picture for picture in pictures if largest and picture.share > 0.3 * largest.share]
    return PageMakeup(
        width=width,
        height=height,
        rotation=page.get_rotation(),
        characters=characters,
        hidden_share=hidden / texts if texts else 0.0,
        picture_share=min(1.0, sum(picture.share for picture in pictures)),
        picture_dpi=max((picture.dpi for picture in large), default=None),
        picture_grey=bool(large) and all(picture.colourless for picture in large),
        picture_bits=largest.bits if largest else 0,
        form_fields=max(0, int(pdfium.FPDFPage_GetAnnotCount(page))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacedPicture:
    share: float
    dpi: float
    bits: int
    colourless: bool


def _refuse_bomb(item: Any, limits: Limits) -> None:  # noqa: ANN401 - PDFium's object
    """Raise ``image_bomb`` for a picture that would unfold beyond measure, before it is drawn."""
    try:
        wide, high = item.get_px_size()
    except pypdfium2.PdfiumError:
        return  # what PDFium can't measure it doesn't draw
    if wide * high > _MOST_PICTURE_PAGES * limits.page_pixels:
        raise PacketError("image_bomb", f"a picture of {wide} x {high} pixels stands on a page; scan it at 300 dpi")


def _placed(item: Any, share: float) -> _PlacedPicture:  # noqa: ANN401 - PDFium's object
    try:
        details = item.get_metadata()
    except pypdfium2.PdfiumError:
        return _PlacedPicture(share=share, dpi=POINTS_PER_INCH, bits=8, colourless=False)
    grey = details.colorspace in (pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_CALGRAY)
    return _PlacedPicture(
        share=share,
        dpi=max(float(details.horizontal_dpi), float(details.vertical_dpi)),
        bits=int(details.bits_per_pixel),
        colourless=grey or details.bits_per_pixel == 1,
    )
