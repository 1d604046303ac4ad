"""营业执照: the licence of companies, branches, partnerships, sole traders and cooperatives.

Issued by the market regulator (市场监督管理局, before 2018 工商行政管理局, some places 行政审批局) under
市场主体登记管理条例. Editions: before 2014 landscape (注册号, 实收资本); 2014 portrait, one column; 2019
landscape, two columns; since March 2022 the same without a term; Shenzhen prints 主体类型 and no scope.
The date over the seal is the issue date (发照日期) and has no label; 成立日期 is not it, and the annual-report reminder
(1月1日至6月30日) is no term.
"""

from __future__ import annotations

import re

from qi_pipeline.extraction import entities, readers, terms
from qi_pipeline.extraction.classify import Heading, bare_title, headings_of
from qi_pipeline.extraction.dates import date_of
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.extraction.lines import cut
from qi_pipeline.model import Field, Page

FIELDS = (
    entities.USCC,
    FieldSpec(
        name="holder_name", labels=("名称", "企业名称", "字号名称", "商事主体名称"), read=readers.name, required=True
    ),
    FieldSpec(
        name="entity_type",
        labels=("类型", "主体类型", "公司类型", "企业类型", "经济性质", "市场主体类型"),
        read=readers.text,
    ),
    FieldSpec(
        name="legal_representative",
        labels=(
            "法定代表人",
            "法定代表人姓名",
            "负责人",
            "经营者",
            "经营者姓名",
            "投资人",
            "投资人姓名",
            "执行事务合伙人",
            "负责人姓名",
            "代表人",
        ),
        read=readers.person,
        required=True,
    ),
    FieldSpec(
        name="address",
        labels=("住所", "主要经营场所", "经营场所", "营业场所", "住址", "经营住所"),
        read=readers.address,
    ),
    FieldSpec(
        name="registered_capital",
        labels=("注册资本", "出资额", "注册资金", "成员出资总额", "出资总额", "资金数额"),
        read=readers.capital,
    ),
    FieldSpec(name="established_on", labels=("成立日期", "注册日期", "成立时间"), read=terms.day),
    FieldSpec(name="scope_text", labels=("经营范围", "业务范围", "经营范围及方式"), read=readers.scope),
    *terms.term(("营业期限", "经营期限", "合伙期限", "业务期限", "有效期限", "营业期限自")),
    FieldSpec(name="issued_on", labels=entities.ISSUED, read=terms.day),
    FieldSpec(name="issuing_authority", labels=entities.ISSUER, read=readers.authority),
    FieldSpec(name="certificate_number", labels=("证照编号", "编号", "证照号"), read=readers.number()),
    FieldSpec(
        name="registration_number",
        labels=("注册号", "工商注册号"),
        read=readers.number(r"(?<!\d)\d{13}(?:\d{2})?(?!\d)"),
    ),
)

_REMINDER = re.compile(r"市场主体应当于每年|国家企业信用信息公示系统|企业信用信息公示系统")
_PRINTER = re.compile(r"国家(?:工商行政管理总?局|市场监督管理总局)监?制")
"""Who has the blank printed (监制), at the foot of every edition; on other papers as well, without these labels."""
_TITLE = "营业执照"
_FEWEST_MARKS = 3
"""So many of a licence's own labels make up for a title of which only half was read."""


def score(page: Page) -> float:
    """Evidence besides the title: labels that stand together on licences, the reminder, gsxt in the code."""
    text = fold(" ".join(word.text for word in page.words))
    marks = sum(label in text for label in ("登记机关", "成立日期", "注册资本", "经营范围", "统一社会信用代码"))
    evidence = 0.06 * marks
    if _REMINDER.search(text):
        evidence += 0.1
    if any("gsxt" in code.text for code in page.codes):
        evidence += 0.1
    if marks >= _FEWEST_MARKS:
        evidence += 0.1 * (_PRINTER.search(text) is not None) + 0.15 * any(map(_is_half_title, headings_of(page)))
    return min(evidence, 0.45)


def _is_half_title(heading: Heading) -> bool:
    """Whether a large heading of four letters has two of the title's in their places (官业执点 for 营业执照).

    The title is set in Kai or in gold over a guilloche, and engines read large letters worse than small ones.
    """
    text = bare_title(heading.text)
    alike = sum(a == b for a, b in zip(text, _TITLE, strict=False))
    return heading.size >= 1.6 and len(text) == len(_TITLE) and alike >= len(_TITLE) // 2


_NUMBER = re.compile(r"(?<![0-9a-zA-Z])(?P<division>[0-9]{6})(?:[0-9]{2,3})?(?P<day>20[0-9]{6})[0-9]{4}(?![0-9a-zA-Z])")
"""A 证照编号: the registrar's division, the day, a serial number."""


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The fields with those that have no label; a 证照编号 proves itself by its division and its day."""
    fields = entities.finish(document, fields)
    code = fields.get("holder_uscc")
    if "certificate_number" in fields or code is None or not isinstance(code.value, str):
        return fields
    for page in document.pages:
        for word in page.words:
            number = _NUMBER.search(compact(word.text))
            if number and number["division"][:4] == code.value[2:6] and date_of(number["day"]) is not None:
                start = word.text.find(number.group())
                piece = cut(word, start, start + len(number.group())) if start > 0 else word
                field = Field(
                    value=number.group(), raw=piece.text, confidence=word.confidence, page=page.number, box=piece.box
                )
                return fields | {"certificate_number": field}
    return fields


def edition(document: DocumentPages, fields: dict[str, Field]) -> str:
    """``old`` before 2014, ``2014`` portrait, ``2019`` landscape with a term, ``2022`` landscape without one."""
    page = document.pages[0]
    text = fold(" ".join(word.text for word in page.words))
    if "实收资本" in text or "法人营业执照" in text or ("holder_uscc" not in fields and page.width > page.height):
        return "old"
    if page.width < page.height:
        return "2014"
    return "2019" if re.search(r"(?:营业|合伙|经营|业务)期限", text) else "2022"


EXTRACTOR = Extractor(
    kind="business_licence",
    titles=(
        "营业执照",
        "企业法人营业执照",
        "个体工商户营业执照",
        "合伙企业营业执照",
        "个人独资企业营业执照",
        "农民专业合作社法人营业执照",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
    edition=edition,
    inside=(
        "许可项目",
        "一般项目",
        "许可经营项目",
        "一般经营项目",
        "服务范围",
        "许可范围",
        "许可内容",
        "服务内容",
        "业务类型",
    ),
)
