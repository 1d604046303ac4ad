"""The system's own walls around a reading process (读取进程隔离): no network, and few files.

Two layers that need no privilege, set by the process itself before a parser is imported, kept by all it starts, and
never taken off again:

* **network**: a system-call filter (seccomp, Linux 3.5) by which no socket can be made, and neither another process
  be looked into nor a file system mounted;
* **files**: Landlock (Linux 5.13) by which only the folders it was given can be read beside the system's and the
  program's own, and only its private folder and the page images' can be written.

A system that offers a layer not is used without it: ``qi-pipeline doctor`` tells which are on, by trying, and
``doctor --require cage=full`` fails where one is not. Not guaranteed: anything against a flaw of the kernel itself; the
processes of the same user are hidden from neither (``/proc`` can be read).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7
_X32 = 0x40000000
"""From this number on a call on x86-64 is one of the x32 kind, which would pass by the other numbers."""
_REFUSED = {
    # socket, connect, bind, listen, ptrace, process_vm_readv, process_vm_writev, bpf, userfaultfd,
    # add_key, request_key, keyctl, mount, umount2, pivot_root, unshare, setns, perf_event_open, init_module,
    # finit_module, kexec_load, open_by_handle_at
    "x86_64": (
        _X86_64,
        (
            438,
            41,
            42,
            49,
            50,
            101,
            310,
            311,
            321,
            323,
            248,
            249,
            250,
            165,
            166,
            155,
            272,
            308,
            298,
            175,
            313,
            246,
            304,
        ),
    ),
    "aarch64": (
        _AARCH64,
        (
            438,
            198,
            203,
            200,
            201,
            117,
            270,
            271,
            280,
            282,
            217,
            218,
            219,
            40,
            39,
            41,
            97,
            268,
            241,
            105,
            273,
            104,
            265,
        ),
    ),
}
_REFUSED_EVERYWHERE = (425, 438)
"""io_uring_setup, which makes sockets without a call, and pidfd_getfd, which takes them from others."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000

_CREATE_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_CHANGES = 0x1FF0
"""Removing and making of entries of every kind."""
_REFER, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE_CONTROL
_TCP, _SCOPES = 3, 3
"""No port bound or connected to; no signal and no abstract socket to processes outside."""

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys/devices/system", "/var/cache/fontconfig")
_DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")


def enter(readable: Iterable[str], writable: Iterable[str]) -> tuple[str, ...]:
    """The layers that are on from now on: of ``network`` and ``files`` those that this system offers.

    Without a ``writable`` folder files are left as they are.
    """
    layers = ["network"] if refuse_network() else []
    places = tuple(writable)
    if places and confine_files((*readable, *places), places):
        layers.append("files")
    return tuple(layers)


def refuse_network() -> bool:
    """Whether this process, and all it will start, can make no socket any more."""
    if sys.platform != "linux" or platform.machine() not in _REFUSED:
        return False
    architecture, numbers = _REFUSED[platform.machine()]
    program = _filter(architecture, numbers)
    library = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(program)
    described = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    done: int = library.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(described), 0, 0)
    return done == 0


def _filter(architecture: int, numbers: Sequence[int]) -> bytes:
    """The filter as the kernel's instructions: wrong architecture, odd numbers and refused calls are errors."""
    refuse = _ERROR | errno.EPERM
    steps: list[tuple[int, int, int, int]] = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, refuse)]
    steps.append((_LOAD, 0, 0, 0))
    if architecture == _X86_64:
        steps += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, refuse)]
    for number in (*numbers, *_REFUSED_EVERYWHERE):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, refuse)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def confine_files(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Whether this process can from now on write only below ``writable`` and read only there, in ``readable`` and in
    the system's and the program's own folders.
    """
    library = ctypes.CDLL(None, use_errno=True)
    version: int = library.syscall(_CREATE_RULESET, None, 0, 1) if sys.platform == "linux" else -1
    if version < 1:
        return False
    changes = _WRITE | _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    looks = _READ | _LIST
    handled = changes | looks | _EXECUTE
    described = struct.pack("=QQQ", handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules: int = library.syscall(_CREATE_RULESET, ctypes.create_string_buffer(described[:size]), size, 0)
    if rules < 0:
        return False
    try:
        for place in (*_SYSTEM, *_own_places()):
            _allow(library, rules, place, looks | _EXECUTE)
        for place in _DEVICES:
            _allow(library, rules, place, looks | _WRITE)
        for place in readable:
            _allow(library, rules, place, looks)
        for place in (*writable, str(Path.cwd())):
            _allow(library, rules, place, looks | changes)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            return False
        done: int = library.syscall(_RESTRICT, rules, 0)
        return done == 0
    finally:
        os.close(rules)


def _own_places() -> set[str]:
    """Where the interpreter, its packages, this program and its models lie."""
    import qi_pipeline

    given = [os.environ.get(name, "") for name in ("TESSDATA_PREFIX", "LD_LIBRARY_PATH", "PYTHONPATH", "PATH")]
    listed = [part for each in given for part in each.split(os.pathsep)]
    program = [str(Path(place).absolute()) for place in qi_pipeline.__path__]
    return {place for place in (sys.prefix, sys.base_prefix, *sys.path, *program, *listed) if place.startswith("/")}


def _allow(library: ctypes.CDLL, rules: int, place: str, access: int) -> None:
    """One more place; one that is not there needs no rule."""
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(place).is_dir():
            access &= _OF_A_FILE
        rule = struct.pack("=Qi", access, descriptor)
        library.syscall(_ADD_RULE, rules, 1, ctypes.create_string_buffer(rule), 0)
    finally:
        os.close(descriptor)
