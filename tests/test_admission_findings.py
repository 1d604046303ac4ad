"""Every finding of the contract's table, just wrong and just right, on packets built in code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from admission_cases import (
    AS_OF,
    BOX,
    CAPABILITY,
    CLEAN,
    CMA,
    CREDIT_REPORT,
    FORM,
    INSTRUMENT,
    LETTER,
    LICENCE,
    MANAGEMENT_RULES,
    NAME,
    OTHER,
    OTHER_USCC,
    PERSON,
    QUALIFICATIONS,
    ROWS,
    RULES,
    STATEMENT,
    TESTING,
    USCC,
    Case,
    a_field,
    clean,
    own_seal,
    paper,
    with_field,
    without,
)
from qi_pipeline.admission.facts import CreditSnapshot, KnownQualification, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService
from qi_pipeline.admission.form_problems import problem
from qi_pipeline.model import Code, Document, ElectronicSignature, FileFailure, Finding

CONTRACT_CODES = [
    "application_missing",
    "application_incomplete",
    "customer_service_missing",
    "service_outside_business_scope",
    "licence_missing",
    "licence_expired",
    "licence_outdated",
    "qualification_missing",
    "qualification_expired",
    "qualification_not_yet_valid",
    "qualification_scope_insufficient",
    "standard_edition_differs",
    "holder_mismatch",
    "uscc_invalid",
    "uscc_mismatch",
    "legal_representative_mismatch",
    "code_mismatch",
    "management_rules_missing",
    "violation_within_three_years",
    "serious_violation_listed",
    "abnormal_operation_listed",
    "credit_not_checked",
    "capability_unproven",
    "equipment_calibration_missing",
    "equipment_calibration_expired",
    "regional_lead_unproven",
    "commitment_letter_missing",
    "commitment_letter_altered",
    "commitment_letter_unsigned",
    "commitment_letter_undated",
    "seal_missing",
    "document_unreadable",
    "low_confidence",
    "unknown_document",
    "qualification_expiring",
]
"""Every code of the contract's section 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One packet that is just wrong and its twin that is just right."""

    code: str
    wrong: Case
    right: Case
    also: tuple[str, ...] = ()
    """Findings that the wrong packet has besides."""
    note: str = ""
    severity: str | None = None


PAIRS: list[Pair] = []


def pair(code: str, note: str, wrong: Case, right: Case = CLEAN, *also: str, severity: str | None = None) -> None:
    PAIRS.append(Pair(code=code, note=note, wrong=wrong, right=right, also=also, severity=severity))


def day(days: int) -> str:
    return (AS_OF + timedelta(days=days)).isoformat()


LAB = clean("instrument_sharing")
CONSULTING = clean("quality_consulting")
UNSEALED = replace(LICENCE, seals=())
CALIBRATION = QUALIFICATIONS["calibration_certificate"]
FOREIGN_CMA = with_field(CMA, "holder_name", OTHER)
ISO = paper(
    "management_system_certificate",
    "iso.pdf",
    {"holder_name": NAME, "certificate_number": "04926Q10087R0M", "valid_to": day(200), "issued_on": "2025-01-10"},
)


def food(*standards: str, name: str = "食品中铅的测定") -> Case:
    return CLEAN.on_form(services=(DeclaredService(name=name, item="testing", standards=standards),))


def with_rows(*rows: dict[str, object]) -> Case:
    base = {"category": "食品", "item": "铅", "standard": "GB 5009.12-2017", "limitation": "", "page": 3}
    return CLEAN.changing("cma_certificate", "scope_items", [{**base, **row} for row in rows])


# 5.1 the application
pair("application_missing", "no form", CLEAN.but(form=None))
pair(
    "application_incomplete",
    "address left out",
    CLEAN.on_form(address=None, problems=(problem("institution.address", "missing"),)),
    CLEAN.on_form(problems=(problem("customer_service[0].name", "missing"),)),
)
pair("customer_service_missing", "nobody named", CLEAN.on_form(customer_service=()))

# 4.1 the business scope
SCOPE = "一般项目：知识产权服务（专利代理服务除外）；检验检测服务；计量技术服务"
pair(
    "service_outside_business_scope",
    "excluded by name",
    clean("patent_agency").changing("business_licence", "scope_text", SCOPE),
    clean("patent_agency"),
)
pair(
    "service_outside_business_scope",
    "no item for it",
    CLEAN.changing("business_licence", "scope_text", "一般项目：环境保护监测；技术服务"),
    CLEAN.changing("business_licence", "scope_text", "一般项目：环境保护监测；检验检测服务"),
)
pair(
    "service_outside_business_scope",
    "agency item excluded in the old bracket",
    clean("job_placement").changing(
        "business_licence", "scope_text", "人力资源服务（不含职业中介活动、劳务派遣服务）；企业管理咨询"
    ),
    clean("job_placement").changing("business_licence", "scope_text", "职业中介活动；企业管理咨询"),
)

