"""The lists that a night keeps (每夜清单), so that the next one changes in them only what changed.

They hold nothing that does not follow from the register: emptied together with ``nightly_runs.listed_to``, the next
night fills them again. Only :mod:`qi_pipeline.residency` writes them, each row in the transaction that looked at its
institution. Which institutions a night looks at stands in ``institutions.holds_from`` and ``holds_to``: the days on
which nothing changes of an institution by the passing of days alone. Triggers set ``holds_to`` to the first day there
is whenever something is written about it, whoever writes.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Column, Index, Table

from qi_pipeline.records.columns import BIG, METADATA


def among(column: sa.ColumnElement[int], numbers: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether the column is one of these row numbers.

    They stand in the statement itself: SQLAlchemy takes longer to make thousands of parameters than the database
    takes to answer.
    """
    written = ", ".join(map(str, map(int, numbers))) or "NULL"
    return column.op("IN", is_comparison=True)(sa.literal_column(f"({written})"))


endings = Table(
    "night_endings",
    METADATA,
    # Certificates and licences that end within the largest reminder and are not followed by a later one.
    Column("valid_to", sa.Date, primary_key=True),
    Column("uscc", sa.String(18), primary_key=True),
    Column("kind", sa.String(40), primary_key=True),
    # Empty for a licence.
    Column("number", sa.Text, primary_key=True),
    # "q" and the certificate's row, or "l" and the institution's for its licence.
    Column("about", sa.String(24), primary_key=True),
    Column("institution", BIG, nullable=False),
    Index(None, "institution"),
    sqlite_with_rowid=False,
)

stops = Table(
    "night_stops",
    METADATA,
    # What is suspended, by institution and reason.
    Column("uscc", sa.String(18), primary_key=True),
    Column("reason", sa.String(40), primary_key=True),
    Column("institution", BIG, nullable=False),
    # JSON list of names.
    Column("services", sa.Text, nullable=False),
    Column("deregisters_on", sa.Date),
    Index(None, "institution"),
    sqlite_with_rowid=False,
)

flags = Table(
    "night_flags",
    METADATA,
    # Residents that stand in a public list, whatever the list says of them.
    Column("uscc", sa.String(18), primary_key=True),
    sqlite_with_rowid=False,
)

parts = Table(
    "nightly_parts",
    METADATA,
    # What one range of institutions added to what its night changed.
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("as_of", sa.Date, nullable=False),
    Column("result", sa.LargeBinary, nullable=False),
    # Apart, because no answer needs it: what the notices of suspension say.
    Column("told", sa.LargeBinary),
    Index(None, "as_of"),
)
