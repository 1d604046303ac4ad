"""Reminders (到期提醒): each given once for each certificate and number of days, however often a night is run.

A reminder that a missed night would have given is given now, with the nearer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from qi_pipeline.policy import ResidencyPolicy
from qi_pipeline.records import upsert
from qi_pipeline.records.night_tables import among, endings
from qi_pipeline.records.registry_tables import RESIDENT as OF_RESIDENTS
from qi_pipeline.records.registry_tables import institutions, reminders
from qi_pipeline.residency import agenda

_KEY = ["about", "valid_to", "days"]


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
    steps = (
        sa.select(
            sa.literal(days, sa.Integer).label("days"),
            sa.literal(as_of + timedelta(days=days), sa.Date).label("last"),
            sa.literal(date.min if since is None else since + timedelta(days=days), sa.Date).label("known"),
        )
        for days in policy.reminder_days
    )
    step = sa.union_all(*steps).subquery("step")
    due = (
        sa.select(endings.c.about, endings.c.valid_to, step.c.days, sa.literal(as_of, sa.Date))
        .join(step, sa.and_(endings.c.valid_to <= step.c.last, endings.c.valid_to > step.c.known))
        .where(sa.true() if ids is None else among(endings.c.institution, ids))
        # In the order in which they are kept: it is written once, from end to end.
        .order_by(endings.c.about, endings.c.valid_to, step.c.days)
    )
    connection.execute(
        upsert.insert_new(connection, reminders, _KEY).from_select([*_KEY, "given_on"], due, include_defaults=False)
    )


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
    due_on = agenda.due_after(connection, institutions.c.audited_on)
    about = sa.literal("a", sa.Text) + institutions.c.uscc
    due = sa.select(about, due_on, sa.literal(0, sa.Integer), sa.literal(as_of, sa.Date)).where(
        OF_RESIDENTS, institutions.c.audited_on <= agenda.audited_by(as_of + notice), due_on <= as_of + notice
    )
    if since is not None:
        # With days to spare for 29 February.
        due = due.where(institutions.c.audited_on >= agenda.audited_by(since + notice) - timedelta(days=3))
        due = due.where(due_on > since + notice)
    if ids is not None:
        due = due.where(among(institutions.c.id, ids))
    connection.execute(
        upsert.insert_new(connection, reminders, _KEY).from_select(
            [*_KEY, "given_on"], due.order_by(about), include_defaults=False
        )
    )


def announced(connection: sa.Connection, as_of: date) -> dict[str, date]:
    """The audits that were announced on that day: USCC and the day on which each is due."""
    rows = connection.execute(
        sa.select(reminders.c.about, reminders.c.valid_to).where(
            reminders.c.given_on == as_of, reminders.c.about.like("a%")
        )
    )
    return {about[1:]: day for about, day in rows}
