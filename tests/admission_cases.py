"""Invented applications as frozen data: a clean packet of each category, and ways to spoil one thing.

All names and numbers are invented; codes are valid by computation. ``Case`` is one packet; its methods give a changed
copy, so that a test reads as what is wrong with the packet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from qi_pipeline.admission.decide import decide
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService, Form, Institution, Instrument, ServicePerson
from qi_pipeline.admission.rules import Rules, load_rules
from qi_pipeline.admission.services import ServiceTable, default_services
from qi_pipeline.model import Decision, Document, Evidence, Field, FileFailure, Json, Seal
from qi_pipeline.policy import Policy, default_policy
from qi_pipeline.workdays import SHANGHAI

AS_OF = date(2026, 11, 22)
NAME = "江阴澄明检测技术有限公司"
OTHER = "宜兴远山检测技术有限公司"
PERSON = "陈知行"
BOX = (0.2, 0.3, 0.5, 0.33)
SEAL_BOX = (0.6, 0.7, 0.8, 0.9)
RULES: Rules = load_rules()
SERVICES: ServiceTable = default_services()
POLICY: Policy = default_policy()


def uscc(body: str) -> str:
    """The code with its check character (GB 32100-2015)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(char) * pow(3, at, 31) for at, char in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


USCC = uscc("91320281MA7Q2K4X1")
OTHER_USCC = uscc("91320282MA3L8P0T6")


def a_field(value: Json, confidence: float = 0.99, page: int = 1, **more: object) -> Field:
    return Field(value=value, raw=str(value), confidence=confidence, page=page, box=BOX, **more)


def own_seal(text: str | None = NAME, page: int = 1, **more: object) -> Seal:
    return Seal(page=page, box=SEAL_BOX, text=text, confidence=0.97 if text else 0.0, **more)


def paper(kind: str, file: str, values: Mapping[str, Json], *, sealed: bool = True, pages: int = 1) -> Document:
    return Document(
        file=file,
        kind=kind,
        confidence=0.99,
        pages=tuple(range(1, pages + 1)),
        fields={name: a_field(value) for name, value in values.items()},
        seals=(own_seal(),) if sealed else (),
    )


def with_field(document: Document, name: str, value: Json = ..., confidence: float = 0.99, **more: object) -> Document:
    """The document with one field changed (or only its confidence, when no value is given)."""
    fields = dict(document.fields)
    old = fields.get(name)
    kept = old.value if value is ... and old is not None else value
    fields[name] = a_field(kept, confidence, **more)
    return replace(document, fields=fields)


def without(document: Document, *names: str) -> Document:
    return replace(document, fields={key: value for key, value in document.fields.items() if key not in names})


LICENCE = paper(
    "business_licence",
    "licence.pdf",
    {
        "holder_name": NAME,
        "holder_uscc": USCC,
        "legal_representative": PERSON,
        "address": "江阴市澄江街道虚拟路8号",
        "established_on": "2018-05-14",
        "issued_on": "2023-04-06",
        "scope_text": "许可项目：检验检测服务；特种设备检验检测；认证服务；专利代理；职业中介活动；民办学校培训"
        "（依法须经批准的项目，经相关部门批准后方可开展经营活动）一般项目：计量技术服务；标准化服务；企业管理咨询；"
        "知识产权服务（专利代理服务除外）；信息咨询服务；认证咨询；技术服务；技术咨询；"
        "业务培训（不含教育培训、职业技能培训等需取得许可的培训）；租赁服务（不含许可类租赁服务）",
    },
)
ROWS: list[Json] = [
    {"category": "食品", "item": "铅", "standard": "GB 5009.12-2017", "limitation": "", "page": 3},
    {"category": "食品", "item": "镉", "standard": "GB 5009.15-2014", "limitation": "不测水产品", "page": 3},
    {"category": "水质", "item": "pH值", "standard": "HJ 1147-2020", "limitation": "", "page": 4},
]
CMA = replace(
    paper(
        "cma_certificate",
        "cma.pdf",
        {
            "holder_name": NAME,
            "certificate_number": "231012341087",
            "issuing_authority": "江苏省市场监督管理局",
            "issued_on": "2023-03-02",
            "valid_to": "2029-03-01",
            "scope_items": ROWS,
        },
        pages=4,
    ),
    seals=(own_seal("江苏省市场监督管理局"), own_seal(page=2)),
)
LETTER = paper(
    "commitment_letter",
    "letter.pdf",
    {
        "promises": {str(number): True for number in range(1, 10)},
        "information_categories": 10,
        "signature_present": True,
        "signed_on": "2026-11-10",
    },
    pages=2,
)
MANAGEMENT_RULES = paper("management_rules", "rules.pdf", {})
CAPABILITY = paper("capability_proof", "contracts.pdf", {})
STATEMENT = paper("equipment_statement", "equipment.pdf", {})
CREDIT_REPORT = paper("credit_report", "credit.pdf", {"holder_name": NAME})

