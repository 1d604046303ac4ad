"""The document kinds (文件种类) and service items (服务项目) of the contract, section 3 and 4."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "business_licence": "营业执照",
    "public_institution_certificate": "事业单位法人证书",
    "private_nonenterprise_certificate": "民办非企业单位登记证书",
    "social_organization_certificate": "社会团体法人登记证书",
    "cma_certificate": "检验检测机构资质认定证书",
    "cnas_certificate": "CNAS 认可证书",
    "certification_body_approval": "认证机构批准书",
    "metrology_authorization": "计量授权证书",
    "measurement_standard_certificate": "计量标准考核证书",
    "special_equipment_licence": "特种设备检验检测机构核准证",
    "patent_agency_licence": "专利代理机构执业许可证",
    "hr_service_licence": "人力资源服务许可证",
    "private_school_licence": "民办学校办学许可证",
    "management_system_certificate": "管理体系认证证书",
    "calibration_certificate": "校准证书",
    "other_certificate": "其他证书",
    "commitment_letter": "入驻机构承诺书",
    "application_form": "机构入驻申请表",
    "management_rules": "管理制度文件",
    "capability_proof": "业绩与能力证明",
    "equipment_statement": "仪器设备情况说明",
    "credit_report": "信用报告",
    "unknown": "未识别文件",
}
"""Kind to its Chinese name, in the order of the contract."""

LICENCE_KINDS = frozenset(
    {
        "business_licence",
        "public_institution_certificate",
        "private_nonenterprise_certificate",
        "social_organization_certificate",
    }
)
"""The papers that clause 5.1 a) asks for: 营业执照或法人证书."""

CATEGORIES: dict[str, str] = {
    "metrology": "计量",
    "standardization": "标准化",
    "certification_accreditation": "认证认可",
    "inspection_testing": "检验检测",
    "quality_management": "质量管理",
    "intellectual_property": "知识产权",
    "training": "人才培训",
    "shared_laboratory": "共享实验室（仪器设备）",
}
"""Category to its Chinese name (clauses 4.4 and 4.5)."""

SERVICE_ITEMS: dict[str, str] = {
    "testing": "检验检测",
    "internal_testing": "内部检测",
    "special_equipment_inspection": "特种设备检验",
    "verification": "检定",
    "calibration": "校准",
    "metrology_consulting": "计量咨询",
    "certification": "认证",
    "certification_consulting": "认证咨询",
    "standardization": "标准化",
    "quality_consulting": "质量管理咨询",
    "patent_agency": "专利代理",
    "ip_consulting": "知识产权咨询",
    "schooling": "办学",
    "job_placement": "职业中介",
    "business_training": "业务培训",
    "instrument_sharing": "仪器共享",
}
"""Service item to the name that a scanned application form gives it, in the order of the contract's table."""
