"""Retention (保存期限): papers are removed at the end of their term, decisions and the log never.

The terms are policy: so many years after an institution left, so many after an application was rejected; 0 keeps for
ever. A removal is in two steps. The plan names the packets, and a fingerprint; only a run that is given this very
fingerprint removes, so that what was looked at is what goes. Each packet is put on record first, with an event that
names by hash what goes, and then taken off the disk; a run that was cut off is finished by the next. What another
packet still needs stays, and so does whatever is under a legal hold (:mod:`qi_pipeline.records.legal_holds`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from qi_pipeline.admission.facts import RESIDENT_STATES
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.intake import disk
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.model import Json
from qi_pipeline.policy import RetentionPolicy
from qi_pipeline.records import database, events, legal_holds
from qi_pipeline.records.backup import alone
from qi_pipeline.records.events import Event
from qi_pipeline.records.integrity_tables import removals
from qi_pipeline.records.registry_tables import institutions, orders
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import duplicates, files, packets
from qi_pipeline.settings import Settings
from qi_pipeline.workdays import same_day_of_month

Term = Literal["left", "rejected"]

_CLOSED = ("deregistered", "exited", "evicted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """One packet whose term is over."""

    packet: str
    name: str
    uscc: str | None
    institution: str | None
    term: Term
    since: date
    """The day on which the institution left, or the application was rejected."""
    kept_until: date
    held: bool
    """Whether a legal hold keeps it all the same."""

    def to_json(self) -> dict[str, Json]:
        """Its entry of ``retention plan --json``."""
        return {
            "packet": self.packet,
            "name": self.name,
            "uscc": self.uscc,
            "institution": self.institution,
            "term": self.term,
            "since": self.since.isoformat(),
            "kept_until": self.kept_until.isoformat(),
            "held": self.held,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would remove on a day."""

    as_of: date
    expired: tuple[Expired, ...]

    @property
    def due(self) -> tuple[Expired, ...]:
        """Those that no hold keeps."""
        return tuple(each for each in self.expired if not each.held)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with whatever would be removed."""
        return hashlib.sha256("\n".join(each.packet for each in self.due).encode()).hexdigest()[:12]


def plan(store: Store, policy: RetentionPolicy, as_of: date) -> Plan:
    """The packets whose term is over on the day, those under a hold among them, in the order of taking in."""
    with database.reading(store.engine) as connection:
        return Plan(as_of=as_of, expired=tuple(_expired(connection, policy, as_of)))


def run(
    store: Store,
    settings: Settings,
    policy: RetentionPolicy,
    as_of: date,
    *,
    confirmed: str,
    by: str,
    told: Callable[[str], None] = lambda _packet: None,
) -> list[str]:
    """Ids of the packets whose papers were removed, those that a run before was cut off at among them.

    Raises :class:`UsageError` when ``confirmed`` is not the fingerprint of what would be removed now.
    """
    if not by.strip():
        raise UsageError("it needs the name of who does it; give --by or set QI_REVIEWER")
    with alone(settings):
        _refuse_work(settings)
        found = plan(store, policy, as_of)
        if found.fingerprint != confirmed:
            raise UsageError(
                f"what would be removed is not what {confirmed} stands for; look at `qi-pipeline retention plan` again"
            )
        for each in found.due:
            _record(store, policy, each, as_of, by)
        done = []
        for packet, content in _unfinished(store):
            _remove(settings, content)
            with store.write() as (connection, _):
                connection.execute(
                    sa.update(removals).where(removals.c.packet == packet).values(finished_at=events.now())
                )
            done.append(packet)
            told(packet)
    return done


def _expired(connection: sa.Connection, policy: RetentionPolicy, as_of: date) -> list[Expired]:
    gone = sa.exists().where(removals.c.packet == packets.c.id)
    left = (
        sa.select(sa.func.max(orders.c.made_on))
        .where(orders.c.institution == institutions.c.id)
        .correlate(institutions)
        .scalar_subquery()
    )
    query = (
        sa.select(
            packets.c.id,
            packets.c.name,
            packets.c.uscc,
            packets.c.institution,
            packets.c.outcome,
            packets.c.decided_on,
            institutions.c.state,
            sa.func.coalesce(left, institutions.c.held_from).label("left_on"),
            legal_holds.covers().label("held"),
        )
        .outerjoin(institutions, institutions.c.uscc == packets.c.uscc)
        .where(packets.c.state == "decided", packets.c.decided_on.is_not(None), ~gone)
        .where(sa.or_(institutions.c.state.is_(None), institutions.c.state.not_in(tuple(RESIDENT_STATES))))
        .order_by(packets.c.number)
    )
    found = []
    for row in connection.execute(query):
        term: Term
        if row.outcome == "reject":
            term, since, years = "rejected", row.decided_on, policy.years_after_rejection
        elif row.state in _CLOSED:
            term, since, years = "left", max(row.left_on, row.decided_on), policy.years_after_leaving
        else:
            continue  # neither rejected nor admitted and gone: somebody may still complete it
        if years == 0 or since.year + years > 9998:
            continue
        until = same_day_of_month(since, 12 * years)
        if as_of > until:
            found.append(
                Expired(
                    packet=row.id,
                    name=row.name,
                    uscc=row.uscc,
                    institution=row.institution,
                    term=term,
                    since=since,
                    kept_until=until,
                    held=bool(row.held),
                )
            )
    return found


def _record(store: Store, policy: RetentionPolicy, each: Expired, as_of: date, by: str) -> None:
    """Nothing; the removal is on record, unless a hold came between."""
    with store.write() as (connection, happened):
        connection.execute(sa.select(packets.c.id).where(packets.c.id == each.packet).with_for_update())
        still = {one.packet for one in _expired(connection, policy, as_of) if not one.held}
        if each.packet not in still:
            return
        places = [
            place
            for place in (
                *connection.execute(sa.select(packets.c.archived).where(packets.c.id == each.packet)).scalars(),
                *connection.execute(sa.select(duplicates.c.archived).where(duplicates.c.of == each.packet)).scalars(),
            )
            if place
        ]
        other = files.alias("other")
        needed = sa.exists().where(
            other.c.sha256 == files.c.sha256,
            other.c.packet != each.packet,
            ~sa.exists().where(removals.c.packet == other.c.packet),
        )
        own = sa.select(files.c.sha256).distinct().where(files.c.packet == each.packet, files.c.sha256.is_not(None))
        hashes = sorted(connection.execute(own.where(~needed)).scalars())
        shared = sorted(connection.execute(own.where(needed)).scalars())
        content: dict[str, Json] = {"originals": list(hashes), "folders": list(places)}
        connection.execute(
            sa.insert(removals).values(
                packet=each.packet, removed_on=as_of, term=each.term, removed_by=by, content=content
            )
        )
        data: dict[str, Json] = {
            "term": each.term,
            "since": each.since.isoformat(),
            "kept_until": each.kept_until.isoformat(),
            "removed_by": by,
            "originals": list(hashes),
            "shared": list(shared),
            "archived": len(places),
        }
        happened.append(Event(kind="packet.removed", subject=each.packet, data=data))


def _unfinished(store: Store) -> list[tuple[str, dict[str, Json]]]:
    with database.reading(store.engine) as connection:
        rows = connection.execute(
            sa.select(removals.c.packet, removals.c.content)
            .where(removals.c.finished_at.is_(None))
            .order_by(removals.c.packet)
        )
        return [(row.packet, row.content) for row in rows]


def _remove(settings: Settings, content: dict[str, Json]) -> None:
    """Nothing; the originals, page images, readings and archived folders are off the disk; twice does nothing."""
    hashes, folders = content["originals"], content["folders"]
    assert isinstance(hashes, list)
    assert isinstance(folders, list)
    shared = shared_storage(settings.storage)
    readers = shared.below("readings") if shared is not None else []
    with disk.own_faults("retention"):
        for sha256 in map(str, hashes):
            for place in (
                settings.work / "originals" / sha256[:2] / sha256,
                *(settings.work / "pages").glob(f"{sha256[:16]}-*"),
                *(settings.work / "readings").glob(f"*/{sha256[:2]}/{sha256}"),
            ):
                _gone(place)
            if shared is not None:
                shared.remove(f"originals/{sha256[:2]}/{sha256}")
                for made_by in readers:
                    shared.remove(f"readings/{made_by}/{sha256[:2]}/{sha256}")
        for folder in map(str, folders):
            place = settings.home / Path(folder).parent
            if place.parent in (settings.archive, settings.quarantine):
                _gone(place)


def _gone(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    if place.parent.is_dir():
        disk.sync_folder(place.parent)


def _refuse_work(settings: Settings) -> None:
    """Nothing; raises :class:`PassingError` while packets are under way, which may bring the same bytes again."""
    claims = settings.work / "claims"
    if claims.is_dir() and any(claims.iterdir()):
        raise PassingError("packets are under way; run `qi-pipeline ingest` until none is, then run again")
