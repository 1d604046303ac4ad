"""Pictures of the very place on the paper, as data URIs for a self-contained report."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from qi_pipeline.model import Box

_MARGIN_X, _MARGIN_Y = 0.05, 0.025
_CUT_WIDTH = 860
_THUMB_WIDTH = 300


class Cutouts:
    """Cut-outs of the page images of one packet; asks for each page image once.

    A place whose page has no image (online form, office text) or whose image is gone gives None.
    """

    def __init__(self, images: Callable[[str, int], Path | None]) -> None:
        self._images = images
        self._open: tuple[Path, Image.Image] | None = None

    def place(self, file: str, page: int, box: Box) -> str | None:
        """The surroundings of ``box`` with the box drawn, as a data URI."""
        image = self._page(file, page)
        if image is None:
            return None
        if box[2] - box[0] > 0.9 and box[3] - box[1] > 0.9:
            return self.thumbnail(file, page)
        x0, y0, x1, y1 = _around(box)
        width, height = image.size
        left, top = int(x0 * width), int(y0 * height)
        cut = image.crop((left, top, max(left + 8, int(x1 * width)), max(top + 8, int(y1 * height)))).convert("RGB")
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
            ImageDraw.Draw(cut).rectangle(frame, outline=(214, 40, 40), width=3)
        return _data_uri(cut, 72)

    def thumbnail(self, file: str, page: int) -> str | None:
        """The whole page, small, as a data URI."""
        image = self._page(file, page)
        if image is None:
            return None
        small = image.convert("RGB")
        small.thumbnail((_THUMB_WIDTH, _THUMB_WIDTH * 2), Image.Resampling.LANCZOS)
        return _data_uri(small, 60)

    def _page(self, file: str, page: int) -> Image.Image | None:
        path = self._images(file, page)
        if path is None or not path.is_file():
            return None
        if self._open is None or self._open[0] != path:
            with Image.open(path) as image:
                image.load()
                self._open = (path, image)
        return self._open[1]


def _around(box: Box) -> Box:
    """The box with its surroundings: wide enough to show the label beside the value."""
    x0, y0, x1, y1 = box
    wide = max(_MARGIN_X, 0.22 - (x1 - x0) / 2)
    return (max(0.0, x0 - wide), max(0.0, y0 - _MARGIN_Y), min(1.0, x1 + wide), min(1.0, y1 + _MARGIN_Y))


def _data_uri(image: Image.Image, quality: int) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
