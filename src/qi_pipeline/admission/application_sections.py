"""The parts of a dossier about who applies: application, customer service, agreement of form, licence and letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qi_pipeline.admission.doubts import Doubt, field_doubt
from qi_pipeline.admission.facts import RESIDENT_STATES
from qi_pipeline.admission.identity import Claim, form_claim, paper_claim, same_code, same_person
from qi_pipeline.admission.known import Gathered, Known, Object, form_doubt, places_of
from qi_pipeline.admission.names import Truth


def application_section(known: Known, gathered: Gathered) -> Object:
    """Whether an application is there, and what in it is missing or wrong (clause 5.1)."""
    form = known.form
    resident = known.registry.state in RESIDENT_STATES
    if form is None:
        return {
            "present": False,
            "document": None,
            "problems_zh": [],
            "problems_en": [],
            "resident": resident,
            "evidence": [],
        }
    problems = [each for each in form.blocking if _asked(known.basis, each.path, each.code)]
    for each in problems:
        if each.code == "unreadable":
            gathered.add(form_doubt(form, each.path))
    for path in () if known.basis == "exit" else ("services", "institution.category"):
        value = form.services if path == "services" else form.institution.category
        if value and form.confidence_for(path) < known.policy.certain_from:
            gathered.add(form_doubt(form, path))
    told = [each for each in problems if each.code != "unreadable"]
    return {
        "present": True,
        "document": form.file,
        "problems_zh": [each.message["zh"] for each in told],
        "problems_en": [each.message["en"] for each in told],
        "resident": resident,
        "evidence": places_of(form.evidence_for(each.path) for each in told) or places_of([form.evidence_for("$")]),
    }


def _asked(basis: str, path: str, code: str) -> bool:
    """Whether a problem of the form matters for this kind of packet."""
    who = path in ("$", "institution", "institution.name", "institution.uscc", "request")
    if basis == "admission":
        return True
    if basis == "exit":
        return who
    return who or code != "missing"


def customer_service_section(known: Known) -> Object:
    """Whether a customer-service person is named (clause 4.1); ``named`` is null without a legible application."""
    form = known.form
    readable = form is not None and not any(each.path == "$" for each in form.problems)
    people = [person.name for person in form.customer_service if person.name] if form else []
    return {
        "named": bool(people) if readable else None,
        "people": len(people),
        "document": form.file if form else None,
        "evidence": places_of([form.evidence_for("customer_service")]) if form else [],
    }


_WORDS = {"form": ("申请表", "form"), "licence": ("执照（法人证书）", "licence"), "letter": ("承诺书", "letter")}


def identity_section(known: Known, gathered: Gathered) -> Object:
    """Whether form, licence and letter agree in code and legal representative (clause 5.1)."""
    return {
        "uscc": _agreement(known, "uscc", "holder_uscc", same_code, gathered),
        "legal_representative": _agreement(
            known, "legal_representative", "legal_representative", same_person, gathered
        ),
    }


def _agreement(known: Known, name: str, field: str, agree: Callable[[str, str], Truth], gathered: Gathered) -> Object:
    """Whether all sources agree in one value; a doubtful value that another source repeats is certain.

    A name on the letter that can't be made out at all is left out: it is no contradiction.
    """
    licence = known.licence.paper if known.licence else None
    claims = [form_claim(known.form, name, known.policy.certain_from)]
    claims += [claim for claim in [paper_claim("licence", licence, field)] if claim]
    claims += [
        claim for paper, _ in known.of_kind("commitment_letter") if (claim := paper_claim("letter", paper, field))
    ]
    said = [claim for claim in claims if claim.value]
    sure = [claim for claim in said if claim.certain or _repeated(claim, said, agree)]
    verdicts = [agree(one.value or "", other.value or "") for at, one in enumerate(sure) for other in sure[at + 1 :]]
    agrees: Truth = False if False in verdicts else "doubtful" if "doubtful" in verdicts else True
    if agrees is True:
        unsure = [claim for claim in claims if claim not in sure and (claim.source == "licence" or claim.value)]
        for claim in unsure:
            gathered.add(_claim_doubt(known, claim, field))
        if licence is not None and not licence.read(field).printed and field == "legal_representative":
            # Every licence prints a person; one that was not found was overlooked.
            gathered.add(field_doubt(licence, field))
            unsure.append(claims[0])
        agrees = "doubtful" if unsure else True
    elif agrees == "doubtful":
        gathered.add(_claim_doubt(known, sure[-1], field))
    return {
        "agrees": agrees,
        "said_zh": [f"{_WORDS[claim.source][0]}：{claim.value}" for claim in sure],
        "said_en": [f"{_WORDS[claim.source][1]}: {claim.value}" for claim in sure],
        "document": next((claim.document for claim in reversed(sure) if claim.document), None),
        "evidence": places_of(place for claim in sure for place in claim.evidence),
    }


def _repeated(claim: Claim, said: Sequence[Claim], agree: Callable[[str, str], Truth]) -> bool:
    """Whether another source says the same as a doubtful claim."""
    return any(agree(claim.value or "", other.value or "") is True for other in said if other is not claim)


def _claim_doubt(known: Known, claim: Claim, field: str) -> Doubt:
    kinds = {"licence": known.licence.paper.kind if known.licence else None, "letter": "commitment_letter"}
    return Doubt(
        field=field,
        kind=kinds.get(claim.source, "application_form"),
        document=claim.document,
        value=claim.value,
        confidence=None,
        evidence=claim.evidence,
    )