# 5.1 a) the licence
pair("licence_missing", "none", CLEAN.lacking("business_licence"))
pair(
    "licence_expired",
    "ended the day before",
    CLEAN.changing("business_licence", "valid_to", day(-1)),
    CLEAN.changing("business_licence", "valid_to", day(0)),
)
pair(
    "licence_expired",
    "term begins the day after",
    CLEAN.changing("business_licence", "valid_from", day(1)).changing("business_licence", "valid_to", day(900)),
    CLEAN.changing("business_licence", "valid_from", day(0)).changing("business_licence", "valid_to", day(900)),
)
pair(
    "licence_expired",
    "legal-person certificate of five years",
    CLEAN.lacking("business_licence").having(
        with_field(replace(LICENCE, kind="public_institution_certificate"), "valid_to", day(-1))
    ),
    CLEAN.lacking("business_licence").having(
        with_field(replace(LICENCE, kind="public_institution_certificate"), "valid_to", day(0))
    ),
)
pair(
    "licence_outdated",
    "an old number only",
    CLEAN.swapping(with_field(without(LICENCE, "holder_uscc"), "registration_number", "320281000123457")),
    CLEAN.swapping(with_field(LICENCE, "registration_number", "320281000123457")),
)

# 4.2 qualifications
pair("qualification_missing", "no CMA", CLEAN.lacking("cma_certificate").having(CAPABILITY))
pair(
    "qualification_missing",
    "CNAS does not stand for CMA",
    CLEAN.lacking("cma_certificate").having(replace(CMA, kind="cnas_certificate")),
)
for item in (
    "special_equipment_inspection",
    "verification",
    "certification",
    "patent_agency",
    "job_placement",
    "schooling",
):
    kind = RULES and clean(item).services.get(item).requires  # type: ignore[union-attr]
    pair("qualification_missing", item, clean(item).lacking(kind).having(CAPABILITY), clean(item))
pair(
    "qualification_missing",
    "the register holds it",
    CLEAN.lacking("cma_certificate").having(CAPABILITY),
    CLEAN.lacking("cma_certificate")
    .having(CAPABILITY)
    .but(
        registry=RegistrySnapshot(
            state="exited",
            uscc=USCC,
            qualifications=(
                KnownQualification(
                    kind="cma_certificate",
                    number="231012341087",
                    issuing_authority=None,
                    valid_from=None,
                    valid_to=AS_OF,
                    services=(TESTING.name or "",),
                ),
            ),
        )
    ),
)
pair(
    "qualification_expired",
    "ended the day before",
    CLEAN.changing("cma_certificate", "valid_to", day(-1)),
    CLEAN.changing("cma_certificate", "valid_to", day(0)),
)
pair(
    "qualification_not_yet_valid",
    "begins the day after",
    CLEAN.changing("cma_certificate", "valid_from", day(1)),
    CLEAN.changing("cma_certificate", "valid_from", day(0)),
)
pair(
    "qualification_not_yet_valid",
    "issued the day after",
    CLEAN.changing("cma_certificate", "issued_on", day(1)),
    CLEAN.changing("cma_certificate", "issued_on", day(0)),
)
pair(
    "qualification_scope_insufficient",
    "a number that no row holds",
    food("GB 5009.12-2017", "GB 5009.17-2021"),
    food("GB 5009.12-2017", "GB 5009.15-2014"),
)
pair("qualification_scope_insufficient", "no annex", CLEAN.swapping(without(CMA, "scope_items")))
pair(
    "qualification_scope_insufficient",
    "the only row excludes the service",
    with_rows({"limitation": "不测铅、镉"}),
    with_rows({"limitation": "不测水产品"}),
)
pair(
    "low_confidence",
    "the only row lists other items as all that is tested",
    with_rows({"limitation": "只测镉、汞"}),
    with_rows({"limitation": "只测铅、镉"}),
)
pair(
    "low_confidence",
    "one of two parameters of the service is not among what is tested",
    food("GB 5009.12-2017", name="食品中铅、镉的测定").changing(
        "cma_certificate", "scope_items", [{**ROWS[0], "limitation": "仅限铅"}]
    ),  # type: ignore[dict-item]
    food("GB 5009.12-2017", name="食品中铅的测定").changing(
        "cma_certificate", "scope_items", [{**ROWS[0], "limitation": "仅限铅"}]
    ),  # type: ignore[dict-item]
)
pair(
    "low_confidence",
    "no standard declared, and the rows that name the service list other items",
    food(name="水质无机参数").changing(
        "cma_certificate", "scope_items", [{**ROWS[0], "item": "水质无机参数", "limitation": "只测pH、COD"}]
    ),  # type: ignore[dict-item]
    food(name="水质无机参数").changing(
        "cma_certificate", "scope_items", [{**ROWS[0], "item": "水质无机参数", "limitation": "只测第一法"}]
    ),  # type: ignore[dict-item]
)
pair(
    "qualification_scope_insufficient",
    "no standard declared, and every row that names the service takes it out",
    food(name="镉的测定").changing(
        "cma_certificate", "scope_items", [{**ROWS[1], "item": "镉的测定", "limitation": "不测镉"}]
    ),  # type: ignore[dict-item]
    food(name="镉的测定"),
)
APPROVAL = QUALIFICATIONS["certification_body_approval"]
ENERGY = clean("certification").on_form(services=(DeclaredService(name="能源管理体系认证", item="certification"),))
pair(
    "qualification_scope_insufficient",
    "an approval that excludes the service expressly",
    ENERGY.swapping(with_field(APPROVAL, "scope_text", "管理体系认证（不含能源管理体系认证）；服务认证")),
    ENERGY.swapping(with_field(APPROVAL, "scope_text", "管理体系认证（不含信息安全管理体系认证）；服务认证")),
)
pair("standard_edition_differs", "another year", food("GB 5009.12-2023"), food("GB 5009.12-2017"))
pair("standard_edition_differs", "no year", food("GB 5009.12"), food("GB 5009.12—2017"))

