"""Fuzz targets of every reader of strangers' files, as ordinary short tests with fixed seeds.

Pages are read where they are in the product: by a real reading process in its cage, which has to answer each file with
its pages or one of the contract's codes, and to live. Tables, forms and archives are read by this process itself: only
the program's own errors are forgiven.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from broken import packages, pdfs, pictures
from papers.packets import good_packet
from qi_pipeline.admission.form import form_from_json
from qi_pipeline.errors import PACKET_CODES, PacketError, UsageError
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.policy import default_policy
from qi_pipeline.reading import sniff
from qi_pipeline.reading.child import Child
from qi_pipeline.reading.protocol import ProtocolError, Request, Setup, read_answer
from qi_pipeline.records.credit_lists import read_credit_list
from qi_pipeline.records.store import Store

LIMITS = default_policy().limits
WORKER = (sys.executable, "-P", "-m", "qi_pipeline.reading.worker")

quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


_NUMBERS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"9999")
_PIECES = (b"<", b"]]>", b"\0", b"%", b"\r\n", b"../", "证".encode(), b"-1 0 R")


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """The bytes with some of them flipped, cut out, doubled, or replaced by odd numbers."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(("flip", "cut", "double", "number", "insert", "end"))):
            case "flip":
                data[at : at + 1] = bytes([(data[at] if data else 0) ^ draw(st.integers(1, 255))])
            case "cut":
                del data[at : at + draw(st.integers(1, 200))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 200))]
            case "number":
                data[at : at + 4] = draw(st.sampled_from(_NUMBERS))
            case "insert":
                data[at:at] = draw(st.sampled_from(_PIECES))
            case "end":
                del data[max(1, at) :]
    return bytes(data)


def _small() -> bytes:
    return pictures.saved(pictures.drawn(size=(60, 80)), "JPEG")


# Made once: they hold the moment of their making.
WORD = packages.word("Certificate No. 12345", "of the year 2026")
SHEET = packages.sheet(("name", "number"), ("scale", "12345"))
OFD = packages.ofd()
ZIP = packages.zipped({"a.pdf": pdfs.pdf(), "营业执照.jpg": _small(), "application.json": b"{}"})
INSTITUTIONS = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to\n"
    "91320281MA1XXXXXX1,无锡示例,inspection_testing,张三,无锡,2026-01-05,2026-01-08,,\n"
).encode()
QUALIFICATIONS = (
    "uscc,kind,number,issuing_authority,valid_from,valid_to,services\n"
    "91320281MA1XXXXXX1,cma_certificate,220000000001,,2020-11-01,2026-11-20,食品检测;饮料检测\n"
).encode()
ROSTER = packages.sheet(*(tuple(line.split(",")) for line in INSTITUTIONS.decode().splitlines()))


# what a reading process reads


class Asked:
    """A reading process that is asked about one file after another; it must outlive them all."""

    def __init__(self, folder: Path) -> None:
        self.pages = folder / "pages"
        self.pages.mkdir()
        self.files = folder / "files"
        self.files.mkdir()
        own = Setup(engine="rapidocr", limits=LIMITS, readable=(str(self.files),), writable=(str(self.pages),))
        self.child = Child(own, WORKER, 300)

    def about(self, data: bytes, kind: str, do: str = "open", last: int = 1) -> None:
        path = self.files / "stranger"
        path.write_bytes(data)
        self.child.send(
            Request(
                do=do, path=str(path), media_type=kind, pages_dir=str(self.pages), stem="0" * 16, first=1, last=last
            )
        )
        while (answer := self.child.receive(time.monotonic() + 300)).kind == "page":
            assert answer.page is not None
        assert answer.kind in ("opened", "done", "failed"), answer
        if answer.kind == "failed":
            assert answer.code in PACKET_CODES
            assert len(answer.message) > 15
            assert "Traceback" not in answer.message
            assert not answer.exhausted


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    made = Asked(tmp_path_factory.mktemp("asked"))
    yield made
    made.child.end()


@seed(1)
@quick
@given(data=damaged(pdfs.pdf()))
def test_pdf(asked: Asked, data: bytes) -> None:
    asked.about(data, sniff.PDF)
    asked.about(data, sniff.PDF, "draw")


