"""Report files that are either whole or absent: written beside, flushed, renamed into place.

Whoever writes holds a lock on the file beside; one on which nobody holds a lock was left by a process that died.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes ``content`` to ``path`` so that a reader never sees half of it; raises OSError on a full disk."""
    write_pieces(path, [content.encode("utf-8") if isinstance(content, str) else content])


def write_pieces(path: Path, pieces: Iterable[str | bytes]) -> None:
    """Writes the pieces, one after the other as they come, so that a reader never sees some of them only."""
    with whole_file(path) as stream:
        for piece in pieces:
            stream.write(piece.encode("utf-8") if isinstance(piece, str) else piece)


@contextmanager
def whole_file(path: Path) -> Iterator[BufferedRandom]:
    """A stream, to be written and read, whose content is the file once all of it is written, flushed and synced."""
    descriptor, beside = _beside(path)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            beside.chmod(0o644)
            beside.replace(path)  # while the lock is held
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove_unfinished(*folders: Path) -> int:
    """How many files were removed that dead processes left half written; those of the living stay."""
    removed = 0
    for folder in folders:
        for path in folder.glob(f".*{_UNFINISHED}"):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except OSError:
                continue  # it is in its place by now
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
                removed += 1
            except BlockingIOError:
                pass  # somebody writes it
            finally:
                os.close(descriptor)
    return removed


_UNFINISHED = ".part"


def _beside(path: Path) -> tuple[int, Path]:
    """A new file beside the path, and a descriptor that holds a lock on it."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_UNFINISHED)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor, Path(name)
        os.close(descriptor)  # taken for unfinished before the lock was ours
