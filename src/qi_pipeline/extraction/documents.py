"""Readings of files to documents: pages classified, grouped, and read by the extractor of their kind."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.extraction import authorities, letter_files, loose, places, readers
from qi_pipeline.extraction.changes import with_changes_noted, without_changes
from qi_pipeline.extraction.classify import Guess, bare_title, classify, headings_of
from qi_pipeline.extraction.doubled_ends import without_doubled_ends
from qi_pipeline.extraction.fields import DocumentPages, Extractor
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.harvest import harvest
from qi_pipeline.extraction.identifiers import NUMBER_PATTERNS, compact, is_uscc
from qi_pipeline.extraction.labels import Vocabulary
from qi_pipeline.extraction.ornaments import without_background, without_ornaments
from qi_pipeline.extraction.overprints import before_stamp
from qi_pipeline.extraction.simplified import in_simplified
from qi_pipeline.extraction.spreads import faces
from qi_pipeline.extraction.torn_dates import with_torn_issue
from qi_pipeline.extraction.values import PageLabels, label_page
from qi_pipeline.extraction.vocabulary import OTHER_LABELS
from qi_pipeline.model import Appearance, Box, Document, Field, FileReading, Page

_POOREST: tuple[Appearance, ...] = ("bitonal", "grey", "colour")
_PAGE_OF = re.compile(r"第\s*(\d{1,3})\s*页|(?:page)\s*(\d{1,3})\s*(?:of|/)", re.IGNORECASE)
_LONG_KINDS = frozenset(
    {
        "commitment_letter",
        "application_form",
        "management_rules",
        "capability_proof",
        "equipment_statement",
        "credit_report",
        "calibration_certificate",
    }
)
"""Kinds that usually run over several pages without a title on each."""
_WHOLE_KINDS = frozenset({"management_rules"})
"""Kinds whose chapters have titles of their own: neighbouring pages of such a kind are one document."""

_LEGIBLE = 0.5
"""A word that the engine is less sure of is as likely a stain as a word; pages with no other hold nothing legible."""
_PAGE_LOST = 0.45
"""At most so sure is a table of which a page could not be read; below what says for certain that a row is absent."""


@functools.cache
def extractors() -> tuple[Extractor, ...]:
    """Every extractor found in :mod:`qi_pipeline.extractors`, by kind; one module, one ``EXTRACTOR``."""
    package = importlib.import_module("qi_pipeline.extractors")
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        extractor = getattr(module, "EXTRACTOR", None)
        if isinstance(extractor, Extractor):
            found.append(extractor)
    return tuple(sorted(found, key=lambda extractor: extractor.kind))


@functools.cache
def vocabulary(inside: tuple[str, ...] = ()) -> Vocabulary:
    """The labels of all extractors, and other labels known to stand beside them, without those of ``inside``."""
    own = [label for extractor in extractors() for spec in extractor.fields for label in spec.labels]
    return Vocabulary(label for label in [*own, *OTHER_LABELS] if label not in inside)


@dataclass(slots=True)
class _Group:
    guess: Guess
    pages: list[PageLabels]
    annex_only: bool = False


def extract(readings: Sequence[FileReading]) -> list[Document]:
    """The documents in these files, in the order of files and pages; a letter that several files share judged whole."""
    return together([document for reading in readings for document in documents_of(reading)], readings)


def documents_of(reading: FileReading) -> list[Document]:
    """The documents in one file, before the other files are known."""
    return list(_documents(reading))


def together(found: Sequence[Document], readings: Sequence[FileReading]) -> list[Document]:
    """What was found in each of these files, a letter that several of them share judged whole."""
    return letter_files.joined(found, functools.partial(_pages_of, readings))


def _pages_of(readings: Sequence[FileReading], document: Document) -> list[Page]:
    pages = (page for reading in readings if reading.file == document.file for page in reading.pages)
    return [face for page in pages if page.number in document.pages for paper in faces(_sound(page)) for face in paper]


def _documents(reading: FileReading) -> Iterable[Document]:
    known = extractors()
    by_kind = {extractor.kind: extractor for extractor in known}
    groups: list[_Group] = []
    for page in reading.pages:
        for paper in faces(_sound(page)):
            labelled = [label_page(face, vocabulary()) for face in paper]
            guess = max((classify(labels.page, labels, known) for labels in labelled), key=_preference)
            if groups and _continues(groups[-1], labelled[0], guess, by_kind):
                groups[-1].pages += labelled
                # The pages of a table that follow its cover have no title, and no more make a front of it.
                groups[-1].annex_only &= guess.annex or not guess.titled or guess.kind != groups[-1].guess.kind
            else:
                groups.append(_Group(guess, labelled, annex_only=guess.annex))
    for group in _with_whole_letters(reading, groups, by_kind.get(letter_files.KIND)):
        yield _document(reading, group, by_kind.get(group.guess.kind))


def _with_whole_letters(reading: FileReading, groups: list[_Group], extractor: Extractor | None) -> list[_Group]:
    """The groups, with pages of one letter that other papers part, or that lie in another order, laid together."""
    if sum(group.guess.kind == letter_files.KIND for group in groups) < 2:
        return groups
    made: list[_Group] = []
    for group in groups:
        document = _document(reading, group, extractor) if group.guess.kind == letter_files.KIND else None
        home = None
        if document is not None:
            parts = [
                (each, _document(reading, each, extractor)) for each in made if each.guess.kind == letter_files.KIND
            ]
            home = next((part for part in parts if letter_files.is_rest_of(part[1], document)), None)
        if document is None or home is None:
            made.append(group)
            continue
        part, shown = home
        before = letter_files.first_promise(shown) <= letter_files.first_promise(document)
        part.pages = [*part.pages, *group.pages] if before else [*group.pages, *part.pages]
        part.guess = max(part.guess, group.guess, key=_preference)
    return made


def read_as(reading: FileReading, pages: Sequence[int], kind: str) -> Document:
    """The document on these pages, read as a person says of which kind it is."""
    wanted = [_sound(page) for page in reading.pages if page.number in pages]
    guess = Guess(kind=kind, score=1.0, annex=False, titled=True)
    group = _Group(guess, [label_page(page, vocabulary()) for page in wanted])
    return _document(reading, group, {extractor.kind: extractor for extractor in extractors()}.get(kind))


def _sound(page: Page) -> Page:
    """The page with only the words that lie on it and cover some of it; others can be nothing that was printed."""
    words = tuple(replace(word, box=box) for word in page.words if (box := _on_page(word.box)) is not None)
    words = without_background(without_ornaments(words), page.width / max(page.height, 1))
    if page.source == "ocr":
        words = in_simplified(without_doubled_ends(words, page.width / max(page.height, 1)))
    return replace(page, words=words) if words != page.words else page


def _on_page(box: Box) -> Box | None:
    x0, y0, x1, y1 = (min(max(value, 0.0), 1.0) for value in box)
    return (x0, y0, x1, y1) if x1 - x0 > 1e-5 and y1 - y0 > 1e-5 else None


def _preference(guess: Guess) -> tuple[bool, float]:
    return guess.kind != "unknown", guess.score


def _continues(group: _Group, labels: PageLabels, guess: Guess, known: dict[str, Extractor]) -> bool:
    """Whether a page goes on with the document before it."""
    if not labels.page.words:
        return True
    kind = group.guess.kind
    if guess.kind == kind and kind != "unknown":
        if guess.annex or not guess.titled or kind in _WHOLE_KINDS:
            return True
        number = _page_number(labels.page)
        if number is not None:
            return number > 1
        return kind != "business_licence" and _same_paper(group.pages[0], labels, known[kind])
    if guess.kind != "unknown":
        # 检定结果 on page 2 of a paper of no known kind is no certificate by itself.
        return kind == "unknown" and guess.annex and (_page_number(labels.page) or 0) > 1
    extractor = known.get(kind)
    multi = kind in _LONG_KINDS or (extractor is not None and bool(extractor.annex_titles))
    number = _page_number(labels.page)
    if kind == "unknown":
        return number is not None and number > 1
    if not multi and not (number is not None and number > 1):
        return False
    return not any(
        heading.size >= 1.6 and heading.order < 3 and len(title) >= 4 and not _INSERT.search(title)
        for heading in headings_of(labels.page)
        if (title := bare_title(heading.text))
    )


_INSERT = re.compile(r"注意事项|须知|^说明$|^目录$|附表|^附[件录]$|续页")
"""Headings that open a page inside a document, never a document."""


def _same_paper(first: PageLabels, labels: PageLabels, extractor: Extractor) -> bool:
    """Whether two pages with the kind's title are faces of one paper: they carry one certificate number.

    Certificates of one institution share its code, address and dates, and often stand one after the other in a file.
    """
    one, other = _own_number(first, extractor), _own_number(labels, extractor)
    if one is not None and other is not None:
        return one == other
    return bool(_numbers(labels.page) & _numbers(first.page))


_CONFUSED = str.maketrans("OILSZB", "011528")


def _own_number(labels: PageLabels, extractor: Extractor) -> str | None:
    """The page's own certificate number, for comparing: letters that look like digits as digits."""
    fields = harvest([labels], [spec for spec in extractor.fields if spec.name == "certificate_number"])
    if "certificate_number" not in fields:
        fields = extractor.finish(DocumentPages(file="", pages=(labels.page,)), fields)
    field = fields.get("certificate_number")
    if field is None or not isinstance(field.value, str):
        return None
    return compact(field.value).translate(_CONFUSED)


