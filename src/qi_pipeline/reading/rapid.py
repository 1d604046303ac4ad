"""RapidOCR (PP-OCRv6 small) on OpenVINO: finds the lines of a page and reads each from the full-size image.

Lines are found in the red channel, where red seals fade and the black print below them stands, blue stamps taken off
too; red and blue print are searched for by themselves (:mod:`qi_pipeline.reading.channels`). Measured settings:
detection at a long side of 1600, smaller pages enlarged to it, lines cut from the full-size image, one line a batch,
one thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from qi_pipeline.errors import InstallationError
from qi_pipeline.model import Box, Word
from qi_pipeline.reading.channels import (
    BLUE,
    GREEN,
    RED,
    best_channel,
    black_print,
    coloured_print,
    grey_of,
    without_colour,
)
from qi_pipeline.reading.detection import PartedBoxes
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.pixels import Alphabet, Image
from qi_pipeline.reading.text_lines import (
    MOST_OF_THREE,
    Corners,
    Line,
    agreed,
    around_both,
    around_line,
    centres_of,
    flatten_line,
    inks_of,
    overlap,
    split_line,
    split_stack,
    torn_letters,
    widened,
    without_watermarks,
)
from qi_pipeline.reading.versions import engine_version
from qi_pipeline.reading.watermarks import is_pale, slanting, without_pale_ink

_DETECTION_SIDE = 1600
_BOX_THRESHOLD = 0.35
"""Lower than the library's: the single characters of letter-spaced labels (名 称) score low as boxes."""
_COMPILED_SHAPES = 64
"""Input shapes for which a model keeps compiled code."""
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
_LOST_NUMERALS = 3
"""So many numerals of a year may stand before what a detector took for the whole line."""
_WHOLE_YEAR = re.compile(r"[一二][〇○零一二三四五六七八九]{3}年")
_SHORT_YEAR = re.compile(
    r"(?<![〇○零一二三四五六七八九十0-9])[〇○零一二三四五六七八九]{1,3}年(?=[一二三四五六七八九十]{1,2}月)"
)


