"""What speaks for or against a value, apart from the engine that read it (旁证).

Each function looks at one document, or at all of a packet, and gives :class:`Remark`: the field, the name of
the check, and the name under which :mod:`qi_pipeline.extraction.weights` keeps how much it says. Check digits caught
every single error; two engines of one family err alike, two families do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qi_pipeline.extraction import identifiers
from qi_pipeline.extraction.authorities import spelt_out
from qi_pipeline.extraction.dates import add_months
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.places import places_on
from qi_pipeline.model import Box, Document, Field, Page

LEGAL_YEARS: Mapping[str, tuple[int, ...]] = {
    "cma_certificate": (6, 3),
    "cnas_certificate": (6, 3, 4, 2),
    "certification_body_approval": (6, 4),
    "metrology_authorization": (5, 4, 3),
    "measurement_standard_certificate": (5, 4),
    "special_equipment_licence": (4,),
    "public_institution_certificate": (5,),
    "private_nonenterprise_certificate": (4, 5, 3, 6),
    "social_organization_certificate": (5, 4, 3),
    "hr_service_licence": (3, 5),
    "management_system_certificate": (3,),
    "calibration_certificate": (1, 2),
}
"""Legal terms of certificates in years, the usual one first (DOMAIN 3.1)."""
_NEVER_OPEN = frozenset(
    {
        "cma_certificate",
        "cnas_certificate",
        "certification_body_approval",
        "metrology_authorization",
        "measurement_standard_certificate",
        "special_equipment_licence",
    }
)
"""Kinds whose law gives them an end: 长期 on one is no reason to believe it for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One piece of evidence about one field."""

    field: str
    check: str
    """Name of the check; a leading ``!`` says that it failed."""
    cue: str = ""
    """Its name among the weights, where one check says more in one case than in another; empty: the check's name."""
    suggestion: str | None = None

    @property
    def weighed_as(self) -> str:
        """The name under which its weight is kept."""
        return self.cue or self.check


def text_of(fields: Mapping[str, Field], name: str) -> str | None:
    """The string value of a field; None when it is absent or unreadable."""
    field = fields.get(name)
    return field.value if field is not None and isinstance(field.value, str) else None


