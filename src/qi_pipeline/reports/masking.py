"""What reports, letters, spreadsheets and exports show of personal numbers: nothing but their ends (隐私遮蔽).

Every value that a template prints and every cell passes :func:`shown`. It masks unless policy says otherwise
(``[privacy] mask_reports``); who writes a report says so by :func:`masking`, together with the numbers of papers and
institutions that must stay readable although one of them may look like a person's. Pictures are not masked: a
reviewer must see the paper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from markupsafe import Markup

from qi_pipeline.model import Document, Json
from qi_pipeline.policy import PrivacyPolicy
from qi_pipeline.privacy import masked, masked_json

_NUMBERS = ("holder_uscc", "certificate_number", "registration_number", "instrument_serial")
_NUMBER_KEYS = frozenset({*_NUMBERS, "uscc", "number", "order", "serial"})
_NUMBER_COLUMNS = frozenset({"uscc", "number", "packet_id", "reference"})
_SHORTEST = 11
"""Characters of the shortest personal number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Showing:
    mask: bool = True
    kept: frozenset[str] = frozenset()


_SHOWING: ContextVar[_Showing | None] = ContextVar("showing", default=None)


@contextmanager
def masking(privacy: PrivacyPolicy, kept: Collection[str] = ()) -> Iterator[None]:
    """What is shown meanwhile is masked as policy says, and the ``kept`` numbers never."""
    token = _SHOWING.set(_Showing(mask=privacy.mask_reports, kept=frozenset(kept)))
    try:
        yield
    finally:
        _SHOWING.reset(token)


def shown(text: str) -> str:
    """The text as it may be shown."""
    if len(text) < _SHORTEST:
        return text
    now = _SHOWING.get() or _Showing()
    return masked(text, kept=now.kept) if now.mask else text


def printed(value: object) -> object:
    """What a template prints for the value; pictures and finished pages are left as they are."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.startswith("data:"):
        return shown(value)
    return value


def shown_json(value: Json) -> Json:
    """The JSON as it may be shown: every text but those whose key names an institution or a paper."""
    now = _SHOWING.get() or _Showing()
    return masked_json(value, kept=now.kept) if now.mask else value


def shown_rows(
    columns: Sequence[str], rows: Iterable[Sequence[Json]], privacy: PrivacyPolicy
) -> Iterator[Sequence[Json]]:
    """The rows of an export as they may be shown; columns that name an institution or a paper stay."""
    if not privacy.mask_reports:
        yield from rows
        return
    told = [name not in _NUMBER_COLUMNS for name in columns]
    for row in rows:
        yield [masked_json(value) if tell else value for value, tell in zip(row, told, strict=True)]


def numbers_of(documents: Iterable[Document]) -> set[str]:
    """The numbers of papers and institutions that the documents print."""
    return {
        field.value
        for document in documents
        for name in _NUMBERS
        if (field := document.fields.get(name)) is not None and isinstance(field.value, str)
    }


def numbers_in(value: Json) -> Iterator[str]:
    """The numbers of papers and institutions that stand anywhere in the JSON under a key that says so."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in _NUMBER_KEYS and isinstance(each, str):
                yield each
            else:
                yield from numbers_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
