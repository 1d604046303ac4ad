"""A packet's way from the inbox to archive, database and report, with the readings already at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from papers.packets import CREDIT, LETTER, LICENCE, QUALIFICATION, good_packet, just_covered, packet
from qi_pipeline.context import Context
from qi_pipeline.ingest import IngestRun, run_ingest
from qi_pipeline.judging import judge_again
from qi_pipeline.reporting import report_packet
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    with workspace(tmp_path) as opened:
        yield opened


def codes(run: IngestRun, at: int = 0) -> set[str]:
    return {finding["code"] for finding in run.packets[at]["findings"]}


@pytest.mark.parametrize("pdf", [True, False])
def test_a_notice_is_a_pdf_too_where_policy_says_so(tmp_path: Path, pdf: bool) -> None:
    with workspace(tmp_path, pdf=pdf) as (context, pool):
        drop(context, pool, good_packet(), "one")
        run_ingest(context, AS_OF)
        notice = context.settings.reports / "one" / "notice.pdf"
        assert notice.exists() is pdf
        assert not pdf or notice.read_bytes().startswith(b"%PDF-1.7")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_good_packet_is_admitted_archived_and_reported(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    folder = drop(context, pool, good_packet(), "one")
    before = files_below(folder)
    run = run_ingest(context, AS_OF)
    entry = run.packets[0]
    assert (entry["outcome"], entry["automatic"], entry["findings"]) == ("admit", True, [])
    assert entry["deadlines"] == [{"clause": "5.2.1", "duty": "notify_applicant", "due_on": "2026-11-25"}]
    assert entry["services"][0]["qualified"] is True
    assert entry["services"][0]["by"] == [QUALIFICATION]
    assert list(context.settings.inbox.iterdir()) == []
    row = context.store.packet("one")
    assert files_below(context.settings.home / row.archived) == before
    report = context.settings.home / entry["report"]
    assert report.parent == context.settings.reports / "one"
    html = report.read_text(encoding="utf-8")
    assert good_packet().body.name in html
    assert "准予入驻" in html
    twin = json.loads((report.parent / "decision.json").read_text(encoding="utf-8"))
    assert twin["outcome"] == "admit"
    assert "准予入驻通知书" in (report.parent / "notice.html").read_text(encoding="utf-8")
    institution = context.store.institution(good_packet().body.uscc)
    assert institution is not None
    assert (institution.state, institution.admitted_on) == ("active", AS_OF)
    assert context.store.verify_log().ok


def test_same_bytes_again_are_a_duplicate_and_not_read(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    folder = drop(context, pool, good_packet(), "one")
    copies = files_below(folder)
    run_ingest(context, AS_OF)
    pool.asked.clear()
    again = context.settings.inbox / "renamed"
    again.mkdir()
    for name, data in copies.items():
        (again / name).write_bytes(data)
    run = run_ingest(context, AS_OF)
    assert (run.packets, run.duplicates) == ([], [{"packet": "renamed", "of": "one"}])
    assert pool.asked == []
    assert list(context.settings.inbox.iterdir()) == []


def test_two_packets_of_one_name_keep_both_reports(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    drop(context, pool, good_packet(seed=1), "one")
    first = run_ingest(context, AS_OF).packets[0]["report"]
    drop(context, pool, good_packet(seed=2), "one")
    second = run_ingest(context, AS_OF).packets[0]["report"]
    assert first != second
    assert good_packet(seed=1).body.name in (context.settings.home / first).read_text(encoding="utf-8")
    assert good_packet(seed=2).body.name in (context.settings.home / second).read_text(encoding="utf-8")


def test_nothing_readable_is_quarantined_with_its_reason(place: tuple[Context, StoredPool]) -> None:
    context, _pool = place
    folder = context.settings.inbox / "broken"
    folder.mkdir()
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7 nothing behind it")
    run = run_ingest(context, AS_OF)
    assert [entry["code"] for entry in run.quarantined] == ["corrupt"]
    row = context.store.packet("broken")
    assert (row.state, row.code) == ("quarantined", "corrupt")
    place_of = context.settings.home / row.archived
    assert (place_of / "scan.pdf").read_bytes() == b"%PDF-1.7 nothing behind it"
    reason = json.loads((place_of.parent / "reason.json").read_text(encoding="utf-8"))
    assert reason["code"] == "corrupt"
    assert reason["message"]["zh"].startswith("文件已损坏或不完整")
    assert reason["message"]["en"].isascii()


def test_one_bad_file_is_a_finding_and_the_rest_is_judged(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    drop(context, pool, good_packet().but(broken={"odd.exe": b"MZ\x90\x00"}), "one")
    run = run_ingest(context, AS_OF)
    assert codes(run) == {"document_unreadable"}
    assert run.packets[0]["outcome"] == "supplement"


def test_supplement_is_judged_with_the_papers_it_completes(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    whole = good_packet()
    drop(context, pool, whole.without(LETTER), "first")
    first = run_ingest(context, AS_OF)
    assert codes(first) == {"commitment_letter_missing"}
    assert first.packets[0]["outcome"] == "supplement"
    answer = replace(
        whole,
        application=None,
        files={LETTER: whole.files[LETTER]},
    )
    folder = drop(context, pool, answer, "second")
    form = json.loads(whole.application_bytes or b"{}")
    form |= {"request": "supplement", "submitted_at": "2026-11-24T09:00:00+08:00"}
    (folder / "application.json").write_text(json.dumps(form), encoding="utf-8")
    second = run_ingest(context, date(2026, 11, 24))
    assert (second.packets[0]["request"], second.packets[0]["outcome"]) == ("supplement", "admit"), codes(second)
    assert second.packets[0]["deadlines"][0]["due_on"] == "2026-11-27"
    assert context.store.packet("second").completes == context.store.packet("first").id


def test_paper_counts_before_its_entry_in_the_register(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    whole = just_covered()
    drop(context, pool, whole, "entry")
    assert run_ingest(context, AS_OF).packets[0]["outcome"] == "admit"
    form = json.loads(whole.application_bytes or b"{}") | {"request": "change"}
    [service] = form["services"]
    for name, standard, outcome in (("same", "GB 5009.12-2017", "admit"), ("more", "GB 5009.999-2020", "supplement")):
        folder = drop(context, pool, whole, name)
        form["services"] = [service | {"standards": [standard]}]
        (folder / "application.json").write_text(json.dumps(form), encoding="utf-8")
        run = run_ingest(context, AS_OF)
        assert run.packets[0]["outcome"] == outcome, codes(run)
        assert run.packets[0]["services"][0]["by"] == ([QUALIFICATION] if outcome == "admit" else [])
    assert codes(run) == {"qualification_scope_insufficient"}


@pytest.mark.parametrize(("kind", "back"), [("cma_certificate", True), ("cnas_certificate", False)])
def test_renewal_takes_over_the_services_on_file_that_its_form_does_not_name(
    place: tuple[Context, StoredPool], kind: str, back: bool
) -> None:
    context, pool = place
    whole = good_packet()
    uscc, home = whole.body.uscc, context.settings.home
    institutions, certificates = home / "i.csv", home / "q.csv"
    institutions.write_text(
        "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,"
        f"licence_valid_to\n{uscc},{whole.body.name},inspection_testing,,,2026-01-05,2026-01-08,,\n",
        encoding="utf-8",
    )
    certificates.write_text(
        "uscc,kind,number,issuing_authority,valid_from,valid_to,services\n"
        f"{uscc},{kind},220000000001,,2020-11-01,2026-11-20,食品检测;饮料检测\n",
        encoding="utf-8",
    )
    context.store.import_roster(institutions, certificates, on=date(2026, 1, 5))
    assert run_night(context.store, AS_OF, context.policy)["suspended"]
    papers = {LICENCE: whole.files[LICENCE], QUALIFICATION: whole.files[QUALIFICATION]}
    folder = drop(context, pool, replace(whole, application=None, files=papers), "renewed")
    form = json.loads(whole.application_bytes or b"{}") | {"request": "renewal", "services": []}
    (folder / "application.json").write_text(json.dumps(form), encoding="utf-8")
    run = run_ingest(context, AS_OF)
    assert run.packets[0]["outcome"] == ("admit" if back else "supplement"), codes(run)
    night = run_night(context.store, date(2026, 11, 23), context.policy)
    expected = [{"uscc": uscc, "services": ["食品检测", "饮料检测"]}]
    assert night["reinstated"] == (expected if back else [])
    late = run_night(context.store, date(2027, 1, 31), context.policy)
    assert [each["uscc"] for each in late["deregistered"]] == ([] if back else [uscc])


def test_rejection_waits_for_a_person_and_their_decision_stands(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    case = packet("serious_violation_listed")
    for which in ("violations", "abnormal", "serious"):
        entries = [entry for entry in case.entries if entry.list == which]
        context.store.import_credit_list(entries, which, loaded_on=AS_OF, source="test")
    drop(context, pool, case, "listed")
    run = run_ingest(context, AS_OF)
    assert (run.packets[0]["outcome"], run.packets[0]["automatic"]) == ("reject", False)
    assert context.store.packet("listed").state == "waiting"
    assert "拟稿" in (context.settings.reports / "listed" / "notice.html").read_text(encoding="utf-8")
    context.store.record_reviewer_decision(
        "listed", outcome="reject", reviewer="审核员甲", reason="名单核实无误", as_of=AS_OF
    )
    report_packet(context.settings, context.policy, context.store, context.store.packet("listed").id)
    assert context.store.packet("listed").state == "decided"
    notice = (context.settings.reports / "listed" / "notice.html").read_text(encoding="utf-8")
    assert "拟稿" not in notice
    assert "不予入驻通知书" in notice


def test_decide_again_judges_stored_facts_for_another_day(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    drop(context, pool, good_packet(), "one")
    run_ingest(context, AS_OF)
    row = context.store.packet("one")
    pool.asked.clear()
    same = judge_again(context, row, AS_OF)
    assert (same.outcome, same.findings) == ("admit", ())
    later = judge_again(context, row, date(2036, 1, 1))
    assert "qualification_expired" in {finding.code for finding in later.findings}
    assert pool.asked == []
    assert context.store.packet("one").outcome == "admit"


def test_decision_names_the_versions_that_made_it(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    drop(context, pool, good_packet(), "one")
    run_ingest(context, AS_OF)
    made = context.store.decision(context.store.packet("one").id)
    assert made is not None
    assert {"qi_pipeline", "policy", "services", "rules", "reading", "engine", "extractors"} <= set(
        made.decision.versions
    )


def test_packet_without_a_form_is_told_that_it_is_missing(place: tuple[Context, StoredPool]) -> None:
    context, pool = place
    drop(context, pool, good_packet().but(application=None).without(CREDIT), "formless")
    run = run_ingest(context, AS_OF)
    assert "application_missing" in codes(run)
    assert run.packets[0]["institution"]["uscc"] == good_packet().body.uscc
