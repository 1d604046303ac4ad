"""PDF pages as the page reader takes them (PDF 页面): at which resolution drawn, and with which text to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from qi_pipeline.model import Appearance, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.engines import Image
from qi_pipeline.reading.images import appearance_of
from qi_pipeline.reading.page import RawPage
from qi_pipeline.reading.pdf import POINTS_PER_INCH, PageMakeup, open_pdf
from qi_pipeline.reading.pdf_text import open_text
from qi_pipeline.reading.textlayer import ALL_UP_TO_PAGES, is_garbled

_FEWEST_CHARACTERS = 8
"""Less text than this is a page number or a stamp on a scan."""
_TEXT_DPI = 150.0
"""A page of digital text is drawn for evidence and comparison, not to be read: half the pixels."""
_MOST_HIDDEN = 0.5
_SCAN_SHARE = 0.5
"""A page of which pictures cover at least this share is a scan."""
_READING_SIDE = 1600.0
"""Pixels that the longer side of a page with pictures should have."""


def pdf_pages(path: Path, numbers: Iterable[int], limits: Limits) -> Iterator[RawPage]:
    """The pages of those numbers, drawn one at a time."""
    with open_pdf(path, limits) as pdf, open_text(path, limits) as text:
        for number in numbers:
            makeup = pdf.makeup(number)
            words: tuple[Word, ...] = ()
            tables: tuple[Table, ...] = ()
            if text is not None and makeup.characters >= _FEWEST_CHARACTERS and makeup.hidden_share <= _MOST_HIDDEN:
                words, tables = text.read(number)
            if is_garbled(words):
                words, tables = (), ()
            pixels, dpi = pdf.render(number, _resolution(makeup, has_text=bool(words), limits=limits))
            yield RawPage(
                number=number,
                pixels=pixels,
                appearance=_appearance(makeup, pixels, has_text=bool(words)),
                dpi=round(dpi, 1),
                layer=words or None,
                tables=tables,
                every_line=len(pdf) <= ALL_UP_TO_PAGES,
                has_pictures=makeup.picture_share > 0 or makeup.form_fields > 0,
                has_more=makeup.form_fields > 0,
            )


def _resolution(makeup: PageMakeup, *, has_text: bool, limits: Limits) -> float:
    """Dots an inch to draw the page at: a scan at its own resolution, so that nothing is invented or lost."""
    longer = max(makeup.width, makeup.height, 1.0) / POINTS_PER_INCH
    if makeup.picture_share >= _SCAN_SHARE and makeup.picture_dpi is not None:
        if has_text:
            return max(makeup.picture_dpi, _READING_SIDE / longer)
        return max(makeup.picture_dpi, POINTS_PER_INCH / 4)
    return _TEXT_DPI if has_text else float(limits.render_dpi)


def _appearance(makeup: PageMakeup, pixels: Image, *, has_text: bool) -> Appearance:
    if makeup.picture_share < _SCAN_SHARE:
        return "colour"  # whatever is printed on a digital page keeps its colour
    if makeup.picture_bits == 1:
        return "bitonal"
    return appearance_of(pixels, "L" if makeup.picture_grey and not has_text else "RGB")
