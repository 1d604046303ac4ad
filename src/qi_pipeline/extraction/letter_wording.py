"""Whether one difference from the adopted letter is misreading or other wording.

Misreading swaps single characters for look-alikes; a hand that alters a promise takes away or adds 不, or writes two
characters or more otherwise. So single characters count only where they turn the sense, and longer differences count
unless the reading is so poor that chance brings misreadings side by side, or the place lies under a seal or stamp, or
a line was lost by the reader. What is neither is doubtful: it is not held against anybody, and a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from qi_pipeline.extraction.letter_alignment import Alignment, Difference
from qi_pipeline.extraction.letter_prints import Decisive, LetterPrints, print_of
from qi_pipeline.extraction.letter_text import Glyph
from qi_pipeline.extraction.lines import cut, inside
from qi_pipeline.model import Box, Page

Verdict = Literal["noise", "doubtful", "changed"]

NEGATIONS = frozenset("不未非无勿莫")
_CONTRARY = NEGATIONS | frozenset("免消被违虚仅拒可或除暂限弃误损缓外他贵")
"""Characters that turn the sense of a promise where they replace or join another."""
LOOK_ALIKES: dict[str, str] = {
    "不": "木下丕个示小卜禾十仆衣水",
    "未": "末朱禾来木本",
    "非": "排菲韭北丰",
    "无": "元天无尤夫",
    "勿": "匆匁忽",
    "免": "兔兑兔完",
    "消": "清销稍悄涓肖",
    "被": "彼披波破",
    "违": "讳伟围苇迮达",
    "虚": "虑虐戏",
    "仅": "权汉又仪",
    "拒": "担柜矩拒",
    "可": "司何河句",
    "或": "域成我戓",
    "除": "徐余涂际",
    "限": "眼根很艰",
    "弃": "弄奔",
    "误": "诀娱",
    "损": "捐员",
    "缓": "援暖级",
    "外": "处夕卜列",
    "他": "地她池也仙",
    "贵": "责货贲赉",
}
"""For a character that turns the sense, those that recognition mistakes for it and it for them."""
_LIMITING = re.compile(
    "为准|除外|但是?|不适用|保留|视情|酌情|原则上|尽量|尽可能|有权|免责|解释权|另行|仅限于|特殊情况|如有冲突|不包括|不构成"
)
"""Words by which added text takes back what is promised."""
_FURNITURE = re.compile(
    "^(?:第?[一二三四五六七八九十]*页?共?[一二三四五六七八九十]*页?|一+|第?[一二三四五六七八九十]{1,3}[条项章]?)$"
)
_WATERMARK = re.compile("仅供|仅限|复印|水印|扫描|用于|专用|原件一致|再次")
_CHANCE_SURE = 0.15
_FEW_SINGLES = 0.004
"""Share of single misreadings above which one that turns the sense may be chance too."""
_FAINT = 0.87
"""A line that the engine itself gives less than this is read poorly."""
_BEYOND_DOUBT = 0.97
"""What a line of a one-bit copy has to be given before other words on it are other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of the whole reading when one difference is judged."""

    adopted: LetterPrints
    alignment: Alignment
    singles: float
    """Share of characters that were misread singly."""
    covers: dict[int, tuple[Box, ...]]
    """By page what lies over the text: seals, and words stamped over other words."""
    pitch: float
    """Usual distance of two lines, as a share of the page's height."""
    height: float
    """Usual height of a line."""
    bitonal: frozenset[int]
    """The pages of one bit, where print, seals and dirt have run together."""

    @property
    def chance(self) -> float:
        """How many neighbouring misreadings the rate of single ones would bring in the whole letter."""
        return 3 * self.adopted.length * self.singles**2


