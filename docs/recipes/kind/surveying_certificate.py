"""测绘资质证书: the certificate for surveying and mapping, by the natural resources authorities (测绘法 art. 27)."""

from __future__ import annotations

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(name="certificate_number", labels=labels.NUMBER, read=readers.number(), required=True),
    FieldSpec(name="holder_name", labels=labels.HOLDER, read=labels.name, required=True),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(name="address", labels=labels.ADDRESS, read=labels.address),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(name="scope_text", labels=("专业类别", "专业范围", "业务范围"), read=labels.scope),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)


def score(page: Page) -> float:
    """Evidence besides the title: its words."""
    text = fold(" ".join(word.text for word in page.words))
    return 0.06 * sum(mark in text for mark in ("测绘", "甲级", "乙级", "专业类别"))


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The authority and the date beside the seal."""
    return unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))


EXTRACTOR = Extractor(
    kind="surveying_certificate",
    titles=("测绘资质证书", "中华人民共和国测绘资质证书"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
