"""Pages to documents: what they are, what belongs together, what stays unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers import certificates, cma, invent, letter, licence, supporting, words
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import FileReading, Page, Seal
from stored_pages import at, centred, documents, page, reading
from test_annexes import table_page

BODY = invent.institution(11)


def kinds(found: FileReading) -> list[tuple[str, tuple[int, ...]]]:
    return [(document.kind, document.pages) for document in extract([found])]


@pytest.mark.parametrize("noise", [words.EXACT, words.SOME], ids=["exact", "as engines cut"])
def test_a_file_with_everything_is_parted_paper_by_paper(noise: words.Noise) -> None:
    stack = [
        licence.licence(BODY, seed=1),
        cma.certificate(BODY, seed=1).joined(),
        certificates.calibration(BODY, seed=1),
        certificates.calibration(BODY, seed=2),
        letter.letter(BODY, seed=1),
    ]
    expected, first = [], 1
    for paper in stack:
        expected.append((paper.kind, tuple(range(first, first + len(paper.sheets)))))
        first += len(paper.sheets)
    assert kinds(words.reading(stack, "all.pdf", noise=noise)) == expected


@pytest.mark.parametrize("make", [supporting.lease, supporting.invoice, supporting.card, supporting.minutes])
def test_other_papers_stay_unknown(make) -> None:
    assert [kind for kind, _ in kinds(words.reading(make(BODY, seed=3), "x.pdf"))] == ["unknown"]


def test_a_title_in_a_sentence_does_not_make_a_licence() -> None:
    found = documents(
        page(
            centred("关于提交材料的说明", 0.1, 0.03),
            at("我单位现提交营业执照、检验检测机构资质认定证书及其附表各一份，均在有效期内。", 0.1, 0.2),
            at("附件：1. 营业执照", 0.1, 0.25),
            at("2. 检验检测机构资质认定证书", 0.14, 0.28),
        )
    )
    assert [document.kind for document in found] == ["unknown"]


def test_a_dead_paper_is_not_taken_for_a_licence() -> None:
    found = documents(
        page(
            centred("中华人民共和国", 0.1, 0.03),
            centred("组织机构代码证", 0.16, 0.05),
            at("代码：12345678-9", 0.2, 0.3),
            at("机构名称：无锡检测有限公司", 0.2, 0.35),
            at("有效期：自2012年1月1日至2016年1月1日", 0.2, 0.4),
        )
    )
    assert [document.kind for document in found] != ["business_licence"]


@pytest.mark.parametrize(
    "title",
    [
        [centred("营业执照", 0.2, 0.07)],
        [centred("营 业 执 照", 0.2, 0.06)],
        [at(char, 0.2 + 0.16 * n, 0.2, 0.07) for n, char in enumerate("营业执照")],
        [centred("企业法人营业执照", 0.2, 0.05)],
        [centred("營業執照", 0.2, 0.07)],
    ],
    ids=["plain", "spaced", "letters apart", "old title", "traditional"],
)
def test_a_licence_is_known_by_its_title(title) -> None:
    body = [
        at("名称", 0.2, 0.4),
        at("无锡漪棠检测有限公司", 0.32, 0.4),
        at("住所", 0.2, 0.44),
        at("无锡市滨湖区", 0.32, 0.44),
    ]
    found = documents(page(*title, *body, at("登记机关", 0.6, 0.8)))
    assert [document.kind for document in found] == ["business_licence"]


def test_a_licence_whose_gilded_title_is_lost_is_known_by_its_labels() -> None:
    sheet = words.reading(licence.licence(BODY, edition="2019", seed=2), "x.jpg")
    without = replace(
        sheet,
        pages=(replace(sheet.pages[0], words=tuple(w for w in sheet.pages[0].words if "营业执照" not in w.text)),),
    )
    assert [kind for kind, _ in kinds(without)] == ["business_licence"]


def test_a_blank_back_goes_with_the_paper_before_it() -> None:
    stack = [licence.licence(BODY, seed=1), supporting.blank(BODY)]
    assert kinds(words.reading(stack, "x.pdf")) == [("business_licence", (1, 2))]


@pytest.mark.parametrize(("marked", "unread", "sure"), [(True, (2,), False), (False, (), True)])
def test_an_annex_with_a_page_that_nobody_can_read_says_nothing_of_what_it_lacks(
    marked: bool, unread: tuple[int, ...], sure: bool
) -> None:
    table = table_page([["1", "食品", "1.1", "铅", "GB 5009.12-2017", "", ""]])
    title = centred("检验检测机构资质认定证书附表", 0.06, 0.04, landscape=True)
    lost = Page(number=2, width=1754, height=1240, source="none", marked=marked)
    (found,) = documents(replace(table, words=(title, *table.words)), lost)
    assert (found.kind, found.pages, found.unread) == ("cma_certificate", (1, 2), unread)
    assert (found.fields["scope_items"].confidence >= 0.5) is sure


def test_two_licences_in_one_file_are_two_documents() -> None:
    stack = [licence.licence(BODY, seed=1), licence.licence(invent.institution(12), seed=2)]
    assert kinds(words.reading(stack, "x.pdf")) == [("business_licence", (1,)), ("business_licence", (2,))]


def test_extraction_is_deterministic() -> None:
    found = words.reading([licence.licence(BODY, seed=1), letter.letter(BODY, seed=1)], "x.pdf", noise=words.SOME)
    assert extract([found]) == extract([found])


def test_the_poorest_appearance_and_every_seal_are_kept() -> None:
    first = page(centred("营业执照", 0.2, 0.07), at("名称：无锡漪棠检测有限公司", 0.2, 0.4))
    seal = Seal(page=1, box=(0.6, 0.7, 0.8, 0.85), text="无锡漪棠检测有限公司", confidence=0.9)
    (found,) = extract([reading(replace(first, appearance="grey", seals=(seal,)))])
    assert found.appearance == "grey"
    assert found.seals == (seal,)


def test_a_bilingual_spread_is_one_document_read_from_its_chinese_face() -> None:
    size = 0.014
    left = [
        centred("质量管理体系认证证书", 0.12, 0.022, x=0.25, landscape=True),
        at("证书编号：12326Q00123R0S", 0.1, 0.2, size, landscape=True),
        at("获证组织：无锡漪棠检测有限公司", 0.06, 0.3, size, landscape=True),
        at("地址：无锡市滨湖区漪棠路8号", 0.06, 0.35, size, landscape=True),
        at("发证日期：2024年05月29日", 0.06, 0.6, size, landscape=True),
        at("有效期至：2027年05月28日", 0.06, 0.65, size, landscape=True),
    ]
    right = [
        centred("Quality Management System Certificate", 0.12, 0.018, x=0.75, landscape=True),
        at("Certificate No.: 12326Q00123R0S", 0.6, 0.2, size, landscape=True),
        at("Organization: Wuxi Yitang Testing Co., Ltd.", 0.56, 0.3, size, landscape=True),
        at("Address: No. 8 Yitang Road, Wuxi, China", 0.56, 0.35, size, landscape=True),
        at("Date of Issue: 29 May 2024", 0.56, 0.6, size, landscape=True),
        at("Valid until: 28 May 2027", 0.56, 0.65, size, landscape=True),
    ]
    (found,) = documents(page(*left, *right, landscape=True))
    assert found.kind == "management_system_certificate"
    assert found.pages == (1,)
    assert found.fields["holder_name"].value == "无锡漪棠检测有限公司"
    assert found.fields["valid_to"].value == "2027-05-28"


def test_two_certificates_side_by_side_are_two_documents() -> None:
    def half(x: float, code: str) -> list:
        return [
            centred("营业执照", 0.15, 0.05, x=x + 0.22, landscape=True),
            at(f"统一社会信用代码：{code}", x + 0.03, 0.3, 0.014, landscape=True),
            at("名称：无锡漪棠检测有限公司", x + 0.03, 0.4, 0.014, landscape=True),
            at("住所：无锡市滨湖区漪棠路8号", x + 0.03, 0.5, 0.014, landscape=True),
            at("登记机关", x + 0.2, 0.8, 0.014, landscape=True),
        ]

    one, other = invent.institution(1).uscc, invent.institution(2).uscc
    found = documents(page(*half(0.02, one), *half(0.54, other), landscape=True))
    assert [(document.kind, document.fields["holder_uscc"].value) for document in found] == [
        ("business_licence", one),
        ("business_licence", other),
    ]
