"""Which of several printed options is ticked (勾选): ☑计量 □标准化, √ behind the word, or only one option printed.

Recognition reads an empty box as 口 or 囗 and a ticked one as 回, 团, 区 or V, or loses it: where every other option
keeps its empty box, the one without is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qi_pipeline.extraction.folding import fold

_TICKED = frozenset("☑✓√■☒✔▣●◉☛vx×✗✘回团囝区囚因困圆图国四田巨凶冈")
_EMPTY = frozenset("□☐○口囗◻▢◯⬜o0ロ")
_BETWEEN = frozenset(" 、,;/|.·:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen option and whether its own tick, rather than the others' empty boxes, says so."""

    key: str
    firm: bool


def chosen(text: str, options: Mapping[str, str]) -> Choice | None:
    """The one option that ``text`` marks; ``options`` map printed names to keys. None: none, several, or unclear.

    >>> names = {"计量": "metrology", "标准化": "standardization", "检验检测": "inspection_testing"}
    >>> chosen("□计量 ☑标准化 □检验检测", names).key, chosen("检验检测", names).key
    ('standardization', 'inspection_testing')
    >>> chosen("□计量 □标准化", names) is None
    True
    >>> chosen("计量 □标准化 ☑□检验检测", names)
    Choice(key='metrology', firm=False)
    """
    folded = fold(text.replace("[", "□[").replace("【", "□[")) if "[" in text or "【" in text else fold(text)
    folded = folded.replace("□[√]", "☑").replace("□[v]", "☑").replace("□[x]", "☑").replace("□[]", "□")
    folded = folded.replace("(√)", "☑").replace("(v)", "☑").replace("()", "□")
    places = _places(folded, {fold(name): key for name, key in options.items()})
    if not places:
        return None
    keys = {key for _, _, key in places}
    if len(places) == 1 and not any(char in _EMPTY for char in folded[: places[0][0]][-2:]):
        return Choice(key=places[0][2], firm=True)
    marks = _marks(folded, places)
    ticked = {key for key, mark in marks if mark == "ticked"}
    if len(ticked) == 1:
        return Choice(key=ticked.pop(), firm=True)
    bare = {key for key, mark in marks if mark == ""}
    if not ticked and len(bare) == 1 and len(keys) > 1:
        return Choice(key=bare.pop(), firm=False)
    return Choice(key=keys.pop(), firm=True) if len(keys) == 1 and not any(m == "empty" for _, m in marks) else None


def _places(text: str, options: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Where options stand, the longer name first where one holds another."""
    found: list[tuple[int, int, str]] = []
    for name in sorted(options, key=len, reverse=True):
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not any(start < end and at < stop for start, stop, _ in found):
                found.append((at, end, options[name]))
            at = text.find(name, end)
    return sorted(found)


def _marks(text: str, places: list[tuple[int, int, str]]) -> list[tuple[str, str]]:
    behind = text[: places[0][0]].strip("".join(_BETWEEN)) == "" and _mark(text[places[-1][1] :][:2]) != ""
    marks = []
    for number, (start, end, key) in enumerate(places):
        if behind:
            stop = places[number + 1][0] if number + 1 < len(places) else len(text)
            marks.append((key, _mark(text[end:stop][:2])))
        else:
            since = places[number - 1][1] if number else 0
            marks.append((key, _mark(text[since:start][-2:])))
    return marks


def _mark(text: str) -> str:
    if len(text) == 2 and text[0] in _TICKED and text[1] in _EMPTY:  # 换证☑□年审: one empty box read as two
        return "unclear"
    if any(char in _TICKED for char in text):
        return "ticked"
    return "empty" if any(char in _EMPTY for char in text) else ""
