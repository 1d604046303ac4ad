"""Words of the night's report by language."""

from __future__ import annotations

from qi_pipeline.reports.phrases import FIELDS, HEADINGS

WORDS: dict[str, dict[str, str]] = {
    "title": {"zh": "每夜复核报告", "en": "Nightly re-verification"},
    "as_of": {"zh": "基准日", "en": "As of"},
    "institutions": {"zh": "在册机构", "en": "Institutions"},
    "qualifications": {"zh": "在册证书", "en": "Certificates"},
    "deregistered": {"zh": "今夜注销", "en": "Deregistered tonight"},
    "suspended": {"zh": "暂停中", "en": "Suspended"},
    "reinstated": {"zh": "今夜恢复", "en": "Reinstated tonight"},
    "expiring": {"zh": "即将到期", "en": "Expiring"},
    "annual_audits": {"zh": "年度审核", "en": "Annual audits"},
    "overdue": {"zh": "逾期事项", "en": "Overdue duties"},
    "flags": {"zh": "信用提示", "en": "Credit flags"},
    "calendar": {"zh": "未来12个月到期日历", "en": "Expiry calendar of the next 12 months"},
    "nothing_ends": {
        "zh": "未来12个月内没有在册证书或者执照到期。",
        "en": "No certificate or licence on file ends within the next 12 months.",
    },
    "month": {"zh": "月份", "en": "Month"},
    "certificates": {"zh": "资质证书", "en": "Certificates"},
    "licences": {"zh": "营业执照（法人证书）", "en": "Licences"},
    "letter": {"zh": "文书", "en": "Letter"},
    "open": {"zh": "打开", "en": "open"},
    "none": {"zh": "无", "en": "None."},
    "more": {
        "zh": "共{n}行，此处显示前{shown}行，全部见 nightly.xlsx。",
        "en": "{n} rows, the first {shown} shown; all are in nightly.xlsx.",
    },
    "stale": {"zh": "名单更新提示", "en": "Stale lists"},
    "stale_text": {"zh": "{name}最近一次导入于{day}，请更新。", "en": "{name} was last loaded on {day}; load it anew."},
    "complaints": {"zh": "逾期投诉", "en": "Overdue complaints"},
    "complaint_text": {"zh": "{number}（{name}）应于{day}前办结。", "en": "{number} ({name}) was due on {day}."},
    "files": {"zh": "数据与文书", "en": "Data and letters"},
    "skip": {"zh": "跳到清单", "en": "Skip to the lists"},
    "tonight": {"zh": "今夜", "en": "Tonight"},
    "looked_at": {"zh": "复核范围", "en": "Looked at"},
    "looked": {
        "zh": "{institutions}家机构，{qualifications}份证书",
        "en": "{institutions} institutions, {qualifications} certificates",
    },
    "changes": {"zh": "今夜发生的变化", "en": "What changed tonight"},
    "no_change": {"zh": "没有变化。", "en": "Nothing changed."},
    "to_do": {"zh": "需要处理", "en": "To be done"},
    "quiet": {"zh": "无变化", "en": "Nothing changed"},
    "changed": {"zh": "有{n}家机构变化", "en": "{n} institutions changed"},
    "grave": {"zh": "注销{n}家机构", "en": "{n} deregistered"},
    "was_deregistered": {
        "zh": "{name}：资质失效且宽限期已满，予以注销（{order}）",
        "en": "{name}: deregistered, qualification lapsed and grace over ({order})",
    },
    "more_deregistered": {"zh": "另有{n}家注销", "en": "{n} more deregistered"},
    "were_suspended": {"zh": "今夜暂停{n}家机构的服务", "en": "Services of {n} institutions suspended tonight"},
    "were_reinstated": {"zh": "今夜恢复{n}家机构的服务", "en": "Services of {n} institutions reinstated tonight"},
    "were_reminded": {"zh": "今夜提醒{n}家机构证照即将到期", "en": "{n} institutions reminded of what expires"},
    "were_announced": {"zh": "今夜通知{n}家机构年度审核", "en": "{n} institutions told of their annual audit"},
    "do_overdue": {"zh": "逾期事项{n}项", "en": "{n} duties overdue"},
    "do_flags": {"zh": "信用提示{n}条", "en": "{n} credit flags"},
    "do_complaints": {"zh": "逾期投诉{n}件", "en": "{n} complaints overdue"},
    "do_stale": {"zh": "名单需更新{n}份", "en": "{n} lists to load anew"},
    "do_faults": {"zh": "未能生成的文书或PDF，见文末", "en": "Letters or PDFs that could not be written, see below"},
    "letters": {
        "zh": "今夜文书{n}份，其中{pdf}份已有PDF。",
        "en": "{n} letters tonight, {pdf} of them as PDF too.",
    },
    "left": {
        "zh": "其余{n}份可由下列命令生成PDF：",
        "en": "This command writes the PDFs of the other {n}:",
    },
    "faults": {"zh": "未能生成", "en": "Could not be written"},
}

COLUMNS: dict[str, dict[str, str]] = {
    "uscc": HEADINGS["uscc"],
    "name": {"zh": "机构名称", "en": "Institution"},
    "order": {"zh": "文号", "en": "Order"},
    "clause": {"zh": "条款", "en": "Clause"},
    "reason": HEADINGS["reason"],
    "services": {"zh": "服务", "en": "Services"},
    "deregisters_on": {"zh": "将于此日注销", "en": "Deregisters on"},
    "kind": {"zh": "证照", "en": "Paper"},
    "number": {"zh": "编号", "en": "Number"},
    "valid_to": FIELDS["valid_to"],
    "days_left": {"zh": "剩余天数", "en": "Days left"},
    "due_on": {"zh": "期限", "en": "Due on"},
    "state": {"zh": "状态", "en": "State"},
    "duty": {"zh": "事项", "en": "Duty"},
    "code": {"zh": "提示", "en": "Flag"},
}

REASONS: dict[str, dict[str, str]] = {
    "qualification_expired": {"zh": "资质证书已过有效期", "en": "qualification expired"},
    "licence_expired": {"zh": "营业执照（法人证书）已过有效期", "en": "licence expired"},
    "due": {"zh": "待审核", "en": "due"},
    "overdue": {"zh": "已逾期", "en": "overdue"},
}

LISTS: dict[str, dict[str, str]] = {
    "violations": {"zh": "违法违规记录", "en": "The list of violations"},
    "abnormal": {"zh": "经营异常名录", "en": "The list of abnormal operation"},
    "serious": {"zh": "严重违法失信名单", "en": "The list of serious violations"},
}
