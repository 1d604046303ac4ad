"""Personal numbers (身份证号, 手机号) found in text and masked; numbers of institutions and certificates never are.

An 18-digit 公民身份号码 (GB 11643) is known by its day of birth and its check character, a 15-digit one by its province
and day of birth, a mobile number by its shape (11 digits from 13 to 19). A 统一社会信用代码 whose check character
is right (GB 32100) is the institution's own, also when it is all digits, and so is a 15-digit 注册号 (GS 15).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from qi_pipeline.model import Json

_DIGIT = "0-9０-９"
_PERSONAL = re.compile(
    # A mobile number may be written with a country code and in groups; an identity number in full-width digits.
    rf"(?<![{_DIGIT}A-Za-z])(?:"
    rf"(?P<id>[{_DIGIT}]{{17}}[{_DIGIT}XxＸｘ]|[{_DIGIT}]{{15}})"
    rf"|(?P<code>(?:\+|＋|00)?(?:86|８６)[ \-－]?)?"
    rf"(?P<mobile>[1１][3-9３-９][{_DIGIT}](?:[ \-－]?[{_DIGIT}]{{4}}){{2}})"
    rf")(?![{_DIGIT}A-Za-z])"
)
_PERHAPS = re.compile(rf"[{_DIGIT}]{{15}}|[1１][3-9３-９][{_DIGIT}](?:[ \-－]?[{_DIGIT}]{{4}}){{2}}")
"""What every text has in which a number would be masked."""
_LANDLINE = re.compile(rf"(?<![{_DIGIT}A-Za-z])([0０][{_DIGIT}]{{2,3}}[ \-－]?)([{_DIGIT}]{{7,8}})(?![{_DIGIT}A-Za-z])")
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘx", "0123456789XXX")
_PROVINCES = frozenset(
    str(number)
    for number in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
) | {"71", "81", "82", "83"}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LABEL = re.compile(r"(?:身份证|公民身份|身份号码|ID card)[^0-9０-９]{0,12}$")
_IDENTIFIERS = frozenset({"uscc", "number", "certificate_number", "registration_number", "holder_uscc", "sha256", "id"})
"""Keys of JSON whose values name an institution, a paper or a file, and never a person."""


def masked(text: str, *, kept: Collection[str] = (), landlines: bool = False) -> str:
    """The text with personal numbers masked; ``kept`` are numbers known to be an institution's or a paper's.

    ``landlines`` masks fixed lines too, where they are a person's.

    >>> masked("电话13812345678，身份证号11010519491231002X")
    '电话138****5678，身份证号110***********002X'
    >>> masked("统一社会信用代码91320200MA1X0001X9，CMA 221020340350，总机0510-85001234")
    '统一社会信用代码91320200MA1X0001X9，CMA 221020340350，总机0510-85001234'
    """
    if landlines:
        text = _LANDLINE.sub(lambda found: f"{found[1]}{'*' * (len(found[2]) - 2)}{found[2][-2:]}", text)

    def hide(found: re.Match[str]) -> str:
        whole = found[0]
        if whole in kept:
            return whole
        if found["id"] is not None:
            labelled = _LABEL.search(text, max(0, found.start() - 24), found.start()) is not None
            if not is_identity_number(whole, labelled=labelled):
                return whole
            return f"{whole[:3]}{'*' * (len(whole) - 7)}{whole[-4:]}"
        digits = re.sub(rf"[^{_DIGIT}]", "", found["mobile"])
        return f"{found['code'] or ''}{digits[:3]}****{digits[-4:]}"

    return _PERSONAL.sub(hide, text)


def is_free_of_numbers(text: str) -> bool:
    """Whether nothing in the text could be masked by :func:`masked`, as the text of JSON too: one look at all of it.

    >>> is_free_of_numbers('{"on":"2026-11-22"}'), is_free_of_numbers('["电话13812345678"]')
    (True, False)
    """
    return _PERHAPS.search(text) is None


def masked_json(value: Json, *, kept: Collection[str] = ()) -> Json:
    """The same JSON with every text masked but those whose key names an institution, a paper or a file."""
    if isinstance(value, str):
        return masked(value, kept=kept)
    if isinstance(value, list):
        return [masked_json(each, kept=kept) for each in value]
    if isinstance(value, dict):
        return {key: each if key in _IDENTIFIERS else masked_json(each, kept=kept) for key, each in value.items()}
    return value


def is_identity_number(number: str, *, labelled: bool = False) -> bool:
    """Whether the 15 or 18 characters are a person's identity number; ``labelled``: the text before them says so.

    >>> is_identity_number("11010519491231002X"), is_identity_number("110105194912310021")
    (True, False)
    """
    digits = number.translate(_WIDE)
    if len(digits) == 18:
        body = digits[:17]
        total = sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True))
        proven = "10X98765432"[total % 11] == digits[17] and _is_day(int(digits[6:10]), digits[10:14])
        return proven and digits[:2] in _PROVINCES and (labelled or not _is_uscc(digits))
    if digits[:2] not in _PROVINCES or not _is_day(1900 + int(digits[6:8]), digits[8:12]):
        return False
    return labelled or not _is_registration_number(digits)


def _is_day(year: int, rest: str) -> bool:
    try:
        return date(1850, 1, 1) < date(year, int(rest[:2]), int(rest[2:])) < date(2200, 1, 1)
    except ValueError:
        return False


def _is_uscc(code: str) -> bool:
    try:
        total = sum(_USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
    except ValueError:
        return False
    return code[0] in "159ANY" and _USCC_ALPHABET[-total % 31] == code[17]


def _is_registration_number(number: str) -> bool:
    product = 10
    for digit in number[:14]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[14])
