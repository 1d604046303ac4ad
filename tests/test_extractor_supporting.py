"""管理制度, 业绩与能力证明, 仪器设备说明, 信用报告: told from each other and from what is nobody's kind."""

from __future__ import annotations

from datetime import date

import pytest

import stored_pages
from papers import form as drawn_form
from papers import invent, letter, supporting, words
from papers.sheet import Paper, Sheet
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Document

BODY = invent.institution(21)


def read(paper: Paper, **how: object) -> Document:
    (document,) = extract([words.reading(paper, "paper.pdf", noise=words.SOME, **how)])  # type: ignore[arg-type]
    return document


def written(title: str, *paragraphs: str, size: float = 7.5) -> Paper:
    """A page with a title and paragraphs of our own."""
    sheet = Sheet()
    sheet.text(105, 26, title, size, face="hei_bold", anchor="centre")
    top = 44.0
    for paragraph in paragraphs:
        top = sheet.paragraph(26, top, 158, paragraph, 4.2, leading=1.6)
    return Paper("unknown", [sheet], {})


@pytest.mark.parametrize(
    "title",
    [
        "质量管理制度汇编",
        "检验检测质量手册",
        "客户服务与投诉处理管理制度",
        "保密制度",
        "程序文件",
        "服务管理制度",
        "投诉处理制度",
    ],
)
def test_rules(title: str) -> None:
    document = read(supporting.rules(BODY, title=title))
    assert document.kind == "management_rules"
    assert document.pages == (1, 2)
    assert document.fields["holder_name"].value == BODY.name


def test_rules_without_a_title_are_known_by_their_articles() -> None:
    paper = written(
        "第一章 总则",
        "第一条 为规范本机构的服务，制定本制度。",
        "第二条 本制度适用于全体人员。",
        "第三条 客服人员应当及时回应客户。",
        size=4.6,
    )
    assert read(paper).kind == "management_rules"


@pytest.mark.parametrize(
    ("name", "beside", "kind"),
    [
        ("质量手册", "文件编号：QM-01", "management_rules"),
        ("服务和投诉控制程序", "第B版第0次修订", "management_rules"),
        ("仪器使用说明", "文件编号：QM-01", "unknown"),
    ],
)
def test_a_page_of_a_manual_is_known_by_the_head_that_runs_over_it(name: str, beside: str, kind: str) -> None:
    page = stored_pages.page(
        stored_pages.at(name, 0.39, 0.08),
        stored_pages.at(beside, 0.6, 0.08),
        stored_pages.at("第1节 公正性声明", 0.36, 0.105),
        stored_pages.at("为保证工作的公正性、独立性和诚实性，管理层特作如下声明：", 0.16, 0.2),
        stored_pages.at("一、严格执行各项要求；", 0.16, 0.25),
        stored_pages.at("二、不受来自商业、财务和其他方面的压力影响；", 0.16, 0.28),
    )
    assert stored_pages.document(page).kind == kind


@pytest.mark.parametrize("title", supporting._PROOFS)
def test_proofs_of_capability(title: str) -> None:
    assert read(supporting.capability(BODY, title=title)).kind == "capability_proof"


@pytest.mark.parametrize("title", ["近三年主要业绩览表", "公司技术能力与业绩概况"])
def test_a_title_that_names_achievements_in_its_own_words(title: str) -> None:
    assert read(supporting.capability(BODY, title=title)).kind == "capability_proof"


@pytest.mark.parametrize("title", ["检验检测委托合同", "技术咨询合同", "委托检测协议书"])
def test_contracts_by_which_it_serves_others(title: str) -> None:
    paper = written(title, "委托方（甲方）：某某机械有限公司", f"受托方（乙方）：{BODY.name}", "乙方按约定出具数据。")
    assert read(paper).kind == "capability_proof"


@pytest.mark.parametrize("title", ["仪器设备情况说明", "仪器设备清单", "设备区域领先情况说明", "主要仪器设备一览表"])
def test_equipment_statements(title: str) -> None:
    document = read(supporting.equipment_statement(BODY, title=title))
    assert document.kind == "equipment_statement"
    assert document.fields["holder_name"].value == BODY.name