# 4.2, 5.1 whose papers
pair("holder_mismatch", "another's CMA", CLEAN.swapping(FOREIGN_CMA))
pair("holder_mismatch", "another's letter", CLEAN.changing("commitment_letter", "holder_name", OTHER))
pair(
    "holder_mismatch",
    "another's licence",
    CLEAN.changing("business_licence", "holder_name", OTHER),
    CLEAN.changing("business_licence", "holder_name", "江阴澄明检测技术 有限公司"),
)
pair(
    "holder_mismatch",
    "the parent's certificate",
    CLEAN.changing("cma_certificate", "holder_name", "江阴澄明检测技术有限公司宜兴分公司"),
    CLEAN.changing("cma_certificate", "holder_name", f"澄明检测中心（{NAME}）"),
)
pair(
    "holder_mismatch",
    "calibrated for another client",
    LAB.changing("calibration_certificate", "holder_name", OTHER),
    LAB,
)
BAD_CODE = USCC[:-1] + ("A" if USCC[-1] != "A" else "B")
pair(
    "uscc_invalid",
    "wrong check character, read with certainty",
    CLEAN.changing("business_licence", "holder_uscc", BAD_CODE).on_form(uscc=BAD_CODE),
)
pair("uscc_mismatch", "form and licence", CLEAN.on_form(uscc=OTHER_USCC))
pair(
    "uscc_mismatch",
    "letter and licence",
    CLEAN.changing("commitment_letter", "holder_uscc", OTHER_USCC),
    CLEAN.changing("commitment_letter", "holder_uscc", USCC),
)
pair(
    "legal_representative_mismatch",
    "form and licence",
    CLEAN.on_form(legal_representative="林见山"),
    CLEAN.changing("business_licence", "legal_representative", f"江阴云帆投资有限公司（委派代表：{PERSON}）"),
)
pair(
    "legal_representative_mismatch",
    "letter and licence",
    CLEAN.changing("commitment_letter", "legal_representative", "林见山"),
    CLEAN.changing("commitment_letter", "legal_representative", "陈 知行"),
)


def coded(text: str, document: Document = LICENCE) -> Case:
    return CLEAN.swapping(replace(document, codes=(Code(page=1, box=BOX, text=text),)))


pair(
    "code_mismatch",
    "the QR code holds another code",
    coded(f"http://www.gsxt.gov.cn/index.html?uniscid={OTHER_USCC}"),
    coded(f"http://www.gsxt.gov.cn/index.html?uniscid={USCC}"),
)
pair(
    "code_mismatch",
    "the QR code holds another number",
    coded("证书编号：231012340001", CMA),
    coded("证书编号：231012341087", CMA),
)

