"""Institutions that are new with a roster (新入册机构): what their services are covered by, counted as rows go by.

A new institution's certificates come in many parts of the file. Kept here are only numbers and days, so that the days
that its entry needs are known at the end without reading a row again.
"""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.records.columns import OPEN_START
from qi_pipeline.records.roster import InstitutionIn, QualificationIn

_FIRST = OPEN_START.isoformat()


class Newcomers:
    """What comes together over all parts of a load about institutions and services that are new with it."""

    def __init__(self) -> None:
        self.offered: dict[tuple[int, str], int] = {}
        """Services by institution and name."""
        self.covered_to: list[str] = []
        """The last day of any certificate of each new service."""
        self.owners: list[int] = []
        """The institution of each new service."""
        self.raised: set[int] = set()
        """Services of which a later part knew a later day."""
        self.counts: list[int] = []
        self.begins: list[str] = []
        """From which day on every certificate that lists a service of the institution has begun."""
        self.licences: list[str] = []
        """The last day of the licence."""

    def enter(self, rows: Sequence[InstitutionIn]) -> None:
        """Nothing; the institutions are counted from now on."""
        self.counts += [0] * len(rows)
        self.begins += [_FIRST] * len(rows)
        self.licences += [row.licence_valid_to for row in rows]

    def cover(self, place: int, last: str) -> None:
        """Nothing; the service is covered at least up to that day."""
        if last > self.covered_to[place]:
            self.covered_to[place] = last
            self.raised.add(place)

    def count(self, rows: Sequence[QualificationIn], first_new: int) -> None:
        """Nothing; the certificates are counted with their new institutions."""
        counts, begins = self.counts, self.begins
        for owner, _, _, _, first, _, names in rows:
            place = owner - first_new
            if place < 0:
                continue
            counts[place] += 1
            if names and first > begins[place]:
                begins[place] = first

    def holds(self, first_new: int) -> list[str]:
        """Up to which day every service of each new institution is covered, and its licence has not ended.

        A certificate that ends before another of the same services changes nothing on that day.
        """
        found = self.licences.copy()
        for owner, last in zip(self.owners, self.covered_to, strict=True):
            if owner >= first_new and last < found[owner - first_new]:
                found[owner - first_new] = last
        return found
