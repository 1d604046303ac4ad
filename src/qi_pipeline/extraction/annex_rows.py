"""Printed rows of a scope annex as scope items: merged cells repeated, rows that a page break cut joined again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from qi_pipeline.extraction.annex_columns import Columns, folded, holds_limits
from qi_pipeline.extraction.annex_grid import Grid
from qi_pipeline.extraction.annex_lines import GridCell, GridRow
from qi_pipeline.extraction.cell_wording import breaks_off
from qi_pipeline.extraction.folding import HAN, tidy
from qi_pipeline.extraction.standards import joined_numbers, standards_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One printed row of a scope annex, as printed; :func:`scope_item` brings it to the contract's shape."""

    page: int
    number: str = ""
    category: str = ""
    item: str = ""
    standard: str = ""
    limitation: str = ""
    note: str = ""
    confidence: float = 1.0
    aligned: bool = False
    """Whether no rules held the row: its numbers alone say that it is one, and which is missing."""


@dataclass(slots=True)
class Carried:
    """What merged cells go on saying in the rows below them."""

    section: str = ""
    category: list[str] = field(default_factory=list)


_SKIPPED = re.compile(
    r"^(?:以下空白|以下无正文|\(?空白\)?|-+完-+|\*+|/+|(?:备注|注|说明)\d*[.:：].*|共\d+[项页].*|第\d+页.*|(?:机构名称|检验检测机构|实验室名称|名称"
    r"|地址|(?:检验检测|实验)?场所|场所地址|检验检测地址|检测地址|实验室地址|证书编号|注册号|认可依据|签发日期|批准日期|有效期至|End(?:ofSchedule)?)[:：].*)$",
    re.IGNORECASE,
)
_SECTION_LABEL = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.．]|[(（][一二三四五六七八九十]+[)）])\s*|^(?:检测|检验|产品|校准)?(?:类别|领域|大类)[:：]\s*"
)
_LEADING_NUMBER = re.compile(rf"^\d{{1,4}}(?:\.\d{{1,3}}){{0,3}}[、.．]?\s+(?=[{HAN}])")
_BLANK = re.compile(r"[-/—–－\\]*|无|None|N/A", re.IGNORECASE)
_RESTRICTION = re.compile(
    r"只|仅|不(?!断|锈|饱|透|同)|无法|未认可|除.{0,20}外|除外|限(?!值|度)|暂停|停用|取消|撤销|作废|废止"
    r"|except|only|excluding|not\b",
    re.IGNORECASE,
)
_STAMP = re.compile(rf"此?(?:复印)?件仅[供限][{HAN}]{{0,14}}$")
"""A stamp over a cell that was read in one with it (铅此件仅供入驻使用)."""
_LATIN_JOIN = re.compile(r"(?<=[A-Za-z,;:)])\n(?=[A-Za-z0-9(])")


def cell_text(text: str) -> str:
    r"""A cell's printed lines as one string, a word wrapped between lines put together again.

    >>> cell_text("食品中\n铅的测定"), cell_text("GB/T\n7467-1987"), cell_text("GB 5009.12-\n2017")
    ('食品中铅的测定', 'GB/T 7467-1987', 'GB 5009.12-2017')
    """
    text = _STAMP.sub("", text)
    return tidy(_LATIN_JOIN.sub(" ", re.sub(r"[ \t]*\n[ \t]*", "\n", text.strip())).replace("\n", ""))


def rows_of_grid(grid: Grid, columns: Columns, carried: Carried) -> Iterator[ScopeRow]:
    """The rows of one grid; ``carried`` holds what merged cells said at the end of the page before."""
    for cells in grid.rows:
        if _only_goes_on(cells):
            continue
        section = _section_of(cells, columns)
        if section is not None:
            if section:
                carried.section, carried.category = section, []
            continue
        row = _row_of(cells, columns, carried, grid.page)
        if row is not None:
            yield replace(row, aligned=grid.source == "aligned")