# 4.3
pair("management_rules_missing", "none", CLEAN.lacking("management_rules"))
pair(
    "violation_within_three_years",
    "three years to the day",
    CLEAN.listed("violations", "2023-11-22"),
    CLEAN.listed("violations", "2023-11-21"),
)
pair(
    "violation_within_three_years",
    "the day before",
    CLEAN.listed("violations", day(-1)),
    CLEAN.listed("violations", day(1)),
)
pair(
    "violation_within_three_years",
    "taken off does not undo it",
    CLEAN.listed("violations", "2025-01-01", "2026-01-01"),
    CLEAN.listed("violations", "2025-01-01", code=OTHER_USCC),
)
pair(
    "serious_violation_listed",
    "still listed after ten years",
    CLEAN.listed("serious", "2016-11-22"),
    CLEAN.listed("serious", "2016-11-22", "2023-11-21"),
)
pair(
    "serious_violation_listed",
    "taken off three years ago to the day",
    CLEAN.listed("serious", "2020-01-01", "2023-11-22"),
    CLEAN.listed("serious", "2020-01-01", "2023-11-21"),
)
pair(
    "abnormal_operation_listed",
    "listed now",
    CLEAN.listed("abnormal", "2020-01-01"),
    CLEAN.listed("abnormal", day(1)),
    severity="reject",
)
pair(
    "abnormal_operation_listed",
    "taken off within three years",
    CLEAN.listed("abnormal", "2020-01-01", "2023-11-22"),
    CLEAN.listed("abnormal", "2020-01-01", "2023-11-21"),
    severity="verify",
)
pair(
    "abnormal_operation_listed",
    "to be taken off tomorrow",
    CLEAN.listed("abnormal", "2020-01-01", day(1)),
    severity="reject",
)
pair(
    "abnormal_operation_listed",
    "taken off today",
    CLEAN.listed("abnormal", "2020-01-01", day(0)),
    severity="verify",
)
pair(
    "credit_not_checked",
    "no list, no report",
    CLEAN.but(credit=CreditSnapshot(loaded=())),
    CLEAN.but(credit=CreditSnapshot(loaded=())).having(CREDIT_REPORT),
)
pair(
    "credit_not_checked",
    "no list, another's report",
    CLEAN.but(credit=CreditSnapshot(loaded=())).having(with_field(CREDIT_REPORT, "holder_name", OTHER)),
    CLEAN.but(credit=CreditSnapshot(loaded=("abnormal",))),
)

# 4.4, 4.5
pair("capability_unproven", "nothing", CONSULTING.lacking("capability_proof"), CONSULTING)
pair(
    "capability_unproven",
    "a calibration certificate proves an instrument",
    CONSULTING.lacking("capability_proof").having(CALIBRATION),
    CONSULTING.lacking("capability_proof").having(ISO),
)
pair("equipment_calibration_missing", "no certificate", LAB.lacking("calibration_certificate"), LAB)
pair(
    "equipment_calibration_missing",
    "another serial number",
    LAB.on_form(equipment=(replace(INSTRUMENT, serial="A30665"),)),
    LAB.on_form(equipment=(replace(INSTRUMENT, serial="a-30664"),)),
)
pair(
    "equipment_calibration_missing",
    "one of two instruments",
    LAB.on_form(equipment=(INSTRUMENT, replace(INSTRUMENT, serial="B77120"))),
    LAB.on_form(equipment=(INSTRUMENT, replace(INSTRUMENT, serial="B77120"))).having(
        with_field(with_field(CALIBRATION, "instrument_serial", "B77120"), "certificate_number", "JZ2026-04712")
    ),
)
pair(
    "equipment_calibration_expired",
    "twelve months and a day",
    LAB.changing("calibration_certificate", "calibrated_on", "2025-11-21"),
    LAB.changing("calibration_certificate", "calibrated_on", "2025-11-22"),
)
pair(
    "equipment_calibration_expired",
    "its printed end",
    LAB.changing("calibration_certificate", "valid_to", day(-1)),
    LAB.changing("calibration_certificate", "valid_to", day(0)),
)
pair("regional_lead_unproven", "no statement", LAB.lacking("equipment_statement"), LAB)

# 5.1 c), Annex A
PROMISES = {str(number): True for number in range(1, 10)}
pair("commitment_letter_missing", "none", CLEAN.lacking("commitment_letter"))
pair(
    "commitment_letter_altered",
    "a changed promise",
    CLEAN.changing("commitment_letter", "promises", {**PROMISES, "3": False}),
)
pair(
    "commitment_letter_altered",
    "a promise left out",
    CLEAN.changing("commitment_letter", "promises", {key: True for key in PROMISES if key != "9"}),
)
pair("commitment_letter_altered", "nine categories", CLEAN.changing("commitment_letter", "information_categories", 9))
pair("commitment_letter_unsigned", "no ink", CLEAN.changing("commitment_letter", "signature_present", False))
pair("commitment_letter_undated", "no date", CLEAN.swapping(without(LETTER, "signed_on")))
pair(
    "commitment_letter_undated",
    "a day to come",
    CLEAN.changing("commitment_letter", "signed_on", day(1)),
    CLEAN.changing("commitment_letter", "signed_on", day(0)),
)

