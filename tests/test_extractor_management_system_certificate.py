"""管理体系认证证书: labelled and unlabelled designs, a spread with its English face, decoys among the dates."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page, values

BODY = institution(3)
CERTIFIER = "漪和国际认证检验有限公司"


def test_labelled_electronic_certificate() -> None:
    found = document(
        page(
            centred("质量管理体系认证证书", 0.2, 0.05),
            at("注册号：88124Q30692R0S", 0.66, 0.28),
            centred("兹 证 明", 0.31, 0.025),
            centred(BODY.name, 0.35, 0.035),
            centred(f"统一社会信用代码：{BODY.uscc}", 0.39),
            at(f"注册地址：{BODY.address}", 0.15, 0.417),
            at("邮编：214635", 0.72, 0.417),
            at("经营地址：无锡市梁溪区漪棠路1号", 0.15, 0.446),
            at("邮编：214635", 0.72, 0.446),
            centred("质量管理体系符合 GB/T19001-2016/ISO9001:2015 标准", 0.48, 0.024),
            centred("质量管理体系适用范围：", 0.52, 0.025),
            centred("计量器具的校准、检测技术服务（资质范围内）、", 0.555, 0.024),
            centred("技术咨询", 0.58, 0.024),
            at("首次发证日期：2019年01月05日", 0.15, 0.62),
            at("发证日期：2025年01月03日", 0.15, 0.64),
            at("证书有效期至：2028年01月02日", 0.57, 0.64),
            at("签发人：", 0.13, 0.72),
            at("此认证证书的有效性以左下角二维码扫描结果为准", 0.28, 0.76, 0.016),
            centred(CERTIFIER, 0.85, 0.026),
            centred("地址：北京市通州区漪和街1号院5层504", 0.876, 0.016),
            seals=((CERTIFIER, 0.78, 0.7),),
        )
    )
    assert found.kind == "management_system_certificate"
    assert values(found.fields) == {
        "certificate_number": "88124Q30692R0S",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "address": BODY.address,
        "scope_text": "计量器具的校准、检测技术服务（资质范围内）、技术咨询",
        "issued_on": "2025-01-03",
        "valid_to": "2028-01-02",
        "issuing_authority": CERTIFIER,
    }


def test_spread_with_english_face_and_no_labels_for_name_and_address() -> None:
    def left(text: str, y: float, size: float = 0.012):
        return centred(text, y, size, x=0.25, landscape=True)

    def right(text: str, y: float, size: float = 0.012):
        return centred(text, y, size, x=0.75, landscape=True)

    found = document(
        page(
            left("环境管理体系认证证书", 0.2, 0.025),
            right("ENVIRONMENTAL MANAGEMENT SYSTEM CERTIFICATE", 0.2, 0.017),
            left("证书号：88124E45211R1M", 0.26),
            right("Certificate No.: 88124E45211R1M", 0.27),
            left(BODY.name, 0.31, 0.02),
            right(BODY.name_en.upper(), 0.31, 0.018),
            left(f"统一社会信用代码：{BODY.uscc}", 0.36),
            right(f"Unified Social Credit Code: {BODY.uscc}", 0.35),
            left(BODY.address, 0.41),
            right("Room 2305, Building B, No.362 Jinyi West Road,", 0.39),
            right("Wuxi City, Jiangsu Province, China", 0.41),
            left("环境管理体系符合", 0.46, 0.015),
            right("Has been audited to conform to Environmental Management System", 0.455),
            left("GB/T 24001-2016/ISO 14001:2015", 0.5, 0.015),
            right("GB/T 24001-2016/ISO 14001:2015", 0.49, 0.015),
            left("适用范围", 0.53),
            right("The Applicable Scope", 0.525),
            left("检测技术服务、计量校准服务、", 0.57),
            left("仪器设备租赁的相关管理活动", 0.6),
            right("Testing and calibration service", 0.56),
            at("初次发证日期  2018年05月29日", 0.09, 0.66, 0.011, landscape=True),
            at("证书颁发日期  2024年05月29日", 0.09, 0.68, 0.011, landscape=True),
            at("证书换发日期  2025年08月08日", 0.09, 0.70, 0.011, landscape=True),
            at("证书有效期至  2027年05月28日", 0.09, 0.72, 0.011, landscape=True),
            at("Date of initial issuance: May. 29, 2018", 0.58, 0.66, 0.011, landscape=True),
            at("Date of issuance: May. 29, 2024", 0.58, 0.68, 0.011, landscape=True),
            at("Date of renewal: Aug. 08, 2025", 0.58, 0.70, 0.011, landscape=True),
            at("Date of expiry: May. 28, 2027", 0.58, 0.72, 0.011, landscape=True),
            at("签发：", 0.06, 0.76, 0.011, landscape=True),
            at(CERTIFIER, 0.3, 0.76, 0.012, landscape=True),
            at("Yihe International Certification Co., Ltd.", 0.7, 0.76, 0.012, landscape=True),
            at("地址：北京市通州区漪和街1号院5层504", 0.1, 0.9, 0.009, landscape=True),
            landscape=True,
        )
    )
    assert found.kind == "management_system_certificate"
    assert values(found.fields) == {
        "certificate_number": "88124E45211R1M",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "address": BODY.address,
        "scope_text": "检测技术服务、计量校准服务、仪器设备租赁的相关管理活动",
        "issued_on": "2024-05-29",
        "valid_to": "2027-05-28",
        "issuing_authority": CERTIFIER,
    }


def test_table_like_certificate_with_all_labels_and_the_certifiers_number() -> None:
    found = document(
        page(
            centred(CERTIFIER, 0.12, 0.03),
            centred("职业健康安全管理体系认证证书", 0.18, 0.045),
            at("证书编号：881-2024-S-0457-R2-M", 0.15, 0.27),
            at(f"获证组织名称：{BODY.name}", 0.15, 0.32),
            at(f"统一社会信用代码：{BODY.uscc}", 0.15, 0.36),
            at(f"注册地址：{BODY.address}", 0.15, 0.4),
            at("认证标准：GB/T 45001-2020/ISO 45001:2018", 0.15, 0.46),
            at("认证覆盖范围：检验检测技术服务及相关的职业健康安全管理", 0.15, 0.5),
            at("活动", 0.29, 0.525),
            at("换证日期：2025年02月10日", 0.15, 0.6),
            at("有效期至：2027年05月19日", 0.15, 0.64),
            at("认证机构批准号：CNCA-R-2018-457", 0.15, 0.7),
            at("总经理：", 0.15, 0.75),
            seals=((CERTIFIER, 0.7, 0.7),),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "881-2024-S-0457-R2-M",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "address": BODY.address,
        "scope_text": "检验检测技术服务及相关的职业健康安全管理活动",
        "issued_on": "2025-02-10",
        "valid_to": "2027-05-19",
        "issuing_authority": CERTIFIER,
    }


def test_english_certificate() -> None:
    found = document(
        page(
            centred("YIHE CERTIFICATION GROUP CO., LTD.", 0.1, 0.03),
            centred("QUALITY MANAGEMENT SYSTEM CERTIFICATE", 0.17, 0.03),
            centred("Certificate No.: YH24Q20391R0M", 0.22),
            centred("This is to certify that", 0.27),
            centred("WUXI YITANG TESTING CO., LTD.", 0.32, 0.03),
            centred("No. 70 Yitang Road, Binhu District, Wuxi, Jiangsu, China", 0.37),
            centred("has been audited and found in conformity with", 0.42),
            centred("ISO 9001:2015", 0.45, 0.025),
            at("Scope: Testing and calibration services", 0.2, 0.5),
            at("Date of Issue: 3 January 2025", 0.2, 0.6),
            at("Valid until: 2 January 2028", 0.2, 0.63),
        )
    )
    assert found.kind == "management_system_certificate"
    assert values(found.fields) == {
        "certificate_number": "YH24Q20391R0M",
        "holder_name": "WUXI YITANG TESTING CO., LTD.",
        "address": "No. 70 Yitang Road, Binhu District, Wuxi, Jiangsu, China",
        "scope_text": "Testing and calibration services",
        "issued_on": "2025-01-03",
        "valid_to": "2028-01-02",
        "issuing_authority": "YIHE CERTIFICATION GROUP CO., LTD.",
    }


def test_bilingual_labels_on_one_line_and_translations_below() -> None:
    found = document(
        page(
            centred("质量管理体系认证证书", 0.15, 0.045),
            centred("QUALITY MANAGEMENT SYSTEM CERTIFICATE", 0.19, 0.022),
            at("证书编号 Certificate No.：04524Q30117R1M", 0.15, 0.25),
            at("兹证明 This is to certify that the Quality Management System of", 0.15, 0.29),
            centred(BODY.name, 0.33, 0.03),
            centred(BODY.name_en, 0.36, 0.022),
            at("统一社会信用代码 USCC：" + BODY.uscc, 0.15, 0.40),
            at("注册地址 Registered Address：" + BODY.address, 0.15, 0.44),
            at("符合 has been found to conform to: GB/T 19001-2016 / ISO 9001:2015", 0.15, 0.5),
            at("认证范围 Scope：", 0.15, 0.54),
            at("检测技术服务", 0.35, 0.54),
            at("Testing technical services", 0.35, 0.565),
            at("首次发证日期 Initial Date：2021-03-02", 0.15, 0.65),
            at("发证日期 Issue Date：2024-03-01", 0.15, 0.68),
            at("有效期至 Valid Until：2027-02-28", 0.15, 0.71),
            centred("漪和认证（北京）有限公司", 0.8, 0.03),
            centred("Yihe Certification (Beijing) Co., Ltd.", 0.83, 0.02),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "04524Q30117R1M",
        "holder_name": BODY.name,
        "holder_uscc": BODY.uscc,
        "address": BODY.address,
        "scope_text": "检测技术服务",
        "issued_on": "2024-03-01",
        "valid_to": "2027-02-28",
        "issuing_authority": "漪和认证（北京）有限公司",
    }


def opened(*lines: str):
    """A certificate of an opening line, sealed by the one that holds it, with no line that names the certifier."""
    return document(
        page(
            centred("质量管理体系认证证书", 0.2, 0.05),
            at("注册号：88124Q30692R0S", 0.2, 0.28),
            *(at(text, 0.2, 0.34 + 0.04 * n) for n, text in enumerate(lines)),
            centred("质量管理体系符合 GB/T19001-2016/ISO9001:2015 标准", 0.48, 0.024),
            at("发证日期：2025年01月03日", 0.15, 0.64),
            at("有效期至：2028年01月02日", 0.57, 0.64),
            seals=((BODY.name, 0.78, 0.7),),
        )
    )


def test_the_holder_on_the_opening_line() -> None:
    found = opened(f"兹证明：{BODY.name}")
    assert found.fields["holder_name"].value == BODY.name
    assert "issuing_authority" not in found.fields


def test_a_seal_may_be_the_holders_where_the_holder_is_unknown() -> None:
    found = opened("兹证明本证书持有者：")
    assert "holder_name" not in found.fields
    assert "holder_unknown" in found.fields["issuing_authority"].checks


def test_a_foreign_certifier_heads_its_paper_with_the_word_alone() -> None:
    words = (
        centred("CERTIFICATE", 0.08, 0.04),
        centred("The Certification Body of", 0.14),
        centred("Nordhaven Certification (China) Co., Ltd.", 0.165),
        centred("certifies that", 0.19),
        centred("Wuxi Yanqiao Testing Technology Co., Ltd.", 0.24, 0.026),
        centred("No. 21 Yanqiao Road, Xinwu District, 214000 Wuxi, Jiangsu", 0.275),
        centred("has established and applies a Quality Management System for", 0.33),
        centred("Provision of material testing services", 0.36),
        centred("ISO 9001:2015", 0.42),
    )
    term = at("The certificate is valid from 2024-06-12 until 2027-06-11.", 0.1, 0.48)
    number = at("Certificate Registration No.: 04 100 24099417", 0.1, 0.51)
    found = document(page(*words, term, number))
    assert found.kind == "management_system_certificate"
    assert values(found.fields) == {
        "certificate_number": "04 100 24099417",
        "holder_name": "Wuxi Yanqiao Testing Technology Co., Ltd.",
        "address": "No. 21 Yanqiao Road, Xinwu District, 214000 Wuxi, Jiangsu",
        "valid_from": "2024-06-12",
        "valid_to": "2027-06-11",
        "issuing_authority": "Nordhaven Certification (China) Co., Ltd.",
    }
    # The word alone, without a standard and a management system, says nothing.
    assert document(page(*words[:6], term, number)).kind == "unknown"
