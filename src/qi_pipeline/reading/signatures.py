"""Electronic signatures and seals (电子签名, 电子印章) of PDF and OFD files, verified without a network.

What ``intact`` True means: the whole file is what the key of the named certificate signed, nothing added but further
signatures and filled forms. What it does not mean: that a certification authority vouches for the certificate. No
trust store is shipped and nothing is fetched, so chain and revocation stay unchecked, and the note says so
(电子签名法 Art. 13, 14). False: it was signed and changed afterwards. None: it can't be verified here.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from qi_pipeline.errors import PacketError
from qi_pipeline.model import ElectronicSignature
from qi_pipeline.policy import Limits
from qi_pipeline.reading.der import read_certificate
from qi_pipeline.reading.ofd_signatures import read_ofd_signatures

_UNTRUSTED = "certificate chain and revocation not checked"
_READ_ERRORS = (
    PdfError,
    SignatureValidationError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OSError,
    RecursionError,
)
"""What pyHanko and asn1crypto raise on odd signatures: a reading of their sources, not a promise of theirs."""


def read_signatures(path: Path, media_type: str, limits: Limits) -> tuple[ElectronicSignature, ...]:
    """Every electronic signature of a PDF or OFD with what can be said of it offline; other types have none.

    A damaged file gives none: the page reader reports the damage.
    """
    if media_type == "application/pdf":
        return _read_pdf(path)
    if media_type == "application/ofd":
        try:
            return read_ofd_signatures(path, limits)
        except PacketError:
            return ()
    return ()


def _read_pdf(path: Path) -> tuple[ElectronicSignature, ...]:
    with path.open("rb") as file:
        if not _may_be_signed(path):
            return ()
        try:
            reader = PdfFileReader(file, strict=False)
            fields = list(enumerate_sig_fields(reader, filled_status=True))
        except _READ_ERRORS:
            return ()
        quiet = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
        levels = [logger.level for logger in quiet]
        try:
            for logger in quiet:  # a failed check is our result and no event of the program
                logger.setLevel(logging.CRITICAL)
            judged = [_read_field(reader, name, field) for name, _value, field in fields]
        finally:
            for logger, level in zip(quiet, levels, strict=True):
                logger.setLevel(level)
        return tuple(signature for signature in judged if signature is not None)


def _read_field(reader: PdfFileReader, name: str, field: DictionaryObject) -> ElectronicSignature | None:
    """What can be said of one signature field; None for a bare time stamp."""
    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        if signature.sig_object_type == "/DocTimeStamp":
            return None
    except _READ_ERRORS as error:
        return ElectronicSignature(
            signer=None, intact=None, note=f"a signature of unknown make, can't be verified here ({_one_line(error)})"
        )
    return _judge(signature)


def _may_be_signed(path: Path) -> bool:
    """False when the file holds no byte range: most scans, for which parsing the whole file would be waste."""
    return b"/ByteRange" in path.read_bytes()


def _judge(signature: EmbeddedPdfSignature) -> ElectronicSignature:
    signer = _signer(signature)
    try:
        status = validate_pdf_signature(
            signature, signer_validation_context=ValidationContext(trust_roots=[], allow_fetching=False)
        )
    except _READ_ERRORS as error:
        return ElectronicSignature(
            signer=signer, intact=None, note=f"can't be verified here ({_one_line(error)}); {_UNTRUSTED}"
        )
    intact, said = _verdict(status)
    return ElectronicSignature(signer=signer, intact=intact, note=f"{said}; {_UNTRUSTED}")


def _verdict(status: PdfSignatureStatus) -> tuple[bool | None, str]:
    if not status.intact:
        return False, "the signed bytes were changed after signing"
    if not status.valid:
        return False, "the signature does not fit the certificate's key"
    if status.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True, "signature fits and covers the whole file"
    harmless = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)
    if status.coverage == SignatureCoverageLevel.ENTIRE_REVISION and status.modification_level in harmless:
        return True, "signature fits; only signatures or form entries were added afterwards"
    if status.coverage == SignatureCoverageLevel.ENTIRE_REVISION:
        return False, "pages were changed after signing"
    return False, "the signature covers only a part of the file"


def _signer(signature: EmbeddedPdfSignature) -> str | None:
    """The institution or person in the signer's certificate."""
    try:
        certificate = read_certificate(signature.signer_cert.dump())
    except _READ_ERRORS:
        return None
    return None if certificate is None else certificate[0]


def _one_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).split("\n", maxsplit=1)[0][:120]
