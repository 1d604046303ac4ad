"""计量标准考核证书: one measurement standard of a metrology body, assessed under 计量标准考核办法.

Valid for five (before 2019 four) years. The paper names the standard (计量标准名称, 计量标准代码), its range and
uncertainty, the body that keeps it (建标单位) and the verification or calibration that it may carry out. Its table of
standards and main equipment is no scope.
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
        labels=("考核证书编号", "证书编号", *labels.NUMBER),
        read=readers.number(),
        required=True,
    ),
    FieldSpec(
        name="holder_name",
        labels=(
            "建标单位名称",
            "建标单位",
            "建立计量标准单位",
            "计量标准建立单位",
            "保存单位",
            "单位名称",
            "申请考核单位",
            "申请单位",
            "机构名称",
        ),
        read=labels.name,
        required=True,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(name="address", labels=("单位地址", "建标单位地址", "地址", "通讯地址", "联系地址"), read=labels.address),
    FieldSpec(
        name="address",
        labels=(
            "存放地点",
            "计量标准存放地点",
            "计量标准名称",
            "计量标准代码",
            "不确定度",
            "准确度等级",
            "最大允许误差",
            "测量范围",
        ),
        read=labels.not_it,
    ),
    FieldSpec(
        name="scope_text",
        labels=(
            "可开展的检定或校准项目",
            "可开展的检定及校准项目",
            "开展的检定或校准项目",
            "可开展的检定项目",
            "可开展的校准项目",
            "开展检定或校准项目",
            "检定或校准项目",
        ),
        read=labels.scope,
    ),
    *labels.dates(),
    FieldSpec(
        name="issuing_authority",
        labels=(
            "主持考核单位",
            "主持考核部门",
            "主持考核的人民政府计量行政部门",
            "组织考核单位",
            "考核单位",
            *labels.ISSUER,
        ),
        read=readers.authority,
    ),
)

_NUMBER = re.compile(r"[(（〔\[]\d{4}[)）〕\]][\u4e00-\u9fa5]{0,6}量标[\u4e00-\u9fa5]{0,8}证字第?\s*\d{1,5}\s*号")


def score(page: Page) -> float:
    """Evidence besides the title: the names only this paper prints."""
    text = fold(" ".join(word.text for word in page.words))
    marks = ("计量标准名称", "计量标准代码", "建标单位", "主持考核", "量标", "计量标准考核")
    return min(0.06 * sum(mark in text for mark in marks), 0.25)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number without a label, the authority and date beside the seal, the table of what may be carried out."""
    fields = dict(fields)
    if "certificate_number" not in fields:
        number = unlabelled.printed_match(document, _NUMBER)
        if number is not None:
            fields["certificate_number"] = number
    fields = unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))
    items = scope_items(document)
    return fields | {"scope_items": items} if items is not None else fields


EXTRACTOR = Extractor(
    kind="measurement_standard_certificate",
    titles=("计量标准考核证书", "社会公用计量标准证书", "计量标准证书"),
    annex_titles=("可开展的检定或校准项目", "计量标准考核证书附页", "计量标准考核证书附件", "计量标准器及主要配套设备"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
