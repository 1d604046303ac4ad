"""What the loaded public lists say of an institution on the as-of date (信用核查, clause 4.3).

An entry counts when it was listed (a violation: dated) before the as-of date and not taken off more than three years
before it. One without a day of removal stands; a violation stands for three years. Matched by 统一社会信用代码 only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.workdays import same_day_of_month

Hit = Literal["violation", "serious", "abnormal_now", "abnormal_past"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditHit:
    """An entry that counts on the as-of date, and how."""

    hit: Hit
    entry: CreditEntry


def credit_hits(credit: CreditSnapshot, uscc: str | None, as_of: date, years: int) -> list[CreditHit]:
    """The entries that count against ``uscc`` on ``as_of``, in the order of the lists."""
    return [
        CreditHit(hit=hit, entry=entry)
        for entry in credit.entries
        if uscc is not None and entry.uscc.strip().upper() == uscc and (hit := _hit(entry, as_of, years))
    ]


def codes_of(hits: Sequence[CreditHit]) -> list[str]:
    """The finding codes of the hits, each once; the nightly run flags the same ones."""
    names: dict[Hit, str] = {
        "violation": "violation_within_three_years",
        "serious": "serious_violation_listed",
        "abnormal_now": "abnormal_operation_listed",
        "abnormal_past": "abnormal_operation_listed",
    }
    return list(dict.fromkeys(names[each.hit] for each in hits))


def _hit(entry: CreditEntry, as_of: date, years: int) -> Hit | None:
    if entry.listed_on >= as_of:
        return None
    if entry.list == "violations":
        stands = same_day_of_month(entry.listed_on, 12 * years) >= as_of
        return "violation" if stands else None
    if entry.removed_on is not None and same_day_of_month(entry.removed_on, 12 * years) < as_of:
        return None
    if entry.list == "serious":
        return "serious"
    return "abnormal_now" if entry.removed_on is None or entry.removed_on > as_of else "abnormal_past"
