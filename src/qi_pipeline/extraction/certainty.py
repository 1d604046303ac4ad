"""Confidence as a probability (可信度): what the reading alone is worth, times what independent evidence says.

An engine's own score says little: wrong lines score as high as right ones. So a value starts from what readings
of its quality were worth when measured, and check digits, codes, repeated numbers, legal terms, other papers of the
packet and a second reading by another engine move it. Contradicted values fall below any threshold; no value is ever
changed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from qi_pipeline.extraction import evidence, second_readings
from qi_pipeline.extraction.evidence import Remark
from qi_pipeline.extraction.quality import Flaw, flaws, letter_pixels
from qi_pipeline.extraction.second_readings import Looked
from qi_pipeline.extraction.weights import calibrated, group_of
from qi_pipeline.model import Document, Field, FileReading, Json, Page, PageSource
from qi_pipeline.reading.protocol import CropRequest, Look

SecondReading = Callable[[list[CropRequest]], list[tuple[str, float]]]
"""Reads lines of pages again as each request asks for: text and its score for each."""

ASSESSED = frozenset(
    {
        *second_readings.DECISIVE,
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

_ENOUGH = 0.995
"""A value this sure is not read a second time."""
_CONTRADICTED = 0.59
"""A value that a check speaks against is at most this sure, unless as many strong ones speak for it."""
_OTHERWISE = 0.5
"""So sure is a line at most that reads otherwise in the text layer of a page than in its picture."""
_UNCONFIRMED = 0.85
"""A name or number that no second look found, and that nothing else confirms, is at most this sure."""
_NEEDS_PROOF = frozenset({"number", "name", "person", "date"})
_NO_PROOF = frozenset({"form", "format", "year", "order", "seal", "brackets"})
"""What a misread or cut value shows as well: the form of its kind; on a seal the engine errs as it does in print."""
_LETTERED = frozenset({"name", "person", "address"})
_PROOF = frozenset({"second_reading", "repeated", "other_paper", "qr"})
_OWN_PROOF = frozenset({"repeated", "other_paper", "qr", "format"})
_LOOK_ALIKES = re.compile(r"[SOIZBGQ](?=[0-9])|(?<=[0-9])[SOIZBGQ]")
"""Letters beside figures that small print shows as figures (QS311 for Q5311); two engines then read them alike."""
_SMALL = 32.0
"""Pixels in height of a line below which many strokes of a letter run together."""
_UNSURE_BY_ITSELF = frozenset({"mended", "holder_unknown", "other_number", "changed"})
"""A value completed from other places, an authority that may be the holder, a number beside which the paper prints
another one, a value that the paper lists as changed: read well, and yet not proven."""
_PRINTED = frozenset({"text_layer", "office", "form"})
"""Where words come from that no engine read."""
_OWN_CHECKS = frozenset({"from_seal", "pieced", "!repaired"})
"""What extraction itself says of how it came by a value, and what is weighed."""
_AGAINST, _STRONG = -0.7, 3.0


def assess(
    documents: Sequence[Document], readings: Sequence[FileReading], second_reading: SecondReading | None
) -> list[Document]:
    """The documents with confidences that are probabilities, and with the checks that made them.

    ``second_reading`` is asked three times at most, each time for fewer values, those that nothing has made sure yet;
    None: not asked.
    """
    pages = _pages_of(documents, readings)
    found = gather(documents, readings, second_reading)
    return [_weighed(d, seen, said) for d, seen, said in zip(documents, pages, found, strict=True)]


def gather(
    documents: Sequence[Document], readings: Sequence[FileReading], second_reading: SecondReading | None
) -> list[list[Remark]]:
    """What is said of the values of each document: by itself, by the other papers, by second readings."""
    pages = _pages_of(documents, readings)
    found = [list(evidence.remarks(document, seen)) for document, seen in zip(documents, pages, strict=True)]
    for index, remark in evidence.across(documents):
        found[index].append(remark)
    if second_reading is None:
        return found
    doubtful = _doubtful(documents, pages, found, second_readings.LOOKED_AT)
    first = _looked(documents, pages, doubtful, second_reading, "colour")
    unsure = [place for place, look in first.items() if not look.settles]
    second = _looked(documents, pages, unsure, second_reading, "soft")
    for place, look in first.items():
        found[place[0]] += second_readings.own_remarks(place[1], [look, *([second[place]] if place in second else [])])
    doubtful = _doubtful(documents, pages, found, second_readings.DECISIVE)
    for place, look in _looked(documents, pages, doubtful, second_reading, "other").items():
        found[place[0]] += second_readings.other_remarks(place[1], look)
    return found


Place = tuple[int, str]
"""Index of a document, and a field of it."""


def _doubtful(
    documents: Sequence[Document], pages: Sequence[Sequence[Page]], found: Sequence[list[Remark]], names: Sequence[str]
) -> list[Place]:
    """The values of these names that are not sure yet."""
    doubtful: list[Place] = []
    for index, (document, seen, said) in enumerate(zip(documents, pages, found, strict=True)):
        fields = _weighed(document, seen, said).fields
        doubtful += [(index, name) for name in names if name in fields and fields[name].confidence < _ENOUGH]
    return doubtful


def _looked(
    documents: Sequence[Document],
    pages: Sequence[Sequence[Page]],
    places: Sequence[Place],
    second_reading: SecondReading,
    look: Look,
) -> dict[Place, Looked]:
    """What one more look says of the values at these places; those that can't be read again are left out."""
    asked: dict[Place, tuple[CropRequest, ...]] = {}
    for index, name in places:
        field = documents[index].fields[name]
        page = next((page for page in pages[index] if page.number == field.page), None)
        if page is not None and (lines := second_readings.requests(name, field, page, look)):
            asked[index, name] = lines
    if not asked:
        return {}
    answers = iter(second_reading([line for lines in asked.values() for line in lines]))
    return {
        (index, name): second_readings.looked(name, documents[index].fields[name], [next(answers) for _ in lines], look)
        for (index, name), lines in asked.items()
    }


