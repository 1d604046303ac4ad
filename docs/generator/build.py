"""Builds the documentation in both languages: ``python docs/generator/build.py [FOLDER]`` (default: build/docs).

Warnings are errors. Nothing is fetched: fonts are those of the reader, scripts and styles lie beside the pages.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

GENERATOR = Path(__file__).parent
PAGES = {"en": GENERATOR.parent, "zh": GENERATOR.parent / "zh"}
LANGUAGES = {"en": "en", "zh": "zh_CN"}

_FRONT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>qi_pipeline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font-family:system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;line-height:1.7}</style>
</head><body><h1>qi_pipeline</h1>
<p><a href="zh/index.html" lang="zh-CN">中文文档</a></p>
<p><a href="en/index.html" lang="en">Documentation in English</a></p>
</body></html>
"""


def build(out: Path) -> Path:
    """The front page of the documentation, built into ``out``; raises SystemExit when Sphinx warns."""
    out.mkdir(parents=True, exist_ok=True)
    for lang, pages in PAGES.items():
        target = out / lang
        if target.exists():
            shutil.rmtree(target)
        status = build_main(
            [
                "--builder=html",
                "--fail-on-warning",
                "--keep-going",
                "--quiet",
                f"--conf-dir={GENERATOR}",
                f"--doctree-dir={out / '.doctrees' / lang}",
                "--fresh-env",
                f"--define=language={LANGUAGES[lang]}",
                str(pages),
                str(target),
            ]
        )
        if status:
            raise SystemExit(status)
    front = out / "index.html"
    front.write_text(_FRONT, encoding="utf-8")
    return front


if __name__ == "__main__":
    root = GENERATOR.parents[1]
    print(f"documentation: {build(Path(sys.argv[1]) if len(sys.argv) > 1 else root / 'build' / 'docs')}")  # noqa: T201
