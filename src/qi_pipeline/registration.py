"""What the register takes over when a packet is admitted (入驻登记): the institution, its services and certificates.

Only what was read with certainty is taken over; a service takes along the certificates that qualify it. A service that
the register lists and the form does not declare goes over to the new certificate of the same kind (4.2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from qi_pipeline.admission.identity import same_person
from qi_pipeline.admission.names import folded_name, names_agree
from qi_pipeline.admission.papers import QUALIFICATION_KINDS, Paper, papers_of
from qi_pipeline.admission.validity import validity_of
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Decision, Document, Json
from qi_pipeline.policy import Policy, ResidencyPolicy
from qi_pipeline.records import register
from qi_pipeline.records.rows import Entry, QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store
from qi_pipeline.workdays import add_working_days

_INSTRUMENT = "calibration_certificate"
_Place = tuple[str, str, int]
"""File, kind and first page of a paper: two certificates in one file are told apart by it."""


def entry_of(
    dossier: Mapping[str, Json], decision: Decision, documents: Sequence[Document], policy: Policy
) -> Entry | None:
    """What an admission enters; None where the institution's code is not known, so that nothing can be entered."""
    who = dossier["institution"]
    assert isinstance(who, dict)
    uscc = _text(who.get("uscc"))
    if uscc is None:
        return None
    as_of = date.fromisoformat(decision.as_of)
    declared = {service.get("service"): service for service in _objects(dossier.get("services"))}
    admitted = [service for service in decision.services if service.qualified]
    lists = _lists(dossier, {service.name for service in admitted})
    own = {
        (str(place["file"]), str(each["kind"]), int(str(_list(place["pages"])[0])) if place["pages"] else 1)
        for each in _objects(dossier.get("documents"))
        if each.get("holder_agrees") is not False
        for place in _objects(each.get("pages"))
    }
    papers = [
        paper for paper in papers_of(documents, policy.admission.certain_from) if own.intersection(_places(paper))
    ]
    licences = [paper for paper in papers if paper.kind in LICENCE_KINDS and paper.kind_certain]
    qualifications: list[QualificationEntry] = []
    doubtful: list[tuple[str, str]] = []
    licence_seen, licence_to = False, None
    for paper in papers:
        if not paper.kind_certain:
            doubtful += [(paper.kind, document.file) for document in paper.documents]
            continue
        validity = validity_of(paper, as_of, calibration_months=policy.admission.calibration_months)
        if paper.kind in LICENCE_KINDS and validity.state in ("valid", "expired"):
            licence_seen, licence_to = True, validity.valid_to
        if paper.kind not in QUALIFICATION_KINDS | {_INSTRUMENT}:
            continue
        if validity.state == "doubtful":
            doubtful += [(paper.kind, document.file) for document in paper.documents]
            continue
        authority = paper.read("issuing_authority")
        number = paper.read("instrument_serial" if paper.kind == _INSTRUMENT else "certificate_number")
        qualifications.append(
            QualificationEntry(
                kind=paper.kind,
                number=number.text if number.certain else None,
                issuing_authority=authority.text if authority.certain else None,
                valid_from=validity.valid_from.isoformat() if validity.valid_from else None,
                valid_to=validity.valid_to.isoformat() if validity.valid_to else None,
                services=tuple(dict.fromkeys(name for place in _places(paper) for name in lists.get(place, ()))),
                file=paper.file,
                page=paper.place.page,
            )
        )
    facts = {name: _text(who.get(name)) for name in ("name", "legal_representative", "address")}
    if str(dossier["request"]) == "change":
        facts["address"] = _changed_address(dossier, licences) or facts["address"]
    behind = _papers_behind(dossier, facts, licences)
    return Entry(
        uscc=uscc,
        request=str(dossier["request"]),
        name=facts["name"],
        category=_text(who.get("category")),
        legal_representative=facts["legal_representative"],
        address=facts["address"],
        licence_seen=licence_seen,
        licence_valid_to=licence_to.isoformat() if licence_to else None,
        services=tuple(
            ServiceEntry(
                name=service.name,
                item=service.item or None,
                standards=tuple(str(each) for each in _list(declared.get(service.name, {}).get("standards"))),
            )
            for service in admitted
        ),
        qualifications=tuple(qualifications),
        doubtful=tuple(doubtful),
        papers=behind,
        report_by=_report_by(behind, licences, policy.residency),
    )


