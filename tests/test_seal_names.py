from __future__ import annotations

import pytest

from qi_pipeline.reading.seal_names import AGREES_FROM, DIFFERS_BELOW, is_special_purpose, seal_names

NAME = "无锡市霁云检测技术有限公司"


@pytest.mark.parametrize(
    "read",
    [
        NAME,
        "无锡市霁云检测枝术有限公司",  # one character of the trade misread
        "无锡市霁云检测技术有限公",  # the last one lost at the page's edge
        "锡市霁云检测技术有限公司",  # the first one lost
        "无锡霁云检测技术有限公司",  # 市 left out on the seal
        "无锡市雾云检测技术有限公司",  # a rare character read as a common one of the same radical
        "无锡市霁云检测技术有限公司检测专用章",
    ],
)
def test_the_own_name_agrees_in_spite_of_a_few_wrong_characters(read: str) -> None:
    assert seal_names(read, NAME) >= AGREES_FROM


def test_an_arc_that_the_pages_edge_cut_is_neither_the_own_seal_nor_anothers() -> None:
    own, other = seal_names("公司无锡市霁云检测技", NAME), seal_names("公司无锡市珩石检测技", NAME)
    assert DIFFERS_BELOW <= other < own < AGREES_FROM


@pytest.mark.parametrize(
    "read",
    [
        "无锡市珩石检测技术有限公司",  # another trade name, all else alike
        "无锡市市场监督管理局",
        "江苏省市场监督管理局",
        None,
        "",
    ],
)
def test_another_name_differs(read: str | None) -> None:
    assert seal_names(read, NAME) < DIFFERS_BELOW


@pytest.mark.parametrize(
    "read",
    [
        "无锡市霁石检测技术有限公司",  # half of the trade name: a misreading or another institution
        "苏州市霁云检测技术有限公司",  # another city
        "无锡市霁云检验技术有限公司",  # another trade
        "无锡市霁云检测技术有限公司江阴分公司",  # the branch
    ],
)
def test_a_near_name_does_not_agree(read: str) -> None:
    assert seal_names(read, NAME) < AGREES_FROM


def test_width_and_brackets_do_not_matter() -> None:
    assert seal_names("霁云（无锡）检测有限公司", "霁云(无锡)检测有限公司") == 1.0


def test_a_name_on_the_arc_of_its_own_branch_agrees() -> None:
    branch = "无锡市霁云检测技术有限公司江阴分公司"
    assert seal_names(branch, branch) == 1.0
    assert seal_names(NAME, branch) < AGREES_FROM


@pytest.mark.parametrize(
    ("text", "centre", "special"),
    [
        (NAME, None, False),
        (NAME, "公章", False),
        (NAME, "合同专用章", True),
        (NAME, "检验检测专用章(1)", True),
        (NAME + "财务专用章", None, True),
        (None, None, False),
        (None, "发票专用章", True),
    ],
)
def test_seals_for_a_purpose_are_told_from_the_official_seal(
    text: str | None, centre: str | None, special: bool
) -> None:
    assert is_special_purpose(text, centre) is special
