"""检验检测机构资质认定证书: certificate, older papers, annex alone and with its certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stored_pages import at, centred, document, documents, page, ruled, spread, values

NUMBER = "221012340567"
HEADER = [
    "序号",
    "类别（产品/项目/参数）",
    "产品/项目/参数",
    "<",
    "依据的标准（方法）名称及编号（含年号）",
    "限制范围",
    "说明",
]
UNDER = [None, None, "序号", "名称", None, None, None]


def certificate(*, mark: str = NUMBER, spread_labels: bool = False, number: int = 1, no: str = NUMBER):
    labels = (
        [spread("名称", 0.18, 0.43, 0.07), spread("地址", 0.18, 0.49, 0.07)]
        if spread_labels
        else [at("名称：", 0.18, 0.43), at("地址：", 0.18, 0.49)]
    )
    return page(
        centred("检验检测机构", 0.26, 0.045),
        centred("资质认定证书", 0.31, 0.06),
        at("证书编号：" + no, 0.57, 0.385),
        *labels,
        at("无锡漪棠检测技术有限公司", 0.26, 0.43),
        at("无锡市滨湖区漪棠路128号附88号2-10层漪棠科创园（一", 0.26, 0.49),
        at("期）4层", 0.26, 0.512),
        at("经审查，你机构已具备国家有关法律、行政法规规定的基", 0.22, 0.54),
        at("本条件和能力，现予批准，可以向社会出具具有证明作用的数", 0.18, 0.568),
        at("据和结果，特发此证。资质认定包括检验检测机构计量认证。", 0.18, 0.596),
        at("检验检测能力及授权签字人见证书附表。", 0.22, 0.624),
        at("许可使用标志", 0.22, 0.73, 0.028),
        at("MA", 0.25, 0.77, 0.05),
        at(mark, 0.235, 0.828),
        at("发证日期：2022年04月18日", 0.49, 0.73),
        at("有效期至：2028年04月17日", 0.49, 0.768),
        at("发证机关：江苏省市场监督管理局", 0.49, 0.806),
        at("请在有效期届满前3个月提出复查申请，不再另行通知。", 0.22, 0.86),
        at("本证书由国家认证认可监督管理委员会监制，在中华人民共和国境内有效。", 0.2, 0.895, 0.016),
        number=number,
    )


def annex_page(rows, *, number: int, header: bool = True, title: str | None = None, box_top: float = 0.2):
    table, words = ruled(
        [*([HEADER, UNDER] if header else []), *rows],
        box=(0.05, box_top, 0.95, 0.9),
        widths=[1, 3, 1, 3, 8, 3, 2],
    )
    return page(
        *([centred(title, 0.06, 0.016, landscape=True)] if title else []),
        at(f"证书编号：{NUMBER}", 0.06, 0.12, 0.011, landscape=True),
        at("机构名称：无锡漪棠检测技术有限公司", 0.35, 0.12, 0.011, landscape=True),
        words,
        centred(f"第 {number} 页 共 9 页", 0.95, 0.01, landscape=True),
        number=number,
        landscape=True,
        tables=(table,),
    )


@pytest.mark.parametrize("spread_labels", [False, True])
def test_certificate_with_wrapped_address_above_the_statement(spread_labels: bool) -> None:
    found = document(certificate(spread_labels=spread_labels))
    assert found.kind == "cma_certificate"
    assert values(found.fields) == {
        "certificate_number": NUMBER,
        "holder_name": "无锡漪棠检测技术有限公司",
        "address": "无锡市滨湖区漪棠路128号附88号2-10层漪棠科创园（一期）4层",
        "issued_on": "2022-04-18",
        "valid_to": "2028-04-17",
        "issuing_authority": "江苏省市场监督管理局",
    }
    assert found.fields["valid_to"].page == 1
    assert found.fields["valid_to"].box[1] == pytest.approx(0.768, abs=0.01)


def test_number_under_the_mark_is_taken_where_the_labelled_one_is_lost() -> None:
    paper = certificate()
    lost = replace(paper, words=tuple(word for word in paper.words if not word.text.startswith("证书编号")))
    field = document(lost).fields["certificate_number"]
    assert field.value == NUMBER
    assert field.box[1] == pytest.approx(0.828, abs=0.01)
    without = replace(lost, words=tuple(word for word in lost.words if word.text != NUMBER))
    assert "certificate_number" not in document(without).fields


def test_certificate_whose_ornate_title_was_not_read() -> None:
    paper = certificate()
    words = tuple(word for word in paper.words if word.text != "检验检测机构" and word.text != "资质认定证书")
    found = document(replace(paper, words=words))
    assert found.kind == "cma_certificate"
    assert found.fields["holder_name"].value == "无锡漪棠检测技术有限公司"


def test_old_certificate_of_metrology_accreditation() -> None:
    found = document(
        page(
            centred("资质认定", 0.16, 0.05),
            centred("计量认证证书", 0.21, 0.06),
            at("证书编号：2013100124Z", 0.55, 0.31),
            at("名称：", 0.16, 0.38),
            at("无锡漪棠质量检测站", 0.25, 0.38),
            at("地址：", 0.16, 0.43),
            at("无锡市漪棠路9号（214000）", 0.25, 0.43),
            at("经审查，你机构已具备国家有关法律、行政法规规定的基本", 0.2, 0.5),
            at("条件和能力，现予批准。", 0.16, 0.53),
            at("发证日期：二〇一三年六月七日", 0.5, 0.7),
            at("有效日期：二〇一六年六月六日", 0.5, 0.74),
            at("发证机关：江苏省质量技术监督局", 0.5, 0.78),
        )
    )
    assert found.kind == "cma_certificate"
    assert values(found.fields) == {
        "certificate_number": "2013100124Z",
        "holder_name": "无锡漪棠质量检测站",
        "address": "无锡市漪棠路9号（214000）",
        "issued_on": "2013-06-07",
        "valid_to": "2016-06-06",
        "issuing_authority": "江苏省质量技术监督局",
    }


def test_annex_follows_its_certificate_and_gives_one_item_a_row() -> None:
    rows = [
        ["1", "食品", "1.1", "铅", "《食品安全国家标准 食品中铅的测定》\nGB 5009.12-2017", "只测第一法", ""],
        [None, None, "1.2", "镉", "食品安全国家标准 食品中镉的测定 GB 5009.15-2014", "/", ""],
        [
            "2",
            "水和废水",
            "2.1",
            "浊度",
            "水质 浊度的测定 GB/T\n13200-1991\n生活饮用水 GB/T 5750.4-2006(2.1)",
            "",
            "扩项",
        ],
    ]
    found = document(certificate(), annex_page(rows, number=2, title="二、批准的检验检测能力范围"))
    assert found.pages == (1, 2)
    assert not found.annex_only
    assert found.fields["holder_name"].page == 1
    assert found.fields["scope_items"].page == 2
    assert found.fields["scope_items"].value == [
        {"category": "食品", "item": "铅", "standard": "GB 5009.12-2017", "limitation": "只测第一法", "page": 2},
        {"category": "食品", "item": "镉", "standard": "GB 5009.15-2014", "limitation": "", "page": 2},
        {
            "category": "水和废水",
            "item": "浊度",
            "standard": "GB/T 13200-1991; GB/T 5750.4-2006",
            "limitation": "",
            "page": 2,
        },
    ]


def test_annex_in_its_own_file_with_cover_and_signatories() -> None:
    cover = page(
        centred("检验检测机构", 0.15, 0.04),
        centred("资质认定证书附表", 0.2, 0.05),
        centred(NUMBER, 0.4, 0.03),
        at("机构名称：无锡漪棠检测技术有限公司", 0.2, 0.5),
        at("批准日期：2022年04月18日", 0.2, 0.55),
        at("有效期至：2028年04月17日", 0.2, 0.6),
        at("批准部门：江苏省市场监督管理局", 0.2, 0.65),
        centred("国家认证认可监督管理委员会制", 0.9),
    )
    people, words = ruled(
        [
            ["序号", "姓名", "职务/职称", "批准授权签字领域", "备注"],
            ["1", "漪一鸣", "技术负责人/高级工程师", "食品全部项目，GB 5009.12-2017", ""],
            ["2", "棠二宁", "质量负责人", "水和废水全部项目", ""],
        ]
    )
    signatories = page(
        centred("一、批准的授权签字人及领域表", 0.06, 0.016, landscape=True),
        words,
        number=2,
        landscape=True,
        tables=(people,),
    )
    ability = annex_page(
        [["1", "食品", "1.1", "铅", "GB 5009.12-2017", "", ""]], number=3, title="二、批准的检验检测能力范围"
    )
    found = document(cover, signatories, ability)
    assert found.kind == "cma_certificate"
    assert found.annex_only
    assert values(found.fields) == {
        "certificate_number": NUMBER,
        "holder_name": "无锡漪棠检测技术有限公司",
        "issued_on": "2022-04-18",
        "valid_to": "2028-04-17",
        "issuing_authority": "江苏省市场监督管理局",
    }
    assert [row["item"] for row in found.fields["scope_items"].value] == ["铅"]


@pytest.mark.parametrize("title", [None, "批准无锡漪棠检测技术有限公司检验检测的能力范围"])
def test_a_cover_and_its_tables_are_no_front(title: str | None) -> None:
    cover = page(
        centred("检验检测机构", 0.15, 0.04),
        centred("资质认定证书附表", 0.2, 0.05),
        at(f"证书编号：{NUMBER}", 0.2, 0.4),
        at("机构名称：无锡漪棠检测技术有限公司", 0.2, 0.5),
        at("有 效 期：2028年04月17日", 0.2, 0.6),
    )
    table = annex_page([["4", "土壤", "4.7", "汞", "HJ 680-2013", "", ""]], number=2, title=title)
    assert document(cover, table).annex_only
    assert not document(certificate(), replace(cover, number=2), replace(table, number=3)).annex_only


def test_annex_page_cropped_from_its_file() -> None:
    found = document(annex_page([["4", "土壤", "4.7", "汞", "HJ 680-2013", "", ""]], number=7))
    assert found.kind == "cma_certificate"
    assert found.fields["certificate_number"].value == NUMBER
    assert found.fields["scope_items"].value == [
        {"category": "土壤", "item": "汞", "standard": "HJ 680-2013", "limitation": "", "page": 7}
    ]


def test_two_certificates_in_one_file_stay_two() -> None:
    found = documents(certificate(), certificate(number=2, no="221012340999", mark="221012340999"))
    assert [item.pages for item in found] == [(1,), (2,)]


def test_letter_that_mentions_the_certificate_is_none() -> None:
    found = document(
        page(
            centred("关于报送材料的函", 0.1, 0.03),
            at("江苏省市场监督管理局：", 0.1, 0.2),
            at("我公司已取得检验检测机构资质认定证书，证书编号见附件，有效期至2028年，", 0.14, 0.24),
            at("现将有关材料报送如下。", 0.1, 0.27),
            at("2026年3月1日", 0.7, 0.5),
        )
    )
    assert found.kind == "unknown"


@pytest.mark.parametrize(
    ("mark", "source", "read", "told"),
    [
        (NUMBER, "text_layer", 0.99, False),
        ("221012340999", "text_layer", 0.99, True),
        ("221012340561", "text_layer", 0.99, True),
        (NUMBER, "ocr", 0.99, False),
        ("221012340561", "ocr", 0.94, False),  # one figure, none too clear: misread sooner than another number
        ("221012340561", "ocr", 0.97, True),
        ("181099990001", "ocr", 0.94, True),
    ],
)
def test_another_number_under_the_mark_is_for_a_person(mark: str, source: str, read: float, told: bool) -> None:
    paper = replace(certificate(mark=mark), source=source)
    words = [replace(word, confidence=read) if word.text == mark else word for word in paper.words]
    found = document(replace(paper, words=tuple(words)))
    number = found.fields["certificate_number"]
    assert number.value == NUMBER
    assert ("other_number" in number.checks) is told


@pytest.mark.parametrize(("no", "told"), [(NUMBER, False), ("221012340999", True)])
def test_an_annex_of_another_number_is_for_a_person(no: str, told: bool) -> None:
    annex = annex_page(
        [["1", "水", "pH", "1", "水质 pH值的测定 HJ 1147-2020", "", ""]], number=2, title=f"证书编号：{no}"
    )
    found = document(certificate(), annex)
    assert ("other_number" in found.fields["certificate_number"].checks) is told
