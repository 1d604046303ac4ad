"""Adds signed heads of the log, sweeps of originals, legal holds, removals at the end of their term."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER signed_heads_kept BEFORE DELETE ON signed_heads
    BEGIN SELECT RAISE(ABORT, 'signed heads are append-only: none is removed'); END""",
    """CREATE TRIGGER signed_heads_unchanged BEFORE UPDATE ON signed_heads
    BEGIN SELECT RAISE(ABORT, 'signed heads are append-only: none is changed'); END""",
)
_POSTGRESQL_TRIGGERS = (
    """CREATE TRIGGER signed_heads_unchanged BEFORE UPDATE OR DELETE ON signed_heads
    FOR EACH ROW EXECUTE FUNCTION qi_append_only()""",
    """CREATE TRIGGER signed_heads_kept BEFORE TRUNCATE ON signed_heads
    FOR EACH STATEMENT EXECUTE FUNCTION qi_append_only()""",
)


def upgrade() -> None:
    """Nothing; the tables, indexes and triggers of this step are there."""
    op.create_table(
        "signed_heads",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.UniqueConstraint("seq", "key", name="uq_signed_heads_seq_key"),
    )
    op.create_table(
        "original_sweeps",
        sa.Column("as_of", sa.Date(), primary_key=True),
        sa.Column("round_from", sa.Date(), nullable=False),
        sa.Column("reached", sa.String(64), nullable=False),
        sa.Column("checked", BIG, nullable=False),
        sa.Column("bytes", BIG, nullable=False),
        sa.Column("left", BIG, nullable=False),
        sa.Column("finished_at", sa.String(40)),
    )
    op.create_table(
        "original_faults",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("fault", sa.String(16), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("packet", sa.String(40), sa.ForeignKey("packets.id")),
        sa.Column("uscc", sa.String(18)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("lifted_on", sa.Date()),
        sa.Column("lifted_by", sa.Text()),
        sa.Column("lifted_reason", sa.Text()),
    )
    op.create_index("ix_legal_holds_packet", "legal_holds", ["packet"])
    op.create_index("ix_legal_holds_uscc", "legal_holds", ["uscc"])
    op.create_table(
        "removals",
        sa.Column("packet", sa.String(40), sa.ForeignKey("packets.id"), primary_key=True),
        sa.Column("removed_on", sa.Date(), nullable=False),
        sa.Column("term", sa.String(24), nullable=False),
        sa.Column("removed_by", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.String(40)),
    )
    triggers = _SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_TRIGGERS
    for trigger in triggers:
        op.execute(trigger)


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
