"""Whether the shared storage that QI_STORAGE names takes an object, gives it back whole, and lets it be removed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.errors import PassingError, QiError
from qi_pipeline.intake.storage import SharedStorage
from qi_pipeline.settings import Settings

_GROUP = "storage"
_MIB = 1 << 20


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """The bucket tried with an object of our own, then room for the copies; one check where none is named."""
    if not settings.storage:
        yield ok(_GROUP, "bucket", "none named; originals and readings lie in the workspace")
        return
    try:
        shared = SharedStorage(settings.storage)
        removable, why = _removable(shared)
        # A key that may remove nothing leaves one object behind, the same each time.
        trial, data = f"doctor/{secrets.token_hex(8) if removable else 'trial'}", secrets.token_bytes(1024)
        try:
            shared.put(trial, data, replace=True)
            back = shared.read(trial)
        finally:
            if removable:
                shared.remove(trial)
    except QiError as error:
        said, _, remedy = str(error).partition("; ")
        yield fault(_GROUP, "bucket", said, remedy.removesuffix(", nothing was lost") or "mend QI_STORAGE")
        return
    if back != data:
        said = f"{shared.url} gave back other bytes than it was given"
        yield fault(_GROUP, "bucket", said, "name a bucket that shows an object as it was last written")
        return
    yield ok(_GROUP, "bucket", f"{shared.url} took an object and gave it back")
    if removable:
        yield ok(_GROUP, "removal", "objects can be removed, as `retention run` needs")
    else:
        remedy = "give this key the right to delete objects, or never use `retention run`"
        yield warning(_GROUP, "removal", f"objects can't be removed ({why})", remedy)
    yield _copies(settings)


def _removable(shared: SharedStorage) -> tuple[bool, str]:
    """Whether this key may remove objects, tried with one that is not there; and what was said where it may not."""
    try:
        shared.remove(f"doctor/{secrets.token_hex(8)}")
    except PassingError as error:
        if isinstance(error.__cause__, PermissionError):
            return False, "access is refused"
        raise
    return True, ""


def _copies(settings: Settings) -> Check:
    """Whether the copies that the workspace may keep fit on its disk at all."""
    place = settings.work if settings.work.is_dir() else settings.home
    seen = os.statvfs(place)
    disk = seen.f_blocks * seen.f_frsize // _MIB
    said = f"at most {settings.storage_cache_mb} MiB of copies on a file system of {disk} MiB"
    if settings.storage_cache_mb > disk:
        return warning(_GROUP, "copies", said, "lower QI_STORAGE_CACHE_MB, or the disk fills up first")
    return ok(_GROUP, "copies", said)
