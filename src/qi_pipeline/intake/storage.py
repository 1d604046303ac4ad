"""The one door to shared storage (共享存储): the S3-compatible bucket that QI_STORAGE names, through fsspec.

Without it nothing here is imported or asked: originals and readings lie in the workspace alone. With it the bucket
holds them for every machine, and the workspace keeps copies (:mod:`qi_pipeline.intake.local_copies`)::

    originals/ab/<sha256>                    the bytes of one file
    readings/<made by>/ab/<sha256>           one reading with its page images, in one object

What is guaranteed: an object appears whole or not at all, because a bucket shows an upload only once it is complete; an
object that is there is not written again; what comes back has the hash that was asked for. What is not: anything
against those who may write to the bucket (give that right to the pipeline alone), and a bucket that loses what
it acknowledged. Keys and endpoint come from the usual ``AWS_…`` variables and never stand in a setting.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.intake import disk

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
_TRIES = 3
_CONDITION = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NotImplemented", "501"})
"""How a server answers that the object is there, is being written, or that it knows no condition."""


class Damaged(InstallationError):
    """An object whose bytes have not the hash by which they were stored."""

    code = "damaged"


class SharedStorage:
    """The bucket and prefix of one URL such as ``s3://qi/wuxi``."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._root = _root(self.url)
        self._system = _file_system(self.url)

    def size(self, key: str) -> int | None:
        """How many bytes the object holds; None when there is none."""
        with self._faults():
            try:
                return int(self._system.info(f"{self._root}/{key}", refresh=True)["size"])
            except FileNotFoundError:
                return None

    def put(self, key: str, data: bytes | Path, *, replace: bool = False) -> bool:
        """Whether the object was written; false when one of that size is there already and ``replace`` is not asked.

        One of another size is damaged and is written again.
        """
        length = len(data) if isinstance(data, bytes) else data.stat().st_size
        known = self.size(key)
        if known == length and not replace:
            return False
        with self._faults():
            if known is not None or not self._created(key, data):
                if known is None and self.size(key) == length:
                    return False  # another machine wrote it between the two questions
                self._write(key, data, "overwrite")
        return True

    def remove(self, key: str) -> None:
        """Nothing; the object is gone, or was not there."""
        with self._faults(), contextlib.suppress(FileNotFoundError):
            self._system.rm_file(f"{self._root}/{key}")

    def below(self, key: str) -> list[str]:
        """The names directly below a key, such as the programs that made readings."""
        with self._faults():
            try:
                found = self._system.ls(f"{self._root}/{key}", detail=False, refresh=True)
            except FileNotFoundError:
                return []
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None when there is none."""
        with self._faults():
            try:
                data = self._system.cat_file(f"{self._root}/{key}")
            except FileNotFoundError:
                return None
        assert isinstance(data, bytes)
        return data

    def fetch(self, key: str, sha256: str, target: Path, beside: Path) -> bool:
        """Whether the object was there and now lies at ``target``, whole; ``beside`` holds what is not yet.

        Raises :class:`Damaged` when its bytes have another hash; nothing is left at ``target`` then.
        """
        with disk.own_faults("originals"):
            disk.make_folder(beside)
        part = beside / secrets.token_hex(16)
        try:
            with self._faults():
                try:
                    self._system.get_file(f"{self._root}/{key}", str(part))
                except FileNotFoundError:
                    return False
            with disk.own_faults("originals"):
                with part.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                    if found != sha256:
                        raise Damaged(
                            f"{self.url}/{key} holds other bytes than it was stored with; "
                            "restore that object from a backup"
                        )
                    disk.sync_file(file.fileno())
                    os.fchmod(file.fileno(), 0o444)
                disk.make_folder(target.parent)
                disk.rename(part, target)
                disk.sync_folder(target.parent)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _created(self, key: str, data: bytes | Path) -> bool:
        """Whether the object was written on the condition that there was none; false too where no server knows it."""
        try:
            self._write(key, data, "create")
        except OSError as error:
            if _code(error) not in _CONDITION:
                raise
            return False
        return True

    def _write(self, key: str, data: bytes | Path, mode: str) -> None:
        if isinstance(data, bytes):
            self._system.pipe_file(f"{self._root}/{key}", data, mode=mode)
        else:
            self._system.put_file(str(data), f"{self._root}/{key}", mode=mode, ContentType="application/octet-stream")

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """The storage's faults as errors that pass: the packet stays where it is and is tried again."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except PermissionError as error:
            raise PassingError(
                f"{self.url}: access is refused ({_said(error)}); look at AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY and the rights of this key, then run again, nothing was lost"
            ) from error
        except FileNotFoundError as error:
            raise PassingError(
                f"{self.url}: there is no such bucket; create it or mend QI_STORAGE, then run again, nothing was lost"
            ) from error
        except BotoCoreError as error:
            remedy = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" if "redential" in str(error) else "look at it"
            raise PassingError(
                f"{self.url} is away ({_said(error)}); {remedy}, see AWS_ENDPOINT_URL, and run again, nothing was lost"
            ) from error
        except (ClientError, OSError) as error:
            raise PassingError(f"{self.url}: {_said(error)}; look at it and run again, nothing was lost") from error


def shared_storage(url: str) -> SharedStorage | None:
    """The shared storage that ``QI_STORAGE`` names, opened once a process; None when it is empty.

    Raises UsageError for a URL that is none of S3, InstallationError when the packages for it are missing.
    """
    return _opened(url) if url else None


@functools.cache
def _opened(url: str) -> SharedStorage:
    return SharedStorage(url)


def _root(url: str) -> str:
    """Bucket and prefix, as fsspec wants them."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"QI_STORAGE: {url!r} is not of the form s3://bucket/prefix; mend it or leave it out")
    if "@" in parts.netloc or ":" in parts.netloc:
        raise UsageError("QI_STORAGE: keys and hosts stand in AWS_… variables, not in the URL; give s3://bucket/prefix")
    return f"{parts.netloc}{parts.path}".rstrip("/")


def _file_system(url: str) -> Any:  # noqa: ANN401 - fsspec's file systems are untyped
    try:
        import fsspec

        return fsspec.filesystem(
            urlsplit(url).scheme,
            use_listings_cache=False,
            skip_instance_cache=True,
            config_kwargs={
                "connect_timeout": _CONNECT_SECONDS,
                "read_timeout": _READ_SECONDS,
                "retries": {"max_attempts": _TRIES},
            },
        )
    except ImportError as error:
        raise InstallationError(f"QI_STORAGE={url} needs more packages ({error}); install qi-pipeline[s3]") from error


def _code(error: OSError) -> str:
    """The server's own code for an error, which fsspec turned into one of the system's."""
    answer = getattr(error.__cause__, "response", None)
    return str(answer.get("Error", {}).get("Code", "")) if isinstance(answer, dict) else ""


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
