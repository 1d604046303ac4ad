"""Packets that look right and are not, each beside the one that is: what a hurried reader would wave through."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from admission_cases import (
    CLEAN,
    CMA,
    LETTER,
    NAME,
    OTHER,
    PERSON,
    QUALIFICATIONS,
    ROWS,
    SERVICES,
    TESTING,
    USCC,
    Case,
    clean,
    own_seal,
    with_field,
    without,
)
from qi_pipeline.admission.facts import KnownQualification, RegistrySnapshot
from qi_pipeline.admission.form import Instrument
from qi_pipeline.model import Document, Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.rows import Entry
from qi_pipeline.registration import entry_of

ON_FILE = KnownQualification(
    kind="cma_certificate",
    number="231012341087",
    issuing_authority=None,
    valid_from=None,
    valid_to=date(2029, 3, 1),
    services=(TESTING.name or "",),
)
RESIDENT = RegistrySnapshot(
    state="active",
    name=NAME,
    uscc=USCC,
    legal_representative=PERSON,
    address="江阴市澄江街道虚拟路8号",
    category="inspection_testing",
    qualifications=(ON_FILE,),
    standards={TESTING.name or "": TESTING.standards},
)
CHANGE = CLEAN.but(documents=(LETTER,), registry=RESIDENT, request="change")


def offering(case: Case, *standards: str) -> Case:
    return case.on_form(services=(replace(TESTING, standards=standards),))


# a resident's services


def test_the_register_vouches_for_the_standards_with_which_a_service_came_in() -> None:
    assert offering(CHANGE, "GB 5009.12-2017").decide().outcome == "admit"
    assert offering(CHANGE, "GB 5009.15-2014").codes == ["qualification_scope_insufficient"]
    more = offering(CHANGE, "GB 5009.12-2017", "GB 4789.2-2022")
    assert (more.decide().outcome, more.codes) == ("supplement", ["qualification_scope_insufficient"])
    assert [each.qualified for each in more.decide().services] == [False]
    assert offering(CHANGE, "GB 5009.12-2023").codes == ["standard_edition_differs"]


def test_a_standard_that_the_register_lacks_may_be_shown_by_the_annex() -> None:
    brought = CHANGE.having(CMA)
    assert offering(brought, "GB 5009.12-2017", "HJ 1147-2020").decide().outcome == "admit"
    assert offering(brought, "GB 5009.12-2017", "HJ 9999-2020").codes == ["qualification_scope_insufficient"]


def test_a_rosters_service_names_no_standards_and_is_held_by_its_certificate() -> None:
    old = CHANGE.but(registry=replace(RESIDENT, standards={}))
    assert offering(old, "GB 5009.12-2017", "GB 4789.2-2022").decide().outcome == "admit"


# shared instruments that the form does not list


SHARING = clean("instrument_sharing").on_form(equipment=())


@pytest.mark.parametrize(
    ("field", "value", "codes"),
    [
        ("calibrated_on", "2025-11-22", []),
        ("calibrated_on", "2025-11-21", ["equipment_calibration_expired"]),
        ("holder_name", NAME, []),
        ("holder_name", OTHER, ["holder_mismatch"]),
    ],
)
def test_an_instrument_that_only_its_certificate_names_is_judged_by_it(
    field: str, value: str, codes: list[str]
) -> None:
    case = SHARING.changing("calibration_certificate", field, value)
    assert case.codes == codes
    assert [each.qualified for each in case.decide().services] == [not codes]


def test_of_two_certificates_of_one_instrument_the_newer_counts() -> None:
    old = replace(
        with_field(QUALIFICATIONS["calibration_certificate"], "calibrated_on", "2024-01-01"), file="calibration-old.pdf"
    )
    assert SHARING.having(with_field(old, "certificate_number", "JZ2024-00001")).codes == []
    other = with_field(with_field(old, "certificate_number", "JZ2024-00001"), "instrument_serial", "B20117")
    assert SHARING.having(other).codes == ["equipment_calibration_expired"]


def test_a_doubtful_calibration_is_for_a_person() -> None:
    case = SHARING.changing("calibration_certificate", "calibrated_on", confidence=0.6)
    assert (case.decide().outcome, case.codes) == ("manual_review", ["low_confidence"])


# what the register takes over


def entered(case: Case, policy: Policy | None = None) -> Entry:
    found = entry_of(case.dossier(), case.decide(), case.documents, policy or case.policy)
    assert found is not None
    return found


def test_a_doubtful_authority_is_not_taken_over() -> None:
    assert entered(CLEAN).qualifications[0].issuing_authority == "江苏省市场监督管理局"
    doubtful = CLEAN.changing("cma_certificate", "issuing_authority", confidence=0.7)
    assert doubtful.decide().outcome == "admit"
    assert entered(doubtful).qualifications[0].issuing_authority is None


def test_a_calibration_counts_in_the_register_as_long_as_policy_says() -> None:
    case = clean("instrument_sharing")
    assert [each.valid_to for each in entered(case).qualifications] == ["2027-03-18"]
    longer = replace(case.policy, admission=replace(case.policy.admission, calibration_months=24))
    assert [each.valid_to for each in entered(case.but(policy=longer)).qualifications] == ["2028-03-18"]


def test_what_is_doubtful_of_a_certificate_is_said_with_the_entry() -> None:
    case = CLEAN.changing("cma_certificate", "valid_to", confidence=0.6)
    assert (entered(case).qualifications, entered(case).doubtful) == ((), (("cma_certificate", "cma.pdf"),))
    assert entered(CLEAN).doubtful == ()


# whatever is spoiled, nobody is admitted for a service that does not qualify

VALUES: dict[str, list[Json]] = {
    "valid_to": ["2029-03-01", "2026-11-22", "2026-11-21", None],
    "holder_name": [NAME, OTHER, None, "江阴澄明捡测技术有限公司"],
    "issued_on": ["2023-03-02", "2026-12-30", None],
    "certificate_number": ["231012341087", None],
    "scope_items": [ROWS, ROWS[1:], None, []],
    "scope_text": ["许可项目：检验检测服务", "销售日用品", None],
    "promises": [{str(number): number != 3 for number in range(1, 10)}, None],
    "signature_present": [False, None],
    "instrument_serial": ["A30664", "B1", None],
    "calibrated_on": ["2026-03-18", "2024-01-01", None],
}


def spoiled(document: Document, draw: random.Random) -> Document:
    ways: list[Callable[[], Document]] = [
        lambda: replace(document, confidence=draw.choice([0.6, 0.3])),
        lambda: replace(document, seals=draw.choice([(), (own_seal(None),), (own_seal("江苏省市场监督管理局"),)])),
        lambda: replace(document, appearance="grey", seals=()),
        lambda: without(document, draw.choice(list(document.fields) or ["address"])),
    ]
    if draw.random() < 0.3:
        return draw.choice(ways)()
    name = draw.choice([each for each in VALUES if each in document.fields] or ["holder_name"])
    confidence = draw.choice([0.99, 0.95, 0.7, 0.4])
    if name in document.fields and draw.random() < 0.4:
        return with_field(document, name, confidence=confidence)
    return with_field(document, name, draw.choice(VALUES[name]), confidence)


@pytest.mark.parametrize("seed", range(12))
def test_no_spoiled_packet_admits_a_service_that_does_not_qualify(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(25):
        case = clean(draw.choice(SERVICES.services).item)
        documents = list(case.documents)
        for _ in range(draw.choice([1, 2, 3])):
            at = draw.randrange(len(documents))
            documents[at] = spoiled(documents[at], draw)
        if draw.random() < 0.3:
            case = case.but(registry=replace(RESIDENT, standards={}), request=draw.choice(["change", "renewal"]))
        case = case.but(documents=tuple(documents))
        decision = case.decide()
        doubts = [each for each in decision.findings if each.severity == "review"]
        assert decision.automatic or doubts or decision.outcome == "reject"
        if decision.outcome != "admit":
            continue
        assert all(each.qualified for each in decision.services), case
        entry = entry_of(case.dossier(), decision, case.documents, case.policy)
        assert entry is not None
        if case.request == "admission":
            linked = {name for each in entry.qualifications for name in each.services}
            assert {each.name for each in entry.services if _required(each.item)} <= linked


def _required(item: str | None) -> str | None:
    row = SERVICES.get(item)
    assert row is not None
    return row.requires


def test_an_instrument_of_the_form_is_matched_by_its_serial_alone() -> None:
    listed = SHARING.on_form(equipment=(Instrument(name="原子吸收分光光度计", model="AA-7000", serial="A30664"),))
    assert listed.codes == []
    other = SHARING.on_form(equipment=(Instrument(name="原子吸收分光光度计", model="AA-7000", serial="A30665"),))
    assert other.codes == ["equipment_calibration_missing"]
