from __future__ import annotations

import datetime
import io
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf

from ofd_builder import Ofd, text_object, write_parts
from qi_pipeline.policy import default_policy
from qi_pipeline.reading import sm2
from qi_pipeline.reading.signatures import read_signatures

NAME = "无锡市霁云检测技术有限公司"
LIMITS = default_policy().limits
PDF, OFD = "application/pdf", "application/ofd"


def _plain_pdf() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 280), "white").save(out, "PDF")
    return out.getvalue()


@pytest.fixture(scope="module")
def signed_pdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("signer")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"041@{NAME}@N1@1")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    signer = SimpleSigner.load(str(folder / "key.pem"), str(folder / "cert.pem"))
    assert isinstance(signer, SimpleSigner)
    out = io.BytesIO()
    sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(_plain_pdf()), strict=False),
        PdfSignatureMetadata(field_name="Signature1", md_algorithm="sha256"),
        signer=signer,
        output=out,
    )
    return out.getvalue()


def test_a_whole_signed_pdf_is_intact_and_names_its_signer(signed_pdf: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(signed_pdf)
    (signature,) = read_signatures(tmp_path / "a.pdf", PDF, LIMITS)
    assert signature.signer == NAME
    assert signature.intact is True
    assert "not checked" in signature.note  # nobody vouches for the certificate


def test_one_changed_byte_breaks_it(signed_pdf: bytes, tmp_path: Path) -> None:
    at = signed_pdf.index(b"/MediaBox") + 12
    changed = bytearray(signed_pdf)
    changed[at] ^= 1
    (tmp_path / "a.pdf").write_bytes(changed)
    (signature,) = read_signatures(tmp_path / "a.pdf", PDF, LIMITS)
    assert signature.intact is False


def test_a_page_changed_by_a_later_revision_breaks_it(signed_pdf: bytes, tmp_path: Path) -> None:
    from pyhanko.pdf_utils import generic

    writer = IncrementalPdfFileWriter(io.BytesIO(signed_pdf), strict=False)
    page = writer.root["/Pages"]["/Kids"][0]
    stream = generic.StreamObject(stream_data=b"0 0 1 rg 10 10 50 50 re f")
    page["/Contents"] = writer.add_object(stream)
    writer.mark_update(page.container_ref)
    out = io.BytesIO()
    writer.write(out)
    (tmp_path / "a.pdf").write_bytes(out.getvalue())
    (signature,) = read_signatures(tmp_path / "a.pdf", PDF, LIMITS)
    assert signature.intact is False


def test_an_unsigned_or_broken_pdf_has_no_signature(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(_plain_pdf())
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\n/ByteRange nonsense")
    assert read_signatures(tmp_path / "a.pdf", PDF, LIMITS) == ()
    assert read_signatures(tmp_path / "b.pdf", PDF, LIMITS) == ()
    assert read_signatures(tmp_path / "a.pdf", "image/png", LIMITS) == ()


def test_a_value_that_is_no_known_signature_is_left_open(signed_pdf: bytes, tmp_path: Path) -> None:
    start = signed_pdf.index(b"/Contents <") + len(b"/Contents <")
    changed = bytearray(signed_pdf)
    changed[start : start + 60] = b"3030060a2a811ccf5501068e7d04" + b"0" * 32  # an SM2 object identifier, then nothing
    (tmp_path / "a.pdf").write_bytes(changed)
    (signature,) = read_signatures(tmp_path / "a.pdf", PDF, LIMITS)
    assert signature.intact is None
    assert signature.signer is None


def test_sm2_agrees_with_the_example_of_the_standard() -> None:
    public = (
        0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020,
        0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13,
    )
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    assert sm2.verify(public, b"message digest", r, s)
    assert not sm2.verify(public, b"message digesT", r, s)
    assert not sm2.verify(public, b"message digest", r, s ^ 1)
    assert not sm2.verify((public[0], public[1] ^ 1), b"message digest", r, s)  # no point of the curve
    assert not sm2.verify(public, b"message digest", 0, s)


def _sealed() -> dict[str, bytes]:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "PNG")
    return Ofd(pages=[text_object("营业执照", 80, 30, 10)]).sealed(out.getvalue(), f"051@{NAME}@N91@1")


def test_a_whole_sealed_ofd_is_intact(tmp_path: Path) -> None:
    (signature,) = read_signatures(write_parts(tmp_path / "a.ofd", _sealed()), OFD, LIMITS)
    assert (signature.signer, signature.intact) == (NAME, True)
    assert "not checked" in signature.note


def test_signatures_of_an_ofd_are_read_within_the_limits_of_the_platform(tmp_path: Path) -> None:
    sealed = write_parts(tmp_path / "a.ofd", _sealed())
    assert read_signatures(sealed, OFD, replace(LIMITS, file_pages=1))
    assert read_signatures(sealed, OFD, replace(LIMITS, file_pages=0)) == ()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("Doc_0/Pages/Page_0/Content.xml", "营业", "菅业"),
        ("Doc_0/Signs/Sign_0/Signature.xml", "120 200 40 40", "120 210 40 40"),
    ],
)
def test_a_changed_part_of_a_sealed_ofd_breaks_it(tmp_path: Path, part: str, old: str, new: str) -> None:
    parts = _sealed()
    parts[part] = parts[part].replace(old.encode(), new.encode())
    (signature,) = read_signatures(write_parts(tmp_path / "a.ofd", parts), OFD, LIMITS)
    assert signature.intact is False


def test_a_seal_with_a_forged_value_breaks(tmp_path: Path) -> None:
    parts = _sealed()
    value = bytearray(parts["Doc_0/Signs/Sign_0/SignedValue.dat"])
    value[-1] ^= 1
    parts["Doc_0/Signs/Sign_0/SignedValue.dat"] = bytes(value)
    (signature,) = read_signatures(write_parts(tmp_path / "a.ofd", parts), OFD, LIMITS)
    assert signature.intact is False


def test_a_seal_that_leaves_a_part_out_is_left_open(tmp_path: Path) -> None:
    parts = _sealed() | {"Doc_0/Pages/Page_9/Content.xml": b"<a/>"}
    (signature,) = read_signatures(write_parts(tmp_path / "a.ofd", parts), OFD, LIMITS)
    assert signature.intact is None


def test_an_unsigned_or_broken_ofd_has_no_signature(tmp_path: Path) -> None:
    assert read_signatures(Ofd(pages=[text_object("页", 20, 50)]).write(tmp_path / "a.ofd"), OFD, LIMITS) == ()
    (tmp_path / "b.ofd").write_bytes(b"PK\x03\x04 no zip")
    assert read_signatures(tmp_path / "b.ofd", OFD, LIMITS) == ()
