"""What the institution's own papers have in common: an organisation's name on the cover, and what speaks against them.

Standards, laws, contracts, invoices, test reports and papers of persons stand beside them in packets and share words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qi_pipeline.extraction.classify import headings_of
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.extraction.lines import rows_of
from qi_pipeline.model import Field, Page

_ORGANISATION = re.compile(
    r"^[\u3400-\u9fff()·a-z0-9]{2,40}(?:公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|事务所|检测站|检验所|检测所|检测院|合作社|工作室|经营部|厂|院)(?:\([^()]{1,20}\))?$"
)
_AROUND_NAME = re.compile(r"(?:发布|编制|编|制定|颁布|印发)$")
_STANDARD = re.compile(r"规范性引用文件|术语和定义|本文件规定了|本标准规定了|本文件按照gb/t1\.1|ics[0-9]{2}\.|起草单位")
_LAW = re.compile(
    r"关于印发|国务院令|主席令|总局令|规范性文件|各(?:市|县|区).{0,12}(?:局|委)[:,、]|人民代表大会常务委员会"
)
_BOUGHT = re.compile(
    r"租赁(?:合同|协议|契约)|购销合同|采购(?:合同|订单|协议)|买卖合同|销售合同|供货合同|订货合同|发票|房屋租赁|劳动合同|物业|保洁|保安服务|装修|施工合同|保险单|借款合同"
)
_REPORT = re.compile(r"(?:检测|检验|测试|试验|校准|检定)(?:报告|证书)(?:书)?$|检测报告|检验报告|testreport")
_PERSON = re.compile(r"居民身份证|公民身份号码|不动产权|房产证|行驶证|驾驶证|户口")


def foreign(page: Page) -> float:
    """How much speaks against an institution's own paper: 0 for nothing, 1 for a paper of another sort."""
    text = fold("".join(word.text for word in page.words))
    head = "".join(heading.text for heading in headings_of(page) if heading.size >= 1.2 or heading.order < 3)
    if len(_STANDARD.findall(text)) >= 2 or _PERSON.search(text):
        return 1.0
    if _BOUGHT.search(head) or re.search(r"购买方.{0,200}销售方|发票号码|开票日期", text):
        return 1.0
    if any(_REPORT.search(heading.text) for heading in headings_of(page) if heading.size >= 1.3):
        return 1.0
    return 1.0 if _LAW.search(text[:400]) else 0.0


def is_organisation(text: str) -> bool:
    """Whether a run of text is the whole name of an organisation and nothing else."""
    return len(fold(text)) >= 6 and bool(_ORGANISATION.match(fold(text)))


def cover_name(pages: Sequence[Page]) -> Field | None:
    """The organisation whose name stands in a row of its own on the cover, the largest; None where there is none."""
    page = pages[0]
    best: Field | None = None
    tallest = 0.0
    for row in rows_of(page.words, page.width / page.height if page.height else 0.707):
        text = _AROUND_NAME.sub("", tidy(row.text).rstrip(" 　"))
        if not is_organisation(text) or len(row.words) > 2:
            continue
        if row.height > tallest:
            tallest = row.height
            best = Field(
                value=tidy(text),
                raw=row.text,
                confidence=min(word.confidence for word in row.words),
                page=page.number,
                box=row.box,
            )
    return best
