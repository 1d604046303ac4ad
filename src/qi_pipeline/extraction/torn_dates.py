"""A day of issue of which only a part was read (残缺的发证日期), completed by another date of the same paper.

Seals lie on this date more than on anything else. Where what is left of it (2020年1月, 二三年四月十五日, 2022年月30日,
or a day before the institution was established) is a part of exactly one day that the paper itself prints elsewhere, as
the start of the term, in the number or as the end of a legal term, it is that day; the value is marked ``mended`` and
is never certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from qi_pipeline.extraction.dates import add_months, dates_in, number_of
from qi_pipeline.extraction.evidence import LEGAL_YEARS, day_of, text_of
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.model import Box, Field, Page, Word

_MOST = 0.85
"""What a completed day is worth at most."""
_LOWER = 0.6
"""Below this share of a page's height its day of issue stands."""
_SHRED = re.compile(
    r"年?(?:(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月)?(?:(?P<day>[0-3]?[0-9]|[一二三]?十?[一二三四五六七八九十])日)?"
    r"(?<=[月日])"
)
"""What is left of a date of which not even the year can be read."""
_STRAY = re.compile(r"(?<=月)[^0-9〇○零一二三四五六七八九十年月日](?=日$)")
"""A letter of the seal that the figures of the day were read as."""
_TORN = re.compile(r"[0-9〇○零一二三四五六七八九十年月日]{4,}")
_USUAL_YEARS = (3, 5)
_NUMERALS = "〇一二三四五六七八九"
_ZEROS = str.maketrans(dict.fromkeys("○零o", "〇"))
_DATED_NUMBER = re.compile(r"^[0-9]{6}(?:[0-9]{2})?(?P<day>20[0-9]{6})[0-9]{3,6}$")


def with_torn_issue(kind: str, pages: Sequence[Page], fields: Mapping[str, Field]) -> dict[str, Field]:
    """``fields`` with ``issued_on`` completed where it was printed and only a part of it could be read."""
    kept = dict(fields)
    torn = fields.get("issued_on")
    if torn is not None and torn.value is not None and not _is_impossible(fields):
        return kept
    known = set(_known(kind, fields))
    if not known:
        return kept
    printed = set(_printed(fields))
    for text, field in _torn(torn, pages, fields):
        # A day that the paper prints goes before one that only its term would give.
        days = {day for day in printed if _is_part(text, day)} or {day for day in known if _is_part(text, day)}
        if len(days) == 1:
            value = days.pop().isoformat()
            kept["issued_on"] = replace(
                field, value=value, confidence=min(field.confidence, _MOST), checks=(*field.checks, "mended")
            )
            return kept
        if torn is None and text.count("年") == text.count("月") == 1 and "issued_on" not in kept:
            kept["issued_on"] = field  # printed, and not to be read (contract, section 4)
    if kept.get("issued_on", torn) is None or kept["issued_on"].value is None:
        kept |= _offered(kept.get("issued_on"), pages, fields, set(_printed(fields)))
    return kept


def _offered(
    torn: Field | None, pages: Sequence[Page], fields: Mapping[str, Field], known: Iterable[date]
) -> dict[str, Field]:
    """``issued_on`` without a value, but with the one printed day that the shreds of a date (六月, 28日) speak for.

    A shred says too little to be completed; a person who compares it with the paper is told which day to look for.
    """
    own = [field for field in fields.values() if "from_seal" not in field.checks]
    for page in pages:
        shreds = [
            (word, match)
            for word in page.words
            if word.box[1] > _LOWER and (match := _SHRED.fullmatch(fold(word.text))) is not None
            if not any(field.page == page.number and _touch(field.box, word.box) for field in own)
        ]
        days = {day for day in known if shreds and all(_speaks_for(match, day) for _, match in shreds)}
        if len(days) == 1:
            field = torn or _field(shreds[0][0], page)
            return {"issued_on": replace(field, suggestion=days.pop().isoformat())}
    return {}


