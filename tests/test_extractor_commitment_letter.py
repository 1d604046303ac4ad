"""The commitment letter: what is promised, by whom it is signed, and when; altered, poor and foreign letters.

The adopted text is not in the project; these letters hold the short phrases that carry it amid words of our own,
and the fingerprints of our own words are put in force where a test is about exact wording.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from papers import invent, letter, words
from qi_pipeline.extraction.documents import extract
from qi_pipeline.extraction.folding import is_han
from qi_pipeline.extraction.letter_judgement import LetterJudgement, judge
from qi_pipeline.extraction.letter_prints import adopted_letter
from qi_pipeline.extraction.letter_signature import Print
from qi_pipeline.model import Document, ElectronicSignature, FileReading, Ink, Page, Seal, Word

BODY = invent.institution(3)
BLOCKS = (
    letter.PREAMBLE,
    *(f"{n}、{text}" for n, text in enumerate(letter.PROMISES, 1)),
    *(f"——{text}" for text in letter.CATEGORIES),
    letter.CLOSING,
)
TEXT = "\n".join((letter.TITLE, *BLOCKS))
CLOSING = BLOCKS[-1]
ALL = {str(n): True for n in range(1, 10)}


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own wording is the adopted one."""
    letter.adopted(monkeypatch)


def printed(text: str, *, confidence: float = 0.98, wide: int = 34, gap_after: int | None = None) -> Page:
    """A page with the text in lines of so many characters; ``gap_after`` leaves one line's room after that line."""
    lines = [line[at : at + wide] for line in text.split("\n") for at in range(0, len(line), wide)]
    made, top = [], 0.04
    for number, line in enumerate(lines):
        made.append(Word(text=line, box=(0.12, top, 0.12 + 0.022 * len(line), top + 0.012), confidence=confidence))
        top += 0.018 * (2 if number == gap_after else 1)
    return Page(number=1, width=1654, height=2339, source="ocr", words=tuple(made))


def judged(text: str, **how: float) -> LetterJudgement:
    return judge([printed(text, **how)])  # type: ignore[arg-type]


def with_promise(number: int, printed_as: str, instead: str) -> str:
    """The whole letter with other words in one promise."""
    promise = letter.PROMISES[number - 1]
    assert printed_as in promise
    return TEXT.replace(promise, promise.replace(printed_as, instead))


def false_promises(judgement: LetterJudgement) -> list[str]:
    return [number for number, kept in judgement.promises.items() if not kept]


def read(paper: words.Paper, **how: object) -> Document:
    (document,) = extract([words.reading(paper, "letter.pdf", **how)])  # type: ignore[arg-type]
    assert document.kind == "commitment_letter"
    return document


# -- wording that is the adopted one ----------------------------------------------------------------------------


