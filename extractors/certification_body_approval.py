"""认证机构批准书: the licence of certification bodies, number CNCA-R-… (foreign-invested CNCA-RF-…).

Issued by 国家认证认可监督管理委员会 (now under 国家市场监督管理总局) by 认证认可条例 art. 9, for six years. The
approved fields (批准范围) are coarse, such as 质量管理体系认证 or classes of products and services.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.identifiers import NUMBER_PATTERNS, compact
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("批准号", "批准书编号", "批准书号", "机构批准号", "批准编号", "证书编号", "编号"),
        read=labels.number(NUMBER_PATTERNS["cnca"]),
        required=True,
    ),
    FieldSpec(name="holder_name", labels=("机构名称", "认证机构名称", *labels.HOLDER), read=labels.name, required=True),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(name="address", labels=("机构地址", *labels.ADDRESS), read=labels.address),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="scope_text",
        labels=(
            "批准范围",
            "批准业务范围",
            "批准的业务范围",
            "批准认证范围",
            "认证领域",
            "批准领域",
            "业务范围",
            "认证业务范围",
        ),
        read=labels.scope,
        required=True,
    ),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)


def score(page: Page) -> float:
    """Evidence besides the title: a CNCA number at hand, the words of the approval."""
    text = compact(" ".join(word.text for word in page.words))
    number = 0.15 if NUMBER_PATTERNS["cnca"].search(text) and "批准" in text else 0.0
    return number + (0.1 if "认证机构批准" in fold(text) else 0.0)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number without a label, the commission's name and the date beside the seal."""
    fields = dict(fields)
    if "certificate_number" not in fields or fields["certificate_number"].value is None:
        number = unlabelled.number_on(document, re.compile(NUMBER_PATTERNS["cnca"].pattern))
        if number is not None:
            fields["certificate_number"] = number
    return unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))


EXTRACTOR = Extractor(
    kind="certification_body_approval",
    titles=("认证机构批准书", "认证机构批准证书", "认证机构资质批准书"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
