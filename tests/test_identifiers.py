"""Codes prove themselves; a wrong one is kept and at most a correction offered."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers import invent
from qi_pipeline.extraction import identifiers

CODE = invent.institution(5).uscc


@given(seed=st.integers(min_value=0, max_value=5000))
def test_a_valid_code_is_found_in_whatever_surrounds_it(seed: int) -> None:
    code = invent.institution(seed).uscc
    for text in (code, " ".join(code), f"统一社会信用代码{code}（1/1）", f"代码：{code[:6]} {code[6:]}", code.lower()):
        assert identifiers.uscc_in(text) == code


@given(
    seed=st.integers(min_value=0, max_value=500),
    at=st.integers(0, 17),
    other=st.sampled_from(identifiers.USCC_ALPHABET),
)
def test_no_single_misread_character_passes(seed: int, at: int, other: str) -> None:
    code = invent.institution(seed).uscc
    if code[at] != other:
        assert not identifiers.is_uscc(code[:at] + other + code[at + 1 :])


def test_full_width_characters_are_the_same_code() -> None:
    wide = CODE.translate({ord(c): chr(ord(c) + 0xFEE0) for c in identifiers.USCC_ALPHABET})
    assert identifiers.uscc_in(wide) == CODE


def test_a_misread_code_is_given_as_read() -> None:
    zero = CODE.index("0")
    misread = CODE[:zero] + "O" + CODE[zero + 1 :]
    assert identifiers.uscc_in(f"统一社会信用代码：{misread}") == misread
    assert CODE in identifiers.uscc_repairs(misread)


def test_repairs_are_offered_only_for_codes_that_fail() -> None:
    assert identifiers.uscc_repairs(CODE) == []
    assert identifiers.uscc_repairs(CODE[:-1]) == []


@pytest.mark.parametrize("text", ["", "无锡检测技术有限公司", "320281000123456", "0510-85207833", "A" * 18])
def test_what_is_no_code(text: str) -> None:
    assert identifiers.uscc_in(text) is None


@given(number=st.integers(min_value=10**13, max_value=10**14 - 1), wrong=st.integers(1, 9))
def test_an_old_registration_number_has_exactly_one_check_digit(number: int, wrong: int) -> None:
    right = [d for d in range(10) if identifiers.is_registration_number(f"{number}{d}")]
    assert len(right) == 1
    assert not identifiers.is_registration_number(f"{number}{(right[0] + wrong) % 10}")


@pytest.mark.parametrize(
    ("family", "printed"),
    [
        ("cma", "2 1 1 0 1 2 3 4 1 2 3 4"),
        ("cma_old", "2013190124Z"),
        ("cnas", "CNAS L1234"),
        ("cnas", "ＣＮＡＳ　ＩＢ０１２３"),
        ("cnas", "CNAS C012-M"),
        ("cnca", "CNCA－R－2003－056"),
        ("cnca", "CNCA-RF-2015-12"),
        ("metrology", "（苏）法计〔2023〕 0102号"),
        ("standard_certificate", "[2021]锡量标企证字第123号"),
        ("special_equipment", "TS7310123-2027"),
        ("hr", "(苏)人服证字〔2021〕第0200012345号"),
        ("school", "教民132028170000123号"),
    ],
)
def test_printed_numbers_have_the_shape_of_their_family(family: str, printed: str) -> None:
    assert identifiers.NUMBER_PATTERNS[family].fullmatch(identifiers.compact(printed))


@pytest.mark.parametrize(
    ("family", "printed"),
    [("cma", "141012341234"), ("cma", "21101234123"), ("cnas", "CNAS L123"), ("special_equipment", "TS7310123-1997")],
)
def test_numbers_just_out_of_shape(family: str, printed: str) -> None:
    assert not identifiers.NUMBER_PATTERNS[family].fullmatch(identifiers.compact(printed))


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(identifiers).failed == 0
