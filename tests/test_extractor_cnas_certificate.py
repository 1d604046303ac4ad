"""CNAS 认可证书: Chinese and English faces, old and new layouts, annexes for testing and calibration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stored_pages import at, centred, document, page, ruled, values

COMMITTEE = "中国合格评定国家认可委员会"


def chinese(
    *, number: str = "CNAS L27431", title: str = "实验室认可证书", dates: tuple[str, ...], lines: tuple[str, ...]
):
    return page(
        centred("ilac-MRA", 0.1, x=0.38),
        centred("CNAS", 0.1, 0.04, x=0.61),
        centred(COMMITTEE, 0.19, 0.045),
        centred(title, 0.245, 0.04),
        centred(f"（注册号：{number}）", 0.31),
        at("兹证明：", 0.14, 0.37),
        *[centred(line, 0.405 + 0.037 * index, 0.024) for index, line in enumerate(lines)],
        at("符合 ISO/IEC 17025：2017《检测和校准实验室能力的通用要求》", 0.19, 0.555),
        at("（CNAS-CL01《检测和校准实验室能力认可准则》）的要求，具备承担本", 0.15, 0.583),
        at("证书附件所列服务能力，予以认可。", 0.145, 0.614),
        *[at(text, 0.145, 0.70 + 0.027 * index) for index, text in enumerate(dates)],
        at(f"{COMMITTEE}授权人", 0.1, 0.8, 0.028),
        at(
            f"{COMMITTEE}（CNAS）经国家认证认可监督管理委员会（CNCA）授权，负责实施合格评定国家认可制度。",
            0.1,
            0.84,
            0.014,
        ),
        at("本证书的有效性可登陆www.cnas.org.cn获认可的机构名录查询。", 0.1, 0.867, 0.014),
    )


def test_new_layout_with_legal_person_and_wrapped_address() -> None:
    found = document(
        chinese(
            dates=("生效日期：2023-07-02", "截止日期：2029-07-01"),
            lines=(
                "无锡漪棠检测技术有限公司",
                "（法人：无锡漪棠检测技术有限公司）",
                "江苏省无锡市滨湖区漪棠路70号",
                "3号楼1层、2层，214062",
            ),
        )
    )
    assert found.kind == "cnas_certificate"
    assert values(found.fields) == {
        "certificate_number": "CNAS L27431",
        "holder_name": "无锡漪棠检测技术有限公司",
        "address": "江苏省无锡市滨湖区漪棠路70号3号楼1层、2层，214062",
        "valid_from": "2023-07-02",
        "valid_to": "2029-07-01",
        "issuing_authority": COMMITTEE,
    }


def test_old_layout_does_not_take_the_first_accreditation_for_the_issue() -> None:
    found = document(
        chinese(
            dates=("签发日期：2016-02-16", "有效期至：2019-02-15", "初次认可：2010-02-16"),
            lines=("无锡漪棠检测技术有限公司", "江苏省无锡市漪棠路70号3106室,214062"),
        )
    )
    assert found.fields["issued_on"].value == "2016-02-16"
    assert found.fields["valid_to"].value == "2019-02-15"
    assert "valid_from" not in found.fields
    assert found.fields["address"].value == "江苏省无锡市漪棠路70号3106室,214062"


def test_laboratory_of_a_legal_person_keeps_it_in_brackets() -> None:
    found = document(
        chinese(
            number="CNAS IB0931",
            title="检验机构认可证书",
            dates=("生效日期：2023-07-02", "截止日期：2029-07-01"),
            lines=("漪棠产品质量检验中心", "（法人：无锡市漪棠质量检验院）", "江苏省无锡市漪棠路8号，214062"),
        )
    )
    assert found.fields["certificate_number"].value == "CNAS IB0931"
    assert found.fields["holder_name"].value == "漪棠产品质量检验中心（法人：无锡市漪棠质量检验院）"
    assert found.fields["address"].value == "江苏省无锡市漪棠路8号，214062"


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("LABORATORY ACCREDITATION CERTIFICATE", "CNAS L27431"),
        ("CERTIFICATION BODY ACCREDITATION CERTIFICATE", "CNAS C901-M"),
    ],
)
def test_english_face(title: str, number: str) -> None:
    found = document(
        page(
            centred("China National Accreditation Service for Conformity Assessment", 0.19, 0.025),
            centred(title, 0.23, 0.028),
            centred(f"(Registration No. {number} )", 0.257),
            centred("Wuxi Yitang Testing Co., Ltd.", 0.305, 0.027),
            centred("(Legal Entity: Wuxi Yitang Testing Co., Ltd.)", 0.3425, 0.018),
            centred("1&2/F., Building 3, No.70, Yitang East Road, Binhu District,", 0.37),
            centred("Wuxi, Jiangsu, China", 0.401),
            at("is accredited in accordance with ISO/IEC 17025: 2017 General", 0.14, 0.43),
            at("Requirements for the Competence of Testing and Calibration", 0.1, 0.455),
            at("Laboratories for the competence to undertake the service.", 0.1, 0.486),
            at("Effective Date: 2023-07-02", 0.1, 0.6825),
            at("Expiry Date: 2029-07-01", 0.1, 0.7075),
            at("Signed on behalf of China National Accreditation Service for Conformity Assessment", 0.1, 0.77, 0.015),
        )
    )
    assert found.kind == "cnas_certificate"
    assert values(found.fields) == {
        "certificate_number": number,
        "holder_name": "Wuxi Yitang Testing Co., Ltd.",
        "address": "1&2/F., Building 3, No.70, Yitang East Road, Binhu District, Wuxi, Jiangsu, China",
        "valid_from": "2023-07-02",
        "valid_to": "2029-07-01",
        "issuing_authority": "China National Accreditation Service for Conformity Assessment",
    }


def annex(header, rows, *, number: int = 1):
    table, words = ruled([*header, *rows])
    return page(
        centred(COMMITTEE, 0.03, 0.016, landscape=True),
        centred("认可证书附件", 0.06, 0.016, landscape=True),
        at("（注册号：CNAS L27431）", 0.06, 0.1, 0.011, landscape=True),
        at("名称：无锡漪棠检测技术有限公司", 0.06, 0.125, 0.011, landscape=True),
        at("地址：江苏省无锡市漪棠路70号", 0.06, 0.15, 0.011, landscape=True),
        at("生效日期：2023年07月02日", 0.6, 0.125, 0.011, landscape=True),
        at("截止日期：2029年07月01日", 0.6, 0.15, 0.011, landscape=True),
        words,
        number=number,
        landscape=True,
        tables=(table,),
    )


def test_testing_annex_in_its_own_file() -> None:
    header = [
        ["序号", "检测对象", "项目/参数", "<", "领域代码", "检测标准（方法）", "说明", "生效日期"],
        [None, None, "序号", "名称", None, None, None, None],
    ]
    rows = [
        [
            "1",
            "家用和类似用途电器",
            "1",
            "电气强度",
            "0201",
            "家用和类似用途电器的安全 GB 4706.1-2005",
            "只测：冷态",
            "2023-07-02",
        ],
        [None, None, "2", "接地措施", "0201", "IEC 60335-1:2010+A1:2013", "", "2023-07-02"],
    ]
    found = document(annex(header, rows))
    assert found.kind == "cnas_certificate"
    assert found.fields["certificate_number"].value == "CNAS L27431"
    assert found.fields["holder_name"].value == "无锡漪棠检测技术有限公司"
    assert found.fields["valid_to"].value == "2029-07-01"
    assert found.fields["scope_items"].value == [
        {
            "category": "家用和类似用途电器",
            "item": "电气强度",
            "standard": "GB 4706.1-2005",
            "limitation": "只测：冷态",
            "page": 1,
        },
        {
            "category": "家用和类似用途电器",
            "item": "接地措施",
            "standard": "IEC 60335-1:2010",
            "limitation": "",
            "page": 1,
        },
    ]


def test_calibration_annex_keeps_the_range_as_limitation() -> None:
    header = [["序号", "测量仪器名称", "被测量", "校准方法", "测量范围", "扩展不确定度(k=2)", "说明", "生效日期"]]
    rows = [
        ["1", "电子天平", "质量", "电子天平校准规范 JJF 1847-2020", "1mg~200g", "0.2mg", "", "2023-07-02"],
        ["2", "卡尺", "长度", "通用卡尺校准规范 JJF 1255-2010", "(0~300)mm", "0.01mm", "不校深度", "2023-07-02"],
    ]
    found = document(annex(header, rows))
    assert [
        (row["category"], row["item"], row["standard"], row["limitation"]) for row in found.fields["scope_items"].value
    ] == [
        ("电子天平", "质量", "JJF 1847-2020", "1mg~200g"),
        ("卡尺", "长度", "JJF 1255-2010", "(0~300)mm; 不校深度"),
    ]


def test_signatories_of_an_annex_are_no_scope() -> None:
    found = document(
        annex(
            [["序号", "姓名", "授权签字领域", "说明"]],
            [["1", "漪一鸣", "全部检测项目 GB 4706.1-2005", ""], ["2", "棠二宁", "电气项目", ""]],
        )
    )
    assert "scope_items" not in found.fields


def test_number_that_is_printed_but_misread_is_null() -> None:
    found = document(
        chinese(
            number="CNAS L2?4B1",
            dates=("生效日期：2023-07-02", "截止日期：2029-07-01"),
            lines=("无锡漪棠检测技术有限公司", "江苏省无锡市漪棠路70号，214062"),
        )
    )
    assert found.fields["certificate_number"].value is None
    assert found.fields["holder_name"].value == "无锡漪棠检测技术有限公司"


def test_certificate_whose_title_was_not_read() -> None:
    paper = chinese(
        dates=("生效日期：2023-07-02", "截止日期：2029-07-01"),
        lines=("无锡漪棠检测技术有限公司", "江苏省无锡市漪棠路70号，214062"),
    )
    found = document(replace(paper, words=tuple(word for word in paper.words if word.text != "实验室认可证书")))
    assert found.kind == "cnas_certificate"
    assert found.fields["holder_name"].value == "无锡漪棠检测技术有限公司"


def test_a_name_in_one_row_with_the_opening_of_a_page_that_leans() -> None:
    dates = ("生效日期：2023-07-02", "截止日期：2029-07-01")
    lines = ("（法人：无锡漪棠检测技术有限公司）", "江苏省无锡市滨湖区漪棠路70号")
    leaning = chinese(dates=dates, lines=lines)
    raised = replace(leaning, words=(*leaning.words, centred("无锡漪棠检测技术有限公司", 0.375, 0.024)))
    found = document(raised)
    assert found.fields["holder_name"].value == "无锡漪棠检测技术有限公司"
    assert found.fields["address"].value == "江苏省无锡市滨湖区漪棠路70号"
    # Where the name was not found, its legal person is not put in its place.
    assert "holder_name" not in document(leaning).fields
