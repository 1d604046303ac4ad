"""Packets on record: taking in, telling duplicates, what was read, quarantine, look-ups."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa

from qi_pipeline.codec import from_json, to_json
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Document, Json
from qi_pipeline.records import upsert
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.rows import FileRow, PacketFacts, PacketRow, PacketState, Registered
from qi_pipeline.records.tables import decisions, documents, duplicates, files, forms, packets

_COLUMNS = [packets.c[field.name] for field in fields(PacketRow)]
_MAY_PASS = frozenset({"timeout", "permission"})
"""Reasons for quarantine that may be gone the next time, whatever else is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFilter:
    """Which packets to list; None does not filter."""

    state: PacketState | None = None
    outcome: str | None = None
    request: str | None = None
    uscc: str | None = None
    taken_from: str | None = None
    limit: int | None = None


def register(
    connection: sa.Connection,
    *,
    packet_id: str,
    name: str,
    content_hash: str | None,
    taken_at: str,
    conditions: str,
    as_of: date,
) -> tuple[Registered, list[Event]]:
    """Whether the packet is new, resumed or a duplicate, and what goes into the log for it."""
    known = get(connection, packet_id)
    if known is not None:
        return Registered(packet=known, duplicate=False, resumed=True), []
    again = connection.execute(sa.select(duplicates.c.of).where(duplicates.c.id == packet_id)).scalar()
    if again is not None:
        return Registered(packet=_must(connection, again), duplicate=True, resumed=True), []
    if content_hash is not None:
        _release(connection, content_hash, conditions)
    shown = storable(name)
    row = {
        "id": packet_id,
        "name": shown,
        "content_hash": content_hash,
        "same_as": content_hash,
        "conditions": conditions,
        "state": "processing",
        "taken_at": taken_at,
        "as_of": as_of,
    }
    written = connection.execute(
        upsert.insert_new(connection, packets, ["same_as"]).values(**row).returning(packets.c.id)
    ).one_or_none()
    if written is not None:
        fresh = Event(kind="packet.taken", subject=packet_id, data={"name": shown, "content": content_hash})
        return Registered(packet=_must(connection, packet_id), duplicate=False, resumed=False), [fresh]
    first = connection.execute(sa.select(*_COLUMNS).where(packets.c.same_as == content_hash)).one()
    connection.execute(
        sa.insert(duplicates),
        {"id": packet_id, "name": shown, "of": first.id, "taken_at": taken_at},
    )
    said = Event(kind="packet.duplicate", subject=packet_id, data={"name": shown, "of": first.id})
    return Registered(packet=_row(first), duplicate=True, resumed=False), [said]


def _release(connection: sa.Connection, content_hash: str, conditions: str) -> None:
    """Let the same bytes be judged again that were quarantined for a reason which may be gone."""
    connection.execute(
        sa.update(packets)
        .where(packets.c.same_as == content_hash, packets.c.state == "quarantined")
        .where(sa.or_(packets.c.conditions != conditions, packets.c.code.in_(_MAY_PASS)))
        .values(same_as=None)
    )


def write_facts(connection: sa.Connection, packet_id: str, facts: PacketFacts) -> list[Event]:
    """What goes into the log; the packet's files, documents and form are on record, in place of earlier ones."""
    if get(connection, packet_id) is None:
        raise UsageError(f"{packet_id}: no such packet; register it first")
    for table in (files, documents, forms):
        connection.execute(sa.delete(table).where(table.c.packet == packet_id))
    connection.execute(
        sa.update(packets)
        .where(packets.c.id == packet_id)
        .values(
            request=facts.request,
            reference=_text(facts.reference),
            uscc=_code(facts.uscc),
            institution=_text(facts.institution),
            submitted_at=_text(facts.submitted_at),
            completes=facts.completes,
        )
    )
    if facts.files:
        connection.execute(
            sa.insert(files),
            [
                {
                    "packet": packet_id,
                    "ordinal": ordinal,
                    "name": storable(file.name),
                    "sha256": file.sha256,
                    "size": file.size,
                    "code": file.code,
                    "message": _text(file.message),
                }
                for ordinal, file in enumerate(facts.files)
            ],
        )
    if facts.documents:
        connection.execute(
            sa.insert(documents),
            [_document_row(packet_id, ordinal, document) for ordinal, document in enumerate(facts.documents)],
        )
    if facts.form is not None:
        connection.execute(sa.insert(forms), {"packet": packet_id, "content": clean(facts.form)})
    if not facts.pages:
        return []
    read: dict[str, Json] = {"pages": facts.pages, "seconds": round(facts.seconds, 3)}
    return [Event(kind="packet.read", subject=packet_id, data=read)]


def quarantine(connection: sa.Connection, packet_id: str, code: str, message: str, archived: str | None) -> list[Event]:
    """What goes into the log; the packet is on record as one from which nothing could be read."""
    done = connection.execute(
        sa.update(packets)
        .where(packets.c.id == packet_id, packets.c.state == "processing")
        .values(state="quarantined", code=code, message=storable(message), archived=_text(archived))
    )
    if done.rowcount == 0:
        return []
    return [Event(kind="packet.quarantined", subject=packet_id, data={"code": code})]


def archived(connection: sa.Connection, packet_id: str, place: str, report: str | None) -> None:
    """Nothing; where the packet and its report lie is on record, for a duplicate too."""
    values: dict[str, str] = {"archived": storable(place)}
    connection.execute(sa.update(duplicates).where(duplicates.c.id == packet_id).values(**values))
    if report is not None:
        values["report"] = storable(report)
    connection.execute(sa.update(packets).where(packets.c.id == packet_id).values(**values))


