"""Whether two printed names mean the same institution or person (名称一致), and when that can't be told.

Width, brackets and spaces do not matter. Characters that recognition confuses make a doubt, never an agreement. A
parent, a sister or a branch is another institution, even where one name begins with the other.
"""

from __future__ import annotations

import re
from typing import Literal

from qi_pipeline.extraction.folding import fold
from qi_pipeline.reading.seal_names import same_radical

Truth = bool | Literal["doubtful"]
"""A derived fact: it holds, it does not, or the values it rests on are too doubtful to say."""

_LOOK_ALIKE = (
    "未末",
    "己已巳",
    "土士",
    "日曰",
    "人入八",
    "干千于",
    "天夭",
    "大太犬",
    "王玉主",
    "侯候",
    "析折",
    "检捡",
    "测侧则",
    "贸贷",
    "治冶",
    "睛晴",
    "清请",
    "戌戍戊",
    "拔拨",
    "毫亳",
    "泰秦奏",
    "鸟乌",
    "今令",
    "免兔",
    "刀力",
    "几儿",
    "申甲由田",
    "并井",
    "辩辨",
    "祥样",
    "科料",
    "苏芬",
    "永水",
    "木术本",
    "白自目",
    "员贞",
    "汇江",
    "洁浩",
    "靜静",
    "淮准",
    "徵微",
    "间问",
    "园圆",
    "技枝",
    "诚城",
    "恒垣",
    "晨辰",
    "晶品",
    "明朋",
    "波披",
    "翰瀚",
    "0o",
    "1il",
    "5s",
    "8b",
    "2z",
)
"""Characters that recognition takes for one another; measured and well known (notes on reading)."""

_SAME_LOOK = str.maketrans({char: group[0] for group in _LOOK_ALIKE for char in group[1:]})
_PUNCTUATION = re.compile(r"[\s·.,，、。\"'“”‘’]")
_BACKGROUND = re.compile(r"(?<=[\u4e00-\u9fff)])[scjdgl]{2,}$")
"""Letters of a licence's background (SCJDGL) that recognition hangs on a name; Chinese names end in no letters."""
_BODY = re.compile(r"(?:公司|院|所|中心|站|室|厂|店|社|会|局|校|学|部|队|馆|企业|合伙\))$")
_DELEGATE = re.compile(r"\((?:委派代表|执行代表|代表)[:：]?([^()]+)\)")


def folded_name(name: str) -> str:
    """The name as it is compared: one width, one kind of bracket, no spaces, no punctuation.

    >>> folded_name("江阴 某某（中国）检测·有限公司")
    '江阴某某(中国)检测有限公司'
    """
    text = _PUNCTUATION.sub("", fold(name).replace("[", "(").replace("]", ")"))
    return _BACKGROUND.sub("", text)


def names_agree(printed: str, expected: str) -> Truth:
    """Whether a printed holder is the institution ``expected``.

    A unit that is printed with its legal person in brackets (某检测中心（某某有限公司）) agrees with either of the two.

    >>> names_agree("无锡某某检测（江苏）有限公司", "无锡某某检测(江苏) 有限公司")
    True
    >>> names_agree("无锡某某检测有限公司江阴分公司", "无锡某某检测有限公司")
    False
    >>> names_agree("无锡未来检测有限公司", "无锡末来检测有限公司")
    'doubtful'
    >>> names_agree("无锡橡溪检测有限公司", "无锡橼溪检测有限公司")
    'doubtful'
    """
    shown, wanted = _institutions(printed), folded_name(expected)
    if not wanted or not any(shown):
        return "doubtful"
    if wanted in shown:
        return True
    if any(_nearly(name, wanted) for name in shown):
        return "doubtful"
    alike = wanted.translate(_SAME_LOOK)
    if any(name.translate(_SAME_LOOK) == alike for name in shown):
        return "doubtful"
    return False


_NEARLY = 8
"""Names at least so long that differ in one rare character of one radical may be one name misread."""
_SECOND_LEVEL = 0xD8
"""First byte from which GB 2312 lists its rarer characters."""


def _nearly(one: str, other: str) -> bool:
    """Whether two long names differ in one character alone, and that one in what stands beside its radical (橼, 橡).

    Recognition reads a rare character as the common one of its shape, on every paper alike and with confidence.
    """
    if len(one) != len(other) or len(one) < _NEARLY:
        return False
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(apart) == 1 and same_radical(*apart[0]) and any(_is_rare(char) for char in apart[0])


def _is_rare(char: str) -> bool:
    """Whether a character is none of the 3755 most common (GB/T 2312, level 1)."""
    try:
        return char.encode("gb2312")[0] >= _SECOND_LEVEL
    except UnicodeEncodeError:
        return True


def persons_agree(printed: str, expected: str) -> Truth:
    """Whether two entries in the place of the legal representative name the same person or persons.

    A partner that is a company may stand with its delegate （委派代表：…）; of several partners it is enough that
    those of the shorter entry stand in the longer one.

    >>> persons_agree("江阴某某投资有限公司（委派代表：李某）", "李某")
    True
    >>> persons_agree("张某、李某", "李某"), persons_agree("张某", "李某")
    (True, False)
    """
    shown, wanted = _persons(printed), _persons(expected)
    if not shown or not wanted:
        return "doubtful"
    fewer, more = sorted((shown, wanted), key=len)
    if all(person & set().union(*more) for person in fewer):
        return True
    if all(_alike(person) & _alike(frozenset().union(*more)) for person in fewer):
        return "doubtful"
    return False


def is_branch_of(branch: str, parent: str) -> bool:
    """Whether ``branch`` is named as a branch (分公司, 分厂, 分店, 分所 …) of ``parent``.

    企业名称登记管理规定 art. 13: a branch's name begins with that of its parent.
    """
    whole, start = folded_name(branch), folded_name(parent)
    return (
        whole != start
        and whole.startswith(start)
        and re.search(r"分(?:公司|厂|店|所|院|中心|部|社)$", whole) is not None
    )


def _institutions(printed: str) -> tuple[str, ...]:
    whole = folded_name(printed)
    match = re.fullmatch(r"(.+)\(([^()]{4,})\)", whole)
    if match and _BODY.search(match[1]) and _BODY.search(match[2]):
        return whole, match[1], match[2]
    return (whole,)


def _persons(printed: str) -> list[frozenset[str]]:
    """Every person of the entry, each as the names that stand for them: their own and their delegate's."""
    text = fold(printed).replace("[", "(").replace("]", ")")
    found: list[frozenset[str]] = []
    for part in re.split(r"[、,，;；/]", text):
        names = {folded_name(each) for each in _DELEGATE.findall(part)}
        names.add(folded_name(_DELEGATE.sub("", part)))
        names.discard("")
        if names:
            found.append(frozenset(names))
    return found


def _alike(names: frozenset[str]) -> set[str]:
    return {name.translate(_SAME_LOOK) for name in names}
