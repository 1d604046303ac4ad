"""Business scopes as items: sections, exclusions, reminders."""

from __future__ import annotations

import doctest

import pytest

from qi_pipeline.extraction import scopes
from qi_pipeline.extraction.scopes import items_of, supports

CATALOGUE = (
    "许可项目：检验检测服务；认证服务（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以审批结果为准）"
    "一般项目：计量技术服务；知识产权服务（专利代理服务除外）；业务培训（不含教育培训、职业技能培训等需取得许可的培训）；"
    "技术服务、技术开发、技术咨询（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
)


def test_a_catalogue_scope_parts_into_sections_and_items() -> None:
    assert [(item.section, item.core) for item in items_of(CATALOGUE)] == [
        ("licensed", "检验检测服务"),
        ("licensed", "认证服务"),
        ("general", "计量技术服务"),
        ("general", "知识产权服务"),
        ("general", "业务培训"),
        ("general", "技术服务、技术开发、技术咨询"),
    ]


@pytest.mark.parametrize(
    ("words", "supported"),
    [
        (["检验检测"], True),
        (["专利代理"], False),
        (["知识产权"], True),
        (["业务培训"], True),
        (["教育培训"], False),
        (["标准化服务", "技术咨询"], True),
        (["营业执照"], False),
        (["依法自主开展"], False),
    ],
)
def test_a_word_is_supported_unless_excluded_or_only_in_a_reminder(words: list[str], supported: bool) -> None:
    assert (supports(items_of(CATALOGUE), words) is not None) is supported


def test_an_excluded_service_is_supported_by_its_own_item() -> None:
    assert supports(items_of("知识产权服务（专利代理服务除外）；专利代理"), ["专利代理"]) is not None


@pytest.mark.parametrize(
    "scope",
    [
        "培训服务（不含教育培训）",
        "培训服务(不包括教育培训)",
        "培训服务，不含教育培训",
        "培训服务（教育培训除外）",
        "培训服务（除教育培训外）",
        "培训服务【不含教育培训】",
    ],
)
def test_every_way_to_exclude(scope: str) -> None:
    (item,) = items_of(scope)
    assert item.core.startswith("培训服务")
    assert item.excludes("教育培训")
    assert not item.names("教育培训")
    assert not item.excludes("业务培训")


@pytest.mark.parametrize(
    ("scope", "word", "supported"),
    [
        ("一般项目：检验检测设备销售；办公用品销售", "检验检测", False),
        ("检验检测仪器的研发、制造", "检验检测", False),
        ("检验检测设备的研发、销售及检验检测服务", "检验检测", True),
        ("检验检测技术服务", "检验检测", True),
        ("检验检测产品质量", "检验检测", True),
        ("计量器具销售", "计量", False),
        ("计量器具检定、校准、维修", "计量", True),
        ("仪器仪表租赁", "租赁", True),
    ],
)
def test_trade_in_things_for_a_service_is_not_the_service(scope: str, word: str, supported: bool) -> None:
    assert (supports(items_of(scope), [word]) is not None) is supported


@pytest.mark.parametrize(
    ("scope", "word", "supported"),
    [
        ("租赁服务（不含许可类租赁服务）", "租赁", True),
        ("信息咨询服务（不含许可类信息咨询服务）", "信息咨询", True),
        ("检验检测服务（不含特种设备检验检测、机动车检验）", "检验检测", True),
        ("检验检测服务（不含有关检验检测活动）", "检验检测", False),
        ("技术服务（不含检验检测）", "检验检测", False),
        ("检验检测、技术服务（不含检验检测服务）", "检验检测", False),
        ("知识产权代理、专利代理（不含专利代理机构业务）", "专利代理", False),
    ],
)
def test_one_kind_of_an_activity_excluded_leaves_the_rest(scope: str, word: str, supported: bool) -> None:
    assert (supports(items_of(scope), [word]) is not None) is supported


@pytest.mark.parametrize(
    ("scope", "supported"),
    [
        ("技术服务；以下限分支机构经营：检验检测服务", False),
        ("检验检测服务；以下限分支机构经营：食品销售", True),
        ("技术服务；检验检测服务（限分支机构经营）", False),
        ("检验检测服务（筹建）", False),
        ("筹建检验检测服务", False),
        ("建筑材料检验检测服务", True),
    ],
)
def test_what_only_branches_may_do_or_nobody_yet_is_not_the_bodys_own(scope: str, supported: bool) -> None:
    assert (supports(items_of(scope), ["检验检测"]) is not None) is supported


def test_free_text_of_older_licences() -> None:
    scope = (
        "仪器仪表的检测服务、校准服务。企业管理咨询，经济信息咨询（以上咨询不得从事经纪）：销售日用品。"
        "【依法须经批准的项目，经相关部门批准后方可开展经营活动】"
    )
    assert [item.core for item in items_of(scope)] == [
        "仪器仪表的检测服务、校准服务",
        "企业管理咨询",
        "经济信息咨询",
        "销售日用品",
    ]


def test_a_reminder_cut_off_by_the_page_is_cut_all_the_same() -> None:
    assert [item.core for item in items_of("检验检测服务（依法须经批准的项目，经相关部门批准")] == ["检验检测服务"]


def test_nothing_gives_no_items() -> None:
    assert items_of("") == ()


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(scopes).failed == 0
