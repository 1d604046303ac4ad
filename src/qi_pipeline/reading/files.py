"""One file to pages, in this process (文件读取); the worker and ``python -m qi_pipeline.reading`` call it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from qi_pipeline.errors import PacketError
from qi_pipeline.model import FileReading, Page
from qi_pipeline.policy import Limits
from qi_pipeline.reading import sniff
from qi_pipeline.reading.images import Picture, appearance_of, count_pictures, read_picture
from qi_pipeline.reading.page import PageReader, PlainPage, RawPage
from qi_pipeline.reading.pdf import open_pdf
from qi_pipeline.reading.pdf_pages import pdf_pages


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_pages(path: Path, media_type: str, limits: Limits) -> int:
    """How many pages the file has; raises PacketError when it has none that can be read."""
    if media_type in sniff.IMAGE_TYPES:
        return count_pictures(path, limits)
    if media_type == sniff.PDF:
        with open_pdf(path, limits) as pdf:
            return len(pdf)
    if media_type == sniff.OFD:
        from qi_pipeline.reading.ofd import read_ofd

        return len(read_ofd(path, limits).pages)
    if media_type in (sniff.DOCX, sniff.XLSX):
        return len(_office(path, media_type, limits)) + len(_pictures(path, limits))
    if media_type == sniff.ZIP:  # an archive was opened before; what is left is a document whose directory is lost
        raise PacketError("corrupt", "it is cut short or damaged, as a document or an archive; send it again")
    raise PacketError("unsupported_type", "it holds no pages; send PDF, JPEG, PNG, TIFF, OFD, DOCX or XLSX")


def read_pages(
    path: Path,
    media_type: str,
    numbers: Iterable[int],
    reader: PageReader,
    pages_dir: Path,
    stem: str,
) -> Iterator[Page]:
    """The pages of those numbers, each read when it is asked for."""
    limits = reader.limits
    if media_type in (sniff.DOCX, sniff.XLSX):
        wanted = set(numbers)
        pages = _office(path, media_type, limits)
        yield from (page for page in pages if page.number in wanted)
        for number, data in enumerate(_pictures(path, limits), len(pages) + 1):
            if number in wanted:
                picture = read_picture(io.BytesIO(data), 1, limits)
                yield reader.read(_of_picture(number, picture), pages_dir, stem)
        return
    for raw in _raw_pages(path, media_type, numbers, limits):
        page = reader.read(raw, pages_dir, stem)
        if media_type == sniff.PDF and page.number == 1:
            page = replace(page, notes=(*page.notes, *_attached(path, limits)))
        yield page


def read_file(path: Path, name: str, reader: PageReader, pages_dir: Path) -> FileReading:
    """Everything read from the file, in this process and without its cage."""
    from qi_pipeline.reading.signatures import read_signatures

    kind = sniff.media_type(path)
    digest = file_hash(path)
    numbers = range(1, count_pages(path, kind, reader.limits) + 1)
    return FileReading(
        file=name,
        sha256=digest,
        media_type=kind,
        pages=tuple(read_pages(path, kind, numbers, reader, pages_dir, digest[:16])),
        signatures=read_signatures(path, kind, reader.limits),
    )


def _raw_pages(path: Path, media_type: str, numbers: Iterable[int], limits: Limits) -> Iterator[RawPage | PlainPage]:
    if media_type in sniff.IMAGE_TYPES:
        for number in numbers:
            yield _of_picture(number, read_picture(path, number, limits))
    elif media_type == sniff.PDF:
        yield from pdf_pages(path, numbers, limits)
    elif media_type == sniff.OFD:
        yield from _ofd(path, numbers, limits)


def _attached(path: Path, limits: Limits) -> tuple[str, ...]:
    """Says that files hang on the PDF, which are papers to whoever sent a portfolio."""
    with open_pdf(path, limits) as pdf:
        count = pdf.attachments
    if not count:
        return ()
    what = "attached file is" if count == 1 else "attached files are"
    return (f"{count} {what} not read: have the papers among them handed in by themselves",)


def _ofd(path: Path, numbers: Iterable[int], limits: Limits) -> Iterator[RawPage]:
    from qi_pipeline.reading.images import to_rgb
    from qi_pipeline.reading.ofd import read_ofd, render_page

    file = read_ofd(path, limits)
    for number in numbers:
        page = file.pages[number - 1]
        drawn, _notes = render_page(file, page)
        pixels = to_rgb(drawn)
        yield RawPage(
            number=number,
            pixels=pixels,
            appearance="colour" if page.words else appearance_of(pixels),
            dpi=pixels.shape[1] / page.width_mm * 25.4 if page.width_mm > 0 else None,
            layer=page.words or None,
        )


def _of_picture(number: int, picture: Picture) -> RawPage:
    return RawPage(
        number=number,
        pixels=picture.pixels,
        appearance=picture.appearance,
        dpi=picture.dpi,
        turned=picture.turned,
    )


def _pictures(path: Path, limits: Limits) -> tuple[bytes, ...]:
    """Scanned pages laid into an office file, which follow its text as pages of their own."""
    from qi_pipeline.reading.office import embedded_images

    return tuple(image.data for image in embedded_images(path, limits))


def _office(path: Path, media_type: str, limits: Limits) -> tuple[Page, ...]:
    from qi_pipeline.reading import office

    return office.read_docx(path, limits) if media_type == sniff.DOCX else office.read_xlsx(path, limits)
