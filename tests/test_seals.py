from __future__ import annotations

import functools
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from papers import licence, marks
from papers.invent import institution
from papers.sheet import Sheet
from qi_pipeline.model import Seal, Word
from qi_pipeline.reading.engines import Engine, load_engine
from qi_pipeline.reading.seal_faces import Face, face_of
from qi_pipeline.reading.seal_inks import ink_map
from qi_pipeline.reading.seal_names import AGREES_FROM, DIFFERS_BELOW, seal_names
from qi_pipeline.reading.seal_reading import read_foot
from qi_pipeline.reading.seal_rings import find_rings
from qi_pipeline.reading.seals import find_seals

Pixels = NDArray[np.uint8]
NAME = "无锡市晴川检测技术有限公司"


@functools.cache
def _engine() -> Engine:
    return load_engine("rapidocr")


def _read(image: Pixels) -> Sequence[Word]:
    return _engine().read_strip(image)


def _pixels(sheet: Sheet, dpi: int = 150) -> Pixels:
    return np.asarray(sheet.image(dpi).convert("RGB"), dtype=np.uint8)


def _printed(sheet: Sheet) -> None:
    """Some print around and under the seal."""
    for row in range(6):
        sheet.text(30, 150 + 12 * row, "本机构承诺所提交的材料真实有效并对其负责。", 4.6)


def _sheet(**how: object) -> Sheet:
    sheet = Sheet()
    _printed(sheet)
    marks.seal(sheet, 120, 190, NAME, own=True, **how)  # type: ignore[arg-type]
    return sheet


def _grey(pixels: Pixels) -> Pixels:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)


def _the_one(found: tuple[Seal, ...], sheet: Sheet) -> Seal:
    (seal,) = found
    assert seal.box == pytest.approx(sheet.fraction(sheet.seals[0].box), abs=0.01)
    return seal


@pytest.mark.ocr
@pytest.mark.parametrize(
    "how",
    [{}, {"turn": 24.0}, {"turn": -60.0}, {"faded": 0.6}, {"colour": (40, 60, 190), "colour_name": "blue"}],
    ids=["straight", "turned", "far turned", "faint", "blue"],
)
def test_the_name_on_a_seal_over_print_is_read(how: dict[str, object]) -> None:
    sheet = _sheet(**how)
    seal = _the_one(find_seals(_pixels(sheet, 200), 2, _read), sheet)
    assert seal_names(seal.text, NAME) >= AGREES_FROM
    assert (seal.page, seal.colour, seal.shape) == (2, how.get("colour_name", "red"), "round")
    assert seal.confidence > 0.5


def _face(sheet: Sheet) -> Face:
    pixels = _pixels(sheet, 150)
    ring = find_rings(ink_map(pixels, "red"), 24.0)[0]
    return face_of(pixels, ring, "red")


@pytest.mark.parametrize("faded", [0.0, 0.7])
@pytest.mark.parametrize("turn", [0.0, 24.0])
def test_a_line_below_the_star_that_no_look_reads_is_noticed(faded: float, turn: float) -> None:
    def blind(_image: Pixels) -> Sequence[Word]:
        return []

    for_a_purpose = _face(_sheet(faded=faded, turn=turn, centre="合同专用章"))
    plain = _face(_sheet(faded=faded, turn=turn))
    assert (read_foot(for_a_purpose, blind), read_foot(plain, blind)) == ("", None)


def test_print_and_a_frame_behind_a_seal_are_no_line_below_its_star() -> None:
    sheet = Sheet()
    _printed(sheet)
    marks.border(sheet, inset=100.0, band=40.0, colour=(170, 160, 140))
    marks.seal(sheet, 110, 190, NAME, own=True)
    assert read_foot(_face(sheet), lambda _image: []) is None


@pytest.mark.ocr
def test_what_the_edge_of_the_page_cuts_below_the_star_is_not_known() -> None:
    sheets = [Sheet(), Sheet()]
    marks.seal(sheets[0], 120, 290, NAME, own=True)
    marks.seal(sheets[1], 120, 200, NAME, own=True)
    assert [find_seals(_pixels(sheet, 150), 1, _read)[0].centre for sheet in sheets] == ["", None]


@pytest.mark.ocr
def test_a_grey_copy_keeps_its_seal_as_a_ring_with_a_name() -> None:
    sheet = _sheet()
    seal = _the_one(find_seals(_grey(_pixels(sheet, 200)), 1, _read), sheet)
    assert seal_names(seal.text, NAME) >= AGREES_FROM
    assert seal.colour == "black"


@pytest.mark.ocr
def test_the_purpose_below_the_star_is_read_and_the_code_on_the_rim_is_not() -> None:
    sheet = _sheet(centre="合同专用章", turn=12.0)
    seal = _the_one(find_seals(_pixels(sheet, 200), 1, _read), sheet)
    assert (seal.text, seal.centre) == (NAME, "合同专用章")


@pytest.mark.ocr
def test_an_oval_seal_is_told_from_a_round_one_and_its_middle_line_read() -> None:
    sheet = _sheet(oval=True, centre="发票专用章")
    seal = _the_one(find_seals(_pixels(sheet, 200), 1, _read), sheet)
    assert seal_names(seal.text, NAME) > DIFFERS_BELOW
    assert (seal.shape, seal.centre) == ("oval", "发票专用章")


@pytest.mark.ocr
def test_two_seals_that_overlap_are_two() -> None:
    sheet = Sheet()
    marks.seal(sheet, 84, 190, "无锡市市场监督管理局")
    marks.seal(sheet, 118, 196, NAME, own=True, turn=10.0)
    found = find_seals(_pixels(sheet, 200), 1, _read)
    assert len(found) == 2
    names = [seal.text for seal in found]
    assert max(seal_names(name, NAME) for name in names) >= AGREES_FROM
    assert max(seal_names(name, "无锡市市场监督管理局") for name in names) >= AGREES_FROM


