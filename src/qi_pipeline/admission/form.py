"""The application (机构入驻申请表, clause 5.1) as frozen data, from application.json or from a scanned form.

Nothing here raises for a bad form: a value that is missing, of the wrong type or unknown is None and stands in
``problems``. Where both an application.json and a scanned form are handed in, the former wins and the differences
are noted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from qi_pipeline.admission.form_cleaning import SHANGHAI, choice_of, moment_of, rows_of, text_of, texts_of, uscc_of
from qi_pipeline.admission.form_decoding import decode_application
from qi_pipeline.admission.form_problems import MOST_PROBLEMS, Problem, problem, problems_of
from qi_pipeline.kinds import CATEGORIES, SERVICE_ITEMS
from qi_pipeline.model import Document, Evidence

REQUESTS = ("admission", "supplement", "change", "renewal", "annual_audit", "exit")
"""What an institution may ask for (contract, section 3)."""
EMPLOYMENTS = ("full_time", "part_time")
"""专职, 兼职 (clause 4.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """Who applies; None where the form does not say, or not legibly."""

    name: str | None = None
    uscc: str | None = None
    legal_representative: str | None = None
    address: str | None = None
    category: str | None = None
    """A key of :data:`qi_pipeline.kinds.CATEGORIES`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredService:
    """One service that the institution wants to offer (服务项目)."""

    name: str | None
    item: str | None
    """A key of the service table; None where it is missing or not in the table."""
    standards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePerson:
    """A customer-service person (客服人员, clause 4.1)."""

    name: str | None
    phone: str | None = None
    employment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An instrument that a shared laboratory offers (clause 4.5)."""

    name: str | None
    model: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that the scanned form gives otherwise than application.json, which was kept."""

    path: str
    kept: str
    other: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One application as it was handed in, with where each value stands."""

    file: str
    request: str | None = None
    """One of :data:`REQUESTS`; None: not said, the pipeline decides (admission or change)."""
    reference: str | None = None
    submitted_at: datetime | None = None
    """Always aware; without an offset on the form, Asia/Shanghai."""
    institution: Institution = field(default_factory=Institution)
    services: tuple[DeclaredService, ...] = ()
    customer_service: tuple[ServicePerson, ...] = ()
    equipment: tuple[Instrument, ...] = ()
    problems: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    """Place of a value by its path; ``$`` is the whole form."""
    confidence: dict[str, float] = field(default_factory=dict)
    """Probability that a value was read right, by its path; a path that is absent was not read but handed in."""

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """The problems that make the application incomplete (``application_incomplete``)."""
        return tuple(each for each in self.problems if each.blocking)

    def evidence_for(self, path: str) -> Evidence:
        """Where the value at ``path`` stands; for a place without its own box, that of what holds it."""
        for prefix in _prefixes(path):
            if prefix in self.evidence:
                return self.evidence[prefix]
        return Evidence(file=self.file, page=1, box=(0.0, 0.0, 1.0, 1.0))

    def confidence_for(self, path: str) -> float:
        """How certain the value at ``path`` was read; 1.0 for what was handed in as data."""
        return next((self.confidence[p] for p in _prefixes(path) if p in self.confidence), 1.0)


def form_from_json(data: bytes, file: str, items: Collection[str] = SERVICE_ITEMS) -> Form:
    """The form that the bytes of an application.json hold; never raises, whatever they are.

    ``items`` are the keys of the service table in use.
    """
    application, found = decode_application(data)
    if application is None:
        return Form(file=file, problems=tuple(found), evidence={"$": _whole_page(file)})
    return _form(application, file, found, items, {"$": _whole_page(file)}, {})


DOCUMENT_PATHS = {
    "request": "request",
    "reference": "reference",
    "submitted_at": "submitted_at",
    "holder_name": "institution.name",
    "holder_uscc": "institution.uscc",
    "legal_representative": "institution.legal_representative",
    "address": "institution.address",
    "category": "institution.category",
    "services": "services",
    "customer_service": "customer_service",
    "equipment": "equipment",
}
"""Field of a scanned form to its path in application.json."""


def form_from_document(document: Document, items: Collection[str] = SERVICE_ITEMS) -> Form:
    """The form that a scanned 机构入驻申请表 holds, each value with its place and confidence."""
    application: dict[str, object] = {}
    institution: dict[str, object] = {}
    evidence: dict[str, Evidence] = {}
    confidence: dict[str, float] = {}
    found: list[Problem] = []
    for name, path in DOCUMENT_PATHS.items():
        value = document.fields.get(name)
        if value is None:
            continue
        evidence[path] = Evidence(file=document.file, page=value.page, box=value.box)
        confidence[path] = value.confidence
        if value.value is None:
            found.append(problem(path, "unreadable"))
            continue
        if path.startswith("institution."):
            institution[path.removeprefix("institution.")] = value.value
        else:
            application[path] = value.value
    application["institution"] = institution
    evidence["$"] = Evidence(file=document.file, page=document.pages[0], box=(0.0, 0.0, 1.0, 1.0))
    return _form(application, document.file, found, items, evidence, confidence)


def merge(handed_in: Form | None, scanned: Form | None) -> Form | None:
    """The one form of a packet: application.json first, the scan for what it leaves out, differences noted."""
    if handed_in is None or scanned is None:
        return handed_in or scanned
    values = _values(handed_in)
    differences = list(handed_in.differences)
    evidence, confidence = dict(handed_in.evidence), dict(handed_in.confidence)
    taken: set[str] = set()
    for path, other in _values(scanned).items():
        kept = values[path]
        if not kept and other:
            taken.add(path)
            evidence[path], confidence[path] = scanned.evidence_for(path), scanned.confidence_for(path)
        elif kept and other and _comparable(kept) != _comparable(other):
            place = scanned.evidence_for(path)
            differences.append(Difference(path=path, kept=_shown(kept), other=_shown(other), evidence=place))
    institution = replace(
        handed_in.institution,
        **{
            path.removeprefix("institution."): getattr(scanned.institution, path.removeprefix("institution."))
            for path in taken
            if path.startswith("institution.")
        },
    )
    others = {path: getattr(scanned, path) for path in taken if not path.startswith("institution.")}
    left = [p for p in handed_in.problems if p.path.partition("[")[0] not in taken and not _whole(p, taken)]
    left += [p for p in scanned.problems if p.path.partition("[")[0] in taken]
    return replace(
        handed_in,
        institution=institution,
        problems=tuple(left),
        differences=tuple(differences),
        evidence=evidence,
        confidence=confidence,
        **others,
    )


def _whole(each: Problem, taken: Collection[str]) -> bool:
    """Whether the problem says that the whole institution is missing, which the scan has mended."""
    return each.path == "institution" and each.code == "missing" and "institution.name" in taken


def _values(form: Form) -> dict[str, object]:
    who = form.institution
    return {
        "request": form.request,
        "reference": form.reference,
        "submitted_at": form.submitted_at,
        "institution.name": who.name,
        "institution.uscc": who.uscc,
        "institution.legal_representative": who.legal_representative,
        "institution.address": who.address,
        "institution.category": who.category,
        "services": form.services,
        "customer_service": form.customer_service,
        "equipment": form.equipment,
    }


def _comparable(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).date()
    if isinstance(value, str):
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", value)).upper()
    if isinstance(value, tuple):
        return [_comparable(str(each)) for each in value]
    return value


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return "; ".join(str(getattr(each, "name", each)) for each in value)
    return str(value)


def _form(
    application: object,
    file: str,
    found: list[Problem],
    items: Collection[str],
    evidence: dict[str, Evidence],
    confidence: dict[str, float],
) -> Form:
    top = application if isinstance(application, Mapping) else {}
    who = top.get("institution")
    who = who if isinstance(who, Mapping) else {}
    uscc, whole = uscc_of(who.get("uscc"))
    moment = moment_of(top.get("submitted_at"))
    rows = list(rows_of(top.get("services")))
    items_given = [(index, text_of(row.get("item"))) for index, row in rows]
    # What can't be read comes first: it says more of a place than that it is missing.
    problems = {each.path: each for each in reversed([*found, *problems_of(application)])}
    problems = dict(reversed(problems.items()))
    if not whole:
        problems.setdefault("institution.uscc", problem("institution.uscc", "malformed", f" ({uscc})"))
    if moment is None and text_of(top.get("submitted_at")):
        problems.setdefault("submitted_at", problem("submitted_at", "malformed"))
    for index, given in items_given:
        path = f"services[{index}].item"
        if given is not None and given not in items and path not in problems and len(problems) < MOST_PROBLEMS:
            problems[path] = problem(path, "unknown_value", given)
    return Form(
        file=file,
        request=choice_of(top.get("request"), REQUESTS),
        reference=text_of(top.get("reference")),
        submitted_at=moment,
        institution=Institution(
            name=text_of(who.get("name")),
            uscc=uscc,
            legal_representative=text_of(who.get("legal_representative")),
            address=text_of(who.get("address")),
            category=choice_of(who.get("category"), CATEGORIES),
        ),
        services=tuple(
            DeclaredService(
                name=text_of(row.get("name")), item=choice_of(given, items), standards=texts_of(row.get("standards"))
            )
            for (_, row), (_, given) in zip(rows, items_given, strict=True)
        ),
        customer_service=tuple(
            ServicePerson(
                name=name, phone=text_of(row.get("phone")), employment=choice_of(row.get("employment"), EMPLOYMENTS)
            )
            for _, row in rows_of(top.get("customer_service"))
            if (name := text_of(row.get("name")))
        ),
        equipment=tuple(
            Instrument(
                name=text_of(row.get("name")), model=text_of(row.get("model")), serial=text_of(row.get("serial"))
            )
            for _, row in rows_of(top.get("equipment"))
        ),
        problems=tuple(problems.values()),
        evidence=evidence,
        confidence=confidence,
    )


def _prefixes(path: str) -> list[str]:
    """The path and what holds it, the narrowest first, down to the whole form."""
    steps = re.findall(r"[^.\[\]]+|\[\d+\]", path)
    prefixes = [
        "".join(s if s.startswith("[") else f".{s}" for s in steps[:n]).removeprefix(".")
        for n in range(len(steps), 0, -1)
    ]
    return [*prefixes, "$"]


def _whole_page(file: str) -> Evidence:
    return Evidence(file=file, page=1, box=(0.0, 0.0, 1.0, 1.0))
