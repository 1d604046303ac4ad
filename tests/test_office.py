from __future__ import annotations

import datetime
import io
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from PIL import Image

from broken import hostile, packages, pictures
from qi_pipeline.errors import PacketError
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.office import embedded_images, read_docx, read_xlsx

LIMITS = default_policy().limits


def _docx(path: Path, build: object) -> Path:
    document = docx.Document()
    build(document)  # type: ignore[operator]
    document.save(str(path))
    return path


def _texts(path: Path) -> list[list[str]]:
    return [[word.text for word in page.words] for page in read_docx(path, LIMITS)]


def test_paragraphs_come_in_order_and_tabs_part_them(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        document.add_heading("质量管理制度", 0)
        document.add_paragraph("机构名称：\t某某检测有限公司")
        document.add_paragraph("第一条 为规范服务。")

    path = _docx(tmp_path / "a.docx", build)
    (page,) = read_docx(path, LIMITS)
    assert [word.text for word in page.words] == [
        "质量管理制度",
        "机构名称：",
        "某某检测有限公司",
        "第一条 为规范服务。",
    ]
    assert (page.source, page.image) == ("office", None)
    tops = [word.box[1] for word in page.words]
    assert tops == sorted(tops)
    assert page.words[1].box[2] < page.words[2].box[0]  # on one line, apart
    assert page.words[1].box[1] == page.words[2].box[1]


def test_page_breaks_part_pages(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        document.add_paragraph("第一页").add_run().add_break(WD_BREAK.PAGE)
        document.add_paragraph("第二页")

    assert _texts(_docx(tmp_path / "a.docx", build)) == [["第一页"], ["第二页"]]


def test_automatic_numbers_are_written_out(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        document.add_paragraph("遵守规定", style="List Number")
        document.add_paragraph("诚信服务", style="List Number")

    assert _texts(_docx(tmp_path / "a.docx", build)) == [["1.遵守规定", "2.诚信服务"]]


def test_deleted_text_is_not_read_and_inserted_text_is(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("有效期")
        for tag, text_tag, text in (("w:del", "w:delText", "三年"), ("w:ins", "w:t", "五年")):
            change, run, piece = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
            piece.text = text
            run.append(piece)
            change.append(run)
            paragraph._p.append(change)

    assert _texts(_docx(tmp_path / "a.docx", build)) == [["有效期五年"]]


def test_a_table_keeps_its_merges(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        table = document.add_table(3, 3)
        table.cell(0, 0).merge(table.cell(1, 0)).text = "类别"
        table.cell(0, 1).merge(table.cell(0, 2)).text = "设备"
        table.cell(1, 1).text = "名称"
        table.cell(1, 2).text = "编号"
        table.cell(2, 2).text = "A1\n备用"

    (page,) = read_docx(_docx(tmp_path / "a.docx", build), LIMITS)
    (table,) = page.tables
    cells = {(c.row, c.column): (c.row_span, c.column_span, c.text) for c in table.cells}
    assert (table.rows, table.columns) == (3, 3)
    assert cells[0, 0] == (2, 1, "类别")
    assert cells[0, 1] == (1, 2, "设备")
    assert cells[2, 2] == (1, 1, "A1\n备用")
    inside = [w.text for w in page.words if table.box[0] <= w.box[0] and w.box[3] <= table.box[3] + 1e-9]
    assert inside == ["类别", "设备", "名称", "编号", "A1", "备用"]


def test_a_form_with_content_controls_is_read(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("☑ 检验检测")
        control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        paragraph._p.addprevious(control)
        content.append(paragraph._p)
        control.append(content)

    assert _texts(_docx(tmp_path / "a.docx", build)) == [["☑ 检验检测"]]


def test_scanned_pages_in_a_word_file_are_handed_on_and_icons_are_not(tmp_path: Path) -> None:
    def build(document: docx.document.Document) -> None:
        for index, size in enumerate(((600, 800), (40, 40), (640, 900))):
            out = io.BytesIO()
            Image.new("RGB", size, (250, 250, 200 + index)).save(out, "PNG")
            document.add_picture(io.BytesIO(out.getvalue()))

    path = _docx(tmp_path / "a.docx", build)
    sizes = [Image.open(io.BytesIO(image.data)).size for image in embedded_images(path, LIMITS)]
    assert sizes == [(600, 800), (640, 900)]
    with pytest.raises(PacketError) as caught:
        embedded_images(path, replace(LIMITS, page_pixels=500_000))
    assert caught.value.code == "image_bomb"


def _xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["设备", "编号", "购置日期"])
    sheet.append(["光谱仪", "00123", datetime.date(2024, 5, 6)])
    sheet.append(["天平", 12.0, datetime.datetime(2024, 5, 7, 8, 30)])  # noqa: DTZ001 - cells have no zone
    sheet["A5"] = "合计"
    sheet.merge_cells("A5:B5")
    sheet["C5"] = "=1+1"
    hidden = book.create_sheet("隐藏")
    hidden["A1"] = "不给看"
    hidden.sheet_state = "hidden"
    book.save(path)
    return path


def test_a_sheet_gives_its_values_and_computes_nothing(tmp_path: Path) -> None:
    (page,) = read_xlsx(_xlsx(tmp_path / "a.xlsx"), LIMITS)
    texts = [cell.text for cell in page.tables[0].cells]
    assert texts == [
        "设备",
        "编号",
        "购置日期",
        "光谱仪",
        "00123",
        "2024-05-06",
        "天平",
        "12",
        "2024-05-07 08:30",
        "合计",
    ]
    total = page.tables[0].cells[-1]
    assert (total.row, total.column, total.column_span) == (3, 0, 2)
    assert [word.text for word in page.words] == texts


def test_a_stray_cell_far_below_costs_nothing(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(1_048_576, 3).value = "末"
    book.save(path)
    (page,) = read_xlsx(path, LIMITS)
    assert page.tables[0].cells[-1].text == "末"


def _with_part(source: Path, target: Path, name: str, change: object) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == name else data)  # type: ignore[operator]
    return target


def test_what_is_wrong_in_a_workbook_is_said_without_the_place_it_lies_in(tmp_path: Path) -> None:
    path = tmp_path / "originals" / "91" / "074f"
    path.parent.mkdir(parents=True)
    cell = b'<sheetData><row r="1"><c r="A1" t="d"><v>99999-99-99</v></c></row></sheetData>'
    path.write_bytes(hostile.sheet_with(cell))
    with pytest.raises(PacketError, match="not a readable workbook") as caught:
        read_xlsx(path, LIMITS)
    assert caught.value.code == "corrupt"
    assert "originals" not in str(caught.value)


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (8_000, 8_000)])
def test_a_picture_beyond_all_measure_in_a_word_file_is_a_bomb(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(
        packages.altered(packages.word("x"), {}, put={"word/media/image1.png": pictures.png(width, height)})
    )
    with pytest.raises(PacketError, match="scan it at 300 dpi") as caught:
        embedded_images(path, LIMITS)
    assert caught.value.code == "image_bomb"


def test_entities_are_refused_before_a_library_sees_them(tmp_path: Path) -> None:
    source = _docx(tmp_path / "a.docx", lambda document: document.add_paragraph("页"))

    def evil(data: bytes) -> bytes:
        head, rest = data.split(b"?>", 1)
        return (
            head + b'?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + rest.replace("页".encode(), b"&x;")
        )

    with pytest.raises(PacketError) as caught:
        read_docx(_with_part(source, tmp_path / "b.docx", "word/document.xml", evil), LIMITS)
    assert caught.value.code == "corrupt"


def test_a_swelling_part_is_a_bomb(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "a.xlsx")
    path = _with_part(
        source,
        tmp_path / "b.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"<sheetData>", b"<sheetData>" + b" " * 3_000_000),
    )
    with pytest.raises(PacketError) as caught:
        read_xlsx(path, LIMITS)
    assert caught.value.code == "archive_bomb"


def test_too_much_text_is_refused(tmp_path: Path) -> None:
    path = _docx(tmp_path / "a.docx", lambda document: document.add_paragraph("字" * 200))
    assert read_docx(path, replace(LIMITS, page_characters=200))
    with pytest.raises(PacketError) as caught:
        read_docx(path, replace(LIMITS, page_characters=199))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "unsupported_type"),
        (b"PK\x03\x04 half a file", "corrupt"),
    ],
)
def test_files_that_are_no_package_are_told_apart(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.docx").write_bytes(data)
    with pytest.raises(PacketError) as caught:
        read_docx(tmp_path / "a.docx", LIMITS)
    assert caught.value.code == code


def test_a_package_without_its_main_part_is_corrupt(tmp_path: Path) -> None:
    source = _docx(tmp_path / "a.docx", lambda document: document.add_paragraph("页"))
    shutil.copy(source, tmp_path / "b.docx")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "b.docx", "w") as new:
        for info in old.infolist():
            if info.filename != "word/document.xml":
                new.writestr(info, old.read(info))
    with pytest.raises(PacketError) as caught:
        read_docx(tmp_path / "b.docx", LIMITS)
    assert caught.value.code == "corrupt"


def test_the_order_of_a_page_survives_many_lines(tmp_path: Path) -> None:
    path = _docx(tmp_path / "a.docx", lambda document: [document.add_paragraph(f"第{n}条") for n in range(300)])
    (page,) = read_docx(path, LIMITS)
    assert [word.text for word in page.words] == [f"第{n}条" for n in range(300)]
    assert all(0 < word.box[1] < word.box[3] < 1 for word in page.words)