@seed(2)
@quick
@given(data=st.one_of(damaged(_small()), damaged(pictures.g4_pages(2)), damaged(pictures.sixteen_bit())))
def test_pictures(asked: Asked, data: bytes) -> None:
    for kind in sniff.IMAGE_TYPES:
        asked.about(data, kind)


@seed(3)
@quick
@given(data=damaged(OFD))
def test_ofd_as_a_package(asked: Asked, data: bytes) -> None:
    asked.about(data, sniff.OFD)


@seed(4)
@quick
@given(part=st.sampled_from(("OFD.xml", "Doc_0/Document.xml")), data=st.data())
def test_ofd_inside_its_package(asked: Asked, part: str, data: st.DataObject) -> None:
    inner = zipfile.ZipFile(io.BytesIO(OFD)).read(part)
    asked.about(packages.altered(OFD, {part: data.draw(damaged(inner))}), sniff.OFD)


_TEXT = b"<w:document><w:body><w:p><w:r><w:t>x</w:t></w:r></w:p></w:body></w:document>"
_CELLS = b"<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c></row></sheetData></worksheet>"


@pytest.mark.parametrize(
    ("kind", "whole", "part", "text"),
    [
        (sniff.DOCX, WORD, "word/document.xml", _TEXT),
        (sniff.XLSX, SHEET, "xl/worksheets/sheet1.xml", _CELLS),
    ],
    ids=["docx", "xlsx"],
)
@seed(5)
@quick
@given(data=st.data())
def test_office(asked: Asked, kind: str, whole: bytes, part: str, text: bytes, data: st.DataObject) -> None:
    inside = packages.altered(whole, {part: data.draw(damaged(text))})
    for each in (inside, data.draw(damaged(whole))):
        asked.about(each, kind)
        asked.about(each, kind, "pages")


@seed(7)
@quick
@given(data=st.one_of(st.binary(max_size=300), damaged(b'{"kind": "page", "page": null, "crops": [["a", 0.5]]}')))
def test_what_a_reading_process_says(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        read_answer(data)


# what this process reads


@seed(8)
@quick
@given(data=st.data())
def test_zip(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(data.draw(damaged(ZIP)))
    with contextlib.suppress(PacketError):
        contents = open_packet(path, LIMITS, tmp_path / "originals")
        assert all(failure.code in PACKET_CODES for failure in contents.failures)
    assert {entry.name for entry in tmp_path.iterdir()} <= {"p.zip", "originals"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**30), 10**30) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    ("request", "reference", "submitted_at", "institution", "services", "customer_service", "equipment", "category")
)


@seed(9)
@quick
@given(
    data=st.one_of(
        damaged(good_packet().application_bytes or b"{}"),
        st.dictionaries(_KEYS, _JSON, max_size=6).map(lambda form: json.dumps(form).encode("utf-8", "surrogatepass")),
        st.binary(max_size=60),
    )
)
def test_application_json(data: bytes) -> None:
    form = form_from_json(data, "application.json")
    assert form is not None
    assert all(problem.path for problem in form.problems)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path_factory.mktemp('roster') / 'qi.db'}") as opened:
        yield opened


@seed(10)
@quick
@given(institutions=damaged(INSTITUTIONS), qualifications=damaged(QUALIFICATIONS))
def test_roster_as_csv(store: Store, tmp_path: Path, institutions: bytes, qualifications: bytes) -> None:
    one, other = tmp_path / "i.csv", tmp_path / "q.csv"
    one.write_bytes(institutions)
    other.write_bytes(qualifications)
    with contextlib.suppress(UsageError):
        store.import_roster(one, other, on=date(2026, 1, 5))


@seed(11)
@quick
@given(data=st.data())
def test_roster_and_list_as_xlsx(store: Store, tmp_path: Path, data: st.DataObject) -> None:
    place = tmp_path / "i.xlsx"
    place.write_bytes(data.draw(damaged(ROSTER)))
    for read in (
        lambda: store.import_roster(place, None, on=date(2026, 1, 5)),
        lambda: read_credit_list(place, "serious"),
    ):
        with contextlib.suppress(UsageError):
            read()
