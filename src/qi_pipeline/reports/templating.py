"""Templates filled with escaped values; a missing value is an error, never a blank in an official paper."""

from __future__ import annotations

import functools
import re

import jinja2

from qi_pipeline.reports.dates import day
from qi_pipeline.reports.masking import printed

_UNSHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff"
    "\ud800-\udfff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}-{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
"""Controls of terminals and of writing direction, which no paper prints and which make a page say what it does not;
and what no text may hold (single surrogates, noncharacters)."""
_BLANKS = "\n\r\t\u3000"
"""Blanks that are shown."""


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("qi_pipeline.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = day
    return environment


def plain(text: str) -> str:
    """The text with every control character of terminals and writing direction replaced."""
    # Nearly every text has none, which is told in a tenth of the time: none of them is printable.
    bare = str(text)  # a replacement within finished markup would be escaped
    for blank in _BLANKS:
        bare = bare.replace(blank, "")
    if bare.isprintable():
        return text
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)


def render(template: str, **values: object) -> str:
    """The template filled with ``values``, everything escaped; raises jinja2.UndefinedError for a missing one."""
    return plain(_environment().get_template(template).render(**values))
