"""An institution's history (机构历史): the periods of its facts, certificates and suspensions, and any past day.

What holds now stands in the register with the day since when, what held before beside it with its period
``[held_from, held_to)``; here both are put together again. ``None`` stands for an open end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import sqlalchemy as sa

from qi_pipeline.model import Json
from qi_pipeline.records import database
from qi_pipeline.records.changes import Change, changes_of
from qi_pipeline.records.columns import OPEN_END, Row, shown
from qi_pipeline.records.registry_tables import (
    institution_history,
    institutions,
    qualification_history,
    qualification_service_history,
    qualification_services,
    qualifications,
    services,
    suspensions,
)

_FACTS = ("name", "category", "legal_representative", "address", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What held from one day to the day before another; ``facts`` are those of its subject."""

    held_from: date | None
    held_to: date | None
    facts: dict[str, Json]
    source: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return (self.held_from is None or self.held_from <= day) and (self.held_to is None or day < self.held_to)

    def to_json(self) -> dict[str, Json]:
        """The period as commands print it."""
        said: dict[str, Json] = {"held_from": iso(self.held_from), "held_to": iso(self.held_to), **self.facts}
        return said if self.source is None else {**said, "source": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that ever held of one institution, each kind of thing oldest first."""

    uscc: str
    facts: tuple[Period, ...]
    certificates: tuple[Period, ...]
    services: tuple[Period, ...]
    suspensions: tuple[Period, ...]

    def to_json(self) -> dict[str, Json]:
        """The history as commands print it."""
        return {
            "facts": [each.to_json() for each in self.facts],
            "certificates": [each.to_json() for each in self.certificates],
            "suspensions": [each.to_json() for each in self.suspensions],
        }

    def on(self, day: date) -> dict[str, Json] | None:
        """What held on the day; None where the register did not know the institution yet."""
        facts = next((each for each in self.facts if each.holds_on(day)), None)
        if facts is None:
            return None
        stopped = {each.facts["service"]: each for each in self.suspensions if each.holds_on(day)}
        return {
            **facts.facts,
            "held_from": iso(facts.held_from),
            "source": facts.source,
            "services": [
                {
                    **each.facts,
                    "since": iso(each.held_from),
                    "suspended_since": iso(stop.held_from) if (stop := stopped.get(each.facts["name"])) else None,
                    "suspended_for": stop.facts["reason"] if stop else None,
                }
                for each in self.services
                if each.holds_on(day)
            ],
            "qualifications": [
                {key: value for key, value in each.facts.items() if key != "replaced_by"}
                for each in self.certificates
                if each.holds_on(day)
            ],
        }


def history_of(connection: sa.Connection, uscc: str) -> History | None:
    """The institution's history; None for a USCC that the register does not know."""
    row = connection.execute(sa.select(institutions).where(institutions.c.uscc == uscc)).one_or_none()
    if row is None:
        return None
    return History(
        uscc=uscc,
        facts=tuple(_facts(connection, row)),
        certificates=tuple(_certificates(connection, row.id)),
        services=tuple(_services(connection, row.id)),
        suspensions=tuple(_suspensions(connection, row.id)),
    )


def read(engine: sa.Engine, uscc: str) -> tuple[History | None, list[Change]]:
    """The history and the change records of one institution, read in one state of the database."""
    with database.reading(engine) as connection:
        return history_of(connection, uscc), changes_of(connection, uscc)


def keep_certificate(connection: sa.Connection, row: Row, until: date) -> None:
    """Nothing; what the register holds of a certificate stands in its history up to the day before ``until``."""
    connection.execute(
        sa.insert(qualification_history).values(
            qualification=row.id,
            issuing_authority=row.issuing_authority,
            valid_to=row.valid_to,
            held_from=row.held_from,
            held_to=until,
            source=row.source,
        )
    )


def listed_on(connection: sa.Connection, institution: int, day: date) -> dict[int, list[str]]:
    """The names of the services that each certificate listed on the day, by row number."""
    found: dict[int, list[str]] = {}
    for qualification, name, held_from, held_to in _links(connection, institution):
        if (held_from is None or held_from <= day) and (held_to is None or day < held_to):
            found.setdefault(qualification, []).append(name)
    return found


def iso(day: date | None) -> str | None:
    """The day in ISO 8601, or None where the period is open."""
    return None if day is None or shown(day) is None else day.isoformat()


def _facts(connection: sa.Connection, now: Row) -> list[Period]:
    before = connection.execute(
        sa.select(institution_history)
        .where(institution_history.c.institution == now.id)
        .order_by(institution_history.c.held_from, institution_history.c.id)
    )
    found = [_institution(row, row.held_to) for row in before]
    return [*found, _institution(now, None)]


def _institution(row: Row, held_to: date | None) -> Period:
    facts: dict[str, Json] = {name: getattr(row, name) for name in _FACTS}
    facts["licence_valid_to"] = iso(row.licence_valid_to)
    return Period(held_from=shown(row.held_from), held_to=held_to, facts=facts, source=row.source)


def _certificates(connection: sa.Connection, institution: int) -> list[Period]:
    rows = connection.execute(
        sa.select(qualifications).where(qualifications.c.institution == institution).order_by(qualifications.c.id)
    ).all()
    numbers = {row.id: row.number for row in rows}
    links: dict[int, list[tuple[str, date | None, date | None]]] = {}
    for qualification, name, first, last in _links(connection, institution):
        links.setdefault(qualification, []).append((name, first, last))
    before: dict[int, list[Row]] = {}
    query = (
        sa.select(qualification_history)
        .join(qualifications, qualifications.c.id == qualification_history.c.qualification)
        .where(qualifications.c.institution == institution)
        .order_by(qualification_history.c.held_from, qualification_history.c.id)
    )
    for each in connection.execute(query):
        before.setdefault(each.qualification, []).append(each)
    found = []
    for row in rows:
        spans = [(each, each.held_from, each.held_to) for each in before.get(row.id, ())]
        if not spans or spans[-1][2] < row.held_to:  # a replaced one stands whole in the history already
            spans.append((row, row.held_from, row.held_to))
        for span, held_from, held_to in spans:
            found += _parts(row, span, held_from, held_to, links.get(row.id, []), numbers)
    return found


def _parts(
    row: Row,
    span: Row,
    held_from: date,
    held_to: date,
    links: list[tuple[str, date | None, date | None]],
    numbers: dict[int, str],
) -> list[Period]:
    """The periods of one certificate in ``span``, cut where the services change that it lists."""
    cuts = {day for _, first, last in links for day in (first, last) if day is not None and held_from < day < held_to}
    edges = [held_from, *sorted(cuts), held_to]
    found = []
    for first, last in pairwise(edges):
        names = [
            name
            for name, since, until in links
            if (since is None or since <= first) and (until is None or first < until)
        ]
        facts: dict[str, Json] = {
            "kind": row.kind,
            "number": row.number or None,
            "issuing_authority": span.issuing_authority or None,
            "valid_from": iso(row.valid_from),
            "valid_to": iso(span.valid_to),
            "services": list(names),
            "replaced_by": numbers.get(row.replaced_by) if row.replaced_by is not None else None,
        }
        found.append(Period(held_from=shown(first), held_to=shown(last), facts=facts, source=span.source))
    return found


def _links(connection: sa.Connection, institution: int) -> list[tuple[int, str, date | None, date | None]]:
    """Certificate, service, and the period in which one listed the other, in the order of the services."""
    now = (
        sa.select(
            qualification_services.c.qualification,
            services.c.name,
            qualification_services.c.held_from,
            sa.null().label("held_to"),
            services.c.id,
        )
        .join(services, services.c.id == qualification_services.c.service)
        .where(services.c.institution == institution)
    )
    before = (
        sa.select(
            qualification_service_history.c.qualification,
            services.c.name,
            qualification_service_history.c.held_from,
            qualification_service_history.c.held_to,
            services.c.id,
        )
        .join(services, services.c.id == qualification_service_history.c.service)
        .where(services.c.institution == institution)
    )
    rows = [*connection.execute(now), *connection.execute(before)]
    rows.sort(key=lambda row: int(row[4]))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _services(connection: sa.Connection, institution: int) -> list[Period]:
    rows = connection.execute(sa.select(services).where(services.c.institution == institution).order_by(services.c.id))
    return [
        Period(
            held_from=shown(row.held_from),
            held_to=shown(row.held_to),
            facts={"name": row.name, "item": row.item, "standards": list(row.standards or [])},
        )
        for row in rows
    ]


def _suspensions(connection: sa.Connection, institution: int) -> list[Period]:
    rows = connection.execute(
        sa.select(services.c.name, suspensions.c.reason, suspensions.c.held_from, suspensions.c.held_to)
        .outerjoin(services, services.c.id == suspensions.c.service)
        .where(suspensions.c.institution == institution)
        .order_by(suspensions.c.held_from, suspensions.c.id)
    )
    return [
        Period(
            held_from=shown(row.held_from),
            held_to=None if row.held_to == OPEN_END else row.held_to,
            facts={"service": row.name, "reason": row.reason},
        )
        for row in rows
    ]
