"""A reviewer's ``kind.field=value`` as a value of the contract's vocabulary, or why it is none (更正的校验).

A value that can't be right is refused; one that is odd, such as a code with a wrong check character, is refused too
unless the reviewer says that the paper prints it so. What only looks odd is a remark.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from qi_pipeline.admission.form import REQUESTS
from qi_pipeline.admission.letter import CATEGORIES as INFORMATION_CATEGORIES
from qi_pipeline.admission.letter import PROMISES
from qi_pipeline.errors import UsageError
from qi_pipeline.extraction.identifiers import (
    NUMBER_PATTERNS,
    USCC_ALPHABET,
    compact,
    is_registration_number,
    is_uscc,
    uscc_repairs,
)
from qi_pipeline.kinds import CATEGORIES, KINDS
from qi_pipeline.model import Document, Json

TEXTS = (
    "holder_name",
    "address",
    "legal_representative",
    "certificate_number",
    "issuing_authority",
    "scope_text",
    "entity_type",
    "registered_capital",
    "registration_number",
    "instrument_name",
    "instrument_model",
    "instrument_serial",
    "reference",
    "submitted_at",
)
DATES = ("issued_on", "valid_from", "valid_to", "established_on", "calibrated_on", "signed_on")
FLAGS = ("long_term", "signature_present")
LISTS = ("scope_items", "services", "customer_service", "equipment")
CHOICES: Mapping[str, tuple[str, ...]] = {"request": REQUESTS, "category": tuple(CATEGORIES)}
FIELDS = (
    "holder_uscc",
    *TEXTS,
    *DATES,
    *FLAGS,
    *LISTS,
    *CHOICES,
    "information_categories",
    "promises",
    "seal",
)
"""Every field that a person may correct: the contract's vocabulary, and ``seal``, the institution's own."""

_FORM_ONLY = frozenset({"reference", "submitted_at", "services", "customer_service", "equipment", *CHOICES})
_LETTER_ONLY = frozenset({"signature_present", "promises", "information_categories", "signed_on"})
_TRUE = frozenset({"true", "yes", "1", "是", "有"})
_FALSE = frozenset({"false", "no", "0", "否", "无"})
_NONE = frozenset({"", "null", "none", "无"})
_ENDLESS = frozenset({"长期", "永久", "长期有效", "long_term", "long-term"})
_LONGEST = 60_000
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_YEARS = range(1949, 2200)
_ROW_TEXTS = ("category", "item", "standard", "limitation")
_ROW_KEYS = frozenset({*_ROW_TEXTS, "page"})
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "cma_certificate": ("cma", "cma_old"),
    "cnas_certificate": ("cnas",),
    "certification_body_approval": ("cnca",),
    "special_equipment_licence": ("special_equipment",),
    "patent_agency_licence": ("patent",),
}
Remark = dict[str, str]
"""What looks odd in a value that is taken all the same, by language."""
_ORDER = (("valid_from", "valid_to"), ("issued_on", "valid_to"), ("established_on", "issued_on"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One assignment of the command line."""

    kind: str | None
    field: str
    """A field of :data:`FIELDS`, or one part of it (``promises.3``)."""
    text: str


