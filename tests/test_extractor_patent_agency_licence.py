"""专利代理机构执业许可证: company and partnership; its number is the 机构代码, and it prints no expiry."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page, values

BODY = institution(7, category="intellectual_property")


def put(text: str, x: float, y: float, size: float = 0.014):
    return at(text, x, y, size, landscape=True)


def test_partnership_in_two_columns() -> None:
    found = document(
        page(
            centred("专利代理机构执业许可证", 0.2, 0.035, landscape=True),
            centred("（副本）", 0.27, 0.016, landscape=True),
            put("机构名称：" + BODY.name, 0.1, 0.36),
            put("机构代码：32814", 0.1, 0.43),
            put("组织形式：合伙企业", 0.1, 0.5),
            put("执行事务合伙人：漪一鸣", 0.1, 0.57),
            put("统一社会信用代码：" + BODY.uscc, 0.55, 0.36),
            put("经营场所：" + BODY.address, 0.55, 0.43),
            put("合伙人：漪一鸣、棠二宁", 0.55, 0.5),
            put("批准日期：2019年05月06日", 0.55, 0.57),
            put("国家知识产权局", 0.62, 0.76),
            put("发证日期：2022年04月12日", 0.58, 0.82),
            landscape=True,
        )
    )
    assert found.kind == "patent_agency_licence"
    assert values(found.fields) == {
        "certificate_number": "32814",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "entity_type": "合伙企业",
        "legal_representative": "漪一鸣",
        "address": BODY.address,
        "issued_on": "2022-04-12",
        "issuing_authority": "国家知识产权局",
    }


def test_company_with_the_office_only_in_the_seal() -> None:
    found = document(
        page(
            centred("专利代理机构执业许可证", 0.2, 0.05),
            at("编号：ZL-0314", 0.6, 0.27),
            at("专利代理机构名称：" + BODY.name, 0.12, 0.34),
            at("机 构 代 码：32907", 0.12, 0.39),
            at("住    所：" + BODY.address, 0.12, 0.44),
            at("法定代表人：" + BODY.person, 0.12, 0.49),
            at("2023年11月3日", 0.6, 0.76),
            seals=(("国家知识产权局", 0.68, 0.75),),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "32907",
        "holder_name": BODY.name,
        "address": BODY.address,
        "legal_representative": BODY.person,
        "issued_on": "2023-11-03",
        "issuing_authority": "国家知识产权局",
    }
