"""Papers (材料): documents as admission counts them, copies of one paper together, each value certain or doubtful.

A paper is what was issued once; its front, its annex and a second copy of it are several documents. Where one copy
shows a value with certainty, the doubtful copy does not matter. Two editions of a certificate, which bear the same
number but other dates, are two papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qi_pipeline.extraction.classify import CERTAIN as KIND_CERTAIN
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.extraction.letter_files import kept_promises, together_with
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Document, Evidence, Field, Json

QUALIFICATION_KINDS = frozenset(
    {
        "cma_certificate",
        "cnas_certificate",
        "certification_body_approval",
        "metrology_authorization",
        "measurement_standard_certificate",
        "special_equipment_licence",
        "patent_agency_licence",
        "hr_service_licence",
        "private_school_licence",
        "management_system_certificate",
        "other_certificate",
    }
)
"""Certificates of an institution (资质证书); a calibration certificate is one of an instrument."""

SINGLE_KINDS = LICENCE_KINDS | {"commitment_letter", "application_form", "management_rules", "credit_report"}
"""Kinds of which an institution has one, so that a newer paper replaces an older one whatever its number."""

_EDITION_FIELDS = ("valid_from", "valid_to", "issued_on", "calibrated_on", "signed_on")
_WHOLE_PAGE = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value as admission uses it."""

    value: Json
    """None: printed, but it can't be read, or not printed at all (then ``printed`` is false)."""
    certain: bool
    printed: bool
    confidence: float
    evidence: tuple[Evidence, ...]

    @property
    def text(self) -> str | None:
        """The value where it is a string."""
        return self.value if isinstance(self.value, str) and self.value else None

    @property
    def doubtful(self) -> bool:
        """Whether the value is printed and yet not certain."""
        return self.printed and not self.certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One issued paper and the documents of the packet that show it."""

    kind: str
    documents: tuple[Document, ...]
    certain_from: float

    @property
    def file(self) -> str:
        """The file that shows its front."""
        return self.documents[0].file

    @property
    def kind_certain(self) -> bool:
        """Whether it is certainly of its kind; what the classifier is not sure of it calls ``unknown``."""
        return max(document.confidence for document in self.documents) >= KIND_CERTAIN

    @property
    def place(self) -> Evidence:
        """Its first page as a whole."""
        first = self.documents[0]
        return Evidence(file=first.file, page=first.pages[0] if first.pages else 1, box=_WHOLE_PAGE)

    def read(self, name: str) -> Reading:
        """The best reading of a field over all copies: a certain one, else the surest."""
        found = [(document, document.fields[name]) for document in self.documents if name in document.fields]
        if not found:
            return Reading(value=None, certain=False, printed=False, confidence=1.0, evidence=())
        document, best = max(found, key=lambda pair: (pair[1].value is not None, pair[1].confidence))
        return Reading(
            value=best.value,
            certain=best.value is not None and best.confidence >= self.certain_from,
            printed=True,
            confidence=best.confidence,
            evidence=(_evidence(document, best),),
        )

    def all_of(self, name: str) -> tuple[tuple[Document, Field], ...]:
        """Every document's own value of a field, such as the scope rows of a certificate and of its annexes."""
        return tuple((document, document.fields[name]) for document in self.documents if name in document.fields)


def papers_of(documents: Sequence[Document], certain_from: float) -> list[Paper]:
    """The papers that the documents show, in the order of their first document."""
    groups: list[list[Document]] = []
    loose: list[Document] = []
    for document in documents:
        if _is_annex(document):
            loose.append(document)
            continue
        home = next((group for group in groups if _same_paper(group, document, certain_from)), None)
        if home is None:
            groups.append([document])
        else:
            home.append(document)
    for annex in loose:
        home = next((group for group in reversed(groups) if _takes(group, annex, certain_from)), None)
        if home is None:
            groups.append([annex])
        else:
            home.append(annex)
    return [Paper(kind=group[0].kind, documents=tuple(group), certain_from=certain_from) for group in groups]


