"""信用报告: what a public system says of an institution's credit (clause 4.3).

信用中国's 公共信用信息报告, the 企业信用信息公示报告 of 国家企业信用信息公示系统, or a page of either. The latter opens
with the data of the licence (营业执照信息), so its labels are those of a licence; its title and the lists of penalties
and abnormal operations tell it.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import readers, terms
from qi_pipeline.extraction.fields import Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Page

FIELDS = (
    FieldSpec(
        name="holder_name",
        labels=("主体名称", "企业名称", "机构名称", "单位名称", "报告主体", "查询对象", "信用主体名称", "名称"),
        read=readers.name,
        required=True,
    ),
    FieldSpec(
        name="holder_uscc",
        labels=("统一社会信用代码", "社会信用代码", "统一社会信用代码/注册号", "信用代码"),
        read=readers.uscc,
        required=True,
    ),
    FieldSpec(
        name="legal_representative",
        labels=("法定代表人", "法定代表人/负责人", "法定代表人/负责人姓名", "负责人", "经营者"),
        read=readers.person,
    ),
    FieldSpec(name="address", labels=("住所", "注册地址", "企业地址", "经营场所", "地址"), read=readers.address),
    FieldSpec(
        name="issued_on",
        labels=(
            "生成时间",
            "生成日期",
            "报告生成时间",
            "报告生成日期",
            "报告日期",
            "报告时间",
            "报告出具日期",
            "出具日期",
            "查询时间",
            "查询日期",
            "下载时间",
            "下载日期",
            "打印时间",
            "打印日期",
        ),
        read=terms.day,
    ),
)

_TITLE = re.compile(
    r"信用信息公示报告|公共信用信息(?:概况|查询)?报告|信用信息报告|企业信用报告|机构信用报告|专用信用报告|信用报告"
)
_LISTS = (
    "行政许可",
    "行政处罚",
    "经营异常名录",
    "严重违法失信",
    "守信激励",
    "失信被执行人",
    "抽查检查",
    "信用承诺信息",
    "动产抵押",
    "股权出质",
    "司法协助",
    "双公示",
)


def score(page: Page) -> float:
    """Evidence besides the title: the title's words anywhere, and the public lists that a report goes through."""
    text = fold("".join(word.text for word in page.words))
    if re.search(r"申请表|承诺书|管理制度", text[:120]):
        return 0.0
    lists = sum(name in text for name in _LISTS)
    source = bool(re.search(r"信用中国|国家企业信用信息公示系统|creditchina", text))
    if _TITLE.search(text[:200]):
        return 0.7 if lists or source else 0.4
    return 0.55 if lists >= 4 or (lists >= 3 and source) else 0.0


EXTRACTOR = Extractor(
    kind="credit_report",
    titles=(
        "企业信用信息公示报告",
        "公共信用信息报告",
        "法人和非法人组织公共信用信息报告",
        "信用信息报告",
        "企业信用报告",
        "信用报告",
    ),
    fields=FIELDS,
    score=score,
    version="1",
)
