"""计量标准考核证书: what may be carried out is scope; the table of standards and equipment is not."""

from __future__ import annotations

from dataclasses import replace

from papers.invent import institution
from stored_pages import at, centred, document, page, ruled, values

BODY = institution(4)


def test_table_of_equipment_is_no_scope() -> None:
    equipment, equipment_words = ruled(
        [
            ["名称", "型号", "测量范围", "不确定度", "制造厂及出厂编号", "检定周期"],
            ["标准砝码", "E2", "1mg~200g", "E2等级", "漪棠衡器厂 1204", "1年"],
        ],
        box=(0.08, 0.42, 0.92, 0.5),
    )
    items, items_words = ruled(
        [
            ["名称", "测量范围", "不确定度或准确度等级", "所依据的计量检定规程或技术规范的代号及名称"],
            ["电子天平", "1mg~200g", "Ⅰ级及以下", "JJG 1036-2022 电子天平检定规程"],
            ["架盘天平", "1g~200g", "Ⅳ级", "JJG 156-2016 架盘天平检定规程"],
        ],
        box=(0.08, 0.56, 0.92, 0.7),
    )
    found = document(
        page(
            centred("计量标准考核证书", 0.08, 0.05),
            at("〔2023〕苏量标锡证字第214号", 0.58, 0.15),
            at("计量标准名称：E2等级砝码标准装置", 0.1, 0.2),
            at("计量标准代码：02214500", 0.1, 0.24),
            at("建标单位名称：" + BODY.name, 0.1, 0.28),
            at("地址：" + BODY.address, 0.1, 0.32),
            at("主要计量标准器及配套设备", 0.1, 0.39),
            equipment_words,
            at("可开展的检定或校准项目", 0.1, 0.53),
            items_words,
            at("存放地点：无锡市漪棠路1号计量楼302室", 0.1, 0.73),
            at("发证日期：2023年9月14日", 0.5, 0.8),
            at("有效期至：2028年9月13日", 0.5, 0.84),
            at("主持考核单位：无锡市市场监督管理局", 0.5, 0.88),
            tables=(equipment, items),
        )
    )
    assert found.kind == "measurement_standard_certificate"
    assert values(found.fields) == {
        "certificate_number": "〔2023〕苏量标锡证字第214号",
        "holder_name": BODY.name,
        "address": BODY.address,
        "issued_on": "2023-09-14",
        "valid_to": "2028-09-13",
        "issuing_authority": "无锡市市场监督管理局",
    }
    assert [(row["item"], row["standard"]) for row in found.fields["scope_items"].value] == [
        ("电子天平", "JJG 1036-2022"),
        ("架盘天平", "JJG 156-2016"),
    ]


def test_term_in_years_gives_a_derived_end() -> None:
    paper = page(
        centred("社会公用计量标准证书", 0.2, 0.05),
        at("证书编号：[2021]锡社量标证字第08号", 0.5, 0.28),
        at("计量标准名称：压力表检定装置", 0.15, 0.36),
        at("建标单位：" + BODY.name, 0.15, 0.4),
        at("有效期：五年", 0.15, 0.5),
        at("发证单位：无锡市市场监督管理局", 0.5, 0.7),
        at("发证日期：2021年12月1日", 0.5, 0.74),
    )
    end = document(paper).fields["valid_to"]
    assert (end.value, end.derived) == ("2026-11-30", True)
    without = replace(paper, words=tuple(word for word in paper.words if "五年" not in word.text))
    assert "valid_to" not in document(without).fields
