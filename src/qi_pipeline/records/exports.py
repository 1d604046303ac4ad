"""Rows of the records for other programs (导出), streamed in a fixed order with a fixed set of columns.

Decisions and findings are events: a period takes those made for its as-of days. Certificates and list hits are states:
a period takes what held on any of its days, each certificate with the period in which what the row says was on file.
Every moment is one of Asia/Shanghai, so that those of a row can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa

from qi_pipeline.admission.credit import CreditHit, codes_of
from qi_pipeline.admission.facts import RESIDENT_STATES, CreditEntry
from qi_pipeline.model import Json
from qi_pipeline.records.columns import OPEN_END, OPEN_START, shown
from qi_pipeline.records.listing import PAGE, category_of, streamed
from qi_pipeline.records.moments import local
from qi_pipeline.records.registry_tables import (
    credit_entries,
    institutions,
    qualification_history,
    qualification_service_history,
    qualification_services,
    qualifications,
    services,
)
from qi_pipeline.records.tables import decisions, packets
from qi_pipeline.workdays import same_day_of_month

Subject = Literal["decisions", "findings", "qualifications", "flags"]

COLUMNS: dict[Subject, tuple[str, ...]] = {
    "decisions": (
        "decision",
        "packet",
        "packet_id",
        "request",
        "reference",
        "uscc",
        "institution",
        "category",
        "submitted_at",
        "taken_at",
        "as_of",
        "made_at",
        "outcome",
        "automatic",
        "final",
        "stands",
        "recommended",
        "reviewer",
        "role",
        "reason",
        "findings",
        "services_qualified",
        "services_not_qualified",
        "versions",
    ),
    "findings": (
        "decision",
        "packet",
        "packet_id",
        "uscc",
        "institution",
        "as_of",
        "outcome",
        "place",
        "code",
        "clause",
        "severity",
        "document",
        "service",
        "message_zh",
        "message_en",
        "expected_zh",
        "remedy_zh",
        "file",
        "page",
        "box",
    ),
    "qualifications": (
        "uscc",
        "name",
        "category",
        "state",
        "kind",
        "number",
        "issuing_authority",
        "valid_from",
        "valid_to",
        "services",
        "on_file_from",
        "on_file_until",
        "recorded_on",
        "source",
    ),
    "flags": (
        "uscc",
        "name",
        "category",
        "state",
        "clause",
        "code",
        "list",
        "listed_on",
        "removed_on",
        "reason",
        "applies_from",
        "applies_until",
    ),
}
"""The columns of each subject, in their order; docs/operating.md says what each means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days of an export, both ends included."""

    first: date = OPEN_START
    last: date = OPEN_END


Values = tuple[Json, ...]


def rows(connection: sa.Connection, subject: Subject, period: Period, look_back_years: int) -> Iterator[Values]:
    """The rows of the subject, in the order of its columns; ``look_back_years`` is the policy's (4.3)."""
    match subject:
        case "decisions":
            yield from _decisions(connection, period)
        case "findings":
            yield from _findings(connection, period)
        case "qualifications":
            yield from _qualifications(connection, period)
        case "flags":
            yield from _flags(connection, period, look_back_years)


def _stands() -> sa.ColumnElement[bool]:
    newer = decisions.alias("newer")
    return ~sa.exists().where(newer.c.packet == decisions.c.packet, newer.c.id > decisions.c.id).correlate(decisions)