def _report_by(papers: Mapping[str, str], licences: Sequence[Paper], policy: ResidencyPolicy) -> dict[str, str]:
    """The last day on which what a licence shows is reported in time (5.2.3), from the licence's date of issue."""
    found: dict[str, str] = {}
    for paper in licences:
        issued = paper.read("issued_on")
        if issued.certain and issued.text:
            due = add_working_days(date.fromisoformat(issued.text), policy.change_working_days).date.isoformat()
            own = {document.file for document in paper.documents}
            found |= {name: due for name, place in papers.items() if place.partition(", p. ")[0] in own}
    return found


def resident_holder(store: Store, documents: Sequence[Document], certain_from: float) -> str | None:
    """The code of the resident to whom papers without form and code are made out; None unless that is certain.

    Every certificate and licence must name the same holder, read with certainty, and the register must know exactly
    one resident of that name; of several, the one that has a certificate of that kind and number on file.
    """
    names: set[str] = set()
    numbers: set[tuple[str, str]] = set()
    for paper in papers_of(documents, certain_from):
        if paper.kind not in QUALIFICATION_KINDS | LICENCE_KINDS | {_INSTRUMENT}:
            continue
        name, number = paper.read("holder_name"), paper.read("certificate_number")
        if not paper.kind_certain or not name.certain or name.text is None:
            return None
        names.add(folded_name(name.text))
        if number.certain and number.text is not None:
            numbers.add((paper.kind, number.text))
    if len(names) != 1:
        return None
    return register.resident_named(store.engine, names.pop(), numbers)


def _lists(dossier: Mapping[str, Json], admitted: Collection[str]) -> dict[_Place, list[str]]:
    """The services that each paper qualifies: what the dossier says of it, and what it renews in the register."""
    found: dict[_Place, list[str]] = {}
    for service in _objects(dossier.get("services")):
        if service.get("service") in admitted:
            for each in _objects(service.get("certificates")):
                found.setdefault(_place(each), []).append(str(service["service"]))
    for service in _objects(dossier.get("registered_services")):
        for each in _objects(service.get("renewed_by")):
            found.setdefault(_place(each), []).append(str(service["service"]))
    return found


def _place(each: Mapping[str, Json]) -> _Place:
    return str(each["document"]), str(each["kind"]), int(str(each["page"]))


def _places(paper: Paper) -> list[_Place]:
    """The places by which the dossier may name the paper: any of its copies may have come first there."""
    return [(document.file, paper.kind, document.pages[0] if document.pages else 1) for document in paper.documents]


def _changed_address(dossier: Mapping[str, Json], licences: Sequence[Paper]) -> str | None:
    """The address on the new licence of a change that brings no form (5.2.3); None where the form says it."""
    application = dossier.get("application")
    if isinstance(application, dict) and application.get("present"):
        return None
    printed = [reading for paper in licences if (reading := paper.read("address")).certain]
    return printed[0].text if printed else None


def _papers_behind(
    dossier: Mapping[str, Json], facts: Mapping[str, str | None], licences: Sequence[Paper]
) -> dict[str, str]:
    """The paper that says each fact, file and page: the licence that prints it, else the application."""
    application = dossier.get("application")
    form = _text(application.get("document")) if isinstance(application, dict) else None
    agrees: dict[str, Callable[[str, str], object]] = {
        "name": names_agree,
        "legal_representative": same_person,
        "address": lambda one, other: "".join(one.split()) == "".join(other.split()),
    }
    found: dict[str, str] = {}
    for name, value in facts.items():
        printed = "holder_name" if name == "name" else name
        for paper in licences:
            said = paper.read(printed)
            if value and said.text and agrees[name](said.text, value) is True and said.evidence:
                found[name] = f"{said.evidence[0].file}, p. {said.evidence[0].page}"
                break
        else:
            if value and form:
                found[name] = form
    if licences:
        found["licence_valid_to"] = f"{licences[-1].file}, p. {licences[-1].place.page}"
    return found


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
