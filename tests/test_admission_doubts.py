"""A doubtful value never decides: for any packet and any value, lowering its confidence ends with a person.

Properties over spoilt packets: confidence, order, copies and further papers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admission_cases import (
    AS_OF,
    CAPABILITY,
    CLEAN,
    CMA,
    CREDIT_REPORT,
    LETTER,
    LICENCE,
    MANAGEMENT_RULES,
    NAME,
    OTHER,
    QUALIFICATIONS,
    SERVICES,
    STATEMENT,
    TESTING,
    Case,
    clean,
    own_seal,
    with_field,
)
from qi_pipeline.admission.facts import CreditSnapshot
from qi_pipeline.admission.form import DeclaredService
from qi_pipeline.model import Document
from test_admission_findings import PAIRS

GRAVITY = {"admit": 0, "manual_review": 1, "further_verification": 2, "supplement": 3, "reject": 4}

CASES = (
    [clean(service.item) for service in SERVICES.services] + [each.wrong for each in PAIRS] + [p.right for p in PAIRS]
)

DECISIVE: list[tuple[str, str, str]] = [
    ("testing", "business_licence", "scope_text"),
    ("testing", "cma_certificate", "valid_to"),
    ("testing", "commitment_letter", "promises"),
    ("testing", "commitment_letter", "information_categories"),
    ("testing", "commitment_letter", "signature_present"),
    ("instrument_sharing", "calibration_certificate", "calibrated_on"),
    ("schooling", "private_school_licence", "valid_to"),
]
"""Values on which a clean packet turns and which no other source repeats."""


@pytest.mark.parametrize(("item", "kind", "name"), DECISIVE)
def test_a_doubtful_decisive_value_goes_to_a_person(item: str, kind: str, name: str) -> None:
    case = clean(item)
    if name == "scope_text":
        case = case.changing(kind, name, "检验检测")
    assert case.codes == []
    for confidence in (0.89, 0.5, 0.0):
        decision = case.changing(kind, name, confidence=confidence).decide()
        assert (decision.outcome, decision.automatic) == ("manual_review", False)
        assert [finding.code for finding in decision.findings] == ["low_confidence"]
        assert decision.findings[0].evidence
    assert case.changing(kind, name, None, 0.0).decide().outcome == "manual_review"


UNREADABLE = [
    ("business_licence", "holder_uscc"),
    ("business_licence", "legal_representative"),
    ("cma_certificate", "holder_name"),
    ("cma_certificate", "scope_items"),
]


@pytest.mark.parametrize(("kind", "name"), UNREADABLE)
def test_what_is_printed_and_cannot_be_read_goes_to_a_person(kind: str, name: str) -> None:
    assert CLEAN.changing(kind, name, None, 0.0).codes == ["low_confidence"]


@pytest.mark.parametrize(("raw", "codes"), [("2026年77月99日", []), ("2026年 月 日", ["low_confidence"])])
def test_figures_in_every_place_are_a_date_though_misread(raw: str, codes: list[str]) -> None:
    def written(document: Document) -> Document:
        if document.kind != "commitment_letter":
            return document
        day = replace(document.fields["signed_on"], value=None, raw=raw, confidence=0.0)
        return replace(document, fields={**document.fields, "signed_on": day})

    assert replace(CLEAN, documents=tuple(written(each) for each in CLEAN.documents)).codes == codes


def test_that_a_letter_is_dated_does_not_turn_on_which_day_was_read() -> None:
    assert CLEAN.changing("commitment_letter", "signed_on", confidence=0.6).codes == []
    assert CLEAN.changing("commitment_letter", "signed_on", confidence=0.4).codes == ["low_confidence"]
    assert CLEAN.changing("commitment_letter", "signed_on", None, 0.0).codes == ["low_confidence"]


def test_a_letter_of_a_day_to_come_is_put_to_a_person_unless_the_day_is_sure():
    assert CLEAN.changing("commitment_letter", "signed_on", "2027-11-10", 0.6).codes == ["low_confidence"]
    assert CLEAN.changing("commitment_letter", "signed_on", "2027-11-10").codes == ["commitment_letter_undated"]


def test_a_name_that_cannot_be_read_is_settled_by_the_code_beside_it() -> None:
    assert CLEAN.changing("business_licence", "holder_name", None, 0.0).codes == []
    both = CLEAN.changing("business_licence", "holder_name", None, 0.0)
    assert both.changing("business_licence", "holder_uscc", None, 0.0).codes == ["low_confidence"]


@pytest.mark.parametrize("kind", ["business_licence", "cma_certificate", "commitment_letter", "management_rules"])
def test_a_paper_of_a_doubtful_kind_goes_to_a_person(kind: str) -> None:
    spoilt = tuple(replace(each, confidence=0.4) if each.kind == kind else each for each in CLEAN.documents)
    assert CLEAN.but(documents=spoilt).codes == ["low_confidence"]


def test_a_doubtful_name_of_another_is_no_mismatch_yet() -> None:
    assert CLEAN.changing("cma_certificate", "holder_name", OTHER, 0.7).codes == ["low_confidence"]
    look_alike = NAME.replace("检测", "捡测")
    assert CLEAN.changing("cma_certificate", "holder_name", look_alike, 0.99).codes == ["low_confidence"]


def test_a_doubtful_date_in_the_past_expires_nobody() -> None:
    yesterday = (AS_OF - timedelta(days=1)).isoformat()
    assert CLEAN.changing("cma_certificate", "valid_to", yesterday, 0.7).codes == ["low_confidence"]
    assert CLEAN.changing("business_licence", "valid_to", yesterday, 0.7).codes == ["low_confidence"]


def test_a_doubtful_code_with_a_wrong_check_character_is_no_finding_of_its_own() -> None:
    misread = str(LICENCE.fields["holder_uscc"].value).replace("Q", "0")
    assert CLEAN.changing("business_licence", "holder_uscc", misread, 0.6).codes == ["low_confidence"]


def test_a_certificate_that_prints_no_end_although_its_kind_has_one_is_a_doubt() -> None:
    bare = replace(CMA, fields={key: value for key, value in CMA.fields.items() if key != "valid_to"})
    assert CLEAN.swapping(bare).codes == ["low_confidence"]
    agency = clean("patent_agency")
    without_end = agency.swapping(
        replace(
            QUALIFICATIONS["patent_agency_licence"],
            fields={
                key: value for key, value in QUALIFICATIONS["patent_agency_licence"].fields.items() if key != "valid_to"
            },
        )
    )
    assert without_end.codes == []


def test_a_long_scope_is_doubtful_as_a_whole_before_one_item_of_it_is() -> None:
    """The term 检验检测 is 4 of some 190 characters; the text as a whole may well hold one wrong character."""
    assert CLEAN.changing("business_licence", "scope_text", confidence=0.6).codes == []
    assert CLEAN.changing("business_licence", "scope_text", confidence=0.0).codes == ["low_confidence"]


def test_a_term_that_may_have_been_misread_is_not_missing() -> None:
    near = "一般项目：检验捡测服务；技术服务"
    assert CLEAN.changing("business_licence", "scope_text", near, 0.7).codes == ["low_confidence"]
    assert CLEAN.changing("business_licence", "scope_text", near, 0.95).codes == ["service_outside_business_scope"]


def rows(*standards: str) -> list[Any]:
    return [{"category": "食品", "item": "铅", "standard": each, "limitation": "", "page": 3} for each in standards]


@pytest.mark.parametrize(
    ("standards", "confidence", "codes"),
    [
        (["GB 5009.12-2011"], 0.95, ["standard_edition_differs"]),
        (["GB 5009.12-2011"], 0.8, ["low_confidence"]),  # 2011 may be 2017
        (["GB 5009.12-2024"], 0.8, ["standard_edition_differs"]),
        (["GB 5009.12"], 0.95, ["standard_edition_differs"]),
        (["GB 5009.12"], 0.45, ["low_confidence"]),  # its year may have been lost
        (["GB 5009.17-2021"], 0.95, ["qualification_scope_insufficient"]),
        (["GB 5009.1Z-2017"], 0.8, ["low_confidence"]),
        (["HJ 1147-2020"], 0.8, ["qualification_scope_insufficient"]),
        (["GB 5S"], 0.95, ["low_confidence"]),  # what is left of a number that broke off at a letter
        (["GB 5S"], 0.99, ["qualification_scope_insufficient"]),  # not in a text layer
        (["《食品中铅的测定》B5009.12-2017"], 0.95, ["low_confidence"]),  # a letter of the prefix was not seen
        (["《食品中铅的测定》B5009.12-2017"], 0.99, ["qualification_scope_insufficient"]),
        (["《食品中铅的测定》B15009.12-2017"], 0.95, ["qualification_scope_insufficient"]),
        (["GB 6S"], 0.95, ["qualification_scope_insufficient"]),
        (["HJ 1147-2020"], 0.3, ["low_confidence"]),
        (["GB 5009.12-2017"], 0.6, []),  # a misreading does not turn into the very standard that was declared
    ],
)
def test_scope_rows_that_were_read_poorly(standards: list[str], confidence: float, codes: list[str]) -> None:
    assert CLEAN.changing("cma_certificate", "scope_items", rows(*standards), confidence).codes == codes


def test_a_second_certificate_in_doubt_does_not_spoil_a_certain_one() -> None:
    second = with_field(replace(CMA, file="cma2.pdf"), "certificate_number", "241012340777")
    second = with_field(second, "valid_to", confidence=0.2)
    assert CLEAN.having(second).codes == []


def test_a_certificate_in_doubt_may_hold_what_the_certain_one_lacks() -> None:
    second = with_field(replace(CMA, file="cma2.pdf"), "certificate_number", "241012340777")
    second = with_field(with_field(second, "valid_to", confidence=0.2), "scope_items", rows("GB 5009.17-2021"))
    both = CLEAN.on_form(services=(replace(TESTING, standards=("GB 5009.12-2017", "GB 5009.17-2021")),))
    assert both.codes == ["qualification_scope_insufficient"]
    assert both.having(second).codes == ["low_confidence"]


# properties


def gravity(case: Case) -> int:
    return GRAVITY[case.decide().outcome]


fields_of_papers = st.builds(
    lambda case, a, b: (case, a, b), st.sampled_from(CASES), st.integers(0, 99), st.integers(0, 99)
)


@settings(max_examples=80, deadline=None)
@given(fields_of_papers, st.sampled_from([0.0, 0.3, 0.6, 0.89]))
def test_lowering_a_confidence_never_admits_and_never_refuses(chosen: tuple[Case, int, int], confidence: float) -> None:
    case, at, which = chosen
    if not case.documents:
        return
    document = case.documents[at % len(case.documents)]
    if not document.fields:
        return
    name = sorted(document.fields)[which % len(document.fields)]
    spoilt = case.but(
        documents=tuple(
            with_field(each, name, confidence=confidence) if each is document else each for each in case.documents
        )
    )
    before, after = case.decide(), spoilt.decide()
    new = {finding.code for finding in after.findings} - {finding.code for finding in before.findings}
    assert new <= {"low_confidence", "qualification_expiring"}, (name, new)
    if before.outcome not in ("admit", "manual_review"):
        assert after.outcome != "admit" or not after.automatic
    if after.outcome == "reject":
        assert before.outcome == "reject"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.randoms(use_true_random=False))
def test_the_order_of_the_papers_does_not_matter(case: Case, random: Any) -> None:
    shuffled = list(case.documents)
    random.shuffle(shuffled)
    assert case.but(documents=tuple(shuffled)).codes == case.codes


GOOD: list[Document] = [
    LICENCE,
    CMA,
    LETTER,
    MANAGEMENT_RULES,
    CAPABILITY,
    STATEMENT,
    CREDIT_REPORT,
    *QUALIFICATIONS.values(),
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.sampled_from(GOOD), st.integers(0, 99))
def test_a_further_good_paper_never_makes_it_worse(case: Case, good: Document, number: int) -> None:
    if case.form is not None and case.form.institution.name != NAME:
        return
    extra = replace(good, file=f"extra{number}.pdf")
    worse = {finding.code for finding in case.having(extra).decide().findings}
    worse -= {finding.code for finding in case.decide().findings}
    # What a better paper brings to light was hidden by the worse one: a licence shows the scope, the code, the person.
    assert worse <= {
        "service_outside_business_scope",
        "uscc_mismatch",
        "legal_representative_mismatch",
        "qualification_scope_insufficient",
        "standard_edition_differs",
        "low_confidence",
        "qualification_expiring",
    }
    if not worse:
        assert gravity(case.having(extra)) <= gravity(case)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CASES), st.integers(0, 99))
def test_a_second_copy_of_a_paper_changes_nothing(case: Case, at: int) -> None:
    if not case.documents:
        return
    document = case.documents[at % len(case.documents)]
    copy = replace(document, file="copy.pdf")
    assert set(case.having(copy).codes) <= set(case.codes)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["2016-01-01", "2023-11-21", "2023-11-22", "2026-11-21", "2026-11-22", "2026-11-23"]),
    st.sampled_from(["violations", "serious", "abnormal"]),
    st.integers(0, 4000),
)
def test_an_entry_that_no_longer_counts_never_counts_again(listed_on: str, name: str, days: int) -> None:
    removed = (AS_OF - timedelta(days=1200)).isoformat()
    entry = CLEAN.listed(name, min(listed_on, removed), removed)
    assert entry.codes == [] or name == "violations"
    later = entry.but(as_of=AS_OF + timedelta(days=days % 700))
    assert not {code for code in later.codes if "listed" in code}


def test_without_lists_nothing_is_refused() -> None:
    none = CLEAN.listed("serious", "2024-01-01").but(credit=CreditSnapshot(loaded=()))
    assert none.codes == ["credit_not_checked"]


def test_services_that_the_table_does_not_know_do_not_qualify() -> None:
    odd = CLEAN.on_form(services=(DeclaredService(name="占星服务", item=None),)).decide()
    assert [service.qualified for service in odd.services] == [False]


def test_a_seal_that_reads_poorly_but_as_the_own_name_is_the_own() -> None:
    faint = replace(LICENCE, seals=(replace(own_seal(), confidence=0.5),))
    assert CLEAN.swapping(faint).codes == []
    misread = replace(LICENCE, seals=(replace(own_seal("江阴澄明某测枝木有限公可"), confidence=0.5),))
    assert CLEAN.swapping(misread).codes in (["low_confidence"], [])
    sister = replace(LICENCE, seals=(own_seal(OTHER),))
    assert CLEAN.swapping(sister).codes == ["seal_missing"]
