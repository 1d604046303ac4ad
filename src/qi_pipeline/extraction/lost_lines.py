"""Lines that the finder of lines lost under a seal (章下漏行), looked for where a paper lacks a value it must print.

A seal's rim that touches a line runs together with it into a shape that fits no line, and the whole line is thrown away
unread: a date that stands there in clear black print is then called missing. So where such a value is missing, the
rows that a seal covers are read strip by strip, and what was read nowhere before counts as a line of the page.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.documents import documents_of
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.lines import overlap
from qi_pipeline.model import Box, Document, Field, FileReading, Page, Word
from qi_pipeline.reading.protocol import CropRequest, Look

Read = Callable[[Sequence[CropRequest]], list[tuple[str, float]]]

_ENDING = ("holder_name", "certificate_number", "valid_to")
_MUST_PRINT: dict[str, tuple[str, ...]] = {
    "commitment_letter": ("signed_on",),
    "business_licence": ("holder_name", "holder_uscc"),
    "public_institution_certificate": ("holder_name", "holder_uscc", "valid_to"),
    "private_nonenterprise_certificate": ("holder_name", "holder_uscc", "valid_to"),
    "social_organization_certificate": ("holder_name", "holder_uscc", "valid_to"),
    "cma_certificate": _ENDING,
    "cnas_certificate": _ENDING,
    "certification_body_approval": _ENDING,
    "metrology_authorization": _ENDING,
    "measurement_standard_certificate": _ENDING,
    "special_equipment_licence": _ENDING,
    "private_school_licence": _ENDING,
    "management_system_certificate": _ENDING,
    "hr_service_licence": ("holder_name", "certificate_number"),
    "patent_agency_licence": ("holder_name", "certificate_number"),
    "calibration_certificate": ("holder_name", "instrument_serial", "calibrated_on"),
}
"""What every paper of a kind prints, and a decision turns on."""
_STEP, _HIGH = 0.5, 1.3
"""How far strips lie apart, and how high they are, in heights of a line of the page."""
_BESIDE = 0.35
"""How far a strip about a seal reaches beyond it, in widths of the seal."""
_MOST_STRIPS = 160
_SHIFTS = (-0.6, -0.45, -0.3, -0.15, 0.15, 0.3, 0.45, 0.6)
"""Heights of a line by which a strip is moved to find its middle."""
_READABLE = 0.6
_CUTS = 12
"""Places at which a strip is cut shorter to find where its line begins and ends."""
_UNCONFIRMED = 0.5
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_OF_A_DAY = re.compile(r"[0-9]\s*[年月日]")
_LABEL = re.compile(r"^.{2,10}[:：].{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    """A stretch of a page as high as a line of it and some room."""

    image: str
    box: Box
    tall: float
    """Height of a line of the page."""

    @property
    def middle(self) -> float:
        """Height of its middle on the page."""
        return (self.box[1] + self.box[3]) / 2

    @property
    def line(self) -> Box:
        """Where a line in its middle lies."""
        return self.box[0], self.middle - self.tall / 2, self.box[2], self.middle + self.tall / 2

    def moved(self, heights: float) -> _Strip:
        """The strip so many heights of a line further down."""
        x0, y0, x1, y1 = self.box
        return replace(self, box=(x0, y0 + heights * self.tall, x1, y1 + heights * self.tall))

    def cut(self, begin: float, end: float) -> _Strip:
        """The strip between two places from left to right."""
        return replace(self, box=(begin, self.box[1], end, self.box[3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was read in a strip."""

    strip: _Strip
    text: str
    score: float

    @property
    def worth(self) -> tuple[int, float]:
        """Greater for what shows more whole days, then for more text that was read surely."""
        whole = {found.day for found in dates.dates_in(self.text) if found.day is not None and found.coarse == "day"}
        return len(whole), len(fold(self.text)) * self.score


def with_lost_lines(
    documents: Sequence[Document], readings: Sequence[FileReading], read: Read
) -> tuple[list[Document], list[FileReading]]:
    """The documents with what was found of the values they lack, and the readings with the lines that show it."""
    result, pages_read = list(documents), list(readings)
    for index, reading in enumerate(readings):
        lacking = {n: names for n, each in enumerate(result) if each.file == reading.file and (names := _lacks(each))}
        numbers = {number for n in lacking for number in result[n].pages}
        pages = {page.number: more for page in reading.pages if page.number in numbers and (more := _more(page, read))}
        if not pages:
            continue
        pages_read[index] = replace(reading, pages=tuple(pages.get(page.number, page) for page in reading.pages))
        again = {(each.kind, each.pages): each for each in documents_of(pages_read[index])}
        for n, names in lacking.items():
            if (other := again.get((result[n].kind, result[n].pages))) is not None:
                result[n] = _completed(result[n], other, names, pages, read)
    return result, pages_read


def _lacks(document: Document) -> tuple[str, ...]:
    """The names of what the document must print and no reading gave."""
    if document.annex_only or not document.seals:
        return ()
    names = _MUST_PRINT.get(document.kind, ())
    endless = "long_term" in document.fields
    return tuple(name for name in names if not (name == "valid_to" and endless) and _is_lost(document.fields.get(name)))


def _is_lost(field: Field | None) -> bool:
    """Whether nothing, or a part that says no day, was read of a value."""
    return field is None or (field.value is None and dates.months_of(field.raw) is None)


