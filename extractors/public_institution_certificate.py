"""事业单位法人证书: the certificate of a public institution.

Issued by the 事业单位登记管理局 (机构编制部门) under 事业单位登记管理暂行条例 for five years, 自…至…; the code
begins with 12. It prints 宗旨和业务范围 (often in two lines beside its value), 经费来源, 开办资金 and 举办单位;
most copies show no date of issue.
"""

from __future__ import annotations

from qi_pipeline.extraction import entities, readers, terms
from qi_pipeline.extraction.fields import Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Page

FIELDS = (
    entities.USCC,
    FieldSpec(
        name="holder_name", labels=("名称", "单位名称", "机构名称", "第一名称"), read=readers.name, required=True
    ),
    FieldSpec(
        name="scope_text", labels=("宗旨和业务范围", "业务范围", "宗旨及业务范围"), read=readers.scope, required=True
    ),
    FieldSpec(name="address", labels=("住所", "住址", "地址"), read=readers.address),
    FieldSpec(
        name="legal_representative",
        labels=("法定代表人", "法定代表人姓名"),
        read=readers.person,
        required=True,
    ),
    FieldSpec(
        name="registered_capital",
        labels=("开办资金", "注册资金"),
        read=readers.capital,
    ),
    *terms.term(("有效期", "有效期限", "证书有效期", "有效期自", "有效期至", "有效日期")),
    FieldSpec(name="established_on", labels=("成立日期", "成立时间", "设立日期"), read=terms.day),
    FieldSpec(name="issued_on", labels=entities.ISSUED, read=terms.day),
    FieldSpec(name="issuing_authority", labels=entities.ISSUER, read=readers.authority),
    FieldSpec(name="certificate_number", labels=("证书号", "编号", "证书编号"), read=readers.number()),
)


def score(page: Page) -> float:
    """Evidence besides the title: a code that begins with 12, and labels that only this paper has together."""
    text = fold(" ".join(word.text for word in page.words))
    marks = sum(label in text for label in ("宗旨和业务范围", "经费来源", "举办单位", "开办资金", "登记管理机关"))
    return min(0.08 * marks + (0.15 if "12" in {text[at : at + 2] for at in entities.code_starts(text)} else 0.0), 0.35)


EXTRACTOR = Extractor(
    kind="public_institution_certificate",
    titles=("事业单位法人证书",),
    fields=FIELDS,
    score=score,
    finish=entities.finish,
    inside=("业务类型", "服务范围", "服务内容", "许可项目", "一般项目"),
)
