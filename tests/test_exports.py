"""``export``: what is written, the same bytes twice, and nothing in it that can act; on either database."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, get_args

import pytest
from openpyxl import load_workbook

from nightly_cases import Roster
from qi_pipeline.admission.credit import codes_of, credit_hits
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.cli.main import main
from qi_pipeline.records import database
from qi_pipeline.records.exports import COLUMNS, Period, Subject, applies, code_of, rows
from qi_pipeline.records.store import Store
from qi_pipeline.reports import workbook_stream
from qi_pipeline.reports.export import write_rows
from records_cases import USCC
from test_schemas import problems

ROOT = Path(__file__).parents[1]
SUBJECTS = get_args(Subject)
Export = Callable[..., bytes]


@pytest.fixture
def export(
    console_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Export:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", console_url)

    def exported(line: str) -> bytes:
        path = tmp_path / "out"
        assert main(["export", *line.split(), "--out", str(path), "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert problems("output_export", answer) == []
        data = path.read_bytes()
        assert answer["sha256"] == hashlib.sha256(data).hexdigest()
        return data

    return exported


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_same_state_gives_the_same_bytes_and_rows_in_every_format(export: Export, subject: str) -> None:
    period = "--from 2022-01-01 --to 2026-12-31"
    found = {form: export(f"{subject} {period} --format {form}") for form in ("jsonl", "csv", "xlsx")}
    for form, data in found.items():
        assert export(f"{subject} {period} --format {form}") == data, form
    entries = lines(found["jsonl"])
    assert entries
    assert [tuple(entry) for entry in entries] == [COLUMNS[subject]] * len(entries)
    table = list(csv.reader(io.StringIO(found["csv"].decode(), newline="")))
    sheet = load_workbook(io.BytesIO(found["xlsx"])).active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert table[0] == cells[0] == list(COLUMNS[subject])
    assert len(table) == len(cells) == len(entries) + 1
    for entry, texts, values in zip(entries, table[1:], cells[1:], strict=True):
        for value, text, cell in zip(entry.values(), texts, values, strict=True):
            if isinstance(value, list):
                value = "; ".join(map(str, value))
            assert cell == (None if value == "" else value)
            assert text.removeprefix("'") == ("" if value is None else _as_text(value))


def test_decisions_of_a_period_say_who_decided_and_what_was_recommended(export: Export) -> None:
    assert [each["packet"] for each in lines(export("decisions --to 2026-11-02"))] == ["wx-1", "wx-2", "wx-4"]
    (reviewed,) = lines(export("decisions --from 2026-11-04 --to 2026-11-04"))
    assert (reviewed["packet"], reviewed["recommended"], reviewed["outcome"]) == ("wx-4", "reject", "supplement")
    assert [reviewed[key] for key in ("reviewer", "role", "stands", "final")] == ["李审", "运维机构", True, True]
    machine = next(each for each in lines(export("decisions")) if each["packet"] == "wx-4")
    assert (machine["stands"], machine["recommended"], machine["category"]) == (False, None, "training")
    assert lines(export("decisions --from 2026-11-21")) == []


def test_every_moment_of_a_row_is_one_of_the_same_zone(console_url: str, export: Export) -> None:
    found = lines(export("decisions"))
    for entry in found:
        for name in ("submitted_at", "taken_at", "made_at"):
            assert entry[name] is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", entry[name]), name
    with Store(console_url) as store:
        made = {each.id: each.made_at for entry in found for each in store.decisions_of(entry["packet_id"])}
    for entry in found:
        told, stored = (datetime.fromisoformat(text) for text in (entry["made_at"], made[entry["decision"]]))
        assert timedelta(0) <= stored - told < timedelta(seconds=1)


def test_findings_are_those_of_the_decisions_that_stand(export: Export) -> None:
    found = [(each["packet"], each["place"], each["code"]) for each in lines(export("findings"))]
    assert found == [
        ("wx-1", 1, "qualification_expiring"),
        ("wx-2", 1, "serious_violation_listed"),
        ("wx-3", 1, "seal_missing"),
        ("wx-3", 2, "qualification_expiring"),
        ("wx-4", 1, "licence_missing"),
        ("wx-5", 1, "seal_missing"),
    ]


@pytest.mark.parametrize(
    ("day", "flagged"),
    [("2022-03-01", False), ("2022-03-02", True), ("2024-03-01", True), ("2027-02-28", True), ("2027-03-01", False)],
)
def test_a_flag_is_exported_for_the_days_on_which_it_applies(export: Export, day: str, flagged: bool) -> None:
    found = lines(export(f"flags --from {day} --to {day}"))
    # Resident since 2 November 2026, so the days before are of a period that reaches beyond it.
    expected = flagged and day >= "2026-11-02"
    assert [each["uscc"] for each in found] == ([USCC] if expected else [])
    found = lines(export(f"flags --from {day} --to {max(day, '2026-12-01')}"))
    assert bool(found) == (day < "2027-03-01")


@pytest.mark.parametrize("kind", ["violations", "abnormal", "serious"])
@pytest.mark.parametrize("removed", [None, date(2024, 2, 29)])
def test_the_days_of_a_flag_are_those_of_the_night(kind: Any, removed: date | None) -> None:
    entry = CreditEntry(list=kind, uscc=USCC, name="", listed_on=date(2024, 2, 28), removed_on=removed, reason="")
    snapshot = CreditSnapshot(loaded=(kind,), entries=(entry,))
    first, last = applies(entry, 3)
    days = [date(2024, 2, 20) + timedelta(days=number) for number in range(1200)]
    hits = {day: codes_of(credit_hits(snapshot, USCC, day, 3)) for day in days}
    counted = {day for day in days if day >= first and (last is None or day <= last)}
    assert {day for day, codes in hits.items() if codes} == counted
    assert {code for codes in hits.values() for code in codes} == {code_of(entry)}


def test_certificates_of_a_period_are_told_as_they_stood(tmp_path: Path) -> None:
    roster = Roster(tmp_path)
    uscc = roster.institution(1)
    roster.certificate(uscc, "2027-01-31", "食品检测;水质检测", number="A1")
    roster.certificate(uscc, "2029-01-31", "食品检测", number="A1", on=date(2026, 6, 1))
    with database.reading(roster.store.engine) as connection:

        def told(first: date, last: date) -> list[tuple[Any, ...]]:
            found = rows(connection, "qualifications", Period(first=first, last=last), 3)
            each = [dict(zip(COLUMNS["qualifications"], row, strict=True)) for row in found]
            keys = ("valid_to", "services", "on_file_from", "on_file_until")
            return [tuple(entry[key] for key in keys) for entry in each]

        before = ("2027-01-31", ["食品检测", "水质检测"], "2026-01-05", "2026-05-31")
        assert told(date(2026, 5, 1), date(2026, 5, 31)) == [before]
        assert [each[0] for each in told(date(2026, 6, 1), date(2026, 6, 1))] == ["2029-01-31"]
        assert [each[0] for each in told(date(2026, 5, 31), date(2026, 6, 1))] == ["2027-01-31", "2029-01-31"]
    roster.store.close()


HOSTILE = ["=1+1", "+1", "-1", "@x", "＝1", "\t=1", " =1", "\r=1", '=cmd|"/c calc"!A1', "a\x00=b", "正常"]


def test_no_text_can_act_as_a_formula() -> None:
    stream = io.BytesIO()
    assert write_rows(stream, "csv", "x", ["value"], [[text] for text in HOSTILE]) == len(HOSTILE)
    table = [row[0] for row in csv.reader(io.StringIO(stream.getvalue().decode(), newline=""))][1:]
    assert [text[0] for text in table] == ["'"] * 9 + ["a", "正"]
    stream = io.BytesIO()
    write_rows(stream, "xlsx", "x", ["value"], [[text] for text in HOSTILE])
    sheet = load_workbook(io.BytesIO(stream.getvalue())).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    with zipfile.ZipFile(io.BytesIO(stream.getvalue())) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_byte_order_mark_only_where_it_is_asked_for(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    plain, marked = export("findings --format csv"), export("findings --format csv --bom")
    assert marked == b"\xef\xbb\xbf" + plain
    assert plain.count(b"\r\n") == 7
    assert main(["export", "findings", "--bom"]) == 2
    assert "--format csv" in capsys.readouterr().err


def test_a_sheet_that_is_full_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_stream, "_ROWS", 3)
    stream = io.BytesIO()
    assert write_rows(stream, "xlsx", "rows", ["n"], [[number] for number in range(7)]) == 7
    book = load_workbook(io.BytesIO(stream.getvalue()))
    assert book.sheetnames == ["rows", "rows 2", "rows 3"]
    assert [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book] == [
        ["n", 0, 1, 2],
        ["n", 3, 4, 5],
        ["n", 6],
    ]


def test_rows_are_written_as_they_come() -> None:
    class Counted(io.BytesIO):
        most = 0

    pulled = 0

    def endless() -> Iterator[list[str]]:
        nonlocal pulled
        for number in range(60_000):
            pulled += 1
            stream.most = max(stream.most, number * 50 - stream.tell())
            yield [f"{number:048d}"]

    stream = Counted()
    write_rows(stream, "csv", "x", ["value"], endless())
    assert pulled == 60_000
    assert stream.most < 1 << 20  # never more than a part of it in hand


def test_a_place_that_can_not_be_written_is_wrong_usage(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "findings", "--out", "/nowhere/at/all.csv"]) == 2
    assert main(["export", "findings", "--from", "2026-11-03", "--to", "2026-11-02"]) == 2
    assert main(["export", "findings", "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 3


def test_an_export_that_breaks_off_leaves_the_former_file_and_nothing_beside_it(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "findings.csv"
    assert main(["export", "findings", "--format", "csv", "--out", str(out)]) == 0
    former = out.read_bytes()
    there = sorted(tmp_path.iterdir())

    def broken(stream: IO[bytes], *_given: object, **_named: object) -> int:
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("qi_pipeline.reports.export.write_rows", broken)
    assert main(["export", "findings", "--format", "csv", "--out", str(out)]) == 1
    assert out.read_bytes() == former
    assert sorted(tmp_path.iterdir()) == there


def test_to_stdout_without_a_file(export: Export, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = export("findings --format csv")
    assert main(["export", "findings", "--format", "csv"]) == 0
    assert capsys.readouterr().out.encode() == wanted


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_column_stands_in_the_manual(subject: str) -> None:
    manual = (ROOT / "docs" / "looking.md").read_text(encoding="utf-8")
    row = next(line for line in manual.splitlines() if line.startswith(f"| `{subject}` |"))
    for column in COLUMNS[subject]:
        assert f"`{column}`" in row, column


def test_a_first_rosters_certificate_bears_no_day_of_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.delenv("QI_DATABASE_URL", raising=False)
    (tmp_path / "i.csv").write_text(
        "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,"
        f"licence_valid_to\n{USCC},甲,metrology,乙,丙,2025-01-01,,,\n",
        encoding="utf-8",
    )
    (tmp_path / "q.csv").write_text(
        "uscc,kind,number,issuing_authority,valid_from,valid_to,services\n"
        f"{USCC},cma_certificate,1,丁,2024-01-01,2030-01-01,水质\n",
        encoding="utf-8",
    )
    roster = ["--institutions", str(tmp_path / "i.csv"), "--qualifications", str(tmp_path / "q.csv")]
    assert main(["import", *roster, "--as-of", "2026-11-20"]) == 0
    capsys.readouterr()
    assert main(["export", "qualifications", "--format", "jsonl"]) == 0
    [entry] = lines(capsys.readouterr().out.encode())
    assert (entry["number"], entry["on_file_from"], entry["recorded_on"]) == ("1", None, None)
