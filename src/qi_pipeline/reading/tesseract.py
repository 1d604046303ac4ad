"""Tesseract: whole pages where QI_OCR_ENGINE says so, by its command; single lines as second readings, by its library.

Over whole Chinese pages it is far behind RapidOCR, but it shares none of its well-formed mistakes: a cropped line that
both read alike is right. A page is prepared as measurement found best: red channel, background divided out, 300 dpi,
rule lines erased, sparse text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytesseract
from PIL import Image as Pictures

from qi_pipeline.errors import InstallationError, PacketError
from qi_pipeline.model import Box, Word
from qi_pipeline.reading.channels import RED, best_channel
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.pixels import Alphabet, Image
from qi_pipeline.reading.tesseract_library import Seen, load_library
from qi_pipeline.reading.versions import engine_version

_PAGE_SIDE = 3300
"""Pages are enlarged to about A4 at 300 dpi; Tesseract's models expect letters of that size."""
_MOST_ENLARGED = 3.0
_LINE_HEIGHT = 40
"""Crops are scaled so that the line, with its margins, is this high."""
_PADDING = 0.14
"""White around a crop, in line heights; boxes of lines are tight."""
_BORDER = 12
_GAP_HEIGHTS = 2.0
_SECONDS = 60
_ONE_LINE, _BLOCK = 7, 6
"""What Tesseract is told of a picture (``--psm``): a single line, or an even block of lines."""
_LANGUAGES = {"chinese": "chi_sim", "code": "eng", "date": "chi_sim"}
"""Dates mostly carry 年月日, of which eng makes digits (measured: 24 of 30 dates right against 10)."""
_CHINESE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_SPACES = re.compile(rf"(?<={_CHINESE})\s+|\s+(?={_CHINESE})")


class TesseractEngine:
    """The tesseract program with chi_sim and eng, one thread."""

    def __init__(self) -> None:
        self.name = engine_version("tesseract")
        missing = {"chi_sim", "eng"} - _installed_languages()
        if missing:
            raise InstallationError(f"Tesseract lacks the languages {', '.join(sorted(missing))}; install them")

    def recognise(self, image: Image) -> list[Word]:
        """Every run of text on an upright page, in reading order."""
        prepared = prepare_page(image)
        data = _run_data(prepared, "chi_sim+eng", "--psm 11 -c preserve_interword_spaces=1")
        height, width = prepared.shape[:2]
        return in_reading_order(_segments(data, width, height))

    def read_strip(self, image: Image) -> list[Word]:
        """The words of a picture that holds one horizontal line, from left to right."""
        text, score = self.read_crop(image, (0.0, 0.0, 1.0, 1.0), "chinese")
        return [Word(text=text, box=(0.0, 0.0, 1.0, 1.0), confidence=score)] if text else []

    def read_crop(self, image: Image, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        """Text and confidence of the one line within ``box``; spaces between Chinese characters removed."""
        piece = prepare_line(image, box)
        if piece is None:
            return "", 0.0
        return _line_of(_seen(piece, _LANGUAGES[alphabet], _ONE_LINE))

    def read_many(self, lines: Sequence[tuple[Image, Alphabet]]) -> list[tuple[str, float]]:
        """Text and confidence of each line; the command, if it has to be asked, is started once a language."""
        read: list[tuple[str, float]] = [("", 0.0)] * len(lines)
        by_language: dict[str, list[tuple[int, Image]]] = {}
        for at, (image, alphabet) in enumerate(lines):
            piece = prepare_line(image, (0.0, 0.0, 1.0, 1.0))
            if piece is not None:
                by_language.setdefault(_LANGUAGES[alphabet], []).append((at, piece))
        library = load_library()
        for language, pieces in by_language.items():
            if library is not None:
                for at, piece in pieces:
                    read[at] = _line_of(library.read(piece, language, _ONE_LINE))
                continue
            with tempfile.TemporaryDirectory(prefix="qi-lines-") as folder:
                names = [str(Path(folder) / f"{number}.png") for number in range(len(pieces))]
                for name, (_, piece) in zip(names, pieces, strict=True):
                    Pictures.fromarray(piece).save(name)
                listed = Path(folder) / "lines.txt"
                listed.write_text("\n".join(names) + "\n", encoding="utf-8")
                data = _run_data(str(listed), language, f"--psm {_ONE_LINE}")
            rows = list(zip(data["page_num"], _rows(data), strict=True))
            for number, (at, _) in enumerate(pieces, 1):
                read[at] = _line_of(row for page, row in rows if int(page) == number)
        return read


def _line_of(found: Iterable[Seen]) -> tuple[str, float]:
    """One line's text without the spaces between Chinese characters, and its mean confidence."""
    words = [(each.text, float(each.confidence)) for each in found if each.text.strip() and each.confidence >= 0]
    if not words:
        return "", 0.0
    text = _SPACES.sub("", " ".join(t for t, _ in words)).strip()
    weight = sum(len(t) for t, _ in words)
    return text, round(sum(c * len(t) for t, c in words) / weight / 100, 4)


def read_lines(image: Image, boxes: Sequence[Box]) -> list[str]:
    """The text of each line of the page, read all at once; empty texts where the lines can't be told apart.

    The lines are laid below one another: the command costs more to start than a line to read.
    """
    pieces = [prepare_line(image, box) for box in boxes]
    if not pieces or any(piece is None for piece in pieces):
        return [""] * len(boxes)
    lines = [piece for piece in pieces if piece is not None]
    wide = max(line.shape[1] for line in lines)
    stack = np.vstack([np.pad(line, ((0, _BORDER), (0, wide - line.shape[1])), constant_values=255) for line in lines])
    ends = np.cumsum([line.shape[0] + _BORDER for line in lines])
    texts = [""] * len(lines)
    for each in _seen(np.asarray(stack, dtype=np.uint8), "chi_sim", _BLOCK):
        at = int(np.searchsorted(ends, each.top + each.height / 2))
        if each.text.strip() and at < len(texts):
            texts[at] += each.text.strip()
    return texts


def prepare_page(image: Image) -> Image:
    """The page as Tesseract reads it best: grey, even paper, enlarged, without rule lines."""
    grey = np.ascontiguousarray(image[:, :, RED])
    scale = min(_MOST_ENLARGED, max(1.0, _PAGE_SIDE / max(grey.shape)))
    if scale > 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((15, 15), np.uint8)), 51)
    even = np.asarray(cv2.divide(grey, paper, scale=255), dtype=np.uint8)
    return _without_rules(even)


