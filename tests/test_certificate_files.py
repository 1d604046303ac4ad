"""Several certificates in one file: which pages belong together."""

from __future__ import annotations

from papers import certificates, cma, invent, words
from qi_pipeline.extraction.documents import extract
from stored_pages import at, centred, documents, page, ruled

BODY = invent.institution(5)


def found(*papers: object) -> list[tuple[str, tuple[int, ...]]]:
    reading = words.reading(list(papers), "all.pdf")
    return [(document.kind, document.pages) for document in extract([reading])]


def test_three_management_systems_of_one_holder_are_three() -> None:
    papers = [
        certificates.management_system(BODY, seed=5, system=name) for name in ("quality", "environment", "safety")
    ]
    assert found(*papers) == [("management_system_certificate", (n,)) for n in (1, 2, 3)]


def test_two_measurement_standards_of_one_holder_are_two() -> None:
    papers = [certificates.measurement_standard(BODY, seed=seed) for seed in (1, 2)]
    assert [pages for _, pages in found(*papers)] == [(1,), (2,)]


def test_chinese_and_english_face_with_one_number_are_one() -> None:
    faces = [certificates.cnas(BODY, seed=5, language=language, number_="CNAS L27117") for language in ("zh", "en")]
    assert found(*faces) == [("cnas_certificate", (1, 2))]
    others = [certificates.cnas(BODY, seed=5, number_=number) for number in ("CNAS L27117", "CNAS L27118")]
    assert [pages for _, pages in found(*others)] == [(1,), (2,)]


def test_certificates_with_annexes_follow_each_other() -> None:
    rows = invent.scope_rows(5, 20)
    assert found(
        cma.certificate(BODY, seed=5, rows=rows),
        certificates.cnas(BODY, seed=5, rows=rows),
        certificates.metrology_authorization(BODY, seed=5),
        certificates.other(BODY, seed=3),
    ) == [
        ("cma_certificate", (1, 2, 3, 4, 5)),
        ("cnas_certificate", (6, 7, 8)),
        ("metrology_authorization", (9, 10)),
        ("other_certificate", (11,)),
    ]


def test_notice_inside_an_annex_does_not_part_it() -> None:
    table, cells = ruled(
        [
            [
                "序号",
                "类别（产品/项目/参数）",
                "产品/项目/参数",
                "依据的标准（方法）名称及编号（含年号）",
                "限制范围",
                "说明",
            ],
            ["1", "食品", "铅", "GB 5009.12-2017", "", ""],
        ]
    )
    cover = page(
        centred("检验检测机构", 0.15, 0.04),
        centred("资质认定证书附表", 0.2, 0.05),
        centred("221012340567", 0.4, 0.03),
        at("机构名称：无锡漪棠检测技术有限公司", 0.2, 0.5),
        at("批准日期：2022年04月18日", 0.2, 0.55),
        at("有效期至：2028年04月17日", 0.2, 0.6),
    )
    notice = page(
        centred("注意事项", 0.12, 0.035),
        at("1. 本附表分两部分，第一部分是经资质认定部门批准的授权签字人及其授权签字范围。", 0.12, 0.2),
        at("2. 取得资质认定证书的检验检测机构，向社会出具具有证明作用的数据时，必须使用本附表。", 0.12, 0.25),
        number=2,
    )
    ability = page(
        centred("批准的检验检测能力范围", 0.06, 0.016, landscape=True), cells, number=3, landscape=True, tables=(table,)
    )
    assert [(item.kind, item.pages) for item in documents(cover, notice, ability)] == [("cma_certificate", (1, 2, 3))]
