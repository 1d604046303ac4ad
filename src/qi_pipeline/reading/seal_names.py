"""Whether a name read from a seal's arc is an institution's name (印文与名称是否一致); pure text, no images.

The letters of an arc are read with errors, and names of one city and trade differ in two characters, so characters
weigh by what they tell: those of the trade name (字号) most, those of place, trade and legal form little. A character
read as another speaks louder against a name than one not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

AGREES_FROM = 0.8
"""From here the arc bears the institution's name."""
DIFFERS_BELOW = 0.5
"""Below this it bears another name, or too little was read (the seal's confidence tells); between, nobody can tell."""

_LEGAL = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "分公司", "普通合伙", "特殊普通合伙", "有限合伙")
_TRADE = (
    "检验检测", "检测", "检验", "检定", "校准", "计量", "测试", "认证", "认可", "标准化", "标准", "质量", "管理",
    "咨询", "技术", "科技", "服务", "知识产权", "专利", "商标", "代理", "培训", "教育", "学校", "人力资源", "环境",
    "环保", "食品", "药品", "材料", "工程", "建设", "实业", "发展", "信息", "评价", "研究院", "研究所", "研究",
    "中心", "实验室", "事务所", "协会", "集团", "公司", "监督", "特种设备", "仪器", "设备", "仪表", "电子", "生物",
    "产品", "安全", "职业", "分析", "产业", "创新", "智能", "数据",
)  # fmt: skip
_CITY = re.compile(
    r"北京|上海|天津|重庆|无锡|江阴|宜兴|苏州|常州|南京|南通|镇江|扬州|泰州|徐州|淮安|盐城|连云港|宿迁|杭州|宁波|合肥|济南|青岛|广州"
    r"|深圳|武汉|成都|西安|郑州|长沙|昆山|常熟|张家港|太仓"
)
_PLACES = re.compile(
    r"^(?:中国|(?:江苏|浙江|安徽|山东|福建|江西|河南|河北|湖南|湖北|广东|广西|四川|贵州|云南|陕西|山西|甘肃|青海|辽宁|吉林|黑龙江|海南"
    r"|内蒙古|宁夏|新疆|西藏|台湾)省?)?(?:(?:北京|上海|天津|重庆|无锡|江阴|宜兴|苏州|常州|南京|南通|镇江|扬州|泰州|徐州|淮安|盐城|连云港|宿迁"
    r"|杭州|宁波|合肥|济南|青岛|广州|深圳|武汉|成都|西安|郑州|长沙)市?|[\u4e00-\u9fff]{2,3}市)?(?:[\u4e00-\u9fff]{1,3}[区县])?"
)
_SPECIAL = re.compile(
    r"[\u4e00-\u9fff]{0,4}(?:合同|财务|发票|检验检测|检测|检验|检定|校准|报告|证书|业务|行政|人事|技术|备案|投标|质量检验|认证|计量)"
    r"专?用?章(?:\(?[\d一二三四五]+\)?)?$"
)
_WEIGHT = {"core": 1.0, "trade": 0.6, "place": 0.5, "legal": 0.15}
_CUT = 0.7
"""Most that a name whose end was read before its start can agree: the cut may have taken the line below the star."""
_LEGAL_END = re.compile("(?:股?份?有?限?责?任?公?司)(?=.{4})")
"""The end of a legal form, or as much of it as a cut arc leaves, in front of a name."""
_RADICALS = tuple(ord(unicodedata.normalize("NFKC", chr(0x2F00 + n))) for n in range(214))
"""Where each Kangxi radical's characters begin: the code's order is that of the radicals."""
_SAME_RADICAL = 0.45
"""Cost of a character read as one of its own radical (霁 as 雾), as a share of its weight: engines slip that way."""
_NOT_READ = 0.7
"""Cost of a character that is missing, as a share of its weight."""
_CORE_SPEAKS = 0.6
"""How far a wholly different trade name alone pulls the score down."""
_NOT_PRINTED = 0.5
"""Cost of a character that the name does not have."""


def seal_names(text: str | None, name: str) -> float:
    """How well a read arc text agrees with an institution's name, from 0 to 1.

    >>> seal_names("无锡湖畔检测技术有限公司", "无锡湖畔检测技术有限公司")
    1.0
    >>> seal_names("无锡湖畔检测枝术有限公司", "无锡湖畔检测技术有限公司") > AGREES_FROM
    True
    >>> seal_names("无锡梅园检测技术有限公司", "无锡湖畔检测技术有限公司") < AGREES_FROM
    True
    """
    read, printed = folded(text or ""), folded(name)
    if not read or not printed:
        return 0.0
    read = without_purpose(read)
    if read == printed:
        return 1.0
    whole = _from_its_place(read)
    if whole != read:
        return min(seal_names(whole, name), _CUT)
    weights = _weights(printed)
    score = 1.0 - _distance(read, printed, weights) / sum(weights)
    core = [weight if weight == _WEIGHT["core"] else 0.0 for weight in weights]
    if sum(core):
        # One wrong character of a trade name of two may be a misreading or another institution.
        score = min(score, 1.0 - _CORE_SPEAKS * min(1.0, _distance(read, printed, core, extra=0.3) / sum(core)))
    return round(max(0.0, min(score, _contradiction(read, printed))), 3)


