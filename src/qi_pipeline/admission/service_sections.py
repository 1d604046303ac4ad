"""The parts of a dossier about declared services and offered instruments (clauses 4.1, 4.2 and 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qi_pipeline.admission.business_scope import InScope, in_business_scope
from qi_pipeline.admission.coverage import places
from qi_pipeline.admission.doubts import field_doubt
from qi_pipeline.admission.equipment import Calibrated, calibrated, shown_instruments
from qi_pipeline.admission.facts import KnownQualification
from qi_pipeline.admission.form import DeclaredService, Instrument
from qi_pipeline.admission.known import Gathered, Known, Object, iso, places_of
from qi_pipeline.admission.papers import QUALIFICATION_KINDS, Paper
from qi_pipeline.admission.qualification import Candidate, Qualified, candidates, qualified, renewing
from qi_pipeline.admission.services import ServiceItem
from qi_pipeline.admission.validity import registered, validity_of
from qi_pipeline.admission.wording import kind_names
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Json


def service_sections(known: Known, gathered: Gathered) -> list[Json]:
    """Every declared service, in the order of the form."""
    kinds = {item.requires for _, item in known.declared if item and item.requires}
    found = {kind: candidates(kind, known.papers, known.registry.qualifications, known.as_of) for kind in sorted(kinds)}
    return [_service(known, row, item, found, gathered) for row, item in known.declared]


def _service(
    known: Known,
    row: DeclaredService,
    item: ServiceItem | None,
    certificates: Mapping[str, Sequence[Candidate]],
    gathered: Gathered,
) -> Object:
    """One declared service: its business scope, its qualification, and whether it qualifies and by what."""
    name = row.name or (item.names[0] if item else "—")
    if item is None:
        return {
            "service": name, "item": row.item, "qualification": "unknown_item", "in_business_scope": None,
            "qualified": False, "by": [], "certificates": [], "rows": [], "absent_standards": [], "other_editions": [],
            "excluded": False, "document": None, "evidence": [],
        }  # fmt: skip
    paper = known.licence.paper if known.licence and known.licence.holder is not False else None
    scope = in_business_scope(paper, item, name)
    if scope.holds == "doubtful" and paper is not None:
        gathered.add(field_doubt(paper, "scope_text", service=name))
    found = certificates.get(item.requires or "", ())
    result = qualified(item, row, found, known.policy.certain_from, known.registry.standards)
    gathered.add(*result.doubts)
    instruments = item.covers != "instruments" or all(each.state == "valid" for each in instruments_of(known))
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
        "scope_document": paper.file if paper else None,
        "scope_terms": list(item.scopes),
        "scope_evidence": places_of(scope.evidence),
        **_qualification(result),
        "qualified": fit,
        "by": _by(known, item, result) if fit else [],
        "certificates": _certificates(known, row, item, found, result) if fit else [],
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
        return list(dict.fromkeys(each.paper.file for each in instruments_of(known) if each.paper))
    return [known.licence.paper.file] if known.licence else []


def _certificates(
    known: Known, row: DeclaredService, item: ServiceItem, certificates: Sequence[Candidate], result: Qualified
) -> list[Json]:
    """The papers that qualify the service or will, told apart where several lie in one file."""
    also = renewing(item, row, certificates, known.policy.certain_from) if len(certificates) > 1 else []
    papers = [each.paper for each in (*result.held_by, *also)]
    if item.covers == "instruments":
        papers = [each.paper for each in instruments_of(known)]
    found: list[Json] = []
    for paper in papers:
        if paper is not None and (place := place_of(paper)) not in found:
            found.append(place)
    return found


def place_of(paper: Paper) -> Object:
    """Where a paper of the packet begins: enough to know it from another in the same file."""
    front = paper.documents[0]
    return {"document": front.file, "kind": paper.kind, "page": front.pages[0] if front.pages else 1}


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
        "valid_from": iso(validity.valid_from) if validity else None,
        "valid_to": iso(validity.valid_to) if validity else None,
        "absent_standards": list(absent),
        "absent_why_zh": why[0],
        "absent_why_en": why[1],
        "excluded": result.excluded,
        "other_editions": [covered.declared for covered in other],
        "held_editions": list(dict.fromkeys(edition for covered in other for edition in covered.editions)),
        "editions_evidence": places_of(places([row for covered in other for row in covered.rows])),
        "evidence": places_of([*result.evidence, *places(excluded_rows)]),
    }


def instruments_of(known: Known) -> list[Calibrated]:
    """Every offered instrument with its calibration; where the form lists none, those that the certificates show.

    One without a name stands for equipment that nobody named or showed.
    """
    offered = known.form.equipment if known.form else ()
    months = known.policy.calibration_months
    if not offered and known.of_kind("calibration_certificate"):
        return shown_instruments(known.papers, known.as_of, months)
    return [calibrated(each, known.papers, known.as_of, months) for each in offered or (Instrument(name=None),)]


def equipment_sections(known: Known, gathered: Gathered) -> list[Json]:
    """The instruments of a shared laboratory (clause 4.5)."""
    if not known.shared_laboratory or known.form is None:
        return []
    service = next((row.name for row, item in known.declared if item and item.covers == "instruments"), None)
    found: list[Json] = []
    for each in instruments_of(known):
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
                "valid_from": iso(validity.valid_from) if validity else None,
                "valid_to": iso(validity.valid_to) if validity else None,
                "derived": validity.derived if validity else False,
                "evidence": places_of((validity.evidence if validity else ()) or place),
            }
        )
    return found


def renewal_section(known: Known) -> Object:
    """Whether a renewal brings a certificate or licence at all."""
    kinds = QUALIFICATION_KINDS | LICENCE_KINDS | {"calibration_certificate"}
    papers = [paper for paper, _ in known.papers if paper.kind in kinds]
    return {"present": bool(papers), "document": None, "evidence": []}


def registered_sections(known: Known) -> list[Json]:
    """The services that the register lists, each with whether a certificate for it is valid on the as-of date.

    An audit or a renewal is judged with what the register holds (5.2.4): a service stays qualified while any
    certificate on file that lists it is valid, or a new one of the same kind lies in the packet. What the form
    declares is judged as declared.
    """
    declared = {row.name for row, _ in known.declared}
    names = dict.fromkeys(name for each in known.registry.qualifications for name in each.services)
    found: list[Json] = []
    for name in names:
        if known.basis != "resident" or name in declared:
            continue
        on_file = [each for each in known.registry.qualifications if name in each.services]
        kinds = {each.kind for each in on_file}
        terms = [registered(each.valid_from, each.valid_to, known.as_of) for each in on_file]
        renewed = [
            paper
            for paper, holder in known.papers
            if paper.kind in kinds and holder is not False and validity_of(paper, known.as_of).state != "expired"
        ]
        last = max(terms, key=lambda term: term.rank)
        number = on_file[terms.index(last)].number
        kind = on_file[terms.index(last)].kind
        found.append(
            {
                "service": name,
                **kind_names(kind),
                "number": number,
                "valid_to": iso(last.valid_to),
                "state": "valid" if renewed else last.state,
                "renewed_by": [place_of(paper) for paper in _renewing(renewed, on_file)],
                "document": None,
                "evidence": [],
            }
        )
    return found


def _renewing(papers: Sequence[Paper], on_file: Sequence[KnownQualification]) -> Sequence[Paper]:
    """Of the new papers those that bear a number on file, else all: a renewal often has a number of its own."""
    numbers = {compact(each.number) for each in on_file if each.number}
    same = [paper for paper in papers if compact(paper.read("certificate_number").text or "") in numbers]
    return same or papers
