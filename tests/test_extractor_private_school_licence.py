"""民办学校办学许可证: who issues is not who is in charge; neither head teacher nor founder is 法定代表人."""

from __future__ import annotations

from stored_pages import at, centred, document, page, spread, values


def test_original_with_the_number_under_the_title() -> None:
    found = document(
        page(
            centred("中华人民共和国", 0.13, 0.03),
            centred("民办学校办学许可证", 0.18, 0.05),
            centred("（正本）", 0.23, 0.024),
            at("教民132021170000318号", 0.58, 0.28),
            spread("名称", 0.12, 0.35, 0.1),
            at("无锡市漪棠计量检测培训学校", 0.26, 0.35),
            spread("地址", 0.12, 0.4, 0.1),
            at("无锡市滨湖区漪棠路9号3幢二层", 0.26, 0.4),
            spread("校长", 0.12, 0.45, 0.1),
            at("棠二宁", 0.26, 0.45),
            spread("举办者", 0.12, 0.5, 0.1),
            at("漪一鸣", 0.26, 0.5),
            spread("学校类型", 0.12, 0.55, 0.1),
            at("文化教育培训机构", 0.26, 0.55),
            spread("办学内容", 0.12, 0.6, 0.1),
            at("非学历职业培训（检验员、计量员）", 0.26, 0.6),
            spread("主管部门", 0.12, 0.65, 0.1),
            at("无锡市滨湖区教育局", 0.26, 0.65),
            spread("有效期限", 0.12, 0.7, 0.1),
            at("自2024年1月1日至2027年12月31日", 0.26, 0.7),
            at("发证机关：", 0.5, 0.8),
            at("2024年1月1日", 0.58, 0.84),
            seals=(("无锡市滨湖区行政审批局", 0.66, 0.82),),
        )
    )
    assert found.kind == "private_school_licence"
    assert values(found.fields) == {
        "certificate_number": "教民132021170000318号",
        "holder_name": "无锡市漪棠计量检测培训学校",
        "address": "无锡市滨湖区漪棠路9号3幢二层",
        "scope_text": "非学历职业培训（检验员、计量员）",
        "valid_from": "2024-01-01",
        "valid_to": "2027-12-31",
        "issued_on": "2024-01-01",
        "issuing_authority": "无锡市滨湖区行政审批局",
    }


def test_vocational_school_with_labels_on_one_line() -> None:
    found = document(
        page(
            centred("民办学校办学许可证", 0.18, 0.05),
            at("证号：人社民332021100000041号", 0.5, 0.27),
            at("学校名称：无锡市漪棠职业培训学校", 0.12, 0.34),
            at("办学地址：无锡市梁溪区漪棠街5号", 0.12, 0.39),
            at("法定代表人：漪一鸣", 0.12, 0.44),
            at("校长：棠二宁", 0.5, 0.44),
            at("办学内容：计量检定工（初级、中级）", 0.12, 0.49),
            at("有效期限：三年", 0.12, 0.54),
            at("发证机关：无锡市人力资源和社会保障局", 0.12, 0.7),
            at("发证日期：2025年4月1日", 0.12, 0.74),
        )
    )
    assert values(found.fields) == {
        "certificate_number": "人社民332021100000041号",
        "holder_name": "无锡市漪棠职业培训学校",
        "address": "无锡市梁溪区漪棠街5号",
        "legal_representative": "漪一鸣",
        "scope_text": "计量检定工（初级、中级）",
        "valid_to": "2028-03-31",
        "issued_on": "2025-04-01",
        "issuing_authority": "无锡市人力资源和社会保障局",
    }
    assert found.fields["valid_to"].derived
