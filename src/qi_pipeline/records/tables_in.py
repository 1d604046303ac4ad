"""Input tables (输入表格): rows of text from CSV or XLSX, whatever the spreadsheet program made of them.

A CSV is UTF-8, with or without a byte order mark; one that isn't valid UTF-8 from end to end is read as GB 18030 (what
Chinese Excel writes); one that is neither is refused. The separator is the one that the header has most of: comma,
tab or semicolon. In XLSX the first sheet counts, cells may be text or dates; a number of more than 15 digits is
refused, because the spreadsheet has already lost its end, and so is a formula without its value (as a program writes it
that computes nothing): an empty day would read as long-term. Rows are numbered as a spreadsheet shows them; the header
is row 1.
"""

from __future__ import annotations

import codecs
import csv
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json

_MOST_TOLD = 100_000
_SHOWN = 20
"""Bad rows that a person is told with their reasons."""
_RANGES = 200
_BLANK = " \t\r\n　﻿\xa0"
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0{1,2}:00(?::00)?)?")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LOST_DIGITS = "\0digits"
_NO_VALUE = "\0formula"
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_BROKEN_WORKBOOK = (
    BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,  # a compression that the standard library does not know
    RuntimeError,  # a password
    LookupError,
    TypeError,
    ValueError,
    SyntaxError,
    EOFError,
)
"""What a damaged or hostile workbook makes the reader of spreadsheets raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """One column of an input table."""

    name: str
    required: bool = True
    """Whether the header must have it; a cell may be empty all the same."""
    aliases: tuple[str, ...] = ()
    """Other headings of the same column."""


@dataclass(slots=True)
class Problems:
    """What is wrong with the rows of one table, gathered so that all of it is told at once."""

    table: str
    said: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, row: int, reason: str) -> None:
        """Nothing; the row is bad."""
        self.count += 1
        if self.count <= _MOST_TOLD:
            self.said.append((row, reason))

    def text(self) -> str:
        """All of them, a line each, by row."""
        lines = [f"{self.table}: row {row}: {reason}" for row, reason in sorted(self.said)]
        if self.count > _MOST_TOLD:
            lines.append(f"{self.table}: and {self.count - _MOST_TOLD} more")
        return "\n".join(lines)


class BadRows(UsageError):
    """A table was refused; as text it is every bad row, for people the first of them and where the others stand."""

    def __init__(self, problems: Sequence[Problems]) -> None:
        self.problems = tuple(problems)
        self.count = sum(item.count for item in problems)
        super().__init__("\n".join([f"{self._summary()}:", *(item.text() for item in problems)]))

    def lines(self) -> tuple[str, ...]:
        """A line for each bad row, the first twenty; the numbers of the others."""
        rows = [(item.table, row, reason) for item in self.problems for row, reason in sorted(item.said)]
        told = [f"{table}: row {row}: {reason}" for table, row, reason in rows[:_SHOWN]]
        if self.count <= _SHOWN:
            return (f"{self._summary()}:", *told)
        for item in self.problems:
            others = [row for table, row, _ in rows[_SHOWN:] if table == item.table]
            if others:
                told.append(f"{item.table}: rows {_ranges(others)} too")
        return (f"{self._summary()}; the first {_SHOWN} are named here, all of them with --json:", *told)

    def entries(self) -> list[Json]:
        """Every bad row, as programs read it."""
        return [
            {"table": item.table, "row": row, "reason": reason}
            for item in self.problems
            for row, reason in sorted(item.said)
        ]

    def _summary(self) -> str:
        rows = "1 bad row" if self.count == 1 else f"{self.count} bad rows"
        return f"{rows}, nothing was imported; mend {'it' if self.count == 1 else 'them'} and import again"


def _ranges(rows: Sequence[int]) -> str:
    """The numbers, in order and each once, as few words as they need.

    >>> _ranges([22, 23, 24, 30, 30, 31])
    '22-24, 30-31'
    """
    found: list[list[int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in found]
    return ", ".join(told[:_RANGES]) + (f" and {len(told) - _RANGES} more places" if len(told) > _RANGES else "")


def refuse(*problems: Problems) -> None:
    """Nothing; raises :class:`BadRows` that names every bad row, where there is one."""
    told = [item for item in problems if item.count]
    if told:
        raise BadRows(told)


def read_table(path: Path, columns: tuple[ColumnSpec, ...], problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells, in the order of ``columns``, of each row that isn't empty; a missing column gives ``""``.

    Cells are stripped. Raises :class:`UsageError` for a file that can't be read or lacks a required column; a bad
    row goes to ``problems`` and is left out.
    """
    table = _Table(path, columns, problems)
    for number, cells in enumerate(table.rows, start=2):
        row = table.pick(number, cells)
        if row is not None:
            yield number, row


