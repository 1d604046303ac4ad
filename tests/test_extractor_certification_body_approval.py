"""认证机构批准书: portrait with labels, landscape with a period and the number without a label."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page, spread, values

BODY = institution(2)
COMMISSION = "国家认证认可监督管理委员会"


def test_portrait_with_spread_labels_and_scope_over_lines() -> None:
    found = document(
        page(
            centred("认证机构批准书", 0.2, 0.06),
            at("批准号：CNCA-R-2019-617", 0.6, 0.29),
            spread("机构名称", 0.15, 0.36, 0.12),
            at(BODY.name, 0.32, 0.36),
            spread("地址", 0.15, 0.41, 0.12),
            at(BODY.address, 0.32, 0.41),
            spread("法定代表人", 0.15, 0.46, 0.12),
            at(BODY.person, 0.32, 0.46),
            spread("批准范围", 0.15, 0.51, 0.12),
            at("管理体系认证：质量管理体系认证、环境管理体系认证、", 0.32, 0.51),
            at("职业健康安全管理体系认证", 0.32, 0.54),
            at("服务认证：批发业和零售业服务", 0.32, 0.57),
            at("有效期至：2031年06月11日", 0.15, 0.64),
            at("发证日期：2025年06月12日", 0.5, 0.78),
            at("发证机关：", 0.5, 0.74),
            seals=((COMMISSION, 0.7, 0.77),),
        )
    )
    assert found.kind == "certification_body_approval"
    assert values(found.fields) == {
        "certificate_number": "CNCA-R-2019-617",
        "holder_name": BODY.name,
        "address": BODY.address,
        "legal_representative": BODY.person,
        "scope_text": "管理体系认证：质量管理体系认证、环境管理体系认证、"
        "职业健康安全管理体系认证服务认证：批发业和零售业服务",
        "issued_on": "2025-06-12",
        "valid_to": "2031-06-11",
        "issuing_authority": COMMISSION,
    }


def test_landscape_with_a_period_and_no_label_for_number_and_date() -> None:
    def put(text: str, x: float, y: float, size: float = 0.014):
        return at(text, x, y, size, landscape=True)

    found = document(
        page(
            centred("认证机构批准书", 0.2, 0.04, landscape=True),
            centred("CNCA-RF-2021-33", 0.29, 0.014, landscape=True),
            put("机构名称：" + BODY.name, 0.15, 0.38),
            put("机构地址：" + BODY.address, 0.15, 0.44),
            put("业务范围：产品认证", 0.15, 0.5),
            put("有效期：自2021年09月30日至2027年09月29日", 0.15, 0.56),
            put(COMMISSION, 0.6, 0.75),
            put("二〇二一年九月三十日", 0.63, 0.8),
            landscape=True,
        )
    )
    assert values(found.fields) == {
        "certificate_number": "CNCA-RF-2021-33",
        "holder_name": BODY.name,
        "address": BODY.address,
        "scope_text": "产品认证",
        "valid_from": "2021-09-30",
        "valid_to": "2027-09-29",
        "issued_on": "2021-09-30",
        "issuing_authority": COMMISSION,
    }


def test_number_of_another_form_is_printed_and_unreadable() -> None:
    found = document(
        page(
            centred("认证机构批准书", 0.2, 0.06),
            at("批准号：CNCA-R-2O1?-617", 0.6, 0.29),
            at("机构名称：" + BODY.name, 0.15, 0.36),
            at("批准范围：产品认证", 0.15, 0.41),
            at("有效期至：2031年06月11日", 0.15, 0.64),
        )
    )
    assert found.fields["certificate_number"].value is None
    assert found.fields["certificate_number"].raw == "CNCA-R-2O1?-617"
