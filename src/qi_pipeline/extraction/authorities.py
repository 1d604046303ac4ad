"""Names of authorities that the paper's own places spell out (发证机关名称): 无锡市 + 新吴区 + 市场监督管理局.

An authority is a place and an office, and both come from short lists: the places are those of the paper's address
and code, the offices those that issue papers. A name that is made up of them letter by letter is confirmed by them;
one that misses such a name by a letter, under the rim or the star of a seal, is that name, and marked ``mended``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qi_pipeline.extraction.folding import edit_distance, fold
from qi_pipeline.extraction.places import PROVINCES

NATIONAL = (
    "国家认证认可监督管理委员会",
    "国家市场监督管理总局",
    "国家质量监督检验检疫总局",
    "国家知识产权局",
    "国家工商行政管理总局",
    "国家事业单位登记管理局",
    "中国合格评定国家认可委员会",
    "chinanationalaccreditationserviceforconformityassessment",
)
"""Authorities of the whole country that issue certificates, folded."""
_PROVINCIAL = (
    "市场监督管理局",
    "质量技术监督局",
    "工商行政管理局",
    "药品监督管理局",
    "知识产权局",
    "司法厅",
    "科学技术厅",
    "教育厅",
    "民政厅",
    "自然资源厅",
    "生态环境厅",
    "水利厅",
    "交通运输厅",
    "农业农村厅",
    "应急管理厅",
    "住房和城乡建设厅",
    "人力资源和社会保障厅",
    "卫生健康委员会",
    "事业单位登记管理局",
)
_LOCAL = (
    "市场监督管理局",
    "质量技术监督局",
    "工商行政管理局",
    "行政审批局",
    "政务服务管理局",
    "数据局",
    "司法局",
    "科学技术局",
    "教育局",
    "民政局",
    "应急管理局",
    "生态环境局",
    "住房和城乡建设局",
    "人力资源和社会保障局",
    "卫生健康委员会",
    "事业单位登记管理局",
)
"""Offices of cities and districts; 江阴市 and the like are both."""
_MUNICIPAL = (
    "药品监督管理局",
    "知识产权局",
    "教育委员会",
    "科学技术委员会",
    "住房和城乡建设委员会",
    "交通委员会",
    "农业农村委员会",
    "规划和自然资源局",
    "水务局",
)
"""Further offices of 北京, 天津, 上海 and 重庆, which have no …厅."""
_MISREAD = 0.25
"""Share of a name's letters that may be misread; names of offices differ in more."""


def spelt_out(places: Iterable[str]) -> frozenset[str]:
    """Every authority that a paper with these places may come from; places as in :func:`places.places_of`.

    >>> "无锡市新吴区市场监督管理局" in spelt_out(["无锡市", "新吴区"])
    True
    """
    # An institution's papers may come from any province, but of cities only from its own.
    return frozenset(place + office for place, office in _names((*places, *PROVINCES.values())))


def _names(places: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each authority as its place and its office."""
    yield from (("", name) for name in NATIONAL)
    for place in places:
        provincial = place in PROVINCES.values() and not place.endswith("市")  # 上海市民政局, never …厅
        offices = _PROVINCIAL if provincial else _LOCAL
        yield from ((place, office) for office in offices)
        if place in PROVINCES.values() and not provincial:
            yield from ((place, office) for office in _MUNICIPAL)
    for city in places:
        for place in places:
            if city[-1] == "市" and place[-1] in "区县":
                yield from ((city + place, office) for office in _LOCAL)


def nearest(name: str, places: Iterable[str]) -> str | None:
    """The one authority of these places that a misread name is meant as; None where it is one, or two could be meant.

    A letter of a place that reads as another letter may be another place (锡山区, 惠山区) and is left as read.

    >>> nearest("无锡市山区工商行政管理局", ["江苏省", "无锡市", "惠山区"]), nearest("江省科学技术厅", ["江苏省"])
    ('无锡市惠山区工商行政管理局', '江苏省科学技术厅')
    >>> nearest("无锡市锡山区市场监督管理局", ["无锡市", "惠山区"]) is None
    True
    >>> nearest("自百江阴市市场监督管理局", ["江苏省", "江阴市"])
    '江阴市市场监督管理局'
    """
    read, own = fold(name), tuple(places)
    if read in spelt_out(own):
        return None
    return _nearest(read, own) or _nearest(read, tuple(PROVINCES.values()))


def _nearest(read: str, places: tuple[str, ...]) -> str | None:
    known = {place + office: (place, office) for place, office in _names(places)}
    most = max(1, round(len(read) * _MISREAD))
    letters = set(read)
    near = (
        each
        for each in known
        if not each.isascii() and abs(len(each) - len(read)) <= most and len(set(each) - letters) <= most
    )
    priced = sorted((edit_distance(read, each), each) for each in near)
    # An only letter must leave no other name as near; more of them, none that is nearly as near.
    if not priced or priced[0][0] > most:
        return None
    if len(priced) > 1 and priced[1][0] < priced[0][0] + min(priced[0][0], 2):
        return None
    place, office = known[priced[0][1]]
    # What stands before the whole name and is no place is what a worn seal's first letters were read as.
    before = read.removesuffix(place + office)
    if before != read and not before.endswith(tuple("省市区县州旗盟")):
        return place + office
    size = len(place)
    # The 市 or 区 of a place read as what ends no place (无锡事…) makes no other place of it.
    whole = read.endswith(office) and read[: size - 1] == place[:-1] and len(read) == size + len(office)
    if whole and read[size - 1] not in "省市区县州旗盟":
        return place + office
    lost = read.endswith(office) and len(read) - len(office) == len(place) - 1
    no_province = place.endswith(("省", "自治区")) and not read.startswith(tuple(PROVINCES.values()))
    return place + office if read.startswith(place) or lost or no_province else None
