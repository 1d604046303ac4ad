"""Digital pages: which are drawn, which lines are compared, and what becomes of text that lies."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from papers import annexes, invent, licence, pdf
from papers.sheet import Sheet
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.documents import extract
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.extraction.folding import fold
from qi_pipeline.extraction.picture_proof import proven
from qi_pipeline.model import Cell, Document, Field, FileReading, Page, Table, Word
from qi_pipeline.papers import TypedFile, read_papers
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.page import PlainPage, RawPage
from qi_pipeline.reading.pdf import open_pdf
from qi_pipeline.reading.pdf_pages import pdf_pages
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.settings import load_settings

LIMITS = default_policy().limits
BODY = invent.institution(9)


def annex(rows: int, layout: str = "cma", rules: str = "all") -> tuple[list[Sheet], list[dict[str, object]]]:
    paper = annexes.annex(BODY, "211020304321", annexes.rich_rows(9, rows), layout=layout, rules=rules)
    printed = paper.truth["scope_items"]
    assert isinstance(printed, list)
    return paper.sheets, printed


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "annex.pdf"
    path.write_bytes(data)
    return path


def raw(path: Path) -> list[RawPage | PlainPage]:
    with open_pdf(path, LIMITS) as file:
        count = len(file)
    return list(pdf_pages(path, range(1, count + 1), LIMITS))


def read(path: Path) -> list[dict[str, object]]:
    """The rows of the file's annex by its text layer alone."""
    pages = []
    with open_pdf(path, LIMITS) as file:
        for number in range(1, len(file) + 1):
            words, tables = file.text(number)
            pages.append(Page(number=number, width=1754, height=1240, source="text_layer", words=words, tables=tables))
    field = scope_items(DocumentPages(file="annex.pdf", pages=tuple(pages)))
    assert field is not None
    assert isinstance(field.value, list)
    return [row for row in field.value if isinstance(row, dict)]


@pytest.mark.parametrize("layout", list(annexes.LAYOUTS))
@pytest.mark.parametrize("rules", ["all", "open", "dotted", "rows"])
def test_every_row_of_a_ruled_digital_annex_is_read_exactly(tmp_path: Path, layout: str, rules: str) -> None:
    sheets, printed = annex(30, layout, rules)
    rows = read(saved(tmp_path, pdf.digital(sheets)))
    keys = ("category", "item", "limitation", "page")
    assert [{k: _flat(row[k]) for k in keys} for row in rows] == [{k: _flat(row[k]) for k in keys} for row in printed]
    assert [_flat(row["standard"]) for row in rows] == [_flat(row["standard"]) for row in printed]


def _flat(value: object) -> str:
    return "".join(str(value).split())


class Work:
    """How many functions were called."""

    calls = 0


@contextlib.contextmanager
def counted() -> Iterator[Work]:
    work = Work()

    def note(_frame: object, event: str, _argument: object) -> None:
        work.calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield work
    finally:
        sys.setprofile(before)


def test_cells_are_those_of_pdfplumber_for_a_fraction_of_its_work(tmp_path: Path) -> None:
    import pdfplumber

    sheets, _ = annex(160)
    path = saved(tmp_path, pdf.digital(sheets))
    with counted() as own, open_pdf(path, LIMITS) as file:
        ours = [_flat(cell.text) for n in range(1, len(file) + 1) for table in file.text(n)[1] for cell in table.cells]
    with counted() as their, pdfplumber.open(path) as document:
        tables = [table for page in document.pages for table in page.extract_tables()]
    theirs = [_flat(cell) for table in tables for row in table for cell in row if cell is not None]
    assert sorted(ours) == sorted(theirs)
    # Calls are the same on every machine, busy or not; the time itself stands in benchmarks.scopes.
    assert own.calls * 3 < their.calls


@pytest.mark.parametrize("edition", ["2014", "2019", "2022"])
@pytest.mark.parametrize("seed", [0, 2])
def test_labels_spread_over_wide_gaps_and_close_lines_leave_every_value_whole(
    tmp_path: Path, edition: str, seed: int
) -> None:
    paper = licence.licence(invent.institution(40 + seed), edition=edition, seed=seed)
    pages = []
    with open_pdf(saved(tmp_path, pdf.digital(paper.sheets)), LIMITS) as file:
        for number, sheet in enumerate(paper.sheets, 1):
            words, tables = file.text(number)
            wide, high = round(sheet.width * 8), round(sheet.height * 8)
            pages.append(Page(number=number, width=wide, height=high, source="text_layer", words=words, tables=tables))
    (found,) = extract([FileReading(file="a.pdf", sha256="0" * 64, media_type="application/pdf", pages=tuple(pages))])
    printed = {name: value for name, value in paper.truth.items() if name != "issuing_authority"}  # seals aren't read
    read = {name: found.fields[name].value for name in printed if name in found.fields}
    assert {name: fold(str(value)) for name, value in read.items()} == {n: fold(str(v)) for n, v in printed.items()}