class RapidEngine:
    """PP-OCRv6 small by RapidOCR on OpenVINO, with one inference thread."""

    def __init__(self) -> None:
        self._engine = _load()
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
        for colour in _SHOWN_BY:
            found += self._coloured_words(image, found, colour)
        return in_reading_order(found)

    def _lines(self, image: Image, picture: Image) -> list[Line]:
        """The lines that are found in ``picture``, read from ``image``."""
        lines: list[Line] = []
        for corners in self.find_lines(picture):
            for part in split_stack(image, corners):
                line = self._read_clearest(image, part)
                if line is not None:
                    lines.append(line)
        return self._mended(image, lines)

    def _mended(self, image: Image, lines: list[Line]) -> list[Line]:
        """The lines, with a letter that was found twice, alone and cut in two before its line, put in front of it."""
        for one, other in torn_letters(lines):
            whole = self._read_clearest(image, around_both(one, other))
            if whole is not None and whole.score >= _WHOLE and whole.text == one.text + other.text[1:]:
                lines = [whole if line is other else line for line in lines if line is not one]
        return lines

    def _below_watermark(self, image: Image, lines: Sequence[Line], over: Sequence[bool]) -> list[Line]:
        """The lines of a page with writing laid over it, read again without its pale ink.

        Of the first reading stays what is lost without pale ink and yet no watermark, such as gold or a pen's stroke.
        """
        clean = without_pale_ink(image)
        again = self._lines(clean, clean)
        again = [line for line, slants in zip(again, slanting([a.corners for a in again]), strict=True) if not slants]
        kept = list(again)
        for line, slants in zip(lines, over, strict=True):
            same = [other for other in again if overlap(around_line(line), around_line(other)) > 0.5]
            crop = flatten_line(image, line.corners)
            if crop is not None and not is_pale(crop):
                length = sum(len(other.text) for other in same)
                if slants or not same:
                    kept.append(line)
                elif length < 0.7 * len(line.text) and len(same) == 1:
                    kept.remove(same[0])
                    kept.append(line)
        return kept

    def _read_clearest(self, image: Image, corners: Corners) -> Line | None:
        """The line from its best channel; where a seal lies on it, what most of three looks at it say."""
        crop = flatten_line(image, corners)
        if crop is None:
            return None
        channel = best_channel(crop)
        line = self._read(crop, channel, corners)
        clean = without_colour(crop)
        if clean is None:
            return self._with_whole_year(image, line) if line is not None else None
        looks = [line, self._read(crop, channel, corners, clean)]
        if clean.shape[0] > _COARSE_FROM:
            coarse = cv2.resize(clean, None, fx=_COARSE, fy=_COARSE, interpolation=cv2.INTER_AREA)
            looks.append(self._read(crop, channel, corners, np.asarray(coarse, dtype=np.uint8)))
        seen = agreed([look for look in looks if look is not None])
        return self._with_whole_year(image, seen) if seen is not None else None

    def _with_whole_year(self, image: Image, line: Line) -> Line:
        """The line, looked at once more with room around it where a year in Chinese numerals lacks one (二二四年)."""
        if _SHORT_YEAR.search(line.text) is None:
            return line
        for letters in (0, _LOST_NUMERALS):
            wider = widened(line.corners, image.shape[1], image.shape[0], before=letters)
            crop = flatten_line(image, wider)
            again = None if crop is None else self._read(crop, best_channel(crop), wider)
            if again is None or _SHORT_YEAR.search(again.text) is not None or "年" not in again.text:
                continue
            if not letters or _same_day(line.text, again.text):
                return replace(again, score=min(again.score, MOST_OF_THREE))
        return line

    def _coloured_words(self, image: Image, known: list[Word], colour: int) -> list[Word]:
        """Red or blue print that the picture of the black print does not show."""
        search = coloured_print(image, colour)
        if search is None:
            return []
        picture, scale = search
        height, width = image.shape[:2]
        found: list[Word] = []
        for corners in self.find_lines(picture):
            crop = flatten_line(image, corners / scale)
            line = None if crop is None else self._read(crop, _SHOWN_BY[colour], corners / scale)
            if line is not None and line.score >= _COLOURED_SCORE:
                words = split_line(line, width, height)
                found += [word for word in words if not any(overlap(word.box, other.box) > 0.3 for other in known)]
        return found

    def find_lines(self, image: Image) -> list[Corners]:
        """Corners of every line of text, in pixels."""
        result = self._engine(_bgr(image), use_det=True, use_cls=False, use_rec=False)
        if result.boxes is None:
            return []
        return [np.asarray(box, dtype=np.float32) for box in result.boxes]

    def _read(self, crop: Image, channel: int, corners: Corners, picture: Image | None = None) -> Line | None:
        picture = _bgr(grey_of(crop, channel)) if picture is None else _bgr(picture)
        result = self._engine(picture, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
        if not result.txts or not result.txts[0].strip() or result.scores[0] < _MIN_SCORE:
            return None
        centres = centres_of(result.word_results[0])
        return Line(
            text=result.txts[0].strip(),
            corners=corners,
            score=float(result.scores[0]),
            centres=centres,
            inks=inks_of(crop, channel, centres),
        )

    def read_strip(self, image: Image) -> list[Word]:
        """The words of a picture that holds one horizontal line, from left to right."""
        height, width = image.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
        line = self._read(image, RED, corners)
        return split_line(line, width, height) if line else []

    def read_letters(self, piece: Image) -> tuple[str, tuple[float, ...]]:
        """The text of a picture that holds one line, without spaces, and how sure each of its characters is."""
        picture = _bgr(grey_of(piece, best_channel(piece)))
        result = self._engine(picture, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
        if not result.txts or not result.txts[0].strip():
            return "", ()
        text = "".join(result.txts[0].split())
        sure = tuple(float(score) for score in result.word_results[0].confs)
        return text, sure if len(sure) == len(text) else (float(result.scores[0]),) * len(text)

    def read_crop(self, image: Image, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        """Text and confidence of the one line within ``box``."""
        height, width = image.shape[:2]
        x0, y0, x1, y1 = (round(v * s) for v, s in zip(box, (width, height, width, height), strict=True))
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float32)
        line = self._read_clearest(image, corners)
        return (line.text, line.score) if line else ("", 0.0)


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


def _bgr(image: Image) -> Image:
    return np.ascontiguousarray(image[:, :, ::-1])


def _load() -> Any:  # noqa: ANN401 - an untyped library; only this module touches it
    try:
        from rapidocr import EngineType, RapidOCR
    except ImportError as error:
        raise InstallationError(f"RapidOCR can't be loaded ({error}); install the package's dependencies") from error
    openvino = EngineType.OPENVINO
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_preprocess_img": False,
            "Global.text_score": 0.0,
            "EngineConfig.openvino.inference_num_threads": 1,
            "EngineConfig.openvino.num_streams": 1,
            "Det.engine_type": openvino,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
            "Det.box_thresh": _BOX_THRESHOLD,
            "Cls.engine_type": openvino,
            "Rec.engine_type": openvino,
            "Rec.rec_batch_num": 1,
        }
    )
    # The library loads each model when it is first asked; the line classifier is never asked.
    finder = engine._load_det_model()
    for model in (finder, engine._load_rec_model()):
        _cap_cache(model.session)
    finder.postprocess_op = PartedBoxes(finder.postprocess_op)
    return engine


def _cap_cache(session: Any) -> None:  # noqa: ANN401 - an untyped library
    """Compiles the model anew with a small cache of compiled shapes.

    Lines have a thousand widths, and OpenVINO keeps code for each: 100 MB of addresses a page, without end. With
    the cap a process stays as it is after its first pages.
    """
    import openvino

    compiled = openvino.Core().compile_model(
        session.model,
        "CPU",
        {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "CPU_RUNTIME_CACHE_CAPACITY": str(_COMPILED_SHAPES)},
    )
    session.session = compiled.create_infer_request()
