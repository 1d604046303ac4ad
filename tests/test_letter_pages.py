"""A commitment letter whose pages are scanned into files of their own is one letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from papers import letter
from papers.packets import LETTER, Packet, good_packet
from qi_pipeline.admission.decide import decide
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.facts import RegistrySnapshot
from qi_pipeline.admission.form import form_from_json
from qi_pipeline.admission.letter import Letter, letter_of
from qi_pipeline.admission.papers import papers_of
from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import default_services
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import Decision, FileReading, Page, Word
from qi_pipeline.policy import default_policy


def decided(pages_kept: tuple[int, ...]) -> Decision:
    packet = good_packet()
    readings: list[FileReading] = []
    for reading in packet.readings():
        if reading.file != LETTER:
            readings.append(reading)
            continue
        for page in reading.pages:
            if page.number in pages_kept:
                single = replace(page, number=1)
                readings.append(replace(reading, file=f"letter{page.number}.jpg", pages=(single,)))
    return judged(packet, readings)


def judged(packet: Packet, readings: list[FileReading]) -> Decision:
    documents = assess(extract(readings), readings, None)
    dossier = build(
        form=form_from_json(packet.application_bytes or b"", "application.json"),
        documents=documents,
        failures=(),
        registry=RegistrySnapshot(),
        credit=packet.credit,
        request="admission",
        as_of=date(2026, 11, 22),
        policy=default_policy(),
        services=default_services(),
    )
    return decide(dossier, default_policy(), load_rules())


def shuffled(order: tuple[str, ...]) -> tuple[Packet, list[FileReading]]:
    """A packet whose letter and other papers lie in one file, in this order: 1 and 2 for the pages of the letter."""
    packet = good_packet()
    readings = packet.readings()
    (letter_reading,) = [reading for reading in readings if reading.file == LETTER]
    others = [reading for reading in readings if reading.file != LETTER and len(reading.pages) == 1]
    pages: list[Page] = []
    for sign in order:
        page = letter_reading.pages[int(sign) - 1] if sign.isdigit() else others.pop().pages[0]
        pages.append(replace(page, number=len(pages) + 1))
    scan = replace(letter_reading, file="scan.pdf", pages=tuple(pages))
    return packet, [scan, *others, *(each for each in readings if each.file != LETTER and len(each.pages) > 1)]


@pytest.mark.parametrize(
    "order", [("1", "2", "x"), ("1", "x", "2"), ("2", "x", "1"), ("2", "1", "x"), ("2", "x", "x", "1")]
)
def test_pages_of_a_letter_that_other_papers_part_are_one_letter(order: tuple[str, ...]) -> None:
    packet, readings = shuffled(order)
    decision = judged(packet, readings)
    assert (decision.outcome, decision.findings) == ("admit", ())
    (whole,) = [each for each in extract(readings) if each.kind == "commitment_letter"]
    assert [order[number - 1] for number in whole.pages] == ["1", "2"]


@pytest.mark.parametrize("order", [("1", "x"), ("x", "2"), ("2", "x", "2")])
def test_a_page_of_a_letter_that_is_missing_is_missed_among_other_papers(order: tuple[str, ...]) -> None:
    assert judged(*shuffled(order)).outcome in ("supplement", "manual_review")


def test_pages_in_two_files_are_one_letter() -> None:
    decision = decided((1, 2))
    assert (decision.outcome, decision.findings) == ("admit", ())


@pytest.mark.parametrize("kept", [(1,), (2,)])
def test_one_page_alone_is_no_whole_letter(kept: tuple[int, ...]) -> None:
    assert decided(kept).outcome in ("supplement", "manual_review")


@pytest.mark.parametrize("told", [True, False])
def test_what_a_letter_lacks_is_doubtful_when_its_next_page_could_not_be_told(told: bool) -> None:
    """The last page of a scan, read so badly that it is of no kind, may bear signature, date and seal."""
    packet = good_packet()
    readings = packet.readings()
    documents = assess(extract(readings), readings, None)
    letter = next(each for each in documents if each.kind == "commitment_letter")
    fields = {name: field for name, field in letter.fields.items() if name != "signed_on"}
    first = replace(letter, pages=(1,), fields=fields, seals=())
    rest = replace(letter, kind="unknown", pages=(2,), fields={}, seals=())
    others = [each for each in documents if each is not letter]
    dossier = build(
        form=form_from_json(packet.application_bytes or b"", "application.json"),
        documents=[*others, first] if told else [*others, first, rest],
        failures=(),
        registry=RegistrySnapshot(),
        credit=packet.credit,
        request="admission",
        as_of=date(2026, 11, 22),
        policy=default_policy(),
        services=default_services(),
    )
    decision = decide(dossier, default_policy(), load_rules())
    codes = {finding.code for finding in decision.findings} - {"unknown_document"}
    assert codes == ({"commitment_letter_undated", "seal_missing"} if told else {"low_confidence"})


# -- a letter cut between two files is judged over both ----------------------------------------------------------

BLOCKS = (
    letter.TITLE,
    letter.PREAMBLE,
    *(f"{n}、{text}" for n, text in enumerate(letter.PROMISES, 1)),
    *(f"——{text}" for text in letter.CATEGORIES),
    letter.CLOSING,
    "法定代表人（签字）：",
    "入驻机构（公章）：",
    "2026年11月16日",
)
MIDST = BLOCKS.index(f"6、{letter.PROMISES[5]}")


def cut_in_two(blocks: tuple[str, ...], at: int) -> list[FileReading]:
    """Readings of two files, the page break amid the block ``at``."""
    half = len(blocks[at]) // 2
    sheets = ([*blocks[:at], blocks[at][:half]], [blocks[at][half:], *blocks[at + 1 :]])
    readings = []
    for number, texts in enumerate(sheets, 1):
        lines = [text[k : k + 34] for text in texts for k in range(0, len(text), 34)]
        words = tuple(
            Word(text=line, box=(0.12, 0.04 + 0.02 * n, 0.12 + 0.022 * len(line), 0.052 + 0.02 * n), confidence=0.98)
            for n, line in enumerate(lines)
        )
        page = Page(number=1, width=1654, height=2339, source="ocr", words=words)
        readings.append(
            FileReading(file=f"letter-{number}.jpg", sha256=str(number) * 64, media_type="image/jpeg", pages=(page,))
        )
    return readings


def letter_cut(*, without: str = "", changes: tuple[str, str] = ("", ""), at: int = MIDST) -> Letter:
    """The letter as admission sees it, with one block left out or words exchanged."""
    blocks = tuple(block.replace(*changes) for block in BLOCKS if not without or without not in block)
    documents = extract(cut_in_two(blocks, at))
    assert [document.kind for document in documents] == ["commitment_letter"] * 2
    papers = papers_of(documents, default_policy().admission.certain_from)
    assert [len(paper.documents) for paper in papers] == [2]
    found = letter_of([(paper, True) for paper in papers], date(2026, 11, 22))
    assert found is not None
    return found


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own wording is the adopted one."""
    letter.adopted(monkeypatch)


