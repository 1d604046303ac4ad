"""What a second look at a value says of it (二次识读): which lines to read again, and whether what comes agrees.

First the engine that read the page looks again, at the line without its colours and at the line softened: a guessed
letter is mostly guessed otherwise then. What is still not sure goes to the engine that did not read the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qi_pipeline.extraction import dates, identifiers
from qi_pipeline.extraction.evidence import Remark
from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.quality import share
from qi_pipeline.extraction.weights import group_of
from qi_pipeline.model import Box, Field, Page
from qi_pipeline.reading.protocol import CropRequest, Look

DECISIVE = (
    "holder_name",
    "holder_uscc",
    "certificate_number",
    "valid_to",
    "issued_on",
    "valid_from",
    "calibrated_on",
    "signed_on",
    "legal_representative",
    "instrument_serial",
)
"""Fields that admit or refuse, and so are worth every second reading."""
LOOKED_AT = (*DECISIVE, "address")
"""Fields at which the engine that read them looks again."""

LOST = "!seen_again"
"""The check that fails where no second look by the same engine found anything of the value."""
Says = Literal["agrees", "alike", "near", "differs", "nothing"]

_MOST_ROWS = 3
_END = 0.002
"""A value ends with its line if its box does, but for so much of the page's width."""
_PART = 0.3
"""A word is of a value that covers this share of it, or that it covers itself, being longer: a label and its value."""
_READABLE = 0.6
"""A contradiction counts only from a reading that the engine itself takes for one."""
_FIRM = 0.95
_LETTERS = ((_FIRM, "soft_letter"), (0.8, "weak_letter"), (0.6, "weakest_letter"))
"""Names for the least sure character of a value that every look agrees on, below each chance; each adds to the last."""
_CODES = frozenset({"code", "number"})
_CONFUSABLE = str.maketrans("OQDILSZB", "00011528")
"""Letters that no engine tells from digits out of context."""


def requests(name: str, field: Field, page: Page, look: Look) -> tuple[CropRequest, ...]:
    """The lines to read again, from top to bottom; empty where nothing can be gained."""
    if not isinstance(field.value, str) or page.image is None or page.source != "ocr":
        return ()
    if field.derived or "from_seal" in field.checks:
        return ()
    rows = _rows(field, page)
    if not 0 < len(rows) <= _MOST_ROWS:
        return ()
    group = group_of(name)
    plain = group in _CODES and identifiers.compact(field.value).isascii()
    alphabet: Literal["chinese", "code", "date"] = "date" if group == "date" else "code" if plain else "chinese"
    whole = "".join(field.raw.split()) if len(rows) == 1 else ""
    expected = "" if look == "other" else whole or "?"
    ends = group == "number" and _is_last(field, page)
    return tuple(
        CropRequest(image=page.image, box=row, alphabet=alphabet, look=look, expected=expected, ends=ends)
        for row in rows
    )


def _is_last(field: Field, page: Page) -> bool:
    """Whether no letter of its line stands behind the value, so that white must."""
    beside = [word.box[2] for word in page.words if share(field.box, word.box) > 0.5]
    return not beside or field.box[2] > max(beside) - _END


