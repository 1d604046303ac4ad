"""Every type of file becomes pages, whichever way its words come."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image

from broken import pdfs
from ofd_builder import Ofd, text_object, write_parts
from qi_pipeline.errors import PacketError
from qi_pipeline.model import Box, FileReading, Word
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.files import read_file
from qi_pipeline.reading.page import PageReader
from qi_pipeline.reading.pixels import Alphabet
from qi_pipeline.reading.pixels import Image as Pixels
from qi_pipeline.reports.doubt_words import page_note

LINE = "检验检测机构资质认定证书"


class Scripted:
    """An engine that sees one and the same line everywhere."""

    name = "scripted 1"

    def recognise(self, image: Pixels) -> list[Word]:
        return [Word(text=LINE, box=(0.2, 0.1, 0.8, 0.15), confidence=0.99)]

    def read_strip(self, image: Pixels) -> list[Word]:
        return []

    def read_crop(self, image: Pixels, box: Box, alphabet: Alphabet) -> tuple[str, float]:
        return LINE, 0.99


def read(path: Path, tmp_path: Path) -> FileReading:
    return read_file(path, path.name, PageReader(default_policy().limits, Scripted), tmp_path / "pages")


def picture(kind: str, size: tuple[int, int] = (420, 600)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, (250, 250, 245)).save(out, kind)
    return out


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_a_scan_laid_into_a_word_file_follows_its_text(tmp_path: Path, kind: str) -> None:
    document = docx.Document()
    document.add_paragraph("附件：资质证书")
    document.add_picture(picture(kind))
    path = tmp_path / "a.docx"
    document.save(path)
    text, scan = read(path, tmp_path).pages
    assert (text.number, text.source, text.image) == (1, "office", None)
    assert (scan.number, scan.source, scan.width, scan.height) == (2, "ocr", 420, 600)
    assert scan.words[0].text == LINE
    assert scan.image is not None
    assert (tmp_path / "pages" / scan.image).is_file()


def test_a_workbook_without_pictures_is_its_sheets(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["仪器名称", "编号"])
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    (page,) = read(path, tmp_path).pages
    assert page.source == "office"


def test_the_words_of_an_ofd_are_compared_with_its_picture(tmp_path: Path) -> None:
    honest = write_parts(tmp_path / "a.ofd", Ofd([text_object(LINE, 40, 40)]).parts())
    lying = write_parts(tmp_path / "b.ofd", Ofd([text_object("营业执照副本统一社会信用代码", 40, 40)]).parts())
    assert read(honest, tmp_path).pages[0].source == "text_layer"
    page = read(lying, tmp_path).pages[0]
    assert (page.source, page.words[0].text) == ("ocr", LINE)
    assert "not believed" in page.notes[0]


def test_a_page_of_too_many_characters_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    path = tmp_path / "a.png"
    path.write_bytes(picture("PNG").getvalue())
    limits = default_policy().limits
    just_right = PageReader(replace(limits, page_characters=len(LINE)), Scripted)
    assert read_file(path, "a.png", just_right, tmp_path).pages[0].words
    with pytest.raises(PacketError) as caught:
        read_file(path, "a.png", PageReader(replace(limits, page_characters=len(LINE) - 1), Scripted), tmp_path)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("text", ['{"request": "admission"}', "[]"])
def test_a_form_is_no_file_of_pages(tmp_path: Path, text: str) -> None:
    path = tmp_path / "application.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PacketError) as caught:
        read(path, tmp_path)
    assert caught.value.code == "unsupported_type"


@pytest.mark.parametrize(("count", "said"), [(0, None), (1, "1 attached file is not read"), (2, "2 attached files")])
def test_files_that_hang_on_a_pdf_are_named(tmp_path: Path, count: int, said: str | None) -> None:
    names = b"".join(b"(%d.pdf) 6 0 R " % number for number in range(count))
    path = tmp_path / "portfolio.pdf"
    path.write_bytes(
        pdfs.pdf(
            pages=1,
            catalog=b"/Names<</EmbeddedFiles<</Names[" + names + b"]>>>>/Collection<</View/D>>",
            extra=[
                b"<</Type/Filespec/F(a.pdf)/EF<</F 7 0 R>>>>",
                b"<</Type/EmbeddedFile/Length 1>>stream\nx\nendstream",
            ],
        )
    )
    (page,) = read(path, tmp_path).pages
    noted = [note for note in page.notes if "attached" in note]
    assert len(noted) == (said is not None)
    if said is not None:
        assert noted[0].startswith(said)
        assert page_note(noted[0], "en") == noted[0]
        assert f"内嵌有{count}个附件" in page_note(noted[0], "zh")


def test_what_is_noted_about_a_page_is_said_in_chinese(tmp_path: Path) -> None:
    lying = write_parts(tmp_path / "b.ofd", Ofd([text_object("营业执照副本统一社会信用代码", 40, 40)]).parts())
    [note] = read(lying, tmp_path).pages[0].notes
    assert page_note(note, "zh") == "电子文本与图像不符，未予采信：1行中有1行识读结果不同"