@pytest.mark.usefixtures("exact")
class TestAdoptedWording:
    """Any change is found, and its place; what recognition does is not one."""

    def test_the_letter_as_adopted_keeps_every_promise(self) -> None:
        judgement = judged(TEXT)
        assert judgement.promises == ALL
        assert judgement.categories == 10
        assert not judgement.remarks
        assert min(judgement.promises_confidence, judgement.categories_confidence) >= 0.95

    @pytest.mark.parametrize("number", range(1, 10))
    def test_a_missing_promise_is_the_only_one_missing(self, number: int) -> None:
        judgement = judged(TEXT.replace(f"\n{number}、{letter.PROMISES[number - 1]}", ""))
        assert false_promises(judgement) == [str(number)]
        assert judgement.categories == 10
        assert judgement.promises_confidence >= 0.9

    @pytest.mark.parametrize("number", range(1, 11))
    def test_a_missing_category_is_counted(self, number: int) -> None:
        judgement = judged(TEXT.replace(f"\n——{letter.CATEGORIES[number - 1]}", ""))
        assert judgement.categories == 9
        assert judgement.promises == ALL
        assert judgement.categories_confidence >= 0.9

    @pytest.mark.parametrize(
        ("promise", "printed_as", "instead"),
        [
            ("3", "不伪造", "伪造"),
            ("3", "不出具", "出具"),
            ("4", "不受来自", "受来自"),
            ("5", "不利用客户", "利用客户"),
            ("7", "不擅自", "擅自"),
            ("9", "不利用线上", "利用线上"),
            ("2", "承诺遵守国家有关法规", "承诺不遵守国家有关法规"),
            ("6", "由本机构负责", "由线上平台负责"),
            ("6", "由本机构负责", "由他机构负责"),
            ("9", "全部法律责任", "部分法律责任"),
            ("2", "合法有效", "基本有效"),
            ("5", "严格保守", "尽量保守"),
            ("5", "严格保守", "保守"),
            ("8", "积极配合", "消极配合"),
            ("2", "允许的范围内", "允许的范围外"),
            ("7", "未经", "经"),
            ("1", "真实有效", "真实有效，但以我单位规定为准"),
            ("6", "及时上报", "上报"),
        ],
    )
    def test_a_turned_word_is_found_where_it_stands(self, promise: str, printed_as: str, instead: str) -> None:
        assert TEXT.count(printed_as) == 1
        judgement = judged(TEXT.replace(printed_as, instead))
        assert false_promises(judgement) == [promise]
        assert judgement.promises_confidence >= 0.9
        (remark,) = [remark for remark in judgement.remarks if remark.block == promise]
        assert remark.place is not None
        top, bottom = remark.place[1][1], remark.place[1][3]
        lines = [
            w for w in printed(TEXT.replace(printed_as, instead)).words if top <= (w.box[1] + w.box[3]) / 2 <= bottom
        ]
        assert instead[:2] in "".join(line.text for line in lines)
        assert len(lines) <= 2

    @pytest.mark.parametrize(
        ("printed_as", "instead"),
        [
            ("不伪造", "木伪造"),
            ("未经", "末经"),
            ("——", "一"),
            ("、承诺", ".承诺"),
            ("“一站式”", "一站式"),
            ("，", ""),
        ],
    )
    def test_what_recognition_does_is_no_change(self, printed_as: str, instead: str) -> None:
        judgement = judged(TEXT.replace(printed_as, instead))
        assert judgement.promises == ALL
        assert judgement.categories == 10
        assert judgement.promises_confidence >= 0.9

    def test_the_published_misprint_and_its_correction_are_the_same(self) -> None:
        assert judged(TEXT.replace("线上平台", "线平台")).promises == ALL

    @pytest.mark.parametrize("share", [0.01, 0.03, 0.05])
    def test_misread_characters_never_make_a_certain_change(self, share: float) -> None:
        plain = "检侧栓验钡枧质贡设没备各规现范饭服报务条台合机构枸"
        for seed in range(6):
            rng = random.Random(seed)
            text = "".join(rng.choice(plain) if is_han(c) and rng.random() < share else c for c in TEXT)
            text = letter.TITLE + text[len(letter.TITLE) :]
            judgement = judged(text, confidence=0.9)
            wrong = bool(false_promises(judgement)) or judgement.categories != 10
            assert not wrong or min(judgement.promises_confidence, judgement.categories_confidence) < 0.9, (
                seed,
                judgement.remarks,
            )

    def test_a_letter_that_can_hardly_be_read_is_doubtful_not_altered(self) -> None:
        rng = random.Random(5)
        text = "".join(rng.choice("的一是了我你他这那中") if is_han(c) and rng.random() < 0.3 else c for c in TEXT)
        judgement = judged(text, confidence=0.6)
        assert judgement.promises_confidence < 0.9
        assert judgement.categories_confidence < 0.9

    def test_a_line_that_recognition_lost_is_doubtful_where_the_paper_leaves_room_for_it(self) -> None:
        lines = printed(TEXT).words
        at = next(k for k, word in enumerate(lines) if "不出具" in word.text)
        lost = replace(printed(TEXT), words=(*lines[:at], *lines[at + 1 :]))
        assert judge([lost]).promises_confidence < 0.9
        assert judge([lost]).promises["3"]
        taken_out = TEXT.replace(lines[at].text, "")
        assert false_promises(judged(taken_out)) == ["3"]

    def test_what_stands_under_a_seal_is_doubtful(self) -> None:
        page = printed(TEXT.replace("全部法律责任", "全部责任人"))
        box = next(word.box for word in page.words if "全部责任人" in word.text)
        sealed = replace(page, seals=(Seal(page=1, box=(box[0], box[1] - 0.05, box[2], box[3] + 0.05), text=None),))
        assert false_promises(judge([page])) == ["9"]
        assert judge([sealed]).promises == ALL
        assert judge([sealed]).promises_confidence < 0.9

    def test_added_paragraphs_go_to_a_person(self) -> None:
        extra = TEXT.replace("\n9、", "\n10、本单位另有约定的从其约定。\n9、")
        assert judged(extra).promises == ALL
        assert judged(extra).promises_confidence < 0.9
        harmless = TEXT.replace("\n9、", "\n第 2 页 共 2 页\n9、")
        assert judged(harmless).promises_confidence >= 0.9

    @pytest.mark.parametrize(
        ("old", "new", "state"),
        [
            ("我单位愿意承担", "我单位不承担", "changed"),
            (CLOSING, "", "doubtful"),
            (CLOSING, "法定代表人（签字）：\n入驻机构（公章）：", "missing"),
        ],
    )
    def test_a_turned_closing_is_found(self, old: str, new: str, state: str) -> None:
        """One that is not there is missing for certain where the page has no room for an unread line."""
        found = judged(TEXT.replace(old, new))
        assert [(remark.block, remark.state) for remark in found.remarks] == [("closing", state)]
        assert (found.promises_confidence >= 0.9) == (state != "doubtful")

    def test_the_last_character_lost_above_the_foot_is_no_change(self) -> None:
        foot = "\n法定代表人（签字）：\n入驻机构（公章）：某某检测有限公司\n年 月 日"
        assert judged(TEXT.rstrip("。")[:-1] + foot).promises_confidence >= 0.9

    def test_pages_in_the_wrong_order_make_no_change(self) -> None:
        half = TEXT.index("\n6、")
        first, second = printed(TEXT[:half]), replace(printed(TEXT[half:]), number=2)
        swapped = judge([replace(second, number=1), replace(first, number=2)])
        assert swapped.promises == ALL
        assert swapped.promises_confidence >= 0.9

    def test_a_lost_page_loses_what_stood_on_it(self) -> None:
        judgement = judged(TEXT[: TEXT.index("\n8、")])
        assert false_promises(judgement) == ["8", "9"]
        assert judgement.categories == 0

    def test_promises_are_compared_over_pages(self) -> None:
        document = read(letter.letter(BODY, missing=(6,), missing_categories=(2, 7)))
        assert len(document.pages) >= 1
        assert document.fields["promises"].value == {**ALL, "6": False}
        assert document.fields["information_categories"].value == 8