def _rows(field: Field, page: Page) -> list[Box]:
    """The field's box cut into its printed lines."""
    words = sorted((word.box for word in page.words if _shared(word.box, field.box)), key=lambda b: b[1] + b[3])
    if not words:
        return []
    x0, y0, x1, y1 = field.box
    tallest = max(box[3] - box[1] for box in words)
    if y1 - y0 <= 1.7 * tallest:
        return [field.box]
    rows: list[list[Box]] = []
    for box in words:
        middle = (box[1] + box[3]) / 2
        if rows and middle < max(b[3] for b in rows[-1]) - 0.3 * (box[3] - box[1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [
        (
            max(x0, min(b[0] for b in row)),
            max(y0, min(b[1] for b in row)),
            min(x1, max(b[2] for b in row)),
            min(y1, max(b[3] for b in row)),
        )
        for row in rows
    ]


def _shared(word: Box, value: Box) -> bool:
    return share(word, value) > _PART or share(value, word) > 1 - _PART


def compared(name: str, field: Field, text: str, score: float) -> Says:
    """What one reading of the field's lines says of its value."""
    if not isinstance(field.value, str) or not text.strip():
        return "nothing"
    group = group_of(name)
    if group == "date":
        found = {d.day.isoformat() for d in dates.dates_in(text) if d.day is not None and d.coarse == "day"}
        if field.value in found:
            return "agrees"
        return "differs" if found and score >= _READABLE and not dates.is_supposed(text) else "nothing"
    if group in _CODES:
        return _code_says(identifiers.compact(field.value).upper(), text.upper(), score)
    first, second = fold(field.value), fold(text)
    if first in second:
        return "agrees"
    if score < _READABLE:
        return "nothing"
    return "near" if edit_distance(first, second) <= max(1, len(first) // 5) else "differs"


def _code_says(first: str, text: str, score: float) -> Says:
    """What a reading says of a number: the whole of it must stand there, with no figure more at either end."""
    second = _ascii(text)
    whole = re.compile(r"\s*".join(re.escape(c) for c in first))
    if (found := whole.search(second)) is not None:
        beside = second[: found.start()][-1:] + second[found.end() :][:1]
        longer = any(character.isascii() and character.isalnum() for character in beside)
        return "differs" if longer and score >= _READABLE else "agrees"
    bare = re.sub(r"\s", "", second)
    if first.translate(_CONFUSABLE) in bare.translate(_CONFUSABLE):
        return "alike"
    if score < _READABLE:
        return "nothing"
    return "differs" if edit_distance(first, bare) <= max(2, len(first) // 5) else "nothing"


def _ascii(text: str) -> str:
    """The text with the widths and dashes of its figures folded, its spaces kept."""
    return " ".join(identifiers.compact(piece) for piece in text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One more look at a value."""

    says: Says
    weakest: float
    """How sure the engine is of its least sure character; for the other engine, of the line."""

    @property
    def agrees(self) -> bool:
        """Whether the look found the value."""
        return self.says in ("agrees", "alike")

    @property
    def settles(self) -> bool:
        """Whether no other look by the same engine can add anything."""
        return self.agrees and self.weakest >= _FIRM


def looked(name: str, field: Field, lines: Sequence[tuple[str, float]], look: Look) -> Looked:
    """What the lines of one look say of a value; nothing where one of them gave nothing."""
    if not all(text.strip() for text, _ in lines):
        return Looked(says="nothing", weakest=0.0)
    score = min(score for _, score in lines)
    # The score of an own look is that of one letter: what it read it read.
    says = compared(name, field, "".join(text for text, _ in lines), score if look == "other" else 1.0)
    return Looked(says=says, weakest=score)


def own_remarks(name: str, looks: Sequence[Looked]) -> Iterator[Remark]:
    """What the looks of the engine that read the page say together."""
    if all(look.says == "nothing" for look in looks):
        yield Remark(field=name, check=LOST)
    elif all(look.agrees for look in looks):
        yield Remark(field=name, check="passes")
        least = min(look.weakest for look in looks)
        if least >= _FIRM:
            yield Remark(field=name, check="firm_letters")
        for most, cue in _LETTERS:
            if least < most:
                yield Remark(field=name, check="weak_letter", cue=cue)
    elif any(look.agrees for look in looks):
        yield Remark(field=name, check="passes_differ")
    else:
        yield Remark(field=name, check="!passes")


def other_remarks(name: str, look: Looked) -> Iterator[Remark]:
    """What the engine that did not read the page says."""
    said = look.says
    if said == "agrees":
        yield Remark(field=name, check="second_reading")
    elif said == "alike":
        yield Remark(field=name, check="second_reading", cue="second_reading_alike")
    elif said == "near":
        yield Remark(field=name, check="near_second_reading")
    # Over Chinese lines the other engine is by far the weaker one: that it differs says nothing.
    elif said == "differs" and group_of(name) in ("date", "code", "number"):
        yield Remark(field=name, check="!second_reading")
