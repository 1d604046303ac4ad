"""The tables of reviewers' work: who holds a packet, what a person corrected, which decisions are checked by sample."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from qi_pipeline.records.columns import BIG, METADATA

holds = Table(
    "review_holds",
    METADATA,
    # One row a packet, so that two people can't hold it; a row whose time is over counts for nothing.
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("reviewer", sa.Text, nullable=False),
    Column("role", sa.Text),
    Column("taken_at", sa.String(40), nullable=False),
    Column("held_until", sa.String(40), nullable=False),
)

corrections = Table(
    "corrections",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    # Where it was entered; it holds for the same bytes in any packet.
    Column("packet", sa.String(40), ForeignKey("packets.id"), nullable=False),
    Column("file", sa.Text, nullable=False),
    Column("sha256", sa.String(64), nullable=False),
    # The kind of the document and its first page, which tell the documents of one file apart.
    Column("kind", sa.String(40), nullable=False),
    Column("page", sa.Integer, nullable=False),
    # A field of the contract, `promises.<n>`, `seal`, or `kind`.
    Column("field", sa.String(64), nullable=False),
    Column("value", sa.JSON, nullable=False),
    Column("machine_value", sa.JSON, nullable=False),
    # NULL: the machine did not find the field.
    Column("machine_confidence", sa.Float),
    Column("reviewer", sa.Text, nullable=False),
    Column("role", sa.Text),
    Column("reason", sa.Text, nullable=False),
    Column("made_at", sa.String(40), nullable=False),
    Column("made_on", sa.Date, nullable=False),
    Column("withdrawn_on", sa.Date),
    Column("withdrawn_by", sa.Text),
    Column("withdrawn_reason", sa.Text),
    Index(None, "sha256"),
    Index(None, "packet"),
    Index(None, "made_on"),
)

samples = Table(
    "samples",
    METADATA,
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("decision", BIG, ForeignKey("decisions.id"), nullable=False),
    # By what it was drawn, so that anyone can draw again.
    Column("seed", sa.Text, nullable=False),
    Column("rate", sa.Float, nullable=False),
    Column("drawn_on", sa.Date, nullable=False),
    Column("checked_on", sa.Date),
    Column("agrees", sa.Boolean),
    Column("reviewer", sa.Text),
    Column("role", sa.Text),
    Column("reason", sa.Text),
    Index(None, "drawn_on"),
    Index(None, "checked_on"),
)
