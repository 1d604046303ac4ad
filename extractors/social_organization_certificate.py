"""社会团体法人登记证书: the certificate of an association (社会团体).

Issued by the 民政局 or 行政审批局 under 社会团体登记管理条例, usually for four or five years; the code begins
with 51. It prints 活动地域 and 注册资金 or 活动资金; an association split from its 业务主管单位 prints none or 无.
"""

from __future__ import annotations

from qi_pipeline.extraction import entities, readers, terms
from qi_pipeline.extraction.fields import Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Page

FIELDS = (
    entities.USCC,
    FieldSpec(name="holder_name", labels=("名称", "社会团体名称"), read=readers.name, required=True),
    FieldSpec(name="scope_text", labels=("业务范围", "宗旨和业务范围"), read=readers.scope, required=True),
    FieldSpec(name="address", labels=("住所", "住址", "地址"), read=readers.address),
    FieldSpec(
        name="legal_representative",
        labels=("法定代表人", "法定代表人姓名", "负责人"),
        read=readers.person,
        required=True,
    ),
    FieldSpec(
        name="registered_capital",
        labels=("注册资金", "活动资金", "开办资金"),
        read=readers.capital,
    ),
    *terms.term(("有效期", "有效期限", "证书有效期", "有效期自", "有效期至", "有效日期")),
    FieldSpec(name="established_on", labels=("成立日期", "成立时间", "设立日期"), read=terms.day),
    FieldSpec(name="issued_on", labels=entities.ISSUED, read=terms.day),
    FieldSpec(name="issuing_authority", labels=entities.ISSUER, read=readers.authority),
    FieldSpec(name="certificate_number", labels=("证书号", "证书编号", "编号", "登记证号"), read=readers.number()),
)


def score(page: Page) -> float:
    """Evidence besides the title: a code that begins with 51, and labels that only this paper has together."""
    text = fold(" ".join(word.text for word in page.words))
    marks = sum(label in text for label in ("活动地域", "业务主管单位", "注册资金", "活动资金", "发证机关"))
    return min(0.08 * marks + (0.15 if "51" in {text[at : at + 2] for at in entities.code_starts(text)} else 0.0), 0.35)


EXTRACTOR = Extractor(
    kind="social_organization_certificate",
    titles=("社会团体法人登记证书", "社会团体法人证书", "社会团体登记证书", "社会团体分支机构登记证书"),
    fields=FIELDS,
    score=score,
    finish=entities.finish,
    inside=("业务类型", "服务范围", "服务内容", "许可项目", "一般项目"),
)
