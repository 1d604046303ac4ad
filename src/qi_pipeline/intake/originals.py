"""Originals (原件) by the SHA-256 of their bytes: copied once, read-only, never changed again.

What is read later is this copy, so that a file that changes after it was looked at changes no decision. The copy
is hashed as it is written. Equal files of any packets share one original. Where shared storage is set, an original
counts as kept once the bucket holds it too, and one that this machine has not is brought from there.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from qi_pipeline.intake import disk
from qi_pipeline.intake.storage import SharedStorage


class Originals:
    """The store of originals under one folder, such as ``.qi/originals``."""

    def __init__(self, folder: Path, shared: SharedStorage | None = None) -> None:
        self._folder = folder
        self._shared = shared

    def path(self, sha256: str) -> Path:
        """Where the original with this hash lies, or would lie."""
        return self._folder / sha256[:2] / sha256

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """SHA-256 and size of the bytes, which are now kept.

        What the iterable raises passes through, and nothing is kept then. Raises
        :class:`~qi_pipeline.errors.PassingError` when the disk is full or shared storage is away.
        """
        beside = self._folder / "new" / secrets.token_hex(16)
        with disk.own_faults("originals"):
            disk.make_folder(beside.parent)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        digest = hashlib.sha256()
        size = 0
        try:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    with disk.own_faults("originals"):
                        view = memoryview(chunk)
                        while view:
                            view = view[os.write(descriptor, view) :]
                with disk.own_faults("originals"):
                    disk.sync_file(descriptor)
                    os.fchmod(descriptor, 0o444)
            finally:
                os.close(descriptor)
            sha256 = digest.hexdigest()
            final = self.path(sha256)
            if self._shared is not None:  # first, so that what lies here by its name lies there too
                self._shared.put(_key(sha256), beside)
            with disk.own_faults("originals"):
                if not (final.is_file() and final.stat().st_size == size) or not self._used(final):
                    disk.make_folder(final.parent)
                    disk.rename(beside, final)
                    disk.sync_folder(final.parent)
        finally:
            beside.unlink(missing_ok=True)
        return sha256, size

    def find(self, sha256: str) -> Path | None:
        """Where the original lies on this machine, brought from shared storage if need be; None when there is none."""
        path = self.path(sha256)
        if path.is_file():
            return path
        if self._shared is not None and self._shared.fetch(_key(sha256), sha256, path, self._folder / "new"):
            return path
        return None

    def _used(self, path: Path) -> bool:
        """Whether the copy is still there, marked as in use: it is not the next one to go."""
        if self._shared is None:
            return True
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def intact(self, sha256: str) -> bool:
        """Whether the original is there and its bytes still have their hash."""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False


def _key(sha256: str) -> str:
    return f"originals/{sha256[:2]}/{sha256}"
