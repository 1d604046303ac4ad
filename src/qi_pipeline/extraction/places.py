"""Places in the names of authorities (行政区划): what a misread first name must be, by the paper's own other places.

An authority's name begins with its province, city or district, and there the rim of its seal lies. 天锡市… on a paper
whose address says 无锡市 is 无锡市…; a place that is one by itself is left as read, for authorities of another city
than the address exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.model import Field

PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
    "64": "宁夏回族自治区", "65": "新疆维吾尔自治区",
}  # fmt: skip
"""Provinces by the first two digits of division codes (GB/T 2260)."""

_OPENING = re.compile(
    r"(?P<province>[\u4e00-\u9fff]{2,3}省)?(?P<city>[\u4e00-\u9fff]{2,3}?市)?(?P<district>[\u4e00-\u9fff]{1,3}?[区县市])?"
)
_SUFFIX = frozenset("州安阳江山城海")
"""Second letters that many cities share (苏州, 常州 …): there one other letter is another city."""


def places_of(address: str, uscc: str = "") -> tuple[str, ...]:
    """The places that an address begins with, and the province in which a code was first given.

    >>> places_of("江苏省无锡市新吴区棠西路1号"), places_of("宜兴市棠西路1号", "91320282")
    (('江苏省', '无锡市', '新吴区'), ('宜兴市', '江苏省'))
    """
    match = _OPENING.match(fold(address))
    named = [place for place in match.groups() if place] if match else []
    province = PROVINCES.get(uscc[2:4])
    return tuple(dict.fromkeys([*named, *([province] if province else [])]))


def places_on(fields: Mapping[str, Field]) -> tuple[str, ...]:
    """The places that a paper's address and code name; and the city that its holder's name begins with instead.

    Where the address says 龙锡市 and the holder is 无锡…, one of them is misread, and either may be the city.
    """
    names = ("address", "holder_uscc", "holder_name")
    said = {name: str(fields[name].value or "") for name in names if name in fields}
    known = places_of(said.get("address", ""), said.get("holder_uscc", ""))
    cities = (place for place in known if place.endswith("市"))
    others = (f"{fold(said.get('holder_name', ''))[: len(city) - 1]}市" for city in cities)
    return (*known, *(other for other in others if any(edit_distance(other, city) == 1 for city in known)))


def mended(authority: str, places: Iterable[str]) -> str | None:
    """The authority's name with its misread place mended; None where it needs none, or two could be meant.

    >>> mended("天锡市新吴区市场监督管理局", ["无锡市"]), mended("兴市市场监督管理局", ["宜兴市", "江苏省"])
    ('无锡市新吴区市场监督管理局', '宜兴市市场监督管理局')
    >>> mended("常州市市场监督管理局", ["苏州市"]) is None
    True
    """
    known = tuple(places)
    if authority.startswith((*known, *PROVINCES.values(), "国家", "中华", "中国")):
        return None
    found = set()
    for place in known:
        for length in (len(place) - 1, len(place), len(place) + 1):
            head = authority[:length]
            if edit_distance(head, place) != 1 or not head.endswith(place[-1]):
                continue
            if length == len(place) and place[-1] != "省" and (head[-2] in _SUFFIX or head[-2] != place[-2]):
                continue
            found.add(place + authority[length:])
    return found.pop() if len(found) == 1 else None
