"""RapidOCR (PP-OCRv6 small) on OpenVINO: finds the lines of a page and reads each from the full-size image.

Lines are found in the red channel, where red seals fade and the black print below them stands, blue stamps taken off
too; red and blue print are searched for by themselves (:mod:`qi_pipeline.reading.channels`). Measured settings:
detection at a long side of 1600, smaller pages enlarged to it, lines cut from the full-size image, one line a batch,
one thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from qi_pipeline.model import Box, Word
from qi_pipeline.reading.channels import (
    BLUE,
    GREEN,
    RED,
    Plane,
    around_print,
    best_channel,
    black_print,
    coloured_print,
    search_picture,
    without_colour,
)
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.line_model import Spelled
from qi_pipeline.reading.models import load_models
from qi_pipeline.reading.pixels import Alphabet, Image, plane_of
from qi_pipeline.reading.text_lines import (
    MOST_OF_THREE,
    SAME,
    Corners,
    Line,
    agreed,
    around_both,
    around_line,
    flatten_line,
    is_known,
    overlap,
    split_line,
    split_stack,
    torn_letters,
    widened,
    with_inks,
    without_watermarks,
)
from qi_pipeline.reading.versions import engine_version
from qi_pipeline.reading.watermarks import is_level, is_pale, slanting, without_pale_ink

_DETECTION_SIDE = 1600
_BOX_THRESHOLD = 0.35
"""Lower than the library's: the single characters of letter-spaced labels (名 称) score low as boxes."""
_MIN_SCORE = 0.5
"""Lines below it are noise: patterns, seal rims, creases."""
_COLOURED_SCORE = 0.8
"""Coloured print is kept only above it: what is left of seals and emblems reads badly."""
_SHOWN_BY = {RED: GREEN, BLUE: RED}
"""The channel in which print of each colour is darkest."""
_MOST_ENLARGED = 4.0
_WHOLE = 0.9
_COARSE = 0.6
_COARSE_FROM = 36
"""A line under a seal is also looked at smaller by the first, if it is higher than the second in pixels."""
_CLEAR = 0.97
"""Two looks that read the same with at least this score need no third."""
_FADED = 3
"""So many clear lines of a page that are lost with its pale ink show that its print is faded."""
_LOST_NUMERALS = 3
"""So many numerals of a year may stand before what a detector took for the whole line."""
_WHOLE_YEAR = re.compile(r"[一二][〇○零一二三四五六七八九]{3}年")
_SHORT_YEAR = re.compile(
    r"(?<![〇○零一二三四五六七八九十0-9])[〇○零一二三四五六七八九]{1,3}年(?=[一二三四五六七八九十]{1,2}月)"
)


