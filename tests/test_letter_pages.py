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
