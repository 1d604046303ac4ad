"""Bar charts as inline SVG: upright columns over time, lying stacked bars by name; the numbers also stand as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH = 760
_LEFT, _BOTTOM, _TOP = 52, 34, 30
_HEIGHT = 240
_ROW = 26
_NAME = 250
_TOTAL = 64
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one colour stands for."""

    name: str
    colour: str


def columns(label: str, names: Sequence[str], values: Sequence[int], part: Part) -> Markup:
    """A column for each name, with a scale at the left; not every name is written where there are many."""
    top = ceiling(max(values, default=0))
    room = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT) / max(1, len(names))
    skip = -(-len(names) // _MOST_LABELS)
    drawn = [_open(_WIDTH, _HEIGHT, label), *_legend([part], 4)]
    for share in (0, 1, 2):
        y = _HEIGHT - _BOTTOM - room * share / 2
        drawn.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        drawn.append(_text(_LEFT - 6, y + 4, str(top * share // 2), "end"))
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        x = _LEFT + place * step
        height = room * value / top
        if value:
            drawn.append(
                f'<rect x="{x + step * 0.14:.1f}" y="{_HEIGHT - _BOTTOM - height:.1f}" width="{step * 0.72:.1f}" '
                f'height="{height:.1f}" fill="{part.colour}"><title>{escape(name)}: {value}</title></rect>'
            )
        if place % skip == 0:
            drawn.append(_text(x + step / 2, _HEIGHT - 14, name, "middle"))
    return _closed(drawn)


def stacked(label: str, rows: Sequence[tuple[str, Sequence[int]]], parts: Sequence[Part]) -> Markup:
    """A lying bar for each row with its parts one after the other and their sum at the end."""
    most = max((sum(values) for _, values in rows), default=0) or 1
    legend = _rows_of_legend(parts)
    height = legend * 20 + 14 + _ROW * max(1, len(rows))
    room = _WIDTH - _NAME - _TOTAL
    drawn = [_open(_WIDTH, height, label), *_legend(parts, 4)]
    for place, (name, values) in enumerate(rows):
        y = legend * 20 + 10 + place * _ROW
        drawn.append(_text(_NAME - 10, y + 15, name, "end", colour="#1b1f24"))
        x = float(_NAME)
        for value, part in zip(values, parts, strict=True):
            if value:
                wide = room * value / most
                drawn.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{_ROW - 8}" fill="{part.colour}">'
                    f"<title>{escape(name)} · {escape(part.name)}: {value}</title></rect>"
                )
                x += wide
        drawn.append(_text(x + 6, y + 14, str(sum(values)), "start", colour="#1b1f24"))
    return _closed(drawn)


def ceiling(most: int) -> int:
    """An even round number at least as large.

    >>> [ceiling(number) for number in (0, 3, 17, 120, 4300)]
    [2, 4, 20, 200, 5000]
    """
    step = int("1" + "0" * (len(str(most)) - 1))
    rounded = -(-max(most, 1) // step) * step
    return rounded + rounded % 2


def _open(width: int, height: int, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}" '
        'xmlns="http://www.w3.org/2000/svg" font-size="12" font-family="sans-serif">'
    )


def _closed(drawn: Sequence[str]) -> Markup:
    return Markup("".join([*drawn, "</svg>"]))  # noqa: S704 - made of numbers and escaped words


def _text(x: float, y: float, text: str, anchor: str, *, colour: str = "#57606a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _rows_of_legend(parts: Sequence[Part]) -> int:
    return -(-len(parts) // 3)


def _legend(parts: Sequence[Part], y: int) -> list[str]:
    drawn = []
    for place, part in enumerate(parts):
        x, top = _LEFT + place % 3 * 230, y + place // 3 * 20
        drawn.append(f'<rect x="{x}" y="{top}" width="12" height="12" fill="{part.colour}"/>')
        drawn.append(_text(x + 18, top + 10, part.name, "start", colour="#1b1f24"))
    return drawn
