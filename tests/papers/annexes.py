"""Scope annexes (附表, 附件) as institutions print them: many layouts, ruled in many ways, over several pages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from papers.invent import Institution, ScopeRow, scope_rows
from papers.sheet import Paper, Sheet

RULES = ("all", "open", "dotted", "rows", "horizontal", "none")
"""How the tables are ruled; the last three have no upright lines."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of annex."""

    kind: str
    title: str
    headers: tuple[tuple[str | None, ...], ...]
    roles: tuple[str, ...]
    widths: tuple[float, ...]
    landscape: bool = True
    size: float = 3.3


LAYOUTS: dict[str, Layout] = {
    "cma": Layout(
        "cma_certificate",
        "二、批准的检验检测能力范围",
        (
            (
                "序号",
                "类别（产品/项目/参数）",
                "产品/项目/参数",
                "<",
                "依据的标准（方法）名称及编号（含年号）",
                "限制范围",
                "说明",
            ),
            (None, None, "序号", "名称", None, None, None),
        ),
        ("group", "category", "within", "item", "standard", "limitation", "blank"),
        (14, 34, 16, 40, 104, 34, 22),
    ),
    "cma_portrait": Layout(
        "cma_certificate",
        "检验检测能力范围",
        (("序号", "检测产品/类别", "检测项目/参数", "检测标准（方法）名称及编号（含年号）", "限制范围及说明"),),
        ("number", "category", "item", "standard", "limitation"),
        (12, 28, 34, 76, 32),
        landscape=False,
    ),
    "nested": Layout(
        "cma_certificate",
        "批准的检验检测能力表",
        (("领域", "类别", "序号", "项目/参数", "依据标准名称及编号", "限制范围"),),
        ("field", "category", "number", "item", "standard", "limitation"),
        (22, 34, 14, 42, 112, 40),
    ),
    "cnas": Layout(
        "cnas_certificate",
        "认可的检测能力范围",
        (
            ("序号", "检测对象", "项目/参数", "<", "领域代码", "检测标准（方法）", "说明", "生效日期"),
            (None, None, "序号", "名称", None, None, None, None),
        ),
        ("group", "category", "within", "item", "code", "standard", "limitation", "date"),
        (12, 32, 12, 36, 20, 98, 30, 28),
        size=3.2,
    ),
    "bilingual": Layout(
        "cnas_certificate",
        "认可的检测能力范围 SCOPE OF ACCREDITATION",
        (
            (
                "序号\nNo.",
                "检测对象\nTest Object",
                "项目/参数\nItem/Parameter",
                "检测标准（方法）\nStandard or Method",
                "说明\nNote",
            ),
        ),
        ("number", "category", "item", "standard", "limitation"),
        (16, 44, 46, 112, 42),
    ),
    "authorization": Layout(
        "metrology_authorization",
        "授权项目表",
        (("序号", "计量器具名称", "授权项目", "依据规程编号", "备注"),),
        ("number", "category", "item", "standard", "limitation"),
        (16, 50, 54, 90, 44),
    ),
}