# -- other words ------------------------------------------------------------------------------------------------


class TestOtherWords:
    """A letter in other words than the adopted ones is judged by its phrases, and says so."""

    def test_every_phrase_is_there(self) -> None:
        document = read(letter.letter(BODY), noise=words.SOME)
        assert document.fields["promises"].value == ALL
        assert document.fields["information_categories"].value == 10
        assert "!adopted_wording" in document.fields["promises"].checks

    @pytest.mark.parametrize("number", range(1, 10))
    def test_a_missing_promise(self, number: int) -> None:
        document = read(letter.letter(BODY, missing=(number,)))
        assert document.fields["promises"].value == {**ALL, str(number): False}

    @pytest.mark.parametrize(
        ("promise", "printed_as"), [(3, "不伪造"), (7, "不擅自"), (9, "不利用线上"), (5, "不利用客户")]
    )
    def test_a_dropped_negation(self, promise: int, printed_as: str) -> None:
        changed = {promise: letter.PROMISES[promise - 1].replace(printed_as, printed_as[1:])}
        document = read(letter.letter(BODY, changed=changed))
        assert document.fields["promises"].value == {**ALL, str(promise): False}

    @pytest.mark.parametrize("refused", ["不遵守", "拒不遵守", "不再遵守"])
    def test_a_duty_that_no_phrase_names_and_that_is_refused(self, refused: str) -> None:
        assert "并遵守" in letter.PROMISES[0]
        changed = {1: letter.PROMISES[0].replace("并遵守", f"并{refused}")}
        document = read(letter.letter(BODY, changed=changed))
        assert document.fields["promises"].value == {**ALL, "1": False}

    @pytest.mark.parametrize(
        ("promise", "printed_as", "instead"),
        [
            (1, "真实有效", "部分真实有效"),
            (1, "真实有效", "虚实有效"),
            (1, "合法规范", "违法规范"),
            (2, "遵守国家", "参照国家"),
            (3, "严格依法", "参照法律"),
            (3, "真实、准确", "部分真实、准确"),
            (5, "严格保守", "适当保守"),
            (6, "由本机构", "由他机构"),
            (8, "自觉遵守", "尽量遵守"),
            (8, "积极配合", "选择性配合"),
            (8, "主动接受", "选择接受"),
            (8, "主动接受", "被动接受"),
            (8, "主动接受", "拒绝接受"),
            (9, "承担全部", "不承担"),
            (9, "全部法律责任", "部分法律责任"),
        ],
    )
    def test_a_turned_word_is_found_in_its_promise(self, promise: int, printed_as: str, instead: str) -> None:
        judgement = judged(with_promise(promise, printed_as, instead))
        assert false_promises(judgement) == [str(promise)]
        assert judgement.promises_confidence >= 0.9
        assert judgement.categories == 10

    @pytest.mark.parametrize(
        ("promise", "printed_as", "instead"),
        [
            (1, "并遵守", "如不履行，自愿接受处理，并遵守"),
            (6, "由本机构负责", "平台不承担责任，由本机构负责"),
            (8, "主动接受检查", "不得拒绝接受检查，主动接受检查"),
            (5, "不利用客户", "不接受客户的馈赠，不利用客户"),
        ],
    )
    def test_a_condition_and_anothers_duty_are_no_refusal(self, promise: int, printed_as: str, instead: str) -> None:
        judgement = judged(with_promise(promise, printed_as, instead))
        assert judgement.promises == ALL
        assert judgement.promises_confidence >= 0.9

    def test_rules_taken_for_a_mere_model_go_to_a_person(self) -> None:
        judgement = judged(with_promise(1, "并遵守", "并参照"))
        assert judgement.promises_confidence < 0.9
        assert ("1", "doubtful") in [(remark.block, remark.state) for remark in judgement.remarks]

    @pytest.mark.parametrize(("confidence", "sure"), [(0.99, True), (0.95, False)])
    @pytest.mark.parametrize("own_words", [True, False])
    def test_a_change_on_a_one_bit_copy_is_certain_only_where_it_is_read_beyond_doubt(
        self, confidence: float, sure: bool, own_words: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if own_words:
            letter.adopted(monkeypatch)
        page = printed(with_promise(3, "不伪造", "伪造"), confidence=confidence)
        assert false_promises(judge([page])) == ["3"]
        copied = judge([replace(page, appearance="bitonal")])
        assert false_promises(copied) == (["3"] if sure else [])
        assert (copied.promises_confidence >= 0.9) is sure

    @pytest.mark.parametrize("instead", ["不承担", "酌情承担"])
    def test_a_turned_closing_goes_to_a_person(self, instead: str) -> None:
        assert "承担" in letter.CLOSING
        judgement = judged(TEXT.replace(letter.CLOSING, letter.CLOSING.replace("承担", instead)))
        assert judgement.promises_confidence < 0.9
        assert judged(TEXT).promises_confidence >= 0.9
        assert "closing" in [remark.block for remark in judgement.remarks]

    def test_another_citys_letter_promises_nothing_of_annex_a(self) -> None:
        text = "\n".join(
            (
                "检验检测服务平台入驻机构承诺书",
                "一、本单位承诺所填信息属实，愿意接受平台的审核。",
                "二、本单位承诺按照公示的价格收费，按时交付。",
                "三、本单位承诺妥善保管样品，及时回应客户的询问。",
                "四、本单位承诺爱护平台形象，共同维护市场秩序。",
                "五、本单位承诺每年报送统计数据，配合平台的推广活动。",
            )
        )
        reading = FileReading(file="l.jpg", sha256="0" * 64, media_type="image/jpeg", pages=(printed(text),))
        (document,) = extract([reading])
        assert document.kind == "commitment_letter"
        promises = document.fields["promises"].value
        assert isinstance(promises, dict)
        assert not any(promises.values())
        assert document.fields["promises"].confidence >= 0.9
        assert document.fields["information_categories"].value == 0


# -- signature, date, names ---------------------------------------------------------------------------------------


class TestFoot:
    """What stands at the foot of the letter."""

    @pytest.mark.parametrize(("how", "signed"), [("hand", True), ("typed", False), ("stamp", False), (None, False)])
    def test_only_ink_is_a_signature(self, how: str | None, signed: bool) -> None:
        field = read(letter.letter(BODY, signature=how)).fields["signature_present"]
        assert field.value is signed
        assert field.confidence >= 0.9

    def test_the_box_of_the_signature_is_on_the_signature(self) -> None:
        paper = letter.letter(BODY)
        field = read(paper).fields["signature_present"]
        ink = paper.sheets[field.page - 1].fraction(paper.sheets[field.page - 1].ink[0])
        assert field.box[0] < (ink[0] + ink[2]) / 2 < field.box[2]
        assert field.box[1] < (ink[1] + ink[3]) / 2 < field.box[3]

    def test_an_underline_and_a_seals_rim_are_no_signature(self) -> None:
        (reading,) = [words.reading(letter.letter(BODY, signature=None), "letter.pdf")]
        page = reading.pages[-1]
        label = next(w.box for w in page.words if "签字" in w.text)
        line = Ink(box=(label[2] + 0.01, label[3] - 0.001, label[2] + 0.25, label[3] + 0.001), density=0.9)
        seal = page.seals[0].box
        rim = Ink(box=(seal[0] + 0.02, seal[1] + 0.005, seal[2] - 0.02, seal[1] + 0.02), density=0.4)
        inked = replace(reading, pages=(*reading.pages[:-1], replace(page, ink=(line, rim))))
        (document,) = extract([inked])
        assert document.fields["signature_present"].value is False

    @pytest.mark.parametrize(("spelt", "sure"), [("ハクュハ", 0.59), ("(签字）", 0.99), (".", 0.4)])
    def test_what_no_one_can_read_where_one_signs_may_be_a_signature(self, spelt: str, sure: float) -> None:
        reading = words.reading(letter.letter(BODY, signature=None), "letter.pdf")
        page = reading.pages[-1]
        label = next(w.box for w in page.words if "签字" in w.text)
        wide = 0.12 if len(spelt) > 1 else 0.004
        scrawl = Word(text=spelt, box=(label[2] + 0.05, label[1], label[2] + 0.05 + wide, label[3]), confidence=sure)
        (document,) = extract(
            [replace(reading, pages=(*reading.pages[:-1], replace(page, words=(*page.words, scrawl))))]
        )
        field = document.fields["signature_present"]
        assert (field.value, field.confidence < 0.9) == ((True, True) if "ハ" in spelt else (False, False))

    def test_a_poor_copy_is_less_certain(self) -> None:
        clear = read(letter.letter(BODY, signature=None)).fields["signature_present"]
        poor = read(letter.letter(BODY, signature=None), appearance="bitonal").fields["signature_present"]
        assert poor.confidence < 0.9 <= clear.confidence

    def test_an_electronic_signature_counts(self) -> None:
        valid = ElectronicSignature(signer="某某", intact=True, note="verified")
        broken = ElectronicSignature(signer="某某", intact=False, note="changed after signing")
        unsigned = letter.letter(BODY, signature=None)
        assert read(unsigned, signatures=(valid,)).fields["signature_present"].value is True
        assert read(unsigned, signatures=(broken,)).fields["signature_present"].value is False

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_the_date_is_read(self, by_hand: bool) -> None:
        paper = letter.letter(BODY, signed_on=date(2026, 3, 9), handwritten_date=by_hand)
        assert read(paper).fields["signed_on"].value == "2026-03-09"

    def test_a_blank_date_is_absent(self) -> None:
        assert "signed_on" not in read(letter.letter(BODY, signed_on=None)).fields

    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("2026年71月18日", "2026-11-18"),
            ("2026年17月18日", "2026-11-18"),
            ("2026年7月77日", "2026-07-11"),
            ("2026年27月18日", None),
            ("2026年11月<8日", "2026-11-18"),
            ("2026年77月99日", None),
            ("2026.年11月18日", "2026-11-18"),
            ("2026年11月.18·日", "2026-11-18"),
        ],
    )
    def test_a_date_that_can_not_be_is_doubtful_or_null(self, written: str, value: str | None) -> None:
        reading = words.reading(letter.letter(BODY, handwritten_date=False), "letter.pdf")
        page = reading.pages[-1]
        broken = tuple(replace(w, text=written) if w.text.startswith("2026年") else w for w in page.words)
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], replace(page, words=broken)))])
        assert document.fields["signed_on"].value == value
        assert document.fields["signed_on"].confidence < 0.9

    def test_ink_where_no_date_can_be_read_makes_it_null(self) -> None:
        reading = words.reading(letter.letter(BODY, signed_on=None), "letter.pdf")
        page = reading.pages[-1]
        first = next(w.box for w in page.words if w.text.startswith("年"))
        scribble = Ink(box=(first[0] - 0.07, first[1] - 0.01, first[0] - 0.01, first[3] + 0.005), density=0.2)
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], replace(page, ink=(*page.ink, scribble))))])
        assert document.fields["signed_on"].value is None

    def test_writing_below_the_wording_without_the_label_is_doubtful(self) -> None:
        reading = words.reading(letter.letter(BODY), "letter.pdf")
        page = reading.pages[-1]
        bare = replace(page, words=tuple(w for w in page.words if "签字" not in w.text))
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], bare))])
        assert document.fields["signature_present"].value is True
        assert document.fields["signature_present"].confidence < 0.9

    @pytest.mark.parametrize(("slope", "certain"), [(0.0, True), (0.06, False)])
    def test_a_name_read_with_its_label_on_a_slanting_photo_is_not_surely_typed(
        self, slope: float, certain: bool
    ) -> None:
        reading = words.reading(letter.letter(BODY, signature=None), "letter.pdf")
        page = reading.pages[-1]

        def slanting(word: Word) -> Word:
            x0, y0, x1, y1 = word.box
            text, right = (word.text + BODY.person, x1 + 0.15) if "签字" in word.text else (word.text, x1)
            return replace(word, text=text, box=(x0, y0, right, y1 + slope * (right - x0)), confidence=0.99)

        slanted = replace(page, words=tuple(slanting(word) for word in page.words))
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], slanted))])
        field = document.fields["signature_present"]
        assert (field.confidence >= 0.9) is certain
        assert ("legal_representative" in document.fields) is certain

    @pytest.mark.parametrize("inked", [True, False])
    def test_a_signature_read_with_its_label_on_a_page_of_few_lines(self, inked: bool) -> None:
        # The engine joined label and signature and spelled half of it; the segment is as wide as the whole writing.
        reading = words.reading(letter.letter(BODY), "letter.pdf")
        page = reading.pages[-1]
        foot = replace(
            page,
            words=(
                Word(text="法定代表人（签字）：冯筠", box=(0.15891, 0.11458, 0.56254, 0.14921), confidence=0.997),
                Word(text="入驻机构（公章）：", box=(0.16314, 0.20308, 0.36435, 0.22617), confidence=0.987),
                Word(text="2026年11月18日", box=(0.5855, 0.26806, 0.85861, 0.30013), confidence=0.999),
            ),
            ink=(Ink(box=(0.4281, 0.11765, 0.52951, 0.14647), density=0.3854),) if inked else (),
        )
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], foot))])
        field = document.fields["signature_present"]
        assert field.value is True
        assert (field.confidence >= 0.9) is inked  # without ink it is neither surely typed nor surely written

    def test_writing_that_begins_within_the_labels_box_counts(self) -> None:
        reading = words.reading(letter.letter(BODY, signature=None), "letter.pdf")
        page = reading.pages[-1]
        label = next(w.box for w in page.words if "签字" in w.text)
        name = Word(text="章松", box=(label[2] - 0.015, label[1], label[2] + 0.1, label[3]), confidence=0.78)
        written = replace(page, words=(*page.words, name))
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], written))])
        assert document.fields["signature_present"].value is True

    def test_a_foot_of_few_lines_has_no_slope(self) -> None:
        page = words.reading(letter.letter(BODY), "letter.pdf").pages[-1]
        boxes = ((0.466, 0.166, 0.823, 0.214), (0.475, 0.227, 0.637, 0.244), (0.476, 0.277, 0.629, 0.294))
        texts = ("法定代表人（签字）：陈立群", "入驻机构（公章）", "2026年11月18日")
        foot = tuple(Word(text=text, box=box, confidence=0.93) for text, box in zip(texts, boxes, strict=True))
        assert Print.of(replace(page, words=foot, seals=())).slope == 0.0

    def test_a_picture_of_a_signature_on_a_digital_page_is_one(self) -> None:
        reading = words.reading(letter.letter(BODY, signature=None), "letter.pdf")
        page = reading.pages[-1]
        x0, y0, x1, y1 = next(w.box for w in page.words if "签字" in w.text)
        seen = Word(
            text=f"法定代表人（签字）：{BODY.person}", box=(x0, y0 - 0.014, x1 + 0.13, y1 + 0.014), confidence=0.93
        )
        pictured = replace(page, words=(seen, *page.words))
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], pictured))])
        assert document.fields["signature_present"].value is True

    def test_letters_of_the_seal_do_not_hide_that_lines_run_aslant(self) -> None:
        def line(width: float, top: float) -> Word:
            return Word(
                text="承诺如有不实之处", box=(0.2, top, 0.2 + width, top + 0.022 + 0.055 * width), confidence=1.0
            )

        page = words.reading(letter.letter(BODY), "letter.pdf").pages[-1]
        seal = Seal(page=page.number, box=(0.45, 0.22, 0.6, 0.36), text=None)
        arc = Word(text="限公公司", box=(0.509, 0.25, 0.588, 0.35), confidence=0.5)
        lines = (*(line(width, 0.1) for width in (0.48, 0.6, 0.55, 0.19, 0.23)), arc)
        assert Print.of(replace(page, words=lines, seals=(seal,))).slope > 0.04

    @pytest.mark.parametrize(
        ("name", "high", "inked", "value", "certain"),
        [
            (BODY.person, 2.4, True, True, True),  # the seal was set over the signature
            (BODY.person, 2.4, False, True, False),  # its strokes were not told from the seal
            ("咨询有限公司", 8.0, False, False, True),  # letters of the arc, read aslant
            (None, 0.0, False, False, True),
        ],
    )
    def test_a_seal_over_the_place_of_the_signature_hides_none_and_makes_none(
        self, name: str | None, high: float, inked: bool, value: bool, certain: bool
    ) -> None:
        reading = words.reading(letter.letter(BODY, signature=None, own_seal=False), "letter.pdf")
        page = reading.pages[-1]
        label = next(w.box for w in page.words if "签字" in w.text)
        tall, middle = label[3] - label[1], (label[1] + label[3]) / 2
        ring = (label[2] + 0.01, middle - 2 * tall, label[2] + 0.21, middle + 7 * tall)
        seal = Seal(page=page.number, box=ring, text="无锡某某咨询有限公司")
        at = (label[2] + 0.05, middle - high / 2 * tall, label[2] + 0.19, middle + high / 2 * tall)
        ink = Ink(box=(at[0], middle - 0.9 * tall, at[2], middle + 0.9 * tall), density=0.2)
        covered = replace(
            page,
            words=(*page.words, Word(text=name, box=at, confidence=0.95)) if name else page.words,
            seals=(seal,),
            ink=(ink,) if inked else (),
        )
        (document,) = extract([replace(reading, pages=(*reading.pages[:-1], covered))])
        field = document.fields["signature_present"]
        assert field.value is value
        assert (field.confidence >= 0.9) is certain

    def test_typed_names_are_read_and_written_ones_are_not(self) -> None:
        typed = read(letter.letter(BODY, signature="typed", typed_name=True))
        assert typed.fields["legal_representative"].value == BODY.person
        assert typed.fields["holder_name"].value == BODY.name
        written = read(letter.letter(BODY))
        assert "legal_representative" not in written.fields
        assert "holder_name" not in written.fields


