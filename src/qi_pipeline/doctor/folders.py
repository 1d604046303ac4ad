"""Whether the folders of the workspace are there, may be written, lie on one file system and apart from the code."""

from __future__ import annotations

import os
import secrets
import site
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import qi_pipeline
from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.settings import Settings

_GROUP = "folders"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """A check for each folder, then what they are to each other; a folder that is not there yet is no fault."""
    home = settings.home
    if not home.is_dir():
        what = "is no folder" if os.path.lexists(home) else "is not there"
        yield fault(_GROUP, "workspace", f"{home} {what}", "make it, or name another in QI_HOME")
        return
    yield ok(_GROUP, "workspace", str(home))
    folders = {
        "inbox": settings.inbox,
        "archive": settings.archive,
        "quarantine": settings.quarantine,
        "reports": settings.reports,
        ".qi": settings.work,
    }
    usable: dict[str, Path] = {}
    for name, folder in folders.items():
        check = _permissions(name, folder)
        yield check
        if check.state == "ok" and folder.is_dir():
            usable[name] = folder
    yield _one_file_system(usable)
    yield _apart(folders)


def _permissions(name: str, folder: Path) -> Check:
    """Whether a file can be made in the folder and removed; where it is not there yet, whether it can be made."""
    if not os.path.lexists(folder):
        if os.access(folder.parent, os.W_OK | os.X_OK):
            return ok(_GROUP, name, "not there yet; the first run makes it")
        said = f"{folder} is not there, and {folder.parent} may not be written"
        return fault(_GROUP, name, said, f"make it and give it to this user: install -d -o $(id -un) {folder}")
    if not folder.is_dir():
        return fault(_GROUP, name, f"{folder} is no folder", "move it out of the way")
    trial = folder / f".qi-doctor-{secrets.token_hex(4)}"
    try:
        os.close(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        trial.unlink()
        next(folder.iterdir(), None)
    except OSError as error:
        return fault(
            _GROUP,
            name,
            f"{folder} can't be written and listed ({error.strerror})",
            f"give it to this user: chown $(id -un) {folder} && chmod u+rwx {folder}",
        )
    return ok(_GROUP, name, f"{folder} can be written")


def _one_file_system(folders: Mapping[str, Path]) -> Check:
    """Whether a file goes from each folder to the next by one rename, as packets do; tried with one of our own."""
    if len(folders) < 2:
        return ok(_GROUP, "one file system", "nothing to compare yet")
    name = f".qi-doctor-{secrets.token_hex(4)}"
    (first, place), *others = [(key, folder / name) for key, folder in folders.items()]
    try:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        for key, target in others:
            try:
                place.rename(target)
            except OSError as error:
                return fault(
                    _GROUP,
                    "one file system",
                    f"nothing can be moved from {first} to {key} ({error.strerror})",
                    "lay inbox, archive, quarantine, reports and .qi on one local file system",
                )
            first, place = key, target
    except OSError as error:
        return fault(_GROUP, "one file system", f"it can't be tried ({error.strerror})", "mend the folders named above")
    finally:
        place.unlink(missing_ok=True)
    return ok(_GROUP, "one file system", f"a file was moved through {', '.join(folders)}")


def _apart(folders: Mapping[str, Path]) -> Check:
    """Whether what strangers fill lies apart from what is run, and each folder apart from the others."""
    real = {name: folder.resolve() for name, folder in folders.items()}
    code = {Path(place).resolve() for place in (*qi_pipeline.__path__, sys.prefix, *site.getsitepackages())}
    for name, folder in real.items():
        for place in code:
            if folder.is_relative_to(place) or place.is_relative_to(folder):
                said = f"{name} ({folder}) overlaps the program in {place}"
                return fault(_GROUP, "apart from the code", said, "name a workspace outside of it in QI_HOME")
        for other, beside in real.items():
            if name != other and folder.is_relative_to(beside):
                said = f"{name} ({folder}) lies in {other} ({beside})"
                return fault(_GROUP, "apart from the code", said, "give each folder a place of its own")
    return ok(_GROUP, "apart from the code", "no folder overlaps the program or another")
