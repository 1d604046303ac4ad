"""检验检测机构资质认定证书 (CMA) and its 附表: the licence of test bodies whose data have evidential effect.

Issued by the national or a provincial market regulator under 检验检测机构资质认定管理办法, for six years. The
12-digit number is printed twice, as 证书编号 and under the mark. The annex (附表) lists sites, signatories and
capabilities; only the capability tables are scope. Before 2015 the paper was called 计量认证证书 or
资质认定计量认证证书.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.identifiers import NUMBER_PATTERNS, compact
from qi_pipeline.extraction.lines import Row
from qi_pipeline.model import Field, Page, Word

_MISREAD = 2
"""So many figures of a number may be misread."""
_CLEAR = 0.95
"""Two numbers that are each read with so much confidence are printed differently, by one figure even."""
_NUMBER = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])|(?:19|20)[0-9]{8}[A-Z]|量认\([^()]{1,4}\)字\([^()]{1,8}\)号")

FIELDS = (
    FieldSpec(
        name="certificate_number", labels=("证书编号", "编号", "证书号"), read=labels.number(_NUMBER), required=True
    ),
    FieldSpec(
        name="holder_name",
        labels=("名称", "机构名称", "检验检测机构名称", "检测机构名称", "实验室名称", "单位名称"),
        read=labels.name,
        required=True,
    ),
    FieldSpec(
        name="address",
        labels=(
            "地址",
            "机构地址",
            "检验检测地址",
            "场所地址",
            "检验检测场所地址",
            "检测地址",
            "实验室地址",
            "检验检测机构地址",
            *labels.ADDRESS,
        ),
        read=labels.address,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority, required=True),
)


def score(page: Page) -> float:
    """Evidence besides the title: the mark, the statement of approval, the number twice; an annex page's table head."""
    text = fold(" ".join(word.text for word in page.words))
    heads = sum(head in text for head in ("产品/项目/参数", "限制范围", "依据的标准", "标准(方法)名称及编号"))
    if heads >= 2 and "领域代码" not in text:
        return 0.55
    if re.search(r"批准的?授权签字人|授权签字领域", text) and "cnas" not in text:
        return 0.45
    numbers = _numbers(page)
    if numbers and "许可使用标志" in text and re.search(r"法律责任由|具有证明作用|特发此证", text):
        return 0.45
    phrases = ("资质认定", "许可使用标志", "检验检测能力", "授权签字人", "向社会出具具有证明作用", "cma")
    return min(0.06 * sum(phrase in text for phrase in phrases) + (0.1 if len(numbers) > 1 else 0.0), 0.3)


def _numbers(page: Page) -> list[tuple[str, Word]]:
    """Every 12-digit number of the page that has the shape of a CMA number, with the word it stands in."""
    found = []
    for word in page.words:
        text = compact(word.text)
        found += [(match.group(), word) for match in re.finditer(r"(?<![0-9])[0-9]{12}(?![0-9])", text)]
    return [(number, word) for number, word in found if NUMBER_PATTERNS["cma"].fullmatch(number)]


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number under the mark where its label is lost, the authority from print or seal, the annex."""
    fields = dict(fields)
    number = _number(document, fields.get("certificate_number"))
    if number is not None:
        fields["certificate_number"] = _beside_others(document, number)
    fields = unlabelled.with_authority(document, fields)
    items = scope_items(document)
    return fields | {"scope_items": items} if items is not None else fields


def _number(document: DocumentPages, labelled: Field | None) -> Field | None:
    """The number at its label, or the one that the mark repeats where the label's can't be read."""
    if labelled is not None and labelled.value is not None:
        return labelled
    for page in document.pages:
        for value, word in _numbers(page):
            return unlabelled.field_of([Row((word,))], value, page.number)
    return labelled


def _beside_others(document: DocumentPages, number: Field) -> Field:
    """The number, marked ``other_number`` where mark or annex print another one: a person looks at such a paper.

    On a picture, one or two figures that differ are a misreading sooner than another number, unless both are clear.
    """
    plain = compact(str(number.value))
    if not NUMBER_PATTERNS["cma"].fullmatch(plain):
        return number
    for page in document.pages:
        for other, word in _numbers(page):
            clear = page.source == "text_layer" or min(word.confidence, number.confidence) >= _CLEAR
            most = 0 if clear else _MISREAD
            labelled = page.number == number.page or "编号" in word.text
            if labelled and edit_distance(other, plain) > most:
                return replace(number, checks=(*number.checks, "other_number"))
    return number


EXTRACTOR = Extractor(
    kind="cma_certificate",
    titles=(
        "检验检测机构资质认定证书",
        "资质认定证书",
        "检测机构资质认定证书",
        "资质认定计量认证证书",
        "计量认证证书",
        "资质认定授权证书",
    ),
    annex_titles=(
        "检验检测机构资质认定证书附表",
        "资质认定证书附表",
        "证书附表",
        "检验检测能力范围",
        "检验检测的能力范围",
        "批准的检验检测能力范围",
        "批准检验检测的能力范围",
        "检验检测能力表",
        "批准的授权签字人及领域",
        "授权签字人及领域",
        "授权签字人及其授权签字领域",
        "检验检测能力附表",
        "检验检测场所",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
)
