"""管理制度文件: the institution's rules (clause 4.3): 质量手册, 程序文件, 服务、保密、投诉处理等管理制度.

No form is prescribed. Known by a title on the cover or the first page, and by numbered chapters and articles that
speak of 本制度 or 本手册. A technical standard (规范性引用文件), a law or notice, and a contract are not of this kind.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import own_papers, readers
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.model import Field, Page

FIELDS = (FieldSpec(name="holder_name", labels=("单位名称", "机构名称", "编制单位", "发布单位"), read=readers.name),)

_SELF = re.compile(r"本(?:制度|手册|程序文件|程序|规定|办法|规程|守则)")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百0-9]{1,4}[条章]")
_PARTS = re.compile(r"[0-9一二三四五六]\.?(?:目的|适用范围|职责|工作程序|相关文件|程序|要求)")

_HEAD = 0.2
"""The head that runs over every page of a manual ends so far down at most."""
_BY_HEAD = 0.62
_NAMED = re.compile(
    r"[\u4e00-\u9fff]{0,12}(?:质量手册|管理手册|程序文件|控制程序|管理程序|管理制度|规章制度|作业指导书|管理体系文件)"
)
_CONTROL = re.compile(
    r"文件(?:编号|编码|号)|版[本次号]|第[0-9a-z一二三四五六七八九十]{1,3}版|修订|受控|第[0-9一二三四五六七八九十]{1,2}章"
)


def score(page: Page) -> float:
    """Evidence besides the title: articles and chapters of a paper that speaks of itself as rules."""
    against = own_papers.foreign(page)
    text = fold("".join(word.text for word in page.words))
    if against or re.search(r"甲方|合同编号", text):
        return -1.0
    if _is_controlled(page):
        return _BY_HEAD
    articles = len(_ARTICLE.findall(text)) >= 3 or len(_PARTS.findall(text)) >= 3
    itself = bool(_SELF.search(text))
    if articles and itself:
        # 本办法 and 本规定 are what laws call themselves too: then the title has to say it.
        own = re.search(r"本(?:制度|手册|程序文件|守则)", text)
        return 0.55 if own and len(_ARTICLE.findall(text)) >= 3 else 0.3
    return 0.15 if articles or itself else 0.0


def _is_controlled(page: Page) -> bool:
    """Whether the page has the head of a controlled document (受控文件): its name beside number, issue or chapter."""
    top = [fold(word.text) for word in page.words if word.box[3] <= _HEAD]
    return any(_NAMED.fullmatch(text) for text in top) and any(_CONTROL.search(text) for text in top)


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The name on the cover, where none has a label."""
    name = own_papers.cover_name(document.pages)
    return fields if name is None or "holder_name" in fields else fields | {"holder_name": name}


EXTRACTOR = Extractor(
    kind="management_rules",
    titles=(
        "管理制度",
        "管理制度文件",
        "管理制度汇编",
        "规章制度",
        "规章制度汇编",
        "制度汇编",
        "质量手册",
        "管理手册",
        "程序文件",
        "体系文件",
        "保密制度",
        "服务制度",
        "投诉处理制度",
        "工作制度",
        "岗位职责",
        "岗位责任制",
        "管理规定",
        "管理办法",
        "服务规范制度",
        "投诉处理程序",
        "保密管理程序",
        "控制程序",
        "工作守则",
        "行为准则",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
    version="1",
)
