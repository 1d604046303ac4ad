"""One institution brought to the state of a night: what is suspended, what is reinstated, and who has to go."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.residency.coverage import (
    Service,
    deregistered_on,
    deregisters_on,
    lapsed_on,
    next_change,
    qualified,
)
from qi_pipeline.residency.listings import certificates_of
from qi_pipeline.residency.ordinary import Ordinary
from qi_pipeline.residency.standing import leave
from qi_pipeline.residency.stopping import Standing, Writes

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Changes:
    """What one night changed, kept with the run so that a killed night loses none of it."""

    reinstated: dict[str, list[str]] = field(default_factory=dict)
    deregistered: list[dict[str, Json]] = field(default_factory=list)
    suspended: dict[str, list[str]] = field(default_factory=dict)
    """Services that may be offered no longer, by USCC; they get a notice each."""
    left: list[str] = field(default_factory=list)
    """Who left tonight, also in an earlier run of the same night."""
    gone_qualifications: int = 0
    earlier: dict[str, list[str]] = field(default_factory=dict)
    """What an earlier run of the same night reinstated, for the night's report."""

    def to_json(self) -> dict[str, Json]:
        """What is stored with the run."""
        return {
            "reinstated": {uscc: list(names) for uscc, names in self.reinstated.items()},
            "deregistered": list(self.deregistered),
            "suspended": {uscc: list(names) for uscc, names in self.suspended.items()},
            "left": list(self.left),
            "gone_qualifications": self.gone_qualifications,
            "earlier": {uscc: list(names) for uscc, names in self.earlier.items()},
        }

    def add(self, more: Changes) -> None:
        """Nothing; what the other says is in this one too."""
        self.reinstated |= more.reinstated
        self.deregistered += more.deregistered
        self.suspended |= more.suspended
        self.left += more.left
        self.gone_qualifications += more.gone_qualifications
        self.earlier |= more.earlier

    def __bool__(self) -> bool:
        return bool(self.reinstated or self.deregistered or self.suspended or self.left or self.earlier)


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
    _since: dict[str, str] = field(default_factory=dict)
    """The day after each last day: a day is the last one of many."""
    _written: dict[tuple[str, ...], str] = field(default_factory=dict)
    """The names of services as the list of what is suspended has them."""

    def bring(
        self, connection: sa.Connection, resident: Row, known: list[Service], standing: dict[int, Standing]
    ) -> list[Event]:
        """The events of bringing one institution to the state of the night."""
        after = self.last
        if after is not None and resident.admitted_on is not None:
            # No missed night before it entered, or entered again, could have deregistered it.
            after = max(after, resident.admitted_on - _DAY)
        left = deregistered_on(known, self.policy.deregistration_grace_days, after, self.as_of)
        if left is not None:
            self.hold(resident.id, date.max)
            return [self._deregister(connection, resident, known, left)]
        licence_ended = resident.licence_valid_to < self.as_of
        lapsed = [service for service in known if not qualified(service, self.as_of)]
        stopped = known if licence_ended else lapsed
        happened: list[Event] = []
        if stopped:
            happened += self._stop(resident, stopped, {service.id for service in lapsed}, standing)
        stopped_ids = {service.id for service in stopped}
        back = [service for service in known if service.suspended_on is not None and service.id not in stopped_ids]
        for service in back:
            self.writes.lift(service.id, standing.get(service.id), self.as_of)
            said: dict[str, Json] = {"service": service.name, "on": self.as_of.isoformat()}
            happened.append(Event(kind="service.reinstated", subject=resident.uscc, data=said))
        state = "suspended" if licence_ended or (known and len(stopped) == len(known)) else "active"
        if back or (resident.state == "suspended" and state == "active"):
            self.changes.reinstated[resident.uscc] = [service.name for service in back]
        if state != resident.state:
            self.writes.state(resident.id, state)
            said = {"on": self.as_of.isoformat()}
            happened.append(Event(kind=f"institution.{state}", subject=resident.uscc, data=said))
            if state == "suspended":
                self.changes.suspended.setdefault(resident.uscc, [])
        self._list(resident, known, lapsed, licence_ended)
        grace = self.policy.deregistration_grace_days
        self.hold(resident.id, next_change(known, grace, resident.licence_valid_to, self.as_of))
        return happened

    def bring_ordinary(self, number: int, uscc: str, found: Ordinary) -> list[Event]:
        """The same as :meth:`bring` for an active institution of which the database knows all that is to be done."""
        self.holds.append((found.holds_to, number))
        if not found.lapsed:
            return []
        happened = []
        names = []
        for service in found.lapsed:
            names.append(service.name)
            since = self._since.get(service.covered_to)
            if since is None:
                since = (date.fromisoformat(service.covered_to) + _DAY).isoformat()
                self._since[service.covered_to] = since
            self.writes.suspend(number, service.id, "qualification_expired", since)
            said: dict[str, Json] = {"service": service.name, "reason": "qualification_expired", "since": since}
            happened.append(Event(kind="service.suspended", subject=uscc, data=said))
        self.changes.suspended[uscc] = names
        if found.all_lapsed:
            self.writes.state(number, "suspended")
            happened.append(Event(kind="institution.suspended", subject=uscc, data={"on": self.as_of.isoformat()}))
        self._stopped(uscc, "qualification_expired", number, names, found.deregisters_on)
        return happened

    def hold(self, institution: int, until: date) -> None:
        """Nothing; no night up to that day looks at the institution, unless something is written about it."""
        self.holds.append((until.isoformat(), institution))

    def _stop(
        self, resident: Row, stopped: list[Service], lapsed: set[int], standing: dict[int, Standing]
    ) -> list[Event]:
        happened = []
        for service in stopped:
            if service.id in lapsed:
                reason, since = "qualification_expired", lapsed_on(service, self.as_of)
            else:
                reason, since = "licence_expired", resident.licence_valid_to + _DAY
            stands = standing.get(service.id)
            said: dict[str, Json] = {"service": service.name, "reason": reason}
            if service.suspended_on is None or stands is None:
                self.writes.suspend(resident.id, service.id, reason, since.isoformat())
                kind = "service.suspended"
            elif stands.reason != reason:
                if reason == "licence_expired":
                    since = self.as_of  # a renewal counts from the night after it came; the licence had ended before
                self.writes.change(resident.id, service.id, stands, reason, since)
                said["before"] = stands.reason
                kind = "service.suspended_anew"
            else:
                continue
            said["since"] = since.isoformat()
            happened.append(Event(kind=kind, subject=resident.uscc, data=said))
            self.changes.suspended.setdefault(resident.uscc, []).append(service.name)
        return happened

    def _list(self, resident: Row, known: list[Service], lapsed: list[Service], licence_ended: bool) -> None:
        if not (lapsed or licence_ended):
            return
        all_lapsed = len(lapsed) == len(known)
        ends = deregisters_on(known, self.policy.deregistration_grace_days) if all_lapsed else None
        for reason, services in (
            ("licence_expired", known if licence_ended else None),
            ("qualification_expired", lapsed or None),
        ):
            if services is not None:
                names = [service.name for service in services]
                self._stopped(resident.uscc, reason, resident.id, names, ends.isoformat() if ends else None)

    def _stopped(self, uscc: str, reason: str, number: int, names: list[str], deregisters_on: str | None) -> None:
        services = tuple(names)
        written = self._written.get(services)
        if written is None:
            written = self._written[services] = json.dumps(names, ensure_ascii=False)
        self.stops.append((uscc, reason, number, written, deregisters_on))

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
        self.changes.deregistered.append(
            {"uscc": resident.uscc, "clause": "4.2", "reason": "qualification_expired", "order": order.number}
        )
        self.changes.left.append(resident.uscc)
        self.changes.gone_qualifications += resident.qualification_count
        return said
