"""A second look at a value: which lines are read again, what agrees, and what a picture askew becomes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from qi_pipeline.extraction import second_readings
from qi_pipeline.extraction.second_readings import Looked
from qi_pipeline.extraction.weights import calibrated
from qi_pipeline.model import Field, Page, Word
from qi_pipeline.reading.crops import cut_line, ends_in_white, read_crops, slope_of
from qi_pipeline.reading.pixels import Alphabet
from qi_pipeline.reading.pixels import Image as Pixels
from qi_pipeline.reading.protocol import CropRequest, Look


def field(value: str, box: tuple[float, float, float, float] = (0.3, 0.3, 0.6, 0.32), **given: object) -> Field:
    return Field(value=value, raw=value, confidence=0.99, page=1, box=box, **given)  # type: ignore[arg-type]


def page(*words: Word) -> Page:
    return Page(number=1, width=1654, height=2339, source="ocr", words=words, image="a-1.webp")


@pytest.mark.parametrize(
    ("name", "value", "text", "said"),
    [
        ("certificate_number", "440306202303079031", "编号440306202303079031", "agrees"),
        ("certificate_number", "44030620230307903", "编号440306202303079031", "differs"),
        ("certificate_number", "44030620230307903", "44030620230307903 (1/1)", "agrees"),
        ("certificate_number", "45624Q35090R0M", "45624Q35090ROM", "alike"),
        ("certificate_number", "320253226598", "320253226508", "differs"),
        ("certificate_number", "CNAS L28548", "(GEMS: CNAS L28548)", "agrees"),
        ("certificate_number", "320253226598", "An", "nothing"),
        ("valid_to", "2027-09-04", "2022年09月05日至2027年09月04日", "agrees"),
        ("valid_to", "2027-09-04", "2027年09月09日", "differs"),
        ("valid_to", "2027-09-04", "AAA", "nothing"),
        ("holder_name", "无锡漪棠检测技术有限公司", "名称：无锡漪棠检测技术有限公司", "agrees"),
        ("holder_name", "无锡漪棠检测技术有限公司", "无锡漪裳检测技术有限公司", "near"),
        ("holder_name", "无锡漪棠检测技术有限公司", "江苏省市场监督管理局", "differs"),
        ("holder_name", "无锡漪棠检测技术有限公司", " ", "nothing"),
    ],
)
def test_what_another_reading_says(name: str, value: str, text: str, said: str) -> None:
    assert second_readings.compared(name, field(value), text, 0.9) == said


def test_an_unsure_reading_contradicts_nothing() -> None:
    assert second_readings.compared("valid_to", field("2027-09-04"), "2027年09月09日", 0.3) == "nothing"


@pytest.mark.parametrize(
    ("looks", "checks"),
    [
        ([("agrees", 0.99)], ["passes", "firm_letters"]),
        ([("agrees", 0.9), ("agrees", 0.98)], ["passes", "weak_letter"]),
        ([("agrees", 0.99), ("agrees", 0.7)], ["passes", "weak_letter", "weak_letter"]),
        ([("agrees", 0.7), ("near", 0.98)], ["passes_differ"]),
        ([("nothing", 0.0), ("agrees", 0.98)], ["passes_differ"]),
        ([("near", 0.99), ("differs", 0.98)], ["!passes"]),
        ([("nothing", 0.0), ("nothing", 0.0)], ["!seen_again"]),
    ],
)
def test_what_looks_say_together(looks: list[tuple[second_readings.Says, float]], checks: list[str]) -> None:
    seen = [Looked(says=says, weakest=weakest) for says, weakest in looks]
    assert [remark.check for remark in second_readings.own_remarks("holder_name", seen)] == checks


def test_the_weaker_engine_contradicts_dates_and_numbers_but_no_names() -> None:
    differs = Looked(says="differs", weakest=0.9)
    assert [r.check for r in second_readings.other_remarks("valid_to", differs)] == ["!second_reading"]
    assert list(second_readings.other_remarks("holder_name", differs)) == []


def test_a_value_on_two_lines_is_read_line_by_line() -> None:
    first = Word(text="江苏省无锡市滨湖区峤苕路389号科创", box=(0.3, 0.30, 0.7, 0.32), confidence=0.99)
    second = Word(text="园12幢959室", box=(0.3, 0.325, 0.45, 0.345), confidence=0.99)
    value = field(first.text + second.text, (0.3, 0.30, 0.7, 0.345))
    asked = second_readings.requests("address", value, page(first, second), "colour")
    assert [(r.look, round(r.box[1], 3), r.box[2]) for r in asked] == [("colour", 0.30, 0.7), ("colour", 0.325, 0.45)]
    both = second_readings.looked("address", value, [(first.text, 0.98), (second.text, 0.7)], "colour")
    assert both == Looked(says="agrees", weakest=0.7)
    assert second_readings.looked("address", value, [(first.text, 0.98), ("", 0.0)], "colour").says == "nothing"


def test_what_was_not_read_from_print_is_not_read_again() -> None:
    word = Word(text="2027-03-01", box=(0.3, 0.3, 0.6, 0.32), confidence=0.99)
    assert second_readings.requests("valid_to", field("2027-03-01"), page(word), "other")
    assert not second_readings.requests("valid_to", field("2027-03-01", derived=True), page(word), "other")
    seal = field("无锡市市场监督管理局", checks=("from_seal",))
    assert not second_readings.requests("issuing_authority", seal, page(word), "other")


def bars(degrees: float, width: int = 600, height: int = 300) -> Pixels:
    """Three lines of upright strokes on white, all askew by so many degrees."""
    picture = np.full((height, width, 3), 255, np.uint8)
    for y in (100, 150, 200):
        for x in range(60, width - 60, 14):
            cv2.rectangle(picture, (x, y - 12), (x + 6, y + 12), (20, 20, 20), -1)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderValue=(255, 255, 255)), np.uint8)


@pytest.mark.parametrize("degrees", [-4.5, -1.5, 0.0, 3.0])
def test_a_line_askew_is_set_straight(degrees: float) -> None:
    picture = bars(degrees)
    lean = abs(np.tan(np.radians(degrees))) * 480
    box = (60 / 600, (150 - 12 - lean / 2) / 300, 540 / 600, (150 + 12 + lean / 2) / 300)
    found = slope_of(picture[int(box[1] * 300) : int(box[3] * 300), 60:540])
    assert np.degrees(np.arctan(found)) == pytest.approx(degrees, abs=1.0)
    piece = cut_line(picture, box, "soft")
    assert piece is not None
    dark = (piece[:, :, 0] < 128).any(axis=1)
    assert piece.shape[0] < 24 + 0.5 * lean + 12  # the neighbours above and below are gone
    assert dark.mean() > 0.6


def test_the_colour_look_has_no_colours_and_a_box_without_area_no_line() -> None:
    picture = bars(0.0)
    picture[:, :, 1] //= 2
    grey = cut_line(picture, (0.1, 0.46, 0.9, 0.54), "colour")
    assert grey is not None
    assert (grey[:, :, 0] == grey[:, :, 2]).all()
    assert cut_line(picture, (0.1, 0.46, 0.1, 0.54), "colour") is None


class Spelling:
    """An engine that reads the same line everywhere and is unsure of one letter."""

    name = "spelling 1"

    def read_crop(self, image: Pixels, box: object, alphabet: Alphabet) -> tuple[str, float]:
        return "名称无锡漪棠", 0.97

    def read_letters(self, pieces: Sequence[Pixels]) -> list[tuple[str, tuple[float, ...]]]:
        return [("名称无锡漪棠", (0.2, 0.9, 0.99, 0.98, 0.61, 0.97)) for _ in pieces]


def test_the_least_sure_letter_of_what_is_expected_is_told(tmp_path: Path) -> None:
    Image.fromarray(bars(0.0)).save(tmp_path / "a-1.webp", "WEBP")
    box = (0.1, 0.46, 0.9, 0.54)
    asked = [
        CropRequest(image="a-1.webp", box=box, alphabet="chinese", look="soft", expected="无锡漪棠"),
        CropRequest(image="a-1.webp", box=box, alphabet="chinese", look="soft", expected="漪裳"),
        CropRequest(image="a-1.webp", box=box, alphabet="chinese"),
        CropRequest(image="gone.webp", box=box, alphabet="chinese"),
    ]
    spelling = Spelling()
    assert read_crops(asked, lambda _look: spelling, tmp_path) == (  # type: ignore[arg-type,return-value]
        ("名称无锡漪棠", 0.61),
        ("名称无锡漪棠", 0.2),
        ("名称无锡漪棠", 0.97),
        ("", 0.0),
    )


def test_each_look_is_read_by_its_engine_and_a_page_is_decoded_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other(Spelling):
        def read_letters(self, pieces: Sequence[Pixels]) -> list[tuple[str, tuple[float, ...]]]:
            return [("另读", (0.9, 0.8)) for _ in pieces]

    looks: tuple[Look, ...] = ("colour", "other", "soft")
    for name in "ab":
        Image.fromarray(bars(0.0)).save(tmp_path / f"{name}-1.webp", "WEBP")
    asked = [
        CropRequest(image=f"{name}-1.webp", box=(0.1, 0.46, 0.9, 0.54), alphabet="chinese", look=look, expected="漪棠")
        for name in "ab"
        for look in looks
    ]
    decoded: list[int] = []
    decode = cv2.imdecode

    def counted(data: Any, how: int) -> Any:
        decoded.append(len(data))
        return decode(data, how)

    monkeypatch.setattr(cv2, "imdecode", counted)
    own, other = Spelling(), Other()
    read = read_crops(asked, lambda look: other if look == "other" else own, tmp_path)  # type: ignore[arg-type,return-value]
    assert [text for text, _ in read] == ["名称无锡漪棠", "另读", "名称无锡漪棠"] * 2
    assert len(decoded) == 2


def test_a_bracket_of_unsure_width_leaves_no_letter_in_doubt(tmp_path: Path) -> None:
    class Bracketed(Spelling):
        def read_letters(self, pieces: Sequence[Pixels]) -> list[tuple[str, tuple[float, ...]]]:
            sure = (0.99, 0.99, 0.98, 0.4, 0.97, 0.96, 0.99, 0.98, 0.5, 0.3, 0.3, 0.3)
            return [("12座(一照多址)214", sure) for _ in pieces]

    Image.fromarray(bars(0.0)).save(tmp_path / "a-1.webp", "WEBP")
    asked = CropRequest(
        image="a-1.webp", box=(0.1, 0.46, 0.9, 0.54), alphabet="chinese", look="soft", expected="12座（一照多址）"
    )
    bracketed = Bracketed()
    assert read_crops([asked], lambda _look: bracketed, tmp_path) == (("12座(一照多址)214", 0.96),)  # type: ignore[arg-type,return-value]


def test_evidence_for_a_value_never_counts_against_it() -> None:
    for cue, weight in calibrated().cues.items():
        against = cue.startswith("!") or cue.split(".")[0] in {
            "bitonal", "grey", "small_letters", "tiny_letters", "low_score", "poor_score", "bad_score", "under_seal",
            "under_seal_colourless", "long_text", "passes_differ", "near_second_reading", "from_seal", "pieced",
            "soft_letter", "weak_letter", "weakest_letter",
        }  # fmt: skip
        assert weight <= 0 if against else weight >= 0, cue


def test_a_group_has_a_weight_of_its_own_where_there_is_one() -> None:
    weights = calibrated()
    own = {cue for cue in weights.cues if "." in cue}
    assert own
    for cue in own:
        name, _, group = cue.partition(".")
        assert weights.of(name, group) == weights.cues[cue]
        assert weights.of(name, "no such group") == weights.cues[name]


def _number(gap: int) -> Pixels:
    """A line of a number on paper with a dark frame ``gap`` pixels behind the end of its box, at 300 of 400."""
    picture = np.full((60, 400, 3), 255, np.uint8)
    for x in range(104, 294, 10):
        picture[18:42, x : x + 4] = 40
    picture[:, 300 + gap : 310 + gap] = 40
    return picture


@pytest.mark.parametrize(("gap", "free"), [(-2, False), (1, False), (12, True)])
def test_a_number_that_runs_into_a_frame_has_no_end(gap: int, free: bool) -> None:
    assert ends_in_white(_number(gap), (0.25, 0.2, 0.75, 0.8)) is free


def test_a_number_at_the_edge_of_the_picture_has_no_end_and_a_rule_below_it_is_no_frame() -> None:
    picture = _number(80)
    assert not ends_in_white(picture[:, :301], (0.33, 0.2, 1.0, 0.8))
    picture[46:48] = 40
    assert ends_in_white(picture, (0.25, 0.2, 0.75, 0.8))


def test_only_a_number_at_the_end_of_its_line_must_end_in_white() -> None:
    number = field("440306202303079031", (0.3, 0.3, 0.6, 0.32))
    alone = page(Word(text="编号440306202303079031", box=(0.2, 0.3, 0.6, 0.32), confidence=0.99))
    followed = page(Word(text="编号440306202303079031(1/2)", box=(0.2, 0.3, 0.7, 0.32), confidence=0.99))
    for name, seen, ends in (
        ("certificate_number", alone, True),
        ("certificate_number", followed, False),
        ("holder_name", alone, False),
    ):
        assert [r.ends for r in second_readings.requests(name, number, seen, "colour")] == [ends]


def test_a_cut_number_is_not_read_again(tmp_path: Path) -> None:
    class Sure:
        """Reads every line alike."""

        name = "sure"

        def recognise(self, image: Pixels) -> list[Word]:
            return []

        def read_strip(self, image: Pixels) -> list[Word]:
            return []

        def read_crop(
            self, image: Pixels, box: tuple[float, float, float, float], alphabet: Alphabet
        ) -> tuple[str, float]:
            return "1111", 0.99

    Image.fromarray(_number(0)).save(tmp_path / "a-1.webp", lossless=True)
    asked = [
        CropRequest(image="a-1.webp", box=(0.25, 0.2, 0.75, 0.8), alphabet="code", look="colour", ends=ends)
        for ends in (True, False)
    ]
    sure = Sure()
    assert read_crops(asked, lambda _look: sure, tmp_path) == (("", 0.0), ("1111", 0.99))


def test_a_short_name_in_one_segment_with_its_label_is_looked_at_again() -> None:
    seen = page(Word(text="法定代表人（负责人）吴皎", box=(0.1, 0.3, 0.3, 0.32), confidence=0.99))
    person = field("吴皎", (0.26, 0.3, 0.3, 0.32))
    assert len(second_readings.requests("legal_representative", person, seen, "colour")) == 1
