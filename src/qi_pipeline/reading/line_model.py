"""The recognition model (单行识别模型): pictures of single lines to their text, letter by letter.

OpenVINO prepares its code anew for every width it has not seen, which costs as much as reading the line does. So lines
are filled up at their right to one of a few widths, and those of one width are read after one another. Most are short;
those are read by the changed network of :mod:`qi_pipeline.reading.line_network`, which needs less filling, and the
shortest four at a time, which changes nothing but the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from qi_pipeline.reading import line_network

Grey = npt.NDArray[np.uint8]
"""Height × width, 0 black."""

BRIGHTNESS = np.arange(256).astype(np.float32) * np.float32(1 / 127.5) - np.float32(1)
"""What the models are given for each brightness, from black to white."""
HEIGHT = 48
"""Pixels in height that the model reads a line at."""
_TAUGHT = 320
"""The least width that the model was taught."""
_SHORT_STEP = 32
_STEPS = ((640, 32), (1280, 64), (2560, 128))
"""Widths up to the first of each pair are rounded up to multiples of the second."""
_WIDE_STEP = 320
_BLANK = 0
_TOGETHER, _TOGETHER_TO = 4, 128
"""So many lines that are filled up to no more than this width are read at a time; each such shape costs memory."""


class Network(Protocol):
    """One compiled model, ready to be asked."""

    def ask(self, inputs: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
        """What comes out; it is overwritten when the model is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """What the model reads in one picture."""

    text: str
    """With the spaces that it sees."""
    score: float
    """Mean of the letters' scores."""
    sure: tuple[float, ...]
    """The score of each character, spaces too."""
    centres: tuple[float, ...]
    """Where along the line each character that is not a space stands, as a fraction of its length."""


NOTHING = Spelled(text="", score=0.0, sure=(), centres=())


class LineModel:
    """The loaded model with its alphabet."""

    def __init__(self, network: Network, short: Network, characters: Sequence[str]) -> None:
        self._network = network
        self._short = short
        self._characters = tuple(characters)
        self._sheets: dict[tuple[int, int], npt.NDArray[np.float32]] = {}

    def read(self, pictures: Sequence[Grey]) -> list[Spelled]:
        """What stands in each picture of one line, in their order."""
        found = [NOTHING] * len(pictures)
        widths = [scaled_width(picture) for picture in pictures]
        for group in _groups(widths):
            read = self._read([pictures[at] for at in group], [widths[at] for at in group])
            for at, spelled in zip(group, read, strict=True):
                found[at] = spelled
        return found

    def _read(self, pictures: Sequence[Grey], widths: Sequence[int]) -> list[Spelled]:
        """What stands in pictures that are filled up to one width."""
        filled = filled_width(widths[0])
        sheet = self._sheet(len(pictures), filled)
        for place, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
            line = cv2.resize(np.ascontiguousarray(picture), (width, HEIGHT), interpolation=cv2.INTER_LINEAR)
            sheet[place, :, :, :width] = cv2.LUT(line, BRIGHTNESS)
            sheet[place, :, :, width:] = 0
        if filled >= _TAUGHT:
            likely = self._network.ask({"x": sheet})
        else:
            likely = self._short.ask(line_network.inputs(sheet, _TAUGHT))
        return [self._spelled(likely[place], width / line_network.COLUMN) for place, width in enumerate(widths)]

    def _sheet(self, count: int, width: int) -> npt.NDArray[np.float32]:
        """The model's input for so many lines of this width, used again and again."""
        if (count, width) not in self._sheets:
            self._sheets[count, width] = np.zeros((count, 3, HEIGHT, width), dtype=np.float32)
        return self._sheets[count, width]

    def _spelled(self, likely: npt.NDArray[np.float32], long: float) -> Spelled:
        """The text of the likeliest sign in each column; ``long``: how many of the columns the line takes up."""
        signs = likely.argmax(axis=1)
        fresh = signs != _BLANK
        fresh[1:] &= signs[1:] != signs[:-1]
        columns = np.flatnonzero(fresh)
        if not len(columns):
            return NOTHING
        chosen = signs[columns]
        text = "".join([self._characters[sign] for sign in chosen.tolist()])
        sure = likely[columns, chosen]
        return Spelled(
            text=text,
            score=round(float(sure.mean()), 5),
            sure=tuple([round(one, 5) for one in sure.tolist()]),
            centres=tuple(
                [
                    min(1.0, (column + 0.5) / long)
                    for column, sign in zip(columns.tolist(), text, strict=True)
                    if not sign.isspace()
                ]
            ),
        )


def _groups(widths: Sequence[int]) -> Iterator[list[int]]:
    """Which lines are read at a time, the narrow ones first; all of a group are filled up to the same width.

    So a line reads the same whatever else stands on its page.
    """
    filled: dict[int, list[int]] = {}
    for at in sorted(range(len(widths)), key=widths.__getitem__):
        filled.setdefault(filled_width(widths[at]), []).append(at)
    for width, places in filled.items():
        whole = len(places) // _TOGETHER * _TOGETHER if width <= _TOGETHER_TO else 0
        for first in range(0, whole, _TOGETHER):
            yield places[first : first + _TOGETHER]
        for at in places[whole:]:
            yield [at]


def scaled_width(picture: Grey) -> int:
    """The width of the line at the height that the model reads it at."""
    high, wide = picture.shape[:2]
    scaled: int = math.ceil(HEIGHT * wide / high)
    return max(1, scaled)


def filled_width(width: int) -> int:
    """The width that a line so wide is filled up to.

    >>> filled_width(20), filled_width(250), filled_width(321), filled_width(700), filled_width(3000)
    (96, 320, 352, 704, 3200)
    """
    short = -(-(width + line_network.ROOM) // _SHORT_STEP) * _SHORT_STEP
    if short < _TAUGHT:
        return short
    wide = max(width, _TAUGHT)
    step = _WIDE_STEP
    for most, finer in reversed(_STEPS):
        if wide <= most:
            step = finer
    return -(-wide // step) * step
