"""The parts of a dossier about papers: every document, the licence, certificates, the letter, seals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qi_pipeline.admission.doubts import field_doubt, kind_doubt, seal_doubt
from qi_pipeline.admission.identity import code_says_otherwise, parents_licence, same_code, same_person
from qi_pipeline.admission.known import Gathered, Known, Object, iso, paper_doubts, places_of
from qi_pipeline.admission.letter import CATEGORIES, Letter, letter_of
from qi_pipeline.admission.licence import code_state
from qi_pipeline.admission.names import Truth, names_agree
from qi_pipeline.admission.papers import QUALIFICATION_KINDS, Paper
from qi_pipeline.admission.seals import sealed
from qi_pipeline.admission.validity import Validity, registered, validity_of
from qi_pipeline.admission.wording import kind_names
from qi_pipeline.extraction.identifiers import compact, is_uscc
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Evidence, Json

_HELD_BY_SOMEBODY = QUALIFICATION_KINDS | LICENCE_KINDS | {"calibration_certificate", "commitment_letter"}
"""Kinds that are made out to an institution, so that another's is a finding."""
_WHOLE_PAGE = (0.0, 0.0, 1.0, 1.0)
_MANY = ("cma_certificate", "calibration_certificate")
"""Kinds of which several certificates may count at once."""