# 5.1 seals
pair("seal_missing", "licence without any", CLEAN.swapping(UNSEALED))
pair(
    "seal_missing",
    "the issuer's only",
    CLEAN.swapping(replace(CMA, seals=(own_seal("江苏省市场监督管理局"),))),
    CLEAN.swapping(replace(CMA, seals=(own_seal("江苏省市场监督管理局"), own_seal(page=4)))),
)
pair(
    "seal_missing",
    "a seal for contracts",
    CLEAN.swapping(replace(LETTER, seals=(own_seal(centre="合同专用章"),))),
    CLEAN.swapping(replace(LETTER, seals=(own_seal(centre="合同专用章"), own_seal(page=2)))),
)
pair("seal_missing", "another institution's", CLEAN.swapping(replace(LETTER, seals=(own_seal(OTHER),))))
SIGNED = ElectronicSignature(signer=NAME, intact=True, note="")
pair(
    "seal_missing",
    "a broken electronic signature",
    CLEAN.swapping(replace(UNSEALED, signatures=(replace(SIGNED, intact=False),))),
    CLEAN.swapping(replace(UNSEALED, signatures=(SIGNED,))),
)
pair(
    "seal_missing",
    "a certificate that is not required needs none",
    CLEAN.swapping(UNSEALED),
    CLEAN.having(replace(ISO, seals=())),
)

# the rest
pair(
    "document_unreadable",
    "a file with a password",
    CLEAN.but(failures=(FileFailure(file="more.pdf", code="encrypted", message=""),)),
)
pair(
    "low_confidence",
    "a doubtful end of the CMA",
    CLEAN.changing("cma_certificate", "valid_to", confidence=0.89),
    CLEAN.changing("cma_certificate", "valid_to", confidence=0.9),
)
pair(
    "low_confidence",
    "a CMA whose annex bears another number",
    CLEAN.changing("cma_certificate", "certificate_number", confidence=0.85, checks=("other_number",)),
    CLEAN.changing("cma_certificate", "certificate_number", confidence=0.85, checks=()),
)
FRONT = without(CMA, "scope_items")
ANNEX = replace(without(CMA, "legal_representative"), file="annex.pdf", annex_only=True)
pair(
    "low_confidence",
    "an annex in a file of its own that bears another number",
    CLEAN.swapping(FRONT).having(with_field(ANNEX, "certificate_number", "171012349876")),
    CLEAN.swapping(FRONT).having(with_field(ANNEX, "issued_on", "2024-05-06")),
)
pair(
    "low_confidence",
    "an annex without its certificate",
    CLEAN.swapping(replace(CMA, annex_only=True)),
    CLEAN.swapping(replace(CMA, annex_only=False)),
)
pair(
    "low_confidence",
    "a grey copy on which nobody can tell the seal",
    CLEAN.swapping(replace(UNSEALED, appearance="grey")),
    CLEAN.swapping(replace(LICENCE, appearance="grey")),
)
pair("low_confidence", "a seal that can't be read", CLEAN.swapping(replace(LICENCE, seals=(own_seal(None),))))
pair("unknown_document", "a lease", CLEAN.having(replace(CAPABILITY, kind="unknown", file="lease.pdf")))
pair(
    "unknown_document",
    "a page on which nothing could be read",
    CLEAN.having(replace(CAPABILITY, kind="unknown", file="scan.pdf", pages=(2, 3), legible=False)),
    CLEAN.having(replace(CAPABILITY, file="scan.pdf", legible=False)),
)
pair(
    "unknown_document",
    "a page inside a paper on which nothing could be read",
    CLEAN.having(replace(CAPABILITY, file="scan.pdf", pages=(2, 3), unread=(3,))),
    CLEAN.having(replace(CAPABILITY, file="scan.pdf", pages=(2, 3))),
)
pair(
    "qualification_expiring",
    "ninety days left",
    CLEAN.changing("cma_certificate", "valid_to", day(90)),
    CLEAN.changing("cma_certificate", "valid_to", day(91)),
)


def name_of(each: Pair) -> str:
    return f"{each.code}: {each.note}"


@pytest.mark.parametrize("each", PAIRS, ids=name_of)
def test_just_wrong_has_the_finding_and_no_other(each: Pair) -> None:
    assert each.wrong.codes == sorted([each.code, *each.also])


@pytest.mark.parametrize("each", PAIRS, ids=name_of)
def test_just_right_does_not(each: Pair) -> None:
    allowed = {"qualification_expiring"} - {each.code}
    assert set(each.right.codes) <= allowed


@pytest.mark.parametrize("each", [each for each in PAIRS if each.severity], ids=name_of)
def test_one_code_may_weigh_differently(each: Pair) -> None:
    assert {finding.severity for finding in each.wrong.decide().findings} == {each.severity}