def _page_number(page: Page) -> int | None:
    for word in page.words:
        match = _PAGE_OF.search(word.text)
        if match:
            return int(match[1] or match[2])
    return None


_SHARED_NUMBERS = tuple(
    NUMBER_PATTERNS[name] for name in ("cma", "cnas", "cnca", "special_equipment", "standard_certificate", "metrology")
)


def _numbers(page: Page) -> set[str]:
    found = {
        match.group()
        for word in page.words
        for pattern in _SHARED_NUMBERS
        for match in pattern.finditer(compact(word.text))
    }
    serials = re.compile(r"(?=[0-9a-z-]*[0-9]{4})[a-z]{0,6}[0-9a-z-]{6,24}")
    found |= {m.group() for word in page.words for m in serials.finditer(fold(word.text))}
    return {number for number in found if not is_uscc(number.upper())}


def _document(reading: FileReading, group: _Group, extractor: Extractor | None) -> Document:
    pages = tuple(labels.page for labels in group.pages)
    fields: dict[str, Field] = {}
    edition: str | None = None
    if extractor is not None:
        labelled = (
            [label_page(page, vocabulary(extractor.inside)) for page in pages] if extractor.inside else group.pages
        )
        fields = harvest(without_changes(labelled, extractor.fields), extractor.fields)
        fields = with_changes_noted(labelled, extractor.fields, fields)
        seen = DocumentPages(file=reading.file, pages=pages, signatures=reading.signatures)
        fields = extractor.finish(seen, fields)
        fields = with_torn_issue(extractor.kind, pages, fields) if _prints_issue(extractor) else fields
        if "issuing_authority" in fields:
            fields["issuing_authority"] = _mended_authority(pages, fields)
        elif issuers := {
            label for spec in extractor.fields if spec.name == "issuing_authority" for label in spec.labels
        }:
            torn = _torn_authority_at_label(labelled, issuers, fields)
            fields |= torn or _authority_of_torn_seal(pages, fields)
        if "address" in fields:
            fields["address"] = _mended_address(pages, fields["address"])
        edition = extractor.edition(seen, fields)
    legible = {page.number: any(word.confidence >= _LEGIBLE for word in page.words) for page in pages}
    unread = tuple(page.number for page in pages if not legible[page.number] and (page.marked or page.words))
    if unread and "scope_items" in fields:  # rows may stand on them: the annex says nothing of what it lacks
        rows = fields["scope_items"]
        fields["scope_items"] = replace(rows, confidence=min(rows.confidence, _PAGE_LOST))
    return Document(
        file=reading.file,
        kind=group.guess.kind,
        confidence=round(min(max(group.guess.score, 0.0), 1.0), 3),
        pages=tuple(dict.fromkeys(page.number for page in pages)),
        fields={name: _bounded(field) for name, field in fields.items()},
        seals=tuple(replace(seal, page=page.number) for page in pages for seal in page.seals),
        codes=tuple(replace(code, page=page.number) for page in pages for code in page.codes),
        appearance=min((page.appearance for page in pages), key=_POOREST.index, default="colour"),
        signatures=reading.signatures,
        edition=edition,
        legible=any(legible.values()),
        unread=unread,
        annex_only=group.annex_only,
    )


