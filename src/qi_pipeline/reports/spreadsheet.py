"""Spreadsheets whose every cell is text or a number: nothing that came from outside can act as a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from qi_pipeline.reports.masking import shown

_ROWS = 1_048_000
"""Rows that one sheet takes, with room for the heading."""
_LONGEST = 32_000
"""Characters that one cell takes."""


def workbook(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str | int | None]]]]) -> bytes:
    """An XLSX of ``(name, headings, rows)``; a sheet that is too long goes on in the next."""
    book = Workbook(write_only=True)
    for name, headings, rows in sheets:
        sheet = _sheet(book, name, headings)
        for number, row in enumerate(rows, 1):
            if number % _ROWS == 0:
                sheet = _sheet(book, f"{name} {number // _ROWS + 1}", headings)
            sheet.append([_plain(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet(book: Workbook, name: str, headings: Sequence[str]) -> WriteOnlyWorksheet:
    sheet = book.create_sheet(name)
    assert isinstance(sheet, WriteOnlyWorksheet)
    sheet.freeze_panes = "A2"
    for column in range(1, len(headings) + 1):
        # The stubs leave out what the write-only sheet shares with the other.
        sheet.column_dimensions[get_column_letter(column)].width = 24  # type: ignore[attr-defined]
    cells = [_text_cell(sheet, _text(heading)) for heading in headings]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _plain(sheet: WriteOnlyWorksheet, value: str | int | None) -> Cell | str | int | None:
    """The value as the sheet takes it; a cell of its own only where it might be taken for something else than text."""
    if value is None or isinstance(value, int):
        return value
    text = _text(value)
    return text if text[:1].isalnum() else _text_cell(sheet, text)


def _text(value: str) -> str:
    text = shown(value)
    return (text if text.isprintable() else ILLEGAL_CHARACTERS_RE.sub("", text))[:_LONGEST]


def _text_cell(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # also where it begins with "=": a text, never a formula
    return cell
