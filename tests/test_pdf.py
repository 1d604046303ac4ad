"""Letters and reports as PDF: real text in an embedded font, PDF/A, the same bytes twice, and nothing fetched."""

from __future__ import annotations

import builtins
import gc
import re
import subprocess
import sys
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from PIL import ImageFile

from nightly_cases import code
from pdf_archive import departures
from qi_pipeline.errors import InstallationError, PassingError
from qi_pipeline.reports import official, pdf
from qi_pipeline.reports.decision import render_decision
from qi_pipeline.reports.letter_templates import templates
from report_cases import images_in, report_of, spoiled

PLATFORM = "示例质量基础设施服务平台"
USCC = code(7)
PAGE = templates(None, PLATFORM).page(
    official.audit(uscc=USCC, name="示例七号检测有限公司", due_on=date(2026, 12, 20), on=date(2026, 11, 22))
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "letter.pdf"
    pdf.write_pdf(path, PAGE)
    return path


def test_a_letter_is_text_in_an_embedded_chinese_font_on_a4(made: Path) -> None:
    with pdfplumber.open(made) as opened:
        (page,) = opened.pages
        text = re.sub(r"\s", "", page.extract_text())
        assert (round(page.width), round(page.height)) == (595, 842)
        fonts = {char["fontname"] for char in page.chars}
        assert all("+Noto-Serif-CJK-SC" in name for name in fonts)  # subsets: only the characters used
        for words in (PLATFORM, "年度审核通知", f"NS-20261122-{USCC}", "第5.2.4条", "2026年12月20日", "（印章）"):
            assert words in text
        catalog = opened.doc.catalog
        assert catalog["Lang"] == b"zh-CN"
        assert catalog["MarkInfo"]["Marked"] is True
        assert "Outlines" in catalog
        assert opened.metadata["Title"] == "年度审核通知 · 示例七号检测有限公司"
        assert opened.metadata["CreationDate"].startswith("D:20261122")
        descriptors = [each.resolve() for each in _descriptors(opened.doc)]
        assert all("FontFile3" in each or "FontFile2" in each for each in descriptors)
        xmp = catalog["Metadata"].resolve().get_data().decode()
    assert re.search(r"part[^0-9]{1,3}3\b", xmp)
    assert re.search(r"conformance[^A-Z]{1,3}U\b", xmp)


def _descriptors(document: Any) -> list[Any]:
    found = []
    for xref in document.xrefs:
        for number in xref.get_objids():
            each = document.getobj(number)
            if isinstance(each, dict) and "FontDescriptor" in each:
                found.append(each["FontDescriptor"])
    assert found
    return found


def test_the_same_page_gives_the_same_bytes_in_another_process(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pdf"
    assert pdf.write_many([(again, PAGE)]) == {}
    assert again.read_bytes() == made.read_bytes()


def test_a_pdf_tells_of_which_page_it_is(made: Path, tmp_path: Path) -> None:
    assert pdf.is_pdf_of(made, PAGE)
    assert not pdf.is_pdf_of(made, PAGE.replace("12月20日", "12月21日"))
    assert not pdf.is_pdf_of(tmp_path / "absent.pdf", PAGE)
    before = made.stat().st_ino
    pdf.write_pdf(made, PAGE)
    assert made.stat().st_ino == before


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="9">geheim</text></svg>')
    reached = []
    monkeypatch.setattr("socket.create_connection", lambda *given, **_: reached.append(given))
    page = PAGE.replace(
        "</article>",
        f'<img src="{secret.as_uri()}"><img src="http://127.0.0.1:9/x.png"><link rel=stylesheet href="{secret}">'
        "</article>",
    )
    path = tmp_path / "letter.pdf"
    pdf.write_pdf(path, page)
    with pdfplumber.open(path) as opened:
        assert "geheim" not in (opened.pages[0].extract_text() or "")
        assert opened.pages[0].images == []
    assert reached == []


def test_a_character_that_no_font_has_is_refused_and_named(tmp_path: Path) -> None:
    lacking = "\U000f1234"  # a private character: nobody draws it
    with pytest.raises(InstallationError, match="no installed font has") as told:
        pdf.write_pdf(tmp_path / "x.pdf", PAGE.replace("示例七号", f"示例{lacking}号"))
    assert "install one that has it" in str(told.value)
    assert not (tmp_path / "x.pdf").exists()


def test_without_pango_the_page_stands_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = builtins.__import__

    def without(name: str, *given: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *given, **more)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    old = tmp_path / "letter.pdf"
    old.write_bytes(b"%PDF of something else")
    said = pdf.try_pdf(old, PAGE)
    assert said is not None
    assert "libpango-1.0-0" in said
    assert "libpango-1.0-0" in caplog.text
    assert not old.exists()


def test_a_killed_writer_leaves_what_is_whole_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    other = PAGE.replace("示例七号", "示例八号")
    real = subprocess.run

    def killed(command: list[str], **given: Any) -> Any:
        lines = given["input"].splitlines(keepends=True)
        assert real(command, **{**given, "input": lines[0]}).returncode == 0
        return subprocess.CompletedProcess(command, -9, b"", b"")

    monkeypatch.setattr(subprocess, "run", killed)
    with pytest.raises(PassingError, match="ended with status -9"):
        pdf.write_many([(first, PAGE), (second, other)])
    assert pdf.is_pdf_of(first, PAGE)
    assert [path.name for path in tmp_path.iterdir()] == ["first.pdf"]
    monkeypatch.undo()
    before = first.stat().st_ino
    assert pdf.write_many([(first, PAGE), (second, other)]) == {}
    assert first.stat().st_ino == before
    assert pdf.is_pdf_of(second, other)


def test_a_decision_report_is_a_pdf_with_its_findings(tmp_path: Path) -> None:
    case = spoiled()
    report = report_of(case, images_in(tmp_path, case.documents))
    path = tmp_path / "decision.pdf"
    pdf.write_pdf(path, render_decision(report, "zh", printed=True))
    with pdfplumber.open(path) as opened:
        text = re.sub(r"\s", "", "".join(page.extract_text() or "" for page in opened.pages))
        assert sum(len(page.images) for page in opened.pages) >= 1
        assert "Outlines" in opened.doc.catalog
    assert report.institution_name is not None
    assert report.institution_name in text
    for finding in report.decision.findings:
        assert re.sub(r"\s", "", finding.message["zh"])[:12] in text


def test_letters_and_reports_keep_the_clauses_of_pdf_a(made: Path, tmp_path: Path) -> None:
    assert departures(made.read_bytes()) == []
    case = spoiled()
    report = pdf.pdf_of(render_decision(report_of(case, images_in(tmp_path, case.documents)), "zh", printed=True))
    assert b"/Image" in report
    assert departures(report) == []


@pytest.fixture(scope="module")
def plain() -> bytes:
    """A letter that is not compressed, so that a test can write over its words."""
    page = PAGE.replace("<body", '<body style="background: #eee"')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # its colour profile stays open
        written = pdf._weasyprint().HTML(string=page)
        made = written.write_pdf(
            pdf_variant=pdf.VARIANT, pdf_tags=True, pdf_identifier=b"0" * 32, uncompressed_pdf=True
        )
        gc.collect()
    assert departures(made) == []
    assert isinstance(made, bytes)
    return made


@pytest.mark.parametrize(
    ("there", "instead", "clause"),
    [
        (b"/GTS_PDFA1", b"/GTS_PDFX1", "6.2.3"),
        (b"/ToUnicode ", b"/ToUnicodX ", "6.2.11.7.2"),
        (b"/FontFile3 ", b"/FontFileX ", "6.2.11.4.1"),
        (b"/Identity-H", b"/Identity-V", "6.2.11.3.3"),
        (b'pdfaid:part="3"', b'pdfaid:part="1"', "6.6.4"),
        (b"/Metadata ", b"/Metadatb ", "6.6.2.1"),
        (b"/ID [", b"/IX [", "6.1.3"),
        (b" re\n", b" k \n", "6.2.4.3"),
        (b" re\n", b" zz\n", "6.2.2"),
        (b"%%EOF", b"%%EOF\nmore", "6.1.3"),
    ],
)
def test_a_pdf_that_breaks_a_clause_is_seen(plain: bytes, there: bytes, instead: bytes, clause: str) -> None:
    assert there in plain
    assert any(each.startswith(clause) for each in departures(plain.replace(there, instead)))


def test_a_process_that_wrote_a_pdf_still_refuses_pictures_that_end_early(made: Path) -> None:
    assert made.exists()
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
