"""CNAS 认可证书 (laboratory, inspection body, certification body …) and its 附件, Chinese or English.

Issued by 中国合格评定国家认可委员会. The holder stands without a label under 兹证明 (English: under the
registration number), with its legal person in brackets below, then the address; no label either. Newer papers
print 生效日期 and 截止日期, older ones 签发日期, 有效期至 and 初次认可. The annex repeats 名称, 地址 and 注册号
with labels, and lists what is accredited row by row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, terms, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import edit_distance, fold, tidy
from qi_pipeline.extraction.identifiers import NUMBER_PATTERNS, compact
from qi_pipeline.extraction.lines import Row
from qi_pipeline.extraction.readers import joined
from qi_pipeline.model import Field, Page

CHINESE_NAME = "中国合格评定国家认可委员会"
ENGLISH_NAME = "China National Accreditation Service for Conformity Assessment"

_TITLE = re.compile(r"认可证书|accreditationcertificate|certificateofaccreditation")
_MARKS = frozenset({"cnas", "ilac-mra", "ilac", "mra", "iaf", "apac"})
_STATEMENT = re.compile(r"予以认可|isaccreditedinaccordance")
_OPENING = re.compile(r"^兹证明|^thisistocertify|^hereby|^wecertify")
_REGISTERED = re.compile(r"注册号|registrationno")
_BODY = re.compile(
    r"^符合|^满足|^具备|^依据|^经审查|^经评审|^按照|^的要求|^isaccredited|^isherebyaccredited|^hasbeen|^ispeaccredited|^accordingto|^complies|^meets|^inaccordance"
    r"|^获认可|^予以认可|^thescope"
)
_LEGAL_PERSON = re.compile(
    r"^\((?:法人|法人单位|所属法人|母体|母体组织|legalentity|legalperson|parent)[^:]{0,6}:(?P<name>.+?)\)?$"
)
_LABELLED_NAME = ("名称", "机构名称", "实验室名称", "组织名称", "Name", "Name of Laboratory", "Laboratory Name")

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("注册号", "认可注册号", "注册编号", "Registration No.", "Registration No", "证书编号"),
        read=labels.number(NUMBER_PATTERNS["cnas"], shape=lambda text: normal_number(text)),
        required=True,
    ),
    FieldSpec(name="holder_name", labels=_LABELLED_NAME, read=labels.name, required=True),
    FieldSpec(
        name="address",
        labels=("地址", "机构地址", "实验室地址", "Address", "Address of Laboratory", "Laboratory Address"),
        read=readers.address,
    ),
    FieldSpec(
        name="issued_on",
        labels=("签发日期", "发证日期", "颁发日期", "Date of Issue", "Issue Date", "Date of Issuance"),
        read=terms.day,
    ),
    FieldSpec(name="issued_on", labels=labels.NOT_ISSUED, read=labels.not_it),
    *terms.term(("截止日期", "有效期至", "有效期", "Expiry Date", "Date of Expiry", "Valid until", "Expiration Date")),
    FieldSpec(
        name="valid_from",
        labels=("生效日期", "Effective Date", "Date of Effectiveness", "Effective from"),
        read=terms.day,
    ),
)


def normal_number(text: str) -> str:
    """The registration number in its normal form.

    >>> normal_number("CNASL8342"), normal_number("ＣＮＡＳ IB0123"), normal_number("CNAS C001-M")
    ('CNAS L8342', 'CNAS IB0123', 'CNAS C001-M')
    """
    return "CNAS " + compact(text).removeprefix("CNAS")


def score(page: Page) -> float:
    """Evidence besides the title: the committee's name, a registration number, the accreditation criteria."""
    text = fold(" ".join(word.text for word in page.words))
    evidence = 0.5 if "领域代码" in text and ("检测标准" in text or "生效日期" in text) else 0.0
    if fold(CHINESE_NAME) in text or fold(ENGLISH_NAME) in text:
        evidence += 0.1
    if any(number in text for number in ("cnas-cl0", "cnas-ci0", "cnas-cc0", "17025", "17020", "17021", "17043")):
        evidence += 0.05
    if re.search(r"(?:注册号|registrationno\.?)[:.]?cnas", text):
        evidence += 0.15
        if re.search(r"予以认可|isaccreditedinaccordance", text):
            evidence += 0.2
    return evidence


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """Number, holder and address from the face, where they have no labels; the committee's name; the annex."""
    fields = dict(fields)
    for page in document.pages:
        title = unlabelled.title_word(page, _TITLE) or unlabelled.title_word(page, _STATEMENT)
        if title is None:
            continue
        face = _without_marks(unlabelled.face(page, title))
        fields |= _face_fields(face, unlabelled.rows(face))
        break
    if "certificate_number" not in fields or fields["certificate_number"].value is None:
        found = _number_of(document.pages)
        if found is not None:
            fields["certificate_number"] = found
    authority = _authority(document.pages, fields)
    if authority is not None:
        fields["issuing_authority"] = authority
    items = scope_items(document)
    return fields | {"scope_items": items} if items is not None else fields


def _without_marks(page: Page) -> Page:
    """The page without the words of its background, which repeats the committee's mark."""
    return replace(page, words=tuple(word for word in page.words if fold(word.text) not in _MARKS))


