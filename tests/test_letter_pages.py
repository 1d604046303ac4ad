"""A commitment letter whose pages are scanned into files of their own is one letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from papers.packets import LETTER, good_packet
from qi_pipeline.admission.decide import decide
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.admission.form import form_from_json
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import default_services
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Decision, FileReading
from qi_pipeline.policy import default_policy


def decided(pages_kept: tuple[int, ...]) -> Decision:
    packet = good_packet()
    readings: list[FileReading] = []
    for reading in packet.readings():
        if reading.file != LETTER:
            readings.append(reading)
            continue
        for page in reading.pages:
            if page.number in pages_kept:
                single = replace(page, number=1)
                readings.append(replace(reading, file=f"letter{page.number}.jpg", pages=(single,)))
    documents = assess(extract(readings), readings, None)
    dossier = build(
        form=form_from_json(packet.application_bytes or b"", "application.json"),
        documents=documents,
        failures=(),
        registry=RegistrySnapshot(),
        credit=packet.credit,
        request="admission",
        as_of=date(2026, 11, 22),
        policy=default_policy(),
        services=default_services(),
    )
    return decide(dossier, default_policy(), load_rules())


def test_pages_in_two_files_are_one_letter() -> None:
    decision = decided((1, 2))
    assert (decision.outcome, decision.findings) == ("admit", ())


@pytest.mark.parametrize("kept", [(1,), (2,)])
def test_one_page_alone_is_no_whole_letter(kept: tuple[int, ...]) -> None:
    assert decided(kept).outcome in ("supplement", "manual_review")


@pytest.mark.parametrize("told", [True, False])
def test_what_a_letter_lacks_is_doubtful_when_its_next_page_could_not_be_told(told: bool) -> None:
    """The last page of a scan, read so badly that it is of no kind, may bear signature, date and seal."""
    packet = good_packet()
    readings = packet.readings()
    documents = assess(extract(readings), readings, None)
    letter = next(each for each in documents if each.kind == "commitment_letter")
    fields = {name: field for name, field in letter.fields.items() if name != "signed_on"}
    first = replace(letter, pages=(1,), fields=fields, seals=())
    rest = replace(letter, kind="unknown", pages=(2,), fields={}, seals=())
    others = [each for each in documents if each is not letter]
    dossier = build(
        form=form_from_json(packet.application_bytes or b"", "application.json"),
        documents=[*others, first] if told else [*others, first, rest],
        failures=(),
        registry=RegistrySnapshot(),
        credit=packet.credit,
        request="admission",
        as_of=date(2026, 11, 22),
        policy=default_policy(),
        services=default_services(),
    )
    decision = decide(dossier, default_policy(), load_rules())
    codes = {finding.code for finding in decision.findings} - {"unknown_document"}
    assert codes == ({"commitment_letter_undated", "seal_missing"} if told else {"low_confidence"})
