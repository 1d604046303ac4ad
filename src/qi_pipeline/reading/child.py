"""One reading process seen from the parent (读取子进程): caged, asked with a deadline, ended with all it started."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from qi_pipeline.intake import leftovers
from qi_pipeline.reading import memory
from qi_pipeline.reading.protocol import (
    MAX_LINE,
    Answer,
    ProtocolError,
    Request,
    Setup,
    line_of,
    read_answer,
)

_LOG = logging.getLogger(__name__)

WORKER = (sys.executable, "-P", "-m", "qi_pipeline.reading.worker")
_KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SYSTEMROOT")
_PATIENCE = 2.0
"""Seconds between asking a process to end and ending it."""
_PLACES = re.compile(
    r'^ +File "([^"\n]{1,200})", line ([0-9]{1,7}), in |^([A-Za-z_.]{1,80}(?:Error|Exception))\b', re.MULTILINE
)
_CHUNK = 1 << 16
_GLANCE = 0.2
"""Seconds between two looks at whether the process is alive, and at its memory."""
_NEARLY = 0.7
"""Share of its memory from which a process that ends by its own fault is taken to have run out of it."""
_OWN_FAULTS = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGTRAP)


class ChildTimeout(Exception):
    """The process did not answer in time."""


class ChildGone(Exception):
    """The process ended before it answered, or said something it may not say."""

    def __init__(self, why: str, status: int | None = None, *, starved: bool = False) -> None:
        super().__init__(why)
        self.status = status
        """Its exit status, negative for the signal that ended it; None where it was not that."""
        self.starved = starved
        """Whether it broke when it had nearly all the memory that it may have."""


class Child:
    """A running reading process with its private folder."""

    def __init__(self, setup: Setup, command: Sequence[str], seconds: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="qi-reading-", ignore_cleanup_errors=True)
        self._held = leftovers.hold(Path(self._folder.name))
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self._buffer = bytearray()
        self._memory = 0.0
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, or what a test puts in its place
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                cwd=self._folder.name,
                env=_environment(self._folder.name),
                start_new_session=True,
                close_fds=True,
            )
        except OSError:
            self._complaints.close()
            self._folder.cleanup()
            os.close(self._held)
            raise
        self.setup = setup
        """What it was told at its start."""
        self.pages = 0
        """Pages it has read so far."""
        try:
            self.send(setup)
            answer = self.receive(time.monotonic() + seconds)
            if answer.kind != "ready":
                raise ChildGone(f"it said {answer.kind} before it was asked")
        except BaseException:
            self.end()
            raise

    def send(self, message: Setup | Request) -> None:
        """Hands it a message; raises :class:`ChildGone` when it no longer listens."""
        assert self._process.stdin is not None
        self._memory = 0.0
        try:
            self._process.stdin.write(line_of(message))
            self._process.stdin.flush()
        except OSError:
            raise self._gone() from None

    def share_used(self) -> float:
        """How much of the address space that it may have it uses now; 0 where that can't be told."""
        return memory.share_used(self._process.pid)

    def receive(self, deadline: float) -> Answer:
        """Its next answer, by ``deadline`` on the monotonic clock."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer[-_CHUNK:]:
                left = deadline - time.monotonic()
                # What it started may hold its end of the pipe open after it is gone, so its life is watched as well.
                gone = self._process.poll() is not None
                if not gone:
                    self._memory = memory.share_used(self._process.pid) or self._memory  # 0: it is just ending
                if not selector.select(0 if gone else max(0.0, min(left, _GLANCE))):
                    if gone:
                        raise self._gone()
                    if left <= 0:
                        raise ChildTimeout
                    continue
                chunk = os.read(self._process.stdout.fileno(), _CHUNK)
                if not chunk:
                    raise self._gone()
                self._buffer += chunk
                if len(self._buffer) > MAX_LINE:
                    raise ChildGone("it said more than a page can hold")
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        try:
            return read_answer(line)
        except ProtocolError as error:
            raise ChildGone(str(error)) from None

    def end(self) -> None:
        """Ends the process and everything it started, and waits until it is gone."""
        for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent is of no use now
                    pipe.close()
        self._folder.cleanup()
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def _gone(self) -> ChildGone:
        said = self._last_words()
        status = self._process.returncode
        own_fault = status is not None and -status in _OWN_FAULTS
        return ChildGone(said, status, starved=own_fault and self._memory >= _NEARLY)

    def _last_words(self) -> str:
        """How it ended, for the log and the failure's message; never what it read."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        status = self._process.returncode
        self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, self._complaints.tell() - 2000))
        _LOG.debug("reading process ended: %s", _harmless(self._complaints.read().decode(errors="replace")))
        if status is None:
            return "it stopped talking"
        if status < 0:
            return f"ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"


def _harmless(complaints: str) -> str:
    """Of what a process complained the places in the code and the kinds of error, never a text: it may be read."""
    return "; ".join(" ".join(part for part in each if part) for each in _PLACES.findall(complaints)) or "no words"


def _environment(folder: str) -> dict[str, str]:
    """No proxies, no secrets, one thread, a fixed locale, and nowhere to write but its own folder."""
    kept = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
    if "PYTHONPATH" in kept:  # its working folder is another
        parts = kept["PYTHONPATH"].split(os.pathsep)
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in parts)
    return kept | {
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "OMP_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",  # one arena a thread would eat the address space that the limit allows
        # What one page gave back the next takes again, instead of new pages of memory that the system clears first.
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    }