def annex(
    body: Institution,
    number: str,
    rows: Sequence[ScopeRow],
    *,
    layout: str = "cma",
    rules: str = "all",
    shade: bool = False,
    carry: bool = False,
    show_titles: bool = True,
    seed: int = 0,
) -> Paper:
    """Pages of an annex of that layout; ``carry``: a category that goes on is not printed again on the next page."""
    form = LAYOUTS[layout]
    rng = random.Random(f"annexes{seed}{layout}{rules}")
    wide, high = (297, 210) if form.landscape else (210, 297)
    sheets: list[Sheet] = []
    truth: list[dict[str, object]] = []
    start = 0
    while start < len(rows):
        sheet = Sheet(wide, high)
        sheet.text(wide / 2, 14, form.title if start == 0 else "（续表）", 5.2, face="hei_bold", anchor="centre")
        sheet.text(18, 25, f"证书编号：{number}", 3.8)
        sheet.text(100 if form.landscape else 90, 25, f"机构名称：{body.name}", 3.8)
        end, budget = start, high - 72.0
        table: list[list[str | None]] = [list(row) for row in form.headers]
        standard_wide = form.widths[form.roles.index("standard")]
        while end < len(rows):
            row = rows[end]
            cell = _standard_cell(row, rng) if show_titles else row.standard
            lines = max(1, -(-len(cell) * 0.66 * form.size // (standard_wide - 3)))
            budget -= max(7.4, lines * form.size * 1.36 + 2.6)
            if budget < 12 and end > start:
                break
            table.append(_cells(form, rows, end, start, cell, carry=carry))
            truth.append(_truth(form, row, len(sheets) + 1))
            end += 1
        centre = tuple(at for at, role in enumerate(form.roles) if role in ("group", "within", "number", "code"))
        sheet.table(
            (wide - sum(form.widths)) / 2,
            33,
            form.widths,
            table,
            size=form.size,
            headers=len(form.headers),
            rules=rules,
            centre=centre,
            shade=(222, 222, 222) if shade else None,
        )
        sheets.append(sheet)
        start = end
    for n, sheet in enumerate(sheets, 1):
        sheet.text(wide / 2, high - 10, f"第 {n} 页 共 {len(sheets)} 页", 3.6, anchor="centre")
    return Paper(form.kind, sheets, {"scope_items": truth, "certificate_number": number}, f"{layout} {rules}")


def _standard_cell(row: ScopeRow, rng: random.Random) -> str:
    if not row.title:
        return row.standard
    return f"《{row.title}》{row.standard}" if rng.random() < 0.3 else f"{row.title} {row.standard}"


def _cells(
    form: Layout, rows: Sequence[ScopeRow], at: int, start: int, standard: str, *, carry: bool
) -> list[str | None]:
    row = rows[at]
    opens = at == 0 or rows[at - 1].category != row.category
    shown = opens or at == start
    group = len({each.category for each in rows[: at + 1]})
    within = sum(1 for each in rows[: at + 1] if each.category == row.category)
    carried = carry and not opens
    cells: list[str | None] = []
    for role in form.roles:
        if role == "category":
            cells.append(None if not shown else "" if carried else row.category)
        elif role == "group":
            cells.append(None if not shown else "" if carried else str(group))
        elif role == "field":
            cells.append(("" if carry and at else "检测") if at == start else None)
        else:
            cells.append(
                {
                    "within": f"{group}.{within}" if form.kind == "cma_certificate" else str(within),
                    "number": str(at + 1),
                    "item": row.item,
                    "standard": standard,
                    "limitation": row.limitation,
                    "code": "0201",
                    "date": "2024-05-01",
                }.get(role, "")
            )
    return cells


def _truth(form: Layout, row: ScopeRow, page: int) -> dict[str, object]:
    truth = row.truth(page)
    if "field" in form.roles:
        truth["category"] = f"检测/{row.category}"
    return truth


def rich_rows(seed: int, count: int) -> list[ScopeRow]:
    """Invented rows, some with long titles that wrap, two standards, or restrictions of several parts."""
    rng = random.Random(f"rich{seed}")
    rows: list[ScopeRow] = []
    invented = scope_rows(seed, count, known=())
    order = list(dict.fromkeys(row.category for row in invented))
    for row in sorted(invented, key=lambda each: order.index(each.category)):
        title, standard, limitation = row.title, row.standard, row.limitation
        if rng.random() < 0.35:
            series = rng.choice(("食品安全国家标准", "土工试验方法标准", "环境空气和废气"))
            title = f"{series} {row.category}中{row.item}的测定 {rng.choice(_WAYS)}"
        if rng.random() < 0.15:
            other = f"GB/T {rng.randint(1000, 39999)}.{rng.randint(1, 30)}-{rng.randint(1998, 2025)}"
            standard = f"{standard}; {other}"
        if rng.random() < 0.12:
            limitation = rng.choice(("只测：火焰原子吸收分光光度法", "不测附录C、附录D", "仅限现场检测，除第三法外"))
        rows.append(
            ScopeRow(category=row.category, item=row.item, standard=standard, title=title, limitation=limitation)
        )
    return rows


_WAYS = ("火焰原子吸收分光光度法", "电感耦合等离子体质谱法", "气相色谱-质谱法", "第3部分：分光光度法")