def read_columns(
    path: Path, columns: tuple[ColumnSpec, ...], problems: Problems, size: int
) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
    """What :func:`read_table` gives, in parts of up to ``size`` rows: their numbers, and the cells by column.

    A million rows are looked at in a few calls for each column and not in some for each cell.
    """
    table = _Table(path, columns, problems)
    number = 2
    while rows := list(islice(table.rows, size)):
        found = table.pick_whole(rows)
        if found is not None:
            yield range(number, number + len(rows)), found
        else:
            picked = [(at, row) for at, cells in enumerate(rows, number) if (row := table.pick(at, cells)) is not None]
            if picked:
                yield (
                    [at for at, _ in picked],
                    [list(column) for column in zip(*(row for _, row in picked), strict=True)],
                )
        number += len(rows)


def date_reader() -> Callable[[str], str | None]:
    """A function from a printed day to its ISO text, ``""`` for none, None for what is no day; it remembers.

    >>> day = date_reader()
    >>> day("2026/1/5"), day("2026年1月5日"), day(""), day("2026-02-30"), day("20260105")
    ('2026-01-05', '2026-01-05', '', None, '2026-01-05')
    """
    known: dict[str, str | None] = {"": ""}

    def day(text: str) -> str | None:
        try:
            return known[text]
        except KeyError:
            known[text] = found = _iso(text)
            return found

    return day


