"""Print that belongs to no value: what is stamped or laid over a page, and specks before labels (盖压的文字、污点).

仅供…使用, 与原件一致 and 此件… lie over papers; stamps are read in one with the label behind it, dirt as a sign before.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.labels import Vocabulary
from qi_pipeline.extraction.lines import cut
from qi_pipeline.model import Word

_WATERMARK = re.compile(
    r"^[^:]{0,6}(?:仅供|仅限|只供).{2,24}(?:使用|之用|用途|专用)|他用无效|再?次?复印无效|^此(?:复印)?件|与原件.{0,2}(?:一致|相符|核对|无误)"
    r"|^原件已?核|^已?年度?检验?合格$|由扫描.{0,6}生成|^(?:用?他用|复印)?无效$"
)
_STAMPED_BEHIND = re.compile(r"(?<=.{8})(?:此(?:复印)?件(?:与原件|仅[供限])|与原件(?:一致|相符|核对))")
_RUN_INTO = 0.85
"""So sure at most is print of which a stamp read in one with it was cut off."""
_TILTED = 0.2
"""Rise of a line over its length from which it lies across the page; no scan is so skewed."""


def is_overprint(text: str) -> bool:
    """Whether a run of print says what is stamped or laid over papers: 仅供…使用, 与原件一致, 此件…"""
    return _WATERMARK.search(fold(text)) is not None


def before_stamp(text: str) -> str:
    """The print that a stamp behind it was read in one with (…857室此件与原件一致); all of the text where none was."""
    stamp = _STAMPED_BEHIND.search(text)
    return text if stamp is None else text[: stamp.start()].rstrip()


def _is_overlay(word: Word, aspect: float, high: float) -> bool:
    """Whether a word is laid or stamped over the page (仅供…使用, 与原件一致), and so is part of no value."""
    if is_overprint(word.text):
        return True
    wide, tall = (word.box[2] - word.box[0]) * aspect, word.box[3] - word.box[1]
    return len(word.text) >= 4 and 1.6 * wide > tall > 2.2 * high and tall - high > _TILTED * wide


def without_overlay(word: Word, aspect: float, high: float, vocabulary: Vocabulary) -> Word | None:
    """The word, or what a stamp was read in one with: a label behind it, print before it; None: all overlay.

    A line that begins with a label and its colon is print, however high a seal's letters made its box.
    """
    if not _is_overlay(word, aspect, high):
        return word
    label_end = fold(word.text).find(":")
    if label_end > 0 and fold(word.text)[:label_end] in vocabulary.folded and not is_overprint(word.text):
        x0, y0, x1, y1 = word.box
        excess = max(0.0, y1 - y0 - high) / 2
        return replace(word, box=(x0, y0 + excess, x1, y1 - excess))
    for start in range(2, len(word.text) - 2):
        if fold(word.text[start:]) in vocabulary.folded and _STAMPED.match(fold(word.text[:start])):
            label = cut(word, start, len(word.text))
            x0, y0, x1, y1 = label.box
            excess = max(0.0, y1 - y0 - high) / 2  # the stamp stood aslant, the label does not
            return replace(label, box=(x0, y0 + excess, x1, y1 - excess))
    print_ = before_stamp(word.text)
    if print_ != word.text and not is_overprint(print_):
        return replace(cut(word, 0, len(print_)), confidence=min(word.confidence, _RUN_INTO))
    return None


_SPECKS_BEFORE = re.compile(r"[\])）】」·.,，。、'`:：|]+")
_LONG = 4
"""A label of so many letters is one though it runs into its value."""
_SPECKS = re.compile(r"[·.,，。、'`-]")
_SPECK_WITHIN = re.compile(r"^(\S)\s*[·.,，。、'`-]\s*(\S)")


def without_specks(word: Word, vocabulary: Vocabulary) -> Word:
    """The word without the sign that dirt or a stamp put before a label, or into one of two letters (名·称).

    A sign before a label would make it a part of what stands in front of it.
    """
    before = _SPECKS_BEFORE.match(word.text)
    if before is not None:
        bare = fold(word.text[before.end() :]).rstrip(":")
        runs_in = bare[:1] and len(vocabulary.exact_at(bare, 0) or "") >= _LONG
        if bare in vocabulary.folded or bare in vocabulary.halves or runs_in:  # ·名称, 住 | .所, ·企业名称江苏…
            return cut(word, before.end(), len(word.text))
    whole = _SPECKS.sub("", word.text)
    if whole != word.text and fold(word.text) not in vocabulary.folded and fold(whole) in vocabulary.folded:
        return replace(word, text=whole)  # 批准范·围
    within = _SPECK_WITHIN.match(word.text)
    if within is not None and within[1] + within[2] in vocabulary.folded:
        return replace(word, text=f"{within[1]} {within[2]}{word.text[within.end() :]}")
    return word


_STAMPED = re.compile(r"^(?:此(?:复印)?件|与原件|原件|本件|仅[供限]|只供)")


_SPECK = re.compile(r"[oOcCQxX0〇○口囗□回·.,、。'\-_|]")


def is_speck(word: Word) -> bool:
    """Whether a word is what a punched hole, a frame or a speck of dirt is read as."""
    return _SPECK.fullmatch(word.text.strip()) is not None
