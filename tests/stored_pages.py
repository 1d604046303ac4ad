"""Stored pages written by hand: words with boxes as an engine or a text layer would give them.

``at("发证日期：2024年1月2日", 0.1, 0.8)`` is a segment whose left edge and top stand at these fractions of the page;
its width follows from its characters and ``size`` (height as a fraction of the page's width).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Cell, Document, Field, FileReading, Page, Seal, Table, Word

WIDTH, HEIGHT = 1654, 2339


def _ems(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.5 for char in text)


def at(text: str, x: float, y: float, size: float = 0.02, *, landscape: bool = False, confidence: float = 0.99) -> Word:
    """A segment with its left edge at ``x`` and its top at ``y``."""
    aspect = HEIGHT / WIDTH if landscape else WIDTH / HEIGHT
    return Word(text=text, box=(x, y, x + _ems(text) * size, y + size * aspect), confidence=confidence)


def centred(text: str, y: float, size: float = 0.02, *, x: float = 0.5, landscape: bool = False) -> Word:
    """A segment set in the middle of ``x``."""
    return at(text, x - _ems(text) * size / 2, y, size, landscape=landscape)


def spread(text: str, x: float, y: float, wide: float, size: float = 0.02) -> list[Word]:
    """A label whose letters are spread to a width, each found as a segment of its own."""
    step = (wide - size) / max(len(text) - 1, 1)
    return [at(char, x + index * step, y, size) for index, char in enumerate(text)]


def page(
    *words: Word | Sequence[Word],
    number: int = 1,
    landscape: bool = False,
    tables: tuple[Table, ...] = (),
    seals: tuple[tuple[str, float, float], ...] = (),
) -> Page:
    """A page with these words; a seal is (text, x, y of its middle)."""
    flat = [word for item in words for word in ([item] if isinstance(item, Word) else item)]
    wide, high = (HEIGHT, WIDTH) if landscape else (WIDTH, HEIGHT)
    return Page(
        number=number,
        width=wide,
        height=high,
        source="ocr",
        words=tuple(sorted(flat, key=lambda word: (word.box[1], word.box[0]))),
        tables=tables,
        seals=tuple(
            Seal(page=number, box=(x - 0.09, y - 0.07, x + 0.09, y + 0.07), text=text, confidence=0.95)
            for text, x, y in seals
        ),
    )


def ruled(
    rows: Sequence[Sequence[str | None]],
    *,
    box: tuple[float, float, float, float] = (0.05, 0.2, 0.95, 0.9),
    widths: Sequence[float] | None = None,
) -> tuple[Table, tuple[Word, ...]]:
    """A ruled table and its words; None goes on with the cell above, "<" with the cell at the left."""
    count, columns = len(rows), len(rows[0])
    shares = widths or [1.0] * columns
    total = sum(shares)
    lefts = [box[0] + (box[2] - box[0]) * sum(shares[:at]) / total for at in range(columns + 1)]
    high = (box[3] - box[1]) / count
    cells, words = [], []
    for r in range(count):
        for c in range(columns):
            text = rows[r][c]
            if text is None or text == "<":
                continue
            across = 1
            while c + across < columns and rows[r][c + across] == "<":
                across += 1
            down = 1
            while r + down < count and rows[r + down][c] is None:
                down += 1
            place = (lefts[c], box[1] + r * high, lefts[c + across], box[1] + (r + down) * high)
            cells.append(
                Cell(row=r, column=c, row_span=down, column_span=across, text=text, box=place, confidence=0.98)
            )
            for line, piece in enumerate(text.split("\n")):
                if piece:
                    words.append(at(piece, place[0] + 0.003, place[1] + 0.004 + 0.014 * line, 0.009, landscape=True))
    return Table(box=box, rows=count, columns=columns, cells=tuple(cells)), tuple(words)


def reading(*pages: Page, file: str = "paper.pdf") -> FileReading:
    """The reading of one file with these pages."""
    return FileReading(file=file, sha256="0" * 64, media_type="application/pdf", pages=pages)


def documents(*pages: Page) -> list[Document]:
    """What extraction makes of one file with these pages."""
    return extract([reading(*pages)])


def document(*pages: Page) -> Document:
    """The one document of a file with these pages."""
    found = documents(*pages)
    assert len(found) == 1, [(item.kind, item.pages) for item in found]
    return found[0]


def values(fields: dict[str, Field]) -> dict[str, object]:
    """The values of fields by name, scope rows left out."""
    return {name: field.value for name, field in fields.items() if name != "scope_items"}
