"""The expiry calendar as an inline SVG: a bar a month, certificates below, licences on top."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from qi_pipeline.reports.nightly_words import WORDS
from qi_pipeline.reports.phrases import Lang, pick
from qi_pipeline.residency.digest import MonthCount

_WIDTH, _HEIGHT = 760, 240
_LEFT, _BOTTOM, _TOP = 46, 34, 44
_COLOURS = {"certificates": "#1f5799", "licences": "#b86a10"}
"""Colour by what is counted, also the class that a page's style may set."""


def plot(calendar: Sequence[MonthCount], lang: Lang) -> Markup:
    """The SVG; its numbers also stand in the table below it."""
    most = max((each.certificates + each.licences for each in calendar), default=0)
    top = _ceiling(most)
    room = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT) / max(1, len(calendar))
    names = [pick(WORDS, key, lang) for key in _COLOURS]
    x: float
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(pick(WORDS, "calendar", lang))}" '
        'xmlns="http://www.w3.org/2000/svg" font-size="12" font-family="sans-serif">'
    ]
    for place, (name, (key, colour)) in enumerate(zip(names, _COLOURS.items(), strict=True)):
        x = _LEFT + place * 180
        parts.append(f'<rect class="{key}" x="{x}" y="4" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="14">{escape(name)}</text>')
    for share in (0, 1, 2):
        value = top * share // 2
        y = _HEIGHT - _BOTTOM - room * share / 2
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{value}</text>')
    for place, each in enumerate(calendar):
        x, y = _LEFT + place * step, float(_HEIGHT - _BOTTOM)
        for count, (key, colour) in zip((each.certificates, each.licences), _COLOURS.items(), strict=True):
            height = room * count / top
            y -= height
            if count:
                parts.append(
                    f'<rect class="{key}" x="{x + step * 0.18:.1f}" y="{y:.1f}" width="{step * 0.64:.1f}" '
                    f'height="{height:.1f}" fill="{colour}"/>'
                )
        middle = x + step / 2
        total = each.certificates + each.licences
        if total:
            parts.append(f'<text x="{middle:.1f}" y="{y - 4:.1f}" text-anchor="middle">{total}</text>')
        parts.append(
            f'<text x="{middle:.1f}" y="{_HEIGHT - 14}" text-anchor="middle" fill="#555">{escape(each.month)}</text>'
        )
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - made above of numbers and escaped words


def _ceiling(most: int) -> int:
    """An even round number at least as large.

    >>> [_ceiling(number) for number in (0, 3, 17, 120, 4300)]
    [2, 4, 20, 200, 5000]
    """
    step = int("1" + "0" * (len(str(most)) - 1))
    rounded = -(-max(most, 1) // step) * step
    return rounded + rounded % 2
