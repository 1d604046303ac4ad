"""Backups (备份): the database in one consistent state, and every file it speaks of, while work goes on.

A backup folder keeps files by their hash, each once for all snapshots, so that a new snapshot copies only what is new::

    blobs/ab/<sha256>                         originals, archived packets, page images, reports
    snapshots/<moment>/manifest.json          what it holds, with hashes, counts and the signed head of the log
    snapshots/<moment>/files.jsonl.gz         every file, folder and link of the workspace with its place
    snapshots/<moment>/database/…             the database (:mod:`qi_pipeline.records.dump`)

The database is taken first and the files after it, in the direction in which packets move: from claims to
quarantine and archive. So whatever the database speaks of is there, and a packet that is under way is in at least one
of these places; a restored workspace takes it up again. A snapshot appears by one rename, whole or not at all. What
lies in the inbox was not taken yet and is not part of a backup; neither is the signing key.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from qi_pipeline import __version__
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.intake import disk, leftovers
from qi_pipeline.model import Json
from qi_pipeline.records import database, dump, schema, signing
from qi_pipeline.records.store import Store
from qi_pipeline.records.sweep import originals_of, wanted
from qi_pipeline.settings import Settings

FORMAT = 1
SETTINGS_FILES = ("qi.toml", "policy.toml", "services.toml", "admission.json", "templates")
"""What an operator wrote, in the workspace."""
_FOLDERS = (".qi/claims", "quarantine", "archive", ".qi/pages", "reports", *SETTINGS_FILES)
"""In the direction in which packets move: what leaves one of them meanwhile is found in a later one."""
_HALF = "half"
"""The folder of a snapshot in the making in which files lie that are not whole yet."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One backup that was made."""

    path: Path
    files: int
    copied: int
    """Files that no snapshot before had."""
    bytes: int
    head: str
    signed: bool
    missing: tuple[str, ...]
    """Originals that are not there, or are not what they were, and of which no file of the workspace
    and no earlier snapshot has a good copy."""

    def to_json(self) -> dict[str, Json]:
        """The answer of ``backup --json``."""
        return {
            "snapshot": str(self.path),
            "files": self.files,
            "copied": self.copied,
            "bytes": self.bytes,
            "head": self.head,
            "signed": self.signed,
            "missing": list(self.missing),
        }


def make_backup(settings: Settings, target: Path) -> Snapshot:
    """The snapshot made under ``target``; raises :class:`UsageError` for a folder that holds something else."""
    _refuse_foreign(settings, target)
    now = datetime.now(UTC)
    final = target / "snapshots" / f"{now:%Y%m%dT%H%M%S.%f}Z"
    with disk.own_faults("backup"), alone(settings), Store(settings.database_url) as store:
        for folder in (final.parent, target / "blobs"):  # by the first a folder of backups is known
            disk.make_folder(folder)
        with _making(final) as making:
            signing.sign_head(store, settings, now.date())
            found = _snapshot(store, settings, target, making)
            (making / _HALF).rmdir()
            _sync_all(making)
            disk.move(making, final)
    return Snapshot(path=final, **found)  # type: ignore[arg-type]  # gathered below by these names


@contextlib.contextmanager
def _making(final: Path) -> Iterator[Path]:
    """The folder in which a snapshot is made, held while its process lives; what dead ones left there is removed."""
    making = final.with_name(f".{final.name}.new")
    with leftovers.held_new(making) as held:
        try:
            if held:
                for left in final.parent.glob(".*.new"):
                    if left != making:
                        leftovers.remove_unheld(left)
            leftovers.remove_old(final.parents[1] / "blobs" / "new")  # where half copies were made before
            (making / "database").mkdir()
            (making / _HALF).mkdir()
            yield making
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise


