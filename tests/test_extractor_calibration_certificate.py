"""校准证书 and 检定证书: client, instrument, dates; advice is no validity, a failed verification no certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers.invent import institution
from stored_pages import at, centred, document, documents, page, ruled, spread, values

BODY = institution(9)
LAB = "漪棠计量检测（无锡）有限公司"


def pair(label: str, english: str, value: str, y: float):
    return [*spread(label, 0.15, y, 0.14, 0.019), at(english, 0.15, y + 0.016, 0.012), at(value, 0.34, y)]


def test_bilingual_calibration_certificate_of_two_pages() -> None:
    first = page(
        centred(LAB, 0.07, 0.03),
        centred("校准证书", 0.14, 0.06),
        centred("CALIBRATION CERTIFICATE", 0.19, 0.022),
        centred("证书编号：JL202603121", 0.24),
        pair("委托方", "Client", BODY.name, 0.3),
        pair("地址", "Address", BODY.address, 0.34),
        pair("计量器具名称", "Name of Instrument", "电子天平", 0.38),
        pair("型号/规格", "Model/Specification", "FB-204S", 0.42),
        pair("出厂编号", "Serial No.", "K30664", 0.46),
        pair("制造单位", "Manufacturer", "漪棠衡器（常州）有限公司", 0.5),
        pair("校准依据", "Reference Document", "JJF 1847-2020 电子天平校准规范", 0.54),
        pair("接收日期", "Received Date", "2026年03月09日", 0.58),
        at("校准日期", 0.15, 0.8),
        at("2026 年 03 月 12 日", 0.27, 0.8),
        at("建议复校日期", 0.15, 0.83),
        at("2027 年 03 月 11 日", 0.3, 0.83),
        at("地址：无锡市新吴区漪棠工业园2号 电话：0510-80000000", 0.15, 0.9, 0.013),
        centred("第 1 页 共 2 页", 0.95, 0.016),
        seals=((LAB + "校准专用章", 0.7, 0.8),),
    )
    second = page(
        at("证书编号：JL202603121", 0.12, 0.06),
        centred("校 准 结 果", 0.1, 0.03),
        at("测量点", 0.15, 0.2),
        at("示值误差", 0.4, 0.2),
        at("100 g", 0.15, 0.23),
        at("+0.1 mg", 0.4, 0.23),
        centred("第 2 页 共 2 页", 0.95, 0.016),
        number=2,
    )
    found = document(first, second)
    assert found.kind == "calibration_certificate"
    assert found.pages == (1, 2)
    assert values(found.fields) == {
        "certificate_number": "JL202603121",
        "holder_name": BODY.name,
        "address": BODY.address,
        "instrument_name": "电子天平",
        "instrument_model": "FB-204S",
        "instrument_serial": "K30664",
        "calibrated_on": "2026-03-12",
        "issuing_authority": LAB,
    }


def test_validity_of_the_standards_used_is_not_the_certificates() -> None:
    def standards(top: float):
        table, cells = ruled(
            [
                ["名称", "测量范围", "证书编号", "有效期至"],
                ["标准砝码", "1mg~200g", "LX2025-0417", "2026-11-05"],
            ],
            box=(0.1, top, 0.9, top + 0.08),
        )
        return table, cells

    def first(*more, tables=()):
        return page(
            centred(LAB, 0.07, 0.03),
            centred("校准证书", 0.14, 0.06),
            centred("证书编号：JL202603121", 0.24),
            at("委托方：" + BODY.name, 0.15, 0.3),
            at("器具名称：电子天平", 0.15, 0.35),
            at("校准日期：2026年03月12日", 0.15, 0.8),
            *more,
            tables=tables,
        )

    below, cells = standards(0.5)
    on_the_page = document(first(cells, tables=(below,)))
    table, cells = standards(0.2)
    second = page(
        at("证书编号：JL202603121", 0.12, 0.06),
        centred("第 2 页 共 2 页", 0.95, 0.016),
        cells,
        number=2,
        tables=(table,),
    )
    loose = replace(second, tables=())
    for found in (on_the_page, document(first(), second), document(first(), loose)):
        assert "valid_to" not in found.fields
        assert found.fields["certificate_number"].value == "JL202603121"


def verification(title: str, verdict: str, *dates: str):
    return page(
        centred("无锡市漪棠计量测试院", 0.07, 0.03),
        centred(title, 0.14, 0.06),
        centred("证书编号：XZ-20260877", 0.24),
        at("送检单位：" + BODY.name, 0.15, 0.3),
        at("计量器具名称：数字压力计", 0.15, 0.35),
        at("型号/规格：YT-60（0~60）MPa", 0.15, 0.4),
        at("出厂编号：2208-117", 0.15, 0.45),
        at("制造单位：漪棠仪表厂", 0.15, 0.5),
        at("检定依据：JJG 875-2019", 0.15, 0.55),
        at(f"检定结论：{verdict}", 0.15, 0.6),
        *[at(text, 0.15, 0.78 + 0.03 * index) for index, text in enumerate(dates)],
        at("批准人", 0.6, 0.66),
        at("核验员", 0.6, 0.7),
        seals=(("无锡市漪棠计量测试院检定专用章", 0.7, 0.8),),
    )


def test_verification_certificate_has_a_validity() -> None:
    found = document(verification("检定证书", "合格", "检定日期：2026年1月8日", "有效期至：2027年1月7日"))
    assert found.kind == "calibration_certificate"
    assert values(found.fields) == {
        "certificate_number": "XZ-20260877",
        "holder_name": BODY.name,
        "instrument_name": "数字压力计",
        "instrument_model": "YT-60（0~60）MPa",
        "instrument_serial": "2208-117",
        "calibrated_on": "2026-01-08",
        "valid_to": "2027-01-07",
        "issuing_authority": "无锡市漪棠计量测试院",
    }


def test_own_seal_on_a_copy_does_not_name_the_laboratory() -> None:
    paper = verification("检定证书", "合格", "检定日期：2026年1月8日")
    words = tuple(word for word in paper.words if word.text != "无锡市漪棠计量测试院")
    seal = paper.seals[0]
    # The client's own seal, one letter of it misread.
    own = replace(seal, text=BODY.name[:4] + "某" + BODY.name[5:])
    assert "issuing_authority" not in document(replace(paper, words=words, seals=(own,))).fields
    both = document(replace(paper, words=words, seals=(own, seal))).fields
    assert both["issuing_authority"].value == "无锡市漪棠计量测试院"


@pytest.mark.parametrize(
    ("title", "verdict", "kind"),
    [
        ("检定结果通知书", "不合格", "unknown"),
        # Misread letters, in the title or in half of it, change nothing.
        ("栓定结果通知书", "不合格", "unknown"),
        ("检定结果通知节", "见附页", "unknown"),
        ("检定证书", "不合格", "unknown"),
        ("检定证书", "合格", "calibration_certificate"),
        ("检定证书", "符合0.05级", "calibration_certificate"),
    ],
)
def test_failed_verification_is_no_certificate(title: str, verdict: str, kind: str) -> None:
    paper = verification(title, verdict, "检定日期：2026年1月8日")
    assert [item.kind for item in documents(paper)] == [kind]


@pytest.mark.parametrize(
    ("beside", "number"),
    [
        ("证书编号：LX2026-03381　第 1 页 共 3 页", "LX2026-03381"),
        ("证书编号：LX2026-03381（共3页）", "LX2026-03381"),
        ("Certificate No.: LX2026-03381 Page 1 of 3", "LX2026-03381"),
        ("证书编号：LX2026-03381", "LX2026-03381"),
    ],
)
def test_the_count_of_pages_beside_a_number_is_no_part_of_it(beside: str, number: str) -> None:
    found = document(
        page(
            centred("校准证书", 0.16, 0.05),
            at(beside, 0.3, 0.26),
            at("委托方：无锡漪棠检测技术有限公司", 0.2, 0.34),
            at("器具名称：电子天平", 0.2, 0.4),
            at("出厂编号：B330812", 0.2, 0.46),
            at("校准日期：2026年03月02日", 0.2, 0.8),
        )
    )
    assert found.fields["certificate_number"].value == number