@pytest.mark.ocr
def test_a_seal_that_runs_off_the_page_is_found() -> None:
    sheet = Sheet()
    marks.seal(sheet, sheet.width - 10, 120, NAME, own=True)
    (seal,) = find_seals(_pixels(sheet), 1, _read)
    assert seal.box[2] == 1.0
    assert seal.confidence < 0.9 or seal_names(seal.text, NAME) >= AGREES_FROM


@pytest.mark.ocr
@pytest.mark.parametrize("edition", ["2014", "2022"])
def test_emblem_frames_titles_and_reminders_of_a_licence_are_no_seals(edition: str) -> None:
    paper = licence.licence(institution(7), edition=edition, own_seal=False, issuer_seal=False, seed=7)
    assert find_seals(_pixels(paper.sheets[0]), 1, _read) == ()


def _reads_nothing(_image: Pixels) -> Sequence[Word]:
    return []


def test_a_seal_whose_name_cant_be_read_has_no_text_and_no_confidence() -> None:
    sheet = _sheet()
    seal = _the_one(find_seals(_pixels(sheet), 1, _reads_nothing), sheet)
    assert (seal.text, seal.confidence) == (None, 0.0)


def test_a_black_ring_without_a_name_is_no_seal() -> None:
    page = np.full((1400, 1000, 3), 255, dtype=np.uint8)
    cv2.circle(page, (500, 700), 90, (20, 20, 20), 5)
    assert find_seals(page, 1, _reads_nothing) == ()


def test_a_gold_relief_seal_is_found_without_its_name() -> None:
    sheet = Sheet()
    marks.gold_seal(sheet, 110, 200, 36, "中国合格评定国家认可委员会")
    (seal,) = find_seals(_pixels(sheet), 1, _reads_nothing)
    assert (seal.colour, seal.text) == ("gold", None)
    assert seal.box == pytest.approx(sheet.fraction(sheet.seals[0].box), abs=0.015)


def test_a_tilted_ring_is_measured_as_the_ellipse_it_is() -> None:
    page = np.full((1200, 900, 3), 255, dtype=np.uint8)
    cv2.ellipse(page, ((420.0, 600.0), (200.0, 176.0), 30.0), (220, 40, 50), 6)
    cv2.putText(page, "print print print", (300, 610), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    ring = find_rings(ink_map(page, "red"), 24.0)[0]
    assert (ring.x, ring.y) == pytest.approx((420, 600), abs=2)
    assert sorted((ring.wide, ring.high)) == pytest.approx([88 + 3, 100 + 3], abs=3)
    assert ring.support > 0.95


def test_a_name_on_which_half_of_the_looks_differ_is_no_more_than_likely() -> None:
    said = iter(["无锡市靖川检测技术有限公司", NAME, "无锡市靖川检测技术有限公司", NAME, NAME])
    seen: list[Pixels] = []

    def read(image: Pixels) -> Sequence[Word]:
        seen.append(image)
        text = next(said, "")
        return [Word(text=text, box=(0.0, 0.0, 1.0, 1.0), confidence=0.98)] if text else []

    (seal,) = find_seals(_pixels(_sheet()), 1, read)
    assert (seal.text, seal.confidence <= 0.8) == (NAME, True)

    (seal,) = find_seals(_pixels(_sheet()), 1, lambda _: [Word(text=NAME, box=(0.0, 0.0, 1.0, 1.0), confidence=0.98)])
    assert (seal.text, seal.confidence > 0.9) == (NAME, True)
    assert len(seen) >= 5


def test_a_black_seal_beside_a_red_one_is_looked_for_and_the_red_one_not_twice() -> None:
    sheets = [_sheet(), _sheet()]
    marks.seal(sheets[1], 50, 90, NAME, colour=(45, 45, 48))
    strips: list[int] = []
    found = []
    for sheet in sheets:
        seen = 0

        def read(strip: Pixels) -> Sequence[Word]:
            nonlocal seen
            seen += strip.shape[1] > 600  # an arc; the line below the star is short
            return [Word(text=NAME, box=(0.0, 0.0, 1.0, 1.0), confidence=0.99)]

        found.append(sorted(str(seal.colour) for seal in find_seals(_pixels(sheet, 200), 1, read)))
        strips.append(seen)
    assert found == [["red"], ["black", "red"]]
    assert strips == [2, 4]


@pytest.mark.parametrize(
    ("print_", "looks"),
    [
        (["名称：无锡市晴川检测技术有限公司"], 1),
        (["无锡市晴川检测技术有限公司"], 1),
        (["无锡市晴川检测技术有限公司江阴分公司"], 2),
        (["江苏无锡市晴川检测技术有限公司"], 2),
        ([], 2),
    ],
    ids=["beside its label", "alone", "a branch", "a longer name", "not printed"],
)
def test_a_name_that_the_page_prints_is_looked_at_once(print_: list[str], looks: int) -> None:
    pixels = _pixels(_sheet(), 200)
    seen: list[Pixels] = []

    def read(strip: Pixels) -> Sequence[Word]:
        if strip.shape[1] > 600:  # the arc; the line below the star is short
            seen.append(strip)
        return [Word(text=NAME, box=(0.0, 0.0, 1.0, 1.0), confidence=0.99)]

    (seal,) = find_seals(pixels, 1, read, print_)
    assert (seal.text, len(seen)) == (NAME, looks)
