"""Every way of writing a date reads back; what is no date, or two dates at once, does not."""

from __future__ import annotations

import calendar
import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qi_pipeline.extraction import dates

DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31))
_SMALL = "〇一二三四五六七八九"
_CAPITAL = "零壹贰叁肆伍陆柒捌玖"


def _spell(number: int, digits: str, ten: str) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ten if tens == 1 else digits[tens] + ten
    return head + (digits[ones] if ones or not tens else "")


FORMS = {
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "padded": lambda d: f"{d.year}年{d.month:02d}月{d.day:02d}日",
    "gaps": lambda d: f"{d.year} 年 {d.month:02d} 月 {d.day:02d} 日",
    "dots": lambda d: f"{d.year}.{d.month}.{d.day}",
    "slashes": lambda d: f"{d.year}/{d.month:02d}/{d.day:02d}",
    "hyphens": lambda d: d.isoformat(),
    "compact": lambda d: f"{d:%Y%m%d}",
    "wide digits": lambda d: f"{d.year}年{d.month}月{d.day}日".translate(
        str.maketrans("0123456789", "０１２３４５６７８９")
    ),
    "numerals": lambda d: (
        "".join(_SMALL[int(c)] for c in str(d.year))
        + f"年{_spell(d.month, _SMALL, '十')}月{_spell(d.day, _SMALL, '十')}日"
    ),
    "zero as circle": lambda d: (
        "".join(("○" + _SMALL[1:])[int(c)] for c in str(d.year))
        + f"年{_spell(d.month, _SMALL, '十')}月{_spell(d.day, _SMALL, '十')}日"
    ),
    "capitals": lambda d: (
        "".join(_CAPITAL[int(c)] for c in str(d.year))
        + f"年{_spell(d.month, _CAPITAL, '拾')}月{_spell(d.day, _CAPITAL, '拾')}日"
    ),
    "english": lambda d: f"{d.day} {calendar.month_name[d.month]} {d.year}",
    "english, month first": lambda d: f"{calendar.month_name[d.month]} {d.day}, {d.year}",
    "english, short": lambda d: f"{d.day:02d}-{calendar.month_abbr[d.month]}-{d.year}",
}


@pytest.mark.parametrize("form", FORMS)
@given(day=DAYS)
def test_a_printed_date_reads_back_in_every_form(form: str, day: date) -> None:
    assert dates.date_of(FORMS[form](day)) == day


@given(first=DAYS, length=st.integers(min_value=1, max_value=20000), form=st.sampled_from(sorted(FORMS)))
def test_a_printed_range_reads_back(first: date, length: int, form: str) -> None:
    last = min(first + timedelta(days=length), date(2149, 12, 31))
    term = dates.term_of(f"自{FORMS[form](first)}起至{FORMS[form](last)}止")
    assert term is not None
    assert (term.start, term.end, term.long_term) == (first, last, False)


@pytest.mark.parametrize("sign", ["至", "到", "—", "－", "~", "～", "－－"])
def test_every_sign_between_two_dates_makes_a_range(sign: str) -> None:
    term = dates.term_of(f"2022年5月10日{sign}2028年5月9日")
    assert term is not None
    assert (term.start, term.end) == (date(2022, 5, 10), date(2028, 5, 9))


@pytest.mark.parametrize("zero", ["〇", "○", "零", "O", "0", "口", "回"])
def test_the_zero_of_a_spelled_year_may_be_misread(zero: str) -> None:
    assert dates.date_of(f"二{zero}二五年三月一日") == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二五年十月廿八日", date(2025, 10, 28)),
        ("二〇二五年十二月卅一日", date(2025, 12, 31)),
        ("二〇二五年一十月二十日", date(2025, 10, 20)),
        ("2O25年O3月l5日", date(2025, 3, 15)),
        ("1st March 2025", date(2025, 3, 1)),
        ("2025 Mar 01", date(2025, 3, 1)),
        ("31/12/2025", date(2025, 12, 31)),
        ("12/31/2025", date(2025, 12, 31)),
        ("05/05/2025", date(2025, 5, 5)),
    ],
)
def test_odd_spellings(text: str, day: date) -> None:
    assert dates.date_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2025",
        "2025年2月29日",
        "2025年13月1日",
        "2025-02-30",
        "1月1日至6月30日",
        "2018年05月1",
        "年 月 日",
        "91410100268043431X",
    ],
)
def test_what_is_ambiguous_impossible_or_torn_is_no_date(text: str) -> None:
    assert dates.date_of(text) is None


