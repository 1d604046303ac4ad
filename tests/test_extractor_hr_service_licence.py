"""人力资源服务许可证: a printed period, 长期, and none at all."""

from __future__ import annotations

import pytest

from papers.invent import institution
from stored_pages import at, centred, document, page, spread, values

BODY = institution(8, category="training")


def paper(*term: str):
    return page(
        centred("人力资源服务许可证", 0.2, 0.05),
        at("编号：320211231047", 0.6, 0.28),
        spread("机构名称", 0.12, 0.35, 0.13),
        at(BODY.name, 0.3, 0.35),
        at("统一社会信用代码", 0.12, 0.39, 0.017),
        at(BODY.uscc, 0.3, 0.39),
        at("法定代表人（负责人）：" + BODY.person, 0.12, 0.43),
        at("住所：" + BODY.address, 0.12, 0.47),
        at("机构性质：民营", 0.12, 0.51),
        at("服务范围：职业中介活动；为劳动者介绍用人单位；", 0.12, 0.55),
        at("开展网络招聘服务", 0.22, 0.575),
        *[at(text, 0.12, 0.63) for text in term],
        at("发证机关：无锡市人力资源和社会保障局", 0.45, 0.76),
        at("二〇二三年八月一日", 0.5, 0.8),
    )


COMMON = {
    "certificate_number": "320211231047",
    "holder_name": BODY.name,
    "holder_uscc": BODY.uscc,
    "legal_representative": BODY.person,
    "address": BODY.address,
    "scope_text": "职业中介活动；为劳动者介绍用人单位；开展网络招聘服务",
    "issued_on": "2023-08-01",
    "issuing_authority": "无锡市人力资源和社会保障局",
}


@pytest.mark.parametrize(
    ("term", "more"),
    [
        (("有效期限：2023年8月1日至2026年7月31日",), {"valid_from": "2023-08-01", "valid_to": "2026-07-31"}),
        (("有效期限：长期",), {"valid_to": None, "long_term": True}),
        (("有效期：三年",), {"valid_to": "2026-07-31"}),
        ((), {}),
    ],
)
def test_terms(term: tuple[str, ...], more: dict[str, object]) -> None:
    found = document(paper(*term))
    assert found.kind == "hr_service_licence"
    assert values(found.fields) == COMMON | more


def test_duplicate_with_the_regional_number_and_a_council_for_approval() -> None:
    found = document(
        page(
            centred("人力资源服务许可证", 0.2, 0.05),
            centred("（副本）", 0.25, 0.024),
            at("许可证编号：（苏）人服证字〔2022〕第0211000123号", 0.4, 0.3),
            at("单位名称：" + BODY.name, 0.12, 0.36),
            at("地    址：" + BODY.address, 0.12, 0.4),
            at("主要负责人：" + BODY.person, 0.12, 0.44),
            at("许可事项：职业中介", 0.12, 0.48),
            at("有效期至：2027年02月28日", 0.12, 0.53),
            at("年度报告情况", 0.12, 0.6),
            at("（发证机关盖章）", 0.5, 0.76),
            at("2022年3月1日", 0.55, 0.8),
            seals=(("无锡市行政审批局", 0.62, 0.78),),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "（苏）人服证字〔2022〕第0211000123号",
        "holder_name": BODY.name,
        "address": BODY.address,
        "legal_representative": BODY.person,
        "scope_text": "职业中介",
        "valid_to": "2027-02-28",
        "issued_on": "2022-03-01",
        "issuing_authority": "无锡市行政审批局",
    }


@pytest.mark.parametrize(
    ("term", "start", "end"),
    [
        ("有效期限：五年（自2023年8月1日起）", "2023-08-01", "2028-07-31"),
        ("有效期限：5年，从2018年8月1日起计算", "2018-08-01", "2023-07-31"),
        ("有效期限：自2023年8月1日起五年", "2023-08-01", "2028-07-31"),
        ("有效期限：2023年8月1日至", "2023-08-01", None),
        ("有效期限：自2023年8月1日起", "2023-08-01", None),
        ("有效期自：2023年8月1日", "2023-08-01", None),
    ],
)
def test_a_period_without_a_last_day_is_reckoned_or_null_and_never_left_out(
    term: str, start: str, end: str | None
) -> None:
    """A licence that prints no term is valid, so a term whose end was lost must not look like none."""
    fields = document(paper(term)).fields
    assert (fields["valid_from"].value, fields["valid_to"].value) == (start, end)
    assert fields["valid_to"].derived is (end is not None)
