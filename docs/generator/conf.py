"""Sphinx configuration of both languages; ``build.py`` names the folder of pages and the language."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))

from chinese_search import MixedSearch
from reference import Reference, filled

project = "qi_pipeline"
author = "qi_pipeline"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["zh/**", "generator/**", "recipes/**", "images/**", "README.md"]
myst_enable_extensions = ["attrs_inline", "colon_fence"]
myst_heading_anchors = 4
templates_path = ["templates"]
html_theme = "furo"
html_title = "qi_pipeline"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_js_files = [("pages.js", {"priority": 900})]
html_search_language = "zh"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {"footer_icons": []}
nitpicky = True
pygments_style = "friendly"

_log = logging.getLogger(__name__)
_CHINESE = "[\u3001-\u9fff\uff01-\uff60“”‘’…]"
_MEASURED = ("benchmarks.md", "scaling.md")
_SWITCH = {"en": ("zh", "zh-CN", "中文"), "zh": ("en", "en", "English")}


def _fill(app: Sphinx, _page: str, source: list[str]) -> None:
    reference = Reference(_lang(app))
    source[0] = _joined(_without_unwritten(filled(source[0], reference, Path(app.srcdir)), Path(app.srcdir)))
    for english in reference.missing if reference.lang == "zh" else ():
        _log.warning("docs/generator/words.toml has no Chinese for %r", english)


def _joined(source: str) -> str:
    """The page without line breaks between Chinese characters, which a browser would show as spaces."""
    pieces = re.split(r"(^```.*?^```$)", source, flags=re.MULTILINE | re.DOTALL)
    return "".join(
        piece if piece.startswith("```") else re.sub(rf"(?<={_CHINESE})\n[ \t]*(?={_CHINESE})", "", piece)
        for piece in pieces
    )


def _without_unwritten(source: str, pages: Path) -> str:
    """The page without links to measurements that nobody has run in this checkout yet."""
    for name in _MEASURED:
        if not (pages / name).exists():
            source = re.sub(rf"\[([^\]]+)\]\({re.escape(name)}\)", r"\1", source)
    return source


def _lang(app: Sphinx) -> str:
    return str(app.config.language or "en")[:2]


def _switch(app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Gives the page the link to its twin in the other language."""
    folder, code, name = _SWITCH[_lang(app)]
    docs = Path(__file__).parents[1]
    twin = page if (docs / ("" if folder == "en" else folder) / f"{page}.md").exists() else "index"
    up = posixpath.relpath(folder, posixpath.dirname(page) or ".")
    href = posixpath.join("..", up, f"{twin}.html")
    context["twin"] = {"href": href, "code": code, "name": name}
    if context.get("body"):
        link = f'<p class="twin"><a href="{href}" hreflang="{code}" lang="{code}">{name}</a></p>'
        context["body"] = link + context["body"]


def _reachable(app: Sphinx, failed: Exception | None) -> None:
    """Gives what the theme leaves without: a level to the headings of the sidebar, the keyboard to wide blocks."""
    if failed is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            text = text.replace('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">')
            text = text.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
            page.write_text(text.replace("<pre>", '<pre tabindex="0">'), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Adds the search language, the generated tables and the switch between the languages."""
    app.add_search_language(MixedSearch)
    app.connect("source-read", _fill)
    app.connect("html-page-context", _switch)
    app.connect("build-finished", _reachable)
