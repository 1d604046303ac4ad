"""A packet as it was handed in (报送件), before anything of it is moved: whether all of it can be read, and a copy."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from qi_pipeline.errors import PacketError
from qi_pipeline.intake import disk, names


def refuse_unreadable(path: Path) -> None:
    """Nothing; raises :class:`PacketError` with ``permission`` for the first thing of a packet that can't be read."""
    place = path
    try:
        for place, info in _walk(path):
            if stat.S_ISREG(info.st_mode):
                os.close(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))
    except PermissionError as error:
        shown = names.decoded(os.fsencode(str(place.relative_to(path.parent))))
        raise PacketError(
            "permission", f"{shown}: can't be read ({error.strerror}); give this user the right to read it"
        ) from error
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            raise
        # gone or exchanged meanwhile: the claim or the reading will say so


def _walk(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    waiting = [path]
    while waiting:
        place = waiting.pop()
        try:
            info = place.lstat()
            yield place, info
            if stat.S_ISDIR(info.st_mode):
                waiting.extend(place.iterdir())
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
                raise
            # gone meanwhile, or deeper than any path can say: whoever opens the packet refuses it


def copy(source: Path, target: Path) -> None:
    """Nothing; all of the packet lies at ``target`` too and is on the disk.

    Links are copied as links, pipes and devices as empty pipes, so that they are refused and never followed.
    """
    mode = source.lstat().st_mode
    if stat.S_ISLNK(mode):
        target.symlink_to(source.readlink())
    elif stat.S_ISDIR(mode):
        target.mkdir()
        for child in source.iterdir():
            copy(child, target / child.name)
        disk.sync_folder(target)
    elif stat.S_ISREG(mode):
        reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(reading, "rb") as data, target.open("wb") as written:  # noqa: PTH123 - a descriptor, not a path
            while chunk := data.read(1 << 20):
                written.write(chunk)
            written.flush()
            disk.sync_file(written.fileno())
    else:
        os.mkfifo(target)