@pytest.mark.parametrize(("name", "value"), [(BODY.person, True), ("", False)])
def test_a_name_read_in_one_with_its_label_is_none_of_the_letters_of_a_seal(name: str, value: bool) -> None:
    reading = words.reading(letter.letter(BODY, signature=None, own_seal=False), "letter.pdf")
    page = reading.pages[-1]
    label = next(w for w in page.words if "签字" in w.text)
    left, top, right, bottom = label.box
    tall, wide = bottom - top, (right - left) / 10
    line = Word(
        text=label.text + name, box=(left, top - tall, right + wide * len(name), bottom + tall), confidence=0.99
    )
    seal = Seal(page=page.number, box=(right - wide, top - tall, right + 8 * wide, bottom + 6 * tall), text="某某公司")
    aslant = replace(page, words=tuple(line if w is label else w for w in page.words), seals=(seal,), ink=())
    (document,) = extract([replace(reading, pages=(*reading.pages[:-1], aslant))])
    assert document.fields["signature_present"].value is value


@pytest.mark.parametrize(("ends", "sure"), [(0.985, False), (0.8, True)])
def test_a_signature_that_the_picture_cuts_off_is_not_surely_missing(ends: float, sure: bool) -> None:
    reading = words.reading(letter.letter(BODY, signature=None), "letter.pdf")
    page = reading.pages[-1]
    label = next(w for w in page.words if "签字" in w.text)
    left, top, right, bottom = label.box
    moved = replace(label, box=(left + ends - right, top, ends, bottom))
    foot = replace(page, words=tuple(moved if w is label else w for w in page.words))
    (document,) = extract([replace(reading, pages=(*reading.pages[:-1], foot))])
    field = document.fields["signature_present"]
    assert (field.value, field.confidence >= 0.9) == (False, sure)


