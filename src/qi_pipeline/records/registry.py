"""Writing the register (入驻机构名册): what an admission enters, what changed, and what held before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import upsert
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row, end, start
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import (
    changes,
    institution_history,
    institutions,
    qualification_history,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.records.rows import (
    CLOSED,
    Entry,
    QualificationEntry,
    ServiceEntry,
)

_HISTORY = ("name", "category", "legal_representative", "address", "state", "licence_valid_to", "held_from")
_REPORTED = ("name", "address", "legal_representative")
"""Facts whose change clause 5.2.3 wants reported."""


def enter(connection: sa.Connection, entry: Entry, packet_id: str, on: date) -> list[Event]:
    """What goes into the log; the institution is active with what the packet admits, or its entry is updated.

    An institution that had left enters again under its old row; what held then is kept in the history.
    """
    if entry.request == "exit":
        return []  # leaving is a transition of its own (5.3), with leftover issues to settle first
    row_id = _first_entry(connection, entry, packet_id, on)
    if row_id is not None:
        said: dict[str, Json] = {"packet": packet_id, "on": on.isoformat(), "name": entry.name}
        said["services"] = [service.name for service in entry.services]
        happened = [Event(kind="institution.admitted", subject=entry.uscc, data=said)]
    else:
        known = connection.execute(
            sa.select(institutions).where(institutions.c.uscc == entry.uscc).with_for_update()
        ).one()
        row_id = int(known.id)
        happened = _update_entry(connection, known, entry, packet_id, on)
    _write_services(connection, row_id, entry.services, on)
    for qualification in entry.qualifications:
        write_qualification(connection, row_id, qualification, on, _source(packet_id, qualification.file))
    refresh(connection, [row_id])
    return happened


def _first_entry(connection: sa.Connection, entry: Entry, packet_id: str, on: date) -> int | None:
    """Row number of the institution, entered now; None when it is in the register, by whomever."""
    number: int | None = connection.execute(
        upsert.insert_new(connection, institutions, ["uscc"])
        .values(
            uscc=entry.uscc,
            name=entry.name or "",
            category=entry.category,
            legal_representative=entry.legal_representative or "",
            address=entry.address or "",
            state="active",
            licence_valid_to=_day(entry.licence_valid_to, OPEN_END),
            held_from=on,
            admitted_on=on,
            source=packet_id,
        )
        .returning(institutions.c.id)
    ).scalar_one_or_none()
    return number


def _update_entry(connection: sa.Connection, known: Row, entry: Entry, packet_id: str, on: date) -> list[Event]:
    values: dict[str, object] = {
        name: value
        for name in ("name", "category", "legal_representative", "address")
        if (value := getattr(entry, name)) is not None
    }
    if entry.licence_seen:
        values["licence_valid_to"] = _day(entry.licence_valid_to, OPEN_END)
    extra: dict[str, object] = {}
    kind = f"institution.{entry.request}"
    if known.state in CLOSED or known.state == "applied":
        if entry.request not in ("admission", "supplement"):
            return []  # a closed institution comes back by a new application only
        values["state"] = "active"
        extra = {"admitted_on": on, "closed_on": None, "profile_completed_on": None, "last_audit_on": None}
        kind = "institution.admitted" if known.state == "applied" else "institution.readmitted"
    elif entry.request == "annual_audit":
        extra = {"last_audit_on": on}
    changed = write_institution(connection, known.id, values, on, packet_id)
    if extra:
        connection.execute(sa.update(institutions).where(institutions.c.id == known.id).values(**extra))
    report_changes(connection, known.id, changed, on, packet_id)
    said: dict[str, Json] = {"packet": packet_id, "on": on.isoformat()}
    said["changed"] = {name: [str(before), str(after)] for name, (before, after) in changed.items()}
    return [Event(kind=kind, subject=known.uscc, data=said)]


def write_institution(
    connection: sa.Connection, row_id: int, values: dict[str, object], on: date, source: str
) -> dict[str, tuple[object, object]]:
    """What changed, before and after, by column; what held until ``on`` is in the history.

    The one way to change a fact of the register, also for transitions of its state.
    """
    known = connection.execute(sa.select(institutions).where(institutions.c.id == row_id)).one()
    changed = {name: (known._mapping[name], value) for name, value in values.items() if known._mapping[name] != value}
    if not changed:
        return {}
    if known.held_from < on:
        connection.execute(
            sa.insert(institution_history).values(
                institution=row_id,
                held_to=on,
                source=known.source,
                **{name: known._mapping[name] for name in _HISTORY},
            )
        )
    connection.execute(
        sa.update(institutions)
        .where(institutions.c.id == row_id)
        .values(held_from=max(on, known.held_from), source=source, **values)
    )
    return changed


def report_changes(
    connection: sa.Connection, row_id: int, changed: Mapping[str, tuple[object, object]], on: date, source: str
) -> None:
    """Nothing; changes of name, address or person (5.2.3) are on record, before and after."""
    rows = [
        {
            "institution": row_id,
            "field": name,
            "before": str(before),
            "after": str(after),
            "noticed_on": on,
            "source": source,
            "state": "recorded",
        }
        for name, (before, after) in changed.items()
        if name in _REPORTED
    ]
    if rows:
        connection.execute(sa.insert(changes), rows)


def _write_services(connection: sa.Connection, row_id: int, wanted: tuple[ServiceEntry, ...], on: date) -> None:
    for service in wanted:
        said = {"item": service.item, "standards": list(service.standards)}
        connection.execute(
            upsert.insert_or_update(connection, services, ["institution", "name"], ["item", "standards", "held_to"]),
            {
                "institution": row_id,
                "name": service.name,
                "held_from": on,
                "held_to": OPEN_END,
                "covered_to": OPEN_START,
                **said,
            },
        )


def write_qualification(
    connection: sa.Connection, row_id: int, entry: QualificationEntry, on: date, source: str
) -> int:
    """Row number of the certificate on file; written anew, or updated with its history kept.

    A certificate is the same when its kind, number and first day are.
    """
    key = {
        "institution": row_id,
        "kind": entry.kind,
        "number": entry.number or "",
        "valid_from": _day(entry.valid_from, OPEN_START),
    }
    known = connection.execute(
        sa.select(qualifications).where(*(qualifications.c[name] == value for name, value in key.items()))
    ).one_or_none()
    if known is not None:
        update_qualification(connection, known, entry, on, source)
        return int(known.id)
    number = connection.execute(
        sa.insert(qualifications)
        .values(**key, **_facts(entry), held_from=on, held_to=OPEN_END, recorded_on=on, source=source)
        .returning(qualifications.c.id)
    ).scalar_one()
    _link(connection, row_id, number, entry.services, on)
    return int(number)


def update_qualification(
    connection: sa.Connection, known: Row, entry: QualificationEntry, on: date, source: str
) -> bool:
    """Whether anything changed of a certificate on file; what held until ``on`` is in its history."""
    facts = _facts(entry)
    same = known.held_to == OPEN_END and all(known._mapping[name] == value for name, value in facts.items())
    if not same:
        _replace_qualification(connection, known, facts, on, source)
    linked = _link(connection, known.institution, known.id, entry.services, on)
    return linked or not same


def _facts(entry: QualificationEntry) -> dict[str, object]:
    return {"issuing_authority": entry.issuing_authority or "", "valid_to": _day(entry.valid_to, OPEN_END)}


def _replace_qualification(
    connection: sa.Connection, known: Row, facts: dict[str, object], on: date, source: str
) -> None:
    if known.held_from < on:
        connection.execute(
            sa.insert(qualification_history).values(
                qualification=known.id,
                issuing_authority=known.issuing_authority,
                valid_to=known.valid_to,
                held_from=known.held_from,
                held_to=min(on, known.held_to),
                source=known.source,
            )
        )
    connection.execute(
        sa.update(qualifications)
        .where(qualifications.c.id == known.id)
        .values(**facts, held_from=on, held_to=OPEN_END, recorded_on=on, source=source)
    )


def _link(connection: sa.Connection, row_id: int, qualification: int, names: tuple[str, ...], on: date) -> bool:
    """Whether the certificate lists a service that it did not list before; unknown services are entered."""
    if not names:
        return False
    _enter_services(connection, row_id, names, on)
    wanted = set(
        connection.execute(
            sa.select(services.c.id).where(services.c.institution == row_id, services.c.name.in_(names))
        ).scalars()
    )
    wanted -= set(
        connection.execute(
            sa.select(qualification_services.c.service).where(qualification_services.c.qualification == qualification)
        ).scalars()
    )
    if wanted:
        connection.execute(
            sa.insert(qualification_services),
            [{"qualification": qualification, "service": service} for service in sorted(wanted)],
        )
    return bool(wanted)


def _enter_services(connection: sa.Connection, row_id: int, names: tuple[str, ...], on: date) -> None:
    rows = [
        {"institution": row_id, "name": name, "held_from": on, "held_to": OPEN_END, "covered_to": OPEN_START}
        for name in names
    ]
    connection.execute(upsert.insert_new(connection, services, ["institution", "name"]), rows)


def refresh(connection: sa.Connection, row_ids: Sequence[int]) -> None:
    """Nothing; ``covered_to`` and ``qualification_count`` of the institutions follow from their certificates."""
    last = (
        sa.select(sa.func.max(qualifications.c.valid_to))
        .join(qualification_services, qualification_services.c.qualification == qualifications.c.id)
        .where(qualification_services.c.service == services.c.id, qualifications.c.held_to == OPEN_END)
        .scalar_subquery()
    )
    covered = (
        sa.update(services)
        .where(services.c.institution.in_(row_ids))
        .values(covered_to=sa.func.coalesce(last, OPEN_START))
    )
    count = (
        sa.select(sa.func.count())
        .select_from(qualifications)
        .where(qualifications.c.institution == institutions.c.id, qualifications.c.held_to == OPEN_END)
        .scalar_subquery()
    )
    counted = sa.update(institutions).where(institutions.c.id.in_(row_ids)).values(qualification_count=count)
    connection.execute(covered)
    connection.execute(counted)


def _day(text: str | None, otherwise: date) -> date:
    if text is None:
        return otherwise
    day = date.fromisoformat(text)
    return start(day) if otherwise is OPEN_START else end(day)


def _source(packet_id: str, file: str | None) -> str:
    return packet_id if file is None else f"{packet_id}:{file}"
