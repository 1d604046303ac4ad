"""Whether a declared service holds the qualification that it requires (资质要求, clause 4.2), and by which papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

from qi_pipeline.admission.coverage import (
    Annex,
    Covered,
    Row,
    Status,
    annex_of,
    better,
    covers_standard,
    excluded_by_scope,
    rows_named,
)
from qi_pipeline.admission.doubts import Doubt, field_doubt, kind_doubt, limitation_doubt
from qi_pipeline.admission.facts import KnownQualification
from qi_pipeline.admission.form import DeclaredService
from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.services import ServiceItem
from qi_pipeline.admission.validity import Validity, registered, validity_of
from qi_pipeline.extraction.standards import standards_in
from qi_pipeline.model import Evidence

State = Literal["not_required", "held", "missing", "expired", "not_yet_valid", "of_another", "doubtful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A certificate of the required kind, in the packet or in the register."""

    paper: Paper | None
    known: KnownQualification | None
    holder: Truth
    validity: Validity
    annex: Annex | None = None
    """The scope rows of the paper, read once for all services."""

    @property
    def label(self) -> str:
        """The file that shows it, or its place in the register."""
        if self.paper is not None:
            return self.paper.file
        return f"registry:{(self.known.number if self.known else None) or '-'}"

    @property
    def number(self) -> str | None:
        """Its printed or registered number."""
        if self.paper is not None:
            return self.paper.read("certificate_number").text
        return self.known.number if self.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """What was found for one service."""

    state: State
    candidate: Candidate | None = None
    """The certificate that the state speaks of."""
    by: tuple[str, ...] = ()
    held_by: tuple[Candidate, ...] = ()
    """The certificates behind ``by``; several may lie in one file."""
    rows: tuple[Row, ...] = ()
    standards: tuple[Covered, ...] = ()
    annex_printed: bool = True
    excluded: bool = False
    """The scope excludes the service expressly, or every row that names it does."""
    doubts: tuple[Doubt, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the service is certainly qualified."""
        covered = all(standard.status == "covered" for standard in self.standards)
        return self.state in ("held", "not_required") and covered and not self.excluded and not self.doubts


def candidates(
    kind: str,
    papers: Sequence[tuple[Paper, Truth]],
    known: Sequence[KnownQualification],
    as_of: date,
) -> list[Candidate]:
    """Every certificate of ``kind``; of a registered one that the packet shows with its annex, the paper counts."""
    found = [
        Candidate(paper=paper, known=None, holder=holder, validity=validity_of(paper, as_of), annex=annex_of(paper))
        for paper, holder in papers
        if paper.kind == kind
    ]
    found += [
        Candidate(paper=None, known=each, holder=True, validity=registered(each.valid_from, each.valid_to, as_of))
        for each in known
        if each.kind == kind and not any(_same(one, each) for one in found)
    ]
    return found


def _same(one: Candidate, known: KnownQualification) -> bool:
    """Whether the paper certainly is the registered certificate and shows its annex, so that it says more."""
    if one.paper is None or one.holder is not True or one.annex is None or not one.annex.printed:
        return False
    number = one.paper.read("certificate_number")
    certain = number.certain and number.text is not None and one.validity.state != "doubtful"
    return certain and number.text == known.number and one.validity.valid_to == known.valid_to


def qualified(
    service: ServiceItem,
    declared: DeclaredService,
    found: Sequence[Candidate],
    certain_from: float,
    admitted: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Qualified:
    """Whether ``declared`` holds what ``service`` requires, among the certificates ``found``.

    ``admitted`` has the standards with which the register took in each service: its certificates vouch for these alone.
    """
    if service.requires is None or service.covers == "instruments":
        return Qualified(state="not_required")
    if not found:
        return Qualified(state="missing")
    own = sorted((each for each in found if each.holder is True), key=lambda each: each.validity.rank, reverse=True)
    valid = [each for each in own if each.validity.state == "valid" and _kind_certain(each)]
    unsure = [each for each in found if each.holder != False and each not in valid and _may_hold(each)]  # noqa: E712
    name = declared.name or service.names[0]
    if valid:
        answer = _covering(service, declared, valid, name, certain_from, admitted.get(name))
        if answer.holds or not unsure:
            return answer
        # A doubtful certificate can't make the service worse, but it may hold what the certain ones lack.
        able = [*valid, *(each for each in unsure if each.holder is True)]
        more = _covering(service, declared, able, name, certain_from, admitted.get(name))
        if more.holds or any(each.holder != True for each in unsure):  # noqa: E712
            return replace(answer, state="doubtful", doubts=_doubts(unsure, name))
        return answer
    if unsure:
        best = max(unsure, key=lambda each: each.validity.rank)
        return Qualified(state="doubtful", candidate=best, doubts=_doubts([best], name), evidence=_evidence(best))
    if own:
        state: State = "expired" if own[0].validity.state == "expired" else "not_yet_valid"
        return Qualified(state=state, candidate=own[0], evidence=own[0].validity.evidence or _evidence(own[0]))
    other = found[0]
    return Qualified(state="of_another", candidate=other, evidence=_evidence(other))


def renewing(
    service: ServiceItem, declared: DeclaredService, found: Sequence[Candidate], certain_from: float
) -> list[Candidate]:
    """The institution's own papers that each hold ``declared`` by themselves, now or from a later day.

    A renewal is handed in while the old certificate is still valid: it does not decide, and yet it is for the service.
    """
    if service.requires is None or service.covers == "instruments":
        return []
    name = declared.name or service.names[0]
    able = [
        each
        for each in found
        if each.paper is not None
        and each.holder is True
        and each.validity.state in ("valid", "not_yet_valid")
        and _kind_certain(each)
    ]
    return [each for each in able if _covering(service, declared, [each], name, certain_from, None).holds]


def _kind_certain(each: Candidate) -> bool:
    return each.paper is None or each.paper.kind_certain


def _may_hold(each: Candidate) -> bool:
    """Whether a doubtful certificate may be the institution's and valid."""
    return each.validity.state in ("valid", "doubtful")


def _covering(
    service: ServiceItem,
    declared: DeclaredService,
    valid: Sequence[Candidate],
    name: str,
    certain_from: float,
    admitted: Sequence[str] | None,
) -> Qualified:
    if service.covers == "standards":
        return _by_standards(declared, valid, name, certain_from, admitted)
    answers = [_as_a_whole(each, name) for each in valid]
    return next((answer for answer in answers if answer.holds), answers[0])


def _as_a_whole(each: Candidate, name: str) -> Qualified:
    if each.paper is None:
        listed = not (each.known and each.known.services) or name in each.known.services
        return Qualified(state="held", candidate=each, by=(each.label,), held_by=(each,), excluded=not listed)
    excluded, places = excluded_by_scope(each.paper, each.annex or annex_of(each.paper), name)
    doubts = (field_doubt(each.paper, "scope_text", service=name),) if excluded == "doubtful" else ()
    out = excluded is True
    return Qualified(
        state="held",
        candidate=each,
        by=() if out or doubts else (each.label,),
        held_by=() if out or doubts else (each,),
        excluded=out,
        doubts=doubts,
        evidence=places or _evidence(each),
    )


def _by_standards(
    declared: DeclaredService,
    valid: Sequence[Candidate],
    name: str,
    certain_from: float,
    admitted: Sequence[str] | None,
) -> Qualified:
    papers = [(each, each.annex) for each in valid if each.annex is not None]
    registered_for = [each for each in valid if each.known is not None and _lists(each.known, name, declared)]
    if registered_for:
        each = registered_for[0]
        covered = tuple(_as_admitted(standard, admitted) for standard in declared.standards)
        if not papers or all(standard.status == "covered" for standard in covered):
            held = Qualified(state="held", candidate=each, by=(each.label,), held_by=(each,), standards=covered)
            return replace(held, annex_printed=bool(papers))
        rest = replace(declared, standards=tuple(one.declared for one in covered if one.status != "covered"))
        shown = _by_standards(rest, [one for one in valid if one.annex is not None], name, certain_from, None)
        found = {standard.declared: standard for standard in shown.standards}
        both = tuple(better(standard, found.get(standard.declared, standard)) for standard in covered)
        vouched = any(standard.status == "covered" for standard in covered)
        return replace(
            shown,
            standards=both,
            by=(*((each.label,) if vouched else ()), *shown.by),
            held_by=(*((each,) if vouched else ()), *shown.held_by),
        )
    if not papers:
        absent = tuple(Covered(declared=standard, status="absent") for standard in declared.standards)
        return Qualified(
            state="held", candidate=valid[0], standards=absent, annex_printed=False, excluded=not declared.standards
        )
    if not declared.standards:
        return _without_standards(papers, name)
    results: list[Covered] = []
    by: list[Candidate] = []
    for standard in declared.standards:
        answers = [(each, covers_standard(annex, standard, name, certain_from)) for each, annex in papers]
        best = answers[0][1]
        for _, answer in answers[1:]:
            best = better(best, answer)
        results.append(best)
        if best.status == "covered":
            holder = next(each for each, answer in answers if answer.status == "covered")
            by += [] if any(holder is each for each in by) else [holder]
    rows = tuple(dict.fromkeys(row for result in results for row in result.rows if result.status == "covered"))
    first = papers[0][0]
    doubts: tuple[Doubt, ...] = ()
    if any(result.status == "doubtful" for result in results) and first.paper is not None:
        doubts = (field_doubt(first.paper, "scope_items", service=name),)
    limited = tuple(dict.fromkeys(row for result in results for row in result.rows if result.status == "limited"))
    if limited and first.paper is not None:
        doubts = (*doubts, limitation_doubt(first.paper, limited, name))
    doubts = (*doubts, *_of_another_certificate(by, valid, name))
    return Qualified(
        state="held",
        candidate=first,
        by=tuple(dict.fromkeys(each.label for each in by)),
        held_by=tuple(by),
        rows=rows,
        standards=tuple(results),
        annex_printed=any(annex.printed for _, annex in papers),
        doubts=doubts,
        evidence=_evidence(first),
    )


_OTHER_NUMBER = "other_number"
"""Check of a certificate number beside which mark or annex print another one."""


def _of_another_certificate(by: Sequence[Candidate], valid: Sequence[Candidate], service: str) -> tuple[Doubt, ...]:
    """The doubts about papers whose annex may be another certificate's, or has none: a person looks.

    So is one that bears two numbers, and an annex alone whose number is on no certificate's front and on none on file.
    """
    fronts = {each.known.number for each in valid if each.known is not None}
    fronts |= {
        number for each in valid if each.paper and not _is_annex(each.paper) for number in _numbers_of(each.paper)
    }
    papers = [each.paper for each in by if each.paper is not None]
    return tuple(
        field_doubt(paper, "certificate_number", service=service)
        for paper in papers
        if any(_OTHER_NUMBER in field.checks for _, field in paper.all_of("certificate_number"))
        or (_is_annex(paper) and not _numbers_of(paper) & fronts)
    )


def _is_annex(paper: Paper) -> bool:
    return all(document.annex_only for document in paper.documents)


def _numbers_of(paper: Paper) -> set[str]:
    return {field.value for _, field in paper.all_of("certificate_number") if isinstance(field.value, str)}


def _without_standards(papers: Sequence[tuple[Candidate, Annex]], name: str) -> Qualified:
    answers = []
    for each, annex in papers:
        rows, is_open = rows_named(annex, name)
        unsure = is_open == "doubtful" and each.paper is not None
        answer = Qualified(
            state="held",
            candidate=each,
            by=(each.label,) if is_open is True else (),
            held_by=(each,) if is_open is True else (),
            rows=rows[:20],
            annex_printed=annex.printed,
            excluded=is_open is False,
            doubts=(
                *((limitation_doubt(each.paper, rows, name),) if unsure and each.paper else ()),
                *(_of_another_certificate([each], [one for one, _ in papers], name) if is_open is True else ()),
            ),
            evidence=tuple(row.place for row in rows[:5]) or _evidence(each),
        )
        answers.append(answer)
    return next((answer for answer in answers if answer.holds), answers[0])


def _as_admitted(declared: str, admitted: Sequence[str] | None) -> Covered:
    """Whether the register vouches for a standard: the service came with it, or from a roster, which names none."""
    wanted = standards_in(declared)
    if admitted is None or declared in admitted:
        return Covered(declared=declared, status="covered")
    held = [standard for each in admitted for standard in standards_in(each)]
    same = [one for one in held if one.key in {each.key for each in wanted}]
    if any(one.year is not None and one.year == each.year for one in same for each in wanted if one.key == each.key):
        return Covered(declared=declared, status="covered")
    status: Status = "other_edition" if same else "absent"
    return Covered(declared=declared, status=status, editions=tuple(dict.fromkeys(one.text for one in same)))


def _lists(known: KnownQualification, name: str, declared: DeclaredService) -> bool:
    """Whether a registered certificate counts for the service: it lists it, or lists none and no standard is asked."""
    return name in known.services if known.services else not declared.standards


def _doubts(unsure: Sequence[Candidate], service: str) -> tuple[Doubt, ...]:
    found: list[Doubt] = []
    for each in unsure:
        if each.paper is None:
            continue
        if not each.paper.kind_certain:
            found.append(kind_doubt(each.paper))
        if each.holder == "doubtful":
            found.append(field_doubt(each.paper, "holder_name", service=service))
        if each.validity.doubt:
            found.append(field_doubt(each.paper, each.validity.doubt, service=service))
    return tuple(found)


def _evidence(each: Candidate) -> tuple[Evidence, ...]:
    return (each.paper.place,) if each.paper else ()
