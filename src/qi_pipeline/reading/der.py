"""DER (ASN.1) read without a schema, and the two things needed of a certificate: its name and its key.

Signed values of electronic seals come in several layouts and with keys that no X.509 library here knows (SM2), so the
tree is read as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import parser as der
from asn1crypto import x509

SEQUENCE, INTEGER, BITS, OCTETS, OID, UTF8 = 16, 2, 3, 4, 6, 12
TEXTS = (12, 19, 22)
"""UTF8String, PrintableString and IA5String."""
_DEEPEST = 24
_READ_ERRORS = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What asn1crypto raises on odd encodings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One DER value: its universal tag (-1 for others), its whole encoding, its content, its parts."""

    tag: int
    raw: bytes
    content: bytes
    parts: tuple[Node, ...]


def parse(data: bytes) -> Node | None:
    """The DER tree of a signed value, or None where it is none."""
    try:
        return _node(data, 0)
    except _READ_ERRORS:
        return None


def _node(data: bytes, depth: int) -> Node:
    if depth > _DEEPEST:
        raise ValueError("nested beyond measure")
    kind, method, tag, header, content, trailer = der.parse(data)
    parts = []
    if method == 1:
        rest = content
        while rest:
            size = der.peek(rest)
            parts.append(_node(rest[:size], depth + 1))
            rest = rest[size:]
    return Node(tag=tag if kind == 0 else -1, raw=header + content + trailer, content=content, parts=tuple(parts))


def two_integers(data: bytes) -> tuple[int, int]:
    """``r`` and ``s`` from DER or from 64 plain bytes; zeros (which never verify) where it is neither."""
    node = parse(data)
    if node is not None and [part.tag for part in node.parts] == [INTEGER, INTEGER]:
        return (int.from_bytes(node.parts[0].content), int.from_bytes(node.parts[1].content))
    return (int.from_bytes(data[:32]), int.from_bytes(data[32:])) if len(data) == 64 else (0, 0)


def dotted(content: bytes) -> str:
    """An object identifier in dots."""
    arcs = [content[0] // 40, content[0] % 40] if content else []
    value = 0
    for byte in content[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    return ".".join(map(str, arcs))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the encoding."""
    yield node
    for part in node.parts:
        yield from walk(part)


def read_certificate(data: bytes) -> tuple[str | None, tuple[int, int] | None] | None:
    """Name and public point of a certificate; the point None where the key is none of 256 bits."""
    try:
        certificate = x509.Certificate.load(data)
        subject = certificate.subject.native
        key = certificate["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:]
    except _READ_ERRORS:
        return None
    name = subject.get("common_name") or subject.get("organization_name")
    text = name[0] if isinstance(name, list) and name else name
    point = None
    if len(key) == 65 and key[0] == 4:
        point = (int.from_bytes(key[1:33]), int.from_bytes(key[33:]))
    return (plain_name(text) if isinstance(text, str) else None), point


def plain_name(common_name: str) -> str | None:
    """The institution in a common name; authorities pack codes around it (``041@机构@91…@1``).

    >>> plain_name("051@某某检测有限公司@N91320200@1")
    '某某检测有限公司'
    """
    pieces = [piece.strip() for piece in common_name.split("@") if piece.strip()]
    chinese = [piece for piece in pieces if any("\u4e00" <= char <= "\u9fff" for char in piece)]
    return max(chinese or pieces, key=len, default=None)