def prepare_line(image: Image, box: Box) -> Image | None:
    """The line within ``box`` with white around it, at the height that Tesseract reads best; None: no area."""
    height, width = image.shape[:2]
    x0, x1 = box[0] * width, box[2] * width
    y0, y1 = box[1] * height, box[3] * height
    margin = _PADDING * (y1 - y0)
    left, right = max(0, int(x0 - margin)), min(width, int(np.ceil(x1 + margin)))
    top, bottom = max(0, int(y0 - margin)), min(height, int(np.ceil(y1 + margin)))
    if right - left < 3 or bottom - top < 3:
        return None
    piece = image[top:bottom, left:right]
    grey = np.ascontiguousarray(piece[:, :, best_channel(piece)])
    scale = _LINE_HEIGHT / grey.shape[0]
    kind = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=kind), dtype=np.uint8)
    white = int(np.percentile(grey, 90))
    stretched = np.clip(grey.astype(np.float32) * (255 / max(1, white)), 0, 255).astype(np.uint8)
    return np.asarray(
        cv2.copyMakeBorder(stretched, _BORDER, _BORDER, _BORDER, _BORDER, cv2.BORDER_CONSTANT, value=(255,)),
        dtype=np.uint8,
    )


def _without_rules(grey: Image) -> Image:
    """The picture with long straight lines painted white."""
    ink = (grey < 160).astype(np.uint8)
    length = max(40, max(grey.shape) // 30)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    rules = cv2.dilate(np.maximum(across, down), np.ones((3, 3), np.uint8))
    cleaned = grey.copy()
    cleaned[rules > 0] = 255
    return cleaned


def _segments(data: dict[str, list[Any]], width: int, height: int) -> list[Word]:
    """Tesseract's words joined to runs that end at wide gaps; boxes in fractions."""
    runs: list[list[int]] = []
    for i, text in enumerate(data["text"]):
        if not str(text).strip() or float(data["conf"][i]) < 0:
            continue
        if runs and _continues(data, runs[-1][-1], i):
            runs[-1].append(i)
        else:
            runs.append([i])
    words: list[Word] = []
    for run in runs:
        text = _SPACES.sub("", " ".join(str(data["text"][i]).strip() for i in run)).strip()
        x0 = min(data["left"][i] for i in run) / width
        y0 = min(data["top"][i] for i in run) / height
        x1 = max(data["left"][i] + data["width"][i] for i in run) / width
        y1 = max(data["top"][i] + data["height"][i] for i in run) / height
        score = float(np.mean([float(data["conf"][i]) for i in run])) / 100
        box = (round(x0, 5), round(y0, 5), round(min(1.0, x1), 5), round(min(1.0, y1), 5))
        words.append(Word(text=text, box=box, confidence=round(score, 4)))
    return words


def _continues(data: dict[str, list[Any]], before: int, after: int) -> bool:
    if any(data[key][before] != data[key][after] for key in ("block_num", "par_num", "line_num")):
        return False
    gap = data["left"][after] - data["left"][before] - data["width"][before]
    tall = max(data["height"][before], data["height"][after])
    return bool(gap < _GAP_HEIGHTS * tall)


def _seen(image: Image, language: str, mode: int) -> list[Seen]:
    """The words of a grey picture, by the library where it is there, else by the command."""
    library = load_library()
    if library is not None:
        return library.read(image, language, mode)
    return _rows(_run_data(image, language, f"--psm {mode}"))


def _rows(data: dict[str, list[Any]]) -> list[Seen]:
    cells = zip(data["text"], data["conf"], data["top"], data["height"], strict=True)
    return [
        Seen(text=str(text), confidence=int(conf), top=int(top), height=int(high)) for text, conf, top, high in cells
    ]


def _run_data(image: Image | str, languages: str, options: str) -> dict[str, list[Any]]:
    try:
        data: dict[str, list[Any]] = pytesseract.image_to_data(
            image if isinstance(image, str) else Pictures.fromarray(image),
            lang=languages,
            config=options,
            output_type=pytesseract.Output.DICT,
            timeout=_SECONDS,
        )
    except pytesseract.TesseractNotFoundError as error:
        raise InstallationError("the program tesseract is not installed; install it with chi_sim and eng") from error
    except pytesseract.TesseractError as error:
        raise PacketError("corrupt", f"Tesseract gave up on a picture (status {error.status})") from error
    except RuntimeError as error:  # how pytesseract says that the time was up
        raise PacketError("timeout", f"Tesseract took longer than {_SECONDS} seconds over a picture") from error
    return data


def _installed_languages() -> set[str]:
    program = shutil.which("tesseract")
    assert program is not None  # its version was asked before
    shown = subprocess.run(  # noqa: S603 - the program found on PATH, without input
        [program, "--list-langs"], capture_output=True, text=True, check=False, timeout=30
    )
    return set((shown.stdout or shown.stderr).split())