def replaced(earlier: Sequence[Sequence[Document]], latest: Sequence[Document], certain_from: float) -> list[Document]:
    """The documents that count when a supplement completes earlier packets (clause 5.2.1), oldest packet first.

    A newer paper replaces an older one of the same kind and number, and one of the same kind whose number could not
    be read with certainty; of a kind that an institution has once, the newer replaces the older.
    """
    kept: list[Document] = []
    for packet in [*earlier, latest]:
        kept = [old for old in kept if not any(_replaces(new, old, certain_from) for new in packet)]
        kept += packet
    return kept


def _evidence(document: Document, field: Field) -> Evidence:
    return Evidence(file=document.file, page=field.page, box=field.box)


def _number(document: Document, certain_from: float = 0.0) -> str | None:
    """The number by which two documents are known to show one paper; None when there is none so certain."""
    name = "instrument_serial" if document.kind == "calibration_certificate" else "certificate_number"
    for each in (name, "certificate_number"):
        field = document.fields.get(each)
        if field is not None and isinstance(field.value, str) and field.confidence >= certain_from:
            return compact(field.value)
    return None


def _is_annex(document: Document) -> bool:
    """Whether it shows scope rows without the number of the certificate they belong to."""
    return "scope_items" in document.fields and _number(document) is None


def _takes(group: Sequence[Document], annex: Document, certain_from: float) -> bool:
    return group[0].kind == annex.kind and not _conflict(group, annex, ("holder_name", "holder_uscc"), certain_from)


def _same_paper(group: Sequence[Document], document: Document, certain_from: float) -> bool:
    """Whether the document bears the group's number; two readings that agree need no certainty of their own."""
    if group[0].kind != document.kind:
        return False
    if document.kind == "commitment_letter":
        return _completes(group, document)
    number = _number(document)
    if number is None or number not in {_number(each) for each in group}:
        return False
    return not _conflict(group, document, _EDITION_FIELDS, certain_from) and not any(
        _ends_otherwise(one, other, certain_from)
        for each in group
        for one, other in ((each, document), (document, each))
    )


def _ends_otherwise(endless: Document, ending: Document, certain_from: float) -> bool:
    """Whether one certainly prints that it has no end (长期) and the other an end."""
    never, end = endless.fields.get("long_term"), ending.fields.get("valid_to")
    if never is None or end is None or end.value is None:
        return False
    return never.value is True and min(never.confidence, end.confidence) >= certain_from


def _completes(group: Sequence[Document], document: Document) -> bool:
    """Whether it is another page of the same letter, scanned into a file of its own.

    Pages of one letter never hold the same promise; two copies of a letter do.
    """
    judged = {file for each in group for file in together_with(each)}
    if judged or together_with(document):
        return document.file in judged or bool(together_with(document) & {each.file for each in group})
    mine = kept_promises(document)
    theirs = {number for each in group for number in kept_promises(each)}
    files = {each.file for each in group}
    return document.file not in files and not mine & theirs


def _conflict(group: Sequence[Document], document: Document, names: Iterable[str], certain_from: float) -> bool:
    """Whether a value of both differs although both were read with certainty."""
    for name in names:
        mine = document.fields.get(name)
        if mine is None or mine.value is None or mine.confidence < certain_from:
            continue
        for other in group:
            theirs = other.fields.get(name)
            if theirs is None or theirs.value is None or theirs.confidence < certain_from:
                continue
            if theirs.value != mine.value:
                return True
    return False


def _replaces(new: Document, old: Document, certain_from: float) -> bool:
    if new.kind in LICENCE_KINDS and old.kind in LICENCE_KINDS:
        return True
    if new.kind != old.kind or new.kind == "unknown":
        return False
    if new.kind in SINGLE_KINDS:
        return True
    older, newer = _number(old, certain_from), _number(new, certain_from)
    return older is None or older == newer
