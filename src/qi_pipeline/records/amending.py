"""What a person's second look changes in the register (更正入册): the facts that a packet brought, as corrected.

A packet whose admission the register took over is looked at again, its papers corrected. From that day on the register
holds what they say now: dates, numbers, authorities, names; what a paper does not show any more goes off the file.
What held until then stays in the history, so that any past day can be asked. Only facts that the packet itself brought
are touched: what a later paper or roster says is newer than a correction of the older paper. Whether the institution
stays is not decided here; the night judges the corrected facts by the rules of its day (4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.facts import RESIDENT_STATES
from qi_pipeline.model import Json
from qi_pipeline.records import changes, history, registry, renewals
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row, end, start
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import (
    institutions,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.records.rows import Entry, QualificationEntry

_FACTS = ("name", "category", "legal_representative", "address")
_Key = tuple[str, str, date]
"""Kind, number and first day: what makes two certificates of an institution the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What the papers of one packet said to the register, and what they say as corrected."""

    packet: str
    """Its id."""
    earlier: tuple[Entry, ...]
    """All that the packet ever gave the register to take over, the last one last."""
    entry: Entry | None
    """What it would give now; None where nobody knows any more whose papers they are."""
    on: date
    admits: bool
    """Whether the decision that stands admits: only then what is new in it comes in with its services."""
    reviewer: str | None
    """Who looked; None: the machine, from a correction that leaves the admission as it was."""
    role: str | None = None
    read_by: Mapping[str, str] = field(default_factory=dict)
    """Who corrected a file, by its name."""

    def by(self, file: str | None) -> str:
        """Who says what a change record says, by the file behind it."""
        return self.read_by.get(file or "") or self.reviewer or "; ".join(dict.fromkeys(self.read_by.values()))


def amend(connection: sa.Connection, amendment: Amendment) -> list[Event]:
    """What goes into the log; the register holds from ``on`` what the packet's papers, corrected, say."""
    entry = amendment.entry
    if entry is None or entry.request == "exit":
        return []
    former = [each for each in amendment.earlier if each.uscc == entry.uscc]
    happened: list[Event] = []
    for uscc in dict.fromkeys(each.uscc for each in amendment.earlier if each.uscc != entry.uscc):
        happened += _disown(connection, amendment, uscc)
    if not former:  # the packet never stood for this institution before
        return (
            [*happened, *registry.enter(connection, entry, amendment.packet, amendment.on)]
            if amendment.admits
            else happened
        )
    known = connection.execute(
        sa.select(institutions).where(institutions.c.uscc == entry.uscc).with_for_update()
    ).one_or_none()
    if known is None or known.state not in RESIDENT_STATES:
        return happened  # who has left comes back by a new application only
    work = _Work(connection, replace(amendment, earlier=tuple(former)), entry, known)
    return [*happened, *work.done()]


def _disown(connection: sa.Connection, amendment: Amendment, uscc: str) -> list[Event]:
    """What goes into the log; certificates that the packet put to another institution by mistake are off its file."""
    known = connection.execute(sa.select(institutions).where(institutions.c.uscc == uscc)).one_or_none()
    if known is None:
        return []
    work = _Work(connection, amendment, Entry(uscc=uscc, request="change"), known)
    return work.done()


