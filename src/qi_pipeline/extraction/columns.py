"""Where the values of a page stand below each other (值列), far from labels of different lengths.

Papers printed from a table without rules put all values at one edge. A short label is then far from its value, and
yet nothing else can belong to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qi_pipeline.extraction.labels import Label, Line, pieces
from qi_pipeline.model import Word

_FEWEST = 3
"""So many labels whose values begin at one edge make a column."""
_EDGE = 0.5
"""Ems by which the edges of one column differ at most."""


Column = tuple[float, float, float]
"""Left edge of the values, and from where to where their labels stand."""


def value_columns(lines: Sequence[Line], labels: Mapping[int, Sequence[Label]], em: float) -> tuple[Column, ...]:
    """The left edges at which the values of three labels or more begin, each with the place of its labels."""
    edges: list[Column] = []
    for index, here in labels.items():
        line = lines[index]
        stops = [*(label.start for label in here[1:]), len(line.text)]
        for label, stop in zip(here, stops, strict=True):
            if label.firm and label.end < stop and (following := pieces(line, label.end, stop)):
                edges.append((following[0].box[0], label.box[0], label.box[2]))
    return tuple(
        edge
        for edge in edges
        if sum(abs(edge[0] - other[0]) <= _EDGE * em and _share_place(edge, other) for other in edges) >= _FEWEST
    )


def _share_place(one: Column, other: Column) -> bool:
    """Whether the labels of two values stand in one column themselves."""
    return one[1] <= other[2] and other[1] <= one[2]


def label_edges(labels: Mapping[int, Sequence[Label]], em: float) -> tuple[float, ...]:
    """The left edges at which three labels or more begin."""
    edges = [label.box[0] for here in labels.values() for label in here if label.firm]
    return tuple(edge for edge in edges if sum(abs(edge - other) <= _EDGE * em for other in edges) >= _FEWEST)


def before_next_column(
    row: list[Word], label: Label, edges: Sequence[float], em: float
) -> tuple[list[Word], list[Word]]:
    """The pieces behind a label that are its own, and those from where a column of other labels begins.

    What begins there is a label that no table names, with its value.
    """
    for at, piece in enumerate(row):
        if at and any(abs(piece.box[0] - edge) <= _EDGE * em and edge > label.box[2] + em for edge in edges):
            return row[:at], row[at:]
    return row, []


def in_column(x0: float, label: Label, columns: Sequence[Column], em: float) -> bool:
    """Whether what begins at ``x0`` begins at one of the columns whose labels stand where this one does."""
    return any(
        abs(x0 - edge) <= _EDGE * em and first <= label.box[2] and label.box[0] <= last for edge, first, last in columns
    )
