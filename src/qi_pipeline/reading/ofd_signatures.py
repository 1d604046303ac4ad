"""Electronic seals of OFD files (GB/T 38540, GM/T 0031): the picture, the signer, and whether the file is intact.

A seal signs in three steps, and all three are followed here: ``References`` hold the SM3 digest of every part of the
package, the signed value holds the digest of Signature.xml, and an SM2 signature closes it. The file counts as
intact only if no part of the package is left out. Seals of other algorithms can't be verified here, and say so.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qi_pipeline.model import ElectronicSignature
from qi_pipeline.policy import Limits
from qi_pipeline.reading import sm2
from qi_pipeline.reading.der import (
    BITS,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    TEXTS,
    UTF8,
    Node,
    dotted,
    parse,
    read_certificate,
    two_integers,
    walk,
)
from qi_pipeline.reading.ofd_document import read_documents, resolve
from qi_pipeline.reading.ofd_objects import box_of, children, first
from qi_pipeline.reading.xml_package import Element, XmlPackage

_SM3 = ("1.2.156.10197.1.401", "sm3")
_SM2_WITH_SM3 = "1.2.156.10197.1.501"
_PICTURES = ("png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "ofd")
_CHAIN = "certificate chain, seal maker and revocation not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealStamp:
    """A seal picture and where it stands on a page."""

    page: str
    """The page's ``ID``."""
    box: tuple[float, float, float, float]
    """``x y width height`` in millimetres."""
    picture: bytes
    format: str


def read_ofd_signatures(path: Path, limits: Limits) -> tuple[ElectronicSignature, ...]:
    """Every electronic signature of an OFD file; raises a :class:`PacketError` for a damaged package."""
    with XmlPackage(path, limits) as package:
        found = []
        for document in read_documents(package, limits.file_pages):
            for part, root in _signature_parts(package, document.signatures):
                found.append(_judge(package, document.signatures or "", part, root))
        return tuple(found)


def seal_stamps(package: XmlPackage, signatures: str | None) -> Iterator[SealStamp]:
    """The pictures that electronic seals put on pages, where a picture can be got out."""
    for part, root in _signature_parts(package, signatures):
        info = first(root, "SignedInfo")
        if info is None:
            continue
        picture = _picture(package, part, root, info)
        for stamp in children(info, "StampAnnot"):
            box = box_of(stamp.get("Boundary"))
            if picture is not None and box is not None:
                yield SealStamp(page=stamp.get("PageRef") or "", box=box, picture=picture[0], format=picture[1])


def _signature_parts(package: XmlPackage, signatures: str | None) -> Iterator[tuple[str, Element]]:
    if signatures is None:
        return
    for entry in children(package.xml(signatures), "Signature"):
        part = resolve(package, signatures, entry.get("BaseLoc"))
        if part is not None:
            yield part, package.xml(part)


def _picture(package: XmlPackage, part: str, root: Element, info: Element) -> tuple[bytes, str] | None:
    for location in (_text(first(root, "SignedValue")), _text(first(info, "Seal", "BaseLoc"))):
        where = resolve(package, part, location)
        node = None if where is None else parse(package.read(where))
        picture = None if node is None else _find_picture(node)
        if picture is not None:
            return picture
    return None


def _judge(package: XmlPackage, signatures: str, part: str, root: Element) -> ElectronicSignature:
    info = first(root, "SignedInfo")
    where = resolve(package, part, _text(first(root, "SignedValue")))
    value = None if where is None else parse(package.read(where))
    sealed = None if value is None else _sealed(value)
    signer = None if sealed is None else sealed.signer
    if info is None or where is None or sealed is None:
        note = "the signed value is missing or not of GB/T 38540 and can't be verified here"
        return ElectronicSignature(signer=signer, intact=None, note=note)
    intact, said = _verify(package, signatures, part, where, info, sealed)
    return ElectronicSignature(signer=signer, intact=intact, note=f"{said}; {_CHAIN}")