def _mended_authority(pages: Sequence[Page], fields: dict[str, Field]) -> Field:
    """``issuing_authority`` as the seal over it and the places of the paper bear out."""
    field = loose.authority_under_seal(pages, fields["issuing_authority"])
    read = "from_seal" in field.checks or any(page.source == "ocr" for page in pages)
    if not isinstance(field.value, str) or not read:
        return field
    if (bare := _LABELLED.sub("", field.value)) != field.value:
        field = replace(field, value=bare)
    assert isinstance(field.value, str)
    known = places.places_on(fields)
    name = places.mended(field.value, known)
    name = authorities.nearest(name or field.value, known) or name
    if name is None:
        return field
    checks = (*field.checks, "mended")
    return replace(field, value=name, confidence=min(field.confidence, loose.MENDED), checks=checks)


_LABELLED = re.compile(
    r"^(?:发证|登记|发照|颁发|颁证|批准|核准|审批|登记管理)机关(?:\(?盖?章\)?)?[:：]?\s*(?=[\u4e00-\u9fff]{4})"
)
"""The label in front of an authority, where both were read as one."""


def _torn_authority_at_label(
    labelled: Sequence[PageLabels], issuers: set[str], fields: dict[str, Field]
) -> dict[str, Field]:
    """``issuing_authority`` at its own label whose end a seal's rim took (江苏省市场监督管理); empty without one."""
    known = places.places_on(fields)
    for page in labelled:
        for place in page.labelled:
            if place.label.text not in issuers or not place.found.lines or page.page.source != "ocr":
                continue
            name = authorities.nearest(place.found.lines[0], known)
            if name is not None:
                read = readers.made(place.found, name, raw=place.found.lines[0], checks=("mended",))
                return {"issuing_authority": replace(read, confidence=min(read.confidence, loose.MENDED))}
    return {}


