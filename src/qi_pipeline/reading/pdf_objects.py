"""What a PDF page is drawn of (PDF 页面对象): rule lines, pictures, and text that may not be seen as it says.

One pass over the page's objects in the order in which they are painted, forms within forms included, through PDFium's
plain functions: a page of a scope annex has some hundred objects, and a file hundreds of such pages. All boxes are in
points of the page's own space; :class:`qi_pipeline.reading.pdf_frame.PageFrame` turns them upright.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Box
from qi_pipeline.policy import Limits
from qi_pipeline.reading.jpeg_scans import refuse_many_scans_in
from qi_pipeline.reading.pdf_frame import Matrix, moved, times

_DEPTH = 4
"""Forms within forms are followed so far."""
_THIN = 3.0
"""Points up to which a painted shape is a line; borders between cells are mostly drawn as thin bars."""
_LEVEL = 0.6
"""Points by which a line may leave the level."""
_MOST_SEGMENTS = 20_000
"""Segments of a page that are looked at; a page with more is a drawing."""
_COVERS = 0.5
"""A picture that covers more of the page hides the text painted before it."""
_ORNAMENT = 0.005
"""Pictures that cover less of the page are ornaments."""
_MOST_PICTURES = 100
_MOST_PICTURE_PAGES = 4
"""A picture on a page may have so many times the pixels of a page image; PDFium unfolds it whole to draw it."""
_LARGE = 1_000_000
"""Pixels from which repainting a picture again and again costs time."""
_WHITE = 245
_FAINT = 32
_SPECK = 12.0
"""Points up to which a filled square may be the module of a code."""
_MOST_SPECKS = 80
_COVER = 4.0
"""Points by which a painted shape must be high and wide to hide a letter."""
_KEY = 32
"""Letters of a marked content key that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPicture:
    """A picture on the page."""

    share: float
    """Share of the page that it covers."""
    dpi: float
    bits: int
    colourless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageObjects:
    """What one page is drawn of."""

    rules: tuple[Box, ...]
    """Level and upright lines ``(x0, y0, x1, y1)``, the ends of each in order."""
    pictures: tuple[PlacedPicture, ...]
    texts: int
    hidden: int
    """Pieces of text that are not painted, or painted over by a picture of the whole page."""
    drawn: bool
    """Whether outlines stand on it that are no rules: an emblem, a seal, a code, letters drawn as shapes."""
    doubted: tuple[Box, ...]
    """Where text is not painted, white, painted over later, or said to be another (ActualText)."""


def page_objects(page: Any, limits: Limits) -> PageObjects:  # noqa: ANN401 - PDFium's page
    """What the open page is drawn of; raises PacketError ``image_bomb``."""
    return _Walk(page, limits).result()


