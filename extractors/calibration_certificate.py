"""校准证书 and 检定证书: one instrument, calibrated (data only, no expiry) or verified (verdict and 有效期至).

The holder is the client (委托方, 送检单位); the issuer is the laboratory, whose name heads the page. 建议复校日期 is
advice, not validity. A failed verification is called 检定结果通知书: no title of this kind, and its score keeps it
out, so that it stays ``unknown`` and never counts.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import readers, terms, unlabelled
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.extraction.lines import Row
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=("证书编号", "证书号", "报告编号", "Certificate No.", "Certificate No", "Certificate Number"),
        read=readers.number(),
        required=True,
    ),
    FieldSpec(
        name="holder_name",
        labels=(
            "委托方名称",
            "委托方",
            "委托单位名称",
            "委托单位",
            "送检单位名称",
            "送检单位",
            "送校单位",
            "委托者",
            "委托人",
            "客户名称",
            "客户",
            "申请单位",
            "使用单位",
            "受检单位",
            "送检者",
            "证书单位",
            "单位名称",
            "Name of Client",
            "Name of Customer",
            "Client",
            "Customer",
            "Applicant",
        ),
        read=labels.name,
        required=True,
    ),
    FieldSpec(
        name="address",
        labels=(
            "委托方地址",
            "委托单位地址",
            "送检单位地址",
            "委托者地址",
            "委托人地址",
            "客户地址",
            "委托方联系地址",
            "委托单位联系地址",
            "送校单位地址",
            "使用单位地址",
            "Address of Customer",
            "Address of Applicant",
            "联络信息",
            "单位地址",
            "地址",
            "Address of Client",
            "Client Address",
            "Customer Address",
            "Address",
        ),
        read=labels.address,
    ),
    FieldSpec(
        name="instrument_name",
        labels=(
            "计量器具名称",
            "器具名称",
            "被校器具名称",
            "被检器具名称",
            "被校仪器名称",
            "被校准器具",
            "仪器名称",
            "仪器设备名称",
            "设备名称",
            "样品名称",
            "物品名称",
            "被校物品",
            "校准对象",
            "Name of Instrument",
            "Instrument Name",
            "Instrument",
            "Description",
            "Equipment",
        ),
        read=readers.first_line,
        required=True,
    ),
    FieldSpec(
        name="instrument_model",
        labels=(
            "型号/规格",
            "型号规格",
            "规格型号",
            "规格/型号",
            "型号及规格",
            "型号",
            "规格",
            "Model/Type",
            "Model/Specification",
            "Type/Specification",
            "Type/Model",
            "Model",
            "Type",
        ),
        read=readers.first_line,
    ),
    FieldSpec(
        name="instrument_serial",
        labels=(
            "出厂编号",
            "出厂编号/设备编号",
            "出厂编号/管理编号",
            "机身编号",
            "机身号",
            "序列号",
            "仪器编号",
            "器具编号",
            "设备编号",
            "样品编号",
            "编号",
            "器号",
            "管理编号",
            "Serial No.",
            "Serial No",
            "Serial Number",
            "S/N",
            "Instrument No.",
            "Equipment No.",
        ),
        read=readers.number(),
    ),
    FieldSpec(
        name="calibrated_on",
        labels=(
            "校准日期",
            "检定日期",
            "校准时间",
            "检定时间",
            "检校日期",
            "校验日期",
            "Date of Calibration",
            "Calibration Date",
            "Date for Calibration",
            "Date of Verification",
            "Verification Date",
        ),
        read=terms.day,
    ),
    FieldSpec(
        name="issued_on",
        labels=(
            "发布日期",
            "签发日期",
            "发证日期",
            "批准日期",
            "颁发日期",
            "证书日期",
            "Date of Issue",
            "Issue Date",
            "Date of Approval",
        ),
        read=terms.day,
    ),
    FieldSpec(
        name="issued_on",
        labels=(
            "接收日期",
            "收样日期",
            "收校日期",
            "送检日期",
            "委托日期",
            "建议复校日期",
            "建议复校时间",
            "建议再校准日期",
            "建议下次校准日期",
            "建议下次校准时间",
            "建议校准周期",
            "建议复校间隔",
            "复校间隔",
            "复校时间间隔",
            "下次校准日期",
            "下次检定日期",
            "检定依据",
            "校准依据",
            "检定结论",
            "准确度等级",
            "制造单位",
            "制造厂",
            "生产厂家",
            "Manufacturer",
            "Received Date",
            "Date of Receipt",
            "Recommended Due Date",
            "Due Date",
        ),
        read=labels.not_it,
    ),
    *terms.term(
        ("有效期至", "检定有效期至", "有效期限至", "有效期", "证书有效期至", "Valid until", "Valid to"), start=False
    ),
    FieldSpec(
        name="issuing_authority",
        labels=("校准机构", "检定机构", "发证机构", "发证单位", "校准单位", "检定单位"),
        read=readers.authority,
    ),
)

_TITLE = re.compile(r"校准证书|检定证书|calibrationcertificate|certificateofcalibration|verificationcertificate")
# One wrong letter must not turn a refusal into a certificate, so a part of its name is enough, or its verdict.
_REFUSED = re.compile(
    r"定结果通|果通知书|结果通知|不合格通知|notificationofverification|结论:?(?:conclusion:?)?不合格|判定:?不合格"
)
_SEAL_TAIL = re.compile(r"(?:检定|校准|检校|证书|检测|检验检测|计量检定|计量校准|业务|报告)(?:/校准)?专用章$")


def score(page: Page) -> float:
    """Evidence besides the title; a notice of a failed verification never counts as a certificate."""
    text = "".join(fold(row.text) for row in unlabelled.rows(page))
    if _REFUSED.search(text):
        return -2.0
    marks = ("校准", "检定", "出厂编号", "型号/规格", "不确定度", "核验", "委托方", "送检单位", "calibrat")
    return min(0.04 * sum(mark in text for mark in marks), 0.2)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The laboratory that heads the page or stands in the seal; its own address is not the client's."""
    fields = dict(fields)
    if not document.pages:
        return fields
    page = document.pages[0]
    title = unlabelled.title_word(page, _TITLE)
    top = title.box[1] if title is not None else 0.25
    fields = _own_validity(page, fields)
    address, client = fields.get("address"), fields.get("holder_name")
    dates = unlabelled.top_of(fields, ("calibrated_on", "issued_on", "valid_to"), page.number)
    if address is not None and client is not None and address.page == client.page and address.box[1] > dates:
        # Below the dates stands the laboratory's own address.
        del fields["address"]
    if "issuing_authority" not in fields:
        holder = str(client.value) if client is not None and client.value is not None else None
        found = _heading(page, top, holder) or _seal_name(document, holder)
        if found is not None:
            fields["issuing_authority"] = found
    return fields


