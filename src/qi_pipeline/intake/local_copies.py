"""The workspace's copies of what shared storage holds (本地副本): bounded, the longest unused go first.

A copy goes only when the bucket holds it with the same size, and nobody has touched it for an hour, longer than any
packet is judged; so what is at work, and what was never uploaded, stays. Without shared storage there are no
copies, only originals, and nothing is ever removed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qi_pipeline.intake.storage import SharedStorage

IN_USE_SECONDS = 3600.0
"""A copy that was in use so recently may be at work."""
LOOK_SECONDS = 600.0
"""How often a running service looks."""
_MARK = "copies.looked"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    path: Path
    size: int
    used: float


def trim(work: Path, shared: SharedStorage, most: int, now: float) -> int:
    """How many bytes of copies under ``work`` were removed, so that at most ``most`` are left where that may be.

    Looks at most once in :data:`LOOK_SECONDS`.
    """
    mark = work / _MARK
    with contextlib.suppress(FileNotFoundError):
        if 0 <= now - mark.stat().st_mtime < LOOK_SECONDS:
            return 0
    mark.touch()
    os.utime(mark, (now, now))
    # Page images go first: they are laid anew from the reading, or drawn from the original.
    pages = sorted(_files(work / "pages"), key=lambda copy: copy.used)
    kept = [*_files(work / "originals"), *map(_reading, sorted((work / "readings").glob("*/*/*")))]
    total = sum(copy.size for copy in (*pages, *kept))
    removed = 0
    for copy in (*pages, *sorted(kept, key=lambda copy: copy.used)):
        if total - removed <= most:
            break
        if now - copy.used >= IN_USE_SECONDS and _removed(copy, shared):
            removed += copy.size
    return removed


def _removed(copy: _Copy, shared: SharedStorage) -> bool:
    """Whether the copy is gone; an original stays where the bucket has none of its size."""
    if copy.path.is_dir():
        _remove_folder(copy.path)  # a reading is made again from its original
        return True
    if copy.path.parent.parent.name == "originals":
        known = shared.size(f"originals/{copy.path.parent.name}/{copy.path.name}")
        if known != copy.size or not _still(copy):
            return False
    copy.path.unlink(missing_ok=True)
    return True


def _still(copy: _Copy) -> bool:
    """Whether nobody took the copy up while the bucket was asked."""
    with contextlib.suppress(FileNotFoundError):
        return _used(copy.path.stat()) <= copy.used
    return False


def _used(info: os.stat_result) -> float:
    """When a file was last put to use: written, marked, or given one more name."""
    return max(info.st_mtime, info.st_ctime)


def _files(folder: Path) -> Iterator[_Copy]:
    """Files of a folder; one that has another name somewhere counts nothing here."""
    for path in sorted(folder.rglob("*")):
        if path.parent.name == "new":
            continue  # being written
        with contextlib.suppress(FileNotFoundError):
            info = path.stat()
            if path.is_file():
                alone = folder.name != "pages" or info.st_nlink == 1
                yield _Copy(path=path, size=info.st_size if alone else 0, used=_used(info))


def _reading(path: Path) -> _Copy:
    found = list(_files(path))
    used = max((copy.used for copy in found), default=0.0)
    return _Copy(path=path, size=sum(copy.size for copy in found), used=used)


def _remove_folder(path: Path) -> None:
    """The reading goes first, so that a folder half removed is no reading."""
    (path / "reading.json").unlink(missing_ok=True)
    for file in path.iterdir():
        file.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.rmdir()
