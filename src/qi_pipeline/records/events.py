"""The event log (事件日志): append-only, each row chained to the one before by SHA-256.

A row's hash is over the canonical JSON of the hash before it, its number, moment, kind, subject and data; triggers
refuse to change or remove rows, or to insert one out of turn. The last number and hash also stand in
``event_head``, in the same transaction.

:func:`verify` finds a changed row, a removed row, an inserted row, a lost end, and names the first. What it can't
find by itself: somebody with the right to drop the triggers who computes the whole chain and the head anew, or who
cuts the end and sets the head back. For that, heads are signed and kept outside of the database
(:mod:`qi_pipeline.records.signing`): a head once seen must be found again, which ``verify`` checks of all it is given.

What is written here is never changed, so personal numbers (身份证号, 手机号) are masked before they enter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring as _text
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.privacy import is_free_of_numbers, masked_json
from qi_pipeline.records import bulk, database, words
from qi_pipeline.records.columns import Row, canonical
from qi_pipeline.records.tables import event_head, events

GENESIS = "0" * 64
"""The hash before the first row."""

_HEAD = 1
_PAGE = 5_000


class Event(NamedTuple):  # a night makes tens of thousands; a dataclass takes three times as long
    """One thing that happened, before it is numbered and chained."""

    kind: str
    """What happened, such as ``packet.taken``."""
    subject: str
    """What it happened to: a packet's id, or a USCC."""
    data: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One row of the log."""

    seq: int
    at: str
    kind: str
    subject: str
    data: dict[str, Json]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCheck:
    """What the check of the whole log found."""

    ok: bool
    count: int
    """Rows that are good, from the first."""
    first_bad: int | None = None
    """Number of the first row that is wrong, missing or too many."""
    why: str | None = None
    head: str = ""
    """``<number>:<hash>`` of the last good row; keep it elsewhere to find a cut end later."""


def append(
    connection: sa.Connection,
    happened: Iterable[Event],
    *,
    at: str | None = None,
    by: Mapping[str, Json] | None = None,
) -> int:
    """The number of the last row; the events stand in the log once the caller's transaction is committed.

    ``by``: who acted, which stands in the data of each. Call it last in a transaction: on PostgreSQL it locks the head
    of the log until then.
    """
    number, previous = _locked_head(connection)
    moment = at or now()
    when, rows = _text(moment), []
    # Of ten thousand events of a night many hold the very same data: it is put into words once, with what stays alive
    # as long as its number names it.
    worded: dict[int, tuple[dict[str, Json], str, str]] = {}
    for event in happened:
        number += 1
        known = worded.get(id(event.data))
        if known is None:
            data = _masked({**event.data, **by} if by else event.data)
            known = worded[id(event.data)] = (event.data, data, _text(data))
        kind, subject = event.kind, event.subject
        digest = _chained(f"[{_text(previous)},{number},{when},{_text(kind)},{_text(subject)},{known[2]}]")
        rows.append((number, moment, kind, subject, known[1], previous, digest))
        previous = digest
    if rows:
        bulk.insert(connection, events, ("seq", "at", "kind", "subject", "data", "prev_hash", "hash"), rows)
        head = "UPDATE event_head SET seq = :seq, hash = :hash WHERE id = :id"
        words.tell(connection, head, seq=number, hash=previous, id=_HEAD)
    return number


def _masked(data: Mapping[str, Json]) -> str:
    """The canonical JSON of what happened, without personal numbers."""
    text = canonical(data)
    return text if is_free_of_numbers(text) else canonical(masked_json(dict(data)))


def of_subject(connection: sa.Connection, subject: str) -> list[StoredEvent]:
    """The events of one packet or institution, oldest first."""
    rows = connection.execute(sa.select(events).where(events.c.subject == subject).order_by(events.c.seq))
    return [
        StoredEvent(
            seq=row.seq, at=row.at, kind=row.kind, subject=row.subject, data=json.loads(row.data), hash=row.hash
        )
        for row in rows
    ]


def verify(
    engine: sa.Engine,
    *,
    known_head: str | None = None,
    seen: Mapping[int, str] | None = None,
    after: tuple[int, str] = (0, GENESIS),
) -> LogCheck:
    """Whether the event log is whole, and if not, the number of the first bad row and what is wrong with it.

    ``known_head`` is an earlier :attr:`LogCheck.head` and ``seen`` has more of them, hashes by number: each must still
    be in the log. ``after`` is a row and its hash from which to go on; what is before it is not looked at. Rows are
    read in one consistent state, page by page, in little memory.
    """
    known = dict(seen or {})
    if known_head is not None:
        number, _, digest = known_head.partition(":")
        if not number.isdecimal():
            raise UsageError(
                f"{known_head!r} is not a head of the log; give what an earlier check named, <number>:<hash>"
            )
        known[int(number)] = digest
    with database.reading(engine) as connection:
        gone = [table.name for table in (events, event_head) if not sa.inspect(connection).has_table(table.name)]
        if gone:
            said = f"the table {gone[0]} is gone" if len(gone) == 1 else "the tables events and event_head are gone"
            return LogCheck(ok=False, count=0, first_bad=1, why=said)
        head = connection.execute(sa.select(event_head.c.seq, event_head.c.hash)).one_or_none()
        count, previous = after
        proven = count
        if count and connection.execute(sa.select(events.c.hash).where(events.c.seq == count)).scalar() != previous:
            why = f"row {count} is not the one that was seen before: the log was written anew or its end was cut"
            return LogCheck(ok=False, count=0, first_bad=count, why=why)
        for row in _rows(connection, count):
            if row is None:
                why = f"row {count + 1} can't be read as text: it was changed"
                return LogCheck(ok=False, count=count, first_bad=count + 1, why=why, head=_mark(count, previous))
            wrong = _wrong(row, count + 1, previous)
            if wrong is not None:
                return LogCheck(
                    ok=False, count=count, first_bad=min(row.seq, count + 1), why=wrong, head=_mark(count, previous)
                )
            if row.seq in known:
                if row.hash != known[row.seq]:
                    first = proven + 1
                    among = f"row {first}" if first == row.seq else f"one or more of rows {first} to {row.seq}"
                    why = f"row {row.seq} is not the one that was seen before: the log was written anew in {among}"
                    return LogCheck(ok=False, count=proven, first_bad=first, why=why)
                proven = row.seq
            count, previous = row.seq, row.hash
        end = _wrong_end(head, count, previous, max(known, default=0))
    bad = None if end is None else count + 1
    return LogCheck(ok=end is None, count=count, first_bad=bad, why=end, head=_mark(count, previous))


def now() -> str:
    """The moment of the call in UTC, as the log writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _hash(previous: str, seq: int, at: str, kind: str, subject: str, data: str) -> str:
    return _chained(f"[{_text(previous)},{seq},{_text(at)},{_text(kind)},{_text(subject)},{_text(data)}]")


