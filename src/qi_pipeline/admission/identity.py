"""Who applies (机构身份), and whether each paper is made out to that institution (clauses 4.2 and 5.1).

The application says who applies; without it the licence does, then the register. A doubtful name that reads exactly as
the one from another source is settled by that agreement, for the two can't have been misread into each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.admission.form import Form
from qi_pipeline.admission.names import Truth, folded_name, is_branch_of, names_agree, persons_agree
from qi_pipeline.admission.papers import Paper
from qi_pipeline.extraction.identifiers import compact, is_uscc
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Evidence
from qi_pipeline.reading.seal_names import AGREES_FROM, seal_names

_USCC = re.compile(r"(?<![0-9A-Z])[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Z])")
_LABELLED_NUMBER = re.compile(
    r"(?:证书编号|编号|证号|注册号|批准号|cert(?:ificate)?_?(?:no|number)|zsbh)\s*[:：=]\s*([0-9A-Z\-]{5,})",
    re.IGNORECASE,
)
_COMPARED = LICENCE_KINDS | {"commitment_letter"}
"""Papers whose code is compared as such (``uscc_mismatch``); on any other paper another code is another holder."""
_LABELLED_NAME = re.compile(r"(?:企业名称|机构名称|单位名称|获证组织名称|名称)\s*[:：]\s*([^\s;；,，|&]{4,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says of the institution, as far as it could be read."""

    source: str
    """``form``, ``licence``, ``letter`` or ``registry``."""
    value: str | None
    certain: bool
    evidence: tuple[Evidence, ...] = ()
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The institution that applies."""

    name: str | None
    uscc: str | None
    legal_representative: str | None
    address: str | None
    category: str | None
    name_certain: bool
    uscc_certain: bool


def identity_of(
    form: Form | None, papers: Sequence[Paper], registry: RegistrySnapshot, certain_from: float
) -> Identity:
    """The institution that applies, from the application, else the licence, else the register."""
    licences = [paper for paper in papers if paper.kind in LICENCE_KINDS]
    name, name_certain = _chosen(_claims("name", "holder_name", form, licences, registry.name, certain_from))
    own = [paper for paper in licences if name and names_agree(paper.read("holder_name").text or "", name) is True]
    codes = _claims("uscc", "holder_uscc", form, own if name else licences, registry.uscc, certain_from)
    uscc, uscc_certain = _chosen(codes)
    # Where the application and the own licence give different codes, neither is known to be the institution's.
    uscc_certain = uscc_certain and len({compact(code) for code, certain in codes if certain}) < 2
    person, _ = _chosen(
        _claims(
            "legal_representative",
            "legal_representative",
            form,
            licences,
            registry.legal_representative,
            certain_from,
        )
    )
    return Identity(
        name=name,
        uscc=compact(uscc) if uscc else None,
        legal_representative=person,
        address=(form.institution.address if form else None) or registry.address,
        category=(form.institution.category if form else None) or registry.category,
        name_certain=name_certain,
        uscc_certain=uscc_certain,
    )


def form_claim(form: Form | None, name: str, certain_from: float) -> Claim:
    """What the application says."""
    if form is None:
        return Claim(source="form", value=None, certain=False)
    path = f"institution.{name}"
    value = getattr(form.institution, name)
    return Claim(
        source="form",
        value=value,
        certain=value is not None and form.confidence_for(path) >= certain_from,
        evidence=(form.evidence_for(path),),
        document=form.file,
    )


def paper_claim(source: str, paper: Paper | None, field: str) -> Claim | None:
    """What a paper says; None where it does not print the field."""
    reading = paper.read(field) if paper else None
    if paper is None or reading is None or not reading.printed:
        return None
    return Claim(
        source=source,
        value=reading.text,
        certain=reading.certain,
        evidence=reading.evidence or (paper.place,),
        document=reading.evidence[0].file if reading.evidence else paper.file,
    )


def holder_agrees(paper: Paper, who: Identity) -> Truth:
    """Whether the paper is made out to the institution that applies.

    A printed name decides; where it can't be read, the code does. A paper that names nobody is doubtful, but for the
    letter, whose seal says whose it is.
    """
    name, uscc = paper.read("holder_name"), paper.read("holder_uscc")
    by_code = _code_agrees(uscc.text, who) if uscc.certain else "doubtful"
    own_code_matters = paper.kind not in _COMPARED
    if name.text is None:
        if not name.printed and paper.kind == "commitment_letter":
            return True
        return by_code if own_code_matters or by_code is True else "doubtful"
    if who.name is None:
        return "doubtful"
    agrees = names_agree(name.text, who.name)
    if agrees is True:
        if own_code_matters and by_code is False:
            return False
        return True if who.name_certain or name.certain else "doubtful"
    if agrees is False and name.certain and who.name_certain:
        return False
    if agrees is False and seal_names(name.text, who.name) < AGREES_FROM:
        # A right code beside a name that was read as quite another one is for a person to look at.
        return "doubtful" if by_code is True else by_code
    return by_code


def same_person(one: str, other: str) -> Truth:
    """Whether two sources name the same legal representative."""
    return persons_agree(one, other)


def same_code(one: str, other: str) -> Truth:
    """Whether two sources give the same 统一社会信用代码."""
    return compact(one) == compact(other)


def parents_licence(paper: Paper, who: Identity) -> bool:
    """Whether a licence of another institution is that of the applicant branch's parent, which may lie beside it."""
    name = paper.read("holder_name").text
    return bool(paper.kind in LICENCE_KINDS and name and who.name and is_branch_of(who.name, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A QR code that says something else than the print."""

    field: str
    said: str
    printed: str
    sure: bool
    """Whether the print was read with certainty, or reads as what is known of the institution."""
    evidence: tuple[Evidence, ...]


def code_says_otherwise(paper: Paper, who: Identity) -> Contradiction | None:
    """Where a QR code contradicts the print, a sure contradiction first; None where it does not.

    Compared are values that the code names plainly: a 统一社会信用代码 with a right check character, a labelled
    certificate number, a labelled name.
    """
    found: list[Contradiction] = []
    for document in paper.documents:
        for code in document.codes:
            place = Evidence(file=document.file, page=code.page, box=code.box)
            for field, said in _said_by(code.text):
                reading = paper.read(field)
                printed = reading.text
                if printed is None:
                    continue
                same = {"holder_name": folded_name}.get(field, _bare)
                if any(same(each) == same(printed) for each in said):
                    continue
                known = {"holder_uscc": who.uscc, "holder_name": who.name}.get(field)
                sure = reading.certain or (known is not None and same(known) == same(printed))
                found.append(
                    Contradiction(
                        field=field, said=said[0], printed=printed, sure=sure, evidence=(place, *reading.evidence)
                    )
                )
    return max(found, key=lambda each: each.sure, default=None)


def _said_by(text: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    codes = [code for code in _USCC.findall(text.upper()) if is_uscc(code)]
    if codes:
        found.append(("holder_uscc", codes))
    numbers = _LABELLED_NUMBER.findall(text)
    if numbers:
        found.append(("certificate_number", numbers))
    names = _LABELLED_NAME.findall(text)
    if names:
        found.append(("holder_name", names))
    return found


def _bare(number: str) -> str:
    return re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", compact(number))


def _code_agrees(uscc: str | None, who: Identity) -> Truth:
    if uscc is None or who.uscc is None or not who.uscc_certain:
        return "doubtful"
    return compact(uscc) == who.uscc


def _claims(
    form_name: str,
    field: str,
    form: Form | None,
    licences: Sequence[Paper],
    registered: str | None,
    certain_from: float,
) -> list[tuple[str, bool]]:
    claims = [form_claim(form, form_name, certain_from)]
    claims += [claim for licence in licences if (claim := paper_claim("licence", licence, field))]
    claims.append(Claim(source="registry", value=registered, certain=registered is not None))
    return [(claim.value, claim.certain) for claim in claims if claim.value]


def _chosen(claims: Sequence[tuple[str, bool]]) -> tuple[str | None, bool]:
    """The first certain value, else the first; a doubtful one that another source repeats is certain."""
    for value, certain in claims:
        if certain:
            return value, True
    values = [folded_name(value) for value, _ in claims]
    for value, _ in claims:
        if values.count(folded_name(value)) > 1:
            return value, True
    return (claims[0][0], False) if claims else (None, False)
