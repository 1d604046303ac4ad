"""Names and streets of the corpus, spelt with the letters that names are spelt with (常用字、生僻字).

The tests' institutions are coined from rare letters so that nobody's name is taken by chance. Papers in life hold such
a letter now and then: of the fifteen real ones two of nine names of institutions, persons and streets together with
their addresses. The corpus draws most letters from those that names use most, and one in twenty from the rare ones, so
that some name in eight has one; its figures then say what real papers would, and not how rare letters are read.
"""

from __future__ import annotations

import random

from papers import invent

RARE_SHARE = 0.05
"""How often a letter of a name or street is one that engines rarely saw."""
_RARE = "汀澜舸槿柘翎砚皎暄屹峤珂霁珩翊菡筠岫祺宁蔺苕荻棠"
"""The letters that the tests coin names of."""
_FIRM = (
    "华中金天新德瑞达恒信科盛源海安宏泰佳美世诚创兴东利正博嘉万大通康和国文丰立隆润亿联智云星鼎祥一明凯威力"
    "众合英飞腾远景百顺优启航卓越精维思诺普邦晟昌广铭远益鑫汇宇尚元方圆环宝特仁宁骏途腾欣悦龙凤宜佰乐杰弘"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国志文海燕春梅波斌宇浩凯辉鹏飞鑫峰雪琴莉婷晶慧"
    "新永林俊峰成庆亮东云宁江德生光荣根兴才宏洁玲莲俊晨阳佳欣怡琳倩雯婧锋翔旭博"
)
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜钟"
_STREET = "中山新华人民解放建设和平太湖长江运河兴业东城南北西安春光明友谊文化青年锡沪惠泰康金石桥高浪立德梅园清名"


def spelt(rng: random.Random, letters: str, count: int) -> str:
    """So many different letters, mostly of ``letters``."""
    found = ""
    while len(found) < count:
        letter = rng.choice(_RARE if rng.random() < RARE_SHARE else letters)
        found += letter if letter not in found else ""
    return found


def renamed(body: invent.Institution, seed: int) -> invent.Institution:
    """The institution under a name, with a person and in a street that are spelt as those of real papers are."""
    rng = random.Random(f"spelt{seed}|{body.uscc}")
    short = spelt(rng, _FIRM, rng.choice((3, 3, 4)))
    person = rng.choice(_SURNAMES) + spelt(rng, _GIVEN, rng.choice((1, 2, 2)))
    street = spelt(rng, _STREET, 2)
    address = body.address
    at = min((address.index(letter) for letter in _RARE if letter in address), default=-1)
    if at >= 0:
        address = address[:at] + street + address[at + 2 :]
    return body.but(name=body.name.replace(body.short, short), short=short, person=person, address=address)
