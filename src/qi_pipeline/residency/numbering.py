"""Numbers of orders, notices and complaints (文号): in sequence a year, none twice, none left out."""

from __future__ import annotations

import sqlalchemy as sa

from qi_pipeline.records import upsert
from qi_pipeline.records.registry_tables import numbers


def next_number(connection: sa.Connection, letters: str, year: int) -> str:
    """The next number of the series, such as ``ZX-2026-000001``; given for good once the transaction is."""
    series = f"{letters}-{year}"
    connection.execute(upsert.insert_new(connection, numbers, ["series"]), {"series": series, "last": 0})
    last = connection.execute(
        sa.update(numbers).where(numbers.c.series == series).values(last=numbers.c.last + 1).returning(numbers.c.last)
    ).scalar_one()
    return f"{series}-{last:06d}"
