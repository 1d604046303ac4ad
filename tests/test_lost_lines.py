"""Lines that the finder lost under a seal: found strip by strip where a paper lacks what it must print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from papers import authorizations, invent, letter, words
from papers.sheet import Paper
from qi_pipeline.extraction.documents import documents_of
from qi_pipeline.extraction.lost_lines import Read, with_lost_lines
from qi_pipeline.model import Document, FileReading, Page, Word
from qi_pipeline.reading.protocol import CropRequest

BODY = invent.institution(3)
TALL = 0.5
"""A strip whose middle lies farther from a line, in heights of it, shows nothing of it."""


def stored(paper: Paper, file: str) -> FileReading:
    """The reading of a paper as it lies in a packet, with a picture of every page."""
    reading = words.reading(paper, file)
    pages = tuple(replace(page, image=f"a-{page.number}.jpg") for page in reading.pages)
    return replace(reading, pages=pages)


def lost(reading: FileReading, *texts: str) -> tuple[FileReading, list[tuple[int, Word]]]:
    """The reading without the lines that hold one of these texts, and those lines with their pages."""
    gone = [
        (page.number, word) for page in reading.pages for word in page.words if any(text in word.text for text in texts)
    ]
    assert gone
    pages = tuple(
        replace(page, words=tuple(word for word in page.words if (page.number, word) not in gone))
        for page in reading.pages
    )
    return replace(reading, pages=pages), gone


def over_seals(reading: FileReading, lines: Sequence[tuple[int, Word]]) -> FileReading:
    """The reading with a seal that touches these lines."""

    def sealed(page: Page) -> Page:
        boxes = [word.box for number, word in lines if number == page.number]
        if not boxes:
            return page
        assert page.seals, "the paper is drawn without a seal"
        box = (boxes[0][0] + 0.02, boxes[0][1] - 0.08, boxes[0][0] + 0.22, boxes[0][3] + 0.04)
        return replace(page, seals=(*page.seals, replace(page.seals[0], box=box)))

    return replace(reading, pages=tuple(sealed(page) for page in reading.pages))


def showing(lines: Sequence[tuple[int, Word]], asked: list[CropRequest] | None = None) -> Read:
    """An engine that reads a strip as the line that runs along its middle, if the strip holds the whole of it."""

    def read(requests: Sequence[CropRequest]) -> list[tuple[str, float]]:
        if asked is not None:
            asked.extend(requests)
        return [seen(request) for request in requests]

    def seen(request: CropRequest) -> tuple[str, float]:
        x0, y0, x1, y1 = request.box
        for number, word in lines:
            high = word.box[3] - word.box[1]
            near = abs((y0 + y1) / 2 - (word.box[1] + word.box[3]) / 2) < TALL * high
            if request.image == f"a-{number}.jpg" and near and x0 <= word.box[0] and x1 >= word.box[2]:
                return word.text, 0.98
        return "", 0.0

    return read


def only(documents: Sequence[Document]) -> Document:
    (document,) = documents
    return document


@pytest.fixture
def signed() -> FileReading:
    return stored(letter.letter(BODY, signed_on=date(2026, 11, 18), handwritten_date=False), "承诺书.pdf")


def test_a_date_under_the_seal_that_the_finder_lost_is_found(signed: FileReading) -> None:
    torn, gone = lost(signed, "月")
    gone = [(number, word) for number, word in gone if "2026" in word.text or "日" in word.text]
    torn = over_seals(torn, gone)
    found = documents_of(torn)
    assert "signed_on" not in only(found).fields

    documents, readings = with_lost_lines(found, [torn], showing(gone))

    field = only(documents).fields["signed_on"]
    number, line = gone[-1]
    assert field.value == "2026-11-18"
    assert field.page == number
    assert field.box[1] < (line.box[1] + line.box[3]) / 2 < field.box[3]
    assert line.text in {word.text for word in readings[0].pages[number - 1].words}


def test_a_letter_on_which_no_strip_shows_a_date_stays_undated() -> None:
    blank = stored(letter.letter(BODY, signed_on=None), "承诺书.pdf")
    found = documents_of(blank)
    asked: list[CropRequest] = []

    documents, readings = with_lost_lines(found, [blank], showing([], asked))

    assert asked
    assert documents == found
    assert readings == [blank]


def test_half_a_date_under_the_seal_is_doubtful_and_not_missing(signed: FileReading) -> None:
    torn, gone = lost(signed, "月")
    gone = [(number, word) for number, word in gone if "2026" in word.text or "日" in word.text]
    torn = over_seals(torn, gone)
    half = [(number, replace(word, text="6年1月")) for number, word in gone]

    documents, _ = with_lost_lines(documents_of(torn), [torn], showing(half))

    assert only(documents).fields["signed_on"].value is None


def test_the_end_of_an_approval_that_the_finder_lost_is_found() -> None:
    paper = authorizations.approval(BODY)
    whole = stored(paper, "批准书.jpg")
    end = str(only(documents_of(whole)).fields["valid_to"].value)
    torn, gone = lost(whole, "有效期", f"{end[:4]}年")
    label, line = gone[0][1], gone[-1][1]  # a strip shows both as one
    gone = [(1, replace(line, text=f"{label.text}{line.text}" if label is not line else line.text))]
    torn = over_seals(torn, gone)
    found = documents_of(torn)
    assert "valid_to" not in only(found).fields or only(found).fields["valid_to"].value is None

    documents, _ = with_lost_lines(found, [torn], showing(gone))

    assert only(documents).fields["valid_to"].value == end


def test_a_paper_that_lacks_nothing_costs_nothing(signed: FileReading) -> None:
    asked: list[CropRequest] = []
    found = documents_of(signed)

    documents, readings = with_lost_lines(found, [signed], showing([], asked))

    assert (documents, readings, asked) == (found, [signed], [])


def test_letters_of_the_seal_itself_are_no_line(signed: FileReading) -> None:
    torn, gone = lost(signed, "月")
    gone = [(number, word) for number, word in gone if "2026" in word.text or "日" in word.text]
    torn = over_seals(torn, gone)
    arc = [(number, replace(word, text="有限公司")) for number, word in gone]

    documents, readings = with_lost_lines(documents_of(torn), [torn], showing(arc))

    assert "signed_on" not in only(documents).fields
    assert readings == [torn]


@pytest.mark.parametrize(("other_looks", "certain"), [("2026年11月18日", True), ("2026年11月13日", False), ("", False)])
def test_a_day_found_under_a_seal_is_sure_only_where_another_look_gives_it(
    signed: FileReading, other_looks: str, certain: bool
) -> None:
    torn, gone = lost(signed, "月")
    gone = [(number, word) for number, word in gone if "2026" in word.text or "日" in word.text]
    torn = over_seals(torn, gone)
    strips = showing(gone)

    def read(requests: Sequence[CropRequest]) -> list[tuple[str, float]]:
        found = strips(requests)
        return [
            each if request.look == "soft" else (other_looks, 0.9)
            for request, each in zip(requests, found, strict=True)
        ]

    documents, _ = with_lost_lines(documents_of(torn), [torn], read)

    field = only(documents).fields["signed_on"]
    assert field.value == "2026-11-18"
    assert (field.confidence >= 0.9) is certain
