"""A backup laid into an empty workspace and an empty database (恢复), and verified before it is called restored.

Everything is laid beside first, each file compared with its hash; the log is checked from end to end with its
signatures, the rows are counted; only then it is moved into place (PostgreSQL gets its rows in one transaction before
they are verified there). A packet that was under way, or whose end the database did not know yet, becomes a claim
again, so that the next `ingest` takes it up under its own id and judges nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.intake import disk, leftovers
from qi_pipeline.model import Json
from qi_pipeline.records import database, dump, schema, signing
from qi_pipeline.records.backup import FORMAT, SETTINGS_FILES, entries, snapshots
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import duplicates, packets
from qi_pipeline.settings import Settings
from qi_pipeline.workdays import SHANGHAI

_OWN = frozenset({*SETTINGS_FILES, "signing.key"})
"""What may lie in a workspace already; a file of the backup does not replace it."""
_MOVING = "moving"
"""The file in the folder of a restore that says its files are on their way into the workspace."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was laid and verified."""

    snapshot: Path
    files: int
    packets: int
    events: int
    head: str
    resumed: tuple[str, ...]
    """Packets that were under way; the next `ingest` takes them up."""
    missing: tuple[str, ...]
    """Originals that the backup did not have either."""
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """The answer of ``restore --json``."""
        return {
            "snapshot": str(self.snapshot),
            "files": self.files,
            "packets": self.packets,
            "events": self.events,
            "head": self.head,
            "resumed": list(self.resumed),
            "missing": list(self.missing),
            "notes": list(self.notes),
        }


def restore(settings: Settings, source: Path, name: str | None = None) -> Restored:
    """What was restored from the newest snapshot under ``source``, or from the one named.

    Raises :class:`UsageError` for a backup that is damaged and for a workspace or database that is not empty.
    """
    snapshot = _chosen(source, name)
    manifest = _manifest(snapshot)
    kind = dump.kind_of(settings.database_url)
    if manifest["database"] != kind:
        raise UsageError(f"{snapshot}: a backup of {manifest['database']}; set QI_DATABASE_URL to such a database")
    if kind == "postgresql" and manifest["schema"] != schema.NEWEST:
        raise UsageError(
            f"{snapshot}: it has schema {manifest['schema']}, this program {schema.NEWEST}; "
            f"restore it with the version {manifest['program']} and upgrade then"
        )
    _refuse_filled(settings)
    stage = settings.home / ".restoring"
    with disk.own_faults("restore"):
        disk.make_folder(settings.home)
        with leftovers.held_new(stage):
            try:
                done = _restored(settings, snapshot, manifest, stage)
            except BaseException:
                if not (stage / _MOVING).exists():  # else it stays: no command works in a workspace that is half there
                    shutil.rmtree(stage, ignore_errors=True)
                raise
            shutil.rmtree(stage)
        return done


def _restored(settings: Settings, snapshot: Path, manifest: dict[str, Json], stage: Path) -> Restored:
    hashes = manifest["database_files"]
    assert isinstance(hashes, dict)
    copies = stage / "database"
    copies.mkdir()
    for file, digest in hashes.items():
        _copied(snapshot / "database" / file, copies / file, str(digest))
    home = stage / "home"
    home.mkdir()
    listed = list(entries(snapshot))
    for entry in listed:
        _lay(snapshot.parents[1] / "blobs", entry, home)
    for entry in reversed(listed):  # folders last, or their own modes would keep their files out
        if entry["type"] == "folder":
            (home / str(entry["path"])).chmod(_mode(entry) | 0o700)
    staged = replace(settings, home=home)
    if dump.kind_of(settings.database_url) == "sqlite":
        staged = replace(staged, database_url=f"sqlite:///{copies / dump.SQLITE_FILE}")
        proof, resumed, kept = _verified(staged, manifest)
        _move_in(settings, home)
        target = dump.sqlite_file(settings.database_url)
        disk.make_folder(target.parent)
        part = target.with_name(f".{target.name}.restoring")
        part.unlink(missing_ok=True)
        _copied(copies / dump.SQLITE_FILE, part, _hash(copies / dump.SQLITE_FILE))
        disk.move(part, target)
    else:
        dump.read_into(settings.database_url, copies)
        proof, resumed, kept = _verified(staged, manifest)
        _move_in(settings, home)
    missing = manifest["missing"]
    assert isinstance(missing, list)
    return Restored(
        snapshot=snapshot,
        files=sum(entry["type"] == "file" for entry in listed),
        packets=kept,
        events=proof.check.count,
        head=proof.check.head,
        resumed=resumed,
        missing=tuple(map(str, missing)),
        notes=proof.notes,
    )


