"""How a PDF page lies in the upright page (页面坐标): rotation and crop box applied, points from the upper left."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from qi_pipeline.model import Box

Matrix = tuple[float, float, float, float, float, float]
"""PDF's ``a b c d e f``: x' = a·x + c·y + e, y' = b·x + d·y + f."""

_UNITS = 10_000_000
"""PDFium answers in whole units of a device; so fine a device loses nothing."""
_APART = 100.0


def times(first: Matrix, then: Matrix | None) -> Matrix:
    """One matrix that does ``first`` and then ``then``.

    >>> times((2, 0, 0, 2, 1, 0), (1, 0, 0, 1, 10, 20))
    (2, 0, 0, 2, 11, 20)
    """
    if then is None:
        return first
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def moved(matrix: Matrix | None, x: float, y: float) -> tuple[float, float]:
    """Where the matrix takes a point."""
    if matrix is None:
        return x, y
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """The upright page in points, and the way to it from the page's own space."""

    width: float
    """Points of the upright page."""
    height: float
    matrix: Matrix
    """From the page's own space to points from the upper left corner of the upright page."""

    @classmethod
    def of(cls, page: Any) -> PageFrame:  # noqa: ANN401 - PDFium's page
        """The frame of the open page."""
        width = max(float(pdfium.FPDF_GetPageWidthF(page)), 1e-3)
        height = max(float(pdfium.FPDF_GetPageHeightF(page)), 1e-3)
        x, y = ctypes.c_int(), ctypes.c_int()

        def seen(left: float, up: float) -> tuple[float, float]:
            pdfium.FPDF_PageToDevice(page, 0, 0, _UNITS, _UNITS, 0, left, up, x, y)
            return x.value / _UNITS * width, y.value / _UNITS * height

        (e, f), (ax, ay), (cx, cy) = seen(0, 0), seen(_APART, 0), seen(0, _APART)
        matrix = ((ax - e) / _APART, (ay - f) / _APART, (cx - e) / _APART, (cy - f) / _APART, e, f)
        return cls(width=width, height=height, matrix=matrix)

    def box(self, box: Box) -> Box:
        """A box of the page's own space in points of the upright page."""
        (x0, y0), (x1, y1) = moved(self.matrix, box[0], box[1]), moved(self.matrix, box[2], box[3])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def fraction(self, box: Box) -> Box:
        """A box in points of the upright page as fractions of it."""
        x0, y0, x1, y1 = box
        return (
            round(min(1.0, max(0.0, x0 / self.width)), 5),
            round(min(1.0, max(0.0, y0 / self.height)), 5),
            round(min(1.0, max(0.0, x1 / self.width)), 5),
            round(min(1.0, max(0.0, y1 / self.height)), 5),
        )
