"""机构入驻申请表 on paper: ruled and aligned, typed and ticked, over several pages, with other titles and orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers import form as drawn
from papers import invent, words
from papers.sheet import Paper, Sheet
from qi_pipeline.admission.form import form_from_document, form_from_json
from qi_pipeline.extraction.documents import extract
from qi_pipeline.extraction.ticks import chosen
from qi_pipeline.kinds import CATEGORIES, SERVICE_ITEMS
from qi_pipeline.model import Document

CATEGORY_NAMES = {name: key for key, name in CATEGORIES.items()}


def read(paper: Paper, *, ruled: bool = True, noise: words.Noise = words.SOME) -> Document:
    reading = words.reading(paper, "form.pdf", noise=noise)
    if not ruled:
        reading = replace(reading, pages=tuple(replace(page, tables=()) for page in reading.pages))
    (document,) = extract([reading])
    assert document.kind == "application_form"
    return document


@pytest.mark.parametrize("category", list(CATEGORIES))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_ruled_form_gives_every_value(category: str, seed: int) -> None:
    paper = drawn.form(drawn.application(invent.institution(seed, category=category), seed=seed), seed=seed)
    document = read(paper, noise=words.Noise(seed=seed, split_labels=0.3, jitter=0.1))
    assert {name: field.value for name, field in document.fields.items()} == paper.truth


@pytest.mark.parametrize("category", ["inspection_testing", "shared_laboratory", "training"])
def test_an_aligned_form_gives_its_lists(category: str) -> None:
    paper = drawn.form(drawn.application(invent.institution(4, category=category), seed=4), seed=4)
    document = read(paper, ruled=False, noise=words.EXACT)
    for name in ("services", "customer_service", "equipment"):
        assert (document.fields[name].value if name in document.fields else None) == paper.truth.get(name)


@pytest.mark.parametrize("item", list(SERVICE_ITEMS))
def test_every_item_is_known_by_its_name(item: str) -> None:
    app = drawn.application(invent.institution(5), item=item, seed=5)
    services = read(drawn.form(app, seed=5)).fields["services"].value
    assert isinstance(services, list)
    assert isinstance(services[0], dict)
    assert services[0]["item"] == item


@pytest.mark.parametrize("request_", list(drawn.REQUEST_NAMES))
def test_every_request_is_told_by_its_tick(request_: str) -> None:
    app = drawn.application(invent.institution(6), seed=6).but(request=request_)
    assert read(drawn.form(app, seed=6)).fields["request"].value == request_


def test_paper_and_export_give_the_same_form() -> None:
    app = drawn.application(invent.institution(7, category="shared_laboratory"), seed=7)
    import json

    handed_in = form_from_json(json.dumps(app.as_json()).encode(), "application.json")
    scanned = form_from_document(read(drawn.form(app, seed=7)))
    assert scanned.institution == handed_in.institution
    assert scanned.services == handed_in.services
    assert scanned.customer_service == handed_in.customer_service
    assert scanned.equipment == handed_in.equipment
    assert scanned.problems == ()


def test_what_is_left_empty_is_missing() -> None:
    app = drawn.application(invent.institution(8), seed=8).but(
        customer_service=(), omit=("legal_representative", "category")
    )
    document = read(drawn.form(app, seed=8))
    assert {"customer_service", "legal_representative", "category"}.isdisjoint(document.fields)
    form = form_from_document(document)
    assert {each.path for each in form.blocking} == {"institution.legal_representative", "institution.category"}


def other_form(pages: int = 1) -> Paper:
    """A form with other titles, the people first, an item that no table knows, and a list that goes over the page."""
    first = Sheet()
    first.text(105, 20, "线上平台入驻申请表", 7, anchor="centre", face="hei_bold")
    head: list[list[str | None]] = [
        ["单位名称", "宜兴市某某质量服务中心", "信用代码", "12320282MB1234567X"],
        ["负责人", "沈某某", "联系地址", "宜兴市某某路1号"],
        ["机构类别", "□计量 □标准化 ☑质量管理 □知识产权", "<", "<"],
    ]
    top = first.table(20, 32, (30, 60, 30, 50), head, headers=0)
    people: list[list[str | None]] = [["客服姓名", "手机号码", "用工形式"], ["吴某", "13912345678", "□专职 ☑兼职"]]
    top = first.table(20, top + 6, (50, 60, 60), people)
    header: list[str | None] = ["服务内容", "类型", "执行标准"]
    rows: list[list[str | None]] = [
        header, ["卓越绩效辅导", "质量管理咨询", "GB/T 19580-2012"], ["无人机巡检", "无人机服务", ""]
    ]  # fmt: skip
    first.table(20, top + 6, (60, 50, 60), rows)
    sheets = [first]
    if pages == 2:
        second = Sheet()
        second.table(
            20, 20, (60, 50, 60), [["标准化良好行为辅导", "标准化", "GB/T 15496-2017；GB/T 15498-2017"]], headers=0
        )
        sheets.append(second)
    return Paper("application_form", sheets, {})


def test_other_titles_and_orders() -> None:
    document = read(other_form(), noise=words.EXACT)
    assert document.fields["holder_name"].value == "宜兴市某某质量服务中心"
    assert document.fields["category"].value == "quality_management"
    assert document.fields["customer_service"].value == [
        {"name": "吴某", "phone": "13912345678", "employment": "part_time"}
    ]
    assert document.fields["services"].value == [
        {"name": "卓越绩效辅导", "item": "quality_consulting", "standards": ["GB/T 19580-2012"]},
        {"name": "无人机巡检", "item": "无人机服务"},
    ]
    form = form_from_document(document)
    assert [(each.path, each.code) for each in form.blocking] == [("services[1].item", "unknown_value")]


def test_a_list_goes_on_over_the_page_end() -> None:
    services = read(other_form(pages=2), noise=words.EXACT).fields["services"].value
    assert isinstance(services, list)
    assert services[2:] == [
        {"name": "标准化良好行为辅导", "item": "standardization", "standards": ["GB/T 15496-2017", "GB/T 15498-2017"]}
    ]


class TestTicks:
    """Ticks as printed and as recognition reads them."""

    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("☑计量 □标准化 □检验检测", "metrology"),
            ("口计量 回标准化 口检验检测", "standardization"),
            ("□计量 □标准化 √检验检测", "inspection_testing"),
            ("[ ]计量 [√]标准化", "standardization"),
            ("计量□ 标准化☑ 检验检测□", "standardization"),
            ("■质量管理", "quality_management"),
            ("人才培训", "training"),
            ("共享实验室（仪器设备）", "shared_laboratory"),
            ("口计量 标准化 口检验检测", "standardization"),
            ("□计量 □标准化 □检验检测", None),
            ("☑计量 ☑标准化", None),
            ("计量 标准化", None),
            ("□人才培训", None),
            ("其他", None),
        ],
    )
    def test_the_one_that_is_ticked(self, text: str, key: str | None) -> None:
        choice = chosen(text, CATEGORY_NAMES)
        assert (choice.key if choice else None) == key

    def test_a_lost_tick_is_less_firm_than_one_that_is_seen(self) -> None:
        lost, seen = chosen("口计量 标准化", CATEGORY_NAMES), chosen("口计量 ☑标准化", CATEGORY_NAMES)
        assert lost is not None
        assert seen is not None
        assert not lost.firm
        assert seen.firm
