"""Pictures made smaller: every pixel counts, and nothing moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.reading.pixels import connected, halved, is_marked, percentile, plane_of, resized


@pytest.mark.parametrize("scale", [0.15, 0.34, 0.5, 0.51, 0.9, 1.0, 2.0])
def test_a_picture_keeps_its_brightness_its_shape_and_its_places(scale: float) -> None:
    picture = np.full((800, 600, 3), 255, dtype=np.uint8)
    picture[200:400, 300:450] = (200, 20, 30)
    small = resized(picture, scale)
    assert small.shape == (round(800 * scale), round(600 * scale), 3)
    assert small.mean() == pytest.approx(picture.mean(), abs=1.5)
    rows, columns = np.nonzero(small[:, :, 1] < 138)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / scale
    assert box == pytest.approx([300, 200, 450, 400], abs=1.01 / scale)


def test_a_hair_line_does_not_vanish_however_small_the_picture() -> None:
    picture = np.full((900, 900, 3), 255, dtype=np.uint8)
    picture[:, 451] = 0
    for scale in (0.1, 0.2, 0.3, 0.45, 0.6, 0.8):
        assert resized(picture, scale)[:, :, 0].min(axis=1).max() < 255


@pytest.mark.parametrize("size", [(899, 901), (900, 900), (901, 899)])
def test_a_picture_of_odd_sides_is_halved_without_its_last_row_or_column(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(2).integers(0, 255, (*size, 3), dtype=np.uint8)
    half = halved(picture, (449, 449))
    assert half.shape == (size[0] // 2, size[1] // 2, 3)
    four = picture[: 2 * half.shape[0], : 2 * half.shape[1]].reshape(half.shape[0], 2, half.shape[1], 2, 3)
    assert np.abs(half - four.mean(axis=(1, 3))).max() <= 0.5


def test_areas_that_touch_at_a_corner_are_connected() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[2:5, 3:9] = 255
    mask[5:8, 9:12] = 255
    mask[15, 25] = 1
    labels, stats = connected(mask)
    assert sorted(stats[1:].tolist()) == [[3, 2, 9, 6, 27], [25, 15, 1, 1, 1]]
    assert labels[2, 3] == labels[7, 11] != labels[15, 25]
    assert labels[0, 0] == 0


def test_one_plane_is_made_smaller_as_a_picture_is() -> None:
    plane = np.arange(64 * 48, dtype=np.uint8).reshape(64, 48)
    assert np.array_equal(resized(plane, 0.4), resized(np.repeat(plane[:, :, None], 3, axis=2), 0.4)[:, :, 1])


def sheet(*lines: str, seed: int = 5) -> np.ndarray:
    """A scan at 150 dpi with the noise of paper, a dark rim, and the lines on it."""
    page = Image.new("RGB", (1240, 1754), (246, 245, 240))
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((150, 200 + 45 * number), line, fill=(40, 40, 40), font=font("song", 26))
    noisy = np.asarray(page).astype(np.int16) + np.random.default_rng(seed).normal(0, 6, (1754, 1240, 1))
    picture = noisy.clip(0, 255).astype(np.uint8)
    picture[:, :20] = 60
    return picture


LINES = ("序号 产品 项目 参数 标准编号 限制范围 说明",) * 20


def test_print_that_is_too_blurred_to_read_is_a_mark() -> None:
    assert is_marked(cv2.GaussianBlur(sheet(*LINES), (0, 0), 9))


def test_a_blank_back_is_none_even_where_the_front_shows_through() -> None:
    assert not is_marked(sheet())
    through = 0.12 * sheet(*LINES)[:, ::-1].astype(np.float32) + 0.88 * sheet()
    assert not is_marked(through.astype(np.uint8))


@pytest.mark.parametrize("share", [0, 2, 4, 25, 50, 80, 90, 95, 99.5, 100])
def test_counting_gives_the_percentiles_that_sorting_gives_to_the_last_bit(share: float) -> None:
    draw = np.random.default_rng(5)
    for size in (*range(1, 40), 999, 4000):
        plane = draw.integers(0, draw.integers(1, 257), (1, size), dtype=np.uint8)
        assert percentile(plane, share) == float(np.percentile(plane, share))


def test_a_channel_is_an_array_of_its_own() -> None:
    picture = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    for channel in range(3):
        plane = plane_of(picture, channel)
        assert plane.flags["C_CONTIGUOUS"]
        assert (plane == picture[:, :, channel]).all()
