"""Packets with one fault each, and good ones.

:data:`CASES` has for every finding of the contract (section 6) a packet that just deserves it and, as its twin, one
that just does not. A packet is used in three ways: :meth:`Packet.documents` (what perfect extraction finds),
:meth:`Packet.readings` (what reading finds) and :meth:`Packet.write_folder` and the like (real files).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from papers import certificates, cma, form, invent, letter, licence, marks, supporting
from papers.form import Service
from papers.handed_in import (
    CREDIT,
    LETTER,
    LICENCE,
    PROOF,
    QUALIFICATION,
    RULES,
    STATEMENT,
    Packet,
    file_bytes,
    good_packet,
    qualification,
    zip_bytes,
)
from papers.invent import AS_OF, FOOD, Institution
from qi_pipeline.admission.facts import CreditEntry

__all__ = [
    "CASES",
    "CREDIT",
    "LETTER",
    "LICENCE",
    "PROOF",
    "QUALIFICATION",
    "RULES",
    "STATEMENT",
    "Case",
    "Packet",
    "file_bytes",
    "good_packet",
    "packet",
    "qualification",
    "zip_bytes",
]
DAY = timedelta(days=1)

# -- packets with one fault ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A packet and the findings it deserves."""

    build: Callable[[int], Packet]
    codes: tuple[str, ...]
    outcome: str
    twin: str | None = None
    """The case that is the other side of the boundary."""


def packet(fault: str, seed: int = 1) -> Packet:
    """The packet of one case."""
    return CASES[fault].build(seed)


def _testing(**options: object) -> Callable[[int], Packet]:
    return lambda seed: good_packet(seed=seed, qualification_options=options)


def _licensed(**options: object) -> Callable[[int], Packet]:
    return lambda seed: good_packet(seed=seed, licence_options=options)


def _lettered(**options: object) -> Callable[[int], Packet]:
    return lambda seed: good_packet(seed=seed, letter_options=options)


def _without(name: str, **options: object) -> Callable[[int], Packet]:
    return lambda seed: good_packet(seed=seed, **options).without(name)  # type: ignore[arg-type]


def _other(seed: int) -> Institution:
    return invent.institution(seed + 700)


def _listed(which: str, listed: date, removed: date | None = None) -> Callable[[int], Packet]:
    def build(seed: int) -> Packet:
        made = good_packet(seed=seed)
        entry = CreditEntry(
            list=which,
            uscc=made.body.uscc,
            name=made.body.name,
            listed_on=listed,
            removed_on=removed,
            reason="未按规定公示年度报告",
        )  # type: ignore[arg-type]
        return made.but(lists=("violations", "abnormal", "serious"), entries=(entry,))

    return build


def _rescoped(scope: str) -> Callable[[int], Packet]:
    def build(seed: int) -> Packet:
        made = good_packet(seed=seed)
        return made.having(LICENCE, licence.licence(made.body.but(scope=scope), seed=seed))

    return build


def _broken_code(seed: int) -> Packet:
    made = good_packet(seed=seed)
    body = made.body.but(uscc=invent.broken_uscc(made.body.uscc))
    again = good_packet(seed=seed, changes={"uscc": body.uscc})
    return again.having(LICENCE, licence.licence(body, seed=seed)).having(
        CREDIT, supporting.credit_report(body, seed=seed)
    )


def _foreign(seed: int) -> Packet:
    made = good_packet(seed=seed)
    return made.having(QUALIFICATION, cma.certificate(_other(seed), seed=seed, own_seal=False).joined())


def _foreign_sealed(seed: int) -> Packet:
    """Made out to another institution, with the applicant's own seal on the copy."""
    made = good_packet(seed=seed)
    paper = cma.certificate(_other(seed), seed=seed, own_seal=False)
    marks.own_seal(paper.sheets[0], made.body.name, x=62, y=196, seed=seed)
    return made.having(QUALIFICATION, paper)


def _narrow(seed: int) -> Packet:
    """Full-width brackets on the certificate, half-width ones on the form."""
    made = good_packet(seed=seed)
    name = made.body.name.replace("检测技术", "（江南）检测技术")
    body = made.body.but(name=name)
    return Packet(
        body,
        form.application(body, item="testing", seed=seed, changes={"name": name.replace("（", "(").replace("）", ")")}),
        {
            LICENCE: [licence.licence(body, seed=seed)],
            QUALIFICATION: [cma.certificate(body, seed=seed)],
            LETTER: [letter.letter(body, seed=seed)],
            RULES: [supporting.rules(body, seed=seed)],
            CREDIT: [supporting.credit_report(body, seed=seed)],
            PROOF: [supporting.capability(body, seed=seed)],
        },
    )


