"""One request at a time to one reading process, replaced when it is worn out and ended when it fails (读取进程看护)."""

from __future__ import annotations

import errno
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

from qi_pipeline.model import Page
from qi_pipeline.policy import Limits
from qi_pipeline.reading.child import Child, ChildGone, ChildTimeout
from qi_pipeline.reading.protocol import Answer, ProtocolError, Request, Setup, check_page

_START_SECONDS = 120.0
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_WORN = 0.75
"""Share of the memory that a process may have from which on it reads no further file."""
_Broke: TypeAlias = Literal["", "broke", "killed"]


class Job:
    """One request on its way through the pool; answered exactly once, and then ``done`` is set."""

    def __init__(self, request: Request, order: tuple[int, int], deadline: float) -> None:
        self.request = request
        self.order = order
        self.deadline = deadline
        self.cancelled = False
        self.done = threading.Event()
        self.pages: list[Page] = []
        self.answer = Answer(kind="failed", code="timeout", message="it was not reached in the time of its packet")

    def __lt__(self, other: Job) -> bool:
        return self.order < other.order

    def finish(self, answer: Answer) -> None:
        """Sets the last answer and wakes who waits for it."""
        self.answer = answer
        self.done.set()


class Keeper:
    """A reading process for one thread of the pool, started when first needed."""

    def __init__(self, setup: Setup, command: Sequence[str], limits: Limits) -> None:
        self._setup = setup
        self._command = command
        self._limits = limits
        self._child: Child | None = None

    def answer(self, job: Job) -> Answer:
        """The last answer to the job; its pages are in ``job.pages``.

        A process that dies or runs out of memory after it has read other pages may have been worn out by those, and
        one that somebody else killed (a machine short of memory) broke over nothing: the job is tried once more by a
        fresh one, so that a file fails only for what it does itself.
        """
        fresh = self._child is None or self._child.pages == 0
        answer, broke = self._try(job)
        if (broke == "killed" or (broke and not fresh)) and time.monotonic() < job.deadline:
            job.pages.clear()
            answer, _ = self._try(job)
        return answer

    def end(self) -> None:
        """Ends the process, if there is one."""
        if self._child is not None:
            child, self._child = self._child, None
            child.end()

    def _try(self, job: Job) -> tuple[Answer, _Broke]:
        """The answer, and whether the process broke over it, or was killed by somebody else."""
        try:
            child = self._started(job.request)
        except (ChildGone, ChildTimeout, OSError) as error:
            passes = isinstance(error, ChildTimeout) or (isinstance(error, OSError) and error.errno in _PASSING)
            why = str(error) or f"it was not ready after {_START_SECONDS:.0f} seconds"
            kind: Literal["passing", "installation"] = "passing" if passes else "installation"
            return Answer(kind=kind, message=f"a reading process can't be started ({why})"), ""
        try:
            answer = self._ask(child, job)
        except ChildTimeout:
            self.end()
            most = self._limits.page_seconds
            message = f"{_place(job)} took longer than {most} seconds; send a simpler copy"
            return Answer(kind="failed", code="timeout", message=message), ""
        except (ChildGone, ProtocolError) as error:
            self.end()
            status = error.status if isinstance(error, ChildGone) else None
            if status == -signal.SIGXCPU:  # its own limit on the processor
                message = f"{_place(job)} took too much of the processor's time; send a simpler copy"
                return Answer(kind="failed", code="timeout", message=message), ""
            if isinstance(error, ChildGone) and error.starved:
                message = f"{_place(job)} needs more memory than reading may have; send a simpler copy"
                return Answer(kind="failed", code="too_large", message=message), "broke"
            message = f"{_place(job)} broke the reading process ({error}); send another copy"
            return Answer(kind="failed", code="corrupt", message=message), (
                "killed" if status == -signal.SIGKILL else "broke"
            )
        if answer.exhausted:
            self.end()
        return answer, "broke" if answer.exhausted else ""

    def _started(self, request: Request) -> Child:
        if self._child is not None and (
            self._child.pages >= self._limits.worker_pages
            or self._child.share_used() >= _WORN
            or not _is_within(request, self._child.setup)
        ):
            self.end()
        if self._child is None:
            room = {_room(request.path)} if request.path else set(self._setup.readable)
            setup = replace(self._setup, readable=tuple(room), writable=(request.pages_dir,))
            self._child = Child(setup, self._command, _START_SECONDS)
            self._setup = replace(self._setup, readable=setup.readable)  # a second reading names no file
        return self._child

    def _ask(self, child: Child, job: Job) -> Answer:
        child.send(job.request)
        while True:
            answer = child.receive(min(job.deadline, time.monotonic() + self._limits.page_seconds))
            if answer.kind != "page":
                break
            job.pages.append(check_page(answer, job.request, job.request.first + len(job.pages)))
            child.pages += 1
        expected = {"open": "opened", "pages": "done", "draw": "done", "crops": "crops"}[job.request.do]
        if answer.kind not in (expected, "failed", "passing", "installation"):
            raise ProtocolError(f"it answered {answer.kind}")
        return answer


def _room(path: str) -> str:
    """The folder of originals that the file lies in: they lie below it by the first two digits of their hash."""
    folder = Path(path).parent
    return str(folder.parent if len(folder.name) == 2 else folder)


def _is_within(request: Request, setup: Setup) -> bool:
    """Whether a process with this setup can read and write what the request names."""
    reads = not request.path or any(Path(request.path).is_relative_to(place) for place in setup.readable)
    return reads and request.pages_dir in setup.writable


def _place(job: Job) -> str:
    return f"page {job.request.first + len(job.pages)}" if job.request.do == "pages" else "it"
