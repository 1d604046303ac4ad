"""专利代理机构执业许可证: the licence of patent agencies, by 国家知识产权局 under 专利代理条例 art. 9.

Its number is the five-digit 机构代码; it prints no expiry. Before 2019 the paper was called 专利代理机构注册证.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, terms, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("机构代码", "专利代理机构代码", "代理机构代码", "机构注册号"),
        read=labels.number(re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")),
        required=True,
    ),
    FieldSpec(name="certificate_number", labels=("证书编号", "许可证编号", "编号", "证号"), read=readers.number()),
    FieldSpec(
        name="holder_name",
        labels=("机构名称", "代理机构名称", "专利代理机构名称", *labels.HOLDER),
        read=labels.name,
        required=True,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(
        name="address", labels=("住所", "经营场所", "主要经营场所", "办公场所", *labels.ADDRESS), read=labels.address
    ),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(name="entity_type", labels=("组织形式", "机构类型"), read=readers.first_line),
    FieldSpec(
        name="legal_representative",
        labels=("合伙人", "股东", "合伙人/股东", "合伙人或股东", "合伙人或者股东"),
        read=labels.not_it,
    ),
    FieldSpec(name="issued_on", labels=labels.ISSUED, read=terms.day),
    FieldSpec(name="issued_on", labels=labels.NOT_ISSUED, read=labels.not_it),
    *terms.term(labels.VALID),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)


def score(page: Page) -> float:
    """Evidence besides the title: the agency's words together."""
    text = fold(" ".join(word.text for word in page.words))
    return 0.06 * sum(mark in text for mark in ("专利代理", "机构代码", "组织形式", "国家知识产权局"))


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The office's name and the date beside the seal."""
    return unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))


EXTRACTOR = Extractor(
    kind="patent_agency_licence",
    titles=("专利代理机构执业许可证", "专利代理机构注册证", "专利代理机构执业许可证书", "专利代理机构执业证"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
