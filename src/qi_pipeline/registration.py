"""What the register takes over when a packet is admitted (入驻登记): the institution, its services and certificates.

Only what was read with certainty is taken over; a service takes along the certificates that qualify it. A service that
the register lists and the form does not declare goes over to the new certificate of the same kind (4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qi_pipeline.admission.papers import QUALIFICATION_KINDS, papers_of
from qi_pipeline.admission.validity import validity_of
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Decision, Document, Json
from qi_pipeline.policy import Policy
from qi_pipeline.records.rows import Entry, QualificationEntry, ServiceEntry

_INSTRUMENT = "calibration_certificate"


def entry_of(
    dossier: Mapping[str, Json], decision: Decision, documents: Sequence[Document], policy: Policy
) -> Entry | None:
    """What an admission enters; None where the institution's code is not known, so that nothing can be entered."""
    from datetime import date

    who = dossier["institution"]
    assert isinstance(who, dict)
    uscc = _text(who.get("uscc"))
    if uscc is None:
        return None
    as_of = date.fromisoformat(decision.as_of)
    declared = {service.get("service"): service for service in _objects(dossier.get("services"))}
    admitted = [service for service in decision.services if service.qualified]
    by_file: dict[str, list[str]] = {}
    for offered in admitted:
        for file in offered.by:
            by_file.setdefault(file, []).append(offered.name)
    renewed: dict[tuple[Json, Json], list[str]] = {}
    for service in _objects(dossier.get("registered_services")):
        for each in _objects(service.get("renewed_by")):
            renewed.setdefault((each["document"], each["kind"]), []).append(str(service["service"]))
    own = {
        _text(each.get("document"))
        for each in _objects(dossier.get("documents"))
        if each.get("holder_agrees") is not False
    }
    qualifications: list[QualificationEntry] = []
    licence_seen, licence_to = False, None
    for paper in papers_of(documents, policy.admission.certain_from):
        if paper.file not in own or not paper.kind_certain:
            continue
        validity = validity_of(paper, as_of)
        if paper.kind in LICENCE_KINDS and validity.state in ("valid", "expired"):
            licence_seen, licence_to = True, validity.valid_to
        if paper.kind not in QUALIFICATION_KINDS | {_INSTRUMENT} or validity.state == "doubtful":
            continue
        number = paper.read("instrument_serial" if paper.kind == _INSTRUMENT else "certificate_number")
        qualifications.append(
            QualificationEntry(
                kind=paper.kind,
                number=number.text if number.certain else None,
                issuing_authority=paper.read("issuing_authority").text,
                valid_from=validity.valid_from.isoformat() if validity.valid_from else None,
                valid_to=validity.valid_to.isoformat() if validity.valid_to else None,
                services=tuple(
                    dict.fromkeys(
                        [name for document in paper.documents for name in by_file.get(document.file, ())]
                        + renewed.get((paper.file, paper.kind), [])
                    )
                ),
                file=paper.file,
            )
        )
    return Entry(
        uscc=uscc,
        request=str(dossier["request"]),
        name=_text(who.get("name")),
        category=_text(who.get("category")),
        legal_representative=_text(who.get("legal_representative")),
        address=_text(who.get("address")),
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
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
