"""The reading process (读取进程): opens untrusted files, says only JSON, under limits set before any parser is loaded.

``python -m qi_pipeline.reading.worker`` is started by :mod:`qi_pipeline.reading.pool` alone, in a session and a
private folder of its own. It reads requests from standard input and answers on what was standard output; whatever a
library prints goes to standard error. It ends when its input ends.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from qi_pipeline.errors import InstallationError, PacketError
from qi_pipeline.reading import cage, memory
from qi_pipeline.reading.protocol import (
    Answer,
    Look,
    Opened,
    Request,
    Setup,
    image_name,
    line_of,
    read_request,
    read_setup,
)

if TYPE_CHECKING:
    from qi_pipeline.reading.engines import Engine
    from qi_pipeline.reading.page import PageReader

_LOG = logging.getLogger(__name__)
_FILE_BYTES = 500 * 1024 * 1024
_OPEN_FILES = 128
_NEARLY = 0.85
"""Share of the allowed memory from which a failure is put down to the lack of it, and nothing read is believed."""
_EXHAUSTED = Answer(
    kind="failed",
    code="too_large",
    message="reading it needs more memory than policy allows (worker_memory_bytes); send a smaller copy",
    exhausted=True,
)
_CPU_MARGIN = 30
"""Processor seconds beyond the time of a page, for loading models and writing images."""


def main() -> int:
    """Serves one parent until it hangs up."""
    answers = take_stdout()
    requests = sys.stdin.buffer
    setup = read_setup(requests.readline())
    set_limits(setup)
    cage.enter(setup.readable, setup.writable)
    reader = Reader(setup)
    _say(answers, Answer(kind="ready"))
    for line in requests:
        for answer in reader.answers(read_request(line)):
            _say(answers, answer)
    return 0


def set_limits(setup: Setup) -> None:
    """Caps memory, files written, open files and core dumps of this process for good."""
    for what, most in (
        (resource.RLIMIT_AS, setup.limits.worker_memory_bytes),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def _believe() -> None:
    """Raises MemoryError where this process came near to the memory that it is allowed.

    A model that finds none raises no error: it answers with noise, which may look like print.
    """
    if memory.is_used_up(_NEARLY):
        raise MemoryError


def _unreadable(error: Exception) -> Answer:
    """What is said of a file over which a parser stumbled."""
    message = f"it can't be read ({type(error).__name__}); send it again, as a PDF or a picture"
    return Answer(kind="failed", code="corrupt", message=message)


def _is_of_the_program(path: object) -> bool:
    """Whether a path lies where this program's modules and models lie (not in a packet's files or page images)."""
    if not isinstance(path, str):
        return False
    return any(Path(path).is_relative_to(root) for root in (sys.prefix, sys.base_prefix, *sys.path) if root)


class Reader:
    """Answers requests; engines are loaded at the first page that needs them and stay."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._engines: dict[str, Engine] = {}

    def answers(self, request: Request) -> Iterator[Answer]:
        """All answers to one request; the last is ``opened``, ``crops``, ``done``, ``failed`` or ``installation``."""
        try:
            self._allow_seconds()
            if request.do == "open":
                yield Answer(kind="opened", opened=self._open(request))
            elif request.do == "crops":
                yield Answer(kind="crops", crops=self._crops(request))
            elif request.do == "draw":
                self._draw(request)
                yield Answer(kind="done")
            else:
                yield from self._pages(request)
                yield Answer(kind="done")
        except PacketError as error:
            yield Answer(kind="failed", code=error.code, message=str(error))
        except (InstallationError, ImportError) as error:
            yield Answer(kind="installation", message=str(error))
        except MemoryError:
            yield _EXHAUSTED
        except OSError as error:
            # Decoders' own complaints have no number; these mean this machine and never the file.
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                yield Answer(kind="passing", message=f"page images can't be written ({error.strerror})")
            elif isinstance(error, PermissionError) and _is_of_the_program(error.filename):
                why = f"{error.filename}: the program's own file can't be read by it ({error.strerror})"
                yield Answer(kind="installation", message=f"{why}; install it with real files that this user may read")
            else:
                _LOG.exception("reading failed")
                yield _unreadable(error)
        except RecursionError:
            yield Answer(kind="failed", code="corrupt", message="its parts are nested without end; send it again")
        except Exception as error:  # noqa: BLE001 - the border of one file: a parser's surprise ends this file only
            if memory.is_used_up(_NEARLY):  # engines say so in errors of their own
                yield _EXHAUSTED
                return
            _LOG.exception("reading failed")
            yield _unreadable(error)

    def _open(self, request: Request) -> Opened:
        from qi_pipeline.reading.files import count_pages
        from qi_pipeline.reading.signatures import read_signatures

        path = Path(request.path)
        pages = count_pages(path, request.media_type, self._setup.limits)
        return Opened(pages=pages, signatures=read_signatures(path, request.media_type, self._setup.limits))

    def _pages(self, request: Request) -> Iterator[Answer]:
        from qi_pipeline.reading.files import read_pages

        pages = read_pages(
            Path(request.path),
            request.media_type,
            range(request.first, request.last + 1),
            self._reader,
            Path(request.pages_dir),
            request.stem,
        )
        for page in pages:
            _believe()
            yield Answer(kind="page", page=page)
            self._allow_seconds()

    def _draw(self, request: Request) -> None:
        from qi_pipeline.reading.page import store_image
        from qi_pipeline.reading.pdf_pages import draw_pages

        numbers = range(request.first, request.last + 1)
        for number, pixels in draw_pages(Path(request.path), numbers, self._setup.limits):
            store_image(pixels, Path(request.pages_dir) / image_name(request.stem, number))
            self._allow_seconds()

    def _crops(self, request: Request) -> tuple[tuple[str, float], ...]:
        from qi_pipeline.reading.crops import read_crops

        def engine_for(look: Look) -> Engine:
            return self._engine(request.other_engine if look == "other" else request.crop_engine)

        read = read_crops(request.crops, engine_for, Path(request.pages_dir))
        _believe()
        return read

    @cached_property
    def _reader(self) -> PageReader:
        from qi_pipeline.reading.page import PageReader

        return PageReader(self._setup.limits, lambda: self._engine(self._setup.engine))

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            from qi_pipeline.reading.engines import load_engine

            self._engines[name] = load_engine(name)
        return self._engines[name]

    def _allow_seconds(self) -> None:
        """Lets this process use the processor for one more page; beyond that the system ends it."""
        allowed = int(time.process_time()) + self._setup.limits.page_seconds + _CPU_MARGIN
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if hard != resource.RLIM_INFINITY:
            allowed = min(allowed, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def take_stdout() -> BinaryIO:
    """The parent's ear; from now on file descriptor 1, where libraries print, is standard error."""
    ear = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ear


def _say(answers: BinaryIO, answer: Answer) -> None:
    answers.write(line_of(answer))
    answers.flush()


if __name__ == "__main__":
    raise SystemExit(main())