def _snapshot(store: Store, settings: Settings, target: Path, making: Path) -> dict[str, object]:
    copying = _Copying(settings.home, target / "blobs", making / _HALF, _earlier(target))
    # Before the database, so that it knows every signed head that the file has.
    log = settings.reports / "log"
    told = list(copying.walk(log))
    hashes = dump.write(settings.database_url, making / "database")
    missing: list[str] = []
    with gzip.open(making / "files.jsonl.gz", "wt", encoding="ascii") as listing:
        for folder in _FOLDERS:
            for entry in told if folder == "reports" else ():
                listing.write(json.dumps(entry) + "\n")
            for entry in copying.walk(settings.home / folder, but=log):
                listing.write(json.dumps(entry) + "\n")
        for entry in _originals(store, settings, copying, missing):
            listing.write(json.dumps(entry) + "\n")
    heads = signing.stored_heads(store)
    with database.reading(store.engine) as connection:
        revision = schema.revision(connection)
    manifest: dict[str, Json] = {
        "format": FORMAT,
        "program": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": dump.kind_of(settings.database_url),
        "schema": revision,
        "database_files": dict(hashes),
        "rows": dict(dump.counts_in(settings.database_url, making / "database")),
        "files": copying.files,
        "files_sha256": _hash(making / "files.jsonl.gz"),
        "signed_head": asdict(heads[-1]) if heads else None,
        "missing": list(missing),
    }
    head = _head_of(settings, making)
    manifest["head"] = head
    (making / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="ascii")
    return {
        "files": copying.files,
        "copied": copying.copied,
        "bytes": copying.bytes,
        "head": head,
        "signed": bool(heads) and f"{heads[-1].seq}:{heads[-1].hash}" == head,
        "missing": tuple(missing),
    }


def _head_of(settings: Settings, making: Path) -> str:
    """``<number>:<hash>`` of the log's last row in the copy."""
    if dump.kind_of(settings.database_url) == "sqlite":
        engine = sa.create_engine(f"sqlite:///{making / 'database' / dump.SQLITE_FILE}")
        try:
            with engine.connect() as connection:
                row = connection.execute(sa.text("SELECT seq, hash FROM event_head")).one()
        finally:
            engine.dispose()
        return f"{row.seq}:{row.hash}"
    with gzip.open(making / "database" / "event_head.jsonl.gz", "rb") as stream:
        _, seq, digest = json.loads(next(stream))
    return f"{seq}:{digest}"


class _Copying:
    """Files on their way into the blobs of a backup, each hashed as it is copied, and only once."""

    def __init__(self, home: Path, blobs: Path, half: Path, earlier: dict[str, dict[str, Json]]) -> None:
        self._home, self._blobs, self._half, self._earlier = home, blobs, half, earlier
        self.files = 0
        self.copied = 0
        self.bytes = 0

    def walk(self, place: Path, *, but: Path | None = None) -> Iterator[dict[str, Json]]:
        """An entry for everything under ``place``, folders before what is in them; what vanishes meanwhile is left."""
        if place == but:
            return
        try:
            info = place.lstat()
            entry: dict[str, Json] = {"path": str(place.relative_to(self._home)), "mode": stat.S_IMODE(info.st_mode)}
            if stat.S_ISDIR(info.st_mode):
                yield {**entry, "type": "folder"}
                for child in sorted(place.iterdir()):
                    yield from self.walk(child, but=but)
            elif stat.S_ISLNK(info.st_mode):
                yield {**entry, "type": "link", "target": str(place.readlink())}
            elif stat.S_ISREG(info.st_mode):
                yield self._file(place, entry, info)
            else:
                yield {**entry, "type": "pipe"}  # what came as one is never opened
        except (FileNotFoundError, NotADirectoryError):
            return

    def original(self, place: Path | None, sha256: str, size: int) -> dict[str, Json] | None:
        """The entry of an original; None when neither it nor an earlier copy has the bytes of its hash."""
        entry: dict[str, Json] = {"path": f".qi/originals/{sha256[:2]}/{sha256}", "type": "file", "mode": 0o444}
        known = self._blob(sha256)
        if not known.is_file():
            if place is None:
                return None
            with contextlib.suppress(FileNotFoundError):
                self._copy(place, only=sha256)
            if not known.is_file():
                return None
        self.files += 1
        return {**entry, "sha256": sha256, "size": size}

    def _file(self, place: Path, entry: dict[str, Json], info: os.stat_result) -> dict[str, Json]:
        looks: dict[str, Json] = {"size": info.st_size, "mtime_ns": info.st_mtime_ns, "inode": info.st_ino}
        before = self._earlier.get(str(entry["path"]))
        if before is not None and all(before.get(key) == value for key, value in looks.items()):
            digest = str(before["sha256"])
            if self._blob(digest).is_file():
                self.files += 1
                return {**entry, **looks, "type": "file", "sha256": digest}
        digest, size = self._copy(place)
        self.files += 1
        return {**entry, **looks, "type": "file", "sha256": digest, "size": size}

    def _copy(self, place: Path, *, only: str | None = None) -> tuple[str, int]:
        """Hash and size of the file, which the blobs have now; with ``only`` not when its hash is another."""
        beside = self._half / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        source = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            with os.fdopen(source, "rb") as data, beside.open("xb") as copy:
                while chunk := data.read(_CHUNK):
                    digest.update(chunk)
                    size += copy.write(chunk)
                copy.flush()
                os.fchmod(copy.fileno(), 0o444)
                disk.sync_file(copy.fileno())
            final = self._blob(digest.hexdigest())
            if (only is None or only == digest.hexdigest()) and not final.is_file():
                disk.make_folder(final.parent)
                disk.move(beside, final)
                self.copied += 1
                self.bytes += size
        finally:
            beside.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def _blob(self, sha256: str) -> Path:
        return self._blobs / sha256[:2] / sha256


