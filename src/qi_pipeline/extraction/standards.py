"""Standard numbers (标准编号) in running text and table cells, and which of them are the same (DOMAIN 4.3).

``GB/T 19001—2016/ISO 9001:2015`` holds two. Numbers wrapped over lines, ``GBT`` or ``GB/1`` for ``GB/T``, 一 for a dash
and two-digit years are read; titles, clauses and methods beside a number are not part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SECTOR = (
    "CECS|CNAS|JTG|JTS|JGJ|CJJ|TSG|HJ|SN|SL|QB|QC|JB|JC|JT|JG|CJ|DL|NB|YY|YC|NY|SB|LY|HG|SH|SY|FZ|YB|YS|MT|TB|WS|AQ|GA|RB"
    "|SJ|YD|HY|BB|WB|XF|JR|LD|SC|QX|DZ|TD|GY|GM|CY|WH|GH|MZ|ZY|EJ|CB|HB|QJ|WJ|TY|RFJ|LB|BMB|GBZ|KA|NJ|YZ|DA"
)
_CHINESE_PREFIX = (
    r"GB\s?/?\s?[TZ](?![A-Z])|GB\s?/\s?[1I7](?=\s?\d)|GBJ|GBZ\s?(?:/\s?T)?|GB"
    r"|JJ[GF]\s?\([\u4e00-\u9fa5]{1,6}\)|JJ[GF]"
    r"|DB\s?\d{2}(?:\d{2})?\s?/\s?T|DB\s?\d{2}(?:\d{2})?(?=[\s/]\s?\d)\s?/?"
    r"|T\s?/\s?[A-Z]{2,12}(?:\s?[A-Z]{2,6})?|ASTM|AOAC|EPA|JIS|ANSI|UL"
    rf"|(?:{_SECTOR})T(?=\s?\d)|(?:{_SECTOR})\s?(?:/\s?[TZ](?![A-Z]))?"
)
_WESTERN_PREFIX = (
    r"ISO(?:\s?/\s?(?:IEC|TS|TR|PAS|ASTM|IEEE))*(?:\s(?:TS|TR))?|IEC(?:\s?/\s?(?:TS|TR))?|EN(?:\s(?:ISO|IEC))?"
    r"|BS(?:\sEN)?(?:\sISO)?|DIN(?:\sEN)?(?:\sISO)?|OIML"
)
_NOT_INSIDE = r"(?<![A-Za-z])(?<![A-Z]/)"
_CHINESE = re.compile(
    rf"{_NOT_INSIDE}(?P<prefix>{_CHINESE_PREFIX})"
    r"[\s\-.]*(?P<number>[A-Z]{0,3}\s?\d{1,6}[A-Z]?(?:\.\d{1,3})*(?:-\d{1,2}(?=(?:-\d{1,2})*\s?[-:]\s?(?:19|20)\d{2}))*)"
    r"(?:\s?[-:]\s?(?P<year>(?:19|20)\d{2}(?!\d)|\d{2}(?![\d.])))?"
)
_TORN_POINT = re.compile(
    rf"({_NOT_INSIDE}(?:{_CHINESE_PREFIX})[\s\-.]*\d{{1,6}})\s?[:·]\s?(?=\d{{1,3}}\s?-\s?(?:19|20)\d{{2}}(?!\d))"
)
"""A speck makes a colon of the point before a part; a Chinese number has a colon before nothing but its year."""
_WESTERN = re.compile(
    rf"{_NOT_INSIDE}(?P<prefix>{_WESTERN_PREFIX})"
    r"[\s\-]*(?P<number>[A-Z]?\s?\d{1,6}(?:\.\d{1,3})*(?:-\d{1,3}(?!\d))*)(?:\s?[-:]\s?(?P<year>(?:19|20)\d{2})(?!\d))?"
)
_COMPANY = re.compile(
    r"(?<![A-Za-z])(?P<prefix>Q\s?/\s?[A-Z0-9]{2,12})\s?(?P<number>[A-Z]*\s?\d{1,5}(?:\.\d{1,3})*)\s?-\s?(?P<year>(?:19|20)\d{2})"
)
_SHORTHAND = re.compile(r"\s?[、,;/]\s?(?P<number>\d{1,6}(?:\.\d{1,3})*)\s?[-:]\s?(?P<year>(?:19|20)\d{2})(?!\d)")
_COLON_BEFORE_YEAR = ("ISO", "IEC", "EN", "BS", "DIN", "CNAS", "OIML")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One standard number, its edition and its normal spelling."""

    prefix: str
    """Normal prefix: ``GB/T``, ``JJG(苏)``, ``T/CAS``, ``ISO/IEC``."""
    number: str
    """Number with its parts, without spaces: ``5009.12``, ``60068-2-1``, ``Z7001``."""
    year: int | None
    """Year of the edition, two-digit years completed; None: undated, the current edition is meant."""
    text: str
    """Normal spelling with the year as printed: ``GB 5009.12-2017``, ``ISO 9001:2015``, ``GB 7467-87``."""
    start: int = 0
    """Where it begins in the normalised text; for ordering only."""

    @property
    def key(self) -> tuple[str, str]:
        """What two editions have in common. GB, GB/T and GB/Z share one series of numbers, so they agree."""
        series = "GB" if self.prefix in ("GB", "GB/T", "GB/Z") else self.prefix
        return series, self.number


_WAVE_FOR_DASH = re.compile(r"([A-Z](?:/[TZ])?\s*\d[\d.]*)\s*[~～]\s*(?=(?:19|20)\d{2}(?![\d.]))")
"""A dash before the year that was read as a wave (GB/T 50081~2019)."""
_LOST_DASH = re.compile(r"([A-Z](?:/[TZ])?[ \t]*\d[\d.]*)[ \t]*\n[ \t]*(?=(?:19|20)\d{2}[ \t]*(?:\n|$))")
"""A dash lost at the end of a line, the next of which is the year alone."""