def wanted(assignment: str) -> Wanted:
    """The assignment ``[kind.]field=value``; raises :class:`UsageError` with what would be one.

    >>> wanted("cma_certificate.valid_to=2029-05-01")
    Wanted(kind='cma_certificate', field='valid_to', text='2029-05-01')
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise UsageError(f"{assignment!r}: a correction is FIELD=VALUE, such as cma_certificate.valid_to=2029-05-01")
    steps = path.strip().split(".")
    kind = steps.pop(0) if len(steps) > 1 and steps[0] not in FIELDS else None
    if kind is not None and kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of document; known are {', '.join(KINDS)}")
    name = steps[0]
    if name not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        raise UsageError(f"{name!r} is no field; known are {known} (a wrong kind: `qi-pipeline correct --kind`)")
    if not _has_part(name, steps[1:]):
        raise UsageError(
            f"{path!r} names no value; parts are promises.1 to promises.9, and cells such as scope_items.3.standard"
        )
    text = text.strip()
    if name == "valid_to" and text.casefold() in _ENDLESS:
        return Wanted(kind=kind, field="long_term", text="true")
    return Wanted(kind=kind, field=".".join(steps), text=text)


def _has_part(name: str, parts: list[str]) -> bool:
    if name == "promises" and len(parts) == 1:
        return parts[0] in PROMISES
    if name == "scope_items" and len(parts) == 2:
        return re.fullmatch(r"[1-9][0-9]{0,5}", parts[0]) is not None and parts[1] in _ROW_TEXTS
    return not parts


def fits(kind: str, field: str) -> bool:
    """Whether a paper of the kind may print the field."""
    name = field.partition(".")[0]
    if name in _LETTER_ONLY:
        return kind == "commitment_letter"
    return name not in _FORM_ONLY or kind == "application_form"


def value_of(asked: Wanted, document: Document, *, as_printed: bool) -> tuple[Json, list[Remark]]:
    """The value that the text stands for on this document, and remarks on it; raises :class:`UsageError` for none.

    ``document`` is as corrected so far.

    ``as_printed``: the reviewer vouches that the paper prints a number whose check character is wrong.
    """
    name, _, part = asked.field.partition(".")
    text = unicodedata.normalize("NFKC", asked.text).strip() if name not in TEXTS else asked.text
    where = f"{document.kind}.{asked.field}"
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text) or "\0" in text:
        raise UsageError(f"{where}: the value holds control characters; type it anew")
    if len(text) > _LONGEST:
        raise UsageError(f"{where}: the value is longer than {_LONGEST} characters")
    if name == "seal":
        return _seal(text, document, where), []
    if name == "promises":
        return _promises(text, part, where), []
    if name in FLAGS:
        return _flag(text, where), []
    if name == "scope_items" and part:
        return _cell(text, part, document, where), []
    if name == "scope_items" and text.casefold() in _TRUE:
        return _rows_as_read(document, where), []
    if text.casefold() in _NONE:
        return None, []
    if name in DATES:
        return _day(name, text, document, where)
    if name == "holder_uscc":
        return _code(text, where, as_printed=as_printed)
    if name in CHOICES:
        if text not in CHOICES[name]:
            raise UsageError(f"{where}: {text!r} is not one of {', '.join(CHOICES[name])}")
        return text, []
    if name == "information_categories":
        if not text.isascii() or not text.isdigit() or int(text) > INFORMATION_CATEGORIES:
            raise UsageError(f"{where}: {text!r} is no number from 0 to {INFORMATION_CATEGORIES}")
        return int(text), []
    if name in LISTS:
        return _rows(name, text, document, where), []
    return _text(name, text, document, where, as_printed=as_printed)


def _text(name: str, text: str, document: Document, where: str, *, as_printed: bool) -> tuple[str, list[Remark]]:
    # Spaces between Chinese characters are the printer's, not the name's (contract, section 4).
    text = re.sub(r"(?<=[^\x00-\xff])[ \u3000]+(?=[^\x00-\xff])", "", " ".join(text.split()))
    if name == "registration_number" and not is_registration_number(text) and not as_printed:
        raise UsageError(
            f"{where}: {text!r} is no 15-digit 注册号 with a right check digit; look again, or give --as-printed"
        )
    patterns = _NUMBERS.get(document.kind, ()) if name == "certificate_number" else ()
    if patterns and not any(NUMBER_PATTERNS[pattern].fullmatch(compact(text)) for pattern in patterns):
        return text, [
            {
                "zh": f"{where}：{text}不像此类材料的编号，已照录",
                "en": f"{where}: {text} does not look like the number of such a paper; it is taken as you gave it",
            }
        ]
    return text, []


def _day(name: str, text: str, document: Document, where: str) -> tuple[str, list[Remark]]:
    found = _DAY.fullmatch(text)
    try:
        day = date(*(int(each) for each in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        hint = f"; a paper without an end is {document.kind}.long_term=true" if name == "valid_to" else ""
        raise UsageError(f"{where}: {text!r} is no day of the calendar; give YYYY-MM-DD{hint}")
    remarks: list[Remark] = []
    for first, last in _ORDER:
        other = document.fields.get(last if name == first else first) if name in (first, last) else None
        if other is None or not isinstance(other.value, str):
            continue
        early, late = (day.isoformat(), other.value) if name == first else (other.value, day.isoformat())
        if early > late:
            zh = f"{where}：{first}（{early}）晚于{last}（{late}），请核对后者是否正确"
            en = f"{where}: {first} {early} would lie after {last} {late}; look whether that one is right"
            remarks.append({"zh": zh, "en": en})
    return day.isoformat(), remarks


def _code(text: str, where: str, *, as_printed: bool) -> tuple[str, list[Remark]]:
    code = re.sub(r"[\s-]", "", text).upper()
    strange = sorted(set(code) - set(USCC_ALPHABET))
    if len(code) != 18 or strange:
        fault = f"it has {len(code)} characters" if len(code) != 18 else f"{', '.join(strange)} never stands in one"
        raise UsageError(f"{where}: {code!r} is no 统一社会信用代码: {fault}; it has 18 of {USCC_ALPHABET}")
    if is_uscc(code):
        return code, []
    near = uscc_repairs(code)
    hint = f" (perhaps {near[0]})" if near else ""
    if not as_printed:
        raise UsageError(f"{where}: the check character of {code} is wrong{hint}; look again, or give --as-printed")
    return code, [
        {
            "zh": f"{where}：{code}的校验码不符，已按材料所印照录",
            "en": f"{where}: the check character of {code} is wrong; it is taken as printed",
        }
    ]


def _flag(text: str, where: str) -> bool:
    if text.casefold() in _TRUE:
        return True
    if text.casefold() in _FALSE:
        return False
    raise UsageError(f"{where}: {text!r} is neither true nor false")


def _promises(text: str, part: str, where: str) -> Json:
    if part:
        return _flag(text, where)
    if text.startswith("{"):
        said = _json(text, where)
        if (
            not isinstance(said, dict)
            or set(said) != set(PROMISES)
            or not all(isinstance(v, bool) for v in said.values())
        ):
            raise UsageError(f'{where}: give all nine, {{"1": true, …, "9": true}}, or one as promises.3=true')
        return dict(sorted(said.items()))
    whole = _flag(text, where)
    if not whole:
        raise UsageError(f"{where}: say which is missing or changed, such as promises.3=false")
    return dict.fromkeys(PROMISES, True)


def _seal(text: str, document: Document, where: str) -> Json:
    """The name on the seal; None when the paper bears no seal of the institution."""
    if text.casefold() in _NONE | _FALSE:
        return None
    if text.casefold() not in _TRUE:
        return text
    holder = document.fields.get("holder_name")
    if holder is None or not isinstance(holder.value, str):
        raise UsageError(f"{where}: this paper names no holder; give the name that the seal bears")
    return holder.value


def _rows(name: str, text: str, document: Document, where: str) -> Json:
    rows = _json(text, where)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{where}: a JSON list of objects is needed, one a row")
    if name != "scope_items":
        return rows
    made: list[Json] = []
    for number, row in enumerate(rows, 1):
        assert isinstance(row, dict)
        unknown = sorted(set(row) - _ROW_KEYS)
        if unknown or not all(isinstance(v, str | None) for k, v in row.items() if k != "page"):
            raise UsageError(f"{where}: row {number} has {', '.join(unknown) or 'a value'} that is no text of a row")
        page = row.get("page", document.pages[0])
        if page not in document.pages:
            raise UsageError(f"{where}: row {number} is on page {page}, which this document does not have")
        made.append({key: row.get(key) for key in _ROW_TEXTS} | {"page": page})
    return made


def _rows_as_read(document: Document, where: str) -> Json:
    """The rows as they were read, now vouched for by a person."""
    rows = document.fields.get("scope_items")
    if rows is None or not isinstance(rows.value, list) or not rows.value:
        raise UsageError(f"{where}: no row was read that could be confirmed; give the rows as JSON, or @FILE")
    return rows.value


def _cell(text: str, part: str, document: Document, where: str) -> Json:
    rows = document.fields.get("scope_items")
    count = len(rows.value) if rows is not None and isinstance(rows.value, list) else 0
    if int(part.partition(".")[0]) > count:
        raise UsageError(f"{where}: the annex has {count} rows; give all of them as JSON, or @FILE, to add one")
    return " ".join(text.split()) or None


def _json(text: str, where: str) -> Json:
    try:
        said: Json = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where}: it is no JSON ({error})") from error
    return said
