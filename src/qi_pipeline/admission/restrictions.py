"""What the restriction of a scope row (限制范围) says of a declared service (clause 4.2, DOMAIN 4.2 step 6).

A negative list (不测铅, 除水产品外) takes out what it names. A positive list (只测 pH、COD, 仅限生活饮用水) leaves in
only what it names: a service that names something else may not be covered, and whether it is only a person can say,
for a list and a service seldom use the same words. Lists of methods, sites or conditions (只测第一法, 仅限现场,
只测冷态) say how and where an item is tested and not which.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.standards import standards_in

_DOES = r"(?:检测|检验|测定|测试|测量|检定|校准|分析|测|检|做|含|包括|包含|开展|进行|提供|承担|具备|适用于?|认可|批准)"
_DOES_NOT = rf"(?:不(?:能|可|得|予|再)?|无法|未(?:能|予|获)?){_DOES}"
"""不测, 不检测, 不能做, 未认可; 不 before anything else (不锈钢, 不超过) excludes nothing."""
_EXCLUDING = (
    re.compile(rf"{_DOES_NOT}(?P<what>[^。;；()]+)"),
    re.compile(rf"(?:^|[,。;(])(?P<what>[^,。;()不未无]+?)(?:项目|参数|指标)?(?:均|都|暂)?{_DOES_NOT}(?=$|[,。;)])"),
    re.compile(r"除(?!外)(?P<what>[^。;；()]+?)(?:以外|之外|外)"),
    re.compile(r"(?:^|[，,;；。(])(?P<what>[^，,;；。()]+?)除外"),
)
_ONLY = (
    r"(?P<only>(?:只|仅)(?:限于|限|能|可)?(?:检测|检验|测定|测试|测量|检定|校准|测|检|做|适用于|用于|用|开展|进行|包括|包含|含|对|限于|限|为|指|有|提供|承担)"
    r"|(?:^|(?<=[,;。:(]))限(?:于|制于)?(?:检测|检验|测定|测试|测量|测|检|做)?(?![值量度制期定]))"
)
_NOT = r"(?P<never>不测|不检|不做|不含|不包括|不包含|不开展|不能|不适用|不得|除(?=.{1,40}外))"
_MARKS = re.compile(f"{_ONLY}|{_NOT}|(?P<end>[。;])")
_BRACKETS = re.compile(r"(?<=.)\((?![^()]*(?:[只仅限不除]))[^()]*\)")
_PARTS = re.compile(r"[、,和及与或/]|以及")
_SUFFIX = re.compile(r"(?:(?:两|三|四|五|六|\d+)?(?:个|项)?(?:项目|参数|指标|成分|元素)|等|的|其中)+$")
_MANNER = re.compile(
    r"法[a-z\d]?$|方法|法\(|[a-z]法|光谱|色谱|质谱|光度|滴定|比色|原子吸收|原子荧光|电极|目测|手工|自动|人工|仪器"
    r"|^(?:icp|gc|lc|hplc|uplc|aas|afs|xrf|ms|gfaas|faas)(?:[-/]|$)|附录|第.{1,4}(?:章|节|条|款|部分|篇|册|号修改单)|条款|规程|[表图]\d|\d条|^[\d.]+$"
)
"""How an item is tested (方法): by a method, an instrument, a part of the standard."""
_SITE = re.compile(
    r"现场|实验室|检测室|场所|室内|室外|户外|野外|本部|总部|分部|分场所|站点|地址|[东西南北]区|厂区|车间|固定|移动|车载|便携|在线"
)
"""Where it is tested (场所)."""
_CONDITION = re.compile(
    r"[<>≤≥=~～±%℃°]|\d(?:mm|cm|dm|km|m|kg|mg|μg|g|t|kv|mv|v|ka|ma|a|kw|mw|w|khz|mhz|ghz|hz|kpa|mpa|pa|kn|n|ml|l|h|min|s|d|mol|db|kj|j)"
    r"(?![a-z])|\d(?:倍|层|吨|米|伏|安|瓦|次|以)|以[下上内外]|不(?:超过|大于|小于|高于|低于)|(?:大于|小于|高于|低于)|范围|量程|[态型]$|状态|条件|等级"
    r"|委托|送检|送样|来样|抽样|采样|样品|客户|内部|自用|科研|教学|出厂|常温|高温|低温|级$"
)
"""Under which conditions or for whom (条件)."""
_OTHER_NAMES: dict[str, str] = {
    "化学需氧量": "cod", "重铬酸盐指数": "cod", "codcr": "cod", "五日生化需氧量": "bod5", "生化需氧量": "bod5",
    "bod": "bod5", "ph值": "ph", "酸碱度": "ph", "nh3-n": "氨氮", "tp": "总磷", "tn": "总氮", "ss": "悬浮物",
    "do": "溶解氧", "toc": "总有机碳", "总挥发性有机物": "tvoc", "pb": "铅", "cd": "镉", "hg": "汞", "as": "砷",
    "cr": "铬", "cu": "铜", "zn": "锌", "ni": "镍", "cr6+": "六价铬", "cr(vi)": "六价铬",
}  # fmt: skip
"""Parameters by the name under which they are compared: a symbol and its Chinese name say the same."""
_METALS = ("铅", "镉", "汞", "砷", "铬", "铜", "锌", "镍", "锑", "铊", "硒", "钡", "钒", "钴", "锰", "锡", "银", "铍")
_GERMS = ("菌", "霉", "酵母", "病毒", "芽孢", "寄生虫")
_PESTICIDES = ("农药", "农残", "菊酯", "百威", "敌敌畏", "毒死蜱", "硫磷")
_GROUPS: dict[str, tuple[str, ...]] = {
    "重金属": _METALS, "金属": _METALS, "金属元素": _METALS, "重金属元素": _METALS, "元素": _METALS,
    "微生物": _GERMS, "细菌": ("菌",), "致病菌": ("沙门氏菌", "葡萄球菌", "李斯特", "弧菌", "志贺", "大肠埃希"),
    "农药": _PESTICIDES, "农药残留": _PESTICIDES, "农残": _PESTICIDES,
    "真菌毒素": ("黄曲霉", "赭曲霉", "呕吐毒素", "脱氧雪腐", "玉米赤霉", "展青霉", "伏马"),
}  # fmt: skip
"""Groups of parameters, and words by which those that belong to them are known, sure enough to ask a person."""
_WITHDRAWN = re.compile(
    r"^(?:已|现|该?(?:项目|参数|标准|方法)已?|资质)?(?:暂停|停用|停止|取消|撤销|撤消|作废|注销|废止|删除)"
)
_KINDRED = ("六价", "三价", "甲基", "有机", "无机", "可溶性", "水溶性", "游离", "活性", "挥发性", "总", "亚", "过")
"""Before the name of a parameter these make another one of it (总铬, 甲基汞)."""
_ASKED = re.compile(
    r"(?:的?(?:检验检测|检测|检验|测定|测试|测量|分析|检定|校准|监测|试验|鉴定|评价|服务|含量|浓度|残留量?|项目|参数|指标|能力))+$"
)
"""What the name of a service says besides object and parameter."""
_IN = re.compile(r"中(?![心药医草小大国级学成])的?")
_OBJECT = 3
"""Letters of a thing that, at the head of a service's name, is the object tested (生活饮用水浊度)."""