def _verify(
    package: XmlPackage, signatures: str, part: str, where: str, info: Element, sealed: _Sealed
) -> tuple[bool | None, str]:
    references = first(info, "References")
    method = (None if references is None else references.get("CheckMethod")) or ""
    if references is None or method.lower() not in _SM3:
        return None, f"digests of the method {method or 'unknown'} can't be verified here"
    covered = set()
    for reference in children(references, "Reference"):
        file = resolve(package, part, reference.get("FileRef"))
        if file is None:
            return False, f"the signed part {reference.get('FileRef')} is gone"
        if sm2.sm3(package.read(file)) != _base64(_text(first(reference, "CheckValue"))):
            return False, f"the part {file} was changed after signing"
        covered.add(file.lower())
    if sealed.data_hash != sm2.sm3(package.read(part)):
        return False, "Signature.xml was changed after signing"
    if sealed.algorithm != _SM2_WITH_SM3 or sealed.public is None:
        return None, f"a signature of the algorithm {sealed.algorithm} can't be verified here"
    if not sm2.verify(sealed.public, sealed.signed, *sealed.signature):
        return False, "the SM2 signature does not fit the certificate's key"
    own = (posixpath.dirname(signatures).lower() + "/").lstrip("/")
    free = {"ofd.xml", signatures.lower(), part.lower(), where.lower()}
    left_out = [
        name
        for name in package.names
        if name.lower() not in covered | free and not (own and name.lower().startswith(own))
    ]
    if left_out:
        return None, f"SM2 signature fits, but {len(left_out)} parts of the file are not under it ({left_out[0]})"
    return True, "SM2 signature fits and covers every part of the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """The signed value (SES_Signature) taken apart."""

    signed: bytes
    data_hash: bytes
    signer: str | None
    public: tuple[int, int] | None
    algorithm: str
    signature: tuple[int, int]


def _sealed(root: Node) -> _Sealed | None:
    """Reads both layouts: GB/T 38540 has certificate and algorithm beside ``toSign``, GM/T 0031 inside it."""
    if root.tag != SEQUENCE or len(root.parts) < 2 or root.parts[0].tag != SEQUENCE:
        return None
    inner = root.parts[0].parts
    if len(inner) < 5 or inner[0].tag != INTEGER or inner[1].tag != SEQUENCE or inner[3].tag != BITS:
        return None
    beside = root.parts[1:] if root.parts[1].tag == OCTETS else (*inner[5:7], root.parts[-1])
    if len(beside) < 3 or (beside[0].tag, beside[1].tag, beside[2].tag) != (OCTETS, OID, BITS):
        return None
    certificate = read_certificate(beside[0].content)
    name = _seal_name(inner[1])
    return _Sealed(
        signed=root.parts[0].raw,
        data_hash=inner[3].content[1:],
        signer=(None if certificate is None else certificate[0]) or name,
        public=None if certificate is None else certificate[1],
        algorithm=dotted(beside[1].content),
        signature=two_integers(beside[2].content[1:]),
    )


def _seal_name(seal: Node) -> str | None:
    """The name in the seal's properties: the first UTF-8 string behind the seal's number."""
    texts = [node for node in walk(seal) if node.tag == UTF8]
    return texts[0].content.decode("utf-8", "replace") if texts else None


def _find_picture(root: Node) -> tuple[bytes, str] | None:
    """The seal's picture: a sequence of type, data, width and height."""
    for node in walk(root):
        parts = node.parts
        if len(parts) < 4 or (parts[1].tag, parts[2].tag, parts[3].tag) != (OCTETS, INTEGER, INTEGER):
            continue
        kind = parts[0].content.decode("ascii", "replace").strip().lower().lstrip(".")
        if parts[0].tag in TEXTS and kind in _PICTURES:
            return parts[1].content, kind
    return None


def _base64(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "")
    except binascii.Error:
        return b""


def _text(element: Element | None) -> str | None:
    text = None if element is None else (element.text or "").strip()
    return text or None
