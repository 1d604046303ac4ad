"""Zips, and the zips that are documents (DOCX, XLSX, OFD), each wrong in one place."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
import openpyxl

ENTITIES = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 500
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b"]>"
)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An ordinary zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def word(*lines: str) -> bytes:
    """A DOCX of these paragraphs."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sheet(*rows: tuple[str, ...]) -> bytes:
    """An XLSX of these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def altered(package: bytes, changes: Mapping[str, bytes | None], *, put: Mapping[str, bytes] | None = None) -> bytes:
    """The package with parts replaced (None: left out) and others added."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, data in changes.items():
        if data is None:
            del parts[name]
        else:
            parts[name] = data
    return zipped(parts | dict(put or {}))


def part(package: bytes, name: str) -> bytes:
    """One part of a package."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.read(name)


def with_doctype(package: bytes, name: str, doctype: bytes, entity: bytes = b"&a;") -> bytes:
    """The package with a document type before the root of one part, and the entity used in it."""
    data = part(package, name)
    head, _, rest = data.partition(b"?>") if data.startswith(b"<?xml") else (b'<?xml version="1.0"', b"", data)
    close = rest.rindex(b"</")
    return altered(package, {name: head + b"?>" + doctype + rest[:close] + entity + rest[close:]})


def with_macros(package: bytes, main: str, content_type: bytes) -> bytes:
    """The package as a macro-enabled one: another content type, and a VBA part."""
    types = part(package, "[Content_Types].xml")
    old = types[types.index(b"application/vnd.openxml", types.index(main.encode())) :]
    old = old[: old.index(b'"')]
    return altered(
        package,
        {"[Content_Types].xml": types.replace(old, content_type)},
        put={f"{main[:2]}/vbaProject.bin": b"\xd0\xcf" * 9},
    )


def ofd(*, location: str = "Pages/P0/Content.xml", root: bytes | None = None) -> bytes:
    """An OFD of one page with one word; ``location`` is where its page is said to lie."""
    name = b'xmlns:ofd="http://www.ofdspec.org/2016"'
    members = {
        "OFD.xml": root
        or b'<?xml version="1.0"?><ofd:OFD %s Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        b"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        % name,
        "Doc_0/Document.xml": b'<?xml version="1.0"?><ofd:Document %s><ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID>'
        b"<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData>"
        b'<ofd:Pages><ofd:Page ID="1" BaseLoc="%s"/></ofd:Pages></ofd:Document>' % (name, location.encode()),
        "Doc_0/Pages/P0/Content.xml": b'<?xml version="1.0"?><ofd:Page %s><ofd:Content><ofd:Layer ID="2">'
        b'<ofd:TextObject ID="3" Boundary="20 20 100 10" Font="4" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g 20 2.5">'
        b"Certificate No. 12345</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>" % name,
    }
    return zipped(members)


def flat_bomb(mib: int = 300) -> bytes:
    """A zip of a few hundred kilobytes that unfolds to ``mib`` MiB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.pdf", "w") as member:
        for _ in range(mib):
            member.write(bytes(1 << 20))
    return out.getvalue()


def nested_bomb() -> bytes:
    """A zip of ten zips, each of which unfolds to 60 MiB."""
    inner = flat_bomb(60)
    return zipped({f"{number}.zip": inner for number in range(10)})


def overlapping_bomb() -> bytes:
    """A zip whose hundred directory entries all name the same bytes."""
    data = zlib.compress(bytes(1 << 20), 9)[2:-4]
    crc = zlib.crc32(bytes(1 << 20))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), 1 << 20, 5, 0) + b"a.pdf" + data
    directory = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), 1 << 20, 6, 0, 0, 0, 0, 0, 0)
        + b"%02d.pdf" % number
        for number in range(90)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 90, 90, len(directory), len(local), 0)
    return local + directory + end


def in_itself() -> bytes:
    """A zip with the first half of itself inside: archives in archives in archives."""
    inner = zipped({"a.pdf": b"%PDF-1.7"})
    for name in ("c.zip", "b.zip", "a.zip"):
        inner = zipped({name: inner})
    return inner


def many_entries(count: int) -> bytes:
    """A zip of so many empty files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(f"{number}.pdf"), b"")
    return out.getvalue()


def hostile_directory(count: int) -> bytes:
    """A DOCX by its members whose first entry lies outside the file and whose directory has ``count`` more."""
    entry = "<4s6H3L5H2L"
    names = [b"word/document.xml", b"[Content_Types].xml"]
    directory = bytearray()
    for number in range(count):
        name = names[number] if number < 2 else b"%d" % number
        place = 0x7FFFFFFF if number == 0 else 0
        directory += struct.pack(entry, b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, place) + name
    body = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFE, 0xFFFE, len(directory), len(body), 0)


def with_link(name: str = "link.pdf", target: str = "/etc/passwd") -> bytes:
    """A zip with a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        archive.writestr(info, target)
    return out.getvalue()


def locked_member() -> bytes:
    """A zip whose member says that it needs a password."""
    data = bytearray(zipped({"a.pdf": b"%PDF-1.7 secret"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def wrong_checksum() -> bytes:
    """A zip with a flipped bit in a stored member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", b"%PDF-1.7 some bytes")
    data = bytearray(out.getvalue())
    data[data.index(b"some")] ^= 1
    return bytes(data)
