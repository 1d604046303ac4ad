"""营业执照 in every edition and for every kind of body, from words as engines cut them."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from papers import invent, licence, words
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Document
from stored_pages import at, centred, document, page, spread

NOISES = {
    "exact": words.EXACT,
    "as engines cut": words.SOME,
    "letters apart": words.Noise(seed=3, split_labels=0.7, jitter=0.12),
    "nothing merged": words.Noise(seed=4, merge=False),
}


def plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(unicodedata.normalize("NFKC", value).split())


def read(paper, noise: words.Noise = words.EXACT) -> Document:
    (found,) = extract([words.reading(paper, "licence.jpg", noise=noise)])
    return found


def check(paper, noise: words.Noise) -> None:
    found = read(paper, noise)
    assert found.kind == paper.kind
    got = {name: plain(field.value) for name, field in found.fields.items()}
    assert got == {name: plain(value) for name, value in paper.truth.items()}


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("edition", licence.EDITIONS)
@pytest.mark.parametrize("entity", ["company", "branch", "partnership", "sole", "individual"])
def test_every_edition_and_body_reads_back(edition: str, entity: str, noise: str) -> None:
    seed = list(NOISES).index(noise) + 1
    check(licence.licence(invent.institution(seed, entity=entity), edition=edition, seed=seed), NOISES[noise])


@pytest.mark.parametrize("edition", ["2014", "2019"])
@pytest.mark.parametrize("valid_to", ["long", date(2033, 5, 6), None])
def test_the_term_is_what_is_printed(edition: str, valid_to: date | str | None) -> None:
    found = read(licence.licence(invent.institution(6), edition=edition, valid_to=valid_to, seed=6))
    if valid_to is None:
        assert "valid_to" not in found.fields
        assert "long_term" not in found.fields
    elif valid_to == "long":
        assert found.fields["valid_to"].value is None
        assert found.fields["long_term"].value is True
    else:
        assert found.fields["valid_to"].value == "2033-05-06"
        assert "long_term" not in found.fields


def test_the_layout_without_a_term_has_none() -> None:
    found = read(licence.licence(invent.institution(6), edition="2022", seed=6))
    assert not {"valid_to", "valid_from", "long_term"} & set(found.fields)


def test_an_old_number_is_not_taken_for_a_credit_code() -> None:
    paper = licence.licence(invent.institution(7), edition="2014", only_registration_number=True, seed=7)
    found = read(paper)
    assert found.fields["registration_number"].value == paper.truth["registration_number"]
    assert "check_digit" in found.fields["registration_number"].checks
    assert "holder_uscc" not in found.fields


def test_the_delegate_of_a_partner_stays_with_the_name() -> None:
    body = invent.institution(8, entity="partnership")
    found = read(licence.licence(body, edition="2019", delegate="钱某某", seed=8))
    assert plain(found.fields["legal_representative"].value) == plain(f"{body.person}（委派代表：钱某某）")


def test_a_misread_code_is_kept_with_the_correction_beside_it() -> None:
    body = invent.institution(9)
    zero = body.uscc.index("0")
    misread = body.uscc[:zero] + "D" + body.uscc[zero + 1 :]
    found = read(licence.licence(body, uscc=misread, seed=9))
    assert found.fields["holder_uscc"].value == misread
    assert found.fields["holder_uscc"].suggestion == body.uscc


def test_a_sign_that_no_code_holds_is_read_as_the_digit_it_looks_like() -> None:
    body = invent.institution(9)
    zero = body.uscc.index("0")
    found = read(licence.licence(body, uscc=body.uscc[:zero] + "O" + body.uscc[zero + 1 :], seed=9))
    assert found.fields["holder_uscc"].value == body.uscc
    assert "O" in found.fields["holder_uscc"].raw
    assert "alphabet" in found.fields["holder_uscc"].checks


@pytest.mark.parametrize(
    ("letter", "kept"), [("称", True), ("名", True), ("称", False)], ids=["tail", "head", "elsewhere"]
)
def test_one_letter_of_a_spread_label_is_enough_at_the_edge_of_the_others(letter: str, kept: bool) -> None:
    x = {"名": 0.2, "称": 0.26}[letter] if kept else 0.5
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at(letter, x, 0.3),
            at("无锡漪棠检测有限公司", x + 0.1, 0.3),
            at("住", 0.2, 0.34),
            at("所", 0.26, 0.34),
            at("无锡市滨湖区漪棠路8号", 0.34, 0.34),
            at("注册资本", 0.2, 0.38),
            at("100万元", 0.34, 0.38),
            at("成立日期", 0.2, 0.42),
            at("2010年05月06日", 0.34, 0.42),
        )
    )
    assert ("holder_name" in found.fields) is kept
    assert found.fields["address"].value == "无锡市滨湖区漪棠路8号"


def test_the_reminder_of_annual_reports_is_no_term_and_no_issue_date() -> None:
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("名称", 0.2, 0.4),
            at("无锡漪棠检测有限公司", 0.32, 0.4),
            at("登记机关", 0.5, 0.8),
            at("请于每年1月1日至6月30日履行年报公示义务", 0.2, 0.9),
        )
    )
    assert not {"valid_from", "valid_to", "issued_on"} & set(found.fields)


@pytest.mark.parametrize(
    ("pieces", "day"),
    [
        ([("2019", 0), ("年", 0.004), ("03", -0.002), ("月", 0.004), ("19", 0), ("日", 0.004)], "2019-03-19"),
        ([("2019年", 0), ("03月", 0), ("19日", 0)], "2019-03-19"),
        ([("2019", 0), ("年", 0), ("03", 0), ("19", 0), ("日", 0)], "2019-03-19"),
        ([("2019年", 0), ("03月", 0)], None),
        ([("2019年", 0), ("0月", 0), ("19日", 0)], None),
    ],
    ids=["overprinted", "in three", "月 lost", "day lost", "month torn"],
)
def test_the_issue_date_over_the_seal(pieces: list[tuple[str, float]], day: str | None) -> None:
    x, parts = 0.55, []
    for text, lift in pieces:
        parts.append(at(text, x, 0.86 + lift))
        x = parts[-1].box[2] + 0.012
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("成立日期", 0.2, 0.4),
            at("2010年05月06日", 0.32, 0.4),
            at("名称", 0.2, 0.44),
            at("无锡漪棠检测有限公司", 0.32, 0.44),
            at("登记机关", 0.5, 0.8),
            parts,
        )
    )
    assert found.fields["issued_on"].value == day
    assert found.fields["established_on"].value == "2010-05-06"


def test_the_authority_comes_from_the_issuers_seal_and_not_from_the_holders() -> None:
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("名称", 0.2, 0.4),
            at("无锡漪棠计量检定局", 0.32, 0.4),
            at("登记机关", 0.5, 0.8),
            seals=(("无锡漪棠计量检定局", 0.3, 0.8), ("无锡市滨湖区市场监督管理局", 0.7, 0.8)),
        )
    )
    field = found.fields["issuing_authority"]
    assert field.value == "无锡市滨湖区市场监督管理局"
    assert field.checks == ("from_seal",)


def test_spread_labels_of_a_photographed_page_that_leans() -> None:
    lean = 0.04
    rows = [
        ("名称", "无锡漪棠检测有限公司"),
        ("主体类型", "有限责任公司（自然人独资）"),
        ("住所", "无锡市滨湖区漪棠路8号"),
        ("法定代表人", "沈知微"),
    ]
    parts = []
    for n, (label, value) in enumerate(rows):
        for word in [*spread(label, 0.13, 0.3 + 0.05 * n, 0.2), at(value, 0.37, 0.3 + 0.05 * n)]:
            x0, y0 = word.box[:2]
            parts.append(at(word.text, x0, y0 + lean * x0))
    found = document(page(centred("营业执照", 0.15, 0.08), parts, at("登记机关", 0.5, 0.83)))
    assert {name: field.value for name, field in found.fields.items()} == {
        "holder_name": "无锡漪棠检测有限公司",
        "entity_type": "有限责任公司（自然人独资）",
        "address": "无锡市滨湖区漪棠路8号",
        "legal_representative": "沈知微",
    }


@pytest.mark.parametrize(
    ("drawn", "edition"),
    [("before2014", "old"), ("2014", "2014"), ("2014_sz", "2014"), ("2019", "2019"), ("2022", "2022")],
)
def test_the_edition_is_told_by_the_layout(drawn: str, edition: str) -> None:
    paper = licence.licence(invent.institution(5), edition=drawn, valid_to=date(2040, 1, 2), seed=5)
    assert read(paper).edition == edition


def test_a_watermark_over_a_value_is_no_part_of_it() -> None:
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("名称", 0.2, 0.4),
            at("无锡漪棠检测有限公司", 0.32, 0.4),
            at("仅供平台入驻审核使用", 0.56, 0.401),
            at("住所", 0.2, 0.44),
            at("无锡市滨湖区漪棠路8号", 0.32, 0.44),
            at("他用无效", 0.36, 0.462),
        )
    )
    assert found.fields["holder_name"].value == "无锡漪棠检测有限公司"
    assert found.fields["address"].value == "无锡市滨湖区漪棠路8号"


def test_a_stamp_read_in_one_with_an_address_is_no_part_of_it() -> None:
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("名称", 0.2, 0.4),
            at("无锡漪棠检测有限公司", 0.32, 0.4),
            at("住所", 0.2, 0.44),
            at("无锡市滨湖区漪棠路8号857室，214936此件与原件一致", 0.32, 0.44),
        )
    )
    assert found.fields["address"].value == "无锡市滨湖区漪棠路8号857室，214936"
    assert found.fields["address"].confidence <= 0.85


@pytest.mark.parametrize(("x", "present"), [(0.45, True), (0.9, False)], ids=["over the value", "elsewhere"])
def test_a_term_that_a_seal_hides_is_printed_but_unread(x: float, present: bool) -> None:
    found = document(
        page(
            centred("营业执照", 0.2, 0.07),
            at("名称", 0.2, 0.3),
            at("无锡漪棠检测有限公司", 0.32, 0.3),
            at("营业期限", 0.2, 0.6),
            seals=(("无锡漪棠检测有限公司", x, 0.61),),
        )
    )
    assert ("valid_to" in found.fields) is present
    if present:
        assert found.fields["valid_to"].value is None
