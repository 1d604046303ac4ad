"""The tables of integrity and retention: signed heads of the log, sweeps of originals, legal holds, removals."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from qi_pipeline.records.columns import BIG, METADATA

signed_heads = Table(
    "signed_heads",
    METADATA,
    # Append-only by triggers, like the log itself.
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("seq", BIG, nullable=False),
    Column("hash", sa.String(64), nullable=False),
    Column("as_of", sa.Date, nullable=False),
    Column("signed_at", sa.String(40), nullable=False),
    # Ed25519: the public key and the signature, hexadecimal.
    Column("key", sa.String(64), nullable=False),
    Column("signature", sa.String(128), nullable=False),
    UniqueConstraint("seq", "key"),
)

sweeps = Table(
    "original_sweeps",
    METADATA,
    # One row a night; the last one says where the next goes on.
    Column("as_of", sa.Date, primary_key=True),
    Column("round_from", sa.Date, nullable=False),
    # The last hash that was looked at; empty when the round is done.
    Column("reached", sa.String(64), nullable=False),
    Column("checked", BIG, nullable=False),
    Column("bytes", BIG, nullable=False),
    Column("left", BIG, nullable=False),
    Column("finished_at", sa.String(40)),
)

faults = Table(
    "original_faults",
    METADATA,
    Column("sha256", sa.String(64), primary_key=True),
    # missing, changed, unreadable
    Column("fault", sa.String(16), nullable=False),
    Column("found_on", sa.Date, nullable=False),
)

legal_holds = Table(
    "legal_holds",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    # One of the two: a packet, or all packets of an institution.
    Column("packet", sa.String(40), ForeignKey("packets.id")),
    Column("uscc", sa.String(18)),
    Column("reason", sa.Text, nullable=False),
    Column("set_by", sa.Text, nullable=False),
    Column("role", sa.Text),
    Column("set_on", sa.Date, nullable=False),
    Column("lifted_on", sa.Date),
    Column("lifted_by", sa.Text),
    Column("lifted_reason", sa.Text),
    Index(None, "packet"),
    Index(None, "uscc"),
)

removals = Table(
    "removals",
    METADATA,
    # Packets whose papers were removed at the end of their term; decisions and events stay.
    Column("packet", sa.String(40), ForeignKey("packets.id"), primary_key=True),
    Column("removed_on", sa.Date, nullable=False),
    Column("term", sa.String(24), nullable=False),
    Column("removed_by", sa.Text, nullable=False),
    # What goes from the disk: hashes of originals, and folders of the archive.
    Column("content", sa.JSON, nullable=False),
    # NULL: on record, but perhaps not yet off the disk.
    Column("finished_at", sa.String(40)),
)