def _only_goes_on(cells: GridRow) -> bool:
    """Whether a row holds nothing but what goes on from the one above: a stroke through one cell parted it."""
    filled = [cell for cell in cells if cell.text.strip()]
    return bool(filled) and not any(cell.starts for cell in filled)


def _section_of(cells: GridRow, columns: Columns) -> str | None:
    """The text of a row that is one cell across the table: a section's heading, "" for a note; None: a row."""
    filled = [cell for cell in cells if cell.text.strip()]
    if not filled:
        return ""
    texts = {(cell.text, cell.box) for cell in filled}
    if (heading := _heading_of(cells, columns)) is not None:
        return heading
    numbers = columns.at("number")
    head = [cell for at, cell in enumerate(cells) if cell.text.strip() and at not in numbers]
    across = len({(cell.text, cell.box) for cell in head}) == 1 and head[0].width >= max(
        2, len(cells) - len(numbers) - 1
    )
    if len(texts) == 1 and _SKIPPED.match(folded(filled[0].text)):
        return ""
    if not across:
        return None
    if _SKIPPED.match(folded(head[0].text)):
        return ""
    return tidy(_SECTION_LABEL.sub("", cell_text(head[0].text)))


_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]+[、.．]|[(（][一二三四五六七八九十]+[)）])")


def _heading_of(cells: GridRow, columns: Columns) -> str | None:
    """A section's heading (一、食品) that was parted among the columns it runs over; None: another row."""
    filled = list(dict.fromkeys(cell for cell in cells if cell.text.strip()))
    text = cell_text("".join(cell.text for cell in filled))
    says = {columns.roles[at] for at, cell in enumerate(cells) if cell.text.strip()}
    if len(filled) < 2 or not _ORDINAL.match(text) or says & {"standard", "limitation", "note", "range"}:
        return None
    return tidy(_SECTION_LABEL.sub("", text))


_OWN_NUMBER = re.compile(rf"^\d{{1,3}}(?=[{HAN}])")
"""The number of a category whose column and that of the numbers are one, as their head says (序号类别)."""


def _text_of(cell: GridCell) -> str:
    return cell_text(cell.text)


def _row_of(cells: GridRow, columns: Columns, carried: Carried, page: int) -> ScopeRow | None:
    def printed(role: str) -> list[GridCell]:
        return [cells[at] for at, found in enumerate(columns.roles) if found == role and at < len(cells)]

    def titled(role: str) -> list[str]:
        return [columns.titles[at] for at, found in enumerate(columns.roles) if found == role and at < len(cells)]

    categories = [
        _OWN_NUMBER.sub("", text) if title.startswith("序号") else text
        for title, text in zip(titled("category"), map(_text_of, printed("category")), strict=True)
    ]
    items = [_LEADING_NUMBER.sub("", cell_text(cell.text)) for cell in printed("item")]
    item = " ".join(dict.fromkeys(text for text in items if text))
    # The lines of a standard's cell are kept apart: numbers wrapped over two of them are joined by their own rules.
    standard = "\n".join(
        dict.fromkeys(text for cell in printed("standard") if (text := _unless_blank(cell, lines=True)))
    )
    numbers = [cell_text(cell.text) for cell in printed("number")]
    limits = [_unless_blank(cell) for role in ("limitation", "range") for cell in printed(role)]
    if any(map(holds_limits, columns.titles)):
        standard, limit = _parted_limits(standard)
        limits.append(limit)
    notes = [_unless_blank(cell) for cell in printed("note")]
    if any(categories):
        _remember(carried, categories)
    if not item and not standard and not any(limits) and not any(notes):
        # Only a category, with its number: the heading of the rows below, and nothing else.
        return None
    category = "/".join(dict.fromkeys(text for text in carried.category if text)) or carried.section
    used = [cell for at, cell in enumerate(cells) if columns.roles[at] != "other" and cell.text.strip()]
    return ScopeRow(
        page=page,
        number=numbers[-1] if numbers else "",
        category=category,
        item=item,
        standard=standard,
        limitation="; ".join(dict.fromkeys(text for text in limits if text)),
        note="; ".join(dict.fromkeys(text for text in notes if text)),
        confidence=min(cell.confidence for cell in used),
    )


