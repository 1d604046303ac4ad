"""Text layers that name characters by their radicals (部首字形), as some PDF producers do: ⼈ for 人, ⻝ for 食.

Fonts give 人 and the radical ⼈ one glyph, and a producer that goes from glyph to character takes either. What is
printed is the character.
"""

from __future__ import annotations

import re
import unicodedata

_KANGXI = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_CJK = dict(
    zip(
        "⺁⺇⺈⺋⺌⺎⺏⺐⺒⺓⺔⺕⺗⺙⺛⺜⺝⺟⺠⺡⺣⺤⺦⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂几刀㔾小兀尣尢巳幺彑彐心攵旡日月母民氵灬爫丬犭王疋目示礻竹糸纟网罒罓羊羊羊耂肀聿肉臼艹艹艹虎衤西西见角角讠贝足车辶辶辶邑钅長镸长门阜阝雨青韦页风飞食飠飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)
_COMPATIBLE = re.compile("[\uf900-\ufaff]")
_TABLE = str.maketrans(_KANGXI | _CJK)


def as_printed(text: str) -> str:
    """``text`` with the characters themselves where radicals or compatibility forms stand for them.

    >>> as_printed("⻝品⽣产，有效期⾄⻓期")
    '食品生产，有效期至长期'
    >>> as_printed("（GB／T ㎎）")
    '（GB／T ㎎）'
    """
    if text.isascii():
        return text
    return _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFC", match.group()), text.translate(_TABLE))
