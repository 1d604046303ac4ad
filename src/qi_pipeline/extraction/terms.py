"""How days and terms printed at a label become fields (日期、期限): one reader for each sort.

As with the readers of other values, None means that the value is not one of its sort, and a null value that one is
printed which can't be read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.fields import FieldSpec, Found
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.readers import line_words, made, raw_of
from qi_pipeline.model import Field, Word


def day(found: Found) -> Field | None:
    """The one date printed there; a date that does not exist, or can't be read, gives a null value."""
    for taken in range(1, len(found.lines) + 1):
        raw = " ".join(found.lines[:taken])
        here = [d for d in dates.dates_in(raw) if d.coarse == "day"]
        if here and not _goes_on(found, taken):
            value = here[0].day.isoformat() if here[0].day is not None else None
            return made(found, value, raw=raw, words=line_words(found, taken))
    if (set_off := _set_off(found)) is not None:
        return day(set_off)
    return made(found, None) if _looks_dated(raw_of(found)) else None


_WHOLE_DAY = re.compile(r"(?:[日号]|(?<![0-9])[0-9]{4}[-./](?:0[1-9]|1[0-2])[-./][0-3][0-9])止?$")


def _set_off(found: Found) -> Found | None:
    """The words of the first line that end in a whole date before a gap; None where nothing stands behind it.

    What stands there is a stroke of a seal or of the ground (2030-01-15 1 月), which would hide the date.
    """
    row = found.rows[0] if found.rows else ()
    for count in range(len(row) - 1, 0, -1):
        text = " ".join(word.text for word in row[:count])
        apart = row[count].box[0] - row[count - 1].box[2]
        day = dates.date_of(text)
        if day is not None and apart > 0 and _WHOLE_DAY.search(fold(text)):
            return replace(found, words=row[:count], lines=(text,), rows=(row[:count],))
    return None


def _goes_on(found: Found, taken: int) -> bool:
    """Whether a date may be broken at the end of line ``taken``: it ends in a digit and the next begins with one."""
    if taken >= len(found.lines):
        return False
    end, start = fold(found.lines[taken - 1])[-1:], fold(found.lines[taken])[:1]
    return (end.isdigit() or end in "年月至自到-~." or dates.number_of(end) is not None) and (
        start.isdigit() or start in "年月日至到-~." or dates.number_of(start) is not None
    )


def _looks_dated(raw: str) -> bool:
    """Whether something like a date is printed, if not a readable one: a blank 年 月 日 is nothing printed."""
    folded = fold(raw)
    return sum(char.isdigit() for char in folded) >= 3 and len(folded) <= 40


def _term(found: Found) -> tuple[dates.Term | None, str, tuple[Word, ...]]:
    """The period printed there, its text and its words: only as many lines as it takes to be whole."""
    term = None
    raw = raw_of(found)
    of_start = "自" if found.label.endswith(("自", "from")) else ""
    for taken in range(1, min(len(found.lines), 4) + 1):
        raw = " ".join(found.lines[:taken])
        term = dates.term_of(of_start + raw)
        whole = term is not None and ((term.end is not None and not term.coarse) or term.long_term or term.months)
        if whole and not _goes_on(found, taken):
            return term, raw, line_words(found, taken)
    if (term is None or term.broken) and (set_off := _set_off(found)) is not None:
        return _term(set_off)
    return term, raw, found.words


def term_start(found: Found) -> Field | None:
    """The first day of a printed period (自…)."""
    term, raw, words = _term(found)
    if term is None or term.start is None:
        return None
    return made(found, term.start.isoformat(), raw=raw, words=words)


def term_end(found: Found) -> Field | None:
    """The last day of a printed period; null with 长期, a lost end, and with the duration as raw text (有效期三年)."""
    term, raw, words = _term(found)
    if term is None:
        return made(found, None) if _looks_dated(raw) else None
    if term.end is not None:
        return made(found, term.end.isoformat(), raw=raw, words=words, checks=("coarse",) if term.coarse else ())
    if term.start is not None and term.months:
        end = dates.end_of_term(term.start, term.months)
        return made(found, end.isoformat(), raw=raw, words=words, derived=True)
    # 自…至 with nothing behind it has an end that was lost.
    return made(found, None, raw=raw, words=words)


def long_term(found: Found) -> Field | None:
    """True where 长期 or the like is printed; None otherwise, for the field is present only where it is printed."""
    term, raw, words = _term(found)
    return made(found, True, raw=raw, words=words) if term is not None and term.long_term else None


def term(labels: tuple[str, ...], *, start: bool = True) -> tuple[FieldSpec, ...]:
    """The specs of ``valid_from``, ``valid_to`` and ``long_term``, all read at the same labels."""
    specs = [
        FieldSpec(name="valid_to", labels=labels, read=term_end),
        FieldSpec(name="long_term", labels=labels, read=long_term),
    ]
    if start:
        specs.append(FieldSpec(name="valid_from", labels=labels, read=term_start))
    return tuple(specs)


def derived_end(start: Field, duration: Field) -> Field:
    """``valid_to`` computed from a start and a printed duration (有效期三年), marked ``derived``."""
    months = dates.months_of(duration.raw)
    assert months is not None
    assert isinstance(start.value, str)
    end = dates.end_of_term(date.fromisoformat(start.value), months)
    return Field(
        value=end.isoformat(),
        raw=duration.raw,
        confidence=min(start.confidence, duration.confidence),
        page=duration.page,
        box=duration.box,
        derived=True,
        checks=duration.checks,
    )