def _declared(*standards: str) -> Callable[[int], Packet]:
    return lambda seed: good_packet(
        seed=seed, services=(Service(name="食品检测", item="testing", standards=standards),)
    )


def _shared(
    calibrated_on: date | None = date(2026, 4, 8),
    *,
    serial_off: bool = False,
    statement: bool = True,
    verified_to: date | None = None,
) -> Callable[[int], Packet]:
    def build(seed: int) -> Packet:
        made = good_packet("shared_laboratory", seed=seed)
        assert made.application is not None
        tool = made.application.equipment[0]
        name = "校准证书1.pdf"
        if calibrated_on is None:
            made = made.without(name)
        else:
            serial = "Z99999" if serial_off else tool.serial
            paper = certificates.calibration(
                made.body,
                name=tool.name,
                model=tool.model,
                serial=serial,
                calibrated_on=calibrated_on,
                verification=verified_to is not None,
                valid_to=verified_to,
                seed=seed + 1,
            )
            made = made.having(name, paper)
        return made if statement else made.without(STATEMENT)

    return build


def _approved(valid_from: date) -> Callable[[int], Packet]:
    return lambda seed: good_packet(
        "certification_accreditation", seed=seed, qualification_options={"valid_from": valid_from, "both_dates": True}
    )


def _bare(seed: int) -> Packet:
    """No certificate and no proof of capability, in a category that needs no qualification."""
    return good_packet("quality_management", seed=seed).without(PROOF)


def _with_iso(seed: int) -> Packet:
    made = _bare(seed)
    return made.having("体系证书.jpg", certificates.management_system(made.body, seed=seed))


def _years(day: date, years: int) -> date:
    return day.replace(year=day.year - years)


_SUPPLEMENT, _VERIFY, _ADMIT = "supplement", "further_verification", "admit"

