"""An extractor's table applied to labelled pages: for each field the first place that gives a value."""

from __future__ import annotations

from collections.abc import Sequence

from qi_pipeline.extraction import dates, terms
from qi_pipeline.extraction.fields import FieldSpec
from qi_pipeline.extraction.values import Labelled, PageLabels
from qi_pipeline.model import Field


def harvest(pages: Sequence[PageLabels], specs: Sequence[FieldSpec]) -> dict[str, Field]:
    """The fields of a table: labels best first, and of one label the firm and exact places before the others.

    A field whose label is plainly printed with something unreadable at it is present with a null value.
    """
    fields: dict[str, Field] = {}
    for spec in specs:
        if spec.name in fields and fields[spec.name].value is not None:
            continue
        field = _first(pages, spec)
        if field is not None:
            fields[spec.name] = field
    return _with_terms(fields)


def _first(pages: Sequence[PageLabels], spec: FieldSpec) -> Field | None:
    unreadable: Field | None = None
    for label in spec.labels:
        for place in _places(pages, label):
            if not place.found.words:
                if unreadable is None and spec.name == "valid_to":
                    unreadable = _under_seal(pages, place)
                continue
            field = spec.read(place.found)
            if field is not None and field.value is not None:
                return field
            if unreadable is None:
                unreadable = field
    return unreadable


def _under_seal(pages: Sequence[PageLabels], place: Labelled) -> Field | None:
    """A null value where a seal lies over the place at which the label's value must stand; None where none does."""
    page = next(labels.page for labels in pages if labels.page.number == place.label.page)
    x0, y0, x1, y1 = place.label.box
    reach = (x1, y0, min(x1 + 3 * (x1 - x0), 1.0), y1)
    for seal in page.seals:
        wide = min(seal.box[2], reach[2]) - max(seal.box[0], reach[0])
        high = min(seal.box[3], reach[3]) - max(seal.box[1], reach[1])
        if wide > 0.2 * (reach[2] - reach[0]) and high > 0.5 * (y1 - y0):
            return Field(value=None, raw="", confidence=0.0, page=page.number, box=reach)
    return None


def _places(pages: Sequence[PageLabels], label: str) -> list[Labelled]:
    here = [place for page in pages for place in page.labelled if place.label.text == label]
    return sorted(here, key=lambda place: (not place.label.firm, not place.label.exact))


def _with_terms(fields: dict[str, Field]) -> dict[str, Field]:
    """Fields with a duration (有效期三年) turned into the date it means, where a start is known."""
    end = fields.get("valid_to")
    if end is None or end.value is not None or "long_term" in fields or dates.months_of(end.raw) is None:
        return fields
    start = fields.get("valid_from") or fields.get("issued_on")
    if start is None or not isinstance(start.value, str):
        return fields
    return fields | {"valid_to": terms.derived_end(start, end)}
