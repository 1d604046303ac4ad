"""The contents of one packet (材料包): its files as originals, what can't be read, and the hash that names its bytes.

The content hash says "the same bytes dropped again", under whatever name: for an archive or a single file the
SHA-256 of its bytes; for a folder the SHA-256 over the sorted names and hashes of its files. Hidden files count
nowhere. A folder and a zip of that folder are different bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qi_pipeline.errors import PacketError
from qi_pipeline.intake import archives, disk, names, zipdir
from qi_pipeline.intake.archives import Findings, SourceFile, TooLarge, capped
from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.storage import SharedStorage
from qi_pipeline.model import FileFailure
from qi_pipeline.policy import Limits

FORM = "application.json"
"""The online form's export."""

_DEPTH = 16
_CHUNK = 1 << 20


class PacketRefused(PacketError):
    """A whole packet that isn't opened (a bomb, far too large); ``content_hash`` is None where it wasn't computed."""

    def __init__(self, code: str, message: str, content_hash: str | None) -> None:
        super().__init__(code, message)
        self.content_hash = content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketContents:
    """Everything found in one packet, in a stable order (names as people sort them)."""

    files: tuple[SourceFile, ...]
    """``application.json`` among them."""
    failures: tuple[FileFailure, ...]
    """Files that can't be read, with the codes of the contract; the other files are judged."""
    content_hash: str

    @property
    def form(self) -> SourceFile | None:
        """The online form, where the packet holds one: the outermost ``application.json``."""
        forms = [file for file in self.files if _last(file.name).casefold() == FORM]
        return min(forms, key=lambda file: (file.name.count("/") + file.name.count("!"), file.name), default=None)

    @property
    def papers(self) -> tuple[SourceFile, ...]:
        """The files that are read page by page."""
        form = self.form
        return tuple(file for file in self.files if file is not form)

    @property
    def blame(self) -> FileFailure | None:
        """Why nothing at all can be read from the packet; None when there is something to read."""
        if self.files:
            return None
        return (
            self.failures[0]
            if self.failures
            else FileFailure(file="", code="empty", message="it holds no file; hand it in again with its papers")
        )


def open_packet(path: Path, limits: Limits, store_dir: Path, shared: SharedStorage | None = None) -> PacketContents:
    """The contents of the packet at ``path`` (folder, zip or single file), its files kept under ``store_dir``.

    They are kept in ``shared`` storage too, where there is one.

    Raises :class:`PacketRefused` for a bomb or a packet beyond the limits, :class:`PacketError` ``permission`` for what
    can't be read, and :class:`~qi_pipeline.errors.PassingError` for a full disk.
    """
    originals = Originals(store_dir, shared)
    try:
        info = path.lstat()
        if stat.S_ISDIR(info.st_mode):
            return _folder(path, limits, originals)
        if not stat.S_ISREG(info.st_mode):
            raise PacketRefused("unsafe_path", f"{path.name}: links and devices are never followed", None)
        return _single(path, limits, originals)
    except PermissionError as error:
        raise PacketError(
            "permission", f"{path.name}: can't be read ({error.strerror}); give this user the right to read it"
        ) from error


def _folder(path: Path, limits: Limits, originals: Originals) -> PacketContents:
    found = Findings()
    marks: list[tuple[str, str]] = []
    files: list[SourceFile] = []
    total = 0
    for name, descriptor in _walk(path, limits):
        if descriptor is None:
            found.fail(name, "unsafe_path", "a link, pipe or device is never followed; hand in the file itself")
            marks.append((name, "unsafe_path"))
            continue
        seen = hashlib.sha256()
        try:
            sha256, size = originals.keep(capped(_seen(_chunks(descriptor), seen), limits.file_bytes))
        except TooLarge:
            found.fail(name, "too_large", f"larger than {limits.file_bytes >> 20} MiB; scan it at 200 to 300 dpi")
            marks.append((name, f"too_large {seen.hexdigest()}"))
            continue
        finally:
            os.close(descriptor)
        total += size
        if total > limits.packet_bytes:
            raise PacketRefused(
                "too_large", f"{_mib(limits.packet_bytes)} a packet; hand in fewer or smaller scans", None
            )
        marks.append((name, sha256))
        files.append(SourceFile(name=name, path=originals.path(sha256), sha256=sha256, size=size))
    content_hash = hashlib.sha256(
        b"folder\n" + b"".join(f"{name}\0{mark}\n".encode("utf-8", "surrogateescape") for name, mark in sorted(marks))
    ).hexdigest()
    with _refused_with(content_hash):
        for file in sorted(files, key=lambda item: names.natural(item.name)):
            archives.place(file, found, originals, limits)
    return _contents(found, content_hash, limits)


