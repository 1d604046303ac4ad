"""What print means under its looks: width, dashes, quotes and spaces folded, with the way back to the raw text.

Two spellings of one word (``（副　本）`` and ``(副本)``) fold to the same string. Folding is for comparing and
matching only; values keep the printed form, with :func:`tidy` taking out the spaces that typesetting and
recognition put between Chinese characters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from qi_pipeline.extraction.simplified import VARIANTS

_VARIANTS = str.maketrans(
    {
        **dict.fromkeys("—–－‐‑‒―─−﹣━", "-"),
        **dict.fromkeys("“”„‟「」『』〝〞″＂", '"'),
        **dict.fromkeys("‘’‚‛′`´＇", "'"),
        **dict.fromkeys("〔〖【［", "["),
        **dict.fromkeys("〕〗】］", "]"),
        **dict.fromkeys("•‧・∙⋅●", "·"),
        **dict.fromkeys("∶︰﹕", ":"),
        **dict.fromkeys("∼〜～", "~"),
        "﹑": "、",
        "﹔": ";",
        "﹐": ",",
        **VARIANTS,
    }
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇"
"""Character range of Chinese characters, for use inside a regular expression's brackets."""

_HAN_SPACE = re.compile(rf"(?<=[{HAN}，。；：、（）《》“”〔〕【】·])\s+(?=[{HAN}，。；：、（）《》“”〔〕【】·])")
_HAN_DIGIT_SPACE = re.compile(rf"(?<=[{HAN}（），。；：、])\s+(?=[0-9(（])|(?<=[0-9)）])\s+(?=[{HAN}（），。；：、])")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, the index of the raw character it came from."""

    text: str
    origin: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in the raw text of the folded characters ``start:end``."""
        if start >= end:
            at = self.origin[start] if start < len(self.origin) else (self.origin[-1] + 1 if self.origin else 0)
            return at, at
        return self.origin[start], self.origin[end - 1] + 1


@functools.lru_cache(maxsize=16384)
def fold_with_origin(raw: str) -> Folded:
    """``raw`` folded (NFKC, variants, lower case, no spaces), with the index of each character's origin."""
    characters: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(raw):
        for part in unicodedata.normalize("NFKC", char).translate(_VARIANTS).lower():
            if not part.isspace() and part not in _INVISIBLE:
                characters.append(part)
                origin.append(index)
    return Folded("".join(characters), tuple(origin))


def fold(raw: str) -> str:
    """``raw`` as it is compared: NFKC, one kind of dash, quote and bracket, lower case, no spaces.

    >>> fold("（副　本）１－１")
    '(副本)1-1'
    """
    return fold_with_origin(raw).text


def tidy(raw: str) -> str:
    """``raw`` as it is stored: one line, no spaces between Chinese characters, single spaces elsewhere.

    >>> tidy("苏州  绿 创　检测 Co.,  Ltd.")
    '苏州绿创检测 Co., Ltd.'
    """
    text = "".join(char for char in raw if char not in _INVISIBLE)
    text = re.sub(r"\s+", " ", text).strip()
    previous = None
    while previous != text:
        previous, text = text, _HAN_SPACE.sub("", text)
    return _HAN_DIGIT_SPACE.sub("", text)


_WIDE = {"(": "（", ")": "）", ":": "：", ";": "；", ",": "，"}
_PAIRED = re.compile(r"[(（]([^()（）]*)[)）]")


def printed_width(raw: str) -> str:
    """``raw`` with the brackets and stops of Chinese text as they are printed, full width, though read as half width.

    Beside Latin letters and digits they stay: ``(1-1)``, ``25,000``, ``Co., Ltd.``.

    >>> printed_width("许可项目:检验检测(不含特种设备);主开展经营活动)"), printed_width("A座(2-3)")
    ('许可项目：检验检测（不含特种设备）；主开展经营活动）', 'A座（2-3）')
    """
    if raw.isascii():
        return raw
    wide = list(raw)
    for match in _PAIRED.finditer(raw):
        before, after = raw[match.start() - 1 : match.start()], raw[match.end() : match.end() + 1]
        if any(_is_wide(char) for char in (before, after, *match[1])):
            wide[match.start()], wide[match.end() - 1] = "（", "）"
    for at, char in enumerate(raw):
        if char in _WIDE and wide[at] == char:
            before, after = "".join(wide[max(0, at - 1) : at]), "".join(wide[at + 1 : at + 2])
            both = _is_wide(before) and (_is_wide(after) or not after)
            if both or (char in "()" and (_is_wide(before) or _is_wide(after))):
                wide[at] = _WIDE[char]
    return "".join(wide)


def _is_wide(char: str) -> bool:
    return bool(char) and (is_han(char) or char in "，。；：、（）《》“”〔〕【】")


def distance_within_one(a: str, b: str) -> bool:
    """Whether ``a`` becomes ``b`` by at most one insertion, deletion or substitution."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (p, q) in enumerate(zip(a, b, strict=False)) if p != q), len(a))
    return a[at + (len(a) == len(b)) :] == b[at + 1 :]


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance of two short strings."""
    if len(a) < len(b):
        a, b = b, a
    row = list(range(len(b) + 1))
    for i, p in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, q in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (p != q))
    return row[-1]


def is_han(char: str) -> bool:
    """Whether ``char`` is a Chinese character."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or char == "〇"
