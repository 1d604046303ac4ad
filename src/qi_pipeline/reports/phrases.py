"""Words of the reports by language: outcomes, severities, fields, headings."""

from __future__ import annotations

from typing import Literal

from qi_pipeline.kinds import KINDS

Lang = Literal["zh", "en"]

OUTCOMES: dict[str, dict[str, str]] = {
    "admit": {"zh": "准予入驻", "en": "Admit"},
    "supplement": {"zh": "补正材料", "en": "Supplement papers"},
    "further_verification": {"zh": "需进一步证明或实地调查", "en": "Further proof or site visit"},
    "reject": {"zh": "不予入驻", "en": "Reject"},
    "manual_review": {"zh": "待人工审核", "en": "A person must look"},
}
"""Outcome (contract section 6) by language."""

SEVERITIES: dict[str, dict[str, str]] = {
    "reject": {"zh": "不予入驻", "en": "reject"},
    "supplement": {"zh": "须补正", "en": "supplement"},
    "verify": {"zh": "须核实", "en": "verify"},
    "review": {"zh": "须人工判断", "en": "review"},
    "notice": {"zh": "提示", "en": "notice"},
}

REQUESTS: dict[str, dict[str, str]] = {
    "admission": {"zh": "入驻申请", "en": "admission"},
    "supplement": {"zh": "补正", "en": "supplement"},
    "change": {"zh": "信息变更", "en": "change"},
    "renewal": {"zh": "证书更新", "en": "renewal"},
    "annual_audit": {"zh": "年度审核", "en": "annual audit"},
    "exit": {"zh": "退出申请", "en": "exit"},
}

FIELDS: dict[str, dict[str, str]] = {
    "holder_name": {"zh": "名称", "en": "Holder"},
    "holder_uscc": {"zh": "统一社会信用代码", "en": "USCC"},
    "address": {"zh": "地址", "en": "Address"},
    "legal_representative": {"zh": "法定代表人（负责人）", "en": "Legal representative"},
    "certificate_number": {"zh": "证书编号", "en": "Certificate number"},
    "issuing_authority": {"zh": "发证机关", "en": "Issuing authority"},
    "issued_on": {"zh": "发证日期", "en": "Issued on"},
    "valid_from": {"zh": "生效日期", "en": "Valid from"},
    "valid_to": {"zh": "有效期至", "en": "Valid to"},
    "long_term": {"zh": "长期", "en": "Long-term"},
    "scope_text": {"zh": "范围", "en": "Scope"},
    "scope_items": {"zh": "能力附表", "en": "Scope rows"},
    "entity_type": {"zh": "类型", "en": "Entity type"},
    "registered_capital": {"zh": "注册资本", "en": "Registered capital"},
    "established_on": {"zh": "成立日期", "en": "Established on"},
    "registration_number": {"zh": "注册号", "en": "Registration number"},
    "instrument_name": {"zh": "器具名称", "en": "Instrument"},
    "instrument_model": {"zh": "型号规格", "en": "Model"},
    "instrument_serial": {"zh": "出厂编号", "en": "Serial number"},
    "calibrated_on": {"zh": "校准（检定）日期", "en": "Calibrated on"},
    "signed_on": {"zh": "签署日期", "en": "Signed on"},
    "signature_present": {"zh": "签字", "en": "Signature"},
    "promises": {"zh": "承诺事项", "en": "Promises"},
    "information_categories": {"zh": "信息类别", "en": "Information categories"},
    "category": {"zh": "机构类别", "en": "Category"},
    "request": {"zh": "申请类型", "en": "Request"},
    "reference": {"zh": "申请编号", "en": "Reference"},
    "submitted_at": {"zh": "提交时间", "en": "Submitted at"},
    "services": {"zh": "服务项目", "en": "Services"},
    "customer_service": {"zh": "客服人员", "en": "Customer service"},
    "equipment": {"zh": "仪器设备", "en": "Equipment"},
}

DUTIES: dict[str, dict[str, str]] = {
    "notify_applicant": {"zh": "将审核结果通知申请机构", "en": "Notify the applicant of the result"},
    "complete_profile": {"zh": "完善机构信息和服务方案", "en": "Complete profile and service plan"},
    "deregister_closed": {"zh": "关闭后登记注销", "en": "Deregister after closing"},
}

