"""Misreadings that can not be printed so (误识): phrases of which scopes are made, brackets of a number's year."""

from __future__ import annotations

import re

_SLIPS = {
    "仅器仪表": "仪器仪表",
    "仪器仅表": "仪器仪表",
    "仅器设备": "仪器设备",
    "批准的项日": "批准的项目",
    "许可项日": "许可项目",
    "一般项日": "一般项目",
    "依法频经": "依法须经",
    "依法顷经": "依法须经",
    "其体经营项目": "具体经营项目",
    "技木": "技术",
}
"""Misreadings of phrases that scopes are made of; none of them is a word."""
_UNOPENED = re.compile(r"(?<=[\u4e00-\u9fff；])(?=除依法须经批准的项目外，凭)")
"""Where the bracket of a scope's standing end opens."""
_THIN_ONE = re.compile(r"(?<!一)般项目(?=[:：])")
"""一般项目： whose first stroke a one-bit copy took for dirt."""


def without_slips(text: str) -> str:
    """The scope with phrases mended that can't be printed so, and the bracket closed that its standing end closes.

    >>> without_slips("仅器仪表销售（除依法须经批准的项目外，凭营业执照依法自主开展经营活动")
    '仪器仪表销售（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）'
    >>> without_slips("许可项目：检验检测服务。般项目：标准化服务")
    '许可项目：检验检测服务。一般项目：标准化服务'
    >>> without_slips("技术推广除依法须经批准的项目外，凭营业执照依法自主开展经营活动）")
    '技术推广（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）'
    """
    for slip, phrase in _SLIPS.items():
        text = text.replace(slip, phrase)
    text = _THIN_ONE.sub("一般项目", text)
    if text.count("）") == text.count("（") + 1:
        text = _UNOPENED.sub("（", text)
    closes = text.count("（") == text.count("）") + 1 and text.endswith("开展经营活动")
    return text + "）" if closes and text.rfind("（") > text.rfind("）") else text


_TORN_BRACKET = re.compile(r"〔([0-9]{2,4})[\])）][.·,，]?|[\[(（]([0-9]{2,4})〕[.·,，]?")
"""A year in brackets of which one was read otherwise (〔2021].第…)."""


def with_paired_brackets(number: str) -> str:
    """The number with the brackets around its year as one pair.

    >>> with_paired_brackets("（苏）人服证字〔2021].第0206001213号")
    '（苏）人服证字〔2021〕第0206001213号'
    """
    return _TORN_BRACKET.sub(r"〔\1\2〕", number)
