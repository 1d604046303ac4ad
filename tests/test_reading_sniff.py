"""Types go by content, never by name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image

from qi_pipeline.errors import PacketError
from qi_pipeline.reading import sniff


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, kind)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


def word() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture("JPEG"), sniff.JPEG),
        (picture("PNG"), sniff.PNG),
        (picture("TIFF"), sniff.TIFF),
        (b"MM\x00*" + bytes(20), sniff.TIFF),
        (b"%PDF-1.7\n", sniff.PDF),
        (b"\n\n junk before the header %PDF-1.4\n", sniff.PDF),
        (archive("OFD.xml", "Doc_0/Document.xml"), sniff.OFD),
        (word(), sniff.DOCX),
        (workbook(), sniff.XLSX),
        (archive("licence.pdf"), sniff.ZIP),
        (archive(), sniff.ZIP),
        (b'\xef\xbb\xbf {"request": "admission"}', sniff.JSON),
        (b"[1]", sniff.JSON),
    ],
)
@pytest.mark.parametrize("name", ["paper.pdf", "paper.jpg", "营业执照", "paper.exe"])
def test_the_type_follows_the_content(tmp_path: Path, data: bytes, kind: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert sniff.media_type(path) == kind


@pytest.mark.parametrize("data", [b"plain words", b"GIF89a", b"\x00" * 64, b"%!PS-Adobe-3.0 EPSF", b"{\x00binary"])
def test_other_types_are_refused_whatever_their_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(data)
    with pytest.raises(PacketError) as caught:
        sniff.media_type(path)
    assert caught.value.code == "unsupported_type"


def test_a_file_without_a_byte_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.touch()
    with pytest.raises(PacketError) as caught:
        sniff.media_type(path)
    assert caught.value.code == "empty"


def test_a_zip_cut_short_is_still_a_zip_for_its_reader_to_refuse(tmp_path: Path) -> None:
    path = tmp_path / "paper.docx"
    path.write_bytes(word()[:200])
    assert sniff.media_type(path) == sniff.ZIP
