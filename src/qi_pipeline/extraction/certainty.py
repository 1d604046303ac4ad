"""Confidence as a probability (可信度): what the reading alone is worth, times what independent evidence says.

An engine's own score says little: wrong lines score as high as right ones. So a value starts from what readings
of its quality were worth when measured, and check digits, codes, repeated numbers, legal terms, other papers of the
packet and a second reading by another engine move it. Contradicted values fall below any threshold; no value is ever
changed here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qi_pipeline.extraction import dates, evidence, identifiers
from qi_pipeline.extraction.evidence import Remark
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.model import Box, Document, Field, FileReading, Page
from qi_pipeline.reading.protocol import CropRequest

SecondReading = Callable[[list[CropRequest]], list[tuple[str, float]]]
"""Reads crops with the engine that did not read the pages: text and its score for each request."""

DECISIVE = (
    "holder_name",
    "holder_uscc",
    "certificate_number",
    "valid_to",
    "issued_on",
    "valid_from",
    "calibrated_on",
    "signed_on",
    "legal_representative",
    "instrument_serial",
)
"""Fields that admit or refuse, and so are worth a second reading."""

ASSESSED = frozenset(
    {
        *DECISIVE,
        "address",
        "issuing_authority",
        "long_term",
        "scope_text",
        "entity_type",
        "registered_capital",
        "established_on",
        "registration_number",
        "instrument_name",
        "instrument_model",
    }
)
"""Fields whose confidence is made here; what kinds of their own make (promises, rows of a scope) stays as it is."""

_ENOUGH = 0.97
"""A value this sure is not read a second time."""
_MOST = 0.999
_SMALL = 15
"""Letters of fewer pixels in height are read worse."""
_TOLD = 0.03
"""A flaw that costs so much is told to the reviewer."""


def assess(
    documents: Sequence[Document], readings: Sequence[FileReading], second_reading: SecondReading | None
) -> list[Document]:
    """The documents with confidences that are probabilities, and with the checks that made them.

    ``second_reading`` is asked once, for the decisive values that nothing else has made sure; None: not asked.
    """
    pages = {(reading.file, page.number): page for reading in readings for page in reading.pages}
    own = [[page for number in d.pages if (page := pages.get((d.file, number))) is not None] for d in documents]
    found = [list(evidence.remarks(document, seen)) for document, seen in zip(documents, own, strict=True)]
    for index, remark in evidence.across(documents):
        found[index].append(remark)
    assessed = [_weighed(d, seen, said) for d, seen, said in zip(documents, own, found, strict=True)]
    if second_reading is None:
        return assessed
    asked: list[tuple[int, str]] = []
    requests: list[CropRequest] = []
    for index, document in enumerate(assessed):
        for name in DECISIVE:
            field = document.fields.get(name)
            page = pages.get((document.file, field.page)) if field is not None else None
            request = _request(name, field, page) if field is not None and page is not None else None
            if request is not None:
                asked.append((index, name))
                requests.append(request)
    if not requests:
        return assessed
    for (index, name), (text, score) in zip(asked, second_reading(requests), strict=True):
        said = _second_remark(name, documents[index].fields[name], text, score)
        if said is not None:
            found[index].append(said)
    return [_weighed(d, seen, said) for d, seen, said in zip(documents, own, found, strict=True)]


def _weighed(document: Document, pages: Sequence[Page], said: Sequence[Remark]) -> Document:
    by_number = {page.number: page for page in pages}
    fields: dict[str, Field] = {}
    for name, field in document.fields.items():
        here = [remark for remark in said if remark.field == name]
        fields[name] = _weigh(document, name, field, by_number.get(field.page), here)
    return replace(document, fields=fields)


def _weigh(document: Document, name: str, field: Field, page: Page | None, said: Sequence[Remark]) -> Field:
    if name not in ASSESSED or page is None:
        return field
    if field.value is None and not (name == "valid_to" and "long_term" in document.fields):
        return replace(field, confidence=0.0, doubts=(*field.doubts, "unreadable"))
    if field.value is None:  # 长期: what is sure is that it is printed
        field = replace(field, confidence=document.fields["long_term"].confidence)
    probability = prior(name, field, page)
    odds = probability / (1 - probability)
    for remark in said:
        odds *= remark.ratio
    confidence = min(odds / (1 + odds), _MOST)
    if any(remark.check.startswith("!") and remark.ratio < 0.5 for remark in said) and not _outweighed(said):
        confidence = min(confidence, 0.59)
    checks = tuple(dict.fromkeys([*field.checks, *_source_check(page), *(remark.check for remark in said)]))
    suggestion = field.suggestion or next((remark.suggestion for remark in said if remark.suggestion), None)
    against = tuple(flaw for flaw, loss in flaws(name, field, page) if loss >= _TOLD)
    return replace(
        field, confidence=round(confidence, 4), checks=checks, suggestion=suggestion, doubts=(*field.doubts, *against)
    )


def _outweighed(said: Sequence[Remark]) -> bool:
    """Whether what speaks for a value is independent and strong enough to stand against what speaks against it."""
    strong = [remark for remark in said if remark.ratio >= 20]
    against = [remark for remark in said if remark.check.startswith("!") and remark.ratio < 0.5]
    return len(strong) >= len(against)


def _source_check(page: Page) -> tuple[str, ...]:
    return ("text_layer",) if page.source in ("text_layer", "office", "form") else ()


def prior(name: str, field: Field, page: Page) -> float:
    """What a reading of this quality is worth on its own, before any evidence.

    A text layer is near certain. Of readings of images, those of colour scans with letters of good size were right in
    more than 94 of 100 cases, grey copies in a little fewer, one-bit copies in 65 (measured).
    """
    if page.source in ("text_layer", "office", "form"):
        return 0.99
    if page.source == "none":
        return 0.5
    return min(max(0.94 - sum(loss for _flaw, loss in flaws(name, field, page)), 0.05), 0.99)


def flaws(name: str, field: Field, page: Page) -> tuple[tuple[str, float], ...]:
    """What about the picture makes this reading worse than one of a clean colour scan, and by how much."""
    if page.source != "ocr":
        return ()
    found: list[tuple[str, float]] = []
    if page.appearance != "colour":
        found.append(("bitonal", 0.34) if page.appearance == "bitonal" else ("grey", 0.03))
    letter = _letter_pixels(field, page)
    if letter < _SMALL:
        found.append(("small_letters", 0.04 if letter >= 11 else 0.12))
    score = field.confidence
    if score < 0.95:
        found.append(("low_score", 0.04 if score >= 0.9 else 0.15 if score >= 0.8 else 0.35))
    if any(_share(field.box, seal.box) > 0.25 for seal in page.seals):
        found.append(("under_seal", 0.06 if page.appearance == "colour" else 0.25))
    if name in ("scope_text", "address"):  # the longer, the likelier one wrong letter
        found.append(("long_text", 0.02 * min(len(field.raw) / 60, 4)))
    return tuple(found)


def _letter_pixels(field: Field, page: Page) -> float:
    """The height in pixels of the lowest word that the field lies on."""
    heights = [(word.box[3] - word.box[1]) * page.height for word in page.words if _share(word.box, field.box) > 0.3]
    return min(heights, default=(field.box[3] - field.box[1]) * page.height)


def _share(inner: Box, outer: Box) -> float:
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    return max(wide, 0.0) * max(high, 0.0) / area if area > 0 else 0.0


_DATES = frozenset({"valid_to", "issued_on", "valid_from", "calibrated_on", "signed_on"})
_NUMBERS = frozenset({"holder_uscc", "certificate_number", "instrument_serial"})


def _request(name: str, field: Field, page: Page) -> CropRequest | None:
    """The crop to read again; None where nothing can be gained."""
    if not isinstance(field.value, str) or field.confidence >= _ENOUGH or page.image is None or page.source != "ocr":
        return None
    if field.derived or "from_seal" in field.checks:
        return None
    x0, y0, x1, y1 = field.box
    heights = sorted(word.box[3] - word.box[1] for word in page.words if _share(word.box, field.box) > 0.3)
    if not heights or y1 - y0 > 1.7 * heights[-1]:  # several lines: a crop holds one
        return None
    high = y1 - y0
    side = 0.5 * high * page.height / page.width
    box = (max(x0 - side, 0.0), max(y0 - 0.12 * high, 0.0), min(x1 + side, 1.0), min(y1 + 0.12 * high, 1.0))
    if name in _DATES:
        return CropRequest(image=page.image, box=box, alphabet="date")
    plain = name in _NUMBERS and identifiers.compact(field.value).isascii()
    return CropRequest(image=page.image, box=box, alphabet="code" if plain else "chinese")


def _second_remark(name: str, field: Field, text: str, score: float) -> Remark | None:
    """What a second reading says of a value: agreement, contradiction, or nothing when it is no reading at all."""
    if not isinstance(field.value, str) or not text.strip():
        return None
    agrees = Remark(field=name, check="second_reading", ratio=35)
    if name in _DATES:
        found = {d.day.isoformat() for d in dates.dates_in(text) if d.day is not None and d.coarse == "day"}
        if field.value in found:
            return agrees
        return Remark(field=name, check="!second_reading", ratio=0.12) if found and score >= 0.6 else None
    first, second = identifiers.compact(field.value).lower(), identifiers.compact(text).lower()
    if fold(first) in fold(second):
        return agrees
    distance = edit_distance(fold(first), fold(second))
    if name in _NUMBERS and len(first) == len(second) and distance <= 2 and score >= 0.6:
        return Remark(field=name, check="!second_reading", ratio=0.25)
    if name not in _NUMBERS and distance <= max(1, len(first) // 5) and score >= 0.6:
        # A Chinese line that differs in a letter: the second engine is the weaker one, so this says little.
        return Remark(field=name, check="near_second_reading", ratio=0.9)
    return None
