"""What is known of one packet when its dossier is made, and the doubts that are gathered on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from qi_pipeline.admission.doubts import Doubt, field_doubt, kind_doubt
from qi_pipeline.admission.facts import CreditSnapshot, RegistrySnapshot
from qi_pipeline.admission.form import DeclaredService, Form
from qi_pipeline.admission.identity import Identity
from qi_pipeline.admission.licence import Licence
from qi_pipeline.admission.names import Truth
from qi_pipeline.admission.papers import Paper
from qi_pipeline.admission.services import ServiceItem, ServiceTable
from qi_pipeline.admission.validity import Validity
from qi_pipeline.admission.wording import field_names, kind_names
from qi_pipeline.model import Evidence, Json
from qi_pipeline.policy import AdmissionPolicy

Object = dict[str, Json]
"""One object of a dossier."""


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

    def trails_off(self, paper: Paper) -> bool:
        """Whether the page after its last one, in the same file, could not be told: what it lacks may stand there."""
        untold = {
            (document.file, page)
            for other, _ in self.of_kind("unknown")
            for document in other.documents
            for page in document.pages
        }
        return any((each.file, max(each.pages, default=0) + 1) in untold for each in paper.documents)


@dataclass(slots=True)
class Gathered:
    """The doubts met while the sections are made, each once."""

    doubts: dict[tuple[str, str | None, str | None, str | None], Doubt] = field(default_factory=dict)

    def add(self, *doubts: Doubt) -> None:
        """Keep the doubts; one that concerns several services is no longer about one of them."""
        for doubt in doubts:
            # Each restriction is a question of its own, for each service that it leaves open.
            apart = f"{doubt.value}|{doubt.service}" if doubt.field == "limitation" else None
            key = (doubt.field, doubt.document, doubt.kind, apart)
            first = self.doubts.setdefault(key, doubt)
            if first.service != doubt.service:
                self.doubts[key] = replace(first, service=None)


def places_of(evidence: Iterable[Evidence]) -> list[Json]:
    """Evidence as plain JSON, each place once."""
    return [{"file": each.file, "page": each.page, "box": list(each.box)} for each in dict.fromkeys(evidence)]


def iso(day: date | None) -> str | None:
    """The day in ISO 8601, or None."""
    return day.isoformat() if day else None


def paper_doubts(paper: Paper, holder: Truth, validity: Validity | None) -> list[Doubt]:
    """The doubts about a paper that counts: its kind, its holder, its term."""
    found = [] if paper.kind_certain else [kind_doubt(paper)]
    if holder == "doubtful":
        found.append(field_doubt(paper, "holder_name"))
    if validity is not None and validity.doubt:
        found.append(field_doubt(paper, validity.doubt))
    return found


def form_doubt(form: Form, path: str) -> Doubt:
    """The doubt about one value of the application."""
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


def doubt_section(doubt: Doubt) -> Object:
    """A doubt as an object of the dossier."""
    return {
        **field_names(doubt.field),
        **kind_names(doubt.kind),
        "document": doubt.document,
        "service": doubt.service,
        "value": doubt.value,
        **_as_read(doubt),
        "confidence": doubt.confidence,
        "decisive": True,
        "evidence": places_of(doubt.evidence),
    }


def _as_read(doubt: Doubt) -> Object:
    """What was read of a doubtful value, in words."""
    if doubt.field == "seal" and doubt.value:
        return {
            "read_zh": f"印文为“{doubt.value}”，其下方的字未能辨认，可能是专用章",
            "read_en": f"it reads “{doubt.value}”, with an unread line below: it may be one for a purpose",
        }
    if doubt.field == "seal":
        return {
            "read_zh": "印文无法辨认，或者复印件为灰度、黑白，无法判断",
            "read_en": "no seal can be made out, or the copy is grey or black and white",
        }
    if doubt.field == "certificate_number" and doubt.value:
        return {
            "read_zh": f"读得“{doubt.value}”，证书正页与标志、附表的编号不一致，或者缺证书正页",
            "read_en": f"read as “{doubt.value}”; front, mark and annex differ in the number, or no front is there",
        }
    if doubt.field == "kind":
        return {"read_zh": "按版式归为此类", "read_en": "taken for one by its layout"}
    if doubt.field == "scope_items":
        return {"read_zh": "附表各行未能全部确认", "read_en": "not all of its rows could be made sure"}
    if doubt.field in ("promises", "information_categories"):
        return {
            "read_zh": "文字与附录A不尽一致，或者未能读清",
            "read_en": "its wording is not wholly that of Annex A, or could not be made out",
        }
    if doubt.field == "limitation":
        return {"read_zh": f"仅列明“{doubt.value}”", "read_en": f"it lists only “{doubt.value}”"}
    if doubt.value in ("True", "False"):
        return {
            "read_zh": "似有，不能确定" if doubt.value == "True" else "似无，不能确定",
            "read_en": "it seems to be there" if doubt.value == "True" else "it seems not to be there",
        }
    if doubt.value is None:
        return {"read_zh": "未能读出可靠内容", "read_en": "nothing reliable could be read"}
    return {"read_zh": f"读得“{doubt.value}”", "read_en": f"read as “{doubt.value}”"}
