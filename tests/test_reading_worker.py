"""The real reading process, end to end: pictures, turned pages, lying PDFs, second readings, and its cage."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from papers import certificates, invent, licence, pdf
from papers.age import aged
from papers.faces import font
from papers.sheet import Paper
from qi_pipeline.model import FileFailure, FileReading, Page
from qi_pipeline.policy import default_policy
from qi_pipeline.reading import files, sniff, worker
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest, Request, Setup
from qi_pipeline.settings import Settings

BODY = invent.institution(33)
LIMITS = replace(default_policy().limits, page_seconds=120)


@dataclass(frozen=True)
class File:
    name: str
    path: Path
    sha256: str
    media_type: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reading")


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[ReaderPool]:
    with ReaderPool(Settings(home=folder, database_url="", workers=1), LIMITS) as opened:
        yield opened


def file(folder: Path, name: str, data: bytes) -> File:
    digest = hashlib.sha256(data).hexdigest()
    path = folder / digest
    path.write_bytes(data)
    return File(name=name, path=path, sha256=digest, media_type=sniff.media_type(path))


def text_of(reading: FileReading | FileFailure) -> str:
    assert isinstance(reading, FileReading), reading
    return "".join(word.text for page in reading.pages for word in page.words).replace(" ", "")


def cnas() -> Paper:
    return certificates.cnas(BODY)


@pytest.mark.ocr
def test_a_packet_of_odd_files_is_read_and_its_bad_one_named(pool: ReaderPool, folder: Path) -> None:
    sheet = cnas().sheets[0]
    scan = aged(sheet, "low110")
    sideways = io.BytesIO()
    scan.image.convert("RGB").rotate(90, expand=True).save(sideways, "PNG")
    cut = scan.jpeg()[:4000]
    files = [
        file(folder, "scan.jpg", scan.jpeg()),
        file(folder, "cut.jpg", cut),
        file(folder, "sideways.png", sideways.getvalue()),
    ]
    upright, broken, turned = pool.read(files, folder / "pages")
    assert isinstance(broken, FileFailure)
    assert broken.code == "corrupt"
    assert isinstance(upright, FileReading)
    assert isinstance(turned, FileReading)
    assert BODY.name in text_of(upright)
    assert BODY.name in text_of(turned)
    assert upright.pages[0].turned == 0
    assert turned.pages[0].turned == 90
    assert turned.pages[0].height > turned.pages[0].width
    page = upright.pages[0]
    assert page.source == "ocr"
    assert page.engine.startswith("rapidocr 3.")
    assert page.image == f"{upright.sha256[:16]}-1.jpg"
    with Image.open(folder / "pages" / page.image) as stored:
        assert stored.size == (page.width, page.height)
    word = next(w for w in page.words if BODY.name in w.text.replace(" ", ""))
    read = pool.read_crops([CropRequest(image=page.image, box=word.box, alphabet="chinese")], folder / "pages")
    assert len(set(read[0][0]) & set(BODY.name)) >= 6
    assert 0 < read[0][1] <= 1


@pytest.mark.ocr
def test_a_digital_page_is_believed_and_a_lying_one_is_not(pool: ReaderPool, folder: Path) -> None:
    honest = licence.licence(BODY, edition="2019")
    other = invent.institution(34)
    lying = pdf.scanned([aged(cnas().sheets[0], "low110")], hidden=licence.licence(other, edition="2014").sheets)
    true, false = pool.read(
        [file(folder, "true.pdf", pdf.digital(honest.sheets)), file(folder, "false.pdf", lying)], folder / "pages"
    )
    assert isinstance(true, FileReading)
    assert isinstance(false, FileReading)
    assert true.pages[0].source == "text_layer"
    assert BODY.uscc in text_of(true)
    assert false.pages[0].source == "ocr"
    assert other.uscc not in text_of(false)
    assert BODY.name in text_of(false)


@pytest.mark.ocr
def test_a_page_that_needs_more_memory_than_allowed_is_a_result(folder: Path) -> None:
    tight = replace(LIMITS, worker_memory_bytes=700 * 1024 * 1024)
    scan = file(folder, "scan.jpg", aged(cnas().sheets[0], "low110").jpeg())
    with ReaderPool(Settings(home=folder, database_url="", workers=1), tight) as pool:
        (result,) = pool.read([scan], folder / "tight")
    assert isinstance(result, FileFailure)
    assert result.message


@pytest.mark.parametrize("used_up", [True, False])
def test_pages_of_a_process_near_its_limit_are_not_given_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch, used_up: bool
) -> None:
    page = Page(number=1, width=9, height=9, source="none")
    monkeypatch.setattr(files, "read_pages", lambda *_: iter([page]))
    monkeypatch.setattr(worker.memory, "is_used_up", lambda _share: used_up)
    reader = worker.Reader(Setup(engine="rapidocr", limits=LIMITS))
    request = Request(do="pages", path=str(folder), media_type="image/png", first=1, last=1, stem="s", pages_dir="p")
    answers = list(reader.answers(request))
    assert [each.kind for each in answers] == (["failed"] if used_up else ["page", "done"])
    assert answers[-1].exhausted is used_up


@pytest.mark.ocr
def test_tesseract_reads_whole_pages_where_it_is_asked_to(folder: Path) -> None:
    image = Image.new("RGB", (600, 420), "white")
    draw = ImageDraw.Draw(image)
    for row, text in enumerate(("Registration No. CNAS L8342", "Effective Date 2023-07-02", "Expiry Date 2029-07-01")):
        draw.text((60, 60 + 100 * row), text, fill=(20, 20, 20), font=font("arial", 28))
    out = io.BytesIO()
    image.save(out, "PNG")
    scan = file(folder, "scan.png", out.getvalue())
    settings = Settings(home=folder, database_url="", workers=1, ocr_engine="tesseract")
    with ReaderPool(settings, LIMITS) as pool:
        (result,) = pool.read([scan], folder / "pages tesseract")
    assert isinstance(result, FileReading)
    assert result.pages[0].engine.startswith("tesseract ")
    assert "2023-07-02" in text_of(result)


def test_the_cage_is_closed_before_anything_is_parsed() -> None:
    code = (
        "import resource, sys; from qi_pipeline.reading import worker; "
        "from qi_pipeline.reading.protocol import Setup; from qi_pipeline.policy import default_policy; "
        "worker.set_limits(Setup(engine='rapidocr', limits=default_policy().limits)); "
        "print([resource.getrlimit(r)[1] for r in (resource.RLIMIT_AS, resource.RLIMIT_CORE)]); "
        "print(sorted({'numpy', 'cv2', 'openvino', 'PIL', 'pypdfium2', 'pdfplumber'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    assert (soft, hard) == (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    assert done.stdout.splitlines() == [f"[{LIMITS.worker_memory_bytes}, 0]", "[]"]


@pytest.mark.parametrize(("of_the_program", "said"), [(True, "installation"), (False, "failed")])
def test_a_module_that_can_not_be_read_is_the_installations_fault_and_not_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, of_the_program: bool, said: str
) -> None:
    """A package laid with links to where the cage doesn't reach made every applicant's papers "corrupt"."""
    refused = Path(worker.__file__) if of_the_program else folder / "linked.xml"

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied", str(refused))

    monkeypatch.setattr(files, "count_pages", refuse)
    reader = worker.Reader(Setup(engine="rapidocr", limits=LIMITS))
    monkeypatch.setattr(reader, "_allow_seconds", lambda: None)
    answers = list(reader.answers(Request(do="open", path=str(folder / "a.pdf"), media_type="application/pdf")))
    assert [answer.kind for answer in answers] == [said]
    assert (str(refused) in answers[0].message) is of_the_program