class _Work:
    """One amendment of one institution's entry."""

    def __init__(self, connection: sa.Connection, amendment: Amendment, entry: Entry, known: Row) -> None:
        self.connection = connection
        self.amendment = amendment
        self.entry = entry
        self.known = known
        self.said: list[Json] = []
        """What became of certificates."""
        self.gone: list[Event] = []
        rows = connection.execute(
            sa.select(qualifications).where(qualifications.c.institution == known.id).order_by(qualifications.c.id)
        ).all()
        self.rows: dict[_Key, Row] = {(row.kind, row.number, row.valid_from): row for row in rows}

    def done(self) -> list[Event]:
        """What goes into the log, once all is written."""
        changed = self._facts()
        if self.amendment.admits and self.entry.services:
            last = self.amendment.earlier[-1].services
            new = tuple(each for each in self.entry.services if each not in last)
            registry.write_services(self.connection, self.known.id, new, self.amendment.on)
        before = {_key(each): each for one in self.amendment.earlier for each in one.qualifications}
        shown = {_key(each) for each in self.entry.qualifications}
        replaced: dict[_Key, _Key] = {}
        for each in self.entry.qualifications:
            row = self.rows.get(_key(each))
            if row is None:
                self._bring(each, [key for key, old in before.items() if _same_paper(old, each)], replaced)
            else:
                self._update(row, each, before.get(_key(each)))
        for key, old in before.items():
            gone = self.rows.get(key)
            if gone is not None and key not in shown and self._is_own(gone) and not self._is_doubtful(old):
                self._take_off(gone, replaced.get(key), old)
        registry.refresh(self.connection, [self.known.id])
        if not (changed or self.said):
            return []
        data: dict[str, Json] = {
            "packet": self.amendment.packet,
            "on": self.amendment.on.isoformat(),
            "changed": {name: [str(one), str(other)] for name, (one, other) in changed.items()},
            "certificates": list(self.said),
            "reviewer": self.amendment.reviewer,
            "role": self.amendment.role,
        }
        return [Event(kind="register.corrected", subject=self.entry.uscc, data=data), *self.gone]

    def _facts(self) -> dict[str, tuple[object, object]]:
        """What changed of the institution itself: facts that still are what the packet said before."""
        values: dict[str, object] = {}
        for name in _FACTS:
            new, held = getattr(self.entry, name), getattr(self.known, name)
            if (
                new is not None
                and new != held
                and held in {getattr(each, name) or "" for each in self.amendment.earlier}
            ):
                values[name] = new
        if self.entry.licence_seen:
            last = _end(self.entry.licence_valid_to)
            said = {_end(each.licence_valid_to) for each in self.amendment.earlier if each.licence_seen}
            if self.known.licence_valid_to != last and (not said or self.known.licence_valid_to in said):
                values["licence_valid_to"] = last
        amendment, connection = self.amendment, self.connection
        changed = registry.write_institution(connection, self.known.id, values, amendment.on, amendment.packet)
        changes.record(
            connection,
            self.known.id,
            changed,
            amendment.on,
            amendment.packet,
            self.entry.papers,
            corrected_by={name: amendment.by(_file(self.entry.papers.get(name))) for name in changed},
        )
        return changed

    def _update(self, row: Row, new: QualificationEntry, old: QualificationEntry | None) -> None:
        """Nothing; the certificate on file ends and is issued as corrected, unless something newer was said of it."""
        amendment = self.amendment
        is_own = self._is_own(row) or (old is not None and _facts(row) in self._said_of(row))
        stands = row.held_to == OPEN_END
        last = {_key(each) for each in amendment.earlier[-1].qualifications}
        if not is_own or (not stands and (row.replaced_by is not None or _key(new) in last)):
            return
        entry = replace(new, services=self._services(new))
        if stands and _facts(row) == _wanted(new):
            if amendment.admits:
                registry.link(self.connection, self.known.id, row.id, entry.services, amendment.on)
            return
        source = registry.source_of(amendment.packet, new.file)
        registry.update_qualification(
            self.connection, row, entry, amendment.on, source, corrected_by=amendment.by(new.file)
        )
        self.said.append(_told(row, _term(row), _term_of(new)))
        if _end(new.valid_to) < row.valid_to:
            self._restore(row, _end(new.valid_to))

    def _bring(self, new: QualificationEntry, places: Sequence[_Key], replaced: dict[_Key, _Key]) -> None:
        """Nothing; a certificate that is known otherwise now is on file, with the services of what it was taken for."""
        amendment = self.amendment
        misread = [row for key in places if (row := self.rows.get(key)) is not None and row.kind == new.kind]
        listed = [name for row in misread if self._is_own(row) for name in self._listed(row)]
        entry = replace(new, services=tuple(dict.fromkeys([*self._services(new), *listed])))
        source = registry.source_of(amendment.packet, new.file)
        written = registry.write_qualification(self.connection, self.known.id, entry, amendment.on, source)
        if amendment.admits:
            renewals.replace(self.connection, written, renewal=self.entry.request == "renewal", on=amendment.on)
        for key in places:
            replaced[key] = _key(new)
        before = next((f"{row.number} {_term(row)}".strip() for row in misread), None)
        self.said.append({"kind": new.kind, "number": new.number, "before": before, "after": _term_of(new)})
        changes.record_qualification(
            self.connection,
            self.known.id,
            about=f"{new.kind} {new.number or ''}".rstrip(),
            before=before,
            after=_term_of(new),
            on=amendment.on,
            source=amendment.packet,
            paper=_place(new),
            corrected_by=amendment.by(new.file),
        )

    def _take_off(self, row: Row, by: _Key | None, old: QualificationEntry) -> None:
        """Nothing; the certificate is off the file, and what it had replaced is on it again."""
        if row.held_to != OPEN_END:
            return
        amendment = self.amendment
        take_off(self.connection, row, amendment.on)
        if by is None:  # else the change is on record with what it is now
            self.said.append(_told(row, _term(row), None))
            changes.record_qualification(
                self.connection,
                self.known.id,
                about=f"{row.kind} {row.number}".rstrip(),
                before=changes.term(row.valid_from, row.valid_to, row.issuing_authority),
                after=None,
                on=amendment.on,
                source=amendment.packet,
                paper=_place(old),
                corrected_by=amendment.by(old.file),
            )
        data: dict[str, Json] = {"packet": amendment.packet, "kind": row.kind, "number": row.number}
        data["on"] = amendment.on.isoformat()
        self.gone.append(Event(kind="qualification.misread", subject=self.known.uscc, data=data))
        if by is None or by[0] != row.kind:
            self._restore(row, None)

    def _restore(self, by: Row, last: date | None) -> None:
        """Nothing; what the certificate had wrongly taken the place of (its end is not later) is on file again."""
        found = self.connection.execute(sa.select(qualifications).where(qualifications.c.replaced_by == by.id)).all()
        for row in found:
            if last is not None and last > row.valid_to:
                continue
            on = max(self.amendment.on, row.held_to)
            self.connection.execute(
                sa.update(qualifications)
                .where(qualifications.c.id == row.id)
                .values(held_from=on, held_to=OPEN_END, recorded_on=on, replaced_by=None)
            )
            self.said.append(_told(row, None, _term(row)))

    def _is_own(self, row: Row) -> bool:
        """Whether what the register holds of the certificate comes from this packet."""
        return str(row.source).partition(":")[0] == self.amendment.packet

    def _is_doubtful(self, old: QualificationEntry) -> bool:
        """Whether the paper is there still, but nobody can say for certain what it shows: that takes nothing off."""
        return (old.kind, old.file or "") in {(kind, file) for kind, file in self.entry.doubtful}

    def _said_of(self, row: Row) -> list[tuple[str, date]]:
        key = (row.kind, row.number, row.valid_from)
        return [_wanted(each) for one in self.amendment.earlier for each in one.qualifications if _key(each) == key]

    def _services(self, new: QualificationEntry) -> tuple[str, ...]:
        """The services that it lists; without an admission only those that the institution offers already."""
        if self.amendment.admits or not new.services:
            return new.services
        offered = set(
            self.connection.execute(sa.select(services.c.name).where(services.c.institution == self.known.id)).scalars()
        )
        return tuple(name for name in new.services if name in offered)

    def _listed(self, row: Row) -> list[str]:
        query = (
            sa.select(services.c.name)
            .join(qualification_services, qualification_services.c.service == services.c.id)
            .where(qualification_services.c.qualification == row.id)
            .order_by(services.c.id)
        )
        return list(self.connection.execute(query).scalars())


