"""Where the values of a page stand below each other (值列), far from labels of different lengths.

Papers printed from a table without rules put all values at one edge. A short label is then far from its value, and
yet nothing else can belong to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qi_pipeline.extraction.labels import Label, Line, pieces

_FEWEST = 3
"""So many labels whose values begin at one edge make a column."""
_EDGE = 0.5
"""Ems by which the edges of one column differ at most."""


def value_columns(lines: Sequence[Line], labels: Mapping[int, Sequence[Label]], em: float) -> tuple[float, ...]:
    """The left edges at which the values of three labels or more begin."""
    edges: list[float] = []
    for index, here in labels.items():
        line = lines[index]
        stops = [*(label.start for label in here[1:]), len(line.text)]
        for label, stop in zip(here, stops, strict=True):
            if label.firm and label.end < stop and (following := pieces(line, label.end, stop)):
                edges.append(following[0].box[0])
    return tuple(edge for edge in edges if sum(abs(edge - other) <= _EDGE * em for other in edges) >= _FEWEST)


def in_column(x0: float, columns: Sequence[float], em: float) -> bool:
    """Whether what begins at ``x0`` begins at one of the columns."""
    return any(abs(x0 - edge) <= _EDGE * em for edge in columns)
