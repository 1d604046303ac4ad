"""application.json from hostile bytes: size, depth, encoding, doubled keys, numbers that are no numbers.

An export may come from any program: UTF-8 with or without BOM, UTF-16 with BOM, GBK. What can't be decoded gives
None and a problem, never an exception.
"""

from __future__ import annotations

import codecs
import json
import re

from qi_pipeline.admission.form_problems import Problem, problem

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of an application.json; a form of a thousand services needs a quarter of a megabyte."""
MAX_DEPTH = 32
"""How deep brackets may nest; the form itself needs four."""
_MOST_DIGITS = 40

# A string up to its closing quote or the end of the text (so that an unclosed one is passed over once), or a bracket.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def decode_application(data: bytes) -> tuple[object, list[Problem]]:
    """The decoded JSON value and what was wrong with the bytes; the value is None where nothing could be decoded."""
    if len(data) > MAX_BYTES:
        return None, [problem("$", "malformed", f" (> {MAX_BYTES} bytes)")]
    text = _text_of(data)
    if text is None:
        return None, [problem("$", "malformed", " (encoding)")]
    if not text.strip():
        return None, [problem("$", "missing")]
    if _depth(text) > MAX_DEPTH:
        return None, [problem("$", "malformed", f" (depth > {MAX_DEPTH})")]
    doubled: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        made: dict[str, object] = {}
        for key, value in items:
            if key in made and made[key] != value:
                doubled.append(key)
            made[key] = value
        return made

    try:
        value: object = json.loads(
            text, object_pairs_hook=pairs, parse_int=_whole_number, parse_constant=lambda _name: None
        )
    except ValueError as error:
        position = f" ({error.lineno}:{error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return None, [problem("$", "malformed", position)]
    if value is None:
        return None, [problem("$", "missing")]
    names = sorted({key for key in doubled if key.isprintable()})[:20]
    return value, [problem(name, "duplicate", blocking=True) for name in names]


def _text_of(data: bytes) -> str | None:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif piece in "]}":
            depth -= 1
    return deepest


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
