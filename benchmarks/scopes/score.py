"""Rows found and cells exact: what was read beside what is printed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from qi_pipeline.extraction.standards import joined_numbers

CELLS = ("category", "item", "standard", "limitation")


@dataclass(slots=True)
class Score:
    """Counts over annexes."""

    rows: int = 0
    found: int = 0
    cells: int = 0
    exact: int = 0
    pages: int = 0
    extra: int = 0
    wrong: list[tuple[object, object]] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Counts of another annex too."""
        self.rows += other.rows
        self.found += other.found
        self.cells += other.cells
        self.exact += other.exact
        self.pages += other.pages
        self.extra += other.extra
        self.wrong += other.wrong

    @property
    def shares(self) -> tuple[float, float]:
        """Share of rows found and of cells exact."""
        return self.found / max(1, self.rows), self.exact / max(1, self.cells)


def folded(value: object) -> str:
    """Text as it is compared: one width, no spaces."""
    return "".join(unicodedata.normalize("NFKC", str(value or "")).split())


def score(printed: Sequence[dict[str, object]], read: Sequence[dict[str, object]]) -> Score:
    """Each printed row with the row read on its page that holds its standard or stands in its place.

    A row is found when a row of its page has its item or its standard; its cells are exact when they agree but for
    width and spaces. A row that is read and not printed is an extra one.
    """
    result = Score(rows=len(printed), cells=len(CELLS) * len(printed))
    likeness = {(n, m): _likeness(row, got) for n, row in enumerate(printed) for m, got in enumerate(read)}
    taken: dict[int, int] = {}
    # The likest first: a row that was not read must not take the next one's place.
    for n, m in sorted(likeness, key=lambda pair: (-likeness[pair], abs(pair[0] - pair[1]))):
        if likeness[n, m] >= 2 and n not in taken and m not in taken.values():
            taken[n] = m
    pairs = [(row, read[taken[n]] if n in taken else None) for n, row in enumerate(printed)]
    rest = [got for m, got in enumerate(read) if m not in taken.values()]
    for row, got in pairs:
        if got is None:
            result.wrong.append((row, None))
            continue
        result.found += 1
        result.pages += got.get("page") == row.get("page")
        right = [_cell(row, key) == _cell(got, key) for key in CELLS]
        result.exact += sum(right)
        if not all(right):
            result.wrong.append((row, got))
    result.extra = len(rest)
    return result


def _likeness(row: dict[str, object], got: dict[str, object]) -> int:
    """2 and more: the same row."""
    item, standard = (_cell(row, key) == _cell(got, key) for key in ("item", "standard"))
    page = row.get("page") == got.get("page")
    return 3 * standard + 2 * (item and page) + page + (_cell(row, "category") == _cell(got, "category"))


def _cell(row: dict[str, object], key: str) -> str:
    text = str(row.get(key) or "")
    return folded(joined_numbers(text) or text) if key == "standard" else folded(text)
