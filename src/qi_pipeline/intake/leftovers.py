"""What dead processes left lying about (残留清理): scratch folders and half copies, never those of the living.

A process at work holds a shared lock on ``.qi/at-work``. Whoever starts and gets it alone knows that nobody else is at
work on this workspace, and removes half copies under ``.qi/originals/new`` and ``.qi/incoming``. A reading process's
private folder is locked by its parent while that lives. What is young is left in any case, so that a process that is
just about to take its lock loses nothing. Packets, originals and page images are no leftovers and never touched.

Not guaranteed: where a file system keeps locks to one machine, half copies of another machine's process that is at work
for longer than :data:`YOUNG` over one file.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from qi_pipeline.settings import Settings

YOUNG = 600.0
"""Seconds since its last change for which nothing is taken for a leftover."""
_LONG_AGO = 86_400.0
_LOCKED = "qi-reading-"
"""Folders that their owner holds a lock on."""
_UNLOCKED = ("qi-extract-", "qi-doctor-", "qi-crops-")
"""Folders of commands that end within minutes: only old ones are leftovers."""


@contextlib.contextmanager
def at_work(settings: Settings, now: float | None = None) -> Iterator[int]:
    """How many leftovers were removed; while it lasts, nobody else takes this process's for such."""
    moment = time.time() if now is None else now
    lock = os.open(settings.work / "at-work", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        removed = _sweep_scratch(moment)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # somebody is at work
        else:
            removed += _sweep_copies(settings, moment)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield removed
    finally:
        os.close(lock)


def hold(folder: Path) -> int:
    """A descriptor that keeps the folder from being taken for a leftover until it is closed."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def held_new(folder: Path) -> Iterator[bool]:
    """Whether the new folder is held for as long as it lasts; false on a file system that knows no locks.

    Between its making and its holding nobody else makes one beside it or looks for what dead processes left there, if
    he goes by this function too.
    """
    beside = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    held = -1
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(beside, fcntl.LOCK_EX)
        folder.mkdir()
        with contextlib.suppress(OSError):
            held = hold(folder)
    finally:
        os.close(beside)
    try:
        yield held >= 0
    finally:
        if held >= 0:
            os.close(held)


def _sweep_copies(settings: Settings, now: float) -> int:
    removed = 0
    for folder in (settings.work / "originals" / "new", settings.work / "incoming"):
        with contextlib.suppress(FileNotFoundError):
            removed += sum(_remove(entry) for entry in folder.iterdir() if _age(entry, now) > YOUNG)
    return removed


def _sweep_scratch(now: float) -> int:
    removed = 0
    with contextlib.suppress(OSError):
        for entry in Path(tempfile.gettempdir()).iterdir():
            if entry.name.startswith(_LOCKED) and _is_ours(entry) and _age(entry, now) > YOUNG:
                removed += remove_unheld(entry)
            elif entry.name.startswith(_UNLOCKED) and _is_ours(entry) and _age(entry, now) > _LONG_AGO:
                removed += _remove(entry)
    return removed


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link, of this user, that nobody else may write."""
    try:
        info = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def _age(entry: Path, now: float) -> float:
    """Seconds since its last change; none for what is gone or dated ahead."""
    try:
        return now - entry.lstat().st_mtime
    except OSError:
        return 0.0


def remove_old(folder: Path) -> int:
    """How many files in the folder were removed, none of which anybody touched for a day."""
    now = time.time()
    with contextlib.suppress(OSError):
        return sum(_remove(entry) for entry in folder.iterdir() if _age(entry, now) > _LONG_AGO)
    return 0


def remove_unheld(folder: Path) -> bool:
    """Whether the folder was one that no living process holds, and is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _remove(folder)
    except OSError:  # held, or on a file system that knows no locks
        return False
    finally:
        os.close(descriptor)


def _remove(entry: Path) -> bool:
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(entry.lstat().st_mode):
            shutil.rmtree(entry)
        else:
            entry.unlink()
        return True
    return False
