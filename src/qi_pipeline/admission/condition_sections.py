"""The parts of a dossier about the institution as a whole: capability (4.4) and credit (4.3)."""

from __future__ import annotations

from qi_pipeline.admission.credit import credit_hits
from qi_pipeline.admission.known import Gathered, Known, Object, iso, paper_doubts, places_of
from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import QUALIFICATION_KINDS
from qi_pipeline.model import Json


def capability_section(known: Known, gathered: Gathered) -> Object:
    """Whether the packet shows capability in the field: any certificate of the institution, or a proof of it."""
    shown = [(paper, holder) for paper, holder in known.papers if paper.kind in QUALIFICATION_KINDS]
    shown += [(paper, True) for paper, _ in known.of_kind("capability_proof")]
    by = [paper for paper, holder in shown if holder is True and paper.kind_certain]
    unsure = [(paper, holder) for paper, holder in shown if holder is not False]
    proven: Json
    if by:
        proven = True
    elif unsure:
        proven = "doubtful"
        if known.basis == "admission" and known.who.category != "shared_laboratory":
            gathered.add(*paper_doubts(unsure[0][0], unsure[0][1], None))
    else:
        # A certificate made out to another institution is found as such, not also as missing.
        proven = None if shown else False
    return {
        "proven": proven,
        "by": [paper.file for paper in by],
        "evidence": places_of(paper.place for paper in by[:5]),
    }


def credit_section(known: Known, gathered: Gathered) -> Object:
    """Whether lists or a credit report were there to check, and the entries that count (clause 4.3)."""
    who, policy = known.who, known.policy
    uscc = who.uscc if who.uscc_certain else None
    hits = credit_hits(known.credit, uscc, known.as_of, policy.look_back_years)
    reports = known.of_kind("credit_report")
    sure = [paper for paper, holder in reports if holder is True and paper.kind_certain]
    checked: Truth = bool(known.credit.loaded) or bool(sure)
    unsure = [(paper, holder) for paper, holder in reports if holder is not False]
    if not checked and unsure:
        checked = "doubtful"
        gathered.add(*paper_doubts(*unsure[0], None))
    return {
        "checked": checked,
        "lists": list(known.credit.loaded),
        "entries": [
            {
                "hit": each.hit,
                "list": each.entry.list,
                "uscc": each.entry.uscc,
                "listed_name": each.entry.name,
                "listed_on": each.entry.listed_on.isoformat(),
                "removed_on": iso(each.entry.removed_on),
                "reason": each.entry.reason,
                "evidence": [],
            }
            for each in hits
        ],
        "evidence": [],
    }