def test_every_finding_of_the_contract_has_its_pair() -> None:
    assert {each.code for each in PAIRS} == set(CONTRACT_CODES)
    assert RULES.codes == set(CONTRACT_CODES)


@pytest.mark.parametrize("each", PAIRS, ids=name_of)
def test_messages_say_it_in_both_languages_with_every_fact_filled_in(each: Pair) -> None:
    for finding in each.wrong.decide().findings:
        for text in (*finding.message.values(), *finding.remedy.values(), *finding.expected.values()):
            assert "{" not in text
            assert text.strip()
        assert set(finding.message) == set(finding.remedy) == {"zh", "en"}
        assert "None" not in finding.message["en"]


PLACELESS = {
    "application_missing",
    "licence_missing",
    "management_rules_missing",
    "violation_within_three_years",
    "serious_violation_listed",
    "abnormal_operation_listed",
    "credit_not_checked",
    "capability_unproven",
    "regional_lead_unproven",
    "commitment_letter_missing",
    "qualification_missing",
    "equipment_calibration_missing",
    "document_unreadable",
}
"""What is not there has no place on paper."""


@pytest.mark.parametrize("each", PAIRS, ids=name_of)
def test_every_finding_points_to_its_place(each: Pair) -> None:
    for finding in each.wrong.decide().findings:
        if finding.code == each.code:
            assert bool(finding.evidence) == (each.code not in PLACELESS)


def only(case: Case, code: str) -> list[tuple[str | None, str | None]]:
    return [(f.document, f.service) for f in case.decide().findings if f.code == code]


def test_findings_name_their_document_and_service() -> None:
    assert only(CLEAN.changing("cma_certificate", "valid_to", day(-1)), "qualification_expired") == [
        ("cma.pdf", "食品中铅的测定")
    ]
    assert only(food("GB 5009.12-2023"), "standard_edition_differs") == [("cma.pdf", "食品中铅的测定")]
    assert only(CLEAN.swapping(FOREIGN_CMA), "holder_mismatch") == [("cma.pdf", None)]
    outside = CLEAN.changing("business_licence", "scope_text", "食品销售")
    assert only(outside, "service_outside_business_scope") == [("licence.pdf", "食品中铅的测定")]
    unsure = CLEAN.changing("commitment_letter", "signature_present", confidence=0.5)
    assert only(unsure, "low_confidence") == [("letter.pdf", None)]
    assert "True" not in unsure.decide().findings[0].message["zh"]
    assert only(CLEAN.having(replace(CAPABILITY, kind="unknown", file="lease.pdf")), "unknown_document") == [
        ("lease.pdf", None)
    ]


def test_a_page_that_could_not_be_read_says_so_and_one_of_another_kind_does_not() -> None:
    def said(legible: bool) -> list[Finding]:
        lease = replace(CAPABILITY, kind="unknown", file="scan.pdf", pages=(2, 3), legible=legible)
        return [each for each in CLEAN.having(lease).decide().findings if each.code == "unknown_document"]

    (unread,), (other,) = said(False), said(True)
    assert unread.message["zh"].startswith("文件“scan.pdf”第2、3页读不出任何文字（空白页")
    assert unread.message["en"].startswith("No word could be read on page 2, 3 of “scan.pdf” (a blank page")
    assert "重新扫描" in unread.remedy["zh"]
    assert "未能归入已知的材料种类" in other.message["zh"]
    assert "读不出" not in other.message["zh"]
    assert (unread.clause, unread.severity) == (other.clause, other.severity) == ("—", "notice")


def test_a_page_that_nobody_can_read_is_shown_where_it_lies() -> None:
    paper = replace(CAPABILITY, file="scan.pdf", pages=(2, 3), unread=(3,))
    (found,) = (each for each in CLEAN.having(paper).decide().findings if each.code == "unknown_document")
    assert found.message["zh"].endswith("：scan.pdf (3)。")
    assert [(place.file, place.page, place.box) for place in found.evidence] == [("scan.pdf", 3, (0.0, 0.0, 1.0, 1.0))]


def test_another_year_of_one_standard_and_none_of_another_are_two_findings() -> None:
    assert food("GB 5009.12-2023", "GB 5009.17-2021").codes == [
        "qualification_scope_insufficient",
        "standard_edition_differs",
    ]


def test_two_certificates_cover_together_what_neither_covers_alone() -> None:
    second = replace(
        with_field(
            with_field(CMA, "certificate_number", "241012340555"),
            "scope_items",
            [{"category": "食品", "item": "汞", "standard": "GB 5009.17-2021", "limitation": "", "page": 2}],
        ),
        file="cma2.pdf",
    )
    case = food("GB 5009.12-2017", "GB 5009.17-2021").having(second)
    decision = case.decide()
    assert case.codes == []
    assert decision.services[0].by == ("cma.pdf", "cma2.pdf")
    assert {row["standard"] for row in decision.services[0].rows} == {"GB 5009.12-2017", "GB 5009.17-2021"}


