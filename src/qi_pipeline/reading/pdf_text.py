"""The text layer of a PDF page (文本层) as pdfplumber reads it: runs of words, and ruled tables.

Runs end where the paper leaves a wide gap or a rule line stands, as an OCR engine's lines do, so that whoever reads
pages need not know where their words came from.
"""

from __future__ import annotations

import bisect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfexceptions import PDFException
from pdfplumber.pdf import PDF

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Box, Cell, Table, Word
from qi_pipeline.policy import Limits
from qi_pipeline.reading.images import DECODER_ERRORS
from qi_pipeline.reading.layout import in_reading_order
from qi_pipeline.reading.radicals import as_printed

_GAP = 1.3
"""A gap of so many letter heights ends a run."""
_CHANGED, _CHANGED_GAP = 1.15, 0.5
"""Letters that grow or shrink by so much after half a letter's gap begin another run: a value after its label."""
_SPACE = 0.22
"""A gap of so many letter heights between letters that are not Chinese is a space."""
_FEWEST_EDGES = 6
_SNAP = 2.0
"""Points within which two cell borders are one."""
_ERRORS = (*DECODER_ERRORS, PDFException)

_Char = dict[str, Any]
_Rule = tuple[float, float, float]
"""An upright line: its x, top and bottom."""


class PdfText:
    """The text layer of an open PDF file."""

    def __init__(self, document: PDF, limits: Limits) -> None:
        self._document = document
        self._limits = limits

    def read(self, number: int) -> tuple[tuple[Word, ...], tuple[Table, ...]]:
        """Words and ruled tables of page ``number``; nothing where the layer is broken."""
        page = self._document.pages[number - 1]
        try:
            chars: list[_Char] = page.chars
            if len(chars) > self._limits.page_characters:
                most = self._limits.page_characters
                raise PacketError("too_large", f"page {number} has more than {most} characters; split it up")
            frame = _frame(page)
            edges = page.edges
            upright = sorted(
                (float(e["x0"]), float(e["top"]), float(e["bottom"]))
                for e in edges
                if e["orientation"] == "v" and e["bottom"] - e["top"] > 4
            )
            words = in_reading_order(_words(_kept(chars, page), upright, frame))
            tables = _tables(page, frame) if len(edges) >= _FEWEST_EDGES else ()
            return tuple(words), tables
        except RecursionError:
            return (), ()
        except _ERRORS as error:
            logging.getLogger(__name__).debug("text layer of page %s is broken: %s", number, type(error).__name__)
            return (), ()
        finally:
            page.close()


@contextmanager
def open_text(path: Path, limits: Limits) -> Iterator[PdfText | None]:
    """The text layer of the PDF at ``path``; None where pdfplumber can't open what PDFium could."""
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        document = pdfplumber.open(path)
        len(document.pages)
    except (*_ERRORS, RecursionError):
        yield None
        return
    try:
        yield PdfText(document, limits)
    finally:
        document.close()


def _frame(page: Any) -> tuple[float, float, float, float]:  # noqa: ANN401 - pdfplumber is untyped
    x0, top, x1, bottom = page.bbox
    return float(x0), float(top), max(1e-3, float(x1 - x0)), max(1e-3, float(bottom - top))


def _kept(chars: list[_Char], page: Any) -> list[_Char]:  # noqa: ANN401
    """Upright characters on the page, each once: fake bold prints them twice."""
    x0, top, x1, bottom = page.bbox
    kept: list[_Char] = []
    seen: dict[tuple[str, int, int], bool] = {}
    for char in chars:
        if not char["upright"] or not char["text"] or char["text"] == "\x00":
            continue
        middle_x, middle_y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        if not (x0 <= middle_x <= x1 and top <= middle_y <= bottom):
            continue
        grain = max(1.0, 0.25 * (char["bottom"] - char["top"]))
        place = (char["text"], round(middle_x / grain), round(middle_y / grain))
        if char["text"].strip() and place in seen:
            continue
        seen[place] = True
        kept.append(char)
    return kept


def _words(chars: list[_Char], rules: list[_Rule], frame: tuple[float, float, float, float]) -> Iterator[Word]:
    for line in _lines(chars):
        run: list[_Char] = []
        for char in line:
            if run and _ends_run(run[-1], char, rules):
                yield from _word(run, frame)
                run = []
            run.append(char)
        yield from _word(run, frame)


def _lines(chars: list[_Char]) -> list[list[_Char]]:
    """Characters by printed line, from the left; a line is what shares more than half its height."""
    lines: list[list[_Char]] = []
    open_lines: list[list[_Char]] = []
    for char in sorted((c for c in chars if c["text"].strip()), key=lambda c: (c["top"], c["x0"])):
        home = None
        for line in reversed(open_lines):
            last = line[-1]
            low = min(char["bottom"], last["bottom"]) - max(char["top"], last["top"])
            height = min(char["bottom"] - char["top"], last["bottom"] - last["top"])
            if low > 0.5 * height:
                home = line
                break
        if home is None:
            home = []
            lines.append(home)
            open_lines = [*open_lines[-7:], home]
        home.append(char)
    return [sorted(line, key=lambda c: c["x0"]) for line in lines]


