"""The few doors through which intake touches the disk: rename, write whole, make, sync, remove.

Everything that must survive a crash goes through here, so that a test can make the n-th call fail, and so that
a full disk, a lost permission and a foreign file system are told apart in one place.

What is guaranteed: after :func:`write_whole` and :func:`move` return, the change survives the death of the process
and, on a local file system with write barriers, a power cut. What is not: network file systems that
acknowledge a sync before it is done, and disks that do the same.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from qi_pipeline.errors import InstallationError, PassingError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room: on the disk, in the quota, or in what one file may have (``ulimit -f``)."""
_PROBE = 1 << 18
"""Bytes by which a folder is tried: a page of the database and of what it keeps beside it is less."""
_PASSING = frozenset(
    {errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EBUSY, errno.EAGAIN, errno.ENOLCK}
)


def is_passing(error: OSError) -> bool:
    """Whether the fault passes by itself or once its cause is removed: a full disk, too many open files, …"""
    return error.errno in _FULL or error.errno in _PASSING


@contextlib.contextmanager
def own_faults(what: str) -> Iterator[None]:
    """Faults of the program's own folders as errors with a remedy; a packet is never blamed for them.

    A full disk and other faults that pass become :class:`PassingError`; a missing permission, a read-only or a
    second file system become :class:`InstallationError`.
    """
    try:
        yield
    except OSError as error:
        place = error.filename2 or error.filename or what
        if error.errno in _FULL:
            raise PassingError(f"{what}: the disk is full; free space and run again, nothing was lost") from error
        if error.errno in _PASSING:
            raise PassingError(f"{what}: {error.strerror}; run again, nothing was lost") from error
        if error.errno == errno.EXDEV:
            raise InstallationError(
                f"{place} is on another file system than the workspace; packets are moved by renaming, "
                "so keep inbox, archive, quarantine and .qi on one file system"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise InstallationError(
                f"{what}: no permission to write {place} ({error.strerror}); give this user the right to it"
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG):
            raise InstallationError(
                f"{what}: {place} can't be a folder here ({error.strerror}); clear the way or name another place"
            ) from error
        raise


def is_full(folder: Path) -> bool:
    """Whether nothing more can be written into the folder: tried, because a quota does not show in what is free."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".qi-full-") as probe:
            probe.write(bytes(_PROBE))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return error.errno in _FULL
    return False


def sync_folder(path: Path) -> None:
    """Nothing; the entries of the folder are on disk when it returns."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(descriptor: int) -> None:
    """Nothing; the bytes of an open file are on disk when it returns."""
    os.fsync(descriptor)


def rename(source: Path, target: Path) -> None:
    """Nothing; ``source`` is now ``target``, atomically, but perhaps not yet on disk."""
    source.rename(target)


def move(source: Path, target: Path) -> None:
    """Nothing; ``source`` is now ``target``, atomically, and both folders are on disk."""
    rename(source, target)
    sync_folder(target.parent)
    if source.parent != target.parent:
        sync_folder(source.parent)


def make_folder(path: Path) -> None:
    """Nothing; the folder is there, and its own entry is on disk."""
    if not path.is_dir():
        try:
            path.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:  # every parent is there: a file system like /proc, in which nobody makes any
            raise OSError(errno.ENOTDIR, "nothing can be made there", str(path)) from error
        sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Nothing; ``path`` holds exactly ``data``: written beside, synced, renamed, and never seen half-written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        sync_file(descriptor)
    finally:
        os.close(descriptor)
    rename(beside, path)
    sync_folder(path.parent)


def move_unless_taken(source: Path, target: Path) -> bool:
    """Whether ``source`` is now ``target``; false when something of that name is there, which is left untouched."""
    if os.path.lexists(target):
        return False
    if source.is_file() and not source.is_symlink():
        try:
            target.hardlink_to(source)  # unlike a rename, a link never replaces what came in between
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                raise
        else:
            sync_folder(target.parent)
            source.unlink()
            sync_folder(source.parent)
            return True
    move(source, target)
    return True


def remove_own(path: Path, own: tuple[str, ...]) -> None:
    """Nothing; of what lies in the folder the program's ``own`` small files are gone, removed in that order."""
    for beside in path.glob("*.new"):
        if any(beside.name.startswith(f".{name}.") for name in own):
            beside.unlink(missing_ok=True)
    for name in own:
        (path / name).unlink(missing_ok=True)


def remove_empty(path: Path) -> None:
    """Nothing; the folder, from which all was removed, is gone.

    Anything in it is never removed: then the folder stays, and :class:`OSError` says so. What NFS keeps in it of a file
    that somebody has open (``.nfs…``) goes by itself; who finds the folder next removes it.
    """
    try:
        path.rmdir()
    except FileNotFoundError:
        return  # another process found it empty
    except OSError as error:
        if error.errno != errno.ENOTEMPTY or not all(entry.name.startswith(".nfs") for entry in path.iterdir()):
            raise
        return
    sync_folder(path.parent)
