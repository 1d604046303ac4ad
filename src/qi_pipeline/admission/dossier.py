"""The dossier (审核卷宗): everything known of one application as plain JSON, with the facts derived for an as-of date.

:func:`build` is pure: the same form, papers, register, lists and policy give the same dossier, today or in court. Each
object that a rule may fail on carries the facts that its message needs and the places of its ``evidence``. A derived
fact is true, false or ``"doubtful"``; what is doubtful and decisive stands in ``doubts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qi_pipeline.admission import sections
from qi_pipeline.admission.facts import RESIDENT_STATES, CreditSnapshot, RegistrySnapshot
from qi_pipeline.admission.form import Form
from qi_pipeline.admission.identity import holder_agrees, identity_of
from qi_pipeline.admission.known import Known, iso
from qi_pipeline.admission.licence import licence_of
from qi_pipeline.admission.papers import papers_of, replaced
from qi_pipeline.admission.services import ServiceTable
from qi_pipeline.kinds import CATEGORIES
from qi_pipeline.model import Document, FileFailure, Json
from qi_pipeline.policy import AdmissionPolicy, Policy
from qi_pipeline.workdays import same_day_of_month, today

FORMAT = 1
"""Raised when a key of the dossier changes its meaning."""


def build(
    *,
    form: Form | None,
    documents: Sequence[Document],
    failures: Sequence[FileFailure],
    registry: RegistrySnapshot,
    credit: CreditSnapshot,
    request: str,
    as_of: date,
    policy: Policy,
    services: ServiceTable,
    earlier: Sequence[Sequence[Document]] = (),
) -> dict[str, Json]:
    """The dossier of one packet; validates against ``schemas/dossier.json``.

    ``earlier`` holds the documents of the packets that a supplement completes, oldest packet first; a newer paper
    replaces an older one of the same kind and number. ``failures`` are those of the packet itself.
    """
    certain_from = policy.admission.certain_from
    counted = replaced(earlier, documents, certain_from)
    papers = papers_of(counted, certain_from)
    who = identity_of(form, papers, registry, certain_from)
    judged = [(paper, holder_agrees(paper, who)) for paper in papers]
    licence = licence_of(judged, as_of)
    known = Known(
        form=form,
        papers=tuple(judged),
        who=who,
        licence=licence,
        registry=registry,
        credit=credit,
        request=request,
        basis=basis_of(request, registry),
        as_of=as_of,
        policy=policy.admission,
        services=services,
    )
    parts = sections.all_sections(known)
    return {
        "format": FORMAT,
        "as_of": as_of.isoformat(),
        "request": request,
        "basis": known.basis,
        "received_on": _received(form, as_of),
        "made_with": {
            "dossier": str(FORMAT),
            "services": f"{services.version}+{services.fingerprint}",
        },
        "institution": {
            "name": who.name,
            "uscc": who.uscc,
            "legal_representative": who.legal_representative,
            "address": who.address,
            "category": who.category,
            "category_zh": CATEGORIES.get(who.category or ""),
            "shared_laboratory": known.shared_laboratory,
        },
        "registry": {
            "state": registry.state,
            "name": registry.name,
            "certificates": len(registry.qualifications),
            "licence_on_file": known.basis == "resident",
            **_former_residence(registry, policy.admission),
        },
        "failures": sections.failures(failures),
        **parts,
    }


def basis_of(request: str, registry: RegistrySnapshot) -> str:
    """By what a packet is judged: ``admission``, ``resident`` (with what the register holds) or ``exit``.

    A change, renewal or audit of an institution that is not resident is judged like an admission, for the register
    holds nothing of it.
    """
    if request == "exit":
        return "exit"
    resident = registry.state in RESIDENT_STATES
    return "resident" if resident and request != "admission" else "admission"


def _former_residence(registry: RegistrySnapshot, policy: AdmissionPolicy) -> dict[str, Json]:
    """When and by which order an institution that applies again had left, and from when nothing stands against it.

    The standard is silent on re-entry: policy lets some time pass after an eviction or a deregistration, in which an
    admission is decided by a person.
    """
    left = registry.left_on
    again = same_day_of_month(left, policy.reentry_months) if left and registry.state in policy.reentry_after else None
    return {"left_on": iso(left), "left_by": registry.left_by, "reentry_from": iso(again)}


def _received(form: Form | None, as_of: date) -> str:
    """The day from which the 3 working days of 5.2.1 count: that of ``submitted_at`` in Asia/Shanghai."""
    moment = form.submitted_at if form else None
    return (today(moment) if moment else as_of).isoformat()
