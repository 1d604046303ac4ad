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
    key: str = ""
    """Class of its shapes, for a page whose style has rules for shapes of its own."""


def columns(label: str, names: Sequence[str], values: Sequence[Sequence[int]], parts: Sequence[Part]) -> Markup:
    """A column for each name with its parts one on the other, and a scale at the left.

    Where there are many, not every name is written, nor the sums on top.
    """
    top = ceiling(max((sum(counts) for counts in values), default=0))
    room = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT) / max(1, len(names))
    skip = -(-len(names) // _MOST_LABELS)
    drawn = [_open(_WIDTH, _HEIGHT, label), *_legend(parts, 4)]
    for share in (0, 1, 2):
        y = _HEIGHT - _BOTTOM - room * share / 2
        drawn.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        drawn.append(_text(_LEFT - 6, y + 4, str(top * share // 2), "end"))
    for place, (name, counts) in enumerate(zip(names, values, strict=True)):
        x, y = _LEFT + place * step, float(_HEIGHT - _BOTTOM)
        for value, part in zip(counts, parts, strict=True):
            if value:
                height = room * value / top
                y -= height
                title = f"{name}: {value}" if len(parts) == 1 else f"{name} · {part.name}: {value}"
                drawn.append(_rect(x + step * 0.14, y, step * 0.72, height, part, title))
        whole = sum(counts)
        if skip == 1 and whole > 0:
            drawn.append(_text(x + step / 2, y - 4, str(whole), "middle", colour="#1b1f24"))
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
                drawn.append(_rect(x, y, wide, _ROW - 8, part, f"{name} · {part.name}: {value}"))
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


def _rect(x: float, y: float, width: float, height: float, part: Part, title: str) -> str:
    named = f' class="{escape(part.key)}"' if part.key else ""
    return (
        f'<rect{named} x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{part.colour}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _rows_of_legend(parts: Sequence[Part]) -> int:
    return -(-len(parts) // 3)


def _legend(parts: Sequence[Part], y: int) -> list[str]:
    drawn = []
    for place, part in enumerate(parts):
        x, top = _LEFT + place % 3 * 230, y + place // 3 * 20
        drawn.append(_rect(x, top, 12, 12, part, part.name))
        drawn.append(_text(x + 18, top + 10, part.name, "start", colour="#1b1f24"))
    return drawn