def folded(text: str) -> str:
    """The text as it is compared: width folded, without spaces, brackets and points."""
    return re.sub(r"[\s()\[\]〔〕《》<>·.,、\-—“”\"']", "", unicodedata.normalize("NFKC", text))


def without_purpose(text: str) -> str:
    """The arc text without a purpose at its end (…合同专用章), which some seals print on the arc.

    >>> without_purpose("无锡湖畔检测有限公司检测专用章")
    '无锡湖畔检测有限公司'
    """
    match = re.search(r"(公司|中心|研究院|研究所|事务所|协会|学校|院|所|站)(?=[^公司]{2,10}章)", text)
    if match and text.endswith("章"):
        return text[: match.end()]
    return text


def _from_its_place(read: str) -> str:
    """The arc text from its first letter on: where a page's edge cuts the arc, reading may begin behind the cut.

    >>> _from_its_place("公司无锡湖畔检测技")
    '无锡湖畔检测技公司'
    """
    end = _LEGAL_END.match(read)
    place = _PLACES.match(read[end.end() :]) if end else None
    return read[end.end() :] + end.group() if end and place is not None and place.end() else read


def is_special_purpose(text: str | None, centre: str | None) -> bool:
    """Whether the seal is one for a purpose (合同专用章, 财务专用章, 检测专用章 …) and so no 公章.

    >>> is_special_purpose("无锡湖畔检测有限公司", "合同专用章"), is_special_purpose("无锡湖畔检测有限公司", None)
    (True, False)
    """
    line = folded(centre or "")
    if (
        line
        and line not in ("公章",)
        and (line.endswith(("专用章", "专用", "业务章", "专用草")) or _SPECIAL.search(line))
    ):
        return True
    arc = folded(text or "")
    return without_purpose(arc) != arc


def _weights(name: str) -> list[float]:
    """What each character of a name tells."""
    kinds = ["core"] * len(name)
    place = _PLACES.match(name)
    if place is not None and place.end() < len(name) - 2:
        kinds[: place.end()] = ["place"] * place.end()
    start = 0 if place is None else place.end()
    for group, words in (("trade", _TRADE), ("legal", _LEGAL)):
        for word in words:
            at = name.find(word, start)
            while at >= 0:
                kinds[at : at + len(word)] = [group] * len(word)
                at = name.find(word, at + 1)
    return [_WEIGHT[kind] for kind in kinds]


def _contradiction(read: str, name: str) -> float:
    """The most that a score can be when the arc shows another city or trade, or the parent of a branch; else 1."""
    ceiling = 1.0
    ours, theirs = _CITY.match(name), _CITY.match(read)
    if ours is not None and theirs is not None and ours[0] != theirs[0]:
        ceiling = 0.6
    if ("分公司" in name) is not ("分公司" in read):
        ceiling = min(ceiling, 0.6)
    missing = [word for word in _TRADE if word in name and word not in read]
    other = [word for word in _TRADE if word in read and word not in name]
    if missing and other:
        alike = any(set(one) & set(two) for one in missing for two in other)
        ceiling = min(ceiling, 0.75 if alike else 0.6)
    return ceiling


def _unlike(one: str, other: str) -> float:
    """How unlike two characters are, from 0 to 1.

    >>> _unlike("霁", "霁"), _unlike("霁", "雾"), _unlike("霁", "珩")
    (0.0, 0.45, 1.0)
    """
    if one == other:
        return 0.0
    return _SAME_RADICAL if same_radical(one, other) else 1.0


def same_radical(one: str, other: str) -> bool:
    """Whether two Chinese characters are listed under one radical (部首), as 橼 and 橡 are."""
    return bisect_right(_RADICALS, ord(one)) == bisect_right(_RADICALS, ord(other)) and "\u4e00" <= one <= "\u9fff"


def _distance(read: str, name: str, weights: list[float], extra: float = _NOT_PRINTED) -> float:
    """Least cost of turning the name into what was read."""
    row = [0.0]
    for weight in weights:
        row.append(row[-1] + _NOT_READ * weight)
    for char in read:
        above, row = row, [row[0] + extra]
        for index, weight in enumerate(weights, 1):
            row.append(
                min(
                    above[index] + extra,
                    row[index - 1] + _NOT_READ * weight,
                    above[index - 1] + weight * _unlike(char, name[index - 1]),
                )
            )
    return row[-1]
