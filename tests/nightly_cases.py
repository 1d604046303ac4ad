"""A register of invented institutions to run nights over: rosters written as an operator writes them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from stdnum.cn import uscc as uscc_check

from qi_pipeline.model import Json
from qi_pipeline.policy import default_policy
from qi_pipeline.records.store import Store
from qi_pipeline.residency.nightly import run_night

POLICY = default_policy()
_INSTITUTION = [
    "uscc",
    "name",
    "category",
    "legal_representative",
    "address",
    "admitted_on",
    "profile_completed_on",
    "last_audit_on",
    "licence_valid_to",
]
_QUALIFICATION = ["uscc", "kind", "number", "issuing_authority", "valid_from", "valid_to", "services"]


def code(number: int) -> str:
    """An invented USCC whose check character is right."""
    body = f"91320299MA{number:07d}"
    return body + uscc_check.calc_check_digit(body)


class Roster:
    """A store, and the tables that are loaded into it."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = store or Store(f"sqlite:///{folder / 'qi.db'}")
        self._loads = 0

    def institution(self, number: int = 1, *, on: date = date(2026, 1, 5), **facts: str) -> str:
        """The USCC of an institution that is loaded; in order but for what ``facts`` say."""
        uscc = code(number)
        row = {
            "uscc": uscc,
            "name": f"示例{number}号检测有限公司",
            "category": "inspection_testing",
            "legal_representative": "王小明",
            "address": "无锡市梁溪区示例路1号",
            "admitted_on": "2026-01-05",
            "profile_completed_on": "2026-01-08",
            "last_audit_on": "",
            "licence_valid_to": "",
            **facts,
        }
        self._load(on, institutions=[row])
        return uscc

    def certificate(
        self,
        uscc: str,
        valid_to: str,
        services: str = "食品检测",
        *,
        on: date = date(2026, 1, 5),
        number: str = "221020340001",
        **facts: str,
    ) -> None:
        """One certificate on file, recorded on ``on``."""
        row = {
            "uscc": uscc,
            "kind": "cma_certificate",
            "number": number,
            "issuing_authority": "江苏省市场监督管理局",
            "valid_from": "2020-01-01",
            "valid_to": valid_to,
            "services": services,
            **facts,
        }
        self._load(on, qualifications=[row])

    def load(self, institutions: list[dict[str, str]], qualifications: list[dict[str, str]], on: date) -> None:
        """Both tables loaded at once."""
        self._load(on, institutions=institutions, qualifications=qualifications)

    def night(self, as_of: str | date) -> dict[str, Json]:
        """The answer of the night."""
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
        return run_night(self.store, day, POLICY)

    def state(self, uscc: str) -> str:
        """The state of the institution in the register."""
        row = self.store.institution(uscc)
        assert row is not None
        return row.state

    def _load(
        self,
        on: date,
        institutions: list[dict[str, str]] | None = None,
        qualifications: list[dict[str, str]] | None = None,
    ) -> None:
        self._loads += 1
        first = second = None
        if institutions is not None:
            first = self.folder / f"institutions-{self._loads}.csv"
            _write(first, _INSTITUTION, institutions)
        if qualifications is not None:
            second = self.folder / f"qualifications-{self._loads}.csv"
            _write(second, _QUALIFICATION, qualifications)
        self.store.import_roster(first, second, on=on)


def _write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
