"""Which column of a scope annex says what: roles from the wording of the table's header.

The key columns of a CMA annex (附表) are 序号, 类别(产品/项目/参数), 产品/项目/参数 with its own 序号 and 名称,
依据的标准(方法)名称及编号(含年号), 限制范围, 说明; a CNAS annex (附件) prints 检测对象, 项目/参数, 领域代码,
检测标准(方法), 说明, 生效日期; a calibration or metrology annex 测量仪器, 被测量, 校准方法 or 依据规程,
测量范围, 不确定度. Tables of signatories (授权签字人), sites, equipment and results share the pages and must
not be taken for scope.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.extraction.standards import standards_in

Role = Literal["number", "category", "item", "standard", "limitation", "note", "range", "code", "other"]
"""What a column of a scope table holds; ``other`` is known and not used (领域代码, 生效日期, 不确定度)."""

MAX_HEADER_ROWS = 4

_BREAK = re.compile(r"[\s:：*]+")

# Tables whose header has one of these are never a scope, whatever else stands there.
_NOT_SCOPE = re.compile(
    r"姓名|签字人|签名|职务|职称|变更前|变更后|变更内容|制造厂|生产厂|制造单位|出厂编号|设备编号|仪器编号|规格型号|型号"
    r"|测量结果|测得值|示值误差|实测值|检定结果|校准结果|检测结果|邮编|联系人|场所代码"
    r"|NameofSignatory|AuthorizedSignator",
    re.IGNORECASE,
)

# Tried in order on the folded header path (upper header cells first); the first that matches names the role.
_ROLES: tuple[tuple[re.Pattern[str], Role], ...] = (
    (
        re.compile(
            r"序号(?:\(?(?:No\.?|S/?N|Serial(?:No\.?|Number)?|Index)\)?)?$|(?:Item|Parameter|Object)s?No\.?$|^(?:编号|项次|号|№|No\.?|S/?N|Seri?al(?:No\.?)?|Index)$",
            re.IGNORECASE,
        ),
        "number",
    ),
    (re.compile(r"领域代码|项目代码|代码$|代号$|^Code", re.IGNORECASE), "code"),
    (re.compile(r"限制|Limitation|Restriction", re.IGNORECASE), "limitation"),
    (re.compile(r"生效日期|日期$|年月$|状态$|EffectiveDate", re.IGNORECASE), "other"),
    (re.compile(r"不确定度|准确度|误差|CMC|Uncertainty|分辨力", re.IGNORECASE), "other"),
    (re.compile(r"测量范围|检定范围|校准范围|量程|量限|Range", re.IGNORECASE), "range"),
    (re.compile(r"计量标准|标准器|标准物质|标准装置"), "other"),
    (
        re.compile(
            r"标准[(（/／、]?(?:方法|规范|规程)|(?:依据|执行|采用|检测|检验|检定|校准|试验|分析|方法|技术)的?标准|标准名称|标准编号|标准号|标准代号"
            r"|(?:检测|检验|校准|试验|分析|检定|测试)方法|方法(?:名称|标准|编号|依据)|依据|规程|技术规范|校准规范|作业指导|Standard|Method|Procedure",
            re.IGNORECASE,
        ),
        "standard",
    ),
    (re.compile(r"^标准$"), "standard"),
    (re.compile(r"说明|备注|附注|Note|Remark", re.IGNORECASE), "note"),
    (
        re.compile(
            r"类别|^(?:检测|检验|校准|测试|试验|鉴定)?(?:产品|对象|样品|领域|大类)(?:类别|名称)?$|产品/对象|对象$"
            r"|测量仪器|检测领域|检验领域|专业领域|TestObject|TestItems?Object|MeasuringInstrument|Categor|ItemsInspected|Materials",
            re.IGNORECASE,
        ),
        "category",
    ),
    (
        re.compile(
            r"项目|参数|名称$|被测量|器具|Parameter|^Items?$|Measurand|TestItem|内容$|能力范围|产品标准$",
            re.IGNORECASE,
        ),
        "item",
    ),
    (re.compile(r"范围|级别|等级"), "range"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The roles of a table's columns, left to right, and the header's wording."""

    roles: tuple[Role, ...]
    titles: tuple[str, ...]

    def at(self, role: Role) -> tuple[int, ...]:
        """Indexes of the columns with ``role``."""
        return tuple(index for index, found in enumerate(self.roles) if found == role)


def folded(text: str) -> str:
    """Header text for comparison: NFKC, without spaces, line breaks and colons.

    >>> folded("序 号") , folded("标准（方法）")
    ('序号', '标准(方法)')
    """
    return _BREAK.sub("", unicodedata.normalize("NFKC", text))


def role_of(path: str) -> Role | None:
    """The role of a column from its folded header, upper cells first; None when no wording is known.

    >>> role_of("类别(产品/项目/参数)"), role_of("产品/项目/参数序号"), role_of("产品/项目/参数名称")
    ('category', 'number', 'item')
    >>> role_of("依据的标准(方法)名称及编号(含年号)"), role_of("领域代码"), role_of("二氧化硫")
    ('standard', 'code', None)
    """
    if _BOTH.search(path):
        return "standard"
    for pattern, role in _ROLES:
        if pattern.search(path):
            return role
    return None


_BOTH = re.compile(r"(?:依据|标准|方法).*(?:编号|年号|方法)\)?限制(?:范围|条件|要求)")
"""Two heads in one cell: a crooked page hid the edge between the standard's column and that of its limits."""


