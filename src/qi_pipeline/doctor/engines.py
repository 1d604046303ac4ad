"""Whether both OCR engines read a drawn line, in a real reading process with its limits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.errors import QiError
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.settings import Settings

_GROUP = "engines"
_LINE = "2026081536"
_REMEDY = "install the program's dependencies and `sh tools/system-packages.sh` again"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """Each engine reads a line of figures; the second one is needed too, for it reads doubtful values again."""
    other = "tesseract" if settings.ocr_engine == "rapidocr" else "rapidocr"
    with tempfile.TemporaryDirectory(prefix="qi-doctor-") as scratch:
        draw_line(Path(scratch) / "line-1.webp")
        for engine in (settings.ocr_engine, other):
            yield _read(replace(settings, ocr_engine=engine, workers=1), Path(scratch))


def _read(settings: Settings, scratch: Path) -> Check:
    engine = settings.ocr_engine
    line = CropRequest(image="line-1.webp", box=(0.05, 0.25, 0.95, 0.75), alphabet="code", look="soft")
    try:
        with ReaderPool(settings, default_policy().limits) as pool:
            [(text, _score)] = pool.read_crops([line], scratch)
    except QiError as error:
        return fault(_GROUP, engine, str(error), _REMEDY)
    read = text.replace(" ", "")
    if read != _LINE:
        said = f"it read {read!r} where {_LINE} is drawn" if read else "it read nothing where figures are drawn"
        return fault(_GROUP, engine, said, _REMEDY)
    return ok(_GROUP, engine, f"it reads {_LINE}")


def draw_line(path: Path) -> None:
    """Nothing; a picture of one line of figures lies at ``path``, drawn with the face that Pillow brings along."""
    picture = Image.new("RGB", (640, 120), "white")
    ImageDraw.Draw(picture).text((60, 32), _LINE, fill="black", font=ImageFont.load_default(56))
    picture.save(path, "WEBP", lossless=True)