def _completed(
    document: Document, again: Document, names: Sequence[str], pages: Mapping[int, Page], read: Read
) -> Document:
    """The document with those of the values it lacked that the second reading of its file has."""
    found = {name: again.fields[name] for name in names if name in again.fields}
    if "valid_to" in found and "valid_from" in again.fields and "valid_from" not in document.fields:
        found["valid_from"] = again.fields["valid_from"]  # 自…至… is one line
    if "valid_to" in names and "long_term" in again.fields:
        found["long_term"] = again.fields["long_term"]
    sure = {name: _borne_out(field, pages.get(field.page), read) for name, field in found.items()}
    return replace(document, fields={**document.fields, **sure}) if sure else document


def _borne_out(field: Field, page: Page | None, read: Read) -> Field:
    """The field; a day that no other look at its place gives is doubtful, for a rim makes other figures of its own."""
    day = dates.date_of(field.value) if isinstance(field.value, str) and _DAY.fullmatch(field.value) else None
    if day is None or page is None or page.image is None:
        return field
    looks: tuple[Look, ...] = ("colour", "other")
    seen = read([CropRequest(image=page.image, box=field.box, alphabet="date", look=look) for look in looks])
    if any(day in {found.day for found in dates.dates_in(text)} for text, _ in seen):
        return field
    return replace(field, confidence=min(field.confidence, _UNCONFIRMED), checks=(*field.checks, "!repaired"))


def _more(page: Page, read: Read) -> Page | None:
    """The page with the lines that strips over its seals show and that were not read before; None without one."""
    strips = list(_strips(page))
    if not strips:
        return None
    seen = read([_request(strip.image, strip.box) for strip in strips])
    found = [
        _Seen(strip=strip, text=text, score=score)
        for strip, (text, score) in zip(strips, seen, strict=True)
        if score >= _READABLE and _says_something(text)
    ]
    words = list(page.words)
    taken: list[_Seen] = []
    for each in sorted(found, key=lambda one: one.worth, reverse=True):
        strip = each.strip
        if any(abs(strip.middle - other.strip.middle) < strip.tall for other in taken):
            continue
        row = [word for word in words if overlap(word.box, strip.line) > 0.5]
        # What was read of a row before stays, unless the strip shows all of it and more.
        if any(fold(word.text) not in fold(each.text) for word in row):
            continue
        if row and sum(len(fold(word.text)) for word in row) >= len(fold(each.text)):
            continue
        taken.append(each)
        words = [word for word in words if not any(word is other for other in row)]
        words.append(Word(text=each.text, box=_place(strip, each.text, read), confidence=each.score))
    return None if words == list(page.words) else replace(page, words=tuple(words))


def _strips(page: Page) -> Iterator[_Strip]:
    """Strips over all the rows that a seal covers: as wide as the page's print, and about the seal alone.

    The wide one holds the label of what the seal lies on; of a short line in a long strip letters are lost.
    """
    lines = [word.box for word in page.words if len(word.text) >= 2]
    if page.image is None or page.source != "ocr" or not lines or not page.seals:
        return
    tall = statistics.median(box[3] - box[1] for box in lines)
    left = min(box[0] for box in lines)
    right = min(1.0, max(*(box[2] for box in lines), *(seal.box[2] for seal in page.seals)))
    count = 0
    for seal in page.seals:
        x0, y0, x1, y1 = seal.box
        near = (max(left, x0 - _BESIDE * (x1 - x0)), min(1.0, x1 + _BESIDE * (x1 - x0)))
        down = max(0.0, y0 - tall)
        while down < min(y1, 1.0 - _HIGH * tall) and count < _MOST_STRIPS:
            for begin, end in ((left, right), near):
                yield _Strip(image=page.image, box=(begin, down, end, down + _HIGH * tall), tall=tall)
                count += 1
            down += _STEP * tall


def _request(image: str, box: Box) -> CropRequest:
    return CropRequest(image=image, box=box, alphabet="chinese", look="soft")


def _says_something(text: str) -> bool:
    """Whether a strip shows a day, a part of one, or a value behind its label; what is left of a seal shows none."""
    return bool(_PART_OF_A_DAY.search(text) or dates.dates_in(text) or _LABEL.match(text.strip()))


def _place(strip: _Strip, text: str, read: Read) -> Box:
    """Where in the strip the line stands: what is left of the places at which the same text is read."""
    x0, _, x1, _ = strip.box
    cuts = [x0 + (x1 - x0) * n / _CUTS for n in range(1, _CUTS)]
    tries = [
        *(strip.cut(cut, x1) for cut in cuts),
        *(strip.cut(x0, cut) for cut in cuts),
        *(strip.moved(heights) for heights in _SHIFTS),
    ]
    seen = read([_request(each.image, each.box) for each in tries])
    same = [fold(said) == fold(text) for said, _ in seen]
    begin = max((cut for cut, holds in zip(cuts, same, strict=False) if holds), default=x0)
    end = min((cut for cut, holds in zip(cuts, same[len(cuts) :], strict=False) if holds), default=x1)
    shifts = [0.0, *(shift for shift, holds in zip(_SHIFTS, same[2 * len(cuts) :], strict=True) if holds)]
    return strip.cut(*((begin, end) if begin < end else (x0, x1))).moved(statistics.mean(shifts)).line