def _chained(row: str) -> str:
    """The hash of a row, given as the canonical JSON of all that it is over."""
    return hashlib.sha256(row.encode()).hexdigest()


def _locked_head(connection: sa.Connection) -> tuple[int, str]:
    question = f"SELECT seq, hash FROM event_head WHERE id = :id{words.locked(connection)}"  # noqa: S608 - ours
    [(number, digest)] = words.ask(connection, question, id=_HEAD)
    return number, digest


def _rows(connection: sa.Connection, after: int) -> Iterator[Row | None]:
    """The rows behind ``after``; None in place of one that is no text, which SQLite lets somebody write."""
    last, size = after or -(1 << 62), _PAGE  # a number below 1 is wrong too
    while True:
        query = sa.select(events).where(events.c.seq > last).order_by(events.c.seq).limit(size)
        try:
            page = connection.execute(query).all()
        except sa.exc.OperationalError as error:
            if "decode" not in str(error.orig):
                raise
            if size == 1:
                yield None
                return
            size = 1  # the rows before it are good
            continue
        if not page:
            return
        yield from page
        last = page[-1].seq


def _wrong(row: Row, expected: int, previous: str) -> str | None:
    if row.seq > expected:
        missing = f"row {expected}" if row.seq == expected + 1 else f"rows {expected} to {row.seq - 1}"
        return f"{missing} removed: row {row.seq} follows row {expected - 1}"
    if row.seq < expected:
        return f"row {row.seq} inserted: numbers begin at 1"
    if not all(isinstance(each, str) for each in (row.at, row.kind, row.subject, row.data, row.hash)):
        return f"row {row.seq} was changed"
    if row.prev_hash != previous:
        return f"row {row.seq} does not continue row {expected - 1}: one of them was changed or inserted"
    if row.hash != _hash(previous, row.seq, row.at, row.kind, row.subject, row.data):
        return f"row {row.seq} was changed"
    return None


def _wrong_end(head: Row | None, count: int, previous: str, kept: int) -> str | None:
    if head is None:
        return "the head of the log was removed"
    if not isinstance(head.seq, int):
        return f"the head does not name row {count}"
    if head.seq > count:
        return f"the end was cut: rows {count + 1} to {head.seq} are missing"
    if head.seq < count:
        return f"rows {head.seq + 1} to {count} were added past the head"
    if head.hash != previous:
        return f"the head does not name row {count}"
    if kept > count:
        return f"the end was cut: row {kept} was seen before"
    return None


def _mark(count: int, digest: str) -> str:
    return f"{count}:{digest}"
