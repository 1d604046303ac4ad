"""The roster (入驻机构名单) of a platform that already has institutions: its rows, checked, as frozen data.

Two tables, as the contract names their columns. A code that fails its check digit is told as a warning, not
refused: some genuine early codes do. Rows come and go in large parts, checked by column; only a part in which
something is wrong is looked at row by row, to name what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import le, mul
from pathlib import Path
from typing import NamedTuple, Protocol

from qi_pipeline.kinds import CATEGORIES, KINDS
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.tables_in import ColumnSpec, Problems, choices, date_reader, read_columns

INSTITUTION_COLUMNS = tuple(
    ColumnSpec(name=name, required=required)
    for name, required in (
        ("uscc", True),
        ("name", True),
        ("category", True),
        ("legal_representative", True),
        ("address", True),
        ("admitted_on", True),
        ("profile_completed_on", False),
        ("last_audit_on", False),
        ("licence_valid_to", True),
    )
)
QUALIFICATION_COLUMNS = tuple(
    ColumnSpec(name=name)
    for name in ("uscc", "kind", "number", "issuing_authority", "valid_from", "valid_to", "services")
)
_NOT_CERTIFICATES = frozenset(
    {"commitment_letter", "application_form", "management_rules", "capability_proof", "equipment_statement"}
    | {"credit_report", "unknown"}
)
_USCC = re.compile(r"[0-9A-Z]{18}")
_SEPARATOR = re.compile(r"[;；]")
_DIGITS = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_NO_DIGIT = 255
_VALUES = bytes(_DIGITS.find(character) if character in _DIGITS else _NO_DIGIT for character in range(256))
_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
_FIRST, _LAST = OPEN_START.isoformat(), OPEN_END.isoformat()
_PART = 20_000
_REMEMBERED = 50_000
"""Texts of one column that are remembered; a roster repeats days, codes and services a hundred times."""


class InstitutionIn(NamedTuple):
    """One row of the institutions; days are ISO text, as both databases take them in bulk."""

    uscc: str
    name: str
    category: str
    legal_representative: str
    address: str
    admitted_on: str
    profile_completed_on: str | None
    last_audit_on: str | None
    licence_valid_to: str


class QualificationIn(NamedTuple):
    """One row of the certificates."""

    owner: int
    """Row number of the institution."""
    kind: str
    number: str
    issuing_authority: str
    valid_from: str
    valid_to: str
    services: tuple[str, ...]


@dataclass(slots=True)
class Warnings:
    """What an import tells without refusing."""

    said: list[str] = field(default_factory=list)


class Owners(Protocol):
    """Who knows the institutions of the roster and of the register."""

    def numbers(self, written: Sequence[str]) -> list[int | None]:
        """The row number of each code as it is written; None for one that is no code or of nobody."""

    def is_named(self, uscc: str) -> bool:
        """Whether a bad row of the institutions names this code."""


def read_institutions(
    path: Path, problems: Problems, warned: Warnings, named: set[str]
) -> Iterator[list[InstitutionIn]]:
    """The institutions, each code once, in parts; bad rows are in ``problems``, their codes in ``named``."""
    reader = _Institutions(problems, named)
    seen: dict[str, tuple[int, int]] = {}
    for numbers, cells in read_columns(path, INSTITUTION_COLUMNS, problems, _PART):
        found = reader.whole(cells)
        if found is None:
            found = []
            kept = []
            for number, row in zip(numbers, zip(*cells, strict=True), strict=True):
                one = reader.one(number, row)
                if one is not None:
                    found.append(one)
                    kept.append(number)
            numbers = kept
        fresh = []
        for number, one in zip(numbers, found, strict=True):
            before = seen.get(one.uscc)
            if before is None:
                seen[one.uscc] = (number, hash(one))
                fresh.append(one)
                if not checks(one.uscc):
                    warned.said.append(
                        f"{path.name}: row {number}: the check digit of {one.uscc} is wrong; taken all the same"
                    )
            elif before[1] != hash(one):
                problems.add(number, f"uscc {one.uscc} stands in row {before[0]} with other values")
        yield fresh


class _Institutions:
    """Checks rows of institutions, a part at a time or one."""

    def __init__(self, problems: Problems, named: set[str]) -> None:
        self._problems = problems
        self._named = named
        self._category = choices(CATEGORIES)
        self._day = _Days()

    def whole(self, cells: list[list[str]]) -> list[InstitutionIn] | None:
        """The institutions of a part; None where something is wrong with one of them."""
        codes = list(map(code_of, cells[0]))
        categories = list(map(self._category.get, map(str.casefold, cells[2])))
        admitted, completed, audited, ends = (list(map(self._day.__getitem__, cells[place])) for place in range(5, 9))
        checked = (codes, categories, admitted, completed, audited, ends)
        if any(None in each for each in checked) or "" in cells[1] or "" in admitted:
            return None
        return [
            InstitutionIn(*row[:6], row[6] or None, row[7] or None, row[8] or _LAST)  # type: ignore[call-arg]
            for row in zip(codes, cells[1], categories, cells[3], cells[4], admitted, completed, audited, ends)  # noqa: B905
        ]

    def one(self, number: int, cells: Sequence[str]) -> InstitutionIn | None:
        """One institution; None where it is wrong, which is told."""
        uscc = code_of(cells[0])
        category = self._category.get(cells[2].casefold())
        days = [self._day[cell] for cell in cells[5:9]]
        said = None
        if uscc is None:
            said = f"uscc {cells[0]!r} is not 18 digits and letters"
        elif not cells[1]:
            said = "name is empty"
        elif category is None:
            said = f"category {cells[2]!r} is none of {', '.join(CATEGORIES)}"
        elif None in days:
            column = INSTITUTION_COLUMNS[5 + days.index(None)].name
            said = f"{column} {cells[5 + days.index(None)]!r} is not a date; write 2026-11-22"
        elif not days[0]:
            said = "admitted_on is empty"
        if said is not None or uscc is None or category is None or not days[0]:
            self._problems.add(number, said or "")
            self._named.add(uscc or "")
            return None
        return InstitutionIn(
            uscc, cells[1], category, cells[3], cells[4], days[0], days[1] or None, days[2] or None, days[3] or _LAST
        )


def read_qualifications(path: Path, problems: Problems, owners: Owners) -> Iterator[list[QualificationIn]]:
    """The certificates, each once, in parts, in the order of the file; bad rows are in ``problems``."""
    reader = _Qualifications(problems, owners)
    seen: set[int] = set()
    again: set[int] = set()
    for numbers, cells in read_columns(path, QUALIFICATION_COLUMNS, problems, _PART):
        found = [row for _, row in reader.part(numbers, cells)]
        keys = list(map(_key, found))
        before = len(seen)
        fresh = found
        if not seen.isdisjoint(keys) or len(set(keys)) < len(keys):
            fresh = []
            for key, row in zip(keys, found, strict=True):
                (again if key in seen else seen).add(key)
                if key not in again:
                    fresh.append(row)
        else:
            seen.update(keys)
        assert len(seen) == before + len(fresh)
        yield fresh
    if again:
        yield from _repeated(path, problems, owners, again)


def _repeated(path: Path, problems: Problems, owners: Owners, again: set[int]) -> Iterator[list[QualificationIn]]:
    """What stands more than once, looked at in a second reading: other values of the same certificate are bad."""
    unheard = Problems(problems.table)
    reader = _Qualifications(unheard, owners)
    first: dict[tuple[object, ...], tuple[int, QualificationIn]] = {}
    met: set[int] = set()
    for numbers, cells in read_columns(path, QUALIFICATION_COLUMNS, unheard, _PART):
        for number, row in reader.part(numbers, cells):
            if _key(row) not in again:
                continue
            name = (row.owner, row.kind, row.number, row.valid_from)
            before, same = first.setdefault(name, (number, row))
            if same != row:
                problems.add(number, f"the same certificate stands in row {before} with other values")
            elif before == number and _key(row) in met:
                yield [row]  # another certificate whose key has the same hash
            met.add(_key(row))


def _key(row: QualificationIn) -> int:
    return hash((row.owner, row.kind, row.number, row.valid_from))


class _Qualifications:
    """Checks rows of certificates, a part at a time or one."""

    def __init__(self, problems: Problems, owners: Owners) -> None:
        self._problems = problems
        self._owners = owners
        kinds = choices({code: name for code, name in KINDS.items() if code not in _NOT_CERTIFICATES})
        self._kinds = kinds | {text.upper(): code for text, code in kinds.items()}
        self._day = _Days()
        self._names = _Names()

    def part(self, numbers: Sequence[int], cells: list[list[str]]) -> list[tuple[int, QualificationIn]]:
        """The good rows of a part, with their numbers."""
        owners = self._owners.numbers(cells[0])
        kinds = list(map(self._kinds.get, cells[1]))
        first = list(map(self._day.__getitem__, cells[4]))
        last = list(map(self._day.__getitem__, cells[5]))
        if not any(None in each for each in (owners, kinds, first, last)):
            begins = [day or _FIRST for day in first]
            ends = [day or _LAST for day in last]
            if all(map(le, begins, ends)):
                names = map(self._names.__getitem__, cells[6])
                made = map(QualificationIn, owners, kinds, cells[2], cells[3], begins, ends, names)
                return list(zip(numbers, made, strict=True))
        found = []
        for number, owner, row in zip(numbers, owners, zip(*cells, strict=True), strict=True):
            one = self._one(number, owner, row)
            if one is not None:
                found.append((number, one))
        return found

    def _one(self, number: int, owner: int | None, cells: Sequence[str]) -> QualificationIn | None:
        kind = self._kinds.get(cells[1]) or self._kinds.get(cells[1].casefold())
        first, last = self._day[cells[4]], self._day[cells[5]]
        if owner is None:
            uscc = code_of(cells[0])
            if uscc is None:
                self._problems.add(number, f"uscc {cells[0]!r} is not 18 digits and letters")
            elif not self._owners.is_named(uscc):  # else its own row was told
                self._problems.add(number, f"uscc {uscc} is neither in the roster nor in the register")
        elif kind is None:
            self._problems.add(number, f"kind {cells[1]!r} is not a kind of certificate")
        elif first is None or last is None:
            column, cell = ("valid_from", cells[4]) if first is None else ("valid_to", cells[5])
            self._problems.add(number, f"{column} {cell!r} is not a date; write 2026-11-22")
        elif first and last and last < first:
            self._problems.add(number, f"valid_to {last} is before valid_from {first}")
        else:
            names = self._names[cells[6]]
            return QualificationIn(owner, kind, cells[2], cells[3], first or _FIRST, last or _LAST, names)
        return None


class _Days(dict[str, "str | None"]):
    """ISO text by what is written; ``""`` for nothing, None for what is no day."""

    def __init__(self) -> None:
        super().__init__()
        self._read = date_reader()

    def __missing__(self, text: str) -> str | None:
        if len(self) > _REMEMBERED:
            self.clear()
        day = self[text] = self._read(text)
        return day


class _Names(dict[str, tuple[str, ...]]):
    """Names of services by what is written."""

    def __missing__(self, text: str) -> tuple[str, ...]:
        if len(self) > _REMEMBERED:
            self.clear()
        names = self[text] = _names(text)
        return names


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _SEPARATOR.split(text) if (name := part.strip())))


def code_of(text: str) -> str | None:
    """The code as it is written here; None for what is not 18 digits and letters."""
    code = text if text.isascii() else unicodedata.normalize("NFKC", text)
    code = code.upper()
    return code if _USCC.fullmatch(code) else None


def checks(uscc: str) -> bool:
    """Whether the check character is right: GB 32100-2015, modulo 31 with weights 3^i.

    >>> checks("91320200MA1X0001X9"), checks("91320200MA1X0001X0")
    (True, False)
    """
    values = uscc.encode().translate(_VALUES)
    return _NO_DIGIT not in values and sum(map(mul, _WEIGHTS, values)) % 31 == 0
