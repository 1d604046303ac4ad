"""What a paper says of its own changes (变更栏, 变更记录): the values on its face that hold no more.

Some certificates carry a table in which a person, an address or a name that changed is written below the old one. The
face is what is printed in its place and stays the value; but which of the two holds is for a person to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from qi_pipeline.extraction.cells import heads_changes
from qi_pipeline.extraction.fields import FieldSpec
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.lines import overlap
from qi_pipeline.extraction.values import PageLabels
from qi_pipeline.model import Box, Field, Page


def without_changes(pages: Sequence[PageLabels], specs: Iterable[FieldSpec]) -> list[PageLabels]:
    """The pages without the labels of such a list whose fields have a value above it."""
    labels = _labels(specs)
    kept = []
    for page in pages:
        head = _head(page.page)
        above = {
            name
            for name, own in labels.items()
            for place in page.labelled
            if head is not None and place.label.text in own and place.label.box[1] < head[1] and place.found.words
        }
        listed = {label for name in above for label in labels[name]}
        kept.append(
            replace(
                page,
                labelled=tuple(
                    place
                    for place in page.labelled
                    if head is None or place.label.box[1] < head[1] or place.label.text not in listed
                ),
            )
        )
    return kept


def with_changes_noted(
    pages: Sequence[PageLabels], specs: Iterable[FieldSpec], fields: Mapping[str, Field]
) -> dict[str, Field]:
    """``fields``, those marked ``changed`` of which the paper lists another value below such a heading."""
    kept = dict(fields)
    labels = _labels(specs)
    for page in pages:
        head = _head(page.page)
        if head is None:
            continue
        for place in page.labelled:
            value = _beside(page.page, place.label.box)
            if place.label.box[1] < head[1] or not value:
                continue
            for name in (name for name, own in labels.items() if place.label.text in own):
                field = kept.get(name)
                if field is None or (field.page, field.box[1]) > (page.page.number, head[1]):
                    continue
                if fold(str(field.value)) not in value:
                    kept[name] = replace(field, checks=tuple(dict.fromkeys((*field.checks, "changed"))))
    return kept


def _beside(page: Page, label: Box) -> str:
    """What stands in the row of a label, behind it."""
    row = [word for word in page.words if word.box[0] >= label[2] - 0.01 and overlap(word.box, label) > 0.3]
    return fold("".join(word.text for word in sorted(row, key=lambda word: word.box[0])))


def _labels(specs: Iterable[FieldSpec]) -> dict[str, set[str]]:
    """The labels of each field."""
    labels: dict[str, set[str]] = {}
    for spec in specs:
        labels.setdefault(spec.name, set()).update(spec.labels)
    return labels


def _head(page: Page) -> Box | None:
    """The box of the heading of such a list on a page; None without one."""
    found = [word.box for word in page.words if heads_changes(word.text)]
    return min(found, key=lambda box: box[1], default=None)
