"""计量授权证书: the authority to verify measuring instruments for others (法定计量检定机构 or 专项授权).

Issued by a market regulator under 计量法 art. 20 and 计量授权管理办法, numbered like （国）法计（2017）01023号.
What is authorised stands in the certificate (授权项目) or in annex tables 序号, 项目(器具)名称, 测量范围,
准确度, 依据规程.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("授权证书编号", "授权编号", *labels.NUMBER),
        read=readers.number(),
        required=True,
    ),
    FieldSpec(
        name="holder_name",
        labels=(
            "被授权单位名称",
            "被授权单位",
            "被授权机构名称",
            "被授权机构",
            "被授权人",
            "授权单位名称",
            *labels.HOLDER,
        ),
        read=labels.name,
        required=True,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(name="address", labels=labels.ADDRESS, read=labels.address),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="legal_representative",
        labels=("授权类型", "授权形式", "授权性质", "授权区域", "授权级别", "机构类别"),
        read=labels.not_it,
    ),
    FieldSpec(
        name="scope_text",
        labels=(
            "授权项目",
            "授权范围",
            "授权检定项目",
            "授权业务范围",
            "授权的项目",
            "授权内容",
            "授权检定、校准项目",
            "业务范围",
        ),
        read=labels.scope,
    ),
    *labels.dates(),
    FieldSpec(
        name="issuing_authority", labels=("授权机关", "授权单位", "授权部门", *labels.ISSUER), read=readers.authority
    ),
)

_NUMBER = re.compile(
    r"[(（〔\[][\u4e00-\u9fa5]{1,4}[)）〕\]](?:法计|量授|计授|社计|专计)[(（〔\[]\d{4}[)）〕\]]\s*(?:第)?\s*\d{2,6}\s*号"
)


_STATED = re.compile(
    r"(?:现|兹|予以|特|同意|决定)授权(?P<name>(?!你|该|本|上述)[\u4e00-\u9fff（）()]{3,40}?(?:公司|中心|研究院|测试院|研究所|测试所|检定所|院|所|站|局))"
    r"(?=(?:[（(](?:法人|地址|单位)|在|为|承担|开展|从事|对|作为|依法|按|[,，。]))"
)
"""The sentence that names who is authorised, where no label does."""


def score(page: Page) -> float:
    """Evidence besides the title: the number's form, the words of the authorisation."""
    text = fold(" ".join(word.text for word in page.words))
    evidence = 0.15 if re.search(r"(?:法计|量授)\W?\d{4}", text) else 0.0
    return evidence + (0.1 if "计量授权" in text or "法定计量检定机构" in text else 0.0)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number without a label, the authority and the date beside the seal, the annex tables."""
    fields = dict(fields)
    if "certificate_number" not in fields:
        number = unlabelled.printed_match(document, _NUMBER)
        if number is not None:
            fields["certificate_number"] = number
    if "holder_name" not in fields:
        named = (unlabelled.stated(page, _STATED) for page in document.pages)
        fields |= {"holder_name": holder} if (holder := next(filter(None, named), None)) is not None else {}
    fields = unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))
    items = scope_items(document)
    return fields | {"scope_items": items} if items is not None else fields


EXTRACTOR = Extractor(
    kind="metrology_authorization",
    titles=(
        "计量授权证书",
        "法定计量检定机构计量授权证书",
        "专项计量授权证书",
        "法定计量检定机构授权证书",
        "法定计量检定机构考核合格证书",
    ),
    annex_titles=(
        "计量授权证书附件",
        "计量授权证书附表",
        "授权检定项目表",
        "授权项目表",
        "授权的检定项目",
        "授权的校准项目",
        "授权检定项目",
        "授权校准项目",
        "计量授权项目表",
        "授权开展的检定项目",
        "授权商品量检测项目",
        "授权型式评价项目",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
)
