"""The calibration as a picture: how often values of each confidence were right, as SVG without a plotting library."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reading.score import Judged

EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)
_SIDE, _LEFT, _TOP = 380, 60, 34


@dataclass(frozen=True, slots=True)
class Bin:
    """The values between two confidences."""

    low: float
    high: float
    count: int
    mean: float
    right: float
    """Share of right values."""
    least: float
    most: float
    """Where the true share lies in 95 of 100 cases (Wilson)."""


def bins(values: Sequence[Judged]) -> list[Bin]:
    """The values by confidence; ranges without a value are left out."""
    found = []
    for low, high in itertools.pairwise(EDGES):
        own = [j for j in values if low <= j.confidence < high]
        if own:
            count = len(own)
            share = sum(j.right for j in own) / count
            least, most = wilson(share, count)
            mean = sum(j.confidence for j in own) / count
            found.append(Bin(low, min(high, 1.0), count, mean, share, least, most))
    return found


def wilson(share: float, count: int) -> tuple[float, float]:
    """The interval that holds the true share in 95 of 100 cases."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def svg(found: Sequence[Bin], title: str) -> str:
    """Confidence across, share of right values up; a dot for each range with its interval and number of values."""
    wide, high = _SIDE + _LEFT + 30, _SIDE + _TOP + 56

    def x(value: float) -> float:
        return round(_LEFT + value * _SIDE, 1)

    def y(value: float) -> float:
        return round(_TOP + (1 - value) * _SIDE, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        'font-family="sans-serif" font-size="12" fill="#333">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        f'<text x="{x(0)}" y="20" font-size="14" font-weight="bold">{title}</text>',
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0):
        parts += [
            f'<path d="M{x(tick)} {y(0)}V{y(1)}M{x(0)} {y(tick)}H{x(1)}" stroke="#e3e3e3"/>',
            f'<text x="{x(tick)}" y="{y(0) + 18}" text-anchor="middle">{tick:.1f}</text>',
            f'<text x="{x(0) - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:.1f}</text>',
        ]
    parts += [
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<rect x="{x(0.9)}" y="{y(1)}" width="{x(1) - x(0.9)}" height="{_SIDE}" fill="#2a7f4f" opacity="0.08"/>',
        f'<text x="{x(0.5)}" y="{high - 8}" text-anchor="middle">confidence (shaded: may decide)</text>',
        f'<text x="16" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 16 {y(0.5)})">share of right</text>',
    ]
    for each in found:
        at = x(each.mean)
        parts += [
            f'<path d="M{at} {y(each.least)}V{y(each.most)}" stroke="#1f5f99" stroke-width="1.5"/>',
            f'<circle cx="{at}" cy="{y(each.right)}" r="4.5" fill="#1f5f99"><title>{each.low:.2f} to {each.high:.2f}: '
            f"{each.count} values, mean {each.mean:.3f}, right {each.right:.3f}</title></circle>",
        ]
        if each.mean < 0.93:
            parts.append(f'<text x="{at + 8}" y="{y(each.right) + 4}" font-size="10">{each.count}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