def test_text_that_lies_sideways_on_the_page_is_left_to_the_picture(tmp_path: Path) -> None:
    sheets, _ = annex(12)
    path = saved(tmp_path, pdf.digital(sheets, rotate=90))
    with open_pdf(path, LIMITS) as file:
        assert file.text(1)[0] == ()


def test_few_pages_of_a_long_plain_annex_are_drawn(tmp_path: Path) -> None:
    sheets, _ = annex(260)
    assert len(sheets) > 12
    pages = raw(saved(tmp_path, pdf.digital(sheets)))
    drawn = [page for page in pages if isinstance(page, RawPage)]
    assert len(drawn) == 2
    assert sum(len(page.checked or ()) for page in drawn) <= 20
    assert all(page.words and page.tables for page in pages if isinstance(page, PlainPage))


def test_a_certificate_within_a_long_file_is_compared_line_by_line(tmp_path: Path) -> None:
    sheets, _ = annex(260)
    cover = Sheet(210, 297)
    for n, line in enumerate(("检验检测机构资质认定证书", "证书编号：211020304321", "有效期至：2028年2月29日")):
        cover.text(40, 60 + 20 * n, line, 5)
    pages = raw(saved(tmp_path, pdf.digital([*sheets[:8], cover, *sheets[8:]])))
    page = pages[8]
    assert isinstance(page, RawPage)
    assert page.checked == (0, 1, 2)


def edited(sheets: list[Sheet], content: bytes) -> bytes:
    """The sheets as a PDF whose first page ends with ``content`` as well."""
    document = pypdfium2.PdfDocument(pdf.digital(sheets))
    single = pypdfium2.PdfDocument.new()
    single.import_pages(document)
    import io

    out = io.BytesIO()
    single.save(out)
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(out.getvalue()))
    page = writer.find_page_for_modification(0)[0].get_object()
    stream = writer.add_object(generic.StreamObject(stream_data=content))
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), stream])
    writer.update_container(page)
    done = io.BytesIO()
    writer.write(done)
    return done.getvalue()


def doubted(tmp_path: Path, content: bytes) -> bool:
    sheets, _ = annex(6)
    path = saved(tmp_path, edited(sheets, content))
    with open_pdf(path, LIMITS) as file:
        return bool(file.makeup(1).doubted)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"q 1 1 1 rg 60 300 400 60 re f Q", True),  # white paint over rows
        (b"q 1 1 1 rg 60 60 400 8 re f Q", False),  # white paint where nothing stands
        (b"BT 1 1 1 rg /hei 9 Tf 1 0 0 1 100 40 Tm <0001000200030004> Tj ET", True),  # white letters
        (b"BT 3 Tr /hei 9 Tf 1 0 0 1 100 40 Tm <0001000200030004> Tj ET", True),  # letters that are not painted
        (
            b"/Span << /ActualText (2099) >> BDC BT 0 g /hei 9 Tf 1 0 0 1 100 40 Tm <00010002> Tj ET EMC",
            True,
        ),
        (b"BT 0 g /hei 9 Tf 1 0 0 1 100 40 Tm <00010002> Tj ET", False),
    ],
)
def test_text_that_is_not_seen_as_it_says_is_doubted(tmp_path: Path, content: bytes, *, found: bool) -> None:
    assert doubted(tmp_path, content) is found


def test_a_digital_licence_is_taken_with_its_pictures(tmp_path: Path) -> None:
    (page,) = raw(saved(tmp_path, pdf.digital(licence.licence(BODY, edition="2019").sheets)))
    assert isinstance(page, RawPage)
    assert page.checked is None


SHA = "ab" * 32
ROW = "水泥 细度的测定 GB/T 1345-2005"


