"""Whether a text layer may be believed (文本层核对): what it says is compared with what is seen in the same places.

A text layer can be invisible, garbled by a missing font map, left behind by somebody's poor OCR, or say something else
than the picture, which is a mark of forgery. Lines are therefore read again where the layer says they stand: all of
them in short files with pictures, those that may hold a value in plain ones, a few in long annexes, and in every file
each line that is painted over, white, or said to be another. Print that the layer does not hold (pictures, form fields,
letters drawn as curves) is found as ink outside its words, and read too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from qi_pipeline.model import Box, Word
from qi_pipeline.reading.engines import Engine
from qi_pipeline.reading.likeness import ALIKE, bears_out, differs, digits, folded, similarity
from qi_pipeline.reading.pixels import Image

ALL_UP_TO_PAGES = 12
"""Files with at most so many pages are compared line by line."""
_SAMPLE = 4
_MOST_LINES = 80
_FEWEST = 4
"""Shorter texts are not compared: a single character alone is often misread."""
_AGREES = 0.75
"""Share of the compared lines that must read alike; below it the layer is not believed at all."""
_SURE = 0.92
_LOOSE_INK = 40
"""So many letter-sized specks outside the words mean print that the layer does not hold."""
_WRITTEN_INK = 5
"""So many in ink that is not red: a date filled in by hand. Seals are red, and read elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing a layer with the picture gave."""

    believed: bool
    words: tuple[Word, ...]
    """The layer's words, those that the picture contradicts replaced by what is seen there."""
    notes: tuple[str, ...] = ()


def is_garbled(words: Sequence[Word]) -> bool:
    """Whether the text is what a missing font map leaves: private characters, replacement marks, glyph numbers."""
    text = "".join(word.text for word in words)
    if not text:
        return False
    odd = sum(unicodedata.category(c) in ("Co", "Cn", "Cc") or c == "\ufffd" for c in text)
    return odd + 5 * text.count("(cid:") > 0.08 * len(text)


def compare(
    words: Sequence[Word],
    pixels: Image,
    engine: Engine,
    *,
    every_line: bool,
    chosen: Sequence[int] | None = None,
    agreed: int = 0,
) -> Comparison:
    """The layer's words against the picture: ``every_line``, a sample, or those ``chosen`` beside ``agreed`` others."""
    long_enough = [i for i, word in enumerate(words) if len(folded(word.text)) >= _FEWEST]
    if chosen is None:
        chosen = long_enough[:_MOST_LINES] if every_line else _spread(long_enough, _SAMPLE)
    if not chosen:  # page numbers and the like: cheap to read in a short file, harmless in a long one
        return Comparison(believed=not every_line, words=tuple(words))
    kept = list(words)
    alike, contradicted = 0, 0
    for index in chosen:
        word = words[index]
        text, score = engine.read_crop(pixels, _padded(word.box), "chinese")
        if similarity(word.text, text) >= ALIKE:
            alike += 1
        if score >= _SURE and differs(word.text, text):
            again, sure = engine.read_crop(pixels, _padded(word.box, 0.3), "chinese")
            if sure >= _SURE and folded(again) == folded(text):
                contradicted += 1
                kept[index] = Word(text=text, box=word.box, confidence=min(score, 0.5))
    if alike + agreed < _AGREES * (len(chosen) + agreed):
        note = f"text layer not believed: {len(chosen) - alike} of {len(chosen)} lines read otherwise in the picture"
        return Comparison(believed=False, words=(), notes=(note,))
    notes = (f"text layer contradicted by the picture in {contradicted} lines",) if contradicted else ()
    return Comparison(believed=True, words=tuple(kept), notes=notes)


