"""Claims: how a packet leaves the inbox, so that one process has it and no crash loses it.

A claim is a folder ``.qi/claims/<id>`` that holds the packet under its own name, ``.claim.json`` (the journal) and
``.lock``, on which its owner holds a lock for as long as it lives::

    inbox/NAME  --rename-->  .qi/claims/<id>/NAME  --rename-->  archive/<id>/NAME
                                                          or    quarantine/<id>/NAME beside reason.json

* Two processes never have one packet: of two renames of one name one fails.
* The journal is written before each rename, so whoever finds the claim of a dead process knows what to do.
* An owner is alive while its lock is held; process numbers, which are used again, say nothing.
* Finishing may be repeated: each step looks whether it is done already.

Not guaranteed: locks on network file systems that keep them on one machine only (let one machine take packets
then); a packet that somebody goes on writing through a file he opened before it was taken. A child
that inherits the lock by fork keeps the claim of its dead parent until it ends too; so start readers afresh.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from qi_pipeline.errors import PacketError, PassingError, UsageError
from qi_pipeline.intake import disk, handed_in, inbox, names
from qi_pipeline.settings import Settings

_JOURNAL = ".claim.json"
_LOCK = ".lock"
_TROUBLE = ".trouble.json"
_OWN = (_TROUBLE, _JOURNAL, _LOCK)
"""The program's files in a claim; the lock goes last, so that a claim half removed can still be taken over."""
_TRIES = 20
_SHANGHAI = ZoneInfo("Asia/Shanghai")

