"""PDF files written by hand, object by object, so that each can be wrong in exactly one place."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

A4 = (595, 842)
TEXT = b"BT /F1 24 Tf 60 700 Td (Certificate No. 12345 of the year 2026) Tj ET"


def pdf(
    *,
    pages: int = 1,
    content: bytes = TEXT,
    content_filter: bytes = b"",
    size: tuple[float, float] = A4,
    kids: bytes | None = None,
    font: bytes = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    resources: bytes = b"",
    page_extra: bytes = b"",
    catalog: bytes = b"",
    trailer: bytes = b"",
    extra: Sequence[bytes] = (),
) -> bytes:
    """A PDF with ``pages`` equal pages; ``extra`` objects follow, the first with the number ``4 + 2 * pages``."""
    objects = [b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog]
    numbers = [4 + 2 * index for index in range(pages)]
    listed = b" ".join(b"%d 0 R" % number for number in numbers) if kids is None else kids
    objects.append(b"<</Type/Pages/Kids[%s]/Count %d>>" % (listed, pages))
    objects.append(font)
    for number in numbers:
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>%s>>%s>>"
            % (*size, number + 1, resources, page_extra)
        )
        objects.append(b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), content_filter, content))
    objects += extra
    return joined(objects, trailer)


def joined(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """The objects, numbered from 1, with cross-reference table and trailer."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def locked(user: bytes, owner: bytes) -> bytes:
    """A PDF under 40-bit RC4 (revision 2): opens by itself where the user's password is empty."""
    identity = hashlib.md5(b"broken").digest()
    rights = (0xFFFFFFC0).to_bytes(4, "little")
    owner_entry = _rc4(hashlib.md5((owner + _PAD)[:32]).digest()[:5], (user + _PAD)[:32])
    key = hashlib.md5((user + _PAD)[:32] + owner_entry + rights + identity).digest()[:5]
    user_entry = _rc4(key, _PAD)

    def sealed(number: int, data: bytes) -> bytes:
        own = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
        return _rc4(own, data)

    content = sealed(5, TEXT)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 3 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -64>>" % (owner_entry.hex().encode(), user_entry.hex().encode()),
    ]
    name = identity.hex().encode()
    return joined(objects, b"/Encrypt 6 0 R/ID[<%s><%s>]" % (name, name))


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    other = 0
    for at in range(256):
        other = (other + box[at] + key[at % len(key)]) % 256
        box[at], box[other] = box[other], box[at]
    first = second = 0
    out = bytearray()
    for byte in data:
        first = (first + 1) % 256
        second = (second + box[first]) % 256
        box[first], box[second] = box[second], box[first]
        out.append(byte ^ box[(box[first] + box[second]) % 256])
    return bytes(out)


def swelling(mib: int, byte: bytes = b" ") -> bytes:
    """A Flate stream of a few kilobytes that unfolds to ``mib`` MiB."""
    packer = zlib.compressobj(9)
    piece = byte * (1 << 20)
    return b"".join(packer.compress(piece) for _ in range(mib)) + packer.flush()
