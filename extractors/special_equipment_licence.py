"""特种设备检验检测机构核准证: the licence to inspect and test special equipment, number TS7…-<year of expiry>.

Issued by the national or a provincial market regulator under 特种设备安全法 art. 50, for four years. The items
(核准项目) stand in the certificate or in an annex table 核准项目, 项目代码, 限制.
"""

from __future__ import annotations

from dataclasses import replace

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.identifiers import NUMBER_PATTERNS, compact
from qi_pipeline.extraction.lines import inside
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("核准证编号", "核准证书编号", *labels.NUMBER),
        read=labels.number(NUMBER_PATTERNS["special_equipment"]),
        required=True,
    ),
    FieldSpec(name="holder_name", labels=("检验检测机构名称", *labels.HOLDER), read=labels.name, required=True),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(name="address", labels=("住所", "机构地址", "办公地址", "地址", *labels.ADDRESS), read=labels.address),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="scope_text",
        labels=(
            "核准项目",
            "核准范围",
            "核准的检验检测项目",
            "核准检验项目",
            "核准检验检测项目",
            "检验检测项目",
            "核准项目及范围",
            "许可项目",
        ),
        read=labels.scope,
    ),
    *labels.dates(issued=("发证日期", "批准日期", "核准日期")),
    FieldSpec(name="issuing_authority", labels=("核准机关", "核准部门", *labels.ISSUER), read=readers.authority),
)


def score(page: Page) -> float:
    """Evidence besides the title: the TS number with the words of the approval."""
    text = compact(" ".join(word.text for word in page.words))
    number = 0.2 if NUMBER_PATTERNS["special_equipment"].search(text) else 0.0
    return number + (0.1 if "特种设备" in fold(text) and "核准" in fold(text) else 0.0)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The number without a label, authority and date beside the seal, the items of the table as rows and as text."""
    fields = dict(fields)
    if "certificate_number" not in fields or fields["certificate_number"].value is None:
        number = unlabelled.number_on(document, NUMBER_PATTERNS["special_equipment"])
        if number is not None:
            fields["certificate_number"] = number
    fields = unlabelled.with_issue_date(document, unlabelled.with_authority(document, fields))
    items = scope_items(document, need_standard=False)
    if items is None or not isinstance(items.value, list):
        return fields
    fields["scope_items"] = items
    names = [str(row["item"]) for row in items.value if isinstance(row, dict) and row["item"]]
    text = fields.get("scope_text")
    in_table = text is not None and text.page == items.page and inside(text.box, items.box)
    if names and (text is None or in_table or "见附" in str(text.value)):
        fields["scope_text"] = replace(items, value="；".join(dict.fromkeys(names)))
    return fields


EXTRACTOR = Extractor(
    kind="special_equipment_licence",
    titles=(
        "特种设备检验检测机构核准证",
        "特种设备检验检测机构核准证书",
        "特种设备检验机构核准证",
        "特种设备检测机构核准证",
        "特种设备综合检验机构核准证",
        "特种设备检验核准证",
        "特种设备无损检测机构核准证",
    ),
    annex_titles=("核准项目表", "核准项目附表", "核准证附件", "核准证附页", "特种设备检验检测机构核准项目", "核准项目"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
