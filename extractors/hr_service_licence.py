"""人力资源服务许可证: the licence for job placement (职业中介), by 人社局 or 行政审批局.

人力资源市场暂行条例 art. 18. Its term is local: three or five years, or none; it is read from the print. 备案
(filing) for training and consulting is no licence.
"""

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
    FieldSpec(name="address", labels=("住所", "地址", *labels.ADDRESS), read=labels.address),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="legal_representative",
        labels=("机构性质", "单位性质", "经济类型", "年度报告情况", "变更情况"),
        read=labels.not_it,
    ),
    FieldSpec(
        name="scope_text",
        labels=(
            "服务范围",
            "许可事项",
            "业务范围",
            "许可范围",
            "服务项目",
            "许可业务范围",
            "许可内容",
            "经营范围",
            "服务内容",
            "许可项目",
        ),
        read=labels.scope,
    ),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)


def score(page: Page) -> float:
    """Evidence besides the title: its words."""
    text = fold(" ".join(word.text for word in page.words))
    return 0.06 * sum(mark in text for mark in ("人力资源服务", "职业中介", "人服证字", "许可证"))


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The authority and the date beside the seal."""
    return unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))


EXTRACTOR = Extractor(
    kind="hr_service_licence",
    titles=(
        "人力资源服务许可证",
        "人力资源服务许可证书",
        "人力资源服务机构许可证",
        "人才中介服务许可证",
        "职业中介许可证",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
)
