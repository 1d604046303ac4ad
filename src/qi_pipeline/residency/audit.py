"""Annual audits (年度审核, 5.2.4): requested, passed or failed; a passed one starts the next year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from qi_pipeline.errors import UsageError
from qi_pipeline.model import Json
from qi_pipeline.records import audits as on_record
from qi_pipeline.records import database
from qi_pipeline.records.columns import Row
from qi_pipeline.records.events import Event
from qi_pipeline.records.lateness import after_night
from qi_pipeline.records.registry_tables import audits, institutions
from qi_pipeline.records.store import Store
from qi_pipeline.residency.entering import refuse_undoing_overdue
from qi_pipeline.residency.standing import refuse_before_entry, resident


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One annual audit of one institution."""

    uscc: str
    due_on: date
    requested_on: date | None
    passed: bool | None
    closed_on: date | None
    packet: str | None
    """Id of the packet with its papers."""
    reason: str | None
    """Why it was not passed."""

    def to_json(self) -> dict[str, Json]:
        """The audit as commands print it."""
        return {
            "uscc": self.uscc,
            "due_on": self.due_on.isoformat(),
            "requested_on": self.requested_on.isoformat() if self.requested_on else None,
            "passed": self.passed,
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "packet": self.packet,
            "reason": self.reason,
        }


def due_on(row: Row) -> date:
    """The day one year after the later of entry and last audit (29 February: 28 February)."""
    due = on_record.due_on(row.admitted_on, row.last_audit_on)
    if due is None:
        raise UsageError(f"{row.uscc} has no day of entry on record; import it with admitted_on")
    return due


def request(store: Store, uscc: str, *, on: date) -> Audit:
    """The audit, requested; asking again changes nothing."""
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        refuse_before_entry(row, on, "it can't have an audit")
        due = due_on(row)
        known = _find(connection, row.id, due)
        late = after_night(connection, on)
        if known is None:
            connection.execute(sa.insert(audits).values(institution=row.id, due_on=due, requested_on=on))
            said: dict[str, Json] = {"due_on": due.isoformat(), "on": on.isoformat(), **late}
            happened.append(Event(kind="audit.requested", subject=row.uscc, data=said))
        elif known.requested_on is None:
            # Its papers came before they were asked for.
            connection.execute(sa.update(audits).where(audits.c.id == known.id).values(requested_on=on))
            happened.append(Event(kind="audit.requested", subject=row.uscc, data={"on": on.isoformat(), **late}))
        elif known.passed is not None:
            # It failed before and comes with new papers.
            connection.execute(
                sa.update(audits)
                .where(audits.c.id == known.id)
                .values(requested_on=on, passed=None, closed_on=None, reason=None)
            )
            again: dict[str, Json] = {"on": on.isoformat(), "again": True, **late}
            happened.append(Event(kind="audit.requested", subject=row.uscc, data=again))
        return _audit(_get(connection, row.id, due))


def conclude(store: Store, uscc: str, *, passed: bool, on: date, reason: str | None = None) -> Audit:
    """The audit, passed or not; refused before it was requested, and a failure needs its reason."""
    if not passed and not (reason or "").strip():
        raise UsageError("an audit that is not passed needs its reason (clause 5.2.4); give --reason")
    with store.write() as (connection, happened):
        row = resident(connection, uscc)
        due = due_on(row)
        known = _find(connection, row.id, due)
        if known is None or known.passed is not None:
            raise UsageError(
                f"{row.uscc} has no audit to conclude that is due on {due}; request it with "
                f"`qi-pipeline annual-audit request {row.uscc}`"
            )
        if known.requested_on is not None and on < known.requested_on:
            raise UsageError(f"the audit of {row.uscc} was requested on {known.requested_on}; it can't end before")
        if passed:
            refuse_undoing_overdue(connection, on, due, f"the audit that {row.uscc} passed")
        connection.execute(
            sa.update(audits)
            .where(audits.c.id == known.id)
            .values(passed=passed, closed_on=on, reason=None if passed else reason)
        )
        if passed:
            connection.execute(sa.update(institutions).where(institutions.c.id == row.id).values(last_audit_on=on))
        said: dict[str, Json] = {"due_on": due.isoformat(), "reason": reason, "on": on.isoformat()}
        said |= after_night(connection, on)
        happened.append(Event(kind="audit.passed" if passed else "audit.failed", subject=row.uscc, data=said))
        return _audit(_get(connection, row.id, due))


def listed(store: Store, uscc: str | None = None, *, closed_too: bool = False) -> list[Audit]:
    """The audits that were requested and are not passed yet, or all."""
    query = _select().order_by(audits.c.due_on, institutions.c.uscc)
    if uscc is not None:
        query = query.where(institutions.c.uscc == uscc.strip().upper())
    if not closed_too:
        query = query.where(audits.c.passed.is_not(True))
    with database.reading(store.engine) as connection:
        return [_audit(row) for row in connection.execute(query)]


def _select() -> sa.Select[tuple[object, ...]]:
    names = ("due_on", "requested_on", "passed", "closed_on", "packet", "reason")
    columns = [audits.c[name] for name in names]
    return sa.select(institutions.c.uscc, *columns).join(institutions, institutions.c.id == audits.c.institution)


def _find(connection: sa.Connection, institution: int, due: date) -> Row | None:
    return connection.execute(
        sa.select(audits).where(audits.c.institution == institution, audits.c.due_on == due)
    ).one_or_none()


def _get(connection: sa.Connection, institution: int, due: date) -> Row:
    return connection.execute(_select().where(audits.c.institution == institution, audits.c.due_on == due)).one()


def _audit(row: Row) -> Audit:
    return Audit(**row._mapping)
