"""Templates filled with escaped values; a missing value is an error, never a blank in an official paper."""

from __future__ import annotations

import functools
import re

import jinja2

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls of terminals and of writing direction, which no paper prints and which make a page say what it does not."""


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("qi_pipeline.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> str:
    """The template filled with ``values``, everything escaped; raises jinja2.UndefinedError for a missing one."""
    return _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", _environment().get_template(template).render(**values))
