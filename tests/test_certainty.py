"""Confidence follows independent evidence: each check just right, and just wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from papers import invent, licence, words
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.evidence import LEGAL_YEARS
from qi_pipeline.model import Appearance, Code, Document, Field, FileReading, Page, PageSource, Seal, Word
from qi_pipeline.reading.protocol import CropRequest

CODE = invent.institution(21).uscc
BOX = (0.3, 0.3, 0.6, 0.32)
CERTAIN = 0.9


def field(value: object, *, at: float = 0.3, score: float = 0.99, derived: bool = False) -> Field:
    return Field(
        value=value, raw=str(value), confidence=score, page=1, box=(0.3, at, 0.6, at + 0.02), derived=derived  # type: ignore[arg-type]
    )  # fmt: skip


def packet(
    kind: str = "cma_certificate",
    *,
    appearance: Appearance = "colour",
    source: PageSource = "ocr",
    codes: tuple[str, ...] = (),
    printed: tuple[str, ...] = (),
    file: str = "a.jpg",
    height: int = 2339,
    **values: object,
) -> tuple[Document, FileReading]:
    """A document whose fields stand in rows of their own, and the reading it came from."""
    fields = {name: field(value, at=0.1 + 0.05 * n) for n, (name, value) in enumerate(values.items())}
    found = [Word(text=str(f.value), box=f.box, confidence=0.99) for f in fields.values()]
    found += [
        Word(text=text, box=(0.3, 0.8 + 0.03 * n, 0.6, 0.82 + 0.03 * n), confidence=0.99)
        for n, text in enumerate(printed)
    ]
    page = Page(
        number=1, width=height * 1654 // 2339, height=height, source=source, appearance=appearance, words=tuple(found),
        image="a-1.webp",
    )  # fmt: skip
    document = Document(
        file=file, kind=kind, confidence=0.99, pages=(1,), fields=fields, appearance=appearance,
        codes=tuple(Code(page=1, box=BOX, text=text) for text in codes),
    )  # fmt: skip
    return document, FileReading(file=file, sha256="0" * 64, media_type="image/jpeg", pages=(page,))


def judged(name: str, *given: tuple[Document, FileReading], second: str | None = None, score: float = 0.9) -> Field:
    """The field of the first document after assessment, with ``second`` as every second reading."""

    def reader(requests: list[CropRequest]) -> list[tuple[str, float]]:
        return [(second or "", score)] * len(requests)

    documents = assess([d for d, _ in given], [r for _, r in given], reader if second is not None else None)
    return documents[0].fields[name]


def test_a_right_check_digit_makes_a_code_certain() -> None:
    found = judged("holder_uscc", packet(holder_uscc=CODE))
    assert found.confidence >= 0.99
    assert "check_digit" in found.checks


@pytest.mark.parametrize(("said", "certain"), [("holder_unknown", False), ("", True)])
def test_an_authority_that_may_be_the_holder_is_not_certain(said: str, certain: bool) -> None:
    document, reading = packet(issuing_authority="江苏省市场监督管理局", holder_name="苏州绿茵检测技术服务有限公司")
    issuer = replace(document.fields["issuing_authority"], checks=(said,) if said else ())
    document = replace(document, fields={**document.fields, "issuing_authority": issuer})
    assert (judged("issuing_authority", (document, reading)).confidence >= CERTAIN) is certain


@pytest.mark.parametrize(("kind", "certain"), [("cma_certificate", False), ("business_licence", True)])
@pytest.mark.parametrize("source", ["ocr", "text_layer"])
def test_an_open_end_is_not_certain_where_the_law_gives_one(kind: str, source: PageSource, certain: bool) -> None:
    given = packet(kind, source=source, issued_on="2022-04-18", long_term=True)
    assert (judged("long_term", given).confidence >= CERTAIN) is certain


@pytest.mark.parametrize(("said", "certain"), [("other_number", False), ("", True)])
def test_a_number_beside_which_another_is_printed_is_not_certain(said: str, certain: bool) -> None:
    document, reading = packet(certificate_number="221012340567")
    number = replace(document.fields["certificate_number"], checks=(said,) if said else ())
    document = replace(document, fields={**document.fields, "certificate_number": number})
    assert (judged("certificate_number", (document, reading)).confidence >= CERTAIN) is certain


WRONG = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")


def test_a_wrong_check_digit_is_doubtful_until_a_second_reading_agrees() -> None:
    alone = judged("holder_uscc", packet(holder_uscc=WRONG))
    assert alone.confidence < 0.6
    assert "!check_digit" in alone.checks
    again = judged("holder_uscc", packet(holder_uscc=WRONG), second=WRONG)
    assert again.confidence >= CERTAIN
    assert again.value == WRONG


def test_a_wrong_check_digit_in_a_text_layer_was_read_with_certainty() -> None:
    assert judged("holder_uscc", packet(holder_uscc=WRONG, source="text_layer")).confidence >= CERTAIN


@pytest.mark.parametrize(("sure", "certain"), [(0.5, False), (1.0, True)])
def test_a_line_that_the_picture_of_a_digital_page_contradicts_is_not_certain(sure: float, certain: bool) -> None:
    document, reading = packet(issued_on="2023-05-05", source="text_layer")
    page = reading.pages[0]
    page = replace(page, words=tuple(replace(word, confidence=sure) for word in page.words))
    found = judged("issued_on", (document, replace(reading, pages=(page,))), second="2023-05-05")
    assert (found.confidence >= CERTAIN) is certain


def test_a_qr_code_confirms_or_contradicts() -> None:
    address = licence.qr_address(CODE)
    assert "qr" in judged("holder_uscc", packet("business_licence", holder_uscc=CODE, codes=(address,))).checks
    misread = judged("holder_uscc", packet("business_licence", holder_uscc=WRONG, codes=(address,)))
    assert misread.confidence < 0.6
    assert misread.suggestion == CODE
    assert misread.value == WRONG


def test_a_number_printed_twice_is_certain_and_one_that_differs_is_not() -> None:
    number = "211012341234"
    assert judged("certificate_number", packet(certificate_number=number, printed=(number,))).confidence >= 0.95
    other = judged("certificate_number", packet(certificate_number=number, printed=("211012341284",)))
    assert other.confidence < 0.6
    assert "!repeated" in other.checks


@pytest.mark.parametrize("kind", sorted(LEGAL_YEARS))
def test_dates_at_the_legal_term_confirm_each_other(kind: str) -> None:
    end = date(2021 + LEGAL_YEARS[kind][0], 3, 1).isoformat()
    given = packet(kind, issued_on="2021-03-02", valid_to=end)
    assert judged("valid_to", given).confidence >= 0.95
    assert judged("issued_on", given).confidence >= 0.95


def test_a_term_to_the_same_day_proves_no_last_figure() -> None:
    """Its issue on the 11th, read as the 10th, would end on the same day too."""
    near = judged("issued_on", packet("metrology_authorization", issued_on="2024-06-10", valid_to="2029-06-10"))
    whole = judged("issued_on", packet("metrology_authorization", issued_on="2024-06-11", valid_to="2029-06-10"))
    assert ("term" in near.checks, "term" in whole.checks) == (False, True)
    assert near.confidence < whole.confidence


@pytest.mark.parametrize("end", ["2027-03-07", "2021-03-01", "2037-03-01", "2027-08-01"])
def test_an_end_that_misses_the_legal_term_by_a_digit_is_doubtful(end: str) -> None:
    found = judged("valid_to", packet(issued_on="2021-03-02", valid_to=end))
    assert found.confidence < 0.6
    assert any(check in found.checks for check in ("!term", "!order"))


def test_an_end_in_another_year_alone_is_not_enough_to_be_sure() -> None:
    sure = judged("valid_to", packet(issued_on="2021-03-02", valid_to="2027-03-01"))
    fair = judged("valid_to", packet("business_licence", issued_on="2021-03-02", valid_to="2040-03-01"))
    assert fair.confidence < sure.confidence


def test_a_term_of_a_licence_is_confirmed_by_the_day_of_establishment() -> None:
    given = packet("business_licence", established_on="2013-01-29", valid_from="2013-01-29", valid_to="2023-01-28")
    assert judged("valid_from", given).confidence >= 0.95
    assert judged("established_on", given).confidence >= 0.95


def test_an_issue_before_the_establishment_is_doubtful() -> None:
    given = packet("business_licence", established_on="2013-01-29", issued_on="2012-05-11")
    assert judged("issued_on", given).confidence < 0.6


def test_two_papers_that_agree_confirm_a_name() -> None:
    one, other = (packet(file=f, holder_name="无锡漪棠检测技术有限公司") for f in ("a.jpg", "b.jpg"))
    assert judged("holder_name", one, other).confidence >= 0.95
    assert judged("holder_name", one).confidence < judged("holder_name", one, other).confidence


def test_two_papers_one_letter_apart_are_both_doubtful() -> None:
    one = packet(file="a.jpg", holder_name="无锡漪棠检测技术有限公司")
    other = packet(file="b.jpg", holder_name="无锡渏棠检测技术有限公司")
    assert judged("holder_name", one, other).confidence < 0.6
    assert judged("holder_name", other, one).confidence < 0.6


def test_names_alike_on_two_digital_papers_are_two_names() -> None:
    """A parent's certificate (…检测集团有限公司) is its own, and no misreading of the subsidiary's name."""
    parent = packet(source="text_layer", holder_name="江阴澄衡检验检测集团有限公司")
    own = packet("business_licence", source="text_layer", file="b.pdf", holder_name="江阴澄衡检验检测有限公司")
    scanned = packet(file="c.jpg", holder_name="江阴澄衡检验检测集团有限公司")
    assert judged("holder_name", parent, own).confidence >= CERTAIN
    assert judged("holder_name", own, parent).confidence >= CERTAIN
    assert judged("holder_name", scanned, own).confidence < CERTAIN


def test_quite_another_name_says_nothing_about_the_reading() -> None:
    one = packet(file="a.jpg", holder_name="无锡漪棠检测技术有限公司")
    other = packet(file="b.jpg", holder_name="苏州椿禾计量服务中心")
    assert judged("holder_name", one, other).confidence == judged("holder_name", one).confidence


@pytest.mark.parametrize(
    ("second", "least", "most"),
    [
        ("2027年03月01日", 0.95, 1.0),
        ("有效期至 2027年3月1日", 0.95, 1.0),
        ("2021年03月01日", 0.0, 0.6),
        ("", 0.9, 0.97),
        ("||", 0.9, 0.97),
    ],
    ids=["agrees", "agrees with its label", "contradicts", "nothing", "noise"],
)
def test_a_second_reading_of_a_date(second: str, least: float, most: float) -> None:
    found = judged("valid_to", packet("business_licence", valid_to="2027-03-01"), second=second)
    assert least <= found.confidence <= most
    assert found.value == "2027-03-01"


def test_a_sure_value_is_not_read_again() -> None:
    asked: list[CropRequest] = []

    def reader(requests: list[CropRequest]) -> list[tuple[str, float]]:
        asked.extend(requests)
        return [("", 0.0)] * len(requests)

    document, reading = packet(holder_uscc=CODE, holder_name="无锡漪棠检测技术有限公司", scope_text="检验检测服务")
    assess([document], [reading], reader)
    assert [request.look for request in asked] == ["colour", "soft", "other"]
    assert {request.box for request in asked} == {document.fields["holder_name"].box}
    assert {request.alphabet for request in asked} == {"chinese"}


@pytest.mark.parametrize(
    ("appearance", "source", "least", "most"),
    [
        ("colour", "text_layer", 0.99, 1.0),
        ("colour", "ocr", 0.9, 0.96),
        ("grey", "ocr", 0.88, 0.95),
        ("bitonal", "ocr", 0.3, 0.75),
    ],
)
def test_an_unconfirmed_name_is_worth_what_its_copy_is(
    appearance: Appearance, source: PageSource, least: float, most: float
) -> None:
    found = judged("holder_name", packet(holder_name="无锡漪棠检测技术有限公司", appearance=appearance, source=source))
    assert least <= found.confidence <= most


def test_small_print_and_low_scores_are_worth_less() -> None:
    name = "无锡漪棠检测技术有限公司"
    usual = judged("holder_name", packet(holder_name=name)).confidence
    assert judged("holder_name", packet(holder_name=name, height=500)).confidence < usual
    document, reading = packet(holder_name=name)
    doubtful = replace(document, fields={"holder_name": replace(document.fields["holder_name"], confidence=0.7)})
    assert judged("holder_name", (doubtful, reading)).confidence < CERTAIN


@pytest.mark.parametrize("number", ["（）JZ安许证字〔2016〕007781", "JZ安许证字〔2016 007781"])
def test_torn_brackets_show_that_something_was_not_read(number: str) -> None:
    found = judged("certificate_number", packet("other_certificate", certificate_number=number))
    assert found.confidence < 0.6
    whole = judged(
        "certificate_number", packet("other_certificate", certificate_number="（苏）JZ安许证字〔2016〕007781")
    )
    assert whole.confidence >= CERTAIN


@pytest.mark.parametrize(
    ("scope", "certain"),
    [
        ("许可项目：检验检测服务（依法须经批准的项目，经相关部门批准后", False),
        ("许可项目：检验检测服务（依法须经批准的项目）；计量技术服务（不含检定", False),
        ("许可项目：检验检测服务（依法须经批准的项目）；计量技术服务", True),
        ("许可项目：检验检测服务；计量技术服务", True),
    ],
)
def test_a_scope_that_breaks_off_within_a_bracket_is_not_certain(scope: str, certain: bool) -> None:
    assert (
        judged("scope_text", packet("business_licence", source="text_layer", scope_text=scope)).confidence >= CERTAIN
    ) is certain


def test_what_is_printed_but_unread_is_worth_nothing_and_long_term_is_not_unread() -> None:
    assert judged("valid_to", packet(valid_to=None)).confidence == 0.0
    assert judged("valid_to", packet("business_licence", valid_to=None, long_term=True)).confidence >= CERTAIN


def test_fields_of_other_makers_keep_their_confidence() -> None:
    document, reading = packet("commitment_letter")
    promises = Field(value={"1": True}, raw="", confidence=0.42, page=1, box=BOX)
    (found,) = assess([replace(document, fields={"promises": promises})], [reading], None)
    assert found.fields["promises"] == promises


def test_a_whole_drawn_licence_is_certain_throughout() -> None:
    body = invent.institution(3)
    from qi_pipeline.extraction.documents import extract

    reading = words.reading(licence.licence(body, edition="2019", seed=3), "x.jpg", noise=words.SOME)
    (found,) = assess(extract([reading]), [reading], None)
    for name in ("holder_name", "holder_uscc", "legal_representative"):
        assert found.fields[name].confidence >= CERTAIN, name


@pytest.mark.parametrize(("score", "sure"), [(0.93, False), (0.99, True)])
def test_a_badly_read_date_that_no_second_look_finds_goes_to_a_person(score: float, sure: bool) -> None:
    document, reading = packet("metrology_authorization", issued_on="2024-06-10")
    badly = replace(document.fields["issued_on"], confidence=score)
    given = replace(document, fields={"issued_on": badly}), reading
    lost = judged("issued_on", given, second="")
    assert ("!seen_again" in lost.checks, lost.confidence >= CERTAIN) == (True, sure)
    assert judged("issued_on", given, second="2024年6月10日").confidence >= CERTAIN


@pytest.mark.parametrize(("name", "value"), [("certificate_number", "J0220313"), ("legal_representative", "郎青翎")])
def test_what_no_second_look_finds_goes_to_a_person(name: str, value: str) -> None:
    lost = judged(name, packet("other_certificate", **{name: value}))
    assert lost.confidence >= CERTAIN
    lost = judged(name, packet("other_certificate", **{name: value}), second="")
    assert lost.confidence < CERTAIN
    assert "!seen_again" in lost.checks
    assert judged(name, packet("other_certificate", **{name: value}), second=value).confidence >= CERTAIN


@pytest.mark.parametrize(
    ("height", "least", "sure"), [(2339, 0.97, True), (2339, 0.75, True), (1000, 0.75, False), (2339, 0.5, False)]
)
def test_a_small_or_unsure_letter_of_a_name_is_not_trusted(height: int, least: float, sure: bool) -> None:
    def reader(requests: list[CropRequest]) -> list[tuple[str, float]]:
        return [("", 0.0) if request.look == "other" else ("郎青翎", least) for request in requests]

    document, reading = packet("other_certificate", height=height, legal_representative="郎青翎")
    (found,) = assess([document], [reading], reader)
    assert (found.fields["legal_representative"].confidence >= CERTAIN) is sure


def test_an_end_computed_from_a_doubtful_day_is_as_doubtful() -> None:
    """有效期三年 of a day that the number contradicts ends no more surely than it begins."""

    def computed(number: str) -> Document:
        paper, read = packet("other_certificate", certificate_number=number, issued_on="2032-08-29")
        end = field("2035-08-28", at=0.5, derived=True)
        (found,) = assess([replace(paper, fields={**paper.fields, "valid_to": end})], [read], None)
        return found

    doubtful, sure = computed("GR202232009917"), computed("GR203232009917")
    assert doubtful.fields["valid_to"].confidence == doubtful.fields["issued_on"].confidence < CERTAIN
    assert sure.fields["valid_to"].confidence > CERTAIN


@pytest.mark.parametrize(("issued_on", "check"), [("2022-08-29", "number"), ("2032-08-29", "!number")])
def test_the_number_of_a_high_tech_certificate_holds_its_year(issued_on: str, check: str) -> None:
    paper = packet("other_certificate", certificate_number="GR202232009917", issued_on=issued_on)
    got = judged("issued_on", paper)
    assert check in got.checks
    assert (got.confidence < CERTAIN) or check == "number"


def test_a_name_that_is_all_bracket_is_none() -> None:
    name = "无锡砚桥检测有限公司"
    assert "form" in judged("holder_name", packet(holder_name=name)).checks
    assert "!form" in judged("holder_name", packet(holder_name=f"（法人：{name}）")).checks


def test_a_name_read_from_a_seal_is_no_text_of_the_layer() -> None:
    """The seal is a picture on a digital page too."""
    printed, read = packet(source="text_layer", issuing_authority="无锡市砚桥区档案馆管理局")
    (as_text,) = assess([printed], [read], None)
    sealed = replace(
        printed, fields={"issuing_authority": replace(printed.fields["issuing_authority"], checks=("from_seal",))}
    )
    (from_seal,) = assess([sealed], [read], None)
    assert as_text.fields["issuing_authority"].confidence > CERTAIN > from_seal.fields["issuing_authority"].confidence
    assert "text_layer" not in from_seal.fields["issuing_authority"].checks


def test_small_letters_beside_figures_are_not_proven_by_a_second_engine() -> None:
    """65322Q5… was read as 65322QS… by both engines: at this size S and 5 look alike to either."""

    def looked(number: str, height: int, sure: float) -> float:
        paper, read = packet("management_system_certificate", certificate_number=number, height=height)

        def reader(requests: list[CropRequest]) -> list[tuple[str, float]]:
            return [(number, sure)] * len(requests)

        (found,) = assess([paper], [read], reader)
        return found.fields["certificate_number"].confidence

    assert looked("65322QS3111R0S", 1200, 0.7) < CERTAIN
    assert looked("65322QS3111R0S", 1200, 0.99) > CERTAIN
    assert looked("65322253111", 1200, 0.7) > CERTAIN


@pytest.mark.parametrize("end", ["有限", "有限责任", "有限公"])
def test_a_name_that_ends_within_its_legal_form_is_not_sure(end: str) -> None:
    name = "无锡砚桥知识产权代理"
    assert judged("holder_name", packet(holder_name=name + end), second=name + end, score=0.99).confidence < 0.6
    whole = f"{name}有限公司"
    assert judged("holder_name", packet(holder_name=whole), second=whole, score=0.99).confidence > CERTAIN


@pytest.mark.parametrize(
    ("wide", "confirmed", "certain"), [(0.062, False, False), (0.062, True, True), (0.045, False, True)]
)
def test_a_name_wider_than_its_letters_may_miss_one(wide: float, confirmed: bool, certain: bool) -> None:
    document, reading = packet("credit_report", printed=("统一社会信用代码", "企业类型及注册资本", "登记机关名称"))
    width = {word.text: 0.0193 * len(word.text) + 0.002 for word in reading.pages[0].words}
    value = field("郑英", at=0.1)
    box = (value.box[0], value.box[1], value.box[0] + wide, value.box[3])
    words = [
        replace(word, box=(word.box[0], word.box[1], word.box[0] + width[word.text], word.box[3]))
        for word in reading.pages[0].words
    ]
    page = replace(reading.pages[0], words=(*words, Word(text="郑英", box=box, confidence=0.995)))
    document = replace(document, fields={"legal_representative": replace(value, box=box, confidence=0.995)})
    second = "郑英" if confirmed else None
    found = judged("legal_representative", (document, replace(reading, pages=(page,))), second=second)
    assert (found.confidence >= CERTAIN) is certain
    assert ("wide_print" in found.doubts) is (wide > 0.06)


@pytest.mark.parametrize(("height", "sure"), [(600, False), (2339, True)])
def test_a_name_in_tiny_print_that_only_its_seal_repeats_is_not_certain(height: int, sure: bool) -> None:
    """凤 and 风 are one shape there, on the seal as well; another paper of the packet tells."""
    given = packet("calibration_certificate", holder_name="无锡圆瑞乐凤检测技术有限公司", height=height)
    assert (judged("holder_name", given, second="无锡圆瑞乐凤检测技术有限公司").confidence >= CERTAIN) is True
    seal = Seal(page=1, box=(0.7, 0.8, 0.8, 0.9), text="无锡圆瑞乐凤检测技术有限公司", confidence=0.97)
    sealed = replace(given[0], seals=(seal,)), given[1]
    found = judged("holder_name", sealed)
    assert ("seal" in found.checks, found.confidence >= CERTAIN) == (True, sure)