End = Literal["archive", "quarantine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a packet lies in quarantine, as ``reason.json`` says it."""

    packet: str
    code: str
    message: dict[str, str]
    at: str


class Claim:
    """One packet that this process has taken; ``id`` is also the packet's id in the records."""

    def __init__(self, settings: Settings, folder: Path, lock: int, journal: dict[str, str]) -> None:
        self._settings = settings
        self._folder = folder
        self._lock = lock
        self._journal = journal
        self.is_recovered = False
        """An earlier process took it and did not finish it."""

    @property
    def id(self) -> str:
        """Sortable by the moment of taking, unique."""
        return self._journal["id"]

    @property
    def name(self) -> str:
        """Its name in the inbox as text, with its ending."""
        return names.decoded(os.fsencode(self._journal["name"]))

    @property
    def packet(self) -> str:
        """Its name in the inbox without the ending of a file, as results name it."""
        return self.name if self.path.is_dir() else Path(self.name).stem

    @property
    def taken_at(self) -> str:
        """The moment of taking, ISO 8601 with offset."""
        return self._journal["taken_at"]

    @property
    def end(self) -> End | None:
        """Where a finish that a crash cut off was taking it; None while nothing was decided."""
        match self._journal.get("end"):
            case "archive":
                return "archive"
            case "quarantine":
                return "quarantine"
        return None

    @property
    def path(self) -> Path:
        """Where the packet lies now: in the claim, or where it was moved already."""
        here = self._folder / self._journal["name"]
        if self.end is not None and not os.path.lexists(here):
            return self._settings.home / self.destination(self.end)
        return here

    def destination(self, end: End) -> Path:
        """Where the packet lies in the end, relative to the workspace."""
        return Path(end, self.id, self._journal["name"])

    def finish_archive(self) -> Path:
        """The packet's place in the archive, relative to the workspace; the claim is over."""
        return self._finish("archive", None)

    def finish_quarantine(self, code: str, message: dict[str, str], *, now: float) -> Path:
        """The packet's place in quarantine, relative to the workspace, with its reason beside it."""
        reason = Reason(packet=self.packet, code=code, message=message, at=_moment(now))
        return self._finish("quarantine", reason)

    def put_back(self) -> bool:
        """Whether the packet lies in the inbox again under its own name, or another has taken the name meanwhile.

        The claim is over only when it is true.
        """
        with disk.own_faults("inbox"):
            name = self._journal["name"]
            if not disk.move_unless_taken(self._folder / name, self._settings.inbox / name):
                return False
            self._close()
        return True

    @property
    def tries(self) -> int:
        """How often the program stumbled over it by a mistake of its own."""
        return self._count("tries")

    @property
    def deaths(self) -> int:
        """How often a process ended in the middle of trying it again."""
        return self._count("deaths")

    def note_start(self, *, now: float) -> None:
        """Nothing; that it is tried again is kept, so that a packet that ends every process can be told."""
        if self.is_recovered:
            known = self._noted()
            said = known.get("message") or "its process ended while it was at work on it"
            code = known.get("code") or "ended"
            self._note(code, said, known.get("at") or _moment(now), tries=self.tries, deaths=self.deaths + 1)

    def note_trouble(self, code: str, message: str, *, now: float, own_mistake: bool = False) -> None:
        """Nothing; why it could not be finished is kept beside the packet for those who look, where that can be."""
        deaths = self.deaths - 1 if self.is_recovered else self.deaths  # this process lives to tell
        self._note(code, message, _moment(now), tries=self.tries + own_mistake, deaths=max(0, deaths))

    def _note(self, code: str, message: str, at: str, *, tries: int, deaths: int) -> None:
        with contextlib.suppress(OSError):  # only a note: the disk may be what is wrong
            said = {"code": code, "message": message, "at": at, "tries": str(tries), "deaths": str(deaths)}
            disk.write_whole(self._folder / _TROUBLE, json.dumps(said).encode("ascii", "backslashreplace"))

    def _noted(self) -> dict[str, str]:
        try:
            loaded = json.loads((self._folder / _TROUBLE).read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in loaded.items()} if isinstance(loaded, dict) else {}

    def _count(self, which: str) -> int:
        noted = self._noted().get(which, "")
        return int(noted) if noted.isascii() and noted.isdecimal() else 0

    def release(self) -> None:
        """Nothing; the packet stays claimed, but by nobody, until :func:`recover` gives it to someone."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Claim:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _finish(self, end: End, reason: Reason | None) -> Path:
        place = self.destination(self.end or end)
        target = self._settings.home / place
        with disk.own_faults(end):
            if self.end is None:
                self._journal = {**self._journal, "end": end}
                disk.write_whole(self._folder / _JOURNAL, _bytes(self._journal))
            disk.make_folder(target.parent)
            if reason is not None and self.end == "quarantine":
                self._explain(target, reason)
            source = self._folder / self._journal["name"]
            if os.path.lexists(source):
                disk.move(source, target)
            self._close()
        return place

    def _explain(self, target: Path, reason: Reason) -> None:
        name = "reason.json" if target.name != "reason.json" else "reason.json.json"
        said = {"packet": reason.packet, "code": reason.code, "message": dict(reason.message), "at": reason.at}
        text = json.dumps(said, ensure_ascii=False, indent=2) + "\n"
        disk.write_whole(target.parent / name, text.encode("utf-8", "replace"))

    def _close(self) -> None:
        disk.remove_own(self._folder, _OWN)
        self.release()  # first: NFS keeps an open file in its folder under another name
        disk.remove_empty(self._folder)


def claim(settings: Settings, candidate: inbox.Candidate, now: float) -> Claim | None:
    """The packet, taken out of the inbox; None when another process has it or it changed since it was looked at.

    Raises :class:`PacketError` with ``permission`` when something in it can't be read or it can't be moved; it
    then lies in the inbox as before.
    """
    with disk.own_faults("claims"):
        handed_in.refuse_unreadable(candidate.path)
        try:
            if _looks(inbox.stamp(candidate.path)) != _looks(candidate.stamp):
                return None
        except FileNotFoundError:
            return None
        taken = _open_claim(settings, candidate.path.name, now)
        try:
            disk.move(candidate.path, taken.path)
        except FileNotFoundError:
            # Over NFS a rename that was done may be asked for again, and is then answered so.
            if not os.path.lexists(taken.path):
                taken._close()
                return None
        except PermissionError as error:
            taken._close()
            raise PacketError(
                "permission",
                f"{candidate.name}: can't be moved out of the inbox ({error.strerror}); "
                "give this user the right to write it and the inbox",
            ) from error
        except BaseException:
            taken.release()
            raise
    return taken


def _looks(stamp: inbox.Stamp) -> tuple[float, int, int]:
    return stamp.newest, stamp.size, stamp.entries


def recover(settings: Settings) -> list[Claim]:
    """The claims of dead processes, now this process's own, oldest first.

    Each is to be processed again under the same id; a claim whose :attr:`Claim.end` is set had been decided and
    only its finish is to be repeated. Claims of living processes are left alone.
    """
    found = []
    with disk.own_faults("claims"):
        for folder in sorted((settings.work / "claims").iterdir()):
            lock = _take_lock(folder)
            if lock is None:
                continue
            journal = None if folder.name.startswith(".") else _read_journal(folder)
            if journal is None or not _usable(settings, folder, journal):
                _sweep(settings, folder, lock)
                continue
            _sign(lock)
            taken = Claim(settings, folder, lock, journal)
            taken.is_recovered = True
            found.append(taken)
    return found


def bring_in(settings: Settings, path: Path, now: float) -> Claim:
    """A claim on a copy of a packet that lies outside the inbox; the packet itself stays where it is.

    A crash while copying leaves the half copy under ``.qi/incoming``, where nobody looks; it may be removed.
    Raises :class:`PacketError` with ``permission`` when something can't be read, :class:`UsageError` when it is no
    packet.
    """
    left = inbox.left(path)
    if left is not None or path.name.startswith("."):
        raise UsageError(f"{path}: {left.message if left else 'a hidden file is no packet'}")
    with disk.own_faults("claims"):
        handed_in.refuse_unreadable(path)
        made = settings.work / "incoming" / secrets.token_hex(8)
        disk.make_folder(made)
        handed_in.copy(path, made / path.name)
        taken = _open_claim(settings, path.name, now)
        try:
            disk.move(made / path.name, taken.path)  # whole or not at all, like a packet of the inbox
            made.rmdir()
        except BaseException:
            taken.release()
            raise
    return taken


def _open_claim(settings: Settings, name: str, now: float) -> Claim:
    claims = settings.work / "claims"
    moment = datetime.fromtimestamp(now, UTC).astimezone(_SHANGHAI)
    for _ in range(_TRIES):
        # Sorts by the moment to 15 microseconds: who was taken first is judged first.
        identity = f"{moment:%Y%m%d-%H%M%S}-{int(now % 1 * 65536):04x}{secrets.token_hex(2)}"
        making = claims / f".{identity}"
        making.mkdir(mode=0o700, parents=True)
        try:
            lock = os.open(making / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue  # swept by a recover() that took it for a dead process's
        if not _locked(lock, making):
            continue
        _sign(lock)
        try:
            journal = {"id": identity, "name": name, "taken_at": _moment(now)}
            disk.write_whole(making / _JOURNAL, _bytes(journal))
            disk.move(making, claims / identity)  # only now is it a claim, and locked from its first moment
        except BaseException:
            os.close(lock)
            raise
        return Claim(settings, claims / identity, lock, journal)
    raise PassingError(f"{claims}: no claim could be made in {_TRIES} tries; run again, nothing was lost")


def _sign(lock: int) -> None:
    """Nothing; the lock's file says which process holds it, for those who wait for another one's."""
    with contextlib.suppress(OSError):  # only a note
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)


def _locked(lock: int, folder: Path) -> bool:
    """Whether this process now holds the folder's lock; the descriptor is closed where it does not."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (folder / _LOCK).stat().st_ino == os.fstat(lock).st_ino:
            return True
    except (BlockingIOError, FileNotFoundError):
        pass  # its owner lives, or ended it while we looked
    os.close(lock)
    return False


def _take_lock(folder: Path) -> int | None:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except NotADirectoryError:
        return None
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            folder.rmdir()  # its owner died before its first step or before its last
        if not _holds_packet(folder):
            return None
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return lock if _locked(lock, folder) else None


def _holds_packet(folder: Path) -> bool:
    """Whether a packet lies there although nobody's lock does: it was not lost by us, and is not left there either."""
    try:
        return any(not entry.name.startswith(".") for entry in folder.iterdir())
    except OSError:
        return False


def _read_journal(folder: Path) -> dict[str, str] | None:
    try:
        loaded = json.loads((folder / _JOURNAL).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(loaded, dict) or not {"id", "name", "taken_at"} <= set(loaded):
        return None
    return {str(key): str(value) for key, value in loaded.items()}


def _usable(settings: Settings, folder: Path, journal: dict[str, str]) -> bool:
    if os.path.lexists(folder / journal["name"]):
        return True
    return "end" in journal and os.path.lexists(settings.home / journal["end"] / journal["id"] / journal["name"])


def _sweep(settings: Settings, folder: Path, lock: int) -> None:
    """End a claim that holds no packet (its owner died before taking it); one whose journal is lost goes back."""
    try:
        for entry in folder.iterdir():
            if entry.name.startswith("."):
                continue
            if not disk.move_unless_taken(entry, settings.inbox / entry.name):
                return  # never over another packet: it stays in the claim, where it is safe, until the name is free
        disk.remove_own(folder, _OWN)
    finally:
        os.close(lock)
    disk.remove_empty(folder)


def _moment(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).astimezone(_SHANGHAI).isoformat(timespec="seconds")


def _bytes(journal: dict[str, str]) -> bytes:
    return json.dumps(journal).encode("ascii")
