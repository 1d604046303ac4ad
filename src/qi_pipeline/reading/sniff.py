"""The media type of a file by its content, never by its name (文件类型).

Only magic bytes and, for the zip family, the list of member names are looked at; nothing is unpacked, so
this is the one question about content that the parent process may ask.
"""

from __future__ import annotations

import re
from pathlib import Path

from qi_pipeline.errors import PacketError
from qi_pipeline.intake import zipdir

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
OFD = "application/ofd"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
JSON = "application/json"

IMAGE_TYPES = frozenset({JPEG, PNG, TIFF})

_HEAD_BYTES = 1024
_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),  # BigTIFF
    (b"MM\x00+", TIFF),
)
_MOST_MEMBERS = 20_000
_WORD = re.compile(r"word/document\d*\.xml")  # online services number the main part
_EXCEL = re.compile(r"xl/workbook\d*\.xml")
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_JSON_STARTS = b"{["
_SPACES = b" \t\r\n"


def media_type(path: Path) -> str:
    """The media type of the file at ``path``; raises PacketError ``unsupported_type`` or ``empty``."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise PacketError("empty", "it holds no byte; send it again")
    found = _by_magic(head)
    if found == ZIP:
        return _by_members(path)
    if found is not None:
        return found
    raise PacketError(
        "unsupported_type",
        "it is none of PDF, JPEG, PNG, TIFF, OFD, DOCX, XLSX, ZIP and JSON; convert it and send it again",
    )


def _by_magic(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(_ZIP_MAGIC):
        return ZIP
    if b"%PDF-" in head:  # readers accept it anywhere in the first kilobyte
        return PDF
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACES)
    if text[:1] and text[:1] in _JSON_STARTS and b"\x00" not in head:
        return JSON
    return None


def _by_members(path: Path) -> str:
    """What kind of zip it is: by the member that each format must have."""
    try:
        with path.open("rb") as file:
            names = {entry.name.lower().lstrip("/") for entry in zipdir.directory(file, most=_MOST_MEMBERS)}
    except (zipdir.ZipDamaged, zipdir.ZipUnsupported, zipdir.ZipTooMany):
        return ZIP  # whoever opens it says what is broken
    if "ofd.xml" in names:
        return OFD
    if any(map(_WORD.fullmatch, names)):
        return DOCX
    if any(map(_EXCEL.fullmatch, names)):
        return XLSX
    return ZIP
