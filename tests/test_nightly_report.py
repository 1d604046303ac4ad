"""The report of a night and the letters it causes: whole, linked, in Chinese, and harmless in a spreadsheet."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from nightly_cases import POLICY, Roster, code
from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.cli.main import main
from qi_pipeline.policy import Policy
from qi_pipeline.reports import night_letters
from qi_pipeline.reports.night import report_night
from qi_pipeline.reports.spreadsheet import workbook
from qi_pipeline.residency import complaint
from qi_pipeline.settings import Settings


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path)
    yield made
    made.store.close()


def drawing(pdfs: int) -> Policy:
    """The policy under which a night writes so many PDFs."""
    return replace(POLICY, reports=replace(POLICY.reports, letters_pdf_per_night=pdfs))


def written(roster: Roster, as_of: str, lang: str = "zh", *, pdfs: int = 0) -> tuple[Path, str]:
    settings = Settings(home=roster.folder, database_url="sqlite://", lang=lang)
    path = report_night(settings, roster.store, drawing(pdfs), roster.night(as_of))
    return path.parent, path.read_text(encoding="utf-8")


def test_report_links_a_letter_for_everything_that_happened(roster: Roster) -> None:
    gone, stopped, ending, audited = (roster.institution(number) for number in range(1, 5))
    roster.certificate(gone, "2026-10-31")
    roster.certificate(stopped, "2026-12-10", "水质检测")
    roster.certificate(ending, "2026-12-31", number="=1+1")
    roster.certificate(audited, "2032-01-01")
    folder, page = written(roster, "2026-12-11")
    for link in re.findall(r'href="(letters/[^"]+)"', page):
        assert (folder / link).is_file()
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "letters").iterdir()}
    assert sorted(texts) == sorted(
        ["ZX-2026-000001", f"suspension-{stopped}", f"reminder-{ending}"]
        + [f"audit-{uscc}" for uscc in (stopped, ending, audited)]
    )
    order = texts["ZX-2026-000001"]
    for words in (
        "注销入驻资格通知书",
        "ZX-2026-000001",
        gone,
        "示例1号检测有限公司",
        "食品检测",
        "2026年11月1日",
        "221020340001",
        "第4.2条",
        "30日",
    ):
        assert words in order
    assert "水质检测" in texts[f"suspension-{stopped}"]
    assert "2027年1月10日" in texts[f"suspension-{stopped}"]
    assert "2026年12月31日" in texts[f"reminder-{ending}"]
    assert "2027年1月5日" in texts[f"audit-{audited}"]
    assert "<svg" in page
    assert "2026-12" in page
    assert json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["deregistered"][0]["uscc"] == gone


def test_a_calendar_without_an_end_says_so_and_draws_nothing(roster: Roster) -> None:
    roster.certificate(roster.institution(1), None)
    _, page = written(roster, "2026-12-11")
    assert "未来12个月内没有在册证书或者执照到期。" in page
    assert "<svg" not in page
    assert 'class="calendar"' not in page
    roster.certificate(roster.institution(2), "2027-06-10")
    _, page = written(roster, "2026-12-12")
    assert "没有在册证书" not in page
    assert page.count("<svg") == 1
    assert re.search(r'<rect class="certificates"[^>]*><title>2027-06 · 资质证书: 1</title>', page)


def test_second_run_of_the_night_keeps_what_the_first_told(roster: Roster) -> None:
    gone, back = roster.institution(1), roster.institution(2)
    roster.certificate(gone, "2026-03-31")
    roster.certificate(back, "2026-04-29")
    roster.night("2026-04-30")
    roster.certificate(back, "2032-01-01", number="2", on=date(2026, 5, 1))
    first = written(roster, "2026-05-01")
    before = {path.name: path.read_bytes() for path in first[0].rglob("*.html")}
    again = written(roster, "2026-05-01")
    assert {path.name: path.read_bytes() for path in again[0].rglob("*.html")} == before
    kept = json.loads((again[0] / "nightly.json").read_text(encoding="utf-8"))
    assert [entry["uscc"] for entry in kept["deregistered"]] == [gone]
    assert [entry["uscc"] for entry in kept["reinstated"]] == [back]


def test_second_run_keeps_the_notice_of_what_was_reinstated_between(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31", "食品检测")
    roster.certificate(uscc, "2026-12-31", "水质检测", number="3")
    roster.night("2026-03-31")
    folder, _ = written(roster, "2026-04-01")
    letter = folder / "letters" / f"suspension-{uscc}.html"
    said = letter.read_bytes()
    roster.certificate(uscc, "2032-01-01", "食品检测", number="2", on=date(2026, 4, 1))
    roster.certificate(uscc, "2026-02-28", "水质检测", number="3", on=date(2026, 4, 1))
    assert roster.night("2026-04-01")["reinstated"] == [{"uscc": uscc, "services": ["食品检测"]}]
    _, page = written(roster, "2026-04-01")
    told = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))
    notices = [each["number"] for each in told["letters"] if each["list"] == "suspended"]
    assert notices == [f"ZT-20260401-{uscc}"]
    again = letter.read_text(encoding="utf-8")
    assert "食品检测" in said.decode()
    assert "水质检测" not in said.decode()
    assert "食品检测" in again
    assert "水质检测" in again
    assert "ZT-" in again
    assert f"letters/suspension-{uscc}.html" in page


def test_second_run_leaves_the_notice_alone_when_all_was_reinstated(roster: Roster) -> None:
    uscc = roster.institution(licence_valid_to="2026-03-31")
    roster.certificate(uscc, "2026-03-31")
    roster.night("2026-03-31")
    folder, _ = written(roster, "2026-04-01")
    letter = folder / "letters" / f"suspension-{uscc}.html"
    said = letter.read_bytes()
    roster.institution(licence_valid_to="2036-03-31", on=date(2026, 4, 1))
    roster.certificate(uscc, "2032-01-01", number="2", on=date(2026, 4, 1))
    assert roster.night("2026-04-01")["suspended"] == []
    written(roster, "2026-04-01")
    assert letter.read_bytes() == said
    told = json.loads((folder / "nightly.json").read_text(encoding="utf-8"))
    assert {"suspended", "expiring"} >= {each["list"] for each in told["letters"]} >= {"suspended"}


def test_each_reminder_is_given_once(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-12-31")
    days = ["2026-10-01", "2026-10-02", "2026-10-03", "2026-11-01", "2026-11-02", "2026-12-01", "2026-12-02"]
    reminded = [(written(roster, day)[0] / "letters" / f"reminder-{uscc}.html").exists() for day in days]
    assert reminded == [False, True, False, True, False, True, False]


def test_missed_reminders_are_given_as_one(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-12-31")
    assert (written(roster, "2026-12-20")[0] / "letters" / f"reminder-{uscc}.html").exists()
    assert not (written(roster, "2026-12-21")[0] / "letters").exists()


def test_spreadsheet_keeps_chinese_and_holds_no_formula(roster: Roster) -> None:
    uscc = roster.institution(name="=HYPERLINK(1)检测")
    roster.certificate(uscc, "2026-05-01", number="@SUM(1)")
    folder, _page = written(roster, "2026-04-30")
    book = openpyxl.load_workbook(io.BytesIO((folder / "nightly.xlsx").read_bytes()))
    rows = list(book["即将到期"].iter_rows())
    assert [cell.value for cell in rows[1]][:2] == [uscc, "=HYPERLINK(1)检测"]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert "检验检测机构资质认定证书" in [cell.value for cell in rows[1]]


def test_sheet_takes_characters_that_no_sheet_may_hold() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([("表", ["甲"], [["a\x00b\x1f"], ["x" * 40_000], [None], [3]])])))
    values = [row[0].value for row in book["表"].iter_rows(min_row=2)]
    assert [values[0], len(str(values[1])), values[2], values[3]] == ["ab", 32_000, None, 3]


def test_names_of_institutions_can_do_nothing_in_the_page(roster: Roster) -> None:
    uscc = roster.institution(name="<script>alert(1)</script>")
    roster.certificate(uscc, "2026-05-01")
    folder, page = written(roster, "2026-04-30")
    letter = (folder / "letters" / f"reminder-{uscc}.html").read_text(encoding="utf-8")
    assert "<script>" not in page + letter
    assert "&lt;script&gt;" in page


def test_many_letters_of_a_kind_stand_in_one_file(roster: Roster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night_letters, "SINGLE", 2)
    for number in range(1, 4):
        roster.certificate(roster.institution(number), "2026-05-01", number=str(number))
    folder, page = written(roster, "2026-04-30")
    assert [path.name for path in (folder / "letters").iterdir()] == ["reminders.html"]
    assert (folder / "letters" / "reminders.html").read_text(encoding="utf-8").count("<article") == 3
    assert f"letters/reminders.html#reminder-{code(2)}" in page


def test_report_tells_stale_lists_and_late_complaints(roster: Roster) -> None:
    uscc = roster.institution()
    entry = CreditEntry(list="serious", uscc=code(9), name="", listed_on=date(2020, 1, 1), removed_on=None, reason="")
    roster.store.import_credit_list([entry], "serious", loaded_on=date(2026, 3, 1), source="x")
    number = complaint.receive(roster.store, uscc, channel="web", type_="收费", text="x", on=date(2026, 3, 1)).number
    before = written(roster, "2026-03-31")[1]
    assert "名单更新提示" not in before
    assert number not in before
    after = written(roster, "2026-04-01")[1]
    assert "严重违法失信名单最近一次导入于2026-03-01" in after
    assert number in after


def test_report_speaks_english_when_asked(roster: Roster) -> None:
    roster.certificate(roster.institution(), "2026-05-01")
    page = written(roster, "2026-04-30", "en")[1]
    assert "Nightly re-verification" in page
    assert "即将到期" not in page


def test_commands_write_report_and_orders(
    roster: Roster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    uscc = roster.institution()
    assert main(["nightly", "--as-of", "2026-05-01", "--json"]) == 0
    assert (tmp_path / "reports" / "nightly" / "2026-05-01" / "index.html").is_file()
    capsys.readouterr()
    assert main(["leftover", "open", uscc, "--text", "两份报告未交付", "--as-of", "2026-05-02"]) == 0
    assert main(["revoke", uscc, "--reason", "资质认定证书被撤销", "--as-of", "2026-05-02", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    text = (tmp_path / answer["file"]).read_text(encoding="utf-8")
    for words in ("资质认定证书被撤销", "第7.5条", "两份报告未交付", answer["order"], "2026年5月2日"):
        assert words in text


def test_a_night_that_changed_nothing_leaves_its_report_as_it_is(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-03-31")
    folder, _ = written(roster, "2026-05-01")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}
    assert written(roster, "2026-05-01")[0] == folder
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files} == before
    assert json.loads((folder / "nightly.json").read_text(encoding="utf-8"))["deregistered"] != []
    (folder / "nightly.xlsx").unlink()
    written(roster, "2026-05-01")
    assert (folder / "nightly.xlsx").is_file()
    assert (folder / "nightly.json").stat().st_ino != before[folder / "nightly.json"][1]


def test_a_report_is_made_anew_when_what_it_tells_has_changed(roster: Roster) -> None:
    uscc = roster.institution()
    roster.certificate(uscc, "2026-04-15")
    assert "示例1号" in written(roster, "2026-04-01")[1]
    roster.institution(name="改名检测有限公司", on=date(2026, 4, 1))
    assert "改名检测" in written(roster, "2026-04-01")[1]
