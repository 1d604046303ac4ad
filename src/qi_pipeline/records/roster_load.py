"""Loading a roster into the register in one transaction: new rows in bulk, changed ones with their history.

What is loaded for the first time has held since the institution was admitted, its certificates since ever; what
changes in a later load holds from the day of that load. What a later file leaves out stays as it is, and an institution
that has left (注销, 退出, 清退) does not come back by a roster, only by a new application.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from qi_pipeline.records import bulk, register, registry
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import institutions, qualification_services, qualifications, services
from qi_pipeline.records.roster import InstitutionIn, QualificationIn, Warnings, read_institutions, read_qualifications
from qi_pipeline.records.rows import CLOSED, QualificationEntry
from qi_pipeline.records.tables_in import Problems, refuse

_CHUNK = 20_000
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
    warnings: tuple[str, ...] = ()


def load(
    connection: sa.Connection,
    institution_table: Path | None,
    qualification_table: Path | None,
    *,
    on: date,
    source: str,
) -> tuple[RosterLoad, list[Event]]:
    """What was loaded, and what goes into the log; raises :class:`UsageError` that names every bad row."""
    bulk.hold(connection, institutions, services, qualifications, qualification_services)
    loader = _Loader(connection, on, source)
    faults, more = Problems("institutions"), Problems("qualifications")
    if institution_table is not None:
        faults.table = institution_table.name
        loader.take_institutions(read_institutions(institution_table, faults, loader.warned))
    if qualification_table is not None:
        more.table = qualification_table.name
        rows = read_qualifications(qualification_table, more, loader.known)
        while chunk := [row for _, row in islice(rows, _CHUNK)]:
            if not (faults.count or more.count):  # once a row is bad, the rest is only looked at
                loader.take_qualifications(chunk)
    refuse(faults, more)
    loader.finish()
    done = loader.result()
    said = Event(
        kind="roster.imported",
        subject=source,
        data={
            "on": on.isoformat(),
            "institutions": done.institutions,
            "institutions_added": done.institutions_added,
            "institutions_changed": done.institutions_changed,
            "qualifications": done.qualifications,
            "qualifications_added": done.qualifications_added,
            "qualifications_changed": done.qualifications_changed,
        },
    )
    return done, [said]


class _Loader:
    """One load; the row numbers of institutions in memory, everything else chunk by chunk."""

    def __init__(self, connection: sa.Connection, on: date, source: str) -> None:
        self.connection = connection
        self.on = on
        self.source = source
        self.warned = Warnings()
        self.rows = {"institutions": 0, "institutions_added": 0, "institutions_changed": 0}
        self.rows |= {"qualifications": 0, "qualifications_added": 0, "qualifications_changed": 0}
        self._ids: dict[str, int] = {}
        self._strangers: set[str] = set()
        self._touched: set[int] = set()
        """New institutions that have rows from an earlier chunk."""
        self._stale: set[int] = set()
        """Institutions whose services' ``covered_to`` must be computed anew."""
        self._first_new = bulk.next_number(connection, institutions)
        self._next_service = bulk.next_number(connection, services)
        self._next_qualification = bulk.next_number(connection, qualifications)

    def known(self, uscc: str) -> bool:
        """Whether the institution is in the roster or in the register."""
        if uscc in self._ids:
            return True
        if uscc in self._strangers:
            return False
        found = register.get(self.connection, uscc)
        if found is None:
            self._strangers.add(uscc)
            return False
        self._ids[uscc] = found.id
        return True

    def take_institutions(self, rows: dict[str, InstitutionIn]) -> None:
        """Nothing; the institutions are in the register."""
        self.rows["institutions"] = len(rows)
        number = self._first_new
        fresh: list[tuple[object, ...]] = []
        pending = iter(rows.values())
        while chunk := list(islice(pending, _MANY)):
            known = self._institutions([row.uscc for row in chunk])
            for row in chunk:
                if row.uscc in known:
                    self._update_institution(known[row.uscc], row)
                    continue
                self._ids[row.uscc] = number
                fresh.append((number, *row, "active", row.admitted_on, self.source))
                number += 1
        columns = ("id", *InstitutionIn._fields, "state", "held_from", "source")
        bulk.insert(self.connection, institutions, columns, fresh)
        self.rows["institutions_added"] = len(fresh)

    def _institutions(self, codes: list[str]) -> dict[str, Row]:
        if self._first_new == 1:
            return {}
        found = self.connection.execute(sa.select(institutions).where(institutions.c.uscc.in_(codes)))
        return {row.uscc: row for row in found}

    def _update_institution(self, known: Row, row: InstitutionIn) -> None:
        self._ids[row.uscc] = known.id
        values: dict[str, object] = {name: getattr(row, name) for name in _UPDATED if getattr(row, name)}
        values["licence_valid_to"] = date.fromisoformat(row.licence_valid_to)
        if known.state in CLOSED:
            self.warned.said.append(f"{row.uscc} is {known.state} and stays so; it enters again by a new application")
        elif known.state == "applied":
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

    def take_qualifications(self, rows: Sequence[QualificationIn]) -> None:
        """Nothing; the certificates, their services and the links between them are in the register."""
        self.rows["qualifications"] += len(rows)
        owners = {self._ids[row.uscc] for row in rows}
        there, offered, listed = self._present([owner for owner in owners if self._may_have_rows(owner)])
        fresh: list[tuple[object, ...]] = []
        links: list[tuple[object, ...]] = []
        added: dict[tuple[int, str], tuple[int, str]] = {}
        on = self.on.isoformat()
        for row in rows:
            owner = self._ids[row.uscc]
            known = there.get((owner, row.kind, row.number, row.valid_from))
            if known is not None:
                if not (_same(known, row) and listed.get(known.id, set()).issuperset(row.services)):
                    self._update_qualification(known, row)
                continue
            number = self._next_qualification
            self._next_qualification += 1
            day = _FIRST if owner >= self._first_new else on
            fresh.append((number, owner, *row[1:6], day, day, _LAST, self.source))
            for name in row.services:
                key = (owner, name)
                if key in offered:
                    service = offered[key]
                    self._stale.add(owner)
                elif key in added:
                    service, last = added[key]
                    added[key] = (service, max(last, row.valid_to))
                else:
                    service = self._next_service
                    self._next_service += 1
                    added[key] = (service, row.valid_to)
                links.append((number, service))
        self._insert(fresh, added, links, on)
        self._touched |= owners

    def _may_have_rows(self, owner: int) -> bool:
        return owner < self._first_new or owner in self._touched

    def _present(self, owners: list[int]) -> tuple[dict[_Key, Row], dict[tuple[int, str], int], dict[int, set[str]]]:
        """What the database has of the owners: certificates by key, services by name, names by certificate."""
        there: dict[_Key, Row] = {}
        offered: dict[tuple[int, str], int] = {}
        listed: dict[int, set[str]] = {}
        links = (
            sa.select(qualification_services.c.qualification, services.c.name, services.c.institution)
            .select_from(services)
            .join(qualification_services, qualification_services.c.service == services.c.id)
        )
        for first in range(0, len(owners), _MANY):
            some = owners[first : first + _MANY]
            for row in self.connection.execute(sa.select(qualifications).where(qualifications.c.institution.in_(some))):
                there[row.institution, row.kind, row.number, row.valid_from.isoformat()] = row
            for row in self.connection.execute(sa.select(services).where(services.c.institution.in_(some))):
                offered[row.institution, row.name] = row.id
            for row in self.connection.execute(links.where(services.c.institution.in_(some))):
                listed.setdefault(row.qualification, set()).add(row.name)
        return there, offered, listed

    def _update_qualification(self, known: Row, row: QualificationIn) -> None:
        entry = QualificationEntry(
            kind=row.kind,
            number=row.number,
            issuing_authority=row.issuing_authority or known.issuing_authority,
            valid_from=None if row.valid_from == _FIRST else row.valid_from,
            valid_to=None if row.valid_to == _LAST else row.valid_to,
            services=row.services,
        )
        if registry.update_qualification(self.connection, known, entry, self.on, self.source):
            self.rows["qualifications_changed"] += 1
            self._stale.add(known.institution)

    def _insert(
        self,
        fresh: list[tuple[object, ...]],
        added: dict[tuple[int, str], tuple[int, str]],
        links: list[tuple[object, ...]],
        on: str,
    ) -> None:
        bulk.insert(
            self.connection,
            services,
            ("id", "institution", "name", "held_from", "held_to", "covered_to"),
            [
                (number, owner, name, _FIRST if owner >= self._first_new else on, _LAST, last)
                for (owner, name), (number, last) in added.items()
            ],
        )
        columns = ("id", "institution", "kind", "number", "issuing_authority", "valid_from", "valid_to")
        bulk.insert(self.connection, qualifications, (*columns, "held_from", "recorded_on", "held_to", "source"), fresh)
        bulk.insert(self.connection, qualification_services, ("qualification", "service"), links)
        bulk.update(
            self.connection,
            "UPDATE institutions SET qualification_count = qualification_count + :more WHERE id = :id",
            [{"more": more, "id": owner} for owner, more in Counter(row[1] for row in fresh).items()],
        )
        self.rows["qualifications_added"] += len(fresh)

    def finish(self) -> None:
        """Nothing; what depends on the rows is right."""
        stale = sorted(self._stale)
        for first in range(0, len(stale), _MANY):
            registry.refresh(self.connection, stale[first : first + _MANY])
        bulk.numbered(self.connection, institutions, services, qualifications)

    def result(self) -> RosterLoad:
        """What was loaded."""
        return RosterLoad(**self.rows, warnings=tuple(self.warned.said))


def _same(known: Row, row: QualificationIn) -> bool:
    return bool(
        known.held_to == OPEN_END
        and known.valid_to.isoformat() == row.valid_to
        and known.issuing_authority == (row.issuing_authority or known.issuing_authority)
    )
