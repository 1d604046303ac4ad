"""Every case of the papers' table, from stored readings to the decision: extraction and admission together.

The words are those a perfect reading finds, so whatever differs here is the fault of extraction or of a rule.
"""

from __future__ import annotations

from datetime import date

import pytest

from papers.invent import AS_OF
from papers.packets import CASES
from qi_pipeline.admission.decide import decide
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.admission.form import form_from_document, form_from_json, merge
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import default_services
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Decision
from qi_pipeline.policy import default_policy


def decided(case: str, seed: int) -> Decision:
    packet = CASES[case].build(seed)
    readings = packet.readings()
    documents = assess(extract(readings), readings, None)
    handed_in = form_from_json(packet.application_bytes, "application.json") if packet.application_bytes else None
    scanned = None
    for document in documents:
        if document.kind == "application_form":
            scanned = merge(scanned, form_from_document(document))
    dossier = build(
        form=merge(handed_in, scanned),
        documents=documents,
        failures=packet.failures,
        registry=RegistrySnapshot(),
        credit=packet.credit,
        request="admission",
        as_of=AS_OF if isinstance(AS_OF, date) else date.fromisoformat(AS_OF),
        policy=default_policy(),
        services=default_services(),
    )
    return decide(dossier, default_policy(), load_rules())


# A doubt is no part of perfect words: the case of a doubtful date is proved on documents (test_admission_findings).
@pytest.mark.parametrize("case", sorted(set(CASES) - {"doubtful_date"}))
def test_case_is_decided_as_it_deserves(case: str) -> None:
    wanted = CASES[case]
    decision = decided(case, seed=1)
    codes = {finding.code for finding in decision.findings if finding.severity != "notice"}
    notices = {finding.code for finding in decision.findings if finding.severity == "notice"}
    assert codes == set(wanted.codes) - notices, [finding.message["zh"] for finding in decision.findings]
    assert decision.outcome == wanted.outcome
