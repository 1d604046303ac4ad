"""What ageing tears, on stored pages: dates and authorities under seals, titles half read, frames, stamps, gutters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from papers import invent, licence, words
from qi_pipeline.extraction import authorities
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import extract
from qi_pipeline.extraction.ornaments import without_background, without_ornaments
from qi_pipeline.extraction.simplified import VARIANTS, in_simplified
from qi_pipeline.model import Document, Field, FileReading, Page, Seal, Word
from stored_pages import at, centred, documents, page

BODY = invent.institution(11, division="320206")


def licence_page(*foot: Word, number: str = "320206202001015674", title: str = "营业执照") -> Page:
    """A licence whose foot holds these words; its number names the day of issue."""
    return page(
        centred(title, 0.05, 0.07),
        at(f"证照编号：{number}", 0.6, 0.12),
        at(f"统一社会信用代码 {BODY.uscc}", 0.55, 0.2),
        at("名称", 0.1, 0.3),
        at(BODY.name, 0.25, 0.3),
        at("法定代表人", 0.1, 0.34),
        at(BODY.person, 0.25, 0.34),
        at("住所", 0.1, 0.38),
        at("江苏省无锡市惠山区石桥路12号3幢405室", 0.25, 0.38),
        at("成立日期", 0.1, 0.42),
        at("2016年03月07日", 0.25, 0.42),
        at("登记机关", 0.55, 0.7),
        *foot,
        at("国家市场监督管理总局监制", 0.6, 0.96),
    )


def only(*pages: Page) -> Document:
    (found,) = documents(*pages)
    return found


@pytest.mark.parametrize("torn", ["2020年1月", "2020年月01日", "2020年01日01", "二〇年一月一日", "〇二〇年一月一日"])
def test_a_torn_day_of_issue_is_the_day_that_the_number_names(torn: str) -> None:
    field = only(licence_page(at(torn, 0.65, 0.8))).fields["issued_on"]
    assert (field.value, "mended" in field.checks) == ("2020-01-01", True)


@pytest.mark.parametrize(
    ("read", "day"),
    [("2016年3月7日", "2016-03-07"), ("2016年1月22日", "2016-11-22"), ("2016年01月23日", "2016-01-23")],
)
def test_a_day_of_issue_before_the_institution_was_established_has_lost_a_figure(read: str, day: str) -> None:
    born = [at("成立日期", 0.1, 0.42), at("2016年11月22日" if "22" in read else "2016年03月07日", 0.25, 0.42)]
    shown = licence_page(at(read, 0.65, 0.8), number="320206201901015674")
    shown = replace(shown, words=(*(word for word in shown.words if not 0.41 < word.box[1] < 0.43), *born))
    field = only(shown).fields["issued_on"]
    assert (field.value, "mended" in field.checks) == (day, read == "2016年1月22日")


@pytest.mark.parametrize(
    ("shreds", "offered"),
    [(("三月",), "2016-03-07"), (("年", "3月", "7日"), "2016-03-07"), (("四月",), None), (("3月", "8日"), None)],
)
def test_shreds_of_a_day_of_issue_offer_the_day_that_they_speak_for_and_no_value(
    shreds: tuple[str, ...], offered: str | None
) -> None:
    words = [at(text, 0.6 + 0.06 * n, 0.8) for n, text in enumerate(shreds)]
    field = only(licence_page(*words, number="320206201901015674")).fields.get("issued_on")
    if offered is None:
        assert field is None or (field.value, field.suggestion) == (None, None)
    else:
        assert field is not None
        assert (field.value, field.suggestion) == (None, offered)


def test_a_day_of_issue_that_is_printed_and_torn_is_present_and_null() -> None:
    assert only(licence_page(at("2021年1月", 0.65, 0.8))).fields["issued_on"].value is None


@pytest.mark.parametrize("torn", ["2020年2月", "2021年1月", "2020年", "二年二月一日"])
def test_a_torn_day_that_no_other_print_bears_out_stays_unread(torn: str) -> None:
    field = only(licence_page(at(torn, 0.65, 0.8))).fields.get("issued_on")
    assert field is None or field.value is None


def test_a_mended_value_never_becomes_certain_and_says_so() -> None:
    shown = licence_page(at("2020年1月", 0.65, 0.8))
    found = FileReading(file="a.jpg", sha256="0" * 64, media_type="image/jpeg", pages=(replace(shown, image="x.webp"),))
    (document,) = assess(extract([found]), [found], lambda asked: [("2020年1月1日", 1.0)] * len(asked))
    assert document.fields["issued_on"].confidence <= 0.85


def issuer(text: str) -> Field:
    return only(licence_page(at(text, 0.6, 0.75), at("2020年01月01日", 0.65, 0.8))).fields["issuing_authority"]


@pytest.mark.parametrize("read", ["无锡市山区工商行政管理局", "无锡市惠山区工商行攻管理局", "无锡市惠山区商行政管理局"])
def test_an_authority_that_lost_a_letter_is_the_one_that_the_papers_places_spell_out(read: str) -> None:
    found = issuer(read)
    assert (found.value, "mended" in found.checks) == ("无锡市惠山区工商行政管理局", True)


@pytest.mark.parametrize(("read", "day"), [("202/0", None), ("2024-03-29", "2024-03-29")])
def test_a_date_in_one_box_with_a_seals_letters_is_printed_all_the_same(read: str, day: str | None) -> None:
    line = at(f"发证日期：{read}", 0.45, 0.74)
    x0, y0, x1, y1 = line.box
    shown = page(
        centred("检验检测机构资质认定证书", 0.2, 0.05),
        at("证书编号：241013117758", 0.5, 0.3),
        at(f"名称：{BODY.name}", 0.2, 0.4),
        at("地址：江苏省无锡市惠山区石桥路12号", 0.2, 0.45),
        replace(line, box=(x0, y0 - 0.03, x1, y1 + 0.03)),
        at("发证机关：江苏省市场监督管理局", 0.45, 0.82),
    )
    assert only(shown).fields["issued_on"].value == day


@pytest.mark.parametrize(
    ("read", "whole"),
    [
        ("无锡市惠山区市场监督管理", "无锡市惠山区市场监督管理局"),
        ("江苏省市场监督管理", "江苏省市场监督管理局"),
        ("无锡市锡山区市场监督管理", None),
    ],
)
def test_an_authority_that_lost_its_end_at_its_label_is_mended_where_only_one_is_meant(
    read: str, whole: str | None
) -> None:
    shown = page(
        centred("检验检测机构资质认定证书", 0.2, 0.05),
        at("证书编号：241013117758", 0.5, 0.3),
        at(f"名称：{BODY.name}", 0.2, 0.4),
        at("地址：江苏省无锡市惠山区石桥路12号", 0.2, 0.45),
        at(f"发证机关：{read}", 0.5, 0.8),
    )
    found = only(shown).fields.get("issuing_authority")
    assert (found and found.value, bool(found and "mended" in found.checks)) == (whole, whole is not None)


@pytest.mark.parametrize("read", ["无锡市锡山区市场监督管理局", "无锡市市场监督管理局", "江阴市市场监督管理局"])
def test_another_authority_that_exists_is_left_as_read(read: str) -> None:
    found = issuer(read)
    assert (found.value, "mended" in found.checks) == (read, False)


def test_an_authority_made_up_of_the_papers_places_needs_no_other_proof() -> None:
    def sure(text: str) -> float:
        found = FileReading(
            file="a.jpg",
            sha256="0" * 64,
            media_type="image/jpeg",
            pages=(licence_page(at(text, 0.6, 0.75), at("2020年01月01日", 0.65, 0.8)),),
        )
        (document,) = assess(extract([found]), [found], None)
        return document.fields["issuing_authority"].confidence

    assert sure("无锡市惠山区市场监督管理局") >= 0.9 > sure("无锡市锡山区市场监督管理局")


def test_two_authorities_as_near_mend_nothing() -> None:
    assert authorities.nearest("江苏省厅", ["江苏省"]) is None


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("320206202001015674", "320206202001015674"),
        ("32020666202001015674", "32020666202001015674"),
        ("110106202001015674", None),
        ("320206202013015674", None),
    ],
    ids=["18 figures", "20 figures", "another city", "no day"],
)
def test_a_licence_number_whose_label_was_cropped_proves_itself(printed: str, number: str | None) -> None:
    shown = licence_page()
    words = tuple(replace(w, text=printed) if w.text.startswith("证照编号") else w for w in shown.words)
    field = only(replace(shown, words=words)).fields.get("certificate_number")
    assert (field.value if field else None) == number


def test_a_misread_city_is_no_municipality() -> None:
    assert authorities.nearest("无镇市市场监督管理局", ["上海市", "杨浦区"]) is None


@pytest.mark.parametrize("title", ["官业执点", "营业热照", "营业执照"])
def test_a_licence_whose_title_is_half_read_is_one_by_its_labels(title: str) -> None:
    assert only(licence_page(title=title)).kind == "business_licence"


@pytest.mark.parametrize(("title", "kind"), [("测绘员质证节", "other_certificate"), ("测会员质证节", "unknown")])
def test_a_certificate_whose_title_is_misread_twice_is_one_by_its_labels(title: str, kind: str) -> None:
    found = only(
        page(
            centred(title, 0.1, 0.06),
            at("编号：乙测资字3220234410", 0.4, 0.22),
            at("单位名称：" + BODY.name, 0.1, 0.3),
            at("法定代表人：" + BODY.person, 0.1, 0.34),
            at("有效期：2023年12月01日至2026年11月30日", 0.1, 0.38),
            at("发证机关：江苏省自然资源厅", 0.5, 0.7),
            at("2023年12月01日", 0.55, 0.75),
        )
    )
    assert found.kind == kind


def test_an_authority_is_not_mended_by_a_misread_address() -> None:
    shown = licence_page(at("无锡市惠山区市场监督管理局", 0.6, 0.76), at("2020年01月01日", 0.65, 0.8))
    city = BODY.name[:2]
    odd = tuple(replace(w, text=w.text.replace("江苏省无锡市", f"龙{city[1]}市")) for w in shown.words)
    assert city == "无锡"
    assert only(replace(shown, words=odd)).fields["issuing_authority"].value == "无锡市惠山区市场监督管理局"


def test_the_label_read_in_one_with_an_authority_is_no_part_of_it() -> None:
    shown = replace(
        licence_page(),
        seals=(Seal(page=1, box=(0.6, 0.7, 0.8, 0.85), text="发证机关无锡市行政审批局", confidence=0.9),),
    )
    assert only(shown).fields["issuing_authority"].value == "无锡市行政审批局"


def test_a_sign_before_a_label_or_in_it_hides_no_label() -> None:
    shown, odd_ones = licence_page(), {"住所": "）住所", "名称": "名·称", "法定代表人": "法定·代表人"}
    odd = tuple(replace(word, text=odd_ones.get(word.text, word.text)) for word in shown.words)
    fields = only(replace(shown, words=odd)).fields
    assert (fields["holder_name"].value, fields["address"].value) == (BODY.name, "江苏省无锡市惠山区石桥路12号3幢405室")
    assert fields["legal_representative"].value == BODY.person


@pytest.mark.parametrize(("behind", "kept"), [("审核使用", False), ("使用部分", True)])
def test_what_a_stamp_left_behind_an_address_is_no_part_of_it(behind: str, kept: bool) -> None:
    shown = licence_page()
    odd = tuple(replace(w, text=w.text + behind) if w.text.endswith("405室") else w for w in shown.words)
    field = only(replace(shown, words=odd)).fields["address"]
    assert field.value == "江苏省无锡市惠山区石桥路12号3幢405室" + (behind if kept else "")
    assert kept or field.confidence <= 0.85


def test_four_large_letters_do_not_make_a_licence() -> None:
    assert only(page(centred("官业执点", 0.05, 0.07), at("名称", 0.1, 0.3), at(BODY.name, 0.25, 0.3))).kind == "unknown"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("特种设备检验检测机构核准证（综合检验机构）", "special_equipment_licence"),
        ("持种设备检验检测机构核准证（综合检验机构）", "special_equipment_licence"),
        ("专利代理机构执业许可证（副本）", "patent_agency_licence"),
        ("医疗机构执业许可证（副本）", "other_certificate"),
    ],
)
def test_a_title_with_a_misread_letter_and_an_addition_is_one(title: str, kind: str) -> None:
    shown = page(
        centred(title, 0.1, 0.03),
        at(f"机构名称：{BODY.name}", 0.17, 0.25),
        at("办公地址：江苏省无锡市惠山区石桥路12号", 0.17, 0.29),
        at("有效期至：2027年04月07日", 0.17, 0.6),
    )
    assert only(shown).kind == kind


def test_no_letter_is_traditional_and_simplified_at_once() -> None:
    assert set(VARIANTS).isdisjoint(VARIANTS.values())


def test_single_traditional_letters_on_a_simplified_page_are_read_as_they_are_printed() -> None:
    shown = licence_page()
    odd = tuple(replace(word, text=word.text.replace("号", "號").replace("幢", "樓")) for word in shown.words)
    assert only(replace(shown, words=odd)).fields["address"].value == "江苏省无锡市惠山区石桥路12号3楼405室"
    plain = (at("國際標準檢驗認證有限公司證書", 0.1, 0.1), at("名稱：東方檢驗認證有限公司", 0.1, 0.2))
    assert in_simplified(plain) == plain


def test_a_stroke_that_is_wider_than_high_is_the_ground_of_the_paper() -> None:
    def stroke(wide: float) -> Word:
        name = at(BODY.name, 0.25, 0.3)
        return Word(text="I", box=(name.box[2] + 0.03, 0.3, name.box[2] + 0.03 + wide, 0.314), confidence=1.0)

    assert (
        only(replace(licence_page(), words=(*licence_page().words, stroke(0.05)))).fields["holder_name"].value
        == BODY.name
    )
    assert without_background((stroke(0.005), stroke(0.05)), 0.707) == (stroke(0.005),)


def test_signs_before_a_persons_name_are_no_part_of_it() -> None:
    shown = licence_page()
    odd = tuple(replace(w, text="☑" + w.text + "。") if w.text == BODY.person else w for w in shown.words)
    assert only(replace(shown, words=odd)).fields["legal_representative"].value == BODY.person


def test_a_code_of_which_the_end_is_lost_is_printed_and_null() -> None:
    shown = licence_page()
    cut = tuple(replace(w, text=w.text[:-5]) if BODY.uscc in w.text else w for w in shown.words)
    assert only(replace(shown, words=cut)).fields["holder_uscc"].value is None


def test_the_rings_of_a_frame_are_no_print_and_a_mark_in_a_list_is() -> None:
    text = tuple(at("检验检测技术服务", 0.3, 0.2 + 0.05 * n) for n in range(5))
    frame = tuple(at("O", 0.93, 0.2 + 0.05 * n) for n in range(5))
    marks = tuple(at("O", 0.2, 0.2 + 0.05 * n) for n in range(5)) + tuple(
        at(str(n), 0.1, 0.2 + 0.05 * n) for n in range(5)
    )
    assert without_ornaments(text + frame) == text
    assert without_ornaments(text + marks) == text + marks
    assert without_ornaments(text + frame[:2]) == text + frame[:2]


def test_a_stamp_read_in_one_with_a_label_leaves_the_label() -> None:
    paper = licence.licence(BODY, edition="2019", seed=3)
    stored = words.reading([paper], "a.jpg", noise=words.SOME)

    def stamped(word: Word) -> Word:
        x0, y0, x1, y1 = word.box
        wide = x1 - x0
        box = (x0 - wide, y0 - 0.02, x1, y1 + 0.02)
        return replace(word, text="此件仅供" + word.text, box=box) if word.text.startswith("营业期限") else word

    (face,) = stored.pages
    assert any(word.text == "营业期限" for word in face.words)
    torn = replace(stored, pages=(replace(face, words=tuple(map(stamped, face.words))),))
    for reading in (stored, torn):
        fields = extract([reading])[0].fields
        assert fields["long_term"].value is True


def test_a_watermark_across_the_gutter_of_a_spread_parts_no_faces() -> None:
    left = [
        at("质量管理体系认证证书", 0.12, 0.15, 0.025, landscape=True),
        at("证书号：12323Q41428R1M", 0.3, 0.21, 0.01, landscape=True),
        at(BODY.name, 0.15, 0.28, 0.014, landscape=True),
        at("管理体系符合", 0.2, 0.38, 0.01, landscape=True),
        at("发证日期：2023年05月06日", 0.07, 0.66, 0.01, landscape=True),
        at("有效期至：2026年05月05日", 0.07, 0.7, 0.01, landscape=True),
    ]
    right = [
        at("QUALITY MANAGEMENT SYSTEM CERTIFICATE", 0.62, 0.15, 0.018, landscape=True),
        at("Certificate No.: 12323Q41428R1M", 0.7, 0.21, 0.01, landscape=True),
        at("ZHELING TESTING SERVICE CO., LTD.", 0.62, 0.28, 0.014, landscape=True),
        at("has been audited to conform to", 0.66, 0.38, 0.01, landscape=True),
        at("Date of issue: May 6, 2023", 0.58, 0.66, 0.01, landscape=True),
        at("Date of expiry: May 5, 2026", 0.58, 0.7, 0.01, landscape=True),
    ]
    laid = Word(text="仅供平台入驻使用", box=(0.34, 0.12, 0.6, 0.36), confidence=0.94)
    for overlay in ([], [laid]):
        found = only(page(left, right, overlay, landscape=True))
        assert found.kind == "management_system_certificate"
        assert found.fields["holder_name"].value == BODY.name
        assert found.fields["valid_to"].value == "2026-05-05"
