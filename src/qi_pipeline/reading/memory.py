"""The address space of a reading process (读取进程内存): how much of it is used, and less of it for a while.

A limit alone stops a file that swells, but a library of C that finds no memory ends the whole process and says nothing.
So the parent looks at how near to its limit a process was, and what needs little is given little, to end soon.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def is_used_up(share: float) -> bool:
    """Whether this process has ever come to ``share`` of the address space that it is allowed."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return False
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmPeak:"):
            return int(line.split()[1]) * 1024 > share * most
    return False


def share_used(process: int) -> float:
    """How much of its allowed address space another process uses now; 0 where there is no limit, or no telling."""
    try:
        used = _size(str(process))
        most, _ = resource.prlimit(process, resource.RLIMIT_AS)
    except (OSError, ValueError, IndexError):  # it is gone, or the system shows no such thing
        return 0.0
    return 0.0 if most <= 0 else used / most


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """For a while this process may take only so many bytes ``more`` than now; where it has no limit, nothing changes.

    Only within a reading process: the limit is the whole process's, its other threads' too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (min(soft, _size("self") + more), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _size(process: str) -> int:
    """Bytes of address space that the process uses."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[0]) * _PAGE
