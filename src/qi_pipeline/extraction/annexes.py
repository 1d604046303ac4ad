"""The rows of a scope annex (附表, 附件) as one field, from all pages of a document.

One pass over the pages: a header names the columns; later pages, with or without the header repeated, go on with
them until another table opens. A page gives its ruled tables, or, where none was found, its aligned words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from qi_pipeline.extraction.annex_columns import Columns, columns_by_content, columns_from
from qi_pipeline.extraction.annex_grid import Grid, grid_of_table, grid_of_words, lacks_an_edge
from qi_pipeline.extraction.annex_losses import is_torn, losses, pages_with_losses, skips_numbers
from qi_pipeline.extraction.annex_rows import Carried, ScopeRow, joined_rows, rows_of_grid, scope_item
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.model import Field, Page

_SHIFT = 0.06
"""Columns of a page without a header stand at most so far, in page widths, from those they continue."""


def scope_items(document: DocumentPages, *, need_standard: bool = True) -> Field | None:
    """``scope_items`` of the contract: one ``{category, item, standard, limitation, page}`` a printed row.

    None when no page shows a scope table. ``need_standard`` is false for annexes that list items without a
    standard, such as the 核准项目 of a special equipment licence.
    """
    rows, first, columns = scope_rows(document, need_standard=need_standard)
    if not rows or first is None or columns is None:
        return None
    return Field(
        value=[dict(scope_item(row)) for row in rows],
        raw="|".join(columns.titles),
        confidence=_confidence(rows, document),
        page=first.page,
        box=first.box,
    )


def scope_rows(
    document: DocumentPages, *, need_standard: bool = True
) -> tuple[list[ScopeRow], Grid | None, Columns | None]:
    """The printed rows of all scope tables, with the first table and its columns."""
    result: list[ScopeRow] = []
    opening: Grid | None = None
    opening_columns: Columns | None = None
    current: Columns | None = None
    last: Grid | None = None
    carried = Carried()
    pending: list[list[ScopeRow]] = []
    for page in document.pages:
        goes_on = current is not None
        grids = list(_grids(page, last if current else None, need_standard=need_standard, goes_on=goes_on))
        scopes = [grid for grid in grids if _columns(grid, current, last, need_standard=need_standard)]
        grids = _by_words(page, scopes, need_standard=need_standard, goes_on=goes_on) or grids
        for grid in grids:
            columns = _columns(grid, current, last, need_standard=need_standard)
            if columns is None or (current is not None and columns.roles != current.roles):
                result += _flushed(pending, current)
                pending = []
                if columns is None:
                    carried = Carried()
            if not grid.header and columns is current and last is not None and len(grid.edges) == len(last.edges):
                grid = replace(grid, header=last.header)
            current, last = columns, grid
            if columns is None:
                continue
            if opening is None:
                opening, opening_columns = grid, columns
            pending.append(list(rows_of_grid(grid, columns, carried)))
    result += _flushed(pending, current)
    return result, opening, opening_columns


_WORTH = {"colour": 0.97, "grey": 0.96, "bitonal": 0.5}
"""Share of standard numbers read right on pages of each appearance, on drawn pages at seven degradations."""
_LOST = 0.45
"""What an annex is worth that prints standards which are in no row: too little to say what it lacks."""
_EMPTY = 0.1
"""What a page is worth less where a row names a standard and nothing that is tested (铅 alone is easily lost)."""
_SMALL_LETTERS = ((11, 0.15), (15, 0.03))
"""Letters lower than so many pixels are read worse by so much."""


def _confidence(rows: list[ScopeRow], document: DocumentPages) -> float:
    """What the poorest page of the annex is worth: one page of bad scans may hold the row that matters."""
    by_page: dict[int, list[ScopeRow]] = {}
    for row in rows:
        by_page.setdefault(row.page, []).append(row)
    worth = min(_page_worth(page, by_page[page.number]) for page in document.pages if page.number in by_page)
    held = [text for row in rows for text in (row.category, row.item, row.standard, row.limitation, row.note)]
    scanned = {page.number for page in document.pages if page.source == "ocr"}
    skipped = skips_numbers([row.number for row in rows]) and any(row.aligned and row.page in scanned for row in rows)
    torn = any(is_torn(row.standard) for row in rows if row.page in scanned)
    # In a digital file, whose rules and words are exact, only a table that was not found at all can be missing.
    pages = [page for page in document.pages if page.number in scanned or page.number not in by_page]
    lost = skipped or torn or pages_with_losses(pages, held)
    return min(worth, _LOST) if lost else worth


def _page_worth(page: Page, rows: list[ScopeRow]) -> float:
    if page.source != "ocr":
        return 0.99
    heights = sorted(word.box[3] - word.box[1] for word in page.words) or [1.0]
    letter = heights[len(heights) // 2] * page.height
    loss = next((loss for least, loss in _SMALL_LETTERS if letter < least), 0.0)
    unsure = sum(row.confidence < 0.9 for row in rows) / len(rows)
    cut = _EMPTY if any(row.standard and not row.item for row in rows) else 0.0
    return max(_WORTH[page.appearance] - loss - cut - 0.2 * unsure, 0.05)


def _flushed(pending: list[list[ScopeRow]], columns: Columns | None) -> list[ScopeRow]:
    return joined_rows(pending, numbered=columns is not None and "number" in columns.roles)


def _grids(page: Page, carried_on: Grid | None, *, need_standard: bool, goes_on: bool) -> Iterator[Grid]:
    """The grids of one page from top to bottom: ruled tables, else aligned words."""
    tables = sorted((table for table in page.tables if table.columns >= 2), key=lambda table: table.box[1])
    for table in tables:
        ruled = grid_of_table(table, page.number, page.seals if page.source == "ocr" else ())
        # A header whose cells ran together is none to the rules; its words still stand apart.
        torn = lacks_an_edge(table, page) or (page.source == "ocr" and not ruled.header)
        words = (
            grid_of_words(page, None, need_standard=need_standard, goes_on=False, within=table.box) if torn else None
        )
        yield words or ruled
    if not tables and page.words:
        grid = grid_of_words(page, carried_on, need_standard=need_standard, goes_on=goes_on)
        if grid is not None:
            yield grid


def _by_words(page: Page, ruled: Sequence[Grid], *, need_standard: bool, goes_on: bool) -> list[Grid]:
    """The table of a picture by its words, where its ``ruled`` scopes are none or lack standards that the page prints.

    Rules are lost with the light and the distance; what is left of them frames some rows, or several as one.
    """
    if page.source != "ocr" or not page.tables:
        return []
    lost = losses(page, _texts(ruled))
    if ruled and not lost:
        return []
    words = grid_of_words(page, None, need_standard=need_standard, goes_on=goes_on)
    return [words] if words is not None and (not ruled or losses(page, _texts([words])) < lost) else []


def _texts(grids: Iterable[Grid]) -> list[str]:
    return [cell.text.replace("\n", "") for grid in grids for row in grid.rows for cell in row]


def _columns(grid: Grid, current: Columns | None, last: Grid | None, *, need_standard: bool) -> Columns | None:
    """The roles of a grid's columns: by its header, by the table that it continues, or by what stands in them."""
    if grid.header:
        return columns_from(grid.header, need_standard=need_standard)
    if last is not None and len(grid.edges) == len(last.edges):
        near = all(abs(a - b) <= _SHIFT for a, b in zip(grid.edges, last.edges, strict=True))
        if near:
            # The rest of a table that is no scope (signatories) is none either.
            return current
    return columns_by_content([[cell.text for cell in row] for row in grid.rows]) if need_standard else None
