"""Reminders (到期提醒): each given once for each certificate and number of days, however often a night is run.

A reminder that a missed night would have given is given now, with the nearer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import words
from qi_pipeline.records.registry_tables import RESIDENT as OF_RESIDENTS
from qi_pipeline.records.registry_tables import reminders
from qi_pipeline.residency import agenda

_GIVEN = "INSERT INTO reminders (about, valid_to, days, given_on)"
_ONCE = "ON CONFLICT (about, valid_to, days) DO NOTHING"


def remind(
    connection: sa.Connection,
    as_of: date,
    policy: ResidencyPolicy,
    *,
    since: date | None = None,
    ids: Sequence[int] | None = None,
) -> None:
    """Nothing; the reminders that are due and were not given are on record as given on ``as_of``.

    Only what became due after the night of ``since``, or what concerns these institutions, is looked at.
    """
    steps = " UNION ALL ".join(
        f"SELECT CAST({number:d} AS INTEGER) AS days, {_day(connection, f'last{number}')} AS last,"
        f" {_day(connection, f'known{number}')} AS known"
        for number in policy.reminder_days
    )
    days: dict[str, date] = {}
    for number in policy.reminder_days:
        days[f"last{number}"] = as_of + timedelta(days=number)
        days[f"known{number}"] = date.min if since is None else since + timedelta(days=number)
    due = (
        f"SELECT about, valid_to, days, {_day(connection, 'night')} FROM night_endings"  # noqa: S608 - ours
        f" JOIN ({steps}) step ON valid_to <= last AND valid_to > known"
        f" WHERE {'true' if ids is None else f'institution IN ({words.numbers(ids)})'}"
        # In the order in which they are kept: it is written once, from end to end.
        " ORDER BY about, valid_to, days"
    )
    words.tell(connection, f"{_GIVEN} {due} {_ONCE}", night=as_of, **days)


def announce_audits(
    connection: sa.Connection,
    as_of: date,
    policy: ResidencyPolicy,
    *,
    since: date | None = None,
    ids: Sequence[int] | None = None,
) -> None:
    """Nothing; the annual audits that are due and were not announced are on record as announced on ``as_of``.

    Only what became due after the night of ``since``, or what concerns these institutions, is looked at.
    """
    notice = timedelta(days=policy.audit_notice_days)
    due_on = agenda.due_after(connection, "audited_on")
    days = {"night": as_of, "latest": agenda.audited_by(as_of + notice), "last": as_of + notice}
    due = (
        f"SELECT 'a' || uscc AS about, {due_on}, 0, {_day(connection, 'night')} FROM institutions"  # noqa: S608 - ours
        f" WHERE {OF_RESIDENTS} AND audited_on <= :latest AND {due_on} <= :last"
    )
    if since is not None:
        # With days to spare for 29 February.
        due += f" AND audited_on >= :soonest AND {due_on} > :known"
        days["soonest"] = agenda.audited_by(since + notice) - timedelta(days=3)
        days["known"] = since + notice
    if ids is not None:
        due += f" AND id IN ({words.numbers(ids)})"
    words.tell(connection, f"{_GIVEN} {due} ORDER BY about {_ONCE}", **days)


def _day(connection: sa.Connection, name: str) -> str:
    """A day that is given, as one of the columns of a question."""
    return f"CAST(:{name} AS DATE)" if connection.dialect.name == "postgresql" else f":{name}"


def announced(connection: sa.Connection, as_of: date) -> dict[str, date]:
    """The audits that were announced on that day: USCC and the day on which each is due."""
    rows = connection.execute(
        sa.select(reminders.c.about, reminders.c.valid_to).where(
            reminders.c.given_on == as_of, reminders.c.about.like("a%")
        )
    )
    return {about[1:]: day for about, day in rows}