def _pages_of(documents: Sequence[Document], readings: Sequence[FileReading]) -> list[list[Page]]:
    pages = {(reading.file, page.number): page for reading in readings for page in reading.pages}
    return [[page for number in d.pages if (page := pages.get((d.file, number))) is not None] for d in documents]


def _weighed(document: Document, pages: Sequence[Page], said: Sequence[Remark]) -> Document:
    by_number = {page.number: page for page in pages}
    fields: dict[str, Field] = {}
    for name, field in document.fields.items():
        here = [remark for remark in said if remark.field == name]
        fields[name] = _weigh(document, name, field, by_number.get(field.page), here)
    return replace(document, fields=_no_surer_than_their_start(fields))


def _no_surer_than_their_start(fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with an end that was computed (有效期三年) no surer than the day from which it was."""
    end, start = fields.get("valid_to"), fields.get("valid_from") or fields.get("issued_on")
    if end is None or start is None or not end.derived or end.confidence <= start.confidence:
        return fields
    return fields | {"valid_to": replace(end, confidence=start.confidence)}


def _weigh(document: Document, name: str, field: Field, page: Page | None, said: Sequence[Remark]) -> Field:
    if name not in ASSESSED or page is None:
        return field
    if field.value is None and not (name == "valid_to" and "long_term" in document.fields):
        return replace(field, confidence=0.0, doubts=tuple(dict.fromkeys((*field.doubts, "unreadable"))))
    if field.value is None:  # 长期: what is sure is that it is printed
        field = replace(field, confidence=document.fields["long_term"].confidence)
    seen = tuple(flaws(name, field, page))
    # A seal is a picture on a digital page too, and its name is read by the engine.
    source: PageSource = "ocr" if "from_seal" in field.checks else page.source
    if source in _PRINTED:  # what the paper says is read as it says it: a name like it elsewhere is another name
        said = [remark for remark in said if remark.check != "!other_paper"]
    confidence = calibrated().probability(source, cues(field, seen, said), group_of(name))
    if _contradicted(name, said) or _painted_otherwise(field, page) or _breaks_off(name, field):
        confidence = min(confidence, _CONTRADICTED)
    if (
        not _UNSURE_BY_ITSELF.isdisjoint(field.checks)
        or _lost(name, said, seen)
        or _guessed(name, field.value, said, letter_pixels(field, page))
        or (_hides_letters(name, seen) and all(r.check not in _PROOF for r in said))
    ):
        confidence = min(confidence, _UNCONFIRMED)
    checks = tuple(dict.fromkeys([*field.checks, *_source_check(source), *(remark.check for remark in said)]))
    suggestion = field.suggestion or next((remark.suggestion for remark in said if remark.suggestion), None)
    doubts = tuple(dict.fromkeys([*field.doubts, *(flaw.told for flaw in seen)]))
    return replace(field, confidence=round(confidence, 4), checks=checks, suggestion=suggestion, doubts=doubts)


def cues(field: Field, seen: Sequence[Flaw], said: Sequence[Remark]) -> list[str]:
    """The names of everything that is weighed for one value."""
    return [
        *(check for check in field.checks if check in _OWN_CHECKS),
        *(flaw.cue for flaw in seen for _ in range(flaw.times)),
        *(remark.weighed_as for remark in said),
    ]


def _contradicted(name: str, said: Sequence[Remark]) -> bool:
    """Whether more speaks against a value than independent and strong evidence for it."""
    weights, group = calibrated(), group_of(name)
    against = [r for r in said if r.check.startswith("!") and weights.of(r.weighed_as, group) < _AGAINST]
    strong = [r for r in said if weights.of(r.weighed_as, group) >= _STRONG]
    return len(against) > len(strong)


def _painted_otherwise(field: Field, page: Page) -> bool:
    """Whether the value stands where the picture of a digital page says something else than its text layer."""
    if page.source != "text_layer":
        return False
    x0, y0, x1, y1 = field.box
    return any(
        word.confidence <= _OTHERWISE
        and x0 <= (word.box[0] + word.box[2]) / 2 <= x1
        and y0 <= (word.box[1] + word.box[3]) / 2 <= y1
        for word in page.words
    )


def _breaks_off(name: str, field: Field) -> bool:
    """Whether an institution's name ends within its legal form (…代理有限), so that its end was not read."""
    return name == "holder_name" and _CUT_FORM.search(str(field.value)) is not None


_CUT_FORM = re.compile(r"(?:股份|有限|有限责任|有限公|责任公|分公|事务|研究|合作|(?:普通|有限)合)$")


def _lost(name: str, said: Sequence[Remark], seen: Sequence[Flaw]) -> bool:
    """Whether no second look found this name or number where the first one did, and nothing else says it.

    Nor a date in a line that was read badly: the other looks mostly fail at the seal over it, where it was read well.
    """
    weights, group = calibrated(), group_of(name)
    if group == "date" and all(flaw.told != "low_score" for flaw in seen):
        return False
    if group not in _NEEDS_PROOF or all(r.check != second_readings.LOST for r in said):
        return False
    return not any(r.check not in _NO_PROOF and weights.of(r.weighed_as, group) > 0 for r in said)


def _guessed(name: str, value: Json, said: Sequence[Remark], tall: float) -> bool:
    """Whether a letter of this name or address may be a look-alike (翎 and 钥), and nothing independent says it.

    The engine reads a small rare letter as a common one in every look alike; only its doubt of this letter shows it.
    """
    cues = {r.weighed_as for r in said}
    if group_of(name) == "number" and not any(r.check in _OWN_PROOF for r in said):
        return "weak_letter" in cues and tall < _SMALL and _LOOK_ALIKES.search(str(value)) is not None
    if group_of(name) not in _LETTERED or any(r.check in _PROOF for r in said):
        return False
    return "weakest_letter" in cues or ("weak_letter" in cues and tall < _SMALL)


def _hides_letters(name: str, seen: Sequence[Flaw]) -> bool:
    """Whether print may hold other letters than were read, firm as they are: room for one more, or too small to tell.

    At fifteen pixels 凤 and 风 are one shape, on the seal as well.
    """
    small = group_of(name) in ("name", "person") and any(flaw.told == "small_letters" for flaw in seen)
    return small or any(flaw.cue == "wide_print" for flaw in seen)


def _source_check(source: PageSource) -> tuple[str, ...]:
    return ("text_layer",) if source in _PRINTED else ()