def _own_validity(page: Page, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` without a validity that belongs to the standards used, which inner pages and tables list."""

    def listed(field: Field) -> bool:
        middle = (field.box[1] + field.box[3]) / 2
        return field.page != page.number or any(
            table.columns >= 3 and table.rows >= 2 and table.box[1] <= middle <= table.box[3] for table in page.tables
        )

    dates = ("valid_to", "long_term")
    return {name: field for name, field in fields.items() if name not in dates or not listed(field)}


def _heading(page: Page, above: float, holder: str | None) -> Field | None:
    """The laboratory's name in a line of its own above the title."""
    for row in unlabelled.rows(page):
        if row.box[3] > above + 0.02:
            break
        for word in row.words:
            text = tidy(word.text)
            if unlabelled.is_organisation(text) and not unlabelled.names(text, holder):
                return unlabelled.field_of([Row((word,))], text, page.number)
    return None


def _seal_name(document: DocumentPages, holder: str | None) -> Field | None:
    for page in document.pages:
        for seal in sorted(page.seals, key=lambda seal: -seal.confidence):
            text = _SEAL_TAIL.sub("", seal.text) if seal.text else ""
            if unlabelled.is_organisation(text) and not unlabelled.names(text, holder):
                return Field(
                    value=text,
                    raw=seal.text or "",
                    confidence=seal.confidence,
                    page=page.number,
                    box=seal.box,
                    checks=("from_seal",),
                )
    return None


EXTRACTOR = Extractor(
    kind="calibration_certificate",
    titles=(
        "校准证书",
        "检定证书",
        "计量检定证书",
        "计量校准证书",
        "Calibration Certificate",
        "Certificate of Calibration",
        "Verification Certificate",
    ),
    annex_titles=("校准结果", "检定结果", "校准证书续页", "Results of Calibration", "Calibration Results"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
