"""What the four papers of an institution's legal existence share (主体资格证明): 营业执照 and the 法人证书.

All print the 统一社会信用代码, the name, the person and the address under labels; the issue date often stands alone
over the seal, and the issuing authority only in it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction import loose, readers, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, FieldSpec
from qi_pipeline.extraction.folding import fold_with_origin
from qi_pipeline.extraction.identifiers import is_registration_number, is_uscc, names_division
from qi_pipeline.extraction.lines import cut
from qi_pipeline.model import Box, Field

USCC = FieldSpec(
    name="holder_uscc", labels=("统一社会信用代码", "社会信用代码", "信用代码"), read=readers.uscc, required=True
)
ISSUED = ("发照日期", "发证日期", "核准日期", "颁发日期", "登记日期")
ISSUER = ("登记机关", "登记管理机关", "发证机关", "发照机关", "颁发机关", "核准机关")


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The fields with the issue date that stands alone and the authority that only the seal names.

    An old 15-digit number proves itself by its check digit.
    """
    fields = dict(fields)
    if "issued_on" not in fields and (issued := issue_date(document, fields)) is not None:
        fields["issued_on"] = issued
    if fields.get("issuing_authority") is None or fields["issuing_authority"].value is None:
        holder = fields.get("holder_name")
        seal = loose.authority_from_seal(document.pages, not_name=str(holder.value) if holder is not None else None)
        authority = unlabelled.told_by_both(printed_authority(document), seal)
        if authority is not None:
            fields["issuing_authority"] = authority
    code = fields.get("holder_uscc")
    if (code is None or code.value is None) and (proven := proven_code(document)) is not None:
        fields["holder_uscc"] = proven
    if "certificate_number" not in fields and (old := old_number(document)) is not None:
        fields["certificate_number"] = old
    number = fields.get("registration_number")
    if number is not None and isinstance(number.value, str) and is_registration_number(number.value):
        fields["registration_number"] = replace(number, checks=(*number.checks, "check_digit"))
    return fields


def issue_date(document: DocumentPages, fields: dict[str, Field]) -> Field | None:
    """The lowest date that stands alone in the lower part of a page and belongs to no other field."""
    found = [
        item
        for page in document.pages
        for item in loose.loose_dates(page, within=(0.2, 0.45, 1.0, 1.0))
        if not any(field.page == item.page and _touch(field.box, item.box) for field in fields.values())
    ]
    whole = [item for item in found if item.day is not None]
    return loose.date_field((whole or found)[-1]) if found else None


_OLD_NUMBER = re.compile(
    r"(?:[\u4e00-\u9fff]{0,4}[事民社]证字?第?)[0-9a-z-]{4,20}号|[\u4e00-\u9fff]{1,6}(?:民|社)证字?\[[0-9]{4}\]第?[0-9]{2,10}号"
)


def old_number(document: DocumentPages) -> Field | None:
    """The number of a legal-person certificate from before the USCC (事证第…号, 民证字第…号), which has no label."""
    for page in document.pages:
        for word in page.words:
            folded = fold_with_origin(word.text)
            match = _OLD_NUMBER.search(folded.text)
            if match:
                start, end = folded.raw_span(*match.span())
                piece = cut(word, start, end)
                return Field(
                    value=readers.joined([piece.text]),
                    raw=piece.text,
                    confidence=word.confidence,
                    page=page.number,
                    box=piece.box,
                )
    return None


def proven_code(document: DocumentPages) -> Field | None:
    """The one code printed on the paper that proves itself by its check character, where its label can't be read.

    None where two different codes stand there: one is another institution's.
    """
    found: dict[str, Field] = {}
    for page in document.pages:
        for word in page.words:
            folded = fold_with_origin(word.text)
            for start in code_starts(folded.text):
                code = folded.text[start : start + 18].upper()
                if not names_division(code):
                    continue  # a 证照编号 of 18 figures whose last happens to check
                piece = cut(word, *folded.raw_span(start, start + 18))
                found.setdefault(
                    code,
                    Field(value=code, raw=piece.text, confidence=word.confidence, page=page.number, box=piece.box),
                )
    return next(iter(found.values())) if len(found) == 1 else None


def printed_authority(document: DocumentPages) -> Field | None:
    """An authority that stands in a line of its own in the lower part of a page, above or under the seal."""
    for page in document.pages:
        lines = [
            word
            for word in page.words
            if word.box[1] > 0.5 and loose.names_authority(word.text) and not unlabelled.named_otherwise(page, word)
        ]
        if lines:
            word = max(lines, key=lambda w: w.box[1])
            return Field(
                value=readers.joined([word.text]),
                raw=word.text,
                confidence=word.confidence,
                page=page.number,
                box=word.box,
            )
    return None


def code_starts(folded: str) -> list[int]:
    """Where codes of 18 characters that prove themselves begin in a folded text."""
    return [match.start() for match in _CODE.finditer(folded) if is_uscc(match[1].upper())]


_CODE = re.compile(r"(?=([1-9any][1-59][0-9]{6}[0-9a-z]{10}))")


def _touch(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) - max(a[1], b[1]) > 0.25 * (b[3] - b[1])
