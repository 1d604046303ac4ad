"""A reviewer's day: the queue, corrections, decisions, as the command line gives them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from papers.packets import LETTER, QUALIFICATION, Packet, good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.codec import from_json
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import Document, FileReading, Word
from qi_pipeline.pipeline import Context
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Context, StoredPool]]:
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    with workspace(tmp_path) as opened:
        yield opened


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*argv: str, status: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        assert main([*argv, "--json"]) == status, capsys.readouterr().err
        said = capsys.readouterr()
        if status:
            assert said.out == ""
            assert len(said.err.strip().splitlines()) == 1
            return {"error": said.err}
        answer: dict[str, Any] = json.loads(said.out)
        return answer

    return call


def hand_in(
    place: tuple[Context, StoredPool], name: str, handed_in: Packet, as_of: date = AS_OF, blurred: str | None = None
) -> dict[str, Any]:
    """The packet's entry of the run that took it; ``blurred`` is a printed line that nobody could read for sure."""
    context, pool = place
    drop(context, pool, handed_in, name)
    if blurred is not None:
        pool.known = {file: _blurred(reading, blurred) for file, reading in pool.known.items()}
    ran = run_ingest(context, as_of)
    assert ran.failed == []
    return ran.packets[-1]


def _blurred(reading: FileReading, line: str) -> FileReading:
    def word(each: Word) -> Word:
        return (
            replace(each, text=each.text.replace(line, "20?8年?3月?1日"), confidence=0.4) if line in each.text else each
        )

    return replace(reading, pages=tuple(replace(page, words=tuple(map(word, page.words))) for page in reading.pages))


END = "2028年03月01日"
"""The last day that the good packet's CMA certificate prints."""
BY = ("--reviewer", "李审核", "--as-of", "2026-11-22")


def test_a_corrected_date_decides_at_once_and_stands_beside_the_machines(
    place: tuple[Context, StoredPool], run: Run
) -> None:
    context, _ = place
    assert hand_in(place, "one", good_packet(), blurred=END)["outcome"] == "manual_review"
    before = context.store.facts_of(context.store.packet("one").id).documents
    answer = run(
        "correct", "one", "cma_certificate.valid_to=2029-05-01", "--why", "原件已核对", *BY, "--role", "运维机构"
    )
    assert (answer["outcome"], answer["automatic"], answer["state"], answer["findings"]) == (
        "admit",
        True,
        "decided",
        [],
    )
    [made] = answer["corrections"]
    machine = next(each for each in before if each.kind == "cma_certificate").fields["valid_to"]
    assert made["machine"] == {"value": machine.value, "confidence": machine.confidence}
    assert (made["value"], made["reviewer"], made["role"], made["why"]) == (
        "2029-05-01",
        "李审核",
        "运维机构",
        "原件已核对",
    )
    row = context.store.packet("one")
    assert context.store.facts_of(row.id).documents == before  # what the machine read is never overwritten
    assert (row.state, row.outcome) == ("decided", "admit")
    institution = context.store.institution(row.uscc or "")
    assert institution is not None
    snapshot = context.store.registry_snapshot(row.uscc, AS_OF)
    assert [each.valid_to for each in snapshot.qualifications] == [date(2029, 5, 1)]
    folder = context.settings.reports / "one"
    twin = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
    assert twin["outcome"] == "admit"
    assert [each["value"] for each in twin["corrections"]] == ["2029-05-01"]
    assert twin["corrections"][0]["machine_value"] == machine.value
    assert "2029" in (folder / "decision.html").read_text(encoding="utf-8")
    assert "准予入驻" in (folder / "notice.html").read_text(encoding="utf-8")
    kinds = [each.kind for each in context.store.events_of(row.id)]
    assert kinds[-2:] == ["correction.made", "decision.made_again"]
    assert context.store.verify_log().ok


def test_a_correction_survives_every_rerun(place: tuple[Context, StoredPool], run: Run) -> None:
    context, _ = place
    hand_in(place, "one", good_packet(), blurred=END)
    run("correct", "one", "valid_to=2029-05-01", "--document", QUALIFICATION, "--why", "核对", *BY)
    again = run("packet", "decide-again", "one", "--as-of", "2026-12-01")
    assert (again["outcome"], again["findings"]) == ("admit", [])
    assert run("packet", "decide-again", "one", "--as-of", "2029-05-02")["outcome"] == "supplement"
    row = context.store.packet("one")
    facts = context.store.facts_of(row.id)
    # A new reading of the same bytes: the page is turned, the machine now sees another date.
    other = []
    for document in facts.documents:
        field = document.fields.get("valid_to")
        if document.kind == "cma_certificate" and field is not None:
            said = {**_json(document), "confidence": 0.96}
            said["fields"]["valid_to"] |= {"value": "2021-01-01", "confidence": 0.99}
            document = from_json(Document, said)
        other.append(document)
    context.store.save_reading_result(row.id, _with(facts, tuple(other)))
    assert run("packet", "decide-again", "one", "--as-of", "2026-12-01")["outcome"] == "admit"


def _json(document: Document) -> dict[str, Any]:
    from qi_pipeline.codec import to_json

    said = to_json(document)
    assert isinstance(said, dict)
    return said


def _with(facts: Any, documents: tuple[Document, ...]) -> Any:
    return replace(facts, documents=documents)


def test_a_supplement_is_judged_with_the_corrections_of_what_it_completes(
    place: tuple[Context, StoredPool], run: Run
) -> None:
    context, _ = place
    whole = good_packet()
    first = hand_in(place, "first", whole.without(LETTER), blurred=END)
    assert {each["code"] for each in first["findings"]} == {"commitment_letter_missing", "low_confidence"}
    run("correct", "first", "cma_certificate.valid_to=2029-05-01", "--why", "核对", *BY)
    said = context.store.packet("first")
    assert (said.state, said.outcome) == ("decided", "supplement")
    assert whole.application is not None
    application = whole.application.but(request="supplement", submitted_at="2026-11-24T09:00:00+08:00")
    answer = replace(whole, application=application, files={LETTER: whole.files[LETTER]})
    assert hand_in(place, "second", answer, date(2026, 11, 24))["outcome"] == "admit"
