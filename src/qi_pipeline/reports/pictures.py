"""Pictures for a self-contained report (图像): data URIs that keep to a share of bytes, and the pages of a packet.

Pages share one budget by weight: a page that a finding points at gets the better picture. A stored page image that
fits its share is taken as it is; otherwise it is made smaller until it fits.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

Images = Callable[[str, int], Path | None]
"""Path of the page image by file and page number; None where there is none."""
Format = Literal["WEBP", "JPEG"]
PageKey = tuple[str, int]
"""File and page number."""

_LADDER = ((1400, 66), (1240, 60), (1100, 54), (960, 50), (820, 46), (700, 42), (580, 38), (460, 34), (340, 30))
"""Width in pixels and quality, from good to just recognisable."""
_SHRINK = 0.72
"""What one step down the ladder leaves of the bytes, roughly."""
_ROOMY = 0.62
"""A picture that takes less of its share might have been a step better."""
_MOST = 260_000
"""Characters of a data URI that no single page needs more of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it stands in the page."""

    uri: str
    width: int
    height: int


def encoded(image: Image.Image, form: Format, quality: int) -> Picture:
    """The picture of ``image`` in full size."""
    buffer = io.BytesIO()
    if form == "WEBP":
        image.save(buffer, "WEBP", quality=quality, method=2)
    else:
        image.save(buffer, "JPEG", quality=quality, optimize=True)
    return Picture(uri=_uri(buffer.getvalue(), form), width=image.width, height=image.height)


class Fitter:
    """Pictures that keep to a share of characters each.

    Pictures of one packet are alike, so the step of the ladder that fitted the last one is where the next begins.
    """

    def __init__(self, form: Format) -> None:
        self._form: Format = form
        self._step = 0

    def fitted(self, image: Image.Image, share: int) -> Picture | None:
        """A picture of ``image`` with at most ``share`` characters; None when none would be recognisable."""
        rgb = image.convert("RGB")
        first = next((at for at, (width, _) in enumerate(_LADDER) if width <= rgb.width), len(_LADDER) - 1)
        step = max(self._step, first)
        while step < len(_LADDER):
            made = encoded(_narrowed(rgb, _LADDER[step][0]), self._form, _LADDER[step][1])
            if len(made.uri) <= share:
                roomy = len(made.uri) < _ROOMY * share and step > first
                self._step = step - 1 if roomy else max(step, self._step) if step > first else 0
                return made
            excess, step = len(made.uri) / share, step + 1
            while excess * _SHRINK > 1.3:  # far too large: the next step would be in vain
                excess, step = excess * _SHRINK, step + 1
        self._step = len(_LADDER) - 2
        return None


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    if image.width <= width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)


def opened(path: Path | None) -> Image.Image | None:
    """The page image, loaded; None when it is not there or is no picture any more."""
    if path is None:
        return None
    try:
        with Image.open(path) as image:
            image.load()
            return image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # a report without one picture is better than none


def pages(weights: Mapping[PageKey, int], images: Images, form: Format, budget: int) -> dict[PageKey, Picture]:
    """The pictures of the pages in ``weights``, together at most ``budget`` characters, heavier pages larger."""
    made: dict[PageKey, Picture] = {}
    order: Sequence[PageKey] = sorted(weights, key=lambda key: -weights[key])
    left, weight = budget, sum(weights.values())
    fitters: dict[int, Fitter] = {}
    for key in order:
        own = weights[key]
        share = min(_MOST, left * own // max(weight, 1))
        weight -= own
        path = images(*key)
        picture = None if path is None else _as_stored(path, form, share)
        if picture is None and (image := opened(path)) is not None:
            picture = fitters.setdefault(own, Fitter(form)).fitted(image, share)
        if picture is not None:
            made[key] = picture
            left -= len(picture.uri)
    return made


def _as_stored(path: Path, form: Format, share: int) -> Picture | None:
    """The stored image itself, where it is of the right format and small enough."""
    try:
        if path.stat().st_size * 4 // 3 + 40 > share:
            return None
        data = path.read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            if image.format != form or image.width > _LADDER[0][0] * 1.5:
                return None
            return Picture(uri=_uri(data, form), width=image.width, height=image.height)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _uri(data: bytes, form: Format) -> str:
    return f"data:image/{form.lower()};base64," + base64.b64encode(data).decode("ascii")
