"""The expiry calendar as an inline SVG: a bar a month, certificates below, licences on top."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from qi_pipeline.model import Lang
from qi_pipeline.reports.bars import Part, columns
from qi_pipeline.reports.nightly_words import WORDS
from qi_pipeline.reports.phrases import pick
from qi_pipeline.residency.digest import MonthCount

_COLOURS = {"certificates": "#1f5799", "licences": "#b86a10"}
"""Colour by what is counted, also the class by which the night's style colours it."""


def plot(calendar: Sequence[MonthCount], lang: Lang) -> Markup | None:
    """The SVG, its numbers also in the table below it; None where nothing ends, for axes alone tell nobody that."""
    if not any(each.certificates or each.licences for each in calendar):
        return None
    return columns(
        pick(WORDS, "calendar", lang),
        [each.month for each in calendar],
        [(each.certificates, each.licences) for each in calendar],
        [Part(name=pick(WORDS, key, lang), colour=colour, key=key) for key, colour in _COLOURS.items()],
    )
