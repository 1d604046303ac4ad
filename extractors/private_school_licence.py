"""民办学校办学许可证: the licence to run a school, by the education department or 人社局.

民办教育促进法 art. 12 and 18. Numbered with 教民 or 人社民 and 15 digits (13 before 2008). The 校长 runs the school;
its 法定代表人 is the 校长 or the head of its board (理事长, 董事长). Most editions do not print which: then none is
read.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("办学许可证号", "办学许可证编号", *labels.NUMBER),
        read=readers.number(),
        required=True,
    ),
    FieldSpec(
        name="holder_name",
        labels=("学校名称", "名称", "办学机构名称", "学校(机构)名称", *labels.HOLDER),
        read=labels.name,
        required=True,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(
        name="address", labels=("学校地址", "办学地址", "校址", "办学地点", *labels.ADDRESS), read=labels.address
    ),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="legal_representative",
        labels=("校长", "校长姓名", "举办者", "学校类型", "办学类型", "主管部门", "办学形式", "办学层次"),
        read=labels.not_it,
    ),
    FieldSpec(
        name="scope_text", labels=("办学内容", "办学范围", "办学项目", "培训内容", "业务范围"), read=labels.scope
    ),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)

_NUMBER = re.compile(r"(?:人社民|教民|劳民)\s*\d{13,15}\s*号?")


def score(page: Page) -> float:
    """Evidence besides the title: its words."""
    text = fold(" ".join(word.text for word in page.words))
    return 0.06 * sum(mark in text for mark in ("办学许可", "举办者", "办学内容", "学校类型", "教民", "人社民"))


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number without a label, the authority and the date beside the seal."""
    fields = dict(fields)
    if "certificate_number" not in fields:
        number = unlabelled.printed_match(document, _NUMBER)
        if number is not None:
            fields["certificate_number"] = number
    return unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))


EXTRACTOR = Extractor(
    kind="private_school_licence",
    titles=("民办学校办学许可证", "中华人民共和国民办学校办学许可证", "办学许可证", "民办职业培训学校办学许可证"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