CASES: dict[str, Case] = {
    "good": Case(lambda s: good_packet(seed=s), (), _ADMIT),
    "application_missing": Case(
        lambda s: good_packet(seed=s).but(application=None), ("application_missing",), _SUPPLEMENT, "scanned_form"
    ),
    "scanned_form": Case(lambda s: good_packet(seed=s, scanned_form=True), (), _ADMIT, "application_missing"),
    "application_incomplete": Case(
        lambda s: good_packet(seed=s, omit=("address",)), ("application_incomplete",), _SUPPLEMENT, "no_reference"
    ),
    "no_services": Case(lambda s: good_packet(seed=s, services=()), ("application_incomplete",), _SUPPLEMENT, "good"),
    "no_reference": Case(lambda s: good_packet(seed=s, reference=None), (), _ADMIT, "application_incomplete"),
    "customer_service_missing": Case(
        lambda s: good_packet(seed=s, customer_service=()),
        ("customer_service_missing",),
        _SUPPLEMENT,
        "customer_service_part_time",
    ),
    "customer_service_part_time": Case(
        lambda s: good_packet(seed=s, customer_service=(("吕晴", "13900001234", "part_time"),)),
        (),
        _ADMIT,
        "customer_service_missing",
    ),
    "service_outside_business_scope": Case(
        _rescoped("一般项目：仪器仪表销售；环境保护监测；会议及展览服务"),
        ("service_outside_business_scope",),
        _VERIFY,
        "good",
    ),
    "service_excluded": Case(
        _rescoped("一般项目：技术服务；信息咨询服务（不含检验检测）；仪器仪表销售（检验检测除外）"),
        ("service_outside_business_scope",),
        _VERIFY,
        "good",
    ),
    "licence_missing": Case(_without(LICENCE), ("licence_missing",), _SUPPLEMENT, "public_institution"),
    "public_institution": Case(lambda s: good_packet(seed=s, entity="public"), (), _ADMIT, "licence_missing"),
    "licence_expired": Case(
        _licensed(edition="2019", valid_to=AS_OF - DAY), ("licence_expired",), _SUPPLEMENT, "licence_last_day"
    ),
    "licence_last_day": Case(_licensed(edition="2019", valid_to=AS_OF), (), _ADMIT, "licence_expired"),
    "licence_long_term": Case(_licensed(edition="2019", valid_to="long"), (), _ADMIT, "licence_expired"),
    "licence_outdated": Case(
        _licensed(edition="2014", only_registration_number=True), ("licence_outdated",), _SUPPLEMENT, "licence_2014"
    ),
    "licence_2014": Case(_licensed(edition="2014"), (), _ADMIT, "licence_outdated"),
    "qualification_missing": Case(_without(QUALIFICATION), ("qualification_missing",), _SUPPLEMENT, "good"),
    "qualification_expired": Case(
        _testing(issued_on=date(2020, 11, 22), valid_to=AS_OF - DAY),
        ("qualification_expired",),
        _SUPPLEMENT,
        "qualification_last_day",
    ),
    "qualification_last_day": Case(
        _testing(issued_on=date(2020, 11, 23), valid_to=AS_OF),
        ("qualification_expiring",),
        _ADMIT,
        "qualification_expired",
    ),
    "qualification_not_yet_valid": Case(
        _approved(AS_OF + DAY), ("qualification_not_yet_valid",), _SUPPLEMENT, "qualification_first_day"
    ),
    "qualification_first_day": Case(_approved(AS_OF), (), _ADMIT, "qualification_not_yet_valid"),
    "qualification_scope_insufficient": Case(
        _declared("GB 5009.12-2017", "GB 5009.999-2020"), ("qualification_scope_insufficient",), _SUPPLEMENT, "good"
    ),
    "standard_edition_differs": Case(_declared("GB 5009.12-2023"), ("standard_edition_differs",), _VERIFY, "good"),
    "holder_mismatch": Case(_foreign_sealed, ("holder_mismatch",), _SUPPLEMENT, "holder_brackets"),
    "holder_brackets": Case(_narrow, (), _ADMIT, "holder_mismatch"),
    "uscc_invalid": Case(_broken_code, ("uscc_invalid",), _VERIFY, "good"),
    "uscc_mismatch": Case(
        lambda s: good_packet(seed=s, changes={"uscc": _other(s).uscc}), ("uscc_mismatch",), _SUPPLEMENT, "good"
    ),
    "legal_representative_mismatch": Case(
        lambda s: good_packet(seed=s, changes={"legal_representative": "霍霁青"}),
        ("legal_representative_mismatch",),
        _SUPPLEMENT,
        "good",
    ),
    "code_mismatch": Case(
        lambda s: good_packet(seed=s, licence_options={"qr": licence.qr_address(_other(s).uscc)}),
        ("code_mismatch",),
        _VERIFY,
        "code_absent",
    ),
    "code_absent": Case(_licensed(qr=None), (), _ADMIT, "code_mismatch"),
    "management_rules_missing": Case(_without(RULES), ("management_rules_missing",), _SUPPLEMENT, "good"),
    "violation_within_three_years": Case(
        _listed("violations", _years(AS_OF, 3) + DAY), ("violation_within_three_years",), "reject", "violation_older"
    ),
    "violation_older": Case(_listed("violations", _years(AS_OF, 3) - DAY), (), _ADMIT, "violation_within_three_years"),
    "serious_violation_listed": Case(
        _listed("serious", date(2020, 2, 3)), ("serious_violation_listed",), "reject", "serious_removed_long_ago"
    ),
    "serious_removed_long_ago": Case(
        _listed("serious", date(2019, 2, 3), _years(AS_OF, 3) - DAY), (), _ADMIT, "serious_violation_listed"
    ),
    "serious_removed_recently": Case(
        _listed("serious", date(2019, 2, 3), _years(AS_OF, 3) + DAY),
        ("serious_violation_listed",),
        "reject",
        "serious_removed_long_ago",
    ),
    "abnormal_now": Case(
        _listed("abnormal", date(2025, 7, 4)), ("abnormal_operation_listed",), "reject", "abnormal_removed_long_ago"
    ),
    "abnormal_removed": Case(
        _listed("abnormal", date(2023, 7, 4), date(2024, 1, 15)),
        ("abnormal_operation_listed",),
        _VERIFY,
        "abnormal_removed_long_ago",
    ),
    "abnormal_removed_long_ago": Case(
        _listed("abnormal", date(2019, 7, 4), _years(AS_OF, 3) - DAY), (), _ADMIT, "abnormal_removed"
    ),
    "credit_not_checked": Case(_without(CREDIT), ("credit_not_checked",), _VERIFY, "credit_lists_loaded"),
    "credit_lists_loaded": Case(
        lambda s: good_packet(seed=s).without(CREDIT).but(lists=("violations", "abnormal", "serious")),
        (),
        _ADMIT,
        "credit_not_checked",
    ),
    "capability_unproven": Case(_bare, ("capability_unproven",), _SUPPLEMENT, "capability_by_certificate"),
    "capability_by_certificate": Case(_with_iso, (), _ADMIT, "capability_unproven"),
    "equipment_calibration_missing": Case(
        _shared(None), ("equipment_calibration_missing",), _SUPPLEMENT, "shared_laboratory"
    ),
    "equipment_other_serial": Case(
        _shared(serial_off=True), ("equipment_calibration_missing",), _SUPPLEMENT, "shared_laboratory"
    ),
    "equipment_calibration_expired": Case(
        _shared(date(2025, 11, 21)), ("equipment_calibration_expired",), _SUPPLEMENT, "equipment_calibration_last_day"
    ),
    "equipment_calibration_last_day": Case(_shared(date(2025, 11, 23)), (), _ADMIT, "equipment_calibration_expired"),
    "equipment_verification_expired": Case(
        _shared(date(2025, 11, 22), verified_to=AS_OF - DAY),
        ("equipment_calibration_expired",),
        _SUPPLEMENT,
        "shared_laboratory",
    ),
    "shared_laboratory": Case(_shared(), (), _ADMIT),
    "regional_lead_unproven": Case(_shared(statement=False), ("regional_lead_unproven",), _VERIFY, "shared_laboratory"),
    "commitment_letter_missing": Case(_without(LETTER), ("commitment_letter_missing",), _SUPPLEMENT, "good"),
    "commitment_letter_altered": Case(_lettered(missing=(4,)), ("commitment_letter_altered",), _SUPPLEMENT, "good"),
    "commitment_letter_reworded": Case(
        _lettered(
            changed={
                3: "承诺遵守国家有关技术要求，严格依法开展服务，伪造数据，出具虚假报告，保证每项结果真实、准确、完整。"
            }
        ),
        ("commitment_letter_altered",),
        _SUPPLEMENT,
        "good",
    ),
    "commitment_letter_category": Case(
        _lettered(missing_categories=(6,)), ("commitment_letter_altered",), _SUPPLEMENT, "good"
    ),
    "commitment_letter_unsigned": Case(_lettered(signature=None), ("commitment_letter_unsigned",), _SUPPLEMENT, "good"),
    "commitment_letter_typed_name": Case(
        _lettered(signature="typed"), ("commitment_letter_unsigned",), _SUPPLEMENT, "good"
    ),
    "commitment_letter_undated": Case(
        _lettered(signed_on=None), ("commitment_letter_undated",), _SUPPLEMENT, "commitment_letter_typed_date"
    ),
    "commitment_letter_typed_date": Case(_lettered(handwritten_date=False), (), _ADMIT, "commitment_letter_undated"),
    "seal_missing_licence": Case(_licensed(own_seal=False), ("seal_missing",), _SUPPLEMENT, "good"),
    "seal_missing_qualification": Case(_testing(own_seal=False), ("seal_missing",), _SUPPLEMENT, "good"),
    "seal_missing_letter": Case(_lettered(own_seal=False), ("seal_missing",), _SUPPLEMENT, "good"),
    "seal_contract": Case(_lettered(seal_centre="合同专用章"), ("seal_missing",), _SUPPLEMENT, "good"),
    "seal_of_another": Case(
        lambda s: good_packet(seed=s, letter_options={"seal_text": _other(s).name}),
        ("seal_missing",),
        _SUPPLEMENT,
        "good",
    ),
    "grey_licence": Case(
        lambda s: good_packet(seed=s).but(appearance={LICENCE: "grey"}), ("low_confidence",), "manual_review", "good"
    ),
    "document_unreadable": Case(
        lambda s: good_packet(seed=s).but(broken={"附件.pdf": b"%PDF-1.7\nbroken"}),
        ("document_unreadable",),
        _SUPPLEMENT,
        "good",
    ),
    "doubtful_date": Case(
        lambda s: good_packet(seed=s).but(doubtful={QUALIFICATION: ("valid_to",)}),
        ("low_confidence",),
        "manual_review",
        "good",
    ),
    "unknown_document": Case(
        lambda s: (p := good_packet(seed=s)).having("租赁合同.pdf", supporting.lease(p.body, s)),
        ("unknown_document",),
        _ADMIT,
        "good",
    ),
    "qualification_expiring": Case(
        _testing(issued_on=date(2021, 2, 21), valid_to=AS_OF + 90 * DAY),
        ("qualification_expiring",),
        _ADMIT,
        "qualification_not_expiring",
    ),
    "qualification_not_expiring": Case(
        _testing(issued_on=date(2021, 2, 22), valid_to=AS_OF + 91 * DAY), (), _ADMIT, "qualification_expiring"
    ),
}
"""Name → case. Codes are all findings that the packet deserves; the outcome follows from their gravest severity."""


def just_covered(standards: tuple[str, ...] = ("GB 5009.12-2017",), seed: int = 1) -> Packet:
    """A testing packet whose annex holds exactly the declared standards."""
    rows = [row for row in FOOD if row.standard in standards]
    return good_packet(
        seed=seed,
        qualification_options={"rows": rows},
        services=(Service(name="食品检测", item="testing", standards=standards),),
    )