def day_of(fields: Mapping[str, Field], name: str) -> date | None:
    """The date value of a field; None when it is absent or unreadable."""
    value = text_of(fields, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def codes(document: Document, pages: Sequence[Page]) -> Iterator[Remark]:
    """Check digits of the USCC and of an old 注册号, and the USCC against the QR codes and other print.

    A wrong check digit speaks against a reading, not against a text layer, which says what the paper says.
    """
    code = text_of(document.fields, "holder_uscc")
    if code is not None:
        valid = identifiers.is_uscc(code)
        source = next((p.source for p in pages if p.number == document.fields["holder_uscc"].page), "ocr")
        against = "!check_digit" if source == "ocr" else "!check_digit_digital"
        yield Remark(
            field="holder_uscc",
            check="check_digit" if valid else "!check_digit",
            cue="check_digit" if valid else against,
        )
        yield from _repeated("holder_uscc", code, document.fields["holder_uscc"], pages)
        scanned = [found for item in document.codes if (found := identifiers.uscc_in(item.text)) is not None]
        if code in scanned:
            yield Remark(field="holder_uscc", check="qr")
        elif scanned and not valid:
            yield Remark(field="holder_uscc", check="!qr", suggestion=scanned[0])
        elif scanned:
            # A valid code that differs from a valid code is a contradiction on the paper, not a misreading.
            yield Remark(field="holder_uscc", check="!qr", cue="!qr_valid")
    old = text_of(document.fields, "registration_number")
    if old is not None and re.fullmatch(r"\d{15}", old):
        valid = identifiers.is_registration_number(old)
        yield Remark(
            field="registration_number",
            check="check_digit" if valid else "!check_digit",
            cue="check_digit_15" if valid else "!check_digit_15",
        )


_LONG_NAME = 6
"""A name of so many characters does not stand elsewhere by chance."""
_NUMBER_SHAPES = {
    "cma_certificate": ("cma", "cma_old"),
    "cnas_certificate": ("cnas",),
    "certification_body_approval": ("cnca",),
    "special_equipment_licence": ("special_equipment",),
    "patent_agency_licence": ("patent",),
}

_HIGH_TECH = re.compile(r"G[RS]20[0-9]{10}")
"""The number of a 高新技术企业证书: the year of issue, the division, a serial number."""


def numbers(document: Document, pages: Sequence[Page]) -> Iterator[Remark]:
    """The certificate number: its shape, the years in it, and the same number elsewhere on the paper."""
    number = text_of(document.fields, "certificate_number")
    if number is None:
        return
    plain = identifiers.compact(number)
    shapes = _NUMBER_SHAPES.get(document.kind)
    if shapes:
        fits = any(identifiers.NUMBER_PATTERNS[shape].fullmatch(plain) for shape in shapes)
        yield Remark(field="certificate_number", check="format" if fits else "!format")
    issued, end = day_of(document.fields, "issued_on"), day_of(document.fields, "valid_to")
    is_cma = document.kind == "cma_certificate" and re.fullmatch(r"\d{12}", plain) is not None
    # After a change the paper shows a later day than the number's year, so only agreement says something.
    if is_cma and issued is not None and int(plain[:2]) == issued.year % 100:
        yield Remark(field="certificate_number", check="year")
        yield Remark(field="issued_on", check="number", cue="number_of_issue")
    if document.kind == "special_equipment_licence" and end is not None and plain[-4:].isdigit():
        agrees = int(plain[-4:]) == end.year
        yield Remark(field="valid_to", check="number" if agrees else "!number")
        yield Remark(field="certificate_number", check="year" if agrees else "!year")
    if _HIGH_TECH.fullmatch(plain) and issued is not None:
        agrees = int(plain[2:6]) == issued.year
        yield Remark(
            field="issued_on", check="number" if agrees else "!number", cue="" if not agrees else "number_of_issue"
        )
    field = document.fields["certificate_number"]
    if len(plain) >= 6:
        yield from _repeated("certificate_number", plain, field, pages)


def _repeated(name: str, plain: str, field: Field, pages: Sequence[Page]) -> Iterator[Remark]:
    elsewhere = [
        identifiers.compact(word.text)
        for page in pages
        for word in page.words
        if page.number != field.page or not _overlap(word.box, field.box)
    ]
    if any(plain in text for text in elsewhere):
        yield Remark(field=name, check="repeated")
        return
    near = re.compile(r"[0-9A-Z][0-9A-Z\-]{4,}[0-9A-Z]")
    others = {piece for text in elsewhere for piece in near.findall(text) if len(piece) == len(plain)}
    if len(plain) >= 8 and any(0 < edit_distance(piece, plain) <= 2 for piece in others):
        yield Remark(field=name, check="!repeated")


def days(document: Document) -> Iterator[Remark]:
    """Dates in order, and the end of validity at the legal term of the certificate."""
    fields = document.fields
    issued, start, end = (day_of(fields, name) for name in ("issued_on", "valid_from", "valid_to"))
    established = day_of(fields, "established_on")
    first = start or issued
    if "long_term" in fields and document.kind in _NEVER_OPEN:
        yield Remark(field="long_term", check="!term", cue="!term_too_long")
        yield Remark(field="valid_to", check="!term", cue="!term_too_long")
    if first is not None and end is not None and not fields["valid_to"].derived:
        begin = "valid_from" if start is not None else "issued_on"
        if end <= first:
            yield Remark(field="valid_to", check="!order")
            yield Remark(field=begin, check="!order", cue="!order_of_start")
        else:
            yield from _terms(document.kind, first, end, begin)
            if start is not None and issued is not None and issued != start and _whole_years(issued, end):
                yield from _terms(document.kind, issued, end, "issued_on")
    if established is not None:
        if start is not None:
            same = established == start
            yield Remark(field="established_on", check="term_start" if same else "!term_start")
            if same:
                yield Remark(field="valid_from", check="established")
        if issued is not None:
            if issued < established:
                yield Remark(field="issued_on", check="!order", cue="!order_of_start")
                yield Remark(field="established_on", check="!order", cue="!order_of_start")
            elif issued == established:
                yield Remark(field="issued_on", check="established")
                yield Remark(field="established_on", check="issued")
    if issued is not None and start is not None and issued == start:
        yield Remark(field="issued_on", check="term_start")
        yield Remark(field="valid_from", check="issued")


def _whole_years(first: date, end: date) -> int | None:
    """The whole years from ``first`` to ``end``, counted to that day or to the day before; None when uneven."""
    for last in (end + timedelta(days=1), end):
        years = last.year - first.year
        if years > 0 and add_months(first, 12 * years) == last:
            return years
    return None


def _near_term(first: date, end: date, legal: Sequence[int]) -> date | None:
    """The legal end of the term that ``end`` misses by one digit or by a few days; None when it misses by more."""
    for years in legal:
        for expected in (add_months(first, 12 * years) - timedelta(days=1), add_months(first, 12 * years)):
            digits = edit_distance(expected.isoformat(), end.isoformat())
            if digits == 1 or abs((expected - end).days) <= 31:
                return expected
    return None


def _terms(kind: str, first: date, end: date, begin: str) -> Iterator[Remark]:
    years = _whole_years(first, end)
    legal = LEGAL_YEARS.get(kind, ())
    if years is not None and add_months(first, 12 * years) == end:
        # Most terms end the day before: of one that ends on the same day, the last figure may be misread.
        yield Remark(field="valid_to", check="order")
        yield Remark(field=begin, check="order")
    elif years is not None and years in legal:
        cue = "term" if years == legal[0] else "term_unusual"
        yield Remark(field="valid_to", check="term", cue=cue)
        yield Remark(field=begin, check="term", cue=cue)
    elif years is not None and (not legal or years < max(legal)):
        # Month and day agree; a misread year would keep that up, so it proves only half of the date.
        yield Remark(field="valid_to", check="whole_years")
        yield Remark(field=begin, check="whole_years")
    elif (nearly := _near_term(first, end, legal)) is not None:
        yield Remark(field="valid_to", check="!term", suggestion=nearly.isoformat())
        yield Remark(field=begin, check="!term", cue="!term_of_start")
    elif legal and end > add_months(first, 12 * max(legal) + 1):
        yield Remark(field="valid_to", check="!term", cue="!term_too_long")
        yield Remark(field=begin, check="!term", cue="!term_of_start")
    else:
        yield Remark(field="valid_to", check="order")


def across(documents: Sequence[Document]) -> Iterator[tuple[int, Remark]]:
    """The same fact on two papers of the packet: index of the document and the remark."""
    for name in ("holder_uscc", "holder_name", "legal_representative"):
        values = [(index, fold(value)) for index, d in enumerate(documents) if (value := text_of(d.fields, name))]
        for index, value in values:
            others = [other for at, other in values if at != index]
            if value in others:
                yield index, Remark(field=name, check="other_paper")
            elif any(_close(value, other) for other in others):
                yield index, Remark(field=name, check="!other_paper")
    numbers_by_kind: dict[str, list[tuple[int, str]]] = {}
    for index, document in enumerate(documents):
        if number := text_of(document.fields, "certificate_number"):
            numbers_by_kind.setdefault(document.kind, []).append((index, identifiers.compact(number)))
    for entries in numbers_by_kind.values():
        for index, number in entries:
            if any(at != index and other == number for at, other in entries):
                yield index, Remark(field="certificate_number", check="other_paper")


def _close(a: str, b: str) -> bool:
    """Whether two values look like one, misread: long enough and a letter or two apart."""
    return min(len(a), len(b)) >= 6 and 0 < edit_distance(a, b) <= (1 if min(len(a), len(b)) < 10 else 2)


_ORGANISATION_END = re.compile(
    r"(?:公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|商会|事务所|站|所|院|局|厂|社|店|部|行|室|会|集团|企业|[)]|ltd\.?|inc\.?|limited|institute)$"
)

_ADDRESS_END = re.compile(r"[室号层楼幢座栋院区园内村组厂店铺房屋处社库场馆段)a-z0-9]$")
"""What the last line of an address ends in; another end is mostly a lost line, or print that does not belong to it."""
_TYPE_BEHIND = re.compile(
    r"(?:公司|中心|厂|所|店|部)[^()]{0,8}\((?:自然人|法人|国有|非自然人|台港澳|外商|中外|未上市|上市|非上市)[^()]*\)$"
    r"|公司(?:有限责任公司|股份有限公司)$"
)
"""A name with the type of the next line behind it (…有限公司有限责任公司(自然人独资))."""


def plausible(document: Document) -> Iterator[Remark]:
    """Whether names look like names: an institution ends as institutions do, a person has two to four characters."""
    name = text_of(document.fields, "holder_name")
    if name is not None:
        plain = fold(name)
        fits = bool(_ORGANISATION_END.search(plain)) and len(plain) >= 4 and not _TYPE_BEHIND.search(plain)
        fits = fits and not plain.startswith(("(", "["))
        yield Remark(field="holder_name", check="form" if fits else "!form")
    for field in ("holder_name", "certificate_number", "legal_representative", "address"):
        value = text_of(document.fields, field)
        if value is not None and _torn(fold(value)):
            yield Remark(field=field, check="!brackets")
    scope = fold(text_of(document.fields, "scope_text") or "")
    if scope.rfind("(") > scope.rfind(")"):  # it breaks off within a bracket: lines of it may be missing
        yield Remark(field="scope_text", check="!brackets")
    address = text_of(document.fields, "address")
    if address is not None:
        fits = bool(_ADDRESS_END.search(fold(address)))
        yield Remark(field="address", check="form" if fits else "!form")
    person = text_of(document.fields, "legal_representative")
    if person is not None:
        plain = re.sub(r"\(.*\)", "", fold(person))
        fits = bool(re.fullmatch(r"[\u4e00-\u9fff·]{2,4}|[a-z .,·-]{4,40}", plain)) or len(plain) > 5
        yield Remark(field="legal_representative", check="form" if fits else "!form")


def _torn(text: str) -> bool:
    """Whether brackets are empty or without their partner: something within or beside them was not read."""
    return text.count("(") != text.count(")") or text.count("[") != text.count("]") or "()" in text or "[]" in text


def names(document: Document, pages: Sequence[Page]) -> Iterator[Remark]:
    """The holder's and the issuer's name against the names on seals, the holder's against other print."""
    on_seals = {fold(seal.text) for seal in document.seals if seal.text}
    for name in ("holder_name", "issuing_authority"):
        value = text_of(document.fields, name)
        if value is not None and fold(value) in on_seals and "from_seal" not in document.fields[name].checks:
            yield Remark(field=name, check="seal")
    issuer = document.fields.get("issuing_authority")
    read = issuer is not None and isinstance(issuer.value, str) and "mended" not in issuer.checks
    if issuer is not None and read and fold(str(issuer.value)) in spelt_out(places_on(document.fields)):
        yield Remark(field="issuing_authority", check="known_authority")
    holder = text_of(document.fields, "holder_name")
    if holder is None or len(fold(holder)) < _LONG_NAME:
        return
    field = document.fields["holder_name"]
    elsewhere = (
        fold(word.text)
        for page in pages
        for word in page.words
        if page.number != field.page or not _overlap(word.box, field.box)
    )
    if any(fold(holder) in text for text in elsewhere):
        yield Remark(field="holder_name", check="repeated", cue="repeated_name")


def remarks(document: Document, pages: Sequence[Page]) -> Iterable[Remark]:
    """Everything that one paper says about its own fields."""
    return [
        *codes(document, pages),
        *numbers(document, pages),
        *days(document),
        *names(document, pages),
        *plausible(document),
    ]


def _overlap(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])
