"""Personal numbers are masked wherever they are shown and never enter the log; numbers of papers stay."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.packets import packet
from qi_pipeline import logs
from qi_pipeline.cli.main import main
from qi_pipeline.extraction.identifiers import is_uscc
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import Json
from qi_pipeline.policy import PrivacyPolicy, default_policy
from qi_pipeline.privacy import is_free_of_numbers, is_identity_number, masked, masked_json
from qi_pipeline.records.columns import canonical
from qi_pipeline.records.events import Event
from qi_pipeline.records.store import Store
from qi_pipeline.reporting import report_packet
from qi_pipeline.reports.masking import masking, shown, shown_rows
from qi_pipeline.reports.spreadsheet import workbook
from qi_pipeline.settings import load_settings
from stored_pool import drop, workspace

ID = "11010519491231002X"
OLD_ID = "320211490101123"
PHONE = "13812345678"
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"身份证{ID}。", "身份证110***********002X。"),
        ("11010519491231002x", "110***********002x"),
        (f"公民身份号码：{OLD_ID}", "公民身份号码：320********1123"),
        (f"电话{PHONE}转", "电话138****5678转"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+86 13812345678", "+86 138****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        (f"{PHONE},{ID}", "138****5678,110***********002X"),
    ],
)
def test_personal_numbers_are_masked(text, said):
    assert masked(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # the check character is wrong
        "11010519491331002X",  # no such month
        "91320200MA1X0001X9",
        "221020340350",  # CMA, 12 digits
        "0510-85001234",  # a house's line
        "12812345678",  # no mobile number begins so
        "138123456789",
        "A13812345678",
        "GB/T 13812345678B",
        "3" * 18,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "20261122-101112-1a2b3c4d",
    ],
)
def test_other_numbers_stay(text):
    assert masked(text) == text


def test_a_house_line_is_masked_only_where_it_is_a_persons():
    assert masked("0510-85001234") == "0510-85001234"
    assert masked("0510-85001234", landlines=True) == "0510-******34"


def identity(region: str, born: str, serial: str) -> str:
    body = f"{region}{born}{serial}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


def all_digit_uscc_like_an_identity_number() -> str:
    """A code of an institution that would also pass for a person: found by computing, not by luck."""
    for serial in range(1000):
        for day in range(1, 29):
            number = identity("512345", f"194901{day:02d}", f"{serial:03d}")
            if is_uscc(number):
                return number
    raise AssertionError


def test_a_code_of_an_institution_is_never_a_person_unless_the_text_says_so():
    both = all_digit_uscc_like_an_identity_number()
    assert not is_identity_number(both)
    assert masked(f"统一社会信用代码{both}") == f"统一社会信用代码{both}"
    assert masked(f"身份证号：{both}") != f"身份证号：{both}"


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 999))
def test_every_right_identity_number_is_masked_and_keeps_its_ends(born, serial):
    number = identity("320211", f"{born:%Y%m%d}", f"{serial:03d}")
    said = masked(f"（{number}）")
    if is_uscc(number):
        return
    assert said == f"（320***********{number[-4:]}）"


@given(st.text())
def test_masking_twice_changes_nothing_more(text):
    assert masked(masked(text)) == masked(text)


def test_numbers_of_papers_stay_in_json_and_where_they_are_known():
    value = {"uscc": PHONE, "number": PHONE, "text": PHONE, "more": [{"note": f"致电{PHONE}", "n": 1}]}
    assert masked_json(value) == {
        "uscc": PHONE,
        "number": PHONE,
        "text": "138****5678",
        "more": [{"note": "致电138****5678", "n": 1}],
    }
    with masking(default_policy().privacy, {PHONE}):
        assert shown(f"证书{PHONE}") == f"证书{PHONE}"
    with masking(PrivacyPolicy(mask_reports=False)):
        assert shown(PHONE) == PHONE
    assert shown(PHONE) == "138****5678"  # who says nothing masks


def test_events_never_hold_a_personal_number(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'qi.db'}") as store:
        with store.write() as (_, happened):
            happened.append(
                Event(kind="test", subject="p", data={"reason": f"{PHONE}、{ID}", "number": "221020340350"})
            )
        event = store.events_of("p")[0]
        assert event.data == {"reason": "138****5678、110***********002X", "number": "221020340350"}
        assert store.verify_log().ok


def test_logs_never_hold_a_personal_number(tmp_path):
    place = tmp_path / "qi.log"
    logs.configure(load_settings({"QI_HOME": str(tmp_path), "QI_LOG": str(place)}))
    log = logging.getLogger("qi_pipeline.test")
    try:
        log.warning("read %s of %s", PHONE, ID)
        try:
            raise ValueError(PHONE)
        except ValueError:
            log.exception("failed", extra={"packet": PHONE})
    finally:
        logs.configure(load_settings({"QI_HOME": str(tmp_path)}))
    said = place.read_text(encoding="ascii")
    assert len(said.splitlines()) == 2
    assert PHONE not in said
    assert ID not in said


def test_spreadsheets_and_exports_mask_texts_but_no_numbers_of_papers():
    book = workbook([("页", ("a", "b"), [(PHONE, ID)])])
    with ZipFile(io.BytesIO(book)) as archive:
        texts = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8")
    assert PHONE not in texts
    assert ID not in texts
    rows = [(PHONE, PHONE, [PHONE, {"text": ID}])]
    columns = ("number", "reason", "more")
    assert list(shown_rows(columns, rows, PrivacyPolicy(mask_reports=True))) == [
        [PHONE, "138****5678", ["138****5678", {"text": "110***********002X"}]]
    ]
    assert list(shown_rows(columns, rows, PrivacyPolicy(mask_reports=False))) == rows


def test_a_packet_is_reported_and_exported_without_personal_numbers(tmp_path, monkeypatch):
    with workspace(tmp_path) as (context, pool):
        drop(context, pool, packet("serious_violation_listed"), f"甲{PHONE}")
        case = packet("serious_violation_listed")
        for which in ("violations", "abnormal", "serious"):
            entries = [entry for entry in case.entries if entry.list == which]
            context.store.import_credit_list(entries, which, loaded_on=DAY, source="test")
        run_ingest(context, DAY)
        row = context.store.packets()[0]
        context.store.record_reviewer_decision(
            row.id,
            outcome="reject",
            reviewer="王审核",
            role="运维机构",
            reason=f"电话{PHONE}核实，身份证{ID}",
            as_of=DAY,
        )
        report = report_packet(context.settings, context.policy, context.store, row.id)
        folder = (context.settings.home / report).parent
        for name in ("decision.html", "decision.json", "notice.html"):
            text = (folder / name).read_text(encoding="utf-8")
            assert PHONE not in text, name
            assert ID not in text, name
        page = (folder / "decision.html").read_text(encoding="utf-8")
        assert "王审核 · 运维机构 · 2026-11-22 · 电话138****5678核实" in page
        assert case.body.uscc in page
        twin = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
        assert (twin["reviewer"]["name"], twin["reviewer"]["role"]) == ("王审核", "运维机构")
        open_policy = replace(context.policy, privacy=PrivacyPolicy(mask_reports=False))
        report_packet(context.settings, open_policy, context.store, row.id)
        assert PHONE in (folder / "decision.html").read_text(encoding="utf-8")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    for form in ("jsonl", "csv", "xlsx"):
        out = tmp_path / f"out.{form}"
        assert main(["export", "decisions", "--format", form, "--out", str(out)]) == 0
        data = out.read_bytes()
        if form == "xlsx":
            with ZipFile(out) as archive:
                data = b"".join(archive.read(name) for name in archive.namelist())
        assert PHONE.encode() not in data
        assert ID.encode() not in data
        assert "运维机构".encode() in data


@given(
    st.text(alphabet='\n\\"电话 -－+xX１３8', max_size=8),
    st.sampled_from([PHONE, ID, OLD_ID, "138 1234 5678", "１３８１２３４５６７８", "+86-13812345678"]),
    st.text(alphabet='\n\\"电话 -－+xX１３8', max_size=8),
)
def test_text_of_json_that_is_free_of_numbers_has_nothing_to_mask(before: str, number: str, after: str) -> None:
    data: Json = {"text": [f"{before}{number}{after}"]}
    if is_free_of_numbers(canonical(data)):
        assert masked_json(data) == data


@pytest.mark.parametrize("number", [PHONE, ID, OLD_ID])
def test_a_line_break_before_a_number_hides_it_from_nobody(number: str) -> None:
    assert not is_free_of_numbers(canonical({"text": f"电话\n{number}"}))
    assert is_free_of_numbers(canonical({"text": f"电话\n{number[:9]}"}))
