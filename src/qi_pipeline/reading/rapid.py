"""RapidOCR (PP-OCRv6 small) on OpenVINO: finds the lines of a page and reads each from the full-size image.

Lines are found in the red channel, where red seals fade and the black print below them stands, blue stamps taken off
too; red and blue print are searched for by themselves (:mod:`qi_pipeline.reading.channels`). Measured settings:
detection at a long side of 1600, smaller pages enlarged to it, lines cut from the full-size image, one line a batch,
one thread.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

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
from qi_pipeline.reading.engines import Alphabet, Image
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.versions import engine_version

Corners = npt.NDArray[np.float32]
"""Four points in pixels, clockwise from the top left of the text."""

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
_STACK_GAP = 0.45
"""White between two characters of vertical text, in widths of the line, that is too much for one line."""
_PALE = 0.21
"""Characters with less than this share of the page's usual ink are a pattern of the paper."""
_STROKE = 2
"""Per cent of a character's place that its ink covers at least: 一 is one thin stroke."""
_COARSE = 0.6
_COARSE_FROM = 36
"""A line under a seal is also looked at smaller by the first, if it is higher than the second in pixels."""
_MOST_OF_THREE, _NO_TWO = 0.94, 0.85
"""What the score of a line is at most where only two of three looks at it agree, or none do."""
_SHORT_YEAR = re.compile(
    r"(?<![〇○零一二三四五六七八九十0-9])[〇○零一二三四五六七八九]{1,3}年(?=[一二三四五六七八九十]{1,2}月)"
)
_TALL = 1.5
"""A line box so much taller than wide holds vertical text or lies sideways."""
_GAP_HEIGHTS = 3.0
"""Two characters whose centres lie further apart than this many line heights stand in two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as read: its corners in pixels and where along it each character stands."""

    text: str
    corners: Corners
    """Four corners, clockwise from the top left of the text."""
    score: float
    centres: tuple[float, ...] = ()
    """Fraction of the line's length at the centre of each character that is not a space."""
    inks: tuple[float, ...] = ()
    """How much darker than its paper each of these characters is, 0 to 255."""


class RapidEngine:
    """PP-OCRv6 small by RapidOCR on OpenVINO, with one inference thread."""

    def __init__(self) -> None:
        self._engine = _load()
        self.name = engine_version("rapidocr")

    def recognise(self, image: Image) -> list[Word]:
        """Every run of text on an upright page, in reading order; each line from the channel where it is clearest."""
        image = enlarged(image)
        height, width = image.shape[:2]
        lines: list[Line] = []
        for corners in self.find_lines(black_print(image)):
            for part in split_stack(image, corners):
                line = self._read_clearest(image, part)
                if line is not None:
                    lines.append(line)
        found = [word for line in without_watermarks(lines) for word in split_line(line, width, height)]
        for colour in _SHOWN_BY:
            found += self._coloured_words(image, found, colour)
        return in_reading_order(found)

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
        wider = widened(line.corners, image.shape[1], image.shape[0])
        crop = flatten_line(image, wider)
        again = None if crop is None else self._read(crop, best_channel(crop), wider)
        if again is None or _SHORT_YEAR.search(again.text) is not None or "年" not in again.text:
            return line
        return replace(again, score=min(again.score, _MOST_OF_THREE))

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
                found += [word for word in words if not any(_overlap(word.box, other.box) > 0.3 for other in known)]
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
        centres = _centres(result.word_results[0])
        return Line(
            text=result.txts[0].strip(),
            corners=corners,
            score=float(result.scores[0]),
            centres=centres,
            inks=_inks(crop, channel, centres),
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


def widened(corners: Corners, width: int, height: int) -> Corners:
    """The four corners moved outwards, along the line by a third of its height and across it by a seventh."""
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    tall = float(np.linalg.norm(across))
    one = along / max(1.0, float(np.linalg.norm(along))) * tall / 3
    other = across / 7
    moved = corners + np.stack([-one - other, one - other, one + other, other - one])
    return np.asarray(np.clip(moved, 0, [width, height]), dtype=np.float32)


def agreed(looks: Sequence[Line]) -> Line | None:
    """The line that most looks at one place give, else the best scored; less sure where they differ."""
    if not looks:
        return None
    texts = ["".join(look.text.split()) for look in looks]
    most = max(texts.count(text) for text in texts)
    best = max((look for look, text in zip(looks, texts, strict=True) if texts.count(text) == most), key=_score)
    if most == len(looks):
        return best
    return replace(best, score=min(best.score, _MOST_OF_THREE if most > 1 else _NO_TWO))


def _score(line: Line) -> float:
    return line.score


def enlarged(image: Image) -> Image:
    """The page at the size that detection looks at, if it is smaller."""
    scale = _DETECTION_SIDE / max(image.shape[:2])
    if scale <= 1:
        return image
    scale = min(scale, _MOST_ENLARGED)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4), dtype=np.uint8)