def test_a_foot_alone_on_the_last_page_belongs_to_the_letter() -> None:
    reading = words.reading(letter.letter(BODY), "letter.pdf")
    page = reading.pages[-1]
    top = next(w.box[1] for w in page.words if "签字" in w.text)
    foot = replace(page, number=2, words=tuple(w for w in page.words if w.box[1] >= top - 0.02))
    body = replace(page, words=tuple(w for w in page.words if w.box[1] < top - 0.02), ink=(), seals=())
    pages = (
        (*reading.pages[:-1], replace(body, number=1), foot)
        if len(reading.pages) == 1
        else (
            *reading.pages[:-1],
            replace(foot, number=len(reading.pages)),
        )
    )
    (document,) = extract([replace(reading, pages=pages)])
    assert document.kind == "commitment_letter"
    assert document.fields["signature_present"].value is True
    assert document.fields["signed_on"].value == "2026-11-18"


def test_a_foot_whose_label_is_signed_over_is_of_the_letter() -> None:
    lines = ("入驻机构（公章）：", "2026 年 11 月 16 日")
    (document,) = extract([picture(*lines)])
    assert document.kind == "commitment_letter"
    (other,) = extract([picture("送检单位（公章）：", lines[1])])
    assert other.kind == "unknown"


def test_a_title_above_faded_print_is_not_a_letter_without_promises() -> None:
    (document,) = extract([picture(letter.TITLE)])
    assert document.kind == "commitment_letter"
    assert document.fields["promises"].confidence < 0.9
    assert document.fields["information_categories"].confidence < 0.9


