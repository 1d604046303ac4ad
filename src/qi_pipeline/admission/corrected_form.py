"""The online form (application.json) as a person corrected it (网上申请表的更正).

The applicant typed it, so nothing was misread; yet a slip of the pen is mended like a misreading, with the same trace:
the form stays as it was handed in, and the corrected values are laid over it for every judgement. The checks of the
form run on what it says then.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence

from qi_pipeline.admission.form import DOCUMENT_PATHS
from qi_pipeline.admission.form_decoding import decode_application
from qi_pipeline.model import Box, Correction, Document, Field, Json

_WHOLE_PAGE: Box = (0.0, 0.0, 1.0, 1.0)
KIND = "application_form"


def corrected_bytes(data: bytes, corrections: Sequence[Correction]) -> bytes:
    """The form's bytes as the corrections say, the last one of a field counting; without any the very same bytes."""
    wanted = {each.field: each.value for each in sorted(corrections, key=lambda each: each.id or float("inf"))}
    if not wanted:
        return data
    handed_in, _ = decode_application(data)
    application = copy.deepcopy(handed_in) if isinstance(handed_in, dict) else {}
    for name, path in DOCUMENT_PATHS.items():
        if name in wanted:
            _set(application, path, wanted[name])
    return json.dumps(application, ensure_ascii=False).encode("utf-8", "replace")


def form_document(data: bytes, file: str) -> Document:
    """The form as a document that may be corrected, each value as it was handed in."""
    application, _ = decode_application(data)
    fields: dict[str, Field] = {}
    for name, path in DOCUMENT_PATHS.items():
        value: object = application
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            said: Json = value  # type: ignore[assignment]  # it came out of json.loads
            raw = value if isinstance(value, str) else ""
            fields[name] = Field(value=said, raw=raw, confidence=1.0, page=1, box=_WHOLE_PAGE)
    return Document(file=file, kind=KIND, confidence=1.0, pages=(1,), fields=fields)


def of_form(corrections: Sequence[Correction]) -> list[Correction]:
    """The corrections that hold for the form, each field once, in the order in which they were made."""
    last: dict[str, Correction] = {}
    for each in sorted(corrections, key=lambda each: each.id or float("inf")):
        if each.kind == KIND and each.field in DOCUMENT_PATHS:
            last[each.field] = each
    return sorted(last.values(), key=lambda each: each.id or float("inf"))


def _set(application: dict[str, object], path: str, value: Json) -> None:
    holder, _, name = path.rpartition(".")
    place = application
    if holder:
        inner = application.get(holder)
        place = application[holder] = dict(inner) if isinstance(inner, dict) else {}
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value