@dataclass(slots=True)
class _Walk:
    """One pass over a page; holds the variables that PDFium writes its answers into."""

    page: Any
    limits: Limits
    rules: list[Box] = field(default_factory=list)
    pictures: list[PlacedPicture] = field(default_factory=list)
    texts: int = 0
    hidden: int = 0
    curves: int = 0
    specks: int = 0
    segments: int = 0
    doubted: list[Box] = field(default_factory=list)
    painted: list[tuple[int, Any, Matrix | None]] = field(default_factory=list)
    covers: list[tuple[int, Box]] = field(default_factory=list)
    bounds: Any = field(default_factory=lambda: [ctypes.c_float() for _ in range(4)])
    colour: Any = field(default_factory=lambda: [ctypes.c_uint() for _ in range(4)])
    mode: Any = field(default_factory=lambda: [ctypes.c_int() for _ in range(2)])
    corner: Any = field(default_factory=lambda: [ctypes.c_float() for _ in range(2)])

    def result(self) -> PageObjects:
        area = max(pdfium.FPDF_GetPageWidthF(self.page) * pdfium.FPDF_GetPageHeightF(self.page), 1e-6)
        for at, (kind, item, matrix) in enumerate(self._objects()):
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                self._text(item, matrix, at)
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                self._path(item, matrix, at, area)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                self._picture(item, matrix, at, area)
            elif kind == pdfium.FPDF_PAGEOBJ_SHADING:
                self.curves += 1
        self._doubt_covered()
        return PageObjects(
            rules=tuple(self.rules),
            pictures=tuple(self.pictures),
            texts=self.texts,
            hidden=self.hidden,
            drawn=self.curves > 0 or self.specks > _MOST_SPECKS,
            doubted=tuple(self.doubted),
        )

    def _objects(self) -> Iterator[tuple[int, Any, Matrix | None]]:
        """Kind, object and the matrix of the forms around it, in painting order."""
        get, kind_of, form = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_FORM
        for index in range(pdfium.FPDFPage_CountObjects(self.page)):
            item = get(self.page, index)
            kind = kind_of(item)
            if kind != form:
                yield kind, item, None
            else:
                yield from self._inside(item, None, _DEPTH)

    def _inside(self, form: Any, matrix: Matrix | None, depth: int) -> Iterator[tuple[int, Any, Matrix | None]]:  # noqa: ANN401
        own = times(_matrix(form), matrix)
        for index in range(max(0, pdfium.FPDFFormObj_CountObjects(form))):
            item = pdfium.FPDFFormObj_GetObject(form, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind != pdfium.FPDF_PAGEOBJ_FORM:
                yield kind, item, own
            elif depth > 1:
                yield from self._inside(item, own, depth - 1)

    def _box(self, item: Any, matrix: Matrix | None) -> Box | None:  # noqa: ANN401
        left, bottom, right, top = self.bounds
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return None
        if matrix is None:
            return left.value, bottom.value, right.value, top.value
        corners = [moved(matrix, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    def _text(self, item: Any, matrix: Matrix | None, at: int) -> None:  # noqa: ANN401
        self.texts += 1
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        unseen = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
        if unseen:
            self.hidden += 1
        else:
            self.painted.append((at, item, matrix))
        # Text without marks is the rule, and this is asked of every piece.
        if unseen or self._is_bright(item) or (pdfium.FPDFPageObj_CountMarks(item) > 0 and _says_otherwise(item)):
            box = self._box(item, matrix)
            if box is not None:
                self.doubted.append(box)

    def _is_bright(self, item: Any) -> bool:  # noqa: ANN401
        """Whether the object is filled with white or hardly at all."""
        red, green, blue, alpha = self.colour
        if not pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
            return False
        return bool(min(red.value, green.value, blue.value) >= _WHITE or alpha.value < _FAINT)

    def _path(self, item: Any, matrix: Matrix | None, at: int, area: float) -> None:  # noqa: ANN401
        """Takes the lines of one painted path."""
        box = self._box(item, matrix)
        fill, stroke = self.mode
        if box is None or not pdfium.FPDFPath_GetDrawMode(item, fill, stroke) or not (fill.value or stroke.value):
            return
        filled, stroked = bool(fill.value), bool(stroke.value)
        wide, high = box[2] - box[0], box[3] - box[1]
        if filled and min(wide, high) > _COVER:
            self.covers.append((at, box))
        if filled and not stroked and self._is_bright(item):
            return
        if min(wide, high) <= _THIN:
            self._bar(box)
            return
        if filled and max(wide, high) <= _SPECK:
            self.specks += 1
        count = max(0, pdfium.FPDFPath_CountSegments(item))
        self.segments += count
        if self.segments > _MOST_SEGMENTS:
            self.curves += 1
            return
        for points, bent, closed in self._outlines(item, times(_matrix(item), matrix), count):
            self._outline(points, bent=bent, closed=closed or filled, area=area)

    def _outlines(self, item: Any, matrix: Matrix, count: int) -> Iterator[tuple[_Points, bool, bool]]:  # noqa: ANN401
        """The path's outlines: their corners, whether they are bent, and whether they are closed."""
        points: _Points = []
        bent = closed = False
        x, y = self.corner
        if count in (2, 4, 5):  # one line or rectangle, as nearly all are; a curve's points show that it is none
            for index in range(count):
                if pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(item, index), x, y):
                    points.append(moved(matrix, x.value, y.value))
            if _is_square(points) and not _begins_anew(item, count):
                yield points, False, count > 2
                return
            points = []
        for index in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(item, index)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO and points:
                yield points, bent, closed
                points, bent, closed = [], False, False
            bent = bent or kind == pdfium.FPDF_SEGMENT_BEZIERTO
            closed = closed or bool(pdfium.FPDFPathSegment_GetClose(segment))
            if pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                points.append(moved(matrix, x.value, y.value))
        if points:
            yield points, bent, closed

    def _outline(self, points: _Points, *, bent: bool, closed: bool, area: float) -> None:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = (min(xs), min(ys), max(xs), max(ys))
        wide, high = box[2] - box[0], box[3] - box[1]
        if min(wide, high) <= _THIN:
            if max(wide, high) > 0:
                self._bar(box)
            return
        if bent:
            self.curves += 1
            return
        if wide * high > 0.9 * area:
            return  # the paper itself
        corners = [*points, points[0]] if closed else points
        for (ax, ay), (bx, by) in pairwise(corners):
            if abs(ay - by) <= _LEVEL and abs(ax - bx) > 1:
                self.rules.append((min(ax, bx), (ay + by) / 2, max(ax, bx), (ay + by) / 2))
            elif abs(ax - bx) <= _LEVEL and abs(ay - by) > 1:
                self.rules.append(((ax + bx) / 2, min(ay, by), (ax + bx) / 2, max(ay, by)))
            elif abs(ax - bx) > 1 and abs(ay - by) > 1:
                self.curves += 1  # a slanting line

    def _bar(self, box: Box) -> None:
        """A thin shape as the line in its middle; a dot counts both ways."""
        x0, y0, x1, y1 = box
        if x1 - x0 >= y1 - y0:
            self.rules.append((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
        if y1 - y0 >= x1 - x0:
            self.rules.append(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1))

    def _picture(self, item: Any, matrix: Matrix | None, at: int, area: float) -> None:  # noqa: ANN401
        self._refuse_bomb(item)
        box = self._box(item, matrix)
        if box is None:
            return
        share = min(1.0, (box[2] - box[0]) * (box[3] - box[1]) / area)
        if share > _COVERS:
            self.hidden = self.texts  # what was painted before lies under it
        self.covers.append((at, box))
        if share > _ORNAMENT and len(self.pictures) < _MOST_PICTURES:
            self.pictures.append(_placed(item, self.page, share))

    def _refuse_bomb(self, item: Any) -> None:  # noqa: ANN401
        """Raise ``image_bomb`` for a picture that would unfold beyond measure, before it is drawn."""
        wide, high = ctypes.c_uint(), ctypes.c_uint()
        if not pdfium.FPDFImageObj_GetImagePixelSize(item, wide, high):
            return  # what PDFium can't measure it doesn't draw
        if wide.value * high.value > _MOST_PICTURE_PAGES * self.limits.page_pixels:
            size = f"{wide.value} x {high.value}"
            raise PacketError("image_bomb", f"a picture of {size} pixels stands on a page; scan it at 300 dpi")
        if wide.value * high.value > _LARGE and _is_jpeg(item):
            count = pdfium.FPDFImageObj_GetImageDataRaw(item, None, 0)
            packed = ctypes.create_string_buffer(count)
            pdfium.FPDFImageObj_GetImageDataRaw(item, packed, count)
            refuse_many_scans_in(packed.raw)

    def _doubt_covered(self) -> None:
        """Notes the text over which something was painted afterwards."""
        if not self.covers or not self.painted or self.covers[-1][0] < self.painted[0][0]:
            return
        for at, item, matrix in self.painted:
            later = [box for order, box in self.covers if order > at]
            if not later:
                break
            own = self._box(item, matrix)
            if own is not None and any(_hides(box, own) for box in later):
                self.doubted.append(own)


_Points = list[tuple[float, float]]


def _is_square(points: _Points) -> bool:
    """Whether the points go level and upright only."""
    return len(points) > 1 and all(abs(a - c) <= _LEVEL or abs(b - d) <= _LEVEL for (a, b), (c, d) in pairwise(points))


def _begins_anew(item: Any, count: int) -> bool:  # noqa: ANN401 - PDFium's object
    """Whether a path of four points is two lines."""
    if count != 4:
        return False
    return bool(pdfium.FPDFPathSegment_GetType(pdfium.FPDFPath_GetPathSegment(item, 2)) == pdfium.FPDF_SEGMENT_MOVETO)


def _matrix(item: Any) -> Matrix:  # noqa: ANN401 - PDFium's object
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, ctypes.byref(found)):
        return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    return (found.a, found.b, found.c, found.d, found.e, found.f)


def _says_otherwise(item: Any) -> bool:  # noqa: ANN401 - PDFium's object
    """Whether the file gives words of its own for the object (ActualText), which PDFium takes for its text."""
    for index in range(max(0, pdfium.FPDFPageObj_CountMarks(item))):
        mark = pdfium.FPDFPageObj_GetMark(item, index)
        for number in range(max(0, pdfium.FPDFPageObjMark_CountParams(mark))):
            key = (ctypes.c_ushort * _KEY)()
            size = ctypes.c_ulong()
            if not pdfium.FPDFPageObjMark_GetParamKey(mark, number, key, ctypes.sizeof(key), ctypes.byref(size)):
                continue
            if bytes(key)[: max(0, size.value - 2)].decode("utf-16-le", "replace") == "ActualText":
                return True
    return False


def _hides(cover: Box, text: Box) -> bool:
    """Whether what was painted over ``text`` may hide part of it."""
    wide = min(cover[2], text[2]) - max(cover[0], text[0])
    high = min(cover[3], text[3]) - max(cover[1], text[1])
    return wide > 1 and high > 0.3 * (text[3] - text[1])


def _is_jpeg(item: Any) -> bool:  # noqa: ANN401 - PDFium's object
    """Whether the picture's last filter is that of JPEG."""
    last = pdfium.FPDFImageObj_GetImageFilterCount(item) - 1
    if last < 0:
        return False
    name = ctypes.create_string_buffer(_KEY)
    pdfium.FPDFImageObj_GetImageFilter(item, last, name, _KEY)
    return name.value in (b"DCTDecode", b"DCT")


def _placed(item: Any, page: Any, share: float) -> PlacedPicture:  # noqa: ANN401 - PDFium's objects
    details = pdfium.FPDF_IMAGEOBJ_METADATA()
    if not pdfium.FPDFImageObj_GetImageMetadata(item, page, ctypes.byref(details)):
        return PlacedPicture(share=share, dpi=72.0, bits=8, colourless=False)
    grey = details.colorspace in (pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_CALGRAY)
    return PlacedPicture(
        share=share,
        dpi=max(float(details.horizontal_dpi), float(details.vertical_dpi)),
        bits=int(details.bits_per_pixel),
        colourless=grey or details.bits_per_pixel == 1,
    )
