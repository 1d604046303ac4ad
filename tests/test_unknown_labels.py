"""Labels that no table names end the value above them; lines that only look like one do not."""

from __future__ import annotations

import pytest

from qi_pipeline.extraction import readers
from qi_pipeline.extraction.labels import Vocabulary
from qi_pipeline.extraction.values import label_page
from qi_pipeline.model import Word
from stored_pages import at, document, page, spread

LABELS = ("名称", "住所", "法定代表人", "证书编号", "Certificate No.", "No.", "校准日期", "经营范围", "宗旨和业务范围")


def read(*words: Word | list[Word]) -> dict[str, str]:
    """Label to the text that stands at it, for labels with something at them."""
    found = label_page(page(*words), Vocabulary(LABELS))
    return {item.label.text: readers.joined(item.found.lines) for item in found.labelled if item.found.words}


def test_an_unknown_label_with_a_value_at_the_edge_of_the_others_ends_the_value_above() -> None:
    words = (at("无锡市梁溪区砚桥路 8 号", 0.3, 0.2), at("职业介绍、为用人单位推荐劳动者及其他服务", 0.3, 0.228))
    set_off = read(*spread("住所", 0.1, 0.2, 0.16), *spread("许可业务", 0.1, 0.228, 0.16), *words)
    assert set_off["住所"] == "无锡市梁溪区砚桥路8号"
    # Just otherwise: with nothing at the edge of the labels the second line goes on with the first.
    gone_on = read(*spread("住所", 0.1, 0.2, 0.16), *words)
    assert gone_on["住所"].startswith("无锡市梁溪区砚桥路8号职业介绍")


def test_an_unknown_label_with_a_colon_ends_the_value_above() -> None:
    found = read(at("住所：无锡市梁溪区砚桥路 8 号", 0.1, 0.2), at("鉴定场所：砚桥路 9 号", 0.1, 0.226))
    assert found == {"住所": "无锡市梁溪区砚桥路8号"}
    # A scope has headings of its own.
    found = read(at("经营范围：许可类：检验检测；", 0.1, 0.2), at("普通类：计量技术服务", 0.1, 0.226))
    assert found == {"经营范围": "许可类：检验检测；普通类：计量技术服务"}


def test_the_second_line_of_a_label_is_no_other_label() -> None:
    found = read(
        at("住所", 0.1, 0.2),
        at("及经营场所", 0.1, 0.225),
        at("无锡市梁溪区砚桥路 8 号", 0.24, 0.2),
        at("3 幢 402 室", 0.24, 0.225),
    )
    assert found["住所"] == "无锡市梁溪区砚桥路8号3幢402室"


def test_letters_spread_from_further_left_are_no_label_of_this_column() -> None:
    found = read(
        at("住所", 0.161, 0.2),
        at("无锡市梁溪区砚桥路 8 号", 0.329, 0.2),
        *spread("年报提示", 0.123, 0.225, 0.154),
        at("3 幢 402 室", 0.329, 0.225),
    )
    assert found["住所"] == "无锡市梁溪区砚桥路8号3幢402室"


@pytest.mark.parametrize(("size", "whole"), [(0.013, True), (0.022, False)])
def test_a_reminder_in_small_print_beside_a_scope_is_no_label(size: float, whole: bool) -> None:
    found = read(
        *spread("经营范围", 0.16, 0.2, 0.154, 0.024),
        at("许可项目：检验检测服务。一般项目：技术服务、计量技", 0.328, 0.2, 0.014),
        *spread("报提示", 0.163, 0.216, 0.11, size),
        at("术服务；仪器仪表销售", 0.328, 0.216, 0.014),
    )
    assert found["经营范围"].endswith("计量技术服务；仪器仪表销售") is whole


