"""Standard numbers read out of what certificates and forms print."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qi_pipeline.extraction import standards
from qi_pipeline.extraction.standards import standards_in


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        ("GB 5009.12-2017", ["GB 5009.12-2017"]),
        ("GB5009.12—2017《食品安全国家标准 食品中铅的测定》", ["GB 5009.12-2017"]),
        ("GB/T 19001—2016/ISO 9001:2015", ["GB/T 19001-2016", "ISO 9001:2015"]),
        ("ＧＢ／Ｔ　３３２５－２０１７", ["GB/T 3325-2017"]),
        ("GBT 7467一1987", ["GB/T 7467-1987"]),
        ("GB/T\n7467-1987", ["GB/T 7467-1987"]),
        ("GB/T 7467-\n1987", ["GB/T 7467-1987"]),
        ("GB 15193.1-20\n14", ["GB 15193.1-2014"]),
        ("QB/T 1234.\n5-2020", ["QB/T 1234.5-2020"]),
        ("GB/1 5009.1-2003", ["GB/T 5009.1-2003"]),
        ("GB 7467-87", ["GB 7467-87"]),
        ("GB 5009.12", ["GB 5009.12"]),
        ("JJG（苏）123－2019", ["JJG(苏) 123-2019"]),
        ("JJF 1094—2002", ["JJF 1094-2002"]),
        ("DB32/T 4194-2022", ["DB32/T 4194-2022"]),
        ("DB3202/T 1001-2020", ["DB3202/T 1001-2020"]),
        ("DB11/ 501-2017", ["DB11/501-2017"]),
        ("T/CAS 123-2020", ["T/CAS 123-2020"]),
        ("HJ/T 399-2007、HJT399-2007", ["HJ/T 399-2007"]),
        ("ISO/IEC 17025:2017", ["ISO/IEC 17025:2017"]),
        ("IEC 60068-2-1:2007", ["IEC 60068-2-1:2007"]),
        ("JTG E42-2005", ["JTG E42-2005"]),
        ("TSG Z7001-2021", ["TSG Z7001-2021"]),
        ("CNAS-CL01:2018", ["CNAS-CL01:2018"]),
        ("Q/ABC 001-2020", ["Q/ABC 001-2020"]),
        ("GBZ/T 160.10-2004；GBZ 2.1-2019", ["GBZ/T 160.10-2004", "GBZ 2.1-2019"]),
        ("GB 4789.2-2016、4789.3-2016", ["GB 4789.2-2016", "GB 4789.3-2016"]),
        ("GB/T 5750.4-2023（4.1）", ["GB/T 5750.4-2023"]),
        ("EN ISO 12100:2010", ["EN ISO 12100:2010"]),
    ],
)
def test_what_is_printed_gives_these_numbers(printed: str, numbers: list[str]) -> None:
    assert [standard.text for standard in standards_in(printed)] == numbers


@pytest.mark.parametrize(
    "text", ["CNAS L1234", "食品中铅的测定", "2017年", "0510-85207833", "GB", "CMA 211012341234", "TS7310123-2027"]
)
def test_what_is_no_standard(text: str) -> None:
    assert standards_in(text) == []


@given(
    prefix=st.sampled_from(["GB", "GB/T", "HJ", "JJG", "JJF", "NY/T", "DB32/T", "T/CAS", "RB/T"]),
    number=st.integers(1, 99999),
    part=st.none() | st.integers(1, 99),
    year=st.integers(1950, 2049),
    dash=st.sampled_from("-—–－"),
    gap=st.sampled_from(["", " ", "  "]),
)
def test_any_spelling_reads_back(prefix: str, number: int, part: int | None, year: int, dash: str, gap: str) -> None:
    plain = f"{number}" + (f".{part}" if part else "")
    (found,) = standards_in(f"依据{prefix}{gap}{plain}{dash}{year}进行")
    assert (found.prefix, found.number, found.year) == (prefix, plain, year)
    assert found.text == f"{prefix} {plain}-{year}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("GB5009:15-2014", "GB 5009.15-2014"),
        ("GB/T 5750·4-2023", "GB/T 5750.4-2023"),
        ("GB/T 19001:2016", "GB/T 19001-2016"),
        ("IEC 60068-2-1:2007", "IEC 60068-2-1:2007"),
    ],
)
def test_a_speck_in_a_number_is_its_point(text: str, read: str) -> None:
    assert [found.text for found in standards_in(text)] == [read]


def test_two_digit_years_are_completed() -> None:
    (old,) = standards_in("GB 7467-87")
    (new,) = standards_in("GB 7467-1987")
    assert (old.key, old.year) == (new.key, new.year)


def test_gb_and_gb_t_share_their_numbers_but_not_those_of_other_series() -> None:
    one, other, third = (standards_in(text)[0] for text in ("GB 2762-2022", "GBT 2762-2022", "HJ 2762-2022"))
    assert (one.key, one.year) == (other.key, other.year)
    assert one.key != third.key


def test_editions_tells_the_year_apart() -> None:
    held = standards_in("GB 5009.12-2010; GB/T 7467-1987")
    wanted = standards_in("GB 5009.12-2017")[0]
    present, others = standards.editions(wanted, held)
    assert not present
    assert [standard.year for standard in others] == [2010]
    assert standards.editions(standards_in("GB 7467-1987")[0], held) == (True, ())
    assert standards.editions(standards_in("GB 5009.13-2017")[0], held) == (False, ())


def test_numbers_are_joined_as_the_contract_stores_them() -> None:
    assert standards.joined_numbers("《铅》GB 5009.12-2017\n《铬》GB/T 7467-1987") == "GB 5009.12-2017; GB/T 7467-1987"
    assert standards.joined_numbers("企业方法") is None


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(standards).failed == 0