class RapidEngine:
    """PP-OCRv6 small by RapidOCR on OpenVINO, with one inference thread."""

    def __init__(self) -> None:
        self._finder, self.lines_model = load_models(_DETECTION_SIDE, _BOX_THRESHOLD)
        self.name = engine_version("rapidocr")

    def recognise(self, image: Image) -> list[Word]:
        """Every run of text on an upright page, in reading order; each line from the channel where it is clearest."""
        image = enlarged(image)
        height, width = image.shape[:2]
        lines = self._lines(image, black_print(image))
        over = slanting([line.corners for line in lines])
        if any(over):
            lines = self._below_watermark(image, lines, over)
        found = [word for line in without_watermarks(lines) for word in split_line(line, width, height)]
        small, scale = search_picture(image)
        for colour in _SHOWN_BY:
            picture = coloured_print(small, colour, [word.box for word in found])
            if picture is not None:
                part, start = around_print(picture)
                places = [
                    (corners + np.asarray(start, dtype=np.float32)) / scale for corners in self._finder.find(part)
                ]
                found += self._coloured_words(image, found, colour, places)
        return in_reading_order(found)

    def _lines(self, image: Image, picture: Plane) -> list[Line]:
        """The lines that are found in ``picture``, read from ``image``."""
        parts = [part for corners in self._finder.find(picture) for part in split_stack(image, corners)]
        lines = self._read_clearest(image, parts)
        return self._mended(image, [line for line in lines if line is not None])

    def _mended(self, image: Image, lines: list[Line]) -> list[Line]:
        """The lines, with a letter that was found twice, alone and cut in two before its line, put in front of it."""
        for one, other in torn_letters(lines):
            (whole,) = self._read_clearest(image, [around_both(one, other)])
            if whole is not None and whole.score >= _WHOLE and whole.text == one.text + other.text[1:]:
                lines = [whole if line is other else line for line in lines if line is not one]
        return lines

    def _below_watermark(self, image: Image, lines: Sequence[Line], over: Sequence[bool]) -> list[Line]:
        """The lines of a page with writing laid over it, read again without its pale ink.

        Of the first reading stays what is lost without pale ink and yet no watermark, such as gold or a pen's stroke;
        and all that runs level where the page's own print is faded and as pale as the writing over it.
        """
        clean = without_pale_ink(image)
        again = self._lines(clean, clean[:, :, RED])
        again = [line for line, slants in zip(again, slanting([a.corners for a in again]), strict=True) if not slants]
        kept = list(again)
        found = [[other for other in again if overlap(around_line(line), around_line(other)) > 0.5] for line in lines]
        lost = [line for line, slants, same in zip(lines, over, found, strict=True) if not slants and not same]
        if sum(line.score >= _WHOLE and is_level(line.corners) for line in lost) >= _FADED:
            kept += lost  # short second lines too: without them a value would look whole
        for line, slants, same in zip(lines, over, found, strict=True):
            crop = flatten_line(image, line.corners)
            if not any(line is other for other in kept) and crop is not None and not is_pale(crop):
                length = sum(len(other.text) for other in same)
                if slants or not same:
                    kept.append(line)
                elif length < 0.7 * len(line.text) and len(same) == 1:
                    # By identity: lines hold arrays, which have no one truth to compare by.
                    kept = [*(other for other in kept if other is not same[0]), line]
        return kept

    def _read_clearest(self, image: Image, places: Sequence[Corners]) -> list[Line | None]:
        """Each line from its best channel; where a seal lies on it, what most looks at it say."""
        read: list[Line | None] = [None] * len(places)
        pieces = {n: piece for n, corners in enumerate(places) if (piece := _piece(image, corners)) is not None}
        clean = {n: plane for n, piece in pieces.items() if (plane := without_colour(piece.crop)) is not None}
        # Both looks at once: lines of one width are then read after one another.
        planes = [*((n, piece.grey) for n, piece in pieces.items()), *clean.items()]
        looks: dict[int, list[Line | None]] = {n: [] for n in pieces}
        for (n, _), spelled in zip(planes, self.lines_model.read([plane for _, plane in planes]), strict=True):
            looks[n].append(_line_of(spelled, pieces[n].corners))
        # A third look is worth its time only where the first two don't settle it.
        open_ = {n: plane for n, plane in clean.items() if plane.shape[0] > _COARSE_FROM and not _settled(looks[n])}
        for n, line in self._read(pieces, {n: _coarse(plane) for n, plane in open_.items()}).items():
            looks[n].append(line)
        for n, piece in pieces.items():
            seen = agreed([look for look in looks[n] if look is not None])
            if seen is not None:
                read[n] = self._with_whole_year(image, with_inks(seen, piece.crop, piece.channel))
        return read

    def _with_whole_year(self, image: Image, line: Line) -> Line:
        """The line, looked at once more with room around it where a year in Chinese numerals lacks one (二二四年)."""
        if _SHORT_YEAR.search(line.text) is None:
            return line
        for letters in (0, _LOST_NUMERALS):
            wider = widened(line.corners, image.shape[1], image.shape[0], before=letters)
            crop = flatten_line(image, wider)
            again = None if crop is None else self._read_one(crop, best_channel(crop), wider)
            if again is None or _SHORT_YEAR.search(again.text) is not None or "年" not in again.text:
                continue
            if not letters or _same_day(line.text, again.text):
                return replace(again, score=min(again.score, MOST_OF_THREE))
        return line

    def _coloured_words(
        self, image: Image, known: Sequence[Word], colour: int, places: Sequence[Corners]
    ) -> list[Word]:
        """Red or blue print at these places that the picture of the black print does not show."""
        height, width = image.shape[:2]
        found: list[Word] = []
        boxes = [word.box for word in known]
        fresh = [corners for corners in places if not is_known(corners, boxes, width, height)]
        pieces = {n: piece for n, corners in enumerate(fresh) if (piece := _piece(image, corners, _SHOWN_BY[colour]))}
        for line in self._read(pieces, {n: piece.grey for n, piece in pieces.items()}).values():
            if line is not None and line.score >= _COLOURED_SCORE:
                words = split_line(line, width, height)
                found += [word for word in words if not any(overlap(word.box, box) > SAME for box in boxes)]
        return found

    def _read(self, pieces: Mapping[int, _Piece], pictures: Mapping[int, Plane]) -> dict[int, Line | None]:
        """The line in each picture of a piece; None where nothing stands there that can be read."""
        spelled = self.lines_model.read(list(pictures.values()))
        return {n: _line_of(each, pieces[n].corners) for n, each in zip(pictures, spelled, strict=True)}

    def _read_one(self, crop: Image, channel: int, corners: Corners) -> Line | None:
        (spelled,) = self.lines_model.read([plane_of(crop, channel)])
        line = _line_of(spelled, corners)
        return None if line is None else with_inks(line, crop, channel)

    def read_strip(self, image: Image) -> list[Word]:
        """The words of a picture that holds one horizontal line, from left to right."""
        height, width = image.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        (spelled,) = self.lines_model.read([plane_of(image, RED)])
        line = _line_of(spelled, corners)
        return split_line(line, width, height) if line else []

    def read_letters(self, pieces: Sequence[Image]) -> list[tuple[str, tuple[float, ...]]]:
        """The text of each picture of one line, without spaces, and how sure each of its characters is."""
        read = []
        for spelled in self.lines_model.read([plane_of(piece, best_channel(piece)) for piece in pieces]):
            text = "".join(spelled.text.split())
            whole = len(spelled.sure) == len(text)
            read.append((text, spelled.sure if whole else (spelled.score,) * len(text)))
        return read

    def read_crop(self, image: Image, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        """Text and confidence of the one line within ``box``."""
        height, width = image.shape[:2]
        x0, y0, x1, y1 = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float32)
        (line,) = self._read_clearest(image, [corners])
        return (line.text, line.score) if line else ("", 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """One line cut out and set straight."""

    corners: Corners
    crop: Image
    channel: int
    """The channel that it is read from."""

    @property
    def grey(self) -> Plane:
        """It in this channel."""
        return plane_of(self.crop, self.channel)


def _piece(image: Image, corners: Corners, channel: int | None = None) -> _Piece | None:
    crop = flatten_line(image, corners)
    if crop is None:
        return None
    return _Piece(corners=corners, crop=crop, channel=best_channel(crop) if channel is None else channel)


def _line_of(spelled: Spelled, corners: Corners) -> Line | None:
    if not spelled.text.strip() or spelled.score < _MIN_SCORE:
        return None
    return Line(text=spelled.text.strip(), corners=corners, score=spelled.score, centres=spelled.centres)


def _settled(looks: Sequence[Line | None]) -> bool:
    """Whether every look so far gave the same text surely."""
    seen = {None if look is None or look.score < _CLEAR else "".join(look.text.split()) for look in looks}
    return len(seen) == 1 and None not in seen


def _coarse(plane: Plane) -> Plane:
    smaller = cv2.resize(plane, None, fx=_COARSE, fy=_COARSE, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def _same_day(short: str, whole: str) -> bool:
    """Whether ``whole`` has a year of four numerals, and after it the month and day of ``short``."""
    found = _WHOLE_YEAR.search(whole)
    return found is not None and whole[found.end() :] == short[short.index("年") + 1 :]


def enlarged(image: Image) -> Image:
    """The page at the size that detection looks at, if it is smaller."""
    scale = _DETECTION_SIDE / max(image.shape[:2])
    if scale <= 1:
        return image
    scale = min(scale, _MOST_ENLARGED)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4), dtype=np.uint8)
