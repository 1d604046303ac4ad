"""One door to every OCR engine (文字识别引擎): pages to words, crops to one line of text.

Images are RGB arrays of eight bits; boxes are fractions of the image handed in. What an engine says of
its own confidence is kept, but nothing may rest on it: wrong lines score as high as right ones.
"""

from __future__ import annotations

from typing import Protocol

from qi_pipeline.errors import InstallationError
from qi_pipeline.model import Box, Word
from qi_pipeline.reading.pixels import Alphabet, Image


class Engine(Protocol):
    """What every engine does; one instance keeps its models loaded and reads with one thread."""

    @property
    def name(self) -> str:
        """Name and version, as a decision records it."""

    def recognise(self, image: Image) -> list[Word]:
        """Every run of text of an upright page, in reading order, cut where the paper leaves a wide gap."""

    def read_strip(self, image: Image) -> list[Word]:
        """The words of a picture that holds one horizontal line, from left to right."""

    def read_crop(self, image: Image, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        """Text and confidence of the one line within ``box``; empty text where nothing can be read."""


def load_engine(name: str) -> Engine:
    """The engine of that name (``rapidocr`` or ``tesseract``), its models loaded; may raise InstallationError."""
    if name == "rapidocr":
        from qi_pipeline.reading.rapid import RapidEngine

        return RapidEngine()
    if name == "tesseract":
        from qi_pipeline.reading.tesseract import TesseractEngine

        return TesseractEngine()
    raise InstallationError(f"there is no OCR engine {name!r}; set QI_OCR_ENGINE to rapidocr or tesseract")
