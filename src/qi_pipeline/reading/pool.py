"""The reading processes of one run (读取进程池): files in, readings or failures out, in the order of the files.

Work is handed out page by page, so that every processor is busy on one long file; a process that hangs, dies or lies is
ended with all it started and replaced, and only the file it was on fails. The parent looks at magic bytes, sizes and
hashes, never at content, and this module imports no parser: the command line starts in no time.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from qi_pipeline.errors import InstallationError, PassingError
from qi_pipeline.intake import disk
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.model import FileFailure, FileReading, Page
from qi_pipeline.policy import Limits
from qi_pipeline.reading.cache import ReadingCache
from qi_pipeline.reading.child import WORKER
from qi_pipeline.reading.keeper import Job, Keeper
from qi_pipeline.reading.protocol import Answer, CropRequest, Request, Setup, image_name
from qi_pipeline.reading.sniff import DOCX, XLSX
from qi_pipeline.reading.versions import engine_version
from qi_pipeline.settings import Settings

_LOG = logging.getLogger(__name__)
_START_SECONDS = 120.0
_CROPS_A_REQUEST = 24
_FEWEST_CROPS = 4
"""Fewer are not worth the loading of an engine in one more process."""
_CHUNKS_A_WORKER = 4
_MOST_PAGES_A_REQUEST = 16


class Readable(Protocol):
    """What the pool needs to know of a file; :class:`qi_pipeline.intake.packet.SourceFile` is one."""

    @property
    def name(self) -> str:
        """Name inside the packet."""

    @property
    def path(self) -> Path:
        """Where its bytes lie."""

    @property
    def sha256(self) -> str:
        """Hash of its bytes."""

    @property
    def media_type(self) -> str:
        """Its type by content."""


class ReaderPool:
    """Reading processes, started when the first file needs one; a context manager that ends them."""

    def __init__(self, settings: Settings, limits: Limits, *, command: Sequence[str] = WORKER) -> None:
        self._engine = settings.ocr_engine
        self._storage = settings.storage
        self._limits = limits
        self._size = settings.workers or len(os.sched_getaffinity(0))
        self._command = tuple(command)
        self._jobs: queue.PriorityQueue[Job] = queue.PriorityQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends every process; what is still waiting is not read any more."""
        self._closing.set()
        for _ in self._threads:
            self._submit(Request(do="open"), 0, 0.0)  # wakes a waiting thread
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def read(
        self, files: Sequence[Readable], pages_dir: Path, cache_dir: Path | None = None
    ) -> Iterator[FileReading | FileFailure]:
        """A reading or a failure for each file, in order; page images are left in ``pages_dir``.

        Raises InstallationError when the OCR engine is missing and a page needs it.
        """
        deadline = time.monotonic() + self._limits.packet_seconds
        with disk.own_faults("page images"):
            disk.make_folder(pages_dir)
        cache = None
        if cache_dir is not None:
            cache = ReadingCache(
                folder=cache_dir,
                engine=engine_version(self._engine),
                limits=self._limits,
                shared=shared_storage(self._storage),
            )
        jobs: list[Job] = []
        try:
            known = [cache.get(file.name, file.sha256, pages_dir) if cache else None for file in files]
            opened = [
                None if reading else self._submit(_request(file, pages_dir, "open"), index, deadline)
                for index, (file, reading) in enumerate(zip(files, known, strict=True))
            ]
            jobs += [job for job in opened if job is not None]
            pages_left = self._limits.packet_pages
            asked: list[list[Job]] = []
            for index, (file, reading, job) in enumerate(zip(files, known, opened, strict=True)):
                count = len(reading.pages) if reading else _page_count(job)
                pages_left -= count
                asked.append([])
                if job is not None and count and pages_left >= 0:
                    asked[-1] = self._ask_pages(file, count, pages_dir, index, deadline)
                    jobs += asked[-1]
                elif count and pages_left < 0 and job is not None:
                    job.answer = self._too_many()
            for file, reading, job, parts in zip(files, known, opened, asked, strict=True):
                result = reading if reading is not None else _gather(file, job, parts)
                if cache is not None and reading is None and isinstance(result, FileReading):
                    with disk.own_faults("readings"):
                        cache.put(result, pages_dir)
                yield result
        finally:
            for job in jobs:
                job.cancelled = True

    def draw(self, file: Readable, numbers: Iterable[int], pages_dir: Path) -> None:
        """Leaves in ``pages_dir`` the images of pages that were read without one; what can't be drawn is left out."""
        deadline = time.monotonic() + self._limits.packet_seconds
        missing = [n for n in sorted(set(numbers)) if not (pages_dir / image_name(file.sha256[:16], n)).is_file()]
        jobs = [
            self._submit(dataclasses.replace(_request(file, pages_dir, "pages", n, n), do="draw"), 0, deadline)
            for n in missing
        ]
        try:
            for job in jobs:
                job.done.wait()
                _raise_own_fault(job.answer)
        finally:
            for job in jobs:
                job.cancelled = True

    def read_crops(self, requests: Sequence[CropRequest], pages_dir: Path) -> list[tuple[str, float]]:
        """Text and confidence of each crop, read by the engine that its look asks for; empty where it failed.

        Raises InstallationError when that engine is missing.
        """
        deadline = time.monotonic() + self._limits.packet_seconds
        other = "tesseract" if self._engine == "rapidocr" else "rapidocr"
        jobs = [
            (
                chunk,
                self._submit(
                    Request(
                        do="crops",
                        pages_dir=str(pages_dir.absolute()),
                        crops=tuple(requests[index] for index in chunk),
                        crop_engine=self._engine,
                        other_engine=other,
                    ),
                    0,
                    deadline,
                ),
            )
            for chunk in self._shared_out(requests)
        ]
        read: list[tuple[str, float]] = [("", 0.0)] * len(requests)
        try:
            for chunk, job in jobs:
                job.done.wait()
                _raise_own_fault(job.answer)
                found = job.answer.crops
                if len(found) == len(job.request.crops):
                    for index, each in zip(chunk, found, strict=True):
                        read[index] = each
        finally:
            for _, job in jobs:
                job.cancelled = True
        return read

    def _shared_out(self, requests: Sequence[CropRequest]) -> list[list[int]]:
        """The crops by their indexes, in about as many chunks as there are processes.

        Those of one page, which is decoded for each chunk, stay together while no process goes idle for it; else what
        the other engine reads goes to another process.
        """
        chunks = list(self._by_pages(requests))
        if 2 * len(chunks) > self._size:
            return chunks
        parts = (
            [index for index in chunk if (requests[index].look == "other") is other]
            for chunk in chunks
            for other in (True, False)
        )
        return [part for part in parts if part]

    def _by_pages(self, requests: Sequence[CropRequest]) -> Iterator[list[int]]:
        most = min(_CROPS_A_REQUEST, max(_FEWEST_CROPS, -(-len(requests) // self._size)))
        pages: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            pages.setdefault(request.image, []).append(index)
        chunk: list[int] = []
        for own in pages.values():
            for piece in (own[start : start + _CROPS_A_REQUEST] for start in range(0, len(own), _CROPS_A_REQUEST)):
                if chunk and len(chunk) + len(piece) > most:
                    yield chunk
                    chunk = []
                chunk += piece
        if chunk:
            yield chunk

    def _ask_pages(self, file: Readable, count: int, pages_dir: Path, index: int, deadline: float) -> list[Job]:
        """The pages of one file in as few requests as keep every process busy."""
        chunk = min(_MOST_PAGES_A_REQUEST, max(1, count // (self._size * _CHUNKS_A_WORKER)))
        if file.media_type in (DOCX, XLSX):
            chunk = count
        return [
            self._submit(_request(file, pages_dir, "pages", first, min(count, first + chunk - 1)), 1 + index, deadline)
            for first in range(1, count + 1, chunk)
        ]

    def _too_many(self) -> Answer:
        most = self._limits.packet_pages
        return Answer(kind="failed", code="too_many_pages", message=f"the packet has over {most} pages; split it up")

    def _submit(self, request: Request, priority: int, deadline: float) -> Job:
        with self._lock:
            self._sequence += 1
            job = Job(request, (priority if request.do == "pages" else 0, self._sequence), deadline)
            self._jobs.put(job)
            if len(self._threads) < self._size and not self._closing.is_set():
                thread = threading.Thread(target=self._serve, name=f"reader-{len(self._threads) + 1}", daemon=True)
                self._threads.append(thread)
                thread.start()
        return job

    def _serve(self) -> None:
        """Feeds one process with jobs until the pool closes."""
        keeper = Keeper(Setup(engine=self._engine, limits=self._limits), self._command, self._limits)
        try:
            while True:
                job = self._jobs.get()
                if self._closing.is_set():
                    job.finish(job.answer)
                    return
                if job.cancelled or time.monotonic() > job.deadline:
                    job.finish(job.answer)
                    continue
                job.finish(keeper.answer(job))
        finally:
            keeper.end()


def _request(file: Readable, pages_dir: Path, do: str, first: int = 1, last: int = 1) -> Request:
    return Request(
        do="open" if do == "open" else "pages",
        path=str(file.path.absolute()),
        media_type=file.media_type,
        pages_dir=str(pages_dir.absolute()),
        stem=file.sha256[:16],
        first=first,
        last=last,
    )


def _raise_own_fault(answer: Answer) -> None:
    """Raise what is this machine's fault and not the file's."""
    if answer.kind == "installation":
        raise InstallationError(answer.message)
    if answer.kind == "passing":
        raise PassingError(f"{answer.message}; free space or memory and run again, nothing was lost")


def _page_count(job: Job | None) -> int:
    """Pages of a file once it was opened; 0 when it can't be."""
    if job is None:
        return 0
    job.done.wait()
    return job.answer.opened.pages if job.answer.opened is not None else 0


def _gather(file: Readable, opened: Job | None, parts: Sequence[Job]) -> FileReading | FileFailure:
    """The file's reading from the answers to its requests; the first failure is the file's."""
    assert opened is not None
    pages: list[Page] = []
    for job in (opened, *parts):
        job.done.wait()
        _raise_own_fault(job.answer)
        if job.answer.kind == "failed":
            for other in parts:
                other.cancelled = True
            return FileFailure(file=file.name, code=job.answer.code, message=job.answer.message)
        pages += job.pages
    details = opened.answer.opened
    if details is None or len(pages) != details.pages:
        with suppress(IndexError):
            _LOG.error("%s pages came for %s", len(pages), file.sha256[:16])
        return FileFailure(file=file.name, code="corrupt", message="some of its pages were not read; send it again")
    return FileReading(
        file=file.name,
        sha256=file.sha256,
        media_type=file.media_type,
        pages=tuple(pages),
        signatures=details.signatures,
    )
