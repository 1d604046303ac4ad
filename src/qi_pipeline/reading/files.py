"""One file to pages, in this process (文件读取); the worker and ``python -m qi_pipeline.reading`` call it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qi_pipeline.errors import PacketError
from qi_pipeline.model import FileReading, Page
from qi_pipeline.policy import Limits
from qi_pipeline.reading import sniff
from qi_pipeline.reading.engines import Engine
from qi_pipeline.reading.images import appearance_of, count_pictures, read_picture
from qi_pipeline.reading.page import RawPage, read_page
from qi_pipeline.reading.pdf import open_pdf


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_pages(path: Path, media_type: str, limits: Limits) -> int:
    """How many pages the file has."""
    if media_type in sniff.IMAGE_TYPES:
        return count_pictures(path, limits)
    if media_type == sniff.PDF:
        with open_pdf(path, limits) as pdf:
            return len(pdf)
    raise PacketError("unsupported_type", f"{path.name}: {media_type} holds no pages")


def read_one(
    path: Path, media_type: str, number: int, limits: Limits, engine: Engine, pages_dir: Path, stem: str
) -> Page:
    """Page ``number`` of the file, read."""
    if media_type in sniff.IMAGE_TYPES:
        picture = read_picture(path, number, limits)
        raw = RawPage(
            number=number,
            pixels=picture.pixels,
            appearance=picture.appearance,
            dpi=picture.dpi,
            turned=picture.turned,
        )
    else:
        with open_pdf(path, limits) as pdf:
            pixels, dpi = pdf.render(number, limits.render_dpi)
        raw = RawPage(number=number, pixels=pixels, appearance=appearance_of(pixels), dpi=dpi)
    return read_page(raw, engine, pages_dir, stem)


def read_file(path: Path, name: str, limits: Limits, engine: Engine, pages_dir: Path) -> FileReading:
    """Everything read from the file, in this process and without its cage."""
    kind = sniff.media_type(path)
    digest = file_hash(path)
    pages = tuple(
        read_one(path, kind, number, limits, engine, pages_dir, digest[:16])
        for number in range(1, count_pages(path, kind, limits) + 1)
    )
    return FileReading(file=name, sha256=digest, media_type=kind, pages=pages)
