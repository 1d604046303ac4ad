"""Words for messages (用语): document kinds, fields and failures by language, and placeholders filled from facts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qi_pipeline.kinds import KINDS
from qi_pipeline.model import Json

KINDS_EN: dict[str, str] = {
    "business_licence": "business licence",
    "public_institution_certificate": "public institution certificate",
    "private_nonenterprise_certificate": "private non-enterprise certificate",
    "social_organization_certificate": "social organization certificate",
    "cma_certificate": "CMA certificate",
    "cnas_certificate": "CNAS certificate",
    "certification_body_approval": "certification body approval",
    "metrology_authorization": "metrology authorization",
    "measurement_standard_certificate": "measurement standard certificate",
    "special_equipment_licence": "special equipment inspection licence",
    "patent_agency_licence": "patent agency licence",
    "hr_service_licence": "human resources service licence",
    "private_school_licence": "private school licence",
    "management_system_certificate": "management system certificate",
    "calibration_certificate": "calibration certificate",
    "other_certificate": "certificate",
    "commitment_letter": "commitment letter",
    "application_form": "application form",
    "management_rules": "management rules",
    "capability_proof": "proof of capability",
    "equipment_statement": "equipment statement",
    "credit_report": "credit report",
    "unknown": "unrecognised document",
}
"""Document kind by its English name."""

FIELDS: dict[str, tuple[str, str]] = {
    "kind": ("材料种类", "kind of paper"),
    "seal": ("本机构公章", "institution's own seal"),
    "holder_name": ("名称", "holder's name"),
    "holder_uscc": ("统一社会信用代码", "unified social credit code"),
    "address": ("地址", "address"),
    "legal_representative": ("法定代表人（负责人）", "legal representative"),
    "certificate_number": ("证书编号", "certificate number"),
    "issuing_authority": ("发证机关", "issuing authority"),
    "issued_on": ("发证日期", "date of issue"),
    "valid_from": ("生效日期", "start of validity"),
    "valid_to": ("有效期至", "end of validity"),
    "long_term": ("长期", "long-term"),
    "calibrated_on": ("校准（检定）日期", "date of calibration"),
    "scope_text": ("经营（业务、批准）范围", "scope"),
    "scope_items": ("能力附表", "scope annex"),
    "limitation": ("限制范围", "restriction"),
    "entity_type": ("类型", "entity type"),
    "registered_capital": ("注册资本", "registered capital"),
    "established_on": ("成立日期", "date of establishment"),
    "registration_number": ("注册号", "registration number"),
    "instrument_name": ("器具名称", "instrument"),
    "instrument_model": ("型号规格", "model"),
    "instrument_serial": ("出厂编号", "serial number"),
    "signed_on": ("签署日期", "date of signature"),
    "signature_present": ("法定代表人签字", "signature"),
    "promises": ("承诺事项", "promises"),
    "information_categories": ("禁止传播的信息类别", "information categories"),
    "request": ("申请类型", "request"),
    "reference": ("申请编号", "reference"),
    "submitted_at": ("提交时间", "time of submission"),
    "category": ("机构类别", "category"),
    "services": ("服务项目", "services"),
    "customer_service": ("客服人员", "customer-service staff"),
    "equipment": ("仪器设备", "equipment"),
    "institution.name": ("机构名称", "institution's name"),
    "institution.uscc": ("统一社会信用代码", "unified social credit code"),
    "institution.legal_representative": ("法定代表人（负责人）", "legal representative"),
    "institution.address": ("地址", "address"),
    "institution.category": ("机构类别", "category"),
}
"""Field by its Chinese and English name, the one list: messages say these names, reports and tables head with them."""

FAILURES: dict[str, tuple[str, str]] = {
    "encrypted": ("文件已加密，需要密码", "it is protected by a password"),
    "corrupt": ("文件已损坏或不完整", "it is damaged or incomplete"),
    "unsupported_type": ("文件格式不受支持", "its format is not supported"),
    "too_large": ("文件过大", "it is too large"),
    "too_many_pages": ("页数过多", "it has too many pages"),
    "image_bomb": ("图像尺寸异常", "its images are abnormally large"),
    "archive_bomb": ("压缩包解压后异常庞大", "the archive unpacks to an abnormal size"),
    "unsafe_path": ("包含不安全的路径或链接", "it holds an unsafe path or link"),
    "permission": ("没有读取权限", "it may not be read"),
    "empty": ("文件为空", "it is empty"),
    "timeout": ("读取超时", "reading it took too long"),
}
"""``failed`` code of the contract, section 5, by language."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def kind_names(kind: str | None) -> dict[str, Json]:
    """The kind's names as facts of a message."""
    if kind is None:
        return {"kind": None, "kind_zh": "申请表", "kind_en": "application"}
    return {"kind": kind, "kind_zh": KINDS.get(kind, kind), "kind_en": KINDS_EN.get(kind, kind)}


def field_names(field: str) -> dict[str, Json]:
    """The field's names as facts of a message."""
    zh, en = FIELDS.get(field, FIELDS.get(field.partition("[")[0], (field, field)))
    return {"field": field, "field_zh": zh, "field_en": en}


def filled(template: str, facts: Mapping[str, Json], lang: str) -> str:
    """The template with each ``{name}`` replaced by that fact; a fact that is unknown shows as a dash.

    >>> filled("编号{number}，{standards}", {"number": None, "standards": ["GB 1-2020", "GB 2-2021"]}, "zh")
    '编号—，GB 1-2020、GB 2-2021'
    """
    return _PLACEHOLDER.sub(lambda match: _shown(facts.get(match[1]), lang), template)


def placeholders(template: str) -> set[str]:
    """The names that a template asks for."""
    return set(_PLACEHOLDER.findall(template))


def _shown(value: Json, lang: str) -> str:
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[lang][value]
    if isinstance(value, list):
        return ("、" if lang == "zh" else ", ").join(_shown(each, lang) for each in value)
    if isinstance(value, dict):
        return "—"
    return str(value)
