"""Labels that no table names (未收录的栏目): seen by their place, so that they end the value above them.

Papers of other provinces call things otherwise (许可业务, 鉴定场所). Such a label is never a field; but it stands at
the edge of the labels, with a value at the edge of the values or with a colon behind it, and what follows it belongs
to nobody above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qi_pipeline.extraction.folding import HAN, fold
from qi_pipeline.model import Box, Word

_NAME = re.compile(rf"[{HAN}/]{{2,10}}(?:\([^()]{{1,12}}\))?")
_WITH_COLON = re.compile(rf"(?P<name>[{HAN}/]{{2,10}}(?:\([^()]{{1,12}}\))?):")
_SECOND_LINES = ("和", "及", "或", "与", "姓名", "代码", "号码", "日期")
"""How the second line of a label begins that is set in two (宗旨 / 和业务范围)."""
_OF_TEXTS = ("范围", "内容", "项目", "事项", "类别", "宗旨")
"""How labels of long texts end: those have headings of their own (许可项目：)."""
_SMALL = 0.65
"""A label's letters are at least so high, beside those of the label above it."""
_SPREAD = 4
"""The letters of a label are spread no further apart, in ems; one that begins left of the others is none of theirs."""


def _height(word: Word) -> float:
    return word.box[3] - word.box[1]


def ends_value(row: Sequence[Word], label: str, at: Box, value: float, aspect: float) -> bool:
    """Whether a row begins with a label that nobody knows, below ``label`` at ``at`` whose value begins at ``value``.

    ``aspect`` is the page's width divided by its height. A name without a colon must be set off from a value at the
    edge of the one above.
    """
    em = _height(row[0]) / aspect
    here = [word for word in row if word.box[0] >= at[0] - 0.7 * em]
    before = [word for word in row if word.box[0] < at[0] - 0.7 * em]
    beside = bool(before) and bool(here) and here[0].box[0] - before[-1].box[2] < _SPREAD * em
    if not here or beside or abs(here[0].box[0] - at[0]) > 0.7 * em:
        return False
    colon = _WITH_COLON.match(fold(here[0].text))
    if colon is not None:
        return not label.endswith(_OF_TEXTS) and not colon["name"].startswith(_SECOND_LINES)
    name = [word for word in here if word.box[2] <= value - 0.3 * em]
    if not name or len(name) == len(here) or abs(here[len(name)].box[0] - value) > 1.3 * em:
        return False
    # The box of a label in two lines is higher than its letters.
    letters = min(at[3] - at[1], 1.4 * (at[2] - at[0]) * aspect / len(label))
    if max(_height(word) for word in name) < _SMALL * letters:
        return False  # print of its own beside the value, such as a reminder in a frame (年报提示)
    text = "".join(fold(word.text) for word in name)
    return _NAME.fullmatch(text) is not None and not text.startswith(_SECOND_LINES)


_ANEW = re.compile(
    r"(?:依据|根据|按照|依照)《|经(?:审查|审核|评审|考核|查|核准)[,，]|特[发颁]此证|准予|兹|[本该]证书|[本该]许可证|你(?:机构|单位)|现予|请[在于]"
)


def begins_anew(piece: Word) -> bool:
    """Whether a line opens a sentence of the paper's own text (依据《…》, 特发此证), and so goes on with no value."""
    return _ANEW.match(fold(piece.text)) is not None
