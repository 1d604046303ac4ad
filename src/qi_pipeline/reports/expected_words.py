"""What each finding's rule expected (应为), in plain words, where the rule itself does not say it with the facts.

A rule's own ``x-expected`` comes first; these are for the codes of the contract, section 6, that leave it out.
"""

from __future__ import annotations

EXPECTED: dict[str, tuple[str, str]] = {
    "application_missing": ("材料中有填写完整的《机构入驻申请表》", "a completed application form"),
    "application_incomplete": ("申请表各必填项齐全、规范", "every required field of the form, in order"),
    "customer_service_missing": (
        "至少一名专职或者兼职客服人员",
        "at least one customer-service person, full-time or part-time",
    ),
    "service_outside_business_scope": ("申报的服务在经营（业务）范围之内", "a service within the scope of the licence"),
    "licence_missing": ("有效的营业执照或者法人证书", "a valid business licence or legal-person certificate"),
    "licence_expired": ("审核基准日在有效期内", "a licence that is valid on the as-of date"),
    "licence_outdated": ("载有统一社会信用代码的现行证照", "a current licence with a unified social credit code"),
    "qualification_missing": (
        "该项服务所需的有效资质证书",
        "a valid certificate of the kind that the service requires",
    ),
    "qualification_expired": ("审核基准日在有效期内的证书", "a certificate that is valid on the as-of date"),
    "qualification_not_yet_valid": ("审核基准日已经生效的证书", "a certificate already in force on the as-of date"),
    "qualification_scope_insufficient": ("附表列有申报的全部标准", "an annex that holds every declared standard"),
    "standard_edition_differs": ("附表所列标准的年代号与申报一致", "the declared edition of the standard in the annex"),
    "holder_mismatch": ("持有者与申请机构一致", "a paper made out to the applicant"),
    "uscc_invalid": (
        "校验码正确的统一社会信用代码（GB 32100）",
        "a credit code whose check character is right (GB 32100)",
    ),
    "uscc_mismatch": ("申请表、证照、承诺书上的代码一致", "one code on form, licence and letter"),
    "legal_representative_mismatch": (
        "申请表、证照、承诺书上的法定代表人一致",
        "one legal representative on form, licence and letter",
    ),
    "code_mismatch": ("二维码内容与印刷内容一致", "a QR code that says what is printed"),
    "management_rules_missing": ("与所从事工作相匹配的管理制度文件", "management rules that fit the work"),
    "violation_within_three_years": ("近三年无违法违规记录", "no violation within three years"),
    "serious_violation_listed": ("未列入严重违法失信名单", "not on the list of serious violations"),
    "abnormal_operation_listed": ("未列入经营异常名录", "not on the list of abnormal operations"),
    "credit_not_checked": ("信用名单或者信用报告可供核查", "a loaded credit list, or a credit report"),
    "capability_unproven": ("资质证书，或者业绩、能力验证等证明", "a certificate, or proof of performance"),
    "equipment_calibration_missing": (
        "按出厂编号对应的检定或者校准证书",
        "a calibration certificate with the instrument's serial number",
    ),
    "equipment_calibration_expired": (
        "审核基准日仍有效的检定或者校准证书",
        "a calibration still valid on the as-of date",
    ),
    "regional_lead_unproven": (
        "仪器设备情况及区域领先水平的说明",
        "a statement on the equipment and its regional lead",
    ),
    "commitment_letter_missing": (
        "签字、盖章、注明日期的《入驻机构承诺书》",
        "a commitment letter, signed, sealed and dated",
    ),
    "commitment_letter_altered": ("与附录A文本一致的承诺书", "the wording of Annex A"),
    "commitment_letter_unsigned": ("法定代表人亲笔签字", "the legal representative's signature"),
    "commitment_letter_undated": ("填写签署日期", "the date of signature"),
    "seal_missing": ("加盖本机构公章", "the institution's own seal"),
    "document_unreadable": ("可以打开和读取的文件", "a file that can be opened and read"),
    "low_confidence": ("清晰可辨、足以确认的内容", "a value that can be made sure"),
    "unknown_document": ("可以归类的材料", "a paper of a known kind"),
    "qualification_expiring": ("到期前取得换发的证书", "a renewed certificate before it ends"),
}
"""By finding code: Chinese and English."""