def holds_limits(path: str) -> bool:
    """Whether a column heads both the standard and its limits, so that each cell holds both.

    >>> holds_limits("依据的标准(方法)名称及编号(含年号)限制范围"), holds_limits("依据标准")
    (True, False)
    """
    return _BOTH.search(path) is not None


def columns_from(paths: tuple[str, ...], *, need_standard: bool = True) -> Columns | None:
    """The roles of a table from the folded header of each column, or None when it is not a scope table.

    A scope names what is done (item or category) and, with ``need_standard``, by which standard.
    """
    if any(_NOT_SCOPE.search(path) for path in paths):
        return None
    roles: list[Role] = [role_of(path) or "other" for path in paths]
    if roles.count("item") > 1 and "category" not in roles:
        roles[roles.index("item")] = "category"  # 计量器具名称 and 授权项目: the thing, and what is done with it
    if "item" not in roles and "category" in roles:
        last = len(roles) - 1 - roles[::-1].index("category")
        roles[last] = "item"
    if "item" not in roles:
        # 核准项目代码 alone may name the item; a number column without a name names nothing.
        if need_standard or "code" not in roles:
            return None
        roles[roles.index("code")] = "item"
    if not need_standard and "category" not in roles and "code" in roles:
        roles[roles.index("code")] = "category"
    if need_standard and "standard" not in roles:
        return None
    if not need_standard and not {"standard", "code", "range", "limitation", "number"} & set(roles):
        return None
    return Columns(roles=tuple(roles), titles=paths)


def roles_of(paths: tuple[str, ...]) -> tuple[Role | None, ...]:
    """The role of each column of a header, as :func:`columns_from` gives it where the table is a scope."""
    columns = columns_from(paths) or columns_from(paths, need_standard=False)
    return columns.roles if columns is not None else tuple(role_of(path) for path in paths)


def is_header_cell(text: str) -> bool:
    """True for wording that heads a column rather than fills it: short, known, without a standard's number.

    >>> is_header_cell("限制范围"), is_header_cell("只测家用电器"), is_header_cell("GB 5009.12-2017")
    (True, False, False)
    """
    path = folded(text)
    if not path or len(path) > 40 or re.search(r"\d{3,}|《", path):
        return False
    return _NOT_SCOPE.search(path) is not None or _HEADER_WORDING.fullmatch(path) is not None


def is_header_piece(text: str) -> bool:
    """True for a header cell or a line of one that wraps: nothing but the characters that headers are made of.

    >>> is_header_piece("类别（产品/项目/参"), is_header_piece("数）"), is_header_piece("食品")
    (True, True, False)
    """
    path = folded(text)
    return is_header_cell(text) or (0 < len(path) <= 24 and _HEADER_CHARACTERS.fullmatch(path) is not None)


_HEADER_CHARACTERS = re.compile(
    r"[序号编类别产品项目参数名称检测验校准定试鉴分析授权核批认可对象样领域大代依据执行采用的所标方法规程范文件技术及和与或含年条款限制围要求说明备注附"
    r"生效日期状态量仪器被计具程扩展不确度等级最允许误差能力内容开场所子()\[\]/、,·.]+"
)

# A header cell is made of nothing but these pieces; that tells 检测项目 from an item such as 项目经理培训.
_HEADER_WORDING = re.compile(
    r"(?:序号|编号|项次|类别|产品|项目|参数|名称|检测|检验|校准|检定|测试|试验|鉴定|分析|授权|核准|批准|认可|对象|样品|领域|大类|代码|代号"
    r"|依据|执行|采用|的|所|标准|方法|规程|规范|文件|技术|及|和|与|或|号|含年号|年号|年代号|条款|限制|范围|要求|说明|备注|附注|生效|日期|状态"
    r"|测量|仪器|被测量|计量|器具|量程|扩展|不确定度|准确度|等级|最大允许误差|误差|级别|能力|内容|可开展|开展|专业|场所|子"
    r"|No\.?|Test(?:ing)?|Calibration|Inspection|Object|Items?|Parameters?|Standards?|Methods?|Code|Field|of|or|and|the|Title|Note|Remarks?"
    r"|Limitations?|Restrictions?|Effective|Date|Range|Uncertainty|Expanded|Measur(?:ing|ement|and)|Instruments?|Categor(?:y|ies)|Products?"
    r"|Names?|Serial|Index|Scope|Number|[kK]=2|CMC|Materials?|[()\[\]/、,·.&-])+",
    re.IGNORECASE,
)


def columns_by_content(rows: list[list[str]]) -> Columns | None:
    """The roles of a table without a header, by what stands in its columns; None when no column lists standards.

    An annex page cropped from its file has no header. The standards betray themselves; what stands left of them
    with more than numbers in it is the item, and left of that the category.
    """
    if len(rows) < 2:
        return None
    width = min(len(row) for row in rows)
    filled = [[row[at] for row in rows if row[at].strip()] for at in range(width)]
    shares = [sum(bool(standards_in(text)) for text in column) / len(rows) for column in filled]
    standard = max(range(width), key=lambda at: shares[at], default=-1)
    if standard < 1 or shares[standard] < 0.6:
        return None
    roles: list[Role] = ["other"] * width
    roles[standard] = "standard"
    left: Role = "item"
    for at in range(standard - 1, -1, -1):
        numeric = sum(re.fullmatch(r"[\d.,、\s]+", text) is not None for text in filled[at])
        if filled[at] and numeric >= 0.8 * len(filled[at]):
            roles[at] = "number"
        elif filled[at]:
            roles[at], left = left, "category"
    if "item" not in roles:
        return None
    if standard + 1 < width:
        roles[standard + 1] = "limitation"
    return Columns(roles=tuple(roles), titles=("",) * width)