@functools.lru_cache(maxsize=65536)
def limits_out(limitation: str, service: str) -> bool:
    """Whether a limitation (限制范围) takes the service out by naming it.

    >>> limits_out("不测铅、镉", "食品中铅的测定"), limits_out("只测原子吸收法", "食品中铅的测定")
    (True, False)
    >>> limits_out("除生活饮用水外", "生活饮用水检测"), limits_out("不测水产品", "食品中铅的测定")
    (True, False)
    """
    name = fold(service)
    return any(_is_in(name, thing) for thing in _excluded_things(fold(limitation)))


@functools.lru_cache(maxsize=65536)
def leaves_open(limitation: str, service: str, category: str = "") -> bool:
    """Whether a positive list of items leaves it open that the service is meant: the service names what is not in it.

    So does a negative one that names the group of what the service names, and a row that is suspended or withdrawn.
    ``category`` is the object or field of the row (水和废水), which a service may name besides.

    >>> leaves_open("只测pH、COD", "水中总磷的测定"), leaves_open("只测pH、COD", "水中pH值的测定")
    (True, False)
    >>> leaves_open("只测第一法", "水中总磷的测定"), leaves_open("仅限现场检测", "水中总磷的测定")
    (False, False)
    >>> leaves_open("不测重金属", "食品中镉的测定"), leaves_open("暂停", "食品中镉的测定")
    (True, True)
    """
    name, known = fold(service), fold(category)
    excluded = list(_excluded_things(fold(limitation)))
    if any(_is_in(name, member) for thing in excluded for member in _GROUPS.get(thing, ())):
        return True
    if _WITHDRAWN.search(fold(limitation)):
        return True
    things = allowed_things(limitation)
    if not things:
        return False
    return not any(
        all(_is_named(part, things) or (part in known and len(part) > 0) for part in parts)
        and any(_is_named(part, things) for part in parts)
        for parts in _portions(name)
    )


