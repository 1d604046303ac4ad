"""Tesseract's own library (libtesseract) in this process, its languages loaded once.

The command loads a language anew each time, which costs as much as reading ten lines. The library that the command
itself is made of reads the same picture to the same words. It is asked through its C interface (``tesseract/capi.h``),
and only where it is of the version that the command has; elsewhere the command is asked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from qi_pipeline.errors import InstallationError, PacketError
from qi_pipeline.reading.pixels import Image
from qi_pipeline.reading.versions import tesseract_version

_NAMES = ("libtesseract.so.5", "libtesseract.5.dylib")
_CELLS = 12
"""Of a row: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
_HANDLE, _TEXT, _NUMBER = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
_CALLS: tuple[tuple[str, Sequence[type], type | None], ...] = (
    ("TessVersion", (), _TEXT),
    ("TessBaseAPICreate", (), _HANDLE),
    ("TessBaseAPIDelete", (_HANDLE,), None),
    ("TessBaseAPIInit3", (_HANDLE, _TEXT, _TEXT), _NUMBER),
    ("TessBaseAPISetVariable", (_HANDLE, _TEXT, _TEXT), _NUMBER),
    ("TessBaseAPISetPageSegMode", (_HANDLE, _NUMBER), None),
    ("TessBaseAPISetImage", (_HANDLE, _HANDLE, _NUMBER, _NUMBER, _NUMBER, _NUMBER), None),
    ("TessBaseAPIRecognize", (_HANDLE, _HANDLE), _NUMBER),
    ("TessBaseAPIGetTsvText", (_HANDLE, _NUMBER), _HANDLE),
    ("TessDeleteText", (_HANDLE,), None),
    ("TessBaseAPIClear", (_HANDLE,), None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One word, as the command's table (TSV) has it."""

    text: str
    confidence: int
    """0 to 100, cut off to a whole number; -1 for what is no word."""
    top: int
    """Pixels from the top of the picture."""
    height: int


class TesseractLibrary:
    """The library with one loaded engine a language."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._engines: dict[str, int] = {}

    def read(self, image: Image, language: str, mode: int) -> list[Seen]:
        """What the library sees in a grey picture in this mode (``--psm``); raises PacketError where it gives up."""
        engine = self._engine(language)
        grey = np.ascontiguousarray(image)
        height, width = grey.shape
        self._library.TessBaseAPISetPageSegMode(engine, mode)
        self._library.TessBaseAPISetImage(engine, grey.ctypes.data, width, height, 1, width)
        try:
            if self._library.TessBaseAPIRecognize(engine, None) != 0:
                raise PacketError("corrupt", "Tesseract gave up on a picture")
            table = self._library.TessBaseAPIGetTsvText(engine, 0)
            if not table:
                raise PacketError("corrupt", "Tesseract gave up on a picture")
            try:
                text = ctypes.string_at(table).decode("utf-8", "replace")
            finally:
                self._library.TessDeleteText(table)
        finally:
            self._library.TessBaseAPIClear(engine)
        return seen_in(text)

    def _engine(self, language: str) -> int:
        if language not in self._engines:
            engine = self._library.TessBaseAPICreate()
            if self._library.TessBaseAPIInit3(engine, None, language.encode()) != 0:
                self._library.TessBaseAPIDelete(engine)
                raise InstallationError(f"Tesseract lacks the language {language}; install it")
            # It remarks on the resolution of every picture, which none of these has.
            self._library.TessBaseAPISetVariable(engine, b"debug_file", b"/dev/null")
            self._engines[language] = engine
        return self._engines[language]


def seen_in(table: str) -> list[Seen]:
    r"""The words of a table as the library writes it: a row each, its cells parted by tabs.

    >>> seen_in("5\t1\t1\t1\t1\t1\t12\t14\t70\t30\t96.9\tGB 5009")
    [Seen(text='GB 5009', confidence=96, top=14, height=30)]
    """
    rows = (row.split("\t") for row in table.split("\n"))
    return [
        Seen(text=row[11], confidence=int(float(row[10])), top=int(row[7]), height=int(row[9]))
        for row in rows
        if len(row) == _CELLS
    ]


@cache
def load_library() -> TesseractLibrary | None:
    """The library of the installed command; None where it is not there, or of another version."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
            for call, takes, gives in _CALLS:
                function = getattr(library, call)
                function.argtypes, function.restype = list(takes), gives
        except (OSError, AttributeError):
            continue
        if library.TessVersion().decode("ascii", "replace") == tesseract_version():
            return TesseractLibrary(library)
    return None
