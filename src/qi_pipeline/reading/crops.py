"""Second readings of single lines from the stored page images (二次识别), by the engine that did not read the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from qi_pipeline.reading.engines import Engine, Image
from qi_pipeline.reading.protocol import CropRequest


def read_crops(requests: Sequence[CropRequest], engine: Engine, pages_dir: Path) -> tuple[tuple[str, float], ...]:
    """Text and confidence of each crop; an empty text where the page image is gone or nothing can be read."""
    read: list[tuple[str, float]] = []
    name, pixels = "", None
    for request in requests:
        if request.image != name:
            name, pixels = request.image, _load(pages_dir / Path(request.image).name)
        read.append(("", 0.0) if pixels is None else engine.read_crop(pixels, request.box, request.alphabet))
    return tuple(read)


def _load(path: Path) -> Image | None:
    if not path.is_file():
        return None
    with Pictures.open(path, formats=("WEBP",)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)