def circumstances(adopted: LetterPrints, alignment: Alignment, pages: Sequence[Page]) -> Circumstances:
    """What the reading as a whole says about its own quality."""
    held = sum(run.length for run in alignment.runs) or 1
    singles = sum(1 for d in alignment.differences if d.missing == 1 == len(d.read))
    rows: dict[tuple[int, int], Box] = {}
    for glyph in alignment.glyphs:
        rows.setdefault((glyph.page, glyph.row), glyph.word.box)
    heights = sorted(box[3] - box[1] for box in rows.values()) or [0.012]
    steps = sorted(
        two[1] - one[1] for (a, one), (b, two) in pairwise(sorted(rows.items())) if a[0] == b[0] and two[1] > one[1]
    ) or [0.02]
    return Circumstances(
        adopted=adopted,
        alignment=alignment,
        singles=singles / held,
        covers={page.number: (*(seal.box for seal in page.seals), *_overlays(page, alignment)) for page in pages},
        pitch=steps[len(steps) // 2],
        height=heights[len(heights) // 2],
        bitonal=frozenset(page.number for page in pages if page.appearance == "bitonal"),
    )


def _overlays(page: Page, alignment: Alignment) -> list[Box]:
    """Boxes of words that no adopted text accounts for and that lie over words that it does: stamps, watermarks."""
    body = {id(alignment.glyphs[run.read + at].word) for run in alignment.runs for at in range(run.length)}
    lines = [word.box for word in page.words if id(word) in body]
    others = [word.box for word in page.words if id(word) not in body]
    return [box for box in others if any(_common(box, line) > 0.15 for line in lines)]


def _common(one: Box, other: Box) -> float:
    """Common area as a share of the first box."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    area = (one[2] - one[0]) * (one[3] - one[1])
    return wide * high / area if wide > 0 and high > 0 and area > 0 else 0.0


def verdict(difference: Difference, around: Circumstances) -> Verdict:
    """Whether a difference is misreading, other wording, or can't be told."""
    judged = _wording(difference, around)
    near = [*difference.read, *(g for g in (difference.before, difference.after) if g is not None)]
    if judged == "changed" and (_covered(difference, around) or _faint(difference) or poor_copy(near, around)):
        return "doubtful"
    return judged


def _wording(difference: Difference, around: Circumstances) -> Verdict:
    missing, read = difference.missing, len(difference.read)
    if missing == 0:
        return _added(difference, around)
    if read == 0:
        return _dropped(difference, around)
    if missing == read == 1 or (missing == read == 3 and _middle_agrees(difference, around)):
        return _swapped(difference, around)
    lost = _lost_negation(difference, around)
    if lost and missing <= 4:
        return "changed"
    if min(missing, read) == 1 and max(missing, read) == 2:
        gained = turning(difference.text)
        return "changed" if gained else "noise" if missing == 1 else "doubtful"
    if around.chance <= _CHANCE_SURE or max(missing, read) >= 6:
        return "changed"
    return "doubtful"


def poor_copy(glyphs: Sequence[Glyph], around: Circumstances) -> bool:
    """Whether these characters stand on a one-bit copy and on lines that are not read beyond doubt."""
    return any(glyph.page in around.bitonal and glyph.word.confidence < _BEYOND_DOUBT for glyph in glyphs)


def is_furniture(glyphs: Sequence[Glyph], around: Circumstances) -> bool:
    """Whether added characters are page numbers, running titles, a seal's rim, a stamp or a watermark."""
    text = "".join(glyph.char for glyph in glyphs)
    if _LIMITING.search(text):
        return False
    if _FURNITURE.match(text):
        return True
    words = {id(glyph.word): glyph.word for glyph in glyphs}
    whole = glyphs[0].first and glyphs[-1].last
    if not whole:
        return False
    if _WATERMARK.search(text):
        return True
    tall = all(not 0.6 <= (w.box[3] - w.box[1]) / around.height <= 1.7 for w in words.values())
    margin = all(w.box[3] < 0.07 or w.box[1] > 0.93 for w in words.values())
    sealed = all(any(inside(glyph.word.box, box) for box in around.covers.get(glyph.page, ())) for glyph in glyphs)
    return tall or margin or sealed


def is_limiting(text: str) -> bool:
    """Whether added text takes back what is promised (以…为准, 除外 …)."""
    return bool(_LIMITING.search(text))


def _added(difference: Difference, around: Circumstances) -> Verdict:
    glyphs, text = difference.read, difference.text
    if is_furniture(glyphs, around):
        return "noise"
    if turning(text) or _LIMITING.search(text) or _negation_beside(difference, around):
        return "changed"
    if len(glyphs) == 1:
        return "noise"
    return "changed" if around.chance <= 1 or len(glyphs) > 2 else "doubtful"


def _negation_beside(difference: Difference, around: Circumstances) -> bool:
    """Whether the added character is rather a 不 beside it, which agreed with the adopted print by chance."""
    glyphs, prints = around.alignment.glyphs, around.adopted.prints
    low, high = difference.at - 2, difference.at + len(difference.read) + 2
    if len(difference.read) != 1 or low < 0 or high > len(glyphs):
        return False
    for place in (difference.at - 1, difference.at + 1):
        if glyphs[place].char in NEGATIONS:
            left = [glyph.char for index, glyph in enumerate(glyphs[low:high], low) if index != place]
            there = prints[difference.start - 2 : difference.start + len(left) - 3]
            if [print_of(one + two) for one, two in pairwise(left)] == list(there):
                return True
    return False


def _dropped(difference: Difference, around: Circumstances) -> Verdict:
    if difference.missing == 1:
        return "changed" if any(_fits(char, difference, around) for char in NEGATIONS) else "noise"
    before, after = difference.before, difference.after
    edge = (before is not None and before.last) or (after is not None and after.first)
    if edge and difference.missing <= 3:
        return "changed" if _lost_negation(difference, around) and difference.missing <= 2 else "doubtful"
    if line_lost(difference, around):
        return "doubtful"
    return "changed"


def _swapped(difference: Difference, around: Circumstances) -> Verdict:
    turned: Verdict = "changed" if around.singles <= _FEW_SINGLES else "doubtful"
    if difference.missing == 3:
        return turned if _lost_negation(difference, around) or turning(difference.text) else "noise"
    given = difference.text
    meant = {phrase.phrase[difference.start - phrase.start] for phrase in phrases_at(difference, around.adopted)}
    if meant:  # what should stand here is known
        if given in LOOK_ALIKES.get(next(iter(meant)), ""):
            return "noise"
        # A word that carries the sense: 属实 for 真实 would be another word, 真买 a misreading. A person sees which.
        return turned if meant & NEGATIONS or turning(given) else "doubtful"
    if any(_fits(char, difference, around) and given not in LOOK_ALIKES.get(char, "") for char in NEGATIONS):
        return turned
    alike = any(_fits(char, difference, around) for char in LOOK_ALIKES.get(given, ""))
    return turned if turning(given) and not alike else "noise"


def turning(text: str) -> bool:
    """Whether ``text`` holds a character that turns the sense."""
    return any(char in _CONTRARY for char in text)


def _lost_negation(difference: Difference, around: Circumstances) -> bool:
    """Whether a decisive phrase with 不 or 未 stood here and nothing like that character was read."""
    for phrase in phrases_at(difference, around.adopted):
        for offset, char in enumerate(phrase.phrase):
            at = phrase.start + offset
            if char in NEGATIONS and difference.start <= at < difference.end:
                alike = char + LOOK_ALIKES.get(char, "")
                if not any(given in alike for given in difference.text):
                    return True
    return False


def contradicted(phrase: Decisive, around: Circumstances) -> bool:
    """Whether a 不 of a decisive phrase stands as another character that agreed with the adopted print by chance."""
    for offset, char in enumerate(phrase.phrase):
        glyph = around.alignment.glyph_at(phrase.start + offset) if char in NEGATIONS else None
        if glyph is not None and glyph.char not in char + LOOK_ALIKES.get(char, ""):
            return True
    return False


def phrases_at(difference: Difference, adopted: LetterPrints) -> list[Decisive]:
    """The decisive phrases that a difference touches."""
    return [
        phrase
        for block in adopted.blocks
        for phrase in block.decisive
        if phrase.start < max(difference.end, difference.start + 1) and phrase.end > difference.start
    ]


@cache
def _alphabet() -> tuple[str, ...]:
    """The Chinese characters of GB 2312."""
    codes = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return tuple(char for char in (code.decode("gb2312", "ignore") for code in codes) if char)


def _fits(char: str, difference: Difference, around: Circumstances) -> bool:
    """Whether the one adopted character missing here may be ``char``: it fits the prints on both sides."""
    prints, at = around.adopted.prints, difference.start
    before, after = difference.before, difference.after
    if before is None and after is None:
        return False
    return (before is None or at == 0 or print_of(before.char + char) == prints[at - 1]) and (
        after is None or at >= len(prints) or print_of(char + after.char) == prints[at]
    )


def _middle_agrees(difference: Difference, around: Circumstances) -> bool:
    """Whether of three characters read otherwise the middle one may well be right: two single misreadings."""
    if difference.before is None or difference.after is None:
        return False
    prints, at, middle = around.adopted.prints, difference.start, difference.text[1]
    before, after = difference.before.char, difference.after.char
    first = any(print_of(before + c) == prints[at - 1] and print_of(c + middle) == prints[at] for c in _alphabet())
    return first and any(
        print_of(middle + c) == prints[at + 1] and print_of(c + after) == prints[at + 2] for c in _alphabet()
    )


def line_lost(difference: Difference, around: Circumstances) -> bool:
    """Whether the paper leaves room for the missing text: then the reader lost a line, nobody took it out."""
    before, after = difference.before, difference.after
    if before is None or after is None or not before.last or not after.first:
        return False
    if before.page != after.page:
        return difference.missing <= 45
    return after.word.box[1] - before.word.box[1] > 1.7 * around.pitch


def _covered(difference: Difference, around: Circumstances) -> bool:
    near = [*difference.read, *(g for g in (difference.before, difference.after) if g is not None)]
    return any(
        _touch(cut(g.word, g.index, g.index + 1).box, box) for g in near for box in around.covers.get(g.page, ())
    )


def _faint(difference: Difference) -> bool:
    near = [*difference.read, *(g for g in (difference.before, difference.after) if g is not None)]
    return any(glyph.word.confidence < _FAINT for glyph in near)


def _touch(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])
