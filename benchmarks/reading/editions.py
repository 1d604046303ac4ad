"""Every kind and edition of paper that the corpus draws, by name (版式)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from benchmarks.reading import names
from papers import certificates, cma, form, invent, letter, licence, supporting
from papers.sheet import Paper

Maker = Callable[[int], Paper]


def body(seed: int, category: str = "inspection_testing", entity: str = "company") -> invent.Institution:
    """The institution that a paper of this seed is made out to."""
    return names.renamed(invent.institution(seed, category=category, entity=entity), seed)


def _term(seed: int) -> date:
    return date(2027, 1, 1) + timedelta(days=random.Random(seed).randrange(3000))


def _issued(seed: int) -> date:
    return date(2022, 1, 1) + timedelta(days=random.Random(f"issued{seed}").randrange(1400))


def _categories(seed: int) -> str:
    return random.Random(f"category{seed}").choice(list(invent.TRADES))


def makers() -> dict[str, Maker]:
    """Edition name → the function that draws one from a seed."""
    c = certificates
    table: dict[str, Maker] = {
        "licence 2022": lambda s: licence.licence(body(s, _categories(s)), edition="2022", seed=s),
        "licence 2022 branch": lambda s: licence.licence(body(s, entity="branch"), edition="2022", seed=s),
        "licence 2022 individual": lambda s: licence.licence(body(s, entity="individual"), edition="2022", seed=s),
        "licence 2022 正本": lambda s: licence.licence(body(s), edition="2022", copy="正本", seed=s),
        "licence 2019 long": lambda s: licence.licence(body(s, _categories(s)), edition="2019", seed=s),
        "licence 2019 term": lambda s: licence.licence(body(s), edition="2019", valid_to=_term(s), seed=s),
        "licence 2019 partnership": lambda s: licence.licence(
            body(s, "intellectual_property", "partnership"), edition="2019", valid_to=_term(s), delegate="韦青", seed=s
        ),
        "licence 2014": lambda s: licence.licence(body(s), edition="2014", valid_to=_term(s), seed=s),
        "licence 2014 long": lambda s: licence.licence(body(s), edition="2014", seed=s),
        "licence 2014 注册号": lambda s: licence.licence(
            body(s), edition="2014", only_registration_number=True, seed=s
        ),
        "licence 2014 no scope": lambda s: licence.licence(body(s), edition="2014_sz", seed=s),
        "licence before 2014": lambda s: licence.licence(body(s), edition="before2014", seed=s),
        "licence electronic": lambda s: licence.licence(body(s, entity="sole"), edition="electronic", seed=s),
        "事业单位": lambda s: licence.legal_person(
            "public_institution_certificate", body(s, entity="public"), valid_from=_issued(s), seed=s
        ),
        "民办非企业单位": lambda s: licence.legal_person(
            "private_nonenterprise_certificate", body(s, entity="private_nonenterprise"), valid_from=_issued(s), seed=s
        ),
        "社会团体": lambda s: licence.legal_person(
            "social_organization_certificate", body(s, entity="social"), valid_from=_issued(s), seed=s
        ),
        "CMA": lambda s: cma.certificate(body(s), issued_on=_issued(s), rows=None, seed=s),
        "CMA 附表": lambda s: cma.certificate(
            body(s), issued_on=_issued(s), rows=invent.scope_rows(s, 26), cover=False, seed=s
        ),
        "CMA 附表 without rules": lambda s: cma.certificate(
            body(s),
            issued_on=_issued(s),
            rows=invent.scope_rows(s, 12, known=()),
            cover=False,
            rules="horizontal",
            seed=s,
        ),
        "CNAS zh": lambda s: c.cnas(body(s), valid_from=_issued(s), seed=s),
        "CNAS en": lambda s: c.cnas(body(s), language="en", valid_from=_issued(s), seed=s),
        "CNAS before 2018": lambda s: c.cnas(body(s), old_layout=True, valid_from=_issued(s), seed=s),
        "CNAS 附件": lambda s: c.cnas(body(s), rows=invent.scope_rows(s, 14), valid_from=_issued(s), seed=s),
        "CNAS inspection": lambda s: c.cnas(body(s), type="inspection", valid_from=_issued(s), seed=s),
        "批准书": lambda s: c.approval(body(s, "certification_accreditation"), valid_from=_issued(s), seed=s),
        "计量授权": lambda s: c.metrology_authorization(body(s, "metrology"), valid_from=_issued(s), seed=s),
        "计量标准": lambda s: c.measurement_standard(body(s, "metrology"), issued_on=_issued(s), seed=s),
        "特种设备": lambda s: c.special_equipment(body(s), issued_on=_issued(s), seed=s),
        "专利代理": lambda s: c.patent_agency(
            body(s, "intellectual_property", ("company", "partnership")[s % 2]), issued_on=_issued(s), seed=s
        ),
        "人力资源": lambda s: c.hr_service(body(s, "training"), issued_on=_issued(s), seed=s),
        "人力资源 long": lambda s: c.hr_service(body(s, "training"), issued_on=_issued(s), valid_to="long", seed=s),
        "办学": lambda s: c.private_school(body(s, "training"), valid_from=_issued(s), seed=s),
        "ISO 9001 bilingual": lambda s: c.management_system(body(s), layout="bilingual", issued_on=_issued(s), seed=s),
        "ISO 14001": lambda s: c.management_system(body(s), system="environment", issued_on=_issued(s), seed=s),
        "ISO 45001 black seal": lambda s: c.management_system(
            body(s), system="safety", seal_colour="black", issued_on=_issued(s), seed=s
        ),
        "ISO 22000 two pages side by side": lambda s: c.management_system(
            body(s), system="food", spread=True, issued_on=_issued(s), seed=s
        ),
        "校准": lambda s: c.calibration(body(s), calibrated_on=_issued(s), recheck=s % 2 == 0, seed=s, pages=1),
        "检定": lambda s: c.calibration(body(s), verification=True, calibrated_on=_issued(s), seed=s, pages=2),
        "承诺书": lambda s: letter.letter(body(s), seed=s),
        "承诺书 typed date": lambda s: letter.letter(body(s), handwritten_date=False, typed_name=True, seed=s),
        "申请表": lambda s: form.form(form.application(body(s, _categories(s)), seed=s), seed=s),
        "管理制度": lambda s: supporting.rules(body(s), seed=s),
        "设备说明": lambda s: supporting.equipment_statement(body(s), seed=s),
        "信用中国": lambda s: supporting.credit_report(body(s), seed=s),
        "公示报告": lambda s: supporting.credit_report(body(s), source="gsxt", seed=s),
    }
    for title in c.OTHER_TITLES:
        table[title] = lambda s, title=title: c.other(body(s), title=title, issued_on=_issued(s), seed=s)
    for title in supporting.PROOFS:
        table[title] = lambda s, title=title: supporting.capability(body(s), title=title, seed=s)
    for name, draw in supporting.UNKNOWNS.items():
        table[f"unknown {name}"] = lambda s, draw=draw: draw(body(s), s)
    return table
