"""The sections of a dossier in one object; each function turns what is known into plain JSON.

Each object has an ``evidence`` list and the facts that a message may show.
"""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.admission.application_sections import application_section, customer_service_section, identity_section
from qi_pipeline.admission.condition_sections import capability_section, credit_section
from qi_pipeline.admission.known import Gathered, Known, Object, doubt_section
from qi_pipeline.admission.paper_sections import (
    certificate_sections,
    document_sections,
    letter_section,
    licence_section,
    presence_section,
    seal_sections,
)
from qi_pipeline.admission.service_sections import (
    equipment_sections,
    registered_sections,
    renewal_section,
    service_sections,
)
from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.model import FileFailure, Json


def all_sections(known: Known) -> Object:
    """Every section by its key, ``doubts`` last."""
    gathered = Gathered()
    made: Object = {
        "application": application_section(known, gathered),
        "customer_service": customer_service_section(known),
        "documents": document_sections(known, gathered),
        "licence": licence_section(known, gathered),
        "identity": identity_section(known, gathered),
        "services": service_sections(known, gathered),
        "certificates": certificate_sections(known, gathered),
        "letter": letter_section(known, gathered),
        "management_rules": presence_section(known, "management_rules", gathered),
        "capability": capability_section(known, gathered),
        "equipment": equipment_sections(known, gathered),
        "equipment_statement": presence_section(known, "equipment_statement", gathered, known.shared_laboratory),
        "credit": credit_section(known, gathered),
        "seals": seal_sections(known, gathered),
        "renewal": renewal_section(known),
        "registered_services": registered_sections(known),
    }
    made["doubts"] = [doubt_section(doubt) for doubt in gathered.doubts.values()]
    return made


def failures(found: Sequence[FileFailure]) -> list[Json]:
    """The files that could not be read, with the reason in both languages."""
    return [
        {
            "document": each.file,
            "code": each.code,
            "reason_zh": FAILURES.get(each.code, ("无法打开或读取", ""))[0],
            "reason_en": FAILURES.get(each.code, ("", "it can't be opened or read"))[1],
            "evidence": [],
        }
        for each in found
    ]
