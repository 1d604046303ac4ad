"""Annexes to measure: every layout, ruled in every way, of several pages, with the truth of each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from papers import annexes, invent
from papers.sheet import Paper

DEGRADATIONS = ("clean300", "scan200", "photo", "stamped", "jpeg", "turned180")


@dataclass(frozen=True, slots=True)
class Case:
    """One annex to draw."""

    layout: str
    rules: str
    seed: int

    @property
    def name(self) -> str:
        """Its name in reports and stored readings."""
        return f"{self.layout}-{self.rules}-{self.seed}"

    def paper(self) -> Paper:
        """The annex drawn, two pages or three."""
        body = invent.institution(self.seed)
        return annexes.annex(
            body,
            f"2210203{self.seed:05d}",
            annexes.rich_rows(self.seed, 24),
            layout=self.layout,
            rules=self.rules,
            shade=self.seed % 3 == 0,
            carry=self.seed % 2 == 0,
            seed=self.seed,
        )


def cases(seed: int, rules: tuple[str, ...] = annexes.RULES) -> Iterator[Case]:
    """Every layout ruled in every way."""
    for at, layout in enumerate(annexes.LAYOUTS):
        for n, ruled in enumerate(rules):
            yield Case(layout, ruled, 1000 * seed + 10 * at + n)
