"""The decision report in a real browser: pointing, keys, sizes, contrast, print, and no script but its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from browser import Browser, chromium, needs_chromium
from qi_pipeline.reports.decision import render_decision
from report_cases import event, images_in, readings_of, report_of, spoiled

pytestmark = [pytest.mark.system, needs_chromium]

OPEN = "document.getElementById('viewer').open"
COUNT = "document.getElementById('viewer-count').textContent"
HOT = "[...document.querySelectorAll('.hot')].map((each) => each.dataset.row)"
CONTRAST = """
(() => {
  const part = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const under = (node) => {
    let mixed = null;
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      const [r, g, b, a = 1] = part(getComputedStyle(each).backgroundColor);
      if (a > 0) layers.push([r, g, b, a]);
      if (a === 1) break;
    }
    mixed = [255, 255, 255];
    for (const [r, g, b, a] of layers.reverse()) mixed = [r, g, b].map((c, i) => c * a + mixed[i] * (1 - a));
    return mixed;
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || node.closest("script, style, svg, :disabled")) continue;
    const style = getComputedStyle(node);
    if (style.visibility === "hidden" || !node.getClientRects().length) continue;
    const a = light(part(style.color).slice(0, 3));
    const b = light(under(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([node.className, walker.currentNode.textContent.trim().slice(0, 30), ratio]);
  }
  return poor;
})()
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    case = spoiled()
    images = images_in(folder, case.documents)
    long = replace(case.documents[0], file="x" * 300 + ".pdf")
    report = replace(
        report_of(case, images, readings=readings_of(case.documents), events=(event("packet.taken", name="一"),)),
        documents=(*case.documents, long),
    )
    made = {
        "zh": render_decision(report, "zh"),
        "en": render_decision(report, "en"),
        **{
            outcome: render_decision(replace(report, decision=replace(report.decision, outcome=outcome)), "zh")
            for outcome in ("admit", "reject", "further_verification", "manual_review")
        },
    }
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def row_of(browser: Browser, start: str) -> str:
    """The id of the table row that begins with these words."""
    found = browser.evaluate(
        "[...document.querySelectorAll('tr[data-row]')]"
        f".find((row) => row.innerText.startsWith({json.dumps(start)})).id"
    )
    assert isinstance(found, str)
    return found


def test_pointing_at_a_field_lights_its_box_and_back(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["zh"])
    row = row_of(browser, "地址")
    browser.move(f"#{row}")
    assert set(browser.evaluate(HOT)) == {row}
    assert browser.evaluate(f"document.querySelectorAll('.leaf a.hot[data-row={row}] rect').length") == 1
    browser.move("h1")
    assert browser.evaluate(HOT) == []
    browser.move(f".leaf a[data-row={row}] rect")
    assert set(browser.evaluate(HOT)) == {row}
    assert browser.evaluate(f"document.getElementById('{row}').classList.contains('hot')") is True
    browser.click(f"#{row} th")  # a tap keeps it lit
    browser.move("h1")
    assert set(browser.evaluate(HOT)) == {row}
    browser.click("h1")
    assert browser.evaluate(HOT) == []
    browser.evaluate(f"document.querySelector('#{row} a').focus()")
    assert set(browser.evaluate(HOT)) == {row}
    browser.evaluate(f"document.querySelector('.leaf a[data-row={row}]').focus()")
    assert set(browser.evaluate(HOT)) == {row}
    assert browser.said == []


def test_row_on_a_later_page_brings_that_page_beside_it(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["zh"])
    sheet = browser.evaluate(
        "(() => { const s = document.querySelectorAll('.sheets:not(.wide) .sheet:not(.now)')[0];"
        " s.closest('.paper').querySelector('tr[data-row]').dataset.sheet = s.id; return s.id; })()"
    )
    browser.move(f"tr[data-sheet={sheet}]")
    assert browser.evaluate(f"document.getElementById('{sheet}').classList.contains('now')") is True


def test_viewer_opens_at_the_place_and_is_used_by_keys(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["zh"])
    pictures = browser.evaluate("document.querySelectorAll('.sheet img').length")
    browser.click(".cut[data-sheet] img")
    assert browser.evaluate(OPEN) is True
    first = browser.evaluate(".cut[data-sheet]".join(["document.querySelector('", "').dataset.row"]))
    assert set(browser.evaluate(HOT)) == {first}
    assert browser.evaluate("document.querySelectorAll('#viewer .stage a.hot').length") == 1
    at = int(browser.evaluate(COUNT).split(" / ")[0])
    assert browser.evaluate(COUNT) == f"{at} / {pictures}"
    browser.press("ArrowRight")
    assert browser.evaluate(COUNT) == f"{at + 1} / {pictures}"
    browser.press("ArrowLeft")
    browser.press("ArrowLeft")
    assert browser.evaluate(COUNT) == f"{at - 1} / {pictures}"
    width = "document.querySelector('#viewer .leaf').getBoundingClientRect().width"
    before = browser.evaluate(width)
    browser.press("+")
    browser.press("+")
    assert browser.evaluate(width) == pytest.approx(2 * before, abs=3)
    browser.press("0")
    assert browser.evaluate(width) == pytest.approx(before, abs=1)
    listed = browser.evaluate("document.querySelectorAll('#viewer aside li').length")
    assert listed == browser.evaluate("document.querySelectorAll('#viewer .stage rect').length") > 0
    browser.move("#viewer aside li:last-child a")
    assert browser.evaluate("document.querySelectorAll('#viewer .stage a.hot').length") == 1
    browser.press("Escape")
    assert browser.evaluate(OPEN) is False
    assert browser.said == []