def _number_of(pages: Sequence[Page]) -> Field | None:
    for page in pages:
        for row in unlabelled.rows(page):
            match = NUMBER_PATTERNS["cnas"].search(compact(row.text))
            if match:
                return unlabelled.field_of([row], normal_number(match.group()), page.number)
    for page in pages:
        for row in unlabelled.rows(page):
            if re.search(r"(?:注册号|registrationno\.?)[:.]?cnas", fold(row.text)):
                return replace(unlabelled.field_of([row], "", page.number), value=None, confidence=0.0)
    return None


def _face_fields(page: Page, rows: Sequence[Row]) -> dict[str, Field]:
    """What stands between the opening (兹证明, or the registration number) and the statement of accreditation."""
    found: dict[str, Field] = {}
    start, opened = None, tuple[Row, ...]()
    for at, row in enumerate(rows):
        text = fold(row.text)
        match = NUMBER_PATTERNS["cnas"].search(compact(row.text))
        if match and "certificate_number" not in found:
            found["certificate_number"] = unlabelled.field_of([row], normal_number(match.group()), page.number)
            start = at + 1
        elif _OPENING.match(text) or (start is None and _REGISTERED.search(text)):
            start, opened = at + 1, _behind_opening(row)
        elif start is not None and _BODY.match(text):
            return found | _named((*opened, *rows[start:at]), page.number)
    return found


def _behind_opening(row: Row) -> tuple[Row, ...]:
    """What stands in one row with 兹证明, as the name does on a page that leans; empty where nothing does."""
    rest = [word for word in row.words if not _OPENING.match(fold(word.text))]
    return (Row(tuple(rest)),) if rest and unlabelled.is_organisation(joined([word.text for word in rest])) else ()


def _named(lines: Sequence[Row], page: int) -> dict[str, Field]:
    """Holder and address from the lines between opening and statement: name, (legal person), address."""
    lines = [line for line in lines if len(fold(line.text)) > 1]
    if not lines:
        return {}
    bracket = next((at for at, line in enumerate(lines) if fold(line.text).startswith("(")), None)
    if bracket == 0:  # the name itself was not found: its legal person need not be it
        return {}
    taken = bracket if bracket else _name_lines(lines)
    name, rest = list(lines[:taken]), list(lines[taken:])
    parent: list[Row] = []
    if bracket:
        parent = [rest.pop(0)]
        while rest and ")" not in fold(parent[-1].text) and not unlabelled.is_address(rest[0].text):
            parent.append(rest.pop(0))
    found = {"holder_name": _holder(name, parent, page)}
    if rest:
        found["address"] = unlabelled.joined_field(rest, page)
    return found


def _name_lines(lines: Sequence[Row]) -> int:
    """How many lines the name takes where no legal person follows it: until it is one, or the address begins."""
    for taken in range(1, len(lines)):
        if lines[taken].text.isascii():
            smaller = lines[taken].height < 0.9 * lines[0].height
            if smaller or re.search(r"\d", lines[taken].text) or unlabelled.is_organisation(lines[taken - 1].text):
                return taken
        elif unlabelled.is_organisation(joined([line.text for line in lines[:taken]])) or unlabelled.is_address(
            lines[taken].text
        ):
            return taken
    return len(lines) if len(lines) == 1 else len(lines) - 1


def _holder(name: Sequence[Row], parent: Sequence[Row], page: int) -> Field:
    """The holder's name; a legal person in brackets belongs to it where it is another than the holder itself."""
    field = unlabelled.joined_field(name, page)
    if not parent:
        return field
    printed = joined([line.text for line in parent])
    match = _LEGAL_PERSON.match(fold(printed))
    # The same name may be misread once in a letter: then it is still the holder itself.
    if match and edit_distance(fold(match["name"]), fold(str(field.value))) <= min(2, len(fold(str(field.value))) // 6):
        return replace(field, checks=(*field.checks, "legal_person_agrees"))
    return unlabelled.field_of([*name, *parent], tidy(f"{field.value}{printed}"), page)


def _authority(pages: Sequence[Page], fields: dict[str, Field]) -> Field | None:
    """The committee's name as printed, in Chinese where the paper has it."""
    holder = fields.get("holder_name")
    english = holder is not None and str(holder.value).isascii()
    names = (ENGLISH_NAME, CHINESE_NAME) if english else (CHINESE_NAME, ENGLISH_NAME)
    for wanted in names:
        for page in pages:
            for row in unlabelled.rows(page):
                if fold(wanted) in fold(row.text):
                    return unlabelled.field_of([row], wanted, page.number)
    return None


EXTRACTOR = Extractor(
    kind="cnas_certificate",
    titles=(
        "实验室认可证书",
        "检测实验室认可证书",
        "校准实验室认可证书",
        "医学实验室认可证书",
        "检验机构认可证书",
        "认证机构认可证书",
        "能力验证提供者认可证书",
        "标准物质生产者认可证书",
        "标准物质/标准样品生产者认可证书",
        "实验室生物安全认可证书",
        "审定与核查机构认可证书",
        "生物样本库认可证书",
        "Laboratory Accreditation Certificate",
        "Inspection Body Accreditation Certificate",
        "Certification Body Accreditation Certificate",
    ),
    annex_titles=(
        "认可证书附件",
        "认可的能力范围",
        "认可能力范围",
        "认可的检测能力范围",
        "认可的校准和测量能力范围",
        "认可的校准能力范围",
        "认可的检验能力范围",
        "认可的授权签字人及领域",
        "Appendix of Accreditation Certificate",
        "Schedule of Accreditation Certificate",
        "Accreditation Certificate Appendix",
        "Accredited Testing Scope",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
)
