"""The order in which a person reads the runs of text on a page (阅读顺序): rows from the top, left to right."""

from __future__ import annotations

from collections.abc import Iterable

from qi_pipeline.model import Word


def in_reading_order(words: Iterable[Word]) -> list[Word]:
    """The words by rows from the top, each row from the left; words share a row when their middles do."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.box[1] + w.box[3]) / 2):
        row = rows[-1] if rows else None
        if row is not None and _same_row(row[-1], word):
            row.append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda w: w.box[0])]


def _same_row(one: Word, other: Word) -> bool:
    top, bottom = max(one.box[1], other.box[1]), min(one.box[3], other.box[3])
    smaller = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return bottom - top > 0.5 * smaller