def worth_checking(
    words: Sequence[Word],
    within: Sequence[Box],
    doubted: Sequence[Box],
    *,
    lines: int,
    cells: int,
    known: set[str],
    numbers: bool = False,
) -> tuple[int, ...]:
    """Which words of a plain page to compare: all that are doubted, some lines of its text, some cells of its tables.

    Lines with digits come first: they hold dates, numbers and codes, and with ``numbers`` they alone. ``known`` are
    texts that were compared before, such as headers that every page repeats; what is chosen is added to them.
    """
    chosen = [i for i, word in enumerate(words) if any(_covered(word.box, box) > 0.05 for box in doubted)]
    room = {False: lines, True: cells}
    order = sorted(range(len(words)), key=lambda i: not any(c.isdigit() for c in words[i].text))
    for index in order:
        text = folded(words[index].text)
        in_table = any(_covered(words[index].box, box) > 0.5 for box in within)
        if room[in_table] < 1 or len(text) < _FEWEST or text in known or index in chosen:
            continue
        if numbers and len(digits(text)) < _FEWEST:
            continue
        known.add(text)
        room[in_table] -= 1
        chosen.append(index)
    return tuple(sorted(chosen))


def unconfirmed(
    words: Sequence[Word], pixels: Image, chosen: Sequence[int], read: Callable[[Image, Sequence[Box]], list[str]]
) -> tuple[int, ...]:
    """Those of the ``chosen`` words that a first, cheap reading of the picture does not bear out to the digit."""
    if not chosen:
        return ()
    seen = read(pixels, [_padded(words[index].box) for index in chosen])
    return tuple(index for index, text in zip(chosen, seen, strict=True) if not bears_out(words[index].text, text))


def loose_ink(pixels: Image, words: Sequence[Word], *, written: bool = False) -> bool:
    """Whether letter-sized ink stands where the layer has no word; ``written``: even as little as a date by hand."""
    height, width = pixels.shape[:2]
    scale = min(1.0, 1200 / max(height, width))
    if _specks(pixels.min(axis=2), words, scale) > _LOOSE_INK:
        return True
    return written and _specks(pixels[..., 0], words, scale) > _WRITTEN_INK


def _specks(grey: Image, words: Sequence[Word], scale: float) -> int:
    """How many patches of ink as large as letters stand outside the words."""
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = (small < 150).astype(np.uint8)
    height, width = ink.shape
    for word in words:
        x0, y0, x1, y1 = _padded(word.box, 0.35)
        ink[int(y0 * height) : int(np.ceil(y1 * height)), int(x0 * width) : int(np.ceil(x1 * width))] = 0
    count, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return sum(bool(5 <= tall <= 60 and 3 <= wide <= 60 and area >= 8) for _l, _t, wide, tall, area in boxes[1:count])


def added_words(words: Sequence[Word], seen: Sequence[Word]) -> list[Word]:
    """What is seen on the page but not in the layer.

    An engine reads as one line what the layer holds letter by letter, such as a label spread to one width.
    """
    return [
        word
        for word in seen
        if not any(_covered(word.box, known.box) > 0.3 for known in words) and not _spelled_out(word, words)
    ]


def _spelled_out(word: Word, words: Sequence[Word]) -> bool:
    """Whether the layer's words within the place of ``word`` say together what it says."""
    within = [known for known in words if _covered(known.box, word.box) > 0.5]
    text = "".join(known.text for known in sorted(within, key=lambda known: known.box[0]))
    return similarity(text, word.text) >= ALIKE


def _spread(items: Sequence[int], count: int) -> list[int]:
    if len(items) <= count:
        return list(items)
    step = len(items) / count
    return [items[int((i + 0.5) * step)] for i in range(count)]


def _padded(box: Box, share: float = 0.12) -> Box:
    margin = share * (box[3] - box[1])
    x0, y0, x1, y1 = box
    return (max(0.0, x0 - margin / 2), max(0.0, y0 - margin), min(1.0, x1 + margin / 2), min(1.0, y1 + margin))


def _covered(box: Box, by: Box) -> float:
    """Share of ``box`` that ``by`` covers."""
    wide = min(box[2], by[2]) - max(box[0], by[0])
    tall = min(box[3], by[3]) - max(box[1], by[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return wide * tall / area if wide > 0 and tall > 0 and area > 0 else 0.0
