"""Pictures of the very place on the paper (截图), with the box drawn, for the findings and the seals of a report."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from qi_pipeline.model import Box
from qi_pipeline.reports.pictures import Fitter, Format, Images, Picture, encoded, opened

_MARGIN_X, _MARGIN_Y = 0.05, 0.025
_CUT_WIDTH = 860
_PAGE_WIDTH = 360
_FACE_WIDTH = 132
_HELD_PIXELS = 12_000_000
"""Pixels of opened pages that are held, for findings go to and fro between a few pages."""
_MOST = 60_000
"""Characters of a data URI that no cut-out needs more of."""


class Cutouts:
    """Cut-outs of the page images of one packet, together at most ``budget`` characters for ``places`` of them.

    A place whose page has no image (online form, office text) or whose image is gone gives None.
    """

    def __init__(self, images: Images, *, form: Format, budget: int, places: int) -> None:
        self._images = images
        self._form: Format = form
        self._share = min(_MOST, budget // max(places, 1))
        self._fitter = Fitter(form)
        self._open: dict[Path, Image.Image] = {}
        self._left = budget
        self._made: dict[tuple[str, int, Box], Picture | None] = {}

    def place(self, file: str, page: int, box: Box) -> Picture | None:
        """The surroundings of ``box`` with the box drawn; of a whole page, the page, small."""
        key = (file, page, box)
        if key not in self._made:
            image = self._page(file, page)
            self._made[key] = None if image is None else self._cut(image, box)
        return self._paid(self._made[key])

    def face(self, file: str, page: int, box: Box) -> Picture | None:
        """What stands in ``box``, small: a seal as it looks."""
        image = self._page(file, page)
        if image is None:
            return None
        cut = image.crop(_pixels(image, _grown(box, 0.01))).convert("RGB")
        cut.thumbnail((_FACE_WIDTH, _FACE_WIDTH), Image.Resampling.LANCZOS)
        return self._paid(encoded(cut, self._form, 60))

    @property
    def left(self) -> int:
        """Characters of the budget that are not used."""
        return self._left

    def _paid(self, picture: Picture | None) -> Picture | None:
        if picture is None or len(picture.uri) > self._left:
            return None
        self._left -= len(picture.uri)
        return picture

    def _cut(self, image: Image.Image, box: Box) -> Picture | None:
        if box[2] - box[0] > 0.9 and box[3] - box[1] > 0.9:
            small = image.convert("RGB")
            small.thumbnail((_PAGE_WIDTH, _PAGE_WIDTH * 2), Image.Resampling.LANCZOS)
            return self._fitter.fitted(small, self._share)
        width, height = image.size
        left, top, right, bottom = _pixels(image, _around(box))
        cut = image.crop((left, top, right, bottom)).convert("RGB")
        scale = min(2.0, _CUT_WIDTH / cut.width)
        cut = cut.resize(
            (max(1, round(cut.width * scale)), max(1, round(cut.height * scale))), Image.Resampling.LANCZOS
        )
        frame = [
            (box[0] * width - left) * scale - 4,
            (box[1] * height - top) * scale - 4,
            (box[2] * width - left) * scale + 4,
            (box[3] * height - top) * scale + 4,
        ]
        if frame[2] > frame[0] and frame[3] > frame[1]:
            ImageDraw.Draw(cut).rectangle(frame, outline=(198, 40, 40), width=3)
        return self._fitter.fitted(cut, self._share)

    def _page(self, file: str, page: int) -> Image.Image | None:
        path = self._images(file, page)
        if path is None:
            return None
        if path not in self._open:
            image = opened(path)
            if image is None:
                return None
            while self._open and sum(each.width * each.height for each in self._open.values()) > _HELD_PIXELS:
                del self._open[next(iter(self._open))]
            self._open[path] = image
        return self._open[path]


def _around(box: Box) -> Box:
    """The box with its surroundings: wide enough to show the label beside the value."""
    x0, y0, x1, y1 = box
    wide = max(_MARGIN_X, 0.22 - (x1 - x0) / 2)
    return (max(0.0, x0 - wide), max(0.0, y0 - _MARGIN_Y), min(1.0, x1 + wide), min(1.0, y1 + _MARGIN_Y))


def _grown(box: Box, by: float) -> Box:
    return (max(0.0, box[0] - by), max(0.0, box[1] - by), min(1.0, box[2] + by), min(1.0, box[3] + by))


def _pixels(image: Image.Image, box: Box) -> tuple[int, int, int, int]:
    """The box in pixels, at least a few of them, within the image."""
    width, height = image.size
    left, top = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    return (left, top, min(width, max(left + 8, int(box[2] * width))), min(height, max(top + 8, int(box[3] * height))))
