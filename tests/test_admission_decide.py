"""Outcome, ``automatic``, services and deadlines; what each request asks for; supplements; edited rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from admission_cases import (
    AS_OF,
    CAPABILITY,
    CLEAN,
    CMA,
    LETTER,
    LICENCE,
    NAME,
    OTHER,
    OTHER_USCC,
    PERSON,
    POLICY,
    QUALIFICATIONS,
    RULES,
    SERVICES,
    TESTING,
    USCC,
    Case,
    clean,
    own_seal,
    with_field,
    without,
)
from qi_pipeline.admission.decide import outcome_of, versions
from qi_pipeline.admission.facts import CreditSnapshot, KnownQualification, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService
from qi_pipeline.admission.form_problems import problem
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Deadline, FileFailure, Finding, Severity
from qi_pipeline.workdays import SHANGHAI

REJECTED = CLEAN.listed("serious", "2024-01-01")
DOUBTFUL = CLEAN.changing("cma_certificate", "valid_to", confidence=0.3)


def policy(**changes: object) -> Any:
    return replace(POLICY, admission=replace(POLICY.admission, **changes))


# outcome


def a_finding(severity: Severity, service: str | None = None) -> Finding:
    return Finding(code="x", clause="1", severity=severity, message={"zh": "一", "en": "one"}, service=service)


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        (["notice", "review", "verify", "supplement", "reject"], "reject"),
        (["notice", "review", "verify", "supplement"], "supplement"),
        (["notice", "review", "verify"], "further_verification"),
        (["notice", "review"], "manual_review"),
        (["notice"], "admit"),
        ([], "admit"),
    ],
)
def test_the_gravest_severity_decides(severities: list[Severity], outcome: str) -> None:
    assert outcome_of([a_finding(each) for each in severities], (), POLICY.admission) == outcome


def test_a_clean_packet_is_admitted_by_itself() -> None:
    decision = CLEAN.decide()
    assert (decision.outcome, decision.automatic, decision.findings) == ("admit", True, ())


def test_refusal_waits_for_a_person_by_default() -> None:
    assert (REJECTED.decide().outcome, REJECTED.decide().automatic) == ("reject", False)
    free = REJECTED.but(policy=policy(decided_by_person=()))
    assert (free.decide().outcome, free.decide().automatic) == ("reject", True)


def test_a_platform_may_keep_admission_for_a_person() -> None:
    kept = CLEAN.but(policy=policy(decided_by_person=("admit",)))
    assert (kept.decide().outcome, kept.decide().automatic) == ("admit", False)


def test_a_doubt_makes_any_outcome_a_recommendation() -> None:
    both = DOUBTFUL.lacking("management_rules")
    assert (DOUBTFUL.decide().outcome, DOUBTFUL.decide().automatic) == ("manual_review", False)
    assert (both.decide().outcome, both.decide().automatic) == ("supplement", False)


def test_services_tell_by_what_they_qualify() -> None:
    service = CLEAN.decide().services[0]
    assert (service.name, service.item, service.qualified, service.by) == (TESTING.name, "testing", True, ("cma.pdf",))
    assert service.rows == (
        {
            "category": "食品",
            "item": "铅",
            "standard": "GB 5009.12-2017",
            "limitation": "",
            "file": "cma.pdf",
            "page": 3,
        },
    )
    lacking = CLEAN.lacking("cma_certificate").decide().services[0]
    assert (lacking.qualified, lacking.by, lacking.rows) == (False, (), ())


PATENT = DeclaredService(name="发明专利申请", item="patent_agency")
TWO = CLEAN.on_form(services=(TESTING, PATENT))


def test_partial_admission_keeps_out_what_does_not_qualify() -> None:
    assert TWO.decide().outcome == "supplement"
    part = TWO.but(policy=policy(partial_admission=True)).decide()
    assert part.outcome == "admit"
    assert [(service.name, service.qualified) for service in part.services] == [
        ("食品中铅的测定", True),
        ("发明专利申请", False),
    ]
    assert [finding.code for finding in part.findings] == ["qualification_missing"]


def test_partial_admission_needs_one_service_that_qualifies() -> None:
    none = TWO.lacking("cma_certificate").having(CAPABILITY).but(policy=policy(partial_admission=True))
    assert none.decide().outcome == "supplement"


def test_partial_admission_excuses_nothing_about_the_institution() -> None:
    unsealed = TWO.swapping(replace(LICENCE, seals=())).but(policy=policy(partial_admission=True))
    assert unsealed.decide().outcome == "supplement"


# deadlines


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        (datetime(2026, 11, 20, 10, 12, tzinfo=SHANGHAI), "2026-11-25"),
        (datetime.fromisoformat("2026-11-19T17:30:00+00:00"), "2026-11-25"),  # already Friday in Shanghai
        (datetime.fromisoformat("2026-09-30T23:59:00+08:00"), "2026-10-10"),
        (None, "2026-11-25"),  # from the as-of date, a Sunday
    ],
)
def test_three_working_days_from_the_day_of_submission(submitted: datetime | None, due: str) -> None:
    decision = CLEAN.on_form(submitted_at=submitted).decide()
    assert decision.deadlines == (Deadline(clause="5.2.1", duty="notify_applicant", due_on=due),)


def test_a_deadline_beyond_the_calendar_is_provisional() -> None:
    late = CLEAN.on_form(submitted_at=datetime(2031, 12, 30, 9, 0, tzinfo=SHANGHAI)).decide()
    assert late.deadlines[0].provisional


# requests


def on_file(
    valid_to: date | None = date(2029, 3, 1), services: tuple[str, ...] = ("食品中铅的测定",)
) -> RegistrySnapshot:
    return RegistrySnapshot(
        state="active",
        name=NAME,
        uscc=USCC,
        legal_representative=PERSON,
        category="inspection_testing",
        qualifications=(
            KnownQualification(
                kind="cma_certificate",
                number="231012341087",
                issuing_authority=None,
                valid_from=date(2023, 3, 2),
                valid_to=valid_to,
                services=("食品中铅的测定",),
            ),
        ),
    )


def request(name: str, *documents: Any, registry: RegistrySnapshot | None = None) -> Case:
    return CLEAN.but(
        documents=documents, request=name, registry=registry or on_file(), credit=CreditSnapshot(loaded=("serious",))
    ).on_form(request=name, services=(), customer_service=())


def test_a_change_without_a_form_needs_only_sound_papers() -> None:
    case = request("change", CMA).but(form=None)
    assert case.codes == []
    assert case.decide().outcome == "admit"


def test_a_change_of_name_or_person_needs_the_licence_that_shows_it() -> None:
    changed = request("change").on_form(legal_representative="林见山")
    assert changed.codes == ["licence_missing"]
    shown = with_field(LICENCE, "legal_representative", "林见山")
    assert changed.having(shown).codes == []


def test_a_renewal_brings_a_certificate_that_is_valid_sealed_and_its_own() -> None:
    renewed = with_field(with_field(CMA, "certificate_number", "291012341087"), "valid_to", "2035-03-01")
    assert request("renewal", renewed).codes == []
    assert request("renewal").codes == ["qualification_missing"]
    assert request("renewal", with_field(CMA, "valid_to", "2026-11-21")).codes == ["qualification_expired"]
    assert request("renewal", with_field(CMA, "holder_name", OTHER)).codes == ["holder_mismatch"]
    assert request("renewal", replace(CMA, seals=())).codes == ["seal_missing"]
    assert request("renewal", with_field(CMA, "valid_to", confidence=0.5)).codes == ["low_confidence"]


def test_what_the_register_holds_counts_in_an_audit() -> None:
    audit = request("annual_audit", LICENCE).on_form(customer_service=CLEAN.form.customer_service)  # type: ignore[union-attr]
    assert audit.codes == []
    lapsed = audit.but(registry=on_file(valid_to=AS_OF - timedelta(days=1)))
    assert lapsed.codes == ["qualification_expired"]
    assert lapsed.having(CMA).codes == []
    assert audit.on_form(services=(TESTING,)).codes == []
    assert audit.on_form(services=(TESTING,)).decide().services[0].by == ("registry:231012341087",)


def test_an_audit_checks_the_lists_and_the_customer_service_again() -> None:
    audit = request("annual_audit", LICENCE)
    assert audit.codes == ["customer_service_missing"]
    assert audit.listed("abnormal", "2026-01-01").codes == ["abnormal_operation_listed", "customer_service_missing"]
    assert request("change", LICENCE).listed("abnormal", "2026-01-01").codes == []


def test_a_licence_on_file_that_has_expired_is_found() -> None:
    expired = replace(on_file(), licence_valid_to=AS_OF - timedelta(days=1))
    assert request("change", CMA, registry=expired).codes == ["licence_expired"]
    assert request("change", CMA, registry=replace(expired, licence_valid_to=AS_OF)).codes == []


@pytest.mark.parametrize("name", ["change", "renewal", "annual_audit"])
def test_what_is_not_resident_is_judged_like_an_admission(name: str) -> None:
    stranger = request(name, CMA, registry=RegistrySnapshot())
    assert {"licence_missing", "commitment_letter_missing", "management_rules_missing"} <= set(stranger.codes)


def test_an_exit_is_open_to_residents_only() -> None:
    assert request("exit").decide().outcome == "admit"
    assert request("exit", registry=replace(on_file(), state="suspended")).codes == []
    stranger = request("exit", registry=RegistrySnapshot())
    assert (stranger.codes, stranger.decide().outcome) == (["application_incomplete"], "supplement")
    assert stranger.decide().findings[0].clause == "5.3"
    assert request("exit", registry=replace(on_file(), state="exited")).codes == ["application_incomplete"]


def test_a_form_is_asked_only_what_its_request_needs() -> None:
    gap = (problem("institution.address", "missing"),)
    wrong = (problem("institution.uscc", "malformed"),)
    assert request("change", CMA).on_form(problems=gap).codes == []
    assert request("exit").on_form(problems=gap).codes == []
    assert request("change", CMA).on_form(problems=wrong).codes == ["application_incomplete"]
    assert request("exit").on_form(problems=wrong).codes == ["application_incomplete"]
    assert CLEAN.on_form(problems=gap).codes == ["application_incomplete"]


# supplements


def supplement(earlier: Case, *documents: Any) -> Case:
    return CLEAN.but(documents=documents, earlier=(earlier.documents,), request="supplement")


def test_a_supplement_is_judged_with_what_it_completes() -> None:
    first = CLEAN.lacking("management_rules")
    assert first.codes == ["management_rules_missing"]
    missing = next(each for each in CLEAN.documents if each.kind == "management_rules")
    assert supplement(first, missing).codes == []


def test_a_newer_paper_replaces_the_older_of_the_same_kind_and_number() -> None:
    unsealed = CLEAN.swapping(replace(LETTER, seals=()))
    assert supplement(unsealed, replace(LETTER, file="letter2.pdf")).codes == []
    blurred = CLEAN.swapping(with_field(CMA, "valid_to", confidence=0.2))
    assert supplement(blurred, replace(CMA, file="cma2.pdf")).codes == []
    worse = replace(CMA, file="cma2.pdf", seals=(own_seal("江苏省市场监督管理局"),))
    assert supplement(CLEAN, worse).codes == ["seal_missing"]


def test_an_older_paper_of_another_number_still_counts() -> None:
    other = with_field(replace(CMA, file="cma2.pdf"), "certificate_number", "241012340777")
    assert supplement(CLEAN, with_field(other, "valid_to", "2020-01-01")).codes == []


def test_a_paper_whose_number_could_not_be_read_is_replaced_too() -> None:
    unread = CLEAN.swapping(with_field(with_field(CMA, "certificate_number", None, 0.2), "holder_name", None, 0.2))
    assert "low_confidence" in unread.codes
    assert supplement(unread, replace(CMA, file="cma2.pdf")).codes == []


def test_the_last_of_several_supplements_wins() -> None:
    bad = with_field(LETTER, "signature_present", False)
    case = CLEAN.but(
        request="supplement",
        earlier=(CLEAN.documents, (replace(bad, file="2.pdf"),)),
        documents=(replace(LETTER, file="3.pdf"),),
    )
    assert case.codes == []
    assert case.but(earlier=(CLEAN.documents, (replace(LETTER, file="2.pdf"),)), documents=(bad,)).codes == [
        "commitment_letter_unsigned"
    ]


# pure, versioned, editable


def test_the_same_facts_give_the_same_decision() -> None:
    assert CLEAN.dossier() == CLEAN.dossier()
    assert TWO.decide() == TWO.decide()


def test_a_decision_can_be_made_again_for_another_day() -> None:
    assert CLEAN.but(as_of=date(2029, 3, 1)).decide().outcome == "admit"
    assert CLEAN.but(as_of=date(2029, 3, 2)).decide().outcome == "supplement"


def test_a_decision_records_what_made_it() -> None:
    made = CLEAN.decide().versions
    named = versions(POLICY, SERVICES, RULES)
    assert {key: made[key] for key in ("policy", "services", "rules")} == {
        key: named[key] for key in ("policy", "services", "rules")
    }
    assert all("+" in made[key] for key in ("policy", "services", "rules"))


def edited(tmp_path: Path, **changes: dict[str, Any]) -> Path:
    """A copy of the shipped rules with keys of some of them changed."""
    schema = json.loads(json.dumps(RULES.schema))
    for name, change in changes.items():
        schema["$defs"][name] |= change
    schema["x-version"] = "2"
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(schema, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_platform_changes_a_rule_by_editing_a_copy(tmp_path: Path) -> None:
    path = edited(
        tmp_path, management_rules_missing={"x-severity": "notice", "x-message": {"zh": "无制度", "en": "none"}}
    )
    decision = CLEAN.lacking("management_rules").decide(load_rules(path))
    assert (decision.outcome, decision.findings[0].message) == ("admit", {"zh": "无制度", "en": "none"})
    assert decision.versions["rules"].startswith("2+")
    assert decision.versions["rules"] != CLEAN.decide().versions["rules"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x-severity": "fatal"}, "x-severity must be one of"),
        ({"x-message": {"zh": "只有中文"}}, "x-message needs a text in zh and one in en"),
        ({"x-message": {"zh": "{坏", "en": "{bad"}}, "broken {placeholder}"),
        ({"properties": 3}, "not a JSON Schema"),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        load_rules(edited(tmp_path, seal_missing=change))
    assert "seal_missing" in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"$defs": {}}'])
def test_a_file_that_is_no_rule_set_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError):
        load_rules(path)
    with pytest.raises(UsageError):
        load_rules(tmp_path / "absent.json")


def test_any_other_validator_finds_the_same() -> None:
    """The annotations carry no meaning for validation: without them the same dossiers pass and fail."""

    def bare(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if not key.startswith("x-")}
        return [bare(each) for each in node] if isinstance(node, list) else node

    plain = Draft202012Validator(bare(RULES.schema))
    for case in (CLEAN, REJECTED, DOUBTFUL, TWO, clean("instrument_sharing")):
        assert plain.is_valid(case.dossier()) == (not case.decide().findings)


def test_the_rules_ask_for_no_fact_that_a_dossier_lacks() -> None:
    """A rule over a key that is never there would hold for ever; so every key of a rule stands in its object."""
    shipped = json.loads(resources.files("qi_pipeline.schemas").joinpath("dossier.json").read_bytes())
    told = json.dumps(shipped)
    for name, rule in RULES.schema["$defs"].items():
        if "x-code" in rule:
            parts = [rule, rule.get("if", {}), rule.get("then", {})]
            for key in [key for part in parts for key in part.get("properties", {})]:
                assert f'"{key}"' in told, f"{name}: {key}"


def test_unreadable_files_are_named_one_by_one() -> None:
    failures = (
        FileFailure(file="a.pdf", code="encrypted", message=""),
        FileFailure(file="b.zip!c.jpg", code="corrupt", message=""),
    )
    findings = CLEAN.but(failures=failures).decide().findings
    assert [finding.document for finding in findings] == ["a.pdf", "b.zip!c.jpg"]
    assert "密码" in findings[0].message["zh"]
    assert "damaged" in findings[1].message["en"]


def test_a_supplement_of_a_resident_is_judged_with_the_register() -> None:
    assert request("supplement", CMA).codes == []
    assert request("admission", CMA).codes != []


def test_lists_count_only_against_a_code_that_is_certain() -> None:
    unread = CLEAN.changing("business_licence", "holder_uscc", confidence=0.2).but(form=None)
    unread = unread.listed("serious", "2024-01-01")
    assert "serious_violation_listed" not in unread.codes
    assert "low_confidence" in unread.codes
    assert "serious_violation_listed" in CLEAN.listed("serious", "2024-01-01").codes
    assert "serious_violation_listed" not in CLEAN.listed("serious", "2024-01-01", code=OTHER_USCC).codes


def test_a_licence_without_its_code_is_a_doubt() -> None:
    assert CLEAN.swapping(without(LICENCE, "holder_uscc")).codes == ["low_confidence"]


def test_certificates_of_instruments_are_named_by_what_they_calibrate() -> None:
    lab = clean("instrument_sharing")
    assert lab.decide().services[0].by == ("calibration.pdf",)
    assert QUALIFICATIONS["calibration_certificate"] in lab.documents
