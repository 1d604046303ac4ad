"""The store: every read and write of the database that the rest of the program makes.

Each method is one transaction: all of it is committed, with its events in the log, or none. Methods that a crash may
cut off can be called again with the same packet id and give the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from qi_pipeline.admission.corrected import Corrected
from qi_pipeline.admission.facts import CreditEntry, CreditList, CreditSnapshot, RegistrySnapshot
from qi_pipeline.errors import InstallationError, UsageError
from qi_pipeline.model import Correction, Decision, Document, Json, Outcome
from qi_pipeline.records import (
    changes,
    corrections,
    credit,
    database,
    decisions,
    events,
    packets,
    register,
    retaking,
    roster_load,
    schema,
)
from qi_pipeline.records.corrections import NO_CHANGE, Change
from qi_pipeline.records.credit import CreditLoad
from qi_pipeline.records.events import Event, LogCheck, StoredEvent
from qi_pipeline.records.packets import PacketFilter
from qi_pipeline.records.register import InstitutionFilter
from qi_pipeline.records.roster_rows import RosterLoad
from qi_pipeline.records.rows import (
    DecisionRow,
    Entry,
    InstitutionRow,
    PacketFacts,
    PacketRow,
    PacketState,
    Registered,
)
from qi_pipeline.records.samples import Draw
from qi_pipeline.settings import Settings


class Store:
    """The records behind one database URL; its schema is brought up to date when it is opened."""

    def __init__(self, url: str) -> None:
        self.actor: dict[str, str] = {}
        """Who acts, and in which role: it stands in every event of this store."""
        self.engine = database.engine_for(url)
        try:
            schema.upgrade(self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """The store of a workspace, whose folder is made where it isn't there."""
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InstallationError(f"{settings.home}: can't be made ({error.strerror}); mend QI_HOME") from error
        return cls(settings.database_url)

    def close(self) -> None:
        """Nothing; its connections are closed."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @contextmanager
    def write(self) -> Iterator[tuple[sa.Connection, list[Event]]]:
        """A connection in one transaction and the list of its events, which are chained at its end."""
        happened: list[Event] = []
        with database.writing(self.engine) as connection:
            yield connection, happened
            if happened:
                events.append(connection, happened, by=self.actor)

    # packets

    def register_packet(
        self,
        *,
        packet_id: str,
        name: str,
        content_hash: str | None,
        taken_at: str,
        as_of: date,
        conditions: str = "",
    ) -> Registered:
        """Whether the packet is new, resumed after a crash, or a duplicate, and of which packet.

        ``conditions`` names the policy and program under which it is read: bytes that lie in quarantine are tried again
        under others, or when the reason was a timeout.
        """
        with self.write() as (connection, happened):
            answer, said = packets.register(
                connection,
                packet_id=packet_id,
                name=name,
                content_hash=content_hash,
                taken_at=taken_at,
                conditions=conditions,
                as_of=as_of,
            )
            happened += said
        return answer

    def save_quarantine(self, packet_id: str, code: str, message: str, *, archived: str | None = None) -> None:
        """Nothing; the packet is on record as one from which nothing could be read."""
        with self.write() as (connection, happened):
            happened += packets.quarantine(connection, packet_id, code, message, archived)

    def save_place(self, packet_id: str, archived: str, report: str | None = None) -> None:
        """Nothing; where the packet (or a duplicate) and its report lie is on record."""
        with self.write() as (connection, _):
            packets.archived(connection, packet_id, archived, report)

    def packets(self, wanted: PacketFilter | None = None) -> list[PacketRow]:
        """The packets that pass the filter, oldest first."""
        with database.reading(self.engine) as connection:
            return packets.listed(connection, wanted or PacketFilter())

    def packet(self, name_or_id: str, *, state: PacketState | None = None) -> PacketRow:
        """The packet with this id, else the last of this name; raises :class:`UsageError` when there is none."""
        with database.reading(self.engine) as connection:
            return packets.find(connection, name_or_id, state=state)

    def known_packet(self, packet_id: str) -> PacketRow | None:
        """The packet with exactly this id."""
        with database.reading(self.engine) as connection:
            return packets.get(connection, packet_id)

    def facts_of(self, packet_id: str) -> PacketFacts:
        """All that was read in the packet."""
        with database.reading(self.engine) as connection:
            return packets.facts_of(connection, packet_id)

    def documents_of(self, *packet_ids: str) -> dict[str, list[Document]]:
        """The documents of the packets, by packet."""
        with database.reading(self.engine) as connection:
            return packets.documents_of(connection, packet_ids)

    def papers_of(self, *packet_ids: str, change: Change = NO_CHANGE) -> dict[str, Corrected]:
        """The documents of the packets as persons corrected them, by packet; ``change``: as they would with it."""
        with database.reading(self.engine) as connection:
            return corrections.papers_of(connection, packet_ids, change)

    def corrections_for(self, hashes: Iterable[str], change: Change = NO_CHANGE) -> list[Correction]:
        """The corrections that hold for files with these bytes; ``change``: as they would with it."""
        with database.reading(self.engine) as connection:
            return corrections.of_files(connection, hashes, change)

    def open_packets_of(self, uscc: str, *, before: str | None = None) -> list[PacketRow]:
        """The packets that a supplement of this institution completes, oldest first."""
        with database.reading(self.engine) as connection:
            return packets.open_of(connection, uscc, before)

    # decisions

    def save_decision(
        self,
        packet_id: str,
        decision: Decision,
        *,
        facts: PacketFacts | None = None,
        entry: Entry | None = None,
        dossier: Json = None,
        report: str | None = None,
        again: bool = False,
        draw: Draw | None = None,
    ) -> DecisionRow:
        """The decision on record, with what was read, the register's entry and the events, in one transaction.

        A packet is decided once: after a crash the first decision stands and is given back, and nothing is written.
        ``again`` makes one that supersedes it; what a reviewer decided stands all the same. ``entry`` is what the
        register takes over once the outcome ``admit`` is final; give it whatever the outcome, for a reviewer may admit.
        ``draw`` says how automatic decisions are drawn for checking; None: not.
        """
        with self.write() as (connection, happened):
            if facts is not None and (again or decisions.latest(connection, packet_id) is None):
                happened += packets.write_facts(connection, packet_id, facts)
            row, said = decisions.save(
                connection,
                packet_id,
                decision,
                entry=entry,
                dossier=dossier,
                report=report,
                again=again,
                draw=draw,
            )
            happened += said
        return row

    def record_reviewer_decision(
        self,
        packet: str,
        *,
        outcome: Outcome,
        reviewer: str,
        reason: str,
        as_of: date,
        role: str | None = None,
        at: datetime | None = None,
        take_over: bool = False,
    ) -> DecisionRow:
        """A reviewer's decision over a packet that waits; raises :class:`UsageError` when it does not.

        Also when somebody else holds it at the moment ``at``, unless they ``take_over`` with their reason.
        """
        with self.write() as (connection, happened):
            row, said = decisions.review(
                connection,
                packets.find(connection, packet, state="waiting"),
                outcome=outcome,
                reviewer=reviewer,
                role=role,
                reason=reason,
                as_of=as_of,
                at=at,
                take_over=take_over,
            )
            happened += said
        return row

    def decision(self, packet_id: str) -> DecisionRow | None:
        """The decision that stands for the packet; None while there is none."""
        with database.reading(self.engine) as connection:
            return decisions.latest(connection, packet_id)

    def decisions_of(self, packet_id: str) -> list[DecisionRow]:
        """All decisions on the packet, oldest first."""
        with database.reading(self.engine) as connection:
            return decisions.of_packet(connection, packet_id)

    def dossier_of(self, decision_id: int) -> Json:
        """The dossier that the decision was made from; None when none was kept."""
        with database.reading(self.engine) as connection:
            return decisions.dossier_of(connection, decision_id)

    # the register and the lists

    def registry_snapshot(self, uscc: str | None, as_of: date, *, without: str | None = None) -> RegistrySnapshot:
        """What the register held of the institution on that day; ``without`` what the packet of this id brought."""
        if uscc is None:
            return RegistrySnapshot()
        with database.reading(self.engine) as connection:
            known = register.snapshot(connection, uscc, as_of)
            return known if without is None else retaking.before(connection, known, without)

    def credit_snapshot(self, uscc: str | None) -> CreditSnapshot:
        """Which lists are loaded, and the institution's entries in them."""
        with database.reading(self.engine) as connection:
            return credit.snapshot(connection, uscc or "")

    def import_credit_list(
        self, entries: Sequence[CreditEntry], kind: CreditList, *, loaded_on: date, source: str
    ) -> CreditLoad:
        """The loading of a public list on record; all entries or none."""
        with self.write() as (connection, happened):
            loaded, said = credit.load(connection, kind, entries, loaded_on=loaded_on, source=source)
            changes.after_credit_list(connection, kind, loaded_on)
            happened += said
        return loaded

    def import_roster(
        self,
        institutions: Path | None,
        qualifications: Path | None,
        *,
        on: date,
        told: Callable[[int], None] = lambda _rows: None,
    ) -> RosterLoad:
        """What the tables of a roster brought; raises :class:`UsageError` that names every bad row, and loads nothing.

        ``on`` is the day from which changes hold, or the last night's where that is later; what is loaded for the
        first time has held before. ``told`` hears how many rows are through.
        """
        with self.write() as (connection, happened):
            source = f"roster:{_fingerprint(institutions, qualifications)}"
            loaded, said = roster_load.load(connection, institutions, qualifications, on=on, source=source, told=told)
            names = [None if table is None else table.name for table in (institutions, qualifications)]
            changes.after_roster(connection, source, loaded.held_from, *names, known_before=loaded.known_before)
            happened += said
        return loaded

    def credit_loads(self) -> list[CreditLoad]:
        """The last loading of each list."""
        with database.reading(self.engine) as connection:
            return credit.loads(connection)

    def institutions(self, wanted: InstitutionFilter | None = None) -> list[InstitutionRow]:
        """The institutions that pass the filter, by USCC."""
        with database.reading(self.engine) as connection:
            return register.listed(connection, wanted or InstitutionFilter())

    def institution(self, uscc: str) -> InstitutionRow | None:
        """The institution as the register holds it now; None when it isn't there."""
        with database.reading(self.engine) as connection:
            return register.get(connection, uscc)

    # the log

    def events_of(self, subject: str) -> list[StoredEvent]:
        """The events of one packet or institution, oldest first."""
        with database.reading(self.engine) as connection:
            return events.of_subject(connection, subject)

    def verify_log(self, *, known_head: str | None = None) -> LogCheck:
        """Whether the event log is whole, and if not, where it first is not."""
        return events.verify(self.engine, known_head=known_head)


def _fingerprint(*tables: Path | None) -> str:
    digest = hashlib.sha256()
    for table in tables:
        if table is not None:
            try:
                with table.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                raise UsageError(f"{table}: can't be read ({error.strerror}); name a CSV or XLSX file") from error
    return digest.hexdigest()[:16]


def verify(url: str, *, known_head: str | None = None) -> LogCheck:
    """Whether the event log behind the URL is whole."""
    with Store(url) as store:
        return store.verify_log(known_head=known_head)
