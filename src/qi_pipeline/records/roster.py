"""The roster (入驻机构名单) of a platform that already has institutions: its rows, checked, as frozen data.

Two tables, as the contract names their columns. A code that fails its check digit is told as a warning, not
refused: some genuine early codes do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import mul
from pathlib import Path
from typing import NamedTuple

from qi_pipeline.kinds import CATEGORIES, KINDS
from qi_pipeline.records.columns import OPEN_END, OPEN_START
from qi_pipeline.records.tables_in import ColumnSpec, Problems, choices, date_reader, read_table

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
_VALUE = {character: value for value, character in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
_FIRST, _LAST = OPEN_START.isoformat(), OPEN_END.isoformat()


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

    uscc: str
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


def read_institutions(path: Path, problems: Problems, warned: Warnings) -> dict[str, InstitutionIn]:
    """The institutions by USCC; bad rows are in ``problems``."""
    found: dict[str, InstitutionIn] = {}
    rows: dict[str, int] = {}
    category = choices(CATEGORIES)
    day = date_reader()
    for number, cells in read_table(path, INSTITUTION_COLUMNS, problems):
        uscc = _code(cells[0])
        days = [day(cell) for cell in cells[5:9]]
        if uscc is None:
            problems.add(number, f"uscc {cells[0]!r} is not 18 digits and letters")
        elif not cells[1]:
            problems.add(number, "name is empty")
        elif cells[2].casefold() not in category:
            problems.add(number, f"category {cells[2]!r} is none of {', '.join(CATEGORIES)}")
        elif None in days:
            column = INSTITUTION_COLUMNS[5 + days.index(None)].name
            problems.add(number, f"{column} {cells[5 + days.index(None)]!r} is not a date; write 2026-11-22")
        elif not days[0]:
            problems.add(number, "admitted_on is empty")
        else:
            row = InstitutionIn(
                uscc,
                cells[1],
                category[cells[2].casefold()],
                cells[3],
                cells[4],
                days[0],
                days[1] or None,
                days[2] or None,
                days[3] or _LAST,
            )
            if found.setdefault(uscc, row) != row:
                problems.add(number, f"uscc {uscc} stands in row {rows[uscc]} with other values")
            if rows.setdefault(uscc, number) == number and not _checks(uscc):
                warned.said.append(f"{path.name}: row {number}: the check digit of {uscc} is wrong; taken all the same")
    return found


def read_qualifications(
    path: Path, problems: Problems, known: Callable[[str], bool]
) -> Iterator[tuple[int, QualificationIn]]:
    """Row number and certificate, in the order of the file; bad rows are in ``problems``.

    ``known`` says whether an institution is in the roster or the register.
    """
    kinds = choices({code: name for code, name in KINDS.items() if code not in _NOT_CERTIFICATES})
    day = date_reader()
    codes: dict[str, str] = {}
    refused: dict[str, str] = {}
    services: dict[str, tuple[str, ...]] = {"": ()}
    seen: dict[int, tuple[int, int]] = {}
    for number, (written, kind_text, certificate, authority, first_text, last_text, listed) in read_table(
        path, QUALIFICATION_COLUMNS, problems
    ):
        uscc = codes.get(written)
        if uscc is None:
            uscc = _code(written)
            if uscc is None:
                refused[written] = f"uscc {written!r} is not 18 digits and letters"
            elif not known(uscc):
                refused[written] = f"uscc {uscc} is neither in the roster nor in the register"
            else:
                codes[written] = uscc
        kind = kinds.get(kind_text) or kinds.get(kind_text.casefold())
        first, last = day(first_text), day(last_text)
        if written in refused:
            problems.add(number, refused[written])
        elif kind is None:
            problems.add(number, f"kind {kind_text!r} is not a kind of certificate")
        elif first is None or last is None:
            column, cell = ("valid_from", first_text) if first is None else ("valid_to", last_text)
            problems.add(number, f"{column} {cell!r} is not a date; write 2026-11-22")
        elif first and last and last < first:
            problems.add(number, f"valid_to {last} is before valid_from {first}")
        else:
            names = services.get(listed)
            if names is None:
                names = services[listed] = _names(listed)
            assert uscc is not None  # else it was refused above
            row = QualificationIn(uscc, kind, certificate, authority, first or _FIRST, last or _LAST, names)
            whole = hash(row)
            before, same = seen.setdefault(hash((uscc, kind, certificate, first)), (number, whole))
            if before == number:
                yield number, row
            elif same != whole:
                problems.add(number, f"the same certificate stands in row {before} with other values")


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in _SEPARATOR.split(text) if (name := part.strip())))


def _code(text: str) -> str | None:
    code = text if text.isascii() else unicodedata.normalize("NFKC", text)
    code = code.upper()
    return code if _USCC.fullmatch(code) else None


def _checks(uscc: str) -> bool:
    """Whether the check character is right: GB 32100-2015, modulo 31 with weights 3^i.

    >>> _checks("91320200MA1X0001X9"), _checks("91320200MA1X0001X0")
    (True, False)
    """
    values = [_VALUE.get(character, -31) for character in uscc]
    return min(values) >= 0 and sum(map(mul, _WEIGHTS, values)) % 31 == 0
