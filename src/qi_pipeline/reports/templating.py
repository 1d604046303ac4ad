"""Templates filled with escaped values; a missing value is an error, never a blank in an official paper."""

from __future__ import annotations

import functools

import jinja2


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
    return _environment().get_template(template).render(**values)
