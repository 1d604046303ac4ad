"""Short names of findings (审核发现), for lists and plots in which a whole sentence has no room.

The sentence about a packet comes from its rule (``x-message``); these stand where only the code is known. The
documentation's page of rules calls each finding by the same name, and a test holds it to that.
"""

from __future__ import annotations

from qi_pipeline.model import Lang

NAMES: dict[str, tuple[str, str]] = {
    "application_missing": ("未提交申请表", "No application form"),
    "application_incomplete": ("申请表填写不完整", "Application incomplete"),
    "customer_service_missing": ("未填写客服人员", "No customer-service person"),
    "service_outside_business_scope": ("服务超出经营（业务）范围", "Service outside the licence's scope"),
    "licence_missing": ("缺营业执照或法人证书", "No licence or legal-person certificate"),
    "licence_expired": ("证照不在有效期内", "Licence not valid on the day"),
    "licence_outdated": ("旧版证照，仅有注册号", "Old licence without a credit code"),
    "qualification_missing": ("缺必需的资质证书", "Required certificate missing"),
    "qualification_expired": ("资质证书已过期", "Certificate expired"),
    "qualification_not_yet_valid": ("资质证书尚未生效", "Certificate not yet valid"),
    "qualification_scope_insufficient": ("资质范围不覆盖", "Scope does not hold the standard"),
    "standard_edition_differs": ("标准年号不一致", "Another edition of the standard"),
    "holder_mismatch": ("持有者与申请机构不一致", "Made out to another institution"),
    "uscc_invalid": ("统一社会信用代码校验码不符", "Check character of the code is wrong"),
    "uscc_mismatch": ("统一社会信用代码不一致", "Credit codes differ"),
    "legal_representative_mismatch": ("法定代表人不一致", "Legal representatives differ"),
    "code_mismatch": ("二维码与印刷内容不一致", "QR code differs from the print"),
    "management_rules_missing": ("缺管理制度文件", "No management rules"),
    "violation_within_three_years": ("近三年有违法违规行为", "Violation within three years"),
    "serious_violation_listed": ("列入严重违法失信名单", "Listed for serious violations"),
    "abnormal_operation_listed": ("列入经营异常名录", "Listed for abnormal operation"),
    "credit_not_checked": ("信用情况未核实", "Credit not checked"),
    "capability_unproven": ("缺技术能力证明", "Capability not proven"),
    "equipment_calibration_missing": ("仪器缺检定（校准）证书", "Instrument without calibration"),
    "equipment_calibration_expired": ("仪器检定（校准）已过期", "Calibration expired"),
    "regional_lead_unproven": ("未说明区域领先情况", "Regional lead not stated"),
    "commitment_letter_missing": ("缺承诺书", "No commitment letter"),
    "commitment_letter_altered": ("承诺书内容有改动", "Commitment letter altered"),
    "commitment_letter_unsigned": ("承诺书未签字", "Commitment letter not signed"),
    "commitment_letter_undated": ("承诺书未注明日期", "Commitment letter not dated"),
    "seal_missing": ("未加盖本机构公章", "Own seal missing"),
    "document_unreadable": ("文件无法读取", "File can't be read"),
    "low_confidence": ("关键内容识读存疑", "Decisive value doubtful"),
    "unknown_document": ("未识别的文件", "Document of no known kind"),
    "qualification_expiring": ("资质证书即将到期", "Certificate about to expire"),
}
"""By finding code (contract, section 6): Chinese and English."""


def finding_name(code: str, lang: Lang) -> str:
    """The short name; the code itself for a finding that a platform added to its own rules.

    >>> finding_name("seal_missing", "zh"), finding_name("our_own_rule", "en")
    ('未加盖本机构公章', 'our_own_rule')
    """
    return NAMES.get(code, (code, code))[lang == "en"]