def _single(path: Path, limits: Limits, originals: Originals) -> PacketContents:
    name = names.decoded(os.fsencode(path.name))
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    seen = hashlib.sha256()
    try:
        head = os.pread(descriptor, 1024, 0)
        zipped = head[:4] in zipdir.MAGIC
        most = limits.packet_bytes if zipped else limits.file_bytes
        sha256, size = originals.keep(capped(_seen(_chunks(descriptor), seen), most))
    except TooLarge:
        raise PacketRefused("too_large", f"{name}: {_mib(most)}; scan at 200 to 300 dpi", seen.hexdigest()) from None
    finally:
        os.close(descriptor)
    file = SourceFile(name=name, path=originals.path(sha256), sha256=sha256, size=size)
    found = Findings()
    with _refused_with(sha256):
        if size == 0:
            found.fail(name, "empty", "the file is empty; hand it in again")
        elif zipped and (kind := archives.foreign_package(file.path)) is not None:
            found.fail(name, "unsupported_type", f"{kind}; export it as PDF and send that")
        elif zipped and archives.is_archive(file.path, name):
            archives.unpack(file, "", found, originals, limits)
        elif (why := archives.not_a_zip(head, name)) is not None:
            found.fail(name, *why)
        else:
            found.files.append(file)
    return _contents(found, sha256, limits)


def _contents(found: Findings, content_hash: str, limits: Limits) -> PacketContents:
    if len(found.files) > limits.packet_files:
        raise PacketRefused(
            "too_large", f"{len(found.files)} files, at most {limits.packet_files} a packet; join papers", content_hash
        )
    return PacketContents(files=tuple(found.files), failures=tuple(found.failures), content_hash=content_hash)


@contextlib.contextmanager
def _refused_with(content_hash: str) -> Iterator[None]:
    try:
        yield
    except PacketRefused:
        raise
    except PacketError as error:
        raise PacketRefused(error.code, str(error), content_hash) from error


def _walk(root: Path, limits: Limits) -> Iterator[tuple[str, int | None]]:
    """Name and open descriptor of each file, folder by folder; None for what is never opened.

    Every folder is opened relative to the one above without following links, so that nothing exchanged
    meanwhile leads out of the packet. The caller closes the descriptors.
    """
    count = 0
    waiting: list[tuple[str, tuple[str, ...]]] = [("", ())]
    while waiting:
        prefix, parts = waiting.pop()
        if len(parts) > _DEPTH:
            raise PacketRefused("too_large", f"folders more than {_DEPTH} deep; hand in a flat folder", None)
        folder = _descend(root, parts)
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: os.fsencode(entry.name))
            for entry in entries:
                name = prefix + names.decoded(os.fsencode(entry.name))
                if names.hidden(name):
                    continue
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    waiting.append((f"{name}/", (*parts, entry.name)))
                    continue
                count += 1
                if count > limits.packet_files:
                    raise PacketRefused("too_large", f"more than {limits.packet_files} files; join papers", None)
                yield name, _open_at(entry.name, folder) if stat.S_ISREG(mode) else None
        finally:
            os.close(folder)


def _descend(root: Path, parts: tuple[str, ...]) -> int:
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    for part in parts:
        try:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        finally:
            os.close(folder)
        folder = deeper
    return folder


def _open_at(name: str, folder: int) -> int | None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOENT):
            return None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def _chunks(descriptor: int) -> Iterator[bytes]:
    while True:
        with disk.own_faults("packet"):
            chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            return
        yield chunk


def _seen(chunks: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _mib(size: int) -> str:
    return f"more than {size >> 20} MiB"


def _last(name: str) -> str:
    return name.replace("!", "/").rpartition("/")[2]