def _ends_run(before: _Char, after: _Char, rules: list[_Rule]) -> bool:
    gap = after["x0"] - before["x1"]
    sizes = sorted((before["bottom"] - before["top"], after["bottom"] - after["top"]))
    if gap > _GAP * sizes[1] or (gap > _CHANGED_GAP * sizes[1] and sizes[1] > _CHANGED * sizes[0]):
        return True
    middle_before, middle_after = (before["x0"] + before["x1"]) / 2, (after["x0"] + after["x1"]) / 2
    level = (after["top"] + after["bottom"]) / 2
    for index in range(bisect.bisect_left(rules, (middle_before,)), len(rules)):
        x, top, bottom = rules[index]
        if x > middle_after:
            return False
        if top <= level <= bottom:
            return True
    return False


def _word(run: list[_Char], frame: tuple[float, float, float, float]) -> Iterator[Word]:
    if not run:
        return
    text = run[0]["text"]
    for before, after in pairwise(run):
        height = after["bottom"] - after["top"]
        apart = after["x0"] - before["x1"] > _SPACE * height
        if apart and not (_is_wide(before["text"]) or _is_wide(after["text"])):
            text += " "
        text += after["text"]
    box = _fraction(
        min(c["x0"] for c in run),
        min(c["top"] for c in run),
        max(c["x1"] for c in run),
        max(c["bottom"] for c in run),
        frame,
    )
    if text.strip() and box[2] > box[0] and box[3] > box[1]:
        yield Word(text=as_printed(text.strip()), box=box, confidence=1.0)


def _is_wide(text: str) -> bool:
    return ord(text[-1]) >= 0x2E80


def _fraction(x0: float, top: float, x1: float, bottom: float, frame: tuple[float, float, float, float]) -> Box:
    left, upper, width, height = frame
    return (
        round(min(1.0, max(0.0, (x0 - left) / width)), 5),
        round(min(1.0, max(0.0, (top - upper) / height)), 5),
        round(min(1.0, max(0.0, (x1 - left) / width)), 5),
        round(min(1.0, max(0.0, (bottom - upper) / height)), 5),
    )


def _tables(page: Any, frame: tuple[float, float, float, float]) -> tuple[Table, ...]:  # noqa: ANN401
    """Ruled tables with merged cells standing once, with their spans."""
    found: list[Table] = []
    for table in page.find_tables():
        boxes = sorted({_corners(cell) for cell in table.cells if cell}, key=lambda b: (b[1], b[0]))
        columns, rows = _borders(b[0::2] for b in boxes), _borders(b[1::2] for b in boxes)
        if len(columns) < 3 and len(rows) < 3:
            continue  # a frame around text is no table
        chars = _by_cell(page.chars, boxes)
        cells = []
        for box, inside in zip(boxes, chars, strict=True):
            column, row = _place(columns, box[0]), _place(rows, box[1])
            lines = ["".join(word.text for word in _words(line, [], frame)) for line in _lines(inside)]
            cells.append(
                Cell(
                    row=row,
                    column=column,
                    row_span=max(1, _place(rows, box[3]) - row),
                    column_span=max(1, _place(columns, box[2]) - column),
                    text="\n".join(line for line in lines if line),
                    box=_fraction(*box, frame),
                )
            )
        found.append(
            Table(
                box=_fraction(*_corners(table.bbox), frame),
                rows=len(rows) - 1,
                columns=len(columns) - 1,
                cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))),
            )
        )
    return tuple(found)


def _corners(box: Any) -> Box:  # noqa: ANN401 - numbers of pdfplumber's own kind
    x0, top, x1, bottom = box
    return float(x0), float(top), float(x1), float(bottom)


def _by_cell(chars: list[_Char], boxes: list[Box]) -> list[list[_Char]]:
    """The characters whose middle lies in each box."""
    inside: list[list[_Char]] = [[] for _ in boxes]
    tops = [box[1] for box in boxes]
    tallest = max((box[3] - box[1] for box in boxes), default=0.0)
    for char in chars:
        x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        for index in range(bisect.bisect_left(tops, y - tallest - 1), bisect.bisect_right(tops, y)):
            left, top, right, bottom = boxes[index]
            if left <= x < right and top <= y < bottom:
                inside[index].append(char)
                break
    return inside


def _borders(pairs: Any) -> list[float]:  # noqa: ANN401 - pairs of numbers, sliced from tuples
    borders: list[float] = []
    for value in sorted(value for pair in pairs for value in pair):
        if not borders or value - borders[-1] > _SNAP:
            borders.append(value)
    return borders


def _place(borders: list[float], value: float) -> int:
    return max(0, bisect.bisect_right(borders, value + _SNAP) - 1)
