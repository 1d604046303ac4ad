"""Numbers that prove themselves: codes with check digits, and the shapes of certificate numbers (DOMAIN 2.1, 3.1).

A wrong check digit is a strong sign of misreading, not proof of forgery: early codes exist that fail it. So a code
that fails is kept as read, and a single substitution that would mend it is offered, never applied.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc as _uscc
from stdnum.exceptions import ValidationError

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015; I, O, S, V and Z never occur."""

_USCC_SHAPE = re.compile(r"(?<![0-9A-Za-z])[1-9ANY][1-59A-Z][0-9A-Z]{16}(?![0-9A-Za-z])")
_REPAIR = {
    "O": "0DQ",
    "I": "1",
    "Z": "27",
    "S": "58",
    "V": "YU",
    "B": "8",
    "8": "B3",
    "D": "0",
    "0": "DQ8",
    "Q": "09",
    "G": "6",
    "6": "G",
    "1": "74L",
    "7": "1",
    "2": "7Z",
    "5": "S6",
    "M": "NW",
    "N": "M",
    "H": "M",
    "U": "L",
    "L": "1U",
    "E": "F",
    "F": "EP",
    "P": "F",
    "X": "K",
    "K": "X",
    "C": "G",
    "3": "8",
    "9": "0",
    "4": "A",
    "A": "4",
    "T": "7",
    "Y": "V",
    "R": "P",
    "J": "1",
    "W": "M",
}

NUMBER_PATTERNS: dict[str, re.Pattern[str]] = {
    "cma": re.compile(r"(?:1[5-9]|[2-9]\d)(?:0\d|[12]\d|3[01])\d{8}"),
    "cma_old": re.compile(r"(?:19|20)\d{8}[A-Z]|量认\([^()]{1,4}\)字\([^()]{1,8}\)号"),
    "cnas": re.compile(r"CNAS(?:L\d{4,5}|(?:IB|PT|RM|MT|BL|BB)\d{4}|C\d{3}-[A-Z]{1,4})"),
    "cnca": re.compile(r"CNCA-RF?-(?:19|20)\d{2}-\d{2,4}"),
    "metrology": re.compile(r"\([\u4e00-\u9fa5]{1,4}\)法计[(\[]\d{4}[)\]]第?\d{2,6}号"),
    "standard_certificate": re.compile(r"[\[(]\d{4}[\])][\u4e00-\u9fa5]{0,6}量标[\u4e00-\u9fa5]{0,8}证字第\d{1,5}号"),
    "special_equipment": re.compile(r"TS7\d{5,6}[A-Z]?-20\d{2}"),
    "judicial": re.compile(r"\d{7}|\d{9}"),
    "patent": re.compile(r"\d{5}"),
    "hr": re.compile(r"\d{12}|\([\u4e00-\u9fa5]\)人服证字[\[(]\d{4}[\])]第?\d{6,10}号"),
    "school": re.compile(r"[\u4e00-\u9fa5]{0,6}\d{15}号?"),
    "registration": re.compile(r"\d{15}"),
}
"""Shapes of printed numbers after :func:`compact`, by certificate family; use ``fullmatch`` or ``search``."""


def compact(raw: str) -> str:
    """``raw`` as numbers are compared: NFKC, upper case, one kind of dash and bracket, no spaces.

    >>> compact("ＣＮＡＳ　Ｌ１２３４"), compact("(苏)法计〔2023〕 0102号")
    ('CNASL1234', '(苏)法计[2023]0102号')
    """
    text = unicodedata.normalize("NFKC", raw)
    text = re.sub(r"[\s\u200b]+", "", text).upper()
    text = re.sub(r"[—–‐‑‒―─−]", "-", text)
    return text.replace("〔", "[").replace("〕", "]").replace("【", "[").replace("】", "]")


def is_uscc(code: str) -> bool:
    """Whether ``code`` is a 统一社会信用代码 with a right check character (GB 32100-2015)."""
    try:
        _uscc.validate(code)
    except ValidationError:
        return False
    return True


_DIVISIONS = re.compile(r"1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6]|71|8[12]")
"""First two figures of the divisions in which codes are given: provinces (GB/T 2260), 10 the whole country, 66 the
Production and Construction Corps of Xinjiang."""


def names_division(code: str) -> bool:
    """Whether the third and fourth figure of a 统一社会信用代码 name a province, or the whole country (GB 32100).

    A number of 18 figures that begins with its division checks by chance once in 31 times; it names none here.

    >>> names_division("91320281MA1XXXXX06"), names_division("320205201706167527")
    (True, False)
    """
    return _DIVISIONS.fullmatch(code[2:4]) is not None


def uscc_in(raw: str) -> str | None:
    """The 18 characters shaped like a USCC in ``raw``, valid ones first; None when there are none."""
    text = unicodedata.normalize("NFKC", raw).upper()
    joined = re.sub(r"[\s:;.,·_'\"\-]+", "", text)
    found = [m.group() for m in _USCC_SHAPE.finditer(text)]
    found += [m.group() for m in _USCC_SHAPE.finditer(joined)]
    digits_only = re.sub(r"[^0-9A-Z]", "", joined)
    if len(digits_only) == 18:
        found.append(digits_only)
    # A label glued to its value, or a trailing copy mark: any window that proves itself is the code.
    found += [joined[i : i + 18] for i in range(len(joined) - 17) if is_uscc(joined[i : i + 18])]
    found = [code for code in found if sum(char.isdigit() for char in code) >= 8]
    return next((code for code in found if is_uscc(code)), found[0] if found else None)


def uscc_repairs(code: str) -> list[str]:
    """Valid codes that differ from ``code`` in one character that is often misread, likeliest first."""
    if len(code) != 18 or is_uscc(code):
        return []
    near = [code[:i] + other + code[i + 1 :] for i, char in enumerate(code) for other in _REPAIR.get(char, "")]
    return [candidate for candidate in dict.fromkeys(near) if is_uscc(candidate)]


def is_registration_number(number: str) -> bool:
    """Whether ``number`` is a 15-digit 注册号 with a right check digit (GS 15-2006, ISO 7064 MOD 11,10)."""
    if not re.fullmatch(r"\d{15}", number):
        return False
    product = 10
    for digit in number[:14]:
        product = (int(digit) + product) % 10 or 10
        product = product * 2 % 11
    return (11 - product) % 10 == int(number[14])
