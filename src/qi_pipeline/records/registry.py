"""Writing the register (入驻机构名册): what an admission enters, what changed, and what held before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from qi_pipeline.admission.facts import RESIDENT_STATES
from qi_pipeline.model import Json
from qi_pipeline.records import audits, changes, history, lateness, renewals, upsert
from qi_pipeline.records.columns import OPEN_END, OPEN_START, Row, end, start
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import (
    institution_history,
    institutions,
    orders,
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


def enter(connection: sa.Connection, entry: Entry, packet_id: str, on: date) -> list[Event]:
    """What goes into the log; the institution is active with what the packet admits, or its entry is updated.

    An institution that had left enters again under its old row; what held then is kept in the history. Of one that is
    there, what a packet of a day before the last night brings holds from that night on.
    """
    if entry.request == "exit":
        return []  # leaving is a transition of its own (5.3), with leftover issues to settle first
    row_id = _first_entry(connection, entry, packet_id, on)
    resident, since = False, on
    if row_id is not None:
        said: dict[str, Json] = {"packet": packet_id, "on": on.isoformat(), "name": entry.name}
        said["services"] = [service.name for service in entry.services]
        happened = [Event(kind="institution.admitted", subject=entry.uscc, data=said)]
    else:
        known = connection.execute(
            sa.select(institutions).where(institutions.c.uscc == entry.uscc).with_for_update()
        ).one()
        row_id = int(known.id)
        resident = known.state in RESIDENT_STATES
        since = lateness.held_since(connection, on) if resident else max(on, _left_on(connection, known) or on)
        happened = _update_entry(connection, known, entry, packet_id, on, since)
        if not happened:
            return []  # it has left: nothing of it is taken over
    write_services(connection, row_id, entry.services, since)
    for qualification in entry.qualifications:
        source = source_of(packet_id, qualification.file)
        written, new = _write_qualification(connection, row_id, qualification, since, source)
        replaced = renewals.replace(connection, written, renewal=entry.request == "renewal", on=since)
        happened += [
            Event(kind="qualification.replaced", subject=entry.uscc, data=each.said(since)) for each in replaced
        ]
        if resident and new:
            _report_new(connection, row_id, written, qualification, replaced, on, source)
    refresh(connection, [row_id])
    return happened


def _report_new(
    connection: sa.Connection,
    row_id: int,
    written: int,
    entry: QualificationEntry,
    replaced: Sequence[renewals.Replaced],
    on: date,
    source: str,
) -> None:
    """Nothing; that a resident brought a certificate is on record, with what it takes the place of (5.2.3)."""
    row = connection.execute(sa.select(qualifications).where(qualifications.c.id == written)).one()
    before = "; ".join(f"{each.number} {each.term}".strip() for each in replaced)
    changes.record_qualification(
        connection,
        row_id,
        about=f"{entry.kind} {entry.number or ''}".rstrip(),
        before=before or None,
        after=changes.term(row.valid_from, row.valid_to, row.issuing_authority),
        on=on,
        source=source.partition(":")[0],
        paper=None if entry.file is None else f"{entry.file}, p. {entry.page or 1}",
    )


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


def _update_entry(
    connection: sa.Connection, known: Row, entry: Entry, packet_id: str, on: date, since: date
) -> list[Event]:
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
        extra = {"admitted_on": since, "closed_on": None, "profile_completed_on": None, "last_audit_on": None}
        kind = "institution.admitted" if known.state == "applied" else "institution.readmitted"
    elif entry.request == "annual_audit":
        extra = {"last_audit_on": on}
    said: dict[str, Json] = {"packet": packet_id, "on": on.isoformat(), **lateness.after_night(connection, on)}
    if kind == "institution.readmitted":
        said["former"] = _former_life(connection, known)
    happened: list[Event] = []
    if entry.request == "annual_audit" and known.state in RESIDENT_STATES:
        happened += audits.passed_by(connection, known, packet_id, on)
    changed = write_institution(connection, known.id, values, since, packet_id)
    if extra:
        connection.execute(sa.update(institutions).where(institutions.c.id == known.id).values(**extra))
    if known.state in RESIDENT_STATES:
        late = {name for name, last in entry.report_by.items() if on.isoformat() > last}
        changes.record(connection, known.id, changed, on, packet_id, entry.papers, late=late)
    said["changed"] = {name: [str(before), str(after)] for name, (before, after) in changed.items()}
    return [Event(kind=kind, subject=known.uscc, data=said), *happened]


def _left_on(connection: sa.Connection, known: Row) -> date | None:
    """The day of the order by which it left last; nobody enters again before it."""
    day: date | None = connection.execute(
        sa.select(sa.func.max(orders.c.made_on)).where(orders.c.institution == known.id)
    ).scalar()
    return day


def _former_life(connection: sa.Connection, known: Row) -> Json:
    """The residence that ended: a new application is linked to it (P-29 of the field's reference)."""
    order = connection.execute(
        sa.select(orders.c.number, orders.c.made_on, orders.c.clause, orders.c.reason)
        .where(orders.c.institution == known.id)
        .order_by(orders.c.made_on.desc(), orders.c.number.desc())
    ).first()
    return {
        "state": known.state,
        "admitted_on": known.admitted_on.isoformat() if known.admitted_on else None,
        "admitted_by": known.source if order is None else _admitted_by(connection, known.id),
        "order": order.number if order else None,
        "left_on": order.made_on.isoformat() if order else known.held_from.isoformat(),
    }


def _admitted_by(connection: sa.Connection, row_id: int) -> str | None:
    """The packet or roster of the facts that held last before it left."""
    source: str | None = connection.execute(
        sa.select(institution_history.c.source)
        .where(institution_history.c.institution == row_id, institution_history.c.state.in_(RESIDENT_STATES))
        .order_by(institution_history.c.held_to.desc(), institution_history.c.id.desc())
    ).scalar()
    return source


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
    """Nothing; changes of the facts that clause 5.2.3 wants reported are on record, before and after."""
    changes.record(connection, row_id, changed, on, source)


def write_services(connection: sa.Connection, row_id: int, wanted: tuple[ServiceEntry, ...], on: date) -> None:
    """Nothing; the institution offers these services, new ones from ``on``."""
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
    return _write_qualification(connection, row_id, entry, on, source)[0]


def _write_qualification(
    connection: sa.Connection, row_id: int, entry: QualificationEntry, on: date, source: str
) -> tuple[int, bool]:
    """Row number of the certificate, and whether it came on file now."""
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
        return int(known.id), False
    number = connection.execute(
        sa.insert(qualifications)
        .values(**key, **_facts(entry), held_from=on, held_to=OPEN_END, recorded_on=on, source=source)
        .returning(qualifications.c.id)
    ).scalar_one()
    link(connection, row_id, number, entry.services, on)
    return int(number), True


def update_qualification(
    connection: sa.Connection,
    known: Row,
    entry: QualificationEntry,
    on: date,
    source: str,
    *,
    corrected_by: str | None = None,
) -> bool:
    """Whether anything changed of a certificate on file; what held until ``on`` is in its history."""
    facts = _facts(entry)
    # One that was replaced stays off the file, however often a list names it, until the list says something new of it.
    stands = known.held_to == OPEN_END or known.replaced_by is not None
    same = stands and all(known._mapping[name] == value for name, value in facts.items())
    if not same:
        _replace_qualification(connection, known, facts, on, source)
        changes.record_qualification(
            connection,
            known.institution,
            about=f"{known.kind} {known.number}".rstrip(),
            before=changes.term(known.valid_from, known.valid_to, known.issuing_authority),
            after=changes.term(known.valid_from, _day(entry.valid_to, OPEN_END), entry.issuing_authority or ""),
            on=on,
            source=source if source.startswith("roster:") else source.partition(":")[0],
            paper=None if entry.file is None else f"{entry.file}, p. {entry.page or 1}",
            corrected_by=corrected_by,
        )
    linked = link(connection, known.institution, known.id, entry.services, on)
    return linked or not same


def _facts(entry: QualificationEntry) -> dict[str, object]:
    return {"issuing_authority": entry.issuing_authority or "", "valid_to": _day(entry.valid_to, OPEN_END)}


def _replace_qualification(
    connection: sa.Connection, known: Row, facts: dict[str, object], on: date, source: str
) -> None:
    if known.held_from < on and known.held_to == OPEN_END:  # what went off the file stands there already
        history.keep_certificate(connection, known, on)
    connection.execute(
        sa.update(qualifications)
        .where(qualifications.c.id == known.id)
        .values(
            **facts,
            held_from=max(on, known.held_from),
            held_to=OPEN_END,
            recorded_on=max(on, known.held_from),
            source=source,
            replaced_by=None,
        )
    )


def link(connection: sa.Connection, row_id: int, qualification: int, names: tuple[str, ...], on: date) -> bool:
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
            [{"qualification": qualification, "service": service, "held_from": on} for service in sorted(wanted)],
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


def source_of(packet_id: str, file: str | None) -> str:
    """How the register names the packet, and its file, that a certificate comes from."""
    return packet_id if file is None else f"{packet_id}:{file}"
