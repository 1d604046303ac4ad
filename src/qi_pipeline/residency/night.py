"""What one night changes (每夜复核, contract section 8): suspensions, reinstatements, deregistrations.

Ranges of institutions are done one after the other, each in a transaction of its own that also notes how far the night
came, so that a killed night goes on where it stopped and ends the same. Only institutions of which something can
have changed are looked at: a lapsed or suspended service, a certificate that begins later, an ended licence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import registry, upsert
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row, packed, unpacked
from qi_pipeline.records.events import Event, now
from qi_pipeline.records.registry_tables import (
    institutions,
    nightly_runs,
    qualifications,
    services,
    suspensions,
)
from qi_pipeline.records.store import Store
from qi_pipeline.residency.coverage import Service, deregistered_on, lapsed_on, qualified
from qi_pipeline.residency.listings import certificates_of, services_of
from qi_pipeline.residency.standing import RESIDENT, leave
from qi_pipeline.residency.stopping import Writes

_RANGE = 20_000
"""Institutions in one transaction: short enough that packets are not kept waiting."""
_MANY = 5_000


@dataclass(slots=True)
class Changes:
    """What one night changed, kept with the run so that a killed night loses none of it."""

    reinstated: dict[str, list[str]]
    deregistered: list[dict[str, Json]]
    suspended: dict[str, list[str]]
    """Services that may be offered no longer, by USCC; they get a notice each."""
    left: list[str]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One nightly run that was begun."""

    as_of: date
    last: date | None
    """The run before it; None for the first."""
    ranges: tuple[tuple[int, int], ...]
    """Row numbers of institutions still to be done, ``[first, last]``."""


def begin(store: Store, as_of: date) -> Night:
    """The night of ``as_of``, begun, or taken up where a killed run stopped.

    Raises :class:`UsageError` for a day before the last run's.
    """
    with store.write() as (connection, _):
        latest = connection.execute(sa.select(sa.func.max(nightly_runs.c.as_of))).scalar()
        if latest is not None and as_of < latest:
            raise UsageError(f"the last nightly run was made as of {latest}; an earlier day can't be run any more")
        known = connection.execute(sa.select(nightly_runs).where(nightly_runs.c.as_of == as_of)).one_or_none()
        last = connection.execute(
            sa.select(sa.func.max(nightly_runs.c.as_of)).where(
                nightly_runs.c.as_of < as_of, nightly_runs.c.finished_at.is_not(None)
            )
        ).scalar()
        done_to = 0
        if known is not None and known.finished_at is None:
            done_to = known.done_to
        else:
            fresh = Changes({}, [], {}, [])
            if known is not None and known.result is not None:
                # Those that left tonight were there at the start of the night, in a second answer too.
                before = loaded(known.result)
                earlier = {**before.earlier, **before.reinstated}
                fresh = Changes({}, [], before.suspended, before.left, before.gone_qualifications, earlier)
            connection.execute(
                upsert.insert_or_update(
                    connection, nightly_runs, ["as_of"], ["started_at", "finished_at", "done_to", "result"]
                ),
                {
                    "as_of": as_of,
                    "started_at": now(),
                    "finished_at": None,
                    "done_to": 0,
                    "result": packed(fresh.to_json()),
                },
            )
        most = connection.execute(sa.select(sa.func.max(institutions.c.id))).scalar() or 0
    first = done_to + 1
    ranges = tuple((low, min(low + _RANGE - 1, most)) for low in range(first, most + 1, _RANGE))
    return Night(as_of=as_of, last=last, ranges=ranges)


def do_range(store: Store, night: Night, low: int, high: int, policy: ResidencyPolicy) -> None:
    """Brings the institutions with row numbers ``low`` to ``high`` to the state of the night."""
    with store.write() as (connection, happened):
        run = connection.execute(
            sa.select(nightly_runs).where(nightly_runs.c.as_of == night.as_of).with_for_update()
        ).one()
        if run.finished_at is not None or run.done_to >= high:
            return
        changes = loaded(run.result)
        for residents in _candidates(connection, night, low, high):
            known = services_of(connection, [each.id for each in residents], replaced_after=night.last)
            writes = Writes()
            for each in residents:
                happened += _bring(connection, night, each, known.get(each.id, []), policy, changes, writes)
            writes.flush(connection)
        connection.execute(
            sa.update(nightly_runs)
            .where(nightly_runs.c.as_of == night.as_of)
            .values(done_to=high, result=packed(changes.to_json()))
        )


def finish(store: Store, night: Night) -> Changes:
    """What the night changed."""
    with store.write() as (connection, happened):
        run = connection.execute(sa.select(nightly_runs).where(nightly_runs.c.as_of == night.as_of)).one()
        changed = loaded(run.result)
        if run.finished_at is None:
            connection.execute(
                sa.update(nightly_runs).where(nightly_runs.c.as_of == night.as_of).values(finished_at=now())
            )
            said: dict[str, Json] = {
                "suspended": len(changed.suspended),
                "reinstated": len(changed.reinstated),
                "deregistered": len(changed.deregistered),
            }
            happened.append(Event(kind="nightly.run", subject=night.as_of.isoformat(), data=said))
    return changed


