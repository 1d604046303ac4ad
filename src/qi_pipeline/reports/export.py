"""Exported rows as JSON Lines, CSV or XLSX: the same bytes for the same rows, in little memory.

JSON Lines say every value by its type. In CSV (RFC 4180, UTF-8) and XLSX lists are joined by ``; ``, and no cell can
act as a formula: in XLSX because every cell is a text or a number, in CSV, which knows no types, because a text that
a spreadsheet program would compute is preceded by an apostrophe.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Literal

from qi_pipeline.model import Json
from qi_pipeline.reports.workbook_stream import Cell, write_workbook

Format = Literal["jsonl", "csv", "xlsx"]

_COMPUTED = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""How a text begins that spreadsheet programs take for a formula; the full-width ones too, which some fold."""
_AT_ONCE = 1 << 18


def write_rows(
    stream: IO[bytes],
    form: Format,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Json]],
    *,
    bom: bool = False,
) -> int:
    """How many rows were written to the seekable ``stream``; ``bom`` lets Excel see that a CSV is UTF-8."""
    match form:
        case "jsonl":
            return _write_jsonl(stream, columns, rows)
        case "csv":
            return _write_csv(stream, columns, rows, bom=bom)
        case "xlsx":
            return write_workbook(stream, name, columns, _flat(rows))


def _write_jsonl(stream: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Json]]) -> int:
    count = 0
    for row in rows:
        count += 1
        entry = dict(zip(columns, row, strict=True))
        stream.write((json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
    return count


def _write_csv(stream: IO[bytes], columns: Sequence[str], rows: Iterable[Sequence[Json]], *, bom: bool) -> int:
    if bom:
        stream.write(codecs.BOM_UTF8)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in _flat(rows):
        count += 1
        writer.writerow([_uncomputed(cell) for cell in row])
        if text.tell() > _AT_ONCE:
            stream.write(text.getvalue().encode("utf-8", "replace"))
            text.seek(0)
            text.truncate()
    stream.write(text.getvalue().encode("utf-8", "replace"))
    return count


def _flat(rows: Iterable[Sequence[Json]]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [_cell(value) for value in row]


def _cell(value: Json) -> Cell:
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _uncomputed(cell: Cell) -> str | int | float:
    """What stands in the CSV.

    >>> _uncomputed("=1+1"), _uncomputed(-3), _uncomputed(" @SUM(A1)"), _uncomputed(True), _uncomputed("a-b")
    ("'=1+1", -3, "' @SUM(A1)", 'true', 'a-b')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        cell = cell.replace("\0", "")
        begins = cell.startswith(_COMPUTED) or cell.lstrip().startswith(_COMPUTED)
        return f"'{cell}" if begins else cell
    return cell
