"""The site of the documentation: it builds without a warning, its links hold, nothing is fetched, and search finds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import Browser, chromium, needs_chromium
from doc_pages import DOCS, MEASURED, generator, pages

pytestmark = pytest.mark.system


class Links(HTMLParser):
    """The addresses that a page loads, those that it links to, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.lang: str | None = None
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang")
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        for name in ("src", "data"):
            if tag != "a" and given.get(name):
                self.loads.append(str(given[name]))
        if tag == "link" and given.get("rel") != "canonical" and given.get("href"):
            self.loads.append(str(given["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, DOCS / "generator" / "build.py", out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(out / "index.html") in done.stdout
    return out


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    parsed = {page.resolve(): Links(page) for page in site.rglob("*.html")}
    assert len(parsed) > 40
    for page, links in parsed.items():
        for address in (*links.loads, *links.links):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                assert address not in links.loads, f"{page.name} loads {address}"
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), f"{page.name}: {address}"
            if parts.fragment and target in parsed:
                assert unquote(parts.fragment) in parsed[target].anchors, f"{page.name}: {address}"


def test_each_page_links_to_itself_in_the_other_language(site: Path) -> None:
    for lang, other, code in (("en", "zh", "en"), ("zh", "en", "zh-CN")):
        for name in pages(lang):
            links = Links(site / lang / f"{name}.html")
            assert links.lang == code
            twin = name if name in pages(other) else "index"
            assert f"../{other}/{twin}.html" in links.links, f"{lang}/{name}"
    assert set(pages("en")) - set(pages("zh")) <= MEASURED


def test_texts_are_split_the_same_in_the_index_and_in_the_browser() -> None:
    search = generator("chinese_search")
    assert search.pieces("资质认定 5.2.1 QI_HOME", single=False) == ["资质", "质认", "认定", "5.2.1", "QI_HOME"]
    assert search.pieces("注销") == ["注销", "注", "销"]


@pytest.fixture(scope="module")
def window(site: Path) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def found(browser: Browser, site: Path, lang: str, query: str) -> list[str]:
    """The pages that a search names, best first."""
    browser.forget()
    browser.open((site / lang / "search.html").as_uri() + f"?q={query}")
    addresses = browser.evaluate(
        """new Promise(done => {
             const look = tries => {
               const links = [...document.querySelectorAll('#search-results li a')].map(a => a.getAttribute('href'));
               const ready = document.querySelector('#search-results p.search-summary')?.innerText;
               if (ready || tries === 0) done(links);
               else setTimeout(() => look(tries - 1), 100);
             };
             look(3000);
           })"""
    )
    assert browser.said == []
    assert all(address.startswith("file:") or address.startswith("data:") for address in browser.asked)
    return [urlsplit(address).path.removesuffix(".html") for address in addresses]


@needs_chromium
@pytest.mark.parametrize(
    ("lang", "query", "page"),
    [
        ("zh", "资质认定", "kinds"),
        ("zh", "注销", "life"),
        ("zh", "清退", "life"),
        ("zh", "QI_DATABASE_URL", "settings"),
        ("zh", "low_confidence", "rules"),
        ("zh", "第5.2.2条", "life"),
        ("en", "deregistration", "life"),
        ("en", "资质认定", "kinds"),
        ("en", "archive_bomb", "errors"),
    ],
)
def test_a_search_finds_the_page(site: Path, window: Browser, lang: str, query: str, page: str) -> None:
    assert page in found(window, site, lang, query)


@needs_chromium
def test_a_search_for_what_stands_nowhere_finds_nothing(site: Path, window: Browser) -> None:
    assert found(window, site, "zh", "饕餮盛宴") == []


@needs_chromium
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_shows_its_switch_and_fits_its_window(site: Path, window: Browser, width: int) -> None:
    window.forget()
    window.open(site / "zh" / "rules.html", width=width, touch=width < 500)
    assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert window.evaluate("document.querySelector('.twin a').getBoundingClientRect().width") > 20
    window.click(".twin a")
    assert window.evaluate(
        "new Promise(done => { const look = () => location.pathname.endsWith('/en/rules.html')"
        " && document.readyState === 'complete' ? done(document.title) : setTimeout(look, 50); look(); })"
    ).startswith("Rules")
    assert window.said == []