def _decisions(connection: sa.Connection, period: Period) -> Iterator[Values]:
    machine = decisions.alias("machine")
    query = (
        sa.select(
            *(column for column in decisions.c if column.name not in ("entry", "dossier", "deadlines")),
            packets.c.name,
            packets.c.request,
            packets.c.reference,
            packets.c.uscc,
            packets.c.institution,
            packets.c.submitted_at,
            packets.c.taken_at,
            category_of(),
            _stands().label("stands"),
            machine.c.outcome.label("recommended"),
        )
        .join(packets, packets.c.id == decisions.c.packet)
        .outerjoin(machine, sa.and_(machine.c.id == decisions.c.supersedes, decisions.c.reviewer.is_not(None)))
        .where(decisions.c.as_of.between(period.first, period.last))
        .order_by(decisions.c.id)
    )
    for row in streamed(connection, query):
        yield (
            row.id,
            row.name,
            row.packet,
            row.request,
            row.reference,
            row.uscc,
            row.institution,
            row.category,
            row.submitted_at and local(row.submitted_at),
            local(row.taken_at),
            row.as_of.isoformat(),
            local(row.made_at),
            row.outcome,
            row.automatic,
            row.final,
            bool(row.stands),
            row.recommended,
            row.reviewer,
            row.role,
            row.reason,
            [each["code"] for each in row.findings],
            [each["name"] for each in row.services if each["qualified"]],
            [each["name"] for each in row.services if not each["qualified"]],
            [f"{name} {version}" for name, version in sorted(row.versions.items())],
        )


def _findings(connection: sa.Connection, period: Period) -> Iterator[Values]:
    query = (
        sa.select(
            decisions.c.id,
            packets.c.name,
            decisions.c.packet,
            packets.c.uscc,
            packets.c.institution,
            decisions.c.as_of,
            decisions.c.outcome,
            decisions.c.findings,
        )
        .join(packets, packets.c.id == decisions.c.packet)
        .where(decisions.c.as_of.between(period.first, period.last), _stands())
        .order_by(decisions.c.id)
    )
    for row in streamed(connection, query):
        for place, finding in enumerate(row.findings, 1):
            evidence = (finding.get("evidence") or [{}])[0]
            yield (
                row.id,
                row.name,
                row.packet,
                row.uscc,
                row.institution,
                row.as_of.isoformat(),
                row.outcome,
                place,
                finding["code"],
                finding["clause"],
                finding["severity"],
                finding.get("document"),
                finding.get("service"),
                finding["message"].get("zh"),
                finding["message"].get("en"),
                (finding.get("expected") or {}).get("zh"),
                (finding.get("remedy") or {}).get("zh"),
                evidence.get("file"),
                evidence.get("page"),
                evidence.get("box"),
            )


def _qualifications(connection: sa.Connection, period: Period) -> Iterator[Values]:
    def of(table: sa.Table) -> sa.Select[Any]:
        return (
            sa.select(
                institutions.c.uscc,
                institutions.c.name,
                institutions.c.category,
                institutions.c.state,
                qualifications.c.id,
                qualifications.c.kind,
                qualifications.c.number,
                table.c.issuing_authority,
                qualifications.c.valid_from,
                table.c.valid_to,
                table.c.held_from,
                table.c.held_to,
                qualifications.c.recorded_on,
                table.c.source,
            )
            .select_from(qualifications)
            .join(institutions, institutions.c.id == qualifications.c.institution)
            .where(table.c.held_from <= period.last, table.c.held_to > period.first)
        )

    former = of(qualification_history).join(
        qualification_history, qualification_history.c.qualification == qualifications.c.id
    )
    both = sa.union_all(of(qualifications), former).subquery("both")
    order = ("uscc", "kind", "number", "valid_from", "held_from", "id")
    stream = streamed(connection, sa.select(both).order_by(*(both.c[name] for name in order)))
    while part := list(islice(stream, PAGE)):
        listed = _listed(connection, sorted({row.id for row in part}))
        for row in part:
            first, last = max(row.held_from, period.first), min(row.held_to, period.last)
            names = [name for name, start, end in listed.get(row.id, []) if start <= last and end > first]
            yield (
                row.uscc,
                row.name,
                row.category,
                row.state,
                row.kind,
                row.number or None,
                row.issuing_authority or None,
                _iso(row.valid_from),
                _iso(row.valid_to),
                list(dict.fromkeys(names)),
                _iso(row.held_from),
                # The day before it was replaced or taken off.
                None if row.held_to == OPEN_END else (row.held_to - timedelta(days=1)).isoformat(),
                _iso(row.recorded_on),
                row.source,
            )