def _originals(store: Store, settings: Settings, copying: _Copying, missing: list[str]) -> Iterator[dict[str, Json]]:
    originals = originals_of(settings)
    with database.reading(store.engine) as connection:
        rows = [(sha256, int(size)) for sha256, size in connection.execute(wanted())]
    for sha256, size in rows:
        entry = copying.original(originals.find(sha256), sha256, size)
        if entry is None:
            missing.append(sha256)
        else:
            yield entry


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Nothing else that copies or removes originals of this workspace runs meanwhile."""
    settings.work.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(settings.work / "keeping.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PassingError(
                "a backup or a removal is under way in this workspace; run again when it is done"
            ) from error
        yield
    finally:
        os.close(descriptor)


def snapshots(target: Path) -> list[Path]:
    """The snapshots of a backup folder, oldest first."""
    try:
        return sorted(each for each in (target / "snapshots").iterdir() if not each.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def entries(snapshot: Path) -> Iterator[dict[str, Json]]:
    """What a snapshot lists, in the order in which it is to be laid."""
    with gzip.open(snapshot / "files.jsonl.gz", "rt", encoding="ascii") as listing:
        for line in listing:
            entry: dict[str, Json] = json.loads(line)
            yield entry


def _earlier(target: Path) -> dict[str, dict[str, Json]]:
    known = snapshots(target)
    return {str(each["path"]): each for each in entries(known[-1]) if each["type"] == "file"} if known else {}


def _refuse_foreign(settings: Settings, target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: no folder; name a folder for backups")
    if target.is_dir() and not (target / "snapshots").is_dir() and any(target.iterdir()):
        raise UsageError(f"{target}: it holds something else; name an empty folder, or one that has backups already")
    if target.absolute().resolve().is_relative_to(settings.home.resolve()):
        raise UsageError(f"{target}: it lies in the workspace; a backup belongs on another disk")
    with disk.own_faults("backup"):
        disk.make_folder(target)


def _sync_all(folder: Path) -> None:
    for place in sorted(folder.rglob("*"), reverse=True):
        if place.is_dir():
            disk.sync_folder(place)
        else:
            with place.open("rb") as file:
                disk.sync_file(file.fileno())
    disk.sync_folder(folder)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