def take_off(connection: sa.Connection, row: Row, on: date) -> None:
    """Nothing; the certificate is off the file since ``on``, and what was held of it before stands in its history."""
    if row.held_from < on:
        history.keep_certificate(connection, row, on)
    connection.execute(
        sa.update(qualifications).where(qualifications.c.id == row.id).values(held_to=max(on, row.held_from))
    )


def _key(each: QualificationEntry) -> _Key:
    return each.kind, each.number or "", start(_day(each.valid_from)) if each.valid_from else OPEN_START


def _same_paper(one: QualificationEntry, other: QualificationEntry) -> bool:
    """Whether both are what was read on one paper: its file, and its first page where several lie in one file."""
    return one.file is not None and (one.file, one.page or 1) == (other.file, other.page or 1)


def _facts(row: Row) -> tuple[str, date]:
    return row.issuing_authority, row.valid_to


def _wanted(each: QualificationEntry) -> tuple[str, date]:
    return each.issuing_authority or "", _end(each.valid_to)


def _end(text: str | None) -> date:
    return end(_day(text))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _term(row: Row) -> str:
    return changes.term(row.valid_from, row.valid_to)


def _term_of(each: QualificationEntry) -> str:
    return changes.term(_key(each)[2], _end(each.valid_to), each.issuing_authority or "")


def _told(row: Row, before: str | None, after: str | None) -> Json:
    return {"kind": row.kind, "number": row.number or None, "before": before, "after": after}


def _place(each: QualificationEntry) -> str | None:
    return None if each.file is None else f"{each.file}, p. {each.page or 1}"


def _file(paper: str | None) -> str | None:
    return None if paper is None else paper.partition(", p. ")[0]
