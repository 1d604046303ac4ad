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
from qi_pipeline.extraction.quality import Flaw, flaws, share
from qi_pipeline.extraction.weights import calibrated, group_of
from qi_pipeline.model import Document, Field, FileReading, Page
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
_CONTRADICTED = 0.59
"""A value that a check speaks against is at most this sure, unless as many strong ones speak for it."""
_AGAINST, _STRONG = -0.7, 3.0


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
        return replace(field, confidence=0.0, doubts=tuple(dict.fromkeys((*field.doubts, "unreadable"))))
    if field.value is None:  # 长期: what is sure is that it is printed
        field = replace(field, confidence=document.fields["long_term"].confidence)
    seen = tuple(flaws(name, field, page))
    confidence = calibrated().probability(page.source, cues(seen, said), group_of(name))
    if _contradicted(name, said):
        confidence = min(confidence, _CONTRADICTED)
    checks = tuple(dict.fromkeys([*field.checks, *_source_check(page), *(remark.check for remark in said)]))
    suggestion = field.suggestion or next((remark.suggestion for remark in said if remark.suggestion), None)
    doubts = tuple(dict.fromkeys([*field.doubts, *(flaw.told for flaw in seen)]))
    return replace(field, confidence=round(confidence, 4), checks=checks, suggestion=suggestion, doubts=doubts)


def cues(seen: Sequence[Flaw], said: Sequence[Remark]) -> list[str]:
    """The names of everything that is weighed for one value."""
    return [*(flaw.cue for flaw in seen for _ in range(flaw.times)), *(remark.weighed_as for remark in said)]


def _contradicted(name: str, said: Sequence[Remark]) -> bool:
    """Whether more speaks against a value than independent and strong evidence for it."""
    weights, group = calibrated(), group_of(name)
    against = [r for r in said if r.check.startswith("!") and weights.of(r.weighed_as, group) < _AGAINST]
    strong = [r for r in said if weights.of(r.weighed_as, group) >= _STRONG]
    return len(against) > len(strong)


def _source_check(page: Page) -> tuple[str, ...]:
    return ("text_layer",) if page.source in ("text_layer", "office", "form") else ()


_DATES = frozenset({"valid_to", "issued_on", "valid_from", "calibrated_on", "signed_on"})
_NUMBERS = frozenset({"holder_uscc", "certificate_number", "instrument_serial"})


def _request(name: str, field: Field, page: Page) -> CropRequest | None:
    """The crop to read again; None where nothing can be gained."""
    if not isinstance(field.value, str) or field.confidence >= _ENOUGH or page.image is None or page.source != "ocr":
        return None
    if field.derived or "from_seal" in field.checks:
        return None
    x0, y0, x1, y1 = field.box
    heights = sorted(word.box[3] - word.box[1] for word in page.words if share(word.box, field.box) > 0.3)
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
    agrees = Remark(field=name, check="second_reading")
    if name in _DATES:
        found = {d.day.isoformat() for d in dates.dates_in(text) if d.day is not None and d.coarse == "day"}
        if field.value in found:
            return agrees
        return Remark(field=name, check="!second_reading") if found and score >= 0.6 else None
    first, second = identifiers.compact(field.value).lower(), identifiers.compact(text).lower()
    if fold(first) in fold(second):
        return agrees
    distance = edit_distance(fold(first), fold(second))
    if name in _NUMBERS and len(first) == len(second) and distance <= 2 and score >= 0.6:
        return Remark(field=name, check="!second_reading")
    if name not in _NUMBERS and distance <= max(1, len(first) // 5) and score >= 0.6:
        # A Chinese line that differs in a letter: the second engine is the weaker one, so this says little.
        return Remark(field=name, check="near_second_reading")
    return None
