"""Signed heads of the event log (日志签名): each night the platform signs its last row with Ed25519 (RFC 8032).

The key lies in a file outside of the database (``QI_SIGNING_KEY``, mode 0600). A signed head names the last row and its
hash, and through the chain every row before it. It is kept twice: in the database, append-only by trigger, and in
``reports/log/heads.jsonl``, so that a database that was written anew, signed heads and all, is found. Public keys are
kept in the log (event ``log.key``) and in ``reports/log/keys.jsonl``; a new key begins a new epoch, and what the old
one signed is still checked by the old one.

Before a head is signed, the rows since the last signed head are checked: a log that is broken is never signed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from qi_pipeline.codec import CodecError, from_json
from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import database, events, health, upsert
from qi_pipeline.records.columns import canonical
from qi_pipeline.records.events import GENESIS, Event, LogCheck
from qi_pipeline.records.integrity_tables import signed_heads
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import event_head
from qi_pipeline.records.tables import events as log_rows
from qi_pipeline.settings import Settings

_CONTEXT = b"qi-pipeline signed head 1\n"
_KEY_EVENT = "log.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """The last row of the log on one day, under the platform's signature."""

    seq: int
    hash: str
    as_of: str
    signed_at: str
    key: str
    """The public key, hexadecimal."""
    signature: str

    @property
    def message(self) -> bytes:
        """What is signed."""
        said = {name: value for name, value in asdict(self).items() if name != "signature"}
        return _CONTEXT + canonical(said).encode()

    @property
    def genuine(self) -> bool:
        """Whether its key made the signature."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            key.verify(bytes.fromhex(self.signature), self.message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What came of signing the head of the log."""

    signed: bool
    """Whether the last row that was there is under a signature now."""
    head: SignedHead | None
    """The last signed head."""
    reason: str | None = None
    """Why it is not signed: ``no_key``, or what is wrong with the log."""

    def to_json(self) -> dict[str, Json]:
        """The key ``log`` of the night's answer."""
        return {"signed": self.signed, "signed_to": self.head.seq if self.head else None, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """What the check of the log and of its signatures found."""

    check: LogCheck
    """The chain, and what is wrong with it or with a signed head."""
    heads: int
    """Signed heads that hold."""
    signed: SignedHead | None
    """The last of them."""
    notes: tuple[str, ...]
    """What is not proven, a sentence each."""

    @property
    def unsigned(self) -> int:
        """Rows behind the last signed head."""
        return self.check.count - (self.signed.seq if self.signed else 0)


def make_key(path: Path) -> str:
    """The public key, hexadecimal, of a new private key in the file ``path``, which only its owner may read."""
    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise UsageError(f"{path}: a key is there already; move it away before you make another") from error
    except OSError as error:
        raise InstallationError(
            f"{path}: can't be written ({error.strerror}); name another with QI_SIGNING_KEY"
        ) from error
    return public_key(made)


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key in the file; raises :class:`InstallationError` for one that is open to others, or is none."""
    try:
        if path.stat().st_mode & 0o077:
            raise InstallationError(f"{path}: others may read the signing key; chmod 600 it, or make a new one")
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise InstallationError(
            f"{path}: the signing key can't be read ({error.strerror}); mend QI_SIGNING_KEY or `qi-pipeline key make`"
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InstallationError(f"{path}: no Ed25519 key in PEM; make one with `qi-pipeline key make`") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InstallationError(f"{path}: no Ed25519 key; make one with `qi-pipeline key make`")
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """Its public key, hexadecimal."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def sign_head(store: Store, settings: Settings, as_of: date) -> Signing:
    """The head of the log signed for the day, in the database and in the file; without a key nothing is signed."""
    keys, _ = _trusted(store, settings)
    known = (*stored_heads(store), *written_heads(settings))
    vouched = [head for head in known if head.genuine and head.key in keys]
    last = max(vouched, key=lambda head: head.seq, default=None)
    if settings.signing_key is None:
        return Signing(signed=False, head=last, reason="no_key")
    key = load_key(settings.signing_key)
    public = public_key(key)
    other = _first_other(store, vouched)
    if other is not None:
        said = f"row {other.seq} is not the one that was signed on {other.as_of}; see `qi-pipeline verify-log`"
        return Signing(signed=False, head=last, reason=said)
    newest = max(stored_heads(store), key=lambda head: head.seq, default=None)
    if newest is None or newest.key != public:
        _announce(store, public, newest)
    check = events.verify(store.engine, after=(last.seq, last.hash) if last else (0, GENESIS))
    if not check.ok:
        return Signing(signed=False, head=last, reason=check.why)
    seq, _, digest = check.head.partition(":")
    if last is None or last.key != public or last.seq < int(seq):
        last = _signed(key, int(seq), digest, as_of)
        with store.write() as (connection, _):
            row = {**asdict(last), "as_of": as_of}
            connection.execute(upsert.insert_new(connection, signed_heads, ["seq", "key"]).values(**row))
    _write_down(store, settings, public)
    return Signing(signed=True, head=last)


def prove(store: Store, settings: Settings, *, known_head: str | None = None) -> LogProof:
    """Whether the log is whole, is the one that was signed, night by night, and is still kept append-only."""
    gone = _gone(store)
    if gone is not None:
        return LogProof(check=gone, heads=0, signed=None, notes=())
    stored, written = stored_heads(store), written_heads(settings)
    heads = sorted({*stored, *written}, key=lambda head: (head.seq, head.signed_at))
    keys, notes = _trusted(store, settings)
    forged = next((head for head in heads if not head.genuine or head.key not in keys), None)
    genuine = [head for head in heads if head.genuine and head.key in keys]
    seen: dict[int, str] = {}
    for head in genuine:
        seen.setdefault(head.seq, head.hash)
    check = events.verify(store.engine, known_head=known_head, seen=seen)
    if check.ok:
        why = _wrong_heads(forged, keys, stored, written) or _unguarded(store)
        if why is not None:
            seq, said = why
            check = LogCheck(ok=False, count=check.count, first_bad=seq, why=said, head=check.head)
    last = genuine[-1] if genuine and check.ok else None
    if stored and not written:
        notes.append(f"{heads_file(settings)} is not here: only the database vouches for what was signed")
    if not heads:
        notes.append(
            "no night was signed: who may write the database could replace the log; see `qi-pipeline key make`"
        )
    return LogProof(check=check, heads=len(genuine), signed=last, notes=tuple(notes))


def stored_heads(store: Store) -> list[SignedHead]:
    """The signed heads in the database, oldest first."""
    columns = [signed_heads.c[each.name] for each in fields(SignedHead)]
    # As text, for SQLite keeps whatever somebody writes into a column of days.
    shown = [sa.cast(each, sa.Text) if each.name == "as_of" else each for each in columns]
    with database.reading(store.engine) as connection:
        rows = connection.execute(sa.select(*shown).order_by(signed_heads.c.id)).all()
    found = []
    for number, row in enumerate(rows, 1):
        said = dict(zip((each.name for each in columns), row, strict=True))
        try:
            found.append(from_json(SignedHead, said))
        except CodecError:
            found.append(_no_head(f"signed_heads, row {number}"))
    return found


def heads_file(settings: Settings) -> Path:
    """Where signed heads are kept outside of the database."""
    return settings.reports / "log" / "heads.jsonl"


def keys_file(settings: Settings) -> Path:
    """Where public keys are kept outside of the database."""
    return settings.reports / "log" / "keys.jsonl"


def written_heads(settings: Settings) -> list[SignedHead]:
    """The signed heads in the file; a line that is none counts as a forged one."""
    found = []
    for number, line in enumerate(_lines(heads_file(settings)), 1):
        try:
            found.append(from_json(SignedHead, json.loads(line)))
        except (ValueError, RecursionError):
            found.append(_no_head(f"{heads_file(settings)}, line {number}"))
    return found


def _no_head(place: str) -> SignedHead:
    return SignedHead(seq=0, hash="", as_of=place, signed_at="", key="", signature="")


def _first_other(store: Store, heads: list[SignedHead]) -> SignedHead | None:
    """The first signed head whose row is another now, or is gone."""
    with database.reading(store.engine) as connection:
        for head in sorted(heads, key=lambda head: head.seq):
            found = connection.execute(sa.select(log_rows.c.hash).where(log_rows.c.seq == head.seq)).scalar()
            if found != head.hash:
                return head
    return None


def _announce(store: Store, public: str, before: SignedHead | None) -> None:
    """Nothing; the log says which key signs from here on, once."""
    with store.write() as (connection, happened):
        told = [event.data.get("key") for event in events.of_subject(connection, "log") if event.kind == _KEY_EVENT]
        if not told or told[-1] != public:
            happened.append(
                Event(kind=_KEY_EVENT, subject="log", data={"key": public, "before": before.key if before else None})
            )


def _signed(key: Ed25519PrivateKey, seq: int, digest: str, as_of: date) -> SignedHead:
    bare = SignedHead(
        seq=seq, hash=digest, as_of=as_of.isoformat(), signed_at=events.now(), key=public_key(key), signature=""
    )
    return SignedHead(**{**asdict(bare), "signature": key.sign(bare.message).hex()})


def _write_down(store: Store, settings: Settings, public: str) -> None:
    """Nothing; the files have the key and every head that the database has."""
    known = set(written_heads(settings))
    _append(heads_file(settings), (asdict(head) for head in stored_heads(store) if head not in known))
    if public not in _written_keys(settings):
        _append(keys_file(settings), [{"key": public, "from": events.now()}])


def _append(path: Path, entries: Iterable[dict[str, Json]]) -> None:
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    if not text:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if file.tell() and not path.read_bytes().endswith(b"\n"):
                text = "\n" + text  # a line that a crash cut off stays alone
            file.write(text.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PassingError(f"{path}: can't be written ({error.strerror}); mend that and run the night again") from error


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InstallationError(f"{path}: can't be read ({error.strerror}); give this user the right to it") from error
    return [line for line in text.splitlines() if line.strip()]


def _written_keys(settings: Settings) -> set[str]:
    found = set()
    for line in _lines(keys_file(settings)):
        try:
            found.add(str(json.loads(line)["key"]))
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return found


def _announced_keys(store: Store) -> set[str]:
    """The keys that the log names; what somebody wrote into it in place of one is none."""
    query = sa.select(log_rows.c.data).where(log_rows.c.subject == "log", log_rows.c.kind == _KEY_EVENT)
    found = set()
    with database.reading(store.engine) as connection:
        for data in connection.execute(query).scalars():
            try:
                found.add(str(json.loads(data)["key"]))
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
    return found


def _gone(store: Store) -> LogCheck | None:
    """What is said where a table of the log was dropped."""
    with database.reading(store.engine) as connection:
        there = sa.inspect(connection)
        gone = [table.name for table in (log_rows, event_head, signed_heads) if not there.has_table(table.name)]
    if not gone:
        return None
    said = f"the table {gone[0]} is gone" if len(gone) == 1 else f"the tables {' and '.join(gone)} are gone"
    return LogCheck(ok=False, count=0, first_bad=1, why=said)


def _unguarded(store: Store) -> tuple[int | None, str] | None:
    """What is said where the triggers are gone that keep the log append-only: who wrote since left no trace."""
    with database.reading(store.engine) as connection:
        gone = health.unguarded(connection)
    if not gone:
        return None
    return None, f"the log can be rewritten: {', '.join(gone)} removed or turned off"


def _trusted(store: Store, settings: Settings) -> tuple[set[str], list[str]]:
    """The keys that may sign, and what is to be said of them."""
    keys = _written_keys(settings)
    notes: list[str] = []
    if not keys:
        keys = _announced_keys(store)
        if keys:
            notes.append(f"{keys_file(settings)} is not here: only the log vouches for its keys")
    if settings.signing_key is not None:
        keys.add(public_key(load_key(settings.signing_key)))
    return keys, notes


def _wrong_heads(
    forged: SignedHead | None, keys: set[str], stored: list[SignedHead], written: list[SignedHead]
) -> tuple[int, str] | None:
    """Row and reason for the first signed head that does not hold."""
    if forged is not None:
        if not forged.key:
            return forged.seq, f"{forged.as_of}: no signed head; restore the file from a backup"
        if forged.key not in keys:
            return (
                forged.seq,
                f"the head at row {forged.seq} is signed by a key that is not the platform's ({forged.key[:16]}…)",
            )
        return forged.seq, f"the signature of the head at row {forged.seq} is wrong: the head was changed"
    gone = next((head for head in written if head not in set(stored)), None)
    if gone is not None:
        return gone.seq, f"the signed head of {gone.as_of} at row {gone.seq} was removed from the database"
    return None