def loaded(result: bytes) -> Changes:
    """What is stored with a run."""
    stored = unpacked(result)
    assert isinstance(stored, dict)
    return Changes(**stored)  # type: ignore[arg-type]


def _candidates(connection: sa.Connection, night: Night, low: int, high: int) -> Iterator[list[Row]]:
    """The residents of the range of which something can have changed, in parts."""
    as_of = night.as_of
    of_service = sa.select(services.c.institution).where(
        services.c.institution.between(low, high), services.c.covered_to < as_of, services.c.covered_to > OPEN_START
    )
    of_suspension = sa.select(suspensions.c.institution).where(
        suspensions.c.institution.between(low, high), suspensions.c.held_to == OPEN_END
    )
    # Answered from the index of the certificates' keys alone; one that is off the file is a candidate for nothing.
    of_beginning = sa.select(qualifications.c.institution).where(
        qualifications.c.institution.between(low, high), qualifications.c.valid_from > as_of
    )
    # What came on file since the last run may have come too late for a night that was missed.
    of_recording = sa.select(qualifications.c.institution).where(
        qualifications.c.institution.between(low, high), qualifications.c.recorded_on > (night.last or date.max)
    )
    of_licence = sa.select(institutions.c.id).where(
        institutions.c.id.between(low, high),
        sa.or_(institutions.c.licence_valid_to < as_of, institutions.c.state == "suspended"),
    )
    asked = (of_service, of_suspension, of_beginning, of_recording, of_licence)
    wanted = sorted({row[0] for query in asked for row in connection.execute(query)})
    for first in range(0, len(wanted), _MANY):
        rows = connection.execute(
            sa.select(
                institutions.c.id,
                institutions.c.uscc,
                institutions.c.state,
                institutions.c.licence_valid_to,
                institutions.c.qualification_count,
                institutions.c.admitted_on,
            )
            .where(institutions.c.id.in_(wanted[first : first + _MANY]), institutions.c.state.in_(RESIDENT))
            .order_by(institutions.c.id)
        )
        yield list(rows)


def _bring(
    connection: sa.Connection,
    night: Night,
    resident: Row,
    known: list[Service],
    policy: ResidencyPolicy,
    changes: Changes,
    writes: Writes,
) -> list[Event]:
    """The events of bringing one institution to the state of the night."""
    grace = policy.deregistration_grace_days
    after = night.last
    if after is not None and resident.admitted_on is not None:
        # No missed night before it entered, or entered again, could have deregistered it.
        after = max(after, resident.admitted_on - timedelta(days=1))
    left = deregistered_on(known, grace, after, night.as_of)
    if left is not None:
        return _deregister(connection, night, resident, known, left, changes)
    as_of = night.as_of
    licence_ended = resident.licence_valid_to < as_of
    happened: list[Event] = []
    lapsed = [service for service in known if not qualified(service, as_of)]
    stopped = known if licence_ended else lapsed
    stopped_ids = {service.id for service in stopped}
    lapsed_ids = {service.id for service in lapsed}
    for service in stopped:
        if service.suspended_on is None:
            reason = "qualification_expired" if service.id in lapsed_ids else "licence_expired"
            since = (
                lapsed_on(service, as_of) if service.id in lapsed_ids else resident.licence_valid_to + timedelta(days=1)
            )
            writes.suspend(resident.id, service.id, reason, since)
            said: dict[str, Json] = {"service": service.name, "reason": reason, "since": since.isoformat()}
            happened.append(Event(kind="service.suspended", subject=resident.uscc, data=said))
            changes.suspended.setdefault(resident.uscc, []).append(service.name)
    back = [service for service in known if service.suspended_on is not None and service.id not in stopped_ids]
    for service in back:
        writes.lift(resident.id, service.id, as_of)
        happened.append(
            Event(
                kind="service.reinstated",
                subject=resident.uscc,
                data={"service": service.name, "on": as_of.isoformat()},
            )
        )
    state = "suspended" if licence_ended or (known and len(stopped) == len(known)) else "active"
    if back or (resident.state == "suspended" and state == "active"):
        changes.reinstated[resident.uscc] = [service.name for service in back]
    if state != resident.state:
        registry.write_institution(connection, resident.id, {"state": state}, as_of, f"nightly {as_of}")
        happened.append(Event(kind=f"institution.{state}", subject=resident.uscc, data={"on": as_of.isoformat()}))
        if state == "suspended":
            changes.suspended.setdefault(resident.uscc, [])
    return happened


def _deregister(
    connection: sa.Connection,
    night: Night,
    resident: Row,
    known: list[Service],
    on: date,
    changes: Changes,
) -> list[Event]:
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
            "night": night.as_of.isoformat(),
        },
    )
    changes.deregistered.append(
        {"uscc": resident.uscc, "clause": "4.2", "reason": "qualification_expired", "order": order.number}
    )
    changes.left.append(resident.uscc)
    changes.gone_qualifications += resident.qualification_count
    return [said]
