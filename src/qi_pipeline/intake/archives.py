"""What a zip holds, member by member, each kept as an original; bombs stop the whole packet.

Nothing is ever unpacked under a member's name, so no name can lead anywhere; a dangerous one is still named.
One bad member is a failure of that member, the rest is read. What can only be meant to harm (a ratio, a
total, a number of entries beyond the limits, overlapping entries, archives in archives in archives) is a
:class:`~qi_pipeline.errors.PacketError` ``archive_bomb``. All bytes are counted while they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from qi_pipeline.errors import PacketError
from qi_pipeline.intake import names, zipdir
from qi_pipeline.intake.originals import Originals
from qi_pipeline.model import FileFailure
from qi_pipeline.policy import Limits

_RATIO_FROM = 1 << 20
"""Small members may compress as well as they like."""
_ENTRIES_PER_MEMBER = 10
"""Folders and hidden files don't count as members, but so many entries in all are an attack."""


_DOCUMENTS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MAIN_PART = re.compile(r"word/document\d*\.xml|xl/workbook\d*\.(?:xml|bin)")
_FOREIGN = {b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip", b"\x1f\x8b": "gzip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of a packet, as a read-only copy that nobody changes."""

    name: str
    """Name inside the packet, with ``!`` between an archive and its member."""
    path: Path
    sha256: str
    size: int


@dataclass(slots=True)
class Findings:
    """What was found in a packet so far; filled while it is walked."""

    files: list[SourceFile] = field(default_factory=list)
    failures: list[FileFailure] = field(default_factory=list)
    unpacked: int = 0
    """Bytes that came out of archives."""

    def fail(self, name: str, code: str, message: str) -> None:
        """Nothing; the file is on record as one that can't be read."""
        self.failures.append(FileFailure(file=name, code=code, message=message))


class TooLarge(Exception):
    """More bytes than one file may have; a signal between two functions, never shown."""


def capped(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The chunks; raises :class:`TooLarge` once they are more than ``most`` bytes."""
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > most:
            raise TooLarge
        yield chunk


def is_archive(path: Path, name: str) -> bool:
    """Whether the file is a zip of files, not a zip that is one document (OFD, DOCX, XLSX).

    A damaged zip counts as one where its name says so: then it is answered as damaged.
    """
    with path.open("rb") as file:
        if file.read(4) not in zipdir.MAGIC:
            return False
        try:
            inside = {entry.name for entry in zipdir.directory(file, most=20_000)}
        except (zipdir.ZipDamaged, zipdir.ZipUnsupported):
            return name.casefold().endswith(".zip")
        except zipdir.ZipTooMany:
            return True
    return not _is_office(inside) and "OFD.xml" not in inside


def _is_office(inside: set[str]) -> bool:
    """Whether these are the parts of a DOCX or XLSX; online services call the main one document2.xml and the like."""
    return "[Content_Types].xml" in inside and any(map(_MAIN_PART.fullmatch, inside))


def foreign_package(path: Path) -> str | None:
    """What a zip is that is one document of a kind that is not read; None where it is a zip of files."""
    with path.open("rb") as file:
        try:
            inside = {entry.name for entry in zipdir.directory(file, most=20_000)}
        except (zipdir.ZipDamaged, zipdir.ZipUnsupported, zipdir.ZipTooMany):
            return None  # whoever opens it says what is broken
    if "[Content_Types].xml" in inside and not _is_office(inside):
        return "an Office file without a document or a workbook in it, such as a presentation"
    if "mimetype" in inside and inside & {"META-INF/manifest.xml", "META-INF/container.xml"}:
        return "an OpenDocument file or an electronic book"
    return None


def not_a_zip(head: bytes, name: str) -> tuple[str, str] | None:
    """Code and message for a file called ``.zip`` whose first bytes are neither a zip's nor a document's."""
    if not name.casefold().endswith(".zip") or head[:4] in zipdir.MAGIC:
        return None
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            return "unsupported_type", f"a {kind} archive; pack it again as zip"
    if head.startswith(_DOCUMENTS) or b"%PDF-" in head:
        return None
    return "corrupt", "not a zip archive, or its beginning is lost; pack it again"


def unpack(
    archive: SourceFile, prefix: str, found: Findings, originals: Originals, limits: Limits, *, depth: int = 0
) -> None:
    """Nothing; the members of ``archive`` are in ``found``, named ``prefix`` + member.

    Raises :class:`PacketError` for a bomb.
    """
    label = archive.name
    with archive.path.open("rb") as file:
        try:
            entries = zipdir.directory(file, most=limits.archive_members * _ENTRIES_PER_MEMBER)
        except zipdir.ZipTooMany as error:
            raise _bomb(f"{label}: {error}") from error
        except zipdir.ZipDamaged as error:
            found.fail(label, "corrupt", f"{error}; pack it again")
            return
        except zipdir.ZipUnsupported as error:
            found.fail(label, "unsupported_type", str(error))
            return
        if zipdir.overlapping(entries):
            raise _bomb(f"{label}: its entries overlap")
        members = [
            entry
            for entry in entries
            if not entry.folder and (names.unsafe(entry.name) or not names.hidden(entry.name))
        ]
        if len(members) > limits.archive_members:
            raise _bomb(f"{label}: {len(members)} members, at most {limits.archive_members} are read")
        if not members:
            found.fail(label, "empty", "the archive holds no file")
        taken = {item.name for item in found.files} | {item.file for item in found.failures}
        for entry in sorted(members, key=lambda item: names.natural(item.name)):
            name = names.free(prefix + (entry.name or "(no name)"), taken)
            taken.add(name)
            _take(file, entry, name, found, originals, limits, depth)


def _take(
    file: BinaryIO, entry: zipdir.Entry, name: str, found: Findings, originals: Originals, limits: Limits, depth: int
) -> None:
    if names.unsafe(entry.name):
        found.fail(
            name, "unsafe_path", "its name is no file's, or leads out of the archive; pack it again under a plain name"
        )
        return
    if entry.special:
        found.fail(name, "unsafe_path", "a link, pipe or device is never followed; pack the file itself")
        return
    if entry.encrypted:
        found.fail(name, "encrypted", "it needs a password; pack it again without one")
        return
    try:
        sha256, size = originals.keep(capped(_counted(file, entry, name, found, limits), limits.file_bytes))
    except TooLarge:
        found.fail(name, "too_large", f"larger than {limits.file_bytes >> 20} MiB; scan it at 200 to 300 dpi")
    except zipdir.ZipUnsupported as error:
        found.fail(name, "unsupported_type", str(error))
    except zipdir.ZipDamaged as error:
        found.fail(name, "corrupt", f"{error}; pack it again")
    else:
        member = SourceFile(name=name, path=originals.path(sha256), sha256=sha256, size=size)
        place(member, found, originals, limits, depth=depth)


def _counted(file: BinaryIO, entry: zipdir.Entry, name: str, found: Findings, limits: Limits) -> Iterator[bytes]:
    unpacked = 0
    for chunk in zipdir.content(file, entry):
        unpacked += len(chunk)
        found.unpacked += len(chunk)
        if unpacked > _RATIO_FROM and unpacked > limits.archive_ratio * max(1, entry.packed):
            raise _bomb(f"{name}: it unpacks to more than {limits.archive_ratio} times its size")
        if found.unpacked > limits.archive_bytes:
            raise _bomb(f"{name}: more than {limits.archive_bytes >> 20} MiB unpacked")
        yield chunk


def place(file: SourceFile, found: Findings, originals: Originals, limits: Limits, *, depth: int = 0) -> None:
    """Nothing; the file is in ``found``, and where it is an archive, its members are.

    ``depth`` counts the archives of the packet around it.
    """
    if file.size == 0:
        found.fail(file.name, "empty", "the file is empty; hand it in again")
    elif (why := not_a_zip(_head(file.path), file.name)) is not None:
        found.fail(file.name, *why)
    elif not is_archive(file.path, file.name):
        found.files.append(file)
    elif (kind := foreign_package(file.path)) is not None:
        found.fail(file.name, "unsupported_type", f"{kind}; export it as PDF and send that")
    elif depth < limits.archive_depth:
        unpack(file, file.name + "!", found, originals, limits, depth=depth + 1)
    else:
        _refuse_deeper(file, found, limits)


def _refuse_deeper(file: SourceFile, found: Findings, limits: Limits) -> None:
    """Name an archive too deep inside others as unreadable; with a further archive in it, the packet is a bomb."""
    inside = Findings(unpacked=found.unpacked)
    with file.path.open("rb") as data:
        try:
            entries = zipdir.directory(data, most=limits.archive_members * _ENTRIES_PER_MEMBER)
        except zipdir.ZipTooMany as error:
            raise _bomb(f"{file.name}: {error}") from error
        except (zipdir.ZipDamaged, zipdir.ZipUnsupported):
            entries = []
        if zipdir.overlapping(entries):
            raise _bomb(f"{file.name}: its entries overlap")
        for entry in entries:
            head = b""
            try:
                for chunk in _counted(data, entry, f"{file.name}!{entry.name}", inside, limits):
                    head = head or chunk[:4]
            except (zipdir.ZipDamaged, zipdir.ZipUnsupported):
                continue
            if head in zipdir.MAGIC and entry.name.casefold().endswith(".zip"):
                raise _bomb(f"{file.name}: archives in archives in archives")
    found.unpacked = inside.unpacked
    found.fail(
        file.name, "unsupported_type", "an archive this deep inside others isn't opened; pack its files one level up"
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _bomb(message: str) -> PacketError:
    return PacketError("archive_bomb", f"{message}; the packet isn't opened. Hand the papers in as plain files")