_KINDS_EN = {
    "cma_certificate": "CMA certificate",
    "cnas_certificate": "CNAS certificate",
    "hr_service_licence": "HR service licence",
}


def kind_name(kind: str, lang: Lang) -> str:
    """The name of a document kind for people."""
    if lang == "zh":
        return KINDS.get(kind, kind)
    return _KINDS_EN.get(kind, kind.replace("_", " ").capitalize())


def pick(table: dict[str, dict[str, str]], key: str, lang: Lang) -> str:
    """The phrase for ``key``, or the key itself where the table has none."""
    return table.get(key, {}).get(lang, key)


HEADINGS: dict[str, dict[str, str]] = {
    "title": {"zh": "入驻审核报告", "en": "Admission review report"},
    "institution": {"zh": "申请机构", "en": "Institution"},
    "packet": {"zh": "材料包", "en": "Packet"},
    "request": {"zh": "申请类型", "en": "Request"},
    "as_of": {"zh": "审核基准日", "en": "As of"},
    "submitted": {"zh": "提交时间", "en": "Submitted"},
    "clause": {"zh": "条款", "en": "Clause"},
    "findings": {"zh": "审核发现", "en": "Findings"},
    "nothing": {"zh": "未发现问题。", "en": "Nothing was found against it."},
    "do": {"zh": "处理", "en": "What to do"},
    "expected": {"zh": "应为", "en": "Expected"},
    "services": {"zh": "服务项目", "en": "Services"},
    "service": {"zh": "服务", "en": "Service"},
    "qualified": {"zh": "符合", "en": "qualified"},
    "unqualified": {"zh": "不符合", "en": "not qualified"},
    "by": {"zh": "依据", "en": "By"},
    "row": {"zh": "对应能力范围", "en": "Scope row"},
    "result": {"zh": "结论", "en": "Result"},
    "deadlines": {"zh": "期限", "en": "Deadlines"},
    "due": {"zh": "最迟", "en": "due"},
    "provisional": {"zh": "（日历未发布，暂定）", "en": "(provisional: beyond the published calendar)"},
    "documents": {"zh": "材料与识读内容", "en": "Papers and what was read"},
    "field": {"zh": "项目", "en": "Field"},
    "value": {"zh": "识读内容", "en": "Value"},
    "confidence": {"zh": "把握", "en": "Confidence"},
    "place": {"zh": "位置", "en": "Place"},
    "page": {"zh": "第{n}页", "en": "page {n}"},
    "doubtful": {"zh": "存疑", "en": "doubtful"},
    "unread": {"zh": "印有但无法辨认", "en": "printed, can't be read"},
    "derived": {"zh": "按期限推算", "en": "computed from the term"},
    "suggestion": {"zh": "校验位提示可能为", "en": "the check digit suggests"},
    "seals": {"zh": "印章", "en": "Seals"},
    "unreadable_seal": {"zh": "印文无法辨认", "en": "name can't be read"},
    "codes": {"zh": "二维码/条码", "en": "Codes"},
    "signatures": {"zh": "电子签名", "en": "Electronic signatures"},
    "failures": {"zh": "无法打开的文件", "en": "Files that could not be read"},
    "versions": {"zh": "版本与处理", "en": "Versions and processing"},
    "seconds": {"zh": "识读用时（秒/页）", "en": "Reading, seconds a page"},
    "automatic": {"zh": "系统依规则自动作出", "en": "decided by the rules"},
    "waits": {"zh": "系统建议，待审核人员决定", "en": "recommendation; waits for a reviewer's decision"},
    "sign": {"zh": "审核人员签字", "en": "Reviewer's signature"},
    "date": {"zh": "日期", "en": "Date"},
    "agree": {"zh": "同意", "en": "agree"},
    "object": {"zh": "不同意，理由：", "en": "object, because:"},
    "yes": {"zh": "是", "en": "yes"},
    "no": {"zh": "否", "en": "no"},
    "online_form": {"zh": "在线申请表", "en": "online form"},
    "whole_page": {"zh": "整页", "en": "whole page"},
    "rows": {"zh": "共{n}行，显示前{shown}行", "en": "{n} rows, the first {shown} shown"},
    "decided_by": {"zh": "审核人员决定", "en": "Decided by a reviewer"},
}
