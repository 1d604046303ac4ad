"""The documentation as files: its pages in both languages, their fenced blocks, and the generator beside them."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FOLDERS = {"en": DOCS, "zh": DOCS / "zh"}
MEASURED = {"benchmarks"}
"""Pages written by a measurement; they need no Chinese twin."""

_GENERATED = re.compile(r"<!-- scale: \w+ -->.*?<!-- scale: end -->", re.DOTALL)
_FENCE = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def generator(module: str) -> ModuleType:
    """A module of docs/generator."""
    folder = str(DOCS / "generator")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(module)


def pages(lang: str) -> dict[str, Path]:
    """The pages of one language by name."""
    return {path.stem: path for path in sorted(FOLDERS[lang].glob("*.md"))}


def by_hand(text: str) -> str:
    """The page without the parts that a measurement writes into the English one and its twin takes over."""
    return _GENERATED.sub("", text)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block of a page, with the file for one that includes a file."""
    found = []
    for _, head, body in _FENCE.findall(page.read_text(encoding="utf-8")):
        included = re.fullmatch(r"\{literalinclude\} (\S+)", head.strip())
        if included:
            body = (page.parent / included.group(1)).read_text(encoding="utf-8")
            head = Path(included.group(1)).suffix.removeprefix(".")
        found.append((head.strip(), body))
    return found
