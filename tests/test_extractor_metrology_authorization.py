"""计量授权证书: with items in the text, and with annex tables for verification and calibration."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page, ruled, values

BODY = institution(5)


def test_items_in_the_certificate_and_the_authority_beside_the_date() -> None:
    found = document(
        page(
            centred("专项计量授权证书", 0.2, 0.05),
            at("（锡）量授〔2024〕第031号", 0.58, 0.28),
            at("被授权单位：" + BODY.name, 0.15, 0.36),
            at("地    址：" + BODY.address, 0.15, 0.41),
            at("授权项目：电子天平、数字指示秤、砝码的检定；", 0.15, 0.47),
            at("压力表的检定", 0.25, 0.495),
            at("有效期至：2029年3月14日", 0.15, 0.58),
            at("无锡市市场监督管理局（盖章）", 0.52, 0.74),
            at("2024年3月15日", 0.56, 0.78),
        )
    )
    assert found.kind == "metrology_authorization"
    assert values(found.fields) == {
        "certificate_number": "（锡）量授〔2024〕第031号",
        "holder_name": BODY.name,
        "address": BODY.address,
        "scope_text": "电子天平、数字指示秤、砝码的检定；压力表的检定",
        "valid_to": "2029-03-14",
        "issued_on": "2024-03-15",
        "issuing_authority": "无锡市市场监督管理局",
    }


def annex(title: str, rows: list[list[str | None]], number: int):
    table, words = ruled(
        [["序号", "项目（器具）名称", "测量范围", "准确度等级或不确定度", "依据规程/规范", "备注"], *rows]
    )
    return page(
        centred("计量授权证书附件", 0.05, 0.018, landscape=True),
        centred(title, 0.1, 0.014, landscape=True),
        at("证书编号：（国）法计（2023）01023号", 0.06, 0.14, 0.011, landscape=True),
        words,
        number=number,
        landscape=True,
        tables=(table,),
    )


def test_annexes_for_verification_and_calibration() -> None:
    found = document(
        page(
            centred("法定计量检定机构", 0.16, 0.05),
            centred("计量授权证书", 0.22, 0.055),
            at("证书编号：（国）法计（2023）01023号", 0.5, 0.3),
            at("机构名称：" + BODY.name, 0.15, 0.37),
            at("地址：" + BODY.address, 0.15, 0.42),
            at("授权项目：见附件", 0.15, 0.47),
            at("有效期至：2028年10月08日", 0.15, 0.55),
            at("发证日期：2023年10月09日", 0.5, 0.72),
            at("发证机关：国家市场监督管理总局", 0.5, 0.76),
        ),
        annex("检定项目", [["1", "电子天平", "1mg~50kg", "Ⅱ级", "JJG 1036-2022", ""]], 2),
        annex("校准项目", [["1", "卡尺", "(0~500)mm", "U=0.01mm", "JJF 1255-2010", "只校外径"]], 3),
    )
    assert found.pages == (1, 2, 3)
    assert found.fields["certificate_number"].value == "（国）法计（2023）01023号"
    assert found.fields["issuing_authority"].value == "国家市场监督管理总局"
    assert found.fields["scope_items"].value == [
        {"category": "", "item": "电子天平", "standard": "JJG 1036-2022", "limitation": "1mg~50kg", "page": 2},
        {"category": "", "item": "卡尺", "standard": "JJF 1255-2010", "limitation": "(0~500)mm; 只校外径", "page": 3},
    ]
