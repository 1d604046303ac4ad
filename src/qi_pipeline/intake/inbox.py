"""What lies in the inbox: packets that are ready, packets that still change, and what is none.

The name decides what is a candidate, the content how it is read. Nothing here changes anything, except that the
first sight of a packet dated in the future is remembered (see :func:`scan`).
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.intake import disk, names
from qi_pipeline.settings import Settings

ENDINGS = frozenset({".zip", ".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".ofd"})
"""Endings of single files that are packets; any case."""

READY = ".ready"
"""A file of this name inside a folder says that the folder is complete."""

_WALK_LIMIT = 20_000
"""Entries looked at to see whether a folder still changes; more is refused later as too large."""

_PASSED_OVER = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
"""What can't be looked at, is gone, or lies deeper than any path can say counts for nothing here."""

Lstat = Callable[[Path], os.stat_result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When and how large a packet was when it was looked at; it differs once anything inside has changed."""

    newest: float
    """Newest modification time inside, in seconds since 1970."""
    changed: float
    """Newest change of an inode inside: this machine's clock, which no copying tool can set back or ahead."""
    size: int
    entries: int
    marked: bool
    """A ``.ready`` file lies in the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One packet in the inbox."""

    path: Path
    name: str
    """Its name as text, with its ending."""
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something in the inbox that is not a packet, or that can't be taken, and stays there."""

    path: Path
    name: str
    code: str | None
    """``unsafe_path`` for links, pipes, sockets and devices, ``permission`` where it can't be read; else None."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The inbox at one moment."""

    ready: tuple[Candidate, ...]
    """Oldest first, so that a supplement comes after what it completes."""
    unsettled: tuple[Candidate, ...]
    ignored: tuple[Left, ...]


def prepare(settings: Settings) -> None:
    """Nothing; the folders of the workspace are there, and on one file system.

    Raises :class:`~qi_pipeline.errors.InstallationError` where they are not or can't be made.
    """
    with disk.own_faults("workspace"):
        folders = (
            settings.inbox,
            settings.archive,
            settings.quarantine,
            settings.reports,
            settings.work / "claims",
            settings.work / "originals",
        )
        for folder in folders:
            disk.make_folder(folder)
        home = settings.work.stat().st_dev
        for folder in (settings.inbox, settings.archive, settings.quarantine):
            if folder.stat().st_dev != home:
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(folder))


