"""The structure of a zip as it lies on disk: its directory and the bytes of its members, believed in nothing.

The standard library's reader decodes names as code page 437, gives up a whole archive for one wrong name, and
builds an object for every entry that a hostile directory claims; here the directory is capped before it is
read, names come as bytes say, and sizes are counted, never believed. Only reading; nothing is written.

Format: PKWARE APPNOTE 6.3 (end of central directory 4.3.16, zip64 4.3.14, general purpose flags 4.4.4), the Unicode
path extra field of Info-ZIP (0x7075).
"""

from __future__ import annotations

import bz2
import stat
import struct
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from qi_pipeline.intake import names

MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_LOCAL = struct.Struct("<4s2B4H3L2H")
_DIRECTORY_BYTES = 4 << 20
"""No directory of a packet is larger; some forty thousand entries."""
_CHUNK = 1 << 16
_ENCRYPTED = 0x1 | 0x40 | 0x2000
METHODS = {0: "stored", 8: "deflate", 12: "bzip2"}
_OTHER_METHODS = {6: "implode", 9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "XZ", 97: "WavPack", 98: "PPMd"}


class ZipDamaged(ValueError):
    """The archive or a member is cut, overwritten or not a zip at all."""


class ZipTooMany(ValueError):
    """The directory is larger than any packet's."""


class ZipUnsupported(ValueError):
    """A compression or a splitting that isn't read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the directory."""

    name: str
    """With ``/`` between its parts."""
    name_bytes: int
    folder: bool
    special: bool
    """A link, pipe, socket or device."""
    encrypted: bool
    method: int
    crc: int
    packed: int
    offset: int
    """Of its local header, in the file."""


def directory(file: BinaryIO, *, most: int) -> list[Entry]:
    """The entries of the directory, in its order.

    Raises :class:`ZipDamaged`, :class:`ZipUnsupported` for a split archive, and :class:`ZipTooMany` beyond ``most``.
    """
    start, size, base = _locate(file)
    if size > _DIRECTORY_BYTES:
        raise ZipTooMany(f"its directory has {size} bytes")
    file.seek(0)
    if base and file.read(4) == MAGIC[0]:  # readers see the last one only, and what lies in the other would be lost
        raise ZipDamaged("two archives stand behind one another in it")
    file.seek(start)
    data = file.read(size)
    entries: list[Entry] = []
    at = 0
    while at < len(data):
        if len(data) - at < _CENTRAL.size or data[at : at + 4] != b"PK\x01\x02":
            raise ZipDamaged("its directory is damaged")
        if len(entries) >= most:
            raise ZipTooMany(f"it has more than {most} entries")
        entry, at = _entry(data, at, base)
        if entry.offset < 0 or entry.offset + _LOCAL.size + entry.packed > start:
            raise ZipDamaged("a member lies outside the archive")
        entries.append(entry)
    return entries


def overlapping(entries: list[Entry]) -> bool:
    """Whether two entries share bytes of the file, which no honest archive does."""
    end = 0
    for entry in sorted(entries, key=lambda item: item.offset):
        if entry.offset < end:
            return True
        end = entry.offset + _LOCAL.size + entry.name_bytes + entry.packed
    return False