def known_as(
    connection: sa.Connection, packet_id: str, uscc: str | None, institution: str | None, request: str | None = None
) -> None:
    """Nothing; the packet is on record under this institution, as its papers, corrected, say."""
    values = {"uscc": _code(uscc), "institution": _text(institution), "request": request}
    given = {name: value for name, value in values.items() if value is not None}
    if given:
        connection.execute(sa.update(packets).where(packets.c.id == packet_id).values(**given))


def get(connection: sa.Connection, packet_id: str) -> PacketRow | None:
    """The packet with this id."""
    found = connection.execute(sa.select(*_COLUMNS).where(packets.c.id == packet_id)).one_or_none()
    return None if found is None else _row(found)


def find(connection: sa.Connection, name_or_id: str, *, state: PacketState | None = None) -> PacketRow:
    """The packet with this id, else the one taken last under this name (in ``state``, where one is).

    Raises :class:`UsageError` when there is none.
    """
    known = get(connection, name_or_id)
    if known is not None:
        return known
    rows = connection.execute(
        sa.select(*_COLUMNS).where(packets.c.name == storable(name_or_id)).order_by(packets.c.number.desc())
    ).all()
    if not rows:
        raise UsageError(f"{name_or_id}: no such packet; `qi-pipeline packet list` shows them")
    return _row(next((row for row in rows if row.state == state), rows[0]))


def listed(connection: sa.Connection, wanted: PacketFilter) -> list[PacketRow]:
    """The packets that pass the filter, oldest first."""
    query = sa.select(*_COLUMNS).order_by(packets.c.number)
    for name in ("state", "outcome", "request", "uscc"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(packets.c[name] == value)
    if wanted.taken_from is not None:
        query = query.where(packets.c.taken_at >= wanted.taken_from)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    return [_row(row) for row in connection.execute(query)]


def open_of(connection: sa.Connection, uscc: str, before: str | None) -> list[PacketRow]:
    """The institution's packets that a supplement completes, in the order of their first decisions.

    Those since its last final admission or rejection. ``before`` is the supplement itself: it and what was decided
    after it are left out.
    """
    first = sa.select(sa.func.min(decisions.c.id))
    decided = first.where(decisions.c.packet == packets.c.id).correlate(packets).scalar_subquery()
    query = (
        sa.select(*_COLUMNS)
        .where(packets.c.uscc == uscc, packets.c.state.in_(("decided", "waiting")))
        .order_by(decided.desc())
    )
    if before is not None:
        own = connection.execute(first.where(decisions.c.packet == before)).scalar()
        query = query.where(packets.c.id != before)
        if own is not None:
            query = query.where(decided < own)
    found: list[PacketRow] = []
    for row in connection.execute(query):
        if row.state == "decided" and row.outcome in ("admit", "reject"):
            break
        found.append(_row(row))
    return found[::-1]


def documents_of(connection: sa.Connection, packet_ids: Sequence[str]) -> dict[str, list[Document]]:
    """The documents of the packets, by packet, in their order."""
    found: dict[str, list[Document]] = {packet_id: [] for packet_id in packet_ids}
    rows = connection.execute(
        sa.select(documents.c.packet, documents.c.content)
        .where(documents.c.packet.in_(packet_ids))
        .order_by(documents.c.packet, documents.c.ordinal)
    )
    for row in rows:
        found[row.packet].append(from_json(Document, row.content))
    return found


def facts_of(connection: sa.Connection, packet_id: str) -> PacketFacts:
    """All that was read in one packet; raises :class:`UsageError` when it isn't on record."""
    row = get(connection, packet_id)
    if row is None:
        raise UsageError(f"{packet_id}: no such packet; `qi-pipeline packet list` shows them")
    kept = connection.execute(sa.select(files).where(files.c.packet == packet_id).order_by(files.c.ordinal))
    return PacketFacts(
        request=row.request,
        uscc=row.uscc,
        institution=row.institution,
        reference=row.reference,
        submitted_at=row.submitted_at,
        form=connection.execute(sa.select(forms.c.content).where(forms.c.packet == packet_id)).scalar(),
        files=tuple(
            FileRow(name=file.name, sha256=file.sha256, size=file.size, code=file.code, message=file.message)
            for file in kept
        ),
        documents=tuple(documents_of(connection, [packet_id])[packet_id]),
        completes=row.completes,
    )


def storable(text: str) -> str:
    """The text without what a database can't hold: bytes of no encoding and NUL become replacement characters."""
    return os.fsencode(text).decode("utf-8", "replace").replace("\0", "�") if _odd(text) else text


def clean(data: Json) -> Json:
    """The same JSON with every text storable."""
    if isinstance(data, str):
        return storable(data)
    if isinstance(data, list):
        return [clean(item) for item in data]
    if isinstance(data, dict):
        return {storable(key): clean(value) for key, value in data.items()}
    return data


def _odd(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _code(uscc: str | None) -> str | None:
    return uscc if uscc is not None and len(uscc) == 18 and uscc.isascii() and uscc.isalnum() else None


def _document_row(packet_id: str, ordinal: int, document: Document) -> dict[str, object]:
    number = document.fields.get("certificate_number")
    return {
        "packet": packet_id,
        "ordinal": ordinal,
        "file": storable(document.file),
        "kind": document.kind,
        "confidence": document.confidence,
        "number": _text(number.value) if number is not None and isinstance(number.value, str) else None,
        "content": clean(to_json(document)),
    }


def _must(connection: sa.Connection, packet_id: str) -> PacketRow:
    found = get(connection, packet_id)
    assert found is not None  # written in this transaction, or referred to by a foreign key
    return found


def _row(row: Row) -> PacketRow:
    return PacketRow(**row._mapping)
