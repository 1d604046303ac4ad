"""Values of undrawn pages looked at when they count (数字页面的取用核对): a decisive value is read again.

A long digital file is taken as its text says, after a look at a few of its pages. What a decision rests on is compared
with the picture all the same: the numbers and dates of such a page, and the rows that hold a standard which the
application declares. A line that two readings of the picture contradict makes its value doubtful.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction.standards import Standard, standards_in
from qi_pipeline.model import Box, Document, Field, FileReading, Page, Word
from qi_pipeline.reading.likeness import bears_out, differs, folded
from qi_pipeline.reading.protocol import CropRequest, image_name

Draw = Callable[[str, Sequence[int]], None]
"""Draws pages of a file, by its name."""
Read = Callable[[Sequence[CropRequest]], list[tuple[str, float]]]

_DECISIVE = ("certificate_number", "holder_uscc", "holder_name", "valid_to", "valid_from", "issued_on", "calibrated_on")
_FEWEST = 4
"""Letters of a line worth comparing."""
_MOST = 60
"""Lines of one packet that are compared; a packet that declares more standards is compared in these."""
_EDGE = 0.002
_CONTRADICTED = 0.3
_SURE = 0.92
"""What an engine must say of a line for it to speak against the layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the layer on which a value rests."""

    document: int
    field: str
    page: int
    image: str
    text: str
    box: Box


def proven(
    documents: Sequence[Document],
    readings: Sequence[FileReading],
    declared: Iterable[str],
    draw: Draw,
    read: Read,
) -> list[Document]:
    """The documents, with those values doubtful whose lines the picture contradicts."""
    by_file = {reading.file: reading for reading in readings}
    keys = {standard.key for text in declared for standard in standards_in(text)}
    lines = list(_lines(documents, by_file, keys))[:_MOST]
    if not lines:
        return list(documents)
    for file in dict.fromkeys(documents[line.document].file for line in lines):
        draw(file, sorted({line.page for line in lines if documents[line.document].file == file}))
    contradicted = _contradicted(lines, read)
    result = list(documents)
    for line in contradicted:
        document = result[line.document]
        field = document.fields[line.field]
        doubtful = replace(
            field,
            confidence=min(field.confidence, _CONTRADICTED),
            checks=tuple(dict.fromkeys((*field.checks, "!second_reading"))),
        )
        result[line.document] = replace(document, fields={**document.fields, line.field: doubtful})
    return result


def _contradicted(lines: Sequence[Line], read: Read) -> list[Line]:
    """Lines that neither engine bears out, and of which one says for certain that something else stands there."""
    first = read([CropRequest(image=line.image, box=_around(line.box), alphabet="chinese") for line in lines])
    open_lines = [line for line, (text, _) in zip(lines, first, strict=True) if not bears_out(line.text, text)]
    if not open_lines:
        return []
    second = read(
        [CropRequest(image=line.image, box=_around(line.box), alphabet="chinese", look="colour") for line in open_lines]
    )
    return [
        line
        for line, (text, score) in zip(open_lines, second, strict=True)
        if text and score >= _SURE and not bears_out(line.text, text) and _is_otherwise(line.text, text)
    ]


def _is_otherwise(layer: str, seen: str) -> bool:
    return differs(layer, seen) or len(folded(seen)) >= _FEWEST


def _lines(
    documents: Sequence[Document], by_file: dict[str, FileReading], keys: set[tuple[str, str]]
) -> Iterator[Line]:
    for index, document in enumerate(documents):
        reading = by_file.get(document.file)
        if reading is None:
            continue
        pages = {page.number: page for page in reading.pages if page.source == "text_layer" and page.image is None}
        pages = {number: pages[number] for number in document.pages if number in pages}
        if not pages:
            continue

        def line(field: str, page: Page, word: Word, at: int = index, sha: str = reading.sha256) -> Line:
            image = image_name(sha[:16], page.number)
            return Line(document=at, field=field, page=page.number, image=image, text=word.text, box=word.box)

        for name in _DECISIVE:
            field = document.fields.get(name)
            if isinstance(field, Field) and field.page in pages and not field.derived:
                for word in _words_within(pages[field.page], field.box):
                    yield line(name, pages[field.page], word)
        if keys and "scope_items" in document.fields:
            for page in pages.values():
                for word in _row_words(page, keys):
                    yield line("scope_items", page, word)


def _words_within(page: Page, box: Box) -> Iterator[Word]:
    for word in page.words:
        x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
        inside = box[0] - _EDGE <= x <= box[2] + _EDGE and box[1] - _EDGE <= y <= box[3] + _EDGE
        if inside and len(folded(word.text)) >= _FEWEST:
            yield word


def _row_words(page: Page, keys: set[tuple[str, str]]) -> Iterator[Word]:
    """The lines of the cells that hold one of the standards, or the lines themselves where there is no table."""
    cells = [cell for table in page.tables for cell in table.cells if _holds(standards_in(cell.text), keys)]
    if cells:
        for cell in cells:
            yield from _words_within(page, cell.box)
        return
    for word in page.words:
        if _holds(standards_in(word.text), keys):
            yield word


def _holds(standards: Sequence[Standard], keys: set[tuple[str, str]]) -> bool:
    return any(standard.key in keys for standard in standards)


def _around(box: Box) -> Box:
    margin = 0.1 * (box[3] - box[1])
    return box[0], max(0.0, box[1] - margin), box[2], min(1.0, box[3] + margin)