@pytest.mark.usefixtures("exact")
class TestCutBetweenFiles:
    def test_a_promise_cut_by_the_page_break_is_whole(self) -> None:
        found = letter_cut()
        assert (found.whole, found.changed, found.categories, found.doubts) == (True, (), 10, ())

    @pytest.mark.parametrize("number", [2, 5, 7, 9])
    def test_a_promise_left_out_is_missing(self, number: int) -> None:
        found = letter_cut(without=f"{number}、{letter.PROMISES[number - 1]}", at=MIDST - (number < 6))
        assert (found.whole, found.changed) == (False, (str(number),))

    def test_a_category_left_out_is_missing(self) -> None:
        found = letter_cut(without=letter.CATEGORIES[3])
        assert (found.whole, found.categories) == (False, 9)

    @pytest.mark.parametrize("at", [MIDST, -4])
    def test_a_closing_turned_is_found_on_either_page(self, at: int) -> None:
        found = letter_cut(changes=("愿意承担", "不承担"), at=len(BLOCKS) + at if at < 0 else at)
        assert (found.whole, found.closing_turned) == (False, True)

    def test_a_category_added_on_the_next_page_does_not_pass(self) -> None:
        added = letter.CATEGORIES[6] + "\n——转载其他网站文章未注明出处的；"
        found = letter_cut(changes=(letter.CATEGORIES[6], added))
        assert found.whole in (False, "doubtful")

    def test_the_evidence_is_the_page_that_shows_the_change(self) -> None:
        found = letter_cut(changes=("愿意承担", "不承担"))
        (place,) = found.paper.read("promises").evidence
        assert place.file == "letter-2.jpg"