def reading(image: str | None = None) -> FileReading:
    box = (0.4, 0.3, 0.8, 0.33)
    word = Word(text=ROW, box=box, confidence=1.0)
    number = Word(text="证书编号：211020304321", box=(0.1, 0.1, 0.3, 0.13), confidence=1.0)
    table = Table(box=box, rows=1, columns=1, cells=(Cell(row=0, column=0, text=ROW, box=box),))
    page = Page(
        number=7, width=1754, height=1240, source="text_layer", words=(number, word), tables=(table,), image=image
    )
    return FileReading(file="annex.pdf", sha256=SHA, media_type="application/pdf", pages=(page,))


def document() -> Document:
    def field(value: object, box: tuple[float, float, float, float]) -> Field:
        return Field(value=value, raw="", confidence=0.99, page=7, box=box)  # type: ignore[arg-type]

    return Document(
        file="annex.pdf",
        kind="cma_certificate",
        confidence=0.99,
        pages=(7,),
        fields={
            "certificate_number": field("211020304321", (0.1, 0.1, 0.3, 0.13)),
            "scope_items": field([{"item": "细度", "standard": "GB/T 1345-2005", "page": 7}], (0.4, 0.3, 0.8, 0.33)),
        },
    )


def looked_at(*seen: str, declared: str = "GB/T 1345-2005", image: str | None = None) -> tuple[Document, list[str]]:
    drawn: list[str] = []

    def read(requests: list[CropRequest]) -> list[tuple[str, float]]:
        return [(text, 0.99) for text in seen[-len(requests) :]]

    def draw(file: str, numbers: object) -> None:
        drawn.append(f"{file} {numbers}")

    (result,) = proven([document()], [reading(image)], [declared], draw, read)  # type: ignore[arg-type]
    return result, drawn


NUMBER = "证书编号:211020304321"


def test_a_row_that_counts_is_looked_at_and_stands_when_it_reads_alike() -> None:
    result, drawn = looked_at(NUMBER, "水泥细度的测定GB/T1345-2005")
    assert result == document()
    assert drawn == ["annex.pdf [7]"]


def test_a_row_that_the_picture_contradicts_is_doubtful() -> None:
    result, _ = looked_at(NUMBER, "水泥细度的测定GB/T1345-1991")
    assert result.fields["scope_items"].confidence < 0.5
    assert "!second_reading" in result.fields["scope_items"].checks
    assert result.fields["certificate_number"].confidence == 0.99


def test_a_number_that_the_picture_contradicts_is_doubtful() -> None:
    result, _ = looked_at("证书编号:211020304399", ROW)
    assert result.fields["certificate_number"].confidence < 0.5


def test_what_can_not_be_read_contradicts_nothing() -> None:
    assert looked_at("", "")[0] == document()


def test_a_page_that_was_drawn_and_compared_is_not_looked_at_again() -> None:
    assert looked_at("x", "y", image=f"{SHA[:16]}-7.jpg")[1] == []


def lying(sheets: list[Sheet], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The sheets as a PDF whose fonts say 1 where they draw 7."""
    plain = pdf._File.stream

    def stream(self: pdf._File, head: str, data: bytes, *, packed: bool = True) -> int:
        return plain(self, head, data.replace(b"<0037>", b"<0031>") if b"beginbfchar" in data else data, packed=packed)

    with monkeypatch.context() as patched:
        patched.setattr(pdf._File, "stream", stream)
        return pdf.digital(sheets)


@pytest.mark.ocr
def test_a_lie_on_a_page_in_the_middle_is_found_when_its_row_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets, printed = annex(260)
    data = pdf.merged([pdf.digital(sheets[:6]), lying(sheets[6:7], monkeypatch), pdf.digital(sheets[7:])])
    path = saved(tmp_path, data)
    honest = next(str(row["standard"]) for row in printed if row["page"] == 6)
    false = next(
        str(row["standard"]).replace("7", "1") for row in printed if row["page"] == 7 and "7" in str(row["standard"])
    )
    with ReaderPool(load_settings({"QI_HOME": str(tmp_path), "QI_WORKERS": "1"}), LIMITS) as pool:
        file = TypedFile(name="annex.pdf", path=path, sha256="cd" * 32, media_type="application/pdf")
        for declared, sure in ((honest, True), (false, False)):
            papers = read_papers([file], pool, tmp_path / "pages", tmp_path / "cache", lambda _, d=declared: [d])
            (found,) = [d for d in papers.documents if "scope_items" in d.fields]
            assert (found.fields["scope_items"].confidence > 0.9) is sure