@functools.lru_cache(maxsize=65536)
def allowed_things(limitation: str) -> tuple[str, ...]:
    """What a limitation names as all that is tested, folded; methods, sites and conditions left out.

    >>> allowed_things("只测pH值、COD，不测总磷"), allowed_things("只测：火焰原子吸收分光光度法")
    (('ph', 'cod'), ())
    """
    text = _BRACKETS.sub("", fold(limitation))
    found: list[str] = []
    marks = [*_MARKS.finditer(text)]
    for at, mark in enumerate(marks):
        if mark["only"] is None:
            continue
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        piece = text[mark.end() : end]
        if not standards_in(piece.upper()):
            found += [thing for part in _PARTS.split(piece) if (thing := _thing(part))]
    return tuple(dict.fromkeys(found))


def _thing(part: str) -> str:
    """One item of a positive list as it is compared; empty where it is a manner, a place or a condition."""
    plain = _SUFFIX.sub("", part.strip(" ():.·-"))
    if not plain or any(each.search(plain) for each in (_MANNER, _SITE, _CONDITION)):
        return ""
    plain = _ASKED.sub("", plain)
    return _OTHER_NAMES.get(plain, plain)


def _portions(name: str) -> Iterator[list[str]]:
    """What a service names as its object, and as its parameters; in one where it does not tell them apart."""
    pieces = [piece for piece in _IN.split(_ASKED.sub("", name)) if piece]
    for piece in pieces or [name]:
        parts = [_ASKED.sub("", part) for part in _PARTS.split(piece)]
        yield [part for part in parts if part] or [piece]


def _is_named(part: str, things: tuple[str, ...]) -> bool:
    """Whether this part of a service's name is a thing of the list, or ends with one, or begins with its object."""
    alike = _OTHER_NAMES.get(part, part)
    for thing in things:
        names = {thing, *(other for other, name in _OTHER_NAMES.items() if name == thing)}
        if alike == thing:
            return True
        for each in names:
            if part.endswith(each) and not part.removesuffix(each).endswith(_KINDRED) and _is_whole(part, each):
                return True
        if len(thing) >= _OBJECT and part.startswith(thing):
            return True
    return False


def _is_whole(part: str, thing: str) -> bool:
    """Whether ``thing`` at the end of ``part`` is a word of its own: Latin letters before Latin letters are not."""
    before = part[: -len(thing)][-1:]
    return not (before.isascii() and before.isalnum() and thing[0].isascii() and thing[0].isalnum())


def _is_in(name: str, thing: str) -> bool:
    """Whether a service's name holds a thing by one of its names; Latin letters count only as a word of their own."""
    alike = _OTHER_NAMES.get(thing, thing)
    names = {thing, alike, *(other for other, known in _OTHER_NAMES.items() if known == alike)}
    return any(
        re.search(rf"(?<![a-z\d]){re.escape(each)}(?![a-z\d])", name) is not None if each.isascii() else each in name
        for each in names
    )


def _excluded_things(text: str) -> Iterator[str]:
    for pattern in _EXCLUDING:
        for match in pattern.finditer(text):
            for part in re.split(r"[、,和及与或/]", match["what"]):
                thing = _SUFFIX.sub("", part.strip(" :·.-"))
                if thing := _ASKED.sub("", thing) or thing:
                    yield thing