@pytest.mark.parametrize(
    "line",
    [
        "证书编号Certificate No.: LX2025-0117",
        "证书编号 Certificate No.：LX2025-0117",
        "证书编号（Certificate No.）：LX2025-0117",
        "证书编号/Certificate No.: LX2025-0117",
        "证书编号/Number of this paper：LX2025-0117",
    ],
)
def test_a_label_in_both_languages_before_one_value(line: str) -> None:
    found = label_page(page(at(line, 0.1, 0.2)), Vocabulary(LABELS))
    read_there = [readers.number()(item.found) for item in found.labelled if item.found.words]
    assert [field.value for field in read_there if field is not None] == ["LX2025-0117"]


def test_an_english_twin_that_nobody_knows_is_no_part_of_the_value() -> None:
    assert read(at("名称 Organization：无锡砚桥检测有限公司", 0.1, 0.2)) == {"名称": "无锡砚桥检测有限公司"}
    # A name in Latin letters is one, and so is an address of the web.
    assert read(at("名称：Yanqiao Testing Co., Ltd.", 0.1, 0.2)) == {"名称": "Yanqiao Testing Co., Ltd."}
    assert read(at("住所 http://yanqiao.example", 0.1, 0.2)) == {"住所": "http://yanqiao.example"}


def test_another_name_of_a_label_in_brackets_is_no_part_of_the_value() -> None:
    found = read(at("住所（经营场所）", 0.1, 0.2), at("无锡市梁溪区砚桥路 8 号", 0.35, 0.2))
    assert found == {"住所": "无锡市梁溪区砚桥路8号"}
    found = read(at("证书编号", 0.1, 0.2), at("（苏）法计（2023）02017号", 0.25, 0.2))
    assert found == {"证书编号": "（苏）法计（2023）02017号"}


def test_a_number_without_a_figure_is_none() -> None:
    words = (at("证书编号 Certificate", 0.1, 0.2), at("其他证书", 0.1, 0.3))
    found = [item for item in label_page(page(*words), Vocabulary(LABELS)).labelled if item.found.words]
    assert [readers.number()(item.found) for item in found] == [None]


def test_the_founder_of_an_institution_is_not_who_registered_it() -> None:
    """举办单位 names an authority too; the 登记管理机关 stands in the seal."""
    words = (
        at("事业单位法人证书", 0.32, 0.1, 0.045),
        at("统一社会信用代码 12320200MAU22U6N2G", 0.1, 0.3),
        at("名称", 0.1, 0.4),
        at("无锡市砚桥计量测试院", 0.25, 0.4),
        at("法定代表人", 0.1, 0.44),
        at("范皎", 0.25, 0.44),
        at("开办资金", 0.1, 0.48),
        at("300 万元", 0.25, 0.48),
        at("举办单位", 0.1, 0.56),
        at("无锡市市场监督管理局", 0.25, 0.56),
        at("登记管理机关", 0.55, 0.8),
    )
    sealed = document(page(*words, seals=(("无锡市事业单位登记管理局", 0.7, 0.82),)))
    assert sealed.kind == "public_institution_certificate"
    assert sealed.fields["issuing_authority"].value == "无锡市事业单位登记管理局"
    assert "issuing_authority" not in document(page(*words)).fields
    printed = document(page(*words, at("无锡市事业单位登记管理局", 0.6, 0.84)))
    assert printed.fields["issuing_authority"].value == "无锡市事业单位登记管理局"


def test_the_end_of_a_name_and_the_label_behind_it_make_no_label() -> None:
    vocabulary = Vocabulary([*LABELS, "公司住所"])
    words = (at("名称：无锡砚桥检测有限公司", 0.1, 0.2), at("住所：砚桥路 8 号", 0.55, 0.2))
    found = {item.label.text: item.found.lines for item in label_page(page(*words), vocabulary).labelled}
    assert found == {"名称": ("无锡砚桥检测有限公司",), "住所": ("砚桥路 8 号",)}
    alone = label_page(page(at("公司住所：砚桥路 8 号", 0.1, 0.2)), vocabulary).labelled
    assert [item.label.text for item in alone] == ["公司住所"]