def test_a_date_that_does_not_exist_leaves_a_broken_term() -> None:
    term = dates.term_of("有效期至2027年2月30日")
    assert term is not None
    assert term.broken
    assert term.end is None


@pytest.mark.parametrize(
    "text", ["长期", "长期有效", "永久", "永久有效", "无固定期限", "长年", "不约定期限", "/", "***", "——"]
)
def test_no_end_is_long_term(text: str) -> None:
    term = dates.term_of(text)
    assert term is not None
    assert (term.start, term.end, term.long_term) == (None, None, True)


def test_a_start_with_no_end_is_long_term_from_there() -> None:
    term = dates.term_of("2015年3月12日至长期")
    assert term is not None
    assert (term.start, term.end, term.long_term) == (date(2015, 3, 12), None, True)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("至2028年5月9日", None, date(2028, 5, 9)),
        ("2028年5月9日止", None, date(2028, 5, 9)),
        ("2022年5月10日至", date(2022, 5, 10), None),
        ("自2022年5月10日起", date(2022, 5, 10), None),
        ("自：2022年5月10日", date(2022, 5, 10), None),
        ("Valid until 01 March 2025", None, date(2025, 3, 1)),
    ],
)
def test_one_date_is_start_or_end_by_its_side_of_the_sign(text: str, start: date | None, end: date | None) -> None:
    term = dates.term_of(text)
    assert term is not None
    assert (term.start, term.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("五年", 60),
        ("有效期 6 年", 72),
        ("叁年", 36),
        ("36个月", 36),
        ("十二个月", 12),
        ("有效期限：三年", 36),
        ("半年", 6),
    ],
)
def test_durations(text: str, months: int) -> None:
    term = dates.term_of(text)
    assert term is not None
    assert (term.start, term.end, term.months) == (None, None, months)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2021, 3, 2), 72, date(2027, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 27)),
        (date(2020, 2, 29), 48, date(2024, 2, 28)),
        (date(2025, 1, 31), 1, date(2025, 2, 27)),
        (date(2025, 1, 1), 12, date(2025, 12, 31)),
    ],
)
def test_a_term_ends_the_day_before_its_anniversary(start: date, months: int, end: date) -> None:
    assert dates.end_of_term(start, months) == end


def test_year_and_month_mean_the_last_day_and_are_coarse() -> None:
    term = dates.term_of("2027年2月")
    assert term is not None
    assert (term.end, term.coarse) == (date(2027, 2, 28), True)


def test_indexes_count_in_the_folded_text() -> None:
    (found,) = dates.dates_in("发证日期： 2021 年 03 月 02 日 （盖章）")
    assert (found.start, found.end) == (5, 16)


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(dates).failed == 0


@pytest.mark.parametrize(
    "raw", ["有效期至 2X27年09月13日", "有效期至2027年?5月17日", "2028年09月/7日", "2024 年月20 日"]
)
def test_date_with_an_unreadable_part_is_neither_a_year_nor_a_term(raw: str) -> None:
    term = dates.term_of(raw)
    assert term is None or (term.end is None and term.months is None)


def test_term_whose_end_cannot_be_read_is_broken() -> None:
    term = dates.term_of("自2024年1月1日至2X27年12月31日止")
    assert term is not None
    assert (term.start, term.end, term.months, term.broken) == (date(2024, 1, 1), None, None, True)
    whole = dates.term_of("自2024年1月1日起3年")
    assert whole is not None
    assert (whole.months, whole.broken) == (36, False)


@pytest.mark.parametrize("raw", ["自2022年07月", "2022年07月", "有效期自二〇二二年七月"])
def test_the_month_of_a_year_is_no_term(raw: str) -> None:
    assert dates.months_of(raw) is None


@pytest.mark.parametrize(("raw", "months"), [("有效期三年", 36), ("36个月", 36), ("自发证之日起6个月", 6), ("半年", 6)])
def test_a_printed_length_is_a_term(raw: str, months: int) -> None:
    assert dates.months_of(raw) == months
