"""A night's digest in a real browser: it complains of nothing, asks for nothing, and fits desk, phone and paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pdfplumber
import pytest

from browser import chromium, needs_chromium
from nightly_cases import POLICY, Roster
from qi_pipeline.reports.night import report_night
from qi_pipeline.settings import Settings
from test_report_browser import CONTRAST

pytestmark = [pytest.mark.system, needs_chromium]


@pytest.fixture
def digest(tmp_path: Path) -> Iterator[Path]:
    roster = Roster(tmp_path)
    for number, ends in enumerate(("2026-04-15", "2026-05-20", "2026-06-15"), 1):
        roster.certificate(roster.institution(number), ends)
    policy = replace(POLICY, reports=replace(POLICY.reports, letters_pdf_per_night=0))
    settings = Settings(home=tmp_path, database_url="sqlite://")
    yield report_night(settings, roster.store, policy, roster.night("2026-05-25"))
    roster.store.close()


def test_the_digest_fits_desk_phone_and_paper(digest: Path, tmp_path: Path) -> None:
    with chromium() as page:
        page.open(digest)
        assert page.evaluate("document.getElementById('outcome').textContent").split() == ["今夜", "注销1家机构"]
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("getComputedStyle(document.querySelector('rect.certificates')).fill") == "rgb(31, 87, 153)"
        links = "[...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => !document.querySelector(a.hash)).length"
        assert page.evaluate(links) == 0
        assert page.evaluate("document.querySelectorAll('.letters a').length") == 3
        printed = page.pdf(tmp_path / "digest.pdf")
        page.open(digest, width=390, height=844, touch=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.said == []
        assert {address.partition(":")[0] for address in page.asked} == {"file"}
    with pdfplumber.open(printed) as opened:
        assert (round(opened.pages[0].width), round(opened.pages[0].height)) in {(595, 842), (596, 842)}
