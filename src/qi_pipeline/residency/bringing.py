"""One institution brought to the state of a night: what is suspended, what is reinstated, and who has to go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.residency.coverage import (
    Service,
    deregistered_on,
    deregisters_on,
    is_renewed_ahead,
    lapsed_on,
    next_change,
    on_file,
    qualified,
)
from qi_pipeline.residency.listings import certificates_of
from qi_pipeline.residency.missed import Licence, days_of, licence_on
from qi_pipeline.residency.ordinary import Candidate, Ordinary
from qi_pipeline.residency.standing import leave
from qi_pipeline.residency.stopping import Standing, Writes, write_past_state

_DAY = timedelta(days=1)


class _Lapse(NamedTuple):
    """What is said of all services of one name that lapsed on one day; nobody changes it."""

    since: str
    data: dict[str, Json]
    """What the log says."""
    names: list[str]
    """Its name, where no other service of the institution lapsed."""
    written: str
    """The same as the list of what is suspended has it."""


@dataclass(slots=True)
class Changes:
    """What one night changed, kept with the run so that a killed night loses none of it."""

    reinstated: dict[str, list[str]] = field(default_factory=dict)
    deregistered: list[dict[str, Json]] = field(default_factory=list)
    suspended: dict[str, list[str]] = field(default_factory=dict)
    """Services that may be offered no longer, by USCC; they get a notice each."""
    terms: dict[str, list[Json]] = field(default_factory=dict)
    """What such a notice says besides, by USCC: whether the licence has ended, and when it is deregistered if ever."""
    left: list[str] = field(default_factory=list)
    """Who left tonight, also in an earlier run of the same night."""
    gone_qualifications: int = 0
    earlier: dict[str, list[str]] = field(default_factory=dict)
    """What an earlier run of the same night reinstated, for the night's report."""

    stopped: dict[str, None] = field(default_factory=dict)
    """Who has a notice in ``suspended``, also where the notices were not read."""

    def add(self, more: Changes) -> None:
        """Nothing; what the other, which came later, says is in this one too."""
        self.reinstated |= more.reinstated
        self.deregistered += more.deregistered
        for uscc, names in more.suspended.items():
            # One that a second run of the night stopped stands in one notice with those of the first.
            known = self.suspended.get(uscc, [])
            self.suspended[uscc] = [*known, *(name for name in names if name not in known)]
        self.terms |= more.terms
        self.left += more.left
        self.gone_qualifications += more.gone_qualifications
        self.earlier |= more.earlier
        self.stopped |= more.stopped

    def __bool__(self) -> bool:
        return bool(self.reinstated or self.deregistered or self.suspended or self.left or self.earlier)


class _Here:
    """How one institution stands while its nights are lived one after the other."""

    __slots__ = ("resident", "standing", "state", "stopped", "told", "turned")

    def __init__(self, resident: Row, stopped: dict[int, bool], standing: dict[int, Standing]) -> None:
        self.resident = resident
        self.state: str = resident.state
        self.stopped = stopped
        """Whether each of its services is suspended."""
        self.standing = standing
        """The suspensions that stand, by service; also those of others, which are left alone."""
        self.told: set[int] = set()
        """Services that were stopped, or stopped for another reason, since the night before and still are."""
        self.turned = False
        """Whether its state became another since the night before."""


