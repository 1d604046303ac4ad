"""Whether a paper is valid on the as-of date (有效期内), from what is printed and read with certainty.

A paper is valid on its last day. One that prints 长期, or that prints no term where its layout has none, is valid; one
whose kind always prints a term and where none was found is doubtful. A calibration certificate without an expiry counts
for some months from its calibration (policy, clause 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper, Reading
from qi_pipeline.model import Evidence
from qi_pipeline.workdays import same_day_of_month

TERM_ALWAYS_PRINTED = frozenset(
    {
        "public_institution_certificate",
        "private_nonenterprise_certificate",
        "social_organization_certificate",
        "cma_certificate",
        "cnas_certificate",
        "certification_body_approval",
        "metrology_authorization",
        "measurement_standard_certificate",
        "special_equipment_licence",
        "private_school_licence",
        "management_system_certificate",
    }
)
"""Kinds that have an end by law, so that a missing one was overlooked (licences since 2022 print none)."""

State = Literal["valid", "expired", "not_yet_valid", "doubtful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """What is known of a paper's term on the as-of date."""

    state: State
    valid_from: date | None = None
    valid_to: date | None = None
    """None: long-term, not printed or not known."""
    long_term: bool = False
    derived: bool = False
    """True where ``valid_to`` was computed by policy (calibration) or from a printed term."""
    days_left: int | None = None
    """Days until ``valid_to``, negative once it has passed; None without a certain end."""
    evidence: tuple[Evidence, ...] = ()
    doubt: str | None = None
    """The field that is doubtful, where ``state`` is doubtful."""

    @property
    def holds(self) -> Truth:
        """Whether the paper is valid on the as-of date."""
        return "doubtful" if self.state == "doubtful" else self.state == "valid"

    @property
    def rank(self) -> tuple[int, date]:
        """Greater for a paper that counts before another of its kind: valid ones, then the one that ends last."""
        order = {"valid": 3, "doubtful": 2, "not_yet_valid": 1, "expired": 0}[self.state]
        return order, self.valid_to or (date.max if self.state == "valid" else date.min)


def validity_of(paper: Paper, as_of: date, *, calibration_months: int = 12) -> Validity:
    """The validity of a paper on ``as_of``."""
    start, end, endless = paper.read("valid_from"), paper.read("valid_to"), paper.read("long_term")
    of_licence = paper.kind in LICENCE_LIKE
    begins = start.printed
    if not begins and not of_licence:
        # A certificate does not count before the day it was issued; a licence may be printed anew long after its start.
        start = paper.read("issued_on")
    if paper.kind == "calibration_certificate" and not end.printed:
        return _calibrated(paper, as_of, calibration_months)
    first, last = day_of(start), day_of(end)
    seen = (*end.evidence, *endless.evidence, *start.evidence)
    if last is not None and last < as_of:
        left = (last - as_of).days
        return Validity(state="expired", valid_from=first, valid_to=last, days_left=left, evidence=end.evidence)
    if first is not None and first > as_of:
        return Validity(state="not_yet_valid", valid_from=first, valid_to=last, evidence=start.evidence)
    if start.doubtful and not _harmless(start, as_of, decisive=begins and not of_licence):
        return Validity(state="doubtful", valid_to=last, evidence=start.evidence, doubt="valid_from")
    if last is not None:
        left = (last - as_of).days
        derived = any(field.derived for _, field in paper.all_of("valid_to"))
        return Validity(state="valid", valid_from=first, valid_to=last, days_left=left, derived=derived, evidence=seen)
    if endless.value is True and endless.certain:
        return Validity(state="valid", valid_from=first, long_term=True, evidence=seen)
    if end.printed or endless.printed:
        return Validity(state="doubtful", valid_from=first, evidence=seen or (paper.place,), doubt="valid_to")
    if paper.kind in TERM_ALWAYS_PRINTED:
        return Validity(state="doubtful", valid_from=first, evidence=(paper.place,), doubt="valid_to")
    return Validity(state="valid", valid_from=first, evidence=seen or (paper.place,))


def registered(valid_from: date | None, valid_to: date | None, as_of: date) -> Validity:
    """The validity of a certificate that the register holds; an empty end is long-term (contract, section 8)."""
    left = (valid_to - as_of).days if valid_to else None
    state: State = "valid"
    if valid_to is not None and valid_to < as_of:
        state = "expired"
    elif valid_from is not None and valid_from > as_of:
        state = "not_yet_valid"
    return Validity(state=state, valid_from=valid_from, valid_to=valid_to, long_term=valid_to is None, days_left=left)


LICENCE_LIKE = frozenset(
    {
        "business_licence",
        "public_institution_certificate",
        "private_nonenterprise_certificate",
        "social_organization_certificate",
        "calibration_certificate",
    }
)
"""Kinds whose day of issue says nothing about the start of their term."""


def day_of(reading: Reading) -> date | None:
    """The date that was read with certainty."""
    if not reading.certain or not isinstance(reading.value, str):
        return None
    try:
        return date.fromisoformat(reading.value)
    except ValueError:
        return None


def _harmless(start: Reading, as_of: date, *, decisive: bool) -> bool:
    """Whether a doubtful start can't matter: its year, which is hardest to misread, is long past.

    A day of issue (and a licence's start) matters only where it seems to lie ahead; a printed start always.
    """
    text = start.value if isinstance(start.value, str) else ""
    if decisive:
        return text[:4].isdigit() and int(text[:4]) < as_of.year - 1
    return text <= as_of.isoformat()


def _calibrated(paper: Paper, as_of: date, months: int) -> Validity:
    """A calibration without an expiry counts up to the corresponding day, inclusive (民法典 art. 202)."""
    calibrated = paper.read("calibrated_on")
    day = day_of(calibrated)
    if day is None:
        return Validity(state="doubtful", evidence=calibrated.evidence or (paper.place,), doubt="calibrated_on")
    end = same_day_of_month(day, months)
    state: State = "expired" if end < as_of else "not_yet_valid" if day > as_of else "valid"
    return Validity(
        state=state,
        valid_from=day,
        valid_to=end,
        derived=True,
        days_left=(end - as_of).days,
        evidence=calibrated.evidence,
    )