def scan(settings: Settings, now: float, *, lstat: Lstat = Path.lstat, remember: bool = True) -> Scan:
    """The packets of the inbox by readiness at ``now``, and what else lies there.

    Without ``remember`` nothing at all is written, for those who only look.

    A packet has settled once its newest modification time is at least ``settle_seconds`` old. A time in the future says
    nothing (a camera's or another machine's clock), so the inode's change time counts instead; where that too
    lies in the future, this machine's clock was set back, and the packet has settled once it has looked the
    same for ``settle_seconds`` since it was first seen, which is remembered in ``.qi/seen.json``.
    """
    try:
        entries = sorted(settings.inbox.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise PassingError(f"{settings.inbox}: can't be listed ({error.strerror}); mend it and run again") from error
    return _sort(settings, entries, now, lstat, remember=remember)


def named(settings: Settings, paths: Iterable[Path], now: float) -> Scan:
    """The same for packets named by the caller: by path, or by their name in the inbox.

    Raises :class:`UsageError` for a path that isn't there or lies outside the inbox (see
    :func:`qi_pipeline.intake.claims.bring_in` for those).
    """
    found = []
    for path in paths:
        place = located(settings, path)
        if place.parent != settings.inbox:
            raise UsageError(f"{path}: not in the inbox; move it to {settings.inbox} or name a packet there")
        found.append(place)
    return _sort(settings, found, now, Path.lstat)


def located(settings: Settings, path: Path) -> Path:
    """Where a packet named by the caller lies; inside the inbox as ``settings.inbox / name``.

    Raises :class:`UsageError` when there is no such file.
    """
    for place in (Path.cwd() / path, settings.inbox / path):
        if os.path.lexists(place):
            parent = place.parent.resolve()
            return settings.inbox / place.name if parent == settings.inbox.resolve() else parent / place.name
    raise UsageError(f"{path}: no such packet; `ls {settings.inbox}` shows what is there")


def places(settings: Settings, paths: Iterable[Path]) -> list[Path]:
    """Where the packets named by the caller lie; the inbox itself stands for everything in it.

    Raises :class:`UsageError` for what is not there, and for a folder that holds the workspace.
    """
    found: list[Path] = []
    for path in paths:
        place = located(settings, path)
        if place.resolve() == settings.inbox.resolve():
            found += sorted(settings.inbox.iterdir())
        elif settings.inbox.resolve().is_relative_to(place.resolve()):
            raise UsageError(f"{path}: the workspace lies in it, so it is no packet; name the packets themselves")
        else:
            found.append(place)
    return list(dict.fromkeys(found))


def _sort(settings: Settings, entries: Iterable[Path], now: float, lstat: Lstat, *, remember: bool = True) -> Scan:
    ready: list[Candidate] = []
    unsettled: list[Candidate] = []
    ignored: list[Left] = []
    seen = _Seen(settings.work / "seen.json", now)
    for path in entries:
        name = names.decoded(os.fsencode(path.name))
        if names.hidden(name):
            continue
        try:
            other = left(path, lstat=lstat)
            if other is not None:
                ignored.append(other)
                continue
            candidate = Candidate(path=path, name=name, stamp=stamp(path, lstat=lstat))
        except FileNotFoundError:
            continue  # taken by another process, or still moving about: the next scan sees it
        settled = candidate.stamp.marked or _settled(candidate, settings.settle_seconds, now, seen)
        (ready if settled else unsettled).append(candidate)
    if remember:
        seen.keep()
    ready.sort(key=lambda item: (item.stamp.newest, names.natural(item.name)))
    return Scan(ready=tuple(ready), unsettled=tuple(unsettled), ignored=tuple(ignored))


def left(path: Path, *, lstat: Lstat = Path.lstat) -> Left | None:
    """Why ``path`` is not a packet, by its name and its own type; None when it is one."""
    name = names.decoded(os.fsencode(path.name))
    mode = lstat(path).st_mode
    if stat.S_ISDIR(mode):
        return None
    if not stat.S_ISREG(mode):
        what = "a link" if stat.S_ISLNK(mode) else "a pipe, socket or device"
        return Left(path=path, name=name, code="unsafe_path", message=f"{what}: never followed, left in the inbox")
    if path.suffix.casefold() in ENDINGS:
        return None
    kinds = " ".join(sorted(ENDINGS))
    return Left(path=path, name=name, code=None, message=f"not a packet (a folder, or one of {kinds}): left there")


def stamp(path: Path, *, lstat: Lstat = Path.lstat) -> Stamp:
    """When and how large everything at ``path`` is now; links are looked at, never followed.

    Raises :class:`FileNotFoundError` when it is gone. Folders that can't be listed count by themselves.
    """
    own = lstat(path)
    newest, changed, size, entries, marked = own.st_mtime, own.st_ctime, own.st_size, 1, False
    waiting = [path] if stat.S_ISDIR(own.st_mode) else []
    while waiting and entries < _WALK_LIMIT:
        folder = waiting.pop()
        try:
            children = list(folder.iterdir())
        except OSError as error:
            if error.errno not in _PASSED_OVER:
                raise
            continue
        for child in children:
            try:
                info = lstat(child)
            except OSError as error:
                if not isinstance(error, FileNotFoundError | PermissionError) and error.errno not in _PASSED_OVER:
                    raise
                continue
            entries += 1
            newest, changed = max(newest, info.st_mtime), max(changed, info.st_ctime)
            if stat.S_ISDIR(info.st_mode):
                waiting.append(child)
            else:
                size += info.st_size
            marked = marked or (folder == path and child.name == READY and stat.S_ISREG(info.st_mode))
    return Stamp(newest=newest, changed=changed, size=size, entries=entries, marked=marked)


def _settled(candidate: Candidate, settle_seconds: float, now: float, seen: _Seen) -> bool:
    mark = candidate.stamp
    for moment in (mark.newest, mark.changed):
        if moment <= now:
            return now - moment >= settle_seconds
    return settle_seconds == 0 or now - seen.since(candidate) >= settle_seconds


class _Seen:
    """First sights of packets whose every time lies in the future, kept between runs."""

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self._now = now
        self._old = self._load()
        self._new: dict[str, list[object]] = {}

    def _load(self) -> dict[str, list[object]]:
        try:
            loaded = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}  # only a memory: without it the packet waits once more
        return loaded if isinstance(loaded, dict) else {}

    def since(self, candidate: Candidate) -> float:
        mark = candidate.stamp
        look = f"{mark.newest} {mark.size} {mark.entries}"
        first = self._now
        match self._old.get(candidate.path.name):
            case [str(known), int() | float() as moment] if known == look and moment <= self._now:
                first = float(moment)
        self._new[candidate.path.name] = [look, first]
        return first

    def keep(self) -> None:
        if self._new == self._old:
            return
        with disk.own_faults("workspace"):
            disk.make_folder(self._path.parent)
            disk.write_whole(self._path, json.dumps(self._new).encode("ascii", "backslashreplace"))
