"""Tesseract asked through its library says what its command says; where the library can't be used the command is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from papers.faces import font
from qi_pipeline.errors import InstallationError, PacketError
from qi_pipeline.reading import crops, tesseract, tesseract_library
from qi_pipeline.reading.pixels import Alphabet
from qi_pipeline.reading.pixels import Image as Pixels
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.reading.tesseract_library import Seen, load_library, seen_in

LINES: tuple[tuple[str, Alphabet], ...] = (
    ("名称：无锡江南检测技术有限公司", "chinese"),
    ("GB 5009.12-2017", "code"),
    ("2027年09月04日", "date"),
    ("住所 江苏省无锡市惠山区堰新路311号", "chinese"),
)


@pytest.fixture
def anew() -> Iterator[None]:
    load_library.cache_clear()
    yield
    load_library.cache_clear()


def drawn(text: str) -> Pixels:
    picture = Image.new("RGB", (760, 56), "white")
    ImageDraw.Draw(picture).text((12, 8), text, font=font("song", 34), fill=(40, 40, 40))
    return np.asarray(picture)


@pytest.mark.ocr
def test_library_and_command_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_library() is not None
    engine = tesseract.TesseractEngine()
    lines = [(drawn(text), alphabet) for text, alphabet in LINES]
    page = np.vstack([piece for piece, _ in lines])
    boxes = [(0.0, n / len(lines), 1.0, (n + 1) / len(lines)) for n in range(len(lines))]
    by_library = engine.read_many(lines), tesseract.read_lines(page, boxes), engine.read_crop(page, boxes[0], "chinese")
    assert "检测技术有限公司" in by_library[0][0][0]
    assert by_library[0][2][0] == "2027年09月04日"
    # The same again, in another order: nothing of one line stays for the next.
    assert engine.read_many(lines[::-1]) == by_library[0][::-1]
    monkeypatch.setattr(tesseract, "load_library", lambda: None)
    by_command = engine.read_many(lines), tesseract.read_lines(page, boxes), engine.read_crop(page, boxes[0], "chinese")
    assert by_library == by_command


@pytest.mark.ocr
@pytest.mark.usefixtures("anew")
def test_a_library_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_library() is not None
    load_library.cache_clear()
    monkeypatch.setattr(tesseract_library, "tesseract_version", lambda: "4.1.1")
    assert load_library() is None
    [(text, _score)] = tesseract.TesseractEngine().read_many([(drawn("2027年09月04日"), "date")])
    assert text == "2027年09月04日"


@pytest.mark.usefixtures("anew")
def test_no_library_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract_library, "_NAMES", ("libtesseract-of-no-system.so.5", "libc.so.6"))
    assert load_library() is None


@pytest.mark.ocr
def test_what_the_library_can_not_do() -> None:
    library = load_library()
    assert library is not None
    with pytest.raises(InstallationError, match="lacks the language nix"):
        library.read(np.zeros((40, 200), dtype=np.uint8), "nix", 7)
    with pytest.raises(PacketError, match="gave up"):
        library.read(np.full((40, 40_000), 255, dtype=np.uint8), "eng", 7)
    white = library.read(np.full((40, 400), 255, dtype=np.uint8), "eng", 7)
    assert not [each for each in white if each.text.strip()]
    one = np.ascontiguousarray(tesseract.prepare_line(drawn("GB 5009.12-2017"), (0.0, 0.0, 1.0, 1.0)))
    assert [each.text for each in library.read(one, "eng", 7) if each.text] == ["GB", "5009.12-2017"]


def test_rows_of_the_table() -> None:
    table = "1\t1\t0\t0\t0\t0\t0\t0\t60\t40\t-1\t\n5\t1\t1\t1\t1\t1\t12\t14\t30\t20\t96.998\t名称\n5\t1\t1\n"
    assert seen_in(table) == [
        Seen(text="", confidence=-1, top=0, height=40),
        Seen(text="名称", confidence=96, top=14, height=20),
    ]


class Darkness:
    """An engine that tells how dark the middle of a line is, so that one sees which picture it was cut from."""

    name = "darkness"

    def read_many(self, lines: list[tuple[Pixels, Alphabet]]) -> list[tuple[str, float]]:
        return [(str(piece[piece.shape[0] // 2, piece.shape[1] // 2, 0]), 1.0) for piece, _ in lines]


def test_a_page_image_that_changes_is_read_anew(tmp_path: Path) -> None:
    request = CropRequest(image="a-1.webp", box=(0.1, 0.2, 0.9, 0.8), alphabet="code")

    def stored(ink: int) -> None:
        picture = Image.new("RGB", (400, 60), "white")
        picture.paste((ink, ink, ink), (80, 20, 320, 40))
        (tmp_path / "new").unlink(missing_ok=True)
        picture.save(tmp_path / "new", "WEBP", lossless=True)
        (tmp_path / "new").replace(tmp_path / "a-1.webp")

    def read() -> tuple[tuple[str, float], ...]:
        engine = Darkness()
        return crops.read_crops([request, request], lambda _look: engine, tmp_path)  # type: ignore[arg-type,return-value]

    stored(30)
    assert read() == read() == (("30", 1.0), ("30", 1.0))
    stored(90)
    assert read() == (("90", 1.0), ("90", 1.0))
    (tmp_path / "a-1.webp").unlink()
    assert read() == (("", 0.0), ("", 0.0))
