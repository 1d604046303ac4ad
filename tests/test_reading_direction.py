"""Which way is up on a page that holds a few words only, such as the last page of a letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.page import PageReader, RawPage

WORDS = ("中国", "2026年10月18日", "80 : 08")


class Misled:
    """What the model says of such pages at times: upside down, and sure of it."""

    def turns(self, image: object) -> list[tuple[int, float]]:
        return [(180, 0.95), (0, 0.03), (90, 0.01), (270, 0.01)]


@pytest.mark.ocr
@pytest.mark.parametrize("lies", [0, 180])
def test_a_few_words_are_read_both_ways(tmp_path: Path, lies: int) -> None:
    page = Image.new("RGB", (1240, 1754), (250, 250, 248))
    for number, words in enumerate(WORDS):
        ImageDraw.Draw(page).text((200, 200 + 150 * number), words, fill=(30, 30, 30), font=font("song", 44))
    reader = PageReader(default_policy().limits, "rapidocr")
    reader.__dict__["_orientation"] = Misled()
    raw = RawPage(number=1, pixels=np.asarray(page.rotate(lies)), appearance="colour")
    read = reader.read(raw, tmp_path, "page")
    assert read.turned == lies
    assert "2026年10月18日" in [word.text for word in read.words]
