"""What is under way outside of the records (进行中): claims in work and packets in the inbox, for those who only look.

Nothing here takes, moves or writes anything.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from qi_pipeline.intake import inbox, names
from qi_pipeline.settings import Settings
from qi_pipeline.workdays import SHANGHAI


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSeen:
    """One packet that was taken and is not yet in its place."""

    id: str
    packet: str
    """Its name without the ending of a file."""
    taken_at: str
    alive: bool
    """Its owner lives; else the next run takes it over."""
    trouble: str | None
    """Why the last try could not finish it."""
    trouble_at: str | None
    owner: int | None = None
    """Number of the process that holds it, on its own machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxSeen:
    """Something that lies in the inbox."""

    name: str
    stage: Literal["settling", "ready", "refused"]
    since: str
    """Its newest change."""
    message: str | None
    """Why it is left there."""


def claims_seen(settings: Settings) -> list[ClaimSeen]:
    """The claims in work, oldest first; one that ends while it is looked at is left out."""
    folder = settings.work / "claims"
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    return [seen for entry in entries if (seen := _claim(entry)) is not None]


def inbox_seen(settings: Settings, now: float) -> list[InboxSeen]:
    """What lies in the inbox, with why it is not taken yet."""
    if not settings.inbox.is_dir():
        return []
    look = inbox.scan(settings, now, remember=False)
    found = [
        InboxSeen(name=each.name, stage="settling", since=_moment(each.stamp.newest), message=None)
        for each in look.unsettled
    ]
    found += [
        InboxSeen(name=each.name, stage="ready", since=_moment(each.stamp.newest), message=None) for each in look.ready
    ]
    found += [
        InboxSeen(name=left.name, stage="refused", since=_changed(left.path), message=left.message)
        for left in look.ignored
    ]
    return found


def _claim(folder: Path) -> ClaimSeen | None:
    journal = _json(folder / ".claim.json")
    if journal is None or not {"id", "name", "taken_at"} <= journal.keys():
        return None
    alive = _held(folder / ".lock")
    trouble = _json(folder / ".trouble.json") or {}
    name = names.decoded(os.fsencode(journal["name"]))
    return ClaimSeen(
        id=journal["id"],
        packet=name if (folder / journal["name"]).is_dir() else Path(name).stem,
        taken_at=journal["taken_at"],
        alive=alive,
        trouble=trouble.get("message"),
        trouble_at=trouble.get("at"),
        owner=_owner(folder / ".lock"),
    )


def _owner(path: Path) -> int | None:
    try:
        said = path.read_bytes()[:20].strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None


def _json(path: Path) -> dict[str, str] | None:
    try:
        loaded = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return {str(key): str(value) for key, value in loaded.items()} if isinstance(loaded, dict) else None


def _held(path: Path) -> bool:
    """Whether somebody holds the lock; asked by taking a shared one for a moment."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _changed(path: Path) -> str:
    try:
        return _moment(path.lstat().st_mtime)
    except OSError:
        return ""


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, SHANGHAI).isoformat(timespec="seconds")