def test_an_expired_certificate_beside_its_renewal_does_not_matter() -> None:
    old = replace(
        with_field(with_field(CMA, "valid_to", day(-400)), "certificate_number", "171012340008"), file="old.pdf"
    )
    assert CLEAN.having(old).codes == []
    assert CLEAN.having(replace(old, seals=())).codes == []
    agency = QUALIFICATIONS["patent_agency_licence"]
    older = replace(with_field(agency, "valid_to", "2027-06-30"), file="older.pdf", seals=())
    assert clean("patent_agency").having(older).codes == []


def test_an_annex_in_a_file_of_its_own_belongs_to_its_certificate() -> None:
    annex = replace(
        paper("cma_certificate", "annex.pdf", {"scope_items": ROWS}, pages=40, sealed=False), appearance="colour"
    )
    case = CLEAN.swapping(without(CMA, "scope_items")).having(annex)
    assert case.codes == []
    assert case.decide().services[0].rows[0]["file"] == "annex.pdf"


def test_a_copy_that_shows_a_value_with_certainty_settles_the_doubtful_copy() -> None:
    blurred = replace(with_field(CMA, "valid_to", confidence=0.4), file="cma-grey.pdf", seals=(), appearance="grey")
    assert CLEAN.swapping(blurred).codes == ["low_confidence"]
    assert CLEAN.having(blurred).codes == []
    assert CLEAN.lacking("cma_certificate").having(blurred, CMA).codes == []


def test_mixed_papers_of_one_institution_and_another_name_the_strange_one() -> None:
    foreign = replace(with_field(CMA, "holder_name", OTHER), file="theirs.pdf")
    foreign = with_field(foreign, "certificate_number", "221012349999")
    assert only(CLEAN.having(foreign), "holder_mismatch") == [("theirs.pdf", None)]


def test_a_branch_may_lay_its_parents_licence_beside_its_own() -> None:
    branch = f"{NAME}宜兴分公司"
    parent = replace(with_field(LICENCE, "holder_uscc", OTHER_USCC), file="parent.pdf")
    case = CLEAN.on_form(name=branch)
    for kind in ("business_licence", "cma_certificate"):
        case = case.changing(kind, "holder_name", branch)
    case = case.but(
        documents=tuple(
            replace(each, seals=tuple(replace(s, text=branch) if s.text == NAME else s for s in each.seals))
            for each in case.documents
        )
    )
    assert case.codes == []
    assert case.having(parent).codes == []
    assert case.lacking("business_licence").having(parent).codes == ["holder_mismatch", "uscc_mismatch"]


def test_a_certificate_of_the_same_name_with_another_code_is_another_institutions() -> None:
    hr = with_field(QUALIFICATIONS["hr_service_licence"], "holder_uscc", OTHER_USCC)
    assert clean("job_placement").swapping(hr).codes == ["holder_mismatch"]


def test_where_form_and_licence_give_two_codes_neither_makes_a_paper_anothers() -> None:
    report = with_field(CREDIT_REPORT, "holder_uscc", USCC)
    case = CLEAN.on_form(uscc=OTHER_USCC).but(credit=CreditSnapshot(loaded=())).having(report)
    assert case.codes == ["uscc_mismatch"]


def test_whoever_made_the_packet_without_a_form_is_the_licences_holder() -> None:
    assert CLEAN.but(form=None).dossier()["institution"]["name"] == NAME  # type: ignore[index,call-overload]


def test_an_instrument_that_nobody_named_needs_a_certificate_all_the_same() -> None:
    assert LAB.on_form(equipment=()).lacking("calibration_certificate").codes == ["equipment_calibration_missing"]
    assert LAB.on_form(equipment=()).codes == []


@pytest.mark.parametrize("printed", ["A30664", "a-30664", "No.A30664", "A30664朗分析", "编号：A30664"])
def test_a_serial_number_is_matched_as_printed(printed: str) -> None:
    assert LAB.changing("calibration_certificate", "instrument_serial", printed, 0.6).codes == []
    other = LAB.changing("calibration_certificate", "instrument_serial", "A306641", 0.95)
    assert other.codes == ["equipment_calibration_missing"]


def test_a_serial_number_that_was_read_in_doubt_and_differs_is_a_doubt() -> None:
    assert LAB.changing("calibration_certificate", "instrument_serial", "A3O66A", 0.6).codes == ["low_confidence"]
    assert LAB.changing("calibration_certificate", "instrument_serial", None, 0.0).codes == ["low_confidence"]