def test_everything_can_be_reached_by_the_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["zh"])
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    browser.evaluate("document.querySelector('figure.sheet figcaption a').focus()")
    browser.press("Enter")
    assert browser.evaluate(OPEN) is True
    for _ in range(6):
        browser.press("Tab")
        # The dialog holds the focus, and one sees where it is.
        assert browser.evaluate("document.activeElement.closest('#viewer') !== null") is True
        seen = "(each.closest('svg') ? getComputedStyle(each.firstElementChild).strokeWidth"
        seen += " : getComputedStyle(each).outlineWidth) === '3px'"
        assert browser.evaluate(f"(() => {{ const each = document.activeElement; return {seen}; }})()") is True


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_narrow_phone_needs_no_sideways_scrolling(browser: Browser, pages: dict[str, Path], lang: str) -> None:
    browser.open(pages[lang], width=360, height=780, touch=True)
    try:
        for opened in (False, True):
            if opened:
                browser.evaluate("document.querySelector('figure.sheet figcaption a').click()")
                assert browser.evaluate(OPEN) is True
            size = browser.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert size[0] <= size[1] == 360
        wide = browser.evaluate(
            "[...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > 361"
            " && !each.closest('thead')).map((each) => each.outerHTML.slice(0, 80))"
        )
        assert wide == []
    finally:
        browser.resize(1280, 900)


@pytest.mark.parametrize("page", ["zh", "admit", "reject", "further_verification", "manual_review"])
def test_words_stand_out_from_what_they_are_printed_on(browser: Browser, pages: dict[str, Path], page: str) -> None:
    browser.open(pages[page])
    assert browser.evaluate(CONTRAST) == []
    browser.evaluate("document.querySelectorAll('tr[data-row]').forEach((row) => row.classList.add('hot'))")
    assert browser.evaluate(CONTRAST) == []
    browser.evaluate("document.querySelector('figure.sheet figcaption a').click()")
    assert browser.evaluate(CONTRAST) == []


def test_nothing_else_runs_and_nothing_is_asked_for(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["zh"])
    browser.forget()
    page = pages["zh"].read_text(encoding="utf-8")
    forged = pages["zh"].with_name("forged.html")
    forged.write_text(
        page.replace(
            "</main>",
            "<script>window.ran = 1</script><img src=x onerror='window.ran = 2' alt=x>"
            "<img src='https://example.invalid/x.png' alt=x><p style='position: fixed'>x</p></main>",
        ),
        encoding="utf-8",
    )
    browser.open(forged)
    assert browser.evaluate("window.ran === undefined") is True
    assert len([each for each in browser.said if "Content Security Policy" in each]) >= 4
    assert not [each for each in browser.asked if each.startswith("http")]
    browser.forget()
    browser.open(pages["zh"])
    assert browser.said == []
    assert [each for each in browser.asked if not each.startswith("data:")] == [pages["zh"].as_uri()]


def test_plain_page_without_script_shows_everything(pages: dict[str, Path]) -> None:
    with chromium() as plain:
        plain.without_script()
        plain.open(pages["zh"])
        # The protocol evaluates all the same; the page's own script did not run.
        assert plain.evaluate("document.documentElement.classList.contains('js')") is False
        assert plain.evaluate("getComputedStyle(document.getElementById('viewer')).display") == "none"
        hidden: Any = plain.evaluate(
            "[...document.querySelectorAll('main img, main rect, main tr, main dd, main li')]"
            ".filter((each) => !each.getClientRects().length).length"
        )
        assert hidden == 0
        sizes = plain.evaluate(
            "[...document.querySelectorAll('.cut img')].map((each) => each.getBoundingClientRect().width)"
        )
        assert sizes
        assert min(sizes) > 100
        # A page is shown large by its link alone.
        target = plain.evaluate("document.querySelectorAll('.sheet:not(.now)')[0].id")
        before = plain.evaluate(f"document.getElementById('{target}').getBoundingClientRect().width")
        plain.evaluate(f"location.hash = '#{target}'")
        assert plain.evaluate(f"document.getElementById('{target}').getBoundingClientRect().width") > 2 * before


def test_print_is_a4_with_packet_and_page_numbers(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    browser.open(pages["zh"])
    printed = browser.pdf(tmp_path / "report.pdf")
    info = subprocess.run(["pdfinfo", printed], capture_output=True, text=True, check=True).stdout
    assert "(A4)" in info
    count = int(next(line.split()[1] for line in info.splitlines() if line.startswith("Pages:")))
    text = subprocess.run(["pdftotext", "-layout", printed, "-"], capture_output=True, text=True, check=True).stdout
    sheets = text.split("\f")[:count]
    for number, sheet in enumerate(sheets, 1):
        assert "wx-000321" in sheet
        assert re.search(rf"\b{number} ?/ ?{count}\b", sheet)
    whole = " ".join(text.split())
    for words in ("补正材料", "审核发现", "材料与识读内容", "发现的印章", "事件记录", "审核签署"):
        assert words in whole
    assert "页面查看" not in whole
    # A finding is never cut: its first and its last words stand on one sheet.
    for code in ("holder_mismatch", "low_confidence"):
        own = [sheet for sheet in sheets if code in sheet]
        assert len(own) == 1
        assert "处理" in own[0].split(code)[1]
