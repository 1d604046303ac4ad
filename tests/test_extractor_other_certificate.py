"""Other certificates by their printed labels; and what ends like one and is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers.invent import institution
from qi_pipeline.model import Page
from stored_pages import at, centred, document, page, values

BODY = institution(10)


def test_safety_licence_with_the_authority_in_the_seal() -> None:
    found = document(
        page(
            centred("安全生产许可证", 0.28, 0.07),
            centred("（副本）", 0.36, 0.03),
            centred("编号：（苏）JZ安许证字〔2024〕007781-1/2", 0.41),
            at("单位名称：" + BODY.name, 0.1, 0.46),
            at("主要负责人：" + BODY.person, 0.1, 0.5),
            at("单位地址：" + BODY.address, 0.1, 0.54),
            at("经济类型：有限责任", 0.1, 0.59),
            at("许可范围：建筑施工", 0.1, 0.63),
            at("有效期：2024年02月18日至2027年02月17日", 0.1, 0.68),
            at("发证机关：", 0.45, 0.81),
            at("2024年02月18日", 0.6, 0.89),
            seals=(("江苏省住房和城乡建设厅", 0.75, 0.84),),
        )
    )
    assert found.kind == "other_certificate"
    assert values(found.fields) == {
        "certificate_number": "（苏）JZ安许证字〔2024〕007781-1/2",
        "holder_name": BODY.name,
        "legal_representative": BODY.person,
        "address": BODY.address,
        "scope_text": "建筑施工",
        "valid_from": "2024-02-18",
        "valid_to": "2027-02-17",
        "issued_on": "2024-02-18",
        "issuing_authority": "江苏省住房和城乡建设厅",
    }


def test_high_technology_certificate_with_a_term_in_years() -> None:
    found = document(
        page(
            centred("高新技术企业证书", 0.2, 0.06),
            at("企业名称：" + BODY.name, 0.15, 0.35),
            at("证书编号：GR202332001234", 0.55, 0.35),
            at("发证时间：2023年11月6日", 0.15, 0.42),
            at("有效期：三年", 0.55, 0.42),
            at("批准机关：江苏省科学技术厅", 0.15, 0.55),
        )
    )
    assert found.kind == "other_certificate"
    assert found.fields["valid_to"].derived
    assert values(found.fields) == {
        "certificate_number": "GR202332001234",
        "holder_name": BODY.name,
        "issued_on": "2023-11-06",
        "valid_to": "2026-11-05",
        "issuing_authority": "江苏省科学技术厅",
    }


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        (
            "建设工程质量检测机构资质证书",
            ("证书编号：苏建检字第20231107号", "机构名称：{name}", "详细地址：{address}", "法定代表人：{person}"),
        ),
        (
            "漪和检测资质认可证书",
            ("证书编号：YH2023-0117", "单位名称：{name}", "单位地址：{address}", "法定代表人：{person}"),
        ),
        (
            "第二类医疗器械经营备案凭证",
            ("备案编号：苏锡药监械经营备20230117号", "企业名称：{name}", "住所：{address}", "法定代表人：{person}"),
        ),
    ],
)
def test_known_and_unknown_titles(title: str, lines: tuple[str, ...]) -> None:
    found = document(
        page(
            centred(title, 0.15, 0.045),
            *[
                at(line.format(name=BODY.name, address=BODY.address, person=BODY.person), 0.15, 0.28 + 0.05 * index)
                for index, line in enumerate(lines)
            ],
            at("有效期至：2028年01月16日", 0.15, 0.55),
            at("发证机关：江苏省住房和城乡建设厅", 0.5, 0.7),
            at("发证日期：2023年01月17日", 0.5, 0.74),
        )
    )
    assert found.kind == "other_certificate"
    assert values(found.fields) == {
        "certificate_number": lines[0].partition("：")[2],
        "holder_name": BODY.name,
        "address": BODY.address,
        "legal_representative": BODY.person,
        "valid_to": "2028-01-16",
        "issued_on": "2023-01-17",
        "issuing_authority": "江苏省住房和城乡建设厅",
    }


def test_licence_that_names_its_holder_in_a_sentence() -> None:
    found = document(
        page(
            centred("律师事务所执业许可证", 0.15, 0.05),
            at("证号：23202202210117456", 0.5, 0.25),
            at("漪棠（无锡）律师事务所，符合《律师法》规定的条件，准予设立并执业。", 0.12, 0.36, 0.016),
            at("发证机关：江苏省司法厅", 0.5, 0.6),
            at("发证日期：2022年01月11日", 0.5, 0.64),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "23202202210117456",
        "holder_name": "漪棠（无锡）律师事务所",
        "issued_on": "2022-01-11",
        "issuing_authority": "江苏省司法厅",
    }


def test_food_licence_names_other_offices_than_the_issuer() -> None:
    paper = page(
        centred("食品生产许可证", 0.15, 0.05),
        at("生产者名称：" + BODY.name, 0.1, 0.28),
        at("许可证编号：SC10132021100117", 0.6, 0.28),
        at("社会信用代码：" + BODY.uscc, 0.1, 0.33),
        at("法定代表人：" + BODY.person, 0.1, 0.38),
        at("住所：" + BODY.address, 0.1, 0.43),
        at("日常监督管理机构：", 0.5, 0.52, 0.016),
        at("无锡市滨湖区市场监督管理局", 0.68, 0.52, 0.016),
        at("日常监督管理人员：棠二宁", 0.5, 0.56, 0.016),
        at("食品类别：饮料", 0.1, 0.53),
        at("有效期至：2029年07月05日", 0.1, 0.6),
        at("发证机关：", 0.55, 0.65),
        at("2024年07月06日", 0.62, 0.7),
        centred("国家市场监督管理总局监制", 0.9, 0.016),
        seals=(("无锡市行政审批局", 0.7, 0.68),),
    )
    found = document(paper)
    assert found.kind == "other_certificate"
    expected = {
        "certificate_number": "SC10132021100117",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "legal_representative": BODY.person,
        "address": BODY.address,
        "scope_text": "饮料",
        "valid_to": "2029-07-05",
        "issued_on": "2024-07-06",
        "issuing_authority": "无锡市行政审批局",
    }
    assert values(found.fields) == expected
    # A grey copy shows no seal: then nobody is named as the issuer.
    assert "issuing_authority" not in document(replace(paper, seals=())).fields


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        (
            "荣誉证书",
            (BODY.name + "：", "荣获2025年度先进单位，特发此证，以资鼓励。", "证书编号：RY-117", "2026年1月5日"),
        ),
        ("毕业证书", ("学生漪一鸣，性别男", "证书编号：102951202605000117", "校（院）长：棠二宁", "2020年6月30日")),
        (
            "房屋租赁合同",
            ("出租方：棠二宁", "承租方：" + BODY.name, "租赁期限自2025年1月1日至2027年12月31日", "编号：ZL-17"),
        ),
        (
            "江苏增值税专用发票",
            ("名称：" + BODY.name, "地址、电话：" + BODY.address, "发票号码 No. 00117", "开票日期：2025年3月1日"),
        ),
        (
            "职业资格证书",
            ("姓名：漪一鸣", "证书编号：0117", "发证日期：2020年6月30日", "发证机关：无锡市人力资源和社会保障局"),
        ),
        ("产品合格证", ("名称：压力表", "编号：0117", "检验员：05", "出厂日期：2025年3月1日")),
    ],
)
def test_what_is_no_certificate_of_the_institution(title: str, lines: tuple[str, ...]) -> None:
    found = document(
        page(centred(title, 0.15, 0.05), *[at(line, 0.15, 0.3 + 0.06 * index) for index, line in enumerate(lines)])
    )
    assert found.kind not in ("other_certificate", "cma_certificate", "management_system_certificate")


def test_a_service_certificate_names_its_certifier_at_the_foot() -> None:
    def paper(title: str) -> Page:
        return page(
            centred(title, 0.1, 0.05),
            centred("证书编号：CTS-SV-2025-0391", 0.17),
            at("单位名称：无锡砚桥物业服务有限公司", 0.15, 0.25),
            at("地址：无锡市新吴区砚桥路 16 号", 0.15, 0.29),
            at("本次发证日期：2025年05月26日", 0.15, 0.5),
            at("有效期：2025年05月30日～2028年05月29日", 0.15, 0.54),
            at("北京晴衡认证有限公司", 0.15, 0.6),
        )

    found = document(paper("服务认证证书"))
    assert found.kind == "other_certificate"
    assert found.fields["issuing_authority"].value == "北京晴衡认证有限公司"
    assert found.fields["issued_on"].value == "2025-05-26"
    # On another paper a company at the foot is no issuer: it may have translated or printed it.
    assert "issuing_authority" not in document(paper("服务企业资质证书")).fields


def test_labels_of_other_provinces() -> None:
    found = document(
        page(
            centred("建设工程质量检测机构资质证书", 0.1, 0.045),
            at("CATL编号：（苏）建检资综字第 32023017 号", 0.15, 0.2),
            at("机构名称：无锡砚桥检测有限公司", 0.15, 0.24),
            at("注册住所：无锡市新吴区砚桥街道荻溪花园三期", 0.15, 0.28),
            at("208 号", 0.15, 0.305),
            at("法定代表人：施泊身份证号码：320***********0013", 0.15, 0.34),
            at("库房地点：无锡市新吴区砚桥路 9 号", 0.15, 0.38),
            at("发证机关：江苏省住房和城乡建设厅", 0.15, 0.6),
            at("发证日期：2023 年 11 月 27 日", 0.15, 0.64),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "（苏）建检资综字第32023017号",
        "holder_name": "无锡砚桥检测有限公司",
        "address": "无锡市新吴区砚桥街道荻溪花园三期208号",
        "legal_representative": "施泊",
        "issuing_authority": "江苏省住房和城乡建设厅",
        "issued_on": "2023-11-27",
    }