def normalised(raw: str) -> str:
    r"""``raw`` with one width, one dash, and standard numbers wrapped over lines joined again.

    >>> normalised("GB/T\n7467—1987"), normalised("GB/T 328.10\n2007"), normalised("GB/T 50081~2019")
    ('GB/T 7467-1987', 'GB/T 328.10-2007', 'GB/T 50081-2019')
    """
    text = unicodedata.normalize("NFKC", raw)
    text = re.sub(r"[—–‐‑‒―─−﹣ー]+", "-", text).replace("∕", "/").replace("∶", ":")
    text = re.sub(r"(?<=[0-9])[Oo](?=[0-9.])", "0", text)
    text = re.sub(r"(?<=[0-9.])[lI|](?=[0-9.])", "1", text)
    text = re.sub(r"(?<=\d)\s*一{1,2}\s*(?=(?:19|20)\d{2}(?!\d))", "-", text)
    text = re.sub(r"(?<=\d)-{2,}(?=\d)", "-", text)
    text = _WAVE_FOR_DASH.sub(r"\1-", text)
    text = _LOST_DASH.sub(r"\1-", text)
    text = re.sub(r"(-\s*(?:19|20)\d?)\s*\n\s*(\d{1,2})(?!\d)", r"\1\2", text)
    text = re.sub(r"(?<=[0-9])\s*\n\s*(?=[-.:]\s*\d)|(?<=[0-9][-.:/])\s*\n\s*(?=\d)", "", text)
    text = re.sub(r"(?<=[A-Z/])\s*\n\s*(?=/?\s?[A-Z]?\d)", " ", text)
    text = re.sub(r"(?<=[A-Z])\s*\n\s*(?=/\s?[TZ])|(?<=[A-Z]/)\s*\n\s*(?=[TZ])", "", text)
    text = _TORN_POINT.sub(r"\1.", text)
    return re.sub(r"[ \t\r\n\u3000]+", " ", text).strip()


def _prefix(raw: str) -> str:
    text = re.sub(r"\s+", " ", raw.strip()).upper()
    if re.fullmatch(r"GB ?/? ?[T17I]", text):
        return "GB/T"
    if re.fullmatch(r"GB ?/? ?Z", text):
        return "GB/Z" if "/" in text else "GBZ"
    text = re.sub(r" ?/ ?", "/", text)
    text = re.sub(r"^(DB) (\d)", r"\1\2", text).rstrip("/")
    text = re.sub(r"^(JJ[GF]) \(", r"\1(", text)
    match = re.fullmatch(rf"({_SECTOR})T", text)
    if match and match[1] + "T" not in _SECTOR.split("|"):
        return f"{match[1]}/T"
    return text


def _year(raw: str | None) -> int | None:
    if raw is None:
        return None
    return int(raw) if len(raw) == 4 else 1900 + int(raw) if int(raw) >= 50 else 2000 + int(raw)


def _made(prefix: str, number: str, year: str | None, start: int) -> Standard:
    number = re.sub(r"\s+", "", number)
    sign = ":" if prefix.split("/")[0].split(" ")[0] in _COLON_BEFORE_YEAR else "-"
    gap = "-" if prefix == "CNAS" else "/" if re.fullmatch(r"DB\d+", prefix) else " "
    text = f"{prefix}{gap}{number}" + (f"{sign}{year}" if year else "")
    return Standard(prefix=prefix, number=number, year=_year(year), text=text, start=start)


def standards_in(raw: str) -> list[Standard]:
    """Every standard number in ``raw``, in order, each edition once.

    >>> [s.text for s in standards_in("GB/T 19001—2016/ISO 9001:2015，GBT 7467一1987")]
    ['GB/T 19001-2016', 'ISO 9001:2015', 'GB/T 7467-1987']
    """
    text = normalised(raw)
    found: list[Standard] = []
    taken: list[tuple[int, int]] = []
    for match in _COMPANY.finditer(text):
        found.append(_made(_prefix(match["prefix"]), match["number"], match["year"], match.start()))
        taken.append(match.span())
    for match in [*_CHINESE.finditer(text), *_WESTERN.finditer(text)]:
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        prefix = _prefix(match["prefix"])
        if prefix == "CNAS" and re.match(r"[A-Z]?\d{3,}", match["number"].replace(" ", "")) and match["year"] is None:
            continue  # CNAS L1234 is a registration number (注册号), not a standard
        found.append(_made(prefix, match["number"], match["year"], match.start()))
        end = match.end()
        while more := _SHORTHAND.match(text, end):
            found.append(_made(prefix, more["number"], more["year"], more.start()))
            end = more.end()
    unique: dict[tuple[tuple[str, str], int | None], Standard] = {}
    for standard in sorted(found, key=lambda s: s.start):
        unique.setdefault((standard.key, standard.year), standard)
    return list(unique.values())


def joined_numbers(raw: str) -> str | None:
    """The numbers of ``raw`` as the contract stores them (``GB 5009.12-2017; GB/T 7467-1987``); None without any."""
    return "; ".join(standard.text for standard in standards_in(raw)) or None


def editions(wanted: Standard, held: Iterable[Standard]) -> tuple[bool, tuple[Standard, ...]]:
    """Whether ``wanted`` is among ``held`` with its year, and the other editions of its number there."""
    same = [standard for standard in held if standard.key == wanted.key]
    return any(standard.year == wanted.year for standard in same), tuple(s for s in same if s.year != wanted.year)