_LIMIT = re.compile(r"(?:(?:只|仅)[测限做用含]|不[测做含]|除[^\n外]{1,16}外)[^\n]*$", re.MULTILINE)


def _parted_limits(text: str) -> tuple[str, str]:
    r"""A cell that holds a standard and its limits as the two: at the ends of its lines stand the limits.

    >>> _parted_limits("《水泥 耐磨性的测定》JC/T不测附录B\n22530-2004")
    ('《水泥 耐磨性的测定》JC/T\n22530-2004', '不测附录B')
    """
    return _LIMIT.sub("", text), cell_text("\n".join(match.group() for match in _LIMIT.finditer(text)))


def _remember(carried: Carried, categories: list[str]) -> None:
    """A new category replaces the one above it, and clears what stood to its right."""
    merged = list(carried.category) + [""] * (len(categories) - len(carried.category))
    changed = False
    for at, text in enumerate(categories):
        if text and text != merged[at]:
            merged[at], changed = text, True
        elif not text and changed:
            merged[at] = ""
    carried.category = merged


def _unless_blank(cell: GridCell, *, lines: bool = False) -> str:
    """The text of a cell; a stroke or 无 says nothing."""
    text = cell_text(cell.text)
    if _BLANK.fullmatch(text):
        return ""
    return cell.text.strip() if lines else text


def joined_rows(pages: Iterable[Iterable[ScopeRow]], *, numbered: bool) -> list[ScopeRow]:
    """The rows of all pages in order; the first row of a page that only ends the one before is joined to it.

    ``numbered``: the table has a 序号 column, so a row without a number continues or shares a merged item.
    """
    result: list[ScopeRow] = []
    for rows in pages:
        for at, row in enumerate(rows):
            if result and _continues(result[-1], row, numbered=numbered, first=at == 0):
                result[-1] = _appended(result[-1], row)
            elif result and _shares_item(result[-1], row, numbered=numbered):
                result.append(replace(row, item=result[-1].item))
            else:
                result.append(row)
    return result


def _shares_item(above: ScopeRow, row: ScopeRow, *, numbered: bool) -> bool:
    """Whether a row without an item stands in the merged item of the row above; else its own was not read."""
    if row.item or not row.standard or (numbered and row.number):
        return False
    return row.category == above.category


def _continues(above: ScopeRow, row: ScopeRow, *, numbered: bool, first: bool) -> bool:
    """Whether ``row`` is the rest of ``above``: it has no number of its own, and one of the two is but half a row."""
    if numbered and row.number:
        return False
    if not row.standard:
        # Text without a standard below a whole row: the rest of its item or limitation.
        return numbered or (first and not row.item)
    if row.item and not numbered:
        return False
    open_ended = breaks_off(cell_text(above.standard)) or (
        first and bool(above.standard) and not standards_in(above.standard)
    )
    return open_ended or (first and not row.item and not standards_in(row.standard))


def _appended(above: ScopeRow, row: ScopeRow) -> ScopeRow:
    def together(first: str, second: str) -> str:
        return cell_text(f"{first}\n{second}") if first and second else first or second

    return replace(
        above,
        item=together(above.item, row.item),
        standard="\n".join(text for text in (above.standard, row.standard) if text),
        limitation=together(above.limitation, row.limitation),
        note=together(above.note, row.note),
        confidence=min(above.confidence, row.confidence),
    )


def scope_item(row: ScopeRow) -> dict[str, str | int]:
    """The row in the contract's shape: standards by number and year only, restrictions of the note with the limits."""
    limits = [row.limitation] if row.limitation else []
    if row.note and _RESTRICTION.search(row.note):
        limits.append(row.note)
    return {
        "category": row.category,
        "item": row.item,
        "standard": joined_numbers(row.standard) or cell_text(row.standard),
        "limitation": "; ".join(dict.fromkeys(limits)),
        "page": row.page,
    }
