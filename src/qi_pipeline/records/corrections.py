"""Corrections on record (更正记录): added and withdrawn, never changed; documents as they correct them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.corrected import Corrected, corrected
from qi_pipeline.errors import UsageError
from qi_pipeline.model import Correction
from qi_pipeline.records import packets
from qi_pipeline.records.columns import Row, canonical
from qi_pipeline.records.events import Event, now
from qi_pipeline.records.review_tables import corrections
from qi_pipeline.records.tables import decisions, files
from qi_pipeline.records.tables import packets as packet_table

_COLUMNS = [corrections.c[field.name] for field in fields(Correction)]
_MOST_HASHES = 400
"""How many hashes one query asks for; a database takes only so many values at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Corrections as they would be: what is added and which are withdrawn; by itself nothing."""

    added: tuple[Correction, ...] = ()
    withdrawn: frozenset[int] = frozenset()


NO_CHANGE = Change()


def papers_of(connection: sa.Connection, packet_ids: Sequence[str], change: Change = NO_CHANGE) -> dict[str, Corrected]:
    """The documents of the packets as corrections say, by packet."""
    hashes = hashes_of(connection, packet_ids)
    documents = packets.documents_of(connection, packet_ids)
    known = of_files(connection, {each for names in hashes.values() for each in names.values()}, change)
    return {
        packet_id: corrected(
            documents[packet_id],
            hashes[packet_id],
            [each for each in known if each.sha256 in set(hashes[packet_id].values())],
        )
        for packet_id in packet_ids
    }


def of_files(connection: sa.Connection, hashes: Iterable[str], change: Change = NO_CHANGE) -> list[Correction]:
    """The corrections that hold for files with these bytes, oldest first."""
    wanted = sorted(set(hashes))
    found: list[Correction] = []
    for start in range(0, len(wanted), _MOST_HASHES):
        query = sa.select(*_COLUMNS).where(
            corrections.c.sha256.in_(wanted[start : start + _MOST_HASHES]), corrections.c.withdrawn_on.is_(None)
        )
        found += [_correction(row) for row in connection.execute(query)]
    found = [each for each in found if each.id not in change.withdrawn]
    return [*sorted(found, key=lambda each: each.id), *(each for each in change.added if each.sha256 in wanted)]


def hashes_of(connection: sa.Connection, packet_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The SHA-256 of each file that could be read, by packet and name."""
    found: dict[str, dict[str, str]] = {packet_id: {} for packet_id in packet_ids}
    rows = connection.execute(
        sa.select(files.c.packet, files.c.name, files.c.sha256).where(
            files.c.packet.in_(packet_ids), files.c.sha256.is_not(None), files.c.code.is_(None)
        )
    )
    for row in rows:
        found[row.packet][row.name] = row.sha256
    return found


