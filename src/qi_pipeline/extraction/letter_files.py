"""Letters whose pages were scanned into files of their own, judged as the one letter that they are.

A page break cuts promises in two, and what is missing at the foot of one page may stand on the next: page by page
nobody can tell a promise that was taken out from one that goes on elsewhere. So the pages are laid together and
compared with Annex A once. Promises and categories then stand on the page that shows what is wrong with them, and on
no other; what each page bears (signature, date, seal, typed names) stays with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qi_pipeline.extraction.letter_fields import categories_field, promises_field
from qi_pipeline.extraction.letter_judgement import judge
from qi_pipeline.model import Document, Field, Page

KIND = "commitment_letter"
WITH = "with:"
"""Check of a field that was judged together with the pages of the file named after it."""
_WORDING = ("promises", "information_categories")
_NO_PROMISE = 99
"""Order of a page that holds no promise: the foot of a letter."""


def joined(documents: Sequence[Document], pages_of: Callable[[Document], Sequence[Page]]) -> list[Document]:
    """The documents, with the wording of letters that several files share judged over all their pages.

    ``pages_of`` gives a document's pages as they were read.
    """
    made = list(documents)
    for group in _groups(documents):
        for index, document in zip(group, _judged([documents[index] for index in group], pages_of), strict=True):
            made[index] = document
    return made


def together_with(document: Document) -> frozenset[str]:
    """The files with whose pages a letter's wording was judged."""
    fields = (document.fields[name] for name in _WORDING if name in document.fields)
    return frozenset(check.removeprefix(WITH) for field in fields for check in field.checks if check.startswith(WITH))


def kept_promises(document: Document) -> set[str]:
    """The numbers of Annex A's promises that were found whole in this document of a letter, not in doubt."""
    field = document.fields.get("promises")
    if field is None or not isinstance(field.value, dict):
        return set()
    doubtful = {number for number in field.value if f"!{number}:doubtful" in field.checks}
    return {number for number, holds in field.value.items() if holds is True} - doubtful


def is_rest_of(one: Document, other: Document) -> bool:
    """Whether two letters found in one file, other papers between them, are pages of the same letter."""
    if _is_whole(one) or _is_whole(other):
        return False
    return not kept_promises(one) & kept_promises(other)


def first_promise(document: Document) -> int:
    """The lowest number of the promises that stand whole in this part of a letter, by which parts are put in order."""
    return min((int(number) for number in kept_promises(document) if number.isdigit()), default=_NO_PROMISE)


def _groups(documents: Sequence[Document]) -> list[list[int]]:
    """Which letters complete each other: pages of one letter never hold the same promise; two copies of it do."""
    groups: list[list[int]] = []
    for index, document in enumerate(documents):
        if document.kind != KIND:
            continue
        home = next((g for g in groups if _completes([documents[i] for i in g], document)), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return [group for group in groups if len(group) > 1]


def _completes(group: Sequence[Document], document: Document) -> bool:
    theirs = {number for each in group for number in kept_promises(each)}
    apart = document.file not in {each.file for each in group}
    return apart and not any(_is_whole(each) for each in group) and not kept_promises(document) & theirs


def _is_whole(document: Document) -> bool:
    """Whether the wording stands on the pages of one file from the preamble to the closing, with nothing to remark."""
    fields = [document.fields[name] for name in _WORDING if name in document.fields]
    return bool(fields) and not any(check.startswith("!") for field in fields for check in field.checks)


def _judged(group: Sequence[Document], pages_of: Callable[[Document], Sequence[Page]]) -> list[Document]:
    """The documents of one letter, its wording judged over the pages of all of them."""
    owners: list[tuple[int, int]] = []
    pages: list[Page] = []
    for index, document in enumerate(group):
        for page in pages_of(document):
            owners.append((index, page.number))
            pages.append(replace(page, number=len(pages) + 1))
    if not pages:
        return list(group)
    judgement = judge(pages)
    fields: list[dict[str, Field]] = [
        {name: field for name, field in document.fields.items() if name not in _WORDING} for document in group
    ]
    for name, field in zip(
        _WORDING, (promises_field(pages, judgement), categories_field(pages, judgement)), strict=True
    ):
        index, number = owners[field.page - 1]
        others = tuple(WITH + document.file for other, document in enumerate(group) if other != index)
        fields[index][name] = replace(field, page=number, checks=(*field.checks, *others))
    return [replace(document, fields=own) for document, own in zip(group, fields, strict=True)]