def _verified(staged: Settings, manifest: dict[str, Json]) -> tuple[signing.LogProof, tuple[str, ...], int]:
    """The proof of the log, the packets to take up again, and how many packets there are; raises UsageError."""
    with Store(staged.database_url) as store:
        proof = signing.prove(store, replace(staged, signing_key=None))
        if not proof.check.ok:
            raise UsageError(f"the backup's event log is broken: {proof.check.why}; restore another snapshot")
        if proof.check.head != manifest["head"]:
            raise UsageError("the backup's event log is not the one of its manifest; restore another snapshot")
        with database.reading(store.engine) as connection:
            rows, wanted = dump.counts(connection), manifest["rows"]
            assert isinstance(wanted, dict)
            other = [table for table, count in wanted.items() if rows.get(table) != count]
            if other:
                raise UsageError(f"the backup lacks rows of {', '.join(other)}; restore another snapshot")
            taken = dict(connection.execute(sa.select(packets.c.id, packets.c.taken_at)).tuples().all())
            ended = set(connection.execute(sa.select(packets.c.id).where(packets.c.archived.is_not(None))).scalars())
            ended |= set(
                connection.execute(sa.select(duplicates.c.id).where(duplicates.c.archived.is_not(None))).scalars()
            )
    return proof, tuple(_take_up(staged, taken, ended)), len(taken)


def _take_up(staged: Settings, taken: dict[str, str], ended: set[str]) -> Iterator[str]:
    """Ids of the packets that are claims now: under way, or at an end that the database did not know yet."""
    claims = staged.work / "claims"
    for end in (staged.archive, staged.quarantine):
        for folder in sorted(_children(end)):
            identity = folder.name
            if (claims / identity).is_dir():
                shutil.rmtree(claims / identity)  # it left the claim while the backup was made
            packet = _packet_in(folder)
            if identity in ended or packet is None:
                continue
            (claims / identity).mkdir(parents=True, mode=0o700)
            packet.rename(claims / identity / packet.name)
            journal = {"id": identity, "name": packet.name, "taken_at": taken.get(identity) or _moment(identity)}
            (claims / identity / ".claim.json").write_text(json.dumps(journal), encoding="ascii")
            shutil.rmtree(folder)
    for folder in sorted(_children(claims)):
        (folder / ".lock").touch(mode=0o600)
        if not folder.name.startswith("."):
            yield folder.name


def _packet_in(folder: Path) -> Path | None:
    """The packet in its folder of archive or quarantine, beside which a reason may lie."""
    found = sorted(_children(folder), key=lambda path: path.name in ("reason.json", "reason.json.json"))
    return found[0] if found else None


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _moment(identity: str) -> str:
    """When the packet was taken, as its id says."""
    return datetime.strptime(identity[:15], "%Y%m%d-%H%M%S").replace(tzinfo=SHANGHAI).isoformat()


def _lay(blobs: Path, entry: dict[str, Json], home: Path) -> None:
    path = PurePosixPath(str(entry["path"]))
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(f"the backup lists {path}, which is outside of a workspace; restore another snapshot")
    place = home / path
    place.parent.mkdir(parents=True, exist_ok=True)
    match entry["type"]:
        case "folder":
            place.mkdir(exist_ok=True)
        case "link":
            place.symlink_to(str(entry["target"]))
        case "file":
            digest = str(entry["sha256"])
            _copied(blobs / digest[:2] / digest, place, digest)
            place.chmod(_mode(entry))
            if isinstance(when := entry.get("mtime_ns"), int):
                os.utime(place, ns=(when, when))
        case _:
            os.mkfifo(place)


