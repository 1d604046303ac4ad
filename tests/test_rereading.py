"""A packet read anew: one that the program had given up, and one whose reading got better since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desk_cases import AS_OF, END, LATER, Place, Run, checked, hand_in
from papers.packets import good_packet
from qi_pipeline.context import Context
from qi_pipeline.giving_up import MOST_TRIES
from qi_pipeline.ingest import run_ingest
from stored_pool import drop
from test_giving_up import break_one


@pytest.fixture
def place(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The same, and the command reads with the stored pool too."""
    from contextlib import contextmanager

    from qi_pipeline import ingest

    @contextmanager
    def again(_settings: object) -> Iterator[Context]:
        yield place[0]

    monkeypatch.setattr(ingest, "open_context", again)
    return place


def give_up(place: Place, monkeypatch: pytest.MonkeyPatch, name: str = "strange") -> Path:
    context, stored = place
    folder = drop(context, stored, good_packet(), name)
    with monkeypatch.context() as patched:
        break_one(patched, name)
        for _ in range(MOST_TRIES):
            run_ingest(context, AS_OF)
    assert context.store.packet(name).state == "waiting"
    return folder


def copied(context: Context, name: str, other: str) -> None:
    """The archived packet dropped again, byte for byte."""
    archived = context.settings.home / str(context.store.packet(name).archived)
    folder = context.settings.inbox / other
    folder.mkdir()
    for file in archived.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