def content(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The member's bytes in chunks of at most 64 KiB; the checksum is compared after the last.

    Raises :class:`ZipDamaged` and :class:`ZipUnsupported`. The caller counts, and stops when it is enough.
    """
    if entry.method not in METHODS:
        named = _OTHER_METHODS.get(entry.method, f"method {entry.method}")
        raise ZipUnsupported(f"compressed by {named}; pack it again as an ordinary zip (Deflate)")
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise ZipDamaged("the member's header is damaged")
    fields = _LOCAL.unpack(header)
    position = entry.offset + _LOCAL.size + fields[-2] + fields[-1]
    crc = 0
    for chunk in _unpacked(_stored(file, position, entry.packed), entry.method):
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if crc != entry.crc:
        raise ZipDamaged("its checksum is wrong")


def _stored(file: BinaryIO, position: int, size: int) -> Iterator[bytes]:
    while size:
        file.seek(position)
        chunk = file.read(min(_CHUNK, size))
        if not chunk:
            raise ZipDamaged("the archive is cut short")
        position += len(chunk)
        size -= len(chunk)
        yield chunk


def _unpacked(chunks: Iterator[bytes], method: int) -> Iterator[bytes]:
    if method == 0:
        yield from chunks
        return
    try:
        ended = yield from (_inflated(chunks) if method == 8 else _bunzipped(chunks))
    except (zlib.error, OSError) as error:
        raise ZipDamaged(f"its compressed bytes are damaged ({error})") from error
    if not ended:
        raise ZipDamaged("its compressed bytes are cut short")


def _inflated(chunks: Iterator[bytes]) -> Generator[bytes, None, bool]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in chunks:
        waiting = chunk
        while waiting and not unpacker.eof:
            piece = unpacker.decompress(waiting, _CHUNK)
            waiting = unpacker.unconsumed_tail
            if piece:
                yield piece
        if unpacker.eof:
            return True
    while piece := unpacker.decompress(b"", _CHUNK):
        yield piece
    return unpacker.eof


def _bunzipped(chunks: Iterator[bytes]) -> Generator[bytes, None, bool]:
    unpacker = bz2.BZ2Decompressor()
    for chunk in chunks:
        waiting = chunk
        while not unpacker.eof:
            piece = unpacker.decompress(waiting, _CHUNK)
            waiting = b""
            if piece:
                yield piece
            elif unpacker.needs_input:
                break
        if unpacker.eof:
            return True
    return False


def _locate(file: BinaryIO) -> tuple[int, int, int]:
    """Start and size of the directory, and how many bytes stand before the archive in the file."""
    total = file.seek(0, 2)
    tail_start = max(0, total - _END.size - 0xFFFF)
    file.seek(tail_start)
    tail = file.read()
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        if at + _END.size <= len(tail):
            fields = _END.unpack_from(tail, at)
            if at + _END.size + fields[7] <= len(tail):
                break
    if at < 0:
        raise ZipDamaged("the archive is cut short: it has no directory")
    _sign, disk, directory_disk, _here, _count, size, offset, _comment = fields
    end = tail_start + at
    if disk not in (0, 0xFFFF) or directory_disk not in (0, 0xFFFF):
        raise ZipUnsupported("one volume of a split archive; pack it again as one file")
    if 0xFFFFFFFF in (size, offset) or _count == 0xFFFF:
        end, size, offset = _locate64(file, end, size, offset)
    start = end - size
    base = start - offset
    if start < 0 or base < 0:
        raise ZipDamaged("its directory lies outside the archive")
    return start, size, base


def _locate64(file: BinaryIO, end: int, size: int, offset: int) -> tuple[int, int, int]:
    if end < _LOCATOR.size + _END64.size:
        return end, size, offset
    file.seek(end - _LOCATOR.size)
    locator = file.read(_LOCATOR.size)
    if locator[:4] != b"PK\x06\x07":
        return end, size, offset
    place = end - _LOCATOR.size - _END64.size
    file.seek(place)
    record = file.read(_END64.size)
    if record[:4] != b"PK\x06\x06":
        raise ZipDamaged("its zip64 directory record is missing")
    fields = _END64.unpack(record)
    return place, fields[8], fields[9]


def _entry(data: bytes, at: int, base: int) -> tuple[Entry, int]:
    fields = _CENTRAL.unpack_from(data, at)
    flags, method, crc, packed, size = fields[5], fields[6], fields[9], fields[10], fields[11]
    name_length, extra_length, comment_length, attributes, offset = (
        fields[12],
        fields[13],
        fields[14],
        fields[17],
        fields[18],
    )
    at += _CENTRAL.size
    raw = data[at : at + name_length]
    extra = data[at + name_length : at + name_length + extra_length]
    at += name_length + extra_length + comment_length
    if at > len(data):
        raise ZipDamaged("its directory is cut short")
    name = names.decoded(raw)
    for tag, value in _extras(extra):
        if tag == 0x0001:
            packed, offset = _wide(value, size, packed, offset)
        elif tag == 0x7075 and len(value) > 5 and struct.unpack_from("<L", value, 1)[0] == zlib.crc32(raw):
            name = names.decoded(value[5:])
    name = names.plain(name)
    kind = stat.S_IFMT(attributes >> 16)
    return (
        Entry(
            name=name,
            name_bytes=name_length,
            folder=name.endswith("/") or bool(raw and not name),
            special=kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK),
            encrypted=bool(flags & _ENCRYPTED) or method == 99,
            method=method,
            crc=crc,
            packed=packed,
            offset=base + offset,
        ),
        at,
    )


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        yield tag, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _wide(value: bytes, size: int, packed: int, offset: int) -> tuple[int, int]:
    numbers = iter(struct.unpack(f"<{len(value) // 8}Q", value[: len(value) // 8 * 8]))
    try:
        if size == 0xFFFFFFFF:
            next(numbers)
        if packed == 0xFFFFFFFF:
            packed = next(numbers)
        if offset == 0xFFFFFFFF:
            offset = next(numbers)
    except StopIteration:
        raise ZipDamaged("its zip64 sizes are damaged") from None
    return packed, offset
