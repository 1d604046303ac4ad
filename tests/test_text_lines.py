"""Lines of text by geometry: what is known already is not read again, and every character has its own ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qi_pipeline.reading.text_lines import SAME, Line, inks_of, is_known, overlap, split_line

WIDE, HIGH = 1600, 1200


def corners(left: float, top: float, right: float, bottom: float, sinks: float = 0.0) -> np.ndarray:
    return np.array(
        [[left, top], [right, top + sinks], [right, bottom + sinks], [left, bottom]],
        dtype=np.float32,
    )


def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left / WIDE, top / HIGH, right / WIDE, bottom / HIGH


@pytest.mark.parametrize(
    ("known", "is_it"),
    [
        (box(100, 200, 500, 240), True),
        (box(107, 207, 493, 233), True),
        (box(50, 100, 900, 300), True),
        (box(100, 200, 480, 240), False),  # its last letter stands outside
        (box(100, 215, 500, 240), False),
        (box(100, 300, 500, 340), False),
    ],
)
def test_a_place_is_known_only_where_a_known_word_covers_all_of_it(
    known: tuple[float, float, float, float], is_it: bool
) -> None:
    assert is_known(corners(100, 200, 500, 240), [known], WIDE, HIGH) is is_it
    assert not is_known(corners(100, 200, 500, 240, sinks=60), [known], WIDE, HIGH)


def test_upright_lines_are_always_read() -> None:
    assert not is_known(corners(100, 200, 140, 500), [box(50, 100, 900, 600)], WIDE, HIGH)


@given(
    left=st.floats(10, 400),
    top=st.floats(10, 900),
    tall=st.floats(6, 90),
    long=st.floats(1.1, 14),
    sinks=st.floats(-0.09, 0.09),
    taken=st.tuples(*(st.floats(-0.3, 0.3) for _ in range(4))),
    gaps=st.lists(st.floats(0.2, 6), min_size=1, max_size=8),
)
def test_no_word_of_a_known_place_would_have_been_new_however_the_line_is_cut(
    left: float,
    top: float,
    tall: float,
    long: float,
    sinks: float,
    taken: tuple[float, float, float, float],
    gaps: list[float],
) -> None:
    wide = long * tall
    place = corners(left, top, left + wide, top + tall, sinks * wide)
    x0, y0 = place.min(axis=0)
    x1, y1 = place.max(axis=0)
    known = box(x0 + taken[0] * tall, y0 + taken[1] * tall, x1 - taken[2] * tall, y1 - taken[3] * tall)
    if not is_known(place, [known], WIDE, HIGH):
        return
    stands = np.cumsum(gaps) * tall / wide
    centres = tuple(float(at) for at in stands if at < 1)
    line = Line(text="字" * len(centres), corners=place, score=0.9, centres=centres)
    assert all(overlap(word.box, known) > SAME for word in split_line(line, WIDE, HIGH))


def test_a_character_has_the_ink_of_its_darkest_or_most_coloured_pixels_but_few() -> None:
    piece = np.full((40, 300, 3), 240, dtype=np.uint8)
    piece[5:35, 20:40] = 30
    piece[5:35, 120:140] = (230, 60, 60)
    piece[20, 220] = 0  # a speck
    black, red, none, outside = inks_of(piece, 0, (30 / 300, 130 / 300, 220 / 300, 2.0))
    assert (black, red, none, outside) == (210, 170, 0, 255)
    assert inks_of(piece, 0, ()) == ()


def test_inks_are_those_that_sorting_finds() -> None:
    draw = np.random.default_rng(3)
    for _ in range(20):
        high, wide = draw.integers(4, 60), draw.integers(3, 200)
        piece = draw.integers(0, 256, (high, wide, 3), dtype=np.uint8)
        centres = tuple(sorted(draw.uniform(0, 1.1, 7).tolist()))
        assert inks_of(piece, 1, centres) == tuple(sorted_ink(piece, 1, centre) for centre in centres)


def sorted_ink(piece: np.ndarray, channel: int, centre: float) -> float:
    high, wide = piece.shape[:2]
    half, middle = max(2, round(0.25 * high)), round(centre * wide)
    place = piece[:, max(0, middle - half) : middle + half + 1]
    if not place.size:
        return 255.0
    chroma = np.sort((piece.max(axis=2) - piece.min(axis=2)).ravel())
    dark = np.sort(place[:, :, channel].ravel())
    strong = np.sort((place.max(axis=2) - place.min(axis=2)).ravel())
    few = 2 * len(dark) // 100
    paper = float(np.percentile(piece[:, :, channel], 95))
    return max(0.0, paper - float(dark[few]), float(strong[-few - 1]) - float(chroma[len(chroma) // 2]))
