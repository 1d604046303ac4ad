"""Values without a label of their own: dates that stand alone, authorities under seals, codes whose label is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers import invent
from qi_pipeline.extraction import entities, loose, places
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.model import Field, Page
from stored_pages import at, page


def authority(text: str, seal: str, *, confidence: float = 0.97) -> str:
    line = at(text, 0.4, 0.7)
    shown = page(line, seals=((seal, 0.5, 0.71),))
    shown = replace(shown, seals=tuple(replace(found, confidence=confidence) for found in shown.seals))
    field = Field(value=text, raw=text, confidence=0.97, page=1, box=line.box)
    return str(loose.authority_under_seal((shown,), field).value)


@pytest.mark.parametrize(
    "printed",
    ["江葬省自然资源厅", "江省自然资源厅", "汪苏省自然资源厅", "发证机关苏省自然资源厅"],
)
def test_an_authority_misread_under_its_seal_is_spelled_as_the_seal_does(printed: str) -> None:
    assert authority(printed, "江苏省自然资源厅") == "江苏省自然资源厅"


def test_an_authority_stays_as_printed_where_the_seal_says_something_else_or_is_not_sure() -> None:
    assert authority("无锡市惠山区市场监督管理局", "江苏省自然资源厅") == "无锡市惠山区市场监督管理局"
    assert authority("江葬省自然资源厅", "江苏省自然资源厅", confidence=0.8) == "江葬省自然资源厅"
    assert authority("江苏省自然资源厅", "无锡汀屹石检测技术有限公司") == "江苏省自然资源厅"


def test_a_date_that_lost_its_zero_is_read_but_less_sure() -> None:
    def field(text: str) -> Field:
        return loose.date_field(loose.loose_dates(page(at(text, 0.6, 0.8)))[0])

    whole, lost = field("二〇二四年六月二日"), field("二二四年六月二日")
    assert whole.value == lost.value == "2024-06-02"
    assert whole.confidence > 0.95
    assert lost.confidence <= 0.85


def test_a_code_that_proves_itself_needs_no_label_but_two_are_nobodys() -> None:
    one, other = invent.institution(3).uscc, invent.institution(4).uscc

    def code(*pages: Page) -> object:
        found = entities.finish(DocumentPages(file="a.jpg", pages=pages), {})
        return found["holder_uscc"].value if "holder_uscc" in found else None

    assert code(page(at(one, 0.6, 0.2))) == one
    assert code(page(at(f"一社会信用代码{one}", 0.5, 0.2), at(one, 0.1, 0.9))) == one
    assert code(page(at(one, 0.6, 0.2), at(other, 0.1, 0.9))) is None
    wrong = one[:-1] + ("1" if one[-1] != "1" else "2")
    assert code(page(at(wrong, 0.6, 0.2))) is None


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("天锡市新吴区市场监督管理局", "无锡市新吴区市场监督管理局"),
        ("锡市行政审批局", "无锡市行政审批局"),
        ("主无锡市行政审批局", "无锡市行政审批局"),
        ("汪苏省自然资源厅", "江苏省自然资源厅"),
        ("江省科学技术厅", "江苏省科学技术厅"),
        ("无锡市行政审批局", None),
        ("江阴市行政审批局", None),
        ("浙江省自然资源厅", None),
        ("国家认证认可监督管理委员会", None),
        ("滨湖区行政审批局", None),
    ],
)
def test_an_authoritys_place_is_mended_by_the_papers_other_places(read: str, meant: str | None) -> None:
    found = places.places_of("无锡市新吴区棠西路1号", "913202144MA1XYZ")
    assert places.mended(read, found) == meant


def test_another_city_that_differs_in_one_letter_is_left_as_read() -> None:
    assert places.mended("泰州市行政审批局", ["苏州市", "江苏省"]) is None
    assert places.mended("镇江市行政审批局", ["靖江市", "江苏省"]) is None