def document_sections(known: Known, gathered: Gathered) -> list[Json]:
    """Every paper with its fields, whose it is, and whether its QR code and print agree."""
    own_licence = known.licence is not None and known.licence.holder is True
    found: list[Json] = []
    for paper, holder in known.papers:
        name, number = paper.read("holder_name"), paper.read("certificate_number")
        agrees: Json = holder if paper.kind in _HELD_BY_SOMEBODY else None
        # A branch may lay its parent's licence beside its own.
        beside = own_licence and parents_licence(paper, known.who)
        otherwise = code_says_otherwise(paper, known.who)
        unread = [
            Evidence(file=document.file, page=page, box=_WHOLE_PAGE)
            for document in paper.documents
            for page in document.unread
        ]
        if otherwise is not None and not otherwise.sure:
            gathered.add(field_doubt(paper, otherwise.field))
        found.append(
            {
                "document": paper.file,
                **kind_names(paper.kind),
                "files": [document.file for document in paper.documents],
                "pages": [{"file": document.file, "pages": list(document.pages)} for document in paper.documents],
                "certain": paper.kind_certain,
                "legible": any(document.legible for document in paper.documents),
                "page_numbers": [
                    page for document in paper.documents if document.file == paper.file for page in document.pages
                ],
                "unread": places_of(unread),
                "unread_pages": [f"{place.file} ({place.page})" for place in unread],
                "clause": "5.1" if paper.kind in LICENCE_KINDS | {"commitment_letter"} else "4.2",
                "holder_name": name.text,
                "holder_agrees": agrees,
                "of_another": agrees is False and not beside,
                "institution_name": known.who.name,
                "number": number.text,
                "code_agrees": otherwise is None or ("doubtful" if not otherwise.sure else False),
                "code_says": otherwise.said if otherwise else None,
                "print_says": otherwise.printed if otherwise else None,
                "fields": _fields(paper),
                "code_evidence": places_of(otherwise.evidence) if otherwise else [],
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


def licence_section(known: Known, gathered: Gathered) -> Object:
    """The licence that counts (clause 5.1 a), on paper or, for a resident, on file."""
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
            "valid_to": iso(validity.valid_to) if validity else None,
            "code": None,
            "uscc": registry.uscc if on_file else None,
            "evidence": [],
            "code_evidence": [],
        }
    paper, validity = licence.paper, licence.validity
    code, code_places = code_state(licence)
    uscc = paper.read("holder_uscc").text
    if code == "doubtful" and uscc and compact(uscc) == known.who.uscc and known.who.uscc_certain:
        code = "right" if is_uscc(compact(uscc)) else "wrong"
    counts = licence.holder is not False
    if counts:
        gathered.add(*paper_doubts(paper, licence.holder, validity))
        if code in ("doubtful", "not_printed"):
            gathered.add(field_doubt(paper, "holder_uscc"))
    return {
        "present": True,
        "source": "paper",
        "document": paper.file,
        **kind_names(paper.kind),
        "valid": validity.holds if counts else None,
        "valid_to": iso(validity.valid_to),
        "valid_from": iso(validity.valid_from),
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


def certificate_sections(known: Known, gathered: Gathered) -> list[Json]:
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
            gathered.add(*paper_doubts(paper, holder, validity))
        left = validity.days_left
        found.append(
            {
                "document": paper.file,
                **kind_names(paper.kind),
                "number": paper.read("certificate_number").text,
                "state": validity.state,
                "relied_on": known.basis == "resident" and not followed and paper.kind in asked,
                "valid_from": iso(validity.valid_from),
                "valid_to": iso(validity.valid_to),
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


def letter_section(known: Known, gathered: Gathered) -> Object:
    """The letter that counts (clause 5.1 c, Annex A)."""
    letter = letter_of(known.papers, known.as_of, known.trails_off)
    if letter is None:
        return {"present": False, "document": None, "whole": None, "signed": None, "dated": None, "evidence": []}
    paper, counts = letter.paper, letter.holder is not False
    demanded = known.basis != "exit"
    if counts and demanded:
        gathered.add(*paper_doubts(paper, letter.holder, None), *(field_doubt(paper, name) for name in letter.doubts))
    turned = letter.changed or letter.closing_turned
    lacking = letter.whole is False and letter.categories is not None and letter.categories < CATEGORIES
    named = ["promises"] * (bool(turned) or not lacking) + ["information_categories"] * lacking
    wording = tuple(place for name in named for place in paper.read(name).evidence) or (paper.place,)
    signature = paper.read("signature_present").evidence or (paper.place,)
    return {
        "present": True,
        "document": paper.file,
        "whole": letter.whole if counts else None,
        "changed": list(letter.changed),
        **_changes(letter),
        "categories": letter.categories,
        "signed": letter.signed if counts else None,
        "dated": letter.dated if counts else None,
        **_undated(letter),
        "signed_on": paper.read("signed_on").text,
        "text_evidence": places_of(wording),
        "signature_evidence": places_of(signature),
        # A day that isn't there is looked for on the page of the signature, which it stands below.
        "date_evidence": places_of(paper.read("signed_on").evidence or (replace(signature[0], box=_WHOLE_PAGE),)),
        "evidence": places_of((paper.place,)),
    }


def _undated(letter: Letter) -> Object:
    """What is wrong with the date, in words; read only where it is wrong."""
    if not letter.dated_ahead:
        return {"undated_zh": "没有填写签署日期", "undated_en": "bears no date"}
    day = letter.paper.read("signed_on").text
    return {
        "undated_zh": f"签署日期{day}尚未到来",
        "undated_en": f"is dated {day}, a day that has not come yet",
    }


def _changes(letter: Letter) -> Object:
    """What of Annex A is missing or changed, in words."""
    zh = [f"第{'、'.join(letter.changed)}条承诺有缺失或者改动"] if letter.changed else []
    en = [f"promise {', '.join(letter.changed)} is missing or changed"] if letter.changed else []
    if letter.closing_turned:
        zh.append("结尾的责任声明有缺失或者改动")
        en.append("the closing, by which the institution answers for its promises, is missing or changed")
    if letter.categories is not None and letter.categories < CATEGORIES:
        zh.append(f"所列信息类别仅有{letter.categories}类（应为{CATEGORIES}类）")
        en.append(f"only {letter.categories} of {CATEGORIES} categories of information are listed")
    return {"changes_zh": "；".join(zh), "changes_en": "; ".join(en)}


def presence_section(known: Known, kind: str, gathered: Gathered, matters: bool = True) -> Object:
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


def seal_sections(known: Known, gathered: Gathered) -> list[Json]:
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
        if seal.state in ("none", "others") and known.trails_off(paper):
            seal = replace(seal, state="doubtful")  # it may stand on the page that could not be told
        if seal.state == "doubtful" and known.basis != "exit":
            gathered.add(seal_doubt(paper, seal.evidence, unread=seal.line_unread))
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
    """Whether the paper is the letter that counts, or a required certificate that no better one replaces."""
    if paper.kind == "commitment_letter":
        letter = letter_of(known.papers, known.as_of, known.trails_off)
        return letter is not None and letter.paper is paper
    required = {item.requires for _, item in known.declared if item and item.requires}
    if known.basis == "resident":
        required |= {item.requires for item in known.services.services if item.requires}
    if paper.kind not in required:
        return False
    term = validity_of(paper, known.as_of)
    others = [validity_of(each, known.as_of) for each, holder in known.of_kind(paper.kind) if holder is not False]
    if paper.kind in _MANY:
        return term.state != "expired" or all(other.state == "expired" for other in others)
    return term.rank >= max(other.rank for other in others)