def read_by(connection: sa.Connection, packet_id: str, uscc: str | None) -> dict[str, str]:
    """Who corrected each file of the packet, by its name there; of packets that it completes too, as it names them."""
    owner = packet_table.c.id == packet_id
    if uscc is not None:
        owner = sa.or_(owner, packet_table.c.uscc == uscc)
    rows = connection.execute(
        sa.select(packet_table.c.id, packet_table.c.name.label("packet"), files.c.name, corrections.c.reviewer)
        .select_from(files)
        .join(packet_table, packet_table.c.id == files.c.packet)
        .join(corrections, corrections.c.sha256 == files.c.sha256)
        .where(owner, corrections.c.withdrawn_on.is_(None))
        .order_by(corrections.c.id)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        name = row.name if row.id == packet_id else f"{row.packet}/{row.name}"
        if row.reviewer not in found.setdefault(name, []):
            found[name].append(row.reviewer)
    return {name: ", ".join(who) for name, who in found.items()}


def listed(connection: sa.Connection, packet_id: str | None = None) -> list[Correction]:
    """All corrections, withdrawn ones too, or those that concern the packet's files; oldest first."""
    query = sa.select(*_COLUMNS).order_by(corrections.c.id)
    if packet_id is not None:
        query = query.where(
            sa.or_(
                corrections.c.packet == packet_id,
                corrections.c.sha256.in_(
                    sa.select(files.c.sha256).where(files.c.packet == packet_id, files.c.sha256.is_not(None))
                ),
            )
        )
    return [_correction(row) for row in connection.execute(query)]


def find(connection: sa.Connection, number: int) -> Correction:
    """The correction of this number; raises :class:`UsageError` when there is none."""
    row = connection.execute(sa.select(*_COLUMNS).where(corrections.c.id == number)).one_or_none()
    if row is None:
        raise UsageError(f"{number}: no such correction; `qi-pipeline correct --list` shows them")
    return _correction(row)


def add(connection: sa.Connection, made: Sequence[Correction]) -> tuple[list[Correction], list[Event]]:
    """The corrections as they stand on record, with their numbers, and what goes into the log."""
    kept: list[Correction] = []
    happened: list[Event] = []
    for each in made:
        values = {field.name: getattr(each, field.name) for field in fields(Correction) if field.name != "id"}
        for name in ("value", "machine_value"):
            values[name] = packets.clean(values[name])
        for name in ("file", "reviewer", "reason"):
            values[name] = packets.storable(values[name])
        values["made_on"] = date.fromisoformat(each.made_on)
        number = connection.execute(
            sa.insert(corrections).values(**values, made_at=now()).returning(corrections.c.id)
        ).scalar_one()
        stored = find(connection, number)
        kept.append(stored)
        happened.append(_event("correction.made", stored, reviewer=stored.reviewer, role=stored.role))
    return kept, happened


def withdraw(
    connection: sa.Connection, number: int, *, reviewer: str, reason: str, on: date
) -> tuple[Correction, list[Event]]:
    """The correction as withdrawn, and what goes into the log; raises :class:`UsageError` when it is already."""
    connection.execute(
        sa.update(corrections)
        .where(corrections.c.id == number, corrections.c.withdrawn_on.is_(None))
        .values(
            withdrawn_on=on,
            withdrawn_by=packets.storable(reviewer),
            withdrawn_reason=packets.storable(reason),
        )
    )
    gone = find(connection, number)
    return gone, [_event("correction.withdrawn", gone, reviewer=reviewer, reason=reason)]


def affected(connection: sa.Connection, hashes: Iterable[str]) -> list[str]:
    """Ids of the packets that are judged with a file of these bytes, in the order of taking in.

    Those that wait for a person, and those of which the register took something over. A supplement is judged with the
    files of the packets it completes: those of the institution count.
    """
    admitted = sa.exists().where(
        decisions.c.packet == packet_table.c.id, decisions.c.outcome == "admit", decisions.c.final.is_(True)
    )
    holding = sa.select(files.c.packet).where(files.c.sha256.in_(sorted(set(hashes))))
    owners = sa.select(packet_table.c.uscc).where(packet_table.c.id.in_(holding), packet_table.c.uscc.is_not(None))
    query = (
        sa.select(packet_table.c.id)
        .where(sa.or_(packet_table.c.state == "waiting", sa.and_(packet_table.c.state == "decided", admitted)))
        .where(
            sa.or_(
                packet_table.c.id.in_(holding),
                sa.and_(packet_table.c.request == "supplement", packet_table.c.uscc.in_(owners)),
            )
        )
        .order_by(packet_table.c.number)
    )
    return list(connection.execute(query).scalars())


def _event(kind: str, each: Correction, **said: str | None) -> Event:
    """What the log keeps: who corrected which field of which paper, and a digest by which the record can be checked.

    The value itself may name a person, and a log that is never changed is no place for it.
    """
    record = {field.name: getattr(each, field.name) for field in fields(Correction) if "withdrawn" not in field.name}
    data: Mapping[str, str | int | None] = {
        "correction": each.id,
        "sha256": each.sha256,
        "document": each.kind,
        "page": each.page,
        "field": each.field,
        "digest": hashlib.sha256(canonical(record).encode("utf-8", "backslashreplace")).hexdigest(),
        **said,
    }
    return Event(kind=kind, subject=each.packet, data=dict(data))


def _correction(row: Row) -> Correction:
    values = dict(row._mapping)
    for name in ("made_on", "withdrawn_on"):
        values[name] = None if values[name] is None else values[name].isoformat()
    return Correction(**values)
