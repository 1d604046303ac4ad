"""Whether two readings of one line say the same (文字比对), look-alikes, widths and punctuation apart."""

from __future__ import annotations

import difflib
import unicodedata

ALIKE = 0.8
"""Texts at least so alike are one line read twice."""
_MANY_DIGITS = 6
_SAME = str.maketrans({"O": "0", "o": "0", "〇": "0", "I": "1", "l": "1", "|": "1", "一": "-"})
"""Look-alikes that an engine can't be blamed for."""


def folded(text: str) -> str:
    """Letters and digits alone, look-alikes made equal.

    >>> folded("GB/T 7467—1987")
    'GBT74671987'
    >>> folded("Ｏ１ 号") == folded("01号")
    True
    """
    normal = unicodedata.normalize("NFKC", text).translate(_SAME)
    return "".join(c for c in normal if c.isalnum())


def similarity(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1, spaces, widths and punctuation apart."""
    a, b = folded(one), folded(other)
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() if a and b else 0.0


def digits(text: str) -> str:
    """The digits of a text, in order."""
    return "".join(c for c in folded(text) if c.isdigit())


def differs(layer: str, seen: str) -> bool:
    """Whether the two texts say different things: a letter, digit or character is another, not merely missing."""
    a, b = folded(layer), folded(seen)
    if a == b:
        return False
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return any(
        kind == "replace" and ((any(c.isdigit() for c in a[i:j]) and any(c.isdigit() for c in b[k:m])) or j - i >= 2)
        for kind, i, j, k, m in matcher.get_opcodes()
    )


def bears_out(layer: str, seen: str) -> bool:
    """Whether what is seen agrees with the layer to the digit, and but for single misread characters.

    Where many digits agree, an engine that stumbles over rare characters beside them is believed.

    >>> bears_out("铅的测定 GB 5009.12-2017", "铝的测定GB5009.12-2017"), bears_out("GB 5009.12-2017", "GB 5009.12-2011")
    (True, False)
    """
    if similarity(layer, seen) < ALIKE or digits(layer) != digits(seen):
        return False
    return len(digits(layer)) >= _MANY_DIGITS or not differs(layer, seen)
