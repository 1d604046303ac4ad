"""Builds small OFD files of real structure for tests: pages, templates, resources, annotations, SM2 seals."""

from __future__ import annotations

import base64
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import core, x509
from cryptography.hazmat.primitives import hashes

from qi_pipeline.reading import sm2

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
PRIVATE_KEY = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8


def text_object(
    text: str, x: float, y: float, size: float = 4.0, deltas: str | None = None, extra: str = "", font: str = "3"
) -> str:
    """A TextObject whose first baseline point stands at (x, y) on the page."""
    delta = f' DeltaX="{deltas}"' if deltas is not None else f' DeltaX="g {len(text) - 1} {size}"' if text[1:] else ""
    return (
        f'<ofd:TextObject ID="9" Boundary="{x} {y - size} 150 {size * 1.3}" Font="{font}" Size="{size}" {extra}>'
        f'<ofd:TextCode X="0" Y="{size}"{delta}>{text}</ofd:TextCode></ofd:TextObject>'
    )


@dataclass
class Ofd:
    """Parts of an OFD package under construction."""

    pages: list[str]
    width: float = 210.0
    height: float = 297.0
    template: str = ""
    public_res: str = '<ofd:Fonts><ofd:Font ID="3" FontName="宋体" FamilyName="宋体"/></ofd:Fonts>'
    media: dict[str, bytes] = field(default_factory=dict)
    annotations: dict[int, str] = field(default_factory=dict)
    extra: dict[str, bytes] = field(default_factory=dict)

    def parts(self, signed: bool = False) -> dict[str, bytes]:
        signatures = "<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>" if signed else ""
        out = {
            "OFD.xml": f'<ofd:OFD {NS} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID>'
            f"</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>{signatures}</ofd:DocBody></ofd:OFD>",
            "Doc_0/PublicRes.xml": f'<ofd:Res {NS} BaseLoc="Res">{self.public_res}{self._media()}</ofd:Res>',
            "Doc_0/Document.xml": self._document(),
        }
        for index, content in enumerate(self.pages):
            use = '<ofd:Template TemplateID="2" ZOrder="Background"/>' if self.template else ""
            out[f"Doc_0/Pages/Page_{index}/Content.xml"] = (
                f"<ofd:Page {NS}>{use}<ofd:Content><ofd:Layer ID='5'>{content}</ofd:Layer></ofd:Content></ofd:Page>"
            )
        if self.template:
            out["Doc_0/Tpls/Tpl_0/Content.xml"] = (
                f"<ofd:Page {NS}><ofd:Content><ofd:Layer ID='6'>{self.template}</ofd:Layer></ofd:Content></ofd:Page>"
            )
        if self.annotations:
            out["Doc_0/Annots/Annotations.xml"] = (
                f"<ofd:Annotations {NS}>"
                + "".join(
                    f'<ofd:Page PageID="{100 + index}"><ofd:FileLoc>Page_{index}/Annotation.xml</ofd:FileLoc>'
                    "</ofd:Page>"
                    for index in self.annotations
                )
                + "</ofd:Annotations>"
            )
            for index, appearance in self.annotations.items():
                out[f"Doc_0/Annots/Page_{index}/Annotation.xml"] = (
                    f'<ofd:PageAnnot {NS}><ofd:Annot ID="70" Type="Stamp">{appearance}</ofd:Annot></ofd:PageAnnot>'
                )
        coded = {name: text.encode() for name, text in out.items()}
        coded |= {f"Doc_0/Res/{name}": data for name, data in self.media.items()}
        return coded | self.extra

    def _media(self) -> str:
        items = "".join(
            f'<ofd:MultiMedia ID="{20 + i}" Type="Image"><ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>'
            for i, name in enumerate(self.media)
        )
        return f"<ofd:MultiMedias>{items}</ofd:MultiMedias>"

    def _document(self) -> str:
        template = '<ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/>' if self.template else ""
        pages = "".join(
            f'<ofd:Page ID="{100 + i}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(len(self.pages))
        )
        notes = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>" if self.annotations else ""
        return (
            f"<ofd:Document {NS}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 {self.width} {self.height}"
            f"</ofd:PhysicalBox></ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{template}</ofd:CommonData>"
            f"<ofd:Pages>{pages}</ofd:Pages>{notes}</ofd:Document>"
        )

    def write(self, path: Path) -> Path:
        return write_parts(path, self.parts())

    def sealed(self, picture: bytes, signer: str, page: int = 0, box: str = "120 200 40 40") -> dict[str, bytes]:
        """All parts with a seal of GB/T 38540 over them, signed with the example key of the SM2 standard."""
        parts = self.parts(signed=True)
        references = "".join(
            f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{base64.b64encode(sm2.sm3(data)).decode()}'
            f"</ofd:CheckValue></ofd:Reference>"
            for name, data in parts.items()
        )
        signature = (
            f'<ofd:Signature {NS}><ofd:SignedInfo><ofd:Provider ProviderName="test"/>'
            f"<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
            f'<ofd:References CheckMethod="1.2.156.10197.1.401">{references}</ofd:References>'
            f'<ofd:StampAnnot ID="1" PageRef="{100 + page}" Boundary="{box}"/></ofd:SignedInfo>'
            f"<ofd:SignedValue>SignedValue.dat</ofd:SignedValue></ofd:Signature>"
        ).encode()
        parts["Doc_0/Signs/Signatures.xml"] = (
            f'<ofd:Signatures {NS}><ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/></ofd:Signatures>'
        ).encode()
        parts["Doc_0/Signs/Sign_0/Signature.xml"] = signature
        parts["Doc_0/Signs/Sign_0/SignedValue.dat"] = signed_value(signature, picture, signer)
        return parts


