"""仪器设备情况说明: a shared laboratory's list of its equipment and statement of its lead in the region (clause 4.5).

No form is prescribed; known by the title (设备清单, 仪器设备一览表, 区域领先说明). A purchase contract with a list, an
invoice and a calibration certificate are not of this kind.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import own_papers, readers
from qi_pipeline.extraction.classify import headings_of
from qi_pipeline.extraction.fields import Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Page

FIELDS = (FieldSpec(name="holder_name", labels=("单位名称", "机构名称", "实验室名称", "申报单位"), read=readers.name),)

_TITLE = re.compile(
    r"(?:仪器|设备|实验室).{0,12}(?:清单|一览表|情况说明|说明|情况表|台账|明细表|汇总表|介绍|情况)|(?:区域|行业|地区|国内|省内).{0,6}领先"
)


def score(page: Page) -> float:
    """Evidence besides the title: a heading about equipment over columns of names, models and numbers."""
    if own_papers.foreign(page):
        return -1.0
    text = fold("".join(word.text for word in page.words))
    if re.search(r"甲方|乙方|合同编号|校准证书|检定证书|入驻申请表", text):
        return -0.3
    heads = [h for h in headings_of(page) if h.size >= 1.2 and len(h.text) <= 30 and not re.search(r"[,;。]", h.text)]
    named = any(_TITLE.search(heading.text) for heading in heads)
    columns = sum(mark in text for mark in ("型号", "编号", "原值", "制造", "数量", "状态", "购置", "领先", "保养"))
    return (0.45 if named else 0.0) + min(0.03 * columns, 0.12) * (2 if named else 1)


EXTRACTOR = Extractor(
    kind="equipment_statement",
    titles=(
        "仪器设备情况说明",
        "仪器设备说明",
        "仪器设备清单",
        "仪器设备一览表",
        "设备清单",
        "设备一览表",
        "设备情况说明",
        "主要仪器设备",
        "区域领先说明",
        "区域领先情况说明",
        "区域领先",
        "仪器设备台账",
    ),
    fields=FIELDS,
    score=score,
    version="1",
)