def test_a_packet_that_was_given_up_is_read_anew(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    context, _ = place
    give_up(place, monkeypatch)
    row = context.store.packet("strange")
    clock = context.store.decision(row.id).decision.deadlines  # type: ignore[union-attr]
    refused = run("decide", "strange", "--outcome", "admit", "--reason", "好", *LATER, status=2)
    assert "packet rerun strange" in refused["error"]
    assert context.store.institution(row.uscc or "") is None
    answer = checked("output_packet_rerun", "", run("packet", "rerun", "strange", "--why", "已修复", *LATER))
    assert (answer["outcome"], answer["state"], answer["recommended"]) == ("admit", "decided", None)
    now = context.store.packet("strange")
    assert now.id == row.id
    assert context.store.decision(row.id).decision.deadlines == clock  # type: ignore[union-attr]
    institution = context.store.institution(row.uscc or "")
    assert institution is not None
    assert institution.state == "active"
    assert institution.qualification_count == 1
    assert "packet.reread" in [each.kind for each in context.store.events_of(row.id)]
    assert context.store.verify_log().ok


def test_the_same_papers_again_read_what_was_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    context, _ = place
    give_up(place, monkeypatch)
    copied(context, "strange", "again")
    ran = run_ingest(context, date(2026, 11, 23))
    assert ran.failed == []
    assert ran.duplicates == [{"packet": "again", "of": "strange"}]
    [entry] = ran.packets
    assert (entry["packet"], entry["outcome"]) == ("strange", "admit")
    copied(context, "strange", "third")
    assert run_ingest(context, date(2026, 11, 24)).packets == []  # once it is judged, a duplicate is a duplicate


def test_what_somebody_holds_is_left_to_them(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    context, _ = place
    give_up(place, monkeypatch)
    run("review", "take", "strange", "--reviewer", "王审核")
    copied(context, "strange", "again")
    assert run_ingest(context, AS_OF).packets == []
    refused = run("packet", "rerun", "strange", *LATER, status=2)
    assert "王审核 holds it" in refused["error"]
    assert run("packet", "rerun", "strange", "--take-over", *LATER)["outcome"] == "admit"


def test_any_other_outcome_of_what_was_given_up_needs_no_reading(
    place: Place, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_up(place, monkeypatch)
    assert run("decide", "strange", "--outcome", "supplement", "--reason", "请换文件", *LATER)["state"] == "decided"


def test_a_better_reading_decides_and_corrections_hold(place: Place, run: Run) -> None:
    _, pool = place
    whole = good_packet()
    assert hand_in(place, "one", whole, blurred=END)["outcome"] == "manual_review"
    run("correct", "one", "commitment_letter.signature_present=false", "--why", "未签", *LATER)
    pool.knows(whole)
    answer = run("packet", "rerun", "one", *LATER)
    assert (answer["outcome"], answer["state"]) == ("supplement", "decided")
    assert [each["code"] for each in answer["findings"]] == ["commitment_letter_unsigned"]


def test_after_a_persons_decision_the_register_follows_and_the_decision_stands(place: Place, run: Run) -> None:
    context, _ = place
    uscc = hand_in(place, "one", good_packet())["institution"]["uscc"]
    run("correct", "one", "cma_certificate.valid_to=2026-11-01", "--why", "看错", *LATER)
    run("decide", "one", "--outcome", "reject", "--reason", "过期", *LATER)
    decisions = len(context.store.decisions_of(context.store.packet("one").id))
    answer = run("packet", "rerun", "one", "--reviewer", "李审核", "--as-of", "2026-11-25")
    assert (answer["outcome"], answer["state"], answer["recommended"]) == ("reject", "decided", "supplement")
    assert len(context.store.decisions_of(context.store.packet("one").id)) == decisions
    for day in (date(2026, 11, 24), date(2026, 11, 25)):
        [held] = context.store.registry_snapshot(uscc, day).qualifications
        assert held.valid_to == date(2026, 11, 1)
    assert context.store.packet("one").request == "admission"  # it is resident by this packet itself


def test_what_is_not_there_any_more_is_said(place: Place, run: Run) -> None:
    context, _ = place
    hand_in(place, "one", good_packet())
    archived = context.settings.home / str(context.store.packet("one").archived)
    archived.rename(archived.with_name("elsewhere"))
    assert "restore" in run("packet", "rerun", "one", *LATER, status=2)["error"]
    assert "no such packet" in run("packet", "rerun", "two", *LATER, status=2)["error"]


# the online form


def test_a_slip_in_the_online_form_is_corrected_with_the_same_trace(place: Place, run: Run) -> None:
    context, _ = place
    whole = good_packet()
    assert whole.application is not None
    slip = replace(whole, application=whole.application.but(changes={"legal_representative": "王小名"}))
    first = hand_in(place, "one", slip)
    assert [each["code"] for each in first["findings"]] == ["legal_representative_mismatch"]
    right = whole.application.institution["legal_representative"]
    stored = context.store.facts_of(context.store.packet("one").id).form
    answer = run("correct", "one", f"application_form.legal_representative={right}", "--why", "电话核实笔误", *LATER)
    checked("output_correct", "corrected", answer)
    assert (answer["outcome"], answer["state"], answer["findings"]) == ("admit", "decided", [])
    [made] = answer["corrections"]
    assert (made["file"], made["kind"], made["machine"]["value"]) == ("application.json", "application_form", "王小名")
    assert context.store.facts_of(context.store.packet("one").id).form == stored  # it stays as it was handed in
    assert [each["applied"] for each in run("correct", "one", "--list")["corrections"]] == [True]
    assert run("packet", "decide-again", "one", "--as-of", "2026-11-24")["outcome"] == "admit"
    page = (context.settings.reports / "one" / "decision.html").read_text(encoding="utf-8")
    assert "依据审核人员（李审核）更正的 1 项识读内容" in page
    back = run("correct", "--withdraw", str(made["id"]), "--why", "不对", *LATER)
    assert [each["code"] for each in back["findings"]] == ["legal_representative_mismatch"]
    assert back["state"] == "waiting"


def test_a_value_that_the_form_does_not_give_may_be_added_and_one_taken_out(place: Place, run: Run) -> None:
    whole = good_packet()
    hand_in(place, "one", whole)
    out = run("correct", "one", "application_form.customer_service=[]", "--why", "离职", *LATER)
    assert "customer_service_missing" in [each["code"] for each in out["findings"]]
    people = '[{"name": "赵敏", "phone": "0510-88880000", "employment": "full_time"}]'
    assert run("correct", "one", f"application_form.customer_service={people}", "--why", "补", *LATER)["findings"] == []
    lacking = run("correct", "one", "application_form.address=", "--why", "未填", *LATER)
    assert "application_incomplete" in [each["code"] for each in lacking["findings"]]


def test_the_form_has_no_seal_and_is_no_other_kind(place: Place, run: Run) -> None:
    hand_in(place, "one", good_packet())
    assert "no" in run("correct", "one", "application_form.seal=true", "--why", "x", *LATER, status=2)["error"]
    said = run("correct", "--kind", "one", "application.json#1=credit_report", "--why", "x", *LATER, status=2)
    assert "online form" in said["error"]
    both = ("valid_to=2029-01-01", "--document", "application.json")
    assert "prints no valid_to" in run("correct", "one", *both, "--why", "x", *LATER, status=2)["error"]