def _copied(source: Path, target: Path, sha256: str) -> None:
    """Nothing; the file is copied and has its hash; raises :class:`UsageError` when it has another or is not there."""
    digest = hashlib.sha256()
    try:
        with source.open("rb") as data, target.open("xb") as copy:
            while chunk := data.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            disk.sync_file(copy.fileno())
    except FileNotFoundError as error:
        raise UsageError(
            f"{error.filename}: missing from the backup; restore another snapshot or mend the backup"
        ) from error
    if digest.hexdigest() != sha256:
        target.unlink()
        raise UsageError(f"{source}: damaged in the backup; restore another snapshot or mend the backup")


def _move_in(settings: Settings, home: Path) -> None:
    """Nothing; what was laid beside is the workspace."""
    (home.parent / _MOVING).touch()
    for place in _children(home):
        target = settings.home / place.name
        if place.name in _OWN and os.path.lexists(target):
            continue
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)  # checked to hold no file
        disk.move(place, target)
    for folder in (settings.inbox, settings.archive, settings.quarantine, settings.reports):
        disk.make_folder(folder)


def _refuse_filled(settings: Settings) -> None:
    """Nothing; raises :class:`UsageError` unless workspace and database are empty.

    What a restore left that was cut off before its files were moved is removed: nothing of it was used yet.
    """
    stage = settings.home / ".restoring"
    if os.path.lexists(stage) and not (not (stage / _MOVING).exists() and leftovers.remove_unheld(stage)):
        raise UsageError(_under_way(settings, stage))
    for place in sorted(_children(settings.home)):
        if place.name not in _OWN and _holds_files([place]):
            dump.refuse_filled(settings.database_url)
            raise UsageError(f"{place}: the workspace is not empty; restore into an empty one (QI_HOME)")
    dump.refuse_filled(settings.database_url)


def _under_way(settings: Settings, stage: Path) -> str:
    """What to do about a restore that is at work, or was cut off while its files moved."""
    laid = [place for place in sorted(_children(settings.home)) if place.name not in _OWN]
    words = " ".join(shlex.quote(str(place)) for place in laid if place.name != "inbox")
    if not (stage / _MOVING).exists():
        return f"{stage}: a restore is under way; wait for it, or, where none is, `rm -r {words}` and restore again"
    again = f"`rm -r {words}` and restore again"
    if dump.kind_of(settings.database_url) != "sqlite":
        again = f"`rm -r {words}`, drop the database, create it again, and restore again"
    return f"{stage}: a restore is under way, or was cut off; wait for it, or {again} (the backup still has all of it)"


def _holds_files(places: Iterable[Path]) -> bool:
    return any(_holds_files(place.iterdir()) if place.is_dir() and not place.is_symlink() else True for place in places)


def _chosen(source: Path, name: str | None) -> Path:
    found = snapshots(source)
    if not found:
        raise UsageError(f"{source}: no backup is there; name the folder given to `qi-pipeline backup`")
    if name is None:
        return max(found, key=lambda each: (_reached(each), each.name)) if _reached(found[-1]) else found[-1]
    chosen = next((each for each in found if each.name == name), None)
    if chosen is None:
        raise UsageError(f"{source}: no snapshot {name}; there are {', '.join(each.name for each in found[-5:])}")
    return chosen


def _reached(snapshot: Path) -> int:
    """Number of the log's last row in a snapshot; 0 where its manifest can't be read.

    It tells which snapshot is the newest whatever the clock said when it was made: names go by the clock.
    """
    try:
        return int(json.loads((snapshot / "manifest.json").read_bytes())["head"].partition(":")[0])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return 0


def _manifest(snapshot: Path) -> dict[str, Json]:
    try:
        manifest = json.loads((snapshot / "manifest.json").read_bytes())
        if manifest["format"] != FORMAT:
            raise UsageError(f"{snapshot}: a backup of a newer program; restore it with that")
        if _hash(snapshot / "files.jsonl.gz") != manifest["files_sha256"]:
            raise UsageError(f"{snapshot}: the list of files is damaged; restore another snapshot")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{snapshot}: no manifest that can be read ({error}); restore another snapshot") from error
    found: dict[str, Json] = manifest
    return found


def _mode(entry: dict[str, Json]) -> int:
    mode = entry["mode"]
    assert isinstance(mode, int)
    return mode & 0o777


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