def split_stack(image: Image, corners: Corners) -> list[Corners]:
    """The box itself, or one box for each part where characters of two rows were taken for one upright line.

    Letter-spaced labels below each other (名称 above 类型) look like vertical text, but leave more room between
    the rows than vertical text does.
    """
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    wide, tall = right - left, bottom - top
    piece = image[max(0, top) : bottom, max(0, left) : right, RED]
    if wide < 4 or tall < _TALL * wide or piece.size == 0:
        return [corners]
    light, dark = float(np.percentile(piece, 90)), float(np.percentile(piece, 2))
    rows = (piece < (light + dark) / 2).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rows, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    if len(runs) < 2:
        return [corners]
    gaps = runs[1:, 0] - runs[:-1, 1]
    cuts = [int((runs[i, 1] + runs[i + 1, 0]) // 2) for i in np.flatnonzero(gaps > _STACK_GAP * wide)]
    if not cuts:
        return [corners]
    borders = [0, *cuts, int(tall)]
    return [
        np.array([[left, top + a], [right, top + a], [right, top + b], [left, top + b]], dtype=np.float32)
        for a, b in itertools.pairwise(borders)
    ]


def flatten_line(image: Image, corners: Corners) -> Image | None:
    """The piece of ``image`` within ``corners``, straightened; None where the box has no area."""
    width = int(max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3])))
    height = int(max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2])))
    if width < 3 or height < 3:
        return None
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    piece = cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    if height >= _TALL * width:
        piece = np.rot90(piece)
    return np.ascontiguousarray(piece, dtype=np.uint8)


def without_watermarks(lines: Sequence[Line]) -> list[Line]:
    """The lines without the characters that are far paler than the page's print (底纹: SCJDGL, CNAS and the like).

    An engine reads a pale pattern as surely as print, and joins it to the value that stands on it.
    """
    inks = [ink for line in lines for ink in line.inks]
    if not inks:
        return list(lines)
    palest = _PALE * float(np.percentile(inks, 75))
    kept: list[Line] = []
    for line in lines:
        solid = [i for i, character in enumerate(line.text) if not character.isspace()]
        # Commas and points have little ink by nature.
        pale = {i for i, ink in zip(solid, line.inks, strict=False) if ink < palest and line.text[i].isalnum()}
        if not pale or len(solid) != len(line.inks):
            kept.append(line)
        elif len(pale) < len(solid):
            stay = [n for n, i in enumerate(solid) if i not in pale]
            kept.append(
                replace(
                    line,
                    text="".join(c for i, c in enumerate(line.text) if i not in pale).strip(),
                    centres=tuple(line.centres[n] for n in stay),
                    inks=tuple(line.inks[n] for n in stay),
                )
            )
    return kept


def split_line(line: Line, width: int, height: int) -> list[Word]:
    """The line as words with boxes in fractions of the page, cut where it bridges a column gap."""
    text = line.text
    top, bottom = line.corners[[0, 1]], line.corners[[3, 2]]
    long = float(np.linalg.norm(top[1] - top[0]))
    tall = float(np.linalg.norm(bottom[0] - top[0]))
    solid = [i for i, character in enumerate(text) if not character.isspace()]
    cuts: list[tuple[int, float]] = []
    if tall < long and len(solid) == len(line.centres):
        for before, after in zip(range(len(solid)), range(1, len(solid)), strict=False):
            gap = (line.centres[after] - line.centres[before]) * long
            if gap > _GAP_HEIGHTS * tall:
                cuts.append((solid[after], (line.centres[after] + line.centres[before]) / 2))
    words: list[Word] = []
    starts = [(0, 0.0), *cuts]
    ends = [*cuts, (len(text), 1.0)]
    for (first, left), (last, right) in zip(starts, ends, strict=True):
        piece = text[first:last].strip()
        if not piece:
            continue
        along = np.array([left, right, right, left])[:, None]
        start = np.vstack([top[0], top[0], bottom[0], bottom[0]])
        stop = np.vstack([top[1], top[1], bottom[1], bottom[1]])
        points = start + (stop - start) * along
        words.append(Word(text=piece, box=_bounds(points, width, height), confidence=min(1.0, max(0.0, line.score))))
    return words


def _overlap(one: Box, other: Box) -> float:
    """Share of the smaller box that both cover."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return wide * tall / smaller if smaller > 0 else 0.0


def _bounds(points: npt.NDArray[np.floating[Any]], width: int, height: int) -> Box:
    x, y = np.clip(points[:, 0] / width, 0, 1), np.clip(points[:, 1] / height, 0, 1)
    return (round(float(x.min()), 5), round(float(y.min()), 5), round(float(x.max()), 5), round(float(y.max()), 5))


def _centres(info: Any) -> tuple[float, ...]:  # noqa: ANN401 - RapidOCR's own record
    columns = [column for word in info.word_cols for column in word]
    if not columns or info.line_txt_len <= 0:
        return ()
    return tuple(min(1.0, (column + 0.5) / info.line_txt_len) for column in columns)


def _inks(piece: Image, channel: int, centres: tuple[float, ...]) -> tuple[float, ...]:
    """How much each character stands out from the paper of its line: darker, or of a stronger colour."""
    height, width = piece.shape[:2]
    grey = piece[:, :, channel]
    colour = piece.max(axis=2) - piece.min(axis=2)
    tint = float(np.median(colour))
    paper = float(np.percentile(grey, 95))
    half = max(2, round(0.25 * height))
    inks = []
    for centre in centres:
        middle = round(centre * width)
        column = slice(max(0, middle - half), middle + half + 1)
        if grey[:, column].size:
            darker = paper - float(np.percentile(grey[:, column], _STROKE))
            inks.append(max(0.0, darker, float(np.percentile(colour[:, column], 100 - _STROKE)) - tint))
        else:
            inks.append(255.0)
    return tuple(inks)


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