def picture(*lines: str) -> FileReading:
    return FileReading(file="l.jpg", sha256="0" * 64, media_type="image/jpeg", pages=(printed("\n".join(lines)),))


def test_the_shipped_fingerprints_are_whole() -> None:
    adopted = adopted_letter()
    assert len(adopted.prints) == adopted.length - 1
    assert [block.name for block in adopted.blocks if block.is_promise] == [str(n) for n in range(1, 10)]
    assert sum(block.is_category for block in adopted.blocks) == 10
    for block in adopted.blocks:
        assert all(block.start <= phrase.start and phrase.end <= block.end for phrase in block.decisive)


def test_the_project_keeps_only_short_phrases_of_the_letter() -> None:
    adopted = adopted_letter()
    kept = sum(len(phrase.phrase) for block in adopted.blocks for phrase in block.decisive)
    assert kept < 0.25 * adopted.length
    assert max(len(phrase.phrase) for block in adopted.blocks for phrase in block.decisive) <= 8


def test_other_letters_of_commitment_are_not_this_one() -> None:
    text = "产品质量承诺书\n我公司承诺所售产品符合国家标准，实行三包。\n我公司承诺按期交货。\n我公司承诺售后服务及时。"
    reading = FileReading(file="l.jpg", sha256="0" * 64, media_type="image/jpeg", pages=(printed(text),))
    (document,) = extract([reading])
    assert document.kind == "unknown"
