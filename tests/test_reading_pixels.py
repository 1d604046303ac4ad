"""Pictures made smaller: every pixel counts, and nothing moves."""

from __future__ import annotations

import numpy as np
import pytest

from qi_pipeline.reading.pixels import resized


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


def test_one_plane_is_made_smaller_as_a_picture_is() -> None:
    plane = np.arange(64 * 48, dtype=np.uint8).reshape(64, 48)
    assert np.array_equal(resized(plane, 0.4), resized(np.repeat(plane[:, :, None], 3, axis=2), 0.4)[:, :, 1])
