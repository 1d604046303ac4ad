"""业绩与能力证明: what shows that an institution can do what it offers (clause 4.4 b).

Lists of contracts and staff, awards, results of proficiency tests, letters of clients, contracts by which it serves
others (技术服务合同). A contract by which it rents or buys, an invoice, a test report and an identity paper show none.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import own_papers, readers
from qi_pipeline.extraction.classify import headings_of
from qi_pipeline.extraction.fields import Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Page

FIELDS = (
    FieldSpec(
        name="holder_name",
        labels=("单位名称", "机构名称", "申报单位", "参加机构", "参加单位", "参加实验室", "实验室名称", "获奖单位"),
        read=readers.name,
    ),
)

_TITLE = re.compile(
    r"业绩|技术(?:能力|实力|水平)|能力(?:证明|说明|介绍|验证)|获奖|荣誉|奖状|表彰|人员(?:资格|资质|一览|名单|情况)|技术人员|职称|资格证书"
    r"|客户评价|用户(?:评价|意见)|感谢信|成果|测量审核|实验室间比对"
)
_SERVICE_CONTRACT = re.compile(
    r"(?:技术(?:服务|咨询|开发|委托|合作)?|检验检测|检测|检验|校准|检定|认证|咨询|培训|委托|代理|计量|标准化|知识产权)(?:服务|委托|检测|检验|咨询|技术|代理)*(?:合同|协议)(?:书)?$"
)


def score(page: Page) -> float:
    """Evidence besides the title: a heading that names achievements, staff or a service contract."""
    if own_papers.foreign(page):
        return -1.0
    text = fold("".join(word.text for word in page.words))
    heads = [heading for heading in headings_of(page) if heading.size >= 1.2 and len(heading.text) <= 30]
    evidence = 0.0
    for heading in heads:
        if re.search(r"[,;。:]", heading.text):
            continue
        if _SERVICE_CONTRACT.search(re.sub(r"\([^()]*\)", "", heading.text)):
            parties = bool(re.search(r"甲方|乙方|委托方|受托方|委托人|受托人", text))
            evidence = max(evidence, 0.55 if parties else 0.35)
        elif _TITLE.search(heading.text):
            # Alone at the head of the page and larger than what follows, it is the title.
            heads_page = heading.order == 0 and heading.top < 0.3
            evidence = max(evidence, 0.55 if heads_page else 0.45 if heading.size >= 1.4 else 0.3)
    if evidence and re.search(r"予以表彰|特发此证|授予|以资鼓励|满意结果|评价结果", text):
        evidence += 0.1
    return evidence


EXTRACTOR = Extractor(
    kind="capability_proof",
    titles=(
        "业绩证明",
        "业绩材料",
        "业绩一览表",
        "主要业绩",
        "近三年业绩",
        "服务业绩",
        "技术能力",
        "技术能力证明",
        "技术能力说明",
        "能力证明",
        "获奖证书",
        "荣誉证书",
        "获奖情况",
        "奖状",
        "能力验证",
        "能力验证结果",
        "能力验证结果通知单",
        "人员资格",
        "人员一览表",
        "技术人员一览表",
        "技术服务合同",
        "技术咨询合同",
        "技术开发合同",
        "委托检测合同",
        "检测服务合同",
        "技术委托合同",
        "客户评价",
        "感谢信",
    ),
    fields=FIELDS,
    score=score,
    version="1",
)
