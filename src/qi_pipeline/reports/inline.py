"""The report's own style and script, set inline, and the content policy under which nothing else can run (CSP)."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from qi_pipeline.reports.templating import plain


@functools.cache
def part(name: str) -> str:
    """The text of a style or script that lies beside the templates."""
    return (files("qi_pipeline.reports") / "templates" / name).read_text(encoding="utf-8")


def content_policy(*, scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The policy that lets exactly these inline scripts and styles run, shows data pictures, and loads nothing."""
    return (
        f"default-src 'none'; img-src data:; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Sequence[str]) -> str:
    if not texts:
        return "'none'"
    return " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'" for text in texts
    )


def css_string(text: str) -> str:
    """The text as a CSS string in which no character but ASCII letters and digits stands for itself."""
    escaped = "".join(
        char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in plain(text).replace("\n", " ")
    )
    return f'"{escaped}"'


def page_margins(left: str, right: str) -> str:
    """A style that prints ``left`` and ``right`` at the top of every page, and the page number at its foot."""
    return (
        f"@page {{ @top-left {{ content: {css_string(left)}; }} @top-right {{ content: {css_string(right)}; }} "
        '@bottom-center { content: counter(page) " / " counter(pages); } }'
    )