@pytest.mark.parametrize("source", ["信用中国", "gsxt"])
def test_credit_reports(source: str) -> None:
    paper = supporting.credit_report(BODY, source=source, printed_on=date(2026, 11, 16))
    document = read(paper)
    assert document.kind == "credit_report"
    for name, value in paper.truth.items():
        assert document.fields[name].value == value
    assert document.fields["issued_on"].value == "2026-11-16"


def test_a_report_that_opens_with_the_licences_data_is_no_licence() -> None:
    sheet = Sheet()
    sheet.text(105, 20, "企业信用信息公示报告", 8, face="hei_bold", anchor="centre")
    sheet.text(26, 36, "营业执照信息", 5, face="hei_bold")
    labels = (
        f"企业名称：{BODY.name}", f"统一社会信用代码：{BODY.uscc}", f"法定代表人：{BODY.person}", "类型：有限责任公司",
        "注册资本：500万元", "成立日期：2015年3月2日", "登记机关：江阴市市场监督管理局", f"住所：{BODY.address}",
        "经营范围：检验检测服务。", "行政处罚信息：无", "列入经营异常名录信息：无",
    )  # fmt: skip
    for number, line in enumerate(labels):
        sheet.text(26, 46 + 8 * number, line, 4.2)
    document = read(Paper("credit_report", [sheet], {}))
    assert document.kind == "credit_report"
    assert document.fields["holder_uscc"].value == BODY.uscc


@pytest.mark.parametrize("name", ["lease", "invoice", "card", "minutes"])
def test_what_is_nobodys_kind_stays_unknown(name: str) -> None:
    assert read(getattr(supporting, name)(BODY)).kind == "unknown"


@pytest.mark.parametrize(
    ("title", "paragraphs"),
    [
        ("购销合同", ("甲方（买方）：某某检测有限公司", "乙方（卖方）：某某仪器有限公司", "附件：设备清单")),
        ("设备采购合同", ("甲方：某某检测有限公司", "乙方：某某仪器有限公司", "型号 编号 数量 原值")),
        ("设备租赁合同", ("出租方（甲方）：某某公司", "承租方（乙方）：某某公司", "设备型号、数量见清单。")),
        ("物业服务合同", ("甲方：某某公司", "乙方：某某物业公司", "服务内容：保洁。")),
        ("劳动合同书", ("甲方：某某公司", "乙方：张某", "工作岗位：检验员。")),
        ("检测报告", ("报告编号：2026-001", "委托单位：某某公司", "检测项目：铅", "检测结果：合格")),
        (
            "实验室管理规范",
            ("1 范围", "本文件规定了实验室的管理。", "2 规范性引用文件", "下列文件。", "3 术语和定义", "下列术语。"),
        ),
        ("居民身份证", ("姓名 张某", "公民身份号码 320281190001010000")),
        ("信用承诺书", ("我单位承诺诚信经营。", "我单位承诺依法纳税。", "我单位承诺公平竞争。")),
        ("会议签到表", ("姓名 单位 电话", "张某 某某公司 0510-80000000")),
    ],
)
def test_neighbours_stay_unknown(title: str, paragraphs: tuple[str, ...]) -> None:
    assert read(written(title, *paragraphs)).kind == "unknown"


def test_a_standard_named_like_rules_is_unknown() -> None:
    paper = written(
        "检验检测机构管理办法",
        "本标准规定了要求。",
        "规范性引用文件",
        "术语和定义",
        "第一条 本办法适用。",
        "第二条 本办法。",
    )
    assert read(paper).kind == "unknown"


def test_papers_in_one_file_are_told_apart() -> None:
    papers = [
        letter.letter(BODY),
        supporting.rules(BODY, title="保密制度"),
        supporting.capability(BODY, title="技术服务合同"),
        supporting.equipment_statement(BODY, title="仪器设备清单"),
        supporting.credit_report(BODY),
        drawn_form.form(drawn_form.application(BODY)),
        supporting.lease(BODY),
    ]
    documents = extract([words.reading(papers, "all.pdf")])
    assert [document.kind for document in documents] == [paper.kind for paper in papers]
    assert [len(document.pages) for document in documents] == [len(paper.sheets) for paper in papers]
