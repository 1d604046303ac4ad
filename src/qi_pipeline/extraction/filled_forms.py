"""Dates on preprinted forms (套打): digits printed over 年 月 日, found as pieces that lie within one another.

``2024 年月20 日`` with a ``5`` inside its gap is the twentieth of May: the letters of all pieces of the line, from left
to right, say so. Only a period that could not be read otherwise is pieced together here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction import dates
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.extraction.lines import around, cut
from qi_pipeline.model import Box, Field, Page, Word

_PIECE = re.compile(r"[0-9oil|年月日号自从起至到止—~-]+")


def with_pieced_term(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with a printed period put together from its pieces, and these taken out of the value above."""
    end = fields.get("valid_to")
    if end is None or "long_term" in fields or end.derived or not re.search(r"[年月日]", end.raw):
        return fields
    start = fields.get("valid_from")
    if end.value is not None and (re.search(r"年.*[至到]", end.raw) is None or (start is not None and start.value)):
        return fields
    page = next((page for page in document.pages if page.number == end.page), None)
    if page is None:
        return fields
    pieces = _pieces(page, end.box)
    raw = _in_order(pieces)
    term = dates.term_of(raw)
    if term is None or term.end is None or term.broken or term.coarse:
        return fields
    if end.value not in (None, term.end.isoformat()) or (start is not None and start.value == term.end.isoformat()):
        return fields  # 有效期自 and one day: no period ends on the day on which it begins
    box = around(piece.box for piece in pieces)
    sure = min(piece.confidence for piece in pieces)
    found = replace(end, value=term.end.isoformat(), raw=raw, box=box, confidence=sure, checks=(*end.checks, "pieced"))
    mended = _without_pieces(fields, pieces, end.box) | {"valid_to": found}
    if term.start is not None:
        mended["valid_from"] = replace(found, value=term.start.isoformat())
    return mended


def _pieces(page: Page, line: Box) -> list[Word]:
    """The pieces of dates that stand level with a line, from its left edge on; a label before a digit is cut off."""
    found: list[Word] = []
    high = line[3] - line[1]
    for word in page.words:
        middle = (word.box[1] + word.box[3]) / 2
        if not line[1] - 0.1 * high <= middle <= line[3] + 0.1 * high or word.box[2] < line[0]:
            continue
        tail = re.search(r"[0-9年月日自至][^:：]*$", word.text)
        piece = cut(word, tail.start(), len(word.text)) if tail else word
        if _PIECE.fullmatch(fold(piece.text)) and piece.box[2] > line[0] and piece.box[0] >= line[0] - high:
            found.append(piece)
    return found


def _in_order(pieces: list[Word]) -> str:
    letters = [cut(piece, at, at + 1) for piece in pieces for at in range(len(piece.text)) if piece.text[at].strip()]
    return "".join(letter.text for letter in sorted(letters, key=lambda letter: letter.box[0] + letter.box[2]))


def _without_pieces(fields: dict[str, Field], pieces: list[Word], line: Box) -> dict[str, Field]:
    """``fields`` whose last printed line was but a digit of the period taken out of that value again."""
    kept = dict(fields)
    texts = {part for piece in pieces for part in (piece.text, piece.text.strip("至到自"))}
    for name in ("scope_text", "address"):
        field = fields.get(name)
        if field is None or not isinstance(field.value, str) or field.box[3] <= line[1]:
            continue
        tokens = field.raw.split(" ")
        own = len(tokens)
        while own > 1 and (tokens[own - 1] in texts or tokens[own - 1].strip("至到自") in texts):
            own -= 1
        tail = tidy(" ".join(tokens[own:]))
        if tail and field.value.endswith(tail):
            box = (field.box[0], field.box[1], field.box[2], min(field.box[3], line[1]))
            value = field.value.removesuffix(tail).rstrip()
            kept[name] = replace(field, value=value, raw=" ".join(tokens[:own]), box=box)
    return kept
