"""What the register takes over from a packet: services by paper, the paper behind each fact, whose a lone paper is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from admission_cases import (
    AS_OF,
    CLEAN,
    CMA,
    LICENCE,
    NAME,
    QUALIFICATIONS,
    ROWS,
    TESTING,
    USCC,
    Case,
    clean,
    with_field,
    without,
)
from nightly_cases import Roster
from nightly_cases import code as uscc_of
from papers.packets import QUALIFICATION, good_packet
from qi_pipeline.admission.facts import KnownQualification, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService
from qi_pipeline.errors import UsageError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.model import Document
from qi_pipeline.policy import load_policy
from qi_pipeline.records import history
from qi_pipeline.records.rows import Entry
from qi_pipeline.registration import entry_of, resident_holder
from stored_pool import drop, workspace
from test_schemas import problems

CERTAIN = CLEAN.policy.admission.certain_from
PATENT = DeclaredService(name="专利代理", item="patent_agency")
RESIDENT = RegistrySnapshot(
    state="active",
    name=NAME,
    uscc=USCC,
    legal_representative="王小明",
    address="旧地址1号",
    category="inspection_testing",
)


def entered(case: Case) -> Entry:
    dossier = case.dossier()
    assert problems("dossier", dossier) == []
    found = entry_of(dossier, case.decide(), case.documents, case.policy)
    assert found is not None
    return found


def listed(case: Case) -> dict[str | None, tuple[str, ...]]:
    return {each.number: each.services for each in entered(case).qualifications}


def in_file(document: Document, file: str, page: int) -> Document:
    """The same paper, scanned into a file with others, from that page on."""
    return replace(document, file=file, pages=(page,), seals=tuple(replace(s, page=page) for s in document.seals))


# certificates in one file


def test_certificates_of_two_kinds_in_one_file_keep_their_own_services() -> None:
    cma = in_file(CMA, "all.pdf", 1)
    agency = in_file(QUALIFICATIONS["patent_agency_licence"], "all.pdf", 5)
    case = CLEAN.on_form(services=(TESTING, PATENT)).swapping(cma).having(agency)
    assert {each.name for each in case.decide().services if each.qualified} == {TESTING.name, PATENT.name}
    assert listed(case) == {"231012341087": (TESTING.name,), "32987": (PATENT.name,)}
    assert {each.page for each in entered(case).qualifications} == {1, 5}


def test_two_certificates_of_one_kind_in_one_file_keep_their_own_services() -> None:
    water = DeclaredService(name="水质pH值的测定", item="testing", standards=("HJ 1147-2020",))
    first = in_file(with_field(CMA, "scope_items", ROWS[:2]), "all.pdf", 1)
    second = in_file(with_field(CMA, "scope_items", ROWS[2:]), "all.pdf", 5)
    second = with_field(second, "certificate_number", "231012341099")
    case = CLEAN.on_form(services=(TESTING, water)).lacking("cma_certificate").having(first, second)
    assert listed(case) == {"231012341087": (TESTING.name,), "231012341099": (water.name,)}


def test_service_that_needs_no_certificate_is_no_certificates() -> None:
    system = in_file(QUALIFICATIONS["certification_body_approval"], LICENCE.file, 2)
    case = clean("quality_consulting").having(system)
    assert [each.qualified for each in case.decide().services] == [True]
    assert listed(case) == {"CNCA-R-2024-987": ()}


def test_certificate_of_another_in_the_same_file_is_not_entered() -> None:
    strange = with_field(in_file(QUALIFICATIONS["patent_agency_licence"], "all.pdf", 5), "holder_name", "无锡乙公司")
    case = CLEAN.swapping(in_file(CMA, "all.pdf", 1)).having(strange)
    assert set(listed(case)) == {"231012341087"}


def test_service_on_file_goes_over_to_the_new_certificate_of_its_number() -> None:
    known = KnownQualification(
        kind="cma_certificate",
        number="231012341087",
        issuing_authority=None,
        valid_from=date(2020, 3, 2),
        valid_to=date(2026, 12, 1),
        services=("水质检测",),
    )
    other = with_field(in_file(CMA, "all.pdf", 5), "certificate_number", "231012341099")
    case = CLEAN.swapping(in_file(CMA, "all.pdf", 1)).having(other)
    case = case.on_form(services=()).but(registry=replace(RESIDENT, qualifications=(known,)), request="renewal")
    assert listed(case) == {"231012341087": ("水质检测",), "231012341099": ()}


def renewed_early(paper: Document) -> Case:
    """A renewal that declares its service, while the certificate on file is still valid."""
    known = KnownQualification(
        kind="cma_certificate",
        number="201012340001",
        issuing_authority=None,
        valid_from=date(2020, 12, 1),
        valid_to=date(2026, 11, 30),
        services=(TESTING.name,),
    )
    registry = replace(RESIDENT, qualifications=(known,))
    return CLEAN.lacking("cma_certificate").having(paper).but(registry=registry, request="renewal")


@pytest.mark.parametrize("issued_on", ["2026-11-16", "2026-12-01"])
def test_certificate_that_renews_early_is_for_the_service_too(issued_on: str) -> None:
    paper = with_field(CMA, "certificate_number", "261012341099")
    paper = with_field(with_field(paper, "issued_on", issued_on), "valid_to", "2032-11-30")
    case = renewed_early(paper)
    assert [each.by for each in case.decide().services] == [("registry:201012340001",)]
    assert listed(case) == {"261012341099": (TESTING.name,)}


def test_certificate_that_renews_early_without_the_standard_is_not_for_the_service() -> None:
    paper = with_field(CMA, "certificate_number", "261012341099")
    case = renewed_early(with_field(paper, "scope_items", ROWS[2:]))
    assert listed(case) == {"261012341099": ()}


# the paper behind each fact (5.2.3)


def test_licence_is_the_paper_behind_name_and_person_and_the_form_behind_the_address() -> None:
    case = CLEAN.on_form(address="江阴市长江路99号").but(registry=RESIDENT, request="change")
    entry = entered(case)
    assert entry.papers["name"] == entry.papers["legal_representative"] == "licence.pdf, p. 1"
    assert entry.papers["address"] == "application.json"
    assert entry.address == "江阴市长江路99号"


def test_new_licence_alone_brings_the_new_address() -> None:
    case = CLEAN.but(form=None, documents=(LICENCE,), registry=RESIDENT, request="change")
    assert entered(case).address == "江阴市澄江街道虚拟路8号"
    assert entered(case).papers["address"] == "licence.pdf, p. 1"
    doubtful = case.but(documents=(with_field(LICENCE, "address", "江阴市澄江街道虚拟路6号", 0.5),))
    assert entered(doubtful).address == "旧地址1号"


def test_change_on_the_licence_is_to_be_reported_ten_working_days_after_it_was_issued() -> None:
    case = CLEAN.changing("business_licence", "issued_on", "2026-04-24").on_form(address="江阴市长江路99号")
    case = case.but(registry=RESIDENT, request="change")
    due = entered(case).report_by
    assert due == dict.fromkeys(("name", "legal_representative", "licence_valid_to"), "2026-05-12")
    assert entered(case.changing("business_licence", "issued_on", ..., 0.5)).report_by == {}


# re-entry


@pytest.mark.parametrize(
    ("state", "left_on", "automatic"),
    [
        ("evicted", date(2025, 11, 23), False),
        ("evicted", date(2025, 11, 22), True),
        ("deregistered", date(2026, 6, 1), False),
        ("exited", date(2026, 6, 1), True),
    ],
)
def test_early_re_entry_is_decided_by_a_person(state: str, left_on: date, automatic: bool) -> None:
    assert date(2026, 11, 22) == AS_OF
    case = CLEAN.but(registry=replace(RESIDENT, state=state, left_on=left_on, left_by="QC-2025-000001"))
    decision = case.decide()
    assert (decision.outcome, decision.automatic) == ("admit", automatic)
    assert case.lacking("commitment_letter").decide().automatic is True  # papers are asked for at once


def test_who_may_enter_again_at_once_is_policy() -> None:
    case = CLEAN.but(registry=replace(RESIDENT, state="evicted", left_on=date(2026, 6, 1)))
    policy = replace(case.policy, admission=replace(case.policy.admission, reentry_months=0))
    assert case.but(policy=policy).decide().automatic is True


def test_states_that_nobody_leaves_in_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[admission]\nreentry_after = ["evicted", "active"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match="deregistered, evicted, exited"):
        load_policy(path)
    path.write_text('[admission]\nreentry_after = ["evicted", "exited"]\n', encoding="utf-8")
    assert load_policy(path).admission.reentry_after == ("evicted", "exited")


# whose a paper without form and code is


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path)
    made.institution(1, name=NAME)
    yield made
    made.store.close()


def test_lone_certificate_is_the_resident_of_its_name(roster: Roster) -> None:
    assert resident_holder(roster.store, [CMA], CERTAIN) == uscc_of(1)
    assert resident_holder(roster.store, [CMA, without(LICENCE, "holder_uscc")], CERTAIN) == uscc_of(1)


@pytest.mark.parametrize(
    "documents",
    [
        [with_field(CMA, "holder_name", NAME, 0.6)],
        [with_field(CMA, "holder_name", "无锡乙检测有限公司")],
        [CMA, with_field(LICENCE, "holder_name", "无锡乙检测有限公司")],
        [replace(CMA, confidence=0.4)],
        [],
    ],
    ids=["doubtful name", "unknown name", "two holders", "doubtful kind", "nothing"],
)
def test_lone_paper_whose_holder_is_not_certain_is_nobodys(roster: Roster, documents: list[Document]) -> None:
    assert resident_holder(roster.store, documents, CERTAIN) is None


def test_residents_certificate_sent_alone_is_a_change(tmp_path: Path) -> None:
    with workspace(tmp_path) as (context, pool):
        whole = good_packet()
        uscc, name = whole.body.uscc, whole.body.name
        table = tmp_path / "i.csv"
        table.write_text(
            "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,"
            f"licence_valid_to\n{uscc},{name},inspection_testing,,,2026-01-05,2026-01-08,,\n",
            encoding="utf-8",
        )
        context.store.import_roster(table, None, on=date(2026, 1, 5))
        alone = replace(whole, application=None, files={QUALIFICATION: whole.files[QUALIFICATION]})
        drop(context, pool, alone, "alone")
        (judged,) = run_ingest(context, AS_OF).packets
        found = {finding["code"] for finding in judged["findings"]}
        assert judged["institution"]["uscc"] == uscc
        assert (judged["request"], judged["outcome"]) == ("change", "admit"), found
        _, changes = history.read(context.store.engine, uscc)
        assert [(each.field, each.source) for each in changes] == [("qualification", judged["id"])]
        assert json.dumps(changes[0].to_json(), ensure_ascii=False).count(QUALIFICATION) == 1