def _iso(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None and re.fullmatch(r"\d{8}", text):
        match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day.isoformat() if 1900 <= day.year <= 9998 else None


class _Table:
    """The rows of a table behind its header, and how their cells are picked."""

    def __init__(self, path: Path, columns: tuple[ColumnSpec, ...], problems: Problems) -> None:
        self.rows, self._plain = _open(path)
        header = next(self.rows, [])
        self._problems = problems
        self._width = len(header)
        self._places = _places(path, header, columns)
        self._as_they_stand = self._places == list(range(self._width))  # the common case

    def pick(self, number: int, cells: list[str]) -> list[str] | None:
        """The wanted cells of one row; None for an empty row, and for a bad one, which is told."""
        row = [cell.strip(_BLANK) for cell in cells]
        if not any(row):
            return None
        width = self._width
        if len(row) != width:
            if any(row[width:]):
                said = f"{len(row)} cells where the header has {width}; quote cells that hold a comma"
                self._problems.add(number, said)
                return None
            row = row[:width] + [""] * (width - len(row))
        wrong = _no_text(row)
        if wrong is not None:
            self._problems.add(number, wrong)
            return None
        return row if self._as_they_stand else [row[place] if place >= 0 else "" for place in self._places]

    def pick_whole(self, rows: list[list[str]]) -> list[list[str]] | None:
        """The wanted cells of all the rows, by column; None where they have to be looked at one by one."""
        if not self._plain or set(map(len, rows)) != {self._width}:
            return None
        by_place = list(zip(*rows, strict=True))
        empty = [""] * len(rows)
        picked = [list(map(str.strip, by_place[place])) if place >= 0 else empty for place in self._places]
        return None if "" in picked[0] else picked  # perhaps an empty row


def _no_text(row: list[str]) -> str | None:
    """What is wrong with a cell of the row, whatever its column."""
    if not any("\0" in cell for cell in row):
        return None
    if _LOST_DIGITS in row:
        return "a number of more than 15 digits; format the cell as text and enter it again"
    if _NO_VALUE in row:
        return "a formula without its value; open the table in a spreadsheet program and save it there"
    return "a NUL character, which is no text; save the table anew as CSV UTF-8"


def _open(path: Path) -> tuple[Iterator[list[str]], bool]:
    """The rows, the header among them, and whether nothing but Python's own blanks can stand around a cell."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror}); name a CSV or XLSX file") from error
    if head == _OLD_EXCEL:
        raise UsageError(f"{path}: an old Excel file; save it as .xlsx or as CSV UTF-8")
    if head[:2] in _UTF16:
        raise UsageError(f"{path}: UTF-16 text; save it as CSV UTF-8")
    if head == _ZIP:
        return _xlsx_rows(path), False
    encoding, marks = _encoding(path)
    return _csv_rows(path, encoding), not marks


def _places(path: Path, header: list[str], columns: tuple[ColumnSpec, ...]) -> list[int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        name = _heading(cell)
        if name and name in found:
            raise UsageError(f"{path}: the column {cell.strip(_BLANK)!r} stands twice; remove one")
        found[name] = place
    places = []
    for column in columns:
        names = [_heading(name) for name in (column.name, *column.aliases)]
        place = next((found[name] for name in names if name in found), -1)
        if place < 0 and column.required:
            known = ", ".join(item.name for item in columns)
            raise UsageError(f"{path}: row 1: no column {column.name!r}; the header is {known}")
        places.append(place)
    return places


def _heading(cell: str) -> str:
    return "".join(cell.strip(_BLANK).split()).casefold()


def _csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = file.readline()
            file.seek(0)
            separator = max(",\t;", key=first.count)
            reader = csv.reader(file, delimiter=separator, strict=True)
            try:
                yield from reader
            except csv.Error as error:
                raise UsageError(f"{path}: line {reader.line_num}: {error}; mend the quoting") from error
    except OSError as error:
        raise UsageError(f"{path}: can't be read ({error.strerror})") from error


def _encoding(path: Path) -> tuple[str, bool]:
    """How the text is written, and whether byte order marks or NUL characters stand within it."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        marks = False
        try:
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    text = decoder.decode(chunk)
                    marks = "\ufeff" in text or "\0" in text or marks
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding, marks
    raise UsageError(f"{path}: neither UTF-8 nor GB 18030; save it as CSV UTF-8")


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # a second to import, and only for XLSX
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that a table does not need
            with path.open("rb") as file:
                rows = [[_cell(value) for value in row] for row in _first_sheet(load_workbook, path, file)]
                if _has_formulas(file):
                    for row, formulas in zip(rows, _first_sheet(load_workbook, path, file, values=False), strict=False):
                        _mark_unvalued(row, formulas)
    except (InvalidFileException, *_BROKEN_WORKBOOK) as error:
        raise UsageError(f"{path}: not a readable XLSX workbook ({error}); save it again or as CSV UTF-8") from error
    width = len(rows[0]) if rows else 0
    while width and not rows[0][width - 1]:
        width -= 1
    return iter([row[:width] + [cell for cell in row[width:] if cell] for row in rows])


def _first_sheet(
    load: Callable[..., Any], path: Path, file: BinaryIO, *, values: bool = True
) -> Iterator[tuple[object, ...]]:
    """The cells of the first sheet by row: the values, or the formulas that stand for them."""
    book = load(file, read_only=True, data_only=values)
    if not book.worksheets:
        raise UsageError(f"{path}: the workbook has no sheet with cells")
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write a wrong one
    yield from sheet.iter_rows(values_only=True)
    book.close()


def _has_formulas(file: BinaryIO) -> bool:
    """Whether a sheet of the workbook computes anything; most rosters don't, and are read once."""
    with ZipFile(file) as packed:
        for name in packed.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with packed.open(name) as sheet:
                rest = b""
                while chunk := sheet.read(1 << 20):
                    if _FORMULA.search(rest + chunk):
                        return True
                    rest = chunk[-40:]
    return False


def _mark_unvalued(row: list[str], formulas: tuple[object, ...]) -> None:
    """Nothing; where a cell has a formula and no value, the row says so."""
    for place, formula in enumerate(formulas[: len(row)]):
        # Text without a value can't be anything but a formula; array formulas are objects of the library.
        if not row[place] and formula is not None and (not isinstance(formula, str) or formula.startswith("=")):
            row[place] = _NO_VALUE


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if abs(value) >= 10**15:
            return _LOST_DIGITS
        return str(int(value)) if value == int(value) else str(value)
    return str(value)


def choices(words: Mapping[str, str]) -> dict[str, str]:
    """Each code by itself and by its Chinese name, without case."""
    return {code.casefold(): code for code in words} | {name.casefold(): code for code, name in words.items()}
