"""The sections of a dossier: application, papers, licence, identity, services, letter, seals, equipment, credit.

Each function turns what is known into plain JSON objects; each object has an ``evidence`` list and the facts that a
message may show. Doubts that matter are gathered on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from qi_pipeline.admission.business_scope import InScope, in_business_scope
from qi_pipeline.admission.coverage import places
from qi_pipeline.admission.credit import credit_hits
from qi_pipeline.admission.doubts import Doubt, field_doubt, kind_doubt, seal_doubt
from qi_pipeline.admission.equipment import Calibrated, calibrated
from qi_pipeline.admission.facts import CreditSnapshot, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService, Form, Instrument
from qi_pipeline.admission.identity import (
    Claim,
    Identity,
    code_says_otherwise,
    form_claim,
    paper_claim,
    parents_licence,
    same_code,
    same_person,
)
from qi_pipeline.admission.letter import letter_of
from qi_pipeline.admission.licence import Licence, code_state
from qi_pipeline.admission.names import Truth, names_agree
from qi_pipeline.admission.papers import QUALIFICATION_KINDS, Paper
from qi_pipeline.admission.qualification import Qualified, candidates, qualified
from qi_pipeline.admission.seals import sealed
from qi_pipeline.admission.services import ServiceItem, ServiceTable
from qi_pipeline.admission.validity import Validity, registered, validity_of
from qi_pipeline.admission.wording import FAILURES, field_names, kind_names
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Evidence, FileFailure, Json
from qi_pipeline.policy import AdmissionPolicy

Object = dict[str, Json]

_HELD_BY_SOMEBODY = QUALIFICATION_KINDS | LICENCE_KINDS | {"calibration_certificate", "commitment_letter"}
"""Kinds that are made out to an institution, so that another's is a finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that the sections are made from."""

    form: Form | None
    papers: tuple[tuple[Paper, Truth], ...]
    who: Identity
    licence: Licence | None
    registry: RegistrySnapshot
    credit: CreditSnapshot
    request: str
    basis: str
    as_of: date
    policy: AdmissionPolicy
    services: ServiceTable

    @property
    def shared_laboratory(self) -> bool:
        """Whether clause 4.5 applies: the category is 共享实验室, or instruments are offered."""
        return self.who.category == "shared_laboratory" or any(
            item is not None and item.covers == "instruments" for _, item in self.declared
        )

    @property
    def declared(self) -> list[tuple[DeclaredService, ServiceItem | None]]:
        """Every declared service with its line of the service table."""
        rows = self.form.services if self.form else ()
        return [(row, self.services.get(row.item)) for row in rows]

    def of_kind(self, kind: str) -> list[tuple[Paper, Truth]]:
        """The papers of one kind with whether they are the institution's."""
        return [(paper, holder) for paper, holder in self.papers if paper.kind == kind]


@dataclass(slots=True)
class _Gathered:
    """The doubts met while the sections are made, each once."""

    doubts: dict[tuple[str, str | None, str | None], Doubt] = field(default_factory=dict)

    def add(self, *doubts: Doubt) -> None:
        """Keep the doubts; one that concerns several services is no longer about one of them."""
        for doubt in doubts:
            key = (doubt.field, doubt.document, doubt.kind)
            first = self.doubts.setdefault(key, doubt)
            if first.service != doubt.service:
                self.doubts[key] = replace(first, service=None)


def all_sections(known: Known) -> Object:
    """Every section by its key, ``doubts`` last."""
    gathered = _Gathered()
    made: Object = {
        "application": _application(known, gathered),
        "customer_service": _customer_service(known),
        "documents": _documents(known),
        "licence": _licence(known, gathered),
        "identity": _identity(known, gathered),
        "services": [_service(known, row, item, gathered) for row, item in known.declared],
        "certificates": _certificates(known, gathered),
        "letter": _letter(known, gathered),
        "management_rules": _presence(known, "management_rules", gathered),
        "capability": _capability(known, gathered),
        "equipment": _equipment(known, gathered),
        "equipment_statement": _presence(known, "equipment_statement", gathered, known.shared_laboratory),
        "credit": _credit(known, gathered),
        "renewal": _renewal(known),
    }
    made["seals"] = _seals(known, made, gathered)
    made["doubts"] = [_doubt(doubt) for doubt in gathered.doubts.values()]
    return made


