"""Rows of a roster (名册) on their way into the register: new ones in bulk, known ones compared and changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records import bulk, registry
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row
from qi_pipeline.records.registry_tables import (
    institutions,
    nightly_runs,
    qualification_service_history,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.records.roster import InstitutionIn, QualificationIn, Warnings, code_of
from qi_pipeline.records.roster_newcomers import Newcomers
from qi_pipeline.records.rows import CLOSED, QualificationEntry

_NAMED = 5
"""Institutions that have left and are named; of more only the number is told."""
_MANY = 5_000
"""Values in one IN list; both databases take it."""
_FIRST, _LAST = OPEN_START.isoformat(), OPEN_END.isoformat()
_Key = tuple[int, str, str, str]
"""Institution, kind, number and first day: what makes two certificates the same."""
_UPDATED = ("name", "category", "legal_representative", "address", "licence_valid_to")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLoad:
    """What a roster brought."""

    institutions: int
    """Rows of the table."""
    institutions_added: int
    institutions_changed: int
    qualifications: int
    qualifications_added: int
    qualifications_changed: int
    institutions_left: int = 0
    """Rows that name institutions which have left; nothing of them is taken over."""
    qualifications_left: int = 0
    held_from: date
    """The day from which changes hold."""
    known_before: int = 0
    """The highest row number of a certificate that was on file before."""
    warnings: tuple[str, ...] = ()


class Loader:
    """One load; in memory the row numbers of institutions and of new services, everything else part by part."""

    def __init__(self, connection: sa.Connection, on: date, source: str) -> None:
        self.connection = connection
        self.on = on
        self.source = source
        self.warned = Warnings()
        self.named: set[str] = set()
        """Codes of bad rows."""
        self.rows = {"institutions": 0, "institutions_added": 0, "institutions_changed": 0}
        self.rows |= {"qualifications": 0, "qualifications_added": 0, "qualifications_changed": 0}
        self.rows |= {"institutions_left": 0, "qualifications_left": 0}
        self._left: dict[int, str] = {}
        """Institutions of the register that have left, by row number: code and state."""
        self._ids: dict[str, int] = {}
        self._first_new = self._next_institution = bulk.next_number(connection, institutions)
        self._first_service = self._next_service = bulk.next_number(connection, services)
        self._next_qualification = bulk.next_number(connection, qualifications)
        self.certificates_before = self._next_qualification - 1
        self._fresh = Newcomers()
        self._changed: set[int] = set()
        """Institutions that were there before and of which something is written."""
        # Before the first night nobody has looked at anything: what holds of a new institution is known from its rows.
        self._first_night_ahead = not connection.execute(sa.select(sa.exists(sa.select(nightly_runs)))).scalar()

    def numbers(self, written: Sequence[str]) -> list[int | None]:
        """The row number of each code as it is written; None for one that is no code or of nobody."""
        found: list[int | None] = list(map(self._ids.get, written))
        if None in found:
            self._learn({text for text, number in zip(written, found, strict=True) if number is None})
            found = list(map(self._ids.get, written))
        return found

    def is_named(self, uscc: str) -> bool:
        """Whether a bad row of the institutions names this code."""
        return uscc in self.named

    def _learn(self, written: Iterable[str]) -> None:
        codes = [(text, code) for text in written if (code := code_of(text)) is not None]
        asked = sorted({code for _, code in codes if code not in self._ids})
        if self._first_new > 1:
            for first in range(0, len(asked), _MANY):
                some = institutions.c.uscc.in_(asked[first : first + _MANY])
                query = sa.select(institutions.c.uscc, institutions.c.id, institutions.c.state).where(some)
                rows = self.connection.execute(query).all()
                self._ids.update((row.uscc, row.id) for row in rows)
                self._note_left(rows)
        self._ids.update((text, self._ids[code]) for text, code in codes if code in self._ids)

    def take_institutions(self, rows: Sequence[InstitutionIn], *, insert: bool) -> None:
        """Nothing; the institutions are in the register, or only known where the load is refused anyway."""
        self.rows["institutions"] += len(rows)
        known = self._institutions([row.uscc for row in rows])
        fresh = [row for row in rows if row.uscc not in known] if known else rows
        numbers = range(self._next_institution, self._next_institution + len(fresh))
        self._next_institution += len(fresh)
        self._ids.update(zip((row.uscc for row in fresh), numbers, strict=True))
        self._ids.update((uscc, row.id) for uscc, row in known.items())
        self._fresh.enter(fresh)
        if not insert:
            return
        columns = ("id", *InstitutionIn._fields, "state", "held_from", "source")
        bulk.insert(
            self.connection,
            institutions,
            columns,
            (
                (number, *row, "active", row.admitted_on, self.source)
                for number, row in zip(numbers, fresh, strict=True)
            ),
        )
        self.rows["institutions_added"] += len(fresh)
        if known:
            for row in rows:
                if row.uscc in known:
                    self._update_institution(known[row.uscc], row)

    def _institutions(self, codes: list[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        if self._first_new > 1:
            for first in range(0, len(codes), _MANY):
                of_these = institutions.c.uscc.in_(codes[first : first + _MANY])
                rows = self.connection.execute(sa.select(institutions).where(of_these)).all()
                found.update((row.uscc, row) for row in rows)
                self._note_left(rows)
        return found

    def _note_left(self, rows: Iterable[Row]) -> None:
        self._left.update((row.id, f"{row.uscc} ({row.state})") for row in rows if row.state in CLOSED)

    def _update_institution(self, known: Row, row: InstitutionIn) -> None:
        if known.state in CLOSED:
            self.rows["institutions_left"] += 1
            return  # what it was stays on record; it enters again by a new application
        values: dict[str, object] = {name: getattr(row, name) for name in _UPDATED if getattr(row, name)}
        values["licence_valid_to"] = date.fromisoformat(row.licence_valid_to)
        if known.state == "applied":
            values["state"] = "active"
        changed = any(known._mapping[name] != value for name, value in values.items())
        if changed:
            written = registry.write_institution(self.connection, known.id, values, self.on, self.source)
            registry.report_changes(self.connection, known.id, written, self.on, self.source)
        days = {
            name: day
            for name in ("admitted_on", "profile_completed_on", "last_audit_on")
            if (text := getattr(row, name)) and (day := date.fromisoformat(text)) != getattr(known, name)
        }
        if days:
            self.connection.execute(sa.update(institutions).where(institutions.c.id == known.id).values(**days))
        if changed or days:
            self.rows["institutions_changed"] += 1
            self._changed.add(known.id)

    def take_qualifications(self, rows: Sequence[QualificationIn]) -> None:
        """Nothing; the certificates, their services and the links between them are in the register."""
        self.rows["qualifications"] += len(rows)
        fresh = [row for row in rows if row.owner >= self._first_new]
        self._insert(fresh, _FIRST, self._fresh.offered)
        if len(fresh) < len(rows):
            self._take_known([row for row in rows if row.owner < self._first_new])

    def _take_known(self, rows: Sequence[QualificationIn]) -> None:
        """Certificates of institutions that were there before."""
        if self._left:
            resident = [row for row in rows if row.owner not in self._left]
            self.rows["qualifications_left"] += len(rows) - len(resident)
            rows = resident
        there, offered, listed = self._present(sorted({row.owner for row in rows}))
        fresh = []
        for row in rows:
            known = there.get((row.owner, row.kind, row.number, row.valid_from))
            if known is None:
                fresh.append(row)
            else:
                self._update_qualification(known, row, listed.get(known.id, {}))
        self._changed.update(row.owner for row in fresh)
        self._insert(fresh, self.on.isoformat(), offered)

    def _present(
        self, owners: list[int]
    ) -> tuple[dict[_Key, Row], dict[tuple[int, str], int], dict[int, dict[str, int]]]:
        """What the database has of the owners: certificates by key, services by name, services by certificate."""
        there: dict[_Key, Row] = {}
        offered: dict[tuple[int, str], int] = {}
        listed: dict[int, dict[str, int]] = {}
        links = (
            sa.select(qualification_services.c.qualification, services.c.name, services.c.id)
            .select_from(services)
            .join(qualification_services, qualification_services.c.service == services.c.id)
        )
        named = sa.select(services.c.institution, services.c.name, services.c.id)
        for first in range(0, len(owners), _MANY):
            some = owners[first : first + _MANY]
            for row in self.connection.execute(sa.select(qualifications).where(qualifications.c.institution.in_(some))):
                there[row.institution, row.kind, row.number, row.valid_from.isoformat()] = row
            for owner, name, number in self.connection.execute(named.where(services.c.institution.in_(some))):
                offered[owner, name] = number
            for certificate, name, number in self.connection.execute(links.where(services.c.institution.in_(some))):
                listed.setdefault(certificate, {})[name] = number
        return there, offered, listed

    def _update_qualification(self, known: Row, row: QualificationIn, listed: dict[str, int]) -> None:
        gone = {name: number for name, number in listed.items() if name not in row.services}
        same = _same(known, row)
        if same and known.held_to != OPEN_END:
            return  # another took its place; a list that still names it says nothing new
        if same and not gone and len(listed) == len(row.services):
            return
        changed = False
        if not same or len(listed) - len(gone) < len(row.services):
            entry = QualificationEntry(
                kind=row.kind,
                number=row.number,
                issuing_authority=row.issuing_authority or known.issuing_authority,
                valid_from=None if row.valid_from == _FIRST else row.valid_from,
                valid_to=None if row.valid_to == _LAST else row.valid_to,
                services=row.services,
            )
            changed = registry.update_qualification(self.connection, known, entry, self.on, self.source)
        if gone:
            self._narrow(known, gone.values())
            changed = True
        if changed:
            self.rows["qualifications_changed"] += 1
            self._changed.add(known.institution)

    def _narrow(self, known: Row, gone: Iterable[int]) -> None:
        """Nothing; the certificate lists these services until today, which its history keeps."""
        links = qualification_services.c
        of_these = sa.and_(links.qualification == known.id, links.service.in_(list(gone)))
        kept = sa.select(
            links.qualification,
            links.service,
            links.held_from,
            sa.literal(self.on, sa.Date),
            sa.literal(self.source, sa.Text),
        ).where(of_these)
        columns = ["qualification", "service", "held_from", "held_to", "source"]
        self.connection.execute(sa.insert(qualification_service_history).from_select(columns, kept))
        self.connection.execute(sa.delete(qualification_services).where(of_these))

    def _insert(self, rows: Sequence[QualificationIn], since: str, offered: dict[tuple[int, str], int]) -> None:
        """Nothing; new certificates stand in the register since that day, with services that are ``offered`` or new."""
        if not rows:
            return
        number = self._next_qualification
        numbers = range(number, number + len(rows))
        self._next_qualification += len(rows)
        fresh = self._fresh
        added: list[tuple[int, int, str, str]] = []
        links: list[tuple[int, int]] = []
        next_service = self._next_service
        for number, row in zip(numbers, rows, strict=True):
            owner, last = row.owner, row.valid_to
            for name in row.services:
                key = (owner, name)
                service = offered.get(key)
                if service is None:
                    service = offered[key] = next_service
                    next_service += 1
                    added.append((service, owner, name, last))
                    fresh.covered_to.append(last)
                    fresh.owners.append(owner)
                elif service >= self._first_service:
                    fresh.cover(service - self._first_service, last)
                links.append((number, service))
        self._next_service = next_service
        bulk.insert(
            self.connection,
            services,
            ("id", "institution", "name", "held_from", "held_to", "covered_to"),
            ((service, owner, name, since, _LAST, last) for service, owner, name, last in added),
        )
        source = self.source
        columns = ("id", "institution", "kind", "number", "issuing_authority", "valid_from", "valid_to")
        bulk.insert(
            self.connection,
            qualifications,
            (*columns, "held_from", "recorded_on", "held_to", "source"),
            ((number, *row[:6], since, since, _LAST, source) for number, row in zip(numbers, rows, strict=True)),
        )
        bulk.insert(self.connection, qualification_services, ("qualification", "service"), links)
        fresh.count(rows, self._first_new)
        self.rows["qualifications_added"] += len(rows)

    def finish_rows(self) -> None:
        """Nothing; what is known only when all rows were read stands with the new rows."""
        fresh = self._fresh
        raised = sorted(fresh.raised)
        bulk.update(
            self.connection,
            services,
            ("covered_to",),
            ((fresh.covered_to[place], self._first_service + place) for place in raised),
        )
        numbers = range(self._first_new, self._next_institution)
        if self._first_night_ahead:
            columns = ("qualification_count", "holds_from", "holds_to")
            values = zip(fresh.counts, fresh.begins, fresh.holds(self._first_new), numbers, strict=True)
            bulk.update(self.connection, institutions, columns, values)
        else:
            counted = zip(fresh.counts, numbers, strict=True)
            bulk.update(self.connection, institutions, ("qualification_count",), counted)

    def finish(self) -> bool:
        """Whether anything is written of institutions that were there before; what depends on their rows is right."""
        changed = sorted(self._changed)
        for first in range(0, len(changed), _MANY):
            some = changed[first : first + _MANY]
            registry.refresh(self.connection, some)
            self.connection.execute(
                sa.update(institutions).where(institutions.c.id.in_(some)).values(holds_to=OPEN_START)
            )
        bulk.numbered(self.connection, institutions, services, qualifications)
        return bool(changed)

    def result(self) -> RosterLoad:
        """What was loaded."""
        left = self.rows["institutions_left"] + self.rows["qualifications_left"]
        if left:
            some = list(self._left.values())
            named = ", ".join(some[:_NAMED]) + (f" and {len(some) - _NAMED} more" if len(some) > _NAMED else "")
            self.warned.said.append(
                f"{left} {'row names' if left == 1 else 'rows name'} institutions that have left: {named}; nothing of "
                "them is taken over. Who comes back hands in a new application; take the others out of the roster"
            )
        return RosterLoad(
            **self.rows, held_from=self.on, known_before=self.certificates_before, warnings=tuple(self.warned.said)
        )


def _same(known: Row, row: QualificationIn) -> bool:
    return bool(
        (known.held_to == OPEN_END or known.replaced_by is not None)
        and known.valid_to.isoformat() == row.valid_to
        and known.issuing_authority == (row.issuing_authority or known.issuing_authority)
    )
