"""特种设备检验检测机构核准证: items in a table, in an annex, in one paragraph."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page, ruled, values

BODY = institution(6)
HEADER = ["核准项目", "项目代码", "限制范围"]


def test_items_in_a_table_on_the_certificate() -> None:
    table, words = ruled(
        [HEADER, ["电梯定期检验", "DD1", ""], ["起重机械定期检验", "QD1", "限桥式、门式起重机"]],
        box=(0.15, 0.5, 0.85, 0.6),
    )
    found = document(
        page(
            centred("中华人民共和国", 0.15, 0.03),
            centred("特种设备检验检测机构核准证", 0.2, 0.045),
            centred("编号：TS7110423-2028", 0.28),
            at("机构名称：" + BODY.name, 0.15, 0.35),
            at("机构地址：" + BODY.address, 0.15, 0.39),
            at("经审查，核准你机构从事下列项目的检验检测：", 0.15, 0.44),
            words,
            at("有效期至：2028年5月17日", 0.15, 0.66),
            at("发证机关：江苏省市场监督管理局", 0.5, 0.75),
            at("发证日期：2024年5月18日", 0.5, 0.79),
            tables=(table,),
        )
    )
    assert found.kind == "special_equipment_licence"
    assert found.fields["certificate_number"].value == "TS7110423-2028"
    assert found.fields["valid_to"].value == "2028-05-17"
    assert found.fields["scope_text"].value == "电梯定期检验；起重机械定期检验"
    assert found.fields["scope_items"].value == [
        {"category": "DD1", "item": "电梯定期检验", "standard": "", "limitation": "", "page": 1},
        {"category": "QD1", "item": "起重机械定期检验", "standard": "", "limitation": "限桥式、门式起重机", "page": 1},
    ]


def test_items_in_one_paragraph() -> None:
    found = document(
        page(
            centred("特种设备检验机构核准证", 0.2, 0.045),
            at("证书编号：TS7310088-2027", 0.55, 0.28),
            at("单位名称：" + BODY.name, 0.15, 0.35),
            at("住所：" + BODY.address, 0.15, 0.39),
            at("核准项目：锅炉定期检验（GD1）、压力容器定期检验", 0.15, 0.44),
            at("（RD1）", 0.25, 0.465),
            at("有效期：2023年8月2日至2027年8月1日", 0.15, 0.55),
            at("国家市场监督管理总局", 0.55, 0.72),
            at("二○二三年八月二日", 0.58, 0.76),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "TS7310088-2027",
        "holder_name": BODY.name,
        "address": BODY.address,
        "scope_text": "锅炉定期检验（GD1）、压力容器定期检验（RD1）",
        "valid_from": "2023-08-02",
        "valid_to": "2027-08-01",
        "issued_on": "2023-08-02",
        "issuing_authority": "国家市场监督管理总局",
    }
