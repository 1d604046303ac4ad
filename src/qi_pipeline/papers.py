"""Files to documents: the reading and extraction stages together, as `extract` and the packet pipeline use them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qi_pipeline.errors import PacketError, UsageError
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import documents_of, together
from qi_pipeline.extraction.lost_lines import with_lost_lines
from qi_pipeline.extraction.picture_proof import proven
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.model import Document, FileFailure, FileReading, Json
from qi_pipeline.policy import Policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.protocol import CropRequest
from qi_pipeline.reading.sniff import PDF, media_type
from qi_pipeline.settings import Settings
from qi_pipeline.shapes import document_json


class Kept(Protocol):
    """A file kept as an original."""

    @property
    def name(self) -> str:
        """Name inside the packet."""

    @property
    def path(self) -> Path:
        """Where its bytes lie."""

    @property
    def sha256(self) -> str:
        """Hash of its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedFile:
    """A kept file whose type is known by its content."""

    name: str
    path: Path
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """All that the files of a packet say."""

    readings: tuple[FileReading, ...]
    documents: tuple[Document, ...]
    failures: tuple[FileFailure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDocuments:
    """One file of ``extract --json``."""

    file: str
    sha256: str
    pages: int
    documents: tuple[Document, ...]

    def to_json(self) -> dict[str, Json]:
        """Its entry in ``files``."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "pages": self.pages,
            "documents": [document_json(document) for document in self.documents],
        }


Declared = Callable[[Sequence[Document]], Iterable[str]]
"""The standards that an application declares, given the documents it may stand in."""


def read_papers(
    files: Sequence[Kept],
    pool: ReaderPool,
    pages_dir: Path,
    cache_dir: Path | None,
    declared: Declared = lambda _documents: (),
) -> Papers:
    """Readings, documents with assessed confidence, and the files that can't be read.

    Rows that hold a declared standard are compared with the picture where their page was taken as its text says.
    """
    failures: list[FileFailure] = []
    typed: list[TypedFile] = []
    for file in files:
        try:
            kind = media_type(file.path)
        except PacketError as error:
            failures.append(FileFailure(file=file.name, code=error.code, message=str(error)))
            continue
        typed.append(TypedFile(name=file.name, path=file.path, sha256=file.sha256, media_type=kind))
    readings: list[FileReading] = []
    found: list[Document] = []
    for result in pool.read(typed, pages_dir, cache_dir):
        if isinstance(result, FileReading):
            readings.append(result)
            found += documents_of(result)  # while the next files are being read
        else:
            failures.append(result)

    def second_reading(requests: Sequence[CropRequest]) -> list[tuple[str, float]]:
        return pool.read_crops(requests, pages_dir)

    def draw(name: str, numbers: Sequence[int]) -> None:
        pool.draw(next(file for file in typed if file.name == name), numbers, pages_dir)

    found, readings = with_lost_lines(found, readings, second_reading)
    documents = assess(together(found, readings), readings, second_reading)
    documents = proven(documents, readings, declared(documents), draw, second_reading)
    return Papers(readings=tuple(readings), documents=tuple(documents), failures=tuple(failures))


def draw_places(files: Sequence[Kept], places: Iterable[tuple[str, int]], pool: ReaderPool, pages_dir: Path) -> None:
    """Leaves the images of those pages in ``pages_dir`` where they were read without one, for a report to show."""
    wanted: dict[str, set[int]] = {}
    for name, page in places:
        wanted.setdefault(name, set()).add(page)
    for file in files:
        if file.name in wanted and _is_pdf(file):
            typed = TypedFile(name=file.name, path=file.path, sha256=file.sha256, media_type=PDF)
            pool.draw(typed, wanted[file.name], pages_dir)


def _is_pdf(file: Kept) -> bool:
    try:
        return media_type(file.path) == PDF
    except PacketError:
        return False


def extract_files(
    paths: Sequence[str], settings: Settings, policy: Policy, scratch: Path
) -> tuple[list[FileDocuments], list[FileFailure]]:
    """What the files at ``paths`` hold, and which of them can't be read; nothing outside ``scratch`` is written.

    A file of the answer is named as the path was given; a member of an archive or folder by path and name. Raises
    :class:`UsageError` for a path that isn't there, before anything is read.
    """
    for given in paths:
        _refuse_missing(given)
    limits = policy.limits
    kept: list[TypedFile] = []
    failures: list[FileFailure] = []
    for given in paths:
        path = Path(given)
        try:
            contents = open_packet(path, limits, scratch / "originals")
        except PacketError as error:
            failures.append(FileFailure(file=given, code=error.code, message=str(error)))
            continue
        except FileNotFoundError:
            failures.append(FileFailure(file=given, code="empty", message="it vanished; hand it in again"))
            continue
        for file in contents.files:
            kept.append(
                TypedFile(name=_name(given, path, file.name), path=file.path, sha256=file.sha256, media_type="")
            )
        failures += [
            FileFailure(file=_name(given, path, failure.file), code=failure.code, message=failure.message)
            for failure in contents.failures
        ]
    with ReaderPool(settings, limits) as pool:
        papers = read_papers(kept, pool, scratch / "pages", None)
    files = [
        FileDocuments(
            file=reading.file,
            sha256=reading.sha256,
            pages=len(reading.pages),
            documents=tuple(document for document in papers.documents if document.file == reading.file),
        )
        for reading in papers.readings
    ]
    return files, [*failures, *papers.failures]


def _refuse_missing(given: str) -> None:
    try:
        os.lstat(given)
    except PermissionError:
        return  # it may be there; what can't be read is a failure of that file
    except OSError:
        raise UsageError(f"{given}: there is no such file; look at the path, nothing was read") from None


def _name(given: str, path: Path, member: str) -> str:
    if path.is_dir():
        return f"{given.rstrip('/')}/{member}"
    return given if member == path.name else f"{given}!{member.removeprefix(path.name + '!')}"
