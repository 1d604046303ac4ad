"""Zip packages of XML parts (OFD, DOCX, XLSX), opened so that a hostile one can do no harm.

Enforced: no part name that leads outside, no encryption, bytes counted while unpacking (declared sizes are not
believed), at most ``archive_ratio`` times the packed size above a first megabyte, XML without document type
declarations, entities or network. Not enforced here: how long a library then works on the parts; the cage of the
reading process bounds that.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from qi_pipeline.errors import PacketError
from qi_pipeline.policy import Limits

Element: TypeAlias = Any
"""An lxml element; lxml ships no types, and only this module imports it."""

_CHUNK = 1 << 18
_FREE_BYTES = 1 << 20
"""A package may unpack to so much whatever its ratio: a few kilobytes of XML shrink well."""
_MEMBERS_PER_PAGE = 8
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")


class XmlPackage:
    """One open package; a context manager. ``names`` are normalised part names."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._read_bytes = 0
        with path.open("rb") as file:
            if file.read(8) == _OLE:
                raise _old_office(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise PacketError("corrupt", f"not a readable package ({error}); export the file again") from error
        self._packed = max(1, path.stat().st_size)
        try:
            self._members = self._checked_members()
        except PacketError:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Part names, normalised, in the order of the archive."""
        return tuple(self._members)

    def has(self, name: str) -> bool:
        """Whether there is a part of that name, whatever its capitals."""
        return self._find(name) is not None

    def read(self, name: str) -> bytes:
        """The bytes of a part; raises ``corrupt`` where it is missing or damaged, ``archive_bomb`` where it swells."""
        info = self._find(name)
        if info is None:
            raise PacketError("corrupt", f"the part {name} is missing; export the file again")
        ceiling = max(_FREE_BYTES, self._packed * self._limits.archive_ratio)
        pieces: list[bytes] = []
        try:
            with self._zip.open(info) as part:
                while piece := part.read(_CHUNK):
                    self._read_bytes += len(piece)
                    if sum(map(len, pieces)) + len(piece) > min(ceiling, self._limits.archive_bytes):
                        raise PacketError("archive_bomb", f"the part {name} swells beyond all measure")
                    if self._read_bytes > 4 * self._limits.archive_bytes:
                        raise PacketError("archive_bomb", "the package unpacks to more than is allowed")
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise PacketError("corrupt", f"the part {name} is damaged ({error}); export the file again") from error
        except RuntimeError as error:  # zipfile's way of saying that a password is needed
            raise PacketError("encrypted", "a password protects the file; hand it in without") from error
        return b"".join(pieces)

    def xml(self, name: str) -> Element:
        """The root of an XML part; raises ``corrupt`` for anything but plain well-formed XML."""
        return parse_xml(self.read(name), name)

    def check_all_xml(self) -> None:
        """Reads every part once: sizes, checksums, and no document type in any XML part, before a library sees them."""
        total = 0
        for name in self._members:
            data = self.read(name)
            total += len(data)
            if total > max(_FREE_BYTES, min(self._packed * self._limits.archive_ratio, self._limits.archive_bytes)):
                raise PacketError("archive_bomb", "the package unpacks to more than is allowed")
            if name.lower().endswith((".xml", ".rels", ".vml")):
                parse_xml(data, name)

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        key = _normal(name)
        if key in self._members:
            return self._members[key]
        return next((info for other, info in self._members.items() if other.lower() == key.lower()), None)

    def _checked_members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > self._limits.file_pages * _MEMBERS_PER_PAGE:
            raise PacketError("archive_bomb", f"{len(infos)} parts are more than any such file needs")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.is_dir():
                continue
            if info.flag_bits & 0x1:
                raise PacketError("encrypted", "a password protects the file; hand it in without")
            members[_normal(info.filename)] = info
        if not members:
            raise PacketError("empty", "the package holds nothing")
        return members


def parse_xml(data: bytes, name: str) -> Element:
    """The root element of plain XML; a document type, entities or broken XML raise ``corrupt``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PacketError("corrupt", f"{name} is not well-formed XML ({error}); export the file again") from error
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise PacketError("corrupt", f"{name} declares a document type, which such files never do")
    return root


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for comments."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _normal(name: str) -> str:
    """The name without ``.`` and leading slashes; raises ``unsafe_path`` where it leads outside."""
    slashed = name.replace("\\", "/")
    clean = posixpath.normpath(slashed.lstrip("/"))
    if clean.startswith("../") or clean in ("..", ".") or "\0" in clean or ":" in clean.split("/")[0]:
        raise PacketError("unsafe_path", f"the part name {name!r} leads outside the file")
    return clean


def _old_office(path: Path) -> PacketError:
    """What an OLE file is here: an encrypted new document, or a .doc/.xls of before 2007."""
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if "EncryptedPackage".encode("utf-16-le") in head:
        return PacketError("encrypted", "a password protects the file; hand it in without")
    return PacketError("unsupported_type", "an office file of before 2007; save it as .docx, .xlsx or PDF")