def _listed(connection: sa.Connection, ids: list[int]) -> dict[int, list[tuple[str, date, date]]]:
    """The services that each certificate lists or listed, with the period, in the order of the register."""
    found: dict[int, list[tuple[str, date, date]]] = {}
    for table in (qualification_services, qualification_service_history):
        former = table is qualification_service_history
        ends = table.c.held_to if former else sa.literal(OPEN_END, sa.Date)
        query = (
            sa.select(table.c.qualification, services.c.name, table.c.held_from, ends)
            .join(services, services.c.id == table.c.service)
            .where(table.c.qualification.in_(ids))
            .order_by(table.c.qualification, services.c.id)
        )
        for qualification, name, start, end in connection.execute(query):
            found.setdefault(qualification, []).append((name, start or OPEN_START, end))
    return found


def _flags(connection: sa.Connection, period: Period, years: int) -> Iterator[Values]:
    """Hits in the public lists of who was resident in the period, as the night flags them on each of its days."""
    resident = sa.or_(institutions.c.state.in_(RESIDENT_STATES), institutions.c.held_from > period.first)
    query = (
        sa.select(
            institutions.c.uscc,
            institutions.c.name.label("institution"),
            institutions.c.category,
            institutions.c.state,
            institutions.c.admitted_on,
            institutions.c.held_from,
            credit_entries.c.list,
            credit_entries.c.name,
            credit_entries.c.listed_on,
            credit_entries.c.removed_on,
            credit_entries.c.reason,
        )
        .join(institutions, institutions.c.uscc == credit_entries.c.uscc)
        .where(resident, institutions.c.state != "applied", credit_entries.c.listed_on < period.last)
        .where(sa.or_(institutions.c.admitted_on.is_(None), institutions.c.admitted_on <= period.last))
        .order_by(institutions.c.uscc, credit_entries.c.list, credit_entries.c.listed_on)
    )
    for row in streamed(connection, query):
        entry = CreditEntry(
            list=row.list,
            uscc=row.uscc,
            name=row.name,
            listed_on=row.listed_on,
            removed_on=row.removed_on,
            reason=row.reason,
        )
        first, last = applies(entry, years)
        left = OPEN_END if row.state in RESIDENT_STATES else row.held_from
        begins = max(first, period.first, row.admitted_on or OPEN_START)
        if begins > min(last or OPEN_END, period.last, left):
            continue
        yield (
            row.uscc,
            row.institution,
            row.category,
            row.state,
            "4.3",
            code_of(entry),
            row.list,
            row.listed_on.isoformat(),
            row.removed_on.isoformat() if row.removed_on else None,
            row.reason,
            first.isoformat(),
            last.isoformat() if last else None,
        )


def applies(entry: CreditEntry, years: int) -> tuple[date, date | None]:
    """The first and the last day on which an entry counts against an institution; None: as long as it stands (4.3)."""
    first = entry.listed_on + timedelta(days=1)
    if entry.list == "violations":
        return first, same_day_of_month(entry.listed_on, 12 * years)
    return first, None if entry.removed_on is None else same_day_of_month(entry.removed_on, 12 * years)


def code_of(entry: CreditEntry) -> str:
    """The finding code of an entry that counts."""
    match entry.list:
        case "violations":
            hit = CreditHit(hit="violation", entry=entry)
        case "serious":
            hit = CreditHit(hit="serious", entry=entry)
        case "abnormal":
            hit = CreditHit(hit="abnormal_now", entry=entry)
    return codes_of([hit])[0]


def _iso(day: date) -> str | None:
    known = shown(day)
    return None if known is None else known.isoformat()