def write_parts(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def _wrap(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*values: bytes) -> bytes:
    return _wrap(0x30, b"".join(values))


def _oid(dotted: str) -> bytes:
    return bytes(core.ObjectIdentifier(dotted).dump())


def _integer(value: int) -> bytes:
    return bytes(core.Integer(value).dump())


def _text(tag: int, text: str) -> bytes:
    return _wrap(tag, text.encode())


def _bits(data: bytes) -> bytes:
    return _wrap(0x03, b"\0" + data)


def public_point() -> tuple[int, int]:
    point = sm2._times(PRIVATE_KEY, sm2._G)
    assert point is not None
    return point


def sign(message: bytes) -> tuple[int, int]:
    """An SM2 signature with the example key; the nonce comes from the message, which will do for a test."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(message)
    nonce = int.from_bytes(digest.finalize()) % (sm2._N - 1) + 1
    e = int.from_bytes(sm2.sm3(sm2._identity_digest(public_point(), sm2._IDENTITY) + message))
    point = sm2._times(nonce, sm2._G)
    assert point is not None
    r = (e + point[0]) % sm2._N
    s = pow(1 + PRIVATE_KEY, -1, sm2._N) * (nonce - r * PRIVATE_KEY) % sm2._N
    return r, s


SM2_WITH_SM3 = "1.2.156.10197.1.501"


def certificate(signer: str) -> bytes:
    """A certificate with an SM2 key; its own signature is nonsense, as chains are not checked."""
    key = b"\x04" + b"".join(value.to_bytes(32) for value in public_point())
    name = x509.Name.build({"country_name": "CN", "common_name": signer}).dump()
    algorithm = _sequence(_oid(SM2_WITH_SM3))
    key_kind = _sequence(_oid("1.2.840.10045.2.1"), _oid("1.2.156.10197.1.301"))
    validity = _sequence(_text(0x17, "260101000000Z"), _text(0x17, "310101000000Z"))
    version = _wrap(0xA0, _integer(2))
    body = _sequence(version, _integer(7), algorithm, name, validity, name, _sequence(key_kind, _bits(key)))
    return _sequence(body, algorithm, _bits(b"\0" * 8))


def signed_value(signature_xml: bytes, picture: bytes, signer: str) -> bytes:
    """SES_Signature of GB/T 38540 over ``signature_xml``."""
    now = _text(0x18, "20260301120000Z")
    header = _sequence(_text(0x16, "ES"), _integer(4), _text(0x16, "maker"))
    properties = _sequence(_integer(1), _text(0x0C, "电子公章"), _integer(1), now, now, now)
    image = _sequence(_text(0x16, "png"), _wrap(0x04, picture), _integer(40), _integer(40))
    seal = _sequence(
        _sequence(header, _text(0x16, "seal-1"), properties, image),
        _wrap(0x04, b"maker certificate"),
        _oid(SM2_WITH_SM3),
        _bits(b"\0" * 8),
    )
    to_sign = _sequence(_integer(4), seal, now, _bits(sm2.sm3(signature_xml)), _text(0x16, "/Signature.xml"))
    r, s = sign(to_sign)
    signature = _sequence(_integer(r), _integer(s))
    return _sequence(to_sign, _wrap(0x04, certificate(signer)), _oid(SM2_WITH_SM3), _bits(signature))
