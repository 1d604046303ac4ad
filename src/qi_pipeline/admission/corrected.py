"""Papers as a person corrected them (更正): the machine's documents with a reviewer's values laid over them.

What the machine read stays on record as it was; this overlay is made anew for every judgement. A value that a person
gave is certain (confidence 1) and keeps the place on the paper of the value it stands for. A correction belongs to the
bytes of a file, so it finds its document again whatever the file is called and whatever is read in it later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qi_pipeline.admission.corrected_form import of_form
from qi_pipeline.admission.letter import PROMISES
from qi_pipeline.codec import from_json
from qi_pipeline.model import Box, Correction, Document, Field, Json, Seal

BY_PERSON = "person"
"""The check that a corrected field carries."""
_WHOLE_PAGE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Documents with corrections laid over them."""

    documents: tuple[Document, ...]
    applied: tuple[Correction, ...]
    """Those that hold, each with the name that its file has here."""
    idle: tuple[Correction, ...]
    """Those that a later one replaced, or that find no document of their kind any more."""


def corrected(documents: Sequence[Document], hashes: Mapping[str, str], corrections: Sequence[Correction]) -> Corrected:
    """The documents as the corrections say; ``hashes`` gives the SHA-256 of each file by its name.

    Kinds come first, for a field is found by its document's kind; a later correction of the same value wins.
    """
    if not corrections:
        return Corrected(documents=tuple(documents), applied=(), idle=())
    known = list(documents)
    # What is not on record yet comes last.
    inorder = sorted(corrections, key=lambda each: (each.field != "kind", each.id or float("inf")))
    holding: dict[tuple[int, str], tuple[int, Correction]] = {}
    for rank, each in enumerate(inorder):
        for index in places(known, hashes, each):
            if each.field == "kind":
                known[index] = _of_kind(known[index], each)
            holding[index, each.field] = (rank, replace(each, file=known[index].file))
    for (index, field), (_rank, each) in sorted(holding.items(), key=lambda item: item[1][0]):
        if field != "kind":
            known[index] = _with(known[index], each)
    held = [each for _, each in holding.values()]
    read = {document.file for document in documents}
    for name, sha256 in hashes.items():
        if name not in read:  # nothing was read in it: it is the online form, which is no picture
            own = [each for each in corrections if each.sha256 == sha256]
            held += [replace(each, file=name) for each in of_form(own)]
    applied = tuple(sorted(held, key=lambda each: (each.id, each.file)))
    ids = {each.id for each in applied}
    return Corrected(
        documents=tuple(known), applied=applied, idle=tuple(each for each in corrections if each.id not in ids)
    )


def part_of(value: Json, part: str) -> Json:
    """One promise of a letter, or one cell of an annex (``3.standard``); None where the value has no such part."""
    if isinstance(value, dict):
        return value.get(part)
    number, _, key = part.partition(".")
    if isinstance(value, list) and number.isdigit() and 0 < int(number) <= len(value):
        row = value[int(number) - 1]
        return row.get(key) if isinstance(row, dict) else None
    return None


def places(documents: Sequence[Document], hashes: Mapping[str, str], correction: Correction) -> list[int]:
    """Where the documents stand that the correction is about: at most one of each file with its bytes."""
    found: dict[str, list[int]] = {}
    for index, document in enumerate(documents):
        if hashes.get(document.file) == correction.sha256:
            found.setdefault(document.file, []).append(index)
    chosen: list[int] = []
    for indexes in found.values():
        of_kind = [index for index in indexes if documents[index].kind == correction.kind]
        on_page = [index for index in of_kind if correction.page in documents[index].pages]
        if correction.field == "kind" and not on_page:
            on_page = [index for index in indexes if correction.page in documents[index].pages]
            of_kind = []
        chosen += on_page[:1] or (of_kind if len(of_kind) == 1 else [])
    return chosen


def _of_kind(document: Document, correction: Correction) -> Document:
    said = correction.value if isinstance(correction.value, dict) else {}
    kept = said.get("fields")
    fields = document.fields
    if isinstance(kept, dict):
        fields = {name: from_json(Field, value) for name, value in kept.items()}
    return replace(document, kind=str(said.get("kind", document.kind)), confidence=1.0, fields=fields)


def _with(document: Document, correction: Correction) -> Document:
    """The document with one value as the person gave it."""
    name, _, part = correction.field.partition(".")
    if name == "seal":
        return _sealed(document, correction)
    fields = dict(document.fields)
    if name == "scope_items" and part:
        mended = _cell(fields.get(name), part, correction)
        fields |= {} if mended is None else {name: mended}
    elif part:
        fields[name] = _part(fields.get(name), part, correction)
    elif correction.value is None or (name == "long_term" and correction.value is False):
        fields.pop(name, None)
    else:
        fields[name] = _field(fields.get(name), correction.value, correction)
        if name == "long_term":
            # Contract, section 4: where a paper prints 长期, its last day is printed and there is none.
            fields["valid_to"] = _field(fields.get("valid_to"), None, correction)
        elif name == "valid_to":
            fields.pop("long_term", None)
    return replace(document, fields=fields)


def _field(machine: Field | None, value: Json, correction: Correction) -> Field:
    if machine is None:
        raw = value if isinstance(value, str) else ""
        return Field(value=value, raw=raw, confidence=1.0, page=correction.page, box=_WHOLE_PAGE, checks=(BY_PERSON,))
    return Field(value=value, raw=machine.raw, confidence=1.0, page=machine.page, box=machine.box, checks=(BY_PERSON,))


def _part(machine: Field | None, part: str, correction: Correction) -> Field:
    """The field with one of its parts corrected.

    That one promise is missing or changed decides by itself; that one is whole says nothing of the others, so the
    field is certain once a person said so of each, or where the machine was.
    """
    before = machine.value if machine is not None and isinstance(machine.value, dict) else {}
    value: dict[str, Json] = dict(sorted({**before, part: correction.value}.items()))
    checks = tuple(dict.fromkeys((*(machine.checks if machine is not None else ()), BY_PERSON, f"{BY_PERSON}.{part}")))
    whole = all(f"{BY_PERSON}.{number}" in checks for number in PROMISES)
    certain = 1.0 if whole or correction.value is False else machine.confidence if machine is not None else 0.0
    return replace(_field(machine, value, correction), confidence=certain, checks=checks)


def _cell(machine: Field | None, part: str, correction: Correction) -> Field | None:
    """The rows of an annex with one cell corrected, the others as sure as they were; None where no such row is."""
    number, _, key = part.partition(".")
    rows = list(machine.value) if machine is not None and isinstance(machine.value, list) else []
    row = rows[int(number) - 1] if int(number) <= len(rows) else None
    if machine is None or not isinstance(row, dict):
        return None
    rows[int(number) - 1] = {**row, key: correction.value}
    return replace(machine, value=rows, checks=tuple(dict.fromkeys((*machine.checks, BY_PERSON))))


def _sealed(document: Document, correction: Correction) -> Document:
    """The document with the seal that a person saw, or with none."""
    if not isinstance(correction.value, str):
        return replace(document, seals=(), appearance="colour")
    seal = Seal(page=correction.page, box=_WHOLE_PAGE, text=correction.value, confidence=1.0)
    return replace(document, seals=(*document.seals, seal))