def _authority_of_torn_seal(pages: Sequence[Page], fields: dict[str, Field]) -> dict[str, Field]:
    """``issuing_authority`` from a seal that names one in all but a few letters (江苏省自然资源); empty without one."""
    known = places.places_on(fields)
    for page in pages:
        for seal in page.seals:
            name = authorities.nearest(seal.text, known) if seal.text else None
            if name is not None and seal.text is not None:
                confidence = min(seal.confidence, loose.MENDED)
                checks = ("from_seal", "mended")
                return {
                    "issuing_authority": Field(
                        value=name, raw=seal.text, confidence=confidence, page=page.number, box=seal.box, checks=checks
                    )
                }
    return {}


def _prints_issue(extractor: Extractor) -> bool:
    """Whether papers of this kind have a day of issue."""
    return any(spec.name == "issued_on" for spec in extractor.fields)


def _mended_address(pages: Sequence[Page], field: Field) -> Field:
    """An English address as it is punctuated; a Chinese one without what a watermark left behind it (审核使用)."""
    if not isinstance(field.value, str) or all(page.source != "ocr" for page in pages):
        return field
    value = (
        readers.with_commas(field.value) if field.value.isascii() else before_stamp(_OVERPRINTED.sub("", field.value))
    )
    return (
        field if value == field.value else replace(field, value=value, confidence=min(field.confidence, loose.MENDED))
    )


_OVERPRINTED = re.compile(r"\s*(?:用?他用|复印)?无效$|(?<=[室号层楼幢栋座)）])\s*[入驻资格审核办理业务]{0,6}使用$")


def _bounded(field: Field) -> Field:
    x0, y0, x1, y1 = (round(min(max(value, 0.0), 1.0), 5) for value in field.box)
    return replace(field, box=(x0, y0, x1, y1), confidence=round(min(max(field.confidence, 0.0), 1.0), 4))
