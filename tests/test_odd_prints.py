"""Print that misleads a reader: numbers that check by chance, strokes behind a date, dirt behind a name, odd terms."""

from __future__ import annotations

import pytest

from papers import invent
from qi_pipeline.extraction import authorities
from qi_pipeline.model import Document, Word
from stored_pages import at, centred, documents, page

BODY = invent.institution(23, division="320205")


def licence(*foot: Word, code: str = "", born: str = "2017年6月16日") -> Document:
    """A licence of 2014 with a 注册号, and these words besides."""
    (found,) = documents(
        page(
            centred("营业执照", 0.1, 0.07),
            at("注册号 320205034399927", 0.55, 0.2),
            at("名称", 0.1, 0.3),
            at(BODY.name, 0.25, 0.3),
            at("法定代表人", 0.1, 0.34),
            at(BODY.person, 0.25, 0.34),
            at("住所", 0.1, 0.38),
            at("江苏省无锡市锡山区石桥路12号3幢405室", 0.25, 0.38),
            at("成立日期", 0.1, 0.42),
            at(born, 0.25, 0.42),
            *([at(code, 0.2, 0.05)] if code else []),
            at("登记机关", 0.55, 0.7),
            *foot,
            at("国家工商行政管理总局监制", 0.6, 0.96),
        )
    )
    return found


def test_a_number_that_checks_by_chance_and_names_no_province_is_no_code() -> None:
    assert "holder_uscc" not in licence(code="320205201706167527").fields
    assert licence(code=BODY.uscc).fields["holder_uscc"].value == BODY.uscc


@pytest.mark.parametrize("behind", [" .", "·", "。", ""])
def test_dirt_behind_a_name_is_no_part_of_it(behind: str) -> None:
    (found,) = documents(
        page(
            centred("测绘资质证书", 0.1, 0.06),
            at(f"单位名称：{BODY.name}{behind}", 0.1, 0.25),
            at("证书编号：32512345", 0.1, 0.3),
            at("发证机关：江苏省自然资源厅", 0.1, 0.35),
            at("有效期至：2028年3月1日", 0.1, 0.4),
        )
    )
    assert found.fields["holder_name"].value == BODY.name


@pytest.mark.parametrize(
    ("pieces", "day"),
    [
        (("2030-01-15", "1 月"), "2030-01-15"),
        (("2030年1月15日", "5"), "2030-01-15"),
        (("2030-01-1", "5 月"), None),
    ],
)
def test_a_stroke_behind_a_whole_date_does_not_hide_it(pieces: tuple[str, str], day: str | None) -> None:
    (found,) = documents(
        page(
            centred("实验室认可证书", 0.1, 0.06),
            at("注册号：CNAS L27542", 0.3, 0.2),
            at("兹证明：", 0.1, 0.25),
            at(BODY.name, 0.3, 0.3),
            at("符合ISO/IEC 17025:2017《检测和校准实验室能力的通用要求》", 0.1, 0.4),
            at("生效日期：2024-01-16", 0.1, 0.5),
            at(f"截止日期：{pieces[0]}", 0.1, 0.54),
            at(pieces[1], 0.42, 0.54),
        )
    )
    field = found.fields["valid_to"]
    assert field.value == day


def test_a_torn_day_is_the_printed_day_rather_than_one_that_a_term_would_give() -> None:
    term = [at("营业期限", 0.1, 0.46), at("二〇一二年八月十九日至二〇三二年八月十八日", 0.25, 0.46)]
    field = licence(*term, at("二年八月十九日", 0.65, 0.8), born="二〇一二年八月十九日").fields["issued_on"]
    assert (field.value, "mended" in field.checks) == ("2012-08-19", True)


def test_a_municipality_has_no_provincial_offices() -> None:
    known = authorities.spelt_out(["上海市"])
    assert {"上海市人力资源和社会保障局", "上海市教育委员会"} <= known
    assert "上海市人力资源和社会保障厅" not in known
    assert "江苏省人力资源和社会保障厅" in known


def test_one_letter_of_a_persons_name_is_printed_and_null() -> None:
    (found,) = documents(
        page(
            centred("营业执照", 0.1, 0.07),
            at("名称", 0.1, 0.3),
            at(BODY.name, 0.25, 0.3),
            at("投资人", 0.1, 0.34),
            at("马", 0.25, 0.34),
            at("住所", 0.1, 0.38),
            at("无锡市锡山区石桥路12号", 0.25, 0.38),
        )
    )
    assert found.fields["legal_representative"].value is None


@pytest.mark.parametrize(("label", "twin"), [("地址", "Address"), ("地 址", "Address")])
def test_a_note_in_brackets_beside_an_english_label_belongs_to_the_address(label: str, twin: str) -> None:
    (found,) = documents(
        page(
            centred("校准证书", 0.05, 0.06),
            at("证书编号:XZ202577221", 0.35, 0.2),
            at("委托单位", 0.15, 0.29),
            at(BODY.name, 0.33, 0.29),
            at(label, 0.15, 0.335),
            at("无锡市锡山区南太西路152号科创园B座636室", 0.33, 0.335),
            at(twin, 0.15, 0.356),
            at("（一照多址）", 0.33, 0.358),
            at("器具名称", 0.15, 0.4),
            at("电子天平", 0.33, 0.4),
        )
    )
    assert found.fields["address"].value == "无锡市锡山区南太西路152号科创园B座636室（一照多址）"
