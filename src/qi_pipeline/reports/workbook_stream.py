"""An XLSX of any number of rows in little memory, the same bytes for the same rows.

The rule of :mod:`qi_pipeline.reports.spreadsheet` holds: every cell is a text or a number, so nothing that came from
outside can act as a formula. Parts are written as rows come; times inside the file are those of 1980, the beginning
of the ZIP format (ECMA-376 part 1 and 2; APPNOTE.TXT 4.4.6).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from html import escape
from typing import IO

_ROWS = 1_048_000
"""Rows of one sheet, with room for the heading; the next sheet goes on."""
_BYTES = 1 << 30
"""Bytes of one sheet unpacked, after which the next sheet goes on: below what needs ZIP64."""
_LONGEST = 32_000
"""Characters that one cell takes."""
_AT_ONCE = 1 << 20
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML can't hold."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Cell = str | int | float | bool | None


def write_workbook(stream: IO[bytes], name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """How many rows were written to the seekable ``stream``, with the headings above them."""
    count = 0
    names: list[str] = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as package:
        _part(package, "[Content_Types].xml", _content_types())
        source = iter(rows)
        more = True
        while more:
            names.append(name if not names else f"{name} {len(names) + 1}")
            written, more = _sheet(package, len(names), headings, source)
            count += written
        _part(package, "xl/workbook.xml", _workbook(names))
        _part(package, "xl/_rels/workbook.xml.rels", _workbook_relations(len(names)))
        _part(package, "xl/styles.xml", _styles())
        relation = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        _part(package, "_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>')
    return count


def _sheet(
    package: zipfile.ZipFile, number: int, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> tuple[int, bool]:
    """How many rows the sheet took, and whether it was full before they ended."""
    columns = [_column(place) for place in range(len(headings))]
    with package.open(_entry(f"xl/worksheets/sheet{number}.xml"), "w") as part:
        head = (
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="{len(headings)}" width="24" customWidth="1"/></cols><sheetData>'
        )
        waiting = [head, _row(1, columns, headings, style=' s="1"')]
        size, total, count = sum(map(len, waiting)), 0, 0
        full = False
        for row in rows:
            count += 1
            line = _row(count + 1, columns, row)
            waiting.append(line)
            size += len(line)
            if size > _AT_ONCE:
                total += part.write("".join(waiting).encode())
                waiting, size = [], 0
            if count == _ROWS or total > _BYTES:
                full = True
                break
        waiting.append("</sheetData></worksheet>")
        part.write("".join(waiting).encode())
    return count, full


def _row(number: int, columns: Sequence[str], cells: Sequence[Cell], *, style: str = "") -> str:
    parts = [f'<row r="{number}">']
    for column, cell in zip(columns, cells, strict=True):
        if cell is None or cell == "":
            continue
        at = f'<c r="{column}{number}"{style}'
        if isinstance(cell, bool):
            parts.append(f'{at} t="b"><v>{int(cell)}</v></c>')
        elif isinstance(cell, int | float):
            parts.append(f"{at}><v>{cell}</v></c>")
        else:
            text = escape(_ILLEGAL.sub("", cell)[:_LONGEST], quote=False).replace("\r", "&#13;")
            parts.append(f'{at} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
    parts.append("</row>")
    return "".join(parts)


def _column(place: int) -> str:
    """The letters of a column.

    >>> [_column(place) for place in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _part(package: zipfile.ZipFile, name: str, text: str) -> None:
    with package.open(_entry(name), "w") as part:
        part.write(((_HEAD if not text.startswith("<?xml") else "") + text).encode())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _content_types() -> str:
    # Sheets are what is not named: how many there will be is not known yet.
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    )


def _workbook(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def _workbook_relations(sheets: int) -> str:
    found = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}{styles}</Relationships>'


def _styles() -> str:
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
