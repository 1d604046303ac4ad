"""PDF pages as the page reader takes them (PDF 页面): at which resolution drawn, and with which text to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from qi_pipeline.model import Appearance, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.images import appearance_of
from qi_pipeline.reading.page import PlainPage, RawPage
from qi_pipeline.reading.pdf import POINTS_PER_INCH, PageMakeup, PdfPage, open_pdf
from qi_pipeline.reading.pixels import Image
from qi_pipeline.reading.textlayer import ALL_UP_TO_PAGES, is_garbled, worth_checking

_FEWEST_CHARACTERS = 8
"""Less text than this is a page number or a stamp on a scan."""
_TEXT_DPI = 150.0
"""A page of digital text is drawn for evidence and comparison, not to be read: half the pixels."""
_MOST_HIDDEN = 0.5
_CERTIFICATE_LINES = 60
"""Lines of text beside tables that a short file's page is compared in, and that a certificate's page has at most."""
_LINES = 12
_CELLS = 2
"""Lines, and lines within tables, that are compared on some pages of a long file."""
_SCAN_SHARE = 0.5
"""A page of which pictures cover at least this share is a scan."""
_READING_SIDE = 1600.0
"""Pixels that the longer side of a page with pictures should have."""


def pdf_pages(path: Path, numbers: Iterable[int], limits: Limits) -> Iterator[RawPage | PlainPage]:
    """The pages of those numbers, one at a time; those that need no picture are not drawn."""
    with open_pdf(path, limits) as pdf:
        known: set[str] = set()
        for number in numbers:
            with pdf.page(number) as page:
                yield _raw_page(page, number, len(pdf), known, limits)


def draw_pages(path: Path, numbers: Iterable[int], limits: Limits) -> Iterator[tuple[int, Image]]:
    """Pictures of pages that were read without one, at the size that their readings name."""
    with open_pdf(path, limits) as pdf:
        for number in numbers:
            yield number, pdf.render(number, _TEXT_DPI)[0]


def _raw_page(page: PdfPage, number: int, count: int, known: set[str], limits: Limits) -> RawPage | PlainPage:
    makeup = page.makeup()
    words: tuple[Word, ...] = ()
    tables: tuple[Table, ...] = ()
    if makeup.characters >= _FEWEST_CHARACTERS and makeup.hidden_share <= _MOST_HIDDEN:
        words, tables = page.text()
    if is_garbled(words):
        words, tables = (), ()
    plain = bool(words) and not (makeup.picture_share > 0 or makeup.form_fields > 0 or makeup.drawn)
    checked = _checked(words, tables, makeup, number, count, known) if plain else None
    if checked == () and count > ALL_UP_TO_PAGES:
        width, height, dpi = page.size(_TEXT_DPI)
        return PlainPage(number=number, width=width, height=height, dpi=round(dpi, 1), words=words, tables=tables)
    pixels, dpi = page.render(_resolution(makeup, has_text=bool(words), limits=limits))
    return RawPage(
        number=number,
        pixels=pixels,
        appearance=_appearance(makeup, pixels, has_text=bool(words)),
        dpi=round(dpi, 1),
        layer=words or None,
        tables=tables,
        every_line=count <= ALL_UP_TO_PAGES,
        checked=checked,
        has_pictures=not plain,
        has_more=makeup.form_fields > 0,
    )


def _checked(
    words: tuple[Word, ...],
    tables: tuple[Table, ...],
    makeup: PageMakeup,
    number: int,
    count: int,
    known: set[str],
) -> tuple[int, ...]:
    """Which words of a plain page are compared with its picture.

    A page like a certificate, of few lines and no table, is compared line by line wherever it stands. Of long annexes
    a few pages are looked at; a row on which a decision rests is compared when it is used.
    """
    boxes = [table.box for table in tables]
    every = count <= ALL_UP_TO_PAGES or (not boxes and len(words) <= _CERTIFICATE_LINES)
    looked_at = every or number in {1, -(-2 * count // 3)}
    return worth_checking(
        words,
        boxes,
        makeup.doubted,
        lines=_CERTIFICATE_LINES if every else _LINES if looked_at else 0,
        cells=_CELLS if looked_at else 0,
        known=set() if every else known,
        numbers=not every,
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