def places_of(evidence: Iterable[Evidence]) -> list[Json]:
    """Evidence as plain JSON, each place once."""
    return [{"file": each.file, "page": each.page, "box": list(each.box)} for each in dict.fromkeys(evidence)]


def failures(found: Sequence[FileFailure]) -> list[Json]:
    """The files that could not be read, with the reason in both languages."""
    return [
        {
            "document": each.file,
            "code": each.code,
            "reason_zh": FAILURES.get(each.code, ("无法打开或读取", ""))[0],
            "reason_en": FAILURES.get(each.code, ("", "it can't be opened or read"))[1],
            "evidence": [],
        }
        for each in found
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _application(known: Known, gathered: _Gathered) -> Object:
    form = known.form
    resident = known.registry.state in ("active", "suspended")
    if form is None:
        return {
            "present": False,
            "document": None,
            "problems_zh": [],
            "problems_en": [],
            "resident": resident,
            "evidence": [],
        }
    problems = [each for each in form.blocking if _asked(known.basis, each.path, each.code)]
    for each in problems:
        if each.code == "unreadable":
            gathered.add(_form_doubt(form, each.path))
    for path in () if known.basis == "exit" else ("services", "institution.category"):
        value = form.services if path == "services" else form.institution.category
        if value and form.confidence_for(path) < known.policy.certain_from:
            gathered.add(_form_doubt(form, path))
    told = [each for each in problems if each.code != "unreadable"]
    return {
        "present": True,
        "document": form.file,
        "problems_zh": [each.message["zh"] for each in told],
        "problems_en": [each.message["en"] for each in told],
        "resident": resident,
        "evidence": places_of(form.evidence_for(each.path) for each in told) or places_of([form.evidence_for("$")]),
    }


def _asked(basis: str, path: str, code: str) -> bool:
    """Whether a problem of the form matters for this kind of packet."""
    who = path in ("$", "institution", "institution.name", "institution.uscc", "request")
    if basis == "admission":
        return True
    if basis == "exit":
        return who
    return who or code != "missing"


def _form_doubt(form: Form, path: str) -> Doubt:
    names = {"institution.name": "name", "institution.uscc": "uscc"}
    value = getattr(form.institution, names[path]) if path in names else None
    return Doubt(
        field=path,
        kind="application_form",
        document=form.file,
        value=value,
        confidence=form.confidence_for(path),
        evidence=(form.evidence_for(path),),
    )


def _customer_service(known: Known) -> Object:
    form = known.form
    readable = form is not None and not any(each.path == "$" for each in form.problems)
    people = [person.name for person in form.customer_service if person.name] if form else []
    return {
        "named": bool(people) if readable else None,
        "people": len(people),
        "document": form.file if form else None,
        "evidence": places_of([form.evidence_for("customer_service")]) if form else [],
    }


def _documents(known: Known) -> list[Json]:
    own_licence = known.licence is not None and known.licence.holder is True
    found: list[Json] = []
    for paper, holder in known.papers:
        name, number = paper.read("holder_name"), paper.read("certificate_number")
        agrees: Json = holder if paper.kind in _HELD_BY_SOMEBODY else None
        if agrees is False and own_licence and parents_licence(paper, known.who):
            agrees = None
        otherwise = code_says_otherwise(paper)
        found.append(
            {
                "document": paper.file,
                **kind_names(paper.kind),
                "files": [document.file for document in paper.documents],
                "pages": [{"file": document.file, "pages": list(document.pages)} for document in paper.documents],
                "certain": paper.kind_certain,
                "clause": "5.1" if paper.kind in LICENCE_KINDS | {"commitment_letter"} else "4.2",
                "holder_name": name.text,
                "holder_agrees": agrees,
                "institution_name": known.who.name,
                "number": number.text,
                "code_agrees": otherwise is None,
                "code_says": otherwise[0] if otherwise else None,
                "print_says": otherwise[1] if otherwise else None,
                "fields": _fields(paper),
                "code_evidence": places_of(otherwise[2]) if otherwise else [],
                "evidence": places_of(name.evidence or (paper.place,)),
            }
        )
    return found


def _fields(paper: Paper) -> Object:
    """The values of a paper with their confidence; scope rows stand under the services that they cover."""
    names = dict.fromkeys(name for document in paper.documents for name in document.fields if name != "scope_items")
    return {
        name: {
            "value": reading.value,
            "confidence": reading.confidence,
            "certain": reading.certain,
            "evidence": places_of(reading.evidence),
        }
        for name in names
        if (reading := paper.read(name))
    }


def _licence(known: Known, gathered: _Gathered) -> Object:
    licence, registry = known.licence, known.registry
    if licence is None:
        on_file = known.basis == "resident" and not _needs_licence(known)
        validity = registered(None, registry.licence_valid_to, known.as_of) if on_file else None
        return {
            "present": on_file,
            "source": "registry" if on_file else None,
            "document": None,
            **kind_names("business_licence"),
            "valid": validity.holds if validity else None,
            "valid_to": _iso(validity.valid_to) if validity else None,
            "code": None,
            "uscc": registry.uscc if on_file else None,
            "evidence": [],
            "code_evidence": [],
        }
    paper, validity = licence.paper, licence.validity
    code, code_places = code_state(licence)
    uscc = paper.read("holder_uscc").text
    if code == "doubtful" and uscc and uscc == known.who.uscc and known.who.uscc_certain:
        code = "right"
    counts = licence.holder is not False
    if counts:
        gathered.add(*_paper_doubts(paper, licence.holder, validity))
        if code in ("doubtful", "not_printed"):
            gathered.add(field_doubt(paper, "holder_uscc"))
    return {
        "present": True,
        "source": "paper",
        "document": paper.file,
        **kind_names(paper.kind),
        "valid": validity.holds if counts else None,
        "valid_to": _iso(validity.valid_to),
        "valid_from": _iso(validity.valid_from),
        "days_left": validity.days_left,
        "code": code if counts else None,
        "uscc": uscc,
        "registration_number": paper.read("registration_number").text,
        "evidence": places_of(validity.evidence or (paper.place,)),
        "code_evidence": places_of(code_places),
    }


def _needs_licence(known: Known) -> bool:
    """Whether a change concerns what only the licence can show (clause 5.2.3 a): name, code or person."""
    form, registry = known.form, known.registry
    if known.request != "change" or form is None:
        return False
    changed = (
        (form.institution.name, registry.name, names_agree),
        (form.institution.uscc, registry.uscc, same_code),
        (form.institution.legal_representative, registry.legal_representative, same_person),
    )
    return any(new and old and agree(new, old) is False for new, old, agree in changed)


def _paper_doubts(paper: Paper, holder: Truth, validity: Validity | None) -> list[Doubt]:
    found = [] if paper.kind_certain else [kind_doubt(paper)]
    if holder == "doubtful":
        found.append(field_doubt(paper, "holder_name"))
    if validity is not None and validity.doubt:
        found.append(field_doubt(paper, validity.doubt))
    return found


def _identity(known: Known, gathered: _Gathered) -> Object:
    licence = known.licence.paper if known.licence else None
    letters = [paper for paper, _ in known.papers if paper.kind == "commitment_letter"]
    made: Object = {}
    for name, field_name, same in (
        ("uscc", "holder_uscc", same_code),
        ("legal_representative", "legal_representative", same_person),
    ):
        claims = [form_claim(known.form, name, known.policy.certain_from), paper_claim("licence", licence, field_name)]
        claims += [paper_claim("letter", letter, field_name) for letter in letters]
        made[name] = _agreement(known, [claim for claim in claims if claim], field_name, same, gathered)
    if not known.who.uscc_certain and known.licence is None and known.form is not None and known.who.uscc:
        gathered.add(_form_doubt(known.form, "institution.uscc"))
    return made


def _agreement(known: Known, claims: Sequence[Claim], field_name: str, same: object, gathered: _Gathered) -> Object:
    """Whether form, licence and letter agree in one value; a doubtful claim that another source repeats is certain."""
    agree = same_code if same is same_code else same_person
    said = [claim for claim in claims if claim.value]
    sure = [
        claim
        for claim in said
        if claim.certain
        or any(agree(claim.value or "", other.value or "") is True for other in said if other is not claim)
    ]
    verdicts = [agree(one.value or "", other.value or "") for at, one in enumerate(sure) for other in sure[at + 1 :]]
    agrees: Truth = False if False in verdicts else "doubtful" if "doubtful" in verdicts else True
    unsure = [claim for claim in claims if claim not in sure and claim.source != "letter" and claim.document]
    unsure = [claim for claim in unsure if claim.source != "form" or claim.value]
    for claim in unsure if agrees is True else ():
        agrees = "doubtful"
        gathered.add(
            Doubt(
                field=field_name,
                kind=known.licence.paper.kind if claim.source == "licence" and known.licence else "application_form",
                document=claim.document,
                value=claim.value,
                confidence=None,
                evidence=claim.evidence,
            )
        )
    if agrees == "doubtful" and not unsure and sure:
        gathered.add(
            Doubt(
                field=field_name,
                kind=known.licence.paper.kind if known.licence else "application_form",
                document=sure[-1].document,
                value=sure[-1].value,
                confidence=None,
                evidence=tuple(place for claim in sure for place in claim.evidence),
            )
        )
    words = {"form": ("申请表", "form"), "licence": ("执照（法人证书）", "licence"), "letter": ("承诺书", "letter")}
    return {
        "agrees": agrees,
        "said_zh": [f"{words[claim.source][0]}：{claim.value}" for claim in sure],
        "said_en": [f"{words[claim.source][1]}: {claim.value}" for claim in sure],
        "document": next((claim.document for claim in reversed(sure) if claim.document), None),
        "evidence": places_of(place for claim in sure for place in claim.evidence),
    }


def _service(known: Known, row: DeclaredService, item: ServiceItem | None, gathered: _Gathered) -> Object:
    name = row.name or (item.names[0] if item else "—")
    if item is None:
        return {
            "service": name, "item": row.item, "qualification": "unknown_item", "in_business_scope": None,
            "qualified": False, "by": [], "rows": [], "absent_standards": [], "other_editions": [],
            "excluded": False, "document": None, "evidence": [],
        }  # fmt: skip
    paper = known.licence.paper if known.licence and known.licence.holder is not False else None
    scope = in_business_scope(paper, item, name)
    if scope.holds == "doubtful" and paper is not None:
        gathered.add(field_doubt(paper, "scope_text", service=name))
    found = candidates(item.requires, known.papers, known.registry.qualifications, known.as_of) if item.requires else []
    result = qualified(item, row, found, known.policy.certain_from)
    gathered.add(*result.doubts)
    instruments = item.covers != "instruments" or all(each.state == "valid" for each in _instruments(known))
    fit = result.holds and instruments and _scope_holds(known, scope)
    return {
        "service": name,
        "item": item.item,
        "item_zh": item.names[0],
        "category": item.category,
        "requires": item.requires,
        "requires_zh": kind_names(item.requires)["kind_zh"] if item.requires else None,
        "requires_en": kind_names(item.requires)["kind_en"] if item.requires else None,
        "standards": list(row.standards),
        "in_business_scope": scope.holds,
        "scope_item": scope.item,
        "scope_terms": list(item.scopes),
        "scope_evidence": places_of(scope.evidence),
        **_qualification(result),
        "qualified": fit,
        "by": _by(known, item, result) if fit else [],
        "rows": [each.shown() for each in result.rows] if fit else [],
    }


def _scope_holds(known: Known, scope: InScope) -> bool:
    """Whether the business scope lets the service be; without a licence paper the register vouches for a resident."""
    return scope.holds is True or (scope.holds is None and known.basis == "resident")


def _by(known: Known, item: ServiceItem, result: Qualified) -> list[Json]:
    """The files that qualify the service: its certificates, or the licence where none is required."""
    if result.by:
        return list(result.by)
    if item.covers == "instruments":
        return list(dict.fromkeys(each.paper.file for each in _instruments(known) if each.paper))
    return [known.licence.paper.file] if known.licence else []


def _qualification(result: Qualified) -> Object:
    each = result.candidate
    validity = each.validity if each else None
    # What a doubtful certificate may yet cover is a doubt, not something that is certainly lacking.
    known = result.standards if result.state != "doubtful" else ()
    absent = [covered.declared for covered in known if covered.status in ("absent", "excluded")]
    other = [covered for covered in known if covered.status == "other_edition"]
    excluded_rows = [row for covered in result.standards if covered.status == "excluded" for row in covered.rows]
    why: tuple[str | None, str | None] = (None, None)
    if absent and not result.annex_printed:
        why = "材料中没有证书附表", "the certificate's annex is not in the packet"
    elif excluded_rows or result.excluded:
        why = "证书范围明确不包括该服务", "the certificate's scope excludes the service expressly"
    elif absent:
        why = "证书附表中没有该标准", "the annex has no row for it"
    return {
        "qualification": result.state,
        "document": each.paper.file if each and each.paper else None,
        "certificate": each.label if each else None,
        "number": each.number if each else None,
        "valid_from": _iso(validity.valid_from) if validity else None,
        "valid_to": _iso(validity.valid_to) if validity else None,
        "absent_standards": list(absent),
        "absent_why_zh": why[0],
        "absent_why_en": why[1],
        "excluded": result.excluded,
        "other_editions": [covered.declared for covered in other],
        "held_editions": list(dict.fromkeys(edition for covered in other for edition in covered.editions)),
        "editions_evidence": places_of(places([row for covered in other for row in covered.rows])),
        "evidence": places_of([*result.evidence, *places(excluded_rows)]),
    }


def _certificates(known: Known, gathered: _Gathered) -> list[Json]:
    """The institution's own certificates with the days they have left; those that a later one follows are left out."""
    own = [
        (paper, validity_of(paper, known.as_of))
        for paper, holder in known.papers
        if paper.kind in QUALIFICATION_KINDS and holder is not False
    ]
    asked = {item.requires for item in known.services.services}
    found: list[Json] = []
    for paper, validity in own:
        followed = any(
            other.kind == paper.kind and later.state in ("valid", "not_yet_valid") and _later(later, validity)
            for other, later in own
            if other is not paper
        )
        if known.basis == "resident" and paper.kind in asked and not followed:
            holder = next(holder for each, holder in known.papers if each is paper)
            gathered.add(*_paper_doubts(paper, holder, validity))
        left = validity.days_left
        found.append(
            {
                "document": paper.file,
                **kind_names(paper.kind),
                "number": paper.read("certificate_number").text,
                "state": validity.state,
                "relied_on": known.basis == "resident" and not followed and paper.kind in asked,
                "valid_from": _iso(validity.valid_from),
                "valid_to": _iso(validity.valid_to),
                "days_left": left,
                "expiring": validity.state == "valid"
                and not followed
                and left is not None
                and left <= known.policy.expiring_days,
                "evidence": places_of(validity.evidence or (paper.place,)),
            }
        )
    return found


def _later(later: Validity, earlier: Validity) -> bool:
    return (later.valid_to or date.max) > (earlier.valid_to or date.max)


def _letter(known: Known, gathered: _Gathered) -> Object:
    letter = letter_of(known.papers)
    if letter is None:
        return {"present": False, "document": None, "whole": None, "signed": None, "dated": None, "evidence": []}
    paper, counts = letter.paper, letter.holder is not False
    demanded = known.basis != "exit"
    if counts and demanded:
        gathered.add(*_paper_doubts(paper, letter.holder, None), *(field_doubt(paper, name) for name in letter.doubts))
    promises = paper.read("promises").evidence or (paper.place,)
    return {
        "present": True,
        "document": paper.file,
        "whole": letter.whole if counts else None,
        "changed": list(letter.changed),
        "categories": letter.categories,
        "signed": letter.signed if counts else None,
        "dated": letter.dated if counts else None,
        "signed_on": paper.read("signed_on").text,
        "text_evidence": places_of(promises),
        "signature_evidence": places_of(paper.read("signature_present").evidence or (paper.place,)),
        "date_evidence": places_of(paper.read("signed_on").evidence or (paper.place,)),
        "evidence": places_of((paper.place,)),
    }


def _presence(known: Known, kind: str, gathered: _Gathered, matters: bool = True) -> Object:
    """Whether a paper of a kind is there; one of a doubtful kind is there in doubt."""
    papers = [paper for paper, _ in known.of_kind(kind)]
    sure = [paper for paper in papers if paper.kind_certain]
    present: Truth = True if sure else "doubtful" if papers else False
    if present == "doubtful" and matters and known.basis == "admission":
        gathered.add(kind_doubt(papers[0]))
    best = next(iter(sure or papers), None)
    return {
        "present": present,
        "document": best.file if best else None,
        **kind_names(kind),
        "evidence": places_of((best.place,)) if best else [],
    }


def _capability(known: Known, gathered: _Gathered) -> Object:
    """Whether the packet shows capability in the field: any certificate of the institution, or a proof of it."""
    shown = [(paper, holder) for paper, holder in known.papers if paper.kind in QUALIFICATION_KINDS]
    shown += [(paper, True) for paper, _ in known.of_kind("capability_proof")]
    by = [paper for paper, holder in shown if holder is True and paper.kind_certain]
    unsure = [(paper, holder) for paper, holder in shown if holder is not False]
    proven: Json
    if by:
        proven = True
    elif unsure:
        proven = "doubtful"
        if known.basis == "admission" and known.who.category != "shared_laboratory":
            gathered.add(*_paper_doubts(unsure[0][0], unsure[0][1], None))
    else:
        # A certificate made out to another institution is found as such, not also as missing.
        proven = None if shown else False
    return {
        "proven": proven,
        "by": [paper.file for paper in by],
        "evidence": places_of(paper.place for paper in by[:5]),
    }


def _instruments(known: Known) -> list[Calibrated]:
    offered = known.form.equipment if known.form else ()
    if not offered and not known.of_kind("calibration_certificate"):
        offered = (Instrument(name=None),)
    months = known.policy.calibration_months
    return [calibrated(each, known.papers, known.as_of, months) for each in offered]


def _equipment(known: Known, gathered: _Gathered) -> list[Json]:
    if not known.shared_laboratory or known.form is None:
        return []
    service = next((row.name for row, item in known.declared if item and item.covers == "instruments"), None)
    found: list[Json] = []
    for each in _instruments(known):
        gathered.add(*each.doubts)
        validity, place = each.validity, (each.paper.place,) if each.paper else ()
        found.append(
            {
                "instrument": each.instrument.name,
                "model": each.instrument.model,
                "serial": each.instrument.serial,
                "service": service,
                "calibration": each.state,
                "document": each.paper.file if each.paper else None,
                "valid_from": _iso(validity.valid_from) if validity else None,
                "valid_to": _iso(validity.valid_to) if validity else None,
                "derived": validity.derived if validity else False,
                "evidence": places_of((validity.evidence if validity else ()) or place),
            }
        )
    return found


def _credit(known: Known, gathered: _Gathered) -> Object:
    who, policy = known.who, known.policy
    uscc = who.uscc if who.uscc_certain else None
    hits = credit_hits(known.credit, uscc, known.as_of, policy.look_back_years)
    reports = known.of_kind("credit_report")
    sure = [paper for paper, holder in reports if holder is not False and paper.kind_certain]
    checked: Truth = bool(known.credit.loaded) or bool(sure)
    if not checked and (unsure := [paper for paper, holder in reports if holder is not False]):
        checked = "doubtful"
        gathered.add(kind_doubt(unsure[0]))
    return {
        "checked": checked,
        "lists": list(known.credit.loaded),
        "entries": [
            {
                "hit": each.hit,
                "list": each.entry.list,
                "uscc": each.entry.uscc,
                "listed_name": each.entry.name,
                "listed_on": each.entry.listed_on.isoformat(),
                "removed_on": _iso(each.entry.removed_on),
                "reason": each.entry.reason,
                "evidence": [],
            }
            for each in hits
        ],
        "evidence": [],
    }


def _renewal(known: Known) -> Object:
    """Whether a renewal brings a certificate or licence at all."""
    kinds = QUALIFICATION_KINDS | LICENCE_KINDS | {"calibration_certificate"}
    papers = [paper for paper, _ in known.papers if paper.kind in kinds]
    return {"present": bool(papers), "document": None, "evidence": []}


def _seals(known: Known, made: Object, gathered: _Gathered) -> list[Json]:
    """The seal of every paper that must bear one: licence, letter and the required certificates that count."""
    wanted: dict[str, Paper] = {}
    if known.licence is not None and known.licence.holder is not False:
        wanted[known.licence.paper.file + "#licence"] = known.licence.paper
    for paper, holder in known.papers:
        if holder is not False and _must_be_sealed(known, paper):
            wanted[f"{paper.file}#{paper.kind}#{paper.read('certificate_number').text}"] = paper
    found: list[Json] = []
    for paper in wanted.values():
        seal = sealed(paper, known.who.name)
        if seal.state == "doubtful" and known.basis != "exit":
            gathered.add(seal_doubt(paper, seal.evidence))
        found.append(
            {
                "document": paper.file,
                **kind_names(paper.kind),
                "seal": seal.state,
                "seal_texts": list(seal.texts),
                "institution_name": known.who.name,
                "evidence": places_of(seal.evidence),
            }
        )
    return found


def _must_be_sealed(known: Known, paper: Paper) -> bool:
    if paper.kind == "commitment_letter":
        letter = letter_of(known.papers)
        return letter is not None and letter.paper is paper
    required = {item.requires for _, item in known.declared if item and item.requires}
    if known.basis == "resident":
        required |= {item.requires for item in known.services.services if item.requires}
    if paper.kind not in required:
        return False
    own = [validity_of(each, known.as_of).rank for each, holder in known.of_kind(paper.kind) if holder is not False]
    return paper.kind in ("cma_certificate", "calibration_certificate") or validity_of(paper, known.as_of).rank >= max(
        own
    )


def _doubt(doubt: Doubt) -> Object:
    return {
        **field_names(doubt.field),
        **kind_names(doubt.kind),
        "document": doubt.document,
        "service": doubt.service,
        "value": doubt.value,
        "confidence": doubt.confidence,
        "decisive": True,
        "evidence": places_of(doubt.evidence),
    }