def test_a_shared_laboratory_needs_no_proof_of_capability() -> None:
    assert "capability_unproven" not in LAB.lacking("calibration_certificate", "equipment_statement").codes


def test_the_same_fault_is_told_once() -> None:
    two = (
        CLEAN.on_form(services=(TESTING, replace(TESTING, name="食品中镉的测定", standards=("GB 5009.15-2014",))))
        .lacking("cma_certificate")
        .having(CAPABILITY)
    )
    findings = [finding for finding in two.decide().findings if finding.code == "qualification_missing"]
    assert [finding.service for finding in findings] == ["食品中铅的测定", "食品中镉的测定"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: case.changing("business_licence", "holder_name", confidence=0.5),
        lambda case: case.changing("business_licence", "holder_uscc", confidence=0.5),
        lambda case: case.changing("business_licence", "legal_representative", confidence=0.5),
        lambda case: case.changing("cma_certificate", "holder_name", confidence=0.5),
    ],
    ids=["name", "code", "person", "holder of a certificate"],
)
def test_what_reads_as_the_application_says_is_settled_by_that(spoil: Callable[[Case], Case]) -> None:
    assert spoil(CLEAN).codes == []


def test_the_first_day_of_a_new_year_is_judged_by_its_own_date() -> None:
    assert CLEAN.but(as_of=date(2029, 3, 1)).codes == ["qualification_expiring"]
    assert "qualification_expired" in CLEAN.but(as_of=date(2029, 3, 2)).codes


def test_fixtures_are_clean() -> None:
    assert CLEAN.codes == []
    assert {each.kind for each in CLEAN.documents} >= {"business_licence", MANAGEMENT_RULES.kind}
    assert STATEMENT in LAB.documents
    assert FORM.blocking == ()
    assert a_field("x").confidence >= 0.9


def test_a_day_that_is_not_there_is_shown_on_the_page_of_the_signature() -> None:
    signature = replace(LETTER.fields["signature_present"], page=2, box=(0.5, 0.6, 0.8, 0.7))
    letter = replace(LETTER, fields={**LETTER.fields, "signature_present": signature})
    (found,) = CLEAN.swapping(without(letter, "signed_on")).decide().findings
    assert found.code == "commitment_letter_undated"
    assert [(place.file, place.page, place.box) for place in found.evidence] == [
        ("letter.pdf", 2, (0.0, 0.0, 1.0, 1.0))
    ]


def in_two_files(changed: str, *, signed: bool, cut: str = "8") -> list[str]:
    """The findings over a letter whose pages are files of their own, the page break in promise ``cut``."""
    upper = {number: number < cut and number != changed for number in PROMISES}
    lower = {number: number > cut and number != changed for number in PROMISES}
    gone = tuple(f"!{number}:missing" for number in PROMISES if number > cut)
    above = tuple(f"!{number}:missing" for number in PROMISES if number < cut)
    turned = (f"!{changed}:changed",) if changed else ()
    torn = (f"!{cut}:changed",) if cut != "8" else ()
    whole = {**upper, "8": True} if cut == "8" else upper
    said = LETTER.fields["promises"]
    asked = LETTER.fields["signature_present"]
    first = {
        "promises": replace(said, value={**whole}, checks=(*gone, *turned, *torn)),
        "information_categories": replace(said, value=0),
        "signature_present": replace(asked, value=False, confidence=0.5, checks=("!label",)),
    }
    second = {
        **LETTER.fields,
        "promises": replace(said, value=lower, checks=(*above, *torn)),
        "signature_present": replace(asked, value=signed, confidence=0.95, checks=("ink",) if signed else ("!ink",)),
    }
    halves = (
        replace(LETTER, file="letter1.jpg", pages=(1,), fields=first, seals=()),
        replace(LETTER, file="letter2.jpg", pages=(1,), fields=second),
    )
    return CLEAN.swapping(*halves).codes


def test_a_letter_in_two_files_is_judged_by_what_each_page_shows() -> None:
    assert in_two_files("", signed=True) == []
    assert in_two_files("3", signed=True) == ["commitment_letter_altered"]
    assert in_two_files("", signed=False) == ["commitment_letter_unsigned"]
    assert in_two_files("", signed=True, cut="6") == ["low_confidence"]


def test_a_letter_that_says_more_than_annex_a_is_not_called_unread() -> None:
    (found,) = CLEAN.changing("commitment_letter", "promises", confidence=0.5).decide().findings
    assert (found.code, found.severity) == ("low_confidence", "review")
    assert "文字与附录A不尽一致" in found.message["zh"]
    assert "not wholly that of Annex A" in found.message["en"]
