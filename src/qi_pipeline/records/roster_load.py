"""Loading a roster into the register in one transaction: new rows in bulk, changed ones with their history.

What is loaded for the first time has held since the institution was admitted, its certificates since ever; what
changes in a later load holds from the day of that load. What a later file leaves out stays as it is, but for the
services of a certificate: one that it no longer lists is taken off it from that day. An institution that has left
(注销, 退出, 清退) does not come back by a roster, only by a new application.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from qi_pipeline.records import bulk, lateness
from qi_pipeline.records.events import Event
from qi_pipeline.records.registry_tables import institutions, qualification_services, qualifications, services
from qi_pipeline.records.roster import read_institutions, read_qualifications
from qi_pipeline.records.roster_rows import Loader, RosterLoad
from qi_pipeline.records.tables_in import Problems, refuse

_TABLES = (institutions, services, qualifications, qualification_services)
_ROW_BYTES = 100
"""About what a certificate takes in a CSV: how many come is guessed from the size of the file."""


def load(
    connection: sa.Connection,
    institution_table: Path | None,
    qualification_table: Path | None,
    *,
    on: date,
    source: str,
    told: Callable[[int], None] = lambda _rows: None,
) -> tuple[RosterLoad, list[Event]]:
    """What was loaded, and what goes into the log; raises :class:`UsageError` that names every bad row.

    ``told`` hears how many rows are through.
    """
    bulk.hold(connection, *_TABLES)
    faults, more = Problems("institutions"), Problems("qualifications")
    since = lateness.held_since(connection, on)
    loader = Loader(connection, since, source)
    indexes = _indexes(connection, loader, qualification_table)
    with bulk.uncollected(), bulk.unwatched(connection), indexes:
        if institution_table is not None:
            faults.table = institution_table.name
            for rows in read_institutions(institution_table, faults, loader.warned, loader.named):
                loader.take_institutions(rows, insert=not faults.count)
                told(loader.rows["institutions"])
        if qualification_table is not None:
            more.table = qualification_table.name
            for certificates in read_qualifications(qualification_table, more, loader):
                if not (faults.count or more.count):  # once a row is bad, the rest is only looked at
                    loader.take_qualifications(certificates)
                told(loader.rows["institutions"] + loader.rows["qualifications"])
        refuse(faults, more)
        loader.finish_rows()
    if loader.finish() and since != on:
        loader.warned.said.append(
            f"the night of {since} is over: what this roster of {on} changes holds from {since} on, not before"
        )
    done = loader.result()
    said = Event(
        kind="roster.imported",
        subject=source,
        data={
            "on": on.isoformat(),
            **lateness.after_night(connection, on),
            "institutions": done.institutions,
            "institutions_added": done.institutions_added,
            "institutions_changed": done.institutions_changed,
            "qualifications": done.qualifications,
            "qualifications_added": done.qualifications_added,
            "qualifications_changed": done.qualifications_changed,
            "institutions_left": done.institutions_left,
            "qualifications_left": done.qualifications_left,
        },
    )
    return done, [said]


def _indexes(
    connection: sa.Connection, loader: Loader, qualification_table: Path | None
) -> contextlib.AbstractContextManager[None]:
    """No indexes while more comes than there is; on PostgreSQL, where others go on reading, only into empty tables."""
    coming = 0 if qualification_table is None else qualification_table.stat().st_size // _ROW_BYTES
    most = 0 if connection.dialect.name == "postgresql" else coming // 4
    if coming and loader.certificates_before <= most:
        return bulk.unindexed(connection, *_TABLES)
    return contextlib.nullcontext()