@dataclass(slots=True, kw_only=True)
class Bringing:
    """The institutions that one transaction brings to the state of the night, and what comes of it."""

    as_of: date
    last: date | None
    """The night before; None for the first."""
    policy: ResidencyPolicy
    changes: Changes = field(default_factory=Changes)
    writes: Writes = field(default_factory=Writes)
    stops: list[tuple[str, str, int, str, str | None]] = field(default_factory=list)
    """What is suspended of them, as :mod:`~qi_pipeline.residency.keeping` lists it."""
    holds: list[tuple[str, int]] = field(default_factory=list)
    """Until when each stays as it is."""
    leaving: list[tuple[Row, list[Service], date]] = field(default_factory=list)
    """Who has to go, with its services, and the day of the order."""
    _lapsed: dict[tuple[str, str], _Lapse] = field(default_factory=dict)
    """By the name of a service and its last day."""

    def bring(
        self,
        resident: Row,
        known: list[Service],
        standing: dict[int, Standing],
        licences: Sequence[Licence] | None = None,
    ) -> list[Event]:
        """The events of bringing one institution to the state of the night; who has to go is kept for :meth:`part`.

        With the ``licences`` of the days since the night before, what every missed night would have written is written.
        """
        after = self.last
        if after is not None and resident.admitted_on is not None:
            # No missed night before it entered, or entered again, could have deregistered it.
            after = max(after, resident.admitted_on - _DAY)
        left = deregistered_on(known, self.policy.deregistration_grace_days, after, self.as_of)
        here = _Here(resident, {each.id: each.suspended_on is not None for each in known}, standing)
        happened: list[Event] = []
        if licences is not None and after is not None:
            for day in days_of(known, licences, after + _DAY, left or self.as_of):
                happened += self._live(here, day, on_file(known, day, self.as_of), licence_on(licences, day))
        if left is not None:
            self.hold(resident.id, date.max)
            self._stop_leaving(here, known, left)
            self.leaving.append((resident, known, left))
            return happened
        happened += self._live(here, self.as_of, known, resident.licence_valid_to)
        self._tell(here, known)
        lapsed = [service for service in known if not qualified(service, self.as_of)]
        self._list(resident, known, lapsed, resident.licence_valid_to < self.as_of)
        grace = self.policy.deregistration_grace_days
        self.hold(resident.id, next_change(known, grace, resident.licence_valid_to, self.as_of))
        return happened

    def part(self, connection: sa.Connection) -> list[Event]:
        """The events of deregistering who has to go; call it when all that was written before is flushed."""
        # By day, so that orders are numbered in the sequence in which every night would have numbered them.
        self.leaving.sort(key=lambda each: each[2])
        happened = [self._deregister(connection, *each) for each in self.leaving]
        self.leaving.clear()
        return happened

    def _live(self, here: _Here, day: date, known: list[Service], licence_valid_to: date) -> list[Event]:
        """The events of one night, tonight's or a missed one, for an institution that stays."""
        resident = here.resident
        licence_ended = licence_valid_to < day
        lapsed = [service for service in known if not qualified(service, day)]
        stopped = known if licence_ended else lapsed
        happened: list[Event] = []
        if stopped:
            happened += self._stop(here, day, stopped, {service.id for service in lapsed}, licence_valid_to)
        stopped_ids = {service.id for service in stopped}
        back = [service for service in known if here.stopped.get(service.id) and service.id not in stopped_ids]
        for service in back:
            self.writes.lift(service.id, here.standing.pop(service.id, None), day)
            here.stopped[service.id] = False
            here.told.discard(service.id)
            said: dict[str, Json] = {"service": service.name, "on": day.isoformat()}
            happened.append(Event(kind="service.reinstated", subject=resident.uscc, data=said))
        state = "suspended" if licence_ended or (known and len(stopped) == len(known)) else "active"
        if state != here.state:
            here.state = state
            here.turned = True
            self.writes.state(resident.id, state, day)
            said = {"on": day.isoformat()}
            happened.append(Event(kind=f"institution.{state}", subject=resident.uscc, data=said))
        return happened

    def _tell(self, here: _Here, known: list[Service]) -> None:
        """Nothing; what changed for people tonight is noted: what stood before and stands again is no change."""
        resident = here.resident
        back = [service.name for service in known if service.suspended_on is not None and not here.stopped[service.id]]
        if back or (resident.state == "suspended" and here.state == "active"):
            self.changes.reinstated[resident.uscc] = back
        if here.told or (here.turned and here.state == "suspended"):
            self.changes.suspended[resident.uscc] = [service.name for service in known if service.id in here.told]
            ended = resident.licence_valid_to < self.as_of
            self.changes.terms[resident.uscc] = [ended, self._deregisters_on(known)]

    def _deregisters_on(self, known: list[Service]) -> str | None:
        if any(qualified(service, self.as_of) for service in known) or is_renewed_ahead(known, self.as_of):
            return None
        day = deregisters_on(known, self.policy.deregistration_grace_days)
        return None if day is None else day.isoformat()

    def _stop_leaving(self, here: _Here, known: list[Service], on: date) -> None:
        """Nothing; what no night has suspended yet was suspended from the day it lapsed to the order, with the rest."""
        for service in known:
            since = lapsed_on(service, on)
            if not here.stopped[service.id] and since < on:
                self.writes.suspend(here.resident.id, service.id, "qualification_expired", since.isoformat())
                here.stopped[service.id] = True

    def bring_ordinary(self, some: Sequence[tuple[Candidate, Ordinary]], happened: list[Event]) -> None:
        """The same as :meth:`bring` for active institutions of which the database knows all that is to be done.

        Their events are added to those that ``happened``. A first night brings ten thousand, so each look-up counts.
        """
        writes, changes, reason = self.writes, self.changes, "qualification_expired"
        for each, found in some:
            number, uscc = each.id, each.uscc
            self.holds.append((found.holds_to, number))
            if not found.lapsed:
                continue
            for service, name, covered_to in found.lapsed:
                said = self._lapsed.get((name, covered_to)) or self._lapse(name, covered_to)
                writes.suspend(number, service, reason, said.since)
                happened.append(Event("service.suspended", uscc, said.data))
            names, written = said.names, said.written
            if len(found.lapsed) > 1:
                names = [service.name for service in found.lapsed]
                written = _written(names)
            changes.suspended[uscc] = names
            changes.terms[uscc] = [False, found.deregisters_on]
            if found.all_lapsed:
                writes.state(number, "suspended", self.as_of)
                happened.append(Event("institution.suspended", uscc, {"on": self.as_of.isoformat()}))
            self.stops.append((uscc, reason, number, written, found.deregisters_on))

    def _lapse(self, name: str, covered_to: str) -> _Lapse:
        since = (date.fromisoformat(covered_to) + _DAY).isoformat()
        data: dict[str, Json] = {"service": name, "reason": "qualification_expired", "since": since}
        said = self._lapsed[name, covered_to] = _Lapse(since, data, [name], _written([name]))
        return said

    def hold(self, institution: int, until: date) -> None:
        """Nothing; no night up to that day looks at the institution, unless something is written about it."""
        self.holds.append((until.isoformat(), institution))

    def _stop(
        self, here: _Here, day: date, stopped: list[Service], lapsed: set[int], licence_valid_to: date
    ) -> list[Event]:
        happened = []
        resident = here.resident
        for service in stopped:
            if service.id in lapsed:
                reason, since = "qualification_expired", lapsed_on(service, day)
            else:
                reason, since = "licence_expired", licence_valid_to + _DAY
            stands = here.standing.get(service.id)
            said: dict[str, Json] = {"service": service.name, "reason": reason}
            if not here.stopped.get(service.id) or stands is None:
                self.writes.suspend(resident.id, service.id, reason, since.isoformat())
                here.standing[service.id] = self.writes.begun_last()
                here.stopped[service.id] = True
                kind = "service.suspended"
            elif stands.reason != reason:
                if reason == "licence_expired":
                    since = day  # a renewal counts from the night after it came; the licence had ended before
                here.standing[service.id] = self.writes.change(resident.id, service.id, stands, reason, since)
                said["before"] = stands.reason
                kind = "service.suspended_anew"
            else:
                continue
            said["since"] = since.isoformat()
            happened.append(Event(kind=kind, subject=resident.uscc, data=said))
            here.told.add(service.id)
        return happened

    def _list(self, resident: Row, known: list[Service], lapsed: list[Service], licence_ended: bool) -> None:
        if not (lapsed or licence_ended):
            return
        all_lapsed = len(lapsed) == len(known)
        ends = self._deregisters_on(known) if all_lapsed else None
        for reason, services in (
            ("licence_expired", known if licence_ended else None),
            ("qualification_expired", lapsed or None),
        ):
            if services is not None:
                written = _written([service.name for service in services])
                self.stops.append((resident.uscc, reason, resident.id, written, ends))

    def _deregister(self, connection: sa.Connection, resident: Row, known: list[Service], on: date) -> Event:
        """Deregisters by order (注销): clause, certificates that ended, and the grace that passed stand in it."""
        ended: dict[str, Json] = {service.name: lapsed_on(service, on).isoformat() for service in known}
        order, said = leave(
            connection,
            resident,
            kind="deregistration",
            state="deregistered",
            clause="4.2",
            reason="qualification_expired",
            on=on,
            data={
                "services_lapsed_on": ended,
                "certificates": certificates_of(connection, resident.id),
                "night": self.as_of.isoformat(),
            },
        )
        if resident.held_from > on:
            # Facts that were written later than the missed night that deregisters it are those of one that had left.
            write_past_state(connection, [resident.id], "deregistered", on, f"order {order.number}")
        self.changes.deregistered.append(
            {"uscc": resident.uscc, "clause": "4.2", "reason": "qualification_expired", "order": order.number}
        )
        self.changes.left.append(resident.uscc)
        self.changes.gone_qualifications += resident.qualification_count
        return said


def _written(names: list[str]) -> str:
    return json.dumps(names, ensure_ascii=False)
