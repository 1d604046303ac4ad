"""The tables of packets, what was read in them, decisions, and the event log.

Moments are ISO 8601 text in UTC, which sorts; days are dates. JSON columns hold what
:mod:`qi_pipeline.codec` writes.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from qi_pipeline.records.columns import BIG, METADATA

packets = Table(
    "packets",
    METADATA,
    # In the order of taking in.
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("id", sa.String(40), nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("content_hash", sa.String(64)),
    # The content hash for as long as the same bytes would be judged the same; it tells duplicates.
    Column("same_as", sa.String(64), unique=True),
    Column("conditions", sa.Text, nullable=False),
    Column("state", sa.String(16), nullable=False),
    Column("request", sa.String(16)),
    Column("reference", sa.Text),
    Column("uscc", sa.String(18)),
    Column("institution", sa.Text),
    Column("submitted_at", sa.String(40)),
    Column("taken_at", sa.String(40), nullable=False),
    Column("as_of", sa.Date),
    Column("outcome", sa.String(24)),
    Column("automatic", sa.Boolean),
    Column("decided_on", sa.Date),
    Column("code", sa.String(24)),
    Column("message", sa.Text),
    Column("archived", sa.Text),
    Column("report", sa.Text),
    Column("completes", sa.String(40), ForeignKey("packets.id")),
    Index(None, "uscc"),
    Index(None, "state"),
    Index(None, "name"),
)

duplicates = Table(
    "duplicates",
    METADATA,
    Column("id", sa.String(40), primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("of", sa.String(40), ForeignKey("packets.id"), nullable=False),
    Column("taken_at", sa.String(40), nullable=False),
    Column("archived", sa.Text),
    Index(None, "of"),
)

files = Table(
    "files",
    METADATA,
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("ordinal", sa.Integer, primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("sha256", sa.String(64)),
    Column("size", BIG),
    Column("code", sa.String(24)),
    Column("message", sa.Text),
    Index(None, "sha256"),
)

documents = Table(
    "documents",
    METADATA,
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("ordinal", sa.Integer, primary_key=True),
    Column("file", sa.Text, nullable=False),
    Column("kind", sa.String(40), nullable=False),
    Column("confidence", sa.Float, nullable=False),
    Column("number", sa.Text),
    Column("content", sa.JSON, nullable=False),
    Index(None, "kind"),
)

forms = Table(
    "forms",
    METADATA,
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("content", sa.JSON, nullable=False),
)

decisions = Table(
    "decisions",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("packet", sa.String(40), ForeignKey("packets.id"), nullable=False),
    Column("supersedes", BIG, ForeignKey("decisions.id")),
    Column("made_at", sa.String(40), nullable=False),
    Column("as_of", sa.Date, nullable=False),
    Column("outcome", sa.String(24), nullable=False),
    Column("automatic", sa.Boolean, nullable=False),
    # True once nobody need look: an automatic decision, or a reviewer's.
    Column("final", sa.Boolean, nullable=False),
    Column("reviewer", sa.Text),
    Column("role", sa.Text),
    Column("reason", sa.Text),
    Column("findings", sa.JSON, nullable=False),
    Column("services", sa.JSON, nullable=False),
    Column("deadlines", sa.JSON, nullable=False),
    Column("versions", sa.JSON, nullable=False),
    # What the register would take over if the decision is to admit; applied once it is final.
    Column("entry", sa.JSON),
    Column("dossier", sa.LargeBinary),
    # With the moment, so that asking when the decision that stands was made reads no wide row.
    Index(None, "packet", "id", "made_at"),
)

events = Table(
    "events",
    METADATA,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", sa.String(40), nullable=False),
    Column("kind", sa.String(48), nullable=False),
    Column("subject", sa.Text, nullable=False),
    Column("data", sa.Text, nullable=False),
    Column("prev_hash", sa.String(64), nullable=False),
    Column("hash", sa.String(64), nullable=False),
    Index(None, "subject"),
)

event_head = Table(
    "event_head",
    METADATA,
    Column("id", sa.Integer, primary_key=True, autoincrement=False),
    Column("seq", BIG, nullable=False),
    Column("hash", sa.String(64), nullable=False),
)
