"""A reviewer's day: the queue, corrections, decisions, as the command line gives them."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from desk_cases import AS_OF, BY, END, Place, Run, blurred_in, checked, hand_in
from papers.packets import LETTER, QUALIFICATION, good_packet, packet
from qi_pipeline.cli.main import main
from qi_pipeline.codec import from_json
from qi_pipeline.ingest import run_ingest
from qi_pipeline.judging import judge_again
from qi_pipeline.model import Document
from qi_pipeline.policy import load_policy
from qi_pipeline.records import packets
from qi_pipeline.records.review import Act
from qi_pipeline.records.store import Store
from qi_pipeline.reviewing import Done, correct, correct_kind
from stored_pool import drop


def test_a_corrected_date_decides_at_once_and_stands_beside_the_machines(place: Place, run: Run) -> None:
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
    page = (folder / "decision.html").read_text(encoding="utf-8")
    assert "2029-05-01" in page
    assert "已核对" in page
    assert "依据审核人员（李审核）更正的 1 项识读内容" in page
    shown = run("packet", "show", "one")
    assert [(each["value"], each["applied"]) for each in shown["corrections"]] == [("2029-05-01", True)]
    assert (shown["outcome"], shown["held_by"]) == ("admit", None)
    assert "准予入驻" in (folder / "notice.html").read_text(encoding="utf-8")
    kinds = [each.kind for each in context.store.events_of(row.id)]
    assert kinds[-2:] == ["correction.made", "decision.made_again"]
    assert context.store.verify_log().ok


def test_a_correction_survives_every_rerun(place: Place, run: Run) -> None:
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
    with context.store.write() as (connection, happened):
        happened += packets.write_facts(connection, row.id, _with(facts, tuple(other)))
    assert run("packet", "decide-again", "one", "--as-of", "2026-12-01")["outcome"] == "admit"


def _json(document: Document) -> dict[str, Any]:
    from qi_pipeline.codec import to_json

    said = to_json(document)
    assert isinstance(said, dict)
    return said


def _with(facts: Any, documents: tuple[Document, ...]) -> Any:
    return replace(facts, documents=documents)


def test_a_supplement_is_judged_with_the_corrections_of_what_it_completes(place: Place, run: Run) -> None:
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


def test_a_reviewers_day(place: Place, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    context, _ = place
    hand_in(place, "late", good_packet(seed=1), blurred=END)
    hand_in(place, "later", good_packet(seed=2), date(2026, 11, 23), blurred=END)
    queue = checked("output_review", "queue", run("review", "queue", "--as-of", "2026-11-26"))["packets"]
    assert [(each["packet"], each["due_on"], each["overdue"], each["held_by"]) for each in queue] == [
        ("late", "2026-11-25", True, None),
        ("later", "2026-11-25", True, None),
    ]
    assert [each["code"] for each in queue[0]["reasons"]] == ["low_confidence"]
    assert QUALIFICATION in queue[0]["reasons"][0]["document"]
    taken = checked("output_review", "next", run("review", "next", "--reviewer", "李审核", "--role", "运维机构"))
    assert taken["packet"]["packet"] == "late"
    assert taken["packet"]["held_by"]["reviewer"] == "李审核"
    assert "李审核" in (context.settings.reports / "late" / "decision.html").read_text(encoding="utf-8")
    other = run("review", "next", "--reviewer", "王审核")
    assert other["packet"]["packet"] == "later"
    assert checked("output_review", "next", run("review", "next", "--reviewer", "赵审核")) == {"packet": None}
    run("review", "take", "late", "--reviewer", "王审核", status=2)
    said = run("decide", "late", "--outcome", "admit", "--reviewer", "王审核", "--reason", "清楚", status=2)
    assert "李审核 (运维机构) holds it until" in said["error"]
    said = run("correct", "late", "cma_certificate.valid_to=2029-05-01", "--why", "x", "--reviewer", "王审核", status=2)
    assert "李审核 (运维机构) holds it until" in said["error"]
    assert run("correct", "--list")["corrections"] == []
    checked("output_review", "release", run("review", "release", "later", "--reviewer", "王审核"))
    assert run("review", "queue")["packets"][1]["held_by"] is None
    monkeypatch.setenv("QI_REVIEWER", "李审核")
    monkeypatch.setenv("QI_REVIEWER_ROLE", "管理机构")
    made = run("decide", "late", "--outcome", "admit", "--reason", "与原件一致", "--as-of", "2026-11-22")
    checked("output_decide", "", made)
    assert (made["outcome"], made["recommended"], made["role"]) == ("admit", "manual_review", "管理机构")
    again = run("decide", "late", "--outcome", "reject", "--reason", "再看", status=2)
    assert "admit, decided by 李审核" in again["error"]
    assert [each["packet"] for each in run("review", "queue")["packets"]] == ["later"]
    assert context.store.verify_log().ok


def test_nobody_decides_or_corrects_before_the_packet_was_judged(place: Place, run: Run) -> None:
    hand_in(place, "one", good_packet(), blurred=END)
    deciding = ("decide", "one", "--outcome", "supplement", "--reason", "看不清", *BY)
    correcting = ("correct", "one", "cma_certificate.valid_to=2029-05-01", "--why", "核对", *BY)
    for act in (deciding, correcting, ("packet", "rerun", "one", "--why", "新识读", *BY)):
        said = run(*act, "--as-of", "2026-11-21", status=2)["error"]
        assert "judged on 2026-11-22" in said
        assert "--as-of 2026-11-22" in said
    run(*deciding, "--as-of", "2026-11-22")
    assert run("packet", "list")["packets"][0]["decided_on"] == "2026-11-22"


def test_a_result_that_a_night_told_as_overdue_is_not_dated_before_it(place: Place, run: Run) -> None:
    hand_in(place, "one", good_packet(), blurred=END)
    deciding = ("decide", "one", "--outcome", "supplement", "--reason", "看不清", "--reviewer", "李审核")
    run("nightly", "--as-of", "2026-11-25")  # the day on which the result is due
    run("nightly", "--as-of", "2026-12-01")
    assert "overdue since 2026-11-25" in run(*deciding, "--as-of", "2026-11-30", status=2)["error"]
    run(*deciding)
    assert run("packet", "list")["packets"][0]["decided_on"] >= "2026-12-01"


def test_what_a_person_decided_stands_and_the_correction_is_kept(place: Place, run: Run) -> None:
    context, _ = place
    hand_in(place, "one", good_packet(), blurred=END)
    run("decide", "one", "--outcome", "supplement", "--reason", "看不清", *BY)
    answer = run("correct", "one", "cma_certificate.valid_to=2029-05-01", "--why", "核对", *BY)
    checked("output_correct", "corrected", answer)
    assert (answer["outcome"], answer["state"], answer["recommended"]) == ("supplement", "decided", "admit")
    listed = checked("output_correct", "listed", run("correct", "one", "--list"))["corrections"]
    assert [(each["value"], each["applied"]) for each in listed] == [("2029-05-01", True)]
    assert len(context.store.decisions_of(context.store.packet("one").id)) == 2


def test_a_withdrawn_correction_holds_no_more(place: Place, run: Run) -> None:
    context, _ = place
    hand_in(place, "one", good_packet(), blurred=END)
    first = run("correct", "one", "cma_certificate.valid_to=2020-05-01", "--why", "看错行", *BY)
    assert (first["outcome"], first["findings"][0]["code"]) == ("supplement", "qualification_expired")
    number = str(first["corrections"][0]["id"])
    back = checked("output_correct", "corrected", run("correct", "--withdraw", number, "--why", "抄错", *BY))
    assert (back["outcome"], back["automatic"], back["state"]) == ("manual_review", False, "waiting")
    assert back["corrections"][0]["withdrawn"] == {"on": "2026-11-22", "by": "李审核", "why": "抄错"}
    assert "already" in run("correct", "--withdraw", number, "--why", "抄错", *BY, status=2)["error"]
    assert [each["applied"] for each in run("correct", "one", "--list")["corrections"]] == [False]
    kinds = [each.kind for each in context.store.events_of(context.store.packet("one").id)]
    assert kinds[-2:] == ["correction.withdrawn", "decision.made_again"]


def test_the_same_bytes_are_corrected_in_every_packet(place: Place, run: Run) -> None:
    context, pool = place
    whole = good_packet()
    hand_in(place, "one", whole.without(LETTER), blurred=END)
    folder = drop(context, pool, whole, "two")
    (folder / QUALIFICATION).write_bytes(next(context.settings.archive.rglob(QUALIFICATION)).read_bytes())
    pool.known = {file: blurred_in(reading, END) for file, reading in pool.known.items()}
    assert run_ingest(context, AS_OF).packets[0]["outcome"] == "manual_review"
    answer = run("correct", "one", "cma_certificate.valid_to=2029-05-01", "--why", "核对", *BY)
    two = context.store.packet("two")
    assert answer["decided_again"] == [two.id]
    assert (two.state, two.outcome) == ("decided", "admit")
    folder = drop(context, pool, whole.but(broken={"odd.bin": b"\x00\x01"}), "three")
    (folder / QUALIFICATION).write_bytes(next(context.settings.archive.rglob(QUALIFICATION)).read_bytes())
    pool.known = {file: blurred_in(reading, END) for file, reading in pool.known.items()}
    [third] = run_ingest(context, AS_OF).packets
    assert {each["code"] for each in third["findings"]} == {"document_unreadable"}


def test_an_admission_is_mended_but_not_taken_back_by_itself(place: Place, run: Run) -> None:
    context, _ = place
    entered = hand_in(place, "one", good_packet())
    assert entered["outcome"] == "admit"
    uscc = entered["institution"]["uscc"]
    later = ("--reviewer", "李审核", "--as-of", "2026-11-24")
    answer = run("correct", "one", "cma_certificate.certificate_number=221020111799", "--why", "核对", *later)
    assert (answer["outcome"], answer["state"]) == ("admit", "decided")
    for day, number in ((AS_OF, "221020111704"), (date(2026, 11, 24), "221020111799")):
        snapshot = context.store.registry_snapshot(uscc, day)
        assert [each.number for each in snapshot.qualifications] == [number]
    assert "qualification.misread" in [each.kind for each in context.store.events_of(uscc)]
    answer = run("correct", "one", "cma_certificate.valid_to=2020-01-01", "--why", "已过期", *later)
    assert (answer["outcome"], answer["automatic"], answer["state"]) == ("supplement", False, "waiting")
    institution = context.store.institution(uscc)
    assert institution is not None
    assert institution.state == "active"
    [waits] = run("review", "queue", "--as-of", "2026-11-22")["packets"]
    assert (waits["packet"], waits["reasons"][0]["why"]) == ("one", "kept_for_person")


def test_an_admission_looked_at_again_by_a_person_leaves_no_misread_certificate(place: Place, run: Run) -> None:
    context, _ = place
    uscc = hand_in(place, "one", good_packet())["institution"]["uscc"]
    later = ("--reviewer", "李审核", "--as-of", "2026-11-24")
    wrong = ("commitment_letter.signature_present=false", "cma_certificate.certificate_number=221020111799")
    assert run("correct", "one", *wrong, "--why", "核对", *later)["state"] == "waiting"
    told = [each.kind for each in context.store.events_of(uscc)]
    assert run("decide", "one", "--outcome", "admit", "--reason", "原件已签字", *later)["state"] == "decided"
    snapshot = context.store.registry_snapshot(uscc, date(2026, 11, 24))
    assert [each.number for each in snapshot.qualifications] == ["221020111799"]
    assert "qualification.misread" in [each.kind for each in context.store.events_of(uscc)][len(told) :]


def test_a_decision_that_ends_no_residence_says_so(place: Place, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    context, _ = place
    uscc = hand_in(place, "one", good_packet())["institution"]["uscc"]
    run("correct", "one", "cma_certificate.valid_to=2020-01-01", "--why", "已过期", *BY)
    assert main(["decide", "one", "--outcome", "reject", "--reason", "已过期", *BY]) == 0
    assert f"注意：{uscc}仍在册；本材料包登记的内容以更正后的材料为准" in capsys.readouterr().err
    institution = context.store.institution(uscc)
    assert institution is not None
    assert institution.state == "active"


def test_the_sample_is_checked_and_counted(place: Place, run: Run, tmp_path: Path) -> None:
    context, _ = place
    (tmp_path / "policy.toml").write_text("[review]\nsample_rate = 1.0\n", encoding="utf-8")
    drawn = replace(context, policy=load_policy(tmp_path / "policy.toml"))
    hand_in((drawn, place[1]), "one", good_packet(seed=1))
    hand_in((drawn, place[1]), "two", good_packet(seed=2))
    sample = checked("output_review", "sample", run("review", "sample"))
    assert [each["packet"] for each in sample["packets"]] == ["one", "two"]
    right = checked("output_review", "drawn", run("review", "check", "one", "--agree", *BY))
    assert (right["agrees"], right["outcome"]) == (True, "admit")
    run("review", "check", "two", "--disagree", *BY, status=2)
    run("review", "check", "two", "--disagree", "--why", "日期读错", *BY)
    assert context.store.packet("two").outcome == "admit"  # it holds until it is corrected
    run("correct", "two", "cma_certificate.valid_to=2029-05-01", "--why", "核对", *BY)
    sample = run("review", "sample")
    assert (sample["drawn"], sample["checked"], sample["agreed"], sample["agreement"]) == (2, 2, 1, 0.5)
    assert sample["packets"] == []
    figures = checked("output_review", "agreement", run("review", "agreement", "--from", "2026-11-01"))
    [row] = [each for each in figures["fields"] if (each["kind"], each["field"]) == ("cma_certificate", "valid_to")]
    assert (row["shown"], row["corrected"], row["agreement"]) == (2, 1, 0.5)
    assert row["sample"] == {"shown": 2, "corrected": 1, "agreement": 0.5}
    assert figures["sampled"] == 2
    assert run("review", "agreement", "--to", "2026-11-01")["fields"] == []


def test_a_wrong_kind_is_read_again_as_the_right_one(place: Place, run: Run) -> None:
    context, pool = place
    hand_in(place, "one", good_packet())
    row, by = context.store.packet("one"), act("是认可证书")
    done = correct_kind(context, row, [f"{QUALIFICATION}=unknown"], by)
    assert done.corrections[0].machine_value == "cma_certificate"
    assert {each.code for each in done.standing.decision.findings} == {"qualification_missing", "unknown_document"}
    assert not done.standing.final  # the register took it over, and only a person takes that back
    pool.asked.clear()
    done = correct_kind(context, row, [f"{QUALIFICATION}#1=cma_certificate"], act("还是资质认定证书"))
    assert pool.asked == [QUALIFICATION]
    assert (done.standing.decision.outcome, done.standing.decision.findings) == ("admit", ())
    [paper] = [each for each in context.store.papers_of(row.id)[row.id].documents if each.file == QUALIFICATION]
    assert (paper.kind, paper.confidence) == ("cma_certificate", 1.0)
    assert {"valid_to", "scope_items", "certificate_number"} <= set(paper.fields)
    listed = run("correct", "--list", "one")["corrections"]
    assert [(each["field"], each["applied"]) for each in listed] == [("kind", False), ("kind", True)]
    assert [each["machine"]["value"] for each in listed] == ["cma_certificate"] * 2
    said = run("correct", "--kind", "one", f"{QUALIFICATION}=licence", "--why", "x", *BY, status=2)["error"]
    assert "kinds are business_licence" in said


def act(reason: str) -> Act:
    return Act(reviewer="李审核", role=None, reason=reason, on=AS_OF, at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC))


def test_a_grey_seal_and_a_promise_are_settled_by_a_person(place: Place, run: Run) -> None:
    hand_in(place, "grey", packet("grey_licence"))
    [reason] = run("review", "queue")["packets"][0]["reasons"]
    assert reason["code"] == "low_confidence"
    assert run("correct", "grey", "business_licence.seal=true", "--why", "红章原件", *BY)["outcome"] == "admit"
    none = run("correct", "grey", "business_licence.seal=none", "--why", "没有公章", *BY)
    assert [each["code"] for each in none["findings"]] == ["seal_missing"]
    hand_in(place, "letter", good_packet(seed=2))
    answer = run("correct", "letter", "promises.3=false", "--why", "第三条被改", *BY)
    assert [each["code"] for each in answer["findings"]] == ["commitment_letter_altered"]
    answer = run("correct", "letter", "promises=true", "signature_present=false", "--why", "只缺签字", *BY)
    assert [each["code"] for each in answer["findings"]] == ["commitment_letter_unsigned"]


def test_corrections_made_at_once_all_count(place: Place) -> None:
    context, _ = place
    hand_in(place, "one", good_packet(), blurred=END)
    row = context.store.packet("one")
    asked = ("cma_certificate.valid_to=2029-05-01", "promises.3=false", "business_licence.legal_representative=赵另人")
    start = threading.Barrier(len(asked))

    def one(assignment: str) -> Done:
        with Store(context.settings.database_url) as store:
            start.wait(30)
            return correct(replace(context, store=store), row, [assignment], act("核对"))

    with ThreadPoolExecutor(len(asked)) as people:
        done = list(people.map(one, asked))
    assert sorted(each.id for every in done for each in every.corrections) == [1, 2, 3]
    standing = context.store.decision(row.id)
    assert standing is not None
    codes = {each.code for each in standing.decision.findings}
    assert codes == {"commitment_letter_altered", "legal_representative_mismatch"}
    assert codes == {each.code for each in judge_again(context, row, AS_OF).findings}
    assert context.store.verify_log().ok


REFUSED = (
    (("cma_certificate.valid_to=2029-02-30",), "no day of the calendar"),
    (("holder_name=无锡乙检测有限公司",), "may be meant of"),
    (("cnas_certificate.valid_to=2029-05-01",), "has no cnas_certificate"),
    (("cma_certificate.scope=x",), "'scope' is no field"),
    (("business_licence.holder_uscc=91320205MA1X000000",), "--as-printed"),
    (("business_licence.signature_present=true",), "has no business_licence"),
    (("valid_to",), "FIELD=VALUE"),
    (("cma_certificate.valid_to=2029-05-01", "--document", "nothing.pdf"), "is no document"),
    (("cma_certificate.valid_to=2029-05-01", "--why", " "), "--why"),
    ((), "name packet and value"),
)


def test_a_correction_that_cannot_be_is_refused_in_one_line(place: Place, run: Run) -> None:
    hand_in(place, "one", good_packet(), blurred=END)
    for argv, said in REFUSED:
        why = () if "--why" in argv else ("--why", "核对")
        assert said in run("correct", "one", *argv, *why, *BY, status=2)["error"], argv
    assert run("correct", "--list")["corrections"] == []