QUALIFICATIONS: dict[str, Document] = {
    "cma_certificate": CMA,
    **{
        kind: paper(
            kind,
            f"{kind}.pdf",
            {"holder_name": NAME, "certificate_number": number, "valid_to": "2028-06-30", "issued_on": "2024-07-01"},
        )
        for kind, number in {
            "special_equipment_licence": "TS7110999-2028",
            "metrology_authorization": "（苏）法计（2024）0102号",
            "certification_body_approval": "CNCA-R-2024-987",
            "patent_agency_licence": "32987",
            "hr_service_licence": "320281240057",
            "private_school_licence": "132028170009871",
        }.items()
    },
    "calibration_certificate": paper(
        "calibration_certificate",
        "calibration.pdf",
        {
            "holder_name": NAME,
            "certificate_number": "JZ2026-04711",
            "instrument_name": "原子吸收分光光度计",
            "instrument_serial": "A30664",
            "calibrated_on": "2026-03-18",
        },
    ),
}
INSTRUMENT = Instrument(name="原子吸收分光光度计", model="AA-7000", serial="A30664")
TESTING = DeclaredService(name="食品中铅的测定", item="testing", standards=("GB 5009.12-2017",))

FORM = Form(
    file="application.json",
    request="admission",
    submitted_at=datetime(2026, 11, 20, 10, 12, tzinfo=SHANGHAI),
    institution=Institution(
        name=NAME,
        uscc=USCC,
        legal_representative=PERSON,
        address="江阴市澄江街道虚拟路8号",
        category="inspection_testing",
    ),
    services=(TESTING,),
    customer_service=(ServicePerson(name="周问渠", phone="13900000000", employment="full_time"),),
    evidence={"$": Evidence(file="application.json", page=1, box=(0.0, 0.0, 1.0, 1.0))},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One packet and what else is known."""

    form: Form | None = FORM
    documents: tuple[Document, ...] = (LICENCE, CMA, LETTER, MANAGEMENT_RULES)
    failures: tuple[FileFailure, ...] = ()
    registry: RegistrySnapshot = field(default_factory=RegistrySnapshot)
    credit: CreditSnapshot = field(default_factory=lambda: CreditSnapshot(loaded=("violations", "abnormal", "serious")))
    request: str = "admission"
    as_of: date = AS_OF
    policy: Policy = POLICY
    services: ServiceTable = SERVICES
    earlier: tuple[tuple[Document, ...], ...] = ()

    def but(self, **changes: object) -> Case:
        """The packet with other parts."""
        return replace(self, **changes)

    def having(self, *documents: Document) -> Case:
        """The packet with further papers."""
        return replace(self, documents=(*self.documents, *documents))

    def lacking(self, *kinds: str) -> Case:
        """The packet without its papers of these kinds."""
        return replace(self, documents=tuple(each for each in self.documents if each.kind not in kinds))

    def swapping(self, *documents: Document) -> Case:
        """The packet with these papers in the place of its own of the same kinds."""
        return self.lacking(*(each.kind for each in documents)).having(*documents)

    def changing(self, kind: str, name: str, value: Json = ..., confidence: float = 0.99, **more: object) -> Case:
        """The packet with one field of its paper of a kind changed."""
        return replace(
            self,
            documents=tuple(
                with_field(each, name, value, confidence, **more) if each.kind == kind else each
                for each in self.documents
            ),
        )

    def on_form(self, **changes: object) -> Case:
        """The packet with another application."""
        assert self.form is not None
        who = {key: value for key, value in changes.items() if key in Institution.__dataclass_fields__}
        others = {key: value for key, value in changes.items() if key not in who}
        return replace(self, form=replace(self.form, institution=replace(self.form.institution, **who), **others))

    def listed(self, name: str, listed_on: str, removed_on: str | None = None, code: str = USCC) -> Case:
        """The packet of an institution that stands on a public list."""
        entry = CreditEntry(
            list=name,
            uscc=code,
            name=NAME,
            listed_on=date.fromisoformat(listed_on),
            removed_on=date.fromisoformat(removed_on) if removed_on else None,
            reason="未按规定公示年度报告",
        )
        return replace(self, credit=replace(self.credit, entries=(*self.credit.entries, entry)))

    def dossier(self) -> dict[str, Json]:
        return build(
            form=self.form,
            documents=self.documents,
            failures=self.failures,
            registry=self.registry,
            credit=self.credit,
            request=self.request,
            as_of=self.as_of,
            policy=self.policy,
            services=self.services,
            earlier=self.earlier,
        )

    def decide(self, rules: Rules = RULES) -> Decision:
        return decide(self.dossier(), self.policy, rules)

    @property
    def codes(self) -> list[str]:
        """The codes of its findings, each once, sorted."""
        return sorted({finding.code for finding in self.decide().findings})


CLEAN = Case()


def clean(item: str) -> Case:
    """A clean packet that offers one service of the table."""
    service = SERVICES.get(item)
    assert service is not None
    declared = TESTING if item == "testing" else DeclaredService(name=service.names[0], item=item)
    case = CLEAN.on_form(services=(declared,), category=service.category).lacking("cma_certificate")
    if service.requires:
        case = case.having(QUALIFICATIONS[service.requires])
    if service.category == "shared_laboratory":
        return case.on_form(equipment=(INSTRUMENT,)).having(STATEMENT)
    return case if service.requires else case.having(CAPABILITY)
