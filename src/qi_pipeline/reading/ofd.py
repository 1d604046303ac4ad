"""OFD files (GB/T 33190-2016) to pages of words and page pictures.

Own reader, because what PyPI has was judged and found wanting: easyofd drops seals and misplaces text by its users'
reports, believes declared sizes and needs the AGPL PyMuPDF; ofdreader gives paragraphs without places. A picture in
JBIG2, which no decoder here reads, leaves a grey field and a note.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.ofd_document import PagePart, read_documents
from qi_pipeline.reading.ofd_draw import draw_page
from qi_pipeline.reading.ofd_objects import Drawable, Flattener, Glyph, Picture, box_of
from qi_pipeline.reading.ofd_signatures import SealStamp, seal_stamps
from qi_pipeline.reading.ofd_words import words_of
from qi_pipeline.reading.xml_package import XmlPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdPage:
    """One page: its size, its words, and what is drawn on it."""

    number: int
    width_mm: float
    height_mm: float
    words: tuple[Word, ...]
    pictures: int
    """Pictures on the page, seals left out: a page without words but with a picture is a scan."""
    stamps: int
    """Electronic seals on the page."""
    box: tuple[float, float, float, float]
    drawables: tuple[Drawable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdFile:
    """All pages of an OFD file; :func:`render_page` draws one at a time."""

    path: Path
    pages: tuple[OfdPage, ...]
    limits: Limits


def read_ofd(path: Path, limits: Limits) -> OfdFile:
    """The pages of an OFD file; raises :class:`PacketError` for an encrypted, damaged, empty or hostile one."""
    with XmlPackage(path, limits) as package:
        pages: list[OfdPage] = []
        for document in read_documents(package, limits.file_pages):
            stamps = list(seal_stamps(package, document.signatures))
            for part in document.pages:
                own = [stamp for stamp in stamps if stamp.page == part.identity]
                pages.append(_page(part, own, len(pages) + 1, limits))
    if not pages:
        raise PacketError("empty", "the OFD file holds no page")
    return OfdFile(path=path, pages=tuple(pages), limits=limits)


def render_page(file: OfdFile, page: OfdPage, dpi: float | None = None) -> tuple[Image.Image, tuple[str, ...]]:
    """The page as an RGB image, and notes on what could not be shown on it."""
    limits = file.limits
    with XmlPackage(file.path, limits) as package:
        drawables = [_plain(item, limits) for item in page.drawables]
        image, unshown = draw_page(
            drawables, page.box, dpi=dpi or limits.render_dpi, most_pixels=limits.page_pixels, read=package.read
        )
    return image, ((f"{unshown} pictures in a format that can't be shown here",) if unshown else ())


def _page(part: PagePart, stamps: list[SealStamp], number: int, limits: Limits) -> OfdPage:
    flattener = Flattener(part.resources, limits.page_characters)
    for content in part.below:
        flattener.add(content)
    own = list(flattener.drawables)
    for appearance in part.appearances:
        box = box_of(appearance.get("Boundary")) or (0.0, 0.0, 0.0, 0.0)
        flattener.add(appearance, (1.0, 0.0, 0.0, 1.0, box[0], box[1]))
    seals = [
        Picture(part="", matrix=(s.box[2], 0.0, 0.0, s.box[3], s.box[0], s.box[1]), data=s.picture, format=s.format)
        for s in stamps
    ]
    drawables = (*flattener.drawables, *seals)
    return OfdPage(
        number=number,
        width_mm=part.box[2],
        height_mm=part.box[3],
        words=words_of((item for item in drawables if isinstance(item, Glyph)), part.box),
        pictures=sum(isinstance(item, Picture) for item in own),
        stamps=len(seals),
        box=part.box,
        drawables=drawables,
    )


def _plain(item: Drawable, limits: Limits) -> Drawable:
    """A seal whose picture is itself a small OFD becomes a PNG with a clear background; anything else stays."""
    if not isinstance(item, Picture) or item.format != "ofd":
        return item
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seal.ofd"
        path.write_bytes(item.data)
        try:
            nested = read_ofd(path, limits)
            page = nested.pages[0]
            if any(isinstance(inner, Picture) and inner.format == "ofd" for inner in page.drawables):
                return item  # an OFD in an OFD in an OFD is nobody's seal
            image, _notes = render_page(nested, page, dpi=300)
        except PacketError:
            return item
    red, green, blue = image.split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    image.putalpha(ImageChops.invert(darkest).point(lambda value: min(255, value * 3)))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Picture(part="", matrix=item.matrix, data=out.getvalue(), format="png")