def _speaks_for(shred: re.Match[str], day: date) -> bool:
    wanted = {"month": day.month, "day": day.day}
    return all(shred[name] is None or number_of(shred[name]) == number for name, number in wanted.items())


def _is_impossible(fields: Mapping[str, Field]) -> bool:
    """Whether the day of issue lies before the institution was established: a figure of it is lost (2017年1月23日)."""
    issued, established = day_of(fields, "issued_on"), day_of(fields, "established_on")
    return issued is not None and established is not None and issued < established


def _known(kind: str, fields: Mapping[str, Field]) -> Iterator[date]:
    """The days that the paper prints elsewhere, or that its legal term gives, and that the day of issue may be."""
    yield from _printed(fields)
    end = day_of(fields, "valid_to")
    for years in LEGAL_YEARS.get(kind, _USUAL_YEARS) if end is not None and not fields["valid_to"].derived else ():
        assert end is not None
        yield add_months(end + timedelta(days=1), -12 * years)


def _printed(fields: Mapping[str, Field]) -> Iterator[date]:
    """The days that the paper prints elsewhere and that the day of issue is likely to be."""
    for name in ("valid_from", "established_on"):
        if (day := day_of(fields, name)) is not None:
            yield day
    number = _DATED_NUMBER.match(compact(text_of(fields, "certificate_number") or ""))
    if number is not None and (found := dates_in(number["day"])) and found[0].day is not None:
        yield found[0].day


def _torn(torn: Field | None, pages: Sequence[Page], fields: Mapping[str, Field]) -> Iterator[tuple[str, Field]]:
    """What is left of a date: at its label, or by itself in the lower half of a page, where no other field stands."""
    if torn is not None:
        yield from ((text, torn) for piece in (torn.raw, *torn.raw.split()) if (text := _dated(piece)))
    own = [field for field in fields.values() if "from_seal" not in field.checks]
    for page in pages:
        for word in page.words:
            taken = any(field.page == page.number and _touch(field.box, word.box) for field in own)
            if word.box[1] > 0.45 and not taken and (text := _dated(word.text)):
                yield text, _field(word, page)


def _field(word: Word, page: Page) -> Field:
    return Field(value=None, raw=word.text, confidence=word.confidence, page=page.number, box=word.box)


def _dated(raw: str) -> str:
    """The date's letters in a text that says nothing else but its label; empty where there are too few."""
    text = fold(raw).translate(_ZEROS).rpartition(":")[2]
    text = re.sub(r"^(?:发证|发照|颁发|签发|批准|核准|登记)日期", "", text).replace("年年", "年")
    text = _STRAY.sub("", text)
    return text if _TORN.fullmatch(text) and re.search(r"[年月]", text) and len(text) >= 4 else ""


def _is_part(text: str, day: date) -> bool:
    """Whether the letters of ``text`` stand in this order in the day as it is printed, most of them there.

    The year alone is on too many dates, so the month or the day must be there with its figures.
    """
    if "".join(re.findall("[0-9]", text)) == f"{day:%Y%m%d}":  # every figure, between signs that were misread
        return True
    for whole in _spelt(day):
        year, rest = whole[:5], whole[5:]
        if len(text) * 2 < len(whole) or not _in_order(text, whole):
            continue
        tail = text.rpartition("年")[2]
        if re.search(r"[^月日]", tail) and _in_order(tail, rest) and _in_order(text[: len(text) - len(tail)], year):
            return True
    return False


def _spelt(day: date) -> tuple[str, ...]:
    """A day in the ways in which papers print it."""
    year = "".join(_NUMERALS[int(figure)] for figure in str(day.year))
    return (
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}年{day.month:02d}月{day.day:02d}日",
        f"{year}年{_numeral(day.month)}月{_numeral(day.day)}日",
    )


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十") + (_NUMERALS[ones] if ones else "")


def _in_order(part: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in part)


def _touch(a: Box, b: Box) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) - max(a[1], b[1]) > 0.4 * (b[3] - b[1])
