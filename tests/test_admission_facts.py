"""The small facts that rules rest on: names, terms, scopes, copies, lists, the service table."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admission_cases import (
    AS_OF,
    CLEAN,
    CMA,
    LICENCE,
    NAME,
    OTHER_USCC,
    ROWS,
    SERVICES,
    USCC,
    a_field,
    own_seal,
    paper,
    with_field,
    without,
)
from qi_pipeline.admission import business_scope, coverage, names, restrictions, wording
from qi_pipeline.admission.business_scope import in_business_scope
from qi_pipeline.admission.coverage import annex_of, covers_standard
from qi_pipeline.admission.credit import codes_of, credit_hits
from qi_pipeline.admission.facts import CreditEntry, CreditSnapshot
from qi_pipeline.admission.identity import Identity, code_says_otherwise
from qi_pipeline.admission.names import names_agree, persons_agree
from qi_pipeline.admission.papers import Paper, papers_of, replaced
from qi_pipeline.admission.restrictions import allowed_things, leaves_open, limits_out
from qi_pipeline.admission.seals import sealed
from qi_pipeline.admission.services import default_services, load_services
from qi_pipeline.admission.validity import registered, validity_of
from qi_pipeline.errors import UsageError
from qi_pipeline.kinds import CATEGORIES, KINDS, SERVICE_ITEMS
from qi_pipeline.model import Code, Document

WHO = Identity(
    name=NAME,
    uscc=USCC,
    legal_representative=None,
    address=None,
    category=None,
    name_certain=True,
    uscc_certain=True,
)


def a_paper(*documents: Document) -> Paper:
    found = papers_of(documents, 0.9)
    assert len(found) == 1
    return found[0]


def day(days: int) -> str:
    return (AS_OF + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("module", [names, coverage, wording, business_scope, restrictions])
def test_examples_in_the_docstrings(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


# names


@pytest.mark.parametrize(
    ("printed", "expected", "agree"),
    [
        ("江阴澄明检测技术有限公司", "江阴澄明检测技术有限公司", True),
        ("江阴澄明检测技术（江苏）有限公司", "江阴澄明检测技术(江苏)有限公司", True),
        ("江阴澄明检测技术〔江苏〕有限公司", "江阴澄明检测技术(江苏)有限公司", True),
        ("江阴 澄明　检测技术有限公司", "江阴澄明检测技术有限公司", True),
        ("ＡＢＣ检测（江苏）有限公司", "abc检测（江苏）有限公司", True),
        ("江阴澄明检测中心（江阴澄明检测技术有限公司）", "江阴澄明检测技术有限公司", True),
        ("江阴澄明检测中心（江阴澄明检测技术有限公司）", "江阴澄明检测中心", True),
        ("江阴澄明检测技术有限公司无锡分公司", "江阴澄明检测技术有限公司", False),
        ("江阴澄明检测技术有限公司", "江阴澄明检测技术有限公司无锡分公司", False),
        ("江阴澄明检测（集团）有限公司", "江阴澄明检测有限公司", False),
        ("江阳澄明检测技术有限公司", "江阴澄明检测技术有限公司", False),
        ("江阴澄明捡测技术有限公司", "江阴澄明检测技术有限公司", "doubtful"),
        ("江阴澄明检测技朮有限公司", "江阴澄明检测技术有限公司", "doubtful"),
        ("江阴橡明检测技术有限公司", "江阴橼明检测技术有限公司", "doubtful"),
        ("江阴橡溪检测技术有限公司", "江阴橼明检测技术有限公司", False),
        ("江阴澄橼检测技术有限公司", "江阴澄霁检测技术有限公司", False),
        ("江阴澄明检测技术有限公司 JDGL", "江阴澄明检测技术有限公司", True),
        ("江阴澄明检测技术有限公司B", "江阴澄明检测技术有限公司", False),
        ("", "江阴澄明检测技术有限公司", "doubtful"),
    ],
)
def test_institutions(printed: str, expected: str, agree: object) -> None:
    assert names_agree(printed, expected) == agree


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("陈知行", "陈 知 行", True),
        ("陈知行", "林见山", False),
        ("江阴云帆投资有限公司（委派代表：陈知行）", "陈知行", True),
        ("江阴云帆投资有限公司（委派代表：陈知行）", "江阴云帆投资有限公司", True),
        ("江阴云帆投资有限公司(委派代表:陈知行)", "江阴云帆投资有限公司（委派代表：陈知行）", True),
        ("江阴云帆投资有限公司（委派代表：陈知行）", "林见山", False),
        ("陈知行、林见山", "林见山", True),
        ("陈知行、林见山", "林见山、陈知行", True),
        ("陈知行、林见山", "周问渠", False),
        ("艾力·买买提", "艾力•买买提", True),
        ("John Smith", "JOHN SMITH", True),
        ("陈治国", "陈冶国", "doubtful"),
        ("", "陈知行", "doubtful"),
    ],
)
def test_persons(one: str, other: str, agree: object) -> None:
    assert persons_agree(one, other) == agree
    assert persons_agree(other, one) == agree


@given(
    st.text(alphabet="江阴澄明检测捡末未技术有限公司（）()", max_size=12),
    st.text(alphabet="江阴检捡末未（）", max_size=12),
)
def test_agreement_of_names_is_symmetric_where_no_brackets_name_two(one: str, other: str) -> None:
    if "(" in one + other or "（" in one + other:
        return
    assert names_agree(one, other) == names_agree(other, one)


# terms


@pytest.mark.parametrize(
    ("kind", "values", "state"),
    [
        ("business_licence", {}, "valid"),
        ("business_licence", {"long_term": True, "valid_to": None}, "valid"),
        ("business_licence", {"valid_to": day(0)}, "valid"),
        ("business_licence", {"valid_to": day(-1)}, "expired"),
        ("business_licence", {"issued_on": day(5)}, "valid"),  # printed anew after the as-of date
        ("cma_certificate", {"valid_to": day(0)}, "valid"),
        ("cma_certificate", {"valid_to": day(-1)}, "expired"),
        ("cma_certificate", {"valid_to": day(9), "valid_from": day(1)}, "not_yet_valid"),
        ("cma_certificate", {"valid_to": day(9), "issued_on": day(1)}, "not_yet_valid"),
        ("cma_certificate", {"valid_to": day(9), "issued_on": day(1), "valid_from": day(0)}, "valid"),
        ("cma_certificate", {}, "doubtful"),
        ("cma_certificate", {"valid_to": None}, "doubtful"),
        ("cma_certificate", {"valid_to": "2026-13-45"}, "doubtful"),
        ("patent_agency_licence", {}, "valid"),
        ("hr_service_licence", {"long_term": True, "valid_to": None}, "valid"),
        ("public_institution_certificate", {}, "doubtful"),
        ("calibration_certificate", {"calibrated_on": "2025-11-22"}, "valid"),
        ("calibration_certificate", {"calibrated_on": "2025-11-21"}, "expired"),
        ("calibration_certificate", {"calibrated_on": "2020-01-01", "valid_to": day(0)}, "valid"),
        ("calibration_certificate", {"calibrated_on": day(1)}, "not_yet_valid"),
        ("calibration_certificate", {}, "doubtful"),
    ],
)
def test_terms(kind: str, values: dict[str, Any], state: str) -> None:
    assert validity_of(a_paper(paper(kind, "a.pdf", values)), AS_OF).state == state


def test_months_of_calibration_are_policy() -> None:
    certificate = a_paper(paper("calibration_certificate", "a.pdf", {"calibrated_on": "2024-11-22"}))
    assert validity_of(certificate, AS_OF, calibration_months=24).state == "valid"
    assert validity_of(certificate, AS_OF, calibration_months=24).derived
    assert validity_of(certificate, AS_OF, calibration_months=23).state == "expired"


def test_days_left() -> None:
    assert validity_of(a_paper(with_field(CMA, "valid_to", day(30))), AS_OF).days_left == 30
    assert validity_of(a_paper(with_field(CMA, "valid_to", day(-2))), AS_OF).days_left == -2
    assert validity_of(a_paper(LICENCE), AS_OF).days_left is None


@pytest.mark.parametrize(
    ("confidence", "issued_on", "state"),
    [(0.3, day(-800), "valid"), (0.3, None, "valid"), (0.3, day(40), "doubtful"), (0.99, day(40), "not_yet_valid")],
)
def test_a_doubtful_day_of_issue_matters_only_where_it_lies_ahead(
    confidence: float, issued_on: str | None, state: str
) -> None:
    certificate = a_paper(with_field(CMA, "issued_on", issued_on, confidence))
    assert validity_of(certificate, AS_OF).state == state


def test_the_register_holds_long_term_certificates_as_empty_ends() -> None:
    assert registered(None, None, AS_OF).state == "valid"
    assert registered(None, AS_OF, AS_OF).state == "valid"
    assert registered(None, AS_OF - timedelta(days=1), AS_OF).state == "expired"
    assert registered(AS_OF + timedelta(days=1), None, AS_OF).state == "not_yet_valid"


# scopes


def statuses(standard: str, service: str = "食品中铅的测定", rows: Any = ROWS) -> str:
    return covers_standard(annex_of(a_paper(with_field(CMA, "scope_items", rows))), standard, service, 0.9).status


@pytest.mark.parametrize(
    ("standard", "status"),
    [
        ("GB 5009.12-2017", "covered"),
        ("GB5009.12—2017", "covered"),
        ("ＧＢ ５００９．１２－２０１７", "covered"),
        ("《食品安全国家标准 食品中铅的测定》GB 5009.12-2017", "covered"),
        ("GB/T 5009.12-2017", "covered"),  # GB and GB/T share one series of numbers
        ("GB 5009.12-2003", "other_edition"),
        ("GB 5009.12", "other_edition"),
        ("GB 5009.1-2017", "absent"),
        ("GB 5009.123-2016", "absent"),
        ("HJ 5009.12-2017", "absent"),
        ("企业方法 QM-07", "absent"),
    ],
)
def test_declared_standards(standard: str, status: str) -> None:
    assert statuses(standard) == status


def test_several_standards_in_one_row_and_identical_ones() -> None:
    rows = [{**ROWS[0], "standard": "GB/T 19001-2016; ISO 9001:2015"}]  # type: ignore[dict-item]
    assert statuses("ISO 9001:2015", rows=rows) == "covered"
    assert statuses("GB/T 19001-2016/ISO 9001:2015", rows=rows) == "covered"
    assert statuses("GB/T 19001-2016/ISO 9001:2008", rows=rows) == "covered"


def test_a_method_without_a_number_is_covered_by_its_words() -> None:
    rows = [{**ROWS[0], "standard": "企业方法 QM-07"}]  # type: ignore[dict-item]
    assert statuses("企业方法QM-07", rows=rows) == "covered"


@pytest.mark.parametrize(
    ("limitation", "service", "out"),
    [
        ("不测铅", "食品中铅的测定", True),
        ("不测镉、铅", "食品中铅的测定", True),
        ("不测水产品", "食品中铅的测定", False),
        ("除生活饮用水外", "生活饮用水检测", True),
        ("除生活饮用水外", "地表水检测", False),
        ("不做形态分析", "食品中砷形态分析", True),
        ("只测原子吸收法", "食品中铅的测定", False),
        ("仅限第一法", "食品中铅的测定", False),
        ("", "食品中铅的测定", False),
        ("铅除外", "食品中铅的测定", True),
        ("不测：铅", "食品中铅的测定", True),
        ("铅、镉不测", "食品中铅的测定", True),
        ("镉不测", "食品中铅的测定", False),
        ("不检测铅", "食品中铅的测定", True),
        ("不能测铅", "食品中铅的测定", True),
        ("不测定铅含量", "食品中铅的测定", True),
        ("无法检测铅", "食品中铅的测定", True),
        ("未认可铅", "食品中铅的测定", True),
        ("不具备铅的检测能力", "食品中铅的测定", True),
        ("不测Pb", "食品中铅的测定", True),
        ("不测As", "GAS分析仪检测", False),
        ("不锈钢制品", "不锈钢制品中铅的测定", False),
        ("铅含量不超过5mg/kg", "食品中铅的测定", False),
    ],
)
def test_limitations(limitation: str, service: str, out: bool) -> None:
    assert limits_out(limitation, service) is out


def test_a_row_that_takes_the_service_out_yields_to_one_that_does_not() -> None:
    rows = [{**ROWS[0], "limitation": "不测铅"}, ROWS[0]]  # type: ignore[dict-item]
    assert statuses("GB 5009.12-2017", rows=rows) == "covered"
    assert statuses("GB 5009.12-2017", rows=rows[:1]) == "excluded"


@pytest.mark.parametrize(
    ("limitation", "named", "other"),
    [
        ("只测pH、COD", "水中pH值的测定", "水中总磷的测定"),
        ("只测 pH、COD", "化学需氧量检测", "水质检测"),
        ("只测：铅、镉", "食品中铅、镉的测定", "食品中铅、汞的测定"),
        ("只测铅（第一法）、镉", "食品中镉的测定", "食品中汞的测定"),
        ("仅限生活饮用水", "生活饮用水中铅的测定", "地表水中铅的测定"),
        ("仅限生活饮用水", "生活饮用水浊度检测", "生活饮用水、地表水中铅的测定"),
        ("只测铬", "水质铬检测", "水质六价铬检测"),
        ("限测pH", "水和废水pH的测定", "水和废水总磷的测定"),
        ("只测pH等2项参数，不测总磷", "pH值检测", "总磷检测"),
        ("（仅限于铅）", "铅检测", "汞检测"),
        ("只测TN", "总氮的测定", "氨氮的测定"),
    ],
)
def test_a_positive_list_leaves_open_what_it_does_not_name(limitation: str, named: str, other: str) -> None:
    assert not leaves_open(limitation, named, "水和废水")
    assert leaves_open(limitation, other, "水和废水")
    rows = [{**ROWS[0], "limitation": limitation, "category": "水和废水"}]  # type: ignore[dict-item]
    assert statuses("GB 5009.12-2017", named, rows=rows) == "covered"
    assert statuses("GB 5009.12-2017", other, rows=rows) in ("limited", "excluded")
    assert statuses("GB 5009.12-2017", other, rows=[*rows, ROWS[0]]) == "covered"


@pytest.mark.parametrize(
    "limitation",
    [
        "只测A法", "只测 A 法", "只测第一法", "只测：火焰原子吸收分光光度法", "只用离子色谱法", "只测ICP-MS",
        "只测附录C、附录D", "只测第5.2条", "只测5.2、5.3", "只测GB/T 5750.6-2023", "仅限现场检测", "仅限实验室",
        "仅限本部场所", "只测：冷态", "只测0.1mg/L以上", "仅限DN50以下", "仅限内部使用", "仅限送检样品", "检出限0.1",
        "限值见标准", "不测汞", "除汞外", "",
    ],
)  # fmt: skip
def test_a_list_of_methods_sites_or_conditions_says_nothing_of_items(limitation: str) -> None:
    assert allowed_things(limitation) == ()
    assert not leaves_open(limitation, "食品中铅的测定")


@pytest.mark.parametrize(
    ("limitation", "service", "left_open"),
    [
        ("不测重金属", "食品中铅的测定", True),
        ("不测重金属", "食品中水分的测定", False),
        ("不开展微生物检测", "食品中菌落总数的测定", True),
        ("不测农药残留", "蔬菜中毒死蜱的测定", True),
        ("暂停", "食品中铅的测定", True),
        ("该项目已取消", "食品中铅的测定", True),
        ("扩项", "食品中铅的测定", False),
    ],
)
def test_a_group_that_is_left_out_and_a_row_withdrawn_go_to_a_person(
    limitation: str, service: str, left_open: bool
) -> None:
    assert leaves_open(limitation, service, "食品") is left_open
    assert not limits_out(limitation, service)


@pytest.mark.parametrize("item", SERVICE_ITEMS)
def test_every_term_of_the_table_is_found_in_a_scope_that_has_it(item: str) -> None:
    service = SERVICES.get(item)
    assert service is not None
    for term in service.scopes:
        licence = a_paper(with_field(LICENCE, "scope_text", f"一般项目：食品销售；{term}；餐饮"))
        assert in_business_scope(licence, service, service.names[0]).holds is True
        other = a_paper(with_field(LICENCE, "scope_text", f"食品销售；餐饮服务（不含{term}）"))
        assert in_business_scope(other, service, service.names[0]).holds is False


@pytest.mark.parametrize(
    ("item", "name", "scope", "within"),
    [
        ("instrument_sharing", "仪器共享", "租赁服务（不含许可类租赁服务）", True),
        ("ip_consulting", "专利导航", "信息咨询服务（不含许可类信息咨询服务）", True),
        ("testing", "建材检测", "检验检测服务（不含特种设备检验检测、机动车检验）", True),
        ("special_equipment_inspection", "电梯检验", "检验检测服务（不含特种设备检验检测）", False),
        ("special_equipment_inspection", "电梯检验", "检验检测服务（不含食品检验）", True),
        ("verification", "压力表检定", "计量技术服务（不含检定、校准）", False),
        ("verification", "压力表检定", "计量技术服务（不含软件开发）", True),
        ("certification", "质量管理体系认证", "认证服务（不含产品认证）", True),
        ("certification", "产品认证", "认证服务（不含产品认证）", False),
        ("schooling", "质检员培训", "业务培训（不含教育培训、职业技能培训等需取得许可的培训）", False),
        ("business_training", "内审员培训", "业务培训（不含教育培训、职业技能培训等需取得许可的培训）", True),
        ("job_placement", "招聘", "人力资源服务（不含职业中介活动、劳务派遣服务）", False),
    ],
)
def test_an_item_that_leaves_out_one_kind_allows_the_others(item: str, name: str, scope: str, within: bool) -> None:
    service = SERVICES.get(item)
    assert service is not None
    assert in_business_scope(a_paper(with_field(LICENCE, "scope_text", scope)), service, name).holds is within


# papers and copies


def test_front_and_annex_and_copy_of_one_certificate_are_one_paper() -> None:
    front = without(CMA, "scope_items")
    annex = replace(without(CMA, "valid_to", "issued_on"), file="annex.pdf")
    copy = replace(CMA, file="copy.pdf")
    assert [len(each.documents) for each in papers_of([front, annex, copy], 0.9)] == [3]


def test_editions_of_one_number_are_two_papers() -> None:
    old = replace(with_field(CMA, "valid_to", "2023-03-01"), file="old.pdf")
    assert len(papers_of([CMA, old], 0.9)) == 2


@pytest.mark.parametrize("number", ["320214666202108030215", None])
def test_a_licence_without_end_is_another_paper_than_one_with_an_end(number: str | None) -> None:
    numbered = with_field(LICENCE, "certificate_number", number) if number else LICENCE
    endless = with_field(without(numbered, "valid_to"), "long_term", True)
    ended = replace(with_field(numbered, "valid_to", "2024-05-15"), file="old.pdf")
    assert len(papers_of([endless, ended], 0.9)) == 2
    assert len(papers_of([ended, endless], 0.9)) == 2


def test_papers_without_numbers_stay_apart() -> None:
    licence = replace(LICENCE, file="copy.pdf")
    assert len(papers_of([LICENCE, licence], 0.9)) == 2


def test_a_replaced_paper_does_not_count() -> None:
    newer = replace(with_field(CMA, "valid_to", "2031-03-01"), file="new.pdf")
    assert replaced([[LICENCE, CMA]], [newer], 0.9) == [LICENCE, newer]
    other = with_field(newer, "certificate_number", "241012340777")
    assert replaced([[LICENCE, CMA]], [other], 0.9) == [LICENCE, CMA, other]
    public = replace(LICENCE, kind="public_institution_certificate", file="p.pdf")
    assert replaced([[LICENCE, CMA]], [public], 0.9) == [CMA, public]


# seals and codes


@pytest.mark.parametrize(
    ("seals", "appearance", "state"),
    [
        ((own_seal(),), "colour", "own"),
        ((own_seal(),), "bitonal", "own"),
        ((own_seal(colour="black"),), "grey", "doubtful"),
        ((own_seal(colour="black"), own_seal(page=2)), "grey", "own"),
        ((own_seal("江苏省市场监督管理局"),), "colour", "others"),
        ((own_seal("江苏省市场监督管理局"),), "grey", "doubtful"),
        ((), "colour", "none"),
        ((), "grey", "doubtful"),
        ((), "bitonal", "doubtful"),
        ((own_seal(None),), "colour", "doubtful"),
        ((own_seal(None, colour="gold"),), "colour", "others"),
        ((own_seal(centre="检验检测专用章"),), "colour", "others"),
        ((own_seal(centre="合同专用章"), own_seal(page=2)), "colour", "own"),
        ((own_seal(centre=""),), "colour", "doubtful"),
        ((own_seal(centre="公章"),), "colour", "own"),
        ((own_seal(centre=""), own_seal(page=2)), "colour", "own"),
        ((own_seal("江苏省市场监督管理局", centre=""),), "colour", "others"),
        ((own_seal("宜兴远山检测技术有限公司"),), "colour", "others"),
    ],
)
def test_seals(seals: Any, appearance: Any, state: str) -> None:
    assert sealed(a_paper(replace(LICENCE, seals=seals, appearance=appearance)), NAME).state == state


def test_what_a_seal_says_names_its_purpose() -> None:
    found = sealed(a_paper(replace(LICENCE, seals=(own_seal(centre="合同专用章"), own_seal(page=2, centre="")))), NAME)
    assert found.texts == (f"{NAME}（合同专用章）", NAME)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.invalid/verify?id=202611221012",  # a number of the page, not of the paper
        f"统一社会信用代码：{USCC}；名称：{NAME}",
        "",
        "江苏省市场监督管理局",
    ],
)
def test_codes_that_contradict_nothing(text: str) -> None:
    document = replace(LICENCE, codes=(Code(page=1, box=(0.1, 0.1, 0.2, 0.2), text=text),))
    assert code_says_otherwise(a_paper(document), WHO) is None


def test_a_code_that_contradicts_a_doubtful_print_is_sure_only_where_the_print_is_confirmed() -> None:
    codes = (Code(page=1, box=(0.1, 0.1, 0.2, 0.2), text=f"uniscid={OTHER_USCC}"),)
    misread = replace(with_field(LICENCE, "holder_uscc", USCC.replace("Q", "0"), 0.5), codes=codes)
    confirmed = replace(with_field(LICENCE, "holder_uscc", USCC, 0.5), codes=codes)
    assert code_says_otherwise(a_paper(misread), WHO).sure is False  # type: ignore[union-attr]
    assert code_says_otherwise(a_paper(confirmed), WHO).sure is True  # type: ignore[union-attr]
    assert CLEAN.swapping(misread).codes == ["low_confidence"]
    assert CLEAN.swapping(confirmed).codes == ["code_mismatch"]


# lists


def test_lists_are_matched_by_code_only() -> None:
    entry = CreditEntry(
        list="serious", uscc=USCC.lower(), name="别的名字", listed_on=date(2025, 1, 1), removed_on=None, reason=""
    )
    credit = CreditSnapshot(loaded=("serious",), entries=(entry,))
    assert codes_of(credit_hits(credit, USCC, AS_OF, 3)) == ["serious_violation_listed"]
    assert credit_hits(credit, None, AS_OF, 3) == []
    assert credit_hits(credit, "91320281MA7Q2K4X10", AS_OF, 3) == []


def test_an_entry_of_a_leap_day_stands_until_the_last_of_february() -> None:
    entry = CreditEntry(list="violations", uscc=USCC, name="", listed_on=date(2024, 2, 29), removed_on=None, reason="")
    credit = CreditSnapshot(loaded=("violations",), entries=(entry,))
    assert credit_hits(credit, USCC, date(2027, 2, 28), 3)
    assert not credit_hits(credit, USCC, date(2027, 3, 1), 3)


# the service table


def test_the_shipped_table_is_the_contracts() -> None:
    assert {service.item: service.names[0] for service in SERVICES.services} == SERVICE_ITEMS
    assert list(SERVICES.items) == list(SERVICE_ITEMS)
    assert all(service.category in CATEGORIES for service in SERVICES.services)
    required = {service.item: service.requires for service in SERVICES.services if service.requires}
    assert required == {
        "testing": "cma_certificate",
        "special_equipment_inspection": "special_equipment_licence",
        "verification": "metrology_authorization",
        "certification": "certification_body_approval",
        "patent_agency": "patent_agency_licence",
        "schooling": "private_school_licence",
        "job_placement": "hr_service_licence",
        "instrument_sharing": "calibration_certificate",
    }
    assert set(required.values()) <= set(KINDS)
    assert SERVICES.by_name("职业中介") is SERVICES.get("job_placement")
    assert SERVICES.by_name("占星") is None


GOOD = """
version = "7"
[[service]]
item = "fire_testing"
names = ["消防检测"]
category = "inspection_testing"
requires = "other_certificate"
scopes = ["消防"]
"""


def test_a_platform_may_have_its_own_table(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text(GOOD, encoding="utf-8")
    table = load_services(path)
    assert (table.version, table.items) == ("7", ("fire_testing",))
    assert table.fingerprint != default_services().fingerprint
    assert load_services(None) == default_services()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("[[service", "can't be read"),
        ("surprise = 1", "unknown keys surprise"),
        ('version = "1"', "at least one"),
        (GOOD.replace("inspection_testing", "gardening"), "service 1: unknown category 'gardening'"),
        (GOOD.replace("other_certificate", "diploma"), "unknown document kind 'diploma'"),
        (GOOD + 'covers = "half"', "service 1"),
        (GOOD.replace('requires = "other_certificate"', 'covers = "standards"'), "covers needs requires"),
        (GOOD + 'covers = "instruments"', "calibration_certificate only"),
        (GOOD.replace('["消防"]', "[]"), "scopes needs"),
        (GOOD.replace('["消防检测"]', "[]"), "item and names must not be empty"),
        (GOOD + GOOD.replace('version = "7"', ""), "stands twice"),
        (GOOD + "colour = 1", "unknown keys"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(tmp_path: Path, wrong: str, says: str) -> None:
    path = tmp_path / "services.toml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        load_services(path)


def test_facts_shown_in_messages_are_harmless() -> None:
    assert wording.filled("{a}{b}", {"a": "{b}", "b": 1}, "en") == "{b}1"
    assert wording.filled("{gone}", {}, "zh") == "—"
    assert wording.filled("{x}", {"x": [True, None]}, "en") == "yes, —"
    assert a_field("x").confidence == 0.99
